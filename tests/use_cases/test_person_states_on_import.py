"""A list that says deceased, do not contact, left: contact ends at once, nothing is re-opened, a person confirms."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from support import Desk, done, no

from compliance.model.access import Block, Purpose, Role
from compliance.model.person_state import PersonState
from compliance.progress import NoProgress
from compliance.use_cases.consent import standing
from compliance.use_cases.imports import import_stream, import_undo, imports
from compliance.use_cases.people import person_states
from compliance.use_cases.seeing import cases, people_list, profiles

HEAD = ("客户编号", "姓名", "医院", "科室", "客户状态", "免打扰", "备注")
ROWS = (
    ("S1", "欧阳在职", "在职", "否", ""),
    ("S2", "欧阳已故", "已故", "", ""),
    ("S3", "欧阳停用", "停用", "", ""),
    ("S4", "欧阳退休", "已退休", "", ""),
    ("S5", "欧阳免扰", "有效", "是", ""),
    ("S6", "欧阳备注", "", "", "请勿联系"),
    ("S7", "欧阳不明", "待分配", "", ""),
    ("S8", "欧阳逝者", "", "", "该医生已去世"),
    ("S9", "欧阳家事", "", "", "偏好邮件，下次带资料"),
)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk.create(tmp_path / "desk", staff={"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK})
    yield desk
    desk.rise()


def bring(desk: Desk, rows=ROWS, *, user: str = "wu", source: str = "CRM", head=HEAD, **more):  # type: ignore[no-untyped-def]
    path = desk.folder / "list.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(head)
        out.writerows((number, name, "示例第一医院", "心内科", *rest) for number, name, *rest in rows)
    request = imports.ImportRequest(path=path, source=source, **more)
    try:
        return done(imports.import_people(desk.sit(user), request=request, progress=NoProgress()))
    finally:
        path.unlink()


def blocks(desk: Desk) -> dict[str, frozenset[Block]]:
    ids = {}
    for name in (row[1] for row in ROWS):
        for hit in done(people_list.find_people(desk.sit("chen"), text=name, purpose=Purpose.MDM)).rows:
            ids[name] = hit.hcp_id
    with desk.sit("chen").vault.snapshot() as snap:
        return {name: snap.people.get(hcp_id).blocks for name, hcp_id in ids.items()}  # type: ignore[union-attr]


WANTED = {
    "欧阳在职": set(),
    "欧阳已故": {Block.DEATH_REPORTED},
    "欧阳停用": {Block.DO_NOT_CONTACT},
    "欧阳退休": {Block.DORMANT},
    "欧阳免扰": {Block.DO_NOT_CONTACT},
    "欧阳备注": {Block.DO_NOT_CONTACT},
    "欧阳不明": set(),
    "欧阳逝者": {Block.DEATH_REPORTED},
    "欧阳家事": set(),
}


@pytest.mark.req("REQ-089")
@pytest.mark.parametrize("beside", [False, True])
def test_new_people_come_in_closed_and_are_counted(desk: Desk, beside: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_stream, "SEPARATE_FROM", 0 if beside else 1 << 40)
    trial = bring(desk, dry_run=True)
    report = bring(desk)
    assert dict(report.states) == dict(trial.states) == {"deceased": 2, "do_not_contact": 3, "dormant": 1}
    assert report.accepted == len(ROWS) and report.reasons["state_unclear"] == 1
    assert blocks(desk) == WANTED
    hcp = desk.id_of("欧阳已故")
    refused = no(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.ASK))
    assert refused.reason == "blocked_death_reported"
    waiting = done(person_states.reported_deaths(desk.sit("chen")))
    assert {(one.hcp_id, one.reason, one.source, one.batch) for one in waiting} == {
        (desk.id_of(name), "list", "CRM", report.batch) for name in ("欧阳已故", "欧阳逝者")
    }
    assert sum(task.kind == "death_report" for task in done(cases.list_tasks(desk.sit("chen")))) == 2
    assert desk.sit("chen").vault.check(full=True).ok


@pytest.mark.req("REQ-089")
@pytest.mark.parametrize("update", [False, True])
def test_people_who_are_held_are_closed_by_a_later_file_and_never_opened(desk: Desk, update: bool) -> None:
    bring(desk, [(number, name, "在职", "", "") for number, name, *_ in ROWS])
    gone, quiet = desk.id_of("欧阳已故"), desk.id_of("欧阳免扰")
    desk.consent(gone)
    desk.consent(quiet)
    desk.wait(days=7)
    report = bring(desk, update=update)
    assert dict(report.states) == {"deceased": 2, "do_not_contact": 3, "dormant": 1}
    assert blocks(desk) == WANTED
    lines = {line.item: str(line.status) for line in done(standing.consent_status(desk.sit("chen"), hcp_id=gone))}
    assert lines["visit"] == "suspended"
    assert no(profiles.open_profile(desk.sit("chen"), hcp_id=quiet, purpose=Purpose.VISIT)).reason == (
        "blocked_do_not_contact"
    )
    desk.wait(days=7)
    again = bring(desk, [(number, name, "在职", "否", "") for number, name, *_ in ROWS], update=update)
    assert not again.states and blocks(desk) == WANTED, "a later 在职 re-opens nobody"
    said = done(person_states.person_states(desk.sit("chen"), hcp_id=quiet)).said
    assert [one.state for one in said] == [PersonState.DO_NOT_CONTACT]
    assert desk.sit("chen").vault.check(full=True).ok


def test_a_second_row_of_the_same_person_is_heard(desk: Desk) -> None:
    report = bring(desk, [("S1", "欧阳在职", "在职", "", ""), ("S1", "欧阳在职", "已故", "", "")])
    assert (report.accepted, report.duplicates) == (1, 1)
    assert blocks(desk) == {"欧阳在职": {Block.DEATH_REPORTED}}


def test_the_importer_does_not_confirm_a_list_but_two_lists_and_one_person_do(desk: Desk) -> None:
    from compliance.model.profile import SourceClass
    from compliance.use_cases.people import sources

    done(sources.add_source(desk.sit("zhao"), code="EVT", name="EVT", provenance=SourceClass.FIRST))
    licence = ("执业证书编码",)
    row = [("S2", "欧阳已故", "已故", "", "", "113572468913573")]
    bring(desk, row, user="chen", head=(*HEAD, *licence))
    hcp = desk.id_of("欧阳已故")
    mark = {"hcp_id": hcp, "state": PersonState.DECEASED, "reason": "hospital"}
    assert no(person_states.mark_state(desk.sit("chen"), **mark)).reason == "second_person_needed"
    bring(desk, row, user="chen", source="EVT", head=(*HEAD, *licence))
    assert blocks(desk)["欧阳已故"] == {Block.DEATH_REPORTED}, "no list confirms"
    assert done(person_states.mark_state(desk.sit("chen"), **mark)).confirmed


def test_taking_the_import_back_takes_its_new_people_and_opens_nobody_who_was_held(desk: Desk) -> None:
    first = bring(desk, [("S5", "欧阳免扰", "", "", "")])
    later = bring(desk)
    assert later.accepted == len(ROWS) - 1
    undone = done(import_undo.undo_import(desk.sit("chen"), batch=str(later.batch)))
    assert undone.people == len(ROWS) - 1
    assert blocks(desk) == {"欧阳免扰": {Block.DO_NOT_CONTACT}}
    assert not [t for t in done(cases.list_tasks(desk.sit("chen"))) if t.kind == "death_report"]
    assert first.batch != later.batch and desk.sit("chen").vault.check(full=True).ok


def test_the_preview_names_what_each_column_does(desk: Desk) -> None:
    path = desk.folder / "p.csv"
    head = ",".join((*HEAD, "是否在职", "去世日期", "离职日期"))
    path.write_text(f"{head}\nS1,甲,乙院,,,,,,,\n", encoding="utf-8")
    seen = done(imports.preview_import(desk.sit("wu"), path=path, source="CRM"))
    targets = {column.name: column.target for column in seen.columns}
    assert targets["客户状态"] == "person_state" and targets["免打扰"] == "do_not_contact_flag"
    assert (targets["是否在职"], targets["去世日期"], targets["离职日期"]) == (
        "in_practice_flag", "deceased_flag", "dormant_flag",
    )  # fmt: skip
