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
from compliance.consent.labels import item_label
from compliance.consent.notice import fill
from compliance.errors import bad_input
from compliance.exports.files import write_file
from compliance.exports.receipt import ReceiptData, ReceiptKind, receipt_json, render_receipt
from compliance.i18n import t
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.consent import ConsentStatus
from compliance.model.ids import new_id
from compliance.use_cases.acting import barred, refuse
from compliance.use_cases.facts import lines_of, terms
from compliance.use_cases.people import known_person
from compliance.use_cases.session import Session, handler_contact, known_notices, log_root

#: Entries that introduce a signing key.
ROSTER_KINDS = (Kind.VAULT_CREATED, Kind.USER_ADDED, Kind.USER_RESET, Kind.RECOVERED)
_KINDS = {
    ConsentStatus.GIVEN: ReceiptKind.GIVEN,
    ConsentStatus.RENEWED: ReceiptKind.GIVEN,
    ConsentStatus.WITHDRAWN: ReceiptKind.WITHDRAWN,
    ConsentStatus.REFUSED: ReceiptKind.REFUSED,
}


def issue_receipt(session: Session, *, hcp_id: str, item: str, fmt: str, path: Path) -> Answer[Path | Refusal]:
    """Write the receipt of the deciding act of ``item`` as ``json`` or ``pdf``."""
    now = session.now()
    if no := barred(session, "consent_status", at=now, hcp_id=hcp_id):
        return no
    if fmt not in ("json", "pdf"):
        raise bad_input("unknown_format", "format", fmt, "json, pdf")
    receipt_id = new_id("RC")
    with session.vault.unit_of_work() as uow:
        known_person(uow, hcp_id)
        line = lines_of(session, uow, hcp_id=hcp_id, at=now).get(item)
        event = uow.consents.event(line.event_id) if line and line.event_id else None
        if line is None or event is None or line.status not in _KINDS:
            return refuse(session, uow, at=now, reason="no_act_to_receipt", hcp_id=hcp_id, detail={"item": item})
        index = uow.commit(
            session.event(
                Kind.EXPORT_APPROVED,
                at=now,
                hcps=(hcp_id,),
                detail={"what": "receipt", "receipt": receipt_id, "event": event.event_id},
            )
        )[0]
    notice = known_notices(session).get(event.notice or "")
    blocks = dict(notice.blocks_zh if session.lang == "zh" else notice.blocks_en) if notice else {}
    purpose = terms(session, item, at=now).purpose

    def said(words: str) -> str:
        return fill(words, session.handler, handler_contact(session.lang))

    spoken = notice.line(item) if notice else None
    data = ReceiptData(
        receipt_id=receipt_id,
        event_id=event.event_id,
        hcp_id=hcp_id,
        kind=_KINDS[line.status],
        state=str(line.status),
        item=item,
        purpose=purpose,
        purpose_text=said((spoken.text_zh if session.lang == "zh" else spoken.text_en) if spoken else ""),
        separate=terms(session, item, at=now).separate,
        method=event.method,
        acted_at=event.acted_at or event.received_at or event.recorded_at,
        recorded_at=event.recorded_at,
        recorded_by=event.recorded_by,
        handler=session.handler,
        made_at=now,
        root=log_root(session).hex(),
        audit_index=index,
        credit_code=session.vault.credit_code,
        notice=event.notice or "",
        notice_hash=event.notice_hash or (notice.sha256 if notice else ""),
        notice_language="zh",
        presented_at=event.presented_at,
        received_at=event.received_at,
        valid_until=line.valid_until,
        identity_check=event.identity_check or "",
        withdrawal_channel=handler_contact(session.lang),
        item_text=item_label(item, lambda key, **more: t(key, session.lang, **more)),
        retention=said(blocks.get("retention", "")),
        ask_again_from=line.ask_again_from,
        stopped_at=event.received_at if line.status is ConsentStatus.WITHDRAWN else None,
        sandbox=session.sandbox,
    )
    content = _proven(session, data, now) if fmt == "json" else render_receipt(data, lang=session.lang)
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


def _proven(session: Session, data: ReceiptData, now: datetime) -> bytes:
    """The record with its evidence: the entry that issued it, proved under a fresh log seal."""
    record = receipt_json(data)
    note = session.vault.checkpoint(now)
    size = parse(note).checkpoint.size
    with session.vault.snapshot() as snap:
        body = snap.log.entries(data.audit_index, data.audit_index + 1)[0].body
        path = snap.log.inclusion(data.audit_index, size)
        roster = read_roster(
            ((e.index, e.data) for e in snap.log.find(kind=ROSTER_KINDS, limit=10_000, newest_first=False)),
            session.vault.vault_id,
        )
    evidence = build_evidence(
        vault_id=session.vault.vault_id,
        handler=session.handler,
        made_at=now,
        note=note,
        keys=roster,
        entries=[ProvenEntry(index=data.audit_index, entry=body, path=path)],
        content={"record_sha256": record_sha256(record)},
        signer=key_name(session.vault.vault_id, session.actor),
        signing_key=session.vault.keyring.signing,
        form=EvidenceFormat.RECEIPT,
    )
    return with_evidence(record, evidence)
