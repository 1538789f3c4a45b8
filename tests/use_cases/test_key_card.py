"""The key card names everyone who signs reports, and verifying with it settles the signer."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from compliance.model.access import Role
from compliance.use_cases.evidence import evidence
from compliance.use_cases.upkeep import papers
from tests.support import Desk, done, no


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    staff = {"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK}
    made = Desk.create(tmp_path_factory.mktemp("card"), staff=staff)
    yield made
    made.rise()


def test_a_report_is_the_companys_by_its_card(desk: Desk, tmp_path: Path) -> None:
    card, report = tmp_path / "card.txt", tmp_path / "audit.pdf"
    done(papers.make_key_card(desk.sit("chen"), path=card))
    done(evidence.make_audit_report(desk.sit("chen"), path=report))
    signer = {c.claim: c.ok for c in evidence.verify_file(report, trust=card).claims}["signer"]
    assert signer is True
    assert {c.claim: c.ok for c in evidence.verify_file(report).claims}["signer"] is None


def test_a_clerk_makes_no_card(desk: Desk, tmp_path: Path) -> None:
    assert no(papers.make_key_card(desk.sit("wu"), path=tmp_path / "card.pdf")).reason == "role_not_allowed"
    assert not (tmp_path / "card.pdf").exists()
