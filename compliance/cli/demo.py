"""``demo``: the main job on invented people, from import to a verified audit PDF."""

import subprocess
import sys
from pathlib import Path

import click

from compliance.cli.env import Env
from compliance.cli.output import DONE, INTEGRITY, Outcome, plain, say
from compliance.cli.params import OutPath
from compliance.cli.words import Command
from compliance.i18n import t


@click.command("demo", cls=Command)
@click.option("--dir", "folder", type=OutPath("DIR"), default="demo")
@click.option("--people", type=click.IntRange(20, 100_000), default=2000, metavar="N")
@click.option("--headless", is_flag=True)
@click.pass_obj
def demo(env: Env, *, folder: Path, people: int, headless: bool) -> Outcome:
    """Build a sandbox vault, do the main job in it, then open the desktop app unless headless."""
    from compliance.use_cases.demo import run_demo

    env.sandbox = True
    progress = env.progress()
    try:
        made = run_demo(folder, people=people, clock=env.clock(sandbox=True), lang=env.lang, progress=progress)
    finally:
        progress.close()
    if not headless:
        _open_desktop(made.vault, env)
    return Outcome(dict(plain(made)), DONE if made.verified else INTEGRITY)


def _open_desktop(vault: Path, env: Env) -> None:
    """The app is a program of its own: the core does not know Qt."""
    say(t("cli.demo.opening", env.lang))
    command = [sys.executable, "-m", "desktop_app", "--vault", str(vault), "--lang", str(env.lang)]
    subprocess.run(command, check=False, stdout=sys.stderr)  # noqa: S603 - our own module, no shell


COMMANDS: dict[str, click.Command] = {"demo": demo}
