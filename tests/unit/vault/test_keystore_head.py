"""The head in the keystore: folder and state folder set back together are found where the keystore was not."""

import shutil
from pathlib import Path

import pytest
from keystore_in_memory import InMemory

from compliance.clock import FixedClock
from compliance.model.access import Role
from compliance.use_cases.seat import session as sessions
from compliance.use_cases.upkeep import settings
from compliance.vault.keys import keystore
from tests.support import PASS, Desk, done


@pytest.mark.req("REQ-101")
def test_everything_in_folders_put_back_is_found_by_the_keystore(
    machine: type[InMemory], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONSENTKEEP_STATE_DIR", str(tmp_path / "state"))
    desk = Desk.create(tmp_path, staff={"zhao": Role.DPO})
    desk.rise()
    for name in ("desk.ckvault", "state"):
        shutil.copytree(tmp_path / name, tmp_path / f"old-{name}")
    done(settings.set_company_fact(desk.sit("zhao"), key="is_ciio", value="no"))
    desk.rise()
    size = max(int(text.partition(" ")[0]) for text in machine.entries.values() if " " in text)
    for name in ("desk.ckvault", "state"):
        shutil.rmtree(tmp_path / name)
        shutil.copytree(tmp_path / f"old-{name}", tmp_path / name)
    back = sessions.open_session(desk.vault, user="zhao", passphrase=PASS, clock=FixedClock(desk.at))
    assert isinstance(back, sessions.Session)
    assert back.restricted and "log_truncated" in {p.code for p in back.vault.findings}
    assert back.vault.log.size < size
    sessions.close_session(back)


def test_a_locked_keystore_hides_no_vault_and_finds_nothing(
    machine: type[InMemory], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONSENTKEEP_STATE_DIR", str(tmp_path / "state"))
    desk = Desk.create(tmp_path, staff={"zhao": Role.DPO})
    desk.rise()
    monkeypatch.setattr(InMemory, "locked", True)
    session = desk.sit("zhao")
    assert not session.restricted and session.vault.keystore_head() is None
    desk.rise()


def test_what_is_no_head_is_none(machine: type[InMemory]) -> None:
    assert keystore.kept_head("V-1", "here") is None
    keystore.keep_head("V-1", "here", 7, b"\1" * 32)
    assert keystore.kept_head("V-1", "here") == (7, b"\1" * 32)
    for text in ("", "7", "seven " + "01" * 32, "7 zz", "7 " + "zz" * 32):
        machine.entries = dict.fromkeys(machine.entries, text)
        assert keystore.kept_head("V-1", "here") is None, text
