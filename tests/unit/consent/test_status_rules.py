"""Status of one item: every rule of ``consent.status`` by its number."""

from datetime import timedelta
from itertools import permutations

import pytest
from consent_support import VISIT, accepted, at, event, given, line, notice, proven

from compliance.consent.codes import ExplanationCode as Code
from compliance.consent.status import act_statuses, all_lines, line_status
from compliance.model.consent import ConsentStatus as S
from compliance.model.consent import EventKind as K
from compliance.model.consent import Grade, ItemTerms, LineStatus, Precision

LATER = "2026-11-24T12:00"


def status(*events: object, when: str = LATER, **more: object) -> LineStatus:
    return line_status(events, terms=VISIT, item="visit", at=at(when), **more)  # type: ignore[arg-type]


def outcome(*events: object, when: str = LATER, **more: object) -> tuple[S, str]:
    found = status(*events, when=when, **more)
    return found.status, found.code


def test_nothing_recorded_is_not_asked() -> None:
    found = status()
    assert (found.status, found.code, found.open, found.may_ask) == (S.NOT_ASKED, Code.NEVER_ASKED, False, True)


@pytest.mark.req("REQ-017")
def test_yes_opens_only_after_another_persons_check() -> None:
    yes = given("2026-11-01")
    assert outcome(yes) == (S.EVIDENCE_PENDING, Code.PENDING_CHECK)
    assert outcome(yes, accepted(yes, "2026-11-02", by=yes.recorded_by)) == (S.EVIDENCE_PENDING, Code.PENDING_CHECK)
    found = status(yes, accepted(yes, "2026-11-02"))
    assert (found.status, found.open, found.notice, found.grade) == (S.GIVEN, True, "CK-VISIT@1.0", Grade.E1)


def test_acceptance_of_a_yes_without_evidence_opens_nothing() -> None:
    assert outcome(*proven("2026-11-01", evidence_id=None)) == (S.EVIDENCE_PENDING, Code.PENDING_NO_EVIDENCE)


@pytest.mark.parametrize(
    ("grade", "opens"), [(Grade.E1, True), (Grade.E2, True), (Grade.E3, True), (Grade.E4, False), (Grade.NONE, False)]
)
def test_grade_below_the_least_never_opens(grade: Grade, opens: bool) -> None:
    found = status(*proven("2026-11-01", grade=grade))
    assert found.open is opens
    if not opens:
        assert (found.status, found.code) == (S.EVIDENCE_PENDING, Code.EVIDENCE_BELOW_GRADE)


def test_rejected_evidence_invalidates_even_beside_an_acceptance() -> None:
    yes, check = proven("2026-11-01")
    no = event(K.CHECK_REJECTED, "2026-11-03", target=yes.event_id)
    for order in permutations([yes, check, no]):
        assert outcome(*order) == (S.INVALIDATED, Code.EVIDENCE_REJECTED)


@pytest.mark.req("REQ-014")
def test_act_before_notice_never_counts() -> None:
    late = at("2026-11-01T10:00:00")
    assert outcome(*proven("2026-11-01T09:59:59", presented_at=late)) == (S.INVALIDATED, Code.ACT_BEFORE_NOTICE)
    assert outcome(*proven("2026-11-01T10:00:00", presented_at=late))[0] is S.GIVEN


@pytest.mark.req("REQ-014")
def test_paper_compares_shanghai_days() -> None:
    same = {"precision": Precision.DAY, "presented_at": at("2026-11-01T18:00"), "recorded_at": at("2026-11-01T08:00")}
    assert outcome(*proven("2026-11-01T09:00", **same))[0] is S.GIVEN
    assert outcome(*proven("2026-11-01", **(same | {"presented_at": at("2026-11-02")}))) == (
        S.INVALIDATED,
        Code.ACT_BEFORE_NOTICE,
    )
    # 17:00 UTC on 31 October is 1 November in Shanghai
    assert outcome(*proven("2026-11-01", **(same | {"presented_at": at("2026-11-01T01:00")})))[0] is S.GIVEN


def test_act_after_entry_never_counts() -> None:
    early = {"recorded_at": at("2026-11-01T09:00")}
    assert outcome(*proven("2026-11-01T10:00", **early)) == (S.INVALIDATED, Code.ACT_AFTER_ENTRY)
    day = early | {"precision": Precision.DAY}
    assert outcome(*proven("2026-11-02", **day)) == (S.INVALIDATED, Code.ACT_AFTER_ENTRY)


