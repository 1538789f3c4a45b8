"""Findings and holds on screen: entered, closed by another with proof; a hold set, its lifting asked for."""

from collections.abc import Callable

from driving import Driver
from PySide6.QtCore import QDate
from PySide6.QtWidgets import QDateEdit, QLineEdit, QPushButton
from support import Desk, done
from test_evidence_pages import evidence

from compliance.use_cases.ending import holds
from compliance.use_cases.evidence import findings
from compliance.use_cases.signing import two_person

Sit = Callable[[str], Driver]


def test_a_finding_is_entered_and_closed_once_its_owner_has_answered(sit: Sit, office: Desk) -> None:
    driver = sit("zhou")
    page = evidence(driver)
    page.open_at("findings")
    driver.settle()
    driver.click("addFinding")
    driver.find(QLineEdit, "findingTitle").setText("培训记录缺失")
    driver.find(QLineEdit, "findingOwner").setText("chen")
    driver.click("actGo")
    said = driver.texts(page.findings)
    assert "培训记录缺失" in said and "责任人 chen" in said and "余 21 日" in said and "待整改" in said
    one = done(findings.list_findings(office.sit("chen")))[0].finding_id
    assert driver.window.findChild(QPushButton, f"close_{one}") is None
    assert driver.window.findChild(QPushButton, f"answer_{one}") is None  # the owner's alone
    done(findings.answer_finding(office.sit("chen"), finding_id=one, action="已补训", reference="DMS-118"))
    page.refresh()
    driver.settle()
    assert "待复核" in driver.texts(page.findings) and "DMS-118" in driver.texts(page.findings)
    driver.click(f"close_{one}")
    driver.click("actGo")
    assert "zhou 关闭" in driver.texts(page.findings)


def test_a_hold_needs_its_last_day_and_two_people_to_lift(sit: Sit, office: Desk) -> None:
    driver = sit("chen")
    page = evidence(driver)
    page.open_at("holds")
    driver.settle()
    assert page.findings.isVisible()
    driver.click("addHold")
    driver.find(QLineEdit, "holdAuthority").setText("市网信办")
    driver.find(QLineEdit, "holdReason").setText("检7号")
    driver.click("actGo")
    assert "最后一日" in driver.texts(driver.find(QLineEdit, "holdAuthority").window())
    driver.find(QDateEdit, "holdTo").setDate(QDate(2026, 12, 31))
    driver.click("actGo")
    said = driver.texts(page.findings)
    assert "市网信办" in said and "全部人员" in said and "2026-12-31" in said
    one = done(holds.list_holds(office.sit("chen")))[0].hold_id
    driver.click(f"lift_{one}")
    driver.find(QLineEdit, "liftReason").setText("检查结束")
    driver.click("actGo")
    assert "等待第二人签署" in driver.texts(page.findings)
    asked = next(r for r in done(two_person.list_pending(office.sit("sun"))) if r.action == "lift_hold")
    done(two_person.approve(office.sit("sun"), request_id=asked.request_id))
