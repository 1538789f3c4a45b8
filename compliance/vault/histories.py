"""What was said about people beside what is stored about them, a few hundred people at a time: for the rebuild.

Rules: (1) each line (one item of one person) comes first as a *likeness*: one text of everything that its status and
the check of its stored row can depend on, put together by SQLite, so that a million lines cost seconds; (2) two lines
of one likeness, whose last entries fall under the same terms, are both right or both wrong; names are in it by whether
they agree, instants of acts by their day and by how they lie to the other instants, entries by how they lie to the act
and to the ends the stored row names, and an instant the stored row shares with the act by that; (3) only what is simple
has a likeness: one act, or one act and one piece of knowledge about it; a merged record, a longer history and what lies
before 1970 has none; (4) what has none, or none known to be right, is read event by event (:meth:`Histories.told`).
"""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from compliance.model.consent import ConsentEvent, LineStatus
from compliance.vault.consent_rows import CONSENT_EVENT, state_row
from compliance.vault.consents import Consents
from compliance.vault.transaction import Transaction

#: People of one portion: their rows fit the page cache, and a doubt about all of them is soon read through.
_PEOPLE = 500


class Likeness(NamedTuple):
    """A line: how many events, the Shanghai day of the last entry (days since 1970), whether a row is stored."""

    hcp: int
    item: int
    events: int
    day: int
    stored: int
    text: str | None  # None: rule 3


