"""An insider with the key changes rows: every edit is found, the first bad entry by its number (REQ-101)."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace

import pytest
from vault_support import NOW, World, imported_yes, new_person, open_line, publish, stage, start

from compliance.audit import checkpoint as notes
from compliance.audit.tree import TILE, CompactRange, leaf_hash, perfect_root
from compliance.errors import AuditIntegrityError, VaultError
from compliance.model.access import Role, Section
from compliance.model.audit import Kind
from compliance.vault import Problem, RoleKey
from compliance.vault.engine.connection import Connection
from compliance.vault.engine.guard import Maintenance
from compliance.vault.people.sections import SECTIONS

HCP = "HCP-AAAAAAAA"


def findings(world: World) -> list[Problem]:
    """Open as anybody would, then look at everything."""
    vault = world.open()
    report = vault.check(full=True)
    assert not report.ok
    assert vault.restricted
    with pytest.raises(AuditIntegrityError), vault.unit_of_work() as uow:
        uow.settings.set("a", "b")
        uow.commit(world.event())
    return list(report.problems)


def first(problems: list[Problem], code: str) -> Problem:
    found = [p for p in problems if p.code == code]
    assert found, problems
    return found[0]


@pytest.mark.req("REQ-101")
@pytest.mark.parametrize("index", [0, 1, 7, 255, 256, 300])
def test_a_changed_entry_is_named(world: World, index: int) -> None:
    world.looks(310)
    world.tamper(("UPDATE log_entry SET body = replace(body, '林岚', '某人') WHERE idx = ?", (index,)))
    problem = first(findings(world), "log_changed")
    assert (problem.index, problem.detail) == (index, "")


@pytest.mark.req("REQ-101")
@pytest.mark.parametrize("index", [3, 260])
def test_a_changed_entry_with_its_leaf_is_named_by_the_witness(world: World, index: int) -> None:
    world.looks(300)
    with world.vault.snapshot() as snap:
        entry = snap.log.entry(index)
    assert entry is not None
    body = entry.body.replace("林岚".encode(), "某人".encode())
    world.tamper(("UPDATE log_entry SET body = ?, leaf = ? WHERE idx = ?", (body, leaf_hash(body), index)))
    assert first(findings(world), "log_changed").index == index


@pytest.mark.req("REQ-101")
def test_a_log_rewritten_as_a_whole_is_named_by_the_witness_outside(world: World) -> None:
    """Bodies, leaves, tiles, head, seals and witness inside: everything the folder holds agrees with itself."""
    world.looks(600)
    target = 321
    world.close()
    vault = world.open()
    raw = world.insider()
    bodies = [row[0] for row in raw.execute("SELECT body FROM log_entry ORDER BY idx")]
    bodies[target] = bodies[target].replace("林岚".encode(), "某人".encode())
    leaves = [leaf_hash(body) for body in bodies]
    tree = CompactRange()
    for leaf in leaves:
        tree.push(leaf)
    raw.execute("UPDATE log_entry SET body = ?, leaf = ? WHERE idx = ?", (bodies[target], leaves[target], target))
    for tile in range(len(leaves) // TILE):
        raw.execute("UPDATE log_tile SET hash = ? WHERE no = ?", (perfect_root(leaves[tile * TILE :][:TILE]), tile))
    raw.execute("UPDATE log_head SET tree = ?", (tree.encode(),))
    raw.close()
    forged = notes.sign(
        notes.Checkpoint(origin=notes.origin(vault.vault_id), size=len(leaves), root=tree.root()),
        name=notes.key_name(vault.vault_id, "林岚"),
        key=vault.keyring.signing,
    )
    vault.abandon()
    for note in (world.path / "heads").glob("*.note"):
        note.unlink()
    (world.path / "heads" / f"{len(leaves):012}.note").write_text(forged)
    (world.path / "heads" / "leaves").write_bytes(b"".join(leaves))
    problems = findings(world)
    assert first(problems, "log_changed").index == target


@pytest.mark.req("REQ-101")
@pytest.mark.parametrize("count", [1, 5, 200])
def test_a_deleted_tail_is_reported(world: World, count: int) -> None:
    world.looks(300)
    world.close()
    world.open()
    total = world.vault.log.size + 1
    world.tamper(("DELETE FROM log_entry WHERE idx >= ?", (total - count,)))
    problem = first(findings(world), "log_truncated")
    assert problem.index == total - count


@pytest.mark.req("REQ-101")
def test_a_deleted_tail_with_its_tree_cut_back_is_reported(world: World) -> None:
    world.looks(40)
    cut = world.vault.log.range_at(30)
    world.tamper(
        ("DELETE FROM log_entry WHERE idx >= 30", ()),
        ("DELETE FROM log_person WHERE idx >= 30", ()),
        ("UPDATE log_head SET tree = ?", (cut.encode(),)),
    )
    assert first(findings(world), "log_truncated").index == 30


def _swap(world: World) -> int:
    world.tamper(
        ("UPDATE log_entry SET idx = -1 WHERE idx = 10", ()),
        ("UPDATE log_entry SET idx = 10 WHERE idx = 11", ()),
        ("UPDATE log_entry SET idx = 11 WHERE idx = -1", ()),
    )
    return 10


def _delete(world: World) -> int:
    world.tamper(("DELETE FROM log_entry WHERE idx = 12", ()))
    return 12


def _double(world: World) -> int:
    world.tamper(
        ("UPDATE log_entry SET body = (SELECT body FROM log_entry WHERE idx = 8) WHERE idx = 9", ()),
    )
    return 9


@pytest.mark.req("REQ-101")
@pytest.mark.parametrize("act", [_swap, _delete, _double])
def test_order_is_kept(world: World, act: Callable[[World], int]) -> None:
    world.looks(30)
    index = act(world)
    assert first(findings(world), "log_order").index == index


@pytest.mark.req("REQ-101")
def test_a_seal_by_a_stranger_is_not_a_seal(world: World) -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    world.looks(5)
    vault_id = world.vault.vault_id
    world.close()
    newest = max((world.path / "heads").glob("*.note"))
    head = notes.parse(newest.read_text()).checkpoint
    forged = notes.sign(head, name=notes.key_name(vault_id, "林岚"), key=Ed25519PrivateKey.generate())
    newest.write_text(forged)
    assert first(findings(world), "checkpoint_signature").detail.startswith("inside")


@pytest.mark.parametrize(
    ("sql", "table"),
    [
        ("UPDATE people SET blocks = 0, status = 'active'", "people"),
        ("UPDATE consent_state SET status = 'given', valid_until = 9e15", "consent_state"),
        ("DELETE FROM consent_event", "consent_event"),
        ("INSERT INTO setting VALUES ('before_proof', 'transition')", "setting"),
        ("UPDATE source SET status = 'active'", "source"),
        ("UPDATE sec_contact SET digest = x'00'", "sec_contact"),
        ("UPDATE user SET role = 'dpo'", "user"),
    ],
)
def test_changed_rows_of_every_kind_are_named_by_table(world: World, sql: str, table: str) -> None:
    from datetime import date

    from vault_support import NOW, open_line

    from compliance.model.access import Block
    from compliance.model.profile import SourceClass
    from compliance.model.register import Source

    world.person(HCP)
    with world.vault.unit_of_work() as uow:
        uow.people.set_blocks(HCP, {Block.OBJECTION})
        uow.consents.add(imported_yes("CE-1", HCP))
        from dataclasses import replace

        uow.consents.set_state(HCP, replace(open_line("visit"), status="withdrawn"))
        uow.sources.put(
            Source(code="S", name="s", provenance=SourceClass.THIRD, status="refused", grade="D", basis_proof="",
                   reviewed_on=date(2026, 1, 1), registered_at=NOW)
        )  # fmt: skip
        uow.commit(world.event(Kind.CONSENT_RECORDED, HCP))
        from compliance.vault import schema

        assert any(t.name == table for t in schema.TABLES)
    if table == "user":
        with world.vault.unit_of_work() as uow:
            from compliance.model.access import Role

            world.vault.add_user(uow, "王审", Role.AUDITOR, "another long one", NOW)
            uow.commit()
    world.tamper((sql, ()))
    problems = findings(world)
    assert table in [p.detail for p in problems if p.code == "table_changed"], problems


def test_a_changed_ciphertext_is_named_by_person(world: World) -> None:
    world.person(HCP)
    world.tamper(("UPDATE sec_contact SET sealed = zeroblob(100)", ()))
    assert first(findings(world), "section_changed").detail == f"sec_contact {HCP}"


def test_a_ciphertext_behind_the_digest_it_had_is_named_by_person(world: World) -> None:
    """Whoever writes the digest of what was there beside what is there now, as rows of earlier formats hold it."""
    world.person(HCP)
    with world.vault.unit_of_work() as uow:
        (_, _, _, _, digest) = uow.get(SECTIONS[Section.CONTACT], 1)  # type: ignore[misc]
    world.tamper(("UPDATE sec_contact SET digest = ?, sealed = zeroblob(100)", (digest,)))
    problems = findings(world)
    assert first(problems, "section_changed").detail == f"sec_contact {HCP}"
    assert "table_changed" not in {problem.code for problem in problems}


@pytest.mark.req("REQ-034")
def test_a_text_turned_into_the_blob_that_counts_alike_is_found(world: World) -> None:
    """Hex of a tag as a blob: the sum stays what it was, and nobody who objected is known by their tag any more."""
    world.person(HCP)
    with world.vault.unit_of_work() as uow:
        uow.suppressions.add("SP-1", HCP, NOW, [("phone", "13800138000")], name="欧阳若溪", hospital="北京协和医院")
        uow.commit(world.event(Kind.PERSON_AMENDED, HCP))
    world.tamper(("UPDATE suppression_tag SET tag = unhex(tag)", ()))
    assert first(findings(world), "table_changed").detail == "suppression_tag"


@pytest.mark.parametrize("text", ["people SET hcp_id", "setting SET value", "sec_contact SET origin"])
def test_a_text_that_is_none_is_a_finding_and_no_fault(world: World, text: str) -> None:
    world.person(HCP)
    with world.vault.unit_of_work() as uow:
        uow.settings.set("before_proof", "card")
        uow.commit(world.event(Kind.SETTING_CHANGED))
    world.tamper((f"UPDATE {text} = CAST(x'e69e97ff' AS TEXT)", ()))
    assert first(findings(world), "table_changed").detail == text.split()[0]
    with pytest.raises(VaultError) as fault:
        world.vault.db.execute(f"SELECT {text.split()[2]} FROM {text.split()[0]}")
    assert "林" not in str(fault.value)


@pytest.mark.parametrize(
    "put", ["sealed = 'text'", "sealed = 5", "digest = 5", "sealed = 'text', digest = zeroblob(20)"]
)
def test_what_is_no_blob_in_place_of_one_is_a_finding_and_no_fault(world: World, put: str) -> None:
    """The columns of SQLite take whatever is put into them."""
    world.person(HCP)
    world.tamper((f"UPDATE sec_contact SET {put}", ()))
    assert first(findings(world), "section_changed").detail == f"sec_contact {HCP}"


@pytest.mark.parametrize("put", ["'text'", "5", "x''"])
def test_what_is_no_key_in_place_of_one_is_told(world: World, put: str) -> None:
    world.person(HCP)
    key = world.vault.keyring.file_key(RoleKey.KEYS)
    world.close()
    keys = Connection.open(world.path / "keys.db", key)
    keys.execute(f"UPDATE wrapped_key SET wrapped = {put}")
    keys.close()
    with world.open().unit_of_work() as uow, pytest.raises(VaultError, match="key_damaged"):
        uow.sections.read_for(Maintenance.AMEND, HCP, [Section.CONTACT])


def test_who_holds_no_keys_names_the_table_of_a_changed_ciphertext(world: World) -> None:
    world.person(HCP)
    with world.vault.unit_of_work() as uow:
        world.vault.add_user(uow, "王审", Role.AUDITOR, "another long one", NOW)
        uow.commit()
    world.tamper(("UPDATE sec_contact SET sealed = zeroblob(100)", ()))
    report = world.open("王审", "another long one").check(full=True)
    assert [(p.code, p.detail) for p in report.problems] == [("table_changed", "sec_contact")]


def test_an_older_copy_of_the_whole_folder_is_found_by_the_head_outside(world: World) -> None:
    world.person(HCP)
    world.close()
    old = {path: path.read_bytes() for path in world.path.rglob("*") if path.is_file()}
    world.open()
    with world.vault.unit_of_work() as uow:
        from compliance.model.access import RecordStatus

        uow.people.set_status(HCP, RecordStatus.RESTRICTED)
        uow.commit(world.event(Kind.PERSON_BLOCKED, HCP))
    world.close()
    shutil.rmtree(world.path)
    for path, data in old.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    world.open()
    assert world.vault.restricted
    assert "log_truncated" in [p.code for p in world.vault.findings]


def test_a_single_older_page_is_found(world: World) -> None:
    """anchors.md F16: SQLCipher accepts an old page of the same file; the set hash does not."""
    world.person(HCP)
    world.vault.empty_wal()
    before = (world.path / "main.db").read_bytes()
    with world.vault.unit_of_work() as uow:
        from compliance.model.access import Block

        uow.people.set_blocks(HCP, {Block.OBJECTION})
        uow.commit(world.event(Kind.PERSON_OBJECTED, HCP))
    world.close()
    file = world.path / "main.db"
    after = bytearray(file.read_bytes())
    changed = [at for at in range(0, len(before), 4096) if before[at : at + 4096] != after[at : at + 4096]]
    found = 0
    for at in changed:
        spliced = bytearray(after)
        spliced[at : at + 4096] = before[at : at + 4096]
        file.write_bytes(spliced)
        try:
            vault = world.open()
        except Exception as fault:  # noqa: BLE001 - a page that cannot even be opened is found too
            assert type(fault).__module__ == "compliance.errors"
            found += 1
            continue
        report = vault.check(full=True)
        with vault.snapshot() as snap:
            person = snap.people.get(HCP)
            revived = person is None or not person.blocks
        if not report.ok:
            found += 1
        else:
            assert not revived, "an older state passed for the present one"
        vault.abandon()
    assert found >= 3


def test_an_older_keys_file_is_found(world: World) -> None:
    world.close()
    old = (world.path / "keys.db").read_bytes()
    world.open()
    world.person(HCP)
    world.close()
    (world.path / "keys.db").write_bytes(old)
    world.open()
    assert "keys_older" in [p.code for p in world.vault.findings]
    assert "key_missing" in [p.code for p in world.vault.check(full=True).problems]


def test_lookups_beside_the_log_are_checked(world: World) -> None:
    world.person(HCP)
    world.tamper(("UPDATE log_entry SET kind = 'list_shown' WHERE kind = 'person_added'", ()))
    assert first(findings(world), "log_index").index is not None
    assert Section.CONTACT is Section("contact")


def test_proofs_from_the_store_verify(world: World) -> None:
    from compliance.audit.tree import verify_consistency, verify_inclusion

    world.looks(530)
    with world.vault.snapshot() as snap:
        log = snap.log
        for size in (1, 255, 256, 257, 512, log.size):
            for index in {0, size // 2, size - 1}:
                entry = log.entry(index)
                assert entry is not None
                assert verify_inclusion(entry.leaf, index, size, log.inclusion(index, size), log.root_at(size))
            assert verify_consistency(size, log.size, log.consistency(size), log.root_at(size), log.root())
        assert log.root_at(log.size) == log.root()


def test_find_filters(world: World) -> None:
    world.person(HCP)
    world.looks(3, HCP)
    with world.vault.snapshot() as snap:
        assert len(snap.log.find(kind=Kind.LIST_SHOWN)) == 3
        assert [e.data["kind"] for e in snap.log.find(hcp=HCP, newest_first=False)][:2] == [
            "person_added",
            "list_shown",
        ]
        assert snap.log.find(actor="nobody") == []
        assert len(snap.log.find(limit=2)) == 2


def test_a_finding_stays_as_it_was_found_and_looks_are_still_logged(world: World) -> None:
    world.looks(20)
    world.close()
    world.open()
    total = world.vault.log.size + 1
    world.tamper(("DELETE FROM log_entry WHERE idx >= ?", (total - 4,)))
    for visit in range(2):
        vault = world.open()
        assert vault.restricted
        with vault.unit_of_work() as uow:
            (number,) = uow.commit(world.event(Kind.LIST_SHOWN, visit=visit))
        assert number >= total
        assert first(list(vault.check(full=True).problems), "log_truncated").index == total - 4
        kinds = [json.loads(body)["kind"] for body in vault.sidecar()]
        assert kinds.count("list_shown") == visit + 1
        assert kinds.count("vault_opened") == visit + 1
        vault.close()
        assert "list_shown" not in str((world.path / "heads" / "sidecar").read_bytes())


@pytest.mark.parametrize(
    "sql", ["UPDATE log_head SET tree = x'00'", "DELETE FROM log_head", "UPDATE log_entry SET body = 'x' WHERE idx = 1",
            "UPDATE ledger SET total = 'x'", "DELETE FROM ledger", "UPDATE log_tile SET hash = zeroblob(32)",
            "UPDATE log_entry SET at = 'soon'"],
)  # fmt: skip
def test_nonsense_is_a_finding_and_no_crash(world: World, sql: str) -> None:
    world.looks(260)
    world.tamper((sql, ()))
    assert findings(world)


def test_a_seal_is_written_every_thousand_entries(world: World) -> None:
    world.looks(1000)
    assert max(int(p.stem) for p in (world.path / "heads").glob("*.note")) >= 1000
    assert world.vault.check().ok


def _rows(world: World, name: str) -> dict[str, list[tuple[object, ...]]]:
    """Everything in a file, by table, as an insider reads it."""
    key = RoleKey.MAIN if name == "main.db" else RoleKey.KEYS
    raw = Connection.open(world.path / name, world.vault.keyring.file_key(key))
    try:
        tables = [t for (t,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        return {table: raw.execute(f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables}
    finally:
        raw.close()


def _spliced(world: World, name: str, before: bytes) -> dict[int, list[str]]:
    """Page by page: the older page alone is put into the file; the codes found. A file that does not open counts, and
    a page that changes no row of any table is harmless: its cells lie in another order, or it is free."""
    file = world.path / name
    world.open()
    clean = _rows(world, name)
    world.vault.abandon()
    after = file.read_bytes()
    found: dict[int, list[str]] = {}
    for at in range(0, len(before), 4096):
        if before[at : at + 4096] == after[at : at + 4096]:
            continue
        file.write_bytes(after[:at] + before[at : at + 4096] + after[at + 4096 :])
        try:
            vault = world.open()
        except VaultError as fault:
            found[at // 4096 + 1] = [fault.code]
            continue
        codes = [p.code for p in (*vault.findings, *vault.check(full=True).problems)]
        if not codes:
            now = _rows(world, name)
            counted = ("log_entry", "log_person", "log_head", "log_tile", "ledger", "meta")  # opening writes to these
            other = [t for t in clean if t not in counted and clean[t] != now[t]]
            codes = [] if other else ["harmless"]
        found[at // 4096 + 1] = codes
        vault.abandon()
        file.write_bytes(after)
    return found


@pytest.mark.req("REQ-101")
def test_every_older_page_of_tables_and_indexes_is_found(world: World) -> None:
    start(world)
    people = [new_person(number) for number in range(400)]
    stage(world.vault, "B-1", people, world.event(Kind.IMPORT_STAGED, *[p.hcp_id for p in people]))
    publish(world)
    world.close()
    before = (world.path / "main.db").read_bytes()
    world.open()
    with world.vault.unit_of_work() as uow:
        for person in people[::7]:
            uow.consents.set_state(person.hcp_id, open_line("digital/sms"))
            uow.consents.add(replace(imported_yes(f"CE-{person.hcp_id}", person.hcp_id), item="digital/sms"))
        uow.commit(world.event(Kind.CONSENT_RECORDED))
    world.close()
    found = _spliced(world, "main.db", before)
    assert len(found) > 12
    assert [page for page, codes in found.items() if not codes] == []
    assert sum(codes == ["harmless"] for codes in found.values()) <= 2
    assert sum("index_differs" in codes for codes in found.values()) >= 4


@pytest.mark.req("REQ-101")
def test_an_older_page_of_the_keys_revives_nobody(world: World) -> None:
    for letter in "ABC":
        world.person(f"HCP-{letter * 8}")
    world.close()
    before = (world.path / "keys.db").read_bytes()
    world.open()
    world.vault.erase("HCP-BBBBBBBB", world.event(Kind.ERASED, "HCP-BBBBBBBB"))
    world.close()
    found = _spliced(world, "keys.db", before)
    assert found
    assert all(found.values())
    assert any("key_revived" in codes for codes in found.values())


@pytest.mark.req("REQ-101")
def test_a_finding_outlives_the_session_and_reaches_other_seats(world: World) -> None:
    world.looks(20)
    world.tamper(("UPDATE log_entry SET kind = 'copied' WHERE idx = 8", ()))  # the tail is as it was
    vault = world.open()
    assert not vault.restricted
    other = world.other()
    assert first(list(vault.check(full=True).problems), "log_index").index == 8
    vault.close()
    with other.unit_of_work() as uow:
        uow.settings.set("x", "y")
        with pytest.raises(AuditIntegrityError, match="restricted"):
            uow.commit(world.event())
    other.close()
    again = world.open()
    assert again.restricted and [p.code for p in again.findings] == ["log_index"]
    world.tamper(("UPDATE log_entry SET kind = 'list_shown' WHERE idx = 8", ()))  # the right row is back
    mended = world.open()  # a full check, and only that, ends it
    assert mended.restricted
    assert mended.check(full=False).ok and mended.restricted
    assert mended.check(full=True).ok and not mended.restricted
    mended.close()
    assert not world.open().restricted


@pytest.mark.req("REQ-101")
@pytest.mark.parametrize("damage", ["other bytes", "gone inside"])
def test_a_mark_that_was_meddled_with_is_no_way_out(world: World, damage: str) -> None:
    world.looks(5)
    world.close()
    world.open()
    world.tamper(("UPDATE log_entry SET kind = 'list_shown' WHERE idx = 1", ()))
    vault = world.open()
    assert not vault.check(full=True).ok
    inside = vault.inside.folder / "finding"
    vault.close()
    if damage == "gone inside":
        inside.unlink()
    else:
        inside.write_bytes(b"nothing")
    assert world.open().restricted


@pytest.mark.req("REQ-101")
def test_a_folder_in_the_place_of_the_mark_hides_nothing_and_a_full_check_ends_it(world: World) -> None:
    world.looks(5)
    vault = world.open()
    places = [place.folder / "finding" for place in (vault.inside, vault.outside)]
    vault.close()
    for path in places:  # nothing that is found could be written here
        path.mkdir()
        (path / "x").write_bytes(b"x")
    vault = world.open()
    assert vault.restricted and [p.code for p in vault.findings] == ["mark_unreadable"]
    assert vault.check(full=True).ok and not vault.restricted
    assert not any(path.exists() for path in places)
    vault.close()
    assert not world.open().restricted


@pytest.mark.req("REQ-101")
def test_a_store_without_any_seal_left_is_a_finding(world: World) -> None:
    world.looks(5)
    world.close()
    vault = world.open()
    assert not vault.restricted
    inside, outside = vault.inside.folder, vault.outside.folder
    vault.close()
    for folder in (inside, outside):
        shutil.rmtree(folder)
    assert [p.code for p in world.open().findings] == ["seals_missing"]


@pytest.mark.req("REQ-101")
def test_seals_gone_from_the_folder_alone_are_told_and_close_nothing(world: World) -> None:
    """The seals outside prove the log; the next closing seals it inside too."""
    world.looks(5)
    world.close()
    vault = world.open()
    shutil.rmtree(vault.inside.folder)
    report = vault.check(full=True)
    assert [p.code for p in report.problems] == ["seals_missing_inside"] and not report.ok
    assert not report.closing and not vault.restricted
    world.close()
    assert world.open().check(full=True).ok
    shutil.rmtree(world.vault.inside.folder)
    world.looks(2)
    assert [p.code for p in world.vault.check(full=True).problems] == ["seals_missing_inside"]


def test_what_only_one_look_finds_is_no_finding(world: World) -> None:
    """Another seat between destroying keys and committing: the second look sees both or neither."""
    world.person(HCP)
    vault = world.vault
    real, asked = vault.keys.numbers, []

    def numbers() -> set[int]:
        asked.append(1)
        return set() if len(asked) == 1 else real()

    vault.keys.numbers = numbers  # type: ignore[method-assign]
    assert vault.check(full=True).ok and len(asked) == 2
    vault.keys.numbers = lambda: set()  # type: ignore[method-assign]
    assert first(list(vault.check(full=True).problems), "key_missing")
