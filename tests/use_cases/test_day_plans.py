"""Day plans and the register of papers: decided at print time, safe to lose, asked back when a person is closed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pypdfium2
import pytest
from cpu import cpu_seconds
from support import NOW, STAFF, Desk, Doctor, done, invent, no

from compliance.clock import FixedClock
from compliance.errors import InputErrors, LeakFound
from compliance.exports.day_plan_data import Visit
from compliance.model.access import Purpose, Role
from compliance.model.audit import Kind
from compliance.model.profile import SourceClass
from compliance.model.register import PaperEnd, PaperKind, PaperState, Rep
from compliance.progress import NoProgress
from compliance.use_cases.consent import withdrawing
from compliance.use_cases.field import bundles, day_plans, do_not_contact, paper_register, sheets
from compliance.use_cases.field.paper_register import list_papers, recall_papers, report_papers
from compliance.use_cases.field.recalling import papers_naming
from compliance.use_cases.field.rep_day_plan import own_day_plan, own_papers
from compliance.use_cases.overview import today
from compliance.use_cases.people import reps, sources
from compliance.use_cases.seat import session as sessions
from compliance.use_cases.seat.rep_session import RepSession
from compliance.use_cases.seeing import cases

DAY = date(2026, 11, 24)
_SIT = ("chen", "wu", "zhou", "qian")
SECRET = "a rep's own passphrase"
OPEN = Doctor(number="P1", name="长孙无忌", hospital="示例九院", phone="13966661111", email="wj@hosp.example")
SECOND = Doctor(number="P2", name="尉迟敬德", hospital="示例十院", department="儿科", phone="13966661112")
THIRD = Doctor(number="P3", name="秦叔宝", hospital="示例九院", department="眼科", phone="13966661113")
SHUT = Doctor(number="P4", name="程知节", hospital="示例九院", phone="13966661114")
OTHER = Doctor(number="P5", name="侯君集", hospital="示例五院", phone="13966661115")
LEAVER = Doctor(number="P6", name="段志玄", hospital="示例七院", phone="13966661116")
TWINS = (
    Doctor(number="P7", name="张公谨", hospital="示例八院", phone="13966661117"),
    Doctor(number="P8", name="张士贵", hospital="示例八院", phone="13966661118"),
)
LISTED = Doctor(number="P9", name="房玄龄", hospital="示例八院", department="骨科")
CROWD = invent(12, first=500)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk.create(tmp_path_factory.mktemp("plans"), staff={n: r for n, r in STAFF.items() if n in _SIT})
    made = bundles.init_rep(desk.folder / "rep.ckvault", passphrase=SECRET, clock=FixedClock(NOW))
    desk.rep("liming", "E001", made.recipient)
    mine = (OPEN, SECOND, THIRD, SHUT, LEAVER, *TWINS, *CROWD)
    desk.bring([*mine, OTHER])
    for who in (OPEN, SECOND, THIRD, OTHER, LEAVER, *TWINS):
        desk.consent(desk.id_of(who.name))
    done(sources.add_source(desk.sit("zhao"), code="SITE", name="医院网站", provenance=SourceClass.PUBLIC))
    desk.bring([LISTED], name="site.csv", source="SITE")
    desk.assign(desk.id_of(LISTED.name))
    desk.assign(*(desk.id_of(who.name, who.hospital) for who in mine))
    done(withdrawing.withdraw_consent(
        desk.sit("wu"), hcp_id=desk.id_of(SHUT.name), items=None, received_at=NOW.isoformat(), channel="phone"
    ))  # fmt: skip
    yield desk
    desk.rise()


@pytest.fixture(autouse=True)
def _clock(desk: Desk) -> None:
    desk.at = NOW


def plan(desk: Desk, path: Path, *people: Doctor, day: date = DAY, **more: object) -> day_plans.DayPlanMade:
    ids = [desk.id_of(who.name, who.hospital) for who in people]
    return done(day_plans.make_day_plan(desk.sit("chen"), hcp_ids=ids, rep="liming", day=day, path=path, **more))


def text_of(path: Path) -> str:
    document = pypdfium2.PdfDocument(path.read_bytes())
    assert len(document) == 1
    return "".join(document[0].get_textpage().get_text_bounded().split())


@pytest.mark.req("REQ-049", "REQ-050", "REQ-051")
def test_a_plan_names_people_as_little_as_it_can(desk: Desk, tmp_path: Path) -> None:
    made = plan(desk, tmp_path / "plan.pdf", OPEN, SECOND, THIRD, SHUT, OTHER)
    text = text_of(tmp_path / "plan.pdf")
    assert text.index("长孙医生") < text.index("秦医生") < text.index("尉迟医生"), "by hospital, in visiting order"
    assert "面对面拜访" in text and "liming" in text and made.serial in text
    for who in (OPEN, SECOND, THIRD, SHUT, OTHER):
        for value in (who.name, who.phone, who.email, desk.id_of(who.name)):
            assert not value or value not in text, value
    assert "程医生" in text and "请勿拜访" in text and SHUT.department not in text.partition("程医生")[2][:12]
    assert "侯" not in text and OTHER.hospital not in text, "who is not this rep's is not on it"
    assert {(r.hcp_id, r.reason) for r in made.refused} == {
        (desk.id_of(who.name), "no_valid_consent") for who in (SHUT, OTHER)
    }
    assert made.expires.isoformat() == "2026-11-24T16:00:00+00:00"
    assert (tmp_path / "plan.pdf").stat().st_mode & 0o077 == 0


@pytest.mark.req("REQ-014", "REQ-051")
def test_who_may_only_be_asked_says_so(desk: Desk, tmp_path: Path) -> None:
    made = plan(desk, tmp_path / "plan.pdf", OPEN, LISTED)
    text = text_of(tmp_path / "plan.pdf")
    hcp = desk.id_of(LISTED.name)
    assert "房医生骨科" in text and "仅征求同意" in text and LISTED.name not in text
    assert dict(made.people)[hcp] is Visit.ASK and [no.hcp_id for no in made.refused] == [hcp]
    with desk.sit("chen").vault.snapshot() as snap:
        record = snap.sheets.get(made.serial)
        entry = snap.log.find(kind=Kind.EXPORT_APPROVED, hcp=hcp, limit=1)[0].data
    assert record is not None and record.shows(hcp) is Purpose.ASK
    assert (entry["purpose"], entry["detail"]["basis"]) == ("ask", "before_proof:card")


def test_an_msl_speaks_of_medicine_and_visits_nobody(desk: Desk, tmp_path: Path) -> None:
    done(reps.add_rep(desk.sit("zhao"), rep=Rep(name="linmsl", role=Role.MSL, employee_no="M1")))
    desk.assign(desk.id_of(OPEN.name), rep="linmsl")
    made = done(day_plans.make_day_plan(
        desk.sit("chen"), hcp_ids=[desk.id_of(OPEN.name)], rep="linmsl", day=DAY, path=tmp_path / "p.pdf"
    ))  # fmt: skip
    assert made.path is None and made.refused, "a consent to visits opens nothing for medical affairs"
    with desk.sit("chen").vault.snapshot() as snap:
        assert snap.log.find(kind=Kind.ACCESS_REFUSED, limit=1)[0].data["purpose"] == "medical"


def test_two_who_read_alike_are_told_apart(desk: Desk, tmp_path: Path) -> None:
    plan(desk, tmp_path / "one.pdf", TWINS[0])
    plan(desk, tmp_path / "two.pdf", *TWINS)
    assert TWINS[0].name not in text_of(tmp_path / "one.pdf")
    assert all(f"{twin.name}医生" in text_of(tmp_path / "two.pdf") for twin in TWINS)


@pytest.mark.req("REQ-050")
def test_a_plan_is_registered_and_its_entry_is_on_it(desk: Desk, tmp_path: Path) -> None:
    made = plan(desk, tmp_path / "plan.pdf", OPEN, SHUT)
    hcp, shut = desk.id_of(OPEN.name), desk.id_of(SHUT.name)
    with desk.sit("chen").vault.snapshot() as snap:
        record = snap.sheets.get(made.serial)
        entries = snap.log.find(kind=Kind.EXPORT_APPROVED, limit=2)
        refusals = snap.log.find(kind=Kind.ACCESS_REFUSED, hcp=shut, limit=1)
        issued = snap.log.find(kind=Kind.SHEET_ISSUED, hcp=hcp, limit=1)
        assert made.serial in {paper.serial for paper in snap.sheets.of(shut)}
    assert record is not None and record.kind is PaperKind.DAY_PLAN and set(record.about) == {hcp, shut}
    assert (record.shows(hcp), record.shows(shut)) == (Purpose.VISIT, None)
    head = next(e for e in entries if e.data["detail"].get("people"))
    assert f"#{head.index}" in text_of(tmp_path / "plan.pdf")
    assert next(e for e in entries if e.data["hcps"] == [hcp]).data["decision"]
    assert (
        refusals[0].data["detail"]["reason"] == "consent_withdrawn"
        and refusals[0].data["detail"]["serial"] == made.serial
    )
    assert issued[0].data["detail"]["leak_check"] > 5


@pytest.mark.parametrize(
    ("people", "day", "code"),
    [
        ((), DAY, "people_needed"),
        ((*CROWD, OPEN), DAY, "too_many_people"),
        ((OPEN,), DAY - timedelta(days=1), "day_over"),
        ((OPEN,), DAY + timedelta(days=4), "day_too_far"),
    ],
)
def test_bad_wishes_change_nothing(
    desk: Desk, tmp_path: Path, people: tuple[Doctor, ...], day: date, code: str
) -> None:
    with pytest.raises(InputErrors) as fault:
        plan(desk, tmp_path / "plan.pdf", *people, day=day)
    assert fault.value.code == code or fault.value.faults[0].code == code
    assert list(tmp_path.iterdir()) == []


def test_no_file_is_overwritten_and_other_purposes_have_none(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "plan.pdf").write_bytes(b"mine")
    for faulty in ({}, {"purpose": Purpose.SPEAKER}):
        with pytest.raises(InputErrors):
            plan(desk, tmp_path / "plan.pdf", OPEN, **faulty)
    assert (tmp_path / "plan.pdf").read_bytes() == b"mine"


def test_who_may_not_make_sheets_makes_no_plan(desk: Desk, tmp_path: Path) -> None:
    refusal = no(day_plans.make_day_plan(
        desk.sit("wu"), hcp_ids=[desk.id_of(OPEN.name)], rep="liming", day=DAY, path=tmp_path / "p.pdf"
    ))  # fmt: skip
    assert refusal.reason == "role_not_allowed"


@pytest.mark.req("REQ-051")
def test_when_nobody_may_be_visited_nothing_is_printed(desk: Desk, tmp_path: Path) -> None:
    made = plan(desk, tmp_path / "plan.pdf", SHUT, OTHER)
    assert made.path is None and len(made.refused) == 2 and list(tmp_path.iterdir()) == []


@pytest.mark.req("REQ-031")
def test_a_consent_that_ends_before_the_day_opens_nothing(desk: Desk, tmp_path: Path) -> None:
    ends = DAY + timedelta(days=1)
    who = CROWD[0]
    desk.consent(desk.id_of(who.name, who.hospital), valid_until=ends)
    today_plan = plan(desk, tmp_path / "today.pdf", who)
    later = plan(desk, tmp_path / "later.pdf", who, OPEN, day=DAY + timedelta(days=3))
    assert [visit for _, visit in today_plan.people] == [Visit.OPEN]
    assert "同意至11月25日，请征求续期" in text_of(tmp_path / "today.pdf")
    assert [hcp for hcp, _ in later.people] == [desk.id_of(OPEN.name)]
    assert "请勿拜访" in text_of(tmp_path / "later.pdf")


@pytest.mark.req("REQ-049")
def test_a_leak_stops_the_plan(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A template that prints the full name by mistake: nothing is released."""
    true = day_plans.render_day_plan

    def printed(data, **more):  # type: ignore[no-untyped-def]
        first = data.hospitals[0]
        stops = (replace(first.stops[0], name=OPEN.name), *first.stops[1:])
        return true(replace(data, hospitals=(replace(first, stops=stops), *data.hospitals[1:])), **more)

    monkeypatch.setattr(day_plans, "render_day_plan", printed)
    made = plan(desk, tmp_path / "plan.pdf", OPEN, SECOND)
    assert made.leaked and made.path is None and list(tmp_path.iterdir()) == []
    with desk.sit("chen").vault.snapshot() as snap:
        assert snap.sheets.get(made.serial) is None
        assert snap.log.find(kind=Kind.EXPORT_FAILED, limit=1)[0].data["detail"]["code"] == "leak_found"


