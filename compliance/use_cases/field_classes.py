"""The class of a field with the rule set it comes from (REQ-038): the stricter, until the privacy officer chooses.

Rules: (1) without a choice a field has the class of the dictionary, the stricter where lists differ; (2) a choice holds
from its day in Shanghai, never from a day gone by; a looser list takes two people; (3) the entry of a write keeps class
and rule set, so an older decision keeps its old class; (4) reads keep asking for what the grants ask.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from compliance.clock import shanghai_day
from compliance.errors import bad_input
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.register import PendingRequest
from compliance.resources import read_text
from compliance.use_cases.acting import barred
from compliance.use_cases.carrying import settle
from compliance.use_cases.facts import Reader
from compliance.use_cases.session import Session
from compliance.use_cases.two_person import ask_second

_SETTING = "class_rules"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldClass:
    """Class of a field at an instant, and the rule set that gives it."""

    key: str
    data_class: str
    rule_set: str


def class_of(session: Session, reader: Reader, key: str, *, at: datetime) -> FieldClass:
    """The class of ``key`` at ``at``. InputErrors ``unknown_field``."""
    known = session.policy.field(key)
    if known is None:
        raise bad_input("unknown_field", "key", key, session.policy.nearest_field(key))
    chosen = _in_force(reader.settings.get(_SETTING) or "", shanghai_day(at))
    given = class_rules()[chosen]["classes"].get(key, known.data_class)
    return FieldClass(key=key, data_class=given, rule_set=f"{chosen}/{session.policy.version}")


def field_class(session: Session, *, key: str, as_of: datetime | None = None) -> Answer[FieldClass]:
    """The class of a field now or at another time."""
    with session.vault.snapshot() as snap:
        return Answer(class_of(session, snap, key, at=as_of or session.now()))


def choose_class_rules(
    session: Session, *, rule_set: str, from_day: date
) -> Answer[Mapping[str, Any] | Refusal | PendingRequest]:
    """Choose the list of sensitive data from a day on. Back to the stricter one suffices; a looser one takes two."""
    now = session.now()
    if no := barred(session, "change_settings", at=now):
        return no
    if rule_set not in class_rules():
        raise bad_input("unknown_rule_set", "rule_set", rule_set, ", ".join(class_rules()))
    if from_day < shanghai_day(now):
        raise bad_input("in_the_past", "from")
    if class_rules()[rule_set]["classes"]:
        params = {"rule_set": rule_set, "from": from_day.isoformat()}
        return ask_second(session, action="class_rules", at=now, params=params)
    return Answer(put_class_rules(session, rule_set=rule_set, from_day=from_day), Changes(settings=True, audit=True))


def put_class_rules(session: Session, *, rule_set: str, from_day: date) -> dict[str, Any]:
    """Write the choice beside the earlier ones; a second person may sign late, so it never holds before today."""
    now = session.now()
    day = max(from_day, shanghai_day(now)).isoformat()
    with session.vault.unit_of_work() as uow:
        before = [p for p in (uow.settings.get(_SETTING) or "").split(";") if p and not p.startswith(day)]
        uow.settings.set(_SETTING, ";".join([*before, f"{day}={rule_set}"]))
        settle(session, uow)
        detail = {"setting": _SETTING, "value": rule_set, "from": day}
        uow.commit(session.event(Kind.SETTING_CHANGED, at=now, detail=detail))
    return {"rule_set": rule_set, "from": day}


@cache
def class_rules() -> dict[str, dict[str, Any]]:
    """Rule sets by name (``resources/duties/classes.toml``)."""
    table = tomllib.loads(read_text("duties", "classes.toml"))
    return {name: entry for name, entry in table.items() if isinstance(entry, dict)}


def _in_force(text: str, day: date) -> str:
    pairs = sorted((part.partition("=") for part in text.split(";") if part), reverse=True)
    return next((name for begin, _, name in pairs if begin <= day.isoformat()), "strict")
