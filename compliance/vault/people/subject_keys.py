"""``keys.db``: the wrapped keys of persons, in a file of their own so that no backup of the vault revives the erased.

Rules: (1) a person has a random key, and a further one per guarded section that is used; (2) each is wrapped with
AES-256-GCM-SIV under a branch of the epoch key (guarded: of epoch and role key), AAD vault|person|kind|epoch, so that
wraps cannot be swapped; the nonce is always the same, because what is wrapped is random and each wrap has its own AAD
(RFC 8452 section 9: of two wraps it shows at most that they are equal); (3) the file has a connection of its own and is
committed before the rows that need a key, and erased before the rows it opened; (4) a counter in both files shows after
a crash that the two must be compared; (5) person and kind are one number, by which the table is in order, so that new
keys are put at its end.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESGCMSIV

from compliance.errors import VaultCorrupt, VaultError
from compliance.model.access import Section
from compliance.vault.engine.connection import Connection
from compliance.vault.keys.crypto import KEY_BYTES, NONCE_BYTES, derive
from compliance.vault.keys.keyring import GUARDED, Keyring, RoleKey

ORDINARY = 0
_KINDS = {None: ORDINARY, RoleKey.PROFILING: 1, RoleKey.FEES: 2, RoleKey.PAYMENT: 3}

_OF_SECTION = {section: _KINDS[GUARDED.get(section)] for section in Section} | {None: ORDINARY}


def kind_of(section: Section | None) -> int:
    """Which of a person's keys seals a section; None stands for evidence."""
    return _OF_SECTION[section]


class SubjectKey:
    """A person's key, unwrapped: for sections (sections.py) and for documents (evidence.py)."""

    __slots__ = ("_key",)

    def __init__(self, key: bytes) -> None:
        self._key = key

    def __repr__(self) -> str:
        return "SubjectKey(…)"

    def siv(self) -> AESGCMSIV:
        """The cipher of sections."""
        return AESGCMSIV(self._key)

    def gcm(self) -> AESGCM:
        """The cipher of documents, and of sections of earlier formats."""
        return AESGCM(self._key)


#: A wrapped key as it is stored: place, epoch, ciphertext.
WrappedKey = tuple[int, int, bytearray]
#: Kinds a person may have, at most.
_KINDS_EACH = 8
_NONCE = bytes(NONCE_BYTES)
_WRAPPED_BYTES = KEY_BYTES + 16
KEYS_DDL = (
    "CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID",
    "CREATE TABLE wrapped_key (place INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, wrapped BLOB NOT NULL)",
)
_PUT = "INSERT OR REPLACE INTO wrapped_key (place, epoch, wrapped) VALUES (?, ?, ?)"
#: From the form of earlier versions, whose wraps have a nonce of their own in front.
_BRING_UP = (
    KEYS_DDL[1],
    f"INSERT INTO wrapped_key (place, epoch, wrapped) SELECT hcp * {_KINDS_EACH} + kind, epoch, wrapped"  # noqa: S608
    " FROM subject_key ORDER BY hcp, kind",
    "UPDATE subject_key SET wrapped = zeroblob(length(wrapped))",
    "DROP TABLE subject_key",
)


def place_of(hcp: int, kind: int) -> int:
    """Where the key of a person stands."""
    return hcp * _KINDS_EACH + kind


def bring_up(connection: Connection) -> None:
    """Give the file of an earlier version the form of this one: at once or not at all. Before the door is closed."""
    old = "SELECT 1 FROM sqlite_master WHERE name = 'subject_key'"
    if connection.value(old):
        connection.execute("BEGIN IMMEDIATE")
        try:
            if connection.value(old):  # another seat may have been faster
                connection.script(_BRING_UP)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def branches_of(keyring: Keyring, epoch: int) -> dict[int, bytes]:
    """kind → key that wraps the subject keys of that kind in the epoch, for the kinds this user holds."""
    secret = keyring.get(RoleKey.EPOCH)
    return {
        kind: derive(secret if guard is None else secret + keyring.get(guard), f"consentkeep/subject/{kind}/{epoch}")
        for guard, kind in _KINDS.items()
        if guard is None or keyring.has(guard)
    }


