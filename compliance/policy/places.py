"""The provinces of China, and how much of an address is no more than province and city.

Rules: (1) nothing is a place that does not begin with a province known by name: 超市 in a sentence is no city; (2) of a
municipality 直辖市 there is no further city; (3) a city's name holds no word of what lies inside a city.
"""

import re

_MUNICIPAL = "北京|天津|上海|重庆"
_REGIONS = "内蒙古自治区|广西壮族自治区|西藏自治区|宁夏回族自治区|新疆维吾尔自治区|香港特别行政区|澳门特别行政区"
_SHORT = "内蒙古|广西|西藏|宁夏|新疆|香港|澳门"
_PROVINCES = (
    "河北|山西|辽宁|吉林|黑龙江|江苏|浙江|安徽|福建|江西|山东|河南"
    "|湖北|湖南|广东|海南|四川|贵州|云南|陕西|甘肃|青海|台湾"
)
_PLACE = re.compile(
    rf"(?P<whole>(?:{_MUNICIPAL})市?|香港特别行政区|澳门特别行政区|香港|澳门)"
    rf"|(?P<province>{_REGIONS}|{_SHORT}|(?:{_PROVINCES})省?)"
    r"(?P<city>[\u4e00-\u9fff]{2,10}?(?:自治州|地区|盟|市))?"
)
_INSIDE = re.compile(r"[区县镇乡路街道号楼村弄巷院店厦场]")


def province_and_city(text: str) -> str:
    """浙江省杭州市西湖区某路1号 → 浙江省杭州市; "" when it does not begin with a province."""
    found = _PLACE.match(text)
    if found is None:
        return ""
    city = found["city"] or ""
    if _INSIDE.search(city.removesuffix("地区").replace("自治州", "")):
        city = ""
    return found["whole"] or found["province"] + city
