"""Two stores that differ in hidden values only answer every question alike: results, order, counts, cells (REQ-044).

The second store is the first with other values, in the same transaction, which is then taken back.
"""

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from list_world import NAMES, PLACES, UNITS, fill
from support import Desk

from compliance.model.access import AccessGranted, FieldState, Purpose, Role, Section
from compliance.model.profile import FieldValue
from compliance.use_cases.people.indexing import index_row
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seeing.listing import scope
from compliance.use_cases.seeing.peeking import try_to_peek
from compliance.use_cases.seeing.walk import walk
from compliance.vault import COLUMNS, Maintenance, SearchPage, SearchQuery, UnitOfWork

READERS = [(None, p) for p in Purpose] + [("liming", p) for p in (Purpose.ASK, Purpose.VISIT, Purpose.EVENT)]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk.create(tmp_path_factory.mktemp("hidden"), staff={"zhao": Role.DPO, "chen": Role.COMPLIANCE})
    fill(desk, people=24, seed=5)
    yield desk
    desk.rise()


def answers(session: Session, uow: UnitOfWork, purpose: Purpose, rep: str | None, texts: list[str]) -> list[object]:
    seen = scope(session, uow, purpose=purpose, role=Role.REP if rep else session.role, at=session.now(), rep=rep)
    if seen is None:
        return []
    found: list[object] = []
    for text in texts:
        for limit, offset in ((500, 0), (3, 2)):
            query = SearchQuery(text=text, at=session.now(), limit=limit, offset=offset, scope=seen)
            page = uow.index.search(query)
            found.append((text, page.total, cells(page)))
            for row in page.rows[1:2]:  # no hidden name is passed over on the way to the next page
                page = uow.index.search(replace(query, offset=0, limit=3, after=row.hcp_id))
                found.append((row.hcp_id, page.more, cells(page)))
    return found


def cells(page: SearchPage) -> list[tuple[str, ...]]:
    return [(row.hcp_id, *(getattr(row, column) for column in COLUMNS.values())) for row in page.rows]


def hidden_from(session: Session, uow: UnitOfWork, purpose: Purpose, rep: str | None) -> dict[str, list[str]]:
    """Person → listed fields this reader does not read in clear."""
    found = {}
    for hcp_id in uow.people.ids():
        look = walk(session, uow, hcp_id=hcp_id, purpose=purpose, at=session.now(), as_rep=rep)
        granted = isinstance(look.decision, AccessGranted)
        clear = {k for k, f in look.shown.items() if f.state is FieldState.DISCLOSED and f.value is not None}
        found[hcp_id] = [key for key in COLUMNS if not granted or key not in clear]
    return found


@pytest.mark.req("REQ-044")
@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    reader=st.sampled_from(READERS),
    letters=st.text(alphabet="".join(NAMES) + "若溪明远𬭊䶮" + "云敦楼", min_size=2, max_size=4),
    seed=st.integers(0, 2**20),
)
def test_other_hidden_values_give_the_same_answers(
    desk: Desk, reader: tuple[str | None, Purpose], letters: str, seed: int
) -> None:
    (rep, purpose), session, dice = reader, desk.sit("chen"), random.Random(seed)
    with session.vault.unit_of_work() as uow:
        hidden = hidden_from(session, uow, purpose, rep)
        texts = ["", letters, letters[:1], *NAMES[:3], PLACES[0], UNITS[0], "li", "医院"]
        before = answers(session, uow, purpose, rep, texts)
        changed = 0
        for hcp_id, keys in hidden.items():
            held = uow.sections.read_for(Maintenance.AMEND, hcp_id, [Section.DIRECTORY])[Section.DIRECTORY]
            mine = [key for key in keys if key in held and dice.random() < 0.8]
            new = {key: FieldValue(letters + dice.choice((NAMES[0], PLACES[0])), held[key].provenance) for key in mine}
            uow.sections.write(hcp_id, Section.DIRECTORY, {**held, **new})
            uow.index.put(index_row(hcp_id, {**held, **new}))
            changed += len(new)
        assert changed, "nothing was hidden"
        assert answers(session, uow, purpose, rep, texts) == before, (reader, letters, seed)


@pytest.mark.req("REQ-044")
def test_the_trials_of_the_self_test_find_a_leak_when_there_is_one(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """``audit`` shows no listed column. With the policy taken out of the query the trial must name what leaks."""
    from compliance.use_cases.seeing import people_list
    from compliance.vault import ListScope

    session = desk.sit("chen")
    with session.vault.unit_of_work() as uow:
        row = uow.index.search(SearchQuery(at=session.now(), limit=1)).rows[0]
    secrets = [{"full_name": row.name, "institution_name": row.hospital, "mobile_phone": "13955556666"}]
    clean = try_to_peek(session, secrets=secrets, purposes=(Purpose.AUDIT, Purpose.SEGMENT))
    assert clean.leaks == () and clean.questions > 10
    monkeypatch.setattr(people_list, "scope", lambda *a, **k: ListScope())
    leaks = try_to_peek(session, secrets=secrets, purposes=(Purpose.AUDIT,)).leaks
    assert {"audit:order", "audit:full_name"} <= set(leaks)
