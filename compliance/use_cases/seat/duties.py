"""Who may do which act: ``resources/duties/acts.toml``. An act not named there is nobody's."""

import tomllib
from functools import cache

from compliance.errors import Fault, PolicyFileError
from compliance.model.access import Reference, Role
from compliance.resources import read_text

_FILE = "duties/acts.toml"


def may(role: Role, act: str) -> bool:
    """Whether ``role`` may do ``act``; unknown acts are nobody's."""
    return role in duties().get(act, frozenset())


@cache
def duties() -> dict[str, frozenset[Role]]:
    """act → roles. Raises PolicyFileError with every unknown role."""
    table = tomllib.loads(read_text(*_FILE.split("/")))["acts"]
    faults = [
        Fault(f"{_FILE}: acts.{act}", "unknown_role", str(role))
        for act, roles in table.items()
        for role in roles
        if role not in set(Role)
    ]
    if faults:
        raise PolicyFileError(faults)
    return {act: frozenset(Role(r) for r in roles) for act, roles in table.items()}


@cache
def references() -> tuple[Reference, ...]:
    """Why acts are split between people."""
    table = tomllib.loads(read_text(*_FILE.split("/")))
    return tuple(Reference(r["statute"], r["article"]) for r in table["references"])
