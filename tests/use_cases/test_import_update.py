"""The weekly file: new, moved, changed, unchanged, gone; it opens nobody, undoes no hand, guesses not who is who."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from support import Desk, Doctor, done, no, shown, write_csv

from compliance.errors import Cancelled, InputErrors
from compliance.model.access import Block, Purpose, Role, Section
from compliance.progress import NoProgress, ProgressSlot
from compliance.use_cases.consent import standing, withdrawing
from compliance.use_cases.ending import erasure
from compliance.use_cases.evidence import evidence
from compliance.use_cases.imports import import_update, imports
from compliance.use_cases.people import amendments, disputes, objections
from compliance.use_cases.seeing import cases, people_list, profiles
from compliance.use_cases.signing import approvals
from compliance.vault import Maintenance

WEEK1 = [
    Doctor(number="W1", name="司徒一帆", department="心内科", phone="13600000001"),
    Doctor(number="W2", name="司徒二帆", department="心内科"),
    Doctor(number="W3", name="司徒三帆", department="儿科", licence="113572468913573"),
    Doctor(number="W4", name="司徒四帆", department="儿科"),
    Doctor(number="W5", name="司徒五帆", department="眼科"),
    Doctor(number="W6", name="司徒六帆", department="眼科"),
    Doctor(number="W7", name="司徒七帆", department="眼科", consent="Y"),
    Doctor(number="W8", name="司徒八帆", department="眼科"),
    Doctor(number="W9", name="司徒九帆", department="眼科"),
]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk.create(tmp_path / "desk", staff={"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK})
    desk.bring(WEEK1)
    yield desk
    desk.rise()


def update(desk: Desk, people: list[Doctor], *, user: str = "wu", progress: object = None, **more: object):  # type: ignore[no-untyped-def]
    path = write_csv(desk.folder / "weekly.csv", people)
    request = imports.ImportRequest(path=path, source="CRM", update=True, **more)  # type: ignore[arg-type]
    try:
        return done(imports.import_people(desk.sit(user), request=request, progress=progress or NoProgress()))  # type: ignore[arg-type]
    finally:
        path.unlink()


def values(desk: Desk, hcp: str) -> dict[str, str]:
    view = done(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.MDM))
    return shown(view)


def sums(report: imports.ImportReport) -> bool:
    told = report.update
    assert told is not None
    held = told.moved + told.changed + told.unchanged + told.closed + told.doubtful
    return report.duplicates == held and report.read == (
        report.accepted + report.quarantined + report.rejected + report.duplicates
    )


def listed(report: imports.ImportReport, what: str) -> list[tuple[str, tuple[str, ...], str]]:
    assert report.update is not None
    return [(x.hcp_id, x.fields, x.why) for x in report.update.told.get(what, ())]


@pytest.mark.req("REQ-040")
@pytest.mark.parametrize("dry", [True, False])
def test_what_is_new_moved_changed_and_gone_is_told_and_written(desk: Desk, dry: bool) -> None:
    ids = {p.number: desk.id_of(p.name) for p in WEEK1}
    later = [
        replace(WEEK1[0], hospital="示例第八医院", updated="2026/11/20"),  # moved
        replace(WEEK1[1], phone="13600000022", updated="2026/11/20"),  # changed
        replace(WEEK1[2], number=""),  # found by licence, as before
        *WEEK1[3:8],
        Doctor(number="W10", name="司徒新来"),
    ]
    report = update(desk, later, dry_run=dry)
    told = report.update
    assert told is not None and sums(report)
    assert (report.accepted, told.moved, told.changed, told.unchanged, told.gone) == (1, 1, 1, 6, 1)
    assert told.fields == {"institution_name": 1, "mobile_phone": 1}
    assert listed(report, "moved") == [(ids["W1"], ("institution_name",), "")]
    assert [who for who, *_ in listed(report, "gone")] == [ids["W9"]]
    moved = values(desk, ids["W1"])
    tasks = [t for t in cases.list_tasks(desk.sit("chen")).value if t.kind == "source_gone"]
    if dry:
        assert moved["institution_name"] == "示例第一医院" and not tasks and report.batch is None
        assert done(people_list.find_people(desk.sit("chen"), text="司徒新来", purpose=Purpose.MDM)).total == 0
    else:
        assert moved["institution_name"] == "示例第八医院"
        view = done(profiles.open_profile(desk.sit("chen"), hcp_id=ids["W1"], purpose=Purpose.MDM))
        (place,) = (f for f in view.fields if f.key == "institution_name")
        (name,) = (f for f in view.fields if f.key == "full_name")
        assert place.source_date == date(2026, 11, 20), "the source's own day, not that of the import"
        assert name.source_date == date(2026, 11, 20), "the source says again what is held: its age counts from there"
        assert [(t.hcp_id, t.subject) for t in tasks] == [(ids["W9"], "CRM")]
        found = done(people_list.find_people(desk.sit("chen"), text="示例第八医院", purpose=Purpose.MDM))
        assert [row.hcp_id for row in found.rows] == [ids["W1"]]
        assert desk.id_of("司徒九帆") == ids["W9"], "gone from the file is not gone from the store"
        again = update(desk, [*later, WEEK1[8]])
        assert again.update is not None
        assert (again.update.unchanged, again.update.gone, again.accepted) == (10, 0, 0)
        assert not [t for t in cases.list_tasks(desk.sit("chen")).value if t.kind == "source_gone"], "back again"
    assert done(evidence.check_vault(desk.sit("chen"), full=True)).ok


def test_a_part_of_the_list_makes_nobody_gone(desk: Desk) -> None:
    report = update(desk, WEEK1[:1], part=True)
    assert report.update is not None and report.update.gone == 0
    assert not [t for t in cases.list_tasks(desk.sit("chen")).value if t.kind == "source_gone"]
    path = write_csv(desk.folder / "plain.csv", WEEK1[:1])
    with pytest.raises(InputErrors) as fault:
        imports.import_people(
            desk.sit("wu"),
            request=imports.ImportRequest(path=path, source="CRM", part=True),
            progress=NoProgress(),
        )
    assert fault.value.code == "part_of_no_update"


@pytest.mark.req("REQ-035")
def test_a_value_typed_by_hand_is_not_overwritten_by_an_older_file(desk: Desk) -> None:
    hcp = desk.id_of("司徒二帆")
    done(amendments.amend_person(desk.sit("wu"), hcp_id=hcp, key="department", value="骨科", source="CRM"))
    typed = (desk.at.date(), "骨科")
    for day in ("2026/11/20", f"{typed[0]:%Y/%m/%d}", ""):
        report = update(desk, [replace(WEEK1[1], department="肿瘤科", updated=day)], part=True)
        assert listed(report, "conflicts") == [(hcp, ("department",), "update_conflict_typed")], day
        assert values(desk, hcp)["department"] == "骨科"
    desk.wait(days=3)
    report = update(desk, [replace(WEEK1[1], department="肿瘤科", updated=f"{desk.at:%Y/%m/%d}")], part=True)
    assert report.update is not None and report.update.moved == 1 and values(desk, hcp)["department"] == "肿瘤科"


def test_the_day_of_the_file_stands_for_rows_without_one(desk: Desk) -> None:
    hcp = desk.id_of("司徒二帆")
    row = replace(WEEK1[1], department="肿瘤科", updated="")
    report = update(desk, [row], part=True, dated=date(2026, 11, 22))
    assert report.update is not None and report.update.moved == 1
    view = done(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.MDM))
    assert {f.source_date for f in view.fields if f.key == "department"} == {date(2026, 11, 22)}
    with pytest.raises(InputErrors) as fault:
        update(desk, [row], part=True, dated=date(2030, 1, 1))
    assert fault.value.code == "in_the_future"
    older = update(desk, [replace(row, department="儿科", updated="2026/11/01")], part=True)
    assert listed(older, "conflicts") == [(hcp, ("department",), "update_conflict_older")]


@pytest.mark.req("REQ-008", "REQ-014")
def test_nobody_is_opened_again_and_noes_still_close(desk: Desk) -> None:
    ids = {p.number: desk.id_of(p.name) for p in WEEK1}
    desk.consent(ids["W4"])
    done(withdrawing.withdraw_consent(
        desk.sit("wu"), hcp_id=ids["W4"], items=["visit"], received_at=desk.at.isoformat(), channel="phone"
    ))  # fmt: skip
    done(amendments.freeze_person(desk.sit("chen"), hcp_id=ids["W5"]))
    done(objections.object_public(desk.sit("chen"), hcp_id=ids["W6"]))
    later = [replace(p, department="肿瘤科", consent="Y", updated="2026/11/23") for p in WEEK1]
    later[7] = replace(later[7], consent="已撤回")
    report = update(desk, later)
    assert report.update is not None and sums(report)
    assert {who for who, *_ in listed(report, "closed")} == {ids["W4"], ids["W5"], ids["W6"]}
    assert (report.update.closed, report.update.moved) == (3, 6)
    with desk.sit("chen").vault.snapshot() as snap:
        people = snap.people.get_many(list(ids.values()))
    assert Block.FROZEN in people[ids["W5"]].blocks and Block.OBJECTION in people[ids["W6"]].blocks
    for number, status in (("W4", "withdrawn"), ("W7", "unproven"), ("W8", "withdrawn"), ("W1", "")):
        lines = done(standing.consent_status(desk.sit("chen"), hcp_id=ids[number]))
        said = {str(x.status) for x in lines if x.status != "not_asked"}
        assert said == ({status} if status else set()), (number, said)
        assert not any(x.open for x in lines)


def test_who_somebody_is_does_not_change_by_a_file(desk: Desk) -> None:
    third = desk.id_of("司徒三帆")
    report = update(
        desk,
        [
            replace(WEEK1[0], name="令狐他人", hospital="示例第九医院"),  # same number, other name and hospital
            replace(WEEK1[1], name="令狐他人"),  # same number and hospital, other name
            replace(WEEK1[2], licence="113572468913999"),
            replace(WEEK1[3], licence="113572468913573"),  # the licence of another
        ],
        part=True,
    )
    assert report.update is not None and report.reasons["key_of_another"] == 1 and report.rejected == 1
    assert (report.update.conflicts, report.update.moved + report.update.changed) == (3, 0)
    assert {(f, why) for _, f, why in listed(report, "conflicts")} == {
        (("full_name",), "update_conflict_identity"),
        (("practice_licence_no",), "update_conflict_identity"),
    }
    assert desk.id_of("司徒三帆") == third


def test_declined_channels_only_grow_and_empty_cells_take_nothing(desk: Desk, tmp_path: Path) -> None:
    def bring(text: str, **more: object):  # type: ignore[no-untyped-def]
        path = tmp_path / "list.csv"
        path.write_text(text, encoding="utf-8")
        request = imports.ImportRequest(path=path, source="CRM", **more)  # type: ignore[arg-type]
        return done(imports.import_people(desk.sit("wu"), request=request, progress=NoProgress()))

    bring("客户编号,姓名,医院,科室,拒收渠道\nC1,钟离一,示例第一医院,儿科,电话\n")
    hcp = desk.id_of("钟离一")
    report = bring("客户编号,姓名,医院,科室,拒收渠道\nC1,钟离一,示例第一医院,,微信\n", update=True, part=True)
    assert report.update.fields == {"channel_optout": 1}
    text = str(stored(desk, hcp)["channel_optout"].value)  # type: ignore[attr-defined]
    assert "电话" in text and "微信" in text
    assert "department" in stored(desk, hcp)
    assert done(imports.undo_import(desk.sit("chen"), batch=report.batch)).restored == 0
    assert stored(desk, hcp)["channel_optout"].value == text  # type: ignore[attr-defined] # a no stays
    with pytest.raises(InputErrors) as fault:
        bring("姓名,医院\n钟离一,示例第二医院\n", update=True)
    assert fault.value.code == "update_needs_key"


def test_stopping_an_update_leaves_everything_as_before(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    hcp = desk.id_of("司徒一帆")
    later = [replace(p, hospital="示例第八医院", updated="2026/11/20") for p in WEEK1] + [
        Doctor(number="W10", name="司徒新来")
    ]

    class Stop(ProgressSlot):
        def __init__(self) -> None:
            super().__init__()
            self.phases: list[str] = []

        def phase(self, phase) -> None:  # type: ignore[no-untyped-def]
            self.phases.append(str(phase))
            super().phase(phase)

        def tick(self, done: int, total: int | None) -> None:
            if self.phases.count("reading") == 2:
                self.cancel()
            super().tick(done, total)

    with pytest.raises(Cancelled):
        update(desk, later, progress=Stop())

    def full(*_: object) -> None:
        raise OSError(28, "full")

    monkeypatch.setattr("compliance.vault.people.value_changes.ValueChanges.add", full)
    with pytest.raises(OSError, match="full"):
        update(desk, later)
    monkeypatch.undo()
    assert values(desk, hcp)["institution_name"] == "示例第一医院"
    with desk.sit("chen").vault.snapshot() as snap:
        assert snap.people.count() == len(WEEK1)
        assert not [b for b in snap.batches.all() if str(b.state) == "staging"]
    assert done(evidence.check_vault(desk.sit("chen"), full=True)).ok


@pytest.mark.req("REQ-100")
def test_an_update_is_taken_back_but_for_what_was_changed_since(desk: Desk) -> None:
    ids = {p.number: desk.id_of(p.name) for p in WEEK1}
    before = {number: stored(desk, hcp) for number, hcp in ids.items()}
    later = [replace(p, hospital="示例第八医院", phone="13600000099", updated="2026/11/20") for p in WEEK1[:3]]
    report = update(desk, [*later, Doctor(number="W10", name="司徒新来")])
    assert report.batch
    look = done(imports.undo_conflicts(desk.sit("chen"), batch=report.batch))
    assert (look.conflicts, look.changed, look.late) == ((), 3, False)
    done(
        amendments.amend_person(desk.sit("wu"), hcp_id=ids["W2"], key="mobile_phone", value="13600000077", source="CRM")
    )
    typed = stored(desk, ids["W2"])
    look = done(imports.undo_conflicts(desk.sit("chen"), batch=report.batch))
    assert (look.conflicts, look.changed, look.changed_again) == ((), 3, (ids["W2"],)), "what will stay is said before"
    back = done(imports.undo_import(desk.sit("chen"), batch=report.batch))
    assert (back.people, back.restored, back.kept) == (1, 3, (ids["W2"],))
    for number in ("W1", "W3", "W9"):
        assert stored(desk, ids[number]) == before[number], number
    now = stored(desk, ids["W2"])
    assert now["mobile_phone"] == typed["mobile_phone"] and now["institution_name"] == before["W2"]["institution_name"]
    assert not [t for t in cases.list_tasks(desk.sit("chen")).value if t.kind == "source_gone"]
    assert desk.id_of("司徒一帆", "示例第一医院") == ids["W1"]
    with desk.sit("chen").vault.snapshot() as snap:
        assert snap.people.count() == len(WEEK1) and not snap.value_changes.people_of(report.batch)
    assert done(evidence.check_vault(desk.sit("chen"), full=True)).ok


@pytest.mark.req("REQ-100")
def test_what_stands_in_the_way_is_said_and_the_days_end(desk: Desk) -> None:
    with desk.sit("chen").vault.snapshot() as snap:
        (first,) = (b.batch for b in snap.batches.all())
    moved, asked = desk.id_of("司徒一帆"), desk.id_of("司徒七帆")
    second = update(desk, [replace(WEEK1[0], hospital="示例第八医院", updated="2026/11/20")], part=True)
    desk.assign(asked)
    look = done(imports.undo_conflicts(desk.sit("chen"), batch=first))
    said = {one.hcp_id: set(one.why) for one in look.conflicts}
    assert said == {moved: {"people_updated"}, asked: {"assigned", "assignment"}}
    assert no(imports.undo_import(desk.sit("chen"), batch=first)).reason == "import_in_use"
    assert second.batch
    desk.wait(days=30)
    assert done(imports.undo_conflicts(desk.sit("chen"), batch=second.batch)).late
    assert no(imports.undo_import(desk.sit("chen"), batch=second.batch)).reason == "import_undo_late"
    assert values(desk, moved)["institution_name"] == "示例第八医院"
    desk.at -= timedelta(seconds=1)
    assert done(imports.undo_import(desk.sit("chen"), batch=second.batch)).restored == 1
    assert values(desk, moved)["institution_name"] == "示例第一医院"
    left = done(imports.undo_conflicts(desk.sit("chen"), batch=first)).conflicts
    assert [one.hcp_id for one in left] == [asked], "what was taken back stands in nobody's way"


@pytest.mark.req("REQ-035")
def test_a_value_taken_out_by_hand_does_not_come_back_with_the_same_file(desk: Desk) -> None:
    hcp = desk.id_of("司徒一帆")
    update(desk, [replace(WEEK1[0], phone="13600000099", updated="2026/11/20")], part=True)
    done(amendments.amend_person(desk.sit("wu"), hcp_id=hcp, key="mobile_phone", value="", source="CRM"))
    for day in ("2026/11/20", f"{desk.at:%Y/%m/%d}", ""):
        again = update(desk, [replace(WEEK1[0], phone="13600000099", updated=day)], part=True)
        assert listed(again, "conflicts") == [(hcp, ("mobile_phone",), "update_conflict_typed")], day
        assert "mobile_phone" not in stored(desk, hcp)
    desk.wait(days=3)
    update(desk, [replace(WEEK1[0], phone="13600000088", updated=f"{desk.at:%Y/%m/%d}")], part=True)
    assert stored(desk, hcp)["mobile_phone"].value == "13600000088"  # type: ignore[attr-defined]


@pytest.mark.req("REQ-035")
def test_a_value_removed_for_a_dispute_does_not_come_back_with_the_same_file(desk: Desk) -> None:
    hcp = desk.id_of("司徒一帆")
    done(disputes.dispute_value(desk.sit("wu"), hcp_id=hcp, key="department", reason="other_person"))
    done(disputes.settle_dispute(desk.sit("chen"), hcp_id=hcp, key="department", outcome="removed"))
    update(desk, [replace(WEEK1[0], updated="2026/11/20")], part=True)
    assert "department" not in stored(desk, hcp)


@pytest.mark.req("REQ-023")
def test_who_withdraws_while_a_file_is_compared_keeps_the_values_of_before(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    hcp = desk.id_of("司徒四帆")
    desk.consent(hcp)
    compare = import_update.Update.compare

    def meanwhile(self: import_update.Update, *args: object, **more: object) -> None:
        compare(self, *args, **more)  # type: ignore[arg-type]
        done(
            withdrawing.withdraw_consent(
                desk.sit("chen"), hcp_id=hcp, items=None, received_at=desk.at.isoformat(), channel="phone"
            )
        )

    monkeypatch.setattr(import_update.Update, "compare", meanwhile)
    update(desk, [replace(WEEK1[3], department="肿瘤科", updated="2026/11/23")], part=True)
    assert stored(desk, hcp)["department"].value == "儿科"  # type: ignore[attr-defined]


def test_an_erased_person_takes_the_old_values_along(desk: Desk) -> None:
    hcp = desk.id_of("司徒一帆")
    report = update(desk, [replace(WEEK1[0], phone="13600000099", updated="2026/11/20")], part=True)
    asked = done(erasure.request_erasure(desk.sit("chen"), hcp_id=hcp, reason="own-request"))
    done(approvals.approve(desk.sit("zhao"), request_id=asked.request_id))
    with desk.sit("zhao").vault.snapshot() as snap:
        assert snap.people.get(hcp).status == "erased"  # type: ignore[union-attr]
        assert snap.db.value("SELECT count(*) FROM value_change") == 0
    assert report.batch
    assert done(imports.undo_import(desk.sit("chen"), batch=report.batch)).restored == 0
    again = update(desk, [WEEK1[0], replace(WEEK1[0], number="W77", name="司徒新来")], part=True)
    assert (again.accepted, again.rejected, again.reasons["erased_before"]) == (1, 1, 1)
    assert done(objections.object_public(desk.sit("chen"), hcp_id=desk.id_of("司徒新来")))
    assert desk.bring([WEEK1[0]]).reasons["erased_before"] == 1, "no list brings them back"
    assert done(evidence.check_vault(desk.sit("chen"), full=True)).ok


def stored(desk: Desk, hcp: str) -> dict[str, object]:
    """Every value as it lies there, with where it comes from."""
    with desk.sit("zhao").vault.unit_of_work() as uow:
        found = uow.sections.read_for(Maintenance.CHECK, hcp, [s for s in Section if s is not Section.PROFILING])
    return {key: value for group in found.values() for key, value in group.items()}
