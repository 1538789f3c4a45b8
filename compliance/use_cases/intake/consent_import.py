"""Old consents with their evidence, and logs of electronic consent, taken in from a list; all or nothing.

Rules: (1) ``read = accepted + rejected + duplicates``; candidates are rejected rows whose name and hospital fit
somebody, noes kept from spoilt rows are accepted; (2) a dry run writes nothing; (3) documents are sealed unseen, acts,
states and the stack appear with one commit; (4) what was taken in waits for a second person like everything else: a
list proves nothing by itself; (5) of a log the row itself is the evidence, as canonical JSON with the identity of the
log (system, exporter, hash of the file, row), sealed for its person; (6) reports name rows and codes, values only when
asked for; (7) it can be taken back while nobody has built on it.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cache

from compliance.clock import shanghai_day
from compliance.errors import bad_input
from compliance.importing.child import ReadRequest, open_rows
from compliance.importing.drawing import Drawer
from compliance.importing.evidence_folder import EvidenceFolder
from compliance.importing.mapping import Mapping as ColumnMapping
from compliance.importing.report import check_report, write_report
from compliance.importing.results import FileFacts, RowStatus
from compliance.importing.results import Kind as ListKind
from compliance.importing.signatures import Examiner
from compliance.importing.words import table
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.consent import TIMED
from compliance.model.ids import MANY, new_ids
from compliance.progress import Phase, Progress
from compliance.use_cases.intake.consent_drafts import Draft, Judge, drafts_of, judge_all, same_document_twice
from compliance.use_cases.intake.consent_import_report import (
    ConsentImport,
    ConsentImportReport,
    LogOrigin,
    counted,
    reported,
)
from compliance.use_cases.intake.consent_import_undo import ImportTakenBack, undo_consent_import
from compliance.use_cases.intake.consent_papers import Papers
from compliance.use_cases.intake.consent_publishing import take_in
from compliance.use_cases.notices.asking import asking_closed, closed_when_asked
from compliance.use_cases.people.person_keys import find_people
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.clock_trouble import clock_trouble
from compliance.use_cases.seat.facts import terms
from compliance.use_cases.seat.free_text import judge_of
from compliance.use_cases.seat.session import Session, known_notices

__all__ = [
    "ConsentImport",
    "ConsentImportReport",
    "ImportTakenBack",
    "LogOrigin",
    "import_consents",
    "undo_consent_import",
]


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
    papers = Papers(folder, request, sha256)
    progress.phase(Phase.CHECKING)
    _judge(session, drafts, papers, now, progress)
    name = request.name or _name(request, now, sha256)
    done: tuple[str | None, int, int] = (None, 0, 0)
    wrote = not request.dry_run and any(d.event is not None for d in drafts)  # a list of faults makes no empty stack
    if wrote:
        done = take_in(session, request, drafts, papers, name, sha256, now, progress)
    if request.report is not None:
        rows = [reported(d, request.with_values) for d in drafts if d.codes or d.status is not RowStatus.ACCEPTED]
        write_report(request.report, rows, lang=session.lang, unknown=facts.unknown, with_values=request.with_values)
    report = counted(drafts, facts, request, stack=done[0], name=name if wrote else "", done=done[1:])
    return Answer(report, Changes(consents=wrote, people=wrote, tasks=wrote, audit=wrote))


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
    judge = judge_of(session)
    keep_raw = request.log is not None or request.with_values
    with open_rows(read, note_guard=lambda text: None, progress=progress) as reading:
        for rows in reading.batches():
            block = drafts_of(rows, defaults=defaults, keep_raw=keep_raw, guard=judge)
            with session.vault.snapshot() as snap:
                for draft, whom in zip(block, find_people(snap, [d.values for d in block], at=now), strict=True):
                    draft.hcp_id = whom.hcp_id
                    if whom.code:
                        draft.reject("person", whom.code)
            drafts.extend(block)
        reading.ensure_unchanged()
        return drafts, reading.facts, reading.counts.file_sha256


def _judge(session: Session, drafts: Sequence[Draft], papers: Papers, now: datetime, progress: Progress) -> None:
    with Drawer() as drawer, Examiner() as examiner:
        for at, draft in enumerate(drafts):
            draft.paper = papers.of(draft, drawer, examiner, progress)  # also of nobody's row: its faults are told
            if at % 50 == 0:
                progress.tick(at, len(drafts))
    people = sorted({d.hcp_id for d in drafts if d.hcp_id})
    digests = sorted({d.paper.sha256 for d in drafts if d.paper and d.paper.sha256})
    with session.vault.snapshot() as snap:
        known = snap.consents.events_many(people)
        held = {sha: {f.hcp_id for f in forms if f.hcp_id} for sha, forms in snap.stacks.owners_of(digests).items()}
        notices = known_notices(session, snap)
        items = {d.values["item"] for d in drafts if session.policy.knows_item(d.values.get("item", ""))}
        closed = {hcp_id: asking_closed(session, snap, hcp_id, at=now) for hcp_id in people}
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
            closed=lambda act: found.reason if (found := closed_when_asked(act, closed[act.hcp_id])) else "",
        ),
    )
    with session.vault.snapshot() as snap:
        if clock_trouble(snap) is None:
            return
    for draft in drafts:  # noes and withdrawals of the same list go through
        if draft.event is not None and draft.event.kind in TIMED:
            draft.event = None
            draft.reject("acted", "clock_trouble")


def _event_ids() -> Iterator[str]:
    while True:
        yield from new_ids("EV", 1000, MANY)


def _name(request: ConsentImport, now: datetime, sha256: str) -> str:
    kind = request.log.system if request.log else "import"
    return f"{kind}-{shanghai_day(now).isoformat()}-{sha256[:6]}"
