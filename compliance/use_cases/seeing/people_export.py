"""People list to Excel: policy applied to every cell, no live formula, logged before and after.

Rules: (1) each person passes the same decision as on screen; those refused are counted, not named; (2) from the bulk
limit on it takes two, or a plan that two have approved; lists of one user within ``bulk_sum_hours`` that nobody signed
for are counted together, person by person, so that two halves are a whole; (3) an export marked overseas passes the
transfer gates first, also when a second person has signed, or is refused with their reasons; (4) masked stays masked;
(5) columns of a second purpose come in only under an assessment of that pair (:mod:`.joining`), looked at again when it
is carried out, and never go abroad; (6) a rule leaves people out only by the signature of the reviewer named
(:mod:`.exclusions`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from compliance.errors import bad_input
from compliance.exports.files import write_file
from compliance.exports.people_xlsx import Column, PeopleListMeta, render_people
from compliance.model.access import AccessGranted, Purpose
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import AuditEvent, Kind, Scalar
from compliance.model.ids import new_id
from compliance.model.profile import PersonRow
from compliance.model.register import PendingRequest
from compliance.progress import NoProgress, Phase, Progress
from compliance.use_cases.bases.transfers import gate_export
from compliance.use_cases.seat.acting import barred, refuse_alone
from compliance.use_cases.seat.session import Session, log_root
from compliance.use_cases.seeing.exclusions import propose_exclusion
from compliance.use_cases.seeing.joining import Join, join_of
from compliance.use_cases.seeing.joining import references as join_references
from compliance.use_cases.seeing.listing import scope
from compliance.use_cases.seeing.people_list import NOT_NAMED
from compliance.use_cases.seeing.search_words import read_search
from compliance.use_cases.seeing.walk import walk
from compliance.use_cases.signing.carrying import settle
from compliance.use_cases.signing.plans import PlanKind, covering
from compliance.use_cases.signing.two_person import ask_second
from compliance.vault import Snapshot, UnitOfWork

#: The columns of every list; a plan fixes them.
COLUMNS = (
    "hcp_id",
    "full_name",
    "salutation",
    "professional_title",
    "department",
    "institution_name",
    "region",
    "mobile_phone",
    "work_email",
    "channel_consents",
    "content_topics",
    "assigned_rep",
)


#: What the entry of a list says about whom a rule left out.
_CUT = ("rule", "rule_digest", "rule_assessment", "reviewer", "left_out")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportReport:
    """A written list."""

    file: Path
    people: int
    refused: int
    sha256: str
    serial: str

    def as_json(self) -> Mapping[str, str | int]:
        """The shape of the command-line contract."""
        return {
            "file": str(self.file),
            "people": self.people,
            "refused": self.refused,
            "sha256": self.sha256,
            "serial": self.serial,
        }


def export_people(
    session: Session,
    *,
    purpose: Purpose,
    path: Path,
    text: str = "",
    overseas: str | None = None,
    join: Purpose | None = None,
    assessment: str = "",
    rule: str = "",
    reviewer: str = "",
    progress: Progress,
) -> Answer[ExportReport | Refusal | PendingRequest]:
    """Write the people this reader may see for ``purpose`` (and that match ``text``) to an Excel file. ``join`` adds
    columns of a second purpose under ``assessment`` (REQ-053); ``rule`` leaves people out if ``reviewer`` signs it
    (REQ-055)."""
    now = session.now()
    if no := barred(session, "export_people", at=now):
        return no
    if session.role not in session.policy.purposes[purpose].roles:
        known = session.policy.reasons[NOT_NAMED]
        return refuse_alone(session, at=now, reason=NOT_NAMED, purpose=purpose, because=known.references)
    joined = _joined(session, purpose=purpose, join=join, assessment=assessment, at=now)
    if isinstance(joined, Refusal):
        return Answer(joined, Changes(audit=True))
    if path.suffix.lower() != ".xlsx":
        raise bad_input("not_xlsx", "out")
    if path.exists():
        raise bad_input("file_exists", "out")
    if join and overseas:
        raise bad_input("join_overseas", "join")
    asked = read_search(text, policy=session.policy, role=session.role, at=now)
    with session.vault.snapshot() as snap:
        every = snap.people.count()
        seen = scope(session, snap, purpose=purpose, role=session.role, at=now, rep=None)
        query = asked.query(scope=seen, at=now, limit=max(every, 1)) if seen else None
        ids = tuple(hit.hcp_id for hit in snap.index.search(query).rows) if query else ()
    if overseas is not None:
        closed = gate_export(session, recipient=overseas, hcp_ids=ids, purpose=purpose, at=now)
        if closed is not None:
            return Answer(closed, Changes(audit=True))
    refused = every - len(ids) if not text else 0
    cut = (
        propose_exclusion(session, rule_id=rule, reviewer=reviewer, purpose=purpose, ids=ids, at=now) if rule else None
    )
    if isinstance(cut, Refusal):
        return Answer(cut, Changes(audit=True))
    ids = tuple(hcp_id for hcp_id in ids if cut is None or hcp_id not in cut.left_out)
    plan = None
    most = session.policy.parameter("bulk_two_person_persons", now)
    with session.vault.snapshot() as snap:
        before = _unsigned(session, snap, now) - set(ids)
    if cut is not None or (ids and len(ids) + len(before) >= most):
        plan = (
            None
            if cut
            else covering(
                session,
                kind=PlanKind.PEOPLE_LIST,
                purpose=str(purpose),
                recipient=overseas or "",
                fields=(*COLUMNS, *joined.columns) if joined else COLUMNS,
                people=len(ids),
            )
        )
        if plan is None:
            params = {
                "purpose": str(purpose),
                "path": str(path),
                "ids": list(ids),
                "refused": refused,
                "overseas": overseas or "",
                **({"earlier": len(before)} if before else {}),
                **(joined.as_detail() if joined else {}),
                **(cut.as_detail() if cut else {}),
            }
            action, named = ("export_without", cut.left_out) if cut else ("export_people", ())
            return ask_second(session, action=action, at=now, params=params, hcps=named)
    made = write_export(
        session,
        purpose=purpose,
        path=path,
        ids=ids,
        refused=refused,
        overseas=overseas or "",
        plan=plan.plan_id if plan else "",
        join=joined,
        progress=progress,
    )
    return Answer(made, Changes(exports=True, audit=True))


def _unsigned(session: Session, reader: Snapshot, now: datetime) -> set[str]:
    """People of this user's lists of the last hours that no second person signed for; longer ones took two."""
    since = now - timedelta(hours=session.policy.parameter("bulk_sum_hours", now))
    entries = reader.log.find(kind=Kind.EXPORT_APPROVED, actor=session.actor, since=since, limit=10_000)
    return {
        hcp_id
        for entry in entries
        if entry.data["detail"].get("what") == "people_xlsx" and not {"plan", "request"} & entry.data["detail"].keys()
        for hcp_id in entry.data["hcps"]
    }


