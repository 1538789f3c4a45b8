"""Consent: notices, recording an act, the second person's check, withdrawal, status.

Rules live in ``compliance.consent``; here they meet the vault. (1) Nothing is stored before the rules accepted it.
(2) Evidence is sealed under the person's key before the event that names it. (3) A withdrawal is always accepted, by
any member of staff who may enter one, and acts at the next read (PIPL 15). (4) The narrow state table follows each
event in the same transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from compliance.clock import shanghai_day
from compliance.consent.acts import NewAct, check_act
from compliance.consent.checks import check_evidence as judge_evidence
from compliance.consent.gaps import completeness, slot_rules
from compliance.consent.notice import parse_notice, render_notice
from compliance.consent.standing import handler_act, items_to_withdraw, withdraw
from compliance.consent.status import act_statuses
from compliance.errors import Fault, bad_input
from compliance.i18n import Lang, has
from compliance.importing.documents import read_document
from compliance.model.access import Purpose
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.consent import ConsentEvent, EventKind, LineStatus, Method, NoticeVersion, Precision
from compliance.model.ids import new_id
from compliance.model.limits import day_end
from compliance.model.register import PendingRequest, Person, Task
from compliance.resources import read_text
from compliance.use_cases.acting import barred, refuse
from compliance.use_cases.duties import may
from compliance.use_cases.facts import lines_of, terms
from compliance.use_cases.people import known_person
from compliance.use_cases.session import Session, handler_contact, known_notices, shipped_policy
from compliance.use_cases.times import parse_moment
from compliance.use_cases.two_person import ask_second
from compliance.vault import UnitOfWork

#: Above this many people an entry counts them instead of naming each.
_LISTED_BY_NAME = 500
_ANSWERS = {
    "given": EventKind.GIVEN,
    "refused": EventKind.REFUSED,
    "deferred": EventKind.DEFERRED,
    "no_answer": EventKind.NO_ANSWER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordConsent:
    """One act of an HCP, as a member of staff enters it. Times are ISO text; a bare day keeps day precision."""

    hcp_id: str
    item: str
    answer: str
    method: Method
    notice: str
    presented_at: str
    acted_at: str
    evidence: Path | None = None
    identity_check: str | None = None
    valid_until: date | None = None
    asked_by_hcp: bool = False
    place_of_original: str | None = None
    page_count: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """The event and what the item's status is now."""

    event_id: str
    item: str
    status: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """What was withdrawn and which tasks were opened."""

    withdrawn: tuple[str, ...]
    tasks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingCheck:
    """One piece of evidence that waits for a second person."""

    event_id: str
    hcp_id: str
    display: str
    item: str
    method: Method
    acted_at: datetime | None
    recorded_by: str
    evidence_id: str | None
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFile:
    """An opened document."""

    media_type: str
    data: bytes
    sha256: str

    def __repr__(self) -> str:
        return f"EvidenceFile({self.media_type}, {len(self.data)} bytes)"


@dataclass(frozen=True, slots=True, kw_only=True)
class DueLine:
    """A consent that ends soon."""

    hcp_id: str
    item: str
    valid_until: datetime


def list_notices(session: Session) -> Answer[tuple[NoticeVersion, ...]]:
    """All notice versions this vault knows, newest first."""
    known = known_notices(session).values()
    return Answer(tuple(sorted(known, key=lambda n: (n.notice, n.version))))


def notice_text(session: Session, *, ref: str, lang: Lang) -> Answer[tuple[tuple[str, str], ...]]:
    """Heading and text of each block, exactly as an HCP reads them."""
    notice = _known_notice(session, ref)
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


