"""Consents: what stands and waits, the desks where proofs are checked, asking and recording, and stops for everybody.

Each tab is a page of its own and asks anew when it comes to the front.
"""

from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from compliance.model.answer import Changes
from compliance.use_cases.consent.worklists import WorkList
from desktop_app.views.capture import Capture
from desktop_app.views.check_desk import CheckDesk
from desktop_app.views.consent_overview import ConsentOverview
from desktop_app.views.feeds import Feeds
from desktop_app.views.page import Desk, Page
from desktop_app.views.record_form import RecordForm
from desktop_app.views.scope_stops import ScopeStops
from desktop_app.views.stacks import Stacks
from desktop_app.views.withdraw_form import WithdrawForm
from desktop_app.views.work_lists import WorkLists

#: Tiles of Today and other ways in → (tab, list).
_WAYS: dict[str, tuple[str, WorkList | None]] = {
    "checks": ("check", None),
    "withdraw": ("withdraw", None),
    "expiring": ("lists", WorkList.ENDING),
    "unproven": ("lists", WorkList.PROOF_MISSING),
    "change_pending": ("lists", WorkList.CHANGE_PENDING),
    "kept_long_enough": ("lists", WorkList.KEPT),
    "weak_proof": ("lists", WorkList.WEAK_PROOF),
    "tasks": ("overview", None),
    "stacks": ("stacks", None),
    "feed_overdue": ("changes", None),
}


class ConsentsPage(Page):
    """Holds its parts."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self.overview = ConsentOverview(desk, show_list=self._show_list)
        self.lists = WorkLists(desk, to_check=lambda: self.show_tab("check"))
        self.desk_check = CheckDesk(desk)
        self.stacks = Stacks(desk)
        self.ask_form = Capture(desk)
        self.record = RecordForm(desk)
        self.withdraw = WithdrawForm(desk)
        self.feeds = Feeds(desk)
        self.stops = ScopeStops(desk)
        self.parts: dict[str, Page] = {
            "overview": self.overview,
            "lists": self.lists,
            "check": self.desk_check,
            "stacks": self.stacks,
            "ask": self.ask_form,
            "record": self.record,
            "withdraw": self.withdraw,
            "changes": self.feeds,
            "stops": self.stops,
        }
        self._tabs = QTabWidget()
        self._tabs.setObjectName("consentTabs")
        self._tabs.setDocumentMode(True)
        self._tabs.setUsesScrollButtons(True)
        for name, part in self.parts.items():
            self._tabs.addTab(part, self.t(f"consents.tab.{name}"))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(28, 10, 0, 0)
        layout.addWidget(self._tabs)
        self._tabs.currentChanged.connect(self._front)

    def refresh(self) -> None:
        """Ask for the part in front."""
        self._front(self._tabs.currentIndex())

    def affected(self, changes: Changes) -> bool:
        """Consents and tasks, and what the part in front says of itself."""
        part = self._tabs.currentWidget()
        own = isinstance(part, Page) and part.affected(changes)
        return changes.consents or changes.tasks or own

    def open_at(self, what: object) -> None:
        """A tab by tile or by act, with a person where one is given."""
        if isinstance(what, tuple) and len(what) == 2:
            act, hcp_id = what
            part = self.parts.get(str(act), self.withdraw)
            self._tabs.setCurrentWidget(part)
            part.open_at(hcp_id)
        elif isinstance(what, str) and what in _WAYS:
            tab, kind = _WAYS[what]
            if kind is not None:
                self._show_list(kind)
            else:
                self.show_tab(tab)
        elif isinstance(what, str) and what in self.parts:
            self.show_tab(what)

    def show_tab(self, name: str) -> None:
        """Bring a part to the front."""
        self._tabs.setCurrentWidget(self.parts[name])

    def render_words(self) -> None:
        """Tabs and parts."""
        for number, (name, part) in enumerate(self.parts.items()):
            self._tabs.setTabText(number, self.t(f"consents.tab.{name}"))
            part.render_words()

    def _show_list(self, kind: WorkList) -> None:
        self.lists.show_list(kind)
        if self._tabs.currentWidget() is self.lists:
            self.lists.refresh()
        else:
            self.show_tab("lists")

    def _front(self, number: int) -> None:
        part: QWidget | None = self._tabs.widget(number)
        if isinstance(part, Page):
            part.refresh()
