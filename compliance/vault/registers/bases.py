"""Bases other than consent and what they rest on, memos of necessity, activities, and impact assessments.

A basis of format 1 has no row of support: it reads as one without a list of fields and without an end.
"""

import json
from datetime import datetime
from typing import Any

from compliance.errors import bad_input
from compliance.model.access import Purpose
from compliance.model.basis import Activity, BasisRecord, BasisSupport, Memo
from compliance.model.register import Assessment
from compliance.vault.engine.table import Table
from compliance.vault.engine.times import day_or_none, from_micros, instant_or_none, iso_or_none, micros, micros_or_none
from compliance.vault.registers.register import Register

BASIS = Table.of(
    "basis",
    "hcp INTEGER NOT NULL",
    "purpose TEXT NOT NULL",
    "recorded_at INTEGER NOT NULL",
    "basis TEXT NOT NULL",
    "reference TEXT NOT NULL",
    "valid_until INTEGER",
    "recorded_by TEXT NOT NULL",
    keys=3,
    index=("recorded_at",),
)
ASSESSMENT = Table.of(
    "assessment",
    "assessment_id TEXT NOT NULL",
    "purpose TEXT NOT NULL",
    "title TEXT NOT NULL",
    "approved_on TEXT NOT NULL",
    "valid_until TEXT",
    "author TEXT NOT NULL",
    "approver TEXT NOT NULL",
)
SUPPORT = Table.of(
    "basis_support",
    "basis_id TEXT NOT NULL",
    "hcp INTEGER NOT NULL",
    "purpose TEXT NOT NULL",
    "recorded_at INTEGER NOT NULL",
    "support TEXT NOT NULL",
    "ended_at INTEGER",
    "ended_by TEXT NOT NULL",
    "end_reason TEXT NOT NULL",
    index=("hcp",),
)
MEMO = Table.of(
    "necessity_memo",
    "memo_id TEXT NOT NULL",
    "item TEXT NOT NULL",
    "hcp_id TEXT NOT NULL",
    "necessity TEXT NOT NULL",
    "recorded_at INTEGER NOT NULL",
    "recorded_by TEXT NOT NULL",
    "valid_until INTEGER",
    "ended_at INTEGER",
    "ended_by TEXT NOT NULL",
)
ACTIVITY = Table.of(
    "activity",
    "activity_id TEXT NOT NULL",
    "version INTEGER NOT NULL",
    "name TEXT NOT NULL",
    "purpose TEXT NOT NULL",
    "basis TEXT NOT NULL",
    "reference TEXT NOT NULL",
    "recorded_at INTEGER NOT NULL",
    "recorded_by TEXT NOT NULL",
    "until INTEGER",
    keys=2,
)
TABLES: tuple[Table, ...] = (BASIS, ASSESSMENT, SUPPORT, MEMO, ACTIVITY)


