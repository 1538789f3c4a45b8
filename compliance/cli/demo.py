"""``demo``: the main job on invented people, from import to a verified audit PDF, with pictures of every window."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from compliance.cli.env import Env
from compliance.cli.output import DONE, INTEGRITY, Outcome, Payload, plain, say
from compliance.cli.params import OutPath
from compliance.cli.words import Command
from compliance.i18n import t

if TYPE_CHECKING:
    from compliance.use_cases.showing.demo import DemoResult

#: Pictures of all windows take seconds; a desktop that hangs must not hang the demo.
_PICTURES_S = 180


@click.command("demo", cls=Command)
@click.option("--dir", "folder", type=OutPath("DIR"), default="demo")
@click.option("--people", type=click.IntRange(20, 100_000), default=2000, metavar="N")
@click.option("--headless", is_flag=True)
@click.pass_obj
def demo(env: Env, *, folder: Path, people: int, headless: bool) -> Outcome:
    """Build a sandbox vault, do the main job in it, then open the desktop program unless headless."""
    from compliance.use_cases.showing.demo import run_demo

    env.sandbox = True
    progress = env.progress()
    try:
        made = run_demo(folder, people=people, clock=env.clock(sandbox=True), lang=env.lang, progress=progress)
    finally:
        progress.close()
    payload: Payload = {**plain(made), "screenshots": _pictures(env, made, folder / "screenshots")}
    answer = folder / "demo.json"  # also says that the demo is whole
    answer.write_text(json.dumps(payload, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    if not headless:
        if _has_display():
            say(t("cli.demo.opening", env.lang))
            _desktop(env, ["--vault", str(made.vault)], quiet=False)
        else:
            say(t("cli.demo.no_display", env.lang))
    return Outcome(payload, DONE if made.verified else INTEGRITY)


def _pictures(env: Env, made: "DemoResult", into: Path) -> list[str]:
    """Every window once, of the office and of a rep, as pictures; none where Qt cannot run here."""
    secret = made.passphrase_file.read_text(encoding="utf-8").strip()
    for vault, user, folder in ((made.vault, made.users[0], into), (made.rep_vault, "rep", into / "rep")):
        words = ["--vault", str(vault), "--user", user, "--screenshots", str(folder)]
        _desktop(env, words, quiet=True, CONSENTKEEP_PASSPHRASE=secret)
    found = sorted(str(path) for path in into.rglob("*.png")) if into.is_dir() else []
    if not found:
        say(t("cli.demo.no_pictures", env.lang))
    return found


def _desktop(env: Env, words: list[str], *, quiet: bool, **environment: str) -> None:
    """The app is a program of its own: the core does not know Qt."""
    program = [sys.executable, "-m", "desktop_app"]
    if getattr(sys, "frozen", False):
        beside = Path(sys.executable)
        program = [str(beside.with_name("consentkeep-desktop" + beside.suffix))]
    command = [*program, "--lang", str(env.lang), *words]
    said = subprocess.DEVNULL if quiet and not os.environ.get("CONSENTKEEP_DEBUG") else sys.stderr
    try:
        subprocess.run(  # noqa: S603 - our own module, no shell
            command,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env={**os.environ, **environment},
            timeout=_PICTURES_S if quiet else None,
        )
    except subprocess.TimeoutExpired:
        say(t("cli.demo.no_pictures", env.lang))


def _has_display() -> bool:
    named = ("DISPLAY", "WAYLAND_DISPLAY")
    return not sys.platform.startswith("linux") or any(os.environ.get(name) for name in named)


COMMANDS: dict[str, click.Command] = {"demo": demo}
