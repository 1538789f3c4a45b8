"""Every word of the area exists in both languages, and items have names people know."""

from functools import partial

import pytest

from compliance.consent.codes import ExplanationCode
from compliance.consent.gaps import slot_rules
from compliance.consent.labels import item_label
from compliance.i18n import catalogue, t
from compliance.model.consent import ConsentStatus, EventKind, Grade, Method, NoticeState
from compliance.resources import read_text

KEYS = [
    *(f"status.{s}" for s in ConsentStatus),
    *(f"code.{c}" for c in ExplanationCode),
    *(f"event.{k}" for k in EventKind),
    *(f"method.{m}" for m in Method),
    *(f"grade.{g}" for g in Grade),
    *(f"answer.{a}" for a in ("given", "refused", "deferred", "no_answer")),
    *(f"notice.state.{s}" for s in NoticeState),
    *(f"notice.slot.{s}" for s in slot_rules(read_text("consent", "slots.toml")).references),
    *(
        f"{kind}.{code}"
        for kind in ("reason", "lift")
        for code in (
            *("act_before_notice", "item_not_in_notice", "notice_not_in_force"),
            *("ask_locked", "same_person", "no_evidence", "already_checked"),
        )
    ),
]


@pytest.mark.parametrize("key", KEYS)
def test_word_in_both_languages(key: str) -> None:
    entry = catalogue()[key]
    assert entry["zh"] and entry["en"] and entry["zh"] != entry["en"]


def test_items_have_names() -> None:
    zh, en = partial(t, lang="zh"), partial(t, lang="en")
    assert item_label("visit", zh) == "学术拜访"
    assert item_label("digital/wecom", zh) == "数字沟通·企业微信"
    assert item_label("digital/wecom", en) == "Digital contact·WeCom"
    assert item_label("speaker/sensitive:payment", zh) == "讲者与顾问合作·收款与身份证件信息（单独同意）"
    assert item_label("visit/overseas:EXAMPLE-AG", zh, recipient="Example Group AG") == (
        "学术拜访·向境外Example Group AG提供（单独同意）"
    )
    assert "EXAMPLE-AG" in item_label("visit/overseas:EXAMPLE-AG", en)
