"""Who stood in the file before: duplicates by identifier, candidates by name and hospital or phone.

Rules (architecture section 13): (1) a duplicate has the licence or a source id of an earlier row; (2) a key of an
earlier row whose name and hospital are both others is the key of another person (a shared sign-in sheet): no duplicate;
(3) people with the same name and hospital, or the same phone, may be one and are only listed; nothing is ever merged on
a name.
"""

from array import array
from collections.abc import Sequence
from functools import lru_cache

from compliance.importing.fields import hospital_key
from compliance.importing.words import fold

#: A row bears the licence or source id of somebody else.
KEY_OF_ANOTHER = "key_of_another"


class Seen:
    """The keys of the rows read so far, as numbers of 64 bits under a key of this process: half a million rows of texts
    and pairs would be most of the memory of the reading process, and two texts of one number are one in ten million
    files."""

    def __init__(self) -> None:
        self._by_key: dict[int, int] = {}
        self._by_name: dict[int, int] = {}
        self._by_phone: dict[int, int] = {}
        self._names, self._hospitals = array("q"), array("q")  # by row

    @staticmethod
    def who(name: str, hospital: str) -> tuple[int, int]:
        """Name and hospital as they are compared, each as a number."""
        called, placed = who_of(name, hospital)
        return hash(called), hash(placed)

    def first(
        self, row: int, licence: str | None, source_ids: Sequence[str], who: tuple[int, int]
    ) -> tuple[int, str] | None:
        """(earlier row, code) when an identifier was seen; else the identifiers are remembered for ``row``."""
        keys = [("source_id", hash(("source_id", source_id.casefold()))) for source_id in source_ids]
        if licence:
            keys.insert(0, ("licence", hash(("licence", licence))))
        if not keys:
            return None
        called, placed = who
        another = 0
        for kind, key in keys:
            earlier = self._by_key.get(key)
            if earlier is None:
                continue
            if self._names[earlier] == called or self._hospitals[earlier] == placed:
                return earlier, f"duplicate_{kind}"
            another = another or earlier
        if another:
            return another, KEY_OF_ANOTHER
        self._remember(row, called, placed)
        for _, key in keys:
            self._by_key[key] = row
        return None

    def candidates(self, row: int, who: tuple[int, int], phone: str | None) -> tuple[tuple[int, str], ...]:
        """Earlier rows that may be the same person, and why."""
        found = []
        earlier = self._by_name.setdefault(hash(who), row)
        if earlier != row:
            found.append((earlier, "name_and_hospital"))
        if phone:
            earlier = self._by_phone.setdefault(hash(phone), row)
            if earlier != row:
                found.append((earlier, "phone"))
        return tuple(found)

    def _remember(self, row: int, called: int, placed: int) -> None:
        for known, number in ((self._names, called), (self._hospitals, placed)):
            known.frombytes(bytes(8 * (row + 1 - len(known))))
            known[row] = number


def who_of(name: str, hospital: str) -> tuple[str, str]:
    """Name and hospital as people are compared."""
    return fold(name), _hospital_key(hospital)


def is_another(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether two people, as :func:`who_of` gives them, agree in neither name nor hospital."""
    return one[0] != other[0] and one[1] != other[1]


@lru_cache(maxsize=8192)
def _hospital_key(name: str) -> str:
    return hospital_key(name)
