"""Redacted sheets for reps: a view of the rep's own eyes, printed; never a covered original.

Rules: (1) every field passes the same decision as the rep's screen; (2) the sheet takes only the fields of its
template; (3) before release the finished file is attacked for every value the person's record holds and the rep may
not see; a leak stops the release; (4) serial, reader, expiry and log seal stand on it; (5) people whose contact is
closed go to ``refused``, no field of theirs is printed (REQ-051); (6) without training and filing dates no sheet
leaves a real vault (R22), a sandbox warns.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from compliance.clock import shanghai_day
from compliance.errors import ExportError, bad_input
from compliance.exports.files import file_name, write_file
from compliance.exports.leak_check import LeakReport, attack
from compliance.exports.sheet import render_sheet, shown_texts
from compliance.exports.sheet_data import BlockKind, ChannelLine, SheetBlock, SheetData, SheetField, Talk
from compliance.i18n import Lang, catalogue, has, t
from compliance.importing.documents import read_document
from compliance.model.access import AccessRefused, FieldState, Purpose, Reference, Role, Section
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.ids import new_id
from compliance.model.limits import last_day
from compliance.model.register import Rep, SheetRecord
from compliance.profile.sheet import FilledBlock, sheet_fields
from compliance.progress import Phase, Progress
from compliance.use_cases.acting import barred, refuse_alone
from compliance.use_cases.channels import channels_of
from compliance.use_cases.do_not_contact import do_not_contact_list
from compliance.use_cases.session import Session, log_root
from compliance.use_cases.walk import Look, walk
from compliance.vault import Maintenance, RoleKey, UnitOfWork

__all__ = [
    "SheetBatch",
    "SheetMade",
    "SheetRefused",
    "do_not_contact_list",
    "leak_check",
    "make_sheets",
    "missing_qualification",
    "sheet_blocks",
]

#: Answers that say nothing on paper; the permitted channels stand in a block of their own.
_SILENT = frozenset({"", "none", "false"})
_ELSEWHERE = frozenset({"permitted_channels"})
#: The date every PDF of ours bears, so that equal input gives equal bytes. Its digits are nobody's secret: numbers with
#: a run of zeros in them (a licence 1101 0000 00…) would else be found in it and no sheet of that person released.
_PDF_DATE = "20000101000000"
_TALKS = ("channel", "topics", "time", "concept", "rights")


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
    """A person for whom no sheet was made; the same words whatever the cause."""

    hcp_id: str
    reason: str
    references: tuple[Reference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetBatch:
    """What was made and for whom not."""

    sheets: tuple[SheetMade, ...]
    refused: tuple[SheetRefused, ...]
    warnings: tuple[str, ...] = ()


def make_sheets(
    session: Session, *, hcp_ids: Sequence[str], purpose: Purpose, rep: str, out: Path, progress: Progress
) -> Answer[SheetBatch | Refusal]:
    """One page for each person this rep may prepare for. Raises ExportError when a leak or the disk stops it."""
    now = session.now()
    if no := barred(session, "make_sheet", at=now):
        return no
    if session.policy.sheet_template(purpose) is None:
        raise bad_input("no_template", "purpose", str(purpose))
    with session.vault.snapshot() as snap:
        reader = snap.reps.get(rep)
    if reader is None:
        raise bad_input("unknown_rep", "rep")
    warnings = missing_qualification(session, reader, now)
    if warnings and not session.sandbox:
        return refuse_alone(session, at=now, reason=warnings[0], detail={"rep": rep})
    progress.phase(Phase.RENDERING)
    made: list[SheetMade] = []
    refused: list[SheetRefused] = []
    for number, hcp_id in enumerate(dict.fromkeys(hcp_ids)):
        progress.tick(number, len(hcp_ids))
        result = _one(session, hcp_id=hcp_id, purpose=purpose, rep=reader, out=out, warnings=warnings)
        (made if isinstance(result, SheetMade) else refused).append(result)  # type: ignore[arg-type]
    return Answer(
        SheetBatch(sheets=tuple(made), refused=tuple(refused), warnings=warnings), Changes(exports=True, audit=True)
    )


def leak_check(path: Path, *, values: Path | None) -> LeakReport:
    """Attack a finished PDF for the values of a text file, one per line (without one: structure only)."""
    document = read_document(path, kinds=("application/pdf",))
    wanted = read_document(values).data.decode("utf-8-sig").splitlines() if values else []
    return attack(document.data, path.name, [v.strip() for v in wanted if v.strip()])


def missing_qualification(session: Session, rep: Rep, now: datetime) -> tuple[str, ...]:
    """Codes of what a rep lacks: current training (R22), filing number with check date (REQ-118)."""
    months = session.policy.parameter("training_months", now)
    oldest = shanghai_day(now) - timedelta(days=round(months * 30.44))
    codes = []
    if rep.trained_on is None or rep.trained_on < oldest:
        codes.append("training_missing")
    if rep.role is Role.REP and not (rep.filing_no and rep.filing_checked_on):
        codes.append("filing_missing")
    return tuple(codes)


def _one(
    session: Session, *, hcp_id: str, purpose: Purpose, rep: Rep, out: Path, warnings: tuple[str, ...]
) -> SheetMade | SheetRefused:
    now = session.now()
    serial = new_id("S")
    expires = now + timedelta(days=session.policy.parameter("sheet_life_days", now))
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
            return SheetRefused(hcp_id=hcp_id, reason=look.decision.told, references=look.decision.references)
        hidden = _hidden_values(session, uow, look)
        fields = tuple(k for k, f in look.shown.items() if f.value is not None)
        index = uow.commit(
            session.event(
                Kind.EXPORT_APPROVED,
                at=now,
                hcps=(hcp_id,),
                purpose=str(purpose),
                fields=fields,
                decision=look.decision.digest,
                detail={"what": "sheet", "serial": serial, "for": rep.name},
            )
        )[0]
    filled = sheet_blocks(session, look, purpose)
    data = SheetData(
        serial=serial,
        hcp_id=hcp_id,
        purpose=session.policy.words("purpose", str(purpose), str(session.lang)),
        handler=session.handler,
        issued_to=rep.name,
        employee_no=rep.employee_no,
        issued_at=now,
        expires_at=expires,
        watermark=f"{rep.name} {rep.employee_no} {serial}",
        root=log_root(session).hex(),
        audit_index=index,
        blocks=tuple(_printed(session, b) for b in filled if not b.compliance_first),
        channels=_channels(session, look, now),
        contact_first=any(b.compliance_first for b in filled),
        guidance=tuple(
            Talk(avoid=t(f"talk.{key}.avoid", session.lang), say=t(f"talk.{key}.say", session.lang)) for key in _TALKS
        ),
        warnings=tuple(t(f"reason.{code}", session.lang) for code in warnings),
        sandbox=session.sandbox,
    )
    rendered = render_sheet(data, lang=session.lang)
    name = file_name(serial, hcp_id, suffix=".pdf")
    report = attack(
        rendered.pdf, name, hidden, allowed=(*shown_texts(data), *_fixed_words(str(session.lang)), _PDF_DATE)
    )
    if not report.clean:
        _failed(session, hcp_id, serial, "leak_found")
        raise ExportError("leak_found", serial=serial, leaks=len(report.leaks))
    try:
        written = write_file(out / name, rendered.pdf)
    except Exception:
        _failed(session, hcp_id, serial, "write_failed")
        raise
    with session.vault.unit_of_work() as uow:
        uow.sheets.add(
            SheetRecord(
                serial=serial,
                hcp_id=hcp_id,
                rep=rep.name,
                purpose=purpose,
                issued_at=now,
                expires_at=expires,
                sha256=written.sha256,
                recalled_at=None,
            )
        )
        uow.commit(
            session.event(
                Kind.SHEET_ISSUED,
                at=now,
                hcps=(hcp_id,),
                purpose=str(purpose),
                detail={"serial": serial, "for": rep.name, "sha256": written.sha256, "leak_check": report.checked},
            )
        )
    return SheetMade(serial=serial, hcp_id=hcp_id, path=written.path, sha256=written.sha256, expires=expires)


def sheet_blocks(session: Session, look: Look, purpose: Purpose) -> tuple[FilledBlock, ...]:
    """The template's blocks with what this view shows and paper has a use for (``profile.sheet``)."""
    template = session.policy.sheet_template(purpose)
    assert template is not None
    return sheet_fields(
        template, {k: f for k, f in look.shown.items() if f.value not in _SILENT and k not in _ELSEWHERE}
    )


