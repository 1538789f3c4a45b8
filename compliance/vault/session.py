"""An open vault: one user, one seat, one connection.

Rules: (1) everything is read and written through :meth:`Vault.unit_of_work` and :meth:`Vault.snapshot`; (2) caches
follow ``PRAGMA data_version``; (3) a log seal is written every 1,000 entries, on demand and at close, unless a finding
makes the session restricted; (4) closing forgets keys, empties the WAL files and frees the seat, whatever else fails.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from compliance.audit import checkpoint as notes
from compliance.errors import AuditIntegrityError, VaultBusy, VaultError
from compliance.model.access import Role, Section
from compliance.model.audit import AuditEvent, Kind
from compliance.model.consent import ConsentEvent
from compliance.model.profile import FieldValue
from compliance.model.register import BatchState, User
from compliance.vault.arrivals.staging import Staging
from compliance.vault.checks import check, check_log
from compliance.vault.checks.findings import CheckReport, Problem
from compliance.vault.checks.watch import Watch
from compliance.vault.consent.consents import ItemCache
from compliance.vault.engine.connection import Connection
from compliance.vault.engine.guard import Guard, Maintenance
from compliance.vault.engine.ledger import Ledger
from compliance.vault.engine.transaction import Transaction
from compliance.vault.folder import backup, closings, databases, seats, turns
from compliance.vault.keys import header as headers
from compliance.vault.keys import rekey, users
from compliance.vault.keys.keyring import Keyring, RoleKey
from compliance.vault.lists import index_tables as indexes
from compliance.vault.lists.index_rows import IndexRow
from compliance.vault.log import heads, mark, seals, sidecar
from compliance.vault.log.log_store import LogStore
from compliance.vault.people import erasure
from compliance.vault.people.people import PEOPLE
from compliance.vault.people.provenances import ProvenanceCache
from compliance.vault.people.removal import remove_persons
from compliance.vault.people.subject_keys import KeyStore, WrappedKey, place_of
from compliance.vault.registers.company import SETTING, chosen_rules, kept_text
from compliance.vault.unit_of_work import Snapshot, UnitOfWork, snapshot, unit_of_work

_SEAL_EVERY = 1000
_SWEEP_CHUNK = 200
#: People indexed at once when the index is made anew.
_INDEX_CHUNK = 2_000
_YIELD_SECONDS = 0.01
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Vault:
    """See the module. Made by ``create_vault`` and ``open_vault`` only."""

    def __init__(
        self,
        *,
        path: Path,
        header: headers.Header,
        user: User,
        keyring: Keyring,
        seat: seats.Seat,
        db: Connection,
        keys: KeyStore | None,
        has_index: bool,
        state_dir: Path | None,
        opened_at: datetime,
    ) -> None:
        self.path = path
        self.header = header
        self.user = user
        self.db = db
        self.ledger = Ledger()
        self.kept: dict[str, tuple[tuple[str, ...], Any]] = {}  # Transaction.kept
        self.log = LogStore(db)
        self.guard = Guard(db)
        self.has_index = has_index
        self.index_stale = False
        self.restricted = False
        self.findings: tuple[Problem, ...] = ()
        self.provenance_cache = ProvenanceCache()
        self.item_cache = ItemCache()
        self.opened_at = opened_at
        self.origin = str(db.value("SELECT value FROM meta WHERE key = 'origin'"))
        self.blind_key = keyring.derived(RoleKey.INDEX, "blind") if keyring.has(RoleKey.INDEX) else None
        self.inside = heads.inside(path)
        self.outside = heads.outside(path, header.vault_id, state_dir)
        self.state_dir = state_dir
        self.closed = False
        self._keyring: Keyring | None = keyring
        self._keys = keys
        self._seat = seat
        self.turn = (
            0  # goes on with each begin and end of a transaction: what was read in one is not taken for the next
        )
        self._data_version = -1
        self._sealed = 0
        self._watch: Watch | None = None

    def __repr__(self) -> str:
        return f"Vault({self.vault_id}, {self.seat})"

    def __enter__(self) -> "Vault":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # who and what

    @property
    def vault_id(self) -> str:
        """Id of the vault."""
        return self.header.vault_id

    @property
    def handler(self) -> str:
        """The company 个人信息处理者."""
        return self.header.handler

    @property
    def credit_code(self) -> str:
        """Its unified social credit code, "" when not given."""
        return self.header.credit_code

    @property
    def sandbox(self) -> bool:
        """Whether this is a practice vault."""
        return self.header.sandbox

    @property
    def solo(self) -> bool:
        """Whether one officer keeps it alone."""
        return self.header.solo

    @property
    def role(self) -> Role:
        """Role of the user."""
        return self.user.role

    @property
    def seat(self) -> str:
        """Id of this seat."""
        return self._seat.name

    @property
    def held_seat(self) -> seats.Seat:
        """The seat itself, for a check beside this session."""
        return self._seat

    @property
    def keys(self) -> KeyStore:
        """Subject keys. VaultError ``no_key`` for roles without."""
        if self._keys is None:
            raise VaultError("no_key", key=str(RoleKey.KEYS))
        return self._keys

    @property
    def sees_people(self) -> bool:
        """Whether this role holds subject keys at all."""
        return self._keys is not None

    @property
    def keyring(self) -> Keyring:
        """Keys of the user."""
        if self._keyring is None:
            raise VaultError("vault_closed")
        return self._keyring

    # transactions

    def unit_of_work(self) -> AbstractContextManager[UnitOfWork]:
        """A writing transaction; rolls back unless committed. VaultBusy after ten seconds without the lock."""
        self._require_open()
        return unit_of_work(self)

    def snapshot(self) -> AbstractContextManager[Snapshot]:
        """A reading transaction for metadata."""
        self._require_open()
        return snapshot(self)

    def staging(self, batch: str, entry: Callable[[int], AuditEvent]) -> Staging:
        """The writing side of an import; ``entry`` makes the audit entry of each transaction from its people."""
        self._require_open()
        return Staging(self, batch, entry)

    # signatures and keys

    def sign(self, data: bytes) -> bytes:
        """The acting user's Ed25519 signature."""
        return self.keyring.signing.sign(data)

    def public_key(self, name: str) -> bytes | None:
        """Raw Ed25519 public key of a user of this vault; None for an unknown name."""
        with self.snapshot() as snap:
            user = snap.users.get(name)
        return user.ed25519 if user else None

    def pdf_credentials(self) -> tuple[bytes, bytes]:
        """(private key PEM, certificate PEM) for audit PDFs. VaultError ``no_key`` for other roles."""
        return self.keyring.get(RoleKey.PDF), self.header.pdf_certificate.encode()

    def pdf_certificate(self) -> bytes:
        """Certificate PEM, which every role may hand out."""
        return self.header.pdf_certificate.encode()

    def publisher(self) -> Ed25519PrivateKey:
        """The key that signs packs. VaultError ``no_key`` for other roles."""
        return Ed25519PrivateKey.from_private_bytes(self.keyring.get(RoleKey.PUBLISHER))

    def returns_key(self) -> X25519PrivateKey:
        """What opens return files of reps. It follows from the publisher's key, so whoever may issue packs may receive
        what comes back. VaultError ``no_key`` for other roles."""
        return X25519PrivateKey.from_private_bytes(self.keyring.derived(RoleKey.PUBLISHER, "returns"))

    def return_secret(self, rep: str, sequence: int) -> bytes:
        """The secret of one pack; a return that knows it was made by whoever opened that pack."""
        return self.keyring.derived(RoleKey.PUBLISHER, f"return/{sequence}/{rep}")

    def publisher_public(self) -> bytes:
        """Raw public half, which packs are checked against."""
        return self.header.publisher_public

    def key_fingerprint(self) -> str:
        """Fingerprint for the key card 印鉴卡: over the publisher key and the PDF certificate."""
        return notes.fingerprint(self.header.publisher_public + self.header.pdf_certificate.encode())

    # users

    def add_user(self, uow: UnitOfWork, name: str, role: Role, passphrase: str, now: datetime) -> User:
        """A new named user; roster entry and log entry go with ``uow``. See users.add_user."""
        return users.add_user(self, uow, name, role, passphrase, now)

    def remove_user(self, uow: UnitOfWork, name: str, now: datetime) -> None:
        """Close a user's slot with ``uow``."""
        users.remove_user(self, uow, name, now)

    def reset_user(self, uow: UnitOfWork, name: str, new_passphrase: str, now: datetime) -> User:
        """Fresh keys and passphrase for a user, given by the acting user, with ``uow``."""
        return users.reset_user(self, uow, name, new_passphrase, now)

    def change_passphrase(self, old: str, new: str, now: datetime) -> None:
        """The acting user's own. WrongPassphrase when ``old`` is not it."""
        users.change_passphrase(self, old, new, now)

    # log

    def time_floor(self) -> datetime:
        """The latest instant this vault has seen; in a sandbox the beginning of time, because going back is allowed.

        Inside a transaction it is what that one saw when it began.
        """
        if self.sandbox:
            return _BEGINNING
        if self.db.in_transaction:
            return self.log.floor
        with self.snapshot():
            return self.log.floor

    def checkpoint(self, now: datetime | None = None) -> str:
        """Seal the log as it stands: the signed note, kept inside and outside the folder. An already sealed size keeps
        its note. AuditIntegrityError ``restricted`` when a finding stands: a broken log is not sealed over."""
        return seals.seal(self, now)

    def keystore_head(self) -> tuple[int, bytes] | None:
        """The head the keystore of this machine remembers of this vault at this path; None without either."""
        return seals.keystore_head(self)

    def keep_note(self, note: str, size: int) -> None:
        """Keep a cosigned seal beside the others, in and outside the folder."""
        self.outside.add(note, size, self.log.leaves)
        self.inside.add(note, size, self.log.leaves)

    def check(self, *, full: bool = False, heard: Callable[[int, int], None] = lambda _done, _all: None) -> CheckReport:
        """Look for edits, deletions, insertions, reordering, truncation and rollback; ``full`` reads everything.
        ``heard`` gets (done, of how many) and may raise to cancel."""
        report = check.run(self, full=full, heard=heard)
        self.take_findings(report)
        return report

    def watch(self) -> Watch:
        """A full check on connections of its own, for another thread; an earlier one is broken off."""
        self.dismiss()
        self._watch = Watch(self)
        return self._watch

    def dismiss(self) -> None:
        """Break off the check beside this session and wait until it has let go of the files."""
        if self._watch is not None:
            self._watch.dismiss()
            self._watch = None

    def take_findings(self, report: CheckReport) -> None:
        """Go read-only for what a check found, and stay so over sessions; a full check that finds nothing ends it.
        What is only worked out from other rows can be made anew, so the next session may. The search index closes
        nothing."""
        if report.closing:
            self.restricted = True
            self.findings = report.problems
            if lasting := tuple(p for p in report.problems if not p.mendable):
                mark.put(self, lasting)
        elif report.full and self.findings:
            over = mark.read(self)
            mark.take_away(self)
            self.findings = tuple(p for p in self.findings if p not in over)  # what no check looks for stays
            self.restricted = bool(self.findings)

    def heed_marks(self) -> None:
        """What an earlier session or another seat found holds here too."""
        if not self.restricted and (found := mark.read(self)):
            self.restricted, self.findings = True, found

    def check_log(self) -> tuple[Problem, ...]:
        """The part of a full check that is about the log alone."""
        with self.snapshot():
            return tuple(check_log.log(self, full=True))

    def sidecar(self) -> list[bytes]:
        """Entries written beside the log while the session was restricted, oldest first."""
        return sidecar.read(self)

    # copies

    def backup(self, folder: Path, now: datetime) -> "backup.BackupReport":
        """A consistent copy without keys. See backup.backup."""
        return backup.backup(self, folder, now)

    def backup_keys(self, file: Path, now: datetime) -> str:
        """Copy ``keys.db`` apart; its SHA-256."""
        return backup.backup_keys(self, file, now)

    def rekey(self, now: datetime) -> int:
        """Rotate the keys that lead to people's values; the number of subject keys. See rekey.rekey."""
        return rekey.rekey(self, now)

    # erasure and index

    def erase(
        self,
        hcp_id: str,
        event: AuditEvent,
        *,
        along: Callable[[UnitOfWork], None] = lambda _: None,
        first: Callable[[UnitOfWork], None] = lambda _: None,
    ) -> int:
        """Erase one person: key, rows, index, files. See erasure.erase. Number of the ERASED entry."""
        return erasure.erase(self, hcp_id, event, along=along, first=first)

    def rebuild_index(
        self,
        make_row: Callable[[str, dict[Section, dict[str, FieldValue]]], IndexRow | None],
        now: datetime,
        *,
        sections: Iterable[Section] = (Section.DIRECTORY, Section.CONTACT),
        heard: Callable[[int, int], None] = lambda _done, _all: None,
    ) -> int:
        """Make ``index.db`` anew from the sealed sections; the number of people indexed. ``heard`` may raise."""
        wanted = tuple(sections)
        with self.unit_of_work() as uow:
            people = uow.select(PEOPLE, "WHERE status <> 'erased' ORDER BY hcp")
            indexes.clear(self.db)
            written = 0
            for begin in range(0, len(people), _INDEX_CHUNK):
                rows: list[tuple[int, IndexRow]] = []
                for person in people[begin : begin + _INDEX_CHUNK]:
                    values = uow.sections.read_hidden(Maintenance.INDEX, person[0], person[1], wanted)
                    row = make_row(person[1], values)
                    if row is not None:
                        rows.append((person[0], row))
                uow.index.insert_all(rows)
                written += len(rows)
                heard(begin + len(rows), len(people))
            uow.commit(self.event(Kind.SEAT_SWEPT, now, index_rebuilt=written))
        self.index_stale = False
        return written

    # closing

    def close(self, now: datetime | None = None) -> None:
        """Log, seal, forget keys, free the seat. Safe to call twice."""
        if self.closed:
            return
        try:
            with self.unit_of_work() as uow:
                at = now or max(self.opened_at, self.log.floor if not self.sandbox else self.opened_at)
                uow.commit(self.event(Kind.VAULT_CLOSED, at))
            if not self.restricted:
                self.checkpoint(at)
        finally:
            self._shut()

    lock = close

    def abandon(self) -> None:
        """Close without an entry: when opening fails half way, or for a test of what a dead process leaves."""
        self._shut()

    # used by the rest of the package

    def require_sound(self) -> None:
        """AuditIntegrityError ``restricted`` while a finding stands."""
        if self.restricted:
            raise AuditIntegrityError("restricted")

    def take_keys(self, header: headers.Header, keyring: Keyring) -> None:
        """Go on with rotated keys: ``keys.db`` is replaced, ``index.db`` is made anew and waits for rebuilding."""
        self.dismiss()
        self.keys.close()
        self._keys = None
        rekey.settle(self.path, keyring)
        self.header, self._keyring = header, keyring
        self._keys = databases.open_keys(self.path, keyring, self.vault_id, header.epoch)
        self.db.detach(indexes.SCHEMA)
        databases.ready_index(self.path, keyring.file_key(RoleKey.INDEX))
        self.db.attach(self.path / databases.INDEX, keyring.file_key(RoleKey.INDEX), indexes.SCHEMA)
        self.guard.lock()
        self.blind_key = keyring.derived(RoleKey.INDEX, "blind")
        self.doubt_index()

    def event(self, kind: Kind, at: datetime, **detail: str | int | bool | None) -> AuditEvent:
        """An entry the vault writes itself, in the user's name."""
        return AuditEvent(kind=kind, at=at, actor=self.user.name, role=str(self.user.role), detail=detail)

    def refresh(self) -> None:
        """Read caches anew when another seat has committed. Called inside each transaction."""
        self.turn += 1
        version = int(self.db.value("PRAGMA main.data_version"))
        if version != self._data_version:
            self.ledger.load(self.db)
            self.log.load()
            self._data_version = version

    def rules_chosen(self) -> dict[str, str]:
        """The company's rule sets and lists as chosen now; inside a transaction or not."""
        within = Transaction(self, self.db, self.ledger, writes=False)
        return dict(within.kept("rules chosen", (SETTING,), lambda: chosen_rules(self.db)))

    def policy_text(self, digest: str) -> str | None:
        """A kept text of rules; inside a transaction or not."""
        return kept_text(self.db, digest)

    def distrust(self) -> None:
        """Read caches anew at the next transaction: a commit that failed may have reached the log's file all the same
        (a full disk stops it between the files)."""
        self._data_version = -1

    def committed(self) -> None:
        """After each commit: seal the log every 1,000 entries."""
        if self.log.size // _SEAL_EVERY > self._sealed // _SEAL_EVERY and not self.restricted:
            try:
                self.checkpoint()
            except VaultBusy:
                return  # another seat is sealing this very stretch

    def adopt_seal(self, size: int) -> None:
        """The size sealed last, so that the next seal is due after the next thousand."""
        self._sealed = size

    def keep_closing(self, *events: ConsentEvent) -> None:
        """Note acts that close an item outside, just before they are committed."""
        closings.keep_closing(self, *events)

    def keep_taken_back(self, event_ids: Iterable[str]) -> None:
        """Note acts of an import that was taken back outside, once it is committed."""
        closings.keep_taken_back(self, event_ids)

    def keep_standing(self, hcp_id: str, what: str, on: bool, at: datetime) -> None:
        """Note outside what stands against the use of a person's data: before it is committed, its end after."""
        closings.keep_standing(self, hcp_id, what, on, at)

    def keep_let_go(self, hcp_id: str, fields: tuple[str, ...], at: datetime) -> None:
        """Note values that are let go outside, just before it is committed."""
        closings.keep_let_go(self, hcp_id, fields, at)

    def empty_journals(self) -> None:
        """Empty the WAL files of all databases. VaultBusy ``erasure_wal`` when a reader keeps one."""
        erasure.empty(self)

    def create_keys(self, tx: Transaction, subjects: list[tuple[int, str, int]], randoms: Sequence[bytes]) -> None:
        """Make subject keys durable before the rows of ``tx`` that need them; taken back when ``tx`` fails."""
        generation = self._next_generation(tx)
        self.keys.create(subjects, randoms, generation)
        tx.on_rollback(lambda: self.keys.discard(place_of(hcp, kind) for hcp, _, kind in subjects))

    def store_keys(self, tx: Transaction, rows: Sequence[WrappedKey]) -> None:
        """As :meth:`create_keys` for keys that are wrapped already."""
        self.keys.store(rows, self._next_generation(tx))
        tx.on_rollback(lambda: self.keys.discard(row[0] for row in rows))

    def require_blind_key(self) -> bytes:
        """The key of blind tags. VaultError ``no_key`` for roles without an index."""
        if self.blind_key is None:
            raise VaultError("no_key", key="index")
        return self.blind_key

    def destroy_keys(self, tx: Transaction, numbers: Sequence[int]) -> None:
        """Destroy subject keys at once; only for people no reader can see any more."""
        self.keys.destroy(numbers, self._next_generation(tx))

    def doubt_index(self) -> None:
        """The index is not what the people are. That stands in its file, so that no later change makes it look whole
        before it is made anew."""
        self.index_stale = True
        with suppress(VaultBusy):  # whoever writes meanwhile has opened the same index
            indexes.doubt(self.db)

    def bump_index(self) -> None:
        """Raise the change counter in both files with the running transaction."""
        generation = int(self.db.value("SELECT value FROM meta WHERE key = 'index_generation'") or 0) + 1
        self.db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('index_generation', ?)", (generation,))
        self.db.execute(
            f"UPDATE {indexes.SCHEMA}.index_meta SET value = ? WHERE key = 'generation'",  # noqa: S608 - a constant
            (generation,),
        )

    def sweep_batches(self) -> int:
        """Remove what undone and dropped imports left, in short transactions; how many people."""
        removed = 0
        while True:
            with self.unit_of_work() as uow:
                at = max(self.opened_at, self.log.floor)
                found = uow.batches.leftover(_SWEEP_CHUNK, at)
                if found is None:
                    return removed
                batch, state, numbers = found
                remove_persons(uow, uow.index, numbers)
                kind = Kind.IMPORT_UNDONE if state is BatchState.UNDONE else Kind.IMPORT_DROPPED
                uow.commit(self.event(kind, at, batch=batch, removed=len(numbers)))
                removed += len(numbers)

    def living_seats(self) -> frozenset[str]:
        """Ids of the seats whose process lives."""
        return frozenset(seat.seat for seat in seats.living(self.path))

    def give_way(self) -> None:
        """Between two turns of a long work: let other seats write, all that wait."""
        if self.has_company():
            time.sleep(_YIELD_SECONDS)
            turns.give_way(self.path, self.seat)

    def has_company(self) -> bool:
        """Whether another seat is taken, a dead one included; cheap enough to ask between chunks of an import."""
        return seats.count(self.path) > 1

    def busy(self, code: str | None = None) -> VaultBusy:
        """The error that names who else sits at the vault."""
        others = [seat for seat in seats.living(self.path) if seat.seat != self.seat]
        if not others:
            return VaultBusy(code, holder="")
        return VaultBusy(code, holder=others[0].user, pid=others[0].pid, since=others[0].since)

    def empty_wal(self) -> bool:
        """Checkpoint all files with TRUNCATE; False when a reader was in the way."""
        self.dismiss()
        row = self.db.one("PRAGMA main.wal_checkpoint(TRUNCATE)")
        done = row is not None and row[0] == 0
        if self.has_index:
            row = self.db.one(f"PRAGMA {indexes.SCHEMA}.wal_checkpoint(TRUNCATE)")
            done = done and row is not None and row[0] == 0
        if self._keys is not None:
            done = self._keys.checkpoint() and done
        self.db.one("PRAGMA shrink_memory")
        return done

    def _next_generation(self, tx: Transaction) -> int:
        generation = int(self.db.value("SELECT value FROM meta WHERE key = 'keys_generation'") or 0) + 1
        tx.db.execute("INSERT OR REPLACE INTO meta (key, value) VALUES ('keys_generation', ?)", (generation,))
        return generation

    def _require_open(self) -> None:
        if self.closed:
            raise VaultError("vault_closed")

    def leave_files(self) -> None:
        """Close the connections of a session that only looked (watch.py): no entry, no seal, the seat stays taken."""
        self.closed = True
        if self._keys is not None:
            self._keys.close()
        self.db.close()
        self._keyring = self.blind_key = None

    def _shut(self) -> None:
        if self.closed:
            return
        self.closed = True
        try:
            if self.db.in_transaction:
                self.db.execute("ROLLBACK")
            self.db.wait(0.2)
            self.empty_wal()
        except VaultError:
            pass  # the next opening recovers; closing must go on
        finally:
            if self._keys is not None:
                self._keys.close()
            self.db.close()
            self._keyring = self.blind_key = None
            self._seat.leave()
