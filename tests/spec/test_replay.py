"""A logged decision made again under the rules and the knowledge of its day; what is gone is told, never guessed."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cli_desk import in_process
from rule_folders import NO_PHONE, NO_SALUTATION, rule_folder
from support import STAFF, Desk, done, invent, no

from compliance.errors import InputErrors
from compliance.model.access import BeforeProof, Purpose
from compliance.model.audit import Kind
from compliance.progress import NoProgress
from compliance.use_cases.bases import transfers
from compliance.use_cases.consent import withdrawing
from compliance.use_cases.ending import erasure
from compliance.use_cases.evidence import evidence
from compliance.use_cases.field import day_plans, sheets
from compliance.use_cases.people import amendments
from compliance.use_cases.rules import company_rules, replay, replay_list
from compliance.use_cases.seeing import cases, people_export, profiles, reason_codes
from compliance.use_cases.signing import approvals
from compliance.use_cases.upkeep import settings


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk.create(
        tmp_path_factory.mktemp("replay"), staff={k: STAFF[k] for k in ("zhao", "chen", "sun", "wu", "zhou")}
    )
    made.bring(invent(6))
    yield made
    made.rise()


@pytest.fixture(scope="module")
def logged(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> dict[str, int]:
    """One decision of each kind, then a world that moved on; the number of each decision's entry."""
    chen, found = desk.sit("chen"), dict[str, int]()
    ids = sorted(row.hcp_id for row in done(profiles.find_people(chen, text="", purpose=Purpose.MDM, limit=9)).rows)
    given, never, frozen, gone, asked, free = ids
    for hcp in (given, frozen, gone):
        desk.consent(hcp)
    desk.assign(given, asked)
    desk.wait(minutes=5)

    def note(name: str, _: object) -> None:
        found[name] = chen.vault.log.size - 1

    chen = desk.sit("chen")
    note("granted", profiles.open_profile(chen, hcp_id=given, purpose=Purpose.VISIT))
    note("refused", profiles.open_profile(chen, hcp_id=never, purpose=Purpose.VISIT))
    note("as rep", profiles.open_profile(chen, hcp_id=given, purpose=Purpose.VISIT, as_rep="liming"))
    note("not assigned", profiles.open_profile(chen, hcp_id=frozen, purpose=Purpose.VISIT, as_rep="liming"))
    note("card", profiles.open_profile(chen, hcp_id=asked, purpose=Purpose.ASK, as_rep="liming"))
    note("why", profiles.why_field(chen, hcp_id=given, key="mobile_phone", purpose=Purpose.VISIT))
    note("revealed", profiles.reveal_field(chen, hcp_id=frozen, key="practice_licence_no", purpose=Purpose.MDM))
    note("to freeze", profiles.open_profile(chen, hcp_id=frozen, purpose=Purpose.VISIT))
    note("to erase", profiles.open_profile(chen, hcp_id=gone, purpose=Purpose.VISIT))
    case = done(cases.open_case(chen, hcp_id=never, kind="access")).case_id
    note("with case", profiles.open_profile(chen, hcp_id=never, purpose=Purpose.RIGHTS, case_id=case))
    out = tmp_path_factory.mktemp("out")
    batch = {"hcp_ids": [given], "purpose": Purpose.VISIT, "rep": "liming", "out": out, "progress": NoProgress()}
    done(sheets.make_sheets(chen, **batch))  # type: ignore[arg-type]
    found["sheet"] = next(e.index for e in done(evidence.list_entries(chen, kind="export_approved", limit=1)))
    asking = done(day_plans.make_day_plan(
        chen, hcp_ids=[given, asked], rep="liming", day=desk.at.date(), path=out / "day.pdf"
    ))  # fmt: skip
    planned = [e for e in done(evidence.list_entries(chen, kind="export_approved", limit=5))
               if e.detail.get("serial") == asking.serial and e.decision]  # fmt: skip
    found |= {f"day plan {e.purpose}": e.index for e in planned}
    closed = no(profiles.open_profile(chen, hcp_id=frozen, purpose=Purpose.VISIT, as_rep="liming"))
    note("code of a rep", reason_codes.open_reason(desk.sit("zhao"), code=closed.reference_code))
    barred = no(profiles.open_profile(desk.sit("wu"), hcp_id=given, purpose=Purpose.VISIT))
    note("code of a clerk", reason_codes.open_reason(chen, code=barred.reference_code))
    # the same instant: known after the decision
    desk.assign(free)
    withdraw = {"hcp_id": given, "items": ["visit"], "channel": "电话"}
    done(withdrawing.withdraw_consent(desk.sit("wu"), received_at=desk.at.isoformat(), **withdraw))  # type: ignore[arg-type]
    done(amendments.freeze_person(chen, hcp_id=frozen))
    done(cases.close_case(chen, case_id=case))
    done(settings.set_before_proof(desk.sit("zhao"), choice=BeforeProof.NOTHING, until=None))
    desk.wait(hours=1)
    desk.consent(never)
    request = done(erasure.request_erasure(desk.sit("chen"), hcp_id=gone, reason="REQ-1"))
    done(approvals.approve(desk.sit("sun"), request_id=request.request_id))
    folder = rule_folder(tmp_path_factory.mktemp("set"), NO_PHONE)
    done(company_rules.activate_rules(desk.sit("zhao"), folder=folder, begins=desk.at))
    desk.wait(minutes=1)
    chen = desk.sit("chen")
    note("new rules", profiles.open_profile(chen, hcp_id=never, purpose=Purpose.VISIT))
    note("after freeze", profiles.open_profile(chen, hcp_id=frozen, purpose=Purpose.VISIT))
    note("after withdrawal", profiles.open_profile(chen, hcp_id=given, purpose=Purpose.VISIT))
    note("list", profiles.find_people(chen, text="", purpose=Purpose.MDM, limit=9))
    desk.wait(days=2)
    return found


