"""Reading parts of a data file with every fault collected: where, what, which value, nearest known key."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from compliance.errors import Fault


class Reader:
    """Reads values of parsed TOML; a wrong one leaves a fault and a harmless stand-in."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.faults: list[Fault] = []

    def fault(self, where: str, code: str, value: str = "", nearest: str = "") -> None:
        """Note one fault at key path ``where``."""
        self.faults.append(Fault(f"{self.name}: {where}" if where else self.name, code, value, nearest))

    def known(self, table: Mapping[str, Any], where: str, *keys: str) -> None:
        """Every key of ``table`` must be one of ``keys``."""
        for key in table:
            if key not in keys:
                self.fault(_path(where, key), "unknown_key", key, next(iter(get_close_matches(key, keys, 1)), ""))

    def text(self, table: Mapping[str, Any], key: str, where: str, *, optional: bool = False) -> str:
        """One line of text without space around it; "" only where ``optional``."""
        value = table.get(key, "")
        if not isinstance(value, str):
            self.fault(_path(where, key), "not_text", type(value).__name__)
            return ""
        if not value.strip() and not optional:
            self.fault(_path(where, key), "missing")
        return value.strip()

    def words(self, table: Mapping[str, Any], key: str, where: str) -> str:
        """Words that may be empty: an empty slot is a gap, not a fault of reading."""
        value = table.get(key, "")
        if not isinstance(value, str):
            self.fault(_path(where, key), "not_text", type(value).__name__)
            return ""
        return value.strip()

    def both(self, table: Mapping[str, Any], key: str, where: str) -> tuple[str, str]:
        """Chinese and English words of ``key``."""
        pair = table.get(key, {})
        if not isinstance(pair, Mapping):
            self.fault(_path(where, key), "not_two_languages", type(pair).__name__)
            return "", ""
        inner = _path(where, key)
        self.known(pair, inner, "zh", "en")
        return self.words(pair, "zh", inner), self.words(pair, "en", inner)

    def number(self, table: Mapping[str, Any], key: str, where: str) -> int:
        """A whole number from 0; missing counts as 0, which the gaps name."""
        value = table.get(key, 0)
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            self.fault(_path(where, key), "not_a_number", str(value))
            return 0
        return value

    def flag(self, table: Mapping[str, Any], key: str, where: str) -> bool:
        """true or false; must be said."""
        value = table.get(key)
        if not isinstance(value, bool):
            self.fault(_path(where, key), "not_true_or_false", str(value))
            return False
        return value

    def names(self, table: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
        """A list of different names."""
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(x, str) for x in value):
            self.fault(_path(where, key), "not_a_list_of_names")
            return ()
        self.unique(value, where, key)
        return tuple(value)

    def choice(self, table: Mapping[str, Any], key: str, where: str, allowed: Sequence[str]) -> str:
        """One of ``allowed``; "" after a fault."""
        value = self.text(table, key, where)
        if value and value not in allowed:
            self.fault(_path(where, key), "not_allowed", value, next(iter(get_close_matches(value, allowed, 1)), ""))
            return ""
        return value

    def tables(self, table: Mapping[str, Any], key: str, where: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """(path, table) of an array of tables."""
        value = table.get(key, [])
        if not isinstance(value, list):
            self.fault(_path(where, key), "not_a_list")
            return
        for number, entry in enumerate(value, 1):
            path = f"{_path(where, key)}[{number}]"
            if isinstance(entry, Mapping):
                yield path, entry
            else:
                self.fault(path, "not_a_table", type(entry).__name__)

    def unique(self, values: Sequence[str], where: str, key: str) -> None:
        """No value may stand twice."""
        for value in sorted({v for v in values if v and values.count(v) > 1}):
            self.fault(_path(where, key), "stands_twice", value)


def _path(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key
