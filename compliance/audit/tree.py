"""Merkle tree of RFC 9162 section 2.1: hashes, appending, inclusion and consistency proofs.

Rules: (1) leaf = SHA-256(0x00 ‖ entry), node = SHA-256(0x01 ‖ left ‖ right), empty tree = SHA-256 of nothing;
(2) appending needs only the compact range, at most 64 hashes; (3) proofs ask a node provider for perfect subtrees, so
a store that keeps one hash per 256 leaves makes them cheaply (:class:`TileNodes`).
"""

import struct
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Any

HASH_BYTES = 32
#: Root of the tree without leaves.
EMPTY_ROOT = sha256(b"").digest()
#: Leaves in a tile, and the level of its hash (c2sp.org/tlog-tiles).
TILE = 256
TILE_LEVEL = 8

#: ``(level, index)`` → hash of the perfect subtree over leaves ``index·2^level`` to ``(index+1)·2^level``.
Nodes = Callable[[int, int], bytes]


def leaf_hash(entry: bytes) -> bytes:
    """Hash of one entry."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of two neighbours."""
    return sha256(b"\x01" + left + right).digest()


def perfect_root(hashes: Sequence[bytes]) -> bytes:
    """Root over a power of two of neighbouring hashes."""
    level = list(hashes)
    if not level or len(level) & (len(level) - 1):
        raise ValueError("not a power of two")
    while len(level) > 1:
        level = [sha256(b"\x01" + level[i] + level[i + 1]).digest() for i in range(0, len(level), 2)]
    return level[0]


def leaf_hashes(entries: Iterable[bytes]) -> list[bytes]:
    """As :func:`leaf_hash` for many. A hash begun once and copied costs two thirds of one begun anew."""
    return _hashed(sha256(b"\x00"), entries)


