"""The shipped rule set, and shorthand for facts."""

from datetime import UTC, datetime

import pytest

from compliance.model.access import AccessFacts
from compliance.model.consent import ConsentStatus, Grade, LineStatus
from compliance.policy.loader import load_policy
from compliance.resources import read_tree

#: Every field key there is: a consent that covers the whole dictionary.
EVERY_KIND = frozenset(load_policy(read_tree() | read_tree(suffix=".csv")).fields)
AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def texts():
    return read_tree() | read_tree(suffix=".csv")


@pytest.fixture(scope="session")
def policy(texts):
    return load_policy(texts)


@pytest.fixture
def line():
    def make(item, status=ConsentStatus.GIVEN, grade=Grade.E1, **more):
        more.setdefault("kinds", EVERY_KIND)
        return LineStatus(item=item, purpose=item.split("/")[0], status=status, code="X", grade=grade, **more)

    return make


@pytest.fixture
def facts(line):
    def make(*given, lines=(), assigned=True, **more):
        mine = {item: line(item) for item in given} | {entry.item: entry for entry in lines}
        return AccessFacts(hcp_id="HCP-7QK4M2XA", assigned=assigned, lines=mine, **more)

    return make


@pytest.fixture
def at():
    return AT
