"""A company's own rules on top of the shipped ones: single files in their place, never looser than the law allows.

Rules: (1) a file of the set replaces the shipped file of that name, what it does not bring is the shipped one, so an
empty set is the shipped rules again; (2) the law, the dictionary, the border table and the reasons are fixed: such a
file may lie there, but must say the same; (3) nothing the shipped rules close may be opened, except what ``may_loosen``
of the shipped set names, and a set that names more is faulty; (4) a change has no day gone by; (5) all faults come at
once, those of one cause together. The set's key is SHA-256 over its texts as they were handed in.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from compliance.errors import Fault, PolicyFileError
from compliance.policy.alike import grouped
from compliance.policy.checks import whole_set_faults
from compliance.policy.compare import Change, compare
from compliance.policy.dated import Timeline
from compliance.policy.loader import FOLDERS, assemble, documents_of, parse_files
from compliance.policy.policy_set import PolicySet

#: Files and folders a company does not write.
FIXED = ("law/", "dictionary/", "policy/transfer.toml", "policy/reasons.toml", "policy/classes.toml")
_HEAD, _FIELDS = "policy/set.toml", "dictionary/fields.csv"
_LOOSER, _FIXED, _PAST, _EMPTY = "looser_than_law", "fixed_by_law", "past_date", "no_rule_files"
_WILDCARD, _MAY_NOT = "wildcard", "may_not_loosen"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanySet:
    """A company's set, checked: its texts, and the rules as they hold with the shipped ones beneath."""

    key: str
    text: str
    policy: PolicySet
    changes: tuple[Change, ...]  # against the shipped rules


def read_company_set(texts: Mapping[str, str], *, shipped: PolicySet, day: date) -> CompanySet:
    """The set of ``texts`` (file name → text) as it would hold from ``day`` on. PolicyFileError with every fault."""
    named = placed(texts)
    if not named:
        raise PolicyFileError([Fault("", _EMPTY)])
    faults: list[Fault] = []
    base = documents_of(shipped.text)
    own = parse_files(named, faults)
    unread = {fault.where for fault in faults}
    for name, document in own.items():
        if name.startswith(FIXED) and name in base and name not in unread and document != base[name]:
            faults.append(Fault(name, _FIXED))
    faults += _loosening(own.get(_HEAD), shipped)
    fixed = {name: document for name, document in base.items() if name.startswith(FIXED)}
    policy = assemble({**base, **own, **fixed}, faults)  # a changed law is one fault, not one at each of its citations
    if policy is None:
        raise PolicyFileError(grouped(faults))
    read = not faults
    faults += whole_set_faults(policy) if read else []
    changes = compare(policy, shipped, day=day)
    faults += [
        Fault(change.where, _LOOSER, change.after, change.before)
        for change in changes
        if change.looser
        and change.key not in shipped.may_loosen
        and (read or change.after)  # what is unread is missing
    ]
    faults += _past(policy, shipped, day)
    if faults:
        raise PolicyFileError(grouped(list(dict.fromkeys(faults))))
    text = json.dumps(named, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return CompanySet(key=hashlib.sha256(text.encode()).hexdigest(), text=text, policy=policy, changes=changes)


def merged(text: str, *, shipped: PolicySet) -> PolicySet:
    """The kept set ``text`` with these shipped rules beneath. PolicyFileError when they no longer fit together."""
    base, faults = documents_of(shipped.text), list[Fault]()
    own = {name: doc for name, doc in parse_files(json.loads(text), faults).items() if not name.startswith(FIXED)}
    policy = assemble({**base, **own}, faults)
    if policy is None or faults:
        raise PolicyFileError(faults)
    faults += whole_set_faults(policy)
    faults += [
        Fault(change.where, _LOOSER, change.after, change.before)
        for change in compare(policy, shipped, day=max(shipped.reviewed_on, policy.reviewed_on))
        if change.looser and change.key not in shipped.may_loosen
    ]
    if faults:
        raise PolicyFileError(faults)
    return policy


def placed(texts: Mapping[str, str]) -> dict[str, str]:
    """Files by their name under ``resources``: a folder like ``resources`` itself, or one like ``resources/policy``."""
    whole = any(name.split("/", 1)[0] in FOLDERS and "/" in name for name in texts)
    named = {name if whole else f"policy/{name}": text for name, text in texts.items()}
    return {
        name: text
        for name, text in sorted(named.items())
        if name.split("/", 1)[0] in FOLDERS and (name.lower().endswith(".toml") or name.lower() == _FIELDS)
    }


def _loosening(head: Any, shipped: PolicySet) -> list[Fault]:
    """What a set says may be loosened beyond the shipped one: it would have no effect, and its writer thinks it has."""
    named = head.get("may_loosen", []) if isinstance(head, dict) else []
    known = sorted(shipped.may_loosen)
    return [
        Fault(f"{_HEAD}: may_loosen[{index}]", _WILDCARD if name == "*" else _MAY_NOT, str(name), ", ".join(known))
        for index, name in enumerate(named if isinstance(named, list) else [])
        if name not in shipped.may_loosen
    ]


def _past(policy: PolicySet, shipped: PolicySet, day: date) -> list[Fault]:
    """Versions the company adds with a day gone by, those over that it changes, and a review that is yet to come."""
    faults: list[Fault] = []
    if policy.reviewed_on > max(day, shipped.reviewed_on):
        faults.append(Fault(f"{_HEAD}: reviewed_on", "future_date", str(policy.reviewed_on), str(day)))
    lines = [(f"policy/grants/{p}.toml: version", line, shipped.grants[p]) for p, line in policy.grants.items()]
    lines += [
        (f"policy/parameters.toml: {key}.version", line, shipped.parameters[key])  # type: ignore[misc]
        for key, line in policy.parameters.items()
        if key in shipped.parameters
    ]
    lines += [
        (f"policy/retention.toml: rules.{key}.version", rule.terms, shipped.retention.rules[key].terms)  # type: ignore[misc]
        for key, rule in policy.retention.rules.items()
        if key in shipped.retention.rules
    ]
    for where, line, known in lines:
        days = {version.from_day for version in known.versions}
        faults += _rewritten(where, line, known, day)
        faults.extend(
            Fault(f"{where}[{index}].from", _PAST, str(version.from_day), str(day))
            for index, version in enumerate(line.versions)
            if version.from_day < day and version.from_day not in days
        )
    for purpose, rule in policy.purposes.items():
        if rule.until is not None and rule.until < day and shipped.purposes[purpose].until != rule.until:
            faults.append(Fault(f"policy/purposes.toml: {purpose}.until", _PAST, str(rule.until), str(day)))
    return faults


def _rewritten(where: str, line: Timeline[Any], known: Timeline[Any], day: date) -> list[Fault]:
    """Versions that ended before ``day`` and no longer say what they said: what was, was."""
    said = {version.from_day: version.value for version in known.versions}
    over = [
        (index, version)
        for index, (version, later) in enumerate(pairwise(line.versions))
        if min(later.from_day, version.until or later.from_day) <= day
    ]
    return [
        Fault(f"{where}[{index}]", _PAST, str(version.from_day), str(day))
        for index, version in over
        if version.from_day in said and said[version.from_day] != version.value
    ]
