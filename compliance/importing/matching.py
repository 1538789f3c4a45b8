"""Who stood in the file before: duplicates by identifier, candidates by name and hospital or phone.

Rules (architecture section 13): (1) a duplicate has the licence or a source id of an earlier row; (2) people with the
same name and hospital, or the same phone, may be one and are only listed; nothing is ever merged on a name.
"""

from collections.abc import Sequence
from functools import lru_cache

from compliance.importing.fields import hospital_key
from compliance.importing.words import fold


class Seen:
    """The keys of the rows read so far."""

    def __init__(self) -> None:
        self._by_key: dict[tuple[str, str], int] = {}
        self._by_name: dict[tuple[str, str], int] = {}
        self._by_phone: dict[str, int] = {}

    def first(self, row: int, licence: str | None, source_ids: Sequence[str]) -> tuple[int, str] | None:
        """(earlier row, code) when an identifier was seen; else the identifiers are remembered for ``row``."""
        keys = [("source_id", source_id.casefold()) for source_id in source_ids]
        if licence:
            keys.insert(0, ("licence", licence))
        for key in keys:
            if key in self._by_key:
                return self._by_key[key], f"duplicate_{key[0]}"
        for key in keys:
            self._by_key[key] = row
        return None

    def candidates(self, row: int, name: str, hospital: str, phone: str | None) -> tuple[tuple[int, str], ...]:
        """Earlier rows that may be the same person, and why."""
        found = []
        earlier = self._by_name.setdefault((fold(name), _hospital_key(hospital)), row)
        if earlier != row:
            found.append((earlier, "name_and_hospital"))
        if phone:
            earlier = self._by_phone.setdefault(phone, row)
            if earlier != row:
                found.append((earlier, "phone"))
        return tuple(found)


@lru_cache(maxsize=8192)
def _hospital_key(name: str) -> str:
    return hospital_key(name)
