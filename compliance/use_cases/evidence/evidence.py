"""Evidence that anyone can check: the log, its seals and proofs, the audit PDF, and checking files without a vault."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from compliance.audit.checkpoint import parse
from compliance.audit.proof import write as write_proof
from compliance.errors import bad_input
from compliance.exports.files import write_file
from compliance.i18n import Lang, has, t
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind, Scalar
from compliance.progress import NoProgress, Phase, Progress
from compliance.use_cases.rules.replay_list import is_list
from compliance.use_cases.seat.acting import barred
from compliance.use_cases.seat.session import Session
from compliance.vault import CheckReport
from compliance.verifier.check import MANIFEST, MAX_FILE, REPORT, keys_in
from compliance.verifier.check import verify_file as _verify

_FATE = re.compile(r"(^|, )(changed|missing|added) ")


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """One entry as shown: pseudonyms and codes."""

    index: int
    at: datetime
    kind: str
    actor: str
    role: str
    hcps: tuple[str, ...]
    purpose: str
    fields: tuple[str, ...]
    detail: Mapping[str, Any]
    decision: str = ""
    is_list: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One thing a check says: True, False, or None for "cannot be decided here"."""

    claim: str
    ok: bool | None
    detail: str
    code: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)

    def found(self, lang: Lang) -> str:
        """What was found, in words; the verifier's own English for a finding without any."""
        key = f"verify.finding.{self.code}"
        if not has(key):
            return self.detail
        params = dict(self.params)
        if "files" in params:  # the verifier names what became of each file in English
            params["files"] = _FATE.sub(lambda hit: hit[1] + t(f"page.file.{hit[2]}", lang) + " ", str(params["files"]))
        return t(key, lang, **params)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyReport:
    """``ok`` means intact; who signed stays open without a trusted key."""

    ok: bool
    claims: tuple[Claim, ...]

    @property
    def signer_known(self) -> bool:
        """Whether a trust file names the signer. Without one, intact is all that can be said."""
        return any(claim.claim == "signer" and claim.ok for claim in self.claims)


