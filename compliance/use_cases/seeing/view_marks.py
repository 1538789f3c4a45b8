"""Whether a view that is already open still holds (REQ-028).

Rules: (1) a view keeps the mark it was made under, taken in its own transaction (:func:`mark_of`); (2) it asks again
by a timer, when the window comes to the front and before it acts (:func:`still_holds`): as long as no seat has written
to the log and the minute is the same, nothing can have changed and nobody is looked up; (3) another mark means that
what is shown rests on something that no longer stands, because of a withdrawal here or at another seat, a stop, a
block, a basis, an assignment, a closed case, other rules or simply the end of a term: the view clears itself and asks
its use case anew, which logs and decides afresh. A mark holds no personal value; asking reads statuses and logs
nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from compliance.model.access import AccessFacts
from compliance.model.answer import Answer
from compliance.use_cases.seat.facts import Reader, access_facts
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seeing.lending import read_one


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a view shows: of whom, under which mark, through a rep's eyes, for a case, under an exceptional access. A
    refusal has no mark: what stands at the first question becomes it."""

    hcp_ids: tuple[str, ...]
    mark: str
    as_rep: str | None = None
    case_id: str | None = None
    exceptional: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Whether every view holds; ``moment`` is to be given back at the next question, ``marks`` are those of now."""

    holds: bool
    moment: str
    marks: tuple[str, ...]


def still_holds(session: Session, *, seen: Sequence[Seen], moment: str = "") -> Answer[Held]:
    """Whether what was seen may go on being shown."""
    at = session.now()
    with session.vault.snapshot() as snap:
        here = f"{snap.log.size}@{at:%Y%m%d%H%M}@{session.policy.digest}"
        known = tuple(view.mark for view in seen)
        if here == moment and all(known) and not any(view.exceptional for view in seen):  # that ends within a minute
            return Answer(Held(holds=True, moment=here, marks=known))
        marks = tuple(_mark_of_view(session, snap, view, at) for view in seen)
    holds = all(not then or then == now for then, now in zip(known, marks, strict=True))
    return Answer(Held(holds=holds, moment=here, marks=marks))


def view_mark(session: Session, *, hcp_id: str) -> Answer[str]:
    """What a view of ``hcp_id`` rests on right now, as one word; "" for a person unknown here."""
    with session.vault.snapshot() as snap:
        return Answer(mark_in(session, snap, hcp_id=hcp_id, at=session.now()))


def mark_in(
    session: Session,
    reader: Reader,
    *,
    hcp_id: str,
    at: datetime,
    rep: str | None = None,
    case_id: str | None = None,
) -> str:
    """The mark within an open transaction."""
    facts, person = access_facts(session, reader, hcp_id=hcp_id, at=at, rep=rep, case_id=case_id)
    return mark_of(session, facts, at=at) if person is not None else ""


def mark_of(session: Session, facts: AccessFacts, *, at: datetime) -> str:
    """The mark of facts a decision was made on."""
    lines = [f"{i}={x.status}:{x.event_id}:{x.valid_until}:{x.notice}" for i, x in sorted(facts.lines.items())]
    bases = [f"{p}={b.basis}:{b.reference}" for p, b in sorted(facts.bases.items())]
    memos = [f"{i}={m}" for i, m in sorted(facts.memos.items())]
    parts = (
        str(facts.record_status),
        ",".join(sorted(facts.blocks)),
        str(facts.adm_optout),
        str(facts.before_proof),
        str(facts.before_proof_until),
        str(facts.before_proof_until is not None and at < facts.before_proof_until),
        ",".join(sorted(facts.assessments)),
        str(facts.assigned),
        facts.case_id or "",
        *lines,
        *bases,
        *memos,
        session.policy.digest,
    )
    return _word(parts)


def marks_of(marks: Iterable[str]) -> str:
    """One mark for a list of people."""
    return _word(marks)


def _mark_of_view(session: Session, reader: Reader, view: Seen, at: datetime) -> str:
    if view.exceptional:
        lent = read_one(reader, view.exceptional)
        if lent is None or not lent.open_at(at):
            return "over"
    each = [
        mark_in(session, reader, hcp_id=hcp_id, at=at, rep=view.as_rep, case_id=view.case_id) for hcp_id in view.hcp_ids
    ]
    return marks_of(each)


def _word(parts: Iterable[str]) -> str:
    return sha256("\x1f".join(parts).encode()).hexdigest()[:32]
