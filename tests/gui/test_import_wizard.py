"""Import: looked at, declared, previewed without writing, stopped cleanly, done."""

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from driving import Driver
from openpyxl import Workbook
from PySide6.QtCore import QPoint, QRect, Qt, QTimer
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QPushButton, QTableView, QWidget
from support import Desk, Doctor, done, invent, write_csv

from compliance.i18n import Lang
from compliance.model.access import Purpose
from compliance.use_cases.imports import imports
from compliance.use_cases.seeing import people_list
from desktop_app.state import Place
from desktop_app.views.import_list import ImportList
from desktop_app.views.import_wizard import ImportSteps, ImportWizard

Sit = Callable[[str], Driver]


def count_people(office: Desk) -> int:
    page = done(people_list.find_people(office.sit("chen"), text="", purpose=Purpose.MDM, limit=1))
    office.rise()
    return page.total


def wizard(driver: Driver) -> ImportSteps:
    driver.shell.visit(Place.PEOPLE)
    driver.settle()
    driver.pick("importPeople")
    found = driver.window.findChild(ImportWizard, "importWizard")
    assert found is not None
    return found.steps


def accept_next(driver: Driver) -> None:
    """Press the act of the confirmation that comes up next."""

    def press() -> None:
        found = driver.window.findChild(QPushButton, "confirmAct")
        if found is None:
            QTimer.singleShot(0, press)
        else:
            found.click()

    QTimer.singleShot(0, press)


def keyboard_order(steps: ImportSteps, first: str) -> list[str]:
    """Named inputs as Tab meets them."""
    found: list[str] = []
    now = begin = steps.findChild(QWidget, first)
    while now is not None:
        if now.objectName() and now.focusPolicy() & Qt.FocusPolicy.TabFocus and now.isVisible():
            found.append(now.objectName())
        now = now.nextInFocusChain()
        if now is begin:
            break
    return found


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


def test_a_template_made_here_reads_a_column_nobody_knows(sit: Sit, office: Desk, tmp_path: Path) -> None:
    book = Workbook()
    book.active.title = "说明"
    book.active.append(["此表无数据"])
    sheet = book.create_sheet("名单")
    sheet.append(["医师称谓名", "医院", "客户编号", "性别"])
    sheet.append(["慕容知秋", "示例第十医院", "T1", "女"])
    sheet.append(["慕容知冬", "示例第十医院", "T2", "男"])
    sheet.append(["", "示例第十医院", "T3", "男"])
    book.save(tmp_path / "list.xlsx")
    driver = sit("chen")
    steps = wizard(driver)
    steps.take(tmp_path / "list.xlsx")
    driver.settle()
    sheets = driver.find(QComboBox, "importSheet", steps)
    assert sheets.currentData() == "名单" and sheets.count() == 2
    assert keyboard_order(steps, "importSheet")[:7] == [
        "importSheet", "importHeaderRow", "importTemplate", "importColumns", "importBecomes", "importTemplateName",
        "importTemplateSave",
    ]  # fmt: skip
    table = driver.find(QTableView, "importColumns", steps)
    names = [table.model().index(row, 0).data() for row in range(table.model().rowCount())]
    place = names.index("医师称谓名")
    assert table.model().index(place, 1).data() == "不导入"
    table.selectRow(place)
    driver.qtbot.keyClick(table, Qt.Key.Key_Return)
    becomes = driver.find(QComboBox, "importBecomes", steps)
    becomes.setCurrentIndex(becomes.findData("full_name"))
    table.selectRow(names.index("性别"))
    assert not becomes.isEnabled(), "what is never collected cannot be mapped"
    driver.find(QLineEdit, "importTemplateName", steps).setText("外部名单")
    driver.click("importTemplateSave", steps)
    assert driver.find(QComboBox, "importTemplate", steps).currentData() == "外部名单"
    assert "按模板" in {table.model().index(row, 2).data() for row in range(table.model().rowCount())}
    driver.click("importNext", steps)
    source = driver.find(QComboBox, "importSource", steps)
    source.setCurrentIndex(source.findData("CRM"))
    driver.click("importNext", steps)
    assert driver.find(QLabel, "trial_rejected", steps).text() == "1"
    rows = driver.find(QTableView, "trialRows", steps).model()
    said = [[rows.index(row, col).data() for col in range(4)] for row in range(rows.rowCount())]
    assert any(line[0] == "4" and line[1] == "未接收" for line in said), said
    assert not any("慕容" in cell for line in said for cell in line)
    driver.find(QLineEdit, "importReport", steps).setText(str(tmp_path / "report.csv"))
    driver.find(QLineEdit, "importErrors", steps).setText(str(tmp_path / "mend.xlsx"))
    driver.click("importNext", steps)
    assert "mend.xlsx" in driver.texts(steps) and "个人信息" in driver.texts(steps)
    assert (tmp_path / "mend.xlsx").exists()
    assert driver.find(QLabel, "done_accepted", steps).text() == "2"
    assert "name_missing" in (tmp_path / "report.csv").read_text("utf-8-sig")
    before = count_people(office)
    accept_next(driver)
    driver.click("importUndo", steps)
    assert count_people(office) == before - 2


