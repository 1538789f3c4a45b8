"""Whether a rep may be given anything: current training (R22) and a filing on record (REQ-118)."""

from datetime import datetime

from compliance.clock import shanghai_day
from compliance.model.access import Role
from compliance.model.register import Rep
from compliance.policy.limits import months_before
from compliance.use_cases.session import Session


def missing_qualification(session: Session, rep: Rep, now: datetime) -> tuple[str, ...]:
    """Codes of what a rep lacks: training within the months the rules name, filing number with check date."""
    oldest = months_before(shanghai_day(now), session.policy.parameter("training_months", now))
    codes = []
    if rep.trained_on is None or rep.trained_on < oldest:
        codes.append("training_missing")
    if rep.role is Role.REP and not (rep.filing_no and rep.filing_checked_on):
        codes.append("filing_missing")
    return tuple(codes)
