"""Would a person have stood in a list that the log names, and with which fields (``policy replay ENTRY --hcp HCP``).

Rules: (1) the decision about the person is made again under the rules and the facts of the list's instant, with the
eyes the list was made with (:mod:`past_facts`); (2) a list has no digest for each person, so the answer is compared
with the names in the entry, never called proven; (3) search words, order and page are not in the log: a person who
could be seen and is not named may have been left out by them, and then it says so, unless the whole list was shown;
(4) named and refused, or granted and not named in a whole list, is a finding; (5) a list too long to name its people,
and facts or rules that are gone, are told as what cannot be known; (6) looking is logged, with the person.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance.clock import from_stamp
from compliance.errors import bad_input
from compliance.model.access import FIELD_ROLES, AccessDecision, AccessGranted, Purpose, Role
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.ids import is_hcp_id
from compliance.policy.access import decide_access
from compliance.use_cases.rules.past_facts import Asked, Past
from compliance.use_cases.rules.replay import archived_rules
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.session import Session
from compliance.vault import UnitOfWork

_FILE = "people_xlsx"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """``outcome`` same | different | cannot; ``named`` None where the entry names nobody. ``fields`` are those of the
    list with the state each would have had; ``why`` says what is not known, or what differs."""

    index: int
    at: datetime
    hcp_id: str
    role: str
    purpose: str
    outcome: str
    why: str
    named: bool | None
    answer: str
    fields: Mapping[str, str]
    version: str
    rules: str


def is_list(data: Mapping[str, Any]) -> bool:
    """Whether an entry is a list of people under a purpose, shown or written."""
    detail = data["detail"]
    shown = data["kind"] == Kind.LIST_SHOWN and ("total" in detail or "uncounted" in detail) and "counted" not in detail
    written = data["kind"] == Kind.EXPORT_APPROVED and data["detail"].get("what") == _FILE
    return bool(data.get("purpose")) and (shown or written)


def replay_listed(session: Session, *, index: int, hcp_id: str) -> Answer[Listed | Refusal]:
    """Rules 1 to 5 for one person. InputErrors ``unknown_entry``, ``no_list``, ``unknown_person``."""
    now = session.now()
    if no := barred(session, "replay_decision", at=now):
        return no
    if not is_hcp_id(hcp_id):
        raise bad_input("unknown_person", "hcp")
    with session.vault.unit_of_work() as uow:
        entry = uow.log.entry(index) if 0 <= index < uow.log.size else None
        if entry is None:
            raise bad_input("unknown_entry", "index", str(index), str(uow.log.size - 1))
        if not is_list(entry.data):
            raise bad_input("no_list", "index", str(index))
        done = _listed(session, uow, index, entry.data, hcp_id)
        detail = {"entry": index, "outcome": done.outcome, "why": done.why, "what": "list"}
        hcps = (hcp_id,) if uow.people.get(hcp_id) else ()
        uow.commit(session.event(Kind.POLICY_REPLAYED, at=now, hcps=hcps, detail=detail))
    return Answer(done, Changes(audit=True))


def _listed(session: Session, uow: UnitOfWork, index: int, data: Mapping[str, Any], hcp_id: str) -> Listed:
    detail = data["detail"]
    rep, at = detail.get("as_rep"), from_stamp(data["at"])
    named = hcp_id in data["hcps"] if data["hcps"] or not _many(detail) else None
    known = data["policy"] == session.policy.digest
    policy = session.policy if known else archived_rules(uow, data["policy"])

    def told(outcome: str, why: str = "", answer: str = "", fields: Mapping[str, str] | None = None) -> Listed:
        return Listed(
            index=index,
            at=at,
            hcp_id=hcp_id,
            role=f"as_rep:{rep}" if rep else data["role"],
            purpose=data["purpose"],
            outcome=outcome,
            why=why,
            named=named,
            answer=answer,
            fields=fields or {},
            version=policy.version if policy else "",
            rules=data["policy"],
        )

    role = _role(uow, data["role"], rep)
    if policy is None or role is None:
        return told("cannot", "rules_missing" if policy is None else "rep_gone")
    asked = Asked(index=index, at=at, hcp_id=hcp_id, purpose=Purpose(data["purpose"]), rep=rep, case_id=None)
    ways, gaps = Past(session, uow).facts(policy, asked)
    if not ways or gaps:
        return told("cannot", gaps[0] if gaps else "person_gone")
    made = [decide_access(policy, role=role, purpose=asked.purpose, facts=facts, at=at) for facts in ways]
    open_ = [one for one in made if isinstance(one, AccessGranted)]
    likely = open_[0] if named and open_ else made[0]  # what keeps no time may have been either way; the names tell
    answer = "granted" if isinstance(likely, AccessGranted) else f"refused:{likely.reason}"
    fields = _states(likely, data["fields"])
    if named is None:
        return told("cannot", "list_unnamed", answer, fields)
    if named == isinstance(likely, AccessGranted):
        return told("same", "", answer, fields)
    if named:
        return told("different", "listed_though_closed", answer, fields)
    if detail.get("searched") is not False or detail.get("total") != len(data["hcps"]):
        return told("cannot", "search_not_kept", answer, fields)
    outcome, why = ("different", "open_but_unlisted") if len(open_) == len(made) else ("cannot", "facts_not_kept")
    return told(outcome, why, answer, fields)


def _many(detail: Mapping[str, Any]) -> bool:
    """Whether the entry left its people out for their number."""
    return int(detail.get("people", 0)) > 0


def _states(made: AccessDecision, keys: list[str]) -> dict[str, str]:
    if not isinstance(made, AccessGranted):
        return {}
    rulings = {ruling.key: ruling for ruling in made.rulings}
    return {key: str(rulings[key].state) if key in rulings else "withheld" for key in keys}


def _role(uow: UnitOfWork, name: str, rep: str | None) -> Role | None:
    if rep is None:
        return Role(name)
    known = uow.reps.get(rep)
    return known.role if known is not None and known.role in FIELD_ROLES else None
