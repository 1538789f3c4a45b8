"""A writing transaction with all repositories, and its reading sister.

Rules: (1) ``commit`` takes audit events and is the only commit: no audit, no data; (2) entries, tree, set hash and the
rows they describe are one SQLite transaction; (3) leaving without commit rolls back; (4) who waits for the write
lock stands in a line (turns.py), so that many seats get their turn.
"""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from compliance.errors import AuditIntegrityError, VaultBusy, VaultError
from compliance.model.audit import AuditEvent
from compliance.vault.arrivals.batches import Batches
from compliance.vault.consent.consents import Consents
from compliance.vault.consent.histories import Histories
from compliance.vault.consent.waits import Waits
from compliance.vault.consent.work_lists import WorkLists
from compliance.vault.engine.transaction import Transaction
from compliance.vault.folder import turns
from compliance.vault.lists import index_tables
from compliance.vault.lists.index import Index
from compliance.vault.log import mark, sidecar
from compliance.vault.log.log_store import LogStore
from compliance.vault.people.evidence import EvidenceStore
from compliance.vault.people.people import People
from compliance.vault.people.populations import Populations
from compliance.vault.people.provenances import Provenances
from compliance.vault.people.relations import Relations
from compliance.vault.people.sections import Sections
from compliance.vault.people.value_changes import ValueChanges
from compliance.vault.registers.bases import Activities, Assessments, Bases, Memos
from compliance.vault.registers.campaigns import Campaigns, Forms
from compliance.vault.registers.cases import Cases, Tasks
from compliance.vault.registers.company import Mappings, PolicyTexts, Settings, Sources
from compliance.vault.registers.disputes import Disputes
from compliance.vault.registers.distinct import DistinctPairs
from compliance.vault.registers.exercises import Exercises
from compliance.vault.registers.feeds import Feeds
from compliance.vault.registers.inspections import Findings, Holds
from compliance.vault.registers.intake import Stacks
from compliance.vault.registers.issued import Bundles, Sheets
from compliance.vault.registers.merges import Merges
from compliance.vault.registers.notices import Notices, Renderings
from compliance.vault.registers.overseas import Recipients, Transfers
from compliance.vault.registers.person_states import PersonStates
from compliance.vault.registers.requests import Requests
from compliance.vault.registers.retention import Retention
from compliance.vault.registers.returned import Returns
from compliance.vault.registers.staff import Assignments, Reps, Users
from compliance.vault.registers.stops import Stops
from compliance.vault.registers.suppressions import Suppressions
from compliance.vault.registers.tags import TagValidations
from compliance.vault.registers.views import SavedViews

if TYPE_CHECKING:
    from compliance.vault.session import Vault

_LOCK_SECONDS = 10.0


