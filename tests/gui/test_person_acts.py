"""What is done with a person, an item and an import from the window; each acts at once and survives a refusal."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from driving import WANG, Driver, choose, person
from PySide6.QtCore import QDate, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDateEdit,
    QDialog,
    QLabel,
    QLineEdit,
    QPushButton,
    QWidget,
)
from signing import certificate, signed
from support import NOW, Desk, done, invent

from compliance.i18n import Lang
from compliance.model.access import Purpose
from compliance.model.audit import Kind
from compliance.model.consent import ConsentStatus, Method
from compliance.use_cases.consent import recording, standing
from compliance.use_cases.evidence import evidence
from compliance.use_cases.imports import imports
from compliance.use_cases.seeing import cases, profiles
from compliance.use_cases.signing import approvals
from desktop_app.state import Place
from desktop_app.views.consents import ConsentsPage
from desktop_app.views.import_list import ImportList
from desktop_app.views.people import PeoplePage
from desktop_app.views.today import TodayPage

Sit = Callable[[str], Driver]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A store of its own: what happens here touches nobody else's people."""
    desk = Desk.create(tmp_path_factory.mktemp("acts"))
    desk.bring([WANG, *invent(8)])
    hcp_id = desk.id_of(WANG.name)
    desk.assign(hcp_id)
    desk.consent(hcp_id)
    desk.rise()
    yield desk
    desk.rise()


@pytest.fixture
def wang(office: Desk) -> str:
    found = office.id_of(WANG.name)
    office.rise()
    return found


def dialog(driver: Driver, name: str) -> QDialog:
    return next(d for d in driver.window.findChildren(QDialog) if d.objectName() == name and d.isVisible())


def go(driver: Driver, name: str) -> None:
    driver.qtbot.keyClick(dialog(driver, name).findChild(QPushButton, "actGo"), Qt.Key.Key_Space)
    driver.settle()


def notice(page: PeoplePage) -> str:
    return "\n".join(x.text() for x in page.detail.notice.findChildren(QLabel))


def test_a_person_is_added_by_hand_and_what_is_missing_is_named(sit: Sit, office: Desk) -> None:
    driver = sit("wu")
    driver.shell.visit(Place.PEOPLE)
    driver.settle()
    driver.pick("addPerson")
    window = dialog(driver, "addPersonDialog")
    assert QApplication.focusWidget() is window.findChild(QLineEdit, "add_full_name")
    go(driver, "addPersonDialog")
    assert "姓名" in driver.texts(window) and window.isVisible()
    for key, text in (("full_name", "诸葛新录"), ("institution_name", "示例新医院"), ("department", "心内科")):
        window.findChild(QLineEdit, f"add_{key}").setText(text)
    go(driver, "addPersonDialog")
    assert driver.shell.page.detail.hcp_id
    found = office.id_of("诸葛新录")
    office.rise()
    assert driver.shell.page.detail.hcp_id == found


def test_a_value_is_amended_and_a_bad_one_stays_in_the_window(sit: Sit, office: Desk, wang: str) -> None:
    driver = sit("chen")
    page = person(driver, wang, Purpose.MDM)
    choose(driver, "profileMore", "person_amend")
    window = dialog(driver, "amendDialog")
    key = window.findChild(QComboBox, "amendKey")
    key.setCurrentIndex(key.findData("mobile_phone"))
    window.findChild(QLineEdit, "amendValue").setText("12")
    go(driver, "amendDialog")
    assert window.isVisible() and not window.form.notice.isHidden()
    key.setCurrentIndex(key.findData("department"))
    window.findChild(QLineEdit, "amendValue").setText("血液内科")
    go(driver, "amendDialog")
    assert "由「肿瘤科」改为「血液内科」" in notice(page)
    view = done(profiles.open_profile(office.sit("chen"), hcp_id=wang, purpose=Purpose.MDM))
    office.rise()
    assert view.field("department").value == "血液内科"

    driver.click("why_department", page)
    driver.click("whyEarlier", driver.find(QDialog, "whyCard"))
    history = driver.find(QDialog, "historyDialog")
    assert "肿瘤科  →  血液内科" in driver.texts(history) and "chen · 更正" in driver.texts(history)
    driver.click("disputeValue", history)
    go(driver, "disputeValueDialog")
    assert page.detail.findChild(QLabel, "doubt_department").text() == "有争议"
    driver.click("why_department", page)
    driver.click("whyEarlier", driver.find(QDialog, "whyCard"))
    driver.click("settleValue", driver.find(QDialog, "historyDialog"))
    go(driver, "settleValueDialog")
    window = dialog(driver, "settleValueDialog")
    assert window.isVisible() and "另一" in driver.texts(window), "whoever disputed it does not settle it"
    driver.click("actLeave", window)
    driver.window.lock()
    driver.settle()
    driver = sit("sun")
    page = person(driver, wang, Purpose.MDM)
    driver.click("why_department", page)
    driver.click("whyEarlier", driver.find(QDialog, "whyCard"))
    driver.click("settleValue", driver.find(QDialog, "historyDialog"))
    go(driver, "settleValueDialog")
    assert "已了结" in notice(page) and page.detail.findChild(QLabel, "doubt_department") is None


