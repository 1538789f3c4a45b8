"""A changed notice: who is asked again, who told, one task each, old scope open until its end (REQ-007, REQ-032)."""

from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from notice_files import VISIT, edited, put
from support import STAFF, Desk, Doctor, done, no, shown

from compliance.errors import Cancelled, InputErrors
from compliance.model.access import Purpose
from compliance.model.consent import ConsentStatus as S
from compliance.model.consent import NoticeState
from compliance.model.person_state import PersonState
from compliance.progress import NoProgress, ProgressSlot
from compliance.use_cases.consent import checking, recording, standing
from compliance.use_cases.notices import campaign_filling, campaign_lists, campaigns, notice_life, presenting
from compliance.use_cases.notices.presenting import Presentation
from compliance.use_cases.people import person_states
from compliance.use_cases.seat.session import close_session
from compliance.use_cases.seeing import cases, profiles

CONTACT = '"mobile_phone", "work_email",'  # as the visit line names them
NARROW = '"work_email",'
V2 = "CK-VISIT@2.0"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk.create(tmp_path / "d", staff={k: STAFF[k] for k in ("zhao", "chen", "wu")})
    made.bring(
        [
            Doctor(number=f"C{n}", name=f"公孙{c}", hospital=f"寻常第{n}医院", phone=f"1391234567{n}")
            for n, c in enumerate("甲乙丙丁")
        ]
    )
    yield made
    made.rise()


def people(desk: Desk) -> list[str]:
    return [desk.id_of(f"公孙{c}") for c in "甲乙丙丁"]


def line_of(desk: Desk, hcp: str, item: str = "visit"):  # type: ignore[no-untyped-def]
    return {x.item: x for x in done(standing.consent_status(desk.sit("chen"), hcp_id=hcp))}[item]


def wider(tmp_path: Path, *more: tuple[str, str]) -> Path:
    """Version 2.0 with a kind more in the visit line."""
    return put(tmp_path, edited(VISIT, (CONTACT, CONTACT + ' "concept",'), *more))


def renew(desk: Desk, hcp: str, ref: str) -> dict[str, str]:
    """A new act on a newer notice, checked. Answers the words of the act, for others to say something else under."""
    words = {"notice": ref, "presented_at": desk.at.isoformat(), "acted_at": desk.at.isoformat()}
    made = done(recording.record_consent(desk.sit("wu"), request=desk.act(hcp, **words)))
    assert done(checking.check_evidence(desk.sit("chen"), event_id=made.event_id, accept=True)).status == "renewed"
    return words


def tasks(desk: Desk) -> list[str]:
    return [t.hcp_id for t in done(cases.list_tasks(desk.sit("chen"))) if t.kind == campaign_filling.TASK]


@pytest.mark.req("REQ-007")
def test_three_affected_people_get_three_tasks_and_an_open_one_keeps_it_open(desk: Desk, tmp_path: Path) -> None:
    one, two, three, four = people(desk)
    for hcp in (one, two, three):
        desk.consent(hcp)
    desk.consent(four, "event")
    desk.assign(one, two)
    made = done(notice_life.activate_notice(desk.sit("zhao"), target=str(wider(tmp_path))))
    assert (str(made.change.cls), bool(made.campaign)) == ("reconsent", True)
    assert sorted(tasks(desk)) == sorted((one, two, three))  # the event line did not change: nobody else
    chen = desk.sit("chen")
    plan = done(campaigns.plan_change(chen, old="CK-VISIT@1.0", new=V2))
    assert (plan.ask, plan.inform, plan.people) == (3, 0, 3)
    assert {(x.name, x.ask) for x in plan.by_rep} == {("liming", 2), ("", 1)}
    again = done(campaigns.start_campaign(chen, ref=V2, due="2026-12-31"))
    assert again.campaign_id == made.campaign and len(tasks(desk)) == 3
    # by hand-over, by an answer, by an entry
    done(presenting.present_notice(desk.sit("wu"), request=Presentation(hcp_id=one, notice=V2, channel="wechat")))
    renew(desk, two, V2)
    refused = no(campaigns.close_campaign(chen, campaign_id=made.campaign))
    assert (refused.reason, refused.lifted_by) == ("delivery_open", "1")
    entered = done(campaigns.deliver(chen, campaign_id=made.campaign, hcp_id=three, channel="letter"))
    assert (entered.channel, entered.result, entered.delivered_at) == ("letter", "delivered", desk.at)
    with pytest.raises(InputErrors):
        campaigns.deliver(chen, campaign_id=made.campaign, hcp_id=three, channel="letter")
    now = done(campaigns.show_campaign(chen, campaign_id=made.campaign))
    assert (now.people, now.delivered, now.waiting, dict(now.answers)) == (3, 3, 0, {"given": 1, "none": 2})
    assert now.lapse == 2
    assert done(campaigns.close_campaign(chen, campaign_id=made.campaign)).closed_at == desk.at


