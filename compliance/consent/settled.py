"""What the narrow state table may hold: status as the events alone say it, the same whenever it is worked out.

Rules: (1) an item stands as right after its last entry, under the terms of that instant; (2) what only time, a newer
notice or a stop for everybody changes is not in it: lists put that on top when they are read (:func:`read_rules`), so
that one rule about half a million people costs one row; (3) a rebuild from all events therefore gives the same rows.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from compliance.clock import day_start, shanghai_day
from compliance.consent.folding import Notices
from compliance.consent.scope import ChangeClass, diff
from compliance.consent.status import OldScopeEnds, active_for, line_status
from compliance.consent.stops import FREE, standing_of
from compliance.model.consent import (
    ConsentEvent,
    ConsentStatus,
    ItemTerms,
    LineStatus,
    NoticeVersion,
    PurposeStop,
    ReadRule,
)
from compliance.model.limits import add_months, add_months_exclusive_end


def settled_lines(
    events: Iterable[ConsentEvent], *, terms_of: Callable[[str, datetime], ItemTerms], notices: Notices
) -> tuple[LineStatus, ...]:
    """One line for each item of one person, by name (rules 1, 2). ``terms_of`` gives an item's terms at an instant."""
    by_item: dict[str, list[ConsentEvent]] = {}
    for event in events:
        by_item.setdefault(event.item, []).append(event)
    lines = []
    for item, mine in sorted(by_item.items()):
        last = max(event.recorded_at for event in mine)
        lines.append(line_status(mine, terms=terms_of(item, last), item=item, at=last, notices=notices))
    return tuple(lines)


def read_rules(
    items: Iterable[str],
    *,
    stops: Sequence[PurposeStop],
    versions: Iterable[NoticeVersion],
    at: datetime,
    old_scope_ends: OldScopeEnds | None = None,
) -> tuple[ReadRule, ...]:
    """The rules that lists put on top at ``at``. ``versions`` are all notices known; ends of terms need no rule."""
    known = list(versions)
    ends = old_scope_ends or {}
    return tuple(rule for item in sorted(items) for rule in _rules(item, stops, known, at, ends))


def _rules(
    item: str, stops: Sequence[PurposeStop], versions: list[NoticeVersion], at: datetime, ends: OldScopeEnds
) -> list[ReadRule]:
    standing = standing_of(item, stops, at=at)
    if standing != FREE and standing.ended_since is not None:
        return [ReadRule(item=item, status=ConsentStatus.REVOKED)]
    rules = []
    if standing.only_after is not None:
        rules.append(ReadRule(item=item, status=ConsentStatus.REVOKED, before=standing.only_after))
    if standing.paused_since is not None:
        return [*rules, ReadRule(item=item, status=ConsentStatus.SUSPENDED)]
    active = active_for(item, versions, at)
    for old in versions if active is not None else ():
        if active is not None and _outdated(item, old, active):
            rules += _old_scope(item, old, active, at, ends)
    return rules


def _outdated(item: str, old: NoticeVersion, active: NoticeVersion) -> bool:
    if old.notice != active.notice or old.ref == active.ref or old.line(item) is None:
        return False
    return any(c.cls is ChangeClass.RECONSENT and c.item == item for c in diff(old, active).elements)


def _old_scope(
    item: str, old: NoticeVersion, active: NoticeVersion, at: datetime, ends: OldScopeEnds
) -> Iterator[ReadRule]:
    """What was said under ``old`` reads as: ended with the retention it named, no longer offered, or waiting (C12)."""
    before, after = old.line(item), active.line(item)
    if before and after and after.retention_months > before.retention_months > 0:
        gone = _first_kept(at, before.retention_months)
        yield ReadRule(item=item, status=ConsentStatus.EXPIRED, notice=old.ref, before=gone)
    offered = ends.get(active.ref)
    status = ConsentStatus.CHANGE_PENDING if offered is None or at < offered else ConsentStatus.REVOKED
    yield ReadRule(item=item, status=status, notice=old.ref)


def _first_kept(at: datetime, months: int) -> datetime:
    """Start of the first day from which ``months`` have not ended at ``at``; earlier days have."""
    day = add_months(shanghai_day(at), -months)
    day -= timedelta(days=4)  # ends of months: several days can end on one
    while add_months_exclusive_end(day, months) <= at:
        day += timedelta(days=1)
    return day_start(day)
