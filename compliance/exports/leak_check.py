"""Leak check 脱敏自检: the finished PDF read as an enemy would, before it is released (REQ-049, issue 3 item 10).

Rules: (1) every place that can carry text is searched: text layer of the present and of every earlier revision,
glyph-mapped text, metadata, XMP, attachments, annotations, raw and decoded streams, file name; (2) each value is
sought as UTF-8, UTF-16 in both orders, GB18030, their hexadecimal form and Base64, and in text with spaces, dashes
and case removed; of phones, identity and account numbers any six digits in a row are a leak, because the masks leave
at most four; (3) values too short to be told from chance (one Chinese character, under four other characters) are
counted as skipped, never as checked; (4) a report names the place and the position of the value, never the value.
"""

import base64
import re
import unicodedata
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO

import pypdfium2
from pypdfium2 import PdfiumError

from compliance.exports.pdf_parts import Parts

_JUNK = re.compile(r"[\s\u00ad\u200b-\u200f\u2060\ufeff\-‐‑‒–—_.·•/\\()（）]+")
_WINDOW = 6
_MANY_DIGITS = 9
_BINARY_MIN = 6  # shorter byte forms occur by chance in compressed data


@dataclass(frozen=True, slots=True)
class Leak:
    """``value`` is the position in the list of hidden values; ``form`` how it was found, ``place`` where."""

    place: str
    form: str
    value: int


@dataclass(frozen=True, slots=True)
class LeakReport:
    """``checked`` values were sought, ``skipped`` were too short or stand openly in an allowed text.

    ``remarks`` count what a plain sheet does not have: ``revisions``, ``attachments``, ``annotations``, ``scripts``.
    """

    clean: bool
    checked: int
    skipped: int
    leaks: tuple[Leak, ...]
    remarks: tuple[tuple[str, int], ...] = ()


def attack(
    pdf_bytes: bytes, file_name: str, hidden_values: Iterable[str], *, allowed: Iterable[str] = ()
) -> LeakReport:
    """Search ``pdf_bytes`` for every hidden value. ``allowed`` texts stand openly on the page; a value that is part
    of one of them (a hidden city in the shown hospital's name) cannot be told apart and is skipped.

    Never raises on a damaged file: what pdfium cannot read is searched as bytes.
    """
    values = list(hidden_values)
    openly = "\n".join(_fold(text) for text in allowed)
    sought = [(place, value) for place, value in enumerate(values) if _worth(value) and _fold(value) not in openly]
    parts = Parts(pdf_bytes)
    texts, plain, binary = _haystacks(parts, file_name)
    leaks = [leak for place, value in sought for leak in _search(place, value, texts, plain, binary, openly)]
    return LeakReport(
        clean=not leaks,
        checked=len(sought),
        skipped=len(values) - len(sought),
        leaks=tuple(leaks),
        remarks=_remarks(parts),
    )


def _worth(value: str) -> bool:
    folded = _fold(value)
    wide = sum(ord(c) > 0x2E7F for c in folded)
    return wide >= 2 or len(folded) >= 4


def _fold(text: str) -> str:
    return _JUNK.sub("", unicodedata.normalize("NFKC", text)).casefold()


def _search(
    place: int, value: str, texts: dict[str, str], plain: dict[str, bytes], binary: bytes, openly: str
) -> Iterator[Leak]:
    folded = _fold(value)
    for where, text in texts.items():
        if folded in text:
            yield Leak(where, "text", place)
    digits = re.sub(r"\D", "", folded)
    if len(digits) >= _MANY_DIGITS:
        windows = {digits[k : k + _WINDOW] for k in range(len(digits) - _WINDOW + 1)}
        windows = {w for w in windows if len(set(w)) > 1 and w not in openly}
        for where, text in texts.items():
            if any(window in text for window in windows):
                yield Leak(where, "digits", place)
    for form, needle in _forms(value):
        for where, hay in plain.items():
            if needle in hay:
                yield Leak(where, form, place)
        if len(needle) >= _BINARY_MIN and needle in binary:
            yield Leak("raw", form, place)


def _forms(value: str) -> Iterator[tuple[str, bytes]]:
    seen = set()
    for name in ("utf-8", "utf-16-be", "utf-16-le", "gb18030"):
        needle = value.encode(name, "ignore")
        if needle and needle not in seen and len(needle) >= 4:
            seen.add(needle)
            yield name, needle
            yield f"{name}-hex", needle.hex().encode()
    # Base64 shifts with the position; the middle part of each of the three shifts is fixed.
    raw = value.encode()
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + raw).rstrip(b"=")
        inner = coded[(0, 2, 3)[shift] : len(coded) - 1]
        if len(inner) >= 8:
            yield "base64", inner


def _haystacks(parts: Parts, file_name: str) -> tuple[dict[str, str], dict[str, bytes], bytes]:
    decoded = [s.decoded for s in parts.streams if not s.binary]
    decoded += [member for content in decoded for member in _unzipped(content)]
    soft = b"\n".join(decoded)
    structure = parts.structure
    strings = "\n".join(_as_text(s) for s in parts.strings)
    texts = {
        "file_name": _fold(file_name),
        "text_layer": "\n".join(_fold(text) for text in _layers(parts.pdf)),
        "glyphs": _fold(parts.glyph_text),
        "strings": _fold(strings),
    }
    hexed = re.sub(rb"\s+", b"", b"|".join(re.findall(rb"[0-9A-Fa-f][0-9A-Fa-f\s]{7,}", soft + structure))).lower()
    plain = {"streams": soft, "structure": structure, "hex": hexed}
    # Deflated bytes that decoded to the last one hold nothing beyond what was decoded; all others are searched raw.
    raw = [s.raw for s in parts.streams if not s.whole]
    binary = b"\n".join([*raw, *(s.decoded for s in parts.streams if s.binary)])
    return texts, plain, binary


def _layers(pdf: bytes) -> Iterator[str]:
    """Text and metadata as pdfium shows them, of the whole file and of every earlier revision."""
    ends = [m.end() for m in re.finditer(rb"%%EOF", pdf)]
    for end in dict.fromkeys([len(pdf), *ends[:-1]]):
        try:
            document = pypdfium2.PdfDocument(pdf[:end])
        except PdfiumError:
            continue
        try:
            yield "\n".join(str(value) for value in document.get_metadata_dict().values())
            for page in document:
                text = page.get_textpage()
                yield text.get_text_bounded()
                text.close()
                page.close()
        except PdfiumError:
            continue
        finally:
            document.close()


def _as_text(raw: bytes) -> str:
    if raw[:2] == b"\xfe\xff":
        return raw[2:].decode("utf-16-be", "replace")
    if raw[:2] == b"\xff\xfe":
        return raw[2:].decode("utf-16-le", "replace")
    return raw.decode("utf-8", "replace")


def _unzipped(content: bytes) -> Iterator[bytes]:
    if not content.startswith(b"PK"):
        return
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            for info in archive.infolist():
                if info.file_size <= 64 * 1024 * 1024:
                    yield info.filename.encode() + b"\n" + archive.read(info)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, ValueError):
        return


def _remarks(parts: Parts) -> tuple[tuple[str, int], ...]:
    hay = parts.structure
    counts = (
        ("revisions", max(parts.pdf.count(b"%%EOF") - 1, 0)),
        ("attachments", len(re.findall(rb"/EmbeddedFile\b", hay))),
        ("annotations", len(re.findall(rb"/Annots?\b", hay))),
        ("scripts", len(re.findall(rb"/(?:JavaScript|JS)\b", hay))),
    )
    return tuple((name, count) for name, count in counts if count)
