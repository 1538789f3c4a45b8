"""From which day the retention of a person's values counts: the last day a consent was in force, purpose by purpose.

Lines are taken as settled (consent/settled.py), as the narrow table keeps them, so that lists ask the very same. Rules:
(1) an open item is in force until its end, or the day its purpose was ended for everybody; one without has none; (2) an
ended one counts to the day it ended, a refusal and a pending answer from the day they were said: they too are a
relation, and must be remembered; (3) what was only imported without proof, asked or left unanswered is no relation: the
record is still *held*. The list in SQL (registers/retention.py) asks the same.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

from compliance.clock import shanghai_day
from compliance.consent.stops import standing_of
from compliance.model.consent import ConsentStatus, LineStatus, PurposeStop
from compliance.model.limits import last_day
from compliance.model.retention import IN_FORCE

#: Ended or answered states that count from the day they began.
COUNTED = frozenset(
    {
        ConsentStatus.EXPIRED,
        ConsentStatus.EVIDENCE_PENDING,
        ConsentStatus.SUSPENDED,
        ConsentStatus.REFUSED,
        ConsentStatus.WITHDRAWN,
        ConsentStatus.REVOKED,
        ConsentStatus.INVALIDATED,
        ConsentStatus.SUPERSEDED,
    }
)


def relations(lines: Iterable[LineStatus], stops: Sequence[PurposeStop], *, at: datetime) -> dict[str, date]:
    """Purpose → the last day of a consent for it."""
    found: dict[str, date] = {}
    for line in lines:
        day = _last(line)
        if day is not None:
            ended = ended_since(line.item, stops, at=at) if line.open and stops else None
            day = min(day, shanghai_day(ended)) if ended else day
            found[line.purpose] = max(day, found.get(line.purpose, day))
    return found


def ended_since(item: str, stops: Sequence[PurposeStop], *, at: datetime) -> datetime | None:
    """Since when the purpose of an item is ended for everybody."""
    return standing_of(item, stops, at=at).ended_since


def _last(line: LineStatus) -> date | None:
    if line.open:
        return last_day(line.valid_until) if line.valid_until else IN_FORCE
    if line.status not in COUNTED or line.since is None:
        return None
    if line.status is ConsentStatus.EXPIRED:
        return last_day(line.since)
    return shanghai_day(line.since)
