"""Acts that wait for a second person."""

from typing import Any

from compliance.errors import bad_input
from compliance.model.register import OPEN_REQUESTS, PendingRequest, RequestState
from compliance.vault.engine.table import Table
from compliance.vault.engine.times import from_micros, instant_or_none, micros, micros_or_none
from compliance.vault.registers.register import Register

REQUEST = Table.of(
    "request",
    "request_id TEXT NOT NULL",
    "action TEXT NOT NULL",
    "canonical BLOB NOT NULL",
    "requested_by TEXT NOT NULL",
    "requested_at INTEGER NOT NULL",
    "state TEXT NOT NULL",
    "decided_by TEXT NOT NULL",
    "not_before INTEGER",
)
TABLES: tuple[Table, ...] = (REQUEST,)


class Requests(Register):
    """Acts that wait for a second person."""

    def add(self, request: PendingRequest) -> None:
        """Put up. InputErrors ``request_exists``: a request is never rewritten."""
        if self._tx.get(REQUEST, request.request_id) is not None:
            raise bad_input("request_exists", "request")
        self._tx.insert(
            REQUEST,
            (
                request.request_id,
                request.action,
                request.canonical,
                request.requested_by,
                micros(request.requested_at),
                request.state.value,
                request.decided_by,
                micros_or_none(request.not_before),
            ),
        )

    def get(self, request_id: str) -> PendingRequest | None:
        """One request."""
        row = self._tx.get(REQUEST, request_id)
        return _request(row) if row else None

    def decide(self, request_id: str, state: RequestState, by: str) -> PendingRequest:
        """Settle an open request. InputErrors ``unknown_request`` or ``request_decided``."""
        row = self._tx.get(REQUEST, request_id)
        if row is None:
            raise bad_input("unknown_request", "request")
        if row[5] not in OPEN_REQUESTS or row[5] == state:
            raise bad_input("request_decided", "request")
        decided = (*row[:5], state.value, by, row[7])
        self._tx.put(REQUEST, decided)
        return _request(decided)

    def open(self) -> list[PendingRequest]:
        """Requests that wait for a signature, or are signed and not carried out, oldest first."""
        found = [_request(row) for row in self._tx.select(REQUEST, "ORDER BY requested_at")]
        return [request for request in found if request.state in OPEN_REQUESTS]


def _request(row: tuple[Any, ...]) -> PendingRequest:
    return PendingRequest(
        request_id=row[0],
        action=row[1],
        canonical=row[2],
        requested_by=row[3],
        requested_at=from_micros(row[4]),
        state=RequestState(row[5]),
        decided_by=row[6],
        not_before=instant_or_none(row[7]),
    )
