"""Findings of audits and holds for inspections. Rows stay: one is closed, the other lifted, neither is deleted."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from compliance.model.inspection import AuditFinding, HoldGround, InspectionHold, Risk
from compliance.vault.engine.table import Table
from compliance.vault.engine.times import day_or_none, from_micros, instant_or_none, iso_or_none, micros, micros_or_none
from compliance.vault.registers.register import Register

FINDING = Table.of(
    "audit_finding",
    "finding_id TEXT NOT NULL",
    "title TEXT NOT NULL",
    "item TEXT NOT NULL",
    "risk TEXT NOT NULL",
    "ordered INTEGER NOT NULL",
    "opened_at INTEGER NOT NULL",
    "opened_by TEXT NOT NULL",
    "owner TEXT NOT NULL",
    "due TEXT NOT NULL",
    "action TEXT NOT NULL",
    "evidence TEXT NOT NULL",
    "reference TEXT NOT NULL",
    "rectified_on TEXT",
    "report_due TEXT",
    "answered_at INTEGER",
    "answered_by TEXT NOT NULL",
    "reported_on TEXT",
    "closed_at INTEGER",
    "closed_by TEXT NOT NULL",
)
HOLD = Table.of(
    "inspection_hold",
    "hold_id TEXT NOT NULL",
    "authority TEXT NOT NULL",
    "reason TEXT NOT NULL",
    "people TEXT NOT NULL",
    "starts_at INTEGER NOT NULL",
    "ends_at INTEGER NOT NULL",
    "set_at INTEGER NOT NULL",
    "set_by TEXT NOT NULL",
    "lifted_at INTEGER",
    "lifted_by TEXT NOT NULL",
    "lift_reason TEXT NOT NULL",
    "ground TEXT NOT NULL",
    "approver TEXT NOT NULL",
)
TABLES: tuple[Table, ...] = (FINDING, HOLD)


class Findings(Register):
    """What audits found."""

    def put(self, finding: AuditFinding) -> None:
        """Record, or write what became of it."""
        f = finding
        self._tx.put(
            FINDING,
            (
                *(
                    f.finding_id,
                    f.title,
                    f.item,
                    str(f.risk),
                    int(f.ordered),
                    micros(f.opened_at),
                    f.opened_by,
                    f.owner,
                ),
                *(f.due.isoformat(), f.action, json.dumps(list(f.evidence)), f.reference, iso_or_none(f.rectified_on)),
                *(iso_or_none(f.report_due), micros_or_none(f.answered_at), f.answered_by, iso_or_none(f.reported_on)),
                *(micros_or_none(f.closed_at), f.closed_by),
            ),
        )

    def get(self, finding_id: str) -> AuditFinding | None:
        """One."""
        row = self._tx.get(FINDING, finding_id)
        return _finding(row) if row else None

    def all(self) -> list[AuditFinding]:
        """All, oldest first."""
        return [_finding(row) for row in self._tx.select(FINDING, "ORDER BY opened_at, finding_id")]

    def open(self) -> list[AuditFinding]:
        """Those not closed yet, the nearest day first."""
        rows = self._tx.select(FINDING, "WHERE closed_at IS NULL ORDER BY coalesce(report_due, due), finding_id")
        return [_finding(row) for row in rows]


class Holds(Register):
    """What must not be deleted."""

    def put(self, hold: InspectionHold) -> None:
        """Record, or write its end."""
        self._tx.put(
            HOLD,
            (
                *(hold.hold_id, hold.authority, hold.reason, json.dumps(list(hold.people)), micros(hold.starts_at)),
                *(micros(hold.ends_at), micros(hold.set_at), hold.set_by, micros_or_none(hold.lifted_at)),
                *(hold.lifted_by, hold.lift_reason, str(hold.ground), hold.approver),
            ),
        )

    def get(self, hold_id: str) -> InspectionHold | None:
        """One."""
        row = self._tx.get(HOLD, hold_id)
        return _hold(row) if row else None

    def all(self) -> list[InspectionHold]:
        """All, oldest first."""
        return list(self._tx.kept("holds", (HOLD,), self._all))

    def _all(self) -> list[InspectionHold]:
        return [_hold(row) for row in self._tx.select(HOLD, "ORDER BY set_at, hold_id")]

    def standing(self, at: datetime) -> list[InspectionHold]:
        """Those that hold something at ``at``, oldest first."""
        return [hold for hold in self.all() if hold.stands(at)]

    def over(self, people: Iterable[str], at: datetime) -> InspectionHold | None:
        """The first standing hold with one of ``people`` in its scope."""
        wanted = tuple(people)
        for hold in self.standing(at):
            if any(hold.covers(hcp) for hcp in wanted):
                return hold
        return None


def _finding(row: tuple[Any, ...]) -> AuditFinding:
    due = day_or_none(row[8])
    assert due is not None
    return AuditFinding(
        finding_id=row[0],
        title=row[1],
        item=row[2],
        risk=Risk(row[3]),
        ordered=bool(row[4]),
        opened_at=from_micros(row[5]),
        opened_by=row[6],
        owner=row[7],
        due=due,
        action=row[9],
        evidence=tuple(json.loads(row[10])),
        reference=row[11],
        rectified_on=day_or_none(row[12]),
        report_due=day_or_none(row[13]),
        answered_at=instant_or_none(row[14]),
        answered_by=row[15],
        reported_on=day_or_none(row[16]),
        closed_at=instant_or_none(row[17]),
        closed_by=row[18],
    )


def _hold(row: tuple[Any, ...]) -> InspectionHold:
    return InspectionHold(
        hold_id=row[0],
        authority=row[1],
        reason=row[2],
        people=tuple(json.loads(row[3])),
        starts_at=from_micros(row[4]),
        ends_at=from_micros(row[5]),
        set_at=from_micros(row[6]),
        set_by=row[7],
        lifted_at=instant_or_none(row[8]),
        lifted_by=row[9],
        lift_reason=row[10],
        ground=HoldGround(row[11]),
        approver=row[12],
    )
