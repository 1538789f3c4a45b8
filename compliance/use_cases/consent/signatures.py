"""Electronic signatures as evidence: examined when they come in and again on demand, offline (REQ-020).

Rules: (1) the report, which names the signer, is sealed under the person's key; the register keeps result and time;
(2) a document that is not what was signed proves nothing: its acceptance is refused, and on a recheck the act is
proposed to a second person to be voided; one person suspends, two void; (3) a document whose sealed file no longer
opens counts as changed; (4) the roots a company trusts are its own choice, logged by their fingerprints.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from compliance.errors import VaultCorrupt
from compliance.importing.documents import Document, read_document
from compliance.importing.signatures import BROKEN, SignatureReport, examine, read_certificates
from compliance.model.access import Reference
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.consent import Method
from compliance.use_cases.consent.standing import known_event
from compliance.use_cases.seat.acting import barred, refuse
from compliance.use_cases.seat.session import Session
from compliance.use_cases.signing.two_person import ask_second
from compliance.vault import UnitOfWork
from compliance.vault.registers.intake import SignatureCheck

ROOTS = "signature_roots"
BECAUSE = (Reference("ESL", "13"), Reference("ESL", "14"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rechecked:
    """``result`` of the signature now; ``proposed`` is the request that asks a second person to void the act."""

    event_id: str
    result: str
    checked_at: datetime
    previous: str | None
    proposed: str | None


def examine_new(session: Session, document: Document | None, method: Method) -> SignatureReport | None:
    """What a fresh document's signature is worth; None where none is claimed. Before the transaction that keeps it."""
    if document is None or method is not Method.ESIGN or document.media_type != "application/pdf":
        return None
    return examine(document, roots=_roots(session))


def keep_report(uow: UnitOfWork, report: SignatureReport, *, hcp_id: str, evidence_id: str, at: datetime) -> None:
    """Seal a report beside the document it speaks of."""
    sealed = uow.evidence.seal(hcp_id, report.body, "application/json")
    uow.stacks.add_signature_check(
        SignatureCheck(
            evidence_id=evidence_id, hcp_id=hcp_id, checked_at=at, result=report.result, report_id=sealed.evidence_id
        )
    )


def broken(uow: UnitOfWork, evidence_id: str) -> str:
    """The last result where it says that the document is not what was signed, else ""."""
    checks = uow.stacks.signature_checks(evidence_id)
    return checks[-1].result if checks and checks[-1].result in BROKEN else ""


def recheck_signature(session: Session, *, event_id: str) -> Answer[Rechecked | Refusal]:
    """Examine the signature of an act again; where the content was changed, ask a second person to void the act."""
    now = session.now()
    if no := barred(session, "recheck_signature", at=now):
        return no
    roots = _roots(session)
    with session.vault.unit_of_work() as uow:
        event = known_event(uow, event_id)
        if not event.evidence_id:
            return refuse(session, uow, at=now, reason="no_evidence", hcp_id=event.hcp_id, detail={"event": event_id})
        earlier = uow.stacks.signature_checks(event.evidence_id)
        row = uow.evidence.get(event.evidence_id)
        try:
            data = uow.evidence.open(event.evidence_id)
            report = examine(Document(data, row.media_type if row else ""), roots=roots)
        except VaultCorrupt:
            report = SignatureReport("content_changed", b'{"result": "content_changed", "fault": "sealed_file"}')
        keep_report(uow, report, hcp_id=event.hcp_id, evidence_id=event.evidence_id, at=now)
        uow.commit(
            session.event(
                Kind.SIGNATURE_CHECKED,
                at=now,
                hcps=(event.hcp_id,),
                detail={"event": event_id, "evidence_sha256": event.evidence_sha256, "result": report.result},
            )
        )
    proposed = _propose(session, event_id, event.hcp_id, now) if report.result in BROKEN else None
    return Answer(
        Rechecked(
            event_id=event_id,
            result=report.result,
            checked_at=now,
            previous=earlier[-1].result if earlier else None,
            proposed=proposed,
        ),
        Changes(consents=True, tasks=True, audit=True),
    )


def set_signature_roots(session: Session, *, path: Path) -> Answer[Mapping[str, list[str]] | Refusal]:
    """The root certificates (PEM) that signatures may rest on, in place of those before. InputErrors."""
    now = session.now()
    if no := barred(session, "change_settings", at=now):
        return no
    data = read_document(path).data
    prints = read_certificates(data)
    with session.vault.unit_of_work() as uow:
        uow.settings.set(ROOTS, data.decode("ascii", "replace"))
        uow.commit(session.event(Kind.SETTING_CHANGED, at=now, detail={"setting": ROOTS, "certificates": list(prints)}))
    return Answer({ROOTS: list(prints)}, Changes(settings=True, audit=True))


def _propose(session: Session, event_id: str, hcp_id: str, now: datetime) -> str:
    """One waiting request to void the act, made when there is none."""
    marker = f'"event":"{event_id}"'.encode()
    with session.vault.snapshot() as snap:
        waiting = next((r for r in snap.requests.open() if r.action == "invalidate" and marker in r.canonical), None)
    if waiting is not None:
        return waiting.request_id
    params = {"event": event_id, "defect": "content_changed"}
    return ask_second(session, action="invalidate", at=now, params=params, hcps=(hcp_id,)).value.request_id


def _roots(session: Session) -> str:
    with session.vault.snapshot() as snap:
        return snap.settings.get(ROOTS) or ""
