"""Retention on screen: the figure, groups and people; hold, put off, let go, and the certificate; only for officers."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from driving import Driver
from PySide6.QtCore import QDate
from PySide6.QtWidgets import QApplication, QDateEdit, QFileDialog, QLabel, QLineEdit, QPushButton, QTabWidget
from pytestqt.qtbot import QtBot
from support import PASS, STAFF, Desk, Doctor, done
from test_evidence_pages import evidence

from compliance.clock import FixedClock
from compliance.i18n import Lang
from compliance.use_cases.ending import retention_runs
from compliance.use_cases.signing import two_person
from desktop_app.app import build
from desktop_app.prefs import Prefs
from desktop_app.views.evidence_retention import RetentionPart


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Six people, four of whom never had a basis, ninety-one days ago."""
    made = Desk.create(tmp_path_factory.mktemp("old"), staff={k: STAFF[k] for k in ("zhao", "chen", "wu", "zhou")})
    names = [f"慕容知{c}" for c in "白清谷瑾言行"]
    made.bring([Doctor(number=f"P{n}", name=name, phone=f"1377777000{n}") for n, name in enumerate(names)])
    for name in ("慕容知白", "慕容知清"):
        made.consent(made.id_of(name))
    made.wait(days=91)
    yield made
    made.rise()


@pytest.fixture
def driver(qtbot: QtBot, tmp_path: Path, qapp: QApplication, old: Desk) -> Iterator[Driver]:
    """A window at the later day."""
    del qapp
    window = build(lang=Lang.ZH, prefs=Prefs(tmp_path / "prefs.ini"), clock=FixedClock(old.at))
    qtbot.addWidget(window, before_close_func=lambda w: None)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    yield Driver(qtbot, window)
    window.close()
    assert window.trouble is None, "no test may end on the crash page"


@pytest.fixture
def page(driver: Driver, old: Desk) -> RetentionPart:
    old.rise()
    driver.unlock(old.vault, "zhao", PASS)
    shown = evidence(driver)
    shown.open_at("retention")
    driver.settle()
    return shown.retention


def test_what_ends_is_counted_listed_and_let_go_with_a_certificate(
    page: RetentionPart, driver: Driver, old: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = driver.texts(page)
    assert "4 人的" in said and page.people.rows.rowCount() == 4 and page.groups.rows.rowCount() == 1
    assert page.people.rows.row(0) is not None and page.people.rows.row(0).over
    page.span.setCurrentIndex(0)
    driver.settle()
    assert "4 人的" in driver.texts(page)
    page.people.selectRow(0)
    driver.click("retentionHold")
    driver.find(QLineEdit, "holdAuthority").setText("CC 188")
    driver.find(QLineEdit, "holdReason").setText("dispute 7")
    driver.find(QLineEdit, "holdApprover").setText("zhao")
    driver.click("actGo")
    assert "最后一天" in driver.texts(driver.find(QLineEdit, "holdApprover").window())  # no end: not taken
    driver.find(QDateEdit, "holdUntil").setDate(QDate(2027, 12, 31))
    driver.click("actGo")
    assert "留存中" in {page.people.rows.columns[4].text(page.people.rows.row(n), page.lang) for n in range(4)}
    page.people.selectRow(1)
    driver.click("retentionExtend")
    driver.find(QDateEdit, "extendUntil").setDate(QDate(2027, 4, 30))
    driver.find(QLineEdit, "extendReason").setText("contract is being signed")
    driver.click("actGo")
    assert "等待第二人签署" in driver.texts(page)
    driver.click("retentionRelease")
    driver.find(QLineEdit, "releaseReason").setText("weekly")
    driver.click("actGo")
    assert "等待第二人签署" in driver.texts(page) and "待签署" in driver.texts(page.runs)
    asked = [r for r in done(two_person.list_pending(old.sit("chen"))) if r.action == "let_go"]
    done(two_person.approve(old.sit("chen"), request_id=asked[0].request_id))
    page.refresh()
    driver.settle()
    (run,) = done(retention_runs.list_runs(old.sit("chen")))
    driver.click(f"run_{run.run.run_id}")
    assert "已完成" in driver.texts(page.runs)
    target = tmp_path / "certificate.pdf"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(target), ""))
    driver.click(f"certificate_{run.run.run_id}")
    assert target.read_bytes().startswith(b"%PDF")
    assert driver.window.findChild(QPushButton, f"run_{run.run.run_id}") is None


def test_the_ends_of_one_person_are_a_look_away(page: RetentionPart, driver: Driver) -> None:
    page.span.setCurrentIndex(4)
    driver.settle()
    page.show_ends(page.people.rows.row(0))  # type: ignore[arg-type]
    driver.settle()
    title = driver.find(QLabel, "actTitle").text()
    assert title.startswith("HCP-") and "届满日" in title
    driver.click("actGo")


def test_an_auditor_has_no_such_tab(driver: Driver, old: Desk) -> None:
    old.rise()
    driver.unlock(old.vault, "zhou", f"{PASS} zhou")
    shown = evidence(driver)
    tabs = shown.findChild(QTabWidget, "evidenceTabs")
    assert tabs is not None and "保存期限" not in {tabs.tabText(n) for n in range(tabs.count())}
