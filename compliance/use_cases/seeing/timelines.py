"""A person's timeline: what happened around them, from the log. Reading it is itself logged."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance.model.access import Purpose
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.use_cases.evidence.evidence import log_line
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.people import known_person
from compliance.use_cases.seat.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineItem:
    """One event; the words are ``text_key`` of the catalogue with ``params``."""

    at: datetime
    kind: str
    actor: str
    text_key: str
    params: Mapping[str, Any]
    index: int


def timeline(session: Session, *, hcp_id: str, limit: int = 500) -> Answer[tuple[TimelineItem, ...] | Refusal]:
    """Everything in the log about one person, newest first."""
    now = session.now()
    if no := barred(session, "see_timeline", at=now, hcp_id=hcp_id):
        return no
    with session.vault.unit_of_work() as uow:
        known_person(uow, hcp_id)
        lines = [log_line(e.index, e.body) for e in uow.log.find(hcp=hcp_id, limit=limit)]
        uow.commit(
            session.event(
                Kind.LIST_SHOWN, at=now, hcps=(hcp_id,), purpose=str(Purpose.RIGHTS), detail={"what": "timeline"}
            )
        )
    items = tuple(
        TimelineItem(
            at=x.at, kind=x.kind, actor=x.actor, text_key=f"kind.{x.kind}", params=dict(x.detail), index=x.index
        )
        for x in lines
    )
    return Answer(items, Changes(audit=True))
