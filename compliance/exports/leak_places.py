"""Every place of a PDF that can carry text, ready to be searched.

Places: text layer of the present and of every earlier revision, glyph-mapped text, strings (metadata, annotations,
outlines), decoded streams (XMP, attachments, members of attached archives), the structure around them, bytes that
belong to no part of the file, hexadecimal and Base64 runs, raw bytes that no filter of ours could read to the end, and
the file name. What is packed is unpacked, wherever it stands. Never raises on damage.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from html import unescape

import pypdfium2
from pypdfium2 import PdfiumError

from compliance.exports.leak_forms import fold, in_digits, words_of
from compliance.exports.packed import unpacked, written_packed
from compliance.exports.pdf_outside import outside
from compliance.exports.pdf_parts import Parts

_HEX_RUN = re.compile(rb"[0-9A-Fa-f][0-9A-Fa-f\s]{7,}")
_PRINTABLE = re.compile(rb"[\x20-\x7e\r\n\t]{5,}")
_BLANKS = b" \t\r\n\f\v"
_DRAWN = re.compile(rb"[\])>]\s*T[jJ]\b")


@dataclass(frozen=True)
class Places:
    """One file as the search sees it."""

    parts: Parts
    file_name: str

    @cached_property
    def _spoken(self) -> dict[str, str]:
        return {
            "file_name": self.file_name,
            "text_layer": "\n".join(_layers(self.parts.pdf)),
            "glyphs": self.parts.glyph_text,
            "strings": "\n".join(as_text(s) for s in self.parts.strings),
            "written": "\n".join(text for content in self._written for text in _decoded(content)),
        }

    @cached_property
    def texts(self) -> dict[str, str]:
        """What a reader, a search or a copy would give, levelled."""
        return {where: fold(text) for where, text in self._spoken.items()}

    @cached_property
    def digits(self) -> dict[str, str]:
        """The same where it holds Chinese numerals, with these as digits."""
        return {where: turned for where, text in self.texts.items() if (turned := in_digits(text)) != text}

    @cached_property
    def words(self) -> dict[str, Counter[str]]:
        """Whole words of the same and of every stream that is not a drawing, for values too short to be sought inside
        others."""
        counts = {where: words_of(text) for where, text in self._spoken.items() if where != "written"}
        streams: Counter[str] = Counter()
        for content in self._written:
            for text in _decoded(content):
                streams |= words_of(text)
        return counts | {"streams": streams}

    @cached_property
    def raw(self) -> dict[str, bytes]:
        """Bytes in which an encoding of a value may stand as it is. ``raw`` means nothing as text: fonts, images, and
        what lies beside deflated data."""
        streams = self.parts.streams
        opaque = b"\n".join([*(s.raw for s in streams if not s.whole), *(s.decoded for s in streams if s.binary)])
        return {
            "streams": b"\n".join(self._soft),
            "structure": self.parts.structure,
            "unescaped": b"\n".join(self.parts.strings),
            "outside": b"\n".join(self._strange),
            "raw": opaque,
        }

    @cached_property
    def hexed(self) -> bytes:
        """All hexadecimal runs without their blanks."""
        return b"|".join(_HEX_RUN.findall(self._printed)).translate(None, _BLANKS).lower()

    @cached_property
    def unbroken(self) -> bytes:
        """All printable bytes without blanks, in which a coded value stands in one piece."""
        return self._printed.translate(None, _BLANKS)

    @cached_property
    def outside(self) -> tuple[tuple[str, int], ...]:
        """Bytes that belong to no part of the file: where, and how many. A page of ours has none."""
        counts: Counter[str] = Counter()
        for where, content in self._outside:
            counts[where] += len(content)
        return tuple(counts.items())

    @cached_property
    def _outside(self) -> list[tuple[str, bytes]]:
        return outside(self.parts.pdf)

    @cached_property
    def _strange(self) -> list[bytes]:
        """The same bytes and what unpacks out of them and out of what no filter read to its end."""
        loose = [content for _, content in self._outside]
        rests = [s.decoded if s.whole else s.raw for s in self.parts.streams if s.binary or not s.whole]
        packed = [*(unpacked(c, thorough=True) for c in loose), *map(unpacked, [*rests, *self.parts.strings])]
        packed += map(written_packed, (self.parts.structure, *self._soft))
        return [*loose, *(piece for pieces in packed for piece in pieces)]

    @cached_property
    def _printed(self) -> bytes:
        soft = [self.raw[where] for where in ("streams", "structure", "outside")]
        return b"|".join([*soft, *_PRINTABLE.findall(self.raw["raw"])])

    @cached_property
    def _written(self) -> list[bytes]:
        """Streams that are neither a drawing nor a table of characters: XMP, attachments, scripts."""
        written = [c for c in self._soft if b"begincmap" not in c and not _DRAWN.search(c)]
        return [*written, *self._strange]

    @cached_property
    def _soft(self) -> list[bytes]:
        decoded = [s.decoded for s in self.parts.streams if not s.binary]
        return decoded + [member for content in decoded for member in unpacked(content)]

    def remarks(self) -> tuple[tuple[str, int], ...]:
        """What a plain paper does not have, counted."""
        hay = self.parts.structure
        counts = (
            ("revisions", max(self.parts.pdf.count(b"%%EOF") - 1, 0)),
            ("attachments", len(re.findall(rb"/EmbeddedFile\b", hay))),
            ("annotations", len(re.findall(rb"/Annots?\b", hay))),
            ("scripts", len(re.findall(rb"/(?:JavaScript|JS)\b", hay))),
        )
        return tuple((name, count) for name, count in counts if count)


@dataclass(frozen=True)
class Clear:
    """Bytes that are text, such as a member of a pack before it is encrypted, as the same search sees them."""

    data: bytes

    @cached_property
    def texts(self) -> dict[str, str]:
        """The text, levelled."""
        return {"member": fold(self._text)}

    @cached_property
    def digits(self) -> dict[str, str]:
        """As of a file."""
        return {where: turned for where, text in self.texts.items() if (turned := in_digits(text)) != text}

    @cached_property
    def words(self) -> dict[str, Counter[str]]:
        """Whole words."""
        return {"member": words_of(self._text)}

    @property
    def raw(self) -> dict[str, bytes]:
        """The bytes."""
        return {"member": self.data}

    @cached_property
    def hexed(self) -> bytes:
        """Hexadecimal runs without their blanks."""
        return b"|".join(_HEX_RUN.findall(self.data)).translate(None, _BLANKS).lower()

    @cached_property
    def unbroken(self) -> bytes:
        """The bytes without blanks."""
        return self.data.translate(None, _BLANKS)

    @cached_property
    def _text(self) -> str:
        return self.data.decode("utf-8", "replace")


def as_text(raw: bytes) -> str:
    """A PDF string as text."""
    if raw[:2] == b"\xfe\xff":
        return raw[2:].decode("utf-16-be", "replace")
    if raw[:2] == b"\xff\xfe":
        return raw[2:].decode("utf-16-le", "replace")
    return raw.decode("utf-8", "replace")


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


def _decoded(content: bytes) -> Iterator[str]:
    for coding in _codings(content):
        text = content.decode(coding, "replace")
        yield text
        if "&#" in text:  # as XML writes a character by its number
            yield unescape(text)


def _codings(content: bytes) -> tuple[str, ...]:
    if b"\0\0" in content[:64]:
        return ("utf-8", "utf-16-be", "utf-16-le", "utf-32-be", "utf-32-le")
    if content[:2] in (b"\xfe\xff", b"\xff\xfe"):
        return ("utf-16",)
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return ("gb18030", "utf-16-be", "utf-16-le")
    return ("utf-8", "utf-16-be", "utf-16-le") if b"\0" in content else ("utf-8",)
