"""Units of work: no audit, no data; all or nothing; the second lock inside the database."""

from datetime import timedelta
from hashlib import sha256

import pytest
from sqlcipher3 import dbapi2 as driver
from vault_support import NOW, World, granted, imported_yes, open_line, value

from compliance.errors import AuditIntegrityError, InputErrors, StorageFull, VaultCorrupt, VaultError
from compliance.model.access import Block, FieldState, RecordStatus, Section
from compliance.model.audit import Kind
from compliance.model.profile import CrossBorder
from compliance.vault import Maintenance
from compliance.vault.people.sections import SECTIONS
from compliance.vault.schema import TABLES

HCP = "HCP-AAAAAAAA"


def test_leaving_without_commit_leaves_nothing(world: World) -> None:
    files = set((world.path / "evidence").iterdir())
    size = world.vault.log.size
    with pytest.raises(ZeroDivisionError), world.vault.unit_of_work() as uow:
        uow.people.add(HCP, created_at=NOW)
        uow.sections.write(HCP, Section.DIRECTORY, {"full_name": value("林")})
        uow.evidence.seal(HCP, b"scan", "image/png")
        raise ZeroDivisionError
    assert set((world.path / "evidence").iterdir()) == files
    assert world.vault.keys.numbers() == set()
    with world.vault.snapshot() as snap:
        assert snap.people.get(HCP) is None
        assert snap.log.size == size
    assert world.vault.check(full=True).ok


def test_a_taken_back_number_is_used_again_with_another_key(world: World) -> None:
    with world.vault.unit_of_work() as uow:
        uow.people.add(HCP, created_at=NOW)
    world.person(HCP)
    assert world.vault.check(full=True).ok


def test_commit_needs_an_entry(world: World) -> None:
    with pytest.raises(ValueError, match="audit entry"), world.vault.unit_of_work() as uow:
        uow.settings.set("a", "b")
        uow.commit()
    with world.vault.snapshot() as snap:
        assert snap.settings.get("a") == ""


@pytest.mark.req("REQ-100")
def test_entries_are_numbered_and_carry_the_state(world: World) -> None:
    with world.vault.unit_of_work() as uow:
        uow.settings.set("a", "b")
        first = uow.commit(world.event(Kind.SETTING_CHANGED, key="a"), world.event(Kind.TASK_DONE))
    with world.vault.unit_of_work() as uow:
        second = uow.commit(world.event(Kind.LIST_SHOWN))
    assert first == [2, 3] and second == [4]
    with world.vault.snapshot() as snap:
        two, three, four = (entry.data for entry in snap.log.entries(2, 5))
    assert two["seq"] == 2 and two["seat"] == world.vault.seat
    assert two["state"] == three["state"] == four["state"], "looking changes no row"


def test_every_change_of_a_row_changes_the_state(world: World) -> None:
    states = []
    for change in ("b", "c", "b"):
        with world.vault.unit_of_work() as uow:
            uow.settings.set("a", change)
            (index,) = uow.commit(world.event(Kind.SETTING_CHANGED))
        with world.vault.snapshot() as snap:
            entry = snap.log.entry(index)
            assert entry is not None
            states.append(entry.data["state"])
    assert states[0] == states[2] != states[1]


def test_snapshot_cannot_write_and_cannot_unseal(world: World) -> None:
    world.person(HCP)
    with world.vault.snapshot() as snap:
        for act in (
            lambda: snap.settings.set("a", "b"),
            lambda: snap.sections.read(granted(HCP, ("full_name", Section.DIRECTORY, FieldState.DISCLOSED))),
            lambda: snap.people.set_status(HCP, RecordStatus.DORMANT),
        ):
            with pytest.raises(VaultError, match="read_only_transaction"):
                act()


@pytest.mark.req("REQ-044")
def test_read_returns_what_the_decision_shows_and_nothing_else(world: World) -> None:
    world.person(HCP)
    decision = granted(
        HCP,
        ("full_name", Section.DIRECTORY, FieldState.DISCLOSED),
        ("department", Section.DIRECTORY, FieldState.WITHHELD),
        ("mobile", Section.CONTACT, FieldState.WITHHELD),
    )
    with world.vault.unit_of_work() as uow:
        read = uow.sections.read(decision)
        uow.commit(world.event(Kind.PROFILE_OPENED, HCP))
    assert {key: found.value for key, found in read.items()} == {"full_name": "欧阳若溪"}
    assert read["full_name"].provenance.source == "SITE"
    assert "欧阳" not in repr(read)


