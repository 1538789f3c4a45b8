"""Changing a person's record: add, amend, freeze. Free text passes the guard; a sensitive value its basis.

The block *quarantined* goes once every value of the list (name, hospital, department, title, region) has a source that
is not in doubt; the other values stay closed one by one (docs/decisions/0010).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from compliance.clock import shanghai_day
from compliance.errors import bad_input
from compliance.importing.fields import handler, hospital_key
from compliance.model.access import AccessFacts, Block, FieldState, Purpose, Reference, Section
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.ids import new_id
from compliance.model.profile import FieldValue, Provenance, ShownField, SourceClass, ValueStatus
from compliance.model.quality import in_doubt
from compliance.model.register import Source
from compliance.policy.children import BIRTH_KEYS, birth_of, under_age
from compliance.use_cases.ending.holds import held as held_over
from compliance.use_cases.field.recalling import recall_closed
from compliance.use_cases.notices.presenting import unserved, unserved_by_any
from compliance.use_cases.people.dispute_end import settle
from compliance.use_cases.people.indexing import SEARCHED, index_row, reindex
from compliance.use_cases.people.removal import REQUEST, forget_all, records
from compliance.use_cases.people.sources import Settling, standings
from compliance.use_cases.rules.field_classes import class_of
from compliance.use_cases.seat.acting import barred, refuse, refuse_alone
from compliance.use_cases.seat.facts import Reader, access_facts
from compliance.use_cases.seat.free_text import guard
from compliance.use_cases.seat.people import known_person
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seeing.walk import walk
from compliance.vault import COLUMNS, IndexRow, Maintenance, UnitOfWork

#: Sources an objection keeps out (PIPL 27).
_LISTS = frozenset({SourceClass.PUBLIC, SourceClass.SECOND, SourceClass.THIRD})
#: Fields that hold a name, a place or a number of their own shape, never a sentence.
_NO_SENTENCES = frozenset(
    {
        "full_name", "institution_name", "region", "practice_sites", "work_address", "practice_licence_no",
        "source_system_ids", "mobile_phone", "work_email", "channel_account_ids", "id_doc_no", "bank_account_no",
    }
)  # fmt: skip
_ITEMS = {Section.PAYMENT: "speaker/sensitive:payment"}
_SENSITIVE = (Reference("PIPL", "28"), Reference("PIPL", "29"))
#: Somebody erased is not entered again by one person (people/readmitting.py).
ERASED = "erased_before"
_BECAUSE_ERASED = (Reference("PIPL", "47"), Reference("PIPL", "13"))


#: Why a value is amended.
WHYS = ("correction", "update", "request")


@dataclass(frozen=True, slots=True, kw_only=True)
class Amended:
    """What a value was, as whoever amends it may see it, and what it has become; None: there is nothing."""

    hcp_id: str
    key: str
    was: ShownField | None
    becomes: str | None

    def __repr__(self) -> str:
        return f"Amended({self.hcp_id}, {self.key})"


def add_person(
    session: Session, *, values: Mapping[str, str], source: str, held: bool = False
) -> Answer[str | Refusal]:
    """Add one person by hand. Name and hospital are needed; answers the new id.

    What is more than identity or public waits for the notice, unless it is ``held`` for no use (REQ-006).
    """
    now = session.now()
    if no := barred(session, "add_person", at=now):
        return no
    if child := _child(session, values, at=now):
        return child
    clean = entered(session, values)
    with session.vault.unit_of_work() as uow:
        origin = _source(uow, source)
        provenance = _provenance(session, uow, origin, now)
        for key in () if held else clean:
            if no := unserved_by_any(session, uow, "", key, source=origin.provenance, at=now):
                return no
        hcp_id = new_id("HCP")
        row = index_row(hcp_id, {key: FieldValue(text, provenance) for key, text in clean.items()})
        objects = _suppressed(uow, row)
        if objects and provenance.source_class in _LISTS:
            return refuse(session, uow, at=now, reason="blocked_objection", detail={"source": source})
        if erased_entries(uow, row):
            return refuse(session, uow, at=now, reason=ERASED, detail={"source": source}, because=_BECAUSE_ERASED)
        uow.people.add(hcp_id, created_at=now, blocks=frozenset({Block.OBJECTION} if objects else ()))
        by_section: dict[Section, dict[str, FieldValue]] = {}
        for key, text in clean.items():
            section = _section(session, key)
            if section in _ITEMS:
                return refuse(
                    session, uow, at=now, reason="sensitive_needs_basis", detail={"field": key}, because=_SENSITIVE
                )
            by_section.setdefault(section, {})[key] = FieldValue(text, provenance)
        for section, fields in by_section.items():
            uow.sections.write(hcp_id, section, fields)
        uow.index.put(row)
        uow.commit(
            session.event(
                Kind.PERSON_ADDED, at=now, hcps=(hcp_id,), fields=tuple(sorted(clean)), detail=_said(source, held)
            )
        )
    return Answer(hcp_id, Changes(people=True, audit=True))


def entered(session: Session, values: Mapping[str, str]) -> dict[str, str]:
    """The fields of a form, checked and clean. InputErrors for the first that is missing or not what it should be."""
    for key in ("full_name", "institution_name"):
        if not values.get(key, "").strip():
            raise bad_input("field_missing", key)
    return {key: _clean(session, key, text) for key, text in values.items()}


def erased_entries(reader: Reader, row: IndexRow) -> frozenset[str]:
    """Entries of the suppression list that somebody erased left and that are this person."""
    listed = reader.suppressions.erased()
    if listed is None:
        return frozenset()
    place = hospital_key(row.hospital) if row.hospital else ""
    return listed.find_erased(row.identifiers, name=row.name, hospital=place)


def amend_person(
    session: Session,
    *,
    hcp_id: str,
    key: str,
    value: str,
    source: str,
    purpose: Purpose | None = None,
    held: bool = False,
    why: str = "correction",
) -> Answer["Amended | Refusal"]:
    """Amend one value, or take it away with an empty one. The old value stays in the sealed history of the field and in
    no log, unless it is taken away at the person's request (removal.py); it is named to whoever amends, where that
    person may read it for ``purpose`` (or the check of master data). A disputed value is amended by somebody other than
    who disputed it, which settles the dispute.

    With ``purpose`` the value is saved for that use, which its notice must precede (REQ-006); without one for any it
    serves, unless it is ``held`` for none (``presenting``, rule 5).
    """
    now = session.now()
    if held and purpose is not None:
        raise bad_input("held_for_a_purpose", "purpose")
    if why not in WHYS:
        raise bad_input("unknown_reason", "reason", why, ", ".join(WHYS))
    if child := _child(session, {key: value}, at=now, hcp_id=hcp_id):
        return child
    section = _section(session, key)
    if no := barred(session, "amend_payment" if section in _ITEMS else "amend_person", at=now, hcp_id=hcp_id):
        return no
    clean = _clean(session, key, value) if value.strip() else ""
    with session.vault.unit_of_work() as uow:
        person = known_person(uow, hcp_id)
        origin = _source(uow, source)
        provenance = _provenance(session, uow, origin, now)
        if clean and Block.OBJECTION in person.blocks and provenance.source_class is SourceClass.PUBLIC:
            return refuse(session, uow, at=now, reason="blocked_objection", hcp_id=hcp_id, detail={"field": key})
        if clean and purpose is not None and (no := unserved(session, uow, hcp_id, purpose, key)):
            return no
        item = _ITEMS.get(section)
        judged = class_of(session, key, at=now)
        if clean and item is not None:
            facts, _ = access_facts(session, uow, hcp_id=hcp_id, at=now)
            line = facts.lines.get(item)
            carried = line is not None and line.open
            if judged.data_class != "sensitive":  # by the list that was chosen: a basis of the purpose will do
                carried = carried or _carried(facts, item)
            if not carried and not _waived(facts, item, key):
                return refuse(
                    session,
                    uow,
                    at=now,
                    reason="sensitive_needs_basis",
                    hcp_id=hcp_id,
                    detail={"field": key},
                    because=_SENSITIVE,
                )
        fields = dict(uow.sections.read_for(Maintenance.AMEND, hcp_id, [section]).get(section, {}))
        new = bool(clean) and key not in fields and purpose is None and not held and item is None
        if new and (no := unserved_by_any(session, uow, hcp_id, key, source=origin.provenance, at=now)):
            return no
        removed = not clean and why == REQUEST
        if removed and (no := held_over(session, uow, records(uow, hcp_id), at=now, act="amend", hcp_id=hcp_id)):
            return no
        dispute = uow.disputes.open(hcp_id, key)
        if dispute is not None and dispute.said_by == session.actor:
            return refuse(
                session, uow, at=now, reason="second_person_needed", hcp_id=hcp_id, detail={"field": key}
            )  # fmt: skip
        was = fields.pop(key, None)
        told = _told(session, uow, hcp_id, key, purpose or Purpose.MDM, now) if was is not None else None
        if clean:
            fields[key] = FieldValue(clean, provenance)
        if removed:
            forget_all(session, uow, hcp_id, section, key, now)
        elif was is not None:
            changed = {key: (was, fields.get(key))}
            uow.value_changes.add_by_hand(hcp_id, section, changed, now, by=session.actor, why=why)
        uow.sections.write(hcp_id, section, fields)
        if dispute is not None:
            settle(uow, dispute, "corrected" if clean else "removed", now, by=session.actor)
        if key in SEARCHED:
            stored = reindex(uow, hcp_id)
            listed = Settling(session, uow, at=now).values(stored)
            doubtful = any(in_doubt(listed[k].provenance) for k in COLUMNS if k in listed)
            if Block.QUARANTINED in person.blocks and not doubtful:
                uow.people.set_blocks(hcp_id, person.blocks - {Block.QUARANTINED})
        said = {**_said(source, held), "class": judged.data_class, "rule_set": judged.rule_set, "why": why}
        if told is not None:
            said["old_value_told"] = True
        uow.commit(session.event(Kind.PERSON_AMENDED, at=now, hcps=(hcp_id,), fields=(key,), detail=said))
    return Answer(
        Amended(hcp_id=hcp_id, key=key, was=told, becomes=clean or None),
        Changes(people=True, tasks=dispute is not None, audit=True),
    )


def freeze_person(session: Session, *, hcp_id: str, reason_code: str = "doubt") -> Answer[str | Refusal]:
    """Restrict a record on a dispute or doubt (PIPL 44): acts at once, one person suffices."""
    return _block(session, "freeze", hcp_id, Block.FROZEN, on=True, kind=Kind.PERSON_BLOCKED, reason=reason_code)


def unfreeze_person(session: Session, *, hcp_id: str) -> Answer[str | Refusal]:
    """Lift a restriction; the privacy officer's word."""
    return _block(session, "unfreeze", hcp_id, Block.FROZEN, on=False, kind=Kind.PERSON_BLOCKED)


