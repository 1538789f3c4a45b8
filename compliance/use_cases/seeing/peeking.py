"""A curious reader tries to infer what is hidden from them, by search, order, pages and counts (REQ-044, *no peeking*).

Run by the self-test in its practice store. Rules: (1) the trials know the hidden values, so they miss nothing a
guesser could hit: every piece of a value, its reading, its digits; (2) a trial succeeds, and the test fails, when the
answer to a piece that no shown value holds is any other than *nobody*; (3) pages together are the whole list, each
person once, under one total; (4) where names are hidden the order is that of the ids, which say nothing; (5) a finding
is a code: purpose and column, never a value.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from compliance.importing.readings import readings
from compliance.model.access import Purpose
from compliance.model.answer import Refusal
from compliance.model.profile import PersonRow
from compliance.use_cases.seat.session import Session
from compliance.use_cases.seeing.people_list import PeoplePage, find_people

#: Columns a search may look into where they show.
_SEARCHED = ("full_name", "institution_name", "department")
_PAGE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Peeked:
    """What the trials found: how many questions were put, and where one gave something away."""

    questions: int
    leaks: tuple[str, ...]


def try_to_peek(
    session: Session,
    *,
    secrets: Sequence[Mapping[str, str]],
    purposes: tuple[Purpose, ...],
    as_rep: str | None = None,
) -> Peeked:
    """Put every question as ``session``'s user, or as a rep. ``secrets``: the values of each person as stored."""
    questions, leaks = 0, []
    for purpose in purposes:
        everybody = _ask(session, purpose, as_rep, "")
        questions += 1
        if everybody is None:
            continue
        shown = [{field.key: field.value or "" for field in row.fields} for row in everybody.rows]
        leaks += [f"{purpose}:{fault}" for fault in _order(session, purpose, as_rep, everybody)]
        for values in secrets:
            for key, value in values.items():
                for piece in _pieces(key, value):
                    if _is_shown(piece, shown):
                        continue
                    questions += 1
                    page = _ask(session, purpose, as_rep, piece)
                    if page is not None and (page.total or page.rows):
                        leaks.append(f"{purpose}:{key}")
                        break
    return Peeked(questions=questions, leaks=tuple(dict.fromkeys(leaks)))


def _ask(
    session: Session,
    purpose: Purpose,
    as_rep: str | None,
    text: str,
    *,
    limit: int = 500,
    offset: int = 0,
    after: str = "",
) -> PeoplePage | None:
    answer = find_people(
        session, text=text, purpose=purpose, limit=limit, offset=offset, after=after, as_rep=as_rep
    ).value
    return None if isinstance(answer, Refusal) else answer


def _order(session: Session, purpose: Purpose, as_rep: str | None, whole: PeoplePage) -> Iterator[str]:
    """Rules 3 and 4."""
    ids = [row.hcp_id for row in whole.rows]
    if whole.total != len(ids) or len(set(ids)) != len(ids):
        yield "count"
    paged: list[str] = []
    for offset in range(0, len(ids) + _PAGE, _PAGE):
        page = _ask(session, purpose, as_rep, "", limit=_PAGE, offset=offset)
        if page is None or page.total != whole.total:
            yield "pages"
            return
        paged += [row.hcp_id for row in page.rows]
    behind, more = [], ids[0] if ids else ""
    while more:
        page = _ask(session, purpose, as_rep, "", limit=_PAGE, after=more)
        behind += [row.hcp_id for row in page.rows] if page else []
        more = page.more if page else ""
    if paged != ids or behind != ids[1:]:
        yield "pages"
    nameless = [row.hcp_id for row in whole.rows if not _named(row)]
    if nameless != sorted(nameless):
        yield "order"


def _named(row: PersonRow) -> bool:
    return any(field.key == "full_name" and field.value for field in row.fields)


def _pieces(key: str, value: str) -> Iterator[str]:
    """A value, its halves, single characters of text and last digits of numbers; of a name also how it is spoken."""
    yield value
    if value.isascii():
        yield from {value[: len(value) // 2], value[-4:], value.partition("@")[0]} - {value, ""}
        return
    yield from dict.fromkeys((value[:2], value[-2:], *(c for c in value if not c.isspace())))
    if key == "full_name":
        spoken = readings(value)
        yield from dict.fromkeys((*spoken.full, *(text[:3] for text in spoken.full), *spoken.initials))


def _is_shown(piece: str, shown: Sequence[Mapping[str, str]]) -> bool:
    """Whether somebody's shown values hold the piece, so that finding them tells nothing new."""
    for values in shown:
        if any(piece in values.get(column, "") for column in _SEARCHED):
            return True
        spoken = readings(values["full_name"]) if values.get("full_name") else None
        if spoken and any(text.startswith(piece) for text in (*spoken.full, *spoken.initials)):
            return True
    return False