@pytest.mark.req("REQ-019")
def test_freezing_closes_at_once_and_only_the_privacy_officer_lifts_it(sit: Sit, office: Desk, wang: str) -> None:
    driver = sit("chen")
    page = person(driver, wang, Purpose.VISIT)
    assert page.detail.findChild(QLabel, "refusalReason") is None
    choose(driver, "profileMore", "person_freeze")
    go(driver, "freezeDialog")
    driver.settle()
    assert page.detail.findChild(QLabel, "refusalReason") is not None, driver.texts(page)
    assert "person_unfreeze" not in [a.objectName() for a in driver.find(QPushButton, "profileMore").menu().actions()]
    driver.window.lock()
    driver.settle()
    driver = sit("zhao")
    page = person(driver, wang, Purpose.RIGHTS)
    choose(driver, "profileMore", "person_unfreeze")
    go(driver, "unfreezeDialog")
    driver.window.desk.state.set_purpose(Purpose.VISIT) if Purpose.VISIT in driver.shell.sitting.purposes else None
    view = profiles.open_profile(office.sit("chen"), hcp_id=wang, purpose=Purpose.VISIT)
    office.rise()
    assert hasattr(view.value, "fields")


def test_a_case_opens_on_the_page_and_closes_from_today(sit: Sit, office: Desk, wang: str) -> None:
    driver = sit("chen")
    page = person(driver, wang, Purpose.RIGHTS)
    driver.click("profile_case", page)
    go(driver, "caseDialog")
    assert page.detail.case_id.startswith("CASE-")
    case_id = page.detail.case_id
    driver.shell.visit(Place.TODAY)
    driver.settle()
    today = driver.shell.page
    assert isinstance(today, TodayPage)
    driver.click(f"close_{case_id}", today)
    left = done(cases.list_cases(office.sit("chen")))
    office.rise()
    assert case_id not in [c.case_id for c in left]


@pytest.mark.req("REQ-020")
def test_a_signature_is_examined_again_from_the_item(sit: Sit, office: Desk, tmp_path: Path) -> None:
    """A changed document is told in red and asks for a second person; the item without a signature has no such act."""
    key, cert = certificate()
    data = bytearray(signed(key, cert))
    data[data.index(b"100 100 50 50 re") if b"100 100 50 50 re" in data else 200] ^= 1
    path = tmp_path / "signed.pdf"
    path.write_bytes(bytes(data))
    hcp_id = office.id_of(invent(1)[0].name, invent(1)[0].hospital)
    request = office.act(hcp_id, evidence=path, method=Method.ESIGN)
    done(recording.record_consent(office.sit("wu"), request=request))
    office.rise()
    driver = sit("chen")
    page = person(driver, hcp_id, Purpose.MDM)
    choose(driver, "itemMore_visit", "consent.recheck.menu")
    driver.settle()
    assert "签名后的内容被改动" in notice(page) or "签名无效" in notice(page)
    assert "第二人签字" in notice(page)
    assert [r.action for r in done(approvals.list_pending(office.sit("chen")))] == ["invalidate"]
    office.rise()
    driver.window.desk.state.set_lang(Lang.EN)
    choose(driver, "itemMore_visit", "consent.recheck.menu")
    driver.settle()
    assert "Electronic signature" in notice(page) and "second person" in notice(page)


def test_receipts_as_pdf_and_json_and_a_look_back(sit: Sit, wang: str, tmp_path: Path) -> None:
    driver = sit("chen")
    page = person(driver, wang, Purpose.VISIT)
    menu = driver.find(QPushButton, "itemMore_visit").menu()
    assert {a.objectName() for a in menu.actions()} >= {"consent.receipt.menu", "consent.suspend.menu"}
    for name in ("receipt.pdf", "receipt.json"):
        page.detail.items.write_receipt("visit", tmp_path / name)
        driver.settle()
    assert (tmp_path / "receipt.pdf").read_bytes().startswith(b"%PDF-")
    assert "evidence" in json.loads((tmp_path / "receipt.json").read_text(encoding="utf-8"))
    page.detail.items.write_receipt("visit", tmp_path / "receipt.json")
    driver.settle()
    assert "已存在" in notice(page)
    driver.click("profileThen", page)
    dialog(driver, "thenDialog").findChild(QDateEdit, "thenDay").setDate(QDate(2026, 1, 1))
    go(driver, "thenDialog")
    assert "2026-01-01 当时的状态" in driver.texts(page.detail)
    assert page.detail.findChild(QLabel, "line_visit") is None
    page.detail.look_back(None)
    driver.settle()
    assert page.detail.findChild(QLabel, "line_visit").text() == "已同意"


def test_an_item_is_suspended_and_resumed(sit: Sit, office: Desk, wang: str) -> None:
    driver = sit("zhao")
    person(driver, wang, Purpose.RIGHTS)
    for act, status in (("suspend", ConsentStatus.SUSPENDED), ("resume", ConsentStatus.GIVEN)):
        choose(driver, "itemMore_visit", f"consent.{act}.menu")
        go(driver, f"{act}Dialog")
        lines = {x.item: x for x in done(standing.consent_status(office.sit("chen"), hcp_id=wang))}
        office.rise()
        assert lines["visit"].status is status


