"""Packs for reps' laptops 代表离线包, the office's side: everything one rep may see, sealed and numbered.

Rules: (1) a pack holds what *view as rep* shows and nothing else: each person passes the same walk as the rep's own
screen, once per purpose; (2) people who are closed for the rep are not in it; (3) each person's view-until date is the
earliest end of what carries their views, at most the end of the pack; (4) signed by the company, encrypted to the one
rep, numbered; (5) the finished members are attacked before they are encrypted, a leak stops the pack; (6) from the bulk
limit on it takes two, or a plan that two have approved.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from compliance.consent.notice import render_notice
from compliance.errors import LeakFound, bad_input
from compliance.exports.bundle import make_pack
from compliance.exports.files import write_file
from compliance.exports.pack_control import Decided, check_members
from compliance.i18n import Lang
from compliance.model.access import AccessGranted, FieldState, Purpose
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.consent import NoticeVersion
from compliance.model.pack import PackNotice, PackPerson, PackView
from compliance.model.register import BundleRecord, PendingRequest, Rep
from compliance.model.returned import PackOffice, SpokenItem
from compliance.use_cases.field.sheet_content import hidden_among
from compliance.use_cases.notices.notice_looks import spoken_lines
from compliance.use_cases.people.qualification import qualified_reader
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.facts import active_at
from compliance.use_cases.seat.session import Session, handler_contact, known_notices
from compliance.use_cases.seat.spoken import spoken_name
from compliance.use_cases.seeing.before_proof_seen import shown_in_pack
from compliance.use_cases.seeing.told import told_action
from compliance.use_cases.seeing.walk import Look, walk
from compliance.use_cases.signing.carrying import settle
from compliance.use_cases.signing.plans import PlanKind, covering
from compliance.use_cases.signing.two_person import ask_second
from compliance.vault import UnitOfWork
from compliance.vault.keys.age_key import recipient_of

_HEAD = ("full_name", "institution_name")
#: Longest life of a pack in days; the company may choose less.
_MOST_DAYS = 90
#: Notes a pack answers; older ones were answered by the packs before.
_MOST_CONFIRMED = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class BundleMade:
    """An issued pack."""

    file: Path
    sequence: int
    people: int
    expires: datetime
    sha256: str
    warnings: tuple[str, ...] = ()


def make_bundle(
    session: Session, *, rep: str, path: Path, days: int = 14
) -> Answer[BundleMade | Refusal | PendingRequest]:
    """Everything one rep may see now, encrypted to them. From the bulk limit on it takes two, or a plan that two have
    approved. Raises InputErrors, ExportError."""
    now = session.now()
    if no := barred(session, "make_bundle", at=now):
        return no
    if not 1 <= days <= _MOST_DAYS:
        raise bad_input("bad_days", "days", str(days), f"1-{_MOST_DAYS}")
    if path.exists():
        raise bad_input("file_exists", "out")
    with session.vault.snapshot() as snap:
        reader = snap.reps.get(rep)
        people = len(snap.assignments.people_of(rep))
    if reader is None:
        raise bad_input("unknown_rep", "rep")
    if not reader.recipient:
        raise bad_input("recipient_missing", "rep")
    plan = None
    if people >= session.policy.parameter("bulk_two_person_persons", now):
        plan = covering(session, kind=PlanKind.PACK, purpose="", recipient=rep, fields=(), people=people)
        if plan is None:
            params = {"rep": rep, "path": str(path), "days": days, "people": people}
            return ask_second(session, action="make_bundle", at=now, params=params)
    made = write_bundle(session, rep=rep, path=path, days=days, plan=plan.plan_id if plan else "")
    return Answer(made, Changes() if isinstance(made, Refusal) else Changes(exports=True, audit=True))


def write_bundle(session: Session, *, rep: str, path: Path, days: int, plan: str = "") -> BundleMade | Refusal:
    """Decide person by person, log, seal, write, log again."""
    now = session.now()
    qualified = qualified_reader(session, rep, now)
    if isinstance(qualified, Refusal):
        return qualified
    reader, warnings = qualified
    with session.vault.snapshot() as snap:
        last = snap.bundles.last(rep)
    expires = now + timedelta(days=days)
    sequence = last.sequence + 1 if last else 1
    purposes = session.policy.purposes_for(reader.role, at=now)
    with session.vault.unit_of_work() as uow:
        decided = {
            hcp_id: found
            for hcp_id in uow.assignments.people_of(rep)
            if (found := _person(session, uow, hcp_id, reader, purposes, at=now, expires=expires)) is not None
        }
        people = [found.person for found in decided.values()]
        uow.commit(
            session.event(
                Kind.EXPORT_APPROVED,
                at=now,
                hcps=tuple(p.hcp_id for p in people) if len(people) <= 500 else (),
                detail={
                    "what": "pack",
                    "for": rep,
                    "sequence": sequence,
                    "people": len(people),
                    **({"plan": plan} if plan else {}),
                },
            ),
            *shown_in_pack(
                session,
                [(p.hcp_id, [view.basis for view in p.views]) for p in people],
                at=now,
                detail={"what": "pack", "for": rep, "sequence": sequence},
            ),
        )
    checked = 0

    def check(members: Mapping[str, bytes]) -> None:
        nonlocal checked
        checked = check_members(members, decided, spoken=spoken_name)

    try:
        data = _sealed(session, reader, people, last=last, sequence=sequence, now=now, expires=expires, check=check)
    except LeakFound:
        with session.vault.unit_of_work() as uow:
            detail = {"what": "pack", "for": rep, "sequence": sequence, "code": LeakFound.code}
            uow.commit(session.event(Kind.EXPORT_FAILED, at=now, detail=detail))
        raise
    written = write_file(path, data)
    with session.vault.unit_of_work() as uow:
        uow.bundles.add(
            BundleRecord(
                rep=rep,
                sequence=sequence,
                issued_at=now,
                expires_at=expires,
                sha256=written.sha256,
                people=len(people),
                previous_sha256=last.sha256 if last else "",
            )
        )
        settle(session, uow)
        uow.commit(
            session.event(
                Kind.BUNDLE_ISSUED,
                at=now,
                detail={
                    "for": rep,
                    "sequence": sequence,
                    "people": len(people),
                    "sha256": written.sha256,
                    "leak_check": checked,
                },
            )
        )
    return BundleMade(
        file=written.path,
        sequence=sequence,
        people=len(people),
        expires=expires,
        sha256=written.sha256,
        warnings=warnings,
    )


def _sealed(
    session: Session,
    reader: Rep,
    people: Sequence[PackPerson],
    *,
    last: BundleRecord | None,
    sequence: int,
    now: datetime,
    expires: datetime,
    check: Callable[[Mapping[str, bytes]], None],
) -> bytes:
    """The encrypted pack, its members checked while they are in clear."""
    return make_pack(
        vault_id=session.vault.vault_id,
        handler=session.handler,
        rep=reader.name,
        role=str(reader.role),
        recipient=reader.recipient,
        sequence=sequence,
        previous_sha256=last.sha256 if last else "",
        issued=now,
        expires=expires,
        policy_digest=session.policy.digest,
        note=session.vault.checkpoint(now),
        people=people,
        notices=_notices(session, now),
        office=_office(session, reader, sequence, now),
        publisher=session.vault.publisher(),
        sandbox=session.sandbox,
        check=check,
    )


def _person(
    session: Session,
    uow: UnitOfWork,
    hcp_id: str,
    rep: Rep,
    purposes: tuple[Purpose, ...],
    *,
    at: datetime,
    expires: datetime,
) -> Decided | None:
    views: list[PackView] = []
    until = expires
    kept: Look | None = None
    for purpose in purposes:
        look = walk(session, uow, hcp_id=hcp_id, purpose=purpose, at=at, as_rep=rep.name)
        if not isinstance(look.decision, AccessGranted):
            continue
        fields = tuple(f for f in look.shown.values() if f.state is not FieldState.WITHHELD and f.value is not None)
        if not fields:
            continue
        kept = kept or look
        views.append(PackView(purpose=purpose, basis=look.decision.basis, fields=fields))
        ends = [
            line.valid_until
            for item, line in look.lines.items()
            if line.open and line.valid_until and item in session.policy.purposes[purpose].items_any
        ]
        until = min([until, *ends])
    if kept is None:
        return None
    shown = {f.key: f for view in views for f in view.fields}
    person = PackPerson(
        hcp_id=hcp_id,
        view_until=until,
        head=tuple(shown[key] for key in _HEAD if key in shown),
        action=told_action(session.policy, lines=kept.lines, facts=kept.facts, purpose=Purpose.VISIT, at=at),
        views=tuple(views),
    )
    return Decided(person=person, hidden=hidden_among(session, uow, hcp_id, [f for v in views for f in v.fields]))


def _notices(session: Session, now: datetime) -> list[PackNotice]:
    return [
        PackNotice(
            notice=n.ref,
            lang=lang,
            text="\n\n".join(f"{head}\n{text}" for head, text in _words(session, n, lang)),
        )
        for n in active_at(known_notices(session).values(), now)
        for lang in Lang
    ]


def _office(session: Session, reader: Rep, sequence: int, now: datetime) -> PackOffice:
    """Where returns go, what is asked back, what has arrived, and the items to ask for."""
    with session.vault.snapshot() as snap:
        asked = [p.serial for p in snap.sheets.waiting() if p.rep == reader.name and p.recalled_at is not None]
        confirmed = [(note.note_id, note.outcome) for note in snap.returns.notes_of(reader.name)]
    return PackOffice(
        returns_to=recipient_of(session.vault.returns_key().public_key().public_bytes_raw()),
        secret=session.vault.return_secret(reader.name, sequence).hex(),
        recalls=tuple(asked),
        confirmed=tuple(confirmed[-_MOST_CONFIRMED:]),
        spoken=tuple(
            (n.ref, str(lang), n.title_zh if lang is Lang.ZH else n.title_en, _spoken(session, n, lang))
            for n in active_at(known_notices(session).values(), now)
            for lang in Lang
        ),
    )


def _spoken(session: Session, notice: NoticeVersion, lang: Lang) -> tuple[SpokenItem, ...]:
    return tuple(
        SpokenItem(item=one.item, separate=one.separate, text=one.text, benefit=one.benefit, if_refused=one.if_refused)
        for one in spoken_lines(session, ref=notice.ref, lang=lang).value
    )


def _words(session: Session, notice: NoticeVersion, lang: Lang) -> list[tuple[str, str]]:
    return render_notice(notice, str(lang), handler=session.handler, contact=handler_contact(lang))
