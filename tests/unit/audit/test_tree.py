"""RFC 6962 / 9162 vectors of the certificate transparency project, and properties against a slow reference."""

from collections.abc import Sequence
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.audit.tree import (
    EMPTY_ROOT,
    TILE,
    CompactRange,
    TileNodes,
    consistency_path,
    inclusion_path,
    leaf_hash,
    leaf_nodes,
    node_hash,
    perfect_root,
    root_of,
    tree_root,
    verify_consistency,
    verify_inclusion,
)

INPUTS = [
    bytes.fromhex(text)
    for text in (
        "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"
    )
]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [leaf_hash(data) for data in INPUTS]


def slow_root(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 9162 2.1.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node_hash(slow_root(leaves[:k]), slow_root(leaves[k:]))


def leaves_of(count: int) -> list[bytes]:
    return [leaf_hash(b"%d" % i) for i in range(count)]


def test_known_roots() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert root_of([]) == EMPTY_ROOT == tree_root(leaf_nodes([]), 0)
    for size, expected in enumerate(ROOTS, start=1):
        assert root_of(LEAVES[:size]).hex() == expected
        assert tree_root(leaf_nodes(LEAVES), size).hex() == expected


def test_known_paths() -> None:
    first = [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]
    assert [step.hex() for step in inclusion_path(LEAVES, 0, 8)] == first
    assert [step.hex() for step in inclusion_path(LEAVES, 2, 3)] == [ROOTS[1]]
    assert [step.hex() for step in consistency_path(LEAVES, 1, 8)] == first
    assert [step.hex() for step in consistency_path(LEAVES, 6, 8)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        ROOTS[3],
    ]
    assert [step.hex() for step in consistency_path(LEAVES, 2, 5)] == [
        first[1],
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ]


@pytest.mark.req("REQ-101")
def test_every_proof_of_every_small_tree_holds_and_no_other() -> None:
    leaves = leaves_of(33)
    roots = [slow_root(leaves[:size]) for size in range(34)]
    for size in range(1, 34):
        for index in range(size):
            path = inclusion_path(leaves, index, size)
            assert verify_inclusion(leaves[index], index, size, path, roots[size])
            assert not verify_inclusion(leaves[index - 1], index, size, path, roots[size]) or size == 1
            assert not verify_inclusion(leaves[index], index, size, [*path, roots[1]], roots[size])
            assert not path or not verify_inclusion(leaves[index], index, size, path[:-1], roots[size])
            assert not verify_inclusion(leaves[index], index, size, path, roots[size - 1])
        for first in range(size + 1):
            proof = consistency_path(leaves, first, size)
            assert verify_consistency(first, size, proof, roots[first], roots[size])
            assert not verify_consistency(first, size, [*proof, roots[1]], roots[first], roots[size])
            assert not verify_consistency(first, size, proof, leaf_hash(b"x"), roots[size])
            if 0 < first < size:
                assert not verify_consistency(first, size, proof, roots[first], leaf_hash(b"x"))
                assert not verify_consistency(first, size, proof[:-1], roots[first], roots[size])


def test_out_of_range_is_refused() -> None:
    assert not verify_inclusion(LEAVES[0], 1, 1, [], LEAVES[0])
    assert not verify_inclusion(LEAVES[0], -1, 1, [], LEAVES[0])
    assert not verify_consistency(3, 2, [], LEAVES[0], LEAVES[0])
    with pytest.raises(IndexError):
        inclusion_path(LEAVES, 8, 8)
    with pytest.raises(ValueError):
        consistency_path(LEAVES, 5, 4)
    with pytest.raises(ValueError):
        perfect_root(LEAVES[:3])


@given(st.integers(0, 600), st.integers(0, 600))
def test_compact_range_grows_like_the_tree(size: int, more: int) -> None:
    leaves = leaves_of(size + more)
    tree = CompactRange()
    for leaf in leaves[:size]:
        tree.push(leaf)
    again = CompactRange.decode(tree.encode())
    twin = again.copy()
    for leaf in leaves[size:]:
        again.push(leaf)
    assert tree.root() == twin.root() == slow_root(leaves[:size])
    assert again.size == size + more and again.root() == slow_root(leaves)


def test_compact_range_takes_whole_subtrees_only_where_they_fit() -> None:
    leaves = leaves_of(TILE + 3)
    tree = CompactRange()
    tree.push_subtree(8, perfect_root(leaves[:TILE]))
    for leaf in leaves[TILE:]:
        tree.push(leaf)
    assert tree.root() == slow_root(leaves)
    with pytest.raises(ValueError):
        tree.push_subtree(8, leaves[0])


@pytest.mark.parametrize(
    "data", [b"", b"\0" * 7, b"\0" * 7 + b"\1", b"\0" * 7 + b"\1" + b"x" * 31, b"\0" * 8 + b"x" * 32]
)
def test_a_damaged_tree_state_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        CompactRange.decode(data)


class Store:
    """Keeps leaves and every full tile, and counts what is asked of it."""

    def __init__(self, leaves: list[bytes]) -> None:
        self.levels = {
            0: leaves,
            8: [perfect_root(leaves[i : i + TILE]) for i in range(0, len(leaves) - TILE + 1, TILE)],
        }
        self.asked = {0: 0, 8: 0}

    def fetch(self, level: int, begin: int, end: int) -> list[bytes]:
        self.asked[level] += end - begin
        return self.levels[level][begin:end]


@given(st.integers(1, 3000), st.data())
def test_proofs_from_tiles_read_little_and_hold(size: int, data: st.DataObject) -> None:
    leaves = ALL[:size]
    store = Store(leaves)
    nodes = TileNodes(store.fetch)
    index = data.draw(st.integers(0, size - 1))
    root = tree_root(nodes, size)
    assert root == root_of(leaves)
    path = inclusion_path(nodes, index, size)
    assert path == inclusion_path(leaves, index, size)
    assert verify_inclusion(leaves[index], index, size, path, root)
    first = data.draw(st.integers(0, size))
    assert consistency_path(nodes, first, size) == consistency_path(leaves, first, size)
    assert store.asked[0] <= 6 * TILE and store.asked[8] <= 6 * len(store.levels[8])


def test_a_store_that_lost_its_tail_says_so() -> None:
    with pytest.raises(LookupError):
        tree_root(TileNodes(Store(ALL[:300]).fetch), 600)
    with pytest.raises(ValueError):
        TileNodes(Store(ALL[:300]).fetch, levels=(8,))


ALL = leaves_of(3000)


@given(st.integers(0, 600), st.integers(0, 900))
def test_many_appended_at_once_are_as_many_appended_one_by_one(held: int, more: int) -> None:
    leaves = [leaf_hash(b"%d" % number) for number in range(held + more)]
    one, many = CompactRange(), CompactRange()
    many.extend(leaves[:held])
    for leaf in leaves[:held]:
        one.push(leaf)
    tiles = [tile for leaf in leaves[held:] if (tile := one.push(leaf)) is not None]
    assert many.extend(leaves[held:]) == tiles
    assert (many.size, many.hashes) == (one.size, one.hashes)
