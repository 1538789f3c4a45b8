"""What goes into a register comes out the same, and the full check agrees."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from vault_support import NOW, World

from compliance.errors import InputErrors
from compliance.model.access import Purpose, Role
from compliance.model.audit import Kind
from compliance.model.basis import BasisRecord
from compliance.model.consent import NoticeLine, NoticeState, NoticeVersion
from compliance.model.profile import CrossBorder, CrossBorderState, SourceClass
from compliance.model.register import (
    Assessment,
    BundleRecord,
    Case,
    PendingRequest,
    Recipient,
    Rep,
    RequestState,
    SheetRecord,
    Source,
    Task,
)
from compliance.vault.engine.connection import Connection, Rows

HCP = "HCP-AAAAAAAA"
LATER = NOW + timedelta(days=30)
NOTICE = NoticeVersion(
    notice="N-VISIT", version="1.0", state=NoticeState.ACTIVE, active_from=NOW, retired_from=None,
    lines=(NoticeLine(item="visit", purpose="visit", separate=False, term_months=24, text_zh="拜访", text_en="visit"),),
    blocks_zh=(("handler", "远山制药"),), blocks_en=(("handler", "Far Hill"),), sha256="ab", predecessor="N@0",
)  # fmt: skip
SOURCE = Source(
    code="CRM", name="客户系统", provenance=SourceClass.FIRST, status="active", grade="B", basis_proof="EV-1",
    reviewed_on=date(2026, 9, 1), registered_at=NOW,
)  # fmt: skip
REP = Rep(
    name="赵行", role=Role.REP, employee_no="00712", territory="华东", recipient="age1x", trained_on=date(2026, 3, 1),
    filing_no="BA-1", filing_checked_on=date(2026, 3, 2),
)  # fmt: skip
CASE = Case(case_id="CASE-1", hcp_id=HCP, kind="request", opened_at=NOW, opened_by="林岚", closed_at=None)
TASK = Task(task_id="T-1", kind="check", hcp_id=HCP, subject="CE-1", due=LATER, opened_at=NOW, done_at=None, done_by="")
BASIS = BasisRecord(
    basis_id="LB-1", hcp_id=HCP, purpose=Purpose.SPEAKER, basis="contract", reference="C-1", valid_until=LATER,
    recorded_at=NOW, recorded_by="林岚",
)  # fmt: skip
ASSESSMENT = Assessment(
    assessment_id="PIA-1", purpose="segment", title="画像", approved_on=date(2026, 1, 2), valid_until=None, author="a",
    approver="b",
)  # fmt: skip
RECIPIENT = Recipient(
    recipient_id="HQ", legal_name="Far Hill AG", country="CH", contact="x", purpose="mdm", method="sftp",
    kinds=("identity", "practice"), rights_channel="mail", registered_at=NOW,
)  # fmt: skip
REQUEST = PendingRequest(
    request_id="REQ-1", action="erase", canonical=b'{"a":1}', requested_by="林岚", requested_at=NOW,
    state=RequestState.WAITING, decided_by="", not_before=LATER,
)  # fmt: skip
SHEET = SheetRecord(
    serial="S-1", hcp_id=HCP, rep="赵行", purpose=Purpose.VISIT, issued_at=NOW, expires_at=LATER, sha256="cd",
    recalled_at=None,
)  # fmt: skip
BUNDLE = BundleRecord(
    rep="赵行", sequence=1, issued_at=NOW, expires_at=LATER, sha256="ef", people=3, previous_sha256=""
)


@pytest.fixture
def filled(world: World) -> World:
    world.person(HCP)
    with world.vault.unit_of_work() as uow:
        uow.notices.put(NOTICE, "exact text")
        uow.sources.put(SOURCE)
        uow.reps.put(REP)
        uow.assignments.assign(HCP, "赵行", NOW)
        uow.cases.add(CASE)
        uow.tasks.add(TASK)
        uow.bases.add(BASIS)
        uow.assessments.add(ASSESSMENT)
        uow.recipients.add(RECIPIENT)
        uow.requests.add(REQUEST)
        uow.sheets.add(SHEET)
        uow.bundles.add(BUNDLE)
        uow.policy_texts.put("digest", "text")
        uow.mappings.put("crm", {"姓名": "full_name"})
        uow.settings.set("before_proof", "card")
        uow.commit(world.event(Kind.SETTING_CHANGED))
    return world


def test_everything_comes_back_the_same(filled: World) -> None:
    filled.close()
    with filled.open().snapshot() as snap:
        assert snap.notices.all() == [NOTICE] and snap.notices.get("N-VISIT@1.0") == NOTICE
        assert snap.notices.source("N-VISIT@1.0") == "exact text"
        assert snap.sources.all() == [SOURCE] and snap.sources.get("CRM") == SOURCE
        assert snap.reps.all() == [REP] and snap.reps.by_employee_no("00712") == REP
        assert snap.assignments.rep_of(HCP) == ("赵行",) and snap.assignments.people_of("赵行") == [HCP]
        assert snap.cases.get("CASE-1") == CASE and snap.cases.open() == [CASE] == snap.cases.of(HCP)
        assert snap.tasks.open() == [TASK] == snap.tasks.list() and snap.tasks.open(kind="other") == []
        assert snap.bases.of(HCP) == [BASIS] and snap.bases.of("HCP-ZZZZZZZZ") == []
        assert snap.assessments.all() == [ASSESSMENT]
        assert snap.recipients.all() == [RECIPIENT] and snap.recipients.get("HQ") == RECIPIENT
        assert snap.requests.open() == [REQUEST] == [snap.requests.get("REQ-1")]
        assert snap.sheets.of(HCP) == [SHEET] == snap.sheets.all()
        assert snap.bundles.last("赵行") == BUNDLE and snap.bundles.last("谁") is None
        assert snap.policy_texts.get("digest") == "text" and snap.policy_texts.digests() == {"digest"}
        assert snap.mappings.get("crm") == {"姓名": "full_name"} and snap.mappings.names() == ["crm"]
        assert [user.name for user in snap.users.all()] == ["林岚"]
        assert snap.settings.all() == {"before_proof": "card"}
    assert filled.vault.check(full=True).ok


def test_work_is_done_once(filled: World) -> None:
    with filled.vault.unit_of_work() as uow:
        assert uow.tasks.done("T-1", LATER, "陈规") == replace(TASK, done_at=LATER, done_by="陈规")
        assert uow.requests.decide("REQ-1", RequestState.APPROVED, "陈规").decided_by == "陈规"
        uow.cases.close("CASE-1", LATER)
        uow.commit(filled.event(Kind.TASK_DONE))
    with filled.vault.unit_of_work() as uow:
        for act, code in (
            (lambda: uow.tasks.done("T-1", LATER, "x"), "task_done"),
            (lambda: uow.tasks.done("T-9", LATER, "x"), "unknown_task"),
            (lambda: uow.requests.decide("REQ-1", RequestState.REJECTED, "x"), "request_decided"),
            (lambda: uow.requests.decide("REQ-9", RequestState.REJECTED, "x"), "unknown_request"),
            (lambda: uow.requests.add(REQUEST), "request_exists"),
            (lambda: uow.bundles.add(BUNDLE), "sequence_used"),
            (lambda: uow.cases.close("CASE-9", LATER), "unknown_case"),
            (lambda: uow.assignments.assign(HCP, "谁", NOW), "unknown_rep"),
            (lambda: uow.notices.put(NOTICE, "another text"), "notice_text_changed"),
        ):
            with pytest.raises(InputErrors, match=code):
                act()
        assert uow.tasks.open() == [] and uow.cases.open() == [] and uow.requests.open() == []
    assert filled.vault.check(full=True).ok


def test_what_a_small_table_says_is_kept_until_any_seat_changes_it(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An older answer would be an older rule."""
    other, statements, run = filled.other(), list[str](), Connection.execute

    def heard(db: Connection, sql: str, values: Any = ()) -> Rows:
        statements.append(sql)
        return run(db, sql, values)

    with filled.vault.snapshot() as snap:
        assert snap.settings.get("before_proof") == "card"
    monkeypatch.setattr(Connection, "execute", heard)
    with filled.vault.snapshot() as snap:
        assert snap.settings.get("before_proof") == "card"
        assert filled.vault.rules_chosen() == filled.vault.rules_chosen() == {}
    assert len([one for one in statements if "FROM setting" in one]) == 1  # the rules, once
    with other.unit_of_work() as uow:
        uow.settings.set("before_proof", "nothing")
        uow.commit(filled.event(Kind.SETTING_CHANGED))
    with filled.vault.unit_of_work() as uow:
        assert uow.settings.get("before_proof") == "nothing"
        uow.settings.set("before_proof", "card")
        assert uow.settings.get("before_proof") == "card"
        uow.settings.set("class_rules", "narrow")
        assert filled.vault.rules_chosen() == {"class_rules": "narrow"}
    with filled.vault.snapshot() as snap:  # rolled back
        assert snap.settings.get("before_proof") == "nothing" and filled.vault.rules_chosen() == {}
    with filled.vault.unit_of_work() as uow:
        uow.commit(filled.event(Kind.LIST_SHOWN))
        with other.unit_of_work() as theirs:  # between that commit and a further question
            theirs.settings.set("before_proof", "card")
            theirs.commit(filled.event(Kind.SETTING_CHANGED))
        assert uow.settings.get("before_proof") == "card"
    with other.unit_of_work() as theirs:  # the sum is again what it was before
        theirs.settings.set("before_proof", "nothing")
        theirs.commit(filled.event(Kind.SETTING_CHANGED))
    with filled.vault.snapshot() as snap:
        assert snap.settings.get("before_proof") == "nothing"
    other.close(NOW)


@pytest.mark.req("REQ-068")
def test_the_meter_counts_people_once_and_sensitive_apart(filled: World) -> None:
    with filled.vault.unit_of_work() as uow:
        for hcp, day, sensitive in (("HCP-A", 0, False), ("HCP-A", 3, False), ("HCP-B", 1, False), ("HCP-B", 2, True)):
            uow.transfers.add(hcp, "HQ", NOW + timedelta(days=day), sensitive=sensitive)
        uow.transfers.add("HCP-C", "HQ", NOW + timedelta(days=60), sensitive=False)
        uow.commit(filled.event(Kind.TRANSFER_SENT))
    with filled.vault.snapshot() as snap:
        assert snap.transfers.tally(NOW, LATER) == (1, 1)
        assert snap.transfers.tally(NOW, NOW + timedelta(days=2)) == (2, 0)
        assert snap.transfers.tally(LATER, LATER) == (0, 0)
        assert snap.transfers.states("HCP-B") == (
            CrossBorderState(recipient="HQ", state=CrossBorder.SENT, since=NOW + timedelta(days=1)),
        )
        assert len(snap.transfers.of("HCP-A")) == 2
