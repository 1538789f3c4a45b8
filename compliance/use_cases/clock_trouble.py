"""A clock that was set back: noticed at unlocking, named until somebody has looked at it (REQ-104, anchors.md 12.2).

Rules: (1) an earlier clock narrows rights and never widens them, whatever anybody acknowledges; (2) until an officer
has acknowledged it no new yes is recorded, because its times could not be relied on; a no or a withdrawal always is;
(3) acknowledging says who looked and what the clock said then, and is an entry like any other.
"""

from dataclasses import dataclass
from datetime import datetime

from compliance.clock import from_stamp, stamp
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.use_cases.acting import barred
from compliance.use_cases.facts import Reader
from compliance.use_cases.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockTrouble:
    """The last clock anomaly nobody has acknowledged: its entry, when, how far the clock was behind."""

    entry: int
    at: datetime
    seconds_behind: int


def clock_trouble(reader: Reader) -> ClockTrouble | None:
    """What waits to be acknowledged."""
    last = next(iter(reader.log.find(kind=(Kind.CLOCK_ANOMALY, Kind.CLOCK_ACKNOWLEDGED), limit=1)), None)
    if last is None or last.data["kind"] != Kind.CLOCK_ANOMALY:
        return None
    data = last.data
    return ClockTrouble(
        entry=last.index, at=from_stamp(data["at"]), seconds_behind=int(data["detail"].get("seconds_behind") or 0)
    )


def acknowledge_clock(session: Session) -> Answer[ClockTrouble | Refusal | None]:
    """Say that the clock was looked at and is right now; what was acknowledged, None when nothing waited."""
    now = session.now()
    if no := barred(session, "acknowledge_clock", at=now):
        return no
    with session.vault.unit_of_work() as uow:
        found = clock_trouble(uow)
        if found is None:
            return Answer(None)
        detail = {"entry": found.entry, "machine": stamp(session.clock.now())}
        uow.commit(session.event(Kind.CLOCK_ACKNOWLEDGED, at=now, detail=detail))
    return Answer(found, Changes(audit=True))
