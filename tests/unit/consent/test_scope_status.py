"""A changed notice: the old scope stays open, nothing beyond it does (law.md C12 to C16, REQ-032, REQ-033)."""

import pytest
from consent_support import VISIT, at, event, line, notice, proven

from compliance.consent.codes import ExplanationCode as Code
from compliance.consent.status import line_status
from compliance.model.consent import ConsentStatus as S
from compliance.model.consent import EventKind as K
from compliance.model.consent import LineStatus, NoticeState, Precision

OLD = notice("1.0", line(kinds=("identity",), retention_months=36, term_months=60))
WIDER = notice(
    "2.0", line(kinds=("identity", "contact"), retention_months=36, term_months=60), active_from=at("2026-11-10")
)
LONGER = notice("2.0", line(kinds=("identity",), retention_months=60, term_months=60), active_from=at("2026-11-10"))


def status(*events, active, when="2026-11-24", **more) -> LineStatus:  # type: ignore[no-untyped-def]
    return line_status(
        events,
        terms=VISIT,
        item="visit",
        at=at(when),
        active_notice=active,
        notices={n.ref: n for n in (OLD, active)},
        **more,
    )


@pytest.mark.req("REQ-032")
def test_the_old_scope_stays_open_and_no_more() -> None:
    now = status(*proven("2026-11-01"), active=WIDER)
    assert (now.status, now.code, now.open) == (S.CHANGE_PENDING, Code.OUTDATED_MAJOR, True)
    assert now.kinds == {"identity"}
    renewed = status(*proven("2026-11-01"), *proven("2026-11-15", notice="CK-VISIT@2.0"), active=WIDER)
    assert (renewed.status, renewed.kinds) == (S.RENEWED, {"identity", "contact"})


@pytest.mark.req("REQ-032")
def test_retention_raised_from_three_to_five_years_ends_the_old_yes_after_three() -> None:
    yes = proven("2024-02-29")
    before = status(*yes, active=LONGER, when="2027-02-28T23:59:59")
    assert (before.status, before.open) == (S.CHANGE_PENDING, True)
    assert before.valid_until == at("2027-03-01")
    after = status(*yes, active=LONGER, when="2027-03-01")
    assert (after.status, after.code, after.open) == (S.EXPIRED, Code.EXPIRED_RETENTION, False)
    # the same consent without a wider notice runs to its own end
    assert status(*yes, active=OLD, when="2027-03-01").open


@pytest.mark.req("REQ-033")
def test_silence_never_widens_and_the_lapse_comes_by_itself() -> None:
    yes = proven("2026-11-01")
    silent = (event(K.PRESENTED, "2026-11-12", notice="CK-VISIT@2.0"), event(K.NO_ANSWER, "2026-12-12"))
    later = status(*yes, *silent, active=WIDER, when="2027-01-10")
    assert (later.status, later.kinds) == (S.CHANGE_PENDING, {"identity"})
    ends = {"CK-VISIT@2.0": at("2027-01-01")}
    assert status(*yes, *silent, active=WIDER, when="2026-12-31T23:59:59", old_scope_ends=ends).open
    gone = status(*yes, *silent, active=WIDER, when="2027-01-01", old_scope_ends=ends)
    assert (gone.status, gone.code, gone.open) == (S.REVOKED, Code.OLD_SCOPE_ENDED, False)


@pytest.mark.req("REQ-032")
def test_refusing_the_new_notice_keeps_the_old_yes_within_its_scope() -> None:
    yes, no = proven("2026-11-01"), event(K.REFUSED, "2026-11-15", notice="CK-VISIT@2.0")
    kept = status(*yes, no, active=WIDER)
    assert (kept.status, kept.code, kept.open, kept.kinds) == (S.GIVEN, Code.OLD_SCOPE_KEPT, True, {"identity"})
    assert not kept.may_ask and kept.ask_again_from == at("2027-05-15")
    ends = {"CK-VISIT@2.0": at("2026-12-01")}
    assert status(*yes, no, active=WIDER, when="2026-12-01", old_scope_ends=ends).status is S.REVOKED
    # a refusal of the notice that was agreed to, or one that does not go beyond it, is a refusal
    assert status(*yes, event(K.REFUSED, "2026-11-15", notice="CK-VISIT@1.0"), active=WIDER).status is S.REFUSED
    assert status(*yes, event(K.REFUSED, "2026-11-15"), active=WIDER).status is S.REFUSED
    # refusing a draft, or a version whose day has not come, is refusing what was agreed to
    for unborn in (
        notice("2.0", *WIDER.lines, state=NoticeState.DRAFT, active_from=None),
        notice("2.0", *WIDER.lines, active_from=at("2026-11-20")),
    ):
        assert not status(*yes, no, active=unborn, when="2026-11-16").open
    on_the_day = event(K.REFUSED, "2026-11-10", notice="CK-VISIT@2.0", precision=Precision.DAY)
    later = notice("2.0", *WIDER.lines, active_from=at("2026-11-10T10:00"))
    assert status(*yes, on_the_day, active=later).code is Code.OLD_SCOPE_KEPT
    # and a withdrawal closes everything
    gone = event(K.WITHDRAWN, "2026-11-16", received_at=at("2026-11-16"))
    assert status(*yes, no, gone, active=WIDER).status is S.WITHDRAWN
