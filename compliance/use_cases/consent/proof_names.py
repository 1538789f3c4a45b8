"""Third persons in a proof pack: colleagues by role and number, other HCPs not at all; and what was left out.

Rules: (1) one label per colleague throughout a pack (``clerk-1``), made from the role, never from the name; (2) of an
entry's ``detail`` only members that cannot name anybody are copied; (3) an entry's full text names its author, so by
default only its leaf hash is in the manifest: it proves that the entry stands in the log, and it can be laid open
later; (4) with names (an option whose use is logged) colleagues stand by account and entries that speak of this person
alone are whole; entries that name further people stay sealed; (5) the pack says how much was left out; (6) where
somebody wrote a colleague's account into free text (a reason, a place), the label stands there too.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import Any

from compliance.use_cases.consent.proof_search import telling, word_pattern
from compliance.use_cases.seat.facts import Reader

#: Members of an entry's detail that hold codes, ids of this person's things, counts and digests.
_PLAIN = frozenset(
    {
        "act", "answer", "basis", "basis_id", "block", "case", "code", "contract", "defect", "duty", "event", "events",
        "evidence_sha256", "items", "item", "kind", "lang", "memo", "memos", "method", "mode", "notice",
        "notice_sha256", "on", "pack", "reason", "receipt", "received_at", "recipient", "rendering", "sensitive",
        "serial", "sha256", "status", "step", "target", "tasks", "what",
    }
)  # fmt: skip


@dataclass
class Names:
    """Labels of colleagues in one pack, and counts of what it leaves out."""

    roles: Mapping[str, str]
    open_names: bool
    labels: dict[str, str] = field(default_factory=dict)
    other_people: set[str] = field(default_factory=set)
    sealed_entries: int = 0
    details_left_out: int = 0

    def accounts(self) -> set[str]:
        """Every account of this vault."""
        return set(self.roles)

    def label(self, name: str) -> str:
        """What stands for a colleague."""
        if not name or self.open_names:
            return name
        if name not in self.labels:
            role = self.roles.get(name, "staff")
            taken = {*self.labels.values(), *self.roles}
            self.labels[name] = next(label for n in count(1) if (label := f"{role}-{n}") not in taken)
        return self.labels[name]

    def words(self, text: str | None) -> str | None:
        """Free text as the pack may show it (rule 6)."""
        if not text or self.open_names:
            return text
        for name, sought in self._sought:
            if name in text:
                text = sought.sub(self.label(name), text)
        return text

    @cached_property
    def _sought(self) -> tuple[tuple[str, re.Pattern[str]], ...]:
        return tuple((name, word_pattern(name)) for name in sorted(telling(self.roles), key=len, reverse=True))

    def entry(self, index: int, body: bytes, hcp_id: str) -> dict[str, Any]:
        """One log entry for readers."""
        whole = json.loads(body)
        others = [h for h in whole["hcps"] if h != hcp_id]
        self.other_people.update(others)
        told = {k: v for k, v in whole["detail"].items() if k in _PLAIN}
        detail = {k: self.words(v) if isinstance(v, str) else v for k, v in told.items()}
        self.details_left_out += len(whole["detail"]) - len(told)
        return {
            "index": index,
            "at": whole["at"],
            "kind": whole["kind"],
            "by": self.label(whole["actor"]),
            "role": whole["role"],
            "purpose": whole["purpose"],
            "fields": whole["fields"],
            "decision": whole["decision"],
            "policy": whole["policy"],
            "detail": detail,
            "other_people": len(others),
        }

    def sealed(self, body: bytes, hcp_id: str) -> bool:
        """Whether the entry is shown by its leaf alone (rules 3 and 4)."""
        alone = set(json.loads(body)["hcps"]) <= {hcp_id}
        keep = self.open_names and alone
        self.sealed_entries += not keep
        return not keep

    def left_out(self) -> dict[str, Any]:
        """What the pack leaves out: counts and codes; their words are ``paper.proof.left_out.KEY.CODE``."""
        return {
            "colleagues": "by_account" if self.open_names else "by_role",
            "colleagues_relabelled": len(self.labels),
            "other_people_in_entries": len(self.other_people),
            "entries_by_leaf_hash_only": self.sealed_entries,
            "members_of_entry_details": self.details_left_out,
            "profile_values": "none",
            "documents": "as_handed_in",
        }


def names_for(reader: Reader, *, open_names: bool) -> Names:
    """Labels for the users and reps of this vault."""
    roles = {user.name: str(user.role) for user in reader.users.all()}
    roles |= {rep.name: str(rep.role) for rep in reader.reps.all() if rep.name not in roles}
    return Names(roles=roles, open_names=open_names)
