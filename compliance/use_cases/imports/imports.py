"""Importing people: untrusted files are read in a child, sealed, staged unseen and published at once.

Rules: (1) no source, no reading (REQ-064); (2) a dry run writes nothing; (3) duplicates of what is held (same licence
or source id) are counted and left alone, candidates (same phone, same name and hospital) are taken and listed; (4) a
"yes" without evidence lands as *unproven* and opens nothing, a "no" closes; (5) rows from sources without proof are
quarantined; (6) whatever ends the import early leaves nothing behind; (7) the report names rows and codes, not values;
(8) who objected to the use of public information does not come back from a list (REQ-034, import_rows.py); (9) rows
not taken can go into a workbook to be mended (import_errors.py), written before anything is published; (10) an update
compares those who are held with the file (import_update.py) and writes with the commit that publishes; (11) a file
whose columns give no name or no hospital is told so at once, before a row is read; worksheets left unread are named.
"""

import hashlib
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from compliance import cycles
from compliance.clock import shanghai_day
from compliance.errors import Fault, InputErrors, bad_input
from compliance.importing.child import ReadRequest, open_rows
from compliance.importing.mapping import Mapping as ColumnMapping
from compliance.importing.report import check_report, write_report
from compliance.importing.results import FileFacts
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.profile import SourceClass
from compliance.model.register import Batch, Source
from compliance.progress import Phase, Progress
from compliance.use_cases.imports.import_errors import ErrorsMade, errors_barred, log_errors, make_errors
from compliance.use_cases.imports.import_order import SealOrder, closed_list
from compliance.use_cases.imports.import_report import (
    ImportPreview,
    ImportReport,
    ImportRequest,
    PreviewColumn,
    Standing,
    Touched,
    UndoLook,
    UndoReport,
    UpdateReport,
)
from compliance.use_cases.imports.import_run import Run
from compliance.use_cases.imports.import_stream import open_stream
from compliance.use_cases.imports.import_undo import undo_conflicts, undo_import
from compliance.use_cases.imports.import_update import Update
from compliance.use_cases.people.sources import standings
from compliance.use_cases.seat.acting import barred, refuse_alone
from compliance.use_cases.seat.free_text import judge_of
from compliance.use_cases.seat.session import Session
from compliance.vault.arrivals.staging import sealing_keys

__all__ = [
    "ImportPreview",
    "ImportReport",
    "ImportRequest",
    "PreviewColumn",
    "Standing",
    "Touched",
    "UndoLook",
    "UndoReport",
    "UpdateReport",
    "import_people",
    "list_batches",
    "preview_import",
    "undo_conflicts",
    "undo_import",
]

#: Remarks repeat ("prefers mail"); what the guard said of one is kept while the file is read.
_REMARKS = 4096


def preview_import(
    session: Session,
    *,
    path: Path,
    source: str = "",
    mapping: str | None = None,
    sheet: int | str | None = None,
    header_row: int | None = None,
) -> Answer[ImportPreview | Refusal]:
    """Encoding, header row and what would happen to each column. Reads the file in the child, writes nothing."""
    now = session.now()
    if no := barred(session, "import_people", at=now):
        return no
    request = _read_request(now, path, None, _template(session, mapping), sheet, header_row)
    rows = 0
    with open_rows(request, note_guard=judge_of(session)) as reader:
        for batch in reader.batches():
            rows += len(batch)
        facts = reader.facts
    return Answer(
        ImportPreview(
            encoding=facts.encoding or "xlsx",
            header_row=facts.header_row,
            columns=_columns(facts),
            sample_rows=rows,
            refused_columns=tuple(c.header for c in facts.refused),
            separator=facts.separator,
            worksheet=facts.sheet,
            worksheets=facts.sheets,
        )
    )


