"""Whether a rep may be given anything: current training (R22) and a filing on record (REQ-118)."""

from datetime import datetime

from compliance.clock import shanghai_day
from compliance.model.access import Reference, Role
from compliance.model.answer import Refusal
from compliance.model.register import Rep
from compliance.policy.limits import months_before
from compliance.use_cases.seat.acting import refuse_alone
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seeing.walk import known_rep

_SIGNED_OFF = (Reference("PIPL", "51"),)


def qualified_reader(session: Session, rep: str, now: datetime) -> tuple[Rep, tuple[str, ...]] | Refusal:
    """The rep and what they lack, which in a sandbox is a warning only; a real vault refuses, and logs it. InputErrors
    ``unknown_rep``."""
    with session.vault.snapshot() as snap:
        reader = known_rep(snap, rep)
    if not reader.active:
        return refuse_alone(session, at=now, reason="rep_signed_off", detail={"rep": rep}, because=_SIGNED_OFF).value
    lacks = missing_qualification(session, reader, now)
    if lacks and not session.sandbox:
        because = session.policy.reasons[lacks[0]].references
        return refuse_alone(session, at=now, reason=lacks[0], detail={"rep": rep}, because=because).value
    return reader, lacks


def missing_qualification(session: Session, rep: Rep, now: datetime) -> tuple[str, ...]:
    """Codes of what a rep lacks: training within the months the rules name, filing number with check date."""
    oldest = months_before(shanghai_day(now), session.policy.parameter("training_months", now))
    codes = []
    if rep.trained_on is None or rep.trained_on < oldest:
        codes.append("training_missing")
    if rep.role is Role.REP and not (rep.filing_no and rep.filing_checked_on):
        codes.append("filing_missing")
    return tuple(codes)
