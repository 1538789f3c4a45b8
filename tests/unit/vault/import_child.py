"""A process that stages an import until it is killed. Run by test_imports.py."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from vault_support import NOW, PASS, World, new_person, stage, start

from compliance.model.audit import Kind
from compliance.vault import RecoverySecret, open_vault

path, state, first = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
vault = open_vault(path, user="林岚", passphrase=PASS, now=NOW, state_dir=state)
world = World(path=path, state=state, vault=vault, recovery=RecoverySecret(bytes(32)))
name = f"B-{first}"
start(world, name)
number = first
while True:
    people = [new_person(i) for i in range(number, number + 20)]
    stage(vault, name, people, world.event(Kind.IMPORT_STAGED, *(p.hcp_id for p in people), batch=name))
    number += 20
    print(number - first, flush=True)
