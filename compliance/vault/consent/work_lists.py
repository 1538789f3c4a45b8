"""Questions over the state table that make work: who waits for what, what ends when, who of the assigned is visible.

Rules: (1) status is read under the rules for everybody (state_reading.py), never as stored alone; (2) staged and erased
people are in no list; (3) a person with several reps counts in each territory, once in the whole.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance.model.access import Block
from compliance.model.consent import ConsentStatus, ReadRule
from compliance.vault.consent.consent_rows import HIDDEN
from compliance.vault.consent.consents import Consents
from compliance.vault.consent.state_reading import carries, reads_as
from compliance.vault.consent.waits import WAITING
from compliance.vault.engine.codes import block_mask
from compliance.vault.engine.times import from_micros, instant_or_none, micros
from compliance.vault.engine.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkRow:
    """One item of one person that makes work; in the list of checks one act, with its own status. ``territory`` and
    ``rep`` of the first of its reps, "" without one."""

    hcp_id: str
    item: str
    status: ConsentStatus
    since: datetime | None
    until: datetime | None
    grade: str
    event_id: str | None
    rep: str
    territory: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """A territory: how many assigned people, how many of them may be shown for the purpose."""

    territory: str
    assigned: int
    visible: int


class WorkLists:
    """Lists of work."""

    def __init__(self, tx: Transaction, consents: Consents) -> None:
        self._tx, self._consents = tx, consents

    def standing(
        self,
        statuses: Sequence[ConsentStatus],
        *,
        at: datetime,
        rules: Sequence[ReadRule],
        grades: Sequence[str] = (),
        limit: int,
    ) -> tuple[list[WorkRow], int]:
        """Items that read as one of ``statuses`` (and bear one of ``grades``), longest standing first; and how many."""
        marks = ", ".join("?" * len(statuses))
        if grades:
            source, few = _C_WEAK, f"{_WEAK} AND c.grade IN ({', '.join('?' * len(grades))})"
        elif _WAITING.issuperset(statuses) and not any(rule.status in statuses for rule in rules):
            source, few = _C_WAITS, _WAITS
        elif tuple(statuses) == (ConsentStatus.CHANGE_PENDING,):  # only what is open and has an end can wait so
            source, few = _C_ENDS, "c.valid_until > ?"
        else:
            source, few = _C, "1"
        as_stored = few == _WAITS  # no rule makes or touches one that waits for somebody
        reads, values = ("c.status", []) if as_stored else reads_as(rules, self._consents.number, at)
        where = f"{few} AND {reads} IN ({marks}) AND c.hcp NOT IN ({HIDDEN})"
        first = [micros(at)] if source is _C_ENDS else list(grades)
        bound = [*first, *values, *map(str, statuses)]
        total = self._tx.db.value(f"SELECT count(*) {source} WHERE {where}", bound)
        rows = self._tx.db.execute(
            f"SELECT {_COLUMNS}, {reads} {source} {_PERSON} WHERE {where} AND s.status <> 'erased'"
            " ORDER BY c.since, c.hcp LIMIT ?",
            [*values, *bound, limit],
        )
        return [self._row(row, ConsentStatus(row[-1])) for row in rows], int(total)

    def waiting(self, *, limit: int) -> tuple[list[WorkRow], int]:
        """Acts that wait for a check (waits.py), oldest entry first, with the end of what is open meanwhile; and how
        many."""
        total = self._tx.db.value(f"SELECT count(*) {WAITING}")
        rows = self._tx.db.execute(
            "WITH w AS MATERIALIZED"  # noqa: S608 - constants
            f" (SELECT w.no {WAITING} ORDER BY w.no LIMIT ?)"
            f" SELECT s.hcp_id, n.item, e.recorded_at, c.valid_until, e.grade, e.event_id, {_REP}, {_TERRITORY}"
            " FROM w CROSS JOIN consent_event e ON e.no = w.no"
            " LEFT JOIN merge_case m ON m.gone = e.hcp AND m.undone_at IS NULL"
            " CROSS JOIN shown s ON s.hcp = coalesce(m.kept, e.hcp) CROSS JOIN consent_item n ON n.no = e.item"
            " LEFT JOIN consent_state c ON c.item = e.item AND c.hcp = s.hcp ORDER BY w.no",
            (limit,),
        )
        return [self._row(row, ConsentStatus.EVIDENCE_PENDING) for row in rows], int(total)

    def ending(
        self, before: datetime, *, after: datetime, rules: Sequence[ReadRule], limit: int
    ) -> tuple[list[WorkRow], int]:
        """Open items ending before an instant and not before ``after``, soonest first; and how many."""
        open_, values = carries(rules, self._consents.number, after)
        where = f"c.valid_until >= ? AND c.valid_until < ? AND {open_} AND c.hcp NOT IN ({HIDDEN})"
        bound = [micros(after), micros(before), *values]
        total = self._tx.db.value(f"SELECT count(*) {_C_ENDS} WHERE {where}", bound)
        rows = self._tx.db.execute(
            f"SELECT {_COLUMNS}, c.status {_C_ENDS} {_PERSON} WHERE {where} AND s.status <> 'erased'"
            " ORDER BY c.valid_until, c.hcp LIMIT ?",
            [*bound, limit],
        )
        return [self._row(row, ConsentStatus(row[-1])) for row in rows], int(total)

    def ends_by_day(
        self, before: datetime, *, after: datetime, rules: Sequence[ReadRule]
    ) -> list[tuple[datetime, str, int]]:
        """(end, territory, open items) of every end in a span, in order."""
        open_, values = carries(rules, self._consents.number, after)
        rows = self._tx.db.execute(
            f"SELECT c.valid_until, {_TERRITORY}, count(*) {_C_ENDS} {_PERSON} WHERE c.valid_until >= ?"
            f" AND c.valid_until < ? AND s.status <> 'erased' AND {open_} GROUP BY 1, 2 ORDER BY 1, 2",
            [micros(after), micros(before), *values],
        )
        return [(from_micros(end), territory, int(count)) for end, territory, count in rows]

    def coverage(
        self, items: Sequence[str], *, at: datetime, rules: Sequence[ReadRule], closing: frozenset[Block]
    ) -> tuple[list[Covered], Covered]:
        """By territory, and the whole: assigned people, and those with one of ``items`` open and no closing block."""
        open_, values = carries(rules, self._consents.number, at)
        numbers = [no for item in items if (no := self._consents.number(item)) is not None]
        marks = ", ".join("?" * len(numbers))
        visible = (
            "s.blocks & ? = 0 AND EXISTS (SELECT 1 FROM consent_state c"  # noqa: S608 - values are bound
            f" WHERE c.item IN ({marks}) AND c.hcp = s.hcp AND {open_})"
        )
        bound = [block_mask(closing), *numbers, *values]
        rows = self._tx.db.execute(
            "SELECT territory, count(*), sum(seen)"  # noqa: S608 - as above
            f" FROM (SELECT DISTINCT a.hcp, r.territory, {visible} AS seen {_ASSIGNED}) GROUP BY territory ORDER BY 1",
            bound,
        )
        whole = self._tx.db.one(
            f"SELECT count(*), sum(seen) FROM (SELECT max({visible}) AS seen {_ASSIGNED} GROUP BY a.hcp)",  # noqa: S608
            bound,
        )
        assert whole is not None
        return (
            [Covered(territory=t, assigned=int(n), visible=int(v or 0)) for t, n, v in rows],
            Covered(territory="", assigned=int(whole[0]), visible=int(whole[1] or 0)),
        )

    def _row(self, row: tuple[Any, ...], status: ConsentStatus) -> WorkRow:
        hcp_id, item, since, until, grade, event_id, rep, territory = row[:8]
        return WorkRow(
            hcp_id=hcp_id,
            item=item,
            status=status,
            since=instant_or_none(since),
            until=instant_or_none(until),
            grade=grade,
            event_id=event_id,
            rep=rep or "",
            territory=territory or "",
        )


_REP = "(SELECT min(a.rep) FROM assignment a WHERE a.hcp = s.hcp)"
_TERRITORY = f"coalesce((SELECT r.territory FROM rep r WHERE r.name = {_REP}), '')"  # noqa: S608 - constants
_COLUMNS = f"s.hcp_id, n.item, c.since, c.valid_until, c.grade, c.event_id, {_REP}, {_TERRITORY}"
_C = "FROM consent_state c"
_C_ENDS = "FROM consent_state c INDEXED BY consent_state_ends"
_C_WAITS = "FROM consent_state c INDEXED BY consent_state_waits"
_C_WEAK = "FROM consent_state c INDEXED BY consent_state_weak"
_PERSON = "CROSS JOIN shown s ON s.hcp = c.hcp CROSS JOIN consent_item n ON n.no = c.item"
#: The terms of the indexes, so that they may be used.
_WAITS = "c.status IN ('evidence_pending', 'unproven', 'change_pending')"
_WEAK = "c.grade IN ('E3', 'E4')"
_WAITING = frozenset({ConsentStatus.EVIDENCE_PENDING, ConsentStatus.UNPROVEN, ConsentStatus.CHANGE_PENDING})
#: In the order of people, so that each page is met once.
_ASSIGNED = (
    "FROM assignment a CROSS JOIN people s ON s.hcp = a.hcp CROSS JOIN rep r ON r.name = a.rep"
    f" WHERE s.status <> 'erased' AND r.active = 1 AND s.hcp NOT IN ({HIDDEN})"
)
