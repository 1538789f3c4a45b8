"""The consent receipt 同意回执 that the doctor keeps: PDF for people, JSON for machines (law.md 6.2).

Rules: (1) JSON follows the structure of ISO/IEC TS 27560 with our own names beside it; a field without data is
absent, never invented; (2) pseudonym only, the receipt never holds another person's name; (3) an end
date stands on every consent that has one, and no duration is called endless; (4) a withdrawal gets as good a receipt.
"""

import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from compliance.clock import stamp
from compliance.exports import document as d
from compliance.exports.pdf import render
from compliance.exports.sheet_layout import local, seal_words
from compliance.i18n import Lang, t
from compliance.model.consent import Method
from compliance.model.limits import last_day

SCHEMA = "ISO/IEC TS 27560:2023"


class ReceiptKind(StrEnum):
    """What the receipt is about."""

    GIVEN = "given"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptData:
    """One item of one person. Texts are those of the notice that was shown, in its language."""

    receipt_id: str
    event_id: str
    hcp_id: str
    kind: ReceiptKind
    state: str
    item: str
    purpose: str
    purpose_text: str
    separate: bool
    method: Method
    acted_at: datetime
    recorded_at: datetime
    recorded_by: str
    handler: str
    made_at: datetime
    root: str
    audit_index: int
    credit_code: str = ""
    item_text: str = ""
    handler_contact: str = ""
    notice: str = ""
    notice_hash: str = ""
    notice_language: str = "zh"
    presented_at: datetime | None = None
    received_at: datetime | None = None
    valid_until: datetime | None = None
    evidence_sha256: str = ""
    identity_check: str = ""
    data_kinds: tuple[str, ...] = ()
    recipients: tuple[str, ...] = ()
    retention: str = ""
    storage_place: str = ""
    withdrawal_channel: str = ""
    ask_again_from: datetime | None = None
    stopped_at: datetime | None = None
    sandbox: bool = False


def receipt_json(data: ReceiptData) -> bytes:
    """Canonical JSON: sorted keys, no blanks, UTF-8."""
    content = _pruned(
        {
            "schema_version": SCHEMA,
            "receipt_id": data.receipt_id,
            "record_id": data.event_id,
            "pii_principal_id": data.hcp_id,
            "created_at": stamp(data.made_at),
            "sandbox": data.sandbox or None,
            "processing": {
                "privacy_notice": data.notice,
                "notice_hash": data.notice_hash,
                "language": data.notice_language,
                "presented_at": _stamp(data.presented_at),
                "purposes": [
                    {
                        "purpose": data.purpose_text,
                        "purpose_code": data.purpose,
                        "item": data.item,
                        "lawful_basis": "PIPL 13(1)(1)",
                        "pii_information": list(data.data_kinds),
                        "pii_controllers": [data.handler],
                        "recipient_third_parties": list(data.recipients),
                        "storage_locations": data.storage_place,
                        "retention_period": data.retention,
                        "withdrawal_method": data.withdrawal_channel,
                        "jurisdiction": "CN",
                        "privacy_rights": "PIPL 44-50",
                    }
                ],
            },
            "parties": [
                {
                    "party_id": data.credit_code,
                    "party_name": data.handler,
                    "party_contact": data.handler_contact,
                    "party_role": "pii_controller",
                }
            ],
            "events": [
                {
                    "event_time": stamp(data.acted_at),
                    "event_type": "separate" if data.separate else "express",
                    "event_state": data.state,
                    "kind": str(data.kind),
                    "entity_id": data.hcp_id,
                    "method": str(data.method),
                    "received_at": _stamp(data.received_at),
                    "recorded_at": stamp(data.recorded_at),
                    "operator": data.recorded_by,
                    "valid_until": _stamp(data.valid_until),
                    "evidence_sha256": data.evidence_sha256,
                    "identity_check": data.identity_check,
                    "ask_again_from": _stamp(data.ask_again_from),
                    "processing_stopped": _stamp(data.stopped_at),
                }
            ],
            "log_seal": {"root": data.root, "entry": data.audit_index},
        }
    )
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


def render_receipt(data: ReceiptData, *, lang: Lang = Lang.ZH) -> bytes:
    """The receipt as a PDF."""

    def say(key: str, **params: object) -> str:
        return t(f"paper.receipt.{key}", lang, **params)

    rows: list[tuple[str, str]] = [
        (say("id"), data.receipt_id),
        (say("person"), data.hcp_id),
        (say("item"), data.item_text or data.item),
        (say("purpose"), data.purpose_text),
        (say("type"), say("type.separate" if data.separate else "type.express")),
        (say("method"), say(f"method.{data.method}")),
        (say("notice"), data.notice),
        (say("presented"), _local(data.presented_at)),
        (say("acted"), _local(data.acted_at)),
        (say("received"), _local(data.received_at)),
        (say("until"), _end(data.valid_until) if data.kind is ReceiptKind.GIVEN else ""),
        (say("stopped"), _local(data.stopped_at)),
        (say("ask_again"), _local(data.ask_again_from)),
        (say("data_kinds"), _list(data.data_kinds, lang)),
        (say("recipients"), _list(data.recipients, lang)),
        (say("retention"), data.retention),
        (say("evidence"), data.evidence_sha256),
        (say("handler"), data.handler),
        (say("credit_code"), data.credit_code),
        (say("contact"), data.handler_contact),
    ]
    tone = {ReceiptKind.GIVEN: d.Tone.GOOD, ReceiptKind.WITHDRAWN: d.Tone.STOP, ReceiptKind.REFUSED: d.Tone.STOP}
    rights = say("rights.text", channel=data.withdrawal_channel or data.handler_contact or data.handler)
    document = d.Document(
        metadata_title=say("title"),
        title=say("title"),
        subtitle=data.handler,
        running=f"{say('title')} · {data.receipt_id}",
        seal=t("paper.seal", lang, seal=seal_words(data.root, data.audit_index)),
        stamp=t("paper.sandbox", lang) if data.sandbox else "",
        blocks=(
            d.Callout(say(f"kind.{data.kind}"), (say(f"kind.{data.kind}.text"),), tone[data.kind]),
            d.KeyValues(tuple((label, value) for label, value in rows if value)),
            d.Callout(say("rights"), (rights,)),
            d.Qr(f"CKR1:{data.receipt_id}:{data.audit_index}:{data.root[:16]}", say("qr"), size=72),
        ),
    )
    return render(document, lang=lang).pdf


def _pruned(value: object) -> object:
    if isinstance(value, dict):
        kept = {key: _pruned(part) for key, part in value.items()}
        return {key: part for key, part in kept.items() if part not in (None, "", [], {})}
    if isinstance(value, list):
        return [_pruned(part) for part in value]
    return value


def _stamp(instant: datetime | None) -> str | None:
    return stamp(instant) if instant else None


def _local(instant: datetime | None) -> str:
    """Paper knows only days: a Shanghai midnight is printed as the day it begins."""
    text = local(instant) if instant else ""
    return text.removesuffix(" 00:00") if text.endswith(" 00:00") else f"{text} (UTC+8)" if text else ""


def _end(instant: datetime | None) -> str:
    """An end at midnight is read as the day before it."""
    at_midnight = instant is not None and local(instant).endswith(" 00:00")
    return last_day(instant).isoformat() if instant is not None and at_midnight else _local(instant)


def _list(texts: tuple[str, ...], lang: Lang) -> str:
    return ("、" if lang is Lang.ZH else ", ").join(texts)
