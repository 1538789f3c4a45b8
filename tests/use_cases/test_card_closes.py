"""The work card (``ask``) end to end: what it shows, and everything of a person's own that closes it (R24, PIPL 27)."""

from collections.abc import Callable, Iterator

import pytest
from support import Desk, Doctor, done, no, shown

from compliance.model.access import BeforeProof, Purpose, Role
from compliance.model.profile import SourceClass
from compliance.use_cases.consent import recording, stops, withdrawing
from compliance.use_cases.consent import standing as standings
from compliance.use_cases.people import amendments, objections, sources
from compliance.use_cases.rules import replay
from compliance.use_cases.seeing import cases, people_list, profiles
from compliance.use_cases.seeing.listing import scope
from compliance.use_cases.upkeep import settings

CAUSES = ("unasked", "refused", "withdrawn", "objected", "frozen", "suspended", "do_not_contact", "stopped")
CARD = {
    "full_name", "salutation", "institution_name", "department", "professional_title", "institution_reception_rule",
}  # fmt: skip


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk.create(
        tmp_path_factory.mktemp("card"), staff={"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK}
    )
    done(sources.add_source(desk.sit("zhao"), code="SITE", name="医院官网", provenance=SourceClass.PUBLIC))
    yield desk
    desk.rise()


def person(desk: Desk, name: str) -> str:
    """From a hospital's own page, cited and dated; the phone from elsewhere."""
    desk.bring([Doctor(number=f"W-{name}", name=name, hospital="云中医院")], name=f"{name}.csv", source="SITE")
    hcp = desk.id_of(name)
    done(amendments.amend_person(desk.sit("chen"), hcp_id=hcp, key="mobile_phone", value="13955556666", source="CRM",
                                 held=True))  # fmt: skip
    desk.assign(hcp)
    return hcp


def card(desk: Desk, hcp: str) -> set[str]:
    """Fields of the card as the rep sees it, {} when it is closed; list, profile and why agree."""
    answer = profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.ASK, as_rep="liming").value
    page = done(people_list.find_people(desk.sit("chen"), text="", purpose=Purpose.ASK, as_rep="liming", limit=100))
    listed = hcp in {row.hcp_id for row in page.rows}
    assert page.total == len(page.rows)
    fields = set(shown(answer)) if hasattr(answer, "fields") else set()
    assert listed == bool(fields), "the list knows what the card knows"
    return fields


def close(desk: Desk, hcp: str, cause: str) -> None:
    chen, wu, zhao = desk.sit("chen"), desk.sit("wu"), desk.sit("zhao")
    acts: dict[str, Callable[[], object]] = {
        "refused": lambda: done(recording.record_consent(wu, request=desk.act(hcp, answer="refused"))),
        "withdrawn": lambda: done(
            withdrawing.withdraw_consent(wu, hcp_id=hcp, items=["visit"], received_at="2026-11-24", channel="电话")
        ),
        "objected": lambda: done(objections.object_public(zhao, hcp_id=hcp)),
        "frozen": lambda: done(amendments.freeze_person(chen, hcp_id=hcp)),
        "suspended": lambda: (desk.consent(hcp), done(standings.suspend_consent(chen, hcp_id=hcp))),
        "do_not_contact": lambda: _block(desk, hcp),
        "stopped": lambda: (desk.consent(hcp), done(stops.pause_scope(zhao, scope="visit", reason="bench"))),
    }
    acts[cause]()


def _block(desk: Desk, hcp: str) -> None:
    from compliance.model.access import Block
    from compliance.model.audit import Kind

    session = desk.sit("chen")
    with session.vault.unit_of_work() as uow:
        uow.people.set_blocks(hcp, {Block.DO_NOT_CONTACT})
        uow.commit(session.event(Kind.PERSON_AMENDED, at=desk.at, hcps=(hcp,)))


@pytest.mark.req("REQ-014")
def test_the_card_shows_public_cited_values_of_six_fields_and_nothing_else(desk: Desk) -> None:
    hcp = person(desk, "左丘开门")
    assert card(desk, hcp) <= CARD and {"full_name", "institution_name"} <= card(desk, hcp)
    done(amendments.amend_person(desk.sit("chen"), hcp_id=hcp, key="department", value="骨科", source="CRM", held=True))
    assert "department" not in card(desk, hcp), "told by our own CRM, not public"
    page = done(people_list.find_people(desk.sit("chen"), text="骨科", purpose=Purpose.ASK, as_rep="liming"))
    assert page.total == 0, "and cannot be searched for"


@pytest.mark.req("REQ-023")
@pytest.mark.parametrize("cause", [c for c in CAUSES if c != "unasked"])
def test_what_closes_the_card(desk: Desk, cause: str) -> None:
    hcp = person(desk, "太叔" + "甲乙丙丁戊己庚"[CAUSES.index(cause) - 1])
    assert card(desk, hcp)
    close(desk, hcp, cause)
    assert card(desk, hcp) == set()
    refusal = no(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.ASK, as_rep="liming"))
    assert refusal.reason == "no_valid_consent"
    if cause == "refused":  # the lock runs out, and the person may be asked again
        desk.wait(days=200)
        assert card(desk, hcp)
        desk.wait(days=-200)
    if cause == "stopped":
        desk.wait(seconds=1)


@pytest.mark.req("REQ-023")
def test_an_open_request_closes_the_card_until_the_last_one_is_answered(desk: Desk) -> None:
    hcp, chen = person(desk, "太叔请求"), desk.sit("chen")

    def told() -> str:
        view = done(profiles.open_profile(desk.sit("zhao"), hcp_id=hcp, purpose=Purpose.RIGHTS))
        return shown(view)["rights_request_open"]

    assert (bool(card(desk, hcp)), told()) == (True, "none")
    done(cases.open_case(chen, hcp_id=hcp, kind="evidence"))
    assert card(desk, hcp), "work of ours is no request of theirs"
    asked = [done(cases.open_case(chen, hcp_id=hcp, kind=kind)).case_id for kind in ("access", "correct")]
    assert (card(desk, hcp), told()) == (set(), "open")
    no(profiles.open_profile(chen, hcp_id=hcp, purpose=Purpose.ASK, as_rep="liming"))
    decided = chen.vault.log.size - 1
    done(cases.close_case(chen, case_id=asked[0]))
    assert (card(desk, hcp), told()) == (set(), "open"), "one is still open"
    done(cases.close_case(chen, case_id=asked[1]))
    assert (bool(card(desk, hcp)), told()) == (True, "none")
    again = done(replay.replay_decision(desk.sit("zhao"), index=decided))
    assert again.outcome == "same", f"{again}: a replay knows that it was open then"


@pytest.mark.req("REQ-014")
def test_nothing_before_proof_means_no_card(desk: Desk) -> None:
    hcp = person(desk, "百里关门")
    assert card(desk, hcp)
    done(settings.set_before_proof(desk.sit("zhao"), choice=BeforeProof.NOTHING, until=None))
    assert card(desk, hcp) == set()
    session = desk.sit("chen")
    with session.vault.snapshot() as snap:
        assert scope(session, snap, purpose=Purpose.ASK, role=Role.REP, at=desk.at, rep="liming") is None
