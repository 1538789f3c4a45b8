"""Figures of seeing less: what policy adds to a list of everybody, a page of it, searches, one decision on all fields.

Rules: (1) processor time, because a list this long is work and not waiting; (2) everybody whom no block closes has a
visit consent in the state table, set here directly, since a list reads nothing else of consent; (3) *without policy* is
the same search for upkeep that names no reader, of everybody, so times are compared per person listed, round by round,
so that what else runs slows both, and the share is that of the least of each, because what else runs only adds; (4) a
page far down goes on by its place, as scrolling does.
"""

import time
from collections.abc import Callable
from dataclasses import replace
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

_ROUNDS, _PAIRS, _PAGE = 5, 9, 50
_NOTICE, _ITEM = "CK-VISIT@1.0", "visit"


def list_figures(session: Session) -> tuple[Measured, ...]:
    """All of them, over the people of an open store, who all consent to visits first."""
    now = session.now()
    people = _consent_all(session, now)
    with session.vault.snapshot() as snap:
        seen = scope(session, snap, purpose=Purpose.VISIT, role=Role.COMPLIANCE, at=now, rep=None)
        assert seen is not None

        def took(query: SearchQuery) -> list[float]:
            return [1000 * _cpu(lambda: snap.index.search(query)) for _ in range(_ROUNDS)]

        whole = [SearchQuery(at=now, limit=people, scope=who) for who in (ListScope(), seen)]
        rounds = [[_cpu(lambda q=one: snap.index.search(q)) for one in whole] for _ in range(_PAIRS)]  # type: ignore[misc]
        first = SearchQuery(at=now, limit=_PAGE, scope=seen)
        page, uncounted = took(first), took(replace(first, counted=False))
        listed = snap.index.search(replace(first, limit=1)).count
        middle = snap.index.search(replace(first, limit=1, offset=listed // 2)).rows[0].hcp_id
        further = took(replace(first, counted=False, after=middle))
        jumps = took(replace(first, offset=listed // 2))
        names = [
            snap.index.search(SearchQuery(at=now, limit=1, offset=listed * part // _ROUNDS, scope=seen)).rows[0].name
            for part in range(_ROUNDS)
        ]

        def searched(texts: list[str]) -> list[float]:
            asked = [read_search(text, policy=session.policy, role=Role.COMPLIANCE, at=now) for text in texts]
            return [
                1000 * _cpu(lambda a=one: snap.index.search(a.query(scope=seen, at=now, limit=_PAGE)))  # type: ignore[misc]
                for one in asked
                for _ in range(_ROUNDS)
            ]

        characters = searched([name[-2:] for name in names])
        initials = searched([text[0] for name in names if (text := readings(name).initials)])
    rounds_extra = sorted((ruled / listed / (plain / people) - 1) * 100 for plain, ruled in rounds)
    plain, ruled = (min(pair[place] for pair in rounds) for place in (0, 1))
    extra = [(ruled / listed / (plain / people) - 1) * 100]
    note = (
        f"per person listed, {listed} with policy, {people} without in {plain:.2f} s; processor time, the least of"
        f" each; round by round {rounds_extra[0]:.0f} to {rounds_extra[-1]:.0f}, median {rounds_extra[_PAIRS // 2]:.0f}"
    )
    return (
        Measured(name="list_policy", unit="% more", target="<= 15", limit=15, runs=extra, note=note),
        Measured(name="list_page", unit="ms", target="<= 100", limit=100, runs=page, note="50 people and the count"),
        Measured(
            name="list_first", unit="ms", target="<= 100", limit=100, runs=uncounted, note="the same, counted later",
        ),
        Measured(
            name="list_further", unit="ms", target="<= 16", limit=16, runs=further, note="50 more from the middle on",
        ),
        Measured(
            name="list_jump", unit="ms", target="", limit=0, runs=jumps, note="50 from the middle, found by counting",
        ),
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
