"""How consent items stood at the end of a period, also of one that is long over (architecture promise 6).

Rules: (1) the narrow state table says how everybody stands now; of people about whom nothing was recorded since that
instant it says how they stood then; (2) whoever something was recorded about since is worked out anew from the events,
as of that instant, with all that is known by now; nobody counts who came on file later, whatever their old answers say
of days before; (3) counts, samples and populations of a report all rest on this.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from compliance.consent.codes import ExplanationCode
from compliance.model.consent import ConsentStatus, LineStatus
from compliance.use_cases.seat.facts import lines_of, rules_for_lists
from compliance.use_cases.seat.session import Session
from compliance.vault import Snapshot

#: Status words under which an item carries processing.
_CARRY = frozenset({ConsentStatus.GIVEN, ConsentStatus.RENEWED, ConsentStatus.CHANGE_PENDING})
_EVERY = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """``counts``: item → status → people; ``sampled``: item → consents accepted by sample; ``carrying``: person and
    state of every item that carried processing."""

    counts: Mapping[str, Counter[ConsentStatus]]
    sampled: Mapping[str, int]
    carrying: Sequence[tuple[str, LineStatus]]


def standing(
    session: Session, snap: Snapshot, *, at: datetime, heard: Callable[[int, int], None] = lambda _done, _all: None
) -> Standing:
    """Everybody's items at ``at``. ``heard`` gets (done, of how many) and may raise to cancel."""
    rules = rules_for_lists(session, snap, at=at)
    counts = snap.consents.counts_by_item(at=at, rules=rules, untouched_since=at)
    sampled = Counter(snap.consents.count_code_by_item(ExplanationCode.VALID_SAMPLE_CHECKED, at=at, untouched_since=at))
    carrying = snap.consents.open_lines(at=at, rules=rules, untouched_since=at)
    since = sorted(snap.consents.changed_since(at).keys() - snap.people.newer_than(at))
    for number, hcp_id in enumerate(since):
        if number % _EVERY == 0:
            heard(number, len(since))
        for item, line in lines_of(session, snap, hcp_id=hcp_id, at=at).items():
            counts.setdefault(item, Counter())[line.status] += 1
            sampled[item] += line.code == ExplanationCode.VALID_SAMPLE_CHECKED
            if line.status in _CARRY:
                carrying.append((hcp_id, line))
    return Standing(counts=counts, sampled=sampled, carrying=carrying)
