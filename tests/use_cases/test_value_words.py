"""Values read in words in both front ends; what has none stands as it is."""

import re
from pathlib import Path

import pytest

from compliance.i18n import Lang, t
from compliance.use_cases.evidence.log_codes import code_words
from compliance.use_cases.field.sheet_content import _words as sheet_words
from compliance.use_cases.seeing.value_words import value_words

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("lang", [Lang.ZH, Lang.EN])
def test_lists_of_codes_are_words(lang: Lang) -> None:
    said = value_words("channel_consents", "email:granted; phone:refused", lang)
    assert not {"granted", "refused:", "phone:refused", "email:granted"} & set(said.replace(",", " ").split()), said
    ends = value_words("retention_until", "contact:2029-01-31; held:2031-11-02", lang)
    assert "2029-01-31" in ends and t("retention.rule.held", lang) in ends and "contact:" not in ends
    assert "_" not in value_words("permitted_channels", "f2f_visit; dept_meeting", lang)


def test_channels_kept_by_their_chinese_names_are_read_in_the_readers_language() -> None:
    assert value_words("channel_optout", "短信; 电话", Lang.EN) == "Text message, Telephone"
    assert value_words("channel_pref_ranked", "1 企业微信; 2 线上会议", Lang.EN) == "1 WeCom, 2 Online meeting"
    assert value_words("channel_optout", "短信; 飞鸽", Lang.ZH) == "短信、飞鸽"
    for lang, words in ((Lang.ZH, ("短信", "飞鸽")), (Lang.EN, ("Text message", "飞鸽"))):  # on a sheet
        assert sheet_words(lang, "channel_optout", "短信; 飞鸽") == words
    assert sheet_words(Lang.EN, "full_name", "短信") == ()


def test_whatever_the_log_speaks_of_has_words() -> None:
    """Every code that the program writes under "what" in an entry, found in its sources."""
    said = re.compile(r'"what": "([a-z_]+)"|\bkind="([a-z_]+)", at=at\)|_WHAT = "([a-z_]+)"')
    files = (*(ROOT / "compliance/use_cases").rglob("*.py"), *(ROOT / "compliance/vault").rglob("*.py"))
    codes = {next(filter(None, found)) for file in files for found in said.findall(file.read_text(encoding="utf-8"))}
    assert {"key_card", "recovery_sheet", "receipt", "import_errors"} <= codes
    for lang in Lang:
        assert [code for code in sorted(codes) if not code_words("what", code, lang)] == []
    assert code_words("what", "nothing_of_ours", Lang.ZH) is None


def test_free_values_stand() -> None:
    assert value_words("full_name", "digital; visit", Lang.ZH) == "digital; visit"
    assert value_words("permitted_channels", "pigeon", Lang.ZH) == "pigeon"
