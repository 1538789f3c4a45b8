"""``exceptional …`` as a script drives it."""

import pytest
from cli_desk import Desk


@pytest.mark.req("REQ-047")
def test_asked_approved_used_over_and_reviewed(desk: Desk) -> None:
    assert desk.do("guan", "source", "add", "CRM", "--name", "CRM", "--provenance", "first").exit_code == 0
    pairs = ("--set", "full_name=王若溪", "--set", "institution_name=示例第一医院")
    added = desk.do("chen", "people", "add", "--source", "CRM", "--held", *pairs)
    assert added.exit_code == 0, added
    hcp_id = added.json["hcp_id"]
    wrong = desk.do("chen", "exceptional", "ask", hcp_id, "--purpose", "visit", "--minutes", "90", "--reason", "safety")
    assert (wrong.exit_code, wrong.json["error"]) == (2, "exceptional_minutes") and "60" in wrong.json["message"]
    asked = desk.do(
        "chen", "exceptional", "ask", hcp_id, "--purpose", "medinfo", "--minutes", "30", "--reason", "safety"
    )
    assert asked.exit_code == 0 and asked.json["action"] == "exceptional_access", asked
    shown = desk.do("guan", "pending").json["pending"][0]["asks"]
    assert "30 minutes" in shown and "drug safety" in shown and "{" not in shown
    access = desk.do("guan", "approve", asked.json["pending"]).json["result"]["access"]
    show = ("people", "show", hcp_id, "--purpose", "medinfo", "--exceptional", access)
    seen = desk.do("chen", *show, at="2026-11-24T10:29:59+08:00")
    assert seen.exit_code == 0 and seen.json["role"] == "compliance", seen
    over = desk.do("chen", *show, at="2026-11-24T10:31:00+08:00")
    assert (over.exit_code, over.json["refused"]) == (1, "exceptional_over") and over.json["references"]
    line = desk.do("guan", "exceptional", "list").json["exceptional"][0]
    assert (line["user"], line["reads"], line["refused_reads"], line["reviewed_by"]) == ("chen", 1, 1, None)
    own = desk.do("chen", "tasks", "done", line["review"], "--receipt", "ok")
    assert (own.exit_code, own.json["refused"]) == (1, "exceptional_review_other")
    assert desk.do("guan", "tasks", "done", line["review"], "--receipt", "justified").exit_code == 0
    again = desk.do("guan", "exceptional", "end", access)
    assert (again.exit_code, again.json["error"]) == (2, "unknown_exceptional")
