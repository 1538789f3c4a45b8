"""One rule for everybody: the handler pauses or ends a purpose or an item (C19, C20; PIPL 15, 47).

Rules: (1) a stop covers the item it names and, where it names a purpose, each of its items; (2) while a pause lasts
what was open is *suspended*, and nobody is asked; lifted, the states before stand again; (3) an end closes every yes
made before it for good (*revoked*); when the purpose is taken up again only a yes made after that counts; (4) a stop
acts from its instant, whatever was recorded when, and never opens anything.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from compliance.consent.codes import ExplanationCode as Code
from compliance.consent.ordering import acts_from
from compliance.model.consent import ConsentEvent, ConsentStatus, LineStatus, PurposeStop, StopKind

#: What a pause covers and an end closes; a no of the person stands as it is.
_CARRYING = frozenset({ConsentStatus.GIVEN, ConsentStatus.RENEWED, ConsentStatus.CHANGE_PENDING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How an item stands for everybody. ``only_after``: acts from before this instant are closed for good."""

    paused_since: datetime | None = None
    ended_since: datetime | None = None
    only_after: datetime | None = None

    @property
    def stopped(self) -> bool:
        """Whether nothing of the item may be used or asked now."""
        return self.paused_since is not None or self.ended_since is not None


FREE = Standing()


def standing_of(item: str, stops: Iterable[PurposeStop], *, at: datetime, known_at: datetime | None = None) -> Standing:
    """What the stops in force at ``at`` (and known at ``known_at``) mean for ``item``."""
    mine = [
        s
        for s in stops
        if covers(s.scope, item) and s.acts_from <= at and (known_at is None or s.recorded_at <= known_at)
    ]
    if not mine:
        return FREE
    paused: dict[str, datetime] = {}
    ended: dict[str, datetime] = {}
    only_after: datetime | None = None
    for stop in sorted(mine, key=lambda s: (s.acts_from, s.kind is not StopKind.LIFTED, s.stop_id)):
        if stop.kind is StopKind.PAUSED:
            paused.setdefault(stop.scope, stop.acts_from)
        elif stop.kind is StopKind.ENDED:
            ended.setdefault(stop.scope, stop.acts_from)
        else:
            paused.pop(stop.scope, None)
            if ended.pop(stop.scope, None) is not None:
                only_after = max(only_after or stop.acts_from, stop.acts_from)
    return Standing(
        paused_since=min(paused.values(), default=None),
        ended_since=min(ended.values(), default=None),
        only_after=only_after,
    )


def covers(scope: str, item: str) -> bool:
    """Whether a stop of ``scope`` speaks of ``item`` (rule 1)."""
    return item == scope or ("/" not in scope and item.startswith(f"{scope}/"))


def under_stops(
    lines: Iterable[LineStatus],
    events: Iterable[ConsentEvent],
    stops: Sequence[PurposeStop],
    *,
    at: datetime,
    known_at: datetime | None = None,
) -> tuple[LineStatus, ...]:
    """``lines`` of one person as they stand under the stops (rules 2 to 4). ``events`` tell when each yes was made."""
    if not stops:
        return tuple(lines)
    made = {e.event_id: acts_from(e) for e in events}
    return tuple(
        _under(line, standing_of(line.item, stops, at=at, known_at=known_at), made.get(line.event_id or ""))
        for line in lines
    )


def _under(line: LineStatus, standing: Standing, given_from: datetime | None) -> LineStatus:
    if standing == FREE:
        return line
    carrying = line.status in _CARRYING or (line.status is ConsentStatus.SUSPENDED and line.valid_until is not None)
    ended = standing.ended_since
    if ended is None and standing.only_after and (given_from is None or given_from < standing.only_after):
        ended = standing.only_after
    if carrying and ended is not None:
        line = replace(line, status=ConsentStatus.REVOKED, code=Code.PURPOSE_ENDED, since=ended, valid_until=None)
    elif line.status in _CARRYING and standing.paused_since is not None:
        since = max(standing.paused_since, given_from or standing.paused_since)
        line = replace(line, status=ConsentStatus.SUSPENDED, code=Code.PURPOSE_PAUSED, since=since)
    return replace(line, may_ask=False) if standing.stopped else line
