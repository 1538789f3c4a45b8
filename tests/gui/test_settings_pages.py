"""Settings: language live, lock minutes, users with second signatures, backup, before proof."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from driving import Driver
from keystore_in_memory import InMemory
from PySide6.QtWidgets import QComboBox, QDialog, QLabel, QLineEdit, QPushButton, QRadioButton
from support import PASS, Desk, done

from compliance.errors import StorageFull
from compliance.i18n import Lang
from compliance.model.profile import SourceClass
from compliance.use_cases.people import sources
from compliance.use_cases.seat import accounts
from compliance.vault.keys import header, keystore
from desktop_app.state import Place
from desktop_app.views import settings_sources
from desktop_app.views.settings import SettingsPage

Sit = Callable[[str], Driver]


def settings(driver: Driver, tab: str = "own") -> SettingsPage:
    driver.shell.visit(Place.SETTINGS)
    driver.settle()
    page = driver.shell.page
    assert isinstance(page, SettingsPage)
    page.open_at(tab)
    driver.settle()
    return page


def test_the_language_switches_live_and_is_kept(sit: Sit) -> None:
    driver = sit("chen")
    settings(driver)
    box = driver.find(QComboBox, "setLanguage")
    box.setCurrentIndex(box.findData(Lang.EN))
    driver.settle()
    assert driver.find(QLabel, "pageTitle").text() == "Settings"
    assert driver.window.desk.prefs.lang is Lang.EN
    driver.shell.visit(Place.TODAY)
    driver.settle()
    assert "people on file" in driver.texts()


def test_lock_minutes_take_effect_at_once(sit: Sit) -> None:
    driver = sit("chen")
    settings(driver)
    box = driver.find(QComboBox, "setMinutes")
    box.setCurrentIndex(box.findData(15))
    with driver.qtbot.waitSignal(driver.window.autolock.left) as left:
        driver.window.autolock.look()
    assert 890 <= left.args[0] <= 900


def test_a_role_sees_only_the_tabs_it_may_use(sit: Sit) -> None:
    driver = sit("wu")
    assert settings(driver).names == ["own"]


@pytest.mark.req("REQ-101")
def test_adding_an_auditor_works_and_is_listed(sit: Sit) -> None:
    driver = sit("zhao")
    page = settings(driver, "users")
    driver.find(QLineEdit, "newUserName").setText("tang")
    box = driver.find(QComboBox, "newUserRole")
    box.setCurrentIndex(box.findData("auditor"))
    driver.find(QLineEdit, "newUserSecret").setText(f"{PASS} tang")
    driver.click("addUser")
    said = driver.texts(page)
    assert "tang" in said or "第二人" in said
    assert driver.find(QLineEdit, "newUserSecret").text() == ""


def test_loosening_before_proof_waits_for_a_second_person(sit: Sit, office: Desk) -> None:
    driver = sit("zhao")
    page = settings(driver, "before")
    driver.find(QRadioButton, "before_transition").setChecked(True)
    driver.click("setBefore")
    assert "第二人" in driver.texts(page)
    page.open_at("requests")
    driver.settle()
    approve = [b for b in page.findChildren(QPushButton) if b.objectName().startswith("approve_")]
    assert approve
    approve[0].click()
    driver.settle()
    assert driver.find(QLabel, "refusalReason", page).text(), "the requester cannot approve"
    driver.window.lock()
    driver.settle()
    driver.unlock(office.vault, "sun", f"{PASS} sun")
    page = settings(driver, "requests")
    reject = [b for b in page.findChildren(QPushButton) if b.objectName().startswith("reject_")]
    reject[0].click()
    driver.settle()
    assert driver.find(QLabel, "requestsNone", page).isVisible()


def test_a_backup_is_made_and_the_status_bar_knows(sit: Sit, tmp_path: Path) -> None:
    driver = sit("chen")
    page = settings(driver, "backup")
    driver.find(QLineEdit, "backup_data").setText(str(tmp_path / "copy"))
    driver.click("go_backup_data")
    assert "备份完成" in driver.texts(page)
    assert "上次备份" in driver.find(QLabel, "status_backup").text()


def test_changing_the_passphrase_with_a_wrong_one_is_said_in_words(sit: Sit) -> None:
    driver = sit("sun")
    page = settings(driver)
    driver.find(QLineEdit, "oldSecret").setText("wrong")
    driver.find(QLineEdit, "newSecret").setText("another long passphrase")
    driver.click("changeSecret")
    assert "口令" in driver.find(QLabel, "bannerText", page).text()
    assert driver.find(QLineEdit, "newSecret").text() == ""


def test_the_device_secret_is_turned_on_and_off_and_a_lost_one_is_said_at_unlock(
    sit: Sit, driver: Driver, office: Desk, machine: type[InMemory], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = settings(sit("sun"))
    assert "未启用" in driver.texts(page) and "In memory" in driver.find(QLabel, "deviceSecretStore").text()
    assert not driver.find(QPushButton, "deviceSecretOff").isVisible()
    secret = driver.find(QLineEdit, "deviceSecretPassphrase")
    secret.setText("not the passphrase")
    driver.click("deviceSecretOn")
    assert "口令未被接受" in driver.texts(page) and machine.secrets() == {}
    secret.setText(f"{PASS} sun")
    driver.click("deviceSecretOn")
    assert secret.text() == "" and "只能在本机打开" in driver.texts(page)
    kept = dict(machine.entries)
    machine.entries.clear()
    page.refresh()
    driver.settle()
    assert "由另外两人重置" in driver.find(QLabel, "deviceSecretFault").text()
    driver.window.lock()
    driver.settle()
    driver.unlock(office.vault, "sun", f"{PASS} sun")
    assert driver.window.shell is None
    assert "由另外两人重置" in driver.find(QLabel, "unlockFault").text()
    machine.entries.update(kept)
    settings(sit("sun"))
    driver.find(QLineEdit, "deviceSecretPassphrase").setText(f"{PASS} sun")
    driver.click("deviceSecretOff")
    assert machine.secrets() == {} and "仅凭口令即可打开" in driver.texts()
    monkeypatch.delitem(keystore.ALLOWED, sys.platform)
    page = settings(driver)
    page.refresh()
    driver.settle()
    assert "无法启用" in driver.texts(page) and not driver.find(QPushButton, "deviceSecretOn").isEnabled()


def test_the_self_test_runs_beside_the_open_store(sit: Sit) -> None:
    driver = sit("wu")
    page = settings(driver)
    driver.click("selfTestGo")
    assert "全部正常" in driver.texts(page)
    assert driver.find(QLabel, "self_test_fonts").text() == "𬭊䶮㛃𫖯"
    assert driver.find(QPushButton, "selfTestGo").isEnabled()


def test_the_backup_of_the_day_is_made_after_unlocking_and_shown_proven(sit: Sit, office: Desk, tmp_path: Path) -> None:
    driver = sit("zhao")
    data, keys = tmp_path / "copies", tmp_path / "keys"
    page = settings(driver, "copies")
    assert "未设置自动备份" in driver.find(QLabel, "copiesVerdict", page).text()
    driver.find(QLineEdit, "copies_data").setText(str(data))
    driver.find(QLineEdit, "copies_keys").setText(str(keys))
    driver.click("copiesSave")
    assert "备份文件夹不存在" in driver.texts(page)
    data.mkdir()
    keys.mkdir()
    driver.click("copiesSave")
    assert "已保存" in driver.texts(page)
    driver.window.lock()
    driver.settle()
    driver.unlock(office.vault, "zhao", PASS)
    driver.settle()
    assert len(list(data.iterdir())) == len(list(keys.iterdir())) == 1
    driver.shell.visit(Place.TODAY)
    driver.settle()
    assert "最近备份已演练" in driver.texts()
    page = settings(driver, "copies")
    assert "可以恢复" in driver.find(QLabel, "copiesVerdict", page).text()
    keys.rename(tmp_path / "away")
    driver.click("copiesNow")
    assert "备份文件夹不存在" in driver.find(QLabel, "copiesVerdict", page).text()
    driver.shell.visit(Place.TODAY)
    driver.settle()
    assert "自动备份未完成" in driver.texts()
    page = settings(driver, "copies")
    driver.find(QLineEdit, "copies_data").setText("")
    driver.find(QLineEdit, "copies_keys").setText("")
    driver.click("copiesSave")
    assert "未设置自动备份" in driver.find(QLabel, "copiesVerdict", page).text() or "未完成" in driver.texts(page)


def test_a_plan_and_a_deputy_are_asked_for_approved_and_ended(sit: Sit, office: Desk) -> None:
    driver = sit("zhao")
    page = settings(driver, "plans")
    kind, purpose = driver.find(QComboBox, "planKind"), driver.find(QComboBox, "planPurpose")
    kind.setCurrentIndex(kind.findData("people_list"))
    driver.click("askPlan", page.parts["plans"])
    assert "1 至 1,000,000" in driver.texts(page.parts["plans"]), "nobody is no plan"
    purpose.setCurrentIndex(1)
    driver.find(QLineEdit, "planPeople").setText("400")
    driver.click("askPlan", page.parts["plans"])
    assert "第二人" in driver.texts(page.parts["plans"])
    page.open_at("deputies")
    driver.settle()
    driver.find(QLineEdit, "deputyName").setText("wu")
    driver.find(QLineEdit, "deputyFor").setText("chen")
    driver.click("askDeputy")
    assert "第二人" in driver.texts(page.parts["deputies"])
    driver.window.lock()
    driver.settle()
    driver.unlock(office.vault, "sun", f"{PASS} sun")
    page = settings(driver, "requests")
    said = driver.texts(page.parts["requests"])
    assert "400" in said and "wu" in said
    for _ in range(2):
        approve = [b for b in page.findChildren(QPushButton) if b.objectName().startswith("approve_")]
        driver.click(approve[-1].objectName())
    for tab, text in (("plans", "400"), ("deputies", "wu")):
        page.open_at(tab)
        driver.settle()
        assert text in driver.texts(page.parts[tab])
        ending = [b for b in page.parts[tab].findChildren(QPushButton) if b.objectName().startswith("end")]
        driver.click(ending[0].objectName())
        assert text not in driver.texts(page.parts[tab])
    assert not driver.find(QLineEdit, "deputyName").isVisible(), "only the privacy officer names one"


@pytest.mark.req("REQ-045")
def test_a_signed_act_that_failed_says_so_and_is_carried_out_later(
    sit: Sit, office: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = done(accounts.reset_user(office.sit("zhao"), name="qian", new_passphrase=f"{PASS} qian"))
    office.rise()
    driver = sit("sun")
    page = settings(driver, "requests")

    def full(*_: object) -> None:
        raise StorageFull

    monkeypatch.setattr(header, "change", full)
    driver.click(f"approve_{asked.request_id}")
    monkeypatch.undo()
    assert driver.find(QLabel, f"signed_{asked.request_id}", page).text() == "sun 已批准，尚未执行"
    assert driver.find(QPushButton, f"approve_{asked.request_id}", page).text() == "执行"
    driver.click(f"approve_{asked.request_id}")
    assert asked.request_id not in driver.texts(page.parts["requests"])


def test_an_outside_source_is_proven_and_its_hold_ends(sit: Sit, office: Desk, tmp_path: Path) -> None:
    done(sources.add_source(office.sit("chen"), code="PARTNER", name="合作方名单", provenance=SourceClass.SECOND))
    office.rise()
    driver = sit("chen")
    page = settings(driver, "sources")
    part = page.parts["sources"]
    assert driver.find(QLabel, "state_PARTNER", part).text() == "暂扣，不使用"
    assert driver.find(QLabel, "lack_PARTNER_proof", part).text() == "合法性证明"
    assert part.findChild(QPushButton, "prove_CRM") is None, "our own source needs none"
    driver.click("prove_PARTNER", part)
    dialog = driver.find(QDialog, "proveSourceDialog")
    driver.click("actGo", dialog)
    assert "证明文件" in driver.texts(dialog) and driver.find(QLabel, "state_PARTNER", part).text() != "使用中"
    proof = tmp_path / "contract.pdf"
    proof.write_bytes(b"%PDF-1.4\n%%EOF\n")
    driver.find(QLineEdit, "sourceProof", dialog).setText(str(proof))
    driver.find(QLineEdit, "sourceScope", dialog).setText("姓名与单位，用于拜访")
    driver.click("actGo", dialog)
    assert driver.find(QLabel, "state_PARTNER", part).text() == "使用中"
    assert "复核截止 2027-11-24" in driver.texts(part) and "姓名与单位" in driver.texts(part)
    driver.click("review_PARTNER", part)
    driver.click("actGo", driver.find(QDialog, "reviewSourceDialog"))
    assert "复核已记录" in driver.texts(part)


def test_a_bought_source_is_registered_and_only_the_privacy_officer_switches_it_on(
    sit: Sit, office: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings_sources, "confirm", lambda *_, **__: True)
    driver = sit("zhao")
    part = settings(driver, "sources").parts["sources"]
    driver.click("addSource", part)
    dialog = driver.find(QDialog, "addSourceDialog")
    kind = driver.find(QComboBox, "sourceClass", dialog)
    kind.setCurrentIndex(kind.findData("public"))
    assert not driver.find(QLineEdit, "sourceProof", dialog).isVisibleTo(dialog), "a public source needs no proof"
    kind.setCurrentIndex(kind.findData("third"))
    driver.find(QLineEdit, "sourceCode", dialog).setText("VEND")
    driver.find(QLineEdit, "sourceName", dialog).setText("数据商")
    driver.click("actGo", dialog)
    assert driver.find(QLabel, "lack_VEND_switch", part).text() == "隐私负责人启用"
    driver.click("switch_on_VEND", part)
    assert part.findChild(QLabel, "lack_VEND_switch") is None
    assert driver.find(QPushButton, "switch_off_VEND", part).isVisible()
    driver.click("switch_off_VEND", part)
    assert driver.find(QLabel, "lack_VEND_switch", part)


def test_the_keys_are_changed_when_nobody_else_sits_there(sit: Sit, office: Desk) -> None:
    driver = sit("zhao")
    page = settings(driver, "copies")
    other = office.fresh("chen")
    driver.click("rekeyGo")
    assert "chen" in driver.texts(page)
    other.vault.close(office.at)
    driver.click("rekeyGo")
    assert "已更换" in driver.texts(page)
    driver.shell.visit(Place.PEOPLE)
    driver.settle()
    assert "示例" in driver.texts()


def test_the_systems_beside_this_store_are_told_and_kept(sit: Sit) -> None:
    driver = sit("zhao")
    page = settings(driver, "facts")
    driver.find(QLineEdit, "factOutside", page).setText("会议平台; 费用系统")
    driver.click("setOutside", page)
    driver.settle()
    page.refresh()
    driver.settle()
    assert driver.find(QLineEdit, "factOutside", page).text() == "会议平台; 费用系统"


@pytest.mark.req("REQ-106")
def test_the_number_of_people_in_all_shows_the_duties_it_brings(sit: Sit) -> None:
    driver = sit("zhao")
    page = settings(driver, "facts")
    assert "尚未填写" in driver.find(QLabel, "peopleCounted", page).text()
    driver.click("statePeople", page)  # no source: refused, nothing noted
    driver.settle()
    assert "尚未填写" in driver.find(QLabel, "peopleCounted", page).text()
    driver.find(QLineEdit, "peopleInAll", page).setText("1000000")
    driver.find(QLineEdit, "peopleSource", page).setText("盘点表")
    driver.click("statePeople", page)
    driver.settle()
    assert "1,000,000 人" in driver.find(QLabel, "peopleCounted", page).text()
    assert driver.find(QLabel, "duty0", page).text() == "未达到"
    assert driver.find(QLabel, "duty1", page).text().startswith("已达到")


@pytest.mark.req("REQ-109")
def test_a_training_and_a_drill_are_recorded_below_the_users(sit: Sit) -> None:
    driver = sit("zhao")
    page = settings(driver, "users")
    assert driver.find(QLabel, "trainedOn_chen", page).text() == "未登记"
    assert driver.find(QLabel, "drillMissing", page).isVisible()
    driver.click("recordTraining", page)
    assert "编号：缺少内容。" in driver.texts(page), "what is missing is named"
    who = driver.find(QComboBox, "trainWho", page)
    who.setCurrentIndex(who.findData("chen"))
    driver.find(QLineEdit, "trainProof", page).setText("TR-2026-11")
    driver.click("recordTraining", page)
    driver.settle()
    assert driver.find(QLabel, "trained_chen", page).text() == "有效"
    who.setCurrentIndex(who.findData("zhao"))
    driver.find(QLineEdit, "trainProof", page).setText("TR-2026-11")
    driver.click("recordTraining", page)  # one's own: refused, somebody else records it
    driver.settle()
    assert driver.find(QLabel, "trainedOn_zhao", page).text() == "未登记"
    said = driver.texts(page)
    assert "未放行" in said and "本人的事项也不由本人登记" in said
    assert "本用途不显示" not in said, "an act that was not done is no value that is not shown"
    driver.find(QLineEdit, "drillWhat", page).setText("笔记本电脑丢失")
    driver.find(QLineEdit, "drillProof", page).setText("DR-7")
    driver.click("recordDrill", page)
    driver.settle()
    assert page.findChild(QLabel, "drillMissing") is None and "DR-7" in driver.texts(page)
