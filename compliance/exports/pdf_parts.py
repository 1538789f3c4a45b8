"""A PDF taken apart without trusting it: objects, decoded streams, glyph-mapped text, strings.

It is the enemy's view for the leak check, so it reads every object of every revision, referenced or not, and does not
use the library that wrote the file. Rules: (1) never raises on damaged input; what cannot be decoded stays raw;
(2) decoded size is bounded, so a small file cannot fill the memory.
"""

import base64
import re
import zlib
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from compliance.exports.pdf_predictors import without_predictor

MAX_DECODED = 256 * 1024 * 1024
_OBJECT = re.compile(rb"obj\b")
_NUMBER = re.compile(rb"(\d+)\s+\d+\s+$")
_HEAD = 40
_STREAM = re.compile(rb">>\s*stream\r?\n")
_REF = re.compile(rb"/([^\s/<>\[\]()]+)\s+(\d+)\s+\d+\s+R")
_PAIR = re.compile(rb"<([0-9A-Fa-f\s]+)>\s*<([0-9A-Fa-f\s]+)>")
_RANGE = re.compile(rb"<([0-9A-Fa-f\s]+)>\s*<([0-9A-Fa-f\s]+)>\s*(?:<([0-9A-Fa-f\s]+)>|(\[[^\]]*\]))")
_STRING_END = re.compile(rb"[\\()]")
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


@dataclass(frozen=True, slots=True)
class Stream:
    """One stream: its dictionary, its raw bytes and, where the filters are known, the decoded ones.

    ``whole`` says that the raw bytes hold nothing that the decoded ones do not.
    """

    number: int
    head: bytes
    raw: bytes
    decoded: bytes
    whole: bool

    @property
    def binary(self) -> bool:
        """A font program or image: bytes that mean nothing as text."""
        return b"/Length1" in self.head or b"/FontFile" in self.head or b"/Subtype /Image" in self.head


class Parts:
    """Everything in ``pdf`` that may carry text. Streams that are byte for byte one of ``known`` are passed over."""

    def __init__(self, pdf: bytes, known: Container[bytes] = ()) -> None:
        self.pdf, self._known = pdf, known
        self._left = MAX_DECODED

    @cached_property
    def bodies(self) -> list[tuple[int, bytes]]:
        """(object number, body) of all objects, streams included, all revisions."""
        begins = []  # (object number, where its number begins, where its body begins)
        for word in _OBJECT.finditer(self.pdf):
            before = max(word.start() - _HEAD, 0)
            if number := _NUMBER.search(self.pdf[before : word.start()]):
                begins.append((int(number[1]), before + number.start(), word.end()))
        ends = [*(start for _, start, _ in begins[1:]), len(self.pdf)]
        return [(number, self.pdf[body:end]) for (number, _, body), end in zip(begins, ends, strict=False)]

    @cached_property
    def streams(self) -> list[Stream]:
        """All streams, decoded as far as their filters are known."""
        found = []
        for number, body in self.bodies:
            start = _STREAM.search(body)
            if start is None:
                continue
            end = body.rfind(b"endstream")
            raw = body[start.end() : end if end >= 0 else len(body)]
            if raw.rstrip(b"\r\n") in self._known:
                continue
            head = body[: start.start()]
            decoded, whole = self._decode(head, raw)
            if b"/Predictor" in head:
                decoded = without_predictor(head, decoded)
            self._left -= len(decoded)
            found.append(Stream(number, head, raw, decoded, whole))
        return found

    @cached_property
    def structure(self) -> bytes:
        """The file outside its streams: dictionaries, strings, comments, what lies between objects."""
        kept, at = [], 0
        while (match := _STREAM.search(self.pdf, at)) and (end := self.pdf.find(b"endstream", match.end())) >= 0:
            kept.append(self.pdf[at : match.start()])
            at = end + len(b"endstream")
        kept.append(self.pdf[at:])
        return b"\n".join(kept)

    @cached_property
    def strings(self) -> list[bytes]:
        """Contents of all literal and hexadecimal strings of the structure and of object streams."""
        sources = [self.structure, *(s.decoded for s in self.streams if b"/ObjStm" in s.head)]
        return [text for source in sources for text in literal_strings(source)]

    @cached_property
    def glyph_text(self) -> str:
        """Text of all streams that show text, mapped through the fonts' own ToUnicode tables."""
        maps = self._maps
        shown = (s.decoded for s in self.streams if not s.binary and (b"Tj" in s.decoded or b"TJ" in s.decoded))
        return "\n".join(_mapped(content, maps) for content in shown) if maps else ""

    @cached_property
    def _maps(self) -> dict[bytes, Mapping[bytes, str]]:
        tables = {s.number: s.decoded for s in self.streams if b"begincmap" in s.decoded}
        fonts: dict[int, Mapping[bytes, str]] = {}
        for number, body in self.bodies:
            reference = re.search(rb"/ToUnicode\s+(\d+)", body)
            if reference and int(reference[1]) in tables:
                fonts[number] = _unicode_map(tables[int(reference[1])])
        named: dict[bytes, Mapping[bytes, str]] = {}
        for _number, body in self.bodies:
            for name, target in _REF.findall(body):
                if int(target) in fonts:
                    named[name] = fonts[int(target)]
        return named

    def _decode(self, head: bytes, raw: bytes) -> tuple[bytes, bool]:
        filters = re.search(rb"/Filter\s*(\[[^\]]*\]|/\w+)", head)
        content, whole = raw, True
        for name in re.findall(rb"/(\w+)", filters[1]) if filters else ():
            try:
                content, exact = _unfilter(name, content, max(self._left, 0))
            except (ValueError, zlib.error):
                return content, False
            whole = whole and exact
        return content, whole


