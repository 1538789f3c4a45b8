"""The day plan a rep prints on their own computer, from the pack (product: a card for the pocket, the laptop stays).

Rules: (1) as :mod:`day_plans`, decided by what the office put into the pack: whoever is not in it, or whose view-until
date falls before the end of the day, is refused in the same words and not on the paper; (2) every value of the pack
that is not printed is sought in the finished file; (3) the plan stands in the register and the log of this vault.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

from compliance.clock import day_start
from compliance.errors import bad_input
from compliance.exports.day_plan_data import DayPlanData, Visit
from compliance.exports.files import write_file
from compliance.exports.leak_forms import fold
from compliance.i18n import t
from compliance.model.access import Purpose, Reference
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.ids import new_id
from compliance.model.pack import PackPerson
from compliance.model.register import PAPER_LETTERS, PaperKind, PaperState, SheetRecord
from compliance.use_cases.field.day_plans import DayPlanMade, attacked_plan, check_plan, work_of
from compliance.use_cases.field.plan_rows import CLOSED, Planned, grouped, named_on, row_of, words_on
from compliance.use_cases.field.sheets import LEAK, not_made
from compliance.use_cases.seat.rep_session import RepSession
from compliance.use_cases.seat.session import shipped_policy


def own_day_plan(
    session: RepSession, *, hcp_ids: Sequence[str], day: date, path: Path
) -> Answer[DayPlanMade | Refusal]:
    """Write the rep's plan of ``day`` to ``path``. InputErrors as for the office, and ``pack_needed``."""
    held, now = session.vault.state(), session.clock.now()
    if held is None:
        raise bad_input("pack_needed", "vault")
    at, purpose = session.vault.time(now), work_of(session.role)
    wanted, policy = tuple(dict.fromkeys(hcp_ids)), shipped_policy()
    template = check_plan(policy, wanted, day=day, purpose=purpose, path=path, now=at)
    serial, expires = new_id(PAPER_LETTERS[PaperKind.DAY_PLAN]), day_start(day + timedelta(days=1))
    looked = session.vault.look_for_plan(wanted, now, serial=serial, day=day)
    rows = [
        _row(session, hcp_id, person, purpose, template.day_plan, expires) for hcp_id, person in looked.people.items()
    ]
    refused = tuple(not_made(session, row.hcp_id, row.told, row.references) for row in rows if row.told)
    made = DayPlanMade(serial=serial, path=None, sha256="", expires=expires, people=(), refused=refused)
    if all(row.visit is None for row in rows):
        return Answer(made, Changes(audit=True))
    data = DayPlanData(
        serial=serial,
        day=day,
        issued_to=session.actor,
        employee_no="",
        issued_at=at,
        expires_at=expires,
        watermark=f"{session.actor} {serial}",
        root=session.vault.log_root().hex(),
        audit_index=looked.audit_index,
        hospitals=grouped(rows),
        sandbox=session.sandbox,
    )
    hidden = _hidden([person for person in looked.people.values() if person], words_on(rows))
    return _release(session, data, hidden, made=made, rows=rows, purpose=purpose, path=path, at=at)


def own_papers(session: RepSession, *, state: PaperState | None = None) -> Answer[tuple[SheetRecord, ...] | Refusal]:
    """What this rep has printed, newest first."""
    now = session.vault.time(session.clock.now())
    with session.vault.vault.snapshot() as snap:
        return Answer(tuple(paper for paper in snap.sheets.all() if state in (None, paper.state(now))))


def _release(
    session: RepSession, data: DayPlanData, hidden: Sequence[str], *, made: DayPlanMade, rows: Sequence[Planned],
    purpose: Purpose, path: Path, at: datetime,
) -> Answer[DayPlanMade | Refusal]:  # fmt: skip
    """Render, attack, write, register."""
    rendered, report = attacked_plan(data, hidden, session.lang)
    named = tuple((row.hcp_id, row.visit) for row in rows if row.visit is not None)
    if not report.clean:
        session.vault.paper_failed(data.serial, LEAK, at)
        stopped = tuple(not_made(session, hcp_id, LEAK) for hcp_id, _ in named)
        return Answer(replace(made, refused=(*made.refused, *stopped)), Changes(audit=True))
    try:
        written = write_file(path, rendered)
    except Exception:
        session.vault.paper_failed(data.serial, "write_failed", at)
        raise
    record = SheetRecord(
        serial=data.serial,
        hcp_id="",
        rep=session.actor,
        purpose=purpose,
        issued_at=at,
        expires_at=data.expires_at,
        sha256=written.sha256,
        recalled_at=None,
        people=named_on(rows, purpose),
    )
    session.vault.register_paper(record, at, checked=report.checked)
    done = replace(made, path=written.path, sha256=written.sha256, people=named)
    return Answer(done, Changes(exports=True, audit=True))


def _row(
    session: RepSession,
    hcp_id: str,
    person: PackPerson | None,
    purpose: Purpose,
    listed: Sequence[str],
    expires: datetime,
) -> Planned:
    """One person of the pack for ``purpose``, or for asking only."""
    references = (Reference("PIPL", "6"),)
    view = person.view(purpose) if person else None
    asking = person.view(Purpose.ASK) if person and view is None else None
    shown = view or asking
    if person is None or shown is None or person.view_until < expires:
        return Planned(hcp_id=hcp_id, visit=None, told=CLOSED, references=references)
    fields = {field.key: field for field in shown.fields}
    codes = fields["permitted_channels"].value or "" if view and "permitted_channels" in fields else ""
    open_now = {code.strip() for code in codes.split(";")}
    row = row_of(
        hcp_id,
        fields,
        visit=Visit.OPEN if view else Visit.ASK,
        channels=tuple(t(f"channel.{code}", session.lang) for code in listed if code in open_now),
        until=None,
        lang=session.lang,
    )
    return row if view else replace(row, told=CLOSED, references=references)


def _hidden(people: Sequence[PackPerson], printed: Sequence[str]) -> list[str]:
    """Every value of the pack about these people but the printed words."""
    open_words = {fold(word) for word in printed}
    values = {f.value for p in people for f in (*p.head, *(f for view in p.views for f in view.fields)) if f.value}
    parts = {part.strip() for value in values for part in (value, *value.replace("|", ";").split(";"))}
    return sorted(part for part in parts if fold(part) and fold(part) not in open_words)
