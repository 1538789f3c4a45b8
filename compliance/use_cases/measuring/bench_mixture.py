"""Histories as a company has them after three years, in an empty practice vault: for the rebuild of the state table.

Rules: (1) of a hundred lines sixty were given and checked, fifteen refused, ten given, checked and withdrawn, ten given
and renewed, five given again after a withdrawal; (2) every act has its own day, at random over three years, one in five
its own second; (3) they go in as events, not by the import, which brings one event of a line; the state table is then
made by the rebuild itself, so that what is measured afterwards is a look at right rows.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from compliance.clock import day_start, shanghai_day
from compliance.model.audit import Kind
from compliance.model.consent import ConsentEvent, EventKind, Grade, Method, Precision
from compliance.model.ids import MANY, new_ids
from compliance.progress import NoProgress
from compliance.use_cases.consent import rebuilding
from compliance.use_cases.measuring.bench_store import done
from compliance.use_cases.seat.session import Session

ITEMS = ("visit", "digital/email", "digital/sms")
_DAYS, _PEOPLE = 1060, 500
_DAY = timedelta(days=1)


def fill_mixture(session: Session, *, lines: int) -> None:
    """At least ``lines`` lines of people of their own, with their states."""
    teller = _Teller(session.now())
    while teller.lines < lines:
        with session.vault.unit_of_work() as uow:
            for hcp_id in new_ids("HCP", _PEOPLE):
                uow.people.add(hcp_id, created_at=session.now())
                uow.consents.add_all([event for item in ITEMS for event in teller.line(hcp_id, item)])
            uow.commit(session.event(Kind.STATES_REBUILT, at=session.now()))
    done(rebuilding.rebuild_states(session, mend=True, progress=NoProgress()))


class _Teller:
    def __init__(self, now: datetime) -> None:
        self.lines, self._last = 0, 1
        self.first = day_start(shanghai_day(now)) - (_DAYS + 40) * _DAY

    def line(self, hcp_id: str, item: str) -> list[ConsentEvent]:
        self.lines += 1
        sort = self.lines % 20
        base = ConsentEvent(
            event_id="",
            hcp_id=hcp_id,
            item=item,
            kind=EventKind.GIVEN,
            method=Method.PAPER,
            recorded_at=self.first,
            recorded_by="wu",
            notice="CK-VISIT@1.0" if item == "visit" else "CK-DIGITAL@1.0",
        )
        early, later, last = sorted(self._any(_DAYS) for _ in range(3))
        if sort < 12:
            told = self._given(base, early)
        elif sort < 15:
            told = [self._act(base, EventKind.REFUSED, early)]
        elif sort < 17:
            told = [*self._given(base, early), self._withdrawn(base, later)]
        elif sort < 19:
            told = [*self._given(base, early), *self._given(base, later)]
        else:
            told = [*self._given(base, early), self._withdrawn(base, later), *self._given(base, last)]
        ids = new_ids("EV", len(told), MANY)
        named = [replace(event, event_id=event_id) for event, event_id in zip(told, ids, strict=True)]
        return [
            replace(event, target=named[place - 1].event_id) if event.kind is EventKind.CHECK_ACCEPTED else event
            for place, event in enumerate(named)
        ]

    def _given(self, base: ConsentEvent, day: int) -> list[ConsentEvent]:
        yes = self._act(base, EventKind.GIVEN, day)
        checked = self._later(yes.recorded_at, 5)
        check = replace(
            base, kind=EventKind.CHECK_ACCEPTED, method=Method.STAFF, recorded_at=checked, recorded_by="chen"
        )
        return [yes, check]

    def _act(self, base: ConsentEvent, kind: EventKind, day: int) -> ConsentEvent:
        at, by_day = self.first + day * _DAY, self._any(5) < 4
        acted = at if by_day else at + timedelta(seconds=self._any(86_000))
        paper = f"ED-{self._any(10**9):09}"
        return replace(
            base,
            kind=kind,
            acted_at=acted,
            presented_at=acted,
            recorded_at=self._later(at + _DAY, 14),
            precision=Precision.DAY if by_day else Precision.SECOND,
            evidence_id=paper,
            grade=Grade.E1 if by_day else Grade.E2,
            identity_check="known in person",
        )

    def _withdrawn(self, base: ConsentEvent, day: int) -> ConsentEvent:
        at = self.first + day * _DAY
        received = at + timedelta(seconds=self._any(86_000))
        return replace(
            base,
            kind=EventKind.WITHDRAWN,
            method=Method.PHONE,
            acted_at=at,
            received_at=received,
            recorded_at=self._later(received, 5),
            identity_check="phone",
        )

    def _any(self, below: int) -> int:
        """The next number of a sequence that is the same at every run, and keeps no secret."""
        self._last = (self._last * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self._last >> 24) % below

    def _later(self, instant: datetime, days: int) -> datetime:
        return instant + timedelta(days=self._any(days), microseconds=self._any(10**7) * 1000 + 1)
