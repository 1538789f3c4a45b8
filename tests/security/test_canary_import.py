"""The canary of an import: no value of a row in a log, a fault, an output, a temporary file or a file name, also when
the process that reads or the one that seals is killed while it holds them."""

import logging
import multiprocessing
import os
import signal
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import Desk, Doctor, done, files_with, invent, write_csv

from compliance.errors import Cancelled, ComplianceError
from compliance.model.access import Role
from compliance.model.profile import SourceClass
from compliance.progress import Phase
from compliance.use_cases.evidence import evidence
from compliance.use_cases.imports import import_stream, imports
from compliance.use_cases.people import objections, sources

MARKED = Doctor(
    number="CANID77310", name="亓官灵犀", hospital="金丝雀专科医院", phone="13988887654", licence="110987654321098",
    email="canary.lingxi@quux.example", note="金丝雀备注原文", consent="金丝雀答复", updated="金丝雀日期",
)  # fmt: skip
MARKS = [MARKED.name, MARKED.hospital, MARKED.phone, MARKED.licence, MARKED.email, MARKED.note, MARKED.number,
         MARKED.consent, MARKED.updated]  # fmt: skip


class Watch:
    """Kills a process of the import, or the import itself, once rows are on their way."""

    def __init__(self, victim: str) -> None:
        self.victim, self.struck = victim, False

    def phase(self, phase: Phase) -> None:
        """Nothing."""

    def tick(self, rows: int, total: int | None) -> None:
        """Strike once there is something in hand."""
        if self.struck or not rows:
            return
        if self.victim == "user":
            self.struck = True
            raise Cancelled
        for child in multiprocessing.active_children():
            if child.name == f"consentkeep-{self.victim}" and child.pid:
                os.kill(child.pid, signal.SIGKILL)
                self.struck = True


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Path]]:
    found = {name: tmp_path / name for name in ("temp", "state", "given", "made")}
    for folder in found.values():
        folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(found["temp"]))
    monkeypatch.setattr(tempfile, "tempdir", str(found["temp"]))
    monkeypatch.setenv("CONSENTKEEP_STATE_DIR", str(found["state"]))
    yield found


@pytest.mark.req("REQ-103")
@pytest.mark.parametrize("victim", ["reader", "sealer", "user"])
def test_a_killed_import_tells_nobody_what_it_held(
    places: dict[str, Path], tmp_path: Path, victim: str, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(import_stream, "SEPARATE_FROM", 0)
    monkeypatch.setattr(import_stream, "_PIPE_BYTES", 1 << 16)  # else all rows are on their way before the first is in
    desk = Desk.create(tmp_path / "desk", staff={"zhao": Role.DPO, "wu": Role.CLERK})
    path = write_csv(places["given"] / "crm.csv", [MARKED, *invent(6000, first=50_000), MARKED])
    watch, report = Watch(victim), places["made"] / "report.csv"
    request = imports.ImportRequest(path=path, source="CRM", report=report)
    with pytest.raises((ComplianceError, Cancelled)) as fault:
        imports.import_people(desk.sit("wu"), request=request, progress=watch)
    assert watch.struck and not report.exists()
    told = "".join(traceback.format_exception(fault.value)) + repr(fault.value)
    with desk.sit("zhao").vault.snapshot() as snap:
        assert snap.people.count() == 0
    told += str(done(evidence.list_entries(desk.sit("zhao"), limit=1000)))
    assert files_with(MARKS, desk.vault, places["temp"], places["state"], places["made"]) == []
    desk.rise()
    assert files_with(MARKS, desk.vault, places["temp"], places["state"], places["made"]) == []
    out, err = capfd.readouterr()
    heard = "\n".join([told, caplog.text, out, err])
    assert not [mark for mark in MARKS if mark in heard]


@pytest.mark.req("REQ-034", "REQ-103")
@pytest.mark.parametrize("beside", [False, True])
def test_rejected_rows_are_named_by_number_and_code(
    places: dict[str, Path], tmp_path: Path, beside: bool, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(import_stream, "SEPARATE_FROM", 0 if beside else 1 << 40)
    desk = Desk.create(tmp_path / "desk", staff={"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK})
    done(sources.add_source(desk.sit("zhao"), code="PUB", name="PUB", provenance=SourceClass.PUBLIC))
    desk.bring([MARKED], source="PUB")
    done(objections.object_public(desk.sit("wu"), hcp_id=desk.id_of(MARKED.name)))
    other = Doctor(number=MARKED.number, name="别人甲", hospital="别的医院", licence=MARKED.licence)
    path = write_csv(places["given"] / "list.csv", [MARKED, MARKED, other])
    report = places["made"] / "report.csv"
    request = imports.ImportRequest(path=path, source="PUB", report=report, save_mapping="list")
    answer = done(imports.import_people(desk.sit("wu"), request=request, progress=Watch("nobody")))
    assert (answer.read, answer.rejected) == (3, 3)
    told = repr(answer) + str(answer.as_json()) + str(done(evidence.list_entries(desk.sit("zhao"), limit=1000)))
    told += report.read_text("utf-8-sig")
    desk.rise()
    assert files_with(MARKS, desk.vault, places["temp"], places["state"]) == []
    out, err = capfd.readouterr()
    heard = "\n".join([told, caplog.text, out, err])
    assert not [mark for mark in MARKS if mark in heard]
