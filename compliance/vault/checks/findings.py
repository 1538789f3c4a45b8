"""What a check says: findings with stable codes and no values."""

from dataclasses import dataclass

#: The queue of acts that wait for a check, which the events give.
QUEUE_DIFFERS = ("index_differs", "consent_wait")
#: The last day of a relation with each person, which consents and bases give (relations.py).
RELATIONS_DIFFER = ("index_differs", "people.last_related")
#: The search index, which sealed sections give.
SEARCH_INDEX = "search_index_differs"
#: No log seal is left in the folder while those outside it stand: they prove the log, the next closing seals it anew.
SEALS_INSIDE = "seals_missing_inside"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding: a stable code, the number of the first bad entry where it is known, and a detail without values."""

    code: str
    index: int | None = None
    detail: str = ""

    @property
    def mendable(self) -> bool:
        """Whether what differs is only worked out from other rows and can be made anew (``consent rebuild --mend``)."""
        return self.harmless or (self.code, self.detail) in (QUEUE_DIFFERS, RELATIONS_DIFFER)

    @property
    def harmless(self) -> bool:
        """Whether nothing that counts differs: the search index is made anew at the next unlock (``vault reindex``),
        the seals inside when the store is closed."""
        return self.of_index or self.code == SEALS_INSIDE

    @property
    def of_index(self) -> bool:
        """Whether it is about the search index."""
        return self.code == SEARCH_INDEX


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """Outcome of a check over ``entries`` entries under ``root``."""

    ok: bool
    entries: int
    root: bytes
    problems: tuple[Problem, ...]
    full: bool

    @property
    def closing(self) -> bool:
        """Whether a finding makes the store read-only."""
        return not all(problem.harmless for problem in self.problems)
