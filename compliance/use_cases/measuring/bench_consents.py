"""Figures of consent: one person's status, a rule for everybody, what ends soon, the state table made anew.

Rules: (1) the store is filled by the import, so each person's answers are as a company has them; (2) a rebuild is
measured over all events there are and given for a million, with the number it was measured on beside it; (3) what a
rule about everybody costs is measured by stopping a purpose.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from compliance.progress import NoProgress
from compliance.use_cases.consent import rebuilding, standing, stops, worklists
from compliance.use_cases.measuring.bench_store import done
from compliance.use_cases.seat.session import Session

_DAYS = 365
_MILLION = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Runs of one figure, and what it was measured on."""

    name: str
    unit: str
    target: str
    limit: float
    runs: Sequence[float]
    note: str

    def meets(self, value: float) -> bool:
        """Whether a value reaches the target."""
        return value <= self.limit


def consent_figures(session: Session, *, ids: Sequence[str], operations: int) -> tuple[Measured, ...]:
    """All of them, over the people of an open store. ``ids``: some of its people."""
    people = f"{session_people(session)} people"
    one = [_ms(partial(standing.consent_status, session, hcp_id=ids[n % len(ids)])) for n in range(operations)]
    due = [_ms(lambda: standing.consents_due(session, within_days=_DAYS)) for _ in range(5)]
    covered = [_ms(lambda: worklists.coverage(session)) for _ in range(5)]
    made = [_ms(lambda: done(stops.pause_scope(session, scope="digital", reason="bench"))) for _ in range(5)]
    begin = time.perf_counter()
    rebuilt = done(rebuilding.rebuild_states(session, mend=False, progress=NoProgress()))
    took = time.perf_counter() - begin
    scaled = took / max(rebuilt.events, 1) * _MILLION
    return (
        Measured(name="status", unit="ms", target="<= 1", limit=1, runs=one, note="with its log entry, durable"),
        Measured(name="due_list", unit="ms", target="<= 100", limit=100, runs=due, note=people),
        Measured(name="coverage", unit="ms", target="", limit=0, runs=covered, note=people),
        Measured(name="purpose_stop", unit="ms", target="<= 5", limit=5, runs=made, note=people),
        Measured(
            name="rebuild_million", unit="s", target="<= 10", limit=10, runs=[scaled], note=f"{rebuilt.events} events"
        ),
    )


def session_people(session: Session) -> int:
    """How many people the store holds."""
    with session.vault.snapshot() as snap:
        return int(snap.people.count())


def _ms(act: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    act()
    return (time.perf_counter() - begin) * 1000
