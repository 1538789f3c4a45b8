"""The register of papers in the field: sheets, day plans and lists, where each stands, and how it ends (R23).

Rules: (1) a paper is asked back by one person, at once; (2) what was recalled or has expired stays somebody's work
until it is reported returned, destroyed or lost; (3) a lost paper opens a task of its own, because a loss may have to
be told (PIPL 57); (4) many papers are reported together, all or none; (5) a register holds serials and pseudonyms.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from compliance.errors import Fault, InputErrors, bad_input
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.ids import new_id
from compliance.model.register import PaperEnd, PaperState, SheetRecord, Task
from compliance.use_cases.field.recalling import TASK, recall
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.session import Session
from compliance.vault import UnitOfWork

LOST_TASK = "paper_lost"
_HOURS = 24


def list_papers(
    session: Session, *, state: PaperState | None = None, hcp_id: str = "", rep: str = ""
) -> Answer[tuple[SheetRecord, ...] | Refusal]:
    """Papers, newest first; without a ``state`` those that are not reported gone."""
    now = session.now()
    if no := barred(session, "see_sheets", at=now):
        return no
    with session.vault.snapshot() as snap:
        if hcp_id:
            found = snap.sheets.of(hcp_id)
        else:
            found = snap.sheets.all() if state is PaperState.ENDED else snap.sheets.waiting()
    kept = tuple(p for p in found if (not rep or p.rep == rep) and (state in (None, p.state(now))))
    return Answer(kept)


def recall_papers(session: Session, *, serials: Sequence[str]) -> Answer[tuple[str, ...] | Refusal]:
    """Ask for papers back. InputErrors ``unknown_sheet_serial``, ``sheet_ended``, of all faulty serials at once."""
    now = session.now()
    if no := barred(session, "recall_sheet", at=now):
        return no
    with session.vault.unit_of_work() as uow:
        papers = _all_of(uow, serials)
        fresh = [paper for paper in papers if paper.recalled_at is None]
        if not fresh:
            raise bad_input("sheets_recalled", "serial")
        recall(session, uow, fresh, at=now, why="by_hand")
        uow.commit()
    return Answer(tuple(paper.serial for paper in fresh), Changes(exports=True, tasks=True, audit=True))


def report_papers(session: Session, *, serials: Sequence[str], how: PaperEnd) -> Answer[tuple[str, ...] | Refusal]:
    """Papers came back, were destroyed, or are lost. InputErrors as :func:`recall_papers`."""
    now = session.now()
    if no := barred(session, "report_sheet", at=now):
        return no
    with session.vault.unit_of_work() as uow:
        papers = _all_of(uow, serials)
        for paper in papers:
            end_paper(session, uow, paper.serial, at=now, how=how)
            if how is PaperEnd.LOST:
                uow.tasks.add(loss_of(paper, now))
        ended = [paper.serial for paper in papers]
        uow.commit(session.event(Kind.SHEET_ENDED, at=now, detail={"serials": ended, "how": str(how)}))
    return Answer(tuple(ended), Changes(exports=True, tasks=True, audit=True))


def end_paper(session: Session, uow: UnitOfWork, serial: str, *, at: datetime, how: PaperEnd) -> None:
    """Note the end of one paper, and finish the tasks that asked for it."""
    uow.sheets.end(serial, at, how, session.actor)
    for task in uow.tasks.open(kind=TASK):
        if task.subject == serial:
            uow.tasks.done(task.task_id, at, session.actor)


def _all_of(uow: UnitOfWork, serials: Sequence[str]) -> list[SheetRecord]:
    """The papers of these serials, or every fault at once."""
    wanted = tuple(dict.fromkeys(s.strip().upper() for s in serials if s.strip()))
    if not wanted:
        raise bad_input("serial_needed", "serial")
    found = {serial: uow.sheets.get(serial) for serial in wanted}
    faults = [Fault("serial", code, serial) for serial, paper in found.items() if (code := _fault(paper))]
    if faults:
        raise InputErrors(faults)
    return [paper for paper in found.values() if paper is not None]


def _fault(paper: SheetRecord | None) -> str:
    if paper is None:
        return "unknown_sheet_serial"
    return "sheet_ended" if paper.ended_at is not None else ""


def loss_of(paper: SheetRecord, now: datetime) -> Task:
    """The task that a lost paper opens."""
    return Task(
        task_id=new_id("TK"), kind=LOST_TASK, hcp_id=paper.hcp_id, subject=paper.serial,
        due=now + timedelta(hours=_HOURS), opened_at=now, done_at=None, done_by="",
    )  # fmt: skip
