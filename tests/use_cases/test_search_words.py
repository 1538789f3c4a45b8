"""The search box: as names are typed, states as words, and nothing a reader could not see anyway (REQ-044).

The other reading is a plain scan: every way of typing a name is spelled out syllable by syllable, and every question is
put to every person.
"""

from collections.abc import Iterator
from datetime import timedelta
from itertools import product

import pytest
from support import Desk, Doctor, done, no

from compliance.errors import InputErrors
from compliance.importing.readings import character_readings
from compliance.model.access import Purpose, Role
from compliance.model.audit import Kind
from compliance.use_cases.consent import recording
from compliance.use_cases.evidence import evidence
from compliance.use_cases.people import amendments
from compliance.use_cases.seat.session import close_session
from compliance.use_cases.seeing import people_list
from compliance.use_cases.seeing.search_words import read_search
from compliance.use_cases.upkeep import integrity

#: name → its syllables as a person would type them, every usual reading.
NAMES = {
    "王小明": ("wang", "xiao", "ming"),
    "王晓明": ("wang", "xiao", "ming"),
    "王曉鳴": ("wang", "xiao", "ming"),
    "汪小敏": ("wang", "xiao", "min"),
    "明小王": ("ming", "xiao", "wang"),
    "单田芳": ("shan|dan|chan", "tian", "fang"),
    "曾仇": ("zeng|ceng", "chou|qiu"),
    "解晓东": ("xie|jie", "xiao", "dong"),
    "欧阳若溪": ("ou", "yang", "ruo", "xi"),
    "吕布": ("lv|lu|lyu", "bu"),
    "李娜": ("li", "na"),
    "丽丽": ("li", "li"),
    "峯": ("feng",),
    "𬭊伟": ("du", "wei"),
}
PLACES = ("四川大学华西医院", "上海交通大学医学院附属瑞金医院", "中山醫院", "北京协和医院")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    staff = {"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK}
    desk = Desk.create(tmp_path_factory.mktemp("search"), staff=staff)
    people = [
        Doctor(number=f"S{n}", name=name, hospital=PLACES[n % len(PLACES)], phone=f"139{n:08}", title="主治医师")
        for n, name in enumerate(NAMES)
    ]
    desk.bring(people)
    yield desk
    desk.rise()


def count(desk: Desk, text: str) -> int:
    """For the audit nobody is named, and nobody is closed by a block."""
    return done(people_list.find_people(desk.sit("chen"), text=text, purpose=Purpose.AUDIT)).total


def names(desk: Desk, text: str) -> set[str]:
    page = done(people_list.find_people(desk.sit("chen"), text=text, purpose=Purpose.MDM, limit=100))
    assert page.total == len(page.rows)
    return {next(f.value for f in row.fields if f.key == "full_name") or "" for row in page.rows}


def spelled(name: str) -> set[str]:
    """Every beginning of every way to type a name from its first syllable."""
    ways = [part.split("|") for part in NAMES[name]]
    cut = [[*part, *(one[0] for one in part)] for part in ways]
    whole = {"".join(combo) for combo in product(*cut[:-1], ways[-1])}
    return {word[:end] for word in whole for end in range(1, len(word) + 1)}


ASKED = (
    "wangxiaoming", "wxm", "wangxm", "wangxiaom", "wxiaoming", "wxming", "wxiaom", "wang", "w", "xm", "dantf", "ctianf",
    "shantianfang", "zengq", "cengchou", "zc", "cq", "jied", "xxd", "ouyangrx", "oyrx", "oyruo", "lubu", "lvb", "lyubu",
    "lb", "ln", "lina", "ll", "wm", "wangming", "feng", "wei", "zzz", "WXM", "Ｗxm",
)  # fmt: skip


@pytest.mark.parametrize("text", ASKED)
def test_letters_find_what_is_typed_and_nothing_else(desk: Desk, text: str) -> None:
    plain = text.replace("Ｗ", "w").lower()
    expected = {name for name in NAMES if plain in spelled(name)}
    found = names(desk, text)
    assert expected <= found, expected - found
    # rarer readings of a character may find more, never another name
    for name in found - expected:
        assert all(character_readings(c) for c in name), name
        assert plain[0] in {one[0] for one in character_readings(name[0])}, (text, name)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("王xm", {"王小明", "王晓明", "王曉鳴"}),
        ("王小m", {"王小明"}),
        ("w小明", {"王小明"}),
        ("wang小明", {"王小明"}),
        ("小ming", {"王小明"}),
        ("小m", {"王小明", "汪小敏"}),
        ("王zz", set()),
        ("xiaoming wang", {"王小明", "王晓明", "王曉鳴"}),
        ("小明 王", {"王小明"}),
        ("王晓鸣", {"王曉鳴"}),
        ("王曉明", {"王晓明"}),
        ("峰", {"峯"}),
        ("單", {"单田芳"}),
        ("华西", {n for i, n in enumerate(NAMES) if i % 4 == 0}),
        ("中山医院", {n for i, n in enumerate(NAMES) if i % 4 == 2}),
        ("瑞金医院 wxm", {"王晓明"}),
        ('"王小明"', {"王小明"}),
        ('"王 小明"', {"王小明"}),
        ("hospital:瑞金 w", {"王晓明"}),
        ("医院：瑞金 -name:王晓明", {n for i, n in enumerate(NAMES) if i % 4 == 1} - {"王晓明"}),
        ('hospital:"华西 医院" name:王', {"王小明", "明小王"}),
        ("title:主治", set(NAMES)),
        ("-title:主治", set()),
        ("地区:北京 姓名:李", {"李娜"}),
        ("Ｈospital：协和", {n for i, n in enumerate(NAMES) if i % 4 == 3}),
        ("tag:主治", set(NAMES)),
        ("-tag:主治", set()),
        ("标签:心血管 王", {"王小明", "王晓明", "王曉鳴", "明小王"}),
        ("tag:北京", set(NAMES)),
        ("tag:瑞金", set()),
        ("tag:hospital=瑞金 wxm", {"王晓明"}),
        ('tag:professional_title="主治 医师" 李', set()),
        ("tag:职称=主治 李", {"李娜"}),
        ("tag:Department=心血管 李", {"李娜"}),
    ],
)
def test_characters_words_and_columns(desk: Desk, text: str, expected: set[str]) -> None:
    assert names(desk, text) == expected


