"""Rotation of keys: everybody goes on, old copies die, and a crash at any step leaves a vault that opens."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from vault_support import CHEAP, NOW, PASS, World, value

from compliance.errors import InputErrors, VaultBusy, VaultCorrupt, VaultError
from compliance.model.access import Role, Section
from compliance.model.audit import Kind
from compliance.vault import Maintenance, RoleKey, open_vault, recover, rehearse
from compliance.vault.keys import header as headers
from compliance.vault.keys.prepared import install_slot, prepare_slot

HCPS = ("HCP-AAAAAAAA", "HCP-BBBBBBBB")
CHILD = Path(__file__).with_name("rekey_child.py")


def fill(world: World) -> None:
    """Two people, guarded values, a document, and users of three roles."""
    for number, hcp in enumerate(HCPS):
        world.person(hcp, name=f"欧阳{number}")
    with world.vault.unit_of_work() as uow:
        uow.sections.write(HCPS[0], Section.FEES, {"fee": value("1000")})
        uow.sections.write(HCPS[0], Section.PROFILING, {"segment": value("A")})
        uow.evidence.seal(HCPS[0], b"paper", "application/pdf")
        world.vault.add_user(uow, "王规", Role.COMPLIANCE, PASS + " w", NOW)
        world.vault.add_user(uow, "周审", Role.AUDITOR, PASS + " z", NOW)
        uow.commit(world.event())


def reads(world: World) -> None:
    """Everything still opens with whatever keys the vault has now."""
    vault = world.vault
    with vault.unit_of_work() as uow:
        for number, hcp in enumerate(HCPS):
            found = uow.sections.read_for(Maintenance.AMEND, hcp, tuple(Section))
            assert found[Section.DIRECTORY]["full_name"].value == f"欧阳{number}"
        assert found is not None
        first = uow.sections.read_for(Maintenance.AMEND, HCPS[0], tuple(Section))
        assert first[Section.FEES]["fee"].value == "1000"
        assert first[Section.PROFILING]["segment"].value == "A"
        (paper,) = uow.evidence.of(HCPS[0])
        assert uow.evidence.open(paper.evidence_id) == b"paper"
    assert vault.check(full=True).ok, vault.check(full=True).problems


@pytest.mark.req("REQ-101")
def test_everybody_goes_on_and_every_rotated_key_is_new(world: World) -> None:
    fill(world)
    before = dict(world.vault.keyring.keys)
    assert world.vault.rekey(NOW) == 4
    after = world.vault.keyring.keys
    rotated = {RoleKey.EPOCH, RoleKey.KEYS, RoleKey.INDEX, RoleKey.PROFILING, RoleKey.FEES, RoleKey.PAYMENT}
    assert {key for key in RoleKey if before[key] != after[key]} == rotated
    reads(world)
    assert world.vault.index_stale
    world.person("HCP-CCCCCCCC")
    world.close()
    for user, secret in (("林岚", PASS), ("王规", PASS + " w"), ("周审", PASS + " z")):
        vault = world.open(user, secret)
        assert not vault.restricted
        assert vault.check(full=True).ok
        vault.close(NOW)
    world.open()
    reads(world)
    assert world.vault.header.epoch == 2
    assert world.vault.rekey(NOW) == 5
    with world.vault.snapshot() as snap:
        kinds = [e.data["kind"] for e in snap.log.find(kind=(Kind.REKEY_BEGUN, Kind.REKEYED), newest_first=False)]
    assert kinds == ["rekey_begun", "rekeyed"] * 2
    world.close()
    vault = recover(world.path, world.recovery, user="林岚", new_passphrase=PASS, now=NOW, state_dir=world.state)
    world.vault = vault
    reads(world)


def test_keys_taken_along_and_old_copies_open_nothing_new(world: World, tmp_path: Path) -> None:
    fill(world)
    copy, keys = tmp_path / "copy", tmp_path / "old.keys"
    world.vault.backup(copy, NOW)
    world.vault.backup_keys(keys, NOW)
    old_file_key = world.vault.keyring.file_key(RoleKey.KEYS)
    world.vault.rekey(NOW)
    fresh = tmp_path / "fresh"
    world.vault.backup(fresh, NOW)
    world.close()
    from compliance.vault.engine.connection import Connection

    with pytest.raises(VaultCorrupt):
        Connection.open(world.path / "keys.db", old_file_key)
    with pytest.raises(VaultCorrupt, match="files_swapped"):
        rehearse(fresh, keys, user="林岚", passphrase=PASS, now=NOW, state_dir=world.state)
    assert rehearse(copy, keys, user="林岚", passphrase=PASS, now=NOW, state_dir=world.state).ok


def test_it_needs_the_store_alone_and_every_key(world: World) -> None:
    fill(world)
    other = world.other("王规", PASS + " w")
    with pytest.raises(VaultBusy) as busy:
        world.vault.rekey(NOW)
    assert busy.value.params["holder"] == "王规"
    with pytest.raises(VaultError, match="no_key"):
        other.rekey(NOW)
    other.close(NOW)
    assert world.vault.header.epoch == 1
    assert not (world.path / "keys.db.next").exists()
    reads(world)


def test_a_slot_the_register_does_not_know_gets_no_keys(world: World) -> None:
    fill(world)
    identity = headers.Identity.generate()
    slot = headers.make_slot(
        vault_id=world.vault.vault_id, name="鬼", role=Role.DPO, version=1, added_at=NOW, passphrase=PASS, params=CHEAP,
        identity=identity, keys=dict(world.vault.keyring.keys),
    )  # fmt: skip
    headers.change(world.path, world.vault.keyring.get(RoleKey.MAIN), lambda h: headers.with_slot(h, slot))
    with pytest.raises(VaultCorrupt, match="header_outdated"):
        world.vault.rekey(NOW)


def test_a_slot_prepared_before_is_refused(world: World) -> None:
    fill(world)
    blob = prepare_slot(world.vault, name="钱账", role=Role.FINANCE, passphrase=PASS, now=NOW)
    world.vault.rekey(NOW)
    with world.vault.unit_of_work() as uow, pytest.raises(InputErrors, match="slot_outdated"):
        install_slot(world.vault, uow, blob, kind=Kind.USER_ADDED, now=NOW)


@pytest.mark.req("REQ-101")
@pytest.mark.parametrize("stride", [5, pytest.param(1, marks=pytest.mark.long)])
def test_killed_at_any_step_the_old_or_the_new_keys_open(world: World, tmp_path: Path, stride: int) -> None:
    fill(world)
    world.close()
    kept = tmp_path / "kept"
    shutil.copytree(world.path, kept / "vault")
    shutil.copytree(world.state, kept / "state")
    epochs: list[int] = []
    step, steps = 1, 10_000
    while step <= steps:
        for folder, source in ((world.path, kept / "vault"), (world.state, kept / "state")):
            shutil.rmtree(folder)
            shutil.copytree(source, folder)
        ran = subprocess.run(
            [sys.executable, str(CHILD), str(world.path), str(world.state), str(step)],
            capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        if ran.returncode == 0:
            steps = int(ran.stdout)
        else:
            assert ran.returncode == 9, ran.stderr
        world.vault = open_vault(world.path, user="林岚", passphrase=PASS, now=NOW, state_dir=world.state)
        assert not world.vault.restricted, (step, world.vault.findings)
        reads(world)
        epochs.append(world.vault.header.epoch)
        assert not list(world.path.glob("keys.db.next*"))
        world.vault.abandon()
        step += stride
    assert epochs == sorted(epochs)
    assert set(epochs) == {1, 2}