class Wraps:
    """The keys that wrap subject keys; no file."""

    def __init__(self, branches: Mapping[int, bytes], vault_id: str, epoch: int) -> None:
        self._vault = vault_id
        self._epoch = epoch
        self._ciphers = {kind: AESGCMSIV(key) for kind, key in branches.items()}

    def __contains__(self, kind: int) -> bool:
        return kind in self._ciphers

    def wrap(self, hcp_id: str, kind: int, key: bytes) -> bytes:
        """A subject key as it is stored. VaultError ``no_key`` for a kind this user holds no keys of."""
        return self._cipher(kind).encrypt(_NONCE, key, self._aad(hcp_id, kind))

    def wrap_all(self, hcp_ids: Sequence[str], kind: int, keys: Sequence[bytes]) -> list[bytes]:
        """As :meth:`wrap` for a key of each of these people."""
        encrypt, head, tail = self._cipher(kind).encrypt, f"{self._vault}|", f"|{kind}|{self._epoch}"
        return [
            encrypt(_NONCE, key, f"{head}{hcp_id}{tail}".encode()) for hcp_id, key in zip(hcp_ids, keys, strict=True)
        ]

    def unwrap(self, hcp_id: str, kind: int, wrapped: bytes) -> bytes:
        """Inverse of :meth:`wrap`. VaultCorrupt ``key_damaged``."""
        if not isinstance(wrapped, bytes):  # whoever writes the file can put a text there
            raise VaultCorrupt("key_damaged", hcp=hcp_id)
        cipher, begin = self._cipher(kind), len(wrapped) - _WRAPPED_BYTES
        try:
            return cipher.decrypt(wrapped[:begin] or _NONCE, wrapped[begin:], self._aad(hcp_id, kind))
        except (InvalidTag, ValueError):
            raise VaultCorrupt("key_damaged", hcp=hcp_id) from None

    def require(self, kind: int) -> None:
        """VaultError ``no_key`` for a kind this user holds no keys of."""
        self._cipher(kind)

    def clear(self) -> None:
        """Forget the keys."""
        self._ciphers.clear()

    def _cipher(self, kind: int) -> AESGCMSIV:
        try:
            return self._ciphers[kind]
        except KeyError:
            guard = next(str(name) for name, number in _KINDS.items() if number == kind)
            raise VaultError("no_key", key=guard) from None

    def _aad(self, hcp_id: str, kind: int) -> bytes:
        return f"{self._vault}|{hcp_id}|{kind}|{self._epoch}".encode()


