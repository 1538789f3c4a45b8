"""Old consents come in from a list with their scans: counted, judged like acts entered by hand, all or nothing."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
import scans
from support import NOTICE, PASS, Desk, done, files_with, invent, no

from compliance.errors import Cancelled, InputErrors
from compliance.model.access import Role
from compliance.progress import NoProgress, Phase
from compliance.use_cases.consent import checking, standing
from compliance.use_cases.intake import consent_import
from compliance.use_cases.intake.consent_import import ConsentImport, ConsentImportReport
from compliance.use_cases.people import amendments
from compliance.use_cases.seat.clock_trouble import acknowledge_clock
from compliance.use_cases.upkeep import maintenance

PEOPLE = invent(12)
HEAD = ("客户编号", "同意事项", "是否同意", "告知书", "告知日期", "签署日期", "方式", "文件", "原件存放处", "页数")


STAFF = {"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK}


@pytest.fixture(scope="module")
def dry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk nobody writes at."""
    desk = Desk.create(tmp_path_factory.mktemp("dry") / "desk", staff=STAFF)
    desk.bring(PEOPLE)
    yield desk
    desk.rise()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk.create(tmp_path / "desk", staff=STAFF)
    desk.bring(PEOPLE)
    yield desk
    desk.rise()


@pytest.fixture
def carton(tmp_path: Path) -> Path:
    """Scans by number: N.pdf has one page, two.pdf two."""
    folder = tmp_path / "scans"
    folder.mkdir()
    for number in range(10):
        scans.small_pdf(folder / f"{number}.pdf", pages=1, seed=number)
    scans.small_pdf(folder / "two.pdf", pages=2, seed=99)
    (folder / "empty.pdf").write_bytes(b"")
    (folder / "broken.pdf").write_bytes(b"%PDF-1.4 nothing")
    (folder / "program.pdf").write_bytes(b"MZ\x90\x00")
    (folder / "sub").mkdir()
    scans.small_pdf(folder / "sub" / "deep.pdf", pages=1, seed=77)
    (tmp_path / "outside.pdf").write_bytes((folder / "1.pdf").read_bytes())
    (folder / "link.pdf").symlink_to(tmp_path / "outside.pdf")
    (folder / "sublink").symlink_to(tmp_path)
    return folder


def row(number: int, file: str, **more: str) -> dict[str, str]:
    """A good row about person ``number``."""
    facts = dict(zip(HEAD, (PEOPLE[number].number, "visit", "同意", NOTICE, "2026-03-02", "2026/3/2", "纸质", file,
                            "柜 3-1", "1"), strict=True))  # fmt: skip
    return {**facts, **more}


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    head = list(dict.fromkeys([*HEAD, *(k for r in rows for k in r)]))
    with path.open("w", encoding="gb18030", newline="") as out:
        writer = csv.DictWriter(out, head)
        writer.writeheader()
        writer.writerows(rows)
    return path


def bring(desk: Desk, carton: Path, rows: list[dict[str, str]], **more: object) -> ConsentImportReport:
    path = write(desk.folder / "list.csv", rows)
    request = ConsentImport(path=path, evidence_dir=carton, **more)  # type: ignore[arg-type]
    made: ConsentImportReport = done(
        consent_import.import_consents(desk.sit("wu"), request=request, progress=NoProgress())
    )
    assert made.read == made.accepted + made.rejected + made.duplicates
    return made


def status(desk: Desk, number: int, item: str = "visit") -> tuple[str, str]:
    person = desk.id_of(PEOPLE[number].name, PEOPLE[number].hospital)
    lines = done(standing.consent_status(desk.sit("chen"), hcp_id=person))
    line = next((x for x in lines if x.item == item), None)
    return (str(line.status), line.code) if line else ("not_asked", "")


