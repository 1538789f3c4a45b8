"""Columns cross unchanged or not at all, and are stored as the rows they stand for."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance.errors import VaultError
from compliance.vault.engine.columns import NOTHING, Column, Fixed, Maybe, Packer, Unpacker, insertion, spread
from compliance.vault.engine.connection import driver

NUMBERS = st.lists(st.integers(min_value=NOTHING, max_value=2**63 - 1), max_size=8)
TEXTS = st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x1f"), max_size=12), max_size=8)


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(NUMBERS, TEXTS, st.lists(st.binary(max_size=40), max_size=8))
def test_columns_cross_unchanged(numbers: list[int], texts: list[str], blobs: list[bytes]) -> None:
    packer = Packer()
    packer.raw(b"head")
    packer.numbers(numbers)
    packer.texts(texts)
    packer.blobs(blobs)
    there = Unpacker(packer.message())
    assert there.raw() == b"head"
    assert there.numbers(len(numbers)) == numbers
    assert there.texts(len(texts)) == texts
    assert there.blobs(len(blobs)) == blobs
    there.finish()


@pytest.mark.parametrize("text", ["a\x1fb", "\x1f"])
def test_a_text_that_holds_the_separator_moves_no_other(text: str) -> None:
    packer = Packer()
    packer.texts(["one", text, "three"])
    with pytest.raises(ValueError, match="another length"):
        Unpacker(packer.message()).texts(3)


def test_a_cut_or_longer_message_and_a_column_of_another_length_are_errors() -> None:
    packer = Packer()
    packer.numbers([1, 2, 3])
    message = packer.message()
    for spoilt in (message[:-1], message + b"x", b"\0\0\0\x09" + message[4:], b""):
        with pytest.raises((ValueError, IndexError)):
            Unpacker(spoilt).numbers(3)
    with pytest.raises(ValueError, match="another length"):
        Unpacker(message).numbers(2)
    with pytest.raises(ValueError, match="left"):
        Unpacker(message).finish()
    with pytest.raises(OverflowError):
        packer.numbers([2**63])


def test_a_column_of_blobs_with_wrong_lengths_is_an_error() -> None:
    packer = Packer()
    packer.numbers([2, -1])
    packer.raw(b"ab")
    with pytest.raises(ValueError, match="blobs"):
        Unpacker(packer.message()).blobs(2)


@pytest.mark.parametrize("name", ["O'Neil", "a'); DROP TABLE t; --", '林岚"', "%s ? :x", "''"])
def test_what_stands_in_the_statement_is_stored_as_it_is(name: str) -> None:
    base = driver.connect(":memory:")
    base.execute("CREATE TABLE t (no INTEGER, by TEXT, at INTEGER, of TEXT, said INTEGER, never INTEGER)")
    columns: dict[str, Column] = {
        "no": [1, 2], "by": Fixed(name), "at": Fixed(-5), "of": Maybe(["", "e"], ""), "said": Maybe([7, NOTHING]),
        "never": Maybe([NOTHING, NOTHING]),
    }  # fmt: skip
    base.executemany(*insertion("t", columns))
    assert base.execute("SELECT * FROM t").fetchall() == [(1, name, -5, None, 7, None), (2, name, -5, "e", None, None)]
    base.close()


def test_a_text_no_statement_can_hold_is_refused() -> None:
    with pytest.raises(VaultError, match="bad_text"):
        insertion("t", {"no": [1], "by": Fixed("a\0b")})


def test_shapes_become_columns_with_what_is_the_same_once_and_nulls_marked() -> None:
    shapes = {4: ("imported_no", None, 3, None), 7: ("imported_no", "paper", None, None)}
    found = spread(("kind", "method", "until", "notice"), shapes, [7, 4, 7])
    assert found == {
        "kind": Fixed("imported_no"),
        "method": Maybe(["paper", "", "paper"], ""),
        "until": Maybe([NOTHING, 3, NOTHING]),
    }
