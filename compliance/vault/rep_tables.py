"""Tables of a rep's vault: the pack held now, its people and notices."""

from typing import Any

from compliance.model.pack import PackManifest
from compliance.vault.table import Table
from compliance.vault.times import from_micros, micros

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
TABLES = (PACK, PACK_PERSON, PACK_NOTICE)


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
