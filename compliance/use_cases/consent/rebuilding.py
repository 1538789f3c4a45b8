"""The narrow state table and the queue of checks made anew from all events: they must come out the same (architecture
promise 6).

Rules: (1) rows are compared one by one with what the events say (``consent.settled``), except that lines alike
(``vault.histories``) are worked out once, under each set of terms; (2) a look changes nothing; (3) mending rewrites
only rows that differ, in one transaction whose entry counts them; (4) the digest is the table's own, the one that
stands in every log seal; (5) the queue of acts that wait for a check and the last day of a relation
with each person are compared as a whole and counted along, the day only where no row of the person differs.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from compliance.clock import day_start
from compliance.consent.sampling import MARK
from compliance.consent.settled import settled_lines
from compliance.consent.shapes import ABOUT, ACTS, EventRow, Shape, shape_of
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.consent import ItemTerms, LineStatus
from compliance.progress import Phase, Progress
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.facts import Reader, terms
from compliance.use_cases.seat.session import Session, known_notices
from compliance.vault import Likeness

#: Place of the named event in a stored row, and how many shapes are kept at once.
_EVENT, _MOST_SHAPES = 6, 200_000
_ID = EventRow._fields.index("event_id")
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatesRebuilt:
    """What the comparison found. ``differing`` rows of the table and of the queue of checks, and days of relations,
    were other than the events say; ``digest`` is the table's now."""

    people: int
    events: int
    rows: int
    differing: int
    mended: bool
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Difference:
    hcp_id: str
    item: str
    line: LineStatus | None  # None: no event stands behind the row


def rebuild_states(session: Session, *, mend: bool, progress: Progress) -> Answer[StatesRebuilt | Refusal]:
    """Work out every status anew and compare; ``mend`` writes what differs. A cancelled one changes nothing."""
    now = session.now()
    if no := barred(session, "rebuild_states", at=now):
        return no
    progress.phase(Phase.CHECKING)
    if not mend:
        with session.vault.snapshot() as snap:
            people, events, rows, found = _compare(session, snap, progress)
            mended = {other.hcp_id for other in found}
            differing = len(found) + snap.waits.differing() + snap.relations.differing(but=mended)
        digest = session.vault.ledger.digest("consent_state")
        return Answer(_report(people, events, rows, differing, mended=False, digest=digest))
    with session.vault.unit_of_work() as uow:
        people, events, rows, found = _compare(session, uow, progress)
        queue, days = uow.waits.differing(), uow.relations.differing(but={other.hcp_id for other in found})
        if queue:
            uow.waits.mend()
        differing = len(found) + queue + days
        for other in found:
            if other.line is None:
                uow.consents.drop_state(other.hcp_id, other.item)
            else:
                uow.consents.set_state(other.hcp_id, other.line)
        if days:
            uow.relations.mend()
        detail = {"people": people, "events": events, "rows": rows, "differing": differing}
        uow.commit(session.event(Kind.STATES_REBUILT, at=now, detail=detail))
    digest = session.vault.ledger.digest("consent_state")
    return Answer(
        _report(people, events, rows, differing, mended=bool(differing), digest=digest),
        Changes(consents=True, people=True, audit=True),
    )


def _report(people: int, events: int, rows: int, differing: int, *, mended: bool, digest: str) -> StatesRebuilt:
    return StatesRebuilt(people=people, events=events, rows=rows, differing=differing, mended=mended, digest=digest)


def _compare(session: Session, reader: Reader, progress: Progress) -> tuple[int, int, int, list[_Difference]]:
    total = reader.histories.count()
    settled = _Settled(session, reader)
    right = _Right(session, reader)
    people = rows = done = 0
    found: list[_Difference] = []
    for part in reader.histories.parts(acts=ACTS, about=ABOUT, mark=MARK):
        progress.tick(done, total)
        doubted = set(part.doubted)
        doubted.update(line.hcp for line in part.lines if not right.knows(line))
        doubted &= part.ids.keys()
        sure = [line for line in part.lines if line.hcp in part.ids and line.hcp not in doubted]
        people += len({line.hcp for line in sure})
        rows += len(sure)
        done += sum([line.events for line in sure])
        if not doubted:
            continue
        alike = {(line.hcp, line.item): line for line in part.lines if line.hcp in doubted}
        for person in reader.histories.told({no: part.ids[no] for no in sorted(doubted)}):
            people += 1
            held = person.stored
            for no, events in person.events.items():
                rows += 1
                done += len(events)
                if held.pop(no, None) != settled.row(person.hcp_id, no, events):
                    line = settled.line(person.hcp_id, events)
                    found.append(_Difference(hcp_id=person.hcp_id, item=line.item, line=line))
                elif (known := alike.get((person.hcp, no))) is not None and known.events == len(events):
                    right.learn(known)
            found += [_Difference(hcp_id=person.hcp_id, item=settled.item(no), line=None) for no in held]
    return people, done, rows, found


class _Right:
    """Likenesses known to be right, by the terms that held at the last entry."""

    def __init__(self, session: Session, reader: Reader) -> None:
        self._session, self._reader = session, reader
        self._eras: dict[tuple[int, int], set[str | None]] = {}  # by item and day
        self._by_terms: dict[ItemTerms, set[str | None]] = {}
        self._count = 0

    def knows(self, line: Likeness) -> bool:
        """Whether a line like this one was found right."""
        return line.text in (self._eras.get((line.item, line.day)) or self._era(line))

    def learn(self, line: Likeness) -> None:
        """This line was found right."""
        if line.text is None:
            return
        if self._count > _MOST_SHAPES:
            for era in self._by_terms.values():
                era.clear()
            self._count = 0
        self._era(line).add(line.text)
        self._count += 1

    def _era(self, line: Likeness) -> set[str | None]:
        at = (line.item, line.day)
        if at not in self._eras:
            item = self._reader.consents.item_name(line.item)
            held = terms(self._session, item, at=day_start(_EPOCH + timedelta(days=line.day)))
            self._eras[at] = self._by_terms.setdefault(held, set())
        return self._eras[at]


class _Settled:
    """Settled lines, worked out once for each shape of history."""

    def __init__(self, session: Session, reader: Reader) -> None:
        self._session, self._reader = session, reader
        self._notices = known_notices(session, reader)
        self._known: dict[tuple[int, Shape], tuple[tuple[Any, ...], int | None]] = {}

    def row(self, hcp_id: str, no: int, events: list[tuple[Any, ...]]) -> tuple[Any, ...]:
        """The line as the table should hold it."""
        key = (no, shape_of(events))
        known = self._known.get(key)
        if known is None:
            if len(self._known) > _MOST_SHAPES:
                self._known.clear()
            line = self.line(hcp_id, events)
            ids = [row[_ID] for row in events]
            place = ids.index(line.event_id) if line.event_id is not None else None
            known = self._known[key] = (self._reader.histories.as_stored(line), place)
        row, place = known
        return row if place is None else (*row[:_EVENT], events[place][_ID], *row[_EVENT + 1 :])

    def line(self, hcp_id: str, rows: list[tuple[Any, ...]]) -> LineStatus:
        """The line itself, from the rows of one item."""
        mine = [self._reader.histories.event(row, hcp_id) for row in rows]
        return settled_lines(mine, terms_of=self._terms, notices=self._notices)[0]

    def item(self, no: int) -> str:
        """The item of a number."""
        return self._reader.consents.item_name(no)

    def _terms(self, item: str, then: datetime) -> ItemTerms:
        return terms(self._session, item, at=then)
