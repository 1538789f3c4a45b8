"""Work lists of consent, the forecast of ends, the coverage, stops for everybody, and the rebuild check."""

from collections.abc import Mapping
from typing import Any

from compliance.model.answer import Answer, Refusal
from compliance.model.consent import PurposeStop
from compliance.use_cases.consent import rebuilding, worklists
from compliance.use_cases.consent import stops as scopes
from compliance.use_cases.consent.worklists import Coverage, WeekEnds, WorkList, WorkPage
from compliance.use_cases.seat import stop_effects
from compliance.use_cases.seat.stop_effects import ScopeStanding
from desktop_app.tasks import Task


def counts(*, within_days: int = 30) -> Task[Answer[Mapping[WorkList, int] | Refusal]]:
    """How much stands on each list."""
    return Task(lambda opened, _: worklists.work_counts(opened.session, within_days=within_days))


def show(*, kind: WorkList, within_days: int, limit: int) -> Task[Answer[WorkPage | Refusal]]:
    """One list; the look is logged."""
    return Task(
        lambda opened, _: worklists.work_list(opened.session, kind=kind, within_days=within_days, limit=limit),
        title="desk.task.list",
    )


def forecast(*, weeks: int) -> Task[Answer[tuple[WeekEnds, ...] | Refusal]]:
    """Ends by week and territory."""
    return Task(lambda opened, _: worklists.forecast(opened.session, weeks=weeks))


def coverage() -> Task[Answer[Coverage | Refusal]]:
    """Who of the assigned may be shown for the visit."""
    return Task(lambda opened, _: worklists.coverage(opened.session))


def stops() -> Task[Answer[tuple[PurposeStop, ...]]]:
    """Everything ever stopped or taken up again."""
    return Task(lambda opened, _: scopes.list_stops(opened.session))


def standings() -> Task[Answer[tuple[ScopeStanding, ...]]]:
    """What hangs on each purpose and item, and whether it is stopped."""
    return Task(lambda opened, _: stop_effects.scope_standings(opened.session))


def pause(*, scope: str, reason: str) -> Task[Any]:
    """Suspend a purpose or an item for everybody."""
    return Task(lambda opened, _: scopes.pause_scope(opened.session, scope=scope, reason=reason))


def end(*, scope: str, reason: str) -> Task[Any]:
    """End a purpose or an item for everybody."""
    return Task(lambda opened, _: scopes.end_scope(opened.session, scope=scope, reason=reason))


def lift(*, scope: str, reason: str) -> Task[Any]:
    """Ask to take a stopped scope up again; a second person carries it out."""
    return Task(lambda opened, _: scopes.lift_scope(opened.session, scope=scope, reason=reason))


def rebuild(*, mend: bool) -> Task[Any]:
    """Work out every status anew and compare; stopping changes nothing."""
    return Task(
        lambda opened, progress: rebuilding.rebuild_states(opened.session, mend=mend, progress=progress),
        title="desk.task.rebuild",
        stoppable=True,
    )
