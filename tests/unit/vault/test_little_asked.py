"""What the first page asks does not look at everybody where few are meant: counted in steps of SQLite."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from vault_support import NOW, World, open_line, steps

from compliance.model.access import Purpose, RecordStatus
from compliance.model.consent import ConsentStatus
from compliance.model.person_state import PersonState, Statement

MANY = 500
DIGITS = "ABCDEFGHJKLMNPQRSTUVWXYZ"
IDS = [f"HCP-{a}{b}FEWWAA" for a in DIGITS for b in DIGITS][:MANY]
LONG_AGO = NOW - timedelta(days=4000)


@pytest.fixture
def many(world: World) -> World:
    """Everybody has an old withdrawal of visits, one of speaking."""
    line = replace(open_line("visit"), status=ConsentStatus.WITHDRAWN, since=LONG_AGO, valid_until=None)
    with world.vault.unit_of_work() as uow:
        for hcp_id in IDS:
            uow.people.add(hcp_id, created_at=NOW)
            uow.consents.set_state(hcp_id, line)
        uow.consents.set_state(IDS[7], replace(line, item="speaker", purpose="speaker"))
        uow.people.set_status(IDS[0], RecordStatus.ERASED)
        uow.commit(world.event())
    return world


def test_reported_deaths_are_looked_up_not_everybody(many: World) -> None:
    none, cost = steps(many, lambda snap: snap.person_states.unconfirmed())
    assert none == [] and cost < 5
    said = Statement(
        statement_id="PS-1", hcp_id=IDS[3], state=PersonState.DECEASED, said_at=NOW, said_by="林岚", reason="x"
    )
    with many.vault.unit_of_work() as uow:
        uow.person_states.put(said)
        uow.commit(many.event())
    found, cost = steps(many, lambda snap: snap.person_states.unconfirmed())
    assert [one.hcp_id for one in found] == [IDS[3]] and cost < 5


def test_everybody_is_counted_without_a_look_at_the_hidden_for_each(many: World) -> None:
    count, cost = steps(many, lambda snap: snap.people.count())
    assert count == MANY - 1 and cost * 100 < 10 * MANY


def test_whose_purpose_is_long_over_is_sought_among_those_who_said_something_of_it(many: World) -> None:
    def ask(*purposes: Purpose) -> tuple[set[int], int]:
        return steps(many, lambda snap: snap.retention.likely(date(2020, 1, 1), purposes=purposes))

    one, cost = ask(Purpose.SPEAKER)
    everybody, dear = ask(Purpose.SPEAKER, Purpose.VISIT)
    assert len(one) == 1 and len(everybody) == MANY and cost * 2 < dear
    assert ask(Purpose.DIGITAL)[0] == set()
