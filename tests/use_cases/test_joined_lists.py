"""Lists that join data of two purposes: only under an approved impact assessment of that pair (35273 7.6)."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from zipfile import ZipFile

import pytest
from support import Desk, done, invent, no

from compliance.clock import shanghai_day
from compliance.errors import InputErrors
from compliance.model.access import Purpose
from compliance.model.answer import Refusal
from compliance.model.audit import Kind
from compliance.model.basis import BasisSupport
from compliance.model.register import Assessment
from compliance.progress import NoProgress
from compliance.use_cases.bases import bases, transfers
from compliance.use_cases.bases.bases import BasisRequest
from compliance.use_cases.seeing import people_export


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """Three people agreed to visits; one of them has a contract as a speaker."""
    made = Desk.create(tmp_path_factory.mktemp("joined"))
    people = invent(3)
    made.bring(people)
    made.ids = [made.id_of(p.name, p.hospital) for p in people]  # type: ignore[attr-defined]
    for hcp_id in made.ids:  # type: ignore[attr-defined]
        made.consent(hcp_id)
    support = BasisSupport(
        contract="SPK-1",
        parties=(made.ids[0], "示例药业（上海）有限公司"),  # type: ignore[attr-defined]
        reasons=(("full_name", "收款人"), ("fee_paid_ytd", "支付讲课费")),
    )
    request = BasisRequest(
        hcp_id=made.ids[0],  # type: ignore[attr-defined]
        purpose=Purpose.SPEAKER,
        basis="contract",
        reference="SPK-1",
        support=support,
    )
    done(bases.record_basis(made.sit("chen"), request=request))
    yield made
    made.rise()


def assess(desk: Desk, covers: str, *, name: str, until: date | None = None, back: int = 3) -> str:
    day = shanghai_day(desk.at) - timedelta(days=back)
    row = Assessment(
        assessment_id=name, purpose=covers, title="评估", approved_on=day, valid_until=until, author="甲", approver="乙"
    )
    return done(transfers.add_assessment(desk.sit("zhao"), assessment=row)).assessment_id


def export(desk: Desk, out: Path, **more: object):  # type: ignore[no-untyped-def]
    asked = {"purpose": Purpose.VISIT, "join": Purpose.SPEAKER, "path": out, "progress": NoProgress(), **more}
    return people_export.export_people(desk.sit("chen"), **asked)  # type: ignore[arg-type]


def logged(desk: Desk, kind: Kind) -> dict:  # type: ignore[type-arg]
    with desk.sit("zhao").vault.snapshot() as snap:
        return snap.log.find(kind=kind, limit=1)[0].data


@pytest.mark.req("REQ-053")
def test_visits_with_fees_are_refused_without_an_assessment_and_joined_under_one(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "joined.xlsx"
    refused = no(export(desk, out))
    assert refused.reason == "join_assessment_missing"
    assert refused.references[0].as_json() == {"statute": "35273", "article": "7.6"}
    assert not out.exists()
    assert logged(desk, Kind.EXPORT_FAILED)["detail"] == {
        "reason": "join_assessment_missing",
        "join": "speaker",
        "assessment": "",
    }
    assess(desk, "visit", name="PIA-V")
    assert no(export(desk, out, assessment="PIA-V")).reason == "join_assessment_not_covering"
    assert no(export(desk, out, assessment="PIA-none")).reason == "join_assessment_not_covering"
    yesterday = shanghai_day(desk.at) - timedelta(days=1)
    assess(desk, "join:speaker+visit", name="PIA-OLD", until=yesterday)
    assert no(export(desk, out, assessment="PIA-OLD")).reason == "join_assessment_over"

    assess(desk, "join:speaker+visit", name="PIA-J")
    made = done(export(desk, out, assessment="PIA-J"))
    assert (made.people, made.refused) == (1, 2), "only who may be read for both purposes is on the list"
    written = b"".join(ZipFile(out).read(name) for name in ZipFile(out).namelist()).decode("utf-8", "replace")
    assert "本年度劳务费" in written and desk.ids[0] in written and desk.ids[1] not in written  # type: ignore[attr-defined]
    entry = logged(desk, Kind.EXPORT_APPROVED)
    assert (entry["detail"]["join"], entry["detail"]["assessment"]) == ("speaker", "PIA-J")
    assert "fee_paid_ytd" in entry["fields"]


@pytest.mark.req("REQ-053")
def test_fees_never_meet_profiling_and_a_joined_list_stays_at_home(desk: Desk, tmp_path: Path) -> None:
    assess(desk, "join:segment+speaker", name="PIA-S")
    out = tmp_path / "never.xlsx"
    for pair in ((Purpose.SPEAKER, Purpose.SEGMENT), (Purpose.SEGMENT, Purpose.SPEAKER)):
        assert no(export(desk, out, purpose=pair[0], join=pair[1], assessment="PIA-S")).reason == "join_never"
    with pytest.raises(InputErrors, match="join_purpose"):
        export(desk, out, join=Purpose.VISIT)
    with pytest.raises(InputErrors, match="join_purpose"):
        export(desk, out, purpose=Purpose.MDM)
    with pytest.raises(InputErrors, match="join_overseas"):
        export(desk, out, overseas="R1", assessment="PIA-J")
    assert not out.exists()


@pytest.mark.req("REQ-053", "REQ-045")
def test_the_assessment_is_looked_at_again_when_two_have_signed(desk: Desk, tmp_path: Path) -> None:
    assess(desk, "join:speaker+visit", name="PIA-T", until=shanghai_day(desk.at))
    signed = {
        "purpose": "visit",
        "path": str(tmp_path / "big.xlsx"),
        "ids": list(desk.ids),  # type: ignore[attr-defined]
        "refused": 0,
        "overseas": "",
        "join": "speaker",
        "assessment": "PIA-T",
    }
    made = people_export.carry_export(desk.sit("chen"), signed)
    assert isinstance(made, people_export.ExportReport) and (made.people, made.refused) == (1, 2)
    desk.wait(days=1)
    late = people_export.carry_export(desk.sit("chen"), {**signed, "path": str(tmp_path / "late.xlsx")})
    assert isinstance(late, Refusal) and late.reason == "join_assessment_over"
    assert not (tmp_path / "late.xlsx").exists()
