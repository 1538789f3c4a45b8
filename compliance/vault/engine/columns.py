"""Columns: many values of one kind side by side, and the form in which they cross between processes.

Rules: (1) numbers cross as eight bytes each, texts joined by a control character that no checked text holds, blobs one
behind the other; a text that holds it, or a column that is too short, is an error; (2) nothing is ever unpickled; (3)
:data:`NOTHING` and "" stand for NULL in columns that may hold one: None is what the driver binds slowest.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

from compliance.errors import VaultError

#: NULL in a column of numbers.
NOTHING = -(1 << 63)
_BETWEEN = "\x1f"
_LENGTH = 4


@dataclass(frozen=True, slots=True)
class Fixed:
    """A column of one value in every row."""

    value: str | int | bytes


#: A column of blobs of no length: what it stands for is worked out (Table.of).
EMPTY = Fixed(b"")


@dataclass(frozen=True, slots=True)
class Maybe:
    """A column in which ``nothing`` (NOTHING, or "" among texts) stands for NULL."""

    values: Sequence[Any]
    nothing: str | int = NOTHING

    def __iter__(self) -> Iterator[Any]:
        return (None if value == self.nothing else value for value in self.values)


Column = Sequence[Any] | Fixed | Maybe


def spread(names: Sequence[str], shapes: dict[int, Sequence[Any]], which: Sequence[int]) -> dict[str, Column]:
    """The columns of rows that are ``shapes[number]`` for each number of ``which``; a column of NULLs is left out."""
    found: dict[str, Column] = {}
    for place, name in enumerate(names):
        of = {number: shape[place] for number, shape in shapes.items()}
        kinds = set(of.values())
        if len(kinds) == 1:
            (only,) = kinds
            if only is not None:
                found[name] = Fixed(only)
        elif None in kinds:
            nothing: str | int = "" if any(isinstance(kind, str) for kind in kinds) else NOTHING
            of = {number: nothing if value is None else value for number, value in of.items()}
            found[name] = Maybe(list(map(of.__getitem__, which)), nothing)
        else:
            found[name] = list(map(of.__getitem__, which))
    return found


def insertion(table: str, columns: Mapping[str, Column]) -> tuple[str, Iterator[tuple[Any, ...]]]:
    """INSERT and what to bind for each row: what is the same in every row stands in the statement, because each bound
    value costs more than the whole of it. One column at least is not the same."""
    names, marks, bound = [], [], []
    for name, column in columns.items():
        mark, values = "?", column
        if isinstance(column, Fixed):
            mark, values = _literal(column.value), ()
        elif isinstance(column, Maybe):
            values, missing = column.values, column.values.count(column.nothing)
            if missing == len(values):
                continue
            if missing:
                mark = f"nullif(?, {_literal(column.nothing)})"
        if not isinstance(column, Fixed):
            bound.append(values)
        names.append(name)
        marks.append(mark)
    statement = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join(marks)})"  # noqa: S608 - see _literal
    return statement, zip(*bound, strict=True)


def _literal(value: str | int | bytes) -> str:
    """SQL of a value: a number, a blob, or a quoted text. VaultError ``bad_text`` for a text SQL cannot hold."""
    if isinstance(value, str):
        if "\0" in value:
            raise VaultError("bad_text")
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, bytes):
        return f"x'{value.hex()}'"
    return str(int(value))


class Packer:
    """Blocks of bytes, and their lengths in front."""

    def __init__(self) -> None:
        self._blocks: list[bytes] = []

    def raw(self, block: bytes) -> None:
        """One block as it is."""
        self._blocks.append(block)

    def numbers(self, column: Iterable[int]) -> None:
        """A column of numbers of 64 bits."""
        self._blocks.append(array("q", column).tobytes())

    def texts(self, column: Iterable[str]) -> None:
        """A column of texts."""
        self._blocks.append(_BETWEEN.join(column).encode())

    def blobs(self, column: Sequence[bytes]) -> None:
        """A column of blobs."""
        self.numbers(map(len, column))
        self._blocks.append(b"".join(column))

    def message(self) -> bytes:
        """Everything packed."""
        lengths = array("q", map(len, self._blocks)).tobytes()
        return b"".join((len(self._blocks).to_bytes(_LENGTH), lengths, *self._blocks))


class Unpacker:
    """Inverse of :class:`Packer`, asked in the same order. ValueError or IndexError for anything else."""

    def __init__(self, message: bytes) -> None:
        count = int.from_bytes(message[:_LENGTH])
        begin = _LENGTH + 8 * count
        ends = list(accumulate(_numbers(message[_LENGTH:begin]), initial=begin))
        if ends[-1] != len(message) or any(a > b for a, b in pairwise(ends)):
            raise ValueError("not a message of blocks")
        self._spans = pairwise(ends)
        self._message = message

    def raw(self) -> bytes:
        """One block."""
        for begin, end in self._spans:
            return self._message[begin:end]
        raise ValueError("no block left")

    def numbers(self, count: int) -> list[int]:
        """A column of ``count`` numbers."""
        return _counted(_numbers(self.raw()), count)

    def texts(self, count: int) -> list[str]:
        """A column of ``count`` texts."""
        text = self.raw().decode()
        return _counted(text.split(_BETWEEN) if count else [], count)

    def blobs(self, count: int) -> list[bytearray]:
        """A column of ``count`` blobs, as the driver binds them fastest."""
        ends = list(accumulate(self.numbers(count), initial=0))
        joined = bytearray(self.raw())
        if ends[-1] != len(joined) or any(a > b for a, b in pairwise(ends)):
            raise ValueError("not a column of blobs")
        return [joined[begin:end] for begin, end in pairwise(ends)]

    def finish(self) -> None:
        """ValueError when something is left."""
        if next(self._spans, None) is not None:
            raise ValueError("blocks left")


def _numbers(block: bytes) -> list[int]:
    found = array("q")
    found.frombytes(block)
    return found.tolist()


def _counted(column: list[Any], count: int) -> list[Any]:
    if len(column) != count:
        raise ValueError("a column of another length")
    return column
