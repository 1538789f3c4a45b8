"""A rep's X25519 key in the text form of age (age-encryption.org/v1): recipient ``age1…``, identity, check phrase.

Rules: (1) the key is the one in the rep's header slot, so the identity lies nowhere else and follows the passphrase;
age and HPKE derive from it under labels of their own; (2) the check phrase is digits, because it is read out over the
telephone when the office registers the recipient.
"""

from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

_CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_GROUPS, _DIGITS = 4, 4
_PREFIX = "age"
#: Characters of a recipient after ``age1``: 32 bytes in groups of five bits, six of them the checksum.
_DATA = 58


def recipient_of(public: bytes) -> str:
    """``age1…`` of a raw X25519 public key."""
    return _bech32(_PREFIX, public)


def identity_of(key: X25519PrivateKey) -> str:
    """``AGE-SECRET-KEY-1…``; never to be logged or shown."""
    return _bech32("age-secret-key-", key.private_bytes_raw()).upper()


def is_recipient(text: str) -> bool:
    """Whether ``text`` is an X25519 recipient of age down to its check characters: a slip of one key opens nothing."""
    prefix, _, data = text.rpartition("1")
    if prefix != _PREFIX or len(data) != _DATA or not set(data) <= set(_CHARSET):
        return False
    values = [_CHARSET.index(char) for char in data]
    return _polymod([*_expanded(prefix), *values]) == 1


def check_phrase(recipient: str) -> str:
    """Sixteen digits in four groups (53 bits of the recipient's hash): equal on both ends, or somebody is between."""
    number = int.from_bytes(sha256(f"consentkeep recipient {recipient}".encode()).digest()[:16], "big")
    digits = f"{number % 10 ** (_GROUPS * _DIGITS):0{_GROUPS * _DIGITS}}"
    return " ".join(digits[i : i + _DIGITS] for i in range(0, len(digits), _DIGITS))


def _bech32(prefix: str, data: bytes) -> str:
    """BIP 173, without its limit of 90 characters, as age uses it."""
    bits = int.from_bytes(data, "big")
    count = -(-len(data) * 8 // 5)
    bits <<= count * 5 - len(data) * 8
    values = [bits >> 5 * (count - 1 - i) & 31 for i in range(count)]
    checksum = _polymod([*_expanded(prefix), *values, 0, 0, 0, 0, 0, 0]) ^ 1
    values += [checksum >> 5 * (5 - i) & 31 for i in range(6)]
    return f"{prefix}1" + "".join(_CHARSET[value] for value in values)


def _expanded(prefix: str) -> list[int]:
    return [ord(char) >> 5 for char in prefix] + [0] + [ord(char) & 31 for char in prefix]


def _polymod(values: list[int]) -> int:
    state = 1
    for value in values:
        top = state >> 25
        state = (state & 0x1FFFFFF) << 5 ^ value
        for i, generator in enumerate(_GENERATOR):
            state ^= generator if top >> i & 1 else 0
    return state
