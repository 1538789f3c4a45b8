"""Two records of one person become one, and two again (R26, REQ-035): nothing is decided by a name alone.

Rules: (1) two people: one asks, another confirms; so does taking apart, because it may open again what was closed; (2)
the stricter word wins: where either record holds a no (refusal, withdrawal, unproven no) and the other a yes, the yes
is closed from the merge on and only a new act of the person opens it; that closing stands in the record that holds
the no, so that taking apart gives the other its yes back; (3) blocks of both stand; (4) values stay with their record:
those of the kept one are shown; (5) who objected to public information while merged objects in both records after, and
a state that was said meanwhile (deceased, do not contact, dormant) stands in both: it was said of the person.
"""

from dataclasses import dataclass
from datetime import datetime

from compliance.consent.folding import MERGED
from compliance.consent.standing import handler_act
from compliance.errors import bad_input
from compliance.model.access import Block
from compliance.model.answer import Answer, Refusal
from compliance.model.audit import Kind
from compliance.model.consent import NEGATIVE_STATES, ConsentStatus, EventKind, LineStatus
from compliance.model.ids import MANY, new_id
from compliance.model.person_state import BLOCKS
from compliance.model.register import PendingRequest
from compliance.use_cases.consent.standing import refresh
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.facts import lines_of
from compliance.use_cases.seat.people import known_person
from compliance.use_cases.seat.session import Session
from compliance.use_cases.signing.carrying import settle
from compliance.use_cases.signing.two_person import ask_second
from compliance.vault import MergeCase, UnitOfWork

