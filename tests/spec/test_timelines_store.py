"""Timelines with days nobody looked at: entered through the use cases, asked for on the command line, and worked out
by hand or by the independent model (law.md 0.3, 8.1; ``--as-of`` and ``--known-at`` of cli.md)."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from consent_model import SHANGHAI, Said, day_of, expected
from notice_files import VISIT, edited, put
from spec_desk import HANDS, answer, at, batch, day_yes, line, lines, scan, withdraw, words_of
from support import Desk, done, invent

from compliance.errors import InputErrors
from compliance.model.access import Purpose
from compliance.model.answer import Refusal
from compliance.progress import NoProgress
from compliance.use_cases.consent import checking, rebuilding, standing
from compliance.use_cases.notices import notice_life, presenting
from compliance.use_cases.seeing import people_list

V2 = "CK-VISIT@2.0"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A practice vault from July 2026; version 2.0 gives the item ``event`` six months."""
    made = Desk.create(tmp_path_factory.mktemp("d"), at=at("2026-07-01T09:00:00"), staff=HANDS)
    head, _, tail = VISIT.partition('item = "event"')
    text = head + 'item = "event"' + tail.replace("term_months = 24", "term_months = 6", 1)
    path = put(made.folder, edited(text))
    done(notice_life.activate_notice(made.sit("zhao"), target=str(path), from_="2026-08-01"))
    made.bring(invent(40))
    yield made
    made.rise()


@pytest.fixture(scope="module")
def people(desk: Desk) -> list[str]:
    found = done(people_list.find_people(desk.sit("chen"), text="", purpose=Purpose.MDM, limit=60)).rows
    return [row.hcp_id for row in found]


# item, the day written on the form, the last second that is open, the first that is not
ENDS = [
    ("visit", "2028-02-29", "2030-02-28T23:59:59", "2030-03-01T00:00:00"),
    ("visit", "2028-03-31", "2030-03-31T23:59:59", "2030-04-01T00:00:00"),
    ("visit", "2026-12-31", "2028-12-31T23:59:59", "2029-01-01T00:00:00"),
    ("visit", "2026-10-01", "2028-10-01T23:59:59", "2028-10-02T00:00:00"),  # a rest day does not lengthen it
    ("event", "2026-08-31", "2027-02-28T23:59:59", "2027-03-01T00:00:00"),
    ("event", "2027-08-31", "2028-02-29T23:59:59", "2028-03-01T00:00:00"),
    ("event", "2027-08-30", "2028-02-29T23:59:59", "2028-03-01T00:00:00"),
    ("event", "2027-08-29", "2028-02-29T23:59:59", "2028-03-01T00:00:00"),
    ("event", "2028-02-29", "2028-08-29T23:59:59", "2028-08-30T00:00:00"),
    ("event", "2027-12-31", "2028-06-30T23:59:59", "2028-07-01T00:00:00"),
]


@pytest.mark.req("REQ-022")
def test_ends_of_terms_by_the_calendar(desk: Desk, people: list[str]) -> None:
    desk.at = at("2030-06-01T08:00:00")
    asked = []
    for who, (item, day, last, first) in zip(people, ENDS, strict=False):
        day_yes(desk, who, day, item=item, notice=V2)
        before = (at(f"{day}T00:00:00") - timedelta(seconds=1)).replace(tzinfo=None).isoformat()
        asked += [(who, item, when, "") for when in (before, f"{day}T00:00:00", last, first)]
    told = lines(desk, *asked)
    for n, (item, day, _, first) in enumerate(ENDS):
        four = told[4 * n : 4 * n + 4]
        assert [x["status"] for x in four] == ["not_asked", "given", "given", "expired"], (item, day)
        assert datetime.fromisoformat(four[2]["valid_until"]) == at(first)
        assert four[3]["code"] == "EXPIRED_DURATION"


@pytest.mark.req("REQ-022")
def test_an_instant_just_before_midnight_belongs_to_the_shanghai_day(desk: Desk, people: list[str]) -> None:
    """15:59:59 UTC on 29 February is that day in Shanghai, a second later is 1 March: the terms differ by one day."""
    desk.at = at("2030-06-01T08:00:00")
    late, early = people[10], people[11]
    for who, moment in ((late, "2028-02-29T15:59:59+00:00"), (early, "2028-02-29T16:00:00+00:00")):
        made = done(answer(desk, who, "given", moment, notice=V2))
        done(checking.check_evidence(desk.sit("chen"), event_id=made.event_id, accept=True))
    asked = [
        (late, "2030-02-28T23:59:59"),
        (late, "2030-03-01T00:00:00"),
        (early, "2030-03-01T23:59:59"),
        (early, "2030-03-02T00:00:00"),
        (late, "2028-02-29T23:59:58"),
    ]
    told = words_of(desk, *((who, "visit", when, "") for who, when in asked))
    assert told == ["given", "expired", "given", "expired", "not_asked"]


