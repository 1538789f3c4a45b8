"""A company's own rules: looked at, previewed, put in force from an instant, called off (architecture section 13).

Rules: (1) the set is a folder of files that replace shipped ones; it may narrow, never widen beyond the shipped rules;
(2) it is compared with the rules that would hold at its instant: where nothing gets looser one privacy officer signs
and it holds at once; where anything does, two sign and at least ``loosening_wait_hours`` pass from the asking, so that
any officer can turn it down in between (sandboxes skip the wait, never the second signature); (3) the vault keeps the
texts as handed in and the whole set as it holds, before anybody signs; (4) what the new rules hide in the field becomes
tasks: sheets to recall, packs to make anew; (5) a set that has not begun may be called off, by one where that keeps
things as strict, by two where it loosens.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from compliance.clock import SHANGHAI, day_start, from_stamp, shanghai_day, stamp
from compliance.errors import AuditIntegrityError, bad_input
from compliance.importing.rule_files import read_rule_folder
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind, Scalar
from compliance.model.ids import new_id
from compliance.model.register import PendingRequest, Task
from compliance.policy.company import CompanySet, merged, read_company_set
from compliance.policy.compare import Change, compare, looser
from compliance.use_cases.field.recalling import TASK, recall
from compliance.use_cases.rules.policy_counts import Effects, Recall, due
from compliance.use_cases.rules.policy_effects import effects_of
from compliance.use_cases.rules.rule_book import PLAN, Planned, plan_text
from compliance.use_cases.rules.rule_sets import asked_of, planned_set, signature_of
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.session import Session, archive_sets
from compliance.use_cases.signing.carrying import settle
from compliance.use_cases.signing.two_person import ask_second
from compliance.vault import UnitOfWork

ACTIVATE, CALL_OFF = "policy_activate", "policy_call_off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What a set would do from an instant on, against the rules that would hold then."""

    version: str
    key: str
    digest: str
    begins: datetime
    changes: tuple[Change, ...]
    effects: Effects

    @property
    def looser(self) -> int:
        """How many changes open something: then it takes two and a wait."""
        return len(looser(self.changes))


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """A set that was put in force, and what has to come back from the field."""

    version: str
    key: str
    digest: str
    begins: datetime
    looser: int
    recall: tuple[Recall, ...]
    tasks: tuple[str, ...]


def preview_rules(session: Session, *, folder: Path, begins: datetime | None = None) -> Answer[Preview | Refusal]:
    """Count what the set in ``folder`` would hide and reveal; nothing is changed. PolicyFileError with every fault."""
    now = session.now()
    if no := barred(session, "preview_policy", at=now):
        return no
    at = max(begins or now, now)
    found = read_company_set(read_rule_folder(folder), shipped=session.shipped, day=shanghai_day(at))
    with session.vault.unit_of_work() as uow:
        old = session.book.plain_at(at)
        changes = compare(found.policy, old, day=shanghai_day(at))
        new = session.book.listed(found.policy, at)
        old = session.book.at(at)
        effects = effects_of(session, uow, old=old, new=new, changes=changes, at=at, recall_at=now)
        named = [*(sample.hcp_id for sample in effects.samples), *(sample.hcp_id for sample in effects.ends.samples)]
        sampled = tuple(dict.fromkeys(named))
        detail: dict[str, Scalar | list[Scalar]] = {
            "set": found.key,
            "hidden": effects.hidden,
            "revealed": effects.revealed,
        }
        uow.commit(session.event(Kind.POLICY_PREVIEWED, at=now, hcps=sampled, detail=detail))
    shown = Preview(
        version=found.policy.version,
        key=found.key,
        digest=new.digest,
        begins=at,
        changes=changes,
        effects=effects,
    )
    return Answer(shown, Changes(audit=True))


