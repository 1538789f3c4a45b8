"""The write-ahead file cut or put back, and a log that went on twice from one point: found by the heads outside."""

import shutil
from pathlib import Path

import pytest
from vault_support import NOW, PASS, World

from compliance.errors import Cancelled
from compliance.vault import open_vault

PAGE, HEAD = 4096, 32
FRAME = PAGE + 24


def put_back(world: World, copy: Path) -> None:
    shutil.rmtree(world.path)
    shutil.copytree(copy, world.path)


@pytest.fixture
def torn(world: World, tmp_path: Path) -> tuple[World, Path, int]:
    """A copy of the folder as it lay at a power cut: thirty entries sealed, all of them still in the journal alone."""
    world.vault.empty_wal()
    world.looks(30)
    world.vault.checkpoint(NOW)
    size = world.vault.log.size
    copy = tmp_path / "torn"
    shutil.copytree(world.path, copy)
    world.vault.abandon()
    return world, copy, size


@pytest.mark.req("REQ-101")
def test_the_journal_as_it_lay_loses_nothing(torn: tuple[World, Path, int]) -> None:
    world, copy, size = torn
    assert (copy / "main.db-wal").stat().st_size > HEAD + FRAME
    put_back(world, copy)
    vault = world.open()
    assert not vault.restricted and vault.log.size > size
    assert vault.check(full=True).ok


@pytest.mark.req("REQ-101")
@pytest.mark.parametrize("share", [0.0, 0.1, 0.35, 0.6, 0.85])
@pytest.mark.parametrize("torn_frame", [0, 100], ids=["at a frame", "within a frame"])
def test_a_cut_journal_is_named_with_the_first_missing_entry(
    torn: tuple[World, Path, int], share: float, torn_frame: int
) -> None:
    world, copy, size = torn
    put_back(world, copy)
    journal = world.path / "main.db-wal"
    frames = (journal.stat().st_size - HEAD) // FRAME
    with journal.open("r+b") as out:
        out.truncate(HEAD + int(frames * share) * FRAME + torn_frame if share or torn_frame else 0)
    vault = world.open()
    assert vault.restricted
    cut = [p for p in vault.findings if p.code == "log_truncated"]
    assert cut and cut[0].index is not None and cut[0].index < size


@pytest.mark.req("REQ-101")
def test_an_older_journal_put_back_is_found(world: World, tmp_path: Path) -> None:
    world.vault.empty_wal()
    world.looks(5)
    older = tmp_path / "older"
    shutil.copytree(world.path, older)
    world.looks(25)
    world.vault.checkpoint(NOW)
    size = world.vault.log.size
    world.vault.abandon()
    shutil.rmtree(world.path / "heads")
    heads = shutil.copytree(older / "heads", world.path / "heads")
    assert heads.is_dir()
    for name in ("main.db", "main.db-wal"):
        shutil.copy(older / name, world.path / name)
    (world.path / "main.db-shm").unlink(missing_ok=True)
    vault = world.open()
    assert vault.restricted
    cut = next(p for p in vault.findings if p.code == "log_truncated")
    assert cut.index is not None and cut.index < size


@pytest.mark.req("REQ-101")
def test_a_log_that_went_on_twice_is_named_where_it_forks(world: World, tmp_path: Path) -> None:
    """The copy is used on a machine of the forger's own, goes further than ours, and takes its place."""
    world.looks(10)
    world.close()
    fork = tmp_path / "fork.ckvault"
    shutil.copytree(world.path, fork)
    world.open()
    at = world.vault.log.size - 1  # the opening is the first entry that only we have
    world.looks(10)
    world.close()
    forger = open_vault(fork, user="林岚", passphrase=PASS, now=NOW, state_dir=tmp_path / "elsewhere")
    other = World(path=fork, state=tmp_path / "elsewhere", vault=forger, recovery=world.recovery)
    other.looks(40)
    other.close()
    shutil.rmtree(world.path)
    shutil.copytree(fork, world.path)
    vault = world.open()
    assert vault.restricted
    found = next(p for p in vault.findings if p.code == "log_forked")
    assert found.index is not None and found.index >= at
    assert {p.code for p in vault.check(full=True).problems} & {"log_forked", "log_changed"}


def test_a_full_check_stops_within_any_of_its_parts_when_asked(world: World) -> None:
    world.person("HCP-AAAAAAAA")
    world.looks(5)
    beats: list[tuple[int, int]] = []
    assert world.vault.check(full=True, heard=lambda done, of: beats.append((done, of))).ok
    assert len({done for done, _ in beats}) >= 6 and all(done <= of for done, of in beats)
    for last in range(1, len(beats)):
        heard: list[int] = []

        def stop(done: int, _: int, limit: int = last, heard: list[int] = heard) -> None:
            heard.append(done)
            if len(heard) == limit:
                raise Cancelled

        with pytest.raises(Cancelled):
            world.vault.check(full=True, heard=stop)
        assert not world.vault.db.in_transaction and not world.vault.restricted