def test_a_person_s_id_is_found_as_such_and_says_nothing_of_the_hidden(desk: Desk) -> None:
    hcp = desk.id_of("李娜")
    assert names(desk, hcp) == names(desk, hcp.lower()) == names(desk, f"{hcp} 李") == {"李娜"}
    assert names(desk, f"{hcp} 王") == names(desk, f'"{hcp}"') == names(desk, "HCP-AAAAAAAA") == set()


def test_states_are_words(desk: Desk) -> None:
    li, wang = desk.id_of("李娜"), desk.id_of("王小明")
    desk.consent(li)
    done(recording.record_consent(desk.sit("wu"), request=desk.act(wang)))
    desk.assign(li)
    everybody = set(NAMES)
    for text, expected in {
        "consent:visit=given": {"李娜"},
        "同意：visit＝已同意": {"李娜"},
        "consent:visit=pending": {"王小明"},
        "is:pending": {"王小明"},
        "consent:visit": {"李娜", "王小明"},
        "consent:visit=none": everybody - {"李娜", "王小明"},
        "-consent:visit=none": {"李娜", "王小明"},
        "is:open": {"李娜"},
        "is:expiring": set(),
        "-is:open wang": {"王小明", "王晓明", "王曉鳴", "汪小敏"},
        "is:frozen": set(),
        "-is:frozen name:单": {"单田芳"},
        "rep:liming": {"李娜"},
        "-rep:liming hospital:协和": {n for i, n in enumerate(NAMES) if i % 4 == 3} - {"李娜"},
        "border:never-left": everybody,
        "出境:blocked": set(),
        "seen-by:nobody": set(),
    }.items():
        seen = names(desk, text)
        assert seen == expected, text
    assert "李娜" in names(desk, "seen-by:wu") or "王小明" in names(desk, "seen-by:wu")
    with desk.sit("chen").vault.snapshot() as snap:
        ends = next(line.valid_until for line in snap.consents.states(li).values() if line.item == "visit")
    assert ends is not None
    done(amendments.freeze_person(desk.sit("chen"), hcp_id=desk.id_of("单田芳")))
    assert count(desk, "is:frozen") == 1
    assert count(desk, "-is:frozen") == len(NAMES) - 1
    assert names(desk, "单") == set(), "the purpose closes on the block"
    then, desk.at = desk.at, ends - timedelta(days=29)
    try:
        assert names(desk, "is:expiring") == names(desk, "consent:visit=expiring") == {"李娜"}
        desk.at = ends - timedelta(days=31)
        assert names(desk, "is:expiring") == set()
        desk.at = ends
        assert names(desk, "is:expiring") == names(desk, "is:open") == set()
        assert names(desk, "is:expired") == {"李娜"}
    finally:
        desk.at = then


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("geheim:瑞金", "search_term"),
        ("hosptal:瑞金", "search_term"),
        ("is:soon", "search_value"),
        ("consent:vist=given", "search_value"),
        ("consent:visit=yes", "search_value"),
        ("hospital:", "search_empty"),
        ("tag:", "search_empty"),
        ("tag:title=", "search_empty"),
        ("tag:therapeutic_areas=肿瘤", "search_sealed"),
        ("tag:mobile_phone=139", "search_sealed"),
        ("tag:geheim=x", "search_value"),
        ('name:""', "search_empty"),
        ("x " * 21, "search_too_long"),
        ("x" * 501, "search_too_long"),
    ],
)
def test_what_is_no_question_is_said_and_never_repeated(desk: Desk, text: str, code: str) -> None:
    with pytest.raises(InputErrors) as caught:
        names(desk, text)
    assert [fault.code for fault in caught.value.faults] == [code]
    assert "瑞金" not in str(caught.value) and "geheim" not in str(caught.value)


