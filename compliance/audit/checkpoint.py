"""Signed checkpoints 日志封签: the head of the log as a text anybody can read, keep and compare.

Formats: c2sp.org/tlog-checkpoint (origin, size, root) inside c2sp.org/signed-note (Ed25519, type byte 0x01).

Rules: (1) origin is ``consentkeep/VAULTID``; (2) a user's key is named ``consentkeep/VAULTID/USER``, and the log says
from which entry it counts; (3) a note is read strictly: one wrong character is a broken note; (4) a signature by a
known key must be good, one by an unknown key says nothing, and no good signature means not signed; (5) a note carries
its signer's public key in a signed extension line ``key VERIFIERKEY``, so that a single file can be checked for damage
anywhere; whose key it is, only the key card can say.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from compliance.audit.tree import HASH_BYTES
from compliance.errors import AuditIntegrityError

#: Type byte of Ed25519 in signed notes.
ED25519 = b"\x01"
#: More is not a checkpoint; the format page of C2SP asks readers to set such limits.
MAX_NOTE_BYTES = 16 * 1024
MAX_SIGNATURES = 16
MAX_SIZE = 2**53 - 1

_KEY_LINE = "key "
_SIGNATURE = re.compile(r"— ([^\s+]+) ([A-Za-z0-9+/]+={0,2})")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The head of one log: ``size`` entries under ``root``. ``extensions`` are further lines, opaque to us."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedNote:
    """A parsed note. ``text`` is exactly what was read."""

    text: str
    checkpoint: Checkpoint
    signatures: tuple[NoteSignature, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteCheck:
    """Names of the keys whose signature is good, bad, or of no known key."""

    good: tuple[str, ...]
    bad: tuple[str, ...]
    unknown: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """At least one good signature and none that fails."""
        return bool(self.good) and not self.bad


def origin(vault_id: str) -> str:
    """Origin line of a vault's log."""
    return f"consentkeep/{vault_id}"


def key_name(vault_id: str, user: str) -> str:
    """Name of a user's key in notes; blanks, ``+`` and ``%`` are written as %XX, because notes forbid them."""
    safe = re.sub(r"[\s+%]", lambda hit: "".join(f"%{byte:02X}" for byte in hit[0].encode()), user)
    return f"{origin(vault_id)}/{safe}"


def key_id(name: str, public_key: bytes) -> bytes:
    """First 4 bytes of SHA-256(name ‖ newline ‖ 0x01 ‖ public key)."""
    return sha256(name.encode() + b"\n" + ED25519 + public_key).digest()[:4]


def body(checkpoint: Checkpoint) -> str:
    """The signed part."""
    lines = (checkpoint.origin, str(checkpoint.size), _base64(checkpoint.root), *checkpoint.extensions)
    if any(not line or "\n" in line for line in lines) or len(checkpoint.root) != HASH_BYTES:
        raise ValueError("not a checkpoint")
    return "".join(f"{line}\n" for line in lines)


def sign(checkpoint: Checkpoint, *, name: str, key: Ed25519PrivateKey, carry_key: bool = True) -> str:
    """The note, signed once. ``carry_key`` adds the extension line with the public key."""
    line = f"{_KEY_LINE}{verifier_key(name, key.public_key().public_bytes_raw())}"
    if carry_key and line not in checkpoint.extensions:
        checkpoint = replace(checkpoint, extensions=(*checkpoint.extensions, line))
    text = body(checkpoint)
    return f"{text}\n{_signature_line(text, name, key)}"


def add_signature(note: str, *, name: str, key: Ed25519PrivateKey) -> str:
    """The same note with one more signature, for a second officer or a witness."""
    text = body(parse(note).checkpoint)
    return note + _signature_line(text, name, key)


