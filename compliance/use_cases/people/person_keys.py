"""Whom a row of a foreign list means: one person of ours, or why nobody.

Rules: (1) an id of ours, a licence or a source id names a person, and all that a row gives must name the same one
(``ambiguous_key``); (2) name and hospital are never enough: they give candidates for a person to choose from
(``person_candidate``); (3) an erased person is nobody; (4) a block of rows costs one question per kind of key.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from compliance.model.access import RecordStatus
from compliance.vault import SearchQuery, Snapshot, UnitOfWork

_GONE = (RecordStatus.ERASED, RecordStatus.ERASURE_PENDING)
_MOST_CANDIDATES = 5


@dataclass(frozen=True, slots=True)
class Whom:
    """``hcp_id``, or ``code`` and, for name and hospital, the ids it may be."""

    hcp_id: str | None = None
    code: str = ""
    candidates: tuple[str, ...] = ()


def find_people(reader: UnitOfWork | Snapshot, rows: Sequence[Mapping[str, str]], *, at: datetime) -> list[Whom]:
    """One answer for each row; rows hold ``hcp_id``, ``licence``, ``source_id``, ``name``, ``hospital``."""
    licences = reader.index.find_many("licence", sorted({r["licence"] for r in rows if "licence" in r}))
    wanted = sorted({r["source_id"] for r in rows if "source_id" in r})
    numbers: dict[str, set[str]] = {}
    for source in reader.sources.all() if wanted else ():
        for value, people in reader.index.find_many(f"source_id:{source.code}", wanted).items():
            numbers.setdefault(value, set()).update(people)
    return [_whom(reader, row, licences, numbers, at) for row in rows]


def _whom(
    reader: UnitOfWork | Snapshot,
    row: Mapping[str, str],
    licences: Mapping[str, Sequence[str]],
    numbers: Mapping[str, set[str]],
    at: datetime,
) -> Whom:
    named: list[set[str]] = []
    if hcp_id := row.get("hcp_id"):
        person = reader.people.get(hcp_id)
        named.append({hcp_id} if person is not None and person.status not in _GONE else set())
    if licence := row.get("licence"):
        named.append(set(licences.get(licence, ())))
    if number := row.get("source_id"):
        named.append(numbers.get(number, set()))
    if not named:
        return _candidates(reader, row, at)
    if not all(named):
        return Whom(code="unknown_person")
    common = set.intersection(*named)
    if len(common) == 1:
        return Whom(hcp_id=common.pop())
    return Whom(code="ambiguous_key")


def _candidates(reader: UnitOfWork | Snapshot, row: Mapping[str, str], at: datetime) -> Whom:
    name, hospital = row.get("name", ""), row.get("hospital", "")
    if not (name and hospital):
        return Whom(code="person_missing")
    page = reader.index.search(SearchQuery(text=f"{name} {hospital}", at=at, limit=_MOST_CANDIDATES))
    ids = tuple(hit.hcp_id for hit in page.rows if hit.name == name)
    return Whom(code="person_candidate" if ids else "unknown_person", candidates=ids)
