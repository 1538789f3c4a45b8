"""Notices: versions and what they change, campaigns that carry a change to people, exceptions and the ask lock."""

from PySide6.QtWidgets import QTabWidget, QVBoxLayout

from compliance.model.answer import Changes
from desktop_app.views.campaigns import Campaigns
from desktop_app.views.notice_rules import NoticeRules
from desktop_app.views.notice_versions import NoticeVersions
from desktop_app.views.page import Desk, Page


class NoticesPage(Page):
    """Holds its parts; each is a page of its own."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.versions = NoticeVersions(desk, to_campaign=self.show_campaign)
        self.campaigns = Campaigns(desk)
        self.rules = NoticeRules(desk)
        self.parts: dict[str, Page] = {"versions": self.versions, "campaigns": self.campaigns, "rules": self.rules}
        self._tabs = QTabWidget()
        self._tabs.setObjectName("noticesTabs")
        self._tabs.setDocumentMode(True)
        for name, part in self.parts.items():
            self._tabs.addTab(part, self.t(f"notices.tab.{name}"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(28, 10, 0, 0)
        layout.addWidget(self._tabs)
        self._tabs.currentChanged.connect(lambda _: self.refresh())

    def refresh(self) -> None:
        """Ask for the part in front."""
        part = self._tabs.currentWidget()
        if isinstance(part, Page):
            part.refresh()

    def affected(self, changes: Changes) -> bool:
        """What the part in front says."""
        part = self._tabs.currentWidget()
        return isinstance(part, Page) and part.affected(changes)

    def open_at(self, what: object) -> None:
        """A part by name, a version by its number, or the campaigns."""
        if isinstance(what, str) and what in self.parts:
            self._tabs.setCurrentWidget(self.parts[what])
        elif isinstance(what, str) and "@" in what:
            self._tabs.setCurrentWidget(self.versions)
            self.versions.open_at(what)

    def show_campaign(self, campaign_id: str) -> None:
        """From a plan to its campaign."""
        self._tabs.setCurrentWidget(self.campaigns)
        self.campaigns.open_at(campaign_id)

    def render_words(self) -> None:
        """Tabs and parts."""
        for number, (name, part) in enumerate(self.parts.items()):
            self._tabs.setTabText(number, self.t(f"notices.tab.{name}"))
            part.render_words()