def record_consent(session: Session, *, request: RecordConsent) -> Answer[Recorded | Refusal]:
    """Record an act. A *given* waits for a second person's check of its evidence; nothing pending opens anything."""
    now = session.now()
    if no := barred(session, "record_consent", at=now, hcp_id=request.hcp_id):
        return no
    if request.answer not in _ANSWERS:
        raise bad_input("unknown_answer", "answer", request.answer, ", ".join(_ANSWERS))
    if not session.policy.knows_item(request.item):
        raise bad_input("unknown_line", "line", request.item, session.policy.nearest_item(request.item))
    presented, p1 = parse_moment(request.presented_at, field="presented_at", now=now)
    acted, p2 = parse_moment(request.acted_at, field="acted_at", now=now)
    if request.valid_until is not None and request.valid_until < shanghai_day(acted):
        raise bad_input("ends_before_act", "valid_until")
    notice = _known_notice(session, request.notice)
    document = read_document(request.evidence) if request.evidence else None
    with session.vault.unit_of_work() as uow:
        person = known_person(uow, request.hcp_id)
        act = NewAct(
            hcp_id=person.hcp_id,
            item=request.item,
            answer=_ANSWERS[request.answer],
            method=request.method,
            notice=notice.ref,
            presented_at=presented,
            acted_at=acted,
            precision=Precision.DAY if Precision.DAY in (p1, p2) else Precision.SECOND,
            identity_check=request.identity_check,
            valid_until=None if request.valid_until is None else day_end(request.valid_until),
            asked_by_hcp=request.asked_by_hcp,
            evidence_id="to_be_sealed" if document else None,
            place_of_original=request.place_of_original,
            page_count=request.page_count,
        )
        event = check_act(
            act,
            event_id=new_id("EV"),
            events=uow.consents.events(person.hcp_id),
            terms=terms(session, request.item, at=now),
            notice=notice,
            now=now,
            recorder=session.actor,
            recorder_role=session.role,
        )
        if isinstance(event, Refusal):
            return refuse(
                session,
                uow,
                at=now,
                reason=event.reason,
                hcp_id=person.hcp_id,
                detail={"item": request.item, "answer": request.answer},
                because=event.references,
                kind=Kind.CONSENT_REFUSED_ENTRY,
                lifted_by=event.lifted_by,
            )
        if document is not None:
            row = uow.evidence.seal(person.hcp_id, document.data, document.media_type)
            event = replace(event, evidence_id=row.evidence_id, evidence_sha256=row.sha256)
        uow.consents.add(event)
        line = refresh(session, uow, person.hcp_id, at=now)[request.item]
        own = act_statuses(
            uow.consents.events(person.hcp_id),
            terms=terms(session, request.item, at=now),
            item=request.item,
            at=now,
            notices=known_notices(session, uow),
        ).get(event.event_id, line)
        uow.commit(
            session.event(
                Kind.CONSENT_RECORDED,
                at=now,
                hcps=(person.hcp_id,),
                detail={
                    "event": event.event_id,
                    "item": event.item,
                    "answer": request.answer,
                    "method": str(event.method),
                    "notice": notice.ref,
                    "notice_sha256": notice.sha256,
                    "evidence_sha256": event.evidence_sha256,
                    "status": str(line.status),
                    "code": line.code,
                },
            )
        )
    return Answer(
        Recorded(event_id=event.event_id, item=event.item, status=str(own.status), code=own.code),
        Changes(consents=True, people=True, audit=True, tasks=True),
    )


def pending_checks(session: Session) -> Answer[tuple[PendingCheck, ...]]:
    """Evidence that waits for a second person, oldest first; with name and hospital for those who may check it."""
    now = session.now()
    with session.vault.unit_of_work() as uow:
        waiting = uow.consents.pending_checks()
        rows = {e.evidence_id: uow.evidence.get(e.evidence_id) for e in waiting if e.evidence_id}
        names = {}
        if waiting and may(session.role, "check_evidence"):
            ids = sorted({e.hcp_id for e in waiting})
            names = {h: f"{row.name} · {row.hospital}" for h, row in uow.index.get_many(ids).items()}
            uow.commit(
                session.event(
                    Kind.LIST_SHOWN,
                    at=now,
                    hcps=tuple(ids) if len(ids) <= _LISTED_BY_NAME else (),
                    purpose=str(Purpose.RIGHTS),
                    fields=("full_name", "institution_name"),
                    detail={"what": "pending_checks", "people": len(ids)},
                )
            )
    return Answer(
        tuple(
            PendingCheck(
                event_id=e.event_id,
                hcp_id=e.hcp_id,
                display=names.get(e.hcp_id, e.hcp_id),
                item=e.item,
                method=e.method,
                acted_at=e.acted_at,
                recorded_by=e.recorded_by,
                evidence_id=e.evidence_id,
                media_type=row.media_type if e.evidence_id and (row := rows.get(e.evidence_id)) else "",
            )
            for e in waiting
        )
    )


