"""Second signatures by file: out of the store, on a machine without it, and back in; the key to carry."""

from pathlib import Path
from typing import Any

from compliance.clock import Clock
from compliance.i18n import Lang
from compliance.use_cases.signing import approvals
from desktop_app.tasks import Lane, Task


def export(*, request_id: str, path: Path) -> Task[Any]:
    """Write a waiting request as a file."""
    return Task(lambda opened, _: approvals.export_request(opened.session, request_id=request_id, path=path))


def take_in(*, path: Path) -> Task[Any]:
    """Take in a signature file; it carries the act out."""
    return Task(lambda opened, _: approvals.import_signature(opened.session, path=path), title="desk.task.approve")


def carry_key(*, path: Path, passphrase: str) -> Task[Any]:
    """A key to sign requests with elsewhere."""
    return Task(
        lambda opened, _: approvals.carry_key(opened.session, path=path, passphrase=passphrase),
        title="desk.task.carry",
    )


def call_back_key() -> Task[Any]:
    """The carried key counts no more."""
    return Task(lambda opened, _: approvals.call_back_key(opened.session))


def read(*, path: Path, lang: Lang) -> Task[Any]:
    """What a request file asks; needs no store."""
    return Task(lambda _, __: approvals.read_request(path, lang=lang), lane=Lane.FREE)


def sign(*, path: Path, key: Path, passphrase: str, out: Path, clock: Clock, lang: Lang) -> Task[Any]:
    """Sign a request file; needs no store."""
    return Task(
        lambda _, __: approvals.sign_request(path, key=key, passphrase=passphrase, out=out, clock=clock, lang=lang),
        lane=Lane.FREE,
        title="desk.task.sign",
    )
