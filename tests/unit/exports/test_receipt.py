"""Receipts and records: for every state, for people and for machines (REQ-119, REQ-120)."""

import json
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from pdf_reading import pdfium_text, squeezed
from pypdf import PdfReader
from sheet_samples import AT, ROOT

from compliance.exports.consent_record import SCHEMA, RecordData, record_bytes, record_of, vocabulary
from compliance.exports.receipt import Issued, receipt_json, render_receipt
from compliance.i18n import Lang
from compliance.model.consent import ConsentStatus, Method

GIVEN = RecordData(
    receipt_id="R-7QK4M2XA", event_id="E-1", hcp_id="HCP-7QK4M2XA", state="given",
    item="digital/wecom", purpose="digital", purpose_text="通过企业微信发送学术资料", separate=True,
    method=Method.PAPER, acted_at=AT, recorded_at=AT, operator="clerk", handler="华辰示例医药", made_at=AT,
    party_id="91310000MA1FL0000X", notice="CN-HCP@1.0", notice_hash="ab" * 32, rendering="ef" * 32,
    presented_at=AT - timedelta(hours=1), valid_until=AT + timedelta(days=730),
    handler_contact="privacy@huachen.example", party_address="上海市", storage_place="中国境内", retention="24 个月",
    retention_months=24, term_months=24, data_kinds=("姓名", "医院"), data_keys=("full_name", "institution_name"),
    withdrawal_channel="400-000-0000", evidence_sha256="cd" * 32,
)  # fmt: skip
ISSUED = Issued(root=ROOT, audit_index=9)
#: law.md 6.2, the mandatory fields of 27560, as paths.
MANDATORY = (
    "schema_version", "record_id", "receipt_id", "pii_principal_id", "processing.privacy_notice", "processing.language",
    "processing.purposes.0.purpose", "processing.purposes.0.pii_information.0.pii_type",
    "processing.purposes.0.storage_locations.0", "processing.purposes.0.retention_period",
    "processing.purposes.0.jurisdiction", "processing.purposes.0.withdrawal_method",
    "processing.purposes.0.pii_controllers.0", "processing.purposes.0.recipient_third_parties.0",
    "parties.0.party_id", "parties.0.party_name", "parties.0.party_address", "parties.0.party_contact",
    "parties.0.party_type", "events.0.event_time", "events.0.validity_duration", "events.0.entity_id",
    "events.0.event_type", "events.0.event_state",
)  # fmt: skip


def at_path(value: Any, path: str) -> Any:
    for step in path.split("."):
        value = value[int(step)] if step.isdigit() else value.get(step)
    return value