def open_evidence(session: Session, *, event_id: str) -> Answer[EvidenceFile | Refusal]:
    """The sealed document of one event, logged before it is shown."""
    now = session.now()
    if no := barred(session, "check_evidence", at=now):
        return no
    with session.vault.unit_of_work() as uow:
        event = _known_event(uow, event_id)
        if event.evidence_id is None:
            return refuse(session, uow, at=now, reason="no_evidence", hcp_id=event.hcp_id, detail={"event": event_id})
        row = uow.evidence.get(event.evidence_id)
        if row is None:
            raise bad_input("unknown_event", "event")
        data = uow.evidence.open(event.evidence_id)
        uow.commit(
            session.event(
                Kind.EVIDENCE_OPENED,
                at=now,
                hcps=(event.hcp_id,),
                purpose=str(Purpose.RIGHTS),
                detail={"event": event_id, "sha256": row.sha256},
            )
        )
    return Answer(EvidenceFile(media_type=row.media_type, data=data, sha256=row.sha256), Changes(audit=True))


def check_evidence(session: Session, *, event_id: str, accept: bool, code: str = "") -> Answer[Recorded | Refusal]:
    """The second person's check. The uploader is refused; a rejection needs a defect code."""
    now = session.now()
    if no := barred(session, "check_evidence", at=now):
        return no
    if not accept and not code.strip():
        raise bad_input("defect_missing", "code")
    with session.vault.unit_of_work() as uow:
        target = _known_event(uow, event_id)
        outcome = judge_evidence(
            event_id,
            event_id=new_id("EV"),
            accept=accept,
            defect=code.strip() or None,
            events=uow.consents.events(target.hcp_id),
            now=now,
            checker=session.actor,
            checker_role=session.role,
        )
        if isinstance(outcome, Refusal):
            return refuse(
                session,
                uow,
                at=now,
                reason=outcome.reason,
                hcp_id=target.hcp_id,
                detail={"event": event_id},
                because=outcome.references,
            )
        uow.consents.add(outcome)
        line = refresh(session, uow, target.hcp_id, at=now)[target.item]
        uow.commit(
            session.event(
                Kind.CONSENT_CHECKED,
                at=now,
                hcps=(target.hcp_id,),
                detail={
                    "event": event_id,
                    "check": outcome.event_id,
                    "item": target.item,
                    "accepted": accept,
                    "defect": code.strip() or None,
                    "recorded_by": target.recorded_by,
                    "status": str(line.status),
                },
            )
        )
    return Answer(
        Recorded(event_id=event_id, item=target.item, status=str(line.status), code=line.code),
        Changes(consents=True, people=True, audit=True, tasks=True),
    )


def withdraw_consent(
    session: Session, *, hcp_id: str, items: Sequence[str] | None, received_at: str, channel: str
) -> Answer[Withdrawn | Refusal]:
    """Withdraw items (None: everything ever said yes to). No reason asked; effective when received (PIPL 15)."""
    now = session.now()
    if no := barred(session, "withdraw", at=now, hcp_id=hcp_id):
        return no
    received, precision = parse_moment(received_at, field="received_at", now=now)
    method = _nearest_method(channel)
    for item in items or ():
        if not session.policy.knows_item(item):
            raise bad_input("unknown_line", "line", item, session.policy.nearest_item(item))
    with session.vault.unit_of_work() as uow:
        person = known_person(uow, hcp_id)
        before = lines_of(session, uow, hcp_id=hcp_id, at=now)
        chosen = tuple(dict.fromkeys(items)) if items is not None else items_to_withdraw(before.values())
        if not chosen:
            chosen = session.policy.purposes[Purpose.VISIT].items_any
        events = withdraw(
            hcp_id,
            chosen,
            event_ids=[new_id("EV") for _ in chosen],
            received_at=received,
            method=method,
            channel=channel,
            now=now,
            recorder=session.actor,
            precision=precision,
        )
        for event in events:
            uow.consents.add(event)
        refresh(session, uow, person.hcp_id, at=now)
        tasks = _withdrawal_tasks(uow, person, chosen, now)
        uow.commit(
            session.event(
                Kind.CONSENT_WITHDRAWN,
                at=now,
                hcps=(hcp_id,),
                detail={
                    "items": list(chosen),
                    "events": [e.event_id for e in events],
                    "received_at": received.isoformat(),
                    "channel": channel,
                    "tasks": list(tasks),
                },
            )
        )
    return Answer(Withdrawn(withdrawn=chosen, tasks=tasks), Changes(consents=True, people=True, audit=True, tasks=True))


