"""Settings of the vault. Tightening takes one person, loosening two (architecture section 3)."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from compliance.clock import shanghai_day
from compliance.errors import bad_input
from compliance.model.access import BeforeProof
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.limits import day_end
from compliance.model.register import PendingRequest
from compliance.use_cases.field.recalling import recall_closed_for_all
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.facts import before_proof, company_lock
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seat.times import parse_day
from compliance.use_cases.signing.carrying import settle
from compliance.use_cases.signing.two_person import ask_second
from compliance.use_cases.upkeep.backup_state import read_state

#: Facts about the company that decisions need; unknown ones hold (law.md 2.3 X00, REQ-070).
COMPANY_FACTS = ("is_ciio", "restricted_list_checked_on", "systems_outside")
_LONGEST_NAMES = 400
_LONGEST_LOCK = 3650  # days; beyond this a typing error is likelier than a choice
_LOOSENESS = {BeforeProof.NOTHING: 0, BeforeProof.CARD: 1, BeforeProof.TRANSITION: 2}


def get_settings(session: Session) -> Answer[Mapping[str, str]]:
    """What is set, with the values in force where nothing was set."""
    with session.vault.snapshot() as snap:
        choice, until = before_proof(snap)
        last = snap.settings.get("last_backup") or ""
        facts = {key: snap.settings.get(key) or "" for key in COMPANY_FACTS}
        copies = read_state(snap).as_settings()
        own = company_lock(snap.settings.get("ask_lock_days"), session.now())
    lock = max(own, session.policy.parameter("ask_lock_days", session.now()))
    facts["ask_lock_days"] = str(lock)
    until_text = until.isoformat() if until else ""
    return Answer({"before_proof": str(choice), "until": until_text, "last_backup": last, **copies, **facts})


def set_before_proof(
    session: Session, *, choice: BeforeProof, until: date | None
) -> Answer[Mapping[str, Any] | Refusal | PendingRequest]:
    """What an assigned rep may see before proof: nothing, a card, or a card and a transition with an end."""
    now = session.now()
    if no := barred(session, "change_settings", at=now):
        return no
    if (choice is BeforeProof.TRANSITION) != (until is not None):
        raise bad_input("until_needed" if until is None else "until_not_wanted", "until")
    if until is not None:
        longest = session.policy.parameter("transition_max_days", now)
        if not shanghai_day(now) <= until <= shanghai_day(now) + timedelta(days=longest):
            raise bad_input("until_out_of_range", "until", str(longest))
    with session.vault.snapshot() as snap:
        current, _ = before_proof(snap)
    if _LOOSENESS[choice] > _LOOSENESS[current] or choice is BeforeProof.TRANSITION:
        params = {"choice": str(choice), "until": until.isoformat() if until else ""}
        return ask_second(session, action="before_proof", at=now, params=params)
    return Answer(
        put_before_proof(session, choice=choice, until=until), Changes(settings=True, people=True, audit=True)
    )


def set_company_fact(session: Session, *, key: str, value: str) -> Answer[Mapping[str, str] | Refusal]:
    """State a fact about the company: ``is_ciio`` yes or no, ``restricted_list_checked_on`` a day, ``systems_outside``
    the names of other systems that hold personal data, with semicolons. Logged by author."""
    now = session.now()
    if no := barred(session, "change_settings", at=now):
        return no
    if key not in COMPANY_FACTS:
        raise bad_input("unknown_setting", "key", key, ", ".join(COMPANY_FACTS))
    if key == "is_ciio" and value not in ("yes", "no"):
        raise bad_input("yes_or_no", key, value)
    if key == "restricted_list_checked_on" and parse_day(value, field=key) > shanghai_day(now):
        raise bad_input("in_the_future", key)
    if key == "systems_outside" and (len(value) > _LONGEST_NAMES or not value.isprintable()):
        raise bad_input("too_long", key, str(_LONGEST_NAMES))
    with session.vault.unit_of_work() as uow:
        uow.settings.set(key, value)
        uow.commit(session.event(Kind.SETTING_CHANGED, at=now, detail={"setting": key, "value": value}))
    return Answer({key: value}, Changes(settings=True, audit=True))


def set_ask_lock(session: Session, *, days: int) -> Answer[Mapping[str, Any] | Refusal | PendingRequest]:
    """The company's own ask lock in days: longer than the rule, from today on. Shortening it again takes two."""
    now = session.now()
    if no := barred(session, "change_settings", at=now):
        return no
    least = session.policy.parameter("ask_lock_days", now)
    if not least <= days <= _LONGEST_LOCK:
        raise bad_input("ask_lock_out_of_range", "days", str(days), f"{least}-{_LONGEST_LOCK}")
    with session.vault.snapshot() as snap:
        current = max(least, company_lock(snap.settings.get("ask_lock_days"), now))
    if days < current:
        return ask_second(session, action="ask_lock", at=now, params={"days": days})
    return Answer(put_ask_lock(session, days=days), Changes(settings=True, consents=True, audit=True))


def put_ask_lock(session: Session, *, days: int) -> dict[str, Any]:
    """Write the lock as of today, keeping what held before for looks into the past."""
    now = session.now()
    day = shanghai_day(now).isoformat()
    with session.vault.unit_of_work() as uow:
        before = [p for p in (uow.settings.get("ask_lock_days") or "").split(";") if p and not p.startswith(day)]
        uow.settings.set("ask_lock_days", ";".join([*before, f"{day}={days}"]))
        settle(session, uow)
        uow.commit(session.event(Kind.SETTING_CHANGED, at=now, detail={"setting": "ask_lock_days", "value": str(days)}))
    return {"ask_lock_days": days, "from": day}


def put_before_proof(session: Session, *, choice: BeforeProof, until: date | None) -> dict[str, str]:
    """Write the setting and its entry. ``until`` is the last day."""
    now = session.now()
    end = day_end(until).isoformat() if until else ""
    with session.vault.unit_of_work() as uow:
        uow.settings.set("before_proof", str(choice))
        uow.settings.set("before_proof_until", end)
        recall_closed_for_all(session, uow, at=now)
        settle(session, uow)
        uow.commit(
            session.event(
                Kind.SETTING_CHANGED, at=now, detail={"setting": "before_proof", "value": str(choice), "until": end}
            )
        )
    return {"before_proof": str(choice), "until": until.isoformat() if until else ""}
