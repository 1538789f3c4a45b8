"""What every test gets: a clock that stands still, a state folder of its own, and its requirement in the report."""

import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from hashing import hash_for_real, hash_once
from keystore_in_memory import InMemory

from compliance.clock import FixedClock
from compliance.vault.keys import keystore

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# Log heads outside the vault must never land in the tester's own folders.
os.environ["CONSENTKEEP_STATE_DIR"] = tempfile.mkdtemp(prefix="consentkeep-state-")
for name in ("CONSENTKEEP_PASSPHRASE", "CONSENTKEEP_VAULT", "CONSENTKEEP_USER", "CONSENTKEEP_DEBUG"):
    os.environ.pop(name, None)

hash_once()

#: The day the tests take place.
TODAY = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


@pytest.fixture
def clock() -> FixedClock:
    """24 November 2026, ten in the morning in Shanghai."""
    return FixedClock(TODAY)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> type[InMemory]:
    """This machine's keystore is one in memory, empty and open."""
    monkeypatch.setattr(InMemory, "entries", {})
    monkeypatch.setattr(InMemory, "locked", False)
    monkeypatch.setitem(keystore.ALLOWED, sys.platform, (InMemory.__module__, InMemory.__name__))
    return InMemory


@pytest.fixture
def real_hashing() -> Iterator[None]:
    """Salts and hashes as users have them."""
    with hash_for_real():
        yield


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The requirement a test names travels with its result (tools/requirements_report.py reads it)."""
    for item in items:
        for marker in item.iter_markers("req"):
            for requirement in marker.args:
                item.user_properties.append(("req", requirement))
