"""Columns of a foreign file → fields: by known words, or by a saved template of header names.

Rules: (1) what is not known stays out and is named; nothing is guessed; (2) facts that are never collected are
refused by header, whatever a template says (R20); identity and bank numbers enter only by a finance import; (3) two
columns of one name are an error, two names for one field are settled in favour of the more precise word, the other
stays out; (4) templates hold names of columns, never positions, so they survive a moved column; a target that lists of
this kind do not have is an error, or its column would be lost without a word; (5) beside a German *Vorname* the column
*Name* is the family name, or half of every name would be lost.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from compliance.errors import Fault, InputErrors, bad_input
from compliance.importing.headers import parts, within, without_brackets
from compliance.importing.results import FileFacts, Kind, RefusedColumn, UsedColumn
from compliance.importing.words import (
    consent_targets,
    finance_reasons,
    finance_targets,
    fold_header,
    header_words,
    people_targets,
    refused_rules,
)

IGNORE = "ignore"
_FORMAT = "consentkeep-mapping-1"
_GERMAN_GIVEN = frozenset({"vorname", "vornamen"})


@dataclass(frozen=True, slots=True)
class Mapping:
    """A saved template: header name → target field or role, or ``ignore``."""

    name: str
    columns: tuple[tuple[str, str], ...]

    def target(self, header: str) -> str | None:
        """What the template says about a header, None when nothing."""
        folded = fold_header(header)
        return next((target for name, target in self.columns if fold_header(name) == folded), None)

    def as_json(self) -> str:
        """The form in which it is saved."""
        body = {"format": _FORMAT, "name": self.name, "columns": dict(self.columns)}
        return json.dumps(body, ensure_ascii=False, indent=2)

    @classmethod
    def of(cls, facts: FileFacts, name: str = "") -> "Mapping":
        """The template that reads a file as it was just read; columns that stayed out stay out."""
        used = tuple((column.header, column.target) for column in facts.used)
        return cls(name, (*used, *((header, IGNORE) for header in facts.unknown)))

    @classmethod
    def from_json(cls, text: str) -> "Mapping":
        """Inverse of :meth:`as_json`. InputErrors: mapping_broken, mapping_target (every faulty column)."""
        try:
            body = json.loads(text)
            name, columns = body["name"], body["columns"]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise bad_input("mapping_broken", "mapping") from None
        if body.get("format") != _FORMAT or not isinstance(name, str) or not isinstance(columns, dict):
            raise bad_input("mapping_broken", "mapping")
        allowed = people_targets() | consent_targets() | {IGNORE}
        faults = [
            Fault(f"mapping.{number}", "mapping_target", str(target)[:60], _near(target, set(people_targets())))
            for number, target in enumerate(columns.values(), 1)
            if not isinstance(target, str) or target not in allowed
        ]
        if faults:
            raise InputErrors(faults)
        return cls(name, tuple((str(header), target) for header, target in columns.items()))


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """What happens to every column: ``used`` pairs a position with its target."""

    used: tuple[tuple[int, UsedColumn], ...]
    refused: tuple[RefusedColumn, ...]
    unknown: tuple[str, ...]

    @property
    def targets(self) -> frozenset[str]:
        """Every field or role that has a column."""
        return frozenset(column.target for _, column in self.used)


def plan_columns(
    header: Sequence[str], *, kind: Kind = Kind.PEOPLE, mapping: Mapping | None = None, finance: bool = False
) -> ColumnPlan:
    """Decide about every column. InputErrors: duplicate_headers."""
    _no_duplicates(header)
    words = header_words(kind)
    if mapping:
        _only_targets(mapping, header, {target for target, _ in words.targets.values()})
    refused: list[RefusedColumn] = []
    unknown: list[str] = []
    wanted: dict[str, list[tuple[int, int, str]]] = {}
    for place, name in enumerate(header):
        if not name:
            continue
        given = mapping.target(name) if mapping else None
        folded = fold_header(name)
        known = words.targets.get(folded)
        barred = refusal(name, finance=finance) if kind is Kind.PEOPLE and not _plain(known) else None
        if barred:
            refused.append(RefusedColumn(name, barred))
            continue
        if given == IGNORE:
            unknown.append(name)
            continue
        target, rank = (given, -1) if given else known or within(folded, words) or ("", 0)
        if not target or (target in finance_targets() and not finance and kind is Kind.PEOPLE):
            unknown.append(name)
            continue
        wanted.setdefault(target, []).append((rank, place, name))
    if "family_name" not in wanted and _is_family_name(wanted):
        wanted["family_name"] = wanted.pop("full_name")
    used: list[tuple[int, UsedColumn]] = []
    for target, columns in wanted.items():
        columns.sort()
        used.append((columns[0][1], UsedColumn(columns[0][2], target)))
        unknown.extend(name for _, _, name in columns[1:])
    return ColumnPlan(tuple(sorted(used, key=lambda pair: pair[0])), tuple(refused), tuple(unknown))


def refusal(header: str, *, finance: bool = False) -> str | None:
    """Why a column is never collected, None when it may be read."""
    folded = fold_header(header)
    bare = without_brackets(folded)
    for rule in refused_rules():
        if finance and rule.reason in finance_reasons():
            continue
        if folded in rule.exact or bare in rule.exact or any(word in folded for word in rule.contains):
            return rule.reason
        if (both := parts(bare)) and all(part in rule.exact for part in both):  # 等级/Tier
            return rule.reason
    return None


def _is_family_name(wanted: dict[str, list[tuple[int, int, str]]]) -> bool:
    """Rule 5. What a template says of a column stands (rank -1)."""
    given = {fold_header(name) for _, _, name in wanted.get("given_name", ())}
    whole = wanted.get("full_name", ())
    german = bool(given) and given <= _GERMAN_GIVEN
    return german and bool(whole) and all(rank >= 0 and fold_header(name) == "name" for rank, _, name in whole)


def _only_targets(mapping: Mapping, header: Sequence[str], known: set[str]) -> None:
    faults = [
        Fault(f"column {place}", "mapping_target", "", _near(target, known))
        for place, name in enumerate(header, 1)
        if name and (target := mapping.target(name)) and target != IGNORE and target not in known
    ]
    if faults:
        raise InputErrors(faults)


def _near(target: object, known: set[str]) -> str:
    """What a column of that name would be, or the target spelled most like it."""
    meant = header_words(Kind.PEOPLE).targets.get(fold_header(str(target)))
    if meant and meant[0] in known:
        return meant[0]
    near = get_close_matches(str(target), sorted(known), n=1, cutoff=0.5)
    return near[0] if near else IGNORE


def _plain(known: tuple[str, int] | None) -> bool:
    return known is not None and known[0] not in finance_targets()


def _no_duplicates(header: Sequence[str]) -> None:
    seen: dict[str, int] = {}
    faults = []
    for place, name in enumerate(header, 1):
        folded = fold_header(name)
        if folded and folded in seen:
            faults.append(Fault(f"column {place}", "duplicate_headers", str(place), str(seen[folded])))
        seen.setdefault(folded, place)
    if faults:
        raise InputErrors(faults)
