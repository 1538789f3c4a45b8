"""Training of the people with an account, and drills: who may come in, and the register of both (REQ-109).

Rules: (1) a training holds as many calendar months as the rules name; (2) while the register is in use, whoever reads
personal data and has no training that holds is not let in, and the log says so; an account that was never trained
counts from the day it was added; a sandbox only warns; (3) who is the only one left to record a training is let in, so
that nobody is locked out for good; (4) another person records it, with what proves it, except where nobody else may;
(5) a drill is due within a year of the last one; the audit counts a missing one as a gap.
"""

from datetime import date, datetime
from typing import NamedTuple

from compliance.clock import shanghai_day
from compliance.errors import NotAdmitted, bad_input
from compliance.model.access import Role
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.ids import new_id
from compliance.model.register import User
from compliance.policy.limits import months_before
from compliance.use_cases.seat.acting import barred, refuse
from compliance.use_cases.seat.duties import may
from compliance.use_cases.seat.facts import Reader
from compliance.use_cases.seat.free_text import guard, one_line
from compliance.use_cases.seat.session import Session
from compliance.vault import Exercise, ExerciseKind, UnitOfWork

#: Roles that hold the keys of people's data.
_READERS = frozenset({Role.DPO, Role.COMPLIANCE, Role.CLERK, Role.FINANCE})
DRILL_MONTHS = 12


class Trained(NamedTuple):
    """An account and its newest training; ``over`` when it does not hold any more."""

    user: str
    role: Role
    trained_on: date | None
    over: bool


def trainings(session: Session, reader: Reader, at: datetime) -> tuple[Trained, ...]:
    """Every account that reads personal data, with its training."""
    trained = reader.exercises.trained_on(shanghai_day(at))
    oldest = months_before(shanghai_day(at), session.policy.parameter("training_months", at))

    def over(user: User) -> bool:
        return bool(trained) and trained.get(user.name, shanghai_day(user.added_at)) < oldest

    return tuple(
        Trained(user.name, user.role, trained.get(user.name), over(user))
        for user in reader.users.all()
        if user.removed_at is None and user.role in _READERS
    )


def admit(session: Session, at: datetime) -> bool:
    """Whether the user may come in: False is a warning only. Raises NotAdmitted when not, logged."""
    if session.role not in _READERS:
        return True
    with session.vault.snapshot() as snap:
        stands = {one.user: one for one in trainings(session, snap, at)}
        mine = stands.get(session.actor)
        if mine is None or not mine.over:
            return True
        helpers = [
            user
            for user in snap.users.all()
            if user.removed_at is None and user.name != session.actor and may(user.role, "record_training")
            and not (user.name in stands and stands[user.name].over)
        ]  # fmt: skip
    if session.sandbox or session.vault.restricted or (not helpers and may(session.role, "record_training")):
        return False
    with session.vault.unit_of_work() as uow:
        detail = {"reason": "training_over", "act": "unlock"}
        uow.commit(session.event(Kind.ACCESS_REFUSED, at=at, detail=detail))
    last = mine.trained_on.isoformat() if mine.trained_on else "-"
    raise NotAdmitted("training_over", last=last, helpers=", ".join(user.name for user in helpers) or "-")


def record_training(session: Session, *, user: str, on: date, reference: str) -> Answer[Exercise | Refusal]:
    """Somebody with an account was trained. InputErrors for an unknown account, a day to come, no proof."""
    now = session.now()
    if no := barred(session, "record_training", at=now):
        return no
    reference = _checked(on, reference, now)
    guard(session, {"reference": reference})
    with session.vault.unit_of_work() as uow:
        known = {u.name: u for u in uow.users.all() if u.removed_at is None}
        if user not in known:
            raise bad_input("unknown_user", "user")
        others = [u for u in known.values() if u.name != session.actor and may(u.role, "record_training")]
        if user == session.actor and others:
            return refuse(session, uow, at=now, reason="same_person")
        return _kept(session, uow, Kind.TRAINING_RECORDED, ExerciseKind.TRAINING, user, on, reference, now)


def record_drill(session: Session, *, scenario: str, on: date, reference: str) -> Answer[Exercise | Refusal]:
    """The company rehearsed what it does at an incident. InputErrors for a day to come, no scenario, no proof."""
    now = session.now()
    if no := barred(session, "record_drill", at=now):
        return no
    reference = _checked(on, reference, now)
    scenario = one_line(scenario, "scenario")
    guard(session, {"scenario": scenario, "reference": reference})
    with session.vault.unit_of_work() as uow:
        return _kept(session, uow, Kind.DRILL_RECORDED, ExerciseKind.DRILL, scenario, on, reference, now)


class Register(NamedTuple):
    """Trainings by account, drills, and whether one is missing for a year."""

    trainings: tuple[Trained, ...]
    drills: tuple[Exercise, ...]
    drill_missing: bool


def register(session: Session) -> Answer[Register | Refusal]:
    """The register of trainings and drills, for whoever reads the settings."""
    now = session.now()
    if no := barred(session, "read_settings", at=now):
        return no
    with session.vault.snapshot() as snap:
        return Answer(register_at(session, snap, now))


def register_at(session: Session, reader: Reader, at: datetime) -> Register:
    """As :func:`register`, for whoever already reads."""
    drills = tuple(reader.exercises.all(ExerciseKind.DRILL))
    oldest = months_before(shanghai_day(at), DRILL_MONTHS)
    missing = not drills or drills[-1].held_on < oldest
    return Register(trainings(session, reader, at), drills, missing)


def _kept(
    session: Session,
    uow: UnitOfWork,
    kind: Kind,
    of: ExerciseKind,
    subject: str,
    on: date,
    reference: str,
    at: datetime,
) -> Answer[Exercise | Refusal]:
    one = Exercise(
        exercise_id=new_id("EX"), kind=of, subject=subject, held_on=on, reference=reference, said_at=at,
        said_by=session.actor,
    )  # fmt: skip
    uow.exercises.add(one)
    detail = {"exercise": one.exercise_id, "day": on.isoformat(), "reference": reference}
    named = {"user": subject} if of is ExerciseKind.TRAINING else {"scenario": subject}
    uow.commit(session.event(kind, at=at, detail={**detail, **named}))
    return Answer(one, Changes(settings=True, audit=True))


def _checked(on: date, reference: str, now: datetime) -> str:
    if on > shanghai_day(now):
        raise bad_input("in_the_future", "on")
    return one_line(reference, "reference")
