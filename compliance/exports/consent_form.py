"""A consent form on paper: to be read, ticked and signed by one doctor, and filed again by its QR.

Rules: (1) nothing is preset: every box is empty, there is no "accept all", each item has its own two boxes; (2) each
separate consent stands in a frame of its own with its own place to sign (PIPL 23, 25, 29, 39; REQ-016); (3) one page
where it fits, the largest setting first; else every page has its own QR, which names the items of that page; (4) four
black corner marks let a scan be straightened, and every place a pen may go is noted while it is drawn
(:mod:`compliance.model.form_layout`) for whoever reads the scan; (5) the same data gives the same bytes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from compliance.exports.fonts import width
from compliance.exports.ink import A4, ACCENT, HAIR, INK, MUTED, STOP, Ink, paint
from compliance.exports.wrap import clip, wrap
from compliance.i18n import Lang, t
from compliance.model.form_code import FormCode, encode
from compliance.model.form_layout import LAYOUT, Field, FieldKind

_LEFT, _RIGHT, _TOP, _FOOT = 48.0, A4[0] - 48.0, 46.0, A4[1] - 52.0
_CODE_X, _CODE_Y, _QR = LAYOUT.code
_SCALES = (1.0, 0.93, 0.86, 0.8)
_SMALLEST = 0.86  # where more than one page is needed, nothing is set smaller than this
_BOX = 13.0
_APART = 82.0  # from one box to the next
#: How black the words of a box leave their place in the mean, of 1; a test prints and measures them.
_BLACK = {"同意": 0.234, "不同意": 0.220, "I agree": 0.162, "I do not": 0.150}


@dataclass(frozen=True, slots=True, kw_only=True)
class FormItem:
    """One consent item with the words of its notice."""

    item: str
    heading: str
    text: str
    benefit: str
    if_refused: str
    separate: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FormData:
    """One form. ``person`` are the lines that say whom it is for; they are in no file name and no metadata."""

    serial: str
    hcp_id: str
    person: tuple[str, ...]
    handler: str
    title: str
    notice: str
    notice_hash: str
    contact: str
    items: tuple[FormItem, ...]
    sandbox: bool = False

    def __repr__(self) -> str:
        return f"FormData({self.serial}, {len(self.items)} items)"


@dataclass(frozen=True, slots=True)
class FormMade:
    """The pages of one form, the places on them a pen may go, and the codes of characters without a glyph."""

    pages: tuple[Ink, ...]
    fields: tuple[Field, ...]
    codes: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def boxes(self) -> tuple[Field, ...]:
        """The boxes alone, in the order printed."""
        return tuple(f for f in self.fields if f.kind.is_box)


def lay_out(data: FormData, *, lang: Lang) -> FormMade:
    """The pages of a form: one where it fits (rule 3)."""
    ordered = sorted(data.items, key=lambda item: item.separate)
    for scale in _SCALES:
        pages = _paged(data, ordered, lang, scale)
        if len(pages) == 1:
            return _drawn(data, pages, lang, scale)
    return _drawn(data, _paged(data, ordered, lang, _SMALLEST), lang, _SMALLEST)


def forms_pdf(
    forms: Sequence[FormMade], *, lang: Lang, tick: Callable[[int, int], None] = lambda _done, _all: None
) -> bytes:
    """One PDF of one or many forms."""
    pages = [page for form in forms for page in form.pages]
    return paint(pages, title=t("paper.form.metadata_title", lang), lang=lang, tick=tick)


@dataclass(slots=True)
class _Page:
    data: FormData
    lang: Lang
    scale: float
    number: int
    pages: int
    ink: Ink = field(default_factory=Ink)
    fields: list[Field] = field(default_factory=list)
    y: float = _TOP

    def pt(self, size: float) -> float:
        return size * self.scale

    def say(self, key: str, **params: object) -> str:
        return t(f"paper.form.{key}", self.lang, **params)

    def note(
        self, item: str, kind: FieldKind, x: float, y: float, right: float, bottom: float, printed: float = 0.0
    ) -> None:
        """A place a pen may go, or must not; one too small to tell anything is none."""
        if right - x >= 6 and bottom - y >= 6:
            a, b, c, d = (round(v, 1) for v in (x, y, right - x, bottom - y))
            one = Field(page=self.number, item=item, kind=kind, x=a, y=b, width=c, height=d, printed=printed)
            self.fields.append(one)

    def lines(self, text: str, size: float, room: float, colour: tuple[float, float, float] = INK) -> None:
        """``text`` set in lines from ``y`` on."""
        for line in wrap(text, self.pt(size), room):
            self.y += self.pt(size) * 1.38
            self.ink.text(_LEFT + 10, self.y, line, self.pt(size), colour)


def _paged(data: FormData, items: Sequence[FormItem], lang: Lang, scale: float) -> list[list[FormItem]]:
    """Items by page, measured on paper that is thrown away."""
    pages: list[list[FormItem]] = [[]]
    room = _FOOT - _head_height(data, lang, scale)
    left = room
    for item in items:
        height = _item_height(data, item, lang, scale)
        signing = 0.0 if item.separate or any(not x.separate for x in pages[-1]) else _sign_height(scale)
        if pages[-1] and height + signing > left:
            pages.append([])
            left, signing = room, 0.0 if item.separate else _sign_height(scale)
        pages[-1].append(item)
        left -= height + signing
    return pages


def _drawn(data: FormData, pages: Sequence[Sequence[FormItem]], lang: Lang, scale: float) -> FormMade:
    drawn: list[_Page] = []
    codes: list[str] = []
    for number, items in enumerate(pages, start=1):
        page = _Page(data, lang, scale, number, len(pages))
        code = encode(
            FormCode(
                notice_hash=data.notice_hash,
                hcp_id=data.hcp_id,
                serial=data.serial,
                items=tuple(item.item for item in items),
                page=number,
                pages=len(pages),
            )
        )
        codes.append(code)
        _marks(page)
        _head(page, code)
        for item in (x for x in items if not x.separate):
            _item(page, item)
        if any(not x.separate for x in items):
            _sign(page, page.say("sign_all"))
        for item in (x for x in items if x.separate):
            _item(page, item)
        page.note("", FieldKind.REST, _LEFT + 8, page.y + 8, _RIGHT - 8, A4[1] - 56)
        _foot(page)
        drawn.append(page)
    return FormMade(
        pages=tuple(page.ink for page in drawn),
        fields=tuple(one for page in drawn for one in page.fields),
        codes=tuple(codes),
        notes=tuple(sorted({note for page in drawn for note in page.ink.notes})),
    )


def _marks(page: _Page) -> None:
    for x, y in LAYOUT.marks:
        page.ink.box(x, y, LAYOUT.mark, LAYOUT.mark, fill=(0.0, 0.0, 0.0))


def _head(page: _Page, code: str) -> None:
    data, ink = page.data, page.ink
    room = _RIGHT - _LEFT - _QR - 14
    page.y = _TOP
    if data.sandbox:
        ink.text(_LEFT, page.y - 4, t("paper.sandbox", page.lang), 9, STOP, bold=True)
    title = page.say("title")
    ink.text(_LEFT, page.y + 16, title, 19, ACCENT, bold=True)
    for line in wrap(data.title, 10, room)[:2]:
        ink.text(_LEFT, page.y + 34, line, 10, MUTED)
        page.y += 13
    page.y += 26
    for place, line in enumerate(data.person[:2]):
        size = 14 if place == 0 else 10.5
        page.y += size + 5
        ink.text(_LEFT, page.y, clip(line, size, room, bold=place == 0), size, bold=place == 0)
    ink.qr(_CODE_X, _CODE_Y, _QR, code)
    caption = page.say("page", page=page.number, pages=page.pages)
    ink.text(_RIGHT - _QR / 2, _TOP + _QR + 6, f"{data.serial} · {caption}", 7, MUTED, at=0.5)
    page.y = max(page.y + 8, _TOP + _QR + 14)
    for line in wrap(page.say("read_first", handler=data.handler), page.pt(9), _RIGHT - _LEFT):
        page.y += page.pt(9) * 1.4
        ink.text(_LEFT, page.y, line, page.pt(9))
    page.y += 6
    ink.line(_LEFT, page.y, _RIGHT, page.y, ACCENT, 1.2)
    page.y += 4


def _item(page: _Page, item: FormItem) -> None:
    top = page.y
    page.y += page.pt(5)
    baseline = page.y + page.pt(13)
    size, room = page.pt(11.5), _RIGHT - _LEFT - 190
    size = min(size, size * room / max(width(item.heading, size, bold=True), 1.0))  # a heading shrinks, it is never cut
    _boxes(page, item, baseline, _LEFT + 10 + width(item.heading, size, bold=True))
    page.ink.text(_LEFT + 10, baseline, item.heading, size, bold=True)
    page.y = baseline + page.pt(2)
    room = _RIGHT - _LEFT - 20
    page.lines(item.text, 9, room)
    page.lines(f"{item.benefit} {item.if_refused}".strip(), 7.8, room, MUTED)
    page.y += page.pt(6)
    if item.separate:
        _sign(page, page.say("sign_one"), item=item.item, inset=10.0)
        page.ink.box(_LEFT, top + 1, _RIGHT - _LEFT, page.y - top - 2, edge=ACCENT, radius=3, edge_width=1.1)
        page.y += page.pt(5)
    else:
        page.ink.line(_LEFT, page.y, _RIGHT, page.y, HAIR)


def _boxes(page: _Page, item: FormItem, baseline: float, heading: float) -> None:
    x, y = _RIGHT - 170, baseline - _BOX + 2
    page.note(item.item, FieldKind.CLEAR, heading + 5, y + 0.5, x - 5, y + _BOX - 0.5)
    for kind in (FieldKind.GIVEN, FieldKind.REFUSED):
        words = page.say(str(kind))
        page.ink.box(x, y, _BOX, _BOX, edge=INK, edge_width=1.1)
        page.note(item.item, kind, x, y, x + _BOX, y + _BOX)
        begin = x + _BOX + 5
        end = begin + width(words, 11, bold=True)
        page.ink.text(begin, baseline, words, 11, bold=True)
        printed = _BLACK.get(words, 0.0)
        page.note(item.item, FieldKind.WORDS, begin - 1.5, y - 2, end + 1.5, y + _BOX + 1.5, printed=printed)
        x += _APART
        until = x - 6 if kind is FieldKind.GIVEN else _RIGHT - 4
        page.note(item.item, FieldKind.CLEAR, end + 4, y + 0.5, until, y + _BOX - 0.5)


def _sign(page: _Page, label: str, *, item: str = "", inset: float = 0.0) -> None:
    top = page.y + page.pt(3)
    page.y += page.pt(30)
    page.ink.text(_LEFT + inset, page.y, label, page.pt(9.5))
    begin, end = _LEFT + inset + width(label, page.pt(9.5)) + 6, _RIGHT - 190
    page.ink.line(begin, page.y + 2, end, page.y + 2, INK, 0.8)
    page.note(item, FieldKind.SIGNATURE, begin, top, end, page.y - 1)
    date = page.say("date")
    page.ink.text(_RIGHT - 180, page.y, date, page.pt(9.5))
    begin, end = _RIGHT - 180 + width(date, page.pt(9.5)) + 6, _RIGHT - inset - 4
    page.ink.line(begin, page.y + 2, end, page.y + 2, INK, 0.8)
    page.note(item, FieldKind.DATE, begin, top, end, page.y - 1)
    page.y += page.pt(9)


def _foot(page: _Page) -> None:
    data = page.data
    words = page.say("foot", contact=data.contact)
    size = next((pt for pt in (7.5, 7.0, 6.5, 6.0) if width(words, pt) <= _RIGHT - _LEFT), 5.5)  # a contact is not cut
    page.ink.text(_LEFT, A4[1] - 42, clip(words, size, _RIGHT - _LEFT), size, MUTED)
    page.ink.text(_LEFT, A4[1] - 31, f"{data.notice} · SHA-256 {data.notice_hash}", 6.5, MUTED)


def _head_height(data: FormData, lang: Lang, scale: float) -> float:
    page = _Page(data, lang, scale, 1, 1)
    _head(page, "0")
    return page.y


def _item_height(data: FormData, item: FormItem, lang: Lang, scale: float) -> float:
    page = _Page(data, lang, scale, 1, 1, y=0.0)
    _item(page, item)
    return page.y


def _sign_height(scale: float) -> float:
    return 39.0 * scale
