"""A real vault on disk for each test that asks for one; cheapest permitted passphrase cost."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from vault_support import World, make_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A fresh sandbox-free vault, open for its privacy officer."""
    made = make_world(tmp_path)
    yield made
    if not made.vault.closed:
        made.vault.abandon()
