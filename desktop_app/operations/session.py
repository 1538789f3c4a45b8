"""Opening, closing, creating and recovering a vault; on the vault lane like everything else."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compliance.clock import Clock
from compliance.i18n import Lang
from desktop_app.state import Pack, Sitting
from desktop_app.tasks import Lane, Task

if TYPE_CHECKING:
    from compliance.use_cases.seat.session import CreatedVault, VaultInfo


@dataclass(frozen=True, slots=True)
class Opened:
    """What the lane keeps (``session``) and what the screens may know (``sitting``)."""

    session: Any
    sitting: Sitting


def peek(*, path: Path) -> Task["VaultInfo"]:
    """Header facts of a folder, before any passphrase."""

    def work(_: Any, __: object) -> "VaultInfo":
        from compliance.use_cases.seat.session import peek_vault

        return peek_vault(path)

    return Task(work, lane=Lane.FREE)


def prepare() -> Task[None]:
    """Load the rules while the passphrase is being typed; on the vault's lane, so that unlocking finds them there."""

    def work(_: Any, __: object) -> None:
        from compliance.use_cases.seat.session import shipped_notices, shipped_policy

        shipped_policy()
        shipped_notices()

    return Task(work)


def unlock(*, path: Path, user: str, passphrase: str, clock: Clock, lang: Lang) -> Task[Opened]:
    """Unlock a master vault or a rep's."""

    def work(_: Any, __: object) -> Opened:
        from compliance.use_cases.seat.session import open_session

        session = open_session(path, user=user, passphrase=passphrase, clock=clock, lang=lang)
        return Opened(session, sitting_of(session, path=path))

    return Task(work)


def sitting_of(session: Any, *, path: Path) -> Sitting:
    """The screens' facts of an open session."""
    from compliance.use_cases.seat.session import Session
    from compliance.use_cases.seeing.profiles import purposes_for
    from compliance.use_cases.signing.approvals import signs

    rep = not isinstance(session, Session)
    return Sitting(
        path=path,
        handler=session.handler,
        rep=rep,
        sandbox=session.sandbox,
        user=session.actor,
        role=session.role,
        purposes=() if rep else purposes_for(session),
        signs=not rep and signs(session),
        restricted=session.restricted,
        warnings=tuple(session.warnings),
        pack=_pack(session) if rep else None,
    )


def _pack(session: Any) -> Pack | None:
    from compliance.use_cases.field.bundles import pack_state

    held = pack_state(session)
    return Pack(sequence=held.sequence, until=held.expires, ended=held.expired) if held.expires else None


def set_lang(*, lang: Lang) -> Task[None]:
    """Let the session answer in ``lang`` from now on."""

    def work(opened: Opened | None, _: object) -> None:
        if opened is not None:
            opened.session.lang = lang

    return Task(work)


def close(held: Any) -> None:
    """Seal the log and lock; called on the vault lane."""
    from compliance.use_cases.seat.session import close_session

    close_session(held.session)


def create(
    *,
    path: Path,
    owner: str,
    handler: str,
    passphrase: str,
    sandbox: bool,
    sheet: Path | None,
    clock: Clock,
    lang: Lang,
) -> Task["CreatedVault"]:
    """Make a new vault; the recovery sheet is read back before it counts."""

    def work(_: Any, __: object) -> "CreatedVault":
        from compliance.use_cases.seat.session import create_vault

        return create_vault(
            path,
            owner=owner,
            handler=handler,
            passphrase=passphrase,
            clock=clock,
            sandbox=sandbox,
            recovery_sheet=sheet,
            lang=lang,
        )

    return Task(work, title="desk.task.create")


def restore(*, path: Path, keys: Path, into: Path, user: str, passphrase: str, clock: Clock) -> Task[Any]:
    """A backup becomes a vault again; who was erased since is erased again."""

    def work(_: Any, __: object) -> Any:
        from compliance.use_cases.upkeep.maintenance import restore as bring_back

        return bring_back(path, keys, into=into, user=user, passphrase=passphrase, clock=clock)

    return Task(work, title="desk.task.restore")


def recover(*, path: Path, text: str, passphrase: str, clock: Clock) -> Task[str]:
    """Open by recovery sheet and set a new passphrase; returns the user's name."""

    def work(_: Any, __: object) -> str:
        from compliance.use_cases.seat.accounts import recover_vault

        return recover_vault(path, recovery_text=text, recovery_file=None, new_passphrase=passphrase, clock=clock).user

    return Task(work, title="desk.task.recover")
