"""The command line as a script drives it: in this process, as a program of its own, and in a real vault."""

import contextlib
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from compliance.cli.main import run

ROOT = Path(__file__).resolve().parent.parent.parent
AT = "2026-11-24T10:00:00+08:00"
PASSPHRASE = "correct horse battery staple 信守"


@dataclass(frozen=True)
class Said:
    """What a command line left behind."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> dict[str, Any]:
        """The one object of standard output; more or less than one is a failure."""
        value = json.loads(self.stdout)
        assert isinstance(value, dict)
        return value


def in_process(*words: str) -> Said:
    """Run one command line here."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = run([str(word) for word in words])
    return Said(code, out.getvalue(), err.getvalue())


def as_program(*words: str, passphrase: str | None = None, stdin: str = "", **environment: str) -> Said:
    """Run one command line as a process without a terminal."""
    settings = {**os.environ, "LANG": "C", **environment}
    if passphrase is not None:
        settings["CONSENTKEEP_PASSPHRASE"] = passphrase
    done = subprocess.run(
        [sys.executable, "-m", "compliance", *words],
        cwd=ROOT, env=settings, input=stdin.encode(), capture_output=True, check=False, timeout=600,
    )  # fmt: skip
    return Said(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


@dataclass(frozen=True)
class Desk:
    """A vault with its users and files, and a way to work in it."""

    folder: Path
    vault: Path

    def secret(self, user: str) -> Path:
        """The passphrase file of a user."""
        return self.folder / f"{user}.txt"

    def batch(self, user: str, *lines: list[str], at: str = AT, check: bool = True) -> list[dict[str, Any]]:
        """Many command lines in one unlock, each a list of words; all must be done unless ``check`` is off."""
        script = self.folder / "lines.txt"
        script.write_text("\n".join(json.dumps([str(w) for w in line]) for line in lines), encoding="utf-8")
        said = in_process(*self.head(user, at=at), "batch", str(script))
        results: list[dict[str, Any]] = said.json["results"]
        if check:
            assert said.exit_code == 0, results
        return results

    def do(self, user: str, *words: str, at: str = AT) -> Said:
        """One command line."""
        return in_process(*self.head(user, at=at), *words)

    def head(self, user: str, *, at: str = AT) -> list[str]:
        """The global options."""
        options = ["--vault", str(self.vault), "--user", user, "--passphrase-file", str(self.secret(user))]
        return ["--json", "--lang", "en", "--at", at, *options]


def new_desk(folder: Path) -> Desk:
    """A sandbox vault with its officer and three colleagues."""
    desk = Desk(folder, folder / "acme.ckvault")
    for user in ("guan", "li", "chen", "shen"):
        desk.secret(user).write_text(f"{PASSPHRASE} {user}\n", encoding="utf-8")
    made = in_process(
        "--json", "--at", AT, "--passphrase-file", str(desk.secret("guan")),
        "vault", "create", str(desk.vault), "--owner", "guan", "--handler", "示例制药（上海）有限公司", "--sandbox",
        "--recovery-sheet", str(folder / "recovery.pdf"),
    )  # fmt: skip
    assert made.exit_code == 0, made
    desk.batch(
        "guan",
        ["user", "add", "li", "--role", "compliance", "--new-passphrase-file", str(desk.secret("li"))],
        ["user", "add", "chen", "--role", "clerk", "--new-passphrase-file", str(desk.secret("chen"))],
        ["user", "add", "shen", "--role", "auditor", "--new-passphrase-file", str(desk.secret("shen"))],
    )
    return desk
