"""The rows behind each evidence id of the Audit Guide, out of one snapshot (law.md 3.2, REQ-105).

Rules: (1) rows hold pseudonyms, codes, counts, days and digests, never a value, and stand in the signed attachment
under their id; the page prints their number and digest, so each id can be opened and checked; (2) a *gap* is what the
program itself can see is missing or late; that there is none proves nothing more; (3) colleagues stand by account.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256

from compliance.audit.entry import canonical
from compliance.clock import day_start, shanghai_day
from compliance.exports.audit_data import EvidenceLine
from compliance.model.access import Purpose
from compliance.model.audit import Kind
from compliance.model.basis import BasisRecord
from compliance.model.consent import NoticeState
from compliance.use_cases.bases.transfers import meter_lines
from compliance.use_cases.evidence import audit_evidence_care as care
from compliance.use_cases.evidence.audit_guide import guide
from compliance.use_cases.evidence.audit_rows import Period, Row, Rows, day_of, of_kind
from compliance.use_cases.seat.facts import assessed
from compliance.use_cases.seat.session import known_notices


def gather(period: Period) -> tuple[dict[str, EvidenceLine], dict[str, list[Row]]]:
    """id → line for the page, and id → rows for the attachment."""
    lines: dict[str, EvidenceLine] = {}
    rows: dict[str, list[Row]] = {}
    for evidence in guide().here:
        found = _GATHER[evidence](period)
        rows[evidence] = list(found.rows)
        digest = sha256(canonical(rows[evidence])).hexdigest()
        lines[evidence] = EvidenceLine(evidence=evidence, count=len(found.rows), sha256=digest, gaps=found.gaps)
    for evidence in guide().outside:
        lines[evidence] = EvidenceLine(evidence=evidence, count=0, sha256="", outside=True)
    return lines, rows


def _activities(p: Period) -> Rows:
    """A purpose that carries processing and stands in no activity is a gap."""
    rows = [
        {"activity": a.activity_id, "version": a.version, "purpose": str(a.purpose), "basis": a.basis,
         "reference": a.reference, "since": day_of(a.recorded_at), "until": day_of(a.until)}
        for a in p.snap.activities.all()
    ]  # fmt: skip
    listed = {row["purpose"] for row in rows if row["until"] is None}
    return Rows(rows, gaps=sum(bool(n) and purpose not in listed for purpose, n in _open_by_purpose(p).items()))


def _consents(p: Period) -> Rows:
    """Items by state, and the chain of each consent of the sample: act, notice, document."""
    chain = [
        {"event": x.event, "hcp": x.hcp_id, "item": x.item, "grade": x.grade, "notice": x.notice,
         "since": day_of(x.since), "document": x.evidence_sha256}
        for x in (p.sample.drawn if p.sample else ())
    ]  # fmt: skip
    return Rows([*_by_state(p), *chain], gaps=sum(not (row["notice"] and row["document"]) for row in chain))


def _by_state(p: Period) -> list[Row]:
    counts = p.stood.counts
    return [{"item": item, **{str(s): n for s, n in sorted(by.items())}} for item, by in sorted(counts.items())]


def _exceptions(p: Period) -> Rows:
    by = Counter((str(b.purpose), b.basis, b.reference) for b in _bases(p) if b.in_force(p.until))
    return Rows(
        [{"purpose": q, "basis": b, "reference": r, "people": n} for (q, b, r), n in sorted(by.items())],
        gaps=sum(n for (_, _, reference), n in by.items() if not reference.strip()),
    )


def _rule_sets(p: Period) -> Rows:
    """Processing rules as people were told them (notices), and the rule sets decisions were made by."""
    used = Counter(e["policy"] for _, e in p.entries if e["policy"])
    kept = p.snap.policy_texts.digests()
    notices: list[Row] = [
        {"notice": n.ref, "state": str(n.state), "from": day_of(n.active_from), "until": day_of(n.retired_from),
         "sha256": n.sha256}
        for n in known_notices(p.session, p.snap).values()
    ]  # fmt: skip
    rules: list[Row] = [{"rules": d, "entries": n, "text_kept": d in kept} for d, n in sorted(used.items())]
    return Rows([*notices, *rules], gaps=sum(d not in kept for d in used))


def _matrix(p: Period) -> Rows:
    policy = p.session.policy
    return Rows(
        [
            {"purpose": str(purpose), "fields": sorted(grant.fields), "roles": sorted(map(str, rule.roles))}
            for purpose, rule in policy.purposes.items()
            if purpose in policy.grants and (grant := policy.grants[purpose].at(p.until)) is not None
        ]
    )


def _retention(p: Period) -> Rows:
    rows = [
        {"notice": n.ref, "item": line.item, "retention_months": line.retention_months, "term_months": line.term_months}
        for n in known_notices(p.session, p.snap).values()
        if n.state is NoticeState.ACTIVE
        for line in n.lines
    ]
    return Rows(rows, gaps=sum(not row["retention_months"] for row in rows))


def _renderings(p: Period) -> Rows:
    return Rows([{"sha256": sha, "notice": ref, "lang": lang} for sha, ref, lang in p.snap.renderings.kept()])


def _deliveries(p: Period) -> Rows:
    kinds = (Kind.NOTICE_SERVED, Kind.CAMPAIGN_DELIVERED, Kind.FORMS_PRINTED, Kind.NOTICE_ACTIVATED)
    return Rows(of_kind(p, kinds))


def _memos(p: Period) -> Rows:
    rows = [
        {"exception": x.exception_id, "code": x.code, "purpose": x.purpose, "citation": x.citation,
         "approver": x.approver, "ends": day_of(x.ends_at)}
        for x in p.snap.notices.exceptions()
    ]  # fmt: skip
    memos = [{"memo": m.memo_id, "item": m.item, "in_force": m.in_force(p.until)} for m in p.snap.memos.all()]
    return Rows([*rows, *memos])


def _recipients_assessed(p: Period) -> Rows:
    day = shanghai_day(p.until)
    alive = {a.purpose for a in p.snap.assessments.all() if a.valid_until is None or day <= a.valid_until}
    known = {a.purpose: a for a in p.snap.assessments.all()}
    rows = [
        {"recipient": r.recipient_id, "country": r.country,
         "assessed": (covers := f"overseas:{r.recipient_id}") in alive,
         "assessment": known[covers].assessment_id if covers in known else None,
         "approved": known[covers].approved_on.isoformat() if covers in known else None}
        for r in p.snap.recipients.all()
    ]  # fmt: skip
    return Rows(rows, gaps=sum(not row["assessed"] for row in rows))


def _provisions(p: Period) -> Rows:
    """What left, and the separate consents to provision by state."""
    separate = [row for row in _by_state(p) if "/recipient:" in row["item"] or "/overseas:" in row["item"]]
    left = of_kind(p, (Kind.EXPORT_WRITTEN, Kind.SHEET_ISSUED, Kind.BUNDLE_ISSUED, Kind.TRANSFER_SENT))
    return Rows([*left, *separate])


def _automated(p: Period) -> Rows:
    policy, lines = p.session.policy, assessed(p.snap, at=p.until)
    purposes = [q for q in (Purpose.SEGMENT, Purpose.PERSONALISE) if policy.purposes[q].in_force(p.until)]
    people = _open_by_purpose(p)
    rows = [{"purpose": str(q), "assessed": q in lines, "open": people[str(q)]} for q in purposes]
    runs = of_kind(p, (Kind.RULE_RUN,))
    return Rows([*rows, *runs], gaps=sum(not row["assessed"] and bool(row["open"]) for row in rows))


def _reviews(p: Period) -> Rows:
    """Lists a rule would have cut, decided by a named human being: asked, signed or turned down."""
    kinds = {str(k) for k in (Kind.REQUESTED, Kind.APPROVED, Kind.REJECTED)}
    return Rows(
        [
            {"entry": index, "kind": e["kind"], "day": e["at"][:10], "request": e["detail"]["request"]}
            for index, e in p.entries
            if e["kind"] in kinds and e["detail"].get("action") == "export_without"
        ]
    )


def _optouts(p: Period) -> Rows:
    return Rows([{"hcp": hcp} for hcp in p.snap.people.optouts()])


def _publications(p: Period) -> Rows:
    return Rows([row for row in _by_state(p) if "/publish:" in row["item"]])


def _captures(p: Period) -> Rows:
    rows = [
        {"basis": b.basis_id, "hcp": b.hcp_id, "purpose": str(b.purpose), "source": b.support.source,
         "captured": b.support.captured_on.isoformat() if b.support.captured_on else None,
         "sha256": b.support.capture_sha256}
        for b in _bases(p)
        if b.support.source and b.in_force(p.until)
    ]  # fmt: skip
    return Rows(rows, gaps=sum(not row["sha256"] for row in rows))


def _objections(p: Period) -> Rows:
    return Rows(of_kind(p, (Kind.PERSON_OBJECTED, Kind.OBJECTION_TAKEN_BACK, Kind.PERSON_BLOCKED)))


def _ages(p: Period) -> Rows:
    by = Counter((b.support.source, str(b.support.captured_on.year)) for b in _bases(p) if b.support.captured_on)
    return Rows([{"source": s, "year": y, "people": n} for (s, y), n in sorted(by.items())])


def _sensitive(p: Period) -> Rows:
    rows: list[Row] = [row for row in _by_state(p) if "/sensitive:" in row["item"]]
    rows += [{"field": key} for key, known in sorted(p.session.policy.fields.items()) if known.sensitive]
    return Rows(rows)


def _overseas(p: Period) -> Rows:
    kinds = (Kind.TRANSFER_ASSESSED, Kind.TRANSFER_REFUSED, Kind.TRANSFER_SENT, Kind.RECIPIENT_REGISTERED)
    day = shanghai_day(p.until)
    ordinary, sensitive = p.snap.transfers.tally(day_start(day.replace(month=1, day=1)), p.until)
    lines = meter_lines(p.session, ordinary=ordinary, sensitive=sensitive, at=p.until)
    tallies: list[Row] = [{"rule": x.rule, "people": x.count, "limit": x.limit} for x in lines]
    return Rows([*of_kind(p, kinds), *tallies])


def _deletions(p: Period) -> Rows:
    late = [x for x in p.snap.tasks.open() if x.kind.startswith(("delete", "erase")) and x.due and x.due < p.until]
    rows = of_kind(p, (Kind.ERASED, Kind.IMPORT_UNDONE, Kind.CONSENT_SUSPENDED, Kind.HOLD_SET, Kind.HOLD_LIFTED))
    return Rows(rows + [{"task": x.task_id, "due": day_of(x.due)} for x in late], gaps=len(late))


def _requests(p: Period) -> Rows:
    days = timedelta(days=p.session.policy.parameter("rights_answer_days", p.until))
    rows = [
        {"case": c.case_id, "hcp": c.hcp_id, "kind": c.kind, "opened": day_of(c.opened_at),
         "closed": day_of(c.closed_at), "late": (c.closed_at or p.until) > c.opened_at + days}
        for c in p.snap.cases.all()
        if c.opened_at < p.until and (c.closed_at is None or c.closed_at >= p.since)
    ]  # fmt: skip
    return Rows(rows, gaps=sum(bool(row["late"]) for row in rows))


def _explanations(p: Period) -> Rows:
    return Rows([row for row in _requests(p).rows if row["kind"] == "explain"])


def _open_by_purpose(p: Period) -> Counter[str]:
    found: Counter[str] = Counter()
    for item, by in p.stood.counts.items():
        found[item.partition("/")[0]] += sum(n for s, n in by.items() if str(s) in ("given", "renewed"))
    return found


def _bases(p: Period) -> list[BasisRecord]:
    return [row for rows in p.snap.bases.everybody().values() for row in rows]


_GATHER: dict[str, Callable[[Period], Rows]] = {
    "E01": _activities,
    "E02": _consents,
    "E03": _exceptions,
    "E04": _rule_sets,
    "E05": _matrix,
    "E06": _retention,
    "E07": _renderings,
    "E08": _deliveries,
    "E09": _memos,
    "E12": _recipients_assessed,
    "E15": _provisions,
    "E16": _automated,
    "E17": _optouts,
    "E18": _reviews,
    "E19": _publications,
    "E21": _captures,
    "E22": _objections,
    "E23": _ages,
    "E24": _sensitive,
    "E25": care.minors,
    "E26": _overseas,
    "E27": _deletions,
    "E28": _requests,
    "E29": _explanations,
    "E31": care.roles,
    "E32": care.training,
    "E33": care.configuration,
    "E34": care.integrity,
    "E35": care.assessments,
    "E38": care.officers,
    "E40": care.alarms,
    "E43": care.by_number,
    "E44": care.trainings,
    "E45": care.drills,
}
