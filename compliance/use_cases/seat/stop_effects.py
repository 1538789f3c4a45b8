"""What hangs on a purpose or an item, and whether it is stopped now: read before anybody stops it.

Rules: (1) counts only, nobody is named; (2) a purpose counts its items; statutory purposes cannot be stopped and are
not offered; (3) what a stop covers is decided by ``consent.stops`` alone.
"""

from dataclasses import dataclass
from datetime import datetime

from compliance.consent.stops import covers, standing_of
from compliance.model.access import Purpose
from compliance.model.answer import Answer
from compliance.model.consent import OPEN_STATES, ConsentStatus, PurposeStop
from compliance.use_cases.seat.facts import rules_for_lists
from compliance.use_cases.seat.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeStanding:
    """A purpose or an item: open consents by item, consents a stop covers now, and the stop that lies on it.

    ``state`` is running | paused | ended; ``own`` says that the stop names this scope itself, so that it can be lifted
    here.
    """

    scope: str
    state: str
    since: datetime | None
    own: bool
    open: int
    suspended: int
    by_item: tuple[tuple[str, int], ...]


def scope_standings(session: Session) -> Answer[tuple[ScopeStanding, ...]]:
    """Every purpose that rests on consent, then every item anything was said about, or that was stopped."""
    now = session.now()
    with session.vault.snapshot() as snap:
        counts = snap.consents.counts_by_item(at=now, rules=rules_for_lists(session, snap, at=now))
        stops = snap.stops.all()
    purposes = [str(p) for p, rule in session.policy.purposes.items() if rule.items_any and not rule.statutory]
    items = sorted({*counts, *(stop.scope for stop in stops if stop.scope not in set(Purpose))})
    opened = {item: sum(n for status, n in found.items() if status in OPEN_STATES) for item, found in counts.items()}
    held = {item: found[ConsentStatus.SUSPENDED] for item, found in counts.items()}
    return Answer(
        tuple(_standing(scope, stops, opened, held, now) for scope in [*purposes, *(i for i in items if "/" in i)])
    )


def _standing(
    scope: str, stops: tuple[PurposeStop, ...], opened: dict[str, int], held: dict[str, int], now: datetime
) -> ScopeStanding:
    found = standing_of(scope, stops, at=now)
    mine = [item for item in opened if covers(scope, item)]
    return ScopeStanding(
        scope=scope,
        state="ended" if found.ended_since else "paused" if found.paused_since else "running",
        since=found.ended_since or found.paused_since,
        own=standing_of(scope, [s for s in stops if s.scope == scope], at=now).stopped,
        open=sum(opened[item] for item in mine),
        suspended=sum(held[item] for item in mine),
        by_item=tuple((item, opened[item]) for item in sorted(mine) if opened[item]),
    )
