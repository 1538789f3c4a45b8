"""A rep's vault on real files: packs replace, clocks narrow, strangers look alike."""

import shutil
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyrage
import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from compliance.audit.entry import decode
from compliance.errors import InputErrors, VaultError, WrongPassphrase
from compliance.exports.bundle import open_pack
from compliance.model.access import FieldState, Purpose, Role
from compliance.model.answer import Refusal
from compliance.model.pack import OpenedPack, PackPerson
from compliance.model.profile import CrossBorder, ProfileView
from compliance.vault import open_vault, peek
from compliance.vault.keys.age_key import check_phrase, identity_of, is_recipient, recipient_of
from compliance.vault.keys.crypto import FLOOR_KIB, HashParams
from compliance.vault.rep.rep_store import PackState, RepInit, RepVault, init_rep_vault, open_rep_vault

sys.path.append(str(Path(__file__).resolve().parents[1] / "exports"))
import pack_samples as sample

AT = sample.AT
DAY = timedelta(days=1)
PASSPHRASE = "赵六 的 离线 口令"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> RepInit:
    folder = tmp_path_factory.mktemp("rep") / "zhao.ckvault"
    return init_rep_vault(folder, PASSPHRASE, AT - DAY, params=HashParams(memory_kib=FLOOR_KIB))


@pytest.fixture
def folder(made: RepInit, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made.path, tmp_path / "zhao.ckvault"))


@pytest.fixture
def rep(folder: Path) -> Iterator[RepVault]:
    with open_rep_vault(folder, PASSPHRASE, AT) as opened:
        yield opened


def pack_for(rep: RepVault, now: datetime = AT, **changes: Any) -> OpenedPack:
    held = rep.state()
    opened = open_pack(
        sample.pack(recipient=rep.recipient, **changes),
        rep.identity(),
        held.manifest.publisher if held else None,
        now=now,
        floor=rep.vault.time_floor(),
    )
    assert isinstance(opened, OpenedPack)
    return opened


def filled(rep: RepVault, **changes: Any) -> PackState:
    state = rep.replace(pack_for(rep, **changes), AT)
    assert isinstance(state, PackState)
    return state


def last(rep: RepVault) -> dict[str, Any]:
    with rep.vault.snapshot() as snap:
        entry = snap.log.entry(snap.log.size - 1)
    assert entry is not None
    return decode(entry.body)


def test_the_key_of_the_slot_is_an_age_key() -> None:
    for seed in (b"\x01" * 32, b"\xfe" * 32, bytes(range(32))):
        key = X25519PrivateKey.from_private_bytes(seed)
        identity = pyrage.x25519.Identity.from_str(identity_of(key))
        assert str(identity) == identity_of(key)
        assert str(identity.to_public()) == recipient_of(key.public_key().public_bytes_raw())


def test_a_recipient_is_known_down_to_its_check_characters(made: RepInit) -> None:
    good = made.recipient
    assert is_recipient(good) and is_recipient(sample.RECIPIENT)
    slip = "q" if good[20] != "q" else "p"
    for bad in (good[:20] + slip + good[21:], good[:-1], f"{good}q", f"{good[:-1]}X", good.replace("age1", "ago1"), ""):
        assert not is_recipient(bad), bad
        with pytest.raises(pyrage.RecipientError):
            pyrage.x25519.Recipient.from_str(bad)


def test_a_new_vault_says_its_recipient_and_check_digits(made: RepInit) -> None:
    assert made.recipient.startswith("age1") and check_phrase(made.recipient) == made.check_phrase
    groups = made.check_phrase.split(" ")
    assert len(groups) == 4 and all(len(group) == 4 and group.isdigit() for group in groups)
    assert check_phrase(sample.RECIPIENT) != made.check_phrase
    header = peek(made.path)
    assert (header.kind, header.users, header.sandbox) == ("rep", ("rep",), False)
    assert not list(made.path.glob("*-wal")) and not (made.path / "keys.db").exists()


def test_it_is_not_made_over_something_else(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputErrors) as caught:
        init_rep_vault(tmp_path, PASSPHRASE, AT)
    assert caught.value.code == "vault_exists"
    with pytest.raises(InputErrors) as caught:
        init_rep_vault(tmp_path / "v.ckvault", "short", AT)
    assert caught.value.code == "passphrase_short" and not (tmp_path / "v.ckvault").exists()