def list_entries(
    session: Session,
    *,
    limit: int = 100,
    kind: str | None = None,
    actor: str | None = None,
    hcp: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Answer[tuple[LogLine, ...] | Refusal]:
    """The newest entries that fit. Reading the log is itself logged."""
    now = session.now()
    if no := barred(session, "read_log", at=now):
        return no
    if not 1 <= limit <= 100_000:
        raise bad_input("bad_limit", "limit")
    if kind and kind not in set(Kind):
        raise bad_input("unknown_kind", "kind", kind)
    if since is not None and until is not None and since >= until:
        raise bad_input("period_empty", "from")
    with session.vault.unit_of_work() as uow:
        found = uow.log.find(
            kind=Kind(kind) if kind else None, actor=actor, hcp=hcp, since=since, until=until, limit=limit
        )
        uow.commit(session.event(Kind.LIST_SHOWN, at=now, detail={"what": "log", "entries": len(found)}))
    return Answer(tuple(log_line(e.index, e.body) for e in found), Changes(audit=True))


def log_line(index: int, body: bytes) -> LogLine:
    """A stored entry as a line."""
    entry = json.loads(body)
    return LogLine(
        index=index,
        at=datetime.fromisoformat(entry["at"]),
        kind=entry["kind"],
        actor=entry["actor"],
        role=entry["role"],
        hcps=tuple(entry["hcps"]),
        purpose=entry["purpose"],
        fields=tuple(entry["fields"]),
        detail=entry["detail"],
        decision=entry["decision"],
        is_list=is_list(entry),
    )


def check_vault(
    session: Session, *, full: bool = False, progress: Progress | None = None
) -> Answer[CheckReport | Refusal]:
    """Check log, seals and (``full``) every stored row against its set hash; the first bad entry is named. A quick
    check, which looks at the newest entries alone, also names what an earlier one found and nobody has cleared."""
    progress = progress or NoProgress()
    now = session.now()
    if no := barred(session, "check_vault", at=now):
        return no
    progress.phase(Phase.VERIFYING)
    report = _with_standing(session, session.vault.check(full=full, heard=progress.tick))
    note_check(session, report, at=now)
    return Answer(report, Changes(audit=True))


def _with_standing(session: Session, report: CheckReport) -> CheckReport:
    standing = () if report.full else tuple(p for p in session.vault.findings if p not in report.problems)
    return replace(report, ok=False, problems=(*report.problems, *standing)) if standing else report


def note_check(session: Session, report: CheckReport, *, at: datetime) -> None:
    """The entry of a check."""
    detail: dict[str, Scalar | list[Scalar]] = {
        "full": report.full,
        "ok": report.ok,
        "entries": report.entries,
        "problems": list[Scalar](sorted({p.code for p in report.problems})),
    }
    with session.vault.unit_of_work() as uow:
        if any(problem.of_index for problem in report.problems):
            uow.doubt_index()
        uow.commit(session.event(Kind.VERIFIED, at=at, detail=detail))


def take_checkpoint(session: Session, *, path: Path | None = None, since: int | None = None) -> Answer[str | Refusal]:
    """Seal the log now; the signed note is returned and, where asked, written. With ``since`` the file also proves that
    the log extends the one of so many entries: what a second machine asks for before it cosigns."""
    now = session.now()
    if no := barred(session, "checkpoint", at=now):
        return no
    note = session.vault.checkpoint(now)
    if path is not None:
        from compliance.use_cases.evidence.witnessing import witness_request

        written = write_file(path, (note if since is None else witness_request(session, note, since)).encode())
        detail = {"sealed": parse(note).checkpoint.size, "sha256": written.sha256}
        with session.vault.unit_of_work() as uow:
            uow.commit(session.event(Kind.CHECKPOINT, at=now, detail=detail))
    return Answer(note, Changes(audit=True))


def prove_entry(session: Session, *, index: int, path: Path) -> Answer[Path | Refusal]:
    """A text file that proves one entry to anybody: index, path, seal (C2SP tlog-proof)."""
    now = session.now()
    if no := barred(session, "read_log", at=now):
        return no
    with session.vault.snapshot() as snap:
        size = snap.log.size
        if not 0 <= index < size:
            raise bad_input("unknown_entry", "index", str(index), f"0-{size - 1}")
    note = session.vault.checkpoint(now)
    size = parse(note).checkpoint.size
    with session.vault.snapshot() as snap:
        body = snap.log.entries(index, index + 1)[0].body
        proof = write_proof(index=index, path=snap.log.inclusion(index, size), note=note, entry=body)
    written = write_file(path, proof.encode())
    with session.vault.unit_of_work() as uow:
        uow.commit(
            session.event(
                Kind.EXPORT_WRITTEN, at=now, detail={"what": "proof", "entry": index, "sha256": written.sha256}
            )
        )
    return Answer(path, Changes(audit=True))


def verify_file(path: Path, *, trust: Path | None = None, previous: Path | None = None) -> VerifyReport:
    """Check an audit PDF, evidence file, receipt, proof or log seal, or the folder of a proof pack or audit report.

    Needs no vault. InputErrors ``folder_without_evidence`` for any other folder, ``trust_names_no_key`` for a trust
    file that is empty, no text, or names neither a key nor a fingerprint.
    """
    if trust is not None and not _names_keys(trust):
        raise bad_input("trust_names_no_key", "trust")
    for given, field_ in ((path, "file"), (previous, "previous")):
        if given is not None and given.is_dir() and not any((given / name).is_file() for name in (MANIFEST, REPORT)):
            raise bad_input("folder_without_evidence", field_)
    report = _verify(path, trust=trust, previous=previous)
    return VerifyReport(ok=bool(report["ok"]), claims=tuple(Claim(**c) for c in report["claims"]))


def _names_keys(path: Path) -> bool:
    """Whether a trust file is text that names a key at all."""
    data = path.read_bytes() if path.stat().st_size <= MAX_FILE else b""
    return not data.startswith(b"%PDF-") and b"\0" not in data and any(keys_in(data.decode("utf-8", "replace")))


def make_audit_report(
    session: Session,
    *,
    path: Path | None = None,
    pack: Path | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    hcp: str | None = None,
    user: str | None = None,
    transfer: str | None = None,
    year: int | None = None,
    sample: int | None = None,
    seed: str = "",
    previous: Sequence[Path] = (),
    progress: Progress | None = None,
) -> "Answer[AuditReportMade | Refusal]":
    """The signed audit PDF with its evidence inside: of a period, a person, a colleague, a transfer or a whole year, as
    ``path`` or in the folder ``pack`` for somebody outside (see :mod:`compliance.use_cases.evidence.audit_report`)."""
    from compliance.use_cases.evidence.audit_report import ReportOrder, make
    from compliance.use_cases.evidence.audit_scope import scope_of

    order = ReportOrder(
        path=path,
        pack=pack,
        scope=scope_of(hcp=hcp, user=user, transfer=transfer, year=year),
        since=since,
        until=until,
        sample=sample,
        seed=seed,
        previous=tuple(previous),
    )
    return make(session, order, progress or NoProgress())


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditReportMade:
    """A written report; ``pack`` is the folder it is in, if one was asked for."""

    file: Path
    sha256: str
    entries: int
    checkpoint: str
    pages: int
    report_id: str
    gaps: tuple[str, ...]  # items of the Audit Guide in which the program sees a gap
    people: tuple[str, ...]  # who a name key would name
    pdf: bytes = field(repr=False)
    pack: Path | None = None
