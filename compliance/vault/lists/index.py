"""``index.db``: a derived search and list index of the columns a list shows, and blind tags of identifiers.

Rules: (1) it holds listed columns only and can be rebuilt any time (index_tables.py); (2) text is searched by
characters, so that one character, two characters, rare surnames and hospital parts are all found whatever Unicode
tables the library was built with; letters match what a name is typed as (pinyin, initials, any mixture) from its
beginning (word_sql.py); (3) a search runs on what the reader may see: filters, order and totals never depend on a
column that is hidden from them (``scope_sql.py``), and beside each column stands the number of its value's provenance,
because a source can hide a value too; (4) identifiers are found by HMAC tags only.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from compliance import cycles
from compliance.errors import VaultError
from compliance.model.access import Block, RecordStatus
from compliance.model.consent import ConsentStatus
from compliance.vault.engine.codes import block_mask
from compliance.vault.engine.transaction import Transaction
from compliance.vault.lists.index_rows import IndexColumns, IndexRow, Tagger
from compliance.vault.lists.index_tables import SCHEMA, IndexTables
from compliance.vault.lists.list_pages import MOST_ON_PAGE, Found, ListPages
from compliance.vault.lists.list_scope import ListScope
from compliance.vault.lists.scope_sql import ScopeSql
from compliance.vault.lists.search_terms import Term, term_sql
from compliance.vault.lists.word_sql import Word, Words, plain_words
from compliance.vault.people.provenances import Provenances


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


class Index:
    """The index inside one transaction. VaultError ``no_key`` for roles that hold no index."""

    def __init__(self, tx: Transaction, blind_key: bytes | None, provenances: Provenances) -> None:
        self._tx = tx
        self._key = blind_key
        self._provenances = provenances
        self._tables = IndexTables(tx.db)

    def put(self, row: IndexRow) -> None:
        """Index a person anew."""
        self._touch()
        columns = IndexColumns()
        columns.add(self._tagger(), self._tx.number(row.hcp_id), row, self._provenances.number)
        self._tables.put(columns)

    def insert_all(self, rows: Iterable[tuple[int, IndexRow]]) -> None:
        """Index new people by number."""
        tagger, columns = self._tagger(), IndexColumns()
        for hcp, row in rows:
            columns.add(tagger, hcp, row, self._provenances.number)
        self.insert_columns(columns)

    def insert_columns(self, columns: IndexColumns) -> None:
        """Index new people whose rows are made already."""
        self._touch()
        self._tables.insert(columns)

    def remove(self, hcp: int) -> None:
        """Take a person out by number."""
        self._touch()
        self._tables.remove(hcp)

    def find(self, kind: str, value: str) -> list[str]:
        """Ids of people with this identifier; staged and erased ones are not among them."""
        found = self.find_many(kind, [value]) if value else {}
        return found.get(value, [])

    def find_many(self, kind: str, values: Sequence[str]) -> dict[str, list[str]]:
        """value → ids of people with it, for those that are known."""
        tagger = self._tagger()
        by_tag = {tagger.number(kind, value): value for value in values if value}
        return {by_tag[tag]: ids for tag, ids in self.find_tags(by_tag).items()}

    def find_tags(self, tags: Iterable[int]) -> dict[int, list[str]]:
        """As :meth:`find_many` by blind tag, of whatever kind."""
        self._open()
        found: dict[int, list[str]] = {}
        wanted = list(tags)
        for begin in range(0, len(wanted), _TAGS):
            part = wanted[begin : begin + _TAGS]
            part += part[:1] * (_TAGS - len(part))
            for tag, hcp_id in self._tx.db.execute(_FIND_TAGS, part):
                found.setdefault(tag, []).append(hcp_id)
        return found

    def having(self, *kinds: str) -> str:
        """What to match in ``idx.grams`` for people with identifiers of all these kinds."""
        return " AND ".join(f'"k{self._tables.kind_no(kind)}"' for kind in kinds)

    def sharing(self, kinds: Sequence[str]) -> list[tuple[str, list[str]]]:
        """Identifiers of these kinds that several people have: (kind, their ids)."""
        self._open()
        names = {self._tables.kind_no(kind): kind for kind in kinds}
        marks = ", ".join("?" * len(names))
        rows = self._tx.db.execute(
            f"SELECT b.kind, b.tag, s.hcp_id FROM {SCHEMA}.blind b {_LEADS_TO} WHERE b.tag IN ("  # noqa: S608
            f"SELECT tag FROM {SCHEMA}.blind GROUP BY tag HAVING count(*) > 1) AND b.kind IN ({marks})"
            " AND s.status <> 'erased' ORDER BY b.kind, b.tag, s.hcp",
            list(names),
        )
        found = []
        for (no, _), group in groupby(rows, key=itemgetter(0, 1)):
            ids = list(dict.fromkeys(row[2] for row in group))
            if len(ids) > 1:
                found.append((names[no], ids))
        return sorted(found)

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

    def closed(self) -> list[tuple[str, str, str, list[int]]]:
        """People who withdrew or objected, or whose use is suspended: id, name, hospital, tags of their phones."""
        self._open()
        rows = self._tx.db.execute(_CLOSED, (block_mask(_CLOSING), *(str(status) for status in _CLOSED_STATES)))
        phone = self._tables.kind_no("phone")
        return [
            (hcp_id, name, hospital, [tag for tag, kind in self._tables.tags(hcp) if kind == phone])
            for hcp, hcp_id, name, hospital in rows
        ]

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
        asked = Words(self._tables.places, scope)
        lead, conditions = asked.words(words)
        pages = ListPages(
            self._tx.db,
            scope,
            [*conditions, *(term_sql(term, scope, in_text=asked.in_text) for term in query.terms)],
            lead=lead,
            few=bool(words or query.terms),
            erased=RecordStatus.ERASED in query.scope.statuses,
        )
        if query.offset or query.limit > MOST_ON_PAGE:
            with cycles.not_meanwhile():
                return _page(pages.at(query.offset, limit=query.limit))
        place, back = query.after or query.before, bool(query.before)
        return _page(pages.near(place, back=back, limit=query.limit, counted=query.counted))

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
        self._open()
        self._tx.require_writing()
        if not self._tx.index_touched:
            self._tx.before_commit(self._tables.places.sweep)
        self._tx.index_touched = True


#: From an identifier to its person, or to the one that person's record was merged into.
_LEADS_TO = (
    "LEFT JOIN merge_case m ON m.gone = b.hcp AND m.undone_at IS NULL JOIN shown s ON s.hcp = coalesce(m.kept, b.hcp)"
)
#: Tags asked for at once; a statement of one text is prepared once.
_TAGS = 128
_FIND_TAGS = (
    f"SELECT b.tag, s.hcp_id FROM {SCHEMA}.blind b {_LEADS_TO}"  # noqa: S608
    f" WHERE b.tag IN ({', '.join('?' * _TAGS)}) AND s.status <> 'erased' ORDER BY s.hcp"
)


_FROM = f"FROM shown s JOIN {SCHEMA}.indexed i ON i.hcp = s.hcp"
_LISTED = f"SELECT s.hcp_id, i.name, i.hospital, i.department, i.title, i.region {_FROM}"
#: What a further record of the same person must not undo.
_CLOSING = frozenset(
    {
        Block.OBJECTION,
        Block.DO_NOT_CONTACT,
        Block.FROZEN,
        Block.DECEASED,
        Block.DEATH_REPORTED,
        Block.DORMANT,
    }
)
_CLOSED_STATES = (ConsentStatus.WITHDRAWN, ConsentStatus.SUSPENDED)
_CLOSED = (
    f"SELECT s.hcp, s.hcp_id, i.name, i.hospital FROM shown s JOIN {SCHEMA}.indexed i ON i.hcp = s.hcp"  # noqa: S608
    " WHERE s.blocks & ? <> 0 OR s.hcp IN (SELECT hcp FROM consent_state WHERE status IN (?, ?))"
)


def _page(found: Found) -> SearchPage:
    return SearchPage(rows=tuple(map(_hit, found.rows)), total=found.total, more=found.more)


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
