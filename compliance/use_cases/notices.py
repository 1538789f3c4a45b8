"""Notices: the versions this vault knows, their words, and what a file lacks."""

from pathlib import Path

from compliance.consent.gaps import completeness, slot_rules
from compliance.consent.notice import parse_notice, render_notice
from compliance.errors import Fault, bad_input
from compliance.i18n import Lang, has
from compliance.importing.documents import read_document
from compliance.model.answer import Answer
from compliance.model.consent import NoticeVersion
from compliance.resources import read_text
from compliance.use_cases.session import Session, handler_contact, known_notices, shipped_policy


def list_notices(session: Session) -> Answer[tuple[NoticeVersion, ...]]:
    """All notice versions this vault knows, newest first."""
    known = known_notices(session).values()
    return Answer(tuple(sorted(known, key=lambda n: (n.notice, n.version))))


def notice_text(session: Session, *, ref: str, lang: Lang) -> Answer[tuple[tuple[str, str], ...]]:
    """Heading and text of each block, exactly as an HCP reads them."""
    notice = known_notice(session, ref)
    return Answer(tuple(render_notice(notice, str(lang), handler=session.handler, contact=handler_contact(lang))))


def check_notice_file(path: Path) -> Answer[tuple[Fault, ...]]:
    """All gaps of a notice file; empty when it may be activated."""
    try:
        text = read_document(path).data.decode("utf-8-sig")
    except UnicodeDecodeError:  # carries the bytes of the file, so it must not travel
        raise bad_input("encoding_unknown", "file") from None
    rules = slot_rules(read_text("consent", "slots.toml"))
    kinds = frozenset(k for k, f in shipped_policy().fields.items() if f.sensitive)
    return Answer(tuple(completeness(parse_notice(text, path.name), rules, sensitive_kinds=kinds)))


def known_notice(session: Session, ref: str) -> NoticeVersion:
    known = known_notices(session)
    if ref not in known:
        raise bad_input("unknown_notice", "notice", ref if has(ref) or "@" in ref else "", ", ".join(sorted(known)))
    return known[ref]
