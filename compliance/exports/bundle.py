"""Packs for reps' laptops 代表离线包: signed by the company, encrypted to one rep (architecture section 8).

Form: an age file (x25519, one recipient) around ``consentkeep-pack/1`` newline, 4 bytes length of the manifest, the
manifest (canonical JSON), 64 bytes Ed25519 signature, then the members in the manifest's order, nothing else. Members
have fixed names that are never used as paths.

Rules of opening, in this order: (1) size before anything; (2) age must open with this rep's identity; (3) the frame
and manifest are well-formed; (4) signed by the publisher key the manifest names; (5) that is the pinned publisher, and
the pinned vault; (6) the manifest names this rep's recipient, so a pack cannot be encrypted again to somebody else;
(7) the sequence is higher than any seen, and a direct successor names its predecessor; (8) not expired at
``max(now, floor, issued)``; (9) sizes and hashes of all members fit to the last byte; (10) only then members are read.
An age file tells who can read it, not who wrote it: that is why the signature is inside.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

import pyrage
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from compliance.audit import checkpoint
from compliance.audit.entry import canonical, decode
from compliance.clock import from_stamp, stamp
from compliance.errors import AuditIntegrityError, ExportError
from compliance.exports.pack_content import NOTICES, PEOPLE, read_notices, read_people, write_notices, write_people
from compliance.model.pack import OpenedPack, PackManifest, PackNotice, PackPerson

FORMAT = "consentkeep-pack/1"
#: A reader stops here before it takes a file into memory.
MAX_PACK_BYTES = 64 * 1024 * 1024

_MAGIC = f"{FORMAT}\n".encode()
_AGE = b"age-encryption.org/v1\n"
_MAX_MANIFEST = 64 * 1024


class PackFault(StrEnum):
    """Why a pack is refused."""

    TOO_LARGE = "too_large"
    NOT_A_PACK = "not_a_pack"
    DAMAGED = "damaged"  # encrypted as a pack is, but not as it was written
    WRONG_RECIPIENT = "wrong_recipient"
    SIGNATURE = "signature"
    PUBLISHER_CHANGED = "publisher_changed"
    WRONG_VAULT = "wrong_vault"
    OLDER_SEQUENCE = "older_sequence"
    PREVIOUS_DIFFERS = "previous_differs"
    EXPIRED = "expired"
    MEMBER_HASH = "member_hash"
    TRAILING_BYTES = "trailing_bytes"


@dataclass(frozen=True, slots=True)
class PackRefused:
    """No, and why. Nothing of the pack was used."""

    code: PackFault


def make_pack(
    *,
    vault_id: str,
    handler: str,
    rep: str,
    role: str,
    recipient: str,
    sequence: int,
    previous_sha256: str,
    issued: datetime,
    expires: datetime,
    policy_digest: str,
    note: str,
    people: Sequence[PackPerson],
    notices: Sequence[PackNotice],
    publisher: Ed25519PrivateKey,
    sandbox: bool = False,
    check: Callable[[Mapping[str, bytes]], object] = lambda _: None,
) -> bytes:
    """The encrypted file. ``note`` is the log's checkpoint; ``check`` sees the finished members before they are sealed.
    ExportError ``pack_recipient`` or ``pack_too_large``; ValueError when dates or sequence make no sense, or a field
    that is not shown carries a value."""
    if sequence < 1 or expires <= issued or any(person.view_until > expires for person in people):
        raise ValueError("sequence from 1, issued before expires, view-until dates not after it")
    manifest = PackManifest(
        vault=vault_id,
        handler=handler,
        sandbox=sandbox,
        rep=rep,
        role=role,
        recipient=recipient,
        publisher=publisher.public_key().public_bytes_raw(),
        sequence=sequence,
        previous_sha256=previous_sha256,
        issued=issued,
        expires=expires,
        policy=policy_digest,
        checkpoint=note,
    )
    members = {PEOPLE: write_people(people), NOTICES: write_notices(notices)}
    check(members)
    listed = [{"name": n, "size": len(d), "sha256": sha256(d).hexdigest()} for n, d in members.items()]
    text = canonical({**_fields(manifest), "members": listed})
    framed = b"".join((_MAGIC, len(text).to_bytes(4, "big"), text, publisher.sign(_MAGIC + text), *members.values()))
    try:
        packed: bytes = pyrage.encrypt(framed, [pyrage.x25519.Recipient.from_str(recipient)])
    except pyrage.RecipientError:
        raise ExportError("pack_recipient") from None
    if len(packed) > MAX_PACK_BYTES or len(text) > _MAX_MANIFEST:
        raise ExportError("pack_too_large")
    return packed


def open_pack(
    data: bytes,
    identity: str,
    publisher_key: bytes | None,
    *,
    now: datetime,
    vault_id: str | None = None,
    last_sequence: int = 0,
    last_sha256: str = "",
    floor: datetime | None = None,
) -> OpenedPack | PackRefused:
    """Open with the rep's ``AGE-SECRET-KEY-1…``. ``publisher_key`` and ``vault_id`` are None at the very first pack
    only: then the caller shows the publisher's fingerprint to be compared with the key card, and pins both."""
    if len(data) > MAX_PACK_BYTES:
        return PackRefused(PackFault.TOO_LARGE)
    key = pyrage.x25519.Identity.from_str(identity)
    framed = _decrypt(data, key)
    if isinstance(framed, PackFault):
        return PackRefused(framed)
    try:
        manifest, listed, rest = _read_frame(framed)
    except _BadSignatureError:
        return PackRefused(PackFault.SIGNATURE)
    except (ValueError, KeyError, TypeError, AttributeError, AuditIntegrityError):
        return PackRefused(PackFault.NOT_A_PACK)
    latest = max(now, manifest.issued, floor or now)
    succeeds = manifest.sequence == last_sequence + 1 and last_sequence > 0
    rules = (
        (publisher_key in (None, manifest.publisher), PackFault.PUBLISHER_CHANGED),
        (vault_id in (None, manifest.vault), PackFault.WRONG_VAULT),
        (manifest.recipient == str(key.to_public()), PackFault.WRONG_RECIPIENT),
        (manifest.sequence > last_sequence, PackFault.OLDER_SEQUENCE),
        (not succeeds or manifest.previous_sha256 == last_sha256, PackFault.PREVIOUS_DIFFERS),
        (latest < manifest.expires, PackFault.EXPIRED),
    )
    for holds, fault in rules:
        if not holds:
            return PackRefused(fault)
    members = _read_members(listed, rest)
    if isinstance(members, PackFault):
        return PackRefused(members)
    try:
        people, notices = read_people(members[PEOPLE]), read_notices(members[NOTICES])
    except (ValueError, KeyError, TypeError, AttributeError):
        return PackRefused(PackFault.NOT_A_PACK)
    return OpenedPack(manifest=manifest, people=people, notices=notices, sha256=sha256(data).hexdigest(), floor=latest)


