"""Packs for reps' laptops 代表离线包: signed by the company, encrypted to one rep (architecture section 8).

Form: the frame of :mod:`.framing` under ``consentkeep-pack/1``. Members have fixed names that are never used as paths:
people, notices, and what the office tells the computer beside them.

Rules of opening, in this order: (1) size before anything; (2) age must open with this rep's identity; (3) the frame
and manifest are well-formed; (4) signed by the publisher key the manifest names; (5) that is the pinned publisher, and
the pinned vault; (6) the manifest names this rep's recipient, so a pack cannot be encrypted again to somebody else;
(7) the sequence is higher than any seen, and a direct successor names its predecessor; (8) not expired at
``max(now, floor, issued)``; (9) sizes and hashes of all members fit to the last byte; (10) only then members are read.
"""

import base64
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

import pyrage
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from compliance.audit import checkpoint
from compliance.audit.entry import canonical
from compliance.clock import from_stamp, stamp
from compliance.errors import AuditIntegrityError
from compliance.exports import framing
from compliance.exports.framing import FrameFault
from compliance.exports.pack_content import (
    NOTICES,
    OFFICE,
    PEOPLE,
    read_notices,
    read_office,
    read_people,
    write_notices,
    write_office,
    write_people,
)
from compliance.model.pack import OpenedPack, PackManifest, PackNotice, PackPerson
from compliance.model.returned import PackOffice

FORMAT = "consentkeep-pack/1"
#: A reader stops here before it takes a file into memory.
MAX_PACK_BYTES = 64 * 1024 * 1024

_MAGIC = f"{FORMAT}\n".encode()


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


_SAID = {
    FrameFault.NOT_OURS: PackFault.NOT_A_PACK,
    FrameFault.NOT_FOR_US: PackFault.WRONG_RECIPIENT,
    FrameFault.DAMAGED: PackFault.DAMAGED,
    FrameFault.MEMBER_HASH: PackFault.MEMBER_HASH,
    FrameFault.TRAILING_BYTES: PackFault.TRAILING_BYTES,
}
_NO_OFFICE = PackOffice()
_MEMBERS = (PEOPLE, NOTICES, OFFICE)


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
    office: PackOffice = _NO_OFFICE,
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
    members = {PEOPLE: write_people(people), NOTICES: write_notices(notices), OFFICE: write_office(office)}
    check(members)
    return framing.seal(_MAGIC, _fields(manifest), members, signer=publisher, recipient=recipient, most=MAX_PACK_BYTES)


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
    framed = framing.decrypt(data, identity)
    if isinstance(framed, FrameFault):
        return PackRefused(_SAID[framed])
    try:
        manifest, listed, rest = _read_frame(framed)
    except framing.BadSignatureError:
        return PackRefused(PackFault.SIGNATURE)
    except (ValueError, KeyError, TypeError, AttributeError, AuditIntegrityError):
        return PackRefused(PackFault.NOT_A_PACK)
    latest = max(now, manifest.issued, floor or now)
    succeeds = manifest.sequence == last_sequence + 1 and last_sequence > 0
    rules = (
        (publisher_key in (None, manifest.publisher), PackFault.PUBLISHER_CHANGED),
        (vault_id in (None, manifest.vault), PackFault.WRONG_VAULT),
        (manifest.recipient == str(pyrage.x25519.Identity.from_str(identity).to_public()), PackFault.WRONG_RECIPIENT),
        (manifest.sequence > last_sequence, PackFault.OLDER_SEQUENCE),
        (not succeeds or manifest.previous_sha256 == last_sha256, PackFault.PREVIOUS_DIFFERS),
        (latest < manifest.expires, PackFault.EXPIRED),
    )
    for holds, fault in rules:
        if not holds:
            return PackRefused(fault)
    members = framing.members_of(listed, rest, _MEMBERS)
    if isinstance(members, FrameFault):
        return PackRefused(_SAID[members])
    if len(members) != len(_MEMBERS):
        return PackRefused(PackFault.NOT_A_PACK)
    try:
        people, notices = read_people(members[PEOPLE]), read_notices(members[NOTICES])
        office = read_office(members[OFFICE])
    except (ValueError, KeyError, TypeError, AttributeError):
        return PackRefused(PackFault.NOT_A_PACK)
    return OpenedPack(
        manifest=manifest,
        people=people,
        notices=notices,
        office=office,
        sha256=sha256(data).hexdigest(),
        floor=latest,
    )


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


def _read_frame(framed: bytes) -> tuple[PackManifest, list[dict[str, Any]], bytes]:
    text, signature, rest = framing.split(framed, _MAGIC)
    found = framing.manifest_of(text)
    publisher = base64.b64decode(found["publisher"], validate=True)
    framing.verified(text, signature, _MAGIC, publisher)
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
    if type(manifest.sequence) is not int or manifest.sequence < 0:
        raise ValueError("not a number")
    if checkpoint.parse(manifest.checkpoint).checkpoint.origin != checkpoint.origin(manifest.vault):
        raise ValueError("head of another log")
    return manifest, found["members"], rest
