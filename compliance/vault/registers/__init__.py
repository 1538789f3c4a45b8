"""Registers: plain rows about the company, its people and its work, each group a module.

To add a table: write it with its repository in the module of its group (or a new one), list it in that module's
``TABLES``, name the repository in ``unit_of_work.py``, and write a migration that makes it in vaults that exist.
A new module is named in ``TABLES`` here.
"""

from compliance.vault.engine.table import Table
from compliance.vault.registers import (
    bases,
    campaigns,
    cases,
    company,
    disputes,
    distinct,
    exercises,
    feeds,
    inspections,
    intake,
    issued,
    merges,
    notices,
    overseas,
    person_states,
    requests,
    retention,
    returned,
    staff,
    stops,
    suppressions,
    tags,
    views,
)

TABLES: tuple[Table, ...] = (
    *notices.TABLES,
    *company.TABLES,
    *staff.TABLES,
    *cases.TABLES,
    *bases.TABLES,
    *overseas.TABLES,
    *requests.TABLES,
    *issued.TABLES,
    *campaigns.TABLES,
    *stops.TABLES,
    *suppressions.TABLES,
    *intake.TABLES,
    *feeds.TABLES,
    *merges.TABLES,
    *distinct.TABLES,
    *disputes.TABLES,
    *person_states.TABLES,
    *tags.TABLES,
    *views.TABLES,
    *exercises.TABLES,
    *inspections.TABLES,
    *returned.TABLES,
    *retention.TABLES,
)