def literal_strings(source: bytes) -> Iterator[bytes]:
    """Contents of ``(…)`` with escapes resolved and of ``<…>`` as bytes."""
    at = source.find(b"(")
    while at >= 0:
        text, at = _literal(source, at + 1)
        yield text
        at = source.find(b"(", at)
    for match in re.finditer(rb"<([0-9A-Fa-f\s]{2,})>", source):
        yield _hex(match[1])


def _unfilter(name: bytes, content: bytes, limit: int) -> tuple[bytes, bool]:
    """Decoded bytes, and whether nothing was left over that a value could hide in."""
    if name in (b"FlateDecode", b"Fl"):
        if not limit:
            raise ValueError
        worker = zlib.decompressobj()
        out = worker.decompress(content, limit)
        return out, worker.eof and not worker.unused_data.strip()
    if name in (b"ASCII85Decode", b"A85"):
        code, _, rest = content.partition(b"~>")
        return base64.a85decode(code.strip(), ignorechars=b" \t\n\r\v"), not rest.strip()
    if name in (b"ASCIIHexDecode", b"AHx"):
        code, _, rest = content.partition(b">")
        return _hex(code), not rest.strip()
    if name in (b"LZWDecode", b"LZW"):
        return _lzw(content, limit), True
    if name in (b"RunLengthDecode", b"RL"):
        return _runs(content, limit), True
    raise ValueError


def _lzw(content: bytes, limit: int) -> bytes:
    """Adaptive Lempel-Ziv-Welch as ISO 32000-1 7.4.4 packs it: 9 to 12 bits, the width grown one code early."""
    out, table = bytearray(), [bytes([k]) for k in range(256)] + [b"", b""]
    bits = held = 0
    wide, before = 9, b""
    for byte in content:
        bits, held = (bits << 8) | byte, held + 8
        if held < wide:
            continue
        held -= wide
        code, bits = bits >> held, bits & ((1 << held) - 1)
        if code == 257 or len(out) > limit:
            break
        if code == 256:
            del table[258:]
            wide, before = 9, b""
            continue
        if code > len(table) or (code == len(table) and not before):
            raise ValueError
        entry = table[code] if code < len(table) else before + before[:1]
        out += entry
        if before:
            table.append(before + entry[:1])
        before = entry
        wide = min(12, max(9, (len(table) + 1).bit_length()))
    return bytes(out)


