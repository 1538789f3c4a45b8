"""The installed program checks itself: what it needs is there, and the main job works in a store of its own.

Rules: (1) each check stands alone and says what it saw, or the code of what went wrong; (2) a check that needs the
trial store says so when that could not be made; (3) the store is a practice store in a temporary folder with an
invented person, and is gone afterwards; no other store is touched; (4) nothing here is a stand-in: the same functions
run as in daily work, reading child, fonts, signature and verifier included.
"""

import platform
import secrets
import shutil
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from string import Formatter
from typing import Any, TypeVar

import pypdfium2

from compliance import __version__
from compliance.clock import Clock, FixedClock
from compliance.errors import ComplianceError, InputErrors
from compliance.exports.document import Document, Paragraph
from compliance.exports.pdf import render
from compliance.exports.pdf_parts import Parts
from compliance.i18n import Lang, catalogue
from compliance.model.access import Purpose, Role
from compliance.model.answer import Answer, Refusal
from compliance.model.profile import SourceClass
from compliance.model.register import PendingRequest, Rep
from compliance.progress import NoProgress, Progress
from compliance.use_cases.consent.proof_pack import ProofRequest, make_proof_pack
from compliance.use_cases.evidence import evidence
from compliance.use_cases.imports import imports
from compliance.use_cases.people import reps, sources
from compliance.use_cases.rules.rules import check_policy
from compliance.use_cases.seat import accounts
from compliance.use_cases.seat.session import (
    Session,
    close_session,
    create_vault,
    open_session,
    shipped_notices,
    shipped_policy,
)
from compliance.use_cases.seeing import profiles
from compliance.use_cases.seeing.peeking import try_to_peek
from compliance.use_cases.upkeep import papers
from compliance.vault.engine.library import library

T = TypeVar("T")

#: Characters of people's names that only a complete font and a right character map bring through (GB 18030-2022).
RARE = "𬭊䶮㛃𫖯"
_HEADS = ("客户编号", "姓名", "医院", "科室", "省份", "手机")
_KEYS = ("source_system_ids", "full_name", "institution_name", "department", "region", "mobile_phone")
_OFFICER_PURPOSES = tuple(p for p in Purpose if p is not Purpose.RIGHTS)
_PERSON = ("SELFTEST1", f"王{RARE}", "示例第一医院", "心内科", "北京市", "13955556666")


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One check: ``detail`` says what was seen, ``why`` the code of what is wrong ("" when ``ok``)."""

    name: str
    ok: bool
    detail: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTest:
    """The whole answer."""

    ok: bool
    version: str
    python: str
    system: str
    frozen: bool
    checks: tuple[Check, ...]


class _Wrong(Exception):
    """What a check found wrong; the code is its text."""


def self_test(*, clock: Clock, progress: Progress | None = None) -> SelfTest:
    """Run every check; takes some seconds."""
    progress = progress or NoProgress()
    done: list[Check] = []
    with tempfile.TemporaryDirectory(prefix="consentkeep-", ignore_cleanup_errors=True) as folder:
        trial = _Trial(Path(folder), FixedClock(clock.now()))
        steps = _steps(trial)
        try:
            for number, (name, step) in enumerate(steps):
                progress.tick(number, len(steps))
                done.append(_run(name, step))
        finally:
            trial.close()
    return SelfTest(
        ok=all(check.ok for check in done),
        version=__version__,
        python=platform.python_version(),
        system=f"{platform.system()} {platform.machine()}",
        frozen=bool(getattr(sys, "frozen", False)),
        checks=tuple(done),
    )


def _run(name: str, step: Callable[[], str]) -> Check:
    try:
        return Check(name=name, ok=True, detail=step())
    except _Wrong as wrong:
        return Check(name=name, ok=False, why=str(wrong))
    except InputErrors as error:
        return Check(name=name, ok=False, why=" ".join(f"{fault.code} {fault.value}".strip() for fault in error.faults))
    except ComplianceError as error:
        return Check(name=name, ok=False, why=error.code)
    except Exception as error:  # noqa: BLE001 - a self-test says what fails, whatever it is
        return Check(name=name, ok=False, why=type(error).__name__)


@dataclass
class _Trial:
    """The practice store and who sits at it."""

    folder: Path
    clock: Clock
    sessions: dict[str, Session] = field(default_factory=dict)
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    @property
    def vault(self) -> Path:
        """The store's folder."""
        return self.folder / "self-test.ckvault"

    def who(self, name: str) -> Session:
        """A session; ``no_trial_store`` when there is none."""
        if name not in self.sessions:
            if not self.vault.exists():
                raise _Wrong("no_trial_store")
            found = open_session(self.vault, user=name, passphrase=self.secret, clock=self.clock)
            assert isinstance(found, Session)
            self.sessions[name] = found
        return self.sessions[name]

    def close(self) -> None:
        """Lock everything; log seals kept outside the folder go too."""
        outside = {session.vault.outside.folder for session in self.sessions.values()}
        while self.sessions:
            close_session(self.sessions.popitem()[1])
        for folder in outside:
            shutil.rmtree(folder, ignore_errors=True)


