"""What every gatherer of evidence looks at and gives: the period, rows, log entries of some kinds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance.clock import shanghai_day
from compliance.exports.audit_data import Sample
from compliance.model.audit import Kind
from compliance.use_cases.evidence.audit_standing import Standing
from compliance.use_cases.seat.session import Session
from compliance.vault import Snapshot

Row = Mapping[str, Any]
Entries = Sequence[tuple[int, Mapping[str, Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """What a gatherer looks at: entries of the period, the end of it, the finding of the log's check."""

    session: Session
    snap: Snapshot
    stood: Standing
    entries: Entries
    since: datetime
    until: datetime
    log_problem: str
    root: str
    size: int
    sample: Sample | None = None


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of one id, and how many gaps the program sees in them."""

    rows: Sequence[Row]
    gaps: int = 0


def of_kind(p: Period, kinds: Iterable[Kind]) -> list[Row]:
    """Log entries of some kinds: number, kind, day, how many people."""
    wanted = {str(kind) for kind in kinds}
    return [
        {"entry": index, "kind": e["kind"], "day": e["at"][:10], "people": len(e["hcps"])}
        for index, e in p.entries
        if e["kind"] in wanted
    ]


def day_of(instant: datetime | None) -> str | None:
    return shanghai_day(instant).isoformat() if instant else None
