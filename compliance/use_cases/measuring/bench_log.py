"""Figures of the log: appending, a screenful's entry, the checks, one proof, one erasure (anchors.md section 4).

Rules: (1) appends are whole commits, durable, with tree and state digest; (2) the extra of a screenful is one commit
with fifty people named in its entry; (3) the full check is timed over the log alone and per entry, the tail check over
a thousand entries behind the last seal; (4) an erasure is the vault's own: both commits, the key, the emptied journals.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from compliance.audit.checkpoint import parse
from compliance.audit.proof import read, write
from compliance.model.audit import AuditEvent, Kind
from compliance.use_cases.seat.session import Session

_BATCH, _BATCHES, _SINGLES, _SCREEN = 1000, 100, 300, 50
_ERASURES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFigure:
    """Runs of one figure. ``most`` says whether smaller is better."""

    name: str
    unit: str
    target: str
    limit: float
    most: bool
    runs: Sequence[float]
    note: str = ""

    def meets(self, value: float) -> bool:
        """Whether a value reaches the target."""
        return value <= self.limit if self.most else value >= self.limit


def log_figures(session: Session, *, ids: Sequence[str]) -> tuple[LogFigure, ...]:
    """All of them, on an open store whose people ``ids`` may be erased."""
    vault = session.vault
    event = _event(session, ids[:1])
    batches = [_BATCH / _seconds(lambda: _commit(session, [event] * _BATCH)) for _ in range(_BATCHES)]
    singles = [1 / _seconds(lambda: _commit(session, [event])) for _ in range(_SINGLES)]
    screen = _event(session, ids[:_SCREEN])
    screens = [_seconds(lambda: _commit(session, [screen])) * 1000 for _ in range(_SINGLES)]
    note = vault.checkpoint(session.now())
    size = parse(note).checkpoint.size
    full = [size / _seconds(lambda: vault.check_log()) for _ in range(3)]
    proofs, checks, bytes_ = [], [], 0
    for number in range(100):
        index = number * (size // 100)
        with vault.snapshot() as snap:
            body = snap.log.entries(index, index + 1)[0].body
            begin = time.perf_counter()
            path = snap.log.inclusion(index, size)
            proofs.append((time.perf_counter() - begin) * 1000)
        text = write(index=index, path=path, note=note, entry=body)
        bytes_ = max(bytes_, sum(len(step) for step in path))
        proof = read(text)
        begin = time.perf_counter()
        assert proof.holds()
        checks.append((time.perf_counter() - begin) * 1000)
    _commit(session, [event] * (_BATCH - 1))
    tails = [_seconds(lambda: vault.check()) * 1000 for _ in range(5)]
    erased = [_seconds(lambda hcp=hcp: _erase(session, hcp)) * 1000 for hcp in ids[-_ERASURES:]]  # type: ignore[misc]
    on = f"{size:,} entries"
    return (
        LogFigure(name="log_append_batch", unit="1/s", target=">= 50000", limit=50_000, most=False, runs=batches,
                  note="1,000 a commit, durable"),
        LogFigure(name="log_append_single", unit="1/s", target=">= 2000", limit=2000, most=False, runs=singles,
                  note="durable"),
        LogFigure(name="log_screenful", unit="ms", target="<= 2", limit=2, most=True, runs=screens,
                  note=f"one entry, {_SCREEN} people"),
        LogFigure(name="log_check_full", unit="1/s", target=">= 300000", limit=300_000, most=False, runs=full, note=on),
        LogFigure(name="log_check_tail", unit="ms", target="<= 200", limit=200, most=True, runs=tails,
                  note=f"{_BATCH} entries behind the seal"),
        LogFigure(name="proof_make", unit="ms", target="<= 5", limit=5, most=True, runs=proofs, note=on),
        LogFigure(name="proof_verify", unit="ms", target="<= 1", limit=1, most=True, runs=checks,
                  note=f"path of {bytes_} bytes"),
        LogFigure(name="erase_one", unit="ms", target="<= 50", limit=50, most=True, runs=erased),
    )  # fmt: skip


def _event(session: Session, people: Sequence[str]) -> AuditEvent:
    return session.event(Kind.LIST_SHOWN, at=session.now(), hcps=tuple(people), detail={"what": "bench"})


def _commit(session: Session, events: Sequence[AuditEvent]) -> None:
    with session.vault.unit_of_work() as uow:
        uow.commit(*events)


def _erase(session: Session, hcp_id: str) -> None:
    event = session.event(Kind.ERASED, at=session.now(), hcps=(hcp_id,), detail={"reason": "bench"})
    session.vault.erase(hcp_id, event)


def _seconds(act: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    act()
    return time.perf_counter() - begin
