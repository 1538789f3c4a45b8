"""Decisions made again: one from its log entry, or all of the last ninety days; the page's notice tells."""

from datetime import timedelta
from typing import Any

from compliance.use_cases.replay import Replayed, ReplayedPeriod
from desktop_app.operations import rules as ops
from desktop_app.views.page import Page

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
