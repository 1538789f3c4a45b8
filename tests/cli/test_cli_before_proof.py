"""The transition before proof from the command line: two people, an end, clear answers to what is wrong."""

import pytest
from cli_desk import Desk


@pytest.mark.req("REQ-014")
def test_two_people_open_a_transition_and_one_takes_it_back(desk: Desk) -> None:
    early = desk.do("guan", "settings", "set", "before-proof", "transition")
    assert (early.exit_code, early.json["error"]) == (2, "until_needed")
    late = desk.do("guan", "settings", "set", "before-proof", "transition", "--until", "2027-06-30")
    assert (late.exit_code, late.json["error"]) == (2, "until_out_of_range")
    assert "90 days" in late.json["message"], "the limit is said"
    asked = desk.do("guan", "settings", "set", "before-proof", "transition", "--until", "2026-12-24")
    assert asked.exit_code == 0
    request = asked.json["pending"]
    assert desk.do("guan", "approve", request).exit_code == 1
    assert desk.do("li", "approve", request).exit_code == 0
    now = desk.do("li", "settings", "show").json["settings"]
    assert (now["before_proof"], now["until"]) == ("transition", "2026-12-24T16:00:00+00:00")
    back = desk.do("guan", "settings", "set", "before-proof", "card")
    assert back.json["settings"]["before_proof"] == "card"
