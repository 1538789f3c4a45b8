"""Accounts, two signatures, backup and restore, evidence and tampering, through the command line."""

import json
import shutil
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from cli_desk import AT, PASSPHRASE, Desk, Said, in_process

Run = Callable[..., Said]
PEOPLE = """姓名,医院,科室,手机
陆行舟,示例市第一人民医院,肾内科,13967452081
莫寒,示例市第二人民医院,儿科,13958316247
"""


@pytest.fixture(scope="module")
def people(desk: Desk) -> list[str]:
    """Two people, by id, in the order of the file."""
    names = desk.folder / "people.csv"
    names.write_text(PEOPLE, encoding="utf-8-sig")
    _, imported, found = desk.batch(
        "li",
        ["source", "add", "CRM", "--name", "CRM", "--provenance", "first"],
        ["import", str(names), "--source", "CRM"],
        ["people", "find", "", "--purpose", "mdm"],
    )
    assert imported["accepted"] == 2
    by_name = {row["fields"]["full_name"]["value"]: row["hcp_id"] for row in found["results"]}
    return [by_name["陆行舟"], by_name["莫寒"]]


def test_accounts_are_listed_with_their_roles(desk: Desk) -> None:
    users = desk.do("guan", "user", "list").json["users"]
    assert {user["user"]: user["role"] for user in users} == {
        "guan": "dpo",
        "li": "compliance",
        "chen": "clerk",
        "shen": "auditor",
    }


def test_only_the_privacy_officer_adds_accounts(desk: Desk) -> None:
    said = desk.do("li", "user", "add", "qian", "--role", "clerk", "--new-passphrase-file", str(desk.secret("li")))
    assert said.exit_code == 1
    assert said.json["refused"]


