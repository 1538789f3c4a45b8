"""Histories of the same shape have the same outcome: what lets a million events be checked in seconds.

The fold (``consent.folding``) does two things with instants: it compares them, and it names some in its outcome. It
never says how far apart two of them lie. So a history is written as its *marks*, a list of all instants the fold can
look at, and its *shape*: how the marks lie to each other, with what is said beside them.

Rules: (1) two histories of one item with the same shape, under the same terms and notices, have the same outcome, each
instant of it being the mark of the same place and its event the one of the same place; (2) marks are: the last entry;
of each act the instant it acts from, for a day-precise one also the start of its day (where it stands at the end of the
day, it stands after all else of the day and before the next: ``consent.ordering``); the end its term gives a yes and
the end it names itself; the end of the ask lock that a no begins; the end of the silence that a hand-over begins; the
day somebody asked to be asked again from; the instant of a defect that names no act. Months and days are counted here,
from each day, so leap days and ends of months are in the marks; (3) what is compared of one event alone is a flag of
it: notice, act and entry in order (``consent.proof`` rule 1), the refused version in force then; (4) knowledge that
names its act is a word about it and has no instant; who recorded counts only by whether a check is somebody else's; (5)
names, forms and the order of entry decide only between acts of one day, and are in the shape only where two are (by
rank); (6) what lies outside 1970 to 9000 has no shape.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from compliance.consent.folding import MERGED, Notices
from compliance.consent.ordering import BY_PERSON
from compliance.consent.sampling import MARK
from compliance.model.consent import EventKind, ItemTerms, Precision
from compliance.model.limits import add_months_exclusive_end

_DAY = 86_400_000_000
_SHANGHAI = 8 * 3_600_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = date(1970, 1, 1).toordinal()
_DAYS = date(9000, 1, 1).toordinal() - _FIRST
#: Knowledge about an act; its own instants are never looked at when it names its target.
ABOUT = frozenset({str(EventKind.CHECK_ACCEPTED), str(EventKind.CHECK_REJECTED), str(EventKind.INVALIDATED)})
#: What a person said or an import claims: alone, its entry counts only by the terms of its day, by whether the act lies
#: later, and by whether an end that the outcome names has passed. A notice only shown is none: it falls silent by time.
ACTS = frozenset(
    str(kind)
    for kind in (
        EventKind.GIVEN,
        EventKind.REFUSED,
        EventKind.WITHDRAWN,
        EventKind.IMPORTED_YES,
        EventKind.IMPORTED_NO,
    )
)
_GIVEN, _REFUSED, _WITHDRAWN, _PRESENTED, _DEFERRED, _ACCEPTED, _INVALIDATED, _IMPORTED_NO = (
    str(kind)
    for kind in (
        EventKind.GIVEN,
        EventKind.REFUSED,
        EventKind.WITHDRAWN,
        EventKind.PRESENTED,
        EventKind.DEFERRED,
        EventKind.CHECK_ACCEPTED,
        EventKind.INVALIDATED,
        EventKind.IMPORTED_NO,
    )
)
_LOCKS = frozenset({_REFUSED, _WITHDRAWN, _IMPORTED_NO})
_OWN_WORDS = frozenset(str(kind) for kind in BY_PERSON)
_BY_DAY = str(Precision.DAY)

Shape = tuple[object, ...]


class EventRow(NamedTuple):
    """One event as it lies in the table: instants in microseconds since 1970 UTC, small sets as text."""

    no: int
    hcp: int
    event_id: str
    item: int
    kind: str
    method: str
    recorded_at: int
    recorded_by: str
    acted_at: int | None
    presented_at: int | None
    received_at: int | None
    precision: str
    notice: str | None
    notice_hash: str | None
    valid_until: int | None
    evidence_id: str | None
    evidence_sha256: str | None
    grade: str
    identity_check: str | None
    asked_by_hcp: int
    target: str | None
    defect: str | None
    place_of_original: str | None
    page_count: int | None
    order_on_form: int
    origin: str
    sequence: int


(
    _ID, _KIND, _RECORDED, _BY, _ACTED, _PRESENTED_AT, _RECEIVED, _EVIDENCE, _FORM, _CHECK, _TARGET, _ON_FORM, _SEQUENCE
) = (
    EventRow._fields.index(name)
    for name in (
        "event_id", "kind", "recorded_at", "recorded_by", "acted_at", "presented_at", "received_at", "evidence_id",
        "evidence_sha256", "identity_check", "target", "order_on_form", "sequence",
    )
)  # fmt: skip


def day_of(instant: int) -> int:
    """The Shanghai day of an instant, in days since 1970."""
    return (instant + _SHANGHAI) // _DAY


class Shapes:
    """Shapes of histories of one item under one set of terms."""

    def __init__(self, terms: ItemTerms, notices: Notices) -> None:
        self._lock, self._silence = terms.ask_lock_days + 1, terms.no_reply_days + 1
        lines = {ref: version.line(terms.item) for ref, version in notices.items()}
        self._months = {ref: line.term_months or terms.term_months for ref, line in lines.items() if line is not None}
        self._term = terms.term_months
        self._terms = sorted({self._term, *self._months.values()})
        self._begins = {
            ref: (version.active_from - _EPOCH) // timedelta(microseconds=1)
            for ref, version in notices.items()
            if version.active_from is not None
        }
        self._ends: dict[tuple[int, int], int] = {}

    def reach(self, day: int) -> Shape | None:
        """How far each term that can apply reaches from ``day``: what alone makes one day unlike another. None: rule
        6."""
        if not 0 <= day < _DAYS:
            return None
        return tuple(self._end(day, months) - day * _DAY for months in self._terms)

    def of(self, rows: Sequence[tuple[Any, ...]]) -> tuple[Shape, list[int]] | None:
        """The shape of the events of one item of one person, in the order of entry, and its marks; ``rows`` are as
        :class:`EventRow`. None: rule 6."""
        ids = [row[_ID] for row in rows]
        marks = [max([row[_RECORDED] for row in rows])]
        days: list[int] = []
        said: list[Shape] = []
        for row in rows:
            if row[_KIND] in ABOUT:
                said.append(_knowledge(row, rows, ids, marks))
                continue
            acts = _acts_from(row)
            day = (acts + _SHANGHAI) // _DAY
            if not 0 <= day < _DAYS:
                return None
            days.append(day)
            said.append(self._act(row, acts, day, ids, marks))
        if len(days) > 1 and len(set(days)) < len(days):
            said.append(_names([row for row in rows if row[_KIND] not in ABOUT]))
        rank = {mark: place for place, mark in enumerate(sorted(set(marks)))}
        return (*said, *[rank[mark] for mark in marks]), marks

    def _act(self, row: tuple[Any, ...], acts: int, day: int, ids: list[str], marks: list[int]) -> Shape:
        """What somebody said or did; its instants go into ``marks``."""
        _, _, _, _, kind, _, recorded, _, acted, presented, _, precision, notice, notice_hash, until, *rest = row
        evidence, _, grade, check, asked, target, defect, _, _, _, _, _ = rest
        dawn = day * _DAY - _SHANGHAI
        marks.append(acts)
        by_day = precision == _BY_DAY
        if by_day and kind in _OWN_WORDS:
            marks.append(dawn)
        order: object = None
        if kind == _GIVEN:
            marks.append(self._end(day, self._months.get(notice, self._term)))
            order = _in_order(presented, acted, recorded, by_day)
        elif kind in _LOCKS:
            marks.append(dawn + self._lock * _DAY)
            if kind == _REFUSED and (begins := self._begins.get(notice)) is not None:
                order = day_of(begins) <= day if by_day else begins <= acts
        elif kind == _PRESENTED:
            marks.append(dawn + self._silence * _DAY)
        if until is not None and kind in (_GIVEN, _DEFERRED):
            marks.append(until)
        return (
            kind, by_day, order, acted is None, until is None, notice, notice_hash, grade, asked, check is None,
            evidence and True, defect == MERGED, None if target is None else _place(target, ids),
        )  # fmt: skip

    def _end(self, day: int, months: int) -> int:
        end = self._ends.get((day, months))
        if end is None:
            found = add_months_exclusive_end(date.fromordinal(_FIRST + day), months)
            end = self._ends[day, months] = (found - _EPOCH) // timedelta(microseconds=1)
        return end


def _acts_from(row: tuple[Any, ...]) -> int:
    """As ``consent.ordering.acts_from``."""
    recorded, acted, presented, received = row[_RECORDED], row[_ACTED], row[_PRESENTED_AT], row[_RECEIVED]
    first = received if row[_KIND] == _WITHDRAWN else presented if row[_KIND] == _PRESENTED else None
    return int(first if first is not None else acted if acted is not None else recorded)


def _knowledge(row: tuple[Any, ...], rows: Sequence[tuple[Any, ...]], ids: list[str], marks: list[int]) -> Shape:
    """What is known of an act; without one, its instant goes into ``marks`` (rules 2 and 4)."""
    kind, place = row[_KIND], _place(row[_TARGET], ids)
    if kind == _INVALIDATED and not row[_TARGET]:
        marks.append(_acts_from(row))
    if kind != _ACCEPTED:
        return kind, place
    own = place is not None and place >= 0 and rows[place][_BY] == row[_BY]
    return kind, place, own, (row[_CHECK] or "").startswith(MARK)


def _place(target: str | None, ids: list[str]) -> int | None:
    """Where the event spoken about stands; -1: not here, -2: named by nothing."""
    if target is None:
        return None
    return ids.index(target) if target in ids else -1 if target else -2


def _in_order(presented: int | None, acted: int | None, recorded: int, by_day: bool) -> Shape | None:
    """Whether the notice came after the act, and the act after the entry; None: one of them is not known."""
    if presented is None or acted is None:
        return None
    if by_day:
        return day_of(presented) > day_of(acted), day_of(acted) > day_of(recorded)
    return presented > acted, acted > recorded


def _names(rows: Sequence[tuple[Any, ...]]) -> Shape:
    """Rule 5."""
    forms = [row[_FORM] or row[_EVIDENCE] or "" for row in rows]
    ids, counts = [row[_ID] for row in rows], [row[_SEQUENCE] for row in rows]
    ranked = (sorted(ids), sorted(set(forms)), sorted(set(counts)))
    return tuple(
        (*[order.index(name) for order, name in zip(ranked, names, strict=True)], row[_ON_FORM])
        for row, *names in zip(rows, ids, forms, counts, strict=True)
    )
