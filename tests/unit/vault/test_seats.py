"""Several processes at one vault: every update counts, dead seats are swept, acknowledged commits survive a kill."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from vault_support import World

from compliance.model.audit import Kind

CHILD = str(Path(__file__).with_name("seat_child.py"))


def seat(world: World, turns: int, *more: str) -> "subprocess.Popen[str]":
    child = subprocess.Popen(
        [sys.executable, CHILD, world.path, world.state, str(turns), *more],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


@pytest.mark.slow
def test_no_update_is_lost_and_numbers_are_unique(world: World) -> None:
    children = [seat(world, 60) for _ in range(3)]
    answers = []
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    for child in children:
        with child:
            assert child.stdout is not None
            answers.append(json.loads(child.stdout.readline()))
    numbers = [n for answer in answers for n in answer["numbers"]]
    assert len(numbers) == len(set(numbers)) == 180
    with world.vault.snapshot() as snap:
        assert snap.settings.get("count") == "180"
    assert world.vault.check(full=True).ok


@pytest.mark.slow
def test_a_killed_seat_is_swept_and_its_commits_stay(world: World) -> None:
    with seat(world, 5, "hold") as child:
        assert child.stdin is not None and child.stdout is not None
        child.stdin.write("go\n")
        child.stdin.flush()
        assert child.stdout.readline() == "holding\n"
        child.kill()
    assert len(list((world.path / "seats").glob("S-*.lock"))) == 2
    world.close()
    world.open()
    assert len(list((world.path / "seats").glob("S-*.lock"))) == 1
    with world.vault.snapshot() as snap:
        assert snap.settings.get("count") == "5"
        (swept,) = snap.log.find(kind=Kind.SEAT_SWEPT)
        assert swept.data["detail"]["user"] == "林岚"
    assert world.vault.check(full=True).ok


def test_who_sits_is_known_and_a_free_seat_disappears(world: World) -> None:
    from compliance.vault.folder import seats

    other = world.other()
    assert {info.user for info in seats.living(world.path)} == {"林岚"}
    assert len(seats.living(world.path)) == 2 and seats.count(world.path) == 2
    other.close()
    assert [info.seat for info in seats.living(world.path)] == [world.vault.seat]
