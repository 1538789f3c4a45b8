"""The sealed store 加密档案库: the only package that knows SQL, files and keys.

Everything outside meets it through these names. A :class:`Vault` is opened, read and written through its units of work
and snapshots, and closed. It knows no policy: a use case brings decision and store together. A name brings its module
in when it is first asked for: the process that seals an import needs a third of them and starts in half the time.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from compliance.vault.arrivals.batches import UndoRefused
    from compliance.vault.checks.findings import CheckReport, Problem
    from compliance.vault.checks.watch import Watch
    from compliance.vault.consent.histories import Likeness, Told
    from compliance.vault.consent.work_lists import Covered, WorkRow
    from compliance.vault.engine.guard import Maintenance
    from compliance.vault.folder.backup import BackupReport
    from compliance.vault.folder.creating import Created, create_vault
    from compliance.vault.folder.opening import open_vault, peek, recover
    from compliance.vault.folder.restoring import Restored, rehearse, rehearse_open, restore
    from compliance.vault.keys import carried_key, device_secret, keystore
    from compliance.vault.keys.crypto import HashParams
    from compliance.vault.keys.header import Header
    from compliance.vault.keys.keyring import RoleKey
    from compliance.vault.keys.recovery import RecoverySecret
    from compliance.vault.lists.index import SearchPage, SearchQuery, SearchRow
    from compliance.vault.lists.index_rows import IndexRow, usual_form
    from compliance.vault.lists.list_scope import COLUMNS, Card, ListScope, OpenItem, Waiting
    from compliance.vault.lists.search_terms import (
        Abroad,
        Among,
        AssignedTo,
        Blocked,
        Consented,
        InAny,
        InColumn,
        SeenBy,
        Term,
    )
    from compliance.vault.lists.word_sql import Word, plain_words
    from compliance.vault.log.log_store import LogEntry
    from compliance.vault.people.evidence import EvidenceRow
    from compliance.vault.people.populations import LineKind, PeopleKind, Population
    from compliance.vault.people.relations import NOBODY, Over, day_number
    from compliance.vault.registers.disputes import Dispute
    from compliance.vault.registers.distinct import DistinctPair
    from compliance.vault.registers.exercises import Exercise, ExerciseKind
    from compliance.vault.registers.feeds import Feed, FeedRow
    from compliance.vault.registers.merges import MergeCase
    from compliance.vault.registers.retention import RunItem
    from compliance.vault.registers.tags import TagValidation
    from compliance.vault.registers.views import SavedView
    from compliance.vault.session import Vault
    from compliance.vault.unit_of_work import Snapshot, UnitOfWork

__all__ = [
    "COLUMNS",
    "NOBODY",
    "Abroad",
    "Among",
    "AssignedTo",
    "BackupReport",
    "Blocked",
    "Card",
    "CheckReport",
    "Consented",
    "Covered",
    "Created",
    "Dispute",
    "DistinctPair",
    "EvidenceRow",
    "Exercise",
    "ExerciseKind",
    "Feed",
    "FeedRow",
    "HashParams",
    "Header",
    "InAny",
    "InColumn",
    "IndexRow",
    "Likeness",
    "LineKind",
    "ListScope",
    "LogEntry",
    "Maintenance",
    "MergeCase",
    "OpenItem",
    "Over",
    "PeopleKind",
    "Population",
    "Problem",
    "RecoverySecret",
    "Restored",
    "RoleKey",
    "RunItem",
    "SavedView",
    "SearchPage",
    "SearchQuery",
    "SearchRow",
    "SeenBy",
    "Snapshot",
    "TagValidation",
    "Term",
    "Told",
    "UndoRefused",
    "UnitOfWork",
    "Vault",
    "Waiting",
    "Watch",
    "Word",
    "WorkRow",
    "carried_key",
    "create_vault",
    "day_number",
    "device_secret",
    "keystore",
    "open_vault",
    "peek",
    "plain_words",
    "recover",
    "rehearse",
    "rehearse_open",
    "restore",
    "usual_form",
]

#: Name → the module it stands in.
_HOME = {
    "COLUMNS": "lists.list_scope",
    "NOBODY": "people.relations",
    "Over": "people.relations",
    "day_number": "people.relations",
    "BackupReport": "folder.backup",
    "Card": "lists.list_scope",
    "CheckReport": "checks.findings",
    "Covered": "consent.work_lists",
    "Created": "folder.creating",
    "EvidenceRow": "people.evidence",
    "Feed": "registers.feeds",
    "FeedRow": "registers.feeds",
    "HashParams": "keys.crypto",
    "Header": "keys.header",
    "IndexRow": "lists.index_rows",
    "usual_form": "lists.index_rows",
    "Likeness": "consent.histories",
    "Told": "consent.histories",
    "LineKind": "people.populations",
    "ListScope": "lists.list_scope",
    "LogEntry": "log.log_store",
    "Maintenance": "engine.guard",
    "Dispute": "registers.disputes",
    "Exercise": "registers.exercises",
    "ExerciseKind": "registers.exercises",
    "TagValidation": "registers.tags",
    "SavedView": "registers.views",
    "DistinctPair": "registers.distinct",
    "RunItem": "registers.retention",
    "MergeCase": "registers.merges",
    "OpenItem": "lists.list_scope",
    "PeopleKind": "people.populations",
    "Population": "people.populations",
    "Problem": "checks.findings",
    "RecoverySecret": "keys.recovery",
    "Restored": "folder.restoring",
    "RoleKey": "keys.keyring",
    "SearchPage": "lists.index",
    "SearchQuery": "lists.index",
    "plain_words": "lists.word_sql",
    "Word": "lists.word_sql",
    "Term": "lists.search_terms",
    "SeenBy": "lists.search_terms",
    "InColumn": "lists.search_terms",
    "InAny": "lists.search_terms",
    "Consented": "lists.search_terms",
    "Blocked": "lists.search_terms",
    "AssignedTo": "lists.search_terms",
    "Abroad": "lists.search_terms",
    "Among": "lists.search_terms",
    "SearchRow": "lists.index",
    "Snapshot": "unit_of_work",
    "UndoRefused": "arrivals.batches",
    "UnitOfWork": "unit_of_work",
    "Vault": "session",
    "Waiting": "lists.list_scope",
    "Watch": "checks.watch",
    "WorkRow": "consent.work_lists",
    "create_vault": "folder.creating",
    "open_vault": "folder.opening",
    "peek": "folder.opening",
    "recover": "folder.opening",
    "rehearse": "folder.restoring",
    "rehearse_open": "folder.restoring",
    "restore": "folder.restoring",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value
