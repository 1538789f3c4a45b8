"""The weekly file: what a later file of the same source says of people who are held, compared and then written.

Rules: (1) only rows found by licence or source id, and not *key of another*, are compared; each value is judged alone
(profile/updating.py) and an empty cell takes nothing away; (2) nothing here opens anybody: no answer is taken but a no
(import_run.py, rule 3), declined channels only grow, blocks and states stay as they are, and whoever objected, is
frozen, died, waits for erasure, or withdrew without anything left open keeps the values of before; (3) rows that are
held back by themselves (shifted cells, an outside collector) change nothing; (4) comparing reads sealed values in short
transactions, each with its entry; writing is part of the commit that publishes, after looking at each value again: what
somebody changed meanwhile stays; (5) who is held from this source and not in the file is *gone*: a task for a person to
judge, never an erasure; ``part`` says that the file is not the whole list; (6) lists name people by pseudonym.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import islice

from compliance.clock import from_stamp, shanghai_day
from compliance.errors import bad_input
from compliance.importing.answers import channel_labels, read_channels
from compliance.importing.child import open_rows
from compliance.importing.request import ReadRequest
from compliance.importing.results import FileFacts, RowResult, RowStatus
from compliance.model.access import Block, Section
from compliance.model.audit import Kind
from compliance.model.ids import MANY, new_ids
from compliance.model.profile import FieldValue
from compliance.model.register import Source, Task
from compliance.profile.updating import CONFLICTS, WRITES, Offered, Verdict, judge
from compliance.progress import Progress
from compliance.use_cases.imports.import_order import SealOrder
from compliance.use_cases.imports.import_report import Account, Touched, UpdateReport
from compliance.use_cases.people.indexing import SEARCHED, reindex
from compliance.use_cases.seat.free_text import judge_of
from compliance.use_cases.seat.session import Session
from compliance.vault import Maintenance, UnitOfWork
from compliance.vault.keys.keyring import GUARDED

GONE = "source_gone"
#: The field whose value only grows: channels a person declined.
DECLINED = "channel_optout"
#: A person may be looked at for so long before the task is late.
_GONE_DAYS = 30
#: Blocks that leave a record as it is.
_STILL = frozenset({Block.OBJECTION, Block.FROZEN, Block.ERASURE, Block.ERASED, Block.DECEASED, Block.DEATH_REPORTED})
#: Entries whose fields a later file does not simply fill again.
_BY_HAND = (Kind.PERSON_AMENDED, Kind.PERSON_ADDED, Kind.LET_GO, Kind.DISPUTE_SETTLED)
_MOVES = frozenset({"institution_name", "department"})
#: Rows compared in one transaction, alone at the vault and beside others.
_ROWS, _ROWS_BESIDE = 5_000, 500
#: People an entry names.
_NAMED = 500
#: People a list of the report names.
_TOLD = 200


@dataclass(slots=True)
class _Change:
    """What is to be written of one person."""

    hcp_id: str
    values: dict[Section, dict[str, tuple[FieldValue | None, FieldValue]]]


@dataclass(slots=True)
class _Seen:
    """What was found so far."""

    changes: list[_Change] = field(default_factory=list)
    present: set[str] = field(default_factory=set)
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("moved", "changed", "unchanged", "closed", "doubtful", "conflicts"), 0)
    )
    fields: dict[str, int] = field(default_factory=dict)
    told: dict[str, list[Touched]] = field(default_factory=dict)
    gone: tuple[str, ...] = ()

    def tell(self, what: str, hcp_id: str, row: int, fields: Iterable[str] = (), why: str = "") -> None:
        """A line of a list, as long as the list is short."""
        known = self.told.setdefault(what, [])
        if len(known) < _TOLD:
            known.append(Touched(hcp_id=hcp_id, row=row, fields=tuple(fields), why=why))


class Update:
    """One comparison: :meth:`compare`, then :meth:`write` in the publishing commit. ``held``: row → who holds its key,
    filled by the import itself."""

    def __init__(self, session: Session, source: Source, order: SealOrder, read: ReadRequest, *, part: bool) -> None:
        self._session, self._source, self._order, self._read, self._part = session, source, order, read, part
        self.held: dict[int, str] = {}
        keyring = session.vault.keyring
        self._mine = frozenset(s for s in Section if s not in GUARDED or keyring.has(GUARDED[s]))
        self._closed: frozenset[str] = frozenset()
        self._typists: frozenset[str] = frozenset()
        self._seen = _Seen()

    @staticmethod
    def check(facts: FileFacts) -> None:
        """InputErrors ``update_needs_key``: without a column that says who is who nothing can be compared."""
        if not {"source_id", "practice_licence_no"} & {column.target for column in facts.used}:
            raise bad_input("update_needs_key", "file")

    def compare(self, account: Account, facts: FileFacts, *, sha256: str, batch: str, progress: Progress) -> None:
        """Read the file again and judge every row of somebody held. InputErrors ``file_changing``; Cancelled."""
        with self._session.vault.snapshot() as snap:
            self._closed = frozenset(snap.consents.all_closed())
            self._typists = frozenset(snap.log.people_in(_BY_HAND))
        entries = {entry[0]: entry for entry in account.rows if entry[1] == RowStatus.DUPLICATE.value}
        with open_rows(self._read, note_guard=judge_of(self._session), progress=progress) as reading:
            rows = (row for part in reading.batches() for row in part)
            while portion := list(islice(rows, _ROWS_BESIDE if self._session.vault.has_company() else _ROWS)):
                self._portion(portion, account, entries, batch)
            if reading.counts.file_sha256 != sha256:
                raise bad_input("file_changing", "file")
        account.drop_silent("update_unchanged")
        if not self._part:
            self._find_gone(facts)

    def write(self, uow: UnitOfWork, batch: str) -> dict[str, int]:
        """Write what was found, in the commit under way; the counts for the batch."""
        now, written = self._order.at, []
        self._closed = frozenset(uow.consents.all_closed())  # who withdrew while the file was compared
        for change in self._seen.changes:
            fields = self._write(uow, change, batch, now)
            if fields:
                written.append((change.hcp_id, fields))
        for part in _parts(written, _NAMED):
            uow.queue(
                self._session.event(
                    Kind.PEOPLE_UPDATED,
                    at=now,
                    hcps=tuple(hcp_id for hcp_id, _ in part),
                    fields=tuple(sorted({key for _, keys in part for key in keys})),
                    detail={"batch": batch, "source": self._source.code, "people": len(part)},
                )
            )
        self._tasks(uow, now)
        return {**self._seen.counts, "gone": len(self._seen.gone), "update": 1}

    def report(self) -> UpdateReport:
        """What was found, for whoever asked."""
        seen = self._seen
        told = dict(seen.told)
        told["gone"] = [Touched(hcp_id=hcp_id, row=0) for hcp_id in seen.gone[:_TOLD]]
        return UpdateReport(
            **seen.counts,
            gone=len(seen.gone),
            fields=dict(sorted(seen.fields.items())),
            told={what: tuple(lines) for what, lines in told.items()},
        )

    def _portion(self, rows: list[RowResult], account: Account, entries: dict[int, list[object]], batch: str) -> None:
        with self._session.vault.unit_of_work() as uow:
            people = uow.people.get_many(sorted({self.held[r.row] for r in rows if r.row in self.held}))
            others: dict[str, list[str]] = {}
            compared = 0
            for row in rows:
                hcp_id = self.held.get(row.row)
                person = people.get(hcp_id) if hcp_id else None
                if hcp_id is None or person is None:
                    self._remember(row, others)
                    continue
                compared += 1
                self._seen.present.add(hcp_id)
                still = bool(person.blocks & _STILL) or hcp_id in self._closed
                codes = self._row(uow, hcp_id, row, still=still)
                if row.row in entries:
                    account.say_anew(entries[row.row], "already_held", codes)
            for kind, values in others.items():
                for found in uow.index.find_many(kind, values).values():
                    self._seen.present.update(found)
            detail = {"batch": batch, "source": self._source.code, "people": compared}
            uow.commit(self._session.event(Kind.IMPORT_COMPARED, at=self._order.at, detail=detail))

    def _remember(self, row: RowResult, others: dict[str, list[str]]) -> None:
        """A row of nobody held here, or not taken: whoever has its keys is not gone."""
        for source_id in row.source_ids:
            others.setdefault(f"source_id:{self._source.code}", []).append(source_id)
        if licence := row.values.get("practice_licence_no"):
            others.setdefault("licence", []).append(licence)

    def _row(self, uow: UnitOfWork, hcp_id: str, row: RowResult, *, still: bool) -> list[tuple[str, str]]:
        """Judge one row; what the report says of it."""
        seen = self._seen
        doubtful = row.status is RowStatus.QUARANTINED
        if still or (doubtful and self._source.status != "quarantined"):
            what = "closed" if still else "doubtful"
            seen.counts[what] += 1
            seen.tell(what, hcp_id, row.row)
            return [("", f"update_{what}")]
        changes, conflicts = self._judged(uow, hcp_id, row, quarantined=doubtful)
        written = {key: verdict for verdict, _, key, _, _ in changes if verdict is not Verdict.CONFIRMED}
        if changes:
            made: dict[Section, dict[str, tuple[FieldValue | None, FieldValue]]] = {}
            for _, section, key, was, becomes in changes:
                made.setdefault(section, {})[key] = (was, becomes)
            seen.changes.append(_Change(hcp_id, made))
        for key in written:
            seen.fields[key] = seen.fields.get(key, 0) + 1
        moved = any(verdict is Verdict.CHANGED and key in _MOVES for key, verdict in written.items())
        what = "moved" if moved else "changed" if written else "unchanged"
        seen.counts[what] += 1
        if written:
            seen.tell(what, hcp_id, row.row, sorted(written))
        seen.counts["conflicts"] += bool(conflicts)
        for key, verdict in conflicts:
            seen.tell("conflicts", hcp_id, row.row, (key,), f"update_{verdict}")
        return [("", f"update_{what}"), *((key, f"update_{verdict}") for key, verdict in conflicts)]

    def _judged(
        self, uow: UnitOfWork, hcp_id: str, row: RowResult, *, quarantined: bool
    ) -> tuple[
        list[tuple[Verdict, Section, str, FieldValue | None, FieldValue]],
        list[tuple[str, Verdict]],
    ]:
        by_section: dict[Section, dict[str, str]] = {}
        for key, text in row.values.items():
            section = self._order.sections.get(key)
            if section in self._mine:
                by_section.setdefault(section, {})[key] = text
        stored = uow.sections.read_for(Maintenance.AMEND, hcp_id, by_section)
        typed = self._typed(uow, hcp_id)
        day = row.source_date or self._order.dated
        provenance = self._order.like(day, quarantined=quarantined)
        changes, conflicts = [], []
        for section, texts in by_section.items():
            values = stored.get(section, {})
            for key, text in texts.items():
                held = values.get(key)
                offered = Offered(_joined(key, held, text), provenance, own_day=row.source_date is not None)
                verdict = judge(key, held, offered, typed_on=typed.get(key))
                if verdict is Verdict.ADDED and key == "practice_licence_no" and uow.index.find("licence", text):
                    verdict = Verdict.IDENTITY
                if verdict in WRITES:
                    changes.append((verdict, section, key, held, FieldValue(offered.value, provenance)))
                elif verdict in CONFLICTS:
                    conflicts.append((key, verdict))
        return changes, conflicts

    def _typed(self, uow: UnitOfWork, hcp_id: str) -> dict[str, date]:
        """Field → the day a person last typed it, took it out or let it go."""
        if hcp_id not in self._typists:
            return {}
        found: dict[str, date] = {}
        for entry in uow.log.find(kind=_BY_HAND, hcp=hcp_id, limit=1000):
            day = shanghai_day(from_stamp(str(entry.data["at"])))
            for key in entry.data["fields"]:
                found[key] = max(day, found.get(key, day))
        return found

    def _write(self, uow: UnitOfWork, change: _Change, batch: str, now: datetime) -> list[str]:
        """Write one person; the fields written. What is no longer as it was compared stays."""
        person = uow.people.get(change.hcp_id)
        if person is None or person.blocks & _STILL or change.hcp_id in self._closed:
            return []
        stored = uow.sections.read_for(Maintenance.AMEND, change.hcp_id, change.values)
        done: list[str] = []
        for section, values in change.values.items():
            now_held = dict(stored.get(section, {}))
            real = {key: pair for key, pair in values.items() if now_held.get(key) == pair[0]}
            if not real:
                continue
            now_held.update((key, becomes) for key, (_, becomes) in real.items())
            uow.sections.write(change.hcp_id, section, now_held)
            uow.value_changes.add(batch, change.hcp_id, section, real, now)
            done += real
        if not SEARCHED.isdisjoint(done):
            reindex(uow, change.hcp_id)
        return done

    def _find_gone(self, facts: FileFacts) -> None:
        targets = {column.target for column in facts.used}
        with self._session.vault.snapshot() as snap:
            known = snap.batches.keyed_people(
                self._source.code, by_id="source_id" in targets, by_licence="practice_licence_no" in targets
            )
        self._seen.gone = tuple(sorted(known - self._seen.present))

    def _tasks(self, uow: UnitOfWork, now: datetime) -> None:
        """A task for everybody gone who has none yet; the tasks of those who are back are done."""
        source = self._source.code
        waiting = {task.hcp_id: task for task in uow.tasks.open(kind=GONE) if task.subject == source}
        for hcp_id in self._seen.present & waiting.keys():
            uow.tasks.done(waiting[hcp_id].task_id, now, self._session.actor)
        fresh = [hcp_id for hcp_id in self._seen.gone if hcp_id not in waiting]
        ids = new_ids("TK", len(fresh), MANY)
        uow.tasks.add_new(
            Task(
                task_id=task_id, kind=GONE, hcp_id=hcp_id, subject=source, due=now + timedelta(days=_GONE_DAYS),
                opened_at=now, done_at=None, done_by="",
            )
            for task_id, hcp_id in zip(ids, fresh, strict=True)
        )  # fmt: skip


def _joined(key: str, held: FieldValue | None, text: str) -> str:
    """What a file says together with what is held, where a list may only grow: declined channels, numbers of source
    systems."""
    if held is None or held.value == text:
        return text
    if key == DECLINED:
        known = read_channels(held.value)[0]
        more = tuple(code for code in read_channels(text)[0] if code not in known)
        # added to the words that stand there: one that no table knows is a no all the same
        return f"{held.value}; {channel_labels(more, ranked=False)}" if more else held.value
    if key == "source_system_ids":
        return "; ".join(dict.fromkeys((*held.value.split("; "), *text.split("; "))))
    return text


def _parts(rows: list[tuple[str, list[str]]], size: int) -> Iterator[list[tuple[str, list[str]]]]:
    for begin in range(0, len(rows), size):
        yield rows[begin : begin + size]
