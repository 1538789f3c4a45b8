"""Rows of a consent list or log on their way to acts: what a row says, judged by the rules of consent, or why not.

Rules: (1) every row ends as accepted, rejected or duplicate, with every reason there is: faults of person, cells,
document, times and notice are looked for side by side, so that a row is mended once; (2) a yes needs item, notice,
both times, a way and its evidence, and passes the same rules as an act entered by hand (``consent.acts``); (3) a no is
never lost: with a known person and item it closes even where the rest of the row is spoilt, then as an unproven
negative; (4) one document speaks for one person; named for two, it speaks for nobody; (5) acts of a person
are judged in the order of the world, so that a list in any order gives the same answer.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from compliance.clock import day_start, shanghai_day
from compliance.consent.act_faults import every_fault
from compliance.consent.acts import NewAct, check_act
from compliance.consent.proof import reaches
from compliance.consent.standing import withdraw
from compliance.errors import InputErrors
from compliance.importing.results import RowResult, RowStatus
from compliance.model.access import Role
from compliance.model.answer import Refusal
from compliance.model.consent import ConsentEvent, EventKind, ItemTerms, Method, NoticeVersion, Precision
from compliance.model.limits import day_end

_KINDS = {
    "given": EventKind.GIVEN,
    "refused": EventKind.REFUSED,
    "withdrawn": EventKind.WITHDRAWN,
    "deferred": EventKind.DEFERRED,
    "no_answer": EventKind.NO_ANSWER,
}
_NOES = frozenset({"refused", "withdrawn"})
#: What an answer needs; a yes needs all of it.
_NEEDED = {
    "given": ("item", "notice", "presented", "acted", "method", "file"),
    "refused": ("item", "acted", "method"),
    "withdrawn": ("item", "acted"),
    "deferred": ("item", "acted", "method"),
    "no_answer": ("item", "acted", "method"),
}
#: What every answer needs, so also one that cannot be read.
_ALWAYS = ("item", "acted")
#: Cells whose faults do not spoil a row: the row is kept without them, the code is reported.
_MINOR = frozenset({"place", "pages", "identity_check", "asked_by_hcp", "record_id", "name", "hospital", "valid_until"})
#: Cells that hold whatever somebody typed.
_TYPED = frozenset({"place"})


@dataclass(frozen=True, slots=True)
class Paper:
    """What is known of one document: its hash and kind, pages where it has any, or the code why it cannot serve."""

    sha256: str = ""
    media_type: str = ""
    pages: int = 0
    code: str = ""


@dataclass(slots=True, kw_only=True)
class Draft:
    """One row on its way. ``events`` are the acts it becomes; ``spoilt_no`` tells that only its no was kept."""

    row: int
    values: dict[str, str]
    codes: list[tuple[str, str]]
    hcp_id: str | None = None
    paper: Paper | None = None
    status: RowStatus | None = None
    event: ConsentEvent | None = None
    first_row: int | None = None
    spoilt_no: bool = False
    raw: Mapping[str, str] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Draft({self.row}, {self.status}, {len(self.codes)} codes)"

    def reject(self, where: str, code: str) -> None:
        """The row does not count, for one more reason."""
        self.status = RowStatus.REJECTED
        if (where, code) not in self.codes:
            self.codes.append((where, code))

    @property
    def answer(self) -> str:
        """The answer it claims, "" without a readable one."""
        return self.values.get("answer", "")


def drafts_of(
    rows: Iterable[RowResult], *, defaults: Mapping[str, str], keep_raw: bool, guard: Callable[[str], str | None]
) -> list[Draft]:
    """Rows as drafts; ``defaults`` fill what a list leaves to its carton (way of the act, place of the originals).

    ``guard`` judges what is typed freely: a cell with a code is dropped, its row stays.
    """
    made = []
    for row in rows:
        values = dict(row.values)
        codes = list(row.codes)
        for key in _TYPED & values.keys():
            if code := guard(values[key]):
                del values[key]
                codes.append((key, code))
        values = {**{k: v for k, v in defaults.items() if v}, **values}
        draft = Draft(row=row.row, values=values, codes=codes, raw=row.raw if keep_raw else {})
        _gaps(draft)
        made.append(draft)
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Everything judging needs; ``terms`` and ``new_id`` are brought by the use case."""

    now: datetime
    actor: str
    role: Role
    notices: Mapping[str, NoticeVersion]
    knows_item: Callable[[str], bool]
    terms: Callable[[str], ItemTerms]
    new_id: Callable[[], str]
    known: Mapping[str, Sequence[ConsentEvent]]  # what the vault holds of each person
    closed: Callable[[ConsentEvent], str]  # the block that kept the person from being asked, "" when none did


