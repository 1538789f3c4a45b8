"""Records that may be one person: likely pairs, and the word that a pair is two people (R26, S0-33).

Rules: (1) a pair is likely by a licence, by a phone, or by the same name (in any form of its characters) in the same
hospital (by any of its names); nothing else, and nothing is ever joined by itself: :mod:`.merging` asks two people;
(2) what a pair shows is what the reader may see of each for master data, value by value, through the walk; pairs of
whom one may not be seen are left out and not counted, and who may see nobody is refused, not told "none"; (3) a pair
somebody found to be two people does not come again until the word is taken back; (4) the strongest likeness comes
first; (5) a value past its retention end makes nobody like anybody: whoever shows the same phone in a masked form would
tell it (PIPL 47(2)).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from compliance.errors import bad_input
from compliance.importing.fields import hospital_key
from compliance.model.access import AccessGranted, FieldState, Purpose
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.profile import ShownField
from compliance.policy.list_rule import LIST_FIELDS
from compliance.use_cases.ending.retention_due import over_by
from compliance.use_cases.seat.acting import barred, refuse
from compliance.use_cases.seat.people import known_person
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seeing.listing import scope
from compliance.use_cases.seeing.view_marks import mark_of, marks_of
from compliance.use_cases.seeing.walk import Look, walk
from compliance.vault import Among, DistinctPair, ListScope, SearchQuery, UnitOfWork, usual_form

#: Likenesses, strongest first.
LICENCE, PHONE, NAME = "licence", "phone", "name_and_hospital"
BECAUSE = (LICENCE, PHONE, NAME)
_RESTS_ON = {
    LICENCE: frozenset({"practice_licence_no"}),
    PHONE: frozenset({"mobile_phone"}),
    NAME: frozenset({"full_name", "institution_name"}),
}
#: Why two records that look alike are two people.
REASONS = ("namesake", "shared_phone", "wrong_key", "known_apart")
#: What is set side by side.
COMPARED = (*LIST_FIELDS, "practice_licence_no", "mobile_phone", "work_email", "source_system_ids")
_MOST = 200
_NO_LOOK = "role_not_permitted"
#: More people than this behind one phone is a switchboard, not a likeness.
_MOST_SHARING = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of two records."""

    hcp_id: str
    created_at: datetime
    fields: tuple[ShownField, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LikelyPair:
    """Two records and why they may be one. ``same`` are the compared fields that show in clear and read
    alike."""

    one: Side
    other: Side
    because: tuple[str, ...]
    same: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicates:
    """A screenful; ``total`` of all likely pairs, ``counts`` by likeness."""

    pairs: tuple[LikelyPair, ...]
    total: int
    counts: dict[str, int]
    mark: str


def find_duplicates(
    session: Session, *, because: str | None = None, limit: int = 50, offset: int = 0
) -> Answer[Duplicates | Refusal]:
    """Likely pairs, strongest first. InputErrors ``bad_limit``, ``unknown_likeness``."""
    now = session.now()
    if no := barred(session, "merge_people", at=now):
        return no
    if not 1 <= limit <= _MOST or offset < 0:
        raise bad_input("bad_limit", "limit", str(limit), str(_MOST))
    if because is not None and because not in BECAUSE:
        raise bad_input("unknown_likeness", "because", because, BECAUSE[0])
    with session.vault.unit_of_work() as uow:
        seen = scope(session, uow, purpose=Purpose.MDM, role=session.role, at=now, rep=None)
        if seen is None:  # "none" would be untrue for a role that may merge, but may not look for this purpose
            rule = session.policy.reasons[_NO_LOOK]
            return refuse(session, uow, at=now, reason=_NO_LOOK, purpose=Purpose.MDM, because=rule.references)
        likely = _visible(uow, _in_time(session, uow, _likely(uow), now), seen, now)
        wanted = [pair for pair, why in likely.items() if because is None or because in why]
        wanted.sort(key=lambda pair: (BECAUSE.index(likely[pair][0]), -len(likely[pair]), pair))
        looks = {
            hcp_id: walk(session, uow, hcp_id=hcp_id, purpose=Purpose.MDM, at=now)
            for hcp_id in dict.fromkeys(hcp_id for pair in wanted[offset : offset + limit] for hcp_id in pair)
        }
        made = (_pair(looks[one], looks[other], likely[one, other]) for one, other in wanted[offset : offset + limit])
        pairs = tuple(pair for pair in made if pair is not None)
        mark = marks_of(mark_of(session, look.facts, at=now) for look in looks.values())
        counts = {why: sum(why in likely[pair] for pair in likely) for why in BECAUSE}
        shown = tuple(dict.fromkeys(side.hcp_id for pair in pairs for side in (pair.one, pair.other)))
        detail = {"what": "duplicates", "pairs": len(pairs)}
        event = session.event(
            Kind.LIST_SHOWN, at=now, hcps=shown, purpose=str(Purpose.MDM), fields=COMPARED, detail=detail
        )
        uow.commit(event)
    return Answer(Duplicates(pairs=pairs, total=len(wanted), counts=counts, mark=mark), Changes(audit=True))


def say_distinct(session: Session, *, one: str, other: str, reason: str) -> Answer[DistinctPair | Refusal]:
    """Two records are two people. InputErrors ``unknown_person``, ``same_record``, ``unknown_reason``."""
    now = session.now()
    if no := barred(session, "merge_people", at=now, hcp_id=one):
        return no
    if reason not in REASONS:
        raise bad_input("unknown_reason", "reason", "", REASONS[0])
    if one == other:
        raise bad_input("same_record", "gone")
    pair = DistinctPair(one=one, other=other, reason=reason, said_at=now, said_by=session.actor)
    with session.vault.unit_of_work() as uow:
        known_person(uow, one)
        known_person(uow, other)
        uow.distinct.put(pair)
        detail = {"reason": reason, "distinct": True}
        uow.commit(session.event(Kind.PEOPLE_DISTINCT, at=now, hcps=(one, other), detail=detail))
    return Answer(pair, Changes(people=True, audit=True))


def take_back_distinct(session: Session, *, one: str, other: str) -> Answer[bool | Refusal]:
    """The pair may be one again. InputErrors ``not_distinct`` when nobody said otherwise."""
    now = session.now()
    if no := barred(session, "merge_people", at=now, hcp_id=one):
        return no
    with session.vault.unit_of_work() as uow:
        if not uow.distinct.take_back(one, other):
            raise bad_input("not_distinct", "other")
        uow.commit(session.event(Kind.PEOPLE_DISTINCT, at=now, hcps=(one, other), detail={"distinct": False}))
    return Answer(True, Changes(people=True, audit=True))


def list_distinct(session: Session) -> Answer[tuple[DistinctPair, ...] | Refusal]:
    """Every pair somebody found to be two people, newest first."""
    now = session.now()
    if no := barred(session, "merge_people", at=now):
        return no
    with session.vault.snapshot() as snap:
        return Answer(tuple(snap.distinct.all()))


def _likely(uow: UnitOfWork) -> dict[tuple[str, str], tuple[str, ...]]:
    """Rule 1: pair → likenesses, strongest first."""
    apart = uow.distinct.known()
    found: dict[tuple[str, str], list[str]] = {}
    for why, group in _groups(uow):
        for one, other in combinations(sorted(group), 2):
            if (one, other) not in apart:
                known = found.setdefault((one, other), [])
                if why not in known:
                    known.append(why)
    return {pair: tuple(sorted(why, key=BECAUSE.index)) for pair, why in found.items()}


def _in_time(
    session: Session, uow: UnitOfWork, likely: dict[tuple[str, str], tuple[str, ...]], now: datetime
) -> dict[tuple[str, str], tuple[str, ...]]:
    """Rule 5, whoever looks."""
    if not likely:
        return {}
    numbers = {hcp_id: uow.number_or_none(hcp_id) for pair in likely for hcp_id in pair}
    wanted = set(numbers.values())
    over: dict[int, set[str]] = {}
    for (hcp, _), keys in over_by(session.policy, uow, at=now).values.items():
        if hcp in wanted:
            over.setdefault(hcp, set()).update(keys)
    if not over:
        return likely
    gone = {hcp_id: over.get(number, set()) if number else set() for hcp_id, number in numbers.items()}
    found = {}
    for pair, every in likely.items():
        ended = gone[pair[0]] | gone[pair[1]]
        if why := tuple(one for one in every if ended.isdisjoint(_RESTS_ON[one])):
            found[pair] = why
    return found


def _visible(
    uow: UnitOfWork, likely: dict[tuple[str, str], tuple[str, ...]], seen: ListScope, now: datetime
) -> dict[tuple[str, str], tuple[str, ...]]:
    """Rule 2, for all pairs at once as lists do it."""
    ids = tuple(sorted({hcp_id for pair in likely for hcp_id in pair}))
    if not ids:
        return {}
    page = uow.index.search(SearchQuery(terms=(Among(ids=ids),), at=now, limit=len(ids), scope=seen))
    shown = {row.hcp_id for row in page.rows}
    return {pair: why for pair, why in likely.items() if shown.issuperset(pair)}


def _groups(uow: UnitOfWork) -> Iterator[tuple[str, list[str]]]:
    for kind, ids in uow.index.sharing((LICENCE, PHONE)):
        if len(ids) <= _MOST_SHARING:
            yield kind, ids
    for alike in uow.index.sounding_alike():
        same: dict[tuple[str, str], list[str]] = {}
        for hcp_id, name, hospital in alike:
            same.setdefault((usual_form(name), usual_form(hospital_key(hospital))), []).append(hcp_id)
        for (_, hospital), ids in same.items():
            if hospital and 1 < len(ids) <= _MOST_SHARING:
                yield NAME, ids


def _pair(first: Look, second: Look, why: tuple[str, ...]) -> LikelyPair | None:
    sides = [_side(first), _side(second)]
    if sides[0] is None or sides[1] is None:
        return None
    one, other = (
        {f.key: f.value for f in side.fields if f.state is FieldState.DISCLOSED} for side in sides if side is not None
    )
    same = tuple(key for key in COMPARED if key in one and one[key] == other.get(key))
    return LikelyPair(one=sides[0], other=sides[1], because=why, same=same)


def _side(look: Look) -> Side | None:
    if not isinstance(look.decision, AccessGranted) or look.person is None:
        return None
    fields = [look.shown[key] for key in COMPARED if key in look.shown]
    shown = tuple(f for f in fields if f.state is not FieldState.WITHHELD and f.value)
    return Side(hcp_id=look.hcp_id, created_at=look.person.created_at, fields=shown)