def _runs(content: bytes, limit: int) -> bytes:
    """Run lengths: a count below 128 copies, above repeats, 128 ends."""
    out, at = bytearray(), 0
    while at < len(content) and content[at] != 128 and len(out) < limit:
        count = content[at]
        if count < 128:
            out += content[at + 1 : at + 2 + count]
            at += 2 + count
        else:
            out += content[at + 1 : at + 2] * (257 - count)
            at += 2
    return bytes(out)


def _literal(source: bytes, at: int) -> tuple[bytes, int]:
    out, depth = bytearray(), 1
    while True:
        stop = _STRING_END.search(source, at)
        if stop is None:
            return bytes(out), len(source)
        out += source[at : stop.start()]
        mark, at = stop[0], stop.end()
        if mark == b"(":
            depth += 1
        elif mark == b")":
            depth -= 1
            if not depth:
                return bytes(out), at
        else:
            octal = re.match(rb"[0-7]{1,3}", source[at : at + 3])
            if octal:
                out.append(int(octal[0], 8) & 255)
                at += octal.end()
            else:
                char = source[at : at + 1]
                out += _ESCAPES.get(char, b"" if char in b"\r\n" else char)
                at += 1
            continue
        out += mark


def _hex(text: bytes) -> bytes:
    digits = re.sub(rb"[^0-9A-Fa-f]", b"", text)
    return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())


@lru_cache(maxsize=64)
def _unicode_map(table: bytes) -> dict[bytes, str]:
    out: dict[bytes, str] = {}
    for kind, section in re.findall(rb"beginbf(char|range)(.*?)endbf", table, re.DOTALL):
        if kind == b"char":
            out.update((_hex(code), _utf16(target)) for code, target in _PAIR.findall(section))
            continue
        for first, last, target, listed in _RANGE.findall(section):
            low = _hex(first)
            span = min(int.from_bytes(_hex(last)) - int.from_bytes(low), 65_535)
            if listed:
                targets = [_utf16(one) for one in re.findall(rb"<([^>]*)>", listed)]
            else:
                base = _utf16(target)
                targets = [base[:-1] + chr(min(ord(base[-1]) + k, 0x10FFFF)) for k in range(span + 1)] if base else []
            out.update((_plus(low, step), text) for step, text in enumerate(targets))
    return out


def _utf16(digits: bytes) -> str:
    return _hex(digits).decode("utf-16-be", "replace")


def _plus(code: bytes, step: int) -> bytes:
    return ((int.from_bytes(code) + step) % (1 << 8 * len(code))).to_bytes(len(code))


def _mapped(content: bytes, maps: Mapping[bytes, Mapping[bytes, str]]) -> str:
    font: Mapping[bytes, str] = {}
    out: list[str] = []
    for name, string, hexed in _tokens(content):
        if name is not None:
            font = maps.get(name, font)
            continue
        codes = hexed if hexed is not None else string or b""
        size = len(next(iter(font), b"x"))
        out.append("".join(font.get(codes[k : k + size], "") for k in range(0, len(codes), size)))
    return "".join(out)


def _tokens(content: bytes) -> Iterator[tuple[bytes | None, bytes | None, bytes | None]]:
    at = 0
    finder = re.compile(rb"/([^\s/<>\[\]()]+)\s+[-\d.]+\s+Tf|\(|<([0-9A-Fa-f\s]+)>")
    while (match := finder.search(content, at)) is not None:
        if match[1] is not None:
            yield match[1], None, None
            at = match.end()
        elif match[2] is not None:
            yield None, None, _hex(match[2])
            at = match.end()
        else:
            text, at = _literal(content, match.end())
            yield None, text, None
