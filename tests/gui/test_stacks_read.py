"""Scanned forms a machine read: what it read stands beside each item as a proposal, one key takes it over, what it was
not sure of is left; machine checks, sample and reading again from the stack's page."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from driving import Driver
from form_scans import Hand, drawn, scanned, written_on
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel, QPushButton
from support import NOTICE, NOW, Desk, done, invent

from compliance.clock import shanghai_day
from compliance.progress import NoProgress
from compliance.use_cases.intake import stack_sampling
from compliance.use_cases.intake.scans import ScanRequest, take_in_scans
from compliance.use_cases.notices import consent_forms
from compliance.use_cases.signing import two_person
from desktop_app.state import Place
from desktop_app.views.consents import ConsentsPage
from desktop_app.views.stacks import Stacks

Sit = Callable[[str], Driver]
ITEMS, DPI = ("visit", "digital/wecom"), 110
HANDS = [
    {"visit": ("tick", ""), "digital/wecom": ("", "tick")},
    {"visit": ("tick", "tick"), "digital/wecom": ("tick", "")},
    {"visit": ("tick", ""), "digital/wecom": ("tick", "")},
]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Three filled-in forms scanned by wu; samples are allowed."""
    desk = Desk.create(tmp_path_factory.mktemp("read"), at=NOW - timedelta(hours=1))
    people = invent(len(HANDS))
    desk.bring(people)
    made = done(
        consent_forms.print_forms(
            desk.sit("wu"), ref=NOTICE, out=desk.folder / "forms.pdf", progress=NoProgress(),
            hcp_ids=[desk.id_of(p.name, p.hospital) for p in people], items=ITEMS,
        )
    )  # fmt: skip
    pages = []
    for form, bare, marks in zip(made.forms, drawn(made.file, dpi=DPI), HANDS, strict=True):
        with desk.sit("wu").vault.snapshot() as snap:
            record = snap.forms.get(form.serial)
        assert record is not None
        pages.append(written_on(bare, record.fields, Hand(marks=marks, stroke=1.3), dpi=DPI))
    path = scanned(desk.folder / "scan.pdf", pages, dpi=DPI)
    request = ScanRequest(paths=(path,), name="读卡", place="柜 1", offered_on=shanghai_day(desk.at))
    assert done(take_in_scans(desk.sit("wu"), request=request, progress=NoProgress())).clear == 2
    asked = done(stack_sampling.set_sample_check(desk.sit("zhao"), on=True))
    done(two_person.approve(desk.sit("chen"), request_id=asked.request_id))
    desk.rise()
    yield desk
    desk.rise()


def area(driver: Driver) -> Stacks:
    driver.shell.visit(Place.CONSENTS)
    page = driver.shell.page
    assert isinstance(page, ConsentsPage)
    page.show_tab("stacks")
    driver.settle()
    return page.stacks


def test_machine_checks_are_told_before_a_sample_and_can_be_repeated(sit: Sit) -> None:
    driver = sit("sun")
    page = area(driver)
    assert "机器清楚识读 2 张" in driver.texts(page)
    act, words = driver.find(QPushButton, "stack_sample_try", page), driver.find(QLabel, "bannerText", page)
    assert act.mapTo(page, QPoint()).y() > words.mapTo(page, words.rect().bottomLeft()).y(), "acts below the words"
    driver.click("stack_sample_try", page)
    told = driver.texts(page.notice)
    assert "2 张可抽样（抽 2 张），1 张须逐张核对" in told and "勾选不清" in told
    assert "勾选不清" in str(page.forms.rows.index(1, 5).data())  # beside the form as well
    driver.click("stack_sample_read", page)
    assert "3 张中 3 张一致" in driver.texts(page.notice)


@pytest.mark.req("REQ-015")
def test_one_key_takes_what_was_read_and_leaves_what_is_unsure(sit: Sit) -> None:
    driver = sit("sun")
    page = area(driver)
    page.check()
    driver.settle()
    desk = page.desk_view
    assert desk.marks.answers == ()  # a reading presets nothing
    assert driver.find(QLabel, "claimed_visit", desk).text() == "机器识读：同意"
    assert driver.find(QLabel, "deskRead", desk).text() == "机器识读：签名有，日期有"
    driver.qtbot.keyClick(desk, Qt.Key.Key_G)
    assert desk.marks.answers == (("visit", "given"), ("digital/wecom", "refused"))
    driver.qtbot.keyClick(desk, Qt.Key.Key_N)
    driver.settle()
    assert driver.find(QLabel, "claimed_visit", desk).text() == "机器识读：两格都勾"
    driver.qtbot.keyClick(desk, Qt.Key.Key_G)
    assert desk.marks.answers == (("digital/wecom", "given"),)


def test_a_sample_of_read_forms_is_drawn_and_its_forms_looked_at(sit: Sit) -> None:
    driver = sit("sun")
    page = area(driver)
    driver.click("stack_sample_draw", page)
    assert "从 2 张中抽出 2 张" in driver.texts(page.notice)
    page.check()
    driver.settle()
    for _ in range(2):
        for key in (Qt.Key.Key_G, Qt.Key.Key_D, Qt.Key.Key_A):
            driver.qtbot.keyClick(page.desk_view, key)
            driver.settle()
    assert page.desk_view.form is None
    driver.qtbot.keyClick(page.desk_view, Qt.Key.Key_Escape)
    driver.settle()
    driver.click("stack_sample_finish", page)
    assert "1 张须逐张核对" in driver.texts(page.notice)
