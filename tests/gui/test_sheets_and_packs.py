"""What a rep takes along: sheets on paper, a pack that becomes the rep's own read-only window."""

from collections.abc import Callable
from pathlib import Path

import pytest
from driving import WANG, Driver
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QComboBox, QDialog, QLabel, QLineEdit, QPushButton
from support import PASS, Desk, done

from compliance.clock import FixedClock
from compliance.use_cases.consent import standing
from compliance.use_cases.field import bundles
from compliance.use_cases.seeing.reason_codes import open_reason
from desktop_app.state import Frame, Place
from desktop_app.views.exports import ExportsPage
from desktop_app.views.rep_ask import RepAskPage
from desktop_app.views.rep_today import RepTodayPage
from desktop_app.widgets.hidden_names import HiddenNames
from desktop_app.widgets.plan_picker import PlanPicker

Sit = Callable[[str], Driver]


@pytest.fixture(scope="session")
def laptop(office: Desk) -> Path:
    """A rep's own vault, registered with the office."""
    made = bundles.init_rep(office.folder / "rep.ckvault", passphrase=PASS, clock=FixedClock(office.at))
    office.rep("gaolan", "E009", recipient=made.recipient)
    office.assign(office.id_of(WANG.name), rep="gaolan")
    office.rise()
    return made.dir


def exports(driver: Driver) -> ExportsPage:
    driver.shell.visit(Place.EXPORTS)
    driver.settle()
    page = driver.shell.page
    assert isinstance(page, ExportsPage)
    return page


@pytest.mark.req("REQ-050")
def test_sheets_are_made_for_the_people_a_rep_may_see(sit: Sit, laptop: Path, tmp_path: Path) -> None:
    driver = sit("chen")
    page = exports(driver)
    rep = driver.find(QComboBox, "sheetRep")
    rep.setCurrentIndex(rep.findData("gaolan"))
    driver.settle()
    assert page.sheets.table.rows.rowCount() == 1
    driver.find(QLineEdit, "sheetOut").setText(str(tmp_path))
    driver.click("makeSheets")
    made = list(tmp_path.glob("*.pdf"))
    assert len(made) == 1
    assert WANG.name not in made[0].name
    assert "已制作 1 份" in driver.texts(page.sheets)


