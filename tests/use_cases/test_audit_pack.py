"""The folder an outsider checks: made whole or not at all, checked by other programs, older papers are witnesses."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pypdfium2
import pytest

from compliance.errors import ComplianceError, ExportError, InputErrors
from compliance.model.access import Purpose, Role
from compliance.resources import resource_path
from compliance.use_cases.evidence import audit_pack, evidence
from compliance.use_cases.seeing import people_list
from tests.support import Desk, done, invent, no

NAMES = {"audit-report.pdf", "evidence.json", "verify.html", "验证说明.pdf"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    staff = {"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK, "zhou": Role.AUDITOR}
    made = Desk.create(tmp_path_factory.mktemp("pack"), staff=staff)
    made.bring(invent(3))
    yield made
    made.rise()


@pytest.fixture(scope="module")
def pack(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out") / "audit 2026"
    made = done(evidence.make_audit_report(desk.sit("chen"), pack=folder))
    assert (made.pack, made.file) == (folder, folder / "audit-report.pdf")
    assert made.sha256 == sha256(made.file.read_bytes()).hexdigest()
    return folder


@pytest.mark.req("REQ-105")
def test_the_folder_holds_four_files_that_fit(pack: Path) -> None:
    assert {p.name for p in pack.iterdir()} == NAMES
    assert list(pack.parent.iterdir()) == [pack]  # no half-made neighbour
    assert (pack / "verify.html").read_bytes() == resource_path("verifier", "verify.html").read_bytes()
    beside = (pack / "evidence.json").read_bytes()
    document = pypdfium2.PdfDocument((pack / "audit-report.pdf").read_bytes())
    try:
        assert bytes(document.get_attachment(0).get_data()) == beside
    finally:
        document.close()
    for path in (pack, pack / "audit-report.pdf", pack / "evidence.json"):
        assert evidence.verify_file(path).ok


def test_the_page_of_how_is_one_page_in_both_languages(pack: Path) -> None:
    document = pypdfium2.PdfDocument((pack / "验证说明.pdf").read_bytes())
    try:
        assert len(document) == 1
        text = "".join(document[0].get_textpage().get_text_bounded().split())
    finally:
        document.close()
    for words in ("verify.html", "内容完好", "签名有效性未知", "validityunknown", "Whatthecheckdoesnotprove"):
        assert words in text
    for name in NAMES - {"验证说明.pdf"}:
        assert sha256((pack / name).read_bytes()).hexdigest() in text


@pytest.mark.parametrize("program", [["pdfsig", "-nocert"], ["qpdf", "--check"]], ids=["pdfsig", "qpdf"])
def test_other_programs_find_nothing_wrong(pack: Path, program: list[str]) -> None:
    if shutil.which(program[0]) is None:
        pytest.skip(f"{program[0]} is not installed: the report was not checked by it")
    ran = subprocess.run([*program, str(pack / "audit-report.pdf")], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    if program[0] == "pdfsig":
        assert "Signature is Valid" in ran.stdout and "Total document signed" in ran.stdout


def test_another_validator_finds_the_signature_sound(pack: Path) -> None:
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko_certvalidator import ValidationContext

    with (pack / "audit-report.pdf").open("rb") as file:
        (signature,) = PdfFileReader(file).embedded_signatures
        status = validate_pdf_signature(signature, ValidationContext(trust_roots=[signature.signer_cert]))
    assert status.intact and status.valid and status.trusted
    assert status.coverage.name == "ENTIRE_FILE" and status.docmdp_ok


@pytest.mark.req("REQ-101")
def test_older_papers_are_witnesses_of_a_newer_report(desk: Desk, tmp_path: Path) -> None:
    """A seal, a report and a proof; then a report on everything, and one on a person, which shows few entries."""
    chen = desk.sit("chen")
    hcp = done(people_list.find_people(desk.sit("wu"), text="", purpose=Purpose.MDM, limit=1)).rows[0].hcp_id
    seal, old = tmp_path / "seal.txt", tmp_path / "old.pdf"
    done(evidence.take_checkpoint(chen, path=seal))
    done(evidence.make_audit_report(chen, path=old))
    proof = tmp_path / "proof.txt"
    done(evidence.prove_entry(chen, index=2, path=proof))
    whole, person = tmp_path / "whole.pdf", tmp_path / "person"
    done(evidence.make_audit_report(chen, path=whole))
    done(evidence.make_audit_report(chen, pack=person, hcp=hcp))
    held = json.loads((person / "evidence.json").read_bytes())
    assert len(held["entries"]) < 20 and 0 < len(held["earlier"]) <= 200
    for newer in (whole, person):
        for older in (seal, old, proof):
            claims = {c.claim: c.ok for c in evidence.verify_file(newer, previous=older).claims}
            assert claims["previous"] is True, (newer, older)
    backwards = {c.claim: c.ok for c in evidence.verify_file(old, previous=whole).claims}
    assert backwards["previous"] is False


def test_file_and_folder_together_are_the_same_report(desk: Desk, tmp_path: Path) -> None:
    path, folder = tmp_path / "a.pdf", tmp_path / "a"
    made = done(evidence.make_audit_report(desk.sit("chen"), path=path, pack=folder))
    assert made.file == path and path.read_bytes() == (folder / "audit-report.pdf").read_bytes()
    newest = done(evidence.list_entries(desk.sit("zhou"), limit=1, kind="audit_report"))[0]
    assert newest.detail["copies"] == 2


def test_bad_targets_are_named_and_nothing_is_written(desk: Desk, tmp_path: Path) -> None:
    chen = desk.sit("chen")
    for options, code in (({}, "report_needs_target"), ({"pack": tmp_path}, "file_exists")):
        with pytest.raises(InputErrors) as told:
            evidence.make_audit_report(chen, **options)
        assert [fault.code for fault in told.value.faults] == [code]
    assert no(evidence.make_audit_report(desk.sit("wu"), pack=tmp_path / "x")).reason == "role_not_allowed"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_leaves_nothing_and_is_logged(desk: Desk, tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    with pytest.raises(ComplianceError):
        evidence.make_audit_report(desk.sit("chen"), path=tmp_path / "a.pdf", pack=blocked / "inside")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
    newest = done(evidence.list_entries(desk.sit("zhou"), limit=1, kind="export_failed"))
    assert newest and newest[0].detail["code"]


def test_evidence_that_does_not_hold_is_not_released(tmp_path: Path, pack: Path) -> None:
    note = audit_pack.CheckNote(
        report_id="AR-TEST", handler="h", made_at=datetime(2026, 11, 24, tzinfo=UTC), hashes=(),
        report_name="a", log_size=1, root="00",
    )  # fmt: skip
    bad = (pack / "evidence.json").read_bytes()[:-1]
    with pytest.raises(ExportError) as told:
        audit_pack.write_audit_pack(
            tmp_path / "x", pdf=(pack / "audit-report.pdf").read_bytes(), evidence=bad, note=note
        )
    assert told.value.code == "report_self_check"
    assert list(tmp_path.iterdir()) == []
