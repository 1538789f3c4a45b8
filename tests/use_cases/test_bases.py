"""Bases other than consent, memos of necessity, activities (issue 3 point 8; REQ-010 to REQ-013, REQ-025, REQ-037)."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import STAFF, Desk, Doctor, done, no, shown

from compliance.errors import InputErrors
from compliance.model.access import FieldState, Purpose
from compliance.model.basis import BasisSupport
from compliance.model.profile import ProfileView
from compliance.policy.loader import load_policy
from compliance.use_cases.bases import activities, bases, memos
from compliance.use_cases.bases.bases import BasisRequest
from compliance.use_cases.evidence import evidence
from compliance.use_cases.people import amendments
from compliance.use_cases.seat.statutory import statutory_duties
from compliance.use_cases.seeing import profiles

PAY = "speaker/sensitive:payment"
WHY = (("full_name", "收款人"), ("bank_account_no", "支付讲课费"), ("id_doc_no", "代扣个税"))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    staff = {k: STAFF[k] for k in ("zhao", "chen", "wu", "qian", "zhou")}
    made = Desk.create(tmp_path_factory.mktemp("d"), staff=staff)
    made.bring(
        [Doctor(number=f"B{n}", name=name) for n, name in enumerate(("东方既白", "百里行舟", "万俟长风", "南宫有信"))]
    )
    yield made
    made.rise()


def ask(
    hcp: str, basis: str, *, purpose: Purpose = Purpose.SPEAKER, reference: str = "", **support: object
) -> BasisRequest:
    return BasisRequest(
        hcp_id=hcp,
        purpose=purpose,
        basis=basis,
        reference=reference,
        support=BasisSupport(**support),  # type: ignore[arg-type]
    )


def view(desk: Desk, hcp: str) -> ProfileView:
    return done(profiles.open_profile(desk.sit("qian"), hcp_id=hcp, purpose=Purpose.SPEAKER))


def reasons(found: ProfileView) -> dict[str, str | None]:
    return {f.key: f.reason for f in found.fields if f.state is FieldState.WITHHELD}


@pytest.mark.req("REQ-010")
def test_an_activity_has_exactly_one_of_the_seven_bases_with_history(desk: Desk) -> None:
    chen = desk.sit("chen")
    fine = {"name": "讲者付费", "purpose": Purpose.SPEAKER, "reference": "制度 7.2"}
    for basis, code in (("", "basis_missing"), ("legitimate_interests", "basis_not_available")):
        with pytest.raises(InputErrors) as fault:
            activities.save_activity(chen, basis=basis, **fine)  # type: ignore[arg-type]
        assert fault.value.code == code
    assert no(activities.save_activity(chen, basis="news", **fine)).reason == "basis_disabled"  # type: ignore[arg-type]
    lone = fine | {"purpose": Purpose.VISIT}
    assert no(activities.save_activity(chen, basis="contract", **lone)).reason == "basis_not_for_purpose"  # type: ignore[arg-type]
    first = done(activities.save_activity(chen, basis="consent", **fine))  # type: ignore[arg-type]
    desk.wait(minutes=1)
    again = fine | {"activity_id": first.activity_id}
    done(activities.save_activity(desk.sit("chen"), basis="contract", **again))  # type: ignore[arg-type]
    history = [(a.version, a.basis, a.until) for a in done(activities.list_activities(chen))]
    assert history == [(1, "consent", desk.at), (2, "contract", None)]
    assert no(activities.save_activity(desk.sit("zhou"), basis="contract", **fine)).reason == "role_not_allowed"  # type: ignore[arg-type]


@pytest.mark.req("REQ-010")
def test_a_line_with_legitimate_interests_is_rejected_and_the_others_go_in(desk: Desk, tmp_path: Path) -> None:
    hcp, path = desk.id_of("南宫有信"), tmp_path / "bases.csv"
    head = ("人员编号", "用途", "合法性基础", "合同编号", "合同当事人", "字段", "必要性")
    rows = [
        (hcp, "speaker", "legitimate interests", "", "", "", ""),
        (hcp, "speaker", "合同", "HT-9", f"{hcp}; 示例药业", "full_name,fee_paid_ytd", "支付讲课费"),
        (hcp, "speaker", "", "HT-9", hcp, "full_name", "x"),
        ("HCP-ZZZZZZZZ", "speaker", "合同", "HT-9", "HCP-ZZZZZZZZ", "full_name", "x"),
        (hcp, "speaker", "新闻报道", "", "", "", ""),
        (hcp, "speaker", "合同", "HT-9", "示例医院", "full_name", "x"),
        (hcp, "nothing", "合同", "HT-9", hcp, "full_name", "x"),
        (hcp, "speaker", "同意", "", "", "", ""),
    ]
    with path.open("w", newline="", encoding="utf-8-sig") as out:
        csv.writer(out).writerows([head, *rows])
    chen = desk.sit("chen")
    dry = done(bases.import_bases(chen, path=path, dry_run=True))
    assert (dry.accepted, dry.rejected) == (1, 7) and done(bases.list_bases(chen, hcp_id=hcp)) == ()
    made = done(bases.import_bases(chen, path=path))
    assert (made.read, made.accepted, made.rejected) == (8, 1, 7)
    codes = [row.code for row in made.rows]
    assert codes == [
        "basis_not_available", "basis_missing", "unknown_person", "reference_missing", "contract_without_person",
        "unknown_purpose", "basis_not_available",
    ]  # fmt: skip
    assert [b.support.contract for b in done(bases.list_bases(chen, hcp_id=hcp))] == ["HT-9"]
    assert no(bases.import_bases(desk.sit("wu"), path=path)).reason == "role_not_allowed"


@pytest.mark.req("REQ-011")
def test_a_contract_needs_the_person_as_party_and_a_reason_for_each_field(desk: Desk) -> None:
    hcp, chen = desk.id_of("东方既白"), desk.sit("chen")
    whole = {"contract": "HT-1", "parties": ("示例第一医院", hcp), "reasons": WHY}
    for gap, code in (("contract", "contract_missing"), ("parties", "party_missing"), ("reasons", "field_missing")):
        with pytest.raises(InputErrors) as fault:
            bases.record_basis(chen, request=ask(hcp, "contract", **(whole | {gap: type(whole[gap])()})))
        assert fault.value.code == code
    with pytest.raises(InputErrors) as silent:
        bases.record_basis(chen, request=ask(hcp, "contract", **(whole | {"reasons": (("full_name", ""),)})))
    assert silent.value.code == "reason_missing"
    only = ask(hcp, "contract", **(whole | {"parties": ("示例第一医院",)}))
    refused = no(bases.record_basis(chen, request=only))
    assert (refused.reason, refused.references[0].article) == ("contract_without_person", "13(1)(2)")
    made = done(bases.record_basis(chen, request=ask(hcp, "contract", **whole)))
    assert (made.reference, made.support.contract) == ("HT-1", "HT-1")
    found = view(desk, hcp)
    assert "full_name" in shown(found) and reasons(found)["institution_name"] == "outside_registered_basis"
    # one in force per purpose: the next ends it
    desk.wait(minutes=1)
    done(bases.record_basis(desk.sit("chen"), request=ask(hcp, "contract", **(whole | {"contract": "HT-2"}))))
    rows = done(bases.list_bases(desk.sit("chen"), hcp_id=hcp))
    assert [(r.support.contract, r.ended_at, r.end_reason) for r in rows] == [
        ("HT-1", desk.at, "replaced"), ("HT-2", None, ""),
    ]  # fmt: skip
    done(bases.end_basis(desk.sit("chen"), basis_id=rows[1].basis_id, reason="合同终止"))
    after = no(profiles.open_profile(desk.sit("qian"), hcp_id=hcp, purpose=Purpose.SPEAKER))
    assert after.reason in ("basis_missing", "consent_not_asked")
    with pytest.raises(InputErrors):
        bases.end_basis(desk.sit("chen"), basis_id=rows[1].basis_id, reason="x")


@pytest.mark.req("REQ-012")
def test_a_duty_stands_on_the_list_and_opens_what_it_names(desk: Desk) -> None:
    hcp, chen = desk.id_of("百里行舟"), desk.sit("chen")
    for duty in ("US Sunshine Act", "GDPR 6", "IIT 10"):
        refused = no(bases.record_basis(chen, request=ask(hcp, "statutory_duty", duty=duty)))
        assert (refused.reason, refused.references[0].article) == ("statute_not_listed", "13(1)(3)")
    beyond = ask(hcp, "statutory_duty", duty="IIT 9", reasons=(("bank_account_no", "付款"),))
    assert no(bases.record_basis(chen, request=beyond)).reason == "field_beyond_duty"
    done(bases.record_basis(chen, request=ask(hcp, "statutory_duty", duty="IIT 9")))
    closed = reasons(view(desk, hcp))
    assert closed["bank_account_no"] == closed["full_name"] == "outside_registered_basis"
    assert closed.get("fee_paid_ytd") != "outside_registered_basis"
    assert closed["id_doc_no"] == "separate_consent_missing"  # strict mode, until the privacy officer's memo
    done(memos.add_memo(desk.sit("zhao"), item=PAY, necessity="代扣代缴个税所必需", hcp_id=hcp))
    opened = reasons(view(desk, hcp))
    assert "id_doc_no" not in opened and opened["bank_account_no"] == "outside_registered_basis"


@pytest.mark.req("REQ-012")
def test_every_duty_of_the_list_is_chinese_law_we_know(desk: Desk) -> None:
    policy = desk.sit("chen").policy
    assert load_policy is not None
    for duty in statutory_duties().values():
        assert duty.reference.article in policy.statutes[duty.reference.statute].articles
        assert all(policy.field(key) for key in duty.fields) and duty.purposes <= {str(p) for p in policy.purposes}


@pytest.mark.req("REQ-013")
def test_public_information_names_source_day_and_both_purposes(desk: Desk, tmp_path: Path) -> None:
    hcp, chen = desk.id_of("万俟长风"), desk.sit("chen")
    whole = {
        "source": "https://hospital.example/staff/12", "captured_on": desk.at.date(), "published_for": "患者查询",
        "our_purpose": "医学联络", "reasons": (("work_email", "学术联络"),),
    }  # fmt: skip
    for gap in ("source", "captured_on", "published_for", "our_purpose"):
        request = ask(
            hcp, "public_information", purpose=Purpose.MEDICAL, **{k: v for k, v in whole.items() if k != gap}
        )
        with pytest.raises(InputErrors) as fault:
            bases.record_basis(chen, request=request)
        assert fault.value.code == f"{gap}_missing"
    page = tmp_path / "page.txt"
    page.write_text("staff page", encoding="utf-8")
    request = ask(hcp, "public_information", purpose=Purpose.MEDICAL, **whole)
    made = done(
        bases.record_basis(
            chen,
            request=BasisRequest(
                hcp_id=hcp, purpose=Purpose.MEDICAL, basis="public_information", support=request.support, capture=page
            ),
        )
    )
    assert len(made.support.capture_sha256) == 64 and made.support.evidence_id
    bank = ask(hcp, "public_information", purpose=Purpose.MEDICAL, **(whole | {"reasons": (("bank_account_no", "x"),)}))
    assert no(bases.record_basis(chen, request=bank)).reason == "public_never_sensitive"
    with pytest.raises(InputErrors) as source:
        amendments.amend_person(chen, hcp_id=hcp, key="work_email", value="wq@hospital.example", source="NONE")
    assert source.value.code == "unknown_source"


@pytest.mark.req("REQ-025", "REQ-037")
def test_strict_mode_asks_a_separate_consent_unless_a_memo_says_why_not(desk: Desk) -> None:
    hcp, number = desk.id_of("南宫有信"), "6222020200112233446"
    contract = ask(hcp, "contract", contract="HT-5", parties=(hcp, "示例药业"), reasons=WHY)
    done(bases.record_basis(desk.sit("chen"), request=contract))

    def store() -> object:
        return amendments.amend_person(desk.sit("qian"), hcp_id=hcp, key="bank_account_no", value=number, source="CRM")

    mine = amendments.amend_person(desk.sit("chen"), hcp_id=hcp, key="bank_account_no", value=number, source="CRM")
    assert no(mine).reason == "role_not_allowed"
    assert no(store()).reason == "sensitive_needs_basis"
    assert reasons(view(desk, hcp))["bank_account_no"] == "separate_consent_missing"
    assert no(memos.add_memo(desk.sit("chen"), item=PAY, necessity="x")).reason == "role_not_allowed"
    for item, words, code in ((PAY, " ", "necessity_missing"), ("speaker", "x", "memo_needs_separate_item")):
        with pytest.raises(InputErrors) as fault:
            memos.add_memo(desk.sit("zhao"), item=item, necessity=words)
        assert fault.value.code == code
    memo = done(memos.add_memo(desk.sit("zhao"), item=PAY, necessity="支付讲课费所必需，合同第 4 条", hcp_id=hcp))
    done(store())
    found = view(desk, hcp)
    assert shown(found)["bank_account_no"] == "**** " + number[-4:]
    (entry, *_) = done(evidence.list_entries(desk.sit("chen"), kind="profile_opened", hcp=hcp, limit=1))
    assert (entry.index, entry.detail["mode"], entry.detail["memos"]) == (found.audit_index, "strict", [memo.memo_id])
    assert entry.detail["basis_id"].startswith("LB-")
    # a memo waives one person's item, and only until it ends
    other = desk.id_of("东方既白")
    done(
        bases.record_basis(
            desk.sit("chen"), request=ask(other, "contract", contract="H", parties=(other,), reasons=WHY)
        )
    )
    assert reasons(view(desk, other))["bank_account_no"] == "separate_consent_missing"
    done(memos.end_memo(desk.sit("chen"), memo_id=memo.memo_id))
    assert reasons(view(desk, hcp))["bank_account_no"] == "separate_consent_missing"
    assert [m.ended_by for m in done(memos.list_memos(desk.sit("chen"))) if m.memo_id == memo.memo_id] == ["chen"]
