"""A sheet before it is made: what the officer reads beside what the rep would hold, field by field.

Rules: (1) both are decided and logged like any read; (2) the page is the rep's own page, composed of the same data and
attacked in the same way, but it bears no serial and says that it is a preview: it is no paper and is not registered;
(3) each field of the officer's view says what becomes of it on the page, and why; (4) an officer who may view as a rep
but whose own role is not named for the purpose (the privacy officer) sees the rep's side alone: making a sheet shows no
less.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from compliance.errors import bad_input
from compliance.exports.fonts import template_programs
from compliance.exports.leak_check import attack
from compliance.exports.sheet import render_sheet
from compliance.exports.sheet_control import control_page
from compliance.i18n import t
from compliance.model.access import AccessRefused, FieldState, Purpose
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.profile import ProfileView, ShownField
from compliance.use_cases.field.sheet_content import hidden_values, sheet_data
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seat.spoken import spoken_name
from compliance.use_cases.seeing.walk import Look, known_rep, opened, refused, walk

_NO_SERIAL = "PREVIEW"
_ROLE = "role"  # the step of a decision at which a role that no grant names fails


class OnPage(StrEnum):
    """What becomes of a field on the rep's page."""

    PRINTED = "printed"
    MASKED = "masked"
    GENERALISED = "generalised"
    HIDDEN = "hidden"
    NOT_ON_SHEET = "not_on_sheet"  # the rep may see it on screen, the template does not print it


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewField:
    """One field of the officer's view and its fate."""

    mine: ShownField
    fate: OnPage
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetPreview:
    """Left and right. ``pdf`` is empty when the rep gets no page; ``refusal`` then says what the rep hears. ``own``:
    the left is what the officer reads, else what the rep does."""

    view: ProfileView
    fields: tuple[PreviewField, ...]
    pdf: bytes
    refusal: str = ""
    leaked: bool = False
    own: bool = True

    def __repr__(self) -> str:
        return f"SheetPreview({self.view.hcp_id}, {len(self.fields)} fields)"


def preview_sheet(session: Session, *, hcp_id: str, purpose: Purpose, rep: str) -> Answer[SheetPreview | Refusal]:
    """Compare. InputErrors ``no_template``, ``unknown_rep``, ``unknown_person``."""
    now = session.now()
    if no := barred(session, "view_as_rep", at=now, hcp_id=hcp_id):
        return no
    template = session.policy.sheet_template(purpose)
    if template is None:
        raise bad_input("no_template", "purpose", str(purpose))
    with session.vault.unit_of_work() as uow:
        reader = known_rep(uow, rep)
        mine = walk(session, uow, hcp_id=hcp_id, purpose=purpose, at=now)
        theirs = walk(session, uow, hcp_id=hcp_id, purpose=purpose, at=now, as_rep=reader.name)
        closed = isinstance(theirs.decision, AccessRefused)
        own = not isinstance(mine.decision, AccessRefused)
        if isinstance(mine.decision, AccessRefused):
            if mine.decision.step != _ROLE:
                return refused(session, uow, mine.decision)
            if isinstance(theirs.decision, AccessRefused):
                return refused(session, uow, theirs.decision, as_rep=rep)
            mine = theirs
        hidden = [] if closed else hidden_values(session, uow, theirs)
        entries = [opened(session, mine)] if own else []
        index = uow.commit(*entries, *([] if closed else [opened(session, theirs, as_rep=rep)]))[0]
    keys = {key for block in template.blocks for key in block.fields}
    fields = tuple(_fate(field, theirs, keys) for field in mine.shown.values() if _speaks(field))
    found = SheetPreview(view=mine.view(index), fields=fields, pdf=b"", own=own)
    if isinstance(theirs.decision, AccessRefused):
        return Answer(replace(found, refusal=theirs.decision.told), Changes(audit=True))
    data = sheet_data(
        session, theirs, purpose=purpose, rep=reader, serial=_NO_SERIAL, issued_at=now, expires_at=now,
        audit_index=index, warnings=(),
    )  # fmt: skip
    stamp = t("paper.sheet.preview", session.lang)
    data = replace(data, watermark=stamp, warnings=(stamp,))
    rendered = render_sheet(data, lang=session.lang)
    report = attack(
        rendered.pdf,
        "preview.pdf",
        hidden,
        control=lambda: replace(
            control_page(data, lang=session.lang, setting=rendered.setting), file_name="preview.pdf"
        ),
        known=template_programs(),
        spoken=spoken_name,
    )
    if not report.clean:
        return Answer(replace(found, leaked=True), Changes(audit=True))
    return Answer(replace(found, pdf=rendered.pdf), Changes(audit=True))


def _fate(field: ShownField, theirs: Look, keys: set[str]) -> PreviewField:
    if isinstance(theirs.decision, AccessRefused):
        return PreviewField(mine=field, fate=OnPage.HIDDEN, reason=theirs.decision.told)
    rep = theirs.shown.get(field.key)
    if rep is None or rep.state is FieldState.WITHHELD or rep.value is None:
        reason = (rep.reason if rep else None) or "not_for_purpose"
        return PreviewField(mine=field, fate=OnPage.HIDDEN, reason=reason)
    if field.key not in keys:
        return PreviewField(mine=field, fate=OnPage.NOT_ON_SHEET, reason="")
    fate = {FieldState.MASKED: OnPage.MASKED, FieldState.GENERALISED: OnPage.GENERALISED}.get(rep.state, OnPage.PRINTED)
    return PreviewField(mine=field, fate=fate, reason=rep.reason or "")


def _speaks(field: ShownField) -> bool:
    return field.state is not FieldState.WITHHELD and bool(field.value)
