"""The second signature by file, as two people at two windows do it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from driving import Driver
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton, QRadioButton
from support import PASS, Desk
from test_settings_pages import settings

from compliance.i18n import Lang
from desktop_app.views.sign_request import SignPage

Sit = Callable[[str], Driver]
KEY_PASS = "a passphrase for the road"


@pytest.mark.req("REQ-045")
def test_write_sign_elsewhere_and_take_in(sit: Sit, office: Desk, tmp_path: Path) -> None:
    key, request, sig = tmp_path / "chen.key", tmp_path / "request.json", tmp_path / "chen.sig"
    driver = sit("chen")
    page = settings(driver, "requests")
    driver.click("carryKey")
    assert "请先选择文件" in driver.texts(page)
    driver.find(QLineEdit, "carryPath").setText(str(key))
    driver.find(QLineEdit, "carrySecret").setText(KEY_PASS)
    driver.click("carryKey")
    assert key.exists() and driver.find(QLineEdit, "carrySecret").text() == ""
    driver.window.lock()
    driver.settle()

    driver.unlock(office.vault, "zhao", PASS)
    page = settings(driver, "before")
    driver.find(QRadioButton, "before_transition").setChecked(True)
    driver.click("setBefore")
    page.open_at("requests")
    driver.settle()
    driver.find(QLineEdit, "requestOut").setText(str(request))
    write = [b for b in page.findChildren(QPushButton) if b.objectName().startswith("export_")]
    driver.click(write[-1].objectName())
    assert request.exists()
    driver.window.lock()
    driver.settle()

    driver.click("unlockSign")  # nobody is signed in
    sign = driver.find(SignPage, "signPage")
    assert not driver.find(QPushButton, "signGo").isEnabled(), "read first"
    driver.find(QLineEdit, "signRequest").setText(str(key))
    driver.click("signRead")
    assert "申请文件" in driver.find(QLabel, "bannerText", sign).text()
    driver.find(QLineEdit, "signRequest").setText(str(request))
    driver.click("signRead")
    assert "取得凭证之前" in driver.find(QLabel, "signWords").text() and driver.find(QLabel, "signSandbox")
    for name, text in (("signKey", str(key)), ("signOut", str(sig)), ("signSecret", "wrong passphrase")):
        driver.find(QLineEdit, name).setText(text)
    driver.click("signGo")
    assert not sig.exists() and "口令" in driver.find(QLabel, "bannerText", sign).text()
    driver.find(QLineEdit, "signSecret").setText(KEY_PASS)
    driver.click("signGo")
    assert sig.exists()
    driver.window.desk.state.set_lang(Lang.EN)
    driver.click("signBack")
    driver.window.desk.state.set_lang(Lang.ZH)

    driver.unlock(office.vault, "zhao", PASS)
    page = settings(driver, "requests")
    driver.find(QLineEdit, "signatureIn").setText(str(sig))
    driver.click("takeInSignature")
    assert "已批准并执行" in driver.texts(page)
    driver.click("takeInSignature")
    assert "只能使用一次" in driver.texts(page)
