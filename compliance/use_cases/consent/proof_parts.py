"""The documents of a proof pack, gathered in one transaction: per item the seven parts of REQ-026, and around them.

1 notice as shown · 2 identity · 3 act · 4 scope · 5 events with status over time · 6 hashes · 7 evidence files; and per
item the record of TS 27560. Beside the items: accesses of the person, transfers and sheets, cases and tasks, erasures,
other bases with their memos, the rule sets in force. Rules: (1) withdrawn, expired and refused items are there like any
other, with their lawful period and the reads in it (REQ-029); (2) no profile value is read; (3) names are those of
:mod:`.proof_names`; (4) what is not there is said to be absent.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from compliance.clock import from_stamp, stamp
from compliance.consent.rendering import read_rendering
from compliance.exports.consent_record import record_of
from compliance.exports.notice_pdf import notice_pdf
from compliance.i18n import Lang, t
from compliance.model.audit import Kind
from compliance.model.consent import OPEN_STATES, ConsentEvent, LineStatus, NoticeVersion
from compliance.use_cases.consent.consent_timeline import Act, ItemTimeline, item_timelines
from compliance.use_cases.consent.proof_names import Names
from compliance.use_cases.consent.records import record_data
from compliance.use_cases.seat.facts import Reader
from compliance.use_cases.seat.session import Session, known_notices
from compliance.vault import LogEntry

_KINDS_OF_ERASURE = (Kind.ERASURE_BEGUN, Kind.ERASED)
_SUFFIXES = {
    "application/pdf": ".pdf",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/tiff": ".tif",
    "text/plain": ".txt",
    "message/rfc822": ".eml",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """Everything a pack will hold but the evidence files. ``files``: name → bytes. ``evidence``: id → file name."""

    files: dict[str, bytes]
    evidence: dict[str, str]
    items: tuple[ItemTimeline, ...]
    entries: tuple[LogEntry, ...]
    reads: int
    policies: tuple[str, ...]


def gather(
    session: Session, reader: Reader, *, hcp_id: str, purpose: str, pack_id: str, at: datetime, names: Names
) -> Gathered:
    """All documents about ``hcp_id``; with a ``purpose`` its items and the entries that concern it."""
    items = tuple(x for x in item_timelines(session, reader, hcp_id=hcp_id, until=at) if purpose in ("", x.purpose))
    entries = tuple(
        e
        for e in reader.log.find(hcp=hcp_id, limit=1_000_000, newest_first=False)
        if not purpose or json.loads(e.body)["purpose"] in ("", purpose, "rights", "audit")
    )
    views = [names.entry(e.index, e.body, hcp_id) for e in entries]
    for view in views:
        view["items_open_then"] = sorted(open_at(items, from_stamp(view["at"])))
    by_event = _entries_by_event(views)
    files: dict[str, bytes] = {}
    evidence: dict[str, str] = {}
    notices = known_notices(session, reader)
    for item in items:
        folder = f"items/{safe(item.item)}"
        files |= _notices(session, reader, item, notices, folder)
        files |= _parts(item, notices, by_event, names, folder)
        told = record_data(session, reader, hcp_id=hcp_id, line=item.now.underneath, receipt_id=pack_id, at=at)
        covered = replace(told, identity_check=names.words(told.identity_check) or "")
        files[f"{folder}/record.json"] = document(record_of(covered))
        evidence |= _evidence(reader, [a.event for a in item.acts], folder)
    bases = [row for row in reader.bases.of(hcp_id) if purpose in ("", row.purpose)]
    for row in bases:
        if row.support.evidence_id and (found := reader.evidence.get(row.support.evidence_id)):
            evidence[found.evidence_id] = f"bases/{found.evidence_id}{_SUFFIXES.get(found.media_type, '.bin')}"
    files["timeline.json"] = document([_timeline(item) for item in items])
    files["accesses.json"] = document(views)
    files["transfers.json"] = document(_transfers(reader, hcp_id))
    files["cases.json"] = document(_cases(reader, hcp_id, names))
    files["erasures.json"] = document([v for v in views if v["kind"] in _KINDS_OF_ERASURE])
    files["bases.json"] = document(_bases(reader, hcp_id, bases, names, at))
    files |= (ruled := _policies(session, reader, views))
    return Gathered(
        files=files,
        evidence=evidence,
        items=items,
        entries=entries,
        reads=sum(v["kind"] in (Kind.PROFILE_OPENED, Kind.LIST_SHOWN, Kind.VALUE_REVEALED) for v in views),
        policies=tuple(sorted(ruled)),
    )


def document(value: Any) -> bytes:
    """JSON for people and machines."""
    return (json.dumps(value, ensure_ascii=False, indent=1, default=_plain) + "\n").encode("utf-8")


def safe(item: str) -> str:
    """A folder name of an item."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", item)


def open_at(items: Iterable[ItemTimeline], at: datetime) -> set[str]:
    """Items that carried processing at an instant."""
    return {
        item.item
        for item in items
        for band in item.bands
        if band.open and band.begins <= at and (band.ends is None or at < band.ends)
    }


