"""Figures of a period for the audit PDF, out of the log and the tables of one snapshot.

Rules: (1) pseudonyms only; (2) every figure comes from the log or a table inside one snapshot, and is of the report's
scope: a report about one person counts that person's items, not the store's; (3) people seen before proof are counted
by the rule that opened them; (4) a session that ended without an entry is counted, because what it did last is unknown.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from compliance import __version__
from compliance.audit.checkpoint import fingerprint, parse
from compliance.clock import day_start, from_stamp, shanghai_day
from compliance.consent.codes import ExplanationCode
from compliance.consent.labels import item_label
from compliance.consent.proof import waiting_acts
from compliance.exports.audit_data import (
    AuditReportData,
    BeforeProofLine,
    EntryLine,
    ImportLine,
    MonthCount,
    PurposeCount,
    RegisterLine,
    ReportKind,
    RightsLine,
    ThresholdLine,
    ViewCount,
)
from compliance.i18n import Lang, has, t
from compliance.model.access import Purpose, Role
from compliance.model.audit import Kind
from compliance.model.consent import OPEN_STATES, VOID_STATES, ConsentStatus
from compliance.use_cases.bases.transfers import meter_lines
from compliance.use_cases.evidence import audit_access
from compliance.use_cases.evidence.audit_findings import findings, holds, waiting
from compliance.use_cases.evidence.audit_scope import Scope
from compliance.use_cases.evidence.audit_standing import Standing
from compliance.use_cases.evidence.log_codes import code_words
from compliance.use_cases.overview.by_number import board_at, counted_words, duty_words
from compliance.use_cases.seat.facts import lines_of
from compliance.use_cases.seat.session import Session, known_notices
from compliance.use_cases.seeing.before_proof_seen import last_transition, seen_before_proof
from compliance.vault import CheckReport, Snapshot

#: Setting that names the company's systems which hold personal data outside this store.
OUTSIDE = "systems_outside"
Entries = Sequence[tuple[int, Mapping[str, Any]]]
_SHOWING = (Kind.PROFILE_OPENED, Kind.LIST_SHOWN)
_OUT = (Kind.EXPORT_WRITTEN, Kind.SHEET_ISSUED, Kind.BUNDLE_ISSUED, Kind.TRANSFER_SENT, Kind.AUDIT_REPORT)
#: Findings that mean that entries are missing or out of order.
_GAPS = frozenset({"log_truncated", "log_order", "log_changed", "log_forked"})
#: Members of a detail that say in one word what an entry is about.
_NOTED = ("report", "serial", "what", "setting", "batch", "notice", "recipient", "user", "case", "code", "action")


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """What the figures rest on: one snapshot, the entries of the report, the check and the seal made for it."""

    session: Session
    snap: Snapshot
    stood: Standing
    scope: Scope
    report_id: str
    entries: Entries
    everything: Entries
    since: datetime | None
    until: datetime | None
    now: datetime
    note: str
    check: CheckReport

    @property
    def begins(self) -> datetime:
        """Begin of the period: as asked, else the first entry."""
        return self.since or from_stamp(self.everything[0][1]["at"])

    @property
    def before(self) -> datetime:
        """The exclusive end of what happened in the period: what happened just now is in a report without an end."""
        return self.until or self.now + timedelta(microseconds=1)

    @property
    def ends(self) -> datetime:
        """End of the period, never in the future: what is counted as of then."""
        return min(self.until or self.now, self.now)


def audit_figures(basis: Basis) -> AuditReportData:
    """Everything the pages say but the samples and the items of the guide."""
    session, snap, entries = basis.session, basis.snap, basis.entries
    kinds = Counter(str(e["kind"]) for _, e in entries)
    transition = last_transition(basis.everything)
    slowest, slowest_event = _slowest(entries)
    head = parse(basis.note).checkpoint
    problems = basis.check.problems
    board = board_at(session, snap, basis.ends)
    return AuditReportData(
        report_id=basis.report_id,
        kind=basis.scope.kind,
        handler=session.handler,
        credit_code=session.vault.credit_code,
        vault_id=session.vault.vault_id,
        scope=basis.scope.of or t("audit.whole_store", session.lang),
        period_from=basis.begins,
        period_to=basis.ends,
        made_at=basis.now,
        made_by=session.actor,
        made_by_role=session.role,
        system_version=__version__,
        rule_set_version=session.policy.version,
        rule_set_digest=session.policy.digest,
        people=snap.people.count(at=basis.ends),
        people_by_state=() if basis.ends < basis.now else _states(snap),
        purposes=purposes(basis),
        withdrawals=kinds[Kind.CONSENT_WITHDRAWN],
        slowest_withdrawal_seconds=slowest,
        slowest_withdrawal_event=slowest_event,
        before_proof=tuple(BeforeProofLine(rule, people) for rule, people in seen_before_proof(entries).items()),
        transition_until=transition.until if transition else None,
        **_access(entries),
        item_counts=audit_access.items(basis.stood.counts, session.lang),
        exceptional=audit_access.exceptional(snap, entries, basis.everything),
        bulk=audit_access.bulk(entries),
        reveals=kinds[Kind.VALUE_REVEALED],
        exports=kinds[Kind.EXPORT_WRITTEN],
        sheets=kinds[Kind.SHEET_ISSUED],
        packs=kinds[Kind.BUNDLE_ISSUED],
        imports=_imports(basis),
        systems_outside=tuple(x.strip() for x in (snap.settings.get(OUTSIDE) or "").split(";") if x.strip()),
        counted=counted_words(board, session.lang),
        by_number=tuple(duty_words(duty, session.lang) for duty in board.duties),
        thresholds=_thresholds(basis),
        transfers=kinds[Kind.TRANSFER_SENT],
        transfers_refused=kinds[Kind.TRANSFER_REFUSED],
        rights=rights_lines(basis),
        **registers(session, snap),
        findings=findings(basis),
        waiting=waiting(basis),
        holds=holds(basis),
        log_intact=basis.check.ok,
        log_problem=t(f"finding.{problems[0].code}", session.lang) if problems else "",
        log_gaps=sum(p.code in _GAPS for p in problems),
        unclosed=_unclosed(basis),
        aside=len(session.vault.sidecar()),
        clock_anomalies=kinds[Kind.CLOCK_ANOMALY],
        failed_unlocks=sum(int(e["detail"].get("count") or 1) for _, e in entries if e["kind"] == Kind.UNLOCK_FAILED),
        log_from=entries[0][0] if entries else 0,
        log_to=entries[-1][0] if entries else 0,
        log_size=head.size,
        root=head.root.hex(),
        checkpoint_note=basis.note,
        key_fingerprint=fingerprint(session.vault.keyring.signing.public_key().public_bytes_raw()),
        entries=tuple(entry_line(index, entry, session.lang) for index, entry in entries),
        acts=tuple(kinds.most_common()),
        months=_months(entries),
        people_seen=len({hcp for _, e in entries if e["kind"] in _SHOWING for hcp in e["hcps"]}),
        sandbox=session.sandbox,
    )


def _states(snap: Snapshot) -> tuple[tuple[str, int], ...]:
    """States of the records, which are known as of now alone."""
    return tuple((str(state), count) for state, count in snap.people.count_by_status().items())


def entry_line(index: int, entry: Mapping[str, Any], lang: Lang) -> EntryLine:
    """An entry as it is printed; ``note`` in words where the detail holds a reason or something named."""
    detail = entry["detail"]
    reason = str(detail.get("reason") or "")
    said = t(f"reason.{reason}", lang) if reason and has(f"reason.{reason}") else ""
    item = str(detail.get("item") or "")
    if not said and item:
        said = item_label(item, lambda key, **more: t(key, lang, **more))
    if not said:
        noted = next((key for key in _NOTED if detail.get(key)), "")
        said = (code_words(noted, str(detail[noted]), lang) or str(detail[noted])) if noted else ""
    return EntryLine(
        index=index,
        at=from_stamp(entry["at"]),
        kind=entry["kind"],
        actor=entry["actor"],
        role=entry["role"],
        purpose=entry["purpose"],
        hcps=tuple(entry["hcps"]),
        decision=entry["decision"][:12],
        note=said,
    )


def _access(entries: Entries) -> dict[str, Any]:
    """Views and refusals by role and purpose, and refusals by reason."""
    shown: Counter[tuple[str, str]] = Counter()
    refused: Counter[tuple[str, str]] = Counter()
    reasons: Counter[str] = Counter()
    for _, entry in entries:
        key = (entry["role"], entry["purpose"])
        if entry["kind"] in _SHOWING and entry["purpose"]:
            shown[key] += 1
        elif entry["kind"] == Kind.ACCESS_REFUSED:
            refused[key] += 1
            reasons[str(entry["detail"].get("reason", ""))] += 1
    views = tuple(
        ViewCount(Role(role), Purpose(purpose), shown[role, purpose], refused[role, purpose])
        for role, purpose in sorted({*shown, *refused})
        if purpose
    )
    return {"views": views, "refusals_by_reason": tuple(reasons.most_common())}


def purposes(basis: Basis) -> tuple[PurposeCount, ...]:
    """Consent items by purpose at the end of the period: of everybody, or of the one person of the report."""
    session, snap, at = basis.session, basis.snap, basis.ends
    counts: Mapping[str, Counter[ConsentStatus]]
    sampled: Mapping[str, int]
    if basis.scope.kind is ReportKind.PERSON:
        mine = lines_of(session, snap, hcp_id=basis.scope.of, at=at)
        counts = {item: Counter([line.status]) for item, line in mine.items()}
        sampled = {item: 1 for item, line in mine.items() if line.code == ExplanationCode.VALID_SAMPLE_CHECKED}
        acts = snap.consents.events(basis.scope.of)
        waiting = Counter(act.item for act in waiting_acts(acts, at=at))
    else:
        counts, sampled = basis.stood.counts, basis.stood.sampled
        waiting = Counter(snap.waits.count_by_item(at))
    return tuple(_purpose_count(p, counts, sampled, waiting) for p in Purpose if session.policy.purposes[p].items_any)


def rights_lines(basis: Basis) -> tuple[RightsLine, ...]:
    """Requests of the period by kind: answered within the days of the rule set, or late."""
    days = timedelta(days=basis.session.policy.parameter("rights_answer_days", basis.ends))
    cases = [
        c
        for c in basis.snap.cases.all()
        if basis.begins <= c.opened_at < basis.before
        and (basis.scope.kind is not ReportKind.PERSON or c.hcp_id == basis.scope.of)
    ]
    lines = []
    for kind in sorted({c.kind for c in cases}):
        took = [((c.closed_at or basis.ends) - c.opened_at) for c in cases if c.kind == kind]
        closed = [((c.closed_at - c.opened_at) / timedelta(days=1)) for c in cases if c.kind == kind and c.closed_at]
        name = f"case.kind.{kind}"
        lines.append(
            RightsLine(
                kind=t(name, basis.session.lang) if has(name) else kind,
                count=len(took),
                median_days=round(median(closed), 1) if closed else None,
                longest_days=round(max(closed), 1) if closed else None,
                overdue=sum(x > days for x in took),
            )
        )
    return tuple(lines)


def registers(session: Session, snap: Snapshot) -> dict[str, Any]:
    """Recipients, assessments, notices, instruments, staff."""
    lang = session.lang
    return {
        "recipients": tuple(
            RegisterLine(key=r.recipient_id, title=r.legal_name, since=shanghai_day(r.registered_at), remark=r.country)
            for r in snap.recipients.all()
        ),
        "assessments": tuple(
            RegisterLine(key=a.assessment_id, title=a.title, since=a.approved_on, until=a.valid_until, remark=a.purpose)
            for a in snap.assessments.all()
        ),
        "notices": tuple(
            RegisterLine(
                key=n.ref,
                title=n.sha256[:16],
                since=shanghai_day(n.active_from) if n.active_from else None,
                until=shanghai_day(n.retired_from) if n.retired_from else None,
                remark=t(f"notice_state.{n.state}", lang),
            )
            for n in known_notices(session, snap).values()
        ),
        "instruments": tuple(
            RegisterLine(key=code, title=s.title.in_(str(lang)), since=s.in_force)
            for code, s in session.policy.statutes.items()
        ),
        "staff": tuple(
            RegisterLine(
                key=u.name,
                title=session.policy.words("role", str(u.role), str(lang)),
                since=shanghai_day(u.added_at),
                until=shanghai_day(u.removed_at) if u.removed_at else None,
                remark=fingerprint(u.ed25519)[:19],
            )
            for u in snap.users.all()
        ),
    }


def _imports(basis: Basis) -> tuple[ImportLine, ...]:
    return tuple(
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
        for b in basis.snap.batches.all()
        if basis.begins <= b.started_at < basis.before and b.published_at is not None
    )


def _thresholds(basis: Basis) -> tuple[ThresholdLine, ...]:
    """Both tallies of the calendar year the period ends in."""
    day = shanghai_day(basis.ends)
    ordinary, sensitive = basis.snap.transfers.tally(day_start(day.replace(month=1, day=1)), basis.ends)
    return tuple(
        ThresholdLine(t(f"threshold.{line.rule}", basis.session.lang), line.count, line.limit, line.kind)
        for line in meter_lines(basis.session, ordinary=ordinary, sensitive=sensitive, at=basis.ends)
    )


def _unclosed(basis: Basis) -> int:
    """Sessions of the period that ended without an entry and do not live any more."""
    opened = {e["seat"] for _, e in basis.entries if e["kind"] == Kind.VAULT_OPENED}
    closed = {e["seat"] for _, e in basis.everything if e["kind"] == Kind.VAULT_CLOSED}
    return len(opened - closed - {basis.session.vault.seat} - basis.session.vault.living_seats())


def _months(entries: Entries) -> tuple[MonthCount, ...]:
    """Month by month in Shanghai time, without holes between the first and the last."""
    by: dict[str, Counter[str]] = {}
    for _, entry in entries:
        group = _group(entry["kind"])
        if group:
            by.setdefault(shanghai_day(from_stamp(entry["at"])).isoformat()[:7], Counter())[group] += 1
    if not by:
        return ()
    first, last = (int(m[:4]) * 12 + int(m[5:]) - 1 for m in (min(by), max(by)))
    names = [f"{n // 12}-{n % 12 + 1:02}" for n in range(first, last + 1)]
    none: Counter[str] = Counter()
    return tuple(MonthCount(m, *(by.get(m, none)[g] for g in ("shown", "refused", "changed", "out"))) for m in names)


def _group(kind: str) -> str:
    if kind in _SHOWING or kind in (Kind.VALUE_REVEALED, Kind.EVIDENCE_OPENED, Kind.COPIED):
        return "shown"
    if kind in (Kind.ACCESS_REFUSED, Kind.TRANSFER_REFUSED, Kind.CONSENT_REFUSED_ENTRY):
        return "refused"
    if kind in _OUT:
        return "out"
    return "changed" if kind.startswith(("consent", "person", "people", "notice", "import", "eras")) else ""


def _slowest(entries: Entries) -> tuple[int | None, str]:
    """Longest time between receipt of a withdrawal and its entry: from its entry on every read is refused."""
    slowest: tuple[int | None, str] = (None, "")
    for index, entry in entries:
        if entry["kind"] == Kind.CONSENT_WITHDRAWN and entry["detail"].get("received_at"):
            took = from_stamp(entry["at"]) - datetime.fromisoformat(str(entry["detail"]["received_at"]))
            seconds = max(int(took.total_seconds()), 0)
            if slowest[0] is None or seconds > slowest[0]:
                slowest = (seconds, f"#{index}")
    return slowest


def _purpose_count(
    purpose: Purpose,
    counts: Mapping[str, Counter[ConsentStatus]],
    sampled: Mapping[str, int],
    waiting: Mapping[str, int],
) -> PurposeCount:
    """``pending`` are acts that wait for a second person, also behind a valid yes or a no."""
    of: Counter[str] = Counter()
    for item, by_status in counts.items():
        if item.split("/", 1)[0] == purpose:
            of.update({str(status): number for status, number in by_status.items()})
    return PurposeCount(
        purpose=purpose,
        proven=sum(of[s] for s in OPEN_STATES),
        sampled=sum(n for item, n in sampled.items() if item.split("/", 1)[0] == purpose),
        pending=sum(n for item, n in waiting.items() if item.split("/", 1)[0] == purpose),
        unproven=of["unproven"],
        withdrawn=of["withdrawn"],
        refused=of["refused"],
        expired=of["expired"],
        void=sum(of[s] for s in VOID_STATES),
    )
