"""The purpose compiled (``policy.list_rule``) meets what the vault knows now: the scope of one reader's lists.

Rules: (1) everything ``decide_access`` asks of a person is asked here of all at once: blocks and state of the record,
assignment, consent with its proof and the notice it was given under, registered bases, the time before proof, the
assessment, the opt-out; (2) a value whose source fails its test (public and cited, solid, fresh, not in doubt) is
hidden in its column, and so is one past its retention end; (3) nothing a person has is kept from one list to the next,
so what another seat changed acts at once: whose relation is over, the row of each says (ending/ended_people.py); which
sources pass is asked anew with another day, register or value's source.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import partial
from typing import Any

from compliance.clock import shanghai_day
from compliance.consent.stops import standing_of
from compliance.model.access import BasisFact, BeforeProof, Block, Purpose, Role, ValueTest
from compliance.model.consent import NEGATIVE_STATES
from compliance.model.inspection import HoldGround
from compliance.model.limits import day_end
from compliance.model.profile import Provenance, ValueStatus
from compliance.model.retention import RecordKind
from compliance.policy.access import CLOSED_FOR_GOOD, basis_carries
from compliance.policy.catalogue import PurposeRule
from compliance.policy.list_rule import LIST_FIELDS, ListRule, columns_shown, compile_list
from compliance.policy.registered import opened_fields
from compliance.policy.retention import closed_to, cutoff_of
from compliance.policy.values import failed_test
from compliance.use_cases.ending.ended_people import relations_over
from compliance.use_cases.people.sources import Settling, settled_record
from compliance.use_cases.seat.facts import Reader, assessed, before_proof, rules_for_lists
from compliance.use_cases.seat.session import Session, known_notices
from compliance.use_cases.seat.statutory import statutory_duties
from compliance.vault import NOBODY, Card, ListScope, OpenItem, Waiting


def scope(
    session: Session, reader: Reader, *, purpose: Purpose, role: Role, at: datetime, rep: str | None
) -> ListScope | None:
    """Who can be seen at all, and which columns of them. None when nobody can be."""
    policy = session.policy
    compiled = compile_list(policy, role=role, purpose=purpose, at=at)
    if compiled is None:
        return None
    rule = policy.purposes[purpose]
    if rule.assessment and purpose not in assessed(reader, at=at):
        return None
    choice, until = before_proof(reader)
    if rule.asks and choice not in rule.before_proof:
        return None
    everybody = rule.statutory or bool(rule.asks)
    shown = columns_shown(policy, compiled)
    if everybody and shown is None:
        return None
    return ListScope(
        statuses=compiled.statuses,
        without_blocks=compiled.closing,
        lifted=frozenset({Block.QUARANTINED}),
        assigned_to=(rep or "") if compiled.own_people else None,
        without_optout=rule.stops_on_optout,
        named_only=bool(rule.asks),
        shown=shown or frozenset(),
        opened=None if everybody else _opened(session, reader, compiled),
        waiting=_waiting(rule, choice, until, shown, at),
        card=_card(reader, rule, at) if rule.asks else None,
        registered={} if everybody else _registered(session, reader, compiled, at),
        sources=_sources(session, reader, compiled.tests, at),
        public_sources=_sources(session, reader, compiled.public_tests, at),
        rules=rules_for_lists(session, reader, at=at),
        without_people=_held(session, reader, purpose, at),
        **_over(session, reader, role, purpose, at),
    )


def _held(session: Session, reader: Reader, purpose: Purpose, at: datetime) -> frozenset[int]:
    """People of whom a hold leaves storage and security only (REQ-092)."""
    if purpose not in session.policy.blocks[Block.HELD].closes:
        return frozenset()
    closing = [hold for hold in reader.holds.standing(at) if hold.ground is not HoldGround.INSPECTION]
    numbers = (reader.number_or_none(hcp_id) for hold in closing for hcp_id in hold.people)
    return frozenset(number for number in numbers if number is not None)


def _over(session: Session, reader: Reader, role: Role, purpose: Purpose, at: datetime) -> dict[str, Any]:
    """What is past its retention end in each column (PIPL 47): by the person's relation, or by its quarantine."""
    policy = session.policy
    if not closed_to(policy, role, purpose):
        return {}
    rules = (rule for field in LIST_FIELDS if (rule := policy.retention.of_field.get(field)))
    by_rule = relations_over(policy, reader, at=at, only=rules, remember=partial(_sought, session, reader, at))
    bound = cutoff_of(policy.retention.record(RecordKind.QUARANTINED_VALUE), at)
    return {
        "ended": {key: by_rule.get(policy.retention.of_field.get(key, ""), NOBODY) for key in LIST_FIELDS},
        "doubtful": _doubtful(session, reader, bound) if bound is not None else frozenset(),
        "doubt_from": day_end(bound) if bound is not None else None,
    }


