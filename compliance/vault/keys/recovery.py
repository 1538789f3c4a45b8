"""The recovery secret: an X25519 private key that never stays on a machine, written so that people can copy it.

Form: ``CKR1-`` and fifteen groups of four characters of Crockford's base 32 (no I, L, O, U): 32 bytes of key and 5
of checksum, 296 bits in 60 characters. Rules: (1) reading forgives case, blanks, line breaks and the look-alikes
O/0 and I, L/1; (2) one wrong or swapped character is always noticed; (3) the secret is never in ``repr``.
"""

import os
import re
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from compliance.errors import bad_input

_PREFIX = "CKR1"
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_VALUES = {char: i for i, char in enumerate(_ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_CHARS, _GROUP = 60, 4
_KEY, _CHECK = 32, 5
_SEPARATORS = r"[\s\-–—]*"
_FIND = re.compile(r"C\s*K\s*R\s*[1IL]" + _SEPARATORS + rf"((?:[0-9A-Z]{_SEPARATORS}){{{_CHARS}}})", re.IGNORECASE)


class RecoverySecret:
    """What the recovery sheet holds."""

    __slots__ = ("_raw",)

    def __init__(self, raw: bytes) -> None:
        if len(raw) != _KEY:
            raise ValueError("a recovery secret has 32 bytes")
        self._raw = raw

    def __repr__(self) -> str:
        return "RecoverySecret(…)"

    @classmethod
    def generate(cls) -> "RecoverySecret":
        """A fresh one."""
        return cls(os.urandom(_KEY))

    @classmethod
    def parse(cls, text: str) -> "RecoverySecret":
        """Find and check the secret in any text. InputErrors ``recovery_missing`` or ``recovery_mistyped``."""
        hits = list(_FIND.finditer(text))
        if not hits:
            raise bad_input("recovery_missing", "recovery")
        for hit in hits:
            chars = re.sub(_SEPARATORS, "", hit[1]).upper()
            if all(char in _VALUES for char in chars):
                number = 0
                for char in chars:
                    number = number << 5 | _VALUES[char]
                if number >> 4 >= 1 << 8 * (_KEY + _CHECK) or number & 0b1111:
                    continue
                data = (number >> 4).to_bytes(_KEY + _CHECK, "big")
                if _check(data[:_KEY]) == data[_KEY:]:
                    return cls(data[:_KEY])
        raise bad_input("recovery_mistyped", "recovery")

    def words(self) -> str:
        """The printed form."""
        number = int.from_bytes(self._raw + _check(self._raw), "big") << 4
        chars = "".join(_ALPHABET[number >> 5 * i & 31] for i in reversed(range(_CHARS)))
        return "-".join([_PREFIX, *(chars[i : i + _GROUP] for i in range(0, _CHARS, _GROUP))])

    def private_key(self) -> X25519PrivateKey:
        """The key itself."""
        return X25519PrivateKey.from_private_bytes(self._raw)

    def public(self) -> bytes:
        """Its public half, which stands in the header."""
        return self.private_key().public_key().public_bytes_raw()


def _check(raw: bytes) -> bytes:
    return sha256(b"consentkeep recovery 1" + raw).digest()[:_CHECK]
