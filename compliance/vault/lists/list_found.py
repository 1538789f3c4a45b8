"""The page of few people found: each is looked at once, to be counted, put in order and shown or not.

Rules: (1) everybody found is kept for the length of one statement, with the place the reader's list gives them: those
whose name shows by its reading, the others behind them by id; the page is cut from that; (2) what the page shows is
asked of its own people alone; (3) of more people than were to be looked at nothing is cut, only said how many names
showed among those; (4) whom tokens lead to comes as it is read, by number, and none is put aside.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from compliance.vault.engine.connection import Connection
from compliance.vault.lists.list_scope import Sql

_ORDER = "shows DESC, CASE WHEN shows THEN sort END, CASE WHEN shows THEN hcp ELSE id END"
_BACKWARDS = "shows, CASE WHEN shows THEN sort END DESC, CASE WHEN shows THEN hcp ELSE id END DESC"
#: People whom tokens lead to, and the same with what puts them in order. Rule 4.
LED = "g.grams MATCH ?"
FIRST = f"FROM idx.grams g CROSS JOIN idx.person i ON i.hcp = g.rowid WHERE {LED}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """People looked at and those of them whose name shows; ``page``: the numbers of those on it."""

    people: int
    named: int
    page: list[int]


def look(
    db: Connection, *, source: str, asked: Sql, when: Sql, begin: Sql, back: bool, limit: int, most: int
) -> Looked:
    """Up to ``limit`` of the people of ``source`` that ``asked`` fits, ``when`` says whose name shows; at most ``most``
    are looked at. Rules 1 and 3."""
    order = _BACKWARDS if back else _ORDER
    found = db.execute(
        f"WITH f AS MATERIALIZED (SELECT ({when[0]}) IS TRUE AS shows, i.sort AS sort, s.hcp AS hcp, s.hcp_id AS id"  # noqa: S608
        f" {source} WHERE {asked[0]} LIMIT ?) SELECT t.people, t.named, q.hcp"
        " FROM (SELECT count(*) AS people, total(shows) AS named FROM f) t"
        f" LEFT JOIN (SELECT * FROM f WHERE {begin[0]} ORDER BY {order} LIMIT ?) q ORDER BY {order}",
        (*when[1], *asked[1], most, *begin[1], limit),
    )
    people, named, _ = found[0]
    return Looked(people=people, named=int(named), page=[hcp for _, _, hcp in found if hcp is not None])


def reach(db: Connection, match: str, most: int) -> bool:
    """Whether tokens lead to so many people, hidden ones among them: for choosing a way, never for an answer."""
    found = db.value("SELECT count(*) FROM (SELECT 1 FROM idx.grams WHERE grams MATCH ? LIMIT ?)", (match, most))
    return bool(found == most)


def rows_of(
    db: Connection, page: Sequence[int], *, source: str, asked: Sql, cells: Sequence[Sql]
) -> list[tuple[Any, ...]]:
    """Id and cells of the people of a page, in its order. Rule 2."""
    columns = ", ".join(text for text, _ in cells)
    rows = db.execute(
        f"SELECT s.hcp, s.hcp_id, {columns} {source}"  # noqa: S608
        f" WHERE {asked[0]} AND s.hcp IN (SELECT value FROM json_each(?))",
        (*(value for _, group in cells for value in group), *asked[1], json.dumps(page)),
    )
    found = {row[0]: row[1:] for row in rows}
    return [found[hcp] for hcp in page]