SAME = {
    "granted": "granted",
    "refused": "refused:consent_unproven",
    "as rep": "granted",
    "not assigned": "refused:not_assigned",
    "card": "granted",
    "why": "granted",
    "revealed": "granted",
    "to freeze": "granted",
    "with case": "granted",
    "sheet": "granted",
    "day plan visit": "granted",
    "day plan ask": "granted",
    "code of a rep": "refused:not_assigned",
    "code of a clerk": "refused:role_not_permitted",
    "new rules": "granted",
    "after freeze": "refused:blocked_frozen",
    "after withdrawal": "refused:consent_withdrawn",
}


@pytest.mark.req("REQ-079")
@pytest.mark.parametrize("name", SAME)
def test_the_same_answer_under_the_rules_of_its_day(desk: Desk, logged: dict[str, int], name: str) -> None:
    one = done(replay.replay_decision(desk.sit("zhou"), index=logged[name]))
    wanted = SAME[name]
    assert (one.outcome, one.logged) == ("same", one.replayed), one
    assert one.answer == wanted or (name == "refused" and one.answer.startswith("refused:consent_"))
    assert one.version.startswith("ACME-1") == (name in ("new rules", "after freeze", "after withdrawal"))
    (entry, *_) = done(evidence.list_entries(desk.sit("zhou"), kind="policy_replayed", limit=1))
    assert entry.detail == {"entry": logged[name], "outcome": "same", "why": ""}


def test_a_purpose_that_does_not_name_the_role_lists_nobody_and_names_the_article(
    desk: Desk, logged: dict[str, int]
) -> None:
    listed = no(profiles.find_people(desk.sit("wu"), text="", purpose=Purpose.VISIT))
    opened = no(profiles.open_profile(desk.sit("wu"), hcp_id="HCP-AAAAAAAA", purpose=Purpose.VISIT))
    assert (listed.reason, listed.references, listed.lifted_by) == (opened.reason, opened.references, opened.lifted_by)
    assert listed.references and listed.lifted_by


@pytest.mark.req("REQ-079")
def test_what_is_erased_cannot_be_made_again_and_says_so(desk: Desk, logged: dict[str, int]) -> None:
    one = done(replay.replay_decision(desk.sit("zhou"), index=logged["to erase"]))
    assert (one.outcome, one.why, one.replayed) == ("cannot", "erased", "")


def test_what_is_no_decision_of_one_person_is_told(desk: Desk, logged: dict[str, int]) -> None:
    for index, code in ((logged["list"], "no_decision"), (999_999, "unknown_entry"), (10**25, "unknown_entry")):
        with pytest.raises(InputErrors) as fault:
            replay.replay_decision(desk.sit("zhou"), index=index)
        assert fault.value.code == code
    assert no(replay.replay_decision(desk.sit("wu"), index=0)).reason == "role_not_allowed"


