"""The queue of acts that wait for their second person: what every place that counts or lists them reads.

Rules: (1) a recorded yes waits from its entry until a check of it, its invalidation, or the end of its row (an import
undone, a person removed), whatever stands meanwhile: a renewal behind a valid yes and a yes behind a no wait like a
first one; (2) one that can never count (no notice, times in the wrong order: ``consent.proof`` rules 1 and 2) does not
wait; (3) the queue is derived, like an index: the set hash does not cover it, a full check and ``consent rebuild``
compare it with the events; (4) it is in order of entry, oldest first.
"""

from collections.abc import Iterable
from datetime import datetime

from compliance.model.consent import EventKind
from compliance.vault.consent.consent_rows import STAGED
from compliance.vault.engine.connection import Connection
from compliance.vault.engine.times import micros
from compliance.vault.engine.transaction import Transaction

#: ``no`` is the number of the act among the events.
WAIT_DDL: tuple[str, ...] = (
    "CREATE TABLE consent_wait (no INTEGER PRIMARY KEY, hcp INTEGER NOT NULL)",
    "CREATE INDEX consent_wait_hcp ON consent_wait(hcp)",
)
#: Kinds that move the queue; an acceptance by the recorder of the act settles nothing (REQ-017).
_MOVING = frozenset({EventKind.GIVEN, EventKind.CHECK_ACCEPTED, EventKind.CHECK_REJECTED, EventKind.INVALIDATED})

#: In the queue and of somebody who may be seen; a merged record's acts count as those of the kept one.
WAITING = f"FROM consent_wait w WHERE w.hcp NOT IN ({STAGED})"

#: Shanghai days of the notice, the act and the entry.
_SHOWN, _ACTED, _ENTERED = (
    "(e.presented_at + 28800000000) / 86400000000",
    "(e.acted_at + 28800000000) / 86400000000",
    "(e.recorded_at + 28800000000) / 86400000000",
)
_MAY_COUNT = (
    f"e.kind = 'given' AND e.notice > '' AND CASE e.precision WHEN 'day' THEN {_SHOWN} <= {_ACTED} AND {_ACTED} <="
    f" {_ENTERED} ELSE e.presented_at <= e.acted_at AND e.acted_at <= e.recorded_at END"
)
_KNOWLEDGE = "d.kind IN ('check_accepted', 'check_rejected', 'invalidated') AND d.target IS NOT NULL"
_SETTLES = "(d.kind <> 'check_accepted' OR d.recorded_by <> e.recorded_by)"
_SETTLED_BEFORE = (
    "f.kind IN ('check_accepted', 'check_rejected', 'invalidated')"
    " AND (f.kind <> 'check_accepted' OR f.recorded_by <> e.recorded_by)"
)
_SHOULD = f"""
WITH d AS MATERIALIZED (SELECT target, kind, recorded_by FROM consent_event d WHERE {_KNOWLEDGE})
SELECT e.no, e.hcp FROM consent_event e WHERE {_MAY_COUNT}
    AND NOT EXISTS (SELECT 1 FROM d WHERE d.target = e.event_id AND {_SETTLES})
"""  # noqa: S608 - constants


class Waits:
    """The queue itself; the acts in it are read through ``Consents.waiting`` and ``WorkLists.waiting``."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def follow(self, kinds: Iterable[EventKind], first: int, last: int) -> None:
        """Events of these kinds were added under the numbers ``first`` to ``last``."""
        if _MOVING.isdisjoint(kinds):
            return
        self._tx.require_writing()
        span = (first, last)
        self._tx.db.execute(
            "INSERT INTO consent_wait (no, hcp)"  # noqa: S608 - constants
            f" SELECT e.no, e.hcp FROM consent_event e WHERE e.no BETWEEN ? AND ? AND {_MAY_COUNT}",
            span,
        )
        self._tx.db.execute(
            "DELETE FROM consent_wait WHERE no IN (SELECT e.no FROM consent_event d"  # noqa: S608 - constants
            " CROSS JOIN consent_event e ON e.event_id = d.target"
            f" WHERE d.no BETWEEN ? AND ? AND {_KNOWLEDGE} AND {_SETTLES})",
            span,
        )

    def forget(self, event_id: str) -> None:
        """The act is about to be taken back."""
        self._tx.require_writing()
        self._tx.db.execute(
            "DELETE FROM consent_wait WHERE no = (SELECT no FROM consent_event WHERE event_id = ?)", (event_id,)
        )

    def count(self) -> int:
        """How many acts wait: a carton of old forms makes tens of thousands."""
        return int(self._tx.db.value(f"SELECT count(*) {WAITING}"))

    def count_by_item(self, at: datetime) -> dict[str, int]:
        """item → how many acts waited at ``at``: those of the queue entered by then, and those settled since."""
        instant = micros(at)
        rows = self._tx.db.execute(
            "SELECT n.item, count(*) FROM consent_event e CROSS JOIN consent_item n ON n.no = e.item"  # noqa: S608
            f" WHERE e.no IN (SELECT w.no {WAITING} UNION ALL SELECT e.no FROM consent_event d CROSS JOIN"
            f" consent_event e ON e.event_id = d.target WHERE {_KNOWLEDGE} AND {_SETTLES} AND {_MAY_COUNT}"
            f" AND d.recorded_at > ?1 AND e.hcp NOT IN ({STAGED}) AND NOT EXISTS (SELECT 1 FROM consent_event f"
            f" WHERE f.hcp = e.hcp AND f.target = e.event_id AND f.recorded_at <= ?1 AND {_SETTLED_BEFORE}))"
            " AND e.recorded_at <= ?1 GROUP BY n.item",
            (instant,),
        )
        return {item: int(count) for item, count in rows}

    def differing(self) -> int:
        """How many rows are missing, too many or wrong, by what the events say."""
        return differing(self._tx.db)

    def mend(self) -> None:
        """Make the queue anew from the events."""
        self._tx.require_writing()
        self._tx.db.execute("DELETE FROM consent_wait")
        self._tx.db.execute(f"INSERT INTO consent_wait (no, hcp) {_SHOULD}")


def differing(db: Connection) -> int:
    """As :meth:`Waits.differing`, for the check of a whole store."""
    is_, should = set(db.execute("SELECT no, hcp FROM consent_wait")), set(db.execute(_SHOULD))
    return len({no for no, _ in is_ ^ should})
