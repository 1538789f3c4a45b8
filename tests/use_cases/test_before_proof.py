"""The time before proof, end to end: opened by two, counted on Today and on page 1 of the audit, over by itself."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pypdfium2
import pytest
from support import NOW, Desk, done, invent, no

from compliance.clock import FixedClock
from compliance.errors import InputErrors
from compliance.i18n import Lang
from compliance.model.access import BeforeProof, Purpose, Role
from compliance.model.register import PaperState, PendingRequest
from compliance.progress import NoProgress
from compliance.use_cases.evidence import evidence
from compliance.use_cases.field import bundles, sheets
from compliance.use_cases.overview.today import today
from compliance.use_cases.seeing import profiles
from compliance.use_cases.signing import two_person
from compliance.use_cases.upkeep import settings

LAST = date(2026, 12, 24)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk.create(tmp_path / "d", staff={"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK})
    rep = bundles.init_rep(made.folder / "rep.ckvault", passphrase="a rep's own words", clock=FixedClock(NOW))
    made.rep("hanmei", "E002", rep.recipient)
    made.bring(invent(6))
    yield made
    made.rise()


def page_one(desk: Desk, lang: Lang = Lang.ZH) -> str:
    path = desk.folder / f"audit-{len(list(desk.folder.glob('audit-*')))}.pdf"
    session = desk.sit("chen")
    session.lang = lang
    done(evidence.make_audit_report(session, path=path))
    session.lang = Lang.ZH
    document = pypdfium2.PdfDocument(path.read_bytes())
    text = document[0].get_textpage().get_text_bounded()
    document.close()
    return "".join(text.split())


def tiles(desk: Desk) -> dict[str, int]:
    return {tile.key: tile.count for tile in done(today(desk.sit("chen"))).tiles if tile.key.startswith("transition")}


def make(desk: Desk, hcp_id: str) -> sheets.SheetBatch:
    return done(
        sheets.make_sheets(
            desk.sit("chen"), hcp_ids=[hcp_id], purpose=Purpose.VISIT, rep="liming", out=desk.folder / "out",
            progress=NoProgress(),
        )
    )  # fmt: skip


@pytest.mark.req("REQ-014")
def test_a_transition_is_opened_by_two_counted_and_over_by_itself(desk: Desk) -> None:
    ids = [desk.id_of(person.name) for person in invent(6)]
    desk.assign(*ids[:4])
    desk.assign(ids[4], rep="hanmei")
    chen, zhao = desk.sit("chen"), desk.sit("zhao")
    done(profiles.open_profile(chen, hcp_id=ids[0], purpose=Purpose.ASK, as_rep="liming"))
    done(profiles.open_profile(chen, hcp_id=ids[0], purpose=Purpose.ASK, as_rep="liming"))
    no(profiles.open_profile(chen, hcp_id=ids[1], purpose=Purpose.VISIT, as_rep="liming"))
    assert tiles(desk) == {}
    assert "工作卡片（征求同意）1人·过渡期拜访0人（未启用过）·此为我方对法律的理解，待律师确认" in page_one(desk)

    for wrong in (None, NOW.date() - timedelta(days=1), NOW.date() + timedelta(days=91)):
        with pytest.raises(InputErrors):
            settings.set_before_proof(zhao, choice=BeforeProof.TRANSITION, until=wrong)
    asked = done(settings.set_before_proof(zhao, choice=BeforeProof.TRANSITION, until=LAST))
    assert isinstance(asked, PendingRequest)
    assert no(two_person.approve(zhao, request_id=asked.request_id)).reason == "same_person"
    no(profiles.open_profile(chen, hcp_id=ids[1], purpose=Purpose.VISIT, as_rep="liming"))
    done(two_person.approve(chen, request_id=asked.request_id))

    assert tiles(desk) == {"transition_people": 0, "transition_days": 30}
    done(profiles.open_profile(chen, hcp_id=ids[1], purpose=Purpose.VISIT, as_rep="liming"))
    assert len(make(desk, ids[2]).sheets) == 1
    assert tiles(desk)["transition_people"] == 2
    done(bundles.make_bundle(chen, rep="hanmei", path=desk.folder / "pack.ckpack"))
    assert tiles(desk)["transition_people"] == 3
    assert "工作卡片（征求同意）1人·过渡期拜访3人（2026-12-24止，到期自动结束）" in page_one(desk)
    assert "workcard(ask):1·transitionperiod:3(until2026-12-24,endsbyitself)" in page_one(desk, Lang.EN)

    desk.at = NOW.replace(month=12, day=24, hour=15)  # the last hour of the day in Shanghai
    end = NOW.replace(month=12, day=24, hour=16)
    assert [sheet.expires for sheet in make(desk, ids[3]).sheets] == [end]  # no paper outlives the transition
    desk.at = end
    no(profiles.open_profile(desk.sit("chen"), hcp_id=ids[1], purpose=Purpose.VISIT, as_rep="liming"))
    assert len(make(desk, ids[3]).refused) == 1
    done(profiles.open_profile(desk.sit("chen"), hcp_id=ids[1], purpose=Purpose.ASK, as_rep="liming"))
    assert tiles(desk) == {}
    assert "工作卡片（征求同意）2人·过渡期拜访4人（已于2026-12-24结束）" in page_one(desk)


@pytest.mark.req("REQ-014")
def test_taking_a_transition_back_needs_one_and_ends_it_at_once(desk: Desk) -> None:
    hcp_id = desk.id_of(invent(6)[0].name)
    desk.assign(hcp_id)
    asked = done(settings.set_before_proof(desk.sit("zhao"), choice=BeforeProof.TRANSITION, until=LAST))
    done(two_person.approve(desk.sit("chen"), request_id=asked.request_id))
    assert len(make(desk, hcp_id).sheets) == 1
    desk.wait(days=3)
    assert done(settings.set_before_proof(desk.sit("zhao"), choice=BeforeProof.CARD, until=None))
    with desk.sit("chen").vault.snapshot() as snap:
        assert [paper.state(desk.at) for paper in snap.sheets.all()] == [PaperState.RECALLED]
    assert len(make(desk, hcp_id).refused) == 1
    assert "过渡期拜访1人（已于2026-11-27结束）" in page_one(desk)
