"""Fields that are not stored but computed at each read: consent-derived ones, the id, the responsible rep.

Each is a :class:`FieldValue` of class *derived* (or *zero* where it is the person's own word), so that the same
ruling, mask and sheet treatment apply to them as to stored values.
"""

from collections.abc import Mapping
from datetime import datetime

from compliance.clock import shanghai_day
from compliance.model.access import Block, RecordStatus
from compliance.model.consent import LineStatus
from compliance.model.limits import last_day
from compliance.model.profile import FieldValue, Provenance, SourceClass
from compliance.model.register import Person

#: Blocks that close most uses of a record that stands (domain 8.2: restricted follows an objection or a dispute).
_RESTRICTED = frozenset({Block.FROZEN, Block.OBJECTION, Block.DO_NOT_CONTACT, Block.DECEASED, Block.DEATH_REPORTED})


def computed_values(
    *,
    person: Person,
    lines: Mapping[str, LineStatus],
    reps: tuple[str, ...],
    channels: str,
    retention: str,
    at: datetime,
) -> dict[str, FieldValue]:
    """key → value of every computed field that has something to say. ``channels`` is the permitted-channel text."""
    day = shanghai_day(at)
    held = [line for line in lines.values() if line.open]
    texts: dict[str, str] = {
        "hcp_id": person.hcp_id,
        "record_status": str(_status(person)),
        "identity_match_status": "unverified" if Block.QUARANTINED in person.blocks else "matched",
        "assigned_rep": "; ".join(reps),
        "permitted_channels": channels,
        "channel_consents": _map({i.split("/", 1)[1]: _word(x) for i, x in lines.items() if i.startswith("digital/")}),
        "consent_purposes_active": "; ".join(sorted({line.purpose for line in held})),
        "consent_valid_until": _map({x.item: last_day(x.valid_until).isoformat() for x in held if x.valid_until}),
        "notice_version": "; ".join(sorted({x.notice for x in held if x.notice})),
        "consent_evidence_ref": "; ".join(sorted(x.event_id for x in held if x.event_id)),
        "sensitive_consent": _sensitive(lines),
        "third_party_provision_consent": _map(_suffix(lines, "/recipient:")),
        "crossborder_consent": _map(_suffix(lines, "/overseas:")),
        "adm_optout": _flag(person.adm_optout),
        "public_info_objection": _flag(Block.OBJECTION in person.blocks),
        "rights_request_open": "open" if Block.OPEN_REQUEST in person.blocks else "none",
        "objection_open": _flag(Block.OBJECTION in person.blocks),
        "domain_status": "private_onboarded" if any(i.startswith("digital/") for i in (x.item for x in held)) else "",
        "retention_until": retention,
    }
    if person.status is RecordStatus.ERASED:
        texts = {"hcp_id": person.hcp_id, "record_status": str(person.status)}
    derived = Provenance(
        source="core", source_class=SourceClass.DERIVED, source_date=day, collector="", grade="A", basis="computed"
    )
    return {key: FieldValue(text, derived) for key, text in texts.items() if text}


def _status(person: Person) -> RecordStatus:
    """The state of the record in a word; *restricted* is any record that stands and is closed to most uses."""
    if person.status is not RecordStatus.ACTIVE:
        return person.status
    if not person.blocks.isdisjoint(_RESTRICTED):
        return RecordStatus.RESTRICTED
    return RecordStatus.DORMANT if Block.DORMANT in person.blocks else RecordStatus.ACTIVE


def _map(pairs: Mapping[str, str]) -> str:
    return "; ".join(f"{key}:{value}" for key, value in sorted(pairs.items()))


def _suffix(lines: Mapping[str, LineStatus], mark: str) -> dict[str, str]:
    return {item.split(mark, 1)[1]: _word(line) for item, line in lines.items() if mark in item}


def _word(line: LineStatus) -> str:
    return "granted" if line.open else str(line.status)


def _sensitive(lines: Mapping[str, LineStatus]) -> str:
    found = [_word(line) for item, line in lines.items() if item.startswith("speaker/sensitive:")]
    return "" if not found else ("granted" if "granted" in found else found[0])


def _flag(value: bool) -> str:
    return "true" if value else "false"
