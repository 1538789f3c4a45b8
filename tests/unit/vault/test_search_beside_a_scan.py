"""Searches beside a plain scan of everybody, with many hidden people who share names, initials and hospitals (REQ-044):
each way of finding a page is met, because the numbers that choose between them are small here."""

from dataclasses import dataclass, replace
from random import Random

import pytest
from vault_support import NOW, World, open_line

from compliance.errors import InputErrors
from compliance.model.audit import Kind
from compliance.model.consent import Grade
from compliance.model.ids import new_id
from compliance.model.profile import Provenance, SourceClass
from compliance.vault import COLUMNS, IndexRow, ListScope, OpenItem, SearchQuery, Word, plain_words
from compliance.vault.lists import index, list_pages, word_sql
from compliance.vault.lists.search_terms import InColumn
from compliance.vault.people.relations import Over

PEOPLE, QUESTIONS = 260, 110
SURNAMES = {"林": "lin", "李": "li", "欧": "ou", "若": "ruo", "单": "shan"}
GIVEN = {"若": "ruo", "溪": "xi", "曦": "xi", "林": "lin", "伟": "wei", "安": "an", "昂": "ang", "一": "yi", "娜": "na"}
HOSPITALS = ["华山医院", "若溪医院", "林海医院", "瑞金医院", "北京协和医院", "李安诊所", ""]
DEPARTMENTS = ["心内科", "林科", "骨科", ""]
NAME, HOSPITAL, DEPARTMENT = SEARCHED = ("full_name", "institution_name", "department")
#: Notice a consent was given under → columns it shows, None: the person is not listed.
CLASSES = {
    "V@1": frozenset(COLUMNS), "V@2": frozenset({HOSPITAL}), "V@3": frozenset[str](), "V@4": frozenset({NAME}),
    "V@5": None, "V@6": frozenset({HOSPITAL, DEPARTMENT}),
}  # fmt: skip
MIXES = [[8, 1, 1, 1, 1, 1], [1, 8, 1, 1, 1, 1], [1, 1, 1, 1, 12, 1], [1, 3, 1, 1, 3, 3]]
ASKED = [
    *(
        "林",
        "若",
        "溪",
        "若溪",
        "林若",
        "医院",
        "华山",
        "山医",
        "若溪医院",
        "科",
        "林科",
        "安",
        "单",
        "李安",
        "欧若",
        "若溪若",
    ),
    *(
        "lin",
        "l",
        "lr",
        "rx",
        "lrx",
        "ruox",
        "xi",
        "x",
        "lrxw",
        "li",
        "oux",
        "a",
        "na",
        "ang",
        "shan",
        "w",
        "y",
        "lian",
    ),
]
MIXED = [Word(text="若x", typed=("ruox",), han=("若",), inside=True), Word(text="林r", typed=("linr",), han=("林",))]


@dataclass(frozen=True, slots=True)
class Doctor:
    """What was stored, which values are of a public source, the notice of the consent, where the list puts the name."""

    values: dict[str, str]
    public: frozenset[str]
    notice: str
    parts: tuple[str, ...]
    place: tuple[str, int] = ("", 0)

    def seen(self, scope: ListScope, *, sources: bool) -> frozenset[str] | None:
        """Columns the reader is shown; None: not listed."""
        shown = scope.shown if scope.opened is None else CLASSES.get(self.notice)
        if shown is None or self.place[1] in scope.without_people:
            return None
        shown = shown & self.public if sources else shown
        shown -= {key for key, over in scope.ended.items() if self.place[1] in over.people}
        return None if scope.named_only and NAME not in shown else shown

    def fits(self, word: Word, shown: frozenset[str]) -> bool:
        if any(word.text in self.values[key] for key in shown.intersection(SEARCHED)):
            return True
        held = NAME in shown and all(part in self.values[NAME] for part in word.han)
        begins = range(len(self.parts) if word.inside else 1)
        return held and any(self._typed(text, begin) for text in word.typed for begin in begins)

    def _typed(self, text: str, at: int) -> bool:
        """Syllables or initials one after another, the last maybe begun."""
        if not text or at == len(self.parts):
            return not text
        part = self.parts[at]
        whole = text.startswith(part) and self._typed(text[len(part) :], at + 1)
        return part.startswith(text) or whole or (text[0] == part[0] and self._typed(text[1:], at + 1))


def stored(world: World, draw: Random) -> tuple[dict[str, Doctor], int]:
    """Everybody, and the number of the public source."""
    public, bought = (
        Provenance(source=s, source_class=k, source_date=NOW.date(), collector="x", grade="A", basis="", cited=True)
        for s, k in (("REG", SourceClass.PUBLIC), ("LIST", SourceClass.THIRD))
    )
    mix, people = draw.choice(MIXES), dict[str, Doctor]()
    with world.vault.unit_of_work() as uow:
        for _ in range(PEOPLE):
            hcp_id, surname = new_id("HCP", 8), draw.choice(list(SURNAMES))
            given = draw.choices(list(GIVEN), k=draw.choice([1, 1, 2, 2, 3]))
            parts = (SURNAMES[surname], *map(GIVEN.__getitem__, given))
            values = {
                NAME: surname + "".join(given),
                HOSPITAL: draw.choice(HOSPITALS),
                DEPARTMENT: draw.choice(DEPARTMENTS),
            }
            own = frozenset(key for key in SEARCHED if draw.random() < 0.6)
            origins = {COLUMNS[key]: public if key in own else bought for key in SEARCHED}
            uow.people.add(hcp_id, created_at=NOW)
            uow.index.put(
                IndexRow(
                    hcp_id=hcp_id, name=values[NAME], hospital=values[HOSPITAL], department=values[DEPARTMENT],
                    parts=tuple((part,) for part in parts), origins=origins,
                )
            )  # fmt: skip
            notice = draw.choices([*CLASSES], mix)[0] if draw.random() < 0.95 else ""
            if notice:
                uow.consents.set_state(hcp_id, replace(open_line("visit"), notice=notice))
            people[hcp_id] = Doctor(values, own, notice, parts)
        known = uow.provenances.number(public)
        uow.commit(world.event(Kind.CONSENT_RECORDED))
    rows = world.vault.db.execute("SELECT hcp_id, sort, hcp FROM people JOIN idx.person USING (hcp)")
    return {hcp_id: replace(people[hcp_id], place=(sort, hcp)) for hcp_id, sort, hcp in rows}, known


