"""Access facts of one person for one decision: consent state, blocks, assignment, bases. No profile value.

Status is computed from the events each time (architecture promise 6); the narrow state table serves lists only.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from compliance.clock import shanghai_day
from compliance.consent.archiving import archived_from, as_evidence, may_be_archived, tasks_known
from compliance.consent.relations import relations
from compliance.consent.settled import read_rules
from compliance.consent.status import all_lines
from compliance.consent.stops import under_stops
from compliance.model.access import AccessFacts, BasisFact, BeforeProof, Block, Purpose, RecordStatus
from compliance.model.basis import BasisRecord
from compliance.model.consent import ItemTerms, LineStatus, NoticeState, NoticeVersion, ReadRule
from compliance.model.limits import last_day
from compliance.model.register import Person
from compliance.model.retention import IN_FORCE, RetentionFacts
from compliance.policy.catalogue import item_terms
from compliance.policy.policy_set import PolicySet
from compliance.policy.registered import opened_fields
from compliance.use_cases.seat.session import Session, known_notices
from compliance.use_cases.seat.statutory import statutory_duties
from compliance.vault import Snapshot, UnitOfWork

Reader = UnitOfWork | Snapshot


def access_facts(
    session: Session,
    reader: Reader,
    *,
    hcp_id: str,
    at: datetime,
    rep: str | None = None,
    case_id: str | None = None,
) -> tuple[AccessFacts, Person | None]:
    """Facts for one person; an unknown id gives facts with ``hcp_id`` None and no person."""
    person = reader.people.get(hcp_id)
    if person is None:
        return AccessFacts(hcp_id=None), None
    lines = lines_of(session, reader, hcp_id=hcp_id, at=at)
    return facts_from(session, reader, person=person, lines=lines, at=at, rep=rep, case_id=case_id), person


def facts_from(
    session: Session,
    reader: Reader,
    *,
    person: Person,
    lines: Mapping[str, LineStatus],
    at: datetime,
    rep: str | None = None,
    case_id: str | None = None,
) -> AccessFacts:
    """Facts around already computed ``lines``."""
    choice, until = before_proof(reader)
    bases = {row.purpose: basis_fact(row) for row in reader.bases.of(person.hcp_id) if row.in_force(at)}
    own = bool(bases) or any(line.open for line in lines.values())
    return AccessFacts(
        hcp_id=person.hcp_id,
        record_status=person.status,
        blocks=standing_blocks(session.policy_at(at), status=person.status, blocks=person.blocks, own_basis=own)
        | kept_by_hold(reader, person.hcp_id, at),
        lines=lines,
        bases=bases,
        assessments=assessed(reader, at=at),
        assigned=rep is not None and rep in reader.assignments.rep_of(person.hcp_id),
        case_id=_open_case(reader, person.hcp_id, case_id),
        before_proof=choice,
        before_proof_until=until,
        adm_optout=person.adm_optout,
        memos=reader.memos.waiving(person.hcp_id, at),
        retention=retention_facts(reader, person=person, lines=reader.consents.states(person.hcp_id).values(), at=at),
    )


def retention_facts(reader: Reader, *, person: Person, lines: Iterable[LineStatus], at: datetime) -> RetentionFacts:
    """The days the ends of a person's values count from, as known at ``at``; what is in force now counts to its end.
    ``lines`` as settled."""
    days = relations(lines, reader.stops.all(), at=at)
    for row in reader.bases.of(person.hcp_id):
        if row.recorded_at <= at:
            day = last_day(row.valid_until) if row.valid_until else IN_FORCE
            if row.ended_at is not None and row.over(at):
                day = min(day, shanghai_day(row.ended_at))
            days[row.purpose] = max(day, days.get(row.purpose, day))
    return RetentionFacts(
        recorded=shanghai_day(person.created_at),
        relations=days,
        extended=reader.retention.extended(person.hcp_id, at),
    )


def basis_fact(row: BasisRecord) -> BasisFact:
    """A registered basis as a decision looks at it."""
    return BasisFact(
        basis=row.basis,
        reference=row.reference,
        valid_until=row.valid_until,
        fields=opened_fields(row.basis, row.support, statutory_duties()),
        basis_id=row.basis_id,
    )


def lines_of(
    session: Session, reader: Reader, *, hcp_id: str, at: datetime, known_at: datetime | None = None
) -> dict[str, LineStatus]:
    """item → computed status of every item with events."""
    known = known_notices(session, reader)
    own_lock = company_lock(reader.settings.get("ask_lock_days"), at)
    events = reader.consents.events(hcp_id)
    policy = session.policy_at(at)
    statuses = all_lines(
        events,
        terms_of=lambda item: with_lock(item_terms(policy, item, at=at), own_lock),
        at=at,
        known_at=known_at,
        active_notices=active_at(known.values(), at),
        notices=known,
        old_scope_ends=reader.campaigns.old_scope_ends(known_at),
    )
    stopped = under_stops(statuses, events, reader.stops.all(), at=at, known_at=known_at)
    return {line.item: line for line in stopped}


def record_lines(
    session: Session, reader: Reader, *, hcp_id: str, at: datetime, known_at: datetime | None = None
) -> dict[str, LineStatus]:
    """As :func:`lines_of`, for whoever reads the record itself: what ended and surely stopped is *archived*.

    Never for a decision: there the word underneath counts (:mod:`compliance.consent.archiving`).
    """
    lines = lines_of(session, reader, hcp_id=hcp_id, at=at, known_at=known_at)
    ended = {item for item, line in lines.items() if may_be_archived(line)}
    if not ended:
        return lines
    tasks = tasks_known(reader.tasks.of(hcp_id), known_at)
    years = session.policy.parameter("consent_record_years", at)
    return {
        item: as_evidence(line, archived_from(line, tasks, keep_years=years), at=at) if item in ended else line
        for item, line in lines.items()
    }


def rules_for_lists(session: Session, reader: Reader, *, at: datetime) -> tuple[ReadRule, ...]:
    """What lists must put on top of the narrow state table at ``at``: stops for everybody and newer notices."""
    return read_rules(
        reader.consents.items(),
        stops=reader.stops.all(),
        versions=known_notices(session, reader).values(),
        at=at,
        old_scope_ends=reader.campaigns.old_scope_ends(),
    )


def terms(session: Session, item: str, *, at: datetime, reader: Reader | None = None) -> ItemTerms:
    """Terms of an item under the rules in force at ``at``; with a ``reader`` also the company's longer ask lock."""
    own = company_lock(reader.settings.get("ask_lock_days"), at) if reader is not None else 0
    return with_lock(item_terms(session.policy_at(at), item, at=at), own)


