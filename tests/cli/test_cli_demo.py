"""The demo does the main job end to end and leaves what its answer names."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli_desk import Said, in_process

Run = Callable[..., Said]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A small demo, made by a process of its own."""
    from cli_desk import as_program

    folder = tmp_path_factory.mktemp("demo")
    said = as_program("--json", "demo", "--dir", str(folder / "demo"), "--people", "60", "--headless")
    assert said.exit_code == 0, said
    return {**said.json, "dir": folder / "demo", "stderr": said.stderr}


@pytest.mark.slow
def test_the_answer_names_what_lies_there(demo: dict[str, Any]) -> None:
    assert demo["verified"] is True
    assert demo["sandbox"] is True
    assert demo["people"] > 0
    assert len(demo["users"]) >= 3
    for name in ("vault", "audit_pdf", "bundle", "rep_vault", "passphrase_file"):
        assert Path(demo[name]).exists(), name
    assert demo["sheets"]
    assert all(Path(sheet).exists() for sheet in demo["sheets"])
    assert "Traceback" not in demo["stderr"]


@pytest.mark.slow
def test_its_evidence_verifies_and_its_sheets_hold_no_number_of_the_import(demo: dict[str, Any]) -> None:
    assert in_process("--json", "verify", demo["audit_pdf"]).json["ok"] is True
    for sheet in demo["sheets"]:
        assert in_process("--json", "sheet", "attack", sheet).exit_code == 0


@pytest.mark.slow
def test_windows_are_pictured(demo: dict[str, Any]) -> None:
    assert len(demo["screenshots"]) >= 5
    assert all(Path(picture).stat().st_size > 5_000 for picture in demo["screenshots"])


@pytest.mark.slow
def test_the_practice_vault_opens_and_holds(demo: dict[str, Any]) -> None:
    head = ["--json", "--vault", demo["vault"], "--user", demo["users"][0]]
    checked = in_process(*head, "--passphrase-file", demo["passphrase_file"], "vault", "check", "--full")
    assert (checked.exit_code, checked.json["ok"]) == (0, True), checked.stdout


@pytest.mark.slow
@pytest.mark.req("REQ-079")
def test_every_decision_of_the_practice_vault_is_made_again_alike(demo: dict[str, Any]) -> None:
    head = ["--json", "--vault", demo["vault"], "--user", demo["users"][0]]
    said = in_process(*head, "--passphrase-file", demo["passphrase_file"], "policy", "replay", "--from", "2020-01-01")
    assert (said.exit_code, said.json["different"]) == (0, 0), said.stdout
    assert said.json["same"] > 10


@pytest.mark.slow
def test_a_demo_is_not_built_over_another(demo: dict[str, Any]) -> None:
    said = in_process("--json", "demo", "--dir", str(demo["dir"]), "--headless")
    assert (said.exit_code, json.loads(said.stdout)["error"]) == (2, "demo_exists")


@pytest.mark.slow
def test_no_window_of_the_practice_vault_is_empty(demo: dict[str, Any]) -> None:
    """A stack with work left, a running campaign, open changes, stops, registers, requests: each has a row."""
    script = demo["dir"] / "look.txt"
    looks = {
        "stack list": "stacks", "campaign list": "campaigns", "consent feeds": "feeds", "scope list": "stops",
        "memo list": "memos", "activity list": "activities", "pending": "pending", "tasks list": "tasks",
        "case list": "cases", "plan list": "plans", "consent pending": "pending",
    }  # fmt: skip
    script.write_text("\n".join(looks), encoding="utf-8")
    head = ["--json", "--vault", demo["vault"], "--user", demo["users"][0], "--passphrase-file"]
    said = in_process(*head, demo["passphrase_file"], "batch", str(script))
    assert said.exit_code == 0, said
    for (command, key), result in zip(looks.items(), said.json["results"], strict=True):
        assert result.get(key), (command, sorted(result))
    for pack in ("proof", "proof-erasure"):
        assert in_process("--json", "verify", str(demo["dir"] / pack)).json["ok"] is True
