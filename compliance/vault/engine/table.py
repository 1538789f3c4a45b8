"""The shape of an authoritative table and the SQL made from it.

Rules: (1) every row of a :class:`Table` counts in the state set hash (ledger.py), over exactly the listed columns; (2)
instants are integer microseconds since 1970 UTC, days are integer proleptic ordinals or ISO text, small closed sets
are text. A table stands beside the repository that reads and writes it, and schema.py lists it.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """An authoritative table: name, columns in order, how many lead the key."""

    name: str
    columns: tuple[str, ...]
    stored: tuple[str, ...]  # with the columns outside the set hash
    keys: int
    ddl: tuple[str, ...]
    insert: str
    by_key: str
    delete: str
    every: str
    next_no: str  # for a table whose key is a counter
    rows: str  # where its rows are read as they count: its own name, or a view that works a column out
    mixed: str  # whether a text stands where blobs belong, or a blob for a text, which count alike (ledger.py: hex)

    @classmethod
    def of(
        cls,
        name: str,
        *columns: str,
        keys: int = 1,
        unique: tuple[str, ...] = (),
        index: tuple[str, ...] = (),
        extra: tuple[str, ...] = (),
        empty: str = "",
        rows: str = "",
    ) -> "Table":
        """A table of SQL column definitions. A single INTEGER key is the rowid; any other key clusters the table.

        ``extra`` are columns outside the set hash: one whose digest is among ``columns``, and what is derived from it.
        ``empty`` is a column of blobs that counts but is left empty, because the view ``rows`` works it out.
        """
        names = tuple(column.split()[0] for column in columns)
        rowid = keys == 1 and "INTEGER" in columns[0]
        tail = ")" if rowid else ") WITHOUT ROWID"
        definitions = [*columns, *extra]
        if rowid:
            definitions[0] = f"{names[0]} INTEGER PRIMARY KEY"
        else:
            definitions.append(f"PRIMARY KEY ({', '.join(names[:keys])})")
        stored = (*names, *(column.split()[0] for column in extra))
        where = " AND ".join(f"{column}=?" for column in names[:keys])
        listed = ", ".join(names)
        marks = ", ".join("zeroblob(0 * length(?))" if column == empty else "?" for column in stored)
        rows = rows or name
        other = {"TEXT": "blob", "BLOB": "text"}
        kinds = [(column.split()[0], other.get(column.split()[1], "")) for column in columns]
        mixed = " OR ".join(f"typeof({column}) = '{kind}'" for column, kind in kinds if kind) or "0"
        return cls(
            name=name,
            columns=names,
            stored=stored,
            keys=keys,
            ddl=(
                f"CREATE TABLE {name} ({', '.join(definitions)}{tail}",
                *(f"CREATE UNIQUE INDEX {name}_{column} ON {name}({column})" for column in unique),
                *(f"CREATE INDEX {name}_{column.replace(', ', '_')} ON {name}({column})" for column in index),
            ),
            insert=f"INSERT INTO {name} ({', '.join(stored)}) VALUES ({marks})",  # noqa: S608 - names are constants
            by_key=f"SELECT {listed} FROM {rows} WHERE {where}",  # noqa: S608
            delete=f"DELETE FROM {name} WHERE {where}",  # noqa: S608
            every=f"SELECT {listed} FROM {rows}",  # noqa: S608
            next_no=f"SELECT coalesce(max({names[0]}), 0) + 1 FROM {name}",  # noqa: S608
            rows=rows,
            mixed=f"SELECT EXISTS (SELECT 1 FROM {name} WHERE {mixed})",  # noqa: S608
        )

    def select(self, rest: str) -> str:
        """A SELECT of the columns with a constant WHERE or ORDER."""
        return f"SELECT {', '.join(self.columns)} FROM {self.rows} {rest}"  # noqa: S608 - names are constants
