"""Display masks of law.md 5.4 and the generalisations of the dictionary's sheet rules.

Rules: (1) a mask is computed when shown, never stored; (2) a typed mask wins over the length rule, which only holds
for values no type fits (architecture section 13, *masks*); (3) values of three characters or fewer, and values that do
not look like their type, become all stars: a mask never falls back to the clear value; (4) a generalisation that
cannot read its value says nothing (None), and the field is withheld.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping

STAR = "*"

#: Compound surnames 复姓 in use; the first two characters stay.
_SURNAMES = (
    "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶太叔申屠公孙慕容仲孙钟离长孙宇文司徒鲜于"
    "司空闾丘子车亓官司寇巫马公西颛孙壤驷公良漆雕乐正宰父谷梁拓跋夹谷轩辕令狐段干百里呼延东郭南门羊舌微生梁丘左丘东门西门第五"
    "歐陽司馬東方獨孤南宮聞人諸葛尉遲赫連澹臺濮陽鍾離長孫鮮于閭丘納蘭纳兰叶赫完颜耶律"
)
COMPOUND_SURNAMES = frozenset(_SURNAMES[i : i + 2] for i in range(0, len(_SURNAMES), 2))
_DOTS = "·•・‧∙⋅．"
_LATIN = re.compile(r"[A-Za-zÀ-ÖØ-öø-ÿĀ-ž.'’\- ]+")
_EMAIL = re.compile(r"([^@\s])[^@\s]*@([^@\s]+)")
_PLACE = re.compile(r"^(.{2,8}?(?:省|自治区|特别行政区))?(.{2,8}?(?:市|自治州|地区|盟))?")


def mask_name(value: str) -> str:
    """张伟 → 张*, 欧阳明月 → 欧阳**, 阿依古丽·买买提 → 阿***·买**, John Doe → J. D."""
    text = _normal(value)
    if not text:
        return STAR * 3
    if any(dot in text for dot in _DOTS):
        return "·".join(_first_then_stars(part) for part in re.split(f"[{_DOTS}]", text) if part)
    if _LATIN.fullmatch(text):
        return " ".join(f"{part[0].upper()}." for part in re.split(r"[ .\-]+", text) if part) or STAR * 3
    keep = 2 if text[:2] in COMPOUND_SURNAMES and len(text) > 2 else 1
    return text[:keep] + STAR * max(1, len(text) - keep)


def surname(value: str) -> str:
    """What a person is called by: 张伟 → 张, 欧阳明月 → 欧阳, 阿依古丽·买买提 → 阿依古丽, John Doe → Doe."""
    text = _normal(value)
    if any(dot in text for dot in _DOTS):
        return re.split(f"[{_DOTS}]", text)[0]
    if _LATIN.fullmatch(text):
        return text.split()[-1]
    return text[: 2 if text[:2] in COMPOUND_SURNAMES and len(text) > 2 else 1]


def mask_mobile(value: str) -> str:
    """13812345678 → 138****5678; +86, spaces, hyphens and full-width digits are read through."""
    digits = _digits(value)
    if len(digits) in (13, 15) and digits.startswith(("86", "0086")):
        digits = digits[-11:]
    if len(digits) != 11 or not digits.startswith("1"):
        return mask_landline(value) if digits else STAR * 3
    return f"{digits[:3]}{STAR * 4}{digits[-4:]}"


def mask_landline(value: str) -> str:
    """021-12345678 → 021-******78; an extension is not shown."""
    text = _normal(value)
    found = re.fullmatch(r"\(?(?:\+?86[- ]?)?(0\d{2,3}|\d{2,3}(?=[ -]))\)?[- ]?(\d{7,8})(?:[-转#xX ]+\d+)?", text)
    if found is None:
        digits = _digits(text)
        return STAR * (len(digits) - 2) + digits[-2:] if len(digits) > 6 else STAR * 3
    area, number = found.groups()
    area = area if area.startswith("0") else f"0{area}"
    return f"{area}-{STAR * (len(number) - 2)}{number[-2:]}"


def mask_id_number(value: str) -> str:
    """First and last place only; the birth date is never shown."""
    text = _normal(value).upper().replace(" ", "")
    if len(text) <= 3:
        return STAR * 3
    return text[0] + STAR * (len(text) - 2) + text[-1]


def mask_bank(value: str) -> str:
    """The last four digits: **** 6222."""
    digits = _digits(value)
    return f"{STAR * 4} {digits[-4:]}" if len(digits) >= 8 else STAR * 4


def mask_email(value: str) -> str:
    """zhang@example.com → z***@example.com."""
    found = _EMAIL.fullmatch(_normal(value))
    return f"{found[1]}{STAR * 3}@{found[2]}" if found else STAR * 3


def mask_wechat(value: str) -> str:
    """First character: w****."""
    text = _normal(value)
    return f"{text[0]}{STAR * 4}" if len(text) > 3 else STAR * 3


def mask_account_ids(value: str) -> str:
    """``wecom:wm-EXAMPLE-01; email:x`` → the channel stays, its account is masked as a WeChat id."""
    parts = [part.strip() for part in re.split(r"[;；]", value) if part.strip()]
    shown = []
    for part in parts:
        channel, sep, account = part.partition(":")
        shown.append(f"{channel.strip()}:{mask_wechat(account)}" if sep else mask_wechat(part))
    return "; ".join(shown) or STAR * 3


def mask_address(value: str) -> str:
    """Province and city: 上海市***."""
    found = _PLACE.match(_normal(value))
    kept = found[0] if found else ""
    return f"{kept}{STAR * 3}"


def mask_licence(value: str) -> str:
    """The last four places: ***********0123."""
    text = _normal(value).replace(" ", "")
    return STAR * (len(text) - 4) + text[-4:] if len(text) > 7 else STAR * max(3, len(text))


def mask_birth_year(value: str) -> str:
    """The year only (finance); anything else is not shown."""
    found = re.match(r"((?:19|20)\d{2})(?:\D|\d{4}$|$)", _normal(value))
    return found[1] if found else STAR * 3


def mask_hidden(value: str) -> str:
    """All stars, whatever the value."""
    del value
    return STAR * 3


def mask_by_length(value: str) -> str:
    """For values without a type: three characters or fewer all stars, else first and last character."""
    text = _normal(value)
    if len(text) <= 3:
        return STAR * 3
    return text[0] + STAR * (len(text) - 2) + text[-1]


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


def _first_then_stars(part: str) -> str:
    return part[0] + STAR * max(1, len(part) - 1)


def _normal(value: str) -> str:
    """Composed, full-width folded, stripped; rare plane-2 characters count as one."""
    return unicodedata.normalize("NFKC", value).strip()


def _digits(value: str) -> str:
    return "".join(c for c in _normal(value) if c.isdecimal())
