"""The folder an outsider checks in five minutes: report, its evidence beside it, the check page, one page of how.

Rules: (1) the folder appears whole and under its name, or not at all; (2) report and evidence in it are checked by the
independent verifier before it is released; (3) the key card stays out: it must reach the reader by another way
(docs/evidence-format.md section 11).
"""

import shutil
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from compliance.errors import ExportError, bad_input
from compliance.exports.audit_report import EVIDENCE_NAME
from compliance.exports.check_note import PAGE_NAME, CheckNote, check_page, render_check_note
from compliance.exports.files import write_file
from compliance.use_cases.evidence.evidence import verify_file

REPORT_NAME = "audit-report.pdf"
NOTE_NAME = "验证说明.pdf"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPageSaved:
    """Where it lies, and the SHA-256 to tell whoever gets it."""

    file: Path
    sha256: str


def write_audit_pack(folder: Path, *, pdf: bytes, evidence: bytes, note: CheckNote) -> None:
    """Write the folder. ExportError ``report_self_check``, ``write_failed`` or what a file says; nothing stays then."""
    files = {REPORT_NAME: pdf, EVIDENCE_NAME: evidence, PAGE_NAME: check_page(), NOTE_NAME: render_check_note(note)}
    part = folder.with_name(f".{note.report_id}.part")
    try:
        for name, content in files.items():
            write_file(part / name, content)
        for name in (REPORT_NAME, EVIDENCE_NAME):
            if not verify_file(part / name).ok:
                raise ExportError("report_self_check", report=note.report_id)
        part.rename(folder)
    except OSError as fault:
        raise ExportError("write_failed", errno=fault.errno or 0) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def save_check_page(path: Path) -> CheckPageSaved:
    """A copy of the check page to hand out or to keep. Needs no vault: it holds nothing of ours but the program."""
    if path.exists():
        raise bad_input("file_exists", "out")
    return CheckPageSaved(file=path, sha256=write_file(path, check_page()).sha256)


def pack_hashes(pdf: bytes, evidence: bytes) -> tuple[tuple[str, str], ...]:
    """Names and SHA-256 that the page of how tells."""
    files = ((REPORT_NAME, pdf), (EVIDENCE_NAME, evidence), (PAGE_NAME, check_page()))
    return tuple((name, sha256(content).hexdigest()) for name, content in files)
