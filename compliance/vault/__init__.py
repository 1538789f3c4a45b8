"""The sealed store 加密档案库: the only package that knows SQL, files and keys.

Everything outside meets it through these names. A :class:`Vault` is opened, read and written through its units of work
and snapshots, and closed. It knows no policy: a use case brings decision and store together. A name brings its module
in when it is first asked for: the process that seals an import needs a third of them and starts in half the time.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from compliance.vault import carried_key, device_secret, keystore
    from compliance.vault.backup import BackupReport
    from compliance.vault.batches import UndoRefused
    from compliance.vault.creating import Created, create_vault
    from compliance.vault.crypto import HashParams
    from compliance.vault.evidence import EvidenceRow
    from compliance.vault.findings import CheckReport, Problem
    from compliance.vault.guard import Maintenance
    from compliance.vault.header import Header
    from compliance.vault.histories import Likeness, Told
    from compliance.vault.index import SearchPage, SearchQuery, SearchRow
    from compliance.vault.index_rows import IndexRow, usual_form
    from compliance.vault.keyring import RoleKey
    from compliance.vault.list_scope import COLUMNS, Card, ListScope, OpenItem, Waiting
    from compliance.vault.log_store import LogEntry
    from compliance.vault.opening import open_vault, peek, recover
    from compliance.vault.populations import LineKind, PeopleKind, Population
    from compliance.vault.recovery import RecoverySecret
    from compliance.vault.registers.disputes import Dispute
    from compliance.vault.registers.distinct import DistinctPair
    from compliance.vault.registers.exercises import Exercise, ExerciseKind
    from compliance.vault.registers.feeds import Feed, FeedRow
    from compliance.vault.registers.merges import MergeCase
    from compliance.vault.registers.retention import RunItem
    from compliance.vault.registers.tags import TagValidation
    from compliance.vault.registers.views import SavedView
    from compliance.vault.relations import NOBODY, Over, day_number
    from compliance.vault.restoring import Restored, rehearse, rehearse_open, restore
    from compliance.vault.search_terms import Abroad, Among, AssignedTo, Blocked, Consented, InColumn, SeenBy, Term
    from compliance.vault.session import Vault
    from compliance.vault.unit_of_work import Snapshot, UnitOfWork
    from compliance.vault.watch import Watch
    from compliance.vault.word_sql import Word, plain_words
    from compliance.vault.work_lists import Covered, WorkRow

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
    "COLUMNS": "list_scope",
    "NOBODY": "relations",
    "Over": "relations",
    "day_number": "relations",
    "BackupReport": "backup",
    "Card": "list_scope",
    "CheckReport": "findings",
    "Covered": "work_lists",
    "Created": "creating",
    "EvidenceRow": "evidence",
    "Feed": "registers.feeds",
    "FeedRow": "registers.feeds",
    "HashParams": "crypto",
    "Header": "header",
    "IndexRow": "index_rows",
    "usual_form": "index_rows",
    "Likeness": "histories",
    "Told": "histories",
    "LineKind": "populations",
    "ListScope": "list_scope",
    "LogEntry": "log_store",
    "Maintenance": "guard",
    "Dispute": "registers.disputes",
    "Exercise": "registers.exercises",
    "ExerciseKind": "registers.exercises",
    "TagValidation": "registers.tags",
    "SavedView": "registers.views",
    "DistinctPair": "registers.distinct",
    "RunItem": "registers.retention",
    "MergeCase": "registers.merges",
    "OpenItem": "list_scope",
    "PeopleKind": "populations",
    "Population": "populations",
    "Problem": "findings",
    "RecoverySecret": "recovery",
    "Restored": "restoring",
    "RoleKey": "keyring",
    "SearchPage": "index",
    "SearchQuery": "index",
    "plain_words": "word_sql",
    "Word": "word_sql",
    "Term": "search_terms",
    "SeenBy": "search_terms",
    "InColumn": "search_terms",
    "Consented": "search_terms",
    "Blocked": "search_terms",
    "AssignedTo": "search_terms",
    "Abroad": "search_terms",
    "Among": "search_terms",
    "SearchRow": "index",
    "Snapshot": "unit_of_work",
    "UndoRefused": "batches",
    "UnitOfWork": "unit_of_work",
    "Vault": "session",
    "Waiting": "list_scope",
    "Watch": "watch",
    "WorkRow": "work_lists",
    "create_vault": "creating",
    "open_vault": "opening",
    "peek": "opening",
    "recover": "opening",
    "rehearse": "restoring",
    "rehearse_open": "restoring",
    "restore": "restoring",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value
