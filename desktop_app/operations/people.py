"""Looking at people."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from compliance.model.access import Purpose
from compliance.model.answer import Answer, Refusal
from compliance.model.profile import ProfileView, ShownField
from compliance.use_cases.people import amendments, automation, objections
from compliance.use_cases.seeing import cases, people_export, people_list, profiles, saved_views, timelines, view_marks
from compliance.use_cases.seeing.people_list import PeoplePage
from compliance.use_cases.seeing.profiles import WhyCard
from compliance.use_cases.seeing.view_marks import Held, Seen
from compliance.use_cases.signing import approvals
from desktop_app.tasks import Task

PAGE = 25


def find(
    *, text: str, purpose: Purpose, offset: int = 0, after: str = "", before: str = "", as_rep: str | None = None
) -> Task[Answer[PeoplePage | Refusal]]:
    """One page of people; a long list is not counted for it."""
    return Task(
        lambda opened, _: people_list.find_people(
            opened.session, text=text, purpose=purpose, limit=PAGE, offset=offset, after=after, before=before,
            counted=False, as_rep=as_rep,
        )
    )  # fmt: skip


def count(*, text: str, purpose: Purpose, as_rep: str | None = None) -> Task[Answer[int | Refusal]]:
    """How many people there are of a long list."""
    return Task(lambda opened, _: people_list.count_people(opened.session, text=text, purpose=purpose, as_rep=as_rep))


def open_profile(
    *, hcp_id: str, purpose: Purpose, case_id: str | None = None, as_rep: str | None = None
) -> Task[Answer[ProfileView | Refusal]]:
    """One person for one purpose."""
    return Task(
        lambda opened, _: profiles.open_profile(
            opened.session, hcp_id=hcp_id, purpose=purpose, case_id=case_id, as_rep=as_rep
        )
    )


def still_holds(*, seen: Sequence[Seen], moment: str) -> Task[Answer[Held]]:
    """Whether what a page shows may go on being shown."""
    return Task(lambda opened, _: view_marks.still_holds(opened.session, seen=seen, moment=moment))


def why(*, hcp_id: str, key: str, purpose: Purpose, as_rep: str | None = None) -> Task[Answer[WhyCard | Refusal]]:
    """Why one field shows as it does."""
    return Task(
        lambda opened, _: profiles.why_field(opened.session, hcp_id=hcp_id, key=key, purpose=purpose, as_rep=as_rep)
    )


def open_reason(*, code: str) -> Task[Any]:
    """The full reason behind a code somebody reads out."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.seeing.reason_codes import open_reason as find

        return find(opened.session, code=code)

    return Task(work)


def reveal(
    *, hcp_id: str, key: str, purpose: Purpose, case_id: str | None = None
) -> Task[Answer[ShownField | Refusal]]:
    """Clear text of a masked value: its own act with its own log entry."""
    return Task(
        lambda opened, _: profiles.reveal_field(
            opened.session, hcp_id=hcp_id, key=key, purpose=purpose, case_id=case_id
        )
    )


def timeline(*, hcp_id: str) -> Task[Any]:
    """What happened with one person."""
    return Task(lambda opened, _: timelines.timeline(opened.session, hcp_id=hcp_id))


def add(*, values: Mapping[str, str], source: str, held: bool = False) -> Task[Any]:
    """A person entered by hand."""
    return Task(lambda opened, _: amendments.add_person(opened.session, values=values, source=source, held=held))


def readmit(*, values: Mapping[str, str], reason: str) -> Task[Any]:
    """A second person is asked to let somebody who was erased be taken in again."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.people.readmitting import request_readmission

        return request_readmission(opened.session, values=values, reason=reason)

    return Task(work)


def amend(*, hcp_id: str, key: str, value: str, source: str, held: bool = False, why: str = "correction") -> Task[Any]:
    """One value corrected, or taken away with an empty text."""
    return Task(
        lambda opened, _: amendments.amend_person(
            opened.session, hcp_id=hcp_id, key=key, value=value, source=source, held=held, why=why
        )
    )


def history(*, hcp_id: str, key: str, purpose: Purpose, case_id: str | None = None) -> Task[Any]:
    """What a value was before."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.seeing.value_history import field_history

        return field_history(opened.session, hcp_id=hcp_id, key=key, purpose=purpose, case_id=case_id)

    return Task(work)


