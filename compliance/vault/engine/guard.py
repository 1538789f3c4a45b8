"""The second lock: inside SQLite, the ciphertext column of a section cannot be read outside an opened guard.

Rules: (1) locked from the moment the vault opens; :meth:`Guard.reading` is the only door and takes what was decided,
an AccessGranted or a named Maintenance reason; (2) the callback is installed anew each time, because cached statements
stay approved otherwise; (3) repositories fetch everything inside the ``with``; (4) log entries are never updated or
deleted, whoever asks; (5) the views of :func:`rows_of` read a ciphertext to give its digest, which is no secret.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from sqlcipher3 import dbapi2 as driver

from compliance.model.access import AccessGranted, Section
from compliance.vault.engine.connection import Connection


class Maintenance(StrEnum):
    """Why sealed sections are read without an access decision. Each use writes its own kind of audit entry."""

    AMEND = "amend"
    INDEX = "index"
    CHECK = "check"
    LEAK_CHECK = "leak_check"
    RETENTION = "retention"


#: Column of every section table that the guard watches.
SEALED = "sealed"
#: Values as they were before they were changed (value_changes.py): for named upkeep, or asked for by a decision.
CHANGES = "value_change"
_LOG = "log_entry"


def section_table(section: Section) -> str:
    """Table of a section."""
    return f"sec_{section.value}"


def rows_of(section: Section) -> str:
    """View of a section's rows as they count (people/sections.py)."""
    return f"row_{section.value}"


#: View → the one table it may read.
_VIEWS = {rows_of(section): section_table(section) for section in Section}
_TABLES = {section_table(section) for section in Section} | {CHANGES}


class Guard:
    """The authorizer of one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._depth = 0
        self._install(frozenset())

    @contextmanager
    def reading(
        self, why: AccessGranted | Maintenance, sections: frozenset[Section], *, earlier: bool = False
    ) -> Iterator[None]:
        """Open exactly these sections while the ``with`` lasts, and with ``earlier`` what was before. RuntimeError for
        more than ``why`` lets out: a decision opens the sections it shows something of, a named reason of upkeep any.
        """
        if self._depth:
            raise RuntimeError("a guard is already open")
        if isinstance(why, AccessGranted):
            if not sections <= why.sections:
                raise RuntimeError("more than was decided")
        elif not isinstance(why, Maintenance):
            raise RuntimeError("neither decided nor named")
        self._depth += 1
        try:
            upkeep = {CHANGES} if earlier or isinstance(why, Maintenance) else set()
            self._install(frozenset({section_table(section) for section in sections} | upkeep))
            yield
        finally:
            self._depth -= 1
            self._install(frozenset())

    def lock(self) -> None:
        """Close the door again after upkeep that opened it."""
        self._install(frozenset())

    def _install(self, allowed: frozenset[str]) -> None:
        closed = _TABLES - allowed

        def refuse(action: int, first: str | None, second: str | None, by: str | None) -> bool:
            if action == driver.SQLITE_READ:
                return second == SEALED and first in closed and _VIEWS.get(by or "") != first
            return first == _LOG and action in (driver.SQLITE_UPDATE, driver.SQLITE_DELETE)

        self._connection.lock_down(refuse)
