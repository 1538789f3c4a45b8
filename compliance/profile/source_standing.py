"""Where a source of the register stands: may its values be used, what does it lack, when is it reviewed again.

Rules: (1) what others collected (second and third party) is held until the proof of its basis is on file and
reviewed, and again once the review is older than its months (R05; PIPL 10, 23); (2) a bought source is besides off
until the privacy officer switches it on, on a day (R05); (3) our own and public sources are never held by this, a
public one should say by more than its name where it can be looked up, and when it was (R06; PIPL 27), an outside one
its scope: the register says what is missing; (4) the last day of a review counts whole.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from compliance.model.limits import add_months
from compliance.model.profile import SourceClass
from compliance.model.register import Source

#: Collected by others.
OUTSIDE = (SourceClass.SECOND, SourceClass.THIRD)
#: How long before its end a review is called for.
SOON = timedelta(days=30)


class Lack(StrEnum):
    """What a source is without. The first three hold its values back."""

    PROOF = "proof"
    SWITCH = "switch"
    REVIEW_OVER = "review_over"
    REVIEW_SOON = "review_soon"
    SCOPE = "scope"
    CITATION = "citation"


#: Lack → the reason a value of such a source is not shown.
REASONS = {
    Lack.PROOF: "value_in_doubt",
    Lack.SWITCH: "source_switched_off",
    Lack.REVIEW_OVER: "source_review_over",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceStanding:
    """One source on one day. ``held_for``: why its values are not used, "" while they are."""

    status: str  # active | quarantined | refused
    lacks: tuple[Lack, ...]
    review_due: date | None
    held_for: str = ""

    @property
    def usable(self) -> bool:
        """Whether values of the source are used."""
        return self.status == "active"


def standing_of(source: Source, *, day: date, months: int) -> SourceStanding:
    """Rules 1 to 4 on ``day``; ``months`` is how long a review holds."""
    due = add_months(source.reviewed_on, months) if source.reviewed_on else None
    lacks: list[Lack] = []
    if source.provenance in OUTSIDE:
        if source.status == "quarantined":
            lacks.append(Lack.PROOF)
        if source.provenance is SourceClass.THIRD and source.switched_on is None:
            lacks.append(Lack.SWITCH)
        if source.status == "active" and (due is None or day > due):
            lacks.append(Lack.REVIEW_OVER)
        elif due is not None and day > due - SOON:
            lacks.append(Lack.REVIEW_SOON)
        if not source.scope:
            lacks.append(Lack.SCOPE)
    elif source.provenance is SourceClass.PUBLIC and (not source.cited_on or source.citation in ("", source.name)):
        lacks.append(Lack.CITATION)
    held = next((REASONS[lack] for lack in lacks if lack in REASONS), "")
    status = "quarantined" if held and source.status == "active" else source.status
    return SourceStanding(status=status, lacks=tuple(lacks), review_due=due, held_for=held)
