"""The log read thousands of entries at a time, to say one thing: that nothing is wrong (anchors.md section 4).

Rules: (1) the answer is yes only for what :mod:`check_log` would find in order; whatever does not fit in bulk is a no,
and then that module reads entry by entry and names it; (2) a column of many entries comes as one text joined by line
feeds, which neither canonical JSON nor a name holds, so as many lines as entries mean that each line is one entry;
(3) each entry is hashed: the hashes are the stored leaves, the witnessed ones, and lead over the stored tiles to the
root of every head and of the log; (4) each entry bears its own number, and instant, kind, actor and people as they are
looked up beside it, sought where that module seeks them; (5) the next rows are read and deciphered while these are
hashed, by a second thread on the same connection, which only one of them uses at any time: SQLite lets go of Python's
lock (docs/decisions/0024).
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from typing import TYPE_CHECKING, Any

from compliance.audit.report import Head
from compliance.audit.tree import HASH_BYTES, TILE, TILE_LEVEL, CompactRange, leaf_hashes, tile_roots
from compliance.vault.log.log_people import PeopleSeen, quoted

if TYPE_CHECKING:
    from compliance.vault.session import Vault

#: Entries a row: many where they are small, one tile where a row of that many would fill the memory.
_MANY, _FEW, _FULL = 16 * TILE, TILE, 8 << 20
#: To join a column costs a fifth of what it costs to compare it, so only instants are compared where they lie: in an
#: entry of ours they stand behind ``{"actor":"X","at":"`` (18 bytes and the actor), 19 characters to the second and six
#: digits behind their point.
_ROWS = """
SELECT count(*), sum(octet_length(leaf) = 32 AND body NOT NULL AND kind NOT NULL AND actor NOT NULL),
  sum(unixepoch(substr(body, 19 + octet_length(actor), 19)) * 1000000
    + CAST(substr(body, 39 + octet_length(actor), 6) AS INTEGER) = at),
  CAST(group_concat(body, x'0a') AS BLOB), CAST(group_concat(leaf, '') AS BLOB),
  CAST(group_concat(kind, x'0a') AS BLOB), CAST(group_concat(actor, x'0a') AS BLOB),
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
    tree, people = CompactRange(), PeopleSeen()
    for row in _rows(vault, log.size):
        begin = tree.size
        count, *counts, bodies, leaves, kinds, actors, stored = row
        entries = (bodies or b"").split(b"\n")
        if any(number != count for number in (*counts, len(entries))):
            return False
        hashes = leaf_hashes(entries)
        joined = b"".join(hashes)
        seen = witness[begin * HASH_BYTES : (begin + count) * HASH_BYTES]
        if joined != leaves or not joined.startswith(seen):
            return False
        tiles = tile_roots(joined)
        if b"".join(tiles) != (stored or b"") or not _fits(entries, begin, kinds, actors, people):
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
    """Rows of joined entries from the first to the last, each with the number it should hold; the next one is read
    while the caller looks at this one."""
    with ThreadPoolExecutor(1) as ahead:
        begin, step = 0, _MANY
        reading = ahead.submit(vault.db.one, _ROWS, (begin, min(size, begin + step))) if size else None
        while reading is not None:
            row = reading.result()
            assert row is not None  # an aggregate always answers
            wanted = min(size, begin + step) - begin
            begin += step
            step = _MANY if len(row[3] or b"") < _FULL else _FEW
            reading = ahead.submit(vault.db.one, _ROWS, (begin, min(size, begin + step))) if begin < size else None
            yield wanted, *row


def _grown(tree: CompactRange, tiles: list[bytes], hashes: list[bytes], count: int) -> CompactRange:
    """``tree``, which ends with a whole tile, and ``count`` of the entries that come after it."""
    grown = tree.copy()
    for tile in tiles[: count // TILE]:
        grown.push_subtree(TILE_LEVEL, tile)
    for leaf in hashes[count // TILE * TILE : count]:
        grown.push(leaf)
    return grown


def _fits(entries: list[bytes], begin: int, kinds: bytes, actors: bytes, people: PeopleSeen) -> bool:
    """Whether numbers, actors and kinds fit the entries; who is named in them is collected."""
    of, by = kinds.split(b"\n"), actors.split(b"\n")
    if not len(entries) == len(of) == len(by):
        return False
    numbers = map(b'"seq":%d,'.__mod__, range(begin, begin + len(entries)))
    if not all(map(bytes.startswith, entries, numbers, map(bytes.rfind, entries, repeat(b'"seq":')))):
        return False
    begun = {actor: b'{"actor":%b,"at":"' % quoted(actor.decode("utf-8", "replace")) for actor in set(by)}
    if not all(map(bytes.startswith, entries, map(begun.__getitem__, by))):
        return False
    froms = list(map(bytes.rfind, entries, repeat(b'"hcps":[')))
    tos = list(map(bytes.find, entries, repeat(b"]"), froms))
    people.take([entry[at + 8 : to] for entry, at, to in zip(entries, froms, tos, strict=True)], begin)
    behind = {kind: b'],"kind":"%b"' % kind for kind in set(of)}
    return all(map(bytes.startswith, entries, map(behind.__getitem__, of), tos))
