"""A preview of changed retention periods counts what a count person by person does: values, people, readers, papers
(issue 4, point 7; REQ-090, REQ-091)."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import list_world
import pytest
from cli_desk import in_process
from rule_folders import NO_PHONE, RETENTION, period, rule_folder
from support import NOW, PASS, STAFF, Desk, done, invent

from compliance.clock import shanghai_day
from compliance.importing.rule_files import read_rule_folder
from compliance.model.access import (
    FIELD_ROLES,
    AccessFacts,
    AccessGranted,
    FieldState,
    Purpose,
    RecordStatus,
    Role,
    Section,
)
from compliance.model.audit import Kind
from compliance.model.inspection import HoldGround, InspectionHold
from compliance.model.profile import FieldValue, Provenance, ShownField, SourceClass, ValueStatus
from compliance.model.register import PaperState
from compliance.model.retention import Extension, RecordKind
from compliance.policy.access import decide_access
from compliance.policy.company import read_company_set
from compliance.policy.policy_set import PolicySet
from compliance.policy.retention import cutoffs, past_its_end
from compliance.policy.values import apply_ruling
from compliance.progress import NoProgress
from compliance.use_cases.consent.standing import refresh
from compliance.use_cases.evidence import evidence
from compliance.use_cases.field import bundles, sheets
from compliance.use_cases.people.sources import Settling
from compliance.use_cases.rules import company_rules
from compliance.use_cases.rules.policy_counts import Effects
from compliance.use_cases.seat.facts import access_facts
from compliance.use_cases.seeing import profiles
from compliance.vault import MergeCase, UnitOfWork

SHORTER = (
    period("identity", "months = 12"), period("held", "days = 20"), period("quarantined", "days = 10"),
    period("contact", "days = 40"), period("profile", "days = 1"), period("behaviour", "days = 10"),
    period("visit_notes", "days = 9"), period("tags", "days = 30"), period("fees", "months = 1"),
)  # fmt: skip
LONGER = (
    period("identity", "months = 60"), period("held", "days = 500"), period("quarantined", "days = 400"),
    period("contact", "days = 3000"), period("behaviour", "months = 25"), period("tracking", "days = 200"),
    period("tags", "months = 20"),
)  # fmt: skip
#: Nobody reads any more what is over, also to answer the person.
SHUT = (RETENTION, 'roles = ["dpo"]', "roles = []")
KEYS = (
    "full_name", "department", "professional_title", "region", "mobile_phone", "work_email", "content_topics",
    "channel_optout", "open_enquiry", "key_messages_delivered", "last_visit_note", "interactions_90d",
    "external_activity", "activity_score", "next_best_channel", "next_best_time", "fee_paid_ytd", "fmv_tier",
)  # fmt: skip
Count = Counter[tuple[str, ...]]


class World:
    """A desk, and every value it holds in the clear."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.values = desk, dict[str, dict[str, FieldValue]]()
        dice = random.Random(20261127)
        session = desk.sit("zhao")
        desk.rep("liming", "R1")
        desk.bring(invent(8))
        for hcp_id in self._ids():
            desk.consent(hcp_id)
            desk.assign(hcp_id)
        list_world.fill(desk, people=4, seed=11)
        with session.vault.unit_of_work() as uow:
            for hcp_id in uow.people.ids():
                self._values(session.policy, uow, hcp_id, dice)
            new = [f"HCP-P{n:03}2222" for n in range(110)]
            new = [one.translate(str.maketrans("0189", "ABCD")) for one in new]
            for n, hcp_id in enumerate(new):
                created = NOW - timedelta(days=dice.choice((3, 15, 19, 20, 21, 60, 95, 400, 1200)), hours=n % 24)
                items = list_world.ITEMS if n % 3 else ()  # some never had a consent, a few of them no basis either
                list_world.person(session, uow, hcp_id, dice, created_at=created, items=items)
                self._values(session.policy, uow, hcp_id, dice)
                if n % 5 == 0:
                    rule = dice.choice(("identity", "held", "contact", "behaviour", "visit_notes"))
                    until = (NOW + timedelta(days=dice.choice((-5, 30, 800)))).date()
                    uow.retention.extend(
                        Extension(
                            extension_id=f"EX-{n}", hcp_id=hcp_id, rule=rule, reason="x", set_by="zhao", until=until,
                            set_at=NOW - timedelta(days=6),
                        )
                    )  # fmt: skip
            for n, ground in enumerate(HoldGround):
                uow.holds.put(
                    InspectionHold(
                        hold_id=f"H-{n}", authority="x", reason="x", people=tuple(new[n * 4 : n * 4 + 4]),
                        starts_at=NOW - timedelta(days=1), ends_at=NOW + timedelta(days=50), set_by="zhao",
                        set_at=NOW - timedelta(days=1), ground=ground,
                    )
                )  # fmt: skip
            uow.merges.add(
                MergeCase(
                    case_id="M-1", kept=new[30], gone=new[31], merged_at=NOW, merged_by="zhao", added_blocks=frozenset()
                )
            )
            refresh(session, uow, new[30], at=NOW)
            uow.commit(session.event(Kind.PERSON_ADDED, at=NOW))

    def _ids(self) -> list[str]:
        with self.desk.sit("zhao").vault.snapshot() as snap:
            return list(snap.people.ids())

    def _values(self, policy: PolicySet, uow: UnitOfWork, hcp_id: str, dice: random.Random) -> None:
        held = {
            key: FieldValue(policy.fields[key].example or "x", self._origin(dice))
            for key in KEYS
            if dice.random() < 0.6
        }
        by_section: dict[object, dict[str, FieldValue]] = {}
        for key, value in held.items():
            by_section.setdefault(policy.fields[key].section, {})[key] = value
        for section in {policy.fields[key].section for key in KEYS}:
            assert section is not None
            uow.sections.write(hcp_id, section, by_section.get(section, {}))
        self.values[hcp_id] = held

    def _origin(self, dice: random.Random):  # type: ignore[no-untyped-def]
        days = dice.choice((None, 5, 12, 25, 40, 61, 62, 63, 100, 365, 366, 367, 500, 800))
        made = list_world._origin(dice)
        if dice.random() < 0.5:
            made = replace(made, source_class=SourceClass.FIRST, grade="A", status=ValueStatus.ACTIVE)
        return replace(made, source_date=None if days is None else (NOW - timedelta(days=days)).date())


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    desk = Desk.create(tmp_path_factory.mktemp("ends"), staff={k: STAFF[k] for k in ("zhao", "chen", "sun", "wu")})
    yield World(desk)
    desk.rise()