def _fields(manifest: PackManifest) -> dict[str, Any]:
    """The JSON members of a manifest but for the list of members."""
    return {
        "format": FORMAT,
        "vault": manifest.vault,
        "handler": manifest.handler,
        "sandbox": manifest.sandbox,
        "rep": manifest.rep,
        "role": manifest.role,
        "recipient": manifest.recipient,
        "publisher": base64.b64encode(manifest.publisher).decode("ascii"),
        "sequence": manifest.sequence,
        "previous_sha256": manifest.previous_sha256,
        "issued": stamp(manifest.issued),
        "expires": stamp(manifest.expires),
        "policy": manifest.policy,
        "checkpoint": manifest.checkpoint,
    }


class _BadSignatureError(Exception):
    """The manifest is not signed by the key it names."""


def _decrypt(data: bytes, key: Any) -> bytes | PackFault:
    if not data.startswith(_AGE):
        return PackFault.NOT_A_PACK
    try:
        opened: bytes = pyrage.decrypt(data, [key])
    except pyrage.DecryptError as error:
        # The library has one exception for both; its text is fixed words, never content.
        return PackFault.WRONG_RECIPIENT if "No matching keys" in str(error) else PackFault.DAMAGED
    return opened


def _read_frame(framed: bytes) -> tuple[PackManifest, list[dict[str, Any]], bytes]:
    if not framed.startswith(_MAGIC):
        raise ValueError("no magic")
    at = len(_MAGIC) + 4
    size = int.from_bytes(framed[len(_MAGIC) : at], "big")
    if size > _MAX_MANIFEST or len(framed) < at + size + 64:
        raise ValueError("cut")
    text, signature = framed[at : at + size], framed[at + size : at + size + 64]
    found = decode(text)
    publisher = base64.b64decode(found["publisher"], validate=True)
    try:
        Ed25519PublicKey.from_public_bytes(publisher).verify(signature, _MAGIC + text)
    except InvalidSignature:
        raise _BadSignatureError from None
    manifest = PackManifest(
        vault=found["vault"],
        handler=found["handler"],
        sandbox=found["sandbox"],
        rep=found["rep"],
        role=found["role"],
        recipient=found["recipient"],
        publisher=publisher,
        sequence=found["sequence"],
        previous_sha256=found["previous_sha256"],
        issued=from_stamp(found["issued"]),
        expires=from_stamp(found["expires"]),
        policy=found["policy"],
        checkpoint=found["checkpoint"],
    )
    if canonical({**_fields(manifest), "members": found["members"]}) != text:
        raise ValueError("another manifest")
    if type(manifest.sandbox) is not bool:
        raise ValueError("not a yes or no")
    sizes = [manifest.sequence, *(item["size"] for item in found["members"])]
    if any(type(size) is not int or size < 0 for size in sizes):
        raise ValueError("not a size")
    if checkpoint.parse(manifest.checkpoint).checkpoint.origin != checkpoint.origin(manifest.vault):
        raise ValueError("head of another log")
    return manifest, found["members"], framed[at + size + 64 :]


def _read_members(listed: list[dict[str, Any]], rest: bytes) -> dict[str, bytes] | PackFault:
    members: dict[str, bytes] = {}
    at = 0
    for item in listed:
        name, size = item["name"], item["size"]
        data = rest[at : at + size]
        if len(data) != size or sha256(data).hexdigest() != item["sha256"]:
            return PackFault.MEMBER_HASH
        members[name] = data
        at += size
    if list(members) != [PEOPLE, NOTICES] or len(listed) != len(members):
        return PackFault.NOT_A_PACK
    return PackFault.TRAILING_BYTES if at != len(rest) else members
