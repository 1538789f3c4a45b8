"""Source register: an import names a registered source, or is not read at all (REQ-064, R04, R05)."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

from compliance.errors import bad_input
from compliance.importing.documents import read_document
from compliance.model.access import Block
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.profile import FieldValue, Provenance, SourceClass, ValueStatus
from compliance.model.register import BatchState, Source
from compliance.use_cases.acting import barred
from compliance.use_cases.free_text import guard
from compliance.use_cases.session import Session
from compliance.vault import Snapshot, UnitOfWork

_GRADES = {
    SourceClass.ZERO: "A",
    SourceClass.FIRST: "B",
    SourceClass.SECOND: "C",
    SourceClass.THIRD: "D",
    SourceClass.PUBLIC: "B",
}
#: Collected by others: held until the proof of a basis is on file.
OUTSIDE = (SourceClass.SECOND, SourceClass.THIRD)
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
    guard(session, {"name": name})
    if provenance not in _GRADES:
        raise bad_input("unknown_provenance", "provenance", str(provenance), ", ".join(_GRADES))
    if reviewed_on is not None and reviewed_on > now.date():
        raise bad_input("in_the_future", "reviewed_on")
    proof = read_document(basis_proof) if basis_proof else None
    outside = provenance in OUTSIDE
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


def prove_source(session: Session, *, code: str, basis_proof: Path, reviewed_on: date) -> Answer[Source | Refusal]:
    """File the proof of an outside source registered without: its values are in doubt no more, its people held no more.

    A proof speaks for the whole of an outside list. It never speaks for rows of a CRM that others collected: those are
    confirmed value by value.
    """
    now = session.now()
    if no := barred(session, "register_source", at=now):
        return no
    if reviewed_on > now.date():
        raise bad_input("in_the_future", "reviewed_on")
    proof = read_document(basis_proof)
    with session.vault.unit_of_work() as uow:
        held = uow.sources.get(code)
        if held is None:
            raise bad_input("unknown_source", "source", code)
        if held.provenance not in OUTSIDE:
            raise bad_input("proof_not_needed", "source", code)
        proof_id = uow.evidence.seal_company(proof.data, proof.media_type).evidence_id
        source = replace(held, basis_proof=proof_id, reviewed_on=reviewed_on, status="active")
        uow.sources.put(source)
        freed = _free(uow, code) if held.status == "quarantined" else 0
        uow.commit(
            session.event(
                Kind.SOURCE_REGISTERED,
                at=now,
                detail={"source": code, "provenance": str(held.provenance), "status": source.status, "people": freed},
            )
        )
    return Answer(source, Changes(sources=True, people=bool(freed), audit=True))


def settled(uow: UnitOfWork, values: Mapping[str, FieldValue]) -> dict[str, FieldValue]:
    """``values`` as the register stands now: held ones of an outside source whose proof has come are active.

    The provenance records themselves never change: they say what was known when the value came.
    """
    held = {v.provenance.source for v in values.values() if v.provenance.status is ValueStatus.QUARANTINED}
    sources = [source for code in held if (source := uow.sources.get(code))]
    proven = {source.code for source in sources if source.provenance in OUTSIDE and source.status == "active"}
    if not proven:
        return dict(values)
    return {key: _active(value) if value.provenance.source in proven else value for key, value in values.items()}


def settled_record(uow: UnitOfWork | Snapshot, record: Provenance) -> Provenance:
    """As :func:`settled` for one record."""
    source = uow.sources.get(record.source) if record.status is ValueStatus.QUARANTINED else None
    proven = source is not None and source.provenance in OUTSIDE and source.status == "active"
    return replace(record, status=ValueStatus.ACTIVE) if proven else record


def list_sources(session: Session) -> Answer[tuple[Source, ...]]:
    """The register."""
    with session.vault.snapshot() as snap:
        return Answer(tuple(snap.sources.all()))


def _free(uow: UnitOfWork, code: str) -> int:
    """Lift the hold from the people of a source's imports."""
    freed = 0
    for batch in uow.batches.all():
        if batch.source == code and batch.state is BatchState.PUBLISHED:
            for person in uow.people.get_many(uow.people.ids(batch=batch.batch)).values():
                if Block.QUARANTINED in person.blocks:
                    uow.people.set_blocks(person.hcp_id, person.blocks - {Block.QUARANTINED})
                    freed += 1
    return freed


def _active(value: FieldValue) -> FieldValue:
    if value.provenance.status is not ValueStatus.QUARANTINED:
        return value
    return replace(value, provenance=replace(value.provenance, status=ValueStatus.ACTIVE))
