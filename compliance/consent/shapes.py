"""Histories of the same shape have the same outcome: what lets a million events be checked in seconds.

The shape of one item's events is all that the fold looks at, with names taken out: which event, which form and which
person by their place, the entry by its Shanghai day. Rules: (1) two histories with the same shape have the same settled
line but for the event it names, which stands at the same place; (2) instants of acts stay as they are; (3) an entry
counts by its day because nothing but the end of a day is ever compared with it; an act later than its own entry is
said apart (``consent.proof`` rule 1).
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from compliance.consent.sampling import MARK
from compliance.model.consent import EventKind

_DAY = 86_400_000_000
_SHANGHAI = 8 * 3_600_000_000
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


def shape_of(rows: Sequence[tuple[Any, ...]]) -> Shape:
    """The shape of the events of one item of one person, in the order of entry; ``rows`` are as :class:`EventRow`."""
    if len(rows) == 1:
        return (_said(rows[0], rows[0][_RECORDED]), rows[0][_EVIDENCE] is not None, rows[0][_TARGET] is not None)
    last = max(row[_RECORDED] for row in rows)
    ids = [row[_ID] for row in rows]
    ranks = sorted(ids)
    counts = sorted(row[_SEQUENCE] for row in rows)
    people: dict[str, int] = {}
    forms: dict[str | None, int] = {None: -1}
    return tuple(
        (
            _said(row, last),
            ranks.index(row[_ID]),
            counts.index(row[_SEQUENCE]),
            people.setdefault(row[_BY], len(people)),
            forms.setdefault(row[_FORM] or row[_EVIDENCE], len(forms)),
            row[_EVIDENCE] is not None,
            None if row[_TARGET] is None else ids.index(row[_TARGET]) if row[_TARGET] in ids else -1,
        )
        for row in rows
    )


_ID, _RECORDED, _BY, _EVIDENCE, _FORM, _TARGET, _SEQUENCE = (
    EventRow._fields.index(name)
    for name in ("event_id", "recorded_at", "recorded_by", "evidence_id", "evidence_sha256", "target", "sequence")
)


def _said(row: tuple[Any, ...], last: int) -> Shape:
    """What one event says: everything but names, places of paper and the machine it came from. ``last``: the last entry
    of the history, after which nothing has acted."""
    _, _, _, _, kind, method, recorded, _, acted, presented, received, precision, *rest = row
    notice, notice_hash, until, _, _, grade, check, asked, target, defect, _, _, mark, _, _ = rest
    day = (recorded + _SHANGHAI) // _DAY
    checked = check if check is None or check.startswith(MARK) else ""  # how somebody was identified opens nothing
    if target is not None and kind in ABOUT:
        return kind, day, checked, defect
    # Without an act of its own an event acts from its entry.
    said = recorded if acted is None else acted
    return (
        kind, method, day, said > recorded, said > last, acted is None, said, presented, received, precision, notice,
        notice_hash, until, grade, checked, asked, defect, mark,
    )  # fmt: skip
