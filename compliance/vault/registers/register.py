"""What every register is: a repository over the rows of one or two tables, in one transaction."""

from compliance.vault.engine.transaction import Transaction


class Register:
    """A repository; made by the transaction it belongs to."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
