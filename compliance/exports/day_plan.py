"""The day plan as paper: one A4 sheet folded once across the middle, so that each half is an A5 card of its own.

Rules: (1) at most six people a half, a hospital stays on one half where it can; (2) each half says whose it is, for
which day and how to find the log entry, because it is looked at alone; (3) one line a person, the name readable at
arm's length; what may be done is said by shape and word, never by colour alone; (4) all content is set in the largest
degree that fits, and there is no room for notes: what is written by hand is in no store.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

from compliance.errors import ExportError
from compliance.exports.day_plan_card import Card, draw_card, draw_guide, wanted
from compliance.exports.day_plan_data import DayPlanData, Hospital
from compliance.exports.files import file_name
from compliance.exports.ink import A4, HAIR, MUTED, Ink, paint
from compliance.exports.leak_check import ControlPage
from compliance.i18n import Lang, catalogue, t

__all__ = ["MOST_A_HALF", "RenderedPlan", "control_plan", "render_day_plan"]

MOST_A_HALF = 6
_SCALES = (1.12, 1.06, 1.0, 0.94, 0.88, 0.82, 0.76, 0.7)
_HALF = A4[1] / 2
_WIDE = "某"
_REGULAR = ("paper.plan.", "paper.weekday.", "paper.month.", "channel.")
_BOLD = (
    "paper.plan.closed",
    "paper.plan.ask",
    "paper.plan.guide",
    "paper.plan.until",
    "paper.weekday.",
    "paper.sandbox",
)


@dataclass(frozen=True, slots=True)
class RenderedPlan:
    """PDF bytes, codes of characters without a glyph, and the degree it was set in."""

    pdf: bytes
    notes: tuple[str, ...]
    scale: float


def render_day_plan(data: DayPlanData, *, lang: Lang = Lang.ZH, scale: float | None = None) -> RenderedPlan:
    """One page. ExportError ``too_long`` for more people than two halves hold."""
    halves = _halves(data.hospitals)
    if len(data.stops) > 2 * MOST_A_HALF or not halves:
        raise ExportError("too_long", pages=2)
    fitting = (s for s in _SCALES if all(wanted(half, s) <= Card.ROOM for half in halves))
    chosen = scale or next(fitting, _SCALES[-1])
    ink = Ink()
    for place in range(2):
        top = place * _HALF
        if place < len(halves):
            draw_card(Card(ink, data, lang, chosen, top), halves[place], part=place + 1, parts=len(halves))
        else:
            draw_guide(Card(ink, data, lang, chosen, top))
    _fold(ink, lang)
    pdf = paint([ink], title=t("paper.plan.metadata_title", lang), lang=lang, common=_common(str(lang)))
    return RenderedPlan(pdf=pdf, notes=tuple(sorted(ink.notes)), scale=chosen)


def control_plan(data: DayPlanData, *, lang: Lang, scale: float) -> ControlPage:
    """The same paper about nobody: names are blanked, what is said of hospitals and departments stays."""
    blank = tuple(
        replace(h, stops=tuple(replace(stop, name=_WIDE * len(stop.name)) for stop in h.stops)) for h in data.hospitals
    )
    made = render_day_plan(replace(data, hospitals=blank), lang=lang, scale=scale)
    return ControlPage(made.pdf, file_name(data.serial, suffix=".pdf"))


def _halves(hospitals: Sequence[Hospital]) -> list[tuple[Hospital, ...]]:
    """One half while it holds all; else the fold falls between two hospitals, where both sides are filled alike."""
    total = sum(len(h.stops) for h in hospitals)
    if total <= MOST_A_HALF:
        return [tuple(hospitals)] if total else []
    splits = [(tuple(hospitals[:place]), tuple(hospitals[place:])) for place in range(1, len(hospitals))]
    whole = [split for split in splits if all(sum(len(h.stops) for h in half) <= MOST_A_HALF for half in split)]
    if whole:
        return list(min(whole, key=lambda split: max(wanted(half, 1.0) for half in split)))
    return _cut(hospitals)


def _cut(hospitals: Sequence[Hospital]) -> list[tuple[Hospital, ...]]:
    """A hospital stands on both halves, named again on the second."""
    first: list[Hospital] = []
    rest: list[Hospital] = []
    left = MOST_A_HALF
    for hospital in hospitals:
        here, there = hospital.stops[:left], hospital.stops[left:]
        left -= len(here)
        if here:
            first.append(replace(hospital, stops=here))
        if there:
            rest.append(replace(hospital, stops=there, goes_on=bool(here)))
    return [tuple(first), tuple(rest)]


def _fold(ink: Ink, lang: Lang) -> None:
    """Short marks at both edges: where to fold, and how."""
    for begin, end in ((0.0, 14.0), (A4[0] - 14.0, A4[0])):
        ink.line(begin, _HALF, end, _HALF, MUTED, 0.8)
    x = 44.0
    while x < A4[0] - 44.0:
        ink.line(x, _HALF, x + 2.0, _HALF, HAIR, 0.5)
        x += 6.0


@cache
def _common(lang: str) -> tuple[str, str]:
    """The characters every plan prints, set apart so that their fonts are made once a process."""
    words = {key: said.get(lang, "") for key, said in catalogue().items()}
    regular = {c for key, text in words.items() if key.startswith(_REGULAR) for c in text}
    bold = {c for key, text in words.items() if key.startswith(_BOLD) for c in text}
    digits = set("0123456789-.:/#· ")
    return "".join(sorted(regular | digits)), "".join(sorted(bold | digits))
