"""All that speaks against an act somebody else wrote down, parts of which may be missing or unreadable.

``consent.acts`` stops at the first rule an act breaks, because whoever enters it by hand mends and goes on. A row of a
carton of old forms is mended far away, so it is told everything at once. Rules: (1) the rules are those of
``consent.acts``, asked of whatever parts can be read; (2) what is missing is the caller's to say, never this module's;
(3) no fault here is no permission: the act still passes ``check_act``.
"""

from collections.abc import Iterable
from datetime import datetime

from compliance.consent.acts import in_force, lies_ahead
from compliance.consent.codes import ExplanationCode
from compliance.consent.ordering import acts_from
from compliance.consent.proof import order_fault
from compliance.consent.status import line_status
from compliance.model.consent import ConsentEvent, EventKind, ItemTerms, NoticeVersion


def every_fault(
    act: ConsentEvent,
    *,
    terms: ItemTerms | None,
    notice: NoticeVersion | None,
    events: Iterable[ConsentEvent],
    now: datetime,
) -> tuple[tuple[str, str], ...]:
    """(field, code) of each. ``terms`` is None where nobody knows the item, ``notice`` where nobody knows the version
    ``act.notice`` names."""
    faults = [
        (where, "in_the_future")
        for where, moment in (("presented", act.presented_at), ("acted", act.acted_at))
        if moment is not None and lies_ahead(moment, now, act.precision)
    ]
    if act.notice and notice is None:
        faults.append(("notice", "unknown_notice"))
    if act.valid_until is not None and act.acted_at is not None and act.valid_until <= act.acted_at:
        faults.append(("valid_until", "end_before_act"))
    if act.kind is EventKind.GIVEN:
        faults.extend(("notice", code) for code in _against_notice(act, notice, terms))
    if terms is not None and _locked(act, terms, events):
        faults.append(("", "ask_locked"))
    return tuple(faults)


def _against_notice(act: ConsentEvent, notice: NoticeVersion | None, terms: ItemTerms | None) -> list[str]:
    found = []
    both = act.presented_at is not None and act.acted_at is not None
    if both and order_fault(act) is ExplanationCode.ACT_BEFORE_NOTICE:
        found.append("act_before_notice")
    if notice is not None and terms is not None and notice.line(act.item) is None:
        found.append("item_not_in_notice")
    if notice is not None and act.presented_at is not None and not in_force(notice, act):
        found.append("notice_not_in_force")
    return found


def _locked(act: ConsentEvent, terms: ItemTerms, events: Iterable[ConsentEvent]) -> bool:
    if act.asked_by_hcp or act.kind in (EventKind.REFUSED, EventKind.WITHDRAWN) or act.acted_at is None:
        return False
    asked_at = act.presented_at or acts_from(act)
    return not line_status(events, terms=terms, item=act.item, at=asked_at).may_ask
