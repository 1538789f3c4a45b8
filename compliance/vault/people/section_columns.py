"""Insides of the sealed sections of many people, made column by column: one pass over a field instead of one over each
person.

Rules: (1) byte for byte what :func:`.section_text.pack` makes of one person whose values have one provenance; (2) what
a field says again and again is packed once, except where hardly any text comes twice; what is remembered is bounded;
(3) beside each inside stands which fields it holds, and nothing of what they say.
"""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from itertools import compress

from compliance.model.access import Section
from compliance.vault.people.holdings import holding_body
from compliance.vault.people.section_text import number_bytes, packed, tag

#: Packed texts of one field that are kept, and sets of fields whose holding is.
_MOST_TEXTS, _MOST_KINDS = 20_000, 10_000
_NOTHING = b""

#: Texts of one field, None where a person has none → what each is packed to, nothing for None.
_Packer = Callable[[list[str | None]], list[bytes]]


@dataclass(slots=True)
class Insides:
    """One section of those people who have anything in it. ``of``: their places among all; ``holdings``: which fields
    of theirs stand in it from which source (holdings.py)."""

    section: Section
    of: Sequence[int]
    plain: list[bytes]
    holdings: list[str]


class SectionColumns:
    """``sections``: field → where it stands; ``apart``: fields in which hardly any text comes twice."""

    def __init__(self, sections: Mapping[str, Section], apart: Container[str]) -> None:
        self._fields: dict[Section, list[tuple[str, _Packer]]] = {}
        for key in sorted(sections, key=tag):
            packer = _once(key) if key in apart else _Repeating(key).column
            self._fields.setdefault(sections[key], []).append((key, packer))
        self._holdings: dict[tuple[str, ...], _Holdings] = {}

    def of(self, people: Sequence[Mapping[str, str]], provenances: Sequence[int]) -> list[Insides]:
        """The sections of ``people``, each with field → text from one source; what stands nowhere is left out.
        VaultError ``bad_text``."""
        heads = list(map(number_bytes, provenances))
        said = set().union(*people)
        found = []
        for section in Section:
            fields = [(key, packer) for key, packer in self._fields.get(section, ()) if key in said]
            if fields:
                columns = [packer([person.get(key) for person in people]) for key, packer in fields]
                kinds = self._kinds(tuple(key for key, _ in fields))
                has = zip(provenances, *(map(bool, column) for column in columns), strict=True)
                holdings = list(map(kinds.__getitem__, has))
                plain = list(map(b"".join, zip(heads, *columns, strict=True)))
                found.append(_those(section, plain, holdings))
        return found

    def _kinds(self, fields: tuple[str, ...]) -> "_Holdings":
        kinds = self._holdings.get(fields)
        if kinds is None or len(kinds) > _MOST_KINDS:
            kinds = self._holdings[fields] = _Holdings(fields)
        return kinds


def _those(section: Section, plain: list[bytes], holdings: list[str]) -> Insides:
    if "" not in holdings:
        return Insides(section, range(len(plain)), plain, holdings)
    of = list(compress(range(len(plain)), holdings))
    return Insides(section, of, [plain[place] for place in of], [holdings[place] for place in of])


class _Holdings(dict[tuple[int, ...], str]):
    """(Provenance, whether each of some fields is there) → the written form; "" where none is."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        super().__init__()
        self._fields = fields

    def __missing__(self, kind: tuple[int, ...]) -> str:
        keys = list(compress(self._fields, kind[1:]))
        found = self[kind] = holding_body({kind[0]: keys}) if keys else ""
        return found


def _once(key: str) -> _Packer:
    lead = tag(key)
    return lambda texts: [_NOTHING if text is None else lead + packed(text) for text in texts]


class _Repeating(dict[str | None, bytes]):
    """A field whose texts come again and again."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self._tag = tag(key)

    def column(self, texts: list[str | None]) -> list[bytes]:
        """What each text is packed to."""
        if len(self) > _MOST_TEXTS:
            self.clear()
        return list(map(self.__getitem__, texts))

    def __missing__(self, text: str | None) -> bytes:
        found = self[text] = _NOTHING if text is None else self._tag + packed(text)
        return found
