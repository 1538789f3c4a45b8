"""The sets of rules a vault knows: what was put in force from when, by whom, and whether text and signatures hold.

Rules: (1) the shipped rules stand first and are always the limit; (2) a set is *good* when its kept text is what its
key says, every signature is over set, digest and instant, and the log holds the last of them; (3) the files of a set
come back as they were handed in.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from compliance.audit.entry import canonical
from compliance.errors import bad_input
from compliance.exports.files import write_file
from compliance.model.answer import Answer, Refusal
from compliance.model.audit import Kind
from compliance.use_cases.rules.rule_book import Planned, RuleBook
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.session import Session
from compliance.vault import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """A line of the list of sets. ``key`` "" stands for the shipped rules alone; ``good``: signatures and text hold."""

    version: str
    key: str
    digest: str
    begins: datetime | None
    state: str  # in_force | planned | over
    signed_by: tuple[str, ...]
    request: str
    good: bool


def list_rules(session: Session) -> Answer[tuple[RuleSet, ...] | Refusal]:
    """The shipped rules and every set of the company, in the order they begin."""
    now = session.now()
    if no := barred(session, "read_log", at=now):
        return no
    book = session.book
    front = book.entry_at(now)
    rows = [
        RuleSet(
            version=session.shipped.version,
            key="",
            digest=session.shipped.digest,
            begins=None,
            state="in_force" if front is None else "over",
            signed_by=(),
            request="",
            good=True,
        )
    ]
    with session.vault.snapshot() as snap:
        good = {entry: _holds(session, snap, entry) for entry in book.planned}
    for entry in book.planned:
        state = "in_force" if entry is front else "planned" if entry.begins > now else "over"
        rows.append(
            RuleSet(
                version=entry.version,
                key=entry.key,
                digest=entry.digest,
                begins=entry.begins,
                state=state,
                signed_by=tuple(name for name, _, _ in entry.signed),
                request=entry.request,
                good=good[entry],
            )
        )
    return Answer(tuple(rows))


def save_rules(session: Session, *, key: str, folder: Path) -> Answer[list[str] | Refusal]:
    """Write the files of a kept set as they were handed in into a new folder. InputErrors ``unknown_rules``,
    ``file_exists``."""
    now = session.now()
    if no := barred(session, "read_log", at=now):
        return no
    if folder.exists():
        raise bad_input("file_exists", "out")
    entry = planned_set(session.book, key)
    text = session.vault.policy_text(entry.key)
    files: dict[str, str] = json.loads(text) if text else {}
    for name, content in files.items():
        write_file(folder / name, content.encode())
    return Answer(list(files))


def signature_of(session: Session, params: Mapping[str, Any]) -> tuple[str, str, str]:
    """(name, public key, signature) of the acting officer over set, digest and instant."""
    public = session.vault.keyring.signing.public_key()
    raw = public.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return session.actor, raw.hex(), session.vault.sign(said_of(session, asked_of(params))).hex()


def asked_of(params: Mapping[str, Any]) -> tuple[str, str, str]:
    """Set, digest and instant as they were asked for: what is signed."""
    return str(params["key"]), str(params["digest"]), str(params["from"])


def said_of(session: Session, asked: tuple[str, str, str]) -> bytes:
    key, digest, begins = asked
    return canonical({"vault": session.vault.vault_id, "rules": {"key": key, "digest": digest, "from": begins}})


def _holds(session: Session, snap: Snapshot, entry: Planned) -> bool:
    """Whether the kept text is what its key says, every signature is over it, and the log holds the last of them."""
    text = session.vault.policy_text(entry.key)
    if text is None or hashlib.sha256(text.encode()).hexdigest() != entry.key or entry.asked[0] != entry.key:
        return False
    said = said_of(session, entry.asked)
    try:
        for _, public, signature in entry.signed:
            Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), said)
    except (InvalidSignature, ValueError):
        return False
    noted = snap.log.find(kind=Kind.POLICY_ACTIVATED, limit=10_000)
    return any(found.data["detail"].get("signature") == entry.signed[-1][2] for found in noted)


def planned_set(book: RuleBook, key: str) -> Planned:
    """The set of that key, or of the beginning of it. InputErrors ``unknown_rules``."""
    found = [entry for entry in book.planned if len(key) >= 6 and entry.key.startswith(key)]
    if not found:
        raise bad_input("unknown_rules", "SET", key[:12], ", ".join(entry.key[:12] for entry in book.planned[-3:]))
    return found[-1]
