"""Stacks of consent forms on their way in, and what was found out about electronic signatures.

Rules: (1) a form names its person by number, so that erasure takes it along; without a person the number is 0; (2) no
value of a person stands here, only ids, codes, days and hashes; (3) forms of a stack that is still filling are shown to
nobody.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from compliance.errors import bad_input
from compliance.model.form_reading import reading_of_json, reading_to_json
from compliance.model.intake import Filed, Form, FormAnswer, FormState, Stack, StackKind, StackState
from compliance.vault.engine.table import Table
from compliance.vault.engine.times import from_micros, instant_or_none, micros, micros_or_none
from compliance.vault.people.evidence import EvidenceStore
from compliance.vault.registers.register import Register

INTAKE_STACK = Table.of(
    "intake_stack",
    "stack_id TEXT NOT NULL",
    "name TEXT NOT NULL",
    "kind TEXT NOT NULL",
    "state TEXT NOT NULL",
    "opened_at INTEGER NOT NULL",
    "opened_by TEXT NOT NULL",
    "seat TEXT NOT NULL",
    "facts TEXT NOT NULL",
    unique=("name",),
)
INTAKE_FORM = Table.of(
    "intake_form",
    "form_id TEXT NOT NULL",
    "stack_id TEXT NOT NULL",
    "place INTEGER NOT NULL",
    "state TEXT NOT NULL",
    "filed TEXT NOT NULL",
    "reason TEXT NOT NULL",
    "hcp INTEGER NOT NULL",
    "evidence_id TEXT NOT NULL",
    "sha256 TEXT NOT NULL",
    "serial TEXT NOT NULL",
    "sampled INTEGER NOT NULL",
    "decided_by TEXT NOT NULL",
    "decided_at INTEGER",
    "facts TEXT NOT NULL",
    index=("stack_id, state, place", "hcp", "sha256", "serial"),
)
SIGNATURE_CHECK = Table.of(
    "signature_check",
    "evidence_id TEXT NOT NULL",
    "checked_at INTEGER NOT NULL",
    "hcp INTEGER NOT NULL",
    "result TEXT NOT NULL",
    "report_id TEXT NOT NULL",
    keys=2,
    index=("hcp",),
)
TABLES: tuple[Table, ...] = (INTAKE_STACK, INTAKE_FORM, SIGNATURE_CHECK)

NOBODY = 0
_FACTS = (
    "media_type",
    "notice",
    "pages",
    "expected",
    "presented_on",
    "acted_on",
    "method",
    "place_of_original",
    "assigned_by",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureCheck:
    """One validation of a signed document; the report with its certificates is sealed evidence of the person."""

    evidence_id: str
    hcp_id: str
    checked_at: datetime
    result: str
    report_id: str


class Stacks(Register):
    """Stacks and their forms."""

    def put(self, stack: Stack) -> None:
        """Store a stack; its seat is this one. InputErrors ``stack_name_taken``."""
        rows = self._tx.select(INTAKE_STACK, "WHERE name = ? AND stack_id <> ?", (stack.name, stack.stack_id))
        if rows:
            raise bad_input("stack_name_taken", "stack")
        self._tx.put(INTAKE_STACK, _stack_row(stack, self._tx.vault.seat))

    def get(self, name: str) -> Stack | None:
        """A stack by name or id."""
        rows = self._tx.select(INTAKE_STACK, "WHERE name = ?1 OR stack_id = ?1", (name,))
        return _stack(rows[0]) if rows else None

    def all(self) -> list[Stack]:
        """All stacks, newest first."""
        return [_stack(row) for row in self._tx.select(INTAKE_STACK, "ORDER BY opened_at DESC, name")]

    def abandoned(self, living: frozenset[str]) -> list[Stack]:
        """Stacks that were being filled by a seat that is gone."""
        rows = self._tx.select(INTAKE_STACK, "WHERE state = 'filling'")
        return [_stack(row) for row in rows if row[6] not in living]

    def empty(self, stack: Stack) -> int:
        """Take a stack out again with every form and document it brought; how many forms. Acts are not touched."""
        forms = self.forms(stack.stack_id)
        EvidenceStore(self._tx).remove(sorted({f.evidence_id for f in forms if f.evidence_id}))
        self.remove_forms(stack.stack_id)
        self._tx.remove(INTAKE_STACK, stack.stack_id)
        return len(forms)

    def add_forms(self, forms: Sequence[Form]) -> None:
        """New forms."""
        self._tx.insert_all(INTAKE_FORM, [_form_row(f, self._number(f.hcp_id)) for f in forms])

    def put_form(self, form: Form) -> None:
        """A form in its new state."""
        self._tx.put(INTAKE_FORM, _form_row(form, self._number(form.hcp_id)))

    def form(self, form_id: str) -> Form | None:
        """One form."""
        row = self._tx.get(INTAKE_FORM, form_id)
        return self._forms([row])[0] if row else None

    def forms(
        self, stack_id: str, *, states: Iterable[FormState] = tuple(FormState), after: int = -1, limit: int = -1
    ) -> list[Form]:
        """Forms of a stack in their order, behind position ``after``."""
        wanted = [str(state) for state in states]
        marks = ", ".join("?" * len(wanted))
        rows = self._tx.select(
            INTAKE_FORM,
            f"WHERE stack_id = ? AND state IN ({marks}) AND place > ? ORDER BY place LIMIT ?",
            (stack_id, *wanted, after, limit),
        )
        return self._forms(rows)

    def counts(self, stack_id: str) -> dict[str, int]:
        """state → number of forms."""
        sql = "SELECT state, count(*) FROM intake_form WHERE stack_id = ? GROUP BY state"
        return dict(self._tx.db.execute(sql, (stack_id,)))

    def reasons(self, stack_id: str) -> dict[str, int]:
        """Reason of return → number of forms."""
        sql = "SELECT reason, count(*) FROM intake_form WHERE stack_id = ? AND reason <> '' GROUP BY reason"
        return dict(self._tx.db.execute(sql, (stack_id,)))

    def owners_of(self, digests: Sequence[str]) -> dict[str, list[Form]]:
        """SHA-256 of a document → forms that hold it already, in any stack that was not taken back."""
        return self._by("sha256", digests)

    def of_serials(self, serials: Sequence[str]) -> dict[str, list[Form]]:
        """Serial of a printed form → forms that were taken in under it."""
        return self._by("serial", [s for s in serials if s])

    def of_event(self, hcp_id: str, event_id: str) -> Form | None:
        """The form an act came with."""
        found = self._forms(self._tx.select(INTAKE_FORM, "WHERE hcp = ?", (self._tx.number_or_none(hcp_id),)))
        return next((f for f in found if any(a.event_id == event_id for a in f.answers)), None)

    def remove_forms(self, stack_id: str) -> int:
        """Take all forms of a stack out again."""
        return self._tx.remove_where(INTAKE_FORM, "WHERE stack_id = ?", (stack_id,))

    def add_signature_check(self, check: SignatureCheck) -> None:
        """Keep the outcome of a validation; a later one stands beside it."""
        row = (
            check.evidence_id,
            micros(check.checked_at),
            self._tx.number(check.hcp_id),
            check.result,
            check.report_id,
        )
        self._tx.put(SIGNATURE_CHECK, row)

    def signature_checks(self, evidence_id: str) -> list[SignatureCheck]:
        """All validations of a document, oldest first."""
        rows = self._tx.select(SIGNATURE_CHECK, "WHERE evidence_id = ? ORDER BY checked_at", (evidence_id,))
        ids = self._tx.hcp_ids({row[2] for row in rows})
        return [
            SignatureCheck(
                evidence_id=r[0], checked_at=from_micros(r[1]), hcp_id=ids.get(r[2], ""), result=r[3], report_id=r[4]
            )
            for r in rows
        ]

    def _by(self, column: str, values: Sequence[str]) -> dict[str, list[Form]]:
        found: dict[str, list[Form]] = {}
        for begin in range(0, len(values), 500):
            part = values[begin : begin + 500]
            marks = ", ".join("?" * len(part))
            for form in self._forms(self._tx.select(INTAKE_FORM, f"WHERE {column} IN ({marks})", part)):
                found.setdefault(getattr(form, column), []).append(form)
        return found

    def _number(self, hcp_id: str | None) -> int:
        return self._tx.number(hcp_id) if hcp_id else NOBODY

    def _forms(self, rows: Sequence[tuple[Any, ...]]) -> list[Form]:
        ids = self._tx.hcp_ids({row[6] for row in rows if row[6] != NOBODY})
        return [_form(row, ids.get(row[6])) for row in rows]


def _stack_row(stack: Stack, seat: str) -> tuple[Any, ...]:
    facts = {
        "uploaders": stack.uploaders,
        "files": stack.files,
        "origin": stack.origin,
        "place_of_original": stack.place_of_original,
        "offered_on": stack.offered_on.isoformat() if stack.offered_on else "",
        "seed": stack.seed,
        "sample": stack.sample,
        "counts": stack.counts,
    }
    return (
        stack.stack_id,
        stack.name,
        str(stack.kind),
        str(stack.state),
        micros(stack.opened_at),
        stack.opened_by,
        seat,
        _dumps(facts),
    )


def _stack(row: Sequence[Any]) -> Stack:
    facts = json.loads(row[7])
    return Stack(
        stack_id=row[0],
        name=row[1],
        kind=StackKind(row[2]),
        state=StackState(row[3]),
        opened_at=from_micros(row[4]),
        opened_by=row[5],
        uploaders=tuple(facts["uploaders"]),
        files=tuple((sha, pages) for sha, pages in facts["files"]),
        origin=facts["origin"],
        place_of_original=facts["place_of_original"],
        offered_on=date.fromisoformat(facts["offered_on"]) if facts["offered_on"] else None,
        seed=facts["seed"],
        sample=facts["sample"],
        counts=tuple((key, number) for key, number in facts["counts"]),
    )


def _form_row(form: Form, hcp: int) -> tuple[Any, ...]:
    facts: dict[str, Any] = {key: value for key in _FACTS if (value := getattr(form, key))}
    if form.answers:
        facts["answers"] = [[a.item, a.answer, a.event_id] for a in form.answers]
    if form.source_pages:
        facts["source_pages"] = form.source_pages
    if form.findings:
        facts["findings"] = form.findings
    if form.reading is not None:
        facts["reading"] = reading_to_json(form.reading)
    return (
        form.form_id,
        form.stack_id,
        form.place,
        str(form.state),
        str(form.filed or ""),
        form.reason,
        hcp,
        form.evidence_id or "",
        form.sha256,
        form.serial,
        int(form.sampled),
        form.decided_by,
        micros_or_none(form.decided_at),
        _dumps(facts),
    )


def _form(row: Sequence[Any], hcp_id: str | None) -> Form:
    facts = json.loads(row[13])
    made = Form(
        form_id=row[0],
        stack_id=row[1],
        place=row[2],
        state=FormState(row[3]),
        filed=Filed(row[4]) if row[4] else None,
        reason=row[5],
        hcp_id=hcp_id,
        evidence_id=row[7] or None,
        sha256=row[8],
        serial=row[9],
        sampled=bool(row[10]),
        decided_by=row[11],
        decided_at=instant_or_none(row[12]),
        answers=tuple(FormAnswer(item=i, answer=a, event_id=e) for i, a, e in facts.get("answers", ())),
        source_pages=tuple((file, page) for file, page in facts.get("source_pages", ())),
        findings=tuple(facts.get("findings", ())),
        reading=reading_of_json(facts["reading"]) if "reading" in facts else None,
    )
    return replace(made, **{key: facts[key] for key in _FACTS if key in facts})


def _dumps(facts: dict[str, Any]) -> str:
    return json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
