"""Looking at people: one profile, why a field shows as it does, revealing a masked value; lists and changes beside.

Everything here is the walk of :mod:`compliance.use_cases.seeing.walk` with its own audit entry.
"""

from dataclasses import dataclass, replace

from compliance.errors import bad_input
from compliance.model.access import FIELD_ROLES, AccessGranted, AccessRefused, Block, FieldState, Purpose, Reference
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind, Scalar
from compliance.model.profile import ProfileView, ShownField
from compliance.policy.access import TOLD, decide_frankly
from compliance.policy.explain import Why, explain
from compliance.policy.values import apply_ruling, reveal_ruling
from compliance.use_cases.people.amendments import add_person, amend_person, freeze_person, unfreeze_person
from compliance.use_cases.people.objections import object_public
from compliance.use_cases.seat.acting import barred, lift, refuse
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seeing.lending import Lent, lend
from compliance.use_cases.seeing.lending import references as lending_references
from compliance.use_cases.seeing.people_export import ExportReport, export_people
from compliance.use_cases.seeing.people_list import PeoplePage, find_people
from compliance.use_cases.seeing.timelines import TimelineItem, timeline
from compliance.use_cases.seeing.told import told_action
from compliance.use_cases.seeing.view_marks import mark_of, marks_of
from compliance.use_cases.seeing.walk import Look, opened, refused, walk

__all__ = [
    "ExportReport",
    "PeoplePage",
    "TimelineItem",
    "WhyCard",
    "add_person",
    "amend_person",
    "export_people",
    "find_people",
    "freeze_person",
    "object_public",
    "open_profile",
    "purposes_for",
    "reveal_field",
    "timeline",
    "unfreeze_person",
    "why_field",
]


def purposes_for(session: Session) -> tuple[Purpose, ...]:
    """Purposes this user's role may use, in menu order."""
    return session.policy.purposes_for(session.role, at=session.now())


def open_profile(
    session: Session,
    *,
    hcp_id: str,
    purpose: Purpose,
    case_id: str | None = None,
    as_rep: str | None = None,
    exceptional: str | None = None,
) -> Answer[ProfileView | Refusal]:
    """Show one person for one purpose, as far as it allows (PIPL 6, 13). Entry and answer stand or fall together.
    ``exceptional`` names an approved exceptional access that lends a role while its minutes last (REQ-047)."""
    now = session.now()
    if as_rep is not None and (no := barred(session, "view_as_rep", at=now, hcp_id=hcp_id)):
        return no
    with session.vault.unit_of_work() as uow:
        lent: Lent | None = None
        if exceptional:
            found = lend(session, uow, exceptional, hcp_id=hcp_id, purpose=purpose, at=now)
            if isinstance(found, str):
                return refuse(
                    session,
                    uow,
                    at=now,
                    reason=found,
                    hcp_id=hcp_id if found == "exceptional_over" else "",
                    purpose=purpose,
                    detail={"exceptional": exceptional},
                    because=lending_references(),
                )
            lent = found
        look = walk(session, uow, hcp_id=hcp_id, purpose=purpose, at=now, case_id=case_id, as_rep=as_rep, lent=lent)
        if isinstance(look.decision, AccessRefused):
            no_answer = refused(session, uow, look.decision, as_rep=as_rep, lent=lent)
            told = _told(session, look) if look.decision.role in FIELD_ROLES else ""
            return replace(no_answer, value=replace(no_answer.value, action=told))
        mark = marks_of([mark_of(session, look.facts, at=now)])
        index = uow.commit(opened(session, look, as_rep=as_rep, lent=lent))[0]
    return Answer(replace(look.view(index), mark=mark), Changes(audit=True))


def why_field(
    session: Session, *, hcp_id: str, key: str, purpose: Purpose, as_rep: str | None = None
) -> Answer["WhyCard | Refusal"]:
    """Why one field shows as it does: rule, article, what would lift it; a code an officer can look up. ``as_rep``:
    what the rep hears, one reason for everything withheld; the entry keeps the true one."""
    now = session.now()
    if session.policy.field(key) is None:
        raise bad_input("unknown_field", "key", key, session.policy.nearest_field(key))
    if as_rep is not None and (no := barred(session, "view_as_rep", at=now, hcp_id=hcp_id)):
        return no
    with session.vault.unit_of_work() as uow:
        look = walk(session, uow, hcp_id=hcp_id, purpose=purpose, at=now, as_rep=as_rep)
        why = explain(session.policy, look.decision, key)
        if (shown := look.shown.get(key)) is not None and shown.state is not why.state:
            why = Why(
                state=shown.state,
                reason=shown.reason or "",
                references=shown.references or why.references,
                lifted_by=f"lift.{shown.reason}" if shown.reason else "",
                level=why.level,
            )
        why = _objected(session, look, why, key)
        truth = full_reason(session, look, key, why)
        if as_rep is not None and why.state is FieldState.WITHHELD:
            one = session.policy.reasons[TOLD]
            why = replace(why, reason=TOLD, references=one.references, lifted_by=f"lift.{TOLD}")
        index = uow.commit(
            session.event(
                Kind.WHY_SHOWN,
                at=now,
                hcps=(hcp_id,) if look.person else (),
                purpose=str(purpose),
                fields=(key,),
                decision=look.decision.digest,
                detail={
                    "state": str(why.state),
                    "reason": why.reason,
                    "level": why.level,
                    **truth,
                    **({"as_rep": as_rep} if as_rep else {}),
                },
            )
        )[0]
    return Answer(
        WhyCard(
            state=why.state,
            reason=why.reason,
            references=why.references,
            lifted_by=lift(session, why.lifted_by.removeprefix("lift.")) or why.lifted_by,
            level=why.level,
            reference_code=f"A{index}",
            detail=_detail(session, look, why, key) if why.level > 1 else "",
            step=str(truth["step"]) if why.level > 1 and why.state is not FieldState.DISCLOSED else "",
            action=_told(session, look) if why.level == 1 else "",
        ),
        Changes(audit=True),
    )


