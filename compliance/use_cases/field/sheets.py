"""Redacted sheets for reps: a view of the rep's own eyes, printed; never a covered original.

Rules: (1) every field passes the same decision as the rep's screen; (2) the sheet takes only the fields of its
template; (3) before release the finished file is attacked for every value the person's record holds and the rep may
not see, weighed against a page about nobody; a leak stops that page; (4) serial, reader, expiry and log seal stand
on it, and it is void when the consent that carries it ends; (5) people whose contact is closed go to ``refused``, no
field of theirs is printed (REQ-051); (6) without training and filing dates no sheet leaves a real vault (R22), a
sandbox warns; (7) from the bulk limit on it takes two, or a plan that two have approved; (8) a batch is released whole:
nothing is written before every page is made and attacked, and a cancelled batch or a full disk leaves no page behind.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from compliance.errors import Cancelled, bad_input
from compliance.exports.files import file_name, write_file
from compliance.exports.fonts import template_programs
from compliance.exports.leak_check import LeakReport, attack
from compliance.exports.leak_forms import seek
from compliance.exports.sheet import render_sheet
from compliance.exports.sheet_control import control_page
from compliance.importing.documents import read_bytes, read_pdf
from compliance.model.access import AccessRefused, Purpose, Reference
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import AuditEvent, Kind
from compliance.model.ids import new_id
from compliance.model.register import PAPER_LETTERS, PaperKind, PendingRequest, Rep, SheetRecord
from compliance.progress import Phase, Progress
from compliance.use_cases.field.do_not_contact import do_not_contact_list
from compliance.use_cases.field.sheet_content import carried_until, hidden_values, sheet_data
from compliance.use_cases.people.qualification import qualified_reader
from compliance.use_cases.seat.acting import barred, lift
from compliance.use_cases.seat.foreign_pdf import leaks_in
from compliance.use_cases.seat.rep_session import RepSession
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seat.spoken import spoken_name
from compliance.use_cases.seeing.walk import walk
from compliance.use_cases.signing.plans import PlanKind, covering
from compliance.use_cases.signing.two_person import ask_second

__all__ = [
    "SheetBatch",
    "SheetMade",
    "SheetRefused",
    "do_not_contact_list",
    "leak_check",
    "make_sheets",
]

#: Why a finished page was not released.
LEAK = "leak_found"
#: Serials one entry names.
_MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetMade:
    """A sheet that was released."""

    serial: str
    hcp_id: str
    path: Path
    sha256: str
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetRefused:
    """A person for whom no sheet was made: the same words whatever the cause, or ``leak_found`` when a finished page
    was stopped."""

    hcp_id: str
    reason: str
    references: tuple[Reference, ...]
    lifted_by: str


def not_made(
    session: Session | RepSession, hcp_id: str, reason: str, references: tuple[Reference, ...] = ()
) -> SheetRefused:
    """A person without a page: the reason as the reader hears it, and what would lift it, the same for one reason."""
    return SheetRefused(hcp_id=hcp_id, reason=reason, references=references, lifted_by=lift(session, reason))


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetBatch:
    """What was made and for whom not."""

    sheets: tuple[SheetMade, ...]
    refused: tuple[SheetRefused, ...]
    warnings: tuple[str, ...] = ()

    @property
    def leaks(self) -> int:
        """How many pages the leak check stopped."""
        return sum(no.reason == LEAK for no in self.refused)


def make_sheets(
    session: Session, *, hcp_ids: Sequence[str], purpose: Purpose, rep: str, out: Path, progress: Progress
) -> Answer[SheetBatch | Refusal | PendingRequest]:
    """One page for each person this rep may prepare for. Raises ExportError when the disk stops it."""
    now = session.now()
    wanted = tuple(dict.fromkeys(hcp_ids))
    if no := barred(session, "make_sheet", at=now):
        return no
    if session.policy.sheet_template(purpose) is None:
        raise bad_input("no_template", "purpose", str(purpose))
    with session.vault.snapshot() as snap:
        reader = snap.reps.get(rep)
    if reader is None:
        raise bad_input("unknown_rep", "rep")
    if len(wanted) >= session.policy.parameter("bulk_two_person_persons", now):
        people = len(wanted)
        kind, asked_for = PlanKind.SHEETS, str(purpose)
        if covering(session, kind=kind, purpose=asked_for, recipient=rep, fields=(), people=people) is None:
            params = {"purpose": str(purpose), "rep": rep, "path": str(out), "ids": list(wanted)}
            return ask_second(session, action="make_sheets", at=now, params=params)
    made = write_sheets(session, hcp_ids=wanted, purpose=purpose, rep=rep, out=out, progress=progress)
    return Answer(made, Changes() if isinstance(made, Refusal) else Changes(exports=True, audit=True))


def write_sheets(
    session: Session, *, hcp_ids: Sequence[str], purpose: Purpose, rep: str, out: Path, progress: Progress
) -> SheetBatch | Refusal:
    """Make them, one by one."""
    now = session.now()
    qualified = qualified_reader(session, rep, now)
    if isinstance(qualified, Refusal):
        return qualified
    reader, warnings = qualified
    progress.phase(Phase.RENDERING)
    ready: list[_Ready] = []
    refused: list[SheetRefused] = []
    before = _made_before(session)
    wanted = [hcp_id for hcp_id in hcp_ids if hcp_id not in before]
    try:
        for number, hcp_id in enumerate(wanted):
            progress.tick(number, len(wanted))
            result = _one(session, hcp_id=hcp_id, purpose=purpose, rep=reader, out=out, warnings=warnings)
            (ready if isinstance(result, _Ready) else refused).append(result)  # type: ignore[arg-type]
        progress.tick(len(wanted), len(wanted))
        made = _release(session, ready)
    except Cancelled:
        _given_up(session, ready, "cancelled")
        raise
    except Exception:
        _given_up(session, ready, "write_failed")
        raise
    return SheetBatch(sheets=made, refused=tuple(refused), warnings=warnings)


def leak_check(path: Path, *, values: Path | None) -> LeakReport:
    """Attack a finished PDF for the values of a text file, one per line (without one: structure only).

    The file is foreign: it is opened in a child with limits. A list with nothing to look for never makes a file clean.
    InputErrors as ``foreign_pdf.leaks_in``, ``values_empty``, ``values_not_text``, ``values_too_short``.
    """
    document = read_pdf(path)
    return leaks_in(document, file_name=path.name, values=_values_of(values) if values else [])


def _values_of(path: Path) -> list[str]:
    try:
        text = read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise bad_input("values_not_text", "values") from None
    if "\0" in text:
        raise bad_input("values_not_text", "values")
    wanted = [line.strip() for line in text.splitlines() if line.strip()]
    if not wanted:
        raise bad_input("values_empty", "values")
    if all(item.bare for item in seek(wanted)):
        raise bad_input("values_too_short", "values")
    return wanted


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ready:
    """A page that passed its attack and waits for the batch."""

    path: Path
    pdf: bytes
    record: SheetRecord
    checked: int


def _one(
    session: Session, *, hcp_id: str, purpose: Purpose, rep: Rep, out: Path, warnings: tuple[str, ...]
) -> _Ready | SheetRefused:
    """Decide, compose and attack one page."""
    now = session.now()
    serial = new_id(PAPER_LETTERS[PaperKind.SHEET])
    with session.vault.unit_of_work() as uow:
        look = walk(session, uow, hcp_id=hcp_id, purpose=purpose, at=now, as_rep=rep.name)
        if isinstance(look.decision, AccessRefused):
            uow.commit(
                session.event(
                    Kind.ACCESS_REFUSED,
                    at=now,
                    hcps=(hcp_id,) if look.person else (),
                    purpose=str(purpose),
                    decision=look.decision.digest,
                    detail={"reason": look.decision.reason, "as_rep": rep.name, "what": "sheet"},
                )
            )
            return not_made(session, hcp_id, look.decision.told, look.decision.references)
        life = now + timedelta(days=session.policy.parameter("sheet_life_days", now))
        expires = min((life, *carried_until(session.policy, look, purpose)))
        hidden = hidden_values(session, uow, look)
        fields = tuple(k for k, f in look.shown.items() if f.value is not None)
        index = uow.commit(
            session.event(
                Kind.EXPORT_APPROVED,
                at=now,
                hcps=(hcp_id,),
                purpose=str(purpose),
                fields=fields,
                decision=look.decision.digest,
                detail={"what": "sheet", "serial": serial, "for": rep.name, "basis": look.decision.basis},
            )
        )[0]
    data = sheet_data(
        session,
        look,
        purpose=purpose,
        rep=rep,
        serial=serial,
        issued_at=now,
        expires_at=expires,
        audit_index=index,
        warnings=warnings,
    )
    rendered = render_sheet(data, lang=session.lang)
    name = file_name(serial, hcp_id, suffix=".pdf")
    report = attack(
        rendered.pdf,
        name,
        hidden,
        control=lambda: control_page(data, lang=session.lang, setting=rendered.setting),
        known=template_programs(),
        spoken=spoken_name,
    )
    if not report.clean:
        _failed(session, hcp_id, serial, LEAK)
        return not_made(session, hcp_id, LEAK)
    record = SheetRecord(
        serial=serial,
        hcp_id=hcp_id,
        rep=rep.name,
        purpose=purpose,
        issued_at=now,
        expires_at=expires,
        sha256=sha256(rendered.pdf).hexdigest(),
        recalled_at=None,
    )
    return _Ready(path=out / name, pdf=rendered.pdf, record=record, checked=report.checked)


def _release(session: Session, ready: Sequence[_Ready]) -> tuple[SheetMade, ...]:
    """Write all pages and register them with one commit; what was written is taken back when anything fails."""
    if not ready:
        return ()
    written: list[Path] = []
    try:
        for page in ready:
            written.append(write_file(page.path, page.pdf).path)
        with session.vault.unit_of_work() as uow:
            for page in ready:
                uow.sheets.add(page.record)
            uow.commit(*(_issued(session, page) for page in ready))
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise
    return tuple(
        SheetMade(
            serial=page.record.serial,
            hcp_id=page.record.hcp_id,
            path=page.path,
            sha256=page.record.sha256,
            expires=page.record.expires_at,
        )
        for page in ready
    )


def _issued(session: Session, page: _Ready) -> AuditEvent:
    record = page.record
    return session.event(
        Kind.SHEET_ISSUED,
        at=record.issued_at,
        hcps=(record.hcp_id,),
        purpose=str(record.purpose),
        detail={
            "serial": record.serial,
            "for": record.rep,
            "sha256": record.sha256,
            "leak_check": page.checked,
            **({"request": session.carrying.request_id} if session.carrying else {}),
        },
    )


def _given_up(session: Session, ready: Sequence[_Ready], code: str) -> None:
    """The log names every page that was approved and never left."""
    if not ready:
        return
    detail: dict[str, Any] = {"serials": [page.record.serial for page in ready][:_MOST], "code": code}
    with session.vault.unit_of_work() as uow:
        uow.commit(session.event(Kind.EXPORT_FAILED, at=session.now(), detail=detail))


def _made_before(session: Session) -> frozenset[str]:
    """Whose sheets an earlier run of the same two-person request has released: nothing is made twice."""
    if session.carrying is None:
        return frozenset()
    with session.vault.snapshot() as snap:
        issued = snap.log.find(kind=Kind.SHEET_ISSUED, limit=100_000)
    wanted = session.carrying.request_id
    return frozenset(hcp for e in issued if e.data["detail"].get("request") == wanted for hcp in e.data["hcps"])


def _failed(session: Session, hcp_id: str, serial: str, code: str) -> None:
    with session.vault.unit_of_work() as uow:
        uow.commit(
            session.event(Kind.EXPORT_FAILED, at=session.now(), hcps=(hcp_id,), detail={"serial": serial, "code": code})
        )
