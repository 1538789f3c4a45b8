"""Erasing is real, in every file and in every backup; backups prove themselves; recovery and seats."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import PASS, Desk, Doctor, done, files_with, invent, no

from compliance.clock import FixedClock
from compliance.errors import ComplianceError, InputErrors, VaultBusy, VaultCorrupt, VaultError, WrongPassphrase
from compliance.model.access import Purpose, Role
from compliance.use_cases.consent import withdrawing
from compliance.use_cases.evidence import evidence
from compliance.use_cases.seat import accounts
from compliance.use_cases.seat import session as sessions
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seeing import profiles
from compliance.use_cases.signing import approvals
from compliance.use_cases.upkeep import maintenance
from compliance.vault import RoleKey
from compliance.vault.engine.connection import Connection

STAFF = {"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK, "gao": Role.SECURITY_ADMIN}
NAME, PHONE, MAIL = "公孙破晓", "13933334444", "gongsun.poxiao@example.org"
BYE = "夏侯踏雪"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk.create(tmp_path_factory.mktemp("erasure"), staff=STAFF)
    desk.bring(
        [
            Doctor(number="E1", name=NAME, phone=PHONE, email=MAIL, licence="110000000000555"),
            Doctor(number="E2", name=BYE),
            *invent(20),
        ]
    )
    for name in (NAME, BYE):
        desk.consent(desk.id_of(name))
    yield desk
    desk.rise()


def plain(desk: Desk, vault: Path | None = None) -> str:
    """Every cell of main, keys and index, decrypted with the keys in hand."""
    texts: list[str] = []
    folder = vault or desk.vault
    ring = desk.sit("zhao").vault.keyring
    for name, key in (("main.db", RoleKey.MAIN), ("keys.db", RoleKey.KEYS), ("index.db", RoleKey.INDEX)):
        raw = Connection.open(folder / name, ring.file_key(key))
        try:
            for (table,) in raw.execute("SELECT name FROM sqlite_master WHERE type='table' AND rootpage > 0"):
                for row in raw.execute(f'SELECT * FROM "{table}"'):
                    texts.append(
                        " ".join(c.decode("utf-8", "replace") if isinstance(c, bytes) else str(c) for c in row)
                    )
        finally:
            raw.close()
    return "\n".join(texts)


@pytest.mark.req("REQ-093", "REQ-094")
def test_erased_is_gone_everywhere_and_stays_gone_after_a_restore(desk: Desk, tmp_path: Path) -> None:
    zhao, chen, hcp, bye = desk.sit("zhao"), desk.sit("chen"), desk.id_of(NAME), desk.id_of(BYE)
    done(maintenance.backup(zhao, path=tmp_path / "backup"))
    done(maintenance.backup_keys(zhao, path=tmp_path / "keys.copy"))
    assert not (tmp_path / "backup" / "keys.db").exists() and not (tmp_path / "backup" / "index.db").exists()
    good = maintenance.rehearse(
        tmp_path / "backup", tmp_path / "keys.copy", user="zhao", passphrase=PASS, clock=FixedClock(desk.at)
    )
    assert good.ok, good.problems
    assert NAME in plain(desk)  # the search can find what is there
    sealed_before = {p.name for p in (desk.vault / "evidence").iterdir()}

    desk.wait(minutes=5)
    done(
        withdrawing.withdraw_consent(
            desk.sit("wu"), hcp_id=bye, items=None, received_at=desk.at.isoformat(), channel="电话"
        )
    )
    asked = done(approvals.request_erasure(desk.sit("chen"), hcp_id=hcp, reason="PIPL 47"))
    assert done(profiles.find_people(chen, text=NAME, purpose=Purpose.MDM)).total == 1  # asking erases nothing
    no(approvals.approve(desk.sit("chen"), request_id=asked.request_id))
    no(approvals.approve(desk.sit("wu"), request_id=asked.request_id))
    done(approvals.approve(desk.sit("zhao"), request_id=asked.request_id))

    for purpose in (Purpose.MDM, Purpose.VISIT, Purpose.RIGHTS):
        page = done(profiles.find_people(desk.sit("chen"), text=NAME, purpose=purpose))
        assert page.total == 0
        try:
            assert no(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=purpose))
        except InputErrors as fault:
            assert fault.code == "unknown_person"
    text = plain(desk)
    for mark in (NAME, PHONE, MAIL, "gongsun", "gong sun", "1gong", "n公孙", "n破晓", "110000000000555"):
        assert mark not in text, mark
    assert files_with([NAME, PHONE, MAIL], desk.vault) == []
    assert len({p.name for p in (desk.vault / "evidence").iterdir()}) == len(sealed_before) - 1
    assert done(evidence.check_vault(desk.sit("chen"), full=True)).ok
    with pytest.raises(InputErrors):
        desk.consent(hcp)

    with pytest.raises(VaultError, match="no_key"):  # who holds no keys cannot erase again: nothing half done is left
        maintenance.restore(
            tmp_path / "backup", tmp_path / "keys.copy", into=tmp_path / "back.ckvault", user="gao",
            passphrase=f"{PASS} gao", clock=FixedClock(desk.at),
        )  # fmt: skip
    assert not (tmp_path / "back.ckvault").exists()
    made = maintenance.restore(
        tmp_path / "backup", tmp_path / "keys.copy", into=tmp_path / "back.ckvault", user="zhao", passphrase=PASS,
        clock=FixedClock(desk.at),
    )  # fmt: skip
    assert made.erased_again == 1
    back = sessions.open_session(made.vault, user="chen", passphrase=f"{PASS} chen", clock=FixedClock(desk.at))
    assert isinstance(back, Session)
    try:
        assert done(profiles.find_people(back, text=NAME, purpose=Purpose.MDM)).total == 0
        assert done(profiles.find_people(back, text=BYE, purpose=Purpose.MDM)).total == 1
        no(profiles.open_profile(back, hcp_id=bye, purpose=Purpose.VISIT))  # who withdrew is denied
        assert back.vault.check(full=True).ok
    finally:
        sessions.close_session(back)
    assert NAME not in plain(desk, made.vault)


def test_backup_parts_that_do_not_fit_are_refused(desk: Desk, tmp_path: Path) -> None:
    zhao, clock = desk.sit("zhao"), FixedClock(desk.at)
    for user in ("wu",):
        no(maintenance.backup(desk.sit(user), path=tmp_path / "no"))
        no(maintenance.backup_keys(desk.sit(user), path=tmp_path / "no.keys"))
    no(maintenance.backup_keys(desk.sit("chen"), path=tmp_path / "no.keys"))
    assert not any(tmp_path.iterdir())
    done(maintenance.backup(zhao, path=tmp_path / "b"))
    done(maintenance.backup_keys(zhao, path=tmp_path / "k"))
    with pytest.raises(WrongPassphrase):
        maintenance.rehearse(tmp_path / "b", tmp_path / "k", user="zhao", passphrase="wrong one here", clock=clock)
    cut = tmp_path / "cut"
    cut.write_bytes((tmp_path / "k").read_bytes()[:6000])
    swapped = tmp_path / "swapped"
    shutil.copy(tmp_path / "b" / "main.db", swapped)
    for bad in (cut, swapped, tmp_path / "absent"):
        with pytest.raises(VaultCorrupt):
            maintenance.restore(tmp_path / "b", bad, into=tmp_path / "r", user="zhao", passphrase=PASS, clock=clock)
        assert not (tmp_path / "r").exists()
    with pytest.raises(InputErrors):  # never over a vault that is there
        maintenance.restore(tmp_path / "b", tmp_path / "k", into=desk.vault, user="zhao", passphrase=PASS, clock=clock)
    with (tmp_path / "b" / "main.db").open("r+b") as out:  # the first page of the log
        out.seek(4096 * 2 + 100)
        out.write(b"\0" * 64)
    try:
        verdict = maintenance.rehearse(tmp_path / "b", tmp_path / "k", user="zhao", passphrase=PASS, clock=clock)
    except ComplianceError:
        pass
    else:
        assert not verdict.ok


def test_recovery_sheet_gives_the_officer_a_new_slot(tmp_path: Path) -> None:
    other = Desk.create(tmp_path / "lost", staff={"zhao": Role.DPO})
    other.rise()
    back = accounts.recover_vault(
        other.vault, recovery_text=None, recovery_file=other.folder / "recovery.pdf",
        new_passphrase="a brand new secret", clock=FixedClock(other.at),
    )  # fmt: skip
    assert back.user == "zhao"
    with pytest.raises(WrongPassphrase):
        other.fresh("zhao")
    session = other.fresh("zhao", "a brand new secret")
    assert session.vault.check(full=True).ok
    kinds = {e.kind for e in done(evidence.list_entries(session))}
    assert "recovered" in kinds
    sessions.close_session(session)
    with pytest.raises(ComplianceError):
        accounts.recover_vault(
            other.vault, recovery_text="AAAA-BBBB-CCCC-DDDD", recovery_file=None, new_passphrase="another secret 12",
            clock=FixedClock(other.at),
        )  # fmt: skip


@pytest.mark.req("REQ-028")
def test_two_seats_see_each_others_work_at_once(desk: Desk) -> None:
    doctor = invent(20)[3]
    hcp = desk.id_of(doctor.name, doctor.hospital)
    one, two = desk.sit("chen"), desk.sit("wu")
    for number in range(12):
        if number % 3 == 0:
            desk.wait(minutes=1)
            one, two = desk.sit("chen"), desk.sit("wu")
        department = f"第{number}科"
        done(profiles.amend_person(two, hcp_id=hcp, key="department", value=department, source="CRM"))
        page = done(profiles.find_people(one, text=f"{doctor.name} {department}", purpose=Purpose.MDM))
        assert page.total == 1
        seen = done(profiles.open_profile(one, hcp_id=hcp, purpose=Purpose.MDM))
        assert department in {f.value for f in seen.fields}
    desk.consent(hcp)
    done(profiles.open_profile(one, hcp_id=hcp, purpose=Purpose.VISIT))
    done(
        withdrawing.withdraw_consent(two, hcp_id=hcp, items=["visit"], received_at=desk.at.isoformat(), channel="mail")
    )
    no(profiles.open_profile(one, hcp_id=hcp, purpose=Purpose.VISIT))
    sizes = []
    for seat in (one, two):
        with seat.vault.snapshot() as snap:
            sizes.append((snap.log.size, snap.log.root()))
    assert sizes[0] == sizes[1]
    assert done(evidence.check_vault(one, full=True)).ok


def test_restore_rekey_wait_for_the_others_and_name_them(desk: Desk, tmp_path: Path) -> None:
    """Exclusive use is refused while somebody sits at the vault, and the message names who."""
    from compliance.vault.folder import seats

    desk.sit("chen")
    with pytest.raises(VaultBusy) as fault, seats.exclusive(desk.vault, user="zhao", doing="restore", now=desk.at):
        pytest.fail("taken over a sitting colleague")
    assert fault.value.params.get("holder") in STAFF, fault.value.params
