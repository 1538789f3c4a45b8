"""Backup, rehearsal, restore; erasure reaches copies; migrations work on a copy."""

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from vault_support import NOW, PASS, World, all_bytes, encodings, imported_yes, open_line

from compliance.errors import InputErrors, VaultCorrupt, VaultError, VaultTooNew, WrongPassphrase
from compliance.model.access import RecordStatus, Section
from compliance.model.audit import AuditEvent, Kind
from compliance.model.consent import ConsentStatus, EventKind
from compliance.vault import Maintenance, RoleKey, migrations, rehearse, restore, schema
from compliance.vault.engine.connection import Connection
from compliance.vault.folder import generations, seats
from compliance.vault.people import erasure

HCP = "HCP-AAAAAAAA"


def erased(world: World, hcp: str = HCP) -> AuditEvent:
    return replace(world.event(Kind.ERASED, hcp), at=NOW + timedelta(days=1))


def take_backup(world: World, tmp_path: Path) -> tuple[Path, Path]:
    report = world.vault.backup(tmp_path / "backup", NOW)
    world.vault.backup_keys(tmp_path / "keys.bak", NOW)
    assert report.files >= 4
    return tmp_path / "backup", tmp_path / "keys.bak"


@pytest.mark.req("REQ-039")
def test_backup_holds_no_keys_and_no_clear_value(world: World, tmp_path: Path) -> None:
    world.person(HCP)
    folder, keys = take_backup(world, tmp_path)
    names = {path.name for path in folder.rglob("*") if path.is_file()}
    assert "main.db" in names and not names & {"keys.db", "index.db"}
    needles = [n for text in ("欧阳若溪", "13800138000") for n in encodings(text)]
    for name, data in (*all_bytes(folder).items(), (str(keys), keys.read_bytes())):
        assert not any(needle in data for needle in needles), name
    assert world.vault.check(full=True).ok


def test_rehearsal_opens_both_together_and_touches_nothing(world: World, tmp_path: Path) -> None:
    world.person(HCP)
    folder, keys = take_backup(world, tmp_path)
    before = all_bytes(folder), keys.read_bytes()
    report = rehearse(folder, keys, user="林岚", passphrase=PASS, now=NOW, state_dir=world.state)
    assert report.ok and report.entries >= 4
    assert (all_bytes(folder), keys.read_bytes()) == before
    assert not list(world.state.glob("rehearsal-*"))
    with pytest.raises(WrongPassphrase):
        rehearse(folder, keys, user="林岚", passphrase="wrong wrong", now=NOW, state_dir=world.state)
    (folder / "main.db").write_bytes((folder / "main.db").read_bytes()[:-4096])
    with pytest.raises(VaultCorrupt):
        rehearse(folder, keys, user="林岚", passphrase=PASS, now=NOW, state_dir=world.state)


def test_a_later_backup_refreshes_and_a_foreign_folder_is_refused(world: World, tmp_path: Path) -> None:
    world.person(HCP)
    with world.vault.unit_of_work() as uow:
        uow.evidence.seal(HCP, b"one", "text/plain")
        uow.commit(world.event(Kind.EVIDENCE_SEALED, HCP))
    folder, _ = take_backup(world, tmp_path)
    with world.vault.unit_of_work() as uow:
        row = uow.evidence.seal(HCP, b"two", "text/plain")
        uow.commit(world.event(Kind.EVIDENCE_SEALED, HCP))
    folder, keys = take_backup(world, tmp_path)
    assert len(list((folder / "evidence").iterdir())) == 2
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x").write_text("x")
    for target in (tmp_path / "other", world.path):
        with pytest.raises(InputErrors, match="backup_target"):
            world.vault.backup(target, NOW)
    with pytest.raises(InputErrors, match="inside_vault"):
        world.vault.backup_keys(world.path / "keys.bak", NOW)
    world.close()
    back = restore(
        folder, keys, into=tmp_path / "new.ckvault", user="林岚", passphrase=PASS, now=NOW, state_dir=world.state
    )
    with back.vault.unit_of_work() as uow:
        assert uow.evidence.open(row.evidence_id) == b"two"
        uow.commit(world.event(Kind.EVIDENCE_OPENED, HCP))
    back.vault.close(NOW)


