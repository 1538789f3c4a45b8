"""What a value was before, and values that are disputed: for whoever may read the field, in no log, gone with the
person; a disputed value reaches nobody but whoever checks it."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pypdfium2
import pytest
from support import PASS, Desk, Doctor, done, files_with, no, shown, write_csv

from compliance.errors import InputErrors
from compliance.model.access import FieldState, Purpose, Role
from compliance.model.audit import Kind
from compliance.model.profile import SourceClass, ValueStatus
from compliance.progress import NoProgress
from compliance.use_cases.ending import holds
from compliance.use_cases.field import bundles, sheets
from compliance.use_cases.imports import imports
from compliance.use_cases.overview import today
from compliance.use_cases.people import amendments, disputes, objections, sources
from compliance.use_cases.seat import session as sessions
from compliance.use_cases.seeing import people_list, profiles
from compliance.use_cases.seeing.value_history import field_history
from compliance.use_cases.signing import approvals
from compliance.use_cases.upkeep import maintenance

SECRET = "a rep in the field"
STAFF = {"zhao": Role.DPO, "chen": Role.COMPLIANCE, "sun": Role.COMPLIANCE, "wu": Role.CLERK, "qian": Role.FINANCE}
SHEN = Doctor(number="H1", name="申屠望舒", hospital="示例望舒医院", department="望舒心内科", phone="13900008881")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk.create(tmp_path_factory.mktemp("history"), staff=STAFF)
    done(sources.add_source(desk.sit("zhao"), code="SELF", name="本人", provenance=SourceClass.ZERO))
    done(sources.add_source(desk.sit("zhao"), code="SITE", name="医院官网", provenance=SourceClass.PUBLIC))
    yield desk
    desk.rise()


@pytest.fixture
def person(desk: Desk) -> str:
    """A fresh person, with consent and rep."""
    number = f"H{len(list(desk.folder.glob('*.pdf')))}"
    desk.bring([Doctor(number=number, name="申屠望舒", hospital=f"示例{number}医院", phone="")])
    hcp = desk.id_of("申屠望舒", f"示例{number}医院")
    desk.consent(hcp)
    desk.assign(hcp)
    return hcp


def amend(desk: Desk, hcp: str, key: str, value: str, *, who: str = "chen", source: str = "SELF", **more: str):  # type: ignore[no-untyped-def]
    return amendments.amend_person(
        desk.sit(who),
        hcp_id=hcp,
        key=key,
        value=value,
        source=source,
        **more,  # type: ignore[arg-type]
    )


def past(desk: Desk, hcp: str, key: str, *, who: str = "chen", purpose: Purpose = Purpose.MDM, **more: str):  # type: ignore[no-untyped-def]
    return field_history(desk.sit(who), hcp_id=hcp, key=key, purpose=purpose, **more)  # type: ignore[arg-type]


def pairs(history: object) -> list[tuple[str | None, str | None]]:
    return [
        (c.was.value if c.was else None, c.became.value if c.became else None)
        for c in history.changes  # type: ignore[attr-defined]
    ]


def test_every_change_by_hand_keeps_what_was_with_who_when_and_why(desk: Desk, person: str) -> None:
    made = done(amend(desk, person, "department", "呼吸与危重症医学科"))
    assert (made.was.value, made.becomes) == ("心血管内科", "呼吸与危重症医学科"), "whoever corrects is told both"
    desk.wait(days=1)
    gone = done(amend(desk, person, "department", "", who="sun", why="update"))
    assert (gone.was.value, gone.becomes) == ("呼吸与危重症医学科", None)
    found = done(past(desk, person, "department"))
    assert pairs(found) == [("呼吸与危重症医学科", None), ("心血管内科", "呼吸与危重症医学科")]
    assert [(c.by, c.why) for c in found.changes] == [("sun", "update"), ("chen", "correction")]
    assert (found.changes[1].was.source, found.changes[1].was.source_class) == ("CRM", SourceClass.FIRST)
    assert found.now.value is None and found.changes[0].at > found.changes[1].at
    with desk.sit("chen").vault.snapshot() as snap:
        entries = snap.log.find(kind=(Kind.PERSON_AMENDED, Kind.HISTORY_SHOWN), hcp=person, limit=10)
        assert len(entries) == 3 and "内科" not in str([entry.data for entry in entries])
        assert {entry.data["purpose"] for entry in entries if entry.data["kind"] == "history_shown"} == {"mdm"}
    with pytest.raises(InputErrors, match="unknown_reason"):
        amend(desk, person, "department", "儿科", why="whim")
    with pytest.raises(InputErrors, match="field_computed"):
        past(desk, person, "permitted_channels")


@pytest.mark.req("REQ-093")
def test_a_value_removed_at_request_leaves_that_it_was_and_when(desk: Desk, tmp_path: Path) -> None:
    row = Doctor(number="R9", name="公良忘忧", department="儿科", updated="2026/10/01")
    desk.bring([row])
    hcp = desk.id_of("公良忘忧")
    path = write_csv(desk.folder / "later.csv", [replace(row, department="眼科", updated="2026/11/20")])
    request = imports.ImportRequest(path=path, source="CRM", update=True)
    report = done(imports.import_people(desk.sit("wu"), request=request, progress=NoProgress()))
    done(amend(desk, hcp, "department", "内分泌科"))
    done(maintenance.backup(desk.sit("zhao"), path=tmp_path / "b"))
    done(maintenance.backup_keys(desk.sit("zhao"), path=tmp_path / "k"))
    desk.wait(hours=1)
    told = done(amend(desk, hcp, "department", "", who="sun", why="request"))
    assert told.was.value == "内分泌科" and told.becomes is None
    (line,) = done(past(desk, hcp, "department")).changes
    assert (line.was, line.became, line.by, line.why) == (None, None, "sun", "request")
    done(imports.import_people(desk.sit("wu"), request=request, progress=NoProgress()))
    path.unlink()
    assert report.batch and done(imports.undo_import(desk.sit("chen"), batch=report.batch))
    view = done(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.MDM))
    assert "department" not in shown(view), "neither a file nor a file taken back brings it again"
    made = maintenance.restore(
        tmp_path / "b", tmp_path / "k", into=tmp_path / "r.ckvault", user="zhao", passphrase=PASS, clock=desk.clock()
    )
    assert made.let_go_again == 1


def test_a_hold_keeps_a_value_that_is_to_be_removed_at_request(desk: Desk, person: str) -> None:
    until = desk.at + timedelta(days=90)
    done(holds.set_hold(desk.sit("zhao"), authority="市监局", reason="检查", until=until, people=(person,)))
    assert no(amend(desk, person, "department", "", why="request")).reason == "inspection_hold"
    assert done(amend(desk, person, "department", "普外科")).becomes


def test_a_later_file_leaves_its_changes_in_the_same_history(desk: Desk) -> None:
    desk.bring([Doctor(number="W9", name="公良望舒", department="儿科", updated="2026/10/01")])
    hcp = desk.id_of("公良望舒")
    desk.wait(days=1)
    path = write_csv(
        desk.folder / "later.csv", [Doctor(number="W9", name="公良望舒", department="眼科", updated="2026/11/20")]
    )
    request = imports.ImportRequest(path=path, source="CRM", update=True)
    report = done(imports.import_people(desk.sit("wu"), request=request, progress=NoProgress()))
    path.unlink()
    found = done(past(desk, hcp, "department"))
    assert pairs(found) == [("儿科", "眼科")]
    assert (found.changes[0].by, found.changes[0].why, found.changes[0].batch) == ("wu", "import", report.batch)
    desk.wait(hours=1)
    done(amend(desk, hcp, "department", "肿瘤科"))
    assert pairs(done(past(desk, hcp, "department"))) == [("眼科", "肿瘤科"), ("儿科", "眼科")]


def test_the_past_of_a_field_is_read_as_the_field_is(desk: Desk, person: str) -> None:
    done(amend(desk, person, "mobile_phone", "13911112222", held=True))  # type: ignore[arg-type]
    done(amend(desk, person, "mobile_phone", "13933334444"))
    masked = done(past(desk, person, "mobile_phone", purpose=Purpose.RIGHTS))
    now = shown(done(profiles.open_profile(desk.sit("chen"), hcp_id=person, purpose=Purpose.RIGHTS)))["mobile_phone"]
    assert masked.now.state is FieldState.MASKED and masked.now.value == now
    ((was, became),) = pairs(masked)
    assert was and became and "1111" not in was and "3333" not in became, "the mask of now covers what was"
    clerk = no(past(desk, person, "mobile_phone", who="wu"))
    assert clerk.reason in ("not_for_role", "not_for_purpose")
    told = done(amend(desk, person, "mobile_phone", "13955556666", who="wu"))
    assert told.was is None, "whoever may not read the value is not told it for correcting it"
    assert no(past(desk, person, "department", purpose=Purpose.SEGMENT)).reference_code
    assert no(past(desk, person, "department", who="qian")).reason == "role_not_permitted"


def test_an_objection_takes_public_values_out_of_the_past_too(desk: Desk, person: str) -> None:
    done(amend(desk, person, "department", "公开的科室名", source="SITE"))
    done(amend(desk, person, "department", "内分泌科", source="SELF"))
    assert ("公开的科室名", "内分泌科") in pairs(done(past(desk, person, "department")))
    done(objections.object_public(desk.sit("chen"), hcp_id=person))
    with desk.sit("chen").vault.unit_of_work() as uow:
        decision_free = uow.db.execute("SELECT count(*) FROM value_change WHERE hcp = ?", (uow.number(person),))
        assert decision_free[0][0] == 0


@pytest.mark.req("REQ-093")
def test_the_past_is_sealed_and_goes_with_the_person(desk: Desk, person: str) -> None:
    marks = ["旧值迷迭香科", "13977778881"]
    done(amend(desk, person, "department", marks[0]))
    done(amend(desk, person, "department", "普外科"))
    with desk.sit("chen").vault.unit_of_work() as uow, pytest.raises(Exception, match="not_allowed"):
        uow.db.execute("SELECT sealed FROM value_change")
    assert not files_with(marks, desk.vault)
    asked = done(approvals.request_erasure(desk.sit("chen"), hcp_id=person, reason="request"))
    done(approvals.approve(desk.sit("sun"), request_id=asked.request_id))
    with desk.sit("chen").vault.snapshot() as snap:
        hcp = snap.number(person)
        for table in ("value_change", "value_dispute"):
            assert snap.db.value(f"SELECT count(*) FROM {table} WHERE hcp = ?", (hcp,)) == 0


def visible(desk: Desk, hcp: str, key: str, *, rep: str | None = None) -> bool:
    view = done(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.VISIT, as_rep=rep))
    return key in shown(view)


def sheet_text(desk: Desk, hcp: str, folder: Path) -> str:
    made = done(
        sheets.make_sheets(
            desk.sit("chen"), hcp_ids=[hcp], purpose=Purpose.VISIT, rep="liming", out=folder, progress=NoProgress()
        )
    )
    document = pypdfium2.PdfDocument(made.sheets[0].path.read_bytes())
    try:
        return "".join("".join(page.get_textpage().get_text_bounded().split()) for page in document)
    finally:
        document.close()


def pack_values(desk: Desk, hcp: str, folder: Path) -> set[str]:
    """What the rep's own store shows of a person after opening a fresh pack."""
    path = folder / "p.ckpack"
    done(bundles.make_bundle(desk.sit("chen"), rep="weiwei", path=path))
    rep = desk.folder / "weiwei.ckvault"
    opened = sessions.open_session(rep, user="rep", passphrase=SECRET, clock=desk.clock())
    try:
        done(bundles.open_bundle(opened, path=path))
        return set(shown(done(bundles.rep_profile(opened, hcp, Purpose.VISIT))).values())
    finally:
        sessions.close_session(opened)


