"""Two rule sets side by side: what the second opens that the first closes, and what it closes (issue 4, point 7).

Rules: (1) a change is *looser* when it may show a value, carry a processing or spare a step that was asked before;
whatever cannot be ordered counts as looser; (2) dated values are compared on the given day and on every later day on
which either set changes; the past is nobody's to change; (3) words, reasons and references change nothing; (4) the
files a company may not write (``FIXED``) are compared elsewhere, as a whole.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from compliance.clock import day_start
from compliance.model.access import Purpose, Role
from compliance.model.consent import Grade
from compliance.model.retention import Extend
from compliance.policy.catalogue import FieldGrant, Handling, PurposeRule, RetentionTerm, Treatment
from compliance.policy.dated import Timeline
from compliance.policy.free_text import ALLOWED
from compliance.policy.policy_set import PolicySet

_OPENNESS = {Treatment.WITHHOLD: 0, Treatment.MASK: 1, Treatment.GENERALISE: 2, Treatment.SHOW: 3}
_NOTHING = Handling(Treatment.WITHHOLD)
_STRENGTH = {Grade.E1: 4, Grade.E2: 3, Grade.E3: 2, Grade.E4: 1, Grade.NONE: 0}
#: What a company's set may lengthen, with the marks of a loosening.
_KEEPING = "retention"
_EASE = {Extend.NEVER: 0, Extend.TWO: 1, Extend.ONE: 2}
_HIDDEN = "hidden"  # the mask that shows nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference: where it stands in the new set, what was and what is. ``key`` names what the law may free."""

    where: str
    before: str
    after: str
    looser: bool
    key: str = ""


def compare(new: PolicySet, old: PolicySet, *, day: date) -> tuple[Change, ...]:
    """Every difference from ``day`` on, in the order of the files."""
    found: list[Change] = []
    if new.strict != old.strict:
        found.append(_change("policy/set.toml: strict", old.strict, new.strict, looser=old.strict, key="strict"))
    if new.class_rules != old.class_rules:
        where = "policy/set.toml: class_rules"
        looser = new.class_rules != "strict"
        found.append(_change(where, old.class_rules, new.class_rules, looser=looser, key="class_rules"))
    for purpose, rule in new.purposes.items():
        found += _purpose(f"policy/purposes.toml: {purpose}", rule, old.purposes[purpose])
    found += _roles(new, old)
    found += _blocks(new, old)
    found += _items(new, old)
    for key, basis in new.bases.items():
        before = old.bases.get(key)
        where = f"policy/legal_bases.toml: {key}"
        if before is None or (basis.reference, basis.public_only, basis.needs_end) != (
            before.reference,
            before.public_only,
            before.needs_end,
        ):
            found.append(_change(where, key if before else "", key, looser=True))
        elif basis.enabled != before.enabled:
            found.append(_change(f"{where}.enabled", before.enabled, basis.enabled, looser=basis.enabled))
    for purpose in new.purposes:
        found += _grants(purpose, new, old, day)
    found += _parameters(new, old, day)
    found += _retention(new, old, day)
    found += _sheets(new, old)
    for code in {**old.free_text, **new.free_text}:
        where = f"policy/free_text.toml: {code}.words"
        said, says = old.free_text.get(code, ()), new.free_text.get(code, ())
        found += _sets(where, said, says, more_is_looser=code == ALLOWED)
    return tuple(found)


def looser(changes: Iterable[Change]) -> tuple[Change, ...]:
    """Those that open something."""
    return tuple(change for change in changes if change.looser)


def _purpose(where: str, new: PurposeRule, old: PurposeRule) -> list[Change]:
    found: list[Change] = []
    for name, opens in (
        ("roles", True),
        ("items_any", True),
        ("bases", True),
        ("before_proof", True),
        ("waiting", True),
        ("asks", False),
    ):
        found += _sets(f"{where}.{name}", getattr(old, name), getattr(new, name), more_is_looser=opens)
    for name, opens in (("statutory", True), ("assessment", False), ("stops_on_optout", False)):
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            found.append(_change(f"{where}.{name.removesuffix('_on_optout')}", before, after, looser=after == opens))
    if new.basis != old.basis:
        found.append(_change(f"{where}.basis", old.basis, new.basis, looser=True))
    if new.from_day != old.from_day:
        found.append(_change(f"{where}.from", old.from_day, new.from_day, looser=new.from_day < old.from_day))
    if new.until != old.until:
        longer = old.until is not None and (new.until is None or new.until > old.until)
        found.append(_change(f"{where}.until", old.until or "", new.until or "", looser=longer))
    return found