def _printed(session: Session, filled: FilledBlock) -> SheetBlock:
    lang = session.lang
    fields = tuple(
        SheetField(
            label=session.policy.words("field", field.key, str(lang)),
            field=field,
            words=field_words(lang, field.key, field.value or ""),
        )
        for field in filled.fields
    )
    return SheetBlock(kind=BlockKind(filled.block.key), fields=fields)


def field_words(lang: Lang, key: str, value: str) -> tuple[str, ...]:
    """Display words of a coded value (``by_appointment`` → 需预约); () when the value is already words."""
    parts = [p.strip() for p in value.replace("|", ";").split(";") if p.strip()]
    known = [(f"value.{key}.{p}", f"channel.{p}") for p in parts]
    if not any(has(a) or has(b) for a, b in known):
        return ()
    return tuple(t(a if has(a) else b, lang) if has(a) or has(b) else p for p, (a, b) in zip(parts, known, strict=True))


def _channels(session: Session, look: Look, now: datetime) -> tuple[ChannelLine, ...]:
    lines = []
    for channel in channels_of(session, facts=look.facts, values=look.values, at=now):
        if not channel.open:
            continue
        line = look.lines.get(channel.item)
        reason = ""
        if line is not None and line.valid_until is not None:
            last = last_day(line.valid_until).isoformat()
            reason = t("sheet.consent_until", session.lang, day=last)
        lines.append(ChannelLine(session.policy.words("channel", channel.code, str(session.lang)), reason))
    return tuple(lines)