def test_a_weekly_file_is_previewed_and_taken_and_taken_back(sit: Sit, office: Desk, tmp_path: Path) -> None:
    held = [Doctor(number=f"G{n}", name=f"端木{word}", department="眼科") for n, word in enumerate("甲乙丙")]
    first = office.bring(held, name="first.csv")
    hcp = office.id_of("端木甲")
    office.rise()
    later = [
        replace(held[0], hospital="示例第七医院", updated="2026/11/20"),
        held[1],
        Doctor(number="G9", name="端木丁"),
    ]
    driver = sit("chen")
    steps = wizard(driver)
    steps.take(write_csv(tmp_path / "later.csv", later))
    driver.settle()
    driver.click("importNext", steps)
    source = driver.find(QComboBox, "importSource", steps)
    source.setCurrentIndex(source.findData("CRM"))
    part = driver.find(QCheckBox, "importPart", steps)
    assert not part.isEnabled()
    driver.find(QCheckBox, "importUpdate", steps).setChecked(True)
    assert part.isEnabled()
    driver.click("importNext", steps)
    figures = {key: driver.find(QLabel, f"trial_update_{key}", steps).text() for key in ("new", "moved", "unchanged")}
    assert figures == {"new": "1", "moved": "1", "unchanged": "1"}
    assert driver.find(QLabel, "trial_update_gone", steps).text() != "0", "everybody else of this source"
    rows = driver.find(QTableView, "trialUpdate", steps).model()
    assert [rows.index(0, col).data() for col in range(4)] == ["2", hcp, "调动", "执业机构"]
    part.setChecked(True)
    driver.click("importBack", steps)
    driver.click("importNext", steps)
    assert driver.find(QLabel, "trial_update_gone", steps).text() == "0"
    driver.click("importNext", steps)
    assert driver.find(QLabel, "done_update_moved", steps).text() == "1"
    driver.click("importNext", steps)
    driver.pick("showImports")
    listed = driver.window.findChild(ImportList, "importList")
    assert listed is not None
    listing = listed.part
    driver.settle()
    older = next(n for n in range(listing.table.rows.rowCount()) if listing.table.rows.row(n).batch == first.batch)
    listing.table.selectRow(older)
    driver.settle()
    conflicts = driver.find(QTableView, "importConflicts", listing).model()
    assert [conflicts.index(0, col).data() for col in range(2)] == [hcp, "按更新文件修改资料"]
    listing.table.selectRow(0)
    driver.settle()
    accept_next(driver)
    driver.click("importsUndo", listing)
    assert "1 人的资料已恢复" in driver.texts(listing)
    assert office.id_of("端木甲", "示例第一医院") == hcp
    office.rise()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_many_reasons_lie_over_nothing_in_the_smallest_window(sit: Sit, tmp_path: Path, lang: str) -> None:
    strange = [
        replace(person, **change)
        for person, change in zip(
            invent(8, seed=9, first=80_000),
            (
                {"name": "张?三"}, {"name": "王?"}, {"consent": "合法利益"}, {"phone": "1.39E+10"},
                {"consent": "沉默视为同意"}, {"updated": "3/4/2025"}, {"consent": "是"}, {"note": "请勿再发短信"},
            ),
            strict=True,
        )
    ]  # fmt: skip
    driver = sit("wu")
    driver.window.desk.state.set_lang(Lang(lang))
    driver.settle()
    steps = wizard(driver)
    dialog = driver.find(ImportWizard, "importWizard")
    dialog.resize(dialog.minimumSize())
    steps.take(write_csv(tmp_path / "strange.csv", strange))
    driver.settle()
    header = driver.find(QLineEdit, "importHeaderRow", steps)
    assert (header.text(), header.placeholderText()) == ("", {"zh": "自动", "en": "auto"}[lang])
    driver.click("importNext", steps)
    source = driver.find(QComboBox, "importSource", steps)
    source.setCurrentIndex(source.findData("CRM"))
    driver.click("importNext", steps)
    table = driver.find(QTableView, "trialRows", steps)
    said = [one for one in steps.findChildren(QLabel) if one.isVisible() and one.text()]
    places = [(one.text(), QRect(one.mapTo(steps, QPoint()), one.size())) for one in said]
    places.append(("rows", QRect(table.mapTo(steps, QPoint()), table.size())))
    over = [(a, b) for (a, one), (b, other) in combinations(places, 2) if one.intersects(other)]
    foot = driver.find(QPushButton, "importNext", steps).mapTo(steps, QPoint()).y()
    below = {text for text, place in places if place.bottom() > foot}  # scrolled out of sight
    assert len(said) > 20 and not [pair for pair in over if below.isdisjoint(pair)]
