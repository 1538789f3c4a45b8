"""When what is kept reaches its end: days as the law counts them, one rule a value, every fault of the file at once."""

from datetime import UTC, date, datetime, timedelta

import pytest

from compliance.clock import day_start
from compliance.errors import PolicyFileError
from compliance.model.access import AccessFacts, AccessGranted, FieldState, Purpose, Role
from compliance.model.profile import FieldValue, Provenance, SourceClass, ValueStatus
from compliance.model.retention import IN_FORCE, RecordKind, RetentionFacts
from compliance.policy.access import decide_access
from compliance.policy.catalogue import RetentionTerm
from compliance.policy.company import read_company_set
from compliance.policy.loader import load_policy
from compliance.policy.retention import cutoff, cutoffs, last_day_of, value_end
from compliance.policy.values import apply_ruling
from compliance.resources import read_tree

FILE = "policy/retention.toml"
DAY = date(2026, 12, 1)


@pytest.fixture(scope="module")
def shipped():
    return read_tree() | read_tree(suffix=".csv")


def faults(shipped, before, after):
    assert before in shipped[FILE]
    with pytest.raises(PolicyFileError) as caught:
        load_policy({**shipped, FILE: shipped[FILE].replace(before, after, 1)})
    return [(f.where.partition(": ")[2], f.code, f.value) for f in caught.value.faults]


CONTACT, TRACKING = 'dimensions = ["contact"]', 'fields = ["external_activity"]'
FAULTY = [
    (CONTACT, 'fields = ["mobile_phone"]', "rules", "no_retention_rule", "work_email"),
    ('records = ["log"]', "records = []", "rules", "no_retention_rule", "log"),
    (CONTACT, 'dimensions = ["contact", "contct"]', "rules.contact.dimensions", "unknown_dimension", "contct"),
    (TRACKING, 'fields = ["external_activity", "nope"]', "rules.tracking.fields", "unknown_field", "nope"),
    (TRACKING, 'fields = ["external_activity", "quiet_hours"]', "rules.tracking.fields", "duplicate", "quiet_hours"),
    ('event = "archived"', 'event = "whenever"', "rules.consent.event", "unknown_event", "whenever"),
    ("days = 30", "days = 0", "rules.quarantined.version[0].days", "bad_number", "0"),
    ("days = 30", "days = 30\nmonths = 1", "rules.quarantined.version[0].days", "one_of_two", "days, months"),
    ('"anonymise"', '"forget"', "rules.tracking.version[0].action", "unknown_action", "forget"),
    ('"56" }]', '"561" }]', "rules.assessment.version[0].references[0].article", "unknown_article", "561"),
    ('event = "relation_end"', 'event = "source_date"', "rules.identity.event", "list_field_event", "source_date"),
    ("from = 2025-01-01", "from = 2024-12-31", "rules.provision.version.references", "not_yet_in_force", "NDSR"),
    ('extend = "one"', 'extend = "anybody"', "rules.behaviour.extend", "unknown_extend", "anybody"),
    ('roles = ["dpo"]', 'roles = ["*"]', "after_end.roles", "wildcard", "*"),
]


@pytest.mark.req("REQ-090")
@pytest.mark.parametrize(("before", "after", "where", "code", "value"), FAULTY)
def test_each_fault_is_named_where_it_stands(shipped, before, after, where, code, value):
    assert (where, code, value) in faults(shipped, before, after)


def test_all_faults_come_at_once(shipped):
    text = shipped[FILE].replace("days = 30", "days = 0", 1).replace('event = "archived"', 'event = "x"', 1)
    with pytest.raises(PolicyFileError) as caught:
        load_policy({**shipped, FILE: text.replace('extend = "one"', 'extend = "y"', 1)})
    assert {f.code for f in caught.value.faults} == {"bad_number", "unknown_event", "unknown_extend"}


@pytest.mark.req("REQ-090")
def test_a_set_without_the_file_is_faulty(shipped):
    with pytest.raises(PolicyFileError) as caught:
        load_policy({name: text for name, text in shipped.items() if name != FILE})
    assert [(f.where, f.code) for f in caught.value.faults] == [(FILE, "missing_file")]


@pytest.mark.req("REQ-090")
def test_every_stored_field_and_kind_of_record_has_one_rule(policy):
    stored = {key for key, f in policy.fields.items() if f.section is not None}
    assert set(policy.retention.of_field) == stored
    assert set(policy.retention.of_record) == set(RecordKind)
    assert all(rule.terms.versions[0].value.references for rule in policy.retention.rules.values())


def test_the_record_of_a_consent_is_kept_as_long_as_the_name_beside_it(policy):
    at = datetime(2026, 11, 24, tzinfo=UTC)
    months = [policy.retention.rules[key].terms.at(at).months for key in ("consent", "identity")]
    assert months == [36, 36] and policy.parameter("consent_record_years", at) == 3


