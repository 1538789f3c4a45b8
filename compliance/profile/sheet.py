"""Which fields a sheet holds: the template's blocks, filled with what the decision shows (domain.md appendix A).

Rules: (1) only fields of the template, in its order; (2) at most ``max_fields`` value fields over the counted blocks,
a suggestion is one block of its own; (3) where an open objection or request speaks, the listed blocks give way to
"contact compliance first"; (4) withheld and empty fields are not printed and take no place.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from compliance.model.access import FieldState
from compliance.model.profile import SheetBlock, SheetTemplate, ShownField


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledBlock:
    """One block to print. ``compliance_first``: print that line instead of fields."""

    block: SheetBlock
    fields: tuple[ShownField, ...]
    compliance_first: bool = False


def sheet_fields(template: SheetTemplate, shown: Mapping[str, ShownField]) -> tuple[FilledBlock, ...]:
    """The blocks of a sheet, filled from ``shown`` (key → field of a view)."""
    halted = any(_speaks(shown.get(key)) for key in template.first_compliance)
    left = template.max_fields
    out: list[FilledBlock] = []
    for block in template.blocks:
        if halted and block.key in template.replaced:
            if not any(b.compliance_first for b in out):
                out.append(FilledBlock(block=block, fields=(), compliance_first=True))
            continue
        fields = tuple(f for key in block.fields if (f := shown.get(key)) is not None and _speaks(f))
        if block.counted:
            fields = fields[:left]
            left -= len(fields)
        if fields:
            out.append(FilledBlock(block=block, fields=fields))
    return tuple(out)


def counted(blocks: tuple[FilledBlock, ...]) -> int:
    """Value fields under the limit."""
    return sum(len(b.fields) for b in blocks if b.block.counted)


def _speaks(field: ShownField | None) -> bool:
    return field is not None and field.state is not FieldState.WITHHELD and bool(field.value)
