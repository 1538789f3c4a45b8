"""Recording, checking and withdrawing consent."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from compliance.model.answer import Answer, Refusal
from compliance.model.consent import LineStatus, NoticeVersion
from compliance.use_cases import checking, recording, standing, withdrawing
from compliance.use_cases import notices as known_versions
from compliance.use_cases.checking import EvidenceFile, PendingCheck
from compliance.use_cases.recording import RecordConsent, Recorded
from compliance.use_cases.standing import DueLine
from compliance.use_cases.withdrawing import Withdrawn
from desktop_app.tasks import Task

__all__ = ["RecordConsent"]


def notices() -> Task[Answer[tuple[NoticeVersion, ...]]]:
    """Notices the vault knows."""
    return Task(lambda opened, _: known_versions.list_notices(opened.session))


def record(*, request: RecordConsent) -> Task[Answer[Recorded | Refusal]]:
    """An act of the person."""
    return Task(lambda opened, _: recording.record_consent(opened.session, request=request), title="desk.task.record")


def status(*, hcp_id: str) -> Task[Answer[tuple[LineStatus, ...] | Refusal]]:
    """Status of each item of one person."""
    return Task(lambda opened, _: standing.consent_status(opened.session, hcp_id=hcp_id))


def pending() -> Task[Answer[tuple[PendingCheck, ...]]]:
    """Proofs that wait for a second person."""
    return Task(lambda opened, _: checking.pending_checks(opened.session))


def evidence(*, event_id: str) -> Task[Answer[EvidenceFile | Refusal]]:
    """The proof's picture or file."""
    return Task(lambda opened, _: checking.open_evidence(opened.session, event_id=event_id))


def check(*, event_id: str, accept: bool, code: str = "") -> Task[Answer[Recorded | Refusal]]:
    """The second person's word on a proof."""
    return Task(lambda opened, _: checking.check_evidence(opened.session, event_id=event_id, accept=accept, code=code))


def withdraw(
    *, hcp_id: str, items: Sequence[str] | None, received_at: str, channel: str
) -> Task[Answer[Withdrawn | Refusal]]:
    """The person's withdrawal; always accepted."""
    return Task(
        lambda opened, _: withdrawing.withdraw_consent(
            opened.session, hcp_id=hcp_id, items=items, received_at=received_at, channel=channel
        )
    )


def due(*, within_days: int = 90) -> Task[Answer[tuple[DueLine, ...]]]:
    """Consents that end soon."""
    return Task(lambda opened, _: standing.consents_due(opened.session, within_days=within_days))


def receipt(*, hcp_id: str, item: str, path: Path) -> Task[Any]:
    """A receipt for the person."""

    def work(opened: Any, _: object) -> Any:
        from compliance.use_cases.receipts import issue_receipt

        return issue_receipt(opened.session, hcp_id=hcp_id, item=item, fmt="pdf", path=path)

    return Task(work, title="desk.task.receipt")
