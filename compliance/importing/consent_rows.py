"""Rows of consent lists, form indexes and e-consent logs, read cell by cell; what they mean, the vault decides.

Rules: (1) a cell that cannot be read is dropped with its code, the row stays: the use case decides what it is worth,
because a "no" counts even where half of the row is spoilt; (2) times keep their precision: a day stays a day, a time
without zone is Asia/Shanghai, ten or thirteen digits are Unix time; (3) a row of a log also travels whole, every cell
under its header, because it is the evidence; (4) a repeated row number, header or total is noise as everywhere.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Any

from compliance.clock import SHANGHAI, shanghai_day
from compliance.importing.answers import read_method
from compliance.importing.cells import clean
from compliance.importing.contacts import is_empty, read_licence
from compliance.importing.dates import read_date
from compliance.importing.mapping import ColumnPlan
from compliance.importing.names import read_name
from compliance.importing.noise import entries
from compliance.importing.reading import Table
from compliance.importing.results import Counts, Kind, RowResult, RowStatus
from compliance.importing.words import fold, reverse, table, word_set
from compliance.model.consent import Method
from compliance.model.ids import is_hcp_id

CONSENT_KINDS = frozenset({Kind.CONSENTS, Kind.FORM_INDEX, Kind.CONSENT_LOG})
_ITEM = re.compile(r"[a-z_]{3,20}(?:/[a-z_]{2,20}(?::[A-Za-z0-9][A-Za-z0-9_.-]{0,63})?)?")
_NOTICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}@[A-Za-z0-9][A-Za-z0-9_.-]{0,19}")
_PLACE = re.compile(r"[\w ./()（）#·,，、-]{1,80}")
_CODE = re.compile(r"[A-Za-z0-9_.:/ \u4e00-\u9fff-]{1,80}")
_PAGES = re.compile(r"(\d{1,5})(?:\s*[-–—~至到]\s*(\d{1,5}))?")
_STAMP = re.compile(
    r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}[ T]\d{1,2}:\d\d(?::\d\d(?:[.,]\d{1,6})?)?(?: ?(?:Z|[+-]\d\d:?\d\d))?"
)
_UNIX = re.compile(r"1\d{9}(?:\d{3})?")
_MOST_PAGES = 10_000


class ConsentReader:
    """Reads one of the three kinds."""

    def __init__(self, kind: Kind, plan: ColumnPlan, header: Sequence[str], today: date, counts: Counts) -> None:
        self._plan = [(place, column.target) for place, column in plan.used]
        self._header = header
        self._whole = kind is Kind.CONSENT_LOG
        self._today = today
        self._counts = counts

    def results(self, opened: Table) -> Iterator[RowResult]:
        """Every row that is no noise, in order."""
        for row, cells in entries(opened, keep_clear=None, counts=self._counts):
            result = self._row(row, cells)
            self._counts.add(result)
            yield result

    def _row(self, row: int, cells: list[Any]) -> RowResult:
        values: dict[str, str] = {}
        codes: list[tuple[str, str]] = []
        for place, target in self._plan:
            text, fault = _text(cells[place]) if place < len(cells) else ("", None)
            if fault:
                codes.append((target, fault))
            elif text and (target == "answer" or not is_empty(text)):
                value, code = read_value(target, text, today=self._today)
                if value:
                    values[target] = value
                if code:
                    codes.append((target, code))
        raw = {}
        if self._whole:
            raw = {name: _text(cell)[0] for name, cell in zip(self._header, cells, strict=False) if name}
        return RowResult(row=row, status=RowStatus.ACCEPTED, values=values, codes=tuple(codes), raw=raw)


def read_value(target: str, text: str, *, today: date) -> tuple[str, str | None]:
    """The value of a cell in the form the use case reads, and a code of what is wrong with it."""
    if target in ("presented", "acted"):
        return _moment(text, today)
    if target == "valid_until":
        day, code = read_date(text, today=date(9999, 12, 31))
        return (day.isoformat() if day else ""), code
    if target == "item":
        return _items(text)
    if target == "answer":
        return _answer(text)
    if target == "method":
        method = read_method(text)
        if method is None and fold(text) in set(Method):
            method = Method(fold(text))
        return (str(method), None) if method else ("", "method_unknown")
    if target == "notice":
        ref = text.replace("＠", "@").replace(" ", "")
        return (ref, None) if _NOTICE.fullmatch(ref) else ("", "notice_unreadable")
    if target in ("page", "pages"):
        return _pages(text)
    if target == "licence":
        return read_licence(text)
    if target == "hcp_id":
        return (text.upper(), None) if is_hcp_id(text.upper()) else ("", "hcp_id_bad")
    if target == "name":
        name, _, found = read_name(text)
        return name, (None if name else (found[0] if found else "name_unreadable"))
    if target == "asked_by_hcp":
        return ("yes" if fold(text) in table("consents")["yes"]["words"] else ""), None
    if target == "file":
        return (text, None) if len(text) <= 255 else ("", "file_outside")
    shape = _PLACE if target in ("place", "hospital") else _CODE
    return (text, None) if shape.fullmatch(text) and text[0] not in "=+@" else ("", "unreadable")


def _text(cell: Any) -> tuple[str, str | None]:
    if isinstance(cell, datetime):  # a spreadsheet's time has no zone
        return (cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat(" ")), None
    return clean(cell)


def _moment(text: str, today: date) -> tuple[str, str | None]:
    """An ISO day, or an ISO instant with its zone."""
    instant: datetime | None = None
    if _UNIX.fullmatch(text):
        instant = datetime.fromtimestamp(int(text[:10]), UTC)
    elif _STAMP.fullmatch(text):
        try:
            instant = datetime.fromisoformat(_iso(text))
        except ValueError:
            return "", "date_bad"
        instant = instant if instant.tzinfo else instant.replace(tzinfo=SHANGHAI)
    if instant is None:
        day, code = read_date(text, today=today)
        return (day.isoformat(), None) if day and not code else ("", code or "date_bad")
    return (instant.isoformat(), None) if shanghai_day(instant) <= today else ("", "date_future")


def _iso(text: str) -> str:
    """``2026/3/9 8:05`` as ``2026-03-09T08:05``."""
    day, clock = re.split(r"[ T]", text, maxsplit=1)
    year, month, date_ = re.split(r"[-/.]", day)
    hour, rest = clock.split(":", 1)
    return f"{year}-{month:0>2}-{date_:0>2}T{hour:0>2}:{rest.replace(' ', '').replace(',', '.')}"


def _items(text: str) -> tuple[str, str | None]:
    """Item codes, several parted by ``;`` in a form index."""
    found = []
    for part in re.split(r"[;；、\n]+", text):
        word = part.strip()
        item = reverse("consents", "items").get(fold(word)) or (word if _ITEM.fullmatch(word) else "")
        if not item:
            return "", "item_unknown"
        found.append(item)
    return ";".join(found), None


def _answer(text: str) -> tuple[str, str | None]:
    word = fold(text)
    own = reverse("consents", "answers").get(word)
    if own:
        return own, None
    for name, answer in (("withdrawn", "withdrawn"), ("no", "refused"), ("yes", "given")):
        if word in word_set("answers", name):
            return answer, None
    return "", ("answer_missing" if word in word_set("answers", "none") else "answer_unclear")


def _pages(text: str) -> tuple[str, str | None]:
    """``3`` or ``3-5``."""
    found = _PAGES.fullmatch(text)
    if not found or not 1 <= int(found[1]) <= int(found[2] or found[1]) <= _MOST_PAGES:
        return "", "pages_bad"
    return (f"{int(found[1])}-{int(found[2])}" if found[2] else str(int(found[1]))), None
