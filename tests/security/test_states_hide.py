"""A state that ends contact hides a person as a withdrawal does: nothing in the field tells which one it is."""

from collections.abc import Iterator

import pytest
from support import Desk, done, invent, no

from compliance.errors import InputErrors
from compliance.model.access import Purpose
from compliance.model.person_state import PersonState
from compliance.progress import NoProgress
from compliance.use_cases.consent import withdrawing
from compliance.use_cases.field import sheets
from compliance.use_cases.people import person_states
from compliance.use_cases.seeing import people_list, profiles


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk.create(tmp_path_factory.mktemp("hide"))
    made.bring(invent(5))
    yield made
    made.rise()


@pytest.fixture(scope="module")
def closed(desk: Desk) -> dict[str, str]:
    """State → somebody in it; all consented to the visit and are assigned."""
    ids = [row.hcp_id for row in done(people_list.find_people(desk.sit("chen"), text="", purpose=Purpose.MDM)).rows]
    for hcp in ids:
        desk.consent(hcp)
        desk.assign(hcp)
    desk.wait(minutes=5)
    found = dict(zip(("deceased", "do_not_contact", "dormant", "withdrawn", "open"), ids, strict=True))
    for state, why in (("deceased", "colleague"), ("do_not_contact", "complaint"), ("dormant", "retired")):
        done(person_states.mark_state(desk.sit("wu"), hcp_id=found[state], state=PersonState(state), reason=why))
    done(withdrawing.withdraw_consent(
        desk.sit("wu"), hcp_id=found["withdrawn"], items=None, received_at=desk.at.isoformat(), channel="phone"
    ))  # fmt: skip
    desk.wait(minutes=5)
    return found


@pytest.mark.req("REQ-089")
@pytest.mark.parametrize("purpose", [Purpose.VISIT, Purpose.ASK])
def test_a_rep_hears_one_code_and_one_text_whatever_the_state(
    desk: Desk, closed: dict[str, str], purpose: Purpose
) -> None:
    states = ("deceased", "do_not_contact", "dormant")
    told = [
        no(profiles.open_profile(desk.sit("chen"), hcp_id=closed[state], purpose=purpose, as_rep="liming"))
        for state in states
    ]
    assert len({(one.reason, one.lifted_by, one.references) for one in told}) == 1
    assert told[0].reason == "no_valid_consent"


def test_a_list_seen_as_a_rep_holds_none_of_them_and_shows_no_flag(desk: Desk, closed: dict[str, str]) -> None:
    page = done(people_list.find_people(desk.sit("chen"), text="", purpose=Purpose.VISIT, as_rep="liming"))
    assert [row.hcp_id for row in page.rows] == [closed["open"]] and page.total == 1
    assert all(row.flags == () for row in page.rows)
    for word in ("deceased", "dnc", "dormant", "reported-deceased"):
        with pytest.raises(InputErrors, match="search_not_yours"):
            people_list.find_people(desk.sit("chen"), text=f"is:{word}", purpose=Purpose.VISIT, as_rep="liming")


def test_who_may_not_read_consents_finds_and_sees_no_state(desk: Desk, closed: dict[str, str]) -> None:
    with pytest.raises(InputErrors, match="search_not_yours"):
        people_list.find_people(desk.sit("qian"), text="is:deceased", purpose=Purpose.SPEAKER)
    assert no(person_states.person_states(desk.sit("qian"), hcp_id=closed["deceased"])).reason == "role_not_allowed"


def test_no_sheet_is_made_of_them_and_the_refusals_say_only_that_they_are_closed(
    desk: Desk, closed: dict[str, str]
) -> None:
    made = done(sheets.make_sheets(
        desk.sit("chen"), hcp_ids=list(closed.values()), purpose=Purpose.VISIT, rep="liming",
        out=desk.folder / "sheets", progress=NoProgress(),
    ))  # fmt: skip
    assert [sheet.hcp_id for sheet in made.sheets] == [closed["open"]]
    assert {one.hcp_id for one in made.refused} == set(closed.values()) - {closed["open"]}


def test_no_reason_or_day_of_a_state_is_in_a_log_entry_as_free_text(desk: Desk, closed: dict[str, str]) -> None:
    with desk.sit("zhao").vault.snapshot() as snap:
        entries = snap.log.find(hcp=closed["deceased"], limit=50)
    detail = next(e.data["detail"] for e in entries if e.data["kind"] == "person_blocked")
    assert detail["reason"] == "colleague" and set(detail) == {
        "block", "on", "reason", "source", "day", "evidence", "items", "events", "tasks",
    }  # fmt: skip
