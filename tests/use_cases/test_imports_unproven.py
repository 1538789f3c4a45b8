"""What an import may not do: open anything, keep what is never collected, leave half of itself behind."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support import Desk, Doctor, done, files_with, invent, no, write_csv

from compliance.errors import Cancelled, ComplianceError, InputErrors
from compliance.model.access import Purpose, Role
from compliance.progress import NoProgress, Phase, ProgressSlot
from compliance.use_cases.consent import checking, recording, standing
from compliance.use_cases.evidence import evidence
from compliance.use_cases.imports import imports
from compliance.use_cases.seeing import profiles
from compliance.vault import RoleKey
from compliance.vault.engine.connection import Connection
from compliance.vault.people.sections import SECTIONS

MARKS = {
    "gender": "性别禁码女",
    "wechat": "wx_forbidden_zeta",
    "identity": "110101199003071233",
    "bank": "6222020200112233445",
    "scripts": "987654",
    "note": "月处方量约八十盒，女儿今年高考，党员",
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk.create(
        tmp_path_factory.mktemp("imports"), staff={"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK}
    )
    yield desk
    desk.rise()


@pytest.mark.req("REQ-014", "REQ-017")
@pytest.mark.parametrize("word", ["Y", "是", "口头同意", "已同意"])
def test_yes_without_proof_opens_nothing(desk: Desk, word: str) -> None:
    name = f"西门{'甲乙丙丁'[['Y', '是', '口头同意', '已同意'].index(word)]}鸣"
    report = desk.bring([Doctor(number=f"Y{name}", name=name, consent=word)])
    assert (report.accepted, report.rejected) == (1, 0)
    assert report.unproven_consents == 1
    hcp = desk.id_of(name)
    desk.assign(hcp)
    lines = {x.item: x for x in done(standing.consent_status(desk.sit("chen"), hcp_id=hcp))}
    assert {str(x.status) for x in lines.values()} == {"unproven"}
    assert not any(x.open for x in lines.values())
    for purpose in (Purpose.VISIT, Purpose.DIGITAL, Purpose.EVENT, Purpose.SPEAKER):
        no(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=purpose))
        assert hcp not in {
            r.hcp_id for r in done(profiles.find_people(desk.sit("chen"), text=name, purpose=purpose)).rows
        }
    no(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.VISIT, as_rep="liming"))


@pytest.mark.req("REQ-042", "REQ-114")
def test_forbidden_columns_are_named_and_kept_nowhere(desk: Desk) -> None:
    who = Doctor(number="F1", name="独孤求真", phone="13900001111", **MARKS)
    report = desk.bring([who])
    assert report.accepted == 1  # a forbidden note drops the note, not the row
    refused = set(report.refused_columns)
    assert {"性别", "微信号", "身份证号", "银行卡号", "月处方量(盒)"} <= refused
    hcp = desk.id_of("独孤求真")
    everything = _decrypted(desk, hcp)
    assert "独孤求真" in everything  # the search below can find what is there
    for mark in MARKS.values():
        assert mark not in everything, mark
    assert files_with(list(MARKS.values()), desk.folder) == []


@pytest.mark.req("REQ-064")
def test_no_source_no_reading(desk: Desk) -> None:
    path = desk.folder / "unread.csv"
    path.write_bytes(b"\xff\xfe\x00 not even a table")
    for source in ("", "  ", "NOWHERE"):
        with pytest.raises(InputErrors) as fault:
            imports.import_people(
                desk.sit("wu"), request=imports.ImportRequest(path=path, source=source), progress=NoProgress()
            )
        assert fault.value.code in ("source_missing", "unknown_source")


def test_a_dry_run_writes_nothing(desk: Desk) -> None:
    before = _counts(desk)
    path = write_csv(desk.folder / "dry.csv", invent(30, first=500, seed=5))
    request = imports.ImportRequest(path=path, source="CRM", dry_run=True, report=desk.folder / "dry-report.csv")
    report = done(imports.import_people(desk.sit("wu"), request=request, progress=NoProgress()))
    assert (report.batch, report.accepted) == (None, 30)
    assert _counts(desk) == before


def test_cancel_leaves_nothing(desk: Desk) -> None:
    path = write_csv(desk.folder / "cancel.csv", invent(900, first=2000, seed=6))
    people = _counts(desk)[0]

    class Stop(ProgressSlot):
        def tick(self, done: int, total: int | None) -> None:
            if self.current[0] in (Phase.SEALING, Phase.READING) and done >= 400:
                self.cancel()
            super().tick(done, total)

    slot = Stop()
    with pytest.raises(Cancelled):
        imports.import_people(desk.sit("wu"), request=imports.ImportRequest(path=path, source="CRM"), progress=slot)
    assert _counts(desk)[0] == people
    assert done(profiles.find_people(desk.sit("chen"), text="K002000", purpose=Purpose.MDM)).total == 0
    with desk.sit("chen").vault.snapshot() as snap:
        assert not [b for b in snap.batches.all() if str(b.state) == "staging"]
    assert done(evidence.check_vault(desk.sit("chen"), full=True)).ok
    again = done(
        imports.import_people(
            desk.sit("wu"), request=imports.ImportRequest(path=path, source="CRM"), progress=NoProgress()
        )
    )
    assert again.accepted + again.duplicates == again.read == 900


@pytest.mark.req("REQ-100")
def test_undo_takes_back_all_or_is_refused(desk: Desk) -> None:
    people = _counts(desk)[0]
    first = desk.bring([Doctor(number="U1", name="皇甫一鸣"), Doctor(number="U2", name="皇甫二鸣")])
    assert first.batch
    assert _counts(desk)[0] == people + 2
    no(imports.undo_import(desk.sit("wu"), batch=first.batch))  # the clerk may not
    assert done(imports.undo_import(desk.sit("chen"), batch=first.batch)).people == 2
    assert _counts(desk)[0] == people
    assert done(profiles.find_people(desk.sit("chen"), text="皇甫", purpose=Purpose.MDM)).total == 0

    second = desk.bring([Doctor(number="U1", name="皇甫一鸣"), Doctor(number="U2", name="皇甫二鸣")])
    assert (second.accepted, second.duplicates) == (2, 0)
    desk.consent(desk.id_of("皇甫一鸣"))
    assert second.batch
    _refused_or_fault(lambda: imports.undo_import(desk.sit("chen"), batch=second.batch or ""))
    assert _counts(desk)[0] == people + 2
    assert done(evidence.check_vault(desk.sit("chen"), full=True)).ok


@pytest.mark.parametrize(
    "content",
    [b"", b"\x00\x01\x02\x03" * 4000, "姓名,医院\n".encode(), b"PK\x03\x04broken", "甲,乙\n丙,丁\n".encode()],
    ids=["empty", "binary", "header-only", "broken-zip", "no-known-column"],
)
def test_bad_files_change_nothing(desk: Desk, content: bytes, tmp_path: Path) -> None:
    people = _counts(desk)[0]
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    try:
        answer = imports.import_people(
            desk.sit("wu"), request=imports.ImportRequest(path=path, source="CRM"), progress=NoProgress()
        )
    except ComplianceError as fault:
        assert fault.exit_code == 2, fault
    else:
        assert done(answer).accepted == 0
    assert _counts(desk)[0] == people
    with desk.sit("chen").vault.snapshot() as snap:
        assert not [b for b in snap.batches.all() if str(b.state) == "staging"]


def _refused_or_fault(act) -> None:  # type: ignore[no-untyped-def]
    try:
        answer = act()
    except InputErrors:
        return
    no(answer)


def _counts(desk: Desk) -> tuple[int, int]:
    with desk.sit("chen").vault.snapshot() as snap:
        return snap.people.count(), len(snap.batches.all())


def _decrypted(desk: Desk, hcp: str) -> str:
    """Every table of every file with the keys in hand, and every section of the person unsealed."""
    from compliance.vault import Maintenance

    ring = desk.sit("zhao").vault.keyring
    texts: list[str] = []
    with desk.sit("zhao").vault.unit_of_work() as uow:
        sections = [s for s in SECTIONS if s.value != "profiling"]
        texts.append(str(uow.sections.read_for(Maintenance.LEAK_CHECK, hcp, sections)))
    for name, key in (("main.db", RoleKey.MAIN), ("index.db", RoleKey.INDEX), ("keys.db", RoleKey.KEYS)):
        raw = Connection.open(desk.vault / name, ring.file_key(key))
        try:
            for (table,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'"):
                if table in ("grams", "place_grams"):
                    continue  # no rows to walk; their trees are tables of their own, read here like all
                for row in raw.execute(f'SELECT * FROM "{table}"'):
                    texts.append(
                        " ".join(c.decode("utf-8", "replace") if isinstance(c, bytes) else str(c) for c in row)
                    )
        finally:
            raw.close()
    return "\n".join(texts)


@pytest.mark.req("REQ-016")
def test_a_yes_behind_a_standing_no_waits_on_the_check_desk(desk: Desk) -> None:
    """The no stands until the check, and the check is asked for."""
    name = "西门戊鸣"
    desk.bring([Doctor(number="YN1", name=name)])
    hcp = desk.id_of(name)
    day = "2026-11-20T10:00:00+08:00"
    said_no = desk.act(hcp, answer="refused", presented_at=day, acted_at=day)
    done(recording.record_consent(desk.sit("wu"), request=said_no))
    acts = [desk.act(hcp, asked_by_hcp=True) for _ in range(2)]
    first, second = (done(recording.record_consent(desk.sit("wu"), request=act)) for act in acts)
    (line,) = done(standing.consent_status(desk.sit("chen"), hcp_id=hcp))
    assert (str(line.status), str(line.code)) == ("refused", "NO_STANDS_PENDING")

    def waiting() -> list[str]:
        return [x.event_id for x in checking.pending_checks(desk.sit("chen")).value if x.hcp_id == hcp]

    assert waiting() == [first.event_id, second.event_id]
    done(checking.check_evidence(desk.sit("chen"), event_id=first.event_id, accept=False, code="illegible"))
    assert waiting() == [second.event_id]
    assert done(checking.check_evidence(desk.sit("chen"), event_id=second.event_id, accept=True)).status == "given"
    assert waiting() == []