def _steps(trial: _Trial) -> tuple[tuple[str, Callable[[], str]], ...]:
    return (
        ("library", _library),
        ("words", _words),
        ("rules", _rules),
        ("fonts", _fonts),
        ("store", lambda: _store(trial)),
        ("papers", lambda: _papers(trial)),
        ("reading", lambda: _reading(trial)),
        ("profile", lambda: _profile(trial)),
        ("peeking", lambda: _peeking(trial)),
        ("report", lambda: _report(trial)),
        ("signature", lambda: _signature(trial)),
        ("proof", lambda: _proof(trial)),
        ("integrity", lambda: _integrity(trial)),
    )


def _library() -> str:
    found = library()
    if found.missing:
        raise _Wrong("option_missing_" + "_".join(found.missing))
    if not found.sqlcipher:
        raise _Wrong("no_sqlcipher")
    return f"SQLite {found.sqlite}, SQLCipher {found.sqlcipher}, {found.provider}; {', '.join(found.options)}"


def _words() -> str:
    words = catalogue()
    for key, entry in words.items():
        if any(not entry.get(lang) for lang in Lang):
            raise _Wrong(f"words_missing {key}")
        if len({frozenset(name for _, name, _, _ in Formatter().parse(text) if name) for text in entry.values()}) > 1:
            raise _Wrong(f"words_differ {key}")
    if not words:
        raise _Wrong("no_words")
    return f"{len(words)} × {', '.join(Lang)}"


def _rules() -> str:
    faults = check_policy()
    if faults:
        raise _Wrong(f"{faults[0].code} {faults[0].where}")
    policy = shipped_policy()
    return f"{policy.digest[:16]}, {len(policy.purposes)} purposes, {len(shipped_notices())} notices"


def _fonts() -> str:
    """Rare characters are printed with a glyph, the face is inside, and the text copies back."""
    page = Document(
        metadata_title="self-test",
        title=RARE,
        subtitle="",
        running="",
        seal="",
        blocks=(Paragraph(RARE), Paragraph(RARE, bold=True)),
    )
    made = render(page, lang=Lang.ZH)
    if made.notes:
        raise _Wrong("no_glyph " + " ".join(made.notes))
    if b"/FontFile2" not in Parts(made.pdf).structure:
        raise _Wrong("font_not_embedded")
    reader = pypdfium2.PdfDocument(made.pdf)
    try:
        text = reader[0].get_textpage().get_text_bounded()
    finally:
        reader.close()
    if text.count(RARE) < 2:
        raise _Wrong("text_does_not_copy")
    return RARE


def _store(trial: _Trial) -> str:
    made = create_vault(
        trial.vault, owner="a", handler="Self-test", passphrase=trial.secret, clock=trial.clock, sandbox=True,
        recovery_sheet=trial.folder / "sheet.pdf",
    )  # fmt: skip
    officer = trial.who("a")
    _done(accounts.add_user(officer, name="b", role=Role.COMPLIANCE, passphrase=trial.secret))
    _done(sources.add_source(officer, code="SELF", name="Self-test", provenance=SourceClass.FIRST))
    return f"{made.vault_id}, Argon2id {officer.vault.header.params.memory_kib // 1024} MiB"


