"""Whether one recorded yes counts: times, notice, evidence, check, defect. Knowledge about it, not its place in time.

Rules: (1) notice, act and entry stand in this order, by instants, or by Shanghai days where the act is day-precise
(PIPL 14(1), REQ-014); (2) the notice is named and speaks of the item; (3) a proved defect or a rejected check voids
the act, also when an acceptance exists beside it; (4) the evidence must reach the least grade of the item, otherwise
the act stays pending for ever; (5) without accepted evidence it is pending (C05), and the check counts only when made
by someone other than the recorder (REQ-017); where no eye saw it, only a sample of its stack, the code says so.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from compliance.clock import shanghai_day
from compliance.consent.codes import ExplanationCode as Code
from compliance.consent.ordering import acts_from
from compliance.consent.sampling import MARK
from compliance.model.consent import ConsentEvent, ConsentStatus, EventKind, Grade, Precision

_RANK = {Grade.E1: 1, Grade.E2: 2, Grade.E3: 3, Grade.E4: 4, Grade.NONE: 5}


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known about recorded acts: who accepted, what was rejected, what was proved defective."""

    accepted_by: dict[str, set[str]]
    seen: frozenset[str]  # accepted by eye, not only through a sample of the stack
    rejected: frozenset[str]
    defective: frozenset[str]
    line_defective_until: datetime | None  # an invalidation without target speaks of every act up to its instant


def gather(events: Iterable[ConsentEvent]) -> Knowledge:
    """The checks and invalidations among ``events``."""
    accepted: dict[str, set[str]] = {}
    seen: set[str] = set()
    rejected: set[str] = set()
    defective: set[str] = set()
    until: datetime | None = None
    for event in events:
        if event.kind is EventKind.CHECK_ACCEPTED and event.target:
            accepted.setdefault(event.target, set()).add(event.recorded_by)
            if not (event.identity_check or "").startswith(MARK):
                seen.add(event.target)
        elif event.kind is EventKind.CHECK_REJECTED and event.target:
            rejected.add(event.target)
        elif event.kind is EventKind.INVALIDATED:
            if event.target:
                defective.add(event.target)
            else:
                until = max(until or acts_from(event), acts_from(event))
    return Knowledge(accepted, frozenset(seen), frozenset(rejected), frozenset(defective), until)


def waiting_acts(events: Iterable[ConsentEvent], *, at: datetime) -> list[ConsentEvent]:
    """Recorded yeses that waited for a second person at ``at``, whatever stood meanwhile
    (``vault.consent.waits`` counts the same for everybody)."""
    then = [event for event in events if event.recorded_at <= at]
    known = gather(then)
    return [
        event
        for event in then
        if event.kind is EventKind.GIVEN
        and event.notice
        and order_fault(event) is None
        and event.event_id not in known.rejected | known.defective
        and not known.accepted_by.get(event.event_id, set()) - {event.recorded_by}
    ]


def judge(given: ConsentEvent, known: Knowledge, *, least: Grade, spoken_of: bool = True) -> tuple[ConsentStatus, Code]:
    """GIVEN, EVIDENCE_PENDING or INVALIDATED for one recorded yes, with its code (rules 1 to 5)."""
    if fault := order_fault(given):
        return ConsentStatus.INVALIDATED, fault
    if not given.notice:
        return ConsentStatus.INVALIDATED, Code.NOTICE_UNKNOWN
    if not spoken_of:
        return ConsentStatus.INVALIDATED, Code.NOT_IN_NOTICE
    if given.event_id in known.defective or (
        known.line_defective_until is not None and acts_from(given) <= known.line_defective_until
    ):
        return ConsentStatus.INVALIDATED, Code.DEFECT_PROVED
    if given.event_id in known.rejected:
        return ConsentStatus.INVALIDATED, Code.EVIDENCE_REJECTED
    if not given.evidence_id:
        return ConsentStatus.EVIDENCE_PENDING, Code.PENDING_NO_EVIDENCE
    if not reaches(given.grade, least):
        return ConsentStatus.EVIDENCE_PENDING, Code.EVIDENCE_BELOW_GRADE
    if not known.accepted_by.get(given.event_id, set()) - {given.recorded_by}:
        return ConsentStatus.EVIDENCE_PENDING, Code.PENDING_CHECK
    return ConsentStatus.GIVEN, Code.VALID_LATEST if given.event_id in known.seen else Code.VALID_SAMPLE_CHECKED


def order_fault(event: ConsentEvent) -> Code | None:
    """What is wrong with the order notice, act, entry (rule 1), None when it holds."""
    presented, acted, recorded = event.presented_at, event.acted_at, event.recorded_at
    if presented is None or acted is None:
        return Code.ACT_BEFORE_NOTICE
    if event.precision is Precision.DAY:
        if shanghai_day(presented) > shanghai_day(acted):
            return Code.ACT_BEFORE_NOTICE
        return Code.ACT_AFTER_ENTRY if shanghai_day(acted) > shanghai_day(recorded) else None
    if presented > acted:
        return Code.ACT_BEFORE_NOTICE
    return Code.ACT_AFTER_ENTRY if acted > recorded else None


def reaches(grade: Grade, least: Grade) -> bool:
    """Whether ``grade`` is as strong as ``least`` (E1 is the strongest)."""
    return _RANK[grade] <= _RANK[least]
