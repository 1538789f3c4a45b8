"""``self-test``: the program, frozen or not, checks itself. Needs no vault."""

from collections.abc import Iterator

import click

from compliance.cli.env import Env
from compliance.cli.output import DONE, INTEGRITY, Outcome, Payload, plain, table
from compliance.cli.words import Command
from compliance.i18n import Lang, t


@click.command("self-test", cls=Command)
@click.pass_obj
def self_test(env: Env) -> Outcome:
    """Whether everything the program needs is there and the main job works; exit 3 when not."""
    from compliance.use_cases.upkeep.self_test import self_test as run

    progress = env.progress()
    try:
        found = run(clock=env.clock(sandbox=True), progress=progress)
    finally:
        progress.close()
    payload: Payload = plain(found)
    return Outcome(payload, DONE if found.ok else INTEGRITY, lambda lang: _lines(payload, lang))


def _lines(payload: Payload, lang: Lang) -> Iterator[str]:
    yield f"ConsentKeep {payload['version']} · Python {payload['python']} · {payload['system']}"
    rows = [
        (
            t(f"self_test.{check['name']}", lang),
            t("self_test.ok" if check["ok"] else "self_test.failed", lang),
            str(check["why"] or check["detail"].partition(";")[0]),
        )
        for check in payload["checks"]
    ]
    heads = [t(f"self_test.head.{name}", lang) for name in ("check", "result", "seen")]
    yield from table(heads, rows)
    yield t("self_test.all_ok" if payload["ok"] else "self_test.not_ok", lang)


COMMANDS: dict[str, click.Command] = {"self-test": self_test}