def test_a_disputed_value_reaches_nobody_but_who_checks_it(desk: Desk, person: str) -> None:
    assert visible(desk, person, "department") and visible(desk, person, "department", rep="liming")
    made = done(disputes.dispute_value(desk.sit("wu"), hcp_id=person, key="department", reason="person_says"))
    assert made.stood == ValueStatus.ACTIVE
    for rep in (None, "liming"):
        assert not visible(desk, person, "department", rep=rep), "neither page nor sheet nor pack: the same walk"
    why = done(profiles.why_field(desk.sit("chen"), hcp_id=person, key="department", purpose=Purpose.VISIT))
    assert why.reason == "value_disputed"
    found = people_list.find_people(desk.sit("chen"), text="department:心血管内科", purpose=Purpose.VISIT)
    assert person not in {row.hcp_id for row in done(found).rows}, "no search finds it"
    field = done(profiles.open_profile(desk.sit("chen"), hcp_id=person, purpose=Purpose.MDM)).field("department")
    assert field is not None and field.value == "心血管内科" and field.status is ValueStatus.DISPUTED
    assert any(t.key == "tasks" and t.count for t in done(today.today(desk.sit("chen"))).tiles)
    with pytest.raises(InputErrors, match="disputed_already"):
        disputes.dispute_value(desk.sit("chen"), hcp_id=person, key="department", reason="outdated")

    assert no(disputes.settle_dispute(desk.sit("wu"), hcp_id=person, key="department", outcome="stands")).reason
    settled = done(disputes.settle_dispute(desk.sit("chen"), hcp_id=person, key="department", outcome="stands"))
    assert (settled.settled_by, settled.outcome) == ("chen", "stands")
    assert visible(desk, person, "department", rep="liming")
    assert [d.outcome for d in done(past(desk, person, "department")).disputes] == ["stands"]
    with pytest.raises(InputErrors, match="not_disputed"):
        disputes.settle_dispute(desk.sit("sun"), hcp_id=person, key="department", outcome="stands")


