"""The day plan 当日拜访计划: up to twelve people of one rep on one folded page, safe to lose.

Rules: (1) each person is decided anew when it is printed, for the purpose of the visit; who may only be asked for
consent is decided a second time for ``ask``; (2) of a closed person of the rep's own only the surname stands there, and
that they are not to be visited; whoever is not this rep's is not on it at all; (3) a consent that ends before the day
is over opens nothing on that day, nor does an open objection or request (appendix A); (4) the page is void when its
day ends; (5) the finished file is attacked for every stored value of everybody on it that is not printed; a leak stops
the release; (6) it is registered like a sheet and can be recalled; (7) training and filing as for sheets.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from compliance.clock import day_start, shanghai_day
from compliance.errors import bad_input
from compliance.exports.day_plan import control_plan, render_day_plan
from compliance.exports.day_plan_data import DayPlanData, Visit
from compliance.exports.files import file_name, write_file
from compliance.exports.fonts import template_programs
from compliance.exports.leak_check import LeakReport, attack
from compliance.i18n import Lang, t
from compliance.model.access import AccessRefused, Purpose, Role
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import AuditEvent, Kind
from compliance.model.ids import new_id
from compliance.model.limits import last_day
from compliance.model.profile import SheetTemplate
from compliance.model.register import PAPER_LETTERS, PaperKind, Rep, SheetRecord
from compliance.policy.policy_set import PolicySet
from compliance.use_cases.field.plan_rows import CLOSED, Planned, grouped, named_on, refused_row, row_of, words_on
from compliance.use_cases.field.sheet_content import carried_until, compliance_first, everything
from compliance.use_cases.field.sheets import LEAK, SheetRefused, not_made
from compliance.use_cases.people.qualification import qualified_reader
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.session import Session, log_root
from compliance.use_cases.seat.spoken import spoken_name
from compliance.use_cases.seeing.told import unproven_only
from compliance.use_cases.seeing.walk import Look, known_rep, walk
from compliance.vault import UnitOfWork


@dataclass(frozen=True, slots=True, kw_only=True)
class DayPlanMade:
    """A day plan. ``path`` is None when nobody on it may be visited or asked, or when the leak check stopped it."""

    serial: str
    path: Path | None
    sha256: str
    expires: datetime
    people: tuple[tuple[str, Visit], ...]
    refused: tuple[SheetRefused, ...]
    warnings: tuple[str, ...] = ()

    @property
    def leaked(self) -> bool:
        """Whether the leak check stopped it."""
        return any(no.reason == LEAK for no in self.refused)


def make_day_plan(
    session: Session, *, hcp_ids: Sequence[str], rep: str, day: date, path: Path, purpose: Purpose | None = None
) -> Answer[DayPlanMade | Refusal]:
    """Write the plan of ``day`` to ``path``, people in visiting order; without a ``purpose`` the reader's work says
    it: a rep visits, an MSL speaks of medicine. InputErrors ``people_needed``,
    ``too_many_people``, ``day_over``, ``day_too_far``, ``no_day_plan``, ``unknown_rep``, ``file_exists``."""
    now = session.now()
    if no := barred(session, "make_sheet", at=now):
        return no
    wanted = tuple(dict.fromkeys(hcp_ids))
    with session.vault.snapshot() as snap:
        purpose = purpose or work_of(known_rep(snap, rep).role)
    check_plan(session.policy, wanted, day=day, purpose=purpose, path=path, now=now)
    qualified = qualified_reader(session, rep, now)
    if isinstance(qualified, Refusal):
        return Answer(qualified, Changes(audit=True))
    reader, warnings = qualified
    serial = new_id(PAPER_LETTERS[PaperKind.DAY_PLAN])
    run = _Run(session=session, rep=reader, purpose=purpose, day=day, now=now, serial=serial)
    rows, index, hidden = run.decide(wanted)
    refused = tuple(not_made(session, r.hcp_id, r.told, r.references) for r in rows if r.told)
    made = DayPlanMade(
        serial=serial, path=None, sha256="", expires=run.expires, people=(), refused=refused, warnings=warnings
    )
    if all(r.visit in (None, Visit.CLOSED) for r in rows):
        return Answer(made, Changes(audit=True))
    data = DayPlanData(
        serial=serial,
        day=day,
        issued_to=reader.name,
        employee_no=reader.employee_no,
        issued_at=now,
        expires_at=run.expires,
        watermark=f"{reader.name} {reader.employee_no} {serial}",
        root=log_root(session).hex(),
        audit_index=index,
        hospitals=grouped(rows),
        warnings=tuple(t(f"reason.{code}", session.lang) for code in warnings),
        sandbox=session.sandbox,
    )
    return _release(session, run, data, made=made, rows=rows, hidden=hidden, path=path)


def attacked_plan(data: DayPlanData, hidden: Sequence[str], lang: Lang) -> tuple[bytes, LeakReport]:
    """The finished page, and what an enemy who knows every ``hidden`` value finds in it."""
    rendered = render_day_plan(data, lang=lang)
    report = attack(
        rendered.pdf,
        file_name(data.serial, suffix=".pdf"),
        hidden,
        control=lambda: control_plan(data, lang=lang, scale=rendered.scale),
        known=template_programs(),
        spoken=spoken_name,
    )
    return rendered.pdf, report


def work_of(role: Role) -> Purpose:
    """The purpose a field role goes out for."""
    return Purpose.MEDICAL if role is Role.MSL else Purpose.VISIT


def check_plan(
    policy: PolicySet, hcp_ids: Sequence[str], *, day: date, purpose: Purpose, path: Path, now: datetime
) -> SheetTemplate:
    """What a plan needs before anybody is looked at."""
    today = shanghai_day(now)
    template = policy.sheet_template(purpose)
    if template is None or not template.day_plan:
        raise bad_input("no_day_plan", "purpose", str(purpose))
    if not hcp_ids:
        raise bad_input("people_needed", "HCP")
    most = policy.parameter("day_plan_people", now)
    if len(hcp_ids) > most:
        raise bad_input("too_many_people", "HCP", str(len(hcp_ids)), str(most))
    if day < today:
        raise bad_input("day_over", "date", day.isoformat())
    if day > today + timedelta(days=policy.parameter("day_plan_days_ahead", now)):
        raise bad_input("day_too_far", "date", day.isoformat())
    if path.exists():
        raise bad_input("file_exists", "out")
    return template


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """One plan being decided."""

    session: Session
    rep: Rep
    purpose: Purpose
    day: date
    now: datetime
    serial: str

    @property
    def expires(self) -> datetime:
        """The end of the day, or of the life of any sheet."""
        return day_start(self.day + timedelta(days=1))

    def decide(self, hcp_ids: Sequence[str]) -> tuple[list[Planned], int, list[str]]:
        """Everybody's row, the number of the entry that records it, and what must not be found on the page."""
        with self.session.vault.unit_of_work() as uow:
            looks = [(hcp_id, *self._look(uow, hcp_id)) for hcp_id in hcp_ids]
            rows = [self._row(uow, hcp_id, look, refusal) for hcp_id, look, refusal in looks]
            printed = words_on(rows)
            hidden = [
                v for row in rows if row.visit is not None for v in everything(self.session, uow, row.hcp_id, printed)
            ]
            head = self._entry(
                Kind.EXPORT_APPROVED,
                detail={"what": "day_plan", "serial": self.serial, "for": self.rep.name, "day": self.day.isoformat(),
                        "people": sum(row.visit in (Visit.OPEN, Visit.ASK) for row in rows)},
            )  # fmt: skip
            entries = [self._told(row, look, refusal) for row, (_, look, refusal) in zip(rows, looks, strict=True)]
            index = uow.commit(head, *entries)[0]
        return rows, index, list(dict.fromkeys(hidden))

    def _look(self, uow: UnitOfWork, hcp_id: str) -> tuple[Look, AccessRefused | None]:
        """The read that counts, and the refusal for the visit where there was one."""
        look = self._walk(uow, hcp_id, self.purpose)
        if not isinstance(look.decision, AccessRefused):
            return look, None
        if self.purpose is Purpose.VISIT:
            asked = self._walk(uow, hcp_id, Purpose.ASK)
            if not isinstance(asked.decision, AccessRefused):
                return asked, look.decision
        return look, look.decision

    def _walk(self, uow: UnitOfWork, hcp_id: str, purpose: Purpose) -> Look:
        return walk(self.session, uow, hcp_id=hcp_id, purpose=purpose, at=self.now, as_rep=self.rep.name)

    def _row(self, uow: UnitOfWork, hcp_id: str, look: Look, refusal: AccessRefused | None) -> Planned:
        session, policy = self.session, self.session.policy
        if isinstance(look.decision, AccessRefused):
            named = look.facts.assigned and not unproven_only(look.facts)
            listed = uow.index.get_many([hcp_id]).get(hcp_id) if named else None
            return refused_row(hcp_id, look.decision, name=listed.name if listed else "",
                               hospital=listed.hospital if listed else "", lang=session.lang)  # fmt: skip
        template = policy.sheet_template(self.purpose)
        assert template is not None
        last = min(carried_until(policy, look, self.purpose), default=None)
        asking = refusal is not None
        row = row_of(
            hcp_id,
            look.shown,
            visit=Visit.ASK if asking else Visit.OPEN,
            channels=() if asking else tuple(
                policy.words("channel", c.code, str(session.lang))
                for code in template.day_plan for c in look.channels if c.code == code and c.open
            ),
            until=last_day(last) if last and last <= self.now + self._soon else None,
            lang=session.lang,
        )  # fmt: skip
        if refusal is not None:
            row = replace(row, told=refusal.told, references=refusal.references)
        elif (last is not None and last < self.expires) or compliance_first(template, look.shown):
            reason = policy.reasons[CLOSED]
            row = replace(row, visit=Visit.CLOSED, department="", rule="", channels=(), until=None,
                          told=CLOSED, references=reason.references)  # fmt: skip
        return row

    @property
    def _soon(self) -> timedelta:
        return timedelta(days=self.session.policy.parameter("day_plan_renew_days", self.now))

    def _told(self, row: Planned, look: Look, refusal: AccessRefused | None) -> AuditEvent:
        """One entry a person: decided and printed, or refused."""
        detail = {"what": "day_plan", "serial": self.serial}
        if isinstance(look.decision, AccessRefused):
            return self._entry(
                Kind.ACCESS_REFUSED,
                hcps=(row.hcp_id,) if look.person else (),
                fields=("full_name", "institution_name") if row.visit else (),
                decision=look.decision.digest,
                detail={**detail, "reason": look.decision.reason, "as_rep": self.rep.name},
            )
        return self._entry(
            Kind.EXPORT_APPROVED,
            hcps=(row.hcp_id,),
            purpose=str(look.decision.purpose),
            fields=row.fields,
            decision=look.decision.digest,
            detail={**detail, "for": self.rep.name, "basis": look.decision.basis, "visit": str(row.visit)},
        )

    def _entry(self, kind: Kind, *, purpose: str = "", **more: object) -> AuditEvent:
        return self.session.event(kind, at=self.now, purpose=purpose or str(self.purpose), **more)


