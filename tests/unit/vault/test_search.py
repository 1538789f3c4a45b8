"""Search: one character, rare surnames, readings; hidden values change nothing (REQ-044)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from vault_support import NOW, World, open_line

from compliance.errors import VaultError
from compliance.model.access import Block, RecordStatus, Role, Section
from compliance.model.audit import Kind
from compliance.model.consent import Grade
from compliance.model.profile import Provenance, SourceClass
from compliance.model.register import Rep
from compliance.vault import COLUMNS, IndexRow, ListScope, OpenItem, SearchQuery

UNNAMED = frozenset(COLUMNS) - {"full_name"}

PEOPLE = {
    "HCP-AAAAAAAA": ("欧阳若溪", "北京协和医院", "心血管内科", "ou yang ruo xi"),
    "HCP-BBBBBBBB": ("𬭊伟", "上海交通大学医学院附属瑞金医院", "内分泌科", "du wei"),
    "HCP-CCCCCCCC": ("䶮明", "IVF中心（Ａ区）", "生殖科", "yan ming"),
    "HCP-DDDDDDDD": ("单雄", "华山医院", "骨科", "shan,dan,chan xiong"),
    "HCP-EEEEEEEE": ("阿卜杜·热合曼", "喀什地区第一人民医院", "儿科", "a bu du re he man"),
    "HCP-FFFFFFFF": ("吕女", "协和江北医院", "骨科", "lv,lu,lyu nv,nu,nyu"),
}

ALIASES = {"华山医院": ("复旦大学附属华山医院",)}


def parts(spoken: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(part.split(",")) for part in spoken.split(" "))


@pytest.fixture
def filled(world: World) -> World:
    with world.vault.unit_of_work() as uow:
        for hcp_id, (name, hospital, department, spoken) in PEOPLE.items():
            uow.people.add(hcp_id, created_at=NOW)
            uow.index.put(
                IndexRow(
                    hcp_id=hcp_id, name=name, hospital=hospital, department=department, parts=parts(spoken),
                    aliases=ALIASES.get(hospital, ()),
                    identifiers=(("licence", "3101 0000 0000 " + hcp_id[-3:]), ("phone", "138-0013-8000")),
                )
            )  # fmt: skip
        uow.commit(world.event())
    return world


def origin(source: str, kind: SourceClass) -> Provenance:
    return Provenance(
        source=source, source_class=kind, source_date=NOW.date(), collector="x", grade="A", basis="", cited=True
    )


def found(world: World, text: str = "", **more: object) -> set[str]:
    with world.vault.snapshot() as snap:
        page = snap.index.search(SearchQuery(text=text, at=NOW, scope=ListScope(**more)))  # type: ignore[arg-type]
    assert page.total == len(page.rows)
    return {row.hcp_id[-1] for row in page.rows}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "ABCDEF"), ("溪", "A"), ("若溪", "A"), ("欧阳", "A"), ("𬭊", "B"), ("䶮", "C"), ("䶮明", "C"),
        ("单", "D"), ("协和", "AF"), ("瑞金", "B"), ("内科", "A"), ("医学院附属", "B"), ("北京协和医院", "A"),
        ("ouyang", "A"), ("OuYang Ruo Xi", "A"), ("oyr", "A"), ("dan", "D"), ("chanx", "D"),
        ("shanxiong", "D"), ("ivf", "C"), ("A区", "C"), ("lvnv", "F"), ("lv", "F"), ("阿卜杜·热", "E"),
        ("协和 若", "A"), ("骨科 华山", "D"), ("溪若", ""),
        ("ruoxi ouyang", "A"), ("ruoxi", ""), ("xi ou", "A"), ("xi dan", "D"), ("复旦", "D"), ("医院复旦", ""),
        ("歐陽", "A"), ("單", "D"), ("協和", "AF"), ("兒科", "E"), ("协医", ""), ("yang", ""), ("不存在", ""),
        ('"', ""), ("' OR 1=1 --", ""), ("name:x*", ""), ("NEAR(a b)", ""), ("%", ""),
    ],
)  # fmt: skip
def test_finds(filled: World, text: str, expected: str) -> None:
    assert found(filled, text) == set(expected)


@pytest.mark.req("REQ-044")
def test_hidden_names_change_no_result_order_or_count(filled: World) -> None:
    for text in ("欧阳", "若", "ouyang", "oyrx", "𬭊", "单", "lv"):
        assert found(filled, text, shown=UNNAMED) == set(), text
    assert found(filled, "协和", shown=UNNAMED) == set("AF")
    with filled.vault.snapshot() as snap:
        page = snap.index.search(SearchQuery(text="", at=NOW, scope=ListScope(shown=UNNAMED)))
    assert [row.hcp_id for row in page.rows] == sorted(PEOPLE), "not in the order of names"
    assert all(row.name == "" and row.hospital for row in page.rows)


def opened(*items: str, grades: frozenset[Grade] = frozenset(Grade)) -> tuple[OpenItem, ...]:
    return tuple(OpenItem(item=item, grades=grades, notices={}, other=frozenset(COLUMNS)) for item in items)


@pytest.mark.req("REQ-044")
def test_a_value_whose_source_hides_it_is_as_if_it_were_not_there(filled: World) -> None:
    """Name from a public register, hospital bought: where only public values show, the hospital finds nobody."""
    public, bought = origin("REG", SourceClass.PUBLIC), origin("LIST", SourceClass.THIRD)
    with filled.vault.unit_of_work() as uow:
        for hcp_id, name, origins in (
            ("HCP-AAAAAAAA", "欧阳若溪", {"name": public, "hospital": bought}),
            ("HCP-BBBBBBBB", "杜伟", {"name": bought, "hospital": public}),
        ):
            uow.index.put(IndexRow(hcp_id=hcp_id, name=name, hospital="云中医院", parts=(("aaa",),), origins=origins))
        known = uow.provenances.number(public)
        uow.commit(filled.event(Kind.PERSON_AMENDED))
    only = {"sources": dict.fromkeys(COLUMNS, frozenset({known}))}
    assert found(filled, "云中") == set("AB")
    assert found(filled, "云中", **only) == {"B"}
    assert found(filled, "欧阳", **only) == {"A"} and found(filled, "杜", **only) == set()
    assert found(filled, **only) == set("ABCDEF"), "the people themselves are listed"
    assert found(filled, named_only=True, **only) == {"A"}
    with filled.vault.snapshot() as snap:
        asked = SearchQuery(at=NOW, scope=ListScope(**only))  # type: ignore[arg-type]
        rows = snap.index.search(asked).rows
        whole = snap.index.search(replace(asked, limit=len(PEOPLE) + 1_000))
    assert [(row.name, row.hospital) for row in rows] == [("欧阳若溪", ""), ("", "云中医院"), *[("", "")] * 4]
    assert [row.hcp_id for row in rows[1:]] == sorted(PEOPLE)[1:], "hidden names stand by id"
    assert (whole.rows, whole.total, whole.more) == (rows, len(PEOPLE), False), "the same, read at once"


@pytest.mark.req("REQ-044")
@pytest.mark.parametrize("shown", [frozenset(COLUMNS), UNNAMED, frozenset()])
def test_a_list_read_at_once_is_its_pages_one_behind_the_other(filled: World, shown: frozenset[str]) -> None:
    """Also where one notice names the hospital alone, and another the name and the department."""
    notices = {"V@1": frozenset({"institution_name"}), "V@2": frozenset({"full_name", "department"})}
    with filled.vault.unit_of_work() as uow:
        for place, hcp_id in enumerate(sorted(PEOPLE)):
            uow.consents.set_state(hcp_id, replace(open_line("visit"), notice=f"V@{1 + place % 3}"))
        uow.commit(filled.event(Kind.CONSENT_RECORDED))
    item = OpenItem(item="visit", grades=frozenset(Grade), notices=notices, other=shown)
    for scope in (ListScope(shown=shown), ListScope(opened=(item,))):
        asked = SearchQuery(at=NOW, limit=2, scope=scope)
        with filled.vault.snapshot() as snap:
            page = snap.index.search(asked)
            rows = list(page.rows)
            while page.more:
                page = snap.index.search(replace(asked, after=rows[-1].hcp_id))
                rows += page.rows
            whole = snap.index.search(replace(asked, limit=len(PEOPLE)))
            at_once = snap.index.search(replace(asked, limit=1_000))
        assert list(whole.rows) == list(at_once.rows) == rows
        assert at_once.total == len(PEOPLE) and not at_once.more


def test_filters(filled: World) -> None:
    with filled.vault.unit_of_work() as uow:
        uow.consents.set_state("HCP-AAAAAAAA", open_line("visit"))
        uow.consents.set_state("HCP-BBBBBBBB", open_line("visit", NOW))  # ended this very instant
        uow.consents.set_state("HCP-CCCCCCCC", open_line("digital/wecom", NOW + timedelta(seconds=1)))
        uow.people.set_blocks("HCP-DDDDDDDD", {Block.OBJECTION})
        uow.people.set_status("HCP-EEEEEEEE", RecordStatus.ERASED)
        uow.reps.put(Rep(name="赵", role=Role.REP, employee_no="7"))
        uow.assignments.assign("HCP-AAAAAAAA", "赵", NOW)
        uow.commit(filled.event(Kind.CONSENT_RECORDED))
    assert found(filled) == set("ABCDF")
    assert found(filled, opened=opened("visit")) == {"A"}
    assert found(filled, opened=opened("visit", "digital/wecom")) == set("AC")
    assert found(filled, opened=opened("visit", "never/named")) == {"A"}
    assert found(filled, opened=()) == found(filled, opened=opened("visit", grades=frozenset())) == set()
    assert found(filled, without_blocks=frozenset({Block.OBJECTION, Block.FROZEN})) == set("ABCF")
    assert found(filled, assigned_to="赵") == {"A"}
    assert found(filled, assigned_to="钱") == set()


def test_pages_follow_each_other_in_order_of_reading(filled: World) -> None:
    names = []
    for offset in range(0, 6, 2):
        with filled.vault.snapshot() as snap:
            page = snap.index.search(SearchQuery(at=NOW, limit=2, offset=offset))
        assert page.total == 6
        names += [row.name for row in page.rows]
    assert names == ["阿卜杜·热合曼", "𬭊伟", "吕女", "欧阳若溪", "单雄", "䶮明"]


def test_identifiers_are_found_by_tag_only(filled: World) -> None:
    with filled.vault.snapshot() as snap:
        assert snap.index.find("licence", "31010000 0000AAA") == ["HCP-AAAAAAAA"]
        assert snap.index.find("source_id", "310100000000AAA") == []
        assert snap.index.find_many("phone", ["13800138000", "1"]) == {"13800138000": sorted(PEOPLE)}
    tags = filled.vault.db.execute("SELECT tag FROM idx.blind")
    assert all(0 <= tag < 1 << 60 for (tag,) in tags)


def test_replacing_and_removing_leave_no_old_words(filled: World) -> None:
    with filled.vault.unit_of_work() as uow:
        uow.index.put(IndexRow(hcp_id="HCP-AAAAAAAA", name="林岚", hospital="华西医院", parts=(("lin",), ("lan",))))
        uow.commit(filled.event(Kind.PERSON_AMENDED, "HCP-AAAAAAAA"))
    assert found(filled, "欧阳") == found(filled, "ouyang") == set()
    assert found(filled, "林") == found(filled, "华西") == {"A"}


def test_a_stale_index_is_noticed_and_rebuilt(world: World) -> None:
    hcp = world.person()
    world.close()
    old = (world.path / "index.db").read_bytes()
    world.open()
    world.person("HCP-BBBBBBBB", name="司马")
    world.close()
    (world.path / "index.db").write_bytes(old)
    vault = world.open()
    assert vault.index_stale
    assert not vault.restricted, "the index is derived"

    def make(hcp_id: str, values: dict) -> IndexRow:  # type: ignore[type-arg]
        return IndexRow(hcp_id=hcp_id, name=values[Section.DIRECTORY]["full_name"].value)

    world.person("HCP-CCCCCCCC", name="司马")
    world.close()
    assert world.open().index_stale, "a later change makes no old index whole"
    vault = world.vault
    assert vault.rebuild_index(make, NOW) == 3
    assert not vault.index_stale
    assert found(world, "司马") == {"B", "C"} and found(world, "欧阳") == {hcp[-1]}
    assert {no for (no,) in vault.db.execute("SELECT no FROM idx.place")} >= {0, 1, 2, 3}, "people without a place"
    with vault.snapshot() as snap:
        page, at_once = (snap.index.search(SearchQuery(at=NOW, limit=limit, scope=ListScope())) for limit in (3, 1_000))
    assert page.rows == at_once.rows
    world.close()
    assert not world.open().index_stale


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ("DELETE FROM idx.person WHERE hcp = 1", "missing"),
        ("INSERT INTO idx.person SELECT 77, name, usual, sort, rarer, 0, 1, 2, 3, near, 1, 1, 1, 1, 1 FROM idx.person"
         " WHERE hcp = 1", "unknown"),
        ("INSERT INTO idx.grams (rowid, t) VALUES (9, 'p')", "tokens"),
        ("INSERT INTO idx.grams (grams, rowid, t) VALUES ('delete', 1, 'p')", "tokens"),
        ("DELETE FROM idx.blind WHERE hcp = 1", "tags"),
    ],
)  # fmt: skip
def test_a_full_check_compares_the_index_with_the_people(world: World, change: str, what: str) -> None:
    hcp_id = world.person()
    with world.vault.unit_of_work() as uow:
        uow.index.put(
            IndexRow(hcp_id=hcp_id, name="欧阳若溪", identifiers=(("phone", "1"), ("phone", "1"), ("licence", "2")))
        )
        uow.commit(world.event(Kind.PERSON_AMENDED))
    assert world.vault.check(full=True).ok
    with world.vault.unit_of_work() as uow:
        uow.db.execute(change)
        uow.commit(world.event(Kind.PERSON_AMENDED))
    report = world.vault.check(full=True)
    assert [(p.code, p.detail, p.harmless) for p in report.problems] == [("search_index_differs", what, True)]
    assert not world.vault.restricted, "the index is derived"


def test_roles_without_the_index_key_cannot_search(world: World) -> None:
    with world.vault.unit_of_work() as uow:
        world.vault.add_user(uow, "王审", Role.AUDITOR, "another long one", NOW)
        uow.commit()
    world.close()
    vault = world.open("王审", "another long one")
    with pytest.raises(VaultError, match="no_key"), vault.snapshot() as snap:
        snap.index.search(SearchQuery(at=NOW))
