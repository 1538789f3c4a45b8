"""A seat that writes entries as fast as it gets its turn. Run by test_seats.py."""

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from vault_support import NOW, PASS

from compliance.model.audit import AuditEvent, Kind
from compliance.vault import open_vault

vault = open_vault(Path(sys.argv[1]), user="林岚", passphrase=PASS, now=NOW, state_dir=Path(sys.argv[2]))
print("ready", flush=True)
sys.stdin.readline()
numbers = []
for turn in range(int(sys.argv[3])):
    with vault.unit_of_work() as uow:
        count = int(uow.settings.get("count", "0"))
        uow.settings.set("count", str(count + 1))
        detail = {"turn": turn}
        numbers += uow.commit(AuditEvent(kind=Kind.SETTING_CHANGED, at=NOW, actor="林岚", role="dpo", detail=detail))
if len(sys.argv) > 4:
    print("holding", flush=True)
    time.sleep(60)
vault.close(NOW)
print(json.dumps({"numbers": numbers}), flush=True)
