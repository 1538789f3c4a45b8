"""One import on its way: portions in, counts and a report out.

Rules: (1) whoever the vault already holds (same licence or source id) is counted as a duplicate and left alone, a
candidate (same phone) is taken and listed; (2) a key held by somebody of another name and another hospital makes no
duplicate: the row is rejected as *key of another*, and what it says is nobody's; (3) a "no" in a duplicate row closes
all the same: the person said it, whichever row carries it, and so does a state that ends contact; (4) nothing is begun
before there is somebody to stage, and publishing is one commit, that of an update with all its values
(import_update.py); (5) whatever ends the import early leaves nothing behind, and so does an objection recorded while it
ran.
"""

from collections.abc import Callable
from typing import Any

from compliance.errors import bad_input
from compliance.importing.matching import KEY_OF_ANOTHER, is_another, who_of
from compliance.importing.results import FileFacts, RowStatus
from compliance.model.audit import AuditEvent, Kind
from compliance.model.ids import MANY, new_id
from compliance.model.person_state import PersonState
from compliance.model.register import Batch, BatchState, Source
from compliance.use_cases.consent.standing import settle_states
from compliance.use_cases.imports.import_answers import answer_event
from compliance.use_cases.imports.import_order import Question, Reply, SealOrder
from compliance.use_cases.imports.import_report import Account
from compliance.use_cases.imports.import_rows import CLOSED_CANDIDATE, QUARANTINED
from compliance.use_cases.imports.import_update import Update
from compliance.use_cases.people.person_states import say_for_list
from compliance.use_cases.seat.facts import terms
from compliance.use_cases.seat.session import Session, known_notices
from compliance.vault import UnitOfWork
from compliance.vault.arrivals.portions import Portion
from compliance.vault.arrivals.staging import Staging, held

#: What was said of a row before it was known whose it is.
_GUESSES = ("merge_candidate", CLOSED_CANDIDATE)


