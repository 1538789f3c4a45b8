"""The sampling plan of an audit: which consents an auditor looks at, so that anybody can draw them again.

Rules: (1) the population is every consent item that carries processing at the end of the period; strata are the
purposes, each with its share and at least one; (2) drawn are those whose SHA-256 of ``SEED|PURPOSE|EVENT`` is smallest,
so order and luck have no say; (3) without a seed given it is the root of the log, which nobody can choose and which
stands on every page; (4) the digest of each stratum says what was drawn from.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from compliance.consent.labels import item_label
from compliance.consent.sampling import draw, frame_digest
from compliance.errors import bad_input
from compliance.exports.audit_data import Sample, SampleLine, StratumLine
from compliance.i18n import t
from compliance.model.access import Purpose
from compliance.model.consent import LineStatus
from compliance.use_cases.seat.session import Session
from compliance.vault import Snapshot

MOST = 500
#: So many ids of a population ride along in the attachment; beyond it their digest must do.
_FRAME = 5000


def audit_sample(
    session: Session, snap: Snapshot, carrying: Sequence[tuple[str, LineStatus]], *, size: int, seed: str
) -> tuple[Sample, dict[str, Any]]:
    """The plan for the page, and the same for the attachment. InputErrors ``sample_out_of_range``."""
    if not 1 <= size <= MOST:
        raise bad_input("sample_out_of_range", "sample", str(size), f"1-{MOST}")
    strata: dict[str, dict[str, tuple[str, LineStatus]]] = defaultdict(dict)
    for hcp_id, line in carrying:
        if line.event_id:
            strata[line.purpose][line.event_id] = (hcp_id, line)
    shares = _shares({purpose: len(found) for purpose, found in strata.items()}, size)
    lines, drawn = [], []
    for purpose in sorted(strata):
        found = strata[purpose]
        chosen = draw(found, seed=f"{seed}|{purpose}", size=shares[purpose])
        lines.append(
            StratumLine(
                purpose=Purpose(purpose), population=len(found), frame_sha256=frame_digest(found), size=len(chosen)
            )
        )
        drawn += [_line(session, snap, event, *found[event]) for event in chosen]
    plan = Sample(seed=seed, strata=tuple(lines), drawn=tuple(drawn))
    return plan, {
        "seed": seed,
        "method": "smallest SHA-256 of SEED|PURPOSE|EVENT",
        "strata": [
            {"purpose": str(s.purpose), "population": s.population, "frame_sha256": s.frame_sha256, "size": s.size,
             "frame": sorted(strata[s.purpose]) if s.population <= _FRAME else None}
            for s in lines
        ],
        "drawn": [{"event": x.event, "hcp": x.hcp_id} for x in drawn],
    }  # fmt: skip


def _shares(populations: dict[str, int], size: int) -> dict[str, int]:
    """Each purpose its share, rounded up, at least one, never more than there are."""
    total = sum(populations.values())
    return {p: min(n, max(1, -(-size * n // total))) for p, n in populations.items()} if total else {}


def _line(session: Session, snap: Snapshot, event_id: str, hcp_id: str, line: LineStatus) -> SampleLine:
    event = snap.consents.event(event_id)
    return SampleLine(
        event=event_id,
        hcp_id=hcp_id,
        item=item_label(line.item, lambda key, **more: t(key, session.lang, **more)),
        grade=str(event.grade if event else line.grade),
        notice=line.notice or "",
        since=line.since,
        evidence_sha256=(event.evidence_sha256 if event else "") or "",
    )
