"""What ``index.db`` holds of people, as columns made without a database: listed text, tokens, readings, blind tags.

Rules: (1) an identifier leaves here only as an HMAC tag, cut to 60 bits: of half a million people with three each two
share one by chance in one store of a million; (2) names are never kept in a cache; (3) traditional and variant
characters are found by the usual form and the other way round, here and in what is asked
(``resources/pinyin/simplified.txt``); what is shown stays as it was written; (4) :class:`IndexColumns` holds rows side
by side, ready for one statement each.
"""

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from itertools import compress, repeat

from compliance.model.profile import Provenance
from compliance.model.spelling import Parts
from compliance.resources import read_text
from compliance.vault.lists import name_tokens

#: Columns beside the name that may come from elsewhere, in the order of the index.
_OTHERS = ("hospital", "department", "title", "region")
#: Latin letters, tone-marked pinyin, apostrophes and hyphens between syllables.
_BETWEEN_SYLLABLES = str.maketrans("", "", " '’-·.")
#: Hexadecimal digits of a tag that the index keeps.
SHORT = 15
#: Bytes of a block of SHA-256, and what HMAC makes of each byte of its key.
_BLOCK = 64
_INNER, _OUTER = (bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))
#: Said of a name nobody can read aloud, in place of its rarer readings.
_UNREAD = "?"


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexRow:
    """What the index holds of one person.

    ``parts`` are the readings of the name, syllable by syllable. ``aliases`` are other names of the hospital.
    ``origins`` says where each column comes from (name, hospital, department, title, region). ``identifiers`` are
    (kind, clear value) pairs of which only HMAC tags are stored: ``licence``, ``source_id:CODE``, ``phone``,
    ``id_number``.
    """

    hcp_id: str
    name: str
    hospital: str = ""
    department: str = ""
    title: str = ""
    region: str = ""
    origins: Mapping[str, Provenance] = field(default_factory=dict)
    parts: Parts = ()
    aliases: tuple[str, ...] = ()
    identifiers: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"IndexRow({self.hcp_id})"


class Tagger:
    """Makes blind tags: the same value always, no way back without the key. HMAC-SHA256 (RFC 2104) from copies of its
    two begun hashes, which take half as long as copies of the library's HMAC."""

    def __init__(self, key: bytes) -> None:
        block = (key if len(key) <= _BLOCK else sha256(key).digest()).ljust(_BLOCK, b"\0")
        self._inner, self._outer = sha256(block.translate(_INNER)), sha256(block.translate(_OUTER))

    def tag(self, kind: str, value: str) -> bytes:
        """The tag of an identifier."""
        (digest,) = self._digests(kind, [value])
        return digest[:16]

    def number(self, kind: str, value: str) -> int:
        """As much of the tag as the index keeps: its first :data:`SHORT` hexadecimal digits, as a number."""
        (number,) = self.numbers(kind, [value])
        return number

    def numbers(self, kind: str, values: Iterable[str]) -> list[int]:
        """As :meth:`number` for many of a kind."""
        return [int.from_bytes(digest[:8]) >> 4 for digest in self._digests(kind, values)]

    def _digests(self, kind: str, values: Iterable[str]) -> Iterator[bytes]:
        begun = self._inner.copy()
        begun.update(f"{kind}|".encode())
        begin, close = begun.copy, self._outer.copy
        for value in values:
            plain = value.isascii() and value.isalnum()  # most numbers
            clean = value.lower() if plain else fold(value).translate(_BETWEEN_SYLLABLES)
            inner, outer = begin(), close()
            inner.update(clean.encode())
            outer.update(inner.digest())
            yield outer.digest()


