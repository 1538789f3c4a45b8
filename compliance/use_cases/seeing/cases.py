"""Cases give ``rights`` its reason (request, evidence check, erasure); tasks wait for a person."""

from compliance.errors import bad_input
from compliance.model.access import Block
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind, Scalar
from compliance.model.ids import new_id
from compliance.model.register import Case, PaperEnd, Task
from compliance.use_cases.field.paper_register import end_paper
from compliance.use_cases.field.recalling import TASK, recall_closed
from compliance.use_cases.seat.acting import barred, refuse
from compliance.use_cases.seat.free_text import guard
from compliance.use_cases.seat.people import known_person
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seeing.exceptional import cannot_review, end_reviewed
from compliance.use_cases.seeing.lending import REVIEW
from compliance.use_cases.seeing.lending import references as lending_references

#: A payment task opens account and identity number to finance, for this person alone (REQ-040).
PAYMENT = "payment"
KINDS = (
    "access",
    "copy",
    "correct",
    "delete",
    "restrict",
    "object",
    "explain",
    "transfer",
    "complaint",
    "evidence",
    PAYMENT,
)
#: Kinds that are no request of the person: nothing waits for an answer to them.
_OURS = frozenset({"evidence", PAYMENT})


def open_case(session: Session, *, hcp_id: str, kind: str) -> Answer[Case | Refusal]:
    """Open a case for one person. While a request of theirs is open nobody asks them, sorts them or suggests (block
    ``open_request``)."""
    now = session.now()
    if no := barred(session, _act(kind), at=now, hcp_id=hcp_id):
        return no
    if kind not in KINDS:
        raise bad_input("unknown_case_kind", "kind", kind, ", ".join(KINDS))
    with session.vault.unit_of_work() as uow:
        person = known_person(uow, hcp_id)
        case = Case(
            case_id=new_id("CASE"), hcp_id=hcp_id, kind=kind, opened_at=now, opened_by=session.actor, closed_at=None
        )
        uow.cases.add(case)
        detail: dict[str, Scalar | list[Scalar]] = {"case": case.case_id, "kind": kind}
        if kind not in _OURS and Block.OPEN_REQUEST not in person.blocks:
            uow.people.set_blocks(hcp_id, person.blocks | {Block.OPEN_REQUEST})
            recall_closed(session, uow, hcp_id, at=now)
            detail |= {"block": str(Block.OPEN_REQUEST), "on": True}
        uow.commit(session.event(Kind.CASE_OPENED, at=now, hcps=(hcp_id,), detail=detail))
    return Answer(case, Changes(people=True, tasks=True, audit=True))


def close_case(session: Session, *, case_id: str) -> Answer[str | Refusal]:
    """Close a case; from then on it opens nothing."""
    now = session.now()
    with session.vault.snapshot() as snap:
        known = snap.cases.get(case_id)
    if no := barred(session, _act(known.kind if known else ""), at=now):
        return no
    with session.vault.unit_of_work() as uow:
        case = uow.cases.get(case_id)
        if case is None or case.closed_at is not None:
            raise bad_input("unknown_case", "case")
        uow.cases.close(case_id, now)
        detail: dict[str, Scalar | list[Scalar]] = {"case": case_id}
        person = uow.people.get(case.hcp_id)
        rest = [one for one in uow.cases.open() if one.hcp_id == case.hcp_id and one.kind not in _OURS]
        if person is not None and Block.OPEN_REQUEST in person.blocks and not rest:
            uow.people.set_blocks(case.hcp_id, person.blocks - {Block.OPEN_REQUEST})
            detail |= {"block": str(Block.OPEN_REQUEST), "on": False}
        uow.commit(session.event(Kind.CASE_CLOSED, at=now, hcps=(case.hcp_id,), detail=detail))
    return Answer(case_id, Changes(people=True, tasks=True, audit=True))


def _act(kind: str) -> str:
    return "open_payment_case" if kind == PAYMENT else "open_case"


def list_cases(session: Session) -> Answer[tuple[Case, ...]]:
    """Open cases, oldest first."""
    with session.vault.snapshot() as snap:
        return Answer(tuple(snap.cases.open()))


def list_tasks(session: Session) -> Answer[tuple[Task, ...]]:
    """Open tasks, the ones due first in front."""
    with session.vault.snapshot() as snap:
        return Answer(tuple(snap.tasks.open()))


#: Tasks others must act on: closing them needs what they sent back (REQ-031); a review needs its finding (REQ-047).
NEEDS_RECEIPT = frozenset({"tell_recipient", "tell_source", "review_deletion", REVIEW})
_MOST_WORDS = 120


def done_task(session: Session, *, task_id: str, receipt: str = "") -> Answer[str | Refusal]:
    """Mark a task done; of a recall: the paper is destroyed. ``receipt`` says what proves it (a letter's number, a
    ticket); some tasks need one. InputErrors ``unknown_task``, ``task_done``."""
    now = session.now()
    if no := barred(session, "list_tasks", at=now):
        return no
    guard(session, {"receipt": receipt})
    with session.vault.unit_of_work() as uow:
        task = uow.tasks.get(task_id)
        if task is not None and task.done_at is None and task.kind == REVIEW:
            if no_review := cannot_review(session, uow, task.subject, at=now):
                detail: dict[str, Scalar | list[Scalar]] = {"task": task_id, "exceptional": task.subject}
                return refuse(session, uow, at=now, reason=no_review, detail=detail, because=lending_references())
            if receipt.strip():
                end_reviewed(session, uow, task.subject, at=now)
        if task is not None and task.done_at is None and task.kind in NEEDS_RECEIPT and not receipt.strip():
            return refuse(session, uow, at=now, reason="receipt_missing", detail={"task": task_id, "kind": task.kind})
        uow.tasks.done(task_id, now, session.actor)
        if task is not None and task.kind == TASK:
            paper = uow.sheets.get(task.subject)
            if paper is not None and paper.ended_at is None:
                end_paper(session, uow, paper.serial, at=now, how=PaperEnd.DESTROYED)
                uow.queue(
                    session.event(
                        Kind.SHEET_ENDED, at=now, detail={"serials": [paper.serial], "how": str(PaperEnd.DESTROYED)}
                    )
                )
        detail = {"task": task_id, "receipt": receipt.strip()[:_MOST_WORDS]}
        uow.commit(session.event(Kind.TASK_DONE, at=now, detail=detail))
    return Answer(task_id, Changes(tasks=True, audit=True))
