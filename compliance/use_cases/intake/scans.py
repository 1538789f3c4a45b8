"""A scanner's files become forms: split by the printed code, by the list that came along, or left for a hand.

Rules: (1) every page that is not blank ends in exactly one form, and every form in one tray: filed by code or list (to
check), to be assigned by hand, or returned with its reason; a very faint one says so and is never dropped; (2) a
printed code is believed only when its check holds, its notice and person are ours and its items stand in that notice;
two different codes on one page are none; (3) pages of one form are brought together wherever they lay, a missing one is
a finding that keeps the form from being accepted; (4) a second copy of a page or form is returned, never silently
dropped; (5) pages are kept as scanned, sealed under the person's key at once, without a person under the company's;
nothing is written plain; (6) a file that was taken in before, or cannot be read, is named by its number, the others go
on; where no file is left, there is no stack; (7) of a form this program printed the boxes are read while its picture is
there (:mod:`.form_readings`); what was read is kept with the form as a proposal.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path

from compliance.errors import Fault, InputErrors
from compliance.importing.documents import Document
from compliance.importing.form_questions import READER
from compliance.importing.ink import Ink
from compliance.importing.scan_files import ScanFile, read_scans, scan_files
from compliance.importing.scanning import Page, Splitter
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.form_code import FormCode
from compliance.model.form_reading import PageRead
from compliance.model.ids import new_id
from compliance.model.intake import Filed, Form, FormAnswer, FormState, StackKind
from compliance.progress import Phase, Progress
from compliance.use_cases.intake.form_index import Entry, FormIndex, read_index
from compliance.use_cases.intake.form_readings import Readings
from compliance.use_cases.intake.scan_report import ScannedFile, ScanReport, counted
from compliance.use_cases.intake.stack_filling import CHUNK, CHUNK_BYTES, Filling, Waiting
from compliance.use_cases.notices.printed_codes import believe, code_of
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.session import Session, known_notices

__all__ = ["ScanReport", "ScanRequest", "ScannedFile", "take_in_scans"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanRequest:
    """What to take in. ``offered_on``: the day the desk offers as the one written on the forms; it presets nothing."""

    paths: tuple[Path, ...]
    name: str
    index: Path | None = None
    place: str = ""
    offered_on: date | None = None
    dry_run: bool = False


def take_in_scans(session: Session, *, request: ScanRequest, progress: Progress) -> Answer[ScanReport | Refusal]:
    """Split scans into the forms of a new stack. InputErrors, Cancelled; nothing is then left behind."""
    now = session.now()
    if no := barred(session, "take_in_scans", at=now):
        return no
    files = scan_files(request.paths)
    index = read_index(session, request.index, now=now, progress=progress)
    filling = Filling(session, name=request.name, kind=StackKind.SCAN, now=now, place=request.place)
    run = _Run(session, request, filling, index, now)
    progress.phase(Phase.READING)
    try:
        with Splitter() as splitter:
            for file in read_scans(files, request.paths):
                run.file(file, splitter, progress)
                progress.tick(file.number, len(files))
            run.rest(splitter, progress)
        run.require_pages()
        progress.phase(Phase.PUBLISHING)
        run.publish()
    except BaseException:
        filling.drop()
        raise
    wrote = not request.dry_run
    return Answer(run.report(), Changes(consents=wrote, tasks=wrote, audit=wrote))


@dataclass(slots=True)
class _Copy:
    """One copy of a printed form on its way: page number → (file, page from 0, the page cut out if it had to wait)."""

    code: FormCode
    number: int  # 0 for the first copy
    pages: dict[int, tuple[int, int, Document | None]] = field(default_factory=dict)
    items: list[str] = field(default_factory=list)
    place: int = 0
    read: dict[int, PageRead] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        return len(self.pages) >= self.code.pages


class _Run:
    """One stack on its way: files in, forms out."""

    def __init__(
        self, session: Session, request: ScanRequest, filling: Filling, index: FormIndex, now: datetime
    ) -> None:
        self._session, self._request, self._filling, self._index, self._now = session, request, filling, index, now
        self._notices = known_notices(session)
        self._readings = Readings(session, now)
        self._copies: dict[tuple[str, str, str], list[_Copy]] = {}
        self._done: set[int] = set()
        self._waiting: list[Waiting] = []
        self._files: list[ScannedFile] = []
        self._read: list[tuple[str, int]] = []
        self._forms: list[Form] = []
        self._names: dict[int, str] = {}
        self._pages = self._blank = 0
        with session.vault.snapshot() as snap:
            self._taken = {sha for stack in snap.stacks.all() for sha, _ in stack.files}

    def file(self, file: ScanFile, splitter: Splitter, progress: Progress) -> None:
        """Split one file."""
        code, pages = file.code, 0
        self._names[file.number] = file.name
        if not code and file.sha256 in self._taken:
            code = "file_already_taken"
        if file.document is not None and not code:
            self._taken.add(file.sha256)
            try:
                pages = splitter.open(file.document, progress=progress)
                looked = list(splitter.pages(progress=progress, ask=self._readings.question))
                self._split(file, looked, splitter, progress)
                self._read.append((file.sha256, pages))
            except InputErrors as error:
                code = error.code
        self._files.append(ScannedFile(number=file.number, name=file.name, pages=pages, code=code))

    def rest(self, splitter: Splitter, progress: Progress) -> None:
        """Forms whose last pages never came."""
        for copies in self._copies.values():
            for copy in copies:
                if id(copy) not in self._done:
                    self._finish(copy, splitter, progress)
        self._flush()

    def require_pages(self) -> None:
        """InputErrors with what is wrong with the files when none of them could be read."""
        if not self._read:
            raise InputErrors([Fault("file", code) for code in sorted({f.code for f in self._files} - {""})])

    def publish(self) -> None:
        """The stack is work from now on."""
        if self._request.dry_run:
            return
        report = self.report()
        stack = replace(
            self._filling.stack,
            files=tuple(self._read),
            offered_on=self._request.offered_on,
            counts=(("pages", report.pages), ("forms", report.forms), ("blank", report.blank), ("clear", report.clear)),
        )
        with self._session.vault.unit_of_work() as uow:
            self._filling.show(uow, stack)
            uow.commit(
                self._session.event(
                    Kind.STACK_FILLED,
                    at=self._now,
                    detail={
                        "stack": stack.stack_id,
                        "files": [sha for sha, _ in self._read],
                        "pages": report.pages,
                        "forms": report.forms,
                        "by_code": report.by_code,
                        "by_index": report.by_index,
                        "by_hand": report.by_hand,
                        "returned": report.returned,
                        "read": report.read,
                        "clear": report.clear,
                        "reader": READER,
                        "numbers": self._readings.numbers.since,
                        "reasons": [f"{code}={number}" for code, number in sorted(report.reasons.items())],
                    },
                )
            )

    def report(self) -> ScanReport:
        """What came of it so far."""
        return counted(
            self._forms,
            stack=None if self._request.dry_run else self._filling.stack.stack_id,
            name=self._request.name,
            files=self._files,
            pages=self._pages,
            blank=self._blank,
            index=self._index,
        )

    def _split(self, file: ScanFile, pages: Sequence[Page], splitter: Splitter, progress: Progress) -> None:
        base = self._pages
        touched: dict[int, _Copy] = {}
        loose: list[tuple[Page, Entry | None, tuple[str, ...]]] = []
        for page in pages:
            self._pages += 1
            code, findings = code_of(page)
            if code is not None:
                copy = self._copy_for(code)
                copy.pages[code.page] = (file.number, page.number, None)
                copy.place = copy.place or self._pages
                if page.read is not None:
                    copy.read[code.page] = page.read
                copy.items.extend(i for i in code.items if i not in copy.items)
                touched[id(copy)] = copy
            elif page.ink is Ink.BLANK and not findings:
                self._blank += 1
            else:
                loose.append((page, self._index.at(file.name, page.number + 1), findings))
        for copy in touched.values():
            self._gather(copy, file, splitter, progress)
        for group in _together(loose):
            self._loose(group, file, splitter, progress, base)
        self._flush_full()

    def _copy_for(self, code: FormCode) -> _Copy:
        """The first copy of the form that does not have this page yet."""
        copies = self._copies.setdefault((code.hcp_id, code.serial, code.notice_hash), [])
        for copy in copies:
            if code.page not in copy.pages:
                return copy
        copies.append(_Copy(code=code, number=len(copies)))
        return copies[-1]

    def _gather(self, copy: _Copy, file: ScanFile, splitter: Splitter, progress: Progress) -> None:
        """Cut what this file holds of a form; finish the form when it is whole."""
        here = [number for number, (at, _, _) in sorted(copy.pages.items()) if at == file.number]
        if copy.complete and len(here) == len(copy.pages):
            document = splitter.cut([copy.pages[n][1] for n in here], progress=progress)
            self._keep(copy, document)
            return
        for number in here:
            at, page, _ = copy.pages[number]
            copy.pages[number] = (at, page, splitter.cut([page], progress=progress))
        if copy.complete:
            self._finish(copy, splitter, progress)

    def _finish(self, copy: _Copy, splitter: Splitter, progress: Progress) -> None:
        parts = [document for _, (_, _, document) in sorted(copy.pages.items()) if document is not None]
        self._keep(copy, parts[0] if len(parts) == 1 else splitter.join(parts, progress=progress))

    def _keep(self, copy: _Copy, document: Document) -> None:
        self._done.add(id(copy))
        code = copy.code
        entry = next((e for f, p, _ in copy.pages.values() if (e := self._index.at(self._names[f], p + 1))), None)
        with self._session.vault.snapshot() as snap:
            reason, notice, hcp_id = believe(
                snap, copy.code, self._notices, again=copy.number > 0, items=copy.items,
                acted_on=entry.acted_on if entry else "", offered=self._request.offered_on, now=self._now,
            )  # fmt: skip
        findings = [] if copy.complete else ["pages_missing"]
        answers = {item: FormAnswer(item=item) for item in copy.items}
        if entry is not None and not reason:
            if entry.hcp_id == hcp_id:
                answers |= {a.item: a for a in entry.answers if a.item in answers}
            else:
                findings.append("index_contradicts_code")
                entry = None
        form = Form(
            form_id=new_id("FM", 10),
            stack_id=self._filling.stack.stack_id,
            place=copy.place,
            state=FormState.RETURNED if reason else FormState.TO_CHECK,
            filed=None if reason else Filed.CODE,
            reason=reason,
            hcp_id=hcp_id,
            notice=notice.ref if notice else None,
            serial=code.serial,
            pages=len(copy.pages),
            expected=code.pages,
            answers=tuple(answers.values()),
            presented_on=entry.presented_on if entry else "",
            acted_on=entry.acted_on if entry else "",
            place_of_original=(entry.place if entry else "") or self._request.place,
            source_pages=tuple((f, p + 1) for _, (f, p, _) in sorted(copy.pages.items())),
            findings=tuple(findings),
            reading=None if reason else self._readings.of_form(code, tuple(copy.items), tuple(copy.read.values())),
        )
        copy.pages = {number: (f, p, None) for number, (f, p, _) in copy.pages.items()}
        self._add(form, document)

    def _loose(
        self,
        group: Sequence[tuple[Page, Entry | None, tuple[str, ...]]],
        file: ScanFile,
        splitter: Splitter,
        progress: Progress,
        base: int,
    ) -> None:
        """Pages without a code: filed by the list, or left for a hand."""
        entry = group[0][1]
        findings = tuple(sorted({code for _, _, found in group for code in found}))
        expected = (entry.expected or entry.last - entry.first + 1) if entry else 0
        if entry is not None and len(group) < expected:
            findings = (*findings, "pages_missing")
        form = Form(
            form_id=new_id("FM", 10),
            stack_id=self._filling.stack.stack_id,
            place=base + group[0][0].number + 1,
            state=FormState.TO_CHECK if entry and entry.notice and entry.answers else FormState.SPLIT,
            filed=Filed.INDEX if entry else None,
            hcp_id=entry.hcp_id if entry else None,
            notice=(entry.notice or None) if entry else None,
            pages=len(group),
            expected=expected,
            answers=tuple(entry.answers) if entry else (),
            presented_on=entry.presented_on if entry else "",
            acted_on=entry.acted_on if entry else "",
            place_of_original=(entry.place if entry else "") or self._request.place,
            source_pages=tuple((file.number, page.number + 1) for page, _, _ in group),
            findings=findings,
        )
        self._add(form, splitter.cut([page.number for page, _, _ in group], progress=progress))

    def _add(self, form: Form, document: Document) -> None:
        self._forms.append(form)
        if not self._request.dry_run:
            self._waiting.append(Waiting(form=form, document=document))
            self._flush_full()

    def _flush_full(self) -> None:
        size = sum(len(w.document.data) for w in self._waiting if w.document)
        if len(self._waiting) >= CHUNK or size >= CHUNK_BYTES:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            self._filling.add(self._waiting)
            self._waiting = []


def _together(
    loose: Sequence[tuple[Page, Entry | None, tuple[str, ...]]],
) -> Iterator[list[tuple[Page, Entry | None, tuple[str, ...]]]]:
    """Pages of one entry of the list together, others one by one."""
    groups: dict[int, list[tuple[Page, Entry | None, tuple[str, ...]]]] = {}
    for one in loose:
        groups.setdefault(id(one[1]) if one[1] is not None else -one[0].number - 1, []).append(one)
    yield from groups.values()