@dataclass(frozen=True, slots=True)
class Part:
    """The lines of some people in a row. ``ids``: number → id of those that are shown. ``doubted``: people who need a
    reading whatever the likeness of their lines."""

    ids: dict[int, str]
    lines: list[Likeness]
    doubted: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What lies here about one person: item number → event rows in order of entry, and the stored status."""

    hcp: int
    hcp_id: str
    events: dict[int, list[tuple[Any, ...]]] = field(default_factory=dict)
    stored: dict[int, tuple[Any, ...]] = field(default_factory=dict)


class Histories:
    """All events and stored states, by person."""

    def __init__(self, tx: Transaction, consents: Consents) -> None:
        self._tx, self._consents = tx, consents

    def parts(self, *, acts: Collection[str], about: Collection[str], mark: str) -> Iterator[Part]:
        """Everybody shown, by number. ``acts``: the kinds that may have a likeness; ``about``: the kinds of knowledge
        about one; ``mark``: how a check without an eye on the paper begins."""
        values = {"acts": json.dumps(sorted(acts)), "about": json.dumps(sorted(about)), "mark": mark, "long": len(mark)}
        merged = self._tx.merged()
        last = 0
        while people := self._tx.db.execute(
            "SELECT hcp, hcp_id FROM shown WHERE hcp > ? ORDER BY hcp LIMIT ?", (last, _PEOPLE)
        ):
            first, last = people[0][0], people[-1][0]
            ids: dict[int, str] = dict(people)
            span = {"first": first, "last": last}
            lines = [Likeness(*row) for row in self._tx.db.execute(_LIKENESS, {**values, **span})]
            rows = self._tx.db.value(_COUNT_STORED, span)
            if rows != sum(line.stored for line in lines):  # somebody has a row that no event stands behind
                yield Part(ids, lines, frozenset(ids))
            else:
                yield Part(ids, lines, frozenset(kept for kept in merged.values() if kept in ids))

    def told(self, ids: dict[int, str]) -> list[Told]:
        """These people event by event; those without anything said or stored are left out."""
        people = {no: Told(hcp=no, hcp_id=hcp_id) for no, hcp_id in ids.items()}
        numbers = (json.dumps(list(ids)),)
        for row in self._tx.db.execute(_TOLD, numbers):
            people[row[_HCP]].events.setdefault(row[_ITEM], []).append(row)
        for row in self._tx.db.execute(_STORED, numbers):
            people[row[0]].stored[row[1]] = row[2:]
        for gone, kept in self._tx.merged().items():
            if kept in people:
                self._join(people[kept], gone)
        return [person for person in people.values() if person.events or person.stored]

    def event(self, row: tuple[Any, ...], hcp_id: str) -> ConsentEvent:
        """The event of a row of :meth:`told`."""
        return self._consents.from_row(row, hcp_id)

    def as_stored(self, line: LineStatus) -> tuple[Any, ...]:
        """The part of a stored row that tells the status."""
        return state_row(line, hcp=0, item=0)[2:]

    def count(self) -> int:
        """How many events there are."""
        return int(self._tx.db.value("SELECT count(*) FROM consent_event"))

    def _join(self, person: Told, gone: int) -> None:
        """Put the events of a merged record where those of the kept one are."""
        for row in self._tx.db.execute(_TOLD, (json.dumps([gone]),)):
            mine = person.events.setdefault(row[_ITEM], [])
            mine.append(row)
            mine.sort(key=lambda told: told[0])


_HCP, _ITEM = CONSENT_EVENT.columns.index("hcp"), CONSENT_EVENT.columns.index("item")
_TOLD = CONSENT_EVENT.select("WHERE hcp IN (SELECT value FROM json_each(?)) ORDER BY hcp, no")
_STORED = (
    "SELECT hcp, item, status, valid_until, code, since, notice, grade, event_id, ask_again_from, may_ask"
    " FROM consent_state INDEXED BY consent_state_hcp WHERE hcp IN (SELECT value FROM json_each(?))"
)
_COUNT_STORED = "SELECT count(*) FROM consent_state INDEXED BY consent_state_hcp WHERE hcp BETWEEN :first AND :last"


def _day(instant: str) -> str:
    return f"({instant} + 28800000000) / 86400000000"  # Shanghai; nothing before 1970 gets here


_SAID = (
    "CASE a.kind WHEN 'withdrawn' THEN coalesce(a.received_at, a.acted_at, a.recorded_at)"
    " ELSE coalesce(a.acted_at, a.recorded_at) END"
)
#: What a likeness holds, in order: the act, the knowledge about it, the stored row.
_PARTS = (
    "l.item", "l.kind", "l.method", "l.precision", "l.notice", "l.valid_until", "l.grade", "l.asked_by_hcp",
    "l.defect", "l.target IS NULL", "l.acted_at IS NULL",
    "CASE WHEN l.evidence_id IS NULL THEN 0 WHEN l.evidence_id = '' THEN 1 ELSE 2 END",
    "CASE WHEN l.identity_check IS NULL THEN 0 WHEN substr(l.identity_check, 1, :long) = :mark THEN 1 ELSE 2 END",
    _day("l.said"), "l.said = l.dawn", "l.said > l.entry", f"{_day('l.said')} > {_day('l.entry')}",
    "l.said > l.latest", f"{_day('l.said')} > {_day('l.latest')}",
    "l.presented_at > l.said", f"{_day('l.presented_at')} > {_day('l.said')}",
    "l.about", "l.own", "l.sampled",
    "s.status", "s.valid_until", "s.valid_until > l.latest", "s.code",
    "s.since = l.dawn", "s.since = l.said", "CASE WHEN s.since NOT IN (l.dawn, l.said) THEN s.since END",
    "s.notice", "s.grade",
    "s.event_id = l.act", "s.event_id = l.check_id",
    "CASE WHEN s.event_id NOT IN (l.act, l.check_id) THEN s.event_id END",
    "s.ask_again_from", "s.ask_again_from > l.latest", "s.may_ask",
)  # fmt: skip
_LIKENESS = f"""
WITH line AS (
    SELECT hcp, item, min(no) AS first, max(no) AS last, count(*) AS events
    FROM consent_event INDEXED BY consent_event_hcp WHERE hcp BETWEEN :first AND :last GROUP BY hcp, item
), said AS (
    SELECT line.hcp, line.item, line.events, {_SAID} AS said, a.recorded_at AS entry, a.event_id AS act,
        a.kind, a.method, a.precision, a.notice, a.valid_until, a.grade, a.asked_by_hcp, a.defect, a.target,
        a.acted_at, a.evidence_id, a.identity_check, a.presented_at, max(a.recorded_at, b.recorded_at) AS latest,
        CASE WHEN line.events > 1 THEN b.kind END AS about, b.event_id AS check_id,
        b.recorded_by = a.recorded_by AS own, substr(b.identity_check, 1, :long) = :mark AS sampled,
        a.kind IN (SELECT value FROM json_each(:acts)) AND {_SAID} >= 0 AND min(a.recorded_at, b.recorded_at) >= 0
        AND coalesce(a.presented_at, 0) >= 0
        AND (line.events = 1 OR line.events = 2 AND b.target = a.event_id
            AND b.kind IN (SELECT value FROM json_each(:about))) AS simple
    FROM line JOIN consent_event a ON a.no = line.first JOIN consent_event b ON b.no = line.last
), l AS (
    SELECT *, said - (said + 28800000000) % 86400000000 AS dawn FROM said
)
SELECT l.hcp, l.item, l.events, {_day("l.latest")}, s.hcp IS NOT NULL,
    CASE WHEN l.simple THEN json_array({", ".join(_PARTS)}) END
FROM l LEFT JOIN consent_state s ON s.item = l.item AND s.hcp = l.hcp
"""  # noqa: S608 - constants
