"""Source register: an import names a registered source, or is not read at all (REQ-064, R04 to R06).

Rules: (1) a source of others is held until its proof is filed and reviewed, a bought one besides until the privacy
officer switches it on; what stands in the register is judged on the day of each read (profile/source_standing.py), so
a review that runs out closes values without anybody doing anything; (2) a proof, a review and a switch free what was
held once nothing is missing; (3) switching off protects: one suffices;
(4) a public value counts as cited while the register has a citation with its day, whenever the value came; a public
source registered by name alone is cited by that name, as of a register (law.md 1.2: "source URL or register name,
capture time"), and the register goes on asking where anybody can look it up.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from compliance.clock import shanghai_day
from compliance.errors import bad_input
from compliance.importing.documents import read_document
from compliance.model.access import Block
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.profile import FieldValue, Provenance, SourceClass, ValueStatus
from compliance.model.register import BatchState, Source
from compliance.profile.source_standing import OUTSIDE, SourceStanding, standing_of
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.free_text import guard
from compliance.use_cases.seat.session import Session
from compliance.vault import Snapshot, UnitOfWork

_GRADES = {
    SourceClass.ZERO: "A",
    SourceClass.FIRST: "B",
    SourceClass.SECOND: "C",
    SourceClass.THIRD: "D",
    SourceClass.PUBLIC: "B",
}
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,39}")
_LONGEST = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceEntry:
    """A source and where it stands today."""

    source: Source
    standing: SourceStanding


def add_source(
    session: Session,
    *,
    code: str,
    name: str,
    provenance: SourceClass,
    basis_proof: Path | None = None,
    reviewed_on: date | None = None,
    scope: str = "",
    citation: str = "",
    cited_on: date | None = None,
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
    if reviewed_on is not None:
        _past(reviewed_on, now, "reviewed_on")
    _read(session, scope=scope, citation=citation)
    proof = read_document(basis_proof) if basis_proof else None
    outside = provenance in OUTSIDE
    plain = Source(
        code=code,
        name=name.strip(),
        provenance=provenance,
        status="quarantined" if outside and not (proof and reviewed_on) else "active",
        grade=_GRADES[provenance],
        basis_proof="",
        reviewed_on=reviewed_on,
        registered_at=now,
    )
    if provenance is SourceClass.PUBLIC and not citation.strip():
        citation, cited_on = plain.name, cited_on or reviewed_on or shanghai_day(now)
    described = _described(plain, now, scope=scope, citation=citation, cited_on=cited_on)
    with session.vault.unit_of_work() as uow:
        if uow.sources.get(code) is not None:
            raise bad_input("code_taken", "code")
        proof_id = uow.evidence.seal_company(proof.data, proof.media_type).evidence_id if proof else ""
        return _put(session, uow, replace(described, basis_proof=proof_id), now, act="add")


def prove_source(
    session: Session, *, code: str, basis_proof: Path, reviewed_on: date, scope: str = ""
) -> Answer[Source | Refusal]:
    """File the proof of an outside source registered without: its values are in doubt no more, its people held no more.

    A proof speaks for the whole of an outside list. It never speaks for rows of a CRM that others collected: those are
    confirmed value by value.
    """
    now = session.now()
    if no := barred(session, "register_source", at=now):
        return no
    _past(reviewed_on, now, "reviewed_on")
    _read(session, scope=scope)
    proof = read_document(basis_proof)
    with session.vault.unit_of_work() as uow:
        held = _known(uow, code)
        if held.provenance not in OUTSIDE:
            raise bad_input("proof_not_needed", "source", code)
        proof_id = uow.evidence.seal_company(proof.data, proof.media_type).evidence_id
        source = replace(held, basis_proof=proof_id, reviewed_on=reviewed_on, status="active")
        return _put(session, uow, _described(source, now, scope=scope), now, act="prove", was=held)


def review_source(
    session: Session,
    *,
    code: str,
    reviewed_on: date,
    scope: str = "",
    citation: str = "",
    cited_on: date | None = None,
) -> Answer[Source | Refusal]:
    """Somebody looked at a source again: its review holds anew, its scope or citation may be put right."""
    now = session.now()
    if no := barred(session, "register_source", at=now):
        return no
    _past(reviewed_on, now, "reviewed_on")
    _read(session, scope=scope, citation=citation)
    with session.vault.unit_of_work() as uow:
        held = _known(uow, code)
        if held.provenance in OUTSIDE and held.status == "quarantined":
            raise bad_input("proof_before_review", "source", code)
        if held.reviewed_on is not None and reviewed_on < held.reviewed_on:
            raise bad_input("review_backwards", "reviewed_on", "", str(held.reviewed_on))
        source = replace(held, reviewed_on=reviewed_on)
        source = _described(source, now, scope=scope, citation=citation, cited_on=cited_on)
        return _put(session, uow, source, now, act="review", was=held)


def switch_source(session: Session, *, code: str, on: bool) -> Answer[Source | Refusal]:
    """Let a bought source be used, from today on, or no longer (R05). Off is anybody's who keeps the register."""
    now = session.now()
    if no := barred(session, "switch_source_on" if on else "register_source", at=now):
        return no
    with session.vault.unit_of_work() as uow:
        held = _known(uow, code)
        if held.provenance is not SourceClass.THIRD:
            raise bad_input("switch_not_needed", "source", code)
        if on == (held.switched_on is not None):
            raise bad_input("switched_already", "source", code)
        source = replace(held, switched_on=shanghai_day(now) if on else None, switched_by=session.actor)
        return _put(session, uow, source, now, act="switch_on" if on else "switch_off", was=held)


