"""``people views …``: searches a user named for themselves."""

from typing import TYPE_CHECKING

import click

from compliance.cli.env import Env
from compliance.cli.output import Outcome, Payload, answered, plain
from compliance.cli.params import Code
from compliance.cli.people_views import field_words, page_words, person
from compliance.cli.words import Command, group
from compliance.i18n import Lang
from compliance.model.access import Purpose

if TYPE_CHECKING:
    from compliance.use_cases.seeing.people_list import PeoplePage
    from compliance.vault import SavedView

views = group("views")


@views.command("list", cls=Command)
@click.pass_obj
def list_(env: Env) -> Outcome:
    """My views."""
    from compliance.use_cases.seeing.saved_views import list_views

    return answered(list_views(env.session()), lambda found: {"views": [_view(one) for one in found]})


@views.command("save", cls=Command)
@click.argument("name")
@click.option("--find", "text", default="", metavar="TEXT")
@click.option("--purpose", type=Code(Purpose, "unknown_purpose"), required=True)
@click.option("--columns", default="", metavar="KEYS")
@click.pass_obj
def save(env: Env, *, name: str, text: str, purpose: Purpose, columns: str) -> Outcome:
    """Name a search, with the columns to show."""
    from compliance.use_cases.seeing.saved_views import COLUMNS, save_view

    keys = tuple(key.strip() for key in columns.split(",") if key.strip()) or COLUMNS
    return answered(save_view(env.session(), name=name, text=text, purpose=purpose, columns=keys), _view)


@views.command("open", cls=Command)
@click.argument("name")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, metavar="N")
@click.option("--offset", type=click.IntRange(min=0), default=0, metavar="N")
@click.option("--after", default="", metavar="MORE")
@click.pass_obj
def open_(env: Env, *, name: str, limit: int, offset: int, after: str) -> Outcome:
    """The people a view finds now; ``--after`` goes on as in ``people find``."""
    from compliance.use_cases.seeing.saved_views import open_view

    return answered(open_view(env.session(), name=name, limit=limit, offset=offset, after=after), _page)


@views.command("drop", cls=Command)
@click.argument("name")
@click.pass_obj
def drop(env: Env, *, name: str) -> Outcome:
    """Forget a view."""
    from compliance.use_cases.seeing.saved_views import drop_view

    return answered(drop_view(env.session(), name=name), lambda gone: {"name": gone, "dropped": True})


SAVED: tuple[click.Command, ...] = (views,)


def _view(view: "SavedView") -> Payload:
    return {
        "name": view.name,
        "find": view.text,
        "purpose": str(view.purpose),
        "columns": list(view.columns),
        "saved_at": plain(view.saved_at),
    }


def _page(page: "PeoplePage") -> Outcome:
    payload = {
        "results": [person(row) for row in page.rows],
        "total": page.total,
        "more": page.more,
        "audit_index": page.audit_index,
    }
    return Outcome(payload, lines=lambda lang: _lines(page, lang))


def _lines(page: "PeoplePage", lang: Lang) -> list[str]:
    lines = []
    for row in page.rows:
        shown = [f"{field_words(f.key, lang)} {f.value or '—'}" for f in row.fields]
        lines.append(f"{row.hcp_id}  {' · '.join(shown)}")
    return [*lines, "", *page_words(page, lang)]
