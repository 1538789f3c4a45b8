"""Letting go: what is past its end is removed for real, in a run that one person asks for and another signs.

Rules: (1) the request names how many values of how many people and binds the list by its digest; the second signature
releases the run, it does not start it; (2) the run is started and may be stopped and started again: each person is one
transaction with an entry of its own, so a kill in the middle leaves whole people, done or not; (3) everything is looked
at anew, person by person: what a hold keeps, a new basis carries or an extension holds is passed over and counted; (4)
a value goes from its section, the index and the journal, a record that never had a basis goes whole, by the erasure's
own way; both are noted outside the folder, so that a restore removes them again before anyone reads (REQ-094); (5) the
run is done once the WAL files are empty, and only then has a certificate; *anonymise* leaves the counts in the run and
nothing of the person; (6) records merged into a person's are theirs: what is let go goes from each of them.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any

from compliance.audit.entry import canonical
from compliance.errors import bad_input
from compliance.model.access import RecordStatus, Section
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.ids import new_id
from compliance.model.profile import FieldValue
from compliance.model.register import PendingRequest, Person
from compliance.model.retention import RecordKind, RetentionRun
from compliance.policy.retention import Cutoffs, cutoffs, past_its_end
from compliance.progress import Phase, Progress
from compliance.use_cases.ending.erased_keys import keep_keys
from compliance.use_cases.ending.erasure import records_of, take_apart
from compliance.use_cases.ending.retention_due import over_by
from compliance.use_cases.ending.retention_past import forget_past
from compliance.use_cases.field.recalling import recall_all_of
from compliance.use_cases.people.indexing import SECTIONS, by_key, index_row
from compliance.use_cases.people.sources import settled_record
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.facts import Reader, retention_facts
from compliance.use_cases.seat.free_text import guard
from compliance.use_cases.seat.session import Session
from compliance.use_cases.signing.carrying import settle
from compliance.use_cases.signing.two_person import ask_second
from compliance.vault import Maintenance, RunItem, UnitOfWork

ACTION = "let_go"
_MOST_WORDS = 120
_CHANGED = Changes(people=True, tasks=True, audit=True)
_GONE = (RecordStatus.ERASED, RecordStatus.ERASURE_PENDING)
#: The rule of a value that is found over when it is looked at.
_HELD = "held_by_hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """A run that waits for its second signature."""

    run: RetentionRun
    request: PendingRequest
    values: int
    people: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LetGo:
    """How far a run is: ``done`` once nothing is open."""

    run: RetentionRun
    values: int
    people: int
    passed_over: int
    left: int

    @property
    def done(self) -> bool:
        """Whether it is over."""
        return self.run.done_at is not None


def release(session: Session, *, rule: str = "", reason: str, hcps: tuple[str, ...] = ()) -> Answer[Released | Refusal]:
    """Ask for everything past its end now (of ``rule`` alone, of ``hcps`` alone) to be let go. InputErrors
    ``unknown_rule``, ``reason_missing``, ``nothing_due``."""
    now = session.now()
    if no := barred(session, "release_retention", at=now):
        return no
    rules = session.policy.retention.rules
    if rule and rule not in rules:
        raise bad_input("unknown_rule", "rule", rule, ", ".join(rules))
    if not reason.strip():
        raise bad_input("reason_missing", "reason")
    guard(session, {"reason": reason})
    run = RetentionRun(
        run_id=new_id("RUN"),
        asked_at=now,
        asked_by=session.actor,
        reason=reason.strip()[:_MOST_WORDS],
        begun_at=None,
        signed_by="",
        done_at=None,
        counts={},
        policy=session.policy.digest,
    )
    with session.vault.snapshot() as snap:
        items = _scope(session, snap, rule, hcps, now)
    if not items:
        raise bad_input("nothing_due", "rule" if rule else "")
    values = sum(len(keys) for _, _, keys in items)
    digest = hashlib.sha256(canonical([[hcp, whole, list(keys)] for hcp, whole, keys in items])).hexdigest()

    def along(uow: UnitOfWork) -> None:
        uow.retention.put_run(run)
        uow.retention.add_items(run.run_id, items)

    params = {
        "run": run.run_id,
        "rule": rule,
        "values": values,
        "people": len(items),
        "scope": digest,
        "why": run.reason,
    }
    made = ask_second(session, action=ACTION, at=now, params=params, along=along)
    return Answer(Released(run=run, request=made.value, values=values, people=len(items)), made.changes)


def carry_release(session: Session, params: Mapping[str, Any]) -> dict[str, Any]:
    """The second signature: the run may be started."""
    now = session.now()
    with session.vault.unit_of_work() as uow:
        run = _known(uow, params["run"])
        uow.retention.put_run(replace(run, begun_at=now, signed_by=session.actor))
        settle(session, uow)
        detail = {"run": run.run_id, "values": int(params["values"]), "people": int(params["people"])}
        uow.commit(session.event(Kind.RETENTION_RELEASED, at=now, detail=detail))
    return {"run": run.run_id, "released": True}


def carry_on(session: Session, *, run_id: str, progress: Progress) -> Answer[LetGo | Refusal]:
    """Start a released run, or go on with one that was stopped. Cancelled leaves the people done so far done.
    InputErrors ``unknown_run``, ``run_not_released``."""
    now = session.now()
    if no := barred(session, "run_retention", at=now):
        return no
    with session.vault.snapshot() as snap:
        run = _known(snap, run_id)
        items = snap.retention.items(run_id)
    if run.begun_at is None:
        raise bad_input("run_not_released", "run", run_id)
    progress.phase(Phase.LETTING_GO)
    for place, item in enumerate(items):
        progress.tick(place, len(items))
        _one(session, run_id, item, now)
        session.vault.give_way()
    progress.tick(len(items), len(items))
    if run.done_at is None:
        forget_past(session, at=now)
        session.vault.empty_journals()
        with session.vault.unit_of_work() as uow:
            run = replace(_known(uow, run_id), done_at=now)
            uow.retention.put_run(run)
            uow.retention.drop_items(run_id)
            counts = {f"rule.{key}": number for key, number in run.counts.items()}
            uow.commit(session.event(Kind.RETENTION_DONE, at=now, detail={"run": run_id, **counts}))
        session.vault.empty_journals()
    with session.vault.snapshot() as snap:
        return Answer(_state(snap, _known(snap, run_id)), _CHANGED)


def list_runs(session: Session) -> Answer[tuple[LetGo, ...] | Refusal]:
    """All runs, newest first."""
    now = session.now()
    if no := barred(session, "see_retention", at=now):
        return no
    with session.vault.snapshot() as snap:
        return Answer(tuple(_state(snap, run) for run in snap.retention.runs()))


def _scope(
    session: Session, reader: Reader, rule: str, hcps: tuple[str, ...], now: datetime
) -> list[tuple[int, bool, tuple[str, ...]]]:
    """(person, whole record, field keys) of all that is over now and that no hold keeps, by person."""
    found = over_by(session.policy, reader, at=now)
    wanted = {number for hcp_id in hcps if (number := reader.number_or_none(hcp_id)) is not None}
    keys: dict[int, set[str]] = {}
    for (hcp, name), fields in found.values.items():
        if rule in ("", name) and (not hcps or hcp in wanted):
            keys.setdefault(hcp, set()).update(fields)
    ids = reader.hcp_ids(keys)
    free = set(keys)
    if reader.holds.standing(now):
        free = {hcp for hcp in keys if reader.holds.over(records_of(reader, ids[hcp]), now) is None}
    return [(hcp, hcp in found.whole, tuple(sorted(keys[hcp]))) for hcp in sorted(free)]


def _one(session: Session, run_id: str, item: RunItem, now: datetime) -> None:
    with session.vault.unit_of_work() as uow:
        person = uow.people.get(item.hcp_id)
        state = ""
        if person is None or person.status in _GONE:
            state = "gone"
        elif uow.holds.over(records_of(uow, item.hcp_id), now) is not None:
            state = _HELD
        if state or person is None:
            _pass_over(session, uow, run_id, item, now, state)
            return
        if not item.whole:
            _values(session, uow, run_id, item, person, now)
            return
        if not _whole(session, uow, person, now):
            _pass_over(session, uow, run_id, item, now, "not_over")
            return
    for gone in take_apart(session, item.hcp_id, now):
        why = {"reason": "retention", "merged_into": item.hcp_id}
        erased = session.event(Kind.ERASED, at=now, hcps=(gone,), detail=why)
        session.vault.erase(gone, erased, first=partial(keep_keys, hcp_id=gone, at=now, let_go=True))
    detail = {"reason": "retention", "run": run_id}
    event = session.event(Kind.ERASED, at=now, hcps=(item.hcp_id,), detail=detail)
    rule = session.policy.retention.record(RecordKind.HELD_PERSON)

    def along(uow: UnitOfWork) -> None:
        recall_all_of(session, uow, item.hcp_id, at=now, why="erased")
        _count(uow, run_id, {rule.key if rule else "": len(item.fields)})

    first = partial(keep_keys, hcp_id=item.hcp_id, at=now, let_go=True)
    session.vault.erase(item.hcp_id, event, along=along, first=first)


def _whole(session: Session, uow: UnitOfWork, person: Person, now: datetime) -> bool:
    """Whether a record that never had a basis still is over."""
    facts = retention_facts(uow, person=person, lines=uow.consents.states(person.hcp_id).values(), at=now)
    over = cutoffs(session.policy, facts, now)
    every = set(session.policy.retention.of_field.values())
    return facts.held and every <= over.ended


def _values(session: Session, uow: UnitOfWork, run_id: str, item: RunItem, person: Person, now: datetime) -> None:
    policy = session.policy
    facts = retention_facts(uow, person=person, lines=uow.consents.states(item.hcp_id).values(), at=now)
    over = cutoffs(policy, facts, now)
    by_section: dict[Section, set[str]] = {}
    for key in item.fields:
        definition = policy.fields.get(key)
        if definition is not None and definition.section is not None:
            by_section.setdefault(definition.section, set()).add(key)
    gone: dict[str, dict[str, str]] = {}
    for hcp_id in records_of(uow, item.hcp_id):
        if found := _from_record(session, uow, hcp_id, by_section, over):
            gone[hcp_id] = found
            uow.before_commit(_noting(session, hcp_id, tuple(sorted(found)), now))
    if not gone:
        _pass_over(session, uow, run_id, item, now, "not_over")
        return
    _count(uow, run_id, Counter(rule for found in gone.values() for rule in found.values()))
    uow.retention.settle_item(run_id, item.hcp_id, "done")
    fields = tuple(sorted({key for found in gone.values() for key in found}))
    people = tuple(dict.fromkeys((item.hcp_id, *gone)))
    uow.commit(session.event(Kind.LET_GO, at=now, hcps=people, fields=fields, detail={"run": run_id}))


def _from_record(
    session: Session, uow: UnitOfWork, hcp_id: str, by_section: Mapping[Section, set[str]], over: Cutoffs
) -> dict[str, str]:
    """Take what is over out of one record, which may be merged into the person's; field → the rule it is over by."""
    number = uow.number_or_none(hcp_id) or uow.reach_merged(hcp_id)
    held = uow.sections.read_for(Maintenance.RETENTION, hcp_id, by_section)
    gone: dict[str, str] = {}
    for section, keys in by_section.items():
        values = held.get(section, {})
        for key in keys & set(values):
            if rule := _over(session.policy.retention.of_field[key], uow, values[key], over):
                gone[key] = rule
        if keys & set(gone):
            uow.sections.write(hcp_id, section, {k: v for k, v in values.items() if k not in gone})
            uow.value_changes.forget(hcp_id, section, keys & set(gone))
    if not gone or number is None:
        return gone
    both = uow.sections.read_for(Maintenance.INDEX, hcp_id, SECTIONS)
    if Section.DIRECTORY in both:
        uow.index.put(index_row(hcp_id, by_key(both)))
    else:
        uow.index.remove(number)
    return gone