@pytest.mark.parametrize("section", sorted(Section))
def test_ciphertext_cannot_be_read_past_the_guard(world: World, section: Section) -> None:
    world.person(HCP)
    table = SECTIONS[section].name
    with world.vault.unit_of_work() as uow:
        uow.sections.read_for(Maintenance.AMEND, HCP, [section])
        for sql in (
            f"SELECT sealed FROM {table}",
            f"SELECT * FROM {table}",
            f"SELECT hcp FROM {table} WHERE length(sealed) > 1",
        ):  # fmt: skip
            with pytest.raises(VaultError) as fault:
                uow.db.execute(sql)
            assert fault.value.code in ("not_allowed", "statement")


@pytest.mark.req("REQ-044")
def test_an_open_guard_opens_only_what_was_decided(world: World) -> None:
    """Whatever the statement: prepared before and kept by the driver, through an alias, a sub-query, a condition."""
    guard, execute = world.vault.guard, world.vault.db.execute
    contact = granted(
        HCP, ("mobile", Section.CONTACT, FieldState.DISCLOSED), ("fee", Section.FEES, FieldState.WITHHELD)
    )
    statements = (
        "SELECT sealed FROM sec_contact", "SELECT x.sealed FROM sec_contact AS x",
        "SELECT * FROM (SELECT * FROM sec_contact)", "SELECT max(sealed) FROM sec_contact",
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM sec_contact WHERE sealed > x'00')",
        "SELECT hcp FROM sec_contact ORDER BY sealed", "UPDATE sec_contact SET digest = sealed",
    )  # fmt: skip
    for sql in statements:
        for _ in range(2):  # the second time the driver has the statement prepared
            with guard.reading(contact, frozenset({Section.CONTACT})):
                execute(sql)
            with pytest.raises(VaultError):
                execute(sql)
    with guard.reading(contact, frozenset({Section.CONTACT})):
        with pytest.raises(VaultError):
            execute("SELECT sealed FROM sec_payment")
        with pytest.raises(RuntimeError, match="already open"), guard.reading(contact, frozenset()):
            pass
    execute("SELECT count(*) FROM sec_contact")  # how many there are is no secret of a value
    for why in (contact, "curious", None):
        sections = frozenset({Section.FEES} if why is contact else ())
        with pytest.raises(RuntimeError), guard.reading(why, sections):  # type: ignore[arg-type]
            execute("SELECT sealed FROM sec_fees")


def test_a_row_counts_with_the_digest_of_its_blob_and_holds_none(world: World) -> None:
    world.person(HCP)
    world.person("HCP-BBBBBBBB")
    table, everybody = SECTIONS[Section.DIRECTORY], frozenset({Section.DIRECTORY})
    with world.vault.guard.reading(Maintenance.CHECK, everybody):
        stored = world.vault.db.execute("SELECT hcp, digest, sealed FROM sec_directory ORDER BY hcp")
    assert {digest for _, digest, _ in stored} == {b""} and len({sealed for *_, sealed in stored}) == 2
    with world.vault.unit_of_work() as uow:
        for hcp, _, sealed in stored:
            assert uow.get(table, hcp)[4] == sha256(sealed).digest()[:20]  # type: ignore[index]
        assert [row[0] for row in uow.select(table, "WHERE hcp > ?", (1,))] == [2]
    assert world.vault.db.execute("SELECT * FROM row_directory") == world.vault.db.execute(table.every)
    assert "sealed" not in table.every and "sealed" not in table.by_key
    with pytest.raises(VaultError):
        world.vault.db.execute("SELECT sealed FROM row_directory")  # the view has no such column
    assert world.vault.check(full=True).ok


@pytest.mark.req("REQ-044")
@pytest.mark.parametrize(
    "sql",
    [
        "WITH row_contact AS (SELECT sealed FROM sec_contact) SELECT sealed FROM row_contact",
        "with\trow_contact(x) as materialized (select hex(sealed) from main.sec_contact) select x from row_contact",
        "WITH RECURSIVE row_contact(x) AS (SELECT sealed FROM sec_contact UNION SELECT x FROM row_contact)"
        " SELECT * FROM row_contact",
        "SELECT * FROM (WITH row_contact AS (SELECT sealed FROM sec_contact) SELECT * FROM row_contact)",
        "SELECT * FROM (SELECT sealed FROM sec_contact) AS row_contact",
        "SELECT row_contact.sealed FROM sec_contact AS row_contact",
        "SELECT (SELECT sealed FROM sec_contact c WHERE c.hcp = r.hcp) FROM row_contact r",
    ],
)
def test_nothing_that_is_called_like_a_view_of_rows_reads_a_ciphertext(world: World, sql: str) -> None:
    """SQLite's authorizer is told one name alike for a view and for a part that a statement names itself."""
    world.person(HCP)
    for _ in range(2):
        with pytest.raises(VaultError, match="not_allowed"):
            world.vault.db.execute(sql)
        assert world.vault.db.execute("SELECT digest FROM row_contact")  # the view itself still answers


