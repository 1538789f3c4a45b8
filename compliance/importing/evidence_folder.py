"""Files a list names inside one folder, opened so that a list from outside can reach nothing else.

Rules: (1) names are relative, with forward or backward strokes, without ``..``; (2) no link on the way, neither a
folder nor the file (``file_symlink``), and what is opened is what was looked at; (3) the folder itself may be reached
by any way, its user chose it; (4) names may be written in another Unicode form than on disk.
"""

import os
import stat
import unicodedata
from pathlib import Path, PureWindowsPath

from compliance.errors import bad_input
from compliance.importing.documents import MOST, Document, document_of

_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


class EvidenceFolder:
    """One folder of evidence. InputErrors ``folder_missing``."""

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise bad_input("folder_missing", "evidence_dir")
        self._root = root

    def open(self, name: str) -> Document:
        """The document ``name`` says. InputErrors: file_outside, file_symlink, file_missing, file_empty,
        file_too_large, file_kind, file_unreadable."""
        path = self._root
        for part in self._parts(name):
            path = self._below(path, part)
        try:
            handle = os.open(path, os.O_RDONLY | _NO_FOLLOW)
        except FileNotFoundError:
            raise bad_input("file_missing", "file") from None
        except OSError:
            raise bad_input("file_unreadable", "file") from None
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            os.close(handle)
            raise bad_input("file_missing", "file")
        with os.fdopen(handle, "rb") as file:
            if found.st_size > MOST:
                raise bad_input("file_too_large", "file", str(found.st_size))
            try:
                data = file.read(MOST + 1)
            except OSError:
                raise bad_input("file_unreadable", "file") from None
        return document_of(data)

    def _parts(self, name: str) -> tuple[str, ...]:
        path = PureWindowsPath(name.strip())  # knows both strokes, drives and shares
        if path.drive or path.root or not path.parts or ".." in path.parts or "\0" in name:
            raise bad_input("file_outside", "file")
        return tuple(part for part in path.parts if part != ".")

    @staticmethod
    def _below(folder: Path, part: str) -> Path:
        for form in ("NFC", "NFD"):
            path = folder / unicodedata.normalize(form, part)
            try:
                if stat.S_ISLNK(path.lstat().st_mode):
                    raise bad_input("file_symlink", "file")
            except (OSError, ValueError):
                continue
            return path
        raise bad_input("file_missing", "file")
