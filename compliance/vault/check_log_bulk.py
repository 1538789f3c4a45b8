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
from typing import TYPE_CHECKING, Any

from compliance.audit.report import Head
from compliance.audit.tree import HASH_BYTES, TILE, TILE_LEVEL, CompactRange, leaf_hashes, tile_roots
from compliance.vault.log_people import PeopleSeen

if TYPE_CHECKING:
    from compliance.vault.session import Vault

#: Entries a row: many where they are small, one tile where a row of that many would fill the memory.
_MANY, _FEW, _FULL = 16 * TILE, TILE, 8 << 20
#: What stands where in an entry of ours is compared there, because SQLite does it while Python hashes: it begins with
#: ``{"actor":"X","at":"`` (18 bytes and the actor), then 19 characters to the second and six digits behind their point;
#: it ends with ``,"seq":N,"state":"64 digits","v":1}`` (89 bytes and the number).
_ROWS = """
SELECT count(*), count(body), min(idx), max(idx), sum(octet_length(leaf) = 32),
  sum(unixepoch(substr(CAST(body AS BLOB), 19 + octet_length(actor), 19)) * 1000000
    + CAST(substr(CAST(body AS BLOB), 39 + octet_length(actor), 6) AS INTEGER) = at),
  sum(substr(CAST(body AS BLOB), 1, 19 + octet_length(actor)) = CAST('{"actor":"' || actor || '","at":"2' AS BLOB)),
  sum(substr(CAST(body AS BLOB), -89 - length(idx), 17 + length(idx)) = CAST(',"seq":' || idx || ',"state":"' AS BLOB)),
  CAST(group_concat(body, x'0a') AS BLOB), CAST(group_concat(leaf, '') AS BLOB),
  CAST(group_concat(kind, x'0a') AS BLOB),
  (SELECT CAST(group_concat(hash, '') AS BLOB) FROM log_tile WHERE no >= ?1 / 256 AND no < ?2 / 256)
FROM log_entry WHERE idx >= ?1 AND idx < ?2
"""


def sound(vault: "Vault", heads: Sequence[Head], witness: bytes, heard: Callable[[int], None]) -> bool:
    """Whether log, tiles, heads and what is looked up beside the log are in order. ``heard`` gets the number of entries
    done and may raise to cancel."""
    log, db = vault.log, vault.db
    if db.one("SELECT count(*), coalesce(max(no) + 1, 0) FROM log_tile") != (log.size // TILE, log.size // TILE):
        return False
    if db.one("SELECT min(idx), max(idx) FROM log_entry") != ((0, log.size - 1) if log.size else (None, None)):
        return False
    due = sorted(heads, key=lambda head: head.size)
    tree, people, looks = CompactRange(), PeopleSeen(), _Looks()
    for row in _rows(vault, log.size):
        begin, count = tree.size, row[0]
        *counts, bodies, leaves, kinds, stored = row
        low, high = counts[2:4]
        entries = (bodies or b"").split(b"\n")
        fits = (*counts[:2], *counts[4:], len(entries))
        if any(number != count for number in fits) or (low, high) != (begin, begin + count - 1):
            return False
        hashes = leaf_hashes(entries)
        joined = b"".join(hashes)
        seen = witness[begin * HASH_BYTES : (begin + count) * HASH_BYTES]
        if joined != leaves or not joined.startswith(seen):
            return False
        tiles = tile_roots(joined)
        if b"".join(tiles) != (stored or b"") or not looks.fit(entries, begin, kinds, people):
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
            step = _MANY if len(row[8] or b"") < _FULL else _FEW
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
    """Kind and people of entries, against what they are looked up by; the rest was compared where it lies."""

    def __init__(self) -> None:
        self._kinds: dict[bytes, bytes] = {}

    def fit(self, entries: list[bytes], begin: int, kinds: bytes, people: PeopleSeen) -> bool:
        """Whether the kinds fit; who is named is collected."""
        of = kinds.split(b"\n")
        if len(of) != len(entries):
            return False
        for kind in set(of) - self._kinds.keys():
            self._kinds[kind] = b'%b","policy":"' % kind
        named: list[bytes] = []
        rest: list[bytes] = []
        # behind "hcps" come texts and numbers alone, whose quotes are escaped
        for _, _, tail in map(bytes.rpartition, entries, repeat(b'"hcps":[')):
            hcps, _, after = tail.partition(b'],"kind":"')
            named.append(hcps)
            rest.append(after)
        people.take(named, begin)
        return all(map(bytes.startswith, rest, map(self._kinds.__getitem__, of)))
