"""Consents area: the share first, lists with counts, territories, ends by week, stops with what follows named first."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from driving import Driver
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton
from support import NOW, Desk, done, invent, no

from compliance.i18n import Lang
from compliance.model.access import Purpose, Role
from compliance.model.register import Rep
from compliance.use_cases.consent import recording, stops, worklists
from compliance.use_cases.consent.worklists import WorkList
from compliance.use_cases.people import reps
from compliance.use_cases.seeing import people_list
from compliance.use_cases.signing import two_person
from desktop_app.state import Place
from desktop_app.views.consents import ConsentsPage
from desktop_app.widgets.act_dialog import ActDialog

Sit = Callable[[str], Driver]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Ten assigned in two territories, four lawfully visible, two of them ending soon, one proof waiting."""
    desk = Desk.create(tmp_path_factory.mktemp("area"), at=NOW - timedelta(hours=1))
    for name, number, where in (("east1", "E010", "华东"), ("north1", "E011", "华北")):
        rep = Rep(name=name, role=Role.REP, employee_no=number, recipient="", territory=where)
        done(reps.add_rep(desk.sit("zhao"), rep=rep))
    desk.bring(invent(12))
    page = done(people_list.find_people(desk.sit("chen"), text="", purpose=Purpose.MDM, limit=20))
    ids = [row.hcp_id for row in page.rows]
    desk.assign(*ids[:6], rep="east1")
    desk.assign(*ids[6:10], rep="north1")
    for hcp_id, days in ((ids[0], 10), (ids[1], 400), (ids[2], 40), (ids[6], 20)):
        desk.consent(hcp_id, valid_until=(desk.at + timedelta(days=days)).date())
    done(recording.record_consent(desk.sit("wu"), request=desk.act(ids[7])))
    desk.consent(ids[1], "digital/email")
    desk.rise()
    yield desk
    desk.rise()


def area(driver: Driver) -> ConsentsPage:
    driver.shell.visit(Place.CONSENTS)
    driver.settle()
    page = driver.shell.page
    assert isinstance(page, ConsentsPage)
    return page


def test_the_share_lawfully_visible_stands_first_and_large(sit: Sit) -> None:
    driver = sit("chen")
    page = area(driver)
    assert driver.find(QLabel, "coverageShare", page).text() == "40%"
    assert "10 位已分配的医生中，4 位" in driver.find(QLabel, "coverageWords", page).text()
    rows = page.overview.table.rows
    assert [(rows.row(n).name, rows.row(n).assigned, rows.row(n).visible, rows.row(n).ends) for n in range(2)] == [
        ("华东", 6, 3, 2),
        ("华北", 4, 1, 1),
    ]


def test_a_territory_narrows_the_chart_and_the_words_say_the_figures(sit: Sit) -> None:
    driver = sit("chen")
    page = area(driver)
    assert "3 项" in driver.find(QLabel, "endsWords", page).text()
    assert page.overview.chart.accessibleName().count("1 项") == 3
    page.overview.table.selectRow(1)
    assert "华北" in driver.find(QLabel, "endsHead", page).text()
    assert "共 1 项" in driver.find(QLabel, "endsWords", page).text()
    driver.click("territoryAll", page)
    assert "共 3 项" in driver.find(QLabel, "endsWords", page).text()


def test_a_count_leads_to_its_list_and_enter_to_the_person(sit: Sit) -> None:
    driver = sit("chen")
    page = area(driver)
    page.overview._show_list(WorkList.ENDING)
    driver.settle()
    lists = page.lists
    assert [x.row.territory for x in (lists.table.rows.row(0), lists.table.rows.row(1))] == ["华东", "华北"]
    assert lists._buttons[WorkList.ENDING].text().endswith("2")
    assert lists._buttons[WorkList.TO_CHECK].text().endswith("1")
    lists.territory.setCurrentIndex(lists.territory.findData("华北"))
    assert lists.table.rows.rowCount() == 1
    assert "共 2 项" in driver.find(QLabel, "listFoot", page).text()
    lists.table.selectRow(0)
    wanted = lists.table.rows.row(0).row.hcp_id
    driver.qtbot.keyClick(lists.table, Qt.Key.Key_Return)
    driver.settle()
    assert driver.shell.place is Place.PEOPLE and driver.shell.page.detail.hcp_id == wanted


