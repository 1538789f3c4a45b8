"""The threshold board: how many people's data the company handles in all, and the duties that number brings (REQ-106).

Rules: (1) the number is the company's, with its day and where it was counted; every count stated is kept; (2) it is
never taken as fewer than the people here: the store alone reaches a line as well; (3) without a count stated, a line
this store does not reach is open, never "not reached"; (4) a duty is due so many working days after the first day of
the unbroken row of counts that reach it; a year without a holiday table gives no day; (5) lines are dated data with
their articles (``resources/audit/by_number.toml``).
"""

import json
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from compliance.clock import shanghai_day
from compliance.errors import bad_input
from compliance.i18n import Lang, t
from compliance.model.access import Reference
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.policy.limits import MissingYear, add_working_days, at_least, fewer_than, more_than
from compliance.resources import read_text
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.facts import Reader
from compliance.use_cases.seat.free_text import one_line
from compliance.use_cases.seat.session import Session
from compliance.vault import Snapshot

_FILE, _SETTING = "audit/by_number.toml", "people_in_all"
_COMPARE: Mapping[str, Callable[[int, int], bool]] = {"fewer": fewer_than, "at_least": at_least, "more": more_than}
_MOST = 10**10


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A count the company stated: how many, as of which day, from where."""

    people: int
    on: date
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the law. ``compare`` says on which side of ``people`` the duty lies."""

    key: str
    compare: str
    people: int
    working_days: int
    since: date
    references: tuple[Reference, ...]
    mark: str

    def met(self, people: int) -> bool:
        """Whether so many people are on the side of the duty."""
        return _COMPARE[self.compare](people, self.people)


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyLine:
    """A line and where the company stands. ``reached`` is None while nobody stated a count that decides it."""

    line: Line
    reached: bool | None
    since: date | None = None
    due: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The latest count, the people of this store, and every line in force."""

    count: Count | None
    here: int
    duties: tuple[DutyLine, ...]

    @property
    def too_few(self) -> bool:
        """Whether the company stated fewer people than there are in this store alone."""
        return self.count is not None and self.count.people < self.here


@cache
def lines() -> tuple[Line, ...]:
    """The shipped lines, smallest first."""
    table = tomllib.loads(read_text(*_FILE.split("/")))
    return tuple(
        Line(
            key=str(row["key"]),
            compare=str(row["compare"]),
            people=int(row["people"]),
            working_days=int(row.get("working_days", 0)),
            since=row["from"],
            references=tuple(Reference(r["statute"], r["article"]) for r in row["references"]),
            mark=str(row["mark"]),
        )
        for row in table["duty"]
    )


def threshold_board(session: Session) -> Answer[Board | Refusal]:
    """The board as of now, for whoever reads the settings."""
    now = session.now()
    if no := barred(session, "read_settings", at=now):
        return no
    with session.vault.snapshot() as snap:
        return Answer(board_at(session, snap, now))


def board_at(session: Session, snap: Snapshot, at: datetime) -> Board:
    """The board as of ``at``, for whoever already reads."""
    day = shanghai_day(at)
    counts = [count for count in _counts(snap) if count.on <= day]
    here = snap.people.count(at=at)
    duties = tuple(_stands(session, line, counts, here, day) for line in lines() if line.since <= day)
    return Board(count=counts[-1] if counts else None, here=here, duties=duties)


def state_people_in_all(session: Session, *, people: int, on: date, source: str) -> Answer[Board | Refusal]:
    """State how many people's data the company handles in all its systems. Logged by author; one count a day."""
    now = session.now()
    if no := barred(session, "change_settings", at=now):
        return no
    if not 0 <= people <= _MOST:
        raise bad_input("people_out_of_range", "people", str(people), f"0-{_MOST}")
    if on > shanghai_day(now):
        raise bad_input("in_the_future", "on")
    source = one_line(source, "source")
    with session.vault.unit_of_work() as uow:
        kept = [*(c for c in _counts(uow) if c.on != on), Count(people=people, on=on, source=source)]
        rows = [[c.on.isoformat(), c.people, c.source] for c in sorted(kept, key=lambda c: c.on)]
        uow.settings.set(_SETTING, json.dumps(rows, ensure_ascii=False, separators=(",", ":")))
        detail = {"setting": _SETTING, "value": str(people), "day": on.isoformat()}
        uow.commit(session.event(Kind.SETTING_CHANGED, at=now, detail=detail))
    with session.vault.snapshot() as snap:
        return Answer(board_at(session, snap, now), Changes(settings=True, audit=True))


def counted_words(board: Board, lang: Lang) -> str:
    """The number stated, its day and source, beside the people of this store."""
    here = f"{board.here:,}"
    if board.count is None:
        return t("byno.uncounted", lang, here=here)
    count = board.count
    words = {"people": f"{count.people:,}", "day": count.on.isoformat(), "source": count.source, "here": here}
    return t("byno.counted", lang, **words)


def duty_words(duty: DutyLine, lang: Lang) -> tuple[str, str]:
    """What a line asks, with its number and articles; and where the company stands."""
    line = duty.line
    because = [f"{r.statute} {r.article}".strip() for r in line.references]
    because += [t("byno.secondary", lang)] if line.mark != "read" else []
    side, people = t(f"byno.side.{line.compare}", lang), f"{line.people:,}"
    what = t(f"byno.duty.{line.key}", lang)
    asked = t("byno.line", lang, what=what, side=side, people=people, because=", ".join(because))
    state = t("byno.open" if duty.reached is None else "byno.reached" if duty.reached else "byno.not_reached", lang)
    if duty.since is None or line.compare == "fewer":
        return asked, state
    if duty.due is None:
        return asked, t("byno.since", lang, state=state, day=duty.since.isoformat())
    return asked, t("byno.due", lang, state=state, day=duty.since.isoformat(), due=duty.due.isoformat())


def _counts(snap: Reader) -> list[Count]:
    rows: Sequence[Sequence[object]] = json.loads(snap.settings.get(_SETTING) or "[]")
    return [Count(on=date.fromisoformat(str(d)), people=int(str(n)), source=str(s)) for d, n, s in rows]


def _stands(session: Session, line: Line, counts: Sequence[Count], here: int, day: date) -> DutyLine:
    if not counts:
        certain = line.met(here) if line.compare != "fewer" else not line.met(here)
        reached = (line.compare != "fewer") if certain else None
        return DutyLine(line=line, reached=reached, since=None)
    if not line.met(max(counts[-1].people, here)):
        return DutyLine(line=line, reached=False)
    since = counts[-1].on
    for count in reversed(counts):
        if not line.met(count.people):
            break
        since = count.on
    since = max(since, line.since)
    due = add_working_days(since, line.working_days, session.policy.holidays) if line.working_days else None
    return DutyLine(line=line, reached=True, since=since, due=None if isinstance(due, MissingYear) else due)
