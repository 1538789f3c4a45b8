"""Everybody by what a decision looks at: who is alike counts once (idea 6 of the product notes, *policy dry-run*).

Rules: (1) one row per person, one statement, no profile value; (2) people are alike when record, blocks, opt-out,
the consents asked about (open: notice and proof; else: state and ask lock), whether any consent at all is open, and
bases are alike at the instant; (3) consents come from the narrow state table, with the rules lists put on top of it.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from compliance.model.access import Block, RecordStatus
from compliance.model.consent import ConsentStatus, Grade, ReadRule
from compliance.vault.consent.consents import Consents
from compliance.vault.consent.state_reading import reads_as
from compliance.vault.engine.codes import blocks_of
from compliance.vault.engine.times import from_micros, micros
from compliance.vault.engine.transaction import Transaction

#: ``OPEN_STATES`` as the rows spell them.
_OPEN = "'given', 'renewed', 'change_pending'"


@dataclass(frozen=True, slots=True)
class LineKind:
    """One consent as far as people can be alike in it."""

    item: str
    status: ConsentStatus
    notice: str | None
    grade: Grade
    ask_again_from: datetime | None
    may_ask: bool


@dataclass(frozen=True, slots=True)
class PeopleKind:
    """What people of one kind have in common. Equal lines are one object. ``opened``: some consent of theirs is open;
    ``own`` tells people with bases or memos of their own apart; ``record`` stands for status, blocks and opt-out."""

    record: str
    status: RecordStatus
    blocks: frozenset[Block]
    adm_optout: bool
    opened: bool
    lines: tuple[LineKind, ...]
    own: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Population:
    """Every person's kind, and who is assigned to whom."""

    kinds: tuple[PeopleKind, ...]
    kind_of: dict[int, int]  # person → place in ``kinds``
    assigned: list[tuple[int, str]]  # person, rep


class Populations:
    """Reads over everybody."""

    def __init__(self, tx: Transaction, consents: Consents) -> None:
        self._tx = tx
        self._consents = consents

    def alike(
        self,
        *,
        at: datetime,
        rules: Sequence[ReadRule],
        items: Collection[str],
        own: dict[str, tuple[object, ...]] | None = None,
    ) -> Population:
        """Everybody at ``at`` by the consents to ``items``. ``own``: person id → what tells that person apart."""
        apart = {self._tx.number_or_none(hcp_id): value for hcp_id, value in (own or {}).items()}
        status, values = reads_as(rules, self._consents.number, at)
        numbers = [number for item in items if (number := self._consents.number(item)) is not None]
        lines = (
            f"SELECT c.hcp AS hcp, c.item AS item, {status} AS reads, c.notice AS notice, c.grade AS grade,"  # noqa: S608
            " CASE WHEN c.ask_again_from IS NULL THEN '-' WHEN c.ask_again_from > ? THEN '+' ELSE '0' END || c.may_ask"
            " AS lock FROM consent_state c"
        )
        code = (
            f"item || ' ' || reads || CASE WHEN reads IN ({_OPEN}) THEN ' ' || coalesce(notice, '') || ' ' || grade"
            " || ' -1' ELSE '  none ' || lock END"
        )
        marks = ", ".join("?" * len(numbers))
        sql = (
            "SELECT s.hcp, s.status || ' ' || s.blocks || ' ' || s.adm_optout || ' ' || coalesce(l.opened, 0), l.said"  # noqa: S608
            f" FROM shown s LEFT JOIN (SELECT hcp, max(reads IN ({_OPEN})) AS opened,"
            f" group_concat({code}, ';') FILTER (WHERE item IN ({marks})) AS said FROM ({lines}) GROUP BY hcp) l"
            " ON l.hcp = s.hcp"
        )
        places: dict[tuple[str, str | None, tuple[object, ...]], int] = {}
        kind_of: dict[int, int] = {}
        nothing: tuple[object, ...] = ()
        for hcp, record, said in self._tx.db.stream(sql, (*numbers, *values, micros(at))):
            key = (record, said, apart.get(hcp, nothing) if apart else nothing)
            kind_of[hcp] = places.setdefault(key, len(places))
        parts: dict[str, LineKind] = {}
        assigned = self._tx.db.execute("SELECT a.hcp, a.rep FROM assignment a JOIN shown s ON s.hcp = a.hcp")
        kinds = tuple(self._kind(*key, parts, at) for key in places)
        return Population(kinds=kinds, kind_of=kind_of, assigned=list(assigned))

    def numbers(self, hcp_ids: Sequence[str]) -> dict[str, int]:
        """Numbers of people this reader knows."""
        found = ((hcp_id, self._tx.number_or_none(hcp_id)) for hcp_id in hcp_ids)
        return {hcp_id: number for hcp_id, number in found if number is not None}

    def _kind(
        self, record: str, said: str | None, own: tuple[object, ...], parts: dict[str, LineKind], at: datetime
    ) -> PeopleKind:
        status, blocks, optout, opened = record.split(" ")
        lines = []
        for part in said.split(";") if said else ():
            if part not in parts:
                parts[part] = self._line(part, at)
            lines.append(parts[part])
        return PeopleKind(
            record=record,
            status=RecordStatus(status),
            blocks=blocks_of(int(blocks)),
            adm_optout=optout == "1",
            opened=opened == "1",
            lines=tuple(lines),
            own=own,
        )

    def _line(self, text: str, at: datetime) -> LineKind:
        item, status, notice, grade, rest = text.split(" ")
        lock = {"-": None, "+": from_micros(micros(at) + 1), "0": at}[rest[0]]
        return LineKind(
            item=self._consents.item_name(int(item)),
            status=ConsentStatus(status),
            notice=notice or None,
            grade=Grade(grade),
            ask_again_from=lock,
            may_ask=rest[1] == "1",
        )
