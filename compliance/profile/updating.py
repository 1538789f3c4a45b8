"""A value held and the value a later file has for it: what becomes of it, field by field. Pure.

Rules, in order: (1) the same text is *same*; from the same source with a later day of its own it is *confirmed*, so
that its age counts from then (R03); in quarantine it is not: a source without proof proves nothing by saying it again,
and its 30 days go on (R24); (2) nothing held is *added*, but where a person took the value out, or it was let
go at the end of its retention, on or after the day of the file; (3) who somebody is does not change by a file: another
name or licence under a known key is a conflict for a person to judge (R26, PIPL 8); (4) what is in doubt never takes
the place of what is not, and what is disputed stays until somebody settles it; (5) a value typed or corrected by hand
on or after the day of the file stays; without a day the file cannot be later (PIPL 8: accuracy); (6) from the same
source the later day wins, an earlier one does not, and without two days the later file does; (7) from another source
the grade must be as good (A before D), at the same grade the class (domain.md appendix C), and the day later.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from compliance.model.profile import FieldValue, Provenance, SourceClass, ValueStatus
from compliance.model.quality import in_doubt

#: Fields that say who somebody is.
IDENTITY = frozenset({"full_name", "practice_licence_no"})
_CLASSES = (
    SourceClass.ZERO,
    SourceClass.FIRST,
    SourceClass.PUBLIC,
    SourceClass.SECOND,
    SourceClass.THIRD,
    SourceClass.DERIVED,
)


class Verdict(StrEnum):
    """What becomes of a value. The last five keep what is held and are listed."""

    SAME = "same"
    CONFIRMED = "confirmed"
    ADDED = "added"
    CHANGED = "changed"
    IDENTITY = "conflict_identity"
    DOUBTFUL = "conflict_doubtful"
    TYPED = "conflict_typed"
    OLDER = "conflict_older"
    BETTER = "conflict_better"


#: Verdicts that write.
WRITES = frozenset({Verdict.CONFIRMED, Verdict.ADDED, Verdict.CHANGED})
CONFLICTS = frozenset({Verdict.IDENTITY, Verdict.DOUBTFUL, Verdict.TYPED, Verdict.OLDER, Verdict.BETTER})


@dataclass(frozen=True, slots=True)
class Offered:
    """What a file has for a field. ``own_day``: its row has a day of its own, not only the file as a whole."""

    value: str
    provenance: Provenance
    own_day: bool = False

    def __repr__(self) -> str:
        return f"Offered(…, {self.provenance.source})"


def judge(key: str, held: FieldValue | None, offered: Offered, *, typed_on: date | None) -> Verdict:
    """Rules 1 to 7. ``typed_on``: the day a person last typed this value or took it out, None when only files did."""
    if held is None:
        taken_out = typed_on is not None and not _later(offered.provenance.source_date, typed_on)
        return Verdict.TYPED if taken_out else Verdict.ADDED
    had, new = held.provenance, offered.provenance
    if held.value == offered.value:
        return Verdict.CONFIRMED if _confirms(had, offered, typed_on) else Verdict.SAME
    if key in IDENTITY:
        return Verdict.IDENTITY
    if had.status is ValueStatus.DISPUTED or (in_doubt(new) and not in_doubt(had)):
        return Verdict.DOUBTFUL
    if typed_on is not None and not _later(new.source_date, typed_on):
        return Verdict.TYPED
    if had.source == new.source:
        earlier = new.source_date is not None and had.source_date is not None and new.source_date < had.source_date
        return Verdict.OLDER if earlier and typed_on is None else Verdict.CHANGED
    if in_doubt(had) and not in_doubt(new):
        return Verdict.CHANGED
    if _rank(new) > _rank(had):
        return Verdict.BETTER
    if had.source_date is not None and not _later(new.source_date, had.source_date):
        return Verdict.OLDER
    return Verdict.CHANGED


def _confirms(had: Provenance, offered: Offered, typed_on: date | None) -> bool:
    new = offered.provenance
    return (
        offered.own_day
        and had.source == new.source
        and not (in_doubt(had) or in_doubt(new))
        and (had.source_date is None or _later(new.source_date, had.source_date))
        and (typed_on is None or _later(new.source_date, typed_on))
    )


def _later(day: date | None, than: date) -> bool:
    return day is not None and day > than


def _rank(provenance: Provenance) -> tuple[str, int]:
    return provenance.grade, _CLASSES.index(provenance.source_class)