@pytest.mark.req("REQ-101")
@pytest.mark.parametrize(
    "sql",
    [
        "ATTACH DATABASE ':memory:' AS x", "DETACH DATABASE idx", "PRAGMA writable_schema = ON", "PRAGMA rekey = 'x'",
        "DROP TABLE people", "DROP TRIGGER log_entry_keep", "CREATE TABLE x (a)", "ALTER TABLE people ADD COLUMN x",
        "CREATE TEMP VIEW row_x AS SELECT sealed FROM sec_fees", "DROP VIEW row_fees", "CREATE TEMP TABLE x (a)",
        "CREATE TEMP TRIGGER row_fees AFTER UPDATE ON people BEGIN SELECT sealed FROM sec_fees; END",
        "UPDATE log_entry SET body = x'00'", "DELETE FROM log_entry",
        "INSERT OR REPLACE INTO log_entry SELECT * FROM log_entry WHERE idx = 0", "SELECT load_extension('x')",
        "PRAGMA secure_delete = OFF", "PRAGMA foreign_keys = OFF",
    ],
)  # fmt: skip
def test_the_open_connection_refuses(world: World, sql: str) -> None:
    with pytest.raises(VaultError):
        world.vault.db.execute(sql)


def test_triggers_keep_the_log_even_without_the_guard(world: World) -> None:
    world.vault.db.unlock_for_maintenance()
    for sql in ("UPDATE log_entry SET body = x'00'", "DELETE FROM log_entry WHERE idx = 0"):
        with pytest.raises(VaultError, match="append only"):
            world.vault.db.execute(sql)


def test_settings_of_every_connection(world: World) -> None:
    world.vault.db.unlock_for_maintenance()
    for name, expected in (
        ("journal_mode", "wal"), ("synchronous", 2), ("secure_delete", 1), ("foreign_keys", 1), ("trusted_schema", 0),
        ("cell_size_check", 1), ("mmap_size", 0), ("temp_store", 2), ("recursive_triggers", 1),
    ):  # fmt: skip
        assert str(world.vault.db.value(f"PRAGMA {name}")) == str(expected), name
    assert driver.sqlite_version_info >= (3, 51, 3)
    for name in ("journal_mode", "synchronous", "secure_delete"):
        assert str(world.vault.db.value(f"PRAGMA idx.{name}")) in ("wal", "2", "1")


def test_sections_are_bound_to_person_section_and_version(world: World) -> None:
    world.person(HCP)
    world.person("HCP-BBBBBBBB", name="司马")
    raw = world.insider()
    raw.execute("UPDATE sec_directory SET sealed = (SELECT sealed FROM sec_directory WHERE hcp = 1) WHERE hcp = 2")
    raw.close()
    with pytest.raises(VaultCorrupt, match="section_damaged"), world.vault.unit_of_work() as uow:
        uow.sections.read_for(Maintenance.AMEND, "HCP-BBBBBBBB", [Section.DIRECTORY])
    raw = world.insider()
    raw.execute("UPDATE sec_directory SET version = 7 WHERE hcp = 1")
    raw.close()
    with pytest.raises(VaultCorrupt, match="section_damaged"), world.vault.unit_of_work() as uow:
        uow.sections.read_for(Maintenance.AMEND, HCP, [Section.DIRECTORY])


def test_wrapped_keys_cannot_be_swapped_between_people(world: World) -> None:
    from compliance.vault import RoleKey
    from compliance.vault.engine.connection import Connection

    world.person(HCP)
    world.person("HCP-BBBBBBBB", name="司马")
    raw = Connection.open(world.path / "keys.db", world.vault.keyring.file_key(RoleKey.KEYS))
    raw.execute("UPDATE wrapped_key SET wrapped = (SELECT wrapped FROM wrapped_key WHERE place = 8) WHERE place = 16")
    raw.close()
    with pytest.raises(VaultCorrupt, match="key_damaged"), world.vault.unit_of_work() as uow:
        uow.sections.read_for(Maintenance.AMEND, "HCP-BBBBBBBB", [Section.DIRECTORY])