def carry_export(session: Session, params: Mapping[str, Any]) -> ExportReport | Refusal:
    """What two people have signed; the border and the assessment of a join are looked at anew."""
    ids, purpose, overseas = tuple(params["ids"]), Purpose(params["purpose"]), params.get("overseas", "")
    now, join = session.now(), Purpose(params["join"]) if params.get("join") else None
    joined = _joined(session, purpose=purpose, join=join, assessment=params.get("assessment", ""), at=now)
    if isinstance(joined, Refusal):
        return joined
    if overseas:
        closed = gate_export(session, recipient=overseas, hcp_ids=ids, purpose=purpose, at=now)
        if closed is not None:
            return closed
    return write_export(
        session,
        purpose=purpose,
        path=Path(params["path"]),
        ids=ids,
        refused=int(params["refused"]),
        overseas=overseas,
        join=joined,
        cut={key: params[key] for key in _CUT if key in params},
        progress=NoProgress(),
    )


def write_export(
    session: Session,
    *,
    purpose: Purpose,
    path: Path,
    ids: Sequence[str],
    refused: int,
    progress: Progress,
    overseas: str = "",
    plan: str = "",
    join: Join | None = None,
    cut: Mapping[str, Scalar] | None = None,
) -> ExportReport | Refusal:
    """Decide, log, render, write, log again. People refused meanwhile are counted; who was sent abroad is noted."""
    now = session.now()
    columns = (*COLUMNS, *join.columns) if join else COLUMNS
    serial = new_id("L")
    rows: list[PersonRow] = []
    progress.phase(Phase.READING)
    shown: list[str] = []
    with session.vault.unit_of_work() as uow:
        for number, hcp_id in enumerate(ids):
            progress.tick(number, len(ids))
            look = walk(session, uow, hcp_id=hcp_id, purpose=purpose, at=now)
            if not isinstance(look.decision, AccessGranted):
                refused += 1
                continue
            fields = tuple(f for key in COLUMNS if (f := look.shown.get(key)) is not None)
            if join:
                other = walk(session, uow, hcp_id=hcp_id, purpose=join.purpose, at=now)
                if not isinstance(other.decision, AccessGranted):
                    refused += 1
                    continue
                fields += tuple(f for key in join.columns if (f := other.shown.get(key)) is not None)
            shown.append(hcp_id)
            rows.append(PersonRow(hcp_id=hcp_id, fields=fields))
        index = uow.commit(
            session.event(
                Kind.EXPORT_APPROVED,
                at=now,
                hcps=tuple(shown) if len(shown) <= 500 else (),
                purpose=str(purpose),
                fields=columns,
                detail={
                    "what": "people_xlsx",
                    "serial": serial,
                    "people": len(shown),
                    **({"plan": plan} if plan else {}),
                    **({"request": session.carrying.request_id} if session.carrying else {}),
                    **(join.as_detail() if join else {}),
                    **(cut or {}),
                },
            )
        )[0]
    progress.phase(Phase.RENDERING)
    content = render_people(
        tuple(
            Column(key, session.policy.words("field", key, "zh"), session.policy.words("field", key, "en"))
            for key in columns
        ),
        rows,
        PeopleListMeta(
            serial=serial,
            purpose=" + ".join(
                session.policy.words("purpose", str(one), str(session.lang))
                for one in (purpose, *((join.purpose,) if join else ()))
            ),
            reader=session.actor,
            reader_role=session.policy.words("role", str(session.role), str(session.lang)),
            handler=session.handler,
            made_at=now,
            root=log_root(session).hex(),
            audit_index=index,
            people=len(rows),
            refused=refused,
            watermark=f"{session.actor} {serial}",
            sandbox=session.sandbox,
        ),
        lang=session.lang,
        progress=progress,
    )
    written = write_file(path, content)
    with session.vault.unit_of_work() as uow:
        settle(session, uow)
        uow.commit(
            session.event(
                Kind.EXPORT_WRITTEN,
                at=now,
                purpose=str(purpose),
                detail={"what": "people_xlsx", "serial": serial, "sha256": written.sha256, "people": len(rows)},
            ),
            *(_note_transfer(session, uow, overseas, shown, serial) if overseas else ()),
        )
    return ExportReport(file=written.path, people=len(rows), refused=refused, sha256=written.sha256, serial=serial)


