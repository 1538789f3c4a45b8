"""What parts 7 and 9 of a report list one by one: consent items by state, exceptional accesses, lists of people that
left (law.md 3.3).

Rules: (1) an exceptional access stands with who approved it, how often it was used, and who reviewed it; (2) a list of
people stands with their number and, where two people or a plan allowed it, with that number; (3) ids and counts alone.
"""

from collections import Counter
from collections.abc import Mapping

from compliance.clock import from_stamp
from compliance.consent.labels import item_label
from compliance.exports.audit_data import BulkLine, ExceptionalUse, ItemCount
from compliance.i18n import Lang, t
from compliance.model.audit import Kind
from compliance.model.consent import OPEN_STATES, VOID_STATES, ConsentStatus
from compliance.use_cases.evidence.audit_rows import Entries
from compliance.use_cases.seeing.lending import REVIEW
from compliance.vault import Snapshot

_LISTS = frozenset({"people_xlsx", "do_not_contact", "campaign_list", "consent_changes"})


def items(counts: Mapping[str, Counter[ConsentStatus]], lang: Lang) -> tuple[ItemCount, ...]:
    """Each item, which names the channel, with how many people stand where."""
    return tuple(
        ItemCount(
            label=item_label(item, lambda key, **more: t(key, lang, **more)),
            proven=sum(by[status] for status in OPEN_STATES),
            unproven=by[ConsentStatus.UNPROVEN] + by[ConsentStatus.EVIDENCE_PENDING],
            withdrawn=by[ConsentStatus.WITHDRAWN],
            refused=by[ConsentStatus.REFUSED],
            expired=by[ConsentStatus.EXPIRED],
            void=sum(by[status] for status in VOID_STATES),
        )
        for item, by in sorted(counts.items())
        if sum(by.values())
    )


def exceptional(snap: Snapshot, entries: Entries, everything: Entries) -> tuple[ExceptionalUse, ...]:
    """Those granted in the period; uses and reviews whenever they came."""
    used = Counter(str(e["detail"]["exceptional"]) for _, e in everything if _read_under(e))
    found = []
    for index, entry in entries:
        if entry["kind"] != Kind.EXCEPTIONAL_GRANTED:
            continue
        access, hcp = str(entry["detail"]["exceptional"]), entry["hcps"][0]
        review = next((x for x in snap.tasks.of(hcp) if x.kind == REVIEW and x.subject == access), None)
        found.append(
            ExceptionalUse(
                index=index,
                at=from_stamp(entry["at"]),
                user=str(entry["detail"]["user"]),
                approver=entry["actor"],
                purpose=entry["purpose"],
                hcp=hcp,
                reads=used[access],
                reviewed_by=(review.done_by or "") if review else "",
            )
        )
    return tuple(found)


def bulk(entries: Entries) -> tuple[BulkLine, ...]:
    """Lists of people that left the store."""
    return tuple(
        BulkLine(
            index=index,
            at=from_stamp(e["at"]),
            user=e["actor"],
            what=str(e["detail"]["what"]),
            people=int(e["detail"].get("people") or len(e["hcps"])),
            allowed=str(e["detail"].get("request") or e["detail"].get("plan") or ""),
        )
        for index, e in entries
        if e["kind"] == Kind.EXPORT_APPROVED and e["detail"].get("what") in _LISTS
    )


def _read_under(entry: Mapping[str, object]) -> bool:
    detail = entry["detail"]
    return entry["kind"] == Kind.PROFILE_OPENED and isinstance(detail, Mapping) and bool(detail.get("exceptional"))