def _papers(trial: _Trial) -> str:
    """A paper with machine-readable codes on it."""
    made = _done(papers.make_key_card(trial.who("a"), path=trial.folder / "card.pdf"))
    return f"{made.stat().st_size} bytes"


def _reading(trial: _Trial) -> str:
    """A file in the encoding companies send, read by the process that reads foreign files, into the store."""
    file = trial.folder / "people.csv"
    file.write_bytes("".join(",".join(line) + "\r\n" for line in (_HEADS, _PERSON)).encode("gb18030"))
    request = imports.ImportRequest(path=file, source="SELF")
    got = _done(imports.import_people(trial.who("b"), request=request, progress=NoProgress()))
    if got.accepted != 1:
        raise _Wrong(f"accepted {got.accepted}")
    return "GB18030, 1"


def _profile(trial: _Trial) -> str:
    page = _done(profiles.find_people(trial.who("b"), text=_PERSON[1], purpose=Purpose.MDM, limit=5))
    names = [shown.value for person in page.rows for shown in person.fields if shown.key == "full_name"]
    if names != [_PERSON[1]]:
        raise _Wrong("not_found" if not names else "name_changed")
    return str(Purpose.MDM)


def _peeking(trial: _Trial) -> str:
    """Nobody finds, counts or sorts by what their purpose hides; the person of this store has something to hide."""
    rep = Rep(name="self-test", role=Role.REP, employee_no="1")
    _done(reps.add_rep(trial.who("a"), rep=rep))
    hidden = (dict(zip(_KEYS, _PERSON, strict=True)),)
    asked = 0
    for purposes, as_rep in ((_OFFICER_PURPOSES, None), ((Purpose.ASK, Purpose.VISIT), rep.name)):
        found = try_to_peek(trial.who("b"), secrets=hidden, purposes=purposes, as_rep=as_rep)
        if found.leaks:
            raise _Wrong(" ".join(found.leaks))
        asked += found.questions
    return f"{asked} questions"


def _report(trial: _Trial) -> str:
    made = _done(evidence.make_audit_report(trial.who("b"), path=trial.folder / "report.pdf"))
    return f"{made.pages} pages, {made.entries} entries"


def _signature(trial: _Trial) -> str:
    """The report verifies, and a changed one does not."""
    report = trial.folder / "report.pdf"
    if not report.exists():
        raise _Wrong("no_report")
    verdict = evidence.verify_file(report)
    if not verdict.ok:
        raise _Wrong("report_does_not_verify")
    if not all(claim.found(lang) for claim in verdict.claims for lang in Lang):
        raise _Wrong("finding_without_words")
    data = bytearray(report.read_bytes())
    data[len(data) // 3] ^= 1
    forged = trial.folder / "forged.pdf"
    forged.write_bytes(data)
    if evidence.verify_file(forged).ok:
        raise _Wrong("forgery_not_found")
    return f"{len(verdict.claims)} claims"


def _proof(trial: _Trial) -> str:
    """One person's proof goes out with the checkers in it."""
    page = _done(profiles.find_people(trial.who("b"), text=_PERSON[1], purpose=Purpose.MDM, limit=1))
    if not page.rows:
        raise _Wrong("not_found")
    request = ProofRequest(hcp_id=page.rows[0].hcp_id, folder=trial.folder / "proof", reason="trial")
    made = _done(make_proof_pack(trial.who("b"), request=request))
    return f"{made.files} files"


def _integrity(trial: _Trial) -> str:
    report = _done(evidence.check_vault(trial.who("a"), full=True))
    if not report.ok:
        raise _Wrong("store_damaged")
    return f"{report.entries} entries"


def _done(answer: Answer[T | Refusal | PendingRequest] | Answer[T | Refusal]) -> T:
    value: Any = answer.value
    if isinstance(value, Refusal | PendingRequest):
        raise _Wrong(getattr(value, "reason", "second_signature"))
    return value  # type: ignore[no-any-return]
