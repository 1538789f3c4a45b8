"""The one question every act on a person begins with: do we know them."""

from compliance.errors import bad_input
from compliance.model.access import RecordStatus
from compliance.model.register import Person
from compliance.vault import Snapshot, UnitOfWork


def known_person(uow: UnitOfWork | Snapshot, hcp_id: str) -> Person:
    """The person's row. InputErrors ``unknown_person`` when there is none, or none any more, ``merged_person`` for a
    record that was merged into another."""
    person = uow.people.get(hcp_id)
    if person is None and (kept := uow.merges.kept_of(hcp_id)) is not None:
        raise bad_input("merged_person", "hcp", hcp_id, kept)
    if person is None or person.status is RecordStatus.ERASED:
        raise bad_input("unknown_person", "hcp")
    return person
