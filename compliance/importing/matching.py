"""Who stood in the file before: duplicates by identifier, candidates by name and hospital or phone.

Rules (architecture section 13): (1) a duplicate has the licence or a source id of an earlier row; (2) a key of an
earlier row whose name and hospital are both others is the key of another person (a shared sign-in sheet): no duplicate;
(3) people with the same name and hospital, or the same phone, may be one and are only listed; nothing is ever merged on
a name.
"""

from collections.abc import Sequence
from functools import lru_cache

from compliance.importing.fields import hospital_key
from compliance.importing.words import fold

#: A row bears the licence or source id of somebody else.
KEY_OF_ANOTHER = "key_of_another"


class Seen:
    """The keys of the rows read so far."""

    def __init__(self) -> None:
        self._by_key: dict[tuple[str, str], tuple[int, str, str]] = {}
        self._by_name: dict[tuple[str, str], int] = {}
        self._by_phone: dict[str, int] = {}

    def first(
        self, row: int, licence: str | None, source_ids: Sequence[str], name: str, hospital: str
    ) -> tuple[int, str] | None:
        """(earlier row, code) when an identifier was seen; else the identifiers are remembered for ``row``."""
        keys = [("source_id", source_id.casefold()) for source_id in source_ids]
        if licence:
            keys.insert(0, ("licence", licence))
        if not keys:
            return None
        who = (row, *who_of(name, hospital))
        another = 0
        for key in keys:
            found = self._by_key.get(key)
            if found is None:
                continue
            if not is_another(found[1:], who[1:]):
                return found[0], f"duplicate_{key[0]}"
            another = another or found[0]
        if another:
            return another, KEY_OF_ANOTHER
        for key in keys:
            self._by_key[key] = who
        return None

    def candidates(self, row: int, name: str, hospital: str, phone: str | None) -> tuple[tuple[int, str], ...]:
        """Earlier rows that may be the same person, and why."""
        found = []
        earlier = self._by_name.setdefault(who_of(name, hospital), row)
        if earlier != row:
            found.append((earlier, "name_and_hospital"))
        if phone:
            earlier = self._by_phone.setdefault(phone, row)
            if earlier != row:
                found.append((earlier, "phone"))
        return tuple(found)


def who_of(name: str, hospital: str) -> tuple[str, str]:
    """Name and hospital as people are compared."""
    return fold(name), _hospital_key(hospital)


def is_another(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two people, as :func:`who_of` gives them, agree in neither name nor hospital."""
    return one[0] != other[0] and one[1] != other[1]


@lru_cache(maxsize=8192)
def _hospital_key(name: str) -> str:
    return hospital_key(name)
