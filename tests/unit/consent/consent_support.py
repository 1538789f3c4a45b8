"""Builders for consent tests: events with valid defaults, Shanghai instants."""

from datetime import datetime, timedelta
from itertools import count

from compliance.clock import SHANGHAI
from compliance.model.consent import (
    ConsentEvent,
    EventKind,
    Grade,
    ItemTerms,
    Method,
    NoticeLine,
    NoticeState,
    NoticeVersion,
    Precision,
)

_numbers = count(1)
VISIT = ItemTerms(
    item="visit", purpose="visit", least_grade=Grade.E3, term_months=24, separate=False, ask_lock_days=180
)


def at(text: str) -> datetime:
    """``2026-11-24`` or ``2026-11-24T10:00`` in Shanghai."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def event(kind: EventKind, when: str, **changes: object) -> ConsentEvent:
    """An event of item ``visit`` at ``when``, entered an hour later by ``rep``."""
    instant = at(when)
    number = next(_numbers)
    fields: dict[str, object] = {
        "event_id": f"CE-{number:08d}",
        "hcp_id": "HCP-AAAAAAAA",
        "item": "visit",
        "kind": kind,
        "method": Method.PAPER,
        "recorded_at": instant + timedelta(hours=1),
        "recorded_by": "clerk.zhou",
        "acted_at": instant,
    }
    return ConsentEvent(**(fields | changes))  # type: ignore[arg-type]


def given(when: str, **changes: object) -> ConsentEvent:
    """A yes on paper with evidence, notice shown five minutes before."""
    instant = at(when)
    fields: dict[str, object] = {
        "presented_at": instant - timedelta(minutes=5),
        "notice": "CK-VISIT@1.0",
        "evidence_id": "EV-1",
        "grade": Grade.E1,
        "identity_check": "method:paper",
    }
    if changes.get("precision") is Precision.DAY:
        fields["presented_at"] = instant
    return event(EventKind.GIVEN, when, **(fields | changes))


def accepted(target: ConsentEvent, when: str, by: str = "chen") -> ConsentEvent:
    """The second person's acceptance of ``target``."""
    return event(
        EventKind.CHECK_ACCEPTED, when, item=target.item, target=target.event_id, recorded_by=by, method=Method.STAFF
    )


def proven(when: str, **changes: object) -> tuple[ConsentEvent, ConsentEvent]:
    """A yes and its acceptance two hours later."""
    yes = given(when, **changes)
    check = accepted(yes, when)
    return yes, check


def line(item: str = "visit", **changes: object) -> NoticeLine:
    """A notice line."""
    fields: dict[str, object] = {
        "item": item,
        "purpose": item.partition("/")[0],
        "separate": False,
        "term_months": 24,
        "text_zh": "我同意。",
        "text_en": "I agree.",
        "methods": ("collect", "store"),
        "kinds": ("full_name",),
        "retention_months": 60,
    }
    return NoticeLine(**(fields | changes))  # type: ignore[arg-type]


def notice(version: str = "1.0", *lines: NoticeLine, **changes: object) -> NoticeVersion:
    """An active notice ``CK-VISIT``."""
    fields: dict[str, object] = {
        "notice": "CK-VISIT",
        "version": version,
        "state": NoticeState.ACTIVE,
        "active_from": at("2026-01-01"),
        "retired_from": None,
        "lines": lines or (line(),),
        "blocks_zh": (("contact", "电话 400"),),
        "blocks_en": (("contact", "Phone 400"),),
        "sha256": f"hash-{version}",
    }
    return NoticeVersion(**(fields | changes))  # type: ignore[arg-type]
