"""Hidden values change no result, order or count: what one may not see cannot be searched for."""

from collections.abc import Iterator
from typing import Any

import pytest
from support import Desk, Doctor, done, no

from compliance.errors import InputErrors
from compliance.model.access import Purpose, Role
from compliance.use_cases.consent import withdrawing
from compliance.use_cases.seeing import people_list, profiles
from compliance.vault.lists import list_pages

HOSPITAL = "独一无二县医院"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk.create(
        tmp_path_factory.mktemp("peek"), staff={"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK}
    )
    desk.bring(
        [
            Doctor(number="P1", name="端木藏锋", hospital=HOSPITAL, phone="13955556666", email="hidden@secret.example"),
            Doctor(number="P2", name="端木露锋", hospital="寻常医院", phone="13955557777"),
            Doctor(number="P3", name="端木守拙", hospital="寻常医院", phone="13955558888"),
        ]
    )
    for name in ("端木露锋", "端木守拙"):
        desk.consent(desk.id_of(name))
    desk.assign(desk.id_of("端木露锋"))
    yield desk
    desk.rise()


def total(desk: Desk, text: str, purpose: Purpose = Purpose.VISIT, rep: str | None = None) -> int:
    return done(profiles.find_people(desk.sit("chen"), text=text, purpose=purpose, as_rep=rep)).total


@pytest.mark.req("REQ-044")
@pytest.mark.parametrize(
    "text",
    ["13955556666", "5555", "13955557777", "55557777", "hidden@secret.example", "secret", HOSPITAL, "独一无二",
     "端木藏锋", "duanmucangfeng", "dmcf", "藏锋", "P1", '"CRM:P2"', "%", "_", "*", "端木*", '"',
     "' OR 1=1 --", "NEAR(", "NOT 寻常"],
)  # fmt: skip
def test_what_is_hidden_is_not_found(desk: Desk, text: str) -> None:
    for rep in (None, "liming", "hanmei"):
        assert total(desk, text, rep=rep) == 0, rep


@pytest.mark.req("REQ-044")
def test_what_is_shown_is_found(desk: Desk) -> None:
    assert total(desk, "") == 2
    assert total(desk, "端木") == 2
    assert total(desk, "寻常医院") == 2
    assert total(desk, "端木", rep="liming") == 1
    assert total(desk, "", rep="hanmei") == 0
    assert total(desk, "端木", Purpose.MDM) == 3
    assert total(desk, HOSPITAL, Purpose.MDM) == 1


@pytest.mark.req("REQ-044")
def test_closing_a_person_changes_only_the_lists_it_closes(desk: Desk) -> None:
    hcp = desk.id_of("端木守拙")
    assert total(desk, "守拙") == 1
    done(
        withdrawing.withdraw_consent(desk.sit("wu"), hcp_id=hcp, items=["visit"], received_at="2026-11-24", channel="x")
    )
    assert total(desk, "守拙") == 0
    assert total(desk, "寻常医院") == 1
    assert total(desk, "守拙", Purpose.MDM) == 1


def test_the_order_says_nothing_about_hidden_people(desk: Desk) -> None:
    before = [r.hcp_id for r in done(profiles.find_people(desk.sit("chen"), text="", purpose=Purpose.VISIT)).rows]
    desk.bring([Doctor(number=f"Q{n}", name=f"端木无名{n}", hospital="寻常医院") for n in range(3)])
    after = [r.hcp_id for r in done(profiles.find_people(desk.sit("chen"), text="", purpose=Purpose.VISIT)).rows]
    assert before == after


def test_paging_shows_each_once(desk: Desk) -> None:
    seen: list[str] = []
    for offset in range(0, 6, 2):
        page = done(profiles.find_people(desk.sit("chen"), text="", purpose=Purpose.MDM, limit=2, offset=offset))
        seen += [r.hcp_id for r in page.rows]
    assert len(seen) == len(set(seen)) == 6
    by_place, page = seen[:2], done(profiles.find_people(desk.sit("chen"), text="", purpose=Purpose.MDM, limit=2))
    while page.more:
        page = done(
            profiles.find_people(
                desk.sit("chen"), text="", purpose=Purpose.MDM, limit=2, after=page.more, counted=False
            )
        )
        by_place += [row.hcp_id for row in page.rows]
    assert by_place == seen
    back = done(profiles.find_people(desk.sit("chen"), text="", purpose=Purpose.MDM, limit=2, before=seen[4]))
    assert ([row.hcp_id for row in back.rows], back.more) == (seen[2:4], seen[2])
    entry = entry_at(desk, page.audit_index)
    assert entry["detail"] == {"searched": True, "total": 6} and entry["hcps"] == seen[4:]
    no(profiles.find_people(desk.sit("zhao"), text="", purpose=Purpose.VISIT))


def entry_at(desk: Desk, index: int) -> dict[str, Any]:
    with desk.sit("chen").vault.snapshot() as snap:
        entry = snap.log.entry(index)
    assert entry is not None
    return dict(entry.data)


@pytest.mark.req("REQ-044")
def test_nobody_outside_the_list_is_a_place_in_it(desk: Desk) -> None:
    """Hidden, unknown and mistyped are the same answer: a place among the names would tell how a hidden one begins."""
    chen, everybody = desk.sit("chen"), done(profiles.find_people(desk.sit("chen"), text="", purpose=Purpose.MDM)).rows
    listed = {row.hcp_id for row in done(profiles.find_people(chen, text="", purpose=Purpose.VISIT)).rows}
    hidden = [row.hcp_id for row in everybody if row.hcp_id not in listed]
    assert hidden and listed
    size = log_size(desk)
    for place in (hidden[0], "HCP-ZZZZZZZZ", "x", "' OR 1=1 --"):
        for way in ("after", "before"):
            with pytest.raises(InputErrors, match="place_not_listed"):
                profiles.find_people(chen, text="", purpose=Purpose.VISIT, **{way: place})  # type: ignore[arg-type]
    with pytest.raises(InputErrors, match="two_places"):
        profiles.find_people(chen, text="", purpose=Purpose.VISIT, after=hidden[0], offset=1)
    assert log_size(desk) == size, "nobody was shown"


def log_size(desk: Desk) -> int:
    with desk.sit("chen").vault.snapshot() as snap:
        return snap.log.size


@pytest.mark.req("REQ-044")
def test_a_long_list_is_shown_before_it_is_counted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    chen = desk.sit("chen")
    ask: dict[str, Any] = {"text": "", "purpose": Purpose.MDM}
    whole = done(people_list.find_people(chen, **ask))
    monkeypatch.setattr(list_pages, "_TRIED", 2)
    page = done(people_list.find_people(chen, **ask, counted=False, limit=3))
    assert page.rows == whole.rows[:3] and page.total is None and page.more == whole.rows[2].hcp_id
    assert entry_at(desk, page.audit_index)["detail"] == {"searched": False, "uncounted": True}
    assert done(people_list.count_people(chen, **ask)) == whole.total
    assert entry_at(desk, log_size(desk) - 1)["detail"] == {
        "counted": True, "searched": True, "total": whole.total,
    }  # fmt: skip
    assert no(people_list.count_people(desk.sit("zhao"), text="", purpose=Purpose.VISIT)).reason == "role_not_permitted"
