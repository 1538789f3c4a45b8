"""A vault somebody holds alone, and a vault on a drive that is not ours: who and what next, in both languages."""

from pathlib import Path

import pytest
from cli_desk import AT, Desk, in_process

from compliance.cli.failures import outcome_of
from compliance.clock import SystemClock
from compliance.errors import VaultError
from compliance.i18n import Lang
from compliance.vault.folder import place, seats


def test_a_vault_held_for_a_restore_says_who_holds_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seats, "_WAIT_SECONDS", 0.05)
    secret = ["--passphrase-file", str(desk.secret("li"))]
    with seats.exclusive(desk.vault, user="何恢", doing="restore", now=SystemClock().now()):
        for lang in ("zh", "en"):
            said = in_process(
                "--json", "--lang", lang, "--at", AT, "--vault", str(desk.vault), "--user", "li", *secret, "rep", "list"
            )
            assert (said.exit_code, said.json["error"]) == (4, "vault_busy")
            assert "何恢" in said.json["message"] and said.json["params"]["doing"] == "restore"
    assert desk.do("li", "rep", "list").exit_code == 0


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs", "9p"])
def test_a_network_drive_is_refused_with_a_way_out(tmp_path: Path, kind: str) -> None:
    table = f"/dev/vda / ext4 rw 0 0\nserver:/share {tmp_path} {kind} rw 0 0\n"
    with pytest.raises(VaultError) as refused:
        place.check(tmp_path / "a.ckvault", mounts=table)
    for lang, way_out in ((Lang.ZH, "移到本机磁盘"), (Lang.EN, "move it to a local disk")):
        said = outcome_of(refused.value, lang)
        assert said.exit_code == 4 and said.payload["error"] == "network_drive"
        assert way_out in str(said.payload["message"])


def test_a_local_disk_mounted_below_a_network_drive_is_local(tmp_path: Path) -> None:
    table = f"server:/share / nfs4 rw 0 0\n/dev/vdb {tmp_path} ext4 rw 0 0\n"
    place.check(tmp_path / "a.ckvault", mounts=table)
