"""Identifiers: pseudonymous, unguessable, safe in logs, file names and QR codes."""

import re
import secrets
from base64 import b32encode
from hashlib import shake_256

HCP_ID = re.compile(r"HCP-[A-Z2-7]{8}")
#: Letters of ids of which a store has millions: events of consent, tasks of campaigns.
MANY = 12
#: Byte → letter, each of the 32 for eight bytes.
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_LETTER_OF = _LETTERS.encode() * 8
#: Letters that ids of one draw share: 20 bits of 60.
_NEAR = 4


def new_id(prefix: str, length: int = 8) -> str:
    """``PREFIX-`` and ``length`` random characters A-Z 2-7 (5 bits each), e.g. ``HCP-7QK4M2XA``."""
    random = b32encode(secrets.token_bytes(-(-length * 5 // 8))).decode("ascii")
    return f"{prefix}-{random[:length]}"


def new_ids(prefix: str, count: int, length: int = 8) -> list[str]:
    """``count`` ids as :func:`new_id` gives them, from one draw: an import needs hundreds of thousands.

    Eight letters are a million million: of half a million ids two are alike in one draw of nine. Whoever draws many
    takes more letters (:data:`MANY`) or asks the store (``people.fresh_ids``).
    """
    return _cut(f"{prefix}-", secrets.token_bytes(length * count), length)


def near_ids(prefix: str, count: int) -> list[str]:
    """As :func:`new_ids` of :data:`MANY` letters, of which the first are the same in one draw: an index keeps them side
    by side, where else each id would touch a page of its own. Two draws of many are as seldom alike as two ids."""
    head = "".join(secrets.choice(_LETTERS) for _ in range(_NEAR))
    return _cut(f"{prefix}-{head}", secrets.token_bytes((MANY - _NEAR) * count), MANY - _NEAR)


def ids_of(seed: bytes, prefix: str, count: int) -> list[str]:
    """The ``count`` ids a secret ``seed`` gives, to whoever holds it: two processes agree on many ids in few bytes."""
    return _cut(f"{prefix}-", shake_256(seed).digest(8 * count), 8)


def is_hcp_id(text: str) -> bool:
    """Whether ``text`` has the shape of an HCP id."""
    return HCP_ID.fullmatch(text) is not None


def _cut(head: str, drawn: bytes, length: int) -> list[str]:
    letters = drawn.translate(_LETTER_OF).decode("ascii")
    return [head + letters[at : at + length] for at in range(0, len(letters), length)]
