"""Sealed sections: one AES-256-GCM blob per person and section.

Blob = format byte, 12 bytes of nonce, ciphertext. AAD binds vault, person, section, schema and row version, so a blob
cannot be put in the place of another. Inside: field → value and provenance number, packed (section_text.py); blobs of
format 1 hold the key kind behind the first byte and JSON, and are opened as long as they last. Beside it stands which
fields it holds from which source, for retention (registers/retention.py), never a value. ``origin`` "" is this store.
Rules:
(1) a read takes the decision, unseals only sections with at least one field to show, and returns only those fields;
(2) any other read names a Maintenance reason; (3) sealed values need a unit of work, because what is read is logged.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from os import urandom

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from compliance.errors import VaultCorrupt, VaultError
from compliance.model.access import AccessGranted, FieldState, Section
from compliance.model.profile import FieldValue
from compliance.vault.engine.guard import SEALED, Maintenance
from compliance.vault.engine.table import Table
from compliance.vault.engine.transaction import Transaction
from compliance.vault.keys.crypto import KEY_BYTES, NONCE_BYTES
from compliance.vault.people.holdings import holding_body, holding_no
from compliance.vault.people.provenances import Provenances
from compliance.vault.people.section_text import pack, unpack
from compliance.vault.people.subject_keys import kind_of

SECTIONS = {
    section: Table.of(
        f"sec_{section.value}",
        "hcp INTEGER",
        "version INTEGER NOT NULL",
        "origin TEXT NOT NULL",
        "sequence INTEGER NOT NULL",
        "digest BLOB NOT NULL",
        extra=("sealed BLOB NOT NULL", "kept INTEGER"),
    )
    for section in Section
}

#: First byte of a blob, and the number in its AAD.
FORMAT = 2
_FIRST_FORMAT = 1
_LEAD = bytes((FORMAT,))
#: Rows made in this store.
HERE = ""
#: Bytes of SHA-256 that stand for a blob in its row: a second blob for one of them takes 2^160 tries, a pair 2^80.
DIGEST_BYTES = 20

Values = dict[str, FieldValue]


class Sections:
    """The sealed values of people."""

    def __init__(self, tx: Transaction, provenances: Provenances) -> None:
        self._tx = tx
        self._provenances = provenances

    def write(self, hcp_id: str, section: Section, values: Mapping[str, FieldValue]) -> None:
        """Replace a whole section; an empty mapping removes it. VaultError ``no_key`` for a guarded section this
        role holds no key of."""
        tx = self._tx
        hcp = tx.number(hcp_id)
        table = SECTIONS[section]
        old = tx.get(table, hcp)
        if not values:
            if old is not None:
                tx.remove(table, hcp)
            return
        cipher = self._cipher(hcp, hcp_id, section, make=True)
        version = old[1] + 1 if old else 1
        numbered = {key: (v.value, self._provenances.number(v.provenance)) for key, v in values.items()}
        sealed = seal(cipher, urandom(NONCE_BYTES), pack(numbered), tx.vault.vault_id, hcp_id, section, version)
        row = (hcp, version, HERE, tx.take_numbers("sequence"), digest_of(sealed))
        tx.put(table, row, sealed, holding_no(tx, holding_body(by_source(numbered))))

    def read(self, decision: AccessGranted) -> Values:
        """What ``decision`` lets out: fields that are not withheld, of the sections they stand in."""
        wanted: dict[Section, set[str]] = {}
        for ruling in decision.rulings:
            if ruling.section is not None and ruling.state is not FieldState.WITHHELD:
                wanted.setdefault(ruling.section, set()).add(ruling.key)
        found = self._open(decision, self._tx.number(decision.hcp_id), decision.hcp_id, frozenset(wanted))
        return {
            key: value for section, values in found.items() for key, value in values.items() if key in wanted[section]
        }

    def read_for(self, reason: Maintenance, hcp_id: str, sections: Iterable[Section]) -> dict[Section, Values]:
        """Whole sections for a named purpose of upkeep."""
        return self.read_hidden(reason, self._tx.number(hcp_id), hcp_id, sections)

    def read_hidden(
        self, reason: Maintenance, hcp: int, hcp_id: str, sections: Iterable[Section]
    ) -> dict[Section, Values]:
        """As :meth:`read_for` for a person by number, staged ones too: rebuilding the index."""
        return self._open(Maintenance(reason), hcp, hcp_id, frozenset(sections))

    def _open(
        self, why: AccessGranted | Maintenance, hcp: int, hcp_id: str, sections: frozenset[Section]
    ) -> dict[Section, Values]:
        tx = self._tx
        if not tx.writes:
            raise VaultError("read_only_transaction")
        blobs: dict[Section, tuple[int, bytes]] = {}
        with tx.vault.guard.reading(why, sections):
            for section in sorted(sections):
                sql = f"SELECT version, {SEALED} FROM {SECTIONS[section].name} WHERE hcp = ?"  # noqa: S608 - constants
                row = tx.db.one(sql, (hcp,))
                if row is not None:
                    blobs[section] = (row[0], row[1])
        ciphers: dict[int, AESGCM] = {}
        found: dict[Section, Values] = {}
        for section, (version, sealed) in blobs.items():
            kind = kind_of(section)
            if kind not in ciphers:
                ciphers[kind] = self._cipher(hcp, hcp_id, section, make=False)
            plain = unseal(ciphers[kind], sealed, kind, tx.vault.vault_id, hcp_id, section, version)
            values = unpack(plain) if sealed[0] == FORMAT else json.loads(plain)
            found[section] = {
                key: FieldValue(value, self._provenances.record(number)) for key, (value, number) in values.items()
            }
        return found

    def _cipher(self, hcp: int, hcp_id: str, section: Section, *, make: bool) -> AESGCM:
        return cipher_of(self._tx, hcp, hcp_id, section, make=make)


def cipher_of(tx: Transaction, hcp: int, hcp_id: str, section: Section, *, make: bool = False) -> AESGCM:
    """The person's cipher of a section; ``make``: also where a guarded section has none yet. VaultError ``no_key``."""
    kind = kind_of(section)
    cipher = tx.vault.keys.cipher(hcp, hcp_id, kind)
    if cipher is None and make and kind:
        tx.vault.create_keys(tx, [(hcp, hcp_id, kind)], [urandom(KEY_BYTES)])
        cipher = tx.vault.keys.cipher(hcp, hcp_id, kind)
    if cipher is None:
        raise VaultCorrupt("key_missing", hcp=hcp_id)
    return cipher


