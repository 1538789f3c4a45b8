"""The register of legal bases other than consent: one in force per person and purpose, with its history (REQ-010).

Rules: (1) what a basis must rest on is said by ``policy.registered``; gaps are named all at once, what the law does
not carry is refused with its article and logged; (2) a new basis for a purpose ends the one before, nothing is deleted;
(3) a capture of a public source is sealed under the person's key, its hash stands in the record; (4) a file of bases is
checked line by line, a bad line is rejected with its code and the others go in.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path

from compliance.clock import shanghai_day
from compliance.errors import Fault, InputErrors, bad_input
from compliance.importing.bases import read_bases
from compliance.importing.documents import read_document
from compliance.model.access import Purpose
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind, Scalar
from compliance.model.basis import BasisRecord, BasisSupport
from compliance.model.ids import new_id
from compliance.model.limits import day_end
from compliance.policy.registered import basis_faults, basis_refusal
from compliance.use_cases.field.recalling import recall_closed
from compliance.use_cases.seat.acting import barred, refuse
from compliance.use_cases.seat.free_text import found_in, guard
from compliance.use_cases.seat.people import known_person
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seat.statutory import statutory_duties
from compliance.vault import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class BasisRequest:
    """A basis as someone enters it. ``capture``: a file of the public source, sealed as evidence."""

    hcp_id: str
    purpose: Purpose
    basis: str
    reference: str = ""
    valid_until: datetime | None = None
    support: BasisSupport = field(default_factory=BasisSupport)
    capture: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BasisLine:
    """One line of a file that did not go in: its number, the column and the code."""

    row: int
    column: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BasesRead:
    """What became of a file of bases."""

    read: int
    accepted: int
    rejected: int
    rows: tuple[BasisLine, ...]


def record_basis(session: Session, *, request: BasisRequest) -> Answer[BasisRecord | Refusal]:
    """Register a basis for one person and purpose; the one in force before it ends now."""
    now = session.now()
    if no := barred(session, "record_basis", at=now, hcp_id=request.hcp_id):
        return no
    if faults := _faults(session, request, now):
        raise InputErrors(faults)
    guard(session, _typed(request))
    document = read_document(request.capture) if request.capture else None
    with session.vault.unit_of_work() as uow:
        known_person(uow, request.hcp_id)
        if against := _against(session, request):
            return refuse(
                session,
                uow,
                at=now,
                reason=against.reason,
                hcp_id=request.hcp_id,
                purpose=request.purpose,
                detail={"basis": request.basis, "about": against.detail},
                because=against.references,
                lifted_by=against.lifted_by,
            )
        if document is not None:
            row = uow.evidence.seal(request.hcp_id, document.data, document.media_type)
            support = replace(request.support, capture_sha256=row.sha256, evidence_id=row.evidence_id)
            request = replace(request, support=support)
        record = _put(session, uow, request, now)
        uow.commit(
            session.event(
                Kind.BASIS_RECORDED,
                at=now,
                hcps=(record.hcp_id,),
                purpose=str(record.purpose),
                fields=tuple(key for key, _ in record.support.reasons),
                detail=_entry(record),
            )
        )
    return Answer(record, Changes(consents=True, people=True, audit=True))


def end_basis(session: Session, *, basis_id: str, reason: str) -> Answer[BasisRecord | Refusal]:
    """End a basis: at the next read it carries nothing any more."""
    now = session.now()
    if no := barred(session, "record_basis", at=now):
        return no
    if not reason.strip():
        raise bad_input("reason_missing", "reason")
    guard(session, {"reason": reason})
    with session.vault.unit_of_work() as uow:
        row = uow.bases.get(basis_id)
        if row is None:
            raise bad_input("unknown_basis", "basis")
        if row.over(now):
            raise bad_input("basis_over", "basis")
        ended = replace(row, ended_at=now, ended_by=session.actor, end_reason=reason.strip()[:80])
        uow.bases.end(ended)
        recall_closed(session, uow, row.hcp_id, at=now)
        uow.commit(
            session.event(
                Kind.BASIS_ENDED,
                at=now,
                hcps=(row.hcp_id,),
                purpose=str(row.purpose),
                detail={"basis": row.basis, "basis_id": basis_id},
            )
        )
    return Answer(ended, Changes(consents=True, people=True, audit=True))


def list_bases(session: Session, *, hcp_id: str) -> Answer[tuple[BasisRecord, ...] | Refusal]:
    """All bases ever registered for a person, oldest first."""
    now = session.now()
    if no := barred(session, "consent_status", at=now, hcp_id=hcp_id):
        return no
    with session.vault.unit_of_work() as uow:
        known_person(uow, hcp_id)
        rows = tuple(uow.bases.of(hcp_id))
        uow.commit(
            session.event(
                Kind.LIST_SHOWN, at=now, hcps=(hcp_id,), purpose=str(Purpose.RIGHTS), detail={"what": "bases"}
            )
        )
    return Answer(rows, Changes(audit=True))


def import_bases(session: Session, *, path: Path, dry_run: bool = False) -> Answer[BasesRead | Refusal]:
    """A table of bases: person, purpose, basis and what it rests on. Bad lines are named by row, column and code."""
    now = session.now()
    if no := barred(session, "record_basis", at=now):
        return no
    lines = read_bases(path, today=shanghai_day(now))
    bad: list[BasisLine] = []
    good: list[BasisRequest] = []
    with session.vault.unit_of_work() as uow:
        for line in lines:
            request, column, code = _of_line(line.values)
            if line.code or request is None:
                bad.append(BasisLine(row=line.row, column=line.column or column, code=line.code or code))
            elif faults := _faults(session, request, now) or found_in(session, _typed(request)):
                bad.append(BasisLine(row=line.row, column=faults[0].where, code=faults[0].code))
            elif uow.people.get(request.hcp_id) is None:
                bad.append(BasisLine(row=line.row, column="hcp_id", code="unknown_person"))
            elif against := _against(session, request):
                bad.append(BasisLine(row=line.row, column="basis", code=against.reason))
            else:
                good.append(request)
        if not dry_run:
            for request in good:
                _put(session, uow, request, now)
        if good or bad:
            uow.commit(
                session.event(
                    Kind.BASIS_RECORDED,
                    at=now,
                    hcps=() if dry_run else tuple(dict.fromkeys(r.hcp_id for r in good)),
                    detail={
                        "what": "file",
                        "dry_run": dry_run,
                        "read": len(lines),
                        "accepted": len(good),
                        "rejected": len(bad),
                        "codes": sorted({b.code for b in bad}),
                    },
                )
            )
    done = BasesRead(read=len(lines), accepted=len(good), rejected=len(bad), rows=tuple(bad))
    return Answer(done, Changes(consents=not dry_run, people=not dry_run, audit=True))


def _typed(request: BasisRequest) -> dict[str, str]:
    """The sentences of a request."""
    support = request.support
    return {
        "reference": request.reference,
        "contract": support.contract,
        "field": "\n".join(why for _, why in support.reasons),
        "published_for": support.published_for,
        "our_purpose": support.our_purpose,
    }


def _faults(session: Session, request: BasisRequest, now: datetime) -> list[Fault]:
    return basis_faults(
        session.policy,
        purpose=request.purpose,
        basis=request.basis,
        reference=request.reference,
        valid_until=request.valid_until,
        support=request.support,
        today=shanghai_day(now),
    )


def _against(session: Session, request: BasisRequest) -> Refusal | None:
    return basis_refusal(
        session.policy,
        hcp_id=request.hcp_id,
        purpose=request.purpose,
        basis=request.basis,
        support=request.support,
        duties=statutory_duties(),
    )


def _put(session: Session, uow: UnitOfWork, request: BasisRequest, now: datetime) -> BasisRecord:
    before = [r for r in uow.bases.of(request.hcp_id) if r.purpose is request.purpose]
    recorded_at = now
    while any(r.recorded_at == recorded_at for r in before):  # two within one tick of a clock stay two
        recorded_at += timedelta(microseconds=1)
    for row in before:
        if row.basis_id and not row.over(now):
            uow.bases.end(replace(row, ended_at=now, ended_by=session.actor, end_reason="replaced"))
    support = request.support
    record = BasisRecord(
        basis_id=new_id("LB"),
        hcp_id=request.hcp_id,
        purpose=request.purpose,
        basis=request.basis,
        reference=request.reference.strip() or support.contract or support.duty or support.source,
        valid_until=request.valid_until,
        recorded_at=recorded_at,
        recorded_by=session.actor,
        support=support,
    )
    uow.bases.add(record)
    return record


def _entry(record: BasisRecord) -> dict[str, Scalar | list[Scalar]]:
    return {
        "basis": record.basis,
        "basis_id": record.basis_id,
        "contract": record.support.contract,
        "duty": record.support.duty,
        "capture_sha256": record.support.capture_sha256,
    }


def _of_line(values: dict[str, str]) -> tuple[BasisRequest | None, str, str]:
    """The request of one line of a file; else the column and the code of what cannot be read."""
    purpose = values.get("purpose", "")
    if purpose not in set(Purpose):
        return None, "purpose", "unknown_purpose"
    fields = [key.strip() for key in values.get("fields", "").replace("、", ",").replace(";", ",").split(",")]
    captured, until = values.get("captured_on"), values.get("valid_until")
    support = BasisSupport(
        contract=values.get("contract", ""),
        parties=tuple(p.strip() for p in values.get("parties", "").replace("；", ";").split(";") if p.strip()),
        reasons=tuple((key, values.get("reason", "")) for key in fields if key),
        duty=values.get("duty", ""),
        source=values.get("source", ""),
        captured_on=datetime.fromisoformat(captured).date() if captured else None,
        published_for=values.get("published_for", ""),
        our_purpose=values.get("our_purpose", ""),
    )
    request = BasisRequest(
        hcp_id=values.get("hcp_id", ""),
        purpose=Purpose(purpose),
        basis=values.get("basis", ""),
        reference=values.get("reference", ""),
        valid_until=day_end(datetime.fromisoformat(until).date()) if until else None,
        support=support,
    )
    return request, "", ""
