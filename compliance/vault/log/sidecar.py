"""The log beside the log: where a restricted session writes its entries.

When the check has found something, ``main.db`` is evidence and stays as it was found, so that the finding does not
blur with every later look. No audit, no data still holds: entries go to ``heads/sidecar``, one sealed line each
(AES-256-GCM-SIV under a branch of the main key), numbered on from the log, each with the hash of the line before.
"""

import base64
from collections.abc import Sequence
from hashlib import sha256
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from filelock import FileLock

from compliance.audit import entry as entries
from compliance.model.audit import AuditEvent
from compliance.vault.engine import files
from compliance.vault.keys.crypto import derive, unwrap, wrap
from compliance.vault.keys.keyring import RoleKey

if TYPE_CHECKING:
    from compliance.vault.session import Vault

_NAME = "sidecar"


def append(vault: "Vault", events: Sequence[AuditEvent], *, state: str) -> list[int]:
    """Write entries; their numbers. StorageFull or VaultError when nothing can be written: then nothing is read."""
    folder = vault.inside.folder
    files.make_folder(folder)
    with FileLock(folder / "lock", timeout=10, thread_local=False, mode=0o600):
        lines = _lines(vault)
        first = vault.log.size + len(lines)
        last = lines[-1] if lines else b""
        fresh: list[bytes] = []
        for number, event in enumerate(events, start=first):
            body = entries.encode(event, seq=number, seat=vault.seat, state=state)
            last = base64.b64encode(wrap(_key(vault), body, _aad(vault, last)))
            fresh.append(last)
        files.append(folder / _NAME, b"".join(line + b"\n" for line in fresh))
    return list(range(first, first + len(events)))


def read(vault: "Vault") -> list[bytes]:
    """Readable entries in order; a line that does not follow the one before ends the list."""
    found: list[bytes] = []
    last = b""
    for line in _lines(vault):
        try:
            found.append(unwrap(_key(vault), base64.b64decode(line, validate=True), _aad(vault, last)))
        except (InvalidTag, ValueError):
            break
        last = line
    return found


def _lines(vault: "Vault") -> list[bytes]:
    path = vault.inside.folder / _NAME
    return path.read_bytes().splitlines() if path.is_file() else []


def _key(vault: "Vault") -> bytes:
    return derive(vault.keyring.get(RoleKey.MAIN), "consentkeep/sidecar")


def _aad(vault: "Vault", last: bytes) -> str:
    return f"sidecar|{vault.vault_id}|{sha256(last).hexdigest()}"
