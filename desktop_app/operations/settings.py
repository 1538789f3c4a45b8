"""Users, passphrase, backup, the choice before proof."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

from compliance.errors import Fault
from compliance.i18n import Lang
from compliance.model.access import BeforeProof, Role
from compliance.model.answer import Answer
from compliance.model.register import User
from compliance.use_cases.consent import signatures
from compliance.use_cases.overview import by_number
from compliance.use_cases.rules import field_classes, rules
from compliance.use_cases.seat import accounts, device_secrets, training
from compliance.use_cases.upkeep import maintenance, papers, settings
from desktop_app.tasks import Lane, Task


def users() -> Task[Answer[tuple[User, ...]]]:
    """Users of this vault."""
    return Task(lambda opened, _: accounts.list_users(opened.session))


def add_user(*, name: str, role: Role, passphrase: str) -> Task[Any]:
    """A new user; some roles need two people."""
    return Task(
        lambda opened, _: accounts.add_user(opened.session, name=name, role=role, passphrase=passphrase),
        title="desk.task.user",
    )


def reset_user(*, name: str, passphrase: str) -> Task[Any]:
    """A fresh slot for somebody who forgot theirs; a second person carries it out."""
    return Task(
        lambda opened, _: accounts.reset_user(opened.session, name=name, new_passphrase=passphrase),
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


def device_secret() -> Task[Any]:
    """Whether one's own account needs the device secret."""
    return Task(lambda opened, _: device_secrets.device_secret_state(opened.session))


def turn_on_device_secret(*, passphrase: str) -> Task[Any]:
    """One's own account opens on this computer only."""
    return Task(
        lambda opened, _: device_secrets.turn_on_device_secret(opened.session, passphrase=passphrase),
        title="desk.task.device_secret",
    )


def turn_off_device_secret(*, passphrase: str) -> Task[Any]:
    """The passphrase alone opens one's own account."""
    return Task(
        lambda opened, _: device_secrets.turn_off_device_secret(opened.session, passphrase=passphrase),
        title="desk.task.device_secret",
    )


def backup(*, path: Path) -> Task[Any]:
    """A consistent copy."""
    return Task(lambda opened, _: maintenance.backup(opened.session, path=path), title="desk.task.backup")


def backup_keys(*, path: Path) -> Task[Any]:
    """The keys, apart."""
    return Task(lambda opened, _: maintenance.backup_keys(opened.session, path=path), title="desk.task.backup")


def rehearse(*, path: Path, keys: Path, passphrase: str) -> Task[Any]:
    """Whether a backup and its keys open together, by the passphrase of whoever asks."""
    return Task(
        lambda opened, _: maintenance.rehearse(
            path, keys, user=opened.session.actor, passphrase=passphrase, clock=opened.session.clock
        ),
        title="desk.task.rehearse",
    )


def key_card(*, path: Path) -> Task[Any]:
    """The key-fingerprint card: PDF, or text by the file's ending."""
    return Task(lambda opened, _: papers.make_key_card(opened.session, path=path), title="desk.task.paper")


def recovery_sheet(*, code: str, old: Path | None, path: Path) -> Task[Any]:
    """The recovery sheet once more, from the code of the one at hand, typed or read from its file."""

    def work(opened: Any, _: object) -> Any:
        text = code or (papers.recovery_code(old) if old else "")
        return papers.print_recovery_sheet(opened.session, code=text, path=path)

    return Task(work, title="desk.task.paper")


def matrix(*, lang: Lang) -> Task[str]:
    """Which role sees which field for which purpose, under the rules in force."""
    return Task(lambda opened, _: rules.policy_matrix(lang, session=opened.session))


def save_matrix(*, path: Path, lang: Lang) -> Task[Path]:
    """The matrix as a text file for a lawyer."""
    return Task(lambda opened, _: rules.write_policy_matrix(path, lang, session=opened.session))


def check_rules() -> Task[tuple[Fault, ...]]:
    """Whether the rules load and hold together."""
    return Task(lambda _, __: rules.check_policy(), lane=Lane.FREE)


def set_fact(*, key: str, value: str) -> Task[Any]:
    """A fact about the company that decisions need."""
    return Task(lambda opened, _: settings.set_company_fact(opened.session, key=key, value=value))


def training_register() -> Task[Any]:
    """Trainings of accounts and drills."""
    return Task(lambda opened, _: training.register(opened.session))


def record_training(*, user: str, on: date, reference: str) -> Task[Any]:
    """A colleague was trained."""
    return Task(lambda opened, _: training.record_training(opened.session, user=user, on=on, reference=reference))


def record_drill(*, scenario: str, on: date, reference: str) -> Task[Any]:
    """An incident was rehearsed."""
    return Task(lambda opened, _: training.record_drill(opened.session, scenario=scenario, on=on, reference=reference))


def board() -> Task[Any]:
    """Duties by the number of people the company handles."""
    return Task(lambda opened, _: by_number.threshold_board(opened.session))


def state_people(*, people: int, on: date, source: str) -> Task[Any]:
    """How many people's data the company handles in all."""
    return Task(lambda opened, _: by_number.state_people_in_all(opened.session, people=people, on=on, source=source))


def read() -> Task[Any]:
    """The company's settings."""
    return Task(lambda opened, _: settings.get_settings(opened.session))


def set_before_proof(*, choice: BeforeProof, until: date | None) -> Task[Any]:
    """What is open before consent is proven."""
    return Task(lambda opened, _: settings.set_before_proof(opened.session, choice=choice, until=until))


def field_class(*, key: str, as_of: datetime | None) -> Task[Any]:
    """The class of a field and the list it comes from."""
    return Task(lambda opened, _: field_classes.field_class(opened.session, key=key, as_of=as_of))


def choose_class_rules(*, rule_set: str, from_day: date) -> Task[Any]:
    """Which list says what is sensitive, from a day on; a looser one waits for a second person."""
    return Task(
        lambda opened, _: field_classes.choose_class_rules(opened.session, rule_set=rule_set, from_day=from_day)
    )


def set_signature_roots(*, path: Path) -> Task[Any]:
    """Root certificates that signatures may rest on."""
    return Task(lambda opened, _: signatures.set_signature_roots(opened.session, path=path))
