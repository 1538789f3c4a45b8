"""Rows of a file → people ready for the tables. Knows no database, so it runs beside it, in a process of its own.

Rules: (1) a row arrives as the reading process sent it and every field is looked at before it is used; (2) remarks meet
the free-text guard before anything is sealed; (3) rows of unproven sources are quarantined; (4) numbers and items are
asked for ahead of need, so that the writing process is seldom waited for; (5) a dry run seals nothing; (6) who objected
to the use of public information (PIPL 27) is rejected from public, second- and third-party lists; from our own files
the person is taken, and the objection stands; (7) whoever may be a person we hold who withdrew, objected or is
suspended (same name and hospital, or same phone and one of them) is quarantined: a second record must not open what
the first closed; (8) no list brings anybody back who was erased; (9) what a row says that ends contact stands on the
person from the first instant: do not contact, dormant, and a death as reported.
"""

from collections import deque
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any

from compliance.errors import bad_input
from compliance.importing.cell_columns import ALL_DIFFERENT
from compliance.importing.fields import FREE_TEXT, NOTE_FIELD, aliases_of, hospital_key
from compliance.importing.person_states import states_said
from compliance.importing.readings import parts_of
from compliance.importing.results import RowStatus
from compliance.model.access import Block
from compliance.model.consent import ItemTerms
from compliance.model.ids import near_ids
from compliance.model.person_state import PersonState
from compliance.model.profile import SourceClass
from compliance.policy.free_text import codes as codes_of
from compliance.policy.free_text import scan
from compliance.use_cases.imports.import_answers import Answers, Prepared
from compliance.use_cases.imports.import_order import Question, Reply, SealOrder
from compliance.use_cases.imports.import_report import Account
from compliance.vault.arrivals.portions import LARGE_PORTION, PORTION, Portion
from compliance.vault.arrivals.sealing import Grant, Sealer
from compliance.vault.engine.codes import block_mask
from compliance.vault.engine.times import micros
from compliance.vault.people.section_columns import SectionColumns
from compliance.vault.people.suppression import SuppressionList

#: Ids drawn at once.
_IDS = 1000
#: Remarks repeat ("prefers mail"); what the guard said of one is kept while the file is read.
_REMARKS = 4096
_STATUSES = tuple(RowStatus)
QUARANTINED = block_mask(frozenset({Block.QUARANTINED}))
_OBJECTION = block_mask(frozenset({Block.OBJECTION}))
#: What a list's word puts on a person: a death by one list is reported, never confirmed.
_SAID = {
    PersonState.DECEASED: block_mask(frozenset({Block.DEATH_REPORTED})),
    PersonState.DO_NOT_CONTACT: block_mask(frozenset({Block.DO_NOT_CONTACT})),
    PersonState.DORMANT: block_mask(frozenset({Block.DORMANT})),
}
#: A row may be a person whose own record is closed.
CLOSED_CANDIDATE = "closed_candidate"
#: A row bears the licence, the source id, or the name and hospital of somebody who was erased.
ERASED_BEFORE = "erased_before"
_STAYS = frozenset({RowStatus.ACCEPTED, RowStatus.QUARANTINED})


