"""``people why --code``: a code opens the full reason; what is wrong with it is said."""

import pytest
from cli_desk import Desk, in_process


@pytest.mark.req("REQ-044")
def test_a_code_opens_and_says_then_and_now(desk: Desk) -> None:
    desk.batch("guan", ["source", "add", "CRM", "--name", "CRM", "--provenance", "first"])
    added = desk.do(
        "chen",
        "people",
        "add",
        "--set",
        "full_name=欧阳问路",
        "--set",
        "institution_name=云中医院",
        "--source",
        "CRM",
        "--held",
    )
    hcp = added.json["hcp_id"]
    refused = desk.do("li", "people", "show", hcp, "--purpose", "visit")
    assert refused.exit_code == 1
    code = refused.json["reference_code"]
    for typed in (code, code.lower(), f" {code} "):
        opened = desk.do("guan", "people", "why", "--code", typed)
        assert opened.exit_code == 0, opened
        assert (opened.json["hcp_id"], opened.json["purpose"], opened.json["reader"]) == (hcp, "visit", "li")
        assert opened.json["then"]["step"] == "basis" == opened.json["now"]["step"]
        assert opened.json["then"]["reason"] == opened.json["now"]["reason"] == refused.json["refused"]
    words = desk.head("guan")
    said = in_process(*(word for word in words if word != "--json"), "people", "why", "--code", code)
    assert f"{code} · li" in said.stdout and "then: " in said.stdout and "now: " in said.stdout


@pytest.mark.req("REQ-044")
def test_what_is_shown_is_not_called_refused_and_an_officer_reads_the_step(desk: Desk) -> None:
    desk.batch("guan", ["source", "add", "CRM2", "--name", "CRM", "--provenance", "first"])
    named = ("--set", "full_name=欧阳问津", "--set", "institution_name=云中医院", "--source", "CRM2", "--held")
    hcp = desk.do("chen", "people", "add", *named).json["hcp_id"]
    plain = [word for word in desk.head("li") if word != "--json"]
    shown = in_process(*plain, "--lang", "en", "people", "why", hcp, "full_name", "--purpose", "mdm")
    assert "Reason: " in shown.stdout and "Refused" not in shown.stdout
    no = in_process(*plain, "--lang", "en", "people", "why", hcp, "full_name", "--purpose", "visit")
    assert "Refused: " in no.stdout and "legal basis" in no.stdout
    told = desk.do("li", "people", "why", hcp, "full_name", "--purpose", "visit").json
    assert (told["level"], told["step"]) == (2, "basis") and "about" in told


def test_what_is_no_code_and_what_stands_beside_one(desk: Desk) -> None:
    for wrong, error in ((["--code", "K7-3F"], "unknown_code"), (["--code", "A1", "HCP-AAAAAAAA"], "code_alone")):
        said = desk.do("guan", "people", "why", *wrong)
        assert (said.exit_code, said.json["error"]) == (2, error)
    lacking = desk.do("guan", "people", "why")
    assert lacking.exit_code == 2 and [f["where"] for f in lacking.json["faults"]] == ["hcp", "key", "purpose"]
