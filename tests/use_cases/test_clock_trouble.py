"""A clock set back: marked in the log, no new yes until an officer has looked, a withdrawal always (REQ-104)."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from compliance.model.access import Role
from compliance.model.audit import Kind
from compliance.use_cases import evidence, recording, withdrawing
from compliance.use_cases.clock_trouble import acknowledge_clock
from compliance.use_cases.integrity import integrity_state
from tests.support import Desk, Doctor, done, no

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
