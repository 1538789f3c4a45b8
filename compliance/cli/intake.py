"""``consent import``, ``import-log``, ``undo-import``, ``scan``: what comes in waits for somebody else's check."""

from datetime import date
from pathlib import Path

import click

from compliance.cli.env import Env
from compliance.cli.output import Outcome, answered, plain
from compliance.cli.params import Day, InDir, InFile, OutPath
from compliance.cli.words import Command, apply
from compliance.errors import bad_input

LIST = apply(
    click.option("--name", "--stack", default="", metavar="NAME"),
    click.option("--sheet", metavar="N"),
    click.option("--header-row", type=click.IntRange(min=1), metavar="N"),
    click.option("--column", "columns", multiple=True, metavar="HEADER=TARGET"),
    click.option("--dry-run", is_flag=True),
    click.option("--report", type=OutPath("FILE")),
    click.option("--with-values", is_flag=True),
)


@click.command("import", cls=Command)
@click.argument("file", type=InFile())
@click.option("--evidence-dir", type=InDir(), required=True)
@click.option("--place", default="", metavar="TEXT")
@LIST
@click.pass_obj
def import_list(
    env: Env,
    *,
    file: Path,
    evidence_dir: Path,
    place: str,
    name: str,
    sheet: str | None,
    header_row: int | None,
    columns: tuple[str, ...],
    dry_run: bool,
    report: Path | None,
    with_values: bool,
) -> Outcome:
    """Old consents from a list, with the documents of a folder. Answer: the keys of ``import``, and ``stack``,
    ``noes_kept``, ``below_grade``, ``to_check``, ``documents``; ``read = accepted + rejected + duplicates``."""
    from compliance.use_cases.intake.consent_import import ConsentImport

    request = ConsentImport(
        path=file,
        evidence_dir=evidence_dir,
        name=name,
        dry_run=dry_run,
        report=report,
        with_values=with_values,
        sheet=sheet,
        header_row=header_row,
        place=place,
        columns=_columns(columns),
    )
    return _import(env, request)


@click.command("import-log", cls=Command)
@click.argument("file", type=InFile())
@click.option("--system", required=True, metavar="h5|wecom|crm")
@click.option("--exporter", default="", metavar="TEXT")
@LIST
@click.pass_obj
def import_log(
    env: Env,
    *,
    file: Path,
    system: str,
    exporter: str,
    name: str,
    sheet: str | None,
    header_row: int | None,
    columns: tuple[str, ...],
    dry_run: bool,
    report: Path | None,
    with_values: bool,
) -> Outcome:
    """A log of electronic consent; each row is the evidence of its act. Answer as ``consent import``."""
    from compliance.use_cases.intake.consent_import import ConsentImport, LogOrigin

    request = ConsentImport(
        path=file,
        name=name,
        dry_run=dry_run,
        report=report,
        with_values=with_values,
        sheet=sheet,
        header_row=header_row,
        log=LogOrigin(system=system, exporter=exporter),
        columns=_columns(columns),
    )
    return _import(env, request)


@click.command("undo-import", cls=Command)
@click.argument("stack")
@click.pass_obj
def undo_import(env: Env, *, stack: str) -> Outcome:
    """Take a consent import back while nobody has built on it: ``{"stack", "acts", "people"}``."""
    from compliance.use_cases.intake.consent_import import undo_consent_import

    return answered(undo_consent_import(env.session(), name=stack), lambda done: dict(plain(done)))


@click.command("scan", cls=Command)
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--name", "--stack", required=True, metavar="NAME")
@click.option("--index", type=InFile())
@click.option("--place", default="", metavar="TEXT")
@click.option("--signed-on", type=Day())
@click.option("--dry-run", is_flag=True)
@click.pass_obj
def scan(
    env: Env,
    *,
    paths: tuple[Path, ...],
    name: str,
    index: Path | None,
    place: str,
    signed_on: date | None,
    dry_run: bool,
) -> Outcome:
    """Scans become forms: ``{"stack", "name", "files": [{"number", "name", "pages", "code"}], "pages", "blank",
    "forms", "by_code", "by_index", "by_hand", "returned", "incomplete", "read", "clear", "reasons",
    "index_reasons", "index_unused"}``; boxes of ``read`` forms were read, ``clear`` ones without doubt."""
    from compliance.use_cases.intake.scans import ScanRequest, take_in_scans

    request = ScanRequest(paths=paths, name=name, index=index, place=place, offered_on=signed_on, dry_run=dry_run)
    progress = env.progress()
    try:
        answer = take_in_scans(env.session(), request=request, progress=progress)
    finally:
        progress.close()
    return answered(answer, lambda made: dict(plain(made)))


@click.command("recheck", cls=Command)
@click.argument("event")
@click.pass_obj
def recheck(env: Env, *, event: str) -> Outcome:
    """Examine an electronic signature again: ``{"event_id", "result", "checked_at", "previous", "proposed"}``; result
    ``valid``, ``chain_untrusted``, ``content_changed``, ``invalid``, ``no_signature`` or ``unreadable``; ``proposed``
    names the request that asks a second person to void the act."""
    from compliance.use_cases.consent.signatures import recheck_signature

    return answered(recheck_signature(env.session(), event_id=event), lambda done: dict(plain(done)))


COMMANDS = (import_list, import_log, undo_import, scan, recheck)


def _import(env: Env, request: object) -> Outcome:
    from compliance.use_cases.intake.consent_import import ConsentImport, import_consents

    assert isinstance(request, ConsentImport)
    progress = env.progress()
    try:
        answer = import_consents(env.session(), request=request, progress=progress)
    finally:
        progress.close()
    return answered(answer, lambda made: dict(plain(made.as_json())))


def _columns(given: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    pairs = []
    for text in given:
        header, equals, target = text.rpartition("=")
        if not (header.strip() and equals and target.strip()):
            raise bad_input("column_pair", "--column")
        pairs.append((header.strip(), target.strip()))
    return tuple(pairs)
