"""Search against a plain scan: names at random, rare characters, Latin letters, dots and blanks; and nothing is left of
whoever was renamed or taken out."""

import random
from collections.abc import Iterator

import pytest
from vault_support import NOW, World, make_world

from compliance.importing.readings import readings
from compliance.model.audit import Kind
from compliance.model.spelling import ways_from_later, ways_of_typing
from compliance.use_cases.seeing.search_words import _words
from compliance.vault import IndexRow, SearchQuery, Word
from compliance.vault.lists.index_rows import usual_form

SURNAMES = ["王", "李", "单", "仇", "曾", "解", "吕", "歐陽", "欧阳", "司马", "𬭊", "䶮", "㛃", "重", "区", "朴", "安"]
GIVEN = "小明若溪晓鸣單雄𫖯䶮乐行长重曾女绿安恩阿卜杜热曼一峯峰"
OTHERS = [
    "John Smith", "O'Brien, Anna", "阿卜杜·热合曼", "买买提·吐尔逊江", "李Tom", "Ｌi Na", "张 三", "J. R. Müller",
    "Łukasz Żuk",
    "Wang Xiaoming", "x", "???", "王-小明", "Li2", "阿依古丽·买买提·江", "安安安安", "An An", "ÅSE", '"王"', "n'ts",
]  # fmt: skip
PLACES = [
    ("北京协和医院", ()),
    ("華山醫院", ("复旦大学附属华山医院",)),
    ("IVF中心（Ａ区）", ()),
    ("", ()),
    ("Smith Clinic", ()),
]
UNITS = ["心内科", "兒科", "", "ICU-2", "华山区"]


class Store:
    """A world and what is in its index, plainly."""

    def __init__(self, world: World, dice: random.Random) -> None:
        self.world, self.dice = world, dice
        self.rows: dict[str, IndexRow] = {}

    def name(self) -> str:
        if self.dice.random() < 0.2:
            return self.dice.choice(OTHERS)
        return self.dice.choice(SURNAMES) + "".join(self.dice.choices(GIVEN, k=self.dice.randint(0, 3)))

    def write(self, ids: list[str], *, new: bool) -> None:
        with self.world.vault.unit_of_work() as uow:
            for hcp_id in ids:
                if new:
                    uow.people.add(hcp_id, created_at=NOW)
                name, (hospital, aliases) = self.name(), self.dice.choice(PLACES)
                identifiers = (("licence", f"31{self.dice.randrange(9)}"), ("phone", hcp_id))
                row = self.rows[hcp_id] = IndexRow(
                    hcp_id=hcp_id, name=name, hospital=hospital, aliases=aliases, department=self.dice.choice(UNITS),
                    parts=readings(name).parts, identifiers=identifiers,
                )  # fmt: skip
                uow.index.put(row)
            uow.commit(self.world.event())

    def remove(self, ids: list[str]) -> None:
        with self.world.vault.unit_of_work() as uow:
            for hcp_id in ids:
                uow.index.remove(uow.number(hcp_id))
                del self.rows[hcp_id]
            uow.commit(self.world.event(Kind.PERSON_AMENDED))

    def search(self, words: tuple[Word, ...]) -> set[str]:
        with self.world.vault.snapshot() as snap:
            page = snap.index.search(SearchQuery(words=words, at=NOW, limit=1000))
        assert page.total == len(page.rows)
        return {row.hcp_id for row in page.rows}

    def question(self) -> str:
        if not self.rows:
            return "王"
        words = []
        for _ in range(self.dice.choice((1, 1, 2))):
            row = self.dice.choice(list(self.rows.values()))
            text = self.dice.choice(
                (row.name, row.name, row.hospital, row.department, self.typed(row), self.typed(row))
            )
            begin = self.dice.randrange(max(1, len(text)))
            words.append(text[begin : begin + self.dice.randint(1, 9)] if self.dice.random() < 0.7 else text)
        return " ".join(words)

    def typed(self, row: IndexRow) -> str:
        """Each part whole, cut to its initial, or as it is written."""
        parts = [self.dice.choice((*part, part[0][0])) for part in row.parts]
        mixed = self.dice.random() < 0.2 and len(parts) == len(row.name)
        if not mixed:
            return "".join(parts)
        return "".join(map(self.dice.choice, zip(parts, row.name, strict=True)))


def scanned(rows: dict[str, IndexRow], words: tuple[Word, ...]) -> set[str]:
    return {hcp_id for hcp_id, row in rows.items() if all(answers(row, word) for word in words)}


def answers(row: IndexRow, word: Word) -> bool:
    phrase, name = usual_form(word.text), usual_form(row.name)
    if any(phrase in usual_form(text) for text in (row.name, row.hospital, *row.aliases, row.department)):
        return True
    if not all(usual_form(part) in name for part in word.han):
        return False
    return any(spoken(row, text, inside=word.inside) for text in word.typed)


def spoken(row: IndexRow, text: str, *, inside: bool) -> bool:
    if (
        len(row.parts) > 4
        or not any(char > "\u2e80" for char in row.name)
        or any(c.isascii() and c.isalnum() for c in row.name)
    ):
        ways = [*ways_of_typing(row.parts), *(ways_from_later(row.parts) if inside else ())]
        if any(way.startswith(text) for way in ways):
            return True
        if len(row.parts) > 4:
            return False
    begins = range(len(row.parts)) if inside else (0,)
    return any(fits(text, row.parts[begin:]) for begin in begins)


def fits(text: str, parts: tuple[tuple[str, ...], ...]) -> bool:
    if not text or not parts:
        return not text
    return any(
        reading.startswith(text)
        or (text.startswith(reading) and fits(text[len(reading) :], parts[1:]))
        or (text[0] == reading[0] and fits(text[1:], parts[1:]))
        for reading in parts[0]
    )


@pytest.fixture
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    world = make_world(tmp_path_factory.mktemp("scan"))
    yield Store(world, random.Random(20261126))
    world.vault.abandon()


def test_search_finds_what_a_scan_finds_and_keeps_nothing_of_who_is_gone(store: Store) -> None:
    ids = [f"HCP-AAAAAA{a}{b}" for a in "ABCDEFGH" for b in "ABCDEFGHIJ"]
    asked = 0
    for step in range(6):
        if step == 0:
            store.write(ids, new=True)
        elif step < 4:
            store.write(store.dice.sample(list(store.rows), 25), new=False)
            store.remove(store.dice.sample(list(store.rows), 12))
        else:
            store.remove(list(store.rows)[: len(store.rows) // 2 if step == 4 else None])
        for text in {store.question() for _ in range(25)}:
            words = tuple(_words(text.split()))
            if not words:
                continue
            expected = scanned(store.rows, words)
            assert store.search(words) == expected, text
            asked += bool(expected)
    assert asked > 40 and not store.rows
    db = store.world.vault.db
    for table, left in {"person": 0, "blind": 0, "place": 4}.items():
        assert db.value(f"SELECT count(*) FROM idx.{table}") == left, table
    for table in ("grams", "place_grams"):
        blocks = b"".join(bytes(block) for (block,) in db.execute(f"SELECT block FROM idx.{table}_data"))
        terms = b"".join(bytes(term) for (term,) in db.execute(f"SELECT term FROM idx.{table}_idx"))
        for text in ("王", "欧", "阳", "𬭊", "溪", "协", "华", "wang", "smith", "科"):
            assert text.encode() not in blocks + terms, (table, text)
