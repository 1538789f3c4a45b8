"""Rows, sealed sections, documents, keys and indexes against the sums and digests that stand for them."""

import re
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from compliance.errors import VaultCorrupt, VaultError
from compliance.model.access import Section
from compliance.vault.checks.check_index import search_index
from compliance.vault.checks.findings import QUEUE_DIFFERS, RELATIONS_DIFFER, Problem
from compliance.vault.consent import waits
from compliance.vault.consent.consent_rows import CONSENT_EVENT
from compliance.vault.engine.guard import SEALED, Maintenance
from compliance.vault.engine.table import Table
from compliance.vault.people import relations
from compliance.vault.people.evidence import EVIDENCE
from compliance.vault.people.evidence import FOLDER as EVIDENCE_FOLDER
from compliance.vault.people.sections import SECTIONS, is_digest_of, unseal
from compliance.vault.people.subject_keys import kind_of
from compliance.vault.people.value_changes import VALUE_CHANGE
from compliance.vault.schema import TABLES

if TYPE_CHECKING:
    from compliance.vault.session import Vault

#: How SQLite names the index a row is missing from, or whose number of entries is wrong.
_INDEX = re.compile(r"index (\w+)$")
#: Tables whose rows bear a number of the vault's one sequence.
_SEQUENCED = tuple(table.name for table in (*SECTIONS.values(), CONSENT_EVENT))


#: Called now and then; raises when the check is to stop.
Beat = Callable[[], None]
_EVERY = 2000


def state(vault: "Vault", problems: list[Problem]) -> None:
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


def tables(vault: "Vault", problems: list[Problem], beat: Beat) -> None:
    """Every table adds up."""
    for table in TABLES:
        if not adds_up(vault, table, beat):
            problems.append(Problem("table_changed", None, table.name))


def adds_up(vault: "Vault", table: Table, beat: Beat = lambda: None) -> bool:
    """Whether the rows of a table add up to its stored sum, and no value is of a kind its column never holds: a blob
    counts as the text of its digits, and is found by no question that asks for that text."""
    try:
        rows = _beating(vault.db.stream(table.every), beat)
        return vault.ledger.recompute(table.name, rows) and not vault.db.value(table.mixed)
    except VaultError as fault:
        if fault.code != "statement":
            raise
        return False  # a text that cannot be read as one


def sections(vault: "Vault", problems: list[Problem], beat: Beat) -> None:
    """Ciphertexts are those whose digests the set hash covers. Digests that are worked out are compared by
    :func:`tables`; whose ciphertext made a table differ, the keys tell, where the user holds them."""
    changed = {problem.detail for problem in problems if problem.code == "table_changed"}
    with vault.guard.reading(Maintenance.CHECK, frozenset(SECTIONS)):
        for table in (*SECTIONS.values(), VALUE_CHANGE):
            sql = f"SELECT hcp, digest, {SEALED} FROM {table.name} WHERE digest <> x''"  # noqa: S608 - constants
            rows = _beating(vault.db.stream(sql), beat)
            bad = next((hcp for hcp, digest, sealed in rows if not is_digest_of(digest, sealed)), None)
            if bad is not None:
                hcp_id = vault.db.value("SELECT hcp_id FROM people WHERE hcp = ?", (bad,))
                problems.append(Problem("section_changed", None, f"{table.name} {hcp_id}"))
        for section, table in SECTIONS.items():
            if table.name in changed and vault.sees_people and vault.keys.may(kind_of(section)):
                hcp_id = _not_opened(vault, section, beat)
                if hcp_id is not None:
                    problems.append(Problem("section_changed", None, f"{table.name} {hcp_id}"))


def _not_opened(vault: "Vault", section: Section, beat: Beat) -> str | None:
    """The first person whose ciphertext without a digest their key does not open."""
    kind = kind_of(section)
    sql = (
        f"SELECT x.hcp, p.hcp_id, x.version, x.{SEALED} FROM {SECTIONS[section].name} x JOIN people p ON p.hcp = x.hcp"  # noqa: S608
        " WHERE x.digest = x''"
    )
    for hcp, hcp_id, version, sealed in _beating(vault.db.stream(sql), beat):
        try:
            key = vault.keys.key(hcp, hcp_id, kind)
            if key is not None:
                unseal(key, sealed, kind, vault.vault_id, hcp_id, section, version)
        except VaultCorrupt:
            return str(hcp_id)
    return None


