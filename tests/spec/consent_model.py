"""One consent item over time, worked out from law.md 8.1, 0.3 and architecture section 13 with no code of ours.

Only the standard library. A history is a set of things said; :func:`expected` looks at all of them at once. Rules:
time is Shanghai; the act orders, never the entry; paper knows days, marks on one form keep their order, and where the
order cannot be known the no comes last; only a proven yes carries, from its act to the end of its months; a no closes
and locks asking; a word that is no answer changes nothing while a yes runs, and lifts a no only once asking is free.
"""

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8))
NOES = ("refused", "withdrawn", "old_no")
QUIET = {"shown": "presented", "later": "deferred", "silence": "no_reply", "old_yes": "unproven"}
OPEN = ("given", "renewed", "change_pending")
NEVER_SAID = ("not_asked", "unproven", "presented", "deferred", "no_reply")


@dataclass(frozen=True, kw_only=True)
class Said:
    """One thing said or done. ``proof`` of a yes: ``ok``, ``void`` or ``waits``; known from ``proof_known`` on."""

    kind: str  # yes, refused, withdrawn, old_no, shown, later, silence, old_yes, pause, resume
    at: datetime
    entered: datetime
    name: str
    day: bool = False
    form: str = ""
    mark: int = 0
    proof: str = "waits"
    proof_known: datetime | None = None
    until: datetime | None = None
    asked: bool = False


@dataclass(frozen=True)
class Expected:
    """What must be answered. ``words`` are the status words that are right."""

    words: frozenset[str]
    until: datetime | None
    ask_from: datetime | None
    since: datetime | None = None  # of a withdrawal, where nothing else was said between its first and its last time

    @property
    def open(self) -> bool:
        """Whether anything may be used."""
        return self.words <= frozenset(OPEN)


def midnight(day: date) -> datetime:
    """The first instant of a Shanghai day."""
    return datetime.combine(day, time(), SHANGHAI)


def day_of(moment: datetime) -> date:
    """The Shanghai day."""
    return moment.astimezone(SHANGHAI).date()


def end_of_months(day: date, months: int) -> datetime:
    """First instant after ``months`` from ``day``: the same-numbered day, else the last of that month, has passed."""
    year, month = day.year + (day.month - 1 + months) // 12, (day.month - 1 + months) % 12 + 1
    return midnight(date(year, month, min(day.day, monthrange(year, month)[1])) + timedelta(days=1))


def end_of_days(day: date, days: int) -> datetime:
    """First instant after ``days`` from ``day``; the first day is not counted."""
    return midnight(day + timedelta(days=days + 1))


def expected(
    history: Iterable[Said], *, at: datetime, known: datetime | None = None, months: int, lock: int, silence: int
) -> Expected:
    """The status of the item at ``at`` with what was entered by ``known``."""
    told = [s for s in history if (known is None or s.entered <= known) and start(s) <= at]
    line = sorted(told, key=lambda s: _place(s, told))
    strokes = [i for i, s in enumerate(line) if s.kind in NOES or (s.kind == "yes" and _proof(s, known) == "ok")]
    last = line[strokes[-1]] if strokes else None
    after = line[strokes[-1] + 1 :] if strokes else line
    yes = last if last is not None and last.kind == "yes" else None
    end = None
    if yes is not None:
        end = min(end_of_months(day_of(yes.at), months), yes.until or datetime.max.replace(tzinfo=SHANGHAI))
    word, free, since = _word(last, line, strokes), _free(line, strokes, lock), None
    for s in after:
        if s.kind == "yes" and _proof(s, known) == "void" and (word in NEVER_SAID or word == "invalidated"):
            word, since = "invalidated", None
        if s.kind not in QUIET or (end is not None and start(s) < end):
            continue
        if s.kind == "old_yes" and word not in NEVER_SAID:
            continue
        if word in ("refused", "withdrawn") and not s.asked and free is not None and start(s) < free:
            continue
        word, since = QUIET[s.kind], start(s)
    if word == "withdrawn":
        since = _first_told(line, strokes)
    return _answer(
        word,
        line,
        after,
        end=end,
        free=free,
        since=since,
        at=at,
        known=known,
        silence=silence,
        earlier=_before(line, strokes, known, months),
    )


