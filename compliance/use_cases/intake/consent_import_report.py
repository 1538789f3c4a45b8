"""What an import of consents is asked to do, and what it says became of the rows.

Rules: (1) ``read = accepted + rejected + duplicates``; candidates are rejected rows whose name and hospital fit
somebody, noes kept from spoilt rows are accepted; (2) reports name rows and codes, values only when asked for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from compliance.importing.report import ReportRow
from compliance.importing.results import FileFacts, RowStatus
from compliance.use_cases.intake.consent_drafts import Draft

#: Rows named in the answer; the report file names them all.
_TOLD = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class LogOrigin:
    """Where a log comes from: ``system`` h5, wecom or crm, and who exported it (a name of a system or role)."""

    system: str
    exporter: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentImport:
    """What to take in. ``name`` of the stack it becomes ("" makes one); ``place`` for rows that name no place of the
    original; ``columns`` are (header, target) where the headers are not known words."""

    path: Path
    evidence_dir: Path | None = None
    name: str = ""
    dry_run: bool = False
    report: Path | None = None
    with_values: bool = False
    sheet: int | str | None = None
    header_row: int | None = None
    place: str = ""
    log: LogOrigin | None = None
    columns: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentImportReport:
    """What became of the rows. ``noes_kept`` are noes of spoilt rows; ``below_grade`` acts whose way is too weak for
    their item; ``documents`` were sealed."""

    stack: str | None
    name: str
    read: int
    accepted: int
    rejected: int
    duplicates: int
    candidates: int
    noes_kept: int
    below_grade: int
    to_check: int
    documents: int
    unknown_columns: tuple[str, ...]
    reasons: Mapping[str, int]
    report: Path | None
    told: tuple[ReportRow, ...] = ()  # the first rows with something to say, each with all its codes; no values

    def as_json(self) -> dict[str, object]:
        """Keys of ``import``, and those of a stack."""
        return {
            "batch": self.stack,
            "stack": self.name or None,
            "read": self.read,
            "accepted": self.accepted,
            "quarantined": 0,
            "rejected": self.rejected,
            "duplicates": self.duplicates,
            "candidates": self.candidates,
            "noes_kept": self.noes_kept,
            "below_grade": self.below_grade,
            "to_check": self.to_check,
            "documents": self.documents,
            "refused_columns": [],
            "unknown_columns": list(self.unknown_columns),
            "unproven_consents": 0,
            "report": str(self.report) if self.report else None,
            "reasons": dict(self.reasons),
            "rows": [
                {
                    "row": row.row,
                    "status": str(row.status),
                    "codes": [{"field": where, "code": code} for where, code in row.codes],
                }
                for row in self.told
            ],
        }


def reported(draft: Draft, with_values: bool) -> ReportRow:
    """A row of the report file."""
    return ReportRow(
        row=draft.row,
        status=draft.status or RowStatus.REJECTED,
        codes=tuple(draft.codes),
        first_row=draft.first_row,
        raw=draft.values if with_values else {},
    )


def counted(
    drafts: Sequence[Draft],
    facts: FileFacts,
    request: ConsentImport,
    *,
    stack: str | None,
    name: str,
    done: tuple[int, ...],
) -> ConsentImportReport:
    """The report of a run; ``done`` is how many forms wait for a check and how many documents were sealed."""
    by_status = {status: sum(d.status is status for d in drafts) for status in RowStatus}
    reasons: dict[str, int] = {}
    for draft in drafts:
        for _, code in draft.codes:
            reasons[code] = reasons.get(code, 0) + 1
    return ConsentImportReport(
        stack=stack,
        name=name,
        read=len(drafts),
        accepted=by_status[RowStatus.ACCEPTED],
        rejected=by_status[RowStatus.REJECTED],
        duplicates=by_status[RowStatus.DUPLICATE],
        candidates=reasons.get("person_candidate", 0),
        noes_kept=sum(d.spoilt_no for d in drafts),
        below_grade=sum(d.status is RowStatus.ACCEPTED and ("method", "below_least_grade") in d.codes for d in drafts),
        to_check=done[0],
        documents=done[1],
        unknown_columns=facts.unknown,
        reasons=dict(sorted(reasons.items())),
        report=request.report,
        told=tuple(reported(d, False) for d in _worth_telling(drafts)),
    )


def _worth_telling(drafts: Sequence[Draft]) -> list[Draft]:
    return [d for d in drafts if d.codes or d.status is not RowStatus.ACCEPTED][:_TOLD]
