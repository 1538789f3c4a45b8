"""Everybody by what a decision looks at: who is alike counts once (idea 6 of the product notes, *policy dry-run*).

Rules: (1) one row per person, read in one statement, no profile value; (2) two people are alike when record, blocks,
opt-out, consents (state, notice, proof, ask lock) and bases are alike at the instant; (3) consents come from the narrow
state table, with the rules lists put on top of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from compliance.model.access import Block, RecordStatus
from compliance.model.consent import ConsentStatus, Grade, ReadRule
from compliance.vault.codes import blocks_of
from compliance.vault.consents import Consents
from compliance.vault.registers.staff import ASSIGNMENT
from compliance.vault.state_reading import reads_as
from compliance.vault.times import from_micros, instant_or_none, micros
from compliance.vault.transaction import Transaction


@dataclass(frozen=True, slots=True)
class LineKind:
    """One consent as far as people can be alike in it. ``locked``: asking is locked until later."""

    item: str
    status: ConsentStatus
    notice: str | None
    grade: Grade
    ask_again_from: datetime | None
    may_ask: bool


@dataclass(frozen=True, slots=True)
class PeopleKind:
    """What people of one kind have in common. ``own`` tells people with bases or memos of their own apart."""

    status: RecordStatus
    blocks: frozenset[Block]
    adm_optout: bool
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
        self, *, at: datetime, rules: Sequence[ReadRule], own: dict[str, tuple[object, ...]] | None = None
    ) -> Population:
        """Everybody at ``at``. ``own``: person id → what tells that person apart from others of the kind."""
        apart = {self._tx.number_or_none(hcp_id): value for hcp_id, value in (own or {}).items()}
        status, values = reads_as(rules, self._consents.number, at)
        instant = micros(at)
        code = (
            f"c.item || ' ' || {status} || ' ' || coalesce(c.notice, '') || ' ' || c.grade || ' ' ||"
            " CASE WHEN c.ask_again_from IS NULL THEN '-' WHEN c.ask_again_from > ? THEN '+' ELSE '0' END || c.may_ask"
        )
        sql = (
            "SELECT s.hcp, s.status || ' ' || s.blocks || ' ' || s.adm_optout, l.said FROM shown s LEFT JOIN"  # noqa: S608
            f" (SELECT c.hcp AS hcp, group_concat({code}, ';') AS said FROM consent_state c GROUP BY c.hcp) l"
            " ON l.hcp = s.hcp"
        )
        places: dict[tuple[str, str | None, tuple[object, ...]], int] = {}
        kind_of: dict[int, int] = {}
        nothing: tuple[object, ...] = ()
        for hcp, record, said in self._tx.db.stream(sql, (*values, instant)):
            key = (record, said, apart.get(hcp, nothing) if apart else nothing)
            kind_of[hcp] = places.setdefault(key, len(places))
        made: dict[PeopleKind, int] = {}
        place = [made.setdefault(self._kind(*key, at), len(made)) for key in places]
        assigned = self._tx.db.execute(
            f"SELECT a.hcp, a.rep FROM {ASSIGNMENT.name} a JOIN shown s ON s.hcp = a.hcp"  # noqa: S608 - a constant
        )
        return Population(
            kinds=tuple(made), kind_of={hcp: place[n] for hcp, n in kind_of.items()}, assigned=list(assigned)
        )

    def numbers(self, hcp_ids: Sequence[str]) -> dict[str, int]:
        """Numbers of people this reader knows."""
        found = ((hcp_id, self._tx.number_or_none(hcp_id)) for hcp_id in hcp_ids)
        return {hcp_id: number for hcp_id, number in found if number is not None}

    def _kind(self, record: str, said: str | None, own: tuple[object, ...], at: datetime) -> PeopleKind:
        status, blocks, optout = record.split(" ")
        lines = [self._line(part, at) for part in said.split(";")] if said else []
        return PeopleKind(
            status=RecordStatus(status),
            blocks=blocks_of(int(blocks)),
            adm_optout=optout == "1",
            lines=tuple(sorted(lines, key=lambda line: line.item)),
            own=own,
        )

    def _line(self, text: str, at: datetime) -> LineKind:
        item, status, notice, grade, rest = text.split(" ")
        later = from_micros(micros(at) + 1)
        lock = {"-": None, "+": later, "0": instant_or_none(micros(at))}[rest[0]]
        return LineKind(
            item=self._consents.item_name(int(item)),
            status=ConsentStatus(status),
            notice=notice or None,
            grade=Grade(grade),
            ask_again_from=lock,
            may_ask=rest[1] == "1",
        )