def test_amending_raises_the_version_and_removing_removes(world: World) -> None:
    world.person(HCP)
    for text in ("一", "二"):
        with world.vault.unit_of_work() as uow:
            uow.sections.write(HCP, Section.PREFERENCE, {"note": value(text)})
            uow.commit(world.event(Kind.PERSON_AMENDED, HCP))
    with world.vault.unit_of_work() as uow:
        found = uow.sections.read_for(Maintenance.AMEND, HCP, [Section.PREFERENCE])
        assert found[Section.PREFERENCE]["note"].value == "二"
        assert uow.get(SECTIONS[Section.PREFERENCE], 1)[1] == 2  # type: ignore[index]
        uow.sections.write(HCP, Section.PREFERENCE, {})
        uow.commit(world.event(Kind.PERSON_AMENDED, HCP))
    with world.vault.unit_of_work() as uow:
        assert uow.sections.read_for(Maintenance.AMEND, HCP, [Section.PREFERENCE]) == {}
    assert world.vault.check(full=True).ok


def test_lone_surrogates_are_refused_without_quoting_the_value(world: World) -> None:
    world.person(HCP)
    with pytest.raises(VaultError) as fault, world.vault.unit_of_work() as uow:
        uow.sections.write(HCP, Section.PREFERENCE, {"note": value("secret\ud800")})
    assert fault.value.code == "bad_text" and "secret" not in str(fault.value)


def test_unknown_person_and_bad_id(world: World) -> None:
    with world.vault.unit_of_work() as uow:
        for act, code in (
            (lambda: uow.people.add("HCP-1", created_at=NOW), "hcp_id"),
            (lambda: uow.sections.write(HCP, Section.CONTACT, {}), "unknown_person"),
            (lambda: uow.consents.add(imported_yes("CE-1", HCP)), "unknown_person"),
        ):
            with pytest.raises(InputErrors, match=code):
                act()
        assert uow.people.get(HCP) is None
    world.person(HCP)
    with pytest.raises(InputErrors, match="person_exists"), world.vault.unit_of_work() as uow:
        uow.people.add(HCP, created_at=NOW)


def test_people_change_and_come_back(world: World) -> None:
    world.person(HCP)
    with world.vault.unit_of_work() as uow:
        uow.people.set_status(HCP, RecordStatus.RESTRICTED)
        uow.people.set_blocks(HCP, {Block.FROZEN, Block.OBJECTION})
        uow.people.set_cross_border(HCP, CrossBorder.BLOCKED)
        uow.people.set_adm_optout(HCP, True)
        uow.commit(world.event(Kind.PERSON_BLOCKED, HCP))
    with world.vault.snapshot() as snap:
        person = snap.people.get(HCP)
    assert person is not None
    assert (person.status, person.blocks) == (RecordStatus.RESTRICTED, {Block.FROZEN, Block.OBJECTION})
    assert (person.cross_border, person.adm_optout, person.created_at) == (CrossBorder.BLOCKED, True, NOW)
    assert world.vault.check(full=True).ok


def test_consent_events_and_states_come_back_whole(world: World) -> None:
    world.person(HCP)
    event = imported_yes("CE-1", HCP)
    with world.vault.unit_of_work() as uow:
        uow.consents.add(event)
        uow.consents.set_state(HCP, open_line("visit"))
        uow.consents.set_state(HCP, open_line("digital/wecom", NOW + timedelta(days=2)))
        uow.commit(world.event(Kind.CONSENT_RECORDED, HCP))
    with world.vault.snapshot() as snap:
        (found,) = snap.consents.events(HCP)
        assert (found.event_id, found.item, found.kind, found.recorded_at) == ("CE-1", "visit", event.kind, NOW)
        assert found.origin == world.vault.origin and found.sequence > 0
        assert snap.consents.states(HCP) == {
            "visit": open_line("visit"), "digital/wecom": open_line("digital/wecom", NOW + timedelta(days=2)),
        }  # fmt: skip
        ending = snap.consents.expiring(NOW + timedelta(days=3), after=NOW)
        assert ending == [(HCP, "digital/wecom", NOW + timedelta(days=2))]
        assert snap.consents.states_many([HCP, "HCP-ZZZZZZZZ"])["HCP-ZZZZZZZZ"] == {}
        late = snap.consents.counts_by_item(at=NOW + timedelta(days=3))
        assert {item: dict(c) for item, c in late.items()} == {"visit": {"given": 1}, "digital/wecom": {"expired": 1}}
    with pytest.raises(InputErrors, match="event_exists"), world.vault.unit_of_work() as uow:
        uow.consents.add(event)


