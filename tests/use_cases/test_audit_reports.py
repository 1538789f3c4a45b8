"""Audit reports of a person, a colleague, a transfer and a year: what each says, proves and refuses (REQ-105)."""

import json
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdf
import pytest

from compliance.audit.entry import canonical
from compliance.consent.sampling import draw, frame_digest
from compliance.errors import InputErrors
from compliance.i18n import Lang, t
from compliance.model.access import Purpose, Role
from compliance.model.answer import Refusal
from compliance.progress import NoProgress
from compliance.use_cases.consent import checking, recording, withdrawing
from compliance.use_cases.evidence import evidence, witness
from compliance.use_cases.evidence.audit_guide import guide
from compliance.use_cases.seeing import people_export, profiles
from compliance.use_cases.upkeep import settings
from tests.support import Desk, Doctor, done, invent

STAFF = {"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK}
SEEN = Doctor(number="K900001", name="欧阳若溪", phone="13900000001", licence="113572468913999")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk.create(tmp_path_factory.mktemp("reports"), staff=STAFF)
    people = invent(6)
    made.bring([SEEN, *people])
    for person in (SEEN, *people[:4]):
        made.consent(made.id_of(person.name, person.hospital))
    seen = made.id_of(SEEN.name)
    done(profiles.open_profile(made.sit("chen"), hcp_id=seen, purpose=Purpose.VISIT))
    done(settings.set_company_fact(made.sit("zhao"), key="systems_outside", value="会议平台; 费用系统"))
    yield made
    made.rise()


def text_of(path: Path) -> str:
    return "".join("".join((page.extract_text() or "").split()) for page in pypdf.PdfReader(path).pages)


def content_of(path: Path) -> dict:  # type: ignore[type-arg]
    attached = pypdf.PdfReader(BytesIO(path.read_bytes())).attachments["evidence.json"][0]
    return json.loads(attached)  # type: ignore[no-any-return]


@pytest.mark.req("REQ-105")
def test_a_report_about_one_person_is_of_that_person_alone(desk: Desk, tmp_path: Path) -> None:
    out, hcp = tmp_path / "person.pdf", desk.id_of(SEEN.name)
    made = done(evidence.make_audit_report(desk.sit("chen"), path=out, hcp=hcp))
    assert hcp in made.people
    found = content_of(out)
    entries = [json.loads(e["entry"]) for e in found["entries"]]
    assert len(entries) == made.entries and all(hcp in e["hcps"] for e in entries)
    text = text_of(out)
    assert hcp in text and SEEN.name not in text and SEEN.phone not in text
    assert "现有1项同意有凭证且有效" in text
    assert evidence.verify_file(out).ok


@pytest.mark.req("REQ-105")
def test_a_report_about_a_colleague_holds_what_they_did_and_what_was_done_to_them(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "user.pdf"
    made = done(evidence.make_audit_report(desk.sit("zhao"), path=out, user="wu"))
    entries = [json.loads(e["entry"]) for e in content_of(out)["entries"]]
    assert {e["actor"] for e in entries} == {"wu", "zhao"}  # added by zhao
    assert made.entries == len(entries) and evidence.verify_file(out).ok
    assert "数据管理员" in text_of(out)


@pytest.mark.req("REQ-105")
def test_the_yearly_audit_goes_through_the_guide_with_evidence_that_opens(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "year.pdf"
    made = done(evidence.make_audit_report(desk.sit("chen"), path=out, year=2026, sample=3, seed="2026"))
    text, content = text_of(out), content_of(out)["content"]
    assert [e for e in guide().here if e not in content["evidence"]] == []
    for name, rows in content["evidence"].items():
        assert sha256(canonical(rows)).hexdigest() in text, name
    assert "会议平台、费用系统" in text
    assert "2" in made.gaps  # consents in force, and no processing activity was ever registered
    plan = content["sample"]
    assert plan["seed"] == "2026" and len(plan["drawn"]) == 3
    for stratum in plan["strata"]:  # anybody draws the same from what the attachment holds
        again = draw(stratum["frame"], seed=f"2026|{stratum['purpose']}", size=stratum["size"])
        assert set(again) <= {x["event"] for x in plan["drawn"]}
        assert frame_digest(stratum["frame"]) == stratum["frame_sha256"]
    assert set(made.people) == {x["hcp"] for x in plan["drawn"]}
    chain = [row for row in content["evidence"]["E02"] if "event" in row]
    assert {row["event"] for row in chain} == {x["event"] for x in plan["drawn"]} and all(r["document"] for r in chain)
    for item in guide().items:  # each has its figure here, or says what the company brings
        for name in item.evidence:
            words = "".join(t(f"guide.bring.{name}", Lang.ZH)[:12].split()) if name in guide().outside else ""
            assert name in text and (words in text if words else name in content["evidence"]), name
    assert "第21至27项" in text and "21+*" in text  # what was not read is said
    assert evidence.verify_file(out).ok


@pytest.mark.req("REQ-105")
def test_a_list_of_people_that_left_stands_with_its_number(desk: Desk, tmp_path: Path) -> None:
    done(
        people_export.export_people(
            desk.sit("chen"), purpose=Purpose.MDM, path=tmp_path / "list.xlsx", progress=NoProgress()
        )
    )
    out = tmp_path / "store.pdf"
    done(evidence.make_audit_report(desk.sit("chen"), path=out))
    assert "chen" + t("log.what.people_xlsx", Lang.ZH) + "7–" in text_of(out)


@pytest.mark.req("REQ-105")
def test_a_period_that_is_over_is_told_as_it_stood_then(tmp_path: Path) -> None:
    """The yearly audit is made in the next year: what was given or withdrawn since is not of that year."""
    desk = Desk.create(tmp_path / "d", staff=STAFF)
    staying, leaving, coming = invent(3)
    desk.bring([staying, leaving])
    ids = {p.name: desk.id_of(p.name, p.hospital) for p in (staying, leaving)}
    for hcp in ids.values():
        desk.consent(hcp)
    desk.wait(days=1)
    end = desk.at
    desk.wait(days=20)
    withdrawing.withdraw_consent(
        desk.sit("wu"), hcp_id=ids[leaving.name], items=("visit",), received_at=desk.at.isoformat(), channel="电话"
    )
    desk.bring([coming])
    late = desk.id_of(coming.name, coming.hospital)
    desk.consent(late)
    long_ago = (end - timedelta(days=99)).isoformat()  # came with the list, and the person was not on file then
    said = {"answer": "refused", "evidence": None, "presented_at": long_ago, "acted_at": long_ago}
    done(recording.record_consent(desk.sit("wu"), request=desk.act(late, "digital/email", **said)))
    desk.wait(days=1)

    def told(name: str, **period: Any) -> tuple[str, dict[str, Any]]:
        out = tmp_path / name
        done(evidence.make_audit_report(desk.sit("chen"), path=out, sample=9, **period))
        assert evidence.verify_file(out).ok
        return text_of(out), content_of(out)["content"]

    then, held = told("then.pdf", since=end - timedelta(days=9), until=end)
    now, holds = told("now.pdf")
    assert "同意事项中2项有凭证" in then and "同意事项中2项有凭证" in now
    assert ("在册2人" in then, "在册3人" in now) == (True, True)
    drawn = [{row["hcp"] for row in content["sample"]["drawn"]} for content in (held, holds)]
    assert drawn[0] == set(ids.values()) and ids[leaving.name] not in drawn[1] and len(drawn[1]) == 2
    stood = next(p for p in held["sample"]["strata"] if p["purpose"] == "visit")
    assert stood["population"] == 2
    before, _ = told("before.pdf", since=end - timedelta(days=99), until=end - timedelta(days=90))
    assert "同意事项中0项有凭证" in before and "在册0人" in before
    assert "数字沟通00000000" in before and "数字沟通00000100" in now
    with pytest.raises(InputErrors, match="period_before_law"):
        told("law.pdf", since=end - timedelta(days=4000), until=end - timedelta(days=3000))
    desk.rise()


@pytest.mark.req("REQ-105")
def test_a_consent_whose_document_was_rejected_has_its_column(tmp_path: Path) -> None:
    desk = Desk.create(tmp_path / "d", staff=STAFF)
    (one,) = invent(1)
    desk.bring([one])
    made = done(recording.record_consent(desk.sit("wu"), request=desk.act(desk.id_of(one.name, one.hospital))))
    done(checking.check_evidence(desk.sit("chen"), event_id=made.event_id, accept=False, code="illegible"))
    out = tmp_path / "store.pdf"
    done(evidence.make_audit_report(desk.sit("chen"), path=out))
    first = pypdf.PdfReader(BytesIO(out.read_bytes())).pages[0].extract_text()
    squeezed = "".join(first.split())
    assert t("paper.audit.head.void", Lang.ZH) in squeezed
    assert t("paper.purpose.visit", Lang.ZH) + "0000001" in squeezed
    desk.rise()


@pytest.mark.req("REQ-105")
def test_without_a_seed_the_sealed_root_draws_the_sample(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "root.pdf"
    made = done(evidence.make_audit_report(desk.sit("chen"), path=out, sample=2))
    root = witness.head_of_file(out)
    assert root is not None and content_of(out)["content"]["sample"]["seed"] == root.root.hex()
    assert root.size > 20 and made.entries == root.size


@pytest.mark.req("REQ-101")
def test_an_older_report_is_a_witness_that_needs_no_vault(desk: Desk, tmp_path: Path) -> None:
    old, new = tmp_path / "old.pdf", tmp_path / "new.pdf"
    done(evidence.make_audit_report(desk.sit("chen"), path=old))
    done(profiles.open_profile(desk.sit("chen"), hcp_id=desk.id_of(SEEN.name), purpose=Purpose.VISIT))
    done(evidence.make_audit_report(desk.sit("chen"), path=new, previous=[old]))
    claims = {c.claim: c.ok for c in evidence.verify_file(new, previous=old).claims}
    assert claims["previous"] is True
    assert "出示的旧文件" in text_of(new)
    backwards = {c.claim: c.ok for c in evidence.verify_file(old, previous=new).claims}
    assert backwards["previous"] is False


@pytest.mark.req("REQ-105")
def test_page_one_counts_withdrawals_with_the_slowest_closing_time(desk: Desk, tmp_path: Path) -> None:
    hcp = desk.id_of(SEEN.name)
    received = desk.at.isoformat()
    desk.wait(hours=2)
    ended = withdrawing.withdraw_consent(
        desk.sit("wu"), hcp_id=hcp, items=["visit"], received_at=received, channel="phone"
    )
    done(ended)
    out = tmp_path / "slow.pdf"
    done(evidence.make_audit_report(desk.sit("chen"), path=out, hcp=hcp))
    assert "撤回1件，最慢的一件2.0小时后停止处理" in text_of(out)
    assert "现有0项同意有凭证且有效" in text_of(out)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"hcp": "HCP-AAAAAAAA"}, "unknown_person"),
        ({"user": "nobody"}, "unknown_user"),
        ({"transfer": "NOWHERE"}, "unknown_transfer"),
        ({"user": "wu", "year": 2026}, "scope_one_only"),
        ({"year": 1999}, "year_out_of_range"),
        ({"year": 2031}, "year_out_of_range"),
        ({"sample": 0}, "sample_out_of_range"),
        ({"sample": 9999}, "sample_out_of_range"),
        ({"year": 2026, "sample": 0}, "sample_out_of_range"),
    ],
)
def test_a_wrong_order_writes_nothing(desk: Desk, tmp_path: Path, asked: dict[str, object], code: str) -> None:
    out = tmp_path / "no.pdf"
    with pytest.raises(InputErrors) as fault:
        evidence.make_audit_report(desk.sit("chen"), path=out, **asked)  # type: ignore[arg-type]
    assert [f.code for f in fault.value.faults] == [code]
    assert not out.exists()


