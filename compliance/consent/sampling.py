"""Samples of old stacks: how many forms, which ones, and what the sample says. Pure; the table is dated data.

Rules: (1) the size follows from the number of forms that passed the machine checks, by the table in force that day;
(2) which ones follows from the seed and the sorted ids alone, so that anybody can draw the same sample again; (3) one
serious defect, or more minor ones than the table bears, returns the whole stack; (4) nothing is decided before every
form of the sample was looked at; (5) purposes named by the table, and all separate consents, are looked at one by one.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from compliance.errors import bad_input
from compliance.model.access import Reference

#: How a check names itself when the form was in no sample; the stack follows.
MARK = "sample:"


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplePlan:
    """``sample`` forms of ``frame``, at most ``minor`` minor defects. ``mark`` says how sure we are of the rule."""

    frame: int
    sample: int
    minor: int
    mark: str
    references: tuple[Reference, ...]


def plan(table: Mapping[str, Any], *, frame: int, on: date) -> SamplePlan:
    """The plan for ``frame`` forms on a day. InputErrors ``no_sampling_rule``, ``stack_too_large``."""
    rule = _rule(table, on)
    size = next((s for s in rule["sizes"] if frame <= s["stack"]), None)
    if size is None:
        raise bad_input("stack_too_large", "stack", str(frame))
    return SamplePlan(
        frame=frame,
        sample=min(int(size["sample"]), frame),
        minor=int(size["minor"]),
        mark=str(rule["mark"]),
        references=tuple(Reference(r["statute"], r["article"]) for r in rule["references"]),
    )


def by_eye(table: Mapping[str, Any], *, on: date) -> frozenset[str]:
    """Purposes whose items never go by sample (rule 5). InputErrors ``no_sampling_rule``."""
    return frozenset(_rule(table, on)["by_eye"])


def draw(ids: Iterable[str], *, seed: str, size: int) -> tuple[str, ...]:
    """``size`` of ``ids``: those whose SHA-256 of ``seed|id`` is smallest. Order of ``ids`` does not matter."""
    ranked = sorted(set(ids), key=lambda one: hashlib.sha256(f"{seed}|{one}".encode()).digest())
    return tuple(sorted(ranked[:size]))


def frame_digest(ids: Iterable[str]) -> str:
    """SHA-256 over the sorted ids, one a line: what the sample was drawn from."""
    return hashlib.sha256("\n".join(sorted(set(ids))).encode()).hexdigest()


def passes(defects: Sequence[str], *, serious: frozenset[str], minor: int) -> bool:
    """Whether a fully checked sample carries the rest (rule 3)."""
    return not (set(defects) & serious) and len(defects) <= minor


def _rule(table: Mapping[str, Any], on: date) -> Mapping[str, Any]:
    versions = [v for v in table["version"] if v["from"] <= on]
    if not versions:
        raise bad_input("no_sampling_rule", "stack")
    newest: Mapping[str, Any] = max(versions, key=lambda v: v["from"])
    return newest
