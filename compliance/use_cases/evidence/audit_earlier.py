"""Heads of the log that were issued before, and the proof that the log only grew since (UJ9: last year's head).

Rules: (1) whatever carries a head of this log is a witness: seals kept in and outside the folder, earlier reports, and
any older PDF, receipt, proof or seal that is presented; (2) each is proved in the evidence, so that ``verify
--previous`` decides without us; (3) a head this log does not continue stops the report: it is the finding.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from compliance.audit.checkpoint import origin
from compliance.audit.evidence import EarlierHead
from compliance.errors import AuditIntegrityError, bad_input
from compliance.exports.audit_data import EarlierLine
from compliance.model.audit import Kind
from compliance.use_cases.evidence.witness import IssuedHead, head_of_file
from compliance.use_cases.seat.session import Session
from compliance.vault import Snapshot

#: So many heads ride along at most: the newest, and all that were presented.
_MOST = 200


def presented_heads(session: Session, files: Sequence[Path]) -> list[IssuedHead]:
    """The heads of older files. InputErrors ``not_evidence`` or ``other_log``."""
    heads = []
    for path in files:
        head = head_of_file(path)
        if head is None:
            raise bad_input("not_evidence", "previous")
        if head.origin != origin(session.vault.vault_id):
            raise bad_input("other_log", "previous")
        heads.append(head)
    return heads


def earlier_heads(
    session: Session,
    snap: Snapshot,
    *,
    everything: Iterable[tuple[int, Mapping[str, Any]]],
    presented: Sequence[IssuedHead],
    size: int,
    shown: Container[int] = frozenset(),
) -> tuple[list[EarlierHead], tuple[EarlierLine, ...]]:
    """Proofs for the evidence and lines for the page, oldest first; where the last entry of a head is shown, its own
    proof says as much (docs/evidence-format.md section 4). AuditIntegrityError ``log_forked`` for a presented
    head that this log does not continue."""
    found: dict[int, tuple[str, bytes | None]] = {}
    for place, source in ((session.vault.outside, "outside"), (session.vault.inside, "kept")):
        for note in place.notes():
            found[note.checkpoint.size] = (source, note.checkpoint.root)
    for index, entry in everything:
        if entry["kind"] == Kind.EXPORT_APPROVED:  # its seal was taken right after it
            found.setdefault(index + 1, ("handed_out", None))
        sealed = entry["detail"].get("sealed")
        if entry["kind"] in (Kind.AUDIT_REPORT, Kind.CHECKPOINT) and isinstance(sealed, int):
            source = "report" if entry["kind"] == Kind.AUDIT_REPORT else "handed_out"
            found[sealed] = (source, found.get(sealed, ("", None))[1])
    newest = {n: found[n] for n in sorted(found)[-_MOST:] if 0 < n < size}
    for head in presented:
        newest[head.size] = ("given", head.root)
    proofs, lines = [], []
    for number, (source, root) in sorted(newest.items()):
        ours = snap.log.root_at(number) if number <= size else b""
        holds = bool(ours) and root in (None, ours)
        if not holds and source == "given":
            raise AuditIntegrityError("log_forked", size=number)
        if holds and number < size and (source == "given" or number - 1 not in shown):
            proofs.append(EarlierHead(size=number, root=ours, path=snap.log.consistency(number, size)))
        lines.append(EarlierLine(source=source, size=number, root=(ours or root or b"").hex(), holds=holds))
    return proofs, tuple(lines)
