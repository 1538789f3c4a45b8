"""Asking in person: the rules before any box, each item its own act, identity asked; withdrawing takes no more."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from driving import Driver
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QPlainTextEdit, QPushButton
from support import NOW, Desk, done, invent

from compliance.i18n import Lang
from compliance.model.access import Purpose
from compliance.use_cases.consent import checking, recording, standing
from compliance.use_cases.people import amendments
from compliance.use_cases.seeing import people_list
from desktop_app.state import Place
from desktop_app.views.capture import Capture
from desktop_app.views.consent_time import TimeDialog
from desktop_app.views.consents import ConsentsPage

Sit = Callable[[str], Driver]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk.create(tmp_path_factory.mktemp("capture"), at=NOW - timedelta(hours=1))
    desk.bring(invent(8))
    desk.rise()
    desk.at = NOW
    yield desk
    desk.rise()


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    image = QImage(600, 800, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    path = tmp_path / "scan.png"
    assert image.save(str(path))
    return path


def someone(office: Desk, number: int) -> str:
    page = done(people_list.find_people(office.sit("chen"), text="", purpose=Purpose.MDM, limit=20))
    office.rise()
    return page.rows[number].hcp_id


def begin(driver: Driver, hcp_id: str) -> Capture:
    driver.shell.visit(Place.CONSENTS)
    page = driver.shell.page
    assert isinstance(page, ConsentsPage)
    page.open_at(("ask", hcp_id))
    driver.settle()
    return page.ask_form


def marks(page: Capture) -> list[QPushButton]:
    return [b for group in page._groups.values() for b in group.buttons()]


@pytest.mark.req("REQ-008")
def test_the_rules_are_read_and_saved_while_every_box_is_empty(sit: Sit, office: Desk, tmp_path: Path) -> None:
    driver = sit("wu")
    page = begin(driver, someone(office, 0))
    words = driver.find(QPlainTextEdit, "captureWords", page)
    assert "保存期限" in words.toPlainText() and "19px" in words.styleSheet()
    assert page.answers == {}
    page.save_rules_to(tmp_path / "rules.pdf")
    driver.settle()
    assert (tmp_path / "rules.pdf").read_bytes().startswith(b"%PDF") and page.answers == {}
    driver.click("captureNext", page)
    page.save_rules_to(tmp_path / "again.txt")  # still possible with the boxes in sight
    driver.settle()
    assert (tmp_path / "again.txt").exists() and page.answers == {}


@pytest.mark.req("REQ-015")
@pytest.mark.req("REQ-016")
def test_nothing_is_preset_one_click_changes_one_item_and_there_is_no_accept_all(sit: Sit, office: Desk) -> None:
    driver = sit("wu")
    page = begin(driver, someone(office, 1))
    driver.click("captureNext", page)
    buttons = marks(page)
    said = driver.find(QLabel, "said_visit", page).text()
    assert "示例药业（上海）有限公司" in said and "{" not in said
    assert len(page._groups) == 8 and not any(b.isChecked() for b in buttons)
    assert not page.findChildren(QCheckBox, "captureAll")
    driver.click("captureNext", page)  # confirming does nothing until one is set
    assert page._steps.currentIndex() == 1 and "还没有选择" in driver.texts(page.notice)
    before = dict(page.answers)
    for made in buttons:
        driver.qtbot.mouseClick(made, Qt.MouseButton.LeftButton)
        now = dict(page.answers)
        changed = {k for k in now.keys() | before.keys() if now.get(k) != before.get(k)}
        assert len(changed) == 1
        before = now


@pytest.mark.req("REQ-019")
@pytest.mark.req("REQ-027")
def test_giving_takes_four_steps_withdrawing_no_more_and_identity_is_required(
    sit: Sit, office: Desk, scan: Path
) -> None:
    hcp_id = someone(office, 2)
    driver = sit("wu")
    page = begin(driver, hcp_id)
    giving = 0
    driver.click("captureNext", page)
    giving += 1
    driver.click("act_visit_given", page)
    driver.click("act_digital/email_refused", page)
    driver.click("captureNext", page)
    giving += 1
    driver.click("captureNext", page)
    assert "怎样确认是本人" in driver.texts(page.notice) and page._steps.currentIndex() == 2
    identity = driver.find(QComboBox, "captureIdentity", page)
    assert not identity.currentData()
    identity.setCurrentIndex(identity.findData("work_badge"))
    driver.find(QLineEdit, "captureProof", page).setText(str(scan))
    driver.find(QLineEdit, "capturePlace", page).setText("柜 3-1")
    driver.click("captureNext", page)
    giving += 1
    assert "待复核" in driver.find(QLabel, "outcome_visit", page).text()
    assert "不同意" in driver.find(QLabel, "outcome_digital/email", page).text() or driver.find(
        QPushButton, "receipt_digital/email", page
    )
    giving += 1  # the receipt
    lines = {x.item: x for x in done(standing.consent_status(office.sit("chen"), hcp_id=hcp_id))}
    office.rise()
    assert str(lines["visit"].status) == "evidence_pending" and str(lines["digital/email"].status) == "refused"
    assert str(lines["digital/wecom"].status) == "presented"  # shown, and left open
    driver.shell.visit(Place.PEOPLE, hcp_id)
    driver.settle()
    withdrawing = 0
    for name in ("profile_withdraw", "withdrawNext", "withdrawGo"):
        driver.click(name, driver.shell.page)
        withdrawing += 1
    assert "已撤回" in driver.texts(driver.shell.page)  # no reason, no signature was asked
    assert withdrawing <= giving == 4


def test_whoever_refused_is_not_asked_again_and_the_refusal_says_until_when(sit: Sit, office: Desk) -> None:
    hcp_id = someone(office, 3)
    for item in ("visit", "digital/email"):
        done(
            recording.record_consent(
                office.sit("wu"), request=office.act(hcp_id, item, answer="refused", evidence=None)
            )
        )
    office.rise()
    driver = sit("wu")
    page = begin(driver, hcp_id)
    driver.click("captureNext", page)
    assert "visit" not in page._groups and "digital/wecom" in page._groups
    assert "学术拜访" in driver.find(QLabel, "captureLeftOut", page).text()


def test_somebody_frozen_is_not_asked_and_it_is_said_before_anything_is_filled_in(sit: Sit, office: Desk) -> None:
    hcp_id = someone(office, 7)
    done(amendments.freeze_person(office.sit("chen"), hcp_id=hcp_id))
    office.rise()
    driver = sit("wu")
    page = begin(driver, hcp_id)
    driver.click("captureNext", page)
    assert page._steps.currentIndex() == 0 and not page._groups
    assert "已冻结" in driver.texts(page.notice) and "查明冻结原因并解除" in driver.texts(page.notice)
    driver.find(QCheckBox, "captureAsked", page).setChecked(True)  # what they offer themselves is taken
    driver.click("captureNext", page)
    assert page._steps.currentIndex() == 1 and page._groups


@pytest.mark.req("REQ-008")
def test_what_the_person_clicks_is_in_the_language_of_the_notice(sit: Sit, office: Desk) -> None:
    """An officer's window may be in English; the doctor in front of it reads and answers in Chinese."""
    driver = sit("wu")
    driver.window.desk.state.set_lang(Lang.EN)
    driver.settle()
    page = begin(driver, someone(office, 6))
    driver.click("captureNext", page)
    assert page.read_lang.currentData() == Lang.ZH
    assert {made.text() for made in marks(page)} == {"同意", "不同意", "以后再说"}
    assert driver.find(QPushButton, "captureNext", page).text().isascii(), "what the officer does stays in their own"