def consent_status(
    session: Session, *, hcp_id: str, as_of: datetime | None = None, known_at: datetime | None = None
) -> Answer[tuple[LineStatus, ...] | Refusal]:
    """Status of every item: ``as_of`` valid time, ``known_at`` what was known then (both: what one saw then)."""
    now = session.now()
    if no := barred(session, "consent_status", at=now, hcp_id=hcp_id):
        return no
    with session.vault.unit_of_work() as uow:
        known_person(uow, hcp_id)
        lines = lines_of(session, uow, hcp_id=hcp_id, at=as_of or now, known_at=known_at)
        uow.commit(
            session.event(
                Kind.PROFILE_OPENED, at=now, hcps=(hcp_id,), purpose=str(Purpose.RIGHTS), fields=("channel_consents",)
            )
        )
    return Answer(tuple(lines.values()), Changes(audit=True))


def suspend_consent(
    session: Session, *, hcp_id: str, items: Sequence[str] | None = None
) -> Answer[tuple[str, ...] | Refusal]:
    """Suspend open items on a dispute or doubt (C20). One person suffices for what protects."""
    return _staff_events(session, "suspend", EventKind.SUSPENDED, hcp_id=hcp_id, items=items)


def resume_consent(
    session: Session, *, hcp_id: str, items: Sequence[str] | None = None
) -> Answer[tuple[str, ...] | Refusal]:
    """Lift a suspension (C21); an end that passed meanwhile stays passed."""
    return _staff_events(session, "resume", EventKind.RESUMED, hcp_id=hcp_id, items=items)


def invalidate_consent(session: Session, *, event_id: str, defect: str) -> Answer[PendingRequest | Refusal]:
    """Ask for an act to be voided for a proved defect (C22); another person carries it out."""
    now = session.now()
    if no := barred(session, "invalidate", at=now):
        return no
    if not defect.strip():
        raise bad_input("defect_missing", "defect")
    with session.vault.snapshot() as snap:
        event = snap.consents.event(event_id)
    if event is None:
        raise bad_input("unknown_event", "event")
    params = {"event": event_id, "defect": defect.strip()[:80]}
    return ask_second(session, action="invalidate", at=now, params=params, hcps=(event.hcp_id,))


def carry_invalidation(session: Session, *, event_id: str, defect: str) -> dict[str, str]:
    """Void an act: what was opened under it closes at the next read."""
    now = session.now()
    with session.vault.unit_of_work() as uow:
        target = _known_event(uow, event_id)
        uow.consents.add(
            handler_act(
                EventKind.INVALIDATED,
                hcp_id=target.hcp_id,
                item=target.item,
                event_id=new_id("EV"),
                now=now,
                recorder=session.actor,
                target=event_id,
                defect=defect,
            )
        )
        line = refresh(session, uow, target.hcp_id, at=now)[target.item]
        uow.commit(
            session.event(
                Kind.CONSENT_INVALIDATED,
                at=now,
                hcps=(target.hcp_id,),
                detail={"event": event_id, "defect": defect, "status": str(line.status)},
            )
        )
    return {"event_id": event_id, "status": str(line.status)}


