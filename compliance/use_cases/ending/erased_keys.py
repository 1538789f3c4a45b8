"""What stays of somebody erased, so that a later file of the same list does not bring them back (PIPL 47).

Rules: (1) blind tags of licence and source ids, nothing else: no name, no hospital, no phone; made under the key of the
suppression list, which outlives the index key; (2) written with the entry that the erasure has begun, while the values
can still be read; (3) an update asks them (import_rows.py), a plain import does not: taking somebody in again is a
decision; (4) who has neither licence nor source id leaves nothing.
"""

from datetime import datetime

from compliance.errors import VaultCorrupt
from compliance.model.access import Section
from compliance.model.ids import new_id
from compliance.use_cases.people.amendments import index_row
from compliance.vault import Maintenance, UnitOfWork

_INDEXED = (Section.DIRECTORY, Section.CONTACT)


def keep_keys(uow: UnitOfWork, hcp_id: str, at: datetime) -> None:
    """Keep the tags of one record."""
    try:
        both = uow.sections.read_hidden(Maintenance.AMEND, uow.number(hcp_id), hcp_id, _INDEXED)
    except VaultCorrupt:
        return  # what cannot be read is erased all the same
    row = index_row(hcp_id, {key: value for group in both.values() for key, value in group.items()})
    keys = [(kind, value) for kind, value in row.identifiers if kind != "phone"]
    if keys:
        uow.suppressions.add(new_id(uow.suppressions.ERASED), hcp_id, at, keys, name="", hospital="")
