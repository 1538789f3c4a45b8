"""An unlocked vault, who sits at it, the rules in force and the clock.

Rules: (1) the clock is the machine's, or ``--at`` in a sandbox, never earlier than the latest instant the vault has
seen (a clock set back narrows rights, it never revives them); in a sandbox going back trips nothing. (2) ``policy`` is
the rule set in force at the instant of the use case, read anew in each transaction (:mod:`rule_book`); each set is
archived in the vault the first time it is used, so that any decision can be replayed. (3) Closing writes a log seal;
locking forgets keys. (4) Shipped notices come with their day of force; one that names a recipient is a draft until the
recipient stands in the register (PIPL 39).
"""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compliance.clock import Clock, FixedClock
from compliance.consent import notice as notices
from compliance.consent.made import recipient_of
from compliance.errors import ComplianceError, VaultBusy, bad_input
from compliance.i18n import Lang, t
from compliance.model.access import Role, Section
from compliance.model.audit import AuditEvent, Kind
from compliance.model.consent import NoticeState, NoticeVersion
from compliance.model.profile import FieldValue
from compliance.policy.loader import load_policy
from compliance.policy.policy_set import PolicySet
from compliance.progress import NoProgress, Progress
from compliance.resources import read_tree
from compliance.use_cases.rules.rule_book import RuleBook
from compliance.use_cases.seat.rep_session import RepSession
from compliance.vault import IndexRow, Snapshot, UnitOfWork, Vault
from compliance.vault import create_vault as _create
from compliance.vault import open_vault as _open
from compliance.vault import peek as _peek
from compliance.vault.folder import generations
from compliance.vault.rep.rep_store import open_rep_vault

if TYPE_CHECKING:
    from compliance.use_cases.signing.carrying import Signing

__all__ = [
    "CreatedVault",
    "RepSession",
    "Session",
    "VaultInfo",
    "archive_sets",
    "close_session",
    "create_vault",
    "handler_contact",
    "known_notices",
    "log_root",
    "log_size",
    "open_session",
    "peek_vault",
    "rebuild_index",
    "shipped_notices",
    "shipped_policy",
]

#: A clock this far behind the latest instant seen is an anomaly (anchors.md 12.2).
_BACKWARDS = timedelta(minutes=5)


@dataclass
class Session:
    """One person at one unlocked vault. Everything a use case needs, passed explicitly."""

    vault: Vault
    shipped: PolicySet
    clock: Clock
    lang: Lang = Lang.ZH
    warnings: tuple[str, ...] = ()
    #: of the last list: what it holds for, and who was sought one by one for what (ended_people.py)
    ended_people: tuple[object, dict[object, frozenset[int]]] | None = None
    #: of the last list: what it holds for, and sources whose doubt is past its end (listing.py)
    doubtful_sources: tuple[object, frozenset[int]] | None = None
    #: of the last list: what it holds for, and which provenance records pass which tests (listing.py)
    passing_sources: tuple[object, dict[Any, frozenset[int] | None]] | None = None
    due_counts: dict[date, tuple[object, tuple[int, int]]] = field(default_factory=dict)  # retention_due.py
    carrying: "Signing | None" = None  # the two-person request being carried out
    _instant: datetime | None = field(default=None, repr=False)
    _turn: int = field(default=-1, repr=False)
    _chosen: dict[str, str] | None = field(default=None, repr=False)
    _book: RuleBook | None = field(default=None, repr=False)
    _policy: PolicySet | None = field(default=None, repr=False)

    @property
    def actor(self) -> str:
        """Name of the user."""
        return self.vault.user.name

    @property
    def role(self) -> Role:
        """Role of the user."""
        return self.vault.user.role

    @property
    def sandbox(self) -> bool:
        """Whether this is a practice vault; every output says so."""
        return self.vault.sandbox

    @property
    def handler(self) -> str:
        """The company 个人信息处理者."""
        return self.vault.handler

    @property
    def vault_path(self) -> Path:
        """The folder."""
        return self.vault.path

    @property
    def restricted(self) -> bool:
        """Whether a finding made the program refuse changes."""
        return self.vault.restricted

    def now(self) -> datetime:
        """The instant of a use case: never before the latest instant this vault has seen (sandboxes may go back)."""
        now = self.clock.now()
        self._instant = now if self.sandbox else max(now, self.vault.time_floor())
        self._turn = -1
        return self._instant

    @property
    def policy(self) -> PolicySet:
        """The rules in force at the instant of the use case at hand."""
        if self._policy is None or self._turn != self.vault.turn:
            self._policy = self.book.at(self._instant or self.clock.now())
        return self._policy

    @property
    def book(self) -> RuleBook:
        """The rules by instant, as chosen when this transaction began."""
        if self._book is None or self._turn != self.vault.turn:
            chosen = self.vault.rules_chosen()
            if self._book is None or chosen != self._chosen:
                self._book = RuleBook(chosen, shipped=self.shipped, text_of=self.vault.policy_text)
                self._chosen = chosen
            self._policy, self._turn = None, self.vault.turn
        return self._book

    def policy_at(self, at: datetime) -> PolicySet:
        """The rules that were, or will be, in force at ``at``."""
        return self.book.at(at)

    def event(self, kind: Kind, *, at: datetime, **more: Any) -> AuditEvent:
        """An audit event by this user, with the rule set in force."""
        return AuditEvent(kind=kind, at=at, actor=self.actor, role=str(self.role), policy=self.policy.digest, **more)


