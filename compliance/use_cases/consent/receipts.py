"""Receipt 回执 for an act of an HCP: scope, end, withdrawal channel, number (REQ-120)."""

from datetime import datetime
from pathlib import Path

from compliance.audit.checkpoint import key_name, parse
from compliance.audit.evidence import (
    EvidenceFormat,
    ProvenEntry,
    build_evidence,
    read_roster,
    record_sha256,
    with_evidence,
)
from compliance.errors import bad_input
from compliance.exports.files import write_file
from compliance.exports.receipt import KINDS, Issued, receipt_json, render_receipt
from compliance.exports.sign import attach, certificate_key_sha256, sign_pdf
from compliance.i18n import t
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.ids import new_id
from compliance.use_cases.consent.records import record_data
from compliance.use_cases.seat.acting import barred, refuse
from compliance.use_cases.seat.duties import may
from compliance.use_cases.seat.facts import lines_of
from compliance.use_cases.seat.people import known_person
from compliance.use_cases.seat.session import Session, log_root

#: Entries that introduce a signing key.
ROSTER_KINDS = (Kind.VAULT_CREATED, Kind.USER_ADDED, Kind.USER_RESET, Kind.RECOVERED)
_FORMATS = ("json", "pdf")


def issue_receipt(session: Session, *, hcp_id: str, item: str = "", fmt: str, path: Path) -> Answer[Path | Refusal]:
    """Write the receipt of the deciding act of ``item``, or with no item one of every item, as ``json`` or ``pdf``."""
    now = session.now()
    if no := barred(session, "consent_status", at=now, hcp_id=hcp_id):
        return no
    if fmt not in _FORMATS:
        raise bad_input("unknown_format", "format", fmt, ", ".join(_FORMATS))
    if path.exists():
        raise bad_input("file_exists", "out")
    receipt_id = new_id("RC")
    with session.vault.unit_of_work() as uow:
        known_person(uow, hcp_id)
        lines = lines_of(session, uow, hcp_id=hcp_id, at=now)
        chosen = [line for name, line in sorted(lines.items()) if line.event_id and item in ("", name)]
        if item:
            chosen = [line for line in chosen if line.status in KINDS]
        if not chosen:
            return refuse(session, uow, at=now, reason="no_act_to_receipt", hcp_id=hcp_id, detail={"item": item})
        records, pages = (
            [
                record_data(session, uow, hcp_id=hcp_id, line=line, receipt_id=receipt_id, at=now, page=page)
                for line in chosen
            ]
            for page in (False, True)
        )
        index = uow.commit(
            session.event(
                Kind.EXPORT_APPROVED,
                at=now,
                hcps=(hcp_id,),
                detail={"what": "receipt", "receipt": receipt_id, "events": [line.event_id for line in chosen]},
            )
        )[0]
    issued = Issued(root=log_root(session).hex(), audit_index=index)
    record = receipt_json(records, issued)
    if fmt == "json":
        content = proven_record(session, record, index, now)
    else:
        signs = may(session.role, "audit_report")  # these roles hold the key of PDFs
        content = render_receipt(pages, issued, lang=session.lang, signed=signs)
        title = t("paper.receipt.title", session.lang)
        content = signed_page(session, content, record, index, now, title=title) if signs else content
    written = write_file(path, content)
    with session.vault.unit_of_work() as uow:
        uow.commit(
            session.event(
                Kind.EXPORT_WRITTEN,
                at=now,
                hcps=(hcp_id,),
                detail={"what": "receipt", "receipt": receipt_id, "sha256": written.sha256},
            )
        )
    return Answer(path, Changes(exports=True, audit=True))


def signed_page(session: Session, page: bytes, record: bytes, index: int, now: datetime, *, title: str) -> bytes:
    """The page with the proven record inside, signed like a report, so that one file can be checked by anybody."""
    key, certificate = session.vault.pdf_credentials()
    proven = proven_record(session, record, index, now, pdf_key=certificate_key_sha256(certificate))
    whole = attach(page, "receipt.json", proven, description=t("paper.receipt.evidence_description"), when=now)
    return sign_pdf(whole, key, certificate, reason=title, when=now)


def proven_record(session: Session, record: bytes, index: int, now: datetime, *, pdf_key: str = "") -> bytes:
    """The record with its evidence: the entry that issued it, proved under a fresh log seal."""
    note = session.vault.checkpoint(now)
    sealed = parse(note)
    size, signer = sealed.checkpoint.size, key_name(session.vault.vault_id, session.actor)
    named = {signer, *(signature.name for signature in sealed.signatures)}  # the person takes no list of our staff home
    with session.vault.snapshot() as snap:
        body = snap.log.entries(index, index + 1)[0].body
        path = snap.log.inclusion(index, size)
        roster = read_roster(
            ((e.index, e.data) for e in snap.log.find(kind=ROSTER_KINDS, limit=10_000, newest_first=False)),
            session.vault.vault_id,
        )
    evidence = build_evidence(
        vault_id=session.vault.vault_id,
        handler=session.handler,
        made_at=now,
        note=note,
        keys=[key for key in roster if key.name in named],
        entries=[ProvenEntry(index=index, entry=body, path=path)],
        content={"record_sha256": record_sha256(record)},
        signer=signer,
        signing_key=session.vault.keyring.signing,
        pdf_key_sha256=pdf_key,
        form=EvidenceFormat.RECEIPT,
    )
    return with_evidence(record, evidence)
