"""The documents of a proof pack about an erased person: what may still be shown, and nothing else.

The tombstone (pseudonym, status), the log entries of the erasure with the request two people signed, and the hashes of
the evidence that was destroyed with the key. Rules: (1) no value, consent item, notice or access of the person: their
entries stand in the log and are not laid open again; (2) the request is given byte for byte with both signatures and
the public keys of their signers, so that a stranger can check them; (3) a record erased together with the one it was
merged into, or by an opening after a crash, says so; (4) names are those of :mod:`.proof_names`.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any

from compliance.clock import from_stamp, shanghai_day
from compliance.model.audit import Kind
from compliance.use_cases.consent.proof_names import Names
from compliance.use_cases.consent.proof_parts import Gathered, document
from compliance.use_cases.seat.facts import Reader
from compliance.vault import LogEntry

_OF_ERASURE = (Kind.ERASURE_BEGUN, Kind.ERASED)
_MOST = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What happened, for the paper: colleagues by label. ``signed``: (label, at, what) in order."""

    begun_at: datetime | None
    erased_at: datetime
    entry: int
    reason: str
    carried_out_by: str
    after_crash: bool
    signed: tuple[tuple[str, datetime, str], ...]
    evidence: int
    keys_die_on: date | None  # the day on which the last automatic copy of the keys that held this one is destroyed
    keys_by_hand: int  # copies made by hand before the erasure: nobody but their keeper can destroy them


def gather_erasure(reader: Reader, *, hcp_id: str, names: Names, keys_days: int) -> tuple[Gathered, Erasure]:
    """Documents, entries and facts about the erasure of ``hcp_id``, which is done. ``keys_days``: how long an automatic
    copy of the keys is kept."""
    own = reader.log.find(hcp=hcp_id, limit=_MOST, newest_first=False)
    asked = [e for e in own if e.data["kind"] == Kind.REQUESTED and e.data["detail"].get("action") == "erase"]
    signed = [
        e
        for kind in (Kind.APPROVED, Kind.CARRIED_OUT)
        for e in reader.log.find(kind=kind, limit=_MOST, newest_first=False)
        if e.data["detail"].get("request") in {a.data["detail"]["request"] for a in asked}
    ]
    acts = [e for e in own if e.data["kind"] in _OF_ERASURE]
    entries = tuple(sorted([*asked, *signed, *acts], key=lambda e: e.index))
    requests = [_request(reader, a, signed, names) for a in asked]
    destroyed = _destroyed(own)
    begun = next((e for e in acts if e.data["kind"] == Kind.ERASURE_BEGUN), None)
    done = next(e for e in reversed(acts) if e.data["kind"] == Kind.ERASED)
    detail = done.data["detail"]
    dies, by_hand = _last_keys(reader, from_stamp(done.data["at"]), keys_days)
    facts = Erasure(
        begun_at=from_stamp(begun.data["at"]) if begun else None,
        erased_at=from_stamp(done.data["at"]),
        entry=done.index,
        reason=names.words(str((begun or done).data["detail"].get("reason", ""))) or "",
        carried_out_by=names.label(done.data["actor"]),
        after_crash=bool(detail.get("completed_after_crash")),
        signed=tuple(
            (names.label(e.data["actor"]), from_stamp(e.data["at"]), str(e.data["kind"]))
            for e in entries
            if e.data["kind"] in (Kind.REQUESTED, Kind.APPROVED)
        ),
        evidence=len(destroyed),
        keys_die_on=dies,
        keys_by_hand=by_hand,
    )
    views = [names.entry(e.index, e.body, hcp_id) for e in entries]
    files = {
        "tombstone.json": document({"person": hcp_id, "status": "erased", "erased_at": facts.erased_at}),
        "erasure.json": document(
            {
                "person": hcp_id,
                "begun_at": facts.begun_at,
                "erased_at": facts.erased_at,
                "entry": facts.entry,
                "reason": facts.reason,
                "carried_out_by": facts.carried_out_by,
                "completed_after_crash": facts.after_crash,
                "last_backup_key_dies_on": dies.isoformat() if dies else None,
                "key_copies_by_hand_before": by_hand,
                "requests": requests,
                "entries": views,
            }
        ),
        "evidence_destroyed.json": document(destroyed),
    }
    return Gathered(files=files, evidence={}, items=(), entries=entries, reads=0, policies=()), facts


def _last_keys(reader: Reader, erased_at: datetime, days: int) -> tuple[date | None, int]:
    """When the last automatic copy of the keys made before the erasure is destroyed, and how many made by hand."""
    copies = [
        e.data
        for e in reader.log.find(kind=Kind.BACKED_UP, until=erased_at, limit=_MOST)
        if e.data["detail"].get("what") == "keys"
    ]
    made = [shanghai_day(from_stamp(e["at"])) for e in copies if e["detail"].get("automatic")]
    return (max(made) + timedelta(days=days) if made else None), len(copies) - len(made)


def _request(reader: Reader, asked: LogEntry, signed: Sequence[LogEntry], names: Names) -> dict[str, Any]:
    request_id = asked.data["detail"]["request"]
    kept = reader.requests.get(request_id)
    both = [
        asked,
        *(e for e in signed if e.data["kind"] == Kind.APPROVED and e.data["detail"]["request"] == request_id),
    ]
    return {
        "request": request_id,
        "state": str(kept.state) if kept else None,
        "canonical": kept.canonical.decode("utf-8") if kept else None,
        "canonical_sha256": sha256(kept.canonical).hexdigest() if kept else None,
        "signatures": [_signature(reader, e, names) for e in both],
    }


def _signature(reader: Reader, entry: LogEntry, names: Names) -> dict[str, Any]:
    user = reader.users.get(entry.data["actor"])
    return {
        "by": names.label(entry.data["actor"]),
        "at": entry.data["at"],
        "entry": entry.index,
        "signature": entry.data["detail"].get("signature"),
        "ed25519": user.ed25519.hex() if user else None,
    }


def _destroyed(own: Sequence[LogEntry]) -> list[dict[str, Any]]:
    """Evidence the log knew: when it came in, under which entry, its hash. The file and its key are gone."""
    found: dict[str, dict[str, Any]] = {}
    for entry in own:
        digest = json.loads(entry.body)["detail"].get("evidence_sha256")
        if digest:
            found.setdefault(digest, {"sha256": digest, "sealed_at": entry.data["at"], "entry": entry.index})
    return list(found.values())
