"""The day beside each person that tells since when no relation stands: always what consents and bases say, and never
more than a question to the row, at any seat, day and rule set (REQ-091)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from list_world import ITEMS, fill
from rule_folders import rule_folder
from support import NOW, STAFF, Desk, done, invent

from compliance.clock import day_start
from compliance.model.access import Block, Purpose, RecordStatus, Role
from compliance.model.audit import Kind
from compliance.model.basis import BasisRecord
from compliance.model.consent import ConsentEvent, EventKind, Grade, Method, PurposeStop, StopKind
from compliance.model.retention import Extension, RecordKind, StartEvent
from compliance.policy.policy_set import PolicySet
from compliance.policy.retention import cutoffs
from compliance.progress import NoProgress
from compliance.use_cases.bases import bases
from compliance.use_cases.consent import rebuilding, withdrawing
from compliance.use_cases.consent.standing import refresh
from compliance.use_cases.ending import erasure
from compliance.use_cases.ending.ended_people import ended_people
from compliance.use_cases.imports import import_undo
from compliance.use_cases.people import merging
from compliance.use_cases.rules import company_rules
from compliance.use_cases.seat import session as sessions
from compliance.use_cases.seat.facts import retention_facts
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seeing import profiles
from compliance.use_cases.signing import two_person
from compliance.vault import MergeCase, UnitOfWork
from compliance.vault.arrivals.portions import Portion
from compliance.vault.engine.columns import NOTHING, Maybe

WORDS = (
    EventKind.GIVEN, EventKind.GIVEN, EventKind.REFUSED, EventKind.WITHDRAWN, EventKind.IMPORTED_YES,
    EventKind.IMPORTED_NO, EventKind.SUSPENDED, EventKind.REVOKED, EventKind.PRESENTED,
)  # fmt: skip
LOOKS = (0, 31, 91, 200, 1090, 1200, 2200)

#: The world of this module, where hypothesis need not write it out.
WORLDS: list[Desk] = []

# in one transaction


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    desk = Desk.create(tmp_path_factory.mktemp("related"), staff={"zhao": Role.DPO, "chen": Role.COMPLIANCE})
    fill(desk, people=14, seed=7)
    WORLDS.append(desk)
    yield desk
    desk.rise()


def policies(session: Session) -> list[PolicySet]:
    """The shipped rules; a company's shorter ones; one that counts some purposes alone; without a rule of records that
    never had a basis."""
    shipped = session.policy

    def changed(key: str, **more: object) -> PolicySet:
        rules = {**shipped.retention.rules, key: replace(shipped.retention.rules[key], **more)}  # type: ignore[arg-type]
        return replace(shipped, retention=replace(shipped.retention, rules=rules), retention_memo={})

    kinds = {k: v for k, v in shipped.retention.of_record.items() if k is not RecordKind.HELD_PERSON}
    return [
        shipped,
        changed("identity", terms=shipped.retention.rules["contact"].terms),
        changed("identity", purposes=frozenset({Purpose.VISIT, Purpose.EVENT})),
        replace(shipped, retention=replace(shipped.retention, of_record=kinds), retention_memo={}),
    ]


def by_person(policy: PolicySet, uow: UnitOfWork, at: datetime) -> dict[str, set[int]]:
    """The same, decided one by one (policy/retention.py)."""
    found: dict[str, set[int]] = {key: set() for key in policy.retention.of_field.values()}
    for hcp_id in uow.people.ids():
        person = uow.people.get(hcp_id)
        assert person is not None
        if person.status is RecordStatus.ERASED:
            continue
        facts = retention_facts(uow, person=person, lines=uow.consents.states(hcp_id).values(), at=at)
        for key in cutoffs(policy, facts, at).ended:
            found[key].add(person.hcp)
    return found


def agree(session: Session, uow: UnitOfWork, ahead: int) -> None:
    """Every rule under every rule set, some days ahead of the desk."""
    at = session.now() + timedelta(days=ahead)
    for policy in policies(session):
        found = ended_people(policy, uow, at=at)
        for key, people in by_person(policy, uow, at).items():
            assert found.get(key, frozenset()) == people, (key, ahead)
    assert uow.relations.differing() == 0


STEP = st.tuples(
    st.sampled_from(("word", "word", "word", "basis", "end", "merge", "unmerge", "erase", "block", "put_off", "stop")),
    st.integers(0, 13),
    st.integers(0, len(ITEMS) - 1),
    st.integers(0, len(WORDS) - 1),
    st.sampled_from((1, 20, 100, 400, 1150, 1300)),
)


class Story:
    """Steps one after the other, in a transaction that is never committed."""

    def __init__(self, session: Session, uow: UnitOfWork) -> None:
        self.session, self.uow, self.ids = session, uow, sorted(uow.people.ids())
        self.cases: list[MergeCase] = []
        self.made = 0

    def take(self, act: str, person: int, item: int, word: int, days: int) -> None:
        hcp_id, then = self.ids[person], NOW - timedelta(days=days)
        if self.uow.people.get(hcp_id) is None:
            return  # merged, or erased
        self.made += 1
        getattr(self, f"_{act}")(hcp_id, ITEMS[item], WORDS[word], then)

    def _word(self, hcp_id: str, item: str, word: EventKind, then: datetime) -> None:
        event = ConsentEvent(
            event_id=f"EV-S{self.made}", hcp_id=hcp_id, item=item, kind=word, method=Method.PAPER, recorded_at=then,
            recorded_by="wu", acted_at=then, presented_at=then, received_at=then,
        )  # fmt: skip
        if word is EventKind.GIVEN:
            event = replace(
                event, notice="CK-VISIT@1.0", evidence_id="E", evidence_sha256="0" * 64, grade=Grade.E1,
                identity_check="in_person", place_of_original="x", page_count=1,
            )  # fmt: skip
        self.uow.consents.add(event)
        if word is EventKind.GIVEN and self.made % 3:
            accepted = ConsentEvent(
                event_id=f"EV-T{self.made}", hcp_id=hcp_id, item=item, kind=EventKind.CHECK_ACCEPTED,
                method=Method.STAFF, recorded_at=then, recorded_by="chen", target=event.event_id,
            )  # fmt: skip
            self.uow.consents.add(accepted)
        refresh(self.session, self.uow, hcp_id, at=NOW)

    def _basis(self, hcp_id: str, _item: str, word: EventKind, then: datetime) -> None:
        ahead = {EventKind.GIVEN: None, EventKind.REFUSED: timedelta(days=-3)}.get(word, timedelta(days=90))
        self.uow.bases.add(
            BasisRecord(
                basis_id=f"B-S{self.made}", hcp_id=hcp_id, purpose=Purpose.EVENT, basis="contract", reference="C",
                recorded_at=then + timedelta(seconds=self.made), recorded_by="chen",
                valid_until=None if ahead is None else NOW + ahead,
            )
        )  # fmt: skip

    def _end(self, hcp_id: str, _item: str, _word: EventKind, then: datetime) -> None:
        for row in self.uow.bases.of(hcp_id)[:1]:
            self.uow.bases.end(replace(row, ended_at=max(then, row.recorded_at), ended_by="chen", end_reason="x"))

    def _merge(self, hcp_id: str, _item: str, _word: EventKind, _then: datetime) -> None:
        there = [other for other in self.ids if other != hcp_id and self.uow.people.get(other) is not None]
        if len(there) < 2 or any(case.kept == there[0] or case.kept == hcp_id for case in self.cases):
            return
        case = MergeCase(
            case_id=f"M-{self.made}", kept=hcp_id, gone=there[0], merged_at=NOW, merged_by="zhao",
            added_blocks=frozenset(),
        )  # fmt: skip
        self.uow.merges.add(case)
        self.cases.append(case)
        refresh(self.session, self.uow, hcp_id, at=NOW)

    def _unmerge(self, _hcp_id: str, _item: str, _word: EventKind, _then: datetime) -> None:
        if self.cases:
            case = self.cases.pop()
            self.uow.merges.undo(case.case_id, NOW)
            for hcp_id in (case.kept, case.gone):
                refresh(self.session, self.uow, hcp_id, at=NOW)

    def _erase(self, hcp_id: str, _item: str, _word: EventKind, _then: datetime) -> None:
        if len(self.ids) > 9 and not any(hcp_id in (case.kept, case.gone) for case in self.cases):
            self.uow.consents.forget_states(hcp_id)
            self.uow.people.set_status(hcp_id, RecordStatus.ERASED)
            self.ids.remove(hcp_id)
            self.ids.append(self.ids[0])

    def _block(self, hcp_id: str, _item: str, _word: EventKind, _then: datetime) -> None:
        self.uow.people.set_blocks(hcp_id, {Block.OBJECTION} if self.made % 2 else set())

    def _put_off(self, hcp_id: str, item: str, _word: EventKind, then: datetime) -> None:
        rule = ("identity", "contact", "held")[len(item) % 3]
        self.uow.retention.extend(
            Extension(
                extension_id=f"EX-{self.made}", hcp_id=hcp_id, rule=rule, reason="x", set_at=then, set_by="zhao",
                until=(NOW + (NOW - then)).date(),
            )
        )  # fmt: skip

    def _stop(self, _hcp_id: str, item: str, word: EventKind, then: datetime) -> None:
        kind = {EventKind.GIVEN: StopKind.ENDED, EventKind.REFUSED: StopKind.PAUSED}.get(word, StopKind.ENDED)
        stop = PurposeStop(
            stop_id=f"S-{self.made}", scope=item, kind=kind, acts_from=then, recorded_at=then, recorded_by="zhao",
            reason="x",
        )  # fmt: skip
        self.uow.stops.add(stop)


@pytest.mark.req("REQ-091")
@pytest.mark.usefixtures("world")
@settings(max_examples=25, deadline=None)
@given(steps=st.lists(STEP, min_size=1, max_size=14), ahead=st.sampled_from(LOOKS))
def test_whatever_happens_the_day_says_what_consents_and_bases_say(
    steps: list[tuple[str, int, int, int, int]], ahead: int
) -> None:
    session = WORLDS[-1].sit("chen")
    with session.vault.unit_of_work() as uow:
        story = Story(session, uow)
        for step in steps:
            story.take(*step)
        agree(session, uow, ahead)


def test_a_basis_of_a_clock_that_was_ahead_is_not_known_yet(world: Desk) -> None:
    """Whoever has one is sought by the rows; once its instant has come the day tells."""
    session = world.sit("chen")
    with session.vault.unit_of_work() as uow:
        for n, hcp_id in enumerate(sorted(uow.people.ids())[:6]):
            uow.consents.forget_states(hcp_id)
            uow.bases.add(
                BasisRecord(
                    basis_id=f"B-A{n}", hcp_id=hcp_id, purpose=Purpose.EVENT, basis="contract", reference="C",
                    recorded_at=NOW + timedelta(days=150 * n, hours=1), recorded_by="chen",
                    valid_until=NOW + timedelta(days=160 * n + 5),
                )
            )  # fmt: skip
        for ahead in (*LOOKS, 300, 460, 700):
            agree(session, uow, ahead)


@pytest.mark.parametrize("status", ["given", "renewed", "expired", "refused", "suspended", "unproven", "no_answer"])
@pytest.mark.parametrize("at", [NOW, day_start(date(2026, 3, 1)), datetime(1969, 12, 30, 3, tzinfo=UTC), None])
def test_an_import_counts_the_day_as_the_rows_do(world: Desk, status: str, at: datetime | None) -> None:
    from compliance.vault.engine.times import micros

    session = world.sit("chen")
    since = None if at is None else micros(at)
    with session.vault.unit_of_work() as uow:
        (hcp_id, *_) = uow.people.ids()
        number = uow.number(hcp_id)
        for row in uow.bases.of(hcp_id):
            uow.db.execute("DELETE FROM basis WHERE hcp = ? AND recorded_at = ?", (number, micros(row.recorded_at)))
        uow.consents.forget_states(hcp_id)
        uow.db.execute(
            "INSERT INTO consent_state VALUES (1, ?, ?, ?, 'X', ?, NULL, 'E4', NULL, NULL, 1)",
            (number, status, since, since),
        )
        uow.settle_relations()
        kept = uow.db.value("SELECT last_related FROM people WHERE hcp = ?", (number,))
        portion = Portion(1, 0, 0, hcp=[1, 2, 3], state_of=[2, 3], state_shape=[0, 1], state_event=["", ""])
        portion.state_shapes = {0: (1, status, since, "X", None, "E4", 1), 1: (1, "unproven", None, "X", None, "E4", 1)}
        portion.state_since = [NOTHING if since is None else since] * 2
        brought = portion._people().get("last_related")
        found = list(brought) if isinstance(brought, Maybe) else [None] * 3
        if status in ("given", "renewed", "expired"):  # worked out from the rows, once they are there
            assert portion.with_ends() == [2]
        else:
            assert portion.with_ends() == [] and found == [None, kept, None]


# through the doors, at several seats


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk.create(tmp_path / "d", staff={k: STAFF[k] for k in ("zhao", "chen", "sun", "wu")})
    made.bring([replace(d, consent=("否", "是", "", "否")[n % 4]) for n, d in enumerate(invent(12))])
    yield made
    for session in (made.sit("zhao"), made.sit("chen")):
        with session.vault.snapshot() as snap:
            assert snap.relations.differing() == 0
    assert made.sit("zhao").vault.check(full=True).ok
    made.rise()


def days(desk: Desk) -> dict[str, int | None]:
    with desk.sit("sun").vault.snapshot() as snap:
        return dict(snap.db.execute("SELECT hcp_id, last_related FROM shown ORDER BY hcp"))


def listed(desk: Desk, who: str = "chen") -> set[str]:
    """Whose name can be read."""
    page = done(profiles.find_people(desk.sit(who), text="", purpose=Purpose.MDM, limit=100))
    return {row.hcp_id for row in page.rows if any(f.key == "full_name" and f.value for f in row.fields)}


@pytest.mark.req("REQ-091")
def test_each_act_moves_the_day_with_its_own_commit_and_every_seat_reads_it(desk: Desk) -> None:
    began = days(desk)
    no_word = [hcp for hcp, day in began.items() if day is None]
    assert len(no_word) == 6 and set(began.values()) - {None} == {(date(2025, 5, 1) - date(1970, 1, 1)).days}
    given, based, merged, other, erased, *_ = no_word
    desk.consent(given)
    assert (days(desk)[given] or 0) > (date(2028, 11, 1) - date(1970, 1, 1)).days
    now = desk.wait(hours=1).isoformat()
    done(withdrawing.withdraw_consent(desk.sit("wu"), hcp_id=given, items=None, received_at=now, channel="phone"))
    assert days(desk)[given] == (desk.at.date() - date(1970, 1, 1)).days
    asked = bases.BasisRequest(hcp_id=based, purpose=Purpose.EVENT, basis="contract", reference="C-1")
    row = done(bases.record_basis(desk.sit("chen"), request=replace(asked, support=_support(based))))
    assert (days(desk)[based] or 0) > 2_000_000
    desk.wait(days=2)
    done(bases.end_basis(desk.sit("chen"), basis_id=row.basis_id, reason="over"))
    assert days(desk)[based] == (desk.at.date() - date(1970, 1, 1)).days
    desk.consent(other)
    asked_merge = done(merging.merge_people(desk.sit("chen"), kept=merged, gone=other))
    desk.wait(hours=1)
    case = done(two_person.approve(desk.sit("sun"), request_id=asked_merge.request_id)).result["case"]
    desk.wait(hours=1)
    with_both = days(desk)
    assert other not in with_both and (with_both[merged] or 0) > 21_000
    apart = done(merging.unmerge_people(desk.sit("chen"), case_id=str(case)))
    desk.wait(hours=1)
    done(two_person.approve(desk.sit("sun"), request_id=apart.request_id))
    assert days(desk)[merged] is None and (days(desk)[other] or 0) > 21_000
    request = done(erasure.request_erasure(desk.sit("zhao"), hcp_id=erased, reason="PIPL47-1"))
    desk.wait(hours=1)
    done(two_person.approve(desk.sit("sun"), request_id=request.request_id))
    assert days(desk)[erased] is None


def _support(hcp_id: str) -> bases.BasisSupport:
    return bases.BasisSupport(contract="C-1", parties=(hcp_id,), reasons=(("full_name", "x"),))


@pytest.mark.req("REQ-091")
def test_an_import_taken_back_leaves_no_day_and_changes_nobody_elses(desk: Desk) -> None:
    before = days(desk)
    report = desk.bring(
        [replace(d, consent="否") for d in invent(5, first=500, seed=5)], name="next.csv"
    )  # staged people have their day before anybody sees them
    assert len(days(desk)) == 17
    done(import_undo.undo_import(desk.sit("chen"), batch=report.batch))
    assert days(desk) == before


@pytest.mark.req("REQ-091")
def test_an_end_by_the_clock_alone_acts_at_its_instant_and_writes_no_row(desk: Desk) -> None:
    said_no = {hcp for hcp, day in days(desk).items() if day is not None}
    rows = days(desk)
    desk.at = day_start(date(2028, 5, 2)) - timedelta(microseconds=1)  # 36 months of 2025-05-01, the last day
    assert listed(desk) >= said_no
    desk.at += timedelta(microseconds=1)
    assert not listed(desk) & said_no
    assert days(desk) == rows


@pytest.mark.req("REQ-091")
def test_a_company_rule_that_shortens_a_period_acts_from_its_instant_at_every_seat(desk: Desk, tmp_path: Path) -> None:
    said_no = {hcp for hcp, day in days(desk).items() if day is not None}
    folder = rule_folder(tmp_path / "set", ("policy/retention.toml", "months = 36", "months = 12"))
    begins = desk.at + timedelta(days=3)
    answer = done(company_rules.activate_rules(desk.sit("zhao"), folder=folder, begins=begins))
    if hasattr(answer, "request_id"):
        done(two_person.approve(desk.sit("chen"), request_id=answer.request_id))
    assert listed(desk) >= said_no
    desk.at = begins - timedelta(microseconds=1)
    assert listed(desk) >= said_no
    desk.at = begins
    for who in ("chen", "sun"):
        assert not listed(desk, who) & said_no


@pytest.mark.req("REQ-091", "REQ-101")
def test_a_day_that_somebody_moved_is_found_and_made_anew(desk: Desk) -> None:
    chen = desk.sit("chen")
    with chen.vault.unit_of_work() as uow:
        uow.db.execute("UPDATE people SET last_related = last_related + 900 WHERE last_related IS NOT NULL")
        uow.commit(chen.event(Kind.STATES_REBUILT, at=desk.at))
    look = desk.fresh("zhao")  # a finding bars all change until the store is opened anew
    problems = look.vault.check(full=True).problems
    sessions.close_session(look)
    assert [(p.code, p.detail, p.mendable) for p in problems] == [("index_differs", "people.last_related", True)]
    for mend, differing in ((False, 6), (True, 6), (False, 0)):
        found = done(rebuilding.rebuild_states(chen, mend=mend, progress=NoProgress()))
        assert (found.differing, found.mended) == (differing, mend)


def test_the_rules_that_count_from_a_relation_are_those_of_the_lists() -> None:
    """What the day serves: a list whose fields counted some purposes alone would be sought person by person."""
    from compliance.policy.list_rule import LIST_FIELDS

    rules = sessions.shipped_policy().retention
    used = {rules.of_field[key] for key in LIST_FIELDS}
    assert all(rules.rules[k].event is StartEvent.RELATION_END and not rules.rules[k].purposes for k in used)
