"""A scope as SQL: the people of scope_people.py, and when each of their columns can be read.

Rules: (1) a column that is hidden from this reader for this person reads as NULL; (2) what is the same for everybody is
settled before the statement is made, so that a list costs one more look per person, not one per cell; (3) a value shows
by its class, by the number of its source, and until its retention ends (PIPL 47); all of it is bound, as there.
"""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime

from compliance.vault.engine.times import micros
from compliance.vault.lists.list_scope import BIT, COLUMNS, PUBLIC, ListScope, Sql
from compliance.vault.lists.scope_people import MARK, SET, PeopleSql
from compliance.vault.people.relations import NOBODY, Over


class ScopeSql:
    """A scope over ``shown s`` and ``idx.indexed i``: what to join, what to ask, and when a column can be read."""

    def __init__(self, scope: ListScope, *, number: Callable[[str], int | None], at: datetime) -> None:
        self._scope, self._people = scope, PeopleSql(scope, number=number, at=at)
        self.number, self.at, self.rules = number, at, scope.rules
        self.bits = scope.classes()
        self._when = {key: self._shown(key) for key in COLUMNS}

    @property
    def join(self) -> Sql:
        """People who are opened, with their bits."""
        return self._people.join

    @property
    def where(self) -> list[Sql]:
        """Conditions on the person, joined by AND."""
        named = [self.visible("full_name")] if self._scope.named_only else []
        return [*self._people.where, *named]

    @property
    def extremes(self) -> str:
        """Least and most bits among people found: where they are the same, one class is listed."""
        return "NULL, NULL" if self._scope.opened is None else "min(k.bits), max(k.bits)"

    def of_one_class(self, bits: int) -> "ScopeSql":
        """The same scope among people who are all of the class of ``bits``."""
        alike = copy(self)
        alike.bits = {bits}
        alike._when = {key: alike._shown(key) for key in COLUMNS}
        return alike

    @property
    def apart(self) -> str:
        """Whether a row has a value from another source than its name."""
        return " OR ".join(f"i.from_{column} IS NOT NULL" for column in COLUMNS.values() if column != "name")

    def settled(self, key: str, *, shows: bool, apart: bool = True) -> "ScopeSql":
        """The same scope among people who all show the column, or all do not. What was asked of it and holds for
        another column too is not asked again, not even of its source where no row has one ``apart``."""
        alike, known = copy(self), self._when[key]
        alike._when = {
            other: self._follows(when, known, apart) if shows and other != key and known.ways else when
            for other, when in self._when.items()
        }
        alike._when[key] = _ALWAYS if shows else _NEVER
        return alike

    def _follows(self, when: "_When", known: "_When", apart: bool) -> "_When":
        """What is left to ask of a column of people for whom ``known`` holds. What every class of theirs shows needs no
        look at the class."""
        left = _settled(when, known, apart)
        among = known.ways[0][0] if len(known.ways) == 1 else 0
        same = among and all(bits & left.bit for bits in self.bits if bits is not None and bits & among)
        return replace(left, bit=0) if same else left

    def visible(self, key: str) -> Sql:
        """When the column of ``key`` can be read: "1" always, "0" never."""
        when, column = self._when[key], COLUMNS[key]
        ways = []
        for bit, sources in when.ways:
            known, values = self._from(column, sources)
            ways.append((_both(f"k.bits & {bit}", known) if bit else known, values))
        text, values = _any_of(ways)
        if text != "0" and when.doubt:
            doubted, numbers = self._from(column, self._scope.doubtful)
            text = _both(text, f"(s.created_at < ? AND {doubted}) IS NOT TRUE")
            values = [*values, micros(when.doubt), *numbers]
        if text not in ("0", "1") and when.like_name:  # one source for the whole row, as an import leaves it
            text = f"(i.from_{column} IS NULL OR {text})"
        if text != "0" and when.ended:
            over, numbers = when.ended.asked(self._people.marked)
            text, values = _both(text, f"{over} IS NOT TRUE"), [*values, *numbers]
        if text != "0" and when.bit:
            text = _both(f"k.bits & {when.bit}", text)
        return text, values

    def readable(self, key: str, *, numbered: bool = False) -> Sql:
        """The column, NULL where it is hidden. ``numbered``: of places their number instead of their text."""
        when, values = self.visible(key)
        column = f"i.{COLUMNS[key]}{'_no' if numbered and key != 'full_name' else ''}"
        if when in ("0", "1"):
            return (column if when == "1" else "NULL"), []
        return f"CASE WHEN {when} THEN {column} END", values

    def _shown(self, key: str) -> "_When":
        """When a column shows and is not past its end. Rule 2: what all classes agree on needs no condition."""
        scope = self._scope
        ways = []
        for bit, sources in (
            (BIT[key], scope.sources.get(key)),
            (BIT[key] << PUBLIC, scope.public_sources.get(key)),
        ):
            with_it = [bits for bits in self.bits if bits is not None and bits & bit]
            if with_it and (sources is None or sources):
                same = scope.opened is None or len(with_it) == len(self.bits - {None})
                ways.append((0 if same else bit, sources))
        if (0, None) in ways:
            ways = [(0, None)]
        return _When(
            tuple(ways),
            ended=scope.ended.get(key, NOBODY),
            doubt=scope.doubt_from if scope.doubtful else None,
        )

    def _from(self, column: str, sources: frozenset[int] | None) -> Sql:
        """Whether the value in a column comes from one of ``sources``; the name's own where the column says none."""
        if sources is None:
            return "1", []
        number = "i.from_name" if column == "name" else f"coalesce(i.from_{column}, i.from_name)"
        return f"{MARK.format(number)} = {SET}", [self._people.marked(sources)]


@dataclass(frozen=True, slots=True)
class _When:
    """When a column shows: by one of ``ways``, each a bit of the class (0: of all) and the sources that pass (None:
    any); of nobody whose relation ``ended``, and from no doubtful source of people recorded before ``doubt``.
    ``like_name``: what comes from the name's own source shows, as the name does; ``bit`` is asked besides."""

    ways: tuple[tuple[int, frozenset[int] | None], ...]
    ended: Over = NOBODY
    doubt: datetime | None = None
    like_name: bool = False
    bit: int = 0


_ALWAYS, _NEVER = _When(((0, None),)), _When(())


def _settled(when: _When, known: _When, apart: bool) -> _When:
    """What is left to ask of a column of people whose name shows."""
    ended = NOBODY if when.ended == known.ended else when.ended
    if len(when.ways) == len(known.ways) == 1 and when.ways[0][1] == known.ways[0][1]:
        bit, sources = when.ways[0]
        if not apart:
            return replace(_ALWAYS, bit=bit, ended=ended)
        return replace(when, ways=((0, sources),), bit=bit, like_name=True, ended=ended)
    return replace(when, ended=ended)


def _any_of(ways: Sequence[Sql]) -> Sql:
    if not ways:
        return "0", []
    if any(text == "1" for text, _ in ways):
        return "1", []
    return f"({' OR '.join(text for text, _ in ways)})", [value for _, values in ways for value in values]


def _both(first: str, second: str) -> str:
    return first if second == "1" else second if second == "0" else f"({first} AND {second})"
