"""Sealing the log of an open vault: a signed note over its size and root, kept inside and outside the folder, and its
head in the keystore of the system where there is one."""

from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from compliance.audit import checkpoint as notes
from compliance.clock import stamp
from compliance.errors import AuditIntegrityError, VaultError
from compliance.vault.keys import keystore

if TYPE_CHECKING:
    from compliance.vault.session import Vault


def seal(vault: "Vault", now: datetime | None) -> str:
    """The note of the log as it stands; a size that has one keeps it. AuditIntegrityError ``restricted``."""
    if vault.restricted:
        raise AuditIntegrityError("restricted")
    with vault.snapshot():
        size, root = vault.log.size, vault.log.root()
        newest = vault.inside.newest()
        if newest is not None and newest.checkpoint.size == size:
            note = newest.text
        else:
            head = notes.Checkpoint(
                origin=notes.origin(vault.vault_id),
                size=size,
                root=root,
                extensions=(
                    f"consent-states {vault.ledger.digest('consent_state')}",
                    *((f"at {stamp(now)}",) if now is not None else ()),
                ),
            )
            name = notes.key_name(vault.vault_id, vault.user.name)
            note = notes.sign(head, name=name, key=vault.keyring.signing)
        leaves = lru_cache(maxsize=1)(vault.log.leaves)  # both places mostly lack the same
        vault.outside.add(note, size, leaves)
        vault.inside.add(note, size, leaves)
    vault.adopt_seal(size)
    with suppress(VaultError):  # where there is no keystore, two places are what there is
        keystore.keep_head(vault.vault_id, vault.outside.folder.name, size, root)
    return note


def keystore_head(vault: "Vault") -> tuple[int, bytes] | None:
    """The head the keystore of this machine remembers of this vault at this path; None without either."""
    with suppress(VaultError):
        return keystore.kept_head(vault.vault_id, vault.outside.folder.name)
    return None