_YES = frozenset(
    {
        ConsentStatus.GIVEN,
        ConsentStatus.RENEWED,
        ConsentStatus.CHANGE_PENDING,
        ConsentStatus.SUSPENDED,
        ConsentStatus.EVIDENCE_PENDING,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """An item the merge closes: the record that holds the no, and the one whose yes ends."""

    item: str
    no_of: str
    yes_of: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MergePreview:
    """What a merge would do. ``blocks`` are those the kept record takes over."""

    kept: str
    gone: str
    closed: tuple[Closed, ...]
    blocks: tuple[str, ...]


def preview_merge(session: Session, *, kept: str, gone: str) -> Answer[MergePreview | Refusal]:
    """Which consents a merge closes and which blocks it brings. Nothing is changed; the look is logged."""
    now = session.now()
    if no := barred(session, "merge_people", at=now, hcp_id=kept):
        return no
    with session.vault.unit_of_work() as uow:
        _check(uow, kept, gone)
        closed = _closed(session, uow, kept, gone, now)
        added = known_person(uow, gone).blocks - known_person(uow, kept).blocks
        uow.commit(session.event(Kind.LIST_SHOWN, at=now, hcps=(kept, gone), detail={"what": "merge_preview"}))
    return Answer(MergePreview(kept=kept, gone=gone, closed=closed, blocks=tuple(sorted(map(str, added)))))


def merge_people(session: Session, *, kept: str, gone: str) -> Answer[PendingRequest | Refusal]:
    """Ask for ``gone`` to be merged into ``kept``. InputErrors ``unknown_person``, ``same_record``, ``merge_chain``."""
    now = session.now()
    if no := barred(session, "merge_people", at=now, hcp_id=kept):
        return no
    with session.vault.snapshot() as snap:
        _check(snap, kept, gone)  # type: ignore[arg-type]
    return ask_second(session, action="merge", at=now, params={"kept": kept, "gone": gone}, hcps=(kept, gone))


def unmerge_people(session: Session, *, case_id: str) -> Answer[PendingRequest | Refusal]:
    """Ask for a merge to be taken apart. InputErrors ``unknown_merge``."""
    now = session.now()
    if no := barred(session, "merge_people", at=now):
        return no
    with session.vault.snapshot() as snap:
        case = snap.merges.get(case_id)
    if case is None or case.undone_at is not None:
        raise bad_input("unknown_merge", "case")
    return ask_second(session, action="unmerge", at=now, params={"case": case_id}, hcps=(case.kept, case.gone))


def list_merges(session: Session) -> Answer[tuple[MergeCase, ...]]:
    """Every merge, newest first."""
    with session.vault.snapshot() as snap:
        return Answer(tuple(snap.merges.all()))


def carry_merge(session: Session, *, kept: str, gone: str) -> dict[str, object]:
    """The second signature: close what the stricter record closes, take over blocks, join."""
    now = session.now()
    with session.vault.unit_of_work() as uow:
        _check(uow, kept, gone)
        closed = _closed(session, uow, kept, gone, now)
        for one in closed:
            uow.consents.add(
                handler_act(
                    EventKind.REVOKED,
                    hcp_id=one.no_of,
                    item=one.item,
                    event_id=new_id("EV", MANY),
                    now=now,
                    recorder=session.actor,
                    defect=MERGED,
                )
            )
        before = known_person(uow, kept).blocks
        added = known_person(uow, gone).blocks - before
        uow.people.set_blocks(kept, before | added)
        case = MergeCase(
            case_id=new_id("MG"), kept=kept, gone=gone, merged_at=now, merged_by=session.actor, added_blocks=added
        )
        uow.merges.add(case)
        refresh(session, uow, kept, at=now)
        detail = {"case": case.case_id, "kept": kept, "gone": gone, "closed": [one.item for one in closed]}
        settle(session, uow)
        uow.commit(session.event(Kind.PEOPLE_MERGED, at=now, hcps=(kept, gone), detail=detail))
    return {"case": case.case_id, "kept": kept, "closed": [one.item for one in closed]}


def carry_unmerge(session: Session, *, case_id: str) -> dict[str, object]:
    """The second signature: both records as they were, with what happened to the kept one since."""
    now = session.now()
    with session.vault.unit_of_work() as uow:
        case = uow.merges.get(case_id)
        if case is None or case.undone_at is not None:
            raise bad_input("unknown_merge", "case")
        undo(session, uow, case, now)
        detail = {"case": case_id, "kept": case.kept, "gone": case.gone}
        settle(session, uow)
        uow.commit(session.event(Kind.PEOPLE_UNMERGED, at=now, hcps=(case.kept, case.gone), detail=detail))
    return {"case": case_id, "kept": case.kept, "restored": case.gone}


def undo(session: Session, uow: UnitOfWork, case: MergeCase, now: datetime) -> None:
    """Take one merge apart inside a transaction."""
    uow.merges.undo(case.case_id, now)
    kept = known_person(uow, case.kept).blocks
    own, since = _states(uow, case, kept)
    uow.people.set_blocks(case.kept, kept - case.added_blocks | own)
    gone = known_person(uow, case.gone).blocks
    if since - gone:
        uow.people.set_blocks(case.gone, gone | since)
    if Block.OBJECTION in kept and uow.suppressions.made_since(case.kept, case.merged_at):
        uow.people.set_blocks(case.gone, known_person(uow, case.gone).blocks | {Block.OBJECTION})
    refresh(session, uow, case.kept, at=now)
    refresh(session, uow, case.gone, at=now)


def _states(uow: UnitOfWork, case: MergeCase, blocks: frozenset[Block]) -> tuple[frozenset[Block], frozenset[Block]]:
    """Blocks of states said of the kept record itself, and of those the ones said while it was merged (rule 5)."""
    standing = [said for said in uow.person_states.of(case.kept) if said.stands]
    own = {block for said in standing for block in BLOCKS[said.state]}
    since = {block for said in standing if said.said_at >= case.merged_at for block in BLOCKS[said.state]}
    return blocks & own, blocks & since


def _check(uow: UnitOfWork, kept: str, gone: str) -> None:
    if kept == gone:
        raise bad_input("same_record", "gone")
    known_person(uow, kept)
    known_person(uow, gone)
    if uow.merges.into(gone):
        raise bad_input("merge_chain", "gone")


def _closed(session: Session, uow: UnitOfWork, kept: str, gone: str, now: datetime) -> tuple[Closed, ...]:
    """Items with a no on one side and a yes, or what may become one, on the other (rule 2)."""
    one, other = lines_of(session, uow, hcp_id=kept, at=now), lines_of(session, uow, hcp_id=gone, at=now)
    found = []
    for item in sorted(one.keys() & other.keys()):
        if _no(one[item]) and other[item].status in _YES:
            found.append(Closed(item=item, no_of=kept, yes_of=gone))
        elif _no(other[item]) and one[item].status in _YES:
            found.append(Closed(item=item, no_of=gone, yes_of=kept))
    return tuple(found)


def _no(line: LineStatus) -> bool:
    return line.status in NEGATIVE_STATES
