"""What a rebuild of the state table has worked out once and need not work out again.

Rules: (1) what holds for one line holds for every line that is alike, under the same terms and the same notices; (2)
the terms are those of the last entry, by its day, or by its instant on a day within which other rules began to hold;
(3) alike are short histories by their likeness (``vault.consent.histories``) with the reach of their terms, and any by
their shape (``consent.shapes``); (4) only what was worked out from the events of a line, and found in its stored row,
is known of a likeness; an outcome that names an instant which is no mark of its history is not kept; (5) what is kept
has a limit, after which it is forgotten and learned again.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from compliance.clock import day_start, shanghai_day
from compliance.consent.settled import settled_lines
from compliance.consent.shapes import EventRow, Shape, Shapes, day_of
from compliance.model.consent import ItemTerms, LineStatus
from compliance.use_cases.seat.facts import Reader, terms
from compliance.use_cases.seat.session import Session, known_notices
from compliance.vault import Likeness

#: How many likenesses and shapes are kept at once.
_MOST = 200_000
_ID, _RECORDED = EventRow._fields.index("event_id"), EventRow._fields.index("recorded_at")
#: Places in a stored row.
_UNTIL, _SINCE, _EVENT, _ASK_AGAIN = 1, 3, 6, 7
_EPOCH, _FIRST = datetime(1970, 1, 1, tzinfo=UTC), date(1970, 1, 1)

Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Outcome:
    """A stored row whose instants are marks and whose event is one of the history, each by its place."""

    row: Row
    until: int | None
    since: int | None
    ask_again: int | None
    event: int | None

    @classmethod
    def of(cls, row: Row, rows: list[Row], marks: list[int]) -> "_Outcome | None":
        """None: rule 4."""
        instants = (row[_UNTIL], row[_SINCE], row[_ASK_AGAIN])
        ids = [event[_ID] for event in rows]
        if any(at is not None and at not in marks for at in instants) or row[_EVENT] not in (None, *ids):
            return None
        until, since, again = (None if at is None else marks.index(at) for at in instants)
        return cls(row, until, since, again, None if row[_EVENT] is None else ids.index(row[_EVENT]))

    def told(self, rows: list[Row], marks: list[int]) -> Row:
        """The stored row of another history of the shape."""
        status, _, code, _, notice, grade, _, _, may_ask = self.row
        return (
            status,
            None if self.until is None else marks[self.until],
            code,
            None if self.since is None else marks[self.since],
            notice,
            grade,
            None if self.event is None else rows[self.event][_ID],
            None if self.ask_again is None else marks[self.ask_again],
            may_ask,
        )


@dataclass(slots=True)
class _Era:
    """What is known under one set of terms of one item."""

    shapes: Shapes
    right: dict[Shape | None, set[str]] = field(default_factory=dict)  # by reach
    days: dict[int, set[str]] = field(default_factory=dict)  # the same sets, by day
    outcomes: dict[Shape, _Outcome] = field(default_factory=dict)

    def right_on(self, day: int) -> set[str]:
        """The likenesses known to be right on a day."""
        found = self.days.get(day)
        if found is None:
            reach = self.shapes.reach(day)
            found = self.days[day] = set() if reach is None else self.right.setdefault(reach, set())
        return found

    def forget(self) -> None:
        """Rule 5."""
        self.outcomes.clear()
        for texts in self.right.values():
            texts.clear()


class Alike:
    """Everything one rebuild knows."""

    def __init__(self, session: Session, reader: Reader) -> None:
        self._session, self._reader = session, reader
        self._notices = known_notices(session, reader)
        turns = session.book.turns(_EPOCH)
        self._torn = {_day_no(turn) for turn in turns if turn != day_start(shanghai_day(turn))}
        self._by_terms: dict[ItemTerms, _Era] = {}
        self._by_day: dict[tuple[int, int], _Era] = {}
        self._kept = 0

    def unknown(self, lines: Iterable[Likeness]) -> dict[tuple[int, int], Likeness]:
        """The lines none like which was found right, by person and item."""
        found, by_day = {}, self._by_day
        for line in lines:
            hcp, item, _, last, day, _, text = line
            if text is not None:
                era = by_day.get((item, day_of(last))) or self._era(item, last)
                known = era.days.get(day)
                if text in (era.right_on(day) if known is None else known):
                    continue
            found[hcp, item] = line
        return found

    def learn(self, line: Likeness) -> None:
        """This line was found right."""
        if line.text is not None:
            self._keep()
            self._era(line.item, line.last).right_on(line.day).add(line.text)

    def row(self, hcp_id: str, no: int, rows: list[Row]) -> Row:
        """The line as the table should hold it; ``rows`` are its events in order of entry."""
        era = self._era(no, max([row[_RECORDED] for row in rows]))
        found = era.shapes.of(rows)
        if found is None:
            return self._worked_out(hcp_id, rows)
        shape, marks = found
        known = era.outcomes.get(shape)
        if known is not None:
            return known.told(rows, marks)
        row = self._worked_out(hcp_id, rows)
        made = _Outcome.of(row, rows, marks)
        if made is not None:
            self._keep()
            era.outcomes[shape] = made
        return row

    def line(self, hcp_id: str, rows: list[Row]) -> LineStatus:
        """The line itself, worked out from the rows of one item."""
        mine = [self._reader.histories.event(row, hcp_id) for row in rows]
        return settled_lines(mine, terms_of=self._terms, notices=self._notices)[0]

    def _worked_out(self, hcp_id: str, rows: list[Row]) -> Row:
        return self._reader.histories.as_stored(self.line(hcp_id, rows))

    def _keep(self) -> None:
        if self._kept >= _MOST:
            for era in self._by_terms.values():
                era.forget()
            self._kept = 0
        self._kept += 1

    def _era(self, no: int, last: int) -> _Era:
        day = day_of(last)
        found = self._by_day.get((no, day))
        if found is not None:
            return found
        torn = day in self._torn
        then = _EPOCH + timedelta(microseconds=last) if torn else day_start(_FIRST + timedelta(days=day))
        held = self._terms(self._reader.consents.item_name(no), then)
        found = self._by_terms.get(held)
        if found is None:
            found = self._by_terms[held] = _Era(Shapes(held, self._notices))
        if not torn:
            self._by_day[no, day] = found
        return found

    def _terms(self, item: str, then: datetime) -> ItemTerms:
        return terms(self._session, item, at=then)


def _day_no(instant: datetime) -> int:
    return (shanghai_day(instant) - _FIRST).days
