"""Characters print, copy and search as themselves, rare surnames included."""

import shutil
import subprocess

import pytest
from pdf_reading import fonts as fonts_of
from pdf_reading import pdfium_text, pypdf_text, squeezed

from compliance.exports import fonts
from compliance.exports.ink import Ink, paint
from compliance.exports.wrap import clip, wrap, wrap_at_most
from compliance.i18n import Lang


def many_characters():
    """GB 2312's 6,763 characters, rare ones of Extension A and everything beyond U+FFFF the face has."""
    gb2312 = [
        bytes((high, low)).decode("gb2312")
        for high in range(0xB0, 0xF8)
        for low in range(0xA1, 0xFF)
        if not (high == 0xD7 and low > 0xF9)
    ]
    face = fonts._glyphs()
    beyond = [chr(code) for code in face if code >= 0x20000]
    return gb2312 + list("䶮㛃𫖯𬭊㭎䥽") + [c for c in beyond if c not in "𫖯𬭊"]


def test_every_character_comes_back_equal_from_two_readers():
    characters = many_characters()
    assert len(characters) > 6_900
    lines = ["".join(characters[k : k + 40]) for k in range(0, len(characters), 40)]
    pages = []
    for start in range(0, len(lines), 50):
        page = Ink()
        for place, line in enumerate(lines[start : start + 50]):
            page.text(40, 50 + place * 15, line, 10)
        assert not page.notes
        pages.append(page)
    pdf = paint(pages, title="test", lang=Lang.ZH)
    assert squeezed(pdfium_text(pdf)) == "".join(characters)
    assert squeezed(pypdf_text(pdf)) == "".join(characters)


@pytest.mark.parametrize("name", ["王𬭊", "李䶮", "㛃然", "𫖯之", "阿依古丽·买买提"])
@pytest.mark.parametrize("bold", [False, True])
def test_rare_surnames(name, bold):
    page = Ink()
    page.text(50, 50, name, 14, bold=bold)
    pdf = paint([page], title="test", lang=Lang.ZH)
    assert pdfium_text(pdf).strip() == name
    assert pypdf_text(pdf).strip() == name


def test_a_character_without_glyph_is_named_never_blank():
    notes = set()
    assert fonts.printable("王\U0002ebf0☐", notes) == "王〓U+2EBF0〓U+2610"
    assert notes == {"U+2EBF0", "U+2610"}
    assert fonts.printable("a\x00\u200bb\nc\td") == "ab c d"


def test_no_font_is_left_unembedded(tmp_path):
    page = Ink()
    page.text(50, 50, "信守 ConsentKeep 123", 14)
    page.qr(50, 80, 60, "CK1:TEST")
    pdf = paint([page], title="test", lang=Lang.EN)
    assert all(embedded and mapped for _, embedded, mapped in fonts_of(pdf))
    assert b"Helvetica" not in pdf
    if shutil.which("pdffonts"):
        path = tmp_path / "f.pdf"
        path.write_bytes(pdf)
        rows = subprocess.run(["pdffonts", path], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
        assert rows
        assert all(row.split()[-5:-2] == ["yes", "yes", "yes"] for row in rows)


def test_lines_keep_within_their_room_and_lose_nothing():
    text = (
        "本页由系统按用途生成（仅限S-7QK4M2XA使用），不得转发。Mixed Latin words, averyveryverylongwordwithoutblank。"
    )
    for room in (40, 90, 200):
        lines = wrap(text, 10, room)
        assert squeezed("".join(lines)) == squeezed(text)
        assert all(line[0] not in "，。）、" for line in lines)
        assert all(fonts.width(line, 10) <= room + 10.1 for line in lines)


def test_cut_text_says_so():
    assert clip("心血管内科主任医师", 10, 45) == "心血管…"
    assert clip("短", 10, 45) == "短"
    lines = wrap_at_most("很长的一段文字" * 20, 10, 100, 2)
    assert len(lines) == 2
    assert lines[1].endswith("…")
    assert wrap("", 10, 100) == ("",)
