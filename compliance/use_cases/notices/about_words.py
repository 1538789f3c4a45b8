"""What a decision was about, in words: consent item, state, act and notice behind a reason (level 2).

Rules: (1) decisions and log hold codes and numbers, ``visit withdrawn WITHDRAWN_BY_SUBJECT event=EV-… notice=…``; the
words are made here, alike on screen and in the terminal; (2) what names no act and no notice says nothing more than the
reason does and is left out; (3) a code without words is left out rather than shown raw; numbers stand as they are.
"""

from compliance.consent.labels import label_parts
from compliance.i18n import Lang, has, t
from compliance.use_cases.seat.session import shipped_policy

_NONE = "-"


def about_words(about: str, lang: Lang) -> str:
    """``about`` of an opened reason as people read it."""
    parts = about.replace(",", " ").split()
    named = dict(part.split("=", 1) for part in parts if "=" in part)
    if not {"event", "notice"} & named.keys():
        return ""
    item, *codes = [part for part in parts if "=" not in part]
    said = [_item(item, lang)]
    said += [t(key, lang) for code in codes for key in (f"status.{code}", f"code.{code}") if has(key)]
    if "lacks" in named:
        kinds = shipped_policy().words("dimension", named["lacks"], str(lang))
        fields = t("about.sep", lang).join(t(f"field.{code}", lang) for code in codes if has(f"field.{code}"))
        said.append(t("about.lacks", lang, kinds=kinds, fields=fields))
    for what in ("event", "notice"):
        if (number := named.get(what, _NONE)) != _NONE:
            said.append(t(f"about.{what}", lang, number=number))
    return " · ".join(said)


def _item(item: str, lang: Lang) -> str:
    """A consent item, or the basis that carried without one."""
    parts = label_parts(item)
    if all(has(key) for key, _ in parts):
        return "·".join(t(key, lang, **params) for key, params in parts)
    return t(f"basis.{item}", lang) if has(f"basis.{item}") else item