def _release(
    session: Session,
    run: _Run,
    data: DayPlanData,
    *,
    made: DayPlanMade,
    rows: Sequence[Planned],
    hidden: Sequence[str],
    path: Path,
) -> Answer[DayPlanMade | Refusal]:
    """Render, attack, write, register."""
    rendered, report = attacked_plan(data, hidden, session.lang)
    if not report.clean:
        _failed(session, data.serial, LEAK)
        stopped = tuple(not_made(session, r.hcp_id, LEAK) for r in rows if r.visit and not r.told)
        return Answer(replace(made, refused=(*made.refused, *stopped)), Changes(audit=True))
    try:
        written = write_file(path, rendered)
    except Exception:
        _failed(session, data.serial, "write_failed")
        raise
    named = named_on(rows, run.purpose)
    with session.vault.unit_of_work() as uow:
        uow.sheets.add(
            SheetRecord(
                serial=data.serial,
                hcp_id="",
                rep=run.rep.name,
                purpose=run.purpose,
                issued_at=run.now,
                expires_at=run.expires,
                sha256=written.sha256,
                recalled_at=None,
                people=named,
            )
        )
        uow.commit(
            session.event(
                Kind.SHEET_ISSUED,
                at=run.now,
                hcps=tuple(person.hcp_id for person in named),
                purpose=str(run.purpose),
                detail={"what": "day_plan", "serial": data.serial, "for": run.rep.name, "sha256": written.sha256,
                        "leak_check": report.checked},
            )
        )  # fmt: skip
    people = tuple((row.hcp_id, row.visit) for row in rows if row.visit in (Visit.OPEN, Visit.ASK))
    done = replace(made, path=written.path, sha256=written.sha256, people=people)
    return Answer(done, Changes(exports=True, audit=True))


def _failed(session: Session, serial: str, code: str) -> None:
    with session.vault.unit_of_work() as uow:
        uow.commit(session.event(Kind.EXPORT_FAILED, at=session.now(), detail={"serial": serial, "code": code}))
