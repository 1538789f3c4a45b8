"""The report of an import: one line per reason, by row number and code, with words a person understands.

Rules: (1) row numbers and codes only; values stand in it only when asked for (architecture section 13); (2) no cell can
be a formula (CWE-1236): text that begins with = + - @ tab or CR gets an apostrophe in CSV and is written as a string in
XLSX; (3) the file appears whole or not at all, readable by its owner only where the system knows that.
"""

import csv
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from compliance.errors import ExportError, bad_input
from compliance.i18n import Lang, has, t
from compliance.importing.results import RefusedColumn, RowStatus
from compliance.resources import read_text

_ACTIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "|", "＝", "＋", "－", "＠")
_COLUMNS = ("row", "status", "field", "code", "meaning", "first_row")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRow:
    """One row of a file and everything there is to say about it. ``raw`` holds cells only when they were asked for."""

    row: int
    status: RowStatus
    codes: tuple[tuple[str, str], ...] = ()
    first_row: int | None = None
    raw: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"ReportRow({self.row}, {self.status}, {len(self.codes)} codes)"


def check_report(path: Path | None) -> None:
    """Whether a report can be written, asked before anything is done. InputErrors ``file_exists``, ``report_kind``,
    ``folder_missing``, ``folder_forbidden``."""
    if path is None:
        return
    if path.exists():
        raise bad_input("file_exists", "report")
    if path.suffix.lower() not in (".xlsx", ".csv"):
        raise bad_input("report_kind", "report")
    if not path.parent.is_dir():
        raise bad_input("folder_missing", "report")
    probe = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        probe.touch(mode=0o600, exist_ok=False)  # asking for rights answers wrongly for some folders and for root
    except OSError:
        raise bad_input("folder_forbidden", "report") from None
    probe.unlink()


def write_report(
    path: Path,
    rows: Iterable[ReportRow],
    *,
    lang: Lang | str = Lang.ZH,
    refused: Iterable[RefusedColumn] = (),
    unknown: Iterable[str] = (),
    with_values: bool = False,
) -> int:
    """Write ``path`` as XLSX or CSV by its ending; gives the number of lines. ExportError: report_kind, report_failed.

    Refused and unknown columns come first, as lines without a row number.
    """
    if path.suffix.lower() not in (".xlsx", ".csv"):
        raise ExportError("report_kind", kind=path.suffix[:8])
    header = [t(f"import.report.{name}", lang) for name in _COLUMNS]
    if with_values:
        header.append(t("import.report.value", lang))
    lines = _lines(rows, refused, unknown, str(lang), with_values)
    part = path.with_name(path.name + ".part")
    try:
        count = (_write_xlsx if path.suffix.lower() == ".xlsx" else _write_csv)(part, header, lines)
        part.chmod(0o600)
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise ExportError("report_failed", errno=error.errno or 0) from None
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    return count


def code_words(code: str, lang: Lang | str) -> str:
    """What a code means; unknown codes come back as they are."""
    for key in (f"import.code.{code}", f"free_text.{code}", f"error.{code}"):
        if has(key):
            said = t(key, lang)
            return t("import.free_text", lang, what=said) if key.startswith("free_text.") else said
    return code


def target_words(target: str, lang: Lang | str) -> str:
    """The label of a field or role."""
    name = target.partition(":")[0]
    label = _labels(str(lang)).get(name)
    if label:
        return label
    key = f"import.target.{name}"
    return t(key, lang) if has(key) else name


def inert(text: str) -> str:
    """Text no spreadsheet runs."""
    return f"'{text}" if text.startswith(_ACTIVE) else text


def _lines(
    rows: Iterable[ReportRow], refused: Iterable[RefusedColumn], unknown: Iterable[str], lang: str, with_values: bool
) -> Iterator[list[str | int]]:
    extra = [""] if with_values else []
    for column in refused:
        words = t(f"import.refused.{column.reason}", lang)
        yield ["", t("import.report.refused_column", lang), column.header, column.reason, words, "", *extra]
    for header in unknown:
        words = t("import.report.unknown_column_words", lang)
        yield ["", t("import.report.unknown_column", lang), header, "unknown_column", words, "", *extra]
    for row in rows:
        status = t(f"import.status.{row.status}", lang)
        first: str | int = row.first_row or ""
        for target, code in row.codes or (("", ""),):
            words = code_words(code, lang) if code else ""
            line: list[str | int] = [row.row, status, target_words(target, lang) if target else "", code, words, first]
            if with_values:
                line.append(row.raw.get(target, ""))
            yield line


def _write_csv(path: Path, header: list[str], lines: Iterator[list[str | int]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(header)
        for line in lines:
            writer.writerow([inert(cell) if isinstance(cell, str) else cell for cell in line])
            count += 1
    return count


def _write_xlsx(path: Path, header: list[str], lines: Iterator[list[str | int]]) -> int:
    import xlsxwriter

    count = 0
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "in_memory": False}
    book = xlsxwriter.Workbook(str(path), options)
    try:
        sheet = book.add_worksheet()
        bold = book.add_format({"bold": True})
        for place, name in enumerate(header):
            sheet.write_string(0, place, name, bold)
        for number, width in enumerate((8, 12, 18, 24, 60, 10)):
            sheet.set_column(number, number, width)
        sheet.freeze_panes(1, 0)
        for line in lines:
            count += 1
            for place, cell in enumerate(line):
                if isinstance(cell, int):
                    sheet.write_number(count, place, cell)
                elif cell:
                    sheet.write_string(count, place, cell)
    finally:
        book.close()
    return count


@cache
def _labels(lang: str) -> dict[str, str]:
    column = "label_zh" if lang == Lang.ZH else "label_en"
    return {row["key"]: row[column] for row in csv.DictReader(read_text("dictionary", "fields.csv").splitlines())}
