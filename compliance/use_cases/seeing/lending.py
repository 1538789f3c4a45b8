"""What an exceptional access lends: the grants of another role, to one user, for one person and purpose, for minutes.

Rules (35273 7.1 d; REQ-047): (1) the closed list of what may be lent is ``resources/duties/exceptional.toml``; (2) a
grant is good for the user it was given to, its person, its purpose and the time before its end, and no longer once it
was ended or reviewed; (3) basis, blocks and assessments decide as always; (4) guarded sections whose key the user's own
role does not hold stay closed.
"""

import json
import tomllib
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any

from compliance.clock import from_stamp, stamp
from compliance.model.access import AccessGranted, FieldState, Purpose, Reference, Role
from compliance.model.audit import Scalar
from compliance.resources import read_text
from compliance.use_cases.seat.session import Session
from compliance.vault import Snapshot, UnitOfWork

#: Kind of the review's task.
REVIEW = "review_exceptional"
_PREFIX = "exceptional:"
_FILE = ("duties", "exceptional.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exceptional:
    """An approved exceptional access. ``until`` is the first instant at which it is over."""

    exceptional_id: str
    user: str
    hcp_id: str
    purpose: Purpose
    role: Role
    reason: str
    begins: datetime
    until: datetime
    approved_by: str
    ended: bool = False

    def open_at(self, at: datetime) -> bool:
        """Whether it lends anything at ``at``."""
        return not self.ended and self.begins <= at < self.until


@dataclass(frozen=True, slots=True, kw_only=True)
class Lent:
    """The role a read is made with, and what lends it."""

    role: Role
    exceptional_id: str

    def as_detail(self) -> dict[str, Scalar | list[Scalar]]:
        """What the entry of the read says about it."""
        return {"exceptional": self.exceptional_id, "lent_role": str(self.role)}


def lend(
    session: Session, reader: UnitOfWork | Snapshot, exceptional_id: str, *, hcp_id: str, purpose: Purpose, at: datetime
) -> Lent | str:
    """Rule 2: what is lent, or the reason why nothing is."""
    found = read_one(reader, exceptional_id)
    if found is None or (found.user, found.hcp_id, found.purpose) != (session.actor, hcp_id, purpose):
        return "exceptional_not_covering"
    if not found.open_at(at):
        return "exceptional_over"
    return Lent(role=found.role, exceptional_id=found.exceptional_id)


def with_own_keys(session: Session, decision: AccessGranted) -> AccessGranted:
    """Rule 4. The digest stays that of the decision, so a replay finds it."""
    roles = session.policy.roles
    closed = frozenset().union(*(role.keys for role in roles.values())) - roles[session.role].keys
    rulings = tuple(
        replace(ruling, state=FieldState.WITHHELD, mask=None, generalisation=None, reason="not_for_role")
        if ruling.section in closed and ruling.state is not FieldState.WITHHELD
        else ruling
        for ruling in decision.rulings
    )
    return replace(decision, rulings=rulings)


def lent_roles() -> dict[Purpose, Role]:
    """Purpose → role that may be lent for it."""
    return {Purpose(key): Role(role) for key, role in _table()["lends"].items()}


def reasons() -> tuple[str, ...]:
    """Codes of the reasons it may be asked for."""
    return tuple(_table()["reasons"])


def references() -> tuple[Reference, ...]:
    """What asks for approval, time, log and review."""
    return tuple(Reference(r["statute"], r["article"]) for r in _table()["references"])


def read_one(reader: UnitOfWork | Snapshot, exceptional_id: str) -> Exceptional | None:
    """One by its id."""
    text = reader.settings.get(_PREFIX + exceptional_id)
    return _in(json.loads(text)) if text else None


def read_all(reader: UnitOfWork | Snapshot) -> tuple[Exceptional, ...]:
    """All there ever were, newest first."""
    texts = [text for key, text in reader.settings.all().items() if key.startswith(_PREFIX) and text]
    found = [_in(json.loads(text)) for text in texts]
    return tuple(sorted(found, key=lambda one: (one.begins, one.exceptional_id), reverse=True))


def store(uow: UnitOfWork, one: Exceptional) -> None:
    """Keep it; the caller commits."""
    body = {
        "id": one.exceptional_id,
        "user": one.user,
        "hcp": one.hcp_id,
        "purpose": str(one.purpose),
        "role": str(one.role),
        "reason": one.reason,
        "from": stamp(one.begins),
        "until": stamp(one.until),
        "by": one.approved_by,
        "ended": one.ended,
    }
    uow.settings.set(_PREFIX + one.exceptional_id, json.dumps(body, sort_keys=True))


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(read_text(*_FILE))


def _in(data: dict[str, str | bool]) -> Exceptional:
    return Exceptional(
        exceptional_id=str(data["id"]),
        user=str(data["user"]),
        hcp_id=str(data["hcp"]),
        purpose=Purpose(str(data["purpose"])),
        role=Role(str(data["role"])),
        reason=str(data["reason"]),
        begins=from_stamp(str(data["from"])),
        until=from_stamp(str(data["until"])),
        approved_by=str(data["by"]),
        ended=bool(data["ended"]),
    )
