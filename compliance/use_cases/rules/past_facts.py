"""The access facts of one person as they stood when a log entry was written: the other half of a replay.

Rules: (1) consents are worked out from the events known then, under the rules of then; an event of the same instant
counts only when no later entry names it; (2) bases, memos, assessments, assignments and cases bear their own times; the
choice before proof and standing blocks are taken back entry by entry from the log; (3) what keeps no time of its own
(a doubt that was cleared, the case of a refused read, an assignment that ended) is offered both ways: the digest in the
entry binds the facts, so the way that fits is the one that was; (4) what can no longer be known is named as a gap.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import product
from typing import Any

from compliance.consent.settled import settled_lines
from compliance.consent.status import all_lines
from compliance.consent.stops import under_stops
from compliance.model.access import AccessFacts, BeforeProof, Block, Purpose, RecordStatus
from compliance.model.audit import Kind
from compliance.model.consent import ConsentEvent, ItemTerms, LineStatus
from compliance.model.register import Person
from compliance.policy.catalogue import item_terms
from compliance.policy.policy_set import PolicySet
from compliance.use_cases.seat.facts import (
    Reader,
    active_at,
    assessed,
    basis_fact,
    company_lock,
    kept_by_hold,
    retention_facts,
    standing_blocks,
    with_lock,
)
from compliance.use_cases.seat.session import Session, known_notices
from compliance.vault import LogEntry

_BLOCKING = frozenset({
    Kind.PERSON_BLOCKED, Kind.PERSON_OBJECTED, Kind.OBJECTION_TAKEN_BACK, Kind.CASE_OPENED, Kind.CASE_CLOSED,
})  # fmt: skip
#: Acts that change what is known of a person in ways no row keeps.
_GAPS = {Kind.PEOPLE_MERGED: "merged_since", Kind.PEOPLE_UNMERGED: "merged_since", Kind.IMPORT_UNDONE: "import_undone"}
_ENOUGH = 1_000_000
_MOST_PEOPLE = 1_000  # whose entries are kept at hand


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What an entry says was asked: by which role, about whom, for what, in which case, through whose eyes."""

    index: int
    at: datetime
    hcp_id: str | None
    purpose: Purpose
    rep: str | None
    case_id: str | None