@pytest.mark.req("REQ-045")
def test_erasure_waits_for_a_second_person(sit: Sit, wang: str) -> None:
    driver = sit("chen")
    page = person(driver, wang, Purpose.RIGHTS)
    choose(driver, "profileMore", "person_erase")
    go(driver, "eraseDialog")
    assert dialog(driver, "eraseDialog").isVisible()  # without a reason nothing is asked
    dialog(driver, "eraseDialog").findChild(QLineEdit, "eraseReason").setText("R-2026-1")
    go(driver, "eraseDialog")
    assert "第二人" in notice(page)


def test_an_import_names_who_stands_in_the_way_and_another_is_taken_back(sit: Sit, office: Desk) -> None:
    office.bring(invent(5, seed=7, first=500), name="second.csv")
    office.rise()
    driver = sit("chen")
    driver.shell.visit(Place.PEOPLE)
    driver.settle()
    driver.pick("showImports")
    window = next(d for d in driver.window.findChildren(ImportList) if d.isVisible())
    part = window.part
    rows = [part.table.rows.row(n) for n in range(part.table.rows.rowCount())]
    used, fresh = (next(b for b in rows if b.counts["accepted"] == n) for n in (9, 5))
    part.choose(used)
    driver.settle()
    assert "不能整体撤销" in driver.texts(part) and part.findChild(QPushButton, "importsUndo") is None
    part.choose(fresh)
    driver.settle()
    assert part.findChild(QPushButton, "importsUndo") is not None
    part.run(part_undo(fresh.batch), part_done(part))
    driver.settle()
    states = {b.batch: str(b.state) for b in done(imports.list_batches(office.sit("chen")))}
    office.rise()
    assert states[fresh.batch] == "undone" and states[used.batch] == "published"


def part_undo(batch: str):  # type: ignore[no-untyped-def]
    from desktop_app.operations import imports as ops

    return ops.undo(batch=batch)


def part_done(part):  # type: ignore[no-untyped-def]
    return lambda answer: part._undone(answer.value)


def test_seal_and_proof_are_saved_and_checked_in_chinese(sit: Sit, office: Desk, tmp_path: Path) -> None:
    driver = sit("zhou")
    driver.shell.visit(Place.EVIDENCE)
    driver.settle()
    page = driver.shell.page
    page.seal.save_seal(tmp_path / "seal.txt")
    driver.settle()
    page.log.save_proof(3, tmp_path / "proof.txt")
    driver.settle()
    page.open_at("verify")
    text = (tmp_path / "proof.txt").read_text(encoding="utf-8")
    (tmp_path / "forged.txt").write_text(text.replace("index 3", "index 4"), encoding="utf-8")
    for name, said in (("proof.txt", "完好"), ("seal.txt", "完好"), ("forged.txt", "编号不符")):
        page.verify.check(tmp_path / name)
        driver.settle()
        words = driver.texts(page.verify)
        assert said in words
        assert not [w for w in words.split("\n") if w.isascii() and " " in w.strip()], words
    kinds = [x.kind for x in done(evidence.list_entries(office.sit("chen"), limit=5))]
    office.rise()
    assert str(Kind.EXPORT_WRITTEN) in kinds


def test_a_chosen_person_cannot_be_copied(sit: Sit, wang: str) -> None:
    driver = sit("wu")
    driver.shell.visit(Place.CONSENTS)
    driver.settle()
    page = driver.shell.page
    assert isinstance(page, ConsentsPage)
    page.open_at(("record", wang))
    driver.settle()
    box = page.record.person.edit
    assert WANG.name in box.text()
    board = QGuiApplication.clipboard()
    board.setText("nothing")
    for widget in (box, page.record.person._list):
        driver.qtbot.keyClick(widget, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        driver.qtbot.keyClick(widget, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert board.text() == "nothing"
    driver.qtbot.keyClick(box, Qt.Key.Key_Backspace)
    assert box.text() == "" and page.record.person.hcp_id == ""


def test_every_act_is_reached_by_keys(sit: Sit, wang: str) -> None:
    driver = sit("chen")
    page = person(driver, wang, Purpose.MDM)
    more = driver.find(QPushButton, "profileMore", page)
    assert more.focusPolicy() & Qt.FocusPolicy.TabFocus
    driver.qtbot.keyClick(driver.window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    driver.settle()
    window = dialog(driver, "addPersonDialog")
    order: list[str] = []
    now: QWidget | None = QApplication.focusWidget()
    while now is not None and now.objectName() not in order:
        order.append(now.objectName())
        driver.qtbot.keyClick(now, Qt.Key.Key_Tab)
        now = QApplication.focusWidget()
    assert order[0] == "add_full_name" and order[-2:] == ["actGo", "actLeave"]
    driver.qtbot.keyClick(window, Qt.Key.Key_Escape)
    driver.settle()
    assert not [d for d in driver.window.findChildren(QDialog) if d.isVisible()]
    assert NOW is not None
