"""``retention …`` as a script drives it: found, held, put off, let go by two, certified, refused."""

from pathlib import Path

import pytest
from cli_desk import Desk, in_process

LATER = "2027-03-10T10:00:00+08:00"


@pytest.fixture(scope="module")
def people(desk: Desk) -> list[str]:
    """Three people recorded in November, none with a basis."""
    desk.batch("guan", ["source", "add", "CRM", "--name", "CRM", "--provenance", "first"])
    made = desk.batch(
        "chen",
        *(
            [
                "people",
                "add",
                "--source",
                "CRM",
                "--held",
                "--set",
                f"full_name={name}",
                "--set",
                "institution_name=云中医院",
            ]
            for name in ("慕容知白", "皇甫清和", "司徒怀瑾")
        ),
    )
    return [row["answer"]["hcp_id"] if "answer" in row else row["hcp_id"] for row in made]


@pytest.mark.req("REQ-091", "REQ-092", "REQ-093")
def test_from_the_preview_to_the_certificate(desk: Desk, people: list[str], tmp_path: Path) -> None:
    soon = desk.do("li", "retention", "due", "--within", "120").json
    assert (soon["people"], soon["ending"], soon["unknown"]) == (3, 6, 0)
    assert soon["groups"][0] | {"territory": ""} == {
        "rule": "held", "territory": "", "ending": 6, "people": 3, "held": 0, "at_end": "erase", "extend": "two",
    }  # fmt: skip
    assert desk.do("li", "retention", "preview", "--until", "2027-02-21").json["ending"] == 0
    shown = desk.do("li", "retention", "show", people[0]).json["ends"]
    assert {(row["rule"], row["last"], row["over"]) for row in shown} == {("held", "2027-02-22", False)}
    plain = [word for word in desk.head("li") if word != "--json"]
    told = in_process(*plain, "retention", "show", people[0]).stdout
    assert "code for --rule" in told and " held " in told  # words say which rule, the code what to type
    assert desk.do("chen", "retention", "due").exit_code == 1
    both = desk.do("li", "retention", "due", "--within", "7", "--until", "2027-01-01")
    assert (both.exit_code, both.json["error"]) == (2, "one_of_two")
    hold = ["retention", "hold", people[0], "--authority", "CC 188", "--reason", "dispute 7", "--approver", "guan"]
    no_end = desk.do("li", *hold, "--ground", "dispute")
    assert (no_end.exit_code, no_end.json["error"]) == (2, "hold_needs_end")
    assert no_end.json["faults"][0]["where"] == "until"
    assert desk.do("li", *hold, "--ground", "inspection", "--until", "2027-12-31").json["error"] == "unknown_ground"
    held = desk.do("li", *hold, "--ground", "dispute", "--until", "2027-12-31").json
    assert held["stands"] and held["ground"] == "dispute"
    refused = desk.do("li", "people", "show", people[0], "--purpose", "mdm")
    assert (refused.exit_code, refused.json["refused"]) == (1, "blocked_held") and refused.json["lifted_by"]
    asked = desk.do(
        "li", "retention", "extend", people[1], "--rule", "held", "--until", "2027-04-30", "--reason", "contract"
    )
    assert desk.do("guan", "approve", asked.json["pending"]).exit_code == 0
    assert len(desk.do("li", "retention", "extensions").json["extensions"]) == 1
    never = desk.do("li", "retention", "extend", people[1], "--rule", "tags", "--until", "2027-01-30", "--reason", "x")
    assert (never.exit_code, never.json["refused"]) == (1, "retention_no_extension")
    gone = desk.do("li", "people", "show", people[2], "--purpose", "mdm", at=LATER).json["fields"]["full_name"]
    assert (gone["state"], gone["value"], gone["reason"]) == ("withheld", None, "retention_ended")
    made = desk.do("li", "retention", "release", "--reason", "weekly", at=LATER).json
    assert (made["people"], made["ending"]) == (1, 2)
    early = desk.do("guan", "retention", "run", made["run"], at=LATER)
    assert (early.exit_code, early.json["error"]) == (2, "run_not_released")
    assert desk.do("guan", "approve", made["pending"], at=LATER).exit_code == 0
    ran = desk.do("guan", "retention", "run", made["run"], at=LATER)
    assert ran.exit_code == 0 and (ran.json["done"], ran.json["people"], ran.json["let_go"]) == (True, 1, 2)
    assert desk.do("li", "retention", "runs", at=LATER).json["runs"][0]["left"] == 0
    for fmt in ("pdf", "json"):
        out = tmp_path / f"certificate.{fmt}"
        words = ["retention", "certificate", made["run"], "--format", fmt, "--out", str(out)]
        assert desk.do("li", *words, at=LATER).exit_code == 0
        assert desk.do("li", "verify", str(out), at=LATER).json["ok"]
    nothing = desk.do("li", "retention", "release", "--reason", "again", at=LATER)
    assert (nothing.exit_code, nothing.json["error"]) == (2, "nothing_due")
