"""Memos of necessity 必要性说明: the privacy officer waives one separate consent where another basis carries (REQ-025).

Rules: (1) the program works in strict mode: sensitive data, provision and exports ask for the separate consent whatever
the basis; (2) a memo waives one item for one person or for everybody, by the privacy officer's hand alone, with words
and, where wanted, an end; (3) a memo never opens anything by itself: the purpose still needs its basis, and a field
the basis does not name stays closed; (4) each decision that rests on a memo names it in the log; (5) ending is one act.
"""

from dataclasses import replace
from datetime import datetime

from compliance.errors import bad_input
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.basis import Memo
from compliance.model.ids import new_id
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.free_text import guard
from compliance.use_cases.seat.people import known_person
from compliance.use_cases.seat.session import Session


def add_memo(
    session: Session, *, item: str, necessity: str, hcp_id: str = "", valid_until: datetime | None = None
) -> Answer[Memo | Refusal]:
    """Waive the separate consent ``item`` for one person, or for everybody with an empty ``hcp_id``."""
    now = session.now()
    if no := barred(session, "record_memo", at=now, hcp_id=hcp_id):
        return no
    rule = session.policy.item_rule(item)
    if rule is None:
        raise bad_input("unknown_line", "line", item, session.policy.nearest_item(item))
    if not rule.separate:
        raise bad_input("memo_needs_separate_item", "line", item)
    if not necessity.strip():
        raise bad_input("necessity_missing", "necessity")
    guard(session, {"necessity": necessity})
    if valid_until is not None and valid_until <= now:
        raise bad_input("ends_before_now", "valid_until")
    with session.vault.unit_of_work() as uow:
        if hcp_id:
            known_person(uow, hcp_id)
        memo = Memo(
            memo_id=new_id("NM"),
            item=item,
            hcp_id=hcp_id,
            necessity=necessity.strip(),
            recorded_at=now,
            recorded_by=session.actor,
            valid_until=valid_until,
        )
        uow.memos.put(memo)
        uow.commit(
            session.event(
                Kind.MEMO_RECORDED,
                at=now,
                hcps=(hcp_id,) if hcp_id else (),
                detail={"memo": memo.memo_id, "item": item, "act": "recorded"},
            )
        )
    return Answer(memo, Changes(consents=True, people=True, audit=True))


def end_memo(session: Session, *, memo_id: str) -> Answer[Memo | Refusal]:
    """End a memo: from the next read the separate consent is asked for again."""
    now = session.now()
    if no := barred(session, "end_memo", at=now):
        return no
    with session.vault.unit_of_work() as uow:
        memo = uow.memos.get(memo_id)
        if memo is None or not memo.in_force(now):
            raise bad_input("unknown_memo", "memo")
        ended = replace(memo, ended_at=now, ended_by=session.actor)
        uow.memos.put(ended)
        uow.commit(
            session.event(
                Kind.MEMO_RECORDED,
                at=now,
                hcps=(memo.hcp_id,) if memo.hcp_id else (),
                detail={"memo": memo_id, "item": memo.item, "act": "ended"},
            )
        )
    return Answer(ended, Changes(consents=True, people=True, audit=True))


def list_memos(session: Session) -> Answer[tuple[Memo, ...] | Refusal]:
    """All memos, ended ones too."""
    now = session.now()
    if no := barred(session, "read_notices", at=now):
        return no
    with session.vault.snapshot() as snap:
        return Answer(tuple(snap.memos.all()))