@pytest.mark.parametrize("user", ["guan", "nobody"])
def test_a_wrong_passphrase_or_user_is_vault_trouble(desk: Desk, user: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("not the passphrase at all", encoding="utf-8")
    head = ["--json", "--at", AT, "--vault", str(desk.vault), "--user", user, "--passphrase-file", str(secret)]
    said = in_process(*head, "today")
    assert (said.exit_code, said.json["error"]) == (4, "wrong_passphrase")


def test_a_program_of_its_own_opens_reads_and_leaves_no_wal(desk: Desk, program: Run) -> None:
    said = program(
        "--json", "--at", AT, "--vault", str(desk.vault), "--user", "shen", "audit", "list", "--limit", "3",
        passphrase=f"{PASSPHRASE} shen",
    )  # fmt: skip
    assert said.exit_code == 0, said
    assert len(said.json["entries"]) == 3
    assert [path.name for path in desk.vault.rglob("*-wal")] == []


def test_the_environment_can_name_vault_and_user(desk: Desk, program: Run) -> None:
    said = program(
        "--json", "--at", AT, "source", "list", passphrase=f"{PASSPHRASE} li", CONSENTKEEP_VAULT=str(desk.vault),
        CONSENTKEEP_USER="li",
    )  # fmt: skip
    assert said.exit_code == 0, said


def test_without_json_a_person_can_read_it_and_sees_the_sandbox(desk: Desk) -> None:
    head = [word for word in desk.head("guan") if word != "--json"]
    said = in_process(*head, "user", "list")
    assert said.exit_code == 0
    assert said.stdout.startswith("演示 SANDBOX")
    assert any(words in said.stdout for words in ("Compliance officer", "合规专员"))  # the role in words, not its code


@pytest.mark.req("REQ-100", "REQ-103")
def test_the_log_names_reads_by_pseudonym_and_never_by_value(desk: Desk, people: list[str]) -> None:
    desk.do("li", "people", "show", people[0], "--purpose", "mdm")
    said = desk.do("shen", "audit", "list", "--limit", "5", "--kind", "profile_opened")
    assert said.json["entries"][0]["hcps"] == [people[0]]
    assert "陆行舟" not in said.stdout
    assert "13967452081" not in said.stdout


def test_an_unknown_person_is_bad_input_or_a_refusal(desk: Desk) -> None:
    said = desk.do("li", "people", "show", "HCP-AAAAAAAA", "--purpose", "mdm")
    assert said.exit_code in (1, 2)
    assert "Traceback" not in said.stderr


@pytest.mark.req("REQ-101", "REQ-105")
def test_an_audit_report_verifies_without_a_vault_and_not_after_one_byte(desk: Desk, people: list[str]) -> None:
    report = desk.folder / "audit.pdf"
    made = desk.do("guan", "audit", "report", "--out", str(report))
    assert made.exit_code == 0, made
    assert set(made.json) >= {"file", "sha256", "entries", "checkpoint"}
    verified = in_process("--json", "verify", str(report))
    assert (verified.exit_code, verified.json["ok"]) == (0, True)
    assert {claim["claim"] for claim in verified.json["claims"]} >= {"signer"}
    data = bytearray(report.read_bytes())
    at = data.index(b"/Type")
    data[at + 2] ^= 1
    (desk.folder / "bad.pdf").write_bytes(data)
    assert in_process("--json", "verify", str(desk.folder / "bad.pdf")).exit_code == 3


@pytest.mark.req("REQ-105")
def test_the_folder_for_an_outsider_and_the_page_alone(desk: Desk, people: list[str]) -> None:
    folder, page, older = desk.folder / "audit-2026", desk.folder / "page.html", desk.folder / "seal.txt"
    sealed, made, again, neither = desk.batch(
        "guan",
        ["audit", "checkpoint", "--out", str(older)],
        ["audit", "report", "--hcp", people[0], "--pack", str(folder)],
        ["audit", "report", "--pack", str(folder)],
        ["audit", "report"],
        check=False,
    )
    assert sealed["exit_code"] == 0 and made["exit_code"] == 0, made
    assert (made["pack"], made["file"]) == (str(folder), str(folder / "audit-report.pdf"))
    assert again["exit_code"] == 2 and neither["exit_code"] == 2
    assert {p.name for p in folder.iterdir()} == {"audit-report.pdf", "evidence.json", "verify.html", "验证说明.pdf"}
    saved = in_process("--json", "audit", "page", "--out", str(page))  # no store, no passphrase
    assert saved.exit_code == 0 and page.read_bytes() == (folder / "verify.html").read_bytes()
    assert saved.json["sha256"] == sha256(page.read_bytes()).hexdigest()
    assert in_process("--json", "audit", "page", "--out", str(page)).exit_code == 2
    verified = in_process("--json", "verify", str(folder), "--previous", str(older))
    assert (verified.exit_code, verified.json["ok"]) == (0, True)
    assert {c["claim"]: c["ok"] for c in verified.json["claims"]}["previous"] is True
    assert "签署人待确认" in in_process("verify", str(folder)).stdout
    assert in_process("--json", "verify", str(desk.folder)).exit_code == 2  # a folder that holds no evidence


def test_a_backup_rehearses_and_restores(desk: Desk, people: list[str]) -> None:
    backup, keys, into = desk.folder / "backup", desk.folder / "keys.ckk", desk.folder / "again.ckvault"
    desk.batch("guan", ["vault", "backup", str(backup)], ["vault", "backup-keys", str(keys)])
    head = ["--json", "--at", AT, "--user", "guan", "--passphrase-file", str(desk.secret("guan"))]
    rehearsed = in_process(*head, "vault", "rehearse", str(backup), str(keys))
    assert (rehearsed.exit_code, rehearsed.json["ok"]) == (0, True)
    restored = in_process(*head, "vault", "restore", str(backup), str(keys), "--into", str(into))
    assert restored.exit_code == 0, restored
    assert set(restored.json) >= {"vault", "erased_again", "entries"}
    again = Desk(desk.folder, into)
    assert again.do("li", "people", "show", people[0], "--purpose", "mdm").exit_code == 0
    assert again.do("guan", "vault", "check", "--full").json["ok"] is True


@pytest.mark.req("REQ-045")
def test_erasure_waits_for_another_person_s_signature(desk: Desk, people: list[str]) -> None:
    asked = desk.do("guan", "erase", people[1], "--reason", "asked by the person")
    assert asked.exit_code == 0, asked
    request = asked.json["pending"]
    own = desk.do("guan", "approve", request)
    assert own.exit_code == 1
    assert desk.do("li", "pending").json["pending"][0]["request"] == request
    approved = desk.do("li", "approve", request)
    assert approved.exit_code == 0, approved
    gone = desk.do("li", "people", "show", people[1], "--purpose", "mdm")
    assert gone.exit_code in (1, 2)
    assert "莫寒" not in gone.stdout


def test_checks_pass_and_a_changed_byte_is_an_integrity_failure_or_vault_trouble(desk: Desk) -> None:
    checked = desk.do("guan", "vault", "check", "--full")
    assert (checked.exit_code, checked.json["problems"]) == (0, [])
    assert desk.do("shen", "audit", "verify").json["ok"] is True
    database = desk.vault / "main.db"
    sound = database.read_bytes()
    try:
        database.write_bytes(sound[: len(sound) // 2])
        broken = desk.do("guan", "vault", "check", "--full")
        assert broken.exit_code in (3, 4)
        assert broken.json["error"]
    finally:
        database.write_bytes(sound)


def test_a_report_whose_key_of_names_is_refused_says_that_it_was_written(desk: Desk, people: list[str]) -> None:
    """A privacy officer reads no names under master data: the report stands, the key does not."""
    for user, key, exit_code, code in (("guan", "names", 1, "refused"), ("li", "taken", 2, "error")):
        report, names = desk.folder / f"{key}.pdf", desk.folder / f"{key}.age"
        if key == "taken":
            names.write_bytes(b"here before")
        words = ["audit", "report", "--hcp", people[0], "--out", str(report), "--name-key", str(names)]
        secret = ["--name-key-passphrase-file", str(desk.secret("shen"))]
        said = desk.do(user, *words, *secret)
        assert said.exit_code == exit_code and said.json[code] in ("role_not_permitted", "file_exists"), said
        assert said.json["file"] == str(report) and report.is_file() and said.json["name_key"] is None
        assert names.is_file() == (key == "taken")
        report.unlink()
        words_only = [word for word in desk.head(user) if word != "--json"]
        told = in_process(*words_only, *words, *secret)
        assert str(report) in told.stdout + told.stderr
        assert "The report was written; the key of names was not" in told.stdout + told.stderr


def test_one_unlock_serves_a_batch_read_from_standard_input(desk: Desk, program: Run) -> None:
    lines = "\n".join(json.dumps(["audit", "list", "--limit", "1"]) for _ in range(3))
    said = program(
        "--json", "--at", AT, "--vault", str(desk.vault), "--user", "shen", "batch", "-",
        passphrase=f"{PASSPHRASE} shen", stdin=lines,
    )  # fmt: skip
    assert said.exit_code == 0, said
    opened = [result["entries"][0]["index"] for result in said.json["results"]]
    assert len(opened) == 3
    assert max(opened) - min(opened) <= 3


def test_the_backup_of_the_day_follows_the_command_of_the_day(desk: Desk, program: Run, tmp_path: Path) -> None:
    data, keys = tmp_path / "copies", tmp_path / "keys"
    refused = desk.do("guan", "settings", "set", "backup-dir", str(data))
    assert refused.exit_code == 2
    assert "backup_dir_missing" in refused.stdout
    neither = desk.do("guan", "settings", "set", "backup-dir")
    assert neither.exit_code == 2
    assert "backup_dir_or_off" in neither.stdout
    data.mkdir()
    keys.mkdir()
    assert desk.do("guan", "settings", "set", "backup-keys-dir", str(keys)).exit_code == 0
    assert desk.do("guan", "settings", "set", "backup-dir", str(data)).exit_code == 0
    said = desk.do("guan", "today")
    assert said.exit_code == 0
    info = desk.do("guan", "vault", "info").json
    assert info["last_auto_backup"]
    assert info["last_rehearsal"]
    assert info["backup_fault"] is None
    assert len(list(data.iterdir())) == len(list(keys.iterdir())) == 1
    assert {t["key"] for t in desk.do("guan", "today").json["tiles"]} >= {"backup_good"}
    assert desk.do("guan", "vault", "rehearse").json["ok"] is True
    assert desk.do("guan", "vault", "backup").json["rehearsed"] is True
    keys.rename(tmp_path / "away")
    failed = desk.do("guan", "vault", "backup")
    assert (failed.exit_code, failed.json["fault"]) == (4, "backup_dir_missing")
    head = ("--json", "--at", AT, "--vault", str(desk.vault), "--user", "guan", "--passphrase-file")
    warned = program(*head, str(desk.secret("guan")), "today")
    assert warned.exit_code == 0
    assert warned.json["tiles"]
    assert "自动备份未完成" in warned.stderr
    assert desk.do("guan", "settings", "set", "backup-dir", "--off").exit_code == 0
    assert desk.do("guan", "settings", "set", "backup-keys-dir", "--off").exit_code == 0


def test_the_keys_are_changed_by_the_privacy_officer_alone_and_everybody_goes_on(desk: Desk) -> None:
    assert desk.do("li", "vault", "rekey").exit_code == 1
    made = desk.do("guan", "vault", "rekey")
    assert made.exit_code == 0
    assert made.json["epoch"] >= 2
    for user in ("guan", "li", "chen", "shen"):
        checked = desk.do(user, "vault", "check", "--full")
        assert (checked.exit_code, checked.json["problems"]) == (0, [])


def test_a_file_of_the_store_that_is_cut_or_gone_is_named(desk: Desk, tmp_path: Path) -> None:
    for name, code in (("main.db", "file_truncated"), ("keys.db", "file_truncated"), ("keys.db", "file_missing"),
                       ("main.db", "file_damaged")):  # fmt: skip
        copy = tmp_path / f"{code}-{name}.ckvault"
        shutil.copytree(desk.vault, copy)
        if code == "file_missing":
            (copy / name).unlink()
        elif code == "file_damaged":
            whole = (copy / name).read_bytes()
            (copy / name).write_bytes(whole[:100] + bytes(16) + whole[116:])
        else:
            (copy / name).write_bytes((copy / name).read_bytes()[:777])
        said = Desk(desk.folder, copy).do("guan", "vault", "check")
        assert (said.exit_code, said.json["error"]) == (4, code)
        assert f": {name}" in said.json["message"], said.json
        assert ("consentkeep vault restore" in said.json["message"]) == (code != "file_missing"), said.json
