"""What a list of people says of somebody that ends contact: deceased, do not contact, dormant.

Rules: (1) a status column holds words; a column of its own (已故, 免打扰, 离职) holds a yes, and 在职 the opposite; (2)
whatever stands in such a column of its own and is neither a no nor empty counts as a yes: it may be a date; (3) a word
of a status column nobody knows says nothing and is named; (4) nothing here undoes anything: "在职", "有效" and the like
say nothing; (5) a remark is read for the death of the person alone, never of others: it must say so and no more.
"""

import re
from functools import cache, lru_cache

from compliance.importing.words import fold, table, word_set
from compliance.model.person_state import PersonState

#: Column → the state a yes says; the last says it with a no.
FLAGS = {
    "deceased_flag": PersonState.DECEASED,
    "do_not_contact_flag": PersonState.DO_NOT_CONTACT,
    "dormant_flag": PersonState.DORMANT,
}
STATUS, IN_PRACTICE = "person_state", "in_practice_flag"
COLUMNS = (STATUS, *FLAGS, IN_PRACTICE)
#: Code in the report → state.
CODES = {f"state_{state}": state for state in PersonState} | {
    "note_do_not_contact": PersonState.DO_NOT_CONTACT,
    "note_deceased": PersonState.DECEASED,
}
_PARTS = re.compile(r"[,，;；。.!！()（）/]+")


def states_said(codes: object) -> tuple[PersonState, ...]:
    """The states among the (field, code) pairs of a row, each once."""
    found = (CODES[code] for _, code in codes if code in CODES)  # type: ignore[attr-defined]
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=4096)
def read_state(target: str, text: str) -> str | None:
    """The code of what a cell says: one of :data:`CODES`, ``state_unclear``, or None."""
    word = fold(text).rstrip("。.!")
    if not word or word in word_set("values", "empty"):
        return None
    if target != STATUS and word in word_set("values", "no"):
        return f"state_{PersonState.DORMANT}" if target == IN_PRACTICE else None
    if target != STATUS and word in word_set("values", "yes"):
        return None if target == IN_PRACTICE else f"state_{FLAGS[target]}"
    for state in PersonState:  # the strictest first
        exact, inside = _words(state)
        if word in exact or any(part in word for part in inside):
            return f"state_{state}"
    if word in _silent():
        return None
    if target in FLAGS:
        return f"state_{FLAGS[target]}"
    return "state_unclear"


@lru_cache(maxsize=2048)
def says_deceased(note: str) -> bool:
    """Rule 5."""
    exact = frozenset(map(fold, table("states")["remark"]))
    parts = [part.strip() for part in _PARTS.split(fold(note))]
    return any(part in exact or not exact.isdisjoint(part.split()) for part in parts)


@cache
def _words(state: PersonState) -> tuple[frozenset[str], tuple[str, ...]]:
    part = table("states")[str(state)]
    return frozenset(map(fold, part["exact"])), tuple(map(fold, part["inside"]))


@cache
def _silent() -> frozenset[str]:
    return frozenset(map(fold, table("states")["silent"]))
