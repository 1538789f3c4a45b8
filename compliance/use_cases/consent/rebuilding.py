"""The narrow state table and the queue of checks made anew from all events: they must come out the same (architecture
promise 6).

Rules: (1) rows are compared one by one with what the events say (``consent.settled``), except that what is alike is
worked out once (:mod:`~compliance.use_cases.consent.alike`); (2) a look changes nothing; (3) mending rewrites
only rows that differ, in one transaction whose entry counts them; (4) the digest is the table's own, the one that
stands in every log seal; (5) the queue of acts that wait for a check and the last day of a relation
with each person are compared as a whole and counted along, the day only where no row of the person differs.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from compliance.consent.sampling import MARK
from compliance.consent.shapes import ABOUT, ACTS
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.consent import LineStatus
from compliance.progress import Phase, Progress
from compliance.use_cases.consent.alike import Alike
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.facts import Reader
from compliance.use_cases.seat.session import Session
from compliance.vault import Likeness, Told


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
    histories, alike = reader.histories, Alike(session, reader)
    total = histories.count()
    people = rows = done = 0
    found: list[_Difference] = []
    for part in histories.parts(acts=ACTS, about=ABOUT, mark=MARK):
        progress.tick(done, total)
        shown = [line for line in part.lines if line.hcp in part.ids and line.hcp not in part.doubted]
        people += len({line.hcp for line in shown})
        rows += len(shown)
        done += sum([line.events for line in shown])
        doubted = alike.unknown(shown)
        for person in histories.told_lines(part.ids, doubted) if doubted else ():
            found += _differences(person, alike, reader, doubted)
        for person in histories.told({no: part.ids[no] for no in sorted(part.doubted)}) if part.doubted else ():
            people += 1
            rows += len(person.events)
            done += sum(map(len, person.events.values()))
            found += _differences(person, alike, reader, {})
    return people, done, rows, found


def _differences(
    person: Told, alike: Alike, reader: Reader, lines: Mapping[tuple[int, int], Likeness]
) -> list[_Difference]:
    """What is wrong about a person; a line that is right is learned."""
    held, found = person.stored, []
    for no, events in person.events.items():
        if held.pop(no, None) != alike.row(person.hcp_id, no, events):
            line = alike.line(person.hcp_id, events)
            found.append(_Difference(hcp_id=person.hcp_id, item=line.item, line=line))
        elif (person.hcp, no) in lines:
            alike.learn(lines[person.hcp, no])
    found += [_Difference(hcp_id=person.hcp_id, item=reader.consents.item_name(no), line=None) for no in held]
    return found
