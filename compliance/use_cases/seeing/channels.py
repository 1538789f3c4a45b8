"""Permitted channels of one person now, with the first failing test of every closed one (domain.md appendix D)."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from compliance.model.access import AccessFacts, Purpose
from compliance.model.profile import FieldValue
from compliance.profile.channels import Channel, permitted_channels
from compliance.use_cases.seat.facts import Reader
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seeing.contacts import contacts_left


def channels_of(
    session: Session,
    reader: Reader,
    *,
    hcp_id: str,
    purpose: Purpose,
    facts: AccessFacts,
    values: Mapping[str, FieldValue],
    at: datetime,
) -> tuple[Channel, ...]:
    """Every channel with open or closed and the reason. ``values`` are those the reader may see."""
    caps = _text(values, "frequency_cap")
    return permitted_channels(
        session.policy.channels(at=at, purpose=purpose),
        lines=facts.lines,
        optout=_text(values, "channel_optout"),
        reception=_text(values, "institution_reception_rule"),
        blocked=bool(facts.blocks),
        reachability=_text(values, "reachability"),
        contacts_left=contacts_left(session, reader, hcp_id, caps, at=at) if caps else None,
        confirmed_on=_day(values, "channel_confirmed_on"),
        confirm_days=_days(session, "channel_confirmed_on"),
        at=at,
    )


def _day(values: Mapping[str, FieldValue], key: str) -> date | None:
    try:
        return date.fromisoformat(_text(values, key))
    except ValueError:
        return None  # nothing said, or not a day: the test does not close


def _days(session: Session, key: str) -> int | None:
    """How long a confirmation counts: a quarter longer than its cadence, as everywhere (R03)."""
    days = session.policy.refresh_days(key)
    return None if days is None else days + days // 4


def channel_text(channels: Iterable[Channel]) -> str:
    """The open channels as one stored-style value: codes joined by "; "."""
    return "; ".join(c.code for c in channels if c.open)


def _text(values: Mapping[str, FieldValue], key: str) -> str:
    value = values.get(key)
    return value.value if value else ""
