"""An ended consent whose processing is confirmed to have stopped is kept as evidence only (law.md C24, C25).

Rules: (1) an item that carried and ended - *expired*, *withdrawn*, *revoked*, *invalidated* - reads as *archived* from
the instant its stopping was confirmed: a review of deletion that names the item is done, and so is everything else the
end asked for. A refusal, and a withdrawal of what was never given, stopped nothing and keep their word; (2) it is
worked out at each read and never stored, and only for those who look at the record: decisions, lists and the ask lock
go by the word underneath, so that it never hides a no; ``ended`` keeps that word, reason and lock stay as they are;
(3) a later act starts afresh, because the item has not ended then; (4) from the confirmation the record is kept for
the years of the rules, as proof (PIPL 19, 69; CC 188); afterwards erasing it may be asked for.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from compliance.clock import shanghai_day
from compliance.consent.codes import ExplanationCode as Code
from compliance.model.consent import ConsentStatus, LineStatus
from compliance.model.limits import add_months_exclusive_end
from compliance.model.register import Task

#: What an end asks for: recall of papers, packs, recipients and source systems to tell, deletion or what keeps it.
STOPPING = frozenset({"recall_sheet", "refresh_pack", "tell_recipient", "tell_source", "review_deletion"})
_REVIEW = "review_deletion"
_ENDS = frozenset({ConsentStatus.EXPIRED, ConsentStatus.WITHDRAWN, ConsentStatus.REVOKED, ConsentStatus.INVALIDATED})
_NEVER_CARRIED = frozenset({Code.STANDING_NO})


@dataclass(frozen=True, slots=True, kw_only=True)
class Archived:
    """From when an item is evidence only, and until when it is kept at least (exclusive)."""

    since: datetime
    keep_until: datetime


def may_be_archived(line: LineStatus) -> bool:
    """Whether the item carried and ended (rule 1)."""
    return line.status in _ENDS and line.code not in _NEVER_CARRIED and line.since is not None


def archived_from(line: LineStatus, tasks: Iterable[Task], *, keep_years: int) -> Archived | None:
    """When the stopping of an ended item was confirmed, by the person's ``tasks`` as far as they are known."""
    if not may_be_archived(line) or line.since is None:
        return None
    mine = [t for t in tasks if t.kind in STOPPING and (t.done_at is None or t.done_at >= line.since)]
    reviewed = any(t.kind == _REVIEW and line.item in t.subject.split(",") for t in mine)
    ends = [t.done_at for t in mine if t.done_at is not None]
    if not reviewed or len(ends) < len(mine):
        return None
    since = max(ends)
    return Archived(since=since, keep_until=add_months_exclusive_end(shanghai_day(since), 12 * keep_years))


def as_evidence(line: LineStatus, found: Archived | None, *, at: datetime) -> LineStatus:
    """The line as the record reads at ``at`` (rules 1 and 2)."""
    if found is None or at < found.since:
        return line
    return replace(
        line,
        status=ConsentStatus.ARCHIVED,
        ended=line.status,
        archived_since=found.since,
        keep_until=found.keep_until,
    )


def tasks_known(tasks: Sequence[Task], known_at: datetime | None) -> list[Task]:
    """The tasks as they stood at ``known_at``."""
    if known_at is None:
        return list(tasks)
    return [
        replace(t, done_at=None) if t.done_at is not None and t.done_at > known_at else t
        for t in tasks
        if t.opened_at <= known_at
    ]
