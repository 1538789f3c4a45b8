"""The certificate of a run that let values go: a signed page with the proven record inside, or the record alone.

Rules: (1) only a run that is done has one; (2) everything on it is read from the log and the signed request, nothing is
counted by memory: one entry a person; (3) colleagues stand by role; (4) the record is proven like a receipt, so that
``verify`` and the check page take it as it is.
"""

import json
from collections import Counter
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from compliance.clock import from_stamp, shanghai_day
from compliance.errors import bad_input
from compliance.exports.files import write_file
from compliance.exports.retention_paper import (
    PersonLine,
    RetentionPaper,
    RuleLine,
    certificate,
    certificate_json,
)
from compliance.i18n import t
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.register import PendingRequest
from compliance.model.retention import EndAction, RetentionRun
from compliance.use_cases.consent.receipts import proven_record, signed_page
from compliance.use_cases.ending.retention_runs import ACTION
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.facts import Reader
from compliance.use_cases.seat.session import Session, log_root
from compliance.vault import LogEntry

_FORMATS = ("pdf", "json")
_MOST = 1_000_000


def issue_certificate(session: Session, *, run_id: str, fmt: str, path: Path) -> Answer[Path | Refusal]:
    """Write the certificate of a run. InputErrors ``unknown_run``, ``run_not_done``, ``unknown_format``,
    ``file_exists``."""
    now = session.now()
    if no := barred(session, "release_retention", at=now):
        return no
    if fmt not in _FORMATS:
        raise bad_input("unknown_format", "format", fmt, ", ".join(_FORMATS))
    if path.exists():
        raise bad_input("file_exists", "out")
    with session.vault.unit_of_work() as uow:
        run = uow.retention.run(run_id)
        if run is None:
            raise bad_input("unknown_run", "run", run_id)
        if run.done_at is None or run.begun_at is None:
            raise bad_input("run_not_done", "run", run_id)
        index = uow.commit(
            session.event(Kind.EXPORT_APPROVED, at=now, detail={"what": "retention_certificate", "run": run_id})
        )[0]
    root = log_root(session).hex()
    with session.vault.snapshot() as snap:
        paper = _paper(session, snap, run, root=root, entry=index, now=now)
    record = certificate_json(paper)
    if fmt == "json":
        content = proven_record(session, record, index, now)
    else:
        title = t("paper.retention.title", session.lang)
        content = signed_page(session, certificate(paper, session.lang), record, index, now, title=title)
    written = write_file(path, content)
    with session.vault.unit_of_work() as uow:
        detail = {"what": "retention_certificate", "run": run_id, "sha256": written.sha256}
        uow.commit(session.event(Kind.EXPORT_WRITTEN, at=now, detail=detail))
    return Answer(path, Changes(exports=True, audit=True))


def _paper(
    session: Session, reader: Reader, run: RetentionRun, *, root: str, entry: int, now: datetime
) -> RetentionPaper:
    request = _request(reader, run.run_id)
    params = json.loads(request.canonical)["params"] if request else {}
    persons = _persons(reader, run.run_id)
    assert run.begun_at is not None and run.done_at is not None
    return RetentionPaper(
        run_id=run.run_id,
        handler=session.handler,
        asked_at=run.asked_at,
        asked_by=_role(session, reader, run.asked_by),
        reason=run.reason,
        signed_at=run.begun_at,
        signed_by=_role(session, reader, run.signed_by),
        done_at=run.done_at,
        values=sum(n for key, n in run.counts.items() if key not in ("people", "passed_over")),
        people=len(persons),
        passed_over=run.counts.get("passed_over", 0),
        rules=_rules(session, run),
        persons=persons,
        request=request.request_id if request else "",
        scope_sha256=str(params.get("scope", sha256(b"").hexdigest())),
        keys_die_on=_last_keys(session, reader, run.done_at),
        root=root,
        entry=entry,
        policy=run.policy,
        made_at=now,
        sandbox=session.sandbox,
    )


def _rules(session: Session, run: RetentionRun) -> list[RuleLine]:
    rules = session.policy.retention
    found = []
    for key, values in sorted(Counter(run.counts).items()):
        rule = rules.rules.get(key)
        if key in ("people", "passed_over") or rule is None or run.begun_at is None:
            continue
        term = rule.terms.at(run.begun_at)
        cited = "; ".join(f"{ref.statute} {ref.article}" for ref in term.references) if term else ""
        action = str(term.action if term else EndAction.ERASE)
        label = rule.label.in_(str(session.lang))
        found.append(RuleLine(rule=key, label=label, values=values, action=action, references=cited))
    return found


def _persons(reader: Reader, run_id: str) -> list[PersonLine]:
    """One line a person, from the log: values let go, and records erased whole (also one a crash interrupted)."""
    found: dict[str, PersonLine] = {}
    for kind in (Kind.LET_GO, Kind.ERASURE_BEGUN):
        for entry in reader.log.find(kind=kind, limit=_MOST, newest_first=False):
            detail = entry.data["detail"]
            if detail.get("run") == run_id and "passed_over" not in detail:
                line = _line(entry, whole=kind is Kind.ERASURE_BEGUN)
                found[line.hcp_id] = line
    return sorted(found.values(), key=lambda line: line.entry)


def _line(entry: LogEntry, *, whole: bool) -> PersonLine:
    return PersonLine(
        hcp_id=entry.data["hcps"][0],
        fields=tuple(entry.data["fields"]),
        whole=whole,
        entry=entry.index,
        at=from_stamp(entry.data["at"]),
    )


def _request(reader: Reader, run_id: str) -> PendingRequest | None:
    for entry in reader.log.find(kind=Kind.REQUESTED, limit=_MOST):
        if entry.data["detail"].get("action") == ACTION:
            request = reader.requests.get(entry.data["detail"]["request"])
            if request is not None and json.loads(request.canonical)["params"].get("run") == run_id:
                return request
    return None


def _role(session: Session, reader: Reader, name: str) -> str:
    user = reader.users.get(name)
    return t(f"role.{user.role}", session.lang) if user else "—"


def _last_keys(session: Session, reader: Reader, at: datetime) -> date | None:
    """When the last automatic copy of the keys made before is destroyed: until then a backup could be opened."""
    days = session.policy.parameter("backup_keys_days", at)
    made = [
        shanghai_day(from_stamp(entry.data["at"]))
        for entry in reader.log.find(kind=Kind.BACKED_UP, until=at, limit=_MOST)
        if entry.data["detail"].get("what") == "keys" and entry.data["detail"].get("automatic")
    ]
    return max(made) + timedelta(days=days) if made else None
