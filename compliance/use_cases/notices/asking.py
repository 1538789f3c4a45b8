"""Whether a person may be asked about an item now, and by which dated numbers (NDSR 22(5), law.md C08 to C11).

Rules: (1) a block that closes asking closes it here; (2) the ask lock after a no holds; the company may lengthen it,
never shorten it; (3) within a year a person is asked at most so often about one item; each hand-over of a notice or
answer without its hand-over counts as one; (4) what the person asks for themselves is never refused for these reasons.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from compliance.clock import shanghai_day
from compliance.consent.ordering import acts_from
from compliance.model.access import AccessFacts, Purpose, Reference
from compliance.model.consent import ConsentEvent, EventKind
from compliance.model.limits import add_months
from compliance.use_cases.seat.session import Session

_ASKED = frozenset({EventKind.PRESENTED, EventKind.GIVEN, EventKind.REFUSED, EventKind.DEFERRED, EventKind.NO_ANSWER})
_BECAUSE = (Reference("NDSR", "22(5)"),)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotNow:
    """Why a person may not be asked about an item, and from which day it may be asked again."""

    reason: str
    references: tuple[Reference, ...]
    from_day: str = ""


def why_not_ask(
    session: Session, facts: AccessFacts, item: str, *, events: Iterable[ConsentEvent], at: datetime
) -> NotNow | None:
    """The reason against asking now; None when it is allowed."""
    block = session.policy.closed_by(Purpose.ASK, facts.blocks, facts.record_status)
    if block is not None:
        return NotNow(reason=f"blocked_{block}", references=session.policy.blocks[block].references)
    line = facts.lines.get(item)
    if line is not None and not line.may_ask:
        day = shanghai_day(line.ask_again_from).isoformat() if line.ask_again_from else ""
        return NotNow(reason="ask_locked", references=_BECAUSE, from_day=day)
    asked = requests_in_year(events, item, at=at)
    if len(asked) >= session.policy.parameter("requests_per_year", at):
        again = add_months(shanghai_day(asked[0]), 12)
        day = (again + timedelta(days=1)).isoformat()
        return NotNow(reason="asked_often_enough", references=_BECAUSE, from_day=day)
    return None


def requests_in_year(events: Iterable[ConsentEvent], item: str, *, at: datetime) -> list[datetime]:
    """When the person was asked about ``item`` within the twelve months before ``at``, oldest first.

    A hand-over and the answer to it are one request: they share the instant of the hand-over.
    """
    moments: set[datetime] = set()
    for event in events:
        if event.item != item or event.kind not in _ASKED or event.asked_by_hcp:
            continue
        moment = event.presented_at or acts_from(event)
        if moment <= at and shanghai_day(at) <= add_months(shanghai_day(moment), 12):
            moments.add(moment)
    return sorted(moments)
