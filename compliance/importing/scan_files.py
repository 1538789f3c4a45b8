"""Files of a scanner: which ones, in which order, each read whole and told by content.

Rules: (1) a folder gives its files by name, no subfolders, no hidden ones; (2) links are not followed inside a folder;
(3) a file that cannot serve is a code, the others go on.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from compliance.errors import InputErrors, bad_input
from compliance.importing.documents import Document, document_of
from compliance.importing.drawing import DRAWN_KINDS
from compliance.importing.scan_child import MOST_BYTES

_MOST_FILES = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanFile:
    """One file: ``number`` from 1, ``name`` for the index and the user's eyes only, its document or a code."""

    number: int
    name: str
    document: Document | None = None
    sha256: str = ""
    code: str = ""

    def __repr__(self) -> str:
        return f"ScanFile({self.number}, {self.code or 'readable'})"


def scan_files(paths: Sequence[Path]) -> tuple[Path, ...]:
    """The files to read. InputErrors ``file_missing``, ``no_scans``, ``too_many_files``."""
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            found.extend(sorted(f for f in path.iterdir() if not f.name.startswith(".") and not f.is_dir()))
        elif path.exists():
            found.append(path)
        else:
            raise bad_input("file_missing", "file")
    if not found:
        raise bad_input("no_scans", "file")
    if len(found) > _MOST_FILES:
        raise bad_input("too_many_files", "file", str(len(found)))
    return tuple(found)


def read_scans(files: Sequence[Path], chosen: Sequence[Path]) -> Iterator[ScanFile]:
    """Each file when its turn comes. ``chosen`` are the paths the user named: links among them are meant."""
    for number, path in enumerate(files, 1):
        try:
            if path.is_symlink() and path not in chosen:
                raise bad_input("file_symlink", "file")
            document = _read(path)
        except InputErrors as error:
            yield ScanFile(number=number, name=path.name, code=error.code)
        else:
            yield ScanFile(number=number, name=path.name, document=document, sha256=sha256(document.data).hexdigest())


def _read(path: Path) -> Document:
    try:
        if not path.is_file():
            raise bad_input("file_missing", "file")
        if path.stat().st_size > MOST_BYTES:
            raise bad_input("file_too_large", "file")
        data = path.read_bytes()
    except FileNotFoundError:
        raise bad_input("file_missing", "file") from None
    except OSError:
        raise bad_input("file_unreadable", "file") from None
    document = document_of(data, most=MOST_BYTES)
    if document.media_type not in DRAWN_KINDS:
        raise bad_input("file_no_scan", "file")
    return document
