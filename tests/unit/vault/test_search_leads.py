"""A page of many people found costs what a page costs: the work of a search is counted in steps of SQLite, which are
the same on any machine."""

from dataclasses import replace

import pytest
from vault_support import NOW, World, steps

from compliance.vault import IndexRow, ListScope, SearchPage, SearchQuery, Word, plain_words
from compliance.vault.lists import list_pages

PEOPLE = 600
HOSPITALS = [f"第{a}人民医院" for a in "一二三四"]
TYPED = (Word(text="lin", typed=("lin",)),)


@pytest.fixture
def many(world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """Everybody is a Lin of a people's hospital; long lists begin early."""
    monkeypatch.setattr(list_pages, "_TRIED", 30)
    monkeypatch.setattr(list_pages, "_FEW", 30)
    monkeypatch.setattr(list_pages, "_SPREAD", 100)
    digits = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    ids = [f"HCP-{a}{b}LEAD{c}A" for c in "AB" for a in digits for b in digits]
    with world.vault.unit_of_work() as uow:
        for number, hcp_id in enumerate(ids[:PEOPLE]):
            uow.people.add(hcp_id, created_at=NOW)
            syllable = "abcdefghjklmnopqrstwxyz"[number % 23]
            uow.index.put(
                IndexRow(
                    hcp_id=hcp_id, name="林" + chr(0x4E00 + number), hospital=HOSPITALS[number % 4],
                    parts=(("lin",), (syllable + "u",)),
                )
            )  # fmt: skip
        uow.commit(world.event())
    return world


def look(world: World, query: SearchQuery) -> tuple[SearchPage, int]:
    return steps(world, lambda snap: snap.index.search(query))


def by_hand(world: World, words: tuple[Word, ...]) -> list[str]:
    """Everybody found, in order, read as one long list."""
    with world.vault.snapshot() as snap:
        found = snap.index.search(SearchQuery(words=words, at=NOW, limit=PEOPLE * 2))
    assert found.count == len(found.rows) == PEOPLE
    return [row.hcp_id for row in found.rows]


@pytest.mark.parametrize("words", [plain_words("人民"), plain_words("林"), TYPED], ids=["place", "name", "typed"])
@pytest.mark.parametrize("scope", [ListScope(), ListScope(shown=frozenset({"full_name", "institution_name"}))])
def test_a_page_of_many_found_is_not_a_look_at_all_of_them(
    many: World, words: tuple[Word, ...], scope: ListScope
) -> None:
    expected = by_hand(many, words)
    query = SearchQuery(words=words, at=NOW, limit=5, scope=scope, counted=False)
    page, some = look(many, query)
    whole, all_of_them = look(many, replace(query, counted=True))
    assert [row.hcp_id for row in page.rows] == [row.hcp_id for row in whole.rows] == expected[:5]
    assert page.total is None and page.more and whole.total == PEOPLE
    assert some * 2 < all_of_them, (some, all_of_them)


@pytest.mark.parametrize("words", [plain_words("人民"), plain_words("林"), TYPED], ids=["place", "name", "typed"])
def test_pages_of_many_found_meet(many: World, words: tuple[Word, ...]) -> None:
    expected = by_hand(many, words)
    query = SearchQuery(words=words, at=NOW, limit=47, counted=False)
    seen: list[str] = []
    page, _ = look(many, query)
    while True:
        seen += [row.hcp_id for row in page.rows]
        if not page.more:
            break
        page, _ = look(many, replace(query, after=seen[-1]))
    assert seen == expected
    back, _ = look(many, replace(query, before=expected[300]))
    assert [row.hcp_id for row in back.rows] == expected[253:300]
