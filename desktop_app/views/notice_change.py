"""What a version changes against the one before, element by element, whom that concerns, and the campaign in one click.

The class of a change decides who is asked again and who is told (PIPL 14(2), 17(2)); mere wording concerns nobody.
"""

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from compliance.i18n import Lang, has, t
from compliance.model.answer import Answer
from compliance.model.consent import NoticeState
from compliance.use_cases.notices.campaigns import Plan
from compliance.use_cases.notices.notice_looks import Version
from desktop_app.models.rows import Column
from desktop_app.operations import notices as ops
from desktop_app.views.page import Desk, Page
from desktop_app.widgets.basic import button, chip, column, empty, label, row, scroll
from desktop_app.widgets.table import Table
from desktop_app.words import field_label, item_label, policy_label

TONES = {"reconsent": "amber", "inform": "blue", "none": "grey"}


class NoticeChange(Page):
    """Figures, elements, by whom."""

    def __init__(self, desk: Desk, told: Page, *, to_campaign: Callable[[str], None]) -> None:
        super().__init__(desk)
        self._told, self._to_campaign = told, to_campaign
        self.setObjectName("plain")
        self._version: Version | None = None
        self._box = QVBoxLayout()
        self._box.setSpacing(12)
        self._box.setContentsMargins(2, 14, 10, 8)
        holder = QWidget()
        holder.setObjectName("plain")
        holder.setLayout(self._box)
        self.setLayout(column(self.notice, scroll(holder), spacing=6))

    def show_change(self, version: Version) -> None:
        """Ask what it changes; a first version changes nothing."""
        self._version = version
        empty(self._box)
        before = version.notice.predecessor
        if not before:
            self._box.addWidget(label(self.t("change.first"), kind="muted", name="changeHead"))
            self._box.addStretch(1)
            return
        self.run(ops.plan(old=before, new=version.notice.ref), lambda found: self._got(version, found))

    def _got(self, asked: Version, found: Answer[Plan]) -> None:
        if asked is not self._version:
            return
        empty(self._box)
        plan = found.value
        state = chip(self.t(f"notice.change.{plan.change.cls}"), TONES[str(plan.change.cls)], name="changeClass")
        head = self.t("change.head", old=plan.old, new=plan.new)
        self._box.addLayout(row(label(head, kind="heading", name="changeHead"), state))
        figures = row(spacing=34)
        for key, count in (("ask", plan.ask), ("inform", plan.inform)):
            number = label(f"{count:,}", kind="number", name=f"change_{key}")
            figures.addLayout(column(number, label(self.t(f"change.{key}"), kind="small"), spacing=0))
        figures.addStretch(1)
        if (go := self._campaign(asked, plan)) is not None:
            figures.addWidget(go)
        self._box.addLayout(figures)
        self._box.addWidget(self._elements(plan))
        for title, shares in (("change.by_territory", plan.by_territory), ("change.by_rep", plan.by_rep)):
            if shares:
                self._box.addWidget(label(self.t(title), kind="caption"))
                for share in shares:
                    words = self.t("change.share", ask=f"{share.ask:,}", inform=f"{share.inform:,}")
                    line = row(label(share.name or self.t("overview.no_territory")), label(words, kind="muted"))
                    line.setStretch(0, 1)
                    line.setStretch(1, 2)
                    self._box.addLayout(line)
        self._box.addStretch(1)

    def _elements(self, plan: Plan) -> QWidget:
        table: Table[Any] = Table(
            [
                Column("col.element", lambda x, _: self.t(f"notice.element.{x.element}"), 116),
                Column("col.item", lambda x, lang: item_label(x.item, lang) if x.item else self.t("change.whole")),
                Column("col.added", lambda x, lang: self._names(x.added, lang), 130),
                Column("col.removed", lambda x, lang: self._names(x.removed, lang), 110),
                Column("col.means", lambda x, _: self.t(f"notice.change.{x.cls}"), 168),
            ],
            self.lang,
            name="changeTable",
        )
        table.put(plan.change.elements)
        table.fit(8)
        return table

    def _names(self, keys: tuple[str, ...], lang: Lang) -> str:
        return self.t("desk.list_sep").join(_name(key, lang) for key in keys) or "—"

    def _campaign(self, version: Version, plan: Plan) -> QWidget | None:
        if not plan.people:
            return None
        if version.state is not NoticeState.ACTIVE:
            return label(self.t("change.opens"), kind="small")
        if not self.desk.state.may("run_campaign"):
            return None
        start: Callable[[], None] = lambda: self._start(version)  # noqa: E731
        return button("change.start", start, look="primary", name="startCampaign", lang=self.lang)

    def _start(self, version: Version) -> None:
        self.ask(ops.start_campaign(ref=version.notice.ref), self._started)

    def _started(self, campaign: Any) -> None:
        self._to_campaign(campaign.campaign_id)


def _name(key: str, lang: Lang) -> str:
    """A way of processing, a kind of information, a field, a purpose or a number of months in words."""
    if key.isdigit():
        return t("change.months", lang, count=key)
    if has(f"purpose.{key}"):
        return t(f"purpose.{key}", lang)
    if has(f"notice.does.{key}"):
        return t(f"notice.does.{key}", lang)
    kind = policy_label("dimension", key, lang)
    return kind if kind != key else field_label(key, lang)