def with_lock(found: ItemTerms, own: int) -> ItemTerms:
    """Terms with the company's own ask lock, where it is longer."""
    return replace(found, ask_lock_days=own) if own > found.ask_lock_days else found


def company_lock(text: str | None, at: datetime) -> int:
    """Days of the company's own ask lock in force at ``at``: ``DAY=DAYS; …`` with the day each takes effect."""
    if not text:
        return 0
    pairs = (part.partition("=") for part in text.split(";"))
    day = shanghai_day(at).isoformat()
    return next((int(days) for begin, _, days in sorted(pairs, reverse=True) if begin.strip() <= day), 0)


def active_at(versions: Iterable[NoticeVersion], at: datetime) -> list[NoticeVersion]:
    """The versions that speak at ``at``."""
    return [
        n
        for n in versions
        if n.state in (NoticeState.ACTIVE, NoticeState.RETIRED)
        and n.active_from is not None
        and n.active_from <= at
        and (n.retired_from is None or at < n.retired_from)
    ]


def before_proof(reader: Reader) -> tuple[BeforeProof, datetime | None]:
    """The company's choice for the time before consent, and the end of a transition."""
    choice = reader.settings.get("before_proof")
    until = reader.settings.get("before_proof_until")
    return (
        BeforeProof(choice) if choice else BeforeProof.CARD,
        datetime.fromisoformat(until) if until else None,
    )


def assessed(reader: Reader, *, at: datetime) -> frozenset[Purpose]:
    """Purposes with an impact assessment in force."""
    day = shanghai_day(at)
    codes = set(Purpose)
    return frozenset(
        Purpose(row.purpose)
        for row in reader.assessments.all()
        if row.purpose in codes and row.approved_on <= day and (row.valid_until is None or day <= row.valid_until)
    )


def standing_blocks(
    policy: PolicySet, *, status: RecordStatus, blocks: frozenset[Block], own_basis: bool
) -> frozenset[Block]:
    """Standing blocks and the one the record's status stands for, as the rules say.

    *quarantined* closes a person of whom we hold nothing but an unproven source's word. Where the person's own consent
    or a contract stands beside it, doubt is a matter of each value (docs/decisions/0010).
    """
    key = policy.status_blocks.get(status, "")
    standing = blocks - ({Block.QUARANTINED} if own_basis else frozenset())
    return standing | ({Block(key)} if key in set(Block) else frozenset())


def kept_by_hold(reader: Reader, hcp_id: str, at: datetime) -> frozenset[Block]:
    """The block of a hold by statute or dispute that names the person (REQ-092); an inspection closes nothing."""
    closing = any(hold.stands(at) and hold.set_at <= at and hold.closes(hcp_id) for hold in reader.holds.all())
    return frozenset({Block.HELD}) if closing else frozenset()


def _open_case(reader: Reader, hcp_id: str, case_id: str | None) -> str | None:
    if not case_id:
        return None
    case = reader.cases.get(case_id)
    if case is not None and case.hcp_id == hcp_id and case.closed_at is None:
        return case_id
    return None