@pytest.mark.req("REQ-044")
@pytest.mark.parametrize("seed", range(4))
def test_pages_totals_and_order_are_those_of_a_scan(world: World, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    draw = Random(seed)
    for name, sizes in (("_TRIED", [31, 40]), ("_FEW", [40, 60, 150]), ("_SPREAD", [3, 20, 60]), ("_STEP", [1, 6]),
                        ("_BESIDE", [1, 4]), ("MOST_ON_PAGE", [30])):  # fmt: skip
        monkeypatch.setattr(list_pages, name, draw.choice(sizes))
    monkeypatch.setattr(index, "MOST_ON_PAGE", 30)
    monkeypatch.setattr(word_sql, "_FEW", draw.choice([1, 2, 250]))
    people, known = stored(world, draw)
    numbers = [doctor.place[1] for doctor in people.values()]
    item = OpenItem(
        item="visit",
        grades=frozenset(Grade),
        notices={k: v for k, v in CLASSES.items() if k != "V@6"},
        other=CLASSES["V@6"],
    )
    scopes = [
        ListScope(), ListScope(shown=frozenset(COLUMNS) - {NAME}), ListScope(opened=(item,)),
        ListScope(opened=(item,), named_only=True),
    ]  # fmt: skip
    for _ in range(QUESTIONS):
        sources = draw.random() < 0.3
        scope = replace(draw.choice(scopes), sources=dict.fromkeys(COLUMNS, frozenset({known})) if sources else {})
        if draw.random() < 0.3:
            over = Over(people=frozenset(draw.sample(numbers, PEOPLE // 4)))
            scope = replace(scope, ended=dict.fromkeys(draw.sample(SEARCHED, 2), over))
        if draw.random() < 0.2:
            scope = replace(scope, without_people=frozenset(draw.sample(numbers, PEOPLE // 5)))
        words = [*plain_words(" ".join(draw.sample(ASKED, draw.choice([0, 1, 1, 1, 2, 2, 3]))))]
        words += [draw.choice(MIXED)] if draw.random() < 0.15 else []
        column, text, negated = draw.choice(SEARCHED), draw.choice(["林", "若溪", "医院"]), draw.random() < 0.5
        terms = (InColumn(key=column, text=text, negated=negated),) if draw.random() < 0.25 else ()
        listed = {
            hcp_id: shown
            for hcp_id, doctor in people.items()
            if (shown := doctor.seen(scope, sources=sources)) is not None
            and all(doctor.fits(word, shown) for word in words)
            and (not terms or (column in shown and text in doctor.values[column]) != negated)
        }
        order = sorted(listed, key=lambda h: (0, *people[h].place) if NAME in listed[h] else (1, h, 0))
        asked = SearchQuery(
            words=tuple(words),
            terms=terms,
            at=NOW,
            scope=scope,
            limit=draw.choice([1, 3, 7, 20, 30]),
            counted=draw.random() < 0.5,
        )
        compare(world, people, listed, order, asked, draw)


def compare(
    world: World,
    people: dict[str, Doctor],
    listed: dict[str, frozenset[str]],
    order: list[str],
    asked: SearchQuery,
    draw: Random,
) -> None:
    trials = [(asked, 0), (replace(asked, limit=400), 0)]
    if order:
        at = draw.randrange(len(order))
        trials += [(replace(asked, after=order[at]), at + 1), (replace(asked, offset=at), at)]
        trials.append((replace(asked, before=order[at]), max(0, at - asked.limit)))
    for query, begin in trials:
        with world.vault.snapshot() as snap:
            page = snap.index.search(query)
        end = order.index(query.before) if query.before else begin + query.limit
        assert [row.hcp_id for row in page.rows] == order[begin:end], query
        assert page.more == (begin > 0 if query.before else end < len(order)), query
        counted = query.counted or query.offset or query.limit > 30 or len(order) < list_pages._TRIED
        assert page.total == (len(order) if counted else None), query
        for row in page.rows:
            values, shown = people[row.hcp_id].values, listed[row.hcp_id]
            assert (row.name, row.hospital, row.department) == tuple(values[k] if k in shown else "" for k in SEARCHED)
    hidden = sorted(people.keys() - listed.keys())
    if hidden:  # a place that is not the reader's is no place, whoever stands there
        with world.vault.snapshot() as snap, pytest.raises(InputErrors, match="place_not_listed"):
            snap.index.search(replace(asked, after=draw.choice(hidden)))
