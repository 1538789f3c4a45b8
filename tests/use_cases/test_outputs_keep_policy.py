"""What leaves the vault: sheets, packs, lists. Nothing is in them that the policy does not show."""

import io
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import openpyxl
import pypdfium2
import pytest
from support import NOW, Desk, Doctor, done, invent, no, shown

from compliance.clock import FixedClock
from compliance.errors import InputErrors
from compliance.exports.sheet_data import Talk
from compliance.model.access import FieldState, Purpose, Role
from compliance.model.consent import Method
from compliance.model.register import Rep
from compliance.progress import NoProgress
from compliance.use_cases.consent import recording, withdrawing
from compliance.use_cases.evidence import evidence
from compliance.use_cases.field import bundles, sheets
from compliance.use_cases.people import reps
from compliance.use_cases.seat import session as sessions
from compliance.use_cases.seat.rep_session import RepSession
from compliance.use_cases.seeing import cases, profiles

OPEN = Doctor(
    number="S1",
    name="长孙无忧",
    hospital="示例九院",
    phone="13966661111",
    email="wuyou@hosp.example",
    licence="115838274619611",
)
SHUT = Doctor(number="S2", name="长孙有虑", hospital="示例十院", phone="13966662222", licence="115838274619622")
OTHER = Doctor(number="S3", name="长孙他人", hospital="示例五院", phone="13966663333", licence="115838274619633")
ZEROS = Doctor(number="S5", name="长孙零零", hospital="示例七院", phone="13810000010", licence="110100000010001")
RARE = Doctor(number="S4", name="𬭊䶮㛃", hospital="示例八院", phone="13966664444")
HIDDEN = [
    OPEN.phone,
    OPEN.email,
    OPEN.licence,
    SHUT.name,
    SHUT.phone,
    SHUT.hospital,
    OTHER.name,
    OTHER.phone,
    OTHER.hospital,
]
SECRET = "a rep's own passphrase"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk.create(
        tmp_path_factory.mktemp("outputs"),
        staff={"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK, "zhou": Role.AUDITOR},
    )
    for rep, number in (("liming", "E001"), ("hanmei", "E002")):
        made = bundles.init_rep(desk.folder / f"{rep}.ckvault", passphrase=SECRET, clock=FixedClock(NOW))
        desk.rep(rep, number, made.recipient)
    desk.bring([OPEN, SHUT, OTHER, RARE, ZEROS, *invent(5)])
    for who in (OPEN, OTHER, RARE, ZEROS):
        desk.consent(desk.id_of(who.name))
    desk.assign(desk.id_of(OPEN.name), desk.id_of(SHUT.name), desk.id_of(RARE.name), desk.id_of(ZEROS.name))
    desk.assign(desk.id_of(OTHER.name), rep="hanmei")
    yield desk
    desk.rise()


@pytest.fixture(autouse=True)
def _clock(desk: Desk) -> None:
    desk.at = NOW


def text_of(pdf: Path) -> str:
    document = pypdfium2.PdfDocument(pdf.read_bytes())
    try:
        return "".join("".join(page.get_textpage().get_text_bounded().split()) for page in document)
    finally:
        document.close()


@pytest.mark.req("REQ-049", "REQ-050", "REQ-051")
def test_a_sheet_prints_what_the_rep_may_see(desk: Desk, tmp_path: Path) -> None:
    chen, hcp = desk.sit("chen"), desk.id_of(OPEN.name)
    closed, foreign = desk.id_of(SHUT.name), desk.id_of(OTHER.name)
    batch = done(
        sheets.make_sheets(
            chen,
            hcp_ids=[hcp, closed, foreign],
            purpose=Purpose.VISIT,
            rep="liming",
            out=tmp_path,
            progress=NoProgress(),
        )
    )
    assert [s.hcp_id for s in batch.sheets] == [hcp]
    assert {r.hcp_id for r in batch.refused} == {closed, foreign}
    assert len({(r.reason, r.references) for r in batch.refused}) == 1
    assert [p.name for p in tmp_path.iterdir()] == [batch.sheets[0].path.name]
    assert batch.sheets[0].path.stat().st_mode & 0o077 == 0
    text = text_of(batch.sheets[0].path)
    assert OPEN.name in text and OPEN.hospital in text
    assert "liming" in text and batch.sheets[0].serial in text
    for value in HIDDEN:
        assert value not in text, value
    view = done(profiles.open_profile(chen, hcp_id=hcp, purpose=Purpose.VISIT, as_rep="liming"))
    for field in view.fields:
        if field.state is FieldState.WITHHELD:
            assert field.value is None
    raw = batch.sheets[0].path.read_bytes()
    for value in HIDDEN:
        assert value.encode() not in raw and value.encode("utf-16-be") not in raw, value


@pytest.mark.req("REQ-049")
def test_rare_characters_copy_right(desk: Desk, tmp_path: Path) -> None:
    batch = done(
        sheets.make_sheets(
            desk.sit("chen"), hcp_ids=[desk.id_of(RARE.name)], purpose=Purpose.VISIT, rep="liming", out=tmp_path,
            progress=NoProgress(),
        )
    )  # fmt: skip
    assert RARE.name in text_of(batch.sheets[0].path)


@pytest.mark.req("REQ-049")
def test_numbers_full_of_zeros_are_no_leak(desk: Desk, tmp_path: Path) -> None:
    """The fixed date of the file is not somebody's licence."""
    batch = done(
        sheets.make_sheets(
            desk.sit("chen"), hcp_ids=[desk.id_of(ZEROS.name)], purpose=Purpose.VISIT, rep="liming", out=tmp_path,
            progress=NoProgress(),
        )
    )  # fmt: skip
    text = text_of(batch.sheets[0].path)
    assert ZEROS.phone not in text and ZEROS.licence not in text


@pytest.mark.req("REQ-051")
def test_after_a_withdrawal_no_sheet_and_a_recall(desk: Desk, tmp_path: Path) -> None:
    doctor = invent(5)[4]
    hcp = desk.id_of(doctor.name, doctor.hospital)
    desk.assign(hcp)
    desk.consent(hcp)

    def make() -> sheets.SheetBatch:
        return done(
            sheets.make_sheets(
                desk.sit("chen"),
                hcp_ids=[hcp],
                purpose=Purpose.VISIT,
                rep="liming",
                out=tmp_path,
                progress=NoProgress(),
            )
        )

    assert len(make().sheets) == 1
    gone = done(
        withdrawing.withdraw_consent(
            desk.sit("wu"), hcp_id=hcp, items=["visit"], received_at=desk.at.isoformat(), channel="phone"
        )
    )
    assert gone.tasks  # the sheet in the field is recalled
    after = make()
    assert (len(after.sheets), len(after.refused)) == (0, 1)


def pack_member_text(data: bytes) -> str:
    """Everything a decrypted pack holds, whatever the container."""
    texts = [data.decode("utf-8", "replace")]
    if zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as pack:
            texts += [pack.read(n).decode("utf-8", "replace") for n in pack.namelist()]
    else:
        try:
            with tarfile.open(fileobj=io.BytesIO(data)) as pack:
                for member in pack.getmembers():
                    file = pack.extractfile(member)
                    texts.append(file.read().decode("utf-8", "replace") if file else "")
        except tarfile.TarError:
            pass
    return "\n".join(texts)


def laptop(desk: Desk, rep: str) -> RepSession:
    found = sessions.open_session(
        desk.folder / f"{rep}.ckvault", user="rep", passphrase=SECRET, clock=FixedClock(desk.at)
    )
    assert isinstance(found, RepSession)
    return found


@pytest.mark.req("REQ-050")
@pytest.mark.skipif(shutil.which("age") is None, reason="the public age program is not installed")
def test_the_public_age_program_finds_nothing_hidden(desk: Desk, tmp_path: Path) -> None:
    pack = tmp_path / "li.pack"
    made = done(bundles.make_bundle(desk.sit("chen"), rep="liming", path=pack))
    assert made.people >= 2
    rep, other = laptop(desk, "liming"), laptop(desk, "hanmei")
    keys = {}
    for name, seat in (("li", rep), ("han", other)):
        keys[name] = tmp_path / f"{name}.key"
        keys[name].write_text(seat.vault.identity() + "\n")
        sessions.close_session(seat)
    opened = subprocess.run(["age", "-d", "-i", str(keys["li"]), str(pack)], capture_output=True, check=True).stdout
    text = pack_member_text(opened)
    assert OPEN.name in text  # the search can find what is there
    for value in HIDDEN:
        assert value not in text, value
    assert "13966664444" not in text
    wrong = subprocess.run(["age", "-d", "-i", str(keys["han"]), str(pack)], capture_output=True, check=False)
    assert wrong.returncode != 0


@pytest.mark.req("REQ-050")
def test_the_laptop_shows_the_pack_and_nothing_else(desk: Desk, tmp_path: Path) -> None:
    hcp, closed, foreign = (desk.id_of(d.name) for d in (OPEN, SHUT, OTHER))
    old, new, his = tmp_path / "1.pack", tmp_path / "2.pack", tmp_path / "han.pack"
    chen = desk.sit("chen")
    done(bundles.make_bundle(chen, rep="liming", path=old, days=14))
    second = done(bundles.make_bundle(chen, rep="liming", path=new, days=14))
    done(bundles.make_bundle(chen, rep="hanmei", path=his))
    rep = laptop(desk, "liming")
    no(bundles.open_bundle(rep, path=his))  # another rep's
    done(bundles.open_bundle(rep, path=new))
    no(bundles.open_bundle(rep, path=old))  # an older sequence
    assert bundles.pack_state(rep).sequence == second.sequence

    view = done(bundles.rep_profile(rep, hcp, Purpose.VISIT))
    office = done(profiles.open_profile(chen, hcp_id=hcp, purpose=Purpose.VISIT, as_rep="liming"))
    assert shown(view).items() <= shown(office).items()
    told = set()
    for unseen in (closed, foreign, "HCP-ZZZZZZZZ"):
        heard = no(bundles.rep_profile(rep, unseen, Purpose.VISIT))
        told.add((heard.reason, heard.references, heard.lifted_by, heard.detail))
    assert len(told) == 1
    names = " ".join(str(f.value) for r in done(bundles.rep_people(rep)).rows for f in r.fields)
    assert OPEN.name in names
    for value in HIDDEN:
        assert value not in f"{names} {list(shown(view).values())}", value
    for purpose in set(Purpose) - {Purpose.VISIT, Purpose.ASK}:
        no(bundles.rep_profile(rep, hcp, purpose))
        assert done(bundles.rep_people(rep, purpose=purpose)).total == 0, purpose
    everybody = done(bundles.rep_people(rep, purpose=Purpose.VISIT))
    assert hcp in {row.hcp_id for row in everybody.rows}
    paged = [row for at in range(everybody.total) for row in
             done(bundles.rep_people(rep, purpose=Purpose.VISIT, limit=1, offset=at)).rows]  # fmt: skip
    assert tuple(paged) == everybody.rows
    page = done(bundles.rep_people(rep, purpose=Purpose.VISIT, limit=1))
    behind = done(bundles.rep_people(rep, purpose=Purpose.VISIT, after=page.rows[0].hcp_id))
    assert (*page.rows, *behind.rows) == everybody.rows and behind.more == ""
    assert page.more == (page.rows[0].hcp_id if everybody.total > 1 else "")
    with pytest.raises(InputErrors, match="place_not_listed"):
        bundles.rep_people(rep, purpose=Purpose.VISIT, after="HCP-ZZZZZZZZ")

    # changed bytes
    for at in (30, 400, new.stat().st_size // 2, new.stat().st_size - 5):
        broken = bytearray(new.read_bytes())
        broken[at] ^= 1
        (tmp_path / "bad.pack").write_bytes(broken)
        no(bundles.open_bundle(rep, path=tmp_path / "bad.pack"))
    (tmp_path / "bad.pack").write_bytes(b"not a pack")
    no(bundles.open_bundle(rep, path=tmp_path / "bad.pack"))
    assert bundles.pack_state(rep).sequence == second.sequence
    sessions.close_session(rep)

    # past the view-until date only name and hospital remain
    desk.at = NOW + timedelta(days=15)
    rep = laptop(desk, "liming")
    assert bundles.pack_state(rep).expired
    late = bundles.rep_profile(rep, hcp, Purpose.VISIT).value
    if isinstance(late, type(view)):
        assert set(shown(late)) <= {"full_name", "institution_name"}
    row = next(r for r in done(bundles.rep_people(rep)).rows if r.hcp_id == hcp)
    assert {f.key for f in row.fields if f.value} <= {"full_name", "institution_name"}
    no(bundles.open_bundle(rep, path=new))
    sessions.close_session(rep)


@pytest.mark.req("REQ-022")
def test_the_end_of_a_consent_ends_the_view_before_the_pack(desk: Desk, tmp_path: Path) -> None:
    doctor = invent(5)[2]
    hcp = desk.id_of(doctor.name, doctor.hospital)
    desk.assign(hcp, rep="hanmei")
    desk.consent(hcp, valid_until=(NOW + timedelta(days=3)).date())
    pack = tmp_path / "han.pack"
    done(bundles.make_bundle(desk.sit("chen"), rep="hanmei", path=pack, days=14))
    rep = laptop(desk, "hanmei")
    done(bundles.open_bundle(rep, path=pack))
    assert set(shown(done(bundles.rep_profile(rep, hcp, Purpose.VISIT)))) > {"full_name", "institution_name"}
    sessions.close_session(rep)
    desk.at = NOW + timedelta(days=5)
    rep = laptop(desk, "hanmei")
    late = bundles.rep_profile(rep, hcp, Purpose.VISIT).value
    if hasattr(late, "fields"):
        assert set(shown(late)) <= {"full_name", "institution_name"}
    sessions.close_session(rep)


@pytest.mark.req("REQ-048")
def test_the_list_is_masked_and_dead(desk: Desk, tmp_path: Path) -> None:
    evil = Doctor(
        number="=1+1", name="=HYPERLINK(1)", hospital="@SUM(A1)", department="+cmd|' /C calc'!A0", phone="13966665555"
    )
    desk.bring([evil])
    out = tmp_path / "list.xlsx"
    report = done(profiles.export_people(desk.sit("chen"), purpose=Purpose.MDM, path=out, progress=NoProgress()))
    assert report.people >= 9
    book = openpyxl.load_workbook(out)
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row if c.value is not None]
    assert all(c.data_type != "f" for c in cells)
    text = "\n".join(str(c.value) for c in cells)
    assert OPEN.name in text
    for phone in (OPEN.phone, SHUT.phone, OTHER.phone, evil.phone, OPEN.email):
        assert phone not in text
    with zipfile.ZipFile(out) as parts:
        for name in parts.namelist():
            assert OPEN.phone.encode() not in parts.read(name)
            assert b"<f>" not in parts.read(name)
    visit = tmp_path / "visit.xlsx"
    done(profiles.export_people(desk.sit("chen"), purpose=Purpose.VISIT, path=visit, progress=NoProgress()))
    text = "\n".join(str(c.value) for s in openpyxl.load_workbook(visit) for r in s.iter_rows() for c in r)
    assert OPEN.name in text and SHUT.name not in text
    with pytest.raises(InputErrors):
        profiles.export_people(desk.sit("chen"), purpose=Purpose.VISIT, path=visit, progress=NoProgress())


@pytest.mark.req("REQ-105")
def test_the_audit_report_verifies_and_a_changed_one_does_not(desk: Desk, tmp_path: Path) -> None:
    out = tmp_path / "audit.pdf"
    made = done(evidence.make_audit_report(desk.sit("chen"), path=out))
    assert made.entries > 20
    assert evidence.verify_file(out).ok
    text = text_of(out)
    for who in (OPEN, SHUT, OTHER):
        assert who.name not in text and who.phone not in text
    data = out.read_bytes()
    for at in (len(data) // 3, len(data) // 2, len(data) * 2 // 3):
        bad = bytearray(data)
        bad[at] ^= 1
        (tmp_path / "bad.pdf").write_bytes(bad)
        assert not evidence.verify_file(tmp_path / "bad.pdf").ok, at
    no(evidence.make_audit_report(desk.sit("wu"), path=tmp_path / "no.pdf"))
    assert not (tmp_path / "no.pdf").exists()


def test_the_auditor_holds_no_key_to_sign_a_report(desk: Desk, tmp_path: Path) -> None:
    by_auditor = tmp_path / "by_auditor.pdf"
    assert no(evidence.make_audit_report(desk.sit("zhou"), path=by_auditor)).reason == "role_not_allowed"
    assert not by_auditor.exists()


def test_a_consent_by_mail_needs_its_capture(desk: Desk) -> None:
    hcp = desk.id_of(SHUT.name)
    answer = recording.record_consent(desk.sit("wu"), request=desk.act(hcp, method=Method.EMAIL, evidence=None))
    value = answer.value
    assert not hasattr(value, "status") or value.status != "given"  # type: ignore[union-attr]
    no(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.VISIT))


@pytest.mark.req("REQ-049", "REQ-051")
def test_an_msl_with_a_medical_consent_meets_face_to_face(desk: Desk, tmp_path: Path) -> None:
    """Channels face to face belong to ``medical`` as to ``visit``; each purpose looks at its own item only."""
    hcp, other = desk.id_of(ZEROS.name), desk.id_of(OPEN.name)
    desk.consent(hcp, "medical")
    done(reps.add_rep(desk.sit("zhao"), rep=Rep(name="yangmsl", role=Role.MSL, employee_no="M001")))
    desk.assign(hcp, other, rep="yangmsl")
    batch = done(
        sheets.make_sheets(
            desk.sit("chen"),
            hcp_ids=[hcp, other],
            purpose=Purpose.MEDICAL,
            rep="yangmsl",
            out=tmp_path,
            progress=NoProgress(),
        )
    )
    [made] = batch.sheets
    assert made.hcp_id == hcp, "a consent to visits opens nothing for medical affairs"
    text = text_of(made.path)
    assert "医学速览单" in text and "代表速览单" not in text
    assert "面对面拜访" in text and "目前没有可用的联系渠道" not in text and "电话" not in text
    assert "医学速览单" in pypdfium2.PdfDocument(made.path.read_bytes()).get_metadata_dict()["Title"]
    visit = done(profiles.open_profile(desk.sit("chen"), hcp_id=other, purpose=Purpose.VISIT, as_rep="liming"))
    assert "f2f_visit" in str(shown(visit)["permitted_channels"])


@pytest.mark.req("REQ-049")
def test_a_leak_stops_its_page_and_not_the_batch(desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A template that prints a hidden number by mistake: that page is not released, the next one is."""
    leaky, fine = desk.id_of(OPEN.name), desk.id_of(RARE.name)
    true = sheets.render_sheet

    def printed(data, *, lang):  # type: ignore[no-untyped-def]
        mistake = Talk(avoid="", say=f"请致电 {OPEN.phone}")
        return true(replace(data, guidance=(mistake,)) if data.hcp_id == leaky else data, lang=lang)

    monkeypatch.setattr(sheets, "render_sheet", printed)
    batch = done(
        sheets.make_sheets(
            desk.sit("chen"),
            hcp_ids=[leaky, fine],
            purpose=Purpose.VISIT,
            rep="liming",
            out=tmp_path,
            progress=NoProgress(),
        )
    )
    assert [made.hcp_id for made in batch.sheets] == [fine]
    assert [(no.hcp_id, no.reason) for no in batch.refused] == [(leaky, "leak_found")] and batch.leaks == 1
    assert [path.name for path in tmp_path.iterdir()] == [batch.sheets[0].path.name]
    failed = done(evidence.list_entries(desk.sit("zhou"), limit=20, kind="export_failed"))
    assert failed[0].detail["code"] == "leak_found"


@pytest.mark.req("REQ-031")
def test_a_withdrawal_said_twice_opens_its_tasks_once(desk: Desk) -> None:
    doctor = invent(5)[4]
    hcp = desk.id_of(doctor.name, doctor.hospital)
    desk.consent(hcp, "event")
    facts = {"hcp_id": hcp, "items": ["event"], "received_at": NOW.isoformat(), "channel": "phone"}
    first = done(withdrawing.withdraw_consent(desk.sit("wu"), **facts))
    again = done(withdrawing.withdraw_consent(desk.sit("chen"), **facts))
    assert first.tasks and set(again.tasks) == set(first.tasks)
    waiting = [task for task in done(cases.list_tasks(desk.sit("chen"))) if task.hcp_id == hcp]
    assert len({(task.kind, task.subject) for task in waiting}) == len(waiting)
    assert set(first.tasks) <= {task.task_id for task in waiting}
    for task in waiting:
        done(cases.done_task(desk.sit("chen"), task_id=task.task_id, receipt="R-1"))
    later = done(withdrawing.withdraw_consent(desk.sit("wu"), **facts))
    assert later.tasks and not set(later.tasks) & set(first.tasks), "what was done is asked for anew"