def test_it_opens_with_its_passphrase_only(folder: Path) -> None:
    with pytest.raises(WrongPassphrase):
        open_rep_vault(folder, "not the passphrase", AT)
    with pytest.raises(VaultError) as caught:
        open_vault(folder, user="rep", passphrase=PASSPHRASE, now=AT)
    assert caught.value.code == "wrong_kind"


@pytest.mark.req("REQ-050")
def test_a_pack_fills_it_and_the_first_one_decides_whose_it_is(rep: RepVault, folder: Path) -> None:
    assert rep.state() is None and rep.people(AT).rows == ()
    state = filled(rep)
    assert (state.people, state.manifest.sequence) == (2, 1) and rep.state() == state
    assert peek(folder).handler == "信守医药（上海）有限公司"
    assert peek(folder).publisher_public == sample.PUBLISHER_KEY
    assert rep.notices() == sample.NOTICES
    entry = last(rep)
    assert entry["kind"] == "bundle_opened" and entry["detail"]["sequence"] == 1 and entry["policy"] == "ab" * 32


@pytest.mark.req("REQ-050")
def test_it_shows_what_the_pack_holds_and_logs_it_first(rep: RepVault) -> None:
    filled(rep)
    view = rep.show("HCP-AAAAAAAA", Purpose.VISIT, AT)
    assert isinstance(view, ProfileView)
    assert view.fields == sample.PEOPLE[0].views[0].fields
    assert (view.role, view.basis, view.policy_digest) == (Role.REP, "visit", "ab" * 32)
    assert view.cross_border[0].state is CrossBorder.NEVER_LEFT
    entry = last(rep)
    assert entry["seq"] == view.audit_index and entry["kind"] == "profile_opened"
    assert entry["hcps"] == ["HCP-AAAAAAAA"] and entry["purpose"] == "visit"
    assert entry["fields"] == ["full_name", "institution_name", "mobile"]  # not the one that is withheld
    assert "林若溪" not in str(entry) and "138" not in str(entry)


def test_finding_by_name_and_hospital(rep: RepVault) -> None:
    other = replace(sample.NAME, value="王 建国")
    far = sample.person("HCP-CCCCCCCC", head=(other, sample.HOSPITAL), action="do_not_contact", views=())
    filled(rep, people=[*sample.PEOPLE, far])
    assert [row.hcp_id for row in rep.people(AT).rows] == ["HCP-AAAAAAAA", "HCP-BBBBBBBB", "HCP-CCCCCCCC"]
    assert [row.hcp_id for row in rep.find("建国 第一", AT).rows] == ["HCP-CCCCCCCC"]
    assert [row.action for row in rep.find("HCP-c", AT).rows] == ["do_not_contact"]
    assert rep.find("138", AT).rows == ()  # no peeking: only the head is searched
    found = rep.find("林", AT, limit=1)
    assert (len(found.rows), found.total) == (1, 2)
    entry = last(rep)
    assert entry["seq"] == found.audit_index and entry["detail"] == {"shown": 1, "total": 2}
    assert "林" not in str(entry)


@pytest.mark.req("REQ-044")
@pytest.mark.parametrize(
    ("hcp_id", "purpose"),
    [
        ("HCP-ZZZZZZZZ", Purpose.VISIT),  # unknown, not assigned, erased: none is in the pack
        ("HCP-AAAAAAAA", Purpose.SPEAKER),  # closed for this purpose
        ("HCP-CCCCCCCC", Purpose.VISIT),  # closed altogether: listed, nothing to show
        ("林若溪", Purpose.VISIT),
    ],
)
def test_everybody_without_a_view_answers_alike(rep: RepVault, hcp_id: str, purpose: Purpose) -> None:
    filled(rep, people=[*sample.PEOPLE, sample.person("HCP-CCCCCCCC", views=())])
    answer = rep.show(hcp_id, purpose, AT)
    assert isinstance(answer, Refusal)
    entry = last(rep)
    assert answer == Refusal(reason="no_valid_consent", reference_code=f"A{entry['seq']}")
    assert entry["kind"] == "access_refused" and "林" not in str(entry)


