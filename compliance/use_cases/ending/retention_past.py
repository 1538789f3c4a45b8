"""What values were before goes with them: the past of fields that hold nothing any more, at the end of their retention.

A run lets go of values and of what they were (retention_runs.py). A field somebody emptied has only its past left, and
nothing that is held points there. Rules: (1) looked for at the end of each run: whoever's relation is over by a rule
keeps no past under its fields, in no record of theirs; (2) whom a hold keeps, keeps it; (3) what this role has no keys
for stays sealed for a run by somebody who has; (4) an entry names the people and the fields, never a value.
"""

from collections.abc import Mapping
from datetime import datetime

from compliance.model.access import Section
from compliance.model.audit import Kind, Scalar
from compliance.policy.policy_set import PolicySet
from compliance.use_cases.ending.ended_people import ended_people
from compliance.use_cases.ending.erasure import records_of
from compliance.use_cases.seat.session import Session
from compliance.vault import UnitOfWork
from compliance.vault.keys.keyring import GUARDED

_AT_ONCE = 200


def forget_past(session: Session, *, at: datetime) -> int:
    """Forget the past of fields whose rule has ended; how many people's."""
    keyring = session.vault.keyring
    mine = [section for section in Section if section not in GUARDED or keyring.has(GUARDED[section])]
    fields = {section: _fields(session.policy, section) for section in mine}
    by_rule: dict[str, set[str]] = {}
    for of in fields.values():
        for key, rule in of.items():
            by_rule.setdefault(rule, set()).add(key)
    with session.vault.snapshot() as snap:
        ended = ended_people(session.policy, snap, at=at)
        into = snap.merged()
        people = sorted({into.get(hcp, hcp) for hcp in snap.value_changes.people()})
        over = {hcp: frozenset[str]().union(*(by_rule[r] for r in by_rule if hcp in ended[r])) for hcp in people}
        ids = snap.hcp_ids(over)
    wanted = [(ids[hcp], keys) for hcp, keys in over.items() if keys]
    done = 0
    for begin in range(0, len(wanted), _AT_ONCE):
        with session.vault.unit_of_work() as uow:
            gone = {hcp_id: _forget(uow, hcp_id, keys, fields, at) for hcp_id, keys in wanted[begin : begin + _AT_ONCE]}
            whose = tuple(hcp_id for hcp_id, keys in gone.items() if keys)
            if whose:
                named = tuple(sorted({key for keys in gone.values() for key in keys}))
                detail: dict[str, Scalar | list[Scalar]] = {"past": True, "people": len(whose)}
                uow.commit(session.event(Kind.LET_GO, at=at, hcps=whose, fields=named, detail=detail))
                done += len(whose)
        session.vault.give_way()
    return done


def _fields(policy: PolicySet, section: Section) -> dict[str, str]:
    """Field of a data group → its rule."""
    return {key: rule for key, rule in policy.retention.of_field.items() if policy.fields[key].section is section}


def _forget(
    uow: UnitOfWork, hcp_id: str, keys: frozenset[str], fields: Mapping[Section, Mapping[str, str]], at: datetime
) -> set[str]:
    """The fields of one person whose past went."""
    gone: set[str] = set()
    records = records_of(uow, hcp_id)
    if uow.holds.over(records, at) is not None:
        return gone
    for record in records:
        if uow.number_or_none(record) is None and uow.reach_merged(record) is None:
            continue
        for section, of in fields.items():
            gone |= uow.value_changes.forget(record, section, keys & of.keys())
    return gone
