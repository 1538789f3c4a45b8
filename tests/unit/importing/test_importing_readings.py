"""Pinyin of names."""

import pytest
from cpu import cpu_seconds

from compliance.importing import readings as module
from compliance.importing.readings import character_readings, readings


@pytest.mark.parametrize(
    ("name", "spellings", "initials"),
    [
        ("单雪", {"shanxue", "danxue"}, {"sx", "dx"}),
        ("曾明", {"zengming", "cengming"}, {"zm", "cm"}),
        ("仇英杰", {"qiuyingjie", "chouyingjie"}, {"qyj", "cyj"}),
        ("解华", {"xiehua", "jiehua"}, {"xh", "jh"}),
        ("朴信", {"piaoxin", "puxin"}, {"px"}),
        ("盖叫天", {"gejiaotian", "gaijiaotian"}, {"gjt"}),
        ("缪岩", {"miaoyan", "mouyan"}, {"my"}),
        ("翟鹏", {"zhaipeng", "dipeng"}, {"zp", "dp"}),
        ("区大相", {"oudaxiang", "qudaxiang"}, {"odx", "qdx"}),
        ("吕平", {"lvping", "luping", "lyuping"}, {"lp"}),
        ("尉迟恭让", {"yuchigongrang"}, {"ycgr"}),
        ("单于丹", {"chanyudan"}, {"cyd"}),
        ("长孙无忌", {"zhangsunwuji", "changsunwuji"}, {"zswj", "cswj"}),
        ("万俟洛", {"moqiluo", "wansiluo"}, {"mql", "wsl"}),
        ("欧阳明月", {"ouyangmingyue"}, {"oymy"}),
        ("𬭊志远", {"duzhiyuan"}, {"dzy"}),
        ("龚䶮", {"gongyan"}, {"gy"}),
        ("林𫖯", {"linfu"}, {"lf"}),
        ("王㛃", {"wangjie"}, {"wj"}),
        ("單雪", {"shanxue", "danxue"}, {"sx"}),
        ("阿依古丽·买买提", {"ayigulimaimaiti"}, {"ayglmmt"}),
        ("John Smith", {"johnsmith"}, {"js"}),
    ],
)
def test_readings(name, spellings, initials):
    found = readings(name)
    assert spellings <= set(found.full) and initials <= set(found.initials)
    assert name not in repr(found)


def test_the_surname_reading_comes_first():
    assert readings("曾国").full[0] == "zengguo" and readings("仇明").full[0].startswith("qiu")


def test_alternates_are_capped_and_nothing_is_no_reading():
    assert len(readings("重阳重阳重阳重阳重").full) <= module.MOST_SPELLINGS
    assert readings("").full == () and readings("???").initials == ()


def test_most_characters_are_known():
    common = [chr(code) for code in range(0x4E00, 0x9FA6)]
    assert sum(bool(character_readings(character)) for character in common) > 20_800


def test_loading_is_quick():
    def load() -> None:
        module._table.cache_clear()
        module._table()

    assert cpu_seconds(load) < 0.08  # 0.02 on a usual machine
