"""Permitted channels 当前可用渠道 (domain.md appendix D, R10): open by consent and nothing against it.

Tests in this order; every closed channel names its first failing one: (1) record and blocks; (2) consent for the
channel's item in force; (3) not declined; (4) the hospital's rule allows visits; (5) reachable; (6) cap not reached;
(7) wishes confirmed in time (digital). Quiet hours are a matter of the moment of contact, not of the sheet.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from compliance.clock import shanghai_day
from compliance.model.consent import LineStatus
from compliance.model.profile import ChannelRule

#: Hospital rules under which nobody is visited.
_NO_VISITS = frozenset({"not_allowed"})
_UNREACHABLE = frozenset({"bounced", "invalid"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A channel now. ``reason`` is ``open`` or the first failing test (``resources/locale/policy.toml``)."""

    code: str
    open: bool
    reason: str
    item: str = ""
    label_zh: str = ""
    label_en: str = ""


def permitted_channels(
    channels: Iterable[ChannelRule],
    *,
    lines: Mapping[str, LineStatus],
    optout: str = "",
    reception: str = "",
    blocked: bool = False,
    reachability: str = "",
    contacts_left: Mapping[str, int] | None = None,
    confirmed_on: date | None = None,
    confirm_days: int | None = None,
    at: datetime | None = None,
) -> tuple[Channel, ...]:
    """Every channel with open or closed and why, in the order of the catalogue.

    ``optout``, ``reception`` and ``reachability`` are stored texts (codes or Chinese labels joined by ``;``).
    ``confirm_days`` with ``at`` closes digital channels whose wishes were confirmed longer ago; without a confirmation
    date the test does not close, since a consent just given confirms itself.
    """
    declined = _words(optout)
    state = _pairs(reachability)
    out = []
    for rule in channels:
        line = lines.get(rule.item)
        digital = rule.item.startswith("digital/")
        late = (
            digital
            and confirm_days is not None
            and at is not None
            and confirmed_on is not None
            and (shanghai_day(at) - confirmed_on).days > confirm_days
        )
        tests = (
            ("blocked", blocked),
            ("no_consent", line is None or not line.open),
            ("declined", not declined.isdisjoint({rule.code, rule.label_zh, rule.label_en.lower()})),
            ("hospital_rule", rule.mode == "offline" and rule.domain == "private" and reception in _NO_VISITS),
            ("unreachable", state.get(rule.code) in _UNREACHABLE),
            ("cap_reached", contacts_left is not None and contacts_left.get(rule.code, 1) <= 0),
            ("wishes_overdue", late),
        )
        reason = next((code for code, fails in tests if fails), "open")
        out.append(
            Channel(
                code=rule.code,
                open=reason == "open",
                reason=reason,
                item=rule.item,
                label_zh=rule.label_zh,
                label_en=rule.label_en,
            )
        )
    return tuple(out)


def _words(text: str) -> frozenset[str]:
    return frozenset(w.strip().lower() for w in re.split(r"[;；|,，、]", text) if w.strip())


def _pairs(text: str) -> dict[str, str]:
    parts = [p.partition(":") for p in re.split(r"[;；|]", text)]
    return {key.strip().lower(): value.strip().lower() for key, sep, value in parts if sep}