def parse(note: str) -> SignedNote:
    """Read a note strictly. AuditIntegrityError ``checkpoint_malformed`` otherwise."""
    text, blank, tail = note.rpartition("\n\n")
    if not blank or not tail.endswith("\n") or len(note.encode("utf-8", "replace")) > MAX_NOTE_BYTES:
        raise _malformed()
    lines = text.split("\n")
    if len(lines) < 3 or not all(lines) or not _NUMBER.fullmatch(lines[1]) or int(lines[1]) > MAX_SIZE:
        raise _malformed()
    signatures = tuple(_parse_signature(line) for line in tail[:-1].split("\n"))
    if len(signatures) > MAX_SIGNATURES:
        raise _malformed()
    head = Checkpoint(origin=lines[0], size=int(lines[1]), root=_unbase64(lines[2]), extensions=tuple(lines[3:]))
    if len(head.root) != HASH_BYTES:
        raise _malformed()
    return SignedNote(text=note, checkpoint=head, signatures=signatures)


def verify(note: SignedNote, keys: Mapping[str, bytes] | Iterable[tuple[str, bytes]]) -> NoteCheck:
    """Check every signature against the known keys, name → raw Ed25519 public key."""
    pairs = list(keys.items()) if isinstance(keys, Mapping) else list(keys)
    known = {(name, key_id(name, raw)): raw for name, raw in pairs}
    signed = body(note.checkpoint).encode()
    good: list[str] = []
    bad: list[str] = []
    unknown: list[str] = []
    for line in note.signatures:
        raw = known.get((line.name, line.key_id))
        if raw is None:
            unknown.append(line.name)
            continue
        try:
            Ed25519PublicKey.from_public_bytes(raw).verify(line.signature, signed)
            good.append(line.name)
        except (InvalidSignature, ValueError):
            bad.append(line.name)
    return NoteCheck(good=tuple(good), bad=tuple(bad), unknown=tuple(unknown))


def carried_keys(checkpoint: Checkpoint) -> dict[str, bytes]:
    """Keys the note itself carries, name → raw public key. They prove that it is whole, not who signed it."""
    keys: dict[str, bytes] = {}
    for line in checkpoint.extensions:
        if line.startswith(_KEY_LINE):
            name, raw = parse_verifier_key(line[len(_KEY_LINE) :])
            keys[name] = raw
    return keys


def fingerprint(public_key: bytes) -> str:
    """SHA-256 of a raw public key in groups of four, as printed on the key card and compared by eye."""
    digits = sha256(public_key).hexdigest()
    return " ".join(digits[i : i + 4] for i in range(0, len(digits), 4))


def verifier_key(name: str, public_key: bytes) -> str:
    """The one-line form of a public key for other programs (signed-note, "verifier key")."""
    return f"{name}+{key_id(name, public_key).hex()}+{_base64(ED25519 + public_key)}"


def parse_verifier_key(text: str) -> tuple[str, bytes]:
    """Name and raw key of :func:`verifier_key`. AuditIntegrityError ``checkpoint_malformed`` when it does not fit."""
    parts = text.split("+", 2)  # the base64 part may hold a plus of its own
    raw = _unbase64(parts[2]) if len(parts) == 3 else b""
    if len(raw) != 33 or raw[:1] != ED25519 or key_id(parts[0], raw[1:]).hex() != parts[1]:
        raise _malformed()
    return parts[0], raw[1:]


def _signature_line(text: str, name: str, key: Ed25519PrivateKey) -> str:
    if not name or re.search(r"[\s+]", name):
        raise ValueError("a key name holds no blank and no plus")
    public = key.public_key().public_bytes_raw()
    return f"— {name} {_base64(key_id(name, public) + key.sign(text.encode()))}\n"


def _parse_signature(line: str) -> NoteSignature:
    hit = _SIGNATURE.fullmatch(line)
    raw = _unbase64(hit[2]) if hit else b""
    if hit is None or len(raw) < 5:
        raise _malformed()
    return NoteSignature(hit[1], raw[:4], raw[4:])


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _unbase64(text: str) -> bytes:
    """Exactly one text stands for given bytes: no stray characters, no spare bits."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _malformed() from None
    if _base64(data) != text:
        raise _malformed()
    return data


def _malformed() -> AuditIntegrityError:
    return AuditIntegrityError("checkpoint_malformed")
