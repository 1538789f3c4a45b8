"""Across the border: recipients, assessments, the decision table with its gates, the yearly meter.

Rules: (1) the route comes from ``policy.transfer`` (law.md 2.3), first match; (2) gates G1 to G3 stand after every
result: the notice names this recipient, a valid separate consent of each person, an assessment on file; (3) persons
are counted once a year per company, ordinary and sensitive apart; (4) nothing leaves on a failed gate, whole batches
only; (5) unknown facts hold; (6) a shipped notice that names a recipient speaks only once that recipient is registered:
in a practice store by itself and from its own day, in a real one when the privacy officer puts it in force.
"""

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from compliance.clock import day_start, shanghai_day
from compliance.consent.made import recipient_of
from compliance.errors import Fault, InputErrors, bad_input
from compliance.importing.documents import read_document
from compliance.model.access import Purpose
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind, Scalar
from compliance.model.consent import LineStatus, NoticeState
from compliance.model.ids import new_id
from compliance.model.register import Assessment, Recipient
from compliance.policy.transfer import TransferDecision, decide_transfer, transfer_digest, transfer_facts
from compliance.policy.transfer_facts import TransferFacts, kept_facts
from compliance.use_cases.notices.notice_life import gaps_of
from compliance.use_cases.seat.acting import barred, refuse_alone
from compliance.use_cases.seat.facts import active_at, lines_of
from compliance.use_cases.seat.free_text import guard
from compliance.use_cases.seat.session import Session, known_notices, shipped_notices
from compliance.vault import Snapshot, UnitOfWork

_REQUIRED = ("legal_name", "country", "contact", "purpose", "method", "kinds", "rights_channel")
_VAGUE = ("affiliate", "affiliates", "group companies", "partners", "关联公司", "合作伙伴", "集团公司")


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterLine:
    """One threshold 申报门槛."""

    rule: str
    kind: str
    limit: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """Distinct persons sent abroad since 1 January against the thresholds."""

    year: int
    ordinary: int
    sensitive: int
    lines: tuple[MeterLine, ...]
    projection: int


def add_recipient(session: Session, *, path: Path) -> Answer[Recipient | Refusal]:
    """Register an overseas recipient from a JSON or TOML file with the six items of PIPL 39. All gaps are named."""
    now = session.now()
    if no := barred(session, "register_recipient", at=now):
        return no
    table = read_table(path)
    faults = [Fault(key, "missing") for key in _REQUIRED if not table.get(key)]
    if str(table.get("legal_name", "")).strip().casefold() in _VAGUE:
        faults.append(Fault("legal_name", "recipient_not_named"))
    if faults:
        raise InputErrors(faults)
    guard(session, {key: str(table[key]) for key in ("purpose", "method")})
    kinds = table["kinds"]
    recipient = Recipient(
        recipient_id=str(table.get("recipient") or table.get("id") or new_id("R")),
        legal_name=str(table["legal_name"]),
        country=str(table["country"]),
        contact=str(table["contact"]),
        purpose=str(table["purpose"]),
        method=str(table["method"]),
        kinds=tuple(map(str, kinds)) if isinstance(kinds, list) else (str(kinds),),
        rights_channel=str(table["rights_channel"]),
        registered_at=now,
    )
    with session.vault.unit_of_work() as uow:
        uow.recipients.add(recipient)
        opened = _open_shipped(session, uow, recipient) if session.sandbox else []
        uow.commit(
            session.event(
                Kind.RECIPIENT_REGISTERED,
                at=now,
                detail={"recipient": recipient.recipient_id, "country": recipient.country, "notices": list(opened)},
            )
        )
    return Answer(recipient, Changes(exports=True, consents=bool(opened), audit=True))


def _open_shipped(session: Session, uow: UnitOfWork, recipient: Recipient) -> list[Scalar]:
    """Rule 6: the shipped drafts that wait for this recipient and lack nothing else; their refs."""
    opened: list[Scalar] = []
    for version, text in shipped_notices():
        held = uow.notices.get(version.ref)
        waits = held is not None and held.state is NoticeState.DRAFT and held.sha256 == version.sha256
        names = any(recipient_of(line) == recipient.recipient_id for line in version.lines)
        if waits and names and not gaps_of(session, uow, version):
            uow.notices.put(version, text)
            opened.append(version.ref)
    return opened


def list_recipients(session: Session) -> Answer[tuple[Recipient, ...]]:
    """The register of overseas recipients."""
    with session.vault.snapshot() as snap:
        return Answer(tuple(snap.recipients.all()))


