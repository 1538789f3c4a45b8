"""Users, passphrase, backup, the choice before proof."""

from datetime import date
from pathlib import Path
from typing import Any

from compliance.model.access import BeforeProof, Role
from compliance.model.answer import Answer
from compliance.model.register import User
from compliance.use_cases import accounts, maintenance, settings
from desktop_app.tasks import Task


def users() -> Task[Answer[tuple[User, ...]]]:
    """Users of this vault."""
    return Task(lambda opened, _: accounts.list_users(opened.session))


def add_user(*, name: str, role: Role, passphrase: str) -> Task[Any]:
    """A new user; some roles need two people."""
    return Task(
        lambda opened, _: accounts.add_user(opened.session, name=name, role=role, passphrase=passphrase),
        title="desk.task.user",
    )


def remove_user(*, name: str) -> Task[Any]:
    """Close a user's slot."""
    return Task(lambda opened, _: accounts.remove_user(opened.session, name=name))


def change_passphrase(*, old: str, new: str) -> Task[Any]:
    """One's own passphrase."""
    return Task(
        lambda opened, _: accounts.change_passphrase(opened.session, old=old, new=new), title="desk.task.passphrase"
    )


def backup(*, path: Path) -> Task[Any]:
    """A consistent copy."""
    return Task(lambda opened, _: maintenance.backup(opened.session, path=path), title="desk.task.backup")


def backup_keys(*, path: Path) -> Task[Any]:
    """The keys, apart."""
    return Task(lambda opened, _: maintenance.backup_keys(opened.session, path=path), title="desk.task.backup")


def read() -> Task[Any]:
    """The company's settings."""
    return Task(lambda opened, _: settings.get_settings(opened.session))


def set_before_proof(*, choice: BeforeProof, until: date | None) -> Task[Any]:
    """What is open before consent is proven."""
    return Task(lambda opened, _: settings.set_before_proof(opened.session, choice=choice, until=until))