@pytest.mark.req("REQ-031")
def test_a_withdrawal_asks_sheet_and_plan_back_until_they_are_reported(desk: Desk, tmp_path: Path) -> None:
    chen, hcp = desk.sit("chen"), desk.id_of(LEAVER.name)
    made = plan(desk, tmp_path / "plan.pdf", OPEN, LEAVER)
    sheet = done(sheets.make_sheets(
        chen, hcp_ids=[hcp], purpose=Purpose.VISIT, rep="liming", out=tmp_path, progress=NoProgress()
    )).sheets[0]  # fmt: skip
    with chen.vault.snapshot() as snap:
        assert {p.serial for p in papers_naming(snap, [hcp], at=NOW)} == {made.serial, sheet.serial}
    gone = done(withdrawing.withdraw_consent(
        desk.sit("wu"), hcp_id=hcp, items=["visit"], received_at=NOW.isoformat(), channel="phone"
    ))  # fmt: skip
    asked = {t.subject: t.task_id for t in done(cases.list_tasks(chen)) if t.kind == "recall_sheet" and t.hcp_id == hcp}
    assert set(asked) == {made.serial, sheet.serial} and set(asked.values()) <= set(gone.tasks)
    recalled = done(list_papers(chen, state=PaperState.RECALLED))
    assert {made.serial, sheet.serial} <= {paper.serial for paper in recalled}
    before = tile(desk)
    assert before.severity == "alarm"
    assert done(report_papers(desk.sit("wu"), serials=[made.serial.lower()], how=PaperEnd.RETURNED)) == (made.serial,)
    done(cases.done_task(chen, task_id=asked[sheet.serial]))
    assert tile(desk).count == before.count - 2
    ended = {p.serial: p for p in done(list_papers(chen, state=PaperState.ENDED))}
    assert (ended[made.serial].ended_how, ended[sheet.serial].ended_how) == (PaperEnd.RETURNED, PaperEnd.DESTROYED)
    assert ended[made.serial].reported_by == "wu"
    assert not any(t.subject == made.serial for t in done(cases.list_tasks(chen)))


