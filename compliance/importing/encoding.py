"""Which encoding a text file is in, decided over the whole file, never guessed.

Ladder: byte-order mark → UTF-16 when NUL bytes show it → strict UTF-8 → strict GB18030. A detector that guesses from a
sample was measured and found wrong on Chinese names (libraries.md 4.5). Rules: (1) the whole file must decode, or it is
``encoding_unknown``; (2) the byte 0x80, a euro sign in Windows code page 936 only, is named as such; (3) NUL characters
mean a binary file, a few of them in a list one that is damaged or half written; (4) text in HZ is named as such, and so
is a Western list (Latin letters with accents, one byte each), which GB18030 would decode to characters nobody wrote;
(5) private-use code points that GB 18030 has since moved are mapped to their real ones, the rest stay and are refused
cell by cell; (6) :func:`others` gives what else a file may be in, for whoever can tell by a header that only one of
them knows (reading.py).
"""

import codecs
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from compliance.errors import InputErrors, bad_input

CHUNK = 1 << 18
#: Longest physical line in characters.
MOST_LINE = 1 << 20

#: GB 18030-2005 and -2022: code points that were private-use in earlier tables (standard's annex; libraries.md 4.5).
PRIVATE_USE = str.maketrans({
    0xE7C7: 0x1E3F,
    0xE78D: 0xFE10, 0xE78E: 0xFE12, 0xE78F: 0xFE11, 0xE790: 0xFE13, 0xE791: 0xFE14, 0xE792: 0xFE15,
    0xE793: 0xFE16, 0xE794: 0xFE17, 0xE795: 0xFE18, 0xE796: 0xFE19,
    0xE816: 0x20087, 0xE817: 0x20089, 0xE818: 0x200CC, 0xE831: 0x215D7, 0xE83B: 0x2298F, 0xE855: 0x241FE,
    0xE81E: 0x9FB4, 0xE826: 0x9FB5, 0xE82B: 0x9FB6, 0xE82C: 0x9FB7, 0xE832: 0x9FB8, 0xE843: 0x9FB9,
    0xE854: 0x9FBA, 0xE864: 0x9FBB,
})  # fmt: skip