def test_the_time_of_a_person_shows_bands_in_words_and_tells_each_act_to_the_keys(sit: Sit, office: Desk) -> None:
    hcp_id = someone(office, 4)
    office.consent(hcp_id)
    office.rise()
    driver = sit("chen")
    driver.shell.visit(Place.PEOPLE, hcp_id)
    driver.settle()
    driver.click("profile_time", driver.shell.page)
    dialog = driver.find(TimeDialog, "timeDialog")
    bands = dialog.time.bands
    assert "已同意" in bands.accessibleName()
    bands.setFocus()
    driver.qtbot.keyClick(bands, Qt.Key.Key_Right)
    words = driver.find(QLabel, "timeWords", dialog).text()
    assert "学术拜访" in words and "CK-VISIT@1.0" in words and "wu" in words
    assert dialog.time.table.rows.rowCount() >= 2
    dialog.reject()
    driver.settle()


def test_the_person_signs_on_the_screen_and_the_words_are_in_the_picture(sit: Sit, office: Desk) -> None:
    hcp_id = someone(office, 5)
    driver = sit("wu")
    page = begin(driver, hcp_id)
    driver.click("captureNext", page)
    driver.click("act_visit_given", page)
    driver.click("captureNext", page)
    identity, method = (driver.find(QComboBox, n, page) for n in ("captureIdentity", "captureMethod"))
    identity.setCurrentIndex(identity.findData("work_badge"))
    assert page._pad_box.isHidden()
    method.setCurrentIndex(method.findData("esign"))
    assert not page._pad_box.isHidden() and page.pad.empty
    driver.qtbot.mouseClick(page.pad, Qt.MouseButton.LeftButton)
    driver.click("captureNext", page)
    assert "凭证" in driver.texts(page.notice) and page._steps.currentIndex() == 2  # a touch is no signature
    driver.qtbot.mousePress(page.pad, Qt.MouseButton.LeftButton, pos=QPoint(30, 40))
    for step in range(20):
        driver.qtbot.mouseMove(page.pad, QPoint(30 + 9 * step, 40 + (step % 5) * 14))
    driver.qtbot.mouseRelease(page.pad, Qt.MouseButton.LeftButton, pos=QPoint(220, 60))
    driver.settle()
    bare, said = page.pad.png([]), page.pad.png(["CK-VISIT@1.0", "学术拜访：同意"])
    assert QImage.fromData(said).height() > QImage.fromData(bare).height()
    driver.click("captureNext", page)
    assert "待复核" in driver.find(QLabel, "outcome_visit", page).text()
    waiting = next(x for x in done(checking.pending_checks(office.sit("chen"))) if x.hcp_id == hcp_id)
    assert (str(waiting.method), waiting.media_type) == ("esign", "image/png")
    opened = done(checking.open_evidence(office.sit("chen"), event_id=waiting.event_id))
    office.rise()
    assert opened.data.startswith(b"\x89PNG")
