"""The log checked in bulk says yes only to what is in order; whatever else it is, the check by entries names it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from vault_support import NOW, World, make_world

from compliance.audit.report import Head
from compliance.audit.tree import HASH_BYTES, TILE, leaf_hash, leaf_hashes, perfect_root, root_of, tile_roots
from compliance.model.audit import Kind
from compliance.vault import Problem
from compliance.vault.checks import check_log, check_log_bulk
from compliance.vault.engine.connection import Connection

HCPS = ("HCP-AAAAAAAA", "HCP-BBBBBBBB", "HCP-CCCCCCCC")
#: An entry of the second tile, and one behind the last whole tile.
MIDDLE, TAIL = 300, 590
TABLES = ("log_entry", "log_person", "log_tile")


@dataclass(frozen=True)
class Insider:
    """An open vault, and its file with the key in hand and every trigger dropped."""

    world: World
    raw: Connection

    @contextmanager
    def changed(self, *statements: str) -> Iterator[list[Problem]]:
        """What the check of the log finds after these; then everything is as before."""
        with self.written(*statements):
            assert not bulk(self.world)
            yield list(self.world.vault.check_log())

    def by_entries(self) -> list[Problem]:
        """What the check by entries finds, whatever the one in bulk says."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(check_log_bulk, "sound", lambda *_: False)
            return list(self.world.vault.check_log())

    @contextmanager
    def written(self, *statements: str) -> Iterator[None]:
        """Rows changed by these; then everything is as before."""
        try:
            for sql in statements:
                self.raw.execute(sql)
            yield
        finally:
            for table in TABLES:
                self.raw.execute(f"DELETE FROM {table}")
                self.raw.execute(f"INSERT INTO {table} SELECT * FROM temp.kept_{table}")


@pytest.fixture(scope="module")
def insider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Insider]:
    """600 entries of one, two or no people, sealed in the middle and at the end."""
    world = make_world(tmp_path_factory.mktemp("bulk"))
    for count in (270, 330):
        with world.vault.unit_of_work() as uow:
            uow.commit(*(world.event(Kind.LIST_SHOWN, *HCPS[: n % 3], number=n) for n in range(count)))
        world.vault.checkpoint(NOW)
    raw = world.insider()
    for table in TABLES:
        raw.execute(f"CREATE TEMP TABLE kept_{table} AS SELECT * FROM {table}")
    yield Insider(world, raw)
    raw.close()
    world.vault.abandon()


