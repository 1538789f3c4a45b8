"""What becomes of a value when a later file has another: every rule, the older and the worse never win."""

from datetime import date, timedelta

import pytest

from compliance.model.profile import FieldValue, Provenance, SourceClass, ValueStatus
from compliance.profile.updating import Offered, Verdict, judge

DAY = date(2026, 3, 10)
LATER, EARLIER = DAY + timedelta(days=1), DAY - timedelta(days=1)


def origin(day: date | None, source: str = "CRM", grade: str = "B", **more: object) -> Provenance:
    facts: dict[str, object] = {
        "source_class": SourceClass.FIRST, "status": ValueStatus.ACTIVE, "collector": "wu", "basis": "", **more
    }  # fmt: skip
    return Provenance(source=source, source_date=day, grade=grade, **facts)  # type: ignore[arg-type]


HELD = FieldValue("心内科", origin(DAY))
PUBLIC = {"source": "REG", "grade": "B", "source_class": SourceClass.PUBLIC}
IN_DOUBT = {"status": ValueStatus.QUARANTINED}


@pytest.mark.req("REQ-035", "REQ-036")
@pytest.mark.parametrize(
    ("held", "value", "offered", "typed", "verdict"),
    [
        (None, "骨科", origin(None), None, Verdict.ADDED),
        (HELD, "心内科", origin(DAY), None, Verdict.SAME),
        (HELD, "心内科", origin(EARLIER), None, Verdict.SAME),
        (HELD, "心内科", origin(LATER), None, Verdict.CONFIRMED),
        (HELD, "心内科", origin(LATER, source="ERP"), None, Verdict.SAME),
        (HELD, "心内科", origin(LATER), LATER, Verdict.SAME),
        (FieldValue("心内科", origin(DAY, **IN_DOUBT)), "心内科", origin(LATER, **IN_DOUBT), None, Verdict.SAME),
        (HELD, "骨科", origin(LATER), None, Verdict.CHANGED),
        (HELD, "骨科", origin(DAY), None, Verdict.CHANGED),
        (HELD, "骨科", origin(None), None, Verdict.CHANGED),
        (HELD, "骨科", origin(EARLIER), None, Verdict.OLDER),
        (HELD, "骨科", origin(DAY), DAY, Verdict.TYPED),
        (HELD, "骨科", origin(None), EARLIER, Verdict.TYPED),
        (HELD, "骨科", origin(LATER), DAY, Verdict.CHANGED),
        (HELD, "骨科", origin(LATER, **IN_DOUBT), None, Verdict.DOUBTFUL),
        (FieldValue("心内科", origin(DAY, **IN_DOUBT)), "骨科", origin(LATER, **IN_DOUBT), None, Verdict.CHANGED),
        (FieldValue("心内科", origin(DAY, "V", "C", **IN_DOUBT)), "骨科", origin(EARLIER), None, Verdict.CHANGED),
        (HELD, "骨科", origin(LATER, "ERP", "C"), None, Verdict.BETTER),
        (HELD, "骨科", origin(LATER, **PUBLIC), None, Verdict.BETTER),
        (HELD, "骨科", origin(LATER, "ERP", "A"), None, Verdict.CHANGED),
        (HELD, "骨科", origin(DAY, "ERP", "A"), None, Verdict.OLDER),
        (HELD, "骨科", origin(None, "ERP", "A"), None, Verdict.OLDER),
        (FieldValue("心内科", origin(None, "OLD", "D")), "骨科", origin(None), None, Verdict.CHANGED),
    ],
)
def test_every_rule(
    held: FieldValue | None, value: str, offered: Provenance, typed: date | None, verdict: Verdict
) -> None:
    assert judge("department", held, Offered(value, offered, own_day=True), typed_on=typed) is verdict


def test_who_somebody_is_never_changes_by_a_file_and_a_file_day_confirms_nothing() -> None:
    for key in ("full_name", "practice_licence_no"):
        assert judge(key, HELD, Offered("别人", origin(LATER)), typed_on=None) is Verdict.IDENTITY
        assert judge(key, None, Offered("别人", origin(LATER)), typed_on=None) is Verdict.ADDED
    assert judge("department", HELD, Offered("心内科", origin(LATER)), typed_on=None) is Verdict.SAME
