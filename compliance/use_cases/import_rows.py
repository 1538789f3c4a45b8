"""Rows of a file → people ready for the tables. Knows no database, so it runs beside it, in a process of its own.

Rules: (1) a row arrives as the reading process sent it and every field is looked at before it is used; (2) remarks meet
the free-text guard before anything is sealed; (3) a "yes" without evidence is *unproven*, a "no" closes; equal answers
stand equally, so each kind of answer is worked out once; (4) rows of unproven sources are quarantined; (5) numbers and
items are asked for ahead of need, so that the writing process is seldom waited for; (6) a dry run seals nothing.
"""

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from compliance.clock import day_start, from_stamp, stamp
from compliance.consent.status import line_status
from compliance.errors import bad_input
from compliance.importing.fields import FREE_TEXT, NOTE_FIELD
from compliance.importing.readings import readings
from compliance.importing.results import RowStatus
from compliance.model.access import Block, Section
from compliance.model.consent import ConsentEvent, EventKind, Grade, ItemTerms, LineStatus, Method, Precision
from compliance.model.ids import new_ids
from compliance.model.profile import Provenance, SourceClass, ValueStatus
from compliance.policy.free_text import codes as codes_of
from compliance.policy.free_text import scan
from compliance.use_cases.import_report import Account
from compliance.vault.codes import block_mask
from compliance.vault.portions import Portion
from compliance.vault.sealing import Grant, Sealer, SealingKeys, SectionTexts
from compliance.vault.staging import PORTION
from compliance.vault.times import micros, micros_or_none

#: Ids drawn at once.
_IDS = 1000
#: Remarks repeat ("prefers mail"); what the guard said of one is kept while the file is read.
_REMARKS = 4096
_STATUSES = tuple(RowStatus)
_QUARANTINED = block_mask(frozenset({Block.QUARANTINED}))
_MOST_SECTIONS = len(Section)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealOrder:
    """All a row sealer is told. ``known``: (source date, status) → number of provenance records that exist."""

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
        )


@dataclass(frozen=True, slots=True)
class Question:
    """What a row sealer asks of the writing process: numbers for so many people, and numbers and terms of items."""

    people: int = 0
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """The answer to one question."""

    grant: Grant
    terms: Mapping[str, ItemTerms]


@dataclass(slots=True)
class _Said:
    item: str
    kind: EventKind
    code: int  # stands for the kind: hashing an enum is slow
    at: datetime | None
    acted: int | None
    received: int | None
    shape: int


@dataclass(frozen=True, slots=True)
class _Standing:
    """``alike``: number of what the shape of a state depends on besides its item."""

    line: LineStatus
    place: int | None
    since: int | None
    ask: int | None
    alike: int

    @classmethod
    def of(cls, line: LineStatus, alike: int) -> "_Standing":
        place = int(line.event_id) if line.event_id else None
        return cls(line, place, micros_or_none(line.since), micros_or_none(line.ask_again_from), alike)


