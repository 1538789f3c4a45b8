"""The log read thousands of entries at a time, to say one thing: that nothing is wrong (anchors.md section 4).

Rules: (1) the answer is yes only for what :mod:`check_log` would find in order; whatever does not fit in bulk is a no,
and then that module reads entry by entry and names it; (2) entries come joined by line feeds, which canonical JSON does
not hold, so as many lines as entries mean that each line is one entry; (3) each entry is hashed: the hashes are the
stored leaves, the witnessed ones, and lead over the stored tiles to the root of every head and of the log; (4) each
entry bears its own number, and instant, kind, actor and people as they are looked up beside it; (5) the next rows are
read and deciphered while these are hashed, by a second thread on the same connection, which only one of them uses at
any time: SQLite lets go of Python's lock (docs/decisions/0024).
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from operator import contains
from typing import TYPE_CHECKING, Any

from compliance.audit.report import Head
from compliance.audit.tree import HASH_BYTES, TILE, TILE_LEVEL, CompactRange, leaf_hashes, tile_roots
from compliance.vault.log_people import PeopleSeen, quoted

if TYPE_CHECKING:
    from compliance.vault.session import Vault

#: Entries a row: many where they are small, one tile where a row of that many would fill the memory.
_MANY, _FEW, _FULL = 16 * TILE, TILE, 8 << 20
#: ``{"actor":"X","at":"`` takes 18 bytes and the actor; seconds are 19 characters, six digits follow their point.
_ROWS = """
SELECT count(*), count(body), min(idx), max(idx), sum(octet_length(leaf) = 32),
  sum(unixepoch(substr(CAST(body AS BLOB), 19 + octet_length(actor), 19)) * 1000000
    + CAST(substr(CAST(body AS BLOB), 39 + octet_length(actor), 6) AS INTEGER) = at),
  CAST(group_concat(body, x'0a') AS BLOB), CAST(group_concat(leaf, '') AS BLOB),
  CAST(group_concat(kind, x'0a') AS BLOB), CAST(group_concat(actor, x'0a') AS BLOB),
  (SELECT CAST(group_concat(hash, '') AS BLOB) FROM log_tile WHERE no >= ?1 / 256 AND no < ?2 / 256)
FROM log_entry WHERE idx >= ?1 AND idx < ?2
"""


def sound(vault: "Vault", heads: Sequence[Head], witness: bytes, heard: Callable[[int], None]) -> bool:
    """Whether log, tiles, heads and what is looked up beside the log are in order. ``heard`` gets the number of entries
    done and may raise to cancel."""
    log, db = vault.log, vault.db
    if db.one("SELECT min(idx), max(idx) FROM log_entry") != ((0, log.size - 1) if log.size else (None, None)):
        return False
    due = sorted(heads, key=lambda head: head.size)
    tree, people, looks = CompactRange(), PeopleSeen(), _Looks()
    for row in _rows(vault, log.size):
        begin, count = tree.size, row[0]
        entries = (row[6] or b"").split(b"\n")
        if not (count == row[1] == row[4] == row[5] == len(entries) and row[2:4] == (begin, begin + count - 1)):
            return False
        hashes = leaf_hashes(entries)
        leaves = b"".join(hashes)
        seen = witness[begin * HASH_BYTES : (begin + count) * HASH_BYTES]
        if leaves != row[7] or not leaves.startswith(seen):
            return False
        tiles = tile_roots(leaves)
        if b"".join(tiles) != (row[10] or b"") or not looks.fit(entries, begin, row[8], row[9], people):
            return False
        while due and due[0].size < begin + count:
            if _grown(tree, tiles, hashes, due[0].size - begin).root() != due.pop(0).root:
                return False
        tree = _grown(tree, tiles, hashes, count)
        heard(tree.size)
    whole = all(head.size == tree.size and head.root == tree.root() for head in due)
    same = tree.size == log.size and tree.root() == log.root() and len(witness) <= log.size * HASH_BYTES
    return whole and same and people.first_difference(db) is None


def _rows(vault: "Vault", size: int) -> Iterator[tuple[Any, ...]]:
    """Rows of joined entries from the first to the last; the next one is read while the caller looks at this one."""
    with ThreadPoolExecutor(1) as ahead:
        begin, step = 0, _MANY
        reading = ahead.submit(vault.db.one, _ROWS, (begin, min(size, begin + step))) if size else None
        while reading is not None:
            row = reading.result()
            assert row is not None  # an aggregate always answers
            begin += step
            step = _MANY if len(row[6] or b"") < _FULL else _FEW
            reading = ahead.submit(vault.db.one, _ROWS, (begin, min(size, begin + step))) if begin < size else None
            yield row


def _grown(tree: CompactRange, tiles: list[bytes], hashes: list[bytes], count: int) -> CompactRange:
    """``tree``, which ends with a whole tile, and ``count`` of the entries that come after it."""
    grown = tree.copy()
    for tile in tiles[: count // TILE]:
        grown.push_subtree(TILE_LEVEL, tile)
    for leaf in hashes[count // TILE * TILE : count]:
        grown.push(leaf)
    return grown


class _Looks:
    """What entries say of themselves, against what they are looked up by."""

    def __init__(self) -> None:
        self._actors: dict[bytes, bytes] = {}
        self._kinds: dict[bytes, bytes] = {}

    def fit(self, entries: list[bytes], begin: int, kinds: bytes, actors: bytes, people: PeopleSeen) -> bool:
        """Whether number, actor and kind fit; the instants were compared where they lie."""
        count = len(entries)
        by, of = actors.split(b"\n"), kinds.split(b"\n")
        if len(by) != count or len(of) != count:
            return False
        for name in set(by) - self._actors.keys():
            self._actors[name] = b'{"actor":%b,"at":"' % quoted(name.decode("utf-8", "replace"))
        for kind in set(of) - self._kinds.keys():
            self._kinds[kind] = b'%b","policy":"' % kind
        named: list[bytes] = []
        rest: list[bytes] = []
        # behind "hcps" come texts and numbers alone, whose quotes are escaped
        for _, _, tail in map(bytes.rpartition, entries, repeat(b'"hcps":[')):
            hcps, _, after = tail.partition(b'],"kind":"')
            named.append(hcps)
            rest.append(after)
        numbers = (b',"seq":%d,"state":"\n' * count % tuple(range(begin, begin + count))).split(b"\n")
        people.take(named, begin)
        return (
            all(map(bytes.startswith, entries, map(self._actors.__getitem__, by)))
            and all(map(bytes.startswith, rest, map(self._kinds.__getitem__, of)))
            and all(map(contains, rest, numbers))
        )
