"""Leak check 脱敏自检: the finished PDF read as an enemy would, before it is released (REQ-049, issue 3 item 10).

Rules: (1) every place that can carry text is searched (``leak_places``) for every form of every hidden value
(``leak_forms``); (2) what is found is weighed against a *control page*: the same template, reader, serial and dates
with everything hidden taken out. A value leaks where the page holds it more often than the control; so a template
word, a date or a shown hospital's city stops nothing, and nothing is allowed by name; (3) without a control every find
is a leak, and bare numbers under four digits are counted as skipped; (4) a report names the place and the position of
the value, never the value; (5) bytes that belong to no part of a file are a finding of their own, whatever they hold:
a page of ours has none.
"""

import re
from collections import Counter
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass

import pypdfium2
from pypdfium2 import PdfiumError

from compliance.exports.leak_forms import Sought, seek
from compliance.exports.leak_places import Clear, Places
from compliance.exports.pdf_parts import Parts

_BINARY_MIN = 6  # shorter byte forms occur by chance in compressed data
Finds = Counter[tuple[str, str, int]]


@dataclass(frozen=True, slots=True)
class Leak:
    """``value`` is the position in the list of hidden values; ``form`` how it was found, ``place`` where."""

    place: str
    form: str
    value: int


@dataclass(frozen=True, slots=True)
class LeakReport:
    """``checked`` values were sought, ``skipped`` were empty or, without a control page, bare small numbers.

    ``remarks`` count what a plain sheet does not have: ``revisions``, ``attachments``, ``annotations``, ``scripts``.
    ``outside`` counts bytes that belong to no part of the file, ``before_head``, ``between_parts`` or
    ``behind_end``; with any the file is not clean.
    """

    clean: bool
    checked: int
    skipped: int
    leaks: tuple[Leak, ...]
    remarks: tuple[tuple[str, int], ...] = ()
    outside: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class ControlPage:
    """A page like the one under attack with nothing hidden on it."""

    pdf: bytes
    file_name: str


def attack(
    pdf_bytes: bytes,
    file_name: str,
    hidden_values: Iterable[str],
    *,
    control: Callable[[], ControlPage] | None = None,
    known: Container[bytes] = (),
    spoken: Callable[[str], tuple[str, ...]] = lambda _: (),
) -> LeakReport:
    """Search ``pdf_bytes`` for every hidden value; ``spoken`` gives the ways a name is spelled in letters. ``control``
    makes the control page; it is asked only when something was found. ``known`` are font programs made before anybody's
    data was read, passed over where they stand unchanged. Never raises on a damaged file: what pdfium cannot read is
    searched as bytes.
    """
    values = list(hidden_values)
    sought = [item for item in seek(values, spoken) if control is not None or not item.bare]
    places = Places(Parts(pdf_bytes, known), file_name)
    finds = _search(sought, places)
    if +finds and control is not None:
        page, again = control(), {find[2] for find in +finds}
        finds -= _search([s for s in sought if s.place in again], Places(Parts(page.pdf, known), page.file_name))
    leaks = tuple(Leak(*find) for find, count in finds.items() if count > 0)
    return LeakReport(
        clean=not leaks and not places.outside,
        checked=len(sought),
        skipped=len(values) - len(sought),
        leaks=leaks,
        remarks=places.remarks(),
        outside=places.outside,
    )


def attack_clear(
    data: bytes,
    hidden_values: Iterable[str],
    *,
    control: Callable[[], bytes],
    spoken: Callable[[str], tuple[str, ...]] = lambda _: (),
) -> LeakReport:
    """The same search over bytes that are text, weighed against ``control``."""
    values = list(hidden_values)
    sought = seek(values, spoken)
    finds = _search(sought, Clear(data))
    if +finds:
        again = {find[2] for find in +finds}
        finds -= _search([s for s in sought if s.place in again], Clear(control()))
    leaks = tuple(Leak(*find) for find, count in finds.items() if count > 0)
    return LeakReport(clean=not leaks, checked=len(sought), skipped=len(values) - len(sought), leaks=leaks)


def encrypted(pdf: bytes) -> bool:
    """Whether strings and streams are ciphered: then only what pdfium opens could be searched, not the file."""
    return re.search(rb"/Encrypt\s*(?:<<|\d+\s+\d+\s+R)", Parts(pdf).structure) is not None


def readable(pdf: bytes) -> bool:
    """Whether pages of ``pdf`` can be read at all: nobody may call a file clean that could not be looked into."""
    try:
        document = pypdfium2.PdfDocument(pdf)
    except PdfiumError:
        return False
    pages = len(document)
    document.close()
    return pages > 0


def _search(sought: Iterable[Sought], places: Places | Clear) -> Finds:
    """How often each value is found in each place and form."""
    finds: Finds = Counter()
    for item in sought:
        (_short if item.short else _whole)(item, places, finds)
    return finds


def _short(item: Sought, places: Places | Clear, finds: Finds) -> None:
    for where, words in places.words.items():
        for form, word in item.words:
            if words[word]:
                finds[where, form, item.place] += words[word]


def _whole(item: Sought, places: Places | Clear, finds: Finds) -> None:
    for where, text in places.texts.items():
        for form, pieces in (
            ("text", (item.folded,)),
            ("digits", item.windows),
            ("phrase", item.phrases),
            ("backwards", item.backwards),
            ("pinyin", item.spoken),
        ):
            for piece in pieces:
                if piece in text:
                    finds[where, form, item.place] += text.count(piece)
    if item.windows:
        for where, text in places.digits.items():
            for window in item.windows:
                finds[where, "numerals", item.place] += text.count(window)
    for form, needle in item.raw:
        for where, hay in places.raw.items():
            if needle in hay and (where != "raw" or len(needle) >= _BINARY_MIN):
                finds[where, form, item.place] += hay.count(needle)
    for where, codes, hay in (("hex", item.hexed, places.hexed), ("coded", item.coded, places.unbroken)):
        for form, needle in codes:
            if needle in hay:
                finds[where, form, item.place] += hay.count(needle)
