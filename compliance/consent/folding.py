"""One item's events folded in the order of the world; the numbered rules stand in ``consent.status``."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from compliance.clock import shanghai_day
from compliance.consent.codes import ExplanationCode as Code
from compliance.consent.ordering import Placed, in_order
from compliance.consent.proof import Knowledge, gather, judge
from compliance.consent.scope import ChangeClass, line_class
from compliance.model.consent import (
    NEGATIVE_STATES,
    ConsentEvent,
    ConsentStatus,
    EventKind,
    ItemTerms,
    NoticeState,
    NoticeVersion,
    Precision,
)
from compliance.model.limits import add_days_exclusive_end, add_months_exclusive_end

#: Why a yes ended that another record of the same person spoke against (REQ-035).
MERGED = "merged_stricter"

Notices = Mapping[str, NoticeVersion]

_KNOWLEDGE = frozenset({EventKind.CHECK_ACCEPTED, EventKind.CHECK_REJECTED, EventKind.INVALIDATED})
_NEUTRAL = {
    EventKind.PRESENTED: (ConsentStatus.PRESENTED, Code.NOTICE_PRESENTED),
    EventKind.DEFERRED: (ConsentStatus.DEFERRED, Code.ASK_LATER),
    EventKind.NO_ANSWER: (ConsentStatus.NO_REPLY, Code.NO_ANSWER_YET),
    EventKind.IMPORTED_YES: (ConsentStatus.UNPROVEN, Code.UNPROVEN_IMPORT),
}
#: What an imported yes or a void one may replace: nothing the person is proven to have said.
_UNSAID = frozenset(
    {
        ConsentStatus.NOT_ASKED,
        ConsentStatus.UNPROVEN,
        ConsentStatus.PRESENTED,
        ConsentStatus.DEFERRED,
        ConsentStatus.NO_REPLY,
    }
)


@dataclass(slots=True)
class Line:
    """State of the fold. ``base`` is the last word without regard to a yes in force."""

    base: ConsentStatus = ConsentStatus.NOT_ASKED
    code: Code = Code.NEVER_ASKED
    since: datetime | None = None
    by: str | None = None
    given: ConsentEvent | None = None  # the counted yes in force or run out
    given_from: datetime | None = None
    given_until: datetime | None = None
    renewed: bool = False
    pending: tuple[ConsentEvent, Code, datetime] | None = None
    lock_until: datetime | None = None
    kept: ConsentEvent | None = None  # a refusal of a wider notice that leaves the older yes standing (C14)
    suspensions: dict[str, Placed] = field(default_factory=dict)
    judged: dict[str, tuple[ConsentStatus, Code]] = field(default_factory=dict)
    ended: dict[str, tuple[ConsentStatus, Code, datetime | None]] = field(default_factory=dict)

    def holds(self, at: datetime) -> bool:
        """Whether a counted yes runs at ``at``."""
        return self.given_until is not None and at < self.given_until

    def say(self, status: ConsentStatus, code: Code, placed: Placed) -> None:
        """The last word is now ``status``."""
        self.base, self.code, self.since, self.by = status, code, placed.acts_from, placed.event.event_id

    def close(self, status: ConsentStatus, code: Code, placed: Placed) -> None:
        """End the yes in force and every yes that waits; they were made before this."""
        if self.given is not None:
            self.ended[self.given.event_id] = (status, code, placed.acts_from)
        self.say(status, code, placed)
        self.given = self.given_from = self.given_until = self.pending = self.kept = None
        self.renewed = False


def fold(events: Sequence[ConsentEvent], *, terms: ItemTerms, at: datetime, notices: Notices) -> Line:
    line = Line()
    known = gather(events)
    for placed in in_order(e for e in events if e.kind not in _KNOWLEDGE):
        if placed.acts_from <= at:
            _apply(line, placed, known, terms=terms, notices=notices)
    return line


def _apply(line: Line, placed: Placed, known: Knowledge, *, terms: ItemTerms, notices: Notices) -> None:
    event, kind, instant = placed.event, placed.event.kind, placed.acts_from
    if kind is EventKind.GIVEN:
        _apply_given(line, placed, known, terms=terms, notices=notices)
    elif kind in (EventKind.REFUSED, EventKind.IMPORTED_NO, EventKind.WITHDRAWN):
        if imported_no(event) and event.event_id in known.defective:
            if line.since is None:
                line.code = Code.NEGATIVE_SET_ASIDE
        else:
            _apply_no(line, placed, terms, notices)
    elif kind is EventKind.SUSPENDED:
        line.suspensions[event.event_id] = placed
    elif kind is EventKind.RESUMED:
        if event.target in line.suspensions:
            del line.suspensions[event.target]
        elif event.target is None:
            line.suspensions.clear()
    elif kind is EventKind.REVOKED:
        if line.holds(instant) or line.pending:
            code = Code.MERGED_STRICTER if event.defect == MERGED else Code.REVOKED_BY_HANDLER
            line.close(ConsentStatus.REVOKED, code, placed)
    elif kind in _NEUTRAL and _may_replace(line, placed):
        line.say(*_NEUTRAL[kind], placed)
        if kind is EventKind.DEFERRED and event.valid_until is not None:  # asked to be asked later, not before
            line.lock_until = max(line.lock_until or event.valid_until, event.valid_until)
        if line.given is not None:  # it ran out; asking again starts afresh (C10)
            line.ended[line.given.event_id] = (ConsentStatus.EXPIRED, Code.EXPIRED_DURATION, line.given_until)


def _apply_given(line: Line, placed: Placed, known: Knowledge, *, terms: ItemTerms, notices: Notices) -> None:
    event, instant = placed.event, placed.acts_from
    notice = notices.get(event.notice or "")
    verdict, code = judge(
        event, known, least=terms.least_grade, spoken_of=notice is None or notice.line(event.item) is not None
    )
    line.judged[event.event_id] = (verdict, code)
    if verdict is ConsentStatus.GIVEN:
        if line.given is not None:
            line.ended.setdefault(line.given.event_id, (ConsentStatus.SUPERSEDED, Code.SUPERSEDED_BY_NEWER, instant))
        line.renewed = line.given is not None
        line.say(ConsentStatus.GIVEN, code, placed)
        line.given, line.given_from = event, instant
        line.given_until = carries_until(event, terms=terms, notice=notice)
        line.pending = line.lock_until = line.kept = None
    elif verdict is ConsentStatus.EVIDENCE_PENDING:
        line.pending = (event, code, instant)
    elif line.base in _UNSAID or line.base is ConsentStatus.INVALIDATED:
        line.say(verdict, code, placed)


def carries_until(given: ConsentEvent, *, terms: ItemTerms, notice: NoticeVersion | None) -> datetime:
    """Exclusive end of a yes (rule 3)."""
    spoken = notice.line(given.item) if notice else None
    months = spoken.term_months or terms.term_months if spoken else terms.term_months
    end = add_months_exclusive_end(shanghai_day(given.acted_at or given.recorded_at), months)
    return min(end, given.valid_until) if given.valid_until else end


def imported_no(event: ConsentEvent) -> bool:
    """A no or a withdrawal that only a foreign file reports: nobody of ours heard it, no document shows it."""
    if event.kind is EventKind.WITHDRAWN:  # ours name the channel they came by
        return not event.asked_by_hcp and event.identity_check is None and event.evidence_id is None
    return event.kind is EventKind.IMPORTED_NO


def _apply_no(line: Line, placed: Placed, terms: ItemTerms, notices: Notices) -> None:
    kind = placed.event.kind
    if kind is EventKind.REFUSED and line.given is not None and _only_the_new(line.given, placed, line, notices):
        line.kept = placed.event
        line.pending = None  # a yes to the new scope that still waited was made before this
        return _lock(line, placed, terms)
    if kind is EventKind.WITHDRAWN:
        held = line.given is not None or line.pending is not None
        if _said_already(line, held):
            line.pending = None  # a yes that still waited was made before this
            return _lock(line, placed, terms)
        line.close(ConsentStatus.WITHDRAWN, Code.WITHDRAWN_BY_SUBJECT if held else Code.STANDING_NO, placed)
    else:
        proven = kind is EventKind.REFUSED
        if not proven and line.base in NEGATIVE_STATES:
            return _lock(line, placed, terms)  # an unproven no does not replace a proven one
        unproven = Code.UNPROVEN_NEGATIVE if placed.event.acted_at else Code.UNDATED_NEGATIVE
        line.close(ConsentStatus.REFUSED, Code.REFUSED_BY_SUBJECT if proven else unproven, placed)
    return _lock(line, placed, terms)


def _said_already(line: Line, held: bool) -> bool:
    """Rule 5: a withdrawal said again keeps the reason and the day of the first one; nothing was open in between."""
    return line.base is ConsentStatus.WITHDRAWN and (line.code is Code.WITHDRAWN_BY_SUBJECT or not held)


def _only_the_new(given: ConsentEvent, placed: Placed, line: Line, notices: Notices) -> bool:
    """Rule 9b: the person refused a notice that goes beyond the one they had agreed to, and the yes still runs."""
    asked = notices.get(placed.event.notice or "")
    if asked is None or not line.holds(placed.acts_from) or not _asked_in_force(asked, placed):
        return False
    return line_class(notices.get(given.notice or ""), asked, given) is ChangeClass.RECONSENT


def _asked_in_force(asked: NoticeVersion, placed: Placed) -> bool:
    """Whether the version refused was in force then; a draft or a planned one cannot be asked about."""
    begin = asked.active_from
    if begin is None or asked.state not in (NoticeState.ACTIVE, NoticeState.RETIRED):
        return False
    if placed.event.precision is Precision.DAY:
        return shanghai_day(begin) <= shanghai_day(placed.event.acted_at or placed.acts_from)
    return begin <= placed.acts_from


def _lock(line: Line, placed: Placed, terms: ItemTerms) -> None:
    until = add_days_exclusive_end(shanghai_day(placed.acts_from), terms.ask_lock_days)
    line.lock_until = max(line.lock_until or until, until)


def _may_replace(line: Line, placed: Placed) -> bool:
    """Rules 6 and 7."""
    if line.holds(placed.acts_from):
        return False
    if placed.event.kind is EventKind.IMPORTED_YES:
        return line.base in _UNSAID
    if line.base in NEGATIVE_STATES:
        locked = line.lock_until is not None and placed.acts_from < line.lock_until
        return placed.event.asked_by_hcp or not locked
    return True
