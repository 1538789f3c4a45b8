"""Sealed evidence: one file per document, under the person's key, with a random name; never inside ``main.db``.

Rules: (1) AAD binds vault, person, evidence id and media type; (2) the hash of the document stands in the table and in
the consent event, the hash of the sealed file beside it, so that a check needs no key; (3) the file is whole on disk
before the transaction commits, and gone again when it does not.
"""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from os import urandom
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from compliance.errors import VaultCorrupt, VaultError, bad_input
from compliance.model.ids import MANY, new_id
from compliance.vault.engine import files
from compliance.vault.engine.table import Table
from compliance.vault.engine.transaction import Transaction
from compliance.vault.keys.crypto import NONCE_BYTES
from compliance.vault.keys.keyring import RoleKey
from compliance.vault.people.subject_keys import ORDINARY

EVIDENCE = Table.of(
    "evidence",
    "evidence_id TEXT NOT NULL",
    "hcp INTEGER NOT NULL",
    "file TEXT NOT NULL",
    "sha256 TEXT NOT NULL",
    "sealed_sha256 TEXT NOT NULL",
    "size INTEGER NOT NULL",
    "media_type TEXT NOT NULL",
    index=("hcp",),
)

FOLDER = "evidence"
FORMAT = 1
#: Person number of documents that belong to the company.
_COMPANY = 0
MAX_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceRow:
    """A sealed document."""

    evidence_id: str
    hcp_id: str
    sha256: str
    size: int
    media_type: str


