"""The full reason behind a reference code 编号 that a rep, or a colleague, reads out (product idea 5).

Rules: (1) ``A123`` opens the log entry of that number in this store, ``R-…`` a question put in a rep's own store
(``model.reference_code``), whose "then" is worked out again (:mod:`pack_codes`); (2) what was seen and told then stands
beside the reason now, because what was closed may be open by the time somebody calls; (3) the step of the decision, the
act and the notice are named by number, values never; (4) opening a reason is logged like any look at a person, with the
code; (5) what would lift it is said as to an officer.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from compliance.clock import from_stamp
from compliance.errors import bad_input
from compliance.model.access import AccessRefused, FieldState, Purpose, Reference, Role
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind, Scalar
from compliance.model.reference_code import PackCode, read_code
from compliance.model.register import BundleRecord
from compliance.policy.access import TOLD, decide_access
from compliance.policy.explain import explain
from compliance.use_cases.seat.acting import barred, lift
from compliance.use_cases.seat.facts import access_facts
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seeing.pack_codes import seen_in_pack
from compliance.use_cases.seeing.profiles import full_reason
from compliance.use_cases.seeing.walk import Look, walk
from compliance.vault import UnitOfWork

_KINDS = (Kind.WHY_SHOWN, Kind.ACCESS_REFUSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedReason:
    """What stands behind a code. ``told`` is what the reader heard and ``state`` what they saw, empty where it can no
    longer be known; ``reason`` is the true one then, ``reason_now`` the one a new question would meet; ``about`` names
    act and notice."""

    code: str
    at: datetime
    reader: str
    purpose: Purpose
    hcp_id: str
    key: str
    state: FieldState | None
    told: str
    reason: str
    step: str
    about: str
    state_now: FieldState
    reason_now: str
    step_now: str
    about_now: str
    references: tuple[Reference, ...]
    lifted_by: str
    audit_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """Who asked what of whom, and what was said then."""

    at: datetime
    reader: str
    as_rep: str | None
    role: Role | None  # of an officer who asked with their own eyes
    purpose: Purpose
    hcp_id: str
    key: str
    pack: BundleRecord | None = None
    state: FieldState | None = None
    told: str = ""
    reason: str = ""
    step: str = ""
    about: str = ""


def open_reason(session: Session, *, code: str) -> Answer[OpenedReason | Refusal]:
    """Open the full reason. InputErrors ``unknown_code`` for a code that is none or of no refusal here."""
    now = session.now()
    if no := barred(session, "open_reason", at=now):
        return no
    read = read_code(code)
    if read is None:
        raise bad_input("unknown_code", "code")
    with session.vault.unit_of_work() as uow:
        asked = _of_pack(session, uow, read) if isinstance(read, PackCode) else _of_entry(uow, read)
        look = _look(session, uow, asked, now)
        if asked.pack is not None:
            seen = seen_in_pack(session, uow, pack=asked.pack, purpose=asked.purpose, look=look, key=asked.key)
            asked = replace(
                asked, state=seen.state, told=seen.told, reason=seen.reason, step=seen.step, about=seen.about
            )
        why = explain(session.policy, look.decision, asked.key)
        shown = look.shown.get(asked.key)
        truth = {key: str(value) for key, value in full_reason(session, look, asked.key, why).items()}
        refused = isinstance(look.decision, AccessRefused)
        state = FieldState.WITHHELD if refused else shown.state if shown else why.state
        reason = truth["full_reason"] if state is not FieldState.DISCLOSED else ""
        rule = session.policy.reasons.get(reason or asked.reason)
        index = uow.commit(
            session.event(
                Kind.WHY_SHOWN,
                at=now,
                hcps=(asked.hcp_id,) if look.person else (),
                purpose=str(asked.purpose),
                fields=(asked.key,) if asked.key else (),
                decision=look.decision.digest,
                detail={
                    "code": code.strip().upper()[:24],
                    "level": 2,
                    "reason": reason,
                    **truth,
                    **_eyes(session, asked),
                },
            )
        )[0]
    return Answer(
        OpenedReason(
            code=code.strip().upper(),
            at=asked.at,
            reader=asked.reader,
            purpose=asked.purpose,
            hcp_id=asked.hcp_id,
            key=asked.key,
            state=asked.state,
            told=asked.told,
            reason=asked.reason,
            step=asked.step,
            about=asked.about,
            state_now=state,
            reason_now=reason,
            step_now=truth["step"] if reason else "",
            about_now=truth["about"] if reason else "",
            references=rule.references if rule else look.decision.references,
            lifted_by=lift(session, reason, purpose=asked.purpose) if reason else "",
            audit_index=index,
        ),
        Changes(audit=True),
    )


def _eyes(session: Session, asked: _Question) -> dict[str, Scalar | list[Scalar]]:
    """Whose eyes the decision was made with, where not the officer's own: a replay needs it."""
    if asked.as_rep is not None:
        return {"as_rep": asked.as_rep}
    return {} if asked.role in (None, session.role) else {"as_role": str(asked.role)}