@pytest.mark.req("REQ-079")
def test_a_whole_period_by_counts_and_a_changed_event_is_found(desk: Desk, logged: dict[str, int]) -> None:
    zhou = desk.sit("zhou")
    first = done(replay.replay_period(zhou, since=None, until=None))
    assert first.same >= len(SAME) and first.different == () and first.why == {"erased": first.decisions - first.same}
    one = done(replay.replay_decision(zhou, index=logged["new rules"]))
    before = done(replay.replay_period(zhou, since=None, until=desk.at - timedelta(days=2, minutes=1)))
    assert 0 < before.decisions < first.decisions and before.different == ()
    with zhou.vault.unit_of_work() as uow:  # as somebody with the keys of the file would
        number = uow.number(one.hcp_id)
        uow.db.execute("UPDATE consent_event SET grade = 'E2' WHERE hcp = ? AND grade = 'E1'", (number,))
        uow.commit(zhou.event(Kind.VERIFIED, at=desk.at))
    changed = done(replay.replay_decision(zhou, index=logged["new rules"]))
    assert changed.outcome == "different" and changed.logged != changed.replayed != ""
    found = done(replay.replay_period(zhou, since=None, until=None))
    assert found.differs and found.same < first.same and changed.index in {x.index for x in found.different}


def test_the_command_line_says_it_by_its_exit(desk: Desk, logged: dict[str, int], tmp_path: Path) -> None:
    secret = tmp_path / "zhou.secret"
    secret.write_text("correct horse battery zhou", encoding="utf-8")
    head = ["--vault", str(desk.vault), "--user", "zhou", "--passphrase-file", str(secret), "--lang", "en"]
    head += ["--json", "--at", desk.at.isoformat(), "policy", "replay"]
    same = in_process(*head, f"A{logged['refused']}")
    assert (same.exit_code, same.json["outcome"]) == (0, "same") and same.json["logged"] == same.json["replayed"]
    gone = in_process(*head, str(logged["to erase"]))
    assert (gone.exit_code, gone.json["why"]) == (1, "erased")
    wrong = in_process(*head, str(logged["new rules"]))
    assert (wrong.exit_code, wrong.json["outcome"]) == (3, "different")
    period = in_process(*head, "--from", "2026-11-24")
    assert period.exit_code == 3 and period.json["different"] >= 1 and period.json["why"]["erased"] >= 1
    assert in_process(*head).exit_code == 2 and in_process(*head, "7", "--from", "2026-11-24").exit_code == 2


def test_the_command_line_of_a_companys_rules(desk: Desk, logged: dict[str, int], tmp_path: Path) -> None:
    """check, diff, dry-run, activate, sets: the keys of the contract, and one exit for each kind of answer."""
    secret = tmp_path / "zhao.secret"
    secret.write_text("correct horse battery", encoding="utf-8")
    head = ["--vault", str(desk.vault), "--user", "zhao", "--passphrase-file", str(secret), "--lang", "en", "--json"]
    head += ["--at", desk.at.isoformat(), "policy"]
    tomorrow = (desk.at + timedelta(days=2)).isoformat()
    good = rule_folder(tmp_path / "good", NO_PHONE, NO_SALUTATION, version="ACME-7")
    bad = rule_folder(tmp_path / "bad", (NO_PHONE[0], 'rep = "mask:mobile"', 'rep = "show"'))
    assert in_process("--json", "policy", "check", str(good)).json == {"ok": True, "faults": []}
    faulty = in_process("--json", "policy", "check", str(bad))
    (fault,) = faulty.json["faults"]
    assert faulty.exit_code == 2 and fault["where"].endswith("mobile_phone.treatments.rep")
    assert (fault["code"], fault["value"], fault["nearest"]) == ("looser_than_law", "show", "mask:mobile")
    shipped, in_force = in_process("--json", "policy", "diff", str(good)), in_process(*head, "diff", str(good))
    assert [shipped.json["against"], in_force.json["against"]] == ["shipped", "in_force"]
    assert len(shipped.json["changes"]) == 3 and len(in_force.json["changes"]) == 1 and not in_force.json["looser"]
    one = done(replay.replay_decision(desk.sit("zhou"), index=logged["new rules"]))
    desk.assign(one.hcp_id)
    dry = in_process(*head, "dry-run", str(good))
    assert dry.exit_code == 0 and {"hidden", "revealed", "by_field", "by_role"} <= dry.json.keys()
    counts = [dry.json["hidden"], dry.json["by_role"]["rep"]["hidden"], dry.json["by_field"]["salutation"]["hidden"]]
    assert counts == [1, 1, 1] and dry.json["samples"][0]["hcp_id"] == one.hcp_id
    late = in_process(*head, "activate", str(good), "--from", "2026-11-01")
    assert (late.exit_code, late.json["error"]) == (2, "rules_in_the_past")
    refused = in_process(*head, "activate", str(bad), "--from", tomorrow)
    assert (refused.exit_code, refused.json["error"], refused.json["faults"][0]["value"]) == (2, "policy_file", "show")
    assert in_process(*head, "activate", str(good)).json["error"] == "usage"
    active = in_process(*head, "activate", str(good), "--from", tomorrow)
    assert active.exit_code == 0 and active.json["looser"] == 0 and active.json["sandbox"] is True
    back = in_process(*head, "activate", str(rule_folder(tmp_path / "back")), "--from", tomorrow)
    assert back.exit_code == 0 and back.json["pending"].startswith("REQ-")
    listed = in_process(*head, "sets").json["sets"]
    assert [row["state"] for row in listed] == ["over", "in_force", "planned"] and all(row["good"] for row in listed)
    said = in_process(*[word for word in head if word != "--json"], "sets").stdout
    assert "ACME-7" in said and "planned" in said


