"""The consent receipt 同意回执 that the doctor keeps: PDF for people, JSON for machines (law.md 6.2).

Rules: (1) JSON is the record of ``exports.consent_record``; (2) pseudonym only, and never another person's name; (3) an
end date stands on every consent that has one, and no duration is called endless; (4) a withdrawal gets as good a
receipt; (5) one receipt may cover all items of a person; (6) a page in another language than the notice was shown in
gives the words of the same version in its own, and says so; the record beside it keeps those that were shown.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from compliance.clock import stamp
from compliance.exports import document as d
from compliance.exports.consent_record import SCHEMA, RecordData, record_bytes, record_of
from compliance.exports.pdf import render
from compliance.exports.stamps import local, seal_words
from compliance.i18n import Lang, t
from compliance.model.consent import ConsentStatus
from compliance.model.limits import last_day


class ReceiptKind(StrEnum):
    """What the receipt is about."""

    GIVEN = "given"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"


#: State → what the receipt says; other states have no act to receipt, and stand in the record alone.
KINDS = {
    ConsentStatus.GIVEN: ReceiptKind.GIVEN,
    ConsentStatus.RENEWED: ReceiptKind.GIVEN,
    ConsentStatus.CHANGE_PENDING: ReceiptKind.GIVEN,
    ConsentStatus.WITHDRAWN: ReceiptKind.WITHDRAWN,
    ConsentStatus.REFUSED: ReceiptKind.REFUSED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """Where the issue of a receipt stands in the log."""

    root: str
    audit_index: int


def receipt_json(records: Sequence[RecordData], issued: Issued) -> bytes:
    """One record as the receipt itself, several as the list ``records`` of one receipt. Canonical JSON."""
    seal = {"root": issued.root, "entry": issued.audit_index}
    if len(records) == 1:
        return record_bytes({**record_of(records[0]), "log_seal": seal})
    first = records[0]
    whole = {
        "schema_version": SCHEMA,
        "receipt_id": first.receipt_id,
        "pii_principal_id": first.hcp_id,
        "created_at": stamp(first.made_at),
        "records": [record_of(record) for record in records],
        "log_seal": seal,
    }
    return record_bytes({**whole, "sandbox": True} if first.sandbox else whole)


def render_receipt(
    records: Sequence[RecordData], issued: Issued, *, lang: Lang = Lang.ZH, signed: bool = False
) -> bytes:
    """The receipt as a PDF: each item with what was decided, then rights, the number of the receipt and how it is
    checked: this file itself when it is to be ``signed``, else its JSON."""

    def say(key: str, **params: object) -> str:
        return t(f"paper.receipt.{key}", lang, **params)

    first = records[0]
    blocks: list[d.Block] = []
    for number, data in enumerate(records):
        kind = KINDS.get(ConsentStatus(data.state))
        one: list[d.Block] = []
        if len(records) > 1:
            one.append(d.Heading(data.item_text or data.item, level=2, new_page=False))
        if kind is not None:
            one.append(d.Callout(say(f"kind.{kind}"), (say(f"kind.{kind}.text"),), _TONES[kind]))
        else:
            one.append(d.Paragraph(t(f"status.{data.state}", lang), bold=True))
        one.append(d.KeyValues(tuple((k, v) for k, v in _rows(data, kind, say, lang, head=not number) if v)))
        blocks.append(d.Together(tuple(one)))
    rights = say("rights.text", channel=first.withdrawal_channel)
    blocks += [
        d.Callout(say("rights"), (rights,)),
        d.Paragraph(say("check.signed" if signed else "check.plain"), small=True),
        d.Qr(f"CKR1:{first.receipt_id}:{issued.audit_index}:{issued.root[:16]}", say("qr"), size=72),
    ]
    document = d.Document(
        metadata_title=say("title"),
        title=say("title"),
        subtitle=first.handler,
        running=f"{say('title')} · {first.receipt_id}",
        seal=t("paper.seal", lang, seal=seal_words(issued.root, issued.audit_index)),
        stamp=t("paper.sandbox", lang) if first.sandbox else "",
        blocks=tuple(blocks),
    )
    return render(document, lang=lang).pdf


_TONES = {ReceiptKind.GIVEN: d.Tone.GOOD, ReceiptKind.WITHDRAWN: d.Tone.STOP, ReceiptKind.REFUSED: d.Tone.STOP}


def _rows(
    data: RecordData, kind: ReceiptKind | None, say: Callable[..., str], lang: Lang, *, head: bool
) -> list[tuple[str, str]]:
    day = data.precision == "day"
    company = [
        (say("handler"), data.handler),
        (say("party"), data.party_id),
        (say("contact"), data.handler_contact),
        (say("storage"), data.storage_place),
    ]
    numbers = [(say("id"), data.receipt_id), (say("person"), data.hcp_id)]
    scope = [
        (say("data_kinds"), _list(data.data_kinds, lang)),
        (say("recipients"), _list(data.recipients, lang) or say("recipients.none")),
        (say("retention"), data.retention),
    ]
    agreed = kind is not ReceiptKind.REFUSED  # of what was refused nothing is used, given away or kept
    return [
        *(numbers if head else []),
        (say("item"), data.item_text or data.item),
        (say("purpose"), data.purpose_text),
        (say("shown_in"), say(f"shown_in.{data.notice_language}") if data.notice_language != lang else ""),
        (say("type"), say("type.separate" if data.separate else "type.express") if agreed else ""),
        (say("method"), say(f"method.{data.method}")),
        (say("notice"), data.notice if data.presented_at or agreed else ""),
        (say("presented"), _when(data.presented_at, day=day)),
        (say("acted"), _when(data.acted_at, day=day)),
        (say("received"), _when(data.received_at, day=day)),
        (say("until"), _end(data.valid_until) if kind is ReceiptKind.GIVEN else ""),
        (say("stopped"), _when(data.stopped_at, day=day)),
        (say("ask_again"), _when(data.ask_again_from)),
        *(scope if agreed else []),
        (say("evidence"), data.evidence_sha256),
        *(company if head else []),
    ]


def _when(instant: datetime | None, *, day: bool = False) -> str:
    """Paper knows only days: of such a time the day is printed, of a Shanghai midnight the day it begins."""
    text = local(instant) if instant else ""
    if day:
        return text[:10]
    return text.removesuffix(" 00:00") if text.endswith(" 00:00") else f"{text} (UTC+8)" if text else ""


def _end(instant: datetime | None) -> str:
    """An end at midnight is read as the day before it."""
    at_midnight = instant is not None and local(instant).endswith(" 00:00")
    return last_day(instant).isoformat() if instant is not None and at_midnight else _when(instant)


def _list(texts: tuple[str, ...], lang: Lang) -> str:
    return ("、" if lang is Lang.ZH else ", ").join(texts)
