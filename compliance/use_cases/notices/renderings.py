"""What a person is shown: a notice with its lists, in one language, kept once and bound to each consent (REQ-005).

Rules: (1) what is shown is composed by one function, whether it is previewed, printed, saved or asked under; (2) it is
kept when the first consent rests on it and never changes afterwards; (3) the rules can be read and saved before any
answer is given (REQ-008); saving is logged.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from pathlib import Path

from compliance.consent.made import MatrixField, make_lists
from compliance.consent.rendering import compose, read_rendering, style_of
from compliance.errors import bad_input
from compliance.exports.files import write_file
from compliance.i18n import Lang, t
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.consent import ConsentEvent, NoticeLists, NoticeVersion
from compliance.model.notice import Rendering, Shown
from compliance.resources import read_text
from compliance.use_cases.notices.notices import known_notice, matrix_fields
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.session import Session, handler_contact
from compliance.vault import UnitOfWork

_SHARED = ("legal_name", "country", "contact", "purpose", "method", "kinds", "rights_channel")


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedNotice:
    """A notice that was saved as a file before any answer."""

    path: Path
    sha256: str
    rendering: str


def preview(session: Session, *, ref: str, lang: Lang) -> Answer[Rendering]:
    """A version exactly as a person will read it."""
    return Answer(rendering_of(session, known_notice(session, ref), lang, at=session.now()))


def preview_pdf(session: Session, *, ref: str, lang: Lang) -> Answer[bytes]:
    """The same as PDF bytes, for a screen."""
    shown = rendering_of(session, known_notice(session, ref), lang, at=session.now())
    return Answer(_pdf(session, shown, lang))


def save_notice(session: Session, *, ref: str, lang: Lang, path: Path) -> Answer[SavedNotice | Refusal]:
    """Hand the rules over as a file, PDF or text by the name's ending, before anyone decides (REQ-008)."""
    now = session.now()
    if no := barred(session, "read_notices", at=now):
        return no
    shown = rendering_of(session, known_notice(session, ref), lang, at=now)
    kind = path.suffix.casefold()
    if kind not in (".pdf", ".txt"):
        raise bad_input("file_kind", "out", kind)
    content = _pdf(session, shown, lang) if kind == ".pdf" else shown.text.encode()
    written = write_file(path, content)
    with session.vault.unit_of_work() as uow:
        _keep(uow, shown, now)
        uow.commit(
            session.event(
                Kind.NOTICE_SAVED, at=now, detail={"notice": ref, "lang": str(lang), "rendering": shown.sha256}
            )
        )
    saved = SavedNotice(path=written.path, sha256=written.sha256, rendering=shown.sha256)
    return Answer(saved, Changes(audit=True))


def shown_with(session: Session, *, event_id: str) -> Answer[Rendering]:
    """What the person had been shown when they gave the answer ``event_id``; InputErrors where none was kept."""
    with session.vault.snapshot() as snap:
        bound = snap.renderings.shown(event_id)
        body = snap.renderings.body(bound.rendering) if bound else None
    if body is None:
        raise bad_input("no_rendering_kept", "event")
    return Answer(read_rendering(body))


def bind_shown(
    session: Session, uow: UnitOfWork, event: ConsentEvent, notice: NoticeVersion, *, lang: str, channel: str = ""
) -> str:
    """Keep what was shown and bind it to ``event``, in the transaction that records it. Returns its hash.

    Every use case that appends an answer under a notice calls this after ``uow.consents.add``.
    """
    shown = rendering_of(session, notice, Lang(lang), at=event.recorded_at)
    _keep(uow, shown, event.recorded_at)
    uow.renderings.bind(Shown(event_id=event.event_id, rendering=shown.sha256, channel=channel))
    return shown.sha256


def bind_all(
    session: Session,
    uow: UnitOfWork,
    events: Iterable[ConsentEvent],
    notices: Mapping[str, NoticeVersion],
    *,
    lang: str,
) -> None:
    """:func:`bind_shown` for many events of lists and forms, each notice composed once."""
    known: dict[str, str] = {}
    for event in events:
        notice = notices.get(event.notice or "")
        if notice is None:
            continue
        channel = str(event.method)
        if notice.ref not in known:
            known[notice.ref] = bind_shown(session, uow, event, notice, lang=lang, channel=channel)
        else:
            uow.renderings.bind(Shown(event_id=event.event_id, rendering=known[notice.ref], channel=channel))


def rendering_of(session: Session, notice: NoticeVersion, lang: Lang, *, at: datetime) -> Rendering:
    """What ``notice`` looks like in ``lang`` for this company. Versions without lists get them from the matrix."""
    lists = notice.lists or _lists(session.policy.digest, notice, matrix_fields(session, at=at))
    return _composed(
        notice, str(lang), session.handler, handler_contact(lang), lists, read_text("consent", "rendering.toml")
    )


@lru_cache(maxsize=128)
def _composed(
    notice: NoticeVersion, lang: str, handler: str, contact: str, lists: NoticeLists, style: str
) -> Rendering:
    return compose(
        notice,
        lang,
        handler=handler,
        contact=contact,
        lists=lists,
        labels=_labels(lang),
        style=style_of(style),
    )


@lru_cache(maxsize=128)
def _lists(matrix: str, notice: NoticeVersion, fields: tuple[MatrixField, ...]) -> NoticeLists:
    return make_lists(notice, fields=fields, matrix=matrix, recipients={})


@cache
def _labels(lang: str) -> dict[str, str]:
    labels = {key: t(f"paper.notice.{key}", lang) for key in ("collection", "sharing", "version")}
    labels |= {f"class.{name}": t(f"paper.notice.class.{name}", lang) for name in ("ordinary", "public", "sensitive")}
    return labels | {f"share.{key}": t(f"paper.notice.share.{key}", lang) for key in _SHARED}


def _keep(uow: UnitOfWork, shown: Rendering, at: datetime) -> None:
    uow.renderings.keep(shown.sha256, shown.notice, shown.lang, shown.body, at)


def _pdf(session: Session, shown: Rendering, lang: Lang) -> bytes:
    from compliance.exports.notice_pdf import notice_pdf  # slow to load, and most who come by here draw nothing

    return notice_pdf(shown, stamp=_stamp(session, lang))


def _stamp(session: Session, lang: Lang) -> str:
    return t("paper.sandbox", lang) if session.sandbox else ""
