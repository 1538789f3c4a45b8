"""Imports: staged unseen, published at once, dropped, undone, and swept after a crash."""

import random
import subprocess
import sys
from pathlib import Path

import pytest
from vault_support import NOW, World, all_bytes, encodings, new_person, publish, start, value
from vault_support import stage as stage_people

from compliance.errors import InputErrors, VaultError
from compliance.model.access import Section
from compliance.model.audit import Kind
from compliance.model.ids import MANY, ids_of, is_hcp_id, near_ids
from compliance.model.register import BatchState
from compliance.vault import SearchQuery, UndoRefused

IDS = [new_person(n).hcp_id for n in range(30)]


def stage(world: World, numbers: range, name: str = "B-1") -> None:
    people = [new_person(n) for n in numbers]
    stage_people(world.vault, name, people, world.event(Kind.IMPORT_STAGED, *(p.hcp_id for p in people), batch=name))


def seen(world: World) -> int:
    """How many traces of the import any kind of read meets."""
    with world.vault.unit_of_work() as uow:
        return sum(
            (
                uow.people.count(),
                len(uow.people.ids()),
                uow.people.get(IDS[0]) is not None,
                len(uow.people.get_many(IDS)),
                len(uow.consents.events(IDS[0])),
                len(uow.consents.states(IDS[0])),
                sum(map(len, uow.consents.states_many(IDS).values())),
                sum(sum(c.values()) for c in uow.consents.counts_by_item(at=NOW).values()),
                uow.consents.event("CE-0") is not None,
                uow.index.search(SearchQuery(text="诸葛", at=NOW)).total,
                len(uow.index.find("licence", "310000000000000")),
                len(uow.index.find_many("licence", ["310000000000000"])),
                len(uow.index.get_many(IDS)),
            )
        )


def undo(world: World, name: str = "B-1") -> UndoRefused | int:
    with world.vault.unit_of_work() as uow:
        outcome = uow.batches.undo(name)
        uow.commit(world.event(Kind.IMPORT_UNDONE, batch=name))
    return outcome


def test_nothing_is_seen_before_publishing_and_all_after(world: World) -> None:
    start(world)
    stage(world, range(15))
    stage(world, range(15, 30))
    assert seen(world) == 0
    publish(world)
    with world.vault.snapshot() as snap:
        assert snap.people.count() == 30
        assert snap.people.ids(batch="B-1") == IDS
        person = snap.people.get(IDS[3])
        assert person is not None and person.batch == "B-1"
        assert snap.consents.states(IDS[3])["visit"].code == "IMPORTED_NO_PROOF"
    assert seen(world) > 200
    assert world.vault.check(full=True).ok


def test_staged_people_cannot_be_changed_from_outside(world: World) -> None:
    start(world)
    stage(world, range(3))
    with pytest.raises(InputErrors, match="unknown_person"), world.vault.unit_of_work() as uow:
        uow.sections.write(IDS[0], Section.CONTACT, {"mobile": value("1")})
    with pytest.raises(InputErrors, match="person_exists"), world.vault.unit_of_work() as uow:
        uow.people.add(IDS[0], created_at=NOW)


def test_dropping_leaves_nothing(world: World) -> None:
    start(world)
    stage(world, range(30))
    with world.vault.unit_of_work() as uow:
        assert uow.batches.drop("B-1") == 30
        uow.commit(world.event(Kind.IMPORT_DROPPED, batch="B-1"))
    assert seen(world) == 0
    assert world.vault.keys.numbers() == set()
    assert world.vault.db.value("SELECT count(*) FROM people") == 0
    assert world.vault.db.value("SELECT count(*) FROM idx.person") == 0
    assert world.vault.check(full=True).ok


def test_undo_takes_everything_back(world: World) -> None:
    world.person("HCP-KKKKKKKK")
    start(world)
    stage(world, range(30))
    publish(world)
    assert undo(world) == 30
    with world.vault.snapshot() as snap:
        assert snap.people.ids() == ["HCP-KKKKKKKK"]
        batch = snap.batches.get("B-1")
        assert batch is not None and batch.state is BatchState.UNDONE
    assert world.vault.db.value("SELECT count(*) FROM consent_event") == 0
    assert len(world.vault.keys.numbers()) == 1
    assert world.vault.check(full=True).ok


