"""The reading process: same rows as here, limits, cancel, death. No process and no file is left behind."""

import json
import multiprocessing
import os
import signal
import sys
from datetime import date

import pytest

from compliance.errors import Cancelled, InputErrors
from compliance.importing import codec, limited
from compliance.importing.batches import lists_of
from compliance.importing.child import ReadRequest, open_rows
from compliance.importing.guard import apply_guard
from compliance.importing.mapping import Mapping
from compliance.importing.results import Kind, RowResult, RowStatus
from compliance.progress import Phase, ProgressSlot

TODAY = date(2026, 11, 24)


def request(path, **options) -> ReadRequest:
    return ReadRequest(path=path, today=TODAY, settle_seconds=0, **options)


def guard(text: str) -> str | None:
    return "family" if "女儿" in text else None


@pytest.fixture(autouse=True)
def no_child_survives():
    yield
    assert not multiprocessing.active_children()


@pytest.mark.parametrize("name", ["crm.csv", "event.xlsx"])
def test_the_child_gives_what_reading_here_gives(name, sample_files, read):
    here, counts = read(sample_files[name], guard=guard)
    with open_rows(request(sample_files[name]), note_guard=guard) as reading:
        assert reading.facts.header_row == (2 if name.endswith("xlsx") else 1)
        assert [column.header for column in reading.facts.refused][:2] == ["性别", "微信号"]
        there = list(reading.rows())
        assert there == here
        told = reading.counts
    assert (told.read, told.accepted, told.quarantined, told.duplicates) == (
        counts.read, counts.accepted, counts.quarantined, counts.duplicates
    )  # fmt: skip
    assert told.codes["family"] == sum(("last_visit_note", "family") in row.codes for row in here)
    assert told.file_sha256 == counts.file_sha256 != ""


def test_without_a_guard_no_remark_passes(sample_files):
    with open_rows(request(sample_files["crm.csv"])) as reading:
        rows = list(reading.rows())
    assert not any("last_visit_note" in row.values for row in rows)
    assert any(("last_visit_note", "note_unjudged") in row.codes for row in rows)


def test_options_travel(write):
    path = write("姓名,医院,神秘列,身份证号\n张三,甲医院,内科,坏\n")
    mapping = Mapping("m", (("神秘列", "department"),))
    asked = request(path, mapping=mapping, finance=True, keep_raw=True, source_code="CRM", sheet=None, header_row=1)
    assert ReadRequest.from_json(asked.to_json()).mapping == mapping
    with open_rows(asked, note_guard=guard) as reading:
        row = next(reading.rows())
    assert row.values["department"] == "内科" and row.raw == {"id_doc_no": "坏"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "file_empty"),
        ("a,b\n", "no_header"),
        ("姓名,医院,医院\n", "duplicate_headers"),
        ('姓名,医院\n张三,"x\n', "quote_unclosed"),
    ],
)
def test_faults_keep_their_code(text, code, write):
    with pytest.raises(InputErrors) as error, open_rows(request(write(text)), note_guard=guard) as reading:
        list(reading.rows())
    assert error.value.faults[0].code == code


def test_a_missing_file_starts_no_process(tmp_path, monkeypatch):
    monkeypatch.setattr(limited, "start", lambda *_, **__: pytest.fail("no process for a file that is not there"))
    with pytest.raises(InputErrors) as error, open_rows(request(tmp_path / "x.csv"), note_guard=guard):
        pass
    assert error.value.code == "file_missing"


