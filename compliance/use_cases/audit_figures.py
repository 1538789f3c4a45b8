"""Figures of a period for the audit PDF, out of the log and the tables of one snapshot.

Rules: (1) pseudonyms only; (2) every figure comes from the log or a table inside one snapshot; (3) people seen before
proof are counted by the rule that opened them.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from compliance import __version__
from compliance.audit.checkpoint import fingerprint, parse
from compliance.clock import day_start, from_stamp, shanghai_day
from compliance.consent.codes import ExplanationCode
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
from compliance.i18n import t
from compliance.model.access import Purpose, Role
from compliance.model.audit import Kind
from compliance.model.consent import ConsentStatus
from compliance.use_cases.before_proof_seen import last_transition, seen_before_proof
from compliance.use_cases.facts import rules_for_lists
from compliance.use_cases.session import Session, known_notices
from compliance.use_cases.transfers import meter_lines
from compliance.vault import Snapshot

_PROVEN = {"given", "renewed"}


def audit_figures(
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
    """Everything the pages say. ``entries`` are those of the period, ``everything`` the whole log."""
    kinds = Counter(e["kind"] for _, e in entries)
    shown: Counter[tuple[str, str]] = Counter()
    refused: Counter[tuple[str, str]] = Counter()
    reasons: Counter[str] = Counter()
    for _, entry in entries:
        key = (entry["role"], entry["purpose"])
        if entry["kind"] in (Kind.PROFILE_OPENED, Kind.LIST_SHOWN) and entry["purpose"]:
            shown[key] += 1
        elif entry["kind"] == Kind.ACCESS_REFUSED:
            refused[key] += 1
            reasons[str(entry["detail"].get("reason", ""))] += 1
    transition = last_transition(everything)
    slowest, slowest_event = _slowest(entries)
    day = shanghai_day(now)
    year = day_start(day.replace(month=1, day=1))
    ordinary, sensitive = snap.transfers.tally(year, now)
    first = from_stamp(everything[0][1]["at"])
    counts = snap.consents.counts_by_item(at=now, rules=rules_for_lists(session, snap, at=now))
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
        sample_checked=snap.consents.count_code(ExplanationCode.VALID_SAMPLE_CHECKED, at=now),
        slowest_withdrawal_seconds=slowest,
        slowest_withdrawal_event=slowest_event,
        before_proof=tuple(BeforeProofLine(rule, people) for rule, people in seen_before_proof(entries).items()),
        transition_until=transition.until if transition else None,
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
