"""Import: looked at, declared, previewed without writing, stopped cleanly, done."""

from collections.abc import Callable
from pathlib import Path

import pytest
from driving import Driver
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QTableView
from support import Desk, Doctor, done, invent, write_csv

from compliance.model.access import Purpose
from compliance.use_cases import imports, people_list
from desktop_app.state import Place
from desktop_app.views.import_wizard import ImportSteps, ImportWizard

Sit = Callable[[str], Driver]


def count_people(office: Desk) -> int:
    page = done(people_list.find_people(office.sit("chen"), text="", purpose=Purpose.MDM, limit=1))
    office.rise()
    return page.total


def wizard(driver: Driver) -> ImportSteps:
    driver.shell.visit(Place.PEOPLE)
    driver.settle()
    driver.click("importPeople")
    found = driver.window.findChild(ImportWizard, "importWizard")
    assert found is not None
    return found.steps


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """Twenty people, one who "agreed", with columns nobody may collect."""
    people = [
        Doctor(number="Z1", name="慕容婧瑶", hospital="示例第九医院", consent="Y"),
        *invent(19, seed=7, first=70_000),
    ]
    return write_csv(tmp_path / "crm.csv", people)


@pytest.mark.req("REQ-033")
def test_preview_names_encoding_and_forbidden_columns_and_writes_nothing(sit: Sit, office: Desk, export: Path) -> None:
    before = count_people(office)
    driver = sit("wu")
    steps = wizard(driver)
    steps.take(export)
    driver.settle()
    assert "gb18030" in driver.find(QLabel, "importFacts", steps).text().lower()
    assert "性别" in driver.texts(steps)
    assert driver.find(QTableView, "importColumns", steps).model().rowCount() > 10
    assert count_people(office) == before


def test_the_whole_way_from_file_to_people(sit: Sit, office: Desk, export: Path) -> None:
    before = count_people(office)
    driver = sit("wu")
    steps = wizard(driver)
    steps.take(export)
    driver.settle()
    driver.click("importNext", steps)
    source = driver.find(QComboBox, "importSource", steps)
    source.setCurrentIndex(source.findData("CRM"))
    driver.click("importNext", steps)
    assert driver.find(QLabel, "trial_read", steps).text() == "20"
    assert driver.find(QLabel, "trial_unproven", steps).text() == "1"
    assert count_people(office) == before
    driver.click("importNext", steps)
    assert driver.find(QLabel, "done_accepted", steps).text() == "20"
    assert count_people(office) == before + 20


def test_a_source_that_this_role_may_not_register_is_a_panel(sit: Sit, export: Path) -> None:
    driver = sit("wu")
    steps = wizard(driver)
    steps.take(export)
    driver.settle()
    driver.click("importNext", steps)
    choice = driver.find(QComboBox, "importSource", steps)
    choice.setCurrentIndex(choice.findData(""))
    driver.find(QLineEdit, "sourceCode", steps).setText("NEW")
    driver.find(QLineEdit, "sourceName", steps).setText("新来源")
    driver.click("importNext", steps)
    assert driver.find(QLabel, "refusalReason", steps).text()


def test_a_file_that_is_no_table_is_said_in_words(sit: Sit, tmp_path: Path) -> None:
    path = tmp_path / "picture.csv"
    path.write_bytes(bytes(range(256)) * 40)
    driver = sit("wu")
    steps = wizard(driver)
    steps.take(path)
    driver.settle()
    said = driver.find(QLabel, "bannerText", steps).text()
    assert said and "Traceback" not in said
    assert driver.window.trouble is None


def test_stopping_an_import_leaves_nothing(sit: Sit, office: Desk, tmp_path: Path) -> None:
    before = count_people(office)
    path = write_csv(tmp_path / "big.csv", invent(4000, seed=11, first=200_000))
    driver = sit("wu")
    steps = wizard(driver)
    steps.take(path)
    driver.settle()
    driver.click("importNext", steps)
    source = driver.find(QComboBox, "importSource", steps)
    source.setCurrentIndex(source.findData("CRM"))
    driver.click("importNext", steps)
    steps._run(dry_run=False)
    tasks = driver.window.desk.tasks
    driver.qtbot.waitUntil(lambda: any(r.slot.current[1] > 0 for r in tasks._running), timeout=30_000)
    for running in tuple(tasks._running):
        running.cancel()
    driver.settle()
    assert "已停止" in driver.texts(steps)
    assert count_people(office) == before
    assert not [b for b in done(imports.list_batches(office.sit("chen"))) if b.state == "staging"]
    office.rise()
