"""Printed forms and handing over: empty boxes, one act per item, QR, locks, limits, the served event."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pypdfium2
import pytest
from notice_files import SPEAKER
from support import STAFF, Desk, Doctor, done, invent, no

from compliance.consent.notice import parse_notice
from compliance.errors import Cancelled, ComplianceError, InputErrors
from compliance.exports.consent_form import FormData, FormItem, forms_pdf, lay_out
from compliance.i18n import Lang
from compliance.model.access import Purpose
from compliance.model.consent import ConsentStatus
from compliance.model.form_code import decode
from compliance.model.form_layout import LAYOUT
from compliance.model.person_state import PersonState
from compliance.progress import NoProgress, ProgressSlot
from compliance.use_cases.consent import recording, standing, withdrawing
from compliance.use_cases.evidence import evidence
from compliance.use_cases.notices import consent_forms, presenting
from compliance.use_cases.notices.presenting import Presentation
from compliance.use_cases.people import amendments, objections, person_states
from compliance.use_cases.seeing import cases
from compliance.use_cases.signing import approvals
from compliance.use_cases.upkeep import settings

REF = "CK-VISIT@1.0"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    staff = {k: STAFF[k] for k in ("zhao", "chen", "sun", "wu", "qian")}
    made = Desk.create(tmp_path_factory.mktemp("d"), staff=staff)
    yield made
    made.rise()


_numbers = iter(range(1, 1000))


def someone(desk: Desk, name: str = "端木守拙") -> str:
    number = next(_numbers)
    desk.bring([Doctor(number=f"F{number}", name=name, hospital=f"寻常第{number}医院", department="心内科")])
    return desk.id_of(name, f"寻常第{number}医院")


def text_of(pdf: Path | bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def statuses(desk: Desk, hcp: str) -> dict[str, ConsentStatus]:
    return {x.item: x.status for x in done(standing.consent_status(desk.sit("chen"), hcp_id=hcp))}


def test_a_form_names_its_doctor_and_carries_its_code(desk: Desk, tmp_path: Path) -> None:
    hcp = someone(desk)
    made = done(
        consent_forms.print_forms(
            desk.sit("wu"), ref=REF, out=tmp_path / "one.pdf", progress=NoProgress(), hcp_ids=[hcp]
        )
    )
    assert (len(made.forms), made.refused) == (1, ())
    form = made.forms[0]
    assert form.pages == 1, "the shipped visit notice fits one page"
    text = text_of(made.file)
    assert "端木守拙" in text and "寻常" in text and form.serial in text and "同意" in text
    entry = done(evidence.list_entries(desk.sit("chen"), limit=1))[0]
    assert str(entry.kind) == "forms_printed"
    with desk.sit("chen").vault.snapshot() as snap:
        kept = snap.forms.get(form.serial)
    assert kept is not None and kept.items == form.items and kept.layout == LAYOUT.number
    assert sum(f.kind.is_box for f in kept.fields) == 2 * len(form.items)
    assert "端木" not in made.file.name and not re.search("端木", str(entry))
    with pytest.raises(InputErrors) as there:
        consent_forms.print_forms(
            desk.sit("wu"), ref=REF, out=tmp_path / "one.pdf", progress=NoProgress(), hcp_ids=[hcp]
        )
    assert there.value.code == "file_exists"


def test_a_batch_per_rep_leaves_out_whom_nobody_may_ask(desk: Desk, tmp_path: Path) -> None:
    people = [someone(desk, f"公孙{c}") for c in "甲乙丙"]
    for hcp in people:
        desk.assign(hcp, rep="hanmei")
    done(
        withdrawing.withdraw_consent(
            desk.sit("wu"), hcp_id=people[0], items=["visit"], received_at=desk.at.isoformat(), channel="phone"
        )
    )
    done(objections.object_public(desk.sit("wu"), hcp_id=people[1]))
    made = done(
        consent_forms.print_forms(desk.sit("chen"), ref=REF, out=tmp_path / "out", progress=NoProgress(), rep="hanmei")
    )
    assert {x.hcp_id for x in made.forms} == {people[0], people[2]}
    assert {x.hcp_id: x.reason for x in made.refused} == {people[1]: "blocked_objection"}
    by_id = {x.hcp_id: x for x in made.forms}
    assert "visit" not in by_id[people[0]].items and "visit" in by_id[people[2]].items
    names = sorted(p.name for p in (tmp_path / "out").iterdir())
    assert len(names) == 4 and not any("公孙" in name for name in names)
    assert made.notice_file is not None and "尊敬的医生" in text_of(made.notice_file)
    only = done(
        consent_forms.print_forms(
            desk.sit("chen"),
            ref=REF,
            out=tmp_path / "v.pdf",
            progress=NoProgress(),
            hcp_ids=[people[2]],
            items=["visit"],
        )
    )
    assert only.forms[0].items == ("visit",)


def test_a_cancelled_batch_prints_nothing(desk: Desk, tmp_path: Path) -> None:
    hcp, slot = someone(desk), ProgressSlot()
    slot.cancel()
    with pytest.raises(Cancelled):
        consent_forms.print_forms(desk.sit("wu"), ref=REF, out=tmp_path / "c.pdf", progress=slot, hcp_ids=[hcp])
    assert list(tmp_path.iterdir()) == []
    with desk.sit("wu").vault.snapshot() as snap:
        assert snap.forms.of(hcp) == []
    assert (
        no(
            consent_forms.print_forms(
                desk.sit("qian"), ref=REF, out=tmp_path / "c.pdf", progress=NoProgress(), hcp_ids=[hcp]
            )
        ).reason
        == "role_not_allowed"
    )


@pytest.mark.req("REQ-015", "REQ-016")
@pytest.mark.parametrize("lang", list(Lang))
def test_nothing_is_preset_and_each_separate_consent_signs_for_itself(lang: Lang) -> None:
    notice = parse_notice(SPEAKER, "speaker")
    zh = lang is Lang.ZH
    data = FormData(
        serial="FM-AAAAAAAA",
        hcp_id="HCP-AAAAAAAA",
        person=("端木守拙", "寻常医院"),
        handler="示例药业",
        title=notice.title_zh if zh else notice.title_en,
        notice=notice.ref,
        notice_hash=notice.sha256,
        contact="x",
        items=tuple(
            FormItem(
                item=line.item,
                heading=line.item,
                text=line.text_zh if zh else line.text_en,
                benefit=line.benefit_zh if zh else line.benefit_en,
                if_refused=line.if_refused_zh if zh else line.if_refused_en,
                separate=line.separate,
            )
            for line in notice.lines
        ),
    )
    made = lay_out(data, lang=lang)
    assert [(b.item, b.kind) for b in made.boxes] == [
        (line.item, answer)
        for line in sorted(notice.lines, key=lambda x: x.separate)
        for answer in ("given", "refused")
    ]
    assert len({(b.page, b.x, b.y) for b in made.boxes}) == len(made.boxes)  # no box stands for two items
    codes = [decode(code) for code in made.codes]
    assert [item for code in codes for item in code.items] == [b.item for b in made.boxes[::2]]
    assert all(code.of_notice(notice.sha256) and code.hcp_id == "HCP-AAAAAAAA" for code in codes)
    pdf = forms_pdf([made], lang=lang)
    assert pdf == forms_pdf([lay_out(data, lang=lang)], lang=lang)
    text = text_of(pdf)
    signed = "单独同意签名" if zh else "Signature for this item alone"
    assert text.count(signed) == sum(line.separate for line in notice.lines)
    assert not re.search(r"全部同意|一并同意|accept all|agree to all|[☑☒✓✔]", text, re.IGNORECASE)


def test_many_items_take_more_pages_and_each_files_itself() -> None:
    items = tuple(
        FormItem(
            item=f"visit/recipient:R{n}", heading=f"R{n}", text="同意。" * 60, benefit="", if_refused="", separate=True
        )
        for n in range(9)
    )
    data = FormData(
        serial="FM-B", hcp_id="HCP-B", person=("x",), handler="h", title="t", notice="N@1", notice_hash="0" * 64,
        contact="c", items=items,
    )  # fmt: skip
    made = lay_out(data, lang=Lang.ZH)
    codes = [decode(code) for code in made.codes]
    assert len(codes) > 1 and [c.page for c in codes] == list(range(1, len(codes) + 1))
    assert [item for code in codes for item in code.items] == [x.item for x in items]
    assert all(b.y < 800 for b in made.boxes)


@pytest.mark.req("REQ-006")
def test_a_value_is_saved_for_a_purpose_only_after_its_notice(desk: Desk) -> None:
    hcp, wu = someone(desk), desk.sit("wu")

    def save():  # type: ignore[no-untyped-def]
        return amendments.amend_person(
            wu, hcp_id=hcp, key="mobile_phone", value="13912345678", source="CRM", purpose=Purpose.DIGITAL
        )

    assert no(save()).reason == "notice_not_presented"
    served = done(
        presenting.present_notice(
            wu, request=Presentation(hcp_id=hcp, notice=REF, channel="wechat", items=("digital/phone",))
        )
    )
    assert len(served.events) == 1 and served.rendering
    with wu.vault.snapshot() as snap:
        event = snap.consents.event(served.events[0][1])
        shown = snap.renderings.shown(served.events[0][1])
    assert event is not None and event.presented_at == desk.at
    assert shown is not None and (shown.rendering, shown.channel) == (served.rendering, "wechat")
    assert statuses(desk, hcp)["digital/phone"] is ConsentStatus.PRESENTED
    done(save())
    # identity needs none
    done(amendments.amend_person(wu, hcp_id=hcp, key="department", value="儿科", source="CRM"))


@pytest.mark.req("REQ-006")
def test_a_new_value_without_a_purpose_waits_for_the_notice_of_a_use_it_serves(desk: Desk) -> None:
    hcp, wu = someone(desk), desk.sit("wu")

    def save(key: str = "work_email", value: str = "doctor@example.com", **more):  # type: ignore[no-untyped-def]
        return amendments.amend_person(wu, hcp_id=hcp, key=key, value=value, source="CRM", **more)

    refused = no(save())
    assert refused.reason == "notice_not_presented" and "digital" in refused.detail
    with pytest.raises(InputErrors):
        save(purpose=Purpose.DIGITAL, held=True)
    done(save(held=True))  # the time before consent: kept, and for no use
    done(save(value="other@example.com"))  # a correction of what is held (PIPL 46)
    done(save(value=""))
    assert no(save()).reason == "notice_not_presented"  # gone is gone: a new value is new
    served = Presentation(hcp_id=hcp, notice=REF, channel="paper", items=("visit",))
    done(presenting.present_notice(wu, request=served))
    done(save())
    new = {"full_name": "公羊新", "institution_name": "寻常第九医院", "mobile_phone": "13912345999"}
    assert no(amendments.add_person(wu, values=new, source="CRM")).reason == "notice_not_presented"
    done(amendments.add_person(wu, values=new, source="CRM", held=True))


def test_silence_becomes_no_reply_by_the_clock(desk: Desk) -> None:
    hcp, before = someone(desk), desk.at
    done(presenting.present_notice(desk.sit("wu"), request=Presentation(hcp_id=hcp, notice=REF, channel="paper")))
    try:
        desk.wait(days=30)  # handed over on 24 November: the thirtieth day is 24 December
        assert statuses(desk, hcp)["visit"] is ConsentStatus.PRESENTED
        desk.at = before.replace(month=12, day=24, hour=16, minute=0)  # midnight in Shanghai
        assert statuses(desk, hcp)["visit"] is ConsentStatus.NO_REPLY
    finally:
        desk.at = before


def test_a_wish_to_be_asked_later_is_kept(desk: Desk) -> None:
    hcp, before = someone(desk), desk.at
    later = desk.act(hcp, answer="deferred", ask_again_from=date(2027, 1, 10))
    done(recording.record_consent(desk.sit("wu"), request=later))
    ask = Presentation(hcp_id=hcp, notice=REF, channel="paper", items=("visit",))
    assert no(presenting.present_notice(desk.sit("wu"), request=ask)).lifted_by == "2027-01-10"
    try:
        desk.at = before.replace(year=2027, month=1, day=9, hour=16)
        done(presenting.present_notice(desk.sit("wu"), request=ask))
    finally:
        desk.at = before
    with pytest.raises(InputErrors):
        recording.record_consent(desk.sit("wu"), request=desk.act(hcp, ask_again_from=date(2027, 1, 10)))


def test_nobody_is_asked_too_often(desk: Desk) -> None:
    hcp, before = someone(desk), desk.at
    ask = Presentation(hcp_id=hcp, notice=REF, channel="paper", items=("event",))
    try:
        for _ in range(4):
            done(presenting.present_notice(desk.sit("wu"), request=ask))
            desk.wait(days=2)
        answer = no(presenting.present_notice(desk.sit("wu"), request=ask))
        assert (answer.reason, answer.lifted_by) == ("asked_often_enough", "2027-11-25")
        offered = Presentation(hcp_id=hcp, notice=REF, channel="paper", items=("event",), asked_by_hcp=True)
        done(presenting.present_notice(desk.sit("wu"), request=offered))
        desk.at = before.replace(year=2027, day=24, hour=16)  # the 25th in Shanghai
        done(presenting.present_notice(desk.sit("wu"), request=ask))
    finally:
        desk.at = before


def test_what_was_asked_during_a_block_is_refused_and_what_came_before_is_not(desk: Desk) -> None:
    """Frozen, not to be contacted, objecting, reported dead, a request open: nobody may ask, so nothing is recorded."""
    old = desk.at - timedelta(days=1)
    sets = {
        "frozen": lambda hcp: amendments.freeze_person(desk.sit("chen"), hcp_id=hcp),
        "objection": lambda hcp: objections.object_public(desk.sit("chen"), hcp_id=hcp),
        "do_not_contact": lambda hcp: mark(desk, hcp, PersonState.DO_NOT_CONTACT, "person_says"),
        "death_reported": lambda hcp: mark(desk, hcp, PersonState.DECEASED, "colleague"),
        "open_request": lambda hcp: cases.open_case(desk.sit("chen"), hcp_id=hcp, kind="access"),
    }
    before = desk.at
    try:
        for block, begin in sets.items():
            hcp = someone(desk, "公羊止步")
            done(begin(hcp))
            desk.wait(minutes=5)
            wu, asked = desk.sit("wu"), desk.at.isoformat()
            during = desk.act(hcp, presented_at=asked, acted_at=asked)
            refused = no(recording.record_consent(wu, request=during))
            assert refused.reason == f"blocked_{block}" and refused.lifted_by and refused.references, block
            for answer in ("deferred", "no_answer"):
                assert no(recording.record_consent(wu, request=replace(during, answer=answer))).reason == refused.reason
            bare = replace(during, presented_at=asked[:10], acted_at=asked[:10])  # of a bare day the stricter reading
            assert no(recording.record_consent(wu, request=bare)).reason == refused.reason
            assert statuses(desk, hcp).get("visit") is not ConsentStatus.EVIDENCE_PENDING
            paper = desk.act(hcp, "event", presented_at=old.isoformat(), acted_at=asked)  # asked before, said now
            assert done(recording.record_consent(wu, request=paper)).status == "evidence_pending"
            brought = replace(during, asked_by_hcp=True)
            assert done(recording.record_consent(wu, request=brought)).status == "evidence_pending"
            said_no = replace(during, item="medical", answer="refused")
            assert done(recording.record_consent(wu, request=said_no)).status == "refused"
            done(withdrawing.withdraw_consent(wu, hcp_id=hcp, items=None, received_at=asked, channel="letter"))
    finally:
        desk.at = before


def test_a_block_that_is_lifted_closes_no_answer_and_a_confirmed_death_closes_from_its_report(desk: Desk) -> None:
    before, hcp, gone = desk.at, someone(desk, "公羊复行"), someone(desk, "公羊先逝")
    try:
        done(amendments.freeze_person(desk.sit("chen"), hcp_id=hcp))
        desk.wait(minutes=5)
        done(amendments.unfreeze_person(desk.sit("zhao"), hcp_id=hcp))
        desk.wait(minutes=5)
        now = desk.at.isoformat()
        done(recording.record_consent(desk.sit("wu"), request=desk.act(hcp, presented_at=now, acted_at=now)))
        done(mark(desk, gone, PersonState.DECEASED, "colleague"))
        desk.wait(minutes=5)
        between = desk.at.isoformat()
        desk.wait(minutes=5)
        done(mark(desk, gone, PersonState.DECEASED, "hospital", who="sun"))
        asked = desk.act(gone, presented_at=between, acted_at=between)
        assert no(recording.record_consent(desk.sit("wu"), request=asked)).reason == "blocked_deceased"
    finally:
        desk.at = before


def mark(desk: Desk, hcp: str, state: PersonState, reason: str, who: str = "chen"):  # type: ignore[no-untyped-def]
    return person_states.mark_state(desk.sit(who), hcp_id=hcp, state=state, reason=reason)


def test_a_proof_that_cannot_be_opened_is_refused_when_it_is_recorded(desk: Desk, tmp_path: Path) -> None:
    hcp, photo = someone(desk), tmp_path / "photo.png"
    photo.write_bytes(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(InputErrors, match="proof_broken"):
        recording.record_consent(desk.sit("wu"), request=desk.act(hcp, evidence=photo))
    assert "visit" not in statuses(desk, hcp) or statuses(desk, hcp)["visit"] is not ConsentStatus.EVIDENCE_PENDING


def test_every_fault_of_an_answer_is_told_at_once(desk: Desk) -> None:
    hcp = someone(desk)
    for more, codes in (
        ({}, {("presented_at", "bad_time"), ("acted_at", "in_the_future")}),
        (
            {"item": "viset", "notice": "CK-NONE@1", "ask_again_from": date(2027, 1, 1)},
            {
                ("line", "unknown_line"), ("notice", "unknown_notice"), ("presented_at", "bad_time"),
                ("acted_at", "in_the_future"), ("ask_again_from", "ask_again_unfit"),
            },
        ),
    ):  # fmt: skip
        act = desk.act(hcp, presented_at="gestern", acted_at="2030-01-01T10:00+08:00", **more)
        with pytest.raises(InputErrors) as caught:
            recording.record_consent(desk.sit("wu"), request=act)
        assert {(fault.where, fault.code) for fault in caught.value.faults} == codes


@pytest.mark.req("REQ-023")
def test_the_company_may_lengthen_the_lock_and_only_two_shorten_it(desk: Desk) -> None:
    hcp = someone(desk)
    done(recording.record_consent(desk.sit("wu"), request=desk.act(hcp, answer="refused")))

    def locked_until() -> date:
        lines = {x.item: x for x in done(standing.consent_status(desk.sit("chen"), hcp_id=hcp))}
        assert lines["visit"].ask_again_from is not None
        return lines["visit"].ask_again_from.date()

    assert locked_until() == date(2027, 5, 22)  # 23 November and 180 days; the exclusive end is 16:00 UTC
    with pytest.raises(InputErrors):
        settings.set_ask_lock(desk.sit("zhao"), days=90)
    assert no(settings.set_ask_lock(desk.sit("chen"), days=365)).reason == "role_not_allowed"
    done(settings.set_ask_lock(desk.sit("zhao"), days=365))
    assert locked_until() == date(2027, 11, 23)
    assert done(settings.get_settings(desk.sit("zhao")))["ask_lock_days"] == "365"
    waits = done(settings.set_ask_lock(desk.sit("zhao"), days=200))
    assert locked_until() == date(2027, 11, 23)
    done(approvals.approve(desk.sit("chen"), request_id=waits.request_id))
    assert locked_until() == date(2027, 6, 11)


@pytest.mark.req("REQ-024")
def test_refusing_one_purpose_leaves_the_others_open(desk: Desk) -> None:
    hcp = someone(desk)
    desk.consent(hcp, "event")
    done(recording.record_consent(desk.sit("wu"), request=desk.act(hcp, "digital/email", answer="refused")))
    found = statuses(desk, hcp)
    assert (found["event"], found["digital/email"]) == (ConsentStatus.GIVEN, ConsentStatus.REFUSED)
    done(
        presenting.present_notice(
            desk.sit("wu"), request=Presentation(hcp_id=hcp, notice=REF, channel="paper", items=("medical",))
        )
    )
    policy = desk.sit("chen").policy
    assert all(not rule.statutory or not rule.items_any for rule in policy.purposes.values())  # safety letters ask none


def test_unknown_words_are_named(desk: Desk, tmp_path: Path) -> None:
    hcp, wu = someone(desk), desk.sit("wu")
    for act in (
        lambda: presenting.present_notice(wu, request=Presentation(hcp_id=hcp, notice="X@9", channel="paper")),
        lambda: presenting.present_notice(wu, request=Presentation(hcp_id=hcp, notice=REF, channel=" ")),
        lambda: consent_forms.print_forms(wu, ref=REF, out=tmp_path / "a.pdf", progress=NoProgress(), rep="nobody"),
        lambda: consent_forms.print_forms(
            wu, ref=REF, out=tmp_path / "a.pdf", progress=NoProgress(), hcp_ids=[hcp], items=["speaker"]
        ),
    ):
        with pytest.raises(ComplianceError):
            act()
    assert not list(tmp_path.iterdir())
    assert invent(1)