@pytest.mark.req("REQ-031")
def test_a_partial_withdrawal_recalls_and_a_new_consent_does_not(desk: Desk, tmp_path: Path) -> None:
    hcp = desk.id_of(THIRD.name)
    made = plan(desk, tmp_path / "plan.pdf", THIRD)
    desk.consent(hcp, "digital/phone")
    assert state_of(desk, made.serial) is PaperState.OUT
    done(withdrawing.withdraw_consent(
        desk.sit("wu"), hcp_id=hcp, items=["digital/phone"], received_at=NOW.isoformat(), channel="phone"
    ))  # fmt: skip
    assert state_of(desk, made.serial) is PaperState.RECALLED


@pytest.mark.req("REQ-049", "REQ-051")
def test_a_list_of_people_not_to_contact_is_attacked_and_registered(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chen, shut = desk.sit("chen"), desk.id_of(SHUT.name)
    done(do_not_contact.do_not_contact_list(chen, rep="liming", path=tmp_path / "list.pdf"))
    assert SHUT.name in text_of(tmp_path / "list.pdf")
    [paper] = [p for p in done(list_papers(chen, hcp_id=shut)) if p.kind is PaperKind.DO_NOT_CONTACT]
    assert shut in paper.about and paper.shows(shut) is None
    true = do_not_contact.do_not_contact_sheet

    def printed(data, **more):  # type: ignore[no-untyped-def]
        leaky = [(f"{name} {SHUT.phone}" if name == SHUT.name else name, place) for name, place in data.people]
        return true(replace(data, people=leaky), **more)

    monkeypatch.setattr(do_not_contact, "do_not_contact_sheet", printed)
    with pytest.raises(LeakFound):
        do_not_contact.do_not_contact_list(chen, rep="liming", path=tmp_path / "leaky.pdf")
    assert [path.name for path in tmp_path.iterdir()] == ["list.pdf"]


def test_papers_expire_are_recalled_by_hand_and_lost_ones_open_a_task(desk: Desk, tmp_path: Path) -> None:
    chen = desk.sit("chen")
    first, second = plan(desk, tmp_path / "a.pdf", OPEN), plan(desk, tmp_path / "b.pdf", SECOND)
    assert done(recall_papers(desk.sit("wu"), serials=[first.serial])) == (first.serial,)
    with pytest.raises(InputErrors, match="sheets_recalled"):
        recall_papers(chen, serials=[first.serial])
    with pytest.raises(InputErrors) as faults:
        report_papers(chen, serials=[second.serial, "D-NOTTHERE", "X"], how=PaperEnd.LOST)
    assert [f.code for f in faults.value.faults] == ["unknown_sheet_serial"] * 2
    assert state_of(desk, second.serial) is PaperState.OUT, "all or none"
    desk.wait(days=2)
    assert state_of(desk, second.serial) is PaperState.EXPIRED
    assert tile(desk).count >= 2
    done(report_papers(desk.sit("chen"), serials=[first.serial, second.serial], how=PaperEnd.LOST))
    lost = [t for t in done(cases.list_tasks(desk.sit("chen"))) if t.kind == paper_register.LOST_TASK]
    assert {first.serial, second.serial} <= {t.subject for t in lost}
    with pytest.raises(InputErrors, match="sheet_ended"):
        report_papers(desk.sit("chen"), serials=[first.serial], how=PaperEnd.RETURNED)


def test_who_may_see_and_recall(desk: Desk) -> None:
    assert done(list_papers(desk.sit("zhou"))) is not None
    assert no(list_papers(desk.sit("qian"))).reason == "role_not_allowed"
    assert no(recall_papers(desk.sit("zhou"), serials=["S-1"])).reason == "role_not_allowed"
    assert no(report_papers(desk.sit("zhou"), serials=["S-1"], how=PaperEnd.LOST)).reason == "role_not_allowed"


@pytest.mark.req("REQ-049", "REQ-050")
def test_a_rep_prints_the_plan_from_the_pack(desk: Desk, tmp_path: Path) -> None:
    done(bundles.make_bundle(desk.sit("chen"), rep="liming", path=tmp_path / "1.ckpack", days=3))
    rep = sessions.open_session(desk.folder / "rep.ckvault", user="rep", passphrase=SECRET, clock=FixedClock(NOW))
    assert isinstance(rep, RepSession)
    try:
        with pytest.raises(InputErrors, match="pack_needed"):
            own_day_plan(rep, hcp_ids=["HCP-AAAAAAAA"], day=DAY, path=tmp_path / "x.pdf")
        done(bundles.open_bundle(rep, path=tmp_path / "1.ckpack"))
        ids = [desk.id_of(who.name) for who in (OPEN, SECOND, SHUT, OTHER)]
        made = done(own_day_plan(rep, hcp_ids=[*ids, "HCP-AAAAAAAA"], day=DAY, path=tmp_path / "own.pdf"))
        text = text_of(tmp_path / "own.pdf")
        assert "长孙医生" in text and "尉迟医生" in text and "面对面拜访" in text and made.serial in text
        assert OPEN.name not in text and "程" not in text and "侯" not in text
        assert {r.hcp_id for r in made.refused} == {ids[2], ids[3], "HCP-AAAAAAAA"}
        assert len({(r.reason, r.references) for r in made.refused}) == 1, "unknown, foreign and closed answer alike"
        with rep.vault.vault.snapshot() as snap:
            assert snap.sheets.get(made.serial) is not None
        assert [paper.serial for paper in done(own_papers(rep, state=PaperState.OUT))] == [made.serial]
        assert not rep.vault.check(full=True).problems
        far = done(own_day_plan(rep, hcp_ids=ids[:1], day=DAY + timedelta(days=3), path=tmp_path / "far.pdf"))
        assert far.path is None, "the view-until date falls before that day ends"
    finally:
        sessions.close_session(rep)


def test_twelve_people_take_little_time(desk: Desk, tmp_path: Path) -> None:
    ids = [desk.id_of(who.name, who.hospital) for who in (OPEN, SECOND, THIRD, *TWINS, *CROWD[:7])]
    chen, files = desk.sit("chen"), iter(range(99))

    def once() -> None:
        path = tmp_path / f"{next(files)}.pdf"
        done(day_plans.make_day_plan(chen, hcp_ids=ids, rep="liming", day=DAY, path=path))

    once()
    assert cpu_seconds(once, rounds=3) <= 0.3


def tile(desk: Desk) -> today.Tile:
    shown = today.today(desk.sit("chen")).value
    none = today.Tile(key="papers", count=0, severity="calm", target="exports")
    return next((x for x in shown.tiles if x.key == "papers"), none)


def state_of(desk: Desk, serial: str) -> PaperState:
    with desk.sit("chen").vault.snapshot() as snap:
        paper = snap.sheets.get(serial)
    assert paper is not None
    return paper.state(desk.at)
