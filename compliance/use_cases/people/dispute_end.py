"""The end of a dispute over a value, by settling it or by amending the value: one row, one finished task."""

from dataclasses import replace
from datetime import datetime

from compliance.vault import Dispute, UnitOfWork

TASK = "value_dispute"


def settle(uow: UnitOfWork, dispute: Dispute, outcome: str, now: datetime, *, by: str) -> Dispute:
    """Write that a dispute is over, and finish its task."""
    settled = replace(dispute, settled_at=now, settled_by=by, outcome=outcome)
    uow.disputes.put(settled)
    for task in uow.tasks.open(kind=TASK, hcp_id=dispute.hcp_id):
        if task.subject == dispute.key:
            uow.tasks.done(task.task_id, now, by)
    return settled
