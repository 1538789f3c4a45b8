"""The proof pack: seven parts of each item, checked without the vault, naming nobody else (REQ-026, REQ-029)."""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from support import STAFF, Desk, Doctor, done, files_with, no

import compliance.verifier.check as checker
from compliance.errors import ExportError, InputErrors
from compliance.i18n import Lang
from compliance.model.access import Purpose, Role
from compliance.use_cases.consent import proof_search, withdrawing
from compliance.use_cases.consent.proof_pack import ProofPack, ProofRequest, make_proof_pack
from compliance.use_cases.consent.proof_search import search_pack, word_pattern
from compliance.use_cases.evidence import evidence
from compliance.use_cases.evidence.evidence import verify_file
from compliance.use_cases.seat import accounts
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seeing import cases, profiles

NAMES = ("慕容知白", "皇甫清和", "尉迟明朗")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    staff = {k: STAFF[k] for k in ("zhao", "chen", "sun", "wu", "zhou")}
    made = Desk.create(tmp_path_factory.mktemp("d"), staff=staff)
    made.bring([Doctor(number=f"P{n}", name=name, phone=f"1377777000{n}") for n, name in enumerate(NAMES)])
    hcp = made.id_of(NAMES[0])
    made.consent(hcp)
    made.consent(hcp, "digital/email")
    made.wait(hours=1)
    done(profiles.open_profile(made.sit("chen"), hcp_id=hcp, purpose=Purpose.VISIT))
    done(profiles.find_people(made.sit("chen"), text="", purpose=Purpose.MDM, limit=5))  # names further people
    made.wait(hours=1)
    done(
        withdrawing.withdraw_consent(
            made.sit("wu"), hcp_id=hcp, items=("visit",), received_at=made.at.isoformat(), channel="电话"
        )
    )
    made.wait(hours=1)
    yield made
    made.rise()


