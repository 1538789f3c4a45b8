"""What stays of somebody erased, so that no later list and no hand brings them back (PIPL 47; docs/decisions/0027).

Rules: (1) blind tags of licence and source ids, and of name and hospital, nothing else: no phone, no value; made under
the key of the suppression list, which outlives the index key; (2) written with the entry that the erasure has begun,
while the values can still be read, and again when a restore erases again; (3) every import asks them (import_rows.py),
and so does whoever adds a person by hand: taking somebody in again is a decision of two (people/readmitting.py); (4)
who was let go at the end of retention leaves licence and source ids alone, asked by updates: a list may bring them
again, the weekly file must not.
"""

from datetime import datetime

from compliance.errors import VaultCorrupt
from compliance.importing.fields import hospital_key
from compliance.model.ids import new_id
from compliance.use_cases.people.indexing import SECTIONS, by_key, index_row
from compliance.vault import Maintenance, UnitOfWork


def keep_keys(uow: UnitOfWork, hcp_id: str, at: datetime, *, let_go: bool = False) -> None:
    """Keep the tags of one record."""
    try:
        both = uow.sections.read_hidden(Maintenance.AMEND, uow.number(hcp_id), hcp_id, SECTIONS)
    except VaultCorrupt:
        return  # what cannot be read is erased all the same
    row = index_row(hcp_id, by_key(both))
    keys = [(kind, value) for kind, value in row.identifiers if kind != "phone"]
    if let_go and keys:
        uow.suppressions.add(new_id(uow.suppressions.LET_GO), hcp_id, at, keys, name="", hospital="")
    elif not let_go and (keys or row.name):
        place = hospital_key(row.hospital) if row.hospital else ""
        uow.suppressions.add(new_id(uow.suppressions.ERASED), hcp_id, at, keys, name=row.name, hospital=place)
