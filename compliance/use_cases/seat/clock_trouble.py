"""A clock that was set back: noticed at unlocking, named until somebody has looked at it (REQ-104, anchors.md 12.2).

Rules: (1) an earlier clock narrows rights and never widens them, whatever anybody acknowledges; (2) until an officer
has acknowledged it nothing is recorded that opens or may open something later (:data:`TIMED`: a notice shown, a yes,
its acceptance, a resumption), because its times could not be relied on; a no, a rejection or a withdrawal always is;
(3) every use case that writes such an act asks :func:`clock_holds` first, and the store itself takes none
(``Consents``); (4) acknowledging says who looked and what the clock said then, and is an entry like any other.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from compliance.clock import from_stamp, stamp
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind, Scalar
from compliance.model.consent import TIMED, EventKind
from compliance.use_cases.seat.acting import barred, refuse
from compliance.use_cases.seat.facts import Reader
from compliance.use_cases.seat.session import Session
from compliance.vault import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockTrouble:
    """The last clock anomaly nobody has acknowledged: its entry, when, how far the clock was behind."""

    entry: int
    at: datetime
    seconds_behind: int


def clock_trouble(reader: Reader) -> ClockTrouble | None:
    """What waits to be acknowledged."""
    last = reader.log.clock_trouble()
    if last is None:
        return None
    data = last.data
    return ClockTrouble(
        entry=last.index, at=from_stamp(data["at"]), seconds_behind=int(data["detail"].get("seconds_behind") or 0)
    )


def clock_holds(
    session: Session, uow: UnitOfWork, kinds: Iterable[EventKind], *, at: datetime, hcp_id: str = ""
) -> Answer[Refusal] | None:
    """The refusal of acts of ``kinds`` while the clock waits to be looked at, already logged; None when they may be
    recorded. Asked inside the transaction that would record them, before anything is written in it."""
    if TIMED.isdisjoint(kinds) or (trouble := clock_trouble(uow)) is None:
        return None
    detail: dict[str, Scalar | list[Scalar]] = {"entry": trouble.entry}
    return refuse(
        session, uow, at=at, reason="clock_trouble", hcp_id=hcp_id, detail=detail, kind=Kind.CONSENT_REFUSED_ENTRY
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
