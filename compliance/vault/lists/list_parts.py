"""The two parts of a list: those whose name shows, in the order of its reading, and behind them the others, by id.

Rules: (1) a hidden name orders nothing (REQ-044); (2) each part says its order both ways, the place of one person in
it, and who comes behind or ahead of that place in the list as a whole, once among rows of the tables and once among the
people a look has put together (list_found.py).
"""

from dataclasses import dataclass

from compliance.vault.lists.list_scope import Sql


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """``order`` and ``back`` of rows, ``key`` of a place among them; ``behind`` and ``ahead`` of it among people
    found."""

    shows: bool
    order: str
    back: str
    key: str
    behind: str
    ahead: str


NAMED = Part(
    shows=True,
    order="i.sort, i.hcp",
    back="i.sort DESC, i.hcp DESC",
    key="(i.sort, i.hcp) {} (?, ?)",
    behind="NOT shows OR (sort, hcp) > (?, ?)",
    ahead="shows AND (sort, hcp) < (?, ?)",
)
UNNAMED = Part(
    shows=False,
    order="s.hcp_id",
    back="s.hcp_id DESC",
    key="s.hcp_id {} ?",
    behind="NOT shows AND id > ?",
    ahead="shows OR id < ?",
)
#: From the beginning.
NO_KEY: Sql = ("1", [])
