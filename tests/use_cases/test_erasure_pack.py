"""What may be shown of an erased person: that, when, by whom and under which two signatures, and nothing else."""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pypdf import PdfReader
from support import STAFF, Desk, Doctor, done, files_with, no

import compliance.verifier.check as checker
from compliance.i18n import Lang
from compliance.use_cases.consent.proof_pack import ProofPack, ProofRequest, make_proof_pack
from compliance.use_cases.ending import erasure
from compliance.use_cases.signing import two_person
from compliance.use_cases.upkeep import maintenance
from compliance.use_cases.upkeep.backup_state import Folder
from compliance.use_cases.upkeep.backups import back_up_now, set_backup_folders

NAME, PHONE = "慕容知白", "13777770001"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk.create(tmp_path_factory.mktemp("d"), staff={k: STAFF[k] for k in ("zhao", "chen", "sun", "wu")})
    made.bring([Doctor(number="P1", name=NAME, phone=PHONE), Doctor(number="P2", name="皇甫清和")])
    yield made
    made.rise()


@pytest.fixture(scope="module")
def pack(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> tuple[ProofPack, str, str]:
    """The pack, the person's pseudonym, the hash of the paper that was destroyed."""
    hcp = desk.id_of(NAME)
    paper = desk.paper("signed by the erased")
    digest = sha256(paper.read_bytes()).hexdigest()
    desk.consent(hcp, evidence=paper)
    desk.wait(hours=1)
    folder = tmp_path_factory.mktemp("copies")
    data, keys = folder / "data", folder / "keys"
    data.mkdir()
    keys.mkdir()
    done(set_backup_folders(desk.sit("zhao"), {Folder.DATA: data, Folder.KEYS: keys}))
    assert done(back_up_now(desk.sit("zhao"))).keys
    done(maintenance.backup_keys(desk.sit("zhao"), path=folder / "by-hand.db"))
    asked = done(erasure.request_erasure(desk.sit("zhao"), hcp_id=hcp, reason="PIPL47-1"))
    desk.wait(hours=1)
    done(two_person.approve(desk.sit("sun"), request_id=asked.request_id))
    desk.wait(hours=1)
    request = ProofRequest(
        hcp_id=hcp, folder=tmp_path_factory.mktemp("out") / "gone", reason="complaint 7", recipient="regulator"
    )
    desk.sit("chen").lang = Lang.EN
    made = done(make_proof_pack(desk.sit("chen"), request=request))
    desk.sit("chen").lang = Lang.ZH
    return made, hcp, digest


def read(path: Path):  # type: ignore[no-untyped-def]
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.req("REQ-026")
def test_it_says_when_by_whom_and_under_which_two_signatures(pack: tuple[ProofPack, str, str]) -> None:
    made, hcp, digest = pack
    told = read(made.folder / "erasure.json")
    assert (told["person"], told["reason"], told["carried_out_by"]) == (hcp, "PIPL47-1", "compliance-1")
    assert told["begun_at"] == told["erased_at"] and not told["completed_after_crash"]
    (request,) = told["requests"]
    assert request["state"] == "approved" and json.loads(request["canonical"])["params"]["hcp"] == hcp
    assert [s["by"] for s in request["signatures"]] == ["dpo-1", "compliance-1"]
    for signed in request["signatures"]:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signed["ed25519"]))
        key.verify(bytes.fromhex(signed["signature"]), request["canonical"].encode())
    kinds = [e["kind"] for e in told["entries"]]
    assert kinds == ["requested", "approved", "erasure_begun", "carried_out", "erased"]
    assert [e["sha256"] for e in read(made.folder / "evidence_destroyed.json")] == [digest]
    assert read(made.folder / "tombstone.json")["status"] == "erased"
    assert (made.items, made.evidence, made.entries) == (0, 0, 5)


@pytest.mark.req("REQ-026")
def test_it_says_when_the_last_copy_of_the_key_dies(pack: tuple[ProofPack, str, str]) -> None:
    made, *_ = pack
    told = read(made.folder / "erasure.json")
    assert told["last_backup_key_dies_on"] == "2026-12-08"  # copied on 24 November, kept 14 days
    assert told["key_copies_by_hand_before"] == 1
    text = "".join("".join(page.extract_text().split()) for page in PdfReader(made.folder / "summary.pdf").pages)
    assert "isdestroyedon2026-12-08" in text and "byhandbefore:1" in text


@pytest.mark.req("REQ-026")
def test_it_verifies_without_the_vault_and_a_changed_file_is_named(pack: tuple[ProofPack, str, str]) -> None:
    made, *_ = pack
    assert checker.verify_file(made.folder)["ok"]
    manifest = read(made.folder / "manifest.json")
    assert len(manifest["entries"]) == 5 and all("entry" not in e for e in manifest["entries"])  # by their leaves
    target = made.folder / "erasure.json"
    whole = target.read_bytes()
    target.chmod(0o600)
    target.write_bytes(whole.replace(b"PIPL47-1", b"PIPL47-2"))
    said = checker.verify_file(made.folder)
    assert not said["ok"] and "erasure.json" in json.dumps(said)
    target.write_bytes(whole)


@pytest.mark.req("REQ-026")
def test_nothing_else_about_the_person_or_anybody_is_in_it(desk: Desk, pack: tuple[ProofPack, str, str]) -> None:
    made, *_ = pack
    other = desk.id_of("皇甫清和")
    assert files_with([NAME, PHONE, other, "皇甫清和", "CK-VISIT", "digital"], made.folder) == []
    assert {p.name for p in made.folder.iterdir()} == {
        "README.md", "check.py", "erasure.json", "evidence_destroyed.json", "left_out.json", "manifest.json",
        "summary.pdf", "tombstone.json", "verify.html",
    }  # fmt: skip
    text = "".join(page.extract_text() for page in PdfReader(made.folder / "summary.pdf").pages)
    for words in ("Certificate of erasure", "Privacy officer", "approved and signed", "PIPL47-1", "evidence files (1)"):
        assert words in text, text


def test_a_reason_is_needed_and_the_unknown_stay_unknown(
    desk: Desk, pack: tuple[ProofPack, str, str], tmp_path: Path
) -> None:
    _, hcp, _ = pack
    request = ProofRequest(hcp_id=hcp, folder=tmp_path / "p")
    assert no(make_proof_pack(desk.sit("chen"), request=request)).reason == "proof_needs_reason"
    assert list(tmp_path.iterdir()) == []
