"""Source register: an import names a registered source, or is not read at all (REQ-064, R04, R05)."""

import re
from datetime import date
from pathlib import Path

from compliance.errors import bad_input
from compliance.importing.documents import read_document
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.profile import SourceClass
from compliance.model.register import Source
from compliance.use_cases.acting import barred
from compliance.use_cases.session import Session

_GRADES = {
    SourceClass.ZERO: "A",
    SourceClass.FIRST: "B",
    SourceClass.SECOND: "C",
    SourceClass.THIRD: "D",
    SourceClass.PUBLIC: "B",
}
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")


def add_source(
    session: Session,
    *,
    code: str,
    name: str,
    provenance: SourceClass,
    basis_proof: Path | None = None,
    reviewed_on: date | None = None,
) -> Answer[Source | Refusal]:
    """Register a source. Second-party is quarantined until basis proof and review are there; third-party is off."""
    now = session.now()
    if no := barred(session, "register_source", at=now):
        return no
    if not _CODE.fullmatch(code):
        raise bad_input("bad_code", "code")
    if not name.strip():
        raise bad_input("name_missing", "name")
    if provenance not in _GRADES:
        raise bad_input("unknown_provenance", "provenance", str(provenance), ", ".join(_GRADES))
    if reviewed_on is not None and reviewed_on > now.date():
        raise bad_input("in_the_future", "reviewed_on")
    proof = read_document(basis_proof) if basis_proof else None
    outside = provenance in (SourceClass.SECOND, SourceClass.THIRD)
    with session.vault.unit_of_work() as uow:
        if uow.sources.get(code) is not None:
            raise bad_input("code_taken", "code")
        proof_id = uow.evidence.seal_company(proof.data, proof.media_type).evidence_id if proof else ""
        source = Source(
            code=code,
            name=name.strip(),
            provenance=provenance,
            status="quarantined" if outside and not (proof and reviewed_on) else "active",
            grade=_GRADES[provenance],
            basis_proof=proof_id,
            reviewed_on=reviewed_on,
            registered_at=now,
        )
        uow.sources.put(source)
        uow.commit(
            session.event(
                Kind.SOURCE_REGISTERED,
                at=now,
                detail={"source": code, "provenance": str(provenance), "status": source.status},
            )
        )
    return Answer(source, Changes(sources=True, audit=True))


def list_sources(session: Session) -> Answer[tuple[Source, ...]]:
    """The register."""
    with session.vault.snapshot() as snap:
        return Answer(tuple(snap.sources.all()))
