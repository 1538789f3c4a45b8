"""Any history, any order of entry, any instant: the product says what the independent model says (law.md 8.1)."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from consent_model import NOES, SHANGHAI, Said, end_of_days, end_of_months, expected
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from compliance.consent.status import line_status
from compliance.consent.stops import under_stops
from compliance.model.consent import (
    ConsentEvent,
    EventKind,
    Grade,
    ItemTerms,
    LineStatus,
    Method,
    Precision,
    PurposeStop,
    StopKind,
)

KINDS = {
    "yes": EventKind.GIVEN,
    "refused": EventKind.REFUSED,
    "withdrawn": EventKind.WITHDRAWN,
    "old_no": EventKind.IMPORTED_NO,
    "shown": EventKind.PRESENTED,
    "later": EventKind.DEFERRED,
    "silence": EventKind.NO_ANSWER,
    "old_yes": EventKind.IMPORTED_YES,
    "pause": EventKind.SUSPENDED,
    "resume": EventKind.RESUMED,
}
MONTHS, LOCK, SILENCE = 1, 10, 5
TERMS = ItemTerms(
    item="visit",
    purpose="visit",
    least_grade=Grade.E3,
    term_months=MONTHS,
    separate=False,
    ask_lock_days=LOCK,
    no_reply_days=SILENCE,
)
#: Days around which periods go wrong.
DAYS = [
    datetime(y, m, d, tzinfo=SHANGHAI)
    for y, m, d in ((2027, 12, 31), (2028, 1, 31), (2028, 2, 28), (2028, 2, 29), (2027, 8, 31), (2026, 10, 10))
]


def product(history: list[Said], *, at: datetime, known: datetime | None = None) -> LineStatus:
    """The same history as the product stores it."""
    events: list[ConsentEvent] = []
    for s in history:
        person = s.kind not in ("pause", "resume")
        act = ConsentEvent(
            event_id=s.name,
            hcp_id="HCP-AAAAAAAA",
            item="visit",
            kind=KINDS[s.kind],
            method=Method.PAPER if person else Method.STAFF,
            recorded_at=s.entered,
            recorded_by="wu",
            acted_at=s.at,
            presented_at=s.at if person else None,
            received_at=s.at if s.kind == "withdrawn" else None,
            precision=Precision.DAY if s.day else Precision.SECOND,
            notice="CK-VISIT@1.0",
            valid_until=s.until,
            evidence_id=f"E{s.form}" if person else None,
            evidence_sha256=s.form or None,
            grade=Grade.E1 if person else Grade.NONE,
            identity_check="channel:x",
            asked_by_hcp=s.asked,
            order_on_form=s.mark,
        )
        events.append(act)
        if s.proof_known is not None:
            kind = EventKind.CHECK_ACCEPTED if s.proof == "ok" else EventKind.CHECK_REJECTED
            events.append(
                replace(
                    act,
                    event_id=f"{s.name}c",
                    kind=kind,
                    recorded_by="chen",
                    recorded_at=s.proof_known,
                    acted_at=s.proof_known,
                    target=s.name,
                    precision=Precision.SECOND,
                )
            )
    return line_status(events, terms=TERMS, item="visit", at=at, known_at=known)


def agree(history: list[Said], *, at: datetime, known: datetime | None = None) -> LineStatus:
    """Ask both."""
    wanted = expected(history, at=at, known=known, months=MONTHS, lock=LOCK, silence=SILENCE)
    found = product(history, at=at, known=known)
    assert str(found.status) in wanted.words, (found, wanted)
    assert found.open is wanted.open
    assert found.ask_again_from == wanted.ask_from
    assert found.may_ask is (wanted.ask_from is None or at >= wanted.ask_from)
    if wanted.open or found.status == "expired":
        assert found.valid_until == wanted.until
    if wanted.since is not None:
        assert found.since == wanted.since
    return found


class Life(RuleBasedStateMachine):
    """One item of one person: said on days and at instants around a month's end, entered as it comes."""

    @initialize(base=st.sampled_from(DAYS))
    def begin(self, base: datetime) -> None:
        self.base = base
        self.said: list[Said] = []
        self.clock = base + timedelta(days=60)

    def when(self, day: int, second: int) -> datetime:
        return self.base + timedelta(days=day, seconds=second)

    def add(self, kind: str, nth: int, second: int, **more: object) -> None:
        at = self.when(nth, second)
        self.clock += timedelta(seconds=1)
        facts = {"entered": self.clock, "name": f"N{len(self.said):03}", "kind": kind, "at": at, **more}
        if facts.get("day"):
            facts["at"] = at.replace(hour=0, minute=0, second=0)
        elif any(s.at == at and not s.day for s in self.said):
            return  # at one and the same instant only the no has a rule; see below
        self.said.append(Said(**facts))  # type: ignore[arg-type]

    SECONDS = st.sampled_from([0, 1, 3600 * 12, 86399])

    @rule(
        day=st.integers(0, 40),
        second=SECONDS,
        on_paper=st.booleans(),
        form=st.sampled_from("AB"),
        mark=st.integers(0, 2),
        proof=st.sampled_from(["ok", "ok", "ok", "void", "waits"]),
        until=st.sampled_from([None, None, 1, 40]),
    )
    def yes(self, day: int, second: int, on_paper: bool, form: str, mark: int, proof: str, until: int | None) -> None:
        end = self.when(day + until, 0) if until else None
        paper = {"day": True, "form": form, "mark": mark} if on_paper else {}
        known = None if proof == "waits" else self.clock + timedelta(milliseconds=1500)
        self.add("yes", day, second, proof=proof, proof_known=known, until=end, **paper)

    @rule(
        day=st.integers(0, 40),
        second=SECONDS,
        kind=st.sampled_from(NOES),
        on_paper=st.booleans(),
        form=st.sampled_from("AB"),
        mark=st.integers(0, 2),
    )
    def no(self, day: int, second: int, kind: str, on_paper: bool, form: str, mark: int) -> None:
        paper = {"day": True, "form": form, "mark": mark} if on_paper else {}
        self.add(kind, day, second, asked=kind == "withdrawn", **paper)

    @rule(
        day=st.integers(0, 40),
        second=SECONDS,
        kind=st.sampled_from(["shown", "later", "silence", "old_yes"]),
        asked=st.booleans(),
    )
    def quiet(self, day: int, second: int, kind: str, asked: bool) -> None:
        self.add(kind, day, second, asked=asked)

    @rule(day=st.integers(0, 40), second=SECONDS, kind=st.sampled_from(["pause", "resume"]))
    def switch(self, day: int, second: int, kind: str) -> None:
        self.add(kind, day, second)

    @precondition(lambda self: any(s.proof == "waits" and s.kind == "yes" for s in self.said))
    @rule(proof=st.sampled_from(["ok", "void"]))
    def check(self, proof: str) -> None:
        self.clock += timedelta(seconds=1)
        i = next(i for i, s in enumerate(self.said) if s.kind == "yes" and s.proof == "waits")
        self.said[i] = replace(self.said[i], proof=proof, proof_known=self.clock)

    def probes(self) -> list[datetime]:
        edges = {self.base, self.clock}
        for s in self.said:
            edges |= {
                s.at,
                end_of_days(s.at.date(), 0),
                end_of_months(s.at.date(), MONTHS),
                end_of_days(s.at.date(), LOCK),
            }
            edges |= {end_of_days(s.at.date(), SILENCE)} | ({s.until} if s.until else set())
        near = [e + timedelta(seconds=d) for e in edges for d in (-1, 0, 1)]
        return sorted(near)[:: max(1, len(near) // 12)]

    @invariant()
    def both_say_the_same(self) -> None:
        for at in self.probes() if hasattr(self, "said") else ():
            found = agree(self.said, at=at)
            assert product(self.said[::-1], at=at) == found  # the order of entry does not matter
            if self.said:
                agree(self.said, at=at, known=self.said[len(self.said) // 2].entered)


Life.TestCase.settings = settings(max_examples=60, stateful_step_count=12, deadline=None)
test_one_life = pytest.mark.req("REQ-014", "REQ-022", "REQ-023", "REQ-033")(Life.TestCase)


@st.composite
def lives(draw: st.DrawFn) -> list[Said]:
    """A whole history at once."""
    base = draw(st.sampled_from(DAYS))
    found = []
    for n in range(draw(st.integers(1, 8))):
        at = base + timedelta(days=draw(st.integers(0, 35)), seconds=draw(Life.SECONDS))
        kind = draw(st.sampled_from(["yes", "yes", "yes", *NOES, "shown", "later", "silence", "old_yes", "pause"]))
        day = kind in ("yes", *NOES) and draw(st.booleans())
        proof = draw(st.sampled_from(["ok", "ok", "waits", "void"])) if kind == "yes" else "waits"
        entered = base + timedelta(days=60 + draw(st.integers(0, 20)))
        found.append(
            Said(
                kind=kind,
                at=at,
                entered=entered,
                name=f"N{n}",
                day=day,
                form=draw(st.sampled_from("AB")) if day else "",
                mark=draw(st.integers(0, 2)) if day else 0,
                proof=proof,
                asked=kind == "withdrawn",
                proof_known=entered if proof != "waits" else None,
            )
        )
    return found


@pytest.mark.req("REQ-033")
@settings(max_examples=120, deadline=None)
@given(history=lives(), extra=lives(), day=st.integers(0, 80))
def test_nothing_but_a_proven_yes_ever_opens(history: list[Said], extra: list[Said], day: int) -> None:
    at = DAYS[0] + timedelta(days=day)
    more = [replace(s, name=f"X{i}") for i, s in enumerate(extra) if s.kind != "yes" or s.proof != "ok"]
    before, after = product(history, at=at), product(history + more, at=at)
    assert before.open or not after.open
    quiet = [s for s in more if s.kind in ("shown", "later", "silence", "old_yes")]
    silent = product(history + quiet, at=at)
    assert (silent.open, silent.valid_until if silent.open else None) == (
        before.open,
        before.valid_until if before.open else None,
    )


@settings(max_examples=120, deadline=None)
@given(
    history=lives(),
    stops=st.lists(
        st.tuples(
            st.sampled_from(list(StopKind)),
            st.integers(0, 50),
            st.sampled_from(["visit", "digital", "digital/wecom", "event"]),
        ),
        max_size=5,
    ),
    day=st.integers(0, 80),
)
def test_a_stop_never_opens(history: list[Said], stops: list[tuple[StopKind, int, str]], day: int) -> None:
    at = DAYS[0] + timedelta(days=day)
    line = product(history, at=at)
    rules = tuple(
        PurposeStop(
            stop_id=f"S{i}",
            scope=scope,
            kind=kind,
            acts_from=DAYS[0] + timedelta(days=d),
            reason="x",
            recorded_at=DAYS[0] + timedelta(days=d),
            recorded_by="zhao",
        )
        for i, (kind, d, scope) in enumerate(stops)
    )
    stopped = max(
        (s for s in rules if s.scope == "visit" and s.acts_from <= at and s.kind is not StopKind.LIFTED),
        key=lambda s: s.acts_from,
        default=None,
    )
    lifted = max(
        (s.acts_from for s in rules if s.scope == "visit" and s.acts_from <= at and s.kind is StopKind.LIFTED),
        default=None,
    )
    acts = [
        ConsentEvent(
            event_id=s.name,
            hcp_id="H",
            item="visit",
            kind=KINDS[s.kind],
            method=Method.PAPER,
            recorded_at=s.entered,
            recorded_by="wu",
            acted_at=s.at,
        )
        for s in history
    ]
    (found,) = under_stops((line,), acts, rules, at=at)
    assert line.open or not found.open
    if stopped is not None and (lifted is None or lifted < stopped.acts_from):
        assert not found.open and not found.may_ask
    if not any(s.scope == "visit" for s in rules):
        assert found == line  # a stop elsewhere is no stop here
