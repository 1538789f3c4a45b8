"""An objection to public information (PIPL 27, REQ-034): values go, use stops, and no list brings the person back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support import PASS, Desk, Doctor, done, files_with, no, shown, write_csv

from compliance.errors import InputErrors
from compliance.model.access import Block, FieldState, Purpose, RecordStatus, Role, Section
from compliance.model.profile import SourceClass
from compliance.progress import NoProgress, Phase
from compliance.use_cases.consent import standing, withdrawing
from compliance.use_cases.evidence import evidence
from compliance.use_cases.imports import import_stream, imports
from compliance.use_cases.people import amendments, automation, merging, objections, sources
from compliance.use_cases.seeing import profiles
from compliance.use_cases.signing import approvals
from compliance.use_cases.upkeep import maintenance, rekeying
from compliance.vault import Maintenance

PUBLIC = Doctor(number="P1", name="欧阳秋实", hospital="示例公开医院", phone="13900008801", licence="110000000008801")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk.create(tmp_path / "desk", staff={"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK})
    for code, kind in (("PUB", SourceClass.PUBLIC), ("VEND", SourceClass.THIRD)):
        done(sources.add_source(desk.sit("zhao"), code=code, name=code, provenance=kind))
    yield desk
    desk.rise()


def people(desk: Desk) -> int:
    with desk.sit("chen").vault.snapshot() as snap:
        return snap.people.count()


@pytest.mark.req("REQ-034")
def test_object_then_import_the_same_public_list_again(desk: Desk) -> None:
    other = Doctor(number="P2", name="司空见月", hospital=PUBLIC.hospital, licence="110000000008802")
    assert desk.bring([PUBLIC, other], source="PUB").accepted == 2
    hcp = desk.id_of(PUBLIC.name)
    done(objections.object_public(desk.sit("wu"), hcp_id=hcp))
    again = desk.bring([PUBLIC, other], source="PUB")
    assert (again.accepted, again.duplicates, again.rejected, again.reasons["objection"]) == (0, 1, 1, 1)
    assert again.read == again.accepted + again.quarantined + again.rejected + again.duplicates
    assert not done(profiles.find_people(desk.sit("chen"), text=PUBLIC.name, purpose=Purpose.MDM)).rows
    entries = done(evidence.list_entries(desk.sit("zhao"), limit=20))
    assert sum(entry.kind == "person_objected" for entry in entries) == 1
    why = done(profiles.why_field(desk.sit("chen"), hcp_id=hcp, key="full_name", purpose=Purpose.MDM))
    assert (why.state, why.reason) == (FieldState.WITHHELD, "blocked_objection")
    assert {r.article for r in why.references} >= {"27"}
    assert no(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.ASK)).reason == "blocked_objection"


@pytest.mark.req("REQ-034")
@pytest.mark.parametrize("beside", [False, True])
def test_the_suppression_key_survives_erasure_and_the_rotation_of_keys(
    desk: Desk, beside: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_stream, "SEPARATE_FROM", 0 if beside else 1 << 40)
    desk.bring([PUBLIC], source="PUB")
    hcp = desk.id_of(PUBLIC.name)
    done(objections.object_public(desk.sit("chen"), hcp_id=hcp))
    asked = done(approvals.request_erasure(desk.sit("chen"), hcp_id=hcp, reason="PIPL 47"))
    done(approvals.approve(desk.sit("zhao"), request_id=asked.request_id))
    if not beside:
        zhao = desk.sit("zhao")
        for name in ("chen", "wu"):
            from compliance.use_cases.seat.session import close_session

            close_session(desk._open.pop(name))
        done(rekeying.rekey_vault(zhao))
    for source, row in (
        ("PUB", PUBLIC),
        ("VEND", Doctor(number="V7", name=PUBLIC.name, hospital=PUBLIC.hospital)),
        ("VEND", Doctor(number="V8", name="写错的名", hospital="别的医院", licence=PUBLIC.licence)),
        ("PUB", Doctor(number="V9", name=PUBLIC.name, hospital="别的医院", phone=PUBLIC.phone)),
    ):
        report = desk.bring([row], source=source)
        assert (report.rejected, report.reasons.get("objection")) == (1, 1), (source, row.number)
    stranger = Doctor(number="V10", name="别人", hospital="别的医院", phone=PUBLIC.phone)
    assert desk.bring([stranger], source="PUB").accepted == 1, "a phone alone is not a person"
    refused = no(amendments.add_person(
        desk.sit("wu"), values={"full_name": PUBLIC.name, "institution_name": PUBLIC.hospital}, source="PUB"
    ))  # fmt: skip
    assert refused.reason == "blocked_objection"
    assert done(evidence.check_vault(desk.sit("chen"), full=True)).ok
    assert files_with([PUBLIC.name, PUBLIC.phone, PUBLIC.licence], desk.vault) == []


@pytest.mark.req("REQ-034")
def test_our_own_file_takes_the_person_and_the_objection_stands_until_they_take_it_back(desk: Desk) -> None:
    desk.bring([PUBLIC], source="PUB")
    first = desk.id_of(PUBLIC.name)
    done(objections.object_public(desk.sit("wu"), hcp_id=first))
    report = desk.bring([PUBLIC])
    assert report.accepted == 1 and report.reasons["objection_stands"] == 1
    hcp = desk.id_of(PUBLIC.name)
    with desk.sit("chen").vault.snapshot() as snap:
        person = snap.people.get(hcp)
        assert person and person.blocks == {Block.OBJECTION} and person.status is RecordStatus.ACTIVE
    amended = amendments.amend_person(desk.sit("wu"), hcp_id=hcp, key="department", value="心内科", source="PUB")
    assert no(amended).reason == "blocked_objection"

    back = {"received_at": desk.at.isoformat(), "channel": "电话", "evidence": desk.paper()}
    assert no(objections.take_back_objection(desk.sit("wu"), hcp_id=hcp, **back)).reason == "role_not_allowed"
    for wrong in ({"channel": " "}, {"received_at": "2027-01-01"}, {"evidence": desk.folder / "none.pdf"}):
        with pytest.raises(InputErrors):
            objections.take_back_objection(desk.sit("chen"), hcp_id=hcp, **{**back, **wrong})
    done(objections.take_back_objection(desk.sit("chen"), hcp_id=hcp, **back))
    with pytest.raises(InputErrors):
        objections.take_back_objection(desk.sit("chen"), hcp_id=hcp, **back)
    assert desk.bring([Doctor(number="V7", name=PUBLIC.name, hospital=PUBLIC.hospital)], source="PUB").accepted == 1


@pytest.mark.req("REQ-034")
def test_values_of_other_sources_keep_the_record_and_its_name(desk: Desk) -> None:
    desk.bring([PUBLIC], source="PUB")
    hcp = desk.id_of(PUBLIC.name)
    done(amendments.amend_person(desk.sit("wu"), hcp_id=hcp, key="department", value="心内科", source="CRM"))
    done(objections.object_public(desk.sit("wu"), hcp_id=hcp))
    held = shown(done(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.MDM)))
    assert (held["full_name"], held["institution_name"]) == (PUBLIC.name, PUBLIC.hospital)
    assert held["department"] == "心血管内科"
    assert "professional_title" not in held and desk.id_of(PUBLIC.name) == hcp


@pytest.mark.req("REQ-034")
def test_an_objection_while_the_list_comes_in_stops_it_as_a_whole(desk: Desk, tmp_path: Path) -> None:
    desk.bring([PUBLIC], source="PUB")
    hcp = desk.id_of(PUBLIC.name)

    class Meanwhile(NoProgress):
        def phase(self, phase: Phase) -> None:
            if phase is Phase.PUBLISHING:
                done(objections.object_public(desk.sit("chen"), hcp_id=hcp))

    before = people(desk)
    path = write_csv(tmp_path / "list.csv", [Doctor(number="N1", name="尉迟新", hospital="示例第一医院")])
    with pytest.raises(InputErrors) as fault:
        imports.import_people(
            desk.sit("wu"), request=imports.ImportRequest(path=path, source="PUB"), progress=Meanwhile()
        )
    assert fault.value.faults[0].code == "objection_meanwhile" and people(desk) == before


@pytest.mark.req("REQ-034", "REQ-035")
@pytest.mark.parametrize("how", ["withdrawn", "suspended", "objecting"])
def test_our_own_lines_never_open_again_who_closed(desk: Desk, how: str) -> None:
    who = Doctor(number="C1", name="公孙止步", hospital="示例第一医院", phone="13900008811", consent="Y")
    desk.bring([who])
    hcp = desk.id_of(who.name)
    desk.consent(hcp)
    chen = desk.sit("chen")
    if how == "withdrawn":
        at = desk.at.isoformat()
        done(withdrawing.withdraw_consent(chen, hcp_id=hcp, items=None, received_at=at, channel="电话"))
    elif how == "suspended":
        done(standing.suspend_consent(chen, hcp_id=hcp, items=["visit"]))
    else:
        done(objections.object_public(chen, hcp_id=hcp))
    before = {x.item: str(x.status) for x in done(standing.consent_status(chen, hcp_id=hcp))}
    held = desk.bring([who])
    assert (held.duplicates, held.accepted, held.reasons) == (1, 0, {**held.reasons, "already_held": 1})
    assert "closed_candidate" not in held.reasons
    assert {x.item: str(x.status) for x in done(standing.consent_status(desk.sit("chen"), hcp_id=hcp))} == before
    again = desk.bring([
        Doctor(number="C2", name=who.name, hospital=who.hospital, consent="Y"),
        Doctor(number="C3", name=who.name, hospital="别的医院", phone=who.phone, consent="Y"),
        Doctor(number="C4", name="别人", hospital=who.hospital, consent="Y"),
    ])  # fmt: skip
    assert again.read == again.accepted + again.quarantined + again.rejected + again.duplicates == 3
    if how == "objecting":  # suppressed: taken under their own objection
        assert again.reasons["objection_stands"] == 2 and again.quarantined == 0
    else:
        assert (again.accepted, again.quarantined, again.reasons["closed_candidate"]) == (1, 2, 2)
    for row in done(profiles.find_people(desk.sit("chen"), text=who.name, purpose=Purpose.MDM)).rows:
        no(profiles.open_profile(desk.sit("chen"), hcp_id=row.hcp_id, purpose=Purpose.ASK))
        no(profiles.open_profile(desk.sit("chen"), hcp_id=row.hcp_id, purpose=Purpose.VISIT))


@pytest.mark.req("REQ-034", "REQ-035")
def test_an_objection_reaches_the_public_values_of_a_merged_record(desk: Desk) -> None:
    kept = Doctor(number="M1", name="闻人合一", hospital="示例第三医院", department="儿科")
    desk.bring([kept])
    one = desk.id_of(kept.name, kept.hospital)
    desk.bring([Doctor(number="M2", name="闻人合一", hospital="示例公开二院", phone="13900008822")], source="PUB")
    other = desk.id_of(kept.name, "示例公开二院")
    desk.wait(minutes=1)
    asked = done(merging.merge_people(desk.sit("chen"), kept=one, gone=other))
    case = done(approvals.approve(desk.sit("zhao"), request_id=asked.request_id)).result["case"]
    desk.wait(minutes=1)
    done(objections.object_public(desk.sit("wu"), hcp_id=one))
    with desk.sit("zhao").vault.unit_of_work() as uow:
        assert uow.reach_merged(other)
        assert uow.sections.read_for(Maintenance.CHECK, other, [Section.DIRECTORY, Section.CONTACT]) == {}
    apart = done(merging.unmerge_people(desk.sit("chen"), case_id=str(case)))
    done(approvals.approve(desk.sit("zhao"), request_id=apart.request_id))
    with desk.sit("zhao").vault.snapshot() as snap:
        people = [snap.people.get(one), snap.people.get(other)]
    assert all(person and Block.OBJECTION in person.blocks for person in people)
    assert no(profiles.open_profile(desk.sit("chen"), hcp_id=other, purpose=Purpose.ASK)).reason == "blocked_objection"
    assert desk.bring([Doctor(number="M3", name=kept.name, hospital="示例公开二院")], source="PUB").rejected == 1
    assert done(evidence.check_vault(desk.sit("chen"), full=True)).ok


@pytest.mark.req("REQ-034")
def test_what_stood_against_the_use_of_data_stands_after_a_restore(desk: Desk, tmp_path: Path) -> None:
    rows = [PUBLIC, *(Doctor(number=f"R{n}", name=f"钟离{n}号", hospital="示例第五医院") for n in "一二三")]
    desk.bring(rows, source="PUB")
    objects, frozen, choosy, back = (desk.id_of(row.name) for row in rows)
    chen = desk.sit("chen")
    done(maintenance.backup(desk.sit("zhao"), path=tmp_path / "b"))
    done(maintenance.backup_keys(desk.sit("zhao"), path=tmp_path / "k"))
    done(objections.object_public(chen, hcp_id=objects))
    done(amendments.freeze_person(chen, hcp_id=frozen))
    done(automation.refuse_automation(chen, hcp_id=choosy))
    done(objections.object_public(chen, hcp_id=back))
    desk.wait(minutes=1)
    done(objections.take_back_objection(
        desk.sit("chen"), hcp_id=back, received_at=desk.at.isoformat(), channel="电话", evidence=desk.paper()
    ))  # fmt: skip
    made = maintenance.restore(
        tmp_path / "b", tmp_path / "k", into=tmp_path / "r.ckvault", user="zhao", passphrase=PASS, clock=desk.clock()
    )
    assert made.standing_again == 3
    desk.rise()
    desk.vault = made.vault
    with desk.sit("chen").vault.snapshot() as snap:
        people = [snap.people.get(hcp) for hcp in (objects, frozen, choosy, back)]
    assert [sorted(map(str, p.blocks)) for p in people if p] == [["objection"], ["frozen"], [], []]
    assert [p.adm_optout for p in people if p] == [False, False, True, False]
    assert desk.bring([PUBLIC], source="PUB").reasons["objection"] == 1, "and the list does not bring the person back"
    assert done(evidence.check_vault(desk.sit("chen"), full=True)).ok
