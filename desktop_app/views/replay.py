"""Decisions made again: one from its log entry, or all of the last ninety days; the page's notice tells."""

from datetime import timedelta
from typing import Any

from compliance.use_cases.rules.replay import Replayed, ReplayedPeriod
from compliance.use_cases.rules.replay_list import Listed
from desktop_app.operations import rules as ops
from desktop_app.views.page import Page
from desktop_app.words import field_label, reason_label

_DAYS = 90


def replay_one(page: Page, index: int) -> None:
    """The decision of an entry once more, under the rules and the knowledge of its day."""

    def told(one: Replayed) -> None:
        tone = {"same": "green", "different": "red"}.get(one.outcome, "amber")
        why = page.t(f"cli.word.{one.why}") if one.why else ""
        text = page.t(f"replay.{one.outcome}", number=one.index, version=one.version, why=why)
        digests = page.t("replay.digests", logged=one.logged[:16], replayed=one.replayed[:16] or "—")
        page.notice.tell(text, tone=tone, more=digests)

    page.ask(ops.replay_one(index=index), told)


def replay_listed(page: Page, index: int, hcp_id: str) -> None:
    """Whether this person would have stood in the list of an entry, and with which fields."""

    def told(one: Listed) -> None:
        tone = {"same": "green", "different": "red"}.get(one.outcome, "amber")
        named = {True: "yes", False: "no", None: "unknown"}[one.named]
        answer = page.t("replay.listed.open") if one.answer == "granted" else _why_closed(page, one.answer)
        text = page.t(f"replay.listed.{named}", number=one.index, person=one.hcp_id, answer=answer)
        fields = page.t("desk.list_sep").join(
            f"{field_label(key, page.lang)} {page.t(f'desk.state.{state}')}" for key, state in one.fields.items()
        )
        why = page.t(f"cli.word.{one.why}") if one.why else ""
        page.notice.tell(text, tone=tone, more="\n".join(part for part in (why, fields) if part))

    page.ask(ops.replay_listed(index=index, hcp_id=hcp_id), told)


def _why_closed(page: Page, answer: str) -> str:
    reason = answer.partition(":")[2]
    return page.t("replay.listed.closed", reason=reason_label(reason, page.lang)) if reason else ""


def replay_period(page: Page) -> None:
    """Every decision of the last ninety days."""
    since = page.desk.clock.now() - timedelta(days=_DAYS)
    page.ask(ops.replay_all(since=since), lambda found: _told(page, found))


def _told(page: Page, found: ReplayedPeriod) -> None:
    cannot = sum(found.why.values())
    said: dict[str, Any] = {"decisions": f"{found.decisions:,}", "same": f"{found.same:,}", "cannot": cannot}
    text, sep = page.t("replay.period", days=_DAYS, **said), page.t("desk.list_sep")
    if found.differs:
        first = sep.join(f"#{one.index}" for one in found.different[:8])
        page.notice.tell(page.t("replay.period.differ", count=found.differs, first=first), tone="red", more=text)
        return
    why = sep.join(page.t(f"cli.word.{code}") for code in found.why)
    page.notice.tell(text, tone="amber" if cannot else "green", more=why)
