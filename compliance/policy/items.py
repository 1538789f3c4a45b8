"""Names of consent items: fixed ones and the patterns of ``items.toml`` (architecture section 13, row *items*)."""

import re
from collections.abc import Iterable, Mapping

from compliance.model.access import Purpose
from compliance.policy.catalogue import Channel, ItemRule

#: An id of the recipient register.
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def match_item(item: str, *, items: Iterable[ItemRule], channels: Mapping[str, Channel]) -> ItemRule | None:
    """The rule an item falls under; fixed names before patterns; None when it is none of ours."""
    return next((rule for rule in sorted(items, key=_pattern_last) if _fits(rule.pattern, item, channels)), None)


def expand(pattern: str, channels: Mapping[str, Channel]) -> tuple[str, ...]:
    """``digital/*`` as its channels that are contacted on line; any other name as itself."""
    if pattern != "digital/*":
        return (pattern,)
    return tuple(f"digital/{code}" for code in channels)


def _pattern_last(rule: ItemRule) -> bool:
    return "{" in rule.pattern


def _fits(pattern: str, item: str, channels: Mapping[str, Channel]) -> bool:
    if "{" not in pattern:
        return pattern == item
    head, _, tail = item.partition("/")
    if pattern == "digital/{channel}":
        return head == "digital" and tail in channels
    kind, _, identity = tail.partition(":")
    wanted = pattern.partition("/")[2].partition(":")[0]
    return head in set(Purpose) and kind == wanted and _ID.fullmatch(identity) is not None
