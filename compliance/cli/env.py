"""What the global options say, and the sessions they open.

Rules: (1) a session opens at the first command that needs one and stays open for a whole ``batch``; (2) a passphrase
comes from a file, from ``CONSENTKEEP_PASSPHRASE`` or from a hidden prompt, never from an argument, because arguments
are visible to every process; (3) ``--at`` is the clock of a sandbox and of nothing else.
"""

import os
import sys
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from compliance.cli.output import say
from compliance.cli.progress import TerminalProgress
from compliance.clock import Clock, FixedClock, SystemClock
from compliance.errors import ComplianceError, bad_input
from compliance.i18n import Lang, has, t

if TYPE_CHECKING:
    from compliance.use_cases.seat.session import RepSession, Session


@dataclass(slots=True)
class Opened:
    """One open session and the clock setting it runs under."""

    session: "Session | RepSession"
    at: datetime | None


@dataclass(slots=True)
class Env:
    """The global options of one command line; ``opened`` is shared by the lines of a batch."""

    json: bool = False
    lang: Lang = Lang.ZH
    vault: Path | None = None
    user: str | None = None
    passphrase_file: Path | None = None
    at: datetime | None = None
    sandbox: bool = False
    in_batch: bool = False
    opened: dict[tuple[str, str], Opened] = field(default_factory=dict)

    @classmethod
    def outer(cls, *, json: bool) -> "Env":
        """Settings of the environment, before any option."""
        vault = os.environ.get("CONSENTKEEP_VAULT")
        return cls(
            json=json,
            lang=default_lang(),
            vault=Path(vault) if vault else None,
            user=os.environ.get("CONSENTKEEP_USER") or None,
        )

    def for_line(self) -> "Env":
        """The settings one line of a batch starts from; sessions are shared."""
        return replace(self, in_batch=True, sandbox=False)

    def vault_path(self) -> Path:
        """The vault folder. InputErrors ``vault_needed`` when none is named."""
        if self.vault is None:
            raise bad_input("vault_needed", "--vault")
        return self.vault

    def clock(self, *, sandbox: bool) -> Clock:
        """The machine's clock, or ``--at`` in a sandbox. InputErrors ``at_needs_sandbox`` elsewhere."""
        if self.at is None:
            return SystemClock()
        if not sandbox:
            raise bad_input("at_needs_sandbox", "--at")
        return FixedClock(self.at)

    def progress(self) -> TerminalProgress:
        """Progress for whoever watches the terminal."""
        return TerminalProgress(self.lang)

    def session(self) -> "Session":
        """The open master vault. InputErrors ``master_vault_needed`` in a rep's vault."""
        from compliance.use_cases.seat.session import Session

        session = self.any_session()
        if not isinstance(session, Session):
            raise bad_input("master_vault_needed", "--vault")
        return session

    def rep_session(self) -> "RepSession":
        """The open rep's vault. InputErrors ``rep_vault_needed`` in a master vault."""
        from compliance.use_cases.seat.session import Session

        session = self.any_session()
        if isinstance(session, Session):
            raise bad_input("rep_vault_needed", "--vault")
        return session

    def any_session(self) -> "Session | RepSession":
        """The open vault, master or rep's; opened now if it is not."""
        path = self.vault_path()
        from compliance.use_cases.seat.session import open_session, peek_vault

        info = peek_vault(path)
        self.sandbox = info.sandbox
        clock = self.clock(sandbox=info.sandbox)
        user = self.user_of(info.users) if info.kind == "master" else ""  # a rep's vault has one user
        key = (str(path.resolve()), user)
        opened = self.opened.get(key)
        if opened is None:
            session = open_session(path, user=user, passphrase=self.passphrase(), clock=clock, lang=self.lang)
            opened = self.opened[key] = Opened(session, self.at)
            for code in getattr(session, "warnings", ()):
                say(t("cli.warning", self.lang) + _warning(code, self.lang))
        if opened.at != self.at:
            opened.session.clock = clock
            opened.at = self.at
        self.sandbox = opened.session.sandbox
        return opened.session

    def passphrase(self) -> str:
        """The user's passphrase: file, environment, hidden prompt. InputErrors ``passphrase_needed`` without."""
        if self.passphrase_file is not None:
            return read_passphrase(self.passphrase_file, "--passphrase-file")
        from_environment = os.environ.get("CONSENTKEEP_PASSPHRASE")
        if from_environment is not None:
            return from_environment
        if not sys.stdin.isatty():
            raise bad_input("passphrase_needed", "--passphrase-file")
        return str(click.prompt(t("cli.passphrase", self.lang), hide_input=True, err=True))

    def close(self) -> None:
        """Close what was opened: signs the log's head and leaves no write-ahead file behind."""
        if not self.opened:
            return
        from compliance.use_cases.seat.session import close_session

        while self.opened:
            _, opened = self.opened.popitem()
            self._back_up(opened.session)
            close_session(opened.session)

    def _back_up(self, session: "Session | RepSession") -> None:
        """The backup of the day, where folders are chosen and it is not made yet; a failure is a warning."""
        from compliance.use_cases.seat.session import Session
        from compliance.use_cases.upkeep.backups import back_up_if_due

        if not isinstance(session, Session):
            return
        progress = self.progress()
        try:
            run = back_up_if_due(session, progress).value
        except KeyboardInterrupt:
            return  # the next command tries again
        except ComplianceError as failure:
            say(t("cli.warning", self.lang) + t("cli.warning.backup", self.lang, why=failure.code))
            return
        finally:
            progress.close()
        if run is not None and run.fault:
            why = f"error.{run.fault}"
            words = t(why, self.lang) if has(why) else run.fault
            say(t("cli.warning", self.lang) + t("cli.warning.backup", self.lang, why=words))

    def user_of(self, users: tuple[str, ...]) -> str:
        """The acting user: ``--user``, or the only one there is. InputErrors ``user_needed``."""
        if self.user:
            return self.user
        if len(users) == 1:
            return users[0]
        raise bad_input("user_needed", "--user")


def default_lang() -> Lang:
    """``CONSENTKEEP_LANG``, else English where the system says English, else Chinese."""
    said = os.environ.get("CONSENTKEEP_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return Lang.EN if said.lower().startswith("en") else Lang.ZH


def read_passphrase(path: Path, where: str) -> str:
    """First line of a passphrase file. InputErrors ``file_missing``, ``passphrase_empty`` or ``bad_text``."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except FileNotFoundError:
        raise bad_input("file_missing", where) from None
    except UnicodeDecodeError:
        raise bad_input("bad_text", where) from None
    if not lines or not lines[0]:
        raise bad_input("passphrase_empty", where)
    return lines[0]


def _warning(code: str, lang: Lang) -> str:
    return t(f"cli.warning.{code}", lang) if has(f"cli.warning.{code}") else code