def consents_due(session: Session, *, within_days: int = 30) -> Answer[tuple[DueLine, ...]]:
    """Open consents that end within ``within_days`` days, soonest first."""
    now = session.now()
    with session.vault.snapshot() as snap:
        rows = snap.consents.expiring(now + timedelta(days=within_days), after=now)
    return Answer(
        tuple(DueLine(hcp_id=h, item=line.item, valid_until=line.valid_until) for h, line in rows if line.valid_until)
    )


def refresh(session: Session, uow: UnitOfWork, hcp_id: str, *, at: datetime) -> dict[str, LineStatus]:
    """Recompute every item of a person and write the narrow state rows. Returns item → status."""
    lines = lines_of(session, uow, hcp_id=hcp_id, at=at)
    for line in lines.values():
        uow.consents.set_state(hcp_id, line)
    return lines


def _staff_events(
    session: Session, act: str, kind: EventKind, *, hcp_id: str, items: Sequence[str] | None
) -> Answer[tuple[str, ...] | Refusal]:
    now = session.now()
    if no := barred(session, act, at=now, hcp_id=hcp_id):
        return no
    with session.vault.unit_of_work() as uow:
        known_person(uow, hcp_id)
        lines = lines_of(session, uow, hcp_id=hcp_id, at=now)
        wanted = "suspended" if kind is EventKind.RESUMED else None
        fitting = [i for i, x in lines.items() if (str(x.status) == wanted if wanted else x.open)]
        chosen = tuple(i for i in fitting if items is None or i in items)
        if not chosen:
            raise bad_input("nothing_to_change", "line")
        for item in chosen:
            uow.consents.add(
                handler_act(kind, hcp_id=hcp_id, item=item, event_id=new_id("EV"), now=now, recorder=session.actor)
            )
        refresh(session, uow, hcp_id, at=now)
        uow.commit(
            session.event(
                Kind.CONSENT_SUSPENDED, at=now, hcps=(hcp_id,), detail={"act": str(kind), "items": list(chosen)}
            )
        )
    return Answer(chosen, Changes(consents=True, people=True, audit=True))


def _withdrawal_tasks(uow: UnitOfWork, person: Person, items: tuple[str, ...], now: datetime) -> tuple[str, ...]:
    """Recall of sheets and packs in the field, and the source systems and recipients to tell (REQ-031)."""
    subjects = [
        ("recall_sheet", s.serial)
        for s in uow.sheets.of(person.hcp_id)
        if s.recalled_at is None and s.issued_at <= now < s.expires_at
    ]
    for rep in uow.assignments.rep_of(person.hcp_id):
        if (pack := uow.bundles.last(rep)) is not None and now < pack.expires_at:
            subjects.append(("refresh_pack", rep))
    subjects += [("tell_recipient", r) for r in sorted({r for r, _, _ in uow.transfers.of(person.hcp_id)})]
    if person.batch is not None:
        subjects.append(("tell_source", person.batch))
    done: list[str] = []
    for kind, subject in subjects:
        task = Task(
            task_id=new_id("TK"),
            kind=kind,
            hcp_id=person.hcp_id,
            subject=subject,
            due=now + timedelta(hours=24),
            opened_at=now,
            done_at=None,
            done_by="",
        )
        uow.tasks.add(task)
        done.append(task.task_id)
    return tuple(done)


def _nearest_method(channel: str) -> Method:
    """The way a withdrawal came in, as near as the channel's words tell."""
    text = channel.casefold()
    words = (
        (Method.PHONE, ("phone", "电话", "call", "sms", "短信")),
        (Method.EMAIL, ("mail", "邮")),
        (Method.WECHAT, ("wechat", "wecom", "微信")),
    )
    return next((m for m, known in words if any(w in text for w in known)), Method.PAPER)


def _known_notice(session: Session, ref: str) -> NoticeVersion:
    known = known_notices(session)
    if ref not in known:
        raise bad_input("unknown_notice", "notice", ref if has(ref) or "@" in ref else "", ", ".join(sorted(known)))
    return known[ref]


def _known_event(uow: UnitOfWork, event_id: str) -> ConsentEvent:
    event = uow.consents.event(event_id)
    if event is None:
        raise bad_input("unknown_event", "event")
    return event