@pytest.mark.req("REQ-032", "REQ-033")
def test_the_old_scope_stays_open_the_new_is_closed_and_lapses_on_its_day(desk: Desk, tmp_path: Path) -> None:
    hcp, other, third, _ = people(desk)
    zhao, chen = desk.sit("zhao"), desk.sit("chen")
    # version 2.0 says less than 3.0: what 3.0 adds is closed for who agreed to 2.0
    done(notice_life.activate_notice(zhao, target=str(put(tmp_path, edited(VISIT, (CONTACT, NARROW))))))
    for each in (hcp, other, third):
        desk.consent(each, notice=V2, presented_at=desk.at.isoformat(), acted_at=desk.at.isoformat())
    view = done(profiles.open_profile(chen, hcp_id=hcp, purpose=Purpose.VISIT))
    assert "full_name" in shown(view) and "mobile_phone" not in shown(view)
    why = done(profiles.why_field(chen, hcp_id=hcp, key="mobile_phone", purpose=Purpose.VISIT))
    assert why.reason == "outside_consented_scope" and V2 in why.detail and "kinds" in why.detail
    desk.wait(days=1)
    done(
        notice_life.activate_notice(desk.sit("zhao"), target=str(put(tmp_path, edited(VISIT, version="3.0"), "3.toml")))
    )
    assert line_of(desk, hcp).status is S.CHANGE_PENDING
    view = done(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.VISIT))
    assert "full_name" in shown(view) and "mobile_phone" not in shown(view)
    # a new act opens the new scope; a refusal of it keeps the old
    agreed = renew(desk, other, "CK-VISIT@3.0")
    assert line_of(desk, other).status is S.RENEWED
    view = done(profiles.open_profile(desk.sit("chen"), hcp_id=other, purpose=Purpose.VISIT))
    assert "mobile_phone" in shown(view)
    done(recording.record_consent(desk.sit("wu"), request=desk.act(third, answer="refused", **agreed)))
    assert (line_of(desk, third).status, line_of(desk, third).code) == (S.GIVEN, "OLD_SCOPE_KEPT")
    running = done(campaigns.list_campaigns(desk.sit("chen")))[0]
    now = done(campaigns.show_campaign(desk.sit("chen"), campaign_id=running.campaign_id))
    assert dict(now.answers) == {"given": 1, "none": 1, "refused": 1} and now.lapse == 2
    # only the privacy officer ends the old scope; it lapses by the clock
    assert no(campaigns.start_campaign(desk.sit("chen"), ref="CK-VISIT@3.0", old_scope_ends="2027-02-01")).reason
    done(campaigns.start_campaign(desk.sit("zhao"), ref="CK-VISIT@3.0", old_scope_ends="2027-02-01"))
    desk.wait(days=60)  # silence for sixty days after the change: still the old scope, nothing of the new
    assert line_of(desk, hcp).status is S.CHANGE_PENDING
    view = done(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.VISIT))
    assert "mobile_phone" not in shown(view)
    desk.at = desk.at.replace(year=2027, month=1, day=31, hour=15, minute=59)
    done(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.VISIT))
    desk.at = desk.at.replace(hour=16, minute=0)  # 1 February in Shanghai
    no(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.VISIT))
    assert {line_of(desk, each).status for each in (hcp, third)} == {S.REVOKED}
    assert line_of(desk, other).status is S.RENEWED


