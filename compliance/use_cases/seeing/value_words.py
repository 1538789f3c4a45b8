"""A value in words, alike on screen and in the terminal: codes of closed lists, of channels and of consent states.

Rules: (1) a value with words of its own (``value.FIELD.CODE``) reads as these; (2) in fields that hold lists of codes
("email:granted; wecom:granted") each part is looked up; (3) whatever has no words stands as it is. ``--json`` keeps
the codes.
"""

from compliance.consent.labels import label_parts
from compliance.i18n import Lang, has, t

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
    }
)


def value_words(key: str, text: str, lang: Lang) -> str:
    """``text`` of the field ``key`` as people read it."""
    if has(f"value.{key}.{text}"):
        return t(f"value.{key}.{text}", lang)
    if key not in _CODED:
        return text
    parts = (part.strip() for part in text.split(";"))
    return t("desk.list_sep", lang).join(_part(key, part, lang) for part in parts if part)


def _part(key: str, part: str, lang: Lang) -> str:
    head, _, tail = part.partition(":")
    if not tail:
        return _code(key, head, lang)
    return t("desk.pair", lang, name=_code(key, head, lang), value=_code(key, tail, lang))


def _code(key: str, code: str, lang: Lang) -> str:
    for found in (f"value.{key}.{code}", f"channel.{code}", f"status.{code}", f"desk.value.{code}", f"purpose.{code}"):
        if has(found):
            return t(found, lang)
    parts = label_parts(code)
    return " · ".join(t(name, lang, **more) for name, more in parts) if all(has(name) for name, _ in parts) else code
