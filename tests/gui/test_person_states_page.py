"""Deceased, do not contact, dormant from the window: said, seen in the list and on the page, undone (REQ-089)."""

from collections.abc import Callable, Iterator

import pytest
from driving import WANG, Driver, choose, person
from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QComboBox, QDateEdit, QDialog, QLabel, QLineEdit, QPushButton
from support import Desk, done, invent

from compliance.i18n import Lang
from compliance.model.access import Block, Purpose
from compliance.model.person_state import PersonState
from compliance.model.profile import PersonRow
from compliance.use_cases.people import person_states
from desktop_app.state import Place
from desktop_app.views.people import PeoplePage
from desktop_app.widgets.person_row import chips_of

Sit = Callable[[str], Driver]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk.create(tmp_path_factory.mktemp("states"))
    desk.bring([WANG, *invent(6)])
    desk.consent(desk.id_of(WANG.name))
    desk.rise()
    yield desk
    desk.rise()


@pytest.fixture
def wang(office: Desk) -> str:
    found = office.id_of(WANG.name)
    office.rise()
    return found


def window(driver: Driver, name: str) -> QDialog:
    return next(d for d in driver.window.findChildren(QDialog) if d.objectName() == name and d.isVisible())


def pick(driver: Driver, name: str, code: str) -> None:
    box = driver.find(QComboBox, name)
    box.setCurrentIndex(box.findData(code))
    assert box.currentData() == code, name
    driver.settle()


def go(driver: Driver, name: str) -> None:
    driver.qtbot.keyClick(window(driver, name).findChild(QPushButton, "actGo"), Qt.Key.Key_Space)
    driver.settle()


def blocks(office: Desk, hcp: str) -> frozenset[Block]:
    with office.sit("chen").vault.snapshot() as snap:
        found = snap.people.get(hcp)
    office.rise()
    assert found is not None
    return found.blocks


def swap(driver: Driver, sit: Sit, who: str) -> Driver:
    driver.window.lock()
    driver.settle()
    return sit(who)


@pytest.mark.req("REQ-089")
def test_a_death_is_reported_seen_confirmed_and_asked_back(sit: Sit, office: Desk, wang: str) -> None:
    driver = sit("wu")
    page = person(driver, wang, Purpose.MDM)
    choose(driver, "profileMore", "person_mark")
    pick(driver, "markState", "deceased")
    assert driver.find(QComboBox, "markReason").findData("retired") == -1, "the reasons are those of the state"
    pick(driver, "markReason", "colleague")
    driver.find(QDateEdit, "markDay").setDate(QDate(2026, 11, 20))
    go(driver, "markDialog")
    assert "据报已故" in driver.texts(page)
    assert blocks(office, wang) == {Block.DEATH_REPORTED}
    assert driver.find(QLabel, "profileState_death_reported").isVisible()
    driver.shell.visit(Place.TODAY)
    driver.settle()
    driver = swap(driver, sit, "chen")
    driver.shell.visit(Place.TODAY)
    driver.settle()
    assert "据报已故，待核实" in driver.texts(driver.shell.page)
    driver.window.desk.state.set_purpose(Purpose.MDM)
    driver.shell.visit(Place.PEOPLE, "death_reports")
    driver.settle()
    found = driver.shell.page
    assert isinstance(found, PeoplePage) and found.search.text() == "is:reported-deceased"
    page = person(driver, wang, Purpose.VISIT)
    assert "待第二人确认" in driver.texts(page), "the reason says that it is not sure yet"
    choose(driver, "profileMore", "person_mark")
    pick(driver, "markState", "deceased")
    pick(driver, "markReason", "document")
    go(driver, "markDialog")
    assert blocks(office, wang) == {Block.DECEASED}
    choose(driver, "profileMore", "person_unmark")
    said = window(driver, "unmarkDialog").findChild(QLabel, "statesSaid")
    assert said is not None and "wu" in said.text() and "chen 确认" in said.text()
    go(driver, "unmarkDialog")
    assert "REQ-" in driver.texts(page), "a confirmed death takes a second person"
    assert blocks(office, wang) == {Block.DECEASED}


@pytest.mark.parametrize("lang", list(Lang))
def test_the_list_shows_the_gravest_state_and_a_rep_none(lang: Lang) -> None:
    row = PersonRow(hcp_id="HCP-AAAAAAAA", fields=(), flags=("dormant", "do_not_contact", "quarantined"))
    texts = [text for text, _ in chips_of(row, lang, as_rep=False)]
    assert texts == [{Lang.ZH: "请勿联系", Lang.EN: "do not contact"}[lang]]
    assert chips_of(PersonRow(hcp_id="HCP-AAAAAAAA", fields=(), flags=("dormant",)), lang, as_rep=True) == []


def test_do_not_contact_ends_by_the_persons_word_with_its_paper(sit: Sit, office: Desk) -> None:
    hcp = office.id_of(invent(6)[2].name)
    done(person_states.mark_state(
        office.sit("wu"), hcp_id=hcp, state=PersonState.DO_NOT_CONTACT, reason="person_says"
    ))  # fmt: skip
    paper = office.paper("letter")
    office.rise()
    driver = sit("chen")
    page = person(driver, hcp, Purpose.MDM)
    assert not driver.find(QPushButton, "profile_ask", page).property("look"), "asking is not what comes first"
    choose(driver, "profileMore", "person_unmark")
    dialog = window(driver, "unmarkDialog")
    pick(driver, "unmarkReason", "mistake")
    assert not driver.find(QLineEdit, "unmarkChannel").isVisible()
    pick(driver, "unmarkReason", "person_says")
    assert driver.find(QLineEdit, "unmarkChannel").isVisible()
    go(driver, "unmarkDialog")
    assert "收到日期" in driver.texts(dialog) and dialog.isVisible(), "what is missing is named"
    driver.find(QDateEdit, "unmarkReceived").setDate(QDate(2026, 11, 24))
    driver.find(QLineEdit, "unmarkChannel").setText("来信")
    driver.find(QLineEdit, "unmarkEvidence").setText(str(paper))
    go(driver, "unmarkDialog")
    assert blocks(office, hcp) == frozenset(), driver.texts(page)
    assert driver.find(QPushButton, "profile_ask", page).property("look") == "primary"


def test_nothing_recorded_says_so(sit: Sit, office: Desk) -> None:
    hcp = office.id_of(invent(6)[4].name)
    office.rise()
    driver = sit("chen")
    page = person(driver, hcp, Purpose.MDM)
    choose(driver, "profileMore", "person_unmark")
    assert "没有登记过" in driver.texts(page)
