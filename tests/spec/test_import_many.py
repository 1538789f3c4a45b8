"""Old consents by the thousand with defects of every kind: counted row by row against a reader of our own, killed in
the middle, taken back (issue 3 points 4 and *How it will be checked*). ``CK_ROWS=50000`` makes it the whole carton."""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import old_consents
import pytest
import scans as paper
from spec_desk import HANDS, batch, speak
from support import Desk, done, files_with, invent

from compliance.model.access import Purpose
from compliance.progress import NoProgress
from compliance.use_cases.consent import checking, rebuilding, standing
from compliance.use_cases.seeing import people_list

ROWS = int(os.environ.get("CK_ROWS", "2000"))
PEOPLE = max(20, ROWS // 4)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk.create(tmp_path_factory.mktemp("d"), staff=HANDS)
    made.bring(invent(PEOPLE))
    yield made
    made.rise()


@pytest.fixture(scope="module")
def carton(desk: Desk) -> tuple[Path, Path]:
    page = paper.small_pdf(desk.folder / "page.pdf", pages=1, seed=1).read_bytes()
    return old_consents.make(desk.folder, people=PEOPLE, rows=ROWS, page=page)


@pytest.fixture(scope="module")
def wanted(carton: tuple[Path, Path]) -> old_consents.Tally:
    return old_consents.count(*carton, people=PEOPLE)


def statuses(desk: Desk, some: list[tuple[str, str]]) -> list[str]:
    """The words of (number, item) pairs, asked person by person."""
    by_number = {p.number: p for p in invent(PEOPLE)}
    found = []
    for number, item in some:
        person = desk.id_of(by_number[number].name, by_number[number].hospital)
        lines = done(standing.consent_status(desk.sit("chen"), hcp_id=person))
        found.append(next((str(x.status) for x in lines if x.item == item), "not_asked"))
    return found


def unique(wanted: old_consents.Tally) -> list[tuple[str, str]]:
    """Twenty pairs of people whose name nobody else bears."""
    everybody = invent(PEOPLE)
    bearers = Counter(p.name for p in everybody)
    lone = {p.number for p in everybody if bearers[p.name] == 1}
    pairs = [pair for pair in sorted(wanted.statuses) if pair[0] in lone]
    return random.Random(3).sample(pairs, min(20, len(pairs)))


def test_killed_in_the_middle_leaves_nothing(desk: Desk, carton: tuple[Path, Path]) -> None:
    desk.rise()
    dice = random.Random(11)
    root = Path(__file__).resolve().parents[2]
    for wait in ("checking", "sealing"):
        child = subprocess.Popen(
            [sys.executable, old_consents.__file__, str(desk.vault), *map(str, carton)],
            cwd=root,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": str(root)},
        )
        assert child.stdout is not None
        ticks = dice.randint(1, 3)
        here = False
        for told in child.stdout:
            here = here or wait in told.lower()
            ticks -= here and told.startswith("tick")
            if ticks <= 0 or told.startswith("done"):
                break
        child.kill()
        child.wait()
        child.stdout.close()
        assert child.returncode == -9
        assert done(checking.pending_checks(desk.sit("chen"))) == ()
        assert desk.sit("chen").vault.check(full=True).ok
        desk.rise()
    assert not [p for p in (desk.vault / "evidence").rglob("*") if p.is_file()]


def test_every_row_is_accounted_for(desk: Desk, carton: tuple[Path, Path], wanted: old_consents.Tally) -> None:
    assert wanted.rejected > ROWS / 10 and wanted.duplicates > 0 and wanted.below_grade > 0
    path, folder = carton
    words = ["consent", "import", path, "--evidence-dir", folder, "--name", "carton"]
    (dry,) = batch(desk, "wu", [[*words, "--dry-run"]])
    began = time.perf_counter()
    report = desk.folder / "report.csv"
    made = speak(desk, "wu", *words, "--report", report).json
    if ROWS > 10_000:
        print(f"{ROWS} rows in {time.perf_counter() - began:.1f} s")
    for told in (dry, made):
        found = {k: told[k] for k in ("read", "accepted", "rejected", "duplicates", "to_check", "below_grade")}
        assert found == {
            "read": wanted.read,
            "accepted": wanted.accepted,
            "rejected": wanted.rejected,
            "duplicates": wanted.duplicates,
            "to_check": wanted.to_check if told is made else 0,
            "below_grade": wanted.below_grade,
        }, (found, told["reasons"], wanted.reasons)
        assert told["read"] == told["accepted"] + told["quarantined"] + told["rejected"] + told["duplicates"]
    assert report.read_text(encoding="utf-8-sig").count("\n") >= wanted.rejected
    assert files_with(["K000001", "nowhere.pdf"], report.parent / "none") == []
    assert "nowhere" not in report.read_text(encoding="utf-8-sig")
    some = unique(wanted)
    assert statuses(desk, some) == [wanted.statuses[pair] for pair in some] and some
    assert done(rebuilding.rebuild_states(desk.sit("chen"), mend=False, progress=NoProgress())).differing == 0
    assert not done(people_list.find_people(desk.sit("chen"), text="", purpose=Purpose.VISIT, limit=5)).total
    (again,) = batch(desk, "wu", [[*words[:-1], "carton 2"]])
    assert (again["accepted"], again["rejected"]) == (0, wanted.rejected)
    assert again["duplicates"] == wanted.accepted + wanted.duplicates


def test_taken_back_everything_is_as_before(desk: Desk, wanted: old_consents.Tally) -> None:
    some = unique(wanted)
    said = speak(desk, "chen", "consent", "undo-import", "carton")
    assert said.exit_code == 0, said
    assert set(statuses(desk, some)) == {"not_asked"}
    assert done(checking.pending_checks(desk.sit("chen"))) == ()
    assert not [p for p in (desk.vault / "evidence").rglob("*") if p.is_file()]
    assert desk.sit("chen").vault.check(full=True).ok
