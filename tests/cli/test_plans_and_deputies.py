"""``plan …`` and ``user deputy`` as a script drives them."""

import pytest
from cli_desk import Desk


@pytest.mark.req("REQ-045")
def test_a_plan_is_asked_for_approved_listed_and_ended(desk: Desk) -> None:
    asked = desk.do(
        "guan", "plan", "add", "--kind", "people_list", "--purpose", "mdm", "--people", "400", "--until", "2026-12-20"
    )
    assert asked.exit_code == 0 and asked.json["action"] == "plan", asked
    shown = desk.do("li", "pending").json["pending"][0]
    assert "400" in shown["asks"] and "people list" in shown["asks"] and "{" not in shown["asks"]
    approved = desk.do("li", "approve", asked.json["pending"])
    assert approved.exit_code == 0, approved
    listed = desk.do("guan", "plan", "list").json["plans"]
    assert [(p["kind"], p["purpose"], p["people"], p["until"]) for p in listed] == [
        ("people_list", "mdm", 400, "2026-12-20")
    ]
    ended = desk.do("li", "plan", "end", listed[0]["plan_id"])
    assert ended.exit_code == 0 and ended.json["ended"] is True
    assert desk.do("guan", "plan", "list").json["plans"] == []
    again = desk.do("li", "plan", "end", listed[0]["plan_id"])
    assert (again.exit_code, again.json["error"]) == (2, "unknown_plan")
    long = desk.do("guan", "plan", "add", "--kind", "pack", "--to", "x", "--people", "9", "--until", "2027-01-20")
    assert (long.exit_code, long.json["error"]) == (2, "plan_until") and "30" in long.json["message"]


@pytest.mark.req("REQ-045")
def test_a_deputy_is_named_by_two_and_ended_by_one(desk: Desk) -> None:
    asked = desk.do("guan", "user", "deputy", "chen", "--for", "li", "--until", "2026-11-30")
    assert asked.exit_code == 0, asked
    assert desk.do("li", "approve", asked.json["pending"]).exit_code == 0
    listed = desk.do("guan", "user", "list").json
    assert listed["deputies"] == [{"name": "chen", "stands_for": "li", "begins": "2026-11-24", "until": "2026-11-30"}]
    assert listed["signers_missing"] == 1, "two may sign, three should"
    assert desk.do("guan", "user", "deputy", "chen", "--end").json["ended"] is True
    assert desk.do("guan", "user", "list").json["deputies"] == []
    for words, code in (
        (["chen"], "deputy_incomplete"),
        (["chen", "--for", "li"], "deputy_incomplete"),
        (["shen", "--for", "li", "--until", "2026-11-30"], "deputy_role"),
        (["chen", "--end"], "unknown_deputy"),
    ):
        said = desk.do("guan", "user", "deputy", *words)
        assert (said.exit_code, said.json["error"]) == (2, code), said