class RowSealer:
    """Takes rows, gives portions to ``emit``. ``ask`` puts a question, ``answer`` waits for the oldest answer."""

    def __init__(
        self,
        order: SealOrder,
        *,
        ask: Callable[[Question], None],
        answer: Callable[[], Reply],
        emit: Callable[[Portion], None],
    ) -> None:
        self._order, self._ask, self._answer, self._emit = order, ask, answer, emit
        self._sealer = Sealer(order.keys, micros(order.at))
        self._now = micros(order.at)
        self._source_kind = f"source_id:{order.source}"
        self._open = 0  # questions not answered yet
        self._people = PORTION  # asked for next time
        self._grants: deque[Grant] = deque()
        self._items: dict[str, int] = {}
        self._terms: dict[str, ItemTerms] = {}
        self._provenances: dict[tuple[str | None, bool], tuple[int, bool]] = {}
        self._sections = SectionTexts(order.sections)
        self._term_keys: dict[str, int] = {}
        self._shapes: dict[tuple[str, bool, bool, str | None], int] = {}
        self._days: dict[str | None, tuple[datetime | None, int | None]] = {None: (None, None)}
        self._lines: dict[tuple[Any, ...], _Standing] = {}
        self._kinds_of_terms: dict[tuple[Any, ...], int] = {}
        self._kinds_of_lines: dict[tuple[Any, ...], int] = {}
        self._state_shapes: dict[tuple[str, int], int] = {}
        self._hcp_ids: list[str] = []
        self._event_ids: list[str] = []
        self._by_row: dict[int, str] = {}
        self._judge = lru_cache(maxsize=_REMARKS)(self._judged)
        self._dry_hcp = 0
        self._begin()

    def take(self, rows: list[Any]) -> None:
        """A batch of rows. ValueError, TypeError or KeyError when one is not of the known shape."""
        for row in rows:
            self._row(row)
            if len(self._people_rows) >= PORTION:
                self._cut()
        if self._account.read >= 10 * PORTION:
            self._cut()  # nobody to seal among many rows: the account goes on all the same

    def finish(self) -> None:
        """The last rows."""
        self._cut()

    def _begin(self) -> None:
        self._account = Account()
        self._people_rows: list[list[int]] = []  # [number, row, candidate] by person
        self._yes: list[int] = []
        self._no: dict[int, list[Any]] = {}
        self._repeated: list[Any] = []
        self._last = 0

    def _cut(self) -> None:
        if not self._account.read:
            return
        portion = self._sealer.cut()
        portion.note = {
            "account": self._account.as_json(),
            "people": self._people_rows,
            "yes": self._yes,
            "no": list(self._no.items()),
            "repeated": self._repeated,
            "last": self._last,
        }
        self._begin()
        self._emit(portion)

    def _row(self, body: list[Any]) -> None:
        row, place, values, day, ids, consents, codes, first_row, candidates, _, note, _ = body
        status = _STATUSES[place]
        for value in values.values():
            if type(value) is not str:
                raise ValueError("not a text")
        if note or not FREE_TEXT.isdisjoint(values):
            self._guard(values, codes, note)
        self._last = int(row)
        stays = status is RowStatus.ACCEPTED or status is RowStatus.QUARANTINED
        candidate = stays and bool(candidates)
        if candidate:
            self._account.counts["candidates"] += 1
            codes.append(("", "merge_candidate"))
        self._account.row(row, status, codes, first_row)
        if stays:
            hcp = self._person(row, values, day, ids, consents, quarantined=status is RowStatus.QUARANTINED)
            self._people_rows.append([hcp, row, candidate])
        elif status is RowStatus.DUPLICATE and (noes := [answer for answer in consents if not answer[0]]):
            tags = [
                [kind, self._sealer.tagger.tag(kind, value).hex()]
                for kind, value in self._identifiers(values, ids)
                if kind != "phone"
            ]
            self._repeated.append([self._by_row.get(first_row or 0, ""), tags, noes])

    def _guard(self, values: dict[str, str], codes: list[Any], note: Any) -> None:
        if note:
            if type(note) is not str:
                raise ValueError("not a text")
            values[NOTE_FIELD] = note
        for key in FREE_TEXT & values.keys():
            code = self._judge(values[key])
            if code:
                del values[key]
                codes.append((key, code))

    def _judged(self, text: str) -> str | None:
        return next(iter(codes_of(scan(text, self._order.words))), None)

    def _identifiers(self, values: dict[str, str], ids: list[str]) -> list[tuple[str, str]]:
        pairs = [(self._source_kind, text) for text in ids]
        if value := values.get("practice_licence_no"):
            pairs.append(("licence", value))
        if value := values.get("mobile_phone"):
            pairs.append(("phone", value))
        return pairs

    def _person(
        self,
        row: int,
        values: dict[str, str],
        day: str | None,
        ids: list[str],
        consents: list[Any],
        *,
        quarantined: bool,
    ) -> int:
        if self._order.dry:
            hcp = self._dry_hcp = self._dry_hcp + 1
            self._sealer.portion.index.identify(self._sealer.tagger, hcp, self._identifiers(values, ids))
        else:
            hcp = self._sealed(row, values, day, ids, self._said(consents), quarantined=quarantined)
        if consents:
            if any(answer[0] and not answer[2] for answer in consents):
                self._yes.append(hcp)
            if noes := [answer for answer in consents if not answer[0]]:
                self._no[hcp] = noes
        return hcp

    def _sealed(
        self,
        row: int,
        values: dict[str, str],
        day: str | None,
        ids: list[str],
        answers: list["_Said"],
        *,
        quarantined: bool,
    ) -> int:
        self._numbers(_MOST_SECTIONS + len(answers))
        number, public = self._provenance(day, quarantined)
        if ids:
            values["source_system_ids"] = "; ".join(f"{self._order.source}:{text}" for text in ids)
        if not self._hcp_ids:
            self._hcp_ids = new_ids("HCP", _IDS)
        hcp_id = self._by_row[row] = self._hcp_ids.pop()
        events = [(self._event_id(), answer.shape, answer.acted, answer.received) for answer in answers]
        hcp = self._sealer.add(
            hcp_id,
            blocks=_QUARANTINED if quarantined else 0,
            sections=self._sections.of(values, number),
            events=events,
            states=self._states(answers, events) if answers else (),
        )
        name = values.get("full_name", "")
        spoken = readings(name)
        get = values.get
        index = self._sealer.portion.index
        index.listed(
            hcp,
            name,
            get("institution_name", ""),
            get("department", ""),
            get("professional_title", ""),
            get("region", ""),
            public,
            spoken.full,
            spoken.initials,
        )
        index.identify(self._sealer.tagger, hcp, self._identifiers(values, ids))
        return hcp

    def _numbers(self, sequences: int) -> None:
        while not self._sealer.has_numbers(sequences):
            if not self._grants:
                if not self._open:
                    self._put(Question(people=self._people))
                self._hear()
                continue
            self._sealer.use(self._grants.popleft())
        if not self._open and not self._grants and self._sealer.people_left * 2 < self._people:
            self._people = min(self._people * 4, 50 * PORTION)
            self._put(Question(people=self._people))

    def _put(self, question: Question) -> None:
        self._open += 1
        self._ask(question)

    def _hear(self) -> None:
        reply = self._answer()
        self._open -= 1
        if reply.grant.people:
            self._grants.append(reply.grant)
        self._items |= reply.grant.items
        self._terms |= reply.terms

    def _provenance(self, day: str | None, quarantined: bool) -> tuple[int, bool]:
        key = (day, quarantined)
        found = self._provenances.get(key)
        if found is None:
            record = self._order.like(date.fromisoformat(day) if day else None, quarantined=quarantined)
            number = self._order.known.get((day or "", str(record.status)))
            public = record.source_class is SourceClass.PUBLIC and record.source_date is not None
            found = self._provenances[key] = (number or self._sealer.provenance(record), public)
        return found

    def _said(self, consents: list[Any]) -> list["_Said"]:
        """What a row says of each item."""
        found = []
        for positive, items, withdrawn, day, method in consents:
            if day not in self._days:
                acted = day_start(date.fromisoformat(day))
                self._days[day] = (acted, micros(acted))
            at, acted_at = self._days[day]
            kind, code = answer_kind(positive=positive, withdrawn=withdrawn), 2 if withdrawn else bool(positive)
            for item in items:
                key = (item, bool(positive), bool(withdrawn), method)
                shape = self._shapes.get(key)
                if shape is None:
                    shape = self._shapes[key] = self._shape(items, *key)
                    self._term_keys[item] = self._term_key(self._terms[item])
                received = (acted_at or self._now) if withdrawn else None
                found.append(_Said(item, kind, code, at, acted_at, received, shape))
        return found

    def _shape(self, items: list[str], item: str, positive: bool, withdrawn: bool, method: str | None) -> int:
        missing = tuple(other for other in dict.fromkeys(items) if other not in self._items)
        if missing:
            self._put(Question(items=missing))
            while any(other not in self._items for other in missing):
                self._hear()
        event = answer_event(
            "", "", item, positive=positive, withdrawn=withdrawn, day=None, method=method, actor=self._order.actor,
            now=self._order.at,
        )  # fmt: skip
        return self._sealer.event_shape(event, self._items[item])

    def _states(
        self, answers: list["_Said"], events: list[tuple[str, int, int | None, int | None]]
    ) -> list[tuple[str | None, int, int | None, int | None]]:
        """(id of the deciding event, shape, since, ask again from) of each item."""
        if len(answers) == 1:
            return [self._state(answers[0].item, answers, events)]
        by_item: dict[str, list[int]] = {}
        for place, answer in enumerate(answers):
            by_item.setdefault(answer.item, []).append(place)
        return [
            self._state(item, [answers[place] for place in places], [events[place] for place in places])
            for item, places in by_item.items()
        ]

    def _state(
        self, item: str, said: list["_Said"], events: list[tuple[str, int, int | None, int | None]]
    ) -> tuple[str | None, int, int | None, int | None]:
        standing = self._standing(item, said)
        shape = self._state_shapes.get((item, standing.alike))
        if shape is None:
            line = replace(standing.line, item=item, purpose=self._terms[item].purpose)
            shape = self._state_shapes[item, standing.alike] = self._sealer.state_shape(line, self._items[item])
        return None if standing.place is None else events[standing.place][0], shape, standing.since, standing.ask

    def _term_key(self, terms: ItemTerms) -> int:
        alike = (terms.least_grade, terms.term_months, terms.separate, terms.ask_lock_days)
        return self._kinds_of_terms.setdefault(alike, len(self._kinds_of_terms))

    def _standing(self, item: str, said: list["_Said"]) -> "_Standing":
        """Where these answers leave an item. Items under the same terms stand alike, so one speaks for all."""
        key: tuple[Any, ...] = (self._term_keys[item], *[part for x in said for part in (x.code, x.acted, x.received)])
        found = self._lines.get(key)
        if found is None:
            events = [
                ConsentEvent(
                    event_id=str(place), hcp_id="", item=item, kind=x.kind, method=Method.IMPORT,
                    recorded_at=self._order.at, recorded_by=self._order.actor, acted_at=x.at,
                    received_at=None if x.received is None else x.at or self._order.at, precision=Precision.DAY,
                )
                for place, x in enumerate(said)
            ]  # fmt: skip
            line = line_status(events, terms=self._terms[item], item=item, at=self._order.at)
            alike = (line.status, line.valid_until, line.code, line.notice, line.grade, line.may_ask)
            number = self._kinds_of_lines.setdefault(alike, len(self._kinds_of_lines))
            found = self._lines[key] = _Standing.of(line, number)
        return found

    def _event_id(self) -> str:
        if not self._event_ids:
            self._event_ids = new_ids("EV", _IDS)
        return self._event_ids.pop()


