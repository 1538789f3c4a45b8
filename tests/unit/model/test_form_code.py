"""The text in a form's QR: small, readable back, and a misread character is always noticed."""

import string
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.errors import InputErrors
from compliance.model.form_code import FormCode, decode, encode, is_form_code

HASH = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
QR_ALPHANUMERIC = set(string.digits + string.ascii_uppercase + " $%*+-./:")
CODE = FormCode(
    notice_hash=HASH,
    hcp_id="HCP-7QK4M2XA",
    serial="FM-2B3C4D5E",
    items=("visit", "digital/online_meeting", "speaker/sensitive:payment", "event/recipient:Agency-01"),
    page=1,
    pages=2,
)


def code_of(error: pytest.ExceptionInfo[InputErrors]) -> str:
    return error.value.code


def test_the_text_is_as_documented() -> None:
    text = encode(CODE)
    assert text.startswith(
        "CKF1*9F86D081884C7D65*HCP-7QK4M2XA*FM-2B3C4D5E*1/2*"
        "VISIT DIGITAL/ONLINE+MEETING SPEAKER/SENSITIVE:PAYMENT EVENT/RECIPIENT:$AGENCY-01*"
    )
    assert set(text) <= QR_ALPHANUMERIC


@given(
    items=st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=12).map(tuple),
    page=st.integers(1, 3),
    more=st.integers(0, 3),
)
def test_what_is_written_is_read_back(items: tuple[str, ...], page: int, more: int) -> None:
    code = replace(CODE, items=items, page=page, pages=page + more)
    text = encode(code)
    assert set(text) <= QR_ALPHANUMERIC
    assert decode(f" {text}\n") == replace(code, notice_hash=HASH[:16])
    assert decode(text).of_notice(HASH)
    assert not decode(text).of_notice("0" + HASH)


def test_one_wrong_character_is_noticed() -> None:
    text = encode(CODE)
    for at in range(5, len(text)):
        other = "7" if text[at] != "7" else "8"
        with pytest.raises(InputErrors) as error:
            decode(text[:at] + other + text[at + 1 :])
        assert code_of(error) == "form_code_damaged"


def test_other_codes_are_told_apart() -> None:
    for text, code in (
        ("https://example.org/x", "form_code_foreign"),
        ("", "form_code_foreign"),
        ("CKF2*ANYTHING*00000000", "form_code_newer"),
        (encode(CODE)[:-9], "form_code_damaged"),
    ):
        with pytest.raises(InputErrors) as error:
            decode(text)
        assert code_of(error) == code
    assert is_form_code(encode(CODE))
    assert not is_form_code("WIFI:T:WPA")


@pytest.mark.parametrize(
    "change",
    [{"notice_hash": "xyz"}, {"hcp_id": "张伟"}, {"serial": ""}, {"items": ()}, {"items": ("",)}, {"page": 3}],
)
def test_what_could_not_be_read_back_is_not_written(change: dict[str, object]) -> None:
    with pytest.raises(InputErrors) as error:
        encode(replace(CODE, **change))  # type: ignore[arg-type]
    assert code_of(error) == "form_code_unfit"
