"""How lists read the narrow state table at an instant: ends that passed, and rules that hold for everybody.

Rules: (1) an open row past its end reads as *expired*; (2) a :class:`ReadRule` changes only open rows; the first that
fits counts; (3) all of it is one SQL expression over ``consent_state c``, so that a rule about everybody costs nothing
to make and acts at the next read.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from compliance.model.consent import ConsentStatus, ReadRule
from compliance.vault.engine.times import micros

#: Compared one by one, the likeliest first: IN looks into a tree of its own for every row, which the signs keep SQLite
#: from making of it.
_OPEN = "(+c.status = 'given' OR +c.status = 'renewed' OR +c.status = 'change_pending')"
#: A change of the notice leaves the old scope open (law.md 6.3).
_CARRIES = (ConsentStatus.GIVEN, ConsentStatus.RENEWED, ConsentStatus.CHANGE_PENDING)

Numbers = Callable[[str], int | None]


def reads_as(rules: Sequence[ReadRule], number: Numbers, at: datetime) -> tuple[str, list[Any]]:
    """SQL and values of the status of a row ``c`` at ``at``. ``number`` gives an item's number, None if it has none."""
    whens = [f"WHEN {_OPEN} AND c.valid_until <= ? THEN 'expired'"]
    values: list[Any] = [micros(at)]
    for rule in rules:
        condition, more = _fits(rule, number)
        if condition:
            whens.append(f"WHEN {_OPEN} AND {condition} THEN ?")
            values += [*more, str(rule.status)]
    return f"CASE {' '.join(whens)} ELSE c.status END", values


def carries(rules: Sequence[ReadRule], number: Numbers, at: datetime) -> tuple[str, list[Any]]:
    """SQL and values of whether a row ``c`` opens anything at ``at``."""
    parts = [_OPEN, "c.valid_until > ?"]
    values: list[Any] = [micros(at)]
    for rule in rules:
        condition, more = _fits(rule, number) if rule.status not in _CARRIES else ("", [])
        if condition:
            parts.append(f"NOT ({condition})")
            values += more
    return " AND ".join(parts), values


def _fits(rule: ReadRule, number: Numbers) -> tuple[str, list[Any]]:
    no = number(rule.item)
    if no is None:
        return "", []
    parts = ["c.item = ?"]
    values: list[Any] = [no]
    if rule.notice is not None:
        parts.append("c.notice = ?")
        values.append(rule.notice)
    if rule.before is not None:
        parts.append("(c.since IS NULL OR c.since < ?)")
        values.append(micros(rule.before))
    return " AND ".join(parts), values
