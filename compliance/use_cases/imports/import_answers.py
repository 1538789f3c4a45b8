"""What imported answers make: events, and the states they leave, worked out once for each kind of answer.

Rules: (1) a "yes" without evidence is *unproven*, a "no" closes, a withdrawal takes effect when it was said or, without
a day, now; (2) the states are those of ``consent.status``, nothing is decided here; (3) items under the same terms
stand alike after the same answers, so one speaks for all; (4) answers that agree but for their days share a shape.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from compliance.clock import day_start
from compliance.consent.status import line_status
from compliance.model.consent import ConsentEvent, EventKind, ItemTerms, LineStatus, Method, Precision
from compliance.vault.arrivals.sealing import Act, Sealer, Stand
from compliance.vault.engine.times import micros, micros_or_none


@dataclass(slots=True)
class Said:
    """What a row says of one item."""

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


#: What the answers of a row make: acts, and of each item the place of the act that decides, and how it stands.
Prepared = tuple[Sequence[Act], Sequence[tuple[int | None, Stand]]]
_NOTHING: Prepared = ((), ())


class Answers:
    """Answers of one import. ``learn`` makes numbers and terms of items known in ``items`` and ``terms``."""

    def __init__(
        self,
        sealer: Sealer,
        *,
        actor: str,
        at: datetime,
        items: dict[str, int],
        terms: dict[str, ItemTerms],
        learn: Callable[[tuple[str, ...]], None],
    ) -> None:
        self._sealer, self._actor, self._at = sealer, actor, at
        self._items, self._terms, self._learn = items, terms, learn
        self._term_keys: dict[str, int] = {}
        self._shapes: dict[tuple[str, bool, bool, str | None], int] = {}
        self._days: dict[str | None, tuple[datetime | None, int | None]] = {None: (None, None)}
        self._lines: dict[tuple[Any, ...], _Standing] = {}
        self._kinds_of_terms: dict[tuple[Any, ...], int] = {}
        self._kinds_of_lines: dict[tuple[Any, ...], int] = {}
        self._state_shapes: dict[tuple[str, int], int] = {}
        self._kinds: dict[tuple[Any, ...], list[tuple[str, EventKind, int, int]]] = {}
        self._shapes_of: dict[tuple[Any, ...], list[int]] = {}
        self._stood: dict[tuple[Any, ...], tuple[int | None, int | None, list[tuple[int | None, Stand]]]] = {}

    def prepared(self, consents: tuple[Any, ...]) -> Prepared:
        """What the answers of a row make. Most rows have one, and how it was given matters to its shape alone."""
        if len(consents) != 1:
            said = self._heard(consents)
            return ([(x.shape, x.acted, x.received) for x in said], list(self._stands(said))) if said else _NOTHING
        positive, items, withdrawn, day, method = consents[0]
        kind, on_day = (positive, withdrawn, method, items), (positive, withdrawn, items, day)
        shapes, stood = self._shapes_of.get(kind), self._stood.get(on_day)
        if shapes is None or stood is None:
            said = self._heard(consents)
            shapes = self._shapes_of[kind] = [x.shape for x in said]
            stood = self._stood[on_day] = (said[0].acted, said[0].received, list(self._stands(said)))
        acted, received, stands = stood
        return [(shape, acted, received) for shape in shapes], stands

    def _heard(self, consents: tuple[Any, ...]) -> list[Said]:
        """What a row says of each item."""
        found = []
        for positive, items, withdrawn, day, method in consents:
            if day not in self._days:
                acted = day_start(date.fromisoformat(day))
                self._days[day] = (acted, micros(acted))
            at, acted_at = self._days[day]
            received = (acted_at or micros(self._at)) if withdrawn else None
            key = (bool(positive), bool(withdrawn), method, *items)
            kinds = self._kinds.get(key) or self._kind(key, items)
            found += [Said(item, kind, code, at, acted_at, received, shape) for item, kind, code, shape in kinds]
        return found

    def _kind(self, key: tuple[Any, ...], items: list[str]) -> list[tuple[str, EventKind, int, int]]:
        """(item, kind of event, its code, shape) of every item of such an answer."""
        positive, withdrawn, method = key[:3]
        kind, code = answer_kind(positive=positive, withdrawn=withdrawn), 2 if withdrawn else int(positive)
        made = []
        for item in items:
            of = (item, positive, withdrawn, method)
            shape = self._shapes.get(of)
            if shape is None:
                shape = self._shapes[of] = self._shape(items, *of)
                self._term_keys[item] = self._term_key(self._terms[item])
            made.append((item, kind, code, shape))
        self._kinds[key] = made
        return made

    def _shape(self, items: list[str], item: str, positive: bool, withdrawn: bool, method: str | None) -> int:
        missing = tuple(other for other in dict.fromkeys(items) if other not in self._items)
        if missing:
            self._learn(missing)
        event = answer_event(
            "", "", item, positive=positive, withdrawn=withdrawn, day=None, method=method, actor=self._actor,
            now=self._at,
        )  # fmt: skip
        return self._sealer.event_shape(event, self._items[item])

    def _stands(self, answers: list[Said]) -> Iterator[tuple[int | None, Stand]]:
        """How each item stands, and the place of the answer that decides."""
        by_item: dict[str, list[int]] = {}
        for place, answer in enumerate(answers):
            by_item.setdefault(answer.item, []).append(place)
        for item, places in by_item.items():
            decides, stand = self._stand(item, [answers[place] for place in places])
            yield None if decides is None else places[decides], stand

    def _stand(self, item: str, said: list[Said]) -> tuple[int | None, Stand]:
        standing = self._standing(item, said)
        shape = self._state_shapes.get((item, standing.alike))
        if shape is None:
            line = replace(standing.line, item=item, purpose=self._terms[item].purpose)
            shape = self._state_shapes[item, standing.alike] = self._sealer.state_shape(line, self._items[item])
        return standing.place, (shape, standing.since, standing.ask)

    def _term_key(self, terms: ItemTerms) -> int:
        alike = (terms.least_grade, terms.term_months, terms.separate, terms.ask_lock_days)
        return self._kinds_of_terms.setdefault(alike, len(self._kinds_of_terms))

    def _standing(self, item: str, said: list[Said]) -> _Standing:
        """Where these answers leave an item. Items under the same terms stand alike, so one speaks for all."""
        first = said[0]
        key: tuple[Any, ...] = (self._term_keys[item], first.code, first.acted, first.received)
        if len(said) > 1:
            key += tuple([part for x in said[1:] for part in (x.code, x.acted, x.received)])
        found = self._lines.get(key)
        if found is None:
            events = [
                ConsentEvent(
                    event_id=str(place), hcp_id="", item=item, kind=x.kind, method=Method.IMPORT,
                    recorded_at=self._at, recorded_by=self._actor, acted_at=x.at,
                    received_at=None if x.received is None else x.at or self._at, precision=Precision.DAY,
                )
                for place, x in enumerate(said)
            ]  # fmt: skip
            line = line_status(events, terms=self._terms[item], item=item, at=self._at)
            alike = (line.status, line.valid_until, line.code, line.notice, line.grade, line.may_ask)
            number = self._kinds_of_lines.setdefault(alike, len(self._kinds_of_lines))
            found = self._lines[key] = _Standing.of(line, number)
        return found


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
