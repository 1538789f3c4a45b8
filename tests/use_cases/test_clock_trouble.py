"""A clock set back: marked in the log, no new yes until an officer has looked, a withdrawal always (REQ-104)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from compliance.consent.standing import handler_act
from compliance.errors import VaultError
from compliance.model.access import Role
from compliance.model.audit import Kind
from compliance.model.consent import TIMED, EventKind
from compliance.model.ids import new_id
from compliance.use_cases.consent import checking, recording, standing, withdrawing
from compliance.use_cases.evidence import evidence
from compliance.use_cases.notices import presenting
from compliance.use_cases.notices.presenting import Presentation
from compliance.use_cases.seat.clock_trouble import acknowledge_clock
from compliance.use_cases.upkeep.integrity import integrity_state
from tests.support import NOTICE, Desk, Doctor, done, no

STAFF = {"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk.create(tmp_path_factory.mktemp("clock"), staff=STAFF, sandbox=False)
    made.bring([Doctor(number="P1", name="欧阳若溪")])
    yield made
    made.rise()


@pytest.mark.req("REQ-104")
def test_a_clock_set_back_holds_new_consents_until_somebody_looked(desk: Desk, tmp_path: Path) -> None:
    hcp = desk.id_of("欧阳若溪")
    desk.rise()
    right = desk.at
    desk.at = right - timedelta(days=1)
    assert desk.sit("wu").warnings == ("clock_behind",)
    desk.rise()
    desk.at = right + timedelta(minutes=5)
    (entry,) = done(evidence.list_entries(desk.sit("chen"), kind="clock_anomaly", limit=5))
    assert entry.detail["seconds_behind"] > 80_000
    refused = no(recording.record_consent(desk.sit("wu"), request=desk.act(hcp)))
    assert refused.reason == "clock_trouble" and refused.lifted_by
    ended = withdrawing.withdraw_consent(
        desk.sit("wu"), hcp_id=hcp, items=["visit"], received_at=desk.at.isoformat(), channel="phone"
    )
    assert done(ended).withdrawn == ("visit",)
    assert no(acknowledge_clock(desk.sit("wu"))).reason == "role_not_allowed"
    waiting = done(integrity_state(desk.sit("chen"))).clock
    assert waiting is not None and waiting.entry == entry.index
    assert done(acknowledge_clock(desk.sit("chen"))) is not None
    assert done(acknowledge_clock(desk.sit("chen"))) is None
    assert done(integrity_state(desk.sit("chen"))).clock is None
    again = recording.record_consent(desk.sit("wu"), request=desk.act(hcp, asked_by_hcp=True))
    assert not hasattr(again.value, "reason") or again.value.reason != "clock_trouble"
    report = tmp_path / "r.pdf"
    made = done(evidence.make_audit_report(desk.sit("chen"), path=report))
    assert made.entries > 10
    kinds = [x.kind for x in done(evidence.list_entries(desk.sit("chen"), limit=200))]
    assert kinds.count(Kind.CLOCK_ANOMALY) == kinds.count(Kind.CLOCK_ACKNOWLEDGED) == 1


@pytest.mark.req("REQ-104")
def test_checks_notices_and_resumptions_wait_while_rejections_and_suspensions_act(tmp_path: Path) -> None:
    desk = Desk.create(tmp_path, staff=STAFF)
    desk.bring([Doctor(number=f"P{n}", name=name) for n, name in enumerate(("欧阳若溪", "令狐明远", "上官琴"))])
    one, two, three = (desk.id_of(name) for name in ("欧阳若溪", "令狐明远", "上官琴"))
    desk.consent(three)
    waiting = [done(recording.record_consent(desk.sit("wu"), request=desk.act(hcp))).event_id for hcp in (one, two)]
    done(standing.suspend_consent(desk.sit("chen"), hcp_id=three))
    desk.clock_set_back()
    held = [
        checking.check_evidence(desk.sit("chen"), event_id=waiting[0], accept=True),
        recording.record_consent(desk.sit("wu"), request=desk.act(one, "event")),
        standing.resume_consent(desk.sit("zhao"), hcp_id=three),
        presenting.present_notice(
            desk.sit("wu"), request=Presentation(hcp_id=two, notice=NOTICE, channel="paper", items=("event",))
        ),
    ]
    assert [no(answer).reason for answer in held] == ["clock_trouble"] * 4
    rejected = checking.check_evidence(desk.sit("chen"), event_id=waiting[1], accept=False, code="signature_missing")
    assert done(rejected).status != "given"
    refused = recording.record_consent(desk.sit("wu"), request=desk.act(one, "event", answer="refused"))
    assert done(refused).status == "refused"
    done(acknowledge_clock(desk.sit("chen")))
    assert done(checking.check_evidence(desk.sit("chen"), event_id=waiting[0], accept=True)).status == "given"
    desk.rise()


@pytest.mark.req("REQ-104")
def test_the_store_itself_takes_no_yes_and_always_a_withdrawal(tmp_path: Path) -> None:
    desk = Desk.create(tmp_path, staff=STAFF)
    desk.bring([Doctor(number="P1", name="欧阳若溪")])
    hcp = desk.id_of("欧阳若溪")
    desk.clock_set_back()
    plain = handler_act(
        EventKind.REVOKED, hcp_id=hcp, item="visit", event_id="EV", now=desk.at, recorder="chen", defect="x"
    )
    for kind in EventKind:
        event = replace(plain, kind=kind, event_id=f"EV-{kind}")
        with desk.sit("chen").vault.unit_of_work() as uow:
            for add in (lambda e: uow.consents.add(e), lambda e: uow.consents.add_all([e])):
                if kind in TIMED:
                    with pytest.raises(VaultError, match="clock_trouble"):
                        add(event)
                else:
                    add(replace(event, event_id=new_id("EV")))
    assert EventKind.WITHDRAWN not in TIMED and EventKind.CHECK_REJECTED not in TIMED
    desk.rise()
