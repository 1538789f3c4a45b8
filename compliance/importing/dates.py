"""Dates as people write them → a day, or a code why not.

Read: 2024-12-03, 2024/3/9, 2025.10.20, 20241203, 2024年10月7日, 01-May-25, May 1, 2025, Excel serials (45192), each
with a time of day behind it. Rules: (1) 3/4/2025 is refused as ambiguous unless one part is over 12
or whoever knows the file said its order (``dmy``, ``mdy``); (2) a day in the
future is refused: it cannot be when something happened; (3) a month without a day is its first day, with a code; (4)
before 1950 and words are refused.
"""

import re
from datetime import date, timedelta

from compliance.importing.words import fold, word_set

_EPOCH = date(1899, 12, 30)
_FIRST = date(1950, 1, 1)
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_TIME = re.compile(
    r"(?:[ t]\d{1,2}[:时点h]\d{1,2}(?:[:分]\d{1,2}(?:\.\d{1,9})?秒?)?分?(?: ?[ap]m| ?z|[+-]\d\d:?\d\d)?)$"
)
_ISO = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})[日号]?")
_MONTH = re.compile(r"(\d{4})[-/.年](\d{1,2})月?")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)")
_SERIAL = re.compile(r"(\d{5})(?:\.\d{1,15})?")
_NAMED = re.compile(r"(\d{1,2})[- ]([a-z]{3,9})\.?[- ,]+(\d{4}|\d\d)")
_NAMED_FIRST = re.compile(r"([a-z]{3,9})\.? (\d{1,2})(?:st|nd|rd|th)?,? (\d{4})")
_LAST_YEAR = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})")


def read_date(text: str, *, today: date, order: str = "") -> tuple[date | None, str | None]:
    """(day, None), (None, None) for an empty answer, or (None, code): date_bad, date_future, date_ambiguous.

    A month alone gives its first day and ``date_month_only``.
    """
    folded = fold(text)
    if not folded or folded in word_set("values", "empty"):
        return None, None
    if len(folded) > 40:
        return None, "date_bad"
    day, code = _day(_TIME.sub("", folded).strip(), today, order)
    if day is None:
        return None, code
    if day > today:
        return None, "date_future"
    return (day, code) if day >= _FIRST else (None, "date_bad")


def _day(text: str, today: date, order: str) -> tuple[date | None, str | None]:
    if found := _ISO.fullmatch(text) or _COMPACT.fullmatch(text):
        return _made(int(found[1]), int(found[2]), int(found[3]))
    if found := _SERIAL.fullmatch(text):
        return _EPOCH + timedelta(days=int(found[1])), None
    if found := _NAMED.fullmatch(text):
        return _made(_year(int(found[3]), today), _MONTHS.get(found[2][:3], 0), int(found[1]))
    if found := _NAMED_FIRST.fullmatch(text):
        return _made(int(found[3]), _MONTHS.get(found[1][:3], 0), int(found[2]))
    if found := _LAST_YEAR.fullmatch(text):
        first, second = int(found[1]), int(found[2])
        if order:
            return _made(int(found[3]), *((second, first) if order == "dmy" else (first, second)))
        if first > 12 or first == second:
            return _made(int(found[3]), second, first)
        return _made(int(found[3]), first, second) if second > 12 else (None, "date_ambiguous")
    if found := _MONTH.fullmatch(text):
        day, code = _made(int(found[1]), int(found[2]), 1)
        return day, code or "date_month_only"
    return None, "date_bad"


def _made(year: int, month: int, day: int) -> tuple[date | None, str | None]:
    try:
        return date(year, month, day), None
    except ValueError:
        return None, "date_bad"


def _year(year: int, today: date) -> int:
    if year >= 100:
        return year
    full = today.year // 100 * 100 + year
    return full if full <= today.year + 10 else full - 100
