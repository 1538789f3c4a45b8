"""Objection to the use of public information (PIPL 27, 44; R06; REQ-034): recorded at once, lifted by the person only.

Rules: (1) one person suffices to record it and nothing is asked of the HCP; (2) every value whose source is public
goes; name and hospital stay only while something else is named by them: a value of another source, a consent event; (3)
what is left of the rest is a suppression key: blind tags of licence, source ids, phone, name and hospital, which
outlive the record's erasure, so that no list brings the person back; (4) groups under guarded keys this user does not
hold stay shut behind the block and are counted in the entry; (5) taking it back is the person's own act, with the day
it came in and the paper that shows it; what was deleted does not come back by it; (6) records merged into the person's
lose their public values with it, and keep the objection when the merge is taken apart later (merging.py).
"""

from datetime import datetime
from functools import partial
from pathlib import Path

from compliance.errors import bad_input
from compliance.importing.documents import read_document
from compliance.importing.fields import hospital_key
from compliance.model.access import Block, Section
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.consent import EventKind
from compliance.model.ids import new_id
from compliance.model.profile import FieldValue, SourceClass
from compliance.use_cases.field.recalling import recall_closed
from compliance.use_cases.people.indexing import SECTIONS, by_key, index_row
from compliance.use_cases.people.removal import records
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.free_text import guard
from compliance.use_cases.seat.people import known_person
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seat.times import parse_moment
from compliance.vault import IndexRow, Maintenance, UnitOfWork
from compliance.vault.keys.keyring import GUARDED

#: What a record is named by.
_LABEL = frozenset({"full_name", "institution_name"})
_MOST_CHANNEL = 60

Values = dict[Section, dict[str, FieldValue]]


def object_public(session: Session, *, hcp_id: str) -> Answer[str | Refusal]:
    """The person objects to the use of public information: public values go, the use stops, a suppression key stays."""
    now = session.now()
    if no := barred(session, "object", at=now, hcp_id=hcp_id):
        return no
    with session.vault.unit_of_work() as uow:
        person = known_person(uow, hcp_id)
        for row in _rows(uow, hcp_id):
            if row.name or row.identifiers:
                place = hospital_key(row.hospital) if row.hospital else ""
                uow.suppressions.add(new_id("SP"), hcp_id, now, row.identifiers, name=row.name, hospital=place)
        dropped, shut = set[str](), 0
        for record in records(uow, hcp_id):
            if record == hcp_id or uow.reach_merged(record) is not None:
                values, shut = _held(session, uow, record)
                dropped |= _drop_public(uow, record, values)
        uow.people.set_blocks(hcp_id, person.blocks | {Block.OBJECTION})
        uow.before_commit(partial(session.vault.keep_standing, hcp_id, "objection", True, now))
        recall_closed(session, uow, hcp_id, at=now)
        detail = {"block": str(Block.OBJECTION), "on": True, "reason": "", "dropped": len(dropped), "shut": shut}
        uow.commit(
            session.event(Kind.PERSON_OBJECTED, at=now, hcps=(hcp_id,), fields=tuple(sorted(dropped)), detail=detail)
        )
    return Answer(hcp_id, Changes(people=True, consents=True, audit=True))


def heard(session: Session, *, received_at: str, channel: str, now: datetime) -> tuple[datetime, str]:
    """When and by which way a person said it. InputErrors ``channel_missing``, bad times, what a text must not hold."""
    received, _ = parse_moment(received_at, field="received_at", now=now)
    way = " ".join(channel.split())[:_MOST_CHANNEL]
    if not way:
        raise bad_input("channel_missing", "channel")
    guard(session, {"channel": way})
    return received, way


def take_back_objection(
    session: Session, *, hcp_id: str, received_at: str, channel: str, evidence: Path
) -> Answer[str | Refusal]:
    """The person takes the objection back. InputErrors ``no_objection``, ``channel_missing``, bad times and files."""
    now = session.now()
    if no := barred(session, "take_back_objection", at=now, hcp_id=hcp_id):
        return no
    received, way = heard(session, received_at=received_at, channel=channel, now=now)
    document = read_document(evidence)
    with session.vault.unit_of_work() as uow:
        person = known_person(uow, hcp_id)
        if Block.OBJECTION not in person.blocks:
            raise bad_input("no_objection", "hcp")
        proof = uow.evidence.seal(hcp_id, document.data, document.media_type)
        lifted = _lift(uow, hcp_id)
        uow.people.set_blocks(hcp_id, person.blocks - {Block.OBJECTION})
        detail = {
            "received_at": received.isoformat(), "channel": way, "evidence": proof.evidence_id, "entries": lifted,
        }  # fmt: skip
        uow.commit(session.event(Kind.OBJECTION_TAKEN_BACK, at=now, hcps=(hcp_id,), detail=detail))
    session.vault.keep_standing(hcp_id, "objection", False, now)
    return Answer(hcp_id, Changes(people=True, consents=True, audit=True))


def _held(session: Session, uow: UnitOfWork, hcp_id: str) -> tuple[Values, int]:
    """Values by section as far as this user's keys open them, and how many groups stay shut."""
    keyring = session.vault.keyring
    mine = [section for section in Section if section not in GUARDED or keyring.has(GUARDED[section])]
    found = uow.sections.read_for(Maintenance.AMEND, hcp_id, mine)
    return {section: dict(values) for section, values in found.items()}, len(Section) - len(mine)


def _rows(uow: UnitOfWork, hcp_id: str) -> list[IndexRow]:
    """What the person is found by, in this record and in those merged into it."""
    kept = uow.number(hcp_id)
    numbers = [kept, *(gone for gone, into in uow.merged().items() if into == kept)]
    ids = uow.hcp_ids(numbers)
    found = []
    for number in numbers:
        both = uow.sections.read_hidden(Maintenance.AMEND, number, ids[number], SECTIONS)
        found.append(index_row(ids[number], by_key(both)))
    return found


def _drop_public(uow: UnitOfWork, hcp_id: str, values: Values) -> set[str]:
    """Rule 2; the keys of what went."""
    public = {
        key
        for group in values.values()
        for key, value in group.items()
        if value.provenance.source_class is SourceClass.PUBLIC
    }
    others = {key for group in values.values() for key in group} - public
    if others or any(event.kind is not EventKind.IMPORTED_YES for event in uow.consents.events(hcp_id)):
        public -= _LABEL
    for section, group in values.items():
        if public & group.keys():
            uow.sections.write(hcp_id, section, {key: value for key, value in group.items() if key not in public})
        uow.value_changes.forget_public(hcp_id, section)
    kept = {key: value for group in values.values() for key, value in group.items() if key not in public}
    if "full_name" in kept:
        uow.index.put(index_row(hcp_id, kept))
    else:
        uow.index.remove(uow.number(hcp_id))
    return public


def _lift(uow: UnitOfWork, hcp_id: str) -> int:
    """The person's own entries, and those an earlier, erased record of the same person left."""
    entries, listed = set(uow.suppressions.of(hcp_id)), uow.suppressions.listed()
    if listed is not None:
        for row in _rows(uow, hcp_id):
            place = hospital_key(row.hospital) if row.hospital else ""
            entries |= listed.find(row.identifiers, name=row.name, hospital=place)
    for entry in entries:
        uow.suppressions.lift(entry)
    return len(entries)
