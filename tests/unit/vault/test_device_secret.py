"""A slot that opens with passphrase and device secret together, and every way of not having it."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from keystore_in_memory import InMemory
from vault_support import NOW, PASS, World

from compliance.errors import InputErrors, VaultError, WrongPassphrase
from compliance.model.access import Role
from compliance.model.audit import Kind
from compliance.vault import open_vault, recover
from compliance.vault.keys import device_secret, keystore
from compliance.vault.keys import header as headers

OTHER = "another long one"


@pytest.fixture
def guarded(world: World, machine: type[InMemory]) -> Iterator[World]:
    """A vault whose officer has turned the device secret on; closed."""
    device_secret.turn_on(world.vault, PASS, NOW)
    world.close()
    yield world


def code(world: World, user: str = "林岚", passphrase: str = PASS) -> str:
    with pytest.raises(VaultError) as fault:
        open_vault(world.path, user=user, passphrase=passphrase, now=NOW, state_dir=world.state)
    return fault.value.code


def test_passphrase_and_secret_open_together_and_neither_alone(guarded: World, machine: type[InMemory]) -> None:
    assert guarded.open().user.name == "林岚"
    guarded.close()
    assert code(guarded, passphrase="not the passphrase") == "wrong_passphrase"
    kept = dict(machine.entries)
    machine.entries.clear()
    assert code(guarded) == "device_secret_missing"
    machine.entries.update(dict.fromkeys(kept, "00" * 32))
    assert code(guarded) == "wrong_passphrase", "another machine's secret of the same name"
    machine.entries.update(dict.fromkeys(kept, "no hexadecimal"))
    assert code(guarded) == "device_secret_missing"
    machine.entries.update(kept)
    machine.locked = True
    assert code(guarded) == "keystore_locked"


def test_without_a_trusted_keystore_it_says_so(guarded: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(keystore.ALLOWED, sys.platform)
    assert code(guarded) == "keystore_absent" and keystore.keystore_name() is None
    monkeypatch.setitem(keystore.ALLOWED, sys.platform, ("keyring.backends.no_such_module", "Keyring"))
    assert code(guarded) == "keystore_absent"


@pytest.mark.parametrize("backend", ["keyring.backends.null.Keyring", "keyrings.alt.file.PlaintextKeyring"])
def test_the_library_cannot_be_talked_into_a_plaintext_backend(backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", backend)
    module, name = keystore.ALLOWED[sys.platform]
    assert {m for m, _ in keystore.ALLOWED.values()} == {
        "keyring.backends.Windows", "keyring.backends.macOS", "keyring.backends.SecretService",
    }  # fmt: skip
    if keystore.keystore_name() is not None:
        found = type(keystore._backend())
        assert (found.__module__, found.__name__) == (module, name)


def test_the_header_says_which_format_reads_it(guarded: World) -> None:
    body = json.loads((guarded.path / headers.NAME).read_text())
    slot = body["slots"][0]
    assert body["format"] == 3 and len(slot["device"]) == 16
    vault = guarded.open()
    device_secret.turn_off(vault, PASS, NOW)
    assert json.loads((guarded.path / headers.NAME).read_text())["format"] == 1


def test_off_again_the_passphrase_is_enough_and_nothing_stays_behind(
    guarded: World, machine: type[InMemory], monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    vault = guarded.open()
    with pytest.raises(WrongPassphrase):
        device_secret.turn_off(vault, "not the passphrase", NOW)
    device_secret.turn_off(vault, PASS, NOW)
    assert machine.secrets() == {}
    with pytest.raises(InputErrors, match="device_secret_off"):
        device_secret.turn_off(vault, PASS, NOW)
    with vault.snapshot() as snap:
        said = [e.data["detail"] for e in snap.log.find(kind=Kind.DEVICE_SECRET_CHANGED)]
    assert sorted(said, key=str) == sorted([{"user": "林岚", "on": True}, {"user": "林岚", "on": False}], key=str)
    guarded.close()
    monkeypatch.delitem(keystore.ALLOWED, sys.platform)
    assert guarded.open().check(full=True).ok


def test_what_cannot_be_turned_on_changes_nothing(world: World, machine: type[InMemory]) -> None:
    before = (world.path / headers.NAME).read_bytes()
    with pytest.raises(WrongPassphrase):
        device_secret.turn_on(world.vault, "not the passphrase", NOW)
    machine.locked = True
    with pytest.raises(VaultError, match="keystore_locked"):
        device_secret.turn_on(world.vault, PASS, NOW)
    machine.locked = False
    assert (world.path / headers.NAME).read_bytes() == before and machine.secrets() == {}


def test_a_fresh_secret_replaces_the_old_one_and_a_new_passphrase_keeps_it(
    guarded: World, machine: type[InMemory]
) -> None:  # fmt: skip
    old = machine.secrets()
    vault = guarded.open()
    device_secret.turn_on(vault, PASS, NOW)
    assert len(machine.secrets()) == 1 and not old.keys() & machine.secrets().keys()
    vault.change_passphrase(PASS, "a passphrase after it", NOW)
    guarded.close()
    assert code(guarded) == "wrong_passphrase"
    assert guarded.open(passphrase="a passphrase after it").header.slot("林岚").device  # type: ignore[union-attr]
    guarded.close()
    machine.entries.clear()
    assert code(guarded, passphrase="a passphrase after it") == "device_secret_missing"


def test_a_lost_secret_is_mended_by_another_or_by_the_recovery_sheet(
    world: World, machine: type[InMemory]
) -> None:  # fmt: skip
    with world.vault.unit_of_work() as uow:
        world.vault.add_user(uow, "陈薇", Role.COMPLIANCE, OTHER, NOW)
        uow.commit()
    device_secret.turn_on(world.vault, PASS, NOW)
    chen = world.other("陈薇", OTHER)
    device_secret.turn_on(chen, OTHER, NOW)
    chen.close(NOW)
    machine.entries.clear()
    with world.vault.unit_of_work() as uow:  # the officer still sits there; two signatures are the use case's
        world.vault.reset_user(uow, "陈薇", "a passphrase after it", NOW)
        uow.commit()
    world.close()
    assert code(world, "陈薇", OTHER) == "wrong_passphrase"
    world.open("陈薇", "a passphrase after it").close(NOW)
    assert code(world) == "device_secret_missing"
    vault = recover(
        world.path, world.recovery, user="林岚", new_passphrase=OTHER, now=NOW, state_dir=world.state
    )  # fmt: skip
    vault.close(NOW)
    assert world.open(passphrase=OTHER).check(full=True).ok


def test_stopped_between_keystore_and_header_the_old_way_in_stays(
    world: World, machine: type[InMemory], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:  # fmt: skip
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(headers.files, "write_atomically", full)
        with pytest.raises(OSError):
            device_secret.turn_on(world.vault, PASS, NOW)
    assert machine.secrets() == {}
    world.close()
    assert world.open().user.name == "林岚"
