"""The keystore of the operating system, where a user's device secret lies, and the head of the log a third time.

Rules: (1) the backend is taken by class from a list with one entry a platform: settings, variables and plug-ins of the
library cannot lead to one that keeps secrets in plain text or not at all; a platform without an entry has no keystore;
(2) what cannot be reached is an error with its own code, never a silent "no secret": ``keystore_absent``,
``keystore_locked``, ``device_secret_missing``; (3) entries are named by vault and a random id, never by a person;
(4) what was stored is read back before it counts.
"""

import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from compliance.errors import VaultError

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

#: Platform → (module, class) of the one keystore trusted there.
ALLOWED = {
    "win32": ("keyring.backends.Windows", "WinVaultKeyring"),
    "darwin": ("keyring.backends.macOS", "Keyring"),
    "linux": ("keyring.backends.SecretService", "Keyring"),
}
_SERVICE = "ConsentKeep"
_BYTES = 32
_HEAD = "head "


@dataclass(frozen=True, slots=True)
class DeviceSecret:
    """A secret of this machine, and the id it is kept under."""

    id: str
    value: bytes

    def __repr__(self) -> str:
        return f"DeviceSecret({self.id})"


def fresh() -> DeviceSecret:
    """A new secret, not stored yet."""
    return DeviceSecret(secrets.token_hex(8), secrets.token_bytes(_BYTES))


def keystore_name() -> str | None:
    """Name of the keystore this program trusts here; None when there is none, or its library is not installed."""
    try:
        backend = _backend()
    except VaultError:
        return None
    return str(backend.name)


def fetch(vault_id: str, device: str) -> DeviceSecret:
    """The secret kept under ``device``. VaultErrors ``keystore_absent``, ``keystore_locked``,
    ``device_secret_missing``."""
    with _trouble_named():
        found = _backend().get_password(_service(vault_id, device), device)
    try:
        value = bytes.fromhex(found or "")
    except ValueError:
        value = b""
    if len(value) != _BYTES:
        raise VaultError("device_secret_missing")
    return DeviceSecret(device, value)


def keep(vault_id: str, secret: DeviceSecret) -> None:
    """Store ``secret`` and read it back. VaultErrors as :func:`fetch`."""
    with _trouble_named():
        _backend().set_password(_service(vault_id, secret.id), secret.id, secret.value.hex())
    if fetch(vault_id, secret.id).value != secret.value:
        raise VaultError("device_secret_missing")


def forget(vault_id: str, device: str) -> None:
    """Remove what is kept under ``device``; one that is gone already is no fault. VaultErrors as :func:`fetch`."""
    with _trouble_named():
        backend, service = _backend(), _service(vault_id, device)
        if backend.get_password(service, device) is not None:
            backend.delete_password(service, device)


def keep_head(vault_id: str, place: str, size: int, root: bytes) -> None:
    """Remember the head of a log: a third place, which does not lie in a folder. VaultErrors as :func:`fetch`."""
    with _trouble_named():
        _backend().set_password(_service(vault_id, _HEAD + place), _HEAD + place, f"{size} {root.hex()}")


def kept_head(vault_id: str, place: str) -> tuple[int, bytes] | None:
    """The head remembered last, None where there is none or nothing readable. VaultErrors as :func:`fetch`."""
    with _trouble_named():
        found = _backend().get_password(_service(vault_id, _HEAD + place), _HEAD + place) or ""
    size, _, root = found.partition(" ")
    try:
        return (int(size), bytes.fromhex(root)) if size.isdigit() and len(root) == 64 else None
    except ValueError:
        return None


def _service(vault_id: str, device: str) -> str:
    return f"{_SERVICE} {vault_id} {device}"


def _backend() -> "KeyringBackend":
    try:
        module, name = ALLOWED[sys.platform]
        kind = getattr(import_module(module), name)
        if not kind.viable:
            raise VaultError("keystore_absent")
        backend: KeyringBackend = kind()
    except (KeyError, ImportError, AttributeError):
        raise VaultError("keystore_absent") from None
    if hasattr(backend, "persist"):
        backend.persist = "local machine"  # Windows would let it roam to the user's other machines
    return backend


@contextmanager
def _trouble_named() -> Iterator[None]:
    try:
        yield
    except VaultError:
        raise
    except Exception as error:  # noqa: BLE001 - each keystore has exceptions of its own, and their text may tell
        locked = type(error).__name__ in ("KeyringLocked", "LockedException", "PromptDismissedException")
        raise VaultError("keystore_locked" if locked else "keystore_absent") from None
