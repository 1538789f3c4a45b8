"""Tables of ``index.db`` and how a person is written into them and taken out.

``person`` holds the listed columns, places as numbers (places.py); ``indexed`` shows them as text. ``grams`` is the
full-text table: it keeps tokens alone, not what they were made of, and erases at once (``secure-delete``). ``blind``
leads from identifiers to people. Rules: (1) a person is taken out by making the same tokens again, so whatever they are
made of is in the row, and an index made by other code or other tables of characters is made anew (:func:`version`); (2)
a person's tags are found by their first bits, which are in the row (``near``); (3) what is written in one call is
written in order of the keys, so that a page is met once; (4) a token is never taken from a person and given back in one
breath: the full-text table of SQLite 3.53 loses its neighbours then, with ``detail=none`` and ``secure-delete``; and
each is given once, because the table counts them.
"""

from collections.abc import Iterable
from functools import cache
from hashlib import sha256

from compliance.resources import read_text
from compliance.vault.engine.connection import Connection
from compliance.vault.lists import places
from compliance.vault.lists.index_rows import SHORT, IndexColumns, parts_again
from compliance.vault.lists.name_tokens import FORM, tokens
from compliance.vault.lists.places import COLUMNS, Places, token

SCHEMA = "idx"
#: A token everybody has.
EVERYBODY = "p"
#: Bits of a tag, and those of them that stand in the row: three or four tags make a number.
_BITS, _NEAR = 4 * SHORT, 15
#: Bytes of tokens that wait in memory before they are written as a segment.
_WAITING = 8 * 1024 * 1024


def ddl(schema: str) -> tuple[str, ...]:
    """Statements that make the index in an attached file."""
    shown = ", ".join(f"(SELECT text FROM place WHERE no = p.{column}) AS {column}" for column in COLUMNS)  # noqa: S608
    numbers = ", ".join(f"p.{column} AS {column}_no" for column in COLUMNS)
    return (
        f"CREATE TABLE {schema}.person (hcp INTEGER PRIMARY KEY, name TEXT NOT NULL, usual TEXT, sort TEXT NOT NULL,"
        " rarer TEXT, hospital INTEGER NOT NULL, department INTEGER NOT NULL, title INTEGER NOT NULL,"
        " region INTEGER NOT NULL, near, from_name INTEGER, from_hospital INTEGER, from_department INTEGER,"
        " from_title INTEGER, from_region INTEGER)",
        f"CREATE INDEX {schema}.person_sort ON person(sort)",
        *(statement.format(schema=schema) for statement in places.DDL),
        f"CREATE VIEW {schema}.indexed AS SELECT p.hcp, p.name, coalesce(p.usual, p.name) AS plain, p.sort, {shown},"  # noqa: S608
        f" {numbers}, p.from_name, p.from_hospital, p.from_department, p.from_title, p.from_region FROM person p",
        f"CREATE TABLE {schema}.kind (no INTEGER PRIMARY KEY, kind TEXT NOT NULL UNIQUE)",
        f"CREATE TABLE {schema}.blind (tag INTEGER NOT NULL, hcp INTEGER NOT NULL, kind INTEGER NOT NULL,"
        " PRIMARY KEY (tag, hcp)) WITHOUT ROWID",
        f"CREATE VIRTUAL TABLE {schema}.grams USING fts5(t, tokenize='ascii', content='', detail='none', columnsize=0)",
        f"INSERT INTO {schema}.grams(grams, rank) VALUES('secure-delete', 1)",
        f"INSERT INTO {schema}.grams(grams, rank) VALUES('hashsize', {_WAITING})",
        f"CREATE TABLE {schema}.index_meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID",
        f"INSERT INTO {schema}.index_meta (key, value) VALUES ('generation', 0), ('version', '{version()}')",  # noqa: S608
    )


@cache
def version() -> str:
    """Of the tables and of everything tokens are made of."""
    made_of = "".join(read_text("pinyin", name) for name in ("simplified.txt", "readings.txt"))
    return f"{FORM}.{sha256(made_of.encode()).hexdigest()[:12]}"


