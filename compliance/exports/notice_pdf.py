"""A stored rendering of a notice as a PDF: the look stands in the rendering, so an old one prints as it was shown.

Rules: (1) sizes, colours and faces come from the rendering, never from here; (2) its hash stands at the foot of every
page; (3) a sandbox says so; (4) same rendering, same bytes.
"""

from dataclasses import dataclass, field

from compliance.exports.ink import A4, FAINT, WATER, Ink, paint
from compliance.exports.wrap import wrap
from compliance.i18n import Lang, t
from compliance.model.notice import Part, Rendering

_LEFT, _RIGHT, _TOP, _BOTTOM = 56.0, A4[0] - 56.0, 62.0, A4[1] - 58.0
_LEADING = 1.45
_BEFORE = {"title": 0.0, "heading": 12.0, "item": 18.0, "text": 3.0, "small": 10.0}


def notice_pdf(rendering: Rendering, *, stamp: str = "") -> bytes:
    """The PDF of a rendering, in its own language."""
    lang = Lang(rendering.lang)
    setter = _Setter(stamp=stamp)
    for part in rendering.parts:
        setter.put(part)
    for number, page in enumerate(setter.pages, start=1):
        page.text(_LEFT, A4[1] - 34, f"{rendering.notice} · {rendering.sha256}", 6.5, FAINT)
        count = t("paper.notice.page", lang, page=number, pages=len(setter.pages))
        page.text(_RIGHT, A4[1] - 34, count, 6.5, FAINT, at=1.0)
    return paint(setter.pages, title=t("paper.notice.metadata_title", lang), lang=lang)


@dataclass(slots=True)
class _Setter:
    stamp: str
    pages: list[Ink] = field(default_factory=list)
    y: float = _TOP

    def __post_init__(self) -> None:
        self._turn()

    def put(self, part: Part) -> None:
        """Set one part; a heading takes its first following line along to the next page."""
        size = part.size / 10
        step = size * _LEADING
        self.y += _BEFORE.get(part.role, 3.0) if self.y > _TOP else 0.0
        needed = step * (3 if part.role in ("heading", "item") else 1)
        if self.y + needed > _BOTTOM:
            self._turn()
        for line in wrap(part.text, size, _RIGHT - _LEFT, bold=part.bold):
            if self.y + step > _BOTTOM:
                self._turn()
            self.y += step
            self.pages[-1].text(_LEFT, self.y, line, size, _colour(part.colour), bold=part.bold)

    def _turn(self) -> None:
        self.pages.append(Ink())
        if self.stamp:  # first, so that the words stand on it and not under it
            self.pages[-1].slanted(A4[0] / 2, A4[1] / 2, self.stamp, 34, WATER, 28)
        self.y = _TOP


def _colour(text: str) -> tuple[float, float, float]:
    red, green, blue = (int(text[at : at + 2], 16) / 255 for at in (0, 2, 4))
    return red, green, blue
