"""What was said about people beside what is stored about them, a few hundred people at a time: for the rebuild.

Rules: (1) each line (one item of one person) comes first as a *likeness*: one text of everything that its status and
the check of its stored row can depend on, put together by SQLite, so that a million lines cost seconds; (2) two lines
of one likeness are both right or both wrong when their last entries fall under the same terms and every term that can
apply reaches as far from the day of the one act as from that of the other (``consent.shapes``); (3) names are in it by
whether they agree, and a row may name the act or nothing; no day is in it: the end an act names, and what the stored
row names that is not the act's own, lie so and so far from the start of the act's day, the notice and the entry before,
on or after it, the last entry so to the ends; (4) that is all: status compares instants and counts days and months from
the day of the act, days alike from every day, months as far as rule 2 says; (5) only what is simple has a likeness: one
act, or one act and one piece of knowledge about it; a merged record, a longer history and what lies before 1970 has
none; (6) what has none, or none known to be right, is read event by event (:meth:`Histories.told`).
"""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from compliance.model.consent import ConsentEvent, LineStatus
from compliance.vault.consent.consent_rows import CONSENT_EVENT, state_row
from compliance.vault.consent.consents import Consents
from compliance.vault.engine.transaction import Transaction

#: People of one portion: their rows fit the page cache, and a doubt about all of them is soon read through.
_PEOPLE = 500


class Likeness(NamedTuple):
    """A line: how many events, the last entry, the Shanghai day of the act (days since 1970), whether a row is
    stored."""

    hcp: int
    item: int
    events: int
    last: int
    day: int
    stored: int
    text: str | None  # None: rule 5


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
        values = {"people": json.dumps(list(ids))}
        _sort(people, self._tx.db.execute(_TOLD, values), self._tx.db.execute(_STORED, values))
        for gone, kept in self._tx.merged().items():
            if kept in people:
                self._join(people[kept], gone)
        return [person for person in people.values() if person.events or person.stored]

    def told_lines(self, ids: dict[int, str], lines: Collection[tuple[int, int]]) -> list[Told]:
        """Some lines (person and item, by number) of people who are shown and not merged, event by event."""
        people = {hcp: ids[hcp] for hcp, _ in lines}
        marks = [hcp << _ITEM_BITS | item for hcp, item in lines]
        values = {"people": json.dumps(list(people)), "lines": json.dumps(marks)}
        told = {hcp: Told(hcp=hcp, hcp_id=hcp_id) for hcp, hcp_id in people.items()}
        _sort(told, self._tx.db.execute(_TOLD_LINES, values), self._tx.db.execute(_STORED_LINES, values))
        return list(told.values())

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
        for row in self._tx.db.execute(_TOLD, {"people": json.dumps([gone])}):
            mine = person.events.setdefault(row[_ITEM], [])
            mine.append(row)
            mine.sort(key=lambda told: told[0])


def _sort(people: dict[int, Told], events: list[tuple[Any, ...]], states: list[tuple[Any, ...]]) -> None:
    """Put rows where they belong."""
    for row in events:
        people[row[_HCP]].events.setdefault(row[_ITEM], []).append(row)
    for row in states:
        people[row[0]].stored[row[1]] = row[2:]


_HCP, _ITEM = CONSENT_EVENT.columns.index("hcp"), CONSENT_EVENT.columns.index("item")
_ITEM_BITS = 32
_OF_PEOPLE = "WHERE hcp IN (SELECT value FROM json_each(:people))"
_OF_LINES = f"{_OF_PEOPLE} AND (hcp << {_ITEM_BITS} | item) IN (SELECT value FROM json_each(:lines))"  # noqa: S608 - constants
_TOLD = CONSENT_EVENT.select(f"INDEXED BY consent_event_hcp {_OF_PEOPLE} ORDER BY hcp, no")
_TOLD_LINES = CONSENT_EVENT.select(f"INDEXED BY consent_event_hcp {_OF_LINES} ORDER BY hcp, no")
_STATES = (
    "SELECT hcp, item, status, valid_until, code, since, notice, grade, event_id, ask_again_from, may_ask"
    " FROM consent_state INDEXED BY consent_state_hcp"
)
_STORED, _STORED_LINES = f"{_STATES} {_OF_PEOPLE}", f"{_STATES} {_OF_LINES}"
_COUNT_STORED = "SELECT count(*) FROM consent_state INDEXED BY consent_state_hcp WHERE hcp BETWEEN :first AND :last"