@pytest.mark.req("REQ-079")
def test_a_transfer_is_decided_again_from_the_facts_in_its_entry(desk: Desk) -> None:
    chen = desk.sit("chen")
    facts = {"is_ciio": "no", "has_important": "no", "n_ord": 120_000, "n_sens": 0, "claim": "none"}
    for more in ({}, {"contract_party": "王大夫"}):
        made = done(transfers.assess_transfer(chen, facts={**facts, **more}))
        entry = done(evidence.list_entries(chen, kind="transfer_assessed", limit=1))[0]
        assert "王大夫" not in str(entry) and entry.detail["inputs_whole"] == (not more)
        one = done(replay.replay_decision(desk.sit("zhou"), index=entry.index))
        assert (one.outcome, one.answer) == ("same", f"{made.result} {made.row}") and one.logged == one.replayed


@pytest.mark.req("REQ-079")
def test_a_list_answers_for_one_person(tmp_path: Path) -> None:
    desk = Desk.create(tmp_path, staff={k: STAFF[k] for k in ("chen", "sun", "wu")})
    desk.bring(invent(4, first=60))
    chen = desk.sit("chen")
    rows = done(profiles.find_people(chen, text="", purpose=Purpose.MDM, limit=9)).rows
    open_, other, closed, late = sorted(row.hcp_id for row in rows)
    desk.consent(open_)
    desk.consent(other)
    desk.assign(open_)
    desk.wait(minutes=5)

    def find(text: str = "", *, limit: int = 50, as_rep: str | None = None) -> int:
        return done(
            profiles.find_people(chen, text=text, purpose=Purpose.VISIT, limit=limit, as_rep=as_rep)
        ).audit_index

    name = next(f.value for r in rows if r.hcp_id == other for f in r.fields if f.key == "full_name")
    whole, cut, searched, reps = find(), find(limit=1), find(str(name)), find(as_rep="liming")
    done(people_export.export_people(chen, purpose=Purpose.VISIT, path=tmp_path / "l.xlsx", progress=NoProgress()))
    [written] = [e.index for e in done(evidence.list_entries(chen, kind="export_approved", limit=1))]
    desk.wait(minutes=5)
    desk.consent(late)
    done(withdrawing.withdraw_consent(
        desk.sit("wu"), hcp_id=open_, items=["visit"], received_at=desk.at.isoformat(), channel="电话"
    ))  # fmt: skip
    desk.wait(minutes=5)
    chen = desk.sit("chen")

    def asked(index: int, hcp: str) -> replay_list.Listed:
        return done(replay_list.replay_listed(chen, index=index, hcp_id=hcp))

    seen = asked(whole, open_)
    assert (seen.outcome, seen.named, seen.answer) == ("same", True, "granted"), "the withdrawal came later"
    assert seen.fields["full_name"] == "disclosed" and seen.version
    for hcp in (closed, late):
        one = asked(whole, hcp)
        assert (one.outcome, one.named) == ("same", False) and one.answer.startswith("refused:consent_"), hcp
    left_out = {hcp: asked(cut, hcp) for hcp in (open_, other)}
    assert {(one.outcome, one.why) for one in left_out.values()} == {("same", ""), ("cannot", "search_not_kept")}
    assert asked(searched, other).outcome == "same"
    assert (asked(searched, open_).outcome, asked(searched, open_).why) == ("cannot", "search_not_kept")
    assert (asked(reps, open_).named, asked(reps, open_).outcome, asked(reps, open_).role) == (
        True,
        "same",
        "as_rep:liming",
    )
    assert (asked(reps, other).outcome, asked(reps, other).answer) == ("same", "refused:not_assigned")
    assert (asked(written, open_).outcome, asked(written, open_).named) == ("same", True)
    assert asked(whole, "HCP-AAAAAAAA").why == "person_gone"
    for index, hcp, code in ((whole, "x", "unknown_person"), (10**9, open_, "unknown_entry"), (0, open_, "no_list")):
        with pytest.raises(InputErrors, match=code):
            replay_list.replay_listed(chen, index=index, hcp_id=hcp)
    assert no(replay_list.replay_listed(desk.sit("wu"), index=whole, hcp_id=open_)).reason == "role_not_allowed"
    desk.rise()


