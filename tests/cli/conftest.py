"""Fixtures of the command line's tests."""

from collections.abc import Callable

import pytest
from cli_desk import Desk, Said, as_program, in_process, new_desk


@pytest.fixture(scope="session")
def cli() -> Callable[..., Said]:
    """Run a command line in this process."""
    return in_process


@pytest.fixture(scope="session")
def program() -> Callable[..., Said]:
    """Run a command line as a program."""
    return as_program


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A vault shared by the tests of one file."""
    return new_desk(tmp_path_factory.mktemp("desk"))