def words(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {w for part in value.values() for w in words(part)}
    if isinstance(value, list):
        return {w for part in value for w in words(part)}
    return {value} if isinstance(value, str) else set()


@pytest.mark.req("REQ-119")
@pytest.mark.parametrize("state", list(ConsentStatus))
def test_every_state_fills_what_is_mandatory_with_known_terms(state: ConsentStatus) -> None:
    bare = replace(
        GIVEN, state=str(state), notice="", notice_hash="", rendering="", presented_at=None, valid_until=None,
        data_kinds=(), data_keys=(), retention="", evidence_sha256="",
        newer_notice="CN-HCP@2.0" if state is ConsentStatus.CHANGE_PENDING else "",
    )  # fmt: skip
    for data in (bare, replace(GIVEN, state=str(state))):
        record = json.loads(record_bytes(record_of(data)))
        assert [path for path in MANDATORY if not at_path(record, path)] == []
        used = {w for w in words(record) if w.startswith(("dpv:", "cnp:"))}
        assert used <= set(vocabulary()["terms"]) | set(vocabulary()["own"])
        assert not {"dpv:ConsentTerminated", "dpv:EndlessDuration"} & used
        assert record["dpv"]["dpv:hasConsentStatus"] == vocabulary()["states"][str(state)]
    states = [e["event_state_dpv"] for e in record_of(bare)["events"]]
    if state is ConsentStatus.CHANGE_PENDING:
        assert states == ["dpv:ConsentGiven", "dpv:ConsentRequested"]


@pytest.mark.req("REQ-119")
def test_json_holds_the_structure_and_invents_nothing() -> None:
    content = json.loads(receipt_json([GIVEN], ISSUED))
    assert content["schema_version"] == SCHEMA
    purpose = content["processing"]["purposes"][0]
    assert [p["pii_type"] for p in purpose["pii_information"]] == ["姓名", "医院"]
    assert purpose["recipient_third_parties"] == ["none"]
    event = content["events"][0]
    assert (event["event_type"], event["valid_until"]) == ("separate", "2028-11-23T02:30:00.000000Z")
    assert "processing_stopped" not in event
    assert content["log_seal"] == {"entry": 9, "root": ROOT}
    assert "sandbox" not in content
    shared = json.loads(receipt_json([replace(GIVEN, recipients=("某学会",))], ISSUED))
    assert [p["party_type"] for p in shared["parties"]] == ["handler", "recipient"]


def test_entry_zero_is_not_lost() -> None:
    assert json.loads(receipt_json([GIVEN], replace(ISSUED, audit_index=0)))["log_seal"]["entry"] == 0


def test_a_receipt_of_every_item_holds_their_records() -> None:
    both = [GIVEN, replace(GIVEN, item="visit", event_id="E-2", state="expired")]
    content = json.loads(receipt_json(both, ISSUED))
    assert [r["record_id"] for r in content["records"]] == ["E-1", "E-2"]
    for lang in Lang:
        text = pdfium_text(render_receipt(both, ISSUED, lang=lang))
        assert text.count("R-7QK4M2XA") >= 1 and ("已到期" if lang is Lang.ZH else "xpired") in text


@pytest.mark.req("REQ-120")
def test_given_in_words() -> None:
    text = pdfium_text(render_receipt([GIVEN], ISSUED))
    for word in ("您已同意", "R-7QK4M2XA", "单独同意", "书面", "CN-HCP@1.0", "2028-11-23 10:30", "400-000-0000"):
        assert word in text
    assert "停止处理时间" not in text
    day = pdfium_text(render_receipt([replace(GIVEN, precision="day")], ISSUED))
    assert "2026-11-24" in day and "2026-11-24 10:30" not in day


@pytest.mark.req("REQ-120")
@pytest.mark.parametrize("lang", list(Lang))
def test_withdrawn_in_words_and_json(lang: Lang) -> None:
    data = replace(
        GIVEN, state="withdrawn", received_at=AT, stopped_at=AT + timedelta(minutes=5), valid_until=None,
        ask_again_from=AT + timedelta(days=180), sandbox=True,
    )  # fmt: skip
    text = pdfium_text(render_receipt([data], ISSUED, lang=lang))
    for word in ("2026-11-24 10:35", "2027-05-23", "演示 SANDBOX", "您已撤回同意" if lang is Lang.ZH else "withdrew"):
        assert word in text
    assert "2028-11-23" not in text
    content = json.loads(receipt_json([data], ISSUED))
    assert content["sandbox"] is True
    assert content["events"][0]["event_state"] == "withdrawn"
    assert content["events"][0]["processing_stopped"] == "2026-11-24T02:35:00.000000Z"


@pytest.mark.req("REQ-120")
def test_of_what_was_refused_nothing_is_said_to_be_kept_or_agreed() -> None:
    refused = replace(GIVEN, state="refused", presented_at=None, valid_until=None)
    text = pdfium_text(render_receipt([refused], ISSUED, lang=Lang.EN))
    assert "You did not consent" in text and "通过企业微信发送学术资料" in text
    assert not [
        word for word in ("separate consent", "Kept for", "Recipients", "Kinds of data", "CN-HCP") if word in text
    ]


@pytest.mark.req("REQ-120")
def test_a_page_says_in_which_language_the_notice_was_shown() -> None:
    said = "shown in Chinese"
    assert said in pdfium_text(render_receipt([GIVEN], ISSUED, lang=Lang.EN))
    assert "告知语言" not in pdfium_text(render_receipt([GIVEN], ISSUED))
    assert said not in pdfium_text(render_receipt([replace(GIVEN, notice_language="en")], ISSUED, lang=Lang.EN))


def test_an_item_stands_whole_on_one_page() -> None:
    """Head, answer and facts of an item are not torn apart while a page has room for them."""
    many = [replace(GIVEN, item=f"digital/{n}", item_text=f"Item {n}", data_kinds=("姓名、" * 90,)) for n in range(7)]
    pages = [
        squeezed(page.extract_text()) for page in PdfReader(BytesIO(render_receipt(many, ISSUED, lang=Lang.EN))).pages
    ]
    assert len(pages) > 2
    for number in range(7):
        head = next(n for n, text in enumerate(pages) if f"Item{number}You" in text)
        assert f"ConsentitemItem{number}" in pages[head]
