"""Generalisations of the dictionary's sheet rules: less exact, still useful, never a trace of the hidden part.

Each takes the stored text and gives the text for a sheet, or None when there is nothing to say or nothing it can read
(the field is then withheld). What is said never holds a long number, whatever was typed. Lists are stored joined by
``;``. Words that depend on the language are codes (``contact_compliance``) whose words stand in
``resources/locale/policy.toml`` under ``value.FIELD.CODE``.
"""

import re
from collections.abc import Callable, Mapping

from compliance.policy.places import city_alone, province_and_city


def generalise(kind: str, value: str) -> str | None:
    """The generalised value; None when ``kind`` is unknown or nothing may be said."""
    function = GENERALISATIONS.get(kind)
    said = function(value) if function else None
    return None if said is None or _LONG_NUMBER.search(said) else said


def up_to(count: int) -> Callable[[str], str | None]:
    """The first ``count`` entries of a list."""
    return lambda value: "; ".join(_entries(value)[:count]) or None


def month(value: str) -> str | None:
    """2026-10-22 → 2026-10."""
    found = re.match(r"\s*((?:19|20)\d{2})(?:[-/.年]\s*(\d{1,2})(?!\d)|(\d{2})\d{2}(?!\d))", value)
    number = int(found[2] or found[3]) if found else 0
    return f"{found[1]}-{number:02d}" if found and 1 <= number <= 12 else None


def city(value: str) -> str | None:
    """330100 杭州市 → 杭州市; 浙江省杭州市西湖区 → 浙江省杭州市; what is no place by name is not said."""
    text = re.sub(r"^\d{6}(?!\d)", "", "".join(value.split()))
    return province_and_city(text) or city_alone(text) or None


def main_site_count(value: str) -> str | None:
    """The main site and how many more: 示例市第一人民医院 +1."""
    sites = _entries(value)
    if not sites:
        return None
    return sites[0] if len(sites) == 1 else f"{sites[0]} +{len(sites) - 1}"


def one_line(value: str) -> str | None:
    """The first statement, at most 40 characters."""
    first = re.split(r"[;；。\n]", value.strip(), maxsplit=1)[0].strip()
    return (first if len(first) <= 40 else first[:39] + "…") or None


def open_channels(value: str) -> str | None:
    """email:granted; phone:refused → email:open. What is not named is closed: whether somebody said no, took back or
    was never asked is told to nobody in the field."""
    said = (entry.partition(":") for entry in _entries(value))
    return "; ".join(f"{channel.strip()}:open" for channel, _, word in said if word.strip() == "granted") or None


def publication_band(value: str) -> str | None:
    """0, 1-5, 6-20 or over 20."""
    found = re.fullmatch(r"\s*(\d+)\s*", value)
    if found is None:
        return None
    count = int(found[1])
    return "0" if count == 0 else "1-5" if count <= 5 else "6-20" if count <= 20 else "20+"


def building_department(value: str) -> str | None:
    """What stands after the institution: 示例市第一人民医院 内科楼 3层 心内科 → 内科楼 心内科."""
    words = re.findall(r"[^\s,，;；]*?(?:号楼|楼|栋|座|大厦|中心|科室|科|病区|门诊部?)(?=\s|,|，|;|；|$)", value)
    kept = [word for word in words if word and not word.endswith("医院")]
    return " ".join(kept[:2]) or None


def verified_badge(value: str) -> str | None:
    """A badge when the person is matched; nothing otherwise."""
    return "verified" if value in ("matched", "merged") else None


def active_badge(value: str) -> str | None:
    """A badge when the record is active; nothing otherwise."""
    return "active" if value == "active" else None


def marked_inferred(value: str) -> str | None:
    """The first entry without its weight, marked as inferred."""
    names = [_unweighed(entry) for entry in _entries(value)]
    return f"{names[0]} (推断)" if names and names[0] else None


def topics_2(value: str) -> str | None:
    """Up to two topics, no weights, counts or times."""
    names = [_unweighed(entry) for entry in _entries(value)]
    return "; ".join(name for name in names[:2] if name) or None


def interaction_band(value: str) -> str | None:
    """none, some (up to 5) or frequent, from ``channel: count`` pairs."""
    counts = re.findall(r"[:：]\s*(\d+)", value)
    if not counts and value.strip().lower() not in ("", "none", "无"):
        return None  # words that hold no count must not be told as "none"
    total = sum(int(n) for n in counts)
    return "none" if total == 0 else "some" if total <= 5 else "frequent"


def event_count(value: str) -> str | None:
    """How many events, never which."""
    return str(len(_entries(value)))


