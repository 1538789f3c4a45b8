"""Who stands in a list, as SQL over ``shown s``: what to join, and what to ask of a person.

Rules: (1) the conditions of list_scope.py meet the narrow tables of consent and bases; (2) whoever a consent, the time
before proof or a registered basis opens comes with the bits of their class, a consent first; (3) all numbers and words
are bound, the text is made of constants; (4) long sets of numbers are bound as one byte a number, so that a statement
has nothing to prepare however long they are, and a look costs one byte.
"""

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from compliance.model.access import RecordStatus
from compliance.vault.consent.state_reading import carries, reads_as
from compliance.vault.engine.codes import block_mask
from compliance.vault.engine.times import micros
from compliance.vault.lists.list_scope import PUBLIC, Card, ListScope, OpenItem, Sql, bits_of
from compliance.vault.people.relations import marks

#: The byte of a number, and that of one which is in the set.
MARK, SET = "substr(?, {} + 1, 1)", "x'01'"


class PeopleSql:
    """The people of a scope at an instant."""

    def __init__(self, scope: ListScope, *, number: Callable[[str], int | None], at: datetime) -> None:
        self._scope, self._number, self._at = scope, number, at
        self._bytes: dict[frozenset[int], bytearray] = {}

    @property
    def join(self) -> Sql:
        """People whom a consent, the time before proof or a registered basis opens, with their bits."""
        if self._scope.opened is None:
            return "", []
        parts = [part for part in (self._consented(), self._waiting(), self._registered()) if part[0]]
        body = " UNION ALL ".join(text for text, _ in parts) or "SELECT 0 AS hcp, -1 AS bits WHERE 0"
        return f" JOIN ({body}) k ON k.hcp = s.hcp", [value for _, values in parts for value in values]

    @property
    def where(self) -> list[Sql]:
        """Conditions on the person, joined by AND."""
        scope = self._scope
        found: list[Sql] = []
        if scope.statuses != frozenset(RecordStatus):
            names = [str(status) for status in sorted(scope.statuses)]
            found.append((f"s.status IN ({_marks(names)})", names))
        if scope.without_blocks:
            found.append(self._unblocked())
        if scope.assigned_to is not None:
            found.append(("s.hcp IN (SELECT hcp FROM assignment WHERE rep = ?)", [scope.assigned_to]))
        if scope.without_people:
            found.append((f"{MARK.format('s.hcp')} IS NOT {SET}", [self.marked(scope.without_people)]))
        if scope.without_optout:
            found.append(("s.adm_optout = 0", []))
        if scope.opened is not None and None in scope.classes():
            found.append(("k.bits >= 0", []))
        if scope.card is not None:
            found.append(self._card(scope.card))
        return found

    def marked(self, numbers: frozenset[int]) -> bytearray:
        """Rule 4."""
        if numbers not in self._bytes:
            self._bytes[numbers] = marks(numbers)
        return self._bytes[numbers]

    def _unblocked(self) -> Sql:
        """Most people have no block at all."""
        scope = self._scope
        hard, soft = scope.without_blocks - scope.lifted, scope.without_blocks & scope.lifted
        parts: list[Sql] = [("s.blocks & ? = 0", [block_mask(hard)])] if hard else []
        if soft:
            own, values = self._own_basis()
            parts.append((f"(s.blocks & ? = 0 OR {own})", [block_mask(soft), *values]))
        text = " AND ".join(text for text, _ in parts)
        return f"(s.blocks = 0 OR {text})", [value for _, values in parts for value in values]

    def _consented(self) -> Sql:
        assert self._scope.opened is not None
        items = [(no, item) for item in self._scope.opened if (no := self._number(item.item)) is not None]
        parts = [self._of_item(no, item) for no, item in items]
        if not parts:
            return "", []
        body = " UNION ALL ".join(text for text, _ in parts)
        values = [value for _, values in parts for value in values]
        if len(parts) == 1:
            return body, values
        bits = " | ".join(f"max(bits & {1 << place})" for place in range(2 * PUBLIC))
        return f"SELECT hcp, {bits} AS bits FROM ({body}) WHERE bits >= 0 GROUP BY hcp", values  # noqa: S608

    def _of_item(self, no: int, item: OpenItem) -> Sql:
        open_, values = carries(self._scope.rules, self._number, self._at)
        bits, more = self._by_notice(item)
        grades = sorted(map(str, item.grades))
        # compared one by one: IN looks into a tree of its own
        proven = f"({' OR '.join(['+c.grade = ?'] * len(grades))})" if grades else "0"
        return (
            f"SELECT c.hcp AS hcp, {bits} AS bits FROM consent_state c WHERE c.item = ? AND {open_}"  # noqa: S608
            f" AND {proven}",
            [*more, no, *values, *grades],
        )

    def _by_notice(self, item: OpenItem) -> Sql:
        classes = {*item.notices.values(), item.other}
        if len(classes) == 1:
            return str(_code(bits_of(item.other))), []
        whens = "".join(f" WHEN ? THEN {_code(bits_of(shown))}" for shown in item.notices.values())
        return f"CASE c.notice{whens} ELSE {_code(bits_of(item.other))} END", list(item.notices)

    def _waiting(self) -> Sql:
        waiting = self._scope.waiting
        if waiting is None:
            return "", []
        bits, no = _code(bits_of(waiting.shown)), self._number(waiting.item)
        if no is None:
            return f"SELECT hcp, {bits} AS bits FROM people", []  # noqa: S608 - numbers only
        status, values = reads_as(self._scope.rules, self._number, self._at)
        names = sorted(map(str, waiting.statuses))
        return (
            f"SELECT p.hcp AS hcp, {bits} AS bits FROM people p LEFT JOIN consent_state c ON c.item = ?"  # noqa: S608
            f" AND c.hcp = p.hcp WHERE c.hcp IS NULL OR {status} IN ({_marks(names)})",
            [no, *values, *names],
        )

    def _registered(self) -> Sql:
        """A consent comes first: a basis counts for people whom none opens."""
        if not self._scope.registered:
            return "", []
        pairs = [[hcp, _code(bits_of(shown, public=public))] for hcp, (shown, public) in self._scope.registered.items()]
        text = "SELECT value ->> 0 AS hcp, value ->> 1 AS bits FROM json_each(?)"
        inner, values = self._carried_at_all()
        if not inner:
            return text, [json.dumps(pairs)]
        return f"{text} WHERE value ->> 0 NOT IN ({inner})", [json.dumps(pairs), *values]

    def _carried_at_all(self) -> Sql:
        assert self._scope.opened is not None
        items = [(no, item) for item in self._scope.opened if (no := self._number(item.item)) is not None]
        parts = [self._of_item(no, item) for no, item in items]
        body = " UNION ALL ".join(f"SELECT hcp FROM ({text})" for text, _ in parts)  # noqa: S608 - constants
        return body, [value for _, values in parts for value in values]

    def _own_basis(self) -> Sql:
        """Any consent or registered basis of the person in force, whatever it is for (docs/decisions/0010)."""
        open_, values = carries(self._scope.rules, self._number, self._at)
        now = micros(self._at)
        return (
            f"EXISTS (SELECT 1 FROM consent_state c WHERE c.hcp = s.hcp AND {open_}) OR EXISTS ("  # noqa: S608
            "SELECT 1 FROM basis b LEFT JOIN basis_support u ON u.hcp = b.hcp AND u.purpose = b.purpose"
            " AND u.recorded_at = b.recorded_at WHERE b.hcp = s.hcp AND (b.valid_until IS NULL OR b.valid_until > ?)"
            " AND (u.ended_at IS NULL OR u.ended_at > ?))",
            [*values, now, now],
        )

    def _card(self, card: Card) -> Sql:
        numbers = [(no, item) for item in card.items if (no := self._number(item)) is not None]
        if not numbers:
            return "1", []
        status, values = reads_as(self._scope.rules, self._number, self._at)
        open_for = sorted(map(str, card.statuses - card.for_good))
        noes = sorted(map(str, card.negative))
        stopped = [no for no, item in numbers if item in card.stopped]
        return (
            "NOT EXISTS (SELECT 1 FROM consent_state c WHERE c.hcp = s.hcp"  # noqa: S608 - marks only
            f" AND c.item IN ({_marks(numbers)}) AND NOT ({status} IN ({_marks(open_for)})"
            " AND CASE WHEN c.ask_again_from IS NOT NULL THEN c.ask_again_from <= ?"
            f" ELSE c.may_ask AND c.item NOT IN ({_marks(stopped)}) AND c.status NOT IN ({_marks(noes)}) END))",
            [*(no for no, _ in numbers), *values, *open_for, micros(self._at), *stopped, *noes],
        )


def _code(bits: int | None) -> int:
    return -1 if bits is None else bits


def _marks(values: Sequence[Any]) -> str:
    return ", ".join("?" * len(values))
