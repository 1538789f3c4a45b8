"""Old consents with their evidence, and logs of electronic consent, taken in from a list; all or nothing.

Rules: (1) ``read = accepted + rejected + duplicates``; candidates are rejected rows whose name and hospital fit
somebody, noes kept from spoilt rows are accepted; (2) a dry run writes nothing; (3) documents are sealed unseen, acts,
states and the stack appear with one commit; (4) what was taken in waits for a second person like everything else: a
list proves nothing by itself; (5) of a log the row itself is the evidence, as canonical JSON with the identity of the
log (system, exporter, hash of the file, row), sealed for its person; (6) reports name rows and codes, values only when
asked for; (7) it can be taken back while nobody has built on it.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path

from compliance.audit.entry import canonical
from compliance.clock import shanghai_day
from compliance.consent.settled import settled_lines
from compliance.errors import InputErrors, bad_input
from compliance.i18n import Lang
from compliance.importing.child import ReadRequest, open_rows
from compliance.importing.documents import Document
from compliance.importing.drawing import DRAWN_KINDS, Drawer
from compliance.importing.evidence_folder import EvidenceFolder
from compliance.importing.mapping import Mapping as ColumnMapping
from compliance.importing.report import ReportRow, check_report, write_report
from compliance.importing.results import FileFacts, RowStatus
from compliance.importing.results import Kind as ListKind
from compliance.importing.signatures import BROKEN, Examiner
from compliance.importing.words import table
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.consent import ConsentEvent, EventKind, LineStatus, Method
from compliance.model.ids import new_id, new_ids
from compliance.model.intake import Filed, Form, FormAnswer, FormState, Stack, StackKind, StackState
from compliance.progress import Phase, Progress
from compliance.use_cases.acting import barred, refuse_alone
from compliance.use_cases.consent_drafts import Draft, Judge, Paper, drafts_of, judge_all, same_document_twice
from compliance.use_cases.facts import terms
from compliance.use_cases.person_keys import find_people
from compliance.use_cases.renderings import bind_all
from compliance.use_cases.session import Session, known_notices
from compliance.use_cases.stack_filling import CHUNK, CHUNK_BYTES, Filling, Waiting
from compliance.use_cases.standing import refresh
from compliance.vault import UnitOfWork

_BLOCK = 2000
_NAMED = 500  # people an entry names at most


@dataclass(frozen=True, slots=True, kw_only=True)
class LogOrigin:
    """Where a log comes from: ``system`` h5, wecom or crm, and who exported it (a name of a system or role)."""

    system: str
    exporter: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentImport:
    """What to take in. ``name`` of the stack it becomes ("" makes one); ``place`` for rows that name no place of the
    original; ``columns`` are (header, target) where the headers are not known words."""

    path: Path
    evidence_dir: Path | None = None
    name: str = ""
    dry_run: bool = False
    report: Path | None = None
    with_values: bool = False
    sheet: int | str | None = None
    header_row: int | None = None
    place: str = ""
    log: LogOrigin | None = None
    columns: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentImportReport:
    """What became of the rows. ``noes_kept`` are noes of spoilt rows; ``below_grade`` acts whose way is too weak for
    their item; ``documents`` were sealed."""

    stack: str | None
    name: str
    read: int
    accepted: int
    rejected: int
    duplicates: int
    candidates: int
    noes_kept: int
    below_grade: int
    to_check: int
    documents: int
    unknown_columns: tuple[str, ...]
    reasons: Mapping[str, int]
    report: Path | None

    def as_json(self) -> dict[str, object]:
        """Keys of ``import``, and those of a stack."""
        return {
            "batch": self.stack,
            "stack": self.name or None,
            "read": self.read,
            "accepted": self.accepted,
            "quarantined": 0,
            "rejected": self.rejected,
            "duplicates": self.duplicates,
            "candidates": self.candidates,
            "noes_kept": self.noes_kept,
            "below_grade": self.below_grade,
            "to_check": self.to_check,
            "documents": self.documents,
            "refused_columns": [],
            "unknown_columns": list(self.unknown_columns),
            "unproven_consents": 0,
            "report": str(self.report) if self.report else None,
            "reasons": dict(self.reasons),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportTakenBack:
    """A consent import that was undone."""

    stack: str
    acts: int
    people: int


def import_consents(
    session: Session, *, request: ConsentImport, progress: Progress
) -> Answer[ConsentImportReport | Refusal]:
    """Take in a list of old consents, or a log. InputErrors for what cannot be read at all, Cancelled; then nothing is
    left behind."""
    now = session.now()
    if no := barred(session, "import_consents", at=now):
        return no
    _check(request)
    folder = EvidenceFolder(request.evidence_dir) if request.evidence_dir is not None else None
    drafts, facts, sha256 = _read(session, request, now, progress)
    papers = _Papers(folder, request, sha256)
    progress.phase(Phase.CHECKING)
    _judge(session, drafts, papers, now, progress)
    name = request.name or _name(request, now, sha256)
    done: tuple[str | None, int, int] = (None, 0, 0)
    if not request.dry_run:
        done = _take_in(session, request, drafts, papers, name, sha256, now, progress)
    if request.report is not None:
        rows = [_reported(d, request.with_values) for d in drafts if d.codes or d.status is not RowStatus.ACCEPTED]
        write_report(request.report, rows, lang=session.lang, unknown=facts.unknown, with_values=request.with_values)
    report = _counted(drafts, facts, request, stack=done[0], name="" if request.dry_run else name, done=done[1:])
    wrote = not request.dry_run
    return Answer(report, Changes(consents=wrote, people=wrote, tasks=wrote, audit=wrote))


def undo_consent_import(session: Session, *, name: str) -> Answer[ImportTakenBack | Refusal]:
    """Take a consent import back while nobody has checked, voided or followed one of its acts."""
    now = session.now()
    if no := barred(session, "undo_consent_import", at=now):
        return no
    with session.vault.unit_of_work() as uow:
        stack = uow.stacks.get(name)
        if stack is None or stack.kind is StackKind.SCAN:
            raise bad_input("unknown_stack", "stack")
        if stack.state is StackState.UNDONE:
            raise bad_input("stack_state", "stack", str(stack.state))
        forms = uow.stacks.forms(stack.stack_id)
        acts = {a.event_id for f in forms for a in f.answers if a.event_id}
        people = sorted({f.hcp_id for f in forms if f.hcp_id})
        history = uow.consents.events_many(people)
        built_on = sum(e.target in acts for events in history.values() for e in events)
        if built_on == 0:
            uow.consents.take_back(sorted(acts))
            uow.renderings.unbind(sorted(acts))
            uow.evidence.remove(sorted({f.evidence_id for f in forms if f.evidence_id}))
            uow.stacks.remove_forms(stack.stack_id)
            for hcp_id in people:
                uow.consents.forget_states(hcp_id)
                refresh(session, uow, hcp_id, at=now)
            uow.stacks.put(replace(stack, state=StackState.UNDONE))
            uow.commit(
                session.event(
                    Kind.IMPORT_UNDONE,
                    at=now,
                    hcps=tuple(people[:_NAMED]),
                    detail={"stack": stack.stack_id, "acts": len(acts), "people": len(people)},
                )
            )
    if built_on:
        return refuse_alone(
            session, at=now, reason="import_in_use", detail={"stack": stack.stack_id, "conflicts": built_on}
        )
    return Answer(
        ImportTakenBack(stack=stack.name, acts=len(acts), people=len(people)),
        Changes(consents=True, people=True, tasks=True, audit=True),
    )


class _Papers:
    """Documents the rows name, each looked at once."""

    def __init__(self, folder: EvidenceFolder | None, request: ConsentImport, list_sha256: str) -> None:
        self._folder, self._log, self._list = folder, request.log, list_sha256
        self._known: dict[str, Paper] = {}

    def of(self, draft: Draft, drawer: Drawer, examiner: Examiner, progress: Progress) -> Paper | None:
        """What is known of the document of a row; None where it names none."""
        if self._log is not None:
            data = self.document(draft).data
            return Paper(hashlib.sha256(data).hexdigest(), "application/json")
        name = draft.values.get("file")
        if not name:
            return None
        if name not in self._known:
            self._known[name] = self._look(draft, drawer, examiner, progress)
        return self._known[name]

    def document(self, draft: Draft) -> Document:
        """The document of a row, read again. InputErrors ``file_changing`` when it is no longer what was judged."""
        if self._log is not None:
            body = {
                "type": "consentkeep-log-row-1",
                "system": self._log.system,
                "exporter": self._log.exporter,
                "file_sha256": self._list,
                "row": draft.row,
                "cells": [[header, cell] for header, cell in draft.raw.items()],
            }
            return Document(canonical(body), "application/json")
        if self._folder is None:
            raise bad_input("folder_missing", "evidence_dir")
        found = self._folder.open(draft.values["file"])
        if draft.paper and draft.paper.sha256 and hashlib.sha256(found.data).hexdigest() != draft.paper.sha256:
            raise bad_input("file_changing", "file")
        return found

    def _look(self, draft: Draft, drawer: Drawer, examiner: Examiner, progress: Progress) -> Paper:
        try:
            found = self.document(replace_paper(draft))
            pages = drawer.pages(found, progress=progress) if found.media_type in DRAWN_KINDS else 0
            if draft.values.get("method") == Method.ESIGN and examiner.examine(found).result in BROKEN:
                return Paper(code="signature_invalid")
        except InputErrors as error:
            return Paper(code=error.code)
        return Paper(hashlib.sha256(found.data).hexdigest(), found.media_type, pages)


def replace_paper(draft: Draft) -> Draft:
    """The draft before anything was known of its document."""
    return replace(draft, paper=None)


def _check(request: ConsentImport) -> None:
    check_report(request.report)
    if request.log is not None and request.log.system not in table("consents")["systems"]:
        systems = ", ".join(table("consents")["systems"])
        raise bad_input("unknown_log_system", "system", request.log.system, systems)
    if request.log is None and request.evidence_dir is None:
        raise bad_input("folder_missing", "evidence_dir")


def _read(
    session: Session, request: ConsentImport, now: datetime, progress: Progress
) -> tuple[list[Draft], FileFacts, str]:
    template = None
    if request.columns:
        body = {"format": "consentkeep-mapping-1", "name": "", "columns": dict(request.columns)}
        template = ColumnMapping.from_json(json.dumps(body))
    read = ReadRequest(
        path=request.path,
        today=shanghai_day(now),
        kind=ListKind.CONSENT_LOG if request.log else ListKind.CONSENTS,
        sheet=None if request.sheet is None else str(request.sheet),
        header_row=request.header_row,
        mapping=template,
    )
    defaults = {"place": request.place}
    if request.log is not None:
        defaults = {"method": table("consents")["systems"][request.log.system], "file": "row"}
    drafts: list[Draft] = []
    keep_raw = request.log is not None or request.with_values
    with open_rows(read, note_guard=lambda text: None, progress=progress) as reading:
        for rows in reading.batches():
            block = drafts_of(rows, defaults=defaults, keep_raw=keep_raw)
            with session.vault.snapshot() as snap:
                for draft, whom in zip(block, find_people(snap, [d.values for d in block], at=now), strict=True):
                    draft.hcp_id = whom.hcp_id
                    if whom.code:
                        draft.reject("person", whom.code)
            drafts.extend(block)
        reading.ensure_unchanged()
        return drafts, reading.facts, reading.counts.file_sha256


def _judge(session: Session, drafts: Sequence[Draft], papers: _Papers, now: datetime, progress: Progress) -> None:
    with Drawer() as drawer, Examiner() as examiner:
        for at, draft in enumerate(drafts):
            if draft.hcp_id is not None:
                draft.paper = papers.of(draft, drawer, examiner, progress)
            if at % 50 == 0:
                progress.tick(at, len(drafts))
    people = sorted({d.hcp_id for d in drafts if d.hcp_id})
    digests = sorted({d.paper.sha256 for d in drafts if d.paper and d.paper.sha256})
    with session.vault.snapshot() as snap:
        known = snap.consents.events_many(people)
        held = {sha: {f.hcp_id for f in forms if f.hcp_id} for sha, forms in snap.stacks.owners_of(digests).items()}
        notices = known_notices(session, snap)
        items = {d.values["item"] for d in drafts if session.policy.knows_item(d.values.get("item", ""))}
        rules = {item: terms(session, item, at=now, reader=snap) for item in items}
    same_document_twice(drafts, held)
    ids = _event_ids()
    judge_all(
        drafts,
        Judge(
            now=now,
            actor=session.actor,
            role=session.role,
            notices=notices,
            knows_item=cache(session.policy.knows_item),
            terms=rules.__getitem__,
            new_id=lambda: next(ids),
            known=known,
        ),
    )


def _take_in(
    session: Session,
    request: ConsentImport,
    drafts: Sequence[Draft],
    papers: _Papers,
    name: str,
    sha256: str,
    now: datetime,
    progress: Progress,
) -> tuple[str | None, int, int]:
    """Seal, stage, publish. (stack id, forms to check, documents)."""
    origin = f"{request.log.system}:{request.log.exporter}" if request.log else "list"
    kind = StackKind.LOG if request.log else StackKind.IMPORT
    filling = Filling(session, name=name, kind=kind, now=now, place=request.place, origin=origin)
    progress.phase(Phase.SEALING)
    events: list[ConsentEvent] = []
    to_check, documents = 0, set[str]()
    try:
        groups = _groups(drafts)
        for waiting in _chunks(groups, papers, filling.stack.stack_id):
            kept = {f.form_id: f for f in filling.add([w for w, _ in waiting])}
            for one, members in waiting:
                form = kept[one.form.form_id]
                to_check += form.state is FormState.TO_CHECK
                documents |= {form.evidence_id} if form.evidence_id else set()
                events.extend(_sealed(member, form) for member in members)
            progress.tick(len(events), sum(d.event is not None for d in drafts))
        progress.phase(Phase.PUBLISHING)
        _publish(session, filling, events, sha256, len(drafts), now)
    except BaseException:
        filling.drop()
        raise
    return filling.stack.stack_id, to_check, len(documents)


def _groups(drafts: Sequence[Draft]) -> list[list[Draft]]:
    """Rows that stand on one form: the same person, document and notice."""
    groups: dict[tuple[object, ...], list[Draft]] = {}
    for draft in drafts:
        if draft.event is not None:
            paper = draft.paper.sha256 if draft.paper and not draft.spoilt_no else ""
            key = (draft.hcp_id, paper, draft.event.notice) if paper else (draft.row,)
            groups.setdefault(key, []).append(draft)
    return list(groups.values())


def _chunks(
    groups: Sequence[list[Draft]], papers: _Papers, stack_id: str
) -> Iterator[list[tuple[Waiting, list[Draft]]]]:
    """Forms with their documents, no more at once than memory and the others at the vault should bear."""
    chunk: list[tuple[Waiting, list[Draft]]] = []
    size = 0
    for members in groups:
        first = members[0]
        paper = first.paper if first.paper and not first.spoilt_no else None
        document = papers.document(first) if paper else None
        chunk.append((Waiting(form=_form(members, stack_id, paper), document=document), members))
        size += len(document.data) if document else 0
        if len(chunk) >= CHUNK or size >= CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _form(members: Sequence[Draft], stack_id: str, paper: Paper | None) -> Form:
    first = members[0]
    asks = any(m.event is not None and m.event.kind is EventKind.GIVEN for m in members)
    return Form(
        form_id=new_id("FM", 10),
        stack_id=stack_id,
        place=first.row,
        state=FormState.TO_CHECK if asks else FormState.ACCEPTED,
        filed=Filed.LIST,
        hcp_id=first.hcp_id,
        sha256="",
        notice=first.event.notice if first.event else None,
        pages=paper.pages if paper else 0,
        expected=int(first.values["pages"]) if first.values.get("pages", "").isdigit() else 0,
        answers=tuple(
            FormAnswer(item=m.event.item, answer=m.answer, event_id=m.event.event_id) for m in members if m.event
        ),
        presented_on=first.values.get("presented", ""),
        acted_on=first.values.get("acted", ""),
        method=first.values.get("method", ""),
        place_of_original=first.values.get("place", ""),
        findings=tuple(sorted({code for m in members for _, code in m.codes})),
    )


def _sealed(draft: Draft, form: Form) -> ConsentEvent:
    assert draft.event is not None
    if draft.event.evidence_id is None:
        return draft.event
    return replace(draft.event, evidence_id=form.evidence_id, evidence_sha256=form.sha256)


def _publish(
    session: Session, filling: Filling, events: Sequence[ConsentEvent], sha256: str, rows: int, now: datetime
) -> None:
    """Everything at once. States are worked out before the vault is locked, anew only for whom somebody else touched
    meanwhile."""
    people = sorted({e.hcp_id for e in events})
    with session.vault.snapshot() as snap:
        since = snap.consents.last_no()
        known = snap.consents.events_many(people)
        notices = known_notices(session, snap)
    fresh: dict[str, list[ConsentEvent]] = {}
    for event in events:
        fresh.setdefault(event.hcp_id, []).append(event)

    @cache
    def terms_of(item: str, then: datetime):  # type: ignore[no-untyped-def]
        return terms(session, item, at=then)

    def lines(hcp_id: str) -> tuple[LineStatus, ...]:
        return settled_lines([*known[hcp_id], *fresh[hcp_id]], terms_of=terms_of, notices=notices)

    states = {hcp_id: lines(hcp_id) for hcp_id in people}
    with session.vault.unit_of_work() as uow:
        touched = uow.consents.people_since(since)
        uow.consents.add_all(events)
        bind_all(session, uow, events, notices, lang=str(Lang.ZH))
        for hcp_id in people:
            if hcp_id in touched:
                refresh(session, uow, hcp_id, at=now)
            else:
                for line in states[hcp_id]:
                    uow.consents.set_state(hcp_id, line)
        _note(session, uow, filling.stack, people, sha256, rows, len(events), now)
        filling.show(uow, replace(filling.stack, files=((sha256, rows),)))
        uow.commit()


def _note(
    session: Session,
    uow: UnitOfWork,
    stack: Stack,
    people: Sequence[str],
    sha256: str,
    rows: int,
    acts: int,
    now: datetime,
) -> None:
    """Entries of the import: one for the whole, further ones that name its people."""
    detail: dict[str, str | int] = {
        "stack": stack.stack_id,
        "origin": stack.origin,
        "file_sha256": sha256,
        "rows": rows,
        "acts": acts,
        "people": len(people),
    }
    for begin in range(0, max(len(people), 1), _NAMED):
        named = tuple(people[begin : begin + _NAMED])
        uow.queue(session.event(Kind.CONSENTS_IMPORTED, at=now, hcps=named, detail=detail))
        detail = {"stack": stack.stack_id, "part": begin // _NAMED + 2}


def _event_ids() -> Iterator[str]:
    while True:
        yield from new_ids("EV", 1000)


def _name(request: ConsentImport, now: datetime, sha256: str) -> str:
    kind = request.log.system if request.log else "import"
    return f"{kind}-{shanghai_day(now).isoformat()}-{sha256[:6]}"


def _reported(draft: Draft, with_values: bool) -> ReportRow:
    return ReportRow(
        row=draft.row,
        status=draft.status or RowStatus.REJECTED,
        codes=tuple(draft.codes),
        first_row=draft.first_row,
        raw=draft.values if with_values else {},
    )


def _counted(
    drafts: Sequence[Draft],
    facts: FileFacts,
    request: ConsentImport,
    *,
    stack: str | None,
    name: str,
    done: tuple[int, ...],
) -> ConsentImportReport:
    by_status = {status: sum(d.status is status for d in drafts) for status in RowStatus}
    reasons: dict[str, int] = {}
    for draft in drafts:
        for _, code in draft.codes:
            reasons[code] = reasons.get(code, 0) + 1
    return ConsentImportReport(
        stack=stack,
        name=name,
        read=len(drafts),
        accepted=by_status[RowStatus.ACCEPTED],
        rejected=by_status[RowStatus.REJECTED],
        duplicates=by_status[RowStatus.DUPLICATE],
        candidates=reasons.get("person_candidate", 0),
        noes_kept=sum(d.spoilt_no for d in drafts),
        below_grade=sum(d.status is RowStatus.ACCEPTED and ("method", "below_least_grade") in d.codes for d in drafts),
        to_check=done[0],
        documents=done[1],
        unknown_columns=facts.unknown,
        reasons=dict(sorted(reasons.items())),
        report=request.report,
    )
