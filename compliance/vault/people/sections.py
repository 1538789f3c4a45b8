"""Sealed sections: one AES-256-GCM-SIV blob per person and section.

Blob = format byte, ciphertext. AAD binds vault, person, section, schema and row version, so a blob cannot be put in the
place of another; the nonce is always the same, as the mode allows (RFC 8452: of two blobs of one key and AAD it shows
at most that they are equal). Inside: field → value and provenance number, packed (section_text.py). Blobs of format 2
are AES-GCM with a nonce behind the first byte, those of format 1 have the kind of key before it and hold JSON; both are
opened as long as they last. A row counts with the digest of its blob, which is worked out when the row is read
(:func:`prepare`); rows of earlier formats hold it. Beside it stands which fields it holds from which source, for
retention (registers/retention.py), never a value. ``origin`` "" is this store.
Rules:
(1) a read takes the decision, unseals only sections with at least one field to show, and returns only those fields;
(2) any other read names a Maintenance reason; (3) sealed values need a unit of work, because what is read is logged.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from os import urandom

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from compliance.errors import VaultCorrupt, VaultError
from compliance.model.access import AccessGranted, FieldState, Section
from compliance.model.profile import FieldValue
from compliance.vault.engine.connection import Connection
from compliance.vault.engine.guard import SEALED, Maintenance, rows_of, section_table
from compliance.vault.engine.table import Table
from compliance.vault.engine.transaction import Transaction
from compliance.vault.keys.crypto import KEY_BYTES, NONCE_BYTES
from compliance.vault.people.holdings import holding_body, holding_no
from compliance.vault.people.provenances import Provenances
from compliance.vault.people.section_text import pack, unpack
from compliance.vault.people.subject_keys import SubjectKey, kind_of

SECTIONS = {
    section: Table.of(
        section_table(section),
        "hcp INTEGER",
        "version INTEGER NOT NULL",
        "origin TEXT NOT NULL",
        "sequence INTEGER NOT NULL",
        "digest BLOB NOT NULL",
        extra=("sealed BLOB NOT NULL", "kept INTEGER"),
        empty="digest",
        rows=rows_of(section),
    )
    for section in Section
}

#: First byte of a blob, and the number in its AAD.
FORMAT = 3
_FIRST_FORMAT, _WITH_NONCE = 1, 2
_LEAD = bytes((FORMAT,))
#: The same for every blob. Subject keys also serve AES-GCM (documents, earlier blobs): what GCM-SIV ciphers under the
#: key itself are this nonce behind a small number, which GCM ciphers nowhere: its zero block is another, and its
#: counter of 32 bits stays far below the last four letters.
_NONCE = b"section/seal"
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
        key = self._key(hcp, hcp_id, section, make=True)
        version = old[1] + 1 if old else 1
        numbered = {name: (v.value, self._provenances.number(v.provenance)) for name, v in values.items()}
        sealed = seal(key, pack(numbered), tx.vault.vault_id, hcp_id, section, version)
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
        keys: dict[int, SubjectKey] = {}
        found: dict[Section, Values] = {}
        for section, (version, sealed) in blobs.items():
            kind = kind_of(section)
            if kind not in keys:
                keys[kind] = self._key(hcp, hcp_id, section, make=False)
            plain = unseal(keys[kind], sealed, kind, tx.vault.vault_id, hcp_id, section, version)
            values = json.loads(plain) if sealed[0] == _FIRST_FORMAT else unpack(plain)
            found[section] = {
                key: FieldValue(value, self._provenances.record(number)) for key, (value, number) in values.items()
            }
        return found

    def _key(self, hcp: int, hcp_id: str, section: Section, *, make: bool) -> SubjectKey:
        return key_of(self._tx, hcp, hcp_id, section, make=make)


#: Rows as they count.
_VIEWS = tuple(
    f"CREATE TEMP VIEW {rows_of(section)} AS SELECT hcp, version, origin, sequence, CASE digest WHEN x'' THEN"  # noqa: S608
    f" digest_of_sealed({SEALED}) ELSE digest END AS digest FROM main.{table.name}"
    for section, table in SECTIONS.items()
)


def prepare(db: Connection) -> None:
    """Let a connection read rows as they count: with the digest they hold, or that of their blob. Before the door is
    closed; the views are the connection's own and give no ciphertext."""
    db.define("digest_of_sealed", _counted)
    db.script(_VIEWS)


