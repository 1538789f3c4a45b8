"""Freshness, sources, channels and sheets."""

from datetime import UTC, date, datetime, timedelta

import pytest

from compliance.model.access import FieldState, Purpose
from compliance.model.consent import ConsentStatus, LineStatus
from compliance.model.profile import (
    ChannelRule,
    FieldValue,
    Provenance,
    SheetBlock,
    SheetTemplate,
    ShownField,
    SourceClass,
)
from compliance.profile.channels import permitted_channels
from compliance.profile.freshness import default_grade, freshness, lowest_grade, needs_mark, oldest
from compliance.profile.sheet import counted, sheet_fields

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("age", "cadence", "expected"),
    [
        (0, 180, "fresh"),
        (180, 180, "fresh"),
        (181, 180, "due"),
        (200, 180, "due"),
        (225, 180, "due"),
        (226, 180, "stale"),
        (8, 7, "due"),
        (9, 7, "stale"),
        (-1, 180, "unknown"),
        (4_000, 0, "fresh"),
        (4_000, None, "fresh"),
    ],
)
def test_freshness_at_its_borders(age, cadence, expected):
    assert freshness(TODAY - timedelta(days=age), cadence, AT) == expected


def test_no_source_date_is_unknown_and_days_are_shanghais():
    assert freshness(None, 180, AT) == "unknown"
    late = datetime(2026, 11, 23, 16, 0, tzinfo=UTC)  # the 24th in Shanghai
    assert freshness(date(2026, 5, 28), 180, late) == "fresh"
    assert freshness(date(2026, 5, 27), 180, late) == "due"


def test_grades():
    assert default_grade(SourceClass.ZERO) == "A"
    assert default_grade(SourceClass.FIRST) == "B"
    assert default_grade(SourceClass.FIRST, rep_observed=True) == "C"
    assert default_grade(SourceClass.PUBLIC, register=True) == "A"
    assert default_grade(SourceClass.DERIVED) is None
    assert (lowest_grade(["A", "C", "B"]), lowest_grade([])) == ("C", "D")


def value(age, grade="A", source=SourceClass.ZERO):
    day = TODAY - timedelta(days=age) if age is not None else None
    provenance = Provenance(source="S", source_class=source, source_date=day, collector="u", grade=grade, basis="visit")
    return FieldValue("x", provenance)


def test_the_worst_value_speaks_for_all_and_weak_ones_are_marked():
    values = {"a": value(1), "b": value(200), "c": value(None)}
    assert oldest(values, {"a": 180, "b": 180, "c": 180}, AT) == "unknown"
    assert oldest({}, {}, AT) == "fresh"
    assert needs_mark(value(1, "C").provenance) and not needs_mark(value(1).provenance)


CHANNELS = (
    ChannelRule(
        code="f2f_visit",
        label_zh="面对面拜访",
        label_en="Face-to-face visit",
        domain="private",
        mode="offline",
        item="visit",
    ),
    ChannelRule(
        code="sms", label_zh="短信", label_en="Text message", domain="private", mode="online", item="digital/sms"
    ),
    ChannelRule(
        code="wecom", label_zh="企业微信", label_en="WeCom", domain="private", mode="online", item="digital/wecom"
    ),
)


def given(*items):
    return {
        i: LineStatus(item=i, purpose=i.split("/")[0], status=ConsentStatus.GIVEN, code="VALID_LATEST") for i in items
    }


def reasons(**more):
    lines = more.pop("lines", given("visit", "digital/sms", "digital/wecom"))
    return {c.code: c.reason for c in permitted_channels(CHANNELS, lines=lines, **more)}


def test_a_channel_is_open_by_its_consent_alone():
    assert reasons() == {"f2f_visit": "open", "sms": "open", "wecom": "open"}
    assert reasons(lines=given("visit")) == {"f2f_visit": "open", "sms": "no_consent", "wecom": "no_consent"}
    assert set(reasons(lines={}).values()) == {"no_consent"}


@pytest.mark.parametrize(
    ("more", "code", "reason"),
    [
        ({"blocked": True}, "wecom", "blocked"),
        ({"optout": "短信; 电话"}, "sms", "declined"),
        ({"optout": "SMS"}, "sms", "declined"),
        ({"reception": "not_allowed"}, "f2f_visit", "hospital_rule"),
        ({"reachability": "wecom:bounced; sms:reachable"}, "wecom", "unreachable"),
        ({"contacts_left": {"sms": 0}}, "sms", "cap_reached"),
        ({"confirmed_on": TODAY - timedelta(days=226), "confirm_days": 225, "at": AT}, "sms", "wishes_overdue"),
    ],
)
def test_each_test_closes_its_channel_and_is_named(more, code, reason):
    assert reasons(**more)[code] == reason


def test_the_tests_close_nothing_else():
    assert reasons(reception="not_allowed")["wecom"] == "open"
    assert reasons(optout="短信")["wecom"] == "open"
    late = reasons(confirmed_on=TODAY - timedelta(days=225), confirm_days=225, at=AT)
    assert (
        late["sms"] == "open" and reasons(confirmed_on=date(2020, 1, 1), confirm_days=225, at=AT)["f2f_visit"] == "open"
    )


def template(limit=3):
    def block(key, counted, *fields):
        return SheetBlock(key=key, label_zh=key, label_en=key, counted=counted, fields=fields)

    return SheetTemplate(
        purpose=Purpose.VISIT,
        blocks=(block("who", True, "a", "b"), block("about", True, "c", "d"), block("suggestion", False, "s")),
        first_compliance=("objection_open",),
        replaced=("about", "suggestion"),
        max_fields=limit,
    )


def shown(*keys, **more):
    fields = {k: ShownField(key=k, state=FieldState.DISCLOSED, value="x") for k in keys}
    return fields | {k: ShownField(key=k, state=FieldState.DISCLOSED, value=v) for k, v in more.items()}


def test_a_sheet_takes_template_fields_in_order_up_to_the_limit():
    blocks = sheet_fields(template(), shown("d", "c", "b", "a", "s", "z"))
    assert [(b.block.key, [f.key for f in b.fields]) for b in blocks] == [
        ("who", ["a", "b"]),
        ("about", ["c"]),
        ("suggestion", ["s"]),
    ]
    assert counted(blocks) == 3


def test_withheld_and_empty_fields_take_no_place():
    fields = shown("b", "c", "d") | {
        "a": ShownField(key="a", state=FieldState.WITHHELD, value=None, reason="not_for_role")
    }
    assert [f.key for b in sheet_fields(template(), fields) for f in b.fields] == ["b", "c", "d"]


def test_an_open_objection_puts_compliance_first():
    blocks = sheet_fields(template(), shown("a", "b", "c", "s", objection_open="contact_compliance"))
    assert [(b.block.key, len(b.fields), b.compliance_first) for b in blocks] == [("who", 2, False), ("about", 0, True)]