@pytest.mark.req("REQ-094")
def test_restore_erases_and_withdraws_again_before_anyone_reads(world: World, tmp_path: Path) -> None:
    world.person(HCP)
    world.person("HCP-BBBBBBBB", name="司马")
    with world.vault.unit_of_work() as uow:
        uow.consents.set_state("HCP-BBBBBBBB", open_line("visit"))
        uow.commit(world.event(Kind.CONSENT_RECORDED, "HCP-BBBBBBBB"))
    folder, keys = take_backup(world, tmp_path)
    world.vault.erase(HCP, erased(world))
    withdrawal = replace(
        imported_yes("CE-W", "HCP-BBBBBBBB"), kind=EventKind.WITHDRAWN, received_at=NOW + timedelta(hours=1)
    )
    with world.vault.unit_of_work() as uow:
        uow.consents.add(withdrawal)
        uow.commit(world.event(Kind.CONSENT_WITHDRAWN, "HCP-BBBBBBBB"))
    shutil.rmtree(world.path)
    back = restore(
        folder, keys, into=tmp_path / "new.ckvault", user="林岚", passphrase=PASS, now=NOW, state_dir=world.state
    )
    assert (back.erased_again, back.withdrawn_again) == (1, 1)
    with back.vault.unit_of_work() as uow:
        person = uow.people.get(HCP)
        assert person is not None and person.status is RecordStatus.ERASED
        assert uow.sections.read_for(Maintenance.CHECK, HCP, Section) == {}
        assert uow.consents.event("CE-W") == replace(
            withdrawal,
            origin=back.vault.origin,
            sequence=uow.consents.event("CE-W").sequence,  # type: ignore[union-attr]
        )
        assert uow.consents.states("HCP-BBBBBBBB")["visit"].status is ConsentStatus.WITHDRAWN
        assert len(uow.log.find(kind=Kind.RESTORED)) == 1
    assert back.vault.keys.numbers() == {2}
    assert back.vault.check(full=True).ok
    back.vault.close(NOW)


def test_restore_never_overwrites_and_leaves_nothing_when_it_fails(world: World, tmp_path: Path) -> None:
    folder, keys = take_backup(world, tmp_path)
    with pytest.raises(InputErrors, match="vault_exists"):
        restore(folder, keys, into=world.path, user="林岚", passphrase=PASS, now=NOW)
    keys.write_bytes(b"x" * 8192)
    with pytest.raises(VaultCorrupt, match="files_swapped"):
        restore(folder, keys, into=tmp_path / "n", user="林岚", passphrase=PASS, now=NOW, state_dir=world.state)
    assert not (tmp_path / "n").exists()


@pytest.mark.req("REQ-093")
def test_erasure_leaves_no_key_no_row_no_word_no_file(world: World) -> None:
    world.person(HCP)
    world.person("HCP-BBBBBBBB", name="司马", phone="13700000000")
    with world.vault.unit_of_work() as uow:
        uow.consents.add(imported_yes("CE-1", HCP))
        uow.consents.set_state(HCP, open_line("visit"))
        uow.evidence.seal(HCP, b"scan", "image/png")
        uow.commit(world.event(Kind.CONSENT_RECORDED, HCP))
    index = world.vault.erase(HCP, erased(world))
    db, vault = world.vault.db, world.vault
    assert vault.keys.numbers() == {2}
    assert list((world.path / "evidence").iterdir()) == []
    for table in schema.TABLES:
        if "hcp" in table.columns and table.name != "people":
            assert db.value(f"SELECT count(*) FROM {table.name} WHERE hcp = 1") == 0, table.name
    for table in ("person", "blind"):
        assert db.value(f"SELECT count(*) FROM idx.{table} WHERE hcp = 1") == 0, table
    for trace in ("欧".encode(), b"1ou", b"2yang"):
        for held in ("block FROM idx.grams_data", "term FROM idx.grams_idx"):
            assert all(trace not in bytes(block) for (block,) in db.execute(f"SELECT {held}")), trace
    with vault.snapshot() as snap:
        person = snap.people.get(HCP)
        assert person is not None and person.status is RecordStatus.ERASED
        kinds = [entry.data["kind"] for entry in snap.log.find(hcp=HCP)]
        entry = snap.log.entry(index)
        assert entry is not None and entry.data["kind"] == "erased"
    assert kinds[:2] == ["erased", "erasure_begun"]
    assert all(path.stat().st_size == 0 for path in world.path.glob("*-wal"))
    assert vault.check(full=True).ok
    with pytest.raises(InputErrors, match="person_erased"):
        vault.erase(HCP, erased(world))


def test_an_interrupted_erasure_is_completed_at_the_next_open(world: World) -> None:
    world.person(HCP)
    with world.vault.unit_of_work() as uow:
        erasure.begin(uow, HCP, erased(world))
    world.vault.abandon()
    world.open()
    with world.vault.snapshot() as snap:
        person = snap.people.get(HCP)
        assert person is not None and person.status is RecordStatus.ERASED
    assert world.vault.keys.numbers() == set()
    assert world.vault.check(full=True).ok


