"""The registers: bases with what each must rest on, memos, activities, merges first seen and then asked for."""

import csv
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from driving import WANG, Driver
from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QComboBox, QDateEdit, QDialog, QLabel, QLineEdit, QPushButton, QWidget
from support import Desk, Doctor, done, invent

from compliance.i18n import Lang
from compliance.model.access import Purpose
from compliance.use_cases.bases import bases
from compliance.use_cases.consent import withdrawing
from compliance.use_cases.seeing import people_list
from desktop_app.state import Place
from desktop_app.views.registers import RegistersPart
from desktop_app.views.settings import SettingsPage
from desktop_app.widgets.field_reasons import FieldReasons

Sit = Callable[[str], Driver]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A store of its own."""
    desk = Desk.create(tmp_path_factory.mktemp("registers"))
    desk.bring([WANG, *invent(4)])
    desk.consent(desk.id_of(WANG.name))
    desk.rise()
    yield desk
    desk.rise()


@pytest.fixture
def ids(office: Desk) -> list[str]:
    """Wang first."""
    wang = office.id_of(WANG.name)
    page = done(people_list.find_people(office.sit("chen"), text="", purpose=Purpose.MDM))
    office.rise()
    return [wang, *(row.hcp_id for row in page.rows if row.hcp_id != wang)]


def registers(driver: Driver, card: str) -> RegistersPart:
    driver.shell.visit(Place.SETTINGS)
    driver.settle()
    page = driver.shell.page
    assert isinstance(page, SettingsPage)
    page.open_at("registers")
    driver.settle()
    part = page.parts["registers"]
    assert isinstance(part, RegistersPart)
    driver.click(f"register_{card}", part)
    return part


def dialog(driver: Driver, name: str) -> QDialog:
    return next(d for d in driver.window.findChildren(QDialog) if d.objectName() == name and d.isVisible())


def go(driver: Driver, name: str) -> None:
    driver.qtbot.keyClick(dialog(driver, name).findChild(QPushButton, "actGo"), Qt.Key.Key_Space)
    driver.settle()


def pick(window: QDialog, name: str, data: object) -> None:
    box = window.findChild(QComboBox, name)
    box.setCurrentIndex(box.findData(data))


@pytest.mark.req("REQ-010")
def test_each_basis_asks_for_its_own_and_names_the_gaps(sit: Sit, office: Desk, ids: list[str]) -> None:
    driver = sit("chen")
    part = registers(driver, "bases")
    driver.click("addBasis", part)
    assert "人员" in driver.texts(part)
    part.cards["bases"].person.set_person(ids[0])  # type: ignore[attr-defined]
    driver.settle()
    driver.click("addBasis", part)
    window = dialog(driver, "basisDialog")
    seen = lambda name: window.findChild(QLineEdit, name).isVisible()  # noqa: E731
    assert seen("basisContract") and not seen("basisSource") and not seen("basisReference")
    go(driver, "basisDialog")
    said = window.findChild(QLabel, "bannerText").text()
    assert "合同编号" in said and "据此开放的字段" in said
    window.findChild(QLineEdit, "basisContract").setText("HT-2026-9")
    window.findChild(QLineEdit, "basisParties").setText("示例药业（上海）有限公司")
    window.findChild(FieldReasons, "basisFields").tick("bank_account_no", "支付讲课费")
    pick(window, "basisPurpose", Purpose.SPEAKER)
    go(driver, "basisDialog")
    assert "当事人" in window.findChild(QLabel, "refusalReason").text()
    window.findChild(QLineEdit, "basisParties").setText(f"{ids[0]}；示例药业（上海）有限公司")
    go(driver, "basisDialog")
    assert "HT-2026-9" in driver.texts(part) and "银行" in driver.texts(part)
    driver.click("addBasis", part)
    window = dialog(driver, "basisDialog")
    pick(window, "basisKind", "statutory_duty")
    go(driver, "basisDialog")
    assert "法定义务" in window.findChild(QLabel, "bannerText").text()
    pick(window, "basisKind", "public_information")
    assert not window.findChild(QComboBox, "basisDuty").isVisible()
    go(driver, "basisDialog")
    said = window.findChild(QLabel, "bannerText").text()
    assert "公开来源" in said and "截取日期" in said and "公开的目的" in said
    for name in ("basisSource", "basisPublished", "basisOurs"):
        window.findChild(QLineEdit, name).setText("示例学会官网")
    window.findChild(QDateEdit, "basisCaptured").setDate(QDate(2026, 11, 20))
    window.findChild(FieldReasons, "basisFields").tick("department")
    pick(window, "basisPurpose", Purpose.MEDICAL)
    go(driver, "basisDialog")
    held = done(bases.list_bases(office.sit("chen"), hcp_id=ids[0]))
    office.rise()
    assert {b.basis: b.support.reasons for b in held} == {
        "contract": (("bank_account_no", "支付讲课费"),),
        "public_information": (("department", ""),),
    }
    driver.click(f"endBasis_{held[0].basis_id}", part)
    go(driver, "endBasisDialog")
    assert "理由" in driver.texts(dialog(driver, "endBasisDialog")), "without a reason nothing ends"
    dialog(driver, "endBasisDialog").findChild(QLineEdit, "endBasisReason").setText("合同终止")
    go(driver, "endBasisDialog")
    assert "已结束" in driver.texts(part)


@pytest.mark.req("REQ-010")
def test_a_file_is_looked_at_first_and_bad_lines_are_named(sit: Sit, ids: list[str], tmp_path: Path) -> None:
    path = tmp_path / "bases.csv"
    rows = [
        ("人员编号", "用途", "合法性基础", "合同编号", "合同当事人", "字段", "必要性"),
        (ids[1], "speaker", "legitimate interests", "", "", "", ""),
        (ids[1], "speaker", "合同", "HT-77", f"{ids[1]}; 示例药业", "full_name", "支付讲课费"),
    ]
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(rows)
    driver = sit("chen")
    part = registers(driver, "bases")
    for how, said in (("look", "已检查，未登记"), ("write", "已登记 1 行")):
        driver.click("importBases", part)
        window = dialog(driver, "basesFileDialog")
        window.findChild(QLineEdit, "basesFile").setText(str(path))
        pick(window, "basesHow", how)
        go(driver, "basesFileDialog")
        assert said in driver.texts(part) and "1 行" in driver.texts(part)
        assert "合法性基础" in driver.find(QLabel, "badBasis_2", part).text(), driver.texts(part)
    part.cards["bases"].person.set_person(ids[1])  # type: ignore[attr-defined]
    driver.settle()
    assert "HT-77" in driver.texts(part)


@pytest.mark.req("REQ-025")
def test_the_privacy_officer_writes_a_memo_and_compliance_ends_it(sit: Sit, office: Desk, ids: list[str]) -> None:
    driver = sit("zhao")
    part = registers(driver, "memos")
    driver.click("addMemo", part)
    window = dialog(driver, "memoDialog")
    window.findChild(QLineEdit, "memoNecessity").setText("已签讲课合同，须付款")
    go(driver, "memoDialog")
    assert "人员" in window.findChild(QLabel, "bannerText").text(), "one person is the default, never everybody by slip"
    pick(window, "memoWhom", "all")
    go(driver, "memoDialog")
    assert "全部人员" in driver.texts(part) and "已签讲课合同" in driver.texts(part)
    driver.window.lock()
    driver.settle()
    driver = sit("chen")
    part = registers(driver, "memos")
    assert part.findChild(QPushButton, "addMemo") is None
    end = next(b for b in part.findChildren(QPushButton) if b.objectName().startswith("endMemo_"))
    driver.click(end.objectName(), part)
    assert "重新要求单独同意" in driver.texts(part) and "已结束" in driver.texts(part)


@pytest.mark.req("REQ-010")
def test_an_activity_keeps_its_versions_and_a_wrong_basis_is_refused(sit: Sit, office: Desk) -> None:
    driver = sit("chen")
    part = registers(driver, "activities")
    driver.click("addActivity", part)
    window = dialog(driver, "activityDialog")
    window.findChild(QLineEdit, "activityName").setText("讲者付费")
    window.findChild(QLineEdit, "activityReference").setText("制度 7.2")
    pick(window, "activityPurpose", Purpose.VISIT)
    pick(window, "activityBasis", "contract")
    go(driver, "activityDialog")
    assert window.findChild(QLabel, "refusalReason") is not None
    pick(window, "activityPurpose", Purpose.SPEAKER)
    go(driver, "activityDialog")
    following = next(b for b in part.findChildren(QPushButton) if b.objectName().startswith("next_"))
    driver.click(following.objectName(), part)
    pick(dialog(driver, "activityDialog"), "activityBasis", "consent")
    go(driver, "activityDialog")
    assert "第 2 版" in driver.texts(part) and "历史版本" in driver.texts(part)
    driver.window.lock()
    driver.settle()
    part = registers(sit("zhou"), "activities")
    assert "讲者付费" in driver.texts(part) and list(part.cards) == ["memos", "activities", "rules", "classes", "tags"]
    assert part.findChild(QPushButton, "addActivity") is None


@pytest.mark.req("REQ-035")
def test_a_merge_is_seen_before_it_is_asked_for_and_taken_apart(sit: Sit, office: Desk, ids: list[str]) -> None:
    office.consent(ids[2])
    withdrawn = ids[3]
    office.consent(withdrawn)
    done(withdrawing.withdraw_consent(
        office.sit("wu"), hcp_id=withdrawn, items=["visit"], received_at=office.at.isoformat(), channel="phone"
    ))  # fmt: skip
    office.rise()
    driver = sit("chen")
    part = registers(driver, "merges")
    card = part.cards["merges"]
    driver.click("previewMerge", part)
    assert "保留的记录" in driver.find(QLabel, "bannerText", part).text()
    card.kept.set_person(ids[2])  # type: ignore[attr-defined]
    card.gone.set_person(withdrawn)  # type: ignore[attr-defined]
    driver.settle()
    driver.click("previewMerge", part)
    assert ids[2] in driver.find(QLabel, "mergeCloses", part).text()
    driver.click("askMerge", part)
    assert "第二人" in driver.texts(part)
    for act in ("merged", "apart"):
        driver.window.lock()
        driver.settle()
        driver = sit("sun")
        page = registers(driver, "merges").window().findChild(SettingsPage)
        page.open_at("requests")
        driver.settle()
        yes = [b for b in page.findChildren(QPushButton) if b.objectName().startswith("approve_")]
        driver.click(yes[0].objectName())
        driver.window.lock()
        driver.settle()
        driver = sit("chen")
        part = registers(driver, "merges")
        assert withdrawn in driver.texts(part)
        if act == "merged":
            apart = next(b for b in part.findChildren(QPushButton) if b.objectName().startswith("apart_"))
            driver.click(apart.objectName(), part)
            assert "第二人" in driver.texts(part)
    assert "已拆开" in driver.texts(part)


@pytest.mark.req("REQ-035")
def test_likely_duplicates_stand_side_by_side_and_are_two_people_or_asked_to_be_one(sit: Sit, office: Desk) -> None:
    twins = [
        Doctor(number=f"T{n}", name=name, hospital=hospital, phone=f"1370000999{n}")
        for n, (name, hospital) in enumerate((("司马若兰", "四川大学华西医院"), ("司马若蘭", "华西医院")))
    ]
    office.bring(twins, name="twins.csv")
    office.rise()
    driver = sit("chen")
    part = registers(driver, "duplicates")
    assert "司马" not in driver.texts(part), "nothing before somebody presses"
    driver.click("lookDuplicates", part)
    pair = next(p for p in part.findChildren(QWidget, "likelyPair") if "司马若蘭" in driver.texts(p))
    text = driver.texts(pair)
    assert "司马若兰" in text and "同名同院" in text and "四川大学华西医院" in text
    keep = next(b for b in pair.findChildren(QPushButton) if b.objectName().startswith("keep_"))
    driver.click(keep.objectName(), part)
    dialog = driver.find(QDialog, "mergeDialog")
    assert "不会关闭任何同意" in driver.texts(dialog) and "第二人" in driver.texts(dialog)
    driver.click("actGo", dialog)
    assert "第二人" in driver.texts(part)
    driver.click("sayDistinct", pair)
    driver.click("actGo", driver.find(QDialog, "distinctDialog"))
    assert "不是同一人" in driver.texts(part) and "司马若蘭" not in driver.texts(part)
    driver.window.desk.state.set_lang(Lang.EN)
    driver.settle()
    assert "Likely duplicates" in driver.texts(part) and "Namesakes" in driver.texts(part)
    back = next(b for b in part.findChildren(QPushButton) if b.objectName().startswith("back_"))
    driver.click(back.objectName(), part)
    assert "Namesakes" not in driver.texts(part)
    driver.click("lookDuplicates", part)
    assert "司马若蘭" in driver.texts(part)
    driver.window.lock()
    driver.settle()
    assert "司马" not in driver.texts(driver.window)


@pytest.mark.req("REQ-038")
def test_the_class_of_a_field_is_looked_up_and_a_looser_list_takes_two(sit: Sit) -> None:
    driver = sit("zhao")
    part = registers(driver, "classes")
    key = driver.find(QComboBox, "classKey", part)
    key.setEditText("没有这一项")
    driver.click("lookClass", part)
    assert driver.find(QLabel, "bannerText", part).text()
    key.setCurrentIndex(key.findData("id_doc_no"))
    driver.click("lookClass", part)
    told = driver.find(QLabel, "classTold", part).text()
    assert "敏感" in told and "较严" in told
    box = driver.find(QComboBox, "classList", part)
    box.setCurrentIndex(box.findData("GB45574"))
    driver.click("setClassRules", part)
    assert "第二人" in driver.texts(part)
    box.setCurrentIndex(box.findData("strict"))
    driver.find(QDateEdit, "classFrom", part).setDate(QDate(2026, 1, 1))
    driver.click("setClassRules", part)
    assert "不得早于今天" in driver.texts(part)
    driver.find(QDateEdit, "classFrom", part).setDate(QDate(2026, 12, 1))
    driver.click("setClassRules", part)
    assert "已选定" in driver.texts(part)
    driver.window.lock()
    driver.settle()
    part = registers(sit("zhou"), "classes")
    assert part.findChild(QPushButton, "setClassRules") is None and "roots" not in part.cards


def test_root_certificates_come_from_a_file_and_show_their_prints(sit: Sit, tmp_path: Path) -> None:
    (tmp_path / "bad.pem").write_text("no certificate", encoding="ascii")
    (tmp_path / "root.pem").write_bytes(_root())
    driver = sit("zhao")
    part = registers(driver, "roots")
    driver.click("setRoots", part)
    assert driver.find(QLabel, "bannerText", part).text()
    for name in ("bad.pem", "root.pem"):
        driver.find(QLineEdit, "rootsFile", part).setText(str(tmp_path / name))
        driver.click("setRoots", part)
        shown = part.findChildren(QLabel, "rootPrint")
        assert len(shown) == (name == "root.pem"), driver.texts(part)
    assert shown[0].text().startswith("SHA-256 ")


def _root() -> bytes:
    """A root of somebody who vouches for signatures."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Root")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
    made = made.not_valid_before(datetime(2026, 1, 1, tzinfo=UTC)).not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
    return made.sign(key, SHA256()).public_bytes(Encoding.PEM)


