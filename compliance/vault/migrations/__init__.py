"""Forward-only steps of ``main.db``, applied on a copy that is opened and checked before it replaces the original.

One module per step ``mNNNN_name.py`` with ``NUMBER``, a docstring that says why, and ``apply(connection)``. An explicit
tuple lists them, because a frozen program cannot list folders. Rules: (1) a step and its number are one transaction;
(2) the copy must pass ``integrity_check`` and ``foreign_key_check``; (3) the original stays beside it under
``main.db.vN`` until the next backup is complete (folder/backup.py); (4) the log is extended, never rewritten.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from compliance.errors import VaultCorrupt, VaultTooNew
from compliance.vault import schema
from compliance.vault.engine import files
from compliance.vault.engine.connection import Connection
from compliance.vault.folder import seats
from compliance.vault.migrations import m0002_consent_work, m0003_papers, m0004_last_related, m0005_lean_sections


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the number it leads to and what it does."""

    number: int
    apply: Callable[[Connection], None]


#: A new vault is made by ``schema.create_statements`` at the newest number; format 1 is the first that was released.
STEPS: tuple[Step, ...] = (
    Step(m0002_consent_work.NUMBER, m0002_consent_work.apply),
    Step(m0003_papers.NUMBER, m0003_papers.apply),
    Step(m0004_last_related.NUMBER, m0004_last_related.apply),
    Step(m0005_lean_sections.NUMBER, m0005_lean_sections.apply),
)


def upgrade(
    main: Path,
    key: bytes,
    seat: seats.Seat,
    *,
    user: str,
    now: datetime,
    steps: Sequence[Step] = STEPS,
    target: int = schema.VERSION,
) -> int:
    """Bring ``main`` to ``target``; the number it had. VaultTooNew, VaultBusy, or VaultCorrupt ``migration_failed``;
    the original is untouched then."""
    found = version(main, key)
    if found > target:
        raise VaultTooNew(found=found, known=target)
    if found == target:
        return found
    with seats.exclusive(main.parent, user=user, doing="migration", now=now, beside=seat.name):
        copy = main.with_name(main.name + ".new")
        _copy(main, copy, key)
        try:
            _apply(copy, key, [step for step in steps if found < step.number <= target], target)
        except BaseException:
            copy.unlink(missing_ok=True)
            raise
        files.copy(main, main.with_name(f"{main.name}.v{found}"))
        copy.replace(main)
        files.sync_folder(main.parent)
    return found


def version(main: Path, key: bytes) -> int:
    """The number a file bears."""
    db = Connection.open(main, key, cache_mb=1)
    try:
        return int(db.value("PRAGMA user_version") or 0)
    finally:
        db.close()


def _copy(main: Path, copy: Path, key: bytes) -> None:
    copy.unlink(missing_ok=True)
    source = Connection.open(main, key)
    target = Connection.open(copy, key, create=True)
    try:
        source.backup_into(target)
    finally:
        target.close()
        source.close()
    files.make_private(copy)


def _apply(copy: Path, key: bytes, steps: list[Step], target: int) -> None:
    db = Connection.open(copy, key)
    try:
        for step in steps:
            db.execute("BEGIN IMMEDIATE")
            step.apply(db)
            db.execute(f"PRAGMA user_version = {step.number}")
            db.execute("COMMIT")
        reached = db.value("PRAGMA user_version")
        if reached != target or db.execute("PRAGMA integrity_check") != [("ok",)]:
            raise VaultCorrupt("migration_failed", reached=int(reached or 0), target=target)
        if db.execute("PRAGMA foreign_key_check"):
            raise VaultCorrupt("migration_failed", reached=int(reached), target=target)
    finally:
        db.close()
    check = Connection.open(copy, key)
    try:
        check.value("SELECT count(*) FROM log_entry")
    finally:
        check.close()