def _roles(new: PolicySet, old: PolicySet) -> list[Change]:
    found: list[Change] = []
    for role, rule in old.roles.items():
        where, now = f"policy/roles.toml: {role}", new.roles.get(role)
        if now is None:
            found.append(_change(where, role, "", looser=True))
            continue
        found += _sets(f"{where}.keys", rule.keys, now.keys, more_is_looser=True)
        if now.own_people != rule.own_people:
            found.append(_change(f"{where}.own_people", rule.own_people, now.own_people, looser=rule.own_people))
        if now.slot != rule.slot:
            found.append(_change(f"{where}.slot", rule.slot, now.slot, looser=True))
    return found


def _blocks(new: PolicySet, old: PolicySet) -> list[Change]:
    found: list[Change] = []
    for key, rule in old.blocks.items():
        now = new.blocks.get(key)
        closes = now.closes if now else frozenset[Purpose]()
        found += _sets(f"policy/blocks.toml: block.{key}.closes", rule.closes, closes, more_is_looser=False)
    for status, block in old.status_blocks.items():
        after = new.status_blocks.get(status, "")
        if after != block:
            found.append(_change(f"policy/blocks.toml: record_status.{status}", block, after, looser=True))
    return found


def _items(new: PolicySet, old: PolicySet) -> list[Change]:
    found: list[Change] = []
    before, after = {i.pattern: i for i in old.items}, {i.pattern: i for i in new.items}
    where = "policy/items.toml: item"
    found += _sets(where, before, after, more_is_looser=True)
    for pattern in before.keys() & after.keys():
        was, now = before[pattern], after[pattern]
        if now.least_grade != was.least_grade:
            weaker = _STRENGTH[now.least_grade] < _STRENGTH[was.least_grade]
            found.append(_change(f"{where}.{pattern}.grade", was.least_grade, now.least_grade, looser=weaker))
        if now.separate != was.separate:
            found.append(_change(f"{where}.{pattern}.separate", was.separate, now.separate, looser=was.separate))
        if now.purpose != was.purpose or now.from_day != was.from_day:
            found.append(_change(f"{where}.{pattern}", pattern, pattern, looser=True))
    channels = {c.code: (c.under, c.also, c.mode, c.domain) for c in old.channel_table.values()}
    for code in {**channels, **new.channel_table}:
        channel = new.channel_table.get(code)
        ours = (channel.under, channel.also, channel.mode, channel.domain) if channel else None
        if ours != channels.get(code):
            was_text, now_text = str(channels.get(code, "")), str(ours or "")
            found.append(_change(f"policy/items.toml: channel.{code}", was_text, now_text, looser=ours is not None))
    return found


def _grants(purpose: Purpose, new: PolicySet, old: PolicySet, day: date) -> list[Change]:
    found: dict[tuple[str, str, str], Change] = {}
    head = f"policy/grants/{purpose}.toml"
    lasting = _lasting(old.purposes[purpose], new.purposes[purpose])
    for moment in _days(day, new.grants[purpose], old.grants[purpose]):
        at = day_start(moment)
        number, before = new.grants[purpose].index(at), old.grants[purpose].at(at)
        after = new.grants[purpose].at(at)
        fields = after.fields if after else {}
        known = before.fields if before else {}
        if moment > lasting:
            continue
        where = f"{head}: version[{number}]" if number is not None else f"{head}: version"
        for key in dict.fromkeys([*known, *fields]):
            for change in _field(f"{where}.{key}", fields.get(key), known.get(key)):
                found.setdefault((change.where, change.before, change.after), change)
    return list(found.values())


