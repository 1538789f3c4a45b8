"""Cosigning a seal, here and elsewhere, and taking a cosigned seal back (c2sp.org/tlog-cosignature, tlog-witness).

Rules: (1) a colleague cosigns a seal of this log only after comparing its root with the log as they see it, and never
their own; (2) of another store's log this one remembers the largest head it cosigned: a smaller one, another root of
the same size, or a larger one without proof that it extends the remembered one is named as a fork and not cosigned;
(3) a cosigned seal is taken back only when its root is that of the log and somebody known cosigned it; a new witness's
key is the privacy officer's to accept; (4) every cosigning and taking back is logged.
"""

import base64
import re
from dataclasses import dataclass
from pathlib import Path

from compliance.audit import cosignature, tree
from compliance.audit.checkpoint import SignedNote, carried_keys, key_name, origin, parse, verify
from compliance.errors import AuditIntegrityError, bad_input
from compliance.exports.files import write_file
from compliance.importing.documents import read_document
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.use_cases.evidence.witness import KEY_SETTING, witness_keys
from compliance.use_cases.seat.acting import barred, refuse_alone
from compliance.use_cases.seat.session import Session
from compliance.vault import UnitOfWork

_SEEN = "witness_seen:"
_OLD = re.compile(r"old (0|[1-9][0-9]{0,15})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosigned:
    """A seal with one more cosignature. ``witness_key`` is the cosigner's public key in one line."""

    file: Path
    origin: str
    size: int
    by: str
    witness_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """A cosigned seal kept beside the others."""

    size: int
    by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Request:
    """What a file asks to cosign: the seal, and the proof that it extends a smaller one."""

    note: SignedNote
    old: int = 0
    path: tuple[bytes, ...] = ()


def witness_request(session: Session, note: str, since: int) -> str:
    """The text a second machine needs: old size, consistency proof, seal. InputErrors ``unknown_entry``."""
    size = parse(note).checkpoint.size
    if not 0 <= since <= size:
        raise bad_input("unknown_entry", "since", str(since), f"0-{size}")
    with session.vault.snapshot() as snap:
        path = snap.log.consistency(since, size)
    steps = "".join(f"{base64.b64encode(step).decode('ascii')}\n" for step in path)
    return f"old {since}\n{steps}\n{note}"


def cosign_seal(session: Session, *, path: Path, out: Path, key_out: Path | None = None) -> Answer[Cosigned | Refusal]:
    """Cosign the seal in ``path``; ``key_out`` gets the cosigner's public key. InputErrors ``not_evidence``,
    ``file_exists``, ``witness_needs_proof``; AuditIntegrityError ``witness_fork`` when the log it is of was another
    before, ``checkpoint_signature`` when nobody signed it."""
    now = session.now()
    if no := barred(session, "cosign", at=now):
        return no
    for target, name in ((out, "out"), (key_out, "key_out")):
        if target is not None and target.exists():
            raise bad_input("file_exists", name)
    asked = _read(path)
    head = asked.note.checkpoint
    if not verify(asked.note, carried_keys(head)).ok:
        raise AuditIntegrityError("checkpoint_signature")
    me = key_name(session.vault.vault_id, session.actor)
    ours = head.origin == origin(session.vault.vault_id)
    if ours and any(line.name == me for line in asked.note.signatures):
        return refuse_alone(session, at=now, reason="same_person", detail={"size": head.size})
    key = session.vault.keyring.signing
    with session.vault.unit_of_work() as uow:
        if ours:
            _compare(uow, asked)
        else:
            _follow(uow, asked)
        text = cosignature.cosign(asked.note.text, name=me, key=key, at=now)
        written = write_file(out, text.encode())
        detail = {"size": head.size, "of": head.origin, "what": "cosigned", "sha256": written.sha256}
        uow.commit(session.event(Kind.WITNESSED, at=now, detail=detail))
    line = cosignature.verifier_key(me, key.public_key().public_bytes_raw())
    if key_out is not None:
        write_file(key_out, f"{line}\n".encode())
    made = Cosigned(file=out, origin=head.origin, size=head.size, by=me, witness_key=line)
    return Answer(made, Changes(audit=True))


def take_cosigned(session: Session, *, path: Path, key: Path | None = None) -> Answer[TakenBack | Refusal]:
    """Keep a cosigned seal of this log, in and outside the folder. ``key``: text with the public key of a witness not
    known yet. InputErrors ``not_evidence``, ``other_log``, ``not_cosigned``, ``not_a_witness_key``; AuditIntegrityError
    ``witness_fork`` when its root is not the log's."""
    now = session.now()
    if no := barred(session, "take_cosigned" if key is None else "register_witness", at=now):
        return no
    note = _read(path).note
    head = note.checkpoint
    if head.origin != origin(session.vault.vault_id):
        raise bad_input("other_log", "file")
    fresh = _keys_in(key) if key is not None else {}
    with session.vault.unit_of_work() as uow:
        known = witness_keys(session, uow)
        if any(known.get(name, raw) != raw for name, raw in fresh.items()):
            raise bad_input("witness_key_changed", "key")
        _compare(uow, _Request(note))
        good, bad = cosignature.cosignatures(note, known | fresh)
        if bad:
            raise AuditIntegrityError("witness_signature")
        if not good:
            raise bad_input("not_cosigned", "file")
        for name, raw in fresh.items():
            uow.settings.set(KEY_SETTING + name, raw.hex())
        names = tuple(c.name for c in good)
        session.vault.keep_note(note.text, head.size)
        detail = {"size": head.size, "what": "taken", "by": list(names)}
        uow.commit(session.event(Kind.WITNESSED, at=now, detail=detail))
    return Answer(TakenBack(size=head.size, by=names), Changes(audit=True))


def _compare(uow: UnitOfWork, asked: _Request) -> None:
    """A seal of this very log says what the log says."""
    head = asked.note.checkpoint
    if head.size > uow.log.size or uow.log.root_at(head.size) != head.root:
        raise AuditIntegrityError("witness_fork", size=head.size)


def _follow(uow: UnitOfWork, asked: _Request) -> None:
    """A seal of another store extends the one cosigned before; from now on it is the one to extend."""
    head = asked.note.checkpoint
    size, _, root = (uow.settings.get(_SEEN + head.origin) or "0 ").partition(" ")
    seen, seen_root = int(size), bytes.fromhex(root) if root else tree.EMPTY_ROOT
    if head.size < seen or (head.size == seen and head.root != seen_root):
        raise AuditIntegrityError("witness_fork", size=seen)
    if 0 < seen < head.size:
        if asked.old != seen:
            raise bad_input("witness_needs_proof", "file", str(asked.old), str(seen))
        if not tree.verify_consistency(seen, head.size, asked.path, seen_root, head.root):
            raise AuditIntegrityError("witness_fork", size=seen)
    uow.settings.set(_SEEN + head.origin, f"{head.size} {head.root.hex()}")


def _read(path: Path) -> _Request:
    """A seal, or a request with a proof before it."""
    try:
        text = read_document(path).data.decode("utf-8")
        first, _, rest = text.partition("\n")
        old = _OLD.fullmatch(first)
        if old is None:
            return _Request(parse(text))
        steps, blank, note = rest.partition("\n\n") if not rest.startswith("\n") else ("", "\n\n", rest[1:])
        if not blank:
            raise ValueError
        proof = tuple(base64.b64decode(line, validate=True) for line in steps.split("\n") if line)
        return _Request(parse(note), int(old[1]), proof)
    except (ValueError, AuditIntegrityError):
        raise bad_input("not_evidence", "file") from None


def _keys_in(path: Path) -> dict[str, bytes]:
    """Witness keys of a text, name → raw key. InputErrors ``not_a_witness_key``."""
    found = cosignature.keys_in(read_document(path).data.decode("utf-8", "replace"))
    if not found:
        raise bad_input("not_a_witness_key", "key")
    return found
