"""A vault for one officer: the recovery sheet stands in for the second person, nobody else does."""

from pathlib import Path

from compliance.clock import FixedClock, from_stamp
from compliance.model.access import BeforeProof
from compliance.model.answer import Refusal
from compliance.model.register import PendingRequest
from compliance.use_cases.seat.session import Session, close_session, create_vault, open_session
from compliance.use_cases.signing import two_person
from compliance.use_cases.upkeep import papers
from compliance.use_cases.upkeep.settings import set_before_proof

_CLOCK = FixedClock(from_stamp("2026-11-24T02:00:00+00:00"))


def test_one_officer_signs_with_the_recovery_sheet(tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.txt"
    made = create_vault(
        tmp_path / "solo.ckvault",
        owner="zhao",
        handler="示例药业",
        passphrase="only one officer here",
        clock=_CLOCK,
        sandbox=True,
        solo=True,
        recovery_sheet=sheet,
    )
    session = open_session(made.vault, user="zhao", passphrase="only one officer here", clock=_CLOCK)
    assert isinstance(session, Session)
    try:
        tight = set_before_proof(session, choice=BeforeProof.NOTHING, until=None).value
        assert not isinstance(tight, Refusal | PendingRequest)
        asked = set_before_proof(session, choice=BeforeProof.CARD, until=None).value
        assert isinstance(asked, PendingRequest)
        alone = two_person.approve(session, request_id=asked.request_id).value
        assert isinstance(alone, Refusal) and alone.reason == "recovery_code_needed"
        done = two_person.approve(session, request_id=asked.request_id, recovery_text=papers.recovery_code(sheet)).value
        assert isinstance(done, two_person.Approved) and done.result["before_proof"] == "card"
    finally:
        close_session(session)