def test_yes_without_or_beside_the_notice_never_counts() -> None:
    assert outcome(*proven("2026-11-01", notice=None)) == (S.INVALIDATED, Code.NOTICE_UNKNOWN)
    other = {"CK-VISIT@1.0": notice("1.0", line("event"))}
    assert outcome(*proven("2026-11-01"), notices=other) == (S.INVALIDATED, Code.NOT_IN_NOTICE)


@pytest.mark.req("REQ-022")
def test_open_to_the_last_second_of_the_last_day() -> None:
    events = proven("2026-11-01", valid_until=at("2027-01-01"))
    assert status(*events, when="2026-12-31T23:59:59").open
    expired = status(*events, when="2027-01-01T00:00:00")
    assert (expired.status, expired.code, expired.since) == (S.EXPIRED, Code.EXPIRED_DURATION, at("2027-01-01"))
    assert expired.may_ask


@pytest.mark.parametrize(
    ("act", "months", "end"),
    [
        ("2026-11-24T10:00", 24, "2028-11-25"),
        ("2026-11-24T00:00", 24, "2028-11-25"),
        ("2026-11-24T23:59:59", 24, "2028-11-25"),
        ("2027-08-31", 6, "2028-03-01"),  # 29 February 2028 is its last day
        ("2028-02-29", 12, "2029-03-01"),
        ("2026-12-31", 2, "2027-03-01"),
        ("2026-01-30", 1, "2026-03-01"),
    ],
)
def test_term_counts_months_from_the_day_of_the_act(act: str, months: int, end: str) -> None:
    events = proven(act)
    known = {"CK-VISIT@1.0": notice("1.0", line(term_months=months))}
    last = at(end) - timedelta(microseconds=1)
    found = line_status(events, terms=VISIT, item="visit", at=last, notices=known)
    assert (found.status, found.valid_until) == (S.GIVEN, at(end))
    assert line_status(events, terms=VISIT, item="visit", at=at(end), notices=known).status is S.EXPIRED


def test_valid_until_never_lengthens() -> None:
    assert status(*proven("2026-11-01", valid_until=at("2099-01-01"))).valid_until == at("2028-11-02")


@pytest.mark.req("REQ-028")
@pytest.mark.req("REQ-029")
def test_withdrawal_acts_at_receipt_and_leaves_the_past() -> None:
    events = proven("2026-11-01")
    out = event(K.WITHDRAWN, "2026-11-20T09:00", received_at=at("2026-11-20T10:00"), recorded_at=at("2026-11-23"))
    assert status(*events, out, when="2026-11-20T09:59:59").open
    found = status(*events, out, when="2026-11-20T10:00:00")
    assert (found.status, found.code, found.since) == (S.WITHDRAWN, Code.WITHDRAWN_BY_SUBJECT, at("2026-11-20T10:00"))
    assert found.ask_again_from == at("2027-05-20") and not found.may_ask
    assert status(*events, out, known_at=at("2026-11-22")).open  # what the vault knew before the entry


def test_withdrawal_on_an_item_never_given_is_a_standing_no() -> None:
    found = status(event(K.WITHDRAWN, "2026-11-01", received_at=at("2026-11-01")))
    assert (found.status, found.code, found.may_ask) == (S.WITHDRAWN, Code.STANDING_NO, False)


@pytest.mark.req("REQ-029")
def test_a_withdrawal_said_again_keeps_the_reason_and_the_day_of_the_first() -> None:
    first = event(K.WITHDRAWN, "2026-11-10", received_at=at("2026-11-10T09:00"))
    again = event(K.WITHDRAWN, "2026-11-20", received_at=at("2026-11-20T09:00"))
    late = event(K.WITHDRAWN, "2026-11-05", received_at=at("2026-11-05T09:00"), recorded_at=at("2026-11-23"))
    found = status(*proven("2026-11-01"), first, again)
    assert (found.code, found.since) == (Code.WITHDRAWN_BY_SUBJECT, at("2026-11-10T09:00"))
    assert (found.event_id, found.ask_again_from) == (first.event_id, at("2027-05-20"))  # the lock counts from the last
    found = status(*proven("2026-11-01"), again, first, late)  # entered late, said first
    assert (found.code, found.since) == (Code.WITHDRAWN_BY_SUBJECT, at("2026-11-05T09:00"))
    waiting = given("2026-11-15", asked_by_hcp=True)
    found = status(*proven("2026-11-01"), first, waiting, again)
    assert (found.status, found.code, found.since) == (
        S.WITHDRAWN, Code.WITHDRAWN_BY_SUBJECT, at("2026-11-10T09:00"),
    )  # fmt: skip
    alone = status(first, again)
    assert (alone.code, alone.since) == (Code.STANDING_NO, at("2026-11-10T09:00"))
    taken_back = status(first, waiting, again)  # a yes that waited was taken back
    assert (taken_back.code, taken_back.since) == (Code.WITHDRAWN_BY_SUBJECT, at("2026-11-20T09:00"))


