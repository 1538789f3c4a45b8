"""Three gauges of a person's data: complete, fresh, accurate (S0-20, domain.md appendix D).

Rules: (1) only fields this reader may see for this purpose count, so a refusal never lowers a gauge and nothing hidden
moves one; (2) what the core computes does not count, nobody could fill it in; (3) complete is filled of permitted,
fresh is fresh of filled, accurate is of grade A of filled: declared with evidence, or from an official register; (4)
with nothing to count there is no percentage.
"""

from collections.abc import Iterable, Set

from compliance.model.access import FieldState
from compliance.model.profile import Gauges, ShownField


def gauges_of(fields: Iterable[ShownField], *, stored: Set[str]) -> Gauges:
    """The gauges of shown fields; ``stored`` are the keys that are kept and not computed."""
    permitted = [f for f in fields if f.key in stored and f.state is not FieldState.WITHHELD]
    filled = [f for f in permitted if f.value]
    return Gauges(
        permitted=len(permitted),
        filled=len(filled),
        fresh=sum(f.freshness == "fresh" for f in filled),
        accurate=sum(f.grade == "A" for f in filled),
    )
