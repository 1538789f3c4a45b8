"""Evidence: the log in words, the check, a report made and verified, a forged file named as such."""

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
from driving import Driver
from PySide6.QtWidgets import QComboBox, QDialog, QLabel, QLineEdit, QProgressBar, QPushButton, QTableView
from sqlcipher3 import dbapi2 as sqlcipher
from support import PASS, Desk, Doctor, done

from compliance.model.access import Role
from compliance.model.audit import Kind
from compliance.use_cases.ending import erasure
from compliance.use_cases.signing import two_person
from compliance.vault import RoleKey
from desktop_app.state import Place
from desktop_app.views.evidence import EvidencePage

Sit = Callable[[str], Driver]


def evidence(driver: Driver) -> EvidencePage:
    driver.shell.visit(Place.EVIDENCE)
    driver.settle()
    page = driver.shell.page
    assert isinstance(page, EvidencePage)
    return page


def test_the_log_is_in_words_and_names_people_by_number_only(sit: Sit) -> None:
    driver = sit("zhou")
    page = evidence(driver)
    table = driver.find(QTableView, "logTable")
    assert table.model().rowCount() > 10
    page.log.kind.setCurrentIndex(page.log.kind.findData("vault_opened"))
    driver.settle()
    table.selectRow(0)
    driver.settle()
    assert "解锁档案库" in driver.texts(page.log)
    assert "欧阳" not in driver.texts(page)


@pytest.mark.req("REQ-101")
def test_a_full_check_says_intact_and_what_that_means(sit: Sit) -> None:
    driver = sit("zhou")
    page = evidence(driver)
    page.open_at("seal")
    driver.settle()
    driver.click("checkFull")
    said = driver.texts(page.seal)
    assert "完好" in said and "记录人" in said
    assert "库外留存封签" in said and "还没有第二人" in said


def test_an_index_that_lacks_somebody_is_made_anew_from_the_page(sit: Sit, office: Desk) -> None:
    chen = office.sit("chen")
    with chen.vault.unit_of_work() as uow:
        uow.db.execute("DELETE FROM idx.person WHERE hcp = 7")
        uow.commit(chen.event(Kind.LIST_SHOWN, at=office.at))
    office.rise()
    driver = sit("chen")
    page = evidence(driver)
    page.open_at("seal")
    driver.settle()
    driver.click("checkFull")
    assert "检索索引与人员不符" in driver.texts(page.seal) and not driver.shell.sitting.restricted
    driver.click("reindex")
    said = driver.texts(page.seal)
    assert "检索索引已重建" in said and "与人员不符" not in said


def test_a_report_is_made_and_verified_and_a_forgery_is_named(sit: Sit, tmp_path: Path) -> None:
    driver = sit("chen")
    page = evidence(driver)
    page.open_at("report")
    path = tmp_path / "audit.pdf"
    driver.find(QLineEdit, "reportPath").setText(str(path))
    driver.click("makeReport")
    assert path.exists()
    assert "已生成" in driver.texts(page.report)
    page.open_at("verify")
    page.verify.check(path)
    driver.settle()
    assert "签署人待确认" in driver.texts(page.verify)
    forged = tmp_path / "forged.pdf"
    data = bytearray(path.read_bytes())
    place = len(data) // 2
    data[place] ^= 1
    forged.write_bytes(bytes(data))
    page.verify.check(forged)
    driver.settle()
    assert "文件不可信" in driver.texts(page.verify)


def test_the_folder_for_an_outsider_is_made_from_the_window(sit: Sit, tmp_path: Path) -> None:
    driver = sit("chen")
    page = evidence(driver)
    page.open_at("report")
    part, out = page.report, tmp_path / "audit"
    assert part.path.isVisibleTo(part) and not part.folder.isVisibleTo(part)
    part.form.setCurrentIndex(part.form.findData("folder"))
    assert part.folder.isVisibleTo(part) and not part.path.isVisibleTo(part)
    driver.click("makeReport")
    assert "请先选择" in driver.texts(part)
    part.folder.set_path(out)
    driver.click("makeReport")
    assert {p.name for p in out.iterdir()} == {"audit-report.pdf", "evidence.json", "verify.html", "验证说明.pdf"}
    assert "密钥指纹卡请另行送达" in driver.texts(part)
    page.verify.check(out)
    driver.settle()
    assert "签署人待确认" in driver.texts(page.verify)


