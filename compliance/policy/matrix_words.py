"""Words of the matrix, in both languages: its heads, and what the codes of grants mean to a lawyer.

Rules: (1) every code of a treatment, a test, a condition, a mark and a choice before proof has words; a code without is
an error of the program, found by a test over the shipped set, never a code on paper; (2) codes of fields and purposes
stay beside their words, because rule files and answers name them.
"""

from collections.abc import Mapping

Table = Mapping[str, tuple[str, str]]

#: (Chinese, English)
HEADS: Table = {
    "title": ("处理目的、资料与岗位对照表", "Purposes, fields and roles"),
    "made": (
        "由规则文件自动生成，请勿手工修改。规则版本 {version}，复核日期 {day}。",
        "Generated from the rule files; do not edit by hand. Rule set {version}, reviewed {day}.",
    ),
    "rule": (
        "未列出的资料一律不显示；没有通配。任何一步不满足即拒绝。限未过期的，姓名、医院和科室过期仍显示并注明日期。",
        "What is not listed is not shown; there is no wildcard. Any step that fails refuses. Where only values that "
        "are not stale are shown, name, hospital and department stay, marked with their date.",
    ),
    "basis": ("合法性基础", "Legal basis"),
    "items": ("同意事项（任一有效即可）", "Consent items, any one in force"),
    "duty": ("法定义务，不以同意为前提", "statutory duty; no consent is asked"),
    "assessment": ("须有生效的个人信息保护影响评估", "An impact assessment must be in force"),
    "closed": ("下列情形关闭本用途", "Closed by"),
    "roles": ("岗位", "Roles"),
    "field": ("资料", "Field"),
    "class": ("类别", "Class"),
    "why": ("必要性", "Necessity"),
    "articles": ("条款", "Articles"),
    "show": ("显示", "show"),
    "mask": ("打码", "mask"),
    "generalise": ("概括", "generalise"),
    "withhold": ("不显示", "not shown"),
    "no_case": ("无案件：", "without a case: "),
    "tested": ("（限{tests}）", " (only {tests})"),
    "sep": ("、", ", "),
    "and": ("、", ", "),
    "since": ("自 {day} 起", "From {day}"),
    "parameters": ("期限与数额", "Periods and numbers"),
    "value": ("数值", "Value"),
    "mark": ("依据状态", "Certainty"),
    "blocks": ("停用情形", "Standing blocks"),
    "closes": ("关闭的用途", "Closes"),
    "needs": ("另须：", "also needs: "),
    "contents": ("用途", "Purposes"),
    "before_proof": ("取得凭证前，公司选择下列之一时可用", "Before proof, open where the company chose"),
    "retention": ("保存期限", "Retention"),
    "covers": ("适用于", "Covers"),
    "counts_from": ("起算", "Counts from"),
    "kept_for": ("期限", "Kept for"),
    "end": ("届满后", "At the end"),
    "extend": ("延长", "Put off by"),
    "days": ("{count} 日", "{count} days"),
    "months": ("{count} 个月", "{count} months"),
    "after_end": (
        "期限届满即停止除存储和安全保护以外的使用；仅{roles}为{purposes}仍可查看。",
        "Past its end a value is for storage and security only; still seen only by {roles} for {purposes}.",
    ),
    "company": ("公司可设", "A company may set"),
    "at_least": ("不低于此数", "this or more"),
    "at_most": ("不高于此数", "this or less"),
    "fixed": ("不可改", "nothing else"),
}

#: What a value must pass once its source is read.
TESTS: Table = {
    "public_cited": ("本身公开并注明出处", "public and cited"),
    "fresh_or_identity": ("未过期", "not stale"),
    "not_in_doubt": ("未存疑", "not in doubt"),
    "solid_source": ("来源可对外使用", "of a source that may leave the house"),
}

