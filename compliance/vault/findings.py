"""What a check says: findings with stable codes and no values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding: a stable code, the number of the first bad entry where it is known, and a detail without values."""

    code: str
    index: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """Outcome of a check over ``entries`` entries under ``root``."""

    ok: bool
    entries: int
    root: bytes
    problems: tuple[Problem, ...]
    full: bool
