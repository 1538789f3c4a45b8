"""Taking somebody in again who was erased: asked by one, signed by a second (PIPL 13, 47; docs/decisions/0027).

Rules: (1) who was erased stays out of every list and every form (ending/erased_keys.py); (2) whoever is asked to take
them in again says by which way and why, and a second person signs; (3) the request names entries of the suppression
list, never a name; (4) signing lifts the entries and adds nobody: the person then comes in as anybody does, with a
source and a basis; what was erased does not come back; (5) an objection to public information is not lifted by this,
only by the person (people/objections.py).
"""

from collections.abc import Mapping
from typing import Any

from compliance.errors import bad_input
from compliance.model.answer import Answer, Refusal
from compliance.model.audit import Kind
from compliance.model.profile import FieldValue, Provenance, SourceClass, ValueStatus
from compliance.model.register import PendingRequest
from compliance.use_cases.people.amendments import entered, erased_entries
from compliance.use_cases.people.indexing import index_row
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.free_text import guard
from compliance.use_cases.seat.session import Session
from compliance.use_cases.signing.carrying import settle
from compliance.use_cases.signing.two_person import ask_second

ACTION = "readmit_person"
_MOST_WORDS = 120


def request_readmission(
    session: Session, *, values: Mapping[str, str], reason: str
) -> Answer[PendingRequest | Refusal]:
    """Ask for a person to be taken in again; ``values`` as for a new person. InputErrors ``reason_missing``,
    ``not_erased``, and what a form can have wrong."""
    now = session.now()
    if no := barred(session, ACTION, at=now):
        return no
    if not reason.strip():
        raise bad_input("reason_missing", "reason")
    guard(session, {"reason": reason})
    row = index_row("", {key: FieldValue(text, _NOWHERE) for key, text in entered(session, values).items()})
    with session.vault.snapshot() as snap:
        entries = sorted(erased_entries(snap, row))
    if not entries:
        raise bad_input("not_erased", "person")
    params = {"entries": entries, "reason": reason.strip()[:_MOST_WORDS]}
    return ask_second(session, action=ACTION, at=now, params=params)


def carry_readmission(session: Session, params: Mapping[str, Any]) -> dict[str, int]:
    """The second signature: the entries go."""
    now = session.now()
    with session.vault.unit_of_work() as uow:
        kept = uow.suppressions.entries()
        standing = [entry for entry in params["entries"] if entry in kept]
        for entry in standing:
            uow.suppressions.lift(entry)
        settle(session, uow)
        detail = {"entries": list(params["entries"]), "reason": params["reason"]}
        uow.commit(session.event(Kind.PERSON_READMITTED, at=now, detail=detail))
    return {"lifted": len(standing)}


#: The values of the form are looked up and forgotten.
_NOWHERE = Provenance(
    source="", source_class=SourceClass.FIRST, source_date=None, collector="", grade="", basis="",
    status=ValueStatus.QUARANTINED,
)  # fmt: skip
