"""``notice historical …`` and ``notice except``: old notices as found, exceptions from notice.

Keys: add ``{"notice", "version", "state", "sha256", "gaps": [], "scan"}``; scan ``{"notice", "file", "sha256"}``;
except ``{"exception", "code", "purpose", "citation", "approver", "until"}``; exceptions ``{"exceptions": []}``.
"""

from pathlib import Path

import click

from compliance.cli.env import Env
from compliance.cli.output import Outcome, Payload, answered, plain
from compliance.cli.params import Code, InFile, OutPath
from compliance.cli.words import Command, group
from compliance.model.access import Purpose
from compliance.model.notice import NoticeException

historical = group("historical")


@historical.command("add", cls=Command)
@click.argument("file", type=InFile())
@click.option("--scan", type=InFile())
@click.pass_obj
def add(env: Env, *, file: Path, scan: Path | None) -> Outcome:
    """Register a notice of the past as found, with its gaps named."""
    from compliance.use_cases.notices.notice_history import add_historical

    return answered(
        add_historical(env.session(), path=file, scan=scan),
        lambda made: {
            "notice": made.notice.notice,
            "version": made.notice.version,
            "state": str(made.notice.state),
            "sha256": made.notice.sha256,
            "lines": [line.item for line in made.notice.lines],
            "gaps": [plain(gap) for gap in made.gaps],
            "scan": made.scan or None,
        },
    )


@historical.command("scan", cls=Command)
@click.argument("ref", metavar="ID@VERSION")
@click.option("--out", type=OutPath("FILE"), required=True)
@click.pass_obj
def scan(env: Env, *, ref: str, out: Path) -> Outcome:
    """The document kept with an old notice."""
    from compliance.use_cases.notices.notice_history import save_scan

    return answered(
        save_scan(env.session(), ref=ref, path=out),
        lambda made: {"notice": ref, "file": str(made.path), "sha256": made.sha256},
    )


@click.command("except", cls=Command)
@click.option("--code", required=True, metavar="secrecy|emergency")
@click.option("--purpose", type=Code(Purpose, "unknown_purpose"), required=True)
@click.option("--citation", required=True, metavar="TEXT")
@click.option("--approver", required=True, metavar="NAME")
@click.option("--until", default="", metavar="DATE")
@click.option("--hcp", default="", metavar="HCP")
@click.pass_obj
def except_(env: Env, *, code: str, purpose: Purpose, citation: str, approver: str, until: str, hcp: str) -> Outcome:
    """Allow processing without notice until a day (PIPL 18)."""
    from compliance.use_cases.notices.notice_history import except_notice

    answer = except_notice(
        env.session(), code=code, purpose=purpose, citation=citation, approver=approver, until=until, hcp_id=hcp
    )
    return answered(answer, _exception)


@click.command("exceptions", cls=Command)
@click.pass_obj
def exceptions(env: Env) -> Outcome:
    """All exceptions from notice."""
    from compliance.use_cases.notices.notice_history import list_exceptions

    return answered(list_exceptions(env.session()), lambda rows: {"exceptions": [_exception(row) for row in rows]})


def _exception(row: NoticeException) -> Payload:
    return {
        "exception": row.exception_id,
        "code": row.code,
        "purpose": row.purpose,
        "hcp_id": row.hcp_id or None,
        "citation": row.citation,
        "approver": row.approver,
        "until": plain(row.ends_at),
    }
