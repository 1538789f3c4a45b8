"""Format 5: a sealed section is AES-GCM-SIV without a nonce of its own, and its row holds no digest of it.

Rows of format 4 stay as they are: they hold their digest and are opened as before, and a change of a section writes the
new form. No table changes; the number keeps programs away that would find no digest and no way to open.
"""

from compliance.vault.engine.connection import Connection

NUMBER = 5


def apply(db: Connection) -> None:
    """Nothing to do."""