class Slow:
    """The same counts, person by person, reader by reader, field by field."""

    def __init__(self, world: World, folder: Path, at: datetime) -> None:
        self.at, self.values, self.ends = at, world.values, Counter[tuple[str, ...]]()
        self.readers: Count = Counter()
        session = world.desk.sit("chen")
        new = read_company_set(read_rule_folder(folder), shipped=session.shipped, day=shanghai_day(at)).policy
        self.policies = session.policy_at(at), new
        with session.vault.unit_of_work() as uow:
            settling = Settling(session, uow, at=at)
            roles = {rep.name: rep.role for rep in uow.reps.all()}
            for hcp_id in uow.people.ids():
                values = {key: settling.value(value) for key, value in world.values[hcp_id].items()}
                facts, person = access_facts(session, uow, hcp_id=hcp_id, at=at)
                reps = [rep for rep in uow.assignments.rep_of(hcp_id) if rep in roles]
                assert person is not None
                if person.status is not RecordStatus.ERASED:
                    self._ended(facts, values, reps)
                for role in Role:
                    for rep in [rep for rep in reps if roles[rep] is role] if role in FIELD_ROLES else [""]:
                        for purpose in Purpose:
                            seen = replace(facts, assigned=bool(rep))
                            for key, way in self._turned(seen, values, role, purpose).items():
                                self.readers[str(role), str(purpose), key, rep, way] += 1

    def _ended(self, facts: AccessFacts, values: dict[str, FieldValue], reps: list[str]) -> None:
        """By the cutoffs of the decision, and each value's own."""
        told = set()
        for key, value in values.items():
            was, now = (self._rule_over(policy, facts, key, value) for policy in self.policies)
            if bool(was) is bool(now):
                continue
            way = "ended" if now else "freed"
            self.ends["rule", now or was, way] += 1
            self.ends["field", key, way] += 1
            self.ends["all", "", way] += 1
            told |= {("rule", now or was, f"people_{way}"), ("all", "", f"people_{way}")}
            for rep in reps:
                self.ends["rep", rep, way] += 1
                told.add(("rep", rep, f"people_{way}"))
        self.ends.update(told)

    def _rule_over(self, policy: PolicySet, facts: AccessFacts, key: str, value: FieldValue) -> str:
        assert facts.retention is not None
        rules, over = policy.retention, cutoffs(policy, facts.retention, self.at)
        rule, held = rules.of_field[key], rules.record(RecordKind.HELD_PERSON)
        recorded = facts.retention.recorded
        assert held is not None
        if rule in over.ended:
            return held.key if facts.retention.held else rule
        if past_its_end(value.provenance, kept_from=over.dated.get(rule), doubt_from=None, recorded=recorded):
            return rule
        if past_its_end(value.provenance, kept_from=None, doubt_from=over.quarantined, recorded=recorded):
            assert value.provenance.status is ValueStatus.QUARANTINED
            return rules.of_record[RecordKind.QUARANTINED_VALUE]
        return ""

    def _turned(
        self, facts: AccessFacts, values: dict[str, FieldValue], role: Role, purpose: Purpose
    ) -> dict[str, str]:
        """Field → hidden | revealed: where rulings differ by these (whatever is held), else by what is shown of it."""
        found: dict[str, str] = {}
        for case in (None, "CASE"):
            mine = replace(facts, case_id=case)
            for about in (replace(mine, retention=None), mine):
                old, new = (self._open(policy, about, values, role, purpose) for policy in self.policies)
                for key in {**old, **new}:
                    if old.get(key, 0) != new.get(key, 0):
                        found.setdefault(key, "revealed" if new.get(key, 0) > old.get(key, 0) else "hidden")
        return found

    def _open(
        self, policy: PolicySet, facts: AccessFacts, values: dict[str, FieldValue], role: Role, purpose: Purpose
    ) -> dict[str, int]:
        answer = decide_access(policy, role=role, purpose=purpose, facts=facts, at=self.at)
        if not isinstance(answer, AccessGranted):
            return {}
        if facts.retention is None:
            return {r.key: _rank(r.state) for r in answer.rulings}
        shown = {}
        for ruling in answer.rulings:
            if ruling.key in values:
                days = policy.refresh_days(ruling.key)
                found = apply_ruling(ruling, values[ruling.key], self.at, days, answer.recorded)
                shown[ruling.key] = 0 if _shut(found) else _rank(ruling.state)
        return shown