def list_sources(session: Session) -> Answer[tuple[Source, ...]]:
    """The register, to choose from."""
    with session.vault.snapshot() as snap:
        return Answer(tuple(snap.sources.all()))


def source_register(session: Session) -> Answer[tuple[SourceEntry, ...]]:
    """The register with the standing of each source today."""
    now = session.now()
    with session.vault.snapshot() as snap:
        return Answer(tuple(standings(session, snap, at=now).values()))


def standings(session: Session, reader: UnitOfWork | Snapshot, *, at: datetime) -> dict[str, SourceEntry]:
    """Every source by code with its standing at ``at``."""
    return {
        source.code: SourceEntry(source=source, standing=_at(session, source, at)) for source in reader.sources.all()
    }


class Settling:
    """Values as the register stands at one instant: held ones of an outside source that lacks nothing any more are
    active, active ones of a source whose review ran out are held, public ones are cited if their source is.

    The provenance records themselves never change: they say what was known when the value came.
    """

    def __init__(self, session: Session, reader: UnitOfWork | Snapshot, *, at: datetime) -> None:
        self._known = standings(session, reader, at=at)

    def values(self, values: Mapping[str, FieldValue]) -> dict[str, FieldValue]:
        """All of ``values``."""
        return {key: self.value(value) for key, value in values.items()}

    def value(self, value: FieldValue) -> FieldValue:
        """One value."""
        record = self.record(value.provenance)
        return value if record is value.provenance else FieldValue(value.value, record)

    def record(self, record: Provenance) -> Provenance:
        """One provenance record."""
        entry = self._known.get(record.source)
        if record.source_class is SourceClass.PUBLIC:
            cited = entry is not None and bool(entry.source.citation and entry.source.cited_on)
            return record if record.cited is cited else replace(record, cited=cited)
        if entry is None or record.source_class not in OUTSIDE or entry.source.provenance not in OUTSIDE:
            return record
        if record.status is ValueStatus.QUARANTINED and entry.standing.usable:
            return replace(record, status=ValueStatus.ACTIVE)
        if not entry.standing.usable and record.status in (ValueStatus.ACTIVE, ValueStatus.QUARANTINED):
            paused = record.status is ValueStatus.ACTIVE
            return replace(record, status=ValueStatus.QUARANTINED, held_for=entry.standing.held_for, paused=paused)
        return record


def settled_record(reader: UnitOfWork | Snapshot, record: Provenance) -> Provenance:
    """A record as its retention counts: in quarantine until proven and switched on; a review that ran out starts no
    period of quarantine."""
    if record.status is not ValueStatus.QUARANTINED:
        return record
    source = reader.sources.get(record.source)
    if source is None or source.provenance not in OUTSIDE or source.status != "active":
        return record
    off = source.provenance is SourceClass.THIRD and source.switched_on is None
    return record if off else replace(record, status=ValueStatus.ACTIVE)


def _at(session: Session, source: Source, at: datetime) -> SourceStanding:
    return standing_of(source, day=shanghai_day(at), months=session.policy.parameter("source_review_months", at))


def _put(
    session: Session, uow: UnitOfWork, source: Source, now: datetime, *, act: str, was: Source | None = None
) -> Answer[Source | Refusal]:
    """Write and commit; answers the source as it stands now. What was held goes free once nothing is missing."""
    before = _at(session, was, now).usable if was else True
    standing = _at(session, source, now)
    uow.sources.put(source)
    freed = _free(uow, source.code) if standing.usable and not before else 0
    detail = {
        "source": source.code,
        "provenance": str(source.provenance),
        "status": standing.status,
        "act": act,
        **({"people": freed} if was else {}),
    }
    uow.commit(session.event(Kind.SOURCE_REGISTERED, at=now, detail=detail))
    return Answer(replace(source, status=standing.status), Changes(sources=True, people=was is not None, audit=True))


def _read(session: Session, *, scope: str = "", citation: str = "") -> None:
    """Typed texts pass the guard, before any transaction. InputErrors ``too_long``."""
    for where, text in (("scope", scope), ("citation", citation)):
        if len(text) > _LONGEST:
            raise bad_input("too_long", where, "", str(_LONGEST))
        guard(session, {where: text})


def _described(
    source: Source, now: datetime, *, scope: str = "", citation: str = "", cited_on: date | None = None
) -> Source:
    """With what was said of it; what was left empty stays as it is. InputErrors ``citation_of_public`` (only a public
    source has one), ``citation_needs_day``, ``in_the_future``."""
    if (citation or cited_on) and source.provenance is not SourceClass.PUBLIC:
        raise bad_input("citation_of_public", "citation")
    if citation.strip() and cited_on is None and citation.strip() != source.citation:
        raise bad_input("citation_needs_day", "cited_on")
    if cited_on is not None:
        _past(cited_on, now, "cited_on")
    return replace(
        source,
        scope=scope.strip() or source.scope,
        citation=citation.strip() or source.citation,
        cited_on=cited_on or source.cited_on,
    )


def _past(day: date, now: datetime, where: str) -> None:
    if day > shanghai_day(now):
        raise bad_input("in_the_future", where)


def _known(uow: UnitOfWork, code: str) -> Source:
    source = uow.sources.get(code)
    if source is None:
        raise bad_input("unknown_source", "source", code)
    return source


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
