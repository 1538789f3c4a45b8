"""``today``: what waits, in numbers."""

import click

from compliance.cli.env import Env
from compliance.cli.output import Outcome, Payload, cell, label, layout, plain, table
from compliance.cli.words import Command
from compliance.i18n import Lang


@click.command("today", cls=Command)
@click.pass_obj
def today(env: Env) -> Outcome:
    """The tiles of the first page."""
    from compliance.use_cases.overview import today as use_case

    found = use_case.today(env.session()).value
    payload: Payload = dict(plain(found))

    def lines(lang: Lang) -> list[str]:
        head = layout({key: value for key, value in payload.items() if key != "tiles"}, lang)
        rows = [
            (cell(tile.key, lang, "key"), str(tile.count), cell(tile.severity, lang, "severity"))
            for tile in found.tiles
        ]
        return [*head, "", *table([label(key, lang) for key in ("tiles", "count", "severity")], rows)]

    return Outcome(payload, lines=lines)


COMMANDS: dict[str, click.Command] = {"today": today}
