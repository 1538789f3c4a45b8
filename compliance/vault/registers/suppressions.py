"""Suppression keys of people who objected to the use of public information (PIPL 27, REQ-034), were erased (PIPL 47) or
let go at the end of their retention.

Rules: (1) an entry is a pseudonym, a day and blind tags; it outlives the person's values and their erasure, and goes
only when the objection is taken back; of somebody erased it goes when two people let them be taken in again, and of
somebody let go it is asked by updates alone; (2) the tags' own key is random, wrapped under a branch of the index key,
so that whoever holds no index has none; a rotation wraps it anew before the header is replaced and drops the old wrap
after, so that a crash between leaves one that opens.
"""

from collections.abc import Iterable
from datetime import datetime
from os import urandom

from cryptography.exceptions import InvalidTag

from compliance.errors import VaultCorrupt
from compliance.vault.engine.connection import Rows
from compliance.vault.engine.table import Table
from compliance.vault.engine.times import micros
from compliance.vault.keys.crypto import KEY_BYTES, unwrap, wrap
from compliance.vault.keys.keyring import Keyring, RoleKey
from compliance.vault.people.suppression import SuppressionList
from compliance.vault.registers.register import Register

ENTRY = Table.of("suppression", "entry TEXT NOT NULL", "hcp_id TEXT NOT NULL", "since INTEGER NOT NULL")
TAG = Table.of("suppression_tag", "kind TEXT NOT NULL", "tag TEXT NOT NULL", "entry TEXT NOT NULL", keys=3)
KEY = Table.of("suppression_key", "wrapped_by TEXT NOT NULL", "wrapped TEXT NOT NULL")
TABLES: tuple[Table, ...] = (ENTRY, TAG, KEY)
_OBJECTED = "substr(entry, 1, 3) NOT IN ('ER-', 'LG-')"
_ERASED, _LET_GO = "substr(entry, 1, 3) = 'ER-'", "substr(entry, 1, 3) = 'LG-'"


class Suppressions(Register):
    """Who must not come back from a list."""

    #: How entries of people erased and let go begin (use_cases/ending/erased_keys.py); others are of who objected.
    ERASED, LET_GO = "ER", "LG"

    def add(
        self,
        entry: str,
        hcp_id: str,
        at: datetime,
        identifiers: Iterable[tuple[str, str]],
        *,
        name: str,
        hospital: str,
    ) -> None:
        """One person's entry. VaultError ``no_key`` for roles without an index."""
        tags = SuppressionList(self._key(), {}).tags_of(identifiers, name=name, hospital=hospital)
        self._tx.insert(ENTRY, (entry, hcp_id, micros(at)))
        for kind, tag in sorted(tags):
            self._tx.insert(TAG, (kind, tag, entry))

    def lift(self, entry: str) -> None:
        """The person took the objection back."""
        self._tx.remove(ENTRY, entry)
        self._tx.remove_where(TAG, "WHERE entry = ?", (entry,))

    def of(self, hcp_id: str) -> tuple[str, ...]:
        """Entries made for one person."""
        rest = f"WHERE hcp_id = ? AND {_OBJECTED} ORDER BY entry"
        return tuple(row[0] for row in self._tx.select(ENTRY, rest, (hcp_id,)))

    def made_since(self, hcp_id: str, at: datetime) -> bool:
        """Whether an objection of this person that stands was made since."""
        rest = f"WHERE hcp_id = ? AND since >= ? AND {_OBJECTED} LIMIT 1"
        return bool(self._tx.select(ENTRY, rest, (hcp_id, micros(at))))

    def entries(self) -> frozenset[str]:
        """Entries that bar every way in: of people who objected or were erased."""
        return frozenset(row[0] for row in self._tx.select(ENTRY, f"WHERE NOT ({_LET_GO})", ()))

    def listed(self) -> SuppressionList | None:
        """All of them, ready to be asked; None when nobody objected."""
        return self._list(self._tx.select(TAG, f"WHERE {_OBJECTED}", ()))

    def erased(self, *, let_go: bool = False) -> SuppressionList | None:
        """The keys of people who were erased; ``let_go``: and of those let go."""
        return self._list(self._tx.select(TAG, f"WHERE NOT ({_OBJECTED})" if let_go else f"WHERE {_ERASED}", ()))

    def _list(self, rows: Rows) -> SuppressionList | None:
        if not rows:
            return None
        tags: dict[str, dict[str, list[str]]] = {}
        for kind, tag, entry in rows:
            tags.setdefault(kind, {}).setdefault(tag, []).append(entry)
        return SuppressionList(self._key(), tags)

    def wrap_for(self, keyring: Keyring) -> None:
        """Before a rotation: the key also under the keys to come."""
        if self._tx.select(KEY, "LIMIT 1", ()):
            self._keep(keyring, self._key())

    def forget_old_wraps(self) -> None:
        """After a rotation: only what the present keys open stays."""
        self._tx.remove_where(KEY, "WHERE wrapped_by <> ?", (_name(self._tx.vault.keyring),))

    def _key(self) -> bytes:
        keyring = self._tx.vault.keyring
        row = self._tx.get(KEY, _name(keyring))
        if row is None:
            if self._tx.select(KEY, "LIMIT 1", ()):
                raise VaultCorrupt("key_damaged", key="suppression")
            made = urandom(KEY_BYTES)
            self._keep(keyring, made)
            return made
        try:
            return unwrap(_wrapping(keyring), bytes.fromhex(row[1]), self._bound())
        except (InvalidTag, ValueError):
            raise VaultCorrupt("key_damaged", key="suppression") from None

    def _keep(self, keyring: Keyring, key: bytes) -> None:
        self._tx.put(KEY, (_name(keyring), wrap(_wrapping(keyring), key, self._bound()).hex()))

    def _bound(self) -> str:
        return f"{self._tx.vault.vault_id}|suppression"


def _wrapping(keyring: Keyring) -> bytes:
    return keyring.derived(RoleKey.INDEX, "suppression")


def _name(keyring: Keyring) -> str:
    """Which index key a wrap is under, without saying anything of it."""
    return keyring.derived(RoleKey.INDEX, "suppression-name", length=8).hex()
