"""A finding outlives the session that made it: a sealed mark beside the log seals, inside the folder and outside.

Rules: (1) whatever a check finds is marked at both places, so that the next opening, and every other seat at its next
transaction, is read-only too, although the quick check at opening reads only the tail; (2) only a full check that finds
nothing takes the mark away: the right files were put back; (3) a mark is sealed as the log beside the log is
(AES-256-GCM-SIV under a branch of the main key); one that cannot be read counts as a finding, and so does anything else
that stands in its place, a folder too, or nothing found could be written there.
"""

import base64
import json
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag

from compliance.vault.checks.findings import Problem
from compliance.vault.engine import files
from compliance.vault.keys.crypto import derive, unwrap, wrap
from compliance.vault.keys.keyring import RoleKey

if TYPE_CHECKING:
    from compliance.vault.session import Vault

_NAME = "finding"
_MOST = 100


def put(vault: "Vault", problems: tuple[Problem, ...]) -> None:
    """Mark at both places. A place that takes nothing (full, read-only) does not stop the other."""
    body = json.dumps([(p.code, p.index, p.detail) for p in problems[:_MOST]]).encode()
    sealed = base64.b64encode(wrap(_key(vault), body, _aad(vault)))
    for place in (vault.inside, vault.outside):
        with suppress(OSError):
            files.make_folder(place.folder)
            files.write_atomically(place.folder / _NAME, sealed)


def standing(vault: "Vault") -> bool:
    """Whether there is a mark in the folder; cheap enough to ask in every transaction."""
    return (vault.inside.folder / _NAME).exists()


def read(vault: "Vault") -> tuple[Problem, ...]:
    """What was found, by the marks of both places."""
    found: dict[Problem, None] = {}
    for place in (vault.inside, vault.outside):
        path = place.folder / _NAME
        if path.exists():
            try:
                rows = json.loads(unwrap(_key(vault), base64.b64decode(path.read_bytes(), validate=True), _aad(vault)))
                found |= {Problem(code, index, detail): None for code, index, detail in rows}
            except (InvalidTag, ValueError, TypeError, OSError):
                found[Problem("mark_unreadable", None, "")] = None
    return tuple(found)


def take_away(vault: "Vault") -> None:
    """A full check found nothing."""
    for place in (vault.inside, vault.outside):
        path = place.folder / _NAME
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def _key(vault: "Vault") -> bytes:
    return derive(vault.keyring.get(RoleKey.MAIN), "consentkeep/finding")


def _aad(vault: "Vault") -> str:
    return f"finding|{vault.vault_id}"
