"""What a row sealer is told, asks and hears, and how it crosses between processes: JSON in a pipe, never a file."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from compliance.clock import from_stamp, stamp
from compliance.importing.fields import hospital_key
from compliance.model.access import Section
from compliance.model.consent import Grade, ItemTerms
from compliance.model.profile import Provenance, SourceClass, ValueStatus
from compliance.vault.arrivals.sealing import Grant, SealingKeys
from compliance.vault.people.suppression import SuppressionList, short_tag


@dataclass(frozen=True, slots=True, kw_only=True)
class SealOrder:
    """All a row sealer is told. ``known``: (source date, status) → number of provenance records that exist;
    ``suppressed``: who objected to the use of public information; ``closed``: who is held and withdrew, objected or is
    suspended; ``dated``: the day of the file, for rows without one; ``erased``: who is not to come
    back."""

    keys: SealingKeys
    source: str
    source_class: SourceClass
    grade: str
    actor: str
    at: datetime
    sections: Mapping[str, Section]
    words: Mapping[str, tuple[str, ...]]
    known: Mapping[tuple[str, str], int]
    dry: bool
    suppressed: SuppressionList | None = None
    closed: SuppressionList | None = None
    dated: date | None = None
    erased: SuppressionList | None = None

    def like(self, day: date | None = None, *, quarantined: bool = False) -> Provenance:
        """Provenance of the values of this import."""
        return Provenance(
            source=self.source,
            source_class=self.source_class,
            source_date=day,
            collector=self.actor,
            grade=self.grade,
            basis="",
            status=ValueStatus.QUARANTINED if quarantined else ValueStatus.ACTIVE,
            cited=self.source_class is SourceClass.PUBLIC,
        )

    def as_json(self) -> dict[str, Any]:
        """For the pipe to the sealing process, and nowhere else."""
        return {
            "keys": self.keys.as_json(),
            "source": self.source,
            "source_class": self.source_class,
            "grade": self.grade,
            "actor": self.actor,
            "at": stamp(self.at),
            "sections": dict(self.sections),
            "words": dict(self.words),
            "known": [[*key, number] for key, number in self.known.items()],
            "dry": self.dry,
            "dated": self.dated.isoformat() if self.dated else None,
            "suppressed": self.suppressed.as_json() if self.suppressed else None,
            "closed": self.closed.as_json() if self.closed else None,
            "erased": self.erased.as_json() if self.erased else None,
        }

    @classmethod
    def from_json(cls, body: Mapping[str, Any]) -> "SealOrder":
        """Inverse of :meth:`as_json`."""
        return cls(
            keys=SealingKeys.from_json(body["keys"]),
            source=body["source"],
            source_class=SourceClass(body["source_class"]),
            grade=body["grade"],
            actor=body["actor"],
            at=from_stamp(body["at"]),
            sections={key: Section(section) for key, section in body["sections"].items()},
            words={code: tuple(terms) for code, terms in body["words"].items()},
            known={(day, status): number for day, status, number in body["known"]},
            dry=body["dry"],
            dated=date.fromisoformat(body["dated"]) if body["dated"] else None,
            suppressed=SuppressionList.from_json(body["suppressed"]) if body["suppressed"] else None,
            closed=SuppressionList.from_json(body["closed"]) if body["closed"] else None,
            erased=SuppressionList.from_json(body["erased"]) if body["erased"] else None,
        )


@dataclass(frozen=True, slots=True)
class Question:
    """What a row sealer asks of the writing process: numbers for so many people, and numbers and terms of items."""

    people: int = 0
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one question. ``alone``: nobody else sits at the vault, so portions may be large."""

    grant: Grant
    terms: Mapping[str, ItemTerms]
    alone: bool = False


def terms_json(terms: Mapping[str, ItemTerms]) -> dict[str, list[Any]]:
    """Terms for the way between processes."""
    return {item: [t.purpose, t.least_grade, t.term_months, t.separate, t.ask_lock_days] for item, t in terms.items()}


def terms_from(body: Mapping[str, list[Any]]) -> dict[str, ItemTerms]:
    """Inverse of :func:`terms_json`."""
    return {
        item: ItemTerms(
            item=item,
            purpose=purpose,
            least_grade=Grade(grade),
            term_months=months,
            separate=separate,
            ask_lock_days=lock,
        )
        for item, (purpose, grade, months, separate, lock) in body.items()
    }


def closed_list(blind: bytes, people: Iterable[tuple[str, str, str, list[int]]]) -> SuppressionList | None:
    """People as :meth:`Index.closed` gives them, ready to be asked; None for nobody."""
    empty = SuppressionList(blind, {})
    tags: dict[str, dict[str, list[str]]] = {}
    for hcp_id, name, hospital, phones in people:
        pairs = [*empty.tags_of((), name=name, hospital=hospital_key(hospital))]
        pairs += [("phone", short_tag(phone)) for phone in phones]
        for kind, tag in pairs:
            tags.setdefault(kind, {}).setdefault(tag, []).append(hcp_id)
    return SuppressionList(blind, tags) if tags else None
