"""The matrix a lawyer reads: who sees which field for which purpose, and why. Markdown, kept in ``docs/policy.md``."""

from collections.abc import Iterable

from compliance.model.access import Purpose, Reference, Role
from compliance.policy.catalogue import FieldGrant, Grant, Handling, PurposeRule, Treatment
from compliance.policy.policy_set import PolicySet

_TEXT = {
    "zh": {
        "title": "处理目的、资料与岗位对照表",
        "made": "由规则文件自动生成，请勿手工修改。规则版本 {version}，复核日期 {day}。",
        "rule": "未列出的资料一律不显示；没有通配。任何一步不满足即拒绝。",
        "basis": "合法性基础",
        "items": "同意事项（任一有效即可）",
        "duty": "法定义务，不以同意为前提",
        "assessment": "须有生效的个人信息保护影响评估",
        "closed": "下列情形关闭本用途",
        "roles": "岗位",
        "field": "资料",
        "class": "类别",
        "why": "必要性",
        "articles": "条款",
        "show": "显示",
        "mask": "打码",
        "generalise": "概括",
        "withhold": "不显示",
        "no_case": "无案件：",
        "since": "自 {day} 起",
        "parameters": "期限与数额",
        "value": "数值",
        "mark": "依据状态",
        "blocks": "停用情形",
        "closes": "关闭的用途",
        "needs": "另须：",
        "contents": "用途",
        "before_proof": "取得凭证前",
        "company": "公司可设",
        "at_least": "不低于此数",
        "at_most": "不高于此数",
        "fixed": "不可改",
    },
    "en": {
        "title": "Purposes, fields and roles",
        "made": "Generated from the rule files; do not edit by hand. Rule set {version}, reviewed {day}.",
        "rule": "What is not listed is not shown; there is no wildcard. Any step that fails refuses.",
        "basis": "Legal basis",
        "items": "Consent items, any one in force",
        "duty": "statutory duty; no consent is asked",
        "assessment": "An impact assessment must be in force",
        "closed": "Closed by",
        "roles": "Roles",
        "field": "Field",
        "class": "Class",
        "why": "Necessity",
        "articles": "Articles",
        "show": "show",
        "mask": "mask",
        "generalise": "generalise",
        "withhold": "not shown",
        "no_case": "without a case: ",
        "since": "From {day}",
        "parameters": "Periods and numbers",
        "value": "Value",
        "mark": "Certainty",
        "blocks": "Standing blocks",
        "closes": "Closes",
        "needs": "also needs: ",
        "contents": "Purposes",
        "before_proof": "Before proof",
        "company": "A company may set",
        "at_least": "this or more",
        "at_most": "this or less",
        "fixed": "nothing else",
    },
}


def render_matrix(policy: PolicySet, lang: str) -> str:
    """The whole matrix in ``zh`` or ``en``. Same set, same text."""
    words = _TEXT[str(lang)]
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
            lines.append(_row(label, f"{value.value:,}", since, _cite(value.references), value.mark, may))
    return "\n".join(lines) + "\n"


def _purpose(policy: PolicySet, purpose: Purpose, rule: PurposeRule, lang: str) -> list[str]:
    words = _TEXT[str(lang)]
    basis = policy.bases[rule.basis].label.in_(lang)
    closing = [b.label.in_(lang) for b in policy.blocks.values() if purpose in b.closes]
    items = words["duty"] if rule.statutory else ", ".join(f"`{i}`" for i in rule.items_any) or "-"
    lines = [
        "",
        f"### {rule.label.in_(lang)} `{purpose}`",
        "",
        f"- {words['basis']}: {basis} ({_cite(rule.references)}; {rule.mark})",
        f"- {words['items']}: {items}",
        f"- {words['closed']}: {', '.join(closing) or '-'}",
    ]
    if rule.assessment:
        lines.append(f"- {words['assessment']} (PIPL 55)")
    if rule.before_proof:
        lines.append(f"- {words['before_proof']}: {', '.join(f'`{s}`' for s in sorted(rule.before_proof))}")
    for version in policy.grants[purpose].versions:
        lines += ["", words["since"].format(day=version.from_day), ""]
        lines += _table(policy, version.value, [r for r in policy.roles if r in rule.roles], lang)
    return lines


def _table(policy: PolicySet, grant: Grant, roles: list[Role], lang: str) -> list[str]:
    words = _TEXT[str(lang)]
    heads = [policy.roles[role].label.in_(lang) for role in roles]
    lines = [_row(words["field"], words["class"], *heads, words["why"], words["articles"])]
    lines.append("|" + " --- |" * (len(heads) + 4))
    for key, definition in policy.fields.items():
        field = grant.fields.get(key)
        if field is None:
            continue
        needs = [*definition.also_needs, *([field.needs_item] if field.needs_item else [])]
        statutory = policy.purposes[grant.purpose].statutory
        extra = f" ({words['needs']}{', '.join(needs)})" if needs and not statutory else ""
        lines.append(
            _row(
                f"{definition.label.in_(lang)} `{key}`",
                policy.words("class", definition.data_class, lang),
                *(_cell(field, role, words) for role in roles),
                field.reason.in_(lang) + extra,
                _cite(field.references),
            )
        )
    return lines


def _cell(field: FieldGrant, role: Role, words: dict[str, str]) -> str:
    handling = field.treatments.get(role)
    if handling is None:
        return "-"
    closed = field.without_case.get(role)
    tests = ", ".join(sorted(field.tests.get(role, ())))
    text = _how(handling, words) + (f" [{tests}]" if tests else "")
    return f"{text}; {words['no_case']}{_how(closed, words)}" if closed else text


def _how(handling: Handling, words: dict[str, str]) -> str:
    name = words[str(handling.treatment)]
    if handling.argument and handling.treatment is not Treatment.WITHHOLD:
        return f"{name} ({handling.argument})"
    return name


def _cite(references: Iterable[Reference]) -> str:
    return "; ".join(f"{ref.statute} {ref.article}" for ref in references)


def _labels(policy: PolicySet, purposes: Iterable[Purpose], lang: str) -> list[str]:
    chosen = set(purposes)
    return [rule.label.in_(lang) for purpose, rule in policy.purposes.items() if purpose in chosen]


def _row(*cells: str) -> str:
    return "| " + " | ".join(str(cell).replace("|", "/") for cell in cells) + " |"