class _Repositories(Transaction):
    """Repositories, made when first asked for."""

    @cached_property
    def people(self) -> People:
        """Register of people."""
        return People(self)

    @cached_property
    def provenances(self) -> Provenances:
        """Interned provenance."""
        return Provenances(self)

    @cached_property
    def sections(self) -> Sections:
        """Sealed values."""
        return Sections(self, self.provenances)

    @cached_property
    def value_changes(self) -> ValueChanges:
        """Values as they were before an import changed them."""
        return ValueChanges(self, self.provenances)

    @cached_property
    def consents(self) -> Consents:
        """Consent events and states."""
        return Consents(self)

    @cached_property
    def waits(self) -> Waits:
        """Acts that wait for a check."""
        return Waits(self)

    @cached_property
    def relations(self) -> Relations:
        """The last day of a relation with each person."""
        return Relations(self)

    @cached_property
    def evidence(self) -> EvidenceStore:
        """Sealed documents."""
        return EvidenceStore(self)

    @cached_property
    def index(self) -> Index:
        """Search and lists."""
        return Index(self, self.vault.blind_key, self.provenances)

    @cached_property
    def batches(self) -> Batches:
        """Imports."""
        return Batches(self, self.index)

    @cached_property
    def notices(self) -> Notices:
        """Notices."""
        return Notices(self)

    @cached_property
    def renderings(self) -> Renderings:
        """Notices as they were shown."""
        return Renderings(self)

    @cached_property
    def forms(self) -> Forms:
        """Printed forms."""
        return Forms(self)

    @cached_property
    def campaigns(self) -> Campaigns:
        """Campaigns."""
        return Campaigns(self)

    @cached_property
    def sources(self) -> Sources:
        """Sources."""
        return Sources(self)

    @cached_property
    def users(self) -> Users:
        """Users."""
        return Users(self)

    @cached_property
    def reps(self) -> Reps:
        """Reps."""
        return Reps(self)

    @cached_property
    def assignments(self) -> Assignments:
        """Assignments."""
        return Assignments(self)

    @cached_property
    def returns(self) -> Returns:
        """Return files of reps."""
        return Returns(self)

    @cached_property
    def settings(self) -> Settings:
        """Settings."""
        return Settings(self)

    @cached_property
    def cases(self) -> Cases:
        """Cases."""
        return Cases(self)

    @cached_property
    def tasks(self) -> Tasks:
        """Tasks."""
        return Tasks(self)

    @cached_property
    def findings(self) -> Findings:
        """Findings of audits."""
        return Findings(self)

    @cached_property
    def holds(self) -> Holds:
        """Holds for inspections."""
        return Holds(self)

    @cached_property
    def retention(self) -> Retention:
        """What is kept from where, ends put off, runs that let go."""
        return Retention(self)

    @cached_property
    def feeds(self) -> Feeds:
        """What was sent to source systems."""
        return Feeds(self)

    @cached_property
    def distinct(self) -> DistinctPairs:
        """Pairs that are two people, whatever they look like."""
        return DistinctPairs(self)

    @cached_property
    def disputes(self) -> Disputes:
        """Values somebody says are wrong."""
        return Disputes(self)

    @cached_property
    def person_states(self) -> PersonStates:
        """What was said of people that closes contact."""
        return PersonStates(self)

    @cached_property
    def exercises(self) -> Exercises:
        """Trainings of accounts and drills."""
        return Exercises(self)

    @cached_property
    def tag_validations(self) -> TagValidations:
        """Validations of predictive tags."""
        return TagValidations(self)

    @cached_property
    def saved_views(self) -> SavedViews:
        """Searches of whoever sits here."""
        return SavedViews(self)

    @cached_property
    def merges(self) -> Merges:
        """Records merged into another."""
        return Merges(self)

    @cached_property
    def histories(self) -> Histories:
        """Everything said beside everything stored."""
        return Histories(self, self.consents)

    @cached_property
    def work_lists(self) -> WorkLists:
        """What waits for work."""
        return WorkLists(self, self.consents)

    @cached_property
    def populations(self) -> Populations:
        """Everybody by kinds."""
        return Populations(self, self.consents)

    @cached_property
    def stops(self) -> Stops:
        """Purposes paused or ended for everybody."""
        return Stops(self)

    @cached_property
    def suppressions(self) -> Suppressions:
        """Who must not come back from a list."""
        return Suppressions(self)

    @cached_property
    def bases(self) -> Bases:
        """Bases other than consent."""
        return Bases(self)

    @cached_property
    def memos(self) -> Memos:
        """Memos of necessity."""
        return Memos(self)

    @cached_property
    def activities(self) -> Activities:
        """Processing activities."""
        return Activities(self)

    @cached_property
    def assessments(self) -> Assessments:
        """Impact assessments."""
        return Assessments(self)

    @cached_property
    def recipients(self) -> Recipients:
        """Overseas recipients."""
        return Recipients(self)

    @cached_property
    def transfers(self) -> Transfers:
        """Overseas transfers."""
        return Transfers(self)

    @cached_property
    def requests(self) -> Requests:
        """Two-person requests."""
        return Requests(self)

    @cached_property
    def sheets(self) -> Sheets:
        """Issued sheets."""
        return Sheets(self)

    @cached_property
    def bundles(self) -> Bundles:
        """Issued packs."""
        return Bundles(self)

    @cached_property
    def stacks(self) -> Stacks:
        """Stacks of consent forms on their way in."""
        return Stacks(self)

    @cached_property
    def policy_texts(self) -> PolicyTexts:
        """Rule sets."""
        return PolicyTexts(self)

    @cached_property
    def mappings(self) -> Mappings:
        """Import templates."""
        return Mappings(self)

    @property
    def log(self) -> LogStore:
        """The audit log as of this transaction."""
        return self.vault.log


class Snapshot(_Repositories):
    """A consistent view of metadata; nothing sealed is read and nothing written through it."""


