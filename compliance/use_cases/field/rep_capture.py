"""Asking in person with a rep's own store, offline: what the person did waits here until the office has it.

Rules: (1) asking needs a pack that is not over and a person in it who may be asked; what the person offers, and every
no and withdrawal, is taken always, also of somebody the pack does not hold (PIPL 15, 16); (2) a notice and its items
are those of the pack, in the words of the pack; (3) a yes needs its proof at once, because nobody can fetch it later;
(4) nothing opens here: a yes is checked at the office by somebody else (REQ-017); what closes acts in this store at
once; (5) times are never before the latest one this store has seen; (6) each act has its entry in this store's log.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from compliance.clock import shanghai_day
from compliance.errors import Fault, InputErrors, bad_input
from compliance.exports.files import write_file
from compliance.i18n import Lang
from compliance.model.access import Purpose, Reference
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.consent import Precision
from compliance.model.ids import is_hcp_id
from compliance.model.returned import PROTECTIVE, Captured, CapturedAct, SpokenItem
from compliance.policy.free_text import scan
from compliance.use_cases.consent.recording import RecordConsent, Recorded, document_with, times_of
from compliance.use_cases.consent.withdrawing import Withdrawn
from compliance.use_cases.notices.presenting import NotPresented, Presentation, Presented
from compliance.use_cases.seat.acting import lift
from compliance.use_cases.seat.rep_session import RepSession
from compliance.use_cases.seat.session import shipped_policy
from compliance.use_cases.seat.times import parse_moment

#: How an act stands until the office has seen it.
_STANDS = {
    Captured.GIVEN: ("evidence_pending", "PENDING_CHECK"),
    Captured.REFUSED: ("refused", "REFUSED_BY_SUBJECT"),
    Captured.DEFERRED: ("deferred", "ASK_LATER"),
    Captured.NO_ANSWER: ("no_reply", "NO_ANSWER_YET"),
}
_BECAUSE = (Reference("PIPL", "14(1)"), Reference("PIPL", "17(1)"))


def capture_answer(session: RepSession, *, request: RecordConsent) -> Answer[Recorded | Refusal]:
    """Keep one answer to one item of a notice. Ids are those of notes. InputErrors as for the office."""
    now = session.vault.time(session.clock.now())
    if request.answer not in {str(a) for a in _STANDS}:
        raise bad_input("unknown_answer", "answer", request.answer, ", ".join(_STANDS))
    answer = Captured(request.answer)
    _known_item(session, request.notice, request.item)
    lacking = answer is Captured.GIVEN and request.evidence is None and not request.signed
    faults = [Fault("evidence", "evidence_missing")] if lacking else []
    presented, acted, precision = times_of(request, now=now, faults=faults)
    _guard({"place": request.place_of_original or "", "identity_check": request.identity_check or ""})
    if shanghai_day(presented) > shanghai_day(acted) if precision is Precision.DAY else presented > acted:
        return _refused(session, "act_before_notice", request.hcp_id, because=_BECAUSE)
    if no := _may_take(session, request.hcp_id, answer, offered=request.asked_by_hcp):
        return no
    document = document_with(request)
    act = CapturedAct(
        hcp_id=request.hcp_id,
        item=request.item,
        answer=answer,
        acted_at=acted,
        method=request.method,
        notice=request.notice,
        presented_at=presented,
        identity_check=request.identity_check or "",
        asked_by_hcp=request.asked_by_hcp,
        ask_again_from=request.ask_again_from,
        valid_until=request.valid_until,
        precision=precision,
        lang=request.notice_lang,
        place=request.place_of_original or "",
        pages=request.page_count or 0,
    )
    proof = (document.media_type, document.data) if document else None
    (note,) = session.vault.capture([act], proof, session.clock.now())
    status, code = _STANDS[answer]
    return Answer(
        Recorded(event_id=note, item=request.item, status=status, code=code),
        Changes(consents=True, people=True, audit=True),
    )


def capture_hand_over(session: RepSession, *, request: Presentation) -> Answer[Presented | Refusal]:
    """Keep that a notice was handed over, with or without an answer later."""
    now = session.vault.time(session.clock.now())
    if not request.channel.strip():
        raise bad_input("missing", "channel")
    _guard({"channel": request.channel})
    known = _items(session, request.notice)
    wanted = tuple(dict.fromkeys(request.items)) or known
    for item in wanted:
        _known_item(session, request.notice, item)
    moment, precision = parse_moment(request.presented_at or now.isoformat(), field="presented_at", now=now)
    if no := _may_take(session, request.hcp_id, Captured.PRESENTED, offered=request.asked_by_hcp):
        return no
    acts = [
        CapturedAct(
            hcp_id=request.hcp_id,
            item=item,
            answer=Captured.PRESENTED,
            acted_at=moment,
            notice=request.notice,
            presented_at=moment,
            asked_by_hcp=request.asked_by_hcp,
            precision=precision,
            lang=str(request.lang),
        )
        for item in wanted
    ]
    ids = session.vault.capture(acts, None, session.clock.now())
    left: tuple[NotPresented, ...] = ()
    made = Presented(events=tuple(zip(wanted, ids, strict=True)), rendering="", left_out=left)
    return Answer(made, Changes(consents=True, audit=True))


def capture_withdrawal(
    session: RepSession, *, hcp_id: str, items: Sequence[str] | None, received_at: str, channel: str
) -> Answer[Withdrawn | Refusal]:
    """Keep a withdrawal (None: of everything). Always taken, effective when the rep received it (PIPL 15)."""
    now = session.vault.time(session.clock.now())
    if not is_hcp_id(hcp_id):
        raise bad_input("unknown_person", "hcp")
    received, precision = parse_moment(received_at, field="received_at", now=now)
    policy = shipped_policy()
    for item in items or ():
        if not policy.knows_item(item):
            raise bad_input("unknown_line", "line", item, policy.nearest_item(item))
    _guard({"channel": channel})
    chosen = tuple(dict.fromkeys(items)) if items is not None else ("",)
    acts = [
        CapturedAct(
            hcp_id=hcp_id,
            item=item,
            answer=Captured.WITHDRAWN,
            acted_at=received,
            asked_by_hcp=True,
            precision=precision,
            place=channel.strip()[:40],
        )
        for item in chosen
    ]
    session.vault.capture(acts, None, session.clock.now())
    done = Withdrawn(withdrawn=tuple(item for item in chosen if item), tasks=())
    return Answer(done, Changes(consents=True, people=True, audit=True))


def _may_take(session: RepSession, hcp_id: str, answer: Captured, *, offered: bool) -> Answer[Refusal] | None:
    """Rule 1."""
    now = session.clock.now()
    held = session.vault.state()
    if held is None:
        raise bad_input("pack_needed", "vault")
    if not is_hcp_id(hcp_id):
        raise bad_input("unknown_person", "hcp")
    if answer in PROTECTIVE:
        return None
    if session.vault.time(now) >= held.manifest.expires:
        return _refused(session, "pack_expired", hcp_id)
    action = session.vault.action(hcp_id, now)
    if not action:
        return _refused(session, "no_valid_consent", hcp_id, because=(Reference("PIPL", "6"),))
    if action not in ("open", "may_ask") and not offered:
        return _refused(session, "rep_do_not_ask", hcp_id, because=(Reference("NDSR", "22(5)"),))
    return None


def _refused(session: RepSession, reason: str, hcp_id: str, *, because: tuple[Reference, ...] = ()) -> Answer[Refusal]:
    refusal = session.vault.refuse_capture(reason, hcp_id, session.clock.now())
    return Answer(replace(refusal, references=because, lifted_by=lift(session, reason)), Changes(audit=True))


def _items(session: RepSession, notice: str) -> tuple[str, ...]:
    if session.vault.state() is None:
        raise bad_input("pack_needed", "vault")
    found = [items for ref, _, _, items in session.vault.office().spoken if ref == notice]
    if not found:
        raise bad_input("unknown_notice", "notice", notice)
    return tuple(one.item for one in found[0])


def _known_item(session: RepSession, notice: str, item: str) -> None:
    items = _items(session, notice)
    if item not in items:
        raise bad_input("item_not_in_notice", "line", item, ", ".join(items))


def _guard(typed: dict[str, str]) -> None:
    """Free text says nothing about a person here either."""
    words = shipped_policy().free_text
    faults = [
        Fault(key, f"free_text_{find.code}", f"{find.start}-{find.end}")
        for key, text in typed.items()
        for find in scan(text, words)
    ]
    if faults:
        raise InputErrors(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskNotice:
    """A notice of the pack in one language: its title, its words, its items."""

    ref: str
    title: str
    text: str
    items: tuple[SpokenItem, ...]


def notices_to_ask(session: RepSession, *, lang: Lang) -> Answer[tuple[AskNotice, ...]]:
    """Notices the pack brings for asking, in the words of one language."""
    words = {(n.notice, n.lang): n.text for n in session.vault.notices()}
    spoken = session.vault.office().spoken if session.vault.state() else ()
    found = [
        AskNotice(ref=ref, title=title, text=words.get((ref, shown), ""), items=items)
        for ref, shown, title, items in spoken
        if shown == str(lang)
    ]
    everyday = [str(Purpose.VISIT), str(Purpose.MEDICAL)]
    return Answer(tuple(sorted(found, key=lambda n: (not any(i.item in everyday for i in n.items), n.ref))))


def save_words(session: RepSession, *, ref: str, lang: Lang, path: Path) -> Answer[Path]:
    """Hand the rules over as a text file before anybody decides (REQ-008). InputErrors ``unknown_notice``,
    ``file_kind``; ExportError."""
    found = next((n for n in notices_to_ask(session, lang=lang).value if n.ref == ref), None)
    if found is None:
        raise bad_input("unknown_notice", "notice", ref)
    if path.suffix.casefold() != ".txt":
        raise bad_input("file_kind", "out", path.suffix[:8])
    return Answer(write_file(path, found.text.encode()).path)
