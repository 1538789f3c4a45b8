"""What a hidden value looks like in a file: as text, and as the bytes of each encoding.

Rules: (1) text is compared with blanks, dashes, stops and case removed; (2) of phones, identity and account numbers
any six digits in a row betray, because the masks leave at most four; of long free text any twelve characters; of mail
addresses the name of the mailbox; (3) as bytes a value is sought in UTF-8, UTF-16 of both orders and GB18030, as they
are, in hexadecimal, in Base64 and escaped (JSON, percent, PDF name); (4) as text also backwards, with Chinese numerals
for digits, and, where the caller knows how a name is spoken, in pinyin; (5) a short value (one Chinese character, under
four others) is everywhere by chance: it is sought as a whole word, in all these codings, never as part of one.
"""

import base64
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

ENCODINGS = ("utf-8", "utf-16-be", "utf-16-le", "gb18030")
_JUNK = re.compile(r"[\s\u00ad\u200b-\u200f\u2060\ufeff\-‐‑‒–—_.·•/\\()（）]+")
_BREAK = re.compile(r"[^\w@+%#*=.\-‐‑–—]+")
_WINDOW, _MANY_DIGITS = 6, 9
_PHRASE, _LONG = 12, 16
_BYTES = 4  # fewer occur by chance in any stream
_BASE64 = 5
_LOCAL = 6  # shorter names of mailboxes are words
_BACKWARDS, _SPOKEN = 4, 5  # shorter ones stand in any text by chance
_NUMERALS = str.maketrans("〇零一二三四五六七八九壹贰叁肆伍陆柒捌玖", "00123456789123456789")


@dataclass(frozen=True)
class Sought:
    """One hidden value, ready to be looked for. ``place`` is its position in the caller's list."""

    place: int
    value: str
    readings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Sought({self.place})"

    @cached_property
    def folded(self) -> str:
        """The value as text is compared."""
        return fold(self.value)

    @cached_property
    def short(self) -> bool:
        """Too short to be told from chance inside other words."""
        return sum(ord(c) > 0x2E7F for c in self.folded) < 2 and len(self.folded) < 4

    @cached_property
    def windows(self) -> frozenset[str]:
        """Six digits in a row of a long number, each way the number can be cut."""
        digits = re.sub(r"\D", "", self.folded)
        if len(digits) < _MANY_DIGITS:
            return frozenset()
        cuts = (digits[k : k + _WINDOW] for k in range(len(digits) - _WINDOW + 1))
        return frozenset(cut for cut in cuts if len(set(cut)) > 1)

    @cached_property
    def backwards(self) -> tuple[str, ...]:
        """The value, or six digits of a long number, read from behind."""
        turned = {piece[::-1] for piece in (self.folded, *self.windows) if len(piece) >= _BACKWARDS}
        return tuple(piece for piece in turned if piece != piece[::-1])

    @cached_property
    def spoken(self) -> tuple[str, ...]:
        """A name as it is spelled in letters."""
        told = (fold(reading) for reading in self.readings)
        return tuple(dict.fromkeys(text for text in told if len(text) >= _SPOKEN and text != self.folded))

    @cached_property
    def phrases(self) -> frozenset[str]:
        """Pieces of free text that give it away when only a part was printed; of an address what stands before the @,
        because the mask of the law leaves its domain."""
        local, at, domain = self.folded.partition("@")
        if at and domain.isascii() and "@" not in domain and " " not in self.value.strip():
            return frozenset({local}) if len(local) >= _LOCAL else frozenset()
        if len(self.folded) < _LONG or self.windows:
            return frozenset()
        starts = range(0, len(self.folded) - _PHRASE + 1, 4)
        return frozenset(self.folded[k : k + _PHRASE] for k in starts)

    @cached_property
    def raw(self) -> tuple[tuple[str, bytes], ...]:
        """(name of the encoding, bytes) of a value that is not short."""
        found: dict[bytes, str] = {}
        for name in ENCODINGS:
            raw = self.value.encode(name, "ignore")
            if len(raw) >= _BYTES:
                found.setdefault(raw, name)
        return tuple((name, raw) for raw, name in found.items())

    @cached_property
    def hexed(self) -> tuple[tuple[str, bytes], ...]:
        """The same in hexadecimal."""
        return tuple((f"{name}-hex", raw.hex().encode()) for name, raw in self.raw)

    @cached_property
    def coded(self) -> tuple[tuple[str, bytes], ...]:
        """The same in Base64, and escaped."""
        found = {inner: f"{name}-base64" for name, raw in self.raw for inner in _base64(raw)}
        found |= {text.encode(): name for name, text in _escaped(self.value)}
        return tuple((name, raw) for raw, name in found.items())

    @cached_property
    def words(self) -> tuple[tuple[str, str], ...]:
        """(name of the coding, folded word) of a short value."""
        found = {self.folded: "word"} if self.folded else {}
        for name in ENCODINGS:
            raw = self.value.strip().encode(name, "ignore")
            if len(raw) > 1:
                found.setdefault(raw.hex(), f"{name}-hex")
                found.setdefault(base64.b64encode(raw).decode().casefold(), f"{name}-base64")
        for name, text in _escaped(self.value.strip()):
            found.setdefault(text.casefold(), name)
        return tuple((name, word) for word, name in found.items())

    @property
    def bare(self) -> bool:
        """A short number or a single letter: on every page, whoever it is about."""
        return self.short and (self.folded.isdigit() or (self.folded.isascii() and len(self.folded) < 2))


def seek(values: Iterable[str], spoken: Callable[[str], tuple[str, ...]] = lambda _: ()) -> list[Sought]:
    """The values that hold anything to look for, each with the ways it is ``spoken``."""
    return [item for place, value in enumerate(values) if (item := Sought(place, value, spoken(value))).folded]


def fold(text: str) -> str:
    """Text as it is compared: width and case levelled, blanks and separators gone."""
    return _JUNK.sub("", unicodedata.normalize("NFKC", text)).casefold()


def in_digits(text: str) -> str:
    """Levelled text with Chinese numerals as digits: 一三八 is 138."""
    return text.translate(_NUMERALS)


def words_of(text: str) -> Counter[str]:
    """The words of ``text``, levelled, each with its number."""
    return Counter(
        word for raw in _BREAK.split(unicodedata.normalize("NFKC", text).casefold()) if (word := _JUNK.sub("", raw))
    )


def _base64(raw: bytes) -> Iterable[bytes]:
    """Base64 shifts with the position: of each of the three shifts the part that depends on nothing else."""
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + raw).rstrip(b"=")
        whole = (shift + len(raw)) % 3 == 0
        inner = coded[(0, 2, 3)[shift] : len(coded) if whole else len(coded) - 1]
        if len(inner) >= _BASE64:
            yield inner
            if b"+" in inner or b"/" in inner:
                yield inner.translate(bytes.maketrans(b"+/", b"-_"))  # as it stands in links


def _escaped(value: str) -> Iterable[tuple[str, str]]:
    if not value.isascii():
        yield "json", json.dumps(value)[1:-1]
        for text in (quote(value), quote(value).lower()):
            yield "percent", text
            yield "name", text.replace("%", "#")
