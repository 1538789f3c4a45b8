"""How many contacts a person's own cap still leaves, channel by channel (R10, R28; domain.md appendix D).

Rules: (1) what the store knows of is counted, whoever made it and for whatever purpose: each day on which somebody was
shown a notice or asked, in the office, by import or by a rep's return, is one contact by the channel of its method; an
act the person offered is none; (2) the days are those of ``contact_cap_days`` before today, today included; (3) only a
cap the person declared is held against it: no company figure is given, and a channel without a cap is not closed by
this; (4) visits that nobody records here are not known here: the counter never says that there were none.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from compliance.clock import shanghai_day
from compliance.importing.answers import read_channels
from compliance.model.consent import ConsentEvent, EventKind, Method
from compliance.use_cases.seat.facts import Reader
from compliance.use_cases.seat.session import Session

_ASKED = frozenset(
    {EventKind.PRESENTED, EventKind.GIVEN, EventKind.REFUSED, EventKind.DEFERRED, EventKind.NO_ANSWER}
)  # fmt: skip
_CHANNELS = {
    Method.PAPER: "f2f_visit",
    Method.ESIGN: "f2f_visit",
    Method.WECHAT: "wecom",
    Method.EMAIL: "email",
    Method.PHONE: "phone",
}
_CAP = re.compile(r"(.+?)\s*[:：]\s*(\d{1,3})")


def contacts_left(session: Session, reader: Reader, hcp_id: str, caps: str, *, at: datetime) -> Mapping[str, int]:
    """Channel → contacts left, for every channel with a cap in ``caps`` (``企微:2; 拜访:1``)."""
    most = caps_of(caps)
    if not most:
        return {}
    today = shanghai_day(at)
    since = today - timedelta(days=session.policy.parameter("contact_cap_days", at) - 1)
    days = {found for event in reader.consents.events(hcp_id) if (found := _contact(event)) is not None}
    return {
        code: cap - sum(channel == code and since <= day <= today for channel, day in days)
        for code, cap in most.items()
    }


def caps_of(text: str) -> dict[str, int]:
    """Channel → cap, of what a person declared. What is not understood closes nothing."""
    found: dict[str, int] = {}
    for part in re.split(r"[;；|]", text):
        said = _CAP.fullmatch(part.strip())
        for code in read_channels(said[1])[0] if said else ():
            found[code] = min(int(said[2]), found.get(code, int(said[2]))) if said else 0
    return found


def _contact(event: ConsentEvent) -> tuple[str, date] | None:
    when = event.presented_at or event.acted_at
    if event.kind not in _ASKED or event.asked_by_hcp or when is None or event.method not in _CHANNELS:
        return None
    return _CHANNELS[event.method], shanghai_day(when)
