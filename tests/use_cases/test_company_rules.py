"""A company's own rules at a desk: previewed, signed, in force from an instant for every seat, called off, kept."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from rule_folders import HEAD, NO_PHONE, NO_SALUTATION, NUMBERS, hidden_from_reps, rule_folder
from support import NOW, Desk, done, invent, no, shown

from compliance.clock import day_start, shanghai_day
from compliance.errors import AuditIntegrityError, InputErrors, PolicyFileError
from compliance.model.access import Purpose, Role
from compliance.model.register import PaperState, PendingRequest
from compliance.policy.access import decide_access
from compliance.policy.loader import load_policy
from compliance.progress import NoProgress
from compliance.resources import read_tree
from compliance.use_cases.evidence import evidence
from compliance.use_cases.field import day_plans, sheets
from compliance.use_cases.rules import company_rules, rule_sets
from compliance.use_cases.rules.policy_counts import Effects
from compliance.use_cases.rules.rule_book import RuleBook
from compliance.use_cases.seat.facts import access_facts
from compliance.use_cases.seeing import cases, profiles
from compliance.use_cases.signing import approvals

STAFF = ("zhao", "chen", "sun", "wu")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    from support import STAFF as everybody

    made = Desk.create(tmp_path_factory.mktemp("rules"), staff={k: everybody[k] for k in STAFF})
    made.bring(invent(9))
    yield made
    made.rise()


@pytest.fixture(scope="module")
def people(desk: Desk) -> list[str]:
    rows = done(profiles.find_people(desk.sit("chen"), text="", purpose=Purpose.MDM, limit=20)).rows
    ids = sorted(row.hcp_id for row in rows)
    for hcp in ids[:4]:
        desk.consent(hcp)
    desk.assign(*ids[:3])
    desk.assign(ids[3], ids[4], rep="hanmei")
    desk.wait(minutes=1)
    return ids


def look(desk: Desk, who: str, hcp: str, rep: str | None = None) -> dict[str, str]:
    return shown(done(profiles.open_profile(desk.sit(who), hcp_id=hcp, purpose=Purpose.VISIT, as_rep=rep)))


def states(desk: Desk, who: str, hcp: str, rep: str | None = None) -> dict[str, str]:
    view = done(profiles.open_profile(desk.sit(who), hcp_id=hcp, purpose=Purpose.VISIT, as_rep=rep))
    return {f.key: str(f.state) for f in view.fields}


def slow(desk: Desk, folder: Path, at: datetime) -> tuple[int, int]:
    """The same counts person by person, field by field."""
    from compliance.importing.rule_files import read_rule_folder
    from compliance.model.access import AccessGranted
    from compliance.policy.company import read_company_set

    session = desk.sit("chen")
    openness = {"withheld": 0, "masked": 1, "generalised": 2, "disclosed": 3}
    hidden = revealed = 0
    new = read_company_set(read_rule_folder(folder), shipped=session.shipped, day=at.date()).policy
    old = session.policy_at(at)
    with session.vault.snapshot() as snap:
        readers = [(role, None) for role in (Role.DPO, Role.COMPLIANCE, Role.CLERK, Role.FINANCE)]
        for hcp in snap.people.ids():
            for role, rep in [*readers, *((Role.REP, rep) for rep in snap.assignments.rep_of(hcp))]:
                for purpose in Purpose:
                    facts, _ = access_facts(session, snap, hcp_id=hcp, at=at, rep=rep)
                    seen = []
                    for policy in (old, new):
                        answer = decide_access(policy, role=role, purpose=purpose, facts=facts, at=at)
                        rulings = answer.rulings if isinstance(answer, AccessGranted) else ()
                        seen.append({r.key: openness[str(r.state)] for r in rulings})
                    for key in {**seen[0], **seen[1]}:
                        before, after = seen[0].get(key, 0), seen[1].get(key, 0)
                        hidden, revealed = hidden + (after < before), revealed + (after > before)
    return hidden, revealed


@pytest.mark.req("REQ-044")
def test_a_preview_counts_what_a_person_by_person_count_does(desk: Desk, people: list[str], tmp_path: Path) -> None:
    folder = rule_folder(tmp_path / "set", NO_PHONE, NO_SALUTATION)
    for purpose in (Purpose.VISIT, Purpose.MDM):
        out = tmp_path / f"{purpose}.xlsx"
        done(profiles.export_people(desk.sit("chen"), purpose=purpose, path=out, progress=NoProgress()))
    found = done(company_rules.preview_rules(desk.sit("chen"), folder=folder))
    effects: Effects = found.effects
    assert effects.exports == 1, "the list for visits held phone numbers, the other does not change"
    assert (effects.hidden, effects.revealed) == slow(desk, folder, desk.at)
    assert effects.by_field["mobile_phone"] == {"hidden": 4 + 4} and effects.by_role["rep"] == {"hidden": 4 + 4}
    assert effects.by_rep["liming"] == {"hidden": 6} and effects.people == 9 and effects.kinds < 5
    assert found.looser == 0 and {s.key for s in effects.samples} == {"mobile_phone", "salutation"}
    assert all(s.hcp_id in people and s.after == "withheld" for s in effects.samples)
    (entry, *_) = done(evidence.list_entries(desk.sit("chen"), limit=1))
    assert str(entry.kind) == "policy_previewed" and entry.detail["hidden"] == effects.hidden
    assert "mobile_phone" in look(desk, "chen", people[0]), "a preview changes nothing"
    assert no(company_rules.preview_rules(desk.sit("wu"), folder=folder)).reason == "role_not_allowed"


def test_narrower_rules_hold_at_once_for_every_seat(desk: Desk, people: list[str], tmp_path: Path) -> None:
    """One officer; a second seat of another process notices at its next read; sheets and packs become tasks."""
    hcp, other = people[0], desk.fresh("chen")
    made = done(
        sheets.make_sheets(
            desk.sit("chen"), hcp_ids=people[:1], purpose=Purpose.VISIT, rep="liming", out=tmp_path / "out",
            progress=NoProgress(),
        )
    )  # fmt: skip
    plan = done(day_plans.make_day_plan(
        desk.sit("chen"), hcp_ids=people[:1], rep="liming", day=shanghai_day(desk.at), path=tmp_path / "plan.pdf"
    ))  # fmt: skip
    papers = {made.sheets[0].serial, plan.serial}
    folder = rule_folder(tmp_path / "set", NO_PHONE, NO_SALUTATION)
    begins = desk.at + timedelta(hours=2)
    assert no(company_rules.activate_rules(desk.sit("chen"), folder=folder, begins=begins)).reason == "role_not_allowed"
    with pytest.raises(InputErrors) as fault:
        company_rules.activate_rules(desk.sit("zhao"), folder=folder, begins=desk.at - timedelta(seconds=1))
    assert fault.value.code == "rules_in_the_past"
    assert look(desk, "chen", hcp)["mobile_phone"]
    active = done(company_rules.activate_rules(desk.sit("zhao"), folder=folder, begins=begins))
    assert not isinstance(active, PendingRequest) and active.looser == 0
    assert {r.subject for r in active.recall if r.kind == "recall_sheet"} == papers
    with desk.sit("chen").vault.snapshot() as snap:
        assert {p.serial for p in snap.sheets.waiting() if p.state(desk.at) is PaperState.RECALLED} == papers
    open_tasks = {t.subject: t for t in done(cases.list_tasks(desk.sit("chen")))}
    task = open_tasks[made.sheets[0].serial]
    assert task.kind == "recall_sheet" and task.due == begins + timedelta(hours=24) and task.hcp_id == hcp
    desk.wait(minutes=119, seconds=59)
    other.clock = desk.clock()
    assert states(desk, "chen", hcp)["mobile_phone"] == "masked"
    desk.wait(seconds=1)
    other.clock = desk.clock()
    view = done(profiles.open_profile(other, hcp_id=hcp, purpose=Purpose.VISIT))
    assert next(f for f in view.fields if f.key == "mobile_phone").value is None
    assert states(desk, "sun", hcp)["mobile_phone"] == "withheld"
    assert states(desk, "sun", hcp, "liming")["salutation"] == "withheld"
    desk.at -= timedelta(hours=1)
    assert states(desk, "sun", hcp)["mobile_phone"] == "masked", "an earlier instant has the rules of that time"
    desk.at += timedelta(hours=1)
    entry = done(evidence.list_entries(desk.sit("chen"), kind="policy_activated", limit=1))[0]
    assert entry.detail["set"] == active.key and entry.detail["hidden"] == 12 and len(entry.detail["signature"]) == 128
    other.vault.close(desk.at)


def test_taking_them_back_takes_two(desk: Desk, people: list[str], tmp_path: Path) -> None:
    hcp = people[0]
    assert states(desk, "chen", hcp)["mobile_phone"] == "withheld"
    shipped = rule_folder(tmp_path / "back", version="ACME-2")
    begins = desk.at + timedelta(days=2)
    waiting = company_rules.activate_rules(desk.sit("zhao"), folder=shipped, begins=begins).value
    assert isinstance(waiting, PendingRequest) and waiting.not_before is not None
    assert "ACME-2" in approvals.request_words(waiting, "en")
    assert no(approvals.approve(desk.sit("zhao"), request_id=waiting.request_id)).reason == "same_person"
    assert not [row for row in done(rule_sets.list_rules(desk.sit("chen"))) if row.state == "planned"]
    (shipped / HEAD).write_text("changed = true", encoding="utf-8")  # what was signed is what was kept
    signed = done(approvals.approve(desk.sit("sun"), request_id=waiting.request_id))
    assert signed.result["version"].startswith("ACME-2")
    rows = done(rule_sets.list_rules(desk.sit("chen")))
    assert [row.state for row in rows] == ["over", "in_force", "planned"] and all(row.good for row in rows)
    assert rows[-1].signed_by == ("zhao", "sun") and rows[-1].request == waiting.request_id
    # a looser set that has not begun is called off by one, for that protects
    assert done(company_rules.call_off_rules(desk.sit("zhao"), key=rows[-1].key[:8]))["called_off"]
    desk.wait(days=3)
    assert states(desk, "chen", hcp)["mobile_phone"] == "withheld"
    desk.at -= timedelta(days=3)
    for key, code in (("ffffff", "unknown_rules"), (rows[1].key, "rules_begun"), ("", "unknown_rules")):
        with pytest.raises(InputErrors) as fault:
            company_rules.call_off_rules(desk.sit("zhao"), key=key)
        assert fault.value.code == code


def test_calling_off_what_narrows_takes_two(desk: Desk, tmp_path: Path) -> None:
    longer = ('value = 180\nreferences = [{ statute = "NDSR"', 'value = 365\nreferences = [{ statute = "NDSR"')
    folder = rule_folder(tmp_path / "set", NO_PHONE, NO_SALUTATION, (NUMBERS, *longer), version="ACME-3")
    begins = desk.at + timedelta(days=1)
    planned = done(company_rules.activate_rules(desk.sit("zhao"), folder=folder, begins=begins))
    assert desk.sit("zhao").policy_at(begins).parameter("ask_lock_days", begins) == 365
    with pytest.raises(InputErrors) as fault:
        company_rules.activate_rules(desk.sit("zhao"), folder=folder, begins=begins)
    assert fault.value.code == "rules_unchanged"
    waiting = company_rules.call_off_rules(desk.sit("zhao"), key=planned.key).value
    assert isinstance(waiting, PendingRequest)
    done(approvals.approve(desk.sit("chen"), request_id=waiting.request_id))
    assert desk.sit("zhao").policy_at(begins).parameter("ask_lock_days", begins) == 180


def test_a_faulty_set_changes_nothing_and_names_every_fault(desk: Desk, tmp_path: Path) -> None:
    before = done(rule_sets.list_rules(desk.sit("chen")))
    folder = rule_folder(tmp_path / "set", (NO_PHONE[0], 'rep = "mask:mobile"', 'rep = "show"'))
    (folder / "policy" / "grants" / "ask.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(InputErrors) as broken:
        company_rules.activate_rules(desk.sit("zhao"), folder=folder, begins=desk.at)
    assert [(f.where, f.code) for f in broken.value.faults] == [("policy/grants/ask.toml", "bad_text")]
    (folder / "policy" / "grants" / "ask.toml").unlink()
    with pytest.raises(PolicyFileError) as looser:
        company_rules.activate_rules(desk.sit("zhao"), folder=folder, begins=desk.at)
    assert [f.code for f in looser.value.faults] == ["looser_than_law"]
    assert done(rule_sets.list_rules(desk.sit("chen"))) == before


def test_what_no_file_can_be_is_a_fault_and_never_passed_over(desk: Desk, tmp_path: Path) -> None:
    grants = rule_folder(tmp_path / "set", NO_PHONE) / "policy" / "grants"
    (grants / "ask.toml").mkdir()
    (grants / "audit.toml").symlink_to(tmp_path / "nowhere")
    with pytest.raises(InputErrors) as broken:
        company_rules.preview_rules(desk.sit("zhao"), folder=tmp_path / "set")
    assert {(f.where, f.code) for f in broken.value.faults} == {
        (f"policy/grants/{name}.toml", "not_a_file") for name in ("ask", "audit")
    }


def test_a_folder_that_lies_elsewhere_is_a_fault(desk: Desk, tmp_path: Path) -> None:
    rule_folder(tmp_path / "elsewhere", NO_PHONE)
    folder = rule_folder(tmp_path / "set", NO_SALUTATION)
    (folder / "policy" / "more").symlink_to(tmp_path / "elsewhere" / "policy")
    with pytest.raises(InputErrors) as broken:
        company_rules.preview_rules(desk.sit("zhao"), folder=folder)
    assert [(f.where, f.code) for f in broken.value.faults] == [("policy/more", "not_a_file")]


def test_a_file_whose_name_is_no_text_is_told_by_its_bytes(desk: Desk, tmp_path: Path) -> None:
    folder = rule_folder(tmp_path / "set", NO_PHONE)
    try:
        (folder / os.fsdecode(b"\xff.toml")).write_text("a = 1\n")
    except OSError:
        pytest.skip("this file system takes no such name")
    with pytest.raises(InputErrors) as broken:
        company_rules.preview_rules(desk.sit("zhao"), folder=folder)
    assert [(f.where, f.code) for f in broken.value.faults] == [("\\xff.toml", "bad_file_name")]


@pytest.mark.parametrize(
    ("edit", "code", "where"),
    [
        ((NO_PHONE[0], "from = 2021-11-01", "from = 0001-01-01"), "bad_date", "version[0].from"),
        ((NO_PHONE[0], "[[version]]", "a = " + "[" * 5000 + "]" * 5000 + "\n[[version]]"), "bad_toml", "visit.toml"),
        (("policy/set.toml", 'version = "', 'version = "" #'), "empty", "version"),
    ],
)
def test_an_impossible_day_a_pit_of_brackets_and_a_set_without_a_name_are_faults(
    desk: Desk, tmp_path: Path, edit: tuple[str, str, str], code: str, where: str
) -> None:
    folder = rule_folder(tmp_path / "set", edit)
    with pytest.raises(PolicyFileError) as broken:
        company_rules.preview_rules(desk.sit("zhao"), folder=folder)
    assert any(f.code == code and f.where.endswith(where) for f in broken.value.faults), broken.value.faults


def test_the_files_of_a_set_come_back_as_they_were(desk: Desk, tmp_path: Path) -> None:
    row = next(row for row in done(rule_sets.list_rules(desk.sit("chen"))) if row.state == "in_force")
    names = done(rule_sets.save_rules(desk.sit("chen"), key=row.key, folder=tmp_path / "out"))
    again = rule_folder(tmp_path / "set", NO_PHONE, NO_SALUTATION)
    assert {n: (tmp_path / "out" / n).read_bytes() for n in names} == {n: (again / n).read_bytes() for n in names}


def test_papers_are_void_at_once_when_the_rules_are(desk: Desk, people: list[str], tmp_path: Path) -> None:
    made = done(
        sheets.make_sheets(
            desk.sit("chen"), hcp_ids=people[1:2], purpose=Purpose.VISIT, rep="liming", out=tmp_path / "out",
            progress=NoProgress(),
        )
    ).sheets[0]  # fmt: skip
    edits = (NO_PHONE, NO_SALUTATION, hidden_from_reps("professional_title"))
    folder = rule_folder(tmp_path / "set", *edits, version="ACME-4")

    def listed() -> set[str]:
        page = done(profiles.find_people(desk.sit("chen"), text="", purpose=Purpose.VISIT, as_rep="liming", limit=50))
        (row,) = [row for row in page.rows if row.hcp_id == people[1]]
        return {field.key for field in row.fields}

    assert "professional_title" in listed()
    today = day_start(shanghai_day(desk.at))  # as a bare day is read: from now on
    active = done(company_rules.activate_rules(desk.sit("zhao"), folder=folder, begins=today))
    assert active.begins == desk.at
    assert "professional_title" not in listed(), "lists follow at their next page"
    with desk.sit("chen").vault.snapshot() as snap:
        paper = snap.sheets.get(made.serial)
    assert paper is not None and paper.recalled_at == desk.at
    entry = done(evidence.list_entries(desk.sit("chen"), kind="sheet_recalled", limit=1))[0]
    assert made.serial in entry.detail["serials"] and entry.detail["why"] == "rules"
    assert made.serial in {task.subject for task in done(cases.list_tasks(desk.sit("chen")))}


def test_a_set_that_no_longer_fits_an_updated_program_holds_as_it_was_signed(desk: Desk) -> None:
    """The shipped rules got stricter: the company's file would be looser now, so nothing of it is guessed."""
    texts = read_tree() | read_tree(suffix=".csv")
    hidden = texts[NO_PHONE[0]].replace('rep = "generalise:verified_badge"', 'rep = "mask:hidden"')
    stricter = {**texts, NO_PHONE[0]: hidden}
    session = desk.sit("zhao")
    chosen, text_of = session.vault.rules_chosen(), session.vault.policy_text
    book = RuleBook(chosen, shipped=load_policy(stricter), text_of=text_of)
    assert book.outdated_at(desk.at) and book.at(desk.at).digest == session.policy_at(desk.at).digest
    added = {**texts, NUMBERS: texts[NUMBERS].replace("value = 14\n", "value = 12\n", 1)}
    fresh = RuleBook(chosen, shipped=load_policy(added), text_of=text_of)
    assert not fresh.outdated_at(desk.at) and fresh.at(desk.at).parameter("sheet_life_days", desk.at) == 12
    assert "withhold" in str(fresh.at(desk.at).grants[Purpose.VISIT].at(desk.at).fields["mobile_phone"].treatments)  # type: ignore[union-attr]


