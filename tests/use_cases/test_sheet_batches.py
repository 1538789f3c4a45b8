"""A batch of sheets is whole or not at all; a preview is no paper."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support import STAFF, Desk, done, invent, no

from compliance.cli.sheet_lines import closed_lines
from compliance.errors import Cancelled
from compliance.i18n import Lang
from compliance.model.access import Purpose
from compliance.model.audit import Kind
from compliance.progress import NoProgress, Phase
from compliance.use_cases.field import sheets
from compliance.use_cases.field.sheet_preview import OnPage, preview_sheet
from compliance.use_cases.seat.acting import lift
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seeing import profiles

PEOPLE = invent(4, first=700)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk.create(tmp_path_factory.mktemp("batch"), staff={n: STAFF[n] for n in ("chen", "wu")})
    desk.bring(PEOPLE)
    desk.assign(*ids(desk))
    for hcp_id in ids(desk)[:3]:
        desk.consent(hcp_id)
    yield desk
    desk.rise()


def ids(desk: Desk) -> list[str]:
    return [desk.id_of(who.name, who.hospital) for who in PEOPLE]


class StopAt:
    """Somebody presses cancel when page ``number`` begins."""

    def __init__(self, number: int) -> None:
        self.number, self.ticks = number, []  # type: ignore[var-annotated]

    def phase(self, phase: Phase) -> None:
        assert phase is Phase.RENDERING

    def tick(self, done: int, total: int | None = None) -> None:
        self.ticks.append((done, total))
        if done == self.number:
            raise Cancelled("cancelled")


@pytest.mark.req("REQ-049", "REQ-050")
@pytest.mark.parametrize("number", [1, 4])
def test_a_cancelled_batch_leaves_no_page_and_no_record(desk: Desk, tmp_path: Path, number: int) -> None:
    chen, progress = desk.sit("chen"), StopAt(number)
    with pytest.raises(Cancelled):
        sheets.make_sheets(
            chen, hcp_ids=ids(desk), purpose=Purpose.VISIT, rep="liming", out=tmp_path, progress=progress
        )
    assert progress.ticks[-1] == (number, 4)
    assert list(tmp_path.iterdir()) == []
    with chen.vault.snapshot() as snap:
        assert snap.sheets.all() == []
        failed = snap.log.find(kind=Kind.EXPORT_FAILED, limit=1)[0].data["detail"]
    assert failed["code"] == "cancelled" and len(failed["serials"]) == min(number, 3)


def test_a_whole_batch_counts_to_its_end(desk: Desk, tmp_path: Path) -> None:
    chen, progress = desk.sit("chen"), StopAt(99)
    made = done(sheets.make_sheets(
        chen, hcp_ids=ids(desk), purpose=Purpose.VISIT, rep="liming", out=tmp_path, progress=progress
    ))  # fmt: skip
    assert progress.ticks[-1] == (4, 4)
    assert len(made.sheets) == 3 == len(list(tmp_path.iterdir())) and len(made.refused) == 1
    with chen.vault.snapshot() as snap:
        assert {p.serial for p in snap.sheets.waiting()} == {s.serial for s in made.sheets}


@pytest.mark.req("REQ-050")
def test_a_preview_is_no_paper(desk: Desk) -> None:
    chen, hcp = desk.sit("chen"), ids(desk)[0]
    with chen.vault.snapshot() as snap:
        before = len(snap.sheets.all())
    seen = done(preview_sheet(chen, hcp_id=hcp, purpose=Purpose.VISIT, rep="liming"))
    fates = {f.mine.key: f.fate for f in seen.fields}
    assert seen.pdf.startswith(b"%PDF") and fates["full_name"] is OnPage.PRINTED and seen.own
    assert fates["mobile_phone"] in (OnPage.HIDDEN, OnPage.NOT_ON_SHEET)
    assert all(f.reason for f in seen.fields if f.fate is OnPage.HIDDEN)
    closed = preview_sheet(chen, hcp_id=ids(desk)[3], purpose=Purpose.VISIT, rep="liming").value
    assert getattr(closed, "reason", "")
    foreign = done(preview_sheet(chen, hcp_id=hcp, purpose=Purpose.VISIT, rep="hanmei"))
    assert foreign.pdf == b"" and foreign.refusal == "no_valid_consent"
    assert made_no_paper(chen, hcp, before)


@pytest.mark.req("REQ-050")
def test_who_may_make_a_sheet_may_look_at_it_before(desk: Desk) -> None:
    """The privacy officer's own role opens no visit; with the rep's eyes there is one side to see."""
    zhao, hcp = desk.sit("zhao"), ids(desk)[0]
    assert no(profiles.open_profile(zhao, hcp_id=hcp, purpose=Purpose.VISIT)).reason == "role_not_permitted"
    seen = done(preview_sheet(zhao, hcp_id=hcp, purpose=Purpose.VISIT, rep="liming"))
    theirs = done(profiles.open_profile(zhao, hcp_id=hcp, purpose=Purpose.VISIT, as_rep="liming"))
    assert seen.pdf.startswith(b"%PDF") and seen.view.fields == theirs.fields and not seen.own
    assert {f.fate for f in seen.fields} <= {OnPage.PRINTED, OnPage.MASKED, OnPage.GENERALISED, OnPage.NOT_ON_SHEET}
    closed = no(preview_sheet(zhao, hcp_id=ids(desk)[3], purpose=Purpose.VISIT, rep="liming"))
    foreign = no(preview_sheet(zhao, hcp_id=hcp, purpose=Purpose.VISIT, rep="hanmei"))
    assert closed.reason == foreign.reason == "no_valid_consent" and closed.lifted_by


@pytest.mark.req("REQ-044")
def test_a_refused_row_says_what_would_lift_it_and_no_more(desk: Desk, tmp_path: Path) -> None:
    closed, unknown = ids(desk)[3], "HCP-AAAAAAAA"
    asked = {"hcp_ids": [closed, unknown], "purpose": Purpose.VISIT, "rep": "liming", "out": tmp_path}
    made = done(sheets.make_sheets(desk.sit("chen"), **asked, progress=NoProgress()))  # type: ignore[arg-type]
    assert {(r.reason, r.references, r.lifted_by) for r in made.refused} == {
        ("no_valid_consent", made.refused[0].references, lift(desk.sit("chen"), "no_valid_consent"))
    }
    for lang in Lang:
        lines = closed_lines(made.refused, lang)
        assert any("PIPL 6" in line for line in lines)
        assert sum(made.refused[0].lifted_by in line for line in lines) == 1 and f"  {closed}" in lines


def made_no_paper(chen: Session, hcp: str, before: int) -> bool:
    with chen.vault.snapshot() as snap:
        looked = snap.log.find(kind=Kind.PROFILE_OPENED, hcp=hcp, limit=3)
        seen_as = [entry.data["detail"].get("as_rep") for entry in looked]
        return len(snap.sheets.all()) == before and seen_as.count("liming") == 1
