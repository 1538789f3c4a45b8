"""``index.db``: a derived search and list index of the columns a list shows, and blind tags of identifiers.

Rules: (1) it holds listed columns only and can be rebuilt any time; (2) text is searched by single characters, each a
token made of its code point, so that one character, two characters, rare surnames and hospital parts are all found
whatever Unicode tables the library was built with; Latin text matches what a name is typed as (pinyin, initials, any
mixture) from its beginning; (3) a
search runs on what the reader may see: filters, order and totals never depend on a column that is hidden from them
(``list_scope.py``), and beside each column stands the number of its value's provenance, because a source can hide a
value too; (4) the full-text table erases at once (``secure-delete``); (5) identifiers are found by HMAC tags only.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from compliance.errors import VaultError
from compliance.model.access import Block, RecordStatus
from compliance.model.consent import ConsentStatus
from compliance.vault.codes import block_mask
from compliance.vault.connection import Connection
from compliance.vault.index_rows import IndexColumns, IndexRow, Tagger, fold_reading, tokens
from compliance.vault.list_pages import MOST_ON_PAGE, ListPages
from compliance.vault.list_scope import COLUMNS, ListScope, ScopeSql, Sql
from compliance.vault.provenances import Provenances
from compliance.vault.search_terms import Term, term_sql
from compliance.vault.transaction import Transaction

SCHEMA = "idx"
VERSION = 3


def ddl(schema: str) -> tuple[str, ...]:
    """Statements that make the index in an attached file."""
    return (
        f"CREATE TABLE {schema}.indexed (hcp INTEGER PRIMARY KEY, name TEXT NOT NULL, hospital TEXT NOT NULL,"
        " department TEXT NOT NULL, title TEXT NOT NULL, region TEXT NOT NULL, sort TEXT NOT NULL, from_name INTEGER,"
        " from_hospital INTEGER, from_department INTEGER, from_title INTEGER, from_region INTEGER)",
        f"CREATE INDEX {schema}.indexed_sort ON indexed(sort, hcp)",
        f"CREATE TABLE {schema}.blind (kind TEXT NOT NULL, tag BLOB NOT NULL, hcp INTEGER NOT NULL,"
        " PRIMARY KEY (kind, tag, hcp)) WITHOUT ROWID",
        f"CREATE INDEX {schema}.blind_hcp ON blind(hcp)",
        f"CREATE VIRTUAL TABLE {schema}.grams USING fts5(name, hospital, department, typed, later, tokenize='ascii')",
        f"INSERT INTO {schema}.grams(grams, rank) VALUES('secure-delete', 1)",
        f"CREATE TABLE {schema}.index_meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID",
        f"INSERT INTO {schema}.index_meta (key, value) VALUES ('generation', 0), ('version', {VERSION})",  # noqa: S608
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word of a question: ``text`` stands in a column, or the name holds each of ``han`` and may be typed beginning
    with one of ``typed``; ``inside``: also from a later character on."""

    text: str
    typed: tuple[str, ...] = ()
    han: tuple[str, ...] = ()
    inside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """One question: ``words`` must all be found and ``terms`` all hold. ``text`` is for upkeep that knows no grammar:
    its words as they stand. ``scope``: what this reader may list; the default is everybody. ``after``, ``before``: the
    page behind or before a person listed; ``counted`` False: many need not be counted."""

    text: str = ""
    words: tuple[Word, ...] = ()
    terms: tuple[Term, ...] = ()
    at: datetime
    limit: int = 50
    offset: int = 0
    after: str = ""
    before: str = ""
    counted: bool = True
    scope: ListScope = field(default_factory=ListScope)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRow:
    """One hit. A column the reader may not see is ""."""

    hcp_id: str
    name: str
    hospital: str
    department: str
    title: str
    region: str

    def __repr__(self) -> str:
        return f"SearchRow({self.hcp_id})"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """A screenful and how many there are, None: many, not counted. ``more``: others follow it, or come before it where
    the page before somebody was asked for."""

    rows: tuple[SearchRow, ...]
    total: int | None
    more: bool = False

    @property
    def count(self) -> int:
        """How many there are, when that was asked."""
        assert self.total is not None
        return self.total


