"""What the measurements of a form say: yes, no, both, none or unsure for each item, by the numbers of the day. Pure.

Rules: (1) only a box that is clearly ticked beside one that is clearly empty is a yes or a no; whatever is between the
numbers is *unsure* and counts as nothing; (2) a tick is ink as black as a pen, in a box whose outline was found on
paper that bears no stain; a mark in all four corners or all over may be a cross or a scribble, one that leaves at
opposite sides may be a line struck through, ink close beside an empty box may be meant for it: unsure; (3) ink on paper
that must stay clear beside the boxes of an item, or words blacker than the others of their page, strike out or correct:
unsure; a note on the empty rest of the page is told; (4) a page that could not be read makes every item on it unsure,
and the form is not read whole; (5) the numbers are dated, the newest that held that day counts.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from compliance.errors import bad_input
from compliance.model.form_layout import Field, FieldKind
from compliance.model.form_reading import FormReading, ItemRead, Measure, PageRead, Presence, Said

_BETWEEN = {
    (True, False): Said.YES,
    (False, True): Said.NO,
    (True, True): Said.BOTH,
    (False, False): Said.NONE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingNumbers:
    """The numbers of a day: ``since`` names them."""

    since: str
    values: Mapping[str, float]


def numbers_on(table: Mapping[str, Any], on: date) -> ReadingNumbers:
    """Rule 5. InputErrors ``no_reading_numbers``."""
    versions = [v for v in table["version"] if v["from"] <= on]
    if not versions:
        raise bad_input("no_reading_numbers", "stack")
    newest = max(versions, key=lambda v: v["from"])
    values = {key: float(value) for key, value in newest.items() if key != "from"}
    return ReadingNumbers(since=newest["from"].isoformat(), values=values)


def judge(
    fields: Sequence[Field],
    pages: Iterable[PageRead],
    numbers: ReadingNumbers,
    *,
    reader: int,
    layout: int,
    lang: str,
    items: Sequence[str],
) -> FormReading:
    """What a form says. ``items`` stand on it by its code; ``fields`` are all its places."""
    pages = tuple(sorted(pages, key=lambda p: p.page))
    found = {(m.item, m.kind, m.page): m for page in pages for m in page.measures}
    n = numbers.values
    spoilt = _written_beside(pages, fields, n)
    read = tuple(
        ItemRead(item=item, said=Said.UNSURE if item in spoilt else _said(item, fields, found, n)) for item in items
    )
    ordinary = [f for f in fields if f.item == ""]
    signed = _all(found, [f for f in ordinary if f.kind is FieldKind.SIGNATURE], n, "wide")
    dated = _all(found, [f for f in ordinary if f.kind is FieldKind.DATE], n, "date_wide")
    read_pages = {page.page for page in pages if page.measures}
    faults = set()
    if any(f.kind is FieldKind.REST and _area(f, m) > n["note"] for f, m in _matched(fields, pages)):
        faults.add("note_written")
    if {f.page for f in fields} - read_pages:
        faults.add("page_not_read")
    if any(one.said in (Said.UNSURE, Said.BOTH, Said.NONE) for one in read):
        faults.add("boxes_unclear")
    if signed is not Presence.PRESENT:
        faults.add("signature_not_seen")
    if dated is not Presence.PRESENT:
        faults.add("date_not_seen")
    return FormReading(
        reader=reader,
        layout=layout,
        numbers=numbers.since,
        lang=lang,
        items=read,
        signed=signed,
        dated=dated,
        faults=tuple(sorted(faults)),
        pages=pages,
    )


def ticked(m: Measure, n: Mapping[str, float]) -> bool | None:
    """Whether a box is ticked; None: not sure (rules 1 and 2)."""
    if m.frame < n["frame"] or m.paper > n["paper"]:
        return None
    if m.ink <= n["empty"]:
        return False if m.beside <= n["beside"] and m.dark <= n["bare_dark"] else None
    if m.ink < n["ticked"] or m.ink > n["full"] or m.dark < n["pen"]:
        return None
    return None if m.corners > n["corners"] or m.cells > n["cells"] or m.through else True


def _written_beside(pages: Sequence[PageRead], fields: Sequence[Field], n: Mapping[str, float]) -> frozenset[str]:
    """Items whose words or the paper beside them bear ink (rule 3)."""
    found = set()
    weights: dict[int, list[tuple[str, str, float]]] = {}
    seen: set[str] = set()
    for f, m in _matched(fields, pages):
        if f.kind is FieldKind.CLEAR and (_area(f, m) > n["clear"] or m.paper > n["stain"]):
            found.add(f.item)
        if f.kind is FieldKind.WORDS and f.printed:
            kind = f"{f.item}|{f.page}"
            which = "refused" if kind in seen else "given"  # the words of an item stand in the order of its boxes
            seen.add(kind)
            weights.setdefault(f.page, []).append((f.item, which, m.ink / f.printed))
    for of_page in weights.values():
        found |= _too_black(of_page, n["words_apart"])
        for which in ("given", "refused"):
            found |= _too_black([one for one in of_page if one[1] == which], n["words"])
    return frozenset(found)


def _too_black(words: Sequence[tuple[str, str, float]], more: float) -> set[str]:
    """Items of words that are blacker than the least black by a share."""
    least = min((weight for _, _, weight in words), default=0.0)
    return {item for item, _, weight in words if weight > least * (1 + more)}


def _area(field: Field, measure: Measure) -> float:
    """Ink in square points."""
    return measure.ink * field.width * field.height


def _matched(fields: Sequence[Field], pages: Sequence[PageRead]) -> Iterator[tuple[Field, Measure]]:
    """Each place with what was measured there: a page is measured in the order of its places."""
    for page in pages:
        here = [f for f in fields if f.page == page.page]
        yield from zip(here, page.measures, strict=False)


def _said(
    item: str,
    fields: Sequence[Field],
    found: Mapping[tuple[str, FieldKind, int], Measure],
    n: Mapping[str, float],
) -> Said:
    boxes: dict[FieldKind, bool | None] = {}
    for field in fields:
        if field.item == item and field.kind.is_box:
            measure = found.get((item, field.kind, field.page))
            boxes[field.kind] = ticked(measure, n) if measure is not None else None
    given, refused = boxes.get(FieldKind.GIVEN), boxes.get(FieldKind.REFUSED)
    if given is None or refused is None:
        return Said.UNSURE
    return _BETWEEN[given, refused]


def _all(
    found: Mapping[tuple[str, FieldKind, int], Measure], fields: Sequence[Field], n: Mapping[str, float], wide: str
) -> Presence:
    """What all lines of a kind say together: the least of them; nothing to look at is not sure."""
    said = {_presence(found.get(("", f.kind, f.page)), n, n[wide]) for f in fields}
    if not said or Presence.UNSURE in said:
        return Presence.UNSURE
    return Presence.ABSENT if Presence.ABSENT in said else Presence.PRESENT


def _presence(m: Measure | None, n: Mapping[str, float], wide: float) -> Presence:
    if m is None or m.paper > n["stain"]:
        return Presence.UNSURE
    if m.ink <= n["bare"]:
        return Presence.ABSENT
    written = m.ink >= n["written"] and m.spread >= wide and m.dark >= n["pen"]
    return Presence.PRESENT if written else Presence.UNSURE
