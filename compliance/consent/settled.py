"""What the narrow state table may hold: status as the events alone say it, the same whenever it is worked out.

Rules: (1) an item stands as right after its last entry, under the terms of that instant; (2) what only time, a newer
notice or a stop for everybody changes is not in it: lists put that on top when they are read (:func:`read_rules`), so
that one rule about half a million people costs one row; (3) a rebuild from all events therefore gives the same rows.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from compliance.consent.folding import Notices
from compliance.consent.scope import ChangeClass, diff
from compliance.consent.status import active_for, line_status
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
    items: Iterable[str], *, stops: Sequence[PurposeStop], versions: Iterable[NoticeVersion], at: datetime
) -> tuple[ReadRule, ...]:
    """The rules that lists put on top at ``at``. ``versions`` are all notices known; ends of terms need no rule."""
    known = list(versions)
    return tuple(rule for item in sorted(items) for rule in _rules(item, stops, known, at))


def _rules(item: str, stops: Sequence[PurposeStop], versions: list[NoticeVersion], at: datetime) -> list[ReadRule]:
    standing = standing_of(item, stops, at=at)
    if standing != FREE and standing.ended_since is not None:
        return [ReadRule(item=item, status=ConsentStatus.REVOKED)]
    rules = []
    if standing.only_after is not None:
        rules.append(ReadRule(item=item, status=ConsentStatus.REVOKED, before=standing.only_after))
    if standing.paused_since is not None:
        return [*rules, ReadRule(item=item, status=ConsentStatus.SUSPENDED)]
    active = active_for(item, versions, at)
    if active is not None:
        rules += [
            ReadRule(item=item, status=ConsentStatus.CHANGE_PENDING, notice=old.ref)
            for old in versions
            if old.notice == active.notice
            and old.ref != active.ref
            and old.line(item) is not None
            and any(c.cls is ChangeClass.RECONSENT and c.item == item for c in diff(old, active).elements)
        ]
    return rules
