"""Looking for what SQLCipher alone does not find: edits with the key in hand, deletions, rollbacks, swapped pages.

A quick check runs at every open: the newest heads inside and outside, the entries since, the state digest. A full
check reads everything. Rules: (1) the first bad entry is named by its number; (2) a broken part does not hide others:
log, heads, tables, sections, evidence and indexes are reported side by side; (3) nothing is repaired here.
"""

import json
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from compliance.audit import checkpoint as notes
from compliance.audit.evidence import KEY_DETAIL
from compliance.audit.report import Break, BreakKind, Head, check_entries
from compliance.audit.tree import HASH_BYTES
from compliance.errors import AuditIntegrityError
from compliance.model.audit import Kind
from compliance.vault.evidence import EVIDENCE
from compliance.vault.evidence import FOLDER as EVIDENCE_FOLDER
from compliance.vault.guard import SEALED
from compliance.vault.heads import Place
from compliance.vault.schema import TABLES
from compliance.vault.sections import SECTIONS
from compliance.vault.times import micros

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


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding: a stable code, the number of the first bad entry where it is known, and a detail without values."""

    code: str
    index: int | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReport:
    """Outcome of a check over ``entries`` entries under ``root``."""

    ok: bool
    entries: int
    root: bytes
    problems: tuple[Problem, ...]
    full: bool


def run(vault: "Vault", *, full: bool) -> CheckReport:
    """Check the vault as one consistent view."""
    with vault.snapshot():
        problems: list[Problem] = []
        roster = _roster(vault)
        heads = [
            *_heads(vault, vault.inside, "inside", roster, problems, every=full),
            *_heads(vault, vault.outside, "outside", roster, problems, every=full),
        ]
        _log(vault, heads, problems, full=full)
        _state(vault, problems)
        if full:
            _tables(vault, problems)
            _sections(vault, problems)
            _evidence(vault, problems)
            _keys(vault, problems)
        return CheckReport(
            ok=not problems,
            entries=vault.log.size,
            root=vault.log.root(),
            problems=tuple(sorted(problems, key=lambda p: (p.index is None, p.index or 0))),
            full=full,
        )


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


def _log(vault: "Vault", heads: list[Head], problems: list[Problem], *, full: bool) -> None:
    log = vault.log
    stored = int(vault.db.value("SELECT coalesce(max(idx) + 1, 0) FROM log_entry"))
    cut = max([log.size, *(head.size for head in heads)])
    if stored < cut:
        problems.append(Problem("log_truncated", stored, f"{cut - stored} missing"))
        if not full:
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
    )
    if report.broken is not None:
        known = any(p.code == "log_truncated" for p in problems)
        if not (known and report.broken.kind is BreakKind.CUT):
            problems.append(_problem(report.broken))
    elif full and entries.people != vault.db.value("SELECT count(*) FROM log_person"):
        problems.append(Problem("log_index", None, "people"))
    problems.extend(p for p in found if report.broken is None or p.index != report.broken.index)


class _Entries:
    """Reads the log once for all checks: bodies, the leaf each should have, and what is looked up beside them."""

    def __init__(self, vault: "Vault", begin: int, *, lookups: bool, found: list[Problem]) -> None:
        self._vault = vault
        self._begin = begin
        self._lookups = lookups
        self._found = found
        self._leaves: deque[bytes] = deque()
        self._actors: dict[str, bytes] = {}
        self._seconds: dict[bytes, int] = {}
        self.people = 0

    def bodies(self) -> Iterator[bytes]:
        """Entries in order. The first stored leaf that is not the witnessed one is found on the way."""
        witness = _witness(self._vault)
        sql = (
            "SELECT idx, at, CAST(kind AS TEXT), CAST(actor AS TEXT), CAST(body AS BLOB), CAST(leaf AS BLOB)"
            " FROM log_entry WHERE idx >= ? ORDER BY idx"
        )
        for index, at, kind, actor, body, leaf in self._vault.db.stream(sql, (self._begin,)):
            place = index * HASH_BYTES
            seen = witness[place : place + HASH_BYTES] if 0 <= place <= len(witness) - HASH_BYTES else leaf
            if seen != leaf and not any(p.code == "log_changed" for p in self._found):
                self._found.append(Problem("log_changed", index, "leaf"))
            if self._lookups:
                self._look_up(index, at, kind, actor, body)
            self._leaves.append(seen)
            yield body

    def expected(self) -> Iterator[bytes]:
        """The leaf of each entry read so far."""
        while self._leaves:
            yield self._leaves.popleft()

    def _look_up(self, index: int, at: Any, kind: str, actor: str, body: bytes) -> None:
        quoted = self._actors.get(actor)
        if quoted is None:
            quoted = self._actors[actor] = b'{"actor":' + json.dumps(actor, ensure_ascii=False).encode()
        begin = body.rfind(b'"hcps":[')
        end = body.find(b"]", begin)
        hcps = body[begin + 8 : end]
        self.people += 0 if not hcps else 1 if b"," not in hcps else len(set(hcps.split(b",")))
        wrong = (
            "actor"
            if not body.startswith(quoted)
            else "kind"
            if not body.startswith(b'],"kind":"%b"' % kind.encode(), end)
            else "at"
            if self._written_at(body, len(quoted)) != at
            else ""
        )
        if wrong and not any(p.code == "log_index" for p in self._found):
            self._found.append(Problem("log_index", index, wrong))

    def _written_at(self, body: bytes, begin: int) -> int | None:
        """Microseconds of ``,"at":"2026-11-24T02:00:00.000000Z"`` after the actor."""
        try:
            second = body[begin + 7 : begin + 26]
            known = self._seconds.get(second)
            if known is None:
                known = micros(datetime.fromisoformat(second.decode("ascii") + "+00:00"))
                self._seconds = {second: known}
            return known + int(body[begin + 27 : begin + 33])
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


def _state(vault: "Vault", problems: list[Problem]) -> None:
    """The digest of the stored sums must be that of the newest entry."""
    last = vault.log.entry(vault.log.size - 1) if vault.log.size else None
    if last is None:
        return
    try:
        said = str(last.data["state"])
    except (ValueError, KeyError):
        return  # reported by the check of the log
    if said != vault.ledger.state():
        problems.append(Problem("state_differs", last.index, "sums"))


def _tables(vault: "Vault", problems: list[Problem]) -> None:
    for table in TABLES:
        if not vault.ledger.recompute(table.name, vault.db.stream(table.every)):
            problems.append(Problem("table_changed", None, table.name))


def _sections(vault: "Vault", problems: list[Problem]) -> None:
    """Ciphertexts are those whose digests the set hash covers."""
    with vault.guard.reading(frozenset(SECTIONS)):
        for table in SECTIONS.values():
            rows = vault.db.stream(f"SELECT hcp, digest, {SEALED} FROM {table.name}")  # noqa: S608 - constants
            bad = next((hcp for hcp, digest, sealed in rows if sha256(sealed).digest() != digest), None)
            if bad is not None:
                hcp_id = vault.db.value("SELECT hcp_id FROM people WHERE hcp = ?", (bad,))
                problems.append(Problem("section_changed", None, f"{table.name} {hcp_id}"))


def _evidence(vault: "Vault", problems: list[Problem]) -> None:
    folder = vault.path / EVIDENCE_FOLDER
    for row in vault.db.execute(EVIDENCE.every):
        try:
            with (folder / row[2]).open("rb") as inp:
                digest = sha256()
                while block := inp.read(1024 * 1024):
                    digest.update(block)
        except OSError:
            problems.append(Problem("evidence_missing", None, row[0]))
            continue
        if digest.hexdigest() != row[4]:
            problems.append(Problem("evidence_changed", None, row[0]))


def _keys(vault: "Vault", problems: list[Problem]) -> None:
    """Whoever is not erased has a key."""
    if vault.sees_people:
        with_key = vault.keys.numbers()
        missing = [
            hcp_id
            for hcp, hcp_id in vault.db.execute("SELECT hcp, hcp_id FROM shown WHERE status <> 'erased'")
            if hcp not in with_key
        ]
        if missing:
            problems.append(Problem("key_missing", None, missing[0]))
