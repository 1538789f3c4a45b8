"""Labels for what the core names by key: fields, purposes, roles, consent items, statutes, dates.

``say`` gives a widget its words and remembers the key on it, so that ``retranslate`` can switch a whole window.
"""

from datetime import date, datetime

from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QWidget

from compliance.clock import SHANGHAI, SystemClock, shanghai_day
from compliance.i18n import Lang, has, t
from compliance.model.access import FieldState, Purpose, Reference, Role
from compliance.model.limits import last_day
from compliance.model.profile import ShownField

_TEXT, _TIP, _HINT = "sayText", "sayTip", "sayHint"


def say(widget: QWidget, *, text: str = "", tip: str = "", hint: str = "", lang: Lang = Lang.ZH) -> None:
    """Give ``widget`` the words of these keys, now and at every later switch."""
    for name, key in ((_TEXT, text), (_TIP, tip), (_HINT, hint)):
        if key:
            widget.setProperty(name, key)
    _apply(widget, lang)


def retranslate(root: QWidget, lang: Lang) -> None:
    """Say everything under ``root`` again in ``lang``."""
    for widget in (root, *root.findChildren(QWidget)):
        _apply(widget, lang)


def policy_label(kind: str, key: str, lang: Lang) -> str:
    """Label of a purpose, role, field, dimension, block or basis from the rule set, else from the catalogue."""
    from compliance.use_cases.seat.session import shipped_policy

    found = str(shipped_policy().words(kind, key, str(lang)))
    if found == key and has(f"{kind}.{key}"):
        return t(f"{kind}.{key}", lang)
    return found


def purpose_label(purpose: Purpose | str, lang: Lang) -> str:
    """用途 in words."""
    return policy_label("purpose", str(purpose), lang)


def role_label(role: Role | str, lang: Lang) -> str:
    """岗位 in words."""
    return policy_label("role", str(role), lang)


def field_label(key: str, lang: Lang) -> str:
    """A profile field in words."""
    return policy_label("field", key, lang)


def dimension_of(key: str) -> str:
    """The dimension a field belongs to, "" when the dictionary does not know it."""
    from compliance.use_cases.seat.session import shipped_policy

    field = shipped_policy().field(key)
    return field.dimension if field else ""


def is_stored(key: str) -> bool:
    """Whether values of a field are kept; what the core computes has no past."""
    from compliance.use_cases.seat.session import shipped_policy

    field = shipped_policy().field(key)
    return field is not None and field.section is not None


def item_label(item: str, lang: Lang) -> str:
    """A consent item in words: ``digital/wecom`` → 数字化沟通 · 企业微信."""
    head, _, tail = item.partition("/")
    base = t(f"item.{head}", lang) if has(f"item.{head}") else purpose_label(head, lang)
    if not tail:
        return base
    kind, _, name = tail.partition(":")
    for key in (f"item.channel.{tail}", f"item.{kind}.{name}", f"item.{kind}"):
        if has(key):
            return f"{base} · {t(key, lang, id=name, recipient=name)}"
    return f"{base} · {policy_label('channel', tail, lang)}"


def items_label(subject: str, lang: Lang) -> str:
    """The consent items a task is about, in words; an id stays as it is."""
    items = subject.split(",")
    known = all("/" in item or has(f"item.{item}") or has(f"purpose.{item}") for item in items)
    return t("desk.list_sep", lang).join(item_label(item, lang) for item in items) if subject and known else subject


def reason_label(reason: str, lang: Lang) -> str:
    """Why not, in words."""
    return t(f"reason.{reason}", lang) if has(f"reason.{reason}") else t("desk.reason.other", lang, code=reason)


def finding_label(code: str, lang: Lang) -> str:
    """What a check of the store found, in words."""
    key = next((k for k in (f"finding.{code}", f"error.{code}") if has(k)), "")
    return f"{t(key, lang)} ({code})" if key else code


def import_label(code: str, lang: Lang) -> str:
    """Why a row, field or column of a file was not taken."""
    areas = ("import.code", "import.refused", "import", "free_text", "error", "fault", "reason")
    for key in (f"{area}.{code}" for area in areas):
        if has(key):
            said = t(key, lang)
            return t("import.free_text", lang, what=said) if key.startswith("free_text.") else said
    if code.startswith("source_"):
        return t("desk.reason.source", lang, source=t(f"desk.source.{code[7:].removesuffix('_party')}", lang))
    return code


def article_label(reference: Reference, lang: Lang) -> str:
    """《个人信息保护法》第13条第1款第1项, as short as readers cite it."""
    from compliance.use_cases.seat.session import shipped_policy

    statute = shipped_policy().statutes.get(reference.statute)
    title = str(statute.title.in_(str(lang))) if statute else reference.statute
    return t("desk.article", lang, statute=title, article=reference.article)


def shown_text(shown: ShownField, lang: Lang) -> str:
    """A field's text; what is not shown is a word, never a blank."""
    if shown.state is FieldState.WITHHELD:
        return t("desk.withheld", lang)
    if shown.value is None or shown.value == "":
        return t("desk.no_value", lang)
    return shown.value


def day_text(when: datetime | date | None, lang: Lang) -> str:
    """An absolute day with how far it is: 2026-11-24（今天）."""
    if when is None:
        return "—"
    day = shanghai_day(when) if isinstance(when, datetime) else when
    away = (day - shanghai_day(SystemClock().now())).days
    return t("desk.day", lang, day=day.isoformat(), away=away_text(away, lang))


def last_day_text(end: datetime | None, lang: Lang) -> str:
    """The last day of what ends at the midnight after it, as paper and command line say it."""
    return day_text(last_day(end) if end else None, lang)


def away_text(days: int, lang: Lang) -> str:
    """今天, 3 天后, 2 天前."""
    if days == 0:
        return t("desk.day.today", lang)
    if abs(days) == 1:
        return t("desk.day.tomorrow" if days > 0 else "desk.day.yesterday", lang)
    return t("desk.day.ahead" if days > 0 else "desk.day.ago", lang, count=abs(days))


def time_text(when: datetime | None) -> str:
    """An instant as people in China read it; the log keeps UTC."""
    return when.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S") if when else "—"


def _apply(widget: QWidget, lang: Lang) -> None:
    text, tip, hint = (widget.property(name) for name in (_TEXT, _TIP, _HINT))
    if text and isinstance(widget, QLabel | QAbstractButton):
        widget.setText(t(text, lang))
    if tip:
        widget.setToolTip(t(tip, lang))
        widget.setAccessibleName(t(tip, lang))
    if hint and isinstance(widget, QLineEdit):
        widget.setPlaceholderText(t(hint, lang))
