"""Full check of a log: read every entry once, name the first bad one and what is wrong with it (REQ-101).

Rules: (1) an entry carries its own number, so a deletion, insertion, duplicate or swap is named exactly; (2) a changed
entry is named exactly where leaf hashes are kept, else by the tile of 256 it stands in, else by the stretch up to the
next known head; (3) heads seen outside (checkpoints, PDFs, packs) are compared on the way, so a log rewritten as a
whole is found; (4) fewer entries than a known head means the tail was cut.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

from compliance.audit.tree import TILE, TILE_LEVEL, CompactRange, leaf_hash, perfect_root


class BreakKind(StrEnum):
    """What is wrong."""

    NOT_AN_ENTRY = "not_an_entry"
    WRONG_NUMBER = "wrong_number"  # something was deleted, inserted, doubled or swapped here
    CHANGED = "changed"
    CUT = "cut"  # the tail is missing
    HEAD_DIFFERS = "head_differs"  # entries before ``until`` are not those of a head seen earlier
    TREE_STATE = "tree_state"  # entries hold, but the stored tree state is another


@dataclass(frozen=True, slots=True)
class Break:
    """The first finding: it lies at ``index``, or, where that is all that can be known, before ``until``."""

    kind: BreakKind
    index: int
    until: int


@dataclass(frozen=True, slots=True)
class Head:
    """A size and root known from elsewhere; a checkpoint without its signature."""

    size: int
    root: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainReport:
    """Outcome: entries read, their root, and the first break if there is one."""

    entries: int
    root: bytes
    tree: CompactRange
    broken: Break | None

    @property
    def ok(self) -> bool:
        """Whether the log is intact."""
        return self.broken is None


def check_entries(
    entries: Iterable[bytes],
    *,
    start: CompactRange | None = None,
    state: Head | None = None,
    heads: Iterable[Head] = (),
    leaves: Iterable[bytes] | None = None,
    tile: Callable[[int], bytes | None] = lambda _index: None,
    progress: Callable[[int], None] = lambda _done: None,
) -> ChainReport:
    """Check ``entries`` in order, beginning after ``start`` (default: from the first).

    ``state`` is the stored tree state, ``heads`` what was seen outside, ``leaves`` the stored leaf hashes in the same
    order if kept, ``tile(i)`` the stored hash of leaves ``256·i`` to ``256·i+255``. ``progress`` hears the number of
    entries done and may raise to cancel.
    """
    tree = start.copy() if start is not None else CompactRange()
    known = sorted(heads, key=lambda head: head.size)
    due = [head for head in known if head.size >= tree.size]
    stored = iter(leaves) if leaves is not None else None
    source = iter(entries)
    trusted = tree.size  # everything before is confirmed by a head
    row: list[bytes] = []  # leaf hashes of the tile being read

    def finish(broken: Break | None) -> ChainReport:
        return ChainReport(entries=tree.size, root=tree.root(), tree=tree, broken=broken)

    while True:
        while due and due[0].size == tree.size:
            if due.pop(0).root != tree.root():
                return finish(Break(BreakKind.HEAD_DIFFERS, trusted, tree.size))
            trusted = tree.size
        begin = tree.size
        end = min([(begin // TILE + 1) * TILE, *(head.size for head in due[:1])])
        block = list(islice(source, end - begin))
        hashes = [leaf_hash(entry) for entry in block]
        broken = _first_bad(block, hashes, begin, stored)
        if broken is not None:
            for leaf in hashes[: broken.index - begin]:
                tree.push(leaf)
            return finish(broken)
        row = hashes if begin % TILE == 0 else row + hashes
        subtree = perfect_root(row) if len(row) == TILE else None
        if subtree is not None and tile(begin // TILE) not in (None, subtree):
            return finish(Break(BreakKind.CHANGED, max(trusted, begin // TILE * TILE), end))
        if subtree is not None and len(hashes) == TILE:
            tree.push_subtree(TILE_LEVEL, subtree)
        else:
            for leaf in hashes:
                tree.push(leaf)
        if block:
            progress(tree.size)
        if len(block) < end - begin:
            break
    if due:
        return finish(Break(BreakKind.CUT, tree.size, due[-1].size))
    return finish(_against_state(tree, state, trusted))


def _against_state(tree: CompactRange, state: Head | None, trusted: int) -> Break | None:
    if state is None:
        return None
    if state.size > tree.size:
        return Break(BreakKind.CUT, tree.size, state.size)
    if state.size < tree.size:
        return Break(BreakKind.TREE_STATE, state.size, tree.size)
    if state.root != tree.root():
        return Break(BreakKind.CHANGED, trusted, tree.size)
    return None


def _first_bad(block: list[bytes], hashes: list[bytes], begin: int, stored: Iterator[bytes] | None) -> Break | None:
    """The first entry of a block that is no entry, has another number, or is not what its stored leaf hash says."""
    wanted = list(islice(stored, len(block))) if stored is not None else hashes
    if wanted == hashes and all(
        (at := data.rfind(b'"seq":')) >= 0 and data.startswith(b"%d," % index, at + 6)
        for index, data in enumerate(block, start=begin)
    ):
        return None
    wanted += [b""] * (len(block) - len(wanted))
    for index, (data, computed, leaf) in enumerate(zip(block, hashes, wanted, strict=True), start=begin):
        # Canonical order puts "seq" before "state" and "v", whose values hold no quote: the last hit is the number.
        at = data.rfind(b'"seq":')
        if at < 0:
            return Break(BreakKind.NOT_AN_ENTRY, index, index + 1)
        if not data.startswith(b"%d," % index, at + 6):
            return Break(BreakKind.WRONG_NUMBER, index, index + 1)
        if leaf != computed:
            return Break(BreakKind.CHANGED, index, index + 1)
    return None