def dispute(*, hcp_id: str, key: str, reason: str, purpose: Purpose, case_id: str | None = None) -> Task[Any]:
    """A value is said to be wrong."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.people.disputes import dispute_value

        return dispute_value(opened.session, hcp_id=hcp_id, key=key, reason=reason, purpose=purpose, case_id=case_id)

    return Task(work)


def settle(*, hcp_id: str, key: str, outcome: str, purpose: Purpose, case_id: str | None = None) -> Task[Any]:
    """The second look at a disputed value."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.people.disputes import settle_dispute

        return settle_dispute(opened.session, hcp_id=hcp_id, key=key, outcome=outcome, purpose=purpose, case_id=case_id)

    return Task(work)


def object_public(*, hcp_id: str) -> Task[Any]:
    """The person objects to the use of public information."""
    return Task(lambda opened, _: objections.object_public(opened.session, hcp_id=hcp_id))


def take_back_objection(*, hcp_id: str, received_at: str, channel: str, evidence: Path) -> Task[Any]:
    """The person takes the objection back, by an act of their own."""
    return Task(
        lambda opened, _: objections.take_back_objection(
            opened.session, hcp_id=hcp_id, received_at=received_at, channel=channel, evidence=evidence
        )
    )


def unfreeze(*, hcp_id: str) -> Task[Any]:
    """Lift a freeze; the privacy officer's word."""
    return Task(lambda opened, _: amendments.unfreeze_person(opened.session, hcp_id=hcp_id))


def freeze(*, hcp_id: str, reason: str) -> Task[Any]:
    """Stop everything with one person at once."""
    return Task(lambda opened, _: amendments.freeze_person(opened.session, hcp_id=hcp_id, reason_code=reason))


def open_case(*, hcp_id: str, kind: str) -> Task[Any]:
    """A case that gives ``rights`` its reason."""
    return Task(lambda opened, _: cases.open_case(opened.session, hcp_id=hcp_id, kind=kind))


def close_case(*, case_id: str) -> Task[Any]:
    """End a case; from then on it opens nothing."""
    return Task(lambda opened, _: cases.close_case(opened.session, case_id=case_id))


def list_cases() -> Task[Any]:
    """Open cases."""
    return Task(lambda opened, _: cases.list_cases(opened.session))


def erase(*, hcp_id: str, reason: str) -> Task[Any]:
    """Ask for an erasure; a second person carries it out."""
    return Task(lambda opened, _: approvals.request_erasure(opened.session, hcp_id=hcp_id, reason=reason))


def refuse_automation(*, hcp_id: str) -> Task[Any]:
    """The person refuses automated decisions."""
    return Task(lambda opened, _: automation.refuse_automation(opened.session, hcp_id=hcp_id))


def allow_automation(*, hcp_id: str, received_at: str, channel: str) -> Task[Any]:
    """The person takes that back."""
    return Task(
        lambda opened, _: automation.allow_automation(
            opened.session, hcp_id=hcp_id, received_at=received_at, channel=channel
        )
    )


def export(
    *,
    purpose: Purpose,
    path: Path,
    text: str = "",
    overseas: str | None = None,
    join: Purpose | None = None,
    assessment: str = "",
    rule: str = "",
    reviewer: str = "",
) -> Task[Any]:
    """People list to a workbook, policy applied; for a recipient abroad through the gates."""
    return Task(
        lambda opened, progress: people_export.export_people(
            opened.session,
            purpose=purpose,
            path=path,
            text=text,
            overseas=overseas,
            join=join,
            assessment=assessment,
            rule=rule,
            reviewer=reviewer,
            progress=progress,
        ),
        title="desk.task.export",
        stoppable=True,
    )


def list_views() -> Task[Any]:
    """My saved searches."""
    return Task(lambda opened, _: saved_views.list_views(opened.session))


def save_view(*, name: str, text: str, purpose: Purpose, columns: tuple[str, ...]) -> Task[Any]:
    """Name a search."""
    return Task(
        lambda opened, _: saved_views.save_view(opened.session, name=name, text=text, purpose=purpose, columns=columns)
    )


def drop_view(*, name: str) -> Task[Any]:
    """Forget a saved search."""
    return Task(lambda opened, _: saved_views.drop_view(opened.session, name=name))


def open_view(*, name: str, offset: int = 0, after: str = "", before: str = "") -> Task[Any]:
    """One page of a saved search, with its columns."""
    return Task(
        lambda opened, _: saved_views.open_view(
            opened.session, name=name, limit=PAGE, offset=offset, after=after, before=before, counted=False
        )
    )
