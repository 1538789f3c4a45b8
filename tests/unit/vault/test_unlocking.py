"""Who may open a vault: slots, passphrases, roles, recovery, and a header somebody changed."""

import json
from pathlib import Path

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from vault_support import NOW, PASS, World, make_world

from compliance.errors import InputErrors, VaultBusy, VaultCorrupt, VaultError, VaultTooNew, WrongPassphrase
from compliance.model.access import Role, Section
from compliance.model.audit import Kind
from compliance.vault import RecoverySecret, open_vault, peek, recover
from compliance.vault.keys import crypto
from compliance.vault.keys.crypto import CEILING_KIB, FLOOR_KIB, HashParams, cost_for


def add(world: World, name: str, role: Role, passphrase: str = "another long one") -> None:
    with world.vault.unit_of_work() as uow:
        world.vault.add_user(uow, name, role, passphrase, NOW)
        uow.commit()


def refused(world: World, name: str, role: Role) -> str:
    with pytest.raises(InputErrors) as fault, world.vault.unit_of_work() as uow:
        world.vault.add_user(uow, name, role, "another long one", NOW)
    return fault.value.code


def test_opens_with_name_in_any_case_and_says_who_sits(world: World) -> None:
    add(world, "Chen Wei", Role.COMPLIANCE)
    world.close()
    vault = world.open(user="chen wei", passphrase="another long one")
    assert (vault.user.name, vault.role, vault.handler) == ("Chen Wei", Role.COMPLIANCE, "远山制药（上海）有限公司")


