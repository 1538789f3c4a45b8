"""Seats: which processes sit at a vault, and who holds it alone.

Rules: (1) a session holds a lock file of its own in ``seats/`` for as long as it lives, so the system frees it when the
process dies; who sits there stands in a JSON file beside it; (2) registering takes ``exclusive.lock`` for a moment;
restore, rekey and migration keep it and must find no other live seat; (3) whoever is refused hears who holds it;
(4) dead seats are swept by the next registration and reported, so that their unfinished work is dropped.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from compliance.clock import stamp
from compliance.errors import VaultBusy
from compliance.model.ids import new_id
from compliance.vault.engine import files

FOLDER = "seats"
#: End of the name of a file that says that a seat waits for its turn (turns.py).
WAITS = ".waits"
_WAIT_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatInfo:
    """Who sits."""

    seat: str
    user: str
    pid: int
    since: str
    doing: str


class Seat:
    """A held seat; :meth:`leave` gives it back."""

    def __init__(self, folder: Path, info: SeatInfo, lock: FileLock, dead: tuple[SeatInfo, ...]) -> None:
        self._folder = folder
        self._lock = lock
        self.info = info
        self.dead = dead

    @property
    def name(self) -> str:
        """Id of the seat, which stands in every audit entry it writes."""
        return self.info.seat

    def leave(self) -> None:
        """Free the seat and remove its files."""
        self._lock.release()
        _remove(self._folder, self.info.seat)


def take(vault: Path, *, user: str, now: datetime) -> Seat:
    """Sit down. VaultBusy with the holder when somebody holds the vault alone."""
    folder = vault / FOLDER
    files.make_folder(folder)
    info = SeatInfo(seat=new_id("S", 6), user=user, pid=os.getpid(), since=stamp(now), doing="")
    with _registering(folder):
        dead = _sweep(folder)
        lock = _lock(folder / f"{info.seat}.lock")
        lock.acquire(timeout=_WAIT_SECONDS)
        files.write_atomically(folder / f"{info.seat}.json", _encode(info))
    return Seat(folder, info, lock, dead)


def living(vault: Path) -> tuple[SeatInfo, ...]:
    """Live seats at this moment, without disturbing them."""
    folder = vault / FOLDER
    return tuple(_info(folder, name) for name in _names(folder) if _is_live(folder, name))


def count(vault: Path) -> int:
    """Seats taken, dead ones included; cheap enough to ask between chunks of an import."""
    return len(_names(vault / FOLDER))


@contextmanager
def exclusive(vault: Path, *, user: str, doing: str, now: datetime, beside: str = "") -> Iterator[None]:
    """Hold the vault alone; ``beside`` is the caller's own seat. VaultBusy names whoever sits there."""
    folder = vault / FOLDER
    files.make_folder(folder)
    with _registering(folder):
        others = [seat for seat in living(vault) if seat.seat != beside]
        if others:
            raise _busy(others[0])
        me = SeatInfo(seat="", user=user, pid=os.getpid(), since=stamp(now), doing=doing)
        files.write_atomically(folder / "exclusive.json", _encode(me))
        try:
            yield
        finally:
            (folder / "exclusive.json").unlink(missing_ok=True)


@contextmanager
def _registering(folder: Path) -> Iterator[None]:
    lock = _lock(folder / "exclusive.lock")
    try:
        lock.acquire(timeout=_WAIT_SECONDS)
    except Timeout:
        raise _busy(_info(folder, "exclusive")) from None
    except OSError as fault:
        raise files.as_vault_error(fault) from None
    try:
        yield
    finally:
        lock.release()


def _sweep(folder: Path) -> tuple[SeatInfo, ...]:
    """Remove seats nobody holds; runs under the registration lock, so no seat is half made."""
    dead = tuple(_info(folder, name) for name in _names(folder) if not _is_live(folder, name))
    for seat in dead:
        _remove(folder, seat.seat)
    return dead


def _is_live(folder: Path, name: str) -> bool:
    lock = _lock(folder / f"{name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    lock.release()
    return False


def _names(folder: Path) -> list[str]:
    return sorted(path.stem for path in folder.glob("S-*.lock"))


def _info(folder: Path, name: str) -> SeatInfo:
    try:
        data = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
        return SeatInfo(
            seat=name, user=str(data["user"]), pid=int(data["pid"]), since=str(data["since"]), doing=str(data["doing"])
        )
    except (OSError, ValueError, KeyError, TypeError):
        return SeatInfo(seat=name, user="?", pid=0, since="", doing="")


def _encode(info: SeatInfo) -> bytes:
    data = {"user": info.user, "pid": info.pid, "since": info.since, "doing": info.doing}
    return json.dumps(data, ensure_ascii=False).encode()


def _remove(folder: Path, name: str) -> None:
    for suffix in (".json", WAITS, ".lock"):
        try:
            (folder / f"{name}{suffix}").unlink(missing_ok=True)
        except OSError:
            continue  # held open elsewhere on Windows; the next sweep takes it


def _busy(holder: SeatInfo) -> VaultBusy:
    return VaultBusy(holder=holder.user, pid=holder.pid, since=holder.since, doing=holder.doing)


def _lock(path: Path) -> FileLock:
    return FileLock(path, thread_local=False, mode=0o600)
