"""Whether a view that is already open still holds (REQ-028).

A page that shows a person keeps the mark it was made under and asks for the mark again: at each change another page
reports, when the window comes to the front, and by a slow timer. A different mark means that what is shown rests on
something that no longer stands, because of a withdrawal here or at another seat, a stop, a block, a basis or simply the
end of a term: the page clears itself and asks its use case anew, which logs and decides afresh. The mark holds no
personal value and shows none; asking for it reads statuses only and is not logged.
"""

from datetime import datetime
from hashlib import sha256

from compliance.model.answer import Answer
from compliance.use_cases.facts import Reader, access_facts
from compliance.use_cases.session import Session


def view_mark(session: Session, *, hcp_id: str) -> Answer[str]:
    """What a view of ``hcp_id`` rests on right now, as one word; "" for a person unknown here."""
    with session.vault.snapshot() as snap:
        return Answer(mark_in(session, snap, hcp_id=hcp_id, at=session.now()))


def mark_in(session: Session, reader: Reader, *, hcp_id: str, at: datetime) -> str:
    """The mark within an open transaction."""
    facts, person = access_facts(session, reader, hcp_id=hcp_id, at=at)
    if person is None:
        return ""
    lines = [f"{i}={x.status}:{x.event_id}:{x.valid_until}:{x.notice}" for i, x in sorted(facts.lines.items())]
    bases = [f"{p}={b.basis}:{b.reference}" for p, b in sorted(facts.bases.items())]
    memos = [f"{i}={m}" for i, m in sorted(facts.memos.items())]
    parts = (
        str(facts.record_status),
        ",".join(sorted(facts.blocks)),
        str(facts.adm_optout),
        str(facts.before_proof),
        str(facts.before_proof_until),
        ",".join(sorted(facts.assessments)),
        *lines,
        *bases,
        *memos,
        session.policy.digest,
    )
    return sha256("\x1f".join(parts).encode()).hexdigest()[:32]
