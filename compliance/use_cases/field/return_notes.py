"""What becomes of one note of a return: the act is entered, the paper registered, or the conflict named.

Outcomes: ``to_check`` (a yes that waits for a second person), ``recorded`` (any other answer), ``withdrawn``,
``registered`` and ``ended`` (papers), ``noted`` (packs), ``duplicate``; anything else is the reason of a conflict.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from compliance.clock import day_start, from_stamp
from compliance.consent.acts import NewAct
from compliance.consent.standing import items_to_withdraw
from compliance.errors import InputErrors
from compliance.importing.documents import document_of
from compliance.model.access import Purpose, Role
from compliance.model.answer import Refusal
from compliance.model.audit import AuditEvent, Kind
from compliance.model.consent import TIMED, EventKind, Method, NoticeVersion
from compliance.model.ids import is_hcp_id
from compliance.model.limits import day_end
from compliance.model.register import PAPER_LETTERS, PaperEnd, PaperKind, PaperPerson, Person, SheetRecord
from compliance.model.returned import PROTECTIVE, Captured, CapturedAct, Note, NoteKind, act_from_json
from compliance.use_cases.consent.recording import enter_act
from compliance.use_cases.consent.signatures import examine_new
from compliance.use_cases.consent.withdrawing import enter_withdrawal
from compliance.use_cases.field.paper_register import LOST_TASK, end_paper, loss_of
from compliance.use_cases.seat.clock_trouble import clock_trouble
from compliance.use_cases.seat.facts import lines_of
from compliance.use_cases.seat.free_text import judge_of
from compliance.use_cases.seat.people import known_person
from compliance.use_cases.seat.session import Session
from compliance.vault import UnitOfWork

DONE = frozenset({"to_check", "recorded", "withdrawn", "registered", "ended", "noted", "duplicate"})
#: Conflicts that time, an officer or the next pack lifts: the note is not answered, so the next return brings it again.
PASSING = frozenset({"clock_trouble", "in_the_future", "return_pack_expired"})
_KINDS = {
    Captured.PRESENTED: EventKind.PRESENTED,
    Captured.GIVEN: EventKind.GIVEN,
    Captured.REFUSED: EventKind.REFUSED,
    Captured.DEFERRED: EventKind.DEFERRED,
    Captured.NO_ANSWER: EventKind.NO_ANSWER,
}
_CHANNEL = "visit"
_MOST_PAGES = 9999
_YEARS = timedelta(days=1500)
_SERIAL, _DIGEST = re.compile(r"[A-Z]{1,2}-[A-Z2-7]{8}"), re.compile(r"[0-9a-f]{64}")
_PLAN = re.compile(rf"{PAPER_LETTERS[PaperKind.DAY_PLAN]}-[A-Z2-7]{{8}}")
_ITEM = re.compile(r"[a-z][a-z0-9_.-]*(?:/[a-z0-9_.-]+)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A note and what became of it. ``subject`` is a person, a serial, or the number of a pack."""

    note_id: str
    kind: NoteKind
    at: datetime
    subject: str
    item: str
    answer: str
    outcome: str
    event_id: str = ""

    @property
    def conflict(self) -> bool:
        """Whether it was not taken."""
        return self.outcome not in DONE

    @classmethod
    def of(cls, note: Note, *, outcome: str, event_id: str = "") -> "Filed":
        """The note as it is listed."""
        act = act_from_json(note.body) if note.kind is NoteKind.ACT else None
        return cls(
            note_id=note.note_id,
            kind=note.kind,
            at=note.at,
            subject=act.hcp_id if act else _named(note),
            item=act.item if act and _ITEM.fullmatch(act.item) else "",
            answer=str(act.answer) if act else _how(note),
            outcome=outcome,
            event_id=event_id,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Filing:
    """What filing needs beside the note. ``weak`` is why only what closes is taken, "" where all is; ``held_from`` is
    when the pack the rep holds was issued."""

    session: Session
    rep: str
    role: str
    documents: Mapping[str, tuple[str, bytes]]
    notices: Mapping[str, NoticeVersion]
    weak: str
    held_from: datetime
    now: datetime


def file_note(by: Filing, uow: UnitOfWork, note: Note) -> tuple[Filed, list[AuditEvent]]:
    """Put a note into ``uow``; what became of it, and the entries to commit with."""
    try:
        if note.kind is NoteKind.ACT:
            return _act(by, uow, note, act_from_json(note.body))
        if by.weak:
            return Filed.of(note, outcome=by.weak), []
        if note.kind is NoteKind.PAPER:
            return _paper(by, uow, note)
        if note.kind is NoteKind.PAPER_END:
            return _paper_end(by, uow, note)
        return _pack_gone(by, uow, note)
    except InputErrors as error:
        return Filed.of(note, outcome=error.code), []
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        return Filed.of(note, outcome="unreadable"), []


def _act(by: Filing, uow: UnitOfWork, note: Note, act: CapturedAct) -> tuple[Filed, list[AuditEvent]]:
    session, now = by.session, by.now
    if by.weak and act.answer not in PROTECTIVE:
        return Filed.of(note, outcome=by.weak), []
    person = known_person(uow, uow.merges.kept_of(act.hcp_id) or act.hcp_id)
    act = replace(act, hcp_id=person.hcp_id)
    if act.answer in PROTECTIVE and act.acted_at > now:  # a rep's clock that runs ahead delays nothing
        shown = None if act.presented_at is None else min(act.presented_at, now)
        act = replace(act, acted_at=now, presented_at=shown)
    if act.item and not session.policy.knows_item(act.item):
        return Filed.of(note, outcome="unknown_line"), []
    notice = by.notices.get(act.notice)
    if act.answer is Captured.WITHDRAWN or (act.answer is Captured.REFUSED and notice is None):
        return _closed(by, uow, note, act, person)
    if act.answer is Captured.REFUSED:
        try:
            filed = _answered(by, uow, note, act, notice)
        except (InputErrors, OverflowError):
            return _closed(by, uow, note, act, person)
        return _closed(by, uow, note, act, person) if filed[0].conflict else filed
    return _answered(by, uow, note, act, notice)


def _answered(
    by: Filing, uow: UnitOfWork, note: Note, act: CapturedAct, notice: NoticeVersion | None
) -> tuple[Filed, list[AuditEvent]]:
    """An answer under a notice. Nothing is put into ``uow`` before the rules took it."""
    session, now = by.session, by.now
    if notice is None:
        return Filed.of(note, outcome="unknown_notice"), []
    if _KINDS[act.answer] in TIMED and clock_trouble(uow):
        return Filed.of(note, outcome="clock_trouble"), []
    found = by.documents.get(note.evidence)
    document = document_of(found[1]) if found else None
    made = enter_act(
        session,
        uow,
        _new_act(session, act, document is not None),
        notice=notice,
        document=document,
        signature=examine_new(session, document, act.method),
        shown=(act.lang if act.lang in ("zh", "en") else "zh", _CHANNEL),
        recorder=(by.rep, Role(by.role)),
        now=now,
    )
    if isinstance(made, Refusal):
        return Filed.of(note, outcome=made.reason), []
    outcome = "to_check" if act.answer is Captured.GIVEN else "recorded"
    return Filed.of(note, outcome=outcome, event_id=made.event.event_id), [_from(made.entry, by, note)]


def _closed(
    by: Filing, uow: UnitOfWork, note: Note, act: CapturedAct, person: Person
) -> tuple[Filed, list[AuditEvent]]:
    """A withdrawal; or a no that cannot be entered as one (words nobody knows, a file of another kind, an end in the
    past), which closes all the same."""
    lines = lines_of(by.session, uow, hcp_id=act.hcp_id, at=by.now)
    items = (act.item,) if act.item else items_to_withdraw(lines.values())
    _, entry = enter_withdrawal(
        by.session,
        uow,
        person,
        items or by.session.policy.purposes[Purpose.VISIT].items_any,
        received_at=act.acted_at,
        precision=act.precision,
        channel=_plain(by.session, act.place) or _CHANNEL,
        recorder=by.rep,
        now=by.now,
    )
    return Filed.of(note, outcome="withdrawn"), [_from(entry, by, note)]


def _new_act(session: Session, act: CapturedAct, proven: bool) -> NewAct:
    end = None
    if act.ask_again_from is not None:
        end = day_start(act.ask_again_from)
    elif act.valid_until is not None:
        end = day_end(act.valid_until)
    return NewAct(
        hcp_id=act.hcp_id,
        item=act.item,
        answer=_KINDS[act.answer],
        method=act.method,
        acted_at=act.acted_at,
        presented_at=act.presented_at,
        notice=act.notice,
        precision=act.precision,
        evidence_id="to_be_sealed" if proven else None,
        identity_check=_plain(session, act.identity_check) or None,
        valid_until=end,
        asked_by_hcp=act.asked_by_hcp,
        place_of_original=_plain(session, act.place) or None if act.method is Method.PAPER else None,
        page_count=act.pages if 0 < act.pages <= _MOST_PAGES else None,
    )


def _paper(by: Filing, uow: UnitOfWork, note: Note) -> tuple[Filed, list[AuditEvent]]:
    """A day plan the rep printed stands in the office's register of papers."""
    record = _plan_of(note.body, by)
    if uow.sheets.get(record.serial) is not None:
        return Filed.of(note, outcome="serial_taken"), []
    uow.sheets.add(record)
    detail = {"serial": record.serial, "sha256": record.sha256, "what": str(record.kind), "rep": by.rep}
    entry = by.session.event(Kind.SHEET_ISSUED, at=by.now, hcps=record.about, detail=detail)
    return Filed.of(note, outcome="registered"), [_from(entry, by, note)]


def _plan_of(body: Mapping[str, Any], by: Filing) -> SheetRecord:
    """The plan a note tells of. ValueError unless it is one: its words stand in the register and in the log."""
    people = tuple(PaperPerson(hcp_id, Purpose(p) if p else None) for hcp_id, p in body["people"])
    record = SheetRecord(
        serial=body["serial"],
        hcp_id="",
        rep=by.rep,
        purpose=Purpose(body["purpose"]),
        issued_at=from_stamp(body["issued_at"]),
        expires_at=from_stamp(body["expires_at"]),
        sha256=body["sha256"],
        recalled_at=None,
        people=people,
    )
    near = abs(record.issued_at - by.now) < _YEARS and timedelta() < record.expires_at - record.issued_at < _YEARS
    known = _PLAN.fullmatch(record.serial) and _DIGEST.fullmatch(record.sha256)
    if not (near and known and people and all(is_hcp_id(p.hcp_id) for p in people)):
        raise ValueError("not a plan")
    return record


def _paper_end(by: Filing, uow: UnitOfWork, note: Note) -> tuple[Filed, list[AuditEvent]]:
    """A paper came back, was destroyed or is lost: the rep says so, the office closes its task."""
    serial, how = str(note.body["serial"]), PaperEnd(note.body["how"])
    known = uow.sheets.get(serial)
    if known is None or known.rep != by.rep:
        return Filed.of(note, outcome="unknown_sheet_serial"), []
    end_paper(by.session, uow, serial, at=by.now, how=how)
    if how is PaperEnd.LOST and not any(t.subject == serial for t in uow.tasks.open(kind=LOST_TASK)):
        uow.tasks.add(loss_of(known, by.now))
    entry = by.session.event(Kind.SHEET_ENDED, at=by.now, detail={"serials": [serial], "how": str(how)})
    return Filed.of(note, outcome="ended"), [_from(entry, by, note)]


def _pack_gone(by: Filing, uow: UnitOfWork, note: Note) -> tuple[Filed, list[AuditEvent]]:
    """A pack is off the rep's computer: what asked for that before it was issued anew is done."""
    sequence = int(note.body["sequence"])
    pack = uow.bundles.get(by.rep, sequence)
    if pack is None:
        return Filed.of(note, outcome="return_unknown_pack"), []
    last = uow.bundles.last(by.rep)
    dropped = last is not None and last.sequence == sequence
    if dropped or note.body["how"] == "replaced":
        # a pack in place of another holds whoever it held when it was issued: what came after that is still to be done
        until = min(note.at, by.now) if dropped else by.held_from
        for task in uow.tasks.open(kind="refresh_pack"):
            if task.subject == by.rep and task.opened_at <= until:
                uow.tasks.done(task.task_id, by.now, by.session.actor)
    return Filed.of(note, outcome="noted"), []


def _from(entry: AuditEvent, by: Filing, note: Note) -> AuditEvent:
    """The entry says that a rep's return brought it."""
    return replace(entry, detail={**entry.detail, "rep": by.rep, "note": note.note_id})


def _plain(session: Session, text: str) -> str:
    """What was typed on the rep's computer, "" where it is about a person after all."""
    return "" if judge_of(session)(text) else text.strip()[:80]


def _named(note: Note) -> str:
    """Serial or number, "" for any other words: they are kept and shown."""
    serial, sequence = note.body.get("serial"), note.body.get("sequence")
    if isinstance(serial, str) and _SERIAL.fullmatch(serial):
        return serial
    return str(sequence) if type(sequence) is int else ""


def _how(note: Note) -> str:
    how = note.body.get("how")
    return how if isinstance(how, str) and how in {*PaperEnd, "replaced", "dropped"} else ""
