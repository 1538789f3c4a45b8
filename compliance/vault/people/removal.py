"""Removal of people no reader can see any more: erased, or of an import that was undone or dropped."""

from collections.abc import Sequence

from compliance.vault.engine.table import Table
from compliance.vault.engine.transaction import Transaction
from compliance.vault.lists.index import Index
from compliance.vault.people.evidence import EvidenceStore
from compliance.vault.people.people import PEOPLE
from compliance.vault.schema import TABLES

#: Tables whose rows belong to one person.
_BELONGING: tuple[Table, ...] = tuple(
    table for table in TABLES if "hcp" in table.columns and table.name not in ("people", "evidence")
)


def remove_persons(tx: Transaction, index: Index, numbers: Sequence[int], *, keep_record: bool = False) -> None:
    """Delete every row of people whom no reader can see any more: keys first and for good, then rows, index, evidence.

    ``keep_record`` leaves the row of the register (an erased person stays known as a pseudonym).
    """
    tx.vault.destroy_keys(tx, numbers)
    evidence = EvidenceStore(tx)
    for hcp in numbers:
        evidence.remove_of(hcp)
        if tx.vault.has_index:
            index.remove(hcp)
    marks = ", ".join("?" * len(numbers))
    for table in _BELONGING if keep_record else (*_BELONGING, PEOPLE):
        for row in tx.select(table, f"WHERE hcp IN ({marks})", numbers):
            tx.ledger.remove(table.name, row)
        tx.db.execute(f"DELETE FROM {table.name} WHERE hcp IN ({marks})", numbers)  # noqa: S608 - constants
    tx.db.execute(f"DELETE FROM consent_wait WHERE hcp IN ({marks})", numbers)  # noqa: S608 - marks only
