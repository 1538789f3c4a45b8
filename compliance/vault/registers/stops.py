"""Stops: purposes and items the handler paused, ended or took up again for everybody. Rows are only ever added."""

from compliance.model.consent import PurposeStop, StopKind
from compliance.vault.engine.table import Table
from compliance.vault.engine.times import from_micros, micros
from compliance.vault.registers.register import Register

STOP = Table.of(
    "purpose_stop",
    "stop_id TEXT NOT NULL",
    "scope TEXT NOT NULL",
    "kind TEXT NOT NULL",
    "acts_from INTEGER NOT NULL",
    "reason TEXT NOT NULL",
    "recorded_at INTEGER NOT NULL",
    "recorded_by TEXT NOT NULL",
)
TABLES: tuple[Table, ...] = (STOP,)


class Stops(Register):
    """What holds for everybody."""

    def add(self, stop: PurposeStop) -> None:
        """Append one."""
        self._tx.insert(
            STOP,
            (
                stop.stop_id,
                stop.scope,
                str(stop.kind),
                micros(stop.acts_from),
                stop.reason,
                micros(stop.recorded_at),
                stop.recorded_by,
            ),
        )

    def all(self) -> tuple[PurposeStop, ...]:
        """All, oldest first."""
        return self._tx.kept("stops", (STOP,), self._all)

    def _all(self) -> tuple[PurposeStop, ...]:
        return tuple(
            PurposeStop(
                stop_id=row[0],
                scope=row[1],
                kind=StopKind(row[2]),
                acts_from=from_micros(row[3]),
                reason=row[4],
                recorded_at=from_micros(row[5]),
                recorded_by=row[6],
            )
            for row in self._tx.select(STOP, "ORDER BY acts_from, stop_id", ())
        )
