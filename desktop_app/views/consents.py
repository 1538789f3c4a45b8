"""Consents: three tabs - what waits and ends, the check desk, and the forms to record and withdraw."""

from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from compliance.model.answer import Changes
from desktop_app.views.check_desk import CheckDesk
from desktop_app.views.due_list import DueList
from desktop_app.views.page import Desk, Page
from desktop_app.views.record_form import RecordForm
from desktop_app.views.withdraw_form import WithdrawForm

_TABS = ("check", "record", "withdraw", "due")


class ConsentsPage(Page):
    """Holds its parts; each is a page of its own."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.desk_check = CheckDesk(desk)
        self.record = RecordForm(desk)
        self.withdraw = WithdrawForm(desk)
        self.due = DueList(desk)
        self.parts: tuple[Page, ...] = (self.desk_check, self.record, self.withdraw, self.due)
        self._tabs = QTabWidget()
        self._tabs.setObjectName("consentTabs")
        self._tabs.setDocumentMode(True)
        for part, name in zip(self.parts, _TABS, strict=True):
            self._tabs.addTab(part, self.t(f"consents.tab.{name}"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(28, 10, 0, 0)
        layout.addWidget(self._tabs)
        self._tabs.currentChanged.connect(self._front)

    def refresh(self) -> None:
        """Ask for the part in front."""
        self._front(self._tabs.currentIndex())

    def affected(self, changes: Changes) -> bool:
        """Consents and tasks."""
        return changes.consents or changes.tasks

    def open_at(self, what: object) -> None:
        """A tab by tile or by act, with a person where one is given."""
        if isinstance(what, tuple) and len(what) == 2:
            act, hcp_id = what
            part: Page = self.record if act == "record" else self.withdraw
            self._tabs.setCurrentWidget(part)
            part.open_at(hcp_id)
        elif what == "withdraw":
            self._tabs.setCurrentWidget(self.withdraw)
        elif what == "checks":
            self._tabs.setCurrentWidget(self.desk_check)
        elif what in ("expiring", "tasks"):
            self._tabs.setCurrentWidget(self.due)

    def render_words(self) -> None:
        """Tabs and parts."""
        for number, name in enumerate(_TABS):
            self._tabs.setTabText(number, self.t(f"consents.tab.{name}"))
        for part in self.parts:
            part.render_words()

    def _front(self, number: int) -> None:
        part: QWidget | None = self._tabs.widget(number)
        if isinstance(part, Page):
            part.refresh()