def _day(instant: str) -> str:
    return f"({instant} + 28800000000) / 86400000000"  # Shanghai; nothing before 1970 gets here


_SAID = (
    "CASE a.kind WHEN 'withdrawn' THEN coalesce(a.received_at, a.acted_at, a.recorded_at)"
    " ELSE coalesce(a.acted_at, a.recorded_at) END"
)
#: What a likeness holds, in order: the act, the knowledge about it, the stored row.
_PARTS = (
    "l.kind", "l.precision", "l.notice", "l.valid_until - l.dawn", "l.grade", "l.asked_by_hcp", "l.acted_at IS NULL",
    "CASE WHEN l.evidence_id IS NULL THEN 0 WHEN l.evidence_id = '' THEN 1 ELSE 2 END", "l.identity_check IS NULL",
    "l.said > l.entry", f"{_day('l.said')} > {_day('l.entry')}",
    "l.said > l.latest", f"{_day('l.said')} > {_day('l.latest')}",
    "l.presented_at > l.said", f"{_day('l.presented_at')} > {_day('l.said')}",
    "l.about", "l.own", "l.sampled",
    "s.status", "s.valid_until - l.dawn", "s.valid_until > l.latest", "s.code",
    "s.since = l.dawn", "s.since = l.said", "CASE WHEN s.since NOT IN (l.dawn, l.said) THEN s.since - l.dawn END",
    "s.notice", "s.grade",
    "s.event_id = l.act",
    "s.ask_again_from - l.dawn", "s.ask_again_from > l.latest", "s.may_ask",
)  # fmt: skip
_LIKENESS = f"""
WITH line AS (
    SELECT hcp, item, min(no) AS first, max(no) AS last, count(*) AS events
    FROM consent_event INDEXED BY consent_event_hcp WHERE hcp BETWEEN :first AND :last GROUP BY hcp, item
), said AS (
    SELECT line.hcp, line.item, line.events, {_SAID} AS said, a.recorded_at AS entry, a.event_id AS act,
        a.kind, a.precision, a.notice, a.valid_until, a.grade, a.asked_by_hcp, a.acted_at, a.evidence_id,
        a.identity_check, a.presented_at, max(a.recorded_at, b.recorded_at) AS latest,
        CASE WHEN line.events > 1 THEN b.kind END AS about,
        b.recorded_by = a.recorded_by AS own, substr(b.identity_check, 1, :long) = :mark AS sampled,
        a.kind IN (SELECT value FROM json_each(:acts)) AND {_SAID} >= 0 AND min(a.recorded_at, b.recorded_at) >= 0
        AND coalesce(a.presented_at, 0) >= 0
        AND (line.events = 1 OR line.events = 2 AND b.target = a.event_id
            AND b.kind IN (SELECT value FROM json_each(:about))) AS simple
    FROM line JOIN consent_event a ON a.no = line.first JOIN consent_event b ON b.no = line.last
), l AS (
    SELECT *, said - (said + 28800000000) % 86400000000 AS dawn FROM said
)
SELECT l.hcp, l.item, l.events, l.latest, {_day("l.said")}, s.hcp IS NOT NULL,
    CASE WHEN l.simple THEN json_array({", ".join(_PARTS)}) END
FROM l LEFT JOIN consent_state s ON s.item = l.item AND s.hcp = l.hcp
"""  # noqa: S608 - constants
