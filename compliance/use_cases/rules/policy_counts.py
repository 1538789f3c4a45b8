"""What a change of rules is counted by, and how open a ruling is: the words of :mod:`policy_effects`."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from compliance.model.access import FieldRuling, FieldState, Purpose, Role
from compliance.policy.compare import Change
from compliance.policy.policy_set import PolicySet

_OPENNESS = {FieldState.WITHHELD: 0, FieldState.MASKED: 2, FieldState.GENERALISED: 3, FieldState.DISCLOSED: 5}
#: field → less (-1) or more (1), with the state before and after
Turned = Mapping[str, tuple[int, str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One field of one person that would change."""

    hcp_id: str
    role: Role
    purpose: Purpose
    key: str
    before: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """Something in the field that holds what would be hidden: a sheet by its serial, or a rep's newest pack."""

    kind: str  # recall_sheet | refresh_pack, as the task is called
    subject: str
    rep: str
    hcp_id: str = ""
    people: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class EndSample:
    """One value that passes its end (``way`` *ended*) or comes back (*freed*) with a changed period."""

    hcp_id: str
    rule: str
    key: str
    way: str


@dataclass(slots=True)
class Ends:
    """Values that changed periods end or free, whoever may read them: values (*ended*, *freed*) and people
    (*people_ended*, *people_freed*), in all and by rule, field and rep. ``unknown``: sections not looked into yet."""

    total: Counter[str] = field(default_factory=Counter)
    by_rule: dict[str, Counter[str]] = field(default_factory=dict)
    by_field: dict[str, Counter[str]] = field(default_factory=dict)
    by_rep: dict[str, Counter[str]] = field(default_factory=dict)
    samples: tuple[EndSample, ...] = ()
    unknown: int = 0


@dataclass(slots=True)
class Effects:
    """The counts. ``hidden`` and ``revealed`` hold what changed periods end and free for a reader, ``ends`` what they
    do to the values themselves."""

    people: int = 0
    kinds: int = 0
    hidden: int = 0
    revealed: int = 0
    exports: int = 0  # lists of people written lately that would hold less
    by_field: dict[str, Counter[str]] = field(default_factory=dict)
    by_role: dict[str, Counter[str]] = field(default_factory=dict)
    by_purpose: dict[str, Counter[str]] = field(default_factory=dict)
    by_rep: dict[str, Counter[str]] = field(default_factory=dict)
    samples: tuple[Sample, ...] = ()
    recall: tuple[Recall, ...] = ()
    ends: Ends = field(default_factory=Ends)


def due(begins: datetime, now: datetime) -> datetime:
    """When a recall has to be done: a day after the rules begin, as after a withdrawal."""
    return max(begins, now) + timedelta(hours=24)


def touched(changes: tuple[Change, ...], policy: PolicySet) -> tuple[Purpose, ...]:
    """The purposes a decision may differ for: one grant file concerns its own, most others concern all."""
    found: set[Purpose] = set()
    for change in changes:
        file = change.where.partition(":")[0]
        if file.startswith("policy/grants/"):
            found.add(Purpose(file.removeprefix("policy/grants/").removesuffix(".toml")))
        elif file == "policy/purposes.toml":
            found.add(Purpose(change.where.partition(": ")[2].partition(".")[0]))
        elif file not in ("policy/parameters.toml", "policy/sheets.toml", "policy/free_text.toml"):
            return tuple(policy.purposes)
    return tuple(purpose for purpose in policy.purposes if purpose in found)


def openness(ruling: FieldRuling | None) -> tuple[int, str]:
    """How open a ruling is, and its words."""
    if ruling is None:
        return 0, str(FieldState.WITHHELD)
    rank = _OPENNESS[ruling.state]
    if ruling.state is FieldState.MASKED and ruling.mask == "hidden":
        rank -= 1
    if ruling.state is FieldState.DISCLOSED and ruling.generalisation:
        rank -= 1
    return rank, str(ruling.state)


def count(done: Effects, turned: Turned, *, role: Role, purpose: Purpose, times: int, rep: str = "") -> None:
    """Add what changes for ``times`` people (a rep's own people with ``rep``)."""
    for key, (way, _, _) in turned.items():
        name = "revealed" if way > 0 else "hidden"
        if way > 0:
            done.revealed += times
        else:
            done.hidden += times
        done.by_field.setdefault(key, Counter())[name] += times
        done.by_role.setdefault(str(role), Counter())[name] += times
        done.by_purpose.setdefault(str(purpose), Counter())[name] += times
        if rep:
            done.by_rep.setdefault(rep, Counter())[name] += times
