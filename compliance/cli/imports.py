"""``import …``: files of people come in, all or nothing, and can be taken out again."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from compliance.cli.env import Env
from compliance.cli.output import Outcome, answered, plain
from compliance.cli.params import Day, InFile, OutPath
from compliance.cli.words import Command, apply, group
from compliance.errors import bad_input

if TYPE_CHECKING:
    from compliance.use_cases.imports.imports import UndoLook

import_ = group("import", default="file")
COMMANDS: dict[str, click.Command] = {"import": import_}

LAYOUT = apply(
    click.option("--mapping", metavar="NAME"),
    click.option("--sheet", metavar="N"),
    click.option("--header-row", type=click.IntRange(min=1), metavar="N"),
)


@import_.command("file", cls=Command)
@click.argument("file", type=InFile())
@click.option("--source", required=True, metavar="CODE")
@LAYOUT
@click.option("--save-mapping", metavar="NAME")
@click.option("--dry-run", is_flag=True)
@click.option("--report", type=OutPath("FILE"))
@click.option("--errors", type=OutPath("FILE.xlsx"))
@click.option("--update", is_flag=True)
@click.option("--part", is_flag=True)
@click.option("--dated", type=Day())
@click.pass_obj
def file(
    env: Env,
    *,
    file: Path,
    source: str,
    mapping: str | None,
    sheet: str | None,
    header_row: int | None,
    save_mapping: str | None,
    dry_run: bool,
    report: Path | None,
    errors: Path | None,
    update: bool,
    part: bool,
    dated: date | None,
) -> Outcome:
    """Import a CSV or XLSX file; nothing is visible before everything is in."""
    from compliance.use_cases.imports.imports import ImportRequest, import_people

    request = ImportRequest(
        path=file,
        source=source,
        mapping=mapping,
        sheet=_sheet(sheet),
        header_row=header_row,
        dry_run=dry_run,
        report=report,
        save_mapping=save_mapping,
        errors=errors,
        update=update,
        part=part,
        dated=dated,
    )
    progress = env.progress()
    try:
        answer = import_people(env.session(), request=request, progress=progress)
    finally:
        progress.close()
    return answered(answer, lambda made: dict(plain(made.as_json())))


@import_.command("preview", cls=Command)
@click.argument("file", type=InFile())
@click.option("--source", default="", metavar="CODE")
@LAYOUT
@click.pass_obj
def preview(
    env: Env, *, file: Path, source: str, mapping: str | None, sheet: str | None, header_row: int | None
) -> Outcome:
    """What an import would make of each column."""
    from compliance.use_cases.imports.imports import preview_import

    answer = preview_import(
        env.session(), path=file, source=source, mapping=mapping, sheet=_sheet(sheet), header_row=header_row
    )
    return answered(answer, lambda seen: dict(plain(seen)))


@import_.command("undo", cls=Command)
@click.argument("batch")
@click.pass_obj
def undo(env: Env, *, batch: str) -> Outcome:
    """Take a whole import out again."""
    from compliance.use_cases.imports.imports import undo_import

    return answered(undo_import(env.session(), batch=batch), lambda done: dict(plain(done.as_json())))


@import_.command("conflicts", cls=Command)
@click.argument("batch")
@click.pass_obj
def conflicts(env: Env, *, batch: str) -> Outcome:
    """Who stands in the way of taking an import out: people touched since."""
    from compliance.use_cases.imports.imports import undo_conflicts

    return answered(undo_conflicts(env.session(), batch=batch), _look)


@import_.command("list", cls=Command)
@click.pass_obj
def list_(env: Env) -> Outcome:
    """All imports."""
    from compliance.use_cases.imports.imports import list_batches

    return answered(list_batches(env.session()), lambda rows: {"batches": [plain(row) for row in rows]})


@import_.command("templates", cls=Command)
@click.pass_obj
def templates(env: Env) -> Outcome:
    """Saved templates: ``{"mappings": [NAME]}``."""
    from compliance.use_cases.imports.import_templates import list_templates

    return answered(list_templates(env.session()), lambda names: {"mappings": list(names)})


@import_.command("template", cls=Command)
@click.argument("name")
@click.option("--set", "pairs", multiple=True, required=True, metavar="COLUMN=TARGET")
@click.pass_obj
def template(env: Env, *, name: str, pairs: tuple[str, ...]) -> Outcome:
    """Save which column becomes what (``ignore``: it stays out): ``{"mapping", "columns"}``."""
    from compliance.use_cases.imports.import_templates import save_template

    columns: dict[str, str] = {}
    for pair in pairs:
        column, equals, target = pair.rpartition("=")
        if not equals or not column or column in columns:
            raise bad_input("bad_pair", "--set")
        columns[column] = target
    answer = save_template(env.session(), name=name, columns=columns)
    return answered(answer, lambda made: {"mapping": made, "columns": len(columns)})


def _look(look: "UndoLook") -> dict[str, Any]:
    """``people`` by pseudonym, ``conflicts`` with what touched them."""
    return {
        "batch": look.batch,
        "people": [one.hcp_id for one in look.conflicts],
        "conflicts": [{"hcp_id": one.hcp_id, "why": list(one.why)} for one in look.conflicts],
        "changed": look.changed,
        "changed_again": list(look.changed_again),
        "until": plain(look.until),
        "late": look.late,
    }


def _sheet(text: str | None) -> int | str | None:
    """Worksheets go by number, counted from 1, or by name."""
    return int(text) if text and text.isdecimal() else text
