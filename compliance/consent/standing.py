"""Acts that end, pause or void a consent: withdrawal by the person, the rest by the handler.

Rules: (1) a withdrawal has no condition but a receipt that is not in the future, and asks no reason (PIPL 15); (2) who
may suspend, resume, revoke or invalidate, and that invalidation needs two people, is for the use case to see to.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime

from compliance.clock import shanghai_day
from compliance.errors import bad_input
from compliance.model.consent import ConsentEvent, ConsentStatus, EventKind, LineStatus, Method, Precision

_HANDLER_KINDS = (EventKind.SUSPENDED, EventKind.RESUMED, EventKind.REVOKED, EventKind.INVALIDATED)


def withdraw(
    hcp_id: str,
    items: Sequence[str],
    *,
    event_ids: Sequence[str],
    received_at: datetime,
    method: Method,
    channel: str,
    now: datetime,
    recorder: str,
    precision: Precision = Precision.SECOND,
) -> tuple[ConsentEvent, ...]:
    """One event per item. Never refused (PIPL 15); ``channel`` says how it came in, ``method`` the nearest way.

    ``items`` are different ones, as many as ``event_ids``. A receipt known only by its day (``precision``) closes the
    whole day. Raises InputErrors where the receipt lies in the future or no item is named.
    """
    day = precision is Precision.DAY
    if (shanghai_day(received_at) > shanghai_day(now)) if day else received_at > now:
        raise bad_input("in_the_future", "received_at")
    if not items:
        raise bad_input("missing", "line")
    return tuple(
        ConsentEvent(
            event_id=event_id,
            hcp_id=hcp_id,
            item=item,
            kind=EventKind.WITHDRAWN,
            method=method,
            recorded_at=now,
            recorded_by=recorder,
            acted_at=received_at,
            received_at=received_at,
            precision=precision,
            identity_check=f"channel:{channel}" if channel else None,
            asked_by_hcp=True,
        )
        for item, event_id in zip(items, event_ids, strict=True)
    )


def items_to_withdraw(lines: Iterable[LineStatus]) -> tuple[str, ...]:
    """What "everything" means: every item something was said or imported about that is not withdrawn already."""
    done = (ConsentStatus.NOT_ASKED, ConsentStatus.WITHDRAWN)
    return tuple(line.item for line in lines if line.status not in done)


def handler_act(
    kind: EventKind,
    *,
    hcp_id: str,
    item: str,
    event_id: str,
    now: datetime,
    recorder: str,
    target: str | None = None,
    defect: str | None = None,
) -> ConsentEvent:
    """Suspend, resume, revoke or invalidate at ``now``.

    ``target`` names the suspension to lift or the yes to void; without it all of the item up to now is meant. Raises
    InputErrors for another kind and for an invalidation without a defect code.
    """
    if kind not in _HANDLER_KINDS:
        raise bad_input("unknown_kind", "kind", str(kind))
    if kind is EventKind.INVALIDATED and not defect:
        raise bad_input("defect_code_needed", "defect")
    return ConsentEvent(
        event_id=event_id,
        hcp_id=hcp_id,
        item=item,
        kind=kind,
        method=Method.STAFF,
        recorded_at=now,
        recorded_by=recorder,
        acted_at=now,
        target=target,
        defect=defect,
    )
