"""Whether a person may be asked about an item now, and by which dated numbers (NDSR 22(5), law.md C08 to C11).

Rules: (1) a block that closes asking closes it here; (2) the ask lock after a no holds; the company may lengthen it,
never shorten it; (3) within a year a person is asked at most so often about one item; each hand-over of a notice or
answer without its hand-over counts as one; (4) what the person asks for themselves is never refused for these reasons;
(5) an answer is closed by a block that stood when it was asked for, not by one set since: old papers stay recordable.
Of a bare day the stricter reading holds, and a block whose beginning nobody wrote down closes no answer.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from compliance.clock import day_start, shanghai_day
from compliance.consent.ordering import acts_from
from compliance.model.access import AccessFacts, Block, Purpose, Reference
from compliance.model.audit import Kind
from compliance.model.consent import ConsentEvent, EventKind, Precision
from compliance.model.limits import add_months
from compliance.use_cases.seat.facts import kept_by_hold
from compliance.use_cases.seat.people import known_person
from compliance.use_cases.seat.session import Session
from compliance.vault import UnitOfWork

_ASKED = frozenset({EventKind.PRESENTED, EventKind.GIVEN, EventKind.REFUSED, EventKind.DEFERRED, EventKind.NO_ANSWER})
_BECAUSE = (Reference("NDSR", "22(5)"),)
_BLOCKING = (
    Kind.PERSON_BLOCKED, Kind.PERSON_OBJECTED, Kind.OBJECTION_TAKEN_BACK, Kind.CASE_OPENED, Kind.CASE_CLOSED,
    Kind.ERASURE_BEGUN,
)  # fmt: skip
_EVERY = 1_000_000


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


def closed_when_asked(session: Session, uow: UnitOfWork, act: ConsentEvent, *, at: datetime) -> NotNow | None:
    """The block that stands and stood already when ``act`` was asked for (rule 5); None for what may be recorded."""
    if act.asked_by_hcp or act.kind is EventKind.REFUSED:
        return None
    asked_at = act.presented_at or acts_from(act)
    if act.precision is Precision.DAY:
        asked_at = min(at, day_start(shanghai_day(asked_at) + timedelta(days=1)))
    standing = known_person(uow, act.hcp_id).blocks | kept_by_hold(uow, act.hcp_id, at)
    closing = [b for b in session.policy.blocks if b in standing and Purpose.ASK in session.policy.blocks[b].closes]
    if not closing:
        return None
    since = _begun(uow, act.hcp_id)
    if Block.HELD in kept_by_hold(uow, act.hcp_id, asked_at):
        since[Block.HELD] = asked_at
    for block in closing:
        if block in since and since[block] <= asked_at:
            return NotNow(reason=f"blocked_{block}", references=session.policy.blocks[block].references)
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


def _begun(uow: UnitOfWork, hcp_id: str) -> dict[str, datetime]:
    """Since when each block stands, as the log tells it; blocks of records merged into this one came with them."""
    since: dict[str, datetime] = {}
    for record in (hcp_id, *(case.gone for case in uow.merges.into(hcp_id))):
        for entry in uow.log.find(hcp=record, kind=_BLOCKING, limit=_EVERY, newest_first=False):
            detail = entry.data["detail"]
            block = Block.ERASURE if entry.data["kind"] == Kind.ERASURE_BEGUN else detail.get("block")
            if block and detail.get("on", True):
                since.setdefault(block, datetime.fromisoformat(entry.data["at"]))
            elif block and (begun := since.pop(block, None)) and detail.get("reason") == "confirmed":
                since.setdefault(Block.DECEASED, begun)  # a reported death closes from the report on
    return since
