"""The main job through the command line, on a file as a company sends it and one real vault."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cli_desk import AT, PASSPHRASE, Desk, Said, in_process

Run = Callable[..., Said]

#: Codes, names and numbers are invented; 13912340000 and the like belong to nobody's test but this one.
CRM = """客户编号,姓名,性别,医院,科室,职称,省份,城市,手机,邮箱,执业证书编码,是否同意推广,同意日期,月处方量(盒),潜力,备注
A1,欧阳明月,女,示例市第一人民医院,内分泌代谢科,主任医师,上海市,上海市,13967452081,oy@example.com,110310563829417,Y,2026/3/1,120,高,
A2,郑海,男,示例市第一人民医院,心血管内科,副主任医师,上海市,上海市,13958316247,,110310746128593,,,40,C,
A3,郑海,男,示例市第一人民医院,心血管内科,副主任医师,上海市,上海市,13958316247,,110310746128593,,,40,C,
A4,,女,示例市第一人民医院,心血管内科,,上海市,上海市,13971538264,,,,,,,
A5,覃𬭊,女,示例县中医医院,肾内科,主治医师,浙江省,杭州市,139-4826-1573,,,已撤回,2026/2/1,9,A,=1+1
"""


@pytest.fixture(scope="module")
def told(desk: Desk) -> dict[str, Any]:
    """Import, assign, ask, check: the answers by name."""
    crm = desk.folder / "crm.csv"
    crm.write_bytes(CRM.encode("gb18030"))
    scan = desk.folder / "scan.pdf"
    scan.write_bytes(b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n")
    rep = ["rep", "add", "wang", "--role", "rep", "--employee-no", "E100", "--trained-on", "2026-10-01"]
    source, dry, imported, found, _ = desk.batch(
        "li",
        ["source", "add", "CRM", "--name", "CRM", "--provenance", "first"],
        ["import", str(crm), "--source", "CRM", "--dry-run"],
        ["import", str(crm), "--source", "CRM", "--report", str(desk.folder / "report.csv")],
        ["people", "find", "", "--purpose", "mdm"],
        [*rep, "--filing-no", "F1", "--filing-checked-on", "2026-10-02"],
    )
    people = {row["fields"]["full_name"]["value"]: row["hcp_id"] for row in found["results"]}
    record = ["--answer", "given", "--method", "paper", "--notice", "CK-VISIT@1.0", "--presented-at", "2026-11-20"]
    more = ["--acted-at", "2026-11-20", "--evidence", str(scan), "--identity-check", "badge", "--pages", "1"]
    place = ["--place-of-original", "archive 3"]
    hcp = people["欧阳明月"]
    assigned, recorded = desk.batch(
        "li",
        ["assign", *people.values(), "--rep", "wang"],
        ["consent", "record", hcp, "--line", "visit", *record, *more, *place],
    )
    own = desk.do("li", "consent", "check", recorded["event_id"], "--accept")
    before = desk.do("li", "people", "show", hcp, "--purpose", "visit", "--as-rep", "wang")
    checked, status = desk.batch(
        "guan", ["consent", "check", recorded["event_id"], "--accept"], ["consent", "status", hcp]
    )
    return {
        "source": source, "dry": dry, "imported": imported, "people": people, "assigned": assigned, "own": own,
        "recorded": recorded, "checked": checked, "status": status, "before": before, "hcp": hcp,
    }  # fmt: skip


@pytest.mark.req("REQ-064")
def test_an_import_counts_every_row_and_names_dropped_columns(told: dict[str, Any]) -> None:
    report = told["imported"]
    assert report["read"] == 5
    assert report["read"] == report["accepted"] + report["quarantined"] + report["rejected"] + report["duplicates"]
    assert (report["accepted"], report["rejected"], report["duplicates"]) == (3, 1, 1)
    assert {"性别", "月处方量(盒)", "潜力"} <= set(report["refused_columns"])
    assert report["unproven_consents"] >= 1
    assert report["sandbox"] is True
    assert Path(report["report"]).exists()


def test_a_dry_run_counts_the_same_and_keeps_nothing(told: dict[str, Any]) -> None:
    assert told["dry"]["read"] == told["imported"]["read"]
    assert told["dry"]["batch"] is None
    assert len(told["people"]) == 3


@pytest.mark.req("REQ-017")
def test_who_uploaded_evidence_cannot_check_it(told: dict[str, Any]) -> None:
    assert told["recorded"]["status"] == "evidence_pending"
    assert told["own"].exit_code == 1
    assert told["own"].json["refused"] == "same_person"
    assert told["checked"]["status"] == "given"


def test_pending_evidence_opens_nothing_and_checked_evidence_does(told: dict[str, Any], desk: Desk) -> None:
    assert told["before"].exit_code == 1
    shown = desk.do("li", "people", "show", told["hcp"], "--purpose", "visit", "--as-rep", "wang")
    assert shown.exit_code == 0
    assert shown.json["fields"]["institution_name"]["state"] == "disclosed"
    assert "13967452081" not in shown.stdout
    visit = next(line for line in told["status"]["lines"] if line["line"] == "visit")
    assert (visit["status"], visit["code"], visit["notice"]) == ("given", "VALID_LATEST", "CK-VISIT@1.0")


def test_why_explains_a_field(told: dict[str, Any], desk: Desk) -> None:
    said = desk.do("li", "people", "why", told["hcp"], "mobile_phone", "--purpose", "visit", "--as-rep", "wang")
    assert said.exit_code == 0
    assert set(said.json) >= {"state", "reason", "references", "lifted_by", "level", "reference_code"}
    assert said.json["state"] in ("masked", "withheld")


def test_a_list_goes_on_behind_its_last_person(told: dict[str, Any], desk: Desk) -> None:
    find, views = ["people", "find", "", "--purpose", "mdm"], ["people", "views"]
    whole, first, _, viewed = desk.batch(
        "li",
        [*find],
        [*find, "--limit", "2"],
        [*views, "save", "all", "--purpose", "mdm"],
        [*views, "open", "all", "--limit", "2"],
    )
    ids = [row["hcp_id"] for row in whole["results"]]
    assert (first["more"], viewed["more"], whole["more"]) == (ids[1], ids[1], "")
    further, seen, nowhere, two = desk.batch(
        "li",
        [*find, "--after", first["more"]],
        [*views, "open", "all", "--after", viewed["more"], "--limit", "1"],
        [*find, "--after", "HCP-ZZZZZZZZ"],
        [*find, "--after", ids[0], "--offset", "1"],
        check=False,
    )
    assert [row["hcp_id"] for row in further["results"]] == ids[2:] and further["total"] == len(ids)
    assert [row["hcp_id"] for row in seen["results"]] == ids[2:3]
    assert (nowhere["error"], two["error"]) == ("place_not_listed", "two_places")
    said = in_process(*desk.head("li")[1:], *find, "--limit", "2")
    assert f"--after {ids[1]}" in said.stdout


@pytest.mark.req("REQ-049", "REQ-050")
def test_a_sheet_names_its_reader_and_passes_the_leak_check(told: dict[str, Any], desk: Desk) -> None:
    out = desk.folder / "sheets"
    closed = told["people"]["郑海"]
    said = desk.do("li", "sheet", "make", told["hcp"], closed, "--purpose", "visit", "--for", "wang", "--out", str(out))
    assert said.exit_code == 0
    [sheet] = said.json["sheets"]
    [refused] = said.json["refused"]
    assert refused["hcp_id"] == closed
    assert refused["references"] and refused["lifted_by"]
    nothing = desk.do("li", "sheet", "make", closed, "--purpose", "visit", "--for", "wang", "--out", str(out / "no"))
    assert (nothing.exit_code, nothing.json["sheets"], len(nothing.json["refused"])) == (1, [], 1)
    make = ["sheet", "make", closed, "--purpose", "visit", "--for", "wang", "--out", str(out / "no")]
    several = desk.batch("li", make, ["people", "find", "", "--purpose", "mdm"], check=False)
    assert [one["exit_code"] for one in several] == [1, 0], "in a batch it says the same, and the others are told"
    page = desk.folder / "plan.pdf"
    plan = desk.do("li", "sheet", "dayplan", closed, "--for", "wang", "--date", "2026-11-25", "--out", str(page))
    assert (plan.exit_code, plan.json["sheets"]) == (1, []) and not page.exists()
    listed = desk.folder / "closed.pdf"
    both = desk.do(
        "li", "sheet", "make", closed, "--purpose", "visit", "--for", "wang", "--out", str(out / "no"),
        "--do-not-contact", str(listed),
    )  # fmt: skip
    assert both.exit_code == 0 and listed.exists(), "a list was made"
    values = desk.folder / "values.txt"
    values.write_text("13967452081\n110310563829417\n", encoding="utf-8")
    attacked = desk.do("li", "sheet", "attack", sheet["path"], "--values", str(values))
    assert (attacked.exit_code, attacked.json["clean"], attacked.json["leaks"]) == (0, True, [])
    values.write_text("13967452081\n\n欧阳明月\n", encoding="utf-8")
    named = in_process("--lang", "en", "sheet", "attack", sheet["path"], "--values", str(values))
    assert named.exit_code == 3 and "Value 2 of the list is found in the text layer" in named.stdout
    assert "Value 1" not in named.stdout and "text_layer" not in named.stdout
    assert "欧阳" not in Path(sheet["path"]).name


def test_a_pack_holds_what_the_rep_may_see_and_replaces_nothing_older(told: dict[str, Any], desk: Desk) -> None:
    home, secret = desk.folder / "rep.ckvault", desk.secret("wang")
    secret.write_text(PASSPHRASE + " wang\n", encoding="utf-8")
    made = in_process("--json", "--at", AT, "rep", "init", str(home), "--new-passphrase-file", str(secret))
    assert made.exit_code == 0, made
    assert made.json["recipient"].startswith("age1")
    rep = ["rep", "add", "wang", "--role", "rep", "--employee-no", "E100", "--recipient", made.json["recipient"]]
    trained = ["--trained-on", "2026-10-01", "--filing-no", "F1", "--filing-checked-on", "2026-10-02"]
    packs = [desk.folder / "1.ckpack", desk.folder / "2.ckpack"]
    _, first, second = desk.batch(
        "li", [*rep, *trained], *(["bundle", "make", "--for", "wang", "--out", str(pack)] for pack in packs)
    )
    assert (first["sequence"], second["sequence"]) == (1, 2)
    field = Desk(desk.folder, home)
    assert field.do("wang", "people", "find", "", "--purpose", "visit").json["total"] == 0
    counts = [
        desk.do("li", "people", "find", text, "--purpose", "mdm").json["total"]
        for text in ("", "consent:visit=given", "-consent:visit=given")
    ]
    assert counts[0] == counts[1] + counts[2] and all(counts)
    assert desk.do("li", "people", "find", "--purpose", "mdm", "--limt", "5", "x").json["error"] == "usage"
    opened = field.do("wang", "bundle", "open", str(packs[1]))
    assert (opened.exit_code, opened.json["sequence"], opened.json["sandbox"]) == (0, 2, True)
    older = field.do("wang", "bundle", "open", str(packs[0]))
    assert older.exit_code in (1, 3)
    shown = field.do("wang", "people", "show", told["hcp"], "--purpose", "visit")
    assert shown.exit_code == 0
    assert "13967452081" not in shown.stdout
    assert field.do("wang", "audit", "list").json["error"] == "master_vault_needed"
    assert desk.do("li", "bundle", "state").json["error"] == "rep_vault_needed"


@pytest.mark.req("REQ-050", "REQ-051")
def test_a_day_plan_its_register_and_its_end(told: dict[str, Any], desk: Desk) -> None:
    plan, closed = desk.folder / "plan.pdf", told["people"]["郑海"]
    people = [told["hcp"], closed, "HCP-AAAAAAAA"]
    words = ["sheet", "dayplan", *people, "--for", "wang", "--out", str(plan)]
    said = desk.do("li", *words, "--date", "2026-11-24")
    assert said.exit_code == 0, said
    [sheet] = said.json["sheets"]
    assert (sheet["hcp_id"], sheet["path"], sheet["visit"]) == (told["hcp"], str(plan), "open")
    assert {no["hcp_id"]: no["refused"] for no in said.json["refused"]} == dict.fromkeys(people[1:], "no_valid_consent")
    assert desk.do("li", "sheet", "attack", str(plan)).json["clean"]
    faults = {"2026-11-23": "day_over", "2026-12-24": "day_too_far", "2026-11-24": "file_exists"}
    for day, code in faults.items():
        again = desk.do("li", *words, "--date", day)
        assert (again.exit_code, again.json["error"]) == (2, code)
    no_rep = desk.do("li", "sheet", "dayplan", told["hcp"], "--date", "2026-11-24", "--out", str(plan))
    assert (no_rep.exit_code, no_rep.json["error"]) == (2, "rep_needed")
    [listed] = [p for p in desk.do("chen", "sheet", "list").json["sheets"] if p["serial"] == sheet["serial"]]
    assert (listed["kind"], listed["state"], listed["rep"]) == ("day_plan", "out", "wang")
    assert desk.do("chen", "sheet", "recall", sheet["serial"]).json["recalled"] == [sheet["serial"]]
    assert desk.do("li", "today").json["tiles"]
    done = desk.do("chen", "sheet", "report", "destroyed", sheet["serial"])
    assert (done.exit_code, done.json["reported"]) == (0, [sheet["serial"]])
    none = desk.do("chen", "sheet", "report", "destroyed", "--expired", "--rep", "wang")
    assert (none.exit_code, none.json["error"]) == (2, "serial_needed")
    twice = desk.do("chen", "sheet", "report", "lost", sheet["serial"])
    assert (twice.exit_code, twice.json["error"]) == (2, "sheet_ended")
    ended = desk.do("shen", "sheet", "list", "--state", "ended").json["sheets"]
    assert (ended[0]["serial"], ended[0]["how"], ended[0]["reported_by"]) == (sheet["serial"], "destroyed", "chen")
    assert desk.do("shen", "sheet", "recall", sheet["serial"]).exit_code == 1


@pytest.mark.req("REQ-049")
def test_a_preview_names_what_becomes_of_each_field(told: dict[str, Any], desk: Desk) -> None:
    seen = desk.do("li", "sheet", "preview", told["hcp"], "--purpose", "visit", "--for", "wang").json
    assert seen["page"] and seen["fields"]["full_name"]["on_page"] == "printed"
    assert seen["fields"]["mobile_phone"]["on_page"] in ("hidden", "masked", "not_on_sheet")
    closed = desk.do("li", "sheet", "preview", told["people"]["郑海"], "--purpose", "visit", "--for", "wang")
    assert closed.exit_code == 1


@pytest.mark.req("REQ-028", "REQ-030")
def test_a_withdrawal_acts_at_the_next_read(told: dict[str, Any], desk: Desk) -> None:
    later = "2026-11-24T11:00:00+08:00"
    withdraw = ["consent", "withdraw", told["hcp"], "--line", "visit", "--received-at", later, "--channel", "phone"]
    withdrawn = desk.do("li", *withdraw, at=later)
    assert (withdrawn.exit_code, withdrawn.json["withdrawn"]) == (0, ["visit"])
    closed = desk.do("li", "people", "show", told["hcp"], "--purpose", "visit", "--as-rep", "wang", at=later)
    assert (closed.exit_code, closed.json["refused"]) == (1, "no_valid_consent")
    assert closed.json["action"].startswith("do_not_ask_before:2027-05-")
