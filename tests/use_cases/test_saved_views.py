"""Searches somebody named: their own, sealed, without names of people, and never a way to see more."""

from collections.abc import Iterator

import pytest
from support import Desk, Doctor, done, files_with, no

from compliance.errors import InputErrors
from compliance.model.access import Purpose, Role
from compliance.use_cases.seeing import people_list
from compliance.use_cases.seeing.saved_views import COLUMNS, drop_view, list_views, open_view, save_view


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk.create(
        tmp_path_factory.mktemp("views"),
        staff={"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK, "zheng": Role.SECURITY_ADMIN},
    )
    desk.bring(
        [
            Doctor(number="V1", name="东方既白", hospital="示例迷迭医院"),
            Doctor(number="V2", name="百里行舟", hospital="示例第二医院"),
        ]
    )
    desk.consent(desk.id_of("东方既白"))
    yield desk
    desk.rise()


def test_a_view_finds_what_its_search_finds_with_fewer_columns(desk: Desk) -> None:
    chen, text = desk.sit("chen"), "hospital:迷迭"
    kept = done(save_view(chen, name=" 迷迭 ", text=text, purpose=Purpose.MDM, columns=("region", "full_name")))
    assert (kept.name, kept.columns) == ("迷迭", ("full_name", "region"))
    page = done(open_view(chen, name="迷迭"))
    plain = done(people_list.find_people(chen, text=text, purpose=Purpose.MDM))
    assert [r.hcp_id for r in page.rows] == [r.hcp_id for r in plain.rows] and page.total == plain.total == 1
    assert {f.key for f in page.rows[0].fields} == {"full_name", "region"} < {f.key for f in plain.rows[0].fields}
    assert page.mark == plain.mark, "it is watched like any list"
    done(save_view(chen, name="迷迭", text="is:open", purpose=Purpose.VISIT))
    assert [(v.text, v.purpose) for v in done(list_views(chen))] == [("is:open", Purpose.VISIT)], "a name once"
    assert done(open_view(chen, name="迷迭")).total == 1


def test_views_are_their_users_own_and_sealed(desk: Desk) -> None:
    mark = "迷迭香视图"
    done(save_view(desk.sit("chen"), name=mark, text="hospital:迷迭香医院旧址", purpose=Purpose.MDM))
    assert mark not in {view.name for view in done(list_views(desk.sit("wu")))}
    with pytest.raises(InputErrors, match="unknown_view"):
        open_view(desk.sit("wu"), name=mark)
    with pytest.raises(InputErrors, match="unknown_view"):
        drop_view(desk.sit("wu"), name=mark)
    with desk.sit("wu").vault.snapshot() as snap:
        rows = snap.db.execute("SELECT owner, sealed FROM saved_view")
        assert rows and not any(mark.encode() in bytes(sealed) for _, sealed in rows)
        entries = str([entry.data for entry in snap.log.find(limit=1000)])
    assert mark not in entries and "旧址" not in entries, "the log knows the id alone"
    assert not files_with([mark, "旧址"], desk.vault)
    done(drop_view(desk.sit("chen"), name=mark))
    assert mark not in {view.name for view in done(list_views(desk.sit("chen")))}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"text": "东方既白"}, "view_holds_name"),
        ({"text": "name:东方"}, "view_holds_name"),
        ({"text": "tag:姓名=东方"}, "view_holds_name"),
        ({"text": "is:open HCP-AAAAAAAA"}, "view_holds_name"),
        ({"text": "hospital:迷迭 既白"}, "view_holds_name"),
        ({"text": "is:nonsense"}, "search_value"),
        ({"text": "nonsense:x"}, "search_term"),
        ({"name": " "}, "name_missing"),
        ({"name": "长" * 41}, "too_long"),
        ({"columns": ()}, "no_columns"),
        ({"columns": ("mobile_phone",)}, "unknown_column"),
    ],
)
def test_a_view_names_nobody_and_shows_no_other_column(desk: Desk, change: dict[str, object], code: str) -> None:
    good = {"name": "v", "text": "is:open", "purpose": Purpose.MDM, "columns": COLUMNS}
    with pytest.raises(InputErrors, match=code):
        save_view(desk.sit("chen"), **{**good, **change})  # type: ignore[arg-type]


def test_a_role_saves_only_for_purposes_it_has(desk: Desk) -> None:
    for who in ("zheng", "zhao"):
        assert no(save_view(desk.sit(who), name="v", text="", purpose=Purpose.MDM)).reason == "role_not_permitted"
