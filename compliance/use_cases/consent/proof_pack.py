"""The proof pack of one HCP 同意证明包: a folder that shows, without the vault, what was agreed and what was done.

Rules: (1) nobody makes one without an open case or a reason; reason and recipient stand in the log before any document
is opened; (2) seven parts per item, also of withdrawn ones (:mod:`.proof_parts`); colleagues by role, other HCPs not at
all (:mod:`.proof_names`); (3) evidence is decrypted only into the new folder, readable by its owner alone; the folder
takes its name when it is whole, and is gone when anything fails; (4) ``manifest.json`` names every file with its hash
under the log seal, signed by the acting user; the summary is a signed PDF; (5) before release the pack is read as a
stranger would (:mod:`.proof_search`) and checked by the independent verifier; (6) of an erased person
there is a small pack: that, when, by whom and under which two signatures it was erased (:mod:`.erasure_parts`).
"""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from compliance.audit.checkpoint import key_name, parse
from compliance.audit.evidence import EvidenceFormat, ProvenEntry, build_evidence, read_roster
from compliance.consent.labels import item_label
from compliance.errors import ComplianceError, ExportError, bad_input
from compliance.exports import erasure_paper
from compliance.exports.check_note import PAGE_NAME, check_page
from compliance.exports.files import write_file
from compliance.exports.proof_paper import ProofPaper, Stretch, readme, summary
from compliance.exports.sign import Signing, attach, certificate_key_sha256, sign_pdf
from compliance.i18n import t
from compliance.importing.contacts import holds_personal_number
from compliance.model.access import Purpose, RecordStatus
from compliance.model.answer import Answer, Changes, Refusal
from compliance.model.audit import Kind
from compliance.model.ids import new_id
from compliance.resources import checker_source
from compliance.use_cases.consent.erasure_parts import Erasure, gather_erasure
from compliance.use_cases.consent.proof_names import Names, names_for
from compliance.use_cases.consent.proof_parts import Gathered, document, gather
from compliance.use_cases.consent.proof_search import search_pack
from compliance.use_cases.consent.receipts import ROSTER_KINDS
from compliance.use_cases.evidence.evidence import verify_file
from compliance.use_cases.seat.acting import barred, refuse
from compliance.use_cases.seat.free_text import guard
from compliance.use_cases.seat.people import known_person
from compliance.use_cases.seat.session import Session
from compliance.vault import UnitOfWork

MANIFEST = "manifest.json"
CHECKER_NAME = "check.py"
_LONGEST = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofRequest:
    """Whom the pack is about and why. ``case_id`` of an open case of this person, or a ``reason``; or both.

    ``recipient``: who gets it; with a case the person, else our own files. ``open_names``: colleagues by account.
    """

    hcp_id: str
    folder: Path
    purpose: str = ""
    case_id: str = ""
    reason: str = ""
    recipient: str = ""
    open_names: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofPack:
    """A pack that was checked and released. ``left_out`` says what it does not show."""

    folder: Path
    pack_id: str
    manifest_sha256: str
    files: int
    items: int
    evidence: int
    entries: int
    left_out: tuple[tuple[str, str], ...]


def make_proof_pack(session: Session, *, request: ProofRequest) -> Answer[ProofPack | Refusal]:
    """Write the pack into a new folder. Raises ExportError; nothing is left behind then."""
    now = session.now()
    if no := barred(session, "proof_pack", at=now, hcp_id=request.hcp_id):
        return no
    if request.folder.exists():
        raise bad_input("file_exists", "out")
    if request.purpose and request.purpose not in set(Purpose):
        raise bad_input("unknown_purpose", "purpose", request.purpose, ", ".join(Purpose))
    for key, words in (("reason", request.reason), ("recipient", request.recipient)):
        _harmless(session, key, words)
    pack_id = new_id("PP")
    recipient = request.recipient.strip() or ("subject" if request.case_id else "own_files")
    with session.vault.unit_of_work() as uow:
        if not (erased := _erased(uow, request.hcp_id)):
            known_person(uow, request.hcp_id)
        if not (request.case_id or request.reason.strip()):
            return refuse(session, uow, at=now, reason="proof_needs_reason", hcp_id=request.hcp_id)
        case = uow.cases.get(request.case_id) if request.case_id else None
        if request.case_id and (case is None or case.hcp_id != request.hcp_id or case.closed_at is not None):
            raise bad_input("unknown_case", "case")
        uow.commit(
            session.event(
                Kind.EXPORT_APPROVED,
                at=now,
                hcps=(request.hcp_id,),
                purpose=str(Purpose.RIGHTS),
                detail={
                    "what": "proof_pack",
                    "pack": pack_id,
                    "reason": request.reason.strip(),
                    "case": request.case_id,
                    "recipient": recipient,
                    "purpose": request.purpose,
                    "names": request.open_names,
                },
            )
        )
    part = request.folder.with_name(f".{pack_id}.part")
    try:
        made = _make(session, request, part, pack_id=pack_id, recipient=recipient, now=now, erased=erased)
        part.rename(request.folder)
    except (ComplianceError, OSError) as fault:
        shutil.rmtree(part, ignore_errors=True)
        code = fault.code if isinstance(fault, ComplianceError) else "write_failed"
        with session.vault.unit_of_work() as uow:
            uow.commit(
                session.event(
                    Kind.EXPORT_FAILED,
                    at=now,
                    hcps=(request.hcp_id,),
                    detail={"what": "proof_pack", "pack": pack_id, "code": code},
                )
            )
        if isinstance(fault, ComplianceError):
            raise
        raise ExportError("write_failed", errno=fault.errno or 0) from None
    with session.vault.unit_of_work() as uow:
        uow.commit(
            session.event(
                Kind.EXPORT_WRITTEN,
                at=now,
                hcps=(request.hcp_id,),
                purpose=str(Purpose.RIGHTS),
                detail={"what": "proof_pack", "pack": pack_id, "sha256": made.manifest_sha256, "files": made.files},
            )
        )
    return Answer(made, Changes(exports=True, audit=True))


