"""Gauges over what may be seen, and channels with the first test that closes each (S0-20, R10)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from support import Desk, Doctor, done

from compliance.model.access import FieldState, Purpose, Role
from compliance.model.profile import Gauges, ProfileView, SourceClass
from compliance.use_cases.consent import recording, withdrawing
from compliance.use_cases.people import amendments, sources
from compliance.use_cases.seeing import profiles
from compliance.use_cases.seeing.contacts import caps_of


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk.create(
        tmp_path_factory.mktemp("gauges"), staff={"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK}
    )
    desk.bring(
        [Doctor(number="G1", name="王小明", phone="13900000001", email="a@b.example", licence="110000000000001")]
    )
    done(sources.add_source(desk.sit("zhao"), code="HCP", name="本人", provenance=SourceClass.ZERO))
    yield desk
    desk.rise()


def look(desk: Desk, hcp_id: str, purpose: Purpose = Purpose.VISIT, **more: object) -> ProfileView:
    return done(profiles.open_profile(desk.sit("chen"), hcp_id=hcp_id, purpose=purpose, **more))  # type: ignore[arg-type]


def counted(view: ProfileView, stored: frozenset[str]) -> Gauges:
    """The same, slowly."""
    seen = [f for f in view.fields if f.key in stored and f.state is not FieldState.WITHHELD]
    full = [f for f in seen if f.value]
    return Gauges(
        permitted=len(seen), filled=len(full), fresh=len([f for f in full if f.freshness == "fresh"]),
        accurate=len([f for f in full if f.grade == "A"]),
    )  # fmt: skip


def reasons(view: ProfileView) -> dict[str, str]:
    return {channel.code: channel.reason for channel in view.channels}


def test_gauges_count_what_this_reader_sees_and_nothing_hidden_moves_them(desk: Desk) -> None:
    person = desk.id_of("王小明")
    desk.consent(person)
    desk.assign(person)
    stored = desk.sit("chen").policy.stored_fields
    mine, reps = look(desk, person), look(desk, person, as_rep="liming")
    for view in (mine, reps):
        assert view.gauges == counted(view, stored) and view.gauges.filled
    assert mine.gauges is not None and reps.gauges is not None
    assert reps.gauges.permitted <= mine.gauges.permitted
    before = reps.gauges
    done(
        amendments.amend_person(
            desk.sit("wu"), hcp_id=person, key="practice_licence_no", value="110000000000099", source="CRM"
        )
    )
    hidden = look(desk, person, as_rep="liming")
    assert hidden.field("practice_licence_no") is None or hidden.field("practice_licence_no").value is None  # type: ignore[union-attr]
    assert hidden.gauges == before, "a value the rep is not shown moved the rep's gauge"


def test_age_and_the_person_s_own_word_move_freshness_and_accuracy(desk: Desk) -> None:
    person = desk.id_of("王小明")
    desk.consent(person)
    first = look(desk, person).gauges
    assert first is not None and first.accurate < first.fresh == first.filled
    done(amendments.amend_person(desk.sit("wu"), hcp_id=person, key="department", value="骨科", source="HCP"))
    told = look(desk, person).gauges
    assert told is not None and told.accurate == first.accurate + 1
    desk.wait(days=366 + 92)
    old = look(desk, person).gauges
    assert old is not None and old.fresh < told.fresh


def test_every_closed_channel_names_its_first_failing_test(desk: Desk) -> None:
    person = desk.id_of("王小明")
    desk.consent(person)
    found = reasons(look(desk, person))
    assert found["f2f_visit"] == "open" and found["email"] == "no_consent"
    desk.consent(person, "digital/email")
    assert reasons(look(desk, person, Purpose.DIGITAL))["email"] == "open"
    wu = desk.sit("wu")
    done(amendments.amend_person(wu, hcp_id=person, key="reachability", value="email:bounced", source="CRM"))
    assert reasons(look(desk, person, Purpose.DIGITAL))["email"] == "unreachable"
    done(amendments.amend_person(wu, hcp_id=person, key="reachability", value="email:reachable", source="CRM"))
    day = (desk.at - timedelta(days=224)).date().isoformat()
    done(amendments.amend_person(wu, hcp_id=person, key="channel_confirmed_on", value=day, source="CRM"))
    assert reasons(look(desk, person, Purpose.DIGITAL))["email"] == "open"
    desk.wait(days=2)
    view = look(desk, person, Purpose.DIGITAL)
    assert reasons(view)["email"] == "wishes_overdue" and reasons(view)["f2f_visit"] != "wishes_overdue"
    done(amendments.amend_person(desk.sit("wu"), hcp_id=person, key="channel_optout", value="email", source="CRM"))
    assert reasons(look(desk, person, Purpose.DIGITAL))["email"] == "declined", "an earlier test is named first"
    done(
        withdrawing.withdraw_consent(
            desk.sit("wu"), hcp_id=person, items=["visit"], received_at=desk.at.isoformat(), channel="phone"
        )
    )
    assert reasons(look(desk, person, Purpose.DIGITAL))["f2f_visit"] == "no_consent"


def test_shares_round_and_nothing_to_count_is_no_percentage() -> None:
    none = Gauges(permitted=0, filled=0, fresh=0, accurate=0)
    assert none.shares == {"completeness": None, "freshness": None, "accuracy": None}
    both = none + Gauges(permitted=3, filled=2, fresh=1, accurate=0)
    assert both.shares == {"completeness": 67, "freshness": 50, "accuracy": 0}
    assert replace(both, filled=0).shares["freshness"] is None


def test_a_cap_the_person_declared_closes_a_channel_once_it_is_used_up(desk: Desk) -> None:
    person = desk.id_of("王小明")
    desk.consent(person)
    chen = desk.sit("chen")

    def cap(text: str) -> dict[str, str]:
        done(amendments.amend_person(chen, hcp_id=person, key="frequency_cap", value=text, source="HCP"))
        return reasons(look(desk, person))

    assert reasons(look(desk, person))["f2f_visit"] == "open", "without a cap nothing is closed by one"
    assert cap("拜访:2; 企微:1")["f2f_visit"] == "open"
    assert cap("拜访：1")["f2f_visit"] == "cap_reached", "the visit on which they were asked is one"
    desk.assign(person)
    assert reasons(look(desk, person, as_rep="liming"))["f2f_visit"] == "cap_reached"
    desk.wait(days=27)
    assert reasons(look(desk, person))["f2f_visit"] == "cap_reached"
    desk.wait(days=2)
    assert reasons(look(desk, person))["f2f_visit"] == "open"
    offered = desk.act(person, answer="refused", item="event", asked_by_hcp=True)
    done(recording.record_consent(desk.sit("wu"), request=offered))
    assert reasons(look(desk, person))["f2f_visit"] == "open", "what the person offers is no contact of ours"


@pytest.mark.parametrize(
    ("text", "caps"),
    [
        ("企微:2; 拜访:1", {"wecom": 2, "f2f_visit": 1}),
        ("email: 3；电话：0", {"email": 3, "phone": 0}),
        ("每月一次; 飞鸽:1", {}),
        ("", {}),
    ],
)
def test_caps_are_read_as_they_are_written(text: str, caps: dict[str, int]) -> None:
    assert caps_of(text) == caps