def _field(where: str, new: FieldGrant | None, old: FieldGrant | None) -> list[Change]:
    roles: dict[Role, None] = {}
    for grant in (old, new):
        roles |= dict.fromkeys(grant.treatments if grant else ())
    found: list[Change] = []
    for role in roles:
        told = None
        for name, cased in (("treatments", True), ("without_case", False)):
            before, after = _handling(old, role, cased), _handling(new, role, cased)
            if before != after and (before, after) != told:
                told = before, after
                more = _more(after, before)
                found.append(_change(f"{where}.{name}.{role}", _words(before), _words(after), looser=more))
        if old is None or new is None or _NOTHING in (_handling(old, role, True), _handling(new, role, True)):
            continue
        tests = old.tests.get(role, frozenset()), new.tests.get(role, frozenset())
        found += _sets(f"{where}.tests.{role}", *tests, more_is_looser=False)
    if old is not None and new is not None and new.needs_item != old.needs_item:
        found.append(_change(f"{where}.needs_item", old.needs_item, new.needs_item, looser=bool(old.needs_item)))
    return found


def _handling(grant: FieldGrant | None, role: Role, cased: bool) -> Handling:
    if grant is None or role not in grant.treatments:
        return _NOTHING
    full = grant.treatments[role]
    found = full if cased else grant.without_case.get(role, full)
    return _NOTHING if found.treatment is Treatment.WITHHOLD else found


def _more(after: Handling, before: Handling) -> bool:
    """Whether ``after`` may show more than ``before``; forms of one kind that differ cannot be ordered."""
    if _OPENNESS[after.treatment] != _OPENNESS[before.treatment]:
        return _OPENNESS[after.treatment] > _OPENNESS[before.treatment]
    if after.treatment is Treatment.SHOW:
        return bool(before.argument)  # a limit taken away or exchanged
    return not (after.treatment is Treatment.MASK and after.argument == _HIDDEN)


def _parameters(new: PolicySet, old: PolicySet, day: date) -> list[Change]:
    found: dict[tuple[str, int | None, int | None], Change] = {}
    for key in {**old.parameters, **new.parameters}:
        was, now = old.parameters.get(key), new.parameters.get(key)
        for moment in _days(day, *(line for line in (was, now) if line is not None)):
            at = day_start(moment)
            before, after = was.at(at) if was else None, now.at(at) if now else None
            numbers = before.value if before else None, after.value if after else None
            if numbers[0] == numbers[1]:
                continue
            where = f"policy/parameters.toml: {key}.value"
            change = _change(where, numbers[0], numbers[1], looser=_wider(old.company.get(key, "fixed"), *numbers))
            found.setdefault((where, *numbers), change)
    return list(found.values())


def _retention(new: PolicySet, old: PolicySet, day: date) -> list[Change]:
    """Longer is looser and may be freed as ``retention``; a floor made shorter, another start or end action, another
    rule for a field cannot be ordered (REQ-090)."""
    found: dict[tuple[str, str, str], Change] = {}
    head = "policy/retention.toml"

    def note(where: str, before: Any, after: Any, *, looser: bool, key: str = "") -> None:
        if before != after:
            change = _change(f"{head}: {where}", before, after, looser=looser, key=key)
            found.setdefault((change.where, change.before, change.after), change)

    was, now = old.retention, new.retention
    for key in {**was.of_field, **now.of_field}:
        note(f"rules.fields.{key}", was.of_field.get(key, ""), now.of_field.get(key, ""), looser=True)
    for kind in {**was.of_record, **now.of_record}:
        note(f"rules.records.{kind}", was.of_record.get(kind, ""), now.of_record.get(kind, ""), looser=True)
    for name in ("open_roles", "open_purposes"):
        for change in _sets(f"{head}: after_end", getattr(was, name), getattr(now, name), more_is_looser=True):
            found[change.where, change.before, change.after] = change
    for key in {**was.rules, **now.rules}:
        before, after = was.rules.get(key), now.rules.get(key)
        if before is None or after is None:
            note(f"rules.{key}", key if before else "", key if after else "", looser=True)
            continue
        note(f"rules.{key}.event", before.event, after.event, looser=True)
        purposes = (",".join(sorted(rule.purposes)) for rule in (before, after))
        note(f"rules.{key}.purposes", *purposes, looser=True)
        note(f"rules.{key}.keeps", before.at_least, after.at_least, looser=before.at_least)
        easier = _EASE[after.extend] > _EASE[before.extend]
        note(f"rules.{key}.extend", before.extend, after.extend, looser=easier, key=_KEEPING)
        more = after.extend_months > before.extend_months
        note(f"rules.{key}.extend_months", before.extend_months, after.extend_months, looser=more, key=_KEEPING)
        for moment in _days(day, before.terms, after.terms):
            terms = [rule.terms.at(day_start(moment)) for rule in (before, after)]
            said = [f"{t.months} months" if t and t.months else f"{t.days} days" if t else "" for t in terms]
            old_end, new_end = (_longest(t) for t in terms)
            wider = new_end < old_end if before.at_least else new_end > old_end
            note(f"rules.{key}.period", *said, looser=wider, key="" if before.at_least else _KEEPING)
            actions = [t.action if t else "" for t in terms]
            note(f"rules.{key}.action", *actions, looser=actions[1] != "erase", key=_KEEPING)
    return list(found.values())