class EvidenceStore:
    """Sealed documents of people."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._fresh: list[Path] = []

    def seal(self, hcp_id: str, data: bytes, media_type: str) -> EvidenceRow:
        """Seal a document. InputErrors ``evidence_empty`` or ``evidence_too_large``; StorageFull."""
        return self._seal(self._tx.number(hcp_id), hcp_id, data, media_type)

    def seal_company(self, data: bytes, media_type: str) -> EvidenceRow:
        """Seal a document that belongs to nobody in particular: the proof of a source, a contract."""
        return self._seal(_COMPANY, "", data, media_type)

    def _seal(self, hcp: int, hcp_id: str, data: bytes, media_type: str) -> EvidenceRow:
        tx = self._tx
        tx.require_writing()
        if not data:
            raise bad_input("evidence_empty", "evidence")
        if len(data) > MAX_BYTES:
            raise bad_input("evidence_too_large", "evidence")
        cipher = self._cipher(hcp, hcp_id)
        evidence_id = new_id("EV", MANY)
        nonce = urandom(NONCE_BYTES)
        aad = _aad(tx.vault.vault_id, hcp_id, evidence_id, media_type)
        sealed = bytes((FORMAT, ORDINARY)) + nonce + cipher.encrypt(nonce, data, aad)
        name = secrets.token_hex(16)
        path = self._path(name)
        tx.on_rollback(lambda: path.unlink(missing_ok=True))
        files.write_new(path, sealed)
        if not self._fresh:
            tx.before_commit(self._sync)
        self._fresh.append(path)
        digest = sha256(data).hexdigest()
        sealed_digest = sha256(sealed).hexdigest()
        tx.insert(EVIDENCE, (evidence_id, hcp, name, digest, sealed_digest, len(data), media_type))
        return EvidenceRow(evidence_id=evidence_id, hcp_id=hcp_id, sha256=digest, size=len(data), media_type=media_type)

    def get(self, evidence_id: str) -> EvidenceRow | None:
        """What is known of a document without opening it."""
        rows = self._rows("WHERE evidence_id = ?", evidence_id)
        return rows[0] if rows else None

    def of(self, hcp_id: str) -> list[EvidenceRow]:
        """Documents of a person."""
        return self._rows("WHERE hcp = ? ORDER BY evidence_id", self._tx.number_or_none(hcp_id))

    def open(self, evidence_id: str) -> bytes:
        """The document itself, verified. InputErrors ``unknown_evidence``; VaultCorrupt ``evidence_missing`` or
        ``evidence_damaged``. Needs a unit of work, because opening is logged."""
        tx = self._tx
        if not tx.writes:
            raise VaultError("read_only_transaction")
        row = tx.get(EVIDENCE, evidence_id)
        hcp_id = tx.hcp_ids([row[1]]).get(row[1], "") if row else ""
        if row is None or (row[1] != _COMPANY and tx.number_or_none(hcp_id) is None and row[1] not in tx.merged()):
            raise bad_input("unknown_evidence", "evidence")
        try:
            sealed = self._path(row[2]).read_bytes()
        except FileNotFoundError:
            raise VaultCorrupt("evidence_missing", evidence=evidence_id) from None
        except OSError as fault:
            raise files.as_vault_error(fault) from None
        cipher = self._cipher(row[1], hcp_id)
        try:
            if len(sealed) < 2 + NONCE_BYTES or sealed[0] != FORMAT:
                raise InvalidTag
            data = cipher.decrypt(
                sealed[2 : 2 + NONCE_BYTES],
                sealed[2 + NONCE_BYTES :],
                _aad(tx.vault.vault_id, hcp_id, evidence_id, row[6]),
            )
        except InvalidTag:
            raise VaultCorrupt("evidence_damaged", evidence=evidence_id) from None
        if sha256(data).hexdigest() != row[3]:
            raise VaultCorrupt("evidence_damaged", evidence=evidence_id)
        return data

    def move(self, evidence_id: str, hcp_id: str) -> EvidenceRow:
        """A document that lay with the company until somebody said whose it is: sealed anew under the person's key,
        the company's copy gone with this commit. InputErrors ``unknown_evidence``."""
        row = self._tx.get(EVIDENCE, evidence_id)
        if row is None or row[1] != _COMPANY:
            raise bad_input("unknown_evidence", "evidence")
        made = self.seal(hcp_id, self.open(evidence_id), row[6])
        self.remove([evidence_id])
        return made

    def remove(self, evidence_ids: Iterable[str]) -> int:
        """Delete single documents: taken in by mistake, or moved. The files go once the rows are committed away."""
        rows = [row for found in evidence_ids if (row := self._tx.get(EVIDENCE, found)) is not None]
        return self._remove(rows)

    def remove_of(self, hcp: int) -> int:
        """Delete all documents of a person by number; files go once the rows are committed away."""
        return self._remove(self._tx.select(EVIDENCE, "WHERE hcp = ?", (hcp,)))

    def _remove(self, rows: Sequence[tuple[Any, ...]]) -> int:
        for row in rows:
            self._tx.remove(EVIDENCE, row[0])
            path = self._path(row[2])
            self._tx.after_commit(lambda path=path: path.unlink(missing_ok=True))  # type: ignore[misc]
        return len(rows)

    def _sync(self) -> None:
        """Rule 3, for all documents of this transaction at once; one that was removed again needs none."""
        files.sync_all(path for path in self._fresh if path.exists())

    def _rows(self, rest: str, value: Any) -> list[EvidenceRow]:
        rows = self._tx.select(EVIDENCE, rest, (value,))
        ids = self._tx.hcp_ids({row[1] for row in rows})
        return [
            EvidenceRow(evidence_id=r[0], hcp_id=ids.get(r[1], ""), sha256=r[3], size=r[5], media_type=r[6])
            for r in rows
        ]

    def _cipher(self, hcp: int, hcp_id: str) -> AESGCM:
        if hcp == _COMPANY:
            return AESGCM(self._tx.vault.keyring.derived(RoleKey.MAIN, "company evidence"))
        key = self._tx.vault.keys.key(hcp, hcp_id, ORDINARY)
        if key is None:
            raise VaultCorrupt("key_missing", hcp=hcp_id)
        return key.gcm()

    def _path(self, name: str) -> Path:
        return self._tx.vault.path / FOLDER / name


def _aad(vault_id: str, hcp_id: str, evidence_id: str, media_type: str) -> bytes:
    return f"{vault_id}|{hcp_id}|{evidence_id}|{media_type}".encode()
