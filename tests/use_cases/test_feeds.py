"""Changes go to a source by its own numbers, answers come back, what stays open too long stands on Today (REQ-031)."""

from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from support import NOW, Desk, done, files_with, invent, no

from compliance.errors import InputErrors
from compliance.model.access import Purpose
from compliance.progress import NoProgress
from compliance.use_cases.consent import withdrawing
from compliance.use_cases.overview import today
from compliance.use_cases.people import feeds
from compliance.use_cases.seeing import cases, people_list


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk.create(tmp_path_factory.mktemp("feeds"))
    made.bring(invent(4))
    yield made
    made.rise()


@pytest.fixture(scope="module")
def ids(desk: Desk) -> list[str]:
    found = [row.hcp_id for row in done(people_list.find_people(desk.sit("chen"), text="", purpose=Purpose.MDM)).rows]
    for hcp_id in found[:2]:
        desk.consent(hcp_id)
    desk.wait(hours=2)
    done(withdrawing.withdraw_consent(
        desk.sit("wu"), hcp_id=found[0], items=["visit"], received_at=desk.at.isoformat(), channel="phone"
    ))  # fmt: skip
    return found


def send(desk: Desk, path: Path, **more: object) -> feeds.ChangesSent:
    facts = {"source": "CRM", "since": NOW, "path": path, "progress": NoProgress(), **more}
    return done(feeds.send_changes(desk.sit("chen"), **facts))  # type: ignore[arg-type]


def fill(path: Path, out: Path, answers: dict[int, str], change: dict[int, str] | None = None) -> Path:
    """The feed as a CRM hands it back: an answer for each row number."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    for number, answer in answers.items():
        sheet.cell(row=number + 1, column=8, value=answer)
    for number, text in (change or {}).items():
        sheet.cell(row=number + 1, column=1, value=text)
    book.save(out)
    return out


@pytest.mark.req("REQ-031")
def test_the_whole_way_of_a_withdrawal_to_the_source_and_back(desk: Desk, ids: list[str], tmp_path: Path) -> None:
    open_before = {t.kind for t in done(cases.list_tasks(desk.sit("chen"))) if t.hcp_id == ids[0]}
    assert {"tell_source", "review_deletion"} <= open_before
    sent = send(desk, tmp_path / "crm.xlsx")
    assert (sent.rows, sent.people, sent.unknown) == (2, 2, 0)
    rows = list(openpyxl.load_workbook(sent.file).worksheets[0].iter_rows(values_only=True))
    closing = next(number for number, row in enumerate(rows[1:], 1) if row[2] == ids[0])
    assert "停止使用" in rows[closing][4] and "可以使用" in rows[3 - closing][4]
    assert rows[closing][1].startswith("K")
    names = [
        row.fields[0].value or ""
        for row in done(people_list.find_people(desk.sit("chen"), text="", purpose=Purpose.MDM)).rows
    ]
    assert files_with([n for n in names if n], tmp_path) == []

    def overdue() -> int:
        return next((t.count for t in done(today.today(desk.sit("chen"))).tiles if t.key == "feed_overdue"), 0)

    assert overdue() == 0
    desk.wait(hours=25)
    assert overdue() == 1
    failed = done(feeds.take_answers(desk.sit("wu"), path=fill(sent.file, tmp_path / "a.xlsx", {closing: "失败"})))
    assert (failed.read, failed.failed, failed.open, failed.tasks_done) == (2, 1, 1, ())
    assert overdue() == 1
    back = fill(sent.file, tmp_path / "b.xlsx", {closing: "已处理", 3 - closing: "done"})
    tried = done(feeds.take_answers(desk.sit("wu"), path=back, dry_run=True))
    assert (tried.done, len(tried.tasks_done)) == (2, 1)
    assert overdue() == 1
    taken = done(feeds.take_answers(desk.sit("wu"), path=back))
    assert (taken.done, len(taken.tasks_done), taken.problems) == (2, 1, ())
    assert overdue() == 0
    assert "tell_source" not in {t.kind for t in done(cases.list_tasks(desk.sit("chen"))) if t.hcp_id == ids[0]}
    again = done(feeds.take_answers(desk.sit("wu"), path=fill(sent.file, tmp_path / "c.xlsx", {closing: "failed"})))
    assert [code for *_, code in again.problems] == ["answered_before"]


def test_answers_that_cannot_be_read_are_named_and_the_others_count(desk: Desk, ids: list[str], tmp_path: Path) -> None:
    sent = send(desk, tmp_path / "crm.xlsx")
    odd = fill(sent.file, tmp_path / "odd.xlsx", {1: "maybe", 2: "ok"}, {})
    taken = done(feeds.take_answers(desk.sit("chen"), path=odd))
    assert (taken.done, taken.rejected) == (1, 1)
    assert taken.problems[0][1:] == ("answer", "answer_unreadable")
    strange = fill(sent.file, tmp_path / "strange.xlsx", {1: "ok", 2: "ok"}, {1: "FD-AAAAAAAA/1", 2: "第二条"})
    taken = done(feeds.take_answers(desk.sit("chen"), path=strange))
    assert sorted(code for *_, code in taken.problems) == ["change_unknown", "change_unreadable"]


@pytest.mark.req("REQ-031")
def test_a_task_others_must_act_on_is_closed_only_with_a_receipt(desk: Desk, ids: list[str]) -> None:
    task = next(t for t in done(cases.list_tasks(desk.sit("chen"))) if t.kind == "review_deletion")
    assert no(cases.done_task(desk.sit("chen"), task_id=task.task_id)).reason == "receipt_missing"
    assert done(cases.done_task(desk.sit("chen"), task_id=task.task_id, receipt="工单 2026-118")) == task.task_id


def test_bad_input_writes_nothing(desk: Desk, ids: list[str], tmp_path: Path) -> None:
    desk.wait(minutes=1)  # nothing was recorded at this very instant, whichever tests ran before
    there = tmp_path / "there.xlsx"
    there.write_bytes(b"x")
    for facts, code in (
        ({"path": there}, "file_exists"),
        ({"path": tmp_path / "x.csv"}, "not_xlsx"),
        ({"source": "NONE"}, "unknown_source"),
        ({"since": desk.at.replace(year=2030)}, "in_the_future"),
        ({"since": desk.at}, "no_changes"),
    ):
        with pytest.raises(InputErrors, match=code):
            send(desk, **{"path": tmp_path / "new.xlsx", **facts})  # type: ignore[arg-type]
    assert not (tmp_path / "new.xlsx").exists()
    for name in ("zhou", "zheng", "qian"):
        answer = feeds.send_changes(
            desk.sit(name), source="CRM", since=NOW, path=tmp_path / "n.xlsx", progress=NoProgress()
        )
        assert no(answer).reason == "role_not_allowed"
