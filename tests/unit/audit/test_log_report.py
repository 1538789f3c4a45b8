"""Fault test F13: edit, delete, insert, double, swap, cut; the first bad entry is named."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from compliance.audit.entry import encode
from compliance.audit.report import BreakKind, Head, check_entries
from compliance.audit.tree import TILE, CompactRange, leaf_hash, perfect_root, root_of
from compliance.model.audit import AuditEvent, Kind

AT = datetime(2026, 11, 24, tzinfo=UTC)
COUNT = 1100


def entry(seq: int, actor: str = "li") -> bytes:
    detail = {"seq": 3, "state": "x", "count": seq}  # keys that look like the entry's own must not mislead
    event = AuditEvent(kind=Kind.PROFILE_OPENED, at=AT, actor=actor, role="compliance", detail=detail)
    return encode(event, seq=seq, seat="s", state="ab")


LOG = [entry(seq) for seq in range(COUNT)]
LEAVES = [leaf_hash(data) for data in LOG]
STATE = Head(COUNT, root_of(LEAVES))
TILES = [perfect_root(LEAVES[i : i + TILE]) for i in range(0, COUNT - TILE + 1, TILE)]


def tile(index: int) -> bytes | None:
    return TILES[index] if index < len(TILES) else None


def head(size: int) -> Head:
    return Head(size, root_of(LEAVES[:size]))


def test_an_intact_log_holds() -> None:
    done: list[int] = []
    report = check_entries(
        LOG,
        state=STATE,
        heads=[head(700), head(1), head(0), head(COUNT)],
        leaves=LEAVES,
        tile=tile,
        progress=done.append,
    )
    assert report.ok and report.entries == COUNT and report.root == STATE.root
    assert done == sorted(done) and done[-1] == COUNT
    assert check_entries([], state=Head(0, root_of([]))).ok


def test_a_check_may_begin_after_a_known_part() -> None:
    start = CompactRange()
    for leaf in LEAVES[:333]:
        start.push(leaf)
    assert check_entries(LOG[333:], start=start, state=STATE, heads=[head(100), head(900)], tile=tile).ok
    assert start.size == 333
    report = check_entries([*LOG[333:400], entry(400, "eve"), *LOG[401:]], start=start, state=STATE, tile=tile)
    assert report.broken is not None and report.broken.kind is BreakKind.CHANGED


MUTATIONS: dict[str, tuple[Callable[[int], list[bytes]], BreakKind]] = {
    "delete": (lambda i: LOG[:i] + LOG[i + 1 :], BreakKind.WRONG_NUMBER),
    "insert": (lambda i: [*LOG[:i], entry(i, "eve"), *LOG[i:]], BreakKind.WRONG_NUMBER),
    "double": (lambda i: [*LOG[: i + 1], LOG[i], *LOG[i + 1 :]], BreakKind.WRONG_NUMBER),
    "swap": (lambda i: [*LOG[:i], LOG[i + 1], LOG[i], *LOG[i + 2 :]], BreakKind.WRONG_NUMBER),
    "garbage": (lambda i: [*LOG[:i], b"gone", *LOG[i + 1 :]], BreakKind.NOT_AN_ENTRY),
}


@pytest.mark.req("REQ-101")
@pytest.mark.parametrize("index", [0, 1, 255, 256, 500, 1023, COUNT - 2])
@pytest.mark.parametrize("name", MUTATIONS)
def test_structural_damage_is_named_at_its_entry(name: str, index: int) -> None:
    change, kind = MUTATIONS[name]
    report = check_entries(change(index), state=STATE, tile=tile)
    assert report.broken is not None
    if name == "insert" and index % TILE == TILE - 1:  # a forged last entry of a tile has the right number
        assert (report.broken.kind, report.broken.until) == (BreakKind.CHANGED, index + 1)
        return
    assert report.broken.kind is kind
    # an inserted or doubled entry shows itself where the next number is wrong
    assert report.broken.index == index + (name in {"insert", "double"})


@pytest.mark.req("REQ-101")
@pytest.mark.parametrize("index", range(0, COUNT, 37))
def test_one_changed_byte_is_named_exactly_with_leaf_hashes(index: int) -> None:
    data = bytearray(LOG[index])
    data[index % 20] ^= 1
    report = check_entries([*LOG[:index], bytes(data), *LOG[index + 1 :]], state=STATE, leaves=LEAVES, tile=tile)
    assert report.broken is not None
    assert (report.broken.kind, report.broken.index) == (BreakKind.CHANGED, index)
    assert report.entries == index


@pytest.mark.parametrize(("index", "begin", "until"), [(5, 0, 256), (500, 256, 512), (1090, 0, COUNT)])
def test_without_leaf_hashes_the_tile_is_named(index: int, begin: int, until: int) -> None:
    changed = [*LOG[:index], entry(index, "eve"), *LOG[index + 1 :]]
    report = check_entries(changed, state=STATE, tile=tile)
    assert report.broken is not None
    assert (report.broken.kind, report.broken.index, report.broken.until) == (BreakKind.CHANGED, begin, until)


def test_a_head_inside_a_tile_narrows_the_finding() -> None:
    changed = [*LOG[:500], entry(500, "eve"), *LOG[501:]]
    report = check_entries(changed, state=STATE, heads=[head(480), head(520)], tile=tile)
    assert report.broken is not None
    assert (report.broken.kind, report.broken.index) == (BreakKind.CHANGED, 480)


@pytest.mark.req("REQ-101")
@pytest.mark.parametrize("length", [0, 1, 255, 256, 257, 1024, COUNT - 1])
def test_a_cut_tail_is_reported(length: int) -> None:
    by_state = check_entries(LOG[:length], state=STATE, leaves=LEAVES, tile=tile)
    by_head = check_entries(LOG[:length], state=head(length), heads=[STATE], tile=tile)
    for report in (by_state, by_head):
        assert report.broken is not None
        assert (report.broken.kind, report.broken.index, report.broken.until) == (BreakKind.CUT, length, COUNT)


@pytest.mark.req("REQ-101")
def test_a_log_rewritten_as_a_whole_differs_from_a_head_seen_outside() -> None:
    forged = [*LOG[:300], *(entry(seq, "eve") for seq in range(300, COUNT))]
    leaves = [leaf_hash(data) for data in forged]
    report = check_entries(forged, state=Head(COUNT, root_of(leaves)), leaves=leaves, heads=[head(200), head(900)])
    assert report.broken is not None
    assert (report.broken.kind, report.broken.index, report.broken.until) == (BreakKind.HEAD_DIFFERS, 200, 900)


def test_entries_beyond_the_stored_state_are_a_finding() -> None:
    report = check_entries(LOG, state=head(900))
    assert report.broken is not None
    assert (report.broken.kind, report.broken.index, report.broken.until) == (BreakKind.TREE_STATE, 900, COUNT)


def test_cancelling_stops_the_check() -> None:
    def stop(_done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        check_entries(LOG, progress=stop)
