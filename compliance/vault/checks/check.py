"""Looking for what SQLCipher alone does not find: edits with the key in hand, deletions, rollbacks, swapped pages.

A quick check runs at every open: the newest heads inside and outside, the entries since, the state digest. A full
check reads everything. Rules: (1) the first bad entry is named by its number; (2) a broken part does not hide others:
log, heads, tables, sections, evidence, keys and indexes are reported side by side; (3) nothing is repaired here.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from compliance.errors import VaultCorrupt, VaultError
from compliance.vault.checks import check_rows
from compliance.vault.checks.check_log import log as log_findings
from compliance.vault.checks.findings import SEALS_INSIDE, CheckReport, Problem

#: What one part of the rows counts for beside so many entries of the log, in the numbers shown.
_PART = 2000

if TYPE_CHECKING:
    from compliance.vault.session import Vault


def run(vault: "Vault", *, full: bool, heard: Callable[[int, int], None] = lambda _done, _all: None) -> CheckReport:
    """Check the vault as one consistent view. ``heard`` gets (done, of how many) and may raise to cancel. A full check
    that finds something looks once more: between two files another seat may be in the middle of a commit, and a finding
    makes everybody read-only."""
    first = _once(vault, full=full, heard=heard)
    return first if first.ok or not full else _once(vault, full=full, heard=heard)


def _once(vault: "Vault", *, full: bool, heard: Callable[[int, int], None]) -> CheckReport:
    with vault.snapshot():
        parts = check_rows.PARTS if full else ()
        whole = vault.log.size + len(parts) * _PART
        problems = log_findings(vault, full=full, heard=lambda done: heard(done, whole))
        if full and vault.outside.known and not vault.inside.known:
            problems.append(Problem(SEALS_INSIDE))
        check_rows.state(vault, problems)
        for number, part in enumerate(parts):
            try:
                part(vault, problems, partial(heard, vault.log.size + number * _PART, whole))
            except VaultCorrupt as fault:
                problems.append(Problem(fault.code, None, part.__name__))
            except (VaultError, TypeError, ValueError) as fault:
                broken = not isinstance(fault, VaultError) or fault.code == "statement"
                if not (broken and any(problem.code == "table_changed" for problem in problems)):
                    raise  # else rows found changed break what reads them, and are reported
        return CheckReport(
            ok=not problems,
            entries=vault.log.size,
            root=vault.log.root(),
            problems=tuple(sorted(problems, key=lambda p: (p.index is None, p.index or 0))),
            full=full,
        )
