"""Canonical entries against the rfc8785 library."""

import json
from datetime import UTC, datetime

import pytest
import rfc8785
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from compliance.audit.entry import MAX_INTEGER, canonical, decode, encode, encode_all, entry_object
from compliance.model.audit import AuditEvent, Kind

AT = datetime(2026, 11, 24, 1, 2, 3, 456789, tzinfo=UTC)
TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
KEYS = st.text(st.characters(max_codepoint=127), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-MAX_INTEGER, MAX_INTEGER) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


def event(**changes: object) -> AuditEvent:
    values: dict[str, object] = {
        "kind": Kind.PROFILE_OPENED,
        "at": AT,
        "actor": "li",
        "role": "compliance",
        "hcps": ("HCP-AAAAAAAA",),
        "purpose": "visit",
        "fields": ("full_name",),
        "decision": "d" * 16,
        "policy": "p" * 16,
        "detail": {"count": 3, "codes": ["a", None, True]},
    }
    return AuditEvent(**{**values, **changes})  # type: ignore[arg-type]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.dictionaries(KEYS, JSON, max_size=3), max_size=2), st.lists(TEXT, max_size=3).map(tuple), TEXT)
def test_entries_of_one_commit_are_their_objects_in_canonical_form(
    details: list[dict[str, object]], texts: tuple[str, ...], text: str
) -> None:
    events = [event(detail=detail, hcps=texts, fields=texts[:1], actor=text) for detail in details]
    made = encode_all(events, first=41, seat=text, state="ab" * 32)
    numbered = enumerate(events, start=41)
    assert made == [canonical(entry_object(one, seq=seq, seat=text, state="ab" * 32)) for seq, one in numbered]


def test_the_largest_number_is_the_last_that_can_be_written() -> None:
    assert encode(event(), seq=MAX_INTEGER, seat="s", state="")
    with pytest.raises(ValueError, match="integer_too_large"):
        encode_all([event()] * 2, first=MAX_INTEGER, seat="s", state="")


@pytest.mark.parametrize("detail", [{"a": 2**53}, {"a": [2**53]}, {"键": "a"}, {1: "a"}, {"a": 1.0}])
def test_a_detail_that_json_readers_take_differently_is_refused(detail: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"integer_too_large|key_not_ascii|not_json_type"):
        encode(event(detail={"b": "x", **detail} if 1 not in detail else detail), seq=0, seat="s", state="")


@given(JSON)
def test_same_bytes_as_the_reference_library(obj: object) -> None:
    assert canonical(obj) == rfc8785.dumps(obj)  # type: ignore[arg-type]


@given(st.dictionaries(KEYS, JSON, max_size=4))
def test_decode_is_the_inverse(obj: dict[str, object]) -> None:
    assert decode(canonical(obj)) == obj


@pytest.mark.parametrize(
    ("obj", "code"),
    [
        (1.5, "not_json_type"),
        ({"a": float("nan")}, "not_json_type"),
        (b"bytes", "not_json_type"),
        ((1, 2), "not_json_type"),
        ({"键": 1}, "key_not_ascii"),
        ({1: 1}, "key_not_ascii"),
        (2**53, "integer_too_large"),
        ([-(2**53)], "integer_too_large"),
        ("\ud800", "lone_surrogate"),
        ({"a": ["x\udfff"]}, "lone_surrogate"),
    ],
)
def test_refuses_what_json_libraries_disagree_on(obj: object, code: str) -> None:
    with pytest.raises(ValueError, match=code):
        canonical(obj)


def test_refusal_does_not_quote_the_value() -> None:
    with pytest.raises(ValueError) as caught:
        canonical("13812345678\ud800")
    assert "138" not in str(caught.value) and caught.value.__cause__ is None


def test_deep_nesting_is_refused_both_ways() -> None:
    deep: object = 1
    for _ in range(20):
        deep = [deep]
    with pytest.raises(ValueError, match="too_deep"):
        canonical(deep)
    with pytest.raises(ValueError):
        decode(b"[" * 100_000)


@pytest.mark.parametrize(
    "data",
    [b'{"b":1,"a":2}', b'{"a": 1}', b'{"a":1.0}', b'{"a":1}\n', b'{"a":1,"a":1}', b"[]", b"\xff", b"", b'{"a":1e2}'],
)
def test_decode_takes_only_canonical_objects(data: bytes) -> None:
    with pytest.raises(ValueError):
        decode(data)


@pytest.mark.req("REQ-100")
def test_entry_says_who_what_for_what_and_under_which_rules() -> None:
    data = encode(event(), seq=7, seat="seat-1", state="ab" * 32)
    assert data == canonical(entry_object(event(), seq=7, seat="seat-1", state="ab" * 32))
    assert decode(data) == {
        "v": 1,
        "seq": 7,
        "at": "2026-11-24T01:02:03.456789Z",
        "kind": "profile_opened",
        "actor": "li",
        "role": "compliance",
        "seat": "seat-1",
        "hcps": ["HCP-AAAAAAAA"],
        "purpose": "visit",
        "fields": ["full_name"],
        "decision": "d" * 16,
        "policy": "p" * 16,
        "state": "ab" * 32,
        "detail": {"count": 3, "codes": ["a", None, True]},
    }
    assert list(json.loads(data)) == sorted(json.loads(data))


def test_an_entry_stays_under_64_kib() -> None:
    with pytest.raises(ValueError, match="entry_too_large"):
        encode(event(hcps=("HCP-AAAAAAAA",) * 5000), seq=0, seat="s", state="")


@pytest.mark.parametrize("detail", [{"score": 0.5}, {"键": 1}, {"n": 2**60}])
def test_a_detail_the_format_does_not_know_is_refused(detail: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        encode(event(detail=detail), seq=0, seat="s", state="")
