"""The matrix a lawyer reads: who sees which field for which purpose, and why. Markdown, kept in ``docs/policy.md``."""

from collections.abc import Iterable

from compliance.model.access import Purpose, Reference, Role
from compliance.policy.catalogue import FieldGrant, Grant, Handling, PurposeRule, Treatment
from compliance.policy.matrix_words import BEFORE, ENDS, EVENTS, HEADS, HOW, MARKS, NEEDS, RECORDS, TESTS, word
from compliance.policy.policy_set import PolicySet


def render_matrix(policy: PolicySet, lang: str) -> str:
    """The whole matrix in ``zh`` or ``en``. Same set, same text."""
    words = _heads(lang)
    lines = [
        f"# {words['title']}",
        "",
        words["made"].format(version=policy.version, day=policy.reviewed_on),
        "",
        words["rule"],
        "",
        f"## {words['contents']}",
    ]
    for purpose, rule in policy.purposes.items():
        lines += _purpose(policy, purpose, rule, lang)
    lines += ["", f"## {words['blocks']}", "", f"| {words['blocks']} | {words['closes']} | {words['articles']} |"]
    lines.append("| --- | --- | --- |")
    lines += [
        _row(b.label.in_(lang), ", ".join(_labels(policy, b.closes, lang)), _cite(b.references))
        for b in policy.blocks.values()
    ]
    lines += ["", f"## {words['parameters']}", ""]
    heads = (words["value"], words["since"].format(day="…"), words["articles"], words["mark"], words["company"])
    lines.append(_row("", *heads))
    lines.append("| --- | --- | --- | --- | --- | --- |")
    for key, timeline in policy.parameters.items():
        for version in timeline.versions:
            value = version.value
            label = policy.parameter_labels[key].in_(lang)
            may = words[policy.company.get(key, "fixed")]
            since = str(version.from_day)
            mark = word(MARKS, value.mark, lang)
            lines.append(_row(label, f"{value.value:,}", since, _cite(value.references), mark, may))
    return "\n".join([*lines, *_retention(policy, lang)]) + "\n"


def _retention(policy: PolicySet, lang: str) -> list[str]:
    """How long what is kept (REQ-090)."""
    rules, words = policy.retention, _heads(lang)
    if not rules.rules:
        return []
    sep = words["sep"]
    roles = sep.join(policy.roles[r].label.in_(lang) for r in sorted(rules.open_roles))
    purposes = sep.join(policy.purposes[p].label.in_(lang) for p in sorted(rules.open_purposes))
    lines = ["", f"## {words['retention']}", "", words["after_end"].format(roles=roles, purposes=purposes), ""]
    names = ("covers", "counts_from", "kept_for", "end", "extend", "articles", "mark", "company")
    lines += [_row("", *(words[name] for name in names)), "| --- " * (len(names) + 1) + "|"]
    for key, rule in rules.rules.items():
        covered = [policy.fields[f].label.in_(lang) for f, of in rules.of_field.items() if of == key]
        covered += [word(RECORDS, kind, lang) for kind, of in rules.of_record.items() if of == key]
        for version in rule.terms.versions:
            term = version.value
            unit = "months" if term.months else "days"
            since = words["since"].format(day=version.from_day)
            cells = (
                sep.join(covered),
                word(EVENTS, rule.event, lang),
                f"{words[unit].format(count=term.months or term.days)} ({since})",
                word(ENDS, term.action, lang),
                word(ENDS, rule.extend, lang),
                _cite(term.references),
                word(MARKS, term.mark, lang),
                words["at_least" if rule.at_least else "at_most"],
            )
            lines.append(_row(rule.label.in_(lang), *cells))
    return lines


