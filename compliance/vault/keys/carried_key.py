"""A key to sign requests with on another machine: a small file that opens with a passphrase of its own.

Rules: (1) it is a key made for this use, not the user's key of the slot, so a lost file can neither seal the log nor
open anything; (2) its public half stands in the log under the user's name, the newest one counts, and a reset or a
removal ends it; (3) the passphrase goes through Argon2id with the vault's cost, within the same floor and ceiling;
(4) AAD binds vault, user and public key.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from compliance.clock import stamp
from compliance.errors import WrongPassphrase, bad_input
from compliance.model.audit import Kind
from compliance.vault.keys import crypto

if TYPE_CHECKING:
    from compliance.vault.unit_of_work import Snapshot, UnitOfWork

_KIND, _FORMAT = "signing-key", 1
#: The public half in the log entry; "" when the key was called back.
APPROVAL_KEY = "approval_key"
#: After any of these a key carried before is dead.
_ENDS = (Kind.KEY_CARRIED, Kind.USER_RESET, Kind.USER_REMOVED, Kind.USER_ADDED, Kind.RECOVERED)


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedKey:
    """An opened key file."""

    vault_id: str
    user: str
    signing: Ed25519PrivateKey

    def __repr__(self) -> str:
        return "CarriedKey(…)"

    @property
    def public(self) -> bytes:
        """Public half."""
        return self.signing.public_key().public_bytes_raw()


def make(*, vault_id: str, user: str, passphrase: str, params: crypto.HashParams, now: datetime) -> tuple[bytes, bytes]:
    """A fresh key for ``user``: content of the file, public half. InputErrors ``passphrase_short``."""
    crypto.check_passphrase(passphrase)
    signing = Ed25519PrivateKey.generate()
    public = signing.public_key().public_bytes_raw()
    salt = crypto.new_salt()
    wrapped = crypto.wrap(
        _kek(passphrase, salt, params, vault_id), signing.private_bytes_raw(), _aad(vault_id, user, public)
    )
    body = {
        "consentkeep": _KIND,
        "format": _FORMAT,
        "vault": vault_id,
        "user": user,
        "made_at": stamp(now),
        "argon2id": {"memory_kib": params.memory_kib, "passes": params.passes, "lanes": params.lanes},
        "salt": salt.hex(),
        "public": public.hex(),
        "wrapped": wrapped.hex(),
    }
    return (json.dumps(body, ensure_ascii=False, indent=1) + "\n").encode(), public


def unlock(data: bytes, passphrase: str) -> CarriedKey:
    """Open a key file. InputErrors ``key_file_unreadable``, WrongPassphrase, VaultCorrupt ``hash_params``."""
    try:
        found: dict[str, Any] = json.loads(data.decode("utf-8"))
        if found["consentkeep"] != _KIND or found["format"] != _FORMAT:
            raise ValueError
        cost = found["argon2id"]
        params = crypto.HashParams(
            memory_kib=int(cost["memory_kib"]), passes=int(cost["passes"]), lanes=int(cost["lanes"])
        )
        vault_id, user = str(found["vault"]), str(found["user"])
        salt, public, wrapped = (bytes.fromhex(found[name]) for name in ("salt", "public", "wrapped"))
    except (ValueError, KeyError, TypeError, RecursionError):
        raise bad_input("key_file_unreadable", "key") from None
    try:
        raw = crypto.unwrap(_kek(passphrase, salt, params, vault_id), wrapped, _aad(vault_id, user, public))
    except InvalidTag:
        raise WrongPassphrase from None
    return CarriedKey(vault_id=vault_id, user=user, signing=Ed25519PrivateKey.from_private_bytes(raw))


def current(reader: "Snapshot | UnitOfWork", user: str) -> bytes | None:
    """Public half of the key ``user`` may sign requests with elsewhere, as the log has it; None without."""
    for entry in reader.log.find(kind=_ENDS, limit=100_000):
        detail = entry.data["detail"]
        if detail.get("user") == user:
            return bytes.fromhex(str(detail[APPROVAL_KEY])) or None if APPROVAL_KEY in detail else None
    return None


def _kek(passphrase: str, salt: bytes, params: crypto.HashParams, vault_id: str) -> bytes:
    return crypto.derive(crypto.passphrase_key(passphrase, salt, params), "carried key", salt=vault_id.encode())


def _aad(vault_id: str, user: str, public: bytes) -> str:
    return f"carried|{vault_id}|{user}|{public.hex()}"