def test_undo_is_refused_once_somebody_touched_a_person(world: World) -> None:
    start(world)
    stage(world, range(5))
    publish(world)
    world.looks(2, IDS[0])
    with world.vault.unit_of_work() as uow:
        uow.sections.write(IDS[2], Section.CONTACT, {"mobile": value("13900000000")})
        uow.commit(world.event(Kind.PERSON_AMENDED, IDS[2]))
    with world.vault.unit_of_work() as uow:
        uow.evidence.seal(IDS[4], b"scan", "image/png")
        uow.commit(world.event(Kind.TASK_DONE))
    with world.vault.unit_of_work() as uow:
        assert uow.batches.undo("B-1") == UndoRefused((IDS[2], IDS[4]))
    with world.vault.snapshot() as snap:
        assert snap.people.count() == 5


def test_wrong_states_are_refused(world: World) -> None:
    start(world)
    with pytest.raises(InputErrors, match="batch_exists"):
        start(world)
    with pytest.raises(InputErrors, match="batch_state"):
        undo(world)
    with pytest.raises(InputErrors, match="unknown_batch"):
        publish(world, "B-9")
    publish(world)
    with pytest.raises(InputErrors, match="batch_state"):
        stage(world, range(2))
    with pytest.raises(InputErrors, match="batch_state"):
        publish(world)


def test_a_bad_row_takes_its_whole_chunk_back(world: World) -> None:
    start(world)
    stage(world, range(5))
    with pytest.raises(VaultError):
        stage(world, range(4, 8))
    publish(world)
    with world.vault.snapshot() as snap:
        assert snap.people.count() == 5
    assert len(world.vault.keys.numbers()) == 5
    assert world.vault.check(full=True).ok


@pytest.mark.slow
@pytest.mark.req("REQ-039")
def test_a_killed_import_is_swept_and_leaves_nothing_readable(world: World) -> None:
    world.person("HCP-KKKKKKKK")
    chance = random.Random(7)
    for round_ in range(3):
        first = 1000 * (round_ + 1)
        with subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("import_child.py")), world.path, world.state, str(first)],
            stdout=subprocess.PIPE,
            text=True,
        ) as child:
            assert child.stdout is not None
            for _ in range(chance.randint(1, 12)):
                assert int(child.stdout.readline()) > 0
            child.kill()
        needles = [n for text in (f"诸葛{first}", f"139{first:08}") for n in encodings(text)]
        for name, data in all_bytes(world.path, world.state).items():
            assert not any(needle in data for needle in needles), name
        world.close()
        world.open()
        with world.vault.snapshot() as snap:
            assert snap.people.ids() == ["HCP-KKKKKKKK"]
            assert snap.log.find(kind=Kind.SEAT_SWEPT)
            batch = snap.batches.get(f"B-{first}")
            assert batch is not None and batch.state is BatchState.DROPPED
        assert world.vault.db.value("SELECT count(*) FROM people") == 1
        assert len(world.vault.keys.numbers()) == 1
        assert world.vault.check(full=True).ok


def test_keys_of_people_never_committed_are_swept(world: World) -> None:
    """A crash between the two commits of a creation: keys are durable, the rows are not."""
    world.person("HCP-KKKKKKKK")
    generation = world.vault.keys.generation()
    world.vault.keys.create([(77, "HCP-QQQQQQQQ", 0)], [bytes(44)], generation + 1)
    assert world.vault.keys.numbers() == {1, 77}
    world.close()
    world.open()
    assert world.vault.keys.numbers() == {1}
    assert not world.vault.restricted


def test_a_living_seat_keeps_its_import_when_another_opens(world: World) -> None:
    start(world)
    stage(world, range(5))
    other = world.other()
    other.close(NOW)
    publish(world)
    with world.vault.snapshot() as snap:
        assert snap.people.count() == 5


def test_an_id_somebody_has_is_not_granted_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of half a million random ids two are alike in one draw of nine: draws with an id of somebody are thrown away."""
    seeds = [bytes([number]) * 32 for number in range(3)]
    world.person(ids_of(seeds[0], "HCP", 3)[1])
    promised = set(ids_of(seeds[1], "HCP", 3)[2:])
    drawn = list(seeds)
    with world.vault.unit_of_work() as uow:
        monkeypatch.setattr("compliance.vault.people.people.secrets.token_bytes", lambda _size: drawn.pop(0))
        fresh = uow.people.fresh_ids(3, but=promised)
    assert fresh.seed == seeds[2] and fresh.ids == ids_of(seeds[2], "HCP", 3)
    assert len(set(fresh.ids)) == 3 and all(is_hcp_id(one) for one in fresh.ids)


def test_ids_of_one_draw_begin_alike_and_no_two_are_alike() -> None:
    draws = [near_ids("EV", 1000) for _ in range(3)]
    assert len({made for draw in draws for made in draw}) == 3000
    for draw in draws:
        assert {len(made) for made in draw} == {len("EV-") + MANY} and len({made[:7] for made in draw}) == 1
    assert len({draw[0][:7] for draw in draws}) == 3
