"""What a long use case tells whoever waits, and how it learns that the user wants to stop.

Rules: the core writes the latest numbers into one slot and never calls the user interface; ``tick`` raises
:class:`~compliance.errors.Cancelled` when asked to stop, and is called only before the publishing commit.
"""

from enum import StrEnum
from typing import Protocol

from compliance.errors import Cancelled


class Phase(StrEnum):
    """Steps a person can read; the words are in the catalogue."""

    OPENING = "opening"
    READING = "reading"
    CHECKING = "checking"
    SEALING = "sealing"
    PUBLISHING = "publishing"
    RENDERING = "rendering"
    SIGNING = "signing"
    VERIFYING = "verifying"
    COPYING = "copying"
    LETTING_GO = "letting_go"
    INDEXING = "indexing"


class Progress(Protocol):
    """The core's side."""

    def phase(self, phase: Phase) -> None:
        """A new step begins."""
        ...

    def tick(self, done: int, total: int | None) -> None:
        """``done`` of ``total`` (None while unknown). Raises Cancelled when the user asked to stop."""
        ...


class NoProgress:
    """Nobody watches."""

    def phase(self, phase: Phase) -> None:
        """Ignore."""

    def tick(self, done: int, total: int | None) -> None:
        """Ignore."""


class ProgressSlot:
    """Latest values in one slot, read by polling; ``cancel`` is honoured at the next tick."""

    def __init__(self) -> None:
        self.current: tuple[Phase, int, int | None] = (Phase.OPENING, 0, None)
        self._cancel = False

    def phase(self, phase: Phase) -> None:
        """A new step begins."""
        self.current = (phase, 0, None)

    def tick(self, done: int, total: int | None) -> None:
        """Note the numbers; raise Cancelled when asked to stop."""
        if self._cancel:
            raise Cancelled
        self.current = (self.current[0], done, total)

    def cancel(self) -> None:
        """Ask the worker to stop at its next tick."""
        self._cancel = True
