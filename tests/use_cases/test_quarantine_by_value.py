"""A bought list is closed value by value; what the doctor gave us beside it is open (docs/decisions/0010)."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from support import Desk, Doctor, done, no, shown

from compliance.errors import InputErrors
from compliance.model.access import FieldState, Purpose, Role
from compliance.model.profile import SourceClass
from compliance.use_cases.people import amendments, sources
from compliance.use_cases.seeing import profiles

LISTED = ("full_name", "institution_name", "department", "professional_title", "region")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk.create(
        tmp_path_factory.mktemp("doubt"), staff={"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK}
    )
    for code, kind in (("VEND", SourceClass.THIRD), ("SELF", SourceClass.ZERO)):
        done(sources.add_source(desk.sit("zhao"), code=code, name=code, provenance=kind))
    yield desk
    desk.rise()


def found(desk: Desk, text: str, *, rep: str | None = None) -> set[str]:
    page = done(profiles.find_people(desk.sit("chen"), text=text, purpose=Purpose.VISIT, as_rep=rep))
    return {row.hcp_id for row in page.rows}


@pytest.mark.req("REQ-064")
def test_own_consent_opens_what_came_from_the_doctor_and_nothing_of_the_bought_list(desk: Desk) -> None:
    report = desk.bring([Doctor(number="V1", name="尉迟求实", phone="13900007771", consent="Y")], source="VEND")
    assert report.quarantined == 1
    hcp = desk.id_of("尉迟求实")
    desk.assign(hcp)
    closed = no(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.VISIT))
    assert closed.reason == "blocked_quarantined"

    desk.consent(hcp)
    done(amendments.amend_person(desk.sit("chen"), hcp_id=hcp, key="content_topics", value="PD-1", source="SELF"))
    for rep in (None, "liming"):
        view = done(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.VISIT, as_rep=rep))
        assert shown(view)["content_topics"] == "PD-1"
        assert not {"尉迟求实", "13900007771"} & set(shown(view).values())
        name = next(f for f in view.fields if f.key == "full_name")
        assert (name.state, name.reason) == (FieldState.WITHHELD, "value_in_doubt")
        assert not found(desk, "尉迟", rep=rep) and not found(desk, "示例", rep=rep), "no hit tells a hidden name"
        rows = done(profiles.find_people(desk.sit("chen"), text="", purpose=Purpose.VISIT, as_rep=rep)).rows
        assert [(row.hcp_id, row.fields) for row in rows] == [(hcp, ())], "listed, with nothing of the bought list"


@pytest.mark.req("REQ-064")
def test_each_confirmed_value_can_be_found_again(desk: Desk) -> None:
    desk.bring([Doctor(number="V2", name="公冶求实", phone="13900007772")], source="VEND")
    hcp = desk.id_of("公冶求实")
    desk.consent(hcp)
    held = shown(done(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.MDM)))
    assert hcp not in found(desk, "公冶") and hcp not in found(desk, "示例")
    for key in LISTED:
        if key in held:
            done(amendments.amend_person(desk.sit("chen"), hcp_id=hcp, key=key, value=held[key], source="SELF"))
            assert hcp in found(desk, "公冶"), "the name is confirmed first"
            assert (hcp in found(desk, "示例")) == (LISTED.index("institution_name") <= LISTED.index(key))
    assert found(desk, "公冶") == {hcp}
    view = shown(done(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.VISIT)))
    assert view["full_name"] == "公冶求实" and not any("7772" in value for value in view.values())


@pytest.mark.req("REQ-064")
def test_without_any_word_of_the_person_an_amended_value_opens_nothing(desk: Desk, tmp_path: Path) -> None:
    desk.bring([Doctor(number="V3", name="仲孙求实")], source="VEND")
    hcp = desk.id_of("仲孙求实")
    done(amendments.amend_person(desk.sit("chen"), hcp_id=hcp, key="full_name", value="仲孙求实", source="SELF"))
    for purpose in (Purpose.VISIT, Purpose.ASK, Purpose.DIGITAL):
        no(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=purpose))


@pytest.mark.req("REQ-064")
def test_proof_that_comes_later_frees_the_list_but_no_row_of_a_crm(desk: Desk) -> None:
    done(sources.add_source(desk.sit("zhao"), code="SOC", name="society", provenance=SourceClass.SECOND))
    assert desk.bring([Doctor(number="S1", name="淳于求实")], source="SOC").quarantined == 1
    hcp = desk.id_of("淳于求实")
    desk.consent(hcp)
    assert hcp not in found(desk, "淳于")
    proof, day = desk.paper("licence"), desk.at.date()
    with pytest.raises(InputErrors, match="proof_not_needed"):
        sources.prove_source(desk.sit("zhao"), code="CRM", basis_proof=proof, reviewed_on=day)
    with pytest.raises(InputErrors, match="in_the_future"):
        sources.prove_source(desk.sit("zhao"), code="SOC", basis_proof=proof, reviewed_on=day + timedelta(days=2))
    no(sources.prove_source(desk.sit("wu"), code="SOC", basis_proof=proof, reviewed_on=day))
    proven = done(sources.prove_source(desk.sit("zhao"), code="SOC", basis_proof=proof, reviewed_on=day))
    assert proven.status == "active"
    assert found(desk, "淳于") == {hcp}
    view = shown(done(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.VISIT)))
    assert view["full_name"] == "淳于求实"
    assert desk.bring([Doctor(number="S2", name="太叔求实")], source="SOC").accepted == 1
