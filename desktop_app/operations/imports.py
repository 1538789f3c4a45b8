"""Bringing files in."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from compliance.model.answer import Answer, Refusal
from compliance.model.profile import SourceClass
from compliance.model.register import Batch, Source
from compliance.use_cases.imports import import_templates, imports
from compliance.use_cases.imports.imports import ImportPreview, ImportReport, ImportRequest, UndoLook, UndoReport
from compliance.use_cases.people import sources
from desktop_app.tasks import Task


def preview(
    *, path: Path, mapping: str | None = None, sheet: str | None = None, header_row: int | None = None
) -> Task[Answer[ImportPreview | Refusal]]:
    """Encoding, sheets, header row, columns and what becomes of each."""
    return Task(
        lambda opened, _: imports.preview_import(
            opened.session, path=path, mapping=mapping, sheet=sheet, header_row=header_row
        ),
        title="desk.task.preview",
    )


def run(
    *,
    path: Path,
    source: str,
    dry_run: bool,
    mapping: str | None = None,
    sheet: str | None = None,
    header_row: int | None = None,
    report: Path | None = None,
    errors: Path | None = None,
    update: bool = False,
    part: bool = False,
    dated: date | None = None,
) -> Task[Answer[ImportReport | Refusal]]:
    """Try or do the import; stopping leaves nothing behind."""
    request = ImportRequest(
        path=path,
        source=source,
        mapping=mapping,
        sheet=sheet,
        header_row=header_row,
        dry_run=dry_run,
        report=report,
        errors=errors,
        update=update,
        part=part,
        dated=dated,
    )
    return Task(
        lambda opened, progress: imports.import_people(opened.session, request=request, progress=progress),
        title="desk.task.dry_run" if dry_run else "desk.task.import",
        stoppable=True,
    )


def templates() -> Task[Answer[tuple[str, ...]]]:
    """Names of saved templates."""
    return Task(lambda opened, _: import_templates.list_templates(opened.session))


def save_template(*, name: str, columns: Mapping[str, str]) -> Task[Answer[str | Refusal]]:
    """Save which column becomes what."""
    return Task(lambda opened, _: import_templates.save_template(opened.session, name=name, columns=columns))


def batches() -> Task[Answer[tuple[Batch, ...]]]:
    """Imports so far."""
    return Task(lambda opened, _: imports.list_batches(opened.session))


def conflicts(*, batch: str) -> Task[Answer[UndoLook | Refusal]]:
    """Who stands in the way of an undo, why, and until when it may be done."""
    return Task(lambda opened, _: imports.undo_conflicts(opened.session, batch=batch))


def undo(*, batch: str) -> Task[Answer[UndoReport | Refusal]]:
    """Take a whole import back."""
    return Task(lambda opened, _: imports.undo_import(opened.session, batch=batch), title="desk.task.undo")


def list_sources() -> Task[Answer[tuple[Source, ...]]]:
    """Registered sources."""
    return Task(lambda opened, _: sources.list_sources(opened.session))


def source_register() -> Task[Any]:
    """Registered sources, where each stands and what it lacks."""
    return Task(lambda opened, _: sources.source_register(opened.session))


def add_source(
    *,
    code: str,
    name: str,
    provenance: SourceClass,
    proof: Path | None,
    reviewed_on: date | None = None,
    scope: str = "",
    citation: str = "",
    cited_on: date | None = None,
) -> Task[Any]:
    """Register where data comes from."""
    return Task(
        lambda opened, _: sources.add_source(
            opened.session,
            code=code,
            name=name,
            provenance=provenance,
            basis_proof=proof,
            reviewed_on=reviewed_on,
            scope=scope,
            citation=citation,
            cited_on=cited_on,
        )
    )


def prove_source(*, code: str, proof: Path, reviewed_on: date, scope: str = "") -> Task[Any]:
    """File the proof of a source registered without one; its people are held no longer."""
    return Task(
        lambda opened, _: sources.prove_source(
            opened.session, code=code, basis_proof=proof, reviewed_on=reviewed_on, scope=scope
        ),
        title="desk.task.prove",
    )


def review_source(
    *, code: str, reviewed_on: date, scope: str = "", citation: str = "", cited_on: date | None = None
) -> Task[Any]:
    """A source was looked at again."""
    return Task(
        lambda opened, _: sources.review_source(
            opened.session, code=code, reviewed_on=reviewed_on, scope=scope, citation=citation, cited_on=cited_on
        )
    )


def switch_source(*, code: str, on: bool) -> Task[Any]:
    """A bought source may be used, or no longer."""
    return Task(lambda opened, _: sources.switch_source(opened.session, code=code, on=on))
