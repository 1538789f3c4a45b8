"""Notices of the past, registered as they were found, and exceptions from notice (PIPL 18, REQ-009).

Rules: (1) an old notice is kept as found, text or scan, with its gaps named; it is retired from birth: nothing is
presented under it, and only acts from before its registration may name it; (2) a consent under it covers what it
said: kinds, recipient and term as far as they stand in it, and no more; (3) an exception needs a code, the article it
rests on, an approver and an end; an emergency leaves a task to notify the person afterwards.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from compliance.consent.notice import parse_notice
from compliance.errors import Fault, bad_input
from compliance.exports.files import Written, write_file
from compliance.importing.documents import read_document
from compliance.model.access import Purpose, Reference, Role
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.consent import NoticeState, NoticeVersion
from compliance.model.ids import new_id
from compliance.model.limits import day_end
from compliance.model.notice import NoticeException, NoticeFile
from compliance.model.register import Task
from compliance.use_cases.notices.notice_life import gaps_of
from compliance.use_cases.notices.notices import known_notice, read_source
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.people import known_person
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seat.times import parse_day

_SCANS = ("application/pdf", "image/png", "image/jpeg", "image/tiff")
#: Codes of PIPL 18: secrecy or no notice by law; emergency, then notice afterwards.
EXCEPTIONS = ("secrecy", "emergency")
NOTIFY = "notify_after_emergency"


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """An old notice, what it lacks, and the hash of the scan kept with it."""

    notice: NoticeVersion
    gaps: tuple[Fault, ...]
    scan: str


def add_historical(session: Session, *, path: Path, scan: Path | None = None) -> Answer[Registered | Refusal]:
    """Register a notice of the past. Its lines say what it covered, as far as it said so."""
    now = session.now()
    if no := barred(session, "register_notice", at=now):
        return no
    text = read_source(path)
    document = read_document(scan, kinds=_SCANS) if scan else None
    read = parse_notice(text, path.name)
    ended = min(read.retired_from or now, now)
    if read.active_from is not None and read.active_from >= ended:
        raise bad_input("retired_before_active", "retired_from")
    version = replace(read, state=NoticeState.HISTORICAL, retired_from=ended)
    kept = sha256(document.data).hexdigest() if document else ""
    with session.vault.snapshot() as snap:
        gaps = gaps_of(session, snap, version)
        if snap.notices.get(version.ref) is not None:
            raise bad_input("notice_exists", "notice", version.ref)
    unknown = [gap for gap in gaps if gap.code == "unknown_line"]
    if unknown:
        raise bad_input("unknown_line", "line", unknown[0].value, unknown[0].nearest)
    with session.vault.unit_of_work() as uow:
        uow.notices.put(version, text)
        if document is not None:
            uow.notices.keep_file(
                NoticeFile(ref=version.ref, sha256=kept, media_type=document.media_type, data=document.data)
            )
        uow.commit(
            session.event(
                Kind.NOTICE_REGISTERED,
                at=now,
                detail={"notice": version.ref, "sha256": version.sha256, "scan": kept, "gaps": len(gaps)},
            )
        )
    return Answer(Registered(notice=version, gaps=gaps, scan=kept), Changes(consents=True, audit=True))


def save_scan(session: Session, *, ref: str, path: Path) -> Answer[Written | Refusal]:
    """The document kept with an old notice, as it was found."""
    now = session.now()
    if no := barred(session, "read_notices", at=now):
        return no
    known_notice(session, ref)
    with session.vault.snapshot() as snap:
        file = snap.notices.file_of(ref)
    if file is None:
        raise bad_input("no_scan_kept", "notice", ref)
    written = write_file(path, file.data)
    with session.vault.unit_of_work() as uow:
        uow.commit(session.event(Kind.NOTICE_SAVED, at=now, detail={"notice": ref, "scan": file.sha256}))
    return Answer(written, Changes(audit=True))


def except_notice(
    session: Session, *, code: str, purpose: Purpose, citation: str, approver: str, until: str, hcp_id: str = ""
) -> Answer[NoticeException | Refusal]:
    """Allow processing without notice for a purpose, or one person of it, until a day (REQ-009)."""
    now = session.now()
    if no := barred(session, "except_notice", at=now, hcp_id=hcp_id):
        return no
    if code not in EXCEPTIONS:
        raise bad_input("unknown_exception", "code", code, ", ".join(EXCEPTIONS))
    if not until.strip():
        raise bad_input("end_missing", "until")
    ends = day_end(parse_day(until, field="until"))
    if ends <= now:
        raise bad_input("ends_before_now", "until")
    article = _cited(session, citation)
    with session.vault.unit_of_work() as uow:
        signer = uow.users.get(approver)
        if signer is None or signer.removed_at is not None or signer.role not in (Role.DPO, Role.COMPLIANCE):
            raise bad_input("unknown_approver", "approver")
        if hcp_id:
            known_person(uow, hcp_id)
        made = NoticeException(
            exception_id=new_id("NX"),
            code=code,
            purpose=str(purpose),
            hcp_id=hcp_id,
            citation=f"{article.statute} {article.article}",
            approver=approver,
            recorded_by=session.actor,
            recorded_at=now,
            ends_at=ends,
        )
        uow.notices.except_from(made)
        if code == "emergency":
            uow.tasks.add(_notify(made, ends, now))
        uow.commit(
            session.event(
                Kind.NOTICE_EXCEPTION,
                at=now,
                hcps=(hcp_id,) if hcp_id else (),
                purpose=str(purpose),
                detail={
                    "exception": made.exception_id,
                    "code": code,
                    "citation": made.citation,
                    "approver": approver,
                    "until": ends.isoformat(),
                },
            )
        )
    return Answer(made, Changes(tasks=True, audit=True))


def list_exceptions(session: Session) -> Answer[tuple[NoticeException, ...]]:
    """All exceptions from notice, newest first."""
    with session.vault.snapshot() as snap:
        return Answer(tuple(snap.notices.exceptions()))


def _notify(made: NoticeException, ends: datetime, now: datetime) -> Task:
    return Task(
        task_id=new_id("TK"),
        kind=NOTIFY,
        hcp_id=made.hcp_id,
        subject=made.exception_id,
        due=ends,
        opened_at=now,
        done_at=None,
        done_by="",
    )


def _cited(session: Session, citation: str) -> Reference:
    """The article an exception rests on; it must be one of the statutes this program knows."""
    code, _, article = citation.strip().partition(" ")
    known = session.policy.statutes.get(code)
    if known is None or not article.strip():
        raise bad_input("unknown_citation", "citation", code, ", ".join(sorted(session.policy.statutes)))
    return Reference(code, article.strip())
