"""Names of people as they are masked: surnames of two characters, parts of minority and foreign names, rare characters.

Rules: (1) a compound surname 复姓 stays whole when a given name follows; (2) a name whose parts are joined by a dot
shows the first character of each part; (3) a name in letters that know capitals (Latin, Cyrillic, Greek) shows
initials; (4) a character is what a reader sees: characters beyond U+FFFF count as one, selectors and invisible marks as
none; a compatibility form of a character is not exchanged for another; (5) stars stand for a Chinese given name one by
one, never more than three: longer names are rare, and their length would name the person.
"""

import re
import unicodedata

STAR = "*"
MOST_STARS = 3

_SURNAMES = (
    "欧阳太史端木上官司马东方独孤南宫万俟闻人夏侯诸葛尉迟公羊赫连澹台皇甫宗政濮阳公冶太叔申屠公孙慕容仲孙钟离长孙宇文司徒鲜于"
    "司空闾丘子车亓官司寇巫马公西颛孙壤驷公良漆雕乐正宰父谷梁拓跋夹谷轩辕令狐段干百里呼延东郭南门羊舌微生梁丘左丘东门西门第五"
    "淳于单于哥舒贺兰尔朱贺若叱干达奚毋丘即墨南荣东里西陵北宫屈突若干贺拔斛律宇桓王孙士孙叔孙季孙闾葛巫咸"
    "歐陽司馬東方獨孤南宮聞人諸葛尉遲赫連澹臺濮陽鍾離長孫鮮于閭丘納蘭纳兰叶赫完颜完顏耶律萬俟軒轅單于賀蘭爾朱樂正東郭東門穀梁"
)
#: Compound surnames in use, in both scripts.
COMPOUND_SURNAMES = frozenset(_SURNAMES[i : i + 2] for i in range(0, len(_SURNAMES), 2))
_DOTS = "·•・‧∙⋅．.᛫⸱"
_INVISIBLE = frozenset({"Cf", "Mn", "Me", "Cc"})
_HAN_NAMES = ("CJK", "KANGXI")


def mask_name(value: str) -> str:
    """张伟 → 张*, 欧阳明月 → 欧阳**, 阿依古丽·买买提 → 阿***·买**, John Doe → J. D."""
    text = visible(value)
    han = any(is_han(c) for c in text)
    if han and any(dot in text for dot in _DOTS):
        parts = [part.strip() for part in re.split(f"[{_DOTS}]", text) if part.strip()]
        return "·".join(_first(part) for part in parts) or STAR * 3
    if not han and any(c.isalpha() and c.lower() != c.upper() for c in text):
        words = re.split(rf"[\s{_DOTS}\-,，/]+", text)
        return " ".join(f"{word[0].upper()}." for word in words if word and word[0].isalpha()) or STAR * 3
    bare = "".join(text.split())
    if not bare:
        return STAR * 3
    if han and any(c.isascii() and c.isalpha() for c in bare):
        return bare[0] + STAR * MOST_STARS  # two scripts: where one name ends is not ours to guess
    return _first(bare)


def surname(value: str) -> str:
    """What a person is called by: 张伟 → 张, 欧阳明月 → 欧阳, 阿依古丽·买买提 → 阿依古丽, John Doe → Doe."""
    text = visible(value)
    if any(is_han(c) for c in text):
        if any(dot in text for dot in _DOTS):
            return re.split(f"[{_DOTS}]", text)[0].strip()
        bare = "".join(text.split())
        return bare[: 2 if bare[:2] in COMPOUND_SURNAMES and len(bare) > 2 else 1]
    return text.split()[-1] if text.split() else ""


def _first(part: str) -> str:
    keep = 2 if part[:2] in COMPOUND_SURNAMES and len(part) > 2 else 1
    return part[:keep] + STAR * min(MOST_STARS, max(1, len(part) - keep))


def visible(value: str) -> str:
    """What a reader sees, with full-width letters as plain ones."""
    composed = unicodedata.normalize("NFC", value) if not any(_compatible(c) for c in value) else value
    shown = (c for c in composed if unicodedata.category(c) not in _INVISIBLE)
    return "".join(c if is_han(c) else unicodedata.normalize("NFKC", c) for c in shown).strip()


def is_han(character: str) -> bool:
    """Whether it is a Chinese character, rare planes and compatibility forms included."""
    return character == "〇" or unicodedata.name(character, "").startswith(_HAN_NAMES)


def _compatible(character: str) -> bool:
    return unicodedata.name(character, "").startswith("CJK COMPATIBILITY IDEOGRAPH")
