"""Hospitals, departments, titles and regions in the index: each text once, by number, searched apart from people.

Rules: (1) a hospital is found by whatever else it is called; a phrase does not run from one of its names into the next;
(2) a number says which column its text stands in, and people have a token of each of their numbers, by which they are
found and by which is seen whether a text is still anybody's; (3) a text that is nobody's any more is erased with the
change that made it so.
"""

from collections.abc import Iterable

from compliance.vault.engine.connection import Connection
from compliance.vault.lists.index_rows import usual_form
from compliance.vault.lists.name_tokens import MARKS

#: Columns of a person. The number of a text, divided by four, leaves the place of its column; 0 to 3 are of no text.
COLUMNS = ("hospital", "department", "title", "region")
#: A token that no character has.
_APART = "yy"
#: A column by its place, a text and its other names.
Place = tuple[int, str, str]

DDL = (
    "CREATE TABLE {schema}.place (no INTEGER PRIMARY KEY, text TEXT NOT NULL, aliases TEXT NOT NULL)",
    "CREATE INDEX {schema}.place_text ON place(text)",
    "INSERT INTO {schema}.place (no, text, aliases) VALUES (0, '', ''), (1, '', ''), (2, '', ''), (3, '', '')",
    "CREATE VIRTUAL TABLE {schema}.place_grams USING fts5(t, tokenize='ascii', content='', columnsize=0)",
    "INSERT INTO {schema}.place_grams(place_grams, rank) VALUES('secure-delete', 1)",
)


class Places:
    """The texts inside one transaction."""

    def __init__(self, db: Connection) -> None:
        self.db = db
        self._numbers: dict[Place, int] = {(column, "", ""): column for column in range(len(COLUMNS))}
        self._loose: set[int] = set()

    def numbers(self, wanted: Iterable[Place]) -> dict[Place, int]:
        """Number of each text, new ones included; good until the next call."""
        known = self._numbers
        for place in {place for place in wanted if place not in known}:
            column, text, aliases = place
            found = self.db.value(_NUMBER, (text, aliases, column))
            if found is None:
                last = int(self.db.value("SELECT max(no) FROM idx.place"))
                found = (last // len(COLUMNS) + 1) * len(COLUMNS) + column
                self.db.execute("INSERT INTO idx.place (no, text, aliases) VALUES (?, ?, ?)", (found, text, aliases))
                tokens = _tokens(text, aliases)
                self.db.execute("INSERT INTO idx.place_grams (rowid, t) VALUES (?, ?)", (found, tokens))
            known[place] = found
        return known

    def loosen(self, numbers: Iterable[int]) -> None:
        """One person less has these."""
        self._loose.update(no for no in numbers if no >= len(COLUMNS))

    def sweep(self) -> None:
        """Rule 3, before the commit."""
        db = self.db
        for no in sorted(self._loose):
            if db.value("SELECT 1 FROM idx.grams WHERE grams MATCH ? LIMIT 1", (f'"{token(no)}"',)):
                continue
            row = db.one("SELECT text, aliases FROM idx.place WHERE no = ?", (no,))
            if row is not None:
                values = (no, _tokens(*row))
                db.execute("INSERT INTO idx.place_grams (place_grams, rowid, t) VALUES ('delete', ?, ?)", values)
                db.execute("DELETE FROM idx.place WHERE no = ?", (no,))
                self._numbers.pop((no % len(COLUMNS), *row), None)
        self._loose.clear()

    def holding(self, phrase: str, columns: Iterable[str]) -> list[int]:
        """Numbers of texts in these columns that hold a phrase in its usual form."""
        wanted = {COLUMNS.index(column) for column in columns}
        rows = self.db.execute(_HOLDING, (f'"{_spaced(phrase)}"',)) if wanted else []
        return [no for (no,) in rows if no % len(COLUMNS) in wanted]


def token(no: int) -> str:
    """What whoever has a text is found by."""
    return f"h{no}"


_NUMBER = "SELECT no FROM idx.place WHERE text = ? AND aliases = ? AND no % 4 = ?"
_HOLDING = "SELECT rowid FROM idx.place_grams WHERE place_grams MATCH ?"


def _tokens(text: str, aliases: str) -> str:
    names = (text, *filter(None, aliases.split("\n")))
    return f" {_APART} ".join(_spaced(usual_form(name)) for name in dict.fromkeys(names))


def _spaced(plain: str) -> str:
    return " ".join(plain.translate(MARKS))
