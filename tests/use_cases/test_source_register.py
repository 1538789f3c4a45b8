"""The register of sources: proof, switch, review and citation decide from day to day whether values are used."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from support import Desk, Doctor, done, no, shown

from compliance.errors import InputErrors
from compliance.model.access import FieldState, Purpose, Role
from compliance.model.audit import Kind
from compliance.model.profile import SourceClass
from compliance.model.register import Source
from compliance.profile.source_standing import Lack, standing_of
from compliance.use_cases.imports import imports
from compliance.use_cases.imports.import_report import ImportRequest
from compliance.use_cases.overview import today
from compliance.use_cases.people import amendments, sources
from compliance.use_cases.seeing import people_list, profiles

TODAY = date(2026, 11, 24)


@pytest.fixture
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk.create(
        tmp_path_factory.mktemp("sources"), staff={"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK}
    )
    yield desk
    desk.rise()


def entry(desk: Desk, code: str) -> sources.SourceEntry:
    return next(e for e in done(sources.source_register(desk.sit("chen"))) if e.source.code == code)


def seen(desk: Desk, hcp: str, *, rep: str | None = None) -> dict[str, str]:
    return shown(done(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.VISIT, as_rep=rep)))


def found(desk: Desk, text: str) -> int:
    return done(people_list.find_people(desk.sit("chen"), text=text, purpose=Purpose.VISIT)).total


def tile(desk: Desk) -> tuple[int, str]:
    tiles = {t.key: (t.count, t.severity) for t in done(today.today(desk.sit("chen"))).tiles}
    return tiles.get("sources", (0, ""))


def source(**more: object) -> Source:
    facts: dict[str, object] = {
        "code": "S", "name": "s", "provenance": SourceClass.SECOND, "status": "active", "grade": "C",
        "basis_proof": "E", "reviewed_on": TODAY, "registered_at": None, "scope": "names",
    }  # fmt: skip
    return Source(**{**facts, **more})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("more", "lacks", "held_for"),
    [
        ({}, (), ""),
        ({"status": "quarantined", "reviewed_on": None}, (Lack.PROOF,), "value_in_doubt"),
        ({"provenance": SourceClass.THIRD}, (Lack.SWITCH,), "source_switched_off"),
        ({"provenance": SourceClass.THIRD, "switched_on": TODAY}, (), ""),
        ({"reviewed_on": None}, (Lack.REVIEW_OVER,), "source_review_over"),
        ({"reviewed_on": date(2025, 11, 24)}, (Lack.REVIEW_SOON,), ""),
        ({"reviewed_on": date(2025, 11, 23)}, (Lack.REVIEW_OVER,), "source_review_over"),
        ({"scope": ""}, (Lack.SCOPE,), ""),
        ({"provenance": SourceClass.PUBLIC, "reviewed_on": None}, (Lack.CITATION,), ""),
        ({"provenance": SourceClass.PUBLIC, "citation": "https://a.cn", "cited_on": TODAY}, (), ""),
        ({"provenance": SourceClass.FIRST, "reviewed_on": date(2020, 1, 1)}, (), ""),
        ({"status": "refused"}, (), ""),
    ],
)
def test_what_a_source_lacks(more: dict[str, object], lacks: tuple[Lack, ...], held_for: str) -> None:
    standing = standing_of(source(**more), day=TODAY, months=12)
    assert (standing.lacks, standing.held_for) == (lacks, held_for)
    assert standing.usable == (not held_for and more.get("status") != "refused")


@pytest.mark.req("REQ-064")
def test_a_review_that_runs_out_closes_values_until_it_is_renewed(desk: Desk) -> None:
    day, proof = desk.at.date(), desk.paper("contract")
    done(
        sources.add_source(
            desk.sit("chen"), code="SOC", name="学会名录", provenance=SourceClass.SECOND, basis_proof=proof,
            reviewed_on=day, scope="姓名、单位",
        )
    )  # fmt: skip
    assert desk.bring([Doctor(number="S1", name="淳于求实")], source="SOC").accepted == 1
    hcp = desk.id_of("淳于求实")
    desk.consent(hcp)
    desk.assign(hcp)
    assert seen(desk, hcp)["full_name"] == "淳于求实" and found(desk, "淳于") == 1 and tile(desk) == (0, "")

    desk.wait(days=340)
    assert entry(desk, "SOC").standing.lacks == (Lack.REVIEW_SOON,) and tile(desk) == (1, "due")
    assert found(desk, "淳于") == 1

    desk.wait(days=26)
    assert entry(desk, "SOC").standing.status == "quarantined" and tile(desk) == (1, "alarm")
    for rep in (None, "liming"):
        assert "full_name" not in seen(desk, hcp, rep=rep)
    assert found(desk, "淳于") == 0, "a list knows it too"
    why = done(profiles.why_field(desk.sit("chen"), hcp_id=hcp, key="full_name", purpose=Purpose.VISIT))
    assert (why.state, why.reason) == (FieldState.WITHHELD, "source_review_over") and why.lifted_by
    assert "full_name" in shown(done(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.MDM))), (
        "whoever has to check it still reads it"
    )
    assert desk.bring([Doctor(number="S2", name="太叔求实")], source="SOC").quarantined == 1

    with pytest.raises(InputErrors, match="review_backwards"):
        sources.review_source(desk.sit("chen"), code="SOC", reviewed_on=day - timedelta(days=1))
    done(sources.review_source(desk.sit("chen"), code="SOC", reviewed_on=desk.at.date()))
    assert seen(desk, hcp)["full_name"] == "淳于求实" and found(desk, "淳于") == 1 and tile(desk) == (0, "")
    other = desk.id_of("太叔求实")
    desk.consent(other)
    assert seen(desk, other)["full_name"] == "太叔求实", "what came meanwhile is free as well"


@pytest.mark.req("REQ-064")
def test_bought_data_stay_off_until_the_privacy_officer_switches_them_on(desk: Desk) -> None:
    proof = desk.paper("contract")
    made = done(
        sources.add_source(
            desk.sit("chen"), code="VEND", name="数据商", provenance=SourceClass.THIRD, basis_proof=proof,
            reviewed_on=desk.at.date(), scope="姓名",
        )
    )  # fmt: skip
    assert made.status == "quarantined", "proof and review alone do not switch it on"
    desk.bring([Doctor(number="V1", name="尉迟求实")], source="VEND")
    hcp = desk.id_of("尉迟求实")
    desk.consent(hcp)
    desk.assign(hcp)
    assert "full_name" not in seen(desk, hcp)
    assert no(sources.switch_source(desk.sit("chen"), code="VEND", on=True)).reason == "role_not_allowed"
    on = done(sources.switch_source(desk.sit("zhao"), code="VEND", on=True))
    assert (on.status, on.switched_on, on.switched_by) == ("active", desk.at.date(), "zhao")
    assert seen(desk, hcp)["full_name"] == "尉迟求实"
    assert "full_name" not in seen(desk, hcp, rep="liming"), "bought data never leave the house"
    with pytest.raises(InputErrors, match="switched_already"):
        sources.switch_source(desk.sit("zhao"), code="VEND", on=True)
    done(sources.switch_source(desk.sit("chen"), code="VEND", on=False))
    assert "full_name" not in seen(desk, hcp), "switching off acts at the next read"
    why = done(profiles.why_field(desk.sit("chen"), hcp_id=hcp, key="full_name", purpose=Purpose.VISIT))
    assert why.reason == "source_switched_off"
    amended = amendments.amend_person(desk.sit("chen"), hcp_id=hcp, key="department", value="儿科", source="VEND")
    done(amended)
    assert seen(desk, hcp).get("department") is None, "a value typed from it is held as well"
    with pytest.raises(InputErrors, match="switch_not_needed"):
        sources.switch_source(desk.sit("zhao"), code="CRM", on=True)


def test_a_citation_has_its_day_and_only_a_public_source_has_one(desk: Desk) -> None:
    chen = desk.sit("chen")
    made = done(sources.add_source(chen, code="SITE", name="医院官网", provenance=SourceClass.PUBLIC))
    assert (made.citation, made.cited_on) == ("医院官网", desk.at.date()), "a register is cited by its name"
    assert entry(desk, "SITE").standing.lacks == (Lack.CITATION,), "and asked where it can be looked up"
    with pytest.raises(InputErrors, match="citation_needs_day"):
        sources.review_source(chen, code="SITE", reviewed_on=desk.at.date(), citation="https://hospital.example")
    done(
        sources.review_source(
            chen, code="SITE", reviewed_on=desk.at.date(), citation="https://hospital.example", cited_on=desk.at.date()
        )
    )
    assert entry(desk, "SITE").standing.lacks == ()
    with pytest.raises(InputErrors, match="citation_of_public"):
        sources.review_source(chen, code="CRM", reviewed_on=desk.at.date(), citation="x", cited_on=desk.at.date())
    with pytest.raises(InputErrors, match="proof_before_review"):
        done(sources.add_source(chen, code="P2", name="p", provenance=SourceClass.SECOND))
        sources.review_source(chen, code="P2", reviewed_on=desk.at.date())
    assert no(sources.review_source(desk.sit("wu"), code="SITE", reviewed_on=desk.at.date())).reason


@pytest.mark.req("REQ-034")
def test_a_public_value_is_cited_while_its_source_is(desk: Desk) -> None:
    done(sources.add_source(desk.sit("chen"), code="SITE", name="医院官网", provenance=SourceClass.PUBLIC))
    desk.bring([Doctor(number="C1", name="公西明引")], source="SITE")
    hcp = desk.id_of("公西明引")
    desk.assign(hcp)

    def asked() -> dict[str, str]:
        view = profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.ASK, as_rep="liming")
        return shown(done(view))

    def listed() -> int:
        page = people_list.find_people(desk.sit("chen"), text="公西", purpose=Purpose.ASK, as_rep="liming")
        return int(done(page).total)

    assert asked()["full_name"] == "公西明引" and listed() == 1
    bare = replace(entry(desk, "SITE").source, citation="", cited_on=None)
    with desk.sit("chen").vault.unit_of_work() as uow:  # as a source registered before it had to have one
        uow.sources.put(bare)
        uow.commit(desk.sit("chen").event(Kind.SOURCE_REGISTERED, at=desk.at, detail={"source": "SITE"}))
    assert "full_name" not in asked() and listed() == 0, "a session that listed before notices"
    why = done(profiles.why_field(desk.sit("chen"), hcp_id=hcp, key="full_name", purpose=Purpose.ASK))
    assert why.reason == "value_not_public_cited"


def test_a_dry_run_sees_the_source_as_it_stands(desk: Desk) -> None:
    done(sources.add_source(desk.sit("chen"), code="OFF", name="数据商", provenance=SourceClass.THIRD))
    report = desk.bring([Doctor(number="X1", name="仲孙求实")], source="OFF")
    assert (report.accepted, report.quarantined) == (0, 1)
    assert imports.ImportRequest is ImportRequest