@pytest.mark.req("REQ-017")
def test_taken_in_consents_wait_for_a_second_person(desk: Desk, carton: Path) -> None:
    made = bring(desk, carton, [row(0, "0.pdf"), row(1, "sub\\deep.pdf")], name="box 1")
    assert (made.read, made.accepted, made.to_check, made.documents) == (2, 2, 2, 2), made
    assert status(desk, 0) == ("evidence_pending", "PENDING_CHECK")
    waiting = done(checking.pending_checks(desk.sit("chen")))
    assert {w.recorded_by for w in waiting} == {"wu"}
    opened = done(checking.open_evidence(desk.sit("chen"), event_id=waiting[0].event_id))
    assert opened.data == (carton / "0.pdf").read_bytes() or opened.data == (carton / "sub" / "deep.pdf").read_bytes()
    for one in waiting:
        done(checking.check_evidence(desk.sit("chen"), event_id=one.event_id, accept=True))
    assert status(desk, 0)[0] == status(desk, 1)[0] == "given"


DEFECTS = {
    "unknown_person": {"客户编号": "K999999"},
    "ambiguous_key": {"执业证书编码": PEOPLE[5].licence},
    "item_unknown": {"同意事项": "visit/nothing"},
    "unknown_notice": {"告知书": "CK-VISIT@9.9"},
    "item_not_in_notice": {"同意事项": "speaker"},
    "act_before_notice": {"告知日期": "2026-03-03"},
    "notice_not_in_force": {"告知日期": "2025-03-02", "签署日期": "2025-03-02"},
    "date_future": {"签署日期": "2027-01-01"},
    "evidence_missing": {"文件": ""},
    "file_missing": {"文件": "nowhere.pdf"},
    "file_outside": {"文件": "../outside.pdf"},
    "file_symlink": {"文件": "link.pdf"},
    "file_empty": {"文件": "empty.pdf"},
    "file_kind": {"文件": "program.pdf"},
    "picture_unreadable": {"文件": "broken.pdf"},
    "too_few_pages": {"文件": "two.pdf", "页数": "3"},
    "presented_missing": {"告知日期": ""},
    "date_ambiguous": {"签署日期": "3/4/2026"},
    "method_unknown": {"方式": "托梦"},
    "answer_unclear": {"是否同意": "也许"},
    "place_missing": {"原件存放处": ""},
}


def test_a_list_of_faults_makes_no_stack_and_the_mended_one_keeps_its_name(desk: Desk, carton: Path) -> None:
    made = bring(desk, carton, [row(n, "0.pdf", **DEFECTS["answer_unclear"]) for n in (0, 1)], name="box-9")
    assert (made.rejected, made.stack) == (2, None)
    assert bring(desk, carton, [row(0, "0.pdf")], name="box-9").stack is not None


@pytest.mark.parametrize("code", DEFECTS)
def test_each_defect_has_its_code(dry: Desk, carton: Path, code: str) -> None:
    made = bring(dry, carton, [row(0, "0.pdf", **DEFECTS[code]), row(1, "1.pdf")], dry_run=True)
    assert (made.accepted, made.rejected) == (1, 1), made.reasons
    assert code in made.reasons, made.reasons


#: Rows with several defects, and everything that must be said of them.
SPOILT = (
    ({"客户编号": "K999999", "告知书": "CK-VISIT@9.9", "文件": "nowhere.pdf", "签署日期": "2027-01-01"},
     {"unknown_person", "unknown_notice", "file_missing", "date_future"}),
    ({"同意事项": "visit/nothing", "告知日期": "2026-03-03", "文件": "broken.pdf", "原件存放处": ""},
     {"item_unknown", "act_before_notice", "picture_unreadable", "place_missing"}),
    ({"是否同意": "也许", "签署日期": "二月三十", "方式": "托梦", "文件": "../outside.pdf", "告知书": "CK-VISIT@9.9"},
     {"answer_unclear", "date_bad", "method_unknown", "file_outside", "unknown_notice"}),
    ({"同意事项": "speaker", "告知日期": "2025-03-02", "文件": "two.pdf", "页数": "3", "有效期至": "2026-03-01"},
     {"item_not_in_notice", "notice_not_in_force", "too_few_pages", "end_before_act"}),
    ({"同意事项": "", "是否同意": "", "告知书": "", "告知日期": "", "签署日期": "", "方式": "", "文件": ""},
     {"item_missing", "answer_missing", "acted_missing"}),
    ({"告知书": "", "告知日期": "", "签署日期": "", "方式": "", "文件": "", "页数": "x"},
     {"notice_missing", "presented_missing", "acted_missing", "method_missing", "evidence_missing", "pages_bad"}),
)  # fmt: skip