@dataclass(slots=True)
class IndexColumns:
    """Rows of the index tables, column by column."""

    hcp: list[int] = field(default_factory=list)
    name: list[str] = field(default_factory=list)
    usual: list[str] = field(default_factory=list)  # the name as searches compare it, "" where that is the name itself
    hospital: list[str] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)  # what the hospital is called besides, line by line
    department: list[str] = field(default_factory=list)
    title: list[str] = field(default_factory=list)
    region: list[str] = field(default_factory=list)
    source: list[int] = field(default_factory=list)  # number of the name's provenance, and of what says none; 0 unknown
    sort: list[str] = field(default_factory=list)  # the reading the list is ordered by
    rarer: list[str] = field(default_factory=list)  # see :func:`rarer_readings`
    tokens: list[str] = field(default_factory=list)  # of the name
    kind: list[str] = field(default_factory=list)
    tag: list[int] = field(default_factory=list)
    tag_of: list[int] = field(default_factory=list)
    apart: list[tuple[int | None, ...]] = field(default_factory=list)  # other columns from elsewhere, then the person

    def __repr__(self) -> str:
        return f"IndexColumns({len(self.hcp)} people)"

    def add(self, tagger: Tagger, hcp: int, row: IndexRow, number: Callable[[Provenance], int]) -> None:
        """A person. ``number`` gives the number of a provenance record."""
        numbers = {name: number(origin) for name, origin in row.origins.items()}
        others = tuple(numbers.get(name) for name in _OTHERS)
        self.listed(
            hcp,
            row.name,
            row.hospital,
            row.department,
            row.title,
            row.region,
            numbers.get("name", 0),
            row.parts,
            row.aliases,
        )
        if any(other not in (None, numbers.get("name")) for other in others):
            self.apart.append((*others, hcp))
        self.identify(tagger, hcp, row.identifiers)

    def listed(
        self,
        hcp: int,
        name: str,
        hospital: str,
        department: str,
        title: str,
        region: str,
        source: int,
        parts: Parts = (),
        aliases: tuple[str, ...] = (),
    ) -> None:
        """The listed columns and readings of a person, all of them from ``source``."""
        self.list_all([hcp], [name], [hospital], [department], [title], [region], [source], [parts], [aliases])

    def list_all(
        self,
        hcp: Sequence[int],
        name: Sequence[str],
        hospital: Sequence[str],
        department: Sequence[str],
        title: Sequence[str],
        region: Sequence[str],
        source: Sequence[int],
        parts: Sequence[Parts],
        aliases: Iterable[tuple[str, ...]],
    ) -> None:
        """As :meth:`listed` for many, column by column."""
        plain = list(map(usual_form, name))
        self.hcp += hcp
        self.name += name
        self.usual += ["" if usual == written else usual for usual, written in zip(plain, name, strict=True)]
        self.hospital += hospital
        self.aliases += map("\n".join, aliases)
        self.department += department
        self.title += title
        self.region += region
        self.source += source
        self.sort += [
            " ".join([part[0] for part in spoken]) if spoken else written
            for spoken, written in zip(parts, name, strict=True)
        ]
        self.rarer += map(rarer_readings, parts)
        self.tokens += map(" ".join, map(name_tokens.tokens, plain, parts))

    def identify(self, tagger: Tagger, hcp: int, identifiers: Sequence[tuple[str, str]]) -> None:
        """The blind tags of a person."""
        for kind, value in identifiers:
            self.identify_all(tagger, kind, [hcp], [value])

    def identify_all(self, tagger: Tagger, kind: str, hcp: Sequence[int], values: Sequence[str]) -> None:
        """The blind tags of one kind of many people; "" is none."""
        if "" in values:
            hcp = list(compress(hcp, values))
        self.kind += repeat(kind, len(hcp))
        self.tag += tagger.numbers(kind, filter(None, values))
        self.tag_of += hcp


def rarer_readings(parts: Parts) -> str:
    """Readings of each part but its likeliest: "dan,chan " of 单雄; "" where there are none, "?" of an unread name."""
    if not parts:
        return _UNREAD
    if max(map(len, parts)) == 1:
        return ""
    return " ".join([",".join(part[1:]) for part in parts])


def parts_again(sort: str, rarer: str) -> Parts:
    """The readings that ``sort`` and :func:`rarer_readings` were made of."""
    if rarer == _UNREAD:
        return ()
    first = sort.split(" ")
    others = rarer.split(" ") if rarer else [""] * len(first)
    return tuple((one, *filter(None, more.split(","))) for one, more in zip(first, others, strict=True))


def usual_form(text: str) -> str:
    """Text as searches compare it: width, case, blanks, accents, traditional and variant characters do not matter."""
    try:
        return "".join([_IDEOGRAPHS[char] for char in text])  # most names
    except KeyError:
        return "".join(map(_USUAL.__getitem__, fold(text)))


class _Ideographs(dict[str, str]):
    """Ideograph that no folding changes → its usual form. KeyError for any other character."""

    def __missing__(self, char: str) -> str:
        if not "\u4e00" <= char <= "\u9fff":
            raise KeyError
        made = self[char] = _USUAL[char]
        return made


class _Usual(dict[str, str]):
    """Character → its usual form."""

    def __missing__(self, char: str) -> str:
        made = self[char] = _simplified().get(char) or _bare(char)
        return made


def _bare(char: str) -> str:
    """A Latin letter without its accent: who types *Muller* means Müller too."""
    base = _STROKED.get(char) or unicodedata.normalize("NFD", char)[0]
    return base if base.isascii() and base.isalpha() else char


@cache
def _simplified() -> dict[str, str]:
    usual: dict[str, str] = {}
    for line in read_text("pinyin", "simplified.txt").split("\n"):
        simple, _, others = line.partition("\t")
        usual.update(dict.fromkeys(others, simple))
    return usual


_USUAL, _IDEOGRAPHS = _Usual(), _Ideographs()
#: Letters that no normal form takes apart.
_STROKED = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i"}


def fold(text: str) -> str:
    """Width, case and blanks do not matter to a search."""
    return "".join((text if text.isascii() else unicodedata.normalize("NFKC", text)).casefold().split())


def fold_reading(text: str) -> str:
    """A reading without tones, case and marks between syllables; ü is v as people type it."""
    if text.isascii():
        if text.isalpha() and text.islower():
            return text
        return text.lower().replace("u:", "v").translate(_BETWEEN_SYLLABLES)
    plain = unicodedata.normalize("NFD", text.casefold().replace("ü", "v").replace("u:", "v"))
    plain = plain.replace("u\u0308", "v")
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return letters.translate(_BETWEEN_SYLLABLES)
