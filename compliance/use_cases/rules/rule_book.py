"""Which rules hold when: the shipped set, the company's sets from their instants, the list of sensitive data by day.

Rules: (1) a decision takes the set in force at its instant, a look into the past the set of that time (REQ-038); (2) a
company's set stands on the shipped rules of this program; where they no longer fit together after an update, the set
holds as it was put in force, and the session says so; on the rules it was signed on it is read back whole; (3) a kept
text that is not what its key says is no set: nothing is read (exit 3); (4) what was chosen is read anew in each
transaction, so every seat notices at its next read.
"""

import hashlib
import json
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from compliance.clock import day_start, from_stamp, shanghai_day, stamp
from compliance.errors import AuditIntegrityError, PolicyFileError
from compliance.policy.company import merged
from compliance.policy.loader import load_archived, with_class_rules
from compliance.policy.policy_set import PolicySet

PLAN, CLASS_RULES = "policy_plan", "class_rules"
#: Sets already read: (shipped digest, key) → set, and whether it is the one of an older program.
_READ: dict[tuple[str, str], tuple[PolicySet, bool]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A company's set and when it holds from. ``signed``: (name, public key, signature) of each who put it in force,
    over ``asked``: set, digest and instant as they were asked for."""

    begins: datetime
    key: str
    digest: str
    version: str
    decided_at: datetime
    signed: tuple[tuple[str, str, str], ...]
    asked: tuple[str, str, str] = ("", "", "")
    base: str = ""  # digest of the shipped rules it was put in force on
    request: str = ""

    def as_json(self) -> dict[str, Any]:
        """As kept in the vault."""
        return {
            "from": stamp(self.begins),
            "key": self.key,
            "digest": self.digest,
            "version": self.version,
            "at": stamp(self.decided_at),
            "signed": [list(one) for one in self.signed],
            "asked": list(self.asked),
            "base": self.base,
            "request": self.request,
        }


class RuleBook:
    """The rules by instant, as far as one reading of the choices goes."""

    def __init__(self, chosen: Mapping[str, str], *, shipped: PolicySet, text_of: Callable[[str], str | None]) -> None:
        self._chosen = dict(chosen)
        self.planned = read_plan(chosen.get(PLAN, ""))
        self._begins = [entry.begins for entry in self.planned]
        self._lists = read_days(chosen.get(CLASS_RULES, ""))
        self._shipped, self._text_of = shipped, text_of

    def at(self, instant: datetime) -> PolicySet:
        """The set in force at ``instant``."""
        return self.listed(self.plain_at(instant), instant)

    def plain_at(self, instant: datetime) -> PolicySet:
        """The set in force at ``instant`` as it was signed, whatever list of sensitive data was chosen."""
        return self._of(self.entry_at(instant))[0]

    def listed(self, policy: PolicySet, instant: datetime) -> PolicySet:
        """Another set under the list of that day."""
        name = self.list_at(instant)
        return policy if name is None else with_class_rules(policy, name)

    def with_plan(self, planned: tuple[Planned, ...]) -> "RuleBook":
        """The book with another plan."""
        return RuleBook({**self._chosen, PLAN: plan_text(planned)}, shipped=self._shipped, text_of=self._text_of)

    def entry_at(self, instant: datetime) -> Planned | None:
        """The company's set in force at ``instant``; None for the shipped rules alone."""
        place = bisect_right(self._begins, instant) - 1
        return self.planned[place] if place >= 0 else None

    def list_at(self, instant: datetime) -> str | None:
        """The list of sensitive data chosen for that day; None where none was."""
        day = shanghai_day(instant)
        return next((name for begins, name in reversed(self._lists) if begins <= day), None)

    def outdated_at(self, instant: datetime) -> bool:
        """Whether the company's set no longer fits the shipped rules of this program (rule 2)."""
        return self._of(self.entry_at(instant))[1]

    def turns(self, since: datetime) -> list[datetime]:
        """``since`` and every later instant on which another set begins."""
        days = [day_start(begins) for begins, _ in self._lists]
        return sorted({since, *(x for x in [*self._begins, *days] if x > since)})

    def _of(self, entry: Planned | None) -> tuple[PolicySet, bool]:
        if entry is None:
            return self._shipped, False
        place = (self._shipped.digest, entry.key)
        if place not in _READ:
            _READ[place] = self._read(entry)
        return _READ[place]

    def _read(self, entry: Planned) -> tuple[PolicySet, bool]:
        text = self._kept(entry.key)
        if entry.base == self._shipped.digest:
            return load_archived(self._kept(entry.digest)), False
        try:
            return merged(text, shipped=self._shipped), False
        except PolicyFileError:
            return load_archived(self._kept(entry.digest)), True

    def _kept(self, digest: str) -> str:
        """A kept text that is what its digest says. AuditIntegrityError ``rules_tampered`` (rule 3)."""
        text = self._text_of(digest)
        if text is None or hashlib.sha256(text.encode()).hexdigest() != digest:
            raise AuditIntegrityError("rules_tampered")
        return text


def read_plan(text: str) -> tuple[Planned, ...]:
    """The company's sets in the order they begin."""
    made = [
        Planned(
            begins=from_stamp(entry["from"]),
            key=entry["key"],
            digest=entry["digest"],
            version=entry["version"],
            decided_at=from_stamp(entry["at"]),
            signed=tuple((name, key, signature) for name, key, signature in entry["signed"]),
            asked=(entry["asked"][0], entry["asked"][1], entry["asked"][2]),
            base=entry["base"],
            request=entry["request"],
        )
        for entry in (json.loads(text) if text else ())
    ]
    return tuple(sorted(made, key=lambda entry: (entry.begins, entry.decided_at)))


def plan_text(planned: tuple[Planned, ...]) -> str:
    """The plan as kept."""
    return json.dumps([entry.as_json() for entry in planned], ensure_ascii=False, sort_keys=True)


def read_days(text: str) -> tuple[tuple[date, str], ...]:
    """``DAY=NAME; …`` in order of the days."""
    pairs = (part.partition("=") for part in text.split(";") if part)
    return tuple(sorted((date.fromisoformat(begin.strip()), name) for begin, _, name in pairs))
