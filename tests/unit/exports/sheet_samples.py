"""Invented people for the tests of paper."""

from datetime import UTC, date, datetime

from compliance.exports.sheet import BlockKind, ChannelLine, SheetBlock, SheetData, SheetField, Talk
from compliance.model.access import FieldState
from compliance.model.profile import ShownField

AT = datetime(2026, 11, 24, 2, 30, tzinfo=UTC)
ROOT = "9f3ac21b7d5e4f60a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718"


def shown(key, label, value, state=FieldState.DISCLOSED, *, words=(), freshness="fresh", day=date(2026, 3, 1)):
    return SheetField(
        label, ShownField(key=key, state=state, value=value, freshness=freshness, source_date=day), tuple(words)
    )


def sheet(**changes):
    blocks = (
        SheetBlock(
            BlockKind.WHO,
            (
                shown("full_name", "姓名", "王𬭊"),
                shown("salutation", "称谓", "主任"),
                shown("professional_title", "职称", "主任医师"),
                shown("department", "科室", "心血管内科"),
                shown("institution_name", "医院", "北京大学第一医院", freshness="stale", day=date(2023, 5, 1)),
            ),
        ),
        SheetBlock(
            BlockKind.CONTACT,
            (
                shown("frequency_cap", "本月剩余次数", "2", words=("剩余 2 次（每月上限 4 次）",)),
                shown("visit_acceptance", "拜访意愿", "by_appointment", words=("需提前预约",)),
                shown("mobile_phone", "手机", "138****5678", FieldState.MASKED),
                shown("work_email", "邮箱", None, FieldState.WITHHELD),
            ),
        ),
        SheetBlock(
            BlockKind.WHEN,
            (
                shown("institution_reception_rule", "医院接待规定", "r", words=("每周三下午集中接待，须在医务处登记",)),
                shown("preferred_slots", "本人偏好时段", "noon|late", words=("周三 12:00–13:00", "周五 16:30 以后")),
            ),
        ),
        SheetBlock(
            BlockKind.ABOUT,
            (
                shown("content_topics", "关注主题", "a", words=("心力衰竭长期管理", "保留型心衰", "真实世界研究")),
                shown("content_formats", "内容形式", "b", words=("指南解读", "病例讨论")),
                shown("info_needs", "信息需求", "c", words=("老年患者用药安全性数据",)),
                shown("research_interests", "研究方向", "心血管", FieldState.GENERALISED),
            ),
        ),
        SheetBlock(
            BlockKind.OPEN,
            (
                shown("open_enquiry", "未答复的咨询", "1", words=("1 件，已转医学信息部，预计 2026-11-28 前答复",)),
                shown("last_visit_note", "上次跟进", "x", words=("带去最新指南摘要（2026-11-03）",)),
            ),
        ),
        SheetBlock(
            BlockKind.SUGGESTION,
            (
                shown(
                    "next_best_content",
                    "标准方案",
                    "std",
                    words=("心衰指南 2026 更新要点，面对面，周三中午。依据：本人声明的偏好（规则 SUG-04）",),
                ),
            ),
        ),
    )
    data = {
        "serial": "S-7QK4M2XA",
        "hcp_id": "HCP-7QK4M2XA",
        "purpose": "拜访",
        "handler": "华辰示例医药（上海）有限公司",
        "issued_to": "张伟",
        "employee_no": "E10023",
        "issued_at": AT,
        "expires_at": datetime(2026, 12, 1, 10, 0, tzinfo=UTC),
        "watermark": "张伟 E10023 · S-7QK4M2XA",
        "root": ROOT,
        "audit_index": 1234,
        "blocks": blocks,
        "channels": (
            ChannelLine("面对面拜访", "同意至 2028-03-01"),
            ChannelLine("科室会", "同意至 2028-03-01"),
            ChannelLine("企业微信", "同意至 2027-09-30"),
            ChannelLine("电子邮件", "同意至 2027-09-30"),
        ),
        "do_not_contact": ("短信（本人拒绝）", "电话（已撤回）"),
        "guidance": (
            Talk("您最近几篇文章都没打开", "您更方便用哪种方式了解新资料？"),
            Talk("我看到您转发了那篇文章", "这个方向最近有更新，您有兴趣了解吗？"),
            Talk("", "您之前说午间方便，现在还合适吗？"),
        ),
        "rights_channel": "privacy@huachen.example，400-000-0000",
        "sandbox": True,
    }
    return SheetData(**(data | changes))
