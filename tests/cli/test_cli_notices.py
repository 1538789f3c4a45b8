"""Notices, forms, hand-overs and campaigns from the command line, in one journey."""

import re
import sys
from pathlib import Path

import pytest
from cli_desk import Desk

from compliance.resources import read_tree

sys.path.insert(0, str(Path(__file__).parent.parent / "use_cases"))
from notice_files import VISIT, edited, put, without_block

KINDS = '"mobile_phone", "work_email"'


@pytest.mark.req("REQ-001", "REQ-007")
def test_a_notice_from_file_to_campaign(desk: Desk, tmp_path: Path) -> None:
    gap = put(tmp_path, without_block(edited(VISIT), "retention"), "gap.toml")
    said = desk.do("guan", "notice", "check", str(gap))
    assert said.exit_code == 2 and said.json["faults"][0]["where"] == "retention"
    said = desk.do("guan", "notice", "activate", str(gap))
    assert (said.exit_code, said.json["refused"], said.json["lifted_by"]) == (1, "notice_incomplete", "retention")
    said = desk.do("guan", "notice", "show", "CK-VISIT@1.0", "--lang", "zh", "--out", str(tmp_path / "rules.pdf"))
    assert said.exit_code == 0 and re.fullmatch(r"[0-9a-f]{64}", said.json["rendering"])
    said = desk.do("guan", "notice", "retire", "CK-VISIT@1.0", "--from", "2027-01-01", "--dry-run")
    assert said.json["people"] == 0
    wide = put(tmp_path, edited(VISIT, (KINDS, KINDS + ', "concept"')), "wide.toml")
    drafted, staged, back, active, diff, plan, listed = desk.batch(
        "guan",
        ["notice", "draft", str(wide)],
        ["notice", "stage", "CK-VISIT@2.0", "--from", "2026-12-01"],
        ["notice", "activate", "CK-VISIT@2.0", "--from", "2026-11-01"],
        ["notice", "activate", "CK-VISIT@2.0", "--from", "2026-11-24"],
        ["notice", "diff", "CK-VISIT@1.0", "CK-VISIT@2.0"],
        ["notice", "plan", "CK-VISIT@1.0", "CK-VISIT@2.0"],
        ["notice", "list"],
        check=False,
    )
    assert (drafted["gaps"], drafted["predecessor"]) == ([], "CK-VISIT@1.0")
    assert len(drafted["matrix"]) == 64 and drafted["outside"] == []
    assert staged["state"] == "staged"
    assert back["error"] == "back_dated"
    assert (active["state"], active["class"], active["retired"]) == ("active", "reconsent", "CK-VISIT@1.0")
    assert diff["class"] == "reconsent" and diff["people"] == 0
    assert diff["elements"] == [
        {"element": "kinds", "class": "reconsent", "line": "visit", "added": ["concept"], "removed": []}
    ]
    assert plan["by_rep"] == []
    states = {f"{n['notice']}@{n['version']}": n["state"] for n in listed["notices"]}
    assert (states["CK-VISIT@1.0"], states["CK-VISIT@2.0"]) == ("retired", "active")
    for words, error in (
        (["notice", "forms", "CK-VISIT@2.0", "--out", str(tmp_path / "x.pdf")], "hcp_or_rep"),
        (["notice", "forms", "CK-VISIT@1.0", "HCP-AAAAAAAA", "--out", str(tmp_path / "x.pdf")], "notice_not_active"),
        (["campaign", "start", "CK-VISIT@2.0"], "nobody_concerned"),
        (["campaign", "show", "CP-NONE"], "unknown_campaign"),
        (["notice", "shown", "EV-NONE"], "no_rendering_kept"),
        (["consent", "present", "HCP-AAAAAAAA", "--notice", "NO@1", "--channel", "x"], "unknown_notice"),
        (["notice", "except", "--code", "emergency", "--purpose", "visit", "--citation", "PIPL 18(2)",
          "--approver", "guan"], "end_missing"),
        (["settings", "set", "ask-lock-days", "10"], "ask_lock_out_of_range"),
    ):  # fmt: skip
        said = desk.do("chen" if words[1] == "forms" else "guan", *words)
        assert (said.exit_code, said.json["error"]) == (2, error), said.stdout
    said = desk.do("guan", "settings", "set", "ask-lock-days", "365")
    assert said.json["settings"]["ask_lock_days"] == 365
    assert desk.do("guan", "campaign", "list").json == {"campaigns": [], "sandbox": True}
    assert read_tree("notices")