def shipped_policy() -> PolicySet:
    """The shipped rule set, loaded once per process."""
    return _policy()


@cache
def _policy() -> PolicySet:
    texts: dict[str, str] = {}
    for area in ("policy", "law", "dictionary"):
        for suffix in (".toml", ".csv"):
            texts |= {f"{area}/{name}": text for name, text in read_tree(area, suffix=suffix).items()}
    return load_policy(texts)


@cache
def shipped_notices() -> tuple[tuple[NoticeVersion, str], ...]:
    """Notices that come with the program, each with its exact source text."""
    return tuple((notices.parse_notice(text, name), text) for name, text in read_tree("notices").items())


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultInfo:
    """What the unlock screen may know before the passphrase."""

    path: Path
    vault_id: str
    handler: str
    sandbox: bool
    kind: str
    users: tuple[str, ...]
    last_backup: str = ""  # the three stand in the open beside the header and prove nothing
    last_rehearsal: str = ""
    backup_fault: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedVault:
    """A new vault and where its recovery sheet lies."""

    vault: Path
    vault_id: str
    recovery_sheet: Path | None
    key_card: Path | None
    signers_missing: int


def peek_vault(path: Path) -> VaultInfo:
    """Header facts of a vault folder; VaultError when it is none."""
    head = _peek(path)
    noted = generations.noted(path)
    return VaultInfo(
        path=path,
        vault_id=head.vault_id,
        handler=head.handler,
        sandbox=head.sandbox,
        kind=head.kind,
        users=tuple(head.users),
        last_backup=noted["last"],
        last_rehearsal=noted["rehearsed"],
        backup_fault=noted["fault"],
    )


def create_vault(
    path: Path,
    *,
    owner: str,
    handler: str,
    passphrase: str,
    clock: Clock,
    sandbox: bool = False,
    solo: bool = False,
    credit_code: str = "",
    recovery_sheet: Path | None = None,
    key_card: Path | None = None,
    lang: Lang = Lang.ZH,
) -> CreatedVault:
    """Make a vault with its privacy officer, the shipped notices and, where asked, recovery sheet and key card.

    The sheet is read back before it counts. Raises InputErrors, VaultError, ExportError; nothing is left behind.
    """
    from compliance.use_cases.seat import accounts
    from compliance.use_cases.upkeep import papers

    if not handler.strip():
        raise bad_input("handler_missing", "handler")
    for target in (recovery_sheet, key_card):
        if target is not None and target.exists():
            raise bad_input("file_exists", "recovery_sheet" if target is recovery_sheet else "key_card")
    now = clock.now()
    created = _create(
        path,
        handler=handler.strip(),
        credit_code=credit_code.strip(),
        owner=owner,
        passphrase=passphrase,
        now=now,
        sandbox=sandbox,
        solo=solo,
    )
    session = Session(vault=created.vault, shipped=shipped_policy(), clock=clock, lang=lang)
    try:
        _archive_rules(session, now)
        if recovery_sheet is not None:
            papers.write_recovery_sheet(session, created.recovery, recovery_sheet, at=now)
        if key_card is not None:
            papers.write_key_card(session, key_card, at=now)
        return CreatedVault(
            vault=created.vault.path,
            vault_id=created.vault.vault_id,
            recovery_sheet=recovery_sheet,
            key_card=key_card,
            signers_missing=accounts.signers_missing(session),
        )
    finally:
        close_session(session)


def open_session(path: Path, *, user: str, passphrase: str, clock: Clock, lang: Lang = Lang.ZH) -> Session | RepSession:
    """Unlock a vault: a :class:`RepSession` where the folder is a rep's. Raises WrongPassphrase and other VaultErrors.

    A clock behind the latest instant seen is logged and warned of; it narrows rights and never revives them.
    """
    info = _peek(path)
    if isinstance(clock, FixedClock) and not info.sandbox:
        raise bad_input("at_needs_sandbox", "at")
    now = clock.now()
    if info.kind == "rep":
        return _open_rep(path, passphrase=passphrase, clock=clock, lang=lang)
    vault = _open(path, user=user, passphrase=passphrase, now=now)
    session = Session(vault=vault, shipped=shipped_policy(), clock=clock, lang=lang)
    try:
        _settle_in(session, now)
    except BaseException:
        with suppress(ComplianceError):  # what failed is told; the seat must not stay taken
            vault.close(session.now())
        raise
    return session