class KeyStore:
    """Subject keys of one vault, for one unlocked user."""

    def __init__(self, connection: Connection, keyring: Keyring, vault_id: str, epoch: int) -> None:
        self._db = connection
        self._vault = vault_id
        self._epoch = epoch
        self._wraps = Wraps(branches_of(keyring, epoch), vault_id, epoch)

    def may(self, kind: int) -> bool:
        """Whether this user holds keys of ``kind``."""
        return kind in self._wraps

    def create(self, subjects: Iterable[tuple[int, str, int]], randomness: Sequence[bytes], generation: int) -> None:
        """Make and commit keys for (number, person id, kind). ``randomness``: the key of each. An orphan left by a
        crash under the same number is replaced. VaultError ``no_key``."""
        rows = [
            (place_of(hcp, kind), self._epoch, bytearray(self._wraps.wrap(hcp_id, kind, key)))
            for (hcp, hcp_id, kind), key in zip(subjects, randomness, strict=True)
        ]
        self.store(rows, generation)

    def store(self, rows: Sequence[WrappedKey], generation: int) -> None:
        """Commit keys that are wrapped already."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._db.many(_PUT, rows)
            self._db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('generation', ?)", (generation,))
            self._db.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise

    def key(self, hcp: int, hcp_id: str, kind: int) -> SubjectKey | None:
        """The person's key of ``kind``; None when there is no key. VaultError ``no_key`` when this role holds no
        such keys, VaultCorrupt ``key_damaged`` when the wrap was changed or swapped."""
        self._wraps.require(kind)
        wrapped = self._db.value("SELECT wrapped FROM wrapped_key WHERE place = ?", (place_of(hcp, kind),))
        return None if wrapped is None else SubjectKey(self._wraps.unwrap(hcp_id, kind, wrapped))

    def unwrapped(self, ids: Mapping[int, str]) -> Iterator[tuple[int, str, int, bytes]]:
        """(number, person id, kind, key) of every key of the people ``ids``, in order: for rotation only.
        VaultCorrupt ``key_damaged``; VaultError ``no_key`` when this user holds not all kinds."""
        for place, wrapped in self._db.stream("SELECT place, wrapped FROM wrapped_key ORDER BY place"):
            hcp, kind = divmod(place, _KINDS_EACH)
            if hcp in ids:
                yield hcp, ids[hcp], kind, self._wraps.unwrap(ids[hcp], kind, wrapped)

    def begin(self, ddl: Sequence[str], generation: int) -> None:
        """Make the tables of a new file, which counts on from ``generation``."""
        self._db.script(tuple(ddl))
        self._db.many(
            "INSERT INTO meta (key, value) VALUES (?, ?)", [("vault_id", self._vault), ("generation", generation)]
        )

    def take_over(self, keys: Iterable[tuple[int, str, int, bytes]]) -> None:
        """Wrap and commit keys that exist already."""
        found = list(keys)
        self.create([subject for *subject, _ in found], [key for *_, key in found], self.generation())  # type: ignore[misc]

    def discard(self, places: Iterable[int]) -> None:
        """Take back keys made for rows that were not committed after all."""
        self._remove([(place, place) for place in places], None)

    def destroy(self, numbers: Iterable[int], generation: int) -> None:
        """Overwrite, then delete all keys of these persons, and empty the WAL of the file."""
        self._remove([(place_of(hcp, 0), place_of(hcp + 1, 0) - 1) for hcp in numbers], generation)
        self.checkpoint()

    def generation(self) -> int:
        """Counter of committed creations."""
        return int(self._db.value("SELECT value FROM meta WHERE key = 'generation'") or 0)

    def sweep(self, known: set[int], generation: int) -> int:
        """Remove keys of persons that were never committed; their number."""
        rows = self._db.execute(f"SELECT DISTINCT place / {_KINDS_EACH} FROM wrapped_key")  # noqa: S608 - a number
        orphans = [hcp for (hcp,) in rows if hcp not in known]
        self.destroy(orphans, generation)
        return len(orphans)

    def numbers(self) -> set[int]:
        """Persons with an ordinary key."""
        rows = self._db.execute("SELECT place FROM wrapped_key")
        return {place // _KINDS_EACH for (place,) in rows if place % _KINDS_EACH == ORDINARY}

    def faults(self) -> list[str]:
        """What SQLite finds wrong with the file."""
        return self._db.faults()

    def checkpoint(self) -> bool:
        """Empty the WAL; False when a reader was in the way."""
        row = self._db.one("PRAGMA wal_checkpoint(TRUNCATE)")
        return row is not None and row[0] == 0

    def backup_into(self, target: Connection) -> None:
        """Copy all pages."""
        self._db.backup_into(target)

    def close(self) -> None:
        """Forget the wrapping keys and close."""
        self._wraps.clear()
        self._db.close()

    def _remove(self, doomed: list[tuple[int, int]], generation: int | None) -> None:
        where = "WHERE place BETWEEN ? AND ?"
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._db.many(f"UPDATE wrapped_key SET wrapped = zeroblob(length(wrapped)) {where}", doomed)  # noqa: S608
            self._db.many(f"DELETE FROM wrapped_key {where}", doomed)  # noqa: S608 - constants
            if generation is not None:
                self._db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('generation', ?)", (generation,))
            self._db.execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")