class UnitOfWork(_Repositories):
    """A writing transaction; see :meth:`commit`."""

    def __init__(self, vault: "Vault") -> None:
        super().__init__(vault, vault.db, vault.ledger, writes=True)
        self._queued: list[AuditEvent] = []
        self._floor: datetime | None = None
        self.done = False

    def queue(self, event: AuditEvent) -> None:
        """An entry the vault itself adds to the commit."""
        self._queued.append(event)

    def reset_clock_floor(self, at: datetime) -> None:
        """Set the floor of all times anew with this commit: a clock that stood in the future was put right."""
        self._floor = at

    def commit(self, *events: AuditEvent) -> list[int]:
        """Commit with these entries; the numbers of ``events``. AuditIntegrityError ``restricted`` when a finding
        forbids changes; ValueError without any entry."""
        if self.done:
            raise RuntimeError("the unit of work is over")
        every = [*self._queued, *events]
        if not every:
            raise ValueError("nothing is committed without an audit entry")
        vault = self.vault
        if vault.restricted:
            if self.ledger.changed:
                raise AuditIntegrityError("restricted")
            return self._aside(every)[len(self._queued) :]
        self.settle_relations()
        self.ledger.write(self.db)
        if self.index_touched:
            vault.bump_index()
        numbers = vault.log.append(every, seat=vault.seat, state=self.ledger.state(), floor=self._floor)
        for act in self._before:
            act()
        try:
            self.db.execute("COMMIT")
        except VaultError:
            if not self._landed(numbers[-1]):
                raise
        self.done = True
        vault.ledger.settle()
        vault.log.settle()
        vault.committed()
        for act in self._after:
            act()
        return numbers[len(self._queued) :]

    @property
    def index_doubted(self) -> bool:
        """Whether a check found that the search index differs, and nobody made it anew yet."""
        return self.vault.has_index and index_tables.doubted(self.db)

    def doubt_index(self) -> None:
        """The search index differs from the people: it is made anew at the next unlock."""
        if self.vault.has_index:
            index_tables.doubt(self.db)

    def _landed(self, number: int) -> bool:
        """Whether a commit that reported a fault stands in the log all the same: a full disk may stop it between the
        files. Then what it made (keys, documents) must not be taken back; an index left behind is found at opening."""
        if self.db.in_transaction:
            return False
        body = self.db.value("SELECT CAST(body AS BLOB) FROM log_entry WHERE idx = ?", (number,))
        return body is not None and json.loads(body).get("seat") == self.vault.seat

    def _aside(self, events: list[AuditEvent]) -> list[int]:
        """The database is suspect and stays as it was found: entries go to the sealed log beside it."""
        vault = self.vault
        numbers = sidecar.append(vault, events, state=self.ledger.state())
        self.undo()
        return numbers

    def undo(self) -> None:
        """Roll back: rows, entries, files."""
        self.done = True
        self.ledger.forget()
        self.vault.log.forget()
        self.vault.distrust()
        if self.db.in_transaction:
            self.db.execute("ROLLBACK")
        for act in reversed(self._undo):
            act()


@contextmanager
def unit_of_work(vault: "Vault") -> Iterator[UnitOfWork]:
    """Begin, and roll back unless committed."""
    if vault.db.in_transaction:
        raise RuntimeError("a transaction is already open")
    _begin(vault)
    uow = UnitOfWork(vault)
    try:
        vault.refresh()
        if mark.standing(vault):
            vault.heed_marks()
        yield uow
    finally:
        if not uow.done:
            uow.undo()
        vault.turn += 1


@contextmanager
def snapshot(vault: "Vault") -> Iterator[Snapshot]:
    """One consistent view; inside a unit of work its own."""
    if vault.db.in_transaction:
        raise RuntimeError("a transaction is already open")
    vault.db.execute("BEGIN")
    try:
        vault.refresh()
        yield Snapshot(vault, vault.db, vault.ledger, writes=False)
    finally:
        vault.db.execute("ROLLBACK")
        vault.turn += 1


def _begin(vault: "Vault") -> None:
    """Take the write lock; VaultBusy after ten seconds."""
    if not turns.line(vault.path) and _taken(vault):
        return
    deadline = time.monotonic() + _LOCK_SECONDS
    with turns.waiting(vault.path, vault.seat) as before:
        while True:
            others = before()
            if others:
                time.sleep(turns.pause(others))
            if _taken(vault):
                return
            if time.monotonic() > deadline:
                raise vault.busy()
            if not others:
                time.sleep(turns.pause(0))


def _taken(vault: "Vault") -> bool:
    try:
        vault.db.execute("BEGIN IMMEDIATE")
    except VaultBusy:
        return False
    return True
