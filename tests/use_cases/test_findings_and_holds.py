"""Findings have owner, day, proof and a second person; while an inspection holds, nothing in its scope is deleted."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pypdfium2
import pytest
from support import Desk, done, invent, no

from compliance.errors import InputErrors
from compliance.model.answer import Refusal
from compliance.model.inspection import FindingState, Risk
from compliance.use_cases.consent import withdrawing
from compliance.use_cases.ending import erasure, holds
from compliance.use_cases.evidence import findings
from compliance.use_cases.evidence.evidence import make_audit_report
from compliance.use_cases.imports import imports
from compliance.use_cases.overview import today
from compliance.use_cases.signing import two_person

UNTIL = datetime(2026, 12, 31, 16, tzinfo=UTC)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk.create(tmp_path_factory.mktemp("findings"), at=datetime(2026, 11, 5, 2, 0, tzinfo=UTC))
    made.bring(invent(4))
    yield made
    made.rise()


def words(path: Path) -> list[str]:
    document = pypdfium2.PdfDocument(path)
    try:
        return ["".join(p.get_textpage().get_text_bounded().split()) for p in document]
    finally:
        document.close()


@pytest.mark.req("REQ-107")
def test_a_finding_is_closed_by_a_second_person_with_proof_alone(desk: Desk, tmp_path: Path) -> None:
    found = done(findings.open_finding(desk.sit("zhou"), title="三名代表的培训已过期", owner="chen", item="19"))
    assert (found.due, found.state) == (date(2026, 11, 26), FindingState.OPEN)  # 15 working days after 5 November
    me = {"finding_id": found.finding_id}
    assert no(findings.close_finding(desk.sit("sun"), **me)).reason == "finding_unanswered"
    assert no(findings.answer_finding(desk.sit("sun"), **me, action="已补训")).reason == "not_the_owner"
    done(findings.answer_finding(desk.sit("chen"), **me, action="已补训"))
    refused = no(findings.close_finding(desk.sit("sun"), **me))
    assert (refused.reason, refused.references[0].article) == ("finding_unproven", "54")
    proof = tmp_path / "training.pdf"
    proof.write_bytes(b"signed list")
    done(findings.assign_finding(desk.sit("zhou"), **me, owner="chen"))
    answered = done(findings.answer_finding(desk.sit("chen"), **me, action="已补训并签到", evidence=(proof,)))
    assert len(answered.evidence) == 1 and "training" not in str(answered)
    assert no(findings.close_finding(desk.sit("chen"), **me)).reason == "second_person_needed"
    closed = done(findings.close_finding(desk.sit("sun"), **me))
    assert (closed.state, closed.closed_by) == (FindingState.CLOSED, "sun")
    with pytest.raises(InputErrors, match="unknown_finding"):
        findings.assign_finding(desk.sit("zhou"), **me, owner="chen")


@pytest.mark.req("REQ-107")
def test_an_ordered_audit_has_fifteen_working_days_to_report(desk: Desk) -> None:
    found = done(findings.open_finding(desk.sit("zhao"), title="出境清单不完整", owner="chen", ordered=True))
    me = {"finding_id": found.finding_id}
    answered = done(
        findings.answer_finding(
            desk.sit("chen"), **me, action="补齐", reference="DMS-2026-118", rectified_on=date(2026, 11, 5)
        )
    )
    assert answered.report_due == answered.next_due == date(2026, 11, 26)
    assert no(findings.close_finding(desk.sit("zhou"), **me)).reason == "report_not_sent"
    assert done(findings.close_finding(desk.sit("zhou"), **me, reported_on=date(2026, 11, 5))).closed_at is not None


def test_what_does_not_fit_is_named(desk: Desk) -> None:
    sit = desk.sit("zhao")
    for wrong, code in (
        ({"title": " "}, "words_missing"),
        ({"title": "x", "owner": "nobody"}, "unknown_user"),
        ({"title": "x", "item": "99"}, "unknown_guide_item"),
        ({"title": "x", "due": date(2026, 11, 4)}, "ends_before_now"),
        ({"title": "电话 13812345678 泄露"}, "free_text"),
    ):
        with pytest.raises(InputErrors, match=code):
            findings.open_finding(sit, **wrong)
    assert no(findings.open_finding(desk.sit("wu"), title="x")).reason == "role_not_allowed"
    now, desk.at = desk.at, datetime(2026, 12, 25, 2, tzinfo=UTC)  # the table of 2027 is not out
    with pytest.raises(InputErrors, match="no_holiday_table"):
        findings.open_finding(desk.sit("zhao"), title="x")
    desk.at = now


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk.create(tmp_path_factory.mktemp("holds"))
    made.bring(invent(4))
    yield made
    made.rise()


@pytest.mark.req("REQ-108")
def test_a_hold_over_one_person_stops_their_erasure_and_nobody_elses(held: Desk) -> None:
    first, second = (held.id_of(d.name) for d in invent(4)[:2])
    waiting = done(erasure.request_erasure(held.sit("zhao"), hcp_id=first, reason="R-1"))
    hold = done(
        holds.set_hold(held.sit("chen"), authority="上海市网信办", reason="检〔2026〕7号", until=UNTIL, people=(first,))
    )
    refused = no(two_person.approve(held.sit("chen"), request_id=waiting.request_id))
    assert refused.reason == "inspection_hold"
    assert (
        hold.hold_id in refused.lifted_by and "上海市网信办" in refused.lifted_by and "2026-12-31" in refused.lifted_by
    )
    assert [(r.statute, r.article) for r in refused.references] == [("PIPL", "63"), ("NDSR", "50")]
    assert no(erasure.request_erasure(held.sit("zhao"), hcp_id=first, reason="R-2")).reason == "inspection_hold"
    other = done(erasure.request_erasure(held.sit("zhao"), hcp_id=second, reason="R-3"))
    assert done(two_person.approve(held.sit("chen"), request_id=other.request_id)).result["erased"] == second
    asked = done(holds.lift_hold(held.sit("chen"), hold_id=hold.hold_id, reason="检查结束"))
    assert isinstance(two_person.approve(held.sit("chen"), request_id=asked.request_id).value, Refusal)
    done(two_person.approve(held.sit("sun"), request_id=asked.request_id))
    assert done(two_person.approve(held.sit("chen"), request_id=waiting.request_id)).result["erased"] == first
    assert no(holds.set_hold(held.sit("wu"), authority="x", reason="x", until=UNTIL)).reason == "role_not_allowed"
    with pytest.raises(InputErrors, match="unknown_hold"):
        holds.lift_hold(held.sit("chen"), hold_id=hold.hold_id, reason="again")


@pytest.mark.req("REQ-108")
def test_while_everybody_is_held_no_import_is_taken_back_and_withdrawals_go_through(held: Desk) -> None:
    batch = held.bring(invent(2, first=900)).batch
    until = held.at + timedelta(days=20)
    hold = done(holds.set_hold(held.sit("zhao"), authority="CAC", reason="inspection", until=until))
    assert no(imports.undo_import(held.sit("chen"), batch=batch)).reason == "inspection_hold"
    person = held.id_of(invent(4)[2].name)
    done(
        withdrawing.withdraw_consent(
            held.sit("wu"), hcp_id=person, items=("visit",), received_at=held.at.isoformat(), channel="phone"
        )
    )
    tile = next(x for x in done(today.today(held.sit("zhao"))).tiles if x.key == "holds")
    assert (tile.count, tile.target) == (1, "evidence")
    held.wait(days=21)  # the import may still be taken back
    assert hold.hold_id in {h.hold_id for h in done(holds.list_holds(held.sit("zhou")))}
    assert done(imports.undo_import(held.sit("chen"), batch=batch)).people == 2


@pytest.mark.req("REQ-108")
def test_what_an_import_undone_before_the_hold_left_is_not_swept(tmp_path: Path) -> None:
    desk = Desk.create(tmp_path)
    batch = desk.bring(invent(3)).batch
    vault = desk.sit("chen").vault
    with vault.unit_of_work() as uow:  # a process that died between undoing and sweeping
        uow.batches._tx.after_commit = lambda _: None  # type: ignore[method-assign]
        uow.batches.undo(batch)
        uow.commit(desk.sit("chen").event(imports.Kind.IMPORT_UNDONE, at=desk.at, detail={"batch": batch}))
    done(holds.set_hold(desk.sit("zhao"), authority="CAC", reason="inspection", until=UNTIL))
    assert vault.sweep_batches() == 0
    desk.wait(days=60)
    desk.rise()
    opened = desk.sit("zhao").vault
    with opened.snapshot() as snap:
        assert snap.batches.leftover(1, desk.at) is None
    desk.rise()


def test_the_report_names_open_findings_with_owner_and_days_on_page_one(tmp_path: Path) -> None:
    desk = Desk.create(tmp_path / "desk")
    one = done(findings.open_finding(desk.sit("zhou"), title="培训记录缺失", owner="chen", risk=Risk.HIGH))
    two = done(findings.open_finding(desk.sit("zhou"), title="访谈记录未归档", owner="sun", due=date(2026, 11, 25)))
    done(findings.answer_finding(desk.sit("sun"), finding_id=two.finding_id, action="归档", reference="DMS-7"))
    done(findings.close_finding(desk.sit("zhou"), finding_id=two.finding_id))
    done(holds.set_hold(desk.sit("chen"), authority="网信办", reason="检7号", until=UNTIL))
    desk.wait(minutes=1)
    path = tmp_path / "report.pdf"
    done(make_audit_report(desk.sit("chen"), path=path))
    pages = words(path)
    assert f"{one.finding_id}培训记录缺失（chen，2026-12-15到期，余21日）" in pages[0]
    assert "未关闭的审计发现1项" in pages[0]
    rest = "".join(pages[1:])
    assert two.finding_id in rest and "DMS-7" in rest and "zhou关闭" in rest and "检7号" in rest
    desk.wait(days=30)
    overdue = next(x for x in done(today.today(desk.sit("chen"))).tiles if x.key == "findings")
    assert (overdue.count, overdue.severity) == (1, "alarm")
    desk.rise()