def import_people(session: Session, *, request: ImportRequest, progress: Progress) -> Answer[ImportReport | Refusal]:
    """Import a file of people. Raises InputErrors for an unusable file, Cancelled; nothing is then left behind."""
    now = session.now()
    if no := barred(session, "import_people", at=now):
        return no
    source = _source(session, request.source, now)
    if source.status == "refused":
        return refuse_alone(session, at=now, reason="source_refused", detail={"source": source.code})
    _check(request, now)
    check_report(request.report)
    if no := errors_barred(session, request.errors, at=now, report=request.report):
        return no
    template = _template(session, request.mapping)
    read = _read_request(now, request.path, source, template, request.sheet, request.header_row)
    order = _seal_order(session, source, now, dry=request.dry_run, dated=request.dated)
    with session.vault.snapshot() as snap:
        order = replace(order, erased=snap.suppressions.erased(let_go=request.update))
    others = session.vault.has_company
    with cycles.rarely(), open_stream(read, order, progress=progress, others=others) as stream:
        sha256 = _digest(request.path)
        errors: ErrorsMade | None = None
        facts = stream.facts
        _has_names(facts)
        update = Update(session, source, order, read, part=request.part) if request.update else None
        if update is not None:
            update.check(facts)
        run = Run(session, source, order, sha256=sha256, update=update)
        progress.phase(Phase.SEALING)
        try:
            for portion in stream.portions(run.answer, run.waiting):
                run.take(portion)
            if update is not None or request.errors is not None:
                run.settle()
            if update is not None:
                update.compare(run.account, facts, sha256=sha256, batch=run.batch, progress=progress)
            if request.errors is not None:
                errors = make_errors(
                    session, path=request.errors, account=run.account, read=read, sha256=sha256, source=source, at=now,
                    progress=progress,
                )  # fmt: skip
            stream.ensure_unchanged()
            progress.phase(Phase.PUBLISHING)
            run.finish(facts)
        except BaseException:
            run.drop()
            if errors is not None:
                errors.drop()
            raise
    if errors is not None:
        log_errors(session, errors, at=now)
    if request.report is not None:
        rows = run.account.report_rows()
        write_report(request.report, rows, lang=session.lang, refused=facts.refused, unknown=facts.unknown)
    if request.save_mapping and not request.dry_run:
        _save_mapping(session, request.save_mapping, facts, now)
    book = (errors.path, errors.rows) if errors else None
    done = run.account.report(run.batch, facts, request.report, book, update.report() if update else None)
    return Answer(done, Changes(people=not request.dry_run, consents=not request.dry_run, audit=True))


def list_batches(session: Session) -> Answer[tuple[Batch, ...]]:
    """All imports, newest first."""
    with session.vault.snapshot() as snap:
        return Answer(tuple(sorted(snap.batches.all(), key=lambda b: b.started_at, reverse=True)))


def _check(request: ImportRequest, now: datetime) -> None:
    if request.dated is not None and request.dated > shanghai_day(now):
        raise bad_input("in_the_future", "dated")
    if request.part and not request.update:
        raise bad_input("part_of_no_update", "part")


def _has_names(facts: FileFacts) -> None:
    """InputErrors ``no_name_column``, ``no_hospital_column``: without one of them every row would be turned away."""
    read = {column.target for column in facts.used}
    missing = {
        "no_name_column": read.isdisjoint({"full_name", "family_name", "given_name"}),
        "no_hospital_column": "institution_name" not in read,
    }
    if faults := [Fault("file", code) for code, is_so in missing.items() if is_so]:
        raise InputErrors(faults)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _source(session: Session, code: str, at: datetime) -> Source:
    """The source with its status as it stands now: one that is switched off or past its review brings held rows."""
    if not code.strip():
        raise bad_input("source_missing", "source")
    with session.vault.snapshot() as snap:
        entry = standings(session, snap, at=at).get(code)
    if entry is None:
        raise bad_input("unknown_source", "source", code)
    return replace(entry.source, status=entry.standing.status)


def _template(session: Session, name: str | None) -> ColumnMapping | None:
    if name is None:
        return None
    with session.vault.snapshot() as snap:
        saved = snap.mappings.get(name)
    if saved is None:
        raise bad_input("unknown_mapping", "mapping", name)
    return ColumnMapping.from_json(saved)


def _save_mapping(session: Session, name: str, facts: FileFacts, now: datetime) -> None:
    with session.vault.unit_of_work() as uow:
        uow.mappings.put(name, ColumnMapping.of(facts, name).as_json())
        uow.commit(session.event(Kind.SETTING_CHANGED, at=now, detail={"setting": "import_mapping", "value": name}))


def _read_request(
    now: datetime,
    path: Path,
    source: Source | None,
    mapping: ColumnMapping | None,
    sheet: int | str | None,
    header_row: int | None,
) -> ReadRequest:
    return ReadRequest(
        path=path,
        today=shanghai_day(now),
        mapping=mapping,
        sheet=None if sheet is None else str(sheet),
        header_row=header_row,
        source_class=source.provenance if source else SourceClass.FIRST,
        source_code=source.code if source else "",
        basis_proof=source is None or source.status == "active",
    )


def _seal_order(session: Session, source: Source, now: datetime, *, dry: bool, dated: date | None = None) -> SealOrder:
    order = SealOrder(
        keys=sealing_keys(session.vault),
        source=source.code,
        source_class=source.provenance,
        grade=source.grade,
        actor=session.actor,
        at=now,
        sections={key: field.section for key, field in session.policy.fields.items() if field.section is not None},
        words=session.policy.free_text,
        known={},
        dry=dry,
        dated=dated,
    )
    with session.vault.snapshot() as snap:
        known, suppressed = snap.provenances.known_of(order.like()), snap.suppressions.listed()
        closed = snap.index.closed()
    return replace(order, known=known, suppressed=suppressed, closed=closed_list(order.keys.blind, closed))


def _columns(facts: FileFacts) -> tuple[PreviewColumn, ...]:
    return (
        *(PreviewColumn(name=c.header, target=c.target, why="") for c in facts.used),
        *(PreviewColumn(name=c.header, target="", why=c.reason) for c in facts.refused),
        *(PreviewColumn(name=name, target="", why="unknown_column") for name in facts.unknown),
    )