def list_assessments(session: Session) -> Answer[tuple[Assessment, ...] | Refusal]:
    """Impact assessments on file, newest first."""
    if no := barred(session, "list_assessments", at=session.now()):
        return no
    with session.vault.snapshot() as snap:
        rows = snap.assessments.all()
    return Answer(tuple(sorted(rows, key=lambda row: (row.approved_on, row.assessment_id), reverse=True)))


def add_assessment(session: Session, *, assessment: Assessment) -> Answer[Assessment | Refusal]:
    """Put an impact assessment on file. Author and approver are two people (PIPL 55, 56; REQ-096)."""
    now = session.now()
    if no := barred(session, "record_assessment", at=now):
        return no
    if assessment.author == assessment.approver:
        return refuse_alone(session, at=now, reason="same_person", detail={"assessment": assessment.assessment_id})
    if assessment.approved_on > shanghai_day(now):
        raise bad_input("in_the_future", "approved_on")
    guard(session, {"title": assessment.title})
    with session.vault.unit_of_work() as uow:
        uow.assessments.add(assessment)
        uow.commit(
            session.event(
                Kind.ASSESSMENT_RECORDED,
                at=now,
                detail={"assessment": assessment.assessment_id, "covers": assessment.purpose},
            )
        )
    return Answer(assessment, Changes(settings=True, audit=True))


def assess_transfer(
    session: Session, *, path: Path | None = None, facts: Mapping[str, Any] | None = None
) -> Answer[TransferDecision | Refusal]:
    """Route and gates for the facts of a file. A recipient this vault knows brings its own notice and assessment."""
    now = session.now()
    if no := barred(session, "assess_transfer", at=now):
        return no
    table = dict(facts) if facts is not None else read_table(path) if path else {}
    parsed = transfer_facts(_completed(session, table, now))
    if isinstance(parsed, tuple):
        raise InputErrors(parsed)
    decision = decide_transfer(session.policy, parsed, at=now)
    with session.vault.unit_of_work() as uow:
        digest, detail = _entry(session, decision, parsed, now)
        uow.commit(session.event(Kind.TRANSFER_ASSESSED, at=now, decision=digest, detail=detail))
    return Answer(decision, Changes(audit=True))


def transfer_meter(session: Session, *, year: int | None = None) -> Answer[Meter]:
    """Distinct persons of a year against every threshold, with a straight-line projection to its end."""
    now = session.now()
    year = year or shanghai_day(now).year
    with session.vault.snapshot() as snap:
        ordinary, sensitive = snap.transfers.tally(*_bounds(year))
    passed = (now - day_start(date(year, 1, 1))).days + 1
    projection = ordinary if year != shanghai_day(now).year else round(ordinary * 365 / min(max(passed, 1), 365))
    lines = meter_lines(session, ordinary=ordinary, sensitive=sensitive, at=now)
    return Answer(Meter(year=year, ordinary=ordinary, sensitive=sensitive, lines=lines, projection=projection))


def meter_lines(session: Session, *, ordinary: int, sensitive: int, at: datetime) -> tuple[MeterLine, ...]:
    """Both tallies against every threshold in force at ``at``."""
    return tuple(
        MeterLine(rule=key, kind=kind, limit=session.policy.parameter(key, at), count=count)
        for key, kind, count in (
            ("transfer_contract_ordinary", "ordinary", ordinary),
            ("transfer_contract_sensitive", "sensitive", sensitive),
            ("transfer_assess_ordinary", "ordinary", ordinary),
            ("transfer_assess_sensitive", "sensitive", sensitive),
        )
    )


