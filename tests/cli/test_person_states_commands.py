"""``people mark``, ``unmark``, ``states``: what ends contact, said and undone from a terminal (REQ-089)."""

import pytest
from cli_desk import Desk, in_process


def person(desk: Desk, name: str) -> str:
    """Somebody new, of a source that is made once."""
    if not desk.do("guan", "source", "list").json["sources"]:
        desk.batch("guan", ["source", "add", "CRM", "--name", "CRM", "--provenance", "first"])
    made = desk.do(
        "chen", "people", "add", "--set", f"full_name={name}", "--set", "institution_name=云中医院", "--source", "CRM",
        "--held",
    )  # fmt: skip
    return str(made.json["hcp_id"])


@pytest.mark.req("REQ-089")
def test_a_death_is_reported_confirmed_and_undone_by_two(desk: Desk) -> None:
    hcp = person(desk, "欧阳报丧")
    said = desk.do("chen", "people", "mark", hcp, "deceased", "--reason", "colleague", "--day", "2026-11-20")
    assert (said.exit_code, said.json["confirmed"], said.json["suspended"]) == (0, False, [])
    assert said.json["tasks"]
    refused = desk.do("li", "people", "show", hcp, "--purpose", "visit")
    assert (refused.exit_code, refused.json["refused"]) == (1, "blocked_death_reported")
    waiting = desk.do("li", "people", "states").json["said"]
    assert [(one["hcp_id"], one["said_by"], one["day"]) for one in waiting] == [(hcp, "chen", "2026-11-20")]
    assert desk.do("li", "people", "mark", hcp, "deceased", "--reason", "hospital").json["confirmed"] is True
    shown = desk.do("li", "people", "states", hcp).json
    assert shown["standing"] == ["deceased"] and [one["confirmed_by"] for one in shown["said"]] == ["li", "li"]
    asked = desk.do("li", "people", "unmark", hcp, "deceased", "--reason", "other_person").json
    assert asked["pending"].startswith("REQ-") and "resumed" not in asked
    desk.batch("guan", ["approve", asked["pending"]])
    assert desk.do("li", "people", "states", hcp).json["standing"] == []


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (["mark", "HCP", "decesed", "--reason", "hospital"], 2, "unknown_state"),
        (["mark", "HCP", "deceased", "--reason", "retired"], 2, "unknown_reason"),
        (["mark", "HCP", "dormant", "--reason", "retired", "--day", "2099-01-01"], 2, "in_the_future"),
        (["mark", "HCP", "dormant", "--reason", "retired", "--day", "gestern"], 2, "bad_date"),
        (["mark", "HCP", "dormant", "--reason", "retired", "--source", "NONE"], 2, "unknown_source"),
        (["mark", "HCP-AAAAAAAA", "dormant", "--reason", "retired"], 2, "unknown_person"),
        (["unmark", "HCP", "dormant", "--reason", "back"], 2, "state_not_there"),
        (["unmark", "HCP", "do_not_contact", "--reason", "back"], 2, "unknown_reason"),
    ],
)
def test_bad_input_says_what_is_wrong_and_changes_nothing(desk: Desk, words: list[str], code: int, error: str) -> None:
    hcp = person(desk, "司空问路")
    said = desk.do("li", "people", *(hcp if word == "HCP" else word for word in words))
    assert (said.exit_code, said.json["error"]) == (code, error)
    assert said.json["message"]
    assert desk.do("li", "people", "states", hcp).json["said"] == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_people_read_words_and_no_codes(desk: Desk, lang: str) -> None:
    hcp = person(desk, "上官读字")
    desk.batch("chen", ["people", "mark", hcp, "do_not_contact", "--reason", "person_says"])
    head = [word for word in desk.head("li") if word != "--json"]
    desk.batch("chen", ["people", "mark", hcp, "deceased", "--reason", "public_notice"])
    codes = ("do_not_contact", "person_says", "death_reported", "public_notice", "death_report")
    read = (
        ["people", "states", hcp], ["people", "states"], ["people", "timeline", hcp], ["tasks", "list"],
        ["audit", "list", "--limit", "8"],
    )  # fmt: skip
    for words in read:
        told = in_process(*head, "--lang", lang, *words).stdout
        assert not [code for code in codes if code in told], told
