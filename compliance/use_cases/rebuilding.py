"""The narrow state table made anew from all events: it must come out the same (architecture promise 6).

Rules: (1) rows are compared one by one with what the events say (``consent.settled``); (2) a look changes nothing; (3)
mending rewrites only rows that differ, in one transaction whose entry counts them; (4) the digest is the table's own,
the one that stands in every log seal.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from compliance.consent.settled import settled_lines
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.consent import ItemTerms, LineStatus
from compliance.progress import Phase, Progress
from compliance.use_cases.acting import barred
from compliance.use_cases.facts import Reader, terms
from compliance.use_cases.session import Session, known_notices


@dataclass(frozen=True, slots=True, kw_only=True)
class StatesRebuilt:
    """What the comparison found. ``differing`` rows were other than the events say; ``digest`` is the table's now."""

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
        digest = session.vault.ledger.digest("consent_state")
        return Answer(_report(people, events, rows, found, mended=False, digest=digest))
    with session.vault.unit_of_work() as uow:
        people, events, rows, found = _compare(session, uow, progress)
        for other in found:
            if other.line is None:
                uow.consents.drop_state(other.hcp_id, other.item)
            else:
                uow.consents.set_state(other.hcp_id, other.line)
        detail = {"people": people, "events": events, "rows": rows, "differing": len(found)}
        uow.commit(session.event(Kind.STATES_REBUILT, at=now, detail=detail))
    digest = session.vault.ledger.digest("consent_state")
    return Answer(
        _report(people, events, rows, found, mended=bool(found), digest=digest),
        Changes(consents=True, people=True, audit=True),
    )


def _report(
    people: int, events: int, rows: int, found: list[_Difference], *, mended: bool, digest: str
) -> StatesRebuilt:
    return StatesRebuilt(people=people, events=events, rows=rows, differing=len(found), mended=mended, digest=digest)


def _compare(session: Session, reader: Reader, progress: Progress) -> tuple[int, int, int, list[_Difference]]:
    notices = known_notices(session, reader)
    total = reader.consents.count_events()
    people = rows = done = 0
    found: list[_Difference] = []

    @lru_cache(maxsize=65_536)
    def terms_of(item: str, then: datetime) -> ItemTerms:
        return terms(session, item, at=then)

    for group, done in reader.consents.by_person():
        progress.tick(done, total)
        stored = reader.consents.states_many([hcp_id for hcp_id, _ in group])
        for hcp_id, events in group:
            people += 1
            held = stored[hcp_id]
            for line in settled_lines(events, terms_of=terms_of, notices=notices):
                rows += 1
                if held.pop(line.item, None) != replace(line, kinds=frozenset(), recipient=""):  # the notice says those
                    found.append(_Difference(hcp_id=hcp_id, item=line.item, line=line))
            found += [_Difference(hcp_id=hcp_id, item=item, line=None) for item in held]
    return people, done, rows, found
