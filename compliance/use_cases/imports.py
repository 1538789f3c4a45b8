"""Importing people: untrusted files are read in a child, sealed here, staged unseen and published at once.

Rules: (1) no source, no reading (REQ-064); (2) a dry run writes nothing; (3) duplicates of what is held (same licence
or source id) are counted and left alone, candidates (same phone, same name and hospital) are taken and listed; (4) a
"yes" without evidence lands as *unproven* and opens nothing, a "no" closes; (5) rows from sources without proof are
quarantined; (6) whatever ends the import early leaves nothing behind; (7) the report names rows and codes, not values.
"""

import gc
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from compliance.clock import day_start, shanghai_day
from compliance.consent.status import all_lines
from compliance.errors import bad_input
from compliance.importing.child import ReadRequest, open_rows
from compliance.importing.mapping import Mapping as ColumnMapping
from compliance.importing.readings import readings
from compliance.importing.report import ReportRow, write_report
from compliance.importing.results import FileFacts, ImportedAnswer, RowResult, RowStatus
from compliance.model.access import Block, Section
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.consent import ConsentEvent, EventKind, ItemTerms, LineStatus, Method, Precision
from compliance.model.ids import new_id, new_ids
from compliance.model.profile import FieldValue, Provenance, SourceClass, ValueStatus
from compliance.model.register import Batch, BatchState, Source
from compliance.policy.free_text import codes, scan
from compliance.progress import Phase, Progress
from compliance.use_cases.acting import barred, refuse_alone
from compliance.use_cases.facts import terms
from compliance.use_cases.session import Session
from compliance.use_cases.standing import refresh
from compliance.vault import IndexRow, NewPerson, UndoRefused, UnitOfWork