def _over(rule: str, uow: UnitOfWork, value: FieldValue, over: Cutoffs) -> str:
    """The rule by which a value is past its end, "" when it is not."""
    if rule in over.ended:
        return rule
    record = settled_record(uow, value.provenance)
    if past_its_end(record, kept_from=over.dated.get(rule), doubt_from=None, recorded=over.recorded):
        return rule
    if past_its_end(record, kept_from=None, doubt_from=over.quarantined, recorded=over.recorded):
        return "quarantined"
    return ""


def _noting(session: Session, hcp_id: str, fields: tuple[str, ...], now: datetime) -> Callable[[], None]:
    return lambda: session.vault.keep_let_go(hcp_id, fields, now)


def _pass_over(session: Session, uow: UnitOfWork, run_id: str, item: RunItem, now: datetime, why: str) -> None:
    if why != "gone":
        uow.retention.settle_item(run_id, item.hcp_id, "skipped")
    _count(uow, run_id, {"passed_over": len(item.fields)}, people=0)
    detail = {"run": run_id, "passed_over": why}
    uow.commit(session.event(Kind.LET_GO, at=now, hcps=(item.hcp_id,), detail=detail))


def _count(uow: UnitOfWork, run_id: str, more: Mapping[str, int], *, people: int = 1) -> None:
    run = _known(uow, run_id)
    counts = Counter(run.counts)
    counts.update(more)
    counts["people"] += people
    uow.retention.put_run(replace(run, counts=dict(counts)))


def _state(reader: Reader, run: RetentionRun) -> LetGo:
    rules = {key: number for key, number in run.counts.items() if key not in ("people", "passed_over")}
    return LetGo(
        run=run,
        values=sum(rules.values()),
        people=run.counts.get("people", 0),
        passed_over=run.counts.get("passed_over", 0),
        left=len(reader.retention.items(run.run_id)),
    )


def _known(reader: Reader, run_id: str) -> RetentionRun:
    run = reader.retention.run(run_id)
    if run is None:
        raise bad_input("unknown_run", "run", run_id)
    return run
