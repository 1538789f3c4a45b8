"""The evidence file: what a stranger needs to check a report or receipt without us (docs/evidence-format.md).

Rules: (1) canonical JSON (RFC 8785), so that every byte counts; (2) it holds entries with their inclusion proofs under
one signed checkpoint, and the roster of keys with the entry that introduced each; (3) everything else in it (figures,
annexes, period) is covered by the signature of the acting user over the whole object without its ``signatures``;
(4) it names the key of the PDF it rides in, so that honest evidence cannot dress other pages; (5) no personal values:
people stand in it under pseudonymous ids (REQ-103, REQ-105).
"""

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from compliance.audit.checkpoint import key_name
from compliance.audit.entry import canonical, decode
from compliance.audit.tree import leaf_hash
from compliance.clock import stamp

#: Where the entry that introduces a user's key (user_added, user_reset, recovered) holds it, in hex.
KEY_DETAIL = "ed25519"


class EvidenceFormat(StrEnum):
    """What the evidence rides in. Both have the same layout; a receipt's content is the receipt."""

    REPORT = "consentkeep-evidence/1"
    RECEIPT = "consentkeep-receipt/1"
    PACK = "consentkeep-proof/1"  # manifest.json of a proof pack: its annexes are the files of the folder


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterKey:
    """A signing key and the entry whose detail holds it in hex under ``ed25519``. ``name`` as in notes."""

    name: str
    role: str
    ed25519: bytes
    from_entry: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvenEntry:
    """One entry as canonical bytes with its path to the checkpoint's root; ``sealed``: only its leaf is shown, so that
    others it names stay unnamed and the entry can be laid open later."""

    index: int
    entry: bytes
    path: Sequence[bytes]
    sealed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierHead:
    """A head issued before, and the proof that the log only grew since."""

    size: int
    root: bytes
    path: Sequence[bytes]


def build_evidence(
    *,
    vault_id: str,
    handler: str,
    made_at: datetime,
    note: str,
    keys: Sequence[RosterKey],
    entries: Sequence[ProvenEntry],
    content: Mapping[str, Any],
    signer: str,
    signing_key: Ed25519PrivateKey,
    period: tuple[datetime | None, datetime | None] = (None, None),
    annexes: Sequence[tuple[str, str]] = (),
    earlier: Sequence[EarlierHead] = (),
    pdf_key_sha256: str = "",
    form: EvidenceFormat = EvidenceFormat.REPORT,
) -> bytes:
    """Canonical bytes of the signed evidence.

    ``signer`` is the key name of ``signing_key``; ``annexes`` are names and SHA-256 in hex; ``pdf_key_sha256`` is the
    SHA-256 in hex of the SubjectPublicKeyInfo of the certificate that signs the PDF, "" for a file of its own.
    ValueError when ``content`` holds floats or other things the canonical form does not know.
    """
    evidence: dict[str, Any] = {
        "format": form,
        "vault": vault_id,
        "handler": handler,
        "made_at": stamp(made_at),
        "period": {"from": _stamp(period[0]), "to": _stamp(period[1])},
        "checkpoint": note,
        "keys": [
            {"name": key.name, "role": key.role, "ed25519": _base64(key.ed25519), "from_entry": key.from_entry}
            for key in keys
        ],
        "entries": [
            {"index": item.index, **_shown(item), "proof": [_base64(step) for step in item.path]} for item in entries
        ],
        "earlier": [
            {"size": head.size, "root": _base64(head.root), "proof": [_base64(step) for step in head.path]}
            for head in earlier
        ],
        "content": dict(content),
        "annexes": [{"name": name, "sha256": digest} for name, digest in annexes],
        "pdf_key_sha256": pdf_key_sha256,
    }
    return canonical({**evidence, "signatures": [signature_of(evidence, name=signer, key=signing_key)]})


def record_sha256(record: bytes) -> str:
    """What ``content["record_sha256"]`` of a receipt's evidence must say: the digest of the canonical record."""
    return sha256(canonical(decode(record))).hexdigest()


def with_evidence(record: bytes, evidence: bytes) -> bytes:
    """A receipt that proves itself: the record with its evidence under ``evidence``. ValueError unless both are
    canonical and the evidence names this record."""
    proof = decode(evidence)
    if proof["content"].get("record_sha256") != record_sha256(record):
        raise ValueError("evidence of another record")
    return canonical({**decode(record), "evidence": proof})


def read_roster(entries: Iterable[tuple[int, Mapping[str, Any]]], vault_id: str) -> list[RosterKey]:
    """Every signing key the log introduced, from ``(index, entry)`` of all entries; a reset adds, it replaces none."""
    keys: list[RosterKey] = []
    for index, entry in entries:
        detail = entry["detail"]
        if KEY_DETAIL in detail and "user" in detail:
            keys.append(
                RosterKey(
                    name=key_name(vault_id, str(detail["user"])),
                    role=str(detail.get("role", "")),
                    ed25519=bytes.fromhex(str(detail[KEY_DETAIL])),
                    from_entry=index,
                )
            )
    return keys


def signature_of(evidence: Mapping[str, Any], *, name: str, key: Ed25519PrivateKey) -> dict[str, str]:
    """One member of ``signatures``: Ed25519 over the format, a newline and the canonical object without signatures."""
    bare = {field: value for field, value in evidence.items() if field != "signatures"}
    signed = f"{evidence['format']}\n".encode() + canonical(bare)
    public = key.public_key().public_bytes_raw()
    return {"name": name, "key": _base64(public), "ed25519": _base64(key.sign(signed))}


def _shown(item: ProvenEntry) -> dict[str, str]:
    return {"leaf": _base64(leaf_hash(item.entry))} if item.sealed else {"entry": item.entry.decode("utf-8")}


def _stamp(instant: datetime | None) -> str | None:
    return None if instant is None else stamp(instant)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
