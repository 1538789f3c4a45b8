"""The rep's side of a return 回传: what waits for the office goes into one file; packs say what became of it.

Rules: (1) a return carries every note the office has not answered yet, so a lost file loses nothing; of more than a
file holds, what was in none first, and of that what closes; numbers rise and each return names the one before; (2) it
is bound to the pack held now, signed by this computer and encrypted to the office that issued the pack; (3) the entry,
the number and the file belong together: without the file nothing is noted as sent; (4) papers of the office that its
pack asks back are reported here and go with the next return.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from compliance.errors import Fault, InputErrors, bad_input
from compliance.exports.files import write_file
from compliance.exports.return_file import make_return_file
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind, Scalar
from compliance.model.ids import new_id
from compliance.model.register import PaperEnd
from compliance.model.returned import PROTECTIVE, Note, NoteKind, ReturnManifest
from compliance.use_cases.seat.rep_session import RepSession
from compliance.vault import UnitOfWork
from compliance.vault.rep import rep_notes
from compliance.vault.rep.rep_notes import KeptNote, MadeReturn

#: Documents of one file: its manifest lists each (framing.MAX_MANIFEST), and the office reads it whole.
_MOST_DOCUMENTS, _MOST_BYTES = 300, 256 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnMade:
    """A return file that was written."""

    file: Path
    sequence: int
    notes: int
    acts: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingNote:
    """One thing to tell the office and where it stands: ``here``, ``sent``, or what the office said."""

    note_id: str
    kind: NoteKind
    at: datetime
    subject: str
    item: str
    answer: str
    state: str
    returned: int


def make_return(session: RepSession, *, path: Path) -> Answer[ReturnMade | Refusal]:
    """Write a return file. InputErrors ``pack_needed``, ``return_no_office``, ``nothing_to_return``, ``file_exists``;
    ExportError; nothing is noted then."""
    held, office = session.vault.state(), session.vault.office()
    if held is None:
        raise bad_input("pack_needed", "vault")
    if not office.returns_to:
        raise bad_input("return_no_office", "vault")
    if path.exists():
        raise bad_input("file_exists", "out")
    at = session.vault.time(session.clock.now())
    vault, manifest, recipient = session.vault.vault, held.manifest, session.vault.recipient
    with vault.unit_of_work() as uow:
        notes = rep_notes.waiting(uow)
        if not notes:
            raise bad_input("nothing_to_return", "vault")
        before = rep_notes.returns(uow)
        sequence = before[-1].sequence + 1 if before else 1
        notes, documents = _as_many_as_fit(uow, notes)
        data = make_return_file(
            ReturnManifest(
                vault=manifest.vault,
                store=vault.vault_id,
                sandbox=manifest.sandbox,
                rep=manifest.rep,
                recipient=recipient,
                device=b"",
                mac="",
                pack=manifest.sequence,
                pack_sha256=held.sha256,
                sequence=sequence,
                previous_sha256=before[-1].sha256 if before else "",
                made=at,
                checkpoint=uow.log.root().hex(),
            ),
            [k.note for k in notes],
            documents,
            secret=office.secret,
            device=vault.keyring.signing,
            office=office.returns_to,
        )
        written = write_file(path, data)
        try:
            made = MadeReturn(
                sequence=sequence, made_at=at, sha256=written.sha256, pack=manifest.sequence, notes=len(notes)
            )
            rep_notes.sent_with(uow, notes, made)
            people = sorted({act.hcp_id for k in notes if (act := k.act) is not None})
            uow.commit(
                session.vault.event(
                    uow,
                    Kind.RETURN_MADE,
                    at,
                    hcps=tuple(people),
                    detail={
                        "sequence": sequence,
                        "pack": manifest.sequence,
                        "notes": len(notes),
                        "sha256": written.sha256,
                    },
                )
            )
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    acts = sum(k.note.kind is NoteKind.ACT for k in notes)
    done = ReturnMade(file=written.path, sequence=sequence, notes=len(notes), acts=acts, sha256=written.sha256)
    return Answer(done, Changes(exports=True, audit=True))


def _as_many_as_fit(uow: UnitOfWork, waiting: Sequence[KeptNote]) -> tuple[list[KeptNote], dict[str, bytes]]:
    """The notes of one file with their documents."""
    chosen: list[KeptNote] = []
    documents: dict[str, bytes] = {}
    size = 0
    for kept in sorted(waiting, key=lambda k: (k.returned > 0, not _closes(k), k.note.at)):
        if kept.document and kept.note.evidence not in documents:
            data = uow.evidence.open(kept.document)
            if len(documents) == _MOST_DOCUMENTS or size + len(data) > _MOST_BYTES:
                continue
            documents[kept.note.evidence], size = data, size + len(data)
        chosen.append(kept)
    return sorted(chosen, key=lambda k: (k.note.at, k.note.note_id)), documents


def _closes(kept: KeptNote) -> bool:
    act = kept.act
    return act is not None and act.answer in PROTECTIVE


def list_notes(session: RepSession) -> Answer[tuple[WaitingNote, ...]]:
    """What this computer has to tell, newest first, and what the office has said of it."""
    with session.vault.vault.snapshot() as snap:
        notes = rep_notes.all_notes(snap)
    return Answer(tuple(_told(kept) for kept in reversed(notes)))


def asked_back(session: RepSession) -> Answer[tuple[str, ...]]:
    """Serials the office asks back that were not reported here yet."""
    asked = session.vault.office().recalls
    with session.vault.vault.snapshot() as snap:
        ended = {k.note.body["serial"] for k in rep_notes.all_notes(snap) if k.note.kind is NoteKind.PAPER_END}
    return Answer(tuple(serial for serial in asked if serial not in ended))


def report_own_papers(
    session: RepSession, *, serials: Sequence[str], how: PaperEnd
) -> Answer[tuple[str, ...] | Refusal]:
    """Papers were given back, destroyed or lost: those this rep printed, and those the office asks back. InputErrors
    ``serial_needed``, ``unknown_sheet_serial``, ``sheet_ended`` of all faulty serials at once."""
    at = session.vault.time(session.clock.now())
    wanted = tuple(dict.fromkeys(s.strip().upper() for s in serials if s.strip()))
    if not wanted:
        raise bad_input("serial_needed", "serial")
    asked, actor = set(session.vault.office().recalls), session.actor
    with session.vault.vault.unit_of_work() as uow:
        ended = {k.note.body["serial"] for k in rep_notes.all_notes(uow) if k.note.kind is NoteKind.PAPER_END}
        own = {serial: uow.sheets.get(serial) for serial in wanted}
        faults = [
            Fault("serial", "sheet_ended" if serial in ended else "unknown_sheet_serial", serial)
            for serial in wanted
            if serial in ended or (own[serial] is None and serial not in asked)
        ]
        if faults:
            raise InputErrors(faults)
        for serial in wanted:
            if own[serial] is not None:
                uow.sheets.end(serial, at, how, actor)
            body = {"serial": serial, "how": str(how)}
            rep_notes.add(uow, Note(note_id=new_id("N", 12), kind=NoteKind.PAPER_END, at=at, body=body))
        detail: dict[str, Scalar | list[Scalar]] = {"serials": list(wanted), "how": str(how)}
        uow.commit(session.vault.event(uow, Kind.SHEET_ENDED, at, detail=detail))
    return Answer(wanted, Changes(exports=True, audit=True))


def drop_pack(session: RepSession) -> Answer[int]:
    """Delete everybody of the pack from this computer; how many they were. What waits for the office stays."""
    if session.vault.state() is None:
        raise bad_input("pack_needed", "vault")
    return Answer(session.vault.drop_pack(session.clock.now()), Changes(people=True, audit=True))


def _told(kept: KeptNote) -> WaitingNote:
    act, note = kept.act, kept.note
    subject = act.hcp_id if act else str(note.body.get("serial", note.body.get("sequence", "")))
    return WaitingNote(
        note_id=note.note_id,
        kind=note.kind,
        at=note.at,
        subject=subject,
        item=act.item if act else "",
        answer=str(act.answer) if act else str(note.body.get("how", "")),
        state=kept.outcome or ("sent" if kept.returned else "here"),
        returned=kept.returned,
    )