def test_only_a_later_proven_act_ends_a_withdrawal() -> None:
    out = event(K.WITHDRAWN, "2026-11-10", received_at=at("2026-11-10"))
    first, late_entry = proven("2026-11-01"), proven("2026-11-09", recorded_at=at("2026-11-20"))
    assert outcome(*first, out, *late_entry)[0] is S.WITHDRAWN
    again = given("2026-11-12", asked_by_hcp=True)
    waiting = status(*first, out, again)
    assert (waiting.status, waiting.code, waiting.may_ask) == (S.WITHDRAWN, Code.NO_STANDS_PENDING, False)
    assert outcome(*first, out, again, accepted(again, "2026-11-13")) == (S.GIVEN, Code.VALID_LATEST)


@pytest.mark.req("REQ-023")
def test_refusal_locks_asking_for_180_days() -> None:
    no = event(K.REFUSED, "2026-11-01T15:00")
    locked, free = status(no, when="2027-04-30T23:59:59"), status(no, when="2027-05-01T00:00:00")
    assert (locked.status, locked.may_ask, locked.ask_again_from) == (S.REFUSED, False, at("2027-05-01"))
    assert free.may_ask and free.status is S.REFUSED


def test_a_proven_yes_ends_the_ask_lock() -> None:
    no = event(K.REFUSED, "2026-11-01")
    yes, check = proven("2026-11-05", asked_by_hcp=True, valid_until=at("2026-11-10"))
    ended = status(no, yes, check, when="2026-11-12")
    assert (ended.status, ended.may_ask, ended.ask_again_from) == (S.EXPIRED, True, None)
    assert not status(no, yes, when="2026-11-12").may_ask


def test_notice_shown_during_the_lock_does_not_hide_the_no() -> None:
    no = event(K.REFUSED, "2026-11-01")
    shown = event(K.PRESENTED, "2026-11-20", presented_at=at("2026-11-20"))
    assert outcome(no, shown)[0] is S.REFUSED
    asked = event(K.PRESENTED, "2026-11-20", presented_at=at("2026-11-20"), asked_by_hcp=True)
    assert outcome(no, asked)[0] is S.PRESENTED
    after = event(K.PRESENTED, "2027-05-01", presented_at=at("2027-05-01"))
    assert outcome(no, after, when="2027-05-02")[0] is S.PRESENTED


@pytest.mark.req("REQ-033")
@pytest.mark.parametrize("kind", [K.NO_ANSWER, K.DEFERRED, K.PRESENTED, K.IMPORTED_YES])
def test_silence_neither_opens_renews_nor_ends(kind: K) -> None:
    assert not status(event(kind, "2026-11-01")).open
    events = proven("2024-11-24")
    asked = event(kind, "2026-11-20")
    assert status(*events, asked).status is S.GIVEN
    assert not status(*events, asked, when="2026-11-25").open


def test_neutral_words() -> None:
    assert outcome(event(K.PRESENTED, "2026-11-01")) == (S.PRESENTED, Code.NOTICE_PRESENTED)
    assert outcome(event(K.DEFERRED, "2026-11-01")) == (S.DEFERRED, Code.ASK_LATER)
    assert outcome(event(K.NO_ANSWER, "2026-11-01")) == (S.NO_REPLY, Code.NO_ANSWER_YET)


def test_imports_prove_nothing_but_a_no_closes() -> None:
    yes, no = event(K.IMPORTED_YES, "2026-11-01"), event(K.IMPORTED_NO, "2026-11-02")
    assert outcome(yes) == (S.UNPROVEN, Code.UNPROVEN_IMPORT)
    found = status(*proven("2026-10-01"), no)
    assert (found.status, found.code, found.may_ask) == (S.REFUSED, Code.UNPROVEN_NEGATIVE, False)
    assert outcome(no, event(K.IMPORTED_YES, "2026-11-03"))[0] is S.REFUSED
    out = event(K.WITHDRAWN, "2026-10-01", received_at=at("2026-10-01"))
    assert outcome(out, no)[0] is S.WITHDRAWN
    assert outcome(no, *proven("2026-11-05"))[0] is S.GIVEN