@pytest.mark.parametrize("head", ["作出日期", "作出时间", "决定日期"])
def test_the_day_of_the_act_under_the_words_of_our_own_receipts(
    dry: Desk, carton: Path, tmp_path: Path, head: str
) -> None:
    path = write(tmp_path / "list.csv", [row(0, "1.pdf")])
    path.write_bytes(path.read_bytes().replace("签署日期".encode("gb18030"), head.encode("gb18030")))
    request = ConsentImport(path=path, evidence_dir=carton, dry_run=True)
    made = done(consent_import.import_consents(dry.sit("wu"), request=request, progress=NoProgress()))
    assert (made.accepted, dict(made.reasons)) == (1, {})


def test_every_fault_of_a_row_is_named_at_once(dry: Desk, carton: Path) -> None:
    rows = [row(0, "0.pdf", **cells) for cells, _ in SPOILT]
    made = bring(dry, carton, rows, dry_run=True, report=dry.folder / "all.csv")
    assert made.rejected == len(SPOILT)
    with (dry.folder / "all.csv").open(encoding="utf-8-sig", newline="") as file:
        written = [line[:4] for line in csv.reader(file)][1:]
    for told, (cells, codes) in zip(made.told, SPOILT, strict=True):
        said = [code for _, code in told.codes]
        assert set(said) == codes, (cells, said)
        assert len(said) == len(codes)  # each once
        assert {line[3] for line in written if line[0] == str(told.row)} == codes
    assert [{c["code"] for c in told["codes"]} for told in made.as_json()["rows"]] == [codes for _, codes in SPOILT]


def test_a_row_asked_for_during_a_block_is_told_and_older_papers_and_noes_are_taken(dry: Desk, carton: Path) -> None:
    before, hcp = dry.at, dry.id_of(PEOPLE[0].name, PEOPLE[0].hospital)
    try:
        done(amendments.freeze_person(dry.sit("chen"), hcp_id=hcp))
        dry.wait(days=2)
        day = dry.at.date().isoformat()
        late = {"告知日期": day, "签署日期": day}
        rows = [row(0, "0.pdf", **late), row(0, "0.pdf", **late, 是否同意="不同意"), row(0, "1.pdf"), row(1, "1.pdf")]
        for one in rows:
            made = bring(dry, carton, [one], dry_run=True)
            asked = one is rows[0]
            assert (made.accepted, dict(made.reasons)) == ((0, {"blocked_frozen": 1}) if asked else (1, {})), one
    finally:
        done(amendments.unfreeze_person(dry.sit("zhao"), hcp_id=hcp))
        dry.at = before


def test_a_no_with_several_faults_closes_and_names_them_all(desk: Desk, carton: Path) -> None:
    made = bring(desk, carton, [row(0, "nowhere.pdf", 是否同意="不同意", 告知书="CK-VISIT@9.9", 方式="托梦", 页数="x")])
    ((_, *codes),) = [("", *(code for _, code in told.codes)) for told in made.told]
    assert set(codes) == {"file_missing", "unknown_notice", "method_unknown", "pages_bad", "no_kept"}
    assert (made.accepted, made.noes_kept, status(desk, 0)[0]) == (1, 1, "refused")


def test_links_and_ways_out_of_the_folder_are_closed(dry: Desk, carton: Path) -> None:
    ways = ["/etc/hosts", "C:\\x.pdf", "\\\\host\\x.pdf", "sub/../../outside.pdf", "sublink/outside.pdf", "sub", "..",
            "a\0b"]  # fmt: skip
    made = bring(dry, carton, [row(0, way) for way in ways if "\0" not in way], dry_run=True)
    assert made.accepted == 0
    assert set(made.reasons) == {"file_outside", "file_symlink", "file_missing"}


