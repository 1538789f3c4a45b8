"""Consents: recorded by one, checked by another with keys, withdrawn in four steps; each acts at the next read."""

from collections.abc import Callable
from pathlib import Path

import pytest
from driving import Driver
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QRadioButton
from support import PASS, Desk, done

from compliance.model.access import Purpose
from compliance.use_cases.consent import recording, standing
from desktop_app.state import Place
from desktop_app.views.consents import ConsentsPage

Sit = Callable[[str], Driver]


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    """A picture of a signed form."""
    image = QImage(600, 800, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    path = tmp_path / "scan.png"
    assert image.save(str(path))
    return path


def someone(office: Desk, number: int) -> str:
    """Somebody nobody has asked yet; ``number`` keeps the tests apart."""
    from compliance.use_cases.seeing import people_list

    chen = office.sit("chen")
    page = done(people_list.find_people(chen, text="", purpose=Purpose.MDM, limit=100))
    untouched = [
        r.hcp_id for r in page.rows
        if not any(line.event_id for line in done(standing.consent_status(chen, hcp_id=r.hcp_id)))
    ]  # fmt: skip
    office.rise()
    return untouched[number]


def consents_page(driver: Driver) -> ConsentsPage:
    driver.shell.visit(Place.CONSENTS)
    driver.settle()
    page = driver.shell.page
    assert isinstance(page, ConsentsPage)
    return page


def record(driver: Driver, hcp_id: str, scan: Path | None, answer: str = "given") -> None:
    page = consents_page(driver)
    page.open_at(("record", hcp_id))
    driver.settle()
    item = driver.find(QComboBox, "recordItem")
    item.setCurrentIndex(item.findData("visit"))
    driver.find(QRadioButton, f"answer_{answer}").setChecked(True)
    if scan is not None:
        driver.find(QLineEdit, "recordProof").setText(str(scan))
    driver.click("recordGo")


@pytest.mark.req("REQ-014")
def test_recorded_by_the_clerk_checked_by_compliance_with_one_key(sit: Sit, office: Desk, scan: Path) -> None:
    hcp_id = someone(office, 0)
    driver = sit("wu")
    record(driver, hcp_id, scan)
    assert "凭证待复核" in driver.texts(driver.shell.page)
    driver.window.lock()
    driver.settle()
    driver.unlock(office.vault, "chen", f"{PASS} chen")
    page = consents_page(driver)
    page.open_at("checks")
    driver.settle()
    while page.desk_check.current is not None and page.desk_check.current.hcp_id != hcp_id:
        driver.click("checkNext")  # other tests of this store left proofs of theirs
    assert page.desk_check.current is not None
    assert not driver.find(QLabel, "checkImage", page.desk_check).pixmap().isNull()
    driver.qtbot.keyClick(page.desk_check, Qt.Key.Key_A)
    driver.settle()
    assert "已通过" in driver.texts(page.desk_check)
    lines = {x.item: x for x in done(standing.consent_status(office.sit("chen"), hcp_id=hcp_id))}
    office.rise()
    assert lines["visit"].open


@pytest.mark.req("REQ-015")
def test_nobody_checks_their_own_entry(sit: Sit, office: Desk, scan: Path) -> None:
    hcp_id = someone(office, 1)
    driver = sit("chen")
    record(driver, hcp_id, scan)
    page = consents_page(driver)
    page.open_at("checks")
    driver.settle()
    while page.desk_check.current is not None and page.desk_check.current.hcp_id != hcp_id:
        driver.qtbot.keyClick(page.desk_check, Qt.Key.Key_N)
        driver.settle()
    driver.qtbot.keyClick(page.desk_check, Qt.Key.Key_A)
    driver.settle()
    assert driver.find(QLabel, "refusalReason", page.desk_check).text()
    lines = {x.item: x for x in done(standing.consent_status(office.sit("chen"), hcp_id=hcp_id))}
    office.rise()
    assert not lines["visit"].open


def test_a_returned_proof_opens_nothing(sit: Sit, office: Desk, scan: Path) -> None:
    hcp_id = someone(office, 2)
    done(recording.record_consent(office.sit("wu"), request=office.act(hcp_id)))
    office.rise()
    driver = sit("sun")
    page = consents_page(driver)
    page.open_at("checks")
    driver.settle()
    while page.desk_check.current is not None and page.desk_check.current.hcp_id != hcp_id:
        driver.click("checkNext")
    assert "无法预览" in driver.find(QLabel, "checkImage", page.desk_check).text()  # a damaged "PDF", and that is said
    defect = driver.find(QComboBox, "checkDefect")
    defect.setCurrentIndex(defect.findData("illegible"))
    driver.click("checkReturn")
    lines = {x.item: x for x in done(standing.consent_status(office.sit("chen"), hcp_id=hcp_id))}
    office.rise()
    assert not lines["visit"].open


def test_what_is_missing_is_named_and_nothing_is_recorded(sit: Sit, office: Desk) -> None:
    driver = sit("wu")
    page = consents_page(driver)
    page.open_at(("record", ""))
    driver.settle()
    driver.click("recordGo")
    assert "还需填写" in driver.texts(page.record)


@pytest.mark.req("REQ-019")
def test_a_withdrawal_takes_four_steps_and_acts_at_the_next_read(sit: Sit, office: Desk) -> None:
    hcp_id = someone(office, 3)
    office.consent(hcp_id)
    office.rise()
    driver = sit("chen")
    driver.window.desk.state.set_purpose(Purpose.VISIT)
    driver.shell.visit(Place.PEOPLE, hcp_id)
    driver.settle()
    assert driver.shell.page.detail.findChild(QLabel, "refusalReason") is None
    driver.click("profile_withdraw", driver.shell.page)  # step 1: who
    page = driver.shell.page
    assert isinstance(page, ConsentsPage)
    assert driver.find(QCheckBox, "withdraw_visit").isChecked()  # step 2: what is open is marked
    driver.click("withdrawNext")  # step 3: consequences
    assert "立即关闭" in driver.texts(page.withdraw)
    driver.click("withdrawGo")  # step 4
    assert "已撤回" in driver.texts(page.withdraw)
    driver.shell.visit(Place.PEOPLE, hcp_id)
    driver.settle()
    assert driver.find(QLabel, "refusalReason", driver.shell.page.detail).text()


def test_ctrl_w_leads_to_the_withdrawal(sit: Sit) -> None:
    driver = sit("wu")
    driver.qtbot.keyClick(driver.window, Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    driver.settle()
    page = driver.shell.page
    assert isinstance(page, ConsentsPage)
    assert page.withdraw.isVisible()