def _told(session: Session, look: Look) -> str:
    decision = look.decision
    shut = isinstance(decision, AccessRefused) and decision.step in ("blocks", "assignment", "role", "purpose")
    return told_action(
        session.policy, lines=look.lines, facts=look.facts, purpose=decision.purpose, at=decision.at, shut=shut
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WhyCard:
    """The "why" card. ``level`` 1 is what a rep hears, 2 what compliance reads."""

    state: FieldState
    reason: str
    references: tuple[Reference, ...]
    lifted_by: str
    level: int
    reference_code: str
    detail: str = ""
    step: str = ""  # level 2: which step of the decision said so, where something is not shown as it is
    action: str = ""  # level 1, first of all: may_ask | do_not_ask_before:DATE | do_not_contact | open


def reveal_field(
    session: Session, *, hcp_id: str, key: str, purpose: Purpose, case_id: str | None = None
) -> Answer[ShownField | Refusal]:
    """The clear text of one masked value, where a rule allows revealing it: its own act, its own log entry."""
    now = session.now()
    if session.policy.field(key) is None:
        raise bad_input("unknown_field", "key", key, session.policy.nearest_field(key))
    if no := barred(session, "reveal", at=now, hcp_id=hcp_id):
        return no
    with session.vault.unit_of_work() as uow:
        look = walk(session, uow, hcp_id=hcp_id, purpose=purpose, at=now, case_id=case_id)
        if isinstance(look.decision, AccessRefused):
            return refused(session, uow, look.decision)
        ruling = reveal_ruling(session.policy, look.decision, key, lines=look.lines_open)
        if isinstance(ruling, str):
            return refuse(session, uow, at=now, reason=ruling, hcp_id=hcp_id, purpose=purpose, detail={"field": key})
        value = look.values.get(key)
        days = session.policy.refresh_days(key)
        shown = apply_ruling(ruling, value, at=now, refresh_days=days, recorded=look.decision.recorded)
        uow.commit(
            session.event(
                Kind.VALUE_REVEALED,
                at=now,
                hcps=(hcp_id,),
                purpose=str(purpose),
                fields=(key,),
                decision=look.decision.digest,
                detail={"state": str(shown.state), **({"case": look.facts.case_id} if look.facts.case_id else {})},
            )
        )
    return Answer(shown, Changes(audit=True))


def _objected(session: Session, look: Look, why: Why, key: str) -> Why:
    """A value that is not held because the person objected to public information says so (PIPL 27)."""
    known = session.policy.field(key)
    gone = look.person is not None and Block.OBJECTION in look.person.blocks and key not in look.values
    if not gone or known is None or known.section is None or why.state is FieldState.WITHHELD:
        return why
    rule = session.policy.reasons["blocked_objection"]
    lifted = "lift.blocked_objection"
    return Why(
        state=FieldState.WITHHELD, reason="blocked_objection", references=rule.references, lifted_by=lifted,
        level=why.level,
    )  # fmt: skip


def _detail(session: Session, look: Look, why: Why, key: str) -> str:
    """What an officer needs to find the cause: item, event and notice; for a scope also the element that lacks."""
    if isinstance(look.decision, AccessRefused):
        return look.decision.detail
    line, known = look.lines.get(look.decision.basis), session.policy.field(key)
    if why.reason != "outside_consented_scope" or known is None:
        return ""
    notice = line.notice if line else None
    return f"{look.decision.basis} notice={notice or '-'} element=kinds lacks={known.dimension}, {key}"


def full_reason(session: Session, look: Look, key: str, why: Why) -> dict[str, Scalar | list[Scalar]]:
    """What an officer may open later by the code of the entry: the true reason, the step, and about which act and
    notice. Codes and numbers only."""
    decision = look.decision
    if isinstance(decision, AccessRefused):
        return {"full_reason": decision.reason, "step": decision.step, "about": decision.detail}
    frank = decide_frankly(
        session.policy, role=decision.role, purpose=decision.purpose, facts=look.facts, at=decision.at
    )
    ruling = frank.ruling(key) if isinstance(frank, AccessGranted) else None
    shown = look.shown.get(key)
    own = why.reason if shown is not None and shown.reason != _decided(decision, key) else ""
    reason = own or (ruling.reason if ruling else "") or why.reason
    known, line = session.policy.field(key), look.lines.get(decision.basis)
    about = f"{decision.basis} event={line.event_id or '-'} notice={line.notice or '-'}" if line else decision.basis
    if reason == "outside_consented_scope" and known is not None:
        about += f" element=kinds lacks={known.dimension}, {key}"
    return {"full_reason": reason, "step": "fields", "about": about}


def _decided(decision: AccessGranted, key: str) -> str | None:
    """The reason a decision gives for a field."""
    ruling = decision.ruling(key)
    return ruling.reason if ruling else None
