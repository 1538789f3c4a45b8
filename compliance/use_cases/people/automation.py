"""A person's choice about automated decisions: no suggestions made from their data, or suggestions again (PIPL 24).

Rules (REQ-055): (1) the refusal acts at once, one person suffices and no reason is asked; (2) papers in the field that
show the person are recalled, since a suggestion may stand on them; (3) taking it back is the person's own act, with the
day it came in and its channel; consent to suggestions is still needed; (4) said twice is an error, nothing is logged.
"""

from functools import partial

from compliance.errors import bad_input
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.use_cases.field.recalling import recall_all_of
from compliance.use_cases.people.objections import heard
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.people import known_person
from compliance.use_cases.seat.session import Session


def refuse_automation(session: Session, *, hcp_id: str) -> Answer[str | Refusal]:
    """The person refuses automated decisions. InputErrors ``automation_unchanged``, ``unknown_person``."""
    now = session.now()
    if no := barred(session, "refuse_automation", at=now, hcp_id=hcp_id):
        return no
    with session.vault.unit_of_work() as uow:
        if known_person(uow, hcp_id).adm_optout:
            raise bad_input("automation_unchanged", "hcp")
        uow.people.set_adm_optout(hcp_id, True)
        uow.before_commit(partial(session.vault.keep_standing, hcp_id, "automation", True, now))
        recalled = recall_all_of(session, uow, hcp_id, at=now, why="automation")
        detail = {"refused": True, "recalled": len(recalled)}
        uow.commit(session.event(Kind.AUTOMATION_CHOICE, at=now, hcps=(hcp_id,), detail=detail))
    return Answer(hcp_id, Changes(people=True, consents=True, tasks=True, exports=True, audit=True))


def allow_automation(session: Session, *, hcp_id: str, received_at: str, channel: str) -> Answer[str | Refusal]:
    """The person takes the refusal back. InputErrors ``automation_unchanged``, ``channel_missing``, bad times."""
    now = session.now()
    if no := barred(session, "allow_automation", at=now, hcp_id=hcp_id):
        return no
    received, way = heard(session, received_at=received_at, channel=channel, now=now)
    with session.vault.unit_of_work() as uow:
        if not known_person(uow, hcp_id).adm_optout:
            raise bad_input("automation_unchanged", "hcp")
        uow.people.set_adm_optout(hcp_id, False)
        detail = {"refused": False, "received": received.isoformat(), "channel": way}
        uow.commit(session.event(Kind.AUTOMATION_CHOICE, at=now, hcps=(hcp_id,), detail=detail))
    session.vault.keep_standing(hcp_id, "automation", False, now)
    return Answer(hcp_id, Changes(people=True, consents=True, audit=True))