def test_a_list_that_names_whom_the_rules_closed_is_a_finding(tmp_path: Path) -> None:
    desk = Desk.create(tmp_path, staff={k: STAFF[k] for k in ("chen", "sun", "wu")})
    desk.bring(invent(2, first=80))
    chen = desk.sit("chen")
    one, two = (row.hcp_id for row in done(profiles.find_people(chen, text="", purpose=Purpose.MDM, limit=9)).rows)
    desk.consent(one)
    desk.wait(minutes=5)
    chen = desk.sit("chen")
    fields = ("full_name",)
    false = {"kind": Kind.LIST_SHOWN, "purpose": "visit", "fields": fields, "at": chen.now()}
    with chen.vault.unit_of_work() as uow:  # somebody wrote what never was
        kind = false.pop("kind")
        wrong = uow.commit(
            chen.event(kind, hcps=(two,), detail={"total": 1, "searched": False}, **false),  # type: ignore[arg-type]
            chen.event(kind, hcps=(), detail={"total": 0, "searched": False}, **false),  # type: ignore[arg-type]
            chen.event(Kind.EXPORT_APPROVED, hcps=(), detail={"what": "people_xlsx", "people": 900}, **false),  # type: ignore[arg-type]
        )
    found = [
        done(replay_list.replay_listed(chen, index=i, hcp_id=h)) for i, h in zip(wrong, (two, one, one), strict=True)
    ]
    assert [(f.outcome, f.why) for f in found] == [
        ("different", "listed_though_closed"), ("different", "open_but_unlisted"), ("cannot", "list_unnamed"),
    ]  # fmt: skip
    assert found[2].answer == "granted" and found[2].named is None
    desk.rise()


def test_the_terminal_says_it_in_words(desk: Desk, logged: dict[str, int], tmp_path: Path) -> None:
    chen = desk.sit("chen")
    page = done(profiles.find_people(chen, text="", purpose=Purpose.VISIT))
    hcp = page.rows[0].hcp_id
    desk.wait(minutes=1)
    secret = tmp_path / "chen.secret"
    secret.write_text("correct horse battery chen", encoding="utf-8")
    head = ["--vault", str(desk.vault), "--user", "chen", "--passphrase-file", str(secret), "--at", desk.at.isoformat()]
    head += ["policy", "replay"]
    said = in_process("--json", *head, str(page.audit_index), "--hcp", hcp)
    assert said.exit_code == 0 and said.json["named"] is True and said.json["fields"]["full_name"] == "disclosed"
    for lang, word in (("zh", "姓名"), ("en", "Full name")):
        told = in_process("--lang", lang, *head, str(page.audit_index), "--hcp", hcp).stdout
        assert word in told and "full_name" not in told and "disclosed" not in told
    assert in_process("--json", *head, str(logged["granted"]), "--hcp", hcp).json["error"] == "no_list"
    assert in_process("--json", *head, "--hcp", hcp).json["error"] == "entry_or_period"
