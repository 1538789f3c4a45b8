"""All notice versions as a reader is told of them: the state now, what is still missing, and what may be done next.

Rules: (1) the state is the one of the day, not the stored word; (2) gaps are those that bar putting a version in force,
the register of recipients included; for versions of the past they say what a consent under them does not cover.
"""

from dataclasses import dataclass

from compliance.consent.notice import fill
from compliance.errors import Fault
from compliance.i18n import Lang
from compliance.model.access import Purpose
from compliance.model.answer import Answer
from compliance.model.consent import NoticeState, NoticeVersion
from compliance.use_cases.notices.notice_life import gaps_of, state_at
from compliance.use_cases.notices.notices import known_notice, list_notices
from compliance.use_cases.seat.session import Session, handler_contact


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A version with the state a reader is told, its gaps, and whether a document lies with it."""

    notice: NoticeVersion
    state: NoticeState
    gaps: tuple[Fault, ...]
    scan: bool


def versions(session: Session) -> Answer[tuple[Version, ...]]:
    """Every version, notice by notice, the newest version of each first."""
    now = session.now()
    found = list_notices(session).value
    with session.vault.snapshot() as snap:
        made = [
            Version(
                notice=one,
                state=state_at(one, now),
                gaps=gaps_of(session, snap, one) if one.state in _UNFINISHED else (),
                scan=one.state is NoticeState.HISTORICAL and snap.notices.file_of(one.ref) is not None,
            )
            for one in found
        ]
    made.sort(key=lambda x: (_version(x.notice), x.notice.notice), reverse=True)
    made.sort(key=lambda x: (not _everyday(x.notice), x.notice.notice))
    return Answer(tuple(made))


@dataclass(frozen=True, slots=True, kw_only=True)
class SpokenLine:
    """One item in the words a person decides on, with the company's name in its place."""

    item: str
    separate: bool
    text: str
    benefit: str
    if_refused: str


def spoken_lines(session: Session, *, ref: str, lang: Lang) -> Answer[tuple[SpokenLine, ...]]:
    """The items of a version as they are asked face to face."""
    contact = handler_contact(lang)

    def said(words: str) -> str:
        return fill(words, session.handler, contact).strip()

    zh = lang is Lang.ZH
    return Answer(
        tuple(
            SpokenLine(
                item=line.item,
                separate=line.separate,
                text=said(line.text_zh if zh else line.text_en),
                benefit=said(line.benefit_zh if zh else line.benefit_en),
                if_refused=said(line.if_refused_zh if zh else line.if_refused_en),
            )
            for line in known_notice(session, ref).lines
        )
    )


#: States in which gaps matter to whoever reads the list.
_UNFINISHED = (NoticeState.DRAFT, NoticeState.STAGED, NoticeState.HISTORICAL)


def _everyday(notice: NoticeVersion) -> bool:
    """Notices that ask for the visit stand first: they are what most people are shown."""
    return notice.line(str(Purpose.VISIT)) is not None


def _version(notice: NoticeVersion) -> tuple[int, ...]:
    return tuple(int(part) if part.isdigit() else 0 for part in notice.version.split("."))