def plain_words(text: str) -> tuple[Word, ...]:
    """Words as they stand; of several, letters may also begin at a later character of a name ("ruoxi lin")."""
    words = text.split()
    found = []
    for word in words:
        reading = fold_reading(word)
        typed = (reading,) if reading.isascii() and reading.isalpha() else ()
        found.append(Word(text=word, typed=typed, inside=len(words) > 1))
    return tuple(found)


class Index:
    """The index inside one transaction. VaultError ``no_key`` for roles that hold no index."""

    def __init__(self, tx: Transaction, blind_key: bytes | None, provenances: Provenances) -> None:
        self._tx = tx
        self._key = blind_key
        self._provenances = provenances

    def put(self, row: IndexRow) -> None:
        """Index a person anew."""
        hcp = self._tx.number(row.hcp_id)
        self.remove(hcp)
        self.insert_all([(hcp, row)])

    def insert_all(self, rows: Iterable[tuple[int, IndexRow]]) -> None:
        """Index new people by number."""
        tagger, columns = self._tagger(), IndexColumns()
        for hcp, row in rows:
            columns.add(tagger, hcp, row, self._provenances.number)
        self.insert_columns(columns)

    def insert_columns(self, columns: IndexColumns) -> None:
        """Index new people whose rows are made already."""
        self._open()
        self._tx.require_writing()
        c, db = columns, self._tx.db
        db.many(
            _INSERT_ROW,
            zip(c.hcp, c.name, c.hospital, c.department, c.title, c.region, c.source, c.sort, strict=True),
        )
        if c.apart:
            db.many(_SET_SOURCES, c.apart)
        grams = zip(c.hcp, c.name_tokens, c.hospital_tokens, c.department_tokens, c.typed, c.later, strict=True)
        db.many(_INSERT_GRAMS, grams)
        tags = map(bytearray, c.tag)  # the driver binds bytes far slower
        db.many(_INSERT_BLIND, zip(c.kind, tags, c.tag_of, strict=True))
        self._touch()

    def remove(self, hcp: int) -> None:
        """Take a person out by number."""
        self._open()
        db = self._tx.db
        for table, column in (("indexed", "hcp"), ("blind", "hcp"), ("grams", "rowid")):
            db.execute(f"DELETE FROM {SCHEMA}.{table} WHERE {column} = ?", (hcp,))  # noqa: S608 - constants
        self._touch()

    def find(self, kind: str, value: str) -> list[str]:
        """Ids of people with this identifier; staged and erased ones are not among them."""
        rows = self._tx.db.execute(
            f"SELECT DISTINCT s.hcp_id, s.hcp FROM {SCHEMA}.blind b {_LEADS_TO} WHERE b.kind = ? AND b.tag = ?"  # noqa: S608
            " AND s.status <> 'erased' ORDER BY s.hcp",
            (kind, self._tagger().tag(kind, value)),
        )
        return [row[0] for row in rows]

    def find_many(self, kind: str, values: Sequence[str]) -> dict[str, list[str]]:
        """value → ids of people with it, for those that are known."""
        tagger = self._tagger()
        by_tag = {tagger.tag(kind, value): value for value in values if value}
        return {by_tag[tag]: ids for tag, ids in self.find_tags(kind, by_tag).items()}

    def find_tags(self, kind: str, tags: Iterable[bytes]) -> dict[bytes, list[str]]:
        """As :meth:`find_many` by blind tag."""
        self._open()
        found: dict[bytes, list[str]] = {}
        wanted = [bytearray(tag) for tag in tags]
        for begin in range(0, len(wanted), _TAGS):
            part = wanted[begin : begin + _TAGS]
            part += part[:1] * (_TAGS - len(part))
            for tag, hcp_id in self._tx.db.execute(_FIND_TAGS, (kind, *part)):
                found.setdefault(tag, []).append(hcp_id)
        return found

    def sharing(self, kinds: Sequence[str]) -> list[tuple[str, list[str]]]:
        """Identifiers of these kinds that several people have: (kind, their ids)."""
        self._open()
        marks = ", ".join("?" * len(kinds))
        rows = self._tx.db.execute(
            f"SELECT b.kind, b.tag, s.hcp_id FROM {SCHEMA}.blind b {_LEADS_TO} WHERE (b.kind, b.tag) IN ("  # noqa: S608
            f"SELECT kind, tag FROM {SCHEMA}.blind WHERE kind IN ({marks}) GROUP BY kind, tag HAVING count(*) > 1)"
            " AND s.status <> 'erased' ORDER BY b.kind, b.tag, s.hcp",
            kinds,
        )
        found = []
        for (kind, _), group in groupby(rows, key=itemgetter(0, 1)):
            ids = list(dict.fromkeys(row[2] for row in group))
            if len(ids) > 1:
                found.append((kind, ids))
        return found

    def sounding_alike(self) -> Iterator[list[tuple[str, str, str]]]:
        """People whose names are read alike, group by group: (id, name, hospital)."""
        self._open()
        rows = self._tx.db.stream(
            f"SELECT i.sort, s.hcp_id, i.name, i.hospital FROM {SCHEMA}.indexed i JOIN shown s ON s.hcp = i.hcp"  # noqa: S608
            f" WHERE i.sort IN (SELECT sort FROM {SCHEMA}.indexed GROUP BY sort HAVING count(*) > 1)"
            " AND i.name > '' AND s.status <> 'erased' ORDER BY i.sort, i.hcp"
        )
        for _, group in groupby(rows, key=itemgetter(0)):
            yield [row[1:] for row in group]

    def closed(self) -> list[tuple[str, str, str, list[bytes]]]:
        """People who withdrew or objected, or whose use is suspended: id, name, hospital, tags of their phones."""
        self._open()
        rows = self._tx.db.execute(_CLOSED, (block_mask(_CLOSING), *(str(status) for status in _CLOSED_STATES)))
        found: list[tuple[str, str, str, list[bytes]]] = []
        for hcp, hcp_id, name, hospital in rows:
            tags = self._tx.db.execute(f"SELECT tag FROM {SCHEMA}.blind WHERE hcp = ? AND kind = 'phone'", (hcp,))  # noqa: S608
            found.append((hcp_id, name, hospital, [bytes(tag) for (tag,) in tags]))
        return found

    def get_many(self, hcp_ids: Sequence[str]) -> dict[str, SearchRow]:
        """The listed columns of known people."""
        found: dict[str, SearchRow] = {}
        for begin in range(0, len(hcp_ids), 500):
            part = hcp_ids[begin : begin + 500]
            rows = self._tx.db.execute(f"{_LISTED} WHERE s.hcp_id IN ({', '.join('?' * len(part))})", part)
            found.update((row[0], _hit(row)) for row in rows)
        return found

    def search(self, query: SearchQuery) -> SearchPage:
        """People this reader may list (list_pages.py). InputErrors ``place_not_listed``."""
        self._open()
        scope = ScopeSql(query.scope, number=self._item_number, at=query.at)
        words = (*query.words, *plain_words(query.text))
        pages = ListPages(
            self._tx.db,
            scope,
            [
                *(_word(word, scope) for word in words),
                *(term_sql(term, scope, in_text=_in_text) for term in query.terms),
            ],
            few=bool(words or query.terms),
            together=any(word.typed for word in words),
            erased=RecordStatus.ERASED in query.scope.statuses,
        )
        if query.offset or query.limit > MOST_ON_PAGE:
            found = pages.at(query.offset, limit=query.limit)
        else:
            place, back = query.after or query.before, bool(query.before)
            found = pages.near(place, back=back, limit=query.limit, counted=query.counted)
        return SearchPage(rows=tuple(map(_hit, found.rows)), total=found.total, more=found.more)

    def _item_number(self, item: str) -> int | None:
        row = self._tx.db.one("SELECT no FROM consent_item WHERE item = ?", (item,))
        return int(row[0]) if row else None

    def _open(self) -> bytes:
        if self._key is None:
            raise VaultError("no_key", key="index")
        return self._key

    def _tagger(self) -> Tagger:
        return Tagger(self._open())

    def _touch(self) -> None:
        self._tx.index_touched = True