def _block(
    session: Session, act: str, hcp_id: str, block: Block, *, on: bool, kind: Kind, reason: str = ""
) -> Answer[str | Refusal]:
    now = session.now()
    if no := barred(session, act, at=now, hcp_id=hcp_id):
        return no
    with session.vault.unit_of_work() as uow:
        person = known_person(uow, hcp_id)
        uow.people.set_blocks(hcp_id, person.blocks | {block} if on else person.blocks - {block})
        if on:
            uow.before_commit(partial(session.vault.keep_standing, hcp_id, str(block), True, now))
        recall_closed(session, uow, hcp_id, at=now)
        uow.commit(
            session.event(kind, at=now, hcps=(hcp_id,), detail={"block": str(block), "on": on, "reason": reason})
        )
    if not on:
        session.vault.keep_standing(hcp_id, str(block), False, now)
    return Answer(hcp_id, Changes(people=True, consents=True, audit=True))


def _carried(facts: AccessFacts, item: str) -> bool:
    """Whether the purpose of ``item`` stands on a consent or a registered basis."""
    name = item.partition("/")[0]
    line = facts.lines.get(name)
    return Purpose(name) in facts.bases or (line is not None and line.open)


def _waived(facts: AccessFacts, item: str, key: str) -> bool:
    """Another basis that names the field, with a memo on the separate consent (REQ-025, REQ-037)."""
    basis = facts.bases.get(Purpose(item.partition("/")[0]))
    return basis is not None and (basis.fields is None or key in basis.fields) and item in facts.memos


