"""Rows of rosters and assignment lists: small tables of our own people, read with the same care as foreign ones.

Roster: name, role, employee number, territory, device key, training date, filing number and its check. Assignments: a
person (HCP id, licence, source id, or name and hospital) and a rep. Acknowledgements: the number of a change that was
sent, and done or failed. Bases: a person, a purpose, a legal basis and what it rests on.
Rules: (1) a row without its key fields is rejected
with the code of what is missing; (2) an unreadable date or device key rejects the row: half a qualification is none.
"""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from compliance.importing.cells import clean
from compliance.importing.contacts import is_empty, read_licence
from compliance.importing.dates import read_date
from compliance.importing.mapping import ColumnPlan
from compliance.importing.names import read_name
from compliance.importing.noise import entries
from compliance.importing.reading import Table
from compliance.importing.results import Counts, Kind, RowResult, RowStatus
from compliance.importing.words import fold, reverse
from compliance.model.ids import is_hcp_id

_AGE_KEY = re.compile(r"age1[02-9ac-hj-np-z]{58}")
_WORD = re.compile(r"[\w\u3400-\u9fff ./()（）·&,，、-]{1,60}")
_CHANGE = re.compile(r"FD-[A-Z2-7]{8}/[1-9][0-9]{0,6}")
_DATES = ("trained_on", "filing_checked_on", "captured_on", "valid_until")
#: Words about the company in a table of bases: contract numbers, addresses of public pages, reasons.
_FREE = 300


class ListReader:
    """Reads a roster or an assignment list."""

    def __init__(self, kind: Kind, plan: ColumnPlan, today: date, counts: Counts) -> None:
        self._kind = kind
        self._plan = [(place, column.target) for place, column in plan.used]
        self._today = today
        self._counts = counts
        key = {Kind.ACKNOWLEDGEMENTS: "change", Kind.BASES: "hcp_id"}.get(kind, "employee_no")
        self._key_place = next((place for place, target in self._plan if target == key), None)

    def results(self, opened: Table) -> Iterator[RowResult]:
        """Every row that is no noise, in order."""
        for row, cells in entries(opened, keep_clear=self._key_place, counts=self._counts):
            result = self._row(row, cells)
            self._counts.add(result)
            yield result

    def _row(self, row: int, cells: list[Any]) -> RowResult:
        values: dict[str, str] = {}
        codes: list[tuple[str, str]] = []
        for place, target in self._plan:
            text, fault = clean(cells[place]) if place < len(cells) else ("", None)
            if fault:
                codes.append((target, fault))
            elif text and not is_empty(text):
                value, code = self._value(target, text)
                if value:
                    values[target] = value
                if code:
                    codes.append((target, code))
        codes.extend(self._missing(values, codes))
        status = RowStatus.REJECTED if codes else RowStatus.ACCEPTED
        return RowResult(row=row, status=status, values=values, codes=tuple(codes))

    def _value(self, target: str, text: str) -> tuple[str, str | None]:
        if target in _DATES:
            day, code = read_date(text, today=self._today)
            return (day.isoformat() if day else ""), code
        if target == "role":
            value = reverse("values", "roles").get(fold(text), "")
            return value, (None if value else "role_unknown")
        if target == "recipient":
            key = text.lower()
            return (key, None) if _AGE_KEY.fullmatch(key) else ("", "bad_recipient")
        if target == "change":
            return (text.upper(), None) if _CHANGE.fullmatch(text.upper()) else ("", "change_unreadable")
        if target == "answer":
            value = reverse("values", "feed_answers").get(fold(text), "")
            return value, (None if value else "answer_unreadable")
        if target == "licence":
            return read_licence(text)
        if target == "hcp_id":
            return (text.upper(), None) if is_hcp_id(text.upper()) else ("", "hcp_id_bad")
        if self._kind is Kind.BASES:
            return self._of_basis(target, text)
        if target == "name":
            name, _, found = read_name(text)
            return name, (None if name else (found[0] if found else "name_unreadable"))
        if text[0] in "=+@-" or not _WORD.fullmatch(text):
            return "", "unreadable"
        return text, None

    def _of_basis(self, target: str, text: str) -> tuple[str, str | None]:
        """A word of a table of bases; a basis or purpose by our code or its name."""
        if target in ("basis", "purpose"):
            value = reverse("values", "bases" if target == "basis" else "purposes").get(fold(text), "")
            return value, (None if value else "basis_not_available" if target == "basis" else "unknown_purpose")
        if text[0] in "=+@" or len(text) > _FREE:
            return "", "unreadable"
        return text, None

    def _missing(self, values: dict[str, str], codes: list[tuple[str, str]]) -> list[tuple[str, str]]:
        faulty = {target for target, _ in codes}
        if self._kind is Kind.ROSTER:
            needed = (("name", "name_missing"), ("employee_no", "employee_no_missing"))
            return [(key, code) for key, code in needed if key not in values and key not in faulty]
        if self._kind is Kind.ACKNOWLEDGEMENTS:
            return [("change", "change_missing")] if "change" not in values and "change" not in faulty else []
        if self._kind is Kind.BASES:
            asked = (("hcp_id", "person_missing"), ("purpose", "purpose_missing"), ("basis", "basis_missing"))
            return [(key, code) for key, code in asked if key not in values and key not in faulty]
        found: list[tuple[str, str]] = []
        if not ({"rep", "employee_no"} & values.keys()) and not ({"rep", "employee_no"} & faulty):
            found.append(("rep", "rep_missing"))
        named = "name" in values and "hospital" in values
        if not ({"hcp_id", "licence", "source_id"} & values.keys()) and not named:
            found.append(("person", "person_missing"))
        return found
