"""Boxes of scanned forms: printed by us, filled in and spoilt in known ways. No spoilt form is ever read as a yes that
was not given; what is not clear is unsure."""

import random
import tomllib
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from form_scans import MARKS, Hand, Image, Spoil, filled, form, spoilt, yes_to

from compliance.consent.form_reading import judge, numbers_on, ticked
from compliance.errors import InputErrors
from compliance.exports.consent_form import FormMade
from compliance.i18n import Lang
from compliance.importing.form_ink import measured
from compliance.importing.form_place import placed
from compliance.importing.form_questions import READER, answer_of, question_for
from compliance.importing.scan_child import _codes, _codes_again
from compliance.model.form_layout import LAYOUT, FieldKind, fields_of_json, fields_to_json
from compliance.model.form_reading import (
    FormReading,
    Measure,
    PageRead,
    Presence,
    Said,
    reading_of_json,
    reading_to_json,
)
from compliance.resources import read_text

NUMBERS = numbers_on(tomllib.loads(read_text("consent", "form_reading.toml")), date(2026, 11, 26))
DPI = 130
#: What a pair of marks says when a careful person reads it; any other pair is doubtful.
TRUTH = {
    ("tick", ""): Said.YES, ("slash", ""): Said.YES, ("", "tick"): Said.NO, ("", "slash"): Said.NO,
    ("", ""): Said.NONE, ("tick", "tick"): Said.BOTH,
}  # fmt: skip


def page_read(made: FormMade, picture: Image, number: int = 1) -> PageRead | None:
    """As the splitting process and its parent do it, without the processes."""
    codes = _codes(picture) or _codes_again(picture)
    text = made.codes[number - 1]
    if text not in codes:
        return None
    question = question_for(number, text, LAYOUT, made.fields, NUMBERS.values)
    place = placed(picture, codes[text], at=LAYOUT.code, marks=LAYOUT.marks, size=LAYOUT.mark)
    if place is None:
        return answer_of(question, {"marks": 0, "off": 0.0, "fields": []})
    fit = place.marks >= NUMBERS.values["marks"] and place.off <= NUMBERS.values["off"]
    rows = measured(picture, place, question.words["fields"], NUMBERS.values) if fit else []
    return answer_of(question, {"marks": place.marks, "off": round(place.off, 3), "fields": rows})


def read(made: FormMade, *pictures: Image) -> FormReading:
    pages = [found for n, picture in enumerate(pictures, 1) if (found := page_read(made, picture, n))]
    items = [box.item for box in made.boxes[::2]]
    return judge(made.fields, pages, NUMBERS, reader=READER, layout=LAYOUT.number, lang="zh", items=items)


def said(reading: FormReading) -> list[Said]:
    return [one.said for one in reading.items]


