"""What machines read off our own printed forms: what to ask of a page, and what the answers say. For scans and repeats.

Rules: (1) only a form this store printed, for the person and items its code names, is read: its places are those kept
when it was printed (:mod:`compliance.model.form_layout`); any other form waits for eyes unread; (2) measuring is done
by the limited process that holds the scan, judging here by the numbers of the day; (3) every reading can be repeated
from the sealed document: same reader, layout and numbers, and the same is expected to the digit.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any

from compliance.clock import shanghai_day
from compliance.consent.form_reading import ReadingNumbers, judge, numbers_on
from compliance.errors import InputErrors
from compliance.importing.documents import Document
from compliance.importing.form_questions import READER, FormQuestion, question_for
from compliance.importing.scanning import Page, Splitter
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.form_code import FormCode, decode
from compliance.model.form_layout import LAYOUTS
from compliance.model.form_reading import FormReading, PageRead, Said
from compliance.model.intake import Form, Stack
from compliance.model.notice import PrintedForm
from compliance.progress import Progress
from compliance.resources import read_text
from compliance.use_cases.intake.stacks import known_stack
from compliance.use_cases.notices.printed_codes import code_of
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.session import Session

#: What a machine's word is called where a person's stands.
ANSWER_OF: Mapping[Said, str] = {Said.YES: "given", Said.NO: "refused", Said.NONE: "empty"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadAgain:
    """``forms`` with a reading were read again from their documents; ``differing`` are ids where it came out other."""

    stack: str
    forms: int
    same: int
    differing: tuple[str, ...]
    not_readable: tuple[str, ...]


class Readings:
    """Questions and readings of one run. ``numbers`` hold on its day, or are those of ``since``."""

    def __init__(self, session: Session, now: datetime, *, since: str = "") -> None:
        self._session = session
        on = date.fromisoformat(since) if since else shanghai_day(now)
        self.numbers: ReadingNumbers = numbers_on(_table(), on)
        self._printed: dict[str, PrintedForm | None] = {}

    def question(self, page: Page) -> FormQuestion | None:
        """What to measure on a page, None where nothing is known of it (rule 1)."""
        code, _ = code_of(page)
        if code is None or (form := self._form(code)) is None:
            return None
        text = next(text for text in page.codes if _says(text, code))
        layout = LAYOUTS.get(form.layout)
        question: FormQuestion | None = (
            question_for(code.page, text, layout, form.fields, self.numbers.values) if layout else None
        )
        return question

    def of_form(self, code: FormCode, items: Sequence[str], pages: Sequence[PageRead]) -> FormReading | None:
        """The reading of a whole form; None where it was none of ours or nothing was read."""
        form = self._form(code)
        if form is None or not pages:
            return None
        return judge(form.fields, pages, self.numbers, reader=READER, layout=form.layout, lang=form.lang, items=items)

    def _form(self, code: FormCode) -> PrintedForm | None:
        if code.serial not in self._printed:
            with self._session.vault.snapshot() as snap:
                self._printed[code.serial] = snap.forms.get(code.serial)
        form = self._printed[code.serial]
        fits = form is not None and form.hcp_id == code.hcp_id and form.pages == code.pages
        return form if fits and form is not None and set(code.items) <= set(form.items) else None


def proposed(reading: FormReading | None) -> dict[str, str]:
    """item → answer a machine proposes; items that are not clear are left out, unsure is never a yes."""
    if reading is None:
        return {}
    return {one.item: ANSWER_OF[one.said] for one in reading.items if one.said in ANSWER_OF}


def read_again(session: Session, *, name: str, progress: Progress) -> Answer[ReadAgain | Refusal]:
    """Read the forms of a stack once more from their sealed documents and compare (rule 3). Nothing is changed."""
    now = session.now()
    if no := barred(session, "sample_stack", at=now):
        return no
    with session.vault.snapshot() as snap:
        stack = known_stack(snap, name)
        forms = [f for f in snap.stacks.forms(stack.stack_id) if f.reading is not None and f.evidence_id and f.hcp_id]
    same, differing, not_readable = 0, [], []
    with Splitter() as splitter:
        for begin in range(0, len(forms), _TOGETHER):
            part = forms[begin : begin + _TOGETHER]
            for number, (form, document) in enumerate(_opened(session, stack, part, now), begin):
                progress.tick(number, len(forms))
                try:
                    again = _read_once_more(session, form, document, splitter, progress, now)
                except InputErrors:
                    not_readable.append(form.form_id)
                    continue
                if again == form.reading:
                    same += 1
                else:
                    differing.append(form.form_id)
    found = ReadAgain(
        stack=stack.name, forms=len(forms), same=same, differing=tuple(differing), not_readable=tuple(not_readable)
    )
    return Answer(found, Changes(audit=True))


#: Forms whose documents are opened, and logged, at a time.
_TOGETHER = 40


def _opened(session: Session, stack: Stack, forms: Sequence[Form], now: datetime) -> list[tuple[Form, Document]]:
    """The documents of some forms; opening is logged before any of them is looked at."""
    with session.vault.unit_of_work() as uow:
        found = [(form, Document(uow.evidence.open(form.evidence_id or ""), form.media_type)) for form in forms]
        uow.commit(
            session.event(
                Kind.EVIDENCE_OPENED,
                at=now,
                hcps=tuple(sorted({form.hcp_id for form in forms if form.hcp_id})),
                detail={"stack": stack.stack_id, "forms": len(forms), "act": "read_again", "reader": READER},
            )
        )
    return found


def _read_once_more(
    session: Session, form: Form, document: Document, splitter: Splitter, progress: Progress, now: datetime
) -> FormReading | None:
    """By the numbers it was read by."""
    kept = form.reading
    assert kept is not None
    readings = Readings(session, now, since=kept.numbers)
    splitter.open(document, progress=progress)
    pages = list(splitter.pages(progress=progress, ask=readings.question))
    code = next((code for page in pages if (code := code_of(page)[0]) is not None), None)
    read = tuple(page.read for page in pages if page.read is not None)
    return readings.of_form(code, tuple(one.item for one in kept.items), read) if code else None


def _says(text: str, code: FormCode) -> bool:
    try:
        return decode(text) == code
    except InputErrors:
        return False


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(read_text("consent", "form_reading.toml"))
