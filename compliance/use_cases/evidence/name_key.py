"""Making and opening the key of names of an audit report.

Rules: (1) names are read under *mdm* like anywhere else, person by person, and the reading is logged before the file is
written; whoever this reader may not see stands in it by code, and a reader who may see nobody gets the refusal and no
file; (2) from the bulk limit on a key is refused: a report of one person, or a sample, needs few names; (3) opening
needs the passphrase and no vault.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from compliance.errors import bad_input
from compliance.exports.files import write_file
from compliance.exports.name_key import NameLine, open_names, seal_names
from compliance.importing.documents import MOST
from compliance.model.access import AccessGranted, AccessRefused, Purpose
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.use_cases.seat.acting import barred, refuse, refuse_alone
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seeing.walk import walk
from compliance.vault.keys.crypto import check_passphrase

_FIELDS = ("full_name", "institution_name")


@dataclass(frozen=True, slots=True, kw_only=True)
class NameKey:
    """A written key."""

    file: Path
    people: int
    sha256: str


def write_name_key(
    session: Session, *, report_id: str, people: Sequence[str], path: Path, passphrase: str
) -> Answer[NameKey | Refusal]:
    """Write the names of ``people``, sealed. InputErrors ``file_exists``, ``passphrase_short``, ``nobody_named``."""
    now = session.now()
    if no := barred(session, "name_key", at=now):
        return no
    check_passphrase(passphrase)
    if path.exists():
        raise bad_input("file_exists", "name_key")
    if not people:
        raise bad_input("nobody_named", "name_key")
    if len(people) >= session.policy.parameter("bulk_two_person_persons", now):
        return refuse_alone(session, at=now, reason="name_key_too_many", detail={"people": len(people)})
    lines = []
    refused: AccessRefused | None = None
    with session.vault.unit_of_work() as uow:
        for hcp_id in people:
            look = walk(session, uow, hcp_id=hcp_id, purpose=Purpose.MDM, at=now)
            granted = isinstance(look.decision, AccessGranted)
            refused = look.decision if isinstance(look.decision, AccessRefused) else refused
            shown = [look.shown[key].value or "" if key in look.shown else "" for key in _FIELDS]
            lines.append(
                NameLine(hcp_id=hcp_id, name=shown[0], hospital=shown[1])
                if granted
                else NameLine(hcp_id=hcp_id, name="", code="not_shown")
            )
        if refused is not None and all(line.code for line in lines):
            return refuse(session, uow, at=now, reason=refused.reason, purpose=Purpose.MDM, because=refused.references)
        detail = {"what": "name_key", "report": report_id, "people": len(lines)}
        uow.commit(
            session.event(
                Kind.EXPORT_APPROVED,
                at=now,
                hcps=tuple(people),
                purpose=str(Purpose.MDM),
                fields=_FIELDS,
                detail=detail,
            )
        )
    sealed = seal_names(lines, report_id=report_id, vault_id=session.vault.vault_id, made_at=now, passphrase=passphrase)
    written = write_file(path, sealed)
    with session.vault.unit_of_work() as uow:
        uow.commit(session.event(Kind.EXPORT_WRITTEN, at=now, detail={**detail, "sha256": written.sha256}))
    return Answer(NameKey(file=path, people=len(lines), sha256=written.sha256), Changes(exports=True, audit=True))


def read_name_key(path: Path, passphrase: str) -> tuple[str, tuple[NameLine, ...]]:
    """(report, lines). InputErrors ``name_key_closed``; needs no vault."""
    if not path.is_file() or path.stat().st_size > MOST:
        raise bad_input("name_key_closed", "file")
    return open_names(path.read_bytes(), passphrase)