def _suppressed(uow: UnitOfWork, row: IndexRow) -> bool:
    """Whether the person once objected to the use of public information; a new record does not end that."""
    listed = uow.suppressions.listed()
    return bool(listed and listed.find(row.identifiers, name=row.name, hospital=hospital_key(row.hospital)))


def _section(session: Session, key: str) -> Section:
    field = session.policy.field(key)
    if field is None:
        raise bad_input("unknown_field", "key", key, session.policy.nearest_field(key))
    if field.section is None:
        raise bad_input("field_computed", "key", key)
    return field.section


def _clean(session: Session, key: str, text: str) -> str:
    _section(session, key)
    if key not in _NO_SENTENCES:
        guard(session, {key: text})
    pairs, faults = handler(key)(text.strip())
    value = dict(pairs).get(key, "")
    if not value:
        raise bad_input(faults[0] if faults else "field_empty", key)
    return value


def _told(
    session: Session, uow: UnitOfWork, hcp_id: str, key: str, purpose: Purpose, now: datetime
) -> ShownField | None:
    """The value before it changes, as far as this person may read it for ``purpose``."""
    shown = walk(session, uow, hcp_id=hcp_id, purpose=purpose, at=now).shown.get(key)
    return None if shown is None or shown.state is FieldState.WITHHELD or shown.value is None else shown