def prepare_material(value: str) -> str | None:
    """``safety`` → prepare approved material on safety; nothing for none."""
    return f"prepare:{value}" if re.fullmatch(r"[a-z_]+", value) and value != "none" else None


def survey_topics(value: str) -> str | None:
    """Question ids without answers; an entry without an id is an answer, and is not said."""
    found = [_QUESTION.match(entry) for entry in _entries(value)]
    return "; ".join(dict.fromkeys(one[1] for one in found if one)) or None


def ask_feedback(value: str) -> str | None:
    """ "Ask for feedback" at 3 or less, nothing above."""
    return "ask_feedback" if re.fullmatch(r"[1-3]", value.strip()) else None


def contact_compliance(value: str) -> str | None:
    """ "Contact compliance first" when something is open, nothing when not."""
    return None if value.strip().lower() in ("", "none", "false", "0", "否", "无") else "contact_compliance"


def half_days(value: str) -> str | None:
    """Weekday and half-day; a clock time is turned into its half-day, and nothing else is taken over."""
    halves = _TIME.sub(lambda m: "上午" if int(m[1]) < 12 else "下午", value)
    said = [" ".join(_DAY.findall(entry)) for entry in re.split(r"[;；,，、\n]", halves)]
    return "; ".join(entry for entry in said if entry) or None


def earliest_date(value: str) -> str | None:
    """The earliest date of a map."""
    return min(re.findall(r"\d{4}-\d{2}-\d{2}", value), default=None)


def follow_up_line(value: str) -> str | None:
    """The follow-up of a note: 主题:安全性; 待办:发送说明书 → 发送说明书."""
    found = re.search(r"(?:待办|跟进|follow[- ]?up|to ?do)\s*[:：]\s*([^;；\n]+)", value, re.IGNORECASE)
    return found[1].strip()[:60] if found else None


def hidden_theme(value: str) -> str | None:
    """Never printed itself: it speaks only through ``next_content_theme``."""
    del value
    return None


_QUESTION = re.compile(r"([A-Za-z]{1,8}[-_.]?\d{1,4}(?:[-_.]\d{1,3})?)(?=\s*(?:[:：=＝]|$))")
#: What follows a topic: a weight or a count, with or without brackets and a counting word; SGLT2 keeps its 2.
_WEIGHT = re.compile(
    r"[\s:：=*(（\[]*(?:(?<![A-Za-z])[xX×]\s*|(?<![A-Za-z\d.-]))\d+(?:\.\d+)?"
    r"\s*[%％]?\s*(?:次|篇|场|个|回|遍|分|times?)?\s*[)）\]]?$"
)
_LONG_NUMBER = re.compile(r"\d{7,}|(?<!\d)1[3-9]\d(?:[ -]?\d){8}")
_DAY = re.compile(
    r"(?:(?:每|单|双)?(?:周|星期)[一二三四五六日天末](?:[至到-](?:周|星期)?[一二三四五六日天])?|工作日|每天)?"
    r"(?:全天|上午|下午|午间|中午|晚间|晚上|早上|傍晚|午休)|(?:每|单|双)?(?:周|星期)[一二三四五六日天末]|工作日|每天"
    r"|\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*\b|\b(?:am|pm|morning|afternoon|noon|evening)\b",
    re.IGNORECASE,
)
_TIME = re.compile(r"(\d{1,2})[:：]\d{2}(?:\s*[-–~至]\s*\d{1,2}[:：]\d{2})?")

GENERALISATIONS: Mapping[str, Callable[[str], str | None]] = {
    "up_to_2": up_to(2),
    "up_to_3": up_to(3),
    "month": month,
    "city": city,
    "main_site_count": main_site_count,
    "one_line": one_line,
    "open_channels": open_channels,
    "publication_band": publication_band,
    "building_department": building_department,
    "verified_badge": verified_badge,
    "active_badge": active_badge,
    "marked_inferred": marked_inferred,
    "topics_2": topics_2,
    "interaction_band": interaction_band,
    "event_count": event_count,
    "prepare_material": prepare_material,
    "survey_topics": survey_topics,
    "ask_feedback": ask_feedback,
    "contact_compliance": contact_compliance,
    "half_days": half_days,
    "earliest_date": earliest_date,
    "follow_up_line": follow_up_line,
    "hidden_theme": hidden_theme,
}


def _entries(value: str) -> list[str]:
    return [entry.strip() for entry in re.split(r"[;；|\n]", value) if entry.strip()]


def _unweighed(entry: str) -> str:
    return _WEIGHT.sub("", entry).strip()
