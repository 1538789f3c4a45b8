"""Judged rows become a stack: documents sealed unseen, then acts, states and the stack appear with one commit.

Rules: (1) rows of one person, document and notice stand on one form; (2) documents are sealed in short turns, no more
at once than memory and the others at the vault should bear; (3) states are worked out before the vault is locked, anew
only for whom somebody else touched meanwhile; (4) what fails or is stopped leaves nothing behind.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache

from compliance.consent.settled import settled_lines
from compliance.i18n import Lang
from compliance.model.audit import Kind
from compliance.model.consent import ConsentEvent, EventKind, LineStatus
from compliance.model.ids import new_id
from compliance.model.intake import Filed, Form, FormAnswer, FormState, Stack, StackKind
from compliance.progress import Phase, Progress
from compliance.use_cases.consent.standing import refresh
from compliance.use_cases.intake.consent_drafts import Draft, Paper
from compliance.use_cases.intake.consent_import_report import ConsentImport
from compliance.use_cases.intake.consent_papers import Papers
from compliance.use_cases.intake.stack_filling import CHUNK, CHUNK_BYTES, Filling, Waiting
from compliance.use_cases.notices.renderings import bind_all
from compliance.use_cases.seat.facts import terms
from compliance.use_cases.seat.session import Session, known_notices
from compliance.vault import UnitOfWork

#: People an entry names at most.
_NAMED = 500


def take_in(
    session: Session,
    request: ConsentImport,
    drafts: Sequence[Draft],
    papers: Papers,
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
    groups: Sequence[list[Draft]], papers: Papers, stack_id: str
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
