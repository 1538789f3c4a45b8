"""When the last relation with a person ended: one day beside their row, kept as their consents and bases change.

Rules: (1) ``last_related`` is the Shanghai day (days since 1970) on which a consent or basis of the person was last in
force, far ahead while one has no end, NULL where there never was one; what counts says consent/relations.py; (2) it is
where a period begins, never its end: how long it counts, the rules of the instant say, so that a day that passes and a
rule that changes write nothing; (3) a transaction notes whose rows it changes and works their day out anew before it
commits, or before it asks; an import brings the day with the person; (4) it is derived, like the queue of checks: the
set hash does not cover it, a full check and ``consent rebuild`` compare it with the rows; (5) a purpose ended for
everybody changes nobody's day: whoever asks adds those few people.
"""

import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from compliance.model.retention import IN_FORCE
from compliance.vault.engine.connection import Connection

if TYPE_CHECKING:
    from compliance.vault.engine.transaction import Transaction

_EPOCH = date(1970, 1, 1)
_DAY, _SHANGHAI = 86_400_000_000, 28_800_000_000
_NO_END = (IN_FORCE - _EPOCH).days

#: Where a changed row says whose day it may move.
PERSON_AT = {"consent_state": 1, "basis": 0, "basis_support": 1}

_OPEN = ("given", "renewed", "change_pending")
#: As ``COUNTED`` of consent/relations.py, without *expired*, whose end is the midnight after its last day.
_SAID = ("evidence_pending", "suspended", "refused", "withdrawn", "revoked", "invalidated", "superseded")
OPEN = f"c.status IN {_OPEN}"
SAID = f"c.status IN {_SAID}"


def _on(instant: str) -> str:
    return f"({instant} + {_SHANGHAI}) / {_DAY}"


def _before(end: str) -> str:
    return f"({end} + {_SHANGHAI - 1}) / {_DAY}"


_STATED = (
    f"SELECT c.hcp AS hcp, CASE WHEN {OPEN} THEN coalesce({_before('c.valid_until')}, {_NO_END})"  # noqa: S608
    f" WHEN c.status = 'expired' THEN {_before('c.since')} WHEN {SAID} THEN {_on('c.since')} END AS day"
    " FROM consent_state c"
)
_BASED = (
    f"SELECT b.hcp AS hcp, min(coalesce({_before('b.valid_until')}, {_NO_END}), coalesce((SELECT"  # noqa: S608
    f" min({_on('u.ended_at')}) FROM basis_support u WHERE u.hcp = b.hcp AND u.purpose = b.purpose"
    f" AND u.recorded_at = b.recorded_at), {_NO_END})) AS day FROM basis b"
)
_SHOULD = f"SELECT hcp, max(day) AS day FROM ({_STATED} UNION ALL {_BASED}) WHERE day IS NOT NULL GROUP BY hcp"  # noqa: S608
_SETTLE = (
    f"UPDATE people SET last_related = (SELECT max(day) FROM ({_STATED} WHERE c.hcp = people.hcp UNION ALL {_BASED}"  # noqa: S608
    " WHERE b.hcp = people.hcp)) WHERE hcp IN (SELECT value FROM json_each(?))"
)
_DIFFERING = f"SELECT p.hcp FROM people p LEFT JOIN ({_SHOULD}) r ON r.hcp = p.hcp WHERE p.last_related IS NOT r.day"  # noqa: S608
#: The byte of a person in what :func:`marks` makes of a set.
_BYTE = "substr(?, s.hcp + 1, 1)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """Whose relation is over by a rule, as a question to the row of a person: ``last``: their last day is this one or
    earlier; ``before``: there never was a relation, and they were recorded before this instant (microseconds). Not
    ``spared``, whatever the row says; ``people`` besides."""

    last: int | None = None
    before: int | None = None
    spared: frozenset[int] = frozenset()
    people: frozenset[int] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.people) or self.last is not None or self.before is not None

    def asked(self, marked: Callable[[frozenset[int]], bytearray]) -> tuple[str, list[Any]]:
        """SQL over a person ``s`` and its values; ``marked`` writes a set as :func:`marks` does."""
        rows: list[str] = []
        values: list[Any] = []
        if self.last is not None:
            rows.append("s.last_related <= ?")
            values.append(self.last)
        if self.before is not None:
            rows.append("s.last_related IS NULL AND s.created_at < ?")
            values.append(self.before)
        text = " OR ".join(rows)
        if rows and self.spared:
            text = f"({text}) AND {_BYTE} IS NOT x'01'"
            values.append(marked(self.spared))
        if self.people:
            text = " OR ".join(part for part in (text, f"{_BYTE} = x'01'") if part)
            values.append(marked(self.people))
        return f"({text or '0'})", values


NOBODY = Over()


def marks(numbers: Collection[int]) -> bytearray:
    """A set as one byte a number, which a statement looks up at no cost; the driver binds bytes far slower."""
    found = bytearray(max(numbers, default=0) + 1)
    for number in numbers:
        found[number] = 1
    return found


def day_number(day: date) -> int:
    """A day as ``last_related`` counts it."""
    return (day - _EPOCH).days


def said(status: str) -> bool:
    """Whether a state counts from the day it was said."""
    return status in _SAID


def ends(status: str) -> bool:
    """Whether a state counts to the day it ends."""
    return status in _OPEN or status == "expired"


def day_said(instant: int) -> int:
    """The day of such a state, as the rows of an import bring it; SQLite divides backwards before 1970."""
    whole = instant + _SHANGHAI
    return whole // _DAY if whole >= 0 else -(-whole // _DAY)


def settle(db: Connection, people: Collection[int]) -> None:
    """Work out the day of these people anew."""
    db.execute(_SETTLE, (json.dumps(list(people)),))


def differing(db: Connection) -> list[int]:
    """Whose day is other than their rows say."""
    return [hcp for (hcp,) in db.execute(_DIFFERING)]


class Relations:
    """The days of everybody; lists and previews read them in their own statements."""

    def __init__(self, tx: "Transaction") -> None:
        self._tx = tx

    def differing(self, *, but: Iterable[str] = ()) -> int:
        """How many people's day is other than their rows say, leaving out ``but`` those whose rows are mended."""
        self._tx.settle_relations()
        found = differing(self._tx.db)
        return len(set(self._tx.hcp_ids(found).values()) - set(but)) if found else 0

    def mend(self) -> None:
        """Make the days anew from the rows."""
        self._tx.require_writing()
        self._tx.settle_relations()
        settle(self._tx.db, differing(self._tx.db))
