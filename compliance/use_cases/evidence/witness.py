"""Witnesses of the log: older files that carry a head, and people or machines who cosign one (anchors.md 12.1).

Rules: (1) whatever we handed out with a head in it is a witness: report, receipt, proof, seal; (2) a colleague of this
vault cosigns a head their own session has compared with the log; (3) a second machine cosigns a head only when it
extends the one it saw before, and says so by name when it does not; (4) a cosigned seal is kept beside the others, in
and outside the folder, and named in every later report.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from compliance.audit import cosignature
from compliance.audit.checkpoint import SignedNote, key_name
from compliance.errors import AuditIntegrityError
from compliance.use_cases.seat.facts import Reader
from compliance.use_cases.seat.session import Session
from compliance.verifier.check import Subject

#: Setting that keeps a foreign witness's key, by its name.
KEY_SETTING = "witness_key:"
#: In a folder of ours, what carries the seal.
_CARRIERS = ("manifest.json", "evidence.json")
_MOST_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedHead:
    """A head as an older file carries it."""

    origin: str
    size: int
    root: bytes


def head_of_file(path: Path) -> IssuedHead | None:
    """The head in a report, receipt, proof, evidence file or seal that is intact in itself; None for anything else."""
    path = _inside(path)
    if not path.is_file() or path.stat().st_size > _MOST_BYTES:
        return None
    subject = Subject(path.read_bytes())
    if subject.note is None or not subject.intact:
        return None
    return IssuedHead(origin=subject.note.origin, size=subject.note.size, root=subject.note.root)


def witness_keys(session: Session, reader: Reader) -> dict[str, bytes]:
    """Names in notes → raw keys of everybody whose cosignature counts here: colleagues, and foreign witnesses."""
    keys = {key_name(session.vault.vault_id, u.name): u.ed25519 for u in reader.users.all()}
    settings = reader.settings.all()
    foreign = {k.removeprefix(KEY_SETTING): bytes.fromhex(v) for k, v in settings.items() if k.startswith(KEY_SETTING)}
    return keys | foreign


def cosigned(session: Session, reader: Reader) -> Iterator[tuple[SignedNote, tuple[cosignature.Cosignature, ...]]]:
    """Kept seals with a good cosignature, newest first."""
    keys = witness_keys(session, reader)
    for note in reversed(session.vault.inside.notes()):
        try:
            good, _ = cosignature.cosignatures(note, keys)
        except AuditIntegrityError:
            continue
        if good:
            yield note, good


def cosigners(session: Session, reader: Reader) -> tuple[str, ...]:
    """Who cosigned the newest cosigned seal, with its size and the day: for the page."""
    for note, good in cosigned(session, reader):
        return tuple(f"{c.name} · #{note.checkpoint.size} · {c.at:%Y-%m-%d}" for c in good)
    return ()


def _inside(path: Path) -> Path:
    """The file of a folder of ours that carries its seal: a proof pack's manifest, an audit folder's evidence."""
    if not path.is_dir():
        return path
    return next((path / name for name in _CARRIERS if (path / name).is_file()), path)
