"""A rep's training is as old as the calendar says, not as a number of days."""

from datetime import UTC, date, datetime

import pytest
from support import PASS

from compliance.clock import FixedClock
from compliance.model.access import Role
from compliance.model.register import Rep
from compliance.use_cases.people.qualification import missing_qualification
from compliance.use_cases.seat import session as sessions
from compliance.use_cases.seat.session import Session


@pytest.mark.req("REQ-118")
def test_training_counts_in_calendar_months(tmp_path):
    now = datetime(2026, 2, 28, 4, 0, tzinfo=UTC)
    sessions.create_vault(
        tmp_path / "v.ckvault", owner="zhao", handler="示例", passphrase=PASS, clock=FixedClock(now), sandbox=True
    )
    desk = sessions.open_session(tmp_path / "v.ckvault", user="zhao", passphrase=PASS, clock=FixedClock(now))
    assert isinstance(desk, Session)

    def lacks(trained, **more):
        filed = {"filing_no": "F1", "filing_checked_on": date(2025, 1, 1), **more}
        rep = Rep(name="r", role=Role.REP, employee_no="1", trained_on=trained, **filed)
        return missing_qualification(desk, rep, now)

    months = desk.policy.parameter("training_months", now)
    assert months == 12
    assert lacks(date(2025, 2, 28)) == ()
    assert lacks(date(2025, 2, 27)) == ("training_missing",)
    assert lacks(None) == ("training_missing",)
    assert lacks(date(2026, 1, 1), filing_no="") == ("filing_missing",)
    sessions.close_session(desk)
