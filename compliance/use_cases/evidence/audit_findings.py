"""What a report says is open: findings of audits with proof of closure, tasks, holds for inspections (law.md 3.3, 14).

Rules: (1) findings and holds are about the company's work, so they stand in reports of the store and the year; (2)
a finding closed in the period is shown with what proves it; (3) tasks are what waits for a person, of everybody or of
the one person of the report; they are no findings.
"""

from typing import TYPE_CHECKING

from compliance.clock import shanghai_day
from compliance.exports.audit_data import Finding, HoldLine, ReportKind
from compliance.i18n import Lang, t
from compliance.model.inspection import AuditFinding
from compliance.model.limits import last_day

if TYPE_CHECKING:
    from compliance.use_cases.evidence.audit_figures import Basis


def findings(basis: "Basis") -> tuple[Finding, ...]:
    """Findings of audits: the open ones, nearest day first, then those closed in the period (REQ-107)."""
    if basis.scope.kind not in (ReportKind.STORE, ReportKind.YEAR):
        return ()
    lang = basis.session.lang
    begins, ends = basis.begins, basis.before
    closed = [f for f in basis.snap.findings.all() if f.closed_at is not None and begins <= f.closed_at < ends]
    return tuple(
        Finding(
            finding=f.finding_id,
            what=f.title if not f.item else t("audit.finding.of_item", lang, what=f.title, item=f.item),
            owner=f.owner,
            due=f.next_due,
            risk=t(f"finding_risk.{f.risk}", lang),
            state=_finding_state(f, lang),
            proof=_finding_proof(f),
            closed=f.closed_at is not None,
        )
        for f in (*basis.snap.findings.open(), *closed)
    )


def holds(basis: "Basis") -> tuple[HoldLine, ...]:
    """Holds for inspections that stood on some day of the period (REQ-108)."""
    if basis.scope.kind not in (ReportKind.STORE, ReportKind.YEAR):
        return ()
    begins, ends = basis.begins, basis.before
    return tuple(
        HoldLine(
            hold=h.hold_id,
            authority=h.authority,
            reason=h.reason,
            people=len(h.people),
            since=shanghai_day(h.starts_at),
            until=last_day(h.ends_at),
            lifted=shanghai_day(h.lifted_at) if h.lifted_at else None,
        )
        for h in basis.snap.holds.all()
        if h.starts_at < ends and min(h.ends_at, h.lifted_at or h.ends_at) > begins
    )


def waiting(basis: "Basis") -> tuple[Finding, ...]:
    """What waits for somebody: of everybody, or of the one person."""
    if basis.scope.kind in (ReportKind.USER, ReportKind.TRANSFER):
        return ()
    person = basis.scope.of if basis.scope.kind is ReportKind.PERSON else None
    return tuple(
        Finding(
            finding=x.task_id,
            what=t(f"task.{x.kind}", basis.session.lang),
            due=shanghai_day(x.due) if x.due else None,
        )
        for x in basis.snap.tasks.open(hcp_id=person)
    )


def _finding_state(found: AuditFinding, lang: Lang) -> str:
    if found.closed_at is None:
        return t(f"finding_state.{found.state}", lang)
    return t("audit.finding.closed", lang, day=shanghai_day(found.closed_at).isoformat(), name=found.closed_by)


def _finding_proof(found: AuditFinding) -> str:
    """What was done, and what shows it."""
    return " · ".join(x for x in (found.action, found.reference, *(h[:16] for h in found.evidence)) if x) or "–"
