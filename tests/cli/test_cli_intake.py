"""A carton of forms by command line alone: scanned, assigned, checked by somebody else, closed; lists and logs too."""

import csv

import pytest
import scans
from cli_desk import Desk

NOTICE = "CK-VISIT@1.0"


@pytest.fixture(scope="module")
def people(desk: Desk) -> list[str]:
    """Ids of three people."""
    path = desk.folder / "people.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        names = ("赵一一", "钱二二", "孙三三")
        rows = [[f"N{n}", name, "示例医院"] for n, name in enumerate(names)]
        csv.writer(out).writerows([["客户编号", "姓名", "医院"], *rows])
    desk.do("guan", "source", "add", "LIST", "--name", "list", "--provenance", "first")
    assert desk.do("guan", "import", str(path), "--source", "LIST").exit_code == 0
    found = desk.do("li", "people", "find", "示例医院", "--purpose", "mdm").json
    return [row["hcp_id"] for row in found["results"]]


def test_a_scan_goes_from_the_scanner_to_a_consent(desk: Desk, people: list[str]) -> None:
    listed = desk.do("guan", "notice", "list").json["notices"]
    digest = next(n["sha256"] for n in listed if f"{n['notice']}@{n['version']}" == NOTICE)
    pile = [
        scans.Sheet(code=scans.code(digest, people[0], serial="F-1", items=("visit", "digital/sms")), turned=180),
        scans.Sheet(code=None, seed=9),
    ]
    path = scans.pdf(desk.folder / "pile.pdf", pile)
    made = desk.do("chen", "consent", "scan", str(path), "--stack", "box 1", "--place", "cabinet 3",
                   "--signed-on", "2026-11-20")  # fmt: skip
    assert made.exit_code == 0, made.stdout
    assert {k: made.json[k] for k in ("pages", "forms", "by_code", "by_index", "by_hand", "returned")} == {
        "pages": 2, "forms": 2, "by_code": 1, "by_index": 0, "by_hand": 1, "returned": 0,
    }  # fmt: skip
    assert desk.do("chen", "stack", "next", "box 1").exit_code == 1  # the uploader does not check
    stray = desk.do("chen", "stack", "show", "box 1", "--state", "split").json["forms"][0]["form"]
    moved = desk.do("chen", "stack", "assign", stray, people[1], "--notice", NOTICE, "--line", "visit")
    assert (moved.exit_code, moved.json["state"]) == (0, "to_check")
    shown = desk.do("guan", "stack", "next", "box 1", "--out", str(desk.folder / "page.pdf")).json
    assert (desk.folder / "page.pdf").read_bytes().startswith(b"%PDF")
    assert (shown["hcp_id"], shown["left"], shown["offered_on"]) == (people[0], 2, "2026-11-20")
    half = desk.do("guan", "stack", "accept", shown["form"], "--tick", "visit=given", "--as-offered")
    assert (half.exit_code, half.json["error"]) == (2, "answer_every_item")
    done = desk.do("guan", "stack", "accept", shown["form"], "--tick", "visit=given", "--tick", "digital/sms=empty",
                   "--as-offered")  # fmt: skip
    assert [(x["line"], x["status"]) for x in done.json["lines"]] == [("visit", "given"), ("digital/sms", "no_reply")]
    assert desk.do("guan", "stack", "close", "box 1").json["error"] == "forms_waiting"
    back = desk.do("guan", "stack", "return", stray, "--reason", "no_signature")
    assert back.json["state"] == "returned"
    assert desk.do("guan", "stack", "close", "box 1").json == {
        "stack": "box 1", "accepted": 1, "returned": 1, "deleted": 0, "sandbox": True,
    }  # fmt: skip
    assert desk.do("guan", "stack", "list").json["stacks"][0]["state"] == "closed"


def test_lists_and_logs_count_and_can_be_taken_back(desk: Desk, people: list[str]) -> None:
    folder = desk.folder / "scans"
    folder.mkdir()
    scans.small_pdf(folder / "1.pdf", pages=1, seed=1)
    path = desk.folder / "old.csv"
    head = ["person key", "item", "answer", "notice", "presented", "acted", "method", "file", "place", "pages"]
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(
            [
                head,
                [people[2], "visit", "given", NOTICE, "2026-03-01", "2026-03-01", "paper", "1.pdf", "cabinet", "1"],
                [people[2], "visit", "given", NOTICE, "2026-03-01", "2026-03-01", "paper", "2.pdf", "cabinet", "1"],
            ]
        )
    words = ["consent", "import", str(path), "--evidence-dir", str(folder), "--name", "old"]
    dry = desk.do("chen", *words, "--dry-run", "--report", str(desk.folder / "r.xlsx")).json
    assert (dry["read"], dry["accepted"], dry["rejected"], dry["reasons"]) == (2, 1, 1, {"file_missing": 1})
    made = desk.do("chen", *words)
    assert (made.exit_code, made.json["accepted"], made.json["to_check"]) == (0, 1, 1)
    assert desk.do("guan", "stack", "sample", "old").json["refused"] == "sampling_off"
    status = desk.do("guan", "consent", "status", people[2]).json["lines"]
    event = next(x["event_id"] for x in status if x["line"] == "visit")
    assert desk.do("guan", "consent", "recheck", event).json["result"] == "no_signature"
    undone = desk.do("guan", "consent", "undo-import", "old").json
    assert (undone["acts"], undone["people"]) == (1, 1)
    log = desk.folder / "log.csv"
    log.write_text(
        "external_userid,授权项,动作,协议版本,页面打开时间,点击时间\n"
        f"N2,微信,同意,{NOTICE},2026-03-02 09:00:00,2026-03-02 09:00:09\n",
        encoding="utf-8",
    )
    taken = desk.do("chen", "consent", "import-log", str(log), "--system", "wecom", "--exporter", "admin")
    assert (taken.exit_code, taken.json["accepted"]) == (0, 1), taken.stdout
    assert desk.do("chen", "consent", "import-log", str(log), "--system", "fax").exit_code == 2