#: How a value is masked, shortened or put in general terms.
HOW: Table = {
    "name": ("只留姓", "surname only"),
    "mobile": ("电话", "phone"),
    "landline": ("座机", "landline"),
    "id_number": ("证件号首末位", "first and last place"),
    "bank": ("末四位", "last four"),
    "email": ("邮箱", "e-mail"),
    "wechat": ("首字符", "first character"),
    "account_ids": ("渠道和账号首字符", "channel and first character"),
    "address": ("仅省市", "province and city only"),
    "licence": ("末四位", "last four"),
    "birth_year": ("仅年份", "year only"),
    "by_length": ("按长度", "by length"),
    "hidden": ("全部", "all of it"),
    "up_to_2": ("至多 2 项", "at most 2"),
    "up_to_3": ("至多 3 项", "at most 3"),
    "month": ("到月份", "to the month"),
    "city": ("到城市", "to the city"),
    "main_site_count": ("主要机构和其余数量", "main site and how many more"),
    "one_line": ("一句话", "one line"),
    "open_channels": ("只列开放的渠道", "only channels that are open"),
    "publication_band": ("数量档次", "a band"),
    "building_department": ("楼和科室", "building and department"),
    "verified_badge": ("是否已核实", "whether verified"),
    "active_badge": ("是否有效", "whether active"),
    "marked_inferred": ("标明为推断", "marked as inferred"),
    "topics_2": ("至多两个主题", "at most two topics"),
    "interaction_band": ("往来多少", "how much contact"),
    "event_count": ("次数", "how many"),
    "prepare_material": ("应备材料", "material to prepare"),
    "survey_topics": ("问题编号", "question numbers"),
    "ask_feedback": ("是否征询意见", "whether to ask for feedback"),
    "contact_compliance": ("是否先问合规", "whether to ask compliance first"),
    "half_days": ("到半天", "to the half-day"),
    "earliest_date": ("最早日期", "earliest date"),
    "follow_up_line": ("跟进事项", "the follow-up"),
    "hidden_theme": ("不单独显示", "never by itself"),
}

#: Choices of a company before a consent is proven.
BEFORE: Table = {
    "nothing": ("什么都不显示", "nothing"),
    "card": ("征求同意卡", "the ask card"),
    "transition": ("征求同意卡加过渡期", "the ask card and a transition"),
}

#: How sure a rule is.
MARKS: Table = {
    "read": ("已读原文", "read in the original"),
    "secondary": ("据二手资料", "from a secondary source"),
    "interpretation": ("我方理解，待律师确认", "our reading, for counsel"),
    "memory": ("凭记忆，待核对", "from memory, to be checked"),
    "policy": ("公司政策", "company policy"),
}

#: From which day a period counts.
EVENTS: Table = {
    "relation_end": ("最后一项同意或合法性基础终止", "the end of the last consent or basis"),
    "source_date": ("信息本身的日期", "the date of the value itself"),
    "recorded": ("入库日", "the day recorded"),
    "closed": ("办结日", "the day it was closed"),
    "archived": ("转为仅存证", "the day it became evidence only"),
}

#: What is done at the end, and who may put it off.
ENDS: Table = {
    "erase": ("删除", "erased"),
    "anonymise": ("匿名化，仅留计数", "made anonymous: counts stay"),
    "let_go": ("可归档移出", "may be archived elsewhere"),
    "never": ("不可延长", "nobody"),
    "one": ("一人", "one person"),
    "two": ("两人", "two people"),
}

#: Kinds of record beside the values of people.
RECORDS: Table = {
    "held_person": ("从未取得合法性基础的人员", "people who never had a basis"),
    "quarantined_value": ("隔离中的信息", "values in quarantine"),
    "consent": ("同意记录与凭证", "records of consent and their proof"),
    "assessment": ("影响评估", "impact assessments"),
    "provision": ("提供、委托与出境", "provision, entrusting, transfer"),
    "paper": ("脱敏单、离线包、表单", "sheets, packs, forms"),
    "case": ("权利请求与任务", "requests and tasks"),
    "company": ("公司登记簿与规则", "company registers and rules"),
    "intake": ("待归档表单", "forms on their way in"),
    "log": ("操作日志", "audit log"),
}

#: Conditions beside the purpose.
NEEDS: Table = {
    "item": ("{name}的同意", "consent to {name}"),
    "assessment": ("{name}的影响评估", "an assessment for {name}"),
    "no_adm_optout": ("未拒绝自动化决策", "no refusal of automated decisions"),
}


def word(table: Table, code: str, lang: str) -> str:
    """The words of ``code``. KeyError for a code without any."""
    return table[str(code)][str(lang) != "zh"]
