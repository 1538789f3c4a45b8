"""A page of a list: who stands on it, in which order, how many there are.

Rules: (1) people whose name shows come in order of reading, the others after them by id: a hidden name orders nothing
(REQ-044); (2) a page goes on behind a person, or ends before one, who stands in the reader's list now, by that person's
own place, so that page two thousand costs what the first does; anybody else, hidden or not there, is the same bad
input; (3) people found are tried first: few are counted and put in order by that (list_found.py), and of many it tells
whether walking everybody in order meets a page sooner than sorting all found; of many whom tokens lead to (word_sql.py)
the first in order are asked before all others; (4) a long list settles once what shows of all its people, instead of
asking each row for each column; (5) batches and merges are asked for only while there are any; (6) a list wanted whole
is read at once and counted by its rows, without a look ahead at everybody: rows whose name turns out hidden are let go
unread and asked for by what shows of them; its places come by number, each text is read once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from compliance.errors import bad_input
from compliance.vault.engine.connection import Connection
from compliance.vault.lists import list_found
from compliance.vault.lists.list_parts import NAMED, NO_KEY, UNNAMED, Part
from compliance.vault.lists.list_scope import Sql
from compliance.vault.lists.scope_sql import ScopeSql
from compliance.vault.lists.word_sql import Lead

#: Longest page that is looked for instead of listing everybody.
MOST_ON_PAGE = 500
#: People found who are tried, and the share of names among them that makes walking in order worth it.
_TRIED, _ENOUGH = 1_500, 0.05
#: People found who are looked at once before all of them are counted, where walking in order may be sooner.
_FEW = 6_000
#: So many whom tokens lead to by their places stand everywhere in the order; of fewer so many of the first are asked
#: for each who is wanted.
_SPREAD, _BESIDE = 6_000, 4
#: What a step in their order costs, where sorting one more costs 1: each step is a look somewhere else.
_STEP = 6
_CELLS = ("full_name", "institution_name", "department", "professional_title", "region")

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Rows of id and cells. ``total`` None: many, not counted; ``more``: others come behind them (before, looking
    back)."""

    rows: list[Row]
    total: int | None
    more: bool


