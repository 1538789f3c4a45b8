"""Lists and search: the same walk for a screenful, and no peeking.

Rules: (1) what this reader may not see for this purpose changes no result, order or count: the purpose is compiled
(``listing.scope``) and stands inside the query, column by column; (2) each row shown is decided once more and its
values are unsealed through the same decision as a profile, so that one mistake alone shows nothing; (3) one log entry
and one commit for the page, before it is shown.
"""

from dataclasses import dataclass
from datetime import datetime

from compliance.errors import bad_input
from compliance.model.access import (
    FIELD_ROLES,
    AccessGranted,
    FieldState,
    Purpose,
)
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import AuditEvent, Kind, Scalar
from compliance.model.consent import ConsentStatus
from compliance.model.profile import PersonRow, ShownField
from compliance.policy.access import rep_action
from compliance.policy.list_rule import LIST_FIELDS
from compliance.use_cases.seat.acting import barred, refuse
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seeing.listing import scope
from compliance.use_cases.seeing.search_words import read_search
from compliance.use_cases.seeing.view_marks import mark_of, marks_of
from compliance.use_cases.seeing.walk import Look, known_rep, walk

#: Why a purpose that does not name the reader's role lists nobody: the same as for one person.
NOT_NAMED = "role_not_permitted"
_MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePage:
    """A screenful, policy applied. ``mark`` tells later whether its rows may still be shown (:mod:`.view_marks`)."""

    rows: tuple[PersonRow, ...]
    total: int
    audit_index: int
    mark: str = ""


def find_people(
    session: Session,
    *,
    text: str,
    purpose: Purpose,
    limit: int = 50,
    offset: int = 0,
    as_rep: str | None = None,
) -> Answer[PeoplePage | Refusal]:
    """People this reader may see for ``purpose`` who match ``text`` by what is shown of them (:mod:`.search_words`).
    InputErrors ``bad_limit`` and those of the search words."""
    now = session.now()
    if not 1 <= limit <= _MOST or offset < 0:
        raise bad_input("bad_limit", "limit", str(limit), str(_MOST))
    if as_rep is not None and (no := barred(session, "view_as_rep", at=now)):
        return no
    cut: dict[str, Scalar | list[Scalar]] = {"searched": bool(text.strip()) or offset > 0}
    cut |= {"as_rep": as_rep} if as_rep else {}
    with session.vault.unit_of_work() as uow:
        rep = known_rep(uow, as_rep) if as_rep else None
        role = rep.role if rep else session.role
        if role not in session.policy.purposes[purpose].roles:
            rule = session.policy.reasons[NOT_NAMED]
            return refuse(session, uow, at=now, reason=NOT_NAMED, purpose=purpose, because=rule.references)
        asked = read_search(text, policy=session.policy, role=role, at=now)
        seen = scope(session, uow, purpose=purpose, role=role, at=now, rep=rep.name if rep else None)
        if seen is None:
            index = uow.commit(_entry(session, now, purpose, (), 0, cut))[0]
            return Answer(PeoplePage(rows=(), total=0, audit_index=index), Changes(audit=True))
        page = uow.index.search(asked.query(scope=seen, at=now, limit=limit, offset=offset))
        looks = [walk(session, uow, hcp_id=hit.hcp_id, purpose=purpose, at=now, as_rep=as_rep) for hit in page.rows]
        looks = [look for look in looks if isinstance(look.decision, AccessGranted)]
        rows = tuple(_row(session, look, now) for look in looks)
        mark = marks_of(mark_of(session, look.facts, at=now) for look in looks)
        index = uow.commit(_entry(session, now, purpose, tuple(r.hcp_id for r in rows), page.count, cut))[0]
    return Answer(PeoplePage(rows=rows, total=page.count, audit_index=index, mark=mark), Changes(audit=True))


def _row(session: Session, look: Look, at: datetime) -> PersonRow:
    decision = look.decision
    assert isinstance(decision, AccessGranted) and look.person is not None
    fields = tuple(f for key in LIST_FIELDS if (f := _listed(look.shown.get(key))) is not None)
    waiting = {ConsentStatus.EVIDENCE_PENDING, ConsentStatus.UNPROVEN}
    hint = " ".join(
        [*sorted(look.lines_open), *sorted({f"?{i}" for i, x in look.lines.items() if x.status in waiting})]
    )
    return PersonRow(
        hcp_id=look.hcp_id,
        fields=fields,
        cross_border=look.person.cross_border,
        consent_hint="" if decision.role in FIELD_ROLES else hint,
        flags=() if decision.role in FIELD_ROLES else tuple(sorted(map(str, look.person.blocks))),
        action=rep_action(lines=look.lines, purpose=decision.purpose, before_proof=look.facts.before_proof, at=at),
    )


def _listed(field: ShownField | None) -> ShownField | None:
    return field if field is not None and field.state is not FieldState.WITHHELD else None


def _entry(
    session: Session,
    at: datetime,
    purpose: Purpose,
    hcps: tuple[str, ...],
    total: int,
    cut: dict[str, Scalar | list[Scalar]],
) -> AuditEvent:
    """``cut`` says with whose eyes and whether words or a page chose; the words are nobody's business."""
    detail = {"total": total, **cut}
    return session.event(Kind.LIST_SHOWN, at=at, hcps=hcps, purpose=str(purpose), fields=LIST_FIELDS, detail=detail)
