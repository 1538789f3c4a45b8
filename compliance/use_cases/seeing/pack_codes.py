"""What a rep saw of one field in a pack: the "then" of a code that comes from a rep's own store.

Rules: (1) the office's log names neither fields nor values of a pack, so the decision is made again under the rules and
the facts of the day the pack was made (:mod:`past_facts`); (2) what the rep heard follows from it as the rep's store
says it: one reason for everything withheld, the reason of the mask for what was masked; (3) whether a value passed its
tests is told from the one held now, where the rep may still read it; (4) where rules, facts or the rep are gone, and
where the pack does not hold what the decision gives, nothing is claimed.
"""

from dataclasses import dataclass

from compliance.model.access import AccessGranted, AccessRefused, FieldState, Purpose
from compliance.model.audit import Kind
from compliance.model.register import BundleRecord
from compliance.policy.access import TOLD, decide_access, decide_frankly
from compliance.use_cases.rules.past_facts import Asked, Past
from compliance.use_cases.rules.replay import archived_rules
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seeing.walk import Look
from compliance.vault import LogEntry, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """``state`` None and ``told`` "" where it can no longer be known; the others are of the decision of that day."""

    state: FieldState | None = None
    told: str = ""
    reason: str = ""
    step: str = ""
    about: str = ""


def seen_in_pack(
    session: Session, uow: UnitOfWork, *, pack: BundleRecord, purpose: Purpose, look: Look, key: str
) -> Seen:
    """What ``pack`` showed of the field; ``look`` is how the person stands now for the same eyes."""
    entry, rep = _entry(uow, pack), uow.reps.get(pack.rep)
    if entry is None or rep is None:
        return Seen()
    known = entry.data["policy"] == session.policy.digest
    policy = session.policy if known else archived_rules(uow, entry.data["policy"])
    if policy is None:
        return Seen()
    asked = Asked(index=entry.index, at=pack.issued_at, hcp_id=look.hcp_id, purpose=purpose, rep=pack.rep, case_id=None)
    ways, gaps = Past(session, uow).facts(policy, asked)
    if gaps or not ways:
        return Seen()
    facts = ways[0]
    made = decide_access(policy, role=rep.role, purpose=purpose, facts=facts, at=asked.at)
    if isinstance(made, AccessRefused):
        return Seen(state=FieldState.WITHHELD, told=TOLD, reason=made.reason, step=made.step, about=made.detail)
    named = entry.data["hcps"]
    if not key or (named and look.hcp_id not in named):  # a whole page is closed again once its view-until date is over
        return Seen(state=FieldState.WITHHELD, told=TOLD)
    frank = decide_frankly(policy, role=rep.role, purpose=purpose, facts=facts, at=asked.at)
    state, told = _shown(made, look, key)
    ruling = frank.ruling(key) if isinstance(frank, AccessGranted) else None
    line = facts.lines.get(made.basis)
    return Seen(
        state=state,
        told=TOLD if state is FieldState.WITHHELD else told or "granted",
        reason=(ruling.reason if ruling and state is ruling.state else told) or "granted",
        step="fields",
        about=f"{made.basis} event={line.event_id or '-'} notice={line.notice or '-'}" if line else made.basis,
    )


def _shown(made: AccessGranted, look: Look, key: str) -> tuple[FieldState, str]:
    """State and reason of the field in the pack. A field without a value is not in it."""
    ruling = made.ruling(key)
    if ruling is None or ruling.state is FieldState.WITHHELD:
        return FieldState.WITHHELD, ruling.reason or "" if ruling else ""
    now = look.decision.ruling(key) if isinstance(look.decision, AccessGranted) else None
    shown = look.shown.get(key)
    if shown is None or now is None or now.state is not ruling.state:
        return ruling.state, ruling.reason or ""
    return (FieldState.WITHHELD if shown.value is None else shown.state), shown.reason or ""


def _entry(uow: UnitOfWork, pack: BundleRecord) -> LogEntry | None:
    """The entry under which the pack was decided."""
    found = uow.log.find(kind=Kind.EXPORT_APPROVED, since=pack.issued_at, limit=100, newest_first=False)
    wanted = {"what": "pack", "for": pack.rep, "sequence": pack.sequence}
    return next((e for e in found if wanted.items() <= e.data["detail"].items()), None)
