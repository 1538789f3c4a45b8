"""Figures of consent: one person's status, a rule for everybody, what ends soon, the state table made anew.

Rules: (1) the store is filled by the import, so each person's answers are as a company has them; (2) a rebuild is
measured over all events there are and given for a million, with the number it was measured on beside it, once as the
import left them (mostly one event of a line) and once in a mixture of longer histories, as processor time beside the
wall; (3) what a rule about everybody costs is measured by stopping a purpose; (4) status is given with its durable log
entry, and beside it what of that is computing: the rest is the disk.
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
    asked = [partial(standing.consent_status, session, hcp_id=ids[n % len(ids)]) for n in range(operations)]
    both = [_both_ms(act) for act in asked]
    one, work = [wall for wall, _ in both], [computing for _, computing in both]
    due = [_ms(lambda: standing.consents_due(session, within_days=_DAYS)) for _ in range(5)]
    covered = [_ms(lambda: worklists.coverage(session)) for _ in range(5)]
    made = [_ms(lambda: done(stops.pause_scope(session, scope="digital", reason="bench"))) for _ in range(5)]
    return (
        Measured(name="status", unit="ms", target="<= 1", limit=1, runs=one, note="with its log entry, durable"),
        Measured(name="status_computing", unit="ms", target="", limit=0, runs=work, note="processor time of that"),
        Measured(name="due_list", unit="ms", target="<= 100", limit=100, runs=due, note=people),
        Measured(name="coverage", unit="ms", target="", limit=0, runs=covered, note=people),
        Measured(name="purpose_stop", unit="ms", target="<= 5", limit=5, runs=made, note=people),
        rebuilding_figure(session, name="rebuild_million"),
    )


def rebuilding_figure(session: Session, *, name: str) -> Measured:
    """The state table of an open store made anew, for a million events."""
    begin, work = time.perf_counter(), time.process_time()
    rebuilt = done(rebuilding.rebuild_states(session, mend=False, progress=NoProgress()))
    scale = _MILLION / max(rebuilt.events, 1)
    took, worked = (time.perf_counter() - begin) * scale, (time.process_time() - work) * scale
    note = f"{rebuilt.events} events; processor time {worked:.1f} s"
    return Measured(name=name, unit="s", target="<= 10", limit=10, runs=[took], note=note)


def session_people(session: Session) -> int:
    """How many people the store holds."""
    with session.vault.snapshot() as snap:
        return int(snap.people.count())


def _both_ms(act: Callable[[], Any]) -> tuple[float, float]:
    """Wall and processor time."""
    work = time.process_time()
    wall = _ms(act)
    return wall, (time.process_time() - work) * 1000


def _ms(act: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    act()
    return (time.perf_counter() - begin) * 1000