def test_a_library_without_the_cipher_is_told_as_that_and_not_as_a_wrong_passphrase(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.close()
    before = {file.name: file.read_bytes() for file in world.path.glob("*.*")}

    def missing(key: bytes) -> AESGCMSIV:
        raise UnsupportedAlgorithm("AES-GCM-SIV is not supported by this version of OpenSSL")

    monkeypatch.setattr(crypto, "AESGCMSIV", missing)
    with pytest.raises(VaultError, match="cipher_missing"):
        world.open()
    assert {file.name: file.read_bytes() for file in world.path.glob("*.*")} == before


def test_wrong_user_and_wrong_passphrase_answer_alike(world: World) -> None:
    world.close()
    faults = []
    for user, passphrase in (("林岚", "not the passphrase"), ("nobody", PASS)):
        with pytest.raises(WrongPassphrase) as fault:
            open_vault(world.path, user=user, passphrase=passphrase, now=NOW, state_dir=world.state)
        faults.append((fault.value.code, fault.value.params, str(fault.value)))
    assert faults[0] == faults[1]
    with world.open().snapshot() as snap:
        entry = snap.log.find(kind=Kind.UNLOCK_FAILED)[0].data
    assert entry["detail"]["count"] == 2


@pytest.mark.parametrize(
    ("spent", "mib", "passes"),
    [(0.65, 256, 3), (0.45, 256, 3), (0.9, 256, 3), (0.42, 256, 5), (0.1, 256, 16), (0.0, 256, 16), (1.3, 128, 3),
     (30.0, 64, 3)],
)  # fmt: skip
def test_a_fast_machine_takes_more_passes_and_a_slow_one_less_memory(spent: float, mib: int, passes: int) -> None:
    assert cost_for(spent).checked() == HashParams(memory_kib=mib * 1024, passes=passes)


@pytest.mark.usefixtures("real_hashing")
def test_every_slot_has_a_salt_of_its_own_and_opens_by_its_own_hash(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    add(world, "陈卫", Role.COMPLIANCE, PASS)
    world.close()
    salts = [slot["salt"] for slot in json.loads((world.path / "header.json").read_text())["slots"]]
    assert len(salts) == len(set(salts)) == 2
    assert world.open(user="陈卫", passphrase=PASS).role is Role.COMPLIANCE
    world.close()
    with pytest.raises(WrongPassphrase):
        world.open(user="陈卫", passphrase=PASS + " ")


def test_passphrase_is_normalised(world: World) -> None:
    add(world, "全角", Role.CLERK, "ｐａｓｓ　ｗｏｒｄ１")
    world.close()
    assert world.open(user="全角", passphrase="pass word1").role is Role.CLERK


@pytest.mark.parametrize("text", ["short", "", "1234567"])
def test_short_passphrase_is_refused(world: World, text: str) -> None:
    with pytest.raises(InputErrors, match="passphrase_short"), world.vault.unit_of_work() as uow:
        world.vault.add_user(uow, "新人", Role.CLERK, text, NOW)


@pytest.mark.req("REQ-046")
def test_one_person_cannot_hold_two_of_the_three_duties(world: World) -> None:
    add(world, "王审", Role.AUDITOR)
    assert refused(world, "王审", Role.SECURITY_ADMIN) == "roles_apart"
    assert refused(world, "王审", Role.CLERK) == "roles_apart"
    assert refused(world, "王审", Role.AUDITOR) == "user_exists"
    assert refused(world, "林岚", Role.AUDITOR) == "roles_apart"
    assert refused(world, "代表", Role.REP) == "role_without_slot"


@pytest.mark.req("REQ-046")
def test_a_removed_name_does_not_come_back_on_another_chair(world: World) -> None:
    add(world, "李财", Role.FINANCE)
    with world.vault.unit_of_work() as uow:
        world.vault.remove_user(uow, "李财", NOW)
        uow.commit()
    assert refused(world, "李财", Role.AUDITOR) == "roles_apart"
    with pytest.raises(WrongPassphrase):
        world.other("李财", "another long one")


def test_auditor_meets_pseudonyms_only(world: World) -> None:
    hcp = world.person()
    add(world, "王审", Role.AUDITOR)
    world.close()
    vault = world.open(user="王审", passphrase="another long one")
    with vault.snapshot() as snap:
        assert snap.people.get(hcp) is not None
    with pytest.raises(VaultError) as fault, vault.unit_of_work() as uow:
        uow.index.find("licence", "1")
    assert fault.value.code == "no_key"
    with pytest.raises(VaultError) as fault:
        vault.keys.numbers()
    assert fault.value.code == "no_key"
    assert not vault.has_index


def test_a_clerk_cannot_read_guarded_sections(world: World) -> None:
    from compliance.vault import Maintenance

    hcp = world.person()
    with world.vault.unit_of_work() as uow:
        from vault_support import value

        uow.sections.write(hcp, Section.PAYMENT, {"bank_account": value("6222020200112233445")})
        uow.commit(world.event(Kind.PERSON_AMENDED, hcp))
    add(world, "周录", Role.CLERK)
    world.close()
    vault = world.open(user="周录", passphrase="another long one")
    with pytest.raises(VaultError) as fault, vault.unit_of_work() as uow:
        uow.sections.read_for(Maintenance.AMEND, hcp, [Section.PAYMENT])
    assert (fault.value.code, fault.value.params) == ("no_key", {"key": "payment"})


def test_change_of_passphrase_keeps_keys(world: World) -> None:
    before = world.vault.public_key("林岚")
    with pytest.raises(WrongPassphrase):
        world.vault.change_passphrase("wrong wrong", "a new passphrase", NOW)
    world.vault.change_passphrase(PASS, "a new passphrase", NOW)
    world.close()
    with pytest.raises(WrongPassphrase):
        world.open()
    assert world.open(passphrase="a new passphrase").public_key("林岚") == before


def test_reset_gives_fresh_keys_and_old_seals_still_verify(world: World) -> None:
    add(world, "陈规", Role.COMPLIANCE)
    world.close()
    world.open("陈规", "another long one")
    world.close()  # a seal by 陈规's first key
    world.open()
    old = world.vault.public_key("陈规")
    with world.vault.unit_of_work() as uow:
        world.vault.reset_user(uow, "陈规", "given by another", NOW)
        uow.commit()
    assert world.vault.public_key("陈规") != old
    assert world.vault.check(full=True).ok
    world.close()
    with pytest.raises(WrongPassphrase):
        world.open("陈规", "another long one")
    assert world.open("陈规", "given by another").check(full=True).ok


def test_the_last_officer_and_oneself_cannot_be_removed(world: World) -> None:
    for name, code in (("林岚", "own_account"), ("谁", "unknown_user")):
        with pytest.raises(InputErrors, match=code), world.vault.unit_of_work() as uow:
            world.vault.remove_user(uow, name, NOW)


def test_nothing_is_added_when_the_unit_of_work_is_not_committed(world: World) -> None:
    with world.vault.unit_of_work() as uow:
        world.vault.add_user(uow, "新人", Role.CLERK, "another long one", NOW)
    assert peek(world.path).users == ("林岚",)


def test_recovery_sheet_opens_when_the_passphrase_is_lost(world: World) -> None:
    hcp = world.person()
    text = f"恢复凭证\n请妥善保管：\n  {world.recovery.words()[:30]}\n{world.recovery.words()[30:]}\n——"
    world.close()
    secret = RecoverySecret.parse(text.lower())
    vault = recover(world.path, secret, user="林岚", new_passphrase="fresh passphrase", now=NOW, state_dir=world.state)
    with vault.snapshot() as snap:
        assert snap.people.get(hcp) is not None
        assert snap.log.find(kind=Kind.RECOVERED)
    assert vault.check(full=True).ok
    vault.close(NOW)
    with pytest.raises(WrongPassphrase):
        world.open()


def test_recovery_sheet_of_another_vault_does_not_open(world: World, tmp_path: Path) -> None:
    other = make_world(tmp_path / "other")
    other.close()
    world.close()
    with pytest.raises(WrongPassphrase) as fault:
        recover(world.path, other.recovery, user="林岚", new_passphrase="fresh passphrase", now=NOW)
    assert fault.value.code == "wrong_recovery"
    assert world.open().role is Role.DPO


def test_every_wrong_or_swapped_character_of_the_code_is_noticed() -> None:
    words = RecoverySecret(bytes(range(32))).words()
    assert RecoverySecret.parse(words).public() == RecoverySecret(bytes(range(32))).public()
    for at in range(5, len(words)):
        if words[at] == "-":
            continue
        wrong = words[:at] + ("Z" if words[at] != "Z" else "Y") + words[at + 1 :]
        with pytest.raises(InputErrors, match="recovery_mistyped"):
            RecoverySecret.parse(wrong)
        if at + 1 < len(words) and words[at + 1] not in ("-", words[at]):
            swapped = words[:at] + words[at + 1] + words[at] + words[at + 2 :]
            with pytest.raises(InputErrors, match="recovery_mistyped"):
                RecoverySecret.parse(swapped)
    with pytest.raises(InputErrors, match="recovery_missing"):
        RecoverySecret.parse("no code here")


@pytest.mark.parametrize(
    "params", [(FLOOR_KIB - 1, 3, 4), (CEILING_KIB + 1, 3, 4), (FLOOR_KIB, 2, 4), (FLOOR_KIB, 3, 3), (10**15, 3, 4)]
)
def test_hostile_cost_is_refused_before_hashing(world: World, params: tuple[int, int, int]) -> None:
    world.close()
    file = world.path / "header.json"
    data = json.loads(file.read_text())
    data["argon2id"] = dict(zip(("memory_kib", "passes", "lanes"), params, strict=True))
    file.write_text(json.dumps(data))
    with pytest.raises(VaultCorrupt, match="hash_params"):
        world.open()


def test_every_changed_field_of_the_header_is_noticed(world: World) -> None:
    world.close()
    file = world.path / "header.json"
    good = json.loads(file.read_text())
    for key, new in (
        ("handler", "别的公司"), ("sandbox", True), ("solo", True), ("pdf_certificate", "x"), ("publisher", "00" * 32),
        ("version", 99), ("credit_code", "1"),
    ):  # fmt: skip
        file.write_text(json.dumps(good | {key: new}))
        with pytest.raises(VaultCorrupt, match="header_tampered"):
            world.open()
    promoted = json.loads(json.dumps(good))
    promoted["slots"][0]["role"] = "compliance"
    file.write_text(json.dumps(promoted))
    with pytest.raises(WrongPassphrase):
        world.open()
    file.write_text("{")
    with pytest.raises(VaultCorrupt, match="header_unreadable"):
        world.open()
    file.write_text(json.dumps(good | {"format": 7}))
    with pytest.raises(VaultTooNew) as fault:
        world.open()
    assert fault.value.params == {"found": 7, "known": 3}


def test_params_below_the_floor_cannot_make_a_vault(tmp_path: Path) -> None:
    from compliance.vault import create_vault

    with pytest.raises(VaultCorrupt, match="hash_params"):
        create_vault(
            tmp_path / "a.ckvault", handler="x", owner="y", passphrase=PASS, now=NOW, params=HashParams(memory_kib=1024)
        )
    assert not (tmp_path / "a.ckvault").exists()


def test_solo_and_sandbox_stand_in_the_header(tmp_path: Path) -> None:
    world = make_world(tmp_path, sandbox=True, solo=True)
    assert world.vault.sandbox and world.vault.solo
    world.close()
    assert (peek(world.path).sandbox, peek(world.path).solo, peek(world.path).kind) == (True, True, "master")


def test_sandbox_certificate_is_valid_from_2020(tmp_path: Path) -> None:
    from cryptography import x509

    world = make_world(tmp_path, sandbox=True)
    key, pem = world.vault.pdf_credentials()
    assert b"PRIVATE KEY" in key
    assert x509.load_pem_x509_certificate(pem).not_valid_before_utc.year == 2020
    world.close()


def test_a_seat_that_holds_the_vault_alone_is_named(world: World) -> None:
    from compliance.vault.folder import seats

    world.close()
    with (
        seats.exclusive(world.path, user="何恢", doing="restore", now=NOW),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(seats, "_WAIT_SECONDS", 0.05)
        with pytest.raises(VaultBusy) as fault:
            world.open()
    assert fault.value.params["holder"] == "何恢"
    assert fault.value.params["doing"] == "restore"


def test_the_vault_cannot_be_held_alone_while_somebody_sits(world: World) -> None:
    from compliance.vault.folder import seats

    with (
        pytest.raises(VaultBusy) as fault,
        seats.exclusive(world.path, user="何恢", doing="rekey", now=NOW),
    ):
        raise AssertionError("must not be reached")
    assert fault.value.params["holder"] == "林岚"


def test_slots_are_bound_to_their_version(world: World) -> None:
    """An old slot put back into the header opens with the old passphrase only until the header is checked."""
    world.close()
    old = (world.path / "header.json").read_text()
    world.open().change_passphrase(PASS, "a new passphrase", NOW)
    world.close()
    new = json.loads((world.path / "header.json").read_text())
    new["slots"] = json.loads(old)["slots"]
    (world.path / "header.json").write_text(json.dumps(new))
    with pytest.raises(VaultCorrupt, match="header_tampered"):
        world.open()


def test_an_older_header_does_not_bring_a_removed_user_back(world: World) -> None:
    add(world, "陈规", Role.COMPLIANCE)
    old = (world.path / "header.json").read_bytes()
    with world.vault.unit_of_work() as uow:
        world.vault.remove_user(uow, "陈规", NOW)
        uow.commit()
    world.close()
    (world.path / "header.json").write_bytes(old)
    with pytest.raises(VaultCorrupt, match="header_outdated"):
        world.open("陈规", "another long one")
    assert world.open().role is Role.DPO


def test_closing_forgets_every_key(world: World) -> None:
    vault = world.vault
    world.close()
    for act in (lambda: vault.keyring, lambda: vault.sign(b"x"), vault.pdf_credentials, vault.publisher):
        with pytest.raises(VaultError, match="vault_closed"):
            act()
    assert vault.blind_key is None
