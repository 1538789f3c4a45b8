"""What a record or receipt of one consent item says, gathered from events, notice as shown, and rules (law.md 6.2).

Rules: (1) words of purpose, kinds, retention and rights are those of the notice version the answer was given under, in
the language it was shown; a withdrawal takes them from the answer it ends; (2) staff stand by role, never by name; (3)
what was never said is not invented: the record of an item nobody was asked about says so.
"""

import json
from collections.abc import Sequence
from datetime import datetime

from compliance.consent.labels import item_label
from compliance.consent.notice import fill
from compliance.consent.status import active_for
from compliance.exports.consent_record import RecordData
from compliance.i18n import t
from compliance.model.consent import (
    ConsentEvent,
    ConsentStatus,
    EventKind,
    LineStatus,
    Method,
    NoticeLine,
    NoticeVersion,
)
from compliance.use_cases.seat.facts import Reader, active_at, terms
from compliance.use_cases.seat.session import Session, handler_contact, known_notices

_ANSWERS = (EventKind.GIVEN, EventKind.REFUSED, EventKind.DEFERRED, EventKind.NO_ANSWER, EventKind.PRESENTED)


def record_data(
    session: Session,
    reader: Reader,
    *,
    hcp_id: str,
    line: LineStatus,
    receipt_id: str,
    at: datetime,
    page: bool = False,
) -> RecordData:
    """The record of ``line`` at ``at``; for a ``page`` in the words of the reader where the notice has them."""
    events = [e for e in reader.consents.events(hcp_id) if e.item == line.item]
    event = next((e for e in events if e.event_id == line.event_id), None)
    answer = event if event is not None and event.notice else _last_answer(events, event)
    notices = known_notices(session, reader)
    active = active_for(line.item, active_at(notices.values(), at), at)
    notice = notices.get(answer.notice or "") if answer else active
    shown = reader.renderings.shown(answer.event_id) if answer else None
    spoken = notice.line(line.item) if notice else None
    shown_in = _language(reader, shown.rendering) if shown else "zh"
    lang = str(session.lang) if page and (spoken is None or _text(spoken, str(session.lang))) else shown_in
    term = spoken.term_months if spoken and spoken.term_months else terms(session, line.item, at=at).term_months
    contact = handler_contact(lang)
    user = reader.users.get(event.recorded_by) if event else None
    withdrawn = line.status is ConsentStatus.WITHDRAWN and event is not None
    acted = event and (event.acted_at or event.received_at or event.recorded_at)
    return RecordData(
        receipt_id=receipt_id,
        event_id=line.event_id or f"{hcp_id}/{line.item}",
        hcp_id=hcp_id,
        state=str(line.status),
        code=str(line.code),
        item=line.item,
        item_text=item_label(line.item, lambda key, **more: t(key, session.lang, **more)),
        purpose=line.purpose,
        purpose_text=_said(session, _text(spoken, lang) if spoken else "", contact),
        separate=terms(session, line.item, at=at).separate,
        method=event.method if event else Method.STAFF,
        precision=str(event.precision) if event else "second",
        acted_at=acted or line.since or at,
        presented_at=answer.presented_at if answer else None,
        received_at=event.received_at if event else None,
        recorded_at=event.recorded_at if event else at,
        operator=str(user.role) if user else "",
        handler=session.handler,
        party_id=session.vault.credit_code or f"urn:consentkeep:{session.vault.vault_id}",
        handler_contact=contact,
        party_address=reader.settings.get("handler_address") or contact,
        storage_place=t("record.storage_place", lang),
        retention=_block(session, notice, "retention", line.item, lang, contact),
        retention_months=(spoken.retention_months if spoken else 0) or term,
        term_months=term,
        rights=_block(session, notice, "rights", line.item, lang, contact),
        withdrawal_channel=contact,
        made_at=at,
        notice=notice.ref if notice else "",
        notice_hash=((answer.notice_hash if answer else "") or notice.sha256) if notice else "",
        notice_language=shown_in,
        rendering=shown.rendering if shown else "",
        valid_until=line.valid_until,
        evidence_sha256=(answer.evidence_sha256 or "") if answer else "",
        identity_check=(event.identity_check or "") if event else "",
        data_kinds=tuple(_kind(session, key, lang) for key in spoken.kinds) if spoken else (),
        data_keys=spoken.kinds if spoken else (),
        recipients=(spoken.recipient,) if spoken and spoken.recipient else (),
        ask_again_from=line.ask_again_from,
        stopped_at=event.received_at if withdrawn and event else None,
        newer_notice=active.ref if active is not None and line.status is ConsentStatus.CHANGE_PENDING else "",
        sandbox=session.sandbox,
    )


def _last_answer(events: Sequence[ConsentEvent], before: ConsentEvent | None) -> ConsentEvent | None:
    """The answer a withdrawal or an act of ours ends: the last one under a notice."""
    answers = [e for e in events if e.kind in _ANSWERS and e.notice and (before is None or e != before)]
    yes = [e for e in answers if e.kind is EventKind.GIVEN]
    chosen = yes or answers
    return chosen[-1] if chosen else None


def _language(reader: Reader, rendering: str) -> str:
    body = reader.renderings.body(rendering)
    return str(json.loads(body).get("lang", "zh")) if body else "zh"


def _said(session: Session, words: str, contact: str) -> str:
    return " ".join(fill(words, session.handler, contact).split())


def _block(session: Session, notice: NoticeVersion | None, slot: str, item: str, lang: str, contact: str) -> str:
    """The words of a slot: those for the item alone before the general ones."""
    words = dict(notice.blocks_zh if lang == "zh" else notice.blocks_en) if notice else {}
    return _said(session, words.get(f"{slot}@{item}") or words.get(slot, ""), contact)


def _text(line: NoticeLine, lang: str) -> str:
    return line.text_zh if lang == "zh" else line.text_en


def _kind(session: Session, key: str, lang: str) -> str:
    policy = session.policy
    return policy.words("field" if policy.field(key) else "dimension", key, lang)
