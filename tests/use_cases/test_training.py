"""Trainings of accounts and drills: who is let in, who records them, what the audit says of both (REQ-109)."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from support import STAFF, Desk, done, no

from compliance.clock import shanghai_day
from compliance.errors import InputErrors, NotAdmitted
from compliance.model.access import Role
from compliance.model.audit import Kind
from compliance.use_cases.seat.session import close_session
from compliance.use_cases.seat.training import admit, record_drill, record_training, register, trainings


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A real store: a practice store only warns."""
    staff = {name: STAFF[name] for name in ("zhao", "chen", "wu")}
    made = Desk.create(tmp_path_factory.mktemp("d"), staff=staff, sandbox=False)
    yield made
    made.rise()


def day(desk: Desk, days: int) -> date:
    return shanghai_day(desk.at) + timedelta(days=days)


@pytest.mark.req("REQ-109")
def test_a_training_that_is_over_lets_nobody_in_until_somebody_else_records_a_new_one(desk: Desk) -> None:
    zhao = desk.sit("zhao")
    assert admit(desk.sit("wu"), desk.at)  # nobody uses the register yet: a gap of the audit, no lock
    done(record_training(zhao, user="chen", on=day(desk, -30), reference="TR-2026-10"))
    assert admit(desk.sit("wu"), desk.at)  # counted from the day the account was added
    done(record_training(zhao, user="wu", on=day(desk, -366), reference="TR-2025-11"))
    assert [x.user for x in done(register(zhao)).trainings if x.over] == ["wu"]
    with pytest.raises(NotAdmitted, match="training_over") as told:
        desk.fresh("wu")
    assert told.value.exit_code == 1 and "chen" in str(told.value.params["helpers"])
    with zhao.vault.snapshot() as snap:
        entry = snap.log.find(kind=Kind.ACCESS_REFUSED, actor="wu", limit=1)[0].data
    assert entry["detail"] == {"reason": "training_over", "act": "unlock"}
    done(record_training(desk.sit("chen"), user="wu", on=day(desk, -1), reference="TR-2026-11"))
    close_session(desk.fresh("wu"))


@pytest.mark.req("REQ-109")
def test_a_training_holds_to_the_same_day_a_year_later(desk: Desk) -> None:
    zhao = desk.sit("zhao")
    done(record_training(zhao, user="chen", on=day(desk, -30), reference="TR"))
    last = desk.at.replace(year=desk.at.year + 1) - timedelta(days=30)
    with zhao.vault.snapshot() as snap:
        over = [
            next(x.over for x in trainings(zhao, snap, at) if x.user == "chen")
            for at in (last, last + timedelta(days=1))
        ]
    assert over == [False, True]


@pytest.mark.req("REQ-109")
def test_nobody_records_their_own_while_somebody_else_can(desk: Desk) -> None:
    assert no(record_training(desk.sit("chen"), user="chen", on=day(desk, 0), reference="x")).reason == "same_person"
    assert no(record_training(desk.sit("wu"), user="chen", on=day(desk, 0), reference="x")).reason == "role_not_allowed"
    slips = ({"user": "nobody"}, {"on": day(desk, 1)}, {"reference": " "}, {"reference": "x" * 201})
    for slip in (*slips, {"reference": "电话 13900000001"}):
        given = {"user": "wu", "on": day(desk, 0), "reference": "x"} | slip
        with pytest.raises(InputErrors):
            record_training(desk.sit("zhao"), **given)  # type: ignore[arg-type]


@pytest.mark.req("REQ-109")
def test_who_is_the_last_to_record_one_is_let_in_and_warned(tmp_path_factory: pytest.TempPathFactory) -> None:
    alone = Desk.create(tmp_path_factory.mktemp("alone"), staff={"zhao": Role.DPO}, sandbox=False)
    done(record_training(alone.sit("zhao"), user="zhao", on=day(alone, -400), reference="TR"))
    session = alone.fresh("zhao")
    assert "training_over" in session.warnings
    done(record_training(session, user="zhao", on=day(alone, 0), reference="TR-2"))
    assert admit(session, alone.at)
    close_session(session)
    alone.rise()


@pytest.mark.req("REQ-109")
def test_a_drill_is_due_every_year(desk: Desk) -> None:
    zhao = desk.sit("zhao")
    assert done(register(zhao)).drill_missing
    done(record_drill(zhao, scenario="笔记本电脑丢失", on=day(desk, -366), reference="DR-1"))
    assert done(register(zhao)).drill_missing
    done(record_drill(zhao, scenario="误发名单", on=day(desk, -3), reference="DR-2"))
    found = done(register(zhao))
    assert not found.drill_missing and [x.reference for x in found.drills] == ["DR-1", "DR-2"]
    assert no(record_drill(desk.sit("wu"), scenario="x", on=day(desk, 0), reference="x")).reason == "role_not_allowed"
    with pytest.raises(InputErrors):
        record_drill(zhao, scenario="", on=day(desk, 0), reference="x")
