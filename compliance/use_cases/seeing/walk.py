"""The walk every read takes (architecture section 5), shared by profiles, lists, exports, sheets and packs.

1 the time is read once; 2 access facts; 3 ``decide_access``; 4 only what the decision discloses is unsealed, masks
and value tests are applied here; 5 one commit takes the audit entry; 6 the answer is frozen. An officer's *view as
rep* is the same walk with the rep's role, so it shows exactly what that rep's pack would hold.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from compliance.errors import bad_input
from compliance.model.access import (
    FIELD_ROLES,
    AccessDecision,
    AccessFacts,
    AccessGranted,
    AccessRefused,
    FieldState,
    Purpose,
    Role,
)
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import AuditEvent, Kind, Scalar
from compliance.model.consent import LineStatus
from compliance.model.profile import ChannelNow, CrossBorderState, FieldValue, ProfileView, ShownField
from compliance.model.register import Person, Rep
from compliance.model.retention import IN_FORCE
from compliance.policy.access import decide_access
from compliance.policy.retention import value_end
from compliance.policy.values import apply_ruling
from compliance.profile.channels import Channel
from compliance.profile.gauges import gauges_of
from compliance.use_cases.people.sources import Settling
from compliance.use_cases.people.tags import guarded, unvalidated
from compliance.use_cases.seat.acting import lift
from compliance.use_cases.seat.duties import may
from compliance.use_cases.seat.facts import access_facts
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seeing.channels import channel_text, channels_of
from compliance.use_cases.seeing.computed import computed_values
from compliance.use_cases.seeing.lending import Lent, with_own_keys
from compliance.vault import Snapshot, UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One walked read before its entry is committed."""

    hcp_id: str
    person: Person | None
    decision: AccessDecision
    values: dict[str, FieldValue]
    shown: dict[str, ShownField]
    cross_border: tuple[CrossBorderState, ...]
    facts: AccessFacts
    channels: tuple[Channel, ...] = ()
    mode: str = "strict"
    stored: frozenset[str] = frozenset()  # fields that are kept, not computed

    @property
    def lines(self) -> Mapping[str, LineStatus]:
        """Status of every item of the person."""
        return self.facts.lines

    @property
    def lines_open(self) -> frozenset[str]:
        """Items that carry processing now."""
        return frozenset(item for item, line in self.lines.items() if line.open)

    def view(self, index: int) -> ProfileView:
        """The answer once entry ``index`` is committed."""
        assert isinstance(self.decision, AccessGranted)
        return ProfileView(
            hcp_id=self.hcp_id,
            role=self.decision.role,
            purpose=self.decision.purpose,
            at=self.decision.at,
            fields=tuple(self.shown.values()),
            cross_border=self.cross_border,
            basis=self.decision.basis,
            policy_digest=self.decision.policy_digest,
            audit_index=index,
            gauges=gauges_of(self.shown.values(), stored=self.stored),
            channels=self._channels(),
            flags=self.flags(),
        )

    def flags(self) -> tuple[str, ...]:
        """Standing blocks, for whoever may read the state of consent and does not see as a rep does."""
        if not isinstance(self.decision, AccessGranted) or self.person is None:
            return ()
        told = self.decision.role not in FIELD_ROLES and may(self.decision.role, "consent_status")
        return tuple(sorted(map(str, self.person.blocks))) if told else ()

    def _channels(self) -> tuple[ChannelNow, ...]:
        """Open and closed ones, where the decision shows the open ones."""
        ruled = self.shown.get("permitted_channels")
        if ruled is None or ruled.state is FieldState.WITHHELD:
            return ()
        return tuple(ChannelNow(code=c.code, open=c.open, reason=c.reason) for c in self.channels)


