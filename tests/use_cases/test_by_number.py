"""The threshold board: duties that hang on how many people the company handles in all (REQ-106)."""

from collections.abc import Iterator
from datetime import date

import pytest
from support import STAFF, Desk, done, invent, no

from compliance.errors import InputErrors
from compliance.i18n import Lang, t
from compliance.use_cases.overview.by_number import (
    Board,
    board_at,
    counted_words,
    duty_words,
    lines,
    state_people_in_all,
    threshold_board,
)
from compliance.use_cases.seat.session import Session


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    made = Desk.create(tmp_path_factory.mktemp("d"), staff={k: STAFF[k] for k in ("zhao", "chen", "wu")})
    made.bring(invent(4))
    yield made
    made.rise()


def stated(desk: Desk, people: int, on: date) -> dict[str, tuple[bool | None, date | None]]:
    board = done(state_people_in_all(desk.sit("zhao"), people=people, on=on, source="盘点"))
    return {x.line.key: (x.reached, x.due) for x in board.duties}


@pytest.mark.req("REQ-106")
def test_before_anybody_counts_nothing_is_called_not_reached(desk: Desk) -> None:
    board = done(threshold_board(desk.sit("wu")))
    assert board.count is None and board.here == 4
    assert {x.reached for x in board.duties} == {None}
    assert counted_words(board, Lang.ZH) == "尚未填写；本库 4 人"


@pytest.mark.req("REQ-106")
@pytest.mark.parametrize(
    ("people", "reached"),
    [
        (99_999, {"small"}),
        (100_000, set()),
        (999_999, set()),
        (1_000_000, {"officer_filing"}),
        (9_999_999, {"officer_filing"}),
        (10_000_000, {"officer_filing", "large_network_data"}),
        (10_000_001, {"officer_filing", "large_network_data", "audit_every_two_years"}),
    ],
)
def test_each_line_is_reached_where_the_law_draws_it(desk: Desk, people: int, reached: set[str]) -> None:
    found = stated(desk, people, date(2026, 11, 5))
    assert {key for key, (met, _) in found.items() if met} == reached
    assert {met for met, _ in found.values()} <= {True, False}
    due = date(2026, 12, 17) if "officer_filing" in reached else None
    assert found["officer_filing"][1] == due


@pytest.mark.req("REQ-106")
def test_a_duty_is_due_from_the_day_the_number_was_first_reached(desk: Desk) -> None:
    stated(desk, 999_999, date(2026, 11, 3))
    stated(desk, 1_200_000, date(2026, 11, 20))
    assert stated(desk, 1_000_000, date(2026, 11, 5))["officer_filing"] == (True, date(2026, 12, 17))
    with desk.sit("zhao").vault.snapshot() as snap:
        session = desk.sit("zhao")
        assert isinstance(session, Session)
        earlier = board_at(session, snap, desk.at.replace(month=11, day=4))
    assert earlier.count is not None and earlier.count.people == 999_999  # as it was known of that day
    said = duty_words(done(threshold_board(desk.sit("chen"))).duties[1], Lang.EN)
    assert said[0].endswith("(at least 1,000,000 people; PIPL 52, AUD 12, PIPO)")
    assert said[1] == "reached, since 2026-11-05; due by 2026-12-17"


@pytest.mark.req("REQ-106")
def test_fewer_than_in_this_store_is_told_and_counts_as_the_store(desk: Desk) -> None:
    board: Board = done(state_people_in_all(desk.sit("zhao"), people=1, on=date(2026, 11, 22), source="x"))
    assert board.too_few and board.here == 4


@pytest.mark.req("REQ-106")
def test_only_the_privacy_officer_states_it_and_slips_are_named(desk: Desk) -> None:
    today = date(2026, 11, 22)
    assert no(state_people_in_all(desk.sit("chen"), people=5, on=today, source="x")).reason == "role_not_allowed"
    for change in (
        {"people": -1},
        {"people": 10**11},
        {"on": date(2031, 1, 1)},
        {"source": " "},
        {"source": "x" * 201},
    ):
        with pytest.raises(InputErrors):
            state_people_in_all(desk.sit("zhao"), **({"people": 5, "on": today, "source": "x"} | change))  # type: ignore[arg-type]


def test_every_line_has_words_and_its_law(desk: Desk) -> None:
    for line in lines():
        assert line.references and all(r.statute in desk.sit("zhao").policy.statutes for r in line.references)
        assert all(t(f"byno.duty.{line.key}", lang) for lang in Lang)
    assert [line.people for line in lines()] == sorted(line.people for line in lines())
