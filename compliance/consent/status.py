"""Status of one consent item, computed from append-only events (law.md 8.1, architecture section 13).

``at`` is valid time, ``known_at`` filters by entry. Checks and invalidations are knowledge about an act, not later
happenings: known now, they hold for every ``at``; ``known_at`` takes them away again.

 1. Order is the order of the world (``consent.ordering``), never of entry.
 2. A yes counts when ``consent.proof`` says so; then it is *given*, or *renewed* when it follows a counted yes that
    was not ended by a no, a revocation or a defect (C03, C05, C13).
 3. It carries from the act to the end of its term: months of the notice line, else of the catalogue, from the day of
    the act; ``valid_until`` may shorten, never lengthen. At the end instant it is *expired* (C16, REQ-022).
 4. A yes that does not count yet is *evidence_pending* where nothing is open and no no stands; one that never counted
    leaves what was before, or *invalidated* where nothing was said before (C04 to C06, C22). Neither disturbs an older
    valid yes or a standing no: an upload alone must not lift what a person closed (code NO_STANDS_PENDING).
 5. *refused* and *withdrawn* always take effect, a withdrawal at receipt, also on an item never given; only a counted
    yes, acted later, ends them (C07, C17). They start the ask lock. A withdrawal said again starts the lock anew and
    changes nothing else: reason and day stay those of the first.
 6. An imported no closes like a refusal, from its day; without a day it counts from the import, the latest day it can
    have been said. A counted yes acted later ends it, or two people who set the entry aside (docs/decisions/0009). An
    imported yes is *unproven* and never replaces a proven word.
 7. Notice shown, deferral and silence never open, renew or end a yes, and replace a no only once the lock is over or
    the person asked (C08 to C11, REQ-033).
    A hand-over becomes *no_reply* by itself when the set days have passed without a word (C09); a wish to be asked
    later locks asking until the day named (C08).
 8. *revoked* ends a yes for good (C19). *suspended* covers a yes until resumed; then the state before stands, or
    *expired* if the end passed meanwhile (C20, C21).
 9. A counted yes whose notice was replaced by an active version that goes beyond it is *change_pending* (C12): what it
    said stays open, what goes beyond does not. (a) Where the new version keeps data longer, it ends with the retention
    it had named. (b) A refusal of the new version leaves the old yes *given* (C14). (c) From the instant the company no
    longer offers the old scope (``old_scope_ends``, law.md C15) it is *revoked*.
10. *superseded* belongs to single acts (:func:`act_statuses`); *archived* to ``consent.archiving``, *erased* to the
    person's record.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache

from compliance.clock import shanghai_day
from compliance.consent.codes import ExplanationCode as Code
from compliance.consent.folding import Line, Notices, fold
from compliance.consent.scope import ChangeClass, line_class
from compliance.model.consent import (
    NEGATIVE_STATES,
    ConsentEvent,
    ConsentStatus,
    EventKind,
    ItemTerms,
    LineStatus,
    NoticeLine,
    NoticeVersion,
)
from compliance.model.limits import add_days_exclusive_end, add_months_exclusive_end

OldScopeEnds = Mapping[str, datetime]


def line_status(
    events: Iterable[ConsentEvent],
    *,
    terms: ItemTerms,
    item: str,
    at: datetime,
    known_at: datetime | None = None,
    active_notice: NoticeVersion | None = None,
    notices: Notices | None = None,
    old_scope_ends: OldScopeEnds | None = None,
) -> LineStatus:
    """Status of ``item`` of one person at ``at`` with what was known at ``known_at`` (None: all we know).

    ``events`` may hold other items. ``notices`` (ref → version) brings the terms and scope of the versions the events
    name; ``active_notice`` is the version that speaks of the item now, if any. ``old_scope_ends``: ref of a version →
    when the scope of its predecessors is no longer offered.
    """
    mine = [e for e in events if e.item == item and (known_at is None or e.recorded_at <= known_at)]
    line = fold(mine, terms=terms, at=at, notices=notices or {})
    return _outcome(line, terms=terms, at=at, active=active_notice, notices=notices or {}, ends=old_scope_ends or {})


def all_lines(
    events: Iterable[ConsentEvent],
    *,
    terms_of: Callable[[str], ItemTerms],
    at: datetime,
    items: Iterable[str] = (),
    known_at: datetime | None = None,
    active_notices: Sequence[NoticeVersion] = (),
    notices: Notices | None = None,
    old_scope_ends: OldScopeEnds | None = None,
) -> tuple[LineStatus, ...]:
    """Status of every item of one person that ``events`` or ``items`` names, in the order of ``items``, then by name.

    ``terms_of`` answers for any item, also for those with a recipient in their name.
    """
    by_item: dict[str, list[ConsentEvent]] = {item: [] for item in items}
    listed = len(by_item)
    for event in events:
        by_item.setdefault(event.item, []).append(event)
    names = list(by_item)
    return tuple(
        line_status(
            by_item[item],
            terms=terms_of(item),
            item=item,
            at=at,
            known_at=known_at,
            active_notice=active_for(item, active_notices, at),
            notices=notices,
            old_scope_ends=old_scope_ends,
        )
        for item in names[:listed] + sorted(names[listed:])
    )


def act_statuses(
    events: Iterable[ConsentEvent],
    *,
    terms: ItemTerms,
    item: str,
    at: datetime,
    known_at: datetime | None = None,
    notices: Notices | None = None,
) -> dict[str, LineStatus]:
    """event id → how each recorded yes stands by itself, for timelines and for the answer to ``consent record``.

    The last counted one carries the status of the item; an earlier one is *superseded*, one that a no, a revocation or
    its own end closed keeps that word; the others are *evidence_pending* or *invalidated*.
    """
    mine = [e for e in events if e.item == item and (known_at is None or e.recorded_at <= known_at)]
    line = fold(mine, terms=terms, at=at, notices=notices or {})
    whole = _outcome(line, terms=terms, at=at, active=None, notices=notices or {}, ends={})
    return {
        event.event_id: _of_act(event, line, whole, terms=terms)
        for event in mine
        if event.kind is EventKind.GIVEN and event.event_id in line.judged
    }


def active_for(item: str, notices: Iterable[NoticeVersion], at: datetime) -> NoticeVersion | None:
    """The version in force at ``at`` that speaks of ``item``; of several the one active from latest."""
    speaking = [
        n
        for n in notices
        if n.active_from is not None
        and n.active_from <= at
        and (n.retired_from is None or at < n.retired_from)
        and n.line(item) is not None
    ]
    return max(speaking, key=lambda n: (n.active_from, n.ref), default=None)


def _outcome(
    line: Line,
    *,
    terms: ItemTerms,
    at: datetime,
    active: NoticeVersion | None,
    notices: Notices,
    ends: OldScopeEnds,
) -> LineStatus:
    said = LineStatus(
        item=terms.item,
        purpose=terms.purpose,
        status=line.base,
        code=line.code,
        since=line.since,
        event_id=line.by,
        ask_again_from=line.lock_until,
        may_ask=line.lock_until is None or at >= line.lock_until,
    )
    if line.given is not None and line.base is ConsentStatus.GIVEN:
        standing = _of_given(line, line.given, said, at=at, active=active, notices=notices, ends=ends)
        if standing.status is not ConsentStatus.EXPIRED or line.pending is None:
            return standing
    if line.pending is not None:
        event, code, since = line.pending
        if line.base in NEGATIVE_STATES:
            return replace(said, code=Code.NO_STANDS_PENDING)
        return replace(
            said,
            status=ConsentStatus.EVIDENCE_PENDING,
            code=code,
            since=since,
            event_id=event.event_id,
            notice=event.notice,
            grade=event.grade,
        )
    return _silent(said, terms=terms, at=at)


def _silent(said: LineStatus, *, terms: ItemTerms, at: datetime) -> LineStatus:
    """C09, by the clock."""
    if said.status is not ConsentStatus.PRESENTED or said.since is None or not terms.no_reply_days:
        return said
    over = add_days_exclusive_end(shanghai_day(said.since), terms.no_reply_days)
    if at < over:
        return said
    return replace(said, status=ConsentStatus.NO_REPLY, code=Code.NO_ANSWER_YET, since=over)


def _of_given(
    line: Line,
    given: ConsentEvent,
    said: LineStatus,
    *,
    at: datetime,
    active: NoticeVersion | None,
    notices: Notices,
    ends: OldScopeEnds,
) -> LineStatus:
    notice = notices.get(given.notice or "")
    spoken = notice.line(given.item) if notice else None
    standing = replace(
        said,
        notice=given.notice,
        grade=given.grade,
        valid_until=line.given_until,
        kinds=_kinds(spoken.kinds) if spoken else frozenset(),
        recipient=spoken.recipient if spoken else "",
    )
    if line.suspensions:
        first = min(p.acts_from for p in line.suspensions.values())
        since = max(first, line.given_from or first)
        return replace(standing, status=ConsentStatus.SUSPENDED, code=Code.SUSPENDED_DOUBT, since=since)
    if not line.holds(at):
        return replace(standing, status=ConsentStatus.EXPIRED, code=Code.EXPIRED_DURATION, since=line.given_until)
    if active is not None and active.active_from is not None and at >= active.active_from:
        if line_class(notice, active, given) is ChangeClass.RECONSENT:
            return _outdated(line, given, standing, at=at, active=active, spoken=spoken, ends=ends)
        if given.notice != active.ref and said.code is not Code.VALID_SAMPLE_CHECKED:
            standing = replace(standing, code=Code.VALID_OLDER_COMPATIBLE)
    return replace(standing, status=ConsentStatus.RENEWED if line.renewed else ConsentStatus.GIVEN)


def _outdated(
    line: Line,
    given: ConsentEvent,
    standing: LineStatus,
    *,
    at: datetime,
    active: NoticeVersion,
    spoken: NoticeLine | None,
    ends: OldScopeEnds,
) -> LineStatus:
    """Rule 9."""
    closing: list[tuple[datetime, ConsentStatus, Code]] = []
    after = active.line(given.item)
    if spoken and after and after.retention_months > spoken.retention_months > 0:
        day = shanghai_day(given.acted_at or given.recorded_at)
        kept = add_months_exclusive_end(day, spoken.retention_months)
        closing.append((kept, ConsentStatus.EXPIRED, Code.EXPIRED_RETENTION))
    if (offered := ends.get(active.ref)) is not None:
        closing.append((offered, ConsentStatus.REVOKED, Code.OLD_SCOPE_ENDED))
    if closing:
        until, status, code = min(closing, key=lambda end: end[0])
        if at >= until:
            return replace(standing, status=status, code=code, since=until, valid_until=until)
        standing = replace(standing, valid_until=min(until, standing.valid_until or until))
    if line.kept is not None and line.kept.notice == active.ref:
        status = ConsentStatus.RENEWED if line.renewed else ConsentStatus.GIVEN
        return replace(standing, status=status, code=Code.OLD_SCOPE_KEPT)
    return replace(standing, status=ConsentStatus.CHANGE_PENDING, code=Code.OUTDATED_MAJOR, since=active.active_from)


@cache
def _kinds(kinds: tuple[str, ...]) -> frozenset[str]:
    return frozenset(kinds)


def _of_act(event: ConsentEvent, line: Line, whole: LineStatus, *, terms: ItemTerms) -> LineStatus:
    own = LineStatus(
        item=terms.item,
        purpose=terms.purpose,
        status=ConsentStatus.GIVEN,
        code=Code.VALID_LATEST,
        since=event.acted_at,
        notice=event.notice,
        grade=event.grade,
        event_id=event.event_id,
    )
    verdict, code = line.judged[event.event_id]
    if verdict is not ConsentStatus.GIVEN:
        return replace(own, status=verdict, code=code)
    if event.event_id in line.ended:
        status, code, since = line.ended[event.event_id]
        return replace(own, status=status, code=code, since=since)
    return whole if whole.event_id == event.event_id else replace(own, status=whole.status, code=whole.code)
