"""Backups made by themselves: due once a day, proven at once, few kept, a failure that stops nobody."""

import json
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from support import PASS, Desk, Doctor, done, no

from compliance.clock import FixedClock, shanghai_day
from compliance.errors import Cancelled, InputErrors
from compliance.model.access import Role
from compliance.model.audit import Kind
from compliance.progress import ProgressSlot
from compliance.use_cases.ending import erasure
from compliance.use_cases.evidence import evidence
from compliance.use_cases.overview import today as days
from compliance.use_cases.seat import session as sessions
from compliance.use_cases.seeing import cases
from compliance.use_cases.signing import approvals
from compliance.use_cases.upkeep import backups, maintenance
from compliance.use_cases.upkeep.backup_state import Folder, backup_state
from compliance.vault.folder import generations

STAFF = {"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK, "zhou": Role.AUDITOR}


class Place:
    """A vault with two people and two folders for its copies."""

    def __init__(self, folder: Path) -> None:
        self.desk = Desk.create(folder, staff=STAFF)
        self.desk.bring([Doctor(number="T1", name="令狐望月"), Doctor(number="T2", name="令狐听松")])
        self.data, self.keys = folder / "copies", folder / "keys"
        self.data.mkdir()
        self.keys.mkdir()

    def choose(self) -> None:
        done(backups.set_backup_folders(self.desk.sit("zhao"), {Folder.DATA: self.data, Folder.KEYS: self.keys}))

    def run(self, name: str = "zhao") -> backups.BackupRun | None:
        return backups.back_up_if_due(self.desk.sit(name)).value

    def tile(self, name: str = "zhao") -> tuple[str, str]:
        found = [t for t in done(days.today(self.desk.sit(name))).tiles if t.key.startswith("backup_")]
        assert len(found) == 1
        return found[0].key, found[0].severity


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.desk.rise()


def test_nothing_happens_before_the_officer_chose(place: Place) -> None:
    assert place.run() is None
    assert place.tile() == ("backup_none", "alarm")
    with pytest.raises(InputErrors, match="backup_dir_unset"):
        backups.back_up_now(place.desk.sit("zhao"))
    refused = backups.set_backup_folders(place.desk.sit("chen"), {Folder.DATA: place.data})
    assert no(refused).reason == "role_not_allowed"


def test_once_a_day_copied_and_proven(place: Place) -> None:
    place.choose()
    assert place.tile() == ("backup_old", "alarm")
    run = place.run()
    assert run == backups.BackupRun(copied=True, keys=True, rehearsed=True, fault="")
    assert place.tile() == ("backup_good", "calm")
    assert place.run() is None
    place.desk.wait(hours=13)  # 10:00 in Shanghai becomes 23:00 of the same day
    assert place.run() is None
    place.desk.wait(hours=1)
    assert place.run() == run
    session = place.desk.sit("zhao")
    assert len(list(place.data.iterdir())) == len(list(place.keys.iterdir())) == 2
    assert not any((d / "keys.db").exists() or (d / "index.db").exists() for d in place.data.iterdir())
    with session.vault.snapshot() as snap:
        entries = snap.log.find(kind=(Kind.BACKED_UP, Kind.REHEARSED), newest_first=False)
    assert [e.data["detail"].get("what", "proof") for e in entries] == ["vault", "keys", "proof"] * 2
    assert str(place.data).encode() not in b"".join(e.body for e in entries)
    info = sessions.peek_vault(place.desk.vault)
    assert info.last_backup
    assert info.last_rehearsal == info.last_backup
    assert info.backup_fault == ""


def test_who_holds_no_keys_copies_the_data_and_the_next_proves_it(place: Place) -> None:
    place.choose()
    run = place.run("zhou")
    assert run == backups.BackupRun(copied=True, keys=False, rehearsed=False, fault="")
    assert place.run("zhou") is None
    assert place.tile()[0] == "backup_old"
    with pytest.raises(InputErrors, match="backup_none_yet"):
        backups.rehearse_newest(place.desk.sit("zhao"))
    assert place.run("wu") == backups.BackupRun(copied=False, keys=True, rehearsed=True, fault="")
    assert place.tile() == ("backup_good", "calm")


def test_a_restore_from_the_newest_pair_opens(place: Place, tmp_path: Path) -> None:
    place.choose()
    place.run()
    vault_id = place.desk.sit("zhao").vault.vault_id
    data, keys = generations.newest(place.data, vault_id), generations.newest_keys(place.keys, vault_id)
    assert data is not None
    assert keys is not None
    place.desk.rise()
    clock = FixedClock(place.desk.at)
    assert maintenance.rehearse(data, keys, user="zhao", passphrase=PASS, clock=clock).ok
    into = tmp_path / "again.ckvault"
    maintenance.restore(data, keys, into=into, user="zhao", passphrase=PASS, clock=clock)
    session = sessions.open_session(into, user="zhao", passphrase=PASS, clock=clock)
    assert isinstance(session, sessions.Session)
    assert done(days.today(session)).people == 2
    assert evidence.check_vault(session, full=True).value.ok  # type: ignore[union-attr]
    sessions.close_session(session)


def test_few_generations_are_kept_and_only_ours_are_removed(place: Place) -> None:
    place.choose()
    stranger = place.data / "V-AAAAAAAAAAAA-20200101"
    stranger.mkdir()
    (place.keys / "family.jpg").write_bytes(b"x")
    vault_id = place.desk.sit("zhao").vault.vault_id
    (place.data / f"{vault_id}-20200101").mkdir()  # our name, but no backup
    for _ in range(17):
        assert place.run() is not None
        place.desk.wait(days=1)
    named = sorted(p.name for p in place.data.iterdir() if (p / "header.json").exists())
    assert len(named) == 7
    assert named[-1].endswith(shanghai_day(place.desk.at - timedelta(days=1)).strftime("%Y%m%d"))
    assert len(list(place.keys.glob("*.keys"))) == 14
    assert stranger.is_dir()
    assert (place.keys / "family.jpg").exists()
    assert (place.data / f"{vault_id}-20200101").exists()


def test_a_disk_that_is_gone_leaves_a_warning_and_one_task_and_the_next_unlocking_tries_again(place: Place) -> None:
    place.choose()
    aside = place.data.with_name("unplugged")
    place.data.rename(aside)
    for _ in range(2):
        run = place.run()
        assert run is not None
        assert run.fault == "backup_dir_missing"
    assert not place.data.exists()
    assert place.tile() == ("backup_failed", "alarm")
    tasks = [t for t in done(cases.list_tasks(place.desk.sit("zhao"))) if t.kind == "backup_failed"]
    assert len(tasks) == 1
    assert sessions.peek_vault(place.desk.vault).backup_fault == "backup_dir_missing"
    aside.rename(place.data)
    run = place.run()
    assert run is not None
    assert (run.fault, run.rehearsed) == ("", True)
    assert place.tile() == ("backup_good", "calm")
    assert not [t for t in done(cases.list_tasks(place.desk.sit("zhao"))) if t.kind == "backup_failed"]


def test_a_copy_that_went_bad_is_found_by_the_rehearsal(place: Place) -> None:
    place.choose()
    place.run()
    vault_id = place.desk.sit("zhao").vault.vault_id
    keys = generations.newest_keys(place.keys, vault_id)
    assert keys is not None
    raw = bytearray(keys.read_bytes())
    raw[5000] ^= 1
    keys.write_bytes(raw)
    tried = done(backups.rehearse_newest(place.desk.sit("zhao")))
    assert (tried.ok, tried.problems) == (False, ("file_damaged",))
    assert place.tile() == ("backup_failed", "alarm")
    done(backups.back_up_now(place.desk.sit("zhao")))
    assert done(backups.rehearse_newest(place.desk.sit("zhao"))).ok


def test_stopping_leaves_nothing_half_made(place: Place) -> None:
    place.choose()
    slot = ProgressSlot()
    slot.cancel()
    with pytest.raises(Cancelled):
        backups.back_up_if_due(place.desk.sit("zhao"), slot)
    assert list(place.data.iterdir()) == []
    run = place.run()
    assert run is not None
    assert run.rehearsed


def test_a_folder_half_written_is_replaced_and_a_second_seat_keeps_out(place: Place) -> None:
    place.choose()
    vault_id = place.desk.sit("zhao").vault.vault_id
    part = place.data / f"{vault_id}-{shanghai_day(place.desk.at).strftime('%Y%m%d')}.part"
    part.mkdir()
    (part / "main.db").write_bytes(b"half")
    with generations.alone(place.desk.vault) as mine:
        assert mine
        assert place.run() is None
        assert done(backups.back_up_now(place.desk.sit("zhao"))).fault == "backup_running"
    run = place.run()
    assert run is not None
    assert run.rehearsed
    assert not part.exists()


def test_the_folders_are_looked_at_before_they_are_taken(place: Place, tmp_path: Path) -> None:
    sync = tmp_path / "OneDrive" / "copies"
    sync.mkdir(parents=True)
    inside = place.data / "inside"
    inside.mkdir()
    file = tmp_path / "file"
    file.write_bytes(b"")
    bad = [
        ({Folder.DATA: tmp_path / "missing"}, "backup_dir_missing"),
        ({Folder.DATA: file}, "backup_dir_missing"),
        ({Folder.DATA: sync}, "backup_dir_sync"),
        ({Folder.KEYS: place.desk.vault / "evidence"}, "backup_dir_vault"),
        ({Folder.DATA: place.desk.vault.parent}, "backup_dir_vault"),
        ({Folder.DATA: place.data, Folder.KEYS: inside}, "backup_dirs_together"),
        ({Folder.DATA: place.data, Folder.KEYS: place.data}, "backup_dirs_together"),
    ]
    for chosen, code in bad:
        with pytest.raises(InputErrors, match=code):
            backups.set_backup_folders(place.desk.sit("zhao"), chosen)
    assert backup_state(place.desk.sit("zhao")).data_dir == ""
    place.choose()
    done(backups.set_backup_folders(place.desk.sit("zhao"), {Folder.DATA: None}))
    assert place.tile() == ("backup_none", "alarm")


def test_documents_are_shared_between_generations_and_an_erasure_leaves_the_new_ones(place: Place) -> None:
    place.choose()
    hcp = place.desk.id_of("令狐望月")
    place.desk.consent(hcp)
    place.run()
    place.desk.wait(days=1)
    place.run()
    old, new = sorted(p for p in place.data.iterdir())
    (document,) = (old / "evidence").iterdir()
    assert (new / "evidence" / document.name).stat().st_ino == document.stat().st_ino
    asked = erasure.request_erasure(place.desk.sit("zhao"), hcp_id=hcp, reason="request").value
    approvals.approve(place.desk.sit("chen"), request_id=asked.request_id)  # type: ignore[union-attr]
    place.desk.wait(days=1)
    place.run()
    assert list((max(place.data.iterdir()) / "evidence").iterdir()) == []
    assert document.exists()


def test_a_restricted_store_is_not_copied_over_good_copies(place: Place) -> None:
    place.choose()
    place.run()
    session = place.desk.sit("zhao")
    session.vault.restricted = True
    place.desk.wait(days=1)
    assert place.run() is None
    assert len(list(place.data.iterdir())) == 1
    session.vault.restricted = False


def test_what_stands_in_the_open_may_be_anything(place: Place) -> None:
    for junk in (b"", b"[1]", b"{", json.dumps({"last": 5}).encode()):
        (place.desk.vault / "backups.json").write_bytes(junk)
        assert sessions.peek_vault(place.desk.vault).kind == "master"
    shutil.rmtree(place.data)
    assert isinstance(place.desk.at, datetime)
