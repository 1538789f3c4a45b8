"""Registered rules with their explanations, a refusal of automated decisions and joined lists, in the window."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from driving import WANG, Driver
from PySide6.QtWidgets import QComboBox, QDialog, QLabel, QLineEdit, QMenu, QPushButton
from support import Desk, done

from compliance.clock import shanghai_day
from compliance.model.access import Purpose
from compliance.model.register import Assessment
from compliance.use_cases.bases import transfers
from desktop_app.state import Place
from desktop_app.views.export_list import ListPart
from desktop_app.views.registers import RegistersPart
from desktop_app.views.settings import SettingsPage

Sit = Callable[[str], Driver]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One person who agreed to visits and profiling; profiling is assessed, nothing else."""
    desk = Desk.create(tmp_path_factory.mktemp("rules"))
    desk.bring([WANG])
    hcp_id = desk.id_of(WANG.name)
    desk.consent(hcp_id)
    for item in ("segment", "personalise"):
        desk.consent(hcp_id, item, notice="CK-PROFILE@1.0")
    for covers in ("segment", "personalise", "speaker", "join:speaker+visit"):
        row = Assessment(
            assessment_id=f"PIA-{covers[:4]}",
            purpose=covers,
            title="评估",
            approved_on=shanghai_day(desk.at) - timedelta(days=1),
            valid_until=None,
            author="甲",
            approver="乙",
        )
        done(transfers.add_assessment(desk.sit("zhao"), assessment=row))
    desk.rise()
    yield desk
    desk.rise()


@pytest.mark.req("REQ-054", "REQ-055")
def test_a_run_says_what_each_result_rests_on_and_a_refusal_empties_the_next(sit: Sit, office: Desk) -> None:
    hcp_id = office.id_of(WANG.name)
    office.rise()
    driver = sit("chen")
    driver.shell.visit(Place.SETTINGS)
    driver.settle()
    page = driver.shell.page
    assert isinstance(page, SettingsPage)
    page.open_at("registers")
    driver.settle()
    registers = page.parts["registers"]
    assert isinstance(registers, RegistersPart)
    driver.click("register_rules")
    assert "副高及以上为深入" in driver.find(QLabel, "ruleText").text()
    driver.click("runRule")
    said = driver.texts(registers.cards["rules"])
    assert hcp_id in said and "职称: 主任医师 (2026-10-24)" in said and "深入" in said and "PIA-segm" in said

    box = driver.find(QComboBox, "ruleChoice")
    box.setCurrentIndex(box.findData("N5"))
    driver.settle()
    assert hcp_id not in driver.texts(registers.cards["rules"]), "another rule is another run"
    driver.click("runRule")
    assert "资料不足" in driver.texts(registers.cards["rules"])

    driver.window.desk.state.set_purpose(Purpose.MDM)
    driver.shell.visit(Place.PEOPLE)
    driver.settle()
    driver.shell.page.open_at(hcp_id)
    driver.settle()
    menu = driver.find(QPushButton, "profileMore").menu()
    assert isinstance(menu, QMenu)
    assert "person_exceptional" not in {a.objectName() for a in menu.actions()}, "compliance has every purpose anyway"
    next(act for act in menu.actions() if act.objectName() == "person_no_automation").trigger()
    driver.settle()
    driver.click("actGo", driver.find(QDialog, "no_automationDialog"))
    driver.shell.visit(Place.SETTINGS)
    driver.settle()
    driver.shell.page.open_at("registers")
    driver.settle()
    driver.click("register_rules")
    box = driver.find(QComboBox, "ruleChoice")
    box.setCurrentIndex(box.findData("N5"))
    driver.click("runRule")
    assert hcp_id not in driver.texts(driver.shell.page)


@pytest.mark.req("REQ-053")
def test_a_joined_list_names_its_assessment_or_is_refused(sit: Sit, office: Desk, tmp_path: Path) -> None:
    driver = sit("chen")
    driver.shell.visit(Place.EXPORTS)
    driver.settle()
    driver.shell.page.open_at("list")
    driver.settle()
    part = driver.shell.page.list
    assert isinstance(part, ListPart)
    part.path.set_path(tmp_path / "joined.xlsx")
    for name, value in (("listPurpose", Purpose.VISIT), ("listJoin", Purpose.SPEAKER)):
        box = driver.find(QComboBox, name)
        box.setCurrentIndex(box.findData(value))
    driver.settle()
    driver.click("makeList")
    assert "须先有已批准的个人信息保护影响评估" in driver.texts(part)
    assert not (tmp_path / "joined.xlsx").exists()
    box = driver.find(QComboBox, "listAssessment")
    box.setCurrentIndex(box.findData("PIA-join"))
    driver.click("makeList")
    assert (tmp_path / "joined.xlsx").exists(), driver.texts(part)


@pytest.mark.req("REQ-055")
def test_a_rule_that_leaves_people_out_asks_for_its_reviewer(sit: Sit, tmp_path: Path) -> None:
    driver = sit("chen")
    driver.shell.visit(Place.EXPORTS)
    driver.settle()
    driver.shell.page.open_at("list")
    driver.settle()
    part = driver.shell.page.list
    assert isinstance(part, ListPart)
    part.path.set_path(tmp_path / "speakers.xlsx")
    rule, purpose = driver.find(QComboBox, "listRule"), driver.find(QComboBox, "listPurpose")
    purpose.setCurrentIndex(purpose.findData(Purpose.VISIT))
    assert not rule.isVisible(), "no rule leaves anybody off a list for visits"
    purpose.setCurrentIndex(purpose.findData(Purpose.SPEAKER))
    assert rule.isVisible()
    rule.setCurrentIndex(rule.findData("S1"))
    driver.click("makeList")
    assert "须指定复核人" in driver.texts(part)
    driver.find(QLineEdit, "listReviewer").setText("sun")
    driver.click("makeList")
    assert "等待第二人" in driver.texts(part) or "REQ-" in driver.texts(part)
    assert not (tmp_path / "speakers.xlsx").exists()
