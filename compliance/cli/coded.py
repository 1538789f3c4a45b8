"""Code words of an answer → words for people. ``--json`` keeps the codes.

Rules: (1) which catalogue a code is looked up in depends on the key it stands under; (2) consent items, purposes, roles
and fields have their own words wherever they stand; (3) what has no words is shown as it is: a test runs the reading
commands and finds none of ours; (4) technical parts of a log entry without words stay in ``--json``.
"""

import re
from collections.abc import Mapping

from compliance.consent.labels import label_parts
from compliance.i18n import Lang, has, t

#: Key of an answer → tables of the catalogue in which its codes have words, the first that knows it wins.
_TABLES: Mapping[str, tuple[str, ...]] = {
    "act": ("cli.word", "consent_event", "scope.kind"),
    "action": ("action",),
    "before_proof": ("settings.before",),
    "answer": ("answer", "returns.answer", "papers"),
    "basis": ("basis",),
    "bases": ("basis",),
    "because": ("reason",),
    "block": ("block",),
    "claim": ("verify.claim",),
    "colleagues": ("paper.proof.left_out.colleagues",),
    "code": ("code", "import.code", "finding", "defect", "return", "error", "fault"),
    "compare": ("byno.side",),
    "defect": ("defect", "return"),
    "duty": ("byno.duty",),
    "documents": ("paper.proof.left_out.documents",),
    "fields": ("field", "import.target"),
    "dated": ("read.presence",),
    "faults": ("return",),
    "filed": ("form.filed",),
    "findings": ("finding", "error", "return"),
    "grade": ("grade",),
    "key": ("tile",),
    "inputs": ("field",),
    "kind": (
        "kind",
        "task",
        "case.kind",
        "stack.kind",
        "plan_kind",
        "scope.kind",
        "report_kind",
        "rule.kind",
        "returns.kind",
        "wizard.update",
    ),
    "kinds": ("field",),
    "list": ("worklist",),
    "media_type": ("media",),
    "method": ("method",),
    "outcome": ("returns.state", "import.code", "reason", "error"),
    "place": ("paper.incident.place",),
    "problems": ("finding", "error"),
    "profile_values": ("paper.proof.left_out.profile_values",),
    "provenance": ("desk.source",),
    "purpose": ("purpose",),
    "read": ("read.said",),
    "signature": ("read.presence",),
    "reason": ("reason", "import.refused", "exceptional.reason", "return", "duplicates.reason", "state.why"),
    "recipient": ("paper.proof.recipient",),
    "reasons": ("import.code", "reason"),
    "refused": ("import.refused", "reason"),
    "result": ("campaign.result",),
    "role": ("role",),
    "rule": ("cli.word", "retention.rule"),
    "at_end": ("retention.action",),
    "counts": ("retention.rule",),
    "counts_from": ("retention.event",),
    "extend": ("retention.by",),
    "field": ("field",),
    "ground": ("retention.ground",),
    "needed_by": ("purpose",),
    "severity": ("tile.mark",),
    "lifted_why": ("state.why",),
    "standing": ("block",),
    "standing_blocks": ("block",),
    "states": ("state",),
    "state": (
        "request_state",
        "person_state",
        "imports.state",
        "notice_state",
        "stack.state",
        "form.state",
        "scope.state",
        "cli.state",
        "returns.state",
        "import.code",
        "reason",
    ),
    "status": ("status", "import.status"),
    "target": ("import.target", "field"),
    "warnings": ("returns.warning", "reason"),
    "setting": ("cli.key",),
    "what": ("log.what", "worklist"),
    "why": ("code", "reason", "import.refused", "import.code", "imports.touch", "kind"),
}
#: Tables that name keys, and codes that stand as keys.
_NAMES = (
    *("cli.key", "field", "person_state", "import.code", "free_text", "import.refused", "transfer.gate", "cli.word"),
    *("form.state", "return", "paper.proof.left_out", "error", "wizard.update"),
)
#: Codes that carry another behind a colon: whose eyes, and why not.
_SAID = {
    "as_rep": "cli.said.as_rep",
    "refused": "cli.said.refused_for",
    "by_eye": "cli.said.by_eye",
    "otherwise": "cli.said.otherwise",
}
_ITEMS = frozenset({"line", "lines", "item", "items", "scope", "subject", "basis", "withdrawn"})
_COUNTED = re.compile(r"([A-Za-z][A-Za-z0-9_]*)=(\w+)")
_NOTED = re.compile(r"(N-[A-Z0-9]+)=(\w+)")
_ITEM = re.compile(r"(visit|digital|event|medical|speaker|segment|personalise)(/[a-z_]+(:[A-Za-z0-9_-]+)?)?")


def words(key: str, value: str, lang: Lang) -> str:
    """``value`` as a person reads it under ``key``."""
    if key in _ITEMS and all(_ITEM.fullmatch(part) for part in value.split(",")):
        return ", ".join(item_words(part, lang) for part in value.split(","))
    if key in ("added", "removed") and value.isdigit():  # how long a changed notice keeps or asks for, in months
        return t("cli.months", lang, count=value)
    if key == "purpose" and has(f"assessed.{value.partition(':')[0]}"):  # what an assessment is about beside purposes
        kind, _, about = value.partition(":")
        return f"{t(f'assessed.{kind}', lang)} {' + '.join(words(key, part, lang) for part in about.split('+'))}"
    for table in (*_TABLES.get(key, ()), "cli.word"):
        if has(f"{table}.{value}"):
            return t(f"{table}.{value}", lang)
    if (kind := value.partition(":")[0]) in _SAID and value.count(":") == 1:
        table = "findings" if key == "findings" else "because"
        return t(_SAID[kind], lang, what=words(table, value.partition(":")[2], lang))
    result, blank, row = value.partition(" ")
    if key == "answer" and blank and has(f"transfer.result.{result}"):
        return f"{t(f'transfer.result.{result}', lang)} ({row})"
    if noted := _NOTED.fullmatch(value):  # what became of a note of a return
        return f"{noted[1]} {words('outcome', noted[2], lang)}"
    counted = _COUNTED.fullmatch(value)
    return f"{name(counted[1], lang)} {words(key, counted[2], lang)}" if counted and named(counted[1]) else value


def item_words(item: str, lang: Lang) -> str:
    """The name of a consent item; the item itself when a part of it has no words."""
    parts = label_parts(item)
    return "·".join(t(key, lang, **params) for key, params in parts) if all(has(key) for key, _ in parts) else item


def name(key: str, lang: Lang) -> str:
    """Words of a key of an answer, of a field or of a code that stands as key; the key itself without any."""
    for table in _NAMES:
        if has(f"{table}.{key}"):
            said = t(f"{table}.{key}", lang)
            return t("import.free_text", lang, what=said) if table == "free_text" else said
    return key


def named(key: str) -> bool:
    """Whether ``key`` has words."""
    return any(has(f"{table}.{key}") for table in _NAMES)


def finding_lines(problems: list[dict[str, object]], lang: Lang) -> list[str]:
    """Findings of a check: what was found in words, where, and the code support asks for."""
    lines = []
    for found in problems:
        code, index = str(found["code"]), found.get("index")
        where = t("cli.at_entry", lang, number=index) if index is not None else ""
        detail = f" {found['detail']}" if found.get("detail") else ""
        lines.append(f"  {where}{words('problems', code, lang)} ({code}{detail})")
    return lines
