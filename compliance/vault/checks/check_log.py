"""The log against its own tree, against the heads inside and outside, and against what is looked up beside it.

A full check first asks :mod:`check_log_bulk` whether all is in order; only where it is not are the entries read one by
one here, to name the first that is wrong and how.
"""

from collections import deque
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from compliance.audit import checkpoint as notes
from compliance.audit.evidence import KEY_DETAIL
from compliance.audit.report import Break, BreakKind, Head, check_entries
from compliance.audit.tree import HASH_BYTES, TILE
from compliance.errors import AuditIntegrityError
from compliance.model.audit import Kind
from compliance.vault.checks import check_log_bulk
from compliance.vault.checks.findings import Problem
from compliance.vault.engine.times import micros
from compliance.vault.log.heads import Place
from compliance.vault.log.log_people import PeopleSeen, quoted

if TYPE_CHECKING:
    from compliance.vault.session import Vault

_ROSTER_KINDS = (Kind.USER_ADDED, Kind.USER_RESET, Kind.RECOVERED)
_CODES = {
    BreakKind.NOT_AN_ENTRY: "log_changed",
    BreakKind.WRONG_NUMBER: "log_order",
    BreakKind.CHANGED: "log_changed",
    BreakKind.CUT: "log_truncated",
    BreakKind.HEAD_DIFFERS: "log_forked",
    BreakKind.TREE_STATE: "log_tree",
}


def log(vault: "Vault", *, full: bool, heard: Callable[[int], None] = lambda _done: None) -> list[Problem]:
    """Findings about log and heads: of everything when ``full``, else of what came after the newest heads."""
    problems: list[Problem] = []
    roster = _roster(vault)
    heads = [
        *_heads(vault, vault.inside, "inside", roster, problems, every=full),
        *_heads(vault, vault.outside, "outside", roster, problems, every=full),
    ]
    remembered = vault.keystore_head()
    if remembered is not None:  # written by this machine alone; it bears no signature and needs none
        heads.append(Head(*remembered))
    if not heads and not problems and vault.log.find(kind=Kind.VAULT_CLOSED, limit=1):
        problems.append(Problem("seals_missing"))  # each closing leaves one: without any, nothing shows a rollback
    _log(vault, heads, problems, full=full, heard=heard)
    return problems


def _roster(vault: "Vault") -> list[tuple[str, bytes]]:
    pairs = []
    for entry in vault.log.find(kind=_ROSTER_KINDS, limit=100_000, newest_first=False):
        try:
            detail = entry.data["detail"]
            pairs.append((notes.key_name(vault.vault_id, detail["user"]), bytes.fromhex(detail[KEY_DETAIL])))
        except (ValueError, KeyError, TypeError):
            continue  # an entry that is not ours is reported by the check of the log
    return pairs


def _heads(
    vault: "Vault", place: Place, where: str, roster: list[tuple[str, bytes]], problems: list[Problem], *, every: bool
) -> list[Head]:
    try:
        newest = place.newest()
        kept = place.notes() if every else [newest] if newest else []
    except AuditIntegrityError as fault:
        problems.append(Problem(fault.code, None, where))
        return []
    heads = []
    for note in kept:
        head = note.checkpoint
        if head.origin != notes.origin(vault.vault_id) or not notes.verify(note, roster).ok:
            problems.append(Problem("checkpoint_signature", None, f"{where} {head.size}"))
        else:
            heads.append(Head(head.size, head.root))
    if newest and place.leaf_count() < newest.checkpoint.size:
        problems.append(Problem("witness_short", None, where))
    return heads