def _shut(found: ShownField) -> bool:
    """A mask that finds nothing to say of an invented value is no matter of rules."""
    return found.state is FieldState.WITHHELD and found.reason not in ("nothing_to_say", "unknown_mask")


def _rank(state: FieldState) -> int:
    return [FieldState.WITHHELD, FieldState.MASKED, FieldState.GENERALISED, FieldState.DISCLOSED].index(state)


def told(effects: Effects) -> Count:
    """The counts of a preview about the values themselves, flat."""
    ends = effects.ends
    found: Count = Counter()
    for name, table in (
        ("rule", ends.by_rule),
        ("field", ends.by_field),
        ("rep", ends.by_rep),
        ("all", {"": ends.total}),
    ):
        for one, counts in table.items():
            found.update({(name, one, way): number for way, number in counts.items()})
    return found


def by(readers: Count, place: int) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for key, number in readers.items():
        if key[place]:
            mine = found.setdefault(key[place], {})
            mine[key[-1]] = mine.get(key[-1], 0) + number
    return found


def same(effects: Effects, slow: Slow) -> None:
    assert told(effects) == slow.ends
    for place, table in enumerate((effects.by_role, effects.by_purpose, effects.by_field, effects.by_rep)):
        assert {k: dict(v) for k, v in table.items()} == by(slow.readers, place), place
    ways = Counter(key[-1] for key in slow.readers.elements())
    assert (effects.hidden, effects.revealed) == (ways["hidden"], ways["revealed"])


def preview(world: World, folder: Path, begins: datetime) -> tuple[company_rules.Preview, Slow]:
    found = done(company_rules.preview_rules(world.desk.sit("zhao"), folder=folder, begins=begins))
    return found, Slow(world, folder, begins)


@pytest.mark.req("REQ-091", "REQ-044")
@pytest.mark.parametrize("ahead", [0, 1, 30, 75, 400])
def test_shorter_periods_are_counted_as_person_by_person(world: World, tmp_path: Path, ahead: int) -> None:
    found, slow = preview(world, rule_folder(tmp_path / "set", *SHORTER), world.desk.at + timedelta(days=ahead))
    assert slow.ends["all", "", "ended"] > 20 and not slow.ends["all", "", "freed"]
    rules = {key[1] for key in slow.ends if key[0] == "rule"}
    if not ahead:
        assert rules >= {"held", "quarantined", "contact", "profile", "behaviour", "visit_notes", "tags", "fees"}
        assert {"rep", "compliance", "clerk"} <= {key[0] for key in slow.readers}
    assert ahead < 400 or "identity" in rules
    same(found.effects, slow)
    assert found.looser == 0 and found.effects.ends.unknown == 0
    (entry, *_) = done(evidence.list_entries(world.desk.sit("chen"), kind="policy_previewed", limit=1))
    assert {s.hcp_id for s in (*found.effects.samples, *found.effects.ends.samples)} == set(entry.hcps), "who is named"