@pytest.fixture(autouse=True)
def several_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tile a row of the check, so that few entries are several rows."""
    monkeypatch.setattr(check_log_bulk, "_MANY", TILE)


def bulk(world: World) -> bool:
    vault = world.vault
    with vault.snapshot():
        heads = [Head(note.checkpoint.size, note.checkpoint.root) for note in vault.inside.notes()]
        return check_log_bulk.sound(vault, heads, vault.outside.leaves(), lambda _done: None)


def test_a_log_in_order_needs_no_look_at_single_entries(insider: Insider, monkeypatch: pytest.MonkeyPatch) -> None:
    vault, done = insider.world.vault, list[int]()
    assert bulk(insider.world)
    monkeypatch.delattr(check_log, "check_entries")
    assert vault.check(full=True, heard=lambda at, _whole: done.append(at)).ok
    assert done[:3] == [TILE, 2 * TILE, vault.log.size]


def test_large_entries_are_read_a_tile_at_a_time(insider: Insider, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_log_bulk, "_MANY", 2 * TILE)
    monkeypatch.setattr(check_log_bulk, "_FULL", 1000)
    assert bulk(insider.world)


@pytest.mark.req("REQ-101")
@pytest.mark.parametrize("index", [0, 255, MIDDLE, TAIL])
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("body = replace(body, '林岚', '某人')", "log_changed"),
        ("body = CAST(body AS TEXT) || x'0a'", "log_changed"),
        ("body = x''", "log_changed"),
        ("body = replace(body, '\"seq\":', '\"seq\":1')", "log_order"),
        ("leaf = zeroblob(32)", "log_changed"),
        ("leaf = substr(leaf, 1, 31)", "log_changed"),
        ("at = at + 1", "log_index"),
        ("kind = 'profile_opened'", "log_index"),
        ("actor = 'zhao'", "log_index"),
        ("actor = actor || x'0a' || actor", "log_index"),
    ],
)
def test_each_column_of_an_entry_is_held_against_it(insider: Insider, change: str, code: str, index: int) -> None:
    with insider.changed(f"UPDATE log_entry SET {change} WHERE idx = {index}") as problems:
        assert (problems[0].code, problems[0].index) == (code, index)


#: What an insider may write over one column of one entry.
_COLUMNS = {
    "body": st.sampled_from(
        ["zeroblob(9)", "body || x'0a'", "substr(body, 2)", "replace(body, '\"v\":1', '\"v\":2')", "CAST(body AS TEXT)"]
    ),
    "leaf": st.sampled_from(["zeroblob(32)", "leaf || x'00'", "substr(leaf, 1, 31)", "CAST(leaf AS TEXT)"]),
    "at": st.integers(-(2**62), 2**62).map(str) | st.sampled_from(["x'31'", "at + 0.5", "at - 1", "CAST(at AS TEXT)"]),
    "kind": st.sampled_from(["'list_shown '", "''", "'list'", "x'0a'", "kind || x'0a' || kind", "upper(kind)", "kind"]),
    "actor": st.sampled_from(["'林'", "''", "actor || '\"'", "'a' || x'0a'", "CAST(actor AS BLOB)", "trim(actor)"]),
}
_CHANGES = st.sampled_from(sorted(_COLUMNS)).flatmap(
    lambda name: st.tuples(st.just(name), _COLUMNS[name], st.integers(0, 599))
)


@pytest.mark.req("REQ-101")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(change=_CHANGES)
@example(change=("at", "at + 0.5", 300))
def test_bulk_says_yes_only_where_the_check_by_entries_finds_nothing(
    insider: Insider, change: tuple[str, str, int]
) -> None:
    """Whatever is written over a column; a no is always named, and with this entry."""
    column, value, index = change
    with insider.written(f"UPDATE log_entry SET {column} = {value} WHERE idx = {index}"):
        said, plain = bulk(insider.world), insider.by_entries()
        assert not (said and plain)
        assert not plain or index in {problem.index for problem in plain}


@pytest.mark.req("REQ-101")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(index=st.integers(0, 599), at=st.integers(0, 399), mask=st.integers(1, 255))
def test_every_byte_of_an_entry_and_of_its_leaf_counts(insider: Insider, index: int, at: int, mask: int) -> None:
    for column in ("body", "leaf"):
        (held,) = insider.raw.one(f"SELECT CAST({column} AS BLOB) FROM log_entry WHERE idx = {index}") or (b"",)
        spoilt = bytearray(held)
        spoilt[at % len(held)] ^= mask
        with insider.changed(f"UPDATE log_entry SET {column} = x'{spoilt.hex()}' WHERE idx = {index}") as problems:
            assert index in {problem.index for problem in problems}  # the entry of a key spoils its seals, too


@pytest.mark.req("REQ-101")
def test_bytes_moved_from_one_entry_into_the_next_are_not_two_entries(insider: Insider) -> None:
    """Joined by line feeds, the bytes of two neighbours may be cut elsewhere and read the same."""
    both = "(SELECT body FROM log_entry WHERE idx = 41) || x'0a' || (SELECT body FROM log_entry WHERE idx = 42)"
    moved = f"UPDATE log_entry SET body = {both} WHERE idx = 41"
    with insider.changed(moved, "UPDATE log_entry SET body = x'' WHERE idx = 42") as problems:
        assert problems[0].index == 41


@pytest.mark.req("REQ-101")
def test_a_person_exchanged_in_a_timeline_is_named_with_the_entry(insider: Insider) -> None:
    """Every count stays the same; the timeline of one person lacks what was read of them."""
    index = insider.world.vault.log.find(hcp=HCPS[1], limit=400)[0].index
    sql = f"UPDATE log_person SET hcp_id = 'HCP-DDDDDDDD' WHERE idx = {index} AND hcp_id = '{HCPS[1]}'"
    with insider.changed(sql) as problems:
        assert problems == [Problem("log_index", index, "people")]


@pytest.mark.req("REQ-101")
@pytest.mark.parametrize(
    ("sql", "index"),
    [
        ("DELETE FROM log_person WHERE idx = 304", 304),
        ("DELETE FROM log_person WHERE hcp_id = 'HCP-BBBBBBBB'", 4),
        ("INSERT INTO log_person (hcp_id, idx) VALUES ('HCP-BBBBBBBB', 303)", 303),
        ("INSERT INTO log_person (hcp_id, idx) VALUES ('HCP-ZZZZZZZZ', 100000)", 100_000),
        ("UPDATE log_person SET idx = 'x' WHERE idx = 304 AND hcp_id = 'HCP-AAAAAAAA'", None),
    ],
)
def test_rows_of_people_are_exactly_those_the_entries_name(insider: Insider, sql: str, index: int | None) -> None:
    with insider.changed(sql) as problems:
        assert problems == [Problem("log_index", index, "people")]


@pytest.mark.req("REQ-101")
@pytest.mark.parametrize(
    "sql", ["DELETE FROM log_tile WHERE no = 0", "INSERT INTO log_tile (no, hash) VALUES (7, zeroblob(32))"]
)
def test_a_tile_too_few_or_too_many_is_found(insider: Insider, sql: str) -> None:
    """Without a tile nothing is hidden, but no entry can be proved any more."""
    with insider.changed(sql) as problems:
        assert problems == [Problem("log_tree", None, "tiles")]


@pytest.mark.parametrize("sql", ["UPDATE log_tile SET hash = zeroblob(32) WHERE no = 1", "DELETE FROM log_entry"])
def test_another_tile_and_a_missing_log_are_found(insider: Insider, sql: str) -> None:
    with insider.changed(sql) as problems:
        assert problems


def test_a_witness_that_saw_something_else_is_a_no(insider: Insider) -> None:
    vault = insider.world.vault
    with vault.snapshot():
        seen = bytearray(vault.outside.leaves())
        for at in (0, MIDDLE * HASH_BYTES, len(seen) - 1):
            seen[at] ^= 1
            assert not check_log_bulk.sound(vault, (), bytes(seen), lambda _done: None)
            seen[at] ^= 1
        assert check_log_bulk.sound(vault, (), bytes(seen), lambda _done: None)
        longer = bytes(seen) + bytes(vault.log.size * HASH_BYTES)
        assert not check_log_bulk.sound(vault, (), longer, lambda _done: None)


def test_heads_at_every_place_of_a_tile(insider: Insider) -> None:
    vault = insider.world.vault
    with vault.snapshot():
        sizes = (0, 1, 255, 256, 257, 511, 512, 513, vault.log.size)
        heads = [Head(size, vault.log.root_at(size)) for size in sizes]
        assert check_log_bulk.sound(vault, heads, b"", lambda _done: None)
        for place, head in enumerate(heads):
            other = [*heads[:place], Head(head.size, bytes(32)), *heads[place + 1 :]]
            assert not check_log_bulk.sound(vault, other, b"", lambda _done: None)


def test_hashes_in_bulk_are_those_of_the_tree() -> None:
    entries = [b"%d" % n for n in range(3 * TILE + 5)]
    leaves = leaf_hashes(entries)
    assert leaves == [leaf_hash(entry) for entry in entries]
    roots = tile_roots(b"".join(leaves))
    assert roots == [perfect_root(leaves[at : at + TILE]) for at in range(0, 3 * TILE, TILE)]
    assert tile_roots(b"") == [] and root_of(leaves[:TILE]) == roots[0]
