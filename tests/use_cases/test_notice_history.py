"""Old notices as found, and exceptions from notice (issue 3 point 1; REQ-009)."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from support import STAFF, Desk, Doctor, done, no, shown

from compliance.errors import InputErrors
from compliance.model.access import Purpose
from compliance.model.consent import NoticeState
from compliance.use_cases.consent import recording
from compliance.use_cases.notices import notice_history, presenting
from compliance.use_cases.notices.presenting import Presentation
from compliance.use_cases.people import amendments
from compliance.use_cases.seeing import cases, profiles

OLD = """
notice = "OLD-2024"
version = "A"
title = { zh = "关于收集医生信息的说明", en = "" }

[[block]]
slot = "purpose"
heading = { zh = "目的", en = "" }
zh = "学术拜访"

[[line]]
item = "visit"
purpose = "visit"
separate = false
kinds = ["full_name", "institution_name"]
heading = { zh = "拜访", en = "" }
text = { zh = "本人同意贵公司拜访。", en = "" }
"""


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    staff = {k: STAFF[k] for k in ("zhao", "chen", "wu")}
    made = Desk.create(tmp_path_factory.mktemp("d"), staff=staff)
    made.bring([Doctor(number="H1", name="端木守拙", phone="13912345670")])
    yield made
    made.rise()


def test_an_old_notice_is_kept_as_found_and_covers_only_what_it_said(desk: Desk, tmp_path: Path) -> None:
    path, scan = tmp_path / "old.toml", desk.paper("old form")
    path.write_text(OLD, encoding="utf-8")
    assert no(notice_history.add_historical(desk.sit("wu"), path=path)).reason == "role_not_allowed"
    made = done(notice_history.add_historical(desk.sit("chen"), path=path, scan=scan))
    assert (made.notice.state, made.notice.retired_from) == (NoticeState.HISTORICAL, desk.at)
    lacking = {g.where.partition("@")[0] for g in made.gaps}
    assert {"retention", "rights", "contact", "handler", "method", "term", "benefit", "if_refused"} <= lacking
    saved = done(notice_history.save_scan(desk.sit("chen"), ref="OLD-2024@A", path=tmp_path / "back.pdf"))
    assert saved.path.read_bytes() == scan.read_bytes() and saved.sha256 == made.scan
    with pytest.raises(InputErrors) as twice:
        notice_history.add_historical(desk.sit("chen"), path=path)
    assert twice.value.code == "notice_exists"
    hcp = desk.id_of("端木守拙")
    # nothing is presented under it any more, and no act from after its registration may name it
    ask = Presentation(hcp_id=hcp, notice="OLD-2024@A", channel="paper", items=("visit",))
    assert no(presenting.present_notice(desk.sit("wu"), request=ask)).reason == "notice_not_in_force"
    desk.wait(days=1)
    late = desk.act(hcp, notice="OLD-2024@A", presented_at=desk.at.isoformat(), acted_at=desk.at.isoformat())
    assert no(recording.record_consent(desk.sit("wu"), request=late)).reason == "notice_not_in_force"
    # an act of its time opens what it said and no more
    desk.consent(hcp, notice="OLD-2024@A", presented_at="2025-03-01", acted_at="2025-03-01")
    view = done(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.VISIT))
    assert {"full_name", "institution_name"} <= set(shown(view))
    assert not {"department", "mobile_phone"} & set(shown(view))
    why = done(profiles.why_field(desk.sit("chen"), hcp_id=hcp, key="department", purpose=Purpose.VISIT))
    assert (why.reason, "OLD-2024@A" in why.detail) == ("outside_consented_scope", True)


@pytest.mark.req("REQ-009")
def test_an_exception_needs_code_citation_approver_and_end(desk: Desk) -> None:
    zhao, hcp = desk.sit("zhao"), desk.id_of("端木守拙")
    good = {
        "code": "emergency", "purpose": Purpose.MEDICAL, "citation": "PIPL 18(2)", "approver": "zhao",
        "until": "2026-12-01", "hcp_id": hcp,
    }  # fmt: skip
    for change, code in (
        ({"until": ""}, "end_missing"),
        ({"until": "2026-11-01"}, "ends_before_now"),
        ({"citation": ""}, "unknown_citation"),
        ({"citation": "GDPR 14"}, "unknown_citation"),
        ({"approver": "nobody"}, "unknown_approver"),
        ({"code": "because"}, "unknown_exception"),
    ):
        with pytest.raises(InputErrors) as fault:
            notice_history.except_notice(zhao, **{**good, **change})  # type: ignore[arg-type]
        assert fault.value.code == code
    assert no(notice_history.except_notice(desk.sit("chen"), **good)).reason == "role_not_allowed"  # type: ignore[arg-type]

    def save():  # type: ignore[no-untyped-def]
        return amendments.amend_person(
            desk.sit("wu"), hcp_id=hcp, key="department", value="儿科", source="CRM", purpose=Purpose.MEDICAL
        )

    no(save())
    made = done(notice_history.except_notice(zhao, **good))  # type: ignore[arg-type]
    waiting = [t for t in done(cases.list_tasks(zhao)) if t.kind == notice_history.NOTIFY]
    assert [(t.subject, t.hcp_id) for t in waiting] == [(made.exception_id, hcp)]
    assert waiting[0].due is not None and waiting[0].due.date() == date(2026, 12, 1)
    done(save())
    before = desk.at
    try:
        desk.at = before.replace(month=12, day=1, hour=16)
        no(save())
    finally:
        desk.at = before
    assert [x.code for x in done(notice_history.list_exceptions(zhao))] == ["emergency"]
