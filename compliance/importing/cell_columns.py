"""Columns of a list of people, read many rows at a time: cells → what is kept, texts of roles, codes.

Rules: (1) a list says the same again and again, so a column remembers what it made of a text, except where hardly any
text comes twice (names, numbers); (2) only texts are remembered: 1, 1.0 and TRUE of a spreadsheet are equal to Python
and not the same to us; (3) what is remembered is bounded; (4) of two columns that fill one field the first counts.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, repeat
from typing import Any

from compliance.importing.cells import clean
from compliance.importing.fields import Handler, handler
from compliance.importing.mapping import ColumnPlan
from compliance.importing.words import table

#: Columns in which hardly any text comes twice.
ALL_DIFFERENT = frozenset({
    "full_name", "mobile_phone", "work_email", "practice_licence_no", "source_id", "id_doc_no", "bank_account_no",
    "source_system_ids", "channel_account_ids",
})  # fmt: skip
_ROLES = frozenset(table("headers")["people"]["roles"])
#: Texts a column remembers at most.
_MOST_KNOWN = 20_000

#: The text of a role, pairs to keep, (field, code) of what is wrong.
_Cell = tuple[str, tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]
_EMPTY: _Cell = ("", (), ())

#: Values by field, texts by role, codes in the order of the columns, raw texts of cells with a code.
Said = tuple[dict[str, str], dict[str, str], list[tuple[str, str]], dict[str, str]]


class PeopleColumns:
    """The columns of one file that are read."""

    def __init__(self, plan: ColumnPlan, *, keep_raw: bool) -> None:
        self._columns = [_Column(place, column.target) for place, column in plan.used]
        self._keep_raw = keep_raw
        self.roles = tuple(column.target for column in self._columns if column.is_role)

    def read(self, rows: Sequence[Sequence[Any]]) -> Iterator[Said]:
        """What each row says, cell by cell."""
        kept: list[Iterable[Any]] = []
        texts: list[Iterable[str]] = []
        coded: list[Iterable[Any]] = []
        faulty: list[tuple[_Column, list[_Cell]]] = []
        for column in self._columns:
            said = column.read(rows)
            if column.is_role:
                texts.append([cell[0] for cell in said])
            else:
                kept.append([cell[1] for cell in said])
            codes = [cell[2] for cell in said]
            if any(codes):
                coded.append(codes)
                faulty.append((column, said))
        kept.reverse()  # of two pairs of one field a dict keeps the last
        none: Iterable[tuple[Any, ...]] = repeat(())
        values = map(chain.from_iterable, zip(*kept, strict=True) if kept else none)
        by_role = zip(*texts, strict=True) if texts else none
        codes_of = map(chain.from_iterable, zip(*coded, strict=True) if coded else none)
        for place, (pairs, spoken, found) in enumerate(zip(values, by_role, codes_of, strict=False)):
            if place >= len(rows):
                return
            raw = self._raw(rows[place], place, faulty) if self._keep_raw else {}
            yield dict(pairs), dict(zip(self.roles, spoken, strict=True)), list(found), raw

    @staticmethod
    def _raw(cells: Sequence[Any], place: int, faulty: list[tuple["_Column", list[_Cell]]]) -> dict[str, str]:
        return {column.target: str(cells[column.place])[:200] for column, said in faulty if said[place][2]}


class _Column:
    """One column."""

    def __init__(self, place: int, target: str) -> None:
        self.place, self.target = place, target
        self.is_role = target in _ROLES or target.startswith("consent:")
        self._handle = None if self.is_role else handler(target)
        self._known = None if target in ALL_DIFFERENT else _Known(target, self._handle)

    def read(self, rows: Sequence[Sequence[Any]]) -> list[_Cell]:
        """What each cell says."""
        place, known = self.place, self._known
        cells = [row[place] if place < len(row) else "" for row in rows]
        if known is None:
            return [_read(self.target, self._handle, cell) if cell != "" else _EMPTY for cell in cells]
        if len(known) > _MOST_KNOWN:
            known.clear()
        if set(map(type, cells)) == {str}:
            return list(map(known.__getitem__, cells))
        return [known[cell] if type(cell) is str else _read(self.target, self._handle, cell) for cell in cells]


class _Known(dict[str, _Cell]):
    """What a column made of texts before."""

    def __init__(self, target: str, handle: Handler | None) -> None:
        super().__init__()
        self._target, self._handle = target, handle

    def __missing__(self, cell: str) -> _Cell:
        found = self[cell] = _read(self._target, self._handle, cell)
        return found


def _read(target: str, handle: Handler | None, cell: Any) -> _Cell:
    text, fault = clean(cell)
    if fault:
        return "", (), ((target, fault),)
    if not text or handle is None:
        return text, (), ()
    kept, codes = handle(text)
    return "", kept, tuple([(target, code) for code in codes])