@pytest.mark.parametrize(
    ("term", "start", "last"),
    [
        (RetentionTerm(months=12), date(2028, 2, 29), date(2029, 2, 28)),  # CC 202
        (RetentionTerm(months=36), date(2025, 2, 28), date(2028, 2, 28)),
        (RetentionTerm(months=1), date(2026, 1, 31), date(2026, 2, 28)),
        (RetentionTerm(months=1), date(2028, 1, 30), date(2028, 2, 29)),
        (RetentionTerm(months=6), date(2026, 8, 31), date(2027, 2, 28)),
        (RetentionTerm(days=30), date(2026, 11, 1), date(2026, 12, 1)),  # CC 201: the first day is not counted
        (RetentionTerm(days=90), date(2027, 12, 1), date(2028, 2, 29)),
    ],
)
def test_a_period_ends_on_the_day_the_law_says(term, start, last):
    assert last_day_of(term, start) == last
    assert not start <= cutoff(term, last) and start <= cutoff(term, last + timedelta(days=1))


def test_the_cutoff_and_the_end_are_one_count_for_every_day_of_five_years():
    for term in (RetentionTerm(days=30), RetentionTerm(months=1), RetentionTerm(months=12), RetentionTerm(months=36)):
        for offset in range(1827):
            start = date(2024, 1, 1) + timedelta(days=offset)
            last = last_day_of(term, start)
            assert not start <= cutoff(term, last) and start <= cutoff(term, last + timedelta(days=1)), (term, start)


def origin(day=date(2026, 1, 31), status=ValueStatus.ACTIVE):
    return Provenance(
        source="CRM",
        source_class=SourceClass.FIRST,
        source_date=day,
        collector="wu",
        grade="B",
        basis="",
        status=status,
    )


def shown(policy, key, at, *, provenance, retention, role=Role.COMPLIANCE, purpose=Purpose.MDM, case=None):
    facts = AccessFacts(hcp_id="HCP-7QK4M2XA", retention=retention, case_id=case)
    decision = decide_access(policy, role=role, purpose=purpose, facts=facts, at=at)
    assert isinstance(decision, AccessGranted)
    ruling = decision.ruling(key)
    assert ruling is not None
    return apply_ruling(ruling, FieldValue("x", provenance), at=at, recorded=decision.recorded)


@pytest.mark.req("REQ-091")
def test_past_midnight_in_shanghai_a_value_is_withheld_and_says_why(policy):
    retention = RetentionFacts(recorded=date(2020, 1, 1), relations={"visit": date(2024, 2, 29)})
    last = date(2027, 2, 28)  # 36 months from a leap day
    for at, state in (
        (day_start(last), FieldState.DISCLOSED),
        (day_start(last) + timedelta(hours=24, microseconds=-1), FieldState.DISCLOSED),
        (day_start(last + timedelta(days=1)), FieldState.WITHHELD),
    ):
        field = shown(policy, "full_name", at, provenance=origin(), retention=retention)
        assert field.state is state, at
    assert (field.reason, field.lifted_by) == ("retention_ended", "lift.retention_ended")
    assert {r.article for r in field.references} == {"19", "47"}


@pytest.mark.req("REQ-091")
def test_the_privacy_officer_still_answers_the_person_and_nobody_else_reads(policy):
    retention = RetentionFacts(recorded=date(2020, 1, 1), relations={"visit": date(2020, 2, 1)})
    at = day_start(date(2026, 11, 24))
    for role, purpose, state in (
        (Role.DPO, Purpose.RIGHTS, FieldState.DISCLOSED),
        (Role.COMPLIANCE, Purpose.RIGHTS, FieldState.WITHHELD),
        (Role.COMPLIANCE, Purpose.MDM, FieldState.WITHHELD),
        (Role.CLERK, Purpose.MDM, FieldState.WITHHELD),
    ):
        field = shown(
            policy, "full_name", at, provenance=origin(), retention=retention, role=role, purpose=purpose, case="CASE-1"
        )
        assert field.state is state, (role, purpose)


def test_a_basis_in_force_keeps_and_a_new_one_opens_again(policy):
    at = day_start(date(2026, 11, 24))
    for relations, ended in (({}, True), ({"event": date(2026, 11, 1)}, False), ({"visit": IN_FORCE}, False)):
        found = cutoffs(policy, RetentionFacts(recorded=date(2026, 1, 1), relations=relations), at)
        assert ("identity" in found.ended) is ended, relations


def test_whoever_never_had_a_basis_ends_ninety_days_after_the_day_recorded(policy):
    held = RetentionFacts(recorded=date(2026, 8, 26))
    for day, ended in ((date(2026, 11, 24), False), (date(2026, 11, 25), True)):
        assert ("identity" in cutoffs(policy, held, day_start(day)).ended) is ended
    assert value_end(policy, "full_name", origin(), held, day_start(date(2026, 9, 1))) == (date(2026, 11, 24), "held")


