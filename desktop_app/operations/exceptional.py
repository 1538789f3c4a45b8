"""Exceptional access: ask, see the register, look while it lasts, end."""

from typing import Any

from compliance.model.access import Purpose
from compliance.model.answer import Answer, Refusal
from compliance.model.profile import ProfileView
from compliance.use_cases.seeing import exceptional, profiles
from compliance.use_cases.seeing.exceptional import ExceptionalLine
from compliance.use_cases.seeing.lending import Exceptional
from desktop_app.tasks import Task


def ask(*, hcp_id: str, purpose: Purpose, minutes: int, reason: str) -> Task[Any]:
    """Ask for it; another person approves."""
    return Task(
        lambda opened, _: exceptional.ask_exceptional(
            opened.session, hcp_id=hcp_id, purpose=purpose, minutes=minutes, reason=reason
        )
    )


def show() -> Task[Answer[tuple[ExceptionalLine, ...] | Refusal]]:
    """The register as this user may see it."""
    return Task(lambda opened, _: exceptional.list_exceptional(opened.session))


def end(*, exceptional_id: str) -> Task[Any]:
    """End it before its time."""
    return Task(lambda opened, _: exceptional.end_exceptional(opened.session, exceptional_id=exceptional_id))


def look(*, access: Exceptional) -> Task[Answer[ProfileView | Refusal]]:
    """One person under it."""
    return Task(
        lambda opened, _: profiles.open_profile(
            opened.session, hcp_id=access.hcp_id, purpose=access.purpose, exceptional=access.exceptional_id
        )
    )
