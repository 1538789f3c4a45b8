"""Figures of a period for the audit PDF, and its making: seal, prove, render, sign, verify, log.

Rules: (1) pseudonyms only; (2) every figure comes from the log or a table inside one snapshot; (3) the seal is taken
first, every printed entry is proved under it; (4) the finished file is checked by the independent verifier before it
is released.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from compliance import __version__
from compliance.audit.checkpoint import fingerprint, key_name, parse
from compliance.audit.evidence import ProvenEntry, build_evidence, read_roster
from compliance.clock import day_start, from_stamp, shanghai_day
from compliance.errors import ExportError, bad_input
from compliance.exports.audit_data import (
    AuditReportData,
    BeforeProofLine,
    EntryLine,
    Finding,
    ImportLine,
    PurposeCount,
    RegisterLine,
    ThresholdLine,
    ViewCount,
)
from compliance.exports.audit_report import render_audit_report
from compliance.exports.files import write_file
from compliance.exports.sign import Signing, certificate_key_sha256
from compliance.i18n import t
from compliance.model.access import Purpose, Role
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.consent import ConsentStatus
from compliance.model.ids import new_id
from compliance.progress import Phase, Progress
from compliance.use_cases.acting import barred
from compliance.use_cases.evidence import AuditReportMade, verify_file
from compliance.use_cases.session import Session, known_notices
from compliance.use_cases.transfers import meter_lines
from compliance.vault import Snapshot

_PROVEN = {"given", "renewed"}


def make(
    session: Session,
    *,
    path: Path,
    since: datetime | None,
    until: datetime | None,
    hcp: str | None,
    progress: Progress,
) -> Answer[AuditReportMade | Refusal]:
    """Write the report for a period (default: everything) or one person. Raises ExportError, Cancelled."""
    now = session.now()
    if no := barred(session, "audit_report", at=now, hcp_id=hcp or ""):
        return no
    if path.exists():
        raise bad_input("file_exists", "out")
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
        data = _figures(
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
        pdf_key_sha256=certificate_key_sha256(cert_pem),
    )
    signing = Signing(key_pem=key_pem, cert_pem=cert_pem, reason=t("audit.sign_reason", session.lang))
    rendered = render_audit_report(data, lang=session.lang, evidence=evidence, signing=signing, progress=progress)
    written = write_file(path, rendered.pdf)
    verdict = verify_file(path)
    if not verdict.ok:
        path.unlink(missing_ok=True)
        with session.vault.unit_of_work() as uow:
            uow.commit(session.event(Kind.EXPORT_FAILED, at=now, detail={"report": report_id, "code": "self_check"}))
        raise ExportError("report_self_check", report=report_id)
    with session.vault.unit_of_work() as uow:
        uow.commit(
            session.event(
                Kind.AUDIT_REPORT,
                at=now,
                hcps=(hcp,) if hcp else (),
                purpose=str(Purpose.AUDIT),
                detail={"report": report_id, "sha256": written.sha256, "entries": len(chosen), "pages": rendered.pages},
            )
        )
    return Answer(
        AuditReportMade(file=path, sha256=written.sha256, entries=len(chosen), checkpoint=note, pages=rendered.pages),
        Changes(exports=True, audit=True),
    )


def _figures(
    session: Session,
    snap: Snapshot,
    *,
    report_id: str,
    entries: Sequence[tuple[int, Mapping[str, Any]]],
    everything: Sequence[tuple[int, Mapping[str, Any]]],
    since: datetime | None,
    until: datetime | None,
    hcp: str | None,
    now: datetime,
    note: str,
    size: int,
    intact: bool,
    problem: str,
) -> AuditReportData:
    kinds = Counter(e["kind"] for _, e in entries)
    shown: Counter[tuple[str, str]] = Counter()
    refused: Counter[tuple[str, str]] = Counter()
    reasons: Counter[str] = Counter()
    before: dict[str, set[str]] = {}
    for _, entry in entries:
        key = (entry["role"], entry["purpose"])
        if entry["kind"] in (Kind.PROFILE_OPENED, Kind.LIST_SHOWN) and entry["purpose"]:
            shown[key] += 1
            rule = str(entry["detail"].get("basis", ""))
            if rule.startswith("before_proof:"):
                before.setdefault(rule.removeprefix("before_proof:"), set()).update(entry["hcps"])
        elif entry["kind"] == Kind.ACCESS_REFUSED:
            refused[key] += 1
            reasons[str(entry["detail"].get("reason", ""))] += 1
    slowest, slowest_event = _slowest(entries)
    day = shanghai_day(now)
    year = day_start(day.replace(month=1, day=1))
    ordinary, sensitive = snap.transfers.tally(year, now)
    first = from_stamp(everything[0][1]["at"])
    counts = snap.consents.counts_by_item(at=now)
    return AuditReportData(
        report_id=report_id,
        handler=session.handler,
        credit_code=session.vault.credit_code,
        vault_id=session.vault.vault_id,
        scope=hcp or t("audit.whole_store", session.lang),
        period_from=since or first,
        period_to=until or now,
        made_at=now,
        made_by=session.actor,
        made_by_role=session.role,
        system_version=__version__,
        rule_set_version=session.policy.version,
        rule_set_digest=session.policy.digest,
        people=snap.people.count(),
        people_by_state=(),
        purposes=tuple(_purpose_count(p, counts) for p in Purpose if session.policy.purposes[p].items_any),
        withdrawals=kinds[Kind.CONSENT_WITHDRAWN],
        slowest_withdrawal_seconds=slowest,
        slowest_withdrawal_event=slowest_event,
        before_proof=tuple(BeforeProofLine(rule, len(people)) for rule, people in sorted(before.items())),
        views=tuple(
            ViewCount(Role(role), Purpose(purpose), shown[role, purpose], refused[role, purpose])
            for role, purpose in sorted({*shown, *refused})
            if purpose
        ),
        refusals_by_reason=tuple(reasons.most_common()),
        reveals=kinds[Kind.VALUE_REVEALED],
        exports=kinds[Kind.EXPORT_WRITTEN],
        sheets=kinds[Kind.SHEET_ISSUED],
        packs=kinds[Kind.BUNDLE_ISSUED],
        imports=tuple(
            ImportLine(
                batch=b.batch,
                source=b.source,
                at=b.published_at or b.started_at,
                file_sha256=b.file_sha256,
                read=b.counts.get("read", 0),
                accepted=b.counts.get("accepted", 0),
                quarantined=b.counts.get("quarantined", 0),
                rejected=b.counts.get("rejected", 0),
                duplicates=b.counts.get("duplicates", 0),
            )
            for b in snap.batches.all()
            if (since is None or b.started_at >= since) and (until is None or b.started_at < until)
        ),
        thresholds=tuple(
            ThresholdLine(t(f"threshold.{line.rule}", session.lang), line.count, line.limit)
            for line in meter_lines(session, ordinary=ordinary, sensitive=sensitive, at=now)
        ),
        transfers=kinds[Kind.TRANSFER_SENT],
        recipients=tuple(
            RegisterLine(key=r.recipient_id, title=r.legal_name, since=shanghai_day(r.registered_at), remark=r.country)
            for r in snap.recipients.all()
        ),
        assessments=tuple(
            RegisterLine(key=a.assessment_id, title=a.title, since=a.approved_on, until=a.valid_until, remark=a.purpose)
            for a in snap.assessments.all()
        ),
        notices=tuple(
            RegisterLine(
                key=n.ref,
                title=n.sha256[:16],
                since=shanghai_day(n.active_from) if n.active_from else None,
                until=shanghai_day(n.retired_from) if n.retired_from else None,
                remark=t(f"notice_state.{n.state}", session.lang),
            )
            for n in known_notices(session, snap).values()
        ),
        instruments=tuple(
            RegisterLine(key=code, title=s.title.in_(str(session.lang)), since=s.in_force)
            for code, s in session.policy.statutes.items()
        ),
        findings=tuple(
            Finding(
                finding=x.task_id, what=t(f"task.{x.kind}", session.lang), due=shanghai_day(x.due) if x.due else None
            )
            for x in snap.tasks.open()
        ),
        log_intact=intact,
        log_problem=problem,
        clock_anomalies=kinds[Kind.CLOCK_ANOMALY],
        failed_unlocks=kinds[Kind.UNLOCK_FAILED],
        log_from=entries[0][0] if entries else 0,
        log_to=entries[-1][0] if entries else 0,
        log_size=size,
        root=parse(note).checkpoint.root.hex(),
        checkpoint_note=note,
        key_fingerprint=fingerprint(session.vault.keyring.signing.public_key().public_bytes_raw()),
        entries=tuple(
            EntryLine(
                index=i,
                at=from_stamp(e["at"]),
                kind=e["kind"],
                actor=e["actor"],
                role=e["role"],
                purpose=e["purpose"],
                hcps=tuple(e["hcps"]),
                decision=e["decision"][:12],
            )
            for i, e in entries
        ),
        sandbox=session.sandbox,
    )


def _slowest(entries: Sequence[tuple[int, Mapping[str, Any]]]) -> tuple[int | None, str]:
    """Longest time between receipt of a withdrawal and its entry: from its entry on every read is refused."""
    slowest: tuple[int | None, str] = (None, "")
    for index, entry in entries:
        if entry["kind"] == Kind.CONSENT_WITHDRAWN and entry["detail"].get("received_at"):
            took = from_stamp(entry["at"]) - datetime.fromisoformat(str(entry["detail"]["received_at"]))
            seconds = max(int(took.total_seconds()), 0)
            if slowest[0] is None or seconds > slowest[0]:
                slowest = (seconds, f"#{index}")
    return slowest


def _purpose_count(purpose: Purpose, counts: Mapping[str, Counter[ConsentStatus]]) -> PurposeCount:
    of: Counter[str] = Counter()
    for item, by_status in counts.items():
        if item.split("/", 1)[0] == purpose:
            of.update({str(status): number for status, number in by_status.items()})
    proven = sum(of[s] for s in _PROVEN)
    return PurposeCount(
        purpose=purpose,
        proven=proven,
        checked=proven,
        pending=of["evidence_pending"],
        unproven=of["unproven"],
        withdrawn=of["withdrawn"],
        refused=of["refused"],
        expired=of["expired"],
    )
