"""Who waits for the store stands in a line: the oldest tries most often, an import lets the line go first."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from vault_support import World

from compliance.errors import VaultBusy
from compliance.model.audit import Kind
from compliance.vault import unit_of_work
from compliance.vault.folder import turns
from compliance.vault.folder.seats import FOLDER, WAITS


@pytest.fixture
def vault(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / FOLDER).mkdir()
    yield tmp_path
    assert not list((tmp_path / FOLDER).glob(f"*{WAITS}"))


def leave_behind(vault: Path, seat: str, *, age: float) -> Path:
    """The file of a seat that has waited for ``age`` seconds."""
    file = vault / FOLDER / f"{seat}{WAITS}"
    file.touch()
    since = time.time() - age
    os.utime(file, (since, since))
    return file


def test_the_line_is_in_the_order_of_coming_and_everybody_leaves_it(vault: Path) -> None:
    other = leave_behind(vault, "S-FIRST1", age=2)
    with turns.waiting(vault, "S-SECOND") as before:
        assert [seat for _, seat in turns.line(vault)] == ["S-FIRST1", "S-SECOND"]
        assert [seat for _, seat in turns.line(vault, without="S-SECOND")] == ["S-FIRST1"]
        assert before() == 1
        other.unlink()
        assert before() == 0
    assert turns.line(vault) == []


def test_the_first_tries_more_often_than_those_behind() -> None:
    assert max(turns.pause(0) for _ in range(50)) < min(turns.pause(1) for _ in range(50))
    assert max(turns.pause(5) for _ in range(50)) < 0.05


def test_what_a_dead_seat_left_does_not_count_when_it_is_old(vault: Path) -> None:
    old = leave_behind(vault, "S-DEAD01", age=3600)
    future = leave_behind(vault, "S-DEAD02", age=60)
    assert turns.line(vault) == []
    begin = time.monotonic()
    turns.give_way(vault, "S-MYSELF", most=10)
    assert time.monotonic() - begin < 5
    old.unlink()
    future.unlink()


def test_giving_way_ends_when_the_line_is_empty_or_it_has_lasted_long_enough(vault: Path) -> None:
    mine, other = leave_behind(vault, "S-MYSELF", age=0), leave_behind(vault, "S-OTHER1", age=0)
    begin = time.monotonic()
    turns.give_way(vault, "S-MYSELF", most=0.05)
    assert time.monotonic() - begin >= 0.05
    other.unlink()
    begin = time.monotonic()
    turns.give_way(vault, "S-MYSELF", most=60)
    assert time.monotonic() - begin < 30
    mine.unlink()


def test_a_folder_that_is_gone_is_a_line_of_nobody(tmp_path: Path) -> None:
    with turns.waiting(tmp_path / "nowhere", "S-MYSELF") as before:
        assert before() == 0
    assert turns.line(tmp_path / "nowhere") == []


def test_whoever_waits_for_the_lock_is_seen_and_gone_afterwards(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    other = world.other()
    seen: list[str] = []

    def look(before: int) -> float:
        seen.extend(seat for _, seat in turns.line(world.path))
        return 0.001 * before

    monkeypatch.setattr(turns, "pause", look)
    monkeypatch.setattr(unit_of_work, "_LOCK_SECONDS", 0.05)
    with world.vault.unit_of_work() as uow:
        with pytest.raises(VaultBusy), other.unit_of_work():
            pass
        uow.commit(world.event(Kind.LIST_SHOWN))
    assert set(seen) == {other.seat}
    assert turns.line(world.path) == []
    other.close()


def test_a_young_leftover_slows_a_seat_and_stops_nobody(world: World) -> None:
    leave_behind(world.path, "S-DEAD01", age=1)
    begin = time.monotonic()
    world.looks(3)
    assert time.monotonic() - begin < 5
    assert world.vault.log.size
    assert turns.MOST_SECONDS < 0.5  # none of the seats of an import waits for good behind a leftover
    world.close()
    world.open()
    (world.path / FOLDER / f"S-DEAD01{WAITS}").unlink()