def same_document_twice(drafts: Iterable[Draft], held: Mapping[str, set[str]]) -> None:
    """Rule 4. ``held``: SHA-256 → people whose form in the vault is this very document."""
    owners: dict[str, set[str]] = {}
    listed = list(drafts)
    for draft in listed:
        if draft.paper and draft.paper.sha256 and draft.hcp_id:
            owners.setdefault(draft.paper.sha256, set(held.get(draft.paper.sha256, ()))).add(draft.hcp_id)
    for draft in listed:
        if draft.paper and len(owners.get(draft.paper.sha256, ())) > 1:
            draft.reject("file", "file_of_two_people")


def judge_all(drafts: Sequence[Draft], by: Judge) -> None:
    """Settle every draft (rules 1 to 5)."""
    said: dict[str, list[ConsentEvent]] = {}
    seen: dict[tuple[str, ...], int] = {}
    for draft in sorted(drafts, key=_in_time):
        history: list[ConsentEvent] = []
        if draft.hcp_id is not None:
            history = said.setdefault(draft.hcp_id, list(by.known.get(draft.hcp_id, ())))
        _judge(draft, history, by)
        if draft.event is None:
            continue
        key = _key(draft.event)
        if key in seen or any(_key(e) == key for e in by.known.get(draft.event.hcp_id, ())):
            draft.first_row = seen.get(key)
            draft.status, draft.event, draft.spoilt_no = RowStatus.DUPLICATE, None, False
            draft.codes.append(("", "repeats_row" if draft.first_row else "act_already_held"))
            continue
        seen[key] = draft.row
        history.append(draft.event)


def _judge(draft: Draft, history: Sequence[ConsentEvent], by: Judge) -> None:
    item = draft.values.get("item", "")
    known = bool(item) and by.knows_item(item)
    if item and not known:
        draft.reject("item", "item_unknown")
    _check_paper(draft)
    _check_words(draft, history, by)
    if draft.hcp_id is None:
        draft.status = RowStatus.REJECTED
        return
    if draft.status is not RowStatus.REJECTED:
        _check(draft, history, by)
    if draft.status is RowStatus.REJECTED and draft.answer in _NOES and known:
        draft.event, draft.spoilt_no, draft.status = _spoilt(draft, by), True, RowStatus.ACCEPTED
        draft.codes.append(("answer", "no_kept"))


def _check_paper(draft: Draft) -> None:
    paper, on_paper = draft.paper, draft.answer == "given" and draft.values.get("method") == Method.PAPER
    if on_paper and not draft.values.get("place"):
        draft.reject("place", "place_missing")
    if paper is None:
        return
    if paper.code:
        draft.reject("file", paper.code)
        return
    declared = draft.values.get("pages", "")
    if paper.pages and declared.isdigit() and int(declared) != paper.pages:
        if int(declared) > paper.pages:
            draft.reject("pages", "too_few_pages")
        else:
            draft.codes.append(("pages", "more_pages"))
    if on_paper and not paper.pages:
        draft.reject("file", "file_no_scan")


def _check_words(draft: Draft, history: Sequence[ConsentEvent], by: Judge) -> None:
    """Everything that can be said against what is readable of the row, whatever else is wrong with it."""
    values = draft.values
    moments = {key: _moment(values[key]) for key in ("acted", "presented") if key in values}
    by_day = any(precision is Precision.DAY for _, precision in moments.values())
    until, item, ref = values.get("valid_until"), values.get("item", ""), values.get("notice", "")
    withdrawn = draft.answer == "withdrawn"  # it needs neither notice nor proof
    act = ConsentEvent(
        event_id="",
        hcp_id=draft.hcp_id or "",
        item=item,
        kind=_KINDS.get(draft.answer, EventKind.REFUSED),  # of an answer nobody can read: what holds for any
        method=Method.IMPORT,
        recorded_at=by.now,
        recorded_by=by.actor,
        acted_at=moments["acted"][0] if "acted" in moments else None,
        presented_at=moments["presented"][0] if "presented" in moments and not withdrawn else None,
        precision=Precision.DAY if by_day else Precision.SECOND,
        notice=None if withdrawn else ref or None,
        valid_until=day_end(date.fromisoformat(until)) if until and not withdrawn else None,
        asked_by_hcp=bool(values.get("asked_by_hcp")),
    )
    terms = by.terms(item) if item and by.knows_item(item) else None
    for where, code in every_fault(act, terms=terms, notice=by.notices.get(ref), events=history, now=by.now):
        draft.reject(where, code)
    if act.hcp_id and (code := by.closed(act)):
        draft.reject("person", code)


