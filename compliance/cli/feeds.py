"""``consent changes|answers|feeds|unanswered``: the feed to source systems and what came back."""

from datetime import datetime
from pathlib import Path

import click

from compliance.cli.env import Env
from compliance.cli.output import Outcome, answered, plain
from compliance.cli.params import InFile, Instant, OutPath
from compliance.cli.words import Command


@click.command("changes", cls=Command)
@click.option("--since", type=Instant(), required=True)
@click.option("--source", required=True, metavar="CODE")
@click.option("--out", type=OutPath("FILE"), required=True)
@click.pass_obj
def changes(env: Env, *, since: datetime, source: str, out: Path) -> Outcome:
    """What changed, for a source system: ``{"feed", "file", "rows", "people", "unknown", "sha256"}``."""
    from compliance.use_cases.people.feeds import send_changes

    progress = env.progress()
    try:
        answer = send_changes(env.session(), source=source, since=since, path=out, progress=progress)
    finally:
        progress.close()
    return answered(
        answer,
        lambda sent: {
            "feed": sent.feed_id,
            "file": str(sent.file),
            "rows": sent.rows,
            "people": sent.people,
            "unknown": sent.unknown,
            "sha256": sent.sha256,
        },
    )


@click.command("answers", cls=Command)
@click.argument("file", type=InFile(), metavar="FILE")
@click.option("--dry-run", is_flag=True)
@click.pass_obj
def answers(env: Env, *, file: Path, dry_run: bool) -> Outcome:
    """Take in the answers: ``{"read", "done", "failed", "open", "rejected", "tasks_done", "problems"}``."""
    from compliance.use_cases.people.feeds import take_answers

    return answered(
        take_answers(env.session(), path=file, dry_run=dry_run),
        lambda taken: {
            "read": taken.read,
            "done": taken.done,
            "failed": taken.failed,
            "open": taken.open,
            "rejected": taken.rejected,
            "tasks_done": list(taken.tasks_done),
            "problems": [{"row": row, "column": column, "code": code} for row, column, code in taken.problems],
        },
    )


@click.command("feeds", cls=Command)
@click.pass_obj
def feeds(env: Env) -> Outcome:
    """Feeds so far: ``{"feeds": [{"feed", "source", "made_at", "rows"}], "unanswered": [{"change", "hcp_id", …}]}``."""
    from compliance.use_cases.people.feeds import list_feeds, unanswered

    waiting = unanswered(env.session()).value
    return answered(
        list_feeds(env.session()),
        lambda rows: {
            "feeds": [
                {"feed": f.feed_id, "source": f.source, "made_at": plain(f.made_at), "rows": f.rows} for f in rows
            ],
            "unanswered": [
                {
                    "change": f"{w.feed_id}/{w.no}",
                    "hcp_id": w.hcp_id,
                    "line": w.item,
                    "due": plain(w.due),
                    "answer": w.answer,
                }
                for w in waiting
            ],
        },
    )


FEEDS: tuple[click.Command, ...] = (changes, answers, feeds)
