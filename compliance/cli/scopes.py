"""``scope …``: pause, end or take up again a purpose or an item for everybody."""

import click

from compliance.cli.env import Env
from compliance.cli.output import Outcome, answered, plain
from compliance.cli.words import Command, group
from compliance.model.consent import PurposeStop

scope = group("scope")
COMMANDS: dict[str, click.Command] = {"scope": scope}
SCOPE = click.argument("scope", metavar="PURPOSE|ITEM")
REASON = click.option("--reason", required=True, metavar="TEXT")


@scope.command("pause", cls=Command)
@SCOPE
@REASON
@click.pass_obj
def pause(env: Env, *, scope: str, reason: str) -> Outcome:
    """Suspend for everybody until lifted: ``{"stop", "scope", "kind", "acts_from"}``."""
    from compliance.use_cases.consent.stops import pause_scope

    return answered(pause_scope(env.session(), scope=scope, reason=reason), _stop)


@scope.command("end", cls=Command)
@SCOPE
@REASON
@click.pass_obj
def end(env: Env, *, scope: str, reason: str) -> Outcome:
    """Revoke every consent given so far: ``{"stop", "scope", "kind", "acts_from"}``."""
    from compliance.use_cases.consent.stops import end_scope

    return answered(end_scope(env.session(), scope=scope, reason=reason), _stop)


@scope.command("lift", cls=Command)
@SCOPE
@REASON
@click.pass_obj
def lift(env: Env, *, scope: str, reason: str) -> Outcome:
    """Take up again; waits for a second person: ``{"pending"}``."""
    from compliance.use_cases.consent.stops import lift_scope

    return answered(
        lift_scope(env.session(), scope=scope, reason=reason), lambda request: {"pending": request.request_id}
    )


@scope.command("standing", cls=Command)
@click.pass_obj
def standing(env: Env) -> Outcome:
    """What hangs on each: ``{"scopes": [{"scope", "state", "since", "own", "open", "suspended", "by_item": {}}]}``."""
    from compliance.use_cases.seat.stop_effects import scope_standings

    return answered(
        scope_standings(env.session()),
        lambda rows: {"scopes": [{**plain(row), "by_item": dict(row.by_item)} for row in rows]},
    )


@scope.command("list", cls=Command)
@click.pass_obj
def listed(env: Env) -> Outcome:
    """Everything stopped or lifted so far: ``{"stops": [{"stop", "scope", "kind", "acts_from", "reason", "by"}]}``."""
    from compliance.use_cases.consent.stops import list_stops

    return answered(
        list_stops(env.session()),
        lambda stops: {"stops": [{**_stop(s), "reason": s.reason, "by": s.recorded_by} for s in stops]},
    )


def _stop(stop: PurposeStop) -> dict[str, object]:
    return {"stop": stop.stop_id, "scope": stop.scope, "kind": str(stop.kind), "acts_from": plain(stop.acts_from)}
