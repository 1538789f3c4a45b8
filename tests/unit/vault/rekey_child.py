"""A process that rotates the keys and dies at the n-th step that touches a file. Run by test_rekey.py."""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from vault_support import NOW, PASS

from compliance.vault import open_vault

path, state, last = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
vault = open_vault(path, user="林岚", passphrase=PASS, now=NOW, state_dir=state)
steps = 0


def hook(event: str, _: tuple[object, ...]) -> None:
    """Count what changes files; stop dead, as a power cut would."""
    global steps
    if event in ("os.rename", "os.remove", "sqlite3.connect") or event == "open":
        steps += 1
        if steps == last:
            os._exit(9)


sys.addaudithook(hook)
vault.rekey(NOW)
print(steps, flush=True)
os._exit(0)
