"""The independent check against evidence that our own builder made: intact files pass, every damage is named."""

import ast
import base64
import hashlib
import json
import re
import subprocess
import sys
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from evidence_corpus import Case, cases
from evidence_files import (
    AT,
    COUNT,
    LEAVES,
    LOG,
    NAME,
    OTHER_PDF_KEY,
    PUBLIC,
    STRANGER,
    VAULT,
    audit_pdf,
    card,
    evidence,
    log,
    note,
    receipt,
    spki_sha256,
)

import compliance.verifier.check as program
from compliance.audit import checkpoint, proof, tree
from compliance.audit.entry import canonical
from compliance.audit.evidence import EvidenceFormat, RosterKey, read_roster, with_evidence
from compliance.i18n import Lang, catalogue, has
from compliance.use_cases.evidence.evidence import Claim
from compliance.verifier import verify_file


def check(tmp_path: Path, data: bytes, **options: Any) -> tuple[bool, dict[str, bool | None]]:
    file = tmp_path / "file"
    file.write_bytes(data)
    answer = verify_file(file, **options)
    return answer["ok"], {row["claim"]: row["ok"] for row in answer["claims"]}


def trust(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "trust.txt"
    file.write_text(text, encoding="utf-8")
    return file


def test_it_imports_nothing_of_ours_and_stays_small() -> None:
    source = Path(program.__file__).read_text(encoding="utf-8")
    names = {
        (node.module or "") if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    foreign = {name.split(".")[0] for name in names} - set(sys.stdlib_module_names)
    assert foreign == {"cryptography"}
    assert len(source.splitlines()) < 400  # blank ones too


def findings() -> dict[str, str]:
    """code → text of everything the verifier may say."""
    nodes = list(ast.walk(ast.parse(Path(program.__file__).read_text(encoding="utf-8"))))
    needs = [node.args[1] for node in nodes if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "need"]
    told = [  # a text before its parameters: a finding as it is returned
        node.elts[-2]
        for node in nodes
        if isinstance(node, ast.Tuple)
        and len(node.elts) in (2, 3)
        and (isinstance(node.elts[-1], ast.Dict) or getattr(node.elts[-1], "id", "") in ("sizes", "counts"))
    ]
    texts = [part.value for part in (*needs, *told) if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    assert len(texts) > 60
    return {re.sub(r"\W+", "_", re.sub(r"{\w+}", "", text)).strip("_").lower(): text for text in texts}


@pytest.mark.parametrize("lang", list(Lang))
def test_every_finding_has_words_in_both_languages(lang: Lang) -> None:
    for code, text in findings().items():
        key = f"verify.finding.{code}"
        assert has(key), code
        words = catalogue()[key][lang]
        assert set(re.findall(r"{(\w+)}", words)) == set(re.findall(r"{(\w+)}", text)), code


def test_it_runs_alone_and_front_ends_say_it_in_their_words(tmp_path: Path) -> None:
    (tmp_path / "check.py").write_bytes(Path(program.__file__).read_bytes())
    (tmp_path / "e.json").write_bytes(evidence())
    run = subprocess.run(
        [sys.executable, "-I", "check.py", "e.json"], cwd=tmp_path, capture_output=True, check=False, timeout=60
    )
    claims = {row["claim"]: row for row in json.loads(run.stdout)["claims"]}
    assert run.returncode == 0
    assert claims["inclusion"]["detail"] == "all in the log of 300 entries"
    assert claims["inclusion"] | {"detail": ""} == {
        "claim": "inclusion", "ok": True, "detail": "", "code": "all_in_the_log_of_entries", "params": {"count": 300},
    }  # fmt: skip
    assert Claim(**claims["inclusion"]).found(Lang.ZH) == "均在共 300 条的日志之中"
    assert Claim(claim="x", ok=None, detail="plain", code="unheard_of").found(Lang.ZH) == "plain"


@pytest.mark.req("REQ-101")
def test_intact_evidence_passes_and_the_signer_stays_open(tmp_path: Path) -> None:
    ok, claims = check(tmp_path, evidence())
    assert ok
    assert claims == {
        "file_readable": True,
        "evidence_signature": True,
        "entries_hash": True,
        "inclusion": True,
        "checkpoint_signature": True,
        "key_roster": True,
        "signer": None,
    }


def test_a_receipt_is_checked_alike(tmp_path: Path) -> None:
    ok, claims = check(tmp_path, evidence(form=EvidenceFormat.RECEIPT, content={"receipt": {"status": "given"}}))
    assert ok and claims["inclusion"]


@pytest.mark.req("REQ-120")
def test_a_receipt_carries_its_evidence(tmp_path: Path) -> None:
    data = receipt()
    assert check(tmp_path, data)[0]
    for position in range(len(data)):
        flipped = bytes((*data[:position], data[position] ^ 1, *data[position + 1 :]))
        assert not program.Subject(flipped).intact, position


def test_evidence_of_another_receipt_is_refused() -> None:
    with pytest.raises(ValueError):
        with_evidence(canonical({"receipt_id": "R-2"}), evidence(content={"record_sha256": "00"}))
    swapped = canonical({**json.loads(receipt()), "receipt_id": "R-2"})
    assert not program.Subject(swapped).intact


def test_the_roster_is_read_from_the_log() -> None:
    entries = [(index, json.loads(entry)) for index, entry in enumerate(LOG)]
    assert read_roster(entries, VAULT) == []  # no user named: not an entry that introduces a key
    entries[0][1]["detail"].update(user="li", role="dpo")
    assert read_roster(entries, VAULT) == [RosterKey(name=NAME, role="dpo", ed25519=PUBLIC, from_entry=0)]


@pytest.mark.req("REQ-101")
def test_every_flipped_byte_of_evidence_is_found(tmp_path: Path) -> None:
    data = evidence(size=5, indexes=(0, 3))
    subject = program.Subject(data)
    assert subject.intact
    for position in range(len(data)):
        for bit in (1, 32):
            flipped = bytes((*data[:position], data[position] ^ bit, *data[position + 1 :]))
            assert not program.Subject(flipped).intact, (position, bit)


@pytest.mark.req("REQ-101")
def test_every_cut_and_addition_is_found() -> None:
    data = evidence(size=5, indexes=(0, 3))
    for length in range(len(data)):
        assert not program.Subject(data[:length]).intact
    for tail in (b"\n", b" ", b"{}", b"\0"):
        assert not program.Subject(data + tail).intact


@pytest.mark.req("REQ-101")
@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_the_corpus(tmp_path: Path, case: Case) -> None:
    options: dict[str, Any] = {}
    if case.trust is not None:
        options["trust"] = trust(tmp_path, case.trust)
    if case.previous is not None:
        options["previous"] = tmp_path / "previous"
        options["previous"].write_bytes(case.previous)
    if case.folder:
        folder = tmp_path / "folder"
        folder.mkdir()
        (folder / "audit-report.pdf").write_bytes(case.data)
        if case.beside is not None:
            (folder / "evidence.json").write_bytes(case.beside)
        found = program.verify_file(folder, **options)
        ok, claims = found["ok"], {row["claim"]: row["ok"] for row in found["claims"]}
    else:
        ok, claims = check(tmp_path, case.data, **options)
    assert {claim for claim, state in claims.items() if state is False} == case.false
    assert ok is case.ok


def test_a_report_laid_into_a_proof_pack_does_not_speak_for_it(tmp_path: Path) -> None:
    (tmp_path / "act.json").write_bytes(b"{}")
    named = [("act.json", hashlib.sha256(b"{}").hexdigest())]
    manifest = evidence(form=EvidenceFormat.PACK, annexes=named, content={"pack": "P"})
    (tmp_path / "manifest.json").write_bytes(manifest)
    assert program.verify_file(tmp_path)["ok"]
    (tmp_path / "audit-report.pdf").write_bytes(audit_pdf())
    (tmp_path / "act.json").write_bytes(b"[]")
    false = [row["params"] for row in program.verify_file(tmp_path)["claims"] if row["ok"] is False]
    assert false == [{"files": "changed act.json, added audit-report.pdf"}]


@pytest.mark.parametrize("signatures", [[], [{"name": "x", "key": "", "ed25519": ""}], "no", None])
def test_evidence_without_a_good_signature_fails(tmp_path: Path, signatures: object) -> None:
    ok, claims = check(tmp_path, canonical({**json.loads(evidence()), "signatures": signatures}))
    assert not ok and claims["evidence_signature"] is False


def test_a_key_whose_entry_is_not_carried_stays_open(tmp_path: Path) -> None:
    ok, claims = check(tmp_path, evidence(indexes=(7,)))
    assert ok and claims["key_roster"] is None


def test_a_user_whose_key_was_reset_has_both(tmp_path: Path) -> None:
    before = RosterKey(name=NAME, role="dpo", ed25519=STRANGER.public_key().public_bytes_raw(), from_entry=1)
    now = RosterKey(name=NAME, role="dpo", ed25519=PUBLIC, from_entry=0)
    assert check(tmp_path, evidence(keys=[before, now], indexes=(0, 7)))[0]


@pytest.mark.parametrize(
    "text",
    [
        card(),
        base64.b64encode(PUBLIC).decode(),
        checkpoint.verifier_key(NAME, PUBLIC),
        hashlib.sha256(PUBLIC).hexdigest().upper(),
        "\n".join(checkpoint.fingerprint(PUBLIC)[i : i + 40] for i in (0, 40)),
    ],
)
def test_the_key_card_closes_the_signer(tmp_path: Path, text: str) -> None:
    ok, claims = check(tmp_path, evidence(), trust=trust(tmp_path, text))
    assert ok and claims["signer"] is True


@pytest.mark.parametrize("text", ["", "nothing here", checkpoint.fingerprint(STRANGER.public_key().public_bytes_raw())])
def test_a_trust_file_that_names_others_makes_it_fail(tmp_path: Path, text: str) -> None:
    ok, claims = check(tmp_path, evidence(), trust=trust(tmp_path, text))
    assert not ok and claims["signer"] is False


def test_previous_same_grown_undecided_and_broken(tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.write_bytes(evidence(size=200))
    assert check(tmp_path, evidence(earlier=(100, 200)), previous=old)[1]["previous"] is True
    assert check(tmp_path, evidence(), previous=old) == (True, {**check(tmp_path, evidence())[1], "previous": None})
    assert check(tmp_path, evidence(size=200), previous=old)[1]["previous"] is True
    assert check(tmp_path, evidence(size=150), previous=old)[1]["previous"] is False  # rolled back
    rewritten = log(COUNT, "eve")
    assert check(tmp_path, evidence(entries=rewritten, earlier=(200,)), previous=old)[1]["previous"] is False
    assert check(tmp_path, evidence(entries=rewritten, size=200, indexes=(199,)), previous=old)[1]["previous"] is False
    old.write_bytes(evidence(size=200)[:-3] + b"x]}")
    assert check(tmp_path, evidence(earlier=(200,)), previous=old)[1]["previous"] is False
    old.write_text(note(200), encoding="utf-8", newline="")
    assert check(tmp_path, evidence(earlier=(200,)), previous=old)[1]["previous"] is True


def test_a_checkpoint_and_a_single_proof_stand_alone(tmp_path: Path) -> None:
    ok, claims = check(tmp_path, note().encode(), trust=trust(tmp_path, card()))
    assert ok and claims == {"file_readable": True, "checkpoint_signature": True, "signer": True}
    text = proof.write(index=7, path=tree.inclusion_path(LEAVES, 7, COUNT), note=note(), entry=LOG[7])
    ok, claims = check(tmp_path, text.encode())
    assert ok and claims["entries_hash"] and claims["inclusion"] and claims["signer"] is None


@pytest.mark.req("REQ-101")
def test_every_flipped_byte_of_a_checkpoint_and_a_proof_is_found() -> None:
    text = proof.write(index=7, path=tree.inclusion_path(LEAVES, 7, COUNT), note=note(), entry=LOG[7])
    for data in (note().encode(), text.encode()):
        for position in range(len(data)):
            flipped = bytes((*data[:position], data[position] ^ 1, *data[position + 1 :]))
            assert not program.Subject(flipped).intact, position


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"{}", b"%PDF-1.7", b"hello\n\nworld\n", b"\xff" * 99, b'{"a":' * 9999]
)
def test_any_other_file_is_not_intact_and_raises_nothing(tmp_path: Path, data: bytes) -> None:
    ok, claims = check(tmp_path, data)
    assert not ok and claims["signer"] is None


def test_it_runs_as_one_file_without_the_rest(tmp_path: Path) -> None:
    copy = tmp_path / "check.py"
    copy.write_bytes(Path(program.__file__).read_bytes())
    for data, code in ((evidence(), 0), (evidence()[:-1], 3)):
        (tmp_path / "evidence.json").write_bytes(data)
        ran = subprocess.run(
            [sys.executable, "-I", str(copy), str(tmp_path / "evidence.json")], capture_output=True, check=False
        )
        assert ran.returncode == code and ran.stderr == b""
        assert json.loads(ran.stdout)["ok"] is (code == 0)


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return audit_pdf()


@pytest.mark.req("REQ-105")
def test_an_audit_pdf_passes(tmp_path: Path, pdf: bytes) -> None:
    ok, claims = check(tmp_path, pdf, trust=trust(tmp_path, card()))
    assert ok and set(claims.values()) == {True}
    assert {"nothing_appended", "evidence_present", "pdf_signature", "signer"} <= set(claims)


def test_a_changed_page_breaks_the_pdf_signature(tmp_path: Path, pdf: bytes) -> None:
    at = pdf.index(b"/MediaBox")
    ok, claims = check(tmp_path, pdf[:at] + b"/MediaBoy" + pdf[at + 9 :])
    assert not ok and claims["pdf_signature"] is False and claims["inclusion"] is True


@pytest.mark.req("REQ-101")
def test_flipped_bytes_of_a_pdf_are_found(pdf: bytes) -> None:
    begin = pdf.rindex(b"/Contents <")
    padding = range(pdf.index(b"0" * 200, begin) + 200, pdf.index(b">", begin) - 20)
    for position in range(0, len(pdf), 7):
        if position in padding:
            continue
        flipped = bytearray(pdf)
        flipped[position] ^= 1
        assert not program.Subject(bytes(flipped)).intact, position


@pytest.mark.parametrize("tail", [b"\n", b"%%EOF", b"\n1 0 obj\n<<>>\nendobj\n"])
def test_an_appended_revision_is_found(tmp_path: Path, pdf: bytes, tail: bytes) -> None:
    ok, claims = check(tmp_path, pdf + tail)
    assert not ok and claims["nothing_appended"] is False


def test_a_second_signature_is_found(tmp_path: Path, pdf: bytes) -> None:
    ok, claims = check(tmp_path, pdf + b"<</ByteRange [0 5 9 %d]>>" % (len(pdf) - 9))
    assert not ok and claims["nothing_appended"] is False


def test_honest_evidence_cannot_dress_pages_signed_by_another(tmp_path: Path) -> None:
    ok, claims = check(tmp_path, audit_pdf(key=OTHER_PDF_KEY), trust=trust(tmp_path, card()))
    assert not ok and claims["pdf_signature"] is False and claims["signer"] is True
    unnamed = audit_pdf(evidence(), key=OTHER_PDF_KEY)
    ok, claims = check(tmp_path, unnamed, trust=trust(tmp_path, card()))
    assert not ok and claims["pdf_signature"] is True and claims["signer"] is False
    both = trust(tmp_path, card() + spki_sha256(OTHER_PDF_KEY))
    assert check(tmp_path, unnamed, trust=both)[1]["signer"] is True


def test_a_pdf_with_no_or_two_evidence_files_fails(tmp_path: Path) -> None:
    for copies in (0, 2):
        ok, claims = check(tmp_path, audit_pdf(copies=copies))
        assert not ok and claims["evidence_present"] is False


def test_a_certificate_that_was_not_valid_then_fails(tmp_path: Path) -> None:
    ok, claims = check(tmp_path, audit_pdf(begin=AT + timedelta(days=1)))
    assert not ok and claims["pdf_signature"] is False


def test_an_unsigned_pdf_fails(tmp_path: Path) -> None:
    from reportlab.pdfgen.canvas import Canvas

    out = BytesIO()
    canvas = Canvas(out)
    canvas.showPage()
    canvas.save()
    ok, claims = check(tmp_path, out.getvalue())
    assert not ok and claims["pdf_signature"] is False and claims["nothing_appended"] is False
