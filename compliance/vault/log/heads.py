"""Signed heads of the log, inside the vault folder and outside it, so that a cut or rewritten log is found.

In ``heads/`` and again in the state folder of the user (``CONSENTKEEP_STATE_DIR`` or platformdirs), keyed by vault id
and real path: ``NNNNNNNNNNNN.note`` (C2SP signed note at that size), ``leaves`` (32 bytes per sealed entry: the witness
that names a changed entry by number). Rules: (1) an unknown path adopts the folder's own heads, and the vault logs
"moved or copied"; (2) leaves are written before the note that covers them, and only ever appended.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from operator import attrgetter
from pathlib import Path

from filelock import FileLock, Timeout
from platformdirs import user_state_path

from compliance.audit.checkpoint import SignedNote, parse
from compliance.audit.tree import HASH_BYTES
from compliance.errors import AuditIntegrityError, VaultBusy
from compliance.vault.engine import files

FOLDER = "heads"
_LEAVES = "leaves"
#: Old notes kept beside the newest; each is a few hundred bytes.
_KEEP = 50


def state_folder(chosen: Path | None = None) -> Path:
    """Where heads outside are kept."""
    if chosen is not None:
        return chosen
    named = os.environ.get("CONSENTKEEP_STATE_DIR")
    return Path(named) if named else user_state_path("ConsentKeep", appauthor=False)


#: Reads leaf hashes ``begin`` to ``end - 1``.
Leaves = Callable[[int, int], list[bytes]]


@dataclass(frozen=True, slots=True)
class Place:
    """One of the two places heads are kept at."""

    folder: Path

    def notes(self) -> list[SignedNote]:
        """Readable notes, smallest first. An unreadable one is AuditIntegrityError ``checkpoint_malformed``."""
        return sorted((self._read(path) for path in self._paths()), key=lambda note: note.checkpoint.size)

    def newest(self) -> SignedNote | None:
        """The note over most entries."""
        paths = self._paths()
        return self._read(paths[-1]) if paths else None

    def leaves(self) -> bytes:
        """The witness: leaf hashes one after another."""
        path = self.folder / _LEAVES
        return path.read_bytes() if path.is_file() else b""

    def leaf_count(self) -> int:
        """Entries the witness covers."""
        path = self.folder / _LEAVES
        return path.stat().st_size // HASH_BYTES if path.is_file() else 0

    def add(self, note: str, size: int, leaves: Leaves) -> None:
        """Extend the witness to ``size`` and keep the note. VaultBusy when another seat holds the place,
        StorageFull or VaultError when it cannot be written."""
        files.make_folder(self.folder)
        try:
            with FileLock(self.folder / "lock", timeout=10, thread_local=False, mode=0o600):
                have = self.leaf_count()
                if have < size:
                    witness = self.folder / _LEAVES
                    if witness.is_file() and witness.stat().st_size % HASH_BYTES:  # torn by a crash
                        with witness.open("r+b") as out:
                            out.truncate(have * HASH_BYTES)
                    files.append(witness, b"".join(leaves(have, size)))
                files.write_atomically(self.folder / f"{size:012}.note", self._with_known(note, size).encode())
                for old in self._paths()[:-_KEEP]:
                    if not self._witnessed(old):
                        old.unlink(missing_ok=True)
        except Timeout:
            raise VaultBusy(holder="heads") from None
        except OSError as fault:  # its lock is a file too
            raise files.as_vault_error(fault) from None

    def adopt(self, other: "Place") -> None:
        """Take over the heads of ``other``: this place has none of its own."""
        files.make_folder(self.folder)
        for path in other._paths():
            files.copy(path, self.folder / path.name)
        if (other.folder / _LEAVES).is_file():
            files.copy(other.folder / _LEAVES, self.folder / _LEAVES)

    @property
    def known(self) -> bool:
        """Whether anything is kept here."""
        return bool(self._paths())

    def _paths(self) -> list[Path]:
        return sorted(self.folder.glob("[0-9]*.note"), key=attrgetter("name")) if self.folder.is_dir() else []

    def _with_known(self, note: str, size: int) -> str:
        """The note with signature lines a kept one of the same head has beside its own: cosignatures stay."""
        path = self.folder / f"{size:012}.note"
        body, _, tail = note.rpartition("\n\n")
        kept, _, more = path.read_text(encoding="utf-8").rpartition("\n\n") if path.is_file() else ("", "", "")
        if kept != body:
            return note
        return note + "".join(f"{line}\n" for line in more.splitlines() if line not in tail.splitlines())

    def _witnessed(self, path: Path) -> bool:
        """Whether somebody else signed it too: such a seal is kept for good."""
        try:
            return len(self._read(path).signatures) > 1
        except AuditIntegrityError:
            return False

    def _read(self, path: Path) -> SignedNote:
        try:
            note = parse(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError):
            raise AuditIntegrityError("checkpoint_malformed") from None
        if f"{note.checkpoint.size:012}.note" != path.name:
            raise AuditIntegrityError("checkpoint_malformed")
        return note


def inside(vault: Path) -> Place:
    """The place in the vault folder."""
    return Place(vault / FOLDER)


def outside(vault: Path, vault_id: str, state_dir: Path | None) -> Place:
    """The place outside, by vault id and real path."""
    mark = sha256(str(vault.resolve()).encode("utf-8", "surrogateescape")).hexdigest()[:16]
    return Place(state_folder(state_dir) / vault_id / mark)
