"""States that end contact with a person: said, undone, read."""

from pathlib import Path
from typing import Any

from compliance.model.person_state import PersonState
from desktop_app.tasks import Task


def mark(
    *, hcp_id: str, state: PersonState, reason: str, source: str = "", day: str = "", evidence: Path | None = None
) -> Task[Any]:
    """A state that ends contact is said of the person."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.people.person_states import mark_state

        return mark_state(
            opened.session, hcp_id=hcp_id, state=state, reason=reason, source=source, day=day, evidence=evidence
        )

    return Task(work)


def unmark(
    *,
    hcp_id: str,
    state: PersonState,
    reason: str,
    received_at: str = "",
    channel: str = "",
    evidence: Path | None = None,
) -> Task[Any]:
    """A state is undone, or a second person asked to."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.people.person_state_end import unmark_state

        return unmark_state(
            opened.session, hcp_id=hcp_id, state=state, reason=reason, received_at=received_at, channel=channel,
            evidence=evidence,
        )  # fmt: skip

    return Task(work)


def states(*, hcp_id: str) -> Task[Any]:
    """What was said of the person."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.people.person_states import person_states

        return person_states(opened.session, hcp_id=hcp_id)

    return Task(work)