def _notices(
    session: Session, reader: Reader, item: ItemTimeline, notices: Mapping[str, NoticeVersion], folder: str
) -> dict[str, bytes]:
    """Part 1: each notice exactly as shown; where no rendering was kept, the exact source of the version."""
    files: dict[str, bytes] = {}
    for act in item.acts:
        body = reader.renderings.body(act.rendering) if act.rendering else None
        if body is not None:
            shown = read_rendering(body)
            mark = t("paper.sandbox", Lang(shown.lang)) if session.sandbox else ""
            files[f"{folder}/1-notice-{act.rendering[:16]}.json"] = body.encode("utf-8")
            files[f"{folder}/1-notice-{act.rendering[:16]}.pdf"] = notice_pdf(shown, stamp=mark)
        elif act.event.notice and (source := reader.notices.source(act.event.notice)) is not None:
            files[f"{folder}/1-notice-{safe(act.event.notice)}.toml"] = source.encode("utf-8")
    if not files:
        files[f"{folder}/1-notice.json"] = document({"notice": None, "known": sorted(notices)})
    return files


def _status_now(line: LineStatus) -> dict[str, object]:
    """Status and reason; of what is kept as evidence only also the word underneath and the dates."""
    found: dict[str, object] = {"status": str(line.status), "code": str(line.code)}
    if line.ended is not None:
        found |= {"ended_as": str(line.ended), "since": line.archived_since, "keep_until": line.keep_until}
    return found


def _parts(
    item: ItemTimeline,
    notices: Mapping[str, NoticeVersion],
    by_event: Mapping[str, list[int]],
    names: Names,
    folder: str,
) -> dict[str, bytes]:
    """Parts 2 to 6."""
    acts = item.acts
    return {
        f"{folder}/2-identity.json": document([_identity(a, names) for a in acts if a.event.identity_check]),
        f"{folder}/3-act.json": document([_act(a, names) for a in acts]),
        f"{folder}/4-scope.json": document(_scopes(item, notices)),
        f"{folder}/5-events.json": document(
            {
                "item": item.item,
                "status_now": _status_now(item.now),
                "bands": _timeline(item)["bands"],
                "events": [{**_act(a, names), "log_entries": _logged(a.event, by_event)} for a in acts],
            }
        ),
        f"{folder}/6-hashes.json": document([_hashes(a) for a in acts]),
    }


def _logged(event: ConsentEvent, by_event: Mapping[str, list[int]]) -> list[int]:
    """Entries that speak of an event; a check is logged under the act it judged."""
    return by_event.get(event.event_id) or by_event.get(event.target or "", [])


def _identity(act: Act, names: Names) -> dict[str, Any]:
    event = act.event
    return {
        "event_id": event.event_id,
        "identity_check": names.words(event.identity_check),
        "method": str(event.method),
        "evidence_sha256": event.evidence_sha256,
        "checked_by": names.label(act.checked_by),
        "checked_at": act.checked_at,
    }


def _act(act: Act, names: Names) -> dict[str, Any]:
    event = act.event
    return {
        "event_id": event.event_id,
        "kind": str(event.kind),
        "acts_from": act.at,
        "precision": str(event.precision),
        "presented_at": event.presented_at,
        "acted_at": event.acted_at,
        "received_at": event.received_at,
        "recorded_at": event.recorded_at,
        "recorded_by": names.label(event.recorded_by),
        "checked_by": names.label(act.checked_by),
        "checked_at": act.checked_at,
        "method": str(event.method),
        "grade": str(event.grade),
        "notice": event.notice,
        "asked_by_hcp": event.asked_by_hcp,
        "target": event.target,
        "defect": names.words(event.defect),
        "place_of_original": names.words(event.place_of_original),
        "page_count": event.page_count,
        "order_on_form": event.order_on_form,
        "valid_until": event.valid_until,
        "stands_by_itself": act.status,
        "code": act.code,
    }


def _hashes(act: Act) -> dict[str, Any]:
    event = act.event
    return {
        "event_id": event.event_id,
        "notice": event.notice,
        "notice_sha256": event.notice_hash,
        "notice_as_shown_sha256": act.rendering,
        "evidence_id": event.evidence_id,
        "evidence_sha256": event.evidence_sha256,
    }


def _scopes(item: ItemTimeline, notices: Mapping[str, NoticeVersion]) -> list[dict[str, Any]]:
    """Part 4: what each notice version named for the item, once per version."""
    found = []
    for ref in dict.fromkeys(a.event.notice for a in item.acts if a.event.notice):
        version = notices.get(ref)
        line = version.line(item.item) if version else None
        found.append(
            {"notice": ref, "says": None}
            if line is None
            else {
                "notice": ref,
                "purpose": line.purpose,
                "separate": line.separate,
                "text_zh": line.text_zh,
                "text_en": line.text_en,
                "methods": line.methods,
                "kinds": line.kinds,
                "recipient": line.recipient,
                "retention_months": line.retention_months,
                "term_months": line.term_months,
            }
        )
    return found


