"""What reaches its end, by when: counted over everybody, listed by pseudonym; and the ends of one person's values.

Rules: (1) nothing is stored: what is over by a day is worked out from the days people and values bear, with the very
cutoffs the decision uses (policy/retention.py), as of the midnight after that day; (2) no section is opened: which
fields stand there from which source is known beside it; what an older store has not noted yet is counted as unknown and
learnt by whoever holds the keys; (3) people by pseudonym, values never; the look is logged; (4) what a hold keeps is
listed with it and cannot be let go.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from compliance.clock import shanghai_day
from compliance.errors import bad_input
from compliance.model.access import Section
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.limits import day_end
from compliance.model.profile import Provenance, ValueStatus
from compliance.model.retention import IN_FORCE, EndAction, Extend, RecordKind, RetentionFacts, StartEvent
from compliance.policy.policy_set import PolicySet
from compliance.policy.retention import cutoff_of, value_end
from compliance.use_cases.ending.ended_people import ended_people
from compliance.use_cases.people.sources import settled_record
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.facts import Reader, retention_facts
from compliance.use_cases.seat.people import known_person
from compliance.use_cases.seat.session import Session
from compliance.vault import Maintenance, UnitOfWork
from compliance.vault.engine.times import micros

_MOST, _MOST_DAYS, _LEARN, _DAYS_KEPT = 5000, 3650, 500, 8
#: Above this many people an entry counts them instead of naming each.
_BY_NAME = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class DueGroup:
    """Values of one rule in one territory that are over by the day asked. ``held``: values a hold keeps."""

    rule: str
    territory: str
    values: int
    people: int
    held: int
    action: EndAction
    extend: Extend


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRow:
    """One person's values under one rule; ``last`` is the last day of the first of them, ``over`` whether it passed."""

    hcp_id: str
    rule: str
    fields: tuple[str, ...]
    territory: str
    last: date | None
    over: bool
    whole: bool
    hold_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """The answer: in all, by rule and territory, and the first rows. ``unknown``: sections not looked into yet."""

    until: date
    values: int
    people: int
    groups: tuple[DueGroup, ...]
    rows: tuple[DueRow, ...]
    total_rows: int
    unknown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueEnd:
    """When one value of a person ends: its rule, from which day it counts, the last day (None: in force without end),
    whether that passed, and which purposes in force still need it."""

    key: str
    rule: str
    event: StartEvent
    last: date | None
    over: bool
    action: EndAction
    extended: date | None
    needed_by: tuple[str, ...]