def test_an_end_put_off_holds_to_its_last_day(policy):
    until = date(2027, 1, 31)
    facts = RetentionFacts(recorded=date(2026, 1, 1), extended={"held": until})
    for day, ended in ((until, False), (until + timedelta(days=1), True)):
        assert ("identity" in cutoffs(policy, facts, day_start(day)).ended) is ended
    assert value_end(policy, "region", origin(), facts, day_start(DAY)) == (until, "held")


def test_a_value_in_quarantine_ends_thirty_days_after_it_was_recorded(policy):
    retention = RetentionFacts(recorded=date(2026, 11, 1), relations={"visit": IN_FORCE})
    doubted = origin(date(2026, 10, 1), ValueStatus.QUARANTINED)
    assert value_end(policy, "full_name", doubted, retention, day_start(DAY)) == (date(2026, 12, 1), "quarantined")
    for day, state in ((date(2026, 12, 1), FieldState.DISCLOSED), (date(2026, 12, 2), FieldState.WITHHELD)):
        field = shown(policy, "full_name", day_start(day), provenance=doubted, retention=retention)
        assert field.state is state, day


def test_a_value_that_counts_from_its_own_date_uses_the_day_recorded_without_one(policy):
    retention = RetentionFacts(recorded=date(2026, 3, 1), relations={"visit": IN_FORCE})
    at = day_start(DAY)
    assert value_end(policy, "events_12m", origin(date(2025, 11, 30)), retention, at) == (
        date(2026, 11, 30),
        "behaviour",
    )
    assert value_end(policy, "events_12m", origin(None), retention, at) == (date(2027, 3, 1), "behaviour")
    assert value_end(policy, "last_visit_note", origin(date(2025, 1, 31)), retention, at) == (
        date(2027, 1, 31),
        "visit_notes",
    )


def test_payment_data_end_with_the_speaker_basis_whatever_else_stands(policy):
    facts = RetentionFacts(recorded=date(2025, 1, 1), relations={"visit": IN_FORCE, "speaker": date(2026, 10, 1)})
    for day, ended in ((date(2026, 10, 31), set()), (date(2026, 11, 1), {"payment"})):
        assert cutoffs(policy, facts, day_start(day)).ended == ended


@pytest.mark.req("REQ-090")
def test_a_rule_changes_on_its_day(shipped):
    later = '[[rules.contact.version]]\nfrom = 2027-01-01\ndays = 30\naction = "erase"\nmark = "policy"\n'
    later += 'references = [{ statute = "PIPL", article = "19" }]\n\n[rules.profile]'
    policy = load_policy({**shipped, FILE: shipped[FILE].replace("[rules.profile]", later, 1)})
    facts = RetentionFacts(recorded=date(2026, 1, 1), relations={"visit": date(2026, 11, 1)})
    for day, ended in ((date(2026, 12, 31), False), (date(2027, 1, 1), True)):
        assert ("contact" in cutoffs(policy, facts, day_start(day)).ended) is ended


def company(shipped, policy, before, after):
    assert before in shipped[FILE]
    return read_company_set({FILE: shipped[FILE].replace(before, after, 1)}, shipped=policy, day=DAY)


@pytest.mark.req("REQ-090")
def test_a_company_may_shorten_and_lengthens_only_as_a_loosening(shipped, policy):
    (shorter,) = company(shipped, policy, "days = 90", "days = 60").changes
    assert (shorter.where, shorter.looser) == (f"{FILE}: rules.held.period", False)
    (longer,) = company(shipped, policy, "days = 90", "days = 120").changes
    assert (longer.before, longer.after, longer.looser, longer.key) == ("90 days", "120 days", True, "retention")


@pytest.mark.req("REQ-090", "REQ-098", "REQ-102")
@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('keeps = "at_least"', 'keeps = "at_most"'),
        ('event = "recorded"', 'event = "closed"'),
        ('records = ["log"]\nevent = "recorded"\nkeeps = "at_least"\nextend = "one"\nextend_months = 120\n\n'
         "[[rules.log.version]]\nfrom = 2021-11-01\nmonths = 36",
         'records = ["log"]\nevent = "recorded"\nkeeps = "at_least"\nextend = "one"\nextend_months = 120\n\n'
         "[[rules.log.version]]\nfrom = 2021-11-01\nmonths = 24"),
        ('fields = ["external_activity"]', "fields = []"),
        ('roles = ["dpo"]', 'roles = ["dpo", "rep"]'),
    ],
)  # fmt: skip
def test_a_company_may_not_shorten_a_floor_nor_move_what_a_rule_means(shipped, policy, before, after):
    with pytest.raises(PolicyFileError) as caught:
        company(shipped, policy, before, after)
    assert {f.code for f in caught.value.faults} == {"looser_than_law"}
