"""Whether a proof can be opened at all: what a viewer needs of each kind, told from a few bytes of its frame.

Whoever hands in a proof can still fetch the right file; whoever checks it weeks later cannot. Rules: (1) a picture
bears its size and at least the beginning of its dots, a PDF its end; (2) a file whose name says picture or PDF is one
by its bytes, not a text; (3) nothing is decoded here (``documents``, rule 3): what passes may still be broken inside,
and whoever checks it sees that.
"""

from pathlib import Path
from typing import Literal

from compliance.errors import bad_input
from compliance.importing.documents import Document, read_document

_SCANS = frozenset({".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif"})
_PNG_HEAD, _GIF_HEAD, _BMP_HEAD, _TIFF_HEAD, _TIFF_ENTRY = 33, 13, 26, 8, 12
#: Start-of-frame marks of JPEG: everything from C0 to CF that is no table (C4), extension (C8) or condition (CC).
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_SCAN, _END = 0xDA, 0xD9


def read_proof(path: Path) -> Document:
    """The document at ``path`` as a proof. InputErrors as ``read_document``, and ``proof_broken``."""
    document = read_document(path)
    if not openable(document) or (document.media_type == "text/plain" and path.suffix.casefold() in _SCANS):
        raise bad_input("proof_broken", "evidence")
    return document


def openable(document: Document) -> bool:
    """Whether the frame of the kind is there (rule 1)."""
    data = document.data
    match document.media_type:
        case "application/pdf":
            return b"%%EOF" in data
        case "image/png":
            sized = data[12:16] == b"IHDR" and any(data[16:20]) and any(data[20:24])
            return len(data) > _PNG_HEAD and sized and b"IDAT" in data and b"IEND" in data
        case "image/jpeg":
            return _jpeg(data)
        case "image/gif":
            return len(data) > _GIF_HEAD and any(data[6:8]) and any(data[8:10])
        case "image/bmp":
            return len(data) > _BMP_HEAD and any(data[18:22]) and any(data[22:26])
        case "image/tiff":
            return _tiff(data)
    return True


def _tiff(data: bytes) -> bool:
    """Whether the directory of the first page lies whole in the file."""
    order: Literal["little", "big"] = "little" if data.startswith(b"II") else "big"
    first = int.from_bytes(data[4:8], order)
    entries = int.from_bytes(data[first : first + 2], order)
    return first >= _TIFF_HEAD and entries > 0 and first + 2 + entries * _TIFF_ENTRY <= len(data)


def _jpeg(data: bytes) -> bool:
    """Whether a frame with a size comes before the dots."""
    at, sized = 2, False
    while at + 4 <= len(data) and data[at] == 0xFF:
        mark = data[at + 1]
        if mark == 0xFF:  # a fill byte
            at += 1
            continue
        if mark == _SCAN:
            return sized
        if mark == _END:
            return False
        if mark in _FRAMES:
            sized = any(data[at + 5 : at + 7]) and any(data[at + 7 : at + 9])
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return False