def tile_roots(leaves: bytes) -> list[bytes]:
    """Roots of the whole tiles in a row of joined leaf hashes that begins with one; the rest is left out."""
    row = leaves[: len(leaves) // (TILE * HASH_BYTES) * TILE * HASH_BYTES]
    begun = sha256(b"\x01")
    for _ in range(TILE_LEVEL):
        row = b"".join(_hashed(begun, _cut(row, 2 * HASH_BYTES)))
    return list(_cut(row, HASH_BYTES))


def _hashed(begun: Any, ends: Iterable[bytes]) -> list[bytes]:
    return [one.digest() for end in ends if (one := begun.copy()).update(end) is None]


def _cut(row: bytes, size: int) -> tuple[bytes, ...]:
    return struct.unpack(f"{size}s" * (len(row) // size), row)


class CompactRange:
    """A tree of ``size`` leaves as the hashes of its perfect subtrees, largest first. Appending changes it in place."""

    __slots__ = ("_hashes", "_size")

    def __init__(self, size: int = 0, hashes: Iterable[bytes] = ()) -> None:
        self._size = size
        self._hashes = list(hashes)
        if size < 0 or len(self._hashes) != size.bit_count() or any(len(h) != HASH_BYTES for h in self._hashes):
            raise ValueError("not a compact range")

    @property
    def size(self) -> int:
        """Number of leaves."""
        return self._size

    @property
    def hashes(self) -> tuple[bytes, ...]:
        """Hashes of the perfect subtrees, largest first."""
        return tuple(self._hashes)

    def push(self, leaf: bytes) -> bytes | None:
        """Append the hash of one leaf; the hash of the tile it completes, if it does."""
        size, hashes, tile = self._size, self._hashes, None
        self._size = size + 1
        above = TILE
        while size & 1:
            leaf = sha256(b"\x01" + hashes.pop() + leaf).digest()
            size >>= 1
            above >>= 1
            if above == 1:
                tile = leaf
        hashes.append(leaf)
        return tile

    def extend(self, leaves: Sequence[bytes]) -> list[bytes]:
        """Append the hashes of many leaves; the hashes of the tiles they complete."""
        done, tiles = 0, list[bytes]()
        while done < len(leaves):
            if self._size % TILE or len(leaves) - done < TILE:
                tile = self.push(leaves[done])
                tiles += [tile] if tile is not None else []
                done += 1
            else:
                whole = tile_roots(b"".join(leaves[done : done + TILE * ((len(leaves) - done) // TILE)]))
                for tile in whole:
                    self.push_subtree(TILE_LEVEL, tile)
                tiles += whole
                done += TILE * len(whole)
        return tiles

    def push_subtree(self, level: int, subtree: bytes) -> None:
        """Append a perfect subtree of ``2^level`` leaves. ValueError when the size is not a multiple of that."""
        if self._size & ((1 << level) - 1):
            raise ValueError("subtree is not aligned")
        size = self._size >> level
        hashes = self._hashes
        while size & 1:
            subtree = sha256(b"\x01" + hashes.pop() + subtree).digest()
            size >>= 1
        hashes.append(subtree)
        self._size += 1 << level

    def root(self) -> bytes:
        """Root of the whole tree."""
        if not self._hashes:
            return EMPTY_ROOT
        root = self._hashes[-1]
        for left in reversed(self._hashes[:-1]):
            root = node_hash(left, root)
        return root

    def copy(self) -> "CompactRange":
        """An independent copy."""
        return CompactRange(self._size, self._hashes)

    def encode(self) -> bytes:
        """Size as 8 bytes, big end first, then the hashes."""
        return self._size.to_bytes(8, "big") + b"".join(self._hashes)

    @classmethod
    def decode(cls, data: bytes) -> "CompactRange":
        """Inverse of :meth:`encode`. ValueError when the lengths do not fit."""
        if len(data) < 8 or (len(data) - 8) % HASH_BYTES:
            raise ValueError("not a compact range")
        return cls(int.from_bytes(data[:8], "big"), (data[i : i + HASH_BYTES] for i in range(8, len(data), HASH_BYTES)))


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Root over leaf hashes."""
    tree = CompactRange()
    for leaf in leaves:
        tree.push(leaf)
    return tree.root()


def leaf_nodes(leaves: Sequence[bytes]) -> Nodes:
    """A node provider over leaf hashes held in memory."""
    return TileNodes(lambda _level, begin, end: leaves[begin:end], levels=(0,))


class TileNodes:
    """A node provider over a store that keeps the hashes of some levels.

    ``fetch(level, begin, end)`` returns the stored hashes of the nodes ``begin`` to ``end`` at one of ``levels``
    (0 are the leaf hashes, 8 the tiles of 256). What was read or computed is kept for the life of the object.
    """

    __slots__ = ("_fetch", "_known", "_levels")

    def __init__(
        self, fetch: Callable[[int, int, int], Sequence[bytes]], *, levels: Sequence[int] = (0, TILE_LEVEL)
    ) -> None:
        self._fetch = fetch
        self._levels = sorted(levels)
        self._known: dict[tuple[int, int], bytes] = {}
        if not self._levels or self._levels[0] != 0:
            raise ValueError("level 0 must be stored")

    def __call__(self, level: int, index: int) -> bytes:
        """Hash of one perfect subtree. LookupError when the store is shorter than that."""
        known = self._known.get((level, index))
        if known is not None:
            return known
        base = self._levels[bisect_right(self._levels, level) - 1]
        count = 1 << (level - base)
        row = list(self._fetch(base, index * count, (index + 1) * count))
        if len(row) != count:
            raise LookupError("the store holds fewer nodes")
        for step in range(base, level + 1):
            first = index << (level - step)
            self._known.update(((step, first + i), value) for i, value in enumerate(row))
            row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)]
        return self._known[(level, index)]


def tree_root(nodes: Nodes, size: int) -> bytes:
    """Root of the first ``size`` leaves."""
    return _range_root(nodes, 0, size) if size else EMPTY_ROOT


def inclusion_path(nodes: Nodes | Sequence[bytes], index: int, size: int) -> list[bytes]:
    """Proof that leaf ``index`` stands in the tree of ``size`` leaves (2.1.3.1). IndexError outside the tree."""
    if not 0 <= index < size:
        raise IndexError("no such leaf")
    provider = _provider(nodes)
    path: list[bytes] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _split(end - begin)
        if index < middle:
            path.append(_range_root(provider, middle, end))
            end = middle
        else:
            path.append(_range_root(provider, begin, middle))
            begin = middle
    path.reverse()
    return path


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether ``path`` proves it (2.1.3.2)."""
    if not 0 <= index < size:
        return False
    position, last, computed = index, size - 1, leaf
    for step in path:
        if last == 0:
            return False
        if position & 1 or position == last:
            computed = node_hash(step, computed)
            while position and not position & 1:
                position >>= 1
                last >>= 1
        else:
            computed = node_hash(computed, step)
        position >>= 1
        last >>= 1
    return last == 0 and computed == root


def consistency_path(nodes: Nodes | Sequence[bytes], first: int, second: int) -> list[bytes]:
    """Proof that the tree of ``second`` leaves extends the one of ``first`` (2.1.4.1). ValueError if smaller."""
    if not 0 <= first <= second:
        raise ValueError("the second tree is smaller")
    if first in (0, second):
        return []
    provider = _provider(nodes)
    path: list[bytes] = []
    begin, end, whole = 0, second, True
    target = first
    while target != end:
        middle = begin + _split(end - begin)
        if target <= middle:
            path.append(_range_root(provider, middle, end))
            end = middle
        else:
            path.append(_range_root(provider, begin, middle))
            begin, whole = middle, False
    if not whole:
        path.append(_range_root(provider, begin, end))
    path.reverse()
    return path


def verify_consistency(first: int, second: int, path: Sequence[bytes], first_root: bytes, second_root: bytes) -> bool:
    """Whether ``path`` proves that the second tree extends the first (2.1.4.2)."""
    if not 0 <= first <= second:
        return False
    if first == second:
        return not path and first_root == second_root
    if first == 0:
        return not path and first_root == EMPTY_ROOT
    steps = list(path) if first & (first - 1) else [first_root, *path]
    if not steps:
        return False
    position, last = first - 1, second - 1
    while position & 1:
        position >>= 1
        last >>= 1
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old, new = node_hash(step, old), node_hash(step, new)
            while position and not position & 1:
                position >>= 1
                last >>= 1
        else:
            new = node_hash(new, step)
        position >>= 1
        last >>= 1
    return last == 0 and old == first_root and new == second_root


def _provider(nodes: Nodes | Sequence[bytes]) -> Nodes:
    return nodes if callable(nodes) else leaf_nodes(nodes)


def _split(count: int) -> int:
    """Largest power of two smaller than ``count``."""
    return 1 << ((count - 1).bit_length() - 1)


def _range_root(nodes: Nodes, begin: int, end: int) -> bytes:
    """Root over leaves ``begin`` to ``end``; ``begin`` is aligned to the first perfect subtree by construction."""
    parts: list[bytes] = []
    while begin < end:
        level = (end - begin).bit_length() - 1
        parts.append(nodes(level, begin >> level))
        begin += 1 << level
    root = parts.pop()
    while parts:
        root = node_hash(parts.pop(), root)
    return root
