"""What became of a scanner's files: forms by the way they were filed, pages, reasons by code."""

from collections.abc import Sequence
from dataclasses import dataclass

from compliance.model.intake import Filed, Form, FormState
from compliance.use_cases.intake.form_index import FormIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class ScannedFile:
    """What became of one file; ``name`` is for whoever gave it and stands nowhere else."""

    number: int
    name: str
    pages: int
    code: str

    def __repr__(self) -> str:
        return f"ScannedFile({self.number}, {self.code or self.pages})"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanReport:
    """``forms = by_code + by_index + by_hand + returned``; ``pages`` are those read, ``blank`` among them. The boxes of
    ``read`` forms could be read, ``clear`` of them leave nothing unsure."""

    stack: str | None
    name: str
    files: tuple[ScannedFile, ...]
    pages: int
    blank: int
    forms: int
    by_code: int
    by_index: int
    by_hand: int
    returned: int
    incomplete: int
    read: int
    clear: int
    reasons: dict[str, int]
    index_reasons: dict[str, int]
    index_unused: int


def counted(
    forms: Sequence[Form],
    *,
    stack: str | None,
    name: str,
    files: Sequence[ScannedFile],
    pages: int,
    blank: int,
    index: FormIndex,
) -> ScanReport:
    """The report over the forms made so far."""
    reasons: dict[str, int] = {}
    for form in forms:
        for code in {form.reason, *form.findings} - {""}:
            reasons[code] = reasons.get(code, 0) + 1
    filed = [f for f in forms if f.state is FormState.TO_CHECK]
    return ScanReport(
        stack=stack,
        name=name,
        files=tuple(files),
        pages=pages,
        blank=blank,
        forms=len(forms),
        by_code=sum(f.filed is Filed.CODE for f in filed),
        by_index=sum(f.filed is Filed.INDEX for f in filed),
        by_hand=sum(f.state is FormState.SPLIT for f in forms),
        returned=sum(f.state is FormState.RETURNED for f in forms),
        incomplete=reasons.get("pages_missing", 0),
        read=sum(f.reading is not None for f in filed),
        clear=sum(f.reading is not None and f.reading.clear for f in filed),
        reasons=dict(sorted(reasons.items())),
        index_reasons=index.reasons,
        index_unused=index.unused,
    )
