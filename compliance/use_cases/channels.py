"""Permitted channels of one person now, with the first failing test of every closed one (domain.md appendix D)."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from compliance.model.access import AccessFacts, Purpose
from compliance.model.profile import FieldValue
from compliance.profile.channels import Channel, permitted_channels
from compliance.use_cases.session import Session


def channels_of(
    session: Session, *, purpose: Purpose, facts: AccessFacts, values: Mapping[str, FieldValue], at: datetime
) -> tuple[Channel, ...]:
    """Every channel with open or closed and the reason. ``values`` are those the reader may see."""
    return permitted_channels(
        session.policy.channels(at=at, purpose=purpose),
        lines=facts.lines,
        optout=_text(values, "channel_optout"),
        reception=_text(values, "institution_reception_rule"),
        blocked=bool(facts.blocks),
    )


def channel_text(channels: Iterable[Channel]) -> str:
    """The open channels as one stored-style value: codes joined by "; "."""
    return "; ".join(c.code for c in channels if c.open)


def _text(values: Mapping[str, FieldValue], key: str) -> str:
    value = values.get(key)
    return value.value if value else ""
