"""Numbers about the data: over what the reader may see, from a sample anybody draws again, stopped without a trace."""

from collections.abc import Iterator

import pytest
from support import Desk, Doctor, done, no, shown

from compliance.errors import Cancelled, InputErrors
from compliance.model.access import Purpose, Role
from compliance.model.audit import Kind
from compliance.model.profile import SourceClass
from compliance.progress import NoProgress, ProgressSlot
from compliance.use_cases.overview import quality
from compliance.use_cases.overview.quality import Cut, measure_quality
from compliance.use_cases.people import amendments, disputes, sources
from compliance.use_cases.seeing import profiles

NAMES = ("东方既白", "百里行舟", "万俟长风", "司徒听雪", "诸葛问天", "公孙望月")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    staff = {"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK, "zhou": Role.AUDITOR}
    desk = Desk.create(tmp_path_factory.mktemp("quality"), staff=staff)
    people = [
        Doctor(number=f"Q{n}", name=name, title="主任医师" if n % 2 else "", phone=f"1390000777{n}", licence="")
        for n, name in enumerate(NAMES)
    ]
    desk.bring(people)
    done(sources.add_source(desk.sit("zhao"), code="SELF", name="本人", provenance=SourceClass.ZERO))
    done(
        amendments.amend_person(
            desk.sit("chen"), hcp_id=desk.id_of(NAMES[0]), key="department", value="儿科", source="SELF"
        )
    )
    yield desk
    desk.rise()


def measured(desk: Desk, by: Cut = Cut.FIELD, *, who: str = "chen", sample: int | None = None, seed: int = 0):  # type: ignore[no-untyped-def]
    return done(measure_quality(desk.sit(who), by=by, sample=sample, seed=seed, progress=NoProgress()))


def test_the_numbers_are_those_of_the_pages_the_reader_may_open(desk: Desk) -> None:
    """Against a plain count over the profiles."""
    report = measured(desk)
    views = [
        done(profiles.open_profile(desk.sit("chen"), hcp_id=desk.id_of(name), purpose=Purpose.MDM)) for name in NAMES
    ]
    rows = {row.key: row for row in report.rows}
    kept = desk.sit("chen").policy.stored_fields
    for key in {f.key for view in views for f in view.fields} & kept:
        shown_ = [f for view in views if (f := view.field(key)) is not None and str(f.state) != "withheld"]
        if not shown_:
            assert key not in rows
            continue
        have = [f for f in shown_ if f.value]
        counts = (len(shown_), len(have), sum(f.freshness == "fresh" for f in have), sum(f.grade == "A" for f in have))
        g = rows[key].gauges
        assert (g.permitted, g.filled, g.fresh, g.accurate) == counts, key
        assert rows[key].people == len(have)
    assert report.people == report.total == len(NAMES) and not report.sampled
    assert report.whole.filled == sum(row.gauges.filled for row in report.rows)
    assert rows["department"].gauges.accurate == 1 and rows["professional_title"].gauges.shares["completeness"] == 50
    assert not set(NAMES) & set(str(report)), "numbers only"
    assert all(name not in str(report) for name in NAMES)


def test_what_a_reader_may_not_see_moves_no_number(desk: Desk) -> None:
    clerk = {row.key for row in measured(desk, who="wu").rows}
    hidden = {row.key for row in measured(desk).rows} - clerk
    view = done(profiles.open_profile(desk.sit("wu"), hcp_id=desk.id_of(NAMES[1]), purpose=Purpose.MDM))
    assert not clerk & {f.key for f in view.fields if str(f.state) == "withheld"}
    before = measured(desk, who="wu")
    if "mobile_phone" in hidden:
        done(
            amendments.amend_person(
                desk.sit("chen"), hcp_id=desk.id_of(NAMES[1]), key="mobile_phone", value="", source="SELF"
            )
        )
        assert measured(desk, who="wu").rows == before.rows
    assert no(measure_quality(desk.sit("zhou"), by=Cut.FIELD, progress=NoProgress())).reason == "role_not_allowed"


def test_by_source_and_by_territory(desk: Desk) -> None:
    rows = {row.key: row for row in measured(desk, Cut.SOURCE).rows}
    assert {"CRM", "SELF"} <= rows.keys() and rows["SELF"].people == 1
    assert rows["SELF"].gauges.shares["completeness"] is None and rows["SELF"].gauges.shares["accuracy"] == 100
    (row,) = measured(desk, Cut.TERRITORY).rows
    assert row.people == len(NAMES) and "北京" in row.key
    person = desk.id_of(NAMES[2])
    where = shown(done(profiles.open_profile(desk.sit("chen"), hcp_id=person, purpose=Purpose.MDM)))["region"]
    assert row.key == where
    done(disputes.dispute_value(desk.sit("chen"), hcp_id=person, key="region", reason="outdated"))
    assert sum(r.people for r in measured(desk, Cut.TERRITORY).rows) == len(NAMES)


def test_a_sample_is_drawn_again_from_its_seed(desk: Desk) -> None:
    one, again, other = (measured(desk, sample=3, seed=seed) for seed in (7, 7, 8))
    assert one == again and (one.people, one.total, one.sampled) == (3, len(NAMES), True)
    drawn = {tuple(r.gauges.filled for r in measured(desk, sample=1, seed=seed).rows) for seed in range(12)}
    assert len(drawn) > 1 and other.people == 3
    assert not measured(desk, sample=100).sampled
    with pytest.raises(InputErrors, match="bad_sample"):
        measure_quality(desk.sit("chen"), by=Cut.FIELD, sample=0, progress=NoProgress())


def test_it_stops_when_asked_and_every_reading_is_logged(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def entries() -> int:
        with desk.sit("chen").vault.snapshot() as snap:
            found = snap.log.find(kind=Kind.LIST_SHOWN, limit=10_000)
        return sum(entry.data.get("detail", {}).get("what") == "quality" for entry in found)

    monkeypatch.setattr(quality, "_PORTION", 2)
    before = entries()
    measured(desk)
    assert entries() == before + 3
    slot = ProgressSlot()
    slot.cancel()
    with pytest.raises(Cancelled):
        measure_quality(desk.sit("chen"), by=Cut.FIELD, sample=None, progress=slot)
    assert entries() == before + 3
