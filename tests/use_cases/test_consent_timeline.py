"""The consent timeline of a person, and whether an open view still holds (issue 3 point 8; REQ-028, REQ-029)."""

from collections.abc import Iterator

import pytest
from support import STAFF, Desk, Doctor, done, no

from compliance.errors import InputErrors
from compliance.model.access import Purpose
from compliance.model.consent import ConsentStatus as S
from compliance.use_cases.consent import checking, consent_timeline, recording, stops, withdrawing
from compliance.use_cases.seat.session import log_size
from compliance.use_cases.seeing import cases, profiles, view_marks


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk.create(tmp_path_factory.mktemp("d"), staff={k: STAFF[k] for k in ("zhao", "chen", "wu", "zhou")})
    made.bring([Doctor(number="T1", name="司空见惯"), Doctor(number="T2", name="令狐不冲", phone="13911112222")])
    yield made
    made.rise()


@pytest.mark.req("REQ-029")
def test_the_lawful_period_stays_after_a_withdrawal(desk: Desk) -> None:
    hcp = desk.id_of("司空见惯")
    event = desk.consent(hcp)
    given_at = desk.at
    desk.wait(hours=5)
    done(
        withdrawing.withdraw_consent(
            desk.sit("wu"), hcp_id=hcp, items=("visit",), received_at=desk.at.isoformat(), channel="电话"
        )
    )
    desk.wait(hours=1)
    made = done(consent_timeline.consent_timeline(desk.sit("chen"), hcp_id=hcp, item="visit"))
    (visit,) = made.items
    assert [(b.status, b.open) for b in visit.bands] == [(S.GIVEN, True), (S.WITHDRAWN, False)]
    assert visit.bands[0].event_id == event and visit.bands[0].begins < given_at
    assert (visit.bands[1].begins, visit.bands[1].ends) == (desk.at.replace(hour=desk.at.hour - 1), None)
    yes = next(a for a in visit.acts if a.event.event_id == event)
    assert (yes.event.recorded_by, yes.checked_by, yes.status) == ("wu", "chen", "withdrawn")
    assert len(yes.rendering) == 64
    assert no(consent_timeline.consent_timeline(desk.sit("zhou"), hcp_id=hcp)).reason == "role_not_allowed"
    with pytest.raises(InputErrors):
        consent_timeline.consent_timeline(desk.sit("chen"), hcp_id=hcp, item="visitt")


@pytest.mark.req("REQ-028")
def test_an_open_view_learns_that_it_no_longer_holds(desk: Desk) -> None:
    hcp, other = desk.id_of("令狐不冲"), desk.id_of("司空见惯")
    desk.consent(hcp)
    chen = desk.sit("chen")
    done(profiles.open_profile(chen, hcp_id=hcp, purpose=Purpose.VISIT))
    mark, elsewhere = done(view_marks.view_mark(chen, hcp_id=hcp)), done(view_marks.view_mark(chen, hcp_id=other))
    assert mark and done(view_marks.view_mark(chen, hcp_id=hcp)) == mark
    # at another seat
    answer = withdrawing.withdraw_consent(
        desk.sit("wu"), hcp_id=hcp, items=("visit",), received_at=desk.at.isoformat(), channel="微信"
    )
    assert answer.changes.consents and answer.changes.people
    desk.wait(seconds=1)
    assert done(view_marks.view_mark(desk.sit("chen"), hcp_id=hcp)) != mark
    assert done(view_marks.view_mark(desk.sit("chen"), hcp_id=other)) == elsewhere
    assert no(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.VISIT)).reason == "consent_withdrawn"
    assert done(view_marks.view_mark(desk.sit("chen"), hcp_id="HCP-AAAAAAAA")) == ""


@pytest.mark.req("REQ-028")
def test_a_view_ends_with_the_term_and_with_a_stop_for_everybody(desk: Desk) -> None:
    hcp = desk.id_of("令狐不冲")
    desk.wait(days=1)
    desk.consent(hcp, asked_by_hcp=True, valid_until=desk.at.date())
    before = done(view_marks.view_mark(desk.sit("chen"), hcp_id=hcp))
    desk.wait(hours=14)  # past Shanghai midnight
    after = done(view_marks.view_mark(desk.sit("chen"), hcp_id=hcp))
    assert after != before
    again = done(recording.record_consent(desk.sit("wu"), request=desk.act(hcp, asked_by_hcp=True)))
    done(checking.check_evidence(desk.sit("chen"), event_id=again.event_id, accept=True))
    given = done(view_marks.view_mark(desk.sit("chen"), hcp_id=hcp))
    done(stops.pause_scope(desk.sit("zhao"), scope="visit", reason="recall"))
    assert done(view_marks.view_mark(desk.sit("chen"), hcp_id=hcp)) != given


@pytest.mark.req("REQ-028")
def test_lists_a_reps_eyes_and_a_case_have_their_marks(desk: Desk) -> None:
    hcp = desk.id_of("司空见惯")
    desk.assign(hcp)
    zhao, chen, wu = desk.sit("zhao"), desk.sit("chen"), desk.sit("wu")
    case = done(cases.open_case(zhao, hcp_id=hcp, kind="evidence"))
    page = done(profiles.find_people(chen, text="", purpose=Purpose.MDM))
    as_rep = done(profiles.find_people(chen, text="", purpose=Purpose.ASK, as_rep="liming"))
    view = done(profiles.open_profile(zhao, hcp_id=hcp, purpose=Purpose.RIGHTS, case_id=case.case_id))
    seen = {
        "list": view_marks.Seen(hcp_ids=tuple(r.hcp_id for r in page.rows), mark=page.mark),
        "rep": view_marks.Seen(hcp_ids=tuple(r.hcp_id for r in as_rep.rows), mark=as_rep.mark, as_rep="liming"),
        "case": view_marks.Seen(hcp_ids=(hcp,), mark=view.mark, case_id=case.case_id),
    }

    def broken() -> set[str]:
        return {name for name, one in seen.items() if not done(view_marks.still_holds(zhao, seen=[one])).holds}

    held = done(view_marks.still_holds(zhao, seen=list(seen.values())))
    assert held.holds and not broken()
    entries = log_size(zhao)
    assert done(view_marks.still_holds(zhao, seen=list(seen.values()), moment=held.moment)) == held
    done(cases.close_case(zhao, case_id=case.case_id))
    assert broken() == {"case"}
    now = desk.at.isoformat()
    done(withdrawing.withdraw_consent(wu, hcp_id=hcp, items=("event",), received_at=now, channel="电话"))
    assert "list" in broken()
    assert done(view_marks.still_holds(zhao, seen=list(seen.values()), moment=held.moment)).holds is False
    assert log_size(zhao) == entries + 2  # the two acts; a question leaves no entry
    # a refusal has no mark yet: the first question gives it one
    (first,) = done(view_marks.still_holds(zhao, seen=[view_marks.Seen(hcp_ids=(hcp,), mark="")])).marks
    assert first
