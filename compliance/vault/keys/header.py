"""``header.json``: who may open the vault, and the wrapped keys they open it with.

Rules: (1) format and Argon2 limits are checked before anything is hashed; (2) private keys of a slot are wrapped under
AAD vault|user|role|version, role keys under vault|key|recipient, so nothing can be moved between slots; (3) an HMAC
under a branch of the main key covers the whole header and is checked after unlock; (4) replacement is atomic and
happens under ``seats/header.lock`` on the freshest copy; (5) a wrong user and a wrong passphrase answer alike and
after the same work; (6) a slot that names a device secret opens with passphrase and secret together.
"""

import hmac
import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from filelock import FileLock, Timeout

from compliance.errors import VaultBusy, VaultCorrupt, VaultError, VaultTooNew, WrongPassphrase, bad_input
from compliance.model.access import Role
from compliance.vault.engine import files
from compliance.vault.keys import crypto, keystore
from compliance.vault.keys.header_form import Header, Slot, fold, from_json, to_json
from compliance.vault.keys.keyring import Keyring, RoleKey, entitled
from compliance.vault.keys.recovery import RecoverySecret

__all__ = [
    "FORMAT",
    "NAME",
    "Header",
    "Identity",
    "Slot",
    "authenticate",
    "change",
    "check_name",
    "check_roles_apart",
    "fold",
    "keys_for",
    "make_slot",
    "read",
    "recovery_keys",
    "rekeyed",
    "unlock",
    "unlock_recovery",
    "with_slot",
    "write",
]

NAME = "header.json"
#: Newest format of the folder as a whole; a higher one is refused with both numbers. 2 says that keys were rotated,
#: which a program that knows format 1 only would take for damage; 3 that a slot needs a device secret, likewise.
FORMAT = 3
_MAX_BYTES = 4 * 1024 * 1024
#: Roles of which one person may hold at most one (architecture section 3).
_APART = (
    frozenset({Role.SECURITY_ADMIN}),
    frozenset({Role.DPO, Role.COMPLIANCE, Role.CLERK, Role.FINANCE}),
    frozenset({Role.AUDITOR}),
)


def check_name(name: str) -> str:
    """The stored form. InputErrors ``user_name`` for an empty, long or unprintable one."""
    clean = unicodedata.normalize("NFC", name).strip()
    if not clean or len(clean) > 64 or not clean.isprintable() or "/" in clean or "|" in clean:
        raise bad_input("user_name", "user")
    return clean


def read(folder: Path) -> Header:
    """Parse and bound the header of a folder. VaultError ``not_a_vault``, VaultCorrupt, VaultTooNew."""
    path = folder / NAME
    if not folder.is_dir() or not path.is_file():
        raise VaultError("not_a_vault")
    try:
        raw = path.read_bytes()
    except PermissionError:
        raise VaultError("no_permission") from None
    if len(raw) > _MAX_BYTES:
        raise VaultCorrupt("header_unreadable")
    try:
        data = json.loads(raw)
        found = data["format"]
        if not isinstance(found, int):
            raise TypeError
        if found > FORMAT:
            raise VaultTooNew(found=found, known=FORMAT)
        header = from_json(data)
    except (ValueError, KeyError, TypeError, RecursionError, AttributeError):
        raise VaultCorrupt("header_unreadable") from None
    header.params.checked()
    return header


def write(folder: Path, header: Header, main_key: bytes) -> Header:
    """Seal and atomically replace. Returns the sealed header."""
    sealed = replace(header, mac=_mac(header, main_key))
    text = json.dumps(to_json(sealed), ensure_ascii=False, indent=1, sort_keys=True)
    files.write_atomically(folder / NAME, text.encode())
    return sealed


