"""The class of a field with the rule set it comes from (REQ-038): the stricter, until the privacy officer chooses.

Rules: (1) without a choice a field has the class of the dictionary, the stricter where lists differ; (2) a choice holds
from its day in Shanghai, never from a day gone by; a looser list takes two people; (3) the entry of a write keeps class
and rule set, so an older decision keeps its old class; (4) reads follow the class of their day: what a list no longer
calls sensitive asks no separate consent from then on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from compliance.clock import shanghai_day
from compliance.errors import bad_input
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.register import PendingRequest
from compliance.use_cases.rules.rule_book import CLASS_RULES, RuleBook
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.session import Session, archive_sets
from compliance.use_cases.signing.carrying import settle
from compliance.use_cases.signing.two_person import ask_second

_SETTING = CLASS_RULES


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldClass:
    """Class of a field at an instant, and the rule set that gives it."""

    key: str
    data_class: str
    rule_set: str


def class_of(session: Session, key: str, *, at: datetime) -> FieldClass:
    """The class of ``key`` at ``at``. InputErrors ``unknown_field``."""
    policy = session.policy_at(at)
    known = policy.field(key)
    if known is None:
        raise bad_input("unknown_field", "key", key, policy.nearest_field(key))
    return FieldClass(key=key, data_class=known.data_class, rule_set=f"{policy.class_rules}/{policy.version}")


def field_class(session: Session, *, key: str, as_of: datetime | None = None) -> Answer[FieldClass]:
    """The class of a field now or at another time."""
    now = session.now()
    return Answer(class_of(session, key, at=as_of or now))


def choose_class_rules(
    session: Session, *, rule_set: str, from_day: date
) -> Answer[Mapping[str, Any] | Refusal | PendingRequest]:
    """Choose the list of sensitive data from a day on. Back to the stricter one suffices; a looser one takes two."""
    now = session.now()
    if no := barred(session, "change_settings", at=now):
        return no
    lists = session.policy.class_lists
    if rule_set not in lists:
        raise bad_input("unknown_rule_set", "rule_set", rule_set, ", ".join(lists))
    if from_day < shanghai_day(now):
        raise bad_input("in_the_past", "from")
    if lists[rule_set].classes:
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
        book = RuleBook(session.vault.rules_chosen(), shipped=session.shipped, text_of=session.vault.policy_text)
        archive_sets(uow, book, since=now)
        settle(session, uow)
        detail = {"setting": _SETTING, "value": rule_set, "from": day}
        uow.commit(session.event(Kind.SETTING_CHANGED, at=now, detail=detail))
    return {"rule_set": rule_set, "from": day}
