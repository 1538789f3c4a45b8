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
from compliance.vault.codes import block_mask
from compliance.vault.consents import Consents
from compliance.vault.state_reading import carries, reads_as
from compliance.vault.times import from_micros, instant_or_none, micros
from compliance.vault.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkRow:
    """One item of one person that makes work. ``territory`` and ``rep`` of the first of its reps, "" without one."""

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
        reads, values = reads_as(rules, self._consents.number, at)
        marks = ", ".join("?" * len(statuses))
        weak = f" AND c.grade IN ({', '.join('?' * len(grades))})" if grades else ""
        where = f"s.status <> 'erased' AND {reads} IN ({marks}){weak}"
        bound = [*values, *map(str, statuses), *grades]
        total = self._tx.db.value(f"SELECT count(*) {_FROM} WHERE {where}", bound)
        rows = self._tx.db.execute(
            f"SELECT {_COLUMNS}, {reads} {_FROM} WHERE {where} ORDER BY c.since, s.hcp LIMIT ?",
            [*values, *bound, limit],
        )
        return [self._row(row, ConsentStatus(row[-1])) for row in rows], int(total)

    def ending(
        self, before: datetime, *, after: datetime, rules: Sequence[ReadRule], limit: int
    ) -> tuple[list[WorkRow], int]:
        """Open items ending before an instant and not before ``after``, soonest first; and how many."""
        open_, values = carries(rules, self._consents.number, after)
        where = f"c.valid_until >= ? AND c.valid_until < ? AND s.status <> 'erased' AND {open_}"
        bound = [micros(after), micros(before), *values]
        total = self._tx.db.value(f"SELECT count(*) {_FROM_ENDS} WHERE {where}", bound)
        rows = self._tx.db.execute(
            f"SELECT {_COLUMNS}, c.status {_FROM_ENDS} WHERE {where} ORDER BY c.valid_until, s.hcp LIMIT ?",
            [*bound, limit],
        )
        return [self._row(row, ConsentStatus(row[-1])) for row in rows], int(total)

    def ends_by_day(
        self, before: datetime, *, after: datetime, rules: Sequence[ReadRule]
    ) -> list[tuple[datetime, str, int]]:
        """(end, territory, open items) of every end in a span, in order."""
        open_, values = carries(rules, self._consents.number, after)
        rows = self._tx.db.execute(
            f"SELECT c.valid_until, {_TERRITORY}, count(*) {_FROM_ENDS} WHERE c.valid_until >= ?"
            f" AND c.valid_until < ? AND s.status <> 'erased' AND {open_} GROUP BY 1, 2 ORDER BY 1, 2",
            [micros(after), micros(before), *values],
        )
        return [(from_micros(end), territory, int(count)) for end, territory, count in rows]

    def coverage(
        self, items: Sequence[str], *, at: datetime, rules: Sequence[ReadRule], closing: frozenset[Block]
    ) -> tuple[list[Covered], Covered]:
        """By territory, and the whole: assigned people, and those with one of ``items`` open and no closing block."""
        open_, values = carries(rules, self._consents.number, at)
        marks = ", ".join("?" * len(items))
        visible = (
            "s.blocks & ? = 0 AND EXISTS (SELECT 1 FROM consent_state c JOIN consent_item n ON n.no = c.item"  # noqa: S608
            f" WHERE c.hcp = s.hcp AND n.item IN ({marks}) AND {open_})"
        )
        bound = [block_mask(closing), *items, *values]
        seen = f"sum(CASE WHEN {visible} THEN 1 ELSE 0 END)"
        rows = self._tx.db.execute(
            f"SELECT territory, count(*), {seen} FROM (SELECT DISTINCT r.territory, s.hcp, s.blocks {_ASSIGNED}) s"  # noqa: S608
            " GROUP BY territory ORDER BY territory",
            bound,
        )
        whole = self._tx.db.one(
            f"SELECT count(*), {seen} FROM (SELECT DISTINCT s.hcp, s.blocks {_ASSIGNED}) s",  # noqa: S608 - as above
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
_FROM = "FROM consent_state c JOIN shown s ON s.hcp = c.hcp JOIN consent_item n ON n.no = c.item"
_FROM_ENDS = (
    "FROM consent_state c INDEXED BY consent_state_ends JOIN shown s ON s.hcp = c.hcp"
    " JOIN consent_item n ON n.no = c.item"
)
_ASSIGNED = (
    "FROM assignment a JOIN shown s ON s.hcp = a.hcp JOIN rep r ON r.name = a.rep"
    " WHERE s.status <> 'erased' AND r.active = 1"
)
