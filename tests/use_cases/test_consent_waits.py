"""What waits for a second person is seen in all four places, whatever stands meanwhile, and leaves all four at once."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product

import pytest
import scans
from support import NOTICE, STAFF, Desk, done, invent

from compliance.consent.proof import gather, judge, waiting_acts
from compliance.errors import InputErrors
from compliance.model.audit import Kind
from compliance.model.consent import ConsentEvent, ConsentStatus, EventKind, Grade, Method, Precision
from compliance.model.ids import new_id
from compliance.progress import NoProgress
from compliance.use_cases.consent import checking, rebuilding, recording, standing, worklists
from compliance.use_cases.consent.worklists import WorkList
from compliance.use_cases.ending import erasure
from compliance.use_cases.intake import consent_import
from compliance.use_cases.intake.consent_import import ConsentImport
from compliance.use_cases.overview import today
from compliance.use_cases.people import merging
from compliance.use_cases.seat import session as sessions
from compliance.use_cases.signing import two_person

PEOPLE = invent(8)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk.create(tmp_path_factory.mktemp("d"), staff={k: STAFF[k] for k in ("zhao", "chen", "sun", "wu")})
    made.bring(PEOPLE)
    yield made
    made.rise()


def person(desk: Desk, place: int) -> str:
    return desk.id_of(PEOPLE[place].name)


def record(desk: Desk, hcp: str, item: str = "visit", **more: object) -> str:
    act = desk.act(hcp, item, asked_by_hcp=True, **more)
    return str(done(recording.record_consent(desk.sit("wu"), request=act)).event_id)


def check(desk: Desk, event: str, *, accept: bool = True) -> None:
    code = "" if accept else "illegible"
    done(checking.check_evidence(desk.sit("chen"), event_id=event, accept=accept, code=code))


def test_a_rejection_takes_a_reason_of_the_list_and_never_repeats_another_word(desk: Desk) -> None:
    event = record(desk, person(desk, 3))
    for word in ("forged by Dr Zhou", "Illegible", " illegible", "no_signature"):
        with pytest.raises(InputErrors) as wrong:
            checking.check_evidence(desk.sit("chen"), event_id=event, accept=False, code=word)
        (fault,) = wrong.value.faults
        assert (fault.code, fault.value) == ("unknown_defect", "")
        assert "illegible" in fault.nearest and "signature_missing" in fault.nearest
    assert event in waiting(desk)
    check(desk, event, accept=False)
    assert event not in waiting(desk)


def waiting(desk: Desk) -> list[str]:
    """The acts that wait, as the check desk, `consent pending`, the work list, its count and Today say in one voice."""
    chen = desk.sit("chen")
    pending = done(checking.pending_checks(chen))
    events = [row.event_id for row in pending]
    page = done(worklists.work_list(chen, kind=WorkList.TO_CHECK))
    assert [work.row.event_id for work in page.rows] == events
    assert [work.row.hcp_id for work in page.rows] == [row.hcp_id for row in pending]
    (tile,) = [tile for tile in done(today.today(chen)).tiles if tile.key == "checks"]
    assert page.total == done(worklists.work_counts(chen))[WorkList.TO_CHECK] == tile.count == len(events)
    first = done(worklists.work_list(chen, kind=WorkList.TO_CHECK, limit=1))
    assert ([work.row.event_id for work in first.rows], first.total) == (events[:1], page.total)
    assert done(rebuilding.rebuild_states(chen, mend=False, progress=NoProgress())).differing == 0
    return events


def status(desk: Desk, hcp: str, item: str = "visit") -> str:
    return str({x.item: x for x in done(standing.consent_status(desk.sit("chen"), hcp_id=hcp))}[item].status)


@pytest.mark.req("REQ-017")
@pytest.mark.parametrize(("accept", "after"), [(True, "renewed"), (False, "given")])
def test_a_renewal_behind_a_valid_yes_waits_in_sight(desk: Desk, accept: bool, after: str) -> None:
    hcp = person(desk, 0 if accept else 1)
    desk.consent(hcp)
    desk.wait(days=20)
    renewal, again = record(desk, hcp), record(desk, hcp)
    assert status(desk, hcp) == "given"
    assert waiting(desk) == [renewal, again]
    row = done(worklists.work_list(desk.sit("chen"), kind=WorkList.TO_CHECK)).rows[0].row
    assert row.until is not None and row.since == desk.at  # what ends unless somebody checks
    check(desk, again, accept=False)
    assert waiting(desk) == [renewal]
    check(desk, renewal, accept=accept)
    assert (waiting(desk), status(desk, hcp)) == ([], after)


@pytest.mark.req("REQ-017")
@pytest.mark.parametrize(("accept", "after"), [(True, "given"), (False, "refused")])
def test_a_yes_behind_a_no_waits_in_sight(desk: Desk, accept: bool, after: str) -> None:
    hcp = person(desk, 2 if accept else 3)
    day = (desk.at - timedelta(days=3)).isoformat()
    no = desk.act(hcp, answer="refused", presented_at=day, acted_at=day)
    done(recording.record_consent(desk.sit("wu"), request=no))
    yes = record(desk, hcp)
    assert (waiting(desk), status(desk, hcp)) == ([yes], "refused")
    check(desk, yes, accept=accept)
    assert (waiting(desk), status(desk, hcp)) == ([], after)


def test_what_is_voided_taken_back_or_erased_waits_no_longer(desk: Desk) -> None:
    hcp = person(desk, 4)
    desk.consent(hcp)
    desk.wait(days=1)
    void, stays = record(desk, hcp), record(desk, hcp, "digital/phone")
    asked = done(standing.invalidate_consent(desk.sit("chen"), event_id=void, defect="forged"))
    done(two_person.approve(desk.sit("zhao"), request_id=asked.request_id))
    assert waiting(desk) == [stays]
    (desk.folder / "box").mkdir()
    scans.small_pdf(desk.folder / "box" / "1.pdf", pages=1, seed=1)
    lists = desk.folder / "list.csv"
    day = (desk.at - timedelta(days=2)).date().isoformat()
    head = ("客户编号", "同意事项", "是否同意", "告知书", "告知日期", "签署日期", "方式", "文件", "原件存放处", "页数")
    with lists.open("w", encoding="utf-8", newline="") as out:
        row = (PEOPLE[4].number, "visit", "同意", NOTICE, day, day, "纸质", "1.pdf", "柜 1", "1")
        csv.writer(out).writerows([head, row])
    request = ConsentImport(path=lists, evidence_dir=desk.folder / "box", name="box")
    assert done(consent_import.import_consents(desk.sit("wu"), request=request, progress=NoProgress())).accepted == 1
    assert len(waiting(desk)) == 2
    done(consent_import.undo_consent_import(desk.sit("chen"), name="box"))
    assert waiting(desk) == [stays]
    asked = done(erasure.request_erasure(desk.sit("zhao"), hcp_id=hcp, reason="PIPL47-1"))
    desk.wait(hours=1)
    done(two_person.approve(desk.sit("sun"), request_id=asked.request_id))
    assert waiting(desk) == []
    assert desk.sit("chen").vault.check(full=True).ok


def test_the_queue_is_made_anew_from_the_events_and_a_row_taken_out_is_found(desk: Desk) -> None:
    hcp, other = person(desk, 5), person(desk, 6)
    desk.consent(hcp)
    event = record(desk, hcp)
    chen = desk.sit("chen")
    with chen.vault.unit_of_work() as uow:
        uow.db.execute("DELETE FROM consent_wait")
        uow.db.execute("INSERT INTO consent_wait (no, hcp) VALUES (1, ?)", (uow.number(other),))
        uow.commit(chen.event(Kind.STATES_REBUILT, at=desk.at))
    look = desk.fresh("zhao")  # a finding bars all change until the store is opened anew
    problems = look.vault.check(full=True).problems
    sessions.close_session(look)
    assert [(p.code, p.detail) for p in problems] == [("index_differs", "consent_wait")]
    for mend, differing in ((False, 2), (True, 2), (False, 0)):
        found = done(rebuilding.rebuild_states(chen, mend=mend, progress=NoProgress()))
        assert (found.differing, found.mended) == (differing, mend)
    assert waiting(desk) == [event]
    assert chen.vault.check(full=True).ok
    check(desk, event)


def test_acts_of_a_merged_record_wait_under_the_kept_one(desk: Desk) -> None:
    kept, gone = person(desk, 6), person(desk, 7)
    event = record(desk, gone)
    asked = done(merging.merge_people(desk.sit("sun"), kept=kept, gone=gone))
    done(two_person.approve(desk.sit("chen"), request_id=asked.request_id))
    assert waiting(desk) == [event]
    assert [row.hcp_id for row in done(checking.pending_checks(desk.sit("chen")))] == [kept]
    check(desk, event)  # the check stands in the kept record, the act in the other
    assert (waiting(desk), status(desk, kept)) == ([], "given")


def test_what_waits_is_what_the_rule_calls_pending(desk: Desk) -> None:
    """SQL and ``consent.proof`` over times around midnight, with and without notice and checks."""
    chen, hcp = desk.sit("chen"), person(desk, 0)
    steps = (None, timedelta(hours=-20), timedelta(microseconds=-1), timedelta(0), timedelta(hours=20))
    checks = (
        None,
        (EventKind.CHECK_ACCEPTED, "wu"),
        (EventKind.CHECK_ACCEPTED, "chen"),
        (EventKind.CHECK_REJECTED, "wu"),
        (EventKind.INVALIDATED, "chen"),
    )
    events: list[ConsentEvent] = []
    for at, (precision, presented, acted, notice, said) in enumerate(
        product(Precision, steps, steps, (NOTICE, None), checks)
    ):
        act = ConsentEvent(
            event_id=new_id("EV"), hcp_id=hcp, item="visit", kind=EventKind.GIVEN, method=Method.PAPER,
            recorded_at=desk.at, recorded_by="wu", precision=precision, notice=notice, evidence_id=f"EVD-{at}",
            acted_at=None if acted is None else desk.at + acted, grade=Grade.E1,
            presented_at=None if presented is None else desk.at + presented,
        )  # fmt: skip
        events.append(act)
        if said:
            about = replace(act, event_id=new_id("EV"), kind=said[0], recorded_by=said[1], target=act.event_id)
            events.append(about)
    known = gather(events)
    expected = {
        e.event_id
        for e in events
        if e.kind is EventKind.GIVEN and judge(e, known, least=Grade.E4)[0] is ConsentStatus.EVIDENCE_PENDING
    }
    with chen.vault.unit_of_work() as uow:
        before = {e.event_id for e in uow.consents.waiting()}
        for event in events[:40]:
            uow.consents.add(event)
        uow.consents.add_all(events[40:])
        assert {e.event_id for e in uow.consents.waiting()} - before == expected
        assert uow.waits.differing() == 0  # not committed: nobody else sees these
    assert 20 < len(expected) < len(events) / 4


def test_the_audit_counts_what_waits_by_the_queue_also_behind_a_yes_and_in_the_past(desk: Desk) -> None:
    hcp = person(desk, 1)
    at_first = desk.at
    first = record(desk, hcp, "digital/email")
    desk.wait(hours=1)
    check(desk, first)
    open_ = desk.at
    desk.wait(hours=1)
    renewal = record(desk, hcp, "digital/email")
    behind = desk.at
    desk.wait(hours=1)
    check(desk, renewal)

    def counted(at: datetime) -> tuple[int, int]:
        with desk.sit("chen").vault.snapshot() as snap:
            queue = snap.waits.count_by_item(at).get("digital/email", 0)
            acts = [e for h in (hcp,) for e in snap.consents.events(h) if e.item == "digital/email"]
        return queue, len(waiting_acts(acts, at=at))

    assert counted(at_first) == (1, 1)
    assert counted(open_) == (0, 0)
    assert counted(behind) == (1, 1)  # the item reads *given* meanwhile
    assert counted(desk.at) == (0, 0)
