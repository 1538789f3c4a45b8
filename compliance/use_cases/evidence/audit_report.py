"""The making of the audit PDF: seal, prove, render, sign, verify, log.

Rules: (1) the seal is taken first, every printed entry is proved under it, and so is every head issued before; (2)
figures, samples and proofs are of one snapshot; (3) the rows behind each evidence id ride in the signed attachment;
(4) the finished file is checked by the independent verifier before it is released.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from compliance.audit.checkpoint import key_name, parse
from compliance.audit.evidence import EarlierHead, ProvenEntry, build_evidence, read_roster
from compliance.clock import from_stamp, shanghai_day
from compliance.errors import ComplianceError, ExportError, bad_input
from compliance.exports.audit_data import AuditReportData, ReportKind
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
from compliance.use_cases.evidence import audit_evidence
from compliance.use_cases.evidence.audit_earlier import earlier_heads, presented_heads
from compliance.use_cases.evidence.audit_figures import Basis, Entries, audit_figures
from compliance.use_cases.evidence.audit_guide import guide_lines
from compliance.use_cases.evidence.audit_pack import REPORT_NAME, pack_hashes, write_audit_pack
from compliance.use_cases.evidence.audit_rows import Period
from compliance.use_cases.evidence.audit_sample import audit_sample
from compliance.use_cases.evidence.audit_scope import FIRST_YEAR, Scope, require_known, year_bounds
from compliance.use_cases.evidence.audit_standing import standing
from compliance.use_cases.evidence.audit_subject import subject_facts
from compliance.use_cases.evidence.evidence import AuditReportMade, verify_file
from compliance.use_cases.evidence.witness import IssuedHead, cosigned, cosigners
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.session import Session
from compliance.vault import CheckReport

#: Consents looked at in a yearly audit when nobody says how many.
_YEARLY_SAMPLE = 30
#: Cosigned seals that ride along, the newest.
_COSIGNED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportOrder:
    """What is asked for: a file, the folder ``pack`` that an outsider checks, or both. ``sample`` consents are drawn by
    ``seed`` (default: the sealed root); ``previous`` are older files of this log to compare with."""

    scope: Scope
    path: Path | None = None
    pack: Path | None = None
    since: datetime | None = None
    until: datetime | None = None
    sample: int | None = None
    seed: str = ""
    previous: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Content:
    """What goes on the pages and into the attachment."""

    data: AuditReportData
    chosen: Entries
    proven: Sequence[ProvenEntry]
    everything: Entries
    earlier: Sequence[EarlierHead]
    content: dict[str, Any]


def make(session: Session, order: ReportOrder, progress: Progress) -> Answer[AuditReportMade | Refusal]:
    """Write the report. Raises ExportError, Cancelled, AuditIntegrityError ``log_forked``."""
    now = session.now()
    hcp = order.scope.of if order.scope.kind is ReportKind.PERSON else ""
    if no := barred(session, "audit_report", at=now, hcp_id=hcp):
        return no
    order = _checked(session, order, now)
    presented = presented_heads(session, order.previous)
    report_id = new_id("AR")
    progress.phase(Phase.VERIFYING)
    check = session.vault.check(full=True, heard=progress.tick)
    with session.vault.unit_of_work() as uow:
        uow.commit(
            session.event(
                Kind.EXPORT_APPROVED,
                at=now,
                hcps=(hcp,) if hcp else (),
                purpose=str(Purpose.AUDIT),
                detail={"what": "audit_report", "report": report_id, "log_intact": check.ok, **_said(order)},
            )
        )
    note = session.vault.checkpoint(now)
    key_pem, cert_pem = session.vault.pdf_credentials()
    progress.phase(Phase.READING)
    found = _read(session, order, report_id, note, check, presented, now, progress)
    evidence = build_evidence(
        vault_id=session.vault.vault_id,
        handler=session.handler,
        made_at=now,
        note=note,
        keys=read_roster(found.everything, session.vault.vault_id),
        entries=found.proven,
        content=found.content,
        signer=key_name(session.vault.vault_id, session.actor),
        signing_key=session.vault.keyring.signing,
        period=(order.since, order.until),
        earlier=found.earlier,
        pdf_key_sha256=certificate_key_sha256(cert_pem),
    )
    signing = Signing(key_pem=key_pem, cert_pem=cert_pem, reason=t("audit.sign_reason", session.lang))
    rendered = render_audit_report(found.data, lang=session.lang, evidence=evidence, signing=signing, progress=progress)
    head = parse(note).checkpoint
    told = CheckNote(
        report_id=report_id,
        handler=session.handler,
        made_at=now,
        hashes=pack_hashes(rendered.pdf, evidence),
        report_name=REPORT_NAME,
        log_size=head.size,
        root=head.root.hex(),
        sandbox=session.sandbox,
    )
    try:
        _release(rendered.pdf, evidence, told, path=order.path, pack=order.pack)
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
                    "entries": len(found.chosen),
                    "pages": rendered.pages,
                    "sealed": head.size,
                    "copies": (order.path is not None) + (order.pack is not None),
                    **_said(order),
                },
            )
        )
    return Answer(
        AuditReportMade(
            file=order.path or (order.pack or Path()) / REPORT_NAME,
            pack=order.pack,
            sha256=digest,
            entries=len(found.chosen),
            checkpoint=note,
            pages=rendered.pages,
            report_id=report_id,
            gaps=tuple(x.item for x in found.data.guide if x.result == "gap"),
            people=_printed(found.data),
            pdf=rendered.pdf,
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


def _checked(session: Session, order: ReportOrder, now: datetime) -> ReportOrder:
    """The order with the bounds of its year. InputErrors for whatever does not fit."""
    for target, name in ((order.path, "out"), (order.pack, "pack")):
        if target is not None and target.exists():
            raise bad_input("file_exists", name)
    if order.path is None and order.pack is None:
        raise bad_input("report_needs_target", "out")
    if order.scope.kind is ReportKind.YEAR:
        if order.since is not None or order.until is not None:
            raise bad_input("year_and_period", "from")
        since, until = year_bounds(int(order.scope.of), now)
        return replace(order, since=since, until=until, sample=_YEARLY_SAMPLE if order.sample is None else order.sample)
    if order.since is not None and order.until is not None and order.since >= order.until:
        raise bad_input("period_empty", "from")
    if order.since is not None and order.since > now:
        raise bad_input("in_the_future", "from")
    if order.until is not None and order.until <= (first := year_bounds(FIRST_YEAR, now)[0]):
        raise bad_input("period_before_law", "to", "", shanghai_day(first).isoformat())
    with session.vault.snapshot() as snap:
        require_known(snap, order.scope)
    return order


def _read(
    session: Session,
    order: ReportOrder,
    report_id: str,
    note: str,
    check: CheckReport,
    presented: Sequence[IssuedHead],
    now: datetime,
    progress: Progress,
) -> _Content:
    head = parse(note).checkpoint
    with session.vault.snapshot() as snap:
        bodies = [entry.body for entry in snap.log.entries(0, head.size)]
        everything = [(i, json.loads(body)) for i, body in enumerate(bodies)]
        chosen = [
            (i, e)
            for i, e in everything
            if order.scope.covers(e)
            and (order.since is None or from_stamp(e["at"]) >= order.since)
            and (order.until is None or from_stamp(e["at"]) < order.until)
        ]
        proven = []
        for number, path in enumerate(snap.log.inclusions([i for i, _ in chosen], head.size)):
            if number % 500 == 0:
                progress.tick(number, len(chosen))
            index = chosen[number][0]
            proven.append(ProvenEntry(index=index, entry=bodies[index], path=path))
        ends = min(order.until or now, now)
        stood = standing(session, snap, at=ends, heard=progress.tick)
        basis = Basis(
            session=session,
            stood=stood,
            snap=snap,
            scope=order.scope,
            report_id=report_id,
            entries=chosen,
            everything=everything,
            since=order.since,
            until=order.until,
            now=now,
            note=note,
            check=check,
        )
        heads, lines = earlier_heads(
            session, snap, everything=everything, presented=presented, size=head.size, shown={i for i, _ in chosen}
        )
        data = replace(audit_figures(basis), earlier=lines, cosigners=cosigners(session, snap), **subject_facts(basis))
        content: dict[str, Any] = {
            "report": report_id,
            "kind": str(order.scope.kind),
            "scope": order.scope.of,
            "people": data.people,
            "entries": len(chosen),
            "rule_set": data.rule_set_digest,
            "cosigned": [seal.text for seal, _ in islice(cosigned(session, snap), _COSIGNED)],
        }
        if order.sample is not None:
            seed = order.seed or head.root.hex()
            plan, replay = audit_sample(session, snap, stood.carrying, size=order.sample, seed=seed)
            data, content = replace(data, sample=plan), {**content, "sample": replay}
        if order.scope.kind is ReportKind.YEAR:
            found, rows = audit_evidence.gather(
                Period(
                    session=session,
                    snap=snap,
                    stood=stood,
                    entries=chosen,
                    since=basis.begins,
                    until=basis.ends,
                    log_problem=data.log_problem,
                    root=data.root,
                    size=head.size,
                    sample=data.sample,
                )
            )
            ordered = tuple(found[e] for e in sorted(found))
            data = replace(data, guide=guide_lines(found), evidence=ordered)
            content = {**content, "evidence": rows}
    return _Content(data=data, chosen=chosen, proven=proven, everything=everything, earlier=heads, content=content)


def _said(order: ReportOrder) -> dict[str, Any]:
    """The scope in a log entry; a person stands among the entry's people."""
    said: dict[str, Any] = {"kind": str(order.scope.kind)}
    if order.scope.of and order.scope.kind is not ReportKind.PERSON:
        said["of"] = order.scope.of
    return said | ({"sample": order.sample} if order.sample else {})


def _printed(data: AuditReportData) -> tuple[str, ...]:
    """The people a name key would name: the sample where there is one, else those of the entries."""
    if data.sample is not None:
        return tuple(sorted({line.hcp_id for line in data.sample.drawn}))
    return tuple(sorted({hcp for entry in data.entries for hcp in entry.hcps}))
