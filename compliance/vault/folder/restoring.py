"""The way back: a rehearsal that opens a backup together with its keys, and a restore to a new folder.

Rules: (1) neither touches the backup; (2) before anybody sees a restored vault, whom the vault has erased since is
erased again, what was let go at the end of its retention is removed again, and who has withdrawn since is recorded
again, from the acts noted outside the folder.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compliance.clock import from_stamp
from compliance.errors import VaultCorrupt, bad_input
from compliance.model.access import RecordStatus, Section
from compliance.model.audit import AuditEvent, Kind
from compliance.model.consent import ConsentEvent, EventKind, Grade, LineStatus, Method, Precision
from compliance.vault.checks.findings import CheckReport, Problem
from compliance.vault.consent.consent_rows import CLOSING
from compliance.vault.engine import files
from compliance.vault.engine.guard import Maintenance
from compliance.vault.folder import opening, place, protective
from compliance.vault.folder.databases import KEYS, MAIN
from compliance.vault.keys import header as headers
from compliance.vault.keys.keyring import RoleKey
from compliance.vault.log import heads
from compliance.vault.people import erasure, evidence
from compliance.vault.unit_of_work import UnitOfWork

if TYPE_CHECKING:
    from compliance.vault.session import Vault

#: People at either end of the register whose values a rehearsal unseals.
_SAMPLE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A restored vault, open; how many people were erased, withdrawals recorded and values let go again. ``standing``:
    (what, person) of objections, freezes and refusals of automated decisions that stood, for whoever can record them.
    """

    vault: "Vault"
    erased_again: int
    withdrawn_again: int
    let_go_again: int
    entries: int
    standing: tuple[tuple[str, str], ...] = ()


def rehearse(
    folder: Path, keys: Path, *, user: str, passphrase: str, now: datetime, state_dir: Path | None = None
) -> CheckReport:
    """Open backup and keys together in a scratch copy, check everything and unseal a sample. WrongPassphrase,
    VaultCorrupt; neither the backup nor the live vault is touched."""
    with _scratch(folder, keys, state_dir) as (copy, state):
        return _tried(opening.open_vault(copy, user=user, passphrase=passphrase, now=now, state_dir=state))


def rehearse_open(vault: "Vault", folder: Path, keys: Path, now: datetime) -> CheckReport:
    """As :func:`rehearse` for a backup of the open ``vault``, with the keys its user has unlocked."""
    with _scratch(folder, keys, vault.state_dir) as (copy, state):
        header = headers.read(copy)
        headers.authenticate(header, vault.keyring.get(RoleKey.MAIN))
        return _tried(opening.enter(copy, header, vault.user, vault.keyring, now, state))


def restore(
    folder: Path,
    keys: Path,
    *,
    into: Path,
    user: str,
    passphrase: str,
    now: datetime,
    state_dir: Path | None = None,
    first: Callable[[UnitOfWork, str], None] = lambda _uow, _hcp_id: None,
) -> Restored:
    """Make a vault from a backup and a copy of its keys at ``into``, which must not exist or be empty. Erasures and
    withdrawals since the backup are carried out again before it is returned, but for those of an import taken back;
    ``first`` takes from each person who is erased again what must stay, while the values can be read. Where that fails,
    as for a role without the keys, nothing is left, for somebody would open it; a log that does not hold is left."""
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        raise bad_input("vault_exists", "into")
    place.check(into)
    header = headers.read(folder)
    slot, keyring = headers.unlock(header, user, passphrase)
    fresh = not into.exists()
    try:
        _assemble(folder, keys, into)
        acts = _acts(header.vault_id, keyring.get(RoleKey.MAIN), into, state_dir)
        vault = opening.open_vault(into, user=slot.name, passphrase=passphrase, now=now, state_dir=state_dir)
    except BaseException:
        if fresh:
            shutil.rmtree(into, ignore_errors=True)
        raise
    try:
        undone = {event for a in acts if a.get("act") == "taken_back" for event in a["events"]}
        closed = [a for a in acts if a.get("act") == "closed" and a["event"]["event_id"] not in undone]
        withdrawn = _withdraw_again(vault, closed)
        erased = _erase_again(vault, [a for a in acts if a.get("act") == "erased"], now, first)
        gone = _let_go_again(vault, [a for a in acts if a.get("act") == "let_go"], now)
        with vault.unit_of_work() as uow:
            entries = vault.log.size
            again = {"erased_again": erased, "withdrawn_again": withdrawn, "let_go_again": gone}
            uow.commit(vault.event(Kind.RESTORED, now, entries=entries, **again))
        if gone:
            vault.empty_journals()
        if not vault.restricted:
            vault.checkpoint(now)
    except BaseException:
        vault.abandon()
        if fresh and not vault.restricted:
            shutil.rmtree(into, ignore_errors=True)
        raise
    return Restored(
        vault=vault,
        erased_again=erased,
        withdrawn_again=withdrawn,
        let_go_again=gone,
        entries=entries,
        standing=_standing(acts),
    )


