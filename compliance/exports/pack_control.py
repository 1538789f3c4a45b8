"""The leak check of a pack: its finished members, still in clear, read as an enemy would who has the rep's key.

Rules: (1) the members are read back from their bytes, strictly, so what nobody decided cannot ride along; (2) whoever
is in them was decided, and every field is one that a decision shows, in the form it shows it; (3) each person's bytes
are attacked for every stored value this rep does not get as it is, weighed against the same bytes with masked values
blanked; (4) one leak stops the pack.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from compliance.errors import LeakFound
from compliance.exports.leak_check import attack_clear
from compliance.exports.pack_content import PEOPLE, read_people, write_people
from compliance.exports.sheet_control import blanked
from compliance.model.access import FieldState
from compliance.model.pack import PackPerson, PackView
from compliance.model.profile import Disclosed, ShownField


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """One person as decided, and what must not be found about them."""

    person: PackPerson
    hidden: Sequence[str]

    def __repr__(self) -> str:
        return f"Decided({self.person.hcp_id}, {len(self.hidden)} hidden)"


def check_members(
    members: Mapping[str, bytes], decided: Mapping[str, Decided], *, spoken: Callable[[str], tuple[str, ...]]
) -> int:
    """How many values were sought. LeakFound ``leak_found`` with the number of faults."""
    checked = faults = 0
    people = read_people(members[PEOPLE])
    faults += len({person.hcp_id for person in people} ^ set(decided))
    for person in people:
        known = decided.get(person.hcp_id)
        if known is None or not _as_decided(person, known.person):
            faults += 1
            continue
        report = attack_clear(
            write_people([person]),
            known.hidden,
            control=lambda person=person: write_people([_blank(person)]),  # type: ignore[misc]
            spoken=spoken,
        )
        checked += report.checked
        faults += len(report.leaks)
    if faults:
        raise LeakFound("leak_found", faults=faults)
    return checked


def _as_decided(found: PackPerson, known: PackPerson) -> bool:
    """Nothing but what the decisions show: each field is one of its view, in the form it is shown."""
    allowed = {(view.purpose, field) for view in known.views for field in view.fields}
    shown = [(view.purpose, field) for view in found.views for field in view.fields]
    head = {field for view in known.views for field in view.fields}
    return all(one in allowed for one in shown) and all(field in head for field in found.head)


def _blank(person: PackPerson) -> PackPerson:
    return replace(
        person,
        head=tuple(_field(field) for field in person.head),
        views=tuple(
            PackView(purpose=view.purpose, basis=view.basis, fields=tuple(_field(field) for field in view.fields))
            for view in person.views
        ),
    )


def _field(field: ShownField) -> ShownField:
    if field.value is None:
        return field
    return replace(field, value=Disclosed(blanked(field.value, masked=field.state is FieldState.MASKED)))
