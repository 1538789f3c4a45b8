"""``vault device-secret``: on, status, off, a lost one mended by two, and a rep's own store."""

import json
import sys
from pathlib import Path

import pytest
from cli_desk import PASSPHRASE, Desk, in_process
from keystore_in_memory import InMemory

from compliance.vault.keys import keystore


def test_on_status_off_and_a_lost_one_reset_by_two(desk: Desk, machine: type[InMemory], tmp_path: Path) -> None:
    ask = ("vault", "device-secret")
    said = {"keystore": "In memory", "fault": "", "sandbox": True}
    assert desk.do("li", *ask, "status").json == {"on": False, **said}
    made = desk.do("li", *ask, "on")
    assert (made.exit_code, made.json["on"]) == (0, True)
    assert "recovery sheet" in made.stderr
    assert desk.do("li", *ask, "status").json == {"on": True, **said}
    machine.locked = True
    locked = desk.do("li", "today")
    assert (locked.exit_code, locked.json["error"]) == (4, "keystore_locked")
    machine.locked = False
    machine.entries.clear()
    lost = desk.do("li", "today")
    assert (lost.exit_code, lost.json["error"]) == (4, "device_secret_missing")
    assert "two others" in lost.json["message"]

    desk.secret("mei").write_text(f"{PASSPHRASE} mei", encoding="utf-8")
    desk.batch("guan", ["user", "add", "mei", "--role", "compliance", "--new-passphrase-file", str(desk.secret("mei"))])
    fresh = tmp_path / "fresh.txt"
    fresh.write_text("a passphrase after it", encoding="utf-8")
    pending = desk.do("guan", "user", "reset", "li", "--new-passphrase-file", str(fresh)).json["pending"]
    assert desk.do("mei", "approve", pending).exit_code == 0
    desk.secret("li").write_text("a passphrase after it", encoding="utf-8")
    assert desk.do("li", *ask, "status").json["on"] is False
    assert desk.do("li", *ask, "on").json["on"] is True
    assert desk.do("li", *ask, "off").json == {"on": False, **said}
    again = desk.do("li", *ask, "off")
    assert (again.exit_code, again.json["error"]) == (2, "device_secret_off")
    kinds = [e["kind"] for e in desk.do("shen", "audit", "list", "--kind", "device_secret_changed").json["entries"]]
    assert kinds == ["device_secret_changed"] * 3


def test_no_keystore_is_said_and_changes_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(keystore.ALLOWED, sys.platform)
    before = (desk.vault / "header.json").read_bytes()
    no = desk.do("chen", "vault", "device-secret", "on")
    assert (no.exit_code, no.json["error"]) == (4, "keystore_absent")
    assert (desk.vault / "header.json").read_bytes() == before
    assert desk.do("chen", "vault", "device-secret", "status").json["keystore"] is None


def test_a_rep_protects_their_own_store(tmp_path: Path, machine: type[InMemory]) -> None:
    secret = tmp_path / "rep.txt"
    secret.write_text(PASSPHRASE, encoding="utf-8")
    store = tmp_path / "wang.ckvault"
    assert in_process("--json", "rep", "init", str(store), "--new-passphrase-file", str(secret)).exit_code == 0
    head = ("--json", "--lang", "zh", "--vault", str(store), "--passphrase-file", str(secret))
    assert in_process(*head, "vault", "device-secret", "on").json["on"] is True
    assert json.loads((store / "header.json").read_text())["format"] == 3
    assert in_process(*head, "bundle", "state").exit_code == 0
    machine.entries.clear()
    lost = in_process(*head, "bundle", "state")
    assert (lost.exit_code, lost.json["error"]) == (4, "device_secret_missing")
    assert "离线包" in lost.json["message"]
