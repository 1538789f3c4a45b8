"""Looking for what SQLCipher alone does not find: edits with the key in hand, deletions, rollbacks, swapped pages.

A quick check runs at every open: the newest heads inside and outside, the entries since, the state digest. A full
check reads everything. Rules: (1) the first bad entry is named by its number; (2) a broken part does not hide others:
log, heads, tables, sections, evidence, keys and indexes are reported side by side; (3) nothing is repaired here.
"""

from typing import TYPE_CHECKING

from compliance.errors import VaultCorrupt
from compliance.vault import check_log, check_rows
from compliance.vault.findings import CheckReport, Problem

if TYPE_CHECKING:
    from compliance.vault.session import Vault


def run(vault: "Vault", *, full: bool) -> CheckReport:
    """Check the vault as one consistent view."""
    with vault.snapshot():
        problems = check_log.log(vault, full=full)
        check_rows.state(vault, problems)
        for part in check_rows.PARTS if full else ():
            try:
                part(vault, problems)
            except VaultCorrupt as fault:
                problems.append(Problem(fault.code, None, part.__name__))
        return CheckReport(
            ok=not problems,
            entries=vault.log.size,
            root=vault.log.root(),
            problems=tuple(sorted(problems, key=lambda p: (p.index is None, p.index or 0))),
            full=full,
        )
