"""A device secret for the acting user's slot, on and off.

Rules: (1) it is a second factor beside the passphrase, never the only one; whoever sits at the vault must give the
passphrase again; (2) on: the keystore first, then log and header; what fails takes the stored secret back; off: log and
header first, then the keystore; (3) no other slot changes, so a lost secret is mended like a forgotten passphrase: a
fresh slot by two others or by the recovery sheet; such a slot opens by passphrase alone until its owner turns the
device secret on again.
"""

from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING

from compliance.errors import VaultError, bad_input
from compliance.model.audit import Kind
from compliance.vault.keys import header as headers
from compliance.vault.keys import keystore
from compliance.vault.keys.keyring import Keyring, RoleKey

if TYPE_CHECKING:
    from compliance.vault.session import Vault


def turn_on(vault: "Vault", passphrase: str, now: datetime) -> None:
    """The acting user's slot opens with the passphrase on this machine only; a secret it had is replaced.
    WrongPassphrase; VaultErrors ``keystore_absent``, ``keystore_locked``, ``device_secret_missing``."""
    slot, keys = headers.unlock(headers.read(vault.path), vault.user.name, passphrase)
    secret = keystore.fresh()
    try:
        keystore.keep(vault.vault_id, secret)
        _replace(vault, slot, keys, passphrase, secret, now)
    except BaseException:
        _drop(vault, secret.id)
        raise
    _drop(vault, slot.device)


def turn_off(vault: "Vault", passphrase: str, now: datetime) -> None:
    """The acting user's slot opens with the passphrase alone. WrongPassphrase; InputErrors ``device_secret_off`` when
    it does so already; VaultErrors as :func:`turn_on`."""
    slot, keys = headers.unlock(headers.read(vault.path), vault.user.name, passphrase)
    if not slot.device:
        raise bad_input("device_secret_off", "user")
    _replace(vault, slot, keys, passphrase, None, now)
    _drop(vault, slot.device)


def _replace(
    vault: "Vault",
    slot: headers.Slot,
    keys: Keyring,
    passphrase: str,
    secret: keystore.DeviceSecret | None,
    now: datetime,
) -> None:
    """The same keys under a fresh wrapping. Log first, then header, as every change of a slot (users.py)."""
    fresh = headers.rewrapped(vault.header, slot, keys, passphrase, secret)

    def swap() -> None:
        vault.header = headers.change(
            vault.path, vault.keyring.get(RoleKey.MAIN), lambda header: headers.with_slot(header, fresh)
        )

    with vault.unit_of_work() as uow:
        uow.after_commit(swap)
        uow.commit(vault.event(Kind.DEVICE_SECRET_CHANGED, now, user=slot.name, on=secret is not None))


def _drop(vault: "Vault", device: str) -> None:
    """What no slot names any more opens nothing: that it could not be removed is no reason to fail."""
    with suppress(VaultError):
        if device:
            keystore.forget(vault.vault_id, device)
