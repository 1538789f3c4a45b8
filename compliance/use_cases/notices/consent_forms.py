"""Printed consent forms from a notice in force, for one doctor or for all of a rep's (architecture: intake by paper).

Rules: (1) only a version in force is printed, and only items a person may be asked about now: an ask lock, a block or
the yearly limit of requests takes the person or the item off the list, with its reason (NDSR 22(5)); (2) a form names
its doctor, so it is a personal output: name, hospital and department are read under the reader's own purpose and the
print stands in the log before a file is written; (3) file names are serials; (4) a batch can be cancelled while pages
are set, and then nothing was printed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from compliance.errors import ComplianceError, bad_input
from compliance.exports.consent_form import FormData, FormItem, FormMade, forms_pdf, lay_out
from compliance.exports.files import file_name, write_file
from compliance.exports.notice_pdf import notice_pdf
from compliance.i18n import Lang, t
from compliance.model.access import AccessRefused, Purpose, Reference
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.consent import LineStatus, NoticeLine, NoticeVersion
from compliance.model.form_layout import LAYOUT
from compliance.model.ids import new_id
from compliance.model.notice import PrintedForm
from compliance.progress import Phase, Progress
from compliance.use_cases.notices.asking import why_not_ask
from compliance.use_cases.notices.notice_life import altered, current_of
from compliance.use_cases.notices.notices import known_notice
from compliance.use_cases.notices.renderings import rendering_of
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.session import Session, handler_contact
from compliance.use_cases.seeing.walk import known_rep, walk
from compliance.vault import UnitOfWork

_PERSON = ("full_name", "institution_name", "department")
_LISTED_BY_NAME = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class FormPrinted:
    """One form: its serial, whom it is for, which items stand on it."""

    serial: str
    hcp_id: str
    items: tuple[str, ...]
    pages: int
    path: Path | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FormNotPrinted:
    """A person without a form, and why."""

    hcp_id: str
    reason: str
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FormBatch:
    """What was printed: one combined file, with ``out`` a folder also one file per form and the notice to hand over."""

    batch: str
    notice: str
    file: Path
    sha256: str
    forms: tuple[FormPrinted, ...]
    refused: tuple[FormNotPrinted, ...]
    notice_file: Path | None


@dataclass(frozen=True, slots=True)
class _Set:
    data: FormData
    made: FormMade


def print_forms(
    session: Session,
    *,
    ref: str,
    out: Path,
    progress: Progress,
    hcp_ids: Sequence[str] = (),
    rep: str = "",
    items: Sequence[str] = (),
    own_items: Mapping[str, Sequence[str]] | None = None,
    lang: Lang = Lang.ZH,
) -> Answer[FormBatch | Refusal]:
    """Forms for ``hcp_ids`` or for everybody assigned to ``rep``. An ``out`` ending in .pdf is one combined file.

    ``own_items`` names the items person by person, as a campaign needs it.
    """
    now = session.now()
    if no := barred(session, "print_forms", at=now):
        return no
    notice = known_notice(session, ref)
    _in_force(session, notice, now)
    for item in items:
        if notice.line(item) is None:
            raise bad_input("item_not_in_notice", "line", item)
    if out.suffix.casefold() == ".pdf" and out.exists():
        raise bad_input("file_exists", "out")
    batch = new_id("FB")
    with session.vault.unit_of_work() as uow:
        if no := altered(session, uow, notice, at=now):
            return no
        wanted = tuple(dict.fromkeys(hcp_ids)) or tuple(uow.assignments.people_of(known_rep(uow, rep).name))
        if not wanted:
            raise bad_input("nobody_assigned", "for")
        done, refused = _laid_out(session, uow, notice, wanted, rep, items, own_items or {}, lang, now, progress)
        combined = forms_pdf([x.made for x in done], lang=lang, tick=progress.tick) if done else b""
        for one in done:
            uow.forms.add(_record(one, notice, rep, lang, now))
        hcps = tuple(one.data.hcp_id for one in done)
        uow.commit(
            session.event(
                Kind.FORMS_PRINTED,
                at=now,
                hcps=hcps if len(hcps) <= _LISTED_BY_NAME else (),
                purpose=str(_purpose(session)),
                fields=_PERSON,
                detail={
                    "batch": batch,
                    "notice": ref,
                    "notice_sha256": notice.sha256,
                    "forms": len(done),
                    "refused": len(refused),
                    "for": rep,
                    "lang": str(lang),
                },
            )
        )
    if not done:
        raise bad_input("nobody_to_ask", "hcp", str(len(refused)))
    try:
        return _written(session, notice, out, batch, done, refused, combined, lang, now)
    except ComplianceError as error:
        with session.vault.unit_of_work() as uow:
            uow.commit(session.event(Kind.EXPORT_FAILED, at=now, detail={"batch": batch, "code": error.code}))
        raise


def _in_force(session: Session, notice: NoticeVersion, now: datetime) -> None:
    with session.vault.snapshot() as snap:
        current = current_of(snap.notices.all(), notice.notice, now)
    if current is None or current.ref != notice.ref:
        raise bad_input("notice_not_active", "notice", notice.ref, current.ref if current else "")


def _laid_out(
    session: Session,
    uow: UnitOfWork,
    notice: NoticeVersion,
    wanted: Sequence[str],
    rep: str,
    items: Sequence[str],
    own_items: Mapping[str, Sequence[str]],
    lang: Lang,
    now: datetime,
    progress: Progress,
) -> tuple[list[_Set], list[FormNotPrinted]]:
    progress.phase(Phase.RENDERING)
    done: list[_Set] = []
    refused: list[FormNotPrinted] = []
    for number, hcp_id in enumerate(wanted):
        progress.tick(number, 2 * len(wanted))
        one = _one(session, uow, notice, hcp_id, rep, own_items.get(hcp_id, items), lang, now)
        if isinstance(one, FormNotPrinted):
            refused.append(one)
        else:
            done.append(_Set(one, lay_out(one, lang=lang)))
    return done, refused


def _one(
    session: Session,
    uow: UnitOfWork,
    notice: NoticeVersion,
    hcp_id: str,
    rep: str,
    items: Sequence[str],
    lang: Lang,
    now: datetime,
) -> FormData | FormNotPrinted:
    look = walk(session, uow, hcp_id=hcp_id, purpose=_purpose(session), at=now)
    if isinstance(look.decision, AccessRefused) or look.person is None:
        if look.person is None:
            raise bad_input("unknown_person", "hcp")
        return FormNotPrinted(hcp_id=hcp_id, reason=look.decision.told, references=look.decision.references)  # type: ignore[union-attr]
    if rep and rep not in uow.assignments.rep_of(hcp_id):
        return FormNotPrinted(hcp_id=hcp_id, reason="not_assigned")
    events = uow.consents.events(hcp_id)
    asked: list[NoticeLine] = []
    reasons: list[tuple[str, tuple[Reference, ...]]] = []
    for line in notice.lines:
        if items and line.item not in items:
            continue
        reason = why_not_ask(session, look.facts, line.item, events=events, at=now)
        if reason is not None:
            reasons.append((reason.reason, reason.references))
        elif items or not _answered(look.lines.get(line.item), notice):
            asked.append(line)
    if not asked:
        reason_code, because = reasons[0] if reasons else ("nothing_to_ask", ())
        return FormNotPrinted(hcp_id=hcp_id, reason=reason_code, references=because)
    shown = {key: field.value or "" for key in _PERSON if (field := look.shown.get(key)) and field.value}
    zh = lang is Lang.ZH
    headings = dict(notice.headings_zh if zh else notice.headings_en)
    contact = handler_contact(lang)

    def filled(text: str) -> str:
        return text.replace("{handler}", session.handler).replace("{contact}", contact)

    return FormData(
        serial=new_id("FM"),
        hcp_id=hcp_id,
        person=(
            "  ".join(x for x in (shown.get("full_name", ""), hcp_id) if x),
            "  ".join(x for x in (shown.get("institution_name", ""), shown.get("department", "")) if x),
        ),
        handler=session.handler,
        title=notice.title_zh if zh else notice.title_en,
        notice=notice.ref,
        notice_hash=notice.sha256,
        contact=contact,
        items=tuple(
            FormItem(
                item=line.item,
                heading=headings.get(f"line@{line.item}", line.item),
                text=filled(line.text_zh if zh else line.text_en),
                benefit=filled(line.benefit_zh if zh else line.benefit_en),
                if_refused=filled(line.if_refused_zh if zh else line.if_refused_en),
                separate=line.separate,
            )
            for line in asked
        ),
        sandbox=session.sandbox,
    )


def _answered(line: LineStatus | None, notice: NoticeVersion) -> bool:
    """Whether the person's yes to this very version is in force: nothing to ask."""
    return line is not None and line.open and line.notice == notice.ref


