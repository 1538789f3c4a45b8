"""What retention needs of the store: which fields people hold from which source, ends put off, and runs that let go.

Rules: (1) an end is never stored; beside each sealed section stands ``kept``, the number of an interned holding: field
keys by number of their provenance record, no value. It counts what is there, and decides nothing: whoever lets go opens
the section and looks anew; (2) whose last relation of any kind is over is asked of the day beside the person
(vault/people/relations.py); where only some purposes count or one was ended for everybody, of the narrow tables in one
statement, by the same days as consent/relations.py; (3) an extension and an item of a run belong to a person and go
with the erasure.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from compliance.model.access import Section
from compliance.model.limits import day_end
from compliance.model.retention import Extension, RetentionRun
from compliance.vault.consent.consent_rows import HIDDEN
from compliance.vault.engine.table import Table
from compliance.vault.engine.times import from_micros, instant_or_none, micros, micros_or_none
from compliance.vault.people.holdings import HOLDING, holding_body, holding_no, read_holding
from compliance.vault.people.relations import OPEN, SAID, Over, marks
from compliance.vault.registers.register import Register

EXTENSION = Table.of(
    "retention_extension",
    "extension_id TEXT NOT NULL",
    "hcp INTEGER NOT NULL",
    "rule TEXT NOT NULL",
    "until TEXT NOT NULL",
    "reason TEXT NOT NULL",
    "set_at INTEGER NOT NULL",
    "set_by TEXT NOT NULL",
    index=("hcp",),
)
RUN = Table.of(
    "retention_run",
    "run_id TEXT NOT NULL",
    "asked_at INTEGER NOT NULL",
    "asked_by TEXT NOT NULL",
    "reason TEXT NOT NULL",
    "begun_at INTEGER",
    "signed_by TEXT NOT NULL",
    "done_at INTEGER",
    "counts TEXT NOT NULL",
    "policy TEXT NOT NULL",
)
ITEM = Table.of(
    "retention_item",
    "run_id TEXT NOT NULL",
    "hcp INTEGER NOT NULL",
    "whole INTEGER NOT NULL",
    "fields TEXT NOT NULL",
    "state TEXT NOT NULL",
    keys=2,
    index=("hcp",),
)
TABLES: tuple[Table, ...] = (HOLDING, EXTENSION, RUN, ITEM)

#: So many people are looked up one by one; above it the whole table is read.
_FEW = 20_000
_NONE: Mapping[str, datetime] = {}
_SAID = f"{SAID} AND c.since IS NOT NULL"
_ANY = f"({OPEN} OR c.status = 'expired' AND c.since IS NOT NULL OR {_SAID})"
_LATER = (
    f"({OPEN} AND (c.valid_until IS NULL OR c.valid_until > :bound) OR c.status = 'expired' AND c.since > :bound"
    f" OR {_SAID} AND c.since >= :bound)"
)
_B_LATER = (
    "(b.valid_until IS NULL OR b.valid_until > :bound) AND NOT EXISTS (SELECT 1 FROM basis_support u"
    " WHERE u.hcp = b.hcp AND u.purpose = b.purpose AND u.recorded_at = b.recorded_at AND u.ended_at IS NOT NULL"
    " AND u.ended_at <= :now AND u.ended_at < :bound)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunItem:
    """What a run lets go of one person: all of it, or fields. ``state``: open | done | skipped."""

    hcp_id: str
    whole: bool
    fields: tuple[str, ...]
    state: str


class Retention(Register):
    """Holdings, extensions, runs."""

    def extended(self, hcp_id: str, at: datetime) -> dict[str, date]:
        """Rule → the last day an end of this person was put off to, as known at ``at``."""
        hcp = self._tx.number_or_none(hcp_id)
        rows = self._tx.select(EXTENSION, "WHERE hcp = ? AND set_at <= ? ORDER BY set_at", (hcp, micros(at)))
        return {row[2]: date.fromisoformat(row[3]) for row in rows}

    def all_extended(self, at: datetime) -> dict[int, dict[str, date]]:
        """Person number → :meth:`extended`."""
        found: dict[int, dict[str, date]] = {}
        for row in self._tx.select(EXTENSION, "WHERE set_at <= ? ORDER BY set_at", (micros(at),)):
            found.setdefault(row[1], {})[row[2]] = date.fromisoformat(row[3])
        return found

    def extensions(self) -> list[Extension]:
        """All, newest first."""
        rows = self._tx.select(EXTENSION, "ORDER BY set_at DESC, extension_id")
        ids = self._tx.hcp_ids(row[1] for row in rows)
        return [
            Extension(
                extension_id=row[0],
                hcp_id=ids[row[1]],
                rule=row[2],
                until=date.fromisoformat(row[3]),
                reason=row[4],
                set_at=from_micros(row[5]),
                set_by=row[6],
            )
            for row in rows
        ]

    def extend(self, extension: Extension) -> None:
        """Put an end off."""
        e, hcp = extension, self._tx.number(extension.hcp_id)
        row = (
            e.extension_id,
            hcp,
            e.rule,
            e.until.isoformat(),
            e.reason,
            micros(e.set_at),
            e.set_by,
        )
        self._tx.insert(EXTENSION, row)

    def people(self, over: Over) -> frozenset[int]:
        """Everybody whose relation is ``over``."""
        text, values = over.asked(marks)
        sql = f"SELECT s.hcp FROM people s WHERE s.status <> 'erased' AND {text} AND s.hcp NOT IN ({HIDDEN})"  # noqa: S608
        rows = self._tx.db.execute(sql, values)  # who is hidden is asked last: few are
        return frozenset(hcp for (hcp,) in rows)

    def never_related(self, among: Iterable[int]) -> frozenset[int]:
        """Those of ``among`` who never had a relation."""
        sql = "SELECT hcp FROM people WHERE last_related IS NULL AND hcp IN (SELECT value FROM json_each(?))"
        return frozenset(hcp for (hcp,) in self._tx.db.execute(sql, (json.dumps(sorted(among)),)))

    def open_in(self, items: Iterable[str]) -> set[int]:
        """Whoever has one of these items open, whatever its end."""
        numbers = ", ".join(str(no) for item in items for no in self._items(item))
        rows = self._tx.db.execute(f"SELECT c.hcp FROM consent_state c WHERE c.item IN ({numbers}) AND {OPEN}")  # noqa: S608
        return {hcp for (hcp,) in rows}

    def based_after(self, at: datetime) -> set[int]:
        """Whoever has a basis that was recorded behind ``at``, by a clock that was ahead: it is not known yet."""
        return {hcp for (hcp,) in self._tx.db.execute("SELECT hcp FROM basis WHERE recorded_at > ?", (micros(at),))}

    def likely(self, latest: date, *, purposes: Iterable[str]) -> set[int]:
        """Everybody :meth:`over` can find for a cutoff up to ``latest`` while no purpose was ended for everybody: who
        was recorded by then, or has a consent to one of ``purposes`` or a basis that is older. One pass, where a look
        at each person for each rule would take as many."""
        bound, wanted = micros(day_end(latest)), set(purposes)
        rows = self._tx.db.execute("SELECT no, item FROM consent_item")
        numbers = ", ".join(str(no) for no, item in rows if item.partition("/")[0] in wanted)
        older = f"{OPEN} AND c.valid_until <= :bound OR NOT {OPEN} AND c.since IS NOT NULL AND c.since <= :bound"
        rows = self._tx.db.execute(
            "SELECT hcp FROM people WHERE created_at < :bound"  # noqa: S608 - constants
            f" UNION SELECT c.hcp FROM consent_state c WHERE c.item IN ({numbers}) AND ({older})"
            " UNION SELECT hcp FROM basis WHERE recorded_at <= :bound OR valid_until <= :bound"
            " UNION SELECT hcp FROM basis_support WHERE ended_at <= :bound",
            {"bound": bound},
        )
        return {row[0] for row in rows}

    def over(
        self,
        cutoff: date,
        *,
        held: date | None,
        purposes: Iterable[str],
        at: datetime,
        never: bool | None = None,
        ended: Mapping[str, datetime] = _NONE,
        among: Set[int] | None = None,
    ) -> set[int]:
        """People, of those ``among`` whom to look if it is given, whose last relation lies on or before ``cutoff``.
        Whoever never had one counts from the day recorded: by ``held`` too, where that is sooner. ``never`` picks only
        those without (True) or with (False) a relation; ``ended``: items whose purpose was ended for everybody, and
        since when."""
        bound = micros(day_end(cutoff))
        recorded = max(bound, micros(day_end(held)) if held else bound)
        wanted = sorted(purposes)
        of_item = of_basis = ""
        values: dict[str, Any] = {"bound": bound, "recorded": recorded, "now": micros(at)}
        if wanted:
            names = [f":p{place}" for place in range(len(wanted))]
            values |= {name[1:]: purpose for name, purpose in zip(names, wanted, strict=True)}
            marks = ", ".join(names)
            of_item = (
                " AND c.item IN (SELECT no FROM consent_item WHERE substr(item, 1, instr(item || '/', '/') - 1)"  # noqa: S608
                f" IN ({marks}))"
            )
            of_basis = f" AND b.purpose IN ({marks})"
        over = [no for item, since in ended.items() if micros(since) < bound for no in self._items(item)]
        stopped = f" AND NOT ({OPEN} AND c.item IN ({', '.join(map(str, over))}))" if over else ""
        consents = "SELECT 1 FROM consent_state c WHERE c.hcp = s.hcp"
        bases = "SELECT 1 FROM basis b WHERE b.hcp = s.hcp AND b.recorded_at <= :now"
        any_of = f"(EXISTS ({consents}{of_item} AND {_ANY}) OR EXISTS ({bases}{of_basis}))"
        any_at_all = f"(EXISTS ({consents} AND {_ANY}) OR EXISTS ({bases}))"
        # without a relation for these purposes the day recorded counts; without any at all the rule of held records too
        if never is True:
            start = f"s.created_at < :recorded AND NOT {any_at_all}"
        elif never is False:
            start = any_at_all if not wanted else f"({any_of} OR s.created_at < :bound AND {any_at_all})"
        else:
            start = f"({any_of} OR s.created_at < CASE WHEN {any_at_all} THEN :bound ELSE :recorded END)"
        if among is not None:
            start = f"s.hcp IN (SELECT value FROM json_each(:among)) AND {start}"  # noqa: S608
            values["among"] = json.dumps(sorted(among))
        rows = self._tx.db.execute(
            f"SELECT s.hcp FROM shown s WHERE s.status <> 'erased' AND {start}"  # noqa: S608
            f" AND NOT EXISTS ({consents}{of_item} AND {_LATER}{stopped})"
            f" AND NOT EXISTS ({bases}{of_basis} AND {_B_LATER})",
            values,
        )
        return {row[0] for row in rows}

    def _items(self, item: str) -> list[int]:
        return [row[0] for row in self._tx.db.execute("SELECT no FROM consent_item WHERE item = ?", (item,))]

    def key(self) -> tuple[str, ...]:
        """Equal while nothing changed that :meth:`over` looks at."""
        ledger = self._tx.ledger
        names = (
            "people",
            "consent_state",
            "basis",
            "basis_support",
            "retention_extension",
            "merge_case",
            "batch",
            "purpose_stop",
        )
        return tuple(ledger.digest(name) for name in names)

    def holding(self, keys_by_source: Mapping[int, Iterable[str]]) -> int:
        """The number of a holding, made when it is new."""
        return self.holding_no(holding_body(keys_by_source))

    def holding_no(self, body: str) -> int:
        """As :meth:`holding` for its written form."""
        return holding_no(self._tx, body)

    def holdings(self) -> dict[int, dict[int, tuple[str, ...]]]:
        """All: number → provenance number → field keys."""
        return {no: read_holding(body) for no, body in self._tx.db.execute(HOLDING.every)}

    def kept(self, section: Section, among: Iterable[int]) -> Iterator[tuple[int, int, int]]:
        """(person, day recorded as an instant, holding) of everybody whose section has one of these holdings; a record
        merged into a person holds values of theirs too."""
        there = "x.kept IN (SELECT value FROM json_each(?1)) AND s.status NOT IN ('erased', 'erasure_pending')"
        return iter(
            self._tx.db.execute(
                f"SELECT x.hcp, s.created_at, x.kept FROM sec_{section.value} x JOIN shown s ON s.hcp = x.hcp"  # noqa: S608
                f" WHERE {there} UNION ALL SELECT s.hcp, s.created_at, x.kept FROM merge_case m"
                f" JOIN sec_{section.value} x ON x.hcp = m.gone JOIN shown s ON s.hcp = m.kept"
                f" WHERE m.undone_at IS NULL AND {there}",
                (json.dumps(sorted(among)),),
            )
        )

    def own(
        self, section: Section, among: Iterable[int], *, whose: Sequence[int] | None = None
    ) -> Iterator[tuple[int, int, int | None]]:
        """As :meth:`kept` of what people can still be read of: without merged records, with whoever waits for erasure
        and with those whose holding is not known (None). ``whose``: of these people alone."""
        chosen, values = "", [json.dumps(sorted(among))]
        if whose is not None and len(whose) < _FEW:
            chosen, values = " AND x.hcp IN (SELECT value FROM json_each(?))", [*values, json.dumps(sorted(whose))]
        return self._tx.db.stream(
            f"SELECT x.hcp, s.created_at, x.kept FROM sec_{section.value} x JOIN shown s ON s.hcp = x.hcp"  # noqa: S608
            " WHERE (x.kept IS NULL OR x.kept IN (SELECT value FROM json_each(?))) AND s.status <> 'erased'" + chosen,
            values,
        )

    def holdings_key(self) -> tuple[str, ...]:
        """Equal while nothing changed that a preview looks at."""
        ledger = self._tx.ledger
        names = (*(f"sec_{section.value}" for section in Section), "provenance", "source", "inspection_hold")
        return (*self.key(), *(ledger.digest(name) for name in names))

    def of_person(self, hcp: int, *, merged: bool = False) -> list[dict[int, tuple[str, ...]]]:
        """The holdings of one person's sections; ``merged``: those of the records merged into theirs."""
        whose = "hcp = :hcp"
        if merged:
            whose = "hcp IN (SELECT gone FROM merge_case WHERE kept = :hcp AND undone_at IS NULL)"
        sql = " UNION ALL ".join(f"SELECT kept FROM sec_{section.value} WHERE {whose}" for section in Section)  # noqa: S608
        rows = self._tx.db.execute(f"SELECT body FROM holding WHERE no IN ({sql})", {"hcp": hcp})  # noqa: S608
        return [read_holding(body) for (body,) in rows]

    def sections_with(self, hcp: int, fields: set[str]) -> list[Section]:
        """Sections of a person that hold one of ``fields``, or may: where it was never noted, nothing is ruled out."""
        found = []
        for section in Section:
            sql = f"SELECT h.body FROM sec_{section.value} x LEFT JOIN holding h ON h.no = x.kept WHERE x.hcp = ?"  # noqa: S608
            row = self._tx.db.one(sql, (hcp,))
            if row is not None and (row[0] is None or any(fields & set(k) for k in read_holding(row[0]).values())):
                found.append(section)
        return found

    def unknown(self, section: Section, limit: int) -> list[tuple[int, str]]:
        """People whose holding of a section is not known yet: of a store that was made before it was kept."""
        return [
            (hcp, hcp_id)
            for hcp, hcp_id in self._tx.db.execute(
                f"SELECT x.hcp, s.hcp_id FROM sec_{section.value} x JOIN people s ON s.hcp = x.hcp"  # noqa: S608
                " WHERE x.kept IS NULL LIMIT ?",
                (limit,),
            )
        ]

    def learn(self, section: Section, hcp: int, keys_by_source: Mapping[int, Iterable[str]]) -> None:
        """Note what a section holds."""
        self._tx.require_writing()
        number = self.holding(keys_by_source)
        self._tx.db.execute(f"UPDATE sec_{section.value} SET kept = ? WHERE hcp = ?", (number, hcp))  # noqa: S608

    def territories(self) -> dict[int, str]:
        """Person → territory of the first of its reps."""
        return dict(
            self._tx.db.execute(
                "SELECT a.hcp, r.territory FROM (SELECT hcp, min(rep) AS rep FROM assignment GROUP BY hcp) a"
                " JOIN rep r ON r.name = a.rep"
            )
        )

    def put_run(self, run: RetentionRun) -> None:
        """Record, or write how far it is."""
        self._tx.put(
            RUN,
            (
                *(run.run_id, micros(run.asked_at), run.asked_by, run.reason, micros_or_none(run.begun_at)),
                *(run.signed_by, micros_or_none(run.done_at), json.dumps(run.counts, sort_keys=True), run.policy),
            ),
        )

    def run(self, run_id: str) -> RetentionRun | None:
        """One."""
        row = self._tx.get(RUN, run_id)
        return _run(row) if row else None

    def runs(self) -> list[RetentionRun]:
        """All, newest first."""
        return [_run(row) for row in self._tx.select(RUN, "ORDER BY asked_at DESC, run_id")]

    def add_items(self, run_id: str, items: Iterable[tuple[int, bool, tuple[str, ...]]]) -> None:
        """What a run is to let go: (person number, whole record, field keys)."""
        rows = [(run_id, hcp, int(whole), ",".join(keys), "open") for hcp, whole, keys in items]
        self._tx.insert_all(ITEM, rows)

    def items(self, run_id: str, *, state: str = "open", limit: int = -1) -> list[RunItem]:
        """Items of a run by person."""
        rows = self._tx.select(ITEM, "WHERE run_id = ? AND state = ? ORDER BY hcp LIMIT ?", (run_id, state, limit))
        ids = self._tx.hcp_ids(row[1] for row in rows)
        return [
            RunItem(hcp_id=ids[row[1]], whole=bool(row[2]), fields=tuple(filter(None, row[3].split(","))), state=row[4])
            for row in rows
        ]

    def settle_item(self, run_id: str, hcp_id: str, state: str) -> None:
        """One person is done, or was passed over."""
        row = self._tx.get(ITEM, run_id, self._tx.number(hcp_id))
        if row is not None:
            self._tx.put(ITEM, (*row[:4], state))

    def drop_items(self, run_id: str) -> None:
        """The run is over: its list of people is not kept."""
        self._tx.remove_where(ITEM, "WHERE run_id = ?", (run_id,))


def _run(row: tuple[Any, ...]) -> RetentionRun:
    return RetentionRun(
        run_id=row[0],
        asked_at=from_micros(row[1]),
        asked_by=row[2],
        reason=row[3],
        begun_at=instant_or_none(row[4]),
        signed_by=row[5],
        done_at=instant_or_none(row[6]),
        counts=json.loads(row[7]),
        policy=row[8],
    )