def test_an_erasure_interrupted_after_the_key_died_is_completed(world: World) -> None:
    world.person(HCP)
    with world.vault.unit_of_work() as uow:
        erasure.begin(uow, HCP, erased(world))
    world.vault.keys.destroy([1], world.vault.keys.generation() + 1)
    world.vault.abandon()
    world.open()
    assert not world.vault.restricted
    with world.vault.snapshot() as snap:
        person = snap.people.get(HCP)
        assert person is not None and person.status is RecordStatus.ERASED
    assert world.vault.check(full=True).ok


#: The format after the one this program writes.
NEXT = schema.VERSION + 1


def _add_column(db: Connection) -> None:
    db.execute("CREATE TABLE added (a)")


def _break(db: Connection) -> None:
    db.execute("CREATE TABLE half (a)")
    raise VaultError("boom")


def test_migration_works_on_a_copy_and_only_forward(world: World) -> None:
    key, main = world.vault.keyring.file_key(RoleKey.MAIN), world.path / "main.db"
    world.person(HCP)
    world.close()
    before = main.read_bytes()
    seat = seats.take(world.path, user="林岚", now=NOW)
    common = {"user": "林岚", "now": NOW}
    with pytest.raises(VaultError, match="boom"):
        migrations.upgrade(
            main,
            key,
            seat,
            steps=(migrations.Step(NEXT, _add_column), migrations.Step(NEXT + 1, _break)),
            target=NEXT + 1,
            **common,
        )
    assert main.read_bytes() == before
    assert not list(world.path.glob("main.db.*"))
    assert (
        migrations.upgrade(main, key, seat, steps=(migrations.Step(NEXT, _add_column),), target=NEXT, **common)
        == NEXT - 1
    )
    assert migrations.version(main, key) == NEXT
    assert (world.path / f"main.db.v{NEXT - 1}").read_bytes() == before
    with pytest.raises(VaultTooNew):
        migrations.upgrade(main, key, seat, **common)
    with pytest.raises(VaultCorrupt, match="migration_failed"):
        migrations.upgrade(main, key, seat, steps=(), target=NEXT + 1, **common)
    seat.leave()


def test_the_original_of_a_format_step_goes_with_the_next_backup(world: World, tmp_path: Path) -> None:
    """The erased would stand in it for ever; a backup that was refused takes nothing away."""
    old, beside = world.path / f"main.db.v{NEXT - 1}", world.path / "main.db.note"
    beside.write_bytes(b"somebody else's")
    for make in (
        lambda: world.vault.backup(tmp_path / "backup", NOW),
        lambda: generations.make(world.vault, tmp_path, NOW, day=NOW.date(), keep=2),
    ):
        old.write_bytes(b"the database as it was")
        with pytest.raises(InputErrors, match="backup_target"):
            world.vault.backup(world.path, NOW)
        assert old.exists()
        folder = make().folder
        assert not old.exists() and beside.exists() and not list(folder.glob("main.db.*"))
    assert world.vault.check(full=True).ok


def test_migration_waits_for_nobody_to_sit(world: World) -> None:
    from compliance.errors import VaultBusy

    key, main = world.vault.keyring.file_key(RoleKey.MAIN), world.path / "main.db"
    seat = seats.take(world.path, user="何", now=NOW)
    with pytest.raises(VaultBusy) as fault:
        migrations.upgrade(
            main, key, seat, steps=(migrations.Step(NEXT, _add_column),), target=NEXT, user="何", now=NOW
        )
    assert fault.value.params["holder"] == "林岚"
    seat.leave()


def test_a_backup_taken_while_another_seat_works_restores_clean(world: World, tmp_path: Path) -> None:
    world.person(HCP)
    other = world.other()
    world.vault.backup(tmp_path / "backup", NOW)
    other.checkpoint(NOW)
    world.vault.backup(tmp_path / "backup", NOW)
    with other.unit_of_work() as uow:
        uow.commit(world.event(Kind.LIST_SHOWN))
    world.vault.backup_keys(tmp_path / "keys.bak", NOW)
    other.close()
    world.close()
    report = rehearse(
        tmp_path / "backup", tmp_path / "keys.bak", user="林岚", passphrase=PASS, now=NOW, state_dir=world.state
    )
    assert report.ok, report.problems


def test_evidence_of_the_erased_leaves_the_backup_too(world: World, tmp_path: Path) -> None:
    world.person(HCP)
    with world.vault.unit_of_work() as uow:
        uow.evidence.seal(HCP, b"scan", "image/png")
        uow.commit(world.event(Kind.EVIDENCE_SEALED, HCP))
    folder, _ = take_backup(world, tmp_path)
    assert len(list((folder / "evidence").iterdir())) == 1
    world.vault.erase(HCP, erased(world))
    take_backup(world, tmp_path)
    assert list((folder / "evidence").iterdir()) == []
