"""Papers about the vault itself: recovery sheet and key-fingerprint card. Each is read back before it counts."""

from datetime import datetime
from pathlib import Path

from compliance.audit.checkpoint import fingerprint, key_name
from compliance.errors import ExportError, bad_input
from compliance.exports.files import write_file
from compliance.exports.key_card import KeyCardData, render_key_card
from compliance.exports.recovery_sheet import RecoveryData, read_recovery, render_recovery
from compliance.importing.documents import read_document
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.use_cases.seat.acting import barred, refuse_alone
from compliance.use_cases.seat.duties import may
from compliance.use_cases.seat.foreign_pdf import recovery_text
from compliance.use_cases.seat.session import Session
from compliance.vault import RecoverySecret


def write_recovery_sheet(session: Session, secret: RecoverySecret, path: Path, *, at: datetime) -> str:
    """Write the sheet (PDF or text by suffix), read it back and compare. Returns its SHA-256."""
    data = RecoveryData(
        vault_id=session.vault.vault_id,
        handler=session.handler,
        owner=session.actor,
        made_at=at,
        code=secret.words(),
        sandbox=session.sandbox,
    )
    content = render_recovery(data, "txt" if path.suffix.lower() == ".txt" else "pdf", lang=session.lang)
    if RecoverySecret.parse(read_recovery(content)).words() != secret.words():
        raise ExportError("recovery_sheet_unreadable")
    return _write(session, content, path, kind="recovery_sheet", at=at)


def recovery_code(path: Path) -> str:
    """The code on a recovery sheet, PDF or text."""
    return recovery_text(read_document(path).data)


def print_recovery_sheet(session: Session, *, code: str, path: Path) -> Answer[Path | Refusal]:
    """The sheet once more, from a worn one: its code is not kept here, so whoever prints must have it already."""
    now = session.now()
    if no := barred(session, "recovery_sheet", at=now):
        return no
    secret = RecoverySecret.parse(code)
    if secret.public() != session.vault.header.recovery_public:
        return refuse_alone(session, at=now, reason="recovery_code_wrong")
    if path.exists():
        raise bad_input("file_exists", "out")
    write_recovery_sheet(session, secret, path, at=now)
    return Answer(path, Changes(exports=True, audit=True))


def make_key_card(session: Session, *, path: Path) -> Answer[Path | Refusal]:
    """The card anew, once others sign reports too. Print it and have it chopped."""
    now = session.now()
    if no := barred(session, "audit_report", at=now):
        return no
    write_key_card(session, path, at=now)
    return Answer(path, Changes(exports=True, audit=True))


def write_key_card(session: Session, path: Path, *, at: datetime) -> str:
    """Write the key-fingerprint card with its place for the company chop. Returns its SHA-256."""
    data = KeyCardData(
        vault_id=session.vault.vault_id,
        handler=session.handler,
        credit_code=session.vault.credit_code,
        made_at=at,
        fingerprints=(fingerprints := _fingerprints(session)),
        sandbox=session.sandbox,
    )
    if path.suffix.lower() == ".txt":  # what ``verify --trust`` reads
        content = "".join(f"{name}\n{print_}\n" for name, print_ in fingerprints).encode()
    else:
        content = render_key_card(data, lang=session.lang)
    return _write(session, content, path, kind="key_card", at=at)


def _fingerprints(session: Session) -> list[tuple[str, str]]:
    """Key and fingerprint of everyone who signs reports: what ``verify --trust`` takes."""
    with session.vault.snapshot() as snap:
        users = [u for u in snap.users.all() if u.removed_at is None and may(u.role, "audit_report")]
    return [(key_name(session.vault.vault_id, u.name), fingerprint(u.ed25519)) for u in users]


def _write(session: Session, content: bytes, path: Path, *, kind: str, at: datetime) -> str:
    with session.vault.unit_of_work() as uow:
        uow.commit(session.event(Kind.EXPORT_APPROVED, at=at, detail={"what": kind}))
    digest = write_file(path, content).sha256
    with session.vault.unit_of_work() as uow:
        uow.commit(session.event(Kind.EXPORT_WRITTEN, at=at, detail={"what": kind, "sha256": digest}))
    return digest