def _check(draft: Draft, history: Sequence[ConsentEvent], by: Judge) -> None:
    values = draft.values
    assert draft.hcp_id is not None
    acted, p1 = _moment(values["acted"])
    presented, p2 = _moment(values["presented"]) if "presented" in values else (None, p1)
    precision = Precision.DAY if Precision.DAY in (p1, p2) else Precision.SECOND
    kind = _KINDS[draft.answer]
    method = Method(values.get("method", Method.IMPORT))
    if kind is EventKind.WITHDRAWN:
        draft.event = withdraw(
            draft.hcp_id,
            (values["item"],),
            event_ids=(by.new_id(),),
            received_at=acted,
            method=method,
            channel="list",
            now=by.now,
            recorder=by.actor,
            precision=precision,
        )[0]
        draft.status = RowStatus.ACCEPTED
        return
    ref, until = values.get("notice", ""), values.get("valid_until")
    act = NewAct(
        hcp_id=draft.hcp_id,
        item=values["item"],
        answer=kind,
        method=method,
        acted_at=acted,
        presented_at=presented,
        notice=ref or None,
        precision=precision,
        evidence_id="to_be_sealed" if draft.paper else None,
        evidence_sha256=draft.paper.sha256 if draft.paper else None,
        identity_check=values.get("identity_check"),
        valid_until=day_end(date.fromisoformat(until)) if until else None,
        asked_by_hcp=bool(values.get("asked_by_hcp")),
        place_of_original=values.get("place"),
        page_count=(draft.paper.pages or None) if draft.paper else None,
    )
    terms = by.terms(act.item)
    try:
        outcome = check_act(
            act,
            event_id=by.new_id(),
            events=history,
            terms=terms,
            notice=by.notices.get(ref),
            now=by.now,
            recorder=by.actor,
            recorder_role=by.role,
        )
    except InputErrors as error:
        for fault in error.faults:
            draft.reject(fault.where.removesuffix("_at"), fault.code)
        return
    if isinstance(outcome, Refusal):
        draft.reject("notice" if "notice" in outcome.reason else "", outcome.reason)
        return
    draft.event, draft.status = outcome, RowStatus.ACCEPTED
    if kind is EventKind.GIVEN and not reaches(outcome.grade, terms.least_grade):
        draft.codes.append(("method", "below_least_grade"))


def _spoilt(draft: Draft, by: Judge) -> ConsentEvent:
    """Rule 3: the no itself, unproven, from its own day where that can be read (decision 0009)."""
    assert draft.hcp_id is not None
    gone = draft.answer == "withdrawn"
    acted, precision = _moment(draft.values["acted"]) if "acted" in draft.values else (None, Precision.DAY)
    if acted is not None and acted > by.now:
        acted = None
    return ConsentEvent(
        event_id=by.new_id(),
        hcp_id=draft.hcp_id,
        item=draft.values["item"],
        kind=EventKind.WITHDRAWN if gone else EventKind.IMPORTED_NO,
        method=Method.IMPORT,
        recorded_at=by.now,
        recorded_by=by.actor,
        acted_at=acted,
        received_at=(acted or by.now) if gone else None,
        precision=precision,
    )


def _gaps(draft: Draft) -> None:
    """Cell faults that spoil the row, and cells that should be there."""
    faulty = {where for where, _ in draft.codes}
    if faulty - _MINOR:
        draft.status = RowStatus.REJECTED
    if not draft.answer and "answer" not in faulty:
        draft.reject("answer", "answer_missing")
    for name in _NEEDED.get(draft.answer, _ALWAYS):
        if name not in draft.values and name not in faulty:
            draft.reject(name, "evidence_missing" if name == "file" else f"{name}_missing")


def _in_time(draft: Draft) -> tuple[str, str, int]:
    """By person, then by the instant of the act, then as listed."""
    acted = draft.values.get("acted", "")
    return draft.hcp_id or "", _moment(acted)[0].isoformat() if acted else "9", draft.row


def _moment(text: str) -> tuple[datetime, Precision]:
    if len(text) == 10:
        return day_start(date.fromisoformat(text)), Precision.DAY
    return datetime.fromisoformat(text), Precision.SECOND


def _key(event: ConsentEvent) -> tuple[str, ...]:
    """Two rows with this in common say the same thing twice."""
    acted = event.acted_at
    when = "" if acted is None else str(shanghai_day(acted) if event.precision is Precision.DAY else acted.timestamp())
    if event.kind is EventKind.IMPORTED_NO:
        when = ""
    return event.hcp_id, event.item, str(event.kind), when, event.notice or ""
