"""Recurring work approved as a plan, and deputies who sign."""

from datetime import date
from typing import Any

from compliance.model.access import Purpose
from compliance.use_cases.signing import deputies, plans
from compliance.use_cases.signing.plans import PlanKind
from desktop_app.tasks import Task


def show() -> Task[Any]:
    """Plans in force."""
    return Task(lambda opened, _: plans.list_plans(opened.session))


def ask(*, kind: PlanKind, people: int, until: date, purpose: Purpose | None, recipient: str) -> Task[Any]:
    """Ask for a plan."""
    return Task(
        lambda opened, _: plans.request_plan(
            opened.session, kind=kind, people=people, until=until, purpose=purpose, recipient=recipient
        )
    )


def end(*, plan_id: str) -> Task[Any]:
    """End a plan."""
    return Task(lambda opened, _: plans.end_plan(opened.session, plan_id=plan_id))


def show_deputies() -> Task[Any]:
    """Deputies now and to come."""
    return Task(lambda opened, _: deputies.list_deputies(opened.session))


def name_deputy(*, name: str, stands_for: str, begins: date, until: date) -> Task[Any]:
    """Ask that somebody signs for an officer."""
    return Task(
        lambda opened, _: deputies.request_deputy(
            opened.session, name=name, stands_for=stands_for, begins=begins, until=until
        )
    )


def end_deputy(*, name: str) -> Task[Any]:
    """End a deputyship."""
    return Task(lambda opened, _: deputies.end_deputy(opened.session, name=name))
