"""Role keys: which there are, who is entitled to which, and what one unlocked user holds of them.

Entitlement is architecture section 3: everybody with a slot opens ``main.db`` (log, registers, consent metadata);
subject keys and the index only who handles people; guarded sections have keys of their own; ``auditor`` and
``security_admin`` hold neither keys nor index, so people are pseudonyms for them.
"""

from dataclasses import dataclass
from enum import StrEnum

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from compliance.errors import VaultError
from compliance.model.access import Role, Section
from compliance.vault.keys.crypto import derive


class RoleKey(StrEnum):
    """The role keys of a vault. PDF is a P-256 key, PUBLISHER an Ed25519 seed, all others 32 random bytes."""

    MAIN = "main"
    KEYS = "keys"
    INDEX = "index"
    EPOCH = "epoch"
    PROFILING = "profiling"
    FEES = "fees"
    PAYMENT = "payment"
    PDF = "pdf"
    PUBLISHER = "publisher"


_PEOPLE = frozenset({Role.DPO, Role.COMPLIANCE, Role.CLERK, Role.FINANCE})
_ENTITLED: dict[RoleKey, frozenset[Role]] = {
    RoleKey.MAIN: frozenset(Role),  # reps and MSLs in vaults of their own
    RoleKey.KEYS: _PEOPLE,
    RoleKey.INDEX: _PEOPLE,
    RoleKey.EPOCH: _PEOPLE,
    RoleKey.PROFILING: frozenset({Role.DPO, Role.COMPLIANCE}),
    RoleKey.FEES: frozenset({Role.DPO, Role.COMPLIANCE, Role.FINANCE}),
    RoleKey.PAYMENT: frozenset({Role.DPO, Role.FINANCE}),
    RoleKey.PDF: frozenset({Role.DPO, Role.COMPLIANCE}),
    RoleKey.PUBLISHER: frozenset({Role.DPO, Role.COMPLIANCE}),
}

#: Sections under a subject key of their own, and the role key that guards it.
GUARDED = {Section.PROFILING: RoleKey.PROFILING, Section.FEES: RoleKey.FEES, Section.PAYMENT: RoleKey.PAYMENT}


def entitled(role: Role) -> tuple[RoleKey, ...]:
    """Keys a role holds."""
    return tuple(key for key, roles in _ENTITLED.items() if role in roles)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyring:
    """Keys of one unlocked user. Kept out of ``repr``."""

    signing: Ed25519PrivateKey
    agreement: X25519PrivateKey
    keys: dict[RoleKey, bytes]

    def __repr__(self) -> str:
        return "Keyring(…)"

    def has(self, key: RoleKey) -> bool:
        """Whether this user holds ``key``."""
        return key in self.keys

    def get(self, key: RoleKey) -> bytes:
        """The key. VaultError ``no_key`` when the role does not hold it."""
        try:
            return self.keys[key]
        except KeyError:
            raise VaultError("no_key", key=str(key)) from None

    def derived(self, key: RoleKey, use: str, *, length: int = 32) -> bytes:
        """HKDF branch of a role key for one use."""
        return derive(self.get(key), f"consentkeep/{key}/{use}", length=length)

    def file_key(self, key: RoleKey) -> bytes:
        """48 bytes for SQLCipher: 32 of key and 16 of salt, so that a file of another vault shows by its salt."""
        return self.derived(key, "sqlcipher", length=48)