def test_an_undated_no_counts_from_the_import_and_says_what_lifts_it() -> None:
    undated = event(K.IMPORTED_NO, "2026-11-02", acted_at=None)
    assert outcome(*proven("2026-10-01"), undated) == (S.REFUSED, Code.UNDATED_NEGATIVE)
    assert outcome(undated, *proven("2026-11-05"))[0] is S.GIVEN
    dated = event(K.IMPORTED_NO, "2026-11-02", acted_at=at("2026-09-01"))
    assert outcome(dated, *proven("2026-10-01"))[0] is S.GIVEN


def test_two_people_set_an_imported_no_aside_but_no_recorded_one() -> None:
    for kind in (K.IMPORTED_NO, K.WITHDRAWN):
        no = event(kind, "2026-11-02", acted_at=None)
        void = event(K.INVALIDATED, "2026-11-03", target=no.event_id, defect="older_than_form")
        assert outcome(*proven("2026-10-01"), no, void)[0] is S.GIVEN
        assert outcome(no, void) == (S.NOT_ASKED, Code.NEGATIVE_SET_ASIDE)
        assert status(no, void).may_ask
    for kind, more in ((K.REFUSED, {}), (K.WITHDRAWN, {"asked_by_hcp": True, "identity_check": "channel:phone"})):
        no = event(kind, "2026-11-02", **more)
        void = event(K.INVALIDATED, "2026-11-03", target=no.event_id, defect="x")
        assert not status(*proven("2026-10-01"), no, void).open


def test_renewal_and_superseded_act() -> None:
    old, new = proven("2025-11-01"), proven("2026-11-01")
    found = status(*old, *new)
    assert (found.status, found.valid_until, found.open) == (S.RENEWED, at("2028-11-02"), True)
    acts = act_statuses([*old, *new], terms=VISIT, item="visit", at=at(LATER))
    assert acts[old[0].event_id].status is S.SUPERSEDED
    assert acts[new[0].event_id].status is S.RENEWED


def test_pending_or_rejected_renewal_leaves_the_valid_consent_alone() -> None:
    old, new = proven("2025-11-01"), given("2026-11-01")
    assert outcome(*old, new)[0] is S.GIVEN
    assert outcome(*old, new, event(K.CHECK_REJECTED, "2026-11-02", target=new.event_id))[0] is S.GIVEN
    assert status(*old, new, when="2027-12-01").status is S.EVIDENCE_PENDING


def test_rejected_renewal_leaves_an_expired_consent_expired() -> None:
    old, new = proven("2024-01-01"), given("2026-11-01")
    assert outcome(*old, new, event(K.CHECK_REJECTED, "2026-11-02", target=new.event_id))[0] is S.EXPIRED


def test_yes_after_a_no_is_a_new_consent_not_a_renewal() -> None:
    out = event(K.WITHDRAWN, "2026-02-01", received_at=at("2026-02-01"))
    old, new = proven("2026-01-10"), proven("2026-11-01")
    assert outcome(*old, out, *new)[0] is S.GIVEN
    acts = act_statuses([*old, out, *new], terms=VISIT, item="visit", at=at(LATER))
    assert acts[old[0].event_id].status is S.WITHDRAWN


def test_suspended_then_back_or_expired() -> None:
    events = proven("2026-11-01", valid_until=at("2026-11-15"))
    held = event(K.SUSPENDED, "2026-11-05")
    back = event(K.RESUMED, "2026-11-10", target=held.event_id)
    assert outcome(*events, held, when="2026-11-06") == (S.SUSPENDED, Code.SUSPENDED_DOUBT)
    assert status(*events, held, back, when="2026-11-11").open
    late = event(K.RESUMED, "2026-11-20")
    assert outcome(*events, held, late)[0] is S.EXPIRED
    out = event(K.WITHDRAWN, "2026-11-06", received_at=at("2026-11-06"))
    assert outcome(*events, held, out, back)[0] is S.WITHDRAWN


def test_two_suspensions_need_two_resumptions() -> None:
    events = proven("2026-11-01")
    one, two = event(K.SUSPENDED, "2026-11-05"), event(K.SUSPENDED, "2026-11-06")
    back = event(K.RESUMED, "2026-11-07", target=one.event_id)
    assert outcome(*events, one, two, back)[0] is S.SUSPENDED


