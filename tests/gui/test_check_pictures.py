"""The check desk's pictures: drawn in the limited child, page by page, the next one ready; nothing left after lock."""

import io
import multiprocessing
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from time import thread_time

import pytest
from driving import Driver
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from reportlab.pdfgen import canvas
from support import NOW, Desk, done, invent
from test_consents_desk import someone

from compliance.model.audit import Kind
from compliance.use_cases.consent import recording
from compliance.use_cases.evidence import evidence
from desktop_app.state import Place
from desktop_app.views.consents import ConsentsPage

Sit = Callable[[str], Driver]


def scan(path: Path, pages: int) -> Path:
    out = io.BytesIO()
    made = canvas.Canvas(out)
    for number in range(pages):
        made.drawString(100, 700, f"page {number + 1}")
        made.showPage()
    made.save()
    path.write_bytes(out.getvalue())
    return path


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A store of its own, so that the proofs come in a known order."""
    desk = Desk.create(tmp_path_factory.mktemp("pictures"), at=NOW - timedelta(hours=1))
    desk.bring(invent(6))
    yield desk
    desk.rise()


@pytest.fixture(scope="module")
def queue(office: Desk, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Three proofs of two pages each, and one PDF that is none, oldest first."""
    made, folder = [], tmp_path_factory.mktemp("scans")
    for number in range(4):
        file = scan(folder / f"{number}.pdf", 2)
        if number == 3:
            file.write_bytes(b"%PDF-1.7\nbroken\n%%EOF\n")
        request = replace(office.act(someone(office, 0)), evidence=file)
        made.append(done(recording.record_consent(office.sit("wu"), request=request)).event_id)
        office.wait(minutes=1)
    office.rise()
    return made


def at_desk(sit: Sit) -> tuple[Driver, ConsentsPage]:
    driver = sit("sun")
    driver.shell.visit(Place.CONSENTS)
    driver.settle()
    page = driver.shell.page
    assert isinstance(page, ConsentsPage)
    page.open_at("checks")
    driver.settle()
    return driver, page


def press(driver: Driver, page: ConsentsPage, key: Qt.Key) -> None:
    driver.qtbot.keyClick(page.desk_check, key)
    driver.settle()


def goto(driver: Driver, page: ConsentsPage, event: str) -> None:
    while page.desk_check.current is not None and page.desk_check.current.event_id != event:
        press(driver, page, Qt.Key.Key_N)


def test_pages_turn_and_grow_by_keys(sit: Sit, queue: list[str]) -> None:
    driver, page = at_desk(sit)
    goto(driver, page, queue[0])
    image = driver.find(QLabel, "checkImage", page.desk_check)
    fitted = image.pixmap().width()
    assert fitted > 100 and "第 1 / 2 页" in driver.texts(page.desk_check)
    press(driver, page, Qt.Key.Key_Right)
    assert "第 2 / 2 页" in driver.texts(page.desk_check)
    press(driver, page, Qt.Key.Key_Right)
    assert "第 2 / 2 页" in driver.texts(page.desk_check)
    press(driver, page, Qt.Key.Key_Z)
    assert image.pixmap().width() > 2 * fitted
    press(driver, page, Qt.Key.Key_N)
    assert "第 1 / 2 页" in driver.texts(page.desk_check) and image.pixmap().width() <= fitted + 2


def test_the_next_proof_is_there_at_once_and_logged_once(sit: Sit, office: Desk, queue: list[str]) -> None:
    driver, page = at_desk(sit)
    goto(driver, page, queue[0])
    before = openings(office)
    image = driver.find(QLabel, "checkImage", page.desk_check)
    started = thread_time()
    page.desk_check.step()
    driver.qtbot.waitUntil(lambda: not image.pixmap().isNull(), timeout=5000)
    assert thread_time() - started < 0.1  # of the window's own thread, however busy the machine is
    driver.settle()
    assert page.desk_check.current is not None and page.desk_check.current.event_id == queue[1]
    assert openings(office) - before == 1  # the one after next; this one was opened ahead


def test_lock_ends_the_drawing_child(sit: Sit, queue: list[str]) -> None:
    driver, page = at_desk(sit)
    goto(driver, page, queue[3])
    assert "已损坏" in driver.find(QLabel, "checkImage", page.desk_check).text()
    assert [child.name for child in multiprocessing.active_children()] == ["consentkeep-drawer"]
    driver.window.lock()
    driver.settle()
    assert not multiprocessing.active_children()


def test_the_original_is_saved_once_and_logged(sit: Sit, office: Desk, queue: list[str], tmp_path: Path) -> None:
    driver, page = at_desk(sit)
    goto(driver, page, queue[0])
    page.desk_check.proof.save_to(tmp_path / "original.pdf")
    driver.settle()
    assert (tmp_path / "original.pdf").read_bytes().startswith(b"%PDF-")
    assert (tmp_path / "original.pdf").stat().st_mode & 0o077 == 0
    page.desk_check.proof.save_to(tmp_path / "original.pdf")
    driver.settle()
    assert "已存在" in driver.texts(page.desk_check.proof)
    lines = done(evidence.list_entries(office.sit("chen"), kind=str(Kind.EXPORT_WRITTEN)))
    office.rise()
    assert lines[0].detail["what"] == "evidence" and lines[0].detail["event"] == queue[0]


def openings(office: Desk) -> int:
    """How often anybody opened a proof so far."""
    found = done(evidence.list_entries(office.sit("chen"), kind=str(Kind.EVIDENCE_OPENED), limit=10_000))
    office.rise()
    return len(found)
