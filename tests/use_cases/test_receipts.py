"""Receipts through the use case: what a person takes home says what was decided and nothing of others (REQ-120)."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader
from support import STAFF, Desk, Doctor, done, no

from compliance.errors import InputErrors
from compliance.i18n import Lang
from compliance.use_cases.consent import withdrawing
from compliance.use_cases.consent.receipts import issue_receipt
from compliance.use_cases.evidence.evidence import verify_file


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk.create(tmp_path_factory.mktemp("d"), staff={k: STAFF[k] for k in ("zhao", "chen", "wu", "zhou")})
    made.bring([Doctor(number="R1", name="公孙未央"), Doctor(number="R2", name="夏侯知节")])
    yield made
    made.rise()


@pytest.mark.req("REQ-119", "REQ-120")
def test_a_withdrawal_is_receipted_with_the_words_of_the_notice_it_ends(desk: Desk, tmp_path: Path) -> None:
    hcp, chen = desk.id_of("公孙未央"), desk.sit("chen")
    desk.consent(hcp)
    desk.consent(hcp, "digital/email")
    done(issue_receipt(chen, hcp_id=hcp, item="visit", fmt="json", path=tmp_path / "given.json"))
    given = json.loads((tmp_path / "given.json").read_text(encoding="utf-8"))
    assert given["events"][0]["event_state"] == "given" and len(given["processing"]["notice_rendering_sha256"]) == 64
    desk.wait(hours=2)
    done(
        withdrawing.withdraw_consent(
            desk.sit("wu"), hcp_id=hcp, items=("visit",), received_at=desk.at.isoformat(), channel="电话"
        )
    )
    desk.wait(minutes=1)
    done(issue_receipt(desk.sit("chen"), hcp_id=hcp, item="visit", fmt="json", path=tmp_path / "gone.json"))
    text = (tmp_path / "gone.json").read_text(encoding="utf-8")
    gone = json.loads(text)
    event, before = gone["events"][0], given["processing"]["purposes"][0]
    assert (event["event_state"], event["event_state_dpv"]) == ("withdrawn", "dpv:ConsentWithdrawn")
    assert event["processing_stopped"] == event["received_at"] and event["operator_role"] == "clerk"
    assert gone["processing"]["purposes"][0] == before and gone["processing"]["privacy_notice"] == "CK-VISIT@1.0"
    assert {key["name"].rsplit("/", 1)[1] for key in gone["evidence"]["keys"]} == {"chen"}
    body = json.dumps({k: v for k, v in gone.items() if k != "evidence"}, ensure_ascii=False)
    assert not [word for word in ('"wu"', '"chen"', "公孙未央", "夏侯知节", "柜 3-1") if word in body]
    assert verify_file(tmp_path / "gone.json").ok
    done(issue_receipt(desk.sit("chen"), hcp_id=hcp, fmt="json", path=tmp_path / "all.json"))
    whole = json.loads((tmp_path / "all.json").read_text(encoding="utf-8"))
    states = {r["processing"]["purposes"][0]["item"]: r["events"][0]["event_state"] for r in whole["records"]}
    assert states == {"digital/email": "given", "visit": "withdrawn"} and verify_file(tmp_path / "all.json").ok
    for lang in ("given.pdf", "all.pdf"):
        item = "" if lang == "all.pdf" else "visit"
        done(issue_receipt(desk.sit("chen"), hcp_id=hcp, item=item, fmt="pdf", path=tmp_path / lang))
        claims = {c.claim: c.ok for c in verify_file(tmp_path / lang, previous=tmp_path / "given.json").claims}
        assert set(claims.values()) == {True, None}, claims
        assert claims["pdf_signature"] and claims["evidence_signature"] and claims["signer"] is None


def test_an_english_page_has_english_words_and_the_record_those_that_were_shown(desk: Desk, tmp_path: Path) -> None:
    hcp, chen = desk.id_of("公孙未央"), replace(desk.sit("chen"), lang=Lang.EN)
    for fmt in ("pdf", "json"):
        done(issue_receipt(chen, hcp_id=hcp, item="digital/email", fmt=fmt, path=tmp_path / f"en.{fmt}"))
    text = " ".join(page.extract_text() for page in PdfReader(tmp_path / "en.pdf").pages)
    assert "I have read and understood" in text and "shown in Chinese" in text
    body = "".join(text.split("SANDBOX")).replace(desk.sit("chen").handler, "")
    assert len(re.findall(r"[\u4e00-\u9fff]", body)) < 12, re.findall(r"[\u4e00-\u9fff]+", body)
    purpose = json.loads((tmp_path / "en.json").read_text(encoding="utf-8"))["processing"]["purposes"][0]
    assert purpose["pii_information"][0]["pii_type"] == "姓名"


def test_who_holds_no_key_of_pdfs_gives_a_plain_receipt_that_says_so(desk: Desk, tmp_path: Path) -> None:
    hcp = desk.id_of("公孙未央")
    done(issue_receipt(desk.sit("wu"), hcp_id=hcp, fmt="pdf", path=tmp_path / "plain.pdf"))
    text = "".join("".join(page.extract_text() for page in PdfReader(tmp_path / "plain.pdf").pages).split())
    assert "verify.html" in text and "另有可核验的版本" in text
    assert not verify_file(tmp_path / "plain.pdf").ok


def test_what_cannot_be_receipted_says_so(desk: Desk, tmp_path: Path) -> None:
    hcp, chen = desk.id_of("夏侯知节"), desk.sit("chen")
    for item in ("", "visit"):
        refused = no(issue_receipt(chen, hcp_id=hcp, item=item, fmt="pdf", path=tmp_path / "x.pdf"))
        assert refused.reason == "no_act_to_receipt"
    outsider = issue_receipt(desk.sit("zhou"), hcp_id=hcp, fmt="pdf", path=tmp_path / "x.pdf")
    assert no(outsider).reason == "role_not_allowed"
    for change in ({"fmt": "docx"}, {"hcp_id": "HCP-ZZZZZZZZ"}):
        with pytest.raises(InputErrors):
            issue_receipt(chen, **({"hcp_id": hcp, "fmt": "pdf", "path": tmp_path / "x.pdf"} | change))  # type: ignore[arg-type]
    (tmp_path / "x.pdf").write_bytes(b"mine")
    with pytest.raises(InputErrors):
        issue_receipt(chen, hcp_id=hcp, fmt="pdf", path=tmp_path / "x.pdf")
    assert (tmp_path / "x.pdf").read_bytes() == b"mine"