def test_revoked_ends_a_yes_for_good() -> None:
    gone = event(K.REVOKED, "2026-11-10")
    assert outcome(*proven("2026-11-01"), gone) == (S.REVOKED, Code.REVOKED_BY_HANDLER)
    assert outcome(*proven("2026-11-01"), gone, *proven("2026-11-11"))[0] is S.GIVEN
    assert outcome(event(K.REFUSED, "2026-11-01"), gone)[0] is S.REFUSED


def test_proved_defect_voids_the_act_from_the_start() -> None:
    first, second = proven("2026-10-01"), proven("2026-11-01")
    defect = event(K.INVALIDATED, "2026-11-20", target=second[0].event_id)
    assert outcome(*second, defect) == (S.INVALIDATED, Code.DEFECT_PROVED)
    assert not status(*second, defect, when="2026-11-05").open
    assert status(*second, defect, when="2026-11-05", known_at=at("2026-11-10")).open
    assert status(*first, *second, defect).event_id == first[0].event_id
    assert not status(*first, *second, event(K.INVALIDATED, "2026-11-20")).open


@pytest.mark.req("REQ-032")
def test_change_pending_when_the_active_notice_goes_beyond() -> None:
    old = notice("1.0")
    wider = notice("2.0", line(kinds=("full_name", "mobile_phone")), active_from=at("2026-11-10"))
    reworded = notice("1.1", line(text_zh="本人同意。"), active_from=at("2026-11-10"))
    events, known = proven("2026-11-01"), {"CK-VISIT@1.0": old}
    assert outcome(*events, notices=known, active_notice=wider) == (S.CHANGE_PENDING, Code.OUTDATED_MAJOR)
    assert status(*events, notices=known, active_notice=wider, when="2026-11-09").open
    assert outcome(*events, notices=known, active_notice=reworded) == (S.GIVEN, Code.VALID_OLDER_COMPATIBLE)
    assert outcome(*events, active_notice=wider)[0] is S.CHANGE_PENDING  # cannot be compared
    renewed = proven("2026-11-15", notice="CK-VISIT@2.0")
    assert outcome(*events, *renewed, notices=known, active_notice=wider) == (S.RENEWED, Code.VALID_LATEST)


def test_marks_of_one_form_keep_their_order_on_the_day() -> None:
    day = {"precision": Precision.DAY, "evidence_id": "EV-9"}
    yes, check = proven("2026-11-01", **day, order_on_form=2)
    no_before = event(K.REFUSED, "2026-11-01", **day, order_on_form=1)
    no_after = event(K.REFUSED, "2026-11-01", **day, order_on_form=3)
    assert outcome(yes, check, no_before)[0] is S.GIVEN
    assert outcome(yes, check, no_after)[0] is S.REFUSED
    other_form = event(K.REFUSED, "2026-11-01", precision=Precision.DAY, evidence_id="EV-8")
    assert outcome(yes, check, other_form)[0] is S.REFUSED  # order unknown: the no wins


def test_refusal_on_paper_closes_the_rest_of_its_day() -> None:
    no = event(K.REFUSED, "2026-11-01", precision=Precision.DAY)
    assert outcome(no, *proven("2026-11-01T15:00"))[0] is S.REFUSED
    assert outcome(no, *proven("2026-11-02T00:00"))[0] is S.GIVEN


def test_withdrawal_on_the_day_of_a_paper_consent_closes() -> None:
    events = proven("2026-11-01", precision=Precision.DAY, recorded_at=at("2026-11-02"))
    out = event(K.WITHDRAWN, "2026-11-01T09:00", received_at=at("2026-11-01T09:00"))
    assert outcome(*events, out)[0] is S.WITHDRAWN


def test_an_event_that_arrives_twice_counts_once() -> None:
    yes, check = proven("2026-11-01")
    assert outcome(yes, check, yes)[0] is S.GIVEN


@pytest.mark.req("REQ-030")
def test_all_lines_keeps_items_apart() -> None:
    wecom, email = proven("2026-11-01", item="digital/wecom"), proven("2026-11-01", item="digital/email")
    out = event(K.WITHDRAWN, "2026-11-02", item="digital/wecom", received_at=at("2026-11-02"))
    lines = all_lines(
        [*wecom, *email, out],
        terms_of=lambda item: ItemTerms(
            item=item, purpose="digital", least_grade=Grade.E4, term_months=24, separate=False, ask_lock_days=180
        ),
        items=("visit", "digital/wecom"),
        at=at(LATER),
    )
    assert [(x.item, x.status) for x in lines] == [
        ("visit", S.NOT_ASKED),
        ("digital/wecom", S.WITHDRAWN),
        ("digital/email", S.GIVEN),
    ]
