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
from compliance.use_cases.seat.facts import Reader, kept_by_hold
from compliance.use_cases.seat.session import Session

_ASKED = frozenset({EventKind.PRESENTED, EventKind.GIVEN, EventKind.REFUSED, EventKind.DEFERRED, EventKind.NO_ANSWER})
_BECAUSE = (Reference("NDSR", "22(5)"),)
_BLOCKING = (
    Kind.PERSON_BLOCKED, Kind.PERSON_OBJECTED, Kind.OBJECTION_TAKEN_BACK, Kind.CASE_OPENED, Kind.CASE_CLOSED,
    Kind.ERASURE_BEGUN,
)  # fmt: skip
_EVERY = 1_000_000
_ALWAYS_TAKEN = frozenset({EventKind.REFUSED, EventKind.WITHDRAWN})


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


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedSince:
    """A block that stands on a person and closes asking, and since when."""

    reason: str
    references: tuple[Reference, ...]
    since: datetime


def asking_closed(session: Session, reader: Reader, hcp_id: str, *, at: datetime) -> tuple[ClosedSince, ...]:
    """The blocks that stand and close asking, of which the beginning is known (rule 5)."""
    person = reader.people.get(hcp_id)
    if person is None:
        return ()
    standing = person.blocks | kept_by_hold(reader, hcp_id, at)
    rules = session.policy.blocks
    closing = [block for block in rules if block in standing and Purpose.ASK in rules[block].closes]
    since = _begun(reader, hcp_id, at) if closing else {}
    return tuple(
        ClosedSince(reason=f"blocked_{block}", references=rules[block].references, since=since[block])
        for block in closing
        if block in since
    )


def closed_when_asked(act: ConsentEvent, closed: Iterable[ClosedSince]) -> ClosedSince | None:
    """The block that stood already when ``act`` was asked for; None for what may be recorded (rules 4 and 5)."""
    if act.asked_by_hcp or act.kind in _ALWAYS_TAKEN or (act.presented_at is None and act.acted_at is None):
        return None
    asked_at = act.presented_at or acts_from(act)
    if act.precision is Precision.DAY:
        asked_at = day_start(shanghai_day(asked_at) + timedelta(days=1)) - timedelta(microseconds=1)
    return next((one for one in closed if one.since <= asked_at), None)


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


def _begun(reader: Reader, hcp_id: str, at: datetime) -> dict[str, datetime]:
    """Since when each block stands, as the log tells it; blocks of records merged into this one came with them."""
    since: dict[str, datetime] = {}
    for record in (hcp_id, *(case.gone for case in reader.merges.into(hcp_id))):
        for entry in reader.log.find(hcp=record, kind=_BLOCKING, limit=_EVERY, newest_first=False):
            detail = entry.data["detail"]
            block = Block.ERASURE if entry.data["kind"] == Kind.ERASURE_BEGUN else detail.get("block")
            if block and detail.get("on", True):
                since.setdefault(block, datetime.fromisoformat(entry.data["at"]))
            elif block and (begun := since.pop(block, None)) and detail.get("reason") == "confirmed":
                since.setdefault(Block.DECEASED, begun)  # a reported death closes from the report on
    held = [hold.set_at for hold in reader.holds.all() if hold.stands(at) and hold.closes(hcp_id)]
    return since | ({Block.HELD: min(held)} if held else {})