def close_session(session: Session | RepSession) -> None:
    """Seal the log and lock. Safe to call twice."""
    session.vault.close(session.now() if isinstance(session, Session) else session.clock.now())


def rebuild_index(session: Session, *, progress: Progress | None = None) -> int:
    """The search index is derived; a missing or outdated one is made anew from the sealed sections. How many people."""
    from compliance.use_cases.people.indexing import by_key, index_row

    def row(hcp_id: str, found: Mapping[Section, Mapping[str, FieldValue]]) -> IndexRow | None:
        made = index_row(hcp_id, by_key(found))
        return made if made.name else None  # of an objection nothing but the pseudonym may be left

    return session.vault.rebuild_index(row, session.now(), heard=(progress or NoProgress()).tick)


def _settle_in(session: Session, now: datetime) -> None:
    """What an opened vault waits for before anybody works in it."""
    from compliance.use_cases.notices.campaign_filling import go_on
    from compliance.use_cases.seat.training import admit

    vault = session.vault
    warnings: list[str] = ["restricted"] if vault.restricted else []
    if vault.restricted and vault.has_index and vault.index_stale:  # making it anew would be a change
        warnings.append("lists_not_made")
    floor = vault.time_floor()
    if not vault.sandbox and now + _BACKWARDS < floor:
        warnings.append("clock_behind")
        with vault.unit_of_work() as uow:
            behind = int((floor - now).total_seconds())
            uow.commit(session.event(Kind.CLOCK_ANOMALY, at=floor, detail={"seconds_behind": behind}))
    if not vault.restricted:
        _archive_rules(session, session.now())
    if session.book.outdated_at(session.now()):
        warnings.append("company_rules_outdated")
    if not admit(session, session.now()):
        warnings.append("training_over")
    session.warnings = tuple(warnings)
    if vault.index_stale and vault.has_index and not vault.restricted:
        rebuild_index(session)
    go_on(session)
    if not vault.restricted:
        with suppress(VaultBusy):  # another seat is sealing this very stretch
            vault.checkpoint(session.now())  # else a kill and a missing WAL take the unlocking itself away


def _open_rep(path: Path, *, passphrase: str, clock: Clock, lang: Lang) -> RepSession:
    vault = open_rep_vault(path, passphrase, clock.now())
    warnings = ("clock_behind",) if vault.clock_behind(clock.now()) else ()
    return RepSession(vault=vault, path=path, clock=clock, lang=lang, warnings=warnings)


def known_notices(session: Session, reader: UnitOfWork | Snapshot | None = None) -> dict[str, NoticeVersion]:
    """ref → version of every notice the vault knows, whatever its state. ``reader``: an open transaction, if any."""
    if reader is not None:
        return {n.ref: n for n in reader.notices.all()}
    with session.vault.snapshot() as snap:
        return {n.ref: n for n in snap.notices.all()}


def archive_sets(uow: UnitOfWork, book: RuleBook, *, since: datetime) -> None:
    """Keep the text of every set that holds from ``since`` on. The caller commits."""
    known = uow.policy_texts.digests()
    for found in {found.digest: found for found in map(book.at, book.turns(since))}.values():
        if found.digest not in known:
            uow.policy_texts.put(found.digest, found.text)


def _archive_rules(session: Session, now: datetime) -> None:
    with session.vault.snapshot() as snap:
        wanted = {session.book.at(instant).digest for instant in session.book.turns(now)}
        known_rules = wanted <= snap.policy_texts.digests()
        known = {n.ref for n in snap.notices.all()}
        registered = {r.recipient_id for r in snap.recipients.all()}
    fresh = [(_as_shipped(n, registered), text) for n, text in shipped_notices() if n.ref not in known]
    if known_rules and not fresh:
        return
    with session.vault.unit_of_work() as uow:
        archive_sets(uow, session.book, since=now)
        active = [n for n, _ in fresh if n.state is NoticeState.ACTIVE]
        for version, text in fresh:
            uow.notices.put(version, text)
        uow.commit(
            session.event(
                Kind.NOTICE_ACTIVATED,
                at=now,
                detail={
                    "notices": [n.ref for n in active],
                    "hashes": [n.sha256 for n in active],
                    "drafts": [n.ref for n, _ in fresh if n not in active],
                },
            )
        )


def _as_shipped(notice: NoticeVersion, registered: set[str]) -> NoticeVersion:
    """Rule 4."""
    if all(name in registered for line in notice.lines if (name := recipient_of(line))):
        return notice
    return replace(notice, state=NoticeState.DRAFT, active_from=None)


def handler_contact(lang: Lang | str) -> str:
    """Whom an HCP turns to, as every notice and receipt says it."""
    return t("notice.contact_default", lang)


def log_root(session: Session) -> bytes:
    """Root of the log as it stands now."""
    with session.vault.snapshot() as snap:
        return snap.log.root()


def log_size(session: Session) -> int:
    """Number of entries."""
    with session.vault.snapshot() as snap:
        return snap.log.size