@pytest.mark.req("REQ-023")
@pytest.mark.parametrize(
    ("nth", "refused", "locked", "free"),
    [
        (12, "2026-11-01T23:59:59", "2027-04-30T23:59:59", "2027-05-01T00:00:00"),
        (13, "2028-02-29T00:00:00", "2028-08-27T23:59:59", "2028-08-28T00:00:00"),  # counted by hand: 180 days
        (14, "2027-08-31T12:00:00", "2028-02-27T23:59:59", "2028-02-28T00:00:00"),
    ],
)
def test_the_ask_lock_ends_at_midnight(
    desk: Desk, people: list[str], nth: int, refused: str, locked: str, free: str
) -> None:
    who = people[nth]
    desk.at = at(refused) + timedelta(seconds=5)
    done(answer(desk, who, "refused", refused, notice=V2))
    desk.at = at(locked)
    ask = presenting.Presentation(hcp_id=who, notice=V2, channel="wechat", items=("visit",))
    held = presenting.present_notice(desk.sit("wu"), request=ask).value
    assert isinstance(held, Refusal) and (held.reason, held.lifted_by) == ("ask_locked", free[:10])
    desk.at = at(free)
    done(presenting.present_notice(desk.sit("wu"), request=ask))
    assert line(desk, who)["status"] == "presented"


def test_marks_of_one_day(desk: Desk, people: list[str]) -> None:
    """Paper knows the day only: where the order cannot be known the no wins, whoever entered it first."""
    desk.at = at("2028-02-29T20:00:00")
    yes_first, no_first, later_yes, next_day = people[15:19]
    day_yes(desk, yes_first, "2028-02-29", notice=V2)
    done(answer(desk, yes_first, "refused", "2028-02-29", notice=V2))
    done(answer(desk, no_first, "refused", "2028-02-29", notice=V2))
    day_yes(desk, no_first, "2028-02-29", notice=V2, asked_by_hcp=True)
    # a withdrawal at noon, a paper yes of that day: which came first nobody knows
    day_yes(desk, later_yes, "2028-02-29", notice=V2)
    withdraw(desk, later_yes, "2028-02-29T12:00:00+08:00")
    withdraw(desk, next_day, "2028-02-28T23:59:59+08:00")
    day_yes(desk, next_day, "2028-02-29", notice=V2, asked_by_hcp=True)
    told = words_of(
        desk,
        *((p, "visit", "", "") for p in (yes_first, no_first, later_yes, next_day)),
        (next_day, "visit", "2028-02-28T23:59:59", ""),
    )
    assert told == ["refused", "refused", "withdrawn", "given", "withdrawn"]


def test_what_was_known_then(desk: Desk, people: list[str]) -> None:
    """A withdrawal received on the 1st and entered on the 5th: closed from the 1st, but not known before the 5th."""
    who = people[19]
    desk.at = at("2028-01-10T10:00:00")
    day_yes(desk, who, "2028-01-10", notice=V2)
    desk.at = at("2028-03-05T09:00:00")
    withdraw(desk, who, "2028-03-01T00:00:00+08:00")
    table = [
        ("2028-02-29T23:59:59", "", "given"),
        ("2028-03-01T00:00:00", "", "withdrawn"),
        ("2028-03-04T12:00:00", "2028-03-04T12:00:00", "given"),
        ("2028-03-04T12:00:00", "", "withdrawn"),
        ("2028-03-04T12:00:00", "2028-03-05T09:00:00", "withdrawn"),
        ("2028-01-10T12:00:00", "2028-01-10T09:59:59", "not_asked"),
    ]
    told = words_of(desk, *((who, "visit", when, known) for when, known, _ in table))
    assert told == [word for *_, word in table]


@pytest.mark.req("REQ-014", "REQ-023", "REQ-033")
def test_many_lives_entered_out_of_order_agree_with_the_model(desk: Desk, people: list[str]) -> None:
    dice = random.Random(20280229)
    lives: list[tuple[str, list[Said], datetime, datetime | None]] = []
    for who in people[20:]:
        desk.at = dice.choice([at("2028-02-28T23:50:00"), at("2027-12-31T23:59:30"), at("2027-08-31T12:00:00")])
        history: list[Said] = []
        for n in range(9):
            desk.wait(seconds=dice.choice([1, 60, 3600, 43200, 86400, 86400 * 31, 86400 * 181, 86400 * 400]))
            _one_more(desk, dice, who, history, f"L{n}")
        probes = sorted({p for s in history for p in _around(s)} | {desk.at})
        known = [None, *(s.entered for s in history)]
        lives += [(who, history, p, dice.choice(known)) for p in dice.sample(probes, min(14, len(probes)))]
    desk.at = at("2035-01-01T00:00:00")
    words = [
        ["consent", "status", who, "--as-of", p.isoformat(), *(["--known-at", k.isoformat()] if k else [])]
        for who, _, p, k in lives
    ]
    agreed = 0
    for (who, history, p, k), said in zip(lives, batch(desk, "chen", words), strict=True):
        wanted = expected(history, at=p, known=k, months=24, lock=180, silence=30)
        found = next((x for x in said["lines"] if x["line"] == "visit"), {"status": "not_asked"})
        assert found["status"] in wanted.words, (who, p, k, found, wanted, history)
        agreed += wanted.open
    assert len(lives) > 200 and agreed > 30  # the lives are worth something
    made = done(rebuilding.rebuild_states(desk.sit("chen"), mend=False, progress=NoProgress()))
    assert made.differing == 0
    # lists read a narrow table and rules on top: they must show whom the model opens, at any clock
    histories = {who: history for who, history, *_ in lives}
    last = max(s.entered for history in histories.values() for s in history)
    shown = 0
    for days in (1, 40, 200, 420, 640, 731, 1500):
        desk.at = last + timedelta(days=days)
        page = done(people_list.find_people(desk.sit("chen"), text="", purpose=Purpose.VISIT, limit=200))
        listed = {row.hcp_id for row in page.rows} & set(histories)
        opened = {w for w, h in histories.items() if expected(h, at=desk.at, months=24, lock=180, silence=30).open}
        assert listed == opened, days
        shown += len(listed)
    assert shown > 3