def answer_kind(*, positive: bool, withdrawn: bool) -> EventKind:
    """What an imported answer is."""
    if withdrawn:
        return EventKind.WITHDRAWN
    return EventKind.IMPORTED_YES if positive else EventKind.IMPORTED_NO


def answer_event(
    event_id: str,
    hcp_id: str,
    item: str,
    *,
    positive: bool,
    withdrawn: bool,
    day: str | None,
    method: str | None,
    actor: str,
    now: datetime,
) -> ConsentEvent:
    """The event an imported answer makes of one item."""
    acted = day_start(date.fromisoformat(day)) if day else None
    return ConsentEvent(
        event_id=event_id,
        hcp_id=hcp_id,
        item=item,
        kind=answer_kind(positive=positive, withdrawn=withdrawn),
        method=Method(method) if method else Method.IMPORT,
        recorded_at=now,
        recorded_by=actor,
        acted_at=acted,
        received_at=acted or now if withdrawn else None,
        precision=Precision.DAY,
    )


def check_rows(rows: Any) -> list[Any]:
    """A batch as it crossed. InputErrors ``reader_failed`` when it is none."""
    if not isinstance(rows, list) or any(not isinstance(row, list) or len(row) != 12 for row in rows):
        raise bad_input("reader_failed", "file", "rows")
    return rows


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
