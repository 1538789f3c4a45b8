"""Consent events and the narrow state table made from them.

Rules: (1) events are only ever added; status is computed from them elsewhere and never truth here; (2) the state table
answers purpose-wide questions (who is open, what expires, what waits for a check) by integer keys clustered by item.
"""

import json
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance.errors import VaultError, bad_input
from compliance.model.consent import (
    OPEN_STATES,
    TIMED,
    ConsentEvent,
    ConsentStatus,
    EventKind,
    Grade,
    LineStatus,
    Method,
    Precision,
    ReadRule,
)
from compliance.vault.consent.consent_rows import (
    CLOSING,
    CONSENT_EVENT,
    CONSENT_ITEM,
    CONSENT_STATE,
    HIDDEN,
    event_row,
    state_row,
)
from compliance.vault.consent.state_reading import carries, reads_as
from compliance.vault.consent.waits import WAITING, Waits
from compliance.vault.engine.times import from_micros, instant_or_none, micros
from compliance.vault.engine.transaction import Transaction

_VISIBLE = f"hcp NOT IN ({HIDDEN})"
#: Events of a record merged into another are read with those of the kept one.
#: Whoever something was recorded about since an instant; of merged records the one that was kept.
_TOUCHED = (
    "SELECT coalesce(m.kept, e.hcp) FROM consent_event e LEFT JOIN merge_case m ON m.gone = e.hcp"
    " AND m.undone_at IS NULL WHERE e.recorded_at >= ?"
)
_VISIBLE_EVENTS = "hcp IN (SELECT hcp FROM shown UNION ALL SELECT gone FROM merge_case WHERE undone_at IS NULL)"
_OF_PERSON = "WHERE hcp IN (SELECT ?1 UNION ALL SELECT gone FROM merge_case WHERE kept = ?1 AND undone_at IS NULL)"