def _around(s: Said) -> list[datetime]:
    edges = [s.at, s.entered] + ([s.until] if s.until else [])
    return [e + timedelta(seconds=d) for e in edges for d in (-1, 0, 1)] + [
        s.at + timedelta(days=d) for d in (31, 181, 731)
    ]


def _one_more(desk: Desk, dice: random.Random, who: str, history: list[Said], name: str) -> None:
    """Try one act; what the product refuses must be what the model forbids."""
    now = desk.at
    before = expected(history, at=now, months=24, lock=180, silence=30)
    act = dice.choice(
        [
            "given",
            "given",
            "given",
            "given",
            "refused",
            "deferred",
            "no_answer",
            "withdraw",
            "present",
            "pause",
            "resume",
        ]
    )
    past = now - timedelta(seconds=dice.choice([0, 0, 1, 3600, 86400, 86400 * 3]))
    if act == "withdraw":
        withdraw(desk, who, past.isoformat())
        history.append(Said(kind="withdrawn", at=past, entered=now, name=name))
    elif act in ("pause", "resume"):
        change = standing.suspend_consent if act == "pause" else standing.resume_consent
        fitting = before.open if act == "pause" else before.words == {"suspended"}
        try:
            done(change(desk.sit("zhao"), hcp_id=who, items=("visit",)))
            assert fitting, (act, before)
            history.append(Said(kind=act, at=now, entered=now, name=name))
        except InputErrors:
            assert not fitting, (act, before)
    elif act == "present":
        ask = presenting.Presentation(
            hcp_id=who, notice=V2, channel="wechat", items=("visit",), presented_at=past.isoformat()
        )
        made = presenting.present_notice(desk.sit("wu"), request=ask).value
        if isinstance(made, Refusal):
            assert made.reason == "asked_often_enough" or _locked(history, past) or _locked(history, now), made
        else:
            assert not _locked(history, past)
            history.append(Said(kind="shown", at=past, entered=now, name=name))
    else:
        _an_answer(desk, dice, who, history, name, act, past)


def _an_answer(
    desk: Desk, dice: random.Random, who: str, history: list[Said], name: str, act: str, past: datetime
) -> None:
    on_paper = dice.random() < 0.5
    offered = dice.random() < 0.6
    moment = day_of(past).isoformat() if on_paper else past.isoformat()
    until = (day_of(past) + timedelta(days=dice.choice([3, 300]))) if act == "given" and dice.random() < 0.3 else None
    paper = scan(desk, f"{who}-{name}")
    made = answer(desk, who, act, moment, notice=V2, valid_until=until, asked_by_hcp=offered, evidence=paper).value
    start = datetime.combine(day_of(past), datetime.min.time(), SHANGHAI) if on_paper else past
    if isinstance(made, Refusal):
        assert made.reason == "ask_locked" and not offered and act != "refused" and _locked(history, start), made
        return
    assert offered or act == "refused" or not _locked(history, start)
    kind = {"given": "yes", "refused": "refused", "deferred": "later", "no_answer": "silence"}[act]
    proof, known = "waits", None
    entered = desk.at
    if act == "given" and dice.random() < 0.85:
        desk.wait(seconds=1)
        good = dice.random() < 0.85
        done(
            checking.check_evidence(
                desk.sit("chen"), event_id=made.event_id, accept=good, code="" if good else "illegible"
            )
        )
        proof, known = ("ok" if good else "void"), desk.at
    end = datetime.combine(until + timedelta(days=1), datetime.min.time(), SHANGHAI) if until else None
    history.append(
        Said(
            kind=kind,
            at=past,
            entered=entered,
            name=name,
            day=on_paper,
            form=name if on_paper else "",
            proof=proof,
            proof_known=known,
            until=end,
            asked=offered,
        )
    )


def _locked(history: list[Said], then: datetime) -> bool:
    free = expected(history, at=then, months=24, lock=180, silence=30).ask_from
    return free is not None and then < free