class Past:
    """Everything a replay reads once for many entries."""

    def __init__(self, session: Session, reader: Reader) -> None:
        self._session, self._reader = session, reader
        self._entries: dict[str, list[LogEntry]] = {}

    def facts(self, policy: PolicySet, asked: Asked) -> tuple[list[AccessFacts], tuple[str, ...]]:
        """The facts as they may have been, the likeliest first, and the gaps. No facts: nothing is left to go by."""
        if asked.hcp_id is None:
            return [AccessFacts(hcp_id=None)], ()
        person = self._reader.people.get(asked.hcp_id)
        if person is None:
            return [], ("person_gone",)
        if person.status is RecordStatus.ERASED:
            return [], ("erased",)
        since = self._since(asked)
        lines = self._lines(policy, asked, since)
        gaps = {_GAPS[kind] for entry in since if (kind := entry.data["kind"]) in _GAPS}
        if self._undone(asked.index):
            gaps.add("import_undone")
        return list(self._ways(policy, asked, person, lines, since)), tuple(sorted(gaps))

    def _ways(
        self,
        policy: PolicySet,
        asked: Asked,
        person: Person,
        lines: dict[str, LineStatus],
        since: list[LogEntry],
    ) -> Iterator[AccessFacts]:
        reader, at = self._reader, asked.at
        bases = {
            row.purpose: basis_fact(row)
            for row in reader.bases.of(person.hcp_id)
            if row.recorded_at <= at and row.in_force(at)
        }
        own = bool(bases) or any(line.open for line in lines.values())
        kept = kept_by_hold(reader, person.hcp_id, at)
        choice, until = self._before_proof(asked.index)
        base = AccessFacts(
            hcp_id=person.hcp_id,
            lines=lines,
            bases=bases,
            assessments=assessed(reader, at=at) - self._assessed_since(asked.index),
            before_proof=choice,
            before_proof_until=until,
            adm_optout=self._optout(person, since),
            memos=self._memos(person.hcp_id, at),
            retention=retention_facts(reader, person=person, lines=self._settled(policy, asked, since), at=at),
        )
        status, blocks = self._standing(person, since)
        doubts = [blocks] if Block.QUARANTINED in blocks else [blocks, blocks | {Block.QUARANTINED}]
        mine = asked.rep is not None and asked.rep in reader.assignments.rep_of(person.hcp_id)
        cases = [asked.case_id] if asked.case_id else [None, *self._cases(person.hcp_id, at)]
        for doubt, assigned, case in product(doubts, [mine, not mine] if asked.rep else [False], cases):
            yield replace(
                base,
                record_status=status,
                blocks=standing_blocks(policy, status=status, blocks=doubt, own_basis=own) | kept,
                assigned=assigned,
                case_id=case,
            )

    def _since(self, asked: Asked) -> list[LogEntry]:
        assert asked.hcp_id is not None
        if asked.hcp_id not in self._entries:
            if len(self._entries) >= _MOST_PEOPLE:
                self._entries.clear()
            self._entries[asked.hcp_id] = self._reader.log.find(hcp=asked.hcp_id, limit=_ENOUGH)
        return [entry for entry in self._entries[asked.hcp_id] if entry.index > asked.index]

    def _lines(self, policy: PolicySet, asked: Asked, since: list[LogEntry]) -> dict[str, LineStatus]:
        """Rule 1."""
        reader, at = self._reader, asked.at
        events = self._events(asked, since)
        own_lock = company_lock(reader.settings.get("ask_lock_days"), at)
        known = self._notices
        statuses = all_lines(
            events,
            terms_of=lambda item: with_lock(item_terms(policy, item, at=at), own_lock),
            at=at,
            active_notices=active_at(known.values(), at),
            notices=known,
            old_scope_ends=reader.campaigns.old_scope_ends(at),
        )
        return {line.item: line for line in under_stops(statuses, events, reader.stops.all(), at=at, known_at=at)}

    def _settled(self, policy: PolicySet, asked: Asked, since: list[LogEntry]) -> tuple[LineStatus, ...]:
        """The lines as the narrow table held them then: retention counts from these (consent/relations.py)."""

        def terms_of(item: str, at: datetime) -> ItemTerms:
            own_lock = company_lock(self._reader.settings.get("ask_lock_days"), at)
            return with_lock(item_terms(policy, item, at=at), own_lock)

        return settled_lines(self._events(asked, since), terms_of=terms_of, notices=self._notices)

    def _events(self, asked: Asked, since: list[LogEntry]) -> list[ConsentEvent]:
        reader, at = self._reader, asked.at
        assert asked.hcp_id is not None
        acts = (entry for entry in since if entry.data["kind"] != Kind.WHY_SHOWN)  # a question names older acts
        later = b"".join(entry.body for entry in acts if self._moment(entry) <= at + timedelta(microseconds=1))
        return [
            event
            for event in reader.consents.events(asked.hcp_id)
            if event.recorded_at < at or (event.recorded_at == at and event.event_id.encode() not in later)
        ]

    @staticmethod
    def _optout(person: Person, since: list[LogEntry]) -> bool:
        """Whether automated decisions were refused then: what the first later choice changed."""
        choices = [entry for entry in since if entry.data["kind"] == Kind.AUTOMATION_CHOICE]
        if not choices:
            return person.adm_optout
        return not min(choices, key=lambda one: one.index).data["detail"]["refused"]

    def _standing(self, person: Person, since: list[LogEntry]) -> tuple[RecordStatus, frozenset[Block]]:
        """Status and blocks with everything taken back that was set later."""
        status, blocks = person.status, person.blocks
        for entry in sorted(since, key=lambda one: -one.index):
            data = entry.data
            if data["kind"] in _BLOCKING and "block" in data["detail"]:
                block = Block(data["detail"]["block"])
                blocks = blocks - {block} if data["detail"]["on"] else blocks | {block}
            elif data["kind"] == Kind.ERASURE_BEGUN:
                status, blocks = RecordStatus.ACTIVE, blocks - {Block.ERASURE}
        return status, blocks

    def _before_proof(self, index: int) -> tuple[BeforeProof, datetime | None]:
        for entry in self._settings:  # newest first
            detail = entry.data["detail"]
            if entry.index < index and detail.get("setting") == "before_proof":
                until = detail.get("until")
                return BeforeProof(detail["value"]), datetime.fromisoformat(until) if until else None
        return BeforeProof.CARD, None

    def _assessed_since(self, index: int) -> frozenset[Purpose]:
        """Purposes whose only assessment was recorded later."""
        later = {e.data["detail"]["assessment"] for e in self._assessments if e.index > index}
        rows = self._reader.assessments.all()
        kept = {row.purpose for row in rows if row.assessment_id not in later}
        codes = set(Purpose)
        return frozenset(Purpose(r.purpose) for r in rows if r.purpose in codes and r.purpose not in kept)

    def _memos(self, hcp_id: str, at: datetime) -> dict[str, str]:
        found: dict[str, str] = {}
        for memo in sorted(self._reader.memos.all(), key=lambda m: m.hcp_id != ""):
            if memo.hcp_id in ("", hcp_id) and memo.recorded_at <= at and memo.in_force(at):
                found[memo.item] = memo.memo_id
        return found

    def _cases(self, hcp_id: str, at: datetime) -> list[str]:
        return [
            case.case_id
            for case in self._reader.cases.of(hcp_id)
            if case.opened_at <= at and (case.closed_at is None or at <= case.closed_at)
        ]

    def _undone(self, index: int) -> bool:
        """Whether a consent import was undone later that no longer names its people."""
        return any(
            e.index > index and "stack" in e.data["detail"] and len(e.data["hcps"]) >= 500 for e in self._undone_
        )

    @staticmethod
    def _moment(entry: LogEntry) -> datetime:
        return datetime.fromisoformat(json.loads(entry.body)["at"])

    @cached_property
    def _settings(self) -> list[LogEntry]:
        return self._reader.log.find(kind=Kind.SETTING_CHANGED, limit=_ENOUGH)

    @cached_property
    def _assessments(self) -> list[LogEntry]:
        return self._reader.log.find(kind=Kind.ASSESSMENT_RECORDED, limit=_ENOUGH)

    @cached_property
    def _undone_(self) -> list[LogEntry]:
        return self._reader.log.find(kind=Kind.IMPORT_UNDONE, limit=_ENOUGH)

    @cached_property
    def _notices(self) -> dict[str, Any]:
        return dict(known_notices(self._session, self._reader))