class ListPages:
    """Pages of the people of ``scope`` whom all ``asked`` conditions fit, of those whom ``lead`` leads to. ``few``:
    there are conditions; ``erased``: they are listed too, unindexed."""

    def __init__(
        self,
        db: Connection,
        scope: ScopeSql,
        asked: Sequence[Sql],
        *,
        few: bool,
        erased: bool,
        lead: Lead | None = None,
    ) -> None:
        self._db, self._scope, self._few, self._lead = db, scope, few, lead
        join, joined = scope.join
        conditions = [*scope.where, *asked]
        self._alone = _all_of([*conditions, *((lead and lead.alone) or ())], joined)
        conditions += lead.asked if lead else ()
        self._asked = _all_of(conditions, joined)
        self._where, self._values = _all_of([*([(list_found.LED, [lead.match])] if lead else []), *conditions], joined)
        self._listed = _all_of(scope.where, joined)
        people = "shown" if db.value(_KEPT_BACK) else "people"  # rule 5
        # words first: few people have them, and each is then looked up; the planner would begin with every consent
        in_turn = join.replace(" JOIN ", " CROSS JOIN ", 1)
        order = ("CROSS ", in_turn) if few else ("", join)
        led = f"idx.grams g CROSS JOIN {people} s ON s.hcp = g.rowid" if lead else f"{people} s"
        self._bare = f"FROM {led}{order[1]}"
        rest = f"{order[0]}JOIN idx.indexed i ON i.hcp = s.hcp{order[1]}"
        self._source, self._plain = f"FROM {led} {rest}", f"FROM {people} s {rest}"
        self._sorted = f"f CROSS JOIN {people} s ON s.hcp = f.hcp {rest}"
        self._in_order = f"FROM idx.indexed i CROSS JOIN {people} s ON s.hcp = i.hcp{in_turn}"
        self._bare_where = "i." not in self._where and not erased  # everybody is in the index then

    def near(self, place: str, *, back: bool, limit: int, counted: bool) -> Found:
        """Up to ``limit`` people behind (``back``: before) the person ``place``; "": from the beginning, or the end.
        InputErrors ``place_not_listed``."""
        part, key = self._place(place) if place else (None, [])
        most = _TRIED if not counted else -1 if self._lead else _FEW
        looking = self._few and not self._leads_to(_FEW if counted else _TRIED)
        looked = self._look(part, key, back=back, limit=limit, most=most) if looking else None
        if looked is not None and (most < 0 or looked.people < most):
            return self._cut(looked, back=back, limit=limit)
        if looked is None or counted:
            most = -1 if counted and self._few else _TRIED  # words are looked up whole anyway
            tried, named = self._try(most)
        else:
            tried, named = looked.people, looked.named
        all_tried, certain = most < 0 or tried < most, self._scope.visible("full_name")[0] in ("0", "1")
        rows: list[Row] = []
        passed = part is None
        for one in (UNNAMED, NAMED) if back else (NAMED, UNNAMED):
            passed = passed or one is part
            people = named if one.shows else tried - named
            left = limit + 1 - len(rows)
            if not passed or left <= 0 or (not people and (all_tried or certain)):
                continue
            begin = (one.key.format("<" if back else ">"), key) if one is part else NO_KEY
            walking = self._soon(limit, people) if all_tried else people >= _ENOUGH * tried and self._spread()
            sure = people == tried and (all_tried or certain)
            rows += self._rows(one, begin, limit=left, back=back, walking=walking, sure=sure)
        total = tried if all_tried else self._count() if counted else None
        more, rows = len(rows) > limit, rows[:limit]
        return Found(rows=rows[::-1] if back else rows, total=total, more=more)

    def _look(self, part: Part | None, key: list[Any], *, back: bool, limit: int, most: int) -> list_found.Looked:
        """Rule 3."""
        return list_found.look(
            self._db,
            source=self._source,
            asked=(self._where, self._values),
            when=self._scope.visible("full_name"),
            begin=(part.ahead if back else part.behind, key) if part else NO_KEY,
            back=back,
            limit=limit + 1,
            most=most,
        )

    def _cut(self, looked: list_found.Looked, *, back: bool, limit: int) -> Found:
        page = looked.page[:limit]
        cells = [self._scope.readable(key) for key in _CELLS]
        rows = list_found.rows_of(
            self._db, page[::-1] if back else page, source=self._plain, asked=self._listed, cells=cells
        )
        return Found(rows=rows, total=looked.people, more=len(looked.page) > limit)

    def at(self, offset: int, *, limit: int) -> Found:
        """The people from ``offset`` on, all counted. Rule 4."""
        if not offset and limit >= self._everybody():
            return self._whole()
        when, seen = self._scope.visible("full_name")
        source = self._bare if self._bare_where and "i." not in when else self._source
        apart = f"max({self._scope.apart})" if source == self._source else "1"
        total, named, least, most, several = self._db.execute(
            f"SELECT count(*), total(CASE WHEN {when} THEN 1 ELSE 0 END), {self._scope.extremes}, {apart}"
            f" {source} WHERE {self._where}",
            (*seen, *self._values),
        )[0]
        if least is not None and least == most:
            self._scope = self._scope.of_one_class(least)
        rows: list[Row] = []
        for part, first, people in ((NAMED, offset, int(named)), (UNNAMED, offset - int(named), total - int(named))):
            begin, left = max(0, first), limit - len(rows)
            if begin >= people or left <= 0:
                continue
            walking, key = self._soon(begin + left, people), NO_KEY
            if part.shows and begin and left <= MOST_ON_PAGE and not walking:
                key = f"{part.key.format('>=')}", list(self._key_at(begin, sure=people == total))
                begin, walking = 0, self._soon(left, people)
            sure = people == total
            rows += self._rows(
                part, key, limit=left, back=False, walking=walking, sure=sure, offset=begin, apart=bool(several)
            )
        return Found(rows=rows, total=total, more=offset + len(rows) < total)

    def _whole(self) -> Found:
        """Rule 6."""
        certain = self._scope.visible("full_name")[0]
        named: list[Row] = []
        found = 0
        if certain != "0":
            apart = f"SELECT EXISTS (SELECT 1 FROM idx.indexed i WHERE {self._scope.apart})"  # noqa: S608 - constants
            several = certain != "1" and bool(self._db.value(apart))
            rows = self._rows(NAMED, NO_KEY, limit=None, back=False, walking=False, sure=certain == "1", apart=several)
            found, named = len(rows), self._in_words(rows, named=True)
        if certain == "0" or len(named) < found:
            rows = self._rows(UNNAMED, NO_KEY, limit=None, back=False, walking=False, sure=certain == "0")
            named += self._in_words(rows, named=False)
        return Found(rows=named, total=len(named), more=False)

    def _in_words(self, rows: list[Row], *, named: bool) -> list[Row]:
        """Rows of id, name and numbers of places, with the texts of the places; ``named``: those alone that have a
        name."""
        words: dict[int, str] = dict(self._db.execute("SELECT no, text FROM idx.place"))
        word = words.get
        return [
            (hcp_id, name, word(a), word(b), word(c), word(d))
            for hcp_id, name, a, b, c, d in rows
            if name is not None or not named
        ]

    def _place(self, hcp_id: str) -> tuple[Part, list[Any]]:
        """Rule 2."""
        when, seen = self._scope.visible("full_name")
        alone = "g.rowid = (SELECT hcp FROM people WHERE hcp_id = ?)" if self._lead else "s.hcp_id = ?"
        row = self._db.one(
            f"SELECT ({when}) IS TRUE, i.sort, i.hcp {self._source} WHERE {self._where} AND {alone}",
            (*seen, *self._values, hcp_id),
        )
        if row is None:
            raise bad_input("place_not_listed", "after")
        return (NAMED, list(row[1:])) if row[0] else (UNNAMED, [hcp_id])

    def _try(self, most: int) -> tuple[int, int]:
        """Rule 3: people found, up to a number, and those of them whose name shows."""
        when, seen = self._scope.visible("full_name")
        source = self._bare if self._bare_where and "i." not in when else self._source
        tried, named = self._db.execute(
            f"SELECT count(*), total(shows) FROM (SELECT ({when}) IS TRUE AS shows {source} WHERE {self._where}"  # noqa: S608
            " LIMIT ?)",
            (*seen, *self._values, most),
        )[0]
        return tried, int(named)

    def _count(self) -> int:
        source = self._bare if self._bare_where else self._source
        return int(self._db.value(f"SELECT count(*) {source} WHERE {self._where}", self._values))

    def _rows(
        self,
        part: Part,
        begin: Sql,
        *,
        limit: int | None,
        back: bool,
        walking: bool,
        sure: bool,
        offset: int = 0,
        apart: bool = True,
    ) -> list[Row]:
        """Rows of one part. ``sure``: all found are of it; ``walking``: in their order; ``apart``: some may have values
        of several sources; ``limit`` None: all of them, those found whose name is hidden too, without it, and places by
        number (rule 6)."""
        when, seen = self._scope.visible("full_name")
        scope = self._scope.settled("full_name", shows=part.shows, apart=apart)
        cells = [scope.readable(key, numbered=limit is None) for key in _CELLS]
        only: Sql = ("1", []) if sure else (f"({when}) IS {'TRUE' if part.shows else 'NOT TRUE'}", seen)
        if limit is None and part.shows:
            only, cells[0] = ("1", []), self._scope.readable("full_name")
        # a limit sorts by putting each row into its place, which of very many costs twice what sorting them does
        cut, bounds = ("", []) if limit is None else ("LIMIT ? OFFSET ?", [limit, offset])
        source, where, values = self._source, self._where, self._values
        if part.shows and walking:
            source, (where, values) = self._in_order, self._alone
        columns, order = ", ".join(text for text, _ in cells), part.back if back else part.order
        if limit is None:
            order = f"+{order}"  # nor is their order walked: each step is a look somewhere else
        shown = [value for _, group in cells for value in group]
        if self._lead and part.shows and not walking and not offset and limit is not None and limit <= MOST_ON_PAGE:
            first = (
                f"FROM (SELECT i.hcp AS hcp {list_found.FIRST} AND {begin[0]} ORDER BY {order} LIMIT ?) {self._sorted}"
            )
            rows = self._db.execute(
                f"SELECT s.hcp_id, {columns} {first} WHERE {self._asked[0]} AND {only[0]} ORDER BY {order} LIMIT ?",
                (*shown, self._lead.match, *begin[1], _BESIDE * limit, *self._asked[1], *only[1], limit),
            )
            if len(rows) == limit:
                return rows
        return self._db.execute(
            f"SELECT s.hcp_id, {columns} {source} WHERE {where} AND {only[0]} AND {begin[0]} ORDER BY {order} {cut}",
            (*shown, *values, *only[1], *begin[1], *bounds),
        )

    def _key_at(self, offset: int, *, sure: bool) -> Row:
        """The place of a person far down: keys alone are sorted."""
        when, seen = ("1", []) if sure else self._scope.visible("full_name")
        return self._db.execute(
            f"SELECT i.sort, i.hcp {self._source} WHERE {self._where} AND ({when}) IS TRUE"
            f" ORDER BY {NAMED.order} LIMIT 1 OFFSET ?",
            (*self._values, *seen, offset),
        )[0]

    def _soon(self, wanted: int, found: int) -> bool:
        """Whether walking people in their order meets ``wanted`` of ``found`` sooner than sorting all found."""
        return _STEP * wanted * self._everybody() < found * found and self._spread()

    def _spread(self) -> bool:
        """Whether people found stand everywhere in the order: a surname's all stand together, maybe at its end."""
        lead = self._lead
        return lead is None or bool(lead.alone and lead.placed and list_found.reach(self._db, lead.placed, _SPREAD))

    def _leads_to(self, most: int) -> bool:
        """Whether tokens lead to so many; of beginnings that is not asked: each question puts all theirs together."""
        lead = self._lead
        return lead is not None and lead.alone is not None and list_found.reach(self._db, lead.match, most)

    def _everybody(self) -> int:
        return int(self._db.value("SELECT max(hcp) FROM people") or 0)


def _all_of(conditions: Sequence[Sql], joined: Sequence[Any]) -> Sql:
    """All conditions, with the values of what is joined before them."""
    values = [value for _, group in conditions for value in group]
    return " AND ".join(text for text, _ in conditions) or "1", [*joined, *values]


#: Whether anybody is staged by an import or merged into another record, and so is not shown.
_KEPT_BACK = (
    "SELECT EXISTS (SELECT 1 FROM batch WHERE state <> 'published')"
    " OR EXISTS (SELECT 1 FROM merge_case WHERE undone_at IS NULL)"
)
