"""``consent …`` continued: status, what ends soon, what waits for a check, documents, receipts."""

from datetime import datetime
from pathlib import Path

import click

from compliance.cli import consent_views as views
from compliance.cli.coded import item_words
from compliance.cli.env import Env
from compliance.cli.output import Outcome, Payload, answered, label, last_day, local_time, plain, table
from compliance.cli.params import Instant, OutPath
from compliance.cli.words import Command
from compliance.errors import bad_input
from compliance.i18n import Lang, has, t
from compliance.model.consent import LineStatus

HCP = click.argument("hcp", metavar="HCP")


@click.command("status", cls=Command)
@HCP
@click.option("--as-of", type=Instant())
@click.option("--known-at", type=Instant())
@click.pass_obj
def status(env: Env, *, hcp: str, as_of: datetime | None, known_at: datetime | None) -> Outcome:
    """The computed status of every item."""
    from compliance.use_cases.consent.standing import consent_status

    answer = consent_status(env.session(), hcp_id=hcp, as_of=as_of, known_at=known_at)
    return answered(
        answer,
        lambda rows: Outcome(
            {"hcp_id": hcp, "lines": [_line(row) for row in rows]}, lines=lambda lang: _status_lines(hcp, rows, lang)
        ),
    )


@click.command("due", cls=Command)
@click.option("--within", type=click.IntRange(0, 3650), default=30, metavar="DAYS")
@click.option("--limit", type=click.IntRange(min=0), default=1000, metavar="N")
@click.option("--after", default="", metavar="MORE")
@click.pass_obj
def due(env: Env, *, within: int, limit: int, after: str) -> Outcome:
    """Consents that end soon, ``--limit`` at a time (0: all): ``{"due": [...], "more"}``.

    ``--after`` takes the ``more`` of the answer before; it is empty after the last.
    """
    from compliance.use_cases.consent.standing import consents_due

    return answered(
        consents_due(env.session(), within_days=within, limit=limit, after=after),
        lambda page: {
            "due": [
                {"hcp_id": row.hcp_id, "line": row.item, "valid_until": plain(row.valid_until)} for row in page.lines
            ],
            "more": page.more,
        },
    )


@click.command("receipt", cls=Command)
@HCP
@click.option("--line", default="", metavar="ITEM")
@click.option("--all", "all_", is_flag=True)
@click.option("--format", "fmt", type=click.Choice(["json", "pdf"]), required=True)
@click.option("--out", type=OutPath("FILE"), required=True)
@click.pass_obj
def receipt(env: Env, *, hcp: str, line: str, all_: bool, fmt: str, out: Path) -> Outcome:
    """A consent receipt (ISO/IEC TS 27560) for the person: of one item, or of every item."""
    from compliance.use_cases.consent.receipts import issue_receipt

    if all_ == bool(line):
        raise bad_input("line_or_all", "--line")
    answer = issue_receipt(env.session(), hcp_id=hcp, item=line, fmt=fmt, path=out)
    return answered(answer, lambda made: {"file": str(made), "line": line, "format": fmt})


@click.command("pending", cls=Command)
@click.pass_obj
def pending(env: Env) -> Outcome:
    """Acts that wait for their check, also behind a standing no or a valid yes."""
    from compliance.use_cases.consent.checking import pending_checks

    return answered(pending_checks(env.session()), lambda rows: {"pending": [plain(row) for row in rows]})


@click.command("evidence", cls=Command)
@click.argument("event")
@click.option("--out", type=OutPath("FILE"), required=True)
@click.pass_obj
def evidence(env: Env, *, event: str, out: Path) -> Outcome:
    """Open a sealed document into a file."""
    from compliance.use_cases.intake.evidence_pages import save_evidence

    answer = save_evidence(env.session(), event_id=event, path=out)
    return answered(answer, lambda f: {"file": str(out), "media_type": f.media_type, "sha256": f.sha256})


@click.command("rebuild", cls=Command)
@click.option("--mend", is_flag=True)
@click.pass_obj
def rebuild(env: Env, *, mend: bool) -> Outcome:
    """State table and queue of checks against all events.

    ``{"people", "events", "rows", "differing", "mended", "digest"}``
    """
    from compliance.use_cases.consent.rebuilding import rebuild_states

    progress = env.progress()
    try:
        answer = rebuild_states(env.session(), mend=mend, progress=progress)
    finally:
        progress.close()
    return answered(
        answer,
        lambda made: {
            "people": made.people,
            "events": made.events,
            "rows": made.rows,
            "differing": made.differing,
            "mended": made.mended,
            "digest": made.digest,
        },
    )


