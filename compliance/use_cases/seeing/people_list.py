"""Lists and search: the same walk for a screenful, and no peeking.

Rules: (1) what this reader may not see for this purpose changes no result, order or count: the purpose is compiled
(``listing.scope``) and stands inside the query, column by column; (2) each row shown is decided once more and its
values are unsealed through the same decision as a profile, so that one mistake alone shows nothing; (3) one log entry
and one commit for the page, before it is shown; (4) a page goes on behind, or ends before, a person who stands in the
list now, and need not count the whole list; counting it alone is a look of its own (:func:`count_people`).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

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
from compliance.policy.list_rule import LIST_FIELDS
from compliance.use_cases.seat.acting import barred, refuse
from compliance.use_cases.seat.duties import may
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seeing.listing import scope
from compliance.use_cases.seeing.search_words import read_search
from compliance.use_cases.seeing.told import told_action
from compliance.use_cases.seeing.view_marks import mark_of, marks_of
from compliance.use_cases.seeing.walk import Look, known_rep, walk_page
from compliance.vault import SearchQuery, UnitOfWork

#: Why a purpose that does not name the reader's role lists nobody: the same as for one person.
NOT_NAMED = "role_not_permitted"
_MOST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePage:
    """A screenful, policy applied. ``mark`` tells later whether its rows may still be shown (:mod:`.view_marks`);
    ``total`` is None for a long list that was not to be counted; ``more`` is the person to go on after, or before when
    looking back, "" at the end."""

    rows: tuple[PersonRow, ...]
    total: int | None
    audit_index: int
    mark: str = ""
    more: str = ""


def find_people(
    session: Session,
    *,
    text: str,
    purpose: Purpose,
    limit: int = 50,
    offset: int = 0,
    after: str = "",
    before: str = "",
    counted: bool = True,
    as_rep: str | None = None,
) -> Answer[PeoplePage | Refusal]:
    """People this reader may see for ``purpose`` who match ``text`` by what is shown of them (:mod:`.search_words`):
    the first, those from ``offset`` on, behind the person ``after`` or ahead of ``before``. InputErrors ``bad_limit``,
    ``two_places``, ``place_not_listed`` and those of the search words."""
    if not 1 <= limit <= _MOST or offset < 0:
        raise bad_input("bad_limit", "limit", str(limit), str(_MOST))
    if bool(offset) + bool(after) + bool(before) > 1:
        raise bad_input("two_places", "after")
    now = session.now()
    cut: dict[str, Scalar | list[Scalar]] = {"searched": bool(text.strip() or offset or after or before)}

    def page_of(uow: UnitOfWork, query: SearchQuery | None) -> PeoplePage:
        if query is None:
            index = uow.commit(_entry(session, now, purpose, (), 0, _seen_by(cut, as_rep)))[0]
            return PeoplePage(rows=(), total=0, audit_index=index)
        page = uow.index.search(replace(query, offset=offset, after=after, before=before, counted=counted))
        ids = [hit.hcp_id for hit in page.rows]
        looks = walk_page(session, uow, hcp_ids=ids, purpose=purpose, at=now, as_rep=as_rep)
        rows = tuple(_row(session, look, now) for look in looks)
        mark = marks_of(mark_of(session, look.facts, at=now) for look in looks)
        shown = tuple(row.hcp_id for row in rows)
        index = uow.commit(_entry(session, now, purpose, shown, page.total, _seen_by(cut, as_rep)))[0]
        end = page.rows[0 if before else -1].hcp_id if page.more and page.rows else ""
        return PeoplePage(rows=rows, total=page.total, audit_index=index, mark=mark, more=end)

    return _asked(session, page_of, text=text, purpose=purpose, limit=limit, as_rep=as_rep, at=now)


def count_people(session: Session, *, text: str, purpose: Purpose, as_rep: str | None = None) -> Answer[int | Refusal]:
    """How many there are of a list that was not counted when it was shown. InputErrors of the search words."""
    now = session.now()

    def count(uow: UnitOfWork, query: SearchQuery | None) -> int:
        total = uow.index.search(query).count if query is not None else 0
        uow.commit(_entry(session, now, purpose, (), total, _seen_by({"searched": True, "counted": True}, as_rep)))
        return total

    return _asked(session, count, text=text, purpose=purpose, limit=1, as_rep=as_rep, at=now)


_T = TypeVar("_T")


def _asked(
    session: Session,
    give: Callable[[UnitOfWork, SearchQuery | None], _T],
    *,
    text: str,
    purpose: Purpose,
    limit: int,
    as_rep: str | None,
    at: datetime,
) -> Answer[_T | Refusal]:
    """What ``give`` makes of the question, once it is clear whose eyes ask and that they may; None: nobody is seen."""
    if as_rep is not None and (no := barred(session, "view_as_rep", at=at)):
        return no
    with session.vault.unit_of_work() as uow:
        rep = known_rep(uow, as_rep) if as_rep else None
        role = rep.role if rep else session.role
        if role not in session.policy.purposes[purpose].roles:
            rule = session.policy.reasons[NOT_NAMED]
            return refuse(session, uow, at=at, reason=NOT_NAMED, purpose=purpose, because=rule.references)
        asked = read_search(text, policy=session.policy, role=role, at=at)
        seen = scope(session, uow, purpose=purpose, role=role, at=at, rep=rep.name if rep else None)
        given = give(uow, asked.query(scope=seen, at=at, limit=limit) if seen is not None else None)
    return Answer(given, Changes(audit=True))


def _seen_by(cut: dict[str, Scalar | list[Scalar]], rep: str | None) -> dict[str, Scalar | list[Scalar]]:
    return {**cut, "as_rep": rep} if rep else cut


def _row(session: Session, look: Look, at: datetime) -> PersonRow:
    decision = look.decision
    assert isinstance(decision, AccessGranted) and look.person is not None
    fields = tuple(f for key in LIST_FIELDS if (f := _listed(look.shown.get(key))) is not None)
    waiting = {ConsentStatus.EVIDENCE_PENDING, ConsentStatus.UNPROVEN}
    hint = " ".join(
        [*sorted(look.lines_open), *sorted({f"?{i}" for i, x in look.lines.items() if x.status in waiting})]
    )
    told = decision.role not in FIELD_ROLES and may(decision.role, "consent_status")
    return PersonRow(
        hcp_id=look.hcp_id,
        fields=fields,
        cross_border=look.person.cross_border,
        consent_hint=hint if told else "",
        flags=look.flags(),
        action=told_action(session.policy, lines=look.lines, facts=look.facts, purpose=decision.purpose, at=at),
    )


def _listed(field: ShownField | None) -> ShownField | None:
    return field if field is not None and field.state is not FieldState.WITHHELD else None


def _entry(
    session: Session,
    at: datetime,
    purpose: Purpose,
    hcps: tuple[str, ...],
    total: int | None,
    cut: dict[str, Scalar | list[Scalar]],
) -> AuditEvent:
    """``cut`` says with whose eyes and whether words or a page chose; the words are nobody's business."""
    detail = {"uncounted": True, **cut} if total is None else {"total": total, **cut}
    return session.event(Kind.LIST_SHOWN, at=at, hcps=hcps, purpose=str(purpose), fields=LIST_FIELDS, detail=detail)
