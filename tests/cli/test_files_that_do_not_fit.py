"""Files given for another kind: a trust file without a key, a file written as a folder, a future nobody knows yet."""

from pathlib import Path

import pytest
from cli_desk import Desk, in_process

from compliance.i18n import Lang
from compliance.use_cases.evidence.evidence import Claim


@pytest.fixture(scope="module")
def seal(desk: Desk) -> Path:
    path = desk.folder / "seal.txt"
    assert desk.do("guan", "audit", "checkpoint", "--out", str(path)).exit_code == 0
    return path


@pytest.mark.parametrize(
    "content",
    [b"", b"nothing here\n", b"\x00\x01\xff" * 40, b"%PDF-1.7\n" + b"A" * 43 + b"=\n%%EOF", "指纹".encode("utf-16")],
    ids=["empty", "no key", "binary", "PDF", "UTF-16"],
)
def test_a_trust_file_that_names_no_key_is_bad_input(seal: Path, tmp_path: Path, content: bytes) -> None:
    trust = tmp_path / "trust"
    trust.write_bytes(content)
    said = in_process("--json", "verify", str(seal), "--trust", str(trust))
    assert (said.exit_code, said.json["error"]) == (2, "trust_names_no_key")
    assert "key.txt" in in_process("--lang", "zh", "verify", str(seal), "--trust", str(trust)).stderr


def test_the_seal_names_its_own_key_and_another_card_fails(seal: Path, desk: Desk, tmp_path: Path) -> None:
    card = tmp_path / "key.txt"
    assert desk.do("guan", "audit", "card", "--out", str(card)).exit_code == 0
    assert in_process("--json", "verify", str(seal), "--trust", str(card)).exit_code == 0
    card.write_text("ab" * 32, encoding="utf-8")
    assert in_process("--json", "verify", str(seal), "--trust", str(card)).exit_code == 3


def test_a_file_written_as_a_folder_is_refused_and_a_new_folder_is_named(desk: Desk, tmp_path: Path) -> None:
    said = desk.do("guan", "audit", "checkpoint", "--out", f"{tmp_path}/new/")
    assert (said.exit_code, said.json["error"]) == (2, "not_a_file") and not (tmp_path / "new").exists()
    said = desk.do("guan", "audit", "checkpoint", "--out", str(tmp_path / "new" / "seal.txt"))
    assert said.exit_code == 0 and str(tmp_path / "new") in said.stderr
    assert (
        str(tmp_path / "new")
        not in desk.do("guan", "audit", "checkpoint", "--out", str(tmp_path / "new" / "2.txt")).stderr
    )


def test_nothing_to_acknowledge_is_said_in_words(desk: Desk) -> None:
    assert desk.do("guan", "audit", "clock").json["acknowledged"] is None
    head = [word for word in desk.head("guan") if word not in ("--json", "--lang", "en")]
    assert "没有需要确认的时钟异常" in in_process(*head, "--lang", "zh", "audit", "clock").stdout


def test_nothing_is_known_of_the_future(desk: Desk) -> None:
    for command in ("status", "timeline"):
        said = desk.do("guan", "consent", command, "HCP-AAAABBBB", "--known-at", "2999-01-01T00:00:00+08:00")
        assert (said.exit_code, said.json["error"]) == (2, "in_the_future")


def test_what_became_of_files_is_said_in_the_reader_s_language() -> None:
    told = Claim(claim="files", ok=False, detail="", code="files_differ_from_the_manifest",
                 params={"files": "missing timeline.json, changed missing me.txt, added x"})  # fmt: skip
    assert told.found(Lang.ZH) == "文件与清单不符：缺失： timeline.json, 改动： missing me.txt, 多出： x"
    assert told.found(Lang.EN).endswith("missing: timeline.json, changed: missing me.txt, added: x")