def _hidden_values(session: Session, uow: UnitOfWork, look: Look) -> list[str]:
    """Every stored value the reader does not get as it is: what an attack must not find."""
    values = []
    for section in uow.sections.read_for(Maintenance.LEAK_CHECK, look.hcp_id, _readable(session)).values():
        for key, value in section.items():
            shown = look.shown.get(key)
            if shown is None or shown.state is not FieldState.DISCLOSED or shown.value is None:
                values.extend(_sought(session, key, value.value))
    return values


def _sought(session: Session, key: str, text: str) -> list[str]:
    """What an attack looks for: words of a list one by one, without the rank that a date's last digit would mimic."""
    field = session.policy.field(key)
    if field is None or "enum" not in field.type:
        return [text]
    parts = (p.strip() for p in text.replace("|", ";").split(";"))
    return [p.lstrip("0123456789 ") for p in parts if p]


@cache
def _fixed_words(lang: str) -> tuple[str, ...]:
    """What stands on every sheet whoever it is about: a value that is one of these words cannot be told apart."""
    return tuple(words.get(lang, "") for key, words in catalogue().items() if key.startswith(("paper.", "talk.")))


def _readable(session: Session) -> frozenset[Section]:
    """Sections whose keys this officer holds; what nobody here can open cannot leak from here."""
    guarded = {
        Section.PROFILING: RoleKey.PROFILING,
        Section.FEES: RoleKey.FEES,
        Section.PAYMENT: RoleKey.PAYMENT,
    }
    ring = session.vault.keyring
    return frozenset(s for s in Section if s not in guarded or ring.has(guarded[s]))


def _failed(session: Session, hcp_id: str, serial: str, code: str) -> None:
    with session.vault.unit_of_work() as uow:
        uow.commit(
            session.event(Kind.EXPORT_FAILED, at=session.now(), hcps=(hcp_id,), detail={"serial": serial, "code": code})
        )
