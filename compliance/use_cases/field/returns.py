"""The office's side of a return 回传: who sent it, whether it may be believed, and what becomes of each note.

Rules: (1) file, signature, office, rep, key, pack, device and number are asked in this order and each no has a word of
its own; nothing of a refused file is used; (2) a number comes once: an older one and the same again are refused; (3) a
note comes once: what an earlier return brought is counted and left; (4) acts pass the rules of an act entered by hand;
a yes waits for a second person's check, the rep stands as its recorder, whoever receives the file has not seen it
done; (5) what closes is taken whatever else is wrong with rep or pack, a withdrawal from the instant the rep received
it (PIPL 15); of a rep who was signed off, and of a pack that was over when the file was made, nothing else is taken;
(6) what the rules do not take is a conflict: named, kept in the register, told to the rep; one that passes (a clock, a
pack that was over) is not answered and comes again; (7) a preview does everything and keeps nothing; (8) all or
nothing, with an entry for each act and one for the file.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from compliance.errors import bad_input
from compliance.exports.return_file import (
    MAX_RETURN_BYTES,
    ReturnRefused,
    open_return,
    proves_pack,
)
from compliance.model.access import Reference
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.register import BundleRecord, Rep
from compliance.model.returned import PROTECTIVE, Captured, Note, NoteKind, OpenedReturn, act_from_json
from compliance.use_cases.field.return_notes import PASSING, Filed, Filing, file_note
from compliance.use_cases.seat.acting import barred, refuse_alone
from compliance.use_cases.seat.session import Session, known_notices
from compliance.vault import Snapshot
from compliance.vault.keys.age_key import identity_of
from compliance.vault.registers.returned import ReceivedNote, ReceivedReturn

_BECAUSE = (Reference("PIPL", "51"), Reference("PIPL", "59"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnReceived:
    """A return that was taken in, or would be. ``notes`` in the order they happened."""

    rep: str
    sequence: int
    pack: int
    made_at: datetime
    sha256: str
    notes: tuple[Filed, ...]
    warnings: tuple[str, ...]
    dry_run: bool

    def count(self, *outcomes: str) -> int:
        """How many notes came to one of these."""
        return sum(note.outcome in outcomes for note in self.notes)

    @property
    def conflicts(self) -> tuple[Filed, ...]:
        """What was not taken and why."""
        return tuple(note for note in self.notes if note.conflict)


def receive_return(session: Session, *, path: Path, dry_run: bool = False) -> Answer[ReturnReceived | Refusal]:
    """Take in a return file. InputErrors ``file_missing``; a bad file is a refusal ``return_…``, logged."""
    now = session.now()
    if no := barred(session, "receive_return", at=now):
        return no
    if not path.is_file():
        raise bad_input("file_missing", "file")
    if path.stat().st_size > MAX_RETURN_BYTES:
        return _refused(session, now, "return_too_large")
    opened = open_return(path.read_bytes(), identity_of(session.vault.returns_key()))
    if isinstance(opened, ReturnRefused):
        return _refused(session, now, f"return_{opened.code}")
    with session.vault.snapshot() as snap:
        reason, rep, pack = _trusted(session, snap, opened)
        known = {note.note_id for note in opened.notes if snap.returns.note(note.note_id)}
    if reason or rep is None or pack is None:
        return _refused(session, now, reason, opened)
    weak = "" if rep.active else "return_rep_revoked"
    if not weak and opened.manifest.made >= pack.expires_at:
        weak = "return_pack_expired"
    closing = [n for n in opened.notes if n.kind is NoteKind.ACT and act_from_json(n.body).answer in PROTECTIVE]
    if weak and not any(note.note_id not in known for note in closing):
        return _refused(session, now, weak, opened)
    return _take_in(session, opened, weak, held_from=pack.issued_at, dry_run=dry_run, now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A return in the register, with what became of its notes."""

    made: ReceivedReturn
    notes: tuple[ReceivedNote, ...]


def list_returns(session: Session, *, rep: str = "") -> Answer[tuple[Listed, ...] | Refusal]:
    """Returns received, newest first."""
    now = session.now()
    if no := barred(session, "see_returns", at=now):
        return no
    with session.vault.snapshot() as snap:
        found = snap.returns.all(rep)
        notes = {name: snap.returns.notes_of(name) for name in {r.rep for r in found}}
    return Answer(
        tuple(
            Listed(made=r, notes=tuple(n for n in notes[r.rep] if (n.store, n.sequence) == (r.store, r.sequence)))
            for r in found
        )
    )