def activate_rules(session: Session, *, folder: Path, begins: datetime) -> Answer[InForce | Refusal | PendingRequest]:
    """Put the set in ``folder`` in force from ``begins`` on. PolicyFileError with every fault, InputErrors
    ``rules_in_the_past``, ``rules_too_soon``, ``rules_unchanged``."""
    now = session.now()
    if no := barred(session, "activate_policy", at=now):
        return no
    if begins == day_start(shanghai_day(now)):
        begins = now  # "today" is from now on
    if begins < now:
        raise bad_input("rules_in_the_past", "--from", _local(begins), _local(now))
    found = read_company_set(read_rule_folder(folder), shipped=session.shipped, day=shanghai_day(begins))
    old = session.book.plain_at(begins)
    changes = compare(found.policy, old, day=shanghai_day(begins))
    if found.policy.digest == old.digest:
        raise bad_input("rules_unchanged", "DIR")
    params = {"key": found.key, "from": stamp(begins), "version": found.policy.version, "digest": found.policy.digest}
    opened = looser(changes)
    if not opened:
        return _done(_put(session, params, text=found.text))
    soonest = now if session.sandbox else now + timedelta(hours=session.policy.parameter("loosening_wait_hours", now))
    if begins < soonest:
        raise bad_input("rules_too_soon", "--from", _local(begins), _local(soonest))
    signed = signature_of(session, params)
    return ask_second(
        session,
        action=ACTIVATE,
        at=now,
        params={**params, "looser": len(opened), "signed": list(signed)},
        not_before=soonest,
        along=lambda uow: _keep(uow, found),
    )


def put_rules(session: Session, params: Mapping[str, Any]) -> Mapping[str, Any] | Refusal:
    """The second signature: the set holds from its instant, or from now where that has gone by. The wait still counts
    from the asking."""
    done = _put(session, params, text=None)
    return {"version": done.version, "from": stamp(done.begins), "recall": len(done.recall), "tasks": len(done.tasks)}


def call_off_rules(session: Session, *, key: str) -> Answer[Mapping[str, Any] | Refusal | PendingRequest]:
    """Take a planned set back before it begins. ``key``: its key or the beginning of it. InputErrors
    ``unknown_rules``, ``rules_begun``."""
    now = session.now()
    if no := barred(session, "activate_policy", at=now):
        return no
    entry = planned_set(session.book, key)
    if entry.begins <= now:
        raise bad_input("rules_begun", "SET", stamp(entry.begins))
    rest = tuple(one for one in session.book.planned if one != entry)
    without = session.book.with_plan(rest).plain_at(entry.begins)
    params = {"key": entry.key, "from": stamp(entry.begins), "version": entry.version}
    if looser(compare(without, session.book.plain_at(entry.begins), day=shanghai_day(entry.begins))):
        return ask_second(session, action=CALL_OFF, at=now, params=params)
    return Answer(drop_rules(session, params), Changes(settings=True, people=True, audit=True))


def drop_rules(session: Session, params: Mapping[str, Any]) -> dict[str, Any]:
    """Write the plan without that set. InputErrors ``unknown_rules``, ``rules_begun`` when it began meanwhile."""
    now, begins = session.now(), from_stamp(params["from"])
    with session.vault.unit_of_work() as uow:
        rest = tuple(one for one in session.book.planned if (one.key, one.begins) != (params["key"], begins))
        if len(rest) == len(session.book.planned):
            raise bad_input("unknown_rules", "SET", str(params["key"])[:12])
        if begins <= now:
            raise bad_input("rules_begun", "SET", stamp(begins))
        uow.settings.set(PLAN, plan_text(rest))
        settle(session, uow)
        detail: dict[str, Scalar | list[Scalar]] = {"set": params["key"], "version": params["version"]}
        uow.commit(session.event(Kind.POLICY_CALLED_OFF, at=now, detail={**detail, "from": params["from"]}))
    return {"called_off": params["version"], "from": params["from"]}


