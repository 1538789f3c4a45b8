"""From nothing: a vault is made, recovered, a rep's computer set up; and the picture tour runs headless."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from driving import Driver
from PySide6.QtWidgets import QCheckBox, QLabel, QLineEdit, QPlainTextEdit
from support import PASS, Desk

from desktop_app.views.create import CreatePage

ROOT = Path(__file__).resolve().parents[2]


def fill(driver: Driver, **texts: str) -> CreatePage:
    page = driver.window.findChild(CreatePage)
    assert page is not None
    for name, text in texts.items():
        driver.find(QLineEdit, name, page).setText(text)
    return page


def test_a_vault_is_made_and_unlocked_by_its_owner(driver: Driver, tmp_path: Path) -> None:
    driver.click("unlock_create")
    page = fill(
        driver,
        createPath=str(tmp_path / "new"),
        createHandler="示例药业有限公司",
        createOwner="zhao",
        createSecret=PASS,
        createAgain=PASS,
        createSheet=str(tmp_path / "sheet.pdf"),
    )
    driver.find(QCheckBox, "createSandbox", page).setChecked(True)
    driver.click("createGo", page)
    assert (tmp_path / "new.ckvault").is_dir()
    assert (tmp_path / "sheet.pdf").stat().st_size > 1000
    driver.window.unlock.set_secret("zhao", PASS)
    driver.click("unlockGo")
    assert driver.find(QLabel, "todayHead").text()
    assert "还没有人员" in driver.texts(driver.shell.page)


@pytest.mark.parametrize(
    ("first", "again", "said"),
    [("short", "short", "至少需要"), (PASS, PASS + "x", "不一致")],
)
def test_weak_or_differing_passphrases_make_nothing(
    driver: Driver, tmp_path: Path, first: str, again: str, said: str
) -> None:
    driver.click("unlock_create")
    page = fill(
        driver,
        createPath=str(tmp_path / "new"),
        createHandler="示例药业有限公司",
        createOwner="zhao",
        createSecret=first,
        createAgain=again,
    )
    driver.click("createGo", page)
    assert said in driver.texts(page)
    assert not (tmp_path / "new.ckvault").exists()


def test_a_wrong_recovery_text_is_said_in_words(driver: Driver, office: Desk) -> None:
    driver.click("unlock_recover")
    page = fill(driver, createPath=str(office.vault), createSecret=PASS, createAgain=PASS)
    driver.find(QPlainTextEdit, "recoverText", page).setPlainText("AAAA BBBB CCCC")
    driver.click("createGo", page)
    said = driver.find(QLabel, "bannerText", page).text()
    assert said and "Traceback" not in said


def test_a_rep_gets_a_recipient_code_and_a_phrase_to_compare(driver: Driver, tmp_path: Path) -> None:
    driver.click("unlock_rep")
    page = fill(driver, createPath=str(tmp_path / "mine"), createSecret=PASS, createAgain=PASS)
    driver.click("createGo", page)
    assert "age1" in driver.texts(page)
    assert (tmp_path / "mine.ckvault").is_dir()


def test_back_leads_to_unlock(driver: Driver) -> None:
    driver.click("unlock_demo")
    driver.click("createBack")
    assert driver.window.unlock.isVisible()


@pytest.mark.slow
def test_the_picture_tour_shows_every_place_of_a_role(office: Desk, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "desktop_app", "--vault", str(office.vault), "--user", "wu", "--lang", "en"]
    environment = os.environ | {"CONSENTKEEP_PASSPHRASE": f"{PASS} wu", "QT_QPA_PLATFORM": "offscreen"}
    environment.pop("DISPLAY", None)
    done = subprocess.run(
        [*command, "--screenshots", str(tmp_path)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    names = {path.name.split("-", 1)[1] for path in tmp_path.glob("*.png")}
    assert {"unlock.png", "today.png", "people.png", "person.png", "consents.png", "locked.png"} <= names
    assert all(path.stat().st_size > 10_000 for path in tmp_path.glob("*.png"))
    assert "Traceback" not in done.stderr


def test_the_picture_tour_of_a_vault_that_stays_shut_ends_with_4(office: Desk, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "desktop_app", "--vault", str(office.vault), "--user", "wu"]
    environment = os.environ | {"CONSENTKEEP_PASSPHRASE": "wrong", "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run([*command, "--screenshots", str(tmp_path)], cwd=ROOT, env=environment, check=False)
    assert done.returncode == 4