@pytest.mark.req("REQ-091", "REQ-044")
@pytest.mark.parametrize(
    ("rule", "said", "ahead"),
    [
        ("identity", "months = 12", 400), ("held", "days = 20", 30), ("quarantined", "days = 10", 0),
        ("contact", "days = 40", 75), ("behaviour", "days = 10", 0), ("fees", "months = 1", 0),
        ("tags", "months = 20", 0),
    ],
)  # fmt: skip
def test_one_period_alone_moves_what_is_counted_person_by_person(
    world: World, tmp_path: Path, rule: str, said: str, ahead: int
) -> None:
    folder = rule_folder(tmp_path / "set", period(rule, said))
    found, slow = preview(world, folder, world.desk.at + timedelta(days=ahead))
    assert {key[1] for key in slow.ends if key[0] == "rule"} == {rule}
    same(found.effects, slow)


@pytest.mark.req("REQ-091", "REQ-044")
@pytest.mark.parametrize("ahead", [0, 120, 500])
def test_longer_periods_bring_back_what_is_counted_person_by_person(world: World, tmp_path: Path, ahead: int) -> None:
    found, slow = preview(world, rule_folder(tmp_path / "set", *LONGER), world.desk.at + timedelta(days=ahead))
    assert slow.ends["all", "", "freed"] > 20 and not slow.ends["all", "", "ended"]
    same(found.effects, slow)
    assert found.looser == len(LONGER) and not found.effects.recall


@pytest.mark.req("REQ-091", "REQ-044")
def test_periods_both_ways_beside_rulings_that_turn_count_each_field_once(world: World, tmp_path: Path) -> None:
    edits = (*SHORTER[:3], *LONGER[4:], NO_PHONE)
    found, slow = preview(world, rule_folder(tmp_path / "set", *edits), world.desk.at)
    assert slow.ends["all", "", "freed"] and slow.ends["all", "", "ended"]
    assert found.effects.by_field["mobile_phone"]["hidden"]
    same(found.effects, slow)


@pytest.mark.req("REQ-091", "REQ-044")
@pytest.mark.parametrize("more", [(), SHORTER])
def test_who_may_read_what_is_over_is_counted_too(
    world: World, tmp_path: Path, more: tuple[tuple[str, str, str], ...]
) -> None:
    found, slow = preview(world, rule_folder(tmp_path / "set", SHUT, *more), world.desk.at)
    assert found.effects.by_role["dpo"]["hidden"] and bool(found.effects.ends.total) is bool(more)
    same(found.effects, slow)


def test_a_set_that_leaves_retention_alone_says_nothing_of_it(world: World, tmp_path: Path) -> None:
    found = done(company_rules.preview_rules(world.desk.sit("chen"), folder=rule_folder(tmp_path / "set", NO_PHONE)))
    assert not found.effects.ends.total and not found.effects.ends.by_rule and not found.effects.ends.samples


@pytest.fixture
def field(tmp_path: Path) -> Iterator[tuple[Desk, list[str]]]:
    """Two of a rep's people with a note of a visit each, one of them 20 days old; sheets and a pack hold both."""
    from pyrage import x25519

    desk = Desk.create(tmp_path / "d", staff={k: STAFF[k] for k in ("zhao", "chen", "sun", "wu")})
    desk.rep("hanmei", "R7", str(x25519.Identity.generate().to_public()))
    desk.bring(invent(2, first=700, seed=7))
    session = desk.sit("chen")
    with session.vault.snapshot() as snap:
        ids = sorted(snap.people.ids())
    for hcp_id in ids:
        desk.consent(hcp_id)
    desk.assign(*ids, rep="hanmei")
    with session.vault.unit_of_work() as uow:
        for hcp_id, days in zip(ids, (20, 3), strict=True):
            source = Provenance(
                source="CRM", source_class=SourceClass.FIRST, source_date=(NOW - timedelta(days=days)).date(),
                collector="wu", grade="A", basis="",
            )  # fmt: skip
            uow.sections.write(hcp_id, Section.BEHAVIOUR, {"last_visit_note": FieldValue("谈到样刊", source)})
        uow.commit(session.event(Kind.PERSON_AMENDED, at=desk.at, hcps=tuple(ids)))
    desk.wait(minutes=1)
    yield desk, ids
    desk.rise()