def _purpose(session: Session) -> Purpose:
    """Names are read to keep the register of people; nobody prints forms who may not."""
    return Purpose.MDM


def _record(one: _Set, notice: NoticeVersion, rep: str, lang: Lang, now: datetime) -> PrintedForm:
    return PrintedForm(
        serial=one.data.serial,
        hcp_id=one.data.hcp_id,
        notice=notice.ref,
        lang=str(lang),
        items=tuple(item.item for item in one.data.items),
        rep=rep,
        printed_at=now,
        pages=len(one.made.pages),
        layout=LAYOUT.number,
        fields=one.made.fields,
    )


def _written(
    session: Session,
    notice: NoticeVersion,
    out: Path,
    batch: str,
    done: Sequence[_Set],
    refused: Sequence[FormNotPrinted],
    combined: bytes,
    lang: Lang,
    now: datetime,
) -> Answer[FormBatch | Refusal]:
    single = out.suffix.casefold() == ".pdf"
    target = out if single else out / file_name(batch, suffix=".pdf")
    whole = write_file(target, combined)
    paths: dict[str, Path] = {}
    notice_file = None
    if not single:
        for one in done:
            path = out / file_name(one.data.serial, suffix=".pdf")
            paths[one.data.serial] = write_file(path, forms_pdf([one.made], lang=lang)).path
        shown = rendering_of(session, notice, lang, at=now)
        stamp = t("paper.sandbox", lang) if session.sandbox else ""
        name = file_name("notice", shown.sha256[:16], suffix=".pdf")
        if not (out / name).exists():
            write_file(out / name, notice_pdf(shown, stamp=stamp))
        notice_file = out / name
    forms = tuple(
        FormPrinted(
            serial=one.data.serial,
            hcp_id=one.data.hcp_id,
            items=tuple(item.item for item in one.data.items),
            pages=len(one.made.pages),
            path=paths.get(one.data.serial),
        )
        for one in done
    )
    return Answer(
        FormBatch(
            batch=batch,
            notice=notice.ref,
            file=whole.path,
            sha256=whole.sha256,
            forms=forms,
            refused=tuple(refused),
            notice_file=notice_file,
        ),
        Changes(exports=True, audit=True),
    )
