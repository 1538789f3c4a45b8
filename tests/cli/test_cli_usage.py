"""What the command line says before any vault is open: usage, options, files, languages, exit codes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from rule_folders import VISIT, rule_folder

from compliance.cli.batch import read_lines
from compliance.errors import InputErrors

Run = Callable[..., "object"]


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (["people", "find"], 2, "usage"),
        (["people", "show", "HCP-AAAAAAAA"], 2, "usage"),
        (["nonsense"], 2, "usage"),
        ([], 2, "usage"),
        (["people"], 2, "usage"),
        (["people", "find", "--no-such-option"], 2, "usage"),
        (["people", "show", "HCP-AAAAAAAA", "--purpose", "vsit"], 2, "unknown_purpose"),
        (["user", "add", "x", "--role", "rep", "--new-passphrase-file", __file__], 2, "unknown_role"),
        (["people", "show", "HCP-AAAAAAAA", "--purpose", "visit"], 2, "vault_needed"),
        (["import", "/no/such/file.csv", "--source", "CRM"], 2, "file_missing"),
        (["import", "/", "--source", "CRM"], 2, "not_a_file"),
        (["rep", "add", "x", "--role", "rep", "--employee-no", "1", "--trained-on", "yesterday"], 2, "bad_date"),
        (["consent", "status", "HCP-AAAAAAAA", "--as-of", "2026-11-24T10:00"], 2, "bad_time"),
        (["consent", "check", "EV-1", "--accept", "--reject", "illegible"], 2, "accept_or_reject"),
        (["batch", "/no/such/file"], 2, "file_missing"),
        (["--vault", "/no/such.ckvault", "today"], 4, None),
    ],
)
def test_wrong_words_give_json_and_the_exit_code(cli: Run, words: list[str], code: int, error: str | None) -> None:
    said = cli("--json", *words)
    assert said.exit_code == code
    assert set(said.json) >= {"error", "message"}
    assert error is None or said.json["error"] == error
    assert said.json["message"]
    assert "Traceback" not in said.stdout + said.stderr


def test_a_wrong_code_is_answered_with_the_nearest(cli: Run) -> None:
    said = cli("--json", "people", "show", "HCP-AAAAAAAA", "--purpose", "vsit")
    assert said.json["faults"][0]["nearest"] == "visit"


def test_json_is_honoured_wherever_it_stands(cli: Run) -> None:
    said = cli("people", "find", "x", "--json")
    assert said.exit_code == 2
    assert said.json["error"] == "usage"


def test_help_with_json_is_one_object(cli: Run) -> None:
    said = cli("--json", "consent", "--help")
    assert said.exit_code == 0
    assert "withdraw" in said.json["help"]


@pytest.mark.parametrize(("lang", "word"), [("zh", "登记撤回"), ("en", "record a withdrawal")])
def test_help_speaks_both_languages(cli: Run, lang: str, word: str) -> None:
    assert word in cli("--lang", lang, "consent", "--help").stdout


def test_errors_for_people_go_to_standard_error(cli: Run) -> None:
    said = cli("--lang", "zh", "people", "show", "HCP-AAAAAAAA", "--purpose", "vsit")
    assert said.stdout == ""
    assert "没有这个用途" in said.stderr


def test_time_of_one_s_own_is_for_sandboxes_only(cli: Run, tmp_path: Path) -> None:
    said = cli(
        "--json", "--at", "2026-11-24T10:00:00+08:00", "vault", "create", str(tmp_path / "x.ckvault"),
        "--owner", "guan", "--handler", "示例制药",
    )  # fmt: skip
    assert (said.exit_code, said.json["error"]) == (2, "at_needs_sandbox")
    assert list(tmp_path.iterdir()) == []


def test_a_passphrase_is_never_asked_of_a_closed_terminal(program: Run, tmp_path: Path) -> None:
    said = program("--json", "vault", "create", str(tmp_path / "x.ckvault"), "--owner", "guan", "--handler", "示例")
    assert (said.exit_code, said.json["error"]) == (2, "passphrase_needed")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("content", "error"), [(b"", "passphrase_empty"), (b"\xff\xfe\xfa", "bad_text")])
def test_passphrase_files_that_hold_none(cli: Run, tmp_path: Path, content: bytes, error: str) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(content)
    said = cli(
        "--json", "--passphrase-file", str(secret), "vault", "create", str(tmp_path / "x.ckvault"),
        "--owner", "guan", "--handler", "示例",
    )  # fmt: skip
    assert (said.exit_code, said.json["error"]) == (2, error)


def test_words_that_are_no_text_are_bad_input(cli: Run) -> None:
    said = cli("--json", "people", "find", "\udcff", "--purpose", "mdm")
    assert (said.exit_code, said.json["error"]) == (2, "bad_text")


def test_a_program_of_its_own_prints_one_object_whatever_the_locale(program: Run) -> None:
    said = program("--json", "--lang", "zh", "people", "show", "x", "--purpose", "vsit", LC_ALL="C")
    assert said.exit_code == 2
    assert "没有这个用途" in said.json["message"]
    assert said.stderr == ""


def test_an_unexpected_failure_leaves_no_traceback(cli: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import compliance.use_cases.rules.rules as rules

    def broken() -> None:
        raise RuntimeError("13812345678")

    monkeypatch.setattr(rules, "check_policy", broken)
    said = cli("--json", "policy", "check")
    assert (said.exit_code, said.json["error"]) == (4, "internal")
    assert "RuntimeError" in said.json["message"]
    assert "13812345678" not in said.stdout + said.stderr


def test_policy_check_needs_no_vault(cli: Run) -> None:
    said = cli("--json", "policy", "check")
    assert said.exit_code == 0
    assert said.json == {"ok": True, "faults": []}


def test_the_matrix_can_be_written(cli: Run, tmp_path: Path) -> None:
    said = cli("--json", "policy", "matrix", "--out", str(tmp_path / "matrix.md"))
    assert said.exit_code == 0
    assert (tmp_path / "matrix.md").read_text(encoding="utf-8").count("\n") > 20


def test_lines_of_a_batch() -> None:
    text = (
        '# remark\n\npeople find "王 芳" --purpose mdm\n'
        '["people", "find", "C:\\\\x", "--purpose", "mdm"]\nconsentkeep today\n'
    )
    assert read_lines(text) == [
        ["people", "find", "王 芳", "--purpose", "mdm"],
        ["people", "find", "C:\\x", "--purpose", "mdm"],
        ["today"],
    ]


def test_a_batch_with_unreadable_lines_names_them_all_and_runs_none() -> None:
    with pytest.raises(InputErrors) as caught:
        read_lines('today\npeople find "open\n[1, 2]\n{}')
    assert [fault.where for fault in caught.value.faults] == ["2", "3"]


def test_a_batch_gives_every_answer_and_the_gravest_exit_code(cli: Run, tmp_path: Path) -> None:
    script = tmp_path / "lines"
    script.write_text("policy check\npeople show X --purpose vsit\nbatch x\n", encoding="utf-8")
    said = cli("--json", "batch", str(script))
    assert said.exit_code == 2
    assert [result["exit_code"] for result in said.json["results"]] == [0, 2, 2]
    assert said.json["results"][2]["error"] == "batch_in_batch"


def test_a_batch_can_stop_at_the_first_failure(cli: Run, tmp_path: Path) -> None:
    script = tmp_path / "lines"
    script.write_text(json.dumps(["people", "show", "X", "--purpose", "vsit"]) + "\npolicy check\n", encoding="utf-8")
    said = cli("--json", "batch", str(script), "--stop")
    assert len(said.json["results"]) == 1


def test_a_code_of_a_rule_file_has_the_words_of_rules(cli: Run, tmp_path: Path) -> None:
    rule_folder(tmp_path, (VISIT, 'rep = "generalise:verified_badge"', 'rep = "generalise:nothing_known"'))
    said = cli("--lang", "zh", "policy", "diff", str(tmp_path))
    assert (said.exit_code, "未知的概括方式" in said.stderr, "没有这张表" in said.stderr) == (2, True, False), said