@pytest.mark.req("REQ-050")
def test_after_the_view_until_date_name_and_hospital_remain(rep: RepVault) -> None:
    filled(rep)
    until = sample.PEOPLE[1].view_until
    assert rep.view_until("HCP-BBBBBBBB") == until and rep.view_until("HCP-ZZZZZZZZ") is None
    before = rep.show("HCP-BBBBBBBB", Purpose.VISIT, until - timedelta(microseconds=1))
    assert isinstance(before, ProfileView) and before.field("mobile") is not None
    after = rep.show("HCP-BBBBBBBB", Purpose.VISIT, until)
    assert isinstance(after, ProfileView)
    assert [f.key for f in after.fields] == ["full_name", "institution_name"] and after.basis == ""
    assert {row.hcp_id: row.action for row in rep.people(until).rows} == {"HCP-AAAAAAAA": "open", "HCP-BBBBBBBB": ""}


@pytest.mark.req("REQ-050")
def test_an_expired_pack_holds_names_and_hospitals_only(rep: RepVault) -> None:
    state = filled(rep)
    late = state.manifest.expires
    for row in rep.people(late).rows:
        view = rep.show(row.hcp_id, Purpose.VISIT, late)
        assert isinstance(view, ProfileView) and {f.key for f in view.fields} == {"full_name", "institution_name"}


@pytest.mark.req("REQ-104")
def test_a_clock_set_back_revives_nothing(folder: Path) -> None:
    with open_rep_vault(folder, PASSPHRASE, AT) as rep:
        filled(rep)
        late = sample.PEOPLE[1].view_until + DAY
        assert not rep.clock_behind(AT)
        rep.people(late)
        back = rep.show("HCP-BBBBBBBB", Purpose.VISIT, AT)
        assert isinstance(back, ProfileView) and back.at == late and back.field("mobile") is None
    with open_rep_vault(folder, PASSPHRASE, AT) as rep:
        entry = last(rep)
        assert entry["kind"] == "clock_anomaly" and entry["detail"] == {"seconds_behind": 3 * 86400}
        back = rep.show("HCP-BBBBBBBB", Purpose.VISIT, AT)
        assert isinstance(back, ProfileView) and back.field("mobile") is None
        assert rep.clock_behind(AT) and not rep.clock_behind(late - timedelta(minutes=5))
        refused = rep.replace(pack_for(rep, sequence=2), AT)
        assert isinstance(refused, Refusal) and refused.reason == "clock_behind"
        assert rep.state() is not None and last(rep)["kind"] == "bundle_refused"


def test_a_later_pack_replaces_everything(rep: RepVault) -> None:
    first = filled(rep)
    only = sample.person("HCP-CCCCCCCC")
    filled(rep, sequence=2, previous_sha256=first.sha256, people=[only], notices=[])
    assert [row.hcp_id for row in rep.people(AT).rows] == ["HCP-CCCCCCCC"] and rep.notices() == ()
    assert isinstance(rep.show("HCP-AAAAAAAA", Purpose.VISIT, AT), Refusal)
    with rep.vault.snapshot() as snap:
        assert snap.db.value("SELECT count(*) FROM pack_person") == 1


@pytest.mark.req("REQ-050")
def test_what_does_not_belong_here_is_refused_and_changes_nothing(rep: RepVault) -> None:
    fresh = pack_for(rep, sequence=5)
    assert isinstance(rep.replace(fresh, AT), PackState)
    held = rep.state()
    wrong: dict[str, OpenedPack] = {
        "pack_older_sequence": fresh,
        "pack_wrong_vault": replace(fresh, manifest=replace(fresh.manifest, vault="V-OTHER", sequence=6)),
        "pack_publisher_changed": replace(fresh, manifest=replace(fresh.manifest, publisher=b"x" * 32, sequence=6)),
        "pack_wrong_recipient": replace(fresh, manifest=replace(fresh.manifest, recipient="age1x", sequence=6)),
        "pack_expired": replace(fresh, manifest=replace(fresh.manifest, expires=AT, sequence=6)),
    }
    practice = replace(fresh, manifest=replace(fresh.manifest, sandbox=True, sequence=6))
    for reason, pack in [*wrong.items(), ("pack_wrong_vault", practice)]:
        answer = rep.replace(pack, AT)
        assert isinstance(answer, Refusal) and answer.reason == reason
        entry = last(rep)
        assert entry["kind"] == "bundle_refused" and entry["detail"] == {"reason": reason}
    assert rep.state() == held