def walk(
    session: Session,
    uow: UnitOfWork,
    *,
    hcp_id: str,
    purpose: Purpose,
    at: datetime,
    case_id: str | None = None,
    as_rep: str | None = None,
    lent: Lent | None = None,
) -> Look:
    """Steps 2 to 4 for one person. The caller commits. ``lent`` is the role of an exceptional access in force."""
    role, rep = (lent.role, None) if lent else reader_of(session, uow, as_rep)
    look = _decided(session, uow, hcp_id=hcp_id, purpose=purpose, at=at, case_id=case_id, role=role, rep=rep)
    if lent and isinstance(look.decision, AccessGranted):
        look = replace(look, decision=with_own_keys(session, look.decision))
    if isinstance(look.decision, AccessRefused) or look.person is None:
        return look
    read = uow.sections.read(look.decision)
    return _looked(session, uow, look, read, Settling(session, uow, at=at))


def walk_page(
    session: Session, uow: UnitOfWork, *, hcp_ids: Iterable[str], purpose: Purpose, at: datetime, as_rep: str | None
) -> list[Look]:
    """The same for a page of people, those granted alone, step by step: each opening of the guard makes the engine
    check all its statements anew, so all are decided before the first is read."""
    role, rep = reader_of(session, uow, as_rep)
    looks = [
        _decided(session, uow, hcp_id=hcp_id, purpose=purpose, at=at, case_id=None, role=role, rep=rep)
        for hcp_id in hcp_ids
    ]
    open_ = [
        (look, uow.sections.read(look.decision))
        for look in looks
        if isinstance(look.decision, AccessGranted) and look.person is not None
    ]
    settling = Settling(session, uow, at=at)
    return [_looked(session, uow, look, read, settling) for look, read in open_]


def _decided(
    session: Session,
    uow: UnitOfWork,
    *,
    hcp_id: str,
    purpose: Purpose,
    at: datetime,
    case_id: str | None,
    role: Role,
    rep: str | None,
) -> Look:
    """Steps 2 and 3."""
    facts, person = access_facts(session, uow, hcp_id=hcp_id, at=at, rep=rep, case_id=case_id)
    decision = decide_access(session.policy, role=role, purpose=purpose, facts=facts, at=at)
    return Look(hcp_id=hcp_id, person=person, decision=decision, values={}, shown={}, cross_border=(), facts=facts)


def _looked(session: Session, uow: UnitOfWork, look: Look, read: Mapping[str, FieldValue], settling: Settling) -> Look:
    """Step 4, of what was ``read``."""
    decision, person, facts, hcp_id = look.decision, look.person, look.facts, look.hcp_id
    assert isinstance(decision, AccessGranted) and person is not None
    at, role, purpose = decision.at, decision.role, decision.purpose
    values = settling.values(read)
    channels = channels_of(session, uow, hcp_id=hcp_id, purpose=purpose, facts=facts, values=values, at=at)
    values |= computed_values(
        person=person,
        lines=facts.lines,
        reps=tuple(uow.assignments.rep_of(hcp_id)),
        channels=channel_text(channels),
        retention=_ends(session, facts, values, at),
        at=at,
    )
    policy = session.policy
    shown = {
        ruling.key: apply_ruling(
            ruling,
            values.get(ruling.key),
            at=at,
            refresh_days=policy.refresh_days(ruling.key),
            recorded=decision.recorded,
        )
        for ruling in decision.rulings
    }
    if guesses := unvalidated(session, uow, frozenset(values), at=at):
        shown = guarded(session, shown, guesses, role)
    border = (CrossBorderState(recipient="", state=person.cross_border), *uow.transfers.states(hcp_id))
    return Look(
        hcp_id=hcp_id,
        person=person,
        decision=decision,
        values=values,
        shown=shown,
        cross_border=border if role not in FIELD_ROLES else (),
        facts=facts,
        channels=channels,
        mode="strict" if session.policy.strict else "by_basis",
        stored=session.policy.stored_fields,
    )