def test_who_disputes_neither_settles_nor_amends_it_away(desk: Desk, person: str) -> None:
    chen, sun = desk.sit("chen"), desk.sit("sun")
    done(disputes.dispute_value(chen, hcp_id=person, key="department", reason="other_person"))
    for refusal in (
        disputes.settle_dispute(chen, hcp_id=person, key="department", outcome="removed"),
        amend(desk, person, "department", "儿科"),
    ):
        assert no(refusal).reason == "second_person_needed"
    assert not visible(desk, person, "department")
    done(amend(desk, person, "department", "儿科", who="sun"))
    assert visible(desk, person, "department")
    history = done(past(desk, person, "department"))
    assert history.disputes[0].outcome == "corrected" and pairs(history)[0] == ("心血管内科", "儿科")
    done(disputes.dispute_value(chen, hcp_id=person, key="department", reason="outdated"))
    done(disputes.settle_dispute(sun, hcp_id=person, key="department", outcome="removed"))
    history = done(past(desk, person, "department"))
    assert history.now.value is None and pairs(history)[0] == ("儿科", None) and history.changes[0].why == "dispute"
    with pytest.raises(InputErrors, match="nothing_to_dispute"):
        disputes.dispute_value(chen, hcp_id=person, key="department", reason="outdated")
    for bad, match in ((("department", "x"), "unknown_reason"), (("permitted_channels", "outdated"), "field_computed")):
        with pytest.raises(InputErrors, match=match):
            disputes.dispute_value(chen, hcp_id=person, key=bad[0], reason=bad[1])


