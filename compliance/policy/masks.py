"""Display masks of law.md 5.4.

Rules: (1) a mask is computed when shown, never stored; (2) a typed mask wins over the length rule, which only holds
for values no type fits (architecture section 13, *masks*); (3) values of three characters or fewer, and values that do
not look like their type, become all stars: a mask never falls back to the clear value; (4) the number of stars is the
same for every value of a type, so that length tells nothing; only a Chinese given name shows how many characters it
has (``names.py``); (5) several values in one cell are masked one by one.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping

from compliance.policy.names import STAR, mask_name, visible
from compliance.policy.places import province_and_city

_EMAIL = re.compile(r"([^@\s])[^@\s]*@([\w-]+(?:\.[\w-]+)+)")
_MOBILE = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})")
_LANDLINE = re.compile(r"\(?(?:\+?86|0086)?[- ]?\(?(0(?:10|2\d|[3-9]\d{2}))\)?[- ]*(\d{7,8})(?:[-转#xX ]+\d{1,6})?")
_NO_AREA = re.compile(r"\(?(?:\+86|0086)[- ]?\(?(10|2\d|[3-9]\d{2})\)?[- ]*(\d{7,8})(?:[-转#xX ]+\d{1,6})?")
_ABROAD = re.compile(r"(?:\+|00)?(852|853|886)[- ]?\d[\d -]{6,12}|(?:\+|00)(?!86)[1-9][\d -]{6,16}")
_EXTENSION = re.compile(r"(?<=\d)\s*(?:[,，]?\s*ext\.?|[xX#转])\s*\d{1,6}", re.IGNORECASE)
#: A domain with that many digits is a number somebody may be called by.
_NUMBERED = re.compile(r"\d{7}")
#: What may stand before an account: a channel of ``items.toml`` or its everyday name, nobody's name.
CHANNELS = frozenset({
    "f2f_visit", "dept_meeting", "academic_salon", "third_party_meeting", "in_theatre_teaching", "case_review",
    "academic_congress", "phone", "sms", "email", "wecom", "wechat", "wechat_group", "service_account",
    "subscription_account", "mini_program", "online_meeting", "medical_site_app", "smart_qa", "virtual_rep",
    "微信", "企微", "企业微信", "微信群", "服务号", "订阅号", "小程序", "邮箱", "邮件", "电话", "短信",
})  # fmt: skip
_SEVERAL = re.compile(r"\s*[;；,，、/|\n]\s*")


def mask_mobile(value: str) -> str:
    """13812345678 → 138****5678; +86, blanks, hyphens, full-width digits and an extension are read through. Numbers of
    Hong Kong, Macau and Taiwan show where they are from and two digits, those of elsewhere two digits."""
    return "; ".join(_mask_phone(part) for part in _SEVERAL.split(_normal(value)) if part) or STAR * 3


def mask_landline(value: str) -> str:
    """021-12345678 → 021-******78; an extension is not shown."""
    return mask_mobile(value)


def _mask_phone(text: str) -> str:
    text = _EXTENSION.sub("", text)
    bare = re.sub(r"[\s().\-_]", "", text)
    if found := _MOBILE.fullmatch(bare):
        return f"{found[1][:3]}{STAR * 4}{found[1][-4:]}"
    if found := _LANDLINE.fullmatch(text):
        return f"{found[1]}-{STAR * 6}{found[2][-2:]}"
    if found := _NO_AREA.fullmatch(text):
        return f"0{found[1]}-{STAR * 6}{found[2][-2:]}"
    if found := _ABROAD.fullmatch(text):
        return f"+{found[1]} {STAR * 6}{bare[-2:]}" if found[1] else f"{STAR * 8}{bare[-2:]}"
    return f"{STAR * 6}{bare[-2:]}" if re.fullmatch(r"\d{7,8}", bare) else STAR * 3


def mask_id_number(value: str) -> str:
    """First and last place only, of identity cards, permits and passports alike; the birth date is never shown."""
    text = re.sub(r"[\s\-]", "", _normal(value)).upper()
    if not re.fullmatch(r"[0-9A-Z]{7,20}", text):
        return STAR * 3
    return text[0] + STAR * 16 + text[-1]


def mask_bank(value: str) -> str:
    """The last four digits: **** 6222."""
    digits = _digits(value)
    return f"{STAR * 4} {digits[-4:]}" if len(digits) >= 8 else STAR * 4


def mask_email(value: str) -> str:
    """zhang@example.com → z***@example.com; a domain that is a number is hidden."""
    parts = [_EMAIL.fullmatch(part) for part in _SEVERAL.split(_normal(value)) if part]
    said = (f"{x[1]}{STAR * 3}@{x[2]}" if x and not _NUMBERED.search(x[2]) else STAR * 3 for x in parts)
    return "; ".join(said) or STAR * 3


def mask_wechat(value: str) -> str:
    """First character: w****."""
    text = _normal(value)
    return f"{text[0]}{STAR * 4}" if len(text) > 3 else STAR * 3


def mask_account_ids(value: str) -> str:
    """``wecom:wm-EXAMPLE-01; email:x`` → the channel stays, its account is masked as a WeChat id."""
    parts = [part.strip() for part in re.split(r"[;；]", _normal(value)) if part.strip()]
    shown = []
    for part in parts:
        channel, sep, account = part.partition(":")
        named = sep and channel.strip().lower() in CHANNELS
        shown.append(f"{channel.strip()}:{mask_wechat(account.strip())}" if named else mask_wechat(part))
    return "; ".join(shown) or STAR * 3


def mask_address(value: str) -> str:
    """Province and city: 上海市***."""
    return f"{province_and_city(_normal(value))}{STAR * 3}"


def mask_licence(value: str) -> str:
    """The last four places: ***********0123."""
    text = "".join(_normal(value).split())
    return STAR * 11 + text[-4:] if len(text) > 7 else STAR * 3


def mask_birth_year(value: str) -> str:
    """The year only (finance); anything else is not shown."""
    found = re.fullmatch(r"((?:19|20)\d{2})(?:\D.*|\d{4})?", _normal(value), re.DOTALL)
    return found[1] if found else STAR * 3


def mask_hidden(value: str) -> str:
    """All stars, whatever the value."""
    del value
    return STAR * 3


def mask_by_length(value: str) -> str:
    """For values without a type: three characters or fewer all stars, else first and last character."""
    text = _normal(value)
    return STAR * 3 if len(text) <= 3 else text[0] + STAR * 3 + text[-1]


MASKS: Mapping[str, Callable[[str], str]] = {
    "name": mask_name,
    "mobile": mask_mobile,
    "landline": mask_landline,
    "id_number": mask_id_number,
    "bank": mask_bank,
    "email": mask_email,
    "wechat": mask_wechat,
    "account_ids": mask_account_ids,
    "address": mask_address,
    "licence": mask_licence,
    "birth_year": mask_birth_year,
    "by_length": mask_by_length,
    "hidden": mask_hidden,
}


def mask(kind: str, value: str) -> str | None:
    """The masked value; None when ``kind`` is unknown, and then the field is withheld, never shown clear."""
    function = MASKS.get(kind)
    return function(value) if function else None


def _normal(value: str) -> str:
    """What a reader sees; digits of every script as plain ones."""
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in visible(value))


def _digits(value: str) -> str:
    return "".join(c for c in _normal(value) if c.isdecimal())
