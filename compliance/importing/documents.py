"""Single documents from outside: a scan, a mail, a capture, a small table. Read whole, capped, kind told by content.

Rules: (1) nothing over 25 MiB; (2) the kind follows from the bytes, never from the name; (3) programs and archives are
refused; what is kept is kept as bytes and never rendered by us in the parent.
"""

from dataclasses import dataclass
from pathlib import Path

from compliance.errors import bad_input

MOST = 25 * 1024 * 1024
_MARK_WITHIN = 1024 + len(b"%PDF-")
_MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"BM", "image/bmp"),
    (b"GIF8", "image/gif"),
)
_REFUSED = (b"MZ", b"\x7fELF", b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"#!")


@dataclass(frozen=True, slots=True)
class Document:
    """A document's bytes and kind."""

    data: bytes
    media_type: str

    def __repr__(self) -> str:
        return f"Document({self.media_type}, {len(self.data)} bytes)"


def read_document(path: Path, *, kinds: tuple[str, ...] = ()) -> Document:
    """The document at ``path``. InputErrors: file_missing, file_empty, file_too_large, file_kind, file_unreadable."""
    return document_of(read_bytes(path), kinds=kinds)


def read_pdf(path: Path) -> bytes:
    """What a reader opens as a PDF: its mark may stand anywhere in the first bytes, whatever stands before it.
    InputErrors as of :func:`read_document`."""
    data = read_bytes(path)
    if not data:
        raise bad_input("file_empty", "file")
    if b"%PDF-" not in data[:_MARK_WITHIN]:
        raise bad_input("file_kind", "file")
    return data


def read_bytes(path: Path) -> bytes:
    """The bytes at ``path``, capped. InputErrors: file_missing, file_too_large, file_unreadable."""
    try:
        size = path.stat().st_size
        if path.is_dir():
            raise bad_input("file_missing", "file")
        if size > MOST:
            raise bad_input("file_too_large", "file", str(size))
        return path.read_bytes()
    except FileNotFoundError:
        raise bad_input("file_missing", "file") from None
    except OSError:
        raise bad_input("file_unreadable", "file") from None


def document_of(data: bytes, *, kinds: tuple[str, ...] = (), most: int = MOST) -> Document:
    """Bytes with the kind they show. InputErrors: file_empty, file_too_large, file_kind."""
    if not data:
        raise bad_input("file_empty", "file")
    if len(data) > most:
        raise bad_input("file_too_large", "file")
    if data.startswith(_REFUSED):
        raise bad_input("file_kind", "file")
    kind = next((name for magic, name in _MAGIC if data.startswith(magic)), "text/plain" if _text(data) else "")
    if not kind or (kinds and kind not in kinds):
        raise bad_input("file_kind", "file", kind)
    return Document(data, kind)


def _text(data: bytes) -> bool:
    if b"\x00" in data:
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        try:
            data.decode("gb18030")
        except UnicodeDecodeError:
            return False
    return True