def _longest(term: RetentionTerm | None) -> int:
    """Days of a period at its longest, to put two in order; none has no end."""
    return term.days or term.months * 31 if term else 1_000_000


def _wider(rule: str, before: int | None, after: int | None) -> bool:
    if before is None or after is None:
        return True
    return {"at_least": after < before, "at_most": after > before}.get(rule, True)


def _sheets(new: PolicySet, old: PolicySet) -> list[Change]:
    """A sheet takes only the fields of its template (R08), so a field or a template more is looser."""
    found: list[Change] = []
    for purpose in {**old.sheets, **new.sheets}:
        was, now = old.sheets.get(purpose), new.sheets.get(purpose)
        lists = [[f for block in sheet.blocks for f in block.fields] if sheet else [] for sheet in (was, now)]
        found += _sets(f"policy/sheets.toml: {purpose}", *lists, more_is_looser=True)
        if was is None or now is None:
            continue
        for name in ("first_compliance", "replaced"):
            where = f"policy/sheets.toml: {purpose}.{name}"
            found += _sets(where, getattr(was, name), getattr(now, name), more_is_looser=False)
        spared = [{f for b in sheet.blocks if not b.counted for f in b.fields} for sheet in (was, now)]
        freed = sorted(spared[1] - spared[0])
        found += [_change(f"policy/sheets.toml: {purpose}.counted", key, "", looser=True) for key in freed]
    return found


def _sets(where: str, before: Iterable[Any], after: Iterable[Any], *, more_is_looser: bool) -> list[Change]:
    old, new = dict.fromkeys(map(str, before)), dict.fromkeys(map(str, after))
    gone = [_change(where, x, "", looser=not more_is_looser) for x in old if x not in new]
    more = [_change(where, "", x, looser=more_is_looser) for x in new if x not in old]
    return [*gone, *more]


def _lasting(*rules: PurposeRule) -> date:
    """The last day on which the purpose can open anything in the new set."""
    ends = [rule.until for rule in rules if rule.until is not None]
    return min(ends, default=date.max)


def _days(day: date, *timelines: Timeline[Any]) -> list[date]:
    """``day`` and every later day on which one of them changes."""
    changes = {day}
    for line in timelines:
        for version in line.versions:
            changes |= {version.from_day, *([version.until] if version.until else [])}
    return sorted(moment for moment in changes if moment >= day)


def _words(handling: Handling) -> str:
    return f"{handling.treatment}:{handling.argument}" if handling.argument else str(handling.treatment)


def _change(where: str, before: Any, after: Any, *, looser: bool, key: str = "") -> Change:
    said = ["" if x is None else str(x).lower() if isinstance(x, bool) else str(x) for x in (before, after)]
    return Change(where=where, before=said[0], after=said[1], looser=looser, key=key)
