"""SIGKILL of a seat during an import: nothing of it is visible, the log holds, and the import works afterwards."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support import Desk, done, files_with, invent, write_csv

from compliance.model.access import Purpose, Role
from compliance.progress import NoProgress
from compliance.use_cases import evidence, imports, profiles

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