@pytest.mark.req("REQ-091", "REQ-044")
def test_papers_and_packs_that_hold_what_ends_are_recalled_and_the_end_acts_as_previewed(
    field: tuple[Desk, list[str]], tmp_path: Path
) -> None:
    desk, ids = field
    made = done(
        sheets.make_sheets(
            desk.sit("chen"), hcp_ids=ids, purpose=Purpose.VISIT, rep="hanmei", out=tmp_path / "out",
            progress=NoProgress(),
        )
    ).sheets  # fmt: skip
    serials = {sheet.hcp_id: sheet.serial for sheet in made}
    done(bundles.make_bundle(desk.sit("chen"), rep="hanmei", path=tmp_path / "p.ckpack"))
    folder = rule_folder(tmp_path / "set", period("visit_notes", "days = 10"))
    found = done(company_rules.preview_rules(desk.sit("chen"), folder=folder)).effects
    recall = {(one.kind, one.subject, one.people) for one in found.recall}
    assert recall == {("recall_sheet", serials[ids[0]], 1), ("refresh_pack", "hanmei", 1)}
    assert found.by_rep == {"hanmei": {"hidden": found.by_role["rep"]["hidden"]}}
    assert found.ends.by_rep == {"hanmei": {"ended": 1, "people_ended": 1}}
    (sample,) = found.ends.samples
    assert (sample.hcp_id, sample.rule, sample.key, sample.way) == (ids[0], "visit_notes", "last_visit_note", "ended")
    assert {s.hcp_id for s in found.samples} == {ids[0]} and {s.after for s in found.samples} == {"withheld"}
    assert noted(desk, ids) == [None, None]
    active = done(company_rules.activate_rules(desk.sit("zhao"), folder=folder, begins=desk.at))
    assert active.recall == found.recall and len(active.tasks) == 2
    with desk.sit("chen").vault.snapshot() as snap:
        recalled = {p.serial for p in snap.sheets.waiting() if p.state(desk.at) is PaperState.RECALLED}
    assert recalled == {serials[ids[0]]} and noted(desk, ids) == ["retention_ended", None]
    back = done(company_rules.preview_rules(desk.sit("chen"), folder=rule_folder(tmp_path / "back"))).effects
    assert (back.hidden, back.revealed, back.ends.total["freed"]) == (0, found.hidden, 1)


def noted(desk: Desk, ids: list[str]) -> list[str | None]:
    """Why the note is not shown to compliance, person by person."""
    views = (done(profiles.open_profile(desk.sit("chen"), hcp_id=hcp, purpose=Purpose.VISIT)) for hcp in ids)
    return [next(f for f in view.fields if f.key == "last_visit_note").reason for view in views]


def test_the_command_line_says_it_in_codes_and_in_words(field: tuple[Desk, list[str]], tmp_path: Path) -> None:
    desk, ids = field
    secret = tmp_path / "zhao.secret"
    secret.write_text(PASS, encoding="utf-8")
    head = ["--vault", str(desk.vault), "--user", "zhao", "--passphrase-file", str(secret), "--at", desk.at.isoformat()]
    dry = ["policy", "dry-run", str(rule_folder(tmp_path / "set", period("visit_notes", "days = 10")))]
    said = in_process(*head, "--json", *dry).json["moved_ends"]
    one = {"ended": 1, "freed": 0, "people_ended": 1, "people_freed": 0}
    assert said == {
        **one,
        "unknown": 0,
        "by_rule": {"visit_notes": one},
        "by_field": {"last_visit_note": {"ended": 1, "freed": 0}},
        "by_rep": {"hanmei": one},
        "samples": [{"hcp_id": ids[0], "rule": "visit_notes", "key": "last_visit_note", "way": "ended"}],
    }
    wanted = {"en": ("Visit notes", "people past an end", "by retention rule"), "zh": ("拜访纪要", "届满的人数")}
    for lang, words in wanted.items():
        text = in_process(*head, "--lang", lang, *dry).stdout
        assert all(word in text for word in words) and "谈到样刊" not in text
    none = in_process(*head, "--lang", "en", "policy", "dry-run", str(rule_folder(tmp_path / "none", NO_PHONE))).stdout
    assert "retention rule" not in none