def _make(
    session: Session, request: ProofRequest, folder: Path, *, pack_id: str, recipient: str, now: datetime, erased: bool
) -> ProofPack:
    """Everything into ``folder``, checked."""
    with session.vault.unit_of_work() as uow:
        names = names_for(uow, open_names=request.open_names)
        erasure = None
        if erased:
            days = session.policy.parameter("backup_keys_days", now)
            found, erasure = gather_erasure(uow, hcp_id=request.hcp_id, names=names, keys_days=days)
        else:
            found = gather(
                session, uow, hcp_id=request.hcp_id, purpose=request.purpose, pack_id=pack_id, at=now, names=names
            )
        papers = {name: uow.evidence.open(evidence_id) for evidence_id, name in found.evidence.items()}
        cases, transfers = len(uow.cases.of(request.hcp_id)), len(uow.transfers.of(request.hcp_id))
        uow.commit(
            session.event(
                Kind.EVIDENCE_OPENED,
                at=now,
                hcps=(request.hcp_id,),
                purpose=str(Purpose.RIGHTS),
                detail={"pack": pack_id, "documents": len(papers)},
            )
        )
    note = session.vault.checkpoint(now)
    sealed = parse(note).checkpoint
    proven = _proven(session, found, names, request.hcp_id, sealed.size)
    checking = checker_source()
    _, certificate = session.vault.pdf_credentials()
    kept_back = names.left_out() | ({"documents": "none"} if erased else {})
    left_out = tuple((key, str(value)) for key, value in kept_back.items())
    paper = ProofPaper(
        pack_id=pack_id,
        hcp_id=request.hcp_id,
        handler=session.handler,
        made_at=now,
        made_by=t(f"role.{session.role}", session.lang),
        reason=names.words(request.reason.strip()) or request.case_id,
        recipient=names.words(recipient) or "",
        purpose=request.purpose,
        stretches=_stretches(session, found),
        documents=len(found.files),
        evidence=len(papers),
        entries=len(proven),
        reads=found.reads,
        transfers=transfers,
        cases=cases,
        left_out=left_out,
        root=sealed.root.hex(),
        log_size=sealed.size,
        key_fingerprint=sha256(session.vault.keyring.signing.public_key().public_bytes_raw()).hexdigest(),
        checker_sha256=sha256(checking).hexdigest(),
        sandbox=session.sandbox,
    )
    told, page = _papers(session, paper, erasure)
    checkers = {CHECKER_NAME: checking, PAGE_NAME: check_page()}
    files = {**found.files, "left_out.json": document(kept_back), "README.md": told, **checkers}
    evidence = _evidence(session, request, note, proven, paper, now, pdf_key=certificate_key_sha256(certificate))
    colleagues = set() if names.open_names else names.accounts() - {session.actor}
    whole = {**files, "summary.pdf": page}
    search_pack(whole, hcp_id=request.hcp_id, colleagues=colleagues, same=tuple(checkers))
    files["summary.pdf"] = _signed(session, page, evidence, now)
    files |= papers
    for name, content in files.items():
        _private(folder, folder / name)
        write_file(folder / name, content)
    annexes = [(name, sha256(content).hexdigest()) for name, content in sorted(files.items())]
    manifest = _evidence(session, request, note, proven, paper, now, annexes=annexes)
    written = write_file(folder / MANIFEST, manifest)
    for path in (folder / MANIFEST, folder / "summary.pdf"):
        if not verify_file(path).ok:
            raise ExportError("report_self_check", report=pack_id)
    return ProofPack(
        folder=request.folder,
        pack_id=pack_id,
        manifest_sha256=written.sha256,
        files=len(files) + 1,
        items=len(found.items),
        evidence=len(papers),
        entries=len(proven),
        left_out=left_out,
    )