def test_a_near_word_is_offered(desk: Desk) -> None:
    with pytest.raises(InputErrors) as caught:
        names(desk, "hosptal:瑞金")
    assert caught.value.faults[0].nearest == "hospital"


@pytest.mark.req("REQ-044")
@pytest.mark.parametrize("text", ["is:open", "consent:visit=refused", "rep:hanmei", "border:sent", "seen-by:wu"])
def test_whoever_looks_as_a_rep_does_asks_for_no_state(desk: Desk, text: str) -> None:
    with pytest.raises(InputErrors) as caught:
        people_list.find_people(desk.sit("chen"), text=text, purpose=Purpose.VISIT, as_rep="liming")
    assert caught.value.faults[0].code == "search_not_yours"
    page = people_list.find_people(desk.sit("chen"), text="hospital:瑞金", purpose=Purpose.VISIT, as_rep="liming")
    assert done(page).total == 0


@pytest.mark.req("REQ-044")
@pytest.mark.parametrize("text", ["is:open", "-is:frozen", "consent:visit=refused", "rep:hanmei", "border:sent"])
def test_whoever_may_not_read_consent_cannot_search_by_it(desk: Desk, text: str) -> None:
    policy = desk.sit("chen").policy
    with pytest.raises(InputErrors) as caught:
        read_search(text, policy=policy, role=Role.FINANCE, at=desk.at)
    assert caught.value.faults[0].code == "search_not_yours"
    assert read_search(text, policy=policy, role=Role.CLERK, at=desk.at).terms
    assert read_search("hospital:瑞金", policy=policy, role=Role.FINANCE, at=desk.at).terms


@pytest.mark.req("REQ-044")
def test_a_rep_s_hidden_people_answer_like_nobody(desk: Desk) -> None:
    """Nobody but 李娜 has a consent for visits: any word about the others finds the rep nobody."""
    hidden = [name for name in NAMES if name != "李娜"]
    for name in hidden:
        first = name[0]
        for text in (name, first, f"name:{first}", f"-name:{first}"):
            page = done(people_list.find_people(desk.sit("chen"), text=text, purpose=Purpose.VISIT, as_rep="liming"))
            assert page.total == (1 if text.startswith("-") and page.total else 0), text


def test_the_log_is_asked_by_its_readers_alone_and_broken_letters_break_nothing(desk: Desk) -> None:
    with pytest.raises(InputErrors) as caught:
        people_list.find_people(desk.sit("wu"), text="seen-by:chen", purpose=Purpose.MDM)
    assert caught.value.faults[0].code == "search_not_yours"
    done(people_list.find_people(desk.sit("chen"), text="seen-by:chen", purpose=Purpose.MDM))
    for text in ("name:\ud800", "-region:\udcff", "rep:\ud800", "seen-by:\udcfe", "\udc80王"):
        assert done(people_list.find_people(desk.sit("chen"), text=text, purpose=Purpose.MDM)).total >= 0


def test_an_index_that_lacks_somebody_is_found_and_made_anew_now_or_at_the_next_unlock(desk: Desk) -> None:
    chen, feng = desk.sit("chen"), desk.id_of("峯")
    assert names(desk, "峯") == {"峯"}

    def lose() -> None:
        with chen.vault.unit_of_work() as uow:
            uow.db.execute("DELETE FROM idx.person WHERE hcp = ?", (uow.number(feng),))
            uow.commit(chen.event(Kind.LIST_SHOWN, at=desk.at))

    lose()
    page = done(people_list.find_people(chen, text="峯", purpose=Purpose.MDM))
    assert page.rows == ()
    report = done(evidence.check_vault(chen, full=True))
    assert [problem.code for problem in report.problems] == ["search_index_differs"] and not chen.restricted
    assert done(integrity.integrity_state(chen)).index_doubted
    assert no(integrity.reindex(desk.sit("wu"))).reason == "role_not_allowed"
    assert done(integrity.reindex(chen)).people == len(NAMES)
    assert names(desk, "峯") == {"峯"} and not done(integrity.integrity_state(chen)).index_doubted
    assert done(evidence.check_vault(chen, full=True)).ok
    lose()
    assert not done(evidence.check_vault(chen, full=True)).ok
    close_session(desk.fresh("chen"))
    assert names(desk, "峯") == {"峯"} and done(evidence.check_vault(chen, full=True)).ok
