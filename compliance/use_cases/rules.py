"""The rule set as people read it: check of the shipped set and the matrix a lawyer signs off."""

from pathlib import Path

from compliance.errors import Fault, PolicyFileError
from compliance.exports.files import write_file
from compliance.i18n import Lang
from compliance.policy.matrix import render_matrix
from compliance.use_cases.session import shipped_policy


def check_policy() -> tuple[Fault, ...]:
    """Every fault of the shipped rules; empty when they can be used."""
    try:
        shipped_policy()
    except PolicyFileError as error:
        return error.faults
    return ()


def policy_matrix(lang: Lang) -> str:
    """The matrix field × purpose × role as Markdown."""
    return render_matrix(shipped_policy(), lang)


def write_policy_matrix(path: Path, lang: Lang) -> Path:
    """The matrix as a file. It names fields and roles, no person, so it may be written over."""
    write_file(path, policy_matrix(lang).encode(), replace=True)
    return path