@dataclass(slots=True)
class Found:
    """Everything over by an instant: (person number, rule) → field keys; who ends as a whole."""

    values: dict[tuple[int, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    whole: frozenset[int] = frozenset()


def due(
    session: Session,
    *,
    until: date | None = None,
    within: int | None = None,
    rule: str = "",
    territory: str | None = None,
    limit: int = 200,
) -> Answer[Due | Refusal]:
    """Values whose last day is ``until`` or earlier (or within so many days; 7 when neither is given). InputErrors
    ``unknown_rule``, ``bad_limit``, ``bad_span``."""
    now = session.now()
    if no := barred(session, "see_retention", at=now):
        return no
    last = _day(session, until, within, now)
    if rule and rule not in session.policy.retention.rules:
        raise bad_input("unknown_rule", "rule", rule, ", ".join(session.policy.retention.rules))
    if not 0 <= limit <= _MOST:
        raise bad_input("bad_limit", "limit", str(limit), str(_MOST))
    with session.vault.unit_of_work() as uow:
        unknown = _learn(session, uow)
        found = over_by(session.policy, uow, at=day_end(last))
        answer = _answer(session, uow, found, last, now, rule=rule, territory=territory, limit=limit, unknown=unknown)
        ids = tuple(sorted({row.hcp_id for row in answer.rows}))
        detail = {"what": "retention", "until": last.isoformat(), "values": answer.values, "people": answer.people}
        uow.commit(session.event(Kind.LIST_SHOWN, at=now, hcps=ids if len(ids) <= _BY_NAME else (), detail=detail))
    return Answer(answer, Changes(audit=True))


def due_counts(session: Session, reader: Reader, *, until: date) -> tuple[int, int]:
    """(values, people) over by ``until``, for the first page: counts only, nobody is named. Counted anew once a row it
    looks at has changed."""
    key = (session.policy.digest, until, reader.retention.holdings_key())
    known = session.due_counts.get(until)
    if known is None or known[0] != key:
        found = over_by(session.policy, reader, at=day_end(until))
        counted = sum(map(len, found.values.values())), len({hcp for hcp, _ in found.values})
        if len(session.due_counts) > _DAYS_KEPT:
            session.due_counts.clear()
        known = session.due_counts[until] = key, counted
    return known[1]


def ends_of(session: Session, *, hcp_id: str) -> Answer[tuple[ValueEnd, ...] | Refusal]:
    """The end of each value held of a person, the nearest first."""
    now = session.now()
    if no := barred(session, "see_retention", at=now, hcp_id=hcp_id):
        return no
    with session.vault.unit_of_work() as uow:
        _learn(session, uow)
        person = known_person(uow, hcp_id)
        facts = retention_facts(uow, person=person, lines=uow.consents.states(hcp_id).values(), at=now)
        rows = [
            _value(session, facts, key, settled_record(uow, record), now)
            for key, record in _held_values(uow, person.hcp).items()
        ]
        uow.commit(
            session.event(Kind.LIST_SHOWN, at=now, hcps=(hcp_id,), detail={"what": "retention", "values": len(rows)})
        )
    return Answer(tuple(sorted(rows, key=lambda row: (row.last or IN_FORCE, row.rule, row.key))), Changes(audit=True))


def over_by(policy: PolicySet, reader: Reader, *, at: datetime) -> Found:
    """Everything past its end at ``at``, set-wise; what :func:`compliance.policy.retention.cutoffs` says of each."""
    rules = policy.retention
    ended = ended_people(policy, reader, at=at)
    held_rule = rules.record(RecordKind.HELD_PERSON)
    plans = _plans(policy, reader, ended, at)
    lifted = put_off(reader, at)
    name = held_rule.key if held_rule else ""
    found = Found(whole=ended.get(name, frozenset()) - {hcp for hcp, _ in lifted})
    values, whole = found.values, found.whole
    among = plans.keys if whole else [number for number, plan in plans.of.items() if plan]
    for section in Section if among else ():
        for hcp, created, kept in reader.retention.kept(section, among):
            if hcp in whole:
                values[hcp, name] += plans.keys[kept]
                continue
            for rule, keys, people, before in plans.of[kept]:
                if (people is None or hcp in people) and (before is None or created < before):
                    if people is None and (hcp, rule) in lifted:
                        continue
                    values[hcp, rule] += keys
    return found


def put_off(reader: Reader, at: datetime) -> set[tuple[int, str]]:
    """(person number, rule) of every end put off beyond ``at``."""
    day = shanghai_day(at)
    extended = reader.retention.all_extended(at).items()
    return {(hcp, key) for hcp, until in extended for key, last in until.items() if day <= last}


@dataclass(frozen=True, slots=True)
class _Plans:
    """Per holding: all its keys, and (rule, keys, only these people, only those recorded before) that may be over."""

    keys: Mapping[int, list[str]]
    of: Mapping[int, list[tuple[str, list[str], frozenset[int] | None, int | None]]]


def _plans(policy: PolicySet, reader: Reader, ended: Mapping[str, frozenset[int]], at: datetime) -> _Plans:
    rules = policy.retention
    doubt_rule = rules.record(RecordKind.QUARANTINED_VALUE)
    doubt = cutoff_of(doubt_rule, at)
    bounds = {key: cutoff_of(rule, at) for key, rule in rules.rules.items() if rule.event is StartEvent.SOURCE_DATE}
    records = {no: settled_record(reader, record) for no, record in reader.provenances.all().items()}
    keys: dict[int, list[str]] = {}
    of: dict[int, list[tuple[str, list[str], frozenset[int] | None, int | None]]] = {}
    for number, holding in reader.retention.holdings().items():
        keys[number] = [key for group in holding.values() for key in group]
        plan: dict[tuple[str, frozenset[int] | None, int | None], list[str]] = defaultdict(list)
        for source, group in holding.items():
            record = records[source]
            for key in group:
                rule = rules.of_field.get(key, "")
                people: frozenset[int] | None = None
                before: int | None = None
                over = False
                if rule in bounds:
                    bound, start = bounds[rule], record.source_date
                    over = bound is not None and (start is None or start <= bound)
                    before = micros(day_end(bound)) if over and start is None and bound is not None else None
                elif ended.get(rule):
                    people, over = ended[rule], True
                if over:
                    plan[rule, people, before].append(key)
                elif doubt_rule and doubt and _doubted(record, doubt):
                    plan[doubt_rule.key, None, micros(day_end(doubt))].append(key)
        of[number] = [(rule, found, people, before) for (rule, people, before), found in plan.items()]
    return _Plans(keys, of)


def _doubted(record: Provenance, doubt: date) -> bool:
    dated = record.source_date is None or record.source_date <= doubt
    return dated and record.status is ValueStatus.QUARANTINED


def _answer(
    session: Session,
    uow: UnitOfWork,
    found: Found,
    last: date,
    now: datetime,
    *,
    rule: str,
    territory: str | None,
    limit: int,
    unknown: int,
) -> Due:
    where = uow.retention.territories()
    kept = _kept_by_holds(uow, now)
    rules, at = session.policy.retention.rules, day_end(last)
    chosen = sorted(
        (
            (hcp, name)
            for hcp, name in found.values
            if rule in ("", name) and (territory is None or where.get(hcp, "") == territory)
        ),
        key=lambda pair: (pair[1], pair[0]),
    )
    everybody = kept.get(None, "")
    values: Counter[tuple[str, str]] = Counter()
    people: Counter[tuple[str, str]] = Counter()
    held: Counter[tuple[str, str]] = Counter()
    for hcp, name in chosen:
        group, count = (name, where.get(hcp, "")), len(found.values[hcp, name])
        values[group] += count
        people[group] += 1
        if everybody or hcp in kept:
            held[group] += count
    groups = []
    for (name, place), count in sorted(values.items()):
        term = rules[name].terms.at(at)
        groups.append(
            DueGroup(
                rule=name,
                territory=place,
                values=count,
                people=people[name, place],
                held=held[name, place],
                action=term.action if term else EndAction.ERASE,
                extend=rules[name].extend,
            )
        )
    ids = uow.hcp_ids(hcp for hcp, _ in chosen[:limit])
    rows = tuple(
        _row(session, uow, found, ids[hcp], hcp, name, where.get(hcp, ""), kept.get(hcp, everybody), now)
        for hcp, name in chosen[:limit]
    )
    return Due(
        until=last,
        values=sum(values.values()),
        people=len({hcp for hcp, _ in chosen}),
        groups=tuple(groups),
        rows=rows,
        total_rows=len(chosen),
        unknown=unknown,
    )


def _row(
    session: Session,
    uow: UnitOfWork,
    found: Found,
    hcp_id: str,
    hcp: int,
    name: str,
    territory: str,
    hold_id: str,
    now: datetime,
) -> DueRow:
    person = uow.people.get(hcp_id)
    last: date | None = None
    keys = tuple(sorted(set(found.values[hcp, name])))
    if person is not None:
        facts = retention_facts(uow, person=person, lines=uow.consents.states(hcp_id).values(), at=now)
        sources = {**_held_values(uow, hcp, merged=True), **_held_values(uow, hcp)}
        ends = (
            value_end(session.policy, key, settled_record(uow, sources[key]), facts, now)
            for key in keys
            if key in sources
        )
        last = min((end[0] for end in ends if end is not None), default=None)
    return DueRow(
        hcp_id=hcp_id,
        rule=name,
        fields=keys,
        territory=territory,
        last=last,
        over=last is not None and last < shanghai_day(now),
        whole=hcp in found.whole,
        hold_id=hold_id,
    )


def _kept_by_holds(uow: UnitOfWork, now: datetime) -> dict[int | None, str]:
    """Person number → the hold that keeps it; None → a hold over everybody."""
    kept: dict[int | None, str] = {}
    merged = uow.merged()
    ids = uow.hcp_ids(merged)
    into = {ids[gone]: number for gone, number in merged.items()}
    for hold in uow.holds.standing(now):
        if not hold.people:
            kept.setdefault(None, hold.hold_id)
        for hcp_id in hold.people:
            number = uow.number_or_none(hcp_id) or into.get(hcp_id)
            if number is not None:
                kept.setdefault(number, hold.hold_id)
    return kept


def _value(session: Session, facts: RetentionFacts, key: str, record: Provenance, now: datetime) -> ValueEnd:
    policy = session.policy
    end = value_end(policy, key, record, facts, now)
    assert end is not None, "policy check finds a field without a rule"
    last, name = end
    rule = policy.retention.rules[name]
    term = rule.terms.at(now)
    day, definition = shanghai_day(now), policy.fields[key]
    needed = tuple(sorted(p for p, until in facts.relations.items() if until >= day and p in definition.purposes))
    return ValueEnd(
        key=key,
        rule=name,
        event=rule.event,
        last=None if last >= IN_FORCE else last,
        over=last < day,
        action=term.action if term else EndAction.ERASE,
        extended=facts.extended.get(name),
        needed_by=needed,
    )


def _held_values(uow: UnitOfWork, hcp: int, *, merged: bool = False) -> dict[str, Provenance]:
    """Field → source of everything held of a person (in records merged into theirs), without opening a section."""
    return {
        key: uow.provenances.record(source)
        for holding in uow.retention.of_person(hcp, merged=merged)
        for source, keys in holding.items()
        for key in keys
    }


def _learn(session: Session, uow: UnitOfWork) -> int:
    """Note what sections of an older store hold, as far as this role's keys reach; how many stay unknown."""
    unknown = 0
    role = session.policy.roles[session.role]
    guarded = {section for rule in session.policy.roles.values() for section in rule.keys}
    for section in Section:
        rows = uow.retention.unknown(section, _MOST)
        if section in guarded and section not in role.keys:
            unknown += len(rows)
            continue
        for hcp, hcp_id in rows[:_LEARN]:
            values = uow.sections.read_hidden(Maintenance.RETENTION, hcp, hcp_id, [section]).get(section, {})
            by_source: dict[int, list[str]] = defaultdict(list)
            for key, value in values.items():
                by_source[uow.provenances.number(value.provenance)].append(key)
            uow.retention.learn(section, hcp, by_source)
        unknown += max(0, len(rows) - _LEARN)
    return unknown


def _day(session: Session, until: date | None, within: int | None, now: datetime) -> date:
    today = shanghai_day(now)
    if until is not None and within is not None:
        raise bad_input("one_of_two", "until", "until, within")
    if within is not None and not 0 <= within <= _MOST_DAYS:
        raise bad_input("bad_span", "within", str(within), str(_MOST_DAYS))
    if until is not None:
        if not date(2000, 1, 1) <= until <= today + timedelta(days=_MOST_DAYS):
            raise bad_input("bad_span", "until", until.isoformat(), str(_MOST_DAYS))
        return until
    return today + timedelta(days=7 if within is None else within)
