"""Files of a vault: private, written whole or not at all.

Rules: (1) folders 0700 and files 0600 where the system knows such modes; (2) a file appears by rename after fsync of
its content, and the folder is synced where the system allows; (3) a full disk is StorageFull and leaves nothing.
"""

import errno
import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from compliance.errors import StorageFull, VaultError

#: From here on one ``sync`` of the system is cheaper than a sync for each file.
_MANY = 8


def make_folder(path: Path) -> None:
    """A private folder, with private parents where they are missing; one that is already there is made private."""
    try:
        for missing in reversed([folder for folder in path.parents if not folder.exists()]):
            missing.mkdir(mode=0o700, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
        path.chmod(0o700)
    except OSError as fault:
        raise as_vault_error(fault) from None


def write_atomically(path: Path, data: bytes) -> None:
    """Replace ``path`` by ``data``. StorageFull or VaultError; the old content stays then."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with open(part, "wb", opener=_private) as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except OSError as fault:
        part.unlink(missing_ok=True)
        raise as_vault_error(fault) from None


def write_new(path: Path, data: bytes) -> None:
    """A new private file, not synced yet: :func:`sync_all` makes it durable before anything names it. StorageFull or
    VaultError; nothing is left then."""
    try:
        with open(path, "xb", opener=_private) as out:
            out.write(data)
    except OSError as fault:
        path.unlink(missing_ok=True)
        raise as_vault_error(fault) from None


def sync_all(paths: Iterable[Path]) -> None:
    """Make new files durable. Many at once by one ``sync``, which waits on Linux (13 times faster for 200 small files);
    few of them, and everywhere else, one by one."""
    wanted = list(paths)
    if len(wanted) > _MANY and sys.platform == "linux":
        os.sync()
        return
    try:
        for path in wanted:
            handle = os.open(path, os.O_RDWR | getattr(os, "O_BINARY", 0))
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
    except OSError as fault:
        raise as_vault_error(fault) from None
    for folder in {path.parent for path in wanted}:
        sync_folder(folder)


def append(path: Path, data: bytes) -> None:
    """Add ``data`` at the end and sync. StorageFull or VaultError."""
    try:
        with open(path, "ab", opener=_private) as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
    except OSError as fault:
        raise as_vault_error(fault) from None


def copy(source: Path, target: Path) -> None:
    """A private copy, complete before it has its name."""
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        with source.open("rb") as inp, open(part, "wb", opener=_private) as out:
            shutil.copyfileobj(inp, out, 1024 * 1024)
            out.flush()
            os.fsync(out.fileno())
        part.replace(target)
    except OSError as fault:
        part.unlink(missing_ok=True)
        raise as_vault_error(fault) from None


def make_private(path: Path) -> None:
    """0600 for a file another library made."""
    try:
        path.chmod(0o600)
    except OSError as fault:
        raise as_vault_error(fault) from None


def sync_folder(folder: Path) -> None:
    """Make a rename durable where folders can be opened (not on Windows)."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        pass
    finally:
        os.close(handle)


def as_vault_error(fault: OSError) -> VaultError:
    """The error to show for a failed file operation; the path stays out of it."""
    if fault.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", -1)):
        return StorageFull()
    if fault.errno == errno.EROFS:
        return VaultError("read_only")
    if isinstance(fault, PermissionError):
        return VaultError("no_permission")
    return VaultError("io_error", number=fault.errno or 0)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