#: People handed to the vault at once; it cuts its own short transactions so that other seats get in.
_CHUNK = 1000
#: Ids of consent events are drawn this many at a time.
_IDS = 1000
#: Remarks repeat ("prefers mail"); what the guard said of one is kept while the file is read.
_REMARKS = 4096
#: Nothing an import makes stands in a cycle; looking for cycles every 700 objects costs a seventh of its time.
_COLLECT_AFTER = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRequest:
    """What to import and how. ``mapping`` names a saved template; ``save_mapping`` keeps this one."""

    path: Path
    source: str
    mapping: str | None = None
    sheet: int | str | None = None
    header_row: int | None = None
    dry_run: bool = False
    report: Path | None = None
    save_mapping: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """What became of the rows: ``read = accepted + quarantined + rejected + duplicates``."""

    batch: str | None
    read: int
    accepted: int
    quarantined: int
    rejected: int
    duplicates: int
    candidates: int
    refused_columns: tuple[str, ...]
    unproven_consents: int
    report: Path | None
    reasons: Mapping[str, int]
    unknown_columns: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The shape of the command-line contract."""
        return {
            "batch": self.batch,
            "read": self.read,
            "accepted": self.accepted,
            "quarantined": self.quarantined,
            "rejected": self.rejected,
            "duplicates": self.duplicates,
            "candidates": self.candidates,
            "refused_columns": list(self.refused_columns),
            "unknown_columns": list(self.unknown_columns),
            "unproven_consents": self.unproven_consents,
            "report": str(self.report) if self.report else None,
            "reasons": dict(self.reasons),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewColumn:
    """One column and what happens to it. ``target`` "" means it stays out."""

    name: str
    target: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPreview:
    """A look at a file before anything is decided."""

    encoding: str
    header_row: int
    columns: tuple[PreviewColumn, ...]
    sample_rows: int
    refused_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoReport:
    """An import that was taken back."""

    batch: str
    people: int


def preview_import(
    session: Session,
    *,
    path: Path,
    source: str = "",
    mapping: str | None = None,
    sheet: int | str | None = None,
    header_row: int | None = None,
) -> Answer[ImportPreview | Refusal]:
    """Encoding, header row and what would happen to each column. Reads the file in the child, writes nothing."""
    now = session.now()
    if no := barred(session, "import_people", at=now):
        return no
    request = _read_request(now, path, None, _template(session, mapping), sheet, header_row)
    rows = 0
    with open_rows(request, note_guard=_guard(session)) as reader:
        for batch in reader.batches():
            rows += len(batch)
        facts = reader.facts
    return Answer(
        ImportPreview(
            encoding=facts.encoding or "xlsx",
            header_row=facts.header_row,
            columns=_columns(facts),
            sample_rows=rows,
            refused_columns=tuple(c.header for c in facts.refused),
        )
    )


def import_people(session: Session, *, request: ImportRequest, progress: Progress) -> Answer[ImportReport | Refusal]:
    """Import a file of people. Raises InputErrors for an unusable file, Cancelled; nothing is then left behind."""
    now = session.now()
    if no := barred(session, "import_people", at=now):
        return no
    source = _source(session, request.source)
    if source.status == "refused":
        return refuse_alone(session, at=now, reason="source_refused", detail={"source": source.code})
    if request.report is not None and request.report.exists():
        raise bad_input("file_exists", "report")
    if request.report is not None and request.report.suffix.lower() not in (".xlsx", ".csv"):
        raise bad_input("report_kind", "report")
    template = _template(session, request.mapping)
    read = _read_request(now, request.path, source, template, request.sheet, request.header_row)
    with _rare_collections(), open_rows(read, note_guard=_guard(session), progress=progress) as reader:
        run = _Run(session, source, now, sha256=_digest(request.path), dry=request.dry_run)
        facts = reader.facts
        progress.phase(Phase.SEALING)
        try:
            for rows in reader.batches():
                run.take(rows)
            reader.ensure_unchanged()
            progress.phase(Phase.PUBLISHING)
            report = run.finish(facts)
        except BaseException:
            run.drop()
            raise
    if request.report is not None:
        write_report(request.report, run.rows, lang=session.lang, refused=facts.refused, unknown=facts.unknown)
    if request.save_mapping and not request.dry_run:
        _save_mapping(session, request.save_mapping, facts, now)
    done = ImportReport(**{**{f: getattr(report, f) for f in report.__dataclass_fields__}, "report": request.report})
    return Answer(done, Changes(people=not request.dry_run, consents=not request.dry_run, audit=True))


def undo_import(session: Session, *, batch: str) -> Answer[UndoReport | Refusal]:
    """Take a published import back, unless later events depend on its people."""
    now = session.now()
    if no := barred(session, "undo_import", at=now):
        return no
    with session.vault.snapshot() as snap:
        if snap.batches.get(batch) is None:
            raise bad_input("unknown_batch", "batch")
    with session.vault.unit_of_work() as uow:
        outcome = uow.batches.undo(batch)
        if not isinstance(outcome, UndoRefused):
            uow.commit(session.event(Kind.IMPORT_UNDONE, at=now, detail={"batch": batch, "people": outcome}))
    if isinstance(outcome, UndoRefused):
        return refuse_alone(
            session,
            at=now,
            reason="import_in_use",
            detail={"batch": batch, "conflicts": len(outcome.conflicts), "people": list(outcome.conflicts[:50])},
        )
    return Answer(UndoReport(batch=batch, people=outcome), Changes(people=True, consents=True, audit=True))


def undo_conflicts(session: Session, *, batch: str) -> Answer[tuple[str, ...] | Refusal]:
    """The people that stand in the way of an undo, because something else has touched them since; by pseudonym."""
    now = session.now()
    if no := barred(session, "undo_import", at=now):
        return no
    with session.vault.snapshot() as snap:
        if snap.batches.get(batch) is None:
            raise bad_input("unknown_batch", "batch")
        return Answer(tuple(snap.batches.conflicts(batch)))


def list_batches(session: Session) -> Answer[tuple[Batch, ...]]:
    """All imports, newest first."""
    with session.vault.snapshot() as snap:
        return Answer(tuple(sorted(snap.batches.all(), key=lambda b: b.started_at, reverse=True)))


class _Run:
    """One import on its way: chunks in, counts and a report out."""

    def __init__(self, session: Session, source: Source, now: datetime, *, sha256: str, dry: bool) -> None:
        self._session, self._source, self._now, self._dry = session, source, now, dry
        self._batch = "" if dry else new_id("IM")
        self._waiting: list[NewPerson] = []
        self._started = False
        self.rows: list[ReportRow] = []
        self.read = 0
        self.counts = dict.fromkeys(("accepted", "quarantined", "rejected", "duplicates", "candidates", "unproven"), 0)
        self.reasons: dict[str, int] = {}
        self._provenances: dict[tuple[object, ...], Provenance] = {}
        self._sections = {k: f.section for k, f in session.policy.fields.items() if f.section is not None}
        self._sha256 = sha256
        self._by_row: dict[int, str] = {}
        self._known_lines: dict[tuple[object, ...], tuple[tuple[LineStatus, int | None], ...]] = {}
        self._noes: list[tuple[str, ImportedAnswer]] = []
        self._terms: dict[str, ItemTerms] = {}
        self._event_ids: list[str] = []

    def take(self, rows: list[RowResult]) -> None:
        """Account for a block of rows; stage those that stay."""
        held = self._held(rows)
        for row in rows:
            self.read += 1
            self._one(row, held)
        while len(self._waiting) >= _CHUNK:
            self._stage(self._waiting[:_CHUNK])
            del self._waiting[:_CHUNK]

    def finish(self, facts: FileFacts) -> ImportReport:
        """Stage the rest and publish."""
        if self._waiting:
            self._stage(self._waiting)
            self._waiting = []
        counts = {"read": self.read, **self.counts}
        if not self._dry:
            self._begin()
            with self._session.vault.unit_of_work() as uow:
                uow.batches.set_counts(self._batch, counts)
                uow.batches.publish(self._batch, self._now)
                self._close(uow)
                uow.commit(
                    self._session.event(
                        Kind.IMPORT_PUBLISHED,
                        at=self._now,
                        detail={
                            "batch": self._batch,
                            "source": self._source.code,
                            **counts,
                            "refused_columns": len(facts.refused),
                            "reasons": [f"{code}={number}" for code, number in sorted(self.reasons.items())],
                        },
                    )
                )
        return ImportReport(
            batch=self._batch or None,
            read=self.read,
            accepted=self.counts["accepted"],
            quarantined=self.counts["quarantined"],
            rejected=self.counts["rejected"],
            duplicates=self.counts["duplicates"],
            candidates=self.counts["candidates"],
            refused_columns=tuple(c.header for c in facts.refused),
            unknown_columns=facts.unknown,
            unproven_consents=self.counts["unproven"],
            report=None,
            reasons=dict(sorted(self.reasons.items())),
        )

    def drop(self) -> None:
        """Leave nothing behind."""
        if self._started:
            with self._session.vault.unit_of_work() as uow:
                people = uow.batches.drop(self._batch)
                detail = {"batch": self._batch, "people": people}
                uow.commit(self._session.event(Kind.IMPORT_DROPPED, at=self._now, detail=detail))
            self._session.vault.sweep_batches()

    def _close(self, uow: UnitOfWork) -> None:
        """A "no" in a duplicate row closes too: the person said it, whichever row carries it (rule 4)."""
        for hcp_id, answer in self._noes:
            for event in self._events(hcp_id, answer):
                uow.consents.add(event)
            refresh(self._session, uow, hcp_id, at=self._now)

    def _held(self, rows: Iterable[RowResult]) -> dict[tuple[str, str], str]:
        """Which identifiers of ``rows`` the vault already holds, and for whom."""
        wanted: dict[str, set[str]] = {}
        for row in rows:
            for kind, value in self._identifiers(row):
                wanted.setdefault(kind, set()).add(value)
        found: dict[tuple[str, str], str] = {}
        with self._session.vault.snapshot() as snap:
            for kind, values in wanted.items():
                for value, people in snap.index.find_many(kind, sorted(values)).items():
                    found[kind, value] = next(iter(people), "")
        return found

    def _identifiers(self, row: RowResult) -> list[tuple[str, str]]:
        pairs = [(f"source_id:{self._source.code}", s) for s in row.source_ids]
        for kind, key in (("licence", "practice_licence_no"), ("phone", "mobile_phone")):
            if value := row.values.get(key):
                pairs.append((kind, value))
        return pairs

    def _one(self, row: RowResult, held: Mapping[tuple[str, str], str]) -> None:
        status, found = row.status, list(row.codes)
        pairs = self._identifiers(row)
        if status in (RowStatus.ACCEPTED, RowStatus.QUARANTINED):
            keys = [p for p in pairs if p[0] != "phone"]
            if any(held.get(p) for p in keys):
                status = RowStatus.DUPLICATE
                found.append(("", "already_held"))
            elif row.candidates or any(held.get(p) for p in pairs if p[0] == "phone"):
                self.counts["candidates"] += 1
                found.append(("", "merge_candidate"))
        if status is RowStatus.DUPLICATE:
            self._note_no(row, pairs, held)
        name = "duplicates" if status is RowStatus.DUPLICATE else str(status)
        self.counts[name] += 1
        for _, code in found:
            self.reasons[code] = self.reasons.get(code, 0) + 1
        if found or status is not RowStatus.ACCEPTED:
            self.rows.append(ReportRow(row=row.row, status=status, codes=tuple(found), first_row=row.first_row))
        if status in (RowStatus.ACCEPTED, RowStatus.QUARANTINED):
            person = self._person(row, pairs, quarantined=status is RowStatus.QUARANTINED)
            self.counts["unproven"] += any(e.kind is EventKind.IMPORTED_YES for e in person.events)
            if not self._dry:
                self._waiting.append(person)
                self._by_row[row.row] = person.hcp_id

    def _note_no(self, row: RowResult, pairs: list[tuple[str, str]], held: Mapping[tuple[str, str], str]) -> None:
        known = next((h for p in pairs if p[0] != "phone" and (h := held.get(p))), "")
        known = known or self._by_row.get(row.first_row or 0, "")
        if known and not self._dry:
            self._noes.extend((known, answer) for answer in row.consents if not answer.positive)

    def _person(self, row: RowResult, pairs: list[tuple[str, str]], *, quarantined: bool) -> NewPerson:
        hcp_id = new_id("HCP")
        provenance = self._provenance(row, quarantined)
        sections: dict[Section, dict[str, FieldValue]] = {}
        for key, value in row.values.items():
            section = self._sections.get(key)
            if section is not None:
                sections.setdefault(section, {})[key] = FieldValue(value, provenance)
        if row.source_ids:
            texts = "; ".join(f"{self._source.code}:{s}" for s in row.source_ids)
            sections.setdefault(Section.DIRECTORY, {})["source_system_ids"] = FieldValue(texts, provenance)
        events = [e for answer in row.consents for e in self._events(hcp_id, answer)]
        name = row.values.get("full_name", "")
        spoken = readings(name)
        return NewPerson(
            hcp_id=hcp_id,
            created_at=self._now,
            sections=sections,
            index=IndexRow(
                hcp_id=hcp_id,
                name=name,
                hospital=row.values.get("institution_name", ""),
                department=row.values.get("department", ""),
                title=row.values.get("professional_title", ""),
                region=row.values.get("region", ""),
                name_public=provenance.source_class is SourceClass.PUBLIC and provenance.source_date is not None,
                pinyin=spoken.full,
                initials=spoken.initials,
                identifiers=tuple(pairs),
            ),
            events=events,
            states=self._lines(events),
            blocks=frozenset({Block.QUARANTINED}) if quarantined else frozenset(),
        )

    def _provenance(self, row: RowResult, quarantined: bool) -> Provenance:
        key = (row.source_date, quarantined)
        if key not in self._provenances:
            self._provenances[key] = Provenance(
                source=self._source.code,
                source_class=self._source.provenance,
                source_date=row.source_date,
                collector=self._session.actor,
                grade=self._source.grade,
                basis="",
                status=ValueStatus.QUARANTINED if quarantined else ValueStatus.ACTIVE,
                cited=self._source.provenance is SourceClass.PUBLIC,
            )
        return self._provenances[key]

    def _events(self, hcp_id: str, answer: ImportedAnswer) -> list[ConsentEvent]:
        acted = day_start(answer.answered_on) if answer.answered_on else None
        return [
            ConsentEvent(
                event_id=self._event_id(),
                hcp_id=hcp_id,
                item=item,
                kind=EventKind.WITHDRAWN if answer.withdrawn else answer.kind,
                method=answer.method or Method.IMPORT,
                recorded_at=self._now,
                recorded_by=self._session.actor,
                acted_at=acted,
                received_at=acted or self._now if answer.withdrawn else None,
                precision=Precision.DAY,
            )
            for item in answer.items
        ]

    def _event_id(self) -> str:
        if not self._event_ids:
            self._event_ids = new_ids("EV", _IDS)
        return self._event_ids.pop()

    def _terms_of(self, item: str) -> ItemTerms:
        """Terms at the one instant of this import."""
        if item not in self._terms:
            self._terms[item] = terms(self._session, item, at=self._now)
        return self._terms[item]

    def _lines(self, events: list[ConsentEvent]) -> tuple[LineStatus, ...]:
        """Status of each item; equal answers stand equally, so each kind of answer is worked out once."""
        if not events:
            return ()
        key = tuple((e.item, e.kind, e.acted_at, e.received_at) for e in events)
        if key not in self._known_lines:
            lines = all_lines(events, terms_of=self._terms_of, at=self._now)
            places = {e.event_id: place for place, e in enumerate(events)}
            self._known_lines[key] = tuple((x, places.get(x.event_id or "")) for x in lines)
        return tuple(
            line if place is None else replace(line, event_id=events[place].event_id)
            for line, place in self._known_lines[key]
        )

    def _begin(self) -> None:
        if self._started or self._dry:
            return
        with self._session.vault.unit_of_work() as uow:
            uow.batches.start(
                Batch(
                    batch=self._batch,
                    source=self._source.code,
                    state=BatchState.STAGING,
                    file_sha256=self._sha256,
                    started_at=self._now,
                    published_at=None,
                    actor=self._session.actor,
                    counts={},
                )
            )
            uow.commit(
                self._session.event(
                    Kind.IMPORT_STARTED,
                    at=self._now,
                    detail={"batch": self._batch, "source": self._source.code, "file_sha256": self._sha256},
                )
            )
        self._started = True

    def _stage(self, people: list[NewPerson]) -> None:
        if self._dry:
            return
        self._begin()
        detail: dict[str, str | int] = {"batch": self._batch, "people": len(people)}
        self._session.vault.stage(
            self._batch, people, self._session.event(Kind.IMPORT_STAGED, at=self._now, detail=detail)
        )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _source(session: Session, code: str) -> Source:
    if not code.strip():
        raise bad_input("source_missing", "source")
    with session.vault.snapshot() as snap:
        source = snap.sources.get(code)
    if source is None:
        raise bad_input("unknown_source", "source", code)
    return source


def _template(session: Session, name: str | None) -> ColumnMapping | None:
    if name is None:
        return None
    with session.vault.snapshot() as snap:
        saved = snap.mappings.get(name)
    if saved is None:
        raise bad_input("unknown_mapping", "mapping", name)
    return ColumnMapping.from_json(saved)


def _save_mapping(session: Session, name: str, facts: FileFacts, now: datetime) -> None:
    with session.vault.unit_of_work() as uow:
        uow.mappings.put(name, ColumnMapping.of(facts, name).as_json())
        uow.commit(session.event(Kind.SETTING_CHANGED, at=now, detail={"setting": "import_mapping", "value": name}))


def _read_request(
    now: datetime,
    path: Path,
    source: Source | None,
    mapping: ColumnMapping | None,
    sheet: int | str | None,
    header_row: int | None,
) -> ReadRequest:
    return ReadRequest(
        path=path,
        today=shanghai_day(now),
        mapping=mapping,
        sheet=None if sheet is None else str(sheet),
        header_row=header_row,
        source_class=source.provenance if source else SourceClass.FIRST,
        source_code=source.code if source else "",
        basis_proof=source is None or source.status == "active",
    )


def _guard(session: Session) -> Callable[[str], str | None]:
    words = session.policy.free_text

    @lru_cache(maxsize=_REMARKS)
    def judge(text: str) -> str | None:
        return next(iter(codes(scan(text, words))), None)

    return judge


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Collect cycles less often for as long as the block lasts."""
    kept = gc.get_threshold()
    gc.set_threshold(_COLLECT_AFTER, *kept[1:])
    try:
        yield
    finally:
        gc.set_threshold(*kept)


def _columns(facts: FileFacts) -> tuple[PreviewColumn, ...]:
    return (
        *(PreviewColumn(name=c.header, target=c.target, why="") for c in facts.used),
        *(PreviewColumn(name=c.header, target="", why=c.reason) for c in facts.refused),
        *(PreviewColumn(name=name, target="", why="unknown_column") for name in facts.unknown),
    )
