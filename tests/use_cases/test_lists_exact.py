"""What a list finds, sorts and counts is what the decision shows, person by person: no more and no less (REQ-044).

The other reading is the slow one: everybody is walked alone, and a question is put to what each walk shows.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
from list_world import NAMES, PINYIN, PLACES, UNITS, fill
from support import NOW, Desk

from compliance.errors import InputErrors
from compliance.model.access import AccessGranted, BeforeProof, FieldState, Purpose, Role
from compliance.model.audit import Kind
from compliance.model.consent import PurposeStop, StopKind
from compliance.model.inspection import HoldGround, InspectionHold
from compliance.model.retention import Extension
from compliance.use_cases.consent.standing import refresh
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seeing.listing import scope
from compliance.use_cases.seeing.walk import walk
from compliance.vault import COLUMNS, MergeCase, SearchQuery, SearchRow, UnitOfWork
from compliance.vault.lists import list_pages

SEED = 20261126
TEXTS = ("", "赵", "若溪", PLACES[0], UNITS[1], "医院", "科", f"{NAMES[3]} {PLACES[1]}", "zh", "li", "x")
READERS = [
    ("chen", None, tuple(Purpose)),
    ("wu", None, (Purpose.MDM,)),
    ("qian", None, (Purpose.SPEAKER,)),
    ("chen", "liming", (Purpose.ASK, Purpose.VISIT, Purpose.DIGITAL, Purpose.EVENT)),
    ("chen", "mei", (Purpose.ASK, Purpose.EVENT, Purpose.MEDICAL)),
]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    staff = {"zhao": Role.DPO, "chen": Role.COMPLIANCE, "wu": Role.CLERK, "qian": Role.FINANCE}
    desk = Desk.create(tmp_path_factory.mktemp("lists"), staff=staff)
    fill(desk, people=60, seed=SEED)
    yield desk
    desk.rise()


def slow(
    session: Session, uow: UnitOfWork, ids: list[str], purpose: Purpose, rep: str | None
) -> dict[str, dict[str, str]]:
    """id → what the walk shows in clear, of everybody it shows."""
    found = {}
    for hcp_id in ids:
        look = walk(session, uow, hcp_id=hcp_id, purpose=purpose, at=session.now(), as_rep=rep)
        if isinstance(look.decision, AccessGranted):
            fields = {key: look.shown[key] for key in COLUMNS}
            found[hcp_id] = {
                key: f.value for key, f in fields.items() if f.value is not None and f.state is FieldState.DISCLOSED
            }
    if purpose is Purpose.ASK:  # a card without a name is no card
        return {hcp_id: values for hcp_id, values in found.items() if "full_name" in values}
    return found


def matches(values: dict[str, str], text: str) -> bool:
    return all(
        any(_in(values, key, word) for key in ("full_name", "institution_name", "department")) for word in text.split()
    )


def _in(values: dict[str, str], key: str, word: str) -> bool:
    value = values.get(key, "")
    spoken = PINYIN[NAMES.index(value[0])] if key == "full_name" and value else ""
    return word in value or (word.isascii() and spoken.startswith(word))


def read(uow: UnitOfWork, query: SearchQuery, way: int, ids: list[str]) -> tuple[list[SearchRow], int]:
    """The whole answer: at once, as a long list, walked as one of very many, or page by page."""
    with pytest.MonkeyPatch.context() as patch:
        if way in (2, 3):
            patch.setattr(list_pages, "_TRIED", 3)
            patch.setattr(list_pages, "_FEW", 3)
            patch.setattr(list_pages, "_SPREAD", 3 if way == 2 else 9)
            patch.setattr(list_pages, "_BESIDE", way - 1)
        if way >= 3:
            return paged(uow, query, ids)
        page = uow.index.search(replace(query, limit=501) if way == 1 else query)
        assert not page.more
        return list(page.rows), page.count


def paged(uow: UnitOfWork, query: SearchQuery, ids: list[str], size: int = 17) -> tuple[list[SearchRow], int]:
    """By keys forwards, and the same backwards and from any offset; nobody outside the answer is a place in it."""
    first = page = uow.index.search(replace(query, limit=size))
    rows = list(page.rows)
    while page.more:
        page = uow.index.search(replace(query, limit=size, after=rows[-1].hcp_id, counted=False))
        rows += page.rows
    back = rows[-1:]
    while rows and len(back) < len(rows):
        page = uow.index.search(replace(query, limit=size, before=back[0].hcp_id))
        back = [*page.rows, *back]
        assert page.more == (len(back) < len(rows))
    assert back == rows
    for offset in range(2, len(rows), 29):
        assert list(uow.index.search(replace(query, limit=size, offset=offset)).rows) == rows[offset : offset + size]
    for stranger in sorted(set(ids) - {row.hcp_id for row in rows})[:1]:
        with pytest.raises(InputErrors, match="place_not_listed"):
            uow.index.search(replace(query, limit=size, after=stranger))
    return rows, first.count


def compare(desk: Desk, *only: Purpose) -> int:
    """Every reader, purpose (or ``only`` these) and question, in turn by each way a list is read; how many rows were
    compared."""
    rows, turn = 0, count()
    for who, rep, purposes in READERS:
        session = desk.sit(who)
        with session.vault.unit_of_work() as uow:
            ids = sorted(uow.people.ids())
            role = uow.reps.get(rep).role if rep else session.role  # type: ignore[union-attr]
            for purpose in purposes if not only else sorted(set(purposes) & set(only)):
                expected = slow(session, uow, ids, purpose, rep)
                seen = scope(session, uow, purpose=purpose, role=role, at=session.now(), rep=rep)
                for text in TEXTS:
                    where = (who, rep, purpose, text, SEED)
                    wanted = {hcp_id: values for hcp_id, values in expected.items() if matches(values, text)}
                    if seen is None:
                        assert not wanted, where
                        continue
                    query = SearchQuery(text=text, at=session.now(), limit=500, scope=seen)
                    listed, total = read(uow, query, next(turn) % 5, ids)
                    got = {
                        row.hcp_id: {key: cell for key, column in COLUMNS.items() if (cell := getattr(row, column))}
                        for row in listed
                    }
                    assert total == len(got) == len(listed), where
                    assert set(got) == set(wanted), where
                    for hcp_id, cells in got.items():
                        shown = dict(wanted[hcp_id])
                        if "region" not in cells:
                            shown.pop("region", None)  # a rep's region is a city: not read from a list
                        assert cells == shown, (*where, hcp_id)
                    rows += len(got)
                    order = [row.hcp_id for row in listed if row.name]
                    hidden = [row.hcp_id for row in listed if not row.name]
                    assert [row.hcp_id for row in listed] == order + hidden and hidden == sorted(hidden), where
    return rows


@pytest.mark.req("REQ-044")
def test_a_list_shows_what_the_decision_shows(desk: Desk) -> None:
    assert compare(desk) > 700


@pytest.mark.req("REQ-044")
def test_the_same_in_a_transition_and_when_nothing_is_shown_before_proof(desk: Desk) -> None:
    session = desk.sit("zhao")
    for choice, until in (
        (BeforeProof.TRANSITION, NOW + timedelta(days=9)),
        (BeforeProof.TRANSITION, NOW),
        (BeforeProof.NOTHING, None),
    ):
        with session.vault.unit_of_work() as uow:
            uow.settings.set("before_proof", str(choice))
            uow.settings.set("before_proof_until", until.isoformat() if until else "")
            uow.commit(session.event(Kind.SETTING_CHANGED, at=NOW))
        assert compare(desk, Purpose.ASK, Purpose.VISIT)


@pytest.mark.req("REQ-044")
def test_the_same_when_a_purpose_is_paused_for_everybody(desk: Desk) -> None:
    session = desk.sit("zhao")
    with session.vault.unit_of_work() as uow:
        uow.settings.set("before_proof", str(BeforeProof.CARD))
        for number, (what, kind) in enumerate(
            (("visit", StopKind.PAUSED), ("event", StopKind.ENDED), ("digital/sms", StopKind.PAUSED))
        ):
            uow.stops.add(
                PurposeStop(
                    stop_id=f"S-{number}", scope=what, kind=kind, acts_from=NOW, recorded_at=NOW, recorded_by="zhao",
                    reason="x",
                )
            )  # fmt: skip
        uow.commit(session.event(Kind.SETTING_CHANGED, at=NOW))
    assert compare(desk, Purpose.ASK, Purpose.VISIT, Purpose.EVENT, Purpose.DIGITAL)


@pytest.mark.req("REQ-044")
def test_a_hold_set_and_lifted_at_another_seat_acts_at_the_next_read(desk: Desk) -> None:
    session = desk.sit("zhao")
    with session.vault.unit_of_work() as uow:
        uow.settings.set("before_proof", str(BeforeProof.CARD))
        held = tuple(uow.people.ids()[::3])
        hold = InspectionHold(
            hold_id="H-1", authority="x", reason="x", people=held, starts_at=NOW, ends_at=NOW + timedelta(days=9),
            set_by="zhao", set_at=NOW, ground=HoldGround.STATUTE, approver="zhao",
        )  # fmt: skip
        uow.holds.put(hold)
        uow.commit(session.event(Kind.SETTING_CHANGED, at=NOW))
    few = compare(desk, Purpose.ASK, Purpose.MDM)
    with session.vault.unit_of_work() as uow:
        uow.holds.put(replace(hold, lifted_at=NOW, lifted_by="chen", lift_reason="x"))
        uow.commit(session.event(Kind.SETTING_CHANGED, at=NOW))
    assert 0 < few < compare(desk, Purpose.ASK, Purpose.MDM)


@pytest.mark.req("REQ-044")
def test_a_record_merged_at_another_seat_is_in_no_list_until_it_is_taken_apart(desk: Desk) -> None:
    session, before = desk.sit("zhao"), compare(desk, Purpose.MDM)
    with session.vault.unit_of_work() as uow:
        kept, gone = [row.hcp_id for row in uow.index.search(SearchQuery(at=NOW, limit=2)).rows]
        case = MergeCase(
            case_id="M-1", kept=kept, gone=gone, merged_at=NOW, merged_by="zhao", added_blocks=frozenset()
        )  # fmt: skip
        uow.merges.add(case)
        refresh(session, uow, kept, at=NOW)
        uow.commit(session.event(Kind.PEOPLE_MERGED, at=NOW))
    compare(desk, Purpose.MDM, Purpose.VISIT)
    with session.vault.unit_of_work() as uow:
        assert gone not in {row.hcp_id for row in uow.index.search(SearchQuery(at=NOW, limit=500)).rows}
        uow.merges.undo(case.case_id, NOW)
        for hcp_id in (kept, gone):
            refresh(session, uow, hcp_id, at=NOW)
        uow.commit(session.event(Kind.PEOPLE_UNMERGED, at=NOW))
    assert compare(desk, Purpose.MDM) == before


@pytest.mark.req("REQ-091")
@pytest.mark.parametrize("days", [30, 31, 90, 91, 500, 1090, 1100, 1400, 2000])
def test_the_same_when_values_reach_their_end(desk: Desk, days: int) -> None:
    """People recorded on one day whose consents end on many: by relation, by quarantine, by never having had one."""
    before = desk.at
    session = desk.sit("zhao")
    with session.vault.unit_of_work() as uow:
        uow.settings.set("before_proof", str(BeforeProof.CARD))
        first = uow.people.ids()[0]
        if not uow.retention.extended(first, desk.at):
            until = (NOW + timedelta(days=1095)).date()
            uow.retention.extend(
                Extension(
                    extension_id=f"EX-{days}",
                    hcp_id=first,
                    rule="held",
                    until=until,
                    reason="x",
                    set_at=NOW,
                    set_by="zhao",
                )
            )
            uow.retention.extend(
                Extension(
                    extension_id=f"EY-{days}", hcp_id=first, rule="identity", until=until, reason="x", set_at=NOW,
                    set_by="zhao",
                )
            )  # fmt: skip
        uow.commit(session.event(Kind.SETTING_CHANGED, at=NOW))
    desk.at = NOW + timedelta(days=days)
    try:
        rows = compare(desk, Purpose.ASK, Purpose.VISIT, Purpose.MDM, Purpose.RIGHTS, Purpose.AUDIT, Purpose.SPEAKER)
        assert rows or days > 31
    finally:
        desk.at = before