class Run:
    """See the module. ``account`` is complete after :meth:`finish`."""

    def __init__(
        self, session: Session, source: Source, order: SealOrder, *, sha256: str, update: Update | None = None
    ) -> None:
        self._session, self._source, self._sha256 = session, source, sha256
        self._now, self._dry = order.at, order.dry
        self._suppressed = frozenset(e for one in (order.suppressed, order.erased) if one for e in one.entries)
        self.batch = "" if order.dry else new_id("IM")
        self.account = Account()
        self._staging: Staging | None = None
        self._update = update
        self._held_as: dict[str, str] = {}  # id given to a row → who the vault held, "" for the key of another
        self._noes: list[tuple[str, list[Any]]] = []
        self._states: dict[str, list[PersonState]] = {}
        self._fresh: set[str] = set()  # of those, who is new

    def answer(self, question: Question) -> Reply:
        """Numbers and terms for the sealing side."""
        grant = self._stage().grant(people=question.people, items=question.items)
        known = {item: terms(self._session, item, at=self._now) for item in question.items}
        return Reply(grant, known, alone=not self._session.vault.has_company())

    def waiting(self) -> None:
        """Nothing is ready."""
        if self._staging is not None:
            self._staging.waiting()

    def take(self, portion: Portion) -> None:
        """Account for a portion; stage those who stay."""
        note = portion.note
        account = Account.from_json(note["account"])
        doomed, known = self._duplicates(portion, account)
        account.counts["unproven"] = sum(hcp not in doomed for hcp in note["yes"])
        self.account.add(account)
        if self._dry:
            return
        if doomed:
            self._remember(portion, doomed)
        if note["states"]:
            self._hear_portion(portion, doomed)
        for first, tags, noes, states in note["repeated"]:
            who = self._held_as.get(first)
            if who is None:
                who = next((h for pair in tags if (h := known.get(tuple(pair)))), "") or first
            if who:
                self._noes.extend((who, answer) for answer in noes)
                self._hear_states(who, states)
        if doomed:
            portion = portion.without(set(doomed))
        if portion.hcp or portion.provenances:
            self._stage().add(portion)

    def settle(self) -> None:
        """All rows were taken: the last of them is durable, unseen, and nothing holds the store."""
        if not self._dry:
            self._stage().finish()

    def finish(self, facts: FileFacts) -> None:
        """Publish what was staged."""
        if self._dry:
            return
        self.settle()
        counts = {"read": self.account.read, **self.account.counts}
        with self._session.vault.unit_of_work() as uow:
            if uow.suppressions.entries() - self._suppressed:
                raise bad_input("objection_meanwhile", "file")
            if self._update is not None:
                counts |= self._update.write(uow, self.batch)
            uow.batches.set_counts(self.batch, counts)
            uow.batches.publish(self.batch, self._now)
            self._close(uow)
            if self._states:
                say_for_list(
                    self._session, uow, self._states, source=self._source.code, batch=self.batch, at=self._now,
                    fresh=frozenset(self._fresh),
                )  # fmt: skip
            reasons = sorted((code, number) for code, number in self.account.reasons.items() if number)
            detail = {
                "batch": self.batch,
                "source": self._source.code,
                **counts,
                "refused_columns": len(facts.refused),
                "reasons": [f"{code}={number}" for code, number in reasons],
            }
            uow.commit(self._event(Kind.IMPORT_PUBLISHED, detail))

    def drop(self) -> None:
        """Leave nothing behind."""
        if self._staging is None:
            return
        self._staging.abandon()
        with self._session.vault.unit_of_work() as uow:
            people = uow.batches.drop(self.batch)
            uow.commit(self._event(Kind.IMPORT_DROPPED, {"batch": self.batch, "people": people}))
        self._session.vault.sweep_batches()

    def _duplicates(self, portion: Portion, account: Account) -> tuple[dict[int, str], dict[tuple[str, int], str]]:
        """Number → who is held already, "" for a row with the key of another; and by (kind, tag) of repeated rows who
        holds it."""
        found, known, others = self._held(portion)
        rows = {hcp: (row, candidate) for hcp, row, candidate in portion.note["people"]}
        blocked = dict(zip(portion.hcp, portion.blocks, strict=True))
        doomed: dict[int, str] = {}
        for hcp, pairs in found.items():
            row, candidate = rows[hcp]
            was = RowStatus.QUARANTINED if self._quarantined(hcp, blocked, account, row) else RowStatus.ACCEPTED
            keys = [who for kind, who in pairs if kind != "phone"]
            if keys:
                same = [who for who in keys if (hcp, who) not in others]
                doomed[hcp] = same[0] if same else ""
                if same and self._update is not None:
                    self._update.held[row] = same[0]
                status, code = (RowStatus.DUPLICATE, "already_held") if same else (RowStatus.REJECTED, KEY_OF_ANOTHER)
                account.judge_anew(row, was, status, _GUESSES, code)
                account.counts["candidates"] -= bool(candidate)
            elif not candidate:
                account.judge_anew(row, was, was, (), "merge_candidate")
                account.counts["candidates"] += 1
        return doomed, known

    @staticmethod
    def _quarantined(hcp: int, blocked: dict[int, int], account: Account, row: int) -> bool:
        if hcp in blocked:
            return bool(blocked[hcp] & QUARANTINED)
        return any(entry[0] == row and entry[1] == RowStatus.QUARANTINED for entry in account.rows)  # a dry run

    def _held(self, portion: Portion) -> "_Found":
        if self._staging is not None:
            return self._look(self._staging.reader(), portion)
        with self._session.vault.snapshot() as snap:
            return self._look(snap, portion)

    @staticmethod
    def _look(reader: Any, portion: Portion) -> "_Found":
        known: dict[tuple[str, int], str] = {}
        for _, tags, *_ in portion.note["repeated"]:
            for kind, tag in tags:
                for people in reader.index.find_tags([tag]).values():
                    known[kind, tag] = people[0]
        found = held(reader, portion)
        return found, known, _others(reader, portion, found)

    def _remember(self, portion: Portion, doomed: dict[int, str]) -> None:
        for hcp, hcp_id in zip(portion.hcp, portion.hcp_id, strict=True):
            if hcp in doomed:
                self._held_as[hcp_id] = doomed[hcp]
        for hcp, noes in portion.note["no"]:
            if doomed.get(hcp):
                self._noes.extend((doomed[hcp], answer) for answer in noes)

    def _hear_portion(self, portion: Portion, doomed: dict[int, str]) -> None:
        """States said of people of a portion, new ones and those held."""
        ids = dict(zip(portion.hcp, portion.hcp_id, strict=True))
        for hcp, states in portion.note["states"]:
            if hcp not in doomed:
                self._fresh.add(ids[hcp])
                self._hear_states(ids[hcp], states)
            elif doomed[hcp]:
                self._hear_states(doomed[hcp], states)

    def _hear_states(self, who: str, states: list[str]) -> None:
        known = self._states.setdefault(who, [])
        known.extend(state for code in states if (state := PersonState(code)) not in known)

    def _close(self, uow: UnitOfWork) -> None:
        uow.consents.add_all(
            [
                answer_event(
                    new_id("EV", MANY), hcp_id, item, positive=positive, withdrawn=withdrawn, day=day, method=method,
                    actor=self._session.actor, now=self._now,
                )
                for hcp_id, (positive, items, withdrawn, day, method) in self._noes
                for item in items
            ]
        )  # fmt: skip
        notices = known_notices(self._session, uow) if self._noes else {}
        for hcp_id in dict.fromkeys(hcp_id for hcp_id, _ in self._noes):
            settle_states(self._session, uow, hcp_id, at=self._now, notices=notices)

    def _stage(self) -> Staging:
        if self._staging is None:
            self._begin()
            self._staging = self._session.vault.staging(self.batch, self._entry())
        return self._staging

    def _entry(self) -> Callable[[int], AuditEvent]:
        return lambda people: self._event(Kind.IMPORT_STAGED, {"batch": self.batch, "people": people})

    def _begin(self) -> None:
        begun = Batch(
            batch=self.batch,
            source=self._source.code,
            state=BatchState.STAGING,
            file_sha256=self._sha256,
            started_at=self._now,
            published_at=None,
            actor=self._session.actor,
            counts={},
        )
        with self._session.vault.unit_of_work() as uow:
            uow.batches.start(begun)
            detail = {"batch": self.batch, "source": self._source.code, "file_sha256": self._sha256}
            uow.commit(self._event(Kind.IMPORT_STARTED, detail))

    def _event(self, kind: Kind, detail: dict[str, Any]) -> AuditEvent:
        return self._session.event(kind, at=self._now, detail=detail)


#: Identifiers held by person, holders by tag of a repeated row, and pairs (number, holder) that are different people.
_Found = tuple[dict[int, list[tuple[str, str]]], dict[tuple[str, int], str], set[tuple[int, str]]]


def _others(reader: Any, portion: Portion, found: dict[int, list[tuple[str, str]]]) -> set[tuple[int, str]]:
    """Pairs in which the holder of a key agrees with the row in neither name nor hospital."""
    pairs = {(hcp, who) for hcp, held_ in found.items() for kind, who in held_ if kind != "phone"}
    if not pairs:
        return set()
    listed = reader.index.get_many(sorted({who for _, who in pairs}))
    holders = {who: who_of(row.name, row.hospital) for who, row in listed.items()}
    index = portion.index
    rows = {hcp: (name, hospital) for hcp, name, hospital in zip(index.hcp, index.name, index.hospital, strict=True)}
    return {(hcp, who) for hcp, who in pairs if who in holders and is_another(who_of(*rows[hcp]), holders[who])}
