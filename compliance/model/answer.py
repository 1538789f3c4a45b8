"""What a use case returns: a value or a refusal, and what changed."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from compliance.model.access import Reference

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """No, and why, and what would lift it. ``reason`` is of the closed set in ``resources/locale/reasons.toml``.

    ``reference_code`` leads an officer to the full reason in the log without telling it to the reader. ``action``: what
    a rep may do about the person all the same (``may_ask``, ``do_not_ask_before:DAY`` …), for whoever reads as a rep.
    """

    reason: str
    references: tuple[Reference, ...] = ()
    lifted_by: str = ""
    detail: str = ""
    reference_code: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What other pages must refresh."""

    people: bool = False
    consents: bool = False
    audit: bool = False
    sources: bool = False
    users: bool = False
    settings: bool = False
    tasks: bool = False
    exports: bool = False


@dataclass(frozen=True, slots=True)
class Answer(Generic[T_co]):
    """A value (often ``X | Refusal``) and what changed. ``pending`` carries a two-person request that now waits."""

    value: T_co
    changes: Changes = Changes()
