"""A ruling meets a value: tests of the single value, mask, generalisation (step 7, second half).

Rules: (1) a value past its retention end, or that fails a test of its ruling, is withheld; (2) an unknown mask or a
generalisation that cannot speak withholds, never shows clear; (3) what is not collected says so and nothing else; (4)
disputed and quarantined values are shown only for purposes that the block *quarantined* leaves open (an officer's
work), value by value.
"""

from collections.abc import Iterable
from datetime import date, datetime

from compliance.model.access import (
    AccessGranted,
    FieldRuling,
    FieldState,
    Reference,
    ValueTest,
)
from compliance.model.profile import Disclosed, FieldValue, Provenance, ShownField, ValueStatus
from compliance.model.quality import freshness, in_doubt, public_and_cited, solid, status_of
from compliance.policy.generalise import generalise
from compliance.policy.masks import mask
from compliance.policy.policy_set import PolicySet
from compliance.policy.retention import REASON as RETENTION
from compliance.policy.retention import past_its_end


def apply_ruling(
    ruling: FieldRuling,
    value: FieldValue | None,
    at: datetime,
    refresh_days: int | None = None,
    recorded: date | None = None,
) -> ShownField:
    """What is shown of one field. ``value`` None means nothing is stored. ``recorded``: the day of a value without."""
    if ruling.state is FieldState.WITHHELD:
        return _shut(ruling, ruling.reason or "not_for_purpose", ruling.references)
    if value is None:
        return ShownField(key=ruling.key, state=ruling.state, value=None, reason="not_collected")
    if past_its_end(value.provenance, kept_from=ruling.kept_from, doubt_from=ruling.doubt_from, recorded=recorded):
        return _shut(ruling, RETENTION, ruling.references)
    failed = failed_test(ruling.tests, value.provenance, at, refresh_days)
    if failed:
        return _shut(ruling, failed, ruling.references)
    if ruling.state is FieldState.MASKED:
        return _shown(ruling, value, mask(ruling.mask or "", value.value), at, refresh_days, ruling.state)
    if ruling.state is FieldState.GENERALISED:
        text = generalise(ruling.generalisation or "", value.value)
        return _shown(ruling, value, text, at, refresh_days, ruling.state)
    if ruling.generalisation:  # a limit on a shown list
        text = generalise(ruling.generalisation, value.value)
        same = text is not None and _plain(text) == _plain(value.value)
        state = FieldState.DISCLOSED if same else FieldState.GENERALISED
        return _shown(ruling, value, value.value if same else text, at, refresh_days, state)
    return _shown(ruling, value, value.value, at, refresh_days, FieldState.DISCLOSED)


def failed_test(
    tests: frozenset[ValueTest], provenance: Provenance, at: datetime, refresh_days: int | None
) -> str | None:
    """The reason of the first test a value of this source fails at ``at``, None when it passes all."""
    if ValueTest.PUBLIC_CITED in tests and not public_and_cited(provenance):
        return "value_not_public_cited"
    if ValueTest.NOT_IN_DOUBT in tests and in_doubt(provenance):
        disputed = provenance.status is ValueStatus.DISPUTED
        return "value_disputed" if disputed else provenance.held_for or "value_in_doubt"
    if ValueTest.SOLID_SOURCE in tests and not solid(provenance):
        return "value_not_solid"
    if ValueTest.FRESH_OR_IDENTITY in tests and freshness(provenance.source_date, refresh_days, at) in (
        "stale",
        "unknown",
    ):
        return "value_stale"
    return None


def reveal_ruling(policy: PolicySet, decision: AccessGranted, key: str, *, lines: Iterable[str]) -> FieldRuling | str:
    """A disclosing ruling for one masked field, or the reason why it may not be revealed.

    Only a masked field may be revealed, and none that a case would show (REQ-040); under a consent purpose the open
    ``lines`` must hold one of the items the dictionary names for it (a phone needs ``digital/phone`` or
    ``digital/sms``). ``audit`` never reveals.
    """
    ruling, field = decision.ruling(key), policy.fields.get(key)
    if ruling is None or field is None:
        return "unknown_field"
    if ruling.state is FieldState.WITHHELD:
        return ruling.reason or "not_for_purpose"
    if ruling.state is not FieldState.MASKED:
        return "not_masked"
    if ruling.reason == "case_needed":
        return ruling.reason
    rule = policy.purposes[decision.purpose]
    if not policy.roles[decision.role].slot or decision.purpose == "audit":
        return "reveal_not_allowed"
    if field.reveal_needs_any and not rule.statutory and not set(field.reveal_needs_any) & set(lines):
        return "reveal_needs_consent"
    return FieldRuling(
        key=key,
        section=ruling.section,
        state=FieldState.DISCLOSED,
        references=ruling.references,
        tests=ruling.tests,
        kept_from=ruling.kept_from,
        doubt_from=ruling.doubt_from,
    )


def _shown(
    ruling: FieldRuling,
    value: FieldValue,
    text: str | None,
    at: datetime,
    refresh_days: int | None,
    state: FieldState,
) -> ShownField:
    if text is None:
        return _shut(ruling, "unknown_mask" if ruling.mask else "nothing_to_say", ruling.references)
    source = value.provenance
    fresh = freshness(source.source_date, refresh_days, at)
    return ShownField(
        key=ruling.key,
        state=state,
        value=Disclosed(text),
        reason=ruling.reason or ("generalised_for_role" if state is FieldState.GENERALISED else None),
        references=ruling.references,
        lifted_by=ruling.lifted_by,
        source_class=source.source_class,
        source=source.source,
        source_date=source.source_date,
        freshness=fresh,
        status=status_of(source, fresh),
        grade=source.grade,
    )


def _shut(ruling: FieldRuling, reason: str, references: tuple[Reference, ...]) -> ShownField:
    return ShownField(
        key=ruling.key,
        state=FieldState.WITHHELD,
        value=None,
        reason=reason,
        references=references,
        lifted_by=ruling.lifted_by if reason == ruling.reason else f"lift.{reason}",
    )


def _plain(text: str) -> str:
    return "".join(text.replace("；", ";").split())
