"""The catalogue as people read it, and guesses that nobody validated: marked in the office, kept from reps, sheets and
packs."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pypdfium2
import pytest
from support import Desk, Doctor, done, no, shown

from compliance.clock import shanghai_day
from compliance.errors import InputErrors
from compliance.model.access import FieldState, Purpose, Role
from compliance.model.profile import SourceClass, ValueStatus
from compliance.model.register import Assessment
from compliance.progress import NoProgress
from compliance.use_cases.bases import transfers
from compliance.use_cases.field import sheets
from compliance.use_cases.people import amendments, sources, tags
from compliance.use_cases.seeing import profiles

KEY = "next_content_theme"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk.create(tmp_path / "d", staff={"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK})
    done(sources.add_source(desk.sit("zhao"), code="CALC", name="分析", provenance=SourceClass.FIRST))
    yield desk
    desk.rise()


def field(desk: Desk, hcp: str, *, rep: str | None = None):  # type: ignore[no-untyped-def]
    view = done(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.VISIT, as_rep=rep))
    return view.field(KEY)


def test_a_guess_that_nobody_validated_stays_in_the_house(desk: Desk, tmp_path: Path) -> None:
    desk.bring([Doctor(number="T1", name="东方既白")])
    hcp = desk.id_of("东方既白")
    desk.consent(hcp)
    desk.assign(hcp)
    desk.consent(hcp, "personalise", notice="CK-PROFILE@1.0")
    row = Assessment(
        assessment_id="PIA-P", purpose="personalise", title="画像评估", approved_on=shanghai_day(desk.at),
        valid_until=None, author="甲", approver="乙",
    )  # fmt: skip
    chen = desk.sit("chen")
    done(amendments.amend_person(chen, hcp_id=hcp, key=KEY, value="disease_info", source="CALC", held=True))
    assert field(desk, hcp).reason == "assessment_missing", "switched off until profiling is assessed"
    done(transfers.add_assessment(desk.sit("zhao"), assessment=row))

    mine, reps = field(desk, hcp), field(desk, hcp, rep="liming")
    assert mine.value and (mine.freshness, mine.status) == ("not_validated", ValueStatus.STALE)
    assert (reps.state, reps.reason, reps.value) == (FieldState.WITHHELD, "not_validated", None) and reps.lifted_by

    def sheet(name: str) -> str:
        made = done(
            sheets.make_sheets(
                chen, hcp_ids=[hcp], purpose=Purpose.VISIT, rep="liming", out=tmp_path / name, progress=NoProgress()
            )
        )
        document = pypdfium2.PdfDocument(made.sheets[0].path.read_bytes())
        try:
            return "".join("".join(page.get_textpage().get_text_bounded().split()) for page in document)
        finally:
            document.close()

    assert "疾病信息" not in sheet("before")
    day = shanghai_day(desk.at)
    done(tags.validate_tag(chen, key=KEY, validated_on=day, sample=40, method="与三个月的回访记录比对"))
    assert field(desk, hcp, rep="liming").value and field(desk, hcp).status is ValueStatus.ACTIVE
    desk.wait(days=90)
    done(amendments.amend_person(desk.sit("chen"), hcp_id=hcp, key=KEY, value="brand_info", source="CALC"))
    assert field(desk, hcp, rep="liming").value, "the last day counts whole"
    desk.wait(days=1)
    assert field(desk, hcp, rep="liming").reason == "not_validated"
    assert field(desk, hcp).freshness == "not_validated"
    assert "既白" not in str(shown(done(profiles.open_profile(chen, hcp_id=hcp, purpose=Purpose.MDM))).get(KEY))


def test_a_validation_says_what_it_was(desk: Desk) -> None:
    chen, day = desk.sit("chen"), shanghai_day(desk.at)
    cases = [
        ({"key": "department"}, "not_predictive"),
        ({"key": "departmint"}, "unknown_field"),
        ({"validated_on": day + timedelta(days=1)}, "in_the_future"),
        ({"validated_on": day - timedelta(days=91)}, "validation_too_old"),
        ({"sample": 0}, "sample_too_small"),
        ({"method": " "}, "method_missing"),
    ]
    good = {"key": KEY, "validated_on": day, "sample": 12, "method": "回访比对"}
    for change, code in cases:
        with pytest.raises(InputErrors, match=code):
            tags.validate_tag(chen, **{**good, **change})  # type: ignore[arg-type]
    assert no(tags.validate_tag(desk.sit("wu"), **good)).reason == "role_not_allowed"  # type: ignore[arg-type]
    done(tags.validate_tag(chen, **good))  # type: ignore[arg-type]
    row = done(tags.show_tag(chen, key=KEY))
    assert (row.validated, row.validated_on, row.valid_to) == (True, day, day + timedelta(days=90))


def test_the_catalogue_is_listed_searched_and_shown_in_full(desk: Desk) -> None:
    chen = desk.sit("chen")
    assert len(done(tags.list_tags(chen))) == 110
    for text, keys in (("department", {"department"}), ("科室", {"department"}), ("FMV", {"fmv_tier"})):
        assert keys <= {row.field.key for row in done(tags.list_tags(chen, text=text))}, text
    assert len(done(tags.list_tags(chen, text="predictive"))) >= 9
    row = done(tags.show_tag(chen, key="unopened_streak"))
    assert "没打开" in row.tag.never_say.zh and "suits you" in row.tag.may_say.en and row.validated is None
    assert row.necessity and all(words.zh and words.en for words in row.necessity.values())
    with pytest.raises(InputErrors, match="unknown_field"):
        tags.show_tag(chen, key="shoe_size")