class Bases(Register):
    """Registered bases other than consent. Rows are added; of a row only its end is written later."""

    def add(self, row: BasisRecord) -> None:
        """Record one."""
        number = self._tx.number(row.hcp_id)
        self._tx.insert(
            BASIS,
            (
                number,
                str(row.purpose),
                micros(row.recorded_at),
                row.basis,
                row.reference,
                micros_or_none(row.valid_until),
                row.recorded_by,
            ),
        )
        self._put(number, row)

    def end(self, row: BasisRecord) -> None:
        """Write the end of a recorded basis."""
        self._put(self._tx.number(row.hcp_id), row)

    def of(self, hcp_id: str) -> list[BasisRecord]:
        """All of a person, oldest first."""
        hcp = self._tx.number_or_none(hcp_id)
        support = {(r[2], r[3]): r for r in self._tx.select(SUPPORT, "WHERE hcp = ?", (hcp,))}
        rows = self._tx.select(BASIS, "WHERE hcp = ? ORDER BY recorded_at", (hcp,))
        return [_basis(row, hcp_id, support.get((row[1], row[2]))) for row in rows]

    def everybody(self) -> dict[str, list[BasisRecord]]:
        """person id → all of that person, oldest first."""
        support = {(r[1], r[2], r[3]): r for r in self._tx.select(SUPPORT, "")}
        rows = self._tx.select(BASIS, "ORDER BY recorded_at")
        ids = self._tx.hcp_ids({row[0] for row in rows})
        found: dict[str, list[BasisRecord]] = {}
        for row in rows:
            hcp_id = ids[row[0]]
            found.setdefault(hcp_id, []).append(_basis(row, hcp_id, support.get((row[0], row[1], row[2]))))
        return found

    def in_force(self, purpose: Purpose, at: datetime) -> dict[int, BasisRecord]:
        """Person number → the basis that stands for ``purpose`` at ``at``, the latest of several."""
        rows = self._tx.select(BASIS, "WHERE purpose = ? ORDER BY recorded_at", (str(purpose),))
        support = {(r[1], r[3]): r for r in self._tx.select(SUPPORT, "WHERE purpose = ?", (str(purpose),)) if rows}
        found: dict[int, BasisRecord] = {}
        for row in rows:
            record = _basis(row, "", support.get((row[0], row[2])))
            if record.in_force(at):
                found[row[0]] = record
        return found

    def get(self, basis_id: str) -> BasisRecord | None:
        """One by its number."""
        found = self._tx.get(SUPPORT, basis_id)
        ids = self._tx.hcp_ids([found[1]]) if found else {}
        mine = self.of(ids[found[1]]) if found and found[1] in ids else []
        return next((row for row in mine if row.basis_id == basis_id), None)

    def _put(self, number: int, row: BasisRecord) -> None:
        self._tx.put(
            SUPPORT,
            (
                row.basis_id,
                number,
                str(row.purpose),
                micros(row.recorded_at),
                _support_json(row.support),
                micros_or_none(row.ended_at),
                row.ended_by,
                row.end_reason,
            ),
        )


class Memos(Register):
    """Memos of necessity."""

    def put(self, memo: Memo) -> None:
        """Record, or write its end."""
        self._tx.put(
            MEMO,
            (
                memo.memo_id,
                memo.item,
                memo.hcp_id,
                memo.necessity,
                micros(memo.recorded_at),
                memo.recorded_by,
                micros_or_none(memo.valid_until),
                micros_or_none(memo.ended_at),
                memo.ended_by,
            ),
        )

    def all(self) -> list[Memo]:
        """All, oldest first."""
        return list(self._tx.kept("memos", (MEMO,), self._all))

    def _all(self) -> list[Memo]:
        return [_memo(row) for row in self._tx.select(MEMO, "ORDER BY recorded_at, memo_id")]

    def get(self, memo_id: str) -> Memo | None:
        """One."""
        row = self._tx.get(MEMO, memo_id)
        return _memo(row) if row else None

    def waiving(self, hcp_id: str, at: datetime) -> dict[str, str]:
        """item → memo in force that waives it for a person; the one for this very person before the general one."""
        found: dict[str, str] = {}
        for memo in sorted(self.all(), key=lambda m: m.hcp_id != ""):
            if memo.hcp_id in ("", hcp_id) and memo.in_force(at):
                found[memo.item] = memo.memo_id
        return found