def _put(session: Session, params: Mapping[str, Any], *, text: str | None) -> InForce:
    """One transaction: texts, plan, tasks, entry."""
    now = session.now()
    begins = max(from_stamp(params["from"]), now)
    signers = [tuple(params["signed"])] if "signed" in params else []
    signers.append(signature_of(session, params))
    with session.vault.unit_of_work() as uow:
        if text is not None:
            uow.policy_texts.put(str(params["key"]), text)
        kept = text or uow.policy_texts.get(str(params["key"])) or ""
        if hashlib.sha256(kept.encode()).hexdigest() != params["key"]:
            raise AuditIntegrityError("rules_tampered")
        policy = merged(kept, shipped=session.shipped)
        if (
            policy.digest != params["digest"]
        ):  # the program was updated since: something else would hold than was signed
            raise bad_input("rules_changed", "request")
        old = session.book.plain_at(begins)
        changes = compare(policy, old, day=shanghai_day(begins))
        effects = effects_of(
            session,
            uow,
            old=session.book.at(begins),
            new=session.book.listed(policy, begins),
            changes=changes,
            at=begins,
            recall_at=now,
        )
        entry = Planned(
            begins=begins,
            key=str(params["key"]),
            digest=policy.digest,
            version=policy.version,
            decided_at=now,
            signed=tuple((name, public, signature) for name, public, signature in signers),
            asked=asked_of(params),
            base=session.shipped.digest,
            request=session.carrying.request_id if session.carrying else "",
        )
        rest = tuple(one for one in session.book.planned if one.begins != begins)
        planned = session.book.with_plan((*rest, entry))
        uow.settings.set(PLAN, plan_text(planned.planned))
        uow.policy_texts.put(policy.digest, policy.text)
        archive_sets(uow, planned, since=begins)
        tasks = _tasks(uow, effects.recall, begins, now)
        named = [uow.sheets.get(one.subject) for one in effects.recall if one.kind == TASK]
        recall(session, uow, [paper for paper in named if paper is not None], at=now, why="rules")
        settle(session, uow)
        detail: dict[str, Scalar | list[Scalar]] = {
            "set": entry.key,
            "digest": entry.digest,
            "version": entry.version,
            "from": stamp(begins),
            "looser": len(looser(changes)),
            "hidden": effects.hidden,
            "revealed": effects.revealed,
            "tasks": len(tasks),
            "signature": entry.signed[-1][2],
            **({"request": entry.request} if entry.request else {}),
        }
        uow.commit(session.event(Kind.POLICY_ACTIVATED, at=now, detail=detail))
    return InForce(
        version=entry.version,
        key=entry.key,
        digest=entry.digest,
        begins=begins,
        looser=len(looser(changes)),
        recall=effects.recall,
        tasks=tasks,
    )


def _local(instant: datetime) -> str:
    return instant.astimezone(SHANGHAI).isoformat(timespec="seconds")


def _done(done: InForce) -> Answer[InForce | Refusal | PendingRequest]:
    return Answer(done, Changes(settings=True, people=True, consents=True, tasks=True, audit=True))


def _keep(uow: UnitOfWork, found: CompanySet) -> None:
    """Text and whole set, before anybody signs: what is signed is what will hold."""
    uow.policy_texts.put(found.key, found.text)
    uow.policy_texts.put(found.policy.digest, found.policy.text)


def _tasks(uow: UnitOfWork, recall: Iterable[Recall], begins: datetime, now: datetime) -> tuple[str, ...]:
    """A task for each sheet and pack that has none yet."""
    waiting = {(task.kind, task.subject): task.task_id for task in uow.tasks.open()}
    done: list[str] = []
    fresh: list[Task] = []
    for one in recall:
        known = waiting.get((one.kind, one.subject))
        if known is None:
            known = new_id("TK")
            fresh.append(
                Task(
                    task_id=known,
                    kind=one.kind,
                    hcp_id=one.hcp_id,
                    subject=one.subject,
                    due=due(begins, now),
                    opened_at=now,
                    done_at=None,
                    done_by="",
                )
            )
        done.append(known)
    uow.tasks.add_new(fresh)
    return tuple(done)
