"""What lies on disk: each broken file has its own code, nothing is readable, nothing is left behind."""

import os
import shutil
import stat
import tempfile
from pathlib import Path

import pytest
from vault_support import NOW, PASS, World, all_bytes, encodings, make_world

from compliance.errors import InputErrors, VaultError, VaultTooNew
from compliance.vault import RoleKey, create_vault, open_vault, schema
from compliance.vault.engine.connection import Connection
from compliance.vault.folder import place


def code_at_open(world: World) -> tuple[str, dict[str, str | int]]:
    with pytest.raises(VaultError) as fault:
        world.open()
    return fault.value.code, fault.value.params


@pytest.mark.req("REQ-039")
def test_no_value_can_be_read_from_any_file(world: World) -> None:
    hcp = world.person(name="欧阳若溪", phone="13800138000")
    with world.vault.unit_of_work() as uow:
        uow.evidence.seal(hcp, "签字扫描件：欧阳若溪 13800138000".encode(), "image/png")
        uow.commit(world.event())
    values = "欧阳若溪", "13800138000", "北京协和医院", "心内科", "ouyangruoxi"
    needles = [needle for text in values for needle in encodings(text)]
    for state in ("open", "closed"):
        if state == "closed":
            world.close()
        for name, data in all_bytes(world.path, world.state).items():
            assert not any(needle in data for needle in needles), (state, name)


def test_nothing_is_left_beside_the_files_after_closing(world: World) -> None:
    world.person()
    assert list(world.path.glob("*-wal"))
    world.close()
    left = {path.name for path in world.path.iterdir()}
    assert left == {"header.json", "main.db", "keys.db", "index.db", "evidence", "heads", "seats"}
    assert not list((world.path / "seats").glob("S-*"))


