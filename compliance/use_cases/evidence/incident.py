"""The unsealed incident report of a store whose log no longer holds: what was found first, where, and what decides.

Rules: (1) a store with a finding seals nothing, so this report bears neither seal nor signature and says so; whoever
may check the store may make it; (2) a full check is made for it; one that finds nothing makes no report; (3) the last
good seal is the largest one that ends before the first bad entry and that the log still follows; (4) the making is
logged like any other look, beside the log while the store is restricted; (5) nothing is repaired or changed.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from compliance import __version__
from compliance.audit.checkpoint import SignedNote
from compliance.errors import AuditIntegrityError, ComplianceError, bad_input
from compliance.exports.files import write_file
from compliance.exports.incident import Found, Incident, Paper, SealLine, incident_json, incident_pdf
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.ids import new_id
from compliance.progress import NoProgress, Phase, Progress
from compliance.use_cases.evidence.witness import cosigned
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.session import Session
from compliance.vault import CheckReport, Problem, Snapshot
from compliance.vault.folder import generations

_AT = "at "
_MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentMade:
    """Both files, and the first finding."""

    file: Path
    json_file: Path
    sha256: str
    json_sha256: str
    incident: Incident


def make_incident(session: Session, *, path: Path, progress: Progress | None = None) -> Answer[IncidentMade | Refusal]:
    """Write ``path`` and the JSON file of the same name. InputErrors ``file_exists``, ``nothing_found``; Cancelled."""
    progress = progress or NoProgress()
    now = session.now()
    if no := barred(session, "incident_report", at=now):
        return no
    beside = path.with_suffix(".json")
    if path.suffix == ".json":
        raise bad_input("incident_needs_pdf", "out")
    if path.exists() or beside.exists():
        raise bad_input("file_exists", "out")
    progress.phase(Phase.VERIFYING)
    check = session.vault.check(full=True, heard=progress.tick)
    if check.ok and not session.vault.findings:
        raise bad_input("nothing_found", "incident")
    with session.vault.snapshot() as snap:
        incident = _gather(session, snap, check, new_id("IR"))
    data = incident_json(incident)
    pdf = incident_pdf(incident, data, session.lang)
    with session.vault.unit_of_work() as uow:
        detail = {"what": "incident_report", "report": incident.incident, "problems": len(incident.found)}
        uow.commit(session.event(Kind.EXPORT_WRITTEN, at=now, detail=detail))
    written = write_file(path, pdf)
    try:
        written_beside = write_file(beside, data)
    except ComplianceError:
        path.unlink(missing_ok=True)
        raise
    return Answer(
        IncidentMade(
            file=path,
            json_file=beside,
            sha256=written.sha256,
            json_sha256=written_beside.sha256,
            incident=incident,
        ),
        Changes(exports=True, audit=True),
    )


def _gather(session: Session, snap: Snapshot, check: CheckReport, incident_id: str) -> Incident:
    vault = session.vault
    problems = check.problems or vault.findings
    first = next((p.index for p in problems if p.index is not None), None)
    seals = _seals(session, snap)
    noted = generations.noted(vault.path)
    return Incident(
        incident=incident_id,
        handler=session.handler,
        vault=vault.vault_id,
        made_at=session.now(),
        made_by=session.actor,
        role=str(session.role),
        program=__version__,
        entries=check.entries,
        root=check.root.hex(),
        found=tuple(_found(snap, p) for p in problems),
        good=_last_good(seals, first),
        seals=_newest_of_each(seals),
        papers=_papers(session, snap, first),
        aside=len(vault.sidecar()),
        last_backup=noted["last"],
        last_rehearsal=noted["rehearsed"],
        sandbox=session.sandbox,
    )


def _found(snap: Snapshot, problem: Problem) -> Found:
    """The finding with kind, time and colleague of the entry that stands there now, where it can be read."""
    entry: dict[str, str] = {}
    if problem.index is not None:
        with suppress(ComplianceError, ValueError, LookupError, TypeError):
            data = snap.log.entries(problem.index, problem.index + 1)[0].data
            entry = {key: str(data[key]) for key in ("kind", "at", "actor", "role")}
    return Found(code=problem.code, index=problem.index, detail=problem.detail, entry=entry)


def _seals(session: Session, snap: Snapshot) -> list[SealLine]:
    """Every seal this machine keeps, smallest first, and whether the log still follows it."""
    vault, found = session.vault, []
    for place, notes in (("inside", vault.inside.notes), ("outside", vault.outside.notes)):
        found += [_seal(snap, place, note) for note in _readable(notes)]
    remembered = vault.keystore_head()
    if remembered is not None:
        size, root = remembered
        followed = _follows(snap, size, root)
        found.append(SealLine(place="keystore", size=size, root=root.hex(), at="", signer="", followed=followed))
    return sorted(found, key=lambda seal: seal.size)


def _readable(notes: Callable[[], list[SignedNote]]) -> list[SignedNote]:
    try:
        return notes()
    except AuditIntegrityError:
        return []  # a seal that cannot be read is itself a finding


def _seal(snap: Snapshot, place: str, note: SignedNote) -> SealLine:
    head = note.checkpoint
    return SealLine(
        place=place,
        size=head.size,
        root=head.root.hex(),
        at=next((x.removeprefix(_AT) for x in head.extensions if x.startswith(_AT)), ""),
        signer=note.signatures[0].name.rpartition("/")[2] if note.signatures else "",
        followed=_follows(snap, head.size, head.root),
    )


def _follows(snap: Snapshot, size: int, root: bytes) -> bool:
    try:
        return size <= snap.log.size and snap.log.root_at(size) == root
    except (ComplianceError, ValueError, LookupError):
        return False


def _last_good(seals: Sequence[SealLine], first: int | None) -> SealLine | None:
    good = [s for s in seals if s.followed and (first is None or s.size <= first)]
    return good[-1] if good else None


def _newest_of_each(seals: Sequence[SealLine]) -> tuple[SealLine, ...]:
    """The newest of each place and the newest of each that the log still follows."""
    chosen: dict[tuple[str, bool], SealLine] = {}
    for seal in seals:
        chosen[seal.place, seal.followed] = seal
    return tuple(sorted(chosen.values(), key=lambda s: (s.place, s.size)))


def _papers(session: Session, snap: Snapshot, first: int | None) -> tuple[Paper, ...]:
    """What was handed out with a head in it, newest first: whoever has one can say what the log was."""
    found = []
    with suppress(ComplianceError, ValueError, LookupError, TypeError):
        for entry in snap.log.find(kind=(Kind.AUDIT_REPORT, Kind.CHECKPOINT), limit=_MOST):
            detail = entry.data["detail"]
            report = entry.data["kind"] == Kind.AUDIT_REPORT
            if report or detail.get("sha256"):
                found.append(
                    Paper(
                        kind="report" if report else "seal",
                        name=str(detail.get("report") or f"#{entry.index}"),
                        at=str(entry.data["at"]),
                        size=detail.get("sealed"),
                        sha256=str(detail.get("sha256") or ""),
                        before=first is None or entry.index < first,
                    )
                )
    with suppress(ComplianceError, ValueError, LookupError):
        for note, good in cosigned(session, snap):
            size = note.checkpoint.size
            found.append(
                Paper(
                    kind="cosigned",
                    name=", ".join(c.name.rpartition("/")[2] for c in good),
                    at=f"{good[0].at:%Y-%m-%dT%H:%M}",
                    size=size,
                    sha256="",
                    before=first is None or size <= first,
                )
            )
    return tuple(found)
