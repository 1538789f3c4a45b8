"""The capture form as it opens: every box empty, one click one item, nothing that accepts all (REQ-015, REQ-016)."""

from collections.abc import Callable

import pytest
from driving import Driver
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QComboBox, QPushButton, QRadioButton
from support import Desk, done

from compliance.model.access import Purpose
from compliance.use_cases.consent import standing
from compliance.use_cases.seeing import people_list
from desktop_app.state import Place
from desktop_app.views.consents import ConsentsPage

Sit = Callable[[str], Driver]


def form(driver: Driver, hcp_id: str) -> ConsentsPage:
    driver.shell.visit(Place.CONSENTS)
    driver.settle()
    page = driver.shell.page
    assert isinstance(page, ConsentsPage)
    page.open_at(("record", hcp_id))
    driver.settle()
    return page


def someone(office: Desk) -> str:
    chen = office.sit("chen")
    page = done(people_list.find_people(chen, text="", purpose=Purpose.MDM, limit=100))
    untouched = [
        r.hcp_id for r in page.rows
        if not any(line.event_id for line in done(standing.consent_status(chen, hcp_id=r.hcp_id)))
    ]  # fmt: skip
    office.rise()
    return untouched[-1]


def answered(office: Desk, hcp_id: str) -> dict[str, str]:
    lines = done(standing.consent_status(office.sit("chen"), hcp_id=hcp_id))
    office.rise()
    return {x.item: str(x.status) for x in lines}


@pytest.mark.req("REQ-015")
def test_every_box_is_empty_and_the_button_does_nothing_until_one_is_set(sit: Sit, office: Desk) -> None:
    hcp_id = someone(office)
    driver = sit("wu")
    page = form(driver, hcp_id)
    boxes = [b for kind in (QRadioButton, QCheckBox) for b in page.record.findChildren(kind)]
    assert boxes and not [b.objectName() for b in boxes if b.isChecked()]
    driver.click("recordGo")
    assert "还需填写" in driver.texts(page.record)
    assert answered(office, hcp_id) == {}


@pytest.mark.req("REQ-016")
def test_one_click_sets_one_item_and_nothing_accepts_all(sit: Sit, office: Desk) -> None:
    hcp_id = someone(office)
    driver = sit("wu")
    page = form(driver, hcp_id)
    words = [b.text() for b in page.record.findChildren(QAbstractButton)]
    assert not [w for w in words if "全部同意" in w or "一并同意" in w]
    item = driver.find(QComboBox, "recordItem")
    assert item.count() >= 4  # four items and more, of which one is chosen
    item.setCurrentIndex(item.findData("event"))
    driver.find(QRadioButton, "answer_refused").click()
    assert len([b for b in page.record.findChildren(QRadioButton) if b.isChecked()]) == 1
    assert page.record.findChild(QPushButton, "recordGo") is not None
    driver.click("recordGo")
    assert answered(office, hcp_id) == {"event": "refused"}
