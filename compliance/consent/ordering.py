"""One person's events of one item in the order of the world, whatever the order of entry.

Rules: (1) an event acts from its own instant: a withdrawal from receipt, an act from the act, a notice from its
showing, all else from its entry; (2) at the same instant the negative event counts as the later one; (3) paper knows
only days: a day-precise word acts from the start of its Shanghai day; marks on one form keep the order on the form; a
form whose last mark is a no stands at the end of its day, any other form at the start, so that where the order cannot
be known the no wins; (4) an event that arrives twice counts once.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import chain
from typing import NamedTuple

from compliance.clock import day_start, shanghai_day
from compliance.model.consent import ConsentEvent, EventKind, Precision

NEGATIVE = frozenset({EventKind.REFUSED, EventKind.WITHDRAWN, EventKind.IMPORTED_NO, EventKind.REVOKED})
_SWITCHES = frozenset({EventKind.SUSPENDED, EventKind.RESUMED})
#: Words of the person: on paper they know only their day.
BY_PERSON = frozenset(
    {
        EventKind.GIVEN,
        EventKind.REFUSED,
        EventKind.DEFERRED,
        EventKind.NO_ANSWER,
        EventKind.PRESENTED,
        EventKind.WITHDRAWN,
        EventKind.IMPORTED_YES,
        EventKind.IMPORTED_NO,
    }
)
_INSTANT = timedelta(microseconds=1)


class Placed(NamedTuple):
    """An event with the instant from which it acts."""

    acts_from: datetime
    event: ConsentEvent


class _Key(NamedTuple):
    position: datetime
    severity: int
    form: str
    mark: int
    event_id: str


def in_order(events: Iterable[ConsentEvent]) -> list[Placed]:
    """``events`` in the order of rules 1 to 4."""
    unique = {event.event_id: event for event in events}
    keyed: list[tuple[_Key, Placed]] = []
    forms: dict[tuple[date, str], list[ConsentEvent]] = {}
    for event in unique.values():
        instant = acts_from(event)
        if event.precision is Precision.DAY and event.kind in BY_PERSON:
            form = event.evidence_sha256 or event.evidence_id or ""
            forms.setdefault((shanghai_day(instant), form), []).append(event)
        else:
            key = _Key(instant, _severity(event.kind), "", event.sequence, event.event_id)
            keyed.append((key, Placed(instant, event)))
    keyed.extend(chain.from_iterable(_marks(day, form, marks) for (day, form), marks in forms.items()))
    keyed.sort(key=lambda pair: pair[0])
    return [placed for _, placed in keyed]


def acts_from(event: ConsentEvent) -> datetime:
    """The instant from which ``event`` acts (rule 1); for a day-precise act some instant of its day."""
    kind = event.kind
    if kind is EventKind.WITHDRAWN:
        return event.received_at or event.acted_at or event.recorded_at
    if kind is EventKind.PRESENTED:
        return event.presented_at or event.acted_at or event.recorded_at
    return event.acted_at or event.recorded_at


def _severity(kind: EventKind) -> int:
    if kind in _SWITCHES:
        return 3
    return 2 if kind in NEGATIVE else 1 if kind is EventKind.GIVEN else 0


def _marks(day: date, form: str, marks: list[ConsentEvent]) -> list[tuple[_Key, Placed]]:
    marks.sort(key=lambda e: (e.order_on_form, _severity(e.kind), e.event_id))
    start = day_start(day)
    ends_in_no = marks[-1].kind in NEGATIVE
    position = start + timedelta(days=1) - _INSTANT if ends_in_no else start
    severity = 9 if ends_in_no else -1
    return [(_Key(position, severity, form, i, e.event_id), Placed(start, e)) for i, e in enumerate(marks)]
