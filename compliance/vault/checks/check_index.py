"""The search index against the people it stands for: nobody is missing from it, and nobody is in it who is not there.

Rules: (1) whoever has a name is found: which fields a sealed section holds stands beside it, so no value is opened;
(2) whoever is erased or unknown has neither row nor token nor tag; (3) rows, tokens and tags are counted against each
other, and every tree of the file must be in order; (4) the index is derived, so a difference closes nothing: it is made
anew (``vault reindex``), at the next unlock by itself.
"""

from typing import TYPE_CHECKING

from compliance.vault.checks.findings import SEARCH_INDEX, Problem
from compliance.vault.lists.index_tables import EVERYBODY

if TYPE_CHECKING:
    from collections.abc import Callable

    from compliance.vault.session import Vault

#: What differs → a statement that gives a row when it does; ``?`` is the token everybody has.
_QUESTIONS = {
    "missing": (
        "SELECT 1 FROM people p CROSS JOIN sec_directory d ON d.hcp = p.hcp JOIN holding h ON h.no = d.kept"
        " WHERE NOT EXISTS (SELECT 1 FROM idx.person i WHERE i.hcp = p.hcp) AND p.status <> 'erased'"
        " AND instr(h.body, 'full_name') LIMIT 1"
    ),
    "unknown": (
        "SELECT 1 FROM idx.person i NOT INDEXED LEFT JOIN people p ON p.hcp = i.hcp"
        " WHERE p.hcp IS NULL OR p.status = 'erased' LIMIT 1"
    ),
    "tokens": (
        "SELECT 1 WHERE (SELECT count(*) FROM idx.person) <> (SELECT count(*) FROM idx.grams WHERE grams MATCH ?1)"
        " OR EXISTS (SELECT 1 FROM idx.grams g LEFT JOIN idx.person i ON i.hcp = g.rowid WHERE g.grams MATCH ?1"
        " AND i.hcp IS NULL)"
    ),
    "tags": (  # first bits of each tag, fifteen behind a one
        "SELECT 1 WHERE (SELECT count(*) FROM idx.blind) <> (SELECT total(CASE typeof(near) WHEN 'integer'"
        " THEN (near >= 1 << 15) + (near >= 1 << 30) + (near >= 1 << 45) + (near >= 1 << 60)"
        " WHEN 'blob' THEN (length(near) * 8 - 1) / 15 ELSE 0 END) FROM idx.person)"
    ),
}


def search_index(vault: "Vault", problems: list[Problem], beat: "Callable[[], None]") -> None:
    """Rules 1 to 3, for whoever holds the key of the index. One finding says it: all of it is made anew together."""
    if not vault.has_index or vault.index_stale:
        return
    for what, question in _QUESTIONS.items():
        beat()
        if vault.db.value(question, (EVERYBODY,) if "?1" in question else ()) is not None:
            problems.append(Problem(SEARCH_INDEX, None, what))
            return
    beat()
    # What this connection remembers of a full-text table is looked at anew by a search alone; the check of the trees
    # would take what another seat has written since for damage. The table of people was searched above.
    vault.db.execute("SELECT 1 FROM idx.place_grams WHERE place_grams MATCH ? LIMIT 1", (EVERYBODY,))
    if vault.db.faults(index=True):
        problems.append(Problem(SEARCH_INDEX, None, "trees"))
