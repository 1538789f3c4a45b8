"""A witness's word about a log: "I have seen this head at this time, and never another one before it".

Format: c2sp.org/tlog-cosignature, Ed25519, type byte 0x04. Rules: (1) what is signed is ``cosignature/v1``, a line
``time SECONDS`` and the signed part of the checkpoint, so a cosignature is no checkpoint signature and cannot be taken
for one; (2) it stands in the note as one more signature line: key id, 8 bytes of time, signature; (3) readers that do
not know the witness pass over the line.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from compliance.audit.checkpoint import SignedNote, body, parse

#: Type byte of timestamped Ed25519 witness cosignatures.
COSIGNATURE = b"\x04"
_TIME_BYTES = 8
#: Bytes behind the key id of a cosignature line: time and Ed25519 signature.
LENGTH = _TIME_BYTES + 64
_KEY = re.compile(r"(?<!\S)([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})(?!\S)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosignature:
    """A good cosignature: by which key, when by the witness's clock."""

    name: str
    at: datetime


def key_id(name: str, public_key: bytes) -> bytes:
    """First 4 bytes of SHA-256(name ‖ newline ‖ 0x04 ‖ public key)."""
    return sha256(name.encode() + b"\n" + COSIGNATURE + public_key).digest()[:4]


def verifier_key(name: str, public_key: bytes) -> str:
    """The one-line form of a witness's public key."""
    packed = base64.b64encode(COSIGNATURE + public_key).decode("ascii")
    return f"{name}+{key_id(name, public_key).hex()}+{packed}"


def keys_in(text: str) -> dict[str, bytes]:
    """Every witness key a text names in one-line form, name → raw key."""
    found = {}
    for name, named, packed in _KEY.findall(text):
        raw = base64.b64decode(packed)
        if raw[:1] == COSIGNATURE and key_id(name, raw[1:]).hex() == named:
            found[name] = raw[1:]
    return found


def cosign(note: str, *, name: str, key: Ed25519PrivateKey, at: datetime) -> str:
    """The note with one more line. AuditIntegrityError when ``note`` is malformed."""
    seconds = int(at.timestamp())
    signed = key.sign(_message(parse(note), seconds))
    public = key.public_key().public_bytes_raw()
    value = key_id(name, public) + seconds.to_bytes(_TIME_BYTES, "big") + signed
    return f"{note}— {name} {base64.b64encode(value).decode('ascii')}\n"


def cosignatures(note: SignedNote, keys: Mapping[str, bytes]) -> tuple[tuple[Cosignature, ...], tuple[str, ...]]:
    """Good cosignatures by the known keys (name → raw public key), and names whose cosignature is bad."""
    good: list[Cosignature] = []
    bad: list[str] = []
    for line in note.signatures:
        raw = keys.get(line.name)
        if raw is None or line.key_id != key_id(line.name, raw):
            continue
        seconds = int.from_bytes(line.signature[:_TIME_BYTES], "big")
        try:
            Ed25519PublicKey.from_public_bytes(raw).verify(line.signature[_TIME_BYTES:], _message(note, seconds))
            good.append(Cosignature(name=line.name, at=datetime.fromtimestamp(seconds, tz=UTC)))
        except (InvalidSignature, ValueError, OverflowError, OSError):
            bad.append(line.name)
    return tuple(good), tuple(bad)


def _message(note: SignedNote, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{body(note.checkpoint)}".encode()
