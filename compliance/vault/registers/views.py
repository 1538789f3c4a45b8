"""Searches a user named for themselves, sealed: one row a user and view, of which only whose it is stands in the open.

Rules: (1) the blob is sealed under a branch of the main role key for this owner, bound to vault, owner and view; (2) a
user reads their own views and nobody else's.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from os import urandom
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from compliance.errors import VaultCorrupt
from compliance.model.access import Purpose
from compliance.vault.engine.table import Table
from compliance.vault.engine.times import from_micros, micros
from compliance.vault.keys.crypto import NONCE_BYTES
from compliance.vault.keys.keyring import RoleKey
from compliance.vault.registers.register import Register

SAVED_VIEW = Table.of(
    "saved_view",
    "view_id TEXT NOT NULL",
    "owner TEXT NOT NULL",
    "saved_at INTEGER NOT NULL",
    "digest BLOB NOT NULL",
    extra=("sealed BLOB NOT NULL",),
    index=("owner",),
)
TABLES: tuple[Table, ...] = (SAVED_VIEW,)


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    """One named search of one user."""

    view_id: str
    name: str
    text: str
    purpose: Purpose
    columns: tuple[str, ...]
    saved_at: datetime


class SavedViews(Register):
    """The views of whoever sits here."""

    def put(self, view: SavedView) -> None:
        """Keep or replace one of this user's."""
        tx = self._tx
        owner, nonce = tx.vault.user.name, urandom(NONCE_BYTES)
        body = json.dumps([view.name, view.text, str(view.purpose), list(view.columns)], ensure_ascii=False)
        sealed = nonce + self._cipher(owner).encrypt(nonce, body.encode(), self._aad(owner, view.view_id))
        tx.put(SAVED_VIEW, (view.view_id, owner, micros(view.saved_at), sha256(sealed).digest()), sealed)

    def all(self) -> list[SavedView]:
        """This user's views by name. VaultCorrupt ``view_damaged``."""
        tx = self._tx
        owner = tx.vault.user.name
        rows = tx.db.execute("SELECT view_id, saved_at, sealed FROM saved_view WHERE owner = ?", (owner,))
        return sorted((self._open(owner, *row) for row in rows), key=lambda view: view.name)

    def remove(self, view_id: str) -> bool:
        """Forget one of this user's; whether there was one."""
        where = "WHERE view_id = ? AND owner = ?"
        return bool(self._tx.remove_where(SAVED_VIEW, where, (view_id, self._tx.vault.user.name)))

    def _open(self, owner: str, view_id: str, saved_at: int, sealed: bytes) -> SavedView:
        try:
            plain = self._cipher(owner).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], self._aad(owner, view_id))
        except InvalidTag:
            raise VaultCorrupt("view_damaged", view=view_id) from None
        name, text, purpose, columns = json.loads(plain)
        return SavedView(
            view_id=view_id, name=name, text=text, purpose=Purpose(purpose), columns=tuple(columns),
            saved_at=from_micros(saved_at),
        )  # fmt: skip

    def _cipher(self, owner: str) -> AESGCM:
        return AESGCM(self._tx.vault.keyring.derived(RoleKey.MAIN, f"saved views of {owner}"))

    def _aad(self, owner: str, view_id: str) -> Any:
        return f"{self._tx.vault.vault_id}|{owner}|{view_id}".encode()
