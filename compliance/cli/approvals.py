"""``erase``, ``approve``, ``reject``, ``pending``: acts that two people must sign."""

from pathlib import Path

import click

from compliance.cli.env import Env
from compliance.cli.output import Outcome, answered, plain
from compliance.cli.params import InFile
from compliance.cli.words import Command


@click.command("erase", cls=Command)
@click.argument("hcp", metavar="HCP")
@click.option("--reason", required=True, metavar="TEXT")
@click.pass_obj
def erase(env: Env, *, hcp: str, reason: str) -> Outcome:
    """Ask for the destruction of a person's keys; a second person signs."""
    from compliance.use_cases.approvals import request_erasure

    return answered(request_erasure(env.session(), hcp_id=hcp, reason=reason), lambda _: {"hcp_id": hcp})


@click.command("approve", cls=Command)
@click.argument("request", metavar="REQ")
@click.option("--recovery-file", type=InFile())
@click.pass_obj
def approve(env: Env, *, request: str, recovery_file: Path | None) -> Outcome:
    """The second signature; it carries the act out. One-officer vaults sign with the recovery sheet."""
    from compliance.use_cases import approvals, papers

    code = papers.recovery_code(recovery_file) if recovery_file else ""
    return answered(
        approvals.approve(env.session(), request_id=request, recovery_text=code),
        lambda done: {"approved": done.request_id, "action": str(done.action), "result": plain(done.result)},
    )


@click.command("reject", cls=Command)
@click.argument("request", metavar="REQ")
@click.pass_obj
def reject(env: Env, *, request: str) -> Outcome:
    """Say no to a waiting request."""
    from compliance.use_cases import approvals

    return answered(approvals.reject(env.session(), request_id=request), lambda _: {"rejected": request})


@click.command("pending", cls=Command)
@click.pass_obj
def pending(env: Env) -> Outcome:
    """Requests that wait for a second signature."""
    from compliance.use_cases.approvals import list_pending

    return answered(
        list_pending(env.session()),
        lambda rows: {
            "pending": [
                {
                    "request": row.request_id,
                    "action": row.action,
                    "requested_by": row.requested_by,
                    "requested_at": plain(row.requested_at),
                    "state": row.state,
                    "not_before": plain(row.not_before),
                }
                for row in rows
            ]
        },
    )


COMMANDS: dict[str, click.Command] = {"erase": erase, "approve": approve, "reject": reject, "pending": pending}
