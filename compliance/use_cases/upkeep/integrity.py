"""How the log stands: when it was last checked whole, which seals are kept where, who cosigned, what was found.

Rules: (1) what is said here is read, not checked: the check itself is :func:`evidence.check_vault`; (2) a full check is
due a day after the last one; whoever unlocks the desktop has it made beside the session, where no read waits for it;
(3) looking at the state of the log is logged like any other look.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from compliance.audit.checkpoint import SignedNote
from compliance.clock import from_stamp
from compliance.errors import AuditIntegrityError
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.progress import NoProgress, Phase, Progress
from compliance.use_cases.evidence.evidence import note_check
from compliance.use_cases.evidence.witness import cosigners
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.clock_trouble import ClockTrouble, clock_trouble
from compliance.use_cases.seat.duties import may
from compliance.use_cases.seat.facts import Reader
from compliance.use_cases.seat.session import Session, rebuild_index
from compliance.vault import CheckReport, Watch

_EVERY = timedelta(hours=24)
_AT = "at "
#: So many entries back a full check is looked for.
_LOOK_BACK = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSeal:
    """The newest seal at one of the places; ``at`` is the instant that stands in it."""

    size: int
    at: datetime | None
    signer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrityState:
    """Everything the integrity panel shows."""

    entries: int
    root: str
    restricted: bool
    findings: tuple[str, ...]
    checked_at: datetime | None  # the last full check
    checked_ok: bool | None
    due: bool
    seal_inside: KeptSeal | None
    seal_outside: KeptSeal | None
    seal_keystore: int | None  # entries of the head the keystore remembers; None without one
    cosigned: tuple[str, ...]
    clock: ClockTrouble | None  # waits to be acknowledged
    aside: int  # entries beside the log, written while a finding stood
    index_doubted: bool  # the search index differs from the people; it is made anew at the next unlock, or now


@dataclass(frozen=True, slots=True, kw_only=True)
class Reindexed:
    """The search index stands for so many people."""

    people: int


def integrity_state(session: Session) -> Answer[IntegrityState | Refusal]:
    """Read it all. Refusals as for a check."""
    now = session.now()
    if no := barred(session, "check_vault", at=now):
        return no
    vault = session.vault
    with vault.unit_of_work() as uow:
        checked, ok = _last_full(uow)
        state = IntegrityState(
            entries=uow.log.size,
            root=uow.log.root().hex(),
            restricted=vault.restricted,
            findings=tuple(dict.fromkeys(p.code for p in vault.findings)),
            checked_at=checked,
            checked_ok=ok,
            due=_due(checked, now),
            seal_inside=_kept(vault.inside.newest),
            seal_outside=_kept(vault.outside.newest),
            seal_keystore=remembered[0] if (remembered := vault.keystore_head()) else None,
            cosigned=cosigners(session, uow),
            clock=clock_trouble(uow),
            aside=len(vault.sidecar()),
            index_doubted=uow.index_doubted,
        )
        uow.commit(session.event(Kind.LIST_SHOWN, at=now, detail={"what": "integrity"}))
    return Answer(state, Changes(audit=True))


def reindex(session: Session, *, progress: Progress | None = None) -> Answer[Reindexed | Refusal]:
    """Make the search index anew from the sealed values, whatever it holds now. Everybody else waits meanwhile."""
    progress = progress or NoProgress()
    if no := barred(session, "reindex", at=session.now()):
        return no
    progress.phase(Phase.INDEXING)
    return Answer(Reindexed(people=rebuild_index(session, progress=progress)), Changes(people=True, audit=True))


def watch_if_due(session: Session) -> Answer[Watch | None]:
    """A full check beside the session when the last one is a day old; None where it is not due or not this role's. It
    runs in another thread; :func:`watched` takes its result back."""
    if not may(session.role, "check_vault") or session.restricted:
        return Answer(None)
    with session.vault.snapshot() as snap:
        checked, _ = _last_full(snap)
    return Answer(session.vault.watch() if _due(checked, session.now()) else None)


def watched(session: Session, report: CheckReport) -> Answer[CheckReport]:
    """Log what a check beside the session found; a finding makes the session read-only."""
    session.vault.take_findings(report)
    note_check(session, report, at=session.now())
    return Answer(report, Changes(audit=True))


def _last_full(reader: Reader) -> tuple[datetime | None, bool | None]:
    for entry in reader.log.find(kind=Kind.VERIFIED, limit=_LOOK_BACK):
        data = entry.data
        if data["detail"].get("full"):
            return from_stamp(data["at"]), bool(data["detail"].get("ok"))
    return None, None


def _due(checked: datetime | None, now: datetime) -> bool:
    return checked is None or now - checked >= _EVERY


def _kept(newest: Callable[[], SignedNote | None]) -> KeptSeal | None:
    try:
        note = newest()
    except AuditIntegrityError:
        return None
    if note is None:
        return None
    stamps = [line.removeprefix(_AT) for line in note.checkpoint.extensions if line.startswith(_AT)]
    return KeptSeal(
        size=note.checkpoint.size,
        at=from_stamp(stamps[0]) if stamps else None,
        signer=note.signatures[0].name.rpartition("/")[2],
    )
