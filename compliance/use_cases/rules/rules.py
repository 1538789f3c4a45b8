"""The rule set as people read it: check of the shipped set or a company's own, what differs, the matrix a lawyer signs.

Nothing here needs a vault: a company writes and checks its rules before anybody unlocks anything.
"""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from compliance.clock import SystemClock, shanghai_day
from compliance.errors import Fault, PolicyFileError
from compliance.exports.files import write_file
from compliance.i18n import Lang
from compliance.importing.rule_files import read_rule_folder
from compliance.policy.alike import MORE_ALIKE
from compliance.policy.company import CompanySet, read_company_set
from compliance.policy.compare import Change, compare
from compliance.policy.matrix import render_matrix
from compliance.use_cases.seat.session import Session, shipped_policy

__all__ = [
    "MORE_ALIKE",
    "Change",
    "check_folder",
    "check_policy",
    "compare_folder",
    "count_faults",
    "policy_matrix",
    "write_policy_matrix",
]


def check_policy() -> tuple[Fault, ...]:
    """Every fault of the shipped rules; empty when they can be used."""
    try:
        shipped_policy()
    except PolicyFileError as error:
        return error.faults
    return ()


def check_folder(folder: Path, *, at: datetime | None = None) -> tuple[Fault, ...]:
    """Every fault of a company's own set, as of a day (today); empty when it may be put in force."""
    try:
        _read(folder, at)
    except PolicyFileError as error:
        return error.faults
    return ()


def count_faults(faults: Sequence[Fault]) -> int:
    """How many there are, those told together counted."""
    return sum(int(fault.value) if fault.code == MORE_ALIKE else 1 for fault in faults)


def compare_folder(folder: Path, *, session: Session | None = None, at: datetime | None = None) -> tuple[Change, ...]:
    """What a company's own set changes: against the rules of an open vault at that instant, else against the shipped
    ones. PolicyFileError with every fault."""
    moment = at or (session.now() if session else SystemClock().now())
    found = _read(folder, moment)
    if session is None:
        return found.changes
    return compare(found.policy, session.book.plain_at(moment), day=shanghai_day(moment))


def policy_matrix(lang: Lang, *, session: Session | None = None, at: datetime | None = None) -> str:
    """The matrix field × purpose × role as Markdown: of the rules an open vault follows at ``at``, else the shipped."""
    if session is None:
        return render_matrix(shipped_policy(), lang)
    now = session.now()
    return render_matrix(session.policy_at(at or now), lang)


def write_policy_matrix(path: Path, lang: Lang, *, session: Session | None = None) -> Path:
    """The matrix as a file. It names fields and roles, no person, so it may be written over."""
    write_file(path, policy_matrix(lang, session=session).encode(), replace=True)
    return path


def _read(folder: Path, at: datetime | None) -> CompanySet:
    day = shanghai_day(at or SystemClock().now())
    return read_company_set(read_rule_folder(folder), shipped=shipped_policy(), day=day)
