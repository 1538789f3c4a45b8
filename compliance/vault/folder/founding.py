"""The first slot of a new vault, of a company or of a rep: fresh keys of its user, the header on disk."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from compliance.model.access import Role
from compliance.model.register import User
from compliance.vault.keys import header as headers
from compliance.vault.keys.keyring import Keyring, RoleKey


def found(
    path: Path,
    blank: headers.Header,
    *,
    name: str,
    role: Role,
    passphrase: str,
    keys: Mapping[RoleKey, bytes],
    now: datetime,
) -> tuple[headers.Header, Keyring, User]:
    """Give ``blank`` its one slot, which holds ``keys``, and write it; sealed header, open keyring, user."""
    identity = headers.Identity.generate()
    slot = headers.make_slot(
        vault_id=blank.vault_id,
        name=name,
        role=role,
        version=1,
        added_at=now,
        passphrase=passphrase,
        params=blank.params,
        identity=identity,
        keys=keys,
    )
    header = headers.write(path, replace(blank, slots=(slot,)), keys[RoleKey.MAIN])
    user = User(name=name, role=role, added_at=now, removed_at=None, ed25519=identity.ed25519, x25519=identity.x25519)
    return header, Keyring(signing=identity.signing, agreement=identity.agreement, keys=dict(keys)), user