class StopAfter(ProgressSlot):
    """Cancels at the first tick after some rows were seen."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.rows, self.phases = rows, []

    def phase(self, phase: Phase) -> None:
        self.phases.append(phase)
        super().phase(phase)

    def tick(self, done: int, total: int | None) -> None:
        if done >= self.rows:
            self.cancel()
        super().tick(done, total)


@pytest.mark.parametrize("rows", [0, 300])
def test_cancel_ends_the_process(rows, sample_files):
    progress = StopAfter(rows)
    with (
        pytest.raises(Cancelled),
        open_rows(request(sample_files["crm.csv"], batch_rows=50), note_guard=guard, progress=progress) as reading,
    ):
        list(reading.rows())
    assert progress.phases[0] is Phase.OPENING


def test_progress_is_exact_for_csv(sample_files):
    progress = ProgressSlot()
    with open_rows(request(sample_files["crm.csv"]), note_guard=guard, progress=progress) as reading:
        list(reading.rows())
        phase, done, total = progress.current
    assert phase is Phase.READING and total is not None and total - 3 <= done <= total


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_a_killed_child_is_an_error_with_a_code(sample_files):
    with (
        pytest.raises(InputErrors) as error,
        open_rows(request(sample_files["crm.csv"], batch_rows=10), note_guard=guard) as reading,
    ):
        os.kill(multiprocessing.active_children()[0].pid, signal.SIGKILL)
        list(reading.rows())
    assert error.value.faults[0].code == "reader_failed"


def test_leaving_early_ends_the_child(sample_files):
    with open_rows(request(sample_files["crm.csv"], batch_rows=10), note_guard=guard) as reading:
        next(reading.rows())
        with pytest.raises(InputErrors):
            _ = reading.counts


@pytest.mark.skipif(sys.platform != "linux", reason="address space is limited on Linux only")
def test_memory_is_limited(tmp_path):
    path = tmp_path / "big.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("客户编号,姓名,医院\n")
        for number in range(60_000):
            file.write(f"C{number},张三{'甲' * 20},医院{number}\n")
    with pytest.raises(InputErrors) as error, open_rows(request(path, memory=48 << 20), note_guard=guard) as reading:
        list(reading.rows())
    assert error.value.faults[0].code == "file_too_large"


@pytest.mark.skipif(sys.platform != "linux", reason="processor time is limited on Linux only")
def test_a_sheet_that_claims_the_whole_grid_does_not_take_the_machine(tmp_path):
    import xlsxwriter

    path = tmp_path / "wide.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["姓名", "医院"])
        sheet.write(1_048_575, 16_383, "x")
    with pytest.raises(InputErrors) as error, open_rows(request(path), note_guard=guard) as reading:
        list(reading.rows())
    assert error.value.faults[0].code == "file_too_large"


def test_nonsense_from_the_child_is_not_believed():
    for rows in ([[1]], [[1, 99, {}, None, [], [], [], None, [], "", "", {}]]):
        with pytest.raises((ValueError, IndexError)):
            codec.load_rows(rows)
    with pytest.raises(ValueError):
        codec.loads(b"[1]")
    with pytest.raises(ValueError):
        codec.load_rows([[1, 0, {"a": 1}, None, [], [], [], None, [], "", "", {}]])


def crossed(rows, **spoilt):
    return lists_of(json.loads(codec.dump_rows(rows))["rows"] | spoilt)


def test_rows_survive_the_crossing(sample_files, read):
    rows, _ = read(sample_files["crm.csv"], keep_raw=True)
    assert codec.load_rows(crossed(rows)) == rows
    assert codec.load_rows(crossed([])) == []
    given = RowResult(
        row=4, status=RowStatus.ACCEPTED, values={"full_name": "", "x": "y"}, source_ids=("A", "B"), first_row=2
    )
    assert codec.load_rows(crossed([given, rows[0]])) == [given, rows[0]]
    ours, other = crossed(rows)[:2]
    ours[6].append(("row", "objection"))
    assert ("row", "objection") not in other[6], "reasons are each row's own"
    assert [apply_guard(row, lambda text: None) for row in rows] == rows


def test_columns_of_nonsense_are_not_believed(sample_files, read):
    rows, _ = read(sample_files["crm.csv"])
    for spoilt in (
        {"row": [1]}, {"keys": ["full_name"]}, {"values": [""]}, {"values": [7]}, {"day": "x"}, {"codes": [9]},
        {"answers": [None] * len(rows)}, {"first": [[len(rows), 1]]}, {"label": None},
    ):  # fmt: skip
        with pytest.raises((AttributeError, KeyError, TypeError, ValueError, IndexError)):
            crossed(rows, **spoilt)
    hostile = RowResult(row=4, status=RowStatus.ACCEPTED, values={"full_name": "a\x7fb"})
    with pytest.raises(ValueError, match="no cell holds"):
        codec.dump_rows([hostile])


def test_other_lists_are_read_the_same_way(write):
    path = write("姓名,工号\n周若宁,E1\n")
    with open_rows(request(path, kind=Kind.ROSTER), note_guard=guard) as reading:
        assert next(reading.rows()).values == {"name": "周若宁", "employee_no": "E1"}
