"""The workbook of the rows an import does not take, as they stood, with the reasons in words: mend and import again.

Rules: (1) exactly the rejected rows and the duplicates: what was taken, also what is held back, would come twice; of
an update not the rows that were compared and written; (2)
it is a file with personal data and keeps the rules of such: made for the purpose *identity check and data quality*
(PIPL 8) by a role that has it, never over another file, logged before it is made and after it is written, private; it
says so itself; (3) columns that are never collected stay out (R20); (4) it is written before the import is published,
so that nobody has the people in and the rest lost; an import that fails after that takes it away again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from pathlib import Path
from typing import Any

from compliance.errors import bad_input
from compliance.exports.files import write_file
from compliance.exports.import_errors_xlsx import MOST_ROWS, MendMeta, MendRow, render_errors
from compliance.i18n import t
from compliance.importing.excerpt import Excerpt, open_excerpt
from compliance.importing.report import code_words, target_words
from compliance.importing.request import ReadRequest
from compliance.importing.results import RowStatus
from compliance.model.access import Purpose
from compliance.model.answer import Answer, Refusal
from compliance.model.audit import Kind
from compliance.model.ids import new_id
from compliance.model.register import Source
from compliance.progress import Progress
from compliance.use_cases.imports.import_report import Account
from compliance.use_cases.seat.acting import refuse_alone
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seeing.people_list import NOT_NAMED

_NOT_TAKEN = frozenset({RowStatus.REJECTED.value, RowStatus.DUPLICATE.value})
_WHAT = "import_errors"
#: Rows of an update of which nothing is left to mend.
_DONE = frozenset({"update_moved", "update_changed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorsMade:
    """A written workbook."""

    path: Path
    rows: int
    serial: str
    sha256: str

    def drop(self) -> None:
        """Take it away again."""
        self.path.unlink(missing_ok=True)


def errors_barred(session: Session, path: Path | None, *, at: datetime, report: Path | None) -> Answer[Refusal] | None:
    """Asked before anything is read. InputErrors ``not_xlsx``, ``file_exists``, ``folder_missing``."""
    if path is None:
        return None
    if session.role not in session.policy.purposes[Purpose.MDM].roles:
        known = session.policy.reasons[NOT_NAMED]
        return refuse_alone(session, at=at, reason=NOT_NAMED, purpose=Purpose.MDM, because=known.references)
    if path.suffix.lower() != ".xlsx":
        raise bad_input("not_xlsx", "errors")
    if path.exists() or path == report:
        raise bad_input("file_exists", "errors")
    if not path.parent.is_dir():
        raise bad_input("folder_missing", "errors")
    return None


def make_errors(
    session: Session,
    *,
    path: Path,
    account: Account,
    read: ReadRequest,
    sha256: str,
    source: Source,
    at: datetime,
    progress: Progress,
) -> ErrorsMade | None:
    """Write the workbook; None when every row was taken. InputErrors ``errors_too_many``, ``file_changing``."""
    rows = sorted((entry for entry in account.rows if _not_taken(entry)), key=itemgetter(0))
    if not rows:
        return None
    if len(rows) > MOST_ROWS:
        raise bad_input("errors_too_many", "errors", f"{len(rows)}")
    serial = new_id("L")
    detail = {"what": _WHAT, "serial": serial, "source": source.code, "rows": len(rows)}
    purpose = str(Purpose.MDM)
    with session.vault.unit_of_work() as uow:
        index = uow.commit(session.event(Kind.EXPORT_APPROVED, at=at, purpose=purpose, detail=detail))[0]
    meta = MendMeta(
        serial=serial,
        purpose=session.policy.words("purpose", purpose, str(session.lang)),
        reader=session.actor,
        handler=session.handler,
        source=source.code,
        made_at=at,
        audit_index=index,
        rows=len(rows),
        sandbox=session.sandbox,
    )
    with open_excerpt(read, [row[0] for row in rows], sha256=sha256, progress=progress) as excerpt:
        content = render_errors(
            excerpt.header, _mend(session, rows, excerpt), meta, lang=session.lang, progress=progress
        )
    written = write_file(path, content)
    return ErrorsMade(path=written.path, rows=len(rows), serial=serial, sha256=written.sha256)


def log_errors(session: Session, made: ErrorsMade, *, at: datetime) -> None:
    """The second entry: the workbook is there."""
    detail = {"what": _WHAT, "serial": made.serial, "sha256": made.sha256, "rows": made.rows}
    with session.vault.unit_of_work() as uow:
        uow.commit(session.event(Kind.EXPORT_WRITTEN, at=at, purpose=str(Purpose.MDM), detail=detail))


def _not_taken(entry: list[Any]) -> bool:
    codes = {code for _, code in entry[2]}
    done = _DONE & codes and not any(code.startswith("update_conflict") for code in codes)
    return entry[1] in _NOT_TAKEN and not done


def _mend(session: Session, rows: Sequence[list[Any]], excerpt: Excerpt) -> Iterator[MendRow]:
    for (row, status, codes, first_row), (number, cells) in zip(rows, excerpt.rows, strict=True):
        if number != row:
            raise bad_input("file_changing", "file")
        marked = frozenset(place for target, _ in codes if (place := excerpt.places.get(target)) is not None)
        yield MendRow(row, _reasons(session, status, codes, first_row), cells, marked)


def _reasons(session: Session, status: str, codes: Sequence[Sequence[str]], first_row: int | None) -> str:
    """「未接收：手机号——少一位数字」 of every code, or the status alone."""
    lang = session.lang
    said = []
    for target, code in codes:
        words = code_words(code, lang)
        if first_row and target == "row":
            words += t("wizard.rows.first", lang, row=first_row)
        label = target_words(target, lang) if target and target != "row" else ""
        said.append(f"{label}: {words}" if label else words)
    status_words = t(f"import.status.{status}", lang)
    return "\n".join([status_words, *said])