@contextmanager
def _scratch(folder: Path, keys: Path, state_dir: Path | None) -> Iterator[tuple[Path, Path]]:
    """A throw-away vault made of both, and a state folder of its own."""
    home = heads.state_folder(state_dir)
    files.make_folder(home)
    with tempfile.TemporaryDirectory(prefix="rehearsal-", dir=home) as scratch:
        copy = Path(scratch) / "rehearsal.ckvault"
        _assemble(folder, keys, copy)
        yield copy, Path(scratch) / "state"


def _tried(vault: "Vault") -> CheckReport:
    """Everything checked, and values of some people unsealed, with whatever keys this user holds."""
    try:
        report = vault.check(full=True)
        found = _sample(vault) if vault.sees_people else None
        if found is None:
            return report
        problems = (*report.problems, found)
        return CheckReport(ok=False, entries=report.entries, root=report.root, problems=problems, full=True)
    finally:
        vault.abandon()


def _sample(vault: "Vault") -> Problem | None:
    with vault.unit_of_work() as uow:  # never committed
        ids = uow.people.ids()
        for hcp_id in {*ids[:_SAMPLE], *ids[-_SAMPLE:]}:
            person = uow.people.get(hcp_id)
            if person is None or person.status is RecordStatus.ERASED:
                continue
            try:
                uow.sections.read_for(Maintenance.CHECK, hcp_id, (Section.DIRECTORY, Section.CONTACT))
            except VaultCorrupt as fault:
                return Problem(fault.code, None, hcp_id)
    return None


def _assemble(folder: Path, keys: Path, into: Path) -> None:
    if not (folder / MAIN).is_file():
        raise VaultCorrupt("file_missing", file=MAIN)
    if not keys.is_file():
        raise VaultCorrupt("file_missing", file=KEYS)
    for part in (into, into / evidence.FOLDER, into / heads.FOLDER, into / "seats"):
        files.make_folder(part)
    files.copy(folder / headers.NAME, into / headers.NAME)
    files.copy(folder / MAIN, into / MAIN)
    files.copy(keys, into / KEYS)
    for name in (evidence.FOLDER, heads.FOLDER):
        for source in sorted((folder / name).iterdir()) if (folder / name).is_dir() else ():
            if source.is_file():
                files.copy(source, into / name / source.name)


def _acts(vault_id: str, main_key: bytes, into: Path, state_dir: Path | None) -> list[dict[str, Any]]:
    """Every protective act known: in the backup and at every place this vault ever had outside."""
    root = heads.state_folder(state_dir) / vault_id
    places = [heads.inside(into)]
    if root.is_dir():
        places += [heads.Place(path) for path in sorted(root.iterdir()) if path.is_dir()]
    return protective.read(places, main_key, vault_id)


def _erase_again(
    vault: "Vault", acts: list[dict[str, Any]], now: datetime, first: Callable[[UnitOfWork, str], None]
) -> int:
    count = 0
    for act in acts:
        _take_apart(vault, str(act["hcp_id"]), now)
        with vault.snapshot() as snap:
            person = snap.people.get(act["hcp_id"])
        if person is None or person.status is RecordStatus.ERASED:
            continue
        erasure.erase(
            vault,
            act["hcp_id"],
            AuditEvent(
                kind=Kind.ERASED,
                at=now,
                actor=vault.user.name,
                role=str(vault.role),
                hcps=(act["hcp_id"],),
                detail={"again_after_restore": True, "erased_at": act["at"]},
            ),
            first=_of(first, str(act["hcp_id"])),
        )
        count += 1
    return count


def _standing(acts: list[dict[str, Any]]) -> tuple[tuple[str, str], ...]:
    """What stood against the use of people's data when it was last noted."""
    noted = sorted((a for a in acts if a.get("act") == "standing"), key=lambda a: str(a["at"]))
    last = {(str(a["what"]), str(a["hcp_id"])): bool(a["on"]) for a in noted}
    return tuple(sorted(one for one, on in last.items() if on))


