"""Who was seen before proof, by the rule that opened them (architecture section 5, REQ-014).

Rules: (1) what shows a person to somebody names its basis in the log: an opened profile, a sheet, the people of a
pack; (2) a person counts once for each rule, ``card`` (the purpose *ask*) and ``transition`` (*visit* for a time);
(3) a transition ends on its day by itself, or when the company takes it back before.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance.clock import from_stamp
from compliance.model.access import BeforeProof
from compliance.model.audit import AuditEvent, Kind
from compliance.use_cases.seat.session import Session

MARK = "before_proof:"
RULES = ("card", "transition")
#: Entries name at most this many people.
_MOST = 500
_SHOWING = (Kind.PROFILE_OPENED, Kind.EXPORT_APPROVED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A transition period: when it began and when it ends or ended."""

    began: datetime
    until: datetime


def seen_before_proof(entries: Iterable[tuple[int, Mapping[str, Any]]]) -> dict[str, int]:
    """rule → distinct people, of the entries of a period."""
    seen: dict[str, set[str]] = {rule: set() for rule in RULES}
    for _, entry in entries:
        basis = str(entry["detail"].get("basis", ""))
        if entry["kind"] in _SHOWING and basis.startswith(MARK):
            seen.setdefault(basis.removeprefix(MARK), set()).update(entry["hcps"])
    return {rule: len(people) for rule, people in seen.items()}


def last_transition(entries: Iterable[tuple[int, Mapping[str, Any]]]) -> Transition | None:
    """The latest transition period the company ever opened."""
    found: Transition | None = None
    for _, entry in entries:
        detail = entry["detail"]
        if entry["kind"] != Kind.SETTING_CHANGED or detail.get("setting") != "before_proof":
            continue
        at = from_stamp(entry["at"])
        if detail["value"] == BeforeProof.TRANSITION:
            end = datetime.fromisoformat(detail["until"])
            goes_on = found is not None and at < found.until
            found = Transition(began=found.began if found and goes_on else at, until=end)
        elif found is not None and at < found.until:
            found = Transition(began=found.began, until=at)
    return found


def shown_in_pack(
    session: Session, people: Sequence[tuple[str, Iterable[str]]], *, at: datetime, detail: Mapping[str, Any]
) -> list[AuditEvent]:
    """Entries that name the people of a pack who are in it before proof. ``people``: (id, bases of the views)."""
    events = []
    for rule in RULES:
        held = [hcp_id for hcp_id, bases in people if MARK + rule in bases]
        for begin in range(0, len(held), _MOST):
            part = tuple(held[begin : begin + _MOST])
            events.append(
                session.event(Kind.EXPORT_APPROVED, at=at, hcps=part, detail={**detail, "basis": MARK + rule})
            )
    return events