@click.command("timeline", cls=Command)
@HCP
@click.option("--line", metavar="ITEM", default="")
@click.option("--purpose", metavar="PURPOSE", default="")
@click.option("--known-at", type=Instant())
@click.pass_obj
def timeline(env: Env, *, hcp: str, line: str, purpose: str, known_at: datetime | None) -> Outcome:
    """Each item over time: ``{"hcp_id", "at", "items": [{"line", "purpose", "status", "code", "bands", "events"}]}``.

    A band: ``{"from", "to", "status", "code", "open", "event_id", "notice", "valid_until"}``, "to" null while it lasts.
    """
    from compliance.use_cases.consent.consent_timeline import consent_timeline

    answer = consent_timeline(env.session(), hcp_id=hcp, item=line, purpose=purpose, known_at=known_at)
    return answered(
        answer,
        lambda made: Outcome(
            {"hcp_id": hcp, "at": plain(made.at), "items": [views.item_timeline(x) for x in made.items]},
            lines=lambda lang: views.timeline_lines(made, lang),
        ),
    )


@click.command("proof", cls=Command)
@HCP
@click.option("--out", type=OutPath("DIR"), required=True)
@click.option("--purpose", default="", metavar="PURPOSE")
@click.option("--case", "case_id", default="", metavar="CASE")
@click.option("--reason", default="", metavar="TEXT")
@click.option("--recipient", default="", metavar="TEXT")
@click.option("--names", is_flag=True)
@click.pass_obj
def proof(
    env: Env, *, hcp: str, out: Path, purpose: str, case_id: str, reason: str, recipient: str, names: bool
) -> Outcome:
    """The proof pack of one person: ``{"folder", "pack", "manifest_sha256", "files", "items", "evidence", "entries",
    "left_out"}``. ``verify DIR`` checks it without the vault."""
    from compliance.use_cases.consent.proof_pack import ProofRequest, make_proof_pack

    request = ProofRequest(
        hcp_id=hcp,
        folder=out,
        purpose=purpose,
        case_id=case_id,
        reason=reason,
        recipient=recipient,
        open_names=names,
    )
    return answered(
        make_proof_pack(env.session(), request=request),
        lambda made: {
            "folder": str(made.folder),
            "pack": made.pack_id,
            "manifest_sha256": made.manifest_sha256,
            "files": made.files,
            "items": made.items,
            "evidence": made.evidence,
            "entries": made.entries,
            "left_out": dict(made.left_out),
        },
    )


READS: tuple[click.Command, ...] = (status, due, receipt, pending, evidence, rebuild, timeline, proof)


def _line(row: LineStatus) -> Payload:
    return {
        "line": row.item,
        "purpose": row.purpose,
        "status": str(row.status),
        "code": row.code,
        "valid_until": plain(row.valid_until),
        "notice": row.notice,
        "since": plain(row.since),
        "grade": str(row.grade),
        "may_ask": row.may_ask,
        "ask_again_from": plain(row.ask_again_from),
        "event_id": row.event_id,
        "ended_as": str(row.ended) if row.ended else None,
        "archived_since": plain(row.archived_since),
        "keep_until": plain(row.keep_until),
    }


def _status_words(row: LineStatus, lang: Lang) -> str:
    words = t(f"status.{row.status}", lang)
    return f"{words} ({t(f'status.{row.ended}', lang)})" if row.ended else words


def _status_lines(hcp: str, rows: tuple[LineStatus, ...], lang: Lang) -> list[str]:
    head = [label(key, lang) for key in ("line", "status", "since", "valid_until", "notice", "why", "ask_again_from")]
    body = [
        [
            item_words(row.item, lang),
            _status_words(row, lang),
            local_time(row.since),
            last_day(row.valid_until),
            row.notice or "—",
            t(f"code.{row.code}", lang) if has(f"code.{row.code}") else row.code,
            local_time(row.ask_again_from),
        ]
        for row in rows
    ]
    return [hcp, "", *table(head, body)]
