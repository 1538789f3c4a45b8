"""A full check beside an open vault: a connection of its own, so that nobody who reads or writes waits for it.

Rules: (1) it reads one consistent view under the same keys and the same seat, and writes nothing, no log entry either;
(2) it may run in another thread: it shares no connection, cache or transaction with the vault; (3) whoever needs the
files alone (erasure, rotation of keys, closing) dismisses it first and waits until it has let go; (4) what was broken
off says nothing: an interrupted statement is no finding.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from compliance.errors import Cancelled, VaultError
from compliance.vault.checks import check
from compliance.vault.checks.findings import CheckReport

if TYPE_CHECKING:
    from compliance.vault.session import Vault

_WAIT_SECONDS, _PAUSE = 5.0, 0.002


class Watch:
    """Made by :meth:`Vault.watch`; good for one check."""

    def __init__(self, vault: "Vault") -> None:
        self._twin = _twin(vault)
        self._begun = self._stopped = self.over = False

    def check(self, heard: Callable[[int, int], None]) -> CheckReport:
        """Read everything. ``heard`` gets (done, of how many) and may raise. Cancelled once dismissed."""

        def told(done: int, whole: int) -> None:
            self._go_on()
            heard(done, whole)

        try:
            self._go_on()
            report = check.run(self._twin, full=True, heard=told)
            self._go_on()
        except VaultError:
            self._go_on()
            raise
        else:
            return report
        finally:
            self._let_go()

    def dismiss(self) -> None:
        """Break it off and wait until it has let go of the files."""
        self._stopped = True
        deadline = time.monotonic() + _WAIT_SECONDS
        while self._begun and not self.over and time.monotonic() < deadline:
            with suppress(VaultError):  # it may be closing just now
                self._twin.db.interrupt()
            time.sleep(_PAUSE)
        if not self._begun:
            self._let_go()

    def _go_on(self) -> None:
        self._begun = True
        if self._stopped:
            raise Cancelled

    def _let_go(self) -> None:
        if not self.over:
            self._twin.leave_files()
            self.over = True


def _twin(vault: "Vault") -> "Vault":
    """The same vault over connections of its own; it holds the seat of ``vault`` and never gives it back."""
    from compliance.vault.folder.opening import sit

    keyring = replace(vault.keyring, keys=dict(vault.keyring.keys))
    return sit(vault.path, vault.header, vault.user, keyring, vault.held_seat, vault.state_dir, vault.opened_at)