def _said(source: str, held: bool) -> dict[str, str | bool]:
    return {"source": source, "held": True} if held else {"source": source}


def _child(session: Session, values: Mapping[str, str], *, at: datetime, hcp_id: str = "") -> Answer[Refusal] | None:
    """Refused for a person under fourteen; a birth date itself is never stored (PIPL 31, REQ-041)."""
    for key, text in values.items():
        if key not in BIRTH_KEYS and key != "id_doc_no":
            continue
        birth, years = birth_of(text), session.policy.parameter("child_age", at)
        if birth is not None and under_age(birth, years=years, at=at):
            because = (Reference("PIPL", "31"), Reference("PIPL", "28"))
            return refuse_alone(
                session, at=at, reason="under_age", hcp_id=hcp_id, detail={"field": "birth"}, because=because
            )
        if key in BIRTH_KEYS:
            raise bad_input("birth_not_collected", key)
    return None


def _source(uow: UnitOfWork, code: str) -> Source:
    source = uow.sources.get(code)
    if source is None:
        raise bad_input("unknown_source", "source", code)
    return source


def _provenance(session: Session, uow: UnitOfWork, source: Source, now: datetime) -> Provenance:
    usable = standings(session, uow, at=now)[source.code].standing.usable
    return Provenance(
        source=source.code,
        source_class=source.provenance,
        source_date=shanghai_day(now),
        collector=session.actor,
        grade=source.grade,
        basis="",
        status=ValueStatus.ACTIVE if usable else ValueStatus.QUARANTINED,
        cited=source.provenance is SourceClass.PUBLIC,
    )
