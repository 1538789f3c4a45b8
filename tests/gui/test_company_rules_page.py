"""The company's own rules on screen: faults by line, a preview's figures, one signature or two, calling off; replay."""

import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from driving import WANG, Driver
from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QDateEdit, QDialog, QLabel, QPushButton
from support import NOW, Desk, done, invent

from compliance.model.access import Purpose
from compliance.use_cases.rules import rule_sets
from compliance.use_cases.seeing import profiles
from compliance.use_cases.signing import approvals
from desktop_app.state import Place
from desktop_app.views import company_rules as view
from desktop_app.views.evidence import EvidencePage
from desktop_app.views.settings import SettingsPage

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "use_cases"))
from rule_folders import NO_PHONE, NO_SALUTATION, period, rule_folder

Sit = Callable[[str], Driver]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A store of its own."""
    desk = Desk.create(tmp_path_factory.mktemp("rules"))
    desk.bring([WANG, *invent(4)])
    wang = desk.id_of(WANG.name)
    desk.consent(wang)
    desk.assign(wang)
    desk.rise()
    yield desk
    desk.rise()


def go(driver: Driver, name: str) -> None:
    found = next(d for d in driver.window.findChildren(QDialog) if d.objectName() == name and d.isVisible())
    driver.qtbot.keyClick(found.findChild(QPushButton, "actGo"), Qt.Key.Key_Space)
    driver.settle()


def part(driver: Driver) -> view.CompanyRulesPart:
    driver.shell.visit(Place.SETTINGS)
    driver.settle()
    page = driver.shell.page
    assert isinstance(page, SettingsPage)
    page.open_at("company_rules")
    driver.settle()
    found = page.parts["company_rules"]
    assert isinstance(found, view.CompanyRulesPart)
    return found


def cells(table: view.Table, row: int) -> list[str]:  # type: ignore[type-arg]
    model = table.model()
    return [str(model.index(row, n).data()) for n in range(model.columnCount())]


def test_faults_then_figures_then_in_force(sit: Sit, office: Desk, tmp_path: Path) -> None:
    driver = sit("zhao")
    page = part(driver)
    driver.click("checkFolder", page)
    assert "请先选择规则文件夹" in driver.texts(page)
    bad = rule_folder(tmp_path / "bad", (NO_PHONE[0], 'rep = "mask:mobile"', 'rep = "show"'))
    page.folder.set_path(bad)
    driver.click("checkFolder", page)
    for _ in range(2):  # checked, and when it is to be put in force all the same
        fault = driver.find(QLabel, "fault_0", page).text()
        assert "show" in fault and "mask:mobile" in fault and page.findChild(QLabel, "fault_1") is None
        driver.click("activateRules", page)
    page.folder.set_path(rule_folder(tmp_path / "good", NO_PHONE, NO_SALUTATION))
    driver.click("checkFolder", page)
    changes = driver.find(view.Table, "ruleChanges", page)
    assert "全部收紧" in driver.texts(page) and changes.model().rowCount() == 3
    assert cells(changes, 0)[0].endswith(" · 学术拜访与信息传递") and cells(changes, 0)[3] == "收紧"
    driver.click("previewRules", page)
    figures = {n: driver.find(QLabel, f"effect_{n}", page).text() for n in ("hidden", "revealed", "people", "sheets")}
    assert figures == {"hidden": "3", "revealed": "0", "people": "5", "sheets": "0"}
    rows = driver.find(view.Table, "effectFields", page).model().rowCount()
    samples = driver.find(view.Table, "effectSamples", page)
    assert rows == 2 and samples.model().rowCount() == 3 and cells(samples, 0)[3].endswith("→ 不显示")
    driver.click("activateRules", page)
    go(driver, "activateDialog")
    assert "起生效" in driver.texts(page) and "现行" in driver.texts(page)
    row = next(r for r in done(rule_sets.list_rules(office.sit("chen"))) if r.state == "in_force")
    assert row.version.startswith("ACME-1") and row.good
    office.rise()


@pytest.mark.req("REQ-091")
def test_a_preview_says_what_a_shorter_period_ends(sit: Sit, tmp_path: Path) -> None:
    driver = sit("zhao")
    page = part(driver)
    page.folder.set_path(rule_folder(tmp_path / "short", period("held", "days = 20")))
    day = (NOW + timedelta(days=50)).date()
    driver.find(QDateEdit, "rulesBegin", page).setDate(QDate(day.year, day.month, day.day))
    driver.click("checkFolder", page)
    driver.click("previewRules", page)
    figures = {n: driver.find(QLabel, f"ends_{n}", page).text() for n in ("people_ended", "freed", "people_freed")}
    assert figures == {"people_ended": "4", "freed": "0", "people_freed": "0"}
    (rule,) = [cells(driver.find(view.Table, "endRules", page), 0)]
    ended = driver.find(QLabel, "ends_ended", page).text()
    assert rule == ["从未取得任何合法性基础的记录", ended, "0"] and int(ended) >= 4
    assert driver.find(view.Table, "endFields", page).model().rowCount() > 2
    sample = cells(driver.find(view.Table, "endSamples", page), 0)
    assert sample[0].startswith("HCP-") and sample[2:] == ["从未取得任何合法性基础的记录", "届满"]
    assert int(driver.find(QLabel, "effect_hidden", page).text()) > 4
    driver.find(QDateEdit, "rulesBegin", page).setDate(QDate(NOW.year, NOW.month, NOW.day))


def test_looser_rules_wait_for_a_second_person(sit: Sit, office: Desk, tmp_path: Path) -> None:
    driver = sit("zhao")
    page = part(driver)
    page.folder.set_path(rule_folder(tmp_path / "back", version="ACME-2"))
    day = (NOW + timedelta(days=3)).date()
    driver.find(QDateEdit, "rulesBegin", page).setDate(QDate(day.year, day.month, day.day))
    driver.click("checkFolder", page)
    assert "3 处放宽" in driver.texts(page)
    driver.click("activateRules", page)
    go(driver, "activateDialog")
    (waiting,) = done(approvals.list_pending(office.sit("chen")))
    assert waiting.request_id in driver.texts(page)
    done(approvals.approve(office.sit("chen"), request_id=waiting.request_id))
    office.rise()
    page.refresh()
    driver.settle()
    planned = next(r for r in page._sets if r.state == "planned")
    assert "zhao、chen" in driver.texts(page) and "待生效" in driver.texts(page)
    page.save_files(planned, tmp_path / "kept")
    driver.settle()
    assert (tmp_path / "kept" / "policy" / "set.toml").is_file()
    driver.click(f"off_{planned.key[:8]}", page)
    go(driver, "callOffDialog")
    assert "待生效" not in driver.texts(page)


def test_who_may_not_sign_is_not_asked_to(sit: Sit) -> None:
    driver = sit("chen")
    page = part(driver)
    assert not driver.find(QPushButton, "activateRules", page).isVisible()
    assert driver.find(QPushButton, "previewRules", page).isVisible()


@pytest.mark.req("REQ-079")
def test_a_decision_is_made_again_from_its_entry(sit: Sit, office: Desk) -> None:
    hcp = office.id_of(WANG.name)
    done(profiles.open_profile(office.sit("chen"), hcp_id=hcp, purpose=Purpose.VISIT))
    office.rise()
    driver = sit("zhou")
    driver.shell.visit(Place.EVIDENCE)
    driver.settle()
    page = driver.shell.page
    assert isinstance(page, EvidencePage)
    at = next(n for n in range(40) if page.log.table.rows.row(n).kind == "profile_opened")  # type: ignore[union-attr]
    page.log.table.selectRow(at)
    driver.settle()
    driver.click("replayEntry", page)
    assert "结果相同" in driver.texts(page)
    listed = done(profiles.find_people(office.sit("chen"), text="", purpose=Purpose.VISIT))
    office.rise()
    page.log.refresh()  # type: ignore[union-attr]
    driver.settle()
    at = next(n for n in range(40) if page.log.table.rows.row(n).index == listed.audit_index)  # type: ignore[union-attr]
    page.log.table.selectRow(at)
    driver.settle()
    assert not page.log.findChildren(QPushButton, "replayEntry"), "a list holds no decision of one person"
    driver.type("listedPerson", hcp)
    driver.click("replayListed", page)
    assert "在该名单中" in driver.texts(page) and "姓名" in driver.texts(page)
    page.open_at("seal")
    driver.settle()
    driver.click("replayAll", page)
    told = driver.texts(page.seal.notice)
    assert "项一致" in told and "不同" not in told
