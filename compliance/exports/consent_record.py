"""A consent as a record for machines: structure of ISO/IEC TS 27560 with terms of DPV 2.3 (law.md 6.2, REQ-119).

Rules: (1) every mandatory field of law.md 6.2 is filled, for every state; what is not there is said to be none, never
invented; optional fields without data are absent; (2) every ``dpv:`` term stands in ``resources/interop/dpv.toml``;
(3) the person is a pseudonym, staff stand by role, so no record holds another person's name (REQ-120); (4) a consent
whose notice was replaced carries two events: the old scope given, the new scope requested (law.md 6.3). The format is
described in ``docs/consent-record.md``.
"""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from compliance.clock import stamp
from compliance.model.consent import Method
from compliance.resources import read_text

SCHEMA = "ISO/IEC TS 27560:2023"
NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordData:
    """One item of one person. Texts are those of the notice that was shown, in its language.

    ``operator`` is the role that entered the act; ``data_kinds`` are labels; ``precision`` "day" means that of the
    times of notice and act only the Shanghai day counts.
    """

    receipt_id: str
    event_id: str
    hcp_id: str
    state: str
    item: str
    purpose: str
    purpose_text: str
    separate: bool
    method: Method
    acted_at: datetime
    recorded_at: datetime
    operator: str
    handler: str
    made_at: datetime
    party_id: str
    handler_contact: str
    party_address: str
    storage_place: str
    retention: str
    retention_months: int
    term_months: int
    withdrawal_channel: str
    item_text: str = ""
    rights: str = ""
    notice: str = ""
    notice_hash: str = ""
    notice_language: str = "zh"
    rendering: str = ""
    precision: str = "second"
    code: str = ""
    presented_at: datetime | None = None
    received_at: datetime | None = None
    valid_until: datetime | None = None
    evidence_sha256: str = ""
    identity_check: str = ""
    data_kinds: tuple[str, ...] = ()
    data_keys: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    ask_again_from: datetime | None = None
    stopped_at: datetime | None = None
    newer_notice: str = ""  # of a consent that waits for a new act
    sandbox: bool = False


def record_of(data: RecordData) -> dict[str, Any]:
    """The record as plain values with ASCII keys."""
    processing = {
        "privacy_notice": data.notice or NONE,
        "notice_hash": data.notice_hash,
        "notice_rendering_sha256": data.rendering,
        "language": data.notice_language,
        "presented_at": _stamp(data.presented_at),
        "purposes": [
            {
                "purpose": data.purpose_text or data.item_text or data.item,
                "purpose_code": data.purpose,
                "item": data.item,
                "lawful_basis": "PIPL 13(1)(1)",
                "pii_information": [
                    {"pii_type": label, "pii_attribute_id": key}
                    for label, key in zip(data.data_kinds, data.data_keys, strict=True)
                ]
                or [{"pii_type": NONE}],
                "pii_controllers": [data.handler],
                "recipient_third_parties": list(data.recipients) or [NONE],
                "storage_locations": [data.storage_place],
                "retention_period": data.retention or f"P{data.retention_months}M",
                "withdrawal_method": data.withdrawal_channel,
                "jurisdiction": "CN",
                "privacy_rights": data.rights or "PIPL 44-50",
            }
        ],
    }
    whole = {
        "schema_version": SCHEMA,
        "record_id": data.event_id,
        "receipt_id": data.receipt_id,
        "pii_principal_id": data.hcp_id,
        "created_at": stamp(data.made_at),
        "sandbox": data.sandbox or None,
        "processing": processing,
        "parties": [
            {
                "party_id": data.party_id,
                "party_name": data.handler,
                "party_address": data.party_address,
                "party_contact": data.handler_contact,
                "party_role": "pii_controller",
                "party_type": "handler",
            },
            *({"party_id": name, "party_name": name, "party_type": "recipient"} for name in data.recipients),
        ],
        "events": _events(data),
        "dpv": _dpv(data),
    }
    pruned = _pruned(whole)
    assert isinstance(pruned, dict)
    return pruned


