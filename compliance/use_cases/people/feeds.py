"""Consent changes to source systems and back: the feed, its answers, and what stays open too long (REQ-031).

Rules: (1) a feed holds the items something was recorded about since a moment, as they stand now, and the states that
close contact (deceased, do not contact, dormant), for people the source knows, by the source's own numbers, and no name
or contact value; (2) it spreads withdrawals, so one person suffices
and no bulk limit holds it back (PIPL 15); (3) what must stop is due a day after it was recorded; (4) an answer is taken
only for a change that was sent; when the last closing change of a person is done, the task to tell that source is done
with the feed as its receipt; (5) what is unanswered past its time stands on Today.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from compliance.consent.labels import item_label
from compliance.errors import bad_input
from compliance.exports.changes_xlsx import ChangeRow, ChangesMeta, render_changes
from compliance.exports.files import write_file
from compliance.i18n import t
from compliance.importing.acknowledgements import Acknowledgement, read_acknowledgements
from compliance.model.access import AccessGranted, Block, Purpose
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.ids import new_id
from compliance.model.person_state import BLOCKS, PersonState
from compliance.progress import Phase, Progress
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seeing.walk import walk
from compliance.vault import Feed, FeedRow, UnitOfWork

#: What must stop is due so long after it was recorded.
DUE = timedelta(hours=24)
_IDS = "source_system_ids"
_LISTED_BY_NAME = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesSent:
    """A feed that was written. ``unknown``: people with changes whom the source does not know."""

    feed_id: str
    file: Path
    rows: int
    people: int
    unknown: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswersTaken:
    """What became of a file of answers. ``problems``: (row, column, code)."""

    read: int
    done: int
    failed: int
    open: int
    rejected: int
    tasks_done: tuple[str, ...]
    problems: tuple[tuple[int, str, str], ...]


def send_changes(
    session: Session, *, source: str, since: datetime, path: Path, progress: Progress
) -> Answer[ChangesSent | Refusal]:
    """Write what changed since ``since`` for one source system. InputErrors ``unknown_source``, ``not_xlsx``,
    ``file_exists``, ``in_the_future``, ``no_changes``."""
    now = session.now()
    if no := barred(session, "send_changes", at=now):
        return no
    if path.suffix.lower() != ".xlsx":
        raise bad_input("not_xlsx", "out")
    if path.exists():
        raise bad_input("file_exists", "out")
    if since > now:
        raise bad_input("in_the_future", "since")
    feed_id = new_id("FD")
    progress.phase(Phase.READING)
    with session.vault.unit_of_work() as uow:
        if uow.sources.get(source) is None:
            raise bad_input("unknown_source", "source", source)
        rows, unknown = _changes(session, uow, feed_id, source, since, now, progress)
        if not rows:
            raise bad_input("no_changes", "since")
        people = tuple(sorted({row.hcp_id for row in rows}))
        content = render_changes(rows, _meta(session, feed_id, source, since, now, len(rows)), lang=session.lang)
        written = write_file(path, content)
        try:
            feed = Feed(
                feed_id=feed_id,
                source=source,
                since=since,
                made_at=now,
                made_by=session.actor,
                rows=len(rows),
                sha256=written.sha256,
            )
            uow.feeds.add(feed, [_feed_row(feed_id, number, row) for number, row in enumerate(rows, 1)])
            uow.commit(
                session.event(
                    Kind.EXPORT_WRITTEN,
                    at=now,
                    hcps=people if len(people) <= _LISTED_BY_NAME else (),
                    purpose=str(Purpose.RIGHTS),
                    fields=(_IDS, "channel_consents"),
                    detail={
                        "what": "consent_changes",
                        "feed": feed_id,
                        "source": source,
                        "rows": len(rows),
                        "people": len(people),
                        "sha256": written.sha256,
                    },
                )
            )
        except BaseException:
            path.unlink(missing_ok=True)  # no log, no file
            raise
    sent = ChangesSent(
        feed_id=feed_id,
        file=written.path,
        rows=len(rows),
        people=len(people),
        unknown=unknown,
        sha256=written.sha256,
    )
    return Answer(sent, Changes(exports=True, audit=True, tasks=True))


def take_answers(session: Session, *, path: Path, dry_run: bool = False) -> Answer[AnswersTaken | Refusal]:
    """Take in what a source system answered. Bad lines are named; the good ones count."""
    now = session.now()
    if no := barred(session, "send_changes", at=now):
        return no
    lines = read_acknowledgements(path, today=None)
    problems = [(line.row, line.column, line.code) for line in lines if line.code]
    counts = {"done": 0, "failed": 0, "": 0}
    tasks: list[str] = []
    with session.vault.unit_of_work() as uow:
        touched: list[FeedRow] = []
        for line in lines:
            if line.code:
                continue
            row = uow.feeds.row(line.feed_id, line.no)
            if problem := _fault(line, row):
                problems.append((line.row, *problem))
                continue
            counts[line.answer] += 1
            if line.answer and row is not None and row.answer != "done":
                uow.feeds.answer(line.feed_id, line.no, line.answer, now)
                touched.append(row)
        tasks = _settled_tasks(uow, touched, now, session.actor)
        if not dry_run and touched:
            uow.commit(
                session.event(
                    Kind.TASK_DONE,
                    at=now,
                    detail={"what": "feed_answers", "done": counts["done"], "failed": counts["failed"], "tasks": tasks},
                )
            )
    taken = AnswersTaken(
        read=len(lines),
        done=counts["done"],
        failed=counts["failed"],
        open=counts[""],
        rejected=len(problems),
        tasks_done=tuple(tasks),
        problems=tuple(sorted(problems)),
    )
    return Answer(taken, Changes(tasks=not dry_run, audit=not dry_run))


def list_feeds(session: Session) -> Answer[tuple[Feed, ...]]:
    """All feeds, newest first."""
    with session.vault.snapshot() as snap:
        return Answer(tuple(snap.feeds.all()))


def unanswered(session: Session) -> Answer[tuple[FeedRow, ...]]:
    """Changes that must stop something and that no *done* has come back for, the ones due first in front."""
    with session.vault.snapshot() as snap:
        return Answer(tuple(snap.feeds.unanswered()))


def _changes(
    session: Session,
    uow: UnitOfWork,
    feed_id: str,
    source: str,
    since: datetime,
    now: datetime,
    progress: Progress,
) -> tuple[list[ChangeRow], int]:
    changed = uow.consents.changed_since(since)
    states = _states(uow, since)
    for hcp_id in states:
        changed.setdefault(hcp_id, {})
    rows: list[ChangeRow] = []
    unknown = 0
    for number, (hcp_id, items) in enumerate(changed.items()):
        progress.tick(number, len(changed))
        look = walk(session, uow, hcp_id=hcp_id, purpose=Purpose.RIGHTS, at=now)
        if not isinstance(look.decision, AccessGranted):
            unknown += 1  # erased meanwhile
            continue
        ids = _ids_of(look.values[_IDS].value if _IDS in look.values else "", source)
        if not ids:
            unknown += 1
            continue
        for code, (closes, recorded) in sorted(states.get(hcp_id, {}).items()):
            rows.append(
                ChangeRow(
                    change=f"{feed_id}/{len(rows) + 1}", source_ids=ids, hcp_id=hcp_id, item=code,
                    label=item_label(code, lambda key, **more: t(key, session.lang, **more)), closes=closes,
                    since=recorded, due=recorded + DUE,
                )
            )  # fmt: skip
        for item, recorded in sorted(items.items()):
            line = look.lines.get(item)
            closes = line is None or not line.open
            rows.append(
                ChangeRow(
                    change=f"{feed_id}/{len(rows) + 1}",
                    source_ids=ids,
                    hcp_id=hcp_id,
                    item=item,
                    label=item_label(item, lambda key, **more: t(key, session.lang, **more)),
                    closes=closes,
                    since=line.since if line else None,
                    due=recorded + DUE,
                )
            )
    return rows, unknown


def _states(uow: UnitOfWork, since: datetime) -> dict[str, dict[str, tuple[bool, datetime]]]:
    """person id → ``state:CODE`` → whether it stands now, and when something was last said about it. A death that is
    only reported is told as *do not contact*: nobody else is to write it down as a death."""
    found: dict[str, dict[str, tuple[bool, datetime]]] = {}
    for said in uow.person_states.changed_since(since):
        person = uow.people.get(said.hcp_id)
        if person is None:
            continue
        when = max(x for x in (said.said_at, said.confirmed_at, said.lifted_at) if x is not None)
        code = PersonState.DO_NOT_CONTACT if _unsure(person.blocks, said.state) else said.state
        stands = not person.blocks.isdisjoint(BLOCKS[said.state]) or (
            code is PersonState.DO_NOT_CONTACT and Block.DO_NOT_CONTACT in person.blocks
        )
        mine = found.setdefault(said.hcp_id, {})
        before = mine.get(f"state:{code}")
        mine[f"state:{code}"] = (stands or (before is not None and before[0]), max(when, before[1]) if before else when)
    return found


def _unsure(blocks: frozenset[Block], state: PersonState) -> bool:
    return state is PersonState.DECEASED and Block.DECEASED not in blocks


def _ids_of(text: str, source: str) -> tuple[str, ...]:
    """The numbers of one source among "CRM:A1029; EVT:88317"."""
    pairs = (part.strip().partition(":") for part in text.split(";"))
    return tuple(number.strip() for code, _, number in pairs if code.strip() == source and number.strip())


def _meta(session: Session, feed_id: str, source: str, since: datetime, now: datetime, rows: int) -> ChangesMeta:
    return ChangesMeta(
        feed_id=feed_id,
        source=source,
        handler=session.handler,
        made_by=session.actor,
        made_at=now,
        since=since,
        rows=rows,
        sandbox=session.sandbox,
    )


def _feed_row(feed_id: str, number: int, row: ChangeRow) -> FeedRow:
    return FeedRow(
        feed_id=feed_id,
        no=number,
        hcp_id=row.hcp_id,
        item=row.item,
        closes=row.closes,
        due=row.due,
        answer="",
        answered_at=None,
    )


def _fault(line: Acknowledgement, row: FeedRow | None) -> tuple[str, str] | None:
    if row is None:
        return "change", "change_unknown"
    if row.answer == "done" and line.answer == "failed":
        return "answer", "answered_before"
    return None


def _settled_tasks(uow: UnitOfWork, touched: Sequence[FeedRow], now: datetime, by: str) -> list[str]:
    """Tasks to tell a source whose last open change was answered now (rule 4)."""
    done: list[str] = []
    for hcp_id in sorted({row.hcp_id for row in touched}):
        if uow.feeds.unanswered(hcp_id=hcp_id):
            continue
        for task in uow.tasks.open(kind="tell_source", hcp_id=hcp_id):
            uow.tasks.done(task.task_id, now, by)
            done.append(task.task_id)
    return done
