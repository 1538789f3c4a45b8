"""Merging two records of one person keeps the stricter state, whatever stood on either side (REQ-035, invariant)."""

import contextlib
import itertools
from collections.abc import Iterator

import pytest
from spec_desk import HANDS, answer, at, day_yes, withdraw
from support import Desk, done, invent

from compliance.errors import InputErrors
from compliance.model.access import Purpose
from compliance.model.answer import Refusal
from compliance.use_cases.consent import checking, standing
from compliance.use_cases.people import merging
from compliance.use_cases.people import objections as objecting
from compliance.use_cases.seeing import people_list, profiles
from compliance.use_cases.signing import two_person

NOES = ("refused", "withdrawn", "received_late", "objection")
YESES = ("given", "renewed", "suspended", "pending", "given_after")
OPEN = {"given", "renewed", "change_pending"}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk.create(tmp_path_factory.mktemp("d"), at=at("2026-06-01T09:00:00"), staff=HANDS)
    made.bring(invent(90))
    yield made
    made.rise()


@pytest.fixture(scope="module")
def pairs(desk: Desk) -> Iterator[tuple[str, str]]:
    rows = done(people_list.find_people(desk.sit("chen"), text="", purpose=Purpose.MDM, limit=100)).rows
    numbers = [r.hcp_id for r in rows]
    return zip(numbers[::2], numbers[1::2], strict=True)


def say_no(desk: Desk, hcp: str, how: str) -> None:
    if how == "refused":
        done(answer(desk, hcp, "refused", "2026-03-15T10:00:00"))
    elif how == "withdrawn":
        withdraw(desk, hcp, "2026-03-15T10:00:00+08:00")
    elif how == "objection":
        done(objecting.object_public(desk.sit("wu"), hcp_id=hcp))
    else:
        day_yes(desk, hcp, "2026-02-01")
        withdraw(desk, hcp, desk.at.isoformat())


def say_yes(desk: Desk, hcp: str, how: str) -> str:
    """A yes of May on the other record; answers the act that still waits for its check, if any."""
    if how == "pending":
        return str(done(answer(desk, hcp, "given", "2026-05-20T10:00:00")).event_id)
    day_yes(desk, hcp, "2026-05-31" if how == "given_after" else "2026-05-20")
    if how == "renewed":
        day_yes(desk, hcp, "2026-05-25")
    if how == "suspended":
        done(standing.suspend_consent(desk.sit("zhao"), hcp_id=hcp, items=("visit",)))
    return ""


def state(desk: Desk, hcp: str) -> str:
    lines = done(standing.consent_status(desk.sit("chen"), hcp_id=hcp))
    return next((str(x.status) for x in lines if x.item == "visit"), "not_asked")


def visible(desk: Desk, hcp: str) -> bool:
    return not isinstance(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.VISIT).value, Refusal)


@pytest.mark.req("REQ-035")
@pytest.mark.parametrize(("no", "yes", "kept_said_no"), list(itertools.product(NOES, YESES, (True, False))))
def test_the_stricter_state_holds_until_a_new_act(
    desk: Desk, pairs: Iterator[tuple[str, str]], no: str, yes: str, kept_said_no: bool
) -> None:
    first, second = next(pairs)
    closed, gave = (first, second) if kept_said_no else (second, first)
    desk.wait(minutes=10)
    waiting = say_yes(desk, gave, yes)
    say_no(desk, closed, no)
    desk.wait(minutes=10)
    request = done(merging.merge_people(desk.sit("chen"), kept=first, gone=second))
    done(two_person.approve(desk.sit("sun"), request_id=request.request_id))
    desk.wait(minutes=10)
    if no == "objection":  # the objection is a block of the record: use of public data stays closed
        with desk.sit("chen").vault.snapshot() as snap:
            person = snap.people.get(first)
        assert person is not None and "objection" in {str(b) for b in person.blocks}
        return
    assert state(desk, first) not in OPEN and not visible(desk, first)
    if waiting:  # checked only now: still said before the two were known to be one
        checking.check_evidence(desk.sit("chen"), event_id=waiting, accept=True)
        assert state(desk, first) not in OPEN
    if yes == "suspended":
        with contextlib.suppress(InputErrors):
            standing.resume_consent(desk.sit("zhao"), hcp_id=first, items=("visit",))
        assert state(desk, first) not in OPEN
    day_yes(desk, first, "2026-05-30", asked_by_hcp=True)  # an older paper found later is no new act
    assert state(desk, first) not in OPEN
    desk.wait(days=1)
    day_yes(desk, first, desk.at.date().isoformat(), asked_by_hcp=True)
    if yes != "suspended":
        assert state(desk, first) in OPEN and visible(desk, first)
