"""A value removed at the person's own request leaves nothing but that it was removed, and when (PIPL 47).

Rules: (1) what the field was before goes with it, whoever changed it, from this record and from those merged into it;
(2) the history then has one line without a value: when, by whom, at the person's request; the log has the same; (3) no
import taken back brings it again, no later file fills it (import_update.py), and a restore of an older backup removes
it anew; (4) while a hold keeps the person, nothing is removed: holds.py says how.
"""

from datetime import datetime
from functools import partial

from compliance.model.access import Section
from compliance.use_cases.seat.facts import Reader
from compliance.use_cases.seat.session import Session
from compliance.vault import Maintenance, UnitOfWork

REQUEST = "request"


def records(reader: Reader, hcp_id: str) -> tuple[str, ...]:
    """The person's record and those merged into it."""
    return (hcp_id, *(case.gone for case in reader.merges.into(hcp_id)))


def forget_all(session: Session, uow: UnitOfWork, hcp_id: str, section: Section, key: str, at: datetime) -> None:
    """Rules 1 to 3; the value itself has been taken out of the person's own record."""
    for record in records(uow, hcp_id):
        if record != hcp_id:
            if uow.reach_merged(record) is None:
                continue
            values = dict(uow.sections.read_for(Maintenance.AMEND, record, [section]).get(section, {}))
            if values.pop(key, None) is not None:
                uow.sections.write(record, section, values)
        uow.value_changes.forget(record, section, {key})
        uow.before_commit(partial(session.vault.keep_let_go, record, (key,), at))
    uow.value_changes.add_by_hand(hcp_id, section, {key: (None, None)}, at, by=session.actor, why=REQUEST)
