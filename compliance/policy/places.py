"""The provinces of China, and how much of an address is no more than province and city.

Rules: (1) nothing is a place that does not begin with a province known by name: 超市 in a sentence is no city; (2) of a
municipality 直辖市 there is no further city; (3) a city is one known by name (``cities.py``), never what merely ends
like one: between province and 市 a person's name may stand.
"""

import re

from compliance.policy.cities import CITIES, PREFECTURES

_MUNICIPAL = "北京|天津|上海|重庆"
_REGIONS = "内蒙古自治区|广西壮族自治区|西藏自治区|宁夏回族自治区|新疆维吾尔自治区|香港特别行政区|澳门特别行政区"
_SHORT = "内蒙古|广西|西藏|宁夏|新疆|香港|澳门"
_PROVINCES = (
    "河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南"
    "|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|台湾"
)
_NAMED, _WHOLE = ("|".join(sorted(names, key=len, reverse=True)) for names in (CITIES, PREFECTURES))
_CITY = rf"(?:{_WHOLE}|(?:{_NAMED})市?)"
_PLACE = re.compile(
    rf"(?P<whole>(?:{_MUNICIPAL})市?|香港特别行政区|澳门特别行政区|香港|澳门)"
    rf"|(?:{_REGIONS}|{_SHORT}|(?:{_PROVINCES})省?){_CITY}?"
)
_ALONE = re.compile(_CITY)


def province_and_city(text: str) -> str:
    """浙江省杭州市西湖区某路1号 → 浙江省杭州市; "" when it does not begin with a province."""
    found = _PLACE.match("".join(text.split()))
    return found[0] if found else ""


def city_alone(text: str) -> str:
    """杭州市 → 杭州市; "" for whatever is no city by name, or more than one."""
    return text if _ALONE.fullmatch(text) else ""