def _look(session: Session, uow: UnitOfWork, asked: _Question, now: datetime) -> Look:
    """How it stands now for whoever asked. For an officer of another role only the decision is made: this one may hold
    no key of what that one reads."""
    if asked.role in (None, session.role):
        return walk(session, uow, hcp_id=asked.hcp_id, purpose=asked.purpose, at=now, as_rep=asked.as_rep)
    assert asked.role is not None
    facts, person = access_facts(session, uow, hcp_id=asked.hcp_id, at=now)
    decision = decide_access(session.policy, role=asked.role, purpose=asked.purpose, facts=facts, at=now)
    return Look(
        hcp_id=asked.hcp_id, person=person, decision=decision, values={}, shown={}, cross_border=(), facts=facts
    )


def _of_entry(uow: UnitOfWork, number: int) -> _Question:
    entry = uow.log.entry(number) if number < uow.log.size else None
    body = entry.data if entry else {}
    detail = body.get("detail", {})
    if not body or body["kind"] not in _KINDS or not body["hcps"] or not body.get("purpose"):
        raise bad_input("unknown_code", "code")
    return _Question(
        at=from_stamp(body["at"]),
        reader=str(detail.get("as_rep") or body["actor"]),
        as_rep=str(detail["as_rep"]) if "as_rep" in detail else None,
        role=None if "as_rep" in detail else Role(body["role"]),
        purpose=Purpose(body["purpose"]),
        hcp_id=body["hcps"][0],
        key=body["fields"][0] if body["fields"] else "",
        state=_state(body["kind"], detail.get("state")),
        told=TOLD if "as_rep" in detail and body["kind"] == Kind.ACCESS_REFUSED else str(detail.get("reason", "")),
        reason=str(detail.get("full_reason") or detail.get("reason", "")),
        step=str(detail.get("step", "")),
        about=str(detail.get("about", "")),
    )


def _state(kind: str, written: object) -> FieldState | None:
    """What the reader saw: as the entry says, nothing where the whole person was refused."""
    if written is not None:
        return FieldState(str(written))
    return FieldState.WITHHELD if kind == Kind.ACCESS_REFUSED else None


def _of_pack(session: Session, uow: UnitOfWork, code: PackCode) -> _Question:
    """The pack, then the person: first among the rep's own people, then among all."""
    pack = next((p for p in uow.bundles.all() if code.is_of(p.rep, p.sequence)), None)
    if pack is None:
        raise bad_input("unknown_code", "code")
    mine = code.people(uow.assignments.people_of(pack.rep)) or code.people(uow.people.ids())
    if len(mine) != 1:
        raise bad_input("unknown_code" if not mine else "code_ambiguous", "code")
    return _Question(
        at=pack.issued_at,
        reader=pack.rep,
        as_rep=pack.rep,
        role=None,
        purpose=code.purpose,
        hcp_id=mine[0],
        key=code.key(session.policy.fields),
        pack=pack,
    )
