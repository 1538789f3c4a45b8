"""One list of the people a rep must not contact: name and hospital, nothing else, no reason (REQ-051).

Who is on it follows from the decision a sheet would take, so the two never differ; of whom nothing is held but an
unproven source's word, the name is not printed either (R05).

It is registered like a sheet, so that it can be asked back when somebody on it is erased, and attacked like one: of the
people on it nothing but name and hospital may be found.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from compliance.errors import LeakFound, bad_input
from compliance.exports.do_not_contact import DoNotContactData, do_not_contact_sheet
from compliance.exports.files import write_file
from compliance.exports.leak_check import ControlPage, attack
from compliance.exports.sheet_control import blanked
from compliance.i18n import Lang
from compliance.model.access import Purpose
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.ids import new_id
from compliance.model.register import PAPER_LETTERS, PaperKind, PaperPerson, SheetRecord
from compliance.use_cases.field.sheet_content import everything
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.facts import access_facts
from compliance.use_cases.seat.session import Session, log_root
from compliance.use_cases.seat.spoken import spoken_name
from compliance.use_cases.seeing.told import closes, told_action, unproven_only
from compliance.vault import UnitOfWork

#: The name under which the list is attacked: the real one is the user's.
_FILE = "list.pdf"
#: For good, or before a day; whoever keeps one channel open may still be contacted through it.
_CLOSED = ("do_not_contact", "do_not_ask_before")


def do_not_contact_list(session: Session, *, rep: str, path: Path) -> Answer[Path | Refusal]:
    """The rep's own people whose contact is closed, by name and hospital, as a PDF with reader and expiry."""
    now = session.now()
    if no := barred(session, "make_sheet", at=now):
        return no
    if path.exists():
        raise bad_input("file_exists", "do_not_contact")
    serial = new_id(PAPER_LETTERS[PaperKind.DO_NOT_CONTACT])
    with session.vault.unit_of_work() as uow:
        reader = uow.reps.get(rep)
        if reader is None:
            raise bad_input("unknown_rep", "rep")
        own = uow.assignments.people_of(rep)
        closed = [hcp_id for hcp_id in own if _closed(session, uow, hcp_id=hcp_id, rep=rep, at=now)]
        listed = uow.index.get_many(closed)
        names = [(row.name, row.hospital) for row in listed.values()]
        hidden = [v for hcp_id in closed for v in everything(session, uow, hcp_id, [x for pair in names for x in pair])]
        index = uow.commit(
            session.event(
                Kind.EXPORT_APPROVED,
                at=now,
                hcps=tuple(closed),
                fields=("full_name", "institution_name"),
                purpose=str(Purpose.VISIT),
                detail={"what": "do_not_contact", "serial": serial, "for": rep, "people": len(closed)},
            )
        )[0]
    data = DoNotContactData(
        serial=serial,
        handler=session.handler,
        issued_to=reader.name,
        employee_no=reader.employee_no,
        issued_at=now,
        expires_at=now + timedelta(days=session.policy.parameter("sheet_life_days", now)),
        watermark=f"{reader.name} {reader.employee_no} {serial}",
        root=log_root(session).hex(),
        audit_index=index,
        people=sorted(names),
        sandbox=session.sandbox,
    )
    pdf = do_not_contact_sheet(data, lang=session.lang).pdf
    report = attack(
        pdf, _FILE, hidden, control=lambda: ControlPage(_about_nobody(data, session.lang), _FILE), spoken=spoken_name
    )
    if not report.clean:
        with session.vault.unit_of_work() as uow:
            detail = {"what": "do_not_contact", "serial": serial, "code": LeakFound.code}
            uow.commit(session.event(Kind.EXPORT_FAILED, at=now, detail=detail))
        raise LeakFound("leak_found", faults=len(report.leaks))
    written = write_file(path, pdf)
    with session.vault.unit_of_work() as uow:
        uow.sheets.add(
            SheetRecord(
                serial=serial,
                hcp_id="",
                rep=rep,
                purpose=Purpose.VISIT,
                issued_at=now,
                expires_at=data.expires_at,
                sha256=written.sha256,
                recalled_at=None,
                people=tuple(PaperPerson(hcp_id, None) for hcp_id in closed),
            )
        )
        uow.commit(
            session.event(
                Kind.EXPORT_WRITTEN,
                at=now,
                detail={"what": "do_not_contact", "serial": serial, "sha256": written.sha256},
            )
        )
    return Answer(path, Changes(exports=True, audit=True))


def _closed(session: Session, uow: UnitOfWork, *, hcp_id: str, rep: str, at: datetime) -> bool:
    """Whether contact is closed as a decision would say it; whoever keeps one channel open may be contacted by it."""
    facts, person = access_facts(session, uow, hcp_id=hcp_id, at=at, rep=rep)
    if person is None or unproven_only(facts):
        return False
    action = told_action(session.policy, lines=facts.lines, facts=facts, purpose=Purpose.VISIT, at=at)
    shut = closes(session.policy, facts, Purpose.VISIT)
    return action.startswith(_CLOSED) and (shut or not any(line.open for line in facts.lines.values()))


def _about_nobody(data: DoNotContactData, lang: Lang) -> bytes:
    """The control page: the same list with the names blanked."""
    nobody = [(blanked(name, masked=True), hospital) for name, hospital in data.people]
    return do_not_contact_sheet(replace(data, people=nobody), lang=lang).pdf
