"""The inside of a sealed section: small, the same bytes for the same fields, and read back to the letter."""

import csv
import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from compliance.errors import VaultError
from compliance.model.access import Section
from compliance.resources import read_text
from compliance.vault.people.holdings import holding_body
from compliance.vault.people.section_columns import SectionColumns
from compliance.vault.people.section_text import pack, packed, tag, unpack

PERSON = {
    "full_name": ("𬭊志远", 7),
    "institution_name": ("首都医科大学附属北京胸科医院", 7),
    "department": ("心血管内科", 7),
    "region": ("110100 北京市", 7),
    "practice_licence_no": ("001100000000017", 7),
    "source_system_ids": ("CRM:C00200000", 7),
    "mobile_phone": ("13800138000", 300),
    "a field of a company": ("", 7),
}
TEXTS = (
    "",
    "0",
    "000",
    "12345678901234567890",
    "9" * 61,
    "１２３",
    "½",
    "a" * 4000,
    "龘" * 40,
    "\U000203b7",
    "x\x00y",
    "١٢٣",
)


def test_fields_come_back_to_the_letter() -> None:
    assert unpack(pack(PERSON)) == PERSON
    assert pack(dict(reversed(PERSON.items()))) == pack(PERSON), "order of the fields does not matter"
    for text in TEXTS:
        for number in (0, 1, 127, 128, 70_000):
            assert unpack(pack({"city": (text, number), "department": ("", 3)})) == {
                "city": (text, number), "department": ("", 3)
            }  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["full_name", "department", "mobile_phone", "own", "x" * 200]),
        st.tuples(st.text(st.characters(exclude_categories=("Cs",))), st.integers(0, 1 << 40)),
        min_size=1,
    )
)
def test_any_text_comes_back(values: dict[str, tuple[str, int]]) -> None:
    assert unpack(pack(values)) == values


def test_an_import_packs_as_a_single_act_does() -> None:
    sections = dict.fromkeys(PERSON, Section.DIRECTORY)
    columns = SectionColumns(sections, {"full_name"})
    values = {key: text for key, (text, _) in PERSON.items()}
    fewer = dict(list(values.items())[1:])
    for _ in range(2):  # the second time what repeats is known
        (inside,) = columns.of([values | {"nowhere": "x"}, {"nowhere": "x"}, fewer], [9, 9, 300])
        assert inside.section is Section.DIRECTORY and inside.of == [0, 2]
        assert inside.holdings == [holding_body({9: values}), holding_body({300: fewer})]
        assert inside.plain == [
            pack({key: (text, number) for key, text in of.items()}) for of, number in ((values, 9), (fewer, 300))
        ]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(["full_name", "department", "mobile_phone", "own", "nowhere"]),
            st.text(st.characters(exclude_categories=("Cs",)), max_size=6),
        ),
        max_size=5,
    )
)
def test_any_people_are_packed_as_one_by_one(people: list[dict[str, str]]) -> None:
    sections = {"full_name": Section.DIRECTORY, "department": Section.DIRECTORY, "own": Section.DIRECTORY,
                "mobile_phone": Section.CONTACT}  # fmt: skip
    found = SectionColumns(sections, {"mobile_phone"}).of(people, [7] * len(people))
    made = {(inside.section, of): text for inside in found for of, text in zip(inside.of, inside.plain, strict=True)}
    wanted = {}
    for place, values in enumerate(people):
        for section in (Section.DIRECTORY, Section.CONTACT):
            if mine := {key: (text, 7) for key, text in values.items() if sections.get(key) is section}:
                wanted[section, place] = pack(mine)
    assert made == wanted


def test_what_repeats_is_a_byte_or_two_and_numbers_are_numbers() -> None:
    assert len(packed("心血管内科")) <= 2 and len(packed("110100 北京市")) == 2
    assert len(packed("110000000000001")) == 8 and len(packed("林若溪")) == 7
    with pytest.raises(VaultError, match="bad_text"):
        packed("secret\ud800")


@pytest.mark.parametrize("cut", range(1, 12))
def test_a_text_that_ends_too_soon_is_an_error(cut: int) -> None:
    with pytest.raises((ValueError, IndexError)):
        unpack(pack({"full_name": ("林若溪林若溪林", 7)})[:-cut])


def test_lines_once_used_keep_their_meaning() -> None:
    """Add at the end only: these are the lines of the first release."""
    for name, lines, digest in (
        ("fields.txt", 110, "7d3ae83e436aa05c"),
        ("words.txt", 423, "311d35d964f442fb"),
    ):
        found = read_text("packing", name).split("\n")[:lines]
        assert hashlib.sha256("\n".join(found).encode()).hexdigest()[:16] == digest, name


def test_every_field_of_the_dictionary_has_a_number() -> None:
    keys = [row[0] for row in csv.reader(read_text("dictionary", "fields.csv").splitlines())][1:]
    assert keys and [key for key in keys if len(tag(key)) > 1] == []
