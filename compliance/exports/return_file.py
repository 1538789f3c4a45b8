"""Return files 回传文件: what a rep's computer brings back, signed by its device, encrypted to the office (section 8).

Form: the frame of :mod:`.framing` under ``consentkeep-return/1``; members are the notes and then one document for each
hash they name. Rules of opening, in this order: (1) size before anything; (2) age must open with the office's key;
(3) frame and manifest are well-formed; (4) signed by the device key the manifest names; (5) sizes and hashes of all
members fit to the last byte, and every document is named by a note; (6) only then notes are read. Whether device, pack
and number are good, the office's records say: :func:`proves_pack` and the use case. (7) The device's key is bound to
the pack by a secret that only this pack held, so a stranger cannot sign in a rep's name even with the office's public
key at hand.
"""

import base64
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from compliance.audit.entry import canonical, decode
from compliance.clock import from_stamp, stamp
from compliance.exports import framing
from compliance.exports.framing import FrameFault
from compliance.model.returned import Note, OpenedReturn, ReturnManifest, note_from_json, note_to_json

FORMAT = "consentkeep-return/1"
MAX_RETURN_BYTES = 512 * 1024 * 1024
_MAGIC = f"{FORMAT}\n".encode()
_NOTES = "notes.json"
_TEXTS = ("vault", "store", "rep", "recipient", "mac", "pack_sha256", "previous_sha256", "checkpoint")
_DIGEST, _STORE = re.compile(r"[0-9a-f]{64}"), re.compile(r"R-[A-Z2-7]{12}")


class ReturnFault(StrEnum):
    """Why the file itself is refused."""

    TOO_LARGE = "too_large"
    NOT_A_RETURN = "not_a_return"
    WRONG_OFFICE = "wrong_office"
    DAMAGED = "damaged"  # encrypted as a return is, but not as it was written, or cut
    SIGNATURE = "signature"


@dataclass(frozen=True, slots=True)
class ReturnRefused:
    """No, and why. Nothing of the file was used."""

    code: ReturnFault


_SAID = {
    FrameFault.NOT_OURS: ReturnFault.NOT_A_RETURN,
    FrameFault.NOT_FOR_US: ReturnFault.WRONG_OFFICE,
    FrameFault.DAMAGED: ReturnFault.DAMAGED,
    FrameFault.MEMBER_HASH: ReturnFault.DAMAGED,
    FrameFault.TRAILING_BYTES: ReturnFault.DAMAGED,
}


def make_return_file(
    manifest: ReturnManifest,
    notes: Sequence[Note],
    documents: Mapping[str, bytes],
    *,
    secret: str,
    device: Ed25519PrivateKey,
    office: str,
) -> bytes:
    """The encrypted file. ``documents``: SHA-256 → bytes, one for each that a note names. ExportError
    ``pack_recipient``, ``pack_too_large``."""
    named = sorted({note.evidence for note in notes if note.evidence})
    members = {_NOTES: canonical({"notes": [note_to_json(note) for note in notes]})}
    members |= {digest: documents[digest] for digest in named}
    signed = replace(manifest, device=device.public_key().public_bytes_raw())
    signed = replace(signed, mac=_mac(secret, signed))
    return framing.seal(_MAGIC, _fields(signed), members, signer=device, recipient=office, most=MAX_RETURN_BYTES)


def open_return(data: bytes, identity: str) -> OpenedReturn | ReturnRefused:
    """Open with the office's ``AGE-SECRET-KEY-1…``."""
    if len(data) > MAX_RETURN_BYTES:
        return ReturnRefused(ReturnFault.TOO_LARGE)
    framed = framing.decrypt(data, identity)
    if isinstance(framed, FrameFault):
        return ReturnRefused(_SAID[framed])
    try:
        manifest, items, rest = _read_frame(framed)
    except framing.BadSignatureError:
        return ReturnRefused(ReturnFault.SIGNATURE)
    except (ValueError, KeyError, TypeError, AttributeError):
        return ReturnRefused(ReturnFault.NOT_A_RETURN)
    members = framing.members_of(items, rest, (_NOTES,))
    if isinstance(members, FrameFault):
        return ReturnRefused(_SAID[members])
    try:
        notes = tuple(note_from_json(item) for item in decode(members.pop(_NOTES))["notes"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return ReturnRefused(ReturnFault.NOT_A_RETURN)
    kinds = {note.evidence: note.media_type for note in notes if note.evidence}
    if set(kinds) != set(members) or any(sha256(found).hexdigest() != digest for digest, found in members.items()):
        return ReturnRefused(ReturnFault.DAMAGED)
    if len({note.note_id for note in notes}) != len(notes):
        return ReturnRefused(ReturnFault.NOT_A_RETURN)
    documents = {digest: (kinds[digest], found) for digest, found in members.items()}
    return OpenedReturn(manifest=manifest, notes=notes, documents=documents, sha256=sha256(data).hexdigest())


def proves_pack(manifest: ReturnManifest, secret: str) -> bool:
    """Whether the device that signed knows the secret of the pack it names."""
    return hmac.compare_digest(_mac(secret, manifest), manifest.mac)


def _mac(secret: str, manifest: ReturnManifest) -> str:
    bound = [manifest.vault, manifest.store, manifest.rep, manifest.recipient, manifest.pack, manifest.device.hex()]
    return hmac.new(bytes.fromhex(secret), _MAGIC + canonical({"bound": bound}), "sha256").hexdigest()


def _fields(manifest: ReturnManifest) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "vault": manifest.vault,
        "store": manifest.store,
        "sandbox": manifest.sandbox,
        "rep": manifest.rep,
        "recipient": manifest.recipient,
        "device": base64.b64encode(manifest.device).decode("ascii"),
        "mac": manifest.mac,
        "pack": manifest.pack,
        "pack_sha256": manifest.pack_sha256,
        "sequence": manifest.sequence,
        "previous_sha256": manifest.previous_sha256,
        "made": stamp(manifest.made),
        "checkpoint": manifest.checkpoint,
    }


def _read_frame(framed: bytes) -> tuple[ReturnManifest, list[dict[str, Any]], bytes]:
    text, signature, rest = framing.split(framed, _MAGIC)
    found = framing.manifest_of(text)
    device = base64.b64decode(found["device"], validate=True)
    framing.verified(text, signature, _MAGIC, device)
    manifest = ReturnManifest(
        vault=found["vault"],
        store=found["store"],
        sandbox=found["sandbox"],
        rep=found["rep"],
        recipient=found["recipient"],
        device=device,
        mac=found["mac"],
        pack=found["pack"],
        pack_sha256=found["pack_sha256"],
        sequence=found["sequence"],
        previous_sha256=found["previous_sha256"],
        made=from_stamp(found["made"]),
        checkpoint=found["checkpoint"],
    )
    if canonical({**_fields(manifest), "members": found["members"]}) != text:
        raise ValueError("another manifest")
    if any(type(found[name]) is not str for name in _TEXTS) or not _STORE.fullmatch(manifest.store):
        raise ValueError("not a text")
    # these stand in the office's log or are compared: digests, so that no other words get there
    digests = [manifest.mac, manifest.pack_sha256, manifest.checkpoint]
    if manifest.previous_sha256:
        digests.append(manifest.previous_sha256)
    if not all(map(_DIGEST.fullmatch, digests)):
        raise ValueError("not a digest")
    numbers = (manifest.pack, manifest.sequence)
    if type(manifest.sandbox) is not bool or any(type(n) is not int or n < 1 for n in numbers):
        raise ValueError("not a number")
    return manifest, found["members"], rest
