"""Notices area: as read, gaps by name, changes by element, in force with its campaign, forms, exceptions, ask lock."""

import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from driving import Driver
from PySide6.QtCore import QDate
from PySide6.QtWidgets import QComboBox, QDateEdit, QLabel, QLineEdit, QPushButton, QTableView
from support import NOW, Desk, done, invent

from compliance.i18n import Lang
from compliance.model.access import Purpose
from compliance.model.consent import NoticeState
from compliance.use_cases.notices import campaigns, notice_history
from compliance.use_cases.notices.notices import list_notices
from compliance.use_cases.seeing import people_list
from compliance.use_cases.upkeep import settings
from desktop_app.state import Place
from desktop_app.views.notices import NoticesPage
from desktop_app.widgets.act_dialog import ActDialog

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "use_cases"))
from notice_files import VISIT, edited, put, without_block

Sit = Callable[[str], Driver]
CONTACT = '"mobile_phone", "work_email"'


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Six people, two with consent, all assigned to one rep."""
    desk = Desk.create(tmp_path_factory.mktemp("notices"), at=NOW - timedelta(hours=1))
    desk.bring(invent(6))
    page = done(people_list.find_people(desk.sit("chen"), text="", purpose=Purpose.MDM, limit=20))
    ids = [row.hcp_id for row in page.rows]
    desk.assign(*ids)
    for hcp_id in ids[:2]:
        desk.consent(hcp_id)
    desk.rise()
    yield desk
    desk.rise()


def area(driver: Driver) -> NoticesPage:
    driver.shell.visit(Place.NOTICES)
    driver.settle()
    page = driver.shell.page
    assert isinstance(page, NoticesPage)
    return page


def state(office: Desk, ref: str) -> NoticeState:
    found = {n.ref: n.state for n in list_notices(office.sit("chen")).value}[ref]
    office.rise()
    return found


def test_a_version_is_drawn_as_the_person_reads_it_in_both_languages(sit: Sit) -> None:
    driver = sit("chen")
    page = area(driver)
    assert page.versions.current is not None and page.versions.current.notice.ref == "CK-VISIT@1.0"
    image = driver.find(QLabel, "checkImage", page.versions)
    chinese = image.pixmap().toImage()
    assert not chinese.isNull() and chinese.width() > 500  # wide enough to be read
    driver.click("read_en", page)
    english = image.pixmap().toImage()
    assert not english.isNull() and english != chinese


@pytest.mark.req("REQ-001")
def test_a_draft_with_a_gap_names_it_and_cannot_be_put_in_force(sit: Sit, office: Desk, tmp_path: Path) -> None:
    file = put(tmp_path, without_block(edited(VISIT, version="9.0"), "retention"))
    driver = sit("zhao")
    page = area(driver)
    driver.click("notice_draft", page)
    dialog = driver.find(ActDialog, "draftDialog")
    driver.click("actGo", dialog)
    assert "告知书文件" in driver.texts(dialog.form.notice)  # no file chosen: nothing happens
    driver.find(QLineEdit, "draftFile", dialog).setText(str(file))
    driver.click("actGo", dialog)
    assert page.versions.current is not None
    ref = page.versions.current.notice.ref
    assert page.versions.current.state is NoticeState.DRAFT
    assert "保存期限" in driver.texts(page.versions)
    driver.click("notice_activate", page)
    dialog = driver.find(ActDialog, "activateDialog")
    driver.click("actGo", dialog)
    assert driver.find(QLabel, "refusalReason", dialog).text()
    dialog.reject()
    driver.settle()
    assert state(office, ref) is NoticeState.DRAFT


@pytest.mark.req("REQ-007")
def test_whom_a_change_concerns_is_said_before_and_carried_by_its_campaign(
    sit: Sit, office: Desk, tmp_path: Path
) -> None:
    file = put(tmp_path, edited(VISIT, (CONTACT, CONTACT + ', "concept"')))
    driver = sit("zhao")
    page = area(driver)
    driver.click("notice_draft", page)
    driver.find(QLineEdit, "draftFile").setText(str(file))
    driver.click("actGo", driver.find(ActDialog, "draftDialog"))
    assert page.versions.current is not None
    ref = page.versions.current.notice.ref
    assert driver.find(QLabel, "change_ask", page).text() == "2"
    changed = driver.find(QTableView, "changeTable", page).model()
    assert "治疗观念" in changed.index(0, 2).data()
    driver.click("notice_activate", page)
    dialog = driver.find(ActDialog, "activateDialog")
    assert "2 人须重新征询" in driver.texts(dialog)
    driver.click("actGo", dialog)
    assert state(office, ref) is NoticeState.ACTIVE
    page._tabs.setCurrentWidget(page.campaigns)
    driver.settle()
    assert driver.find(QLabel, "campaign_waiting", page).text() == "2"
    assert page.campaigns.left.rows.rowCount() == 2
    driver.click("campaign_close", page)  # an open delivery keeps it open
    assert driver.find(QLabel, "refusalReason", page.campaigns).text()
    page.campaigns._deliver(page.campaigns.left.rows.row(0))
    driver.settle()
    driver.click("actGo", driver.find(ActDialog, "deliverDialog"))
    assert driver.find(QLabel, "campaign_delivered", page).text() == "1"
    campaign = campaigns.list_campaigns(office.sit("chen")).value[0]
    assert len(done(campaigns.waiting_people(office.sit("chen"), campaign_id=campaign.campaign_id))) == 1
    office.rise()


def test_a_clerk_prints_forms_for_a_rep_and_hears_who_got_none(sit: Sit, office: Desk, tmp_path: Path) -> None:
    driver = sit("wu")
    page = area(driver)
    at = next(n for n, x in enumerate(page.versions._versions) if x.state is NoticeState.ACTIVE)
    page.versions.table.selectRow(at)
    driver.settle()
    driver.click("notice_forms", page)
    dialog = driver.find(ActDialog, "formsDialog")
    rep = driver.find(QComboBox, "formsRep", dialog)
    rep.setCurrentIndex(rep.findData("liming"))
    driver.click("actGo", dialog)
    assert "存入文件夹" in driver.texts(dialog.form.notice)
    out = tmp_path / "forms"
    out.mkdir()
    driver.find(QLineEdit, "formsOut", dialog).setText(str(out))
    driver.click("actGo", dialog)
    assert "6 张同意表" in driver.texts(page.versions.notice)
    assert list(out.rglob("*.pdf"))


def test_lists_and_forms_of_a_campaign_are_written(sit: Sit, office: Desk, tmp_path: Path) -> None:
    driver = sit("chen")
    page = area(driver)
    page._tabs.setCurrentWidget(page.campaigns)
    driver.settle()
    page.campaigns.write_lists(tmp_path / "lists")
    driver.settle()
    assert "1 份名单" in driver.texts(page.campaigns.notice)
    page.campaigns.write_forms(tmp_path / "forms")
    driver.settle()
    assert "张同意表" in driver.texts(page.campaigns.notice)


def test_retiring_shows_what_hangs_on_it_first(sit: Sit, office: Desk) -> None:
    driver = sit("zhao")
    page = area(driver)
    page.versions.open_at("CK-PROFILE@1.0")
    driver.settle()
    driver.click("notice_retire", page)
    dialog = driver.find(ActDialog, "retireDialog")
    assert "0 人的有效同意" in driver.texts(dialog) and "没有后续版本" in driver.texts(dialog)
    day = driver.find(QDateEdit, "retireFrom", dialog)
    day.setDate(QDate(2027, 1, 1))
    driver.click("actGo", dialog)
    found = {n.ref: n for n in list_notices(office.sit("chen")).value}["CK-PROFILE@1.0"]
    office.rise()
    assert found.retired_from is not None


@pytest.mark.req("REQ-009")
def test_an_exception_needs_its_article_and_stands_in_the_list(sit: Sit, office: Desk) -> None:
    driver = sit("zhao")
    page = area(driver)
    page._tabs.setCurrentWidget(page.rules)
    driver.settle()
    driver.click("exceptAdd", page)
    dialog = driver.find(ActDialog, "exceptDialog")
    driver.find(QLineEdit, "exceptApprover", dialog).setText("chen")
    driver.find(QDateEdit, "exceptUntil", dialog).setDate(QDate(2026, 12, 31))
    driver.click("actGo", dialog)
    assert driver.texts(dialog.form.notice)
    driver.find(QLineEdit, "exceptLaw", dialog).setText("PIPL 18(1)")
    driver.click("actGo", dialog)
    assert page.rules.table.rows.rowCount() == 1
    assert len(notice_history.list_exceptions(office.sit("chen")).value) == 1
    office.rise()


def test_a_longer_ask_lock_acts_at_once_a_shorter_one_waits(sit: Sit, office: Desk) -> None:
    driver = sit("zhao")
    page = area(driver)
    page._tabs.setCurrentWidget(page.rules)
    driver.settle()
    driver.find(QLineEdit, "askLockDays", page).setText("365")
    driver.click("askLockGo", page)
    assert driver.find(QLabel, "askLock", page).text() == "365 天"
    driver.find(QLineEdit, "askLockDays", page).setText("200")
    driver.click("askLockGo", page)
    assert driver.find(QLabel, "askLock", page).text() == "365 天"
    assert settings.get_settings(office.sit("chen")).value["ask_lock_days"] == "365"
    office.rise()


def test_whoever_may_not_is_offered_nothing(sit: Sit) -> None:
    driver = sit("wu")
    page = area(driver)
    for name in ("notice_draft", "notice_activate", "notice_retire"):
        assert page.findChild(QPushButton, name) is None
    driver.window.desk.state.set_lang(Lang.EN)
    driver.settle()
    assert "In force" in driver.texts(page.versions)