def gate_export(
    session: Session, *, recipient: str, hcp_ids: Sequence[str], purpose: Purpose, at: datetime
) -> Refusal | None:
    """None when an export of these people to ``recipient`` may leave; else the refusal naming the failed gates."""
    item = f"{purpose}/overseas:{recipient}"
    checked = _setting(session, "restricted_list_checked_on", "")
    with session.vault.snapshot() as snap:
        known = snap.recipients.get(recipient)
        if known is None:
            raise bad_input("unknown_recipient", "overseas", recipient)
        bounds = _bounds(shanghai_day(at).year)
        ordinary, sensitive = snap.transfers.tally(*bounds)
        before = set(snap.transfers.people(*bounds))
        lacking = [
            hcp_id
            for hcp_id in hcp_ids
            if not _agreed(lines_of(session, snap, hcp_id=hcp_id, at=at).get(item), known.legal_name)
            and not _waived(snap, hcp_id, item, purpose, at)
        ]
    facts = _completed(
        session,
        {
            "recipient": recipient,
            "purpose": str(purpose),
            "origin": "china",
            "has_pi": True,
            "has_important": "no",
            "is_ciio": _setting(session, "is_ciio"),
            "claim": "none",
            "n_ord": ordinary + len(set(hcp_ids) - before),
            "n_sens": sensitive,
            "foreign_judicial": False,
            "on_restricted_list": False,
            "consents_missing": len(lacking),
            "consent_names_recipient": "yes",
            "fields_within_purpose": "yes",
            **({"restricted_list_checked_on": checked} if checked else {}),
        },
        at,
    )
    parsed = transfer_facts(facts)
    if isinstance(parsed, tuple):
        raise InputErrors(parsed)
    decision = decide_transfer(session.policy, parsed, at=at)
    failed = [name for name, gate in decision.gates.items() if gate.ok is False]
    if decision.allowed and hcp_ids:
        return None
    failed += [name for name, gate in decision.gates.items() if gate.applies and gate.ok is None]
    with session.vault.unit_of_work() as uow:
        digest, detail = _entry(session, decision, parsed, at)
        index = uow.commit(
            session.event(
                Kind.TRANSFER_REFUSED,
                at=at,
                purpose=str(purpose),
                decision=digest,
                detail={**detail, "recipient": recipient, "people": len(hcp_ids), "lacking": len(lacking)},
            )
        )[0]
    reasons = "; ".join(f"{name}: {decision.gates[name].why}" for name in failed)
    articles = [ref for name in failed for ref in session.policy.transfer.gates[name].references]
    return Refusal(
        reason="transfer_gate",
        references=tuple(dict.fromkeys([*decision.references, *articles])),
        lifted_by=reasons or str(decision.result),
        detail=f"{decision.row} {' '.join(failed)}".strip(),
        reference_code=f"A{index}",
    )


def read_table(path: Path) -> dict[str, Any]:
    """A JSON or TOML table. InputErrors ``not_a_table`` when it is neither."""
    text = read_document(path).data.decode("utf-8-sig", "replace")
    try:
        table = json.loads(text) if text.lstrip().startswith("{") else tomllib.loads(text)
    except ValueError:
        raise bad_input("not_a_table", "file") from None
    if not isinstance(table, dict):
        raise bad_input("not_a_table", "file")
    return table


def _completed(session: Session, table: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """``table`` plus what the vault knows about a named recipient: notice, assessment."""
    done = dict(table)
    name = done.get("recipient")
    if not isinstance(name, str):
        return done
    with session.vault.snapshot() as snap:
        known = snap.recipients.get(name)
        assessments = [a for a in snap.assessments.all() if a.purpose == f"overseas:{name}"]
    if known is None:
        return done
    day = shanghai_day(at)
    named = any(
        line.item.endswith(f"/overseas:{name}")
        for notice in active_at(known_notices(session).values(), at)
        for line in notice.lines
    )
    done.setdefault("notice_names_recipient", named)
    done.setdefault(
        "pipia_approved",
        any(a.approved_on <= day and (a.valid_until is None or day <= a.valid_until) for a in assessments),
    )
    return done


def _agreed(line: LineStatus | None, legal_name: str) -> bool:
    """Whether the consent is in force and its notice named this very recipient (PIPL 23, 39; law.md C12)."""
    return line is not None and line.open and "".join(line.recipient.split()) == "".join(legal_name.split())


def _waived(snap: Snapshot, hcp_id: str, item: str, purpose: Purpose, at: datetime) -> bool:
    """Strict mode: another basis carries an export only with the privacy officer's memo on this item (REQ-025)."""
    rests = any(row.purpose is purpose and row.in_force(at) for row in snap.bases.of(hcp_id))
    return rests and item in snap.memos.waiving(hcp_id, at)


def _bounds(year: int) -> tuple[datetime, datetime]:
    return day_start(date(year, 1, 1)), day_start(date(year + 1, 1, 1))


def _setting(session: Session, key: str, default: str = "unknown") -> str:
    with session.vault.snapshot() as snap:
        return snap.settings.get(key) or default


def _entry(
    session: Session, decision: TransferDecision, facts: TransferFacts, at: datetime
) -> tuple[str, dict[str, Scalar | list[Scalar]]]:
    """Digest of the decision, and what the log keeps of it: enough to make it again (REQ-079)."""
    kept, whole = kept_facts(facts)
    return transfer_digest(session.policy, decision, kept, at), {
        "inputs": kept,
        "inputs_whole": whole,
        "result": str(decision.result),
        "row": decision.row,
        "gates": [f"{k}={'open' if g.ok is None else g.ok}" for k, g in decision.gates.items()],
        "rule_set": decision.rule_set,
    }