class ItemCache:
    """Committed item numbers."""

    def __init__(self) -> None:
        self.numbers: dict[str, tuple[int, str]] = {}
        self.items: dict[int, tuple[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Held:
    """Some people in a row: person → (item, notice version) in force, their reps, how many, the last one's number."""

    held: dict[str, set[tuple[str, str]]]
    reps: dict[str, str]
    looked: int
    last: int


#: Something was withdrawn or suspended, and nothing is open beside it.
_ALL_CLOSED = (
    "SELECT s.hcp_id FROM shown s WHERE s.hcp IN (SELECT hcp FROM consent_state WHERE status IN ('withdrawn',"
    " 'suspended')) AND NOT EXISTS (SELECT 1 FROM consent_state o WHERE o.hcp = s.hcp AND o.status IN ('given',"
    " 'renewed', 'change_pending'))"
)


class Consents:
    """Events and states of consent items."""

    def __init__(self, tx: Transaction) -> None:
        self._tx, self._waits = tx, Waits(tx)
        self._cache: ItemCache = tx.vault.item_cache
        self._new: dict[str, int] = {}

    def all_closed(self) -> list[str]:
        """People who withdrew, or whose use is suspended, with nothing left open."""
        return [hcp_id for (hcp_id,) in self._tx.db.execute(_ALL_CLOSED)]

    def add(self, event: ConsentEvent) -> None:
        """Append one event. InputErrors for an unknown person or a used event id."""
        tx = self._tx
        self._rely_on_clock({event.kind})
        hcp = tx.number(event.hcp_id)
        if tx.db.one("SELECT 1 FROM consent_event WHERE event_id = ?", (event.event_id,)):
            raise bad_input("event_exists", "event_id")
        item = self.item_no(event.item, event.item.partition("/")[0])
        no = tx.take_numbers("sequence")
        tx.insert(CONSENT_EVENT, event_row(event, hcp=hcp, no=no, item=item))
        self._waits.follow([event.kind], no, no)
        if event.kind in CLOSING:
            tx.before_commit(lambda: tx.vault.keep_closing(event))

    def add_all(self, events: Sequence[ConsentEvent]) -> None:
        """Append many events at once. InputErrors for an unknown person; a used event id fails the transaction."""
        tx = self._tx
        self._rely_on_clock({event.kind for event in events})
        first = tx.take_numbers("sequence", len(events))
        numbers = [tx.number(event.hcp_id) for event in events]
        items = {e.item: self.item_no(e.item, e.item.partition("/")[0]) for e in events}
        rows = [
            event_row(e, hcp=hcp, no=first + at, item=items[e.item])
            for at, (e, hcp) in enumerate(zip(events, numbers, strict=True))
        ]
        tx.insert_all(CONSENT_EVENT, rows)
        self._waits.follow({event.kind for event in events}, first, first + len(events) - 1)
        closing = [event for event in events if event.kind in CLOSING]
        if closing:
            tx.before_commit(lambda: tx.vault.keep_closing(*closing))

    def _rely_on_clock(self, kinds: Set[EventKind]) -> None:
        """VaultError ``clock_trouble`` for what opens something while a clock that was set back waits for somebody."""
        if not TIMED.isdisjoint(kinds) and self._tx.vault.log.clock_trouble() is not None:
            raise VaultError("clock_trouble")

    def take_back(self, event_ids: Sequence[str]) -> int:
        """Remove events of an import that is undone; nobody may have built on them. Their number."""
        for event_id in event_ids:
            self._waits.forget(event_id)
        return sum(self._tx.remove_where(CONSENT_EVENT, "WHERE event_id = ?", (e,)) for e in event_ids)

    def forget_states(self, hcp_id: str) -> None:
        """Drop the stored states of a person, to be written anew."""
        self._tx.remove_where(CONSENT_STATE, "WHERE hcp = ?", (self._tx.number(hcp_id),))

    def event(self, event_id: str) -> ConsentEvent | None:
        """One event."""
        rows = self._tx.select(CONSENT_EVENT, f"WHERE event_id = ? AND {_VISIBLE_EVENTS}", (event_id,))
        return self._events(rows)[0] if rows else None

    def events(self, hcp_id: str) -> list[ConsentEvent]:
        """All events of a person in the order they were recorded."""
        hcp = self._tx.number_or_none(hcp_id)
        if hcp is None:
            return []
        rows = self._tx.select(CONSENT_EVENT, f"{_OF_PERSON} ORDER BY no", (hcp,))
        return [self._event(row, hcp_id) for row in rows]

    def from_row(self, row: tuple[Any, ...], hcp_id: str) -> ConsentEvent:
        """The event of a row of the table."""
        return self._event(row, hcp_id)

    def item_name(self, no: int) -> str:
        """The item of a number."""
        return self._item(no)[0]

    def drop_state(self, hcp_id: str, item: str) -> None:
        """Take a row out that no event stands behind."""
        no = self.number(item)
        assert no is not None
        self._tx.remove(CONSENT_STATE, no, self._tx.number(hcp_id))

    def events_many(self, hcp_ids: Sequence[str]) -> dict[str, list[ConsentEvent]]:
        """The events of many people, each in the order they were recorded."""
        found: dict[str, list[ConsentEvent]] = {hcp_id: [] for hcp_id in hcp_ids}
        for begin in range(0, len(hcp_ids), 500):
            part = hcp_ids[begin : begin + 500]
            marks = ", ".join("?" * len(part))
            known = self._tx.db.execute(f"SELECT hcp, hcp_id FROM shown WHERE hcp_id IN ({marks})", part)  # noqa: S608
            ids: dict[int, str] = dict(known)
            ids |= {gone: ids[kept] for gone, kept in self._tx.merged().items() if kept in ids}
            marks = ", ".join("?" * len(ids))
            for row in self._tx.select(CONSENT_EVENT, f"WHERE hcp IN ({marks}) ORDER BY no", list(ids)):
                found[ids[row[1]]].append(self._event(row, ids[row[1]]))
        return found

    def last_no(self) -> int:
        """Number of the newest event: tells whether anybody recorded anything since."""
        return int(self._tx.db.value("SELECT max(no) FROM consent_event") or 0)

    def people_since(self, no: int) -> set[str]:
        """People with events newer than ``no``."""
        rows = self._tx.db.execute("SELECT DISTINCT hcp FROM consent_event WHERE no > ?", (no,))
        return set(self._tx.hcp_ids([hcp for (hcp,) in rows]).values())

    def set_state(self, hcp_id: str, line: LineStatus) -> None:
        """Store the computed status of one item for lists."""
        row = state_row(line, hcp=self._tx.number(hcp_id), item=self.item_no(line.item, line.purpose))
        self._tx.put(CONSENT_STATE, row)

    def states(self, hcp_id: str) -> dict[str, LineStatus]:
        """item → stored status of a person."""
        hcp = self._tx.number_or_none(hcp_id)
        if hcp is None:
            return {}
        lines = (self._line(row) for row in self._tx.select(CONSENT_STATE, "WHERE hcp = ?", (hcp,)))
        return {line.item: line for line in lines}

    def states_many(self, hcp_ids: Sequence[str]) -> dict[str, dict[str, LineStatus]]:
        """The stored states of a screenful of people; people without any have an empty mapping."""
        found: dict[str, dict[str, LineStatus]] = {hcp_id: {} for hcp_id in hcp_ids}
        for begin in range(0, len(hcp_ids), 500):
            part = hcp_ids[begin : begin + 500]
            marks = ", ".join("?" * len(part))
            known = self._tx.db.execute(f"SELECT hcp, hcp_id FROM shown WHERE hcp_id IN ({marks})", part)  # noqa: S608
            ids: dict[int, str] = dict(known)
            marks = ", ".join("?" * len(ids))
            for row in self._tx.select(CONSENT_STATE, f"WHERE hcp IN ({marks})", list(ids)):
                line = self._line(row)
                found[ids[row[1]]][line.item] = line
        return found

    def waiting(self) -> list[ConsentEvent]:
        """Acts that wait for a second person's check (waits.py), oldest entry first."""
        return self._events(self._tx.select(CONSENT_EVENT, f"WHERE no IN (SELECT w.no {WAITING}) ORDER BY no"))

    def expiring(
        self,
        before: datetime,
        *,
        after: datetime,
        rules: Sequence[ReadRule] = (),
        limit: int = -1,
        beyond: tuple[datetime, str, str] | None = None,
    ) -> list[tuple[str, str, datetime]]:
        """(person id, item, end) of what is open and ends before an instant and not before ``after``, soonest first.

        ``beyond`` is the last row of the page before: only what comes after it is read.
        """
        open_, values = carries(rules, self.number, after)
        first, place, more = after, "", []
        if beyond is not None:
            first = max(after, beyond[0])
            place = " AND (c.valid_until, c.hcp, c.item) > (?, ?, ?)"
            more = [micros(beyond[0]), self._tx.number_or_none(beyond[1]) or 0, self.number(beyond[2]) or 0]
        rows = self._tx.db.execute(
            "SELECT c.hcp, c.item, c.valid_until FROM consent_state c INDEXED BY consent_state_ends"  # noqa: S608
            f" WHERE c.valid_until < ? AND c.valid_until >= ? AND {open_} AND c.{_VISIBLE}{place}"
            " ORDER BY c.valid_until, c.hcp, c.item LIMIT ?",
            (micros(before), micros(first), *values, *more, limit),
        )
        ids = self._tx.hcp_ids(sorted({row[0] for row in rows}))
        ends = {end: from_micros(end) for end in {row[2] for row in rows}}
        return [(ids[hcp], self._item(item)[0], ends[end]) for hcp, item, end in rows]

    def changed_since(self, since: datetime) -> dict[str, dict[str, datetime]]:
        """person id → item → when something was last recorded about it, for everything since an instant."""
        rows = self._tx.db.execute(
            "SELECT s.hcp_id, n.item, max(e.recorded_at) FROM consent_event e LEFT JOIN merge_case m ON m.gone = e.hcp"
            " AND m.undone_at IS NULL JOIN shown s ON s.hcp = coalesce(m.kept, e.hcp)"
            " JOIN consent_item n ON n.no = e.item WHERE e.recorded_at >= ? GROUP BY 1, 2 ORDER BY 1, 2",
            (micros(since),),
        )
        found: dict[str, dict[str, datetime]] = {}
        for hcp_id, item, recorded in rows:
            found.setdefault(hcp_id, {})[item] = from_micros(recorded)
        return found

    def under(self, ref: str) -> list[tuple[str, LineStatus]]:
        """(person id, stored state) of every item whose state rests on a notice version."""
        rows = self._tx.select(CONSENT_STATE, f"WHERE notice = ? AND {_VISIBLE} ORDER BY hcp, item", (ref,))
        ids = self._tx.hcp_ids({row[1] for row in rows})
        return [(ids[row[1]], self._line(row)) for row in rows]

    def held_under(self, refs: Sequence[str], *, at: datetime, after: int, limit: int) -> "Held | None":
        """Items in force under ``refs`` of the next ``limit`` people whose number is above ``after``; None after the
        last."""
        people = self._tx.db.execute("SELECT hcp, hcp_id FROM shown WHERE hcp > ? ORDER BY hcp LIMIT ?", (after, limit))
        if not people:
            return None
        marks, states = ", ".join("?" * len(refs)), ", ".join("?" * len(OPEN_STATES))
        ids: dict[int, str] = dict(people)
        first, last = people[0][0], people[-1][0]
        held: dict[str, set[tuple[str, str]]] = {}
        for hcp, item, notice in self._tx.db.execute(
            "SELECT hcp, item, notice FROM consent_state INDEXED BY consent_state_hcp"  # noqa: S608 - marks only
            f" WHERE hcp BETWEEN ? AND ? AND notice IN ({marks}) AND status IN ({states})"
            " AND (valid_until IS NULL OR valid_until > ?) ORDER BY hcp",
            (first, last, *refs, *(state.value for state in OPEN_STATES), micros(at)),
        ):
            if hcp in ids:
                held.setdefault(ids[hcp], set()).add((self.item_name(item), notice))
        reps: dict[str, str] = {}
        for hcp, rep in self._tx.db.execute(
            "SELECT hcp, rep FROM assignment WHERE hcp BETWEEN ? AND ? ORDER BY hcp, since, rep", (first, last)
        ):
            if hcp in ids:
                reps.setdefault(ids[hcp], rep)
        return Held(held, reps, len(people), last)

    def any_under(self, ref: str, items: Sequence[str], *, at: datetime) -> bool:
        """Whether anybody has one of ``items`` (none: any item) in force under a notice version."""
        numbers = [no for item in items if (no := self.number(item)) is not None]
        if items and not numbers:
            return False
        states = ", ".join("?" * len(OPEN_STATES))
        named = f" AND item IN ({', '.join('?' * len(numbers))})" if items else ""
        sql = (
            "SELECT 1 FROM consent_state INDEXED BY consent_state_ends WHERE valid_until > ?"  # noqa: S608 - marks only
            f" AND notice = ? AND status IN ({states}){named} AND {_VISIBLE} LIMIT 1"
        )
        return bool(self._tx.db.one(sql, (micros(at), ref, *(state.value for state in OPEN_STATES), *numbers)))

    def spoken_under(self, ref: str, hcp_ids: Sequence[str]) -> dict[str, str]:
        """Those of these people who were handed or answered a notice version: person → what came of it last."""
        found: dict[str, str] = {}
        for hcp_id, kind in self._tx.db.execute(
            "SELECT s.hcp_id, e.kind FROM json_each(?) j CROSS JOIN shown s ON s.hcp_id = j.value"
            " CROSS JOIN consent_event e ON e.hcp = s.hcp WHERE e.notice = ?"
            " AND e.kind IN ('presented', 'given', 'refused', 'deferred', 'no_answer') ORDER BY e.no",
            (json.dumps(list(hcp_ids)), ref),
        ):
            found[hcp_id] = "delivered" if kind == EventKind.PRESENTED else kind
        return found

    def ends(self, before: datetime, *, after: datetime, rules: Sequence[ReadRule] = ()) -> tuple[int, datetime | None]:
        """(how many open items end before an instant and not before ``after``, the next end of any open item)."""
        open_, values = carries(rules, self.number, after)
        where = f"c.valid_until >= ? AND {open_} AND c.{_VISIBLE}"
        count = self._tx.db.value(
            "SELECT count(*) FROM consent_state c INDEXED BY consent_state_ends"  # noqa: S608
            f" WHERE c.valid_until < ? AND {where}",
            (micros(before), micros(after), *values),
        )
        first = self._tx.db.one(
            f"SELECT c.valid_until FROM consent_state c INDEXED BY consent_state_ends WHERE {where}"  # noqa: S608
            " ORDER BY c.valid_until LIMIT 1",
            (micros(after), *values),
        )
        return int(count), from_micros(first[0]) if first else None

    def counts_by_item(
        self, *, at: datetime, rules: Sequence[ReadRule] = (), untouched_since: datetime | None = None
    ) -> dict[str, Counter[ConsentStatus]]:
        """item → how many people stand where at ``at``; only those nothing was recorded about ``untouched_since``."""
        status, values = reads_as(rules, self.number, at)
        counts: dict[str, Counter[ConsentStatus]] = {}
        rows = self._tx.db.execute(
            f"SELECT c.item, {status} AS reads, count(*) FROM consent_state c WHERE c.{_VISIBLE}"  # noqa: S608
            f" AND (? IS NULL OR c.hcp NOT IN ({_TOUCHED})) GROUP BY c.item, reads",
            [*values, *_twice(untouched_since)],
        )
        for item, name, count in rows:
            counts.setdefault(self._item(item)[0], Counter())[ConsentStatus(name)] += count
        return counts

    def open_lines(
        self, *, at: datetime, rules: Sequence[ReadRule] = (), untouched_since: datetime | None = None
    ) -> list[tuple[str, LineStatus]]:
        """(person id, stored state) of every item that carries processing at ``at``, by item and person; only of those
        nothing was recorded about ``untouched_since``."""
        open_, values = carries(rules, self.number, at)
        untouched = f"(? IS NULL OR c.hcp NOT IN ({_TOUCHED}))"
        where = f"AS c WHERE {open_} AND c.{_VISIBLE} AND {untouched} ORDER BY c.item, c.hcp"
        rows = self._tx.select(CONSENT_STATE, where, [*values, *_twice(untouched_since)])
        ids = self._tx.hcp_ids(sorted({row[1] for row in rows}))
        return [(ids[row[1]], self._line(row)) for row in rows]

    def count_code_by_item(self, code: str, *, at: datetime, untouched_since: datetime | None = None) -> dict[str, int]:
        """item → how many open items stand with this explanation code at ``at``; only of those nothing was recorded
        about ``untouched_since``."""
        rows = self._tx.db.execute(
            "SELECT item, count(*) FROM consent_state WHERE code = ? AND status IN ('given', 'renewed')"  # noqa: S608
            f" AND (valid_until IS NULL OR valid_until > ?) AND {_VISIBLE}"
            f" AND (? IS NULL OR hcp NOT IN ({_TOUCHED})) GROUP BY item",
            (code, micros(at), *_twice(untouched_since)),
        )
        return {self._item(item)[0]: int(count) for item, count in rows}

    def count_waiting(self, status: ConsentStatus) -> int:
        """How many items wait as *unproven*: an import makes hundreds of thousands."""
        sql = (
            "SELECT count(*) FROM consent_state INDEXED BY consent_state_waits"  # noqa: S608
            " WHERE status IN ('evidence_pending', 'unproven', 'change_pending')"
            f" AND status = ? AND {_VISIBLE}"
        )
        return int(self._tx.db.value(sql, (str(status),)))

    def count_code(self, code: str, *, at: datetime) -> int:
        """How many open items stand with this explanation code at ``at``."""
        sql = (
            "SELECT count(*) FROM consent_state WHERE code = ? AND status IN ('given', 'renewed')"  # noqa: S608
            f" AND (valid_until IS NULL OR valid_until > ?) AND {_VISIBLE}"
        )
        return int(self._tx.db.value(sql, (code, micros(at))))

    def items(self) -> list[str]:
        """Every item anything was said about, by name."""
        return sorted(row[1] for row in self._tx.select(CONSENT_ITEM, "", ()))

    def number(self, item: str) -> int | None:
        """Number of an item that is known here."""
        known = self._cache.numbers.get(item)
        if known is not None:
            return known[0]
        row = self._tx.db.one("SELECT no FROM consent_item WHERE item = ?", (item,))
        return int(row[0]) if row else None

    def item_no(self, item: str, purpose: str) -> int:
        """Number of an item, made when it is new."""
        known = self._cache.numbers.get(item)
        if known is not None:
            return known[0]
        if item in self._new:
            return self._new[item]
        rows = self._tx.select(CONSENT_ITEM, "WHERE item = ?", (item,))
        if rows:
            no, _, purpose = rows[0]
            self._remember(no, item, purpose)
            return int(no)
        made = self._tx.next_no(CONSENT_ITEM)
        self._tx.insert(CONSENT_ITEM, (made, item, purpose))
        self._new[item] = made
        self._tx.after_commit(lambda: self._remember(made, item, purpose))
        return made

    def _item(self, no: int) -> tuple[str, str]:
        known = self._cache.items.get(no)
        if known is None:
            row = self._tx.get(CONSENT_ITEM, no)
            assert row is not None
            known = (row[1], row[2])
            if row[1] not in self._new:
                self._remember(no, *known)
        return known

    def _remember(self, no: int, item: str, purpose: str) -> None:
        self._cache.numbers[item] = (no, purpose)
        self._cache.items[no] = (item, purpose)

    def _events(self, rows: list[tuple[Any, ...]]) -> list[ConsentEvent]:
        merged = self._tx.merged()
        ids = self._tx.hcp_ids({merged.get(row[1], row[1]) for row in rows})
        return [self._event(row, ids[merged.get(row[1], row[1])]) for row in rows]

    def _event(self, row: tuple[Any, ...], hcp_id: str) -> ConsentEvent:
        return ConsentEvent(
            event_id=row[2],
            hcp_id=hcp_id,
            item=self._item(row[3])[0],
            kind=EventKind(row[4]),
            method=Method(row[5]),
            recorded_at=from_micros(row[6]),
            recorded_by=row[7],
            acted_at=instant_or_none(row[8]),
            presented_at=instant_or_none(row[9]),
            received_at=instant_or_none(row[10]),
            precision=Precision(row[11]),
            notice=row[12],
            notice_hash=row[13],
            valid_until=instant_or_none(row[14]),
            evidence_id=row[15],
            evidence_sha256=row[16],
            grade=Grade(row[17]),
            identity_check=row[18],
            asked_by_hcp=bool(row[19]),
            target=row[20],
            defect=row[21],
            place_of_original=row[22],
            page_count=row[23],
            order_on_form=row[24],
            origin=row[25] or self._tx.vault.origin,
            sequence=row[26],
        )

    def _line(self, row: tuple[Any, ...]) -> LineStatus:
        item, purpose = self._item(row[0])
        return LineStatus(
            item=item,
            purpose=purpose,
            status=ConsentStatus(row[2]),
            valid_until=instant_or_none(row[3]),
            code=row[4],
            since=instant_or_none(row[5]),
            notice=row[6],
            grade=Grade(row[7]),
            event_id=row[8],
            ask_again_from=instant_or_none(row[9]),
            may_ask=bool(row[10]),
        )


def _twice(instant: datetime | None) -> tuple[int | None, int | None]:
    """Values of ``(? IS NULL OR … WHERE recorded_at >= ?)``."""
    value = None if instant is None else micros(instant)
    return value, value
