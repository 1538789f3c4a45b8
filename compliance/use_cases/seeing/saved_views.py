"""Saved views: a search a user named for themselves, with its purpose and the columns to show.

Rules: (1) a view holds search words about groups (``hospital:``, ``is:expiring``, ``consent:…``), never a name or free
words: a person whom it named would outlive their erasure in it; (2) columns are among those the list may show, and
choosing fewer shows less, never more: each look is a search of its own, decided and logged anew; (3) views are sealed
for their user; a name is taken once.
"""

from dataclasses import replace

from compliance.errors import bad_input
from compliance.model.access import Purpose
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.ids import new_id
from compliance.model.profile import PersonRow
from compliance.policy.list_rule import LIST_FIELDS
from compliance.use_cases.seat.acting import refuse_alone
from compliance.use_cases.seat.free_text import guard
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seeing.people_list import NOT_NAMED, PeoplePage, find_people
from compliance.use_cases.seeing.search_words import read_search
from compliance.vault import Among, InColumn, SavedView

COLUMNS = LIST_FIELDS
_LONGEST, _MOST = 40, 50


def list_views(session: Session) -> Answer[tuple[SavedView, ...]]:
    """My views by name."""
    with session.vault.snapshot() as snap:
        return Answer(tuple(snap.saved_views.all()))


def save_view(
    session: Session, *, name: str, text: str, purpose: Purpose, columns: tuple[str, ...] = COLUMNS
) -> Answer[SavedView | Refusal]:
    """Name a search; the same name replaces it. InputErrors ``name_missing``, ``too_long``, ``view_holds_name``,
    ``unknown_column``, ``no_columns``, ``too_many_views`` and those of the search words."""
    now = session.now()
    if session.role not in session.policy.purposes[purpose].roles:
        because = session.policy.reasons[NOT_NAMED].references
        return refuse_alone(session, at=now, reason=NOT_NAMED, purpose=purpose, because=because)
    if not name.strip():
        raise bad_input("name_missing", "name")
    if len(name.strip()) > _LONGEST:
        raise bad_input("too_long", "name", "", str(_LONGEST))
    guard(session, {"name": name})
    asked = read_search(text, policy=session.policy, role=session.role, at=now)
    if asked.words or any(
        isinstance(term, Among) or (isinstance(term, InColumn) and term.key == "full_name") for term in asked.terms
    ):
        raise bad_input("view_holds_name", "query")
    if not columns:
        raise bad_input("no_columns", "columns", "", ", ".join(COLUMNS))
    for key in columns:
        if key not in COLUMNS:
            raise bad_input("unknown_column", "columns", key, ", ".join(COLUMNS))
    with session.vault.unit_of_work() as uow:
        mine = uow.saved_views.all()
        old = next((view for view in mine if view.name == name.strip()), None)
        if old is None and len(mine) >= _MOST:
            raise bad_input("too_many_views", "name", "", str(_MOST))
        view = SavedView(
            view_id=old.view_id if old else new_id("VW"), name=name.strip(), text=text.strip(), purpose=purpose,
            columns=tuple(key for key in COLUMNS if key in columns), saved_at=now,
        )  # fmt: skip
        uow.saved_views.put(view)
        uow.commit(session.event(Kind.SETTING_CHANGED, at=now, detail={"setting": "saved_view", "value": view.view_id}))
    return Answer(view, Changes(audit=True))


def drop_view(session: Session, *, name: str) -> Answer[str]:
    """Forget a view of mine. InputErrors ``unknown_view``."""
    now = session.now()
    view = _mine(session, name)
    with session.vault.unit_of_work() as uow:
        uow.saved_views.remove(view.view_id)
        detail = {"setting": "saved_view", "value": view.view_id, "dropped": True}
        uow.commit(session.event(Kind.SETTING_CHANGED, at=now, detail=detail))
    return Answer(view.name, Changes(audit=True))


def open_view(
    session: Session,
    *,
    name: str,
    limit: int = 50,
    offset: int = 0,
    after: str = "",
    before: str = "",
    counted: bool = True,
) -> Answer[PeoplePage | Refusal]:
    """The people a view finds now, with its columns; pages as in :func:`find_people`. InputErrors ``unknown_view``."""
    view = _mine(session, name)
    answer = find_people(
        session, text=view.text, purpose=view.purpose, limit=limit, offset=offset, after=after, before=before,
        counted=counted,
    )  # fmt: skip
    page = answer.value
    if isinstance(page, Refusal):
        return answer
    return Answer(replace(page, rows=tuple(only(row, view.columns) for row in page.rows)), answer.changes)


def only(row: PersonRow, columns: tuple[str, ...]) -> PersonRow:
    """A row with the chosen columns."""
    return replace(row, fields=tuple(field for field in row.fields if field.key in columns))


def _mine(session: Session, name: str) -> SavedView:
    with session.vault.snapshot() as snap:
        found = next((view for view in snap.saved_views.all() if view.name == name.strip()), None)
    if found is None:
        raise bad_input("unknown_view", "name")
    return found