def test_one_document_speaks_for_one_person(desk: Desk, carton: Path) -> None:
    made = bring(desk, carton, [row(0, "0.pdf"), row(1, "0.pdf"), row(2, "2.pdf")], name="a")
    assert (made.accepted, made.reasons) == (1, {"file_of_two_people": 2})
    later = bring(desk, carton, [row(3, "2.pdf")], name="b")
    assert later.reasons == {"file_of_two_people": 1}


def test_the_same_act_twice_counts_once(desk: Desk, carton: Path) -> None:
    made = bring(desk, carton, [row(0, "0.pdf"), row(0, "0.pdf"), row(0, "0.pdf", 同意事项="短信")], name="a",
                 dry_run=False)  # fmt: skip
    assert (made.accepted, made.duplicates, made.reasons["repeats_row"]) == (2, 1, 1), made.reasons
    again = bring(desk, carton, [row(0, "0.pdf")], name="b")
    assert (again.accepted, again.duplicates, again.reasons) == (0, 1, {"act_already_held": 1})


def test_name_and_hospital_only_propose(dry: Desk, carton: Path) -> None:
    who = {"客户编号": "", "姓名": PEOPLE[0].name, "医院": PEOPLE[0].hospital}
    made = bring(dry, carton, [row(0, "0.pdf", **who)], dry_run=True)
    assert (made.accepted, made.candidates, made.reasons) == (0, 1, {"person_candidate": 1})


def test_a_no_is_kept_whatever_else_is_wrong(desk: Desk, carton: Path) -> None:
    rows = [
        row(0, "0.pdf", 是否同意="不同意"),
        row(1, "", 是否同意="不同意", 签署日期="3/4/2026", 方式=""),
        row(2, "", 是否同意="撤回", 签署日期="nonsense"),
        row(3, "", 是否同意="撤回"),
    ]
    made = bring(desk, carton, rows)
    assert (made.accepted, made.noes_kept, made.to_check) == (4, 2, 0), made.reasons
    assert [status(desk, n)[0] for n in range(4)] == ["refused", "refused", "withdrawn", "withdrawn"]
    assert status(desk, 1)[1] == "UNDATED_NEGATIVE"


def test_a_dry_run_leaves_the_vault_as_it_was(desk: Desk, carton: Path) -> None:
    before = sorted(p.name for p in (desk.vault / "evidence").iterdir())
    dry = bring(desk, carton, [row(0, "0.pdf"), row(1, "nowhere.pdf")], dry_run=True, report=desk.folder / "r.csv")
    assert dry.stack is None
    assert sorted(p.name for p in (desk.vault / "evidence").iterdir()) == before
    assert status(desk, 0)[0] == "not_asked"
    text = (desk.folder / "r.csv").read_text(encoding="utf-8-sig")
    assert "file_missing" in text and PEOPLE[1].number not in text and "nowhere" not in text
    bring(desk, carton, [row(1, "nowhere.pdf")], dry_run=True, report=desk.folder / "v.csv", with_values=True)
    assert "nowhere" in (desk.folder / "v.csv").read_text(encoding="utf-8-sig")


class _StopAt:
    """Somebody presses cancel in a phase."""

    def __init__(self, phase: Phase) -> None:
        self._phase, self._now = phase, None

    def phase(self, phase: Phase) -> None:
        self._now = phase
        if phase is self._phase is Phase.PUBLISHING:
            raise Cancelled

    def tick(self, done: int, total: int | None) -> None:
        if self._now is self._phase:
            raise Cancelled


@pytest.mark.parametrize("phase", [Phase.READING, Phase.CHECKING, Phase.SEALING, Phase.PUBLISHING])
def test_never_half_taken_in(desk: Desk, carton: Path, phase: Phase) -> None:
    path = write(desk.folder / "list.csv", [row(n, f"{n}.pdf") for n in range(5)])
    request = ConsentImport(path=path, evidence_dir=carton, name="half")
    with pytest.raises(Cancelled):
        consent_import.import_consents(desk.sit("wu"), request=request, progress=_StopAt(phase))
    assert list((desk.vault / "evidence").iterdir()) == []
    assert done(checking.pending_checks(desk.sit("chen"))) == ()
    assert desk.sit("chen").vault.check(full=True).ok
    assert bring(desk, carton, [row(0, "0.pdf")], name="half").accepted == 1