def key_of(tx: Transaction, hcp: int, hcp_id: str, section: Section, *, make: bool = False) -> SubjectKey:
    """The person's key of a section; ``make``: also where a guarded section has none yet. VaultError ``no_key``."""
    kind = kind_of(section)
    key = tx.vault.keys.key(hcp, hcp_id, kind)
    if key is None and make and kind:
        tx.vault.create_keys(tx, [(hcp, hcp_id, kind)], [urandom(KEY_BYTES)])
        key = tx.vault.keys.key(hcp, hcp_id, kind)
    if key is None:
        raise VaultCorrupt("key_missing", hcp=hcp_id)
    return key


def by_source(values: Mapping[str, tuple[str, int]]) -> dict[int, list[str]]:
    """Field keys by the number of their provenance record."""
    found: dict[int, list[str]] = {}
    for key, (_, number) in values.items():
        found.setdefault(number, []).append(key)
    return found


def digest_of(sealed: bytes) -> bytes:
    """What stands for a blob in its row."""
    return sha256(sealed).digest()[:DIGEST_BYTES]


def _counted(sealed: object) -> bytes:
    """As :func:`digest_of` of what stands in a column: whoever writes the file can put a text or a number there."""
    return digest_of(sealed) if isinstance(sealed, bytes) else b""


def is_digest_of(digest: object, sealed: object) -> bool:
    """Whether a row holds this blob; rows of format 1 have the whole digest. What is no blob is none."""
    if not isinstance(digest, bytes) or not isinstance(sealed, bytes):
        return False
    return len(digest) >= DIGEST_BYTES and sha256(sealed).digest()[: len(digest)] == digest


def seal(key: SubjectKey, plain: bytes, vault_id: str, hcp_id: str, section: str, version: int) -> bytes:
    """The blob of a section."""
    return _LEAD + key.siv().encrypt(_NONCE, plain, aad(vault_id, hcp_id, section, version))


def seal_all(ciphers: Sequence[AESGCMSIV], plain: Sequence[bytes], bound: Sequence[bytes]) -> list[bytes]:
    """The blobs of many people, each with what it is bound to at hand (:func:`aad`)."""
    return [
        _LEAD + cipher.encrypt(_NONCE, text, where) for cipher, text, where in zip(ciphers, plain, bound, strict=True)
    ]


def unseal(key: SubjectKey, sealed: bytes, kind: int, vault_id: str, hcp_id: str, section: str, version: int) -> bytes:
    """Inverse of :func:`seal`. VaultCorrupt ``section_damaged`` when a byte or its place is another."""
    form = sealed[0] if isinstance(sealed, bytes) and len(sealed) > 2 + NONCE_BYTES else 0
    bound = aad(vault_id, hcp_id, section, version, form=form)
    try:
        if form == FORMAT:
            return key.siv().decrypt(_NONCE, sealed[1:], bound)
        begin = {_WITH_NONCE: 1, _FIRST_FORMAT: 2}.get(form, 0)
        if not begin or (form == _FIRST_FORMAT and sealed[1] != kind):
            raise VaultCorrupt("section_damaged", hcp=hcp_id, section=str(section))
        end = begin + NONCE_BYTES
        return key.gcm().decrypt(sealed[begin:end], sealed[end:], bound)
    except InvalidTag:
        raise VaultCorrupt("section_damaged", hcp=hcp_id, section=str(section)) from None


def aad(vault_id: str, hcp_id: str, section: str, version: int, *, form: int = FORMAT) -> bytes:
    """What a blob is bound to; a Section is its own text."""
    return f"{vault_id}|{hcp_id}|{section}|{form}|{version}".encode()