#: HZ (RFC 1843) is plain ASCII to every decoder: pairs of printable bytes between ~{ and ~}.
_HZ = re.compile(rb"~\{(?:[\x21-\x77][\x21-\x7e]){2,}~\}")
#: A byte above ASCII alone between letters or at the end of a word: in Chinese, Japanese and Korean encodings they
#: stand in pairs, or before a digit (four bytes of GB18030).
_ALONE = re.compile(rb"(?<![\x80-\xff])[\xc0-\xd6\xd8-\xf6\xf8-\xff](?![\x80-\xff0-9])")
_ABOVE = bytes(range(0x80))
_WESTERN = "Windows 1252"
#: What a file may be in that is none of the ladder: (name, codec).
_OTHERS = (
    ("hz", "hz"),
    ("big5", "cp950"),
    ("big5-hkscs", "big5hkscs"),
    ("windows-1252", "cp1252"),
)
_MOVED = re.compile("[\ue7c7-\ue864]")
#: Beginnings of files that are surely no table of text.
_BINARY = (b"\x89PNG", b"\xff\xd8\xff", b"%PDF", b"GIF8", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"SQLite f", b"\x7fELF")

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-bom", "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16-be"),
    (b"\x84\x31\x95\x33", "gb18030", "gb18030"),
)


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file that decodes from end to end. ``skip`` are the bytes of its mark, ``lines`` its line ends."""

    path: Path
    encoding: str
    codec: str
    skip: int
    lines: int
    sha256: str


def recognise(path: Path) -> TextFile:
    """Read the whole file once. InputErrors: file_empty, file_binary, file_nul, encoding_unknown
    (value: byte offset)."""
    with path.open("rb") as file:
        head = file.read(CHUNK)
    if not head:
        raise bad_input("file_empty", "file")
    if head.startswith(_BINARY):
        raise bad_input("file_binary", "file")
    if head.isascii() and _HZ.search(head):
        raise bad_input("encoding_unknown", "file", "0", "HZ")
    name, codec, skip = _claim(head)
    if codec:
        return _check(path, name, codec, skip)
    try:
        return _check(path, "utf-8", "utf-8", 0)
    except InputErrors as error:
        if error.code != "encoding_unknown":
            raise
    if _is_western(head):
        raise bad_input("encoding_unknown", "file", "0", _WESTERN)
    return _check(path, "gb18030", "gb18030", 0)


def others(path: Path) -> Iterator[TextFile]:
    """What else the whole of ``path`` decodes as, outside the ladder; nothing here says that it is meant."""
    for name, codec in _OTHERS:
        try:
            yield _check(path, name, codec, 0)
        except InputErrors:
            continue


def lines(file: TextFile) -> Iterator[str]:
    """Decoded lines with their ends, private-use characters mapped. InputErrors: line_too_long."""
    decoder = codecs.getincrementaldecoder(file.codec)("strict")
    rest = ""
    with file.path.open("rb") as source:
        source.seek(file.skip)
        while chunk := source.read(CHUNK):
            text = rest + decoder.decode(chunk)
            if not text.isascii() and _MOVED.search(text):
                text = text.translate(PRIVATE_USE)
            pieces = _split(text)
            rest = pieces.pop() if pieces else ""
            if len(rest) > MOST_LINE:
                raise bad_input("line_too_long", "file")
            yield from pieces
    rest = (rest + decoder.decode(b"", final=True)).removesuffix("\r")
    if rest:
        yield rest


def _claim(head: bytes) -> tuple[str, str, int]:
    for mark, name, codec in _BOMS:
        if head.startswith(mark):
            return name, codec, len(mark)
    sample = head[: len(head) // 2 * 2][:4096]
    if b"\0" in sample:
        even, odd = sample[0::2].count(0), sample[1::2].count(0)
        # Chinese text in UTF-16 has few NULs, but separators and digits give many, all on one side.
        codec = "utf-16-le" if odd > 4 * even else "utf-16-be" if even > 4 * odd else ""
        if codec and _reads_as_list(sample, codec):
            return codec, codec, 0
        raise _with_nul(sample.decode("utf-8", "ignore"))
    return "", "", 0


def _is_western(head: bytes) -> bool:
    """Whether nine in ten bytes above ASCII are single Latin letters."""
    above = len(head.translate(None, _ABOVE))
    return above > 0 and len(_ALONE.findall(head)) * 10 >= above * 9


def _reads_as_list(sample: bytes, codec: str) -> bool:
    """Whether bytes with NULs are a list in UTF-16 rather than another text with NULs in it."""
    text = sample.decode(codec, "ignore")
    if not any(mark in text for mark in "\r\n") or not any(mark in text for mark in ",;\t|"):
        return False
    try:
        sample[:-4].decode("utf-8")
    except UnicodeDecodeError:
        return True
    return sample.count(0) * 3 > len(sample)


def _check(path: Path, name: str, codec: str, skip: int) -> TextFile:
    decoder = codecs.getincrementaldecoder(codec)("strict")
    digest = hashlib.sha256()
    ends, offset, content = 0, skip, False
    with path.open("rb") as file:
        digest.update(file.read(skip))
        while True:
            chunk = file.read(CHUNK)
            digest.update(chunk)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                raise _unknown(codec, error, offset) from None
            if "\0" in text:
                raise _with_nul(text)
            ends += max(text.count("\n"), text.count("\r"))
            content = content or (text != "" and not text.isspace())
            if not chunk:
                break
            offset += len(chunk)
    if offset == skip or not content:
        raise bad_input("file_empty", "file")
    return TextFile(path, name, codec, skip, ends, digest.hexdigest())


def _unknown(codec: str, error: UnicodeDecodeError, offset: int) -> InputErrors:
    place = str(offset + error.start)
    if codec.startswith("utf-16") and not offset:
        return bad_input("file_binary", "file")
    if codec == "gb18030":
        if error.object[error.start : error.start + 1] == b"\x80":
            return bad_input("encoding_unknown", "file", place, "Windows 936")
        if _looks_binary(error.object):
            return bad_input("file_binary", "file")
    return bad_input("encoding_unknown", "file", place)


def _with_nul(text: str) -> InputErrors:
    """``file_nul`` for a text with few NULs and no other control characters, ``file_binary`` for what is none."""
    is_text = text.count("\0") * 10 < len(text) and not _looks_binary(text.replace("\0", "").encode()[:4096])
    return bad_input("file_nul" if is_text else "file_binary", "file")


def _looks_binary(data: bytes) -> bool:
    sample = data[:4096]
    control = sum(sample.count(code) for code in range(32) if code not in (9, 10, 12, 13, 27))
    return bool(sample) and control * 50 > len(sample)


def _split(text: str) -> list[str]:
    """Lines with their ends; the last piece is unfinished. Only LF, CR LF and CR end a line, unlike splitlines()."""
    if "\r" in text:
        held = text.endswith("\r")  # its LF may stand in the next chunk
        body = text[:-1] if held else text
        pieces = body.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        done = [piece + "\n" for piece in pieces[:-1]]
        return [*done, pieces[-1] + ("\r" if held else "")]
    pieces = text.split("\n")
    return [*(piece + "\n" for piece in pieces[:-1]), pieces[-1]]