def _erased(uow: UnitOfWork, hcp_id: str) -> bool:
    person = uow.people.get(hcp_id)
    return person is not None and person.status is RecordStatus.ERASED


def _papers(session: Session, paper: ProofPaper, erasure: Erasure | None) -> tuple[bytes, bytes]:
    """README and the page to be signed."""
    if erasure is None:
        return readme(paper), summary(paper, session.lang)
    page = erasure_paper.ErasurePaper(
        pack=paper,
        begun_at=erasure.begun_at,
        erased_at=erasure.erased_at,
        entry=erasure.entry,
        reason=erasure.reason,
        carried_out_by=erasure.carried_out_by,
        after_crash=erasure.after_crash,
        signed=erasure.signed,
        evidence=erasure.evidence,
        keys_die_on=erasure.keys_die_on,
        keys_by_hand=erasure.keys_by_hand,
    )
    return erasure_paper.readme(page), erasure_paper.certificate(page, session.lang)


def _private(top: Path, path: Path) -> None:
    """Make the folders of a file, each for its owner alone (``mkdir`` gives only the last one its mode)."""
    for parent in [top, *reversed([p for p in path.parents if top in p.parents])]:
        parent.mkdir(mode=0o700, exist_ok=True)


def _harmless(session: Session, key: str, words: str) -> None:
    """Words that will stand in the log: short, no numbers of a person, nothing of the guard's list."""
    if len(words) > _LONGEST or holds_personal_number(words):
        raise bad_input("words_unfit", key)
    guard(session, {key: words})


def _proven(session: Session, found: Gathered, names: Names, hcp_id: str, size: int) -> list[ProvenEntry]:
    """Every entry of the person under the seal; those that name others by their leaf alone."""
    with session.vault.snapshot() as snap:
        return [
            ProvenEntry(
                index=entry.index,
                entry=entry.body,
                path=snap.log.inclusion(entry.index, size),
                sealed=names.sealed(entry.body, hcp_id),
            )
            for entry in found.entries
        ]


def _stretches(session: Session, found: Gathered) -> list[Stretch]:
    def word(key: str, **more: str) -> str:
        return t(key, session.lang, **more)

    return [
        Stretch(
            item=item_label(item.item, word),
            begins=band.begins,
            ends=band.ends,
            status=word(f"status.{band.status}"),
            notice=band.notice or "",
            lawful=band.open,
        )
        for item in found.items
        for band in item.bands
    ]


def _evidence(
    session: Session,
    request: ProofRequest,
    note: str,
    proven: list[ProvenEntry],
    paper: ProofPaper,
    now: datetime,
    *,
    annexes: Iterable[tuple[str, str]] = (),
    pdf_key: str = "",
) -> bytes:
    """The signed object: of the summary with its PDF key, of the manifest with its annexes."""
    signer = key_name(session.vault.vault_id, session.actor)
    with session.vault.snapshot() as snap:
        roster = read_roster(
            ((e.index, e.data) for e in snap.log.find(kind=ROSTER_KINDS, limit=10_000, newest_first=False)),
            session.vault.vault_id,
        )
    files = tuple(annexes)
    return build_evidence(
        vault_id=session.vault.vault_id,
        handler=session.handler,
        made_at=now,
        note=note,
        keys=[key for key in roster if key.name == signer],
        entries=proven,
        content={
            "pack": paper.pack_id,
            "hcp": request.hcp_id,
            "purpose": request.purpose,
            "case": request.case_id,
            "reason": paper.reason if request.reason.strip() else "",
            "recipient": paper.recipient,
            "files": len(files),
            "left_out": dict(paper.left_out),
            "checker_sha256": paper.checker_sha256,
        },
        signer=signer,
        signing_key=session.vault.keyring.signing,
        annexes=files,
        pdf_key_sha256=pdf_key,
        form=EvidenceFormat.PACK if files else EvidenceFormat.REPORT,
    )


def _signed(session: Session, page: bytes, evidence: bytes, now: datetime) -> bytes:
    key, certificate = session.vault.pdf_credentials()
    described = t("paper.audit.evidence_description", session.lang)
    whole = attach(page, "evidence.json", evidence, description=described, when=now)
    signing = Signing(key_pem=key, cert_pem=certificate, reason=t("audit.sign_reason", session.lang))
    return sign_pdf(whole, signing.key_pem, signing.cert_pem, reason=signing.reason, when=now)
