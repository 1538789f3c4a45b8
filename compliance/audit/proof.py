"""The text file that proves one entry offline (c2sp.org/tlog-proof): index, path, checkpoint; the entry rides along.

Rules: (1) the optional ``extra`` line holds the canonical entry in base64, so one file is enough for a stranger;
(2) a proof is read as strictly as a note; (3) it proves that the entry stood in the log under that head, nothing more.
"""

import base64
import binascii
import re
from dataclasses import dataclass

from compliance.audit import checkpoint, tree
from compliance.errors import AuditIntegrityError

HEADER = "c2sp.org/tlog-proof@v1"
#: 2^63 entries need no more.
MAX_PATH = 63

_INDEX = re.compile(r"index (0|[1-9][0-9]{0,15})")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogProof:
    """One proof. ``entry`` is None when the file does not carry it."""

    index: int
    path: tuple[bytes, ...]
    note: checkpoint.SignedNote
    entry: bytes | None = None

    def holds(self, entry: bytes | None = None) -> bool:
        """Whether the entry (given, or carried) stands at ``index`` under the head. Says nothing of signatures."""
        data = self.entry if entry is None else entry
        head = self.note.checkpoint
        return data is not None and tree.verify_inclusion(
            tree.leaf_hash(data), self.index, head.size, self.path, head.root
        )


def write(*, index: int, path: tuple[bytes, ...] | list[bytes], note: str, entry: bytes | None = None) -> str:
    """The text of a proof."""
    lines = [HEADER]
    if entry is not None:
        lines.append(f"extra {_base64(entry)}")
    lines += [f"index {index}", *(_base64(step) for step in path)]
    return "\n".join(lines) + "\n\n" + note


def read(text: str) -> LogProof:
    """Parse strictly. AuditIntegrityError ``proof_malformed`` or ``checkpoint_malformed``."""
    head, blank, note = text.partition("\n\n")
    lines = head.split("\n")
    if not blank or lines.pop(0) != HEADER or not lines:
        raise _malformed()
    entry = None
    if lines[0].startswith("extra "):
        entry = _unbase64(lines.pop(0)[len("extra ") :])
    index = _INDEX.fullmatch(lines.pop(0)) if lines else None
    if index is None or len(lines) > MAX_PATH:
        raise _malformed()
    path = tuple(_unbase64(line) for line in lines)
    if any(len(step) != tree.HASH_BYTES for step in path):
        raise _malformed()
    return LogProof(index=int(index[1]), path=path, note=checkpoint.parse(note), entry=entry)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _unbase64(text: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _malformed() from None
    if _base64(data) != text:
        raise _malformed()
    return data


def _malformed() -> AuditIntegrityError:
    return AuditIntegrityError("proof_malformed")