def test_a_disputed_name_is_found_by_nobody_until_it_is_settled(desk: Desk, person: str) -> None:
    def hits() -> set[str]:
        rows = done(people_list.find_people(desk.sit("chen"), text="申屠望舒", purpose=Purpose.VISIT, limit=100)).rows
        return {row.hcp_id for row in rows}

    assert person in hits()
    done(disputes.dispute_value(desk.sit("wu"), hcp_id=person, key="full_name", reason="sources_differ"))
    assert person not in hits()
    done(disputes.settle_dispute(desk.sit("chen"), hcp_id=person, key="full_name", outcome="stands"))
    assert person in hits()


@pytest.mark.parametrize("doubt", ["disputed", "quarantined"])
def test_no_sheet_and_no_pack_holds_a_value_in_doubt(desk: Desk, person: str, doubt: str, tmp_path: Path) -> None:
    mark = "迷迭香专科"
    if not (desk.folder / "weiwei.ckvault").exists():
        made = bundles.init_rep(desk.folder / "weiwei.ckvault", passphrase=SECRET, clock=desk.clock())
        desk.rep("weiwei", "E003", made.recipient)
        done(sources.add_source(desk.sit("zhao"), code="SOC", name="学会", provenance=SourceClass.SECOND))
    desk.assign(person, rep="weiwei")
    done(amend(desk, person, "department", mark))
    assert mark in pack_values(desk, person, tmp_path)
    desk.assign(person)
    assert mark in sheet_text(desk, person, tmp_path / "before"), "it stood there before"
    if doubt == "disputed":
        done(disputes.dispute_value(desk.sit("wu"), hcp_id=person, key="department", reason="outdated"))
    else:
        done(amend(desk, person, "department", mark, source="SOC"))
    assert mark not in sheet_text(desk, person, tmp_path / "after")
    desk.assign(person, rep="weiwei")
    desk.wait(minutes=1)
    values = pack_values(desk, person, tmp_path / "after")
    assert mark not in values and "申屠望舒" in values


def test_a_source_number_somebody_changed_finds_nobody_by_the_old_one(desk: Desk, person: str) -> None:
    def found(number: str) -> list[str]:
        with desk.sit("chen").vault.snapshot() as snap:
            return snap.index.find("source_id:SELF", number)

    done(amend(desk, person, "source_system_ids", "SELF:A-77"))
    assert found("A-77") == [person]
    done(amend(desk, person, "source_system_ids", "SELF:A-78"))
    assert (found("A-77"), found("A-78")) == ([], [person])
    done(amend(desk, person, "source_system_ids", ""))
    assert found("A-78") == []
