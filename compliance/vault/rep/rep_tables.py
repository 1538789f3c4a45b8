"""Tables of a rep's vault: the pack held now, its people and notices, and what waits to go back to the office."""

from typing import Any

from compliance.model.pack import PackManifest
from compliance.vault.engine.table import Table
from compliance.vault.engine.times import from_micros, micros

PACK = Table.of(
    "pack",
    "one INTEGER",
    "vault TEXT NOT NULL",
    "handler TEXT NOT NULL",
    "sandbox INTEGER NOT NULL",
    "rep TEXT NOT NULL",
    "role TEXT NOT NULL",
    "recipient TEXT NOT NULL",
    "publisher BLOB NOT NULL",
    "sequence INTEGER NOT NULL",
    "previous_sha256 TEXT NOT NULL",
    "issued INTEGER NOT NULL",
    "expires INTEGER NOT NULL",
    "policy TEXT NOT NULL",
    "checkpoint TEXT NOT NULL",
    "sha256 TEXT NOT NULL",
)
PACK_PERSON = Table.of("pack_person", "hcp_id TEXT NOT NULL", "person TEXT NOT NULL")
PACK_NOTICE = Table.of("pack_notice", "notice TEXT NOT NULL", "lang TEXT NOT NULL", "text TEXT NOT NULL", keys=2)
PACK_OFFICE = Table.of("pack_office", "one INTEGER", "returns_to TEXT NOT NULL", "secret TEXT NOT NULL",
                       "recalls TEXT NOT NULL")  # fmt: skip
PACK_SPOKEN = Table.of("pack_spoken", "notice TEXT NOT NULL", "lang TEXT NOT NULL", "title TEXT NOT NULL",
                       "items TEXT NOT NULL", keys=2)  # fmt: skip
#: What waits for the office: ``returned`` is the first return it went out with, 0 before; ``outcome`` what the office
#: said became of it, "" before. ``document`` is the sealed evidence, "" once the office has it.
NOTE = Table.of(
    "note",
    "note_id TEXT NOT NULL",
    "kind TEXT NOT NULL",
    "at INTEGER NOT NULL",
    "body TEXT NOT NULL",
    "evidence TEXT NOT NULL",
    "media_type TEXT NOT NULL",
    "document TEXT NOT NULL",
    "returned INTEGER NOT NULL",
    "outcome TEXT NOT NULL",
)
RETURN_MADE = Table.of(
    "return_made",
    "sequence INTEGER",
    "made_at INTEGER NOT NULL",
    "sha256 TEXT NOT NULL",
    "pack INTEGER NOT NULL",
    "notes INTEGER NOT NULL",
)
#: Made when formats were extended; a rep's vault of format 2 gets them by migration.
RETURN_TABLES = (PACK_OFFICE, PACK_SPOKEN, NOTE, RETURN_MADE)
TABLES = (PACK, PACK_PERSON, PACK_NOTICE, *RETURN_TABLES)


def row(manifest: PackManifest, digest: str) -> tuple[Any, ...]:
    """The row of PACK."""
    return (
        1,
        manifest.vault,
        manifest.handler,
        int(manifest.sandbox),
        manifest.rep,
        manifest.role,
        manifest.recipient,
        manifest.publisher,
        manifest.sequence,
        manifest.previous_sha256,
        micros(manifest.issued),
        micros(manifest.expires),
        manifest.policy,
        manifest.checkpoint,
        digest,
    )


def manifest_of(row: tuple[Any, ...]) -> PackManifest:
    """The manifest of a row of PACK."""
    return PackManifest(
        vault=row[1],
        handler=row[2],
        sandbox=bool(row[3]),
        rep=row[4],
        role=row[5],
        recipient=row[6],
        publisher=row[7],
        sequence=row[8],
        previous_sha256=row[9],
        issued=from_micros(row[10]),
        expires=from_micros(row[11]),
        policy=row[12],
        checkpoint=row[13],
    )