def _joined(
    session: Session, *, purpose: Purpose, join: Purpose | None, assessment: str, at: datetime
) -> Join | Refusal | None:
    """Rule 5. None where nothing is joined."""
    if join is None:
        return None
    with session.vault.snapshot() as snap:
        found = join_of(snap, purpose=purpose, second=join, assessment_id=assessment, at=at)
    if isinstance(found, Join) and session.role not in session.policy.purposes[join].roles:
        found = NOT_NAMED
    if isinstance(found, Join):
        return found
    detail: dict[str, Scalar | list[Scalar]] = {"join": str(join), "assessment": assessment}
    return refuse_alone(
        session, at=at, reason=found, purpose=purpose, detail=detail, because=join_references(), kind=Kind.EXPORT_FAILED
    ).value


def _note_transfer(
    session: Session, uow: UnitOfWork, recipient: str, ids: Sequence[str], serial: str
) -> tuple[AuditEvent, ...]:
    """Count who was sent abroad, with the entry of the written file."""
    now = session.now()
    for hcp_id in ids:
        uow.transfers.add(hcp_id, recipient, now, sensitive=False)
    detail: dict[str, Scalar | list[Scalar]] = {"recipient": recipient, "people": len(ids), "serial": serial}
    return (session.event(Kind.TRANSFER_SENT, at=now, hcps=tuple(ids), detail=detail),)
