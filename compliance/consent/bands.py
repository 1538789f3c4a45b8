"""One consent item over time: stretches in which its status, its reason and the act behind it stay the same.

Rules: (1) a band says what ``consent.status`` says at every instant in it, under the stops of the handler: bands are
worked out by asking at each instant at which the answer can turn, never by a second reading of the rules; (2) it can
turn where an event, a notice, a stop, an end of an old scope or the rules begin to act, and where a term, a retention,
a lock or a silence ends; (3) begins are inclusive, ends exclusive, and nothing lies between two bands; (4) the last
band reaches ``until`` and has no end yet.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from compliance.clock import shanghai_day
from compliance.consent.folding import Notices
from compliance.consent.ordering import acts_from
from compliance.consent.status import OldScopeEnds, active_for, line_status
from compliance.consent.stops import covers, under_stops
from compliance.model.consent import (
    OPEN_STATES,
    ConsentEvent,
    ConsentStatus,
    EventKind,
    ItemTerms,
    LineStatus,
    NoticeState,
    NoticeVersion,
    PurposeStop,
)
from compliance.model.limits import add_days_exclusive_end

_SPEAKING = frozenset({NoticeState.ACTIVE, NoticeState.RETIRED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """One stretch: from ``begins`` until ``ends`` (exclusive; None: it lasts). ``valid_until`` as known in it."""

    item: str
    begins: datetime
    ends: datetime | None
    status: ConsentStatus
    code: str
    event_id: str | None
    notice: str | None
    valid_until: datetime | None

    @property
    def open(self) -> bool:
        """Whether the item carried processing in this stretch."""
        return self.status in OPEN_STATES


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What stands around the events of one item. ``terms_of`` gives its terms at an instant."""

    terms_of: Callable[[datetime], ItemTerms]
    versions: Sequence[NoticeVersion] = ()
    stops: Sequence[PurposeStop] = ()
    old_scope_ends: OldScopeEnds | None = None
    rule_days: Sequence[datetime] = ()  # instants at which the terms may change
    known_at: datetime | None = None


def bands(events: Iterable[ConsentEvent], *, item: str, world: World, until: datetime) -> tuple[Band, ...]:
    """The bands of ``item`` from its first event until ``until``; none when nothing was ever said or recorded."""
    mine = [e for e in events if e.item == item and (world.known_at is None or e.recorded_at <= world.known_at)]
    begun = [acts_from(e) for e in mine]
    if not begun or min(begun) > until:
        return ()
    first = min(begun)
    notices = {n.ref: n for n in world.versions}
    waiting = {t for t in (*begun, *_outer(item, world)) if first <= t <= until}
    asked: dict[datetime, LineStatus] = {}
    while waiting:
        at = waiting.pop()
        asked[at], turns = _ask(mine, item, world, notices, at)
        waiting |= {t for t in turns if first <= t <= until and t not in asked}
    return _joined(item, sorted(asked.items()))


def line_at(events: Iterable[ConsentEvent], *, item: str, world: World, at: datetime) -> LineStatus:
    """The status a band must show at ``at``."""
    mine = list(events)
    active = active_for(item, [n for n in world.versions if n.state in _SPEAKING], at)
    line = line_status(
        mine,
        terms=world.terms_of(at),
        item=item,
        at=at,
        known_at=world.known_at,
        active_notice=active,
        notices={n.ref: n for n in world.versions},
        old_scope_ends=world.old_scope_ends,
    )
    return under_stops([line], mine, world.stops, at=at, known_at=world.known_at)[0]


def _outer(item: str, world: World) -> list[datetime]:
    """Instants that do not come from the events of the item."""
    spoken = [n for n in world.versions if n.line(item) is not None]
    times = [t for n in spoken for t in (n.active_from, n.retired_from) if t is not None]
    times += [s.acts_from for s in world.stops if covers(s.scope, item)]
    return [*times, *(world.old_scope_ends or {}).values(), *world.rule_days]


def _ask(
    mine: list[ConsentEvent], item: str, world: World, notices: Notices, at: datetime
) -> tuple[LineStatus, set[datetime]]:
    """The status at ``at``, and the later instants it lets one expect: also those a stop or newer notice covers up."""
    line = line_at(mine, item=item, world=world, at=at)
    terms = world.terms_of(at)
    bare = line_status(mine, terms=terms, item=item, at=at, known_at=world.known_at, notices=notices)
    turns = {t for x in (line, bare) for t in (x.valid_until, x.since, x.ask_again_from) if t is not None}
    if bare.status is ConsentStatus.PRESENTED and bare.since is not None and terms.no_reply_days:
        turns.add(add_days_exclusive_end(shanghai_day(bare.since), terms.no_reply_days))
    if world.stops or world.old_scope_ends or world.versions:
        apart = _without_switches(mine)
        if len(apart) < len(mine):  # a suspension hides the notice that replaced the one agreed to
            free = line_at(apart, item=item, world=world, at=at)
            turns |= {t for t in (free.valid_until, free.since) if t is not None}
    return line, turns


def _without_switches(mine: list[ConsentEvent]) -> list[ConsentEvent]:
    return [e for e in mine if e.kind not in (EventKind.SUSPENDED, EventKind.RESUMED)]


def _joined(item: str, asked: list[tuple[datetime, LineStatus]]) -> tuple[Band, ...]:
    """Neighbours that say the same are one band (the instants asked are already in order)."""
    found: list[Band] = []
    for at, line in asked:
        band = Band(
            item=item,
            begins=at,
            ends=None,
            status=line.status,
            code=str(line.code),
            event_id=line.event_id,
            notice=line.notice,
            valid_until=line.valid_until,
        )
        if found and _says(found[-1]) == _says(band):
            continue
        if found:
            found[-1] = replace(found[-1], ends=at)
        found.append(band)
    return tuple(found)


def _says(band: Band) -> tuple[object, ...]:
    return (band.status, band.code, band.event_id, band.notice, band.valid_until)
