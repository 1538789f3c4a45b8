"""Assignment lists as companies send them: by the CRM's own number, licence, our id, or name and hospital."""

from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from support import Desk, Doctor, done, invent

from compliance.model.access import Purpose
from compliance.use_cases.people import reps
from compliance.use_cases.seeing import people_list

TWINS = [
    Doctor(number="K800001", name="王伟", hospital="示例第一医院", licence="113572468000001"),
    Doctor(number="K800002", name="王伟", hospital="示例第一医院", licence="113572468000002"),
    Doctor(number="K800003", name="王伟", hospital="示例第二医院", licence="113572468000003"),
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk.create(tmp_path_factory.mktemp("assign"))
    made.bring([*invent(3), *TWINS])
    yield made
    made.rise()


def listed(path: Path, *rows: tuple[str, ...]) -> Path:
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(("客户编号", "执业证书编码", "HCP编号", "姓名", "医院", "代表工号"))
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def count(desk: Desk, rep: str) -> int:
    with desk.sit("chen").vault.snapshot() as snap:
        return len(snap.assignments.people_of(rep))


def test_people_are_found_by_each_key_and_what_is_unclear_is_named(desk: Desk, tmp_path: Path) -> None:
    ours = done(people_list.find_people(desk.sit("chen"), text="", purpose=Purpose.MDM)).rows[0].hcp_id
    path = listed(
        tmp_path / "a.xlsx",
        ("K000002", "", "", "", "", "E001"),
        ("", TWINS[0].licence, "", "", "", "E001"),
        ("", "", ours, "", "", "E002"),
        ("", "", "", "王伟", "示例第二医院", "E002"),
        ("", "", "", "王伟", "示例第一医院", "E001"),
        ("K999999", "", "", "", "", "E001"),
        ("K000001", "", "", "", "", "E999"),
        ("", "", "", "", "", "E001"),
    )
    tried = done(reps.import_assignments(desk.sit("chen"), path=path, dry_run=True))
    assert (tried.read, tried.accepted, tried.rejected) == (8, 4, 4)
    assert (count(desk, "liming"), count(desk, "hanmei")) == (0, 0)
    made = done(reps.import_assignments(desk.sit("chen"), path=path))
    assert [row.code for row in made.rows] == ["ambiguous_person", "unknown_person", "unknown_rep", "person_missing"]
    assert (count(desk, "liming"), count(desk, "hanmei")) == (2, 2)
