"""The first page after unlocking."""

from typing import Any

from compliance.model.answer import Answer
from compliance.use_cases.overview import today as days
from compliance.use_cases.overview.today import Today
from compliance.use_cases.seeing import cases
from compliance.use_cases.signing import approvals
from desktop_app.tasks import Task


def show_today() -> Task[Answer[Today]]:
    """Counts of what waits."""
    return Task(lambda opened, _: days.today(opened.session))


def show_tasks() -> Task[Any]:
    """Open tasks."""
    return Task(lambda opened, _: cases.list_tasks(opened.session))


def finish_task(*, task_id: str, receipt: str = "") -> Task[Any]:
    """Mark a task done; some need what proves it."""
    return Task(lambda opened, _: cases.done_task(opened.session, task_id=task_id, receipt=receipt))


def show_requests() -> Task[Any]:
    """Two-person requests that wait."""
    return Task(lambda opened, _: approvals.list_pending(opened.session))


def approve(*, request_id: str, recovery: str = "") -> Task[Any]:
    """Sign a request as the second person; in a one-officer vault the recovery sheet's code stands in for them."""
    return Task(
        lambda opened, _: approvals.approve(opened.session, request_id=request_id, recovery_text=recovery),
        title="desk.task.approve",
    )


def reject(*, request_id: str) -> Task[Any]:
    """Turn a request down."""
    return Task(lambda opened, _: approvals.reject(opened.session, request_id=request_id))