def _ends(session: Session, facts: AccessFacts, values: Mapping[str, FieldValue], at: datetime) -> str:
    """The first end among what is read, rule by rule; what is in force without end is left out."""
    if facts.retention is None or not session.policy.retention.rules:
        return ""
    days: dict[str, date] = {}
    for key, value in values.items():
        end = value_end(session.policy, key, value.provenance, facts.retention, at)
        if end is not None and end[0] < IN_FORCE:
            days[end[1]] = min(end[0], days.get(end[1], end[0]))
    return "; ".join(f"{rule}:{day.isoformat()}" for rule, day in sorted(days.items()))


def reader_of(session: Session, uow: UnitOfWork, as_rep: str | None) -> tuple[Role, str | None]:
    """The role that decides and, for a rep's view, the rep's name. InputErrors for an unknown rep."""
    if as_rep is None:
        return session.role, None
    rep = known_rep(uow, as_rep)
    return rep.role, rep.name


def known_rep(reader: UnitOfWork | Snapshot, name: str) -> Rep:
    """The registered rep of that name. InputErrors when there is none."""
    rep = reader.reps.get(name)
    if rep is None:
        raise bad_input("unknown_rep", "rep")
    return rep


def opened(session: Session, look: Look, *, as_rep: str | None = None, lent: Lent | None = None) -> AuditEvent:
    """The entry for a shown profile: field keys by state, never a value."""
    assert isinstance(look.decision, AccessGranted)
    return session.event(
        Kind.PROFILE_OPENED,
        at=look.decision.at,
        hcps=(look.hcp_id,),
        purpose=str(look.decision.purpose),
        fields=tuple(k for k, f in look.shown.items() if f.state is not FieldState.WITHHELD and f.value is not None),
        decision=look.decision.digest,
        detail={
            "basis": look.decision.basis,
            **_task(look),
            **rests_on(look),
            **_seen_as(as_rep),
            **(lent.as_detail() if lent else {}),
        },
    )


def _seen_as(rep: str | None) -> dict[str, Scalar | list[Scalar]]:
    return {"as_rep": rep} if rep else {}


def _task(look: Look) -> dict[str, Scalar | list[Scalar]]:
    """The task a read was made in (REQ-040)."""
    return {"case": look.facts.case_id} if look.facts.case_id else {}


def rests_on(look: Look) -> dict[str, Scalar | list[Scalar]]:
    """Which registered basis and which memos of necessity a decision used, and the mode (REQ-025)."""
    assert isinstance(look.decision, AccessGranted)
    fact = look.facts.bases.get(look.decision.purpose)
    used = fact.basis_id if fact and fact.basis == look.decision.basis else ""
    head, memos = f"{look.decision.purpose}/", sorted(look.facts.memos.items())
    waived = [memo for item, memo in memos if item.startswith(head) and item not in look.lines_open]
    if not used and not waived:
        return {}
    return {"mode": look.mode, "basis_id": used, "memos": list(waived)}


def refused(
    session: Session,
    uow: UnitOfWork,
    decision: AccessRefused,
    *,
    as_rep: str | None = None,
    lent: Lent | None = None,
) -> Answer[Refusal]:
    """Commit the refusal of a decision and return what the reader hears."""
    index = uow.commit(
        session.event(
            Kind.ACCESS_REFUSED,
            at=decision.at,
            hcps=(decision.hcp_id,) if decision.hcp_id else (),
            purpose=str(decision.purpose),
            decision=decision.digest,
            detail={
                "reason": decision.reason,
                "step": decision.step,
                "about": decision.detail,
                **_seen_as(as_rep),
                **(lent.as_detail() if lent else {}),
            },
        )
    )[0]
    if decision.hcp_id is None and decision.told == "unknown_person":
        raise bad_input("unknown_person", "hcp")  # an officer mistyped; a rep hears the one answer for all
    refusal = Refusal(
        reason=decision.told,
        references=decision.references,
        lifted_by=lift(session, decision.told, purpose=decision.purpose) or decision.lifted_by,
        detail=decision.detail if decision.role not in FIELD_ROLES else "",
        reference_code=f"A{index}",
    )
    return Answer(refusal, Changes(audit=True))
