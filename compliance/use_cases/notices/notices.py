"""Notices: the versions this vault knows, their words, and what a file lacks."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path

from compliance.clock import SHANGHAI, shanghai_day
from compliance.consent.gaps import SlotRules, completeness, slot_rules
from compliance.consent.made import MatrixField
from compliance.consent.notice import parse_notice, render_notice
from compliance.errors import Fault, bad_input
from compliance.i18n import Lang, has
from compliance.importing.documents import read_document
from compliance.model.access import Purpose
from compliance.model.answer import Answer
from compliance.model.consent import NoticeVersion
from compliance.policy.catalogue import FieldDef, Grant
from compliance.policy.policy_set import PolicySet
from compliance.resources import read_text
from compliance.use_cases.seat.session import Session, handler_contact, known_notices, shipped_policy

#: Matrices already laid out, by rule set and the versions in force: thousands of consents rest on the same one.
_MATRICES: dict[tuple[object, ...], tuple[MatrixField, ...]] = {}


def list_notices(session: Session) -> Answer[tuple[NoticeVersion, ...]]:
    """All notice versions this vault knows, newest first."""
    known = known_notices(session).values()
    return Answer(tuple(sorted(known, key=lambda n: (n.notice, n.version))))


def notice_text(session: Session, *, ref: str, lang: Lang) -> Answer[tuple[tuple[str, str], ...]]:
    """Heading and text of each block, exactly as an HCP reads them."""
    notice = known_notice(session, ref)
    return Answer(tuple(render_notice(notice, str(lang), handler=session.handler, contact=handler_contact(lang))))


def check_notice_file(path: Path) -> Answer[tuple[Fault, ...]]:
    """All gaps of a notice file; empty when it may be activated. What only a vault knows (the register of recipients,
    assessments on file) is checked when the version is put in force."""
    notice = parse_notice(read_source(path), path.name)
    return Answer(tuple(completeness(notice, gap_rules(), sensitive_kinds=sensitive_fields(shipped_policy()))))


def known_notice(session: Session, ref: str) -> NoticeVersion:
    """A version by ``ID@VERSION``. InputErrors ``unknown_notice`` with those that are known."""
    known = known_notices(session)
    if ref not in known:
        raise bad_input("unknown_notice", "notice", ref if has(ref) or "@" in ref else "", ", ".join(sorted(known)))
    return known[ref]


def read_source(path: Path) -> str:
    """The text of a notice file. InputErrors for a file that is none."""
    try:
        return read_document(path).data.decode("utf-8-sig")
    except UnicodeDecodeError:  # carries the bytes of the file, so it must not travel
        raise bad_input("encoding_unknown", "file") from None


@cache
def gap_rules() -> SlotRules:
    """What a notice must say."""
    return slot_rules(read_text("consent", "slots.toml"))


def sensitive_fields(policy: PolicySet) -> frozenset[str]:
    """Fields of PIPL 28."""
    return frozenset(key for key, field in policy.fields.items() if field.sensitive)


def matrix_fields(session: Session, *, at: datetime) -> tuple[MatrixField, ...]:
    """The purpose-field matrix in force at ``at``, as the lists of a notice need it."""
    timelines = session.policy.grants
    key = (session.policy.digest, *(timeline.index(at) for timeline in timelines.values()))
    if key not in _MATRICES:
        _MATRICES[key] = matrix_of(session.policy, at)
    return _MATRICES[key]


def matrix_of(policy: PolicySet, at: datetime) -> tuple[MatrixField, ...]:
    """The purpose-field matrix of a rule set at ``at``."""
    grants: dict[str, Grant] = {
        str(p): version for p, timeline in policy.grants.items() if (version := timeline.at(at))
    }
    return tuple(
        MatrixField(
            key=field.key,
            dimension=field.dimension,
            zh=field.label.zh,
            en=field.label.en,
            data_class=field.data_class,
            purposes=frozenset(purpose for purpose, grant in grants.items() if field.key in grant.fields),
            stored=field.section is not None,
            carriers=_carriers(policy, field, grants),
        )
        for field in policy.fields.values()
    )


def day_text(instant: datetime | None) -> str:
    """The Shanghai day of an instant, with the time where it is not midnight; "" for none."""
    if instant is None:
        return ""
    local = instant.astimezone(SHANGHAI)
    day = shanghai_day(instant).isoformat()
    return day if (local.hour, local.minute, local.second) == (0, 0, 0) else local.strftime("%Y-%m-%d %H:%M")


def _carriers(policy: PolicySet, field: FieldDef, grants: Mapping[str, Grant]) -> dict[str, frozenset[str]]:
    """purpose → items that alone carry the field there, as the decision reads them (``policy.rulings``)."""
    needed = {need.partition(":")[2] for need in field.also_needs if need.startswith("item:")}
    found = {}
    for purpose, grant in grants.items():
        given = grant.fields.get(field.key)
        rule = policy.purposes[Purpose(purpose)]
        if given is None or rule.statutory:
            continue
        channels = set(field.reveal_needs_any) & set(rule.items_any)
        items = needed | channels | ({given.needs_item} if given.needs_item else set())
        if items:
            found[purpose] = frozenset(items)
    return found
