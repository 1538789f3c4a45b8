"""A program that crashes with an open store leaves no image of its memory on the disk."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

resource = pytest.importorskip("resource", reason="the system knows no such limit")

ROOT = Path(__file__).resolve().parent.parent.parent
#: As generous a limit as there is, then the program, then the crash at its end.
CRASH = """
import atexit, os, resource, signal
hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
atexit.register(lambda: (print(resource.getrlimit(resource.RLIMIT_CORE)[0], flush=True), os.abort()))
from {module} import main
main([{words}])
"""


@pytest.mark.parametrize(
    ("module", "words"), [("compliance.cli.main", "'--version'"), ("desktop_app.__main__", "'--help'")]
)
def test_no_core_file_is_left(module: str, words: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CRASH.format(module=module, words=words)],
        cwd=tmp_path, env={"PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == -signal.SIGABRT, done.stderr
    assert done.stdout.decode().splitlines()[-1] == "0"
    assert list(tmp_path.iterdir()) == []
