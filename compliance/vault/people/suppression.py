"""Who must not come back from a list: blind tags of people who objected, and whether a row is one of them.

Rules: (1) a licence alone is enough; a source id or a phone, which people share, needs the name or the hospital beside
it; name and hospital together are enough; (2) tags are HMACs under a key of their own, which outlives the rotation of
the index key because nothing is left to make them anew from (registers/suppressions.py); (3) of people who were erased,
a licence or source id is enough, and so are name and hospital together, unless row and entry have different licences or
different ids of one source: then they are two people of one name; (4) no file, no database: the sealing process of an
import holds one of these.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from compliance.vault.lists.index_rows import SHORT, Tagger

NAME, HOSPITAL, LICENCE = "name", "hospital", "licence"


class SuppressionList:
    """Standing entries, by kind and tag."""

    def __init__(self, key: bytes, tags: Mapping[str, Mapping[str, Iterable[str]]]) -> None:
        self._key = key
        self._tags = {kind: {tag: frozenset(of) for tag, of in found.items()} for kind, found in tags.items()}
        self._tagger = Tagger(key)
        self._place = lru_cache(maxsize=4096)(lambda text: self._look(HOSPITAL, text))
        self._having = {
            kind: frozenset(entry for of in found.values() for entry in of) for kind, found in self._tags.items()
        }
        self.entries = frozenset(entry for found in self._tags.values() for of in found.values() for entry in of)

    def __bool__(self) -> bool:
        return bool(self.entries)

    def __repr__(self) -> str:
        return f"SuppressionList({len(self.entries)} entries)"

    def find(self, identifiers: Iterable[tuple[str, str]], *, name: str, hospital: str) -> frozenset[str]:
        """Entries that are this person (rule 1). ``identifiers`` as the index has them."""
        called, placed = self._look(NAME, name), self._place(hospital)
        either, found = called | placed, called & placed
        for kind, value in identifiers:
            of = self._look(kind, value)
            if of:
                found |= of if kind == LICENCE else of & either
        return found

    def find_erased(self, identifiers: Iterable[tuple[str, str]], *, name: str, hospital: str) -> frozenset[str]:
        """Entries of erased people who are this person (rule 3)."""
        pairs = list(identifiers)
        found = frozenset(entry for kind, value in pairs for entry in self._look(kind, value))
        same = self._look(NAME, name)
        same = same & self._place(hospital) if same else same
        for kind, value in pairs if same else ():
            same -= self._having.get(kind, _NONE) if value else _NONE
        return found | same

    def tags_of(
        self, identifiers: Iterable[tuple[str, str]], *, name: str, hospital: str
    ) -> frozenset[tuple[str, str]]:
        """(kind, tag) of everything a person is found by."""
        pairs = [*identifiers, (NAME, name), (HOSPITAL, hospital)]
        return frozenset((kind, self._tagger.tag(kind, value).hex()) for kind, value in pairs if value)

    def as_json(self) -> dict[str, Any]:
        """For the pipe to the sealing process, and nowhere else."""
        tags = {kind: {tag: sorted(of) for tag, of in found.items()} for kind, found in self._tags.items()}
        return {"key": self._key.hex(), "tags": tags}

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> "SuppressionList":
        """Inverse of :meth:`as_json`."""
        return cls(bytes.fromhex(body["key"]), body["tags"])

    def _look(self, kind: str, value: str) -> frozenset[str]:
        known = self._tags.get(kind)
        if not known or not value:
            return _NONE
        tag = self._tagger.tag(kind, value).hex()
        return known.get(tag) or known.get(tag[:SHORT], _NONE)


def short_tag(number: int) -> str:
    """A tag as the index keeps it, to stand in a list: shorter than others, found all the same."""
    return f"{number:0{SHORT}x}"


_NONE: frozenset[str] = frozenset()