def by_source(values: Mapping[str, tuple[str, int]]) -> dict[int, list[str]]:
    """Field keys by the number of their provenance record."""
    found: dict[int, list[str]] = {}
    for key, (_, number) in values.items():
        found.setdefault(number, []).append(key)
    return found


def digest_of(sealed: bytes) -> bytes:
    """What stands for a blob in its row."""
    return sha256(sealed).digest()[:DIGEST_BYTES]


def is_digest_of(digest: bytes, sealed: bytes) -> bool:
    """Whether a row holds this blob; rows of format 1 have the whole digest."""
    return len(digest) >= DIGEST_BYTES and sha256(sealed).digest()[: len(digest)] == digest


def seal(cipher: AESGCM, nonce: bytes, plain: bytes, vault_id: str, hcp_id: str, section: str, version: int) -> bytes:
    """The blob of a section."""
    return _LEAD + nonce + cipher.encrypt(nonce, plain, aad(vault_id, hcp_id, section, version))


def seal_all(ciphers: Sequence[AESGCM], plain: Sequence[bytes], bound: Sequence[bytes]) -> list[bytes]:
    """The blobs of many people, each with what it is bound to at hand (:func:`aad`) and a nonce nobody has."""
    drawn = urandom(NONCE_BYTES * len(ciphers))
    nonces = [drawn[at : at + NONCE_BYTES] for at in range(0, len(drawn), NONCE_BYTES)]
    return [
        _LEAD + nonce + cipher.encrypt(nonce, text, where)
        for cipher, nonce, text, where in zip(ciphers, nonces, plain, bound, strict=True)
    ]


def unseal(cipher: AESGCM, sealed: bytes, kind: int, vault_id: str, hcp_id: str, section: str, version: int) -> bytes:
    """Inverse of :func:`seal`. VaultCorrupt ``section_damaged`` when a byte or its place is another."""
    form = sealed[0] if len(sealed) > 2 + NONCE_BYTES else 0
    begin = {FORMAT: 1, _FIRST_FORMAT: 2}.get(form, 0)
    if not begin or (form == _FIRST_FORMAT and sealed[1] != kind):
        raise VaultCorrupt("section_damaged", hcp=hcp_id, section=str(section))
    end = begin + NONCE_BYTES
    try:
        return cipher.decrypt(sealed[begin:end], sealed[end:], aad(vault_id, hcp_id, section, version, form=form))
    except InvalidTag:
        raise VaultCorrupt("section_damaged", hcp=hcp_id, section=str(section)) from None


def aad(vault_id: str, hcp_id: str, section: str, version: int, *, form: int = FORMAT) -> bytes:
    """What a blob is bound to; a Section is its own text."""
    return f"{vault_id}|{hcp_id}|{section}|{form}|{version}".encode()
