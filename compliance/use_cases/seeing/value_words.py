"""A value in words, alike on screen and in the terminal: codes of closed lists, of channels and of consent states.

Rules: (1) a value with words of its own (``value.FIELD.CODE``) reads as these; (2) in fields that hold lists of codes
("email:granted; wecom:granted") each part is looked up; (3) channels are kept by their Chinese names with their rank
(``1 企业微信; 2 线上会议``), so these are read back into codes; (4) whatever has no words stands as it is. ``--json``
keeps what is stored.
"""

import re

from compliance.consent.labels import label_parts
from compliance.i18n import Lang, has, t
from compliance.importing.answers import read_channels

_RANKED = re.compile(r"(\d\s+)?(.+)")
#: The ends of retention by their rules.
_ENDS = "retention_until"
#: Fields that hold lists of codes: "email:granted; wecom:granted".
_CODED = frozenset(
    {
        "channel_consents",
        "permitted_channels",
        "channel_optout",
        "channel_pref_ranked",
        "channel_pref_inferred",
        "consent_purposes_active",
        "consent_valid_until",
        "crossborder_consent",
        "third_party_provision_consent",
        "next_best_channel",
        _ENDS,
    }
)


def value_words(key: str, text: str, lang: Lang) -> str:
    """``text`` of the field ``key`` as people read it."""
    if has(f"value.{key}.{text}"):
        return t(f"value.{key}.{text}", lang)
    if key not in _CODED:
        return text
    parts = (part.strip() for part in text.split(";"))
    between = "desk.pairs_sep" if key == _ENDS else "desk.list_sep"  # names of rules are lists themselves
    return t(between, lang).join(_part(key, part, lang) for part in parts if part)


def channel_words(part: str, lang: Lang) -> str | None:
    """The name of one channel that stands under a name of any language, with its rank; None when it is no channel."""
    ranked = _RANKED.fullmatch(part)
    codes, unknown = read_channels(part)
    if ranked is None or unknown or len(codes) != 1:
        return None
    return (ranked[1] or "") + t(f"channel.{codes[0]}", lang)


def _part(key: str, part: str, lang: Lang) -> str:
    head, _, tail = part.partition(":")
    if not tail:
        return _code(key, head, lang)
    return t("desk.pair", lang, name=_code(key, head, lang), value=_code(key, tail, lang))


def _code(key: str, code: str, lang: Lang) -> str:
    if key == _ENDS and has(f"retention.rule.{code}"):
        return t(f"retention.rule.{code}", lang)
    for found in (f"value.{key}.{code}", f"channel.{code}", f"status.{code}", f"desk.value.{code}", f"purpose.{code}"):
        if has(found):
            return t(found, lang)
    parts = label_parts(code)
    if all(has(name) for name, _ in parts):
        return " · ".join(t(name, lang, **more) for name, more in parts)
    return channel_words(code, lang) or code