def test_a_seat_that_dies_leaves_the_old_rules_or_the_new_ones(desk: Desk, tmp_path: Path) -> None:
    """Killed just before the commit and just after it; whoever sits beside goes on under one set, whole."""
    edits = (NO_PHONE, NO_SALUTATION, hidden_from_reps("professional_title"), hidden_from_reps("department"))
    folder = rule_folder(tmp_path / "set", *edits, version="ACME-5")
    child = [sys.executable, str(Path(__file__).parent / "kill_rules.py"), str(desk.vault), str(folder)]
    desk.wait(minutes=1)
    for when, version in (("before", "ACME-4"), ("after", "ACME-5")):
        died = subprocess.run([*child, desk.at.isoformat(), when], check=False, capture_output=True, timeout=120)
        assert died.returncode == 9, died.stderr.decode()
        rows = done(rule_sets.list_rules(desk.sit("chen")))
        front = next(row for row in rows if row.state == "in_force")
        assert front.version.startswith(version) and front.good
        assert desk.sit("chen").policy_at(desk.at).version.startswith(version)
    assert done(evidence.check_vault(desk.sit("chen"), full=True)).ok


def test_a_real_vault_waits_a_day_and_a_kept_text_that_was_changed_is_no_set(tmp_path: Path) -> None:
    from support import STAFF as everybody

    desk = Desk.create(tmp_path / "d", staff={k: everybody[k] for k in ("zhao", "chen")}, sandbox=False)
    folder = rule_folder(tmp_path / "set", NO_PHONE)
    active = done(company_rules.activate_rules(desk.sit("zhao"), folder=folder, begins=NOW))
    back = rule_folder(tmp_path / "back", version="ACME-2")
    day = timedelta(hours=24)
    with pytest.raises(InputErrors) as soon:
        company_rules.activate_rules(desk.sit("zhao"), folder=back, begins=NOW + day - timedelta(seconds=1))
    assert (soon.value.code, soon.value.faults[0].nearest) == ("rules_too_soon", "2026-11-25T10:00:00+08:00")
    waiting = company_rules.activate_rules(desk.sit("zhao"), folder=back, begins=NOW + day).value
    assert isinstance(waiting, PendingRequest) and waiting.not_before == NOW + day
    done(approvals.approve(desk.sit("chen"), request_id=waiting.request_id))
    assert desk.sit("zhao").policy_at(NOW).version.startswith("ACME-1")
    assert desk.sit("zhao").policy_at(NOW + day).version.startswith("ACME-2")
    session = desk.fresh("chen")
    with session.vault.unit_of_work() as uow:  # as somebody with the keys of the file would
        text = uow.policy_texts.get(active.key) or ""
        uow.db.execute("UPDATE policy_text SET text = ? WHERE digest = ?", (text.replace("ACME", "ACNE"), active.key))
        from compliance.model.audit import Kind

        uow.commit(session.event(Kind.SETTING_CHANGED, at=NOW))
    from compliance.use_cases.rules import rule_book

    rule_book._READ.clear()  # a program started afresh
    with pytest.raises(AuditIntegrityError) as found:
        desk.fresh("chen")
    assert found.value.code == "rules_tampered"