def test_the_check_page_is_saved_for_people_outside(sit: Sit, tmp_path: Path) -> None:
    driver = sit("zhou")
    page = evidence(driver)
    page.open_at("verify")
    out = tmp_path / "verify.html"
    page.verify.save_page(out)
    driver.settle()
    told = driver.texts(page.verify)
    assert sha256(out.read_bytes()).hexdigest() in told and "核验页已保存" in told


def test_a_report_without_a_place_says_so(sit: Sit) -> None:
    driver = sit("chen")
    page = evidence(driver)
    page.open_at("report")
    driver.click("makeReport")
    assert "请先选择" in driver.texts(page.report)


def test_any_file_may_be_dropped_and_gets_an_answer_in_words(sit: Sit, tmp_path: Path) -> None:
    driver = sit("chen")
    page = evidence(driver)
    page.open_at("verify")
    path = tmp_path / "note.txt"
    path.write_text("hello", encoding="utf-8")
    page.verify.check(path)
    driver.settle()
    assert driver.find(QLabel, "bannerText", page.verify).text()
    page.verify.check(tmp_path)  # a folder without evidence
    driver.settle()
    assert "没有可核验的凭证" in driver.texts(page.verify)
    assert driver.window.trouble is None


def test_an_erasure_is_certified_from_its_entry_in_the_log(sit: Sit, office: Desk, tmp_path: Path) -> None:
    office.bring([Doctor(number="E900001", name="申屠将逝")], name="late.csv")
    hcp = office.id_of("申屠将逝")
    asked = done(erasure.request_erasure(office.sit("zhao"), hcp_id=hcp, reason="PIPL47-1"))
    done(two_person.approve(office.sit("sun"), request_id=asked.request_id))
    driver = sit("chen")
    page = evidence(driver)
    page.open_at("log")
    page.log.kind.setCurrentIndex(page.log.kind.findData("erased"))
    driver.settle()
    driver.find(QTableView, "logTable").selectRow(0)
    driver.settle()
    driver.click("certifyErasure", page.log)
    dialog = driver.find(QDialog, "proofDialog", page.log)
    assert "不含该人的任何资料" in driver.texts(dialog)
    out = tmp_path / "gone"
    driver.find(QLineEdit, "proofReason", dialog).setText("投诉 7")
    driver.find(QLineEdit, "proofOut", dialog).setText(str(out))
    driver.click("actGo", dialog)
    assert (out / "erasure.json").is_file() and "gone" in driver.texts(page.log)


def test_the_log_is_filtered_and_leads_to_all_about_one_person(sit: Sit) -> None:
    driver = sit("chen")
    page = evidence(driver)
    table = driver.find(QTableView, "logTable")
    whole = table.model().rowCount()
    page.log.actor.setText("wu")
    page.log.refresh()
    driver.settle()
    assert 0 < table.model().rowCount() < whole
    page.log.actor.setText("")
    one = next(x for x in range(whole) if "HCP-" in str(table.model().index(x, 4).data()))
    hcp = str(table.model().index(one, 4).data()).split()[0]
    page.open_at(hcp)
    driver.settle()
    assert 0 < table.model().rowCount() < whole
    assert hcp in page.log.person.text()


def test_a_seal_is_cosigned_by_a_colleague_and_taken_back(sit: Sit, tmp_path: Path) -> None:
    driver = sit("zhao")
    page = evidence(driver)
    page.open_at("seal")
    page.seal.save_seal(tmp_path / "seal.txt")
    driver.settle()
    page.seal.cosign(tmp_path / "seal.txt", tmp_path / "own.txt")  # nobody cosigns their own
    driver.settle()
    assert not (tmp_path / "own.txt").exists()
    driver = sit("chen")
    page = evidence(driver)
    page.open_at("seal")
    page.seal.cosign(tmp_path / "seal.txt", tmp_path / "cosigned.txt")
    driver.settle()
    assert "已会签" in driver.texts(page.seal)
    page.seal.take_cosigned(tmp_path / "cosigned.txt")
    driver.settle()
    assert "chen" in driver.texts(page.seal)


def test_the_yearly_audit_is_made_shown_and_says_its_gaps(sit: Sit, tmp_path: Path) -> None:
    driver = sit("chen")
    page = evidence(driver)
    page.open_at("report")
    page.report.kind.setCurrentIndex(1)
    assert page.report.sample.text() == "30" and not page.report.period.isVisible()
    driver.find(QLineEdit, "reportPath").setText(str(tmp_path / "year.pdf"))
    driver.click("makeReport")
    assert (tmp_path / "year.pdf").exists()
    assert "已生成" in driver.texts(page.report)
    page.report.kind.setCurrentIndex(2)
    driver.find(QLineEdit, "reportPath").setText(str(tmp_path / "person.pdf"))
    driver.click("makeReport")
    assert "请先填写报告对象" in driver.texts(page.report)


