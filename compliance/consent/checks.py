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

CHECKERS = frozenset({Role.COMPLIANCE, Role.DPO})
_CHECKS = (EventKind.CHECK_ACCEPTED, EventKind.CHECK_REJECTED)
_DEFECT = re.compile(r"[A-Za-z0-9_\-]{1,40}")


def check_evidence(
    target: str,
    *,
    event_id: str,
    accept: bool,
    defect: str | None = None,
    events: Iterable[ConsentEvent],
    now: datetime,
    checker: str,
    checker_role: Role,
) -> ConsentEvent | Refusal:
    """The second person's word on the evidence of the yes ``target``.

    Refused: ``role_not_allowed``, ``same_person``, ``no_evidence``, ``already_checked``. Raises InputErrors for an
    unknown target and for a rejection without a defect code (keys ``defect.*`` name the usual ones).
    """
    listed = list(events)
    act = next((e for e in listed if e.event_id == target and e.kind is EventKind.GIVEN), None)
    if act is None:
        raise bad_input("unknown_event", "event", target)
    if not accept and not (defect and _DEFECT.fullmatch(defect)):
        raise bad_input("defect_code_needed", "reject")
    if checker_role not in CHECKERS:
        return Refusal(reason="role_not_allowed", references=(Reference("PIPL", "69"),))
    if checker == act.recorded_by:
        return Refusal(reason="same_person", references=(Reference("PIPL", "69"), Reference("35273", "7.1")))
    if accept and not act.evidence_id:
        return Refusal(reason="no_evidence", references=(Reference("PIPL", "69"),))
    if any(e.target == target and e.kind in _CHECKS and e.recorded_by != act.recorded_by for e in listed):
        return Refusal(reason="already_checked", detail=target)
    return ConsentEvent(
        event_id=event_id,
        hcp_id=act.hcp_id,
        item=act.item,
        kind=EventKind.CHECK_ACCEPTED if accept else EventKind.CHECK_REJECTED,
        method=Method.STAFF,
        recorded_at=now,
        recorded_by=checker,
        acted_at=now,
        target=target,
        defect=None if accept else defect,
    )