@pytest.fixture(scope="module")
def pack(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> ProofPack:
    case = done(cases.open_case(desk.sit("chen"), hcp_id=desk.id_of(NAMES[0]), kind="complaint"))
    request = ProofRequest(
        hcp_id=desk.id_of(NAMES[0]), folder=tmp_path_factory.mktemp("out") / "pack", case_id=case.case_id,
        recipient="regulator",
    )  # fmt: skip
    return done(make_proof_pack(desk.sit("chen"), request=request))


def read(path: Path):  # type: ignore[no-untyped-def]
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.req("REQ-026")
def test_a_withdrawn_consent_has_all_seven_parts_and_the_manifest_verifies(pack: ProofPack) -> None:
    visit = pack.folder / "items" / "visit"
    parts = {path.name[:1] for path in visit.iterdir()}
    assert {"1", "2", "3", "4", "5", "6", "7"} <= parts and (visit / "record.json").is_file()
    shown = next(visit.glob("1-notice-*.json"))
    hashes = read(visit / "6-hashes.json")
    assert sha256(shown.read_bytes()).hexdigest() == next(h["notice_as_shown_sha256"] for h in hashes if h["notice"])
    (scan,) = (visit / "7-evidence").iterdir()
    assert sha256(scan.read_bytes()).hexdigest() in {h["evidence_sha256"] for h in hashes}
    assert scan.read_bytes().startswith(b"%PDF-1.4")
    assert read(visit / "2-identity.json")[0]["identity_check"] == "in_person"
    assert read(visit / "4-scope.json")[0]["notice"] == "CK-VISIT@1.0"
    assert read(visit / "record.json")["events"][0]["event_state"] == "withdrawn"
    for path in (pack.folder, pack.folder / "manifest.json", pack.folder / "summary.pdf"):
        report = verify_file(path)
        assert report.ok, [c for c in report.claims if c.ok is False]
    named = {a["name"] for a in read(pack.folder / "manifest.json")["annexes"]}
    on_disk = {p.relative_to(pack.folder).as_posix() for p in pack.folder.rglob("*") if p.is_file()}
    assert named == on_disk - {"manifest.json"} and len(on_disk) == pack.files


@pytest.mark.req("REQ-029")
def test_the_lawful_period_and_the_reads_in_it_are_shown(pack: ProofPack) -> None:
    (visit,) = [i for i in read(pack.folder / "timeline.json") if i["item"] == "visit"]
    assert [(b["status"], b["lawful"]) for b in visit["bands"]] == [("given", True), ("withdrawn", False)]
    accesses = read(pack.folder / "accesses.json")
    views = [a for a in accesses if a["kind"] == "profile_opened" and a["purpose"] == "visit"]
    assert views and all("visit" in a["items_open_then"] for a in views)
    gone = next(a for a in accesses if a["kind"] == "consent_withdrawn")
    assert gone["items_open_then"] == ["digital/email"]
    proven = {e["index"] for e in read(pack.folder / "manifest.json")["entries"]}
    assert {a["index"] for a in accesses} == proven
    events = read(pack.folder / "items" / "visit" / "5-events.json")
    assert all(e["log_entries"] for e in events["events"])


@pytest.mark.req("REQ-026")
def test_it_verifies_without_the_vault_and_without_us(pack: ProofPack, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(pack.folder, copy)
    run = subprocess.run(
        [sys.executable, "-I", str(copy / "check.py"), str(copy)], capture_output=True, text=True, check=False,
        cwd=tmp_path, env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    assert run.returncode == 0 and json.loads(run.stdout)["ok"], run.stdout + run.stderr


@pytest.mark.req("REQ-026", "REQ-101")
def test_one_file_changed_removed_or_added_is_named(pack: ProofPack, tmp_path: Path) -> None:
    names = sorted(p.relative_to(pack.folder).as_posix() for p in pack.folder.rglob("*") if p.is_file())
    for number, name in enumerate(names):
        copy = tmp_path / f"c{number}"
        shutil.copytree(pack.folder, copy)
        data = (copy / name).read_bytes()
        (copy / name).write_bytes(data[:-1] + bytes((data[-1] ^ 1,)))
        report = verify_file(copy)
        assert not report.ok, name
        claims = {c.claim: c for c in report.claims}
        if name != "manifest.json":
            assert f"changed {name}" in claims["files"].detail and name in claims["files"].found(Lang.ZH)
            (copy / name).unlink()
            assert f"missing {name}" in next(c for c in verify_file(copy).claims if c.claim == "files").detail
    copy = tmp_path / "added"
    shutil.copytree(pack.folder, copy)
    (copy / "items" / "new.txt").write_text("x")
    (copy / "link").symlink_to(tmp_path)
    detail = next(c for c in verify_file(copy).claims if c.claim == "files").detail
    assert "added items/new.txt" in detail and "added link" in detail


@pytest.mark.req("REQ-026")
def test_nobody_else_is_in_it(desk: Desk, pack: ProofPack) -> None:
    others = [desk.id_of(name) for name in NAMES[1:]]
    marks = [*NAMES, *others, "13777770001", "13777770002", "13777770000", "柜 3-2"]
    assert files_with([m for m in marks if m != NAMES[0]], pack.folder) == []
    own = [f for f, _ in files_with([NAMES[0], "13777770000"], pack.folder)]
    assert own == [], "no profile value, not even this person's"
    for path in pack.folder.rglob("*.json"):
        if "policies" not in path.parts:
            text = path.read_text(encoding="utf-8")
            assert not re.search(r'"(wu|zhao|sun|liming)"|/(wu|zhao|sun)\b', text), path.name
    events = read(pack.folder / "items" / "visit" / "3-act.json")
    by = {(e["kind"], e["recorded_by"], e["checked_by"]) for e in events}
    assert ("given", "clerk-1", "compliance-1") in by
    left = read(pack.folder / "left_out.json")
    assert left["other_people_in_entries"] == 2 and left["entries_by_leaf_hash_only"] == pack.entries
    text = (pack.folder / "README.md").read_text(encoding="utf-8")
    assert "同意证明包" in text and "three steps" in text and "未包括的内容" in text
    modes = {stat.S_IMODE(p.stat().st_mode) for p in pack.folder.rglob("*") if p.is_file()}
    assert modes == {0o600} and stat.S_IMODE(pack.folder.stat().st_mode) == 0o700


@pytest.mark.req("REQ-026")
def test_reason_and_recipient_stand_in_the_log_before_a_document_is_opened(desk: Desk, pack: ProofPack) -> None:
    rows = done(evidence.list_entries(desk.sit("chen"), hcp=desk.id_of(NAMES[0]), limit=50))
    mine = [r for r in rows if r.detail.get("pack") == pack.pack_id]
    assert [r.kind for r in reversed(mine)] == ["export_approved", "evidence_opened", "export_written"]
    approved = mine[-1].detail
    assert (approved["recipient"], approved["what"]) == ("regulator", "proof_pack") and approved["case"].startswith(
        "CASE"
    )


def ask(desk: Desk, tmp_path: Path, **more: object) -> tuple[Session, ProofRequest]:
    facts = {"hcp_id": desk.id_of(NAMES[0]), "folder": tmp_path / "p", "reason": "监管检查"}
    return desk.sit("chen"), ProofRequest(**(facts | more))  # type: ignore[arg-type]


@pytest.mark.req("REQ-026")
def test_without_a_case_or_a_reason_there_is_none(desk: Desk, tmp_path: Path) -> None:
    chen, request = ask(desk, tmp_path, reason=" ")
    assert no(make_proof_pack(chen, request=request)).reason == "proof_needs_reason"
    other = done(cases.open_case(chen, hcp_id=desk.id_of(NAMES[1]), kind="access"))
    for change, code in (
        ({"case_id": other.case_id}, "unknown_case"),
        ({"purpose": "selling"}, "unknown_purpose"),
        ({"reason": "打电话 13812345678"}, "words_unfit"),
        ({"reason": "x" * 81}, "words_unfit"),
        ({"hcp_id": "HCP-ZZZZZZZZ"}, "unknown_person"),
    ):
        chen, request = ask(desk, tmp_path, **change)
        with pytest.raises(InputErrors) as fault:
            make_proof_pack(chen, request=request)
        assert fault.value.code == code
    for name in ("wu", "zhou"):
        _, request = ask(desk, tmp_path)
        assert no(make_proof_pack(desk.sit(name), request=request)).reason == "role_not_allowed"
    (tmp_path / "p").mkdir()
    chen, request = ask(desk, tmp_path)
    with pytest.raises(InputErrors):
        make_proof_pack(chen, request=request)
    assert list(tmp_path.iterdir()) == [tmp_path / "p"]


def test_a_pack_that_fails_leaves_nothing_and_the_log_says_so(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chen, request = ask(desk, tmp_path)
    monkeypatch.setattr(proof_search, "HCP_ID", re.compile("CK-VISIT"))  # as if the text named another person
    with pytest.raises(ExportError) as fault:
        make_proof_pack(chen, request=request)
    assert fault.value.code == "proof_leak" and list(tmp_path.iterdir()) == []
    (row, *_) = done(evidence.list_entries(chen, kind="export_failed", limit=1))
    assert row.detail["code"] == "proof_leak"


@pytest.mark.req("REQ-026")
def test_a_colleague_named_in_free_text_stands_by_role_there_too(desk: Desk, tmp_path: Path) -> None:
    for n, words in enumerate(("wu 交代的", "again")):  # the first reason is in the log entry of the second pack
        chen, request = ask(desk, tmp_path, reason=words, folder=tmp_path / f"p{n}")
        made = done(make_proof_pack(chen, request=request))
        told = [path.read_text(encoding="utf-8") for path in made.folder.rglob("*.json")]
        readme = (made.folder / "README.md").read_text(encoding="utf-8")
        assert not any(word_pattern("wu").search(text) for text in (*told, readme))
    assert any(re.search(r"\w+-1 交代的", text) for text in told)


@pytest.mark.req("REQ-026")
@pytest.mark.parametrize("lang", Lang)
def test_accounts_that_are_words_of_our_papers_hold_nothing_back(desk: Desk, tmp_path: Path, lang: Lang) -> None:
    zhao = desk.sit("zhao")
    there = {user.name for user in done(accounts.list_users(zhao))}
    for name in {"compliance", "the", "合规", "dpo", "items", "mdm-1"} - there:
        done(accounts.add_user(zhao, name=name, role=Role.AUDITOR, passphrase="correct horse battery 9"))
    chen, request = ask(desk, tmp_path)
    chen.lang = lang
    made = done(make_proof_pack(chen, request=request))
    chen.lang = Lang.ZH
    assert checker.verify_file(made.folder)["ok"]


@pytest.mark.req("REQ-026")
def test_what_is_searched_for_in_a_pack() -> None:
    def told(text: str, name: str, file: str = "items/visit/5-events.json") -> str:
        try:
            search_pack({file: text.encode()}, hcp_id="HCP-AAAAAAAA", colleagues={name}, same=("check.py",))
        except ExportError as fault:
            return fault.code
        return ""

    assert told('[{"by": "compliance"}]', "compliance") == "proof_names_colleague"  # a member that names somebody
    assert told('[{"checked_by": ["dpo-1", "dpo"]}]', "dpo") == "proof_names_colleague"
    assert told('[{"role": "compliance", "checked_by": "compliance-1"}]', "compliance") == ""
    assert told('[{"note": "asked li.na twice"}]', "li.na") == "proof_names_colleague"
    assert told("Dr. li.na, then", "li.na", "README.md") == "proof_names_colleague"
    assert told("li.nana, ali.na", "li.na", "README.md") == ""
    assert told('["HCP-BBBBBBBB"]', "li.na") == "proof_leak" and told('["HCP-AAAAAAAA"]', "li.na") == ""
    assert told("li.na", "li.na", "check.py") == "" and told('{"a": "li.na"}', "li.na", "policies/1.json") == ""
    assert (
        told("Ask wanda at the counter", "wanda", "items/visit/1-notice-80b5.txt") == ""
    )  # a notice shown to the person


@pytest.mark.req("REQ-026")
def test_one_purpose_and_with_names(desk: Desk, tmp_path: Path) -> None:
    chen, request = ask(desk, tmp_path, purpose="digital", open_names=True)
    chen.lang = Lang.EN
    made = done(make_proof_pack(chen, request=request))
    chen.lang = Lang.ZH
    assert {p.name for p in (made.folder / "items").iterdir()} == {"digital-email"}
    manifest = read(made.folder / "manifest.json")
    whole = [e for e in manifest["entries"] if "entry" in e]
    assert whole and all(json.loads(e["entry"])["hcps"] in ([], [request.hcp_id]) for e in whole)
    assert verify_file(made.folder).ok and checker.verify_file(made.folder)["ok"]
    acts = read(made.folder / "items" / "digital-email" / "3-act.json")
    assert {e["recorded_by"] for e in acts} == {"wu", "chen"}
