"""Registers of ongoing work: cases, tasks, bases, assessments, recipients, transfers, requests, sheets, packs."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from compliance.errors import bad_input
from compliance.model.access import Purpose
from compliance.model.profile import CrossBorder, CrossBorderState
from compliance.model.register import (
    Assessment,
    BasisRow,
    BundleRecord,
    Case,
    PendingRequest,
    Recipient,
    SheetRecord,
    Task,
)
from compliance.vault.schema import ASSESSMENT, BASIS, BUNDLE, CASE, RECIPIENT, REQUEST, SHEET, TASK, TRANSFER
from compliance.vault.times import day_or_none, from_micros, instant_or_none, iso_or_none, micros, micros_or_none
from compliance.vault.transaction import Transaction


class _Register:
    def __init__(self, tx: Transaction) -> None:
        self._tx = tx


class Cases(_Register):
    """Cases that give ``rights`` its reason."""

    def add(self, case: Case) -> None:
        """Open a case, or replace it."""
        self._tx.put(
            CASE,
            (
                case.case_id,
                self._tx.number(case.hcp_id),
                case.kind,
                micros(case.opened_at),
                case.opened_by,
                micros_or_none(case.closed_at),
            ),
        )

    def get(self, case_id: str) -> Case | None:
        """One case."""
        found = self._cases("WHERE case_id = ?", (case_id,))
        return found[0] if found else None

    def close(self, case_id: str, at: datetime) -> None:
        """Close a case. InputErrors ``unknown_case``."""
        row = self._tx.get(CASE, case_id)
        if row is None:
            raise bad_input("unknown_case", "case")
        self._tx.put(CASE, (*row[:5], micros(at)))

    def of(self, hcp_id: str) -> list[Case]:
        """All cases of a person."""
        return self._cases("WHERE hcp = ? ORDER BY opened_at", (self._tx.number_or_none(hcp_id),))

    def open(self) -> list[Case]:
        """All open cases, oldest first."""
        return self._cases("WHERE closed_at IS NULL ORDER BY opened_at", ())

    def _cases(self, rest: str, values: Sequence[Any]) -> list[Case]:
        rows = self._tx.select(CASE, rest, values)
        ids = self._tx.hcp_ids({row[1] for row in rows})
        return [
            Case(
                case_id=row[0],
                hcp_id=ids.get(row[1], ""),
                kind=row[2],
                opened_at=from_micros(row[3]),
                opened_by=row[4],
                closed_at=instant_or_none(row[5]),
            )
            for row in rows
        ]


class Tasks(_Register):
    """What waits for a person."""

    def add(self, task: Task) -> None:
        """Add, or replace the task of that id."""
        self._tx.put(
            TASK,
            (
                task.task_id,
                task.kind,
                task.hcp_id,
                task.subject,
                micros_or_none(task.due),
                micros(task.opened_at),
                micros_or_none(task.done_at),
                task.done_by,
            ),
        )

    def get(self, task_id: str) -> Task | None:
        """One task."""
        row = self._tx.get(TASK, task_id)
        return _task(row) if row else None

    def done(self, task_id: str, at: datetime, by: str) -> Task:
        """Mark as done. InputErrors ``unknown_task`` or ``task_done``."""
        task = self.get(task_id)
        if task is None:
            raise bad_input("unknown_task", "task")
        if task.done_at is not None:
            raise bad_input("task_done", "task")
        finished = replace(task, done_at=at, done_by=by)
        self.add(finished)
        return finished

    def open(self, *, kind: str | None = None, hcp_id: str | None = None) -> list[Task]:
        """Open tasks, due ones first."""
        rows = self._tx.select(
            TASK,
            "WHERE done_at IS NULL AND (?1 IS NULL OR kind = ?1) AND (?2 IS NULL OR hcp_id = ?2)"
            " ORDER BY due IS NULL, due, opened_at",
            (kind, hcp_id),
        )
        return [_task(row) for row in rows]

    def list(self, *, limit: int = 1000) -> list[Task]:
        """All tasks, newest first."""
        return [_task(row) for row in self._tx.select(TASK, "ORDER BY opened_at DESC LIMIT ?", (limit,))]


class Bases(_Register):
    """Registered bases other than consent."""

    def add(self, row: BasisRow) -> None:
        """Record one."""
        self._tx.put(
            BASIS,
            (
                self._tx.number(row.hcp_id),
                str(row.purpose),
                micros(row.recorded_at),
                row.basis,
                row.reference,
                micros_or_none(row.valid_until),
                row.recorded_by,
            ),
        )

    def of(self, hcp_id: str) -> list[BasisRow]:
        """All of a person, oldest first."""
        rows = self._tx.select(BASIS, "WHERE hcp = ? ORDER BY recorded_at", (self._tx.number_or_none(hcp_id),))
        return [
            BasisRow(
                hcp_id=hcp_id,
                purpose=Purpose(row[1]),
                recorded_at=from_micros(row[2]),
                basis=row[3],
                reference=row[4],
                valid_until=instant_or_none(row[5]),
                recorded_by=row[6],
            )
            for row in rows
        ]


class Assessments(_Register):
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


class Recipients(_Register):
    """Overseas recipients."""

    def add(self, recipient: Recipient) -> None:
        """Register or replace."""
        self._tx.put(
            RECIPIENT,
            (
                recipient.recipient_id,
                recipient.legal_name,
                recipient.country,
                recipient.contact,
                recipient.purpose,
                recipient.method,
                json.dumps(list(recipient.kinds), ensure_ascii=False),
                recipient.rights_channel,
                micros(recipient.registered_at),
            ),
        )

    def get(self, recipient_id: str) -> Recipient | None:
        """One recipient."""
        row = self._tx.get(RECIPIENT, recipient_id)
        return _recipient(row) if row else None

    def all(self) -> list[Recipient]:
        """All, by id."""
        return [_recipient(row) for row in self._tx.select(RECIPIENT, "ORDER BY recipient_id")]


class Transfers(_Register):
    """Who was sent to whom overseas: the meter counts people, not records (law.md 2.3)."""

    def add(self, hcp_id: str, recipient: str, at: datetime, *, sensitive: bool) -> None:
        """Note that a person was sent."""
        self._tx.put(TRANSFER, (hcp_id, micros(at), recipient, int(sensitive)))

    def tally(self, year_start: datetime, year_end: datetime) -> tuple[int, int]:
        """(people sent without sensitive data only, people sent with sensitive data) in a span, each counted once.
        A person sent both ways counts as sensitive."""
        row = self._tx.db.one(
            "SELECT coalesce(sum(1 - s), 0), coalesce(sum(s), 0) FROM"
            " (SELECT max(sensitive) AS s FROM transfer WHERE at >= ? AND at < ? GROUP BY hcp_id)",
            (micros(year_start), micros(year_end)),
        )
        assert row is not None
        return int(row[0]), int(row[1])

    def people(self, year_start: datetime, year_end: datetime) -> dict[str, bool]:
        """Person id → whether sensitive data was sent, for a span."""
        rows = self._tx.db.execute(
            "SELECT hcp_id, max(sensitive) FROM transfer WHERE at >= ? AND at < ? GROUP BY hcp_id",
            (micros(year_start), micros(year_end)),
        )
        return {hcp_id: bool(sensitive) for hcp_id, sensitive in rows}

    def of(self, hcp_id: str) -> list[tuple[str, datetime, bool]]:
        """(recipient, when, sensitive) of a person, oldest first."""
        rows = self._tx.select(TRANSFER, "WHERE hcp_id = ? ORDER BY at", (hcp_id,))
        return [(row[2], from_micros(row[1]), bool(row[3])) for row in rows]

    def states(self, hcp_id: str) -> tuple[CrossBorderState, ...]:
        """Recipients a person was sent to, each since the first time."""
        first: dict[str, datetime] = {}
        for recipient, at, _ in self.of(hcp_id):
            first.setdefault(recipient, at)
        return tuple(CrossBorderState(recipient=r, state=CrossBorder.SENT, since=at) for r, at in first.items())


class Requests(_Register):
    """Acts that wait for a second person."""

    def add(self, request: PendingRequest) -> None:
        """Put up. InputErrors ``request_exists``: a request is never rewritten."""
        if self._tx.get(REQUEST, request.request_id) is not None:
            raise bad_input("request_exists", "request")
        self._tx.insert(
            REQUEST,
            (
                request.request_id,
                request.action,
                request.canonical,
                request.requested_by,
                micros(request.requested_at),
                request.state,
                request.decided_by,
                micros_or_none(request.not_before),
            ),
        )

    def get(self, request_id: str) -> PendingRequest | None:
        """One request."""
        row = self._tx.get(REQUEST, request_id)
        return _request(row) if row else None

    def decide(self, request_id: str, state: str, by: str) -> PendingRequest:
        """Settle a waiting request. InputErrors ``unknown_request`` or ``request_decided``."""
        row = self._tx.get(REQUEST, request_id)
        if row is None:
            raise bad_input("unknown_request", "request")
        if row[5] != "waiting":
            raise bad_input("request_decided", "request")
        decided = (*row[:5], state, by, row[7])
        self._tx.put(REQUEST, decided)
        return _request(decided)

    def list(self, *, state: str | None = "waiting") -> list[PendingRequest]:
        """Requests in a state (None: all), oldest first."""
        rows = self._tx.select(REQUEST, "WHERE ?1 IS NULL OR state = ?1 ORDER BY requested_at", (state,))
        return [_request(row) for row in rows]


class Sheets(_Register):
    """Issued sheets."""

    def add(self, sheet: SheetRecord) -> None:
        """Record or replace."""
        self._tx.put(
            SHEET,
            (
                sheet.serial,
                sheet.hcp_id,
                sheet.rep,
                str(sheet.purpose),
                micros(sheet.issued_at),
                micros(sheet.expires_at),
                sheet.sha256,
                micros_or_none(sheet.recalled_at),
            ),
        )

    def get(self, serial: str) -> SheetRecord | None:
        """One sheet."""
        row = self._tx.get(SHEET, serial)
        return _sheet(row) if row else None

    def of(self, hcp_id: str) -> list[SheetRecord]:
        """Sheets about a person, newest first."""
        return [_sheet(r) for r in self._tx.select(SHEET, "WHERE hcp_id = ? ORDER BY issued_at DESC", (hcp_id,))]

    def all(self) -> list[SheetRecord]:
        """All sheets, newest first."""
        return [_sheet(row) for row in self._tx.select(SHEET, "ORDER BY issued_at DESC, serial")]


class Bundles(_Register):
    """Issued packs."""

    def add(self, bundle: BundleRecord) -> None:
        """Record. InputErrors ``sequence_used``."""
        if self._tx.get(BUNDLE, bundle.rep, bundle.sequence) is not None:
            raise bad_input("sequence_used", "sequence")
        self._tx.insert(
            BUNDLE,
            (
                bundle.rep,
                bundle.sequence,
                micros(bundle.issued_at),
                micros(bundle.expires_at),
                bundle.sha256,
                bundle.people,
                bundle.previous_sha256,
            ),
        )

    def last(self, rep: str) -> BundleRecord | None:
        """The newest pack of a rep."""
        rows = self._tx.select(BUNDLE, "WHERE rep = ? ORDER BY sequence DESC LIMIT 1", (rep,))
        return _bundle(rows[0]) if rows else None

    def all(self) -> list[BundleRecord]:
        """All packs, newest first."""
        return [_bundle(row) for row in self._tx.select(BUNDLE, "ORDER BY issued_at DESC, rep")]


def _task(row: tuple[Any, ...]) -> Task:
    return Task(
        task_id=row[0],
        kind=row[1],
        hcp_id=row[2],
        subject=row[3],
        due=instant_or_none(row[4]),
        opened_at=from_micros(row[5]),
        done_at=instant_or_none(row[6]),
        done_by=row[7],
    )


def _recipient(row: tuple[Any, ...]) -> Recipient:
    return Recipient(
        recipient_id=row[0],
        legal_name=row[1],
        country=row[2],
        contact=row[3],
        purpose=row[4],
        method=row[5],
        kinds=tuple(json.loads(row[6])),
        rights_channel=row[7],
        registered_at=from_micros(row[8]),
    )


def _request(row: tuple[Any, ...]) -> PendingRequest:
    return PendingRequest(
        request_id=row[0],
        action=row[1],
        canonical=row[2],
        requested_by=row[3],
        requested_at=from_micros(row[4]),
        state=row[5],
        decided_by=row[6],
        not_before=instant_or_none(row[7]),
    )


def _sheet(row: tuple[Any, ...]) -> SheetRecord:
    return SheetRecord(
        serial=row[0],
        hcp_id=row[1],
        rep=row[2],
        purpose=Purpose(row[3]),
        issued_at=from_micros(row[4]),
        expires_at=from_micros(row[5]),
        sha256=row[6],
        recalled_at=instant_or_none(row[7]),
    )


def _bundle(row: tuple[Any, ...]) -> BundleRecord:
    return BundleRecord(
        rep=row[0],
        sequence=row[1],
        issued_at=from_micros(row[2]),
        expires_at=from_micros(row[3]),
        sha256=row[4],
        people=row[5],
        previous_sha256=row[6],
    )
