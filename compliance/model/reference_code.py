"""The code under a "not shown" 编号 that somebody reads over the phone, and an officer opens.

Two kinds. ``A123`` is the number of a log entry in the officer's own store. ``R-XXXX-XXXX-XXXX-XX`` comes from a rep's
store, which has a log of its own: it holds which pack, rep, purpose and field, and a short hash of the person's number.
Rules: (1) it says nothing the rep does not know: no reason, no state, no name; (2) it is the same whatever the reason;
(3) it can be spoken: no I, L, O, U, and ten check bits tell a typo; (4) short hashes only choose among what the
officer's store knows; they prove nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from compliance.model.access import Purpose

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("OIL", "011")
_PURPOSES = tuple(Purpose)
_SEQUENCE, _REP, _PURPOSE, _FIELD, _PERSON, _CHECK = 14, 10, 4, 7, 25, 10
_LETTERS = (_SEQUENCE + _REP + _PURPOSE + _FIELD + _PERSON + _CHECK) // 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PackCode:
    """What a code of a rep's store says. ``field`` counts the fields in the order of their keys, 0 for none."""

    sequence: int
    rep: int
    purpose: Purpose
    field: int
    person: int

    def is_of(self, rep: str, sequence: int) -> bool:
        """Whether it can come from this pack of this rep."""
        return self.rep == _hash("rep", rep, _REP) and self.sequence == sequence % (1 << _SEQUENCE)

    def people(self, ids: Iterable[str]) -> list[str]:
        """Those of ``ids`` it can mean."""
        return [hcp_id for hcp_id in ids if _hash("hcp", hcp_id, _PERSON) == self.person]

    def key(self, fields: Iterable[str]) -> str:
        """The field it names among all ``fields``, "" for none."""
        keys = sorted(fields)
        return keys[self.field - 1] if 0 < self.field <= len(keys) else ""


def pack_code(*, rep: str, sequence: int, hcp_id: str, purpose: Purpose, key: str, fields: Iterable[str]) -> str:
    """The code for one person, purpose and field of a pack."""
    keys = sorted(fields)
    number = sequence % (1 << _SEQUENCE)
    for value, bits in (
        (_hash("rep", rep, _REP), _REP),
        (_PURPOSES.index(purpose), _PURPOSE),
        (keys.index(key) + 1 if key in keys else 0, _FIELD),
        (_hash("hcp", hcp_id, _PERSON), _PERSON),
    ):
        number = number << bits | value
    number = number << _CHECK | _hash("check", str(number), _CHECK)
    letters = "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(_LETTERS)))
    return "R-" + "-".join(letters[at : at + 4] for at in range(0, _LETTERS, 4))


def read_code(text: str) -> int | PackCode | None:
    """The number of a log entry, what a pack's code says, or None for what is no code."""
    bare = "".join(c for c in text.upper() if c.isalnum())
    if bare[:1] == "A" and bare[1:].isdecimal() and bare.isascii():
        return int(bare[1:])
    letters = bare[1:].translate(_MISREAD)
    if bare[:1] != "R" or len(letters) != _LETTERS or set(letters) - set(_ALPHABET):
        return None
    number = 0
    for letter in letters:
        number = number << 5 | _ALPHABET.index(letter)
    number, check = number >> _CHECK, number & (1 << _CHECK) - 1
    if check != _hash("check", str(number), _CHECK):
        return None
    parts = _parts(number, (_PERSON, _FIELD, _PURPOSE, _REP, _SEQUENCE))
    if parts[2] >= len(_PURPOSES):
        return None
    return PackCode(person=parts[0], field=parts[1], purpose=_PURPOSES[parts[2]], rep=parts[3], sequence=parts[4])


def _parts(number: int, widths: Sequence[int]) -> list[int]:
    found = []
    for bits in widths:
        found.append(number & (1 << bits) - 1)
        number >>= bits
    return found


def _hash(kind: str, text: str, bits: int) -> int:
    return int.from_bytes(sha256(f"consentkeep-code|{kind}|{text}".encode()).digest()[:8]) >> 64 - bits