def _sought(
    session: Session, reader: Reader, at: datetime, asked: object, seek: Callable[[], frozenset[int]]
) -> frozenset[int]:
    """People sought one by one, anew as soon as a person, consent or basis changed."""
    if reader.ledger.changed:  # what this transaction changed is in no digest yet
        return seek()
    holds_for = (session.policy.digest, shanghai_day(at), reader.retention.key())
    if session.ended_people is None or session.ended_people[0] != holds_for:
        session.ended_people = holds_for, {}
    known = session.ended_people[1]
    if asked not in known:
        known[asked] = seek()
    return known[asked]


def _doubtful(session: Session, reader: Reader, bound: date) -> frozenset[int]:
    """Sources in quarantine whose values are past its end, of people recorded by then."""
    ledger = reader.ledger
    holds_for = bound, ledger.digest("provenance"), ledger.digest("source"), ledger.digest("source_terms")
    kept = session.doubtful_sources
    if kept is None or kept[0] != holds_for or ledger.changed:
        found = frozenset(
            no
            for no, r in reader.provenances.all().items()
            if r.status is ValueStatus.QUARANTINED
            and (r.source_date is None or r.source_date <= bound)
            and settled_record(reader, r).status is ValueStatus.QUARANTINED
        )
        kept = holds_for, found
        if not ledger.changed:
            session.doubtful_sources = kept
    return kept[1]


def _opened(session: Session, reader: Reader, compiled: ListRule) -> tuple[OpenItem, ...]:
    """Per item: what shows under each notice that speaks of it; one that does not, names no kinds."""
    notices = known_notices(session, reader)
    found = []
    for item, grades in compiled.items.items():
        lines = {ref: version.line(item) for ref, version in notices.items()}
        shown = {
            ref: columns_shown(session.policy, compiled, kinds=frozenset(line.kinds))
            for ref, line in lines.items()
            if line is not None
        }
        other = columns_shown(session.policy, compiled, kinds=frozenset())
        found.append(OpenItem(item=item, grades=grades, notices=shown, other=other))
    return tuple(found)


def _waiting(
    rule: PurposeRule, choice: BeforeProof, until: datetime | None, shown: frozenset[str] | None, at: datetime
) -> Waiting | None:
    """The transition of a purpose that else needs consent."""
    if rule.asks or choice not in rule.before_proof or until is None or at >= until:
        return None
    return Waiting(item=rule.items_any[0], statuses=rule.waiting, shown=shown)


def _card(reader: Reader, rule: PurposeRule, at: datetime) -> Card:
    stops = reader.stops.all()
    return Card(
        items=rule.asks,
        statuses=rule.waiting,
        for_good=CLOSED_FOR_GOOD,
        negative=frozenset(NEGATIVE_STATES),
        stopped=frozenset(item for item in rule.asks if standing_of(item, stops, at=at).stopped),
    )


def _registered(
    session: Session, reader: Reader, compiled: ListRule, at: datetime
) -> dict[int, tuple[frozenset[str] | None, bool]]:
    """Person number → what a basis other than consent shows of them."""
    policy, duties = session.policy, statutory_duties()
    if not policy.purposes[compiled.purpose].bases:
        return {}
    found = {}
    for hcp, row in reader.bases.in_force(compiled.purpose, at).items():
        fields = opened_fields(row.basis, row.support, duties)
        fact = BasisFact(basis=row.basis, reference=row.reference, valid_until=row.valid_until, fields=fields)
        carried = basis_carries(policy, purpose=compiled.purpose, fact=fact, at=at)
        if carried is not None:
            public_only, fields = carried
            found[hcp] = (columns_shown(policy, compiled, fields=fields, public_only=public_only), public_only)
    return found


def _sources(
    session: Session, reader: Reader, tests: Mapping[str, frozenset[ValueTest]], at: datetime
) -> dict[str, frozenset[int] | None]:
    """Column → numbers of the provenance records that pass its tests; None when all there are do."""
    ledger = reader.ledger
    holds_for = (
        session.policy.digest, session.policy.parameter("source_review_months", at), shanghai_day(at),
        ledger.digest("provenance"), ledger.digest("source"), ledger.digest("source_terms"),
    )  # fmt: skip
    kept = session.passing_sources
    if kept is None or kept[0] != holds_for or ledger.changed:  # what this transaction changed is in no digest yet
        kept = holds_for, {}
    if not ledger.changed:
        session.passing_sources = kept
    known = kept[1]
    records: dict[int, Provenance] = {}
    found: dict[str, frozenset[int] | None] = {}
    for key in LIST_FIELDS:
        asked = tests.get(key, frozenset())
        if not asked:
            found[key] = None
            continue
        days = session.policy.refresh_days(key) if ValueTest.FRESH_OR_IDENTITY in asked else None
        if (asked, days) not in known:
            records = records or _settled(session, reader, at)
            passing = frozenset(no for no, r in records.items() if failed_test(asked, r, at, days) is None)
            known[asked, days] = None if len(passing) == len(records) else passing
        found[key] = known[asked, days]
    return found


def _settled(session: Session, reader: Reader, at: datetime) -> dict[int, Provenance]:
    settling = Settling(session, reader, at=at)
    return {no: settling.record(record) for no, record in reader.provenances.all().items()}
