"""The main job on invented people, from an empty folder to a verified audit PDF.

What a new user sees first, and the longest path through the real layers: practice vault with every role, messy CRM
export, roster and assignments, consents with evidence checked by a second person, a withdrawal, sheets, a pack opened
on the rep's side, a transfer refused at its gates, the work of consent (:mod:`.demo_consent`), what comes back from
the field (:mod:`.demo_field`), backup and rehearsal, audit report checked by the verifier.
The passphrase of all practice users stands in ``PASSPHRASE.txt``; nothing here is anybody's data.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from compliance.clock import Clock, shanghai_day
from compliance.errors import ComplianceError, bad_input
from compliance.exports.document import Document, Heading, KeyValues, Paragraph, Place, Places
from compliance.exports.pdf import render
from compliance.i18n import Lang, t
from compliance.model.access import Purpose, Role
from compliance.model.answer import Refusal
from compliance.model.consent import ConsentStatus, Method
from compliance.model.profile import PersonRow, SourceClass
from compliance.model.register import Assessment
from compliance.progress import Phase, Progress
from compliance.use_cases.bases import transfers
from compliance.use_cases.consent import checking, recording, withdrawing
from compliance.use_cases.consent.receipts import issue_receipt
from compliance.use_cases.consent.standing import consent_status
from compliance.use_cases.evidence import evidence
from compliance.use_cases.field import bundles, day_plans, sheets
from compliance.use_cases.imports import imports
from compliance.use_cases.people import reps, sources
from compliance.use_cases.seat import accounts
from compliance.use_cases.seat.session import Session, close_session, create_vault, open_session
from compliance.use_cases.seeing import people_export, people_list
from compliance.use_cases.showing.demo_consent import Stage, done, play_consent
from compliance.use_cases.showing.demo_field import play_field
from compliance.use_cases.showing.sample_data import SampleRep, make_crm_csv, make_roster_xlsx, sample_reps
from compliance.use_cases.upkeep import maintenance, papers

PASSPHRASE = "practice-only-信守-2026"  # noqa: S105 - of practice vaults, printed beside them
#: Practice users: name, role.
USERS = (
    ("zhao", Role.DPO),
    ("chen", Role.COMPLIANCE),
    ("sun", Role.COMPLIANCE),
    ("wu", Role.CLERK),
    ("he", Role.FINANCE),
    ("lin", Role.AUDITOR),
    ("gao", Role.SECURITY_ADMIN),
)
_RECIPIENT = "EXAMPLE-AG"
_NOTICE = "CK-VISIT@1.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoResult:
    """Where everything lies."""

    vault: Path
    users: tuple[str, ...]
    people: int
    sheets: tuple[Path, ...]
    audit_pdf: Path
    verified: bool
    bundle: Path
    rep_vault: Path
    passphrase_file: Path
    files: tuple[Path, ...]
    withdrawn: str
    refused_export: str


def run_demo(path: Path, *, people: int, clock: Clock, lang: Lang, progress: Progress) -> DemoResult:
    """Build the practice vault in ``path`` (made anew; an existing demo there is refused)."""
    vault = path / "demo.ckvault"
    if vault.exists():
        raise bad_input("demo_exists", "dir")
    path.mkdir(parents=True, exist_ok=True)
    secret = path / "PASSPHRASE.txt"
    secret.write_text(PASSPHRASE + "\n", encoding="utf-8")
    progress.phase(Phase.OPENING)
    create_vault(
        vault,
        owner="zhao",
        handler=t("demo.handler", Lang.ZH),
        passphrase=PASSPHRASE,
        clock=clock,
        sandbox=True,
        credit_code="91310000MA1K000000",
        recovery_sheet=path / "recovery-sheet.pdf",
        lang=lang,
    )
    run = _Demo(path, vault, clock, lang, progress)
    try:
        return run.play(people, secret)
    finally:
        run.close()


class _Demo:
    """The people at their vaults, one session each, opened when first needed."""

    def __init__(self, path: Path, vault: Path, clock: Clock, lang: Lang, progress: Progress) -> None:
        self.path, self.vault, self.clock, self.lang, self.progress = path, vault, clock, lang, progress
        self._open: dict[str, Session] = {}

    def who(self, name: str) -> Session:
        """The session of a practice user."""
        if name not in self._open:
            session = open_session(self.vault, user=name, passphrase=PASSPHRASE, clock=self.clock, lang=self.lang)
            assert isinstance(session, Session)
            self._open[name] = session
        return self._open[name]

    def close(self) -> None:
        """Lock every session."""
        for session in self._open.values():
            close_session(session)

    def play(self, people: int, secret: Path) -> DemoResult:
        """The whole job."""
        zhao = self.who("zhao")
        for name, role in USERS[1:]:
            done(accounts.add_user(zhao, name=name, role=role, passphrase=PASSPHRASE))
        done(sources.add_source(zhao, code="CRM", name=t("demo.source_crm", Lang.ZH), provenance=SourceClass.FIRST))
        for suffix in (".pdf", ".txt"):
            done(papers.make_key_card(zhao, path=self.path / f"key-card{suffix}"))
        crm = self.path / "crm_export_gb18030.csv"
        crm.write_bytes(make_crm_csv(people))
        chen, wu, sun = self.who("chen"), self.who("wu"), self.who("sun")
        imported = done(
            imports.import_people(
                wu,
                request=imports.ImportRequest(path=crm, source="CRM", report=self.path / "import-report.xlsx"),
                progress=self.progress,
            )
        )
        (rep, *others), rep_vault = self._reps(zhao)
        mine = self._assign(chen, rep, others)
        self._consents(wu, sun, mine)
        withdrawn = self._withdraw(wu, mine[3])
        made = done(
            sheets.make_sheets(
                chen,
                hcp_ids=mine[:8],
                purpose=Purpose.VISIT,
                rep=rep.name,
                out=self.path / "sheets",
                progress=self.progress,
            )
        )
        day, page = shanghai_day(self.clock.now()), self.path / "day-plan.pdf"
        done(day_plans.make_day_plan(chen, hcp_ids=mine[:10], rep=rep.name, day=day, path=page))
        refused_export = self._border(zhao, chen)
        pack = self.path / "pack-001.ckpack"
        done(bundles.make_bundle(chen, rep=rep.name, path=pack))
        done(issue_receipt(chen, hcp_id=mine[0], item="visit", fmt="pdf", path=self.path / "receipt-given.pdf"))
        done(issue_receipt(chen, hcp_id=withdrawn, item="visit", fmt="json", path=self.path / "receipt-withdrawn.json"))
        done(
            people_export.export_people(
                chen, purpose=Purpose.VISIT, path=self.path / "people.xlsx", progress=self.progress
            )
        )
        stage = Stage(
            path=self.path,
            who=self.who,
            lang=self.lang,
            clock=self.clock,
            progress=self.progress,
            ids=mine,
            rep=rep.name,
            withdrawn=withdrawn,
        )
        play_consent(stage)
        self._on_the_road(stage, rep_vault, pack, crm)
        done(maintenance.backup(zhao, path=self.path / "backup"))
        done(maintenance.backup_keys(zhao, path=self.path / "backup-keys.db"))
        report = self.path / "audit-report.pdf"
        done(evidence.make_audit_report(chen, path=report, progress=self.progress))
        verdict = evidence.verify_file(report, trust=self.path / "key-card.txt")
        return DemoResult(
            vault=self.vault,
            users=tuple(name for name, _ in USERS),
            people=imported.accepted + imported.quarantined,
            sheets=tuple(s.path for s in made.sheets),
            audit_pdf=report,
            verified=verdict.ok,
            bundle=pack,
            rep_vault=rep_vault,
            passphrase_file=secret,
            files=tuple(sorted(p for p in self.path.iterdir() if p.is_file())),
            withdrawn=withdrawn,
            refused_export=refused_export,
        )

    def _reps(self, zhao: Session) -> tuple[list[SampleRep], Path]:
        """Three reps from a roster table; the first has a vault of their own."""
        rep_vault = self.path / "rep.ckvault"
        made = bundles.init_rep(rep_vault, passphrase=PASSPHRASE, clock=self.clock)
        team = list(sample_reps(3))
        team[0] = replace(team[0], recipient=made.recipient)
        roster = self.path / "roster.xlsx"
        roster.write_bytes(make_roster_xlsx(team))
        done(reps.import_roster(zhao, path=roster))
        return team, rep_vault

    def _assign(self, chen: Session, rep: SampleRep, others: Sequence[SampleRep]) -> tuple[str, ...]:
        """Sixty people of the store for the first rep; some more for the others, where there are more."""
        page = done(people_list.find_people(chen, text="", purpose=Purpose.MDM, limit=110))
        ids = tuple(row.hcp_id for row in sorted(page.rows, key=_left_alone))
        mine = ids[:60]
        done(reps.assign(chen, hcp_ids=mine, rep=rep.name))
        for colleague, theirs in zip(others, (ids[60:90], ids[90:]), strict=True):
            if theirs:
                done(reps.assign(chen, hcp_ids=theirs, rep=colleague.name))
        return mine

    def _consents(self, clerk: Session, checker: Session, ids: Sequence[str]) -> None:
        """Paper forms for twenty people, checked by a second person; one defective, two refusals, three unchecked."""
        scan = self.path / "consent-form.pdf"
        scan.write_bytes(_form(self.lang))
        day = shanghai_day(self.clock.now()) - timedelta(days=3)
        ends = {5: day + timedelta(days=25), 6: day + timedelta(days=52), 8: day + timedelta(days=80)}
        events: list[str] = []
        left: list[str] = []
        for number, hcp_id in enumerate(ids[:20]):
            items = ("visit", "digital/email", "digital/wecom") if number % 2 else ("visit", "digital/phone")
            for item in items:
                answer = "refused" if number in (18, 19) else "given"
                act = recording.RecordConsent(
                    hcp_id=hcp_id,
                    item=item,
                    answer=answer,
                    method=Method.PAPER,
                    notice=_NOTICE,
                    presented_at=day.isoformat(),
                    acted_at=day.isoformat(),
                    evidence=scan,
                    identity_check=t("demo.identity_check", self.lang),
                    asked_by_hcp=True,
                    place_of_original=t("demo.place_of_original", self.lang),
                    page_count=1,
                    valid_until=ends.get(number),
                )
                recorded = done(recording.record_consent(clerk, request=act))
                if answer == "given":
                    waits = number > 11 and len(left) < 3 and _waits(checker, hcp_id, item)
                    (left if waits else events).append(recorded.event_id)
        for number, event_id in enumerate(events):
            defect = "" if number != 10 else "signature_missing"
            done(checking.check_evidence(checker, event_id=event_id, accept=not defect, code=defect))

    def _withdraw(self, clerk: Session, hcp_id: str) -> str:
        """A doctor calls: everything is withdrawn at once."""
        received = (self.clock.now() - timedelta(minutes=2)).isoformat()
        done(withdrawing.withdraw_consent(clerk, hcp_id=hcp_id, items=None, received_at=received, channel="phone"))
        return hcp_id

    def _border(self, zhao: Session, chen: Session) -> str:
        """One overseas recipient with an assessment on file; an export without separate consents is refused."""
        recipient = self.path / "overseas-recipient.json"
        recipient.write_text(json.dumps(_recipient(), ensure_ascii=False, indent=2), encoding="utf-8")
        done(transfers.add_recipient(zhao, path=recipient))
        today = shanghai_day(self.clock.now())
        done(maintenance.set_company_fact(zhao, key="is_ciio", value="no"))
        done(maintenance.set_company_fact(zhao, key="restricted_list_checked_on", value=today.isoformat()))
        done(
            transfers.add_assessment(
                zhao,
                assessment=Assessment(
                    assessment_id="PIA-DEMO-1",
                    purpose=f"overseas:{_RECIPIENT}",
                    title=t("demo.assessment", Lang.ZH),
                    approved_on=today - timedelta(days=30),
                    valid_until=None,
                    author="chen",
                    approver="zhao",
                ),
            )
        )
        answer = people_export.export_people(
            chen,
            purpose=Purpose.VISIT,
            path=self.path / "overseas.xlsx",
            overseas=_RECIPIENT,
            progress=self.progress,
        ).value
        if not isinstance(answer, Refusal):
            raise ComplianceError("demo_gate_open")
        return answer.detail

    def _on_the_road(self, stage: Stage, rep_vault: Path, pack: Path, export: Path) -> None:
        """The rep opens the pack without any network, asks, and the office takes in what comes back."""
        session = open_session(rep_vault, user="rep", passphrase=PASSPHRASE, clock=self.clock, lang=self.lang)
        assert not isinstance(session, Session)
        try:
            play_field(stage, session, pack=pack, export=export)
        finally:
            close_session(session)


def _left_alone(row: PersonRow) -> bool:
    """Whether the name is old or held back: they come last, so that papers and packs of the demo have names on them."""
    return bool(row.flags) or any(
        field.key == "full_name" and field.freshness not in ("fresh", "due") for field in row.fields
    )


def _waits(session: Session, hcp_id: str, item: str) -> bool:
    """Whether nothing else was said about the item: an imported no would stand until the check."""
    lines = done(consent_status(session, hcp_id=hcp_id))
    return any(line.item == item and line.status is ConsentStatus.EVIDENCE_PENDING for line in lines)


def _form(lang: Lang) -> bytes:
    """A practice consent form as a scanner would give it."""
    document = Document(
        metadata_title="consent form",
        title=t("demo.form_title", lang),
        subtitle=_NOTICE,
        running="",
        seal="",
        blocks=(
            Heading(t("demo.form_heading", lang)),
            Paragraph(t("demo.form_text", lang)),
            KeyValues(((t("demo.form_item", lang), t("demo.form_ticked", lang)),)),
            Places((Place(t("demo.form_signature", lang)),)),
        ),
        stamp="演示 SANDBOX",
    )
    return render(document, lang=lang).pdf


def _recipient() -> dict[str, Any]:
    return {
        "recipient": _RECIPIENT,
        "legal_name": "Example Group AG",
        "country": "CH",
        "contact": "privacy@example.com",
        "purpose": t("demo.recipient_purpose", Lang.ZH),
        "method": t("demo.recipient_method", Lang.ZH),
        "kinds": ["full_name", "institution_name", "department"],
        "rights_channel": "privacy@example.com",
    }
