"""One root, few branches: what a user did not cause.

Refusals are results (:class:`compliance.model.answer.Refusal`), not exceptions. Codes are stable: tests, scripts and
support use them. Parameters are ids, numbers, file kinds and field keys - never a personal value, because exceptions
travel into logs. The words live in ``resources/locale/errors.toml`` under the code.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")


class ComplianceError(Exception):
    """Root. ``code`` is stable, ``params`` hold ids and numbers only."""

    code = "error"
    exit_code = 4

    def __init__(self, code: str | None = None, **params: str | int) -> None:
        self.code = code or type(self).code
        self.params = params
        super().__init__(self.code + (f" {params}" if params else ""))


class PolicyError(ComplianceError):
    """The shipped or company rules cannot be used."""

    code = "policy_unusable"


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in a data file or request: where, what, what would be right."""

    where: str
    code: str
    value: str = ""
    nearest: str = ""


class PolicyFileError(PolicyError):
    """All faults of a rule set, reported together: file, key path, value, nearest match."""

    code = "policy_file"
    exit_code = 2

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(count=len(self.faults), first=self.faults[0].where if self.faults else "")


class NotAdmitted(ComplianceError):
    """The passphrase is right, and whoever it belongs to is not let in; nothing was shown."""

    code = "training_over"
    exit_code = 1


class VaultError(ComplianceError):
    """The vault folder or its files."""

    code = "vault"


class WrongPassphrase(VaultError):
    """Passphrase or user does not open a key slot."""

    code = "wrong_passphrase"


class VaultBusy(VaultError):
    """Held for restore, rekey or migration; ``holder`` says by whom."""

    code = "vault_busy"


class VaultTooNew(VaultError):
    """Written by a newer program; both numbers in ``params``."""

    code = "vault_too_new"


class VaultCorrupt(VaultError):
    """A file is truncated, swapped or not what its header says."""

    code = "vault_corrupt"


class StorageFull(VaultError):
    """The disk is full; nothing was changed."""

    code = "storage_full"


class AuditIntegrityError(ComplianceError):
    """The evidence does not hold; ``index`` is the first bad entry where it is known."""

    code = "integrity"
    exit_code = 3


class InputErrors(ComplianceError):
    """All faulty fields of one request."""

    code = "bad_input"
    exit_code = 2

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        first = self.faults[0] if self.faults else Fault("", "bad_input")
        super().__init__(first.code, field=first.where)


def bad_input(code: str, where: str = "", value: str = "", nearest: str = "") -> InputErrors:
    """One faulty field. ``value`` must be a code or a number, never a personal value."""
    return InputErrors([Fault(where, code, value, nearest)])


def tried(faults: list[Fault], read: Callable[[], T]) -> T | None:
    """What ``read`` finds; None, and its faults added to ``faults``, where it raises them: all are told at once."""
    try:
        return read()
    except InputErrors as bad:
        faults += bad.faults
        return None


class LeakFound(ComplianceError):
    """A finished file held what its reader must not have; it was not released."""

    code = "leak_found"
    exit_code = 3


class ExportError(ComplianceError):
    """A file could not be written; nothing half-written is left behind."""

    code = "export"


class Cancelled(ComplianceError):
    """The user stopped it; nothing was changed."""

    code = "cancelled"
    exit_code = 2