#: From an identifier to its person, or to the one that person's record was merged into.
_LEADS_TO = (
    "LEFT JOIN merge_case m ON m.gone = b.hcp AND m.undone_at IS NULL JOIN shown s ON s.hcp = coalesce(m.kept, b.hcp)"
)
#: Tags asked for at once; a statement of one text is prepared once.
_TAGS = 128
_FIND_TAGS = (
    f"SELECT b.tag, s.hcp_id FROM {SCHEMA}.blind b {_LEADS_TO} WHERE b.kind = ?"  # noqa: S608
    f" AND b.tag IN ({', '.join('?' * _TAGS)}) AND s.status <> 'erased' ORDER BY s.hcp"
)


_INSERT_ROW = (
    f"INSERT INTO {SCHEMA}.indexed (hcp, name, hospital, department, title, region, from_name, sort)"  # noqa: S608
    " VALUES (?, ?, ?, ?, ?, ?, nullif(?, 0), ?)"
)
_SET_SOURCES = (
    f"UPDATE {SCHEMA}.indexed SET from_hospital = ?, from_department = ?, from_title = ?, from_region = ?"  # noqa: S608
    " WHERE hcp = ?"
)
_INSERT_GRAMS = (
    f"INSERT INTO {SCHEMA}.grams (rowid, name, hospital, department, typed, later)"  # noqa: S608 - constants
    " VALUES (?, ?, ?, ?, ?, ?)"
)
_INSERT_BLIND = f"INSERT OR IGNORE INTO {SCHEMA}.blind (kind, tag, hcp) VALUES (?, ?, ?)"  # noqa: S608
_FROM = f"FROM shown s JOIN {SCHEMA}.indexed i ON i.hcp = s.hcp"
_LISTED = f"SELECT s.hcp_id, i.name, i.hospital, i.department, i.title, i.region {_FROM}"
#: What a further record of the same person must not undo.
_CLOSING = frozenset({Block.OBJECTION, Block.DO_NOT_CONTACT, Block.FROZEN})
_CLOSED_STATES = (ConsentStatus.WITHDRAWN, ConsentStatus.SUSPENDED)
_CLOSED = (
    f"SELECT s.hcp, s.hcp_id, i.name, i.hospital FROM shown s JOIN {SCHEMA}.indexed i ON i.hcp = s.hcp"  # noqa: S608
    " WHERE s.blocks & ? <> 0 OR s.hcp IN (SELECT hcp FROM consent_state WHERE status IN (?, ?))"
)
#: Columns whose characters are searched.
_SEARCHED = ("full_name", "institution_name", "department")


