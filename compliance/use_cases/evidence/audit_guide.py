"""The items of the Audit Guide 合规审计指引: ``resources/audit/guide.toml`` (law.md 3.2).

Rules: (1) each item names its evidence ids, each id whether it is kept here; (2) what the program says of an item is
*evidence*, *gap*, *none in the period* or *kept elsewhere*; whether it conforms is the auditor's word, on paper.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from compliance.errors import Fault, PolicyFileError
from compliance.exports.audit_data import EvidenceLine, GuideLine
from compliance.resources import read_text

_FILE = "audit/guide.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideItem:
    """One item; ``mark`` says how sure we are of its text, ``shown`` is the number printed."""

    no: str
    shown: str
    evidence: tuple[str, ...]
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """All items, and the ids of evidence that is kept outside the program."""

    items: tuple[GuideItem, ...]
    outside: frozenset[str]

    @property
    def here(self) -> tuple[str, ...]:
        """Ids of evidence the program keeps, in the order of the items."""
        return tuple(e for item in self.items for e in item.evidence if e not in self.outside)


@cache
def guide() -> Guide:
    """The shipped guide. PolicyFileError with every id that an item names and nobody describes, or the other way."""
    table = tomllib.loads(read_text(*_FILE.split("/")))
    items = tuple(
        GuideItem(
            no=str(row["no"]),
            shown=str(row.get("shown", row["no"])),
            evidence=tuple(row["evidence"]),
            mark=str(row["mark"]),
        )
        for row in table["item"]
    )
    named = [e for item in items for e in item.evidence]
    faults = [
        Fault(f"{_FILE}: evidence.{e}", "unknown_key", e)
        for e in sorted(set(named) ^ set(table["evidence"]) | {e for e in named if named.count(e) > 1})
    ]
    if faults:
        raise PolicyFileError(faults)
    return Guide(items=items, outside=frozenset(e for e, kept in table["evidence"].items() if kept == "outside"))


def guide_lines(found: Mapping[str, EvidenceLine]) -> tuple[GuideLine, ...]:
    """What the program can say of each item."""
    return tuple(
        GuideLine(
            item=item.no,
            shown=item.shown,
            evidence=item.evidence,
            result=_result([found[e] for e in item.evidence]),
            read=item.mark == "read",
        )
        for item in guide().items
    )


def _result(lines: list[EvidenceLine]) -> str:
    if any(line.gaps for line in lines):
        return "gap"
    if any(line.count for line in lines):
        return "evidence"
    return "outside" if all(line.outside for line in lines) else "none"