def test_evidence_comes_back_and_notices_tampering(world: World) -> None:
    world.person(HCP)
    with world.vault.unit_of_work() as uow:
        row = uow.evidence.seal(HCP, b"signed paper", "image/png")
        uow.commit(world.event(Kind.EVIDENCE_SEALED, HCP))
    with world.vault.unit_of_work() as uow:
        assert uow.evidence.open(row.evidence_id) == b"signed paper"
        uow.commit(world.event(Kind.EVIDENCE_OPENED, HCP))
    (file,) = (world.path / "evidence").iterdir()
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    with pytest.raises(VaultCorrupt, match="evidence_damaged"), world.vault.unit_of_work() as uow:
        uow.evidence.open(row.evidence_id)
    assert [p.code for p in world.vault.check(full=True).problems] == ["evidence_changed"]
    file.unlink()
    assert [p.code for p in world.vault.check(full=True).problems] == ["evidence_missing"]


def test_restricted_sessions_write_entries_but_change_nothing(world: World) -> None:
    world.vault.restricted = True
    size = world.vault.log.size
    with world.vault.unit_of_work() as uow:
        assert uow.commit(world.event(Kind.LIST_SHOWN)) == [size]
    assert (world.vault.log.size, len(world.vault.sidecar())) == (size, 1)
    with pytest.raises(AuditIntegrityError, match="restricted"), world.vault.unit_of_work() as uow:
        uow.settings.set("a", "b")
        uow.commit(world.event(Kind.SETTING_CHANGED))
    with pytest.raises(AuditIntegrityError, match="restricted"):
        world.vault.checkpoint(NOW)


def test_time_floor_follows_the_latest_entry_and_can_be_put_right(world: World) -> None:
    later = NOW + timedelta(days=400)
    with world.vault.unit_of_work() as uow:
        uow.commit(world.event(Kind.LIST_SHOWN, at=later))
    assert world.vault.time_floor() == later
    with world.vault.unit_of_work() as uow:
        uow.reset_clock_floor(NOW)
        uow.commit(world.event(Kind.CLOCK_ACKNOWLEDGED))
    assert world.vault.time_floor() == NOW


def test_every_table_is_recomputed_by_the_full_check(world: World) -> None:
    assert len({table.name for table in TABLES}) == len(TABLES) >= 28


def test_two_seats_see_each_other_at_once(world: World) -> None:
    other = world.other()
    try:
        world.person(HCP)
        with other.snapshot() as snap:
            assert snap.people.get(HCP) is not None
        with other.unit_of_work() as uow:
            uow.settings.set("from", "other")
            (index,) = uow.commit(world.event(Kind.SETTING_CHANGED))
        assert index == world.vault.log.size, "numbers go on across seats"
        with world.vault.snapshot() as snap:
            assert snap.settings.get("from") == "other" and snap.log.size == index + 1
        assert world.vault.check(full=True).ok and other.check(full=True).ok
    finally:
        other.close(NOW)


def test_nesting_and_closed_vaults_are_refused(world: World) -> None:
    with pytest.raises(RuntimeError), world.vault.unit_of_work(), world.vault.snapshot():
        pass
    world.close()
    with pytest.raises(VaultError, match="vault_closed"):
        world.vault.unit_of_work()
    world.vault.close(NOW)


def test_a_commit_that_stands_although_it_reported_a_fault_keeps_its_keys(world: World) -> None:
    """A full disk may stop a commit between the files: the log has it, so its keys and documents are not taken back."""
    with world.vault.unit_of_work() as uow:
        uow.people.add(HCP, created_at=NOW)
        uow.sections.write(HCP, Section.DIRECTORY, {"full_name": value("林")})
        uow.before_commit(lambda: world.vault.db.execute("COMMIT"))  # then the commit itself finds no transaction
        numbers = uow.commit(world.event(Kind.PERSON_ADDED, HCP))
    with world.vault.snapshot() as snap:
        assert snap.people.get(HCP) is not None and snap.log.size == numbers[-1] + 1
    found = world.vault.check(full=True).problems  # nobody wrote a row of the index here, and that alone is said
    assert {problem.code for problem in found} == {"search_index_differs"}


def test_after_a_failed_commit_nothing_in_memory_is_trusted(world: World) -> None:
    def fail() -> None:
        raise StorageFull

    with pytest.raises(StorageFull), world.vault.unit_of_work() as uow:
        uow.people.add(HCP, created_at=NOW)
        uow.before_commit(fail)
        uow.commit(world.event(Kind.PERSON_ADDED, HCP))
    world.person(HCP)
    assert world.vault.check(full=True).ok
