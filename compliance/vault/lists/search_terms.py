"""What a search asks beside its words, as SQL over ``shown s`` and ``idx.indexed i``.

Rules: (1) a term about a column is true only where that column can be read by who asks, so a hidden value answers like
one that is not there (REQ-044); (2) a term about consent reads states as lists do, ends and rules for everybody
included; (3) ``negated`` turns a term round among the people who can be listed anyway; (4) all words and numbers are
bound.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance.model.access import Block
from compliance.model.consent import ConsentStatus
from compliance.model.profile import CrossBorder
from compliance.vault.consent.state_reading import carries, reads_as
from compliance.vault.engine.codes import block_mask
from compliance.vault.engine.times import micros
from compliance.vault.lists.list_scope import COLUMNS, Sql
from compliance.vault.lists.scope_sql import ScopeSql
from compliance.vault.people.people import border_code


@dataclass(frozen=True, slots=True, kw_only=True)
class InColumn:
    """``text`` stands in the column of a field."""

    key: str
    text: str
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InAny:
    """``text`` stands in the column of one of these fields."""

    keys: tuple[str, ...]
    text: str
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """A standing block on the person."""

    block: Block
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Consented:
    """An item, or any when ``item`` is "", that reads as one of ``statuses``; ``never``: nothing was recorded of it;
    ``carries``: it opens something now; ``until``: that, and it ends by then."""

    item: str = ""
    statuses: frozenset[ConsentStatus] = frozenset()
    never: bool = False
    carries: bool = False
    until: datetime | None = None
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignedTo:
    """In the list of a rep."""

    rep: str
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Abroad:
    """The person's state across the border."""

    state: CrossBorder
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenBy:
    """Named in an entry of the log by this user."""

    actor: str
    negated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Among:
    """One of these people."""

    ids: tuple[str, ...]
    negated: bool = False


Term = InColumn | InAny | Among | Blocked | Consented | AssignedTo | Abroad | SeenBy
#: A condition of a word in one column that can be read; :mod:`.index` gives it.
InText = Callable[[str, str], Sql]


def term_sql(term: Term, scope: ScopeSql, *, in_text: InText) -> Sql:
    """The condition of one term."""
    text, values = _plain(term, scope, in_text)
    return (f"NOT ({text})" if term.negated else text), values


def _plain(term: Term, scope: ScopeSql, in_text: InText) -> Sql:
    match term:
        case InColumn():
            return _in_column(term.key, term.text, scope, in_text)
        case InAny():
            each = [_in_column(key, term.text, scope, in_text) for key in term.keys]
            return f"({' OR '.join(text for text, _ in each)})", [value for _, values in each for value in values]
        case Blocked():
            return "s.blocks & ? <> 0", [block_mask(frozenset({term.block}))]
        case Consented():
            return _consented(term, scope)
        case AssignedTo():
            return "s.hcp IN (SELECT hcp FROM assignment WHERE rep = ?)", [term.rep]
        case Abroad():
            return "s.cross_border IN (?, ?)", [border_code(term.state), str(term.state)]
        case Among():
            return "s.hcp_id IN (SELECT value FROM json_each(?))", [json.dumps(term.ids)]
        case SeenBy():
            entries = "SELECT p.hcp_id FROM log_entry e JOIN log_person p ON p.idx = e.idx WHERE e.actor = ?"
            return f"s.hcp_id IN ({entries})", [term.actor]


def _in_column(key: str, asked_for: str, scope: ScopeSql, in_text: InText) -> Sql:
    """Rule 1."""
    when, asked = scope.visible(key)
    if when == "0":
        return "0", []
    if key in ("professional_title", "region"):
        text, values = f"instr(i.{COLUMNS[key]}, ?) > 0", [asked_for]
    else:
        text, values = in_text(key, asked_for)
    return (text, values) if when == "1" else (f"({text} AND {when})", [*values, *asked])


def _consented(term: Consented, scope: ScopeSql) -> Sql:
    """Rule 2."""
    parts: list[str] = []
    values: list[Any] = []
    if term.item:
        no = scope.number(term.item)
        if no is None:
            return ("1" if term.never else "0"), []
        parts.append("c.item = ?")
        values.append(no)
    if term.statuses:
        status, more = reads_as(scope.rules, scope.number, scope.at)
        names = sorted(map(str, term.statuses))
        parts.append(f"{status} IN ({', '.join('?' * len(names))})")
        values += [*more, *names]
    if term.carries or term.until is not None:
        open_, more = carries(scope.rules, scope.number, scope.at)
        parts.append(open_)
        values += more
    if term.until is not None:
        parts.append("c.valid_until <= ?")
        values.append(micros(term.until))
    found = f"s.hcp IN (SELECT c.hcp FROM consent_state c WHERE {' AND '.join(parts) or '1'})"  # noqa: S608 - constants
    return (f"NOT ({found})" if term.never else found), values
