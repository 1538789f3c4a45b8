"""People: what this purpose shows, masks and does not show; why; and what a rep would see."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest
from driving import WANG, Driver
from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QLabel, QLineEdit, QMenu, QWidget
from support import Desk, done

from compliance.clock import day_start, shanghai_day
from compliance.i18n import Lang, t
from compliance.model.access import Purpose
from compliance.model.limits import last_day
from compliance.use_cases.consent import standing
from compliance.use_cases.seeing import people_list
from compliance.vault.lists import list_pages
from desktop_app.models import people as people_models
from desktop_app.operations.people import PAGE
from desktop_app.state import Place
from desktop_app.views.people import PeoplePage
from desktop_app.widgets.hidden_names import HiddenNames

Sit = Callable[[str], Driver]


@pytest.fixture
def people(sit: Sit) -> tuple[Driver, PeoplePage]:
    driver = sit("chen")
    driver.qtbot.keyClick(driver.window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    driver.settle()
    page = driver.shell.page
    assert isinstance(page, PeoplePage)
    return driver, page


def look_for(driver: Driver, page: PeoplePage, text: str, count: int) -> None:
    driver.type("searchPeople", text)
    driver.qtbot.waitUntil(lambda: page.model.total == count and not driver.window.desk.tasks.busy)
    driver.settle()


def open_wang(driver: Driver, page: PeoplePage) -> None:
    look_for(driver, page, WANG.name, 1)
    page.open_first()
    driver.settle()


@pytest.mark.parametrize("long", [False, True])
def test_a_row_comes_when_it_is_in_view(
    people: tuple[Driver, PeoplePage], office: Desk, monkeypatch: pytest.MonkeyPatch, long: bool
) -> None:
    """From either end and from the middle, and a long list is shown before it is counted."""
    driver, page = people
    model, view = page.model, page.list
    if long:
        monkeypatch.setattr(list_pages, "_TRIED", 20)
        page.look()
        driver.settle()
    everybody = done(people_list.find_people(office.sit("chen"), text="", purpose=Purpose.MDM, limit=500))
    ids = [row.hcp_id for row in everybody.rows]
    assert model.rowCount() == model.total == len(ids) > 2 * PAGE
    assert f"{len(ids)} 人" in driver.find(QLabel, "peopleCount").text()
    assert model.pages == {0}, "nobody who was not looked at is opened"

    def comes(number: int) -> None:
        view.scrollTo(model.index(number))
        driver.qtbot.waitUntil(lambda: model.row(model.index(number)) is not None)
        driver.settle()
        shown = [(n, row.hcp_id) for n in range(len(ids)) if (row := model.row(model.index(n))) is not None]
        assert all(ids[n] == hcp_id for n, hcp_id in shown)
        assert [model.place_of(ids[number])] == [number]

    for number in (len(ids) - 1, PAGE, 0, 2 * PAGE - 1):
        comes(number)
    monkeypatch.setattr(people_models, "MOST_PAGES", 2)
    view.scrollToTop()
    page.look()
    driver.settle()
    monkeypatch.setattr(view, "currentIndex", lambda: model.index(2 * PAGE - 1))
    assert model.row(model.index(2 * PAGE)) is None
    page._step(1)
    driver.qtbot.waitUntil(lambda: page.detail.hcp_id == ids[2 * PAGE])
    comes(len(ids) - 1)
    assert len(model.pages) == 2 == len(page.watch._seen), "who is far away is neither held nor watched"


def test_a_list_is_begun_anew_when_the_person_it_goes_on_from_is_gone(
    people: tuple[Driver, PeoplePage], monkeypatch: pytest.MonkeyPatch
) -> None:
    driver, page = people
    monkeypatch.setattr(page.watch, "look", lambda: None)
    task = page.views.task
    monkeypatch.setattr(
        page.views, "task", lambda purpose, wanted: task(purpose, replace(wanted, after="HCP-ZZZZZZZZ", offset=0))
    )
    asked = page._asked
    page.list.scrollToBottom()
    driver.qtbot.waitUntil(lambda: page._asked > asked)
    monkeypatch.setattr(page.views, "task", task)
    page.look()
    driver.settle()
    assert page.model.rowCount() == page.model.total > 2 * PAGE and not page.notice.isVisible()


def test_search_finds_by_name_hospital_and_department(people: tuple[Driver, PeoplePage]) -> None:
    driver, page = people
    look_for(driver, page, WANG.name, 1)
    look_for(driver, page, "示例肿瘤医院", 1)
    look_for(driver, page, "查无此人", 0)
    assert "没有找到" in driver.texts(page)
    driver.window.desk.state.set_lang(Lang.EN)
    assert "没有找到" not in driver.texts(page)


def test_search_words_are_offered_and_an_unfinished_one_is_said_below_the_box(
    people: tuple[Driver, PeoplePage],
) -> None:
    driver, page = people
    everybody = page.model.total
    look_for(driver, page, "oycc", 1)
    menu = driver.find(QMenu, "searchWords")
    entries = {action.text().partition("\t")[0]: action for action in menu.actions()}
    assert {"hospital:", "is:expiring", "consent:visit=refused", "seen-by:"} <= set(entries)
    page.search.clear()
    entries["hospital:"].trigger()
    driver.qtbot.waitUntil(lambda: "冒号后没有内容" in driver.texts(page))
    assert page.search.text() == "hospital:" and page.model.total == 0
    assert not page.notice.isVisible(), "no red bar while somebody types"
    look_for(driver, page, "hospital:示例肿瘤医院 is:open", 1)
    look_for(driver, page, "hospital:示例肿瘤医院 -is:open", 0)
    assert "冒号后" not in driver.texts(page)
    look_for(driver, page, "", everybody)
    driver.window.desk.state.set_lang(Lang.EN)
    driver.settle()
    assert [m.title() for m in page.search.findChildren(QMenu, "searchWords")] == [""]
    assert "in hospitals" in driver.find(QMenu, "searchWords").actions()[1].text()


def test_ctrl_f_goes_to_the_search_and_escape_empties_it(people: tuple[Driver, PeoplePage]) -> None:
    driver, page = people
    driver.window.activateWindow()
    look_for(driver, page, WANG.name, 1)
    driver.qtbot.keyClick(page.search, Qt.Key.Key_Escape)
    driver.qtbot.waitUntil(lambda: page.model.total > 100 and not driver.window.desk.tasks.busy)
    assert page.search.text() == ""


@pytest.mark.req("REQ-022")
def test_until_is_the_last_day_a_consent_may_be_used(people: tuple[Driver, PeoplePage], office: Desk) -> None:
    driver, page = people
    open_wang(driver, page)
    held = done(standing.consent_status(office.sit("chen"), hcp_id=office.id_of(WANG.name)))
    ends = [line.valid_until for line in held if line.valid_until]
    assert ends and all(end == day_start(shanghai_day(end)) for end in ends)
    said = driver.texts(page.detail)
    for end in ends:
        assert f"至 {last_day(end)}" in said and str(shanghai_day(end)) not in said


@pytest.mark.req("REQ-048")
def test_masked_is_a_word_and_withheld_is_a_named_chip(people: tuple[Driver, PeoplePage]) -> None:
    driver, page = people
    driver.window.desk.state.set_purpose(Purpose.RIGHTS)
    driver.settle()
    open_wang(driver, page)
    phone = driver.find(QLabel, "value_mobile_phone")
    assert phone.text() and WANG.phone not in phone.text() and "*" in phone.text()
    assert phone.property("masked") == "true"
    hidden = [name for names in page.detail.findChildren(HiddenNames) for name in names.names]
    assert len(hidden) > 20
    assert all(hidden)
    assert WANG.phone not in driver.texts()


def test_a_page_of_ninety_hidden_fields_has_few_widgets(people: tuple[Driver, PeoplePage]) -> None:
    """Each widget is laid out, dressed and let go: their number is the time a page takes to open."""
    driver, page = people
    open_wang(driver, page)
    held = page.detail.findChildren(HiddenNames)
    fields = sum(len(names.keys) for names in held)
    assert fields >= 90
    assert all(not names.children() for names in held)
    assert len(page.detail.findChildren(QWidget)) < 130
    driver.window.desk.state.set_purpose(Purpose.RIGHTS)
    driver.settle()
    open_wang(driver, page)
    assert len(page.detail.findChildren(QLabel, "profileName")) == 1, "the page before is gone"


def test_statuses_come_into_the_page_that_is_there(people: tuple[Driver, PeoplePage]) -> None:
    driver, page = people
    open_wang(driver, page)
    head, said = driver.find(QLabel, "profileName", page.detail), t("profile.consents", Lang.ZH)
    assert driver.find(QLabel, "consentsTitle", page.detail).text() == said
    page.detail.look_back(date(2026, 1, 1))
    driver.settle()
    assert driver.find(QLabel, "profileName", page.detail) is head, "nothing else is made anew"
    (title,) = page.detail.findChildren(QLabel, "consentsTitle")
    assert title.text() != said


def _point_at(widget: QWidget, where: QPoint) -> None:
    """Move the pointer, as a window passes it on."""
    spot, none = QPointF(where), Qt.MouseButton.NoButton
    there = widget.mapToGlobal(spot)
    moved = QMouseEvent(QEvent.Type.MouseMove, spot, there, none, none, Qt.KeyboardModifier.NoModifier)
    QCoreApplication.sendEvent(widget, moved)


@pytest.mark.parametrize("lang", list(Lang))
def test_the_keys_reach_each_hidden_name_and_its_reason(people: tuple[Driver, PeoplePage], lang: Lang) -> None:
    driver, page = people
    driver.window.desk.state.set_lang(lang)
    open_wang(driver, page)
    names = max(page.detail.findChildren(HiddenNames), key=lambda one: len(one.keys))
    assert all(name in names.accessibleName() for name in names.names), "unreached, it is all of them"
    names.setFocus(Qt.FocusReason.TabFocusReason)
    driver.settle()
    assert names.current == names.keys[0]
    keys = (Qt.Key.Key_Right, Qt.Key.Key_End, Qt.Key.Key_Left, Qt.Key.Key_Home)
    for key, number in zip(keys, (1, len(names.keys) - 1, len(names.keys) - 2, 0), strict=True):
        driver.qtbot.keyClick(names, key)
        assert names.current == names.keys[number]
        said = names.accessibleName()
        assert said.startswith(names.names[number]) and t("desk.withheld", lang) in said
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_Question):
        driver.qtbot.keyClick(names, key)
        driver.settle()
        card = driver.find(QDialog, "whyCard")
        assert driver.find(QLabel, "whyReason", card).text()
        card.accept()
        card.deleteLater()
        driver.settle()
        names.setFocus(Qt.FocusReason.ActiveWindowFocusReason)
        assert names.current == names.keys[0], "the keys come back to where they were"
    driver.qtbot.keyClick(names, Qt.Key.Key_Tab)
    assert names.current == "", "one stop of the tab key"


def test_a_hidden_name_tells_its_reason_under_the_pointer(people: tuple[Driver, PeoplePage]) -> None:
    driver, page = people
    open_wang(driver, page)
    names = max(page.detail.findChildren(HiddenNames), key=lambda one: len(one.keys))
    for key in (names.keys[0], names.keys[-1]):
        _point_at(names, names.place(key).center())
        assert t("desk.withheld", Lang.ZH) in names.toolTip()
    _point_at(names, names.rect().bottomRight())
    assert names.toolTip() == ""
    driver.qtbot.mouseClick(names, Qt.MouseButton.LeftButton, pos=names.rect().bottomRight())
    driver.qtbot.mousePress(names, Qt.MouseButton.LeftButton, pos=names.place(names.keys[0]).center())
    driver.qtbot.mouseRelease(names, Qt.MouseButton.LeftButton, pos=names.place(names.keys[-1]).center())
    driver.settle()
    assert driver.window.findChild(QDialog, "whyCard") is None


def test_why_says_reason_article_and_reference(people: tuple[Driver, PeoplePage]) -> None:
    driver, page = people
    driver.window.desk.state.set_purpose(Purpose.RIGHTS)
    driver.settle()
    open_wang(driver, page)
    driver.click("why_mobile_phone", page.detail)
    card = driver.window.findChild(QDialog, "whyCard")
    assert card is not None
    assert driver.find(QLabel, "whyReason", card).text()
    assert "个人信息保护法" in driver.find(QLabel, "whyArticle", card).text()
    assert driver.find(QLabel, "whyCode", card).text().startswith("A")
    assert driver.find(QLabel, "whyStep", card).text() == "逐项规则"
    card.accept()


def test_a_reveal_shows_the_value_once_and_is_logged(people: tuple[Driver, PeoplePage], office: Desk) -> None:
    driver, page = people
    driver.window.desk.state.set_purpose(Purpose.MDM)
    driver.settle()
    open_wang(driver, page)
    masked = [b for b in page.detail.findChildren(QLabel) if b.property("masked") == "true"]
    assert masked, "mdm shows at least one masked value"
    key = masked[0].objectName().removeprefix("value_")
    driver.click(f"why_{key}", page.detail)
    card = driver.window.findChild(QDialog, "whyCard")
    assert card is not None
    driver.click("whyReveal", card)
    after = page.detail.findChild(QLabel, f"value_{key}")
    told = page.detail.notice.isVisible() or (after is not None and after.property("masked") != "true")
    assert told, "a reveal shows the value or says why not"


def test_a_purpose_without_consent_is_a_panel_not_an_error(people: tuple[Driver, PeoplePage], office: Desk) -> None:
    driver, page = people
    page.show_person(driver_first_without_consent(page))
    driver.settle()
    driver.window.desk.state.set_purpose(Purpose.VISIT)
    driver.settle()
    panel = driver.find(QLabel, "refusalReason", page.detail)
    assert panel.text()
    assert driver.find(QLabel, "refusalCode", page.detail).text()
    assert driver.window.trouble is None


def driver_first_without_consent(page: PeoplePage) -> str:
    for number in range(page.model.rowCount()):
        row = page.model.row(page.model.index(number))
        if row is not None and not row.consent_hint:
            return row.hcp_id
    raise AssertionError("nobody without consent")


@pytest.mark.req("REQ-050")
def test_view_as_rep_shows_only_that_reps_people(people: tuple[Driver, PeoplePage]) -> None:
    driver, page = people
    driver.window.desk.state.set_purpose(Purpose.VISIT)
    driver.settle()
    box = driver.find(QComboBox, "viewAsRep")
    box.setCurrentIndex(box.findData("liming"))
    driver.settle()
    assert page.model.total == 1
    page.open_first()
    driver.settle()
    assert driver.find(QLabel, "profileSeenAs").isVisible()
    assert WANG.phone not in driver.texts()
    box.setCurrentIndex(box.findData("hanmei"))
    driver.settle()
    assert page.model.total == 0


def test_the_profile_says_border_state_and_its_log_entry(people: tuple[Driver, PeoplePage]) -> None:
    driver, page = people
    open_wang(driver, page)
    assert driver.find(QLabel, "profileName").text() == WANG.name
    assert driver.find(QLabel, "profileBorder").text() == "未出境"
    assert "#" in driver.find(QLabel, "profileCounts").text()
    assert driver.find(QLabel, "line_visit").text() == "已同意"


def test_every_label_follows_the_language(people: tuple[Driver, PeoplePage]) -> None:
    driver, page = people
    open_wang(driver, page)
    driver.window.desk.state.set_lang(Lang.EN)
    driver.settle()
    data = {WANG.name, WANG.hospital, WANG.department, WANG.title, "示例药业（上海）有限公司", "信守", "中文"}
    left = []
    for text in driver.texts(driver.shell).splitlines():
        rest = text
        for known in data | {"演示", "CRM 导出", "北京市"}:
            rest = rest.replace(known, "")
        if any("\u4e00" <= c <= "\u9fff" for c in rest):
            left.append(text)
    assert left == []
    assert driver.find(QLineEdit, "searchPeople").placeholderText().startswith("Name")
    assert driver.shell.place is Place.PEOPLE


def test_a_code_somebody_reads_out_opens_the_full_reason(people: tuple[Driver, PeoplePage]) -> None:
    driver, page = people
    open_wang(driver, page)
    hcp = page.detail.hcp_id
    driver.click("why_mobile_phone", page.detail)
    card = driver.window.findChild(QDialog, "whyCard")
    code = driver.find(QLabel, "whyCode", card).text()
    card.accept()
    driver.click("openReason", page)
    dialog = driver.window.findChild(QDialog, "reasonDialog")
    assert dialog is not None
    for typed in ("A999999999", code):
        driver.find(QLineEdit, "reasonCode", dialog).setText(typed)
        driver.click("reasonFind", dialog)
        driver.settle()
        if typed != code:
            assert "编号" in driver.find(QLabel, "reasonFault", dialog).text()
    assert driver.find(QLabel, "reasonThen", dialog).text()
    assert driver.find(QLabel, "reasonReader", dialog).text().startswith("chen")
    driver.click("reasonPerson", dialog)
    driver.settle()
    assert page.detail.hcp_id == hcp


def test_a_search_is_saved_taken_and_forgotten(people: tuple[Driver, PeoplePage]) -> None:
    driver, page = people
    driver.window.desk.state.set_purpose(Purpose.MDM)
    driver.settle()
    look_for(driver, page, "hospital:示例肿瘤", 1)
    page.views.save()
    dialog = driver.find(QDialog, "saveViewDialog")
    driver.find(QLineEdit, "viewName", dialog).setText("肿瘤专科")
    for key in ("department", "region"):
        driver.find(QCheckBox, f"column_{key}", dialog).setChecked(key == "region")
    driver.click("actGo", dialog)
    row = page.model.row(page.model.index(0))
    shown = {"full_name", "professional_title", "institution_name", "region"}
    assert row is not None and {f.key for f in row.fields} == shown
    names = [act.objectName() for act in page.views.menu().actions()]
    assert "view_肿瘤专科" in names
    next(act for act in page.views.menu().actions() if act.objectName() == "viewNone").trigger()
    driver.qtbot.waitUntil(lambda: page.model.total > 1 and not driver.window.desk.tasks.busy)
    assert page.search.text() == ""
    driver.window.desk.state.set_purpose(Purpose.VISIT)
    driver.settle()
    next(act for act in page.views.menu().actions() if act.objectName() == "view_肿瘤专科").trigger()
    driver.qtbot.waitUntil(lambda: page.model.total == 1 and not driver.window.desk.tasks.busy)
    assert page.purpose is Purpose.MDM and page.search.text() == "hospital:示例肿瘤"
    look_for(driver, page, WANG.name, 1)
    page.views.save()
    dialog = driver.find(QDialog, "saveViewDialog")
    driver.find(QLineEdit, "viewName", dialog).setText("某人")
    driver.click("actGo", dialog)
    assert dialog.isVisible() and "不保存姓名" in driver.texts(dialog)
    driver.click("actLeave", dialog)
    page.views.drop()
    driver.click("actGo", driver.find(QDialog, "dropViewDialog"))
    assert "view_肿瘤专科" not in [act.objectName() for act in page.views.menu().actions()]


@pytest.mark.req("REQ-050")
def test_an_officer_with_a_reps_eyes_reads_the_reps_action(people: tuple[Driver, PeoplePage]) -> None:
    """Somebody closed: the action stands first, as on the rep's own computer."""
    driver, page = people
    closed = driver_first_without_consent(page)
    page.show_person(closed)
    driver.settle()
    assert page.detail.findChild(QLabel, "profileAction") is None
    driver.window.desk.state.set_purpose(Purpose.VISIT)
    driver.settle()
    box = driver.find(QComboBox, "viewAsRep")
    box.setCurrentIndex(box.findData("hanmei"))
    driver.settle()
    page.show_person(closed)
    driver.settle()
    said = driver.find(QLabel, "profileAction", page.detail)
    assert said.isVisible() and said.text() == t("desk.action.do_not_contact", Lang.ZH)  # not assigned to hanmei