def change(folder: Path, main_key: bytes, edit: Callable[[Header], Header]) -> Header:
    """Apply ``edit`` to the freshest authentic header and replace it. VaultBusy when another process holds it."""
    try:
        with FileLock(folder / "seats" / "header.lock", timeout=10, thread_local=False, mode=0o600):
            current = read(folder)
            authenticate(current, main_key)
            return write(folder, replace(edit(current), version=current.version + 1), main_key)
    except Timeout:
        raise VaultBusy(holder="header") from None


def authenticate(header: Header, main_key: bytes) -> None:
    """VaultCorrupt ``header_tampered`` when a byte of the header was not written by a holder of the main key."""
    if not hmac.compare_digest(header.mac, _mac(header, main_key)):
        raise VaultCorrupt("header_tampered")


@dataclass(frozen=True, slots=True)
class Identity:
    """A user's private keys before they go into a slot."""

    agreement: X25519PrivateKey
    signing: Ed25519PrivateKey

    @classmethod
    def generate(cls) -> "Identity":
        """Fresh keys."""
        return cls(X25519PrivateKey.generate(), Ed25519PrivateKey.generate())

    @property
    def x25519(self) -> bytes:
        """Public half for wrapping to the user."""
        return self.agreement.public_key().public_bytes_raw()

    @property
    def ed25519(self) -> bytes:
        """Public half for the user's signatures."""
        return self.signing.public_key().public_bytes_raw()


def make_slot(
    *,
    vault_id: str,
    name: str,
    role: Role,
    version: int,
    added_at: datetime,
    passphrase: str,
    params: crypto.HashParams,
    identity: Identity,
    keys: Mapping[RoleKey, bytes],
    device: keystore.DeviceSecret | None = None,
) -> Slot:
    """A slot that opens with ``passphrase`` (and ``device``) and holds ``keys``; costs one Argon2 run."""
    salt = crypto.new_salt()
    kek = _kek(crypto.passphrase_key(passphrase, salt, params), device, vault_id, name, version)
    aad = f"{vault_id}|{name}|{role}|{version}"
    return Slot(
        name=name,
        role=role,
        version=version,
        added_at=added_at,
        salt=salt,
        x25519=identity.x25519,
        ed25519=identity.ed25519,
        wrapped_x25519=crypto.wrap(kek, identity.agreement.private_bytes_raw(), f"x25519|{aad}"),
        wrapped_ed25519=crypto.wrap(kek, identity.signing.private_bytes_raw(), f"ed25519|{aad}"),
        keys={key: crypto.send(value, identity.x25519, _info(vault_id, key, name)) for key, value in keys.items()},
        device=device.id if device else "",
    )


def rewrapped(
    header: "Header", slot: Slot, keyring: Keyring, passphrase: str, device: keystore.DeviceSecret | None
) -> Slot:
    """The same person and keys under a fresh wrapping, one version on."""
    return make_slot(
        vault_id=header.vault_id,
        name=slot.name,
        role=slot.role,
        version=slot.version + 1,
        added_at=slot.added_at,
        passphrase=passphrase,
        params=header.params,
        identity=Identity(keyring.agreement, keyring.signing),
        keys=keyring.keys,
        device=device,
    )


def recovery_keys(vault_id: str, public: bytes, keys: Mapping[RoleKey, bytes]) -> dict[RoleKey, bytes]:
    """Every role key for the recovery recipient."""
    return {key: crypto.send(value, public, _info(vault_id, key, "")) for key, value in keys.items()}