@pytest.mark.req("REQ-032")
def test_retention_from_three_to_five_years_denies_use_past_year_three(desk: Desk, tmp_path: Path) -> None:
    one, two, *_ = people(desk)
    three = (("term_months = 24\nretention_months = 24", "term_months = 60\nretention_months = 36"),)
    five = (("term_months = 24\nretention_months = 24", "term_months = 60\nretention_months = 60"),)
    zhao = desk.sit("zhao")
    done(notice_life.activate_notice(zhao, target=str(put(tmp_path, edited(VISIT, *three)))))
    for hcp in (one, two):
        desk.consent(hcp, notice=V2, presented_at=desk.at.isoformat(), acted_at=desk.at.isoformat())
    desk.wait(days=30)
    made = done(
        notice_life.activate_notice(
            desk.sit("zhao"), target=str(put(tmp_path, edited(VISIT, *five, version="3.0"), "5.toml"))
        )
    )
    assert [(c.element, str(c.cls)) for c in made.change.elements] == [("retention", "reconsent")]
    assert [line_of(desk, hcp).status for hcp in (one, two)] == [S.CHANGE_PENDING, S.CHANGE_PENDING]
    renew(desk, two, "CK-VISIT@3.0")
    desk.at = desk.at.replace(year=2029, month=11, day=24, hour=15, minute=59)  # the last minute of year three
    done(profiles.open_profile(desk.sit("chen"), hcp_id=one, purpose=Purpose.VISIT))
    desk.wait(minutes=1)
    no(profiles.open_profile(desk.sit("chen"), hcp_id=one, purpose=Purpose.VISIT))
    assert (line_of(desk, one).status, line_of(desk, one).code) == (S.EXPIRED, "EXPIRED_RETENTION")
    done(profiles.open_profile(desk.sit("chen"), hcp_id=two, purpose=Purpose.VISIT))


def test_contact_informs_and_wording_concerns_nobody(desk: Desk, tmp_path: Path) -> None:
    one, *_ = people(desk)
    desk.consent(one)
    zhao = desk.sit("zhao")
    worded = put(tmp_path, edited(VISIT, ("不重复打扰", "不反复打扰")), "w.toml")
    made = done(notice_life.activate_notice(zhao, target=str(worded)))
    assert (str(made.change.cls), made.campaign, tasks(desk)) == ("none", "", [])
    with pytest.raises(InputErrors) as nobody:
        campaigns.start_campaign(zhao, ref=V2)
    assert nobody.value.code == "nobody_concerned"
    desk.wait(hours=1)
    told = put(tmp_path, edited(VISIT, ("个人信息保护联系方式：", "个人信息保护负责人："), version="3.0"), "t.toml")
    made = done(notice_life.activate_notice(desk.sit("zhao"), target=str(told)))
    assert (str(made.change.cls), tasks(desk)) == ("inform", [one])
    now = done(campaigns.show_campaign(zhao, campaign_id=made.campaign))
    assert (now.ask, now.inform) == (0, 1)
    assert line_of(desk, one).status is S.GIVEN


def test_lists_and_forms_go_to_each_rep(desk: Desk, tmp_path: Path) -> None:
    one, two, three, _ = people(desk)
    for hcp in (one, two, three):
        desk.consent(hcp)
    desk.assign(one, two)
    desk.assign(three, rep="hanmei")
    made = done(notice_life.activate_notice(desk.sit("zhao"), target=str(wider(tmp_path))))
    files = done(
        campaign_lists.write_lists(
            desk.sit("chen"), campaign_id=made.campaign, out=tmp_path / "lists", progress=NoProgress()
        )
    )
    assert {(x.rep, x.people) for x in files} == {("liming", 2), ("hanmei", 1)}
    rows = list(openpyxl.load_workbook(files[0].path).active.iter_rows(values_only=True))
    assert rows[0][:2] == ("编号", "姓名") and rows[1][0] == three and rows[1][1] == "公孙丙"
    assert not any("公孙" in p.name for p in (tmp_path / "lists").iterdir())
    forms = done(
        campaign_lists.print_campaign_forms(
            desk.sit("wu"), campaign_id=made.campaign, rep="liming", out=tmp_path / "f.pdf", progress=NoProgress()
        )
    )
    assert {x.hcp_id for x in forms.forms} == {one, two}
    assert {x.items for x in forms.forms} == {("visit",)}
    with pytest.raises(InputErrors):
        campaigns.show_campaign(desk.sit("chen"), campaign_id="CP-NONE")