def _word(word: Word, scope: ScopeSql) -> Sql:
    """Condition for one word: a phrase of characters in a column that can be read, or what a name that can be read is
    typed as."""
    phrase = tokens(word.text)
    if not phrase:
        return "1", []
    always = [key for key in _SEARCHED if scope.visible(key)[0] == "1"]
    ways = [_match(always, phrase)] if always else []
    for key in _SEARCHED:
        when, values = scope.visible(key)
        if when not in ("0", "1"):
            match, phrases = _match([key], phrase)
            ways.append((f"({match} AND {when})", [*phrases, *values]))
    when, values = scope.visible("full_name")
    if when != "0" and word.typed:
        spoken, begins = _typed(word)
        ways.append((f"({spoken} AND {when})", [*begins, *values]))
    return f"({' OR '.join(text for text, _ in ways) or '0'})", [value for _, group in ways for value in group]


def _typed(word: Word) -> Sql:
    columns = "{typed later}" if word.inside else "{typed}"
    ways = " OR ".join(f'"{begin}" *' for begin in word.typed)
    held = "".join(f' AND {{name}} : "{tokens(part)}"' for part in word.han)
    return _matching(f"({columns} : ({ways})){held}")


def _in_text(key: str, text: str) -> Sql:
    phrase = tokens(text)
    return _match([key], phrase) if phrase else ("1", [])


def _match(keys: Sequence[str], phrase: str) -> Sql:
    return _matching(f'{{{" ".join(COLUMNS[key] for key in keys)}}} : "{phrase}"')


def _matching(asked: str) -> Sql:
    return f"s.hcp IN (SELECT rowid FROM {SCHEMA}.grams WHERE grams MATCH ?)", [asked]  # noqa: S608 - constants


def _hit(row: tuple[Any, ...]) -> SearchRow:
    hcp_id, name, hospital, department, title, region = row
    return SearchRow(
        hcp_id=hcp_id,
        name=name or "",
        hospital=hospital or "",
        department=department or "",
        title=title or "",
        region=region or "",
    )


def generation(connection: Connection) -> int:
    """Counter of committed changes in the index file."""
    return int(connection.value(f"SELECT value FROM {SCHEMA}.index_meta WHERE key = 'generation'") or 0)  # noqa: S608


def clear(connection: Connection) -> None:
    """Empty every table of the index in the running transaction."""
    for table in ("indexed", "blind", "grams"):
        connection.execute(f"DELETE FROM {SCHEMA}.{table}")  # noqa: S608 - constants