SPOILT = {
    "as scanned": Spoil(dpi=DPI),
    "200 dpi, skewed by five degrees": Spoil(dpi=200, skew=5),
    "upside down, skewed, a little noise": Spoil(dpi=DPI, turned=180, skew=-3, noise=6),
    "on its side": Spoil(dpi=DPI, turned=90),
    "faint": Spoil(dpi=150, faint=0.4),
    "noise": Spoil(dpi=150, noise=15),
    "out of focus": Spoil(dpi=150, blur=1.2),
    "left edge cut off": Spoil(dpi=DPI, cut=(40, 0, 0, 0)),
    "foot cut off": Spoil(dpi=DPI, cut=(0, 0, 0, 60)),
    "black rim of a copier": Spoil(dpi=DPI, border=13, skew=1),
    "copy of a copy": Spoil(dpi=DPI, copied=True),
    "uneven light": Spoil(dpi=DPI, shade=60),
    "foreshortened": Spoil(dpi=DPI, keystone=0.015),
    "stretched by the feeder": Spoil(dpi=DPI, stretch=1.015),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_plain_form_is_read_however_it_was_scanned(name: str) -> None:
    made, how = form(2), SPOILT[name]
    hand = Hand(marks=yes_to(made, no=(1,)), stroke=1.3)
    reading = read(made, spoilt(filled(made, hand, dpi=how.dpi)[0], how))
    assert (said(reading), reading.faults) == ([Said.YES, Said.NO], ()), reading


DOUBTFUL = sorted(set(MARKS) - {"tick", "slash"})


@pytest.mark.parametrize("mark", DOUBTFUL)
def test_a_doubtful_mark_is_neither_yes_nor_no(mark: str) -> None:
    """Alone, in the other box, and beside a clean tick of the other answer."""
    made = form(4)
    marks = {"item/0": (mark, ""), "item/1": ("", mark), "item/2": (mark, "tick"), "item/3": ("tick", mark)}
    reading = read(made, *filled(made, Hand(marks=marks), dpi=DPI))
    assert not {Said.YES, Said.NO} & set(said(reading)), reading


def test_empty_and_double_boxes_are_told_apart() -> None:
    made = form(3)
    marks = {"item/0": ("tick", "tick"), "item/2": ("tick", "")}
    reading = read(made, *filled(made, Hand(marks=marks), dpi=DPI))
    assert said(reading) == [Said.BOTH, Said.NONE, Said.YES]
    assert reading.faults == ("boxes_unclear",)


def test_a_missing_signature_or_date_is_seen() -> None:
    made = form(1)
    hand = Hand(marks=yes_to(made), stroke=1.3)
    for signed, dated in ((False, True), (True, False)):
        reading = read(made, *filled(made, replace(hand, signed=signed, dated=dated), dpi=DPI))
        assert (reading.signed is Presence.PRESENT, reading.dated is Presence.PRESENT) == (signed, dated)
        assert reading.faults == ("date_not_seen",) if signed else ("signature_not_seen",)


def test_a_faint_pen_is_unsure_never_empty_beside_a_yes() -> None:
    made = form(1)
    for pen in (150, 170, 190, 205):
        reading = read(made, *filled(made, Hand(marks={"item/0": ("", "tick")}, pen=pen), dpi=200))
        assert said(reading)[0] in (Said.NO, Said.UNSURE), pen


def test_a_note_on_the_form_sends_it_to_eyes() -> None:
    made = form(1)
    page = filled(made, Hand(marks=yes_to(made), stroke=1.3), dpi=DPI)[0]
    rest = next(f for f in made.fields if f.kind is FieldKind.REST)
    x, y = round((rest.x + 60) * DPI / 72), round((rest.y + 90) * DPI / 72)
    for n in range(8):
        page.paste(40, (x + 14 * n, y, x + 14 * n + 10, y + 3))
    assert read(made, page).faults == ("note_written",)


def test_without_its_squares_a_form_is_not_read() -> None:
    made = form(1)
    page = filled(made, Hand(marks=yes_to(made)), dpi=DPI)[0]
    scale = DPI / 72
    for x, y in LAYOUT.marks[1:]:
        page.paste(250, tuple(round(v * scale) for v in (x - 2, y - 2, x + LAYOUT.mark + 2, y + LAYOUT.mark + 2)))
    reading = read(made, page)
    assert said(reading) == [Said.UNSURE] and "page_not_read" in reading.faults
    assert reading.signed is Presence.UNSURE


def test_a_form_of_several_pages_is_read_whole_or_unsure() -> None:
    made = form(12, words=8)
    pages = filled(made, Hand(marks=yes_to(made, no=(6,)), stroke=1.3), dpi=DPI)
    assert len(pages) > 1
    whole = read(made, *pages)
    assert said(whole) == [Said.NO if n == 6 else Said.YES for n in range(12)] and not whole.faults
    half = read(made, pages[0])
    assert said(half)[0] is Said.YES and said(half)[-1] is Said.UNSURE and "page_not_read" in half.faults


def test_separate_items_sign_for_themselves() -> None:
    made = form(1, separate=1)
    reading = read(made, *filled(made, Hand(marks=yes_to(made), stroke=1.3), dpi=DPI))
    assert said(reading) == [Said.YES, Said.YES] and not reading.faults
    kinds = Counter((f.item, f.kind) for f in made.fields)
    assert kinds["item/1", FieldKind.SIGNATURE] == 1 and kinds["", FieldKind.SIGNATURE] == 1


@pytest.mark.parametrize("lang", list(Lang))
def test_the_words_of_a_box_are_as_black_as_the_printer_says(lang: Lang) -> None:
    """Another font or other words: the printer's numbers must follow, else nobody sees a word struck out."""
    made = form(1, lang=lang)
    page = page_read(made, filled(made, Hand(marks={}), dpi=200, lang=lang)[0])
    assert page is not None
    words = [(f, m) for f, m in zip(made.fields, page.measures, strict=True) if f.kind is FieldKind.WORDS]
    assert len(words) == 2
    for field, measure in words:
        assert field.printed and abs(measure.ink / field.printed - 1) < 0.02, measure


def test_nonsense_of_the_child_is_no_reading() -> None:
    made = form(1)
    question = question_for(1, made.codes[0], LAYOUT, made.fields, NUMBERS.values)
    good = {"ink": 0.1, "dark": 0.5, "paper": 0, "beside": 0, "frame": 1, "spread": 0, "corners": 1, "cells": 3,
            "through": False}  # fmt: skip
    rows = [dict(good) for _ in question.fields]
    assert len(answer_of(question, {"marks": 4, "off": 0.1, "fields": rows}).measures) == len(rows)
    bad = [{"marks": 5}, {"off": float("nan")}, {"off": True}, {"fields": rows[1:]}, {"fields": {}}, {"marks": True}]
    for key, value in (("ink", 1.2), ("ink", "0.1"), ("corners", 5), ("cells", 17), ("through", 1), ("dark", None)):
        bad.append({"fields": [{**good, key: value}, *rows[1:]]})
    for wrong in bad:
        with pytest.raises(ValueError):
            answer_of(question, {"marks": 4, "off": 0.1, "fields": rows, **wrong})


def test_a_kept_reading_and_layout_come_back_as_they_were() -> None:
    made = form(2)
    reading = read(made, *filled(made, Hand(marks=yes_to(made)), dpi=DPI))
    assert reading_of_json(reading_to_json(reading)) == reading
    assert fields_of_json(fields_to_json(2, made.fields)) == (2, made.fields)
    old, boxes = fields_of_json([[1, "visit", "given", 377.3, 185.6, 13.0]])
    assert old == 1 and (boxes[0].width, boxes[0].height, boxes[0].kind) == (13.0, 13.0, FieldKind.GIVEN)


def test_between_the_numbers_is_unsure() -> None:
    n = NUMBERS.values
    box = Measure(page=1, item="x", kind=FieldKind.GIVEN, ink=0.2, dark=0.8, paper=0.0, frame=0.8)
    assert ticked(box, n) is True
    for change in ({"ink": 0.03}, {"ink": 0.9}, {"dark": 0.2}, {"frame": 0.1}, {"paper": 0.1}, {"corners": 4},
                   {"cells": 16}, {"through": True}):  # fmt: skip
        assert ticked(replace(box, **change), n) is None, change
    bare = replace(box, ink=0.0, dark=0.0)
    assert ticked(bare, n) is False
    assert ticked(replace(bare, beside=0.3), n) is None and ticked(replace(bare, dark=0.3), n) is None
    with pytest.raises(InputErrors) as caught:
        numbers_on(tomllib.loads(read_text("consent", "form_reading.toml")), date(2020, 1, 1))
    assert caught.value.code == "no_reading_numbers"


@pytest.mark.long
@pytest.mark.parametrize("seed", range(6))
def test_no_spoilt_form_is_a_yes_that_was_not_given(seed: int) -> None:
    """The confusion table of 60 forms a seed: marks, pens, papers and scanners drawn at random."""
    dice = random.Random(seed)
    table: Counter[tuple[str, str]] = Counter()
    plainly: Counter[str] = Counter()
    for _ in range(60):
        lang = dice.choice(list(Lang))
        made = form(dice.choice((1, 2, 3, 5)), separate=dice.choice((0, 0, 1)), lang=lang, words=dice.choice((1, 2)))
        names = list(dict.fromkeys(box.item for box in made.boxes))
        some = [*MARKS, *[""] * 4, *["tick"] * 8]
        plain = [("tick", ""), ("", "tick")]
        marks = {
            name: dice.choice(plain if dice.random() < 0.5 else [(dice.choice(some), dice.choice(some))])
            for name in names
        }
        hand = Hand(
            marks=marks, pen=dice.choice((30, 60, 90, 120, 150, 180)), stroke=dice.choice((0.7, 1.0, 1.4, 2.0)),
            signed=dice.random() < 0.85, seed=dice.randrange(10**6),
        )  # fmt: skip
        how = _any_spoil(dice)
        pages = filled(made, hand, dpi=how.dpi, lang=lang)
        reading = read(made, *(spoilt(page, how) for page in pages))
        for one in reading.items:
            truth = TRUTH.get(marks[one.item], "doubtful")
            table[str(truth), str(one.said)] += 1
            if truth is Said.YES and hand.pen <= 90 and hand.stroke >= 1:
                plainly[str(one.said)] += 1
            assert one.said is not Said.YES or truth is Said.YES, (marks[one.item], hand, how)
        if not hand.signed:
            assert reading.signed is not Presence.PRESENT
    usual = sum(plainly.values())
    assert usual and plainly["yes"] >= 0.5 * usual, plainly  # of yeses with a pen that is not grey
    assert not table["yes", "no"] and not table["no", "yes"], table


def _any_spoil(dice: random.Random) -> Spoil:
    stain = (dice.uniform(250, 540), dice.uniform(150, 500), dice.uniform(20, 80)) if dice.random() < 0.15 else None
    return Spoil(
        dpi=dice.choice((150, 200, 200, 300)),
        faint=dice.choice((1, 1, 0.7, 0.4)),
        skew=dice.uniform(-5, 5),
        turned=dice.choice((0, 0, 90, 180, 270)),
        noise=dice.choice((0, 0, 6, 15)),
        blur=dice.choice((0, 0, 0.7, 1.3)),
        keystone=dice.choice((0, 0, 0.01)),
        stretch=dice.choice((1, 1, 1.01, 0.99)),
        border=dice.choice((0, 0, 0, 8, 14)),
        shade=dice.choice((0, 0, 40)),
        copied=dice.random() < 0.15,
        cut=dice.choice((*[(0.0, 0.0, 0.0, 0.0)] * 4, (45.0, 0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 50.0))),
        stain=stain,
    )