def _evidence(reader: Reader, events: Sequence[ConsentEvent], folder: str) -> dict[str, str]:
    """Part 7: evidence id → file name; the files follow once the reason stands in the log."""
    files: dict[str, str] = {}
    for event in events:
        row = reader.evidence.get(event.evidence_id) if event.evidence_id else None
        if row is not None:
            suffix = _SUFFIXES.get(row.media_type, ".bin")
            files.setdefault(row.evidence_id, f"{folder}/7-evidence/{row.evidence_id}{suffix}")
    return files


def _timeline(item: ItemTimeline) -> dict[str, Any]:
    return {
        "item": item.item,
        "purpose": item.purpose,
        "bands": [
            {
                "from": band.begins,
                "to": band.ends,
                "status": str(band.status),
                "code": band.code,
                "lawful": band.status in OPEN_STATES,
                "event_id": band.event_id,
                "notice": band.notice,
                "valid_until": band.valid_until,
            }
            for band in item.bands
        ],
    }


def _entries_by_event(views: Iterable[Mapping[str, Any]]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for view in views:
        detail = view["detail"]
        for event_id in {detail.get("event"), detail.get("target"), *(detail.get("events") or ())} - {None}:
            found.setdefault(str(event_id), []).append(view["index"])
    return found


def _transfers(reader: Reader, hcp_id: str) -> dict[str, Any]:
    recipients = {r.recipient_id: r for r in reader.recipients.all()}
    return {
        "overseas": [
            {
                "recipient": recipient,
                "legal_name": recipients[recipient].legal_name if recipient in recipients else None,
                "country": recipients[recipient].country if recipient in recipients else None,
                "at": at,
                "sensitive": sensitive,
            }
            for recipient, at, sensitive in reader.transfers.of(hcp_id)
        ],
        "sheets": [
            {
                "serial": sheet.serial,
                "purpose": str(sheet.purpose),
                "issued_at": sheet.issued_at,
                "expires_at": sheet.expires_at,
                "recalled_at": sheet.recalled_at,
                "sha256": sheet.sha256,
            }
            for sheet in reader.sheets.of(hcp_id)
        ],
    }


def _cases(reader: Reader, hcp_id: str, names: Names) -> dict[str, Any]:
    return {
        "cases": [
            {
                "case": case.case_id,
                "kind": case.kind,
                "opened_at": case.opened_at,
                "opened_by": names.label(case.opened_by),
                "closed_at": case.closed_at,
            }
            for case in reader.cases.of(hcp_id)
        ],
        "tasks_open": [
            {"task": task.task_id, "kind": task.kind, "opened_at": task.opened_at, "due": task.due}
            for task in reader.tasks.open(hcp_id=hcp_id)
        ],
    }


def _bases(reader: Reader, hcp_id: str, bases: Sequence[Any], names: Names, at: datetime) -> dict[str, Any]:
    memos = [m for m in reader.memos.all() if m.hcp_id in ("", hcp_id)]
    return {
        "bases": [
            {
                "basis_id": row.basis_id,
                "purpose": str(row.purpose),
                "basis": row.basis,
                "reference": names.words(row.reference),
                "contract": names.words(row.support.contract),
                "person_is_party": hcp_id in row.support.parties,
                "fields": [{"field": key, "why": names.words(why)} for key, why in row.support.reasons],
                "duty": row.support.duty,
                "source": row.support.source,
                "captured_on": row.support.captured_on.isoformat() if row.support.captured_on else None,
                "published_for": names.words(row.support.published_for),
                "our_purpose": names.words(row.support.our_purpose),
                "capture_sha256": row.support.capture_sha256,
                "recorded_at": row.recorded_at,
                "recorded_by": names.label(row.recorded_by),
                "valid_until": row.valid_until,
                "ended_at": row.ended_at,
                "in_force": row.in_force(at),
            }
            for row in bases
        ],
        "memos": [
            {
                "memo": memo.memo_id,
                "item": memo.item,
                "for_everybody": not memo.hcp_id,
                "necessity": names.words(memo.necessity),
                "recorded_at": memo.recorded_at,
                "recorded_by": names.label(memo.recorded_by),
                "ended_at": memo.ended_at,
            }
            for memo in memos
        ],
    }


def _policies(session: Session, reader: Reader, views: Iterable[Mapping[str, Any]]) -> dict[str, bytes]:
    """The text of every rule set the person's entries were decided under, and of the one in force now."""
    used = {view["policy"] for view in views if view["policy"]} | {session.policy.digest}
    files = {}
    for digest in sorted(used):
        text = reader.policy_texts.get(digest)
        if text is not None:
            files[f"policies/{digest[:32]}.json"] = text.encode("utf-8")
    return files


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return stamp(value)
    if isinstance(value, frozenset | set | tuple):
        return sorted(value) if not isinstance(value, tuple) else list(value)
    return str(value)
