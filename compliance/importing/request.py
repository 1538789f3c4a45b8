"""What is asked of the reading process, and the form in which it is asked."""

import json
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from compliance.clock import SystemClock, shanghai_day
from compliance.importing.limited import CPU_SECONDS, MEMORY
from compliance.importing.mapping import Mapping
from compliance.importing.results import Kind
from compliance.model.profile import SourceClass


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRequest:
    """One file to read.

    ``today`` is the legal day nothing may lie behind; sandboxes give their own. ``basis_proof``: a source of second or
    third party has proof of its basis. ``quarantine``: every row is held back, whatever it says of itself.
    ``settle_seconds``: a file touched within this time is looked at twice before it is read. ``stall_seconds``: without
    a word from the reading process for so long it is given up.
    """

    path: Path
    today: date = field(default_factory=lambda: shanghai_day(SystemClock().now()))
    kind: Kind = Kind.PEOPLE
    sheet: int | str | None = None
    header_row: int | None = None
    source_class: SourceClass = SourceClass.FIRST
    source_code: str = ""
    basis_proof: bool = False
    quarantine: bool = False
    finance: bool = False
    keep_raw: bool = False
    mapping: Mapping | None = None
    batch_rows: int = 500
    memory: int = MEMORY
    cpu_seconds: int = CPU_SECONDS
    stall_seconds: float = 120.0
    settle_seconds: float = 0.2

    def to_json(self) -> str:
        """For the child; it needs nothing else of the parent."""
        return json.dumps(
            {
                "path": str(self.path),
                "today": self.today.isoformat(),
                "kind": self.kind,
                "sheet": None if self.sheet is None else str(self.sheet),
                "header_row": self.header_row,
                "source_class": self.source_class,
                "source_code": self.source_code,
                "basis_proof": self.basis_proof,
                "quarantine": self.quarantine,
                "finance": self.finance,
                "keep_raw": self.keep_raw,
                "mapping": self.mapping.as_json() if self.mapping else None,
                "batch_rows": self.batch_rows,
                "memory": self.memory,
                "cpu_seconds": self.cpu_seconds,
            }
        )

    @classmethod
    def from_json(cls, text: str) -> "ReadRequest":
        """Inverse of :meth:`to_json`."""
        body = json.loads(text)
        mapping = body.pop("mapping")
        return cls(
            path=Path(body.pop("path")),
            today=date.fromisoformat(body.pop("today")),
            kind=Kind(body.pop("kind")),
            source_class=SourceClass(body.pop("source_class")),
            mapping=Mapping.from_json(mapping) if mapping else None,
            **body,
        )
