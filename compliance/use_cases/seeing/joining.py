"""Joining data of two purposes in one list: only under an approved impact assessment that covers this very pair.

Rules (35273 7.6, PIPL 55; REQ-053): (1) which purposes may be joined, with which columns, and which never, is data
(``resources/duties/joins.toml``); (2) the caller names the assessment, and it must cover the pair and be in force that
day; (3) each person passes the decision of both purposes, or is not on the list; (4) the entry names pair and
assessment.
"""

import tomllib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from compliance.clock import shanghai_day
from compliance.errors import bad_input
from compliance.model.access import Purpose, Reference
from compliance.model.audit import Scalar
from compliance.resources import read_text
from compliance.use_cases.seat.facts import Reader

_FILE = ("duties", "joins.toml")
_PREFIX = "join:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """The second purpose of a list, what it adds, and the assessment that allows it."""

    purpose: Purpose
    columns: tuple[str, ...]
    assessment_id: str

    def as_detail(self) -> dict[str, Scalar | list[Scalar]]:
        """What the list's entries say about it."""
        return {"join": str(self.purpose), "assessment": self.assessment_id}


def join_of(reader: Reader, *, purpose: Purpose, second: Purpose, assessment_id: str, at: datetime) -> Join | str:
    """The join, or the reason that refuses it. InputErrors ``join_purpose`` for a pair that is no join."""
    columns = _table()["columns"]
    known = {*columns, *_never_named()}
    for where, one in (("purpose", purpose), ("join", second)):
        if one not in known or second == purpose:
            raise bad_input("join_purpose", where, str(one), ", ".join(columns))
    if sorted((purpose, second)) in _table()["never"]:
        return "join_never"
    if second not in columns:
        raise bad_input("join_purpose", "join", str(second), ", ".join(columns))
    if not assessment_id:
        return "join_assessment_missing"
    row = next((a for a in reader.assessments.all() if a.assessment_id == assessment_id), None)
    if row is None or row.purpose != covers(purpose, second):
        return "join_assessment_not_covering"
    day = shanghai_day(at)
    if day < row.approved_on or (row.valid_until is not None and day > row.valid_until):
        return "join_assessment_over"
    return Join(purpose=second, columns=tuple(columns[second]), assessment_id=assessment_id)


def covers(one: Purpose, other: Purpose) -> str:
    """What an assessment of this pair says it covers."""
    return _PREFIX + "+".join(sorted((one, other)))


def join_purposes() -> tuple[Purpose, ...]:
    """Purposes that have a part of a joined list."""
    return tuple(Purpose(key) for key in _table()["columns"])


def join_pairs() -> tuple[tuple[Purpose, Purpose], ...]:
    """Every pair an assessment could be about."""
    each = join_purposes()
    return tuple((a, b) for a in each for b in each if a < b)


def references() -> tuple[Reference, ...]:
    """What asks for the assessment."""
    return tuple(Reference(r["statute"], r["article"]) for r in _table()["references"])


def _never_named() -> set[str]:
    return {purpose for pair in _table()["never"] for purpose in pair}


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(read_text(*_FILE))