class IndexTables:
    """The tables inside one transaction."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self._kinds: dict[str, int] = {}
        self._removed: set[int] = set()
        self.places = Places(db)

    def insert(self, c: IndexColumns) -> None:
        """New people."""
        if not self._removed.isdisjoint(c.hcp):
            self._db.execute(_FLUSH)  # rule 4
            self._removed.clear()
        self._db.many(_INSERT_GRAMS, self._write(c))

    def put(self, c: IndexColumns) -> None:
        """One person, new or in place of what was there."""
        hcp = c.hcp[0]
        before = self._take_out(hcp)
        if before is None:
            self.insert(c)
            return
        after = self._write(c)[0][1].split(" ")
        self._db.execute(_DELETE_GRAMS, (hcp, " ".join(set(before).difference(after))))  # rule 4
        self._db.execute(_INSERT_GRAMS, (hcp, " ".join(set(after).difference(before))))

    def remove(self, hcp: int) -> None:
        """Take a person out."""
        gone = self._take_out(hcp)
        if gone is not None:
            self._db.execute(_DELETE_GRAMS, (hcp, " ".join(gone)))
            self._removed.add(hcp)

    def _write(self, c: IndexColumns) -> list[tuple[int, str]]:
        """Everything but the tokens, which are given back."""
        near: dict[int, int] = {}
        has: dict[int, int] = {}
        tags = sorted(set(zip(c.tag, c.tag_of, map(self._kind_numbers(c.kind).__getitem__, c.kind), strict=True)))
        for tag, hcp, no in tags:
            near[hcp] = near.get(hcp, 1) << _NEAR | tag >> _BITS - _NEAR
            has[hcp] = has.get(hcp, 0) | 1 << no
        known = self.places.numbers(_places(c))
        columns = [[known[0, *place] for place in zip(c.hospital, c.aliases, strict=True)]]
        for column, texts in enumerate((c.department, c.title, c.region), 1):
            numbers = {text: known[column, text, ""] for text in set(texts)}
            columns.append([numbers[text] for text in texts])
        said = {kinds: _kind_tokens(kinds) for kinds in {*has.values(), 0}}
        grams = [
            (hcp, f"{own} h{h} h{d} h{e} h{g}{said[has.get(hcp, 0)]} {EVERYBODY}")
            for hcp, own, h, d, e, g in zip(c.hcp, c.tokens, *columns, strict=True)
        ]
        nears = [_stored(near.get(hcp, 0)) for hcp in c.hcp]
        self._db.many(
            _INSERT_PERSON, zip(c.hcp, c.name, c.usual, c.sort, c.rarer, *columns, nears, c.source, strict=True)
        )
        if c.apart:
            self._db.many(_SET_SOURCES, c.apart)
        self._db.many(_INSERT_BLIND, tags)
        return grams

    def _take_out(self, hcp: int) -> list[str] | None:
        """Everything but the tokens, which are given back; None for nobody. Rules 1 and 2."""
        row = self._db.one(_PERSON, (hcp,))
        if row is None:
            return None
        name, usual, sort, rarer, near, *numbers = row
        tags = self.tags(hcp, near)
        self._db.many(_DELETE_BLIND, [(tag, hcp) for tag, _ in tags])
        self._db.execute(_DELETE_PERSON, (hcp,))
        self.places.loosen(numbers)
        own = tokens(usual or name, parts_again(sort, rarer or ""))
        kinds = {f"k{no}": None for _, no in tags}
        return [*own, *map(token, numbers), *kinds, EVERYBODY]

    def tags(self, hcp: int, near: int | bytes | None = None) -> list[tuple[int, int]]:
        """(tag, number of its kind) of a person."""
        if near is None:
            near = self._db.value("SELECT near FROM idx.person WHERE hcp = ?", (hcp,)) or 0
        begins = near if isinstance(near, int) else int.from_bytes(near)
        found: set[tuple[int, int]] = set()
        while begins > 1:
            first = (begins & (1 << _NEAR) - 1) << _BITS - _NEAR
            found.update(self._db.execute(_TAGS_NEAR, (first, first + (1 << _BITS - _NEAR) - 1, hcp)))
            begins >>= _NEAR
        return sorted(found)

    def kind_no(self, kind: str) -> int:
        """Number of a kind of identifier; 0 for one nobody has."""
        return int(self._db.value("SELECT no FROM idx.kind WHERE kind = ?", (kind,)) or 0)

    def _kind_numbers(self, kinds: Iterable[str]) -> dict[str, int]:
        """Number of each kind, new ones included."""
        for kind in sorted(set(kinds) - self._kinds.keys()):
            no = self.kind_no(kind)
            if not no:
                no = int(self._db.value("SELECT coalesce(max(no), 0) + 1 FROM idx.kind"))
                self._db.execute("INSERT INTO idx.kind (no, kind) VALUES (?, ?)", (no, kind))
            self._kinds[kind] = no
        return self._kinds


def _places(c: IndexColumns) -> set[places.Place]:
    found = {(0, text, aliases) for text, aliases in set(zip(c.hospital, c.aliases, strict=True))}
    for column, texts in enumerate((c.department, c.title, c.region), 1):
        found.update((column, text, "") for text in set(texts))
    return found


def _kind_tokens(kinds: int) -> str:
    """Tokens of kinds of identifiers, each a bit."""
    return "".join(f" k{no}" for no in range(kinds.bit_length()) if kinds >> no & 1)


def _stored(near: int) -> int | bytearray:
    """First bits of tags behind a one, as a number while it fits; 0 of none."""
    return near if near < 1 << 62 else bytearray(near.to_bytes((near.bit_length() + 7) // 8))


def generation(connection: Connection) -> int:
    """Counter of committed changes in the index file."""
    return int(connection.value("SELECT value FROM idx.index_meta WHERE key = 'generation'") or 0)


def doubt(connection: Connection) -> None:
    """The index is to be made anew at the next unlock. In a writing transaction."""
    connection.execute("INSERT OR REPLACE INTO idx.index_meta (key, value) VALUES ('doubted', 1)")


def doubted(connection: Connection) -> bool:
    """Whether it is."""
    return bool(connection.value("SELECT value FROM idx.index_meta WHERE key = 'doubted'"))


def clear(connection: Connection) -> None:
    """Empty every table of the index in the running transaction."""
    connection.execute("DELETE FROM idx.index_meta WHERE key = 'doubted'")
    for table in ("grams", "place_grams"):
        connection.execute(f"INSERT INTO idx.{table}({table}) VALUES('delete-all')")
    for table in ("person", "blind", "kind"):
        connection.execute(f"DELETE FROM idx.{table}")  # noqa: S608 - constants
    connection.execute("DELETE FROM idx.place WHERE no >= ?", (len(COLUMNS),))


_INSERT_PERSON = (
    "INSERT INTO idx.person (hcp, name, usual, sort, rarer, hospital, department, title, region, near, from_name)"
    " VALUES (?, ?, nullif(?, ''), ?, nullif(?, ''), ?, ?, ?, ?, nullif(?, 0), nullif(?, 0))"
)
_SET_SOURCES = (
    "UPDATE idx.person SET from_hospital = ?, from_department = ?, from_title = ?, from_region = ? WHERE hcp = ?"
)
_INSERT_GRAMS = "INSERT INTO idx.grams (rowid, t) VALUES (?, ?)"
_FLUSH = "INSERT INTO idx.grams (grams) VALUES ('flush')"
_DELETE_GRAMS = "INSERT INTO idx.grams (grams, rowid, t) VALUES ('delete', ?, ?)"
_INSERT_BLIND = "INSERT INTO idx.blind (tag, hcp, kind) VALUES (?, ?, ?)"
_DELETE_BLIND = "DELETE FROM idx.blind WHERE tag = ? AND hcp = ?"
_TAGS_NEAR = "SELECT tag, kind FROM idx.blind WHERE tag BETWEEN ? AND ? AND hcp = ?"
_PERSON = f"SELECT name, usual, sort, rarer, near, {', '.join(COLUMNS)} FROM idx.person WHERE hcp = ?"  # noqa: S608
_DELETE_PERSON = "DELETE FROM idx.person WHERE hcp = ?"