def test_taken_back_while_nobody_built_on_it(desk: Desk, carton: Path) -> None:
    bring(desk, carton, [row(0, "0.pdf"), row(1, "1.pdf", 是否同意="不同意")], name="box")
    back = done(consent_import.undo_consent_import(desk.sit("chen"), name="box"))
    assert (back.acts, back.people) == (2, 2)
    assert status(desk, 0)[0] == status(desk, 1)[0] == "not_asked"
    assert list((desk.vault / "evidence").iterdir()) == []
    assert desk.sit("chen").vault.check(full=True).ok
    bring(desk, carton, [row(0, "0.pdf")], name="box 2")
    event = done(checking.pending_checks(desk.sit("chen")))[0].event_id
    done(checking.check_evidence(desk.sit("chen"), event_id=event, accept=True))
    assert no(consent_import.undo_consent_import(desk.sit("chen"), name="box 2")).reason == "import_in_use"


def test_a_restore_brings_back_no_no_that_was_taken_back(desk: Desk, carton: Path, tmp_path: Path) -> None:
    done(maintenance.backup(desk.sit("zhao"), path=tmp_path / "b"))
    done(maintenance.backup_keys(desk.sit("zhao"), path=tmp_path / "k"))
    bring(desk, carton, [row(1, "1.pdf", 是否同意="不同意")], name="kept")
    bring(desk, carton, [row(0, "0.pdf", 是否同意="不同意")], name="box")
    done(consent_import.undo_consent_import(desk.sit("chen"), name="box"))
    made = maintenance.restore(
        tmp_path / "b", tmp_path / "k", into=tmp_path / "r.ckvault", user="zhao", passphrase=PASS, clock=desk.clock()
    )
    back = Desk(desk.folder, at=desk.at)
    back.vault = made.vault
    assert (status(back, 0)[0], status(back, 1)[0]) == ("not_asked", "refused"), "the other no stands"
    back.rise()


def test_no_value_outside_the_sealed_files(desk: Desk, carton: Path) -> None:
    (carton / f"{PEOPLE[0].name}.pdf").write_bytes((carton / "0.pdf").read_bytes())
    bring(desk, carton, [row(0, f"{PEOPLE[0].name}.pdf")], name="box")
    assert files_with([PEOPLE[0].name, PEOPLE[0].number], desk.vault) == []


def test_files_that_cannot_be_read_say_so(desk: Desk, carton: Path) -> None:
    (desk.folder / "list.csv").write_bytes(b"")
    for more, code in (({}, "file_empty"), ({"evidence_dir": desk.folder / "no"}, "folder_missing")):
        facts = {"path": desk.folder / "list.csv", "evidence_dir": carton, **more}
        with pytest.raises(InputErrors) as caught:
            consent_import.import_consents(desk.sit("wu"), request=ConsentImport(**facts), progress=NoProgress())
        assert caught.value.code == code


@pytest.mark.req("REQ-104")
def test_a_clock_set_back_holds_the_yeses_of_a_list_and_lets_its_noes_through(desk: Desk, carton: Path) -> None:
    desk.clock_set_back()
    rows = [row(0, "0.pdf"), row(1, "1.pdf", 是否同意="不同意"), row(2, "", 是否同意="撤回")]
    made = bring(desk, carton, rows)
    assert (made.accepted, made.rejected, made.to_check) == (2, 1, 0), made.reasons
    assert dict(made.reasons).get("clock_trouble") == 1
    assert [status(desk, n)[0] for n in range(3)] == ["not_asked", "refused", "withdrawn"]
    done(acknowledge_clock(desk.sit("chen")))
    assert bring(desk, carton, [row(0, "0.pdf")], name="again").to_check == 1
