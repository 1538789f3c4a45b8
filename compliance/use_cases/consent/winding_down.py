"""Ends of consents after the end: confirming that an ended item has stopped, and the end of the years it is kept.

Rules: (1) a withdrawal opens the tasks that stop its item by itself; what expired or was revoked stops at the next read
here, and somebody confirms the rest: papers and packs in the field, recipients, source systems, deletion (law.md C24;
PIPL 47(1)). Asked for it, one act opens the same tasks as a withdrawal; (2) once they are done the item reads as
archived; (3) a record whose archived items have all been kept for their years, and of whom nothing else stands, is
proposed for erasure (law.md C25; PIPL 19, 69; CC 188): a row on the work list and on Today. Nothing is erased by the
clock: an officer asks, a second person signs, a hold forbids it; (4) what keeps a record: an item that carries, waits
for a check or is suspended, an ask lock that still runs, a hold, another basis in force, an open case.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from compliance.consent.archiving import may_be_archived
from compliance.consent.codes import ExplanationCode
from compliance.errors import bad_input
from compliance.model.access import RecordStatus
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.consent import ConsentStatus, LineStatus
from compliance.use_cases.consent.withdrawing import items_reviewed, open_review, open_stopping_tasks
from compliance.use_cases.field.recalling import recall_all_of
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.facts import record_lines
from compliance.use_cases.seat.people import known_person
from compliance.use_cases.seat.session import Session
from compliance.vault import Snapshot, UnitOfWork

#: What ended without a word of the person.
ENDED = frozenset({ConsentStatus.EXPIRED, ConsentStatus.REVOKED, ConsentStatus.INVALIDATED})
_STANDS = frozenset(
    {
        ConsentStatus.GIVEN,
        ConsentStatus.RENEWED,
        ConsentStatus.CHANGE_PENDING,
        ConsentStatus.SUSPENDED,
        ConsentStatus.EVIDENCE_PENDING,
    }
)
#: Candidates looked at one by one; beyond that the list says "at least".
_MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class WoundDown:
    """Items whose stopping is to be confirmed, and the tasks that do it."""

    items: tuple[str, ...]
    tasks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """Somebody whose years are over, by the item that was kept longest."""

    hcp_id: str
    item: str
    since: datetime
    keep_until: datetime


def wind_down(session: Session, *, hcp_id: str) -> Answer[WoundDown | Refusal]:
    """Open the tasks that confirm the stop of everything of a person that expired or was revoked. InputErrors
    ``unknown_person``, ``nothing_ended``."""
    now = session.now()
    if no := barred(session, "wind_down", at=now, hcp_id=hcp_id):
        return no
    with session.vault.unit_of_work() as uow:
        person = known_person(uow, hcp_id)
        lines = record_lines(session, uow, hcp_id=person.hcp_id, at=now)
        items = tuple(sorted(item for item, line in lines.items() if line.status in ENDED and may_be_archived(line)))
        if not items:
            raise bad_input("nothing_ended", "hcp")
        recalls = recall_all_of(session, uow, hcp_id, at=now, why="ended")
        stopping = open_stopping_tasks(uow, person, now)
        tasks = (*recalls, *stopping, *open_review(uow, person, items_reviewed(items), now))
        uow.commit(
            session.event(
                Kind.CONSENT_WOUND_DOWN,
                at=now,
                hcps=(hcp_id,),
                detail={"items": list(items), "tasks": list(tasks)},
            )
        )
    return Answer(WoundDown(items=items, tasks=tasks), Changes(consents=True, tasks=True, audit=True))


def kept_long_enough(session: Session, reader: Snapshot | UnitOfWork, at: datetime) -> list[Over]:
    """People to propose for erasure, longest over first (rules 3 and 4)."""
    years = session.policy.parameter("consent_record_years", at)
    found = []
    for hcp_id in reader.tasks.reviewed_before(at - timedelta(days=365 * years), limit=_MOST):
        person = reader.people.get(hcp_id)
        if person is None or person.status is not RecordStatus.ACTIVE or reader.holds.over((hcp_id,), at) is not None:
            continue
        if any(case.closed_at is None for case in reader.cases.of(hcp_id)):
            continue
        if any(basis.in_force(at) for basis in reader.bases.of(hcp_id)):
            continue
        lines = record_lines(session, reader, hcp_id=hcp_id, at=at)
        if (over := _over(hcp_id, lines, at)) is not None:
            found.append(over)
    return sorted(found, key=lambda one: (one.keep_until, one.hcp_id))


def _over(hcp_id: str, lines: dict[str, LineStatus], at: datetime) -> Over | None:
    archived = [line for line in lines.values() if line.status is ConsentStatus.ARCHIVED]
    if not archived or any(line.status in _STANDS or not line.may_ask for line in lines.values()):
        return None
    if any(line.code is ExplanationCode.NO_STANDS_PENDING or may_be_archived(line) for line in lines.values()):
        return None  # a yes waits for its check, or something ended and nobody has confirmed its stop
    last = max(archived, key=lambda line: (line.keep_until or at, line.item))
    if last.keep_until is None or last.archived_since is None or at < last.keep_until:
        return None
    return Over(hcp_id=hcp_id, item=last.item, since=last.archived_since, keep_until=last.keep_until)
