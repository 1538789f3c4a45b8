"""The guard over free text against a corpus of lines as people write them, good and bad (REQ-042, 114, 115)."""

from pathlib import Path

import pytest

from compliance.policy.free_text import codes, scan

_LINES = [
    tuple(part.strip() for part in line.split("|", 1))
    for line in (Path(__file__).parent / "free_text_corpus.txt").read_text(encoding="utf-8").splitlines()
    if line.strip() and not line.startswith("#")
]
BAD = [(code, text) for code, text in _LINES if code != "-"]
GOOD = [text for code, text in _LINES if code == "-"]


def test_the_corpus_is_large_and_says_nothing_twice():
    assert len(BAD) >= 100 and len(GOOD) >= 60
    assert len({text for _, text in _LINES}) == len(_LINES)


@pytest.mark.req("REQ-042", "REQ-114", "REQ-115")
@pytest.mark.parametrize(("code", "text"), BAD, ids=[text for _, text in BAD])
def test_what_must_not_be_kept_is_found(policy, code, text):
    assert code in codes(scan(text, policy.free_text))


@pytest.mark.req("REQ-042")
@pytest.mark.parametrize("text", GOOD, ids=GOOD)
def test_what_harms_nobody_passes(policy, text):
    assert codes(scan(text, policy.free_text)) == ()