def test_the_tag_catalogue_is_searched_shown_and_a_guess_validated(sit, office) -> None:  # type: ignore[no-untyped-def]
    driver = sit("chen")
    driver.shell.visit(Place.SETTINGS)
    driver.settle()
    page = driver.shell.page
    page.open_at("registers")
    driver.settle()
    driver.click("register_tags", page)
    card = page.parts["registers"].cards["tags"]
    assert driver.find(QLabel, "tagsCount", card).text() == "110 个字段"
    driver.type("findTag", "next_content")
    assert driver.find(QLabel, "tagsCount", card).text() == "1 个字段"
    assert driver.find(QLabel, "unvalidated_next_content_theme", card).text() == "未验证"
    driver.click("show_next_content_theme", card)
    shown = driver.find(QDialog, "tagDialog")
    assert "各用途的必要性" in driver.texts(shown) and "按本人申报主题" in driver.texts(shown)
    driver.click("validateTag", shown)
    window = driver.find(QDialog, "validateDialog")
    driver.click("actGo", window)
    assert "样本人数" in driver.texts(window)
    driver.find(QLineEdit, "validateSample", window).setText("40")
    driver.find(QLineEdit, "validateMethod", window).setText("与回访记录比对")
    driver.click("actGo", window)
    assert card.findChild(QLabel, "unvalidated_next_content_theme") is None
