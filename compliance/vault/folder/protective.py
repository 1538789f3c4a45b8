"""What must survive a restore: erasures and withdrawals since the backup was made.

Kept as sealed lines in ``heads/protective`` and outside the folder, appended once the act is committed. Rules: (1) a
line is AES-256-GCM-SIV under a branch of the main key, AAD vault id, because it names people and items; (2) lines are
only ever added; (3) a restore reads every copy it can find and acts on the union.
"""

import base64
import json
from collections.abc import Iterable
from typing import Any

from cryptography.exceptions import InvalidTag

from compliance.vault.engine import files
from compliance.vault.keys.crypto import derive, unwrap, wrap
from compliance.vault.log.heads import Place

_NAME = "protective"


def append(places: Iterable[Place], main_key: bytes, vault_id: str, act: dict[str, Any]) -> None:
    """Note an act at every place."""
    append_all(places, main_key, vault_id, [act])


def append_all(places: Iterable[Place], main_key: bytes, vault_id: str, acts: Iterable[dict[str, Any]]) -> None:
    """Note several acts at every place with one write each."""
    key = _key(main_key)
    texts = (json.dumps(act, ensure_ascii=False, sort_keys=True).encode() for act in acts)
    lines = b"".join(base64.b64encode(wrap(key, text, f"protective|{vault_id}")) + b"\n" for text in texts)
    for place in places:
        files.make_folder(place.folder)
        files.append(place.folder / _NAME, lines)


def read(places: Iterable[Place], main_key: bytes, vault_id: str) -> list[dict[str, Any]]:
    """The union of all readable lines, in order of first appearance. A torn or foreign line is passed over."""
    seen: set[bytes] = set()
    acts: list[dict[str, Any]] = []
    key = _key(main_key)
    for place in places:
        path = place.folder / _NAME
        if not path.is_file():
            continue
        for line in path.read_bytes().splitlines():
            if line in seen:
                continue
            seen.add(line)
            try:
                acts.append(json.loads(unwrap(key, base64.b64decode(line, validate=True), f"protective|{vault_id}")))
            except (InvalidTag, ValueError):
                continue
    return acts


def copy(source: Place, target: Place) -> None:
    """Carry the lines of one place to another that has none."""
    path = source.folder / _NAME
    if path.is_file():
        files.make_folder(target.folder)
        files.copy(path, target.folder / _NAME)


def _key(main_key: bytes) -> bytes:
    return derive(main_key, "consentkeep/protective")
