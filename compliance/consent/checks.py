"""The second person's word on the evidence of a recorded yes (C05, C06; REQ-017).

Rules: (1) compliance or the privacy officer checks, never the one who recorded the act; (2) only evidence that is there
can be accepted; (3) once checked stays checked: a mistaken rejection is mended by recording the act again.
"""

import re
from collections.abc import Iterable
from datetime import datetime

from compliance.errors import bad_input
from compliance.model.access import Reference, Role
from compliance.model.answer import Refusal
from compliance.model.consent import ConsentEvent, EventKind, Method
from compliance.model.ids import new_id

CHECKERS = frozenset({Role.COMPLIANCE, Role.DPO})
_CHECKS = (EventKind.CHECK_ACCEPTED, EventKind.CHECK_REJECTED)
_DEFECT = re.compile(r"[A-Za-z0-9_\-]{1,40}")


def check_evidence_act(
    target: ConsentEvent,
    *,
    events: Iterable[ConsentEvent],
    accept: bool,
    defect: str | None = None,
    checker: str,
    checker_role: Role,
    now: datetime,
) -> ConsentEvent | Refusal:
    """The second person's word on the evidence of the yes ``target``; ``events`` are the person's.

    Refused: ``role_not_allowed``, ``same_person``, ``no_evidence``, ``already_checked``. Raises InputErrors where the
    target is not a yes and for a rejection without a defect code (keys ``defect.*`` name the usual ones).
    """
    if target.kind is not EventKind.GIVEN:
        raise bad_input("nothing_to_check", "event", target.event_id)
    if not accept and not (defect and _DEFECT.fullmatch(defect)):
        raise bad_input("defect_code_needed", "reject")
    if checker_role not in CHECKERS:
        return Refusal(reason="role_not_allowed", references=(Reference("PIPL", "69"),))
    if checker == target.recorded_by:
        return Refusal(reason="same_person", references=(Reference("PIPL", "69"), Reference("35273", "7.1")))
    if accept and not target.evidence_id:
        return Refusal(reason="no_evidence", references=(Reference("PIPL", "69"),))
    earlier = [e for e in events if e.target == target.event_id and e.kind in _CHECKS]
    if any(e.recorded_by != target.recorded_by for e in earlier):
        return Refusal(reason="already_checked", detail=target.event_id)
    return ConsentEvent(
        event_id=new_id("CE"),
        hcp_id=target.hcp_id,
        item=target.item,
        kind=EventKind.CHECK_ACCEPTED if accept else EventKind.CHECK_REJECTED,
        method=Method.STAFF,
        recorded_at=now,
        recorded_by=checker,
        acted_at=now,
        target=target.event_id,
        defect=None if accept else defect,
    )