def _purpose(policy: PolicySet, purpose: Purpose, rule: PurposeRule, lang: str) -> list[str]:
    words = _heads(lang)
    basis = policy.bases[rule.basis].label.in_(lang)
    closing = [b.label.in_(lang) for b in policy.blocks.values() if purpose in b.closes]
    named = words["sep"].join(_item(policy, item, lang) for item in rule.items_any)
    items = words["duty"] if rule.statutory else named or "-"
    lines = [
        "",
        f"### {rule.label.in_(lang)} `{purpose}`",
        "",
        f"- {words['basis']}: {basis} ({_cite(rule.references)}; {word(MARKS, rule.mark, lang)})",
        f"- {words['items']}: {items}",
        f"- {words['closed']}: {', '.join(closing) or '-'}",
    ]
    if rule.assessment:
        lines.append(f"- {words['assessment']} (PIPL 55)")
    if rule.before_proof:
        choices = words["sep"].join(word(BEFORE, choice, lang) for choice in sorted(rule.before_proof))
        lines.append(f"- {words['before_proof']}: {choices}")
    for version in policy.grants[purpose].versions:
        lines += ["", words["since"].format(day=version.from_day), ""]
        lines += _table(policy, version.value, [r for r in policy.roles if r in rule.roles], lang)
    return lines


def _table(policy: PolicySet, grant: Grant, roles: list[Role], lang: str) -> list[str]:
    words = _heads(lang)
    heads = [policy.roles[role].label.in_(lang) for role in roles]
    lines = [_row(words["field"], words["class"], *heads, words["why"], words["articles"])]
    lines.append("|" + " --- |" * (len(heads) + 4))
    for key, definition in policy.fields.items():
        field = grant.fields.get(key)
        if field is None:
            continue
        needs = [*definition.also_needs, *([field.needs_item] if field.needs_item else [])]
        statutory = policy.purposes[grant.purpose].statutory
        named = words["sep"].join(_need(policy, need, lang) for need in needs)
        extra = f" ({words['needs']}{named})" if needs and not statutory else ""
        lines.append(
            _row(
                f"{definition.label.in_(lang)} `{key}`",
                policy.words("class", definition.data_class, lang),
                *(_cell(field, role, lang) for role in roles),
                field.reason.in_(lang) + extra,
                _cite(field.references),
            )
        )
    return lines


def _cell(field: FieldGrant, role: Role, lang: str) -> str:
    words, handling = _heads(lang), field.treatments.get(role)
    if handling is None:
        return "-"
    closed = field.without_case.get(role)
    tests = words["and"].join(word(TESTS, test, lang) for test in sorted(field.tests.get(role, ())))
    text = _how(handling, lang) + (words["tested"].format(tests=tests) if tests else "")
    return f"{text}; {words['no_case']}{_how(closed, lang)}" if closed else text


def _how(handling: Handling, lang: str) -> str:
    name = _heads(lang)[str(handling.treatment)]
    if handling.argument and handling.treatment is not Treatment.WITHHOLD:
        return f"{name} ({word(HOW, handling.argument, lang)})"
    return name


def _item(policy: PolicySet, item: str, lang: str) -> str:
    """A consent item by its label; the code stays beside it, for rule files and answers name it."""
    rule, channel = policy.item_rule(item), item.partition("/")[2]
    named = policy.words("channel", channel, lang)
    label = rule.label.in_(lang) if rule else item
    return f"{label}·{named} `{item}`" if named != channel else f"{label} `{item}`"


def _need(policy: PolicySet, need: str, lang: str) -> str:
    """A condition of a field beside its purpose: a consent item, an assessment, no refusal of automated decisions."""
    kind, _, name = need.partition(":")
    if kind in ("item", "assessment"):
        named = _item(policy, name, lang) if kind == "item" else policy.words("purpose", name, lang)
        return word(NEEDS, kind, lang).format(name=named)
    if need in NEEDS:
        return word(NEEDS, need, lang)
    return word(NEEDS, "item", lang).format(name=_item(policy, need, lang))


def _heads(lang: str) -> dict[str, str]:
    return {key: word(HEADS, key, lang) for key in HEADS}


def _cite(references: Iterable[Reference]) -> str:
    return "; ".join(f"{ref.statute} {ref.article}" for ref in references)


def _labels(policy: PolicySet, purposes: Iterable[Purpose], lang: str) -> list[str]:
    chosen = set(purposes)
    return [rule.label.in_(lang) for purpose, rule in policy.purposes.items() if purpose in chosen]


def _row(*cells: str) -> str:
    return "| " + " | ".join(str(cell).replace("|", "/") for cell in cells) + " |"