def start(s: Said) -> datetime:
    """The instant from which something said acts."""
    return midnight(day_of(s.at)) if s.day else s.at


def _place(s: Said, told: list[Said]) -> tuple[datetime, int, str, int, int, str]:
    weight = {"yes": 1, "pause": 3, "resume": 3}.get(s.kind, 2 if s.kind in NOES else 0)
    if not s.day:
        return (s.at, weight, "", 0, 0, s.name)
    form = [o for o in told if o.day and o.form == s.form and day_of(o.at) == day_of(s.at)]
    closing = max(form, key=lambda o: (o.mark, 1 if o.kind in NOES else 0, o.name)).kind in NOES
    edge = midnight(day_of(s.at) + timedelta(days=1)) - timedelta(microseconds=1) if closing else midnight(day_of(s.at))
    return (edge, 9 if closing else -1, s.form, s.mark, weight, s.name)


def _proof(s: Said, known: datetime | None) -> str:
    if known is not None and (s.proof_known is None or s.proof_known > known):
        return "waits"
    return s.proof


def _word(last: Said | None, line: list[Said], strokes: list[int]) -> str:
    if last is None:
        return "not_asked"
    if last.kind == "yes":
        return "given"
    if last.kind != "old_no":
        return last.kind
    # an unproven no leaves a proven one as it stands, unless something was said in between
    for i in reversed(strokes[:-1]):
        if line[i].kind == "yes":
            break
        if line[i].kind != "old_no":
            return line[i].kind
    return "refused"


def _first_told(line: list[Said], strokes: list[int]) -> datetime | None:
    """From when a withdrawal stands that was said once or more in a row; None where other words lie between."""
    run: list[int] = []
    for i in reversed(strokes):
        if line[i].kind != "withdrawn":
            break
        run.append(i)
    if not run:
        return None  # an unproven no came upon it
    between = {s.kind for s in line[run[-1] : run[0]]} - {"withdrawn", "pause", "resume"}
    return None if between else start(line[run[-1]])


def _free(line: list[Said], strokes: list[int], lock: int) -> datetime | None:
    """When asking is free again: the latest lock since the last yes."""
    ends = []
    for i in reversed(strokes):
        if line[i].kind == "yes":
            break
        ends.append(end_of_days(day_of(start(line[i])), lock))
    return max(ends, default=None)


def _before(line: list[Said], strokes: list[int], known: datetime | None, months: int) -> str:
    """Whether the last yes followed a yes: ``running`` then, ``over`` then, or none."""
    if len(strokes) < 2 or line[strokes[-2]].kind != "yes":
        return "none"
    older, newer = line[strokes[-2]], line[strokes[-1]]
    end = min(end_of_months(day_of(older.at), months), older.until or datetime.max.replace(tzinfo=SHANGHAI))
    return "running" if start(newer) < end else "over"


def _answer(
    word: str,
    line: list[Said],
    after: list[Said],
    *,
    end: datetime | None,
    free: datetime | None,
    since: datetime | None,
    at: datetime,
    known: datetime | None,
    silence: int,
    earlier: str,
) -> Expected:
    waiting = any(s.kind == "yes" and _proof(s, known) == "waits" for s in after)
    if word == "given":
        switches = [s.kind for s in line if s.kind in ("pause", "resume")]
        if switches and switches[-1] == "pause":
            return Expected(frozenset({"suspended"}), end, free)
        if end is not None and at < end:
            words = {"none": {"given"}, "running": {"renewed"}, "over": {"given", "renewed"}}[earlier]
            return Expected(frozenset(words), end, free)
        return Expected(frozenset({"evidence_pending" if waiting else "expired"}), None if waiting else end, free)
    if word in ("refused", "withdrawn"):
        # which no it is called when an unproven one came upon a proven one is no matter: it is closed
        told = None if word == "refused" or any(s.kind == "old_no" for s in line) else since
        either = {word, "refused"} if any(s.kind == "old_no" for s in line) else {word}
        return Expected(frozenset(either), None, free, told)
    if waiting:
        return Expected(frozenset({"evidence_pending"}), None, free)
    if word == "presented" and since is not None and at >= end_of_days(day_of(since), silence):
        word = "no_reply"
    return Expected(frozenset({word}), None, free)
