"""What the splitting process is asked to measure on a page of a form, and its answer looked through on arrival.

Rules: (1) the question holds places and numbers, never a word of the form but its code; (2) the answer is believed only
as the numbers it must be: as many as were asked for, each within its bounds; anything else is nonsense and no reading.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from compliance.model.form_layout import Field, Layout
from compliance.model.form_reading import Measure, PageRead

#: Number of the way boxes are measured; a changed way gets the next one.
READER = 1
_SHARES = ("ink", "dark", "paper", "beside", "frame", "spread")
_MOST_OFF = 10_000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FormQuestion:
    """Page ``page`` (from 1) of a form under ``code``: where its ``fields`` stand by its ``layout``."""

    page: int
    code: str
    layout: Layout
    fields: tuple[Field, ...]
    numbers: Mapping[str, float]

    @property
    def words(self) -> dict[str, Any]:
        """As it goes over."""
        return {
            "code": self.code,
            "layout": {"code": self.layout.code, "marks": self.layout.marks, "mark": self.layout.mark},
            "fields": [[str(f.kind), f.x, f.y, f.width, f.height] for f in self.fields],
            "numbers": dict(self.numbers),
        }


def question_for(page: int, code: str, layout: Layout, fields: Sequence[Field], numbers: Mapping[str, float]) -> Any:
    """The question about one page; None where nothing of the form stands on it."""
    here = tuple(f for f in fields if f.page == page)
    return FormQuestion(page=page, code=code, layout=layout, fields=here, numbers=numbers) if here else None


def answer_of(question: FormQuestion, said: Mapping[str, Any]) -> PageRead:
    """Rule 2. ValueError for nonsense."""
    marks, off, rows = said.get("marks"), said.get("off"), said.get("fields")
    if type(marks) is not int or not 0 <= marks <= 4 or not _within(off, _MOST_OFF) or not isinstance(rows, list):
        raise ValueError
    if rows and len(rows) != len(question.fields):
        raise ValueError
    measures = tuple(_measure(f, row) for f, row in zip(question.fields, rows, strict=False))
    return PageRead(page=question.page, marks=marks, off=float(off or 0.0), measures=measures)


def _measure(field: Field, row: Any) -> Measure:
    if not isinstance(row, dict) or not all(_within(row.get(name), 1.0) for name in _SHARES):
        raise ValueError
    corners, cells, through = row.get("corners"), row.get("cells"), row.get("through")
    if type(corners) is not int or type(cells) is not int or type(through) is not bool:
        raise ValueError
    if not (0 <= corners <= 4 and 0 <= cells <= 16):
        raise ValueError
    ink, dark, paper, beside, frame, spread = (float(row[name]) for name in _SHARES)
    return Measure(
        page=field.page, item=field.item, kind=field.kind, ink=ink, dark=dark, paper=paper, beside=beside,
        corners=corners, cells=cells, through=through, frame=frame, spread=spread,
    )  # fmt: skip


def _within(number: Any, most: float) -> bool:
    return type(number) in (int, float) and isfinite(number) and 0 <= number <= most