class RowSealer:
    """Takes rows, gives portions to ``emit``. ``ask`` puts a question, ``answer`` waits for the oldest answer."""

    def __init__(
        self,
        order: SealOrder,
        *,
        ask: Callable[[Question], None],
        answer: Callable[[], Reply],
        emit: Callable[[Portion], None],
    ) -> None:
        self._order, self._ask, self._answer, self._emit = order, ask, answer, emit
        self._sealer = Sealer(order.keys, micros(order.at), SectionColumns(order.sections, ALL_DIFFERENT))
        self._source_kind = f"source_id:{order.source}"
        self._open = 0  # questions not answered yet
        self._people = PORTION  # asked for next time
        self._most = PORTION  # people of the next portion
        self._grants: deque[Grant] = deque()
        self._items: dict[str, int] = {}
        self._terms: dict[str, ItemTerms] = {}
        self._provenances: dict[tuple[str | None, bool], int] = {}
        self._dated = order.dated.isoformat() if order.dated else None
        self._answers = Answers(
            self._sealer, actor=order.actor, at=order.at, items=self._items, terms=self._terms, learn=self._learn
        )
        self._event_ids: list[str] = []
        self._by_row: dict[int, str] = {}
        self._judge = lru_cache(maxsize=_REMARKS)(self._judged)
        self._dry_hcp = 0
        self._outside = order.source_class in (SourceClass.PUBLIC, SourceClass.SECOND, SourceClass.THIRD)
        self._begin()

    def take(self, rows: list[Any]) -> None:
        """A batch of rows. ValueError, TypeError or KeyError when one is not of the known shape."""
        for row in rows:
            self._row(row)
            if len(self._people_rows) >= self._most:
                self._cut()
        if self._account.read >= 10 * self._most:
            self._cut()  # nobody to seal among many rows: the account goes on all the same

    def finish(self) -> None:
        """The last rows."""
        self._cut()

    def _begin(self) -> None:
        self._account = Account()
        self._listed: list[tuple[int, dict[str, str], int, list[str]]] = []  # number, values, provenance, source ids
        self._people_rows: list[list[int]] = []  # [number, row, candidate] by person
        self._yes: list[int] = []
        self._no: dict[int, list[Any]] = {}
        self._said: dict[int, list[str]] = {}
        self._repeated: list[Any] = []
        self._last = 0

    def _cut(self) -> None:
        if not self._account.read:
            return
        self._list()
        portion = self._sealer.cut()
        portion.note = {
            "account": self._account.as_json(),
            "people": self._people_rows,
            "yes": self._yes,
            "no": list(self._no.items()),
            "states": list(self._said.items()),
            "repeated": self._repeated,
            "last": self._last,
        }
        self._begin()
        self._emit(portion)

    def _row(self, body: list[Any]) -> None:
        row, place, values, day, ids, consents, codes, first_row, candidates, _, note, _ = body
        status = _STATUSES[place]
        if note or not FREE_TEXT.isdisjoint(values):
            self._guard(values, codes, note)
        self._last = int(row)
        said = states_said(codes) if codes else ()
        objects = status is not RowStatus.REJECTED and self._among(self._order.suppressed, values, ids)
        if objects and self._outside:
            codes.append(("row", "objection"))
            self._hear_noes("", values, ids, consents, said)
            status = RowStatus.REJECTED
        elif status in _STAYS and self._erased(values, ids):
            codes.append(("row", ERASED_BEFORE))
            status = RowStatus.REJECTED
        elif objects:
            codes.append(("row", "objection_stands"))
        elif status is RowStatus.ACCEPTED and self._among(self._order.closed, values, ids):
            codes.append(("row", CLOSED_CANDIDATE))
            status = RowStatus.QUARANTINED
        stays = status in _STAYS
        candidate = stays and bool(candidates)
        if candidate:
            self._account.counts["candidates"] += 1
            codes.append(("", "merge_candidate"))
        self._account.row(row, status, codes, first_row)
        if stays:
            closed = status is RowStatus.QUARANTINED
            hcp = self._person(row, values, day, ids, consents, quarantined=closed, objects=objects, said=said)
            self._people_rows.append([hcp, row, candidate])
        elif status is RowStatus.DUPLICATE:
            self._hear_noes(self._by_row.get(first_row or 0, ""), values, ids, consents, said)

    def _hear_noes(
        self,
        first: str,
        values: dict[str, str],
        ids: list[str],
        consents: tuple[Any, ...],
        said: tuple[PersonState, ...],
    ) -> None:
        """A no, or a state, of a row that is not taken, for whoever is held under its keys or was made of row
        ``first``."""
        noes = [answer for answer in consents if not answer[0]]
        if noes or said:
            tags = [
                [kind, self._sealer.tagger.number(kind, value)]
                for kind, value in self._identifiers(values, ids)
                if kind != "phone"
            ]
            self._repeated.append([first, tags, noes, list(map(str, said))])

    def _among(self, listed: SuppressionList | None, values: dict[str, str], ids: list[str]) -> bool:
        """Whether a row is one of the people of a list; rules 6 and 7."""
        if listed is None:
            return False
        name, hospital = values.get("full_name", ""), values.get("institution_name", "")
        identifiers = self._identifiers(values, ids)
        return bool(listed.find(identifiers, name=name, hospital=hospital_key(hospital)))

    def _erased(self, values: dict[str, str], ids: list[str]) -> bool:
        """Rule 8."""
        listed = self._order.erased
        if listed is None:
            return False
        name, hospital = values.get("full_name", ""), values.get("institution_name", "")
        return bool(listed.find_erased(self._identifiers(values, ids), name=name, hospital=hospital_key(hospital)))

    def _guard(self, values: dict[str, str], codes: list[Any], note: Any) -> None:
        if note:
            values[NOTE_FIELD] = note
        for key in FREE_TEXT & values.keys():
            code = self._judge(values[key])
            if code:
                del values[key]
                codes.append((key, code))

    def _judged(self, text: str) -> str | None:
        return next(iter(codes_of(scan(text, self._order.words))), None)

    def _identifiers(self, values: dict[str, str], ids: list[str]) -> list[tuple[str, str]]:
        pairs = [(self._source_kind, text) for text in ids]
        if value := values.get("practice_licence_no"):
            pairs.append(("licence", value))
        if value := values.get("mobile_phone"):
            pairs.append(("phone", value))
        return pairs

    def _person(
        self,
        row: int,
        values: dict[str, str],
        day: str | None,
        ids: list[str],
        consents: tuple[Any, ...],
        *,
        quarantined: bool,
        objects: bool,
        said: tuple[PersonState, ...] = (),
    ) -> int:
        if self._order.dry:
            hcp = self._dry_hcp = self._dry_hcp + 1
            self._listed.append((hcp, values, 0, ids))
        else:
            blocks = (QUARANTINED if quarantined else 0) | (_OBJECTION if objects else 0)
            blocks |= sum(_SAID[state] for state in said)
            hcp = self._sealed(row, values, day, ids, self._answers.prepared(consents), quarantined, blocks)
        if said:
            self._said[hcp] = list(map(str, said))
        if consents:
            if any(answer[0] and not answer[2] for answer in consents):
                self._yes.append(hcp)
            if noes := [answer for answer in consents if not answer[0]]:
                self._no[hcp] = noes
        return hcp

    def _sealed(
        self,
        row: int,
        values: dict[str, str],
        day: str | None,
        ids: list[str],
        answers: Prepared,
        quarantined: bool,
        blocks: int,
    ) -> int:
        acts, stands = answers
        self._numbers(len(acts))
        number = self._provenance(day, quarantined)
        if ids:
            values["source_system_ids"] = "; ".join(f"{self._order.source}:{text}" for text in ids)
        hcp_id = self._by_row[row] = self._sealer.take_id()
        hcp = self._sealer.add(
            hcp_id,
            blocks=blocks,
            values=values,
            provenance=number,
            acts=acts,
            event_ids=[self._event_id() for _ in acts],
            stands=stands,
        )
        self._listed.append((hcp, values, number, ids))
        return hcp

    def _list(self) -> None:
        """What the index holds of the people of the portion; of a dry run no more than duplicates are told by."""
        if not self._listed:
            return
        index, tagger = self._sealer.portion.index, self._sealer.tagger
        hcp, people, sources, ids = map(list, zip(*self._listed, strict=True))

        def texts(key: str, *, wanted: bool = True) -> list[str]:
            return [person.get(key, "") for person in people] if wanted else [""] * len(people)

        names, hospitals, wet = texts("full_name"), texts("institution_name"), not self._order.dry
        index.list_all(
            hcp,
            names,
            hospitals,
            texts("department", wanted=wet),
            texts("professional_title", wanted=wet),
            texts("region", wanted=wet),
            sources,
            [parts_of(name) for name in names] if wet else [()] * len(names),
            map(aliases_of, hospitals) if wet else [()] * len(names),
        )
        whose = [(one, text) for one, texts_ in zip(hcp, ids, strict=True) for text in texts_]
        index.identify_all(tagger, self._source_kind, [one for one, _ in whose], [text for _, text in whose])
        index.identify_all(tagger, "licence", hcp, texts("practice_licence_no"))
        index.identify_all(tagger, "phone", hcp, texts("mobile_phone"))

    def _numbers(self, events: int) -> None:
        while not self._sealer.has_numbers(events):
            if not self._grants:
                if not self._open:
                    self._put(Question(people=self._people))
                self._hear()
                continue
            self._sealer.use(self._grants.popleft())
        if not self._open and not self._grants and self._sealer.people_left * 2 < self._people:
            self._people = min(self._people * 4, 50 * PORTION)
            self._put(Question(people=self._people))

    def _learn(self, items: tuple[str, ...]) -> None:
        self._put(Question(items=items))
        while any(item not in self._items for item in items):
            self._hear()

    def _put(self, question: Question) -> None:
        self._open += 1
        self._ask(question)

    def _hear(self) -> None:
        reply = self._answer()
        self._open -= 1
        self._most = LARGE_PORTION if reply.alone else PORTION
        if reply.grant.people:
            self._grants.append(reply.grant)
        self._items.update(reply.grant.items)
        self._terms.update(reply.terms)

    def _provenance(self, day: str | None, quarantined: bool) -> int:
        day = day or self._dated
        key = (day, quarantined)
        found = self._provenances.get(key)
        if found is None:
            record = self._order.like(date.fromisoformat(day) if day else None, quarantined=quarantined)
            number = self._order.known.get((day or "", str(record.status)))
            found = self._provenances[key] = number or self._sealer.provenance(record)
        return found

    def _event_id(self) -> str:
        if not self._event_ids:
            self._event_ids = near_ids("EV", _IDS)
        return self._event_ids.pop()


def check_rows(rows: Any) -> list[Any]:
    """A batch as it crossed. InputErrors ``reader_failed`` when it is none."""
    if not isinstance(rows, list) or any(not isinstance(row, list) or len(row) != 12 for row in rows):
        raise bad_input("reader_failed", "file", "rows")
    return rows
