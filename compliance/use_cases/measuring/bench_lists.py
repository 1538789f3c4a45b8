"""Figures of seeing less: what policy adds to a list of everybody, a page of it, searches, one decision on all fields.

Rules: (1) processor time, because a list this long is work and not waiting; (2) everybody whom no block closes has a
visit consent in the state table, set here directly, since a list reads nothing else of consent; (3) *without policy* is
the same search for upkeep that names no reader, of everybody, so times are compared per person listed.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from compliance.importing.readings import readings
from compliance.model.access import AccessFacts, Purpose, Role
from compliance.model.audit import Kind
from compliance.model.consent import ConsentStatus, Grade, LineStatus
from compliance.policy.access import decide_access
from compliance.use_cases.measuring.bench_consents import Measured
from compliance.use_cases.seat.session import Session, known_notices
from compliance.use_cases.seeing.listing import scope
from compliance.use_cases.seeing.search_words import read_search
from compliance.vault import ListScope, SearchQuery

_ROUNDS = 5
_NOTICE, _ITEM = "CK-VISIT@1.0", "visit"


def list_figures(session: Session) -> tuple[Measured, ...]:
    """All of them, over the people of an open store, who all consent to visits first."""
    now = session.now()
    people = _consent_all(session, now)
    with session.vault.snapshot() as snap:
        seen = scope(session, snap, purpose=Purpose.VISIT, role=Role.COMPLIANCE, at=now, rep=None)
        assert seen is not None

        def took(limit: int, who: ListScope) -> list[float]:
            query = SearchQuery(at=now, limit=limit, scope=who)
            return [_cpu(lambda: snap.index.search(query)) for _ in range(_ROUNDS)]

        plain, ruled = took(people, ListScope()), took(people, seen)
        page = [1000 * seconds for seconds in took(50, seen)]
        listed = snap.index.search(SearchQuery(at=now, limit=1, scope=seen)).count
        names = [
            snap.index.search(SearchQuery(at=now, limit=1, offset=listed * part // _ROUNDS, scope=seen)).rows[0].name
            for part in range(_ROUNDS)
        ]

        def searched(texts: list[str]) -> list[float]:
            asked = [read_search(text, policy=session.policy, role=Role.COMPLIANCE, at=now) for text in texts]
            return [
                1000 * _cpu(lambda a=one: snap.index.search(a.query(scope=seen, at=now, limit=50)))  # type: ignore[misc]
                for one in asked
                for _ in range(_ROUNDS)
            ]

        characters = searched([name[-2:] for name in names])
        initials = searched([text[0] for name in names if (text := readings(name).initials)])
    extra = (min(ruled) / listed / (min(plain) / people) - 1) * 100
    note = f"per person listed, {listed} with policy, {people} without in {min(plain):.2f} s; processor time"
    return (
        Measured(name="list_policy", unit="% more", target="<= 15", limit=15, runs=[extra], note=note),
        Measured(name="list_page", unit="ms", target="", limit=0, runs=page, note="50 people and the count"),
        Measured(
            name="search_characters", unit="ms", target="<= 10", limit=10, runs=characters,
            note=f"two characters, {people} people, 50 shown, all counted",
        ),
        Measured(
            name="search_initials", unit="ms", target="<= 5", limit=5, runs=initials, note="initials of whole names",
        ),
        Measured(
            name="decision", unit="µs", target="<= 50", limit=50, runs=_decisions(session, now),
            note=f"{len(session.policy.fields)} fields",
        ),
    )  # fmt: skip


def _consent_all(session: Session, now: datetime) -> int:
    line = _line(session, now)
    with session.vault.unit_of_work() as uow:
        ids = uow.people.ids()
        held = {hcp_id for hcp_id, person in uow.people.get_many(ids).items() if person.blocks}
        for hcp_id in ids:
            if hcp_id not in held:
                uow.consents.set_state(hcp_id, line)
        uow.commit(session.event(Kind.CONSENT_RECORDED, at=now, detail={"what": "bench", "people": len(ids)}))
    return len(ids)


def _line(session: Session, now: datetime) -> LineStatus:
    known = known_notices(session)[_NOTICE].line(_ITEM)
    assert known is not None
    return LineStatus(
        item=_ITEM, purpose=_ITEM, status=ConsentStatus.GIVEN, code="VALID_LATEST", since=now, notice=_NOTICE,
        grade=Grade.E1, event_id="EV-BENCH", valid_until=now + timedelta(days=90), kinds=frozenset(known.kinds),
    )  # fmt: skip


def _decisions(session: Session, now: datetime) -> list[float]:
    facts = AccessFacts(hcp_id="HCP-AAAAAAAA", lines={_ITEM: _line(session, now)}, assigned=True)
    found = []
    for role in (Role.COMPLIANCE, Role.REP):
        for _ in range(_ROUNDS):
            took = _cpu(
                lambda r=role: [  # type: ignore[misc]
                    decide_access(session.policy, role=r, purpose=Purpose.VISIT, facts=facts, at=now)
                    for _ in range(2_000)
                ]
            )
            found.append(took / 2_000 * 1e6)
    return found


def _cpu(act: Callable[[], Any]) -> float:
    begin = time.process_time()
    act()
    return time.process_time() - begin
