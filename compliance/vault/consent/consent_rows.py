"""Tables of consent, and the form of their rows.

Rules: (1) events are only ever added and are truth; the state table is made from them and answers purpose-wide
questions by integer keys clustered by item; (2) both name people and items by number; (3) a row is made by one function
for single acts, imports and rebuilds alike.
"""

from dataclasses import replace
from typing import Any

from compliance.model.consent import ConsentEvent, ConsentStatus, EventKind, LineStatus
from compliance.vault.engine.table import Table
from compliance.vault.engine.times import micros, micros_or_none

CONSENT_ITEM = Table.of("consent_item", "no INTEGER", "item TEXT NOT NULL", "purpose TEXT NOT NULL", unique=("item",))
CONSENT_EVENT = Table.of(
    "consent_event",
    "no INTEGER",  # appended in order: a rowid table splits no pages, where a clustered one costs four times as much
    "hcp INTEGER NOT NULL",
    "event_id TEXT NOT NULL",
    "item INTEGER NOT NULL",
    "kind TEXT NOT NULL",
    "method TEXT NOT NULL",
    "recorded_at INTEGER NOT NULL",
    "recorded_by TEXT NOT NULL",
    "acted_at INTEGER",
    "presented_at INTEGER",
    "received_at INTEGER",
    "precision TEXT NOT NULL",
    "notice TEXT",
    "notice_hash TEXT",
    "valid_until INTEGER",
    "evidence_id TEXT",
    "evidence_sha256 TEXT",
    "grade TEXT NOT NULL",
    "identity_check TEXT",
    "asked_by_hcp INTEGER NOT NULL",
    "target TEXT",
    "defect TEXT",
    "place_of_original TEXT",
    "page_count INTEGER",
    "order_on_form INTEGER NOT NULL",
    "origin TEXT NOT NULL",
    "sequence INTEGER NOT NULL",
    unique=("event_id",),
    index=("hcp",),
)
#: What the lists of half a million people are read from, each without a look at the table: what ends soon, what waits
#: for somebody, what rests on little.
STATE_LISTS = (
    "CREATE INDEX consent_state_ends ON consent_state(valid_until, status, notice, since)"
    " WHERE valid_until IS NOT NULL",
    "CREATE INDEX consent_state_waits ON consent_state(status, since)"
    " WHERE status IN ('evidence_pending', 'unproven', 'change_pending')",
    "CREATE INDEX consent_state_weak ON consent_state(since, status, valid_until, notice) WHERE grade IN ('E3', 'E4')",
)
_STATE = Table.of(
    "consent_state",
    "item INTEGER NOT NULL",
    "hcp INTEGER NOT NULL",
    "status TEXT NOT NULL",
    "valid_until INTEGER",
    "code TEXT NOT NULL",
    "since INTEGER",
    "notice TEXT",
    "grade TEXT NOT NULL",
    "event_id TEXT",
    "ask_again_from INTEGER",
    "may_ask INTEGER NOT NULL",
    keys=2,
    index=("hcp",),
)
CONSENT_STATE = replace(_STATE, ddl=(*_STATE.ddl, *STATE_LISTS))

#: Acts that close an item: they survive the restore of an older backup.
CLOSING = {
    EventKind.WITHDRAWN: ConsentStatus.WITHDRAWN,
    EventKind.REFUSED: ConsentStatus.REFUSED,
    EventKind.REVOKED: ConsentStatus.REVOKED,
    EventKind.INVALIDATED: ConsentStatus.INVALIDATED,
}

#: People no reader can see yet, or any more.
STAGED = "SELECT hcp FROM people WHERE batch IN (SELECT no FROM batch WHERE state <> 'published')"
#: The same as being in ``shown``, by the few who are not: no look at the person of each row.
HIDDEN = f"{STAGED} UNION ALL SELECT gone FROM merge_case WHERE undone_at IS NULL"  # noqa: S608 - constants


def event_row(event: ConsentEvent, *, hcp: int, no: int, item: int) -> tuple[Any, ...]:
    """The stored row; ``item`` is the number of its item, ``no`` also the sequence of an event made here,
    whose origin is ""."""
    return (
        no,
        hcp,
        event.event_id,
        item,
        str(event.kind),
        str(event.method),
        micros(event.recorded_at),
        event.recorded_by,
        micros_or_none(event.acted_at),
        micros_or_none(event.presented_at),
        micros_or_none(event.received_at),
        str(event.precision),
        event.notice,
        event.notice_hash,
        micros_or_none(event.valid_until),
        event.evidence_id,
        event.evidence_sha256,
        str(event.grade),
        event.identity_check,
        int(event.asked_by_hcp),
        event.target,
        event.defect,
        event.place_of_original,
        event.page_count,
        event.order_on_form,
        event.origin,
        event.sequence or no,
    )


def state_row(line: LineStatus, *, hcp: int, item: int) -> tuple[Any, ...]:
    """The stored row of a status."""
    return (
        item,
        hcp,
        str(line.status),
        micros_or_none(line.valid_until),
        line.code,
        micros_or_none(line.since),
        line.notice,
        str(line.grade),
        line.event_id,
        micros_or_none(line.ask_again_from),
        int(line.may_ask),
    )
