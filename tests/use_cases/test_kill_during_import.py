"""SIGKILL of a seat during an import: nothing of it is visible, the log holds, and the import works afterwards."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from support import Desk, done, files_with, invent, write_csv

from compliance.model.access import Purpose, Role
from compliance.progress import NoProgress, Phase
from compliance.use_cases.evidence import evidence
from compliance.use_cases.imports import imports
from compliance.use_cases.seeing import profiles

PEOPLE = invent(1200, seed=77, first=9000)
MARK = PEOPLE[5].phone


@pytest.mark.req("REQ-100")
@pytest.mark.parametrize("sealing", ["here", "beside"])
def test_killed_imports_leave_nothing(tmp_path: Path, sealing: str) -> None:
    desk = Desk.create(tmp_path / "desk", staff={"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK})
    desk.bring(invent(15))
    path = write_csv(tmp_path / "big.csv", PEOPLE)
    for after in (1, 500, 1000):
        desk.rise()
        _killed(desk, path, after, sealing)
        chen = desk.sit("chen")
        with chen.vault.snapshot() as snap:
            assert snap.people.count() == 15, after
        assert done(profiles.find_people(chen, text="", purpose=Purpose.MDM)).total == 15
        assert done(profiles.find_people(chen, text=PEOPLE[5].name, purpose=Purpose.MDM)).total <= 15
        report = done(evidence.check_vault(chen, full=True))
        assert report.ok, (after, report.problems)
        assert files_with([MARK], desk.vault) == []
    with desk.sit("chen").vault.snapshot() as snap:
        assert not [b for b in snap.batches.all() if str(b.state) == "staging"]
    again = done(
        imports.import_people(
            desk.sit("wu"), request=imports.ImportRequest(path=path, source="CRM"), progress=NoProgress()
        )
    )
    assert (again.read, again.accepted, again.duplicates) == (1200, 1200, 0)
    assert done(profiles.find_people(desk.sit("chen"), text="", purpose=Purpose.MDM)).total == 1215
    assert done(evidence.check_vault(desk.sit("chen"), full=True)).ok
    desk.rise()


@pytest.mark.req("REQ-100")
def test_a_killed_update_leaves_every_value_as_before(tmp_path: Path) -> None:
    """Killed in the middle of the commit that would publish new people and write changed values together."""
    desk = Desk.create(tmp_path / "desk", staff={"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK})
    held = invent(60)
    desk.bring(held)
    later = [replace(p, hospital="示例第九十医院", updated="2026/11/20") for p in held]
    path = write_csv(tmp_path / "later.csv", [*later, *PEOPLE[:20]])
    desk.rise()
    _killed(desk, path, 40, "update")
    chen = desk.sit("chen")
    with chen.vault.snapshot() as snap:
        assert snap.people.count() == 60 and snap.db.value("SELECT count(*) FROM value_change") == 0
        assert not [b for b in snap.batches.all() if str(b.state) == "staging"]
    assert done(profiles.find_people(chen, text="示例第九十医院", purpose=Purpose.MDM)).total == 0
    assert done(evidence.check_vault(chen, full=True)).ok
    request = imports.ImportRequest(path=path, source="CRM", update=True)
    again = done(imports.import_people(desk.sit("wu"), request=request, progress=NoProgress()))
    assert again.update is not None and (again.accepted, again.update.moved) == (20, 60)
    assert done(profiles.find_people(desk.sit("chen"), text="示例第九十医院", purpose=Purpose.MDM)).total == 60
    desk.rise()


class KillAt:
    """Progress of an import that kills other seats once so many rows are sealed."""

    def __init__(self, children: list[subprocess.Popen[str]], after: int) -> None:
        self.children, self.after, self.killed = children, after, 0

    def phase(self, phase: Phase) -> None:
        """A new step; publishing is too late to begin killing."""
        assert phase is not Phase.PUBLISHING or self.killed

    def tick(self, done: int, total: int | None) -> None:
        """Kill all of them at once, each in the middle of what it does."""
        if done >= self.after and not self.killed:
            for child in self.children:
                assert child.poll() is None, "the seat left before it was killed"
                child.kill()
                child.wait()
                self.killed += 1


@pytest.mark.req("REQ-100", "REQ-101")
def test_other_seats_killed_during_an_import_harm_neither_it_nor_the_log(tmp_path: Path) -> None:
    """Two seats at work beside an import are killed: it ends as if nothing was, and their seats are swept."""
    desk = Desk.create(tmp_path / "desk", staff={"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK})
    desk.bring(invent(15))
    desk.rise()
    path = write_csv(tmp_path / "big.csv", PEOPLE)
    children = [_busy(desk, user) for user in ("chen", "zhao")]
    try:
        kill = KillAt(children, 200)
        report = done(
            imports.import_people(desk.sit("wu"), request=imports.ImportRequest(path=path, source="CRM"), progress=kill)
        )
    finally:
        for child in children:
            child.kill()
            child.wait()
            assert child.stdout is not None and child.stderr is not None
            child.stdout.close()
            child.stderr.close()
    assert kill.killed == 2
    assert (report.read, report.accepted) == (1200, 1200)
    desk.rise()
    chen = desk.sit("chen")
    assert done(profiles.find_people(chen, text="", purpose=Purpose.MDM)).total == 1215
    checked = done(evidence.check_vault(chen, full=True))
    assert checked.ok, checked.problems
    assert len(list((desk.vault / "seats").glob("S-*.lock"))) == 1, "only the seat that is taken now"
    with chen.vault.snapshot() as snap:
        swept = snap.log.find(kind="seat_swept")
        assert {entry.data["detail"].get("user") for entry in swept} >= {"chen", "zhao"}
    desk.rise()


def _busy(desk: Desk, user: str) -> subprocess.Popen[str]:
    """A seat in a process of its own that has begun to work."""
    root = Path(__file__).resolve().parents[2]
    child = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("busy_seat.py")), str(desk.vault), user],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip
    assert child.stdout is not None
    if not child.stdout.readline().startswith("worked"):
        pytest.fail(f"the seat ended before it was killed: {child.communicate()[1]}")
    return child


def _killed(desk: Desk, path: Path, after: int, sealing: str) -> None:
    """Start an import in a process of its own and kill it after ``after`` people were staged."""
    root = Path(__file__).resolve().parents[2]
    child = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("kill_import.py")), str(desk.vault), str(path), sealing],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
    )  # fmt: skip
    assert child.stdout is not None and child.stderr is not None
    staged = 0
    try:
        for line in child.stdout:
            word, number = line.split()
            assert word == "staged", "the import ended before it was killed"
            staged = int(number)
            if staged >= after:
                break
        else:
            pytest.fail(child.stderr.read())
    finally:
        child.kill()
        child.wait()
        child.stdout.close()
        child.stderr.close()
    assert staged >= after
