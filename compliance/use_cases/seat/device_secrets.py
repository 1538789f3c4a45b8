"""A device secret from the keystore of this computer, for one's own account or a rep's own store.

Rules: (1) everybody turns it on and off for themselves and gives the passphrase again; (2) on, files and passphrase
together open nothing without this computer's keystore: copies, backups and other machines need a fresh slot first
(``user reset`` by two, recovery sheet; a rep makes a new store and asks for a new pack); (3) copies made before still
open by the passphrase alone, which is said where it is turned on.
"""

from dataclasses import dataclass
from datetime import datetime

from compliance.errors import VaultError
from compliance.model.answer import Answer, Changes
from compliance.use_cases.seat.session import RepSession, Session
from compliance.vault import Vault
from compliance.vault.keys import device_secret, keystore


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceSecretState:
    """How one's own account opens. ``keystore`` names the keystore trusted on this computer, None when there is none;
    ``fault`` is the code of what an unlock would meet now, "" when it would not."""

    on: bool
    keystore: str | None
    fault: str = ""


def device_secret_state(session: Session | RepSession) -> Answer[DeviceSecretState]:
    """Whether the own account needs the device secret, and whether this computer gives it."""
    vault = _vault(session)
    slot = vault.header.slot(vault.user.name)
    name = keystore.keystore_name()
    if slot is None or not slot.device:
        return Answer(DeviceSecretState(on=False, keystore=name))
    try:
        keystore.fetch(vault.vault_id, slot.device)
    except VaultError as error:
        return Answer(DeviceSecretState(on=True, keystore=name, fault=error.code))
    return Answer(DeviceSecretState(on=True, keystore=name))


def turn_on_device_secret(session: Session | RepSession, *, passphrase: str) -> Answer[DeviceSecretState]:
    """From now on the own account opens on this computer only; a secret it had is replaced. WrongPassphrase;
    VaultErrors ``keystore_absent``, ``keystore_locked``."""
    device_secret.turn_on(_vault(session), passphrase, _now(session))
    return Answer(device_secret_state(session).value, Changes(audit=True))


def turn_off_device_secret(session: Session | RepSession, *, passphrase: str) -> Answer[DeviceSecretState]:
    """From now on the passphrase alone opens the own account. WrongPassphrase; InputErrors ``device_secret_off``."""
    device_secret.turn_off(_vault(session), passphrase, _now(session))
    return Answer(device_secret_state(session).value, Changes(audit=True))


def _vault(session: Session | RepSession) -> Vault:
    return session.vault if isinstance(session, Session) else session.vault.vault


def _now(session: Session | RepSession) -> datetime:
    return session.now() if isinstance(session, Session) else session.vault.time(session.clock.now())
