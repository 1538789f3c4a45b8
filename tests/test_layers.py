"""The layers of docs/architecture.md hold (contracts in .importlinter), and the core can be imported without Qt."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_import_contracts_hold() -> None:
    from importlinter.cli import lint_imports

    assert lint_imports(config_filename=str(ROOT / ".importlinter"), no_cache=True) == 0


def test_command_line_starts_without_heavy_libraries() -> None:
    code = (
        "import sys; import compliance.cli.main; "
        "heavy = {'PySide6', 'pandas', 'reportlab', 'pyhanko', 'sqlcipher3', 'cryptography'} & set(sys.modules); "
        "raise SystemExit(', '.join(sorted(heavy)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