def unlock(header: Header, user: str, passphrase: str) -> tuple[Slot, Keyring]:
    """The user's slot and keys. WrongPassphrase for an unknown user or a wrong passphrase, after the same work;
    VaultCorrupt when the header was changed; VaultErrors of the keystore when the slot needs a device secret that this
    machine does not give."""
    slot = header.slot(user)
    device = keystore.fetch(header.vault_id, slot.device) if slot and slot.device else None
    salt = slot.salt if slot else b"\0" * crypto.SALT_BYTES
    secret = crypto.passphrase_key(passphrase, salt, header.params)
    if slot is None:
        raise WrongPassphrase
    kek = _kek(secret, device, header.vault_id, slot.name, slot.version)
    aad = f"{header.vault_id}|{slot.name}|{slot.role}|{slot.version}"
    try:
        agreement = X25519PrivateKey.from_private_bytes(crypto.unwrap(kek, slot.wrapped_x25519, f"x25519|{aad}"))
        signing = Ed25519PrivateKey.from_private_bytes(crypto.unwrap(kek, slot.wrapped_ed25519, f"ed25519|{aad}"))
    except (InvalidTag, ValueError):
        raise WrongPassphrase from None
    try:
        keys = {
            key: crypto.receive(sealed, agreement, _info(header.vault_id, key, slot.name))
            for key, sealed in slot.keys.items()
        }
    except InvalidTag:
        raise VaultCorrupt("header_tampered") from None
    if RoleKey.MAIN not in keys:
        raise VaultCorrupt("header_tampered")
    authenticate(header, keys[RoleKey.MAIN])
    return slot, Keyring(signing=signing, agreement=agreement, keys=keys)


def unlock_recovery(header: Header, secret: RecoverySecret) -> dict[RoleKey, bytes]:
    """All role keys. WrongPassphrase ``wrong_recovery`` when the sheet is of another vault."""
    try:
        keys = {
            key: crypto.receive(sealed, secret.private_key(), _info(header.vault_id, key, ""))
            for key, sealed in header.recovery_keys.items()
        }
    except InvalidTag:
        raise WrongPassphrase("wrong_recovery") from None
    authenticate(header, keys[RoleKey.MAIN])
    return keys


def with_slot(header: Header, slot: Slot) -> Header:
    """The header with ``slot`` added, or in place of the slot of that name."""
    others = tuple(s for s in header.slots if fold(s.name) != fold(slot.name))
    return replace(header, slots=(*others, slot))


def rekeyed(header: Header, fresh: Mapping[RoleKey, bytes]) -> Header:
    """The header of the next epoch: ``fresh`` keys to everyone who held the old ones, the recovery sheet too."""

    def renewed(slot: Slot) -> Slot:
        sent = {
            key: crypto.send(value, slot.x25519, _info(header.vault_id, key, slot.name))
            for key, value in fresh.items()
            if key in slot.keys
        }
        return replace(slot, keys={**slot.keys, **sent})

    again = recovery_keys(header.vault_id, header.recovery_public, fresh)
    slots = tuple(renewed(slot) for slot in header.slots)
    return replace(header, slots=slots, recovery_keys={**header.recovery_keys, **again}, epoch=header.epoch + 1)


def check_roles_apart(header: Header, name: str, role: Role) -> None:
    """InputErrors ``roles_apart`` or ``user_exists``: a name is one person, and holds one role."""
    held = header.slot(name)
    if held is None:
        return
    crosses = any(held.role in group and role not in group for group in _APART)
    raise bad_input("roles_apart" if crosses else "user_exists", "user")


def keys_for(role: Role, keys: Mapping[RoleKey, bytes]) -> dict[RoleKey, bytes]:
    """The keys ``role`` is entitled to. VaultError ``no_key`` when the giver does not hold one of them."""
    missing = [key for key in entitled(role) if key not in keys]
    if missing:
        raise VaultError("no_key", key=str(missing[0]))
    return {key: keys[key] for key in entitled(role)}


def _kek(secret: bytes, device: keystore.DeviceSecret | None, vault_id: str, name: str, version: int) -> bytes:
    return crypto.derive(secret + (device.value if device else b""), f"kek|{name}|{version}", salt=vault_id.encode())


def _info(vault_id: str, key: RoleKey, recipient: str) -> str:
    return f"{vault_id}|{key}|{'user|' + recipient if recipient else 'recovery'}"


def _mac(header: Header, main_key: bytes) -> bytes:
    data = to_json(replace(header, mac=b""))
    text = json.dumps(data, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return hmac.digest(crypto.derive(main_key, "header mac"), text.encode(), "sha256")