def record_bytes(record: Mapping[str, Any]) -> bytes:
    """Canonical JSON: sorted keys, no blanks, UTF-8."""
    return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


@cache
def vocabulary() -> Mapping[str, Any]:
    """The stored term list and the map of states."""
    return tomllib.loads(read_text("interop", "dpv.toml"))


def _events(data: RecordData) -> list[dict[str, Any]]:
    event = {
        "event_time": stamp(data.acted_at),
        "event_time_precision": data.precision,
        "event_type": "separate" if data.separate else "express",
        "event_state": data.state,
        "event_state_dpv": vocabulary()["states"][data.state],
        "explanation_code": data.code,
        "validity_duration": f"P{data.term_months}M",
        "valid_until": _stamp(data.valid_until),
        "entity_id": data.hcp_id,
        "method": str(data.method),
        "received_at": _stamp(data.received_at),
        "recorded_at": stamp(data.recorded_at),
        "operator_role": data.operator,
        "evidence_sha256": data.evidence_sha256,
        "identity_check": data.identity_check,
        "ask_again_from": _stamp(data.ask_again_from),
        "processing_stopped": _stamp(data.stopped_at),
    }
    if not data.newer_notice:
        return [event]
    asked = {
        "event_time": stamp(data.acted_at),
        "event_time_precision": data.precision,
        "event_type": event["event_type"],
        "event_state": "presented",
        "event_state_dpv": "dpv:ConsentRequested",
        "validity_duration": event["validity_duration"],
        "entity_id": data.hcp_id,
        "privacy_notice": data.newer_notice,
    }
    return [event, asked]


def _dpv(data: RecordData) -> dict[str, Any]:
    kind = ["dpv:ExplicitlyExpressedConsent", "cnp:SeparateConsent"] if data.separate else ["dpv:ExpressedConsent"]
    notice = {"@type": "dpv:ConsentNotice", "dct:identifier": data.notice, "dct:language": data.notice_language}
    until = {"@type": "dpv:UntilTimeDuration", "dct:valid": _stamp(data.valid_until)} if data.valid_until else None
    return {
        "@context": dict(vocabulary()["namespaces"]),
        "@type": "dpv:ConsentRecord",
        "dct:identifier": data.event_id,
        "dct:conformsTo": SCHEMA,
        "dct:created": stamp(data.made_at),
        "dpv:hasDataSubject": data.hcp_id,
        "dpv:hasNotice": notice if data.notice else None,
        "dpv:hasProcess": {
            "@type": "dpv:Process",
            "dpv:hasPurpose": data.purpose,
            "dpv:hasPersonalData": list(data.data_keys),
            "dpv:hasDataController": data.party_id,
            "dpv:hasRecipient": list(data.recipients),
            "dpv:hasStorageCondition": data.storage_place,
            "dpv:hasJurisdiction": "CN",
        },
        "dpv:hasLegalBasis": {"@type": ["dpv:Consent", *kind]},
        "dpv:hasConsentStatus": vocabulary()["states"][data.state],
        "dpv:isIndicatedAtTime": stamp(data.acted_at),
        "dpv:isIndicatedBy": data.hcp_id,
        "dpv:hasIndicationMethod": str(data.method),
        "dpv:hasDuration": until or {"@type": "dpv:TemporalDuration", "dct:extent": f"P{data.term_months}M"},
        "dpv:hasRight": "PIPL 44-50",
        "dpv:WithdrawConsent": data.withdrawal_channel,
        "cnp:identityCheck": data.identity_check,
        "cnp:operator": data.operator,
        "cnp:askAgainFrom": _stamp(data.ask_again_from),
        "cnp:processingStopped": _stamp(data.stopped_at),
    }


def _pruned(value: object) -> object:
    if isinstance(value, dict):
        kept = {key: _pruned(part) for key, part in value.items()}
        return {key: part for key, part in kept.items() if part not in (None, "", [], {})}
    if isinstance(value, list):
        return [_pruned(part) for part in value]
    return value


def _stamp(instant: datetime | None) -> str | None:
    return stamp(instant) if instant else None
