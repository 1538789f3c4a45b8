"""``erase``, ``approve``, ``reject``, ``pending``: acts that two people must sign, here or on another machine."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from compliance.cli.env import Env
from compliance.cli.output import INTEGRITY, Outcome, Payload, answered, failed, layout, plain
from compliance.cli.params import InFile, OutPath
from compliance.cli.words import Command, Group
from compliance.errors import bad_input
from compliance.i18n import Lang, t

if TYPE_CHECKING:
    from compliance.use_cases.signing.approvals import Approved, RequestFile

#: What these keys mean of a merge; of an import that is taken back they mean something else.
_OF_MERGES = {"kept": "kept_record", "restored": "restored_record", "closed": "closed_by_merge"}


@click.command("erase", cls=Command)
@click.argument("hcp", metavar="HCP")
@click.option("--reason", required=True, metavar="TEXT")
@click.pass_obj
def erase(env: Env, *, hcp: str, reason: str) -> Outcome:
    """Ask for the destruction of a person's keys; a second person signs."""
    from compliance.use_cases.signing.approvals import request_erasure

    return answered(request_erasure(env.session(), hcp_id=hcp, reason=reason), lambda _: {"hcp_id": hcp})


@click.command("approve", cls=Command)
@click.argument("request", metavar="REQ|FILE")
@click.option("--recovery-file", type=InFile())
@click.option("--key", type=InFile())
@click.option("--out", type=OutPath("SIG"))
@click.pass_obj
def approve(env: Env, *, request: str, recovery_file: Path | None, key: Path | None, out: Path | None) -> Outcome:
    """The second signature; it carries the act out. One-officer vaults sign with the recovery sheet.

    With a request file it needs no vault: it says what is asked and, with ``--out``, signs with a carried key.
    """
    from compliance.use_cases.signing import approvals
    from compliance.use_cases.upkeep import papers

    if key or out or Path(request).is_file():
        return _approve_file(env, Path(request), key=key, out=out)
    code = papers.recovery_code(recovery_file) if recovery_file else ""
    answer = approvals.approve(env.session(), request_id=request, recovery_text=code)
    return answered(answer, lambda done: _carried(done, env.lang))


@click.command("reject", cls=Command)
@click.argument("request", metavar="REQ")
@click.pass_obj
def reject(env: Env, *, request: str) -> Outcome:
    """Say no to a waiting request."""
    from compliance.use_cases.signing import approvals

    return answered(approvals.reject(env.session(), request_id=request), lambda _: {"rejected": request})


@click.group("pending", cls=Group, invoke_without_command=True)
@click.pass_context
def pending(ctx: click.Context) -> Outcome | None:
    """Requests that wait for a second signature."""
    return None if ctx.invoked_subcommand else _waiting(ctx.obj)


@pending.command("export", cls=Command)
@click.argument("request", metavar="REQ")
@click.argument("file", type=OutPath("FILE"))
@click.pass_obj
def export(env: Env, *, request: str, file: Path) -> Outcome:
    """Write a waiting request as a file, to be signed on another machine."""
    from compliance.use_cases.signing.approvals import export_request

    return answered(export_request(env.session(), request_id=request, path=file), _request_file)


@pending.command("import", cls=Command)
@click.argument("file", type=InFile(), metavar="SIG")
@click.pass_obj
def import_(env: Env, *, file: Path) -> Outcome:
    """Take in a signature file and carry the act out."""
    from compliance.use_cases.signing.approvals import import_signature

    return answered(import_signature(env.session(), path=file), lambda done: _carried(done, env.lang))


def _waiting(env: Env) -> Outcome:
    from compliance.use_cases.signing.approvals import list_pending, request_words

    return answered(
        list_pending(env.session()),
        lambda rows: {
            "pending": [
                {
                    "request": row.request_id,
                    "action": row.action,
                    "asks": request_words(row, env.lang),
                    "requested_by": row.requested_by,
                    "requested_at": plain(row.requested_at),
                    "state": str(row.state),
                    "signed_by": row.decided_by or None,
                    "not_before": plain(row.not_before),
                }
                for row in rows
            ]
        },
    )


def _approve_file(env: Env, file: Path, *, key: Path | None, out: Path | None) -> Outcome:
    from compliance.use_cases.signing import approvals

    if not file.is_file():
        raise bad_input("file_missing", "FILE")
    shown = approvals.read_request(file, lang=env.lang)
    env.sandbox = shown.sandbox
    clock = env.clock(sandbox=shown.sandbox)
    if out is None:
        return Outcome(_request_file(shown))
    if key is None:
        raise bad_input("key_needed", "--key")
    signed = approvals.sign_request(file, key=key, passphrase=env.passphrase(), out=out, clock=clock, lang=env.lang)
    return answered(signed, _request_file)


def _carried(done: "Approved", lang: Lang) -> Outcome:
    payload = {"approved": done.request_id, "action": str(done.action), "result": plain(done.result)}
    outcome = Outcome(payload)
    if done.action in ("merge", "unmerge"):
        result = {_OF_MERGES.get(key, key): value for key, value in plain(done.result).items()}
        outcome = Outcome(payload, lines=lambda lang: layout({**payload, "result": result}, lang))
    leaks = done.result.get("leaks")
    return failed(outcome, "leak_found", t("error.leak_found", lang), INTEGRITY) if leaks else outcome


def _request_file(made: "RequestFile") -> Payload:
    return {
        "request": made.request_id,
        "vault_id": made.vault_id,
        "action": made.action,
        "asks": made.words,
        "facts": dict(made.facts),
        "requested_by": made.requested_by,
        "requested_at": plain(made.requested_at),
        "expires": plain(made.expires_at),
        "digest": made.digest,
        "signed_by": made.signed_by or None,
        "file": plain(made.file),
    }


COMMANDS: dict[str, click.Command] = {"erase": erase, "approve": approve, "reject": reject, "pending": pending}
