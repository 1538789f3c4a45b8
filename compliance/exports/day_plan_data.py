"""What stands on a day plan 当日拜访计划: whom to visit today, in which order, and how each may be reached.

Rules: (1) what a finder could use is not on it: no given name (unless two would read alike), no number, address or id
of a person, no profile, no company, no reason; (2) of a closed person only that they are not to be visited.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Visit(StrEnum):
    """What may be done with a person today."""

    OPEN = "open"
    ASK = "ask"  # no consent yet: hand over the notice and ask, nothing else
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """One person. ``name`` is surname and form of address; ``until`` the last day of the consent where it ends soon."""

    number: int
    name: str
    department: str
    visit: Visit
    channels: tuple[str, ...] = ()
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hospital:
    """People of one hospital in the order of the visits. ``rule``: how it receives visitors."""

    name: str
    stops: tuple[Stop, ...]
    rule: str = ""
    goes_on: bool = False  # begun on the half before


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPlanData:
    """Everything on the paper. ``root`` and ``audit_index`` as on a sheet."""

    serial: str
    day: date
    issued_to: str
    employee_no: str
    issued_at: datetime
    expires_at: datetime
    watermark: str
    root: str
    audit_index: int
    hospitals: tuple[Hospital, ...]
    warnings: tuple[str, ...] = ()
    sandbox: bool = False

    @property
    def stops(self) -> tuple[Stop, ...]:
        """Everybody, in the order of print."""
        return tuple(stop for hospital in self.hospitals for stop in hospital.stops)
