"""Stacks of consent forms: taking in, trays, the checking desk, samples."""

from typing import Any

from compliance.model.answer import Answer, Refusal
from compliance.model.intake import FormState
from compliance.use_cases.intake import check_desk, consent_import, form_readings, scans, stack_sampling, stacks
from compliance.use_cases.intake.check_desk import AcceptForm, DeskForm, FormDecided
from compliance.use_cases.intake.consent_import import ConsentImport, ConsentImportReport, LogOrigin
from compliance.use_cases.intake.scans import ScanReport, ScanRequest
from compliance.use_cases.intake.stacks import AssignForm, FormRow, StackSummary
from desktop_app.tasks import Task

__all__ = ["AcceptForm", "AssignForm", "ConsentImport", "LogOrigin", "ScanRequest"]


def list_stacks() -> Task[Answer[tuple[StackSummary, ...] | Refusal]]:
    """All stacks, newest first."""
    return Task(lambda opened, _: stacks.list_stacks(opened.session))


def show(
    *, name: str, states: tuple[FormState, ...]
) -> Task[Answer[tuple[StackSummary, tuple[FormRow, ...]] | Refusal]]:
    """A stack and the forms of one tray."""
    return Task(lambda opened, _: stacks.show_stack(opened.session, name=name, states=states))


def next_form(*, stack: str, after: str = "") -> Task[Answer[DeskForm | Refusal | None]]:
    """The next form that waits for this checker; opening is logged."""
    return Task(lambda opened, _: check_desk.next_form(opened.session, stack=stack, after=after))


def open_form(*, form_id: str) -> Task[Answer[DeskForm | Refusal]]:
    """One form by its number."""
    return Task(lambda opened, _: check_desk.open_form(opened.session, form_id=form_id))


def accept(*, request: AcceptForm) -> Task[Answer[FormDecided | Refusal]]:
    """Accept a form item by item."""
    return Task(lambda opened, _: check_desk.accept_form(opened.session, request=request))


def give_back(*, form_id: str, reason: str) -> Task[Answer[FormDecided | Refusal]]:
    """Send a form back with a reason."""
    return Task(lambda opened, _: check_desk.return_form(opened.session, form_id=form_id, reason=reason))


def assign(*, request: AssignForm) -> Task[Any]:
    """Say whose a form is."""
    return Task(lambda opened, _: stacks.assign_form(opened.session, request=request))


def join(*, form_id: str, to: str) -> Task[Any]:
    """A stray page belongs to another form."""
    return Task(lambda opened, _: stacks.join_form(opened.session, form_id=form_id, to=to), title="desk.task.join")


def close(*, name: str) -> Task[Any]:
    """Close a stack whose forms are all decided."""
    return Task(lambda opened, _: stacks.close_stack(opened.session, name=name))


def draw_sample(*, name: str) -> Task[Any]:
    """Machine checks, then a sample by a fresh seed."""
    return Task(lambda opened, _: stack_sampling.draw_sample(opened.session, name=name), title="desk.task.sample")


def try_sample(*, name: str) -> Task[Any]:
    """The machine checks alone."""
    return Task(lambda opened, _: stack_sampling.try_sample(opened.session, name=name), title="desk.task.sample")


def read_again(*, name: str) -> Task[Any]:
    """Read the boxes again from the sealed documents and compare."""
    return Task(
        lambda opened, progress: form_readings.read_again(opened.session, name=name, progress=progress),
        title="desk.task.read_again",
        stoppable=True,
    )


def finish_sample(*, name: str) -> Task[Any]:
    """Accept the rest through the sample."""
    return Task(lambda opened, _: stack_sampling.finish_sample(opened.session, name=name), title="desk.task.sample")


def repeat_sample(*, name: str) -> Task[Any]:
    """Draw the sample again from its logged seed and compare."""
    return Task(lambda opened, _: stack_sampling.repeat_sample(opened.session, name=name), title="desk.task.sample")


def set_sample_check(*, on: bool) -> Task[Any]:
    """Allow samples (two people) or forbid them (at once)."""
    return Task(lambda opened, _: stack_sampling.set_sample_check(opened.session, on=on))


def take_in_scans(*, request: ScanRequest) -> Task[Answer[ScanReport | Refusal]]:
    """Split scans into forms; stopping leaves nothing behind."""
    return Task(
        lambda opened, progress: scans.take_in_scans(opened.session, request=request, progress=progress),
        title="desk.task.scan",
        stoppable=True,
    )


def import_consents(*, request: ConsentImport) -> Task[Answer[ConsentImportReport | Refusal]]:
    """A list of old consents, or a log; stopping leaves nothing behind."""
    return Task(
        lambda opened, progress: consent_import.import_consents(opened.session, request=request, progress=progress),
        title="desk.task.dry_run" if request.dry_run else "desk.task.import",
        stoppable=True,
    )


def undo_import(*, name: str) -> Task[Any]:
    """Take a consent import back while nobody has built on it."""
    return Task(lambda opened, _: consent_import.undo_consent_import(opened.session, name=name), title="desk.task.undo")


def reasons() -> tuple[str, ...]:
    """Reasons of return a person may choose."""
    return tuple(stacks.return_reasons())