@pytest.mark.skipif(os.name != "posix", reason="modes are a POSIX notion")
def test_files_are_private(world: World) -> None:
    hcp = world.person()
    with world.vault.unit_of_work() as uow:
        uow.evidence.seal(hcp, b"x", "text/plain")
        uow.commit(world.event())
    for path in (world.path, *world.path.rglob("*"), *world.state.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode & 0o077 == 0, (path, oct(mode))


def test_not_a_vault(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(VaultError) as fault:
            open_vault(path, user="a", passphrase="b", now=NOW)
        assert fault.value.code == "not_a_vault"


def test_a_vault_is_not_made_over_other_files(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "brief.txt").write_text("hello")
    with pytest.raises(InputErrors, match="vault_exists"):
        create_vault(tmp_path / "a", handler="x", owner="y", passphrase=PASS, now=NOW)
    assert (tmp_path / "a" / "brief.txt").read_text() == "hello"


@pytest.mark.parametrize("name", ["main.db", "keys.db"])
def test_missing_truncated_damaged(world: World, name: str) -> None:
    world.person()
    world.close()
    file = world.path / name
    good = file.read_bytes()
    file.unlink()
    assert code_at_open(world) == ("file_missing", {"file": name})
    file.write_bytes(good[:-100])
    assert code_at_open(world) == ("file_truncated", {"file": name})
    file.write_bytes(b"")
    assert code_at_open(world) == ("file_truncated", {"file": name})
    file.write_bytes(good[: len(good) // 8192 * 4096])
    assert code_at_open(world) == ("file_damaged", {"file": name})
    file.write_bytes(good[:100] + bytes(16) + good[116:])
    assert code_at_open(world) == ("file_damaged", {"file": name})
    file.write_bytes(good)
    assert world.open().check(full=True).ok


@pytest.mark.parametrize("name", ["main.db", "keys.db"])
def test_a_file_of_another_vault_is_named(world: World, tmp_path: Path, name: str) -> None:
    other = make_world(tmp_path / "other")
    other.close()
    world.close()
    shutil.copy(other.path / name, world.path / name)
    assert code_at_open(world) == ("files_swapped", {"file": name})


def test_a_foreign_or_broken_index_is_made_anew(world: World) -> None:
    world.person()
    world.close()
    (world.path / "index.db").write_bytes(b"x" * 5000)
    assert world.open().index_stale
    world.close()
    (world.path / "index.db").unlink()
    assert world.open().index_stale


def test_newer_schema_is_refused_with_both_numbers(world: World) -> None:
    key = world.vault.keyring.file_key(RoleKey.MAIN)
    world.close()
    raw = Connection.open(world.path / "main.db", key)
    raw.execute("PRAGMA user_version = 9")
    raw.close()
    with pytest.raises(VaultTooNew) as fault:
        world.open()
    assert fault.value.params == {"found": 9, "known": schema.VERSION}
    assert not list((world.path / "seats").glob("S-*")), "the seat is free again"


@pytest.mark.skipif(not hasattr(os, "seteuid") or os.geteuid() != 0, reason="needs to become another user")
def test_read_only_folder_has_its_own_code() -> None:
    base = Path(tempfile.mkdtemp())
    try:
        world = make_world(base)
        world.close()
        base.chmod(0o755)
        for path in (world.path, *world.path.rglob("*")):
            os.chown(path, 65534, 65534)
            path.chmod(0o500 if path.is_dir() else 0o400)
        os.seteuid(65534)
        try:
            assert code_at_open(world)[0] == "read_only"
        finally:
            os.seteuid(0)
    finally:
        shutil.rmtree(base)


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "9p", "fuse.sshfs", "smb3", "fuse.rclone", "davfs"])
def test_network_drive_is_refused(tmp_path: Path, kind: str) -> None:
    mounts = f"/dev/vda / ext4 rw 0 0\nserver:/x {str(tmp_path).replace(' ', chr(92) + '040')} {kind} rw 0 0\n"
    with pytest.raises(VaultError) as fault:
        place.check(tmp_path / "a.ckvault", mounts=mounts)
    assert fault.value.code == "network_drive"
    place.check(tmp_path / "a.ckvault", mounts="/dev/vda / ext4 rw 0 0\n")
    with pytest.raises(VaultError):
        place.check(Path("//server/share/a.ckvault"))


@pytest.mark.req("REQ-080")
@pytest.mark.parametrize(
    "folder",
    ["OneDrive", "OneDrive - 远山制药", "Dropbox", "iCloud Drive", "Mobile Documents", "Google Drive", "我的坚果云",
     "Nutstore Files", "BaiduSyncdisk", "百度网盘", "WPS云盘", "WPSDrive", "GoogleDrive-a@b.cn"],
)  # fmt: skip
def test_synchronising_folder_is_refused(tmp_path: Path, folder: str) -> None:
    path = tmp_path / folder / "deep" / "a.ckvault"
    with pytest.raises(VaultError) as fault:
        create_vault(path, handler="x", owner="y", passphrase=PASS, now=NOW)
    assert fault.value.code == "sync_folder"
    assert not path.exists()


def test_an_ordinary_folder_is_not_taken_for_a_synchronising_one(tmp_path: Path) -> None:
    for name in ("documents", "我的档案", "dropbox-notes", "syncing"):
        place.check(tmp_path / name / "a.ckvault")


def test_a_moved_vault_opens_and_says_so(world: World, tmp_path: Path) -> None:
    from compliance.model.audit import Kind

    world.close()
    target = tmp_path / "moved.ckvault"
    shutil.move(world.path, target)
    world.path = target
    vault = world.open()
    with vault.snapshot() as snap:
        assert snap.log.find(kind=Kind.VAULT_MOVED)
    assert vault.check(full=True).ok


def test_a_full_disk_changes_nothing(tmp_path: Path) -> None:
    """A real small file system, where we may mount one."""
    import subprocess

    mount = tmp_path / "small"
    mount.mkdir()
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1800k", "tmpfs", str(mount)], capture_output=True)
    if made.returncode:
        pytest.skip("may not mount here")
    try:
        from compliance.errors import StorageFull

        world = make_world(mount)
        world.person()
        before = world.vault.log.size
        with pytest.raises(StorageFull):
            for number in range(500):
                with world.vault.unit_of_work() as uow:
                    uow.settings.set(f"k{number}", "x" * 20_000)
                    uow.commit(world.event())
                before = world.vault.log.size
        with world.vault.snapshot() as snap:
            assert snap.log.size == before
            assert snap.people.count() == 1
        assert not world.vault.db.in_transaction
        world.vault.abandon()
    finally:
        subprocess.run(["umount", str(mount)], check=True)