def test_the_pack_survives_closing_and_the_log_is_whole(folder: Path) -> None:
    rep = open_rep_vault(folder, PASSPHRASE, AT)
    state = filled(rep)
    rep.show("HCP-AAAAAAAA", Purpose.VISIT, AT)
    rep.close(AT)
    assert not list(folder.glob("*-wal"))
    with open_rep_vault(folder, PASSPHRASE, AT + DAY) as again:
        assert again.state() == state and not again.vault.restricted
        report = again.check(full=True)
        assert report.ok and report.entries > 6


def test_nothing_of_it_lies_in_the_clear(folder: Path) -> None:
    with open_rep_vault(folder, PASSPHRASE, AT) as rep:
        filled(rep)
        identity = rep.identity()
        needles = ["林若溪", "示例市第一人民医院", "138****5678", identity, identity[15:40]]
        for file in [p for p in folder.rglob("*") if p.is_file()]:
            data = file.read_bytes()
            assert not any(needle.encode() in data or needle.encode("utf-16-le") in data for needle in needles)


@pytest.mark.req("REQ-101")
@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("pack_person", "person = replace(person, '138', '139') WHERE hcp_id LIKE '%AAA'"),
        ("pack", "publisher = lower(hex(publisher))"),
        ("pack", "rep = CAST(x'ff' AS TEXT)"),
    ],
)
def test_a_pack_edited_with_the_key_in_hand_is_found(folder: Path, table: str, change: str) -> None:
    with open_rep_vault(folder, PASSPHRASE, AT) as rep:
        filled(rep)
        rep.vault.db.execute(f"UPDATE {table} SET {change}")
        report = rep.check(full=True)
        assert [p.detail for p in report.problems if p.code == "table_changed"] == [table]
        assert not report.ok and rep.vault.restricted


@pytest.mark.req("REQ-101")
def test_an_older_copy_of_the_folder_is_found(folder: Path, tmp_path: Path) -> None:
    with open_rep_vault(folder, PASSPHRASE, AT) as rep:
        filled(rep)
    before = shutil.copytree(folder, tmp_path / "before")
    with open_rep_vault(folder, PASSPHRASE, AT) as rep:
        filled(rep, sequence=2, people=[])
    shutil.rmtree(folder)
    shutil.copytree(before, folder)
    with open_rep_vault(folder, PASSPHRASE, AT) as rep:
        assert rep.vault.restricted


def test_a_practice_vault_takes_practice_packs_and_its_clock_may_go_back(tmp_path: Path) -> None:
    made = init_rep_vault(tmp_path / "p.ckvault", PASSPHRASE, AT, sandbox=True, params=HashParams(memory_kib=FLOOR_KIB))
    with open_rep_vault(made.path, PASSPHRASE, AT) as rep:
        assert rep.vault.sandbox
        refused = rep.replace(pack_for(rep), AT)
        assert isinstance(refused, Refusal) and refused.reason == "pack_wrong_vault"
        filled(rep, sandbox=True)
        late = rep.show("HCP-BBBBBBBB", Purpose.VISIT, AT + 5 * DAY)
        assert isinstance(late, ProfileView) and late.field("mobile") is None
        back = rep.show("HCP-BBBBBBBB", Purpose.VISIT, AT)
        assert isinstance(back, ProfileView) and back.field("mobile") is not None


def test_the_first_practice_pack_makes_it_a_practice_vault(rep: RepVault, folder: Path) -> None:
    filled(rep, sandbox=True)
    assert peek(folder).sandbox and rep.vault.sandbox


def test_people_survive_storage_exactly(rep: RepVault) -> None:
    odd: PackPerson = sample.person(
        "HCP-DDDDDDDD", head=(replace(sample.NAME, value='𠮷田\u0000"\\n 🙂'),), cross_border=CrossBorder.SENT
    )
    filled(rep, people=[odd])
    found = rep.people(AT).rows[0]
    assert found.fields == odd.head and found.cross_border is CrossBorder.SENT
    assert all(f.state is FieldState.DISCLOSED for f in found.fields)