def _trusted(session: Session, snap: Snapshot, opened: OpenedReturn) -> tuple[str, Rep | None, BundleRecord | None]:
    """Rule 1 from the office on: why not, or the rep and the pack."""
    sent = opened.manifest
    if sent.vault != session.vault.vault_id or sent.sandbox is not session.sandbox:
        return "return_wrong_vault", None, None
    rep = snap.reps.get(sent.rep)
    if rep is None:
        return "return_unknown_rep", None, None
    if rep.recipient != sent.recipient:
        return "return_other_key", None, None
    pack = snap.bundles.get(sent.rep, sent.pack)
    if pack is None or pack.sha256 != sent.pack_sha256:
        return "return_unknown_pack", None, None
    if not proves_pack(sent, session.vault.return_secret(sent.rep, sent.pack).hex()):
        return "return_signature", None, None
    pinned = snap.returns.device(sent.rep, sent.recipient)
    if pinned not in (None, sent.device):
        return "return_other_device", None, None
    last = snap.returns.last(sent.rep, sent.store)
    if last is not None and sent.sequence <= last.sequence:
        return ("return_again" if last.sha256 == opened.sha256 else "return_older_sequence"), None, None
    return "", rep, pack


def _take_in(
    session: Session, opened: OpenedReturn, weak: str, *, held_from: datetime, dry_run: bool, now: datetime
) -> Answer[ReturnReceived | Refusal]:
    sent = opened.manifest
    filing = Filing(
        session=session, rep=sent.rep, role=_role(session, sent.rep), documents=opened.documents,
        notices=known_notices(session), weak=weak, held_from=held_from, now=now,
    )  # fmt: skip
    filed: list[Filed] = []
    with session.vault.unit_of_work() as uow:
        last = uow.returns.last(sent.rep, sent.store)
        if last is not None and sent.sequence <= last.sequence:  # another seat was faster
            raise bad_input("return_taken_meanwhile", "file")
        for note in sorted(opened.notes, key=_in_time):
            if uow.returns.note(note.note_id) is not None:
                filed.append(Filed.of(note, outcome="duplicate"))
                continue
            done, entries = file_note(filing, uow, note)
            filed.append(done)
            for entry in entries:
                uow.queue(entry)
            if done.outcome in PASSING:
                continue
            uow.returns.add_note(
                ReceivedNote(
                    note_id=note.note_id,
                    rep=sent.rep,
                    store=sent.store,
                    sequence=sent.sequence,
                    kind=note.kind,
                    subject=done.subject,
                    item=done.item,
                    answer=done.answer,
                    outcome=done.outcome,
                    event_id=done.event_id,
                )
            )
        report = ReturnReceived(
            rep=sent.rep,
            sequence=sent.sequence,
            pack=sent.pack,
            made_at=sent.made,
            sha256=opened.sha256,
            notes=tuple(replace(one, event_id="") for one in filed) if dry_run else tuple(filed),
            warnings=(*((weak,) if weak else ()), *_gap(last, opened)),
            dry_run=dry_run,
        )
        if dry_run:
            return Answer(report)  # leaving without a commit takes everything back
        uow.returns.add(
            ReceivedReturn(
                rep=sent.rep,
                store=sent.store,
                sequence=sent.sequence,
                recipient=sent.recipient,
                device=sent.device,
                sha256=opened.sha256,
                pack=sent.pack,
                made_at=sent.made,
                received_at=now,
                received_by=session.actor,
                notes=len(filed),
            )
        )
        uow.commit(
            session.event(
                Kind.RETURN_RECEIVED,
                at=now,
                hcps=_people(filed),
                detail={
                    "rep": sent.rep,
                    "sequence": sent.sequence,
                    "pack": sent.pack,
                    "sha256": opened.sha256,
                    "device": sent.device.hex(),
                    "head": sent.checkpoint,
                    "notes": [f"{f.note_id}={f.outcome}" for f in filed][:1000],
                    "conflicts": len(report.conflicts),
                    "warnings": list(report.warnings),
                },
            )
        )
    changes = Changes(consents=True, people=True, tasks=True, exports=True, audit=True)
    return Answer(report, changes)


def _in_time(note: Note) -> tuple[datetime, bool, str]:
    """As it happened; at one and the same instant a notice is shown before it is answered."""
    shown = note.kind is NoteKind.ACT and act_from_json(note.body).answer is Captured.PRESENTED
    return note.at, not shown, note.note_id


def _role(session: Session, rep: str) -> str:
    with session.vault.snapshot() as snap:
        found = snap.reps.get(rep)
    return str(found.role) if found else ""


def _gap(last: ReceivedReturn | None, opened: OpenedReturn) -> tuple[str, ...]:
    """Returns are missing in between; what they held is in this one too, unless a pack has answered it."""
    missing = opened.manifest.sequence > (last.sequence if last else 0) + 1
    return ("return_gap",) if missing else ()


def _people(filed: Iterable[Filed]) -> tuple[str, ...]:
    return tuple(sorted({f.subject for f in filed if f.kind is NoteKind.ACT}))[:500]


def _refused(session: Session, now: datetime, reason: str, opened: OpenedReturn | None = None) -> Answer[Refusal]:
    sent = opened.manifest if opened else None
    # of a file nobody vouches for only what the office knows itself goes into its log
    detail = {"sequence": sent.sequence} if sent and reason not in ("return_wrong_vault", "return_unknown_rep") else {}
    return refuse_alone(session, at=now, reason=reason, because=_BECAUSE, detail=detail, kind=Kind.RETURN_REFUSED)
