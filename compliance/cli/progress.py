"""Progress on standard error, where somebody watches."""

import sys
import time

from compliance.i18n import Lang, t
from compliance.progress import Phase


class TerminalProgress:
    """Phase and numbers on one line of a terminal; silent when standard error is not one.

    Not under 0.6 s: what is done at once needs no progress.
    """

    def __init__(self, lang: Lang) -> None:
        self._lang = lang
        self._watched = sys.stderr.isatty()
        self._began = self._shown = time.monotonic()
        self._phase = Phase.OPENING
        self._width = 0

    def phase(self, phase: Phase) -> None:
        """A new step begins."""
        self._phase = phase
        self._show("")

    def tick(self, done: int, total: int | None) -> None:
        """Note the numbers, at most ten times a second."""
        if self._watched and time.monotonic() - self._shown > 0.1:
            self._show(f"{done:,}/{total:,}" if total else f"{done:,}")

    def close(self) -> None:
        """Wipe the line."""
        if self._width:
            sys.stderr.write("\r" + " " * self._width + "\r")
            sys.stderr.flush()
            self._width = 0

    def _show(self, numbers: str) -> None:
        self._shown = time.monotonic()
        if not self._watched or self._shown - self._began < 0.6:
            return
        line = f"{t(f'cli.phase.{self._phase}', self._lang)} {numbers}"
        self._width = max(self._width, 2 * len(line))
        sys.stderr.write("\r" + line.ljust(self._width))
        sys.stderr.flush()