def evidence(vault: "Vault", problems: list[Problem], beat: Beat) -> None:
    """Sealed files are those whose hashes the table holds."""
    folder = vault.path / EVIDENCE_FOLDER
    for row in vault.db.execute(EVIDENCE.every):
        beat()
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


def keys(vault: "Vault", problems: list[Problem], beat: Beat) -> None:
    """Whoever is not erased has a key, and whoever is erased or was taken back has none: an older page of ``keys.db``
    would bring it back. Numbers from the counter on belong to an import another seat is committing."""
    beat()
    if not vault.sees_people:
        return
    with_key = vault.keys.numbers()
    alive: dict[int, str] = dict(vault.db.execute("SELECT hcp, hcp_id FROM people WHERE status <> 'erased'"))
    shown = {hcp for (hcp,) in vault.db.execute("SELECT hcp FROM shown")}
    missing = next((hcp_id for hcp, hcp_id in alive.items() if hcp in shown and hcp not in with_key), None)
    if missing is not None:
        problems.append(Problem("key_missing", None, missing))
    counter = int(vault.db.value("SELECT value FROM meta WHERE key = 'next_hcp'") or 1)
    if any(hcp < counter and hcp not in alive for hcp in with_key):
        problems.append(Problem("key_revived", None, "keys.db"))


def indexes(vault: "Vault", problems: list[Problem], beat: Beat) -> None:
    """Every b-tree index holds exactly the rows of its table, and every tree is in order, in ``main.db`` and
    ``keys.db``: an index page put back would leave rows out of lists that no sum over tables misses."""
    beat()
    stores = {"main.db": vault.db.faults()} | ({"keys.db": vault.keys.faults()} if vault.sees_people else {})
    for file, faults in stores.items():
        for text in faults:
            index = _INDEX.search(text)
            code, detail = ("index_differs", index[1]) if index else ("tree_damaged", f"{file}: {text}")
            if (problem := Problem(code, None, detail)) not in problems:
                problems.append(problem)


def queue(vault: "Vault", problems: list[Problem], beat: Beat) -> None:
    """The queue of acts that wait for a check is what the events say: a row taken out would hide somebody's work."""
    beat()
    if waits.differing(vault.db):
        problems.append(Problem(QUEUE_DIFFERS[0], None, QUEUE_DIFFERS[1]))


def related(vault: "Vault", problems: list[Problem], beat: Beat) -> None:
    """Each person's last day of a relation is what their consents and bases say: another day would show values past
    their end, or hide what may be read."""
    beat()
    if relations.differing(vault.db):
        problems.append(Problem(RELATIONS_DIFFER[0], None, RELATIONS_DIFFER[1]))


def counters(vault: "Vault", problems: list[Problem], beat: Beat) -> None:
    """Numbers that were given out stay given: an older page of the counters would give them out again."""
    beat()
    tables = ("people", "hcp", "next_hcp"), *((table, "sequence", "sequence") for table in _SEQUENCED)
    for table, column, counter in tables:
        used = vault.db.value(f"SELECT max({column}) FROM {table}")  # noqa: S608 - constants
        if used is not None and used >= int(vault.db.value("SELECT value FROM meta WHERE key = ?", (counter,)) or 1):
            problems.append(Problem("counter_older", None, counter))
            return


def _beating(rows: Iterable[tuple[Any, ...]], beat: Beat) -> Iterator[tuple[Any, ...]]:
    for number, row in enumerate(rows):
        if number % _EVERY == 0:
            beat()
        yield row


#: What a full check looks at besides the log, in this order.
PARTS = (tables, sections, evidence, keys, counters, queue, related, indexes, search_index)