def _of(first: Callable[[UnitOfWork, str], None], hcp_id: str) -> Callable[[UnitOfWork], None]:
    return lambda uow: first(uow, hcp_id)


def _take_apart(vault: "Vault", hcp_id: str, now: datetime) -> None:
    """A record that was erased by itself later may stand merged into another in the backup: then no reader knows of it,
    and it would be passed over."""
    with vault.unit_of_work() as uow:
        kept = uow.merges.kept_of(hcp_id)
        case = next((c for c in uow.merges.into(kept) if c.gone == hcp_id), None) if kept else None
        if case is None:
            return
        uow.merges.undo(case.case_id, now)
        uow.commit(
            AuditEvent(
                kind=Kind.PEOPLE_UNMERGED,
                at=now,
                actor=vault.user.name,
                role=str(vault.role),
                hcps=(case.kept, case.gone),
                detail={"cases": [case.case_id], "because": "erasure", "again_after_restore": True},
            )
        )


def _let_go_again(vault: "Vault", acts: list[dict[str, Any]], now: datetime) -> int:
    """Remove values that were let go after the backup was made; one whose entry the backup holds is gone from it, and
    what stands there now came later. VaultError ``no_key`` where this role cannot open the section: nobody reads it."""
    count = 0
    for act in acts:
        hcp_id, fields = str(act["hcp_id"]), set(act["fields"])
        with vault.unit_of_work() as uow:
            person = uow.people.get(hcp_id)
            number = person.hcp if person else uow.reach_merged(hcp_id)
            kinds = (Kind.LET_GO, Kind.PERSON_AMENDED)  # at the end of retention, or at the person's request
            known = any(e.data["at"] == act["at"] for e in uow.log.find(kind=kinds, hcp=hcp_id, limit=1_000_000))
            if number is None or (person and person.status is RecordStatus.ERASED) or known:
                continue
            gone: list[str] = []
            for section in uow.retention.sections_with(number, fields):
                values = uow.sections.read_for(Maintenance.RETENTION, hcp_id, (section,)).get(section, {})
                gone += sorted(fields & set(values))
                uow.sections.write(hcp_id, section, {k: v for k, v in values.items() if k not in fields})
                uow.value_changes.forget(hcp_id, section, fields & set(values))
            if not gone:
                continue
            event = AuditEvent(
                kind=Kind.LET_GO,
                at=now,
                actor=vault.user.name,
                role=str(vault.role),
                hcps=(hcp_id,),
                fields=tuple(gone),
                detail={"again_after_restore": True, "let_go_at": act["at"]},
            )
            uow.commit(event)
            count += len(gone)
    vault.index_stale = vault.index_stale or count > 0
    return count


def _withdraw_again(vault: "Vault", acts: list[dict[str, Any]]) -> int:
    count = 0
    for act in acts:
        event = _event_in(act["event"])
        with vault.unit_of_work() as uow:
            if uow.people.get(event.hcp_id) is None or uow.consents.event(event.event_id) is not None:
                continue
            uow.consents.add(event)
            _close_state(uow, event)
            uow.commit(
                AuditEvent(
                    kind=Kind.CONSENT_WITHDRAWN,
                    at=max(event.recorded_at, vault.opened_at),
                    actor=vault.user.name,
                    role=str(vault.role),
                    hcps=(event.hcp_id,),
                    detail={"item": event.item, "event": event.event_id, "again_after_restore": True},
                )
            )
            count += 1
    return count


def _close_state(uow: UnitOfWork, event: ConsentEvent) -> None:
    """Lists must not show the item as open until its status is computed again."""
    uow.consents.set_state(
        event.hcp_id,
        LineStatus(
            item=event.item,
            purpose=event.item.partition("/")[0],
            status=CLOSING[event.kind],
            code="RESTORED_NEGATIVE",
            since=event.received_at or event.acted_at or event.recorded_at,
            event_id=event.event_id,
            may_ask=False,
        ),
    )


_INSTANTS = ("recorded_at", "acted_at", "presented_at", "received_at", "valid_until")
_READ: dict[str, Callable[[Any], Any]] = {
    "kind": EventKind,
    "method": Method,
    "precision": Precision,
    "grade": Grade,
    **{name: lambda text: from_stamp(text) if text else None for name in _INSTANTS},
}


def _event_in(data: dict[str, Any]) -> ConsentEvent:
    return ConsentEvent(**{k: _READ[k](v) if k in _READ else v for k, v in data.items()})
