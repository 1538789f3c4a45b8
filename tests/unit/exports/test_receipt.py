"""Receipts: given and withdrawn, for people and for machines."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from pdf_reading import pdfium_text
from sheet_samples import AT, ROOT

from compliance.exports.receipt import SCHEMA, ReceiptData, ReceiptKind, receipt_json, render_receipt
from compliance.i18n import Lang
from compliance.model.consent import Method

GIVEN = ReceiptData(
    receipt_id="R-7QK4M2XA", event_id="E-1", hcp_id="HCP-7QK4M2XA", kind=ReceiptKind.GIVEN, state="given",
    item="digital/wecom", purpose="digital", purpose_text="通过企业微信发送学术资料", separate=True,
    method=Method.PAPER, acted_at=AT, recorded_at=AT, recorded_by="zhao", handler="华辰示例医药", made_at=AT,
    root=ROOT, audit_index=9,
    credit_code="91310000MA1FL0000X", notice="CN-HCP@1.0", notice_hash="ab" * 32,
    presented_at=AT - timedelta(hours=1),
    valid_until=AT + timedelta(days=730), handler_contact="privacy@huachen.example", data_kinds=("姓名", "医院"),
    withdrawal_channel="400-000-0000", evidence_sha256="cd" * 32,
)  # fmt: skip


@pytest.mark.req("REQ-119")
def test_json_holds_the_structure_and_only_what_is_known():
    content = json.loads(receipt_json(GIVEN))
    assert content["schema_version"] == SCHEMA
    assert content["receipt_id"] == "R-7QK4M2XA"
    assert content["pii_principal_id"] == "HCP-7QK4M2XA"
    purpose = content["processing"]["purposes"][0]
    assert purpose["pii_information"] == ["姓名", "医院"]
    assert purpose["withdrawal_method"] == "400-000-0000"
    assert "recipient_third_parties" not in purpose
    event = content["events"][0]
    assert event["event_type"] == "separate"
    assert event["valid_until"] == "2028-11-23T02:30:00.000000Z"
    assert "processing_stopped" not in event
    assert content["parties"][0]["party_id"] == "91310000MA1FL0000X"
    assert content["log_seal"] == {"entry": 9, "root": ROOT}
    assert "sandbox" not in content


def test_entry_zero_is_not_lost():
    assert json.loads(receipt_json(replace(GIVEN, audit_index=0)))["log_seal"]["entry"] == 0


@pytest.mark.req("REQ-120")
def test_given_in_words():
    text = pdfium_text(render_receipt(GIVEN))
    for word in ("您已同意", "R-7QK4M2XA", "单独同意", "书面", "CN-HCP@1.0", "2028-11-23 10:30", "400-000-0000"):
        assert word in text
    assert "停止处理时间" not in text


@pytest.mark.req("REQ-120")
@pytest.mark.parametrize("lang", list(Lang))
def test_withdrawn_in_words_and_json(lang):
    data = replace(
        GIVEN, kind=ReceiptKind.WITHDRAWN, state="withdrawn", received_at=AT, stopped_at=AT + timedelta(minutes=5),
        ask_again_from=AT + timedelta(days=180), sandbox=True,
    )  # fmt: skip
    text = pdfium_text(render_receipt(data, lang=lang))
    for word in ("2026-11-24 10:35", "2027-05-23", "演示 SANDBOX", "您已撤回同意" if lang is Lang.ZH else "withdrew"):
        assert word in text
    assert "2028-11-23" not in text
    content = json.loads(receipt_json(data))
    assert content["sandbox"] is True
    assert content["events"][0]["event_state"] == "withdrawn"
    assert content["events"][0]["processing_stopped"] == "2026-11-24T02:35:00.000000Z"