def test_the_names_of_a_sample_are_sealed_apart_from_the_report(sit: Sit, tmp_path: Path) -> None:
    driver = sit("chen")
    page = evidence(driver)
    page.open_at("report")
    page.report.kind.setCurrentIndex(page.report.kind.findData("user"))
    page.report.user.setText("wu")
    page.report.path.set_path(tmp_path / "user.pdf")
    page.report.names.set_path(tmp_path / "names.age")
    page.report.secret.setText("a passphrase told by telephone")
    driver.click("makeReport")
    driver.settle()
    assert (tmp_path / "names.age").read_bytes().startswith(b"age-encryption.org/v1")
    assert "names.age" in driver.texts(page.report) and page.report.secret.text() == ""


@pytest.mark.parametrize(("who", "why"), [("zhao", "岗位"), ("chen", "已存在")])
def test_a_report_whose_key_of_names_is_refused_says_that_it_was_written(
    sit: Sit, tmp_path: Path, who: str, why: str
) -> None:
    driver = sit(who)
    page = evidence(driver)
    page.open_at("report")
    page.report.kind.setCurrentIndex(page.report.kind.findData("user"))
    page.report.user.setText("wu")
    page.report.path.set_path(tmp_path / "user.pdf")
    page.report.names.set_path(tmp_path / "names.age")
    if who == "chen":
        (tmp_path / "names.age").write_bytes(b"here before")
    page.report.secret.setText("a passphrase told by telephone")
    driver.click("makeReport")
    driver.settle()
    told = driver.texts(page.report.notice)
    assert (tmp_path / "user.pdf").is_file() and "user.pdf" in told, told
    assert "姓名对照没有写入" in told and why in told, told


def test_a_store_that_was_tampered_with_offers_the_unsealed_report(driver: Driver, tmp_path: Path) -> None:
    desk = Desk.create(tmp_path / "hit", staff={"zhao": Role.DPO})
    key = desk.sit("zhao").vault.keyring.file_key(RoleKey.MAIN)
    desk.rise()
    raw = sqlcipher.connect(str(desk.vault / "main.db"))
    raw.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    raw.execute("DROP TRIGGER log_entry_stay")
    raw.execute("DELETE FROM log_entry WHERE idx = (SELECT max(idx) FROM log_entry)")
    raw.commit()
    raw.close()
    driver.unlock(desk.vault, "zhao", PASS)
    page = evidence(driver)
    page.open_at("seal")
    driver.settle()
    assert driver.find(QPushButton, "incidentReport").isVisible()
    page.seal.save_incident(tmp_path / "incident.pdf")
    driver.settle()
    assert (tmp_path / "incident.pdf").is_file() and (tmp_path / "incident.json").is_file()
    assert "未封存、未签名" in driver.texts(page.seal)


def test_the_quality_of_the_data_is_counted_in_bars_without_names(sit: Sit) -> None:
    driver = sit("chen")
    driver.shell.visit(Place.EVIDENCE)
    driver.settle()
    page = driver.shell.page
    assert isinstance(page, EvidencePage)
    page.open_at("quality")
    driver.settle()
    part = page.quality
    assert driver.find(QLabel, "qualitySaid", part).text() == "", "nothing is read before somebody asks"
    driver.click("measureQuality", part)
    assert "121" in driver.find(QLabel, "qualitySaid", part).text()
    assert driver.find(QProgressBar, "bar_completeness_full_name", part).value() == 100
    box = driver.find(QComboBox, "qualityBy", part)
    box.setCurrentIndex(box.findData("source"))
    driver.click("measureQuality", part)
    assert driver.find(QLabel, "quality_CRM", part).text() == "CRM"
    assert "欧阳澄澈" not in driver.texts(part)


def test_who_does_not_check_master_data_has_no_quality_tab(sit: Sit) -> None:
    driver = sit("zhou")
    driver.shell.visit(Place.EVIDENCE)
    driver.settle()
    page = driver.shell.page
    assert isinstance(page, EvidencePage)
    before = page._tabs.currentIndex()
    page.open_at("quality")
    assert page._tabs.currentIndex() == before
