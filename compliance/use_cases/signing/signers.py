"""Who may give the second signature: the roles of the duty list, and deputies for their days.

Rules: (1) a deputy is a person with a slot whose own role does not sign (clerk, finance), named by two people for given
days; (2) the role of the deputy does not change: nothing is read that it could not read before; (3) auditor and
security admin are never deputies (35273 7.1 c); (4) a removed user signs nothing.
"""

import json
from dataclasses import dataclass
from datetime import date, datetime

from compliance.clock import shanghai_day
from compliance.model.access import Role
from compliance.use_cases.seat.duties import may
from compliance.vault import Snapshot, UnitOfWork

_PREFIX = "deputy:"
#: Roles that may stand in for a signer.
DEPUTY_ROLES = (Role.CLERK, Role.FINANCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deputy:
    """A person who signs for another from one day to another, both included."""

    name: str
    stands_for: str
    begins: date
    until: date


def may_sign(reader: Snapshot | UnitOfWork, *, name: str, role: Role, at: datetime) -> bool:
    """Whether this user may give a second signature at ``at``."""
    if may(role, "decide_request"):
        return True
    found = get_deputy(reader, name)
    if found is None or role not in DEPUTY_ROLES or not found.begins <= shanghai_day(at) <= found.until:
        return False
    officer = reader.users.get(found.stands_for)
    return officer is not None and officer.removed_at is None and may(officer.role, "decide_request")


def get_deputy(reader: Snapshot | UnitOfWork, name: str) -> Deputy | None:
    """The deputyship of a user, over ones too; None without."""
    text = reader.settings.get(_PREFIX + name)
    return _deputy(name, text) if text else None


def all_deputies(reader: Snapshot | UnitOfWork) -> tuple[Deputy, ...]:
    """Every deputyship that was not ended, over ones too."""
    return tuple(
        _deputy(key.removeprefix(_PREFIX), text)
        for key, text in reader.settings.all().items()
        if key.startswith(_PREFIX) and text
    )


def put_deputy(uow: UnitOfWork, deputy: Deputy) -> None:
    """Note it; the caller commits with an entry."""
    text = {"for": deputy.stands_for, "from": deputy.begins.isoformat(), "until": deputy.until.isoformat()}
    uow.settings.set(_PREFIX + deputy.name, json.dumps(text, ensure_ascii=False, sort_keys=True))


def drop_deputy(uow: UnitOfWork, name: str) -> None:
    """End it; the caller commits with an entry."""
    uow.settings.set(_PREFIX + name, "")


def _deputy(name: str, text: str) -> Deputy:
    data = json.loads(text)
    return Deputy(
        name=name,
        stands_for=data["for"],
        begins=date.fromisoformat(data["from"]),
        until=date.fromisoformat(data["until"]),
    )
