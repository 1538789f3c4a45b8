"""Notice versions, what they change, whom that concerns, the campaign that carries it, and printed forms."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from compliance.i18n import Lang
from compliance.model.access import Purpose
from compliance.model.answer import Answer
from compliance.model.notice import Campaign, Delivery, NoticeException
from compliance.use_cases.consent.checking import EvidenceFile
from compliance.use_cases.notices import (
    campaign_lists,
    campaigns,
    consent_forms,
    notice_history,
    notice_life,
    renderings,
)
from compliance.use_cases.notices.campaigns import Plan, Progressing
from compliance.use_cases.notices.notice_life import Effects
from compliance.use_cases.notices.notice_looks import Version
from compliance.use_cases.upkeep import settings
from desktop_app.tasks import Task


def versions() -> Task[Answer[tuple[Version, ...]]]:
    """Every version with the state a reader is told and what it still lacks."""

    def work(opened: Any, _: object) -> Answer[tuple[Version, ...]]:
        from compliance.use_cases.notices.notice_looks import versions as looked

        return looked(opened.session)

    return Task(work)


def preview(*, ref: str, lang: Lang) -> Task[Answer[EvidenceFile]]:
    """A version exactly as a person will read it, ready to be drawn."""

    def work(opened: Any, _: object) -> Answer[EvidenceFile]:
        data = renderings.preview_pdf(opened.session, ref=ref, lang=lang).value
        return Answer(EvidenceFile(media_type="application/pdf", data=data, sha256=""))

    return Task(work)


def shown(*, event_id: str) -> Task[Any]:
    """What a person had been shown when they answered."""
    return Task(lambda opened, _: renderings.shown_with(opened.session, event_id=event_id))


def save(*, ref: str, lang: Lang, path: Path) -> Task[Any]:
    """Hand the rules over as a file before anyone decides."""
    return Task(lambda opened, _: renderings.save_notice(opened.session, ref=ref, lang=lang, path=path))


def draft(*, path: Path) -> Task[Any]:
    """Store a file as a draft; its gaps are named."""
    return Task(lambda opened, _: notice_life.draft_notice(opened.session, path=path))


def stage(*, ref: str, from_: str) -> Task[Any]:
    """Plan a draft for a day."""
    return Task(lambda opened, _: notice_life.stage_notice(opened.session, ref=ref, from_=from_))


def activate(*, ref: str, from_: str = "") -> Task[Any]:
    """Put a version in force; it is locked and opens its campaign."""
    return Task(
        lambda opened, progress: notice_life.activate_notice(
            opened.session, target=ref, from_=from_, progress=progress
        ),
        title="desk.task.notice",
    )


def effects(*, ref: str) -> Task[Answer[Effects]]:
    """What hangs on a version."""
    return Task(lambda opened, _: notice_life.retirement_effects(opened.session, ref=ref))


def retire(*, ref: str, from_: str) -> Task[Any]:
    """No longer present a version from a day on."""
    return Task(lambda opened, _: notice_life.retire_notice(opened.session, ref=ref, from_=from_))


def plan(*, old: str, new: str) -> Task[Answer[Plan]]:
    """By element, who must be asked again, told, left alone."""
    return Task(lambda opened, _: campaigns.plan_change(opened.session, old=old, new=new), title="desk.task.plan")


def add_historical(*, path: Path, scan: Path | None) -> Task[Any]:
    """Register a notice of the past as found."""
    return Task(lambda opened, _: notice_history.add_historical(opened.session, path=path, scan=scan))


def save_scan(*, ref: str, path: Path) -> Task[Any]:
    """The document kept with an old notice."""
    return Task(lambda opened, _: notice_history.save_scan(opened.session, ref=ref, path=path))


def exceptions() -> Task[Answer[tuple[NoticeException, ...]]]:
    """All exceptions from notice."""
    return Task(lambda opened, _: notice_history.list_exceptions(opened.session))


def except_from(
    *, code: str, purpose: Purpose, citation: str, approver: str, until: str, hcp_id: str = ""
) -> Task[Any]:
    """Allow processing without notice for a purpose until a day."""
    return Task(
        lambda opened, _: notice_history.except_notice(
            opened.session,
            code=code,
            purpose=purpose,
            citation=citation,
            approver=approver,
            until=until,
            hcp_id=hcp_id,
        )
    )


def read_ask_lock() -> Task[Any]:
    """The settings, the ask lock among them."""
    return Task(lambda opened, _: settings.get_settings(opened.session))


def set_ask_lock(*, days: int) -> Task[Any]:
    """The company's own ask lock; shortening it takes two."""
    return Task(lambda opened, _: settings.set_ask_lock(opened.session, days=days))


def forms(*, ref: str, out: Path, hcp_ids: Sequence[str], rep: str, items: Sequence[str], lang: Lang) -> Task[Any]:
    """Printed forms for one person or all of a rep's; stopping prints nothing."""
    return Task(
        lambda opened, progress: consent_forms.print_forms(
            opened.session, ref=ref, out=out, progress=progress, hcp_ids=hcp_ids, rep=rep, items=items, lang=lang
        ),
        title="desk.task.forms",
        stoppable=True,
    )


def list_campaigns() -> Task[Answer[tuple[Campaign, ...]]]:
    """All campaigns, newest first."""
    return Task(lambda opened, _: campaigns.list_campaigns(opened.session))


def start_campaign(*, ref: str, due: str = "", old_scope_ends: str = "") -> Task[Any]:
    """Open the campaign of a version, or set its dates and take in who joined since."""
    return Task(
        lambda opened, progress: campaigns.start_campaign(
            opened.session, ref=ref, due=due, old_scope_ends=old_scope_ends, progress=progress
        ),
        title="desk.task.plan",
    )


def show_campaign(*, campaign_id: str) -> Task[Answer[Progressing]]:
    """Where a campaign stands."""
    return Task(lambda opened, _: campaigns.show_campaign(opened.session, campaign_id=campaign_id))


def waiting(*, campaign_id: str, rep: str = "") -> Task[Answer[tuple[Delivery, ...]]]:
    """Who still has to be reached."""
    return Task(lambda opened, _: campaigns.waiting_people(opened.session, campaign_id=campaign_id, rep=rep))


def deliver(*, campaign_id: str, hcp_id: str, channel: str, result: str) -> Task[Any]:
    """Enter that a person was told."""
    return Task(
        lambda opened, _: campaigns.deliver(
            opened.session, campaign_id=campaign_id, hcp_id=hcp_id, channel=channel, result=result
        )
    )


def close_campaign(*, campaign_id: str) -> Task[Any]:
    """End a campaign; refused while a delivery is open."""
    return Task(lambda opened, _: campaigns.close_campaign(opened.session, campaign_id=campaign_id))


def campaign_list_files(*, campaign_id: str, out: Path, rep: str = "") -> Task[Any]:
    """One Excel list per rep."""
    return Task(
        lambda opened, progress: campaign_lists.write_lists(
            opened.session, campaign_id=campaign_id, out=out, progress=progress, rep=rep
        ),
        title="desk.task.lists",
        stoppable=True,
    )


def campaign_forms(*, campaign_id: str, out: Path, rep: str, lang: Lang) -> Task[Any]:
    """Forms with the changed items."""
    return Task(
        lambda opened, progress: campaign_lists.print_campaign_forms(
            opened.session, campaign_id=campaign_id, out=out, progress=progress, rep=rep, lang=lang
        ),
        title="desk.task.forms",
        stoppable=True,
    )