class Activities(Register):
    """Processing activities and the history of their basis."""

    def put(self, activity: Activity) -> None:
        """Add a version, or write where one ended."""
        self._tx.put(
            ACTIVITY,
            (
                activity.activity_id,
                activity.version,
                activity.name,
                str(activity.purpose),
                activity.basis,
                activity.reference,
                micros(activity.recorded_at),
                activity.recorded_by,
                micros_or_none(activity.until),
            ),
        )

    def all(self) -> list[Activity]:
        """Every version, by activity."""
        return [
            Activity(
                activity_id=row[0],
                version=row[1],
                name=row[2],
                purpose=Purpose(row[3]),
                basis=row[4],
                reference=row[5],
                recorded_at=from_micros(row[6]),
                recorded_by=row[7],
                until=instant_or_none(row[8]),
            )
            for row in self._tx.select(ACTIVITY, "ORDER BY activity_id, version")
        ]

    def of(self, activity_id: str) -> list[Activity]:
        """The versions of one, oldest first. InputErrors ``unknown_activity``."""
        found = [a for a in self.all() if a.activity_id == activity_id]
        if not found:
            raise bad_input("unknown_activity", "activity")
        return found


class Assessments(Register):
    """Impact assessments on file."""

    def add(self, assessment: Assessment) -> None:
        """Record or replace."""
        self._tx.put(
            ASSESSMENT,
            (
                assessment.assessment_id,
                assessment.purpose,
                assessment.title,
                assessment.approved_on.isoformat(),
                iso_or_none(assessment.valid_until),
                assessment.author,
                assessment.approver,
            ),
        )

    def all(self) -> list[Assessment]:
        """All, by id."""
        return list(self._tx.kept("assessments", (ASSESSMENT,), self._all))

    def _all(self) -> list[Assessment]:
        found = []
        for row in self._tx.select(ASSESSMENT, "ORDER BY assessment_id"):
            approved = day_or_none(row[3])
            assert approved is not None
            found.append(
                Assessment(
                    assessment_id=row[0],
                    purpose=row[1],
                    title=row[2],
                    approved_on=approved,
                    valid_until=day_or_none(row[4]),
                    author=row[5],
                    approver=row[6],
                )
            )
        return found


def _basis(row: tuple[Any, ...], hcp_id: str, support: tuple[Any, ...] | None) -> BasisRecord:
    return BasisRecord(
        basis_id=support[0] if support else "",
        hcp_id=hcp_id,
        purpose=Purpose(row[1]),
        basis=row[3],
        reference=row[4],
        valid_until=instant_or_none(row[5]),
        recorded_at=from_micros(row[2]),
        recorded_by=row[6],
        support=_support(support[4]) if support else BasisSupport(),
        ended_at=instant_or_none(support[5]) if support else None,
        ended_by=support[6] if support else "",
        end_reason=support[7] if support else "",
    )


def _memo(row: tuple[Any, ...]) -> Memo:
    return Memo(
        memo_id=row[0],
        item=row[1],
        hcp_id=row[2],
        necessity=row[3],
        recorded_at=from_micros(row[4]),
        recorded_by=row[5],
        valid_until=instant_or_none(row[6]),
        ended_at=instant_or_none(row[7]),
        ended_by=row[8],
    )


def _support_json(support: BasisSupport) -> str:
    whole = {
        "contract": support.contract,
        "parties": list(support.parties),
        "reasons": [list(pair) for pair in support.reasons],
        "duty": support.duty,
        "source": support.source,
        "captured_on": iso_or_none(support.captured_on),
        "published_for": support.published_for,
        "our_purpose": support.our_purpose,
        "capture_sha256": support.capture_sha256,
        "evidence_id": support.evidence_id,
    }
    return json.dumps({k: v for k, v in whole.items() if v}, ensure_ascii=False, sort_keys=True)


def _support(text: str) -> BasisSupport:
    whole = json.loads(text)
    return BasisSupport(
        contract=whole.get("contract", ""),
        parties=tuple(whole.get("parties", ())),
        reasons=tuple((key, why) for key, why in whole.get("reasons", ())),
        duty=whole.get("duty", ""),
        source=whole.get("source", ""),
        captured_on=day_or_none(whole.get("captured_on")),
        published_for=whole.get("published_for", ""),
        our_purpose=whole.get("our_purpose", ""),
        capture_sha256=whole.get("capture_sha256", ""),
        evidence_id=whole.get("evidence_id", ""),
    )