def test_a_pack_is_made_opened_and_shows_three_places_only(
    sit: Sit, driver: Driver, laptop: Path, tmp_path: Path, office: Desk
) -> None:
    sit("chen")
    page = exports(driver)
    page._tabs.setCurrentWidget(page.packs)
    rep = driver.find(QComboBox, "packRep")
    rep.setCurrentIndex(rep.findData("gaolan"))
    pack = tmp_path / "gaolan.ckpack"
    driver.find(QLineEdit, "packPath").setText(str(pack))
    driver.click("makePack")
    assert pack.exists()
    driver.window.lock()
    driver.settle()
    sit_at_laptop(driver, laptop)
    assert driver.shell.sitting.frame is Frame.PACK
    assert driver.shell.sitting.places == (Place.TODAY, Place.PEOPLE, Place.CONSENTS)
    driver.shell.page.take(pack)  # type: ignore[attr-defined]
    driver.settle()
    assert "只读" in driver.texts(driver.shell)
    driver.qtbot.keyClick(driver.window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    driver.settle()
    people = driver.shell.page
    assert people.model.total == 1  # type: ignore[attr-defined]
    people.open_first()  # type: ignore[attr-defined]
    driver.settle()
    assert driver.find(QLabel, "profileName").text() == WANG.name
    assert WANG.phone not in driver.texts()
    assert people.findChild(QPushButton, "profile_record") is None
    assert people.findChild(QPushButton, "bringIn") is None
    assert people.findChild(QPushButton, "openReason") is None
    held = {b.objectName().removeprefix("value_") for b in people.findChildren(QLabel)}
    lacking = {key for names in people.findChildren(HiddenNames) for key in names.keys}
    assert {"work_email", "visit_acceptance"} <= lacking and not lacking & held, (
        "what the work may show and is not here"
    )
    assert "bank_account_no" not in lacking
    driver.ask_why_hidden("work_email", people)
    card = driver.window.findChild(QDialog, "whyCard")
    assert driver.find(QLabel, "whyReason", card).text() == "目前没有可用的有效同意。"
    code = driver.find(QLabel, "whyCode", card).text()
    card.accept()
    driver.settle()
    opened = done(open_reason(office.sit("zhao"), code=code))
    assert (opened.hcp_id, opened.reader, opened.key) == (office.id_of(WANG.name), "gaolan", "work_email")
    people.show_person("HCP-ZZZZZZZZ")  # type: ignore[attr-defined]
    driver.settle()
    assert driver.find(QLabel, "profileAction").text() == "请勿联系", (
        "the action stands first, for whoever is unknown too"
    )
    people.open_first()  # type: ignore[attr-defined]
    driver.settle()
    people.detail.ask_why("mobile_phone")  # type: ignore[attr-defined]
    driver.settle()
    card = driver.window.findChildren(QDialog, "whyCard")[-1]
    assert driver.find(QLabel, "whyAction", card).text() and card.findChild(QPushButton, "whyReveal") is None
    code = driver.find(QLabel, "whyCode", card).text()
    card.accept()
    opened = done(open_reason(office.sit("zhao"), code=code))
    assert (opened.hcp_id, opened.reader, opened.key) == (office.id_of(WANG.name), "gaolan", "mobile_phone")


@pytest.mark.req("REQ-050")
def test_a_day_plan_is_made_and_its_paper_asked_back_and_reported(sit: Sit, laptop: Path, tmp_path: Path) -> None:
    driver = sit("chen")
    page = exports(driver)
    page.open_at("plan")
    rep = driver.find(QComboBox, "planRep")
    rep.setCurrentIndex(rep.findData("gaolan"))
    driver.settle()
    driver.click("makePlan")
    assert "请写明文件" in driver.texts(page.plan)
    driver.find(QLineEdit, "planPath").setText(str(tmp_path / "plan"))
    driver.click("makePlan")
    assert "请先加入至少一人" in driver.texts(page.plan)
    page.plan.picker.people.selectAll()
    driver.click("planAdd")
    driver.click("makePlan")
    assert (tmp_path / "plan.pdf").exists() and "已制作拜访计划" in driver.texts(page.plan)
    page.open_at("papers")
    driver.settle()
    driver.click("recallPapers")
    assert "请先在表中选择" in driver.texts(page.papers)
    page.papers.table.selectRow(0)
    driver.click("recallPapers")
    assert "已召回 1 份" in driver.texts(page.papers)
    driver.shell.visit(Place.TODAY)
    driver.settle()
    assert driver.find(QLabel, "tile_papers").text() == "1"
    page = exports(driver)
    page.open_at("papers")
    before = page.papers.table.rows.rowCount()
    page.papers.table.selectRow(0)
    driver.click("report_returned")
    assert page.papers.table.rows.rowCount() == before - 1
    assert driver.window.trouble is None


@pytest.mark.req("REQ-049")
def test_a_preview_shows_my_view_beside_the_reps_page(sit: Sit, laptop: Path) -> None:
    driver = sit("chen")
    page = exports(driver)
    rep = driver.find(QComboBox, "sheetRep")
    rep.setCurrentIndex(rep.findData("gaolan"))
    driver.settle()
    driver.click("previewSheet")
    dialog = driver.find(QDialog, "sheetPreview", page)
    driver.settle()
    assert driver.find(QLabel, "fate_full_name", dialog).text() == "印出"
    assert driver.find(QLabel, "fate_mobile_phone", dialog).text() in ("不印", "不在模板")
    assert "第 1 / 1 页" in driver.texts(dialog)
    dialog.close()
    driver.settle()


def test_a_rep_prints_a_plan_from_the_pack(driver: Driver, office: Desk, laptop: Path, tmp_path: Path) -> None:
    done(bundles.make_bundle(office.sit("chen"), rep="gaolan", path=tmp_path / "p.ckpack"))
    office.rise()
    sit_at_laptop(driver, laptop)
    driver.shell.page.take(tmp_path / "p.ckpack")  # type: ignore[attr-defined]
    driver.settle()
    picker = driver.find(PlanPicker, "planPicker")
    picker.people.selectAll()
    driver.click("planAdd")
    assert len(picker.hcp_ids) == 1
    driver.find(QLineEdit, "planPath").setText(str(tmp_path / "own.pdf"))
    driver.click("makePlan")
    assert (tmp_path / "own.pdf").exists()
    driver.click("planRemove")
    assert driver.window.trouble is None


def test_an_older_pack_is_refused_with_its_reason(driver: Driver, office: Desk, laptop: Path, tmp_path: Path) -> None:
    packs = []
    for number in (1, 2):
        path = tmp_path / f"{number}.ckpack"
        done(bundles.make_bundle(office.sit("chen"), rep="gaolan", path=path))
        packs.append(path)
    office.rise()
    sit_at_laptop(driver, laptop)
    driver.shell.page.take(packs[1])  # type: ignore[attr-defined]
    driver.settle()
    newest = driver.window.desk.state.sitting
    driver.shell.page.take(packs[0])  # type: ignore[attr-defined]
    driver.settle()
    assert driver.find(QLabel, "refusalReason", driver.shell.page).text()
    assert newest is not None and driver.window.desk.state.sitting == newest
    assert driver.window.trouble is None


def sit_at_laptop(driver: Driver, laptop: Path) -> None:
    """A rep has one user; the passphrase is all there is to type."""
    driver.window.start(laptop, "")
    driver.settle()
    driver.window.unlock.set_secret("", PASS)
    driver.click("unlockGo")


@pytest.mark.req("REQ-015", "REQ-017", "REQ-029")
def test_a_rep_asks_in_person_offline_and_the_office_takes_it_in(
    sit: Sit, driver: Driver, laptop: Path, tmp_path: Path, office: Desk
) -> None:
    pack, back, photo = tmp_path / "p.ckpack", tmp_path / "back.ckreturn", tmp_path / "form.png"
    image = QImage(600, 800, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    assert image.save(str(photo))
    done(bundles.make_bundle(office.sit("chen"), rep="gaolan", path=pack))
    office.rise()
    sit_at_laptop(driver, laptop)
    driver.shell.page.take(pack)  # type: ignore[attr-defined]
    driver.settle()
    driver.shell.visit(Place.PEOPLE, office.id_of(WANG.name))
    office.rise()
    driver.settle()
    driver.click("profile_ask", driver.shell.page)
    page = driver.shell.page
    assert isinstance(page, RepAskPage)
    ask, steps = page.ask_form, 1
    driver.settle()
    assert "保存期限" in ask.words.toPlainText() and ask.answers == {}
    driver.click("captureNext", ask)
    for name in ("act_digital/wecom_given", "act_event_refused"):
        driver.click(name, ask)
        steps += 1
    driver.click("captureNext", ask)
    identity = driver.find(QComboBox, "captureIdentity", ask)
    identity.setCurrentIndex(identity.findData("known_in_person"))
    driver.find(QLineEdit, "captureProof", ask).setText(str(photo))
    driver.click("captureNext", ask)
    assert "待复核" in driver.find(QLabel, "outcome_digital/wecom", ask).text()
    assert "随下次回传" in driver.texts(ask) and steps + 3 <= 8  # presses from the person's page to the end
    driver.shell.visit(Place.TODAY)
    driver.settle()
    today = driver.shell.page
    assert isinstance(today, RepTodayPage)
    assert int(driver.find(QLabel, "return_here", today).text()) >= 2
    today._return.make_to(back)
    driver.settle()
    assert back.exists() and "已写入" in driver.texts(today)
    driver.window.lock()
    driver.settle()
    officer = sit("chen")
    page_ = exports(officer)
    page_.open_at("returns")
    page_.returns.look(back)
    officer.settle()
    shown = driver.texts(page_.returns)
    assert "预览" in shown and "待核验" in shown
    assert int(driver.find(QLabel, "got_to_check", page_.returns).text()) == 1
    assert int(driver.find(QLabel, "got_conflict", page_.returns).text()) == 0
    driver.click("takeReturn", page_.returns)
    assert "已接收" in driver.texts(page_.returns)
    page_.returns.look(back)
    officer.settle()
    assert "已经收过" in driver.texts(page_.returns)
    lines = {x.item: x for x in done(standing.consent_status(office.sit("chen"), hcp_id=office.id_of(WANG.name)))}
    office.rise()
    assert (str(lines["digital/wecom"].status), str(lines["event"].status)) == ("evidence_pending", "refused")