@pytest.mark.parametrize(("since", "until", "code"), [(2, 1, "period_empty"), (1, None, "in_the_future")])
def test_a_period_that_runs_backwards_or_is_yet_to_come_is_no_report(
    desk: Desk, tmp_path: Path, since: int, until: int | None, code: str
) -> None:
    chen, out = desk.sit("chen"), tmp_path / "no.pdf"
    begin = chen.now() + timedelta(days=since)
    end = None if until is None else chen.now() + timedelta(days=until)
    with pytest.raises(InputErrors) as fault:
        evidence.make_audit_report(chen, path=out, since=begin, until=end)
    assert [f.code for f in fault.value.faults] == [code] and not out.exists()


def test_a_refused_try_makes_nobody_known(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "no.pdf"
    assert isinstance(evidence.make_audit_report(desk.sit("wu"), path=out, hcp="HCP-BBBBBBBB").value, Refusal)
    with pytest.raises(InputErrors) as fault:
        evidence.make_audit_report(desk.sit("chen"), path=out, hcp="HCP-BBBBBBBB")
    assert [f.code for f in fault.value.faults] == ["unknown_person"] and not out.exists()


def test_an_older_file_that_is_none_or_of_another_log_is_refused(desk: Desk, tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("nothing of ours")
    with pytest.raises(InputErrors) as fault:
        evidence.make_audit_report(desk.sit("chen"), path=tmp_path / "no.pdf", previous=[note])
    assert [f.code for f in fault.value.faults] == ["not_evidence"]
