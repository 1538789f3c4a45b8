"""Work lists of consent: to check, proof missing, ending, change pending, weak proof; forecast and coverage.

Rules: (1) each list says how many there are in all and shows the first ``limit``; (2) rows name people by pseudonym;
name and hospital stand beside it for roles that may open what the row asks for, and that look is logged; (3) the number
that matters is the share of assigned people who may be shown for the visit, by territory (product.md B19).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from compliance.clock import day_start, shanghai_day
from compliance.errors import bad_input
from compliance.model.access import Block, Purpose
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.consent import ConsentStatus, Grade
from compliance.model.limits import last_day
from compliance.use_cases.consent.winding_down import Over, kept_long_enough
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.facts import rules_for_lists
from compliance.use_cases.seat.session import Session
from compliance.vault import Covered, WorkRow

_MOST, _MOST_DAYS, _MOST_WEEKS = 1000, 3650, 104
#: Above this many people an entry counts them instead of naming each.
_LISTED_BY_NAME = 500


class WorkList(StrEnum):
    """The lists."""

    TO_CHECK = "to-check"  # acts that wait for a second person, whatever stands meanwhile
    PROOF_MISSING = "proof-missing"  # a yes in an import, nothing behind it
    ENDING = "ending"  # open, and ends within the days asked
    CHANGE_PENDING = "change-pending"  # the notice goes beyond what was consented to
    WEAK_PROOF = "weak-proof"  # open on a call note or a capture only
    KEPT = "kept-long-enough"  # archived, its years over: to be erased by two


_STATUSES = {
    WorkList.PROOF_MISSING: (ConsentStatus.UNPROVEN,),
    WorkList.CHANGE_PENDING: (ConsentStatus.CHANGE_PENDING,),
    WorkList.WEAK_PROOF: (ConsentStatus.GIVEN, ConsentStatus.RENEWED, ConsentStatus.CHANGE_PENDING),
}
_WEAK = (str(Grade.E3), str(Grade.E4))


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One row with what to call the person: name and hospital, or the pseudonym."""

    row: WorkRow
    display: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkPage:
    """The first rows of a list and how many there are in all."""

    kind: WorkList
    rows: tuple[Work, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekEnds:
    """Open items whose last day lies in the week that begins on ``week`` (a Monday), by territory."""

    week: date
    territory: str
    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """Assigned people and those of them lawfully visible for the visit, by territory and in all."""

    territories: tuple[Covered, ...]
    whole: Covered
    at: datetime


def work_list(
    session: Session, *, kind: WorkList, within_days: int = 30, limit: int = 200
) -> Answer[WorkPage | Refusal]:
    """One list. ``within_days`` is for :attr:`WorkList.ENDING`. InputErrors ``bad_limit``, ``bad_span``."""
    now = session.now()
    if no := barred(session, "work_lists", at=now):
        return no
    if not 1 <= limit <= _MOST:
        raise bad_input("bad_limit", "limit", str(limit), str(_MOST))
    if not 0 <= within_days <= _MOST_DAYS:
        raise bad_input("bad_span", "within", str(within_days), str(_MOST_DAYS))
    with session.vault.unit_of_work() as uow:
        rules = rules_for_lists(session, uow, at=now)
        if kind is WorkList.ENDING:
            rows, total = uow.work_lists.ending(now + timedelta(days=within_days), after=now, rules=rules, limit=limit)
        elif kind is WorkList.TO_CHECK:
            rows, total = uow.work_lists.waiting(limit=limit)
        elif kind is WorkList.KEPT:
            kept = kept_long_enough(session, uow, now)
            rows, total = [_kept(one) for one in kept[:limit]], len(kept)
        else:
            grades = _WEAK if kind is WorkList.WEAK_PROOF else ()
            rows, total = uow.work_lists.standing(_STATUSES[kind], at=now, rules=rules, grades=grades, limit=limit)
        ids = tuple(sorted({row.hcp_id for row in rows}))
        names = {h: f"{hit.name} · {hit.hospital}" for h, hit in uow.index.get_many(ids).items()}
        uow.commit(
            session.event(
                Kind.LIST_SHOWN,
                at=now,
                hcps=ids if len(ids) <= _LISTED_BY_NAME else (),
                purpose=str(Purpose.RIGHTS),
                fields=("full_name", "institution_name"),
                detail={"what": str(kind), "people": len(ids), "total": total},
            )
        )
    page = tuple(Work(row=row, display=names.get(row.hcp_id, row.hcp_id)) for row in rows)
    return Answer(WorkPage(kind=kind, rows=page, total=total), Changes(audit=True))


def _kept(one: Over) -> WorkRow:
    return WorkRow(
        hcp_id=one.hcp_id,
        item=one.item,
        status=ConsentStatus.ARCHIVED,
        since=one.since,
        until=one.keep_until,
        grade="",
        event_id=None,
        rep="",
        territory="",
    )


def work_counts(session: Session, *, within_days: int = 30) -> Answer[Mapping[WorkList, int] | Refusal]:
    """How much stands on each list; counts only, nobody is named."""
    now = session.now()
    if no := barred(session, "work_lists", at=now):
        return no
    if not 0 <= within_days <= _MOST_DAYS:
        raise bad_input("bad_span", "within", str(within_days), str(_MOST_DAYS))
    found: dict[WorkList, int] = {}
    with session.vault.snapshot() as snap:
        rules = rules_for_lists(session, snap, at=now)
        for kind in WorkList:
            if kind is WorkList.ENDING:
                until = now + timedelta(days=within_days)
                found[kind] = snap.work_lists.ending(until, after=now, rules=rules, limit=0)[1]
            elif kind is WorkList.TO_CHECK:
                found[kind] = snap.waits.count()
            elif kind is WorkList.KEPT:
                found[kind] = len(kept_long_enough(session, snap, now))
            else:
                grades = _WEAK if kind is WorkList.WEAK_PROOF else ()
                found[kind] = snap.work_lists.standing(_STATUSES[kind], at=now, rules=rules, grades=grades, limit=0)[1]
    return Answer(found)


def forecast(session: Session, *, weeks: int = 13) -> Answer[tuple[WeekEnds, ...] | Refusal]:
    """How many open items end in each of the next ``weeks`` weeks, by territory; counts only."""
    now = session.now()
    if no := barred(session, "work_lists", at=now):
        return no
    if not 1 <= weeks <= _MOST_WEEKS:
        raise bad_input("bad_span", "weeks", str(weeks), str(_MOST_WEEKS))
    monday = shanghai_day(now) - timedelta(days=shanghai_day(now).weekday())
    until = day_start(monday + timedelta(weeks=weeks)) + timedelta(microseconds=1)
    with session.vault.snapshot() as snap:
        ends = snap.work_lists.ends_by_day(until, after=now, rules=rules_for_lists(session, snap, at=now))
    counted: Counter[tuple[date, str]] = Counter()
    for end, territory, items in ends:
        day = last_day(end)
        counted[day - timedelta(days=day.weekday()), territory] += items
    return Answer(
        tuple(WeekEnds(week=week, territory=where, items=items) for (week, where), items in sorted(counted.items()))
    )


def coverage(session: Session) -> Answer[Coverage | Refusal]:
    """Who of the assigned may be shown for the visit. Counts only."""
    now = session.now()
    if no := barred(session, "work_lists", at=now):
        return no
    rule = session.policy.purposes[Purpose.VISIT]
    closing = frozenset(
        Block(key)
        for key, block in session.policy.blocks.items()
        if Purpose.VISIT in block.closes and key in set(Block)
    )
    with session.vault.snapshot() as snap:
        rows, whole = snap.work_lists.coverage(
            rule.items_any, at=now, rules=rules_for_lists(session, snap, at=now), closing=closing
        )
    return Answer(Coverage(territories=tuple(rows), whole=whole, at=now))
