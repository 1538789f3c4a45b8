"""Careful writing: private, atomic, durable, or not at all.

Rules: (1) the content goes to a temporary neighbour with mode 0600, is synced and only then takes the final name, so a
reader sees the whole file or none; (2) an existing file is never replaced unless the caller says so; (3) names are
built from serials and pseudonymous ids only, because folders get listed, synchronised and photographed.
"""

import contextlib
import errno
import hashlib
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from compliance.errors import ExportError, StorageFull

_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_FULL = frozenset({errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC), errno.EFBIG})
_DENIED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


@dataclass(frozen=True, slots=True)
class Written:
    """A file that is safely on disk. ``sha256`` is lower-case hexadecimal, ``size`` in bytes."""

    path: Path
    sha256: str
    size: int


def write_file(path: Path, content: bytes, *, replace: bool = False) -> Written:
    """Write ``content`` to ``path``; parent folders are created, private to the user.

    Raises :class:`ExportError` ``exists`` (and ``replace`` is false), ``read_only``, ``not_a_folder``, or
    ``write_failed`` with the system's number, and :class:`StorageFull`. The folder is then as it was before.
    """
    temporary = path.with_name(f".{secrets.token_hex(8)}.part")
    try:
        if not replace and path.exists():
            raise ExportError("exists")
        if path.is_dir():
            raise ExportError("is_a_folder")
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_synced(temporary, content)
        _publish(temporary, path, replace=replace)
    except OSError as error:
        raise _told(error) from None
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)
    return Written(path=path, sha256=hashlib.sha256(content).hexdigest(), size=len(content))


def write_private(path: Path, content: bytes, *, replace: bool = False) -> str:
    """:func:`write_file`, for callers that only want the SHA-256."""
    return write_file(path, content, replace=replace).sha256


def file_name(*parts: str, suffix: str) -> str:
    """A name of serials and ids: ``file_name("S-7QK4M2XA", "HCP-7QK4M2XA", suffix=".pdf")``.

    Raises :class:`ExportError` ``bad_name`` for any part that is not plain ASCII of the shape ids have, so that no
    name of a person can reach a folder listing by mistake.
    """
    if not parts or not all(_PART.fullmatch(part) for part in parts):
        raise ExportError("bad_name")
    return "_".join(parts) + suffix


def _write_synced(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _publish(temporary: Path, path: Path, *, replace: bool) -> None:
    if not replace:
        # A hard link fails when the name was taken meanwhile; where links do not exist the earlier check must do.
        try:
            os.link(temporary, path)
        except FileExistsError:
            raise ExportError("exists") from None
        except (OSError, NotImplementedError, AttributeError):
            pass
        else:
            return
    os.replace(temporary, path)  # noqa: PTH105 - the atomic call is named on purpose


def _sync_folder(folder: Path) -> None:
    # Windows cannot open a folder; there the rename itself is journaled.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _told(error: OSError) -> Exception:
    if error.errno in _FULL:
        return StorageFull("storage_full")
    if error.errno in _DENIED:
        return ExportError("read_only")
    if error.errno in (errno.ENOTDIR, errno.EEXIST):
        return ExportError("not_a_folder")
    return ExportError("write_failed", errno=error.errno or 0)
