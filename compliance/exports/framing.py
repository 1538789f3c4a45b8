"""The frame of what travels between office and reps: signed inside, encrypted outside, every byte accounted for.

Form: an age file (x25519, one recipient) around a magic line, 4 bytes length of the manifest, the manifest (canonical
JSON), 64 bytes Ed25519 signature over magic line and manifest, then the members in the manifest's order, nothing else.
An age file tells who can read it, not who wrote it: that is why the signature is inside.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from hashlib import sha256
from typing import Any

import pyrage
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from compliance.audit.entry import canonical, decode
from compliance.errors import ExportError

AGE = b"age-encryption.org/v1\n"
MAX_MANIFEST = 64 * 1024


class FrameFault(StrEnum):
    """What is wrong with the frame of a file."""

    NOT_OURS = "not_ours"
    NOT_FOR_US = "not_for_us"
    DAMAGED = "damaged"
    MEMBER_HASH = "member_hash"
    TRAILING_BYTES = "trailing_bytes"


class BadSignatureError(Exception):
    """The manifest is not signed by the key it names."""


def listed(members: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """Members as a manifest lists them."""
    return [{"name": n, "size": len(d), "sha256": sha256(d).hexdigest()} for n, d in members.items()]


def seal(
    magic: bytes,
    manifest: Mapping[str, Any],
    members: Mapping[str, bytes],
    *,
    signer: Ed25519PrivateKey,
    recipient: str,
    most: int,
) -> bytes:
    """The encrypted file. ExportError ``pack_recipient``, ``pack_too_large``."""
    text = canonical({**manifest, "members": listed(members)})
    framed = b"".join((magic, len(text).to_bytes(4, "big"), text, signer.sign(magic + text), *members.values()))
    try:
        packed: bytes = pyrage.encrypt(framed, [pyrage.x25519.Recipient.from_str(recipient)])
    except pyrage.RecipientError:
        raise ExportError("pack_recipient") from None
    if len(packed) > most or len(text) > MAX_MANIFEST:
        raise ExportError("pack_too_large")
    return packed


def decrypt(data: bytes, identity: str) -> bytes | FrameFault:
    """The frame inside, or why it cannot be had."""
    if not data.startswith(AGE):
        return FrameFault.NOT_OURS
    try:
        opened: bytes = pyrage.decrypt(data, [pyrage.x25519.Identity.from_str(identity)])
    except pyrage.DecryptError as error:
        # The library has one exception for both; its text is fixed words, never content.
        return FrameFault.NOT_FOR_US if "No matching keys" in str(error) else FrameFault.DAMAGED
    return opened


def split(framed: bytes, magic: bytes) -> tuple[bytes, bytes, bytes]:
    """(manifest, signature, members). ValueError for another kind of file or one that was cut."""
    if not framed.startswith(magic):
        raise ValueError("no magic")
    at = len(magic) + 4
    size = int.from_bytes(framed[len(magic) : at], "big")
    if size > MAX_MANIFEST or len(framed) < at + size + 64:
        raise ValueError("cut")
    return framed[at : at + size], framed[at + size : at + size + 64], framed[at + size + 64 :]


def verified(text: bytes, signature: bytes, magic: bytes, key: bytes) -> None:
    """BadSignatureError unless ``key`` signed the manifest."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, magic + text)
    except InvalidSignature:
        raise BadSignatureError from None


def manifest_of(text: bytes) -> dict[str, Any]:
    """The manifest's JSON, with the sizes of its members seen to. ValueError, KeyError, TypeError."""
    found: dict[str, Any] = decode(text)
    if any(type(item["size"]) is not int or item["size"] < 0 for item in found["members"]):
        raise ValueError("not a size")
    return found


def members_of(items: list[dict[str, Any]], rest: bytes, names: Sequence[str]) -> dict[str, bytes] | FrameFault:
    """Members that fit to the last byte, ``names`` first in this order."""
    members: dict[str, bytes] = {}
    at = 0
    for item in items:
        name, size = item["name"], item["size"]
        data = rest[at : at + size]
        if len(data) != size or sha256(data).hexdigest() != item["sha256"]:
            return FrameFault.MEMBER_HASH
        members[name] = data
        at += size
    if len(members) != len(items) or tuple(members)[: len(names)] != tuple(names):
        return FrameFault.NOT_OURS
    return FrameFault.TRAILING_BYTES if at != len(rest) else members
