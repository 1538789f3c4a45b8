"""What a rep's offline pack 代表离线包 holds, after policy: people already ruled on and masked, and notices.

Shared by exports (which writes and opens packs) and vault (which keeps the opened one). Rules: (1) a value that is not
shown is not in it, so it cannot leak; (2) the head of a person (name, hospital) is kept apart because it outlives the
view-until date; (3) :func:`person_from_json` reads what :func:`person_to_json` writes and raises ValueError, KeyError,
TypeError or AttributeError for anything else.
"""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from compliance.clock import from_stamp, stamp
from compliance.model.access import FieldState, Purpose, Reference
from compliance.model.ids import is_hcp_id
from compliance.model.profile import CrossBorder, Disclosed, ShownField, SourceClass
from compliance.model.returned import PackOffice


@dataclass(frozen=True, slots=True, kw_only=True)
class PackView:
    """What the rep sees of one person for one purpose, and on which basis."""

    purpose: Purpose
    basis: str
    fields: tuple[ShownField, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PackPerson:
    """One person. ``head`` stays after ``view_until``; ``views`` do not. ``action`` is what the rep is told first."""

    hcp_id: str
    view_until: datetime
    head: tuple[ShownField, ...]
    action: str
    views: tuple[PackView, ...]
    cross_border: CrossBorder = CrossBorder.NEVER_LEFT

    def __repr__(self) -> str:
        return f"PackPerson({self.hcp_id})"

    def view(self, purpose: Purpose) -> PackView | None:
        """The view for ``purpose``."""
        return next((view for view in self.views if view.purpose is purpose), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackNotice:
    """The exact words of a notice, ``ID@VERSION`` in one language."""

    notice: str
    lang: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PackManifest:
    """What the publisher signed. Hashes in hex; ``checkpoint`` is the log's signed note."""

    vault: str
    handler: str
    sandbox: bool
    rep: str
    role: str
    recipient: str
    publisher: bytes
    sequence: int
    previous_sha256: str
    issued: datetime
    expires: datetime
    policy: str
    checkpoint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedPack:
    """A pack that passed every rule. ``sha256`` is of the file; ``floor`` the latest instant now known."""

    manifest: PackManifest
    people: tuple[PackPerson, ...]
    notices: tuple[PackNotice, ...]
    sha256: str
    floor: datetime
    office: PackOffice = field(default_factory=PackOffice)


def person_to_json(person: PackPerson) -> dict[str, Any]:
    """JSON of one person. ValueError when a field that is not shown carries a value."""
    if not is_hcp_id(person.hcp_id):
        raise ValueError("not an HCP id")
    return {
        "hcp": person.hcp_id,
        "view_until": stamp(person.view_until),
        "head": [_field(shown) for shown in person.head],
        "action": person.action,
        "cross_border": person.cross_border,
        "views": [
            {"purpose": view.purpose, "basis": view.basis, "fields": [_field(shown) for shown in view.fields]}
            for view in person.views
        ],
    }


def person_from_json(item: Mapping[str, Any]) -> PackPerson:
    """Inverse of :func:`person_to_json`."""
    return PackPerson(
        hcp_id=item["hcp"],
        view_until=from_stamp(item["view_until"]),
        head=tuple(_read_field(shown) for shown in item["head"]),
        action=item["action"],
        cross_border=CrossBorder(item["cross_border"]),
        views=tuple(
            PackView(
                purpose=Purpose(view["purpose"]),
                basis=view["basis"],
                fields=tuple(_read_field(shown) for shown in view["fields"]),
            )
            for view in item["views"]
        ),
    )


def _field(shown: ShownField) -> dict[str, Any]:
    """Only what there is; the order of keys is the canonical form's business."""
    if shown.state is FieldState.WITHHELD and shown.value is not None:
        raise ValueError(f"a value that is not shown: {shown.key}")
    known = {
        "key": shown.key,
        "state": shown.state,
        "value": shown.value,
        "reason": shown.reason,
        "lifted_by": shown.lifted_by,
        "class": shown.source_class,
        "source": shown.source,
        "dated": shown.source_date.isoformat() if shown.source_date else None,
        "freshness": shown.freshness,
        "references": [[r.statute, r.article] for r in shown.references] or None,
    }
    return {name: value for name, value in known.items() if value is not None}


def without_channels(shown: ShownField, channels: Set[str]) -> ShownField:
    """Open channels of a pack without those somebody closed since; nothing is added to what was let out."""
    if shown.key != "permitted_channels" or shown.value is None or not channels:
        return shown
    left = [code.strip() for code in shown.value.split(";") if code.strip() not in channels]
    return replace(shown, value=Disclosed("; ".join(left)) if left else None)


def _read_value(item: Mapping[str, Any]) -> Disclosed | None:
    """What a pack says of a field was let out by the office; a person who is not shown a field has no value in it."""
    value = item.get("value")
    if value is not None and (not isinstance(value, str) or item["state"] == FieldState.WITHHELD):
        raise ValueError("a value that is not shown")
    return None if value is None else Disclosed(value)


def _read_field(item: Mapping[str, Any]) -> ShownField:
    return ShownField(
        key=item["key"],
        state=FieldState(item["state"]),
        value=_read_value(item),
        reason=item.get("reason"),
        references=tuple(Reference(statute, article) for statute, article in item.get("references", ())),
        lifted_by=item.get("lifted_by"),
        source_class=SourceClass(item["class"]) if "class" in item else None,
        source=item.get("source"),
        source_date=date.fromisoformat(item["dated"]) if "dated" in item else None,
        freshness=item.get("freshness"),
    )
