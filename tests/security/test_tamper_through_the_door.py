"""Somebody with the key, or with the files, changes the vault: every way is found and named at the next opening."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2 as sqlcipher
from support import PASS, Desk, Doctor, done

from compliance.audit.tree import leaf_hash
from compliance.clock import FixedClock
from compliance.errors import ComplianceError, VaultCorrupt, VaultError, VaultTooNew, WrongPassphrase
from compliance.model.access import Purpose, Role
from compliance.use_cases.consent import withdrawing
from compliance.use_cases.evidence import evidence
from compliance.use_cases.seat import session as sessions
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seeing import profiles
from compliance.vault import RoleKey
from compliance.vault.folder import seats


class Scene:
    """A closed vault with about 60 entries, its key, and a way back to the good state."""

    def __init__(self, folder: Path) -> None:
        self.desk = Desk.create(folder, staff={"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK})
        self.desk.bring([Doctor(number="T1", name="令狐望月"), Doctor(number="T2", name="令狐听松")])
        self.hcp = self.desk.id_of("令狐望月")
        self.key = self.desk.sit("zhao").vault.keyring.file_key(RoleKey.MAIN)
        self.desk.rise()
        self.older = folder / "older.db"
        shutil.copy(self.main, self.older)
        self.event = self.desk.consent(self.hcp)
        for _ in range(30):
            done(profiles.open_profile(self.desk.sit("chen"), hcp_id=self.hcp, purpose=Purpose.VISIT))
        self.desk.rise()
        self.copy = folder / "good.ckvault"
        shutil.copytree(self.desk.vault, self.copy)
        self.state = Path(__import__("os").environ["CONSENTKEEP_STATE_DIR"])
        self.vault_id = sessions.peek_vault(self.desk.vault).vault_id
        shutil.copytree(self.state / self.vault_id, folder / "state")
        self.good_state = folder / "state"

    @property
    def main(self) -> Path:
        return self.desk.vault / "main.db"

    def reset(self) -> None:
        shutil.rmtree(self.desk.vault)
        shutil.copytree(self.copy, self.desk.vault)
        shutil.rmtree(self.state / self.vault_id)
        shutil.copytree(self.good_state, self.state / self.vault_id)

    def sql(self, *statements: tuple[str, tuple[object, ...]]) -> list[tuple[object, ...]]:
        """Straight into the file, key in hand, triggers gone, with a driver of its own."""
        raw = sqlcipher.connect(str(self.main))
        raw.execute(f"PRAGMA key = \"x'{self.key.hex()}'\"")
        rows: list[tuple[object, ...]] = []
        for (name,) in raw.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall():
            raw.execute(f'DROP TRIGGER "{name}"')
        for text, values in statements:
            cursor = raw.execute(text, values)
            rows = cursor.fetchall()
            assert not text.startswith(("UPDATE", "DELETE")) or cursor.rowcount > 0, text
        raw.commit()
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        raw.close()
        return rows

    def open(self) -> Session:
        found = sessions.open_session(self.desk.vault, user="zhao", passphrase=PASS, clock=FixedClock(self.desk.at))
        assert isinstance(found, Session)
        return found

    def problems(self) -> list[tuple[str, int | None]]:
        """What a full check finds."""
        session = self.open()
        try:
            report = session.vault.check(full=True)
            assert not report.ok
            return [(p.code, p.index) for p in report.problems]
        finally:
            sessions.close_session(session)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return Scene(tmp_path_factory.mktemp("tamper"))


@pytest.fixture
def scene(whole: Scene) -> Iterator[Scene]:
    whole.reset()
    yield whole


@pytest.mark.req("REQ-101")
def test_the_untouched_vault_is_found_whole(scene: Scene) -> None:
    session = scene.open()
    assert session.vault.check(full=True).ok
    assert not session.restricted
    sessions.close_session(session)


@pytest.mark.req("REQ-101")
@pytest.mark.parametrize("index", [0, 3, 17, 40])
def test_a_changed_entry_is_named_by_its_number(scene: Scene, index: int) -> None:
    (body,) = scene.sql(("SELECT body FROM log_entry WHERE idx=?", (index,)))[0]
    entry = json.loads(body)  # type: ignore[arg-type]
    entry["actor"] = "somebody"
    changed = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    scene.sql(("UPDATE log_entry SET body=? WHERE idx=?", (changed, index)))
    found = scene.problems()
    assert index in {i for _, i in found}, found
    assert min(i for _, i in found if i is not None) == index, found


@pytest.mark.req("REQ-101")
@pytest.mark.parametrize("index", [5, 33])
def test_a_changed_entry_with_matching_leaf_is_named(scene: Scene, index: int) -> None:
    (body,) = scene.sql(("SELECT body FROM log_entry WHERE idx=?", (index,)))[0]
    changed = body.replace(b'"zhao"', b'"zhau"').replace(b'"chen"', b'"chan"').replace(b'"wu"', b'"wo"')  # type: ignore[union-attr,attr-defined]
    assert changed != body
    scene.sql(("UPDATE log_entry SET body=?, leaf=? WHERE idx=?", (changed, leaf_hash(changed), index)))
    assert index in {i for _, i in scene.problems()}


@pytest.mark.req("REQ-101")
def test_a_quick_check_does_not_call_whole_what_a_full_one_found(scene: Scene) -> None:
    scene.sql(("UPDATE log_entry SET actor = 'somebody' WHERE idx = 17", ()))
    session = scene.open()
    assert done(evidence.check_vault(session)).ok, "a quick check reads the newest entries"
    assert not done(evidence.check_vault(session, full=True)).ok
    sessions.close_session(session)
    again = scene.open()
    quick = done(evidence.check_vault(again))
    assert not quick.ok and [(p.code, p.index) for p in quick.problems] == [("log_index", 17)]
    sessions.close_session(again)


@pytest.mark.req("REQ-101")
def test_a_missing_tail_is_reported(scene: Scene) -> None:
    size = int(scene.sql(("SELECT count(*) FROM log_entry", ()))[0][0])  # type: ignore[call-overload]
    scene.sql(("DELETE FROM log_entry WHERE idx >= ?", (size - 3,)))
    found = scene.problems()
    assert ("log_truncated", size - 3) in found, found


@pytest.mark.req("REQ-101")
def test_a_removed_entry_is_reported(scene: Scene) -> None:
    scene.sql(("DELETE FROM log_entry WHERE idx = ?", (20,)))
    assert 20 in {i for _, i in scene.problems()}


@pytest.mark.req("REQ-101")
@pytest.mark.parametrize("index", [7, 28])
def test_an_inserted_entry_is_found_by_its_number(scene: Scene, index: int) -> None:
    """Key in hand: a well-made entry is put between two others, its leaf right, all later ones moved up."""
    kind, at, actor, body = scene.sql(
        ("SELECT kind, at, actor, CAST(body AS BLOB) FROM log_entry WHERE idx=?", (index,))
    )[0]
    entry = json.loads(body) | {"actor": "somebody"}  # type: ignore[arg-type]
    forged = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    scene.sql(
        ("UPDATE log_entry SET idx = -idx - 1 WHERE idx >= ?", (index,)),
        ("UPDATE log_entry SET idx = -idx WHERE idx < 0", ()),
        (
            "INSERT INTO log_entry (idx, at, kind, actor, body, leaf) VALUES (?, ?, ?, ?, ?, ?)",
            (index, at, kind, actor, forged, leaf_hash(forged)),
        ),
    )
    found = scene.problems()
    assert min(i for _, i in found if i is not None) == index, found


@pytest.mark.req("REQ-101")
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE consent_state SET status='given', valid_until=NULL",
        "DELETE FROM consent_state",
        "UPDATE consent_event SET recorded_by='zhao'",
        "UPDATE consent_event SET valid_until=9999999999999999 WHERE kind='given'",
        "DELETE FROM consent_event WHERE kind='given'",
        "UPDATE people SET blocks=64",
        "UPDATE sec_directory SET sealed=zeroblob(200)",
        "INSERT INTO setting VALUES ('before_proof', 'transition')",
    ],
)
def test_a_changed_row_is_reported(scene: Scene, change: str) -> None:
    scene.sql((change, ()))
    codes = {code for code, _ in scene.problems()}
    assert codes & {"table_changed", "state_differs", "section_changed"}, codes


@pytest.mark.req("REQ-101")
def test_an_older_main_db_is_reported(scene: Scene) -> None:
    shutil.copy(scene.older, scene.main)
    session = scene.open()
    assert session.restricted
    assert "restricted" in session.warnings
    codes = {p.code for p in session.vault.check(full=True).problems}
    assert "log_truncated" in codes, codes
    with pytest.raises(ComplianceError) as fault:
        profiles.freeze_person(session, hcp_id=scene.hcp)
    assert fault.value.exit_code == 3
    sessions.close_session(session)


def test_lists_that_cannot_be_made_while_nothing_may_change_are_said_to_be_short(scene: Scene) -> None:
    shutil.copy(scene.older, scene.main)
    (scene.desk.vault / "index.db").unlink()
    clock = FixedClock(scene.desk.at)
    session = sessions.open_session(scene.desk.vault, user="chen", passphrase=f"{PASS} chen", clock=clock)
    assert isinstance(session, Session) and session.warnings == ("restricted", "lists_not_made")
    assert done(profiles.open_profile(session, hcp_id=scene.hcp, purpose=Purpose.MDM)).hcp_id == scene.hcp
    sessions.close_session(session)


@pytest.mark.req("REQ-101")
def test_a_session_ended_by_force_whose_wal_is_taken_away_is_missed(scene: Scene) -> None:
    """What somebody looked at between unlocking and the kill is in the WAL alone; that they were in stands outside."""
    before = scene.main.read_bytes()
    session = scene.open()
    size = session.vault.log.size
    session.vault.abandon()
    scene.main.write_bytes(before)
    assert scene.problems()[0] == ("log_truncated", size - 1)


def test_a_place_outside_that_cannot_be_written_is_told_and_leaves_no_seat_taken(scene: Scene) -> None:
    session = scene.open()
    lock = session.vault.outside.folder / "lock"
    sessions.close_session(session)
    lock.unlink(missing_ok=True)
    lock.mkdir()
    for _ in range(2):
        with pytest.raises(VaultError):
            scene.open()
        assert not seats.living(scene.desk.vault)
    lock.rmdir()
    sessions.close_session(scene.open())


def _page_of(scene: Scene) -> dict[str, int]:
    """Tables and indexes whose first page differs between the two files."""
    new, old = scene.main.read_bytes(), scene.older.read_bytes()
    roots = scene.sql(("SELECT name, rootpage - 1 FROM sqlite_master WHERE rootpage > 0", ()))
    scene.reset()
    found = {str(name): int(page) for name, page in roots}  # type: ignore[call-overload]
    return {n: p for n, p in found.items() if new[p * 4096 :][:4096] != old[p * 4096 :][:4096] and p * 4096 < len(old)}


def _found(scene: Scene, page: int) -> bool:
    """Whether one older page, put back alone, is found by opening or by the full check."""
    old = scene.older.read_bytes()
    scene.reset()
    with scene.main.open("r+b") as out:
        out.seek(page * 4096)
        out.write(old[page * 4096 :][:4096])
    try:
        session = scene.open()
    except ComplianceError:
        return True
    try:
        return not session.vault.check(full=True).ok
    except ComplianceError:
        return True
    finally:
        sessions.close_session(session)


@pytest.mark.req("REQ-101")
def test_an_older_page_of_a_table_is_reported(scene: Scene) -> None:
    pages = _page_of(scene)
    tables = [
        "log_entry",
        "log_person",
        "log_head",
        "ledger",
        "consent_item",
        "consent_event",
        "consent_state",
        "evidence",
    ]
    assert set(tables) <= set(pages)
    missed = [name for name in tables if not _found(scene, pages[name])]
    assert missed == []


@pytest.mark.req("REQ-101")
@pytest.mark.parametrize("name", ["consent_state_hcp", "log_entry_kind", "consent_event_event_id"])
def test_an_older_page_of_an_index_is_reported(scene: Scene, name: str) -> None:
    pages = _page_of(scene)
    assert _found(scene, pages[name])


@pytest.mark.req("REQ-101")
def test_an_older_page_of_an_index_of_some_rows_is_reported(scene: Scene) -> None:
    """SQLite counts the entries of every index but those with a WHERE: what left one would come back unseen."""
    roots = dict(scene.sql(("SELECT name, rootpage - 1 FROM sqlite_master WHERE name LIKE 'consent_state%'", ())))
    before = scene.main.read_bytes()
    at = scene.desk.at.isoformat()
    seat = scene.desk.sit("chen")
    done(withdrawing.withdraw_consent(seat, hcp_id=scene.hcp, items=["visit"], received_at=at, channel="phone"))
    scene.desk.rise()
    page = slice(int(str(roots["consent_state_ends"])) * 4096, (int(str(roots["consent_state_ends"])) + 1) * 4096)
    after = bytearray(scene.main.read_bytes())
    assert after[page] != before[page]
    after[page] = before[page]
    scene.main.write_bytes(after)
    session = scene.open()
    found = {(p.code, p.detail) for p in session.vault.check(full=True).problems}
    sessions.close_session(session)
    assert found == {("index_differs", "consent_state_ends")}


def _swap_keys(scene: Scene) -> None:
    shutil.copy(scene.desk.vault / "index.db", scene.desk.vault / "keys.db")


def _cut(scene: Scene) -> None:
    data = scene.main.read_bytes()
    scene.main.write_bytes(data[: len(data) // 2 - 100])


def _newer(scene: Scene) -> None:
    path = scene.desk.vault / "header.json"
    head = json.loads(path.read_text("utf-8"))
    head["format"] = int(head["format"]) + 8
    path.write_text(json.dumps(head), "utf-8")


def _gone(scene: Scene) -> None:
    scene.main.unlink()


def _junk_header(scene: Scene) -> None:
    (scene.desk.vault / "header.json").write_bytes(b"{not json")


@pytest.mark.parametrize(
    ("damage", "kind"),
    [
        (_swap_keys, VaultCorrupt),
        (_cut, VaultCorrupt),
        (_newer, VaultTooNew),
        (_gone, VaultCorrupt),
        (_junk_header, VaultCorrupt),
    ],
)
def test_damage_has_a_clear_message_of_its_own(scene: Scene, damage: Callable[[Scene], None], kind: type) -> None:
    damage(scene)
    before = {
        p.name: p.read_bytes() for p in scene.desk.vault.iterdir() if p.is_file() and p.suffix in (".db", ".json")
    }
    with pytest.raises(kind) as fault:
        scene.open()
    assert fault.value.exit_code == 4
    after = {p.name: p.read_bytes() for p in scene.desk.vault.iterdir() if p.is_file() and p.suffix in (".db", ".json")}
    assert after == before  # nothing is "repaired"


@pytest.mark.req("REQ-101")
def test_weaker_key_stretching_in_the_header_is_refused(scene: Scene) -> None:
    path = scene.desk.vault / "header.json"
    text = path.read_text("utf-8")
    head = json.loads(text)

    def weaken(node: object) -> int:
        count = 0
        if isinstance(node, dict):
            for key, value in node.items():
                if key in ("memory_kib", "m") and isinstance(value, int):
                    node[key] = 8
                    count += 1
                else:
                    count += weaken(value)
        elif isinstance(node, list):
            count += sum(map(weaken, node))
        return count

    assert weaken(head) > 0
    path.write_text(json.dumps(head), "utf-8")
    with pytest.raises(ComplianceError):
        scene.open()


def test_a_wrong_passphrase_and_an_unknown_user_sound_alike(scene: Scene) -> None:
    told = []
    for user, secret in (("zhao", "not the passphrase"), ("nobody", PASS), ("", PASS)):
        with pytest.raises(WrongPassphrase) as fault:
            sessions.open_session(scene.desk.vault, user=user, passphrase=secret, clock=FixedClock(scene.desk.at))
        told.append((fault.value.code, dict(fault.value.params), str(fault.value)))
    assert len({str(t) for t in told}) == 1, told


def test_the_report_names_the_finding(scene: Scene) -> None:
    scene.sql(("UPDATE log_entry SET body=replace(body, 'zhao', 'zhau') WHERE idx = ?", (2,)))
    session = scene.open()  # sealed long ago: the quick check at opening looks at the tail, the full check at all
    try:
        answer = evidence.check_vault(session, full=True)
    except ComplianceError as fault:
        assert fault.exit_code == 3
        pytest.fail("vault check must report, not end")
    else:
        assert 2 in {p.index for p in answer.value.problems}  # type: ignore[union-attr]
    finally:
        sessions.close_session(session)
