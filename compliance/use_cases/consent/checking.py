"""The second person's check of evidence (C05): what waits, the document itself, accepted or returned with a reason."""

from dataclasses import dataclass
from datetime import datetime

from compliance.consent.checks import check_evidence as judge_evidence
from compliance.errors import InputErrors, bad_input
from compliance.importing.documents import Document
from compliance.importing.drawing import DRAWN_KINDS, Drawer
from compliance.model.access import Purpose, Reference
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.consent import ConsentEvent, EventKind, Method
from compliance.model.ids import MANY, new_id
from compliance.use_cases.consent.recording import Recorded
from compliance.use_cases.consent.signatures import BECAUSE, broken
from compliance.use_cases.consent.standing import known_event, refresh
from compliance.use_cases.intake.stacks import defects, settle_form
from compliance.use_cases.seat.acting import barred, refuse
from compliance.use_cases.seat.clock_trouble import clock_holds
from compliance.use_cases.seat.duties import may
from compliance.use_cases.seat.session import Session
from compliance.vault import UnitOfWork

#: Above this many people an entry counts them instead of naming each.
_LISTED_BY_NAME = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingCheck:
    """One piece of evidence that waits for a second person."""

    event_id: str
    hcp_id: str
    display: str
    item: str
    method: Method
    acted_at: datetime | None
    recorded_by: str
    evidence_id: str | None
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFile:
    """An opened document."""

    media_type: str
    data: bytes
    sha256: str

    def __repr__(self) -> str:
        return f"EvidenceFile({self.media_type}, {len(self.data)} bytes)"


def pending_checks(session: Session) -> Answer[tuple[PendingCheck, ...]]:
    """Every act that waits for a second person, whatever stands meanwhile, oldest first; with name and hospital for
    those who may check it."""
    now = session.now()
    with session.vault.unit_of_work() as uow:
        waiting = uow.consents.waiting()
        rows = {e.evidence_id: uow.evidence.get(e.evidence_id) for e in waiting if e.evidence_id}
        names = {}
        if waiting and may(session.role, "check_evidence"):
            ids = sorted({e.hcp_id for e in waiting})
            names = {h: f"{row.name} · {row.hospital}" for h, row in uow.index.get_many(ids).items()}
            uow.commit(
                session.event(
                    Kind.LIST_SHOWN,
                    at=now,
                    hcps=tuple(ids) if len(ids) <= _LISTED_BY_NAME else (),
                    purpose=str(Purpose.RIGHTS),
                    fields=("full_name", "institution_name"),
                    detail={"what": "pending_checks", "people": len(ids)},
                )
            )
    return Answer(
        tuple(
            PendingCheck(
                event_id=e.event_id,
                hcp_id=e.hcp_id,
                display=names.get(e.hcp_id, e.hcp_id),
                item=e.item,
                method=e.method,
                acted_at=e.acted_at,
                recorded_by=e.recorded_by,
                evidence_id=e.evidence_id,
                media_type=row.media_type if e.evidence_id and (row := rows.get(e.evidence_id)) else "",
            )
            for e in waiting
        )
    )


def open_evidence(session: Session, *, event_id: str) -> Answer[EvidenceFile | Refusal]:
    """The sealed document of one event, logged before it is shown."""
    now = session.now()
    if no := barred(session, "check_evidence", at=now):
        return no
    with session.vault.unit_of_work() as uow:
        event = known_event(uow, event_id)
        if event.evidence_id is None:
            return refuse(session, uow, at=now, reason="no_evidence", hcp_id=event.hcp_id, detail={"event": event_id})
        row = uow.evidence.get(event.evidence_id)
        if row is None:
            raise bad_input("unknown_event", "event")
        data = uow.evidence.open(event.evidence_id)
        uow.commit(
            session.event(
                Kind.EVIDENCE_OPENED,
                at=now,
                hcps=(event.hcp_id,),
                purpose=str(Purpose.RIGHTS),
                detail={"event": event_id, "sha256": row.sha256},
            )
        )
    return Answer(EvidenceFile(media_type=row.media_type, data=data, sha256=row.sha256), Changes(audit=True))


def check_evidence(session: Session, *, event_id: str, accept: bool, code: str = "") -> Answer[Recorded | Refusal]:
    """The second person's check. The uploader is refused; a rejection needs a reason of the list, never a free word."""
    now = session.now()
    if no := barred(session, "check_evidence", at=now):
        return no
    if not accept and not code.strip():
        raise bad_input("defect_missing", "code")
    if not accept and code not in defects():  # the word itself is not repeated: it may be about a person
        raise bad_input("unknown_defect", "code", nearest=", ".join(defects()))
    with session.vault.unit_of_work() as uow:
        target = known_event(uow, event_id)
        if accept and (no := clock_holds(session, uow, (EventKind.CHECK_ACCEPTED,), at=now, hcp_id=target.hcp_id)):
            return no
        outcome = judge_evidence(
            event_id,
            event_id=new_id("EV", MANY),
            accept=accept,
            defect=code or None,
            events=uow.consents.events(target.hcp_id),
            now=now,
            checker=session.actor,
            checker_role=session.role,
        )
        if isinstance(outcome, Refusal):
            return refuse(
                session,
                uow,
                at=now,
                reason=outcome.reason,
                hcp_id=target.hcp_id,
                detail={"event": event_id},
                because=outcome.references,
            )
        if accept and target.evidence_id and (result := broken(uow, target.evidence_id)):
            return refuse(
                session,
                uow,
                at=now,
                reason="content_changed",
                hcp_id=target.hcp_id,
                detail={"event": event_id, "result": result},
                because=BECAUSE,
            )
        if accept and (short := _too_few_pages(uow, target)):
            return refuse(
                session,
                uow,
                at=now,
                reason="pages_missing",
                hcp_id=target.hcp_id,
                detail={"event": event_id, "pages": short},
                because=(Reference("PIPL", "69"),),
            )
        uow.consents.add(outcome)
        settle_form(session, uow, target, now=now, defect="" if accept else code)
        line = refresh(session, uow, target.hcp_id, at=now)[target.item]
        uow.commit(
            session.event(
                Kind.CONSENT_CHECKED,
                at=now,
                hcps=(target.hcp_id,),
                detail={
                    "event": event_id,
                    "check": outcome.event_id,
                    "item": target.item,
                    "accepted": accept,
                    "defect": code or None,
                    "recorded_by": target.recorded_by,
                    "status": str(line.status),
                },
            )
        )
    return Answer(
        Recorded(event_id=event_id, item=target.item, status=str(line.status), code=line.code),
        Changes(consents=True, people=True, audit=True, tasks=True),
    )


def _too_few_pages(uow: UnitOfWork, act: ConsentEvent) -> int:
    """How many pages the document has where the record claims more (REQ-021), 0 where nothing is missing."""
    if act.method is not Method.PAPER or not act.evidence_id or (act.page_count or 1) < 2:
        return 0
    row = uow.evidence.get(act.evidence_id)
    if row is None or row.media_type not in DRAWN_KINDS:
        return 0
    with Drawer() as drawer:
        try:
            pages = drawer.pages(Document(uow.evidence.open(act.evidence_id), row.media_type))
        except InputErrors:
            return 0  # it cannot be looked at here; the checker's eyes decide
    return pages if pages < (act.page_count or 1) else 0
