"""How a consent timeline looks on the command line: JSON for machines, one line a band for people."""

from typing import TYPE_CHECKING

from compliance.cli.coded import item_words
from compliance.cli.output import Payload, label, last_day, local_time, plain, table
from compliance.i18n import Lang, has, t

if TYPE_CHECKING:
    from compliance.consent.bands import Band
    from compliance.use_cases.consent.consent_timeline import Act, ConsentTimeline, ItemTimeline


def item_timeline(found: "ItemTimeline") -> Payload:
    """One item."""
    return {
        "line": found.item,
        "purpose": found.purpose,
        "status": str(found.now.status),
        "code": str(found.now.code),
        "bands": [_band(band) for band in found.bands],
        "events": [_act(act) for act in found.acts],
    }


def timeline_lines(made: "ConsentTimeline", lang: Lang) -> list[str]:
    """Bands of every item, oldest first."""
    head = [label(key, lang) for key in ("from", "to", "status", "why", "notice")]
    lines = [made.hcp_id]
    for found in made.items:
        rows = [
            [
                local_time(band.begins),
                local_time(band.ends) if band.ends else "…",
                t(f"status.{band.status}", lang),
                t(f"code.{band.code}", lang) if has(f"code.{band.code}") else band.code,
                band.notice or "—",
            ]
            for band in found.bands
        ]
        lines += ["", f"{item_words(found.item, lang)}  {last_day(found.now.valid_until)}", *table(head, rows)]
    return lines


def _band(band: "Band") -> Payload:
    return {
        "from": plain(band.begins),
        "to": plain(band.ends),
        "status": str(band.status),
        "code": band.code,
        "open": band.open,
        "event_id": band.event_id,
        "notice": band.notice,
        "valid_until": plain(band.valid_until),
    }


def _act(act: "Act") -> Payload:
    event = act.event
    return {
        "event_id": event.event_id,
        "kind": str(event.kind),
        "at": plain(act.at),
        "precision": str(event.precision),
        "method": str(event.method),
        "presented_at": plain(event.presented_at),
        "acted_at": plain(event.acted_at),
        "received_at": plain(event.received_at),
        "recorded_at": plain(event.recorded_at),
        "recorded_by": event.recorded_by,
        "checked_by": act.checked_by,
        "checked_at": plain(act.checked_at),
        "notice": event.notice,
        "rendering": act.rendering,
        "grade": str(event.grade),
        "target": event.target,
        "status": act.status,
        "code": act.code,
    }
