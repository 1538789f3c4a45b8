"""Recording, checking and withdrawing consent."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from compliance.errors import Fault
from compliance.i18n import Lang
from compliance.model.answer import Answer, Refusal
from compliance.model.consent import LineStatus, NoticeVersion
from compliance.use_cases.consent import checking, recording, signatures, standing, withdrawing
from compliance.use_cases.consent.checking import EvidenceFile, PendingCheck
from compliance.use_cases.consent.recording import RecordConsent, Recorded
from compliance.use_cases.consent.standing import DuePage
from compliance.use_cases.consent.withdrawing import Withdrawn
from compliance.use_cases.intake import evidence_pages, stacks
from compliance.use_cases.notices import notices as known_versions
from desktop_app.tasks import Lane, Task

__all__ = ["RecordConsent"]


def notices() -> Task[Answer[tuple[NoticeVersion, ...]]]:
    """Notices the vault knows."""
    return Task(lambda opened, _: known_versions.list_notices(opened.session))


def record(*, request: RecordConsent) -> Task[Answer[Recorded | Refusal]]:
    """An act of the person."""
    return Task(lambda opened, _: recording.record_consent(opened.session, request=request), title="desk.task.record")


def notice_text(*, ref: str, lang: Lang) -> Task[Answer[tuple[tuple[str, str], ...]]]:
    """A notice as the person reads it."""
    return Task(lambda opened, _: known_versions.notice_text(opened.session, ref=ref, lang=lang))


def check_notice(*, path: Path) -> Task[Answer[tuple[Fault, ...]]]:
    """What a notice file still lacks; needs no vault."""
    return Task(lambda _, __: known_versions.check_notice_file(path), lane=Lane.FREE)


def status(*, hcp_id: str, as_of: datetime | None = None) -> Task[Answer[tuple[LineStatus, ...] | Refusal]]:
    """Status of each item of one person, now or as it was known and stood at ``as_of``."""
    return Task(lambda opened, _: standing.consent_status(opened.session, hcp_id=hcp_id, as_of=as_of, known_at=as_of))


def suspend(*, hcp_id: str, items: Sequence[str]) -> Task[Any]:
    """Suspend items on a dispute or doubt."""
    return Task(lambda opened, _: standing.suspend_consent(opened.session, hcp_id=hcp_id, items=items))


def resume(*, hcp_id: str, items: Sequence[str]) -> Task[Any]:
    """Lift a suspension."""
    return Task(lambda opened, _: standing.resume_consent(opened.session, hcp_id=hcp_id, items=items))


def invalidate(*, event_id: str, defect: str) -> Task[Any]:
    """Ask for an act to be voided for a proved defect; a second person carries it out."""
    return Task(lambda opened, _: standing.invalidate_consent(opened.session, event_id=event_id, defect=defect))


def recheck_signature(*, event_id: str) -> Task[Any]:
    """Examine the electronic signature of an act again."""
    return Task(lambda opened, _: signatures.recheck_signature(opened.session, event_id=event_id))


def pending() -> Task[Answer[tuple[PendingCheck, ...]]]:
    """Proofs that wait for a second person."""
    return Task(lambda opened, _: checking.pending_checks(opened.session))


def evidence(*, event_id: str) -> Task[Answer[EvidenceFile | Refusal]]:
    """The proof's picture or file."""
    return Task(lambda opened, _: checking.open_evidence(opened.session, event_id=event_id))


def defects() -> tuple[str, ...]:
    """What a check of a proof may find."""
    return stacks.defects()


def check(*, event_id: str, accept: bool, code: str = "") -> Task[Answer[Recorded | Refusal]]:
    """The second person's word on a proof."""
    return Task(lambda opened, _: checking.check_evidence(opened.session, event_id=event_id, accept=accept, code=code))


def wind_down(*, hcp_id: str) -> Task[Any]:
    """Open the tasks that confirm the stop of what ended by itself."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.consent.winding_down import wind_down as confirm_stop

        return confirm_stop(opened.session, hcp_id=hcp_id)

    return Task(work)


def withdraw(
    *, hcp_id: str, items: Sequence[str] | None, received_at: str, channel: str
) -> Task[Answer[Withdrawn | Refusal]]:
    """The person's withdrawal; always accepted."""
    return Task(
        lambda opened, _: withdrawing.withdraw_consent(
            opened.session, hcp_id=hcp_id, items=items, received_at=received_at, channel=channel
        )
    )


def due(*, within_days: int = 90) -> Task[Answer[DuePage]]:
    """Consents that end soon."""
    return Task(lambda opened, _: standing.consents_due(opened.session, within_days=within_days))


def save_evidence(*, event_id: str, path: Path) -> Task[Any]:
    """The original of a proof into a file; logged."""
    return Task(lambda opened, _: evidence_pages.save_evidence(opened.session, event_id=event_id, path=path))


def receipt(*, hcp_id: str, item: str, path: Path) -> Task[Any]:
    """A receipt for the person: PDF, or JSON by the file's ending."""
    fmt = "json" if path.suffix.lower() == ".json" else "pdf"

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.consent.receipts import issue_receipt

        return issue_receipt(opened.session, hcp_id=hcp_id, item=item, fmt=fmt, path=path)

    return Task(work, title="desk.task.receipt")


def timeline(*, hcp_id: str) -> Task[Any]:
    """Bands and acts of one person; the look is logged."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.consent.consent_timeline import consent_timeline

        return consent_timeline(opened.session, hcp_id=hcp_id)

    return Task(work)


def proof_pack(*, hcp_id: str, folder: Path, reason: str, case_id: str = "", recipient: str = "") -> Task[Any]:
    """All that proves one person's consents, into a folder that verifies without us."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.consent.proof_pack import ProofRequest, make_proof_pack

        request = ProofRequest(hcp_id=hcp_id, folder=folder, reason=reason, case_id=case_id, recipient=recipient)
        return make_proof_pack(opened.session, request=request)

    return Task(work, title="desk.task.proof")
