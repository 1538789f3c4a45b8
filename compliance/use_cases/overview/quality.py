"""The quality of the data in numbers: complete, fresh and accurate, by field, by source and by territory.

Rules: (1) only what this reader may see for the check of master data counts, person by person through the walk of a
profile, so that nothing hidden moves a number (S0-20; domain.md appendix D); (2) the answer holds counts, never a name
or a value; (3) a sample is drawn from the people the reader may see, in the order of their ids, from a seed: the same
seed draws the same people; (4) people are read in portions, each with its log entry, and between two people it can be
stopped, which leaves no answer; (5) a territory is the region the reader sees of the person; a source has no share of
completeness, because nobody says what it should have brought.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

from compliance.errors import bad_input
from compliance.model.access import AccessGranted, FieldState, Purpose
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.profile import Gauges, ShownField
from compliance.profile.gauges import gauges_of
from compliance.progress import Phase, Progress
from compliance.use_cases.seat.acting import barred, refuse_alone
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seeing.listing import scope
from compliance.use_cases.seeing.people_list import NOT_NAMED
from compliance.use_cases.seeing.walk import Look, walk
from compliance.vault import SearchQuery

SAMPLE = 500
#: People read in one transaction.
_PORTION = 200
NOBODY = ""


class Cut(StrEnum):
    """What the numbers are broken down by."""

    FIELD = "field"
    SOURCE = "source"
    TERRITORY = "territory"


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityRow:
    """One field, source or territory. ``people``: how many have a value of it, or belong to it."""

    key: str
    people: int
    gauges: Gauges


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityReport:
    """The numbers, over ``people`` of ``total``; ``sampled`` says whether a sample was drawn, from which ``seed``."""

    by: Cut
    people: int
    total: int
    sampled: bool
    seed: int
    whole: Gauges
    rows: tuple[QualityRow, ...]


def measure_quality(
    session: Session, *, by: Cut, progress: Progress, sample: int | None = SAMPLE, seed: int = 0
) -> Answer[QualityReport | Refusal]:
    """Count (rules 1 to 5); ``sample`` None reads everybody. InputErrors ``bad_sample``; Cancelled."""
    now = session.now()
    if no := barred(session, "see_quality", at=now):
        return no
    if sample is not None and sample < 1:
        raise bad_input("bad_sample", "sample")
    purpose = Purpose.MDM
    if session.role not in session.policy.purposes[purpose].roles:
        because = session.policy.reasons[NOT_NAMED].references
        return refuse_alone(session, at=now, reason=NOT_NAMED, purpose=purpose, because=because)
    with session.vault.snapshot() as snap:
        seen = scope(session, snap, purpose=purpose, role=session.role, at=now, rep=None)
        query = SearchQuery(words=(), terms=(), scope=seen, at=now, limit=snap.people.count() + 1) if seen else None
        ids = sorted(hit.hcp_id for hit in snap.index.search(query).rows) if query else []
    total = len(ids)
    drawn = sample is not None and sample < total
    chosen = _drawn(ids, sample or 0, seed) if drawn else ids
    counted, people, whole = _Counts(), 0, _NONE
    progress.phase(Phase.READING)
    for portion in _portions(chosen):
        with session.vault.unit_of_work() as uow:
            for hcp_id in portion:
                progress.tick(people, len(chosen))
                look = walk(session, uow, hcp_id=hcp_id, purpose=purpose, at=now)
                people += 1
                if isinstance(look.decision, AccessGranted):
                    fields = _stored(session, look)
                    own = gauges_of(fields, stored=session.policy.stored_fields)
                    whole = whole + own
                    counted.add(by, fields, own, _territory(look))
            uow.commit(
                session.event(
                    Kind.LIST_SHOWN,
                    at=now,
                    purpose=str(purpose),
                    detail={"what": "quality", "by": str(by), "people": len(portion)},
                )
            )
    progress.tick(people, len(chosen))
    return Answer(
        QualityReport(
            by=by, people=people, total=total, sampled=drawn, seed=seed, whole=whole, rows=counted.rows(by)
        ),
        Changes(audit=True),
    )  # fmt: skip


_NONE = Gauges(permitted=0, filled=0, fresh=0, accurate=0)


class _Counts:
    """Gauges by key, and how many people each key has."""

    def __init__(self) -> None:
        self._gauges: dict[str, Gauges] = {}
        self._people: dict[str, int] = {}

    def add(self, by: Cut, fields: Sequence[ShownField], own: Gauges, territory: str) -> None:
        """One person."""
        if by is Cut.TERRITORY:
            self._one(territory, own, has=True)
            return
        found: dict[str, Gauges] = {}
        for field in fields:
            key = field.key if by is Cut.FIELD else field.source or NOBODY
            if by is Cut.SOURCE and not field.value:
                continue
            one = gauges_of((field,), stored={field.key})
            found[key] = found.get(key, _NONE) + one
        for key, gauges in found.items():
            if by is Cut.SOURCE:
                gauges = Gauges(permitted=0, filled=gauges.filled, fresh=gauges.fresh, accurate=gauges.accurate)
            self._one(key, gauges, has=gauges.filled > 0)

    def rows(self, by: Cut) -> tuple[QualityRow, ...]:
        """Fields with the least complete first, sources and territories by name."""
        made = [QualityRow(key=key, people=self._people[key], gauges=g) for key, g in self._gauges.items()]
        if by is Cut.FIELD:
            return tuple(sorted(made, key=lambda row: (row.gauges.filled / max(row.gauges.permitted, 1), row.key)))
        return tuple(sorted(made, key=lambda row: (row.key == NOBODY, row.key)))

    def _one(self, key: str, gauges: Gauges, *, has: bool) -> None:
        self._gauges[key] = self._gauges.get(key, _NONE) + gauges
        self._people[key] = self._people.get(key, 0) + int(has)


def _stored(session: Session, look: Look) -> tuple[ShownField, ...]:
    kept = session.policy.stored_fields
    return tuple(f for f in look.shown.values() if f.key in kept and f.state is not FieldState.WITHHELD)


def _territory(look: Look) -> str:
    region = look.shown.get("region")
    return str(region.value) if region is not None and region.value else NOBODY


def _drawn(ids: Sequence[str], many: int, seed: int) -> list[str]:
    """The people whose number under the seed comes first: anybody draws them again (rule 3)."""
    return sorted(sorted(ids, key=lambda hcp_id: sha256(f"{seed}|{hcp_id}".encode()).digest())[:many])


def _portions(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    for begin in range(0, len(ids), _PORTION):
        yield ids[begin : begin + _PORTION]