def _log(
    vault: "Vault", heads: list[Head], problems: list[Problem], *, full: bool, heard: Callable[[int], None]
) -> None:
    log = vault.log
    stored = int(vault.db.value("SELECT coalesce(max(idx) + 1, 0) FROM log_entry"))
    cut = max([log.size, *(head.size for head in heads)])
    if stored < cut:
        problems.append(Problem("log_truncated", stored, f"{cut - stored} missing"))
        if not full:
            return
    if full and check_log_bulk.sound(vault, heads, _witness(vault), heard):
        return
    begin = 0
    if not full:
        begin = _confirmed(vault, heads, problems)
        if begin < 0:
            return
    found: list[Problem] = []
    entries = _Entries(vault, begin, lookups=full, found=found)
    report = check_entries(
        entries.bodies(),
        start=log.range_at(begin) if begin else None,
        state=Head(log.size, log.root()),
        heads=heads,
        leaves=entries.expected(),
        tile=log.tile if full else lambda _: None,
        progress=heard,
    )
    if report.broken is not None:
        known = any(p.code == "log_truncated" for p in problems)
        if not (known and report.broken.kind is BreakKind.CUT):
            problems.append(_problem(report.broken))
    elif full:
        tiles = vault.db.one("SELECT count(*), coalesce(max(no) + 1, 0) FROM log_tile")
        if tiles != (log.size // TILE, log.size // TILE):  # a hash that is missing hides nothing and ends every proof
            problems.append(Problem("log_tree", None, "tiles"))
        if (different := entries.people.first_difference(vault.db)) is not None:
            problems.append(Problem("log_index", different if different >= 0 else None, "people"))
    problems.extend(p for p in found if report.broken is None or p.index != report.broken.index)


class _Entries:
    """Reads the log once for all checks: bodies, the leaf each should have, and what is looked up beside them."""

    def __init__(self, vault: "Vault", begin: int, *, lookups: bool, found: list[Problem]) -> None:
        self._vault = vault
        self._begin = begin
        self._lookups = lookups
        self._found = found
        self._leaves: deque[bytes] = deque()
        self.people = PeopleSeen()

    def bodies(self) -> Iterator[bytes]:
        """Entries in order. The first stored leaf that is not the witnessed one is found on the way."""
        witness = _witness(self._vault)
        sql = (
            "SELECT idx, at, CAST(kind AS TEXT), CAST(actor AS TEXT), CAST(body AS BLOB), CAST(leaf AS BLOB)"
            " FROM log_entry WHERE idx >= ? ORDER BY idx"
        )
        for block in self._vault.db.blocks(sql, (self._begin,)):
            self._leaves.extend(self._witnessed(block, witness))
            for index, at, kind, actor, body, _ in block:
                if self._lookups:
                    self._look_up(index, at, kind, actor, body)
                yield body

    def _witnessed(self, block: list[tuple[Any, ...]], witness: bytes) -> list[bytes]:
        """The leaf each entry of a block should have: what was seen before, else what is stored."""
        stored = [row[5] for row in block]
        first, count = block[0][0], len(block)
        if first >= 0 and block[-1][0] - first == count - 1 and all(type(leaf) is bytes for leaf in stored):
            joined = b"".join(stored)
            if witness[first * HASH_BYTES : (first + count) * HASH_BYTES] == joined:
                return stored
        expected = []
        for row in block:
            index, leaf = row[0], row[5]
            place = index * HASH_BYTES
            seen = witness[place : place + HASH_BYTES] if 0 <= place <= len(witness) - HASH_BYTES else leaf
            if seen != leaf and not any(p.code == "log_changed" for p in self._found):
                self._found.append(Problem("log_changed", index, "leaf"))
            expected.append(seen)
        return expected

    def expected(self) -> Iterator[bytes]:
        """The leaf of each entry read so far."""
        while self._leaves:
            yield self._leaves.popleft()

    def _look_up(self, index: int, at: Any, kind: str, actor: str, body: bytes) -> None:
        begun = b'{"actor":%b,"at":"' % quoted(actor)
        begin = body.rfind(b'"hcps":[')
        end = body.find(b"]", begin)
        self.people.take((body[begin + 8 : end],), index)
        wrong = (
            "actor"
            if not body.startswith(begun)
            else "kind"
            if not body.startswith(b'],"kind":"%b"' % kind.encode(), end)
            else "at"
            if _instant(body[len(begun) : len(begun) + 27]) != at
            else ""
        )
        if wrong and not any(p.code == "log_index" for p in self._found):
            self._found.append(Problem("log_index", index, wrong))


def _instant(text: bytes) -> int | None:
    """Microseconds of ``2026-11-24T02:00:00.000000Z``."""
    try:
        return micros(datetime.fromisoformat(text.decode("ascii")))
    except ValueError:
        return None


def _confirmed(vault: "Vault", heads: list[Head], problems: list[Problem]) -> int:
    """The largest sealed size whose root the stored tiles still give; -1 after a finding."""
    best = 0
    for head in heads:
        try:
            root = vault.log.root_at(head.size)
        except (ValueError, LookupError):
            problems.append(Problem("log_tree", vault.log.size, "no tree of the sealed size"))
            return -1
        if root != head.root:
            problems.append(Problem("log_forked", _first_changed(vault, head.size), f"sealed at {head.size}"))
            return -1
        best = max(best, head.size)
    return best


def _first_changed(vault: "Vault", size: int) -> int | None:
    """The first entry whose stored leaf is not the witnessed one."""
    witness = _witness(vault)
    for begin in range(0, size, 4096):
        for offset, leaf in enumerate(vault.log.leaves(begin, min(begin + 4096, size))):
            at = (begin + offset) * HASH_BYTES
            if at < len(witness) and witness[at : at + HASH_BYTES] != leaf:
                return begin + offset
    return None


def _witness(vault: "Vault") -> bytes:
    """What was seen outside, as far as it goes, because it is harder to reach; then what is kept inside."""
    outside, inside = vault.outside.leaves(), vault.inside.leaves()
    return outside + inside[len(outside) :]


def _problem(broken: Break) -> Problem:
    span = "" if broken.until == broken.index + 1 else f"before {broken.until}"
    return Problem(_CODES[broken.kind], broken.index, span)
