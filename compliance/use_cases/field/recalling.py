"""Papers in the field that must come back: found in the transaction of the act that closes a person (R14, R23).

Rules: (1) a paper is recalled when the person it names may no longer be read for its purpose by the rep who holds it,
and whenever the person withdraws anything, because the channels printed on it are no longer true; (2) each recall
opens one task for the rep's papers of that person, and one entry names the serials; (3) who is only named as
not to be contacted is named truly when closed: only erasure recalls such a paper; (4) recalled twice is once.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from compliance.model.access import AccessRefused
from compliance.model.audit import Kind
from compliance.model.ids import new_id
from compliance.model.register import PaperState, SheetRecord, Task
from compliance.policy.access import decide_access
from compliance.use_cases.seat.facts import access_facts
from compliance.use_cases.seat.session import Session
from compliance.vault import Snapshot, UnitOfWork

TASK = "recall_sheet"
_HOURS = 24
#: Serials one entry names.
_MOST = 500


def papers_naming(reader: UnitOfWork | Snapshot, hcp_ids: Iterable[str], *, at: datetime) -> tuple[SheetRecord, ...]:
    """Papers in use, or expired and not yet reported gone, that name any of these people; newest first."""
    wanted = set(hcp_ids)
    waiting = (paper for paper in reader.sheets.waiting() if wanted.intersection(paper.about))
    return tuple(paper for paper in waiting if paper.state(at) in (PaperState.OUT, PaperState.EXPIRED))


def recall(
    session: Session, uow: UnitOfWork, papers: Sequence[SheetRecord], *, at: datetime, why: str, hcp_id: str = ""
) -> tuple[str, ...]:
    """Recall these in the transaction ``uow``, whose commit then carries the entry. With ``hcp_id`` a task is opened
    for each paper; the ids of the tasks."""
    for paper in papers:
        uow.sheets.recall(paper.serial, at)
    for begin in range(0, len(papers), _MOST):
        serials = [paper.serial for paper in papers[begin : begin + _MOST]]
        hcps = (hcp_id,) if hcp_id else ()
        uow.queue(session.event(Kind.SHEET_RECALLED, at=at, hcps=hcps, detail={"serials": serials, "why": why}))
    if not hcp_id:
        return ()
    tasks = []
    for paper in papers:
        if at >= paper.expires_at:
            continue
        task_id = new_id("TK")
        uow.tasks.add(
            Task(task_id=task_id, kind=TASK, hcp_id=hcp_id, subject=paper.serial, due=at + timedelta(hours=_HOURS),
                 opened_at=at, done_at=None, done_by="")
        )  # fmt: skip
        tasks.append(task_id)
    return tuple(tasks)


def recall_all_of(session: Session, uow: UnitOfWork, hcp_id: str, *, at: datetime, why: str) -> tuple[str, ...]:
    """Every paper that shows a person; of an erased person also the lists that only name them."""
    papers = [p for p in uow.sheets.out(hcp_id) if why == "erased" or p.shows(hcp_id) is not None]
    return recall(session, uow, papers, at=at, why=why, hcp_id=hcp_id)


def recall_closed(session: Session, uow: UnitOfWork, hcp_id: str, *, at: datetime) -> tuple[str, ...]:
    """The papers of a person who is now closed to the rep who holds them."""
    closed = [paper for paper in uow.sheets.out(hcp_id) if _closed(session, uow, paper, hcp_id, at)]
    return recall(session, uow, closed, at=at, why="closed", hcp_id=hcp_id)


def recall_closed_for_all(session: Session, uow: UnitOfWork, *, at: datetime) -> int:
    """The same for everybody, when a purpose or item was stopped; how many papers."""
    papers = [p for p in uow.sheets.waiting() if p.state(at) is PaperState.OUT]
    closed = [paper for paper in papers if any(_closed(session, uow, paper, who, at) for who in paper.about)]
    recall(session, uow, closed, at=at, why="stopped")
    return len(closed)


def _closed(session: Session, uow: UnitOfWork, paper: SheetRecord, hcp_id: str, at: datetime) -> bool:
    purpose = paper.shows(hcp_id)
    if purpose is None:
        return False
    rep = uow.reps.get(paper.rep)
    if rep is None:
        return True
    facts, _ = access_facts(session, uow, hcp_id=hcp_id, at=at, rep=rep.name)
    decision = decide_access(session.policy, role=rep.role, purpose=purpose, facts=facts, at=at)
    return isinstance(decision, AccessRefused)
