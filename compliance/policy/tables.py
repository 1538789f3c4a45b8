"""Strict reading of one parsed TOML table: every wrong, missing or unknown key becomes a fault, none stops the reading.

Rules: (1) a key nobody asked for is a fault with its nearest known match; (2) a wrong type is a fault, never a guess;
(3) faults carry file and key path (``grants/visit.toml: version[0].from``) so that a lawyer finds the line.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from difflib import get_close_matches
from typing import Any

from compliance.errors import Fault
from compliance.policy.catalogue import Words

_FIRST_YEAR, _LAST_YEAR = 1900, 9000


class Table:
    """A mapping that remembers where it stands and which of its keys were asked for."""

    def __init__(self, data: object, where: str, faults: list[Fault]) -> None:
        self.where, self._faults, self._asked = where, faults, set[str]()
        if isinstance(data, Mapping):
            self._data: Mapping[str, Any] = data
        else:
            self._data = {}
            self.fault("", "wrong_type", str(data), "table")

    def fault(self, key: str, code: str, value: object = "", nearest: str = "") -> None:
        """Notes a fault at ``key`` of this table."""
        self._faults.append(Fault(self.path(key), code, str(value), nearest))

    def path(self, key: str) -> str:
        """``file: a.b`` of a key."""
        if not key:
            return self.where
        joint = "" if self.where.endswith(": ") else "." if ": " in self.where else ": "
        return f"{self.where}{joint}{key}"

    def names(self) -> list[str]:
        """Keys in the order of the file; all count as asked for."""
        self._asked.update(self._data)
        return list(self._data)

    def has(self, key: str) -> bool:
        """Whether an optional key stands here."""
        self._asked.add(key)
        return key in self._data

    def empty(self, key: str) -> bool:
        """Whether a list stands here that holds nothing."""
        return self._data.get(key) == []

    def text(self, key: str, *, default: str | None = None) -> str:
        """A text; missing without a default is a fault."""
        return str(self._get(key, str, default, ""))

    def flag(self, key: str) -> bool:
        """true or false, never left out."""
        return bool(self._get(key, bool, None, False))

    def number(self, key: str) -> int:
        """A whole number; booleans are none."""
        value = self._get(key, int, None, 0)
        if isinstance(value, bool):
            self.fault(key, "wrong_type", value, "int")
            return 0
        return int(value)

    def day(self, key: str, *, optional: bool = False) -> date | None:
        """A TOML date (a text that looks like one is not)."""
        self._asked.add(key)
        value = self._data.get(key)
        if value is None:
            if not optional:
                self.fault(key, "missing_key")
            return None
        if isinstance(value, datetime) or not isinstance(value, date):
            self.fault(key, "bad_date", value, "2021-11-01")
            return None
        if not _FIRST_YEAR <= value.year <= _LAST_YEAR:  # its midnight in Shanghai need not be an instant at all
            self.fault(key, "bad_date", value, "2021-11-01")
            return None
        return value

    def texts(self, key: str, *, default: tuple[str, ...] | None = None) -> tuple[str, ...]:
        """A list of texts without repetition."""
        value = self._get(key, list, list(default) if default is not None else None, [])
        out: list[str] = []
        for index, entry in enumerate(value):
            if not isinstance(entry, str):
                self.fault(f"{key}[{index}]", "wrong_type", entry, "text")
            elif entry in out:
                self.fault(f"{key}[{index}]", "duplicate", entry)
            else:
                out.append(entry)
        return tuple(out)

    def days(self, key: str) -> tuple[date, ...]:
        """A list of TOML dates."""
        out: list[date] = []
        for index, entry in enumerate(self._get(key, list, None, [])):
            if isinstance(entry, datetime) or not isinstance(entry, date):
                self.fault(f"{key}[{index}]", "bad_date", entry, "2021-11-01")
            else:
                out.append(entry)
        return tuple(out)

    def words(self, key: str) -> Words:
        """``{ zh = "…", en = "…" }``, both there and not empty."""
        table = self.table(key)
        words = Words(zh=table.text("zh"), en=table.text("en"))
        for lang in ("zh", "en"):
            if not getattr(words, lang).strip() and table.has(lang):
                table.fault(lang, "empty")
        table.done()
        return words

    def table(self, key: str) -> "Table":
        """A table inside this one; missing is a fault and reads as empty."""
        self._asked.add(key)
        if key not in self._data:
            self.fault(key, "missing_key")
            return Table({}, self.path(key), [])
        return Table(self._data[key], self.path(key), self._faults)

    def tables(self, key: str) -> list["Table"]:
        """A list of tables (``[[key]]``)."""
        value = self._get(key, list, None, [])
        return [Table(entry, f"{self.path(key)}[{index}]", self._faults) for index, entry in enumerate(value)]

    def one_of(self, key: str, allowed: Iterable[str], code: str, *, default: str | None = None) -> str | None:
        """A text of a closed set; another one is a fault ``code`` with the nearest allowed."""
        before = len(self._faults)
        value = self.text(key, default=default)
        return value if len(self._faults) == before and self.check(key, value, allowed, code) else None

    def check(self, key: str, value: str, allowed: Iterable[str], code: str) -> bool:
        """Whether ``value`` is of the closed set; otherwise a fault. ``*`` is told apart: no wildcards."""
        known = list(allowed)
        if value in known:
            return True
        self.fault(key, "wildcard" if "*" in value else code, value, nearest(value, known))
        return False

    def done(self) -> None:
        """Every key that nobody asked for is a fault."""
        for key in self._data:
            if key not in self._asked:
                self.fault(key, "unknown_key", key, nearest(key, self._asked))

    def _get(self, key: str, kind: type, default: Any, empty: Any) -> Any:
        self._asked.add(key)
        if key not in self._data:
            if default is None:
                self.fault(key, "missing_key")
                return empty
            return default
        value = self._data[key]
        if not isinstance(value, kind):
            self.fault(key, "wrong_type", value, kind.__name__)
            return empty
        return value


def nearest(value: str, known: Iterable[str]) -> str:
    """The known word closest to ``value``, "" where none is close."""
    return next(iter(get_close_matches(value, list(known), n=1, cutoff=0.5)), "")
