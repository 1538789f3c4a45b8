"""The making of the audit PDF: seal, prove, render, sign, verify, log.

Rules: (1) the seal is taken first, every printed entry is proved under it; (2) figures and proofs are of one snapshot
(``audit_figures``); (3) the finished file is checked by the independent verifier before it is released.
"""

import json
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from compliance.audit.checkpoint import key_name, parse
from compliance.audit.evidence import EarlierHead, ProvenEntry, build_evidence, read_roster
from compliance.clock import from_stamp
from compliance.errors import ComplianceError, ExportError, bad_input
from compliance.exports.audit_report import render_audit_report
from compliance.exports.check_note import CheckNote
from compliance.exports.files import write_file
from compliance.exports.sign import Signing, certificate_key_sha256
from compliance.i18n import t
from compliance.model.access import Purpose
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.ids import new_id
from compliance.progress import Phase, Progress
from compliance.use_cases.acting import barred
from compliance.use_cases.audit_figures import audit_figures
from compliance.use_cases.audit_pack import REPORT_NAME, pack_hashes, write_audit_pack
from compliance.use_cases.evidence import AuditReportMade, verify_file
from compliance.use_cases.session import Session
from compliance.vault import Snapshot

#: More would make a report on one person longer than the entries it is about.
_MOST_HEADS = 200


def make(
    session: Session,
    *,
    path: Path | None = None,
    pack: Path | None = None,
    since: datetime | None,
    until: datetime | None,
    hcp: str | None,
    progress: Progress,
) -> Answer[AuditReportMade | Refusal]:
    """Write the report for a period (default: everything) or one person, to ``path``, as the folder ``pack`` that an
    outsider checks, or both. Raises ExportError, Cancelled."""
    now = session.now()
    if no := barred(session, "audit_report", at=now, hcp_id=hcp or ""):
        return no
    for target, field in ((path, "out"), (pack, "pack")):
        if target is not None and target.exists():
            raise bad_input("file_exists", field)
    if path is None and pack is None:
        raise bad_input("report_needs_target", "out")
    if since is not None and until is not None and since >= until:
        raise bad_input("period_empty", "from")
    report_id = new_id("AR")
    progress.phase(Phase.VERIFYING)
    check = session.vault.check(full=True)
    with session.vault.unit_of_work() as uow:
        uow.commit(
            session.event(
                Kind.EXPORT_APPROVED,
                at=now,
                hcps=(hcp,) if hcp else (),
                purpose=str(Purpose.AUDIT),
                detail={"what": "audit_report", "report": report_id, "log_intact": check.ok},
            )
        )
    note = session.vault.checkpoint(now)
    sealed = parse(note).checkpoint
    size = sealed.size
    key_pem, cert_pem = session.vault.pdf_credentials()
    progress.phase(Phase.READING)
    with session.vault.snapshot() as snap:
        bodies = [entry.body for entry in snap.log.entries(0, size)]
        everything = [(i, json.loads(body)) for i, body in enumerate(bodies)]
        chosen = [
            (i, e)
            for i, e in everything
            if (hcp is None or hcp in e["hcps"])
            and (since is None or from_stamp(e["at"]) >= since)
            and (until is None or from_stamp(e["at"]) < until)
        ]
        proven = []
        for number, (index, _) in enumerate(chosen):
            if number % 500 == 0:
                progress.tick(number, len(chosen))
            proven.append(ProvenEntry(index=index, entry=bodies[index], path=snap.log.inclusion(index, size)))
        earlier = _earlier(session, snap, everything, size, shown={index for index, _ in chosen})
        data = audit_figures(
            session,
            snap,
            report_id=report_id,
            entries=chosen,
            everything=everything,
            since=since,
            until=until,
            hcp=hcp,
            now=now,
            note=note,
            size=size,
            intact=check.ok,
            problem=check.problems[0].code if check.problems else "",
        )
    keys = read_roster(everything, session.vault.vault_id)
    evidence = build_evidence(
        vault_id=session.vault.vault_id,
        handler=session.handler,
        made_at=now,
        note=note,
        keys=keys,
        entries=proven,
        content={"report": report_id, "people": data.people, "entries": len(chosen), "rule_set": data.rule_set_digest},
        signer=key_name(session.vault.vault_id, session.actor),
        signing_key=session.vault.keyring.signing,
        period=(since, until),
        earlier=earlier,
        pdf_key_sha256=certificate_key_sha256(cert_pem),
    )
    signing = Signing(key_pem=key_pem, cert_pem=cert_pem, reason=t("audit.sign_reason", session.lang))
    rendered = render_audit_report(data, lang=session.lang, evidence=evidence, signing=signing, progress=progress)
    told = CheckNote(
        report_id=report_id,
        handler=session.handler,
        made_at=now,
        hashes=pack_hashes(rendered.pdf, evidence),
        report_name=REPORT_NAME,
        log_size=size,
        root=sealed.root.hex(),
        sandbox=session.sandbox,
    )
    try:
        _release(rendered.pdf, evidence, told, path=path, pack=pack)
    except ComplianceError as fault:
        with session.vault.unit_of_work() as uow:
            uow.commit(session.event(Kind.EXPORT_FAILED, at=now, detail={"report": report_id, "code": fault.code}))
        raise
    digest = sha256(rendered.pdf).hexdigest()
    with session.vault.unit_of_work() as uow:
        uow.commit(
            session.event(
                Kind.AUDIT_REPORT,
                at=now,
                hcps=(hcp,) if hcp else (),
                purpose=str(Purpose.AUDIT),
                detail={
                    "report": report_id,
                    "sha256": digest,
                    "entries": len(chosen),
                    "pages": rendered.pages,
                    "copies": (path is not None) + (pack is not None),
                },
            )
        )
    return Answer(
        AuditReportMade(
            file=path or (pack or Path()) / REPORT_NAME,
            pack=pack,
            sha256=digest,
            entries=len(chosen),
            checkpoint=note,
            pages=rendered.pages,
        ),
        Changes(exports=True, audit=True),
    )


def _release(pdf: bytes, evidence: bytes, told: CheckNote, *, path: Path | None, pack: Path | None) -> None:
    """The file, the folder, or both; none of them when one fails."""
    if path is not None:
        write_file(path, pdf)
    try:
        if path is not None and not verify_file(path).ok:
            raise ExportError("report_self_check", report=told.report_id)
        if pack is not None:
            write_audit_pack(pack, pdf=pdf, evidence=evidence, note=told)
    except ComplianceError:
        if path is not None:
            path.unlink(missing_ok=True)
        raise


def _earlier(
    session: Session, snap: Snapshot, entries: list[tuple[int, dict[str, Any]]], size: int, *, shown: set[int]
) -> list[EarlierHead]:
    """Proofs for heads handed out or kept before, the newest first counted; where the last entry of a head is shown,
    its own proof says as much (docs/evidence-format.md section 4)."""
    handed = {index + 1 for index, entry in entries if entry["kind"] == Kind.EXPORT_APPROVED}
    kept = {held.checkpoint.size for held in session.vault.inside.notes()}
    sizes = sorted(n for n in handed | kept if 0 < n < size and n - 1 not in shown)[-_MOST_HEADS:]
    return [EarlierHead(size=n, root=snap.log.root_at(n), path=snap.log.consistency(n, size)) for n in sizes]
