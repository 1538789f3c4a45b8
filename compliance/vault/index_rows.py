"""What ``index.db`` holds of people, as columns made without a database: listed text, tokens, readings, blind tags.

Rules: (1) an identifier leaves here only as an HMAC tag, cut to 60 bits: of half a million people with three each two
share one by chance in one store of a million; (2) names are never kept in a cache; (3) traditional and variant
characters are found by the usual form and the other way round, here and in what is asked
(``resources/pinyin/simplified.txt``); what is shown stays as it was written; (4) :class:`IndexColumns` holds rows side
by side, ready for one statement each.
"""

import hmac
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from compliance.model.profile import Provenance
from compliance.model.spelling import Parts
from compliance.resources import read_text
from compliance.vault import name_tokens

#: Columns beside the name that may come from elsewhere, in the order of the index.
_OTHERS = ("hospital", "department", "title", "region")
#: Latin letters, tone-marked pinyin, apostrophes and hyphens between syllables.
_BETWEEN_SYLLABLES = str.maketrans("", "", " '’-·.")
#: Hexadecimal digits of a tag that the index keeps.
SHORT = 15
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
    """Makes blind tags: the same value always, no way back without the key."""

    def __init__(self, key: bytes) -> None:
        self._keyed = hmac.new(key, digestmod="sha256")

    def tag(self, kind: str, value: str) -> bytes:
        """The tag of an identifier."""
        return self._digest(kind, value)[:16]

    def number(self, kind: str, value: str) -> int:
        """As much of the tag as the index keeps: its first :data:`SHORT` hexadecimal digits, as a number."""
        return int.from_bytes(self._digest(kind, value)[:8]) >> 4

    def _digest(self, kind: str, value: str) -> bytes:
        plain = value.isascii() and value.isalnum()  # most numbers
        clean = value.lower() if plain else fold(value).translate(_BETWEEN_SYLLABLES)
        mac = self._keyed.copy()
        mac.update(f"{kind}|{clean}".encode())
        return mac.digest()


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
        plain = usual_form(name)
        self.hcp.append(hcp)
        self.name.append(name)
        self.usual.append("" if plain == name else plain)
        self.hospital.append(hospital)
        self.aliases.append("\n".join(aliases))
        self.department.append(department)
        self.title.append(title)
        self.region.append(region)
        self.source.append(source)
        self.sort.append(" ".join([part[0] for part in parts]) if parts else name)
        self.rarer.append(rarer_readings(parts))
        self.tokens.append(" ".join(name_tokens.tokens(plain, parts)))

    def identify(self, tagger: Tagger, hcp: int, identifiers: Sequence[tuple[str, str]]) -> None:
        """The blind tags of a person."""
        for kind, value in identifiers:
            if value:
                self.kind.append(kind)
                self.tag.append(tagger.number(kind, value))
                self.tag_of.append(hcp)


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
    """Text as searches compare it: width, case, blanks, traditional and variant characters do not matter."""
    return "".join(map(_USUAL.__getitem__, fold(text)))


class _Usual(dict[str, str]):
    """Character → its usual form."""

    def __missing__(self, char: str) -> str:
        made = self[char] = _simplified().get(char, char)
        return made


@cache
def _simplified() -> dict[str, str]:
    usual: dict[str, str] = {}
    for line in read_text("pinyin", "simplified.txt").split("\n"):
        simple, _, others = line.partition("\t")
        usual.update(dict.fromkeys(others, simple))
    return usual


_USUAL = _Usual()


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