@pytest.mark.req("REQ-007")
def test_a_cancelled_activation_leaves_nothing_half_done(desk: Desk, tmp_path: Path) -> None:
    one, two, _, _ = people(desk)
    for hcp in (one, two):
        desk.consent(hcp)
    zhao, slot = desk.sit("zhao"), ProgressSlot()
    drafted = done(notice_life.draft_notice(zhao, path=wider(tmp_path))).notice
    slot.cancel()
    with pytest.raises(Cancelled):
        notice_life.activate_notice(zhao, target=drafted.ref, progress=slot)
    assert done(campaigns.list_campaigns(zhao)) == ()
    with zhao.vault.snapshot() as snap:
        assert snap.tasks.open(kind=campaign_filling.TASK) == []
        assert {n.ref: n.state for n in snap.notices.all()}[drafted.ref] is NoticeState.DRAFT
    assert zhao.vault.check(full=True).ok
    slot = ProgressSlot()
    made = done(notice_life.activate_notice(zhao, target=drafted.ref, progress=slot))
    assert slot.current[1] == slot.current[2] == 4  # everybody was looked at
    assert done(campaigns.show_campaign(zhao, campaign_id=made.campaign)).people == 2


@pytest.mark.req("REQ-007", "REQ-032")
def test_deliveries_come_in_turns_and_a_stop_is_finished_at_the_next_opening(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped after one turn: the notice acts for everybody, nobody is blocked, the next opening lists the rest."""
    monkeypatch.setattr(campaign_filling, "_TURN", 1)
    ids = people(desk)
    for hcp in ids:
        desk.consent(hcp)
    zhao, slot = desk.sit("zhao"), ProgressSlot()
    turns: list[int] = []

    class Stops:
        """A progress whose user stops it in the second turn, while another seat writes between two turns."""

        def phase(self, _: object) -> None:
            pass

        def tick(self, done: int, total: int) -> None:
            turns.append(done)
            if done == 1:  # the version is in force, nothing is listed yet: status is right, other seats write at once
                assert line_of(desk, ids[3]).status is S.CHANGE_PENDING
                done_by_wu = Presentation(hcp_id=ids[3], notice=V2, channel="wechat")
                assert presenting.present_notice(desk.sit("wu"), request=done_by_wu)
            if done == 2:
                slot.cancel()
            slot.tick(done, total)

    made = done(notice_life.activate_notice(zhao, target=str(wider(tmp_path)), progress=Stops()))
    assert turns == [0, 1, 2] and made.campaign
    now = done(campaigns.show_campaign(zhao, campaign_id=made.campaign))
    assert (now.people, now.unfinished) == (1, True)
    assert {line_of(desk, hcp).status for hcp in ids} == {S.CHANGE_PENDING}
    assert no(campaigns.close_campaign(zhao, campaign_id=made.campaign)).reason == "delivery_open"
    # another seat that opens meanwhile leaves it to the living one
    other = desk.fresh("zhao")
    assert done(campaigns.show_campaign(other, campaign_id=made.campaign)).people == 1
    close_session(other)
    desk.rise()  # the seat that was at it is gone, by crash or lock
    chen = desk.sit("wu")  # who does not run campaigns does not go on either
    assert done(campaigns.show_campaign(chen, campaign_id=made.campaign)).unfinished
    chen = desk.sit("chen")
    now = done(campaigns.show_campaign(chen, campaign_id=made.campaign))
    assert (now.people, now.delivered, now.unfinished) == (4, 1, False)  # one was handed it meanwhile
    assert sorted(tasks(desk)) == sorted(ids[:3]) and len({*ids}) == 4
    assert chen.vault.check(full=True).ok
    assert done(campaigns.start_campaign(chen, ref=V2)).campaign_id == made.campaign  # once more changes nothing
    assert done(campaigns.show_campaign(chen, campaign_id=made.campaign)).people == 4


@pytest.mark.req("REQ-007", "REQ-089")
def test_a_campaign_does_not_wait_for_whom_nobody_may_contact(desk: Desk, tmp_path: Path) -> None:
    one, two, *_ = people(desk)
    for hcp in (one, two):
        desk.consent(hcp)
    made = done(notice_life.activate_notice(desk.sit("zhao"), target=str(wider(tmp_path))))
    assert sorted(tasks(desk)) == sorted((one, two))
    done(person_states.mark_state(
        desk.sit("wu"), hcp_id=one, state=PersonState.DECEASED, reason="colleague"
    ))  # fmt: skip
    assert tasks(desk) == [two]
    done(campaigns.deliver(desk.sit("chen"), campaign_id=made.campaign, hcp_id=two, channel="letter"))
    assert done(campaigns.close_campaign(desk.sit("chen"), campaign_id=made.campaign)).closed_at == desk.at
