"""What ``index.db`` holds of people, as columns made without a database: listed text, tokens, readings, blind tags.

Rules: (1) an identifier leaves here only as an HMAC tag; (2) names are never kept in a cache, places are, because they
repeat; (3) traditional and variant characters are found by the usual form and the other way round, here and in what is
asked (``resources/pinyin/simplified.txt``); what is shown stays as it was written; (4) :class:`IndexColumns` holds rows
side by side, ready for one statement each.
"""

import hmac
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache

from compliance.model.profile import Provenance
from compliance.resources import read_text

#: Columns beside the name that may come from elsewhere, in the order of the index.
_OTHERS = ("hospital", "department", "title", "region")
#: A token that no character has: a phrase does not run from one name of a hospital into the next.
_APART = "y"
#: Latin letters, tone-marked pinyin, apostrophes and hyphens between syllables.
_BETWEEN_SYLLABLES = str.maketrans("", "", " '’-·.")


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexRow:
    """What the index holds of one person.

    ``sort`` is the reading the list is ordered by ("linruoxi"); ``typed`` all that the name may be typed as, from its
    beginning ("linruoxi", "lrx", "linrxi"), ``later`` from a later character on. ``aliases`` are other names of the
    hospital. ``origins`` says where each column comes from (name, hospital, department, title, region). ``identifiers``
    are (kind, clear value) pairs of which only HMAC tags are stored: ``licence``, ``source_id:CODE``, ``phone``,
    ``id_number``.
    """

    hcp_id: str
    name: str
    hospital: str = ""
    department: str = ""
    title: str = ""
    region: str = ""
    origins: Mapping[str, Provenance] = field(default_factory=dict)
    sort: str = ""
    typed: tuple[str, ...] = ()
    later: tuple[str, ...] = ()
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
        plain = value.isascii() and value.isalnum()  # most numbers
        clean = value.lower() if plain else fold(value).translate(_BETWEEN_SYLLABLES)
        mac = self._keyed.copy()
        mac.update(f"{kind}|{clean}".encode())
        return mac.digest()[:16]


@dataclass(slots=True)
class IndexColumns:
    """Rows of the index tables, column by column."""

    hcp: list[int] = field(default_factory=list)
    name: list[str] = field(default_factory=list)
    hospital: list[str] = field(default_factory=list)
    department: list[str] = field(default_factory=list)
    title: list[str] = field(default_factory=list)
    region: list[str] = field(default_factory=list)
    source: list[int] = field(default_factory=list)  # number of the name's provenance, and of what says none; 0 unknown
    sort: list[str] = field(default_factory=list)
    name_tokens: list[str] = field(default_factory=list)
    hospital_tokens: list[str] = field(default_factory=list)
    department_tokens: list[str] = field(default_factory=list)
    typed: list[str] = field(default_factory=list)  # the name as it is typed, one token each way
    later: list[str] = field(default_factory=list)
    kind: list[str] = field(default_factory=list)
    tag: list[bytes | bytearray] = field(default_factory=list)
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
            row.sort,
            row.typed,
            row.later,
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
        sort: str = "",
        typed: Sequence[str] = (),
        later: Sequence[str] = (),
        aliases: tuple[str, ...] = (),
    ) -> None:
        """The listed columns and readings of a person, all of them from ``source``."""
        self.hcp.append(hcp)
        self.name.append(name)
        self.hospital.append(hospital)
        self.department.append(department)
        self.title.append(title)
        self.region.append(region)
        self.source.append(source)
        self.sort.append(sort or name)
        self.name_tokens.append(tokens(name))
        self.hospital_tokens.append(place_tokens(hospital, aliases))
        self.department_tokens.append(place_tokens(department))
        self.typed.append(" ".join(map(fold_reading, typed)))
        self.later.append(" ".join(map(fold_reading, later)))

    def identify(self, tagger: Tagger, hcp: int, identifiers: Sequence[tuple[str, str]]) -> None:
        """The blind tags of a person."""
        for kind, value in identifiers:
            if value:
                self.kind.append(kind)
                self.tag.append(tagger.tag(kind, value))
                self.tag_of.append(hcp)


@lru_cache(maxsize=4096)
def place_tokens(text: str, aliases: tuple[str, ...] = ()) -> str:
    """As :func:`tokens` for hospitals and departments, which repeat, with what else they are called. Names are never
    kept."""
    return f" {_APART} ".join(map(tokens, dict.fromkeys((text, *aliases))))


def tokens(text: str) -> str:
    """Characters as tokens of the full-text table."""
    return " ".join(map(_TOKENS.__getitem__, fold(text)))


def usual_form(text: str) -> str:
    """Text as searches compare it: width, case, blanks, traditional and variant characters do not matter."""
    usual = _usual()
    return "".join([usual.get(char, char) for char in fold(text)])


class _Tokens(dict[str, str]):
    """Character → token, that of its usual form."""

    def __missing__(self, char: str) -> str:
        made = self[char] = f"x{ord(_usual().get(char, char)):x}"
        return made


@cache
def _usual() -> dict[str, str]:
    usual: dict[str, str] = {}
    for line in read_text("pinyin", "simplified.txt").split("\n"):
        simple, _, others = line.partition("\t")
        usual.update(dict.fromkeys(others, simple))
    return usual


_TOKENS = _Tokens()


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