def test_columns_fill_their_table_and_none_is_cut_off(sit: Sit) -> None:
    """In English, whose headings are longer, and with a column hidden, as in the list of what ends."""
    driver = sit("chen")
    driver.window.resize(1360, 860)
    driver.window.desk.state.set_lang(Lang.EN)
    page = area(driver)
    page.overview._show_list(WorkList.ENDING)
    driver.settle()
    table = page.lists.table
    assert table.isColumnHidden(2)
    filled = sum(table.columnWidth(n) for n in range(len(table.rows.columns)) if not table.isColumnHidden(n))
    assert abs(filled - table.viewport().width()) < 6
    page.show_tab("overview")
    driver.settle()
    assert page.overview.table.horizontalScrollBar().maximum() == 0


def test_an_empty_list_says_what_comes_next(sit: Sit) -> None:
    driver = sit("chen")
    page = area(driver)
    page._show_list(WorkList.CHANGE_PENDING)
    driver.settle()
    assert "没有因告知书变更" in driver.find(QLabel, "listHead", page).text()


def test_a_clerk_sees_the_lists_but_no_stop_and_no_rebuild(sit: Sit) -> None:
    driver = sit("wu")
    page = area(driver)
    page.show_tab("stops")
    driver.settle()
    assert page.stops.findChild(QPushButton, "scope_pause") is None
    assert driver.find(QPushButton, "rebuildCheck", page).isHidden() or not page.stops._check.isVisible()


def test_what_a_stop_closes_is_named_before_it_is_made(sit: Sit, office: Desk) -> None:
    driver = sit("chen")
    page = area(driver)
    page.show_tab("stops")
    driver.settle()
    at = next(n for n in range(40) if page.stops.table.rows.row(n).scope == "digital/email")
    page.stops.table.selectRow(at)
    driver.click("scope_pause", page)
    dialog = driver.find(ActDialog, "pauseDialog")
    assert "1 项有效同意立即停止使用" in driver.texts(dialog)
    driver.click("actGo", dialog)
    assert "理由" in driver.texts(dialog.form.notice)  # without a reason nothing is stopped
    assert stops.list_stops(office.sit("chen")).value == ()
    driver.type("scopeReason", "通道整改")
    driver.click("actGo", dialog)
    assert "已暂停" in driver.texts(page.stops.notice)
    assert [s.scope for s in stops.list_stops(office.sit("chen")).value] == ["digital/email"]
    office.rise()


def test_taking_up_again_waits_for_a_second_person(sit: Sit, office: Desk) -> None:
    done(stops.pause_scope(office.sit("chen"), scope="event", reason="整改"))
    office.rise()
    driver = sit("zhao")
    page = area(driver)
    page.show_tab("stops")
    driver.settle()
    at = next(n for n in range(40) if page.stops.table.rows.row(n).scope == "event")
    page.stops.table.selectRow(at)
    driver.click("scope_lift", page)
    driver.type("scopeReason", "整改完成")
    driver.click("actGo", driver.find(ActDialog, "liftDialog"))
    waiting = [r for r in two_person.list_pending(office.sit("chen")).value if r.action == "lift_scope"]
    office.rise()
    assert len(waiting) == 1 and waiting[0].request_id in driver.texts(page.stops.notice)


def test_the_rebuild_says_that_the_table_is_what_the_events_say(sit: Sit) -> None:
    driver = sit("chen")
    page = area(driver)
    page.show_tab("stops")
    driver.settle()
    driver.click("rebuildCheck", page)
    assert "一致" in driver.texts(page.stops)
    assert driver.window.findChild(QPushButton, "rebuildMend") is None


def test_the_words_follow_the_language(sit: Sit) -> None:
    driver = sit("chen")
    page = area(driver)
    driver.window.desk.state.set_lang(Lang.EN)
    driver.settle()
    assert "4 of 10 assigned doctors" in driver.find(QLabel, "coverageWords", page).text()
    page._show_list(WorkList.TO_CHECK)
    driver.settle()
    assert page.lists._buttons[WorkList.TO_CHECK].text() == "To check  1"


def test_counts_need_no_name_and_refuse_a_stranger(office: Desk) -> None:
    found = done(worklists.work_counts(office.sit("chen")))
    assert found[WorkList.TO_CHECK] == 1
    assert no(worklists.work_counts(office.sit("zhou"))).reason == "role_not_allowed"
    office.rise()
