"""What stands now about the one person, colleague or recipient a report is about.

Rules: (1) of a person: the pseudonym, codes and dates, never a value; (2) labels are words of the report; (3) reports
of the whole store have no subject.
"""

from typing import Any

from compliance.audit.checkpoint import fingerprint
from compliance.clock import from_stamp, shanghai_day
from compliance.consent.labels import item_label
from compliance.exports.audit_data import ItemLine, ReportKind, SentLine
from compliance.i18n import t
from compliance.model.audit import Kind
from compliance.use_cases.evidence.audit_figures import Basis
from compliance.use_cases.seat.facts import active_at, lines_of
from compliance.use_cases.seat.session import known_notices

Facts = tuple[tuple[str, str], ...]


def subject_facts(basis: Basis) -> dict[str, Any]:
    """``subject``, ``items`` and ``sent`` of the report's data."""
    sent = {"sent": _sent(basis)}
    if basis.scope.kind is ReportKind.PERSON:
        return {"subject": _person(basis), "items": _items(basis), **sent}
    if basis.scope.kind is ReportKind.USER:
        return {"subject": _user(basis), **sent}
    if basis.scope.kind is ReportKind.TRANSFER:
        return {"subject": _recipient(basis), **sent}
    return sent


def _person(basis: Basis) -> Facts:
    person = basis.snap.people.get(basis.scope.of)
    if person is None:
        return ()
    merged = basis.snap.merges.into(person.hcp_id)
    return _words(
        basis,
        ("status", t(f"paper.state.{person.status}", basis.session.lang)),
        ("since", shanghai_day(person.created_at).isoformat()),
        *((("merged", " ".join(case.gone for case in merged)),) if merged else ()),
    )


def _items(basis: Basis) -> tuple[ItemLine, ...]:
    session, snap = basis.session, basis.snap
    events = {e.event_id: e for e in snap.consents.events(basis.scope.of)}
    lines = []
    for item, line in sorted(lines_of(session, snap, hcp_id=basis.scope.of, at=basis.ends).items()):
        event = events.get(line.event_id or "")
        lines.append(
            ItemLine(
                label=item_label(item, lambda key, **more: t(key, session.lang, **more)),
                status=str(line.status),
                since=line.since,
                until=line.valid_until,
                grade=str(event.grade if event else line.grade),
                event=line.event_id or "",
                evidence_sha256=(event.evidence_sha256 if event else "") or "",
                notice=(event.notice if event else "") or "",
            )
        )
    return tuple(lines)


def _user(basis: Basis) -> Facts:
    lang, name = basis.session.lang, basis.scope.of
    user = basis.snap.users.get(name)
    if user is None:
        rep = basis.snap.reps.get(name)
        return _words(basis, ("role", basis.session.policy.words("role", str(rep.role), str(lang)))) if rep else ()
    until = shanghai_day(user.removed_at).isoformat() if user.removed_at else "…"
    signed = sum(e["kind"] == Kind.APPROVED and e["actor"] == name for _, e in basis.entries)
    return _words(
        basis,
        ("role", basis.session.policy.words("role", str(user.role), str(lang))),
        ("user_since", f"{shanghai_day(user.added_at).isoformat()} – {until}"),
        ("signing_key", fingerprint(user.ed25519)),
        ("signed", str(signed)),
    )


def _recipient(basis: Basis) -> Facts:
    """The six items of PIPL 39 and what carries the transfer now: notice, assessment, separate consents."""
    session, snap, lang = basis.session, basis.snap, basis.session.lang
    known = snap.recipients.get(basis.scope.of) or next(
        (r for line in _sent(basis) if (r := snap.recipients.get(line.recipient)) is not None), None
    )
    if known is None:
        return ()
    day, mark = shanghai_day(basis.ends), f"/overseas:{known.recipient_id}"
    assessed = [
        a.assessment_id
        for a in snap.assessments.all()
        if a.purpose == f"overseas:{known.recipient_id}" and (a.valid_until is None or day <= a.valid_until)
    ]
    naming = [
        n.ref
        for n in active_at(known_notices(session, snap).values(), basis.ends)
        if any(x.item.endswith(mark) for x in n.lines)
    ]
    counts = basis.stood.counts
    open_ = sum(n for item, by in counts.items() if item.endswith(mark) for s, n in by.items() if s == "given")
    none = t("paper.none", lang)
    return _words(
        basis,
        ("recipient", f"{known.legal_name} ({known.recipient_id}, {known.country})"),
        ("contact", known.contact),
        ("what_for", f"{known.purpose} · {known.method}"),
        ("kinds", "、".join(_kind(basis, key) for key in known.kinds)),
        ("channel", known.rights_channel),
        ("notice", " ".join(naming) or none),
        ("assessment", " ".join(assessed) or none),
        ("consents", f"{open_:,}"),
    )


def _sent(basis: Basis) -> tuple[SentLine, ...]:
    """Transfers of the report. A list's number stands in the entry of its file, written with it."""
    return tuple(
        SentLine(
            index=index,
            at=from_stamp(e["at"]),
            recipient=str(e["detail"].get("recipient", "")),
            people=int(e["detail"].get("people") or len(e["hcps"])),
            serial=str(e["detail"].get("serial", "")),
            actor=e["actor"],
        )
        for index, e in basis.entries
        if e["kind"] == Kind.TRANSFER_SENT
    )


def _kind(basis: Basis, key: str) -> str:
    policy = basis.session.policy
    return policy.words("field", key, str(basis.session.lang)) if policy.field(key) else key


def _words(basis: Basis, *pairs: tuple[str, str]) -> Facts:
    return tuple((t(f"paper.audit.subject.{key}", basis.session.lang), value) for key, value in pairs)
