"""Every word on paper exists in both languages with the same places to fill."""

import re
import string
from pathlib import Path

import pytest

import compliance.exports
from compliance.i18n import Lang, catalogue, has, t
from compliance.model.access import Purpose, RecordStatus, Role
from compliance.model.audit import Kind
from compliance.model.consent import Method
from compliance.model.profile import CrossBorder


def paper():
    return {key: entry for key, entry in catalogue().items() if key.startswith("paper.")}


def names(text):
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_both_languages_and_equal_placeholders():
    assert len(paper()) > 300
    for key, entry in paper().items():
        assert entry.get("zh"), key
        assert entry.get("en"), key
        assert names(entry["zh"]) == names(entry["en"]), key


@pytest.mark.parametrize(
    ("group", "members"),
    [("kind", Kind), ("role", Role), ("purpose", Purpose), ("state", RecordStatus), ("people.border", CrossBorder),
     ("receipt.method", Method)],
)  # fmt: skip
def test_every_code_that_can_be_printed_has_words(group, members):
    for member in members:
        assert has(f"paper.{group}.{member}"), member


def test_every_key_named_in_the_code_exists():
    text = "\n".join(p.read_text("utf-8") for p in Path(compliance.exports.__file__).parent.glob("*.py"))
    keys = set(re.findall(r'"(paper\.[a-z_.0-9]+)"', text))
    assert len(keys) > 20
    known = paper()
    assert [
        key for key in keys if not has(key) and not (key[-1] == "." and any(k.startswith(key) for k in known))
    ] == []


def test_no_code_word_reaches_paper():
    for key, entry in paper().items():
        assert not re.search(r"\bvault\b(?! recover)|\bbundle\b|\blease\b|\bprocessor\b", entry["en"]), key
        assert "租期" not in entry["zh"], key


def test_all_words_can_be_printed():
    from compliance.exports.fonts import printable

    notes = set()
    for key in paper():
        for lang in Lang:
            printable(t(key, lang), notes)
    assert notes == set()
