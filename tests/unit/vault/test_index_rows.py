"""Rows of the index made column by column: the tags are HMAC, the texts those of people made one by one."""

import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.importing.readings import parts_of, readings
from compliance.model.profile import Provenance, SourceClass
from compliance.vault.lists.index_rows import IndexColumns, IndexRow, Tagger, usual_form
from compliance.vault.lists.name_tokens import spoken, tokens

NAMES = (
    "林若溪",
    "欧阳娜娜",
    "单雄",
    "Anna Wang",
    "龍應台",
    "𬭊䶮",
    "吕不韦",
    "",
    "ＷＡＮＧ",
    "林林",
    "重阳重阳重",
    "买买提·艾力",
)


@pytest.mark.parametrize("key", [b"", b"k" * 32, b"k" * 64, bytes(range(100))])
def test_a_tag_is_hmac_sha256_of_kind_and_bare_value(key: bytes) -> None:
    tagger = Tagger(key)
    for kind, value, bare in (("licence", "31A", "31a"), ("phone", "１３８-00 ", "13800"), ("source_id:甲", "x", "x")):
        digest = hmac.new(key, f"{kind}|{bare}".encode(), "sha256").digest()
        assert tagger.tag(kind, value) == digest[:16]
        assert tagger.number(kind, value) == int(digest.hex()[:15], 16)
    assert tagger.numbers("phone", ["1", "2"]) == [tagger.number("phone", "1"), tagger.number("phone", "2")]


def test_columns_of_many_are_those_of_each() -> None:
    tagger, each, all_ = Tagger(b"k" * 32), IndexColumns(), IndexColumns()
    count = len(NAMES)
    origin = Provenance(source="S", source_class=SourceClass.FIRST, source_date=None, collector="", grade="", basis="")
    for number, name in enumerate(NAMES):
        identifiers = (("licence", f"3{number}" if number % 2 else ""),)
        row = IndexRow(
            hcp_id="", name=name, hospital=f"H{number}", parts=readings(name).parts, aliases=("a", "b"),
            identifiers=identifiers, origins={"name": origin},
        )  # fmt: skip
        each.add(tagger, number, row, lambda _: 5)
    nothing, numbers = [""] * count, list(range(count))
    all_.list_all(
        numbers, NAMES, [f"H{number}" for number in numbers], nothing, nothing, nothing, [5] * count,
        list(map(parts_of, NAMES)), [("a", "b")] * count,
    )  # fmt: skip
    all_.identify_all(tagger, "licence", numbers, [f"3{number}" if number % 2 else "" for number in numbers])
    assert all_ == each
    assert all_.tag_of == numbers[1::2] and all_.hcp == numbers


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF) | st.sampled_from("林龍應臺"), max_size=6))
def test_a_name_of_ideographs_alone_has_the_usual_form_it_has_beside_a_letter(text: str) -> None:
    assert usual_form(text) == usual_form("a" + text)[1:]


def test_compatibility_characters_and_blanks_are_folded() -> None:
    assert usual_form("豈 Ａ") == usual_form("豈a") and usual_form("林 若") == "林若"


def test_syllables_have_their_place_and_initials_from_each_place_on() -> None:
    assert set(tokens("王明", (("wang",), ("ming", "meng")))) == {
        "n王", "n明", "n王明", "s1wang", "s2ming", "s2meng", "i2m", "i1wm"
    }  # fmt: skip
    assert {token[0] for token in spoken((("wang",), ("mxq",)))} <= {"w", "x"}  # the second is no syllable


def test_accents_do_not_matter_to_a_search() -> None:
    assert usual_form("Jörg Müller, Łódź") == usual_form("JORG MULLER, Lodz") == "jorgmuller,lodz"
    assert usual_form("Straße ñandú Nguyễn") == "strassenandunguyen"
    assert usual_form("Мария 가나 が") == usual_form("мария 가나 が"), "other scripts stay what they are"
    assert "й" in usual_form("Сергей")
